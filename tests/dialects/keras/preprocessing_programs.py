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


def image_changes(tf):
    """Single images turned, shifted, sheared, zoomed; what a generator draws and makes."""
    i = tf.keras.preprocessing.image
    x = np.random.RandomState(0).rand(7, 6, 3).astype("float32") * 255
    found = [
        i.apply_affine_transform(x, theta=30),
        i.apply_affine_transform(x, tx=1.5, ty=-1, shear=10, fill_mode="constant", cval=3.0),
    ]
    found += [i.apply_affine_transform(x, zx=0.7, zy=1.2), i.apply_channel_shift(x, 20.0, 2)]
    found.append(i.apply_brightness_shift(x, 0.5))
    for seed, function, given in [(1, i.random_rotation, (40,)), (2, i.random_shift, (0.3, 0.2)), (3, i.random_shear, (20,))]:
        np.random.seed(seed)
        found.append(function(x, *given, row_axis=0, col_axis=1, channel_axis=2))
    np.random.seed(4)
    found.append(i.random_zoom(x, (0.6, 1.3), row_axis=0, col_axis=1, channel_axis=2))
    return found


def image_batches(tf):
    """Batches of a generator with everything, of standardizing ones, and of its subsets."""
    i = tf.keras.preprocessing.image
    x, y = np.random.RandomState(0).rand(10, 6, 5, 3).astype("float32") * 255, np.arange(10) % 2
    every = i.ImageDataGenerator(
        rotation_range=20, width_shift_range=0.2, height_shift_range=2, shear_range=5, zoom_range=0.2, channel_shift_range=9.0,
        horizontal_flip=True, vertical_flip=True, brightness_range=(0.5, 1.5), rescale=1 / 255,
    )  # fmt: skip
    flow = every.flow(x, y, batch_size=3, seed=7)
    found = [list(next(flow)), list(next(flow)), len(flow), list(flow[1])]
    chosen = every.get_random_transform((6, 5, 3), seed=3)
    found.append({k: v if v is None else float(v) for k, v in chosen.items()})
    center = i.ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, validation_split=0.4)
    center.fit(x)
    found += [center.mean, center.std, next(center.flow(x, batch_size=2, shuffle=False))]
    parts = [center.flow(x, y, subset=s, shuffle=False, batch_size=20) for s in ("training", "validation")]
    found.append([next(p)[1] for p in parts])
    own = i.ImageDataGenerator(
        samplewise_center=True, samplewise_std_normalization=True, preprocessing_function=lambda v: v * 2
    )
    weighted = own.flow(x, y, sample_weight=y * 2.0, shuffle=False, batch_size=4)
    return [*found, list(next(weighted)), tried(lambda: i.ImageDataGenerator(zoom_range=(1, 2, 3)))]


PROGRAMS.update((f.__name__, f) for f in (image_changes, image_batches))
