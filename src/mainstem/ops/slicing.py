"""Slice, StridedSlice and the ops that write through a strided slice."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes, shapes
from mainstem.core.registry import op
from mainstem.ops.twin import movement, xp

INDEX, ANY = dtypes.INDEX, dtypes.ANY


def entries(vector):
    """The entries of an index vector: Python ints when it is NumPy, else traced scalars (a tuple of scalars stays as it is)."""
    if isinstance(vector, (tuple, list)):
        return [int(v) if isinstance(v, (int, np.ndarray, np.generic)) else jnp.reshape(v, ()) for v in vector]
    if isinstance(vector, np.ndarray):
        return [int(v) for v in vector.reshape(-1)]
    return [vector[i] for i in range(vector.shape[0])]


# ---- Slice


def _slice_shape(inputs, attrs):
    have = inputs[0].shape
    exact, size, begin = inputs[2].value(), inputs[2].shape_value(), inputs[1].shape_value()
    n = len(have) if have is not None else len(size) if size is not None else len(begin) if begin is not None else None
    if n is None:
        return [None]
    have = (None,) * n if have is None else have
    size = (None,) * n if size is None else size
    begin = (None,) * n if begin is None else begin
    if len(size) != n or len(begin) != n:
        raise ValueError(f"begin and size of Slice must have {n} entries for input {shapes.show(have)}")
    out = []
    for i, d in enumerate(have):
        if exact is not None and int(exact.reshape(-1)[i]) == -1:
            out.append(None if d is None or begin[i] is None else d - begin[i])
        else:
            out.append(size[i])
        if (
            d is not None
            and begin[i] is not None
            and out[-1] is not None
            and not 0 <= begin[i] + out[-1] <= d
            or (out[-1] or 0) < 0
        ):
            raise ValueError(f"Slice of {shapes.show(have)}: begin {begin[i]} and size {size[i]} exceed dimension {i}")
    return [tuple(out)]


def _slice_must_know(inputs, attrs):
    size = inputs[2].value()
    return {"begin": [] if size is None else np.flatnonzero(size.reshape(-1) == -1).tolist()}


@movement("Slice", "T, Index, Index -> T", T=ANY, Index=INDEX, shape=_slice_shape, static=("size",), static_if_possible=("begin",),
          must_know=_slice_must_know)  # fmt: skip
def slice_(input, begin, size):
    """The part of `input` that starts at `begin` and has shape `size` (-1: up to the end). A `begin` known only at run time is
    moved back where the part would stick out.
    """
    at, want = entries(begin), entries(size)
    want = [d - int(b) if s == -1 else s for d, b, s in zip(input.shape, at, want, strict=True)]
    if all(isinstance(b, int) for b in at):
        for d, b, s in zip(input.shape, at, want, strict=True):
            if b < 0 or s < 0 or b + s > d:
                raise ValueError(f"Slice of {list(input.shape)}: expected begin {at} and size {want} to lie inside")
        return (
            input[tuple(slice(b, b + s) for b, s in zip(at, want, strict=True))] if xp(input) is np else _cut(input, at, want)
        )
    return lax.dynamic_slice(input, [jnp.asarray(b, jnp.int32) for b in at], want)


def _cut(input, at, want):
    return lax.slice(input, at, [b + s for b, s in zip(at, want, strict=True)])


# ---- StridedSlice


def plan(rank, count, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask):
    """Says what each entry of the index vectors means for an input of `rank` dimensions.

    Gives a list of ("new",), ("full",), ("index", i) and ("slice", i, begin given, end given), i the position in the vectors;
    one item an input dimension, but for "new". Raises ValueError for too many indices or two ellipses.
    """
    if bin(ellipsis_mask & ((1 << count) - 1)).count("1") > 1:
        raise ValueError("Multiple ellipses in slice spec not allowed")
    used = sum(1 for i in range(count) if not (ellipsis_mask >> i & 1 or new_axis_mask >> i & 1))
    if used > rank:
        raise ValueError(f"Index out of range using input dim {rank}; input has only {rank} dims")
    items, filled = [], False
    for i in range(count):
        if ellipsis_mask >> i & 1:
            items += [("full",)] * (rank - used)
            filled = True
        elif new_axis_mask >> i & 1:
            items.append(("new",))
        elif shrink_axis_mask >> i & 1:
            items.append(("index", i))
        else:
            items.append(("slice", i, not begin_mask >> i & 1, not end_mask >> i & 1))
    return items if filled else items + [("full",)] * (rank - used)


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def _known(vector, count):
    """Entries of an index vector at build time: ints, None where unknown."""
    value = vector.value()
    if value is not None:
        return [int(v) for v in value.reshape(-1)]
    return list(vector.partial() or (None,) * count)


def _strided_shape(inputs, attrs):
    have, vectors = inputs[0].shape, inputs[1:4]
    counts = [v.shape[0] for v in vectors if v.shape]
    if have is None or not counts or counts[0] is None:
        return [None]
    begin, end, strides = (_known(v, counts[0]) for v in vectors)
    out, axis = [], 0
    for item in plan(len(have), counts[0], *(attrs[m] for m in _MASKS)):
        if item[0] == "new":
            out.append(1)
            continue
        d = have[axis]
        if item[0] == "full":
            out.append(d)
        elif item[0] == "index":
            i = begin[item[1]]
            if i is not None and d is not None and not -d <= i < d:
                raise ValueError(f"slice index {i} of dimension {axis} out of bounds for shape {shapes.show(have)}")
        else:
            out.append(_slice_length(d, item, begin, end, strides))
        axis += 1
    return [tuple(out)]


def _slice_length(d, item, begin, end, strides):
    _, i, has_begin, has_end = item
    b, e, s = (begin[i] if has_begin else None), (end[i] if has_end else None), strides[i]
    if s == 0:
        raise ValueError(f"strides[{i}] must be non-zero")
    if s is None or (has_begin and b is None) or (has_end and e is None):
        return None
    if d is None:
        empty = b is not None and e is not None and (b < 0) == (e < 0) and (e - b) * s <= 0
        return 0 if empty else None
    return len(range(*slice(b, e, s).indices(d)))


def _must_know(inputs, attrs):
    """Begin and end of the slices whose length they decide; a single index may be known at run time only."""
    count = next((i.shape[0] for i in inputs[1:4] if i.shape and i.shape[0] is not None), 0)
    items = [i for i in plan(count, count, *(attrs[m] for m in _MASKS)) if i[0] == "slice"]
    return {"begin": [i[1] for i in items if i[2]], "end": [i[1] for i in items if i[3]]}


def resolve(shape, begin, end, strides, masks):
    """Gives one entry an input dimension: an int or traced scalar (shrunk), or a Python range; and the shape with new axes."""
    begin, end, strides = entries(begin), entries(end), entries(strides)
    picks, out = [], []
    for item in plan(len(shape), len(strides), *masks):
        if item[0] == "new":
            out.append(1)
            continue
        d = shape[len(picks)]
        if item[0] == "full":
            picks.append(range(d))
        elif item[0] == "index":
            picks.append(_single(begin[item[1]], d, len(picks)))
            continue
        else:
            _, i, has_begin, has_end = item
            if int(strides[i]) == 0:
                raise ValueError(f"strides[{i}] must be non-zero")
            # int() of a traced entry raises ConcretizationTypeError: a length cannot depend on it
            cut = slice(int(begin[i]) if has_begin else None, int(end[i]) if has_end else None, int(strides[i]))
            picks.append(range(*cut.indices(d)))
        out.append(len(picks[-1]))
    return picks, tuple(out)


def _single(i, d, axis):
    if isinstance(i, int):
        if not -d <= i < d:
            raise ValueError(f"slice index {i} of dimension {axis} out of bounds.")
        return i % d
    return jnp.where(i < 0, i + jnp.asarray(d, i.dtype), i)


def as_index(picks):
    """What `resolve` picked, as a NumPy index."""
    return tuple(p if not isinstance(p, range) else _as_slice(p) for p in picks)


def _as_slice(r):
    if len(r) == 0:
        return slice(0, 0)
    return slice(r.start, r.stop if r.step > 0 or r.stop >= 0 else None, r.step)


def _read(input, picks):
    """Static slices as `lax.slice` (whose gradient is a pad), traced single indices as `lax.dynamic_slice`."""
    starts, limits, steps, flips = [], [], [], []
    for axis, (p, d) in enumerate(zip(picks, input.shape, strict=True)):
        r = p if isinstance(p, range) else range(p, p + 1) if isinstance(p, int) else range(d)
        if r.step < 0 and len(r):
            flips.append(axis)
            r = range(r[-1], r[0] + 1, -r.step)
        r = r if len(r) else range(0)
        starts.append(r.start)
        limits.append(r.start + (len(r) - 1) * r.step + 1 if len(r) else 0)
        steps.append(abs(r.step))
    out = lax.slice(input, starts, limits, steps)
    for axis, p in enumerate(picks):
        if not isinstance(p, (range, int)):
            out = lax.dynamic_slice_in_dim(out, p, 1, axis)
    return lax.rev(out, flips) if flips else out


_STRIDED = {"T": ANY, "Index": INDEX}


@movement("StridedSlice", "T, Index, Index, Index -> T", **_STRIDED, shape=_strided_shape, static=("strides",),
          static_if_possible=("begin", "end"), must_know=_must_know)  # fmt: skip
def strided_slice(
    input, begin, end, strides, *, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    """`input[begin:end:strides]` in every dimension that the vectors name; the masks are bits an entry: leave out begin or end,
    `...`, a new dimension of 1, or a single index that drops its dimension.
    """
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    picks, shape = resolve(np.shape(input), begin, end, strides, masks)
    if xp(input) is np and all(isinstance(p, (int, range)) for p in picks):
        return np.asarray(input[as_index(picks)], input.dtype).reshape(shape)
    return jnp.reshape(_read(jnp.asarray(input), picks), shape)


def _write(target, value, picks):
    kept = [len(p) for p in picks if isinstance(p, range)]
    if target.dtype == object:  # strings
        changed = np.array(target)
        changed[as_index(picks)] = (
            np.reshape(value, kept) if np.size(value) == int(np.prod(kept)) else np.broadcast_to(value, kept)
        )
        return changed
    if np.ndim(value):
        value = jnp.reshape(value, kept) if np.size(value) == int(np.prod(kept)) else jnp.broadcast_to(value, kept)
    return jnp.asarray(target).at[as_index(picks)].set(value)


def _spread(dy, picks, shape):
    """The transpose of `_read`: a pad of the static dimensions, then one update at each index known at run time only."""
    flips, pads, at = [], [], []
    for axis, (p, d) in enumerate(zip(picks, shape, strict=True)):
        r = p if isinstance(p, range) else range(p, p + 1) if isinstance(p, int) else None
        at.append(jnp.asarray(p if r is None else 0, jnp.int32))
        if r is None:
            pads.append((0, 0, 0))
            continue
        if len(r) == 0:
            return jnp.zeros(shape, dy.dtype)
        if r.step < 0:
            flips.append(axis)
            r = range(r[-1], r[0] + 1, -r.step)
        pads.append((r.start, d - 1 - r[-1], r.step - 1))
    dy = jnp.reshape(dy, [len(p) if isinstance(p, range) else 1 for p in picks])
    out = lax.pad(lax.rev(dy, flips) if flips else dy, jnp.zeros((), dy.dtype), pads)
    return out if out.shape == shape else lax.dynamic_update_slice(jnp.zeros(shape, dy.dtype), out, at)


@op("StridedSliceGrad", "Index, Index, Index, Index, dy:T -> T", **_STRIDED, static=("shape", "strides"),
    static_if_possible=("begin", "end"), must_know=_must_know, shape=lambda inputs, attrs: [inputs[0].shape_value()])  # fmt: skip
def strided_slice_grad(
    shape, begin, end, strides, dy, *, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    """Zeros of `shape` with `dy` where StridedSlice would read."""
    shape = tuple(int(d) for d in shape)
    picks, _ = resolve(shape, begin, end, strides, (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask))
    return _spread(dy, picks, shape)


_WRITER = {"static": ("strides",), "static_if_possible": ("begin", "end"), "must_know": _must_know}


@op("TensorStridedSliceUpdate", "T, Index, Index, Index, value:T -> T", **_STRIDED, **_WRITER,
    shape=lambda inputs, attrs: [inputs[0].shape])  # fmt: skip
def tensor_strided_slice_update(
    input, begin, end, strides, value, *, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    """A copy of `input` with `value` where StridedSlice would read."""
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    return _write(input, value, resolve(input.shape, begin, end, strides, masks)[0])


@op("StridedSliceAssign", "ref T, Index, Index, Index, value:T -> output_ref:ref T", **_STRIDED, **_WRITER, writes=("ref",),
    shape=lambda inputs, attrs: [inputs[0].shape])  # fmt: skip
def strided_slice_assign(
    ref, begin, end, strides, value, *, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    """Sets the part of the variable `ref` that StridedSlice would read to `value`."""
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    return _write(ref, value, resolve(ref.shape, begin, end, strides, masks)[0])


@op("ResourceStridedSliceAssign", "resource, Index, Index, Index, value:T ->", **_STRIDED, **_WRITER, writes=("ref",),
    shape=lambda inputs, attrs: [])  # fmt: skip
def resource_strided_slice_assign(
    ref, begin, end, strides, value, *, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    """Sets the part of the variable behind `ref` that StridedSlice would read to `value`."""
    masks = (begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    return _write(ref, value, resolve(ref.shape, begin, end, strides, masks)[0])
