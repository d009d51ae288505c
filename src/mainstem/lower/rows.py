"""A function of one element, run over blocks of elements: what `tf.data` does with the functions that it maps.

Operations run one after the other over the whole block. What XLA compiles runs once a block: vectorised where rows cannot
influence each other's last bits, else as a loop over rows in one program. Kernels in Python run on all rows at once where they take
any shape, else row by row. A column is an array with a row an element, or a list where rows have different shapes.
"""

import jax
import numpy as np
from jax import lax

from mainstem.base import dtypes
from mainstem.lower import effects, host, trace
from mainstem.lower.plan import Plan, is_handle
from mainstem.lower.program import DeviceSegment, scope
from mainstem.lower.slots import Slots
from mainstem.ops import example
from mainstem.ops.dataset import Sparse

SMALLEST = 16  # rows that a compiled block has at least: blocks are filled up to a power of two, so that few are compiled
_EXACT = frozenset(  # a row's result is the same to the last bit in a block of any size
    [
        "Abs",
        "Add",
        "AddV2",
        "All",
        "Any",
        "ArgMax",
        "ArgMin",
        "BitwiseAnd",
        "BitwiseOr",
        "BitwiseXor",
        "BroadcastTo",
        "Cast",
        "Ceil",
        "ClipByValue",
        "Concat",
        "ConcatV2",
        "Const",
        "Div",
        "DivNoNan",
        "Equal",
        "ExpandDims",
        "Fill",
        "Floor",
        "FloorDiv",
        "FloorMod",
        "Gather",
        "GatherNd",
        "GatherV2",
        "Greater",
        "GreaterEqual",
        "Identity",
        "Less",
        "LessEqual",
        "LogicalAnd",
        "LogicalNot",
        "LogicalOr",
        "Max",
        "Maximum",
        "Min",
        "Minimum",
        "MirrorPad",
        "Mod",
        "Mul",
        "Neg",
        "NoOp",
        "NotEqual",
        "OneHot",
        "OnesLike",
        "Pack",
        "Pad",
        "PadV2",
        "Placeholder",
        "Range",
        "Rank",
        "RealDiv",
        "Relu",
        "Reshape",
        "Reverse",
        "ReverseV2",
        "Rint",
        "Round",
        "Select",
        "SelectV2",
        "Shape",
        "Sign",
        "Size",
        "Slice",
        "Split",
        "SplitV",
        "Sqrt",
        "Square",
        "Squeeze",
        "StopGradient",
        "StridedSlice",
        "Sub",
        "Tile",
        "Transpose",
        "TruncateDiv",
        "TruncateMod",
        "Unpack",
        "Where",
        "ZerosLike",
        "ReluN",
        "Relu6",
        "ResizeNearestNeighbor",
        "Bitcast",
        "LeftShift",
        "RightShift",
        "InvertPermutation",
    ]
)
ANY_SHAPE = frozenset(  # kernels in Python that do the same to every entry of their first input
    [
        "AsString",
        "DecodeBase64",
        "DecodeRaw",
        "EncodeBase64",
        "Identity",
        "RegexFullMatch",
        "RegexReplace",
        "StaticRegexFullMatch",
        "StaticRegexReplace",
        "StringLength",
        "StringLower",
        "StringStrip",
        "StringToHashBucket",
        "StringToHashBucketFast",
        "StringToHashBucketStrong",
        "StringToNumber",
        "StringUpper",
    ]
)
_ENTRYWISE = frozenset(  # NumPy functions of numbers that do the same to whole columns of them
    [
        "Abs", "Add", "AddV2", "Cast", "Equal", "FloorDiv", "FloorMod", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd",
        "LogicalNot", "LogicalOr", "Maximum", "Minimum", "Mul", "Neg", "NotEqual", "Sign", "Square", "Sub",
    ]
)  # fmt: skip
_ONLY_READ = frozenset(("ReadFile", "MatchingFiles"))  # stateful, but one may come before the other


