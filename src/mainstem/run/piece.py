"""A part of a traced function that runs by itself, and its derivative as another part of the same graph.

The derivative is built by `gradients` in the graph, so that every gradient rule holds. What it needs of the forward part becomes
further results of that part: nothing is computed twice. Only where a branch, loop or call is differentiated, the forward part runs
again beside the backward part, on the contents that variables and random streams had (a `snapshot`), since the inside of such an
operation cannot be handed from one program to another. A derivative is a piece again and has one of its own.
"""

import threading

import numpy as np

from mainstem.base import dtypes
from mainstem.core import registry
from mainstem.eager.context import context
from mainstem.eager.tensor import wrap
from mainstem.grad.gradients import gradients
from mainstem.grad.kinds import TRAINABLE, dense
from mainstem.graph.func_graph import has_effect
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.lower import effects
from mainstem.lower.plan import SHAPE_OPS
from mainstem.lower.program import DeviceSegment, Program, scope
from mainstem.lower.slots import Slots

LOCK = threading.RLock()  # functions share variables, and a program replaces the arrays of those that it changes


def slots_of(captured):
    """Slots for the programs of a graph: the slot of each captured variable under the name of its placeholder."""
    slots = Slots()
    slots.lock = LOCK
    for outer, inner in captured:
        if inner._dtype is dtypes.resource:
            slots._by_name[inner._op.name] = outer._value
    return slots


class Piece:
    """`fetches` of a graph as a function of `feeds`; operations of `targets` run too. Handles among the feeds stand for slots."""

    def __init__(self, graph, feeds, fetches, targets, slots):
        self.graph, self.feeds, self.fetches, self.targets, self.slots = graph, feeds, fetches, targets, slots
        self.values = [t for t in feeds if t._dtype is not dtypes.resource]
        self._prepared, self._derivative = False, None

    def _prepare(self):
        """Compiles; a piece that is one device segment is called directly."""
        unique = list(dict.fromkeys(self.fetches))
        self.program = Program(unique, self.targets, self.values, self.slots)
        self.order = [unique.index(t) for t in self.fetches] if len(unique) != len(self.fetches) else None
        self.direct = None
        if len(self.program.segments) == 1 and isinstance(self.program.segments[0], DeviceSegment):
            only = self.program.segments[0]
            s = only.segment
            if not s.statics and s.outputs == unique:
                at = {t: i for i, t in enumerate(self.values)}
                taken = [at[t] for t in s.inputs]
                self.direct, self.taken = only, None if taken == list(range(len(self.values))) else taken
        self._prepared = True

    def snapshot(self):
        """What the variables and random streams hold now, {name of the slot: array}."""
        if not self._prepared:
            self._prepare()
        with LOCK, scope():
            for s in self.program.segments:
                if isinstance(s, DeviceSegment) and s.constants is None:
                    s.start()
            kept = {}
            for name, slot in self.slots._by_name.items():
                if slot.value is not None:
                    slot.shared, kept[name] = True, slot.value
            return kept

    def run(self, values, snapshot=None):
        """Runs with one array a feed that is no handle; gives one array a fetch. With a snapshot, on its own slots set to that."""
        if not self._prepared:
            self._prepare()
        if snapshot is not None:
            with LOCK:
                for name, value in snapshot.items():
                    slot = self.slots.get(name)
                    slot.value, slot.shared = value, True
                return self._run(values)
        return self._run(values)

    def _run(self, values):
        if self.direct is None:
            made = self.program.run(values)
        else:
            given = values if self.taken is None else [values[i] for i in self.taken]
            with LOCK, scope():
                made = self.direct.call(given)
        return made if self.order is None else [made[i] for i in self.order]

    def derivative(self):
        """The `Derivative` of this piece, made once. Raises LookupError where an operation has no gradient."""
        if self._derivative is None:
            self._derivative = Derivative(self)
        return self._derivative


