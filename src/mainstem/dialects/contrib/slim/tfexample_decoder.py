"""`slim.tfexample_decoder`: items, such as an image and its boxes, from the features of a serialized `tf.train.Example`."""

import abc

from mainstem.base import dtypes
from mainstem.dialects.contrib.slim.data_decoder import DataDecoder
from mainstem.graph.sparse_tensor import SparseTensor as _SparseTensor
from mainstem.surface import array, control_flow, image_codec, loops, math, parsing, reduce, slicing, sparse, string


class ItemHandler(metaclass=abc.ABCMeta):
    """Makes an item of the tensors of some features, whose names are `keys` (one name or a list)."""

    def __init__(self, keys):
        self._keys = keys if isinstance(keys, (tuple, list)) else [keys]

    @property
    def keys(self):
        """The names of the features."""
        return self._keys

    @abc.abstractmethod
    def tensors_to_item(self, keys_to_tensors):
        """The item, from a dict of the features' tensors."""


class ItemHandlerCallback(ItemHandler):
    """Makes an item by a function of the dict of the features' tensors."""

    def __init__(self, keys, func):
        super().__init__(keys)
        self._func = func

    def tensors_to_item(self, keys_to_tensors):
        return self._func(keys_to_tensors)


class BoundingBox(ItemHandler):
    """Boxes [n, 4] from four features of n numbers each; by default `ymin`, `xmin`, `ymax`, `xmax` behind the prefix."""

    def __init__(self, keys=None, prefix=""):
        keys = ["ymin", "xmin", "ymax", "xmax"] if keys is None else keys
        if len(keys) != 4:
            raise ValueError(f"BoundingBox expects 4 keys but got {len(keys)}")
        self._prefix, self._full_keys = prefix, [prefix + k for k in keys]
        super().__init__(self._full_keys)

    def tensors_to_item(self, keys_to_tensors):
        sides = [keys_to_tensors[key] for key in self._full_keys]
        sides = [array.expand_dims(s.values if isinstance(s, _SparseTensor) else s, 0) for s in sides]
        return array.transpose(array.concat(sides, 0))


def _dense(x, default_value=0):
    return sparse.to_dense(x, default_value=default_value) if isinstance(x, _SparseTensor) else x


class Tensor(ItemHandler):
    """A feature as a dense tensor, in the shape that `shape` or the features `shape_keys` give."""

    def __init__(self, tensor_key, shape_keys=None, shape=None, default_value=0):
        if shape_keys and shape is not None:
            raise ValueError("Cannot specify both shape_keys and shape parameters.")
        if shape_keys and not isinstance(shape_keys, list):
            shape_keys = [shape_keys]
        self._tensor_key, self._shape_keys, self._shape = tensor_key, shape_keys, shape
        self._default_value = default_value
        super().__init__([tensor_key, *(shape_keys or ())])

    def tensors_to_item(self, keys_to_tensors):
        tensor, shape = keys_to_tensors[self._tensor_key], self._shape
        if self._shape_keys:
            shape = array.reshape(array.stack([_dense(keys_to_tensors[k]) for k in self._shape_keys]), [-1])
        if isinstance(tensor, _SparseTensor):
            return _dense(tensor if shape is None else sparse.reshape(tensor, shape), self._default_value)
        return tensor if shape is None else array.reshape(tensor, shape)


class LookupTensor(Tensor):
    """A feature as a dense tensor, looked up in a table."""

    def __init__(self, tensor_key, table, shape_keys=None, shape=None, default_value=""):
        self._table = table
        super().__init__(tensor_key, shape_keys, shape, default_value)

    def tensors_to_item(self, keys_to_tensors):
        return self._table.lookup(super().tensors_to_item(keys_to_tensors))


class BackupHandler(ItemHandler):
    """What `handler` makes, or where that is empty what `backup` makes. Raises ValueError when one is no handler."""

    def __init__(self, handler, backup):
        for name, given in (("Primary", handler), ("Backup", backup)):
            if not isinstance(given, ItemHandler):
                raise ValueError(f"{name} handler is of type {type(given)} instead of ItemHandler")
        self._handler, self._backup = handler, backup
        super().__init__(handler.keys + backup.keys)

    def tensors_to_item(self, keys_to_tensors):
        item = self._handler.tensors_to_item(keys_to_tensors)
        return control_flow.cond(
            math.equal(reduce.reduce_prod(array.shape(item)), 0),
            lambda: self._backup.tensors_to_item(keys_to_tensors),
            lambda: item,
        )


