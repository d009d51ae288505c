"""The gradient of a branch that cannot be compiled whole: another branch, whose bodies do the work again and differentiate it."""

from mainstem.core import registry
from mainstem.grad.node import differentiable
from mainstem.graph.func_graph import FuncGraph, align
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.tensor import Operation
from mainstem.lower import effects

_BRANCHES = ("If", "StatelessIf", "Case", "StatelessCase")


def apart(op):
    """Whether an operation is a branch of which Python runs a body, so that it has no vector-Jacobian product of its own.

    One that writes variables or draws random numbers must not run again, and is none of these.
    """
    if not isinstance(op, Operation) or op.type not in _BRANCHES:
        return False
    e = effects.of(op)
    return e.host is not None and not e.writes and not e.streams


def gradient(graph, op, out, gradients):
    """Gradients of the inputs of such a branch for the gradients `out` of its outputs, by `tf.gradients` of every body."""
    given = [i for i, g in enumerate(out) if g is not None]
    grads = [graph.convert(out[i]) for i in given]
    wrt = [i for i, t in enumerate(op._inputs[1:]) if differentiable(t)]
    if not wrt:
        return [None] * len(op._inputs)
    found = [_body(graph, body, given, grads, wrt, gradients) for _, body in effects.bodies_in(op.attrs)]
    used = [k for k in range(len(wrt)) if any(f[1][k] is not None for f in found)]
    for made, parts, inputs in found:
        with made.as_default():
            made.outputs = [_zeros(made, inputs[wrt[k]]) if parts[k] is None else parts[k] for k in used]
    bodies = [f[0] for f in found]
    captured = align(bodies)
    names = ("then_branch", "else_branch")
    attrs = dict(zip(names, bodies)) if "then_branch" in op.attrs else {"branches": bodies}
    attrs["Tout"] = [t._dtype.base_dtype for t in bodies[0].outputs]
    made = graph.apply(op.definition, (op._inputs[0], [*op._inputs[1:], *grads, *captured]), attrs, op.type)
    result = [None] * len(op._inputs)
    for k, g in zip(used, made):
        result[1 + wrt[k]] = g
    return result


def _body(graph, body, given, grads, wrt, gradients):
    """(body of the gradient, its gradients or Nones for `wrt`, its inputs)."""
    made = FuncGraph(f"{body.name}_grad", graph)
    made.pruned = True
    with made.as_default():
        inputs = [made.add_input(t._dtype, t._shape, "input", t._handle) for t in body.inputs]
        seeds = [made.add_input(g._dtype.base_dtype, g._shape, "grad") for g in grads]
        outputs = copied(made, body, inputs)
        parts = gradients([outputs[i] for i in given], [inputs[i] for i in wrt], grad_ys=seeds)
        return made, [made.convert(p) if isinstance(p, IndexedSlices) else p for p in parts], inputs


def copied(graph, body, inputs):
    """Puts the operations of `body` into `graph`, on `inputs` instead of its own; gives its outputs there."""
    new, ops = dict(zip(body.inputs, inputs, strict=True)), {}
    for op in effects.needed(body):
        if op._outputs and op._outputs[0] in new:
            continue
        control = [ops[c] for c in op._control_inputs if c in ops]
        ops[op] = made = graph.create(
            op.definition, op.name.rsplit("/", 1)[-1], [new[t] for t in op._inputs], dict(op.attrs), control_inputs=control,
            device=op.device, line=op.line,
        )  # fmt: skip
        for old, t in zip(op._outputs, made._outputs):
            new[old] = t
            t._shape = old._shape
    return [new[t] for t in body.outputs]


def _zeros(graph, t):
    if t._handle is not None:
        t = graph.apply(registry.lookup("ReadVariableOp"), (t,), {"dtype": t._handle[0]})
    return graph.apply(registry.lookup("ZerosLike"), (t,), {})