class Derivative:
    """How gradients of a piece's results become gradients of its feeds.

    Attributes:
        joint: the piece with what the backward part needs as further results (`saved`).
        backward: the backward part: feeds are some of the piece's own (`again`), `saved`, and a gradient for each result of a
            floating type.
    """

    def __init__(self, piece):
        graph, mark = piece.graph, len(piece.graph._list)
        self.piece = piece
        self.float_fetches = [i for i, t in enumerate(piece.fetches) if t._dtype.base_dtype in TRAINABLE]
        sources = [i for i, t in enumerate(piece.feeds) if t._dtype.base_dtype in TRAINABLE or t._dtype is dtypes.resource]
        with graph.as_default(), graph._at_top(), graph.name_scope("gradients"):
            seeds = [_placeholder(graph, piece.fetches[i]) for i in self.float_fetches]
            made = []
            if seeds and sources:
                ys, xs = [piece.fetches[i] for i in self.float_fetches], [piece.feeds[i] for i in sources]
                made = gradients(ys, xs, grad_ys=seeds, stop_gradients=[t for t in piece.feeds if t._op.type != "Placeholder"])
        self.form, fetches = [None] * len(piece.feeds), []
        for i, g in zip(sources, made):
            if g is not None:
                parts = g._nest_parts() if isinstance(g, IndexedSlices) else [g]
                self.form[i] = (isinstance(g, IndexedSlices), len(fetches), len(parts))
                fetches += parts
        new = graph._list[mark:]
        targets = [op for op in new if has_effect(op)]
        handles = [t for t in piece.feeds if t._dtype is dtypes.resource]
        self.recomputes = any(_inside(op) in effects.OFFSET for op in new)
        if self.recomputes:
            self.saved, self.joint, self.again = [], piece, list(range(len(piece.feeds)))
            targets += [op for op in piece.targets if not op.definition.host]
            slots = slots_of(())
            self.backward = Piece(graph, [*piece.feeds, *seeds], fetches, targets, slots)
            return
        boundary = _boundary(fetches, targets, mark, {*seeds, *handles})
        self.saved = [t for t in boundary if t not in piece.feeds]
        again = [t for t in boundary if t in piece.feeds] + handles
        self.again = [piece.feeds.index(t) for t in again]
        self.joint = Piece(graph, piece.feeds, piece.fetches + self.saved, piece.targets, piece.slots)
        self.backward = Piece(graph, [*again, *self.saved, *seeds], fetches, targets, piece.slots)

    def gradients(self, inputs, made, grads, snapshot):
        """Gradients of the feeds: for what the joint piece took and gave, and a gradient or None for each of its results."""
        seeds = []
        for i in self.float_fetches:
            g = grads[i]
            seeds.append(wrap(np.zeros(made[i]._shape, made[i]._dtype.np)) if g is None else dense(g))
        saved = made[len(self.piece.fetches) : len(self.joint.fetches)]
        found = call(self.backward, [*(inputs[i] for i in self.again), *saved, *seeds], snapshot if self.recomputes else None)
        out = []
        for form in self.form:
            if form is None:
                out.append(None)
                continue
            sliced, start, count = form
            parts = found[start : start + count]
            out.append(IndexedSlices(*parts) if sliced else parts[0])
        return out


def _placeholder(graph, like):
    op = graph.create(
        registry.lookup("Placeholder"),
        "grad_ys",
        [],
        {"dtype": like._dtype.base_dtype, "shape": like._shape},
        control_inputs=[],
        device="",
        shape=[like._shape],
    )
    return op._outputs[0]


def _boundary(fetches, targets, mark, given):
    """Tensors made before `mark` that `fetches` rest on; shape arithmetic is done again, since it may have to be known."""
    found, seen, todo = {}, set(), [t for t in fetches if t not in given] + [i for op in targets for i in op._inputs]
    while todo:
        t = todo.pop()
        if t in seen or t in given:
            continue
        seen.add(t)
        op = t._op
        if op._id > mark or op.type == "Const" or _is_shape_arithmetic(op):
            todo += op._inputs
            todo += [o for c in op._control_inputs if c._id > mark for o in c._inputs]
        else:
            found[t] = None
    return list(found)


def _is_shape_arithmetic(op):
    if op.type in SHAPE_OPS:
        return True
    return op.definition.fold is not None and all(t._dtype in (dtypes.int32, dtypes.int64) for t in (*op._inputs, *op._outputs))


def _inside(op):
    """The type of an operation, or of the one that it is a VJP node of (of any order)."""
    kind, attrs = op.type, op.attrs
    while kind == "SymbolicGradient":
        kind, attrs = attrs["f"]
    return kind


def call(piece, inputs, snapshot=None):
    """Runs a piece on concrete tensors, one a feed, with handles for variables; tapes that follow an input record the call."""
    tapes = context().tapes
    listening = [r for r in tapes if _follows(r, inputs)] if tapes else ()
    values = [t._value for t in inputs if t._dtype is not dtypes.resource]
    if not listening:
        return [wrap(v) for v in piece.run(values, snapshot)]
    levels, joint = [], piece
    try:
        for _ in listening:
            levels.append(joint.derivative())
            joint = levels[-1].joint
    except LookupError as e:
        return _without_gradient(piece, inputs, listening, e)
    at_call = snapshot
    if snapshot is None and any(d.recomputes for d in levels):
        at_call = piece.snapshot()
    made = [wrap(v) for v in joint.run(values, snapshot)]

    def pull(grads):
        last = max((i for i, g in enumerate(grads) if g is not None), default=-1)
        level = next((d for d in levels if last < len(d.piece.fetches)), None)
        if level is None:
            raise NotImplementedError(
                "This derivative of a tf.function is of a higher order than the tapes around its call: nest one tape an order."
            )
        return level.gradients(inputs, made, grads, at_call)

    for r in listening:
        r.record_call(inputs, made, pull, tensors=True)
    return made[: len(piece.fetches)]


def _follows(recorder, inputs):
    return any(id(t) in recorder.watched or (t._dtype is dtypes.resource and recorder._access(t)) for t in inputs)


def _without_gradient(piece, inputs, listening, error):
    """A call whose gradient cannot be had: it runs, and whoever asks for the gradient gets the reason."""
    made = [wrap(v) for v in piece.run([t._value for t in inputs if t._dtype is not dtypes.resource])]

    def pull(grads):
        raise error

    for r in listening:
        r.record_call(inputs, made, pull, tensors=True)
    return made
