"""AutoGraph's builtin functions: `len`, `range`, `int`, … of tensors; on everything else they are Python's own."""

import builtins

from mainstem.base import dtypes
from mainstem.ops import math as math_ops
from mainstem.run import autograph
from mainstem.surface import array, host, math, reduce, sorting
from mainstem.surface.autograph_branches import here, staged
from mainstem.surface.autograph_loops import Enumerated, Zipped
from mainstem.surface.framework import convert_to_tensor

_GIVEN = object()


def abs_(x):
    """`abs(x)`."""
    return math.abs(x) if staged(x) else builtins.abs(x)


def int_(x=0, base=_GIVEN):
    """`int(x)`: a tensor as int32."""
    if staged(x):
        return math.cast(x, dtypes.int32)
    return builtins.int(x) if base is _GIVEN else builtins.int(x, base)


def float_(x=0):
    """`float(x)`: a tensor as float32."""
    return math.cast(x, dtypes.float32) if staged(x) else builtins.float(x)


def len_(x):
    """`len(x)`: the length of a tensor's first dimension, an int where it is known. Raises ValueError for a scalar tensor."""
    if not staged(x):
        return builtins.len(x)
    x = convert_to_tensor(x)
    if x._shape == ():
        raise ValueError(f"len requires a non-scalar tensor, got one of shape () (at {here()})")
    return array.shape(x)[0] if not x._shape or x._shape[0] is None else x._shape[0]


def range_(*args):
    """`range(...)`: a tensor when one of the bounds is one."""
    return array.range(*args) if builtins.any(staged(a) for a in args) else builtins.range(*args)


def enumerate_(iterable, start=0):
    """`enumerate(...)`: of a tensor, for a `for` statement."""
    return Enumerated(iterable, start) if staged(iterable) else builtins.enumerate(iterable, start)


def zip_(*iterables, **options):
    """`zip(...)`: of tensors, for a `for` statement."""
    if iterables and builtins.all(staged(i) for i in iterables):
        return Zipped(*iterables)
    return builtins.zip(*iterables, **options)


def print_(*objects, sep=" ", end="\n", file=None, flush=False):
    """`print(...)`: with a tensor, an operation that prints in every run."""
    if builtins.any(staged(o) for o in objects):
        return host.print_v2(*objects, sep=sep, end=end, output_stream="stdout" if file is None else file)
    return builtins.print(*objects, sep=sep, end=end, file=file, flush=flush)


def _bools(x):
    x = convert_to_tensor(x)
    if x.dtype.base_dtype is not dtypes.bool or x._shape == ():
        raise ValueError(f"any and all of a tensor need a bool tensor of one or more dimensions, got {x} (at {here()})")
    return x


def any_(iterable):
    """`any(...)`."""
    return reduce.reduce_any(_bools(iterable), axis=0) if staged(iterable) else builtins.any(iterable)


def all_(iterable):
    """`all(...)`."""
    return reduce.reduce_all(_bools(iterable), axis=0) if staged(iterable) else builtins.all(iterable)


def sum_(iterable, start=0):
    """`sum(...)`: over the first dimension of a tensor."""
    if not staged(iterable):
        return builtins.sum(iterable, start)
    total = reduce.reduce_sum(iterable, axis=0)
    return math_ops.add(total, start)


def sorted_(iterable, *, key=None, reverse=False):
    """`sorted(...)`: a tensor along its first dimension. Raises NotImplementedError for a tensor and a key."""
    if not staged(iterable):
        return builtins.sorted(iterable, key=key, reverse=reverse)
    if key is not None:
        raise NotImplementedError("sorted(tensor, key=...): sort by tf.argsort(key(tensor)) and tf.gather instead")
    return sorting.sort(iterable, axis=0, direction="DESCENDING" if reverse else "ASCENDING")


def _extreme(python, pair, whole):
    def extreme(*args, **options):
        """`max(...)` or `min(...)`: of one tensor over its first dimension, of several elementwise."""
        if not builtins.any(staged(a) for a in args) or options:
            return python(*args, **options)
        if builtins.len(args) == 1:
            return whole(args[0], axis=0)
        found = args[0]
        for other in args[1:]:
            found = pair(found, other)
        return found

    return extreme


max_ = _extreme(builtins.max, math_ops.maximum, reduce.reduce_max)
min_ = _extreme(builtins.min, math_ops.minimum, reduce.reduce_min)

autograph.BUILTINS.update(
    {
        builtins.abs: abs_, builtins.all: all_, builtins.any: any_, builtins.enumerate: enumerate_, builtins.float: float_,
        builtins.int: int_, builtins.len: len_, builtins.max: max_, builtins.min: min_, builtins.print: print_,
        builtins.range: range_, builtins.sorted: sorted_, builtins.sum: sum_, builtins.zip: zip_,
    }
)  # fmt: skip