class Rows:
    """A function over blocks: `fetches` of its graph for `mapped` inputs, which differ from row to row, and `others`."""

    def __init__(self, fetches, targets, mapped, others):
        self.plan = Plan(list(dict.fromkeys(fetches)), targets, [*mapped, *others])
        self.fetches, self.mapped, self.others = fetches, mapped, others
        self.segments = [s if s.host or _folds(s) else _Device(self.plan, s) for s in self.plan.segments]

    def run(self, columns, others, count, each=map):
        """The columns of the fetches for the columns of the mapped inputs and the values of the others.

        `each(function, rows)` runs a function for rows, in order: `map`, or that of a pool of threads.
        """
        rows, values = dict(zip(self.mapped, columns, strict=True)), dict(zip(self.others, others, strict=True))
        for s in self.segments:
            if isinstance(s, _Device):
                s.run(rows, values, count)
            else:
                self._on_host(s, rows, values, count, each)
        return [self._column(t, rows, values, count) for t in self.fetches]

    def _column(self, t, rows, values, count):
        if t in rows:
            return rows[t]
        value = host.concrete(self.plan, t, values, None)
        if isinstance(value, np.ndarray):
            return np.broadcast_to(value, (count, *value.shape))
        return [value] * count

    def _on_host(self, segment, rows, values, count, each):
        slots = Slots()
        for op in segment.ops:
            if not op._outputs or op._outputs[0] in rows or op._outputs[0] in values:
                continue
            if not any(t in rows for t in op._inputs):
                host.run_one(self.plan, op, values, slots)
                continue
            made = together(op, rows, values, self.plan, count)
            if made is None:
                made = self._apart(op, rows, values, count, each)
            rows.update(zip(op._outputs, made, strict=True))

    def _apart(self, op, rows, values, count, each):
        """The columns of an operation's outputs, row by row."""
        mine = [(t, rows[t]) for t in op._inputs if t in rows]

        def run(i):
            given = {t: c[i] for t, c in mine}
            given.update((t, values[t]) for t in op._inputs if t in values)
            host.run_one(self.plan, op, given, None)
            return [given[t] for t in op._outputs]

        made = list(each(run, range(count)))
        return [column(list(values)) for values in zip(*made)]


def _folds(segment):
    """Whether a segment hangs on values that XLA would have to compile in, one program a value; NumPy does without.

    Raises NotImplementedError where NumPy cannot do what it does.
    """
    if not segment.statics:
        return False
    if all(op.definition.fold is not None for op in segment.ops):
        return True
    raise NotImplementedError("a shape that hangs on a value")


def possible(graph, fetches, targets):
    """Whether a function may run over blocks: it has no effect, no random stream and reads no variable."""
    if any(op.type not in _ONLY_READ for op in targets) or any(is_handle(t) for t in graph.inputs):
        return False
    for op in effects.needed(graph):
        d = op.definition
        if effects.is_functional(op):
            e = effects.of(op)
            if e.writes or e.streams or e.reads or e.callbacks or e.host is not None:
                return False
        elif d.owner or d.state is not None or d.writes or d.slots or _acts(op):
            return False
    return True


def _acts(op):
    """Whether a kernel in Python does, or hangs on, something besides its inputs."""
    return op.definition.host and op.definition.stateful and op.type not in _ONLY_READ


def column(values):
    """The column of a list of rows: an array when all have one shape."""
    first = values[0]
    if isinstance(first, np.ndarray) and all(isinstance(v, np.ndarray) and v.shape == first.shape for v in values):
        out = np.empty((len(values), *first.shape), first.dtype)
        for i, v in enumerate(values):
            out[i, ...] = v  # `out[i] = v` would store an array of one string itself
        return out
    return values


def together(op, rows, values, plan, count):
    """The columns of an operation's outputs by one call of its kernel, or None where that is not the same."""
    first = rows.get(op._inputs[0])
    if op.type in ("ParseSingleExample", "ParseExample") and isinstance(first, np.ndarray):
        return _parsed(op, first, rows, values, plan)
    if op.type == "SerializeSparse" and op.attrs["out_type"] is dtypes.variant and all(t in rows for t in op._inputs):
        return [list(map(Sparse, *(rows[t] for t in op._inputs)))]
    if op.type == "Identity":
        return [first]
    if op.type in _ENTRYWISE and _numbers(op, rows, values):
        given = {t: rows[t] if t in rows else values[t] for t in op._inputs if t in rows or t in values}
        host.run_one(plan, op, given, None)
        return [given[t] for t in op._outputs]
    if op.type == "Range":
        return _ranges(*(rows.get(t, values.get(t)) for t in op._inputs), [t in rows for t in op._inputs], plan, op)
    if op.type not in ANY_SHAPE or not isinstance(first, np.ndarray) or any(t in rows for t in op._inputs[1:]):
        return None
    if op.type == "DecodeRaw" and len({len(v) for v in first.ravel().tolist()}) > 1:
        return None
    given = {op._inputs[0]: first, **{t: values[t] for t in op._inputs[1:] if t in values}}
    host.run_one(plan, op, given, None)
    return [given[t] for t in op._outputs]


