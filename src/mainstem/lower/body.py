"""A body (branch, loop step, called function) as a function of arrays: `body(*inputs, *streams) -> outputs, writes, streams`."""

import jax
import jax.numpy as jnp

from mainstem.base import errors
from mainstem.graph.func_graph import FuncGraph
from mainstem.lower import effects, trips
from mainstem.lower.plan import Plan
from mainstem.ops.control import ShapesDiffer
from mainstem.ops.tensor_list import Growing, TensorList


class Body:
    """One body of one functional operation, bound to the way its operations are evaluated.

    `effects` are those of the whole operation, so that all branches give the same results: outputs, then the new contents of
    the variables that any of them writes, then all streams. A loop's step gives its inputs back, renewed.
    """

    def __init__(self, graph, attr, op_effects, offset, loop, tracer):
        self.graph, self.attr, self.effects, self.offset, self.loop, self.tracer = graph, attr, op_effects, offset, loop, tracer
        self.counted, self.partner = None, None
        self.plan, self.segment = _planned(graph)

    def passes(self, i):
        """Whether input `i` of a loop leaves a step as it came (a captured value)."""
        if i >= len(self.graph.inputs):
            return False  # a stream
        return self.graph.outputs[i] is self.graph.inputs[i] and i not in self.effects.writes

    def trips(self, values):
        """How often the loop runs of which this is the condition, from its first values; None when only running can tell."""
        return trips.count(self.graph, self.partner.graph, values)

    def rows(self, values, count):
        """The lists of which a loop reads or writes one element an iteration; see `trips.rows`."""
        return trips.rows(self.graph, self.partner.graph, values, count)

    def resizes(self, i):
        """Whether the write to the list `i` of the loop of which this is the step may make it longer."""
        return self.graph.outputs[i]._op.attrs["resize_if_index_out_of_bounds"]

    def settled(self, step, first, changing):
        """The first values of a loop in the form in which `step` gives them back; says which variable changes its type."""
        after = jax.eval_shape(step, first)
        while any(_unwritten(a, b) for a, b in zip(first, after, strict=True)):
            first = [_zeros(b) if _unwritten(a, b) else a for a, b in zip(first, after, strict=True)]
            after = jax.eval_shape(step, first)
        for i, a, b in zip(changing, first, after, strict=True):
            if isinstance(a, TensorList):
                if jax.tree.structure(a) != jax.tree.structure(b) or a.shape != b.shape:
                    raise Growing(f"Loop variable {i}: a TensorArray changes its size in every iteration")
                continue
            if not hasattr(a, "dtype") or not hasattr(b, "dtype"):
                continue
            if a.dtype != b.dtype or a.shape != b.shape:
                t = self.graph.outputs[i] if i < len(self.graph.outputs) else None
                where = t._op.where() if t is not None else ""
                raise ShapesDiffer(
                    None,
                    t._op if t is not None else None,
                    f"Loop variable {i} enters an iteration as {a.dtype}{list(a.shape)} and leaves it as {b.dtype}{list(b.shape)}: "
                    f"a compiled loop keeps shapes; pad it, or use a TensorArray {where}",
                )
        return first

    def __call__(self, *values):
        graph, count = self.graph, len(self.graph.inputs)
        values, states = list(values[:count]), list(values[count:])
        streams = {f"{self.attr}/{n}": n for n, _, _ in effects.of_graph(graph).streams}
        names = [n for n, _, _ in self.effects.streams]
        state = {"state:" + streams[n]: v for n, v in zip(names, states, strict=True) if n in streams}
        known = dict(zip(graph.inputs, values, strict=True))
        results, slots = self._evaluate(known, state)
        states = [slots.get("state:" + streams[n], v) if n in streams else v for n, v in zip(names, states, strict=True)]
        written = {i: slots.get(graph.inputs[i - self.offset]._op.name, values[i - self.offset]) for i in self.effects.writes}
        if self.loop:
            return [written.get(i, r) for i, r in enumerate(results)] + states
        return results + list(written.values()) + states

    def _evaluate(self, known, state):
        slots = {t._op.name: v for t, v in known.items() if t in self.plan.handles}
        slots.update(state)
        known = {t: v for t, v in known.items() if t not in self.plan.handles}  # a variable is what its slot holds now
        if self.segment is None:
            values = dict(known)
        else:
            tracer = self.tracer(self.plan, self.segment, ())
            values, slots = tracer.evaluate(known, slots)
        out = []
        for t in self.graph.outputs:
            if t in self.plan.handles and t not in values:
                out.append(slots[self.plan.handles[t][0]])
            elif t in values:
                out.append(values[t])
            else:
                out.append(t._op.attrs["value"])
        return out, slots


