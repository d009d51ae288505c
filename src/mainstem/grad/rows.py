"""The rows of a jacobian in a graph: the way back is built once, for one row, and one node runs it for all rows."""

from mainstem.core import registry
from mainstem.graph.func_graph import FuncGraph


def in_one_node(graph, target, seeds, gradient):
    """Gradients for each row of `seeds` (a tensor of rows like `target`), stacked and whole, or None.

    `gradient(seed)` adds the way back for one seed to the graph and gives a list of tensors, IndexedSlices and Nones; its nodes are
    moved into a body.
    """
    mark = len(graph._list)
    with graph.control_dependencies(None):
        seed = _placeholder(graph, target)
        grads = [None if g is None else graph.convert(g) for g in gradient(seed)]
    if all(g is None for g in grads):
        _taken_back(graph, mark)
        return grads
    body = FuncGraph("rows", graph)
    inside = {seed: body.add_input(seed._dtype, seed._shape, "seed")}
    for op in graph._list[mark + 1 :]:
        _copied(op, body, inside)
    body.outputs = [_inside(g, body, inside) for g in grads if g is not None]
    _taken_back(graph, mark)
    args = [seeds, *body.external_captures]
    attrs = {"f": body, "mapped": 1, "Tout": [t._dtype for t in body.outputs]}
    made = iter(graph.apply(registry.lookup("_VectorizedCall"), (args,), attrs, "jacobian"))
    return [None if g is None else next(made) for g in grads]


def _placeholder(graph, like):
    attrs = {"dtype": like._dtype.base_dtype, "shape": like._shape}
    made = graph.create(registry.lookup("Placeholder"), "seed", [], attrs, control_inputs=[], device="", shape=[like._shape])
    return made._outputs[0]


def _inside(t, body, known):
    return known[t] if t in known else body.capture(t)


def _copied(op, body, known):
    """Makes an operation again in a body."""
    inputs = [_inside(t, body, known) for t in op._inputs]
    shape = [t._shape for t in op._outputs]
    made = body.create(op.definition, op.name, inputs, dict(op.attrs), control_inputs=[], device="", line=op.line, shape=shape)
    for old, new in zip(op._outputs, made._outputs):
        new._handle, new._constant = old._handle, old._constant
        known[old] = new


def _taken_back(graph, mark):
    """Undoes the operations of a graph from number `mark` on."""
    for op in reversed(graph._list[mark:]):
        for t in op._inputs:
            t._consumers.remove(op)
        for c in op._control_inputs:
            c._control_outputs.remove(op)
        del graph._by_name[op.name]
        graph._names.pop(op.name.lower(), None)
    del graph._list[mark:]
