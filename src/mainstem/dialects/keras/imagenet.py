"""What surrounds the networks of `tf.keras.applications`: pixels as they take them, and the classes' names."""

import functools
import json

import numpy as np

from mainstem.data import published
from mainstem.dialects.keras import backend
from mainstem.surface import array
from mainstem.surface.framework import is_tensor

_MEANS, _STD = (103.939, 116.779, 123.68), (0.229, 0.224, 0.225)
_CLASSES = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"


def preprocess_input(x, data_format=None, mode="caffe"):
    """Pixels 0 .. 255 of images [.., h, w, 3] (or [.., 3, h, w]) as networks take them.

    Args:
        x: an array, of floats changed in place, or a tensor.
        data_format: where the channels are; by default as `keras.backend` has it.
        mode: "caffe": blue, green, red, minus their means; "tf": from -1 to 1; "torch": divided by 255 and standardized.

    Raises ValueError for another data format.
    """
    data_format = backend.image_data_format() if data_format is None else data_format
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Unknown data_format {data_format}")
    known = x if is_tensor(x) else np.asarray(x)
    if not is_tensor(x) and not np.issubdtype(known.dtype, np.floating):
        known = known.astype(backend.floatx(), copy=False)
    if mode == "tf":
        return known / 127.5 - 1.0
    axis = len(known.shape) - 3 if data_format == "channels_first" else len(known.shape) - 1
    spread = [3 if i == axis else 1 for i in range(len(known.shape))]
    if mode == "torch":
        mean, std = (np.reshape(np.float32(v), spread) for v in ((0.485, 0.456, 0.406), _STD))
        return (known / 255.0 - mean) / std
    backwards = tuple(slice(None, None, -1) if i == axis else slice(None) for i in range(len(known.shape)))
    turned = (
        array.concat([known[_at(i, axis, len(known.shape))] for i in (2, 1, 0)], axis) if is_tensor(x) else known[backwards]
    )
    return turned - np.reshape(np.asarray(_MEANS, "float32" if is_tensor(x) else known.dtype), spread)


def _at(channel, axis, rank):
    return tuple(slice(channel, channel + 1) if i == axis else slice(None) for i in range(rank))


@functools.cache
def _names():
    """Class number -> (WordNet id, name), of the published file."""
    path = published.find(["imagenet_class_index.json"], _CLASSES, "c2c37ea517e94d9795004a39431a14cb", "models")
    with open(path, encoding="utf8") as f:
        return json.load(f)


def decode_predictions(preds, top=5, **kwargs):
    """For every row of scores [batch, 1000] the `top` best as (WordNet id, name, score). Raises ValueError for other shapes.

    The names are read from `~/.keras/models/imagenet_class_index.json`.
    """
    if len(preds.shape) != 2 or preds.shape[1] != 1000:
        raise ValueError(
            "`decode_predictions` expects a batch of predictions (i.e. a 2D array of shape (samples, 1000)). Found array with shape: "
            f"{preds.shape}"
        )
    names, found = _names(), []
    for row in np.asarray(preds):
        found.append([(*names[str(i)], row[i]) for i in row.argsort()[-top:][::-1]])
    return found


def preprocessing(mode):
    """`preprocess_input` of the networks with one mode."""

    def preprocess_input(x, data_format=None, **kwargs):
        """Pixels as the network takes them."""
        return _preprocess(x, data_format=data_format, mode=mode)

    return preprocess_input


_preprocess = preprocess_input
