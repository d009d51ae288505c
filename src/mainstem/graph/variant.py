"""What a graph knows of its variant tensors: the dtype of the elements when it is a list of tensors."""

_BODIES = {"If": "then_branch", "StatelessIf": "then_branch", "PartitionedCall": "f", "StatefulPartitionedCall": "f"}
_LIKE_INPUT = ("While", "StatelessWhile", "SymbolicGradient")  # output i is like input i
_LIKE_FIRST = ("Identity", "StopGradient", "AddN", "ZerosLike")


def element_dtype(tensor):
    """The dtype of the elements of the list that a variant tensor is, or None when it is no list, or unknown."""
    while tensor is not None:
        op = tensor._op
        if op is None:
            return None
        if "element_dtype" in op.attrs:
            return op.attrs["element_dtype"]
        tensor = _source(tensor, op)
    return None


def _source(tensor, op):
    """Another tensor that is a list of the same dtype, or None."""
    if op.type == "Placeholder":
        like = tensor.__dict__.get("_like")
        return like if like is not None else _captured(tensor, op.graph)
    if op.type in _LIKE_INPUT:
        return op._inputs[tensor._index]
    if op.type in _LIKE_FIRST or op.type.startswith("TensorList"):
        return op._inputs[0]
    if op.type in _BODIES:
        return op.attrs[_BODIES[op.type]].outputs[tensor._index]
    if op.type in ("Case", "StatelessCase"):
        return op.attrs["branches"][0].outputs[tensor._index]
    return None


def _captured(tensor, graph):
    return next((outer for outer, inner in getattr(graph, "captures", ()) if inner is tensor), None)
