"""Programs on `tf.keras.preprocessing` and `tf.keras.utils`, run under TensorFlow 1.15 by `golden/record_keras_parts.py`."""

import random

import numpy as np

LISTS = [[1, 2, 3], [4], [], [5, 6, 7, 8, 9]]
TEXTS = ["The cat sat on the mat.", "The dog ate my homework!", "A cat, a dog & the cat."]


def tried(make):
    """What `make` gives, or the error's type and text."""
    try:
        return make()
    except (TypeError, ValueError) as error:
        return [type(error).__name__, *map(str, error.args)]


def padding(tf):
    """Cases of pad_sequences."""
    pad = tf.keras.preprocessing.sequence.pad_sequences
    cases = [{}, {"maxlen": 3}, {"maxlen": 2, "padding": "post", "truncating": "post", "value": -1}]
    cases += [{"maxlen": 4, "dtype": "float32", "value": 0.5}, {"padding": "x"}, {"truncating": "x"}, {"value": "a"}]
    found = [tried(lambda c=c: pad(LISTS, **c)) for c in cases]
    found += [pad([[[1, 2], [3, 4]], [[5, 6]]]), tried(lambda: pad([1, 2])), tried(lambda: pad([[[1]], [[1, 2]]]))]
    return [*found, str(pad(LISTS).dtype), pad([["a", "bc"], ["d"]], dtype=object, value="z")]


def windows(tf):
    """Batches of TimeseriesGenerator."""
    make = tf.keras.preprocessing.sequence.TimeseriesGenerator
    data, found = np.arange(20), []
    for given in ({}, {"sampling_rate": 2, "stride": 3}, {"reverse": True, "start_index": 5, "end_index": 15, "batch_size": 4}):
        made = make(data, data * 10, length=4, **{"batch_size": 3, **given})
        found.append([len(made), *(list(made[i]) for i in range(len(made)))])
    return [*found, tried(lambda: make(data, data[1:], 4)), tried(lambda: make(data, data, 30)), made.get_config()["end_index"]]


def pairs(tf):
    """skipgrams without chance, and the table of chances."""
    s = tf.keras.preprocessing.sequence
    plain = s.skipgrams([1, 2, 0, 3], 5, window_size=2, negative_samples=0.0, shuffle=False, categorical=True)
    random.seed(3)
    mixed = s.skipgrams([1, 2, 3], 9, window_size=1, negative_samples=0.5, seed=4)
    return [list(plain), list(mixed), s.make_sampling_table(6, 1e-2)]


def tokens(tf):
    """Tokenizers of all kinds."""
    t, found = tf.keras.preprocessing.text, []
    for given in ({}, {"num_words": 4}, {"oov_token": "?", "num_words": 5}, {"char_level": True, "lower": False}):
        tokenizer = t.Tokenizer(**given)
        tokenizer.fit_on_texts(TEXTS)
        sequences = tokenizer.texts_to_sequences([*TEXTS, "the unknown cat"])
        found.append([sorted(tokenizer.word_index.items()), dict(tokenizer.word_counts), dict(tokenizer.word_docs)])
        found.append([sequences, tokenizer.sequences_to_texts(sequences), tokenizer.document_count])
        if not given.get("char_level"):
            found.append([tokenizer.texts_to_matrix(TEXTS, mode) for mode in ("binary", "count", "freq", "tfidf")])
    config = tokenizer.get_config()
    found.append([sorted(config), config["index_word"], tried(lambda: t.Tokenizer(foo=1))])
    fresh = t.Tokenizer()
    found += [tried(lambda: fresh.sequences_to_matrix([[1]])), tried(lambda: t.Tokenizer(3).sequences_to_matrix([[1]], "x"))]
    found.append([t.text_to_word_sequence("Hi, there  You"), t.text_to_word_sequence("a;b", lower=False, split=";")])
    return [*found, t.hashing_trick("The cat sat", 10, "md5")]


def arrays(tf):
    """to_categorical and normalize."""
    u = tf.keras.utils
    found = [u.to_categorical([0, 2, 1]), u.to_categorical([[1], [0]], 3, "int32"), u.to_categorical([[1, 2], [0, 1]])]
    return [*found, u.normalize(np.array([[3.0, 4.0], [0.0, 0.0]])), u.normalize(np.arange(4.0), order=1)]


PROGRAMS = {f.__name__: f for f in (padding, windows, pairs, tokens, arrays)}
