"""`tf.gradients`: walks backwards once and adds one VJP node an operation, `gradients/<name>_grad/...`."""

import contextlib
import enum

import numpy as np

from mainstem.base import dtypes
from mainstem.core import builder, registry
from mainstem.eager.context import context
from mainstem.grad import (
    branches,
    rows,
    rules,  # noqa: F401 - registers the built-in gradient functions
)
from mainstem.grad import registry as functions
from mainstem.grad.node import vjp_node
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.graph import get_default_graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.tensor import Tensor
from mainstem.lower import prune


class AggregationMethod:
    """How gradients of one tensor are added up. All methods are accepted: XLA plans the additions itself."""

    ADD_N = DEFAULT = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class UnconnectedGradients(enum.Enum):
    """What a source that the target does not depend on gets: None, or zeros."""

    NONE = "none"
    ZERO = "zero"


def _list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _sources(graph, xs):
    """The tensors that gradients are asked for: a variable's own handle or reference."""
    out = []
    for x in xs:
        if isinstance(x, IndexedSlices):
            out.append(x.values)
            continue
        handle = getattr(x, "handle", None)
        if handle is not None:
            out.append(graph.convert(handle))
            continue
        ref = getattr(x, "_ref", None)
        out.append(graph.convert(ref()) if callable(ref) else graph.convert(x))
    return out


def gradients(
    ys,
    xs,
    grad_ys=None,
    name="gradients",
    colocate_gradients_with_ops=False,
    gate_gradients=False,
    aggregation_method=None,
    stop_gradients=None,
    unconnected_gradients=UnconnectedGradients.NONE,
):
    """Symbolic derivatives of the sum of `ys` with respect to each of `xs`.

    Args:
        ys, xs: a tensor (or variable) or a list of them.
        grad_ys: initial gradients, one a y; ones by default.
        stop_gradients: tensors to hold constant.
        unconnected_gradients: `UnconnectedGradients` or its value, "none" or "zero": what an unconnected x gets.

    Returns a list with one tensor, IndexedSlices or None an x. Raises TypeError for integer ys, LookupError for an op
    without gradient, ValueError for an unknown `unconnected_gradients`, RuntimeError in eager mode.
    """
    unconnected = getattr(unconnected_gradients, "value", unconnected_gradients)
    if unconnected not in ("none", "zero"):
        raise ValueError(f"Unknown value for unconnected_gradients: {unconnected_gradients!r}")
    _refuse_eager()
    graph = get_default_graph()
    ys, xs = _list(ys), _list(xs)
    around = _around(graph, ys)
    if around is not None:  # asked for in the body of a branch or loop: made where the ys are, and captured
        with around.as_default():
            return gradients(
                ys,
                xs,
                grad_ys,
                name,
                colocate_gradients_with_ops,
                gate_gradients,
                aggregation_method,
                stop_gradients,
                unconnected,
            )
    grad_ys = [None] * len(ys) if grad_ys is None else _list(grad_ys)
    if len(grad_ys) != len(ys):
        raise ValueError(f"Passed {len(grad_ys)} grad_ys for {len(ys)} ys")
    with graph.name_scope(name or "gradients"):
        ys = [y if isinstance(y, Tensor) else y.values if isinstance(y, IndexedSlices) else graph.convert(y) for y in ys]
        sources = _sources(graph, xs)
        stops = {t if isinstance(t, Tensor) else graph.convert(t) for t in _list(stop_gradients or [])}
        grads = _backpropagate(graph, ys, sources, grad_ys, stops, bool(colocate_gradients_with_ops))
        out = [_total(graph, grads.get(x)) for x in sources]
        if unconnected == "zero":
            out = [_zeros(graph, x) if g is None else g for g, x in zip(out, xs)]
    return out


def _around(graph, ys):
    """The graph of all `ys` when it is one around the body that is being built, else None."""
    found = {y._op.graph for y in ys if isinstance(y, Tensor) and not y._is_eager}
    one = found.pop() if len(found) == 1 else None
    return one if one is not None and one is not graph and isinstance(graph, FuncGraph) and graph._enclosed_by(one) else None


def _refuse_eager():
    if builder.current() is context():
        raise RuntimeError("tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead.")


def _zeros(graph, x):
    return graph.apply(registry.lookup("ZerosLike"), (graph.convert(x),), {})


def _between(ys, sources, stops, only=None):
    """Operations through which gradients flow from `ys` to `sources`, in running order; `only(op)`: those of a tape."""
    ops = prune.needed({y._op for y in ys}, frozenset())
    reached, between = set(sources), []
    for op in ops:
        if only is not None and not only(op):
            continue
        if any(t in reached for t in op._inputs) and not any(o in stops for o in op._outputs):
            between.append(op)
            reached.update(op._outputs)
    return between


def _backpropagate(graph, ys, sources, grad_ys, stops, colocate, only=None):
    grads = {}
    for i, (y, g) in enumerate(zip(ys, grad_ys)):
        kind = y._dtype.base_dtype
        if not (kind.is_floating or kind.is_complex or kind is dtypes.resource or kind is dtypes.variant):
            if g is None and kind.is_integer:
                continue  # TensorFlow: integer ys are not differentiated
            raise TypeError(f"Gradients of tensors must be floating or complex. Got {y!r} of type {kind.name}.")
        grads.setdefault(y, []).append(_initial(graph, y, g, i))
    between = _between(ys, sources, stops, only)
    inside = set(between)
    wanted = set(sources)
    for op in reversed(between):
        out = [_total(graph, grads.get(t) if t in wanted else grads.pop(t, None), grads, t) for t in op._outputs]
        if all(g is None for g in out):
            continue
        useful = [t in wanted or t._op in inside for t in op._inputs]
        place = graph.colocate_with(op) if colocate else contextlib.nullcontext()
        with graph.name_scope(f"{op.name}_grad"), place:
            result = _of_operation(graph, op, out, useful, only is not None)
        for t, g, use in zip(op._inputs, result, useful):
            if g is not None and use:
                grads.setdefault(t, []).append(g)
    return grads


