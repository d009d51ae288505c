"""`tf.keras.datasets` of numbers: `boston_housing`, `california_housing`, split as Keras splits them."""

import numpy as np

from mainstem.data import pickled, published

_BOSTON = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"
_CALIFORNIA = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"


def _split(x, y, test_split, generator):
    order = np.arange(len(x))
    generator.shuffle(order)
    cut = int(len(x) * (1 - test_split))
    return (x[order[:cut]], y[order[:cut]]), (x[order[cut:]], y[order[cut:]])


def _arrays(path, name, digest, test_split):
    if not 0 <= test_split < 1:
        raise ValueError(f"Invalid `test_split` argument: {test_split}. It must be at least 0 and less than 1.")
    arrays = pickled.load_npz(published.find([path], published.KERAS_URL + name, digest))
    return arrays["x"], arrays["y"]


def load_boston_housing(path="boston_housing.npz", test_split=0.2, seed=113):
    """Boston's housing prices: float64 features [n, 13] and prices [n] in thousands, 404 to train with and 102 to test.

    Args:
        path: the file's name in Keras' folder, or a path.
        test_split: the share of the test set.
        seed: of the shuffle before the split.

    Raises ValueError for a share outside 0 .. 1.
    """
    x, y = _arrays(path, "boston_housing.npz", _BOSTON, test_split)
    return _split(x, y, test_split, np.random.RandomState(seed))


def load_boston_housing_v1(path="boston_housing.npz", test_split=0.2, seed=113):
    """As `load_boston_housing`; seeds NumPy's global generator, as TensorFlow 1 does."""
    x, y = _arrays(path, "boston_housing.npz", _BOSTON, test_split)
    np.random.seed(seed)
    return _split(x, y, test_split, np.random)


def load_california_housing(version="large", path="california_housing.npz", test_split=0.2, seed=113):
    """California's housing prices: float32 features [n, 8] and prices [n] in dollars.

    Args:
        version: "large" for all 20,640 districts, "small" for the first 600.
        path, test_split, seed: as for `load_boston_housing`.

    Raises ValueError for another version, or a share outside 0 .. 1.
    """
    x, y = _arrays(path, "california_housing.npz", _CALIFORNIA, test_split)
    if version not in ("small", "large"):
        raise ValueError(f"Argument `version` must be one of 'small', 'large'. Received: version={version}")
    rows = slice(600) if version == "small" else slice(None)
    return _split(x[rows], y[rows], test_split, np.random.RandomState(seed))
