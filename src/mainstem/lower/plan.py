"""Placement and cutting: which operations form one XLA program, which run in Python, and what passes between them.

An operation runs on the host when its kernel is a host kernel or when it touches strings. Segments are maximal groups on one
placement: the stage of an operation is one more than that of any producer on the other side. Operations on one slot keep their
creation order. A static input that is neither a constant, nor shape arithmetic, nor fed cuts: it is computed one stage before.
"""

import copy

import numpy as np

from mainstem.base import dtypes
from mainstem.graph.graph import TensorIn
from mainstem.graph.variant import element_dtype
from mainstem.lower import counting, effects, near, prune

FOLD_LIMIT = 4096  # elements: larger values are data, not shapes, and belong on the device
BIG_CONSTANT = 1 << 16  # bytes: larger constants are passed to the program, XLA compiles slowly with them inside
SHAPE_OPS = effects.SHAPE_OPS


class Segment:
    """Operations that run together. All lists are in a fixed order that the traced function follows.

    Attributes:
        host: whether they run in Python.
        ops: in running order.
        inputs, statics: tensors that come from feeds or earlier segments, as arrays or as compile-time values.
        outputs: tensors that later segments or the caller need.
        reads, writes: names of slots whose value is needed before, and replaced.
    """

    def __init__(self, stage, host):
        self.stage, self.host = stage, host
        self.ops, self.inputs, self.statics, self.outputs, self.reads, self.writes = [], [], [], [], [], []
        self.lines = {}


