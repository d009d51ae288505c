"""TensorFlow 1's TensorArray nodes as operations on lists of tensors (`ops.tensor_list`).

There an array is a resource that everybody writes, and a scalar `flow` only orders reads and writes. Here the flow is the list itself,
so that loops can carry it; the handle is only asked what kind of array it belongs to.
"""

import numpy as np

from mainstem.base import dtypes
from mainstem.core import registry


class Array:
    """What a `TensorArrayV3` node says: the node, and the tensor of its size."""

    def __init__(self, attrs, size):
        self.dtype, self.shape, self.grows, self.size = (
            attrs["dtype"],
            attrs.get("element_shape"),
            attrs.get("dynamic_size"),
            size,
        )

    def shape_vector(self, constant, shape=None):
        """The element shape as the list operations take it."""
        shape = self.shape if shape is None else shape
        known = -1 if shape is None else [-1 if n is None else n for n in shape]
        return constant(np.asarray(known, np.int32), dtypes.int32)


def is_array_op(kind):
    """Whether an op type is one of the TensorArray's; also those that `convert` refuses."""
    return kind.startswith("TensorArray")


def convert(constant, node, attrs, inputs, array):
    """Gives (op, inputs, attrs) that stand for a TensorArray node.

    `constant(array, dtype)` makes constants; `inputs` are the node's tensors but for the handle, `array` is the Array of the handle
    (None for `TensorArrayV3` itself). Raises NotImplementedError for the nodes of older TensorArrays.
    """
    make = _MAKERS.get(node.op)
    if make is None:
        raise NotImplementedError(f"import_graph_def: node '{node.name}' (op {node.op}) has no counterpart here.")
    wanted = _TAKES.get(node.op, 1)
    if len(inputs) != wanted:
        raise ValueError(f"NodeDef '{node.name}' (op {node.op}) has {len(inputs)} inputs beside its handle; it takes {wanted}.")
    kind, taken, extra = make(constant, attrs, inputs, array)
    definition = registry.lookup(kind)
    return definition, taken, {k: v for k, v in extra.items() if k in definition.attrs}


def _new(constant, attrs, inputs, array):
    made = Array(attrs, inputs[0])
    return (
        "TensorListReserve",
        [made.shape_vector(constant), inputs[0]],
        {"element_dtype": made.dtype, "shape_type": dtypes.int32},
    )


def _write(constant, attrs, inputs, array):
    index, value, flow = inputs
    grows = bool(array.grows)
    return "TensorListSetItem", [flow, index, value], {"element_dtype": array.dtype, "resize_if_index_out_of_bounds": grows}


def _read(constant, attrs, inputs, array):
    index, flow = inputs
    return "TensorListGetItem", [flow, index, array.shape_vector(constant)], {"element_dtype": array.dtype}


def _gather(constant, attrs, inputs, array):
    indices, flow = inputs
    shape = array.shape_vector(constant, attrs.get("element_shape"))
    return "TensorListGather", [flow, indices, shape], {"element_dtype": array.dtype}


def _scatter(constant, attrs, inputs, array):
    indices, value, flow = inputs
    return "TensorListScatterIntoExistingList", [flow, value, indices], {"element_dtype": array.dtype}


def _size(constant, attrs, inputs, array):
    if array.grows:
        return "TensorListLength", inputs, {}
    return "Identity", [array.size], {"T": dtypes.int32}


def _concat(constant, attrs, inputs, array):
    whole = attrs.get("element_shape_except0")
    shape = array.shape if whole is None else (None, *whole)
    leading = constant(np.zeros(0, np.int64), dtypes.int64)
    return (
        "TensorListConcatV2",
        [inputs[0], array.shape_vector(constant, shape), leading],
        {"element_dtype": array.dtype, "shape_type": dtypes.int32},
    )


def _split(constant, attrs, inputs, array):
    value, lengths, _ = inputs
    return (
        "TensorListSplit",
        [value, array.shape_vector(constant), lengths],
        {"element_dtype": array.dtype, "shape_type": dtypes.int32},
    )


def _close(constant, attrs, inputs, array):
    return "NoOp", [], {}


_MAKERS = {
    "TensorArrayV3": _new,
    "TensorArrayWriteV3": _write,
    "TensorArrayReadV3": _read,
    "TensorArrayGatherV3": _gather,
    "TensorArrayScatterV3": _scatter,
    "TensorArraySizeV3": _size,
    "TensorArrayConcatV3": _concat,
    "TensorArraySplitV3": _split,
    "TensorArrayCloseV3": _close,
}
KNOWN = frozenset(_MAKERS)
_TAKES = {
    "TensorArrayWriteV3": 3, "TensorArrayReadV3": 2, "TensorArrayGatherV3": 2, "TensorArrayScatterV3": 3, "TensorArraySplitV3": 3,
    "TensorArrayCloseV3": 0,
}  # fmt: skip
