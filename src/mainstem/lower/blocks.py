"""An operation that takes an element from one queue, or a reader, computes, and puts an element into another: many elements at once.

A queue runner runs such an operation over and over, and nobody can tell whether it made ten elements in ten runs or in one, as long as
it takes no more than there are, puts no more than there is room for, and keeps their order. The kernels are those of single runs (NumPy's
twins, which `near` keeps in Python, and those that parse and decode), called for a column of elements where that gives the same to the
last bit, else for each.
"""

import numpy as np

from mainstem.lower import effects, host
from mainstem.lower.rows import ANY_SHAPE, column, together
from mainstem.ops import queue_store

MOST = 64  # elements at once
_ENTRYWISE = frozenset(  # exact, whatever stands beside an entry
    [
        "Abs", "Add", "AddV2", "Cast", "Div", "Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalNot",
        "LogicalOr", "Maximum", "Minimum", "Mul", "Neg", "NotEqual", "RealDiv", "Sign", "Square", "Sub",
    ]
)  # fmt: skip
_TAKE = ("QueueDequeue", "QueueDequeueV2", "ReaderRead", "ReaderReadV2")
_IN_PYTHON = ANY_SHAPE | {"ParseSingleExample"}  # without a twin; many are called at once where `rows` can
_SHAPED = frozenset(("ExpandDims", "Reshape", "Squeeze"))


def found(program):
    """The Blocks of a program that does just this, else None."""
    if len(program.plan.segments) != 1 or not program.plan.segments[0].host or program.missing or program.fetches:
        return None
    ops = program.plan.segments[0].ops
    takes = [op for op in ops if op.type in _TAKE]
    puts = [op for op in ops if op.type in ("QueueEnqueue", "QueueEnqueueV2")]
    if len(takes) != 1 or len(puts) != 1 or ops[-1] is not puts[0] or takes[0]._control_inputs or puts[0]._control_inputs:
        return None
    if not all(op in (takes[0], puts[0]) or _pure(op) for op in ops):
        return None
    if any(not owner.definition.host for _, owner in program.plan.handles.values()):
        return None  # a variable, which may change from run to run
    return Blocks(program, takes[0], puts[0])


def _pure(op):
    d = op.definition
    acts = d.state is not None or d.writes or d.slots or d.stateful or d.store is not None or effects.is_functional(op)
    return not acts and (d.fold is not None or op.type in _IN_PYTHON) and bool(op._outputs)