def _numbers(op, rows, values):
    """Whether NumPy does what an operation does, and each row of each input is one number."""
    if op.definition.fold is None:
        return False
    shapes = [
        np.shape(rows[t])[1:] if type(rows.get(t)) is np.ndarray else t._shape if t not in rows else None for t in op._inputs
    ]
    return all(s == () for s in shapes)


def _ranges(start, limit, delta, differ, plan, op):
    """Range of rows that differ in their limits alone: parts of the longest."""
    start, delta = (host.concrete(plan, t, {}, None) if v is None else v for t, v in zip(op._inputs[::2], (start, delta)))
    if differ != [False, True, False] or type(limit) is not np.ndarray or limit.ndim != 1 or limit.dtype.kind not in "iu":
        return None
    if delta <= 0 or (limit < start).any():
        return None
    sizes = -((start - limit) // delta)
    longest = (start + np.arange(sizes.max(), dtype=start.dtype) * delta).astype(start.dtype)
    return [column([longest[:n].copy() for n in sizes.tolist()])]


def _parsed(op, serialized, rows, values, plan):
    """Examples, or batches of them, parsed for all rows at once; None where more than the records differs from row to row."""
    if any(t in rows for t in op._inputs[1:]):
        return None
    given = [host.concrete(plan, t, values, None) for t in op._inputs[1:]]
    if op.type == "ParseSingleExample":
        made = example.single_rows(serialized, given, **op.attrs)
    else:
        if serialized.ndim != 2 or not serialized.size or given[0].size:  # names are for messages: row by row
            return None
        sparse, dense = op.attrs["Nsparse"], op.attrs["Ndense"]
        keys = given[1 : 1 + sparse], given[1 + sparse : 1 + sparse + dense]
        made = example.batch_rows(serialized, *keys, given[1 + sparse + dense :], **op.attrs)
    return [column(v) if isinstance(v, list) else v for v in made]


class _Device:
    """A segment that XLA compiles, for blocks."""

    def __init__(self, plan, segment):
        self.segment, self.plan, self.base = segment, plan, DeviceSegment(plan, segment, Slots())
        self.exact = all(op.type in _EXACT and not _rounds(op) for op in segment.ops)
        self.functions = {}

    def run(self, rows, values, count):
        """Adds the columns of the segment's outputs to `rows`, or values where nothing hangs on a row."""
        inputs = self.segment.inputs
        mapped = [t for t in inputs if t in rows]
        others = [values[t] if t in values else host.concrete(self.plan, t, values, None) for t in inputs if t not in rows]
        if self.base.constants is None:
            with scope():
                self.base.start()
        if not mapped:
            with scope():
                made = self._function(())(self.base.constants, [], others)
            values.update((t, np.asarray(v)) for t, v in zip(self.segment.outputs, made, strict=True))
            return
        columns = [rows[t] for t in mapped]
        if any(isinstance(c, list) for c in columns):
            made = [self._block(mapped, [np.asarray(c[i])[None] for c in columns], others, 1) for i in range(count)]
            made = [column([m[j][0] for m in made]) for j in range(len(self.segment.outputs))]
        else:
            made = self._block(mapped, columns, others, count)
        rows.update(zip(self.segment.outputs, made, strict=True))

    def _block(self, mapped, columns, others, count):
        size = count if count == 1 else max(SMALLEST, 1 << (count - 1).bit_length())
        if size > count:
            columns = [np.concatenate([c, np.broadcast_to(c[-1:], (size - count, *c.shape[1:]))]) for c in columns]
        with scope():
            made = self._function(tuple(mapped))(self.base.constants, columns, others)
        return [np.asarray(v)[:count] for v in made]

    def _function(self, mapped):
        found = self.functions.get(mapped)
        if found is None:
            found = self.functions[mapped] = self._compiled(mapped)
        return found

    def _compiled(self, mapped):
        tracer, inputs, over = trace.Tracer(self.plan, self.segment, self.base.big), self.segment.inputs, frozenset(mapped)

        def mainstem_rows(constants, columns, others):
            def row(given):
                given, rest = iter(given), iter(others)
                values = [next(given) if t in over else next(rest) for t in inputs]
                return tracer((), [], [], constants, values)[0]

            with jax.numpy_dtype_promotion("strict"):
                if not mapped:
                    return row(())
                return jax.vmap(row)(columns) if self.exact else lax.map(row, columns)

        return jax.jit(mainstem_rows)


def _rounds(op):
    """Whether an operation adds up floating-point numbers, in an order that is XLA's choice."""
    return op.type in ("Sum", "Mean", "Prod", "MatMul") and any(t._dtype.is_floating for t in op._inputs)
