"""What the operations of data sets give the functions that they call: from a GraphDef's library they become bodies for that."""

from mainstem.base import dtypes, shapes
from mainstem.formats import graphdef

_OF_ELEMENTS = ("f", "predicate", "key_func")
_WITH_STATE = ("ScanDataset", "ReduceDataset")


class Argument:
    """Stands for a tensor that the operation gives its function when it runs."""

    __slots__ = ("_dtype", "_handle", "_shape")

    def __init__(self, dtype, shape):
        self._dtype, self._shape, self._handle = dtype, shapes.as_tuple(shape), None


def arguments(definition, function, key, inputs, attrs):
    """What the function in the attr `key` takes: first what an element is, then the tensors among `inputs` that it captured."""
    captured = _captured(definition, key, inputs, attrs)
    given = function.signature.input_arg[: len(function.signature.input_arg) - len(captured)]
    types = [dtypes.as_dtype(a.type) for a in given]
    if "_input_shapes" in function.attr:
        known = graphdef.attr_from_proto(function.attr["_input_shapes"])[: len(types)]
    else:
        known = _shapes(definition, key, inputs, types)
    return [Argument(t, s) for t, s in zip(types, known, strict=True)] + captured


def _captured(definition, key, inputs, attrs):
    names = (
        {f"{key}_other_arguments"}
        if any(a.name == f"{key}_other_arguments" for a in definition.inputs)
        else {"other_arguments"}
    )
    start = 0
    for arg in definition.inputs:
        count = len(attrs[arg.type_list]) if arg.type_list else attrs[arg.number] if arg.number else 1
        if arg.name in names:
            return inputs[start : start + count]
        start += count
    return []


def _shapes(definition, key, inputs, types):
    """The shapes of an element of the first data set, where the function takes just that; else they are not known."""
    source = inputs[0]._op.attrs if inputs else {}
    own = source.get("output_types", source.get("Toutput_types"))
    if key in _OF_ELEMENTS and definition.name not in _WITH_STATE and own == types:
        return source["output_shapes"]
    return [None] * len(types)
