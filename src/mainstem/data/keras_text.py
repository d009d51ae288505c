"""`tf.keras.datasets` of texts as lists of word numbers: `imdb`, `reuters`.

Keras 3 and TensorFlow 1 differ where `maxlen` drops texts of IMDB: TensorFlow 1 still cuts where the whole training set would have
ended. Both shuffle alike; TensorFlow 1 seeds NumPy's global generator for it.
"""

import json

import numpy as np

from mainstem.data import pickled, published

_IMDB = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
_IMDB_WORDS = "bfafd718b763782e994055a2d397834f"
_REUTERS = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
_REUTERS_WORDS = "4d44cc38712099c9e383dc6e5f11a921"
_LABELS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude nat-gas "
    "cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber heat jobs "
    "lei bop zinc orange pet-chem dlr gas silver wpi hog lead"
)


def _shuffled(x, labels, generator):
    order = np.arange(len(x))
    generator.shuffle(order)
    return x[order], labels[order]


def _started(texts, start_char, index_from):
    first = [] if start_char is None else [start_char]
    return [first + [word + (index_from or 0) for word in text] for text in texts]


def _short(maxlen, texts, labels):
    kept = [(text, label) for text, label in zip(texts, labels) if len(text) < maxlen]
    return [text for text, _ in kept], [label for _, label in kept]


def _known(texts, num_words, skip_top, oov_char):
    """The texts with rare and frequent words replaced by `oov_char`, or dropped when that is None."""
    limit = num_words or max(max(text) for text in texts)
    if oov_char is None:
        return [[word for word in text if skip_top <= word < limit] for text in texts]
    return [[word if skip_top <= word < limit else oov_char for word in text] for text in texts]


def _array_v1(texts):
    """An array of lists; of numbers where all texts are equally long, as NumPy made it without being told a dtype."""
    return np.array(texts) if len({len(text) for text in texts}) <= 1 else np.array(texts, object)


def _imdb(path, generator):
    arrays = pickled.load_npz(published.find([path], published.KERAS_URL + "imdb.npz", _IMDB))
    train = _shuffled(arrays["x_train"], arrays["y_train"], generator)
    return train, _shuffled(arrays["x_test"], arrays["y_test"], generator)


def _numbers(num_words, kwargs):
    if "nb_words" in kwargs:
        num_words = kwargs.pop("nb_words")
    if kwargs:
        raise TypeError(f"Unrecognized keyword arguments: {kwargs}.")
    return num_words


def _none_left(maxlen):
    return ValueError(f"After filtering for sequences shorter than maxlen={maxlen}, no sequence was kept. Increase maxlen.")


def load_imdb(
    path="imdb.npz", num_words=None, skip_top=0, maxlen=None, seed=113, start_char=1, oov_char=2, index_from=3, **kwargs
):
    """IMDB's reviews: ((texts, labels), (texts, labels)), 25,000 each, texts being lists of word numbers.

    Args:
        path: the file's name in Keras' folder, or a path.
        num_words: numbers from here on become `oov_char`.
        skip_top: numbers below become `oov_char` too.
        maxlen: only texts shorter than this are kept.
        seed: of the shuffle.
        start_char: put before every text, unless None.
        oov_char: stands for a word left out; None drops it.
        index_from: added to every word's number.

    Raises ValueError when `maxlen` keeps nothing. Other arguments do nothing, as in Keras 3.
    """
    sides = []
    for texts, labels in _imdb(path, np.random.RandomState(seed)):
        texts = _started(texts, start_char, index_from)
        sides.append(_short(maxlen, texts, labels) if maxlen else (texts, labels))
    (x_train, y_train), (x_test, y_test) = sides
    if maxlen and not (x_train and x_test):
        raise _none_left(maxlen)
    texts, labels = _known(x_train + x_test, num_words, skip_top, oov_char), np.concatenate([y_train, y_test])
    cut = len(x_train)
    return (np.array(texts[:cut], object), labels[:cut]), (np.array(texts[cut:], object), labels[cut:])


def load_imdb_v1(
    path="imdb.npz", num_words=None, skip_top=0, maxlen=None, seed=113, start_char=1, oov_char=2, index_from=3, **kwargs
):
    """As `load_imdb`, with TensorFlow 1's cut after `maxlen`; seeds NumPy's global generator.

    Raises TypeError for unknown arguments.
    """
    num_words = _numbers(num_words, kwargs)
    np.random.seed(seed)
    (x_train, y_train), (x_test, y_test) = _imdb(path, np.random)
    texts, labels = _started([*x_train, *x_test], start_char, index_from), np.concatenate([y_train, y_test])
    if maxlen:
        texts, labels = _short(maxlen, texts, labels)
        if not texts:
            raise _none_left(maxlen)
    texts, cut = _known(texts, num_words, skip_top, oov_char), len(x_train)
    return (_array_v1(texts[:cut]), np.array(labels[:cut])), (_array_v1(texts[cut:]), np.array(labels[cut:]))


def _reuters(path, generator, num_words, skip_top, maxlen, test_split, start_char, oov_char, index_from):
    arrays = pickled.load_npz(published.find([path], published.KERAS_URL + "reuters.npz", _REUTERS))
    texts, labels = _shuffled(arrays["x"], arrays["y"], generator)
    texts = _started(texts, start_char, index_from)
    if maxlen:
        texts, labels = _short(maxlen, texts, labels)
    return _known(texts, num_words, skip_top, oov_char), np.array(labels), int(len(texts) * (1 - test_split))


def load_reuters(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
):
    """Reuters' news in 46 topics: ((texts, topics), (texts, topics)), 11,228 in all. Arguments as for `load_imdb`."""
    texts, labels, cut = _reuters(
        path, np.random.RandomState(seed), num_words, skip_top, maxlen, test_split, start_char, oov_char, index_from
    )
    return (np.array(texts[:cut], object), labels[:cut]), (np.array(texts[cut:], object), labels[cut:])


def load_reuters_v1(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """As `load_reuters`; seeds NumPy's global generator, as TensorFlow 1 does."""
    num_words = _numbers(num_words, kwargs)
    np.random.seed(seed)
    texts, labels, cut = _reuters(path, np.random, num_words, skip_top, maxlen, test_split, start_char, oov_char, index_from)
    return (_array_v1(texts[:cut]), labels[:cut]), (_array_v1(texts[cut:]), labels[cut:])


def _words(path, name, digest):
    with open(published.find([path], published.KERAS_URL + name, digest), encoding="utf-8") as f:
        return json.load(f)


def imdb_word_index(path="imdb_word_index.json"):
    """The number of each word in IMDB's reviews, before `index_from` is added."""
    return _words(path, "imdb_word_index.json", _IMDB_WORDS)


def reuters_word_index(path="reuters_word_index.json"):
    """The number of each word in Reuters' news, before `index_from` is added."""
    return _words(path, "reuters_word_index.json", _REUTERS_WORDS)


def reuters_label_names():
    """The names of Reuters' 46 topics, in the order of their numbers."""
    return tuple(_LABELS.split())