class SparseTensor(ItemHandler):
    """A sparse tensor from a feature of indices (along the last axis) and a feature of values.

    `shape` or the feature `shape_key` gives its shape; `densify` makes it dense, with `default_value` where nothing is.
    """

    def __init__(self, indices_key=None, values_key=None, shape_key=None, shape=None, densify=False, default_value=0):
        indices_key, values_key = indices_key or "indices", values_key or "values"
        self._indices_key, self._values_key, self._shape_key = indices_key, values_key, shape_key
        self._shape, self._densify, self._default_value = shape, densify, default_value
        super().__init__([indices_key, values_key, *([shape_key] if shape_key else [])])

    def tensors_to_item(self, keys_to_tensors):
        indices, values = keys_to_tensors[self._indices_key], keys_to_tensors[self._values_key]
        if self._shape_key:
            shape = keys_to_tensors[self._shape_key]
            shape = shape.values if isinstance(shape, _SparseTensor) else shape
        else:
            shape = self._shape if self._shape else indices.dense_shape
        rank = array.shape(indices.indices)[1]
        ids = math.cast(indices.values, dtypes.int64)
        rows = slicing.slice_(indices.indices, [0, 0], array.stack([-1, rank - 1]))
        places = array.concat([rows, array.reshape(ids, [-1, 1])], 1)
        made = _SparseTensor(places, values.values, shape)
        return _dense(made, self._default_value) if self._densify else made


class Image(ItemHandler):
    """An image [height, width, channels] from its encoded bytes and the name of their format: JPEG, PNG, GIF, BMP or raw numbers.

    Args:
        image_key, format_key: the features of the bytes and of the format.
        shape: a shape to give the image.
        channels: its number of channels.
        dtype: its type; raw numbers are of it, others are cast to it.
        repeated: whether the feature holds several images.
        dct_method: a hint for JPEG.
    """

    def __init__(
        self, image_key=None, format_key=None, shape=None, channels=3, dtype=dtypes.uint8, repeated=False, dct_method=""
    ):
        image_key, format_key = image_key or "image/encoded", format_key or "image/format"
        super().__init__([image_key, format_key])
        self._image_key, self._format_key, self._shape = image_key, format_key, shape
        self._channels, self._dtype, self._repeated, self._dct_method = channels, dtype, repeated, dct_method

    def tensors_to_item(self, keys_to_tensors):
        content, kind = keys_to_tensors[self._image_key], keys_to_tensors[self._format_key]
        if self._repeated:
            return loops.map_fn(lambda x: self._decode(x, kind), content, dtype=self._dtype)
        return self._decode(content, kind)

    def _decode(self, content, kind):
        def raw():
            return string.decode_raw(content, self._dtype)

        def jpeg():
            made = image_codec.decode_jpeg(content, self._channels, dct_method=self._dct_method)
            return math.cast(made, self._dtype)

        def other():
            return math.cast(image_codec.decode_image(content, self._channels), self._dtype)

        is_raw = math.logical_or(math.equal(kind, "raw"), math.equal(kind, "RAW"))
        image = control_flow.case(
            [(is_raw, raw)],
            default=lambda: control_flow.cond(image_codec.is_jpeg(content), jpeg, other, name="cond_jpeg"),
            exclusive=True,
        )
        image.set_shape([None, None, self._channels])
        return image if self._shape is None else array.reshape(image, self._shape)


class TFExampleDecoder(DataDecoder):
    """Decodes serialized `tf.train.Example`s.

    Args:
        keys_to_features: a dict from the names of features to `tf.FixedLenFeature` and the like.
        items_to_handlers: a dict from items to handlers, which make them of the features.
    """

    def __init__(self, keys_to_features, items_to_handlers):
        self._keys_to_features, self._items_to_handlers = keys_to_features, items_to_handlers

    def list_items(self):
        return list(self._items_to_handlers)

    def decode(self, serialized_example, items=None):
        """The tensors of the items (default: all) of a scalar string tensor, as a list."""
        example = parsing.parse_single_example_v1(serialized_example, self._keys_to_features)
        for key, feature in sorted(self._keys_to_features.items()):
            if isinstance(feature, parsing.FixedLenFeature):
                example[key] = array.reshape(example[key], feature.shape)
        handlers = [self._items_to_handlers[item] for item in (items or self._items_to_handlers)]
        return [h.tensors_to_item({key: example[key] for key in h.keys}) for h in handlers]