class Plan:
    """What a set of fetches and feeds needs: segments in order, the handle of every variable tensor, unfed placeholders."""

    def __init__(self, fetches, targets, feeds, done=frozenset(), nested=False, stay=False):
        """`done`: operations that ran already (in a partial run) and must not run again. `nested`: the plan of a body. `stay`: small
        operations between those in Python run there too, see `near`."""
        self.fetches, self.nested, self.stay = fetches, nested, stay
        self.program, self.interpreted, self.steps = None, {}, {}
        self.feeds = list(feeds)
        self.fed = {t for t in feeds if not (is_handle(t) and t._op.type == "Placeholder")}
        roots = {t._op for t in fetches if t not in self.fed} | set(targets)
        self.ops = [op for op in prune.needed(roots, self.fed) if op not in done or op.type == "Const" or op.definition.owner]
        self._stage, self._on_host, self._static_sources = {}, {}, {}
        self.counts = counting.insert(self)
        self.handles, self.free = {}, set()
        self.replaced = {o._inputs[0] for o in self.ops if o.type == "Assign" and not o.attrs.get("validate_shape", True)}
        for op in self.ops:
            self._resolve_handles(op)
        self.placeholders = [o for o in self.ops if o.type == "Placeholder" and o not in self.free]
        self._assign_stages()
        self._make_segments()

    def again(self):
        """This plan without what is bound to slots."""
        made = copy.copy(self)
        made.interpreted, made.steps = {}, {}
        return made

    # ---- slots

    def _resolve_handles(self, op):
        d = op.definition
        if d.owner:
            name = op.attrs.get("shared_name") or op.name
            if d.host:  # each kind has names of its own
                name = f"{d.owner}:{op.attrs.get('container', '')}/{name}"
            for out in op._outputs:
                self.handles[out] = (name, op)
            return
        if not op._outputs:
            return
        if op.type == "Placeholder" and is_handle(op._outputs[0]):  # a variable that a body or function was given
            self.handles[op._outputs[0]] = (op.name, op)
            self.free.add(op)
            return
        if op.type in effects.LOOPS and effects.is_functional(op):
            self.handles.update((o, self.handles[t]) for o, t in zip(op._outputs, op._inputs) if t in self.handles)
            return
        if self.reads_variable(op):
            self.handles[op._outputs[0]] = self.handles[op._inputs[0]]
            self.free.add(op)
            return
        if op.type == "Pack":  # which of the handles is taken, the run tells
            return
        for out in op._outputs:
            if out._dtype._is_ref_dtype or out._dtype is dtypes.resource:
                source = next((self.handles[t] for t in op._inputs if t in self.handles), None)
                if source is not None:
                    self.handles[out] = source

    def reads_variable(self, op):
        """Whether an operation is the `v/read` of a ref variable: TensorFlow's shares the variable's memory, so whoever takes
        it sees the value of that moment. With control inputs it is a read of its own, and where the shape may change: that
        assignment takes new memory, and who has read keeps the old."""
        source = op._inputs[0] if op.type == "Identity" else None
        return (
            source is not None
            and source in self.handles
            and (source._op.definition.owner or source._op.type == "Placeholder")  # a variable, or one that a body was given
            and source._dtype._is_ref_dtype
            and (not op._control_inputs and source not in self.fed and source not in self.replaced)
        )

    def touches(self, op):
        """Gives (slot names read, slot names written) by an operation."""
        d = op.definition
        reads, writes = [], []
        if effects.is_functional(op):
            return self._touched_inside(op)
        if d.state is not None:
            reads.append("state:" + op.name)
            writes.append("state:" + op.name)
        if d.owner:
            return reads, writes
        names = [a.name for a in d.inputs for _ in range(self._count(op, a))] if d.writes else ()
        for i, t in enumerate(op._inputs):
            handle = self.handles.get(t)
            if handle is None or t in self.fed:
                continue
            if d.writes and names[i] in d.writes:
                writes.append(handle[0])
                if names[i] in d.unread:
                    continue
            elif t._dtype is dtypes.resource and op.type == "Identity":
                continue
            reads.append(handle[0])
        return reads, writes

    def _touched_inside(self, op):
        e, names = effects.of(op), [f"state:{n}" for n in self.streams(op)]
        inside = {*e.reads, *e.writes}
        reads = [
            self.handles[t][0]
            for i, t in enumerate(op._inputs)
            if t in self.handles and t not in self.fed and (i in inside or not is_handle(t))
        ]
        writes = [self.handles[op._inputs[i]][0] for i in e.writes if op._inputs[i] in self.handles]
        if op.type == counting.COUNT:
            return reads + names, []
        return reads + names, writes + names

    @staticmethod
    def streams(op):
        """{name of the hidden slot: (op definition, attrs)} of the random streams that an operation goes on with."""
        if op.definition.state is not None and not op.definition.host:
            return {op.name: (op.definition, op.attrs)}
        if not effects.is_functional(op):
            return {}
        owner = op.attrs["_loop"] if op.type == counting.COUNT else op.name
        return {f"{owner}/{n}": (definition, attrs) for n, definition, attrs in effects.of(op).streams}

    @staticmethod
    def _count(op, arg):
        if arg.number:
            return op.attrs[arg.number]
        return len(op.attrs[arg.type_list]) if arg.type_list else 1

    # ---- stages

    def _is_host(self, op):
        if effects.is_functional(op) and (
            effects.of(op).host is not None or _guards(op) or (op.type in effects.LOOPS and op.attrs.get("_apart"))
        ):
            return True
        if self.nested and effects.compilable(op):
            return False
        if op.definition.host or self._is_restored(op):
            return True
        if op.type == "Identity" and op._inputs[0]._op.type == "RestoreV2":
            return True
        if any(t._dtype.base_dtype is dtypes.string for t in (*op._inputs, *op._outputs)):
            return True
        if any(t._dtype is dtypes.resource and t not in self.handles for t in op._outputs):
            return True  # handles among which the run chooses
        # a variant is a list of tensors, an array like others unless it is of strings, or something that a host operation made
        if any(t._dtype is dtypes.variant and element_dtype(t) is dtypes.string for t in (*op._inputs, *op._outputs)):
            return True
        made = [t._op for t in op._inputs if t._dtype is dtypes.variant]
        return any(self._on_host.get(o, False) and not effects.is_functional(o) for o in made)

    def _is_restored(self, op):
        """Whether an operation assigns what a host operation made: the array goes straight into the slot, not through XLA."""
        if op.type not in ("Assign", "AssignVariableOp"):
            return False
        value = op._inputs[1]
        while value._op.type == "Identity" and value not in self.fed:
            value = value._op._inputs[0]
        return value not in self.fed and value._op.type == "RestoreV2"

    def _static_inputs(self, op):
        d = op.definition
        if op.type == "SymbolicGradient":
            for i in op.attrs["_static"]:
                yield op._inputs[i], True
            if op in self.counts:
                yield self.counts[op]._outputs[1], True
            return
        if effects.is_functional(op):
            must = effects.of(op).statics
            for i, t in enumerate(op._inputs):
                if t not in self.handles:
                    yield t, i in must
            if op in self.counts:
                yield self.counts[op]._outputs[1], True
            return
        if not d.static and not d.static_if_possible:
            return
        needed, i = self._needed_entries(op), 0
        for arg in d.inputs:
            n = self._count(op, arg)
            if arg.name in d.static or arg.name in d.static_if_possible:
                for t in op._inputs[i : i + n]:
                    yield (
                        t,
                        arg.name in d.static or any(self._entry_sources(t, k) != frozenset() for k in needed.get(arg.name, ())),
                    )
            i += n

    def _needed_entries(self, op):
        """{input name: positions} that an operation must know of inputs which may otherwise be traced."""
        d = op.definition
        if d.must_know is None or all(self._sources(t) == frozenset() for t in op._inputs[1:]):
            return {}
        return d.must_know([TensorIn(t) for t in op._inputs], op.attrs)

    def _entry_sources(self, tensor, k):
        """`_sources` of one entry of an index vector."""
        whole = self._sources(tensor)
        if whole != frozenset() and tensor not in self.fed and tensor._op.type == "Pack":
            return self._sources(tensor._op._inputs[k])
        return whole

    def _sources(self, tensor):
        """What a compile-time value rests on: tensors that must arrive as compile-time values; None when it cannot be known."""
        if tensor in self.fed:
            return frozenset((tensor,))
        known = self._static_sources.get(tensor)
        if known is None:
            known = self._static_sources[tensor] = self._find_sources(tensor)
        return None if known is False else known

    def _find_sources(self, tensor):
        op = tensor._op
        if op.type == "Const" or op.type in SHAPE_OPS:
            return frozenset()
        if op.definition.fold is None or self._is_host(op):
            return False
        out = frozenset()
        for t in op._inputs:
            s = self._sources(t)
            if s is None:
                return False
            out |= s
        return out

    def _assign_stages(self):
        last = {}  # slot -> (stage, host, wrote) of the operations that touched it so far
        for op in self.ops:
            self._on_host[op] = self._is_host(op)
        if self.stay:
            staying = near.found(self.ops, self.fed, set(self.fetches), self.handles, self._on_host)
            self._on_host.update(dict.fromkeys(staying, True))
        for op in self.ops:
            host = self._on_host[op]
            if op.type == "Const" or op.definition.owner or op in self.free:
                self.free.add(op)  # belongs to every segment that needs it
                self._stage[op] = 0
                continue
            if op.definition.fold is not None:
                for t in op._outputs:  # in order, so that no look back is deep
                    self._sources(t)
            stage = 0
            for t in self._taken(op):
                if t not in self.fed:
                    stage = max(stage, self._after(t._op, host))
            for before in op._control_inputs:
                if before in self._stage:
                    stage = max(stage, self._after(before, host))
            for t, must in self._static_inputs(op):
                if must and self._sources(t) is None and t._op not in self.free and not host:
                    stage = max(stage, self._stage[t._op] + 1)
            reads, writes = self.touches(op)
            for name in reads + writes:
                for s, h, wrote in last.get(name, ()):
                    if wrote or name in writes:
                        stage = max(stage, s + (h != host))
            self._stage[op] = stage
            for name in dict.fromkeys(reads + writes):
                last.setdefault(name, set()).add((stage, host, name in writes))

    def _after(self, op, host):
        if op in self.free:
            return 0
        return self._stage[op] + (self._on_host[op] != host)

    # ---- segments

    def _make_segments(self):
        made = {}
        for op in self.ops:
            if op in self.free:
                continue
            key = (self._stage[op], not self._on_host[op])
            if key not in made:
                made[key] = Segment(key[0], self._on_host[op])
            made[key].ops.append(op)
        self.segments = [made[k] for k in sorted(made)]
        self._segment_of = {op: s for s in self.segments for op in s.ops}
        for s in self.segments:
            self._boundary(s)
        wanted = dict.fromkeys(t for s in self.segments for t in s.inputs + s.statics if t not in self.fed)
        for t in list(wanted) + [t for t in self.fetches if t not in self.fed and t._op not in self.free]:
            s = self._segment_of[t._op]
            if t not in s.outputs:
                s.outputs.append(t)

    def _boundary(self, s):
        inputs, statics, reads, writes, seen = {}, {}, {}, {}, set()
        for op in s.ops:
            for t in self._taken(op):
                if t in self.fed or (t not in self.handles and t._op not in self.free and self._segment_of[t._op] is not s):
                    inputs[t] = None
            if not s.host:
                for t, must in self._static_inputs(op):
                    self._add_statics(s, t, must, statics, seen)
            r, w = self.touches(op)
            for name in r:
                if name not in writes:
                    reads[name] = None
            writes.update(dict.fromkeys(w))
            for t in op._inputs:
                if t in self.handles:
                    name, owner = self.handles[t]
                    s.lines[name] = owner.line
        for t in self.fetches:
            made_here = t not in self.fed and t._op not in self.free and self._segment_of[t._op] is s
            if made_here and t in self.handles and self.handles[t][0] not in writes:
                reads[self.handles[t][0]] = None
        for t in statics:
            inputs.pop(t, None)
        s.inputs, s.statics, s.reads, s.writes = list(inputs), list(statics), list(reads), list(writes)

    def _taken(self, op):
        """The inputs of an operation, and the trip count of a loop that was counted."""
        return op._inputs + list(self.counts[op]._outputs) if op in self.counts else op._inputs

    def _add_statics(self, s, tensor, must, statics, seen):
        """Marks what `tensor` rests on as compile-time values of segment `s`; `seen` keeps it linear in the graph."""
        todo = [tensor]
        while todo:
            t = todo.pop()
            if (t, must) in seen:
                continue
            seen.add((t, must))
            op = t._op
            if t in self.fed:
                known = must
            elif op in self.free or op.type in SHAPE_OPS:
                known = op.type in SHAPE_OPS and self._segment_of[op] is not s
            elif self._segment_of[op] is not s:
                known = must or self._sources(t) == frozenset()  # shape arithmetic, done where the shape became known
            else:
                todo += op._inputs
                continue
            if known:
                statics[t] = None


def is_handle(t):
    return t._dtype is dtypes.resource or t._dtype._is_ref_dtype


def foldable(op, values):
    """Whether an operation whose inputs are all known is shape arithmetic, to be evaluated while tracing."""
    if op.definition.fold is None:
        return False
    return all(isinstance(v, np.ndarray) and v.size <= FOLD_LIMIT for v in values)


def _guards(op):
    """Whether a branch depends on a variable having a value: it must not be read where it has none, so Python decides."""
    pred = op._inputs[0] if op.type in ("If", "StatelessIf") else None
    while pred is not None and pred._op.type in ("Identity", "LogicalNot"):
        pred = pred._op._inputs[0]
    return pred is not None and pred._op.type in ("IsVariableInitialized", "VarIsInitializedOp")