def _unwritten(before, after):
    """Whether a list gets its first element, and so its shape, in the loop."""
    return isinstance(before, TensorList) and before.is_empty and not after.is_empty


def _zeros(like):
    return jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), like)


def _planned(graph):
    """The plan of a body and its one segment (None when it only passes values on)."""
    key = (graph.version, graph._mutations, tuple(graph.outputs))
    known = graph.__dict__.get("_planned")
    if known is not None and known[0] == key:
        return known[1]
    feeds = [t for t in graph.inputs]
    plan = Plan(list(graph.outputs), graph.targets, feeds, nested=True)
    if len(plan.segments) > 1:
        op = plan.segments[1].ops[0]
        raise errors.UnimplementedError(
            None,
            op,
            f"{op.type} needs values that are known only at run time inside a compiled branch, loop or function {op.where()}",
        )
    segment = plan.segments[0] if plan.segments else None
    graph._planned = (key, (plan, segment))
    return plan, segment


def bind(op_type, attrs, op_effects, tracer, trips=None):
    """Attrs with every FuncGraph replaced by its Body. `trips`: (count, static upper bound) of a loop that was counted before."""
    offset, loop = effects.OFFSET[op_type], op_type in effects.LOOPS or op_type == "_LoopCount"
    out = {}
    for key, value in attrs.items():
        if isinstance(value, FuncGraph):
            out[key] = Body(value, key, op_effects, offset, loop and key == "body", tracer)
        elif isinstance(value, list) and value and isinstance(value[0], FuncGraph):
            out[key] = [Body(g, f"{key}{i}", op_effects, offset, False, tracer) for i, g in enumerate(value)]
        else:
            out[key] = value
    if loop:
        out["cond"].partner, out["cond"].counted = out["body"], trips
    return out


def bind_inside(attrs, tracer, trips=None):
    """`bind` for a VJP node: the bodies are in the attrs of the op that `f` names. Gives `attrs` itself when there are none.

    Raises UnimplementedError for bodies that write variables or draw random numbers, which must not happen twice.
    """
    if not isinstance(attrs.get("f"), tuple):
        return attrs
    kind, inner = attrs["f"]
    if kind == "SymbolicGradient":
        bound = bind_inside(inner, tracer, trips)
        return attrs if bound is inner else {**attrs, "f": (kind, bound)}
    if kind not in effects.OFFSET or not effects.bodies_in(inner):
        return attrs
    e = effects.of_attrs(kind, inner)
    if e.host is not None:
        raise errors.UnimplementedError(
            None,
            e.host,
            f"The gradient of a {kind} needs a compiled body, and {e.host.type} inside cannot be compiled {e.host.where()}",
        )
    if e.writes or e.streams:
        raise errors.UnimplementedError(
            None, None, f"The second derivative of a {kind} that writes variables or draws random numbers is not implemented"
        )
    return {**attrs, "f": (kind, bind(kind, inner, e, tracer, trips))}


def longer(op_type, attrs, count):
    """Attrs that say how many inputs a call has, when `count` streams stand after the operation's own."""
    key = "T" if "T" in attrs else "Tin"
    return {**attrs, key: list(attrs[key]) + [None] * count}