class Blocks:
    """Runs of a program, several at a time."""

    def __init__(self, program, take, put):
        self.plan, self.slots = program.plan, program.slots
        ops = self.plan.segments[0].ops
        self.steps = {op: host.Step(self.plan, op, self.slots) for op in ops}
        self.take, self.put, self.reads = take, put, take.type.startswith("Reader")
        self.between = [op for op in ops if op is not take and op is not put]
        mapped, self.ways = set(take._outputs), {}
        for op in self.between:
            if any(t in mapped for t in op._inputs):
                mapped.update(op._outputs)
                self.ways[op] = _way(op, mapped)
        self.mapped = frozenset(mapped)

    def run(self):
        """Runs once at least. Raises what a run raises; elements before the one that fails are put."""
        source, sink = self._held(self.take), self._held(self.put)
        if not self.reads:
            queue_store.check_types(source, self.take.attrs["component_types"], False)
        queue_store.check_types(sink, self.put.attrs["Tcomponents"], True)
        with self.steps[self.take].located():
            names = [self._held(self.take, 1)] if self.reads else []
            taken = source.take_some(*names, max(1, min(MOST, sink.capacity - len(sink))))
        try:
            made = self._made(taken)
        except Exception:
            if len(taken) == 1:
                raise
            made = None
        if made is not None:
            self._put(sink, made)
            return
        for i, element in enumerate(taken):
            try:
                self._put(sink, self._made([element]))
            except BaseException:
                source.give_back(taken[i + 1 :])
                raise

    def _held(self, op, which=0):
        """The queue or reader behind a handle that an operation takes."""
        step = self.steps[op]
        return next(source for i, source in step.special if i == which)({}).value

    def _made(self, taken):
        """The elements that come of those taken."""
        count, values = len(taken), {}
        for i, t in enumerate(self.take._outputs):
            values[t] = _strings([e[i] for e in taken]) if self.reads else column([_array(e[i]) for e in taken])
        for op in self.between:
            way = self.ways.get(op)
            if way is None:
                self.steps[op](values)
            elif way == "apart" or any(type(values[t]) is list for t in op._inputs if t in self.mapped):
                self._apart(op, values, count)
            elif way == "python":
                self._in_python(op, values, count)
            elif way == "shaped":
                (t,) = op._outputs
                values[t] = values[op._inputs[0]].reshape(count, *t._shape)
            else:
                self.steps[op](values)
        return [self._component(t, values, count) for t in self.put._inputs[1:]]

    def _in_python(self, op, values, count):
        rows = {t: values[t] for t in op._inputs if t in self.mapped}
        made = together(op, rows, {t: values[t] for t in op._inputs if t in values and t not in rows}, self.plan, count)
        if made is None:
            self._apart(op, values, count)
        else:
            values.update(zip(op._outputs, made, strict=True))

    def _apart(self, op, values, count):
        rows, step = [], self.steps[op]
        mine = [(t, values[t]) for t in op._inputs if t in self.mapped]
        for i in range(count):
            given = {t: values[t] for t in op._inputs if t in values}
            given.update((t, _array(c[i])) for t, c in mine)
            step(given)
            rows.append([given[t] for t in op._outputs])
        values.update((t, column(list(c))) for t, c in zip(op._outputs, zip(*rows)))

    def _component(self, t, values, count):
        if t in self.mapped:
            return values[t]
        return [host.concrete(self.plan, t, values, self.slots)] * count

    def _put(self, sink, columns):
        with self.steps[self.put].located():
            if len(columns[0]) == 1 or any(type(c) is list for c in columns) or isinstance(sink, queue_store.ShuffleQueue):
                # an element that stays long must not keep its neighbours
                made = [queue_store.element(sink, [_array(v, copy=True) for v in row]) for row in zip(*columns)]
            else:
                made = queue_store.elements(sink, columns)
            sink.put(made)


def _array(value, copy=None):
    """The array for an entry of a column."""
    if type(value) is not bytes:
        return np.array(value, copy=copy)
    out = np.empty((), object)  # NumPy's own idea of bytes ends before the last zeros
    out[()] = value
    return out


def _strings(values):
    out = np.empty(len(values), object)
    out[:] = values
    return out


def _way(op, mapped):
    """How an operation runs for a column: "together" by one call, "python" as `rows` runs it, "shaped" by another shape, or "apart"."""
    inputs = op._inputs
    of_rows = [t for t in inputs if t in mapped]
    if op.type in _ENTRYWISE and all(t._shape is not None for t in inputs):
        ranks = {len(t._shape) for t in of_rows}
        rank = max(ranks)
        return "together" if len(ranks) == 1 and all(len(t._shape) <= rank for t in inputs) else "apart"
    if op.type == "Identity":
        return "together"
    if op.type in _IN_PYTHON:
        return "python"
    if (
        of_rows == [inputs[0]]
        and op.type in _SHAPED
        and op._outputs[0]._shape is not None
        and None not in op._outputs[0]._shape
    ):
        return "shaped"
    if op.type == "OneHot" and of_rows == [inputs[0]] and op.attrs["axis"] == -1:
        return "together"
    if op.type == "Gather" and of_rows == [inputs[1]]:
        return "together"
    if op.type == "GatherV2" and of_rows == [inputs[1]] and not op.attrs["batch_dims"]:
        axis = inputs[2]._op
        return "together" if axis.type == "Const" and int(axis.attrs["value"]) == 0 else "apart"
    return "apart"
