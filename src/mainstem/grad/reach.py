"""Which inputs of a branch, loop or call its outputs depend on in a way that gradients follow: the others get None."""

from mainstem.grad import registry
from mainstem.lower import effects


def inputs(op_type, attrs, outs):
    """The positions of the inputs to which gradients flow from the outputs `outs` (positions) of an operation with bodies."""
    offset = effects.OFFSET[op_type]
    if op_type in effects.LOOPS:
        found, new = set(outs), set(outs)
        while new:
            new = _through(attrs["body"], [attrs["body"].outputs[i] for i in new]) - found
            found |= new
        return found
    return {i + offset for _, g in effects.bodies_in(attrs) for i in _through(g, [g.outputs[i] for i in outs])}


def _through(graph, tensors):
    """The positions of the inputs of a body to which gradients flow from these tensors of it."""
    position = {t: i for i, t in enumerate(graph.inputs)}
    found, todo, seen = set(), list(tensors), set(tensors)
    while todo:
        t = todo.pop()
        if t in position:
            found.add(position[t])
            continue
        for before in _followed(t._op, t._index):
            if before not in seen:
                seen.add(before)
                todo.append(before)
    return found


def _followed(op, index):
    """The inputs of an operation to which gradients may flow from its output `index`."""
    if op.own_gradient is None:
        registered, fn = registry.find(op)
        if (registered and fn is None) or not (registered or op.definition.differentiable):
            return []
        if not registered and effects.is_functional(op):
            return [op._inputs[i] for i in inputs(op.type, op.attrs, [index])]
    return op._inputs