def _initial(graph, y, g, index):
    if g is None:
        one = graph.constant(y._dtype.base_dtype.np.type(1), y._dtype.base_dtype, f"grad_ys_{index}/Const")
        shape = graph.apply(registry.lookup("Shape"), (y,), {}, f"grad_ys_{index}/Shape")
        return graph.apply(registry.lookup("Fill"), (shape, one), {}, f"grad_ys_{index}")
    if isinstance(g, IndexedSlices):
        return g
    g = graph.convert(g, dtype=y._dtype.base_dtype)
    return graph.apply(registry.lookup("Identity"), (g,), {}, f"grad_ys_{index}")


def _total(graph, parts, grads=None, t=None):
    """Adds up the gradients of one tensor; several slices stay slices."""
    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(p, IndexedSlices) for p in parts):
        axis = graph.constant(_zero_axis(), dtypes.int32)
        concat = registry.lookup("ConcatV2")
        total = IndexedSlices(
            graph.apply(concat, ([p.values for p in parts], axis), {}),
            graph.apply(concat, ([p.indices for p in parts], axis), {}),
            parts[0].dense_shape,
        )
    else:
        total = graph.apply(registry.lookup("AddN"), ([graph.convert(p) for p in parts],), {})
    if grads is not None and t in grads:
        grads[t] = [total]
    return total


def _zero_axis():
    return dtypes.int32.np.type(0)


def _of_operation(graph, op, out, useful, tape=False):
    """Gradients of one operation's inputs; a `tape` knows nothing of `gradient_override_map`, as in TensorFlow."""
    registered, fn = functions.find(op, not tape)
    if registered:
        if fn is None:
            return [None] * len(op._inputs)
        result = fn(op, *[_zeros_for(graph, op, i) if g is None else g for i, g in enumerate(out)])
        result = _list(result)
        if len(result) != len(op._inputs):
            raise ValueError(
                f"Num gradients {len(result)} generated for op {op.node_def} do not match num inputs {len(op._inputs)}"
            )
        return [g if g is None or isinstance(g, IndexedSlices) else graph.convert(g) for g in result]
    d = op.definition
    if not d.differentiable:
        if d.host and d.outputs and any(g is not None for g in out) and d.name not in functions.NONE_ON_HOST:
            raise LookupError(f"No gradient defined for operation '{op.name}' (op type: {op.type}) {op.where()}")
        return [None] * len(op._inputs)
    if branches.apart(op):
        return branches.gradient(graph, op, out, gradients)
    return vjp_node(graph, op, out)


def _zeros_for(graph, op, i):
    t = op._outputs[i]
    if not (t._dtype.base_dtype.is_floating or t._dtype.base_dtype.is_complex):
        return None
    return graph.apply(registry.lookup("ZerosLike"), (t,), {})


def gradients_v2(
    ys,
    xs,
    grad_ys=None,
    name="gradients",
    gate_gradients=False,
    aggregation_method=None,
    stop_gradients=None,
    unconnected_gradients=UnconnectedGradients.NONE,
):
    """TensorFlow 2's `gradients`, which has no `colocate_gradients_with_ops`."""
    return gradients(ys, xs, grad_ys, name, True, gate_gradients, aggregation_method, stop_gradients, unconnected_gradients)


def hessians_v2(ys, xs, gate_gradients=False, aggregation_method=None, name="hessians"):
    """TensorFlow 2's `hessians`, with the name last."""
    return hessians(ys, xs, name, True, gate_gradients, aggregation_method)


def hessians(ys, xs, name="hessians", colocate_gradients_with_ops=False, gate_gradients=False, aggregation_method=None):
    """The matrices of second derivatives of the sum of `ys` with respect to each x: shape x.shape + x.shape.

    Raises NotImplementedError when an x has an unknown static shape, ValueError when no y depends on it.
    """
    _refuse_eager()
    graph, out = get_default_graph(), []
    with graph.name_scope(name):
        for x in _list(xs):
            first = gradients(ys, x)[0]
            if first is None:
                raise ValueError(f"hessians: None values not supported: the ys do not depend on {x!r}.")
            shape = x._shape if isinstance(x, Tensor) else tuple(x.shape.as_list())
            if shape is None or None in shape:
                raise NotImplementedError(f"hessians: 'xs' must have a static shape. Got {x!r}.")
            count = 1
            for n in shape:
                count *= n
            kind = first._dtype.base_dtype
            seeds = graph.constant(np.eye(count, dtype=kind.np).reshape(count, *shape), kind)
            (found,) = rows.in_one_node(graph, first, seeds, lambda seed, x=x, y=first: gradients(y, x, grad_ys=seed))
            if found is None:
                found = graph.constant(np.zeros((count, *shape), kind.np), kind)
            out.append(_apply(graph, "Reshape", found, [*shape, *shape]))
    return out


def _apply(graph, kind, *args):
    args = [graph.convert(a, dtype=dtypes.int32) if isinstance(a, list) else a for a in args]
    return graph.apply(registry.lookup(kind), tuple(args), {})
