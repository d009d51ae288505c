"""Operations of a graph applied again to other tensors: in another graph, or in eager mode."""

from mainstem.base import nest
from mainstem.core import builder, evaluate
from mainstem.graph import fold
from mainstem.graph.func_graph import FuncGraph
from mainstem.surface import framework


def apply(op, taken):
    """The outputs of an operation on other tensors, a list, in the current graph or in eager mode."""
    attrs = {k: v for k, v in op.attrs.items() if k in op.definition.attrs}
    made = builder.current().apply(op.definition, evaluate.group(op.definition, taken, op.attrs), attrs)
    return [] if made is None else nest.flatten(made)


def replay(tensors, given):
    """The tensors computed anew, where `given`, {id of a tensor: tensor}, stands for some; captured tensors are those outside."""
    values, order, todo = dict(given), {}, [t for t in tensors if id(t) not in given]
    while todo:
        tensor = todo.pop()
        if id(tensor) in values or tensor.op._id in order:
            continue
        outside = _outside(tensor)
        if outside is not None:
            values[id(tensor)] = outside
            continue
        order[tensor.op._id] = tensor.op
        todo += tensor.op.inputs
    for _, op in sorted(order.items()):
        if all(id(t) in values for t in op.outputs):
            continue
        made = apply(op, [values[id(t)] for t in op.inputs])
        values.update((id(t), new) for t, new in zip(op.outputs, made, strict=True) if id(t) not in values)
    return [values[id(t)] for t in tensors]


def _outside(tensor):
    """A tensor that needs no operation: a constant, one of the current graph, or what a placeholder was captured from."""
    graph = tensor.graph
    if graph is builder.current():
        return tensor
    if isinstance(graph, FuncGraph):
        for outer, inner in graph.captures:
            if inner is tensor:
                return outer
    value = fold.constant_value(tensor)
    return None if value is None else framework.constant(value, tensor.dtype)
