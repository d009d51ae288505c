"""Shapes, and moving whole elements: reshape, transpose, concatenate, pack, split, tile, fill, pad, range, reverse."""

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors, shapes
from mainstem.core.families import same_shape
from mainstem.core.registry import op
from mainstem.ops.twin import add, axis_of, movement, mul, numel, xp

INDEX, ANY, int32 = dtypes.INDEX, dtypes.ANY, dtypes.int32

# ---- shapes as values


def _rank_shape(inputs, attrs):
    return [(None,) if i.shape is None else (len(i.shape),) for i in inputs]


def _scalar(inputs, attrs):
    return [()]


@movement("Shape", "T -> out_type", T=ANY, out_type=INDEX, shape=_rank_shape, differentiable=False)
def shape(input, *, out_type: "type" = int32):
    """The shape of `input`."""
    return np.asarray(np.shape(input), out_type.np)


@movement("ShapeN", "N * T -> N * out_type", T=ANY, out_type=INDEX, shape=_rank_shape, differentiable=False)
def shape_n(input, *, out_type: "type" = int32):
    """The shapes of several tensors."""
    return [np.asarray(np.shape(x), out_type.np) for x in input]


@movement("Size", "T -> out_type", T=ANY, out_type=INDEX, shape=_scalar, differentiable=False)
def size(input, *, out_type: "type" = int32):
    """The number of elements."""
    return np.asarray(np.size(input), out_type.np)


@movement("Rank", "T -> int32", T=ANY, shape=_scalar, differentiable=False)
def rank(input):
    """The number of dimensions."""
    return np.asarray(np.ndim(input), np.int32)


# ---- the same elements in another shape


def _reshape_shape(inputs, attrs):
    have, want = inputs[0].shape, inputs[1].shape_value()
    if want is None:
        return [None]
    exact = inputs[1].value()
    if exact is not None and (exact < -1).any():
        raise ValueError(f"Size {exact.min()} must be non-negative, not {exact.min()}: the new shape is {exact.tolist()}")
    if exact is not None and (exact == -1).sum() > 1:
        raise ValueError(f"Only one input size may be -1, but the new shape is {exact.tolist()}")
    total = None if have is None else numel(have)
    unknown = [i for i, d in enumerate(want) if d is None]
    known = numel([d for d in want if d is not None])
    if total is None:
        return [_one_unknown(have, want, unknown, known)]
    if not unknown and known != total or len(unknown) == 1 and known and total % known:
        raise ValueError(
            f"Cannot reshape a tensor with {total} elements to shape {shapes.show(want)} ({known} elements) for 'Reshape'"
        )
    if len(unknown) == 1 and known:
        want = tuple(total // known if d is None else d for d in want)
    return [want]


def _one_unknown(have, want, unknown, known):
    """Of input [?, 6] and new shape [?, 2, 3] nothing more follows, but [?, 6] to [6, ?] has the same unknown size."""
    if have is None or len(unknown) != 1 or have.count(None) != 1:
        return want
    rest = numel([d for d in have if d is not None])
    if known and rest == 0:
        return tuple(0 if d is None else d for d in want)
    return want


def full_shape(want, total):
    """Gives the shape `want` with its -1 replaced so that it holds `total` elements. Raises ValueError when none fits."""
    want = [int(d) for d in np.reshape(want, -1)]
    if -1 in want:
        i = want.index(-1)
        rest = numel(want[:i] + want[i + 1 :])
        if rest and total % rest == 0 or total == 0:
            want[i] = total // rest if rest else 0
    if numel(want) != total or min(want, default=0) < 0:
        raise ValueError(f"Input to reshape is a tensor with {total} values, but the requested shape is {want}")
    return tuple(want)


@movement("Reshape", "T, Tshape -> T", {"Tshape": int32}, T=ANY, Tshape=INDEX, static=("shape",), shape=_reshape_shape)
def reshape(tensor, shape):
    """Gives `tensor` the new `shape`; one entry may be -1."""
    return xp(tensor).reshape(tensor, full_shape(shape, numel(tensor.shape)))


def _expand_shape(inputs, attrs):
    have, dim = inputs[0].shape, inputs[1].value()
    if have is None:
        return [None]
    if dim is None:
        return [(None,) * (len(have) + 1)]
    i = axis_of(dim.reshape(-1)[0], len(have) + 1, "dim")
    return [have[:i] + (1,) + have[i:]]


@movement("ExpandDims", "T, Tdim -> T", {"Tdim": int32}, T=ANY, Tdim=INDEX, static=("dim",), shape=_expand_shape)
def expand_dims(input, dim):
    """Inserts a dimension of 1 at `dim`."""
    return xp(input).expand_dims(input, axis_of(dim.reshape(-1)[0], np.ndim(input) + 1, "dim"))


def _squeeze_axes(have, dims):
    if not dims:
        return [i for i, d in enumerate(have) if d == 1]
    axes = [axis_of(d, len(have), "squeeze dimension") for d in dims]
    for a in axes:
        if have[a] not in (1, None):
            raise ValueError(f"Can not squeeze dim[{a}], expected a dimension of 1, got {have[a]}")
    return axes


def _squeeze_shape(inputs, attrs):
    have, dims = inputs[0].shape, attrs["squeeze_dims"]
    if have is None or (not dims and None in have):
        return [None]
    drop = _squeeze_axes(have, dims)
    return [tuple(d for i, d in enumerate(have) if i not in drop)]


@movement("Squeeze", "T -> T", T=ANY, shape=_squeeze_shape)
def squeeze(input, *, squeeze_dims: "list(int)" = ()):
    """Removes the dimensions of 1 listed in `squeeze_dims`, or all."""
    drop = _squeeze_axes(np.shape(input), squeeze_dims)
    return xp(input).reshape(input, [d for i, d in enumerate(np.shape(input)) if i not in drop])


def _transpose_shape(inputs, attrs):
    have, perm = inputs[0].shape, inputs[1].value()
    if perm is None:
        n = inputs[1].shape[0] if inputs[1].shape else None
        n = len(have) if have is not None else n
        return [None if n is None else (None,) * n]
    order = perm.reshape(-1).tolist()
    if have is None:
        return [(None,) * len(order)]
    if len(order) != len(have):
        raise ValueError(f"Dimension must be {len(have)} but is {len(order)}: transpose of {shapes.show(have)} by perm {order}")
    axes = [axis_of(p, len(have), "perm dim") for p in order]
    if len(set(axes)) != len(axes):
        raise ValueError(f"transpose expects a permutation of 0..{len(have) - 1}, got perm {order}")
    return [tuple(have[p] for p in axes)]


_TRANSPOSE = {"T": ANY, "Tperm": INDEX, "static": ("perm",), "shape": _transpose_shape}


@movement("Transpose", "T, Tperm -> y:T", {"Tperm": int32}, **_TRANSPOSE)
def transpose(x, perm):
    """Permutes the dimensions: output dimension i is input dimension perm[i]."""
    return xp(x).transpose(x, tuple(int(p) for p in perm))


@movement("ConjugateTranspose", "T, Tperm -> y:T", {"Tperm": int32}, **_TRANSPOSE)
def conjugate_transpose(x, perm):
    """Permutes the dimensions and conjugates complex elements."""
    moved = xp(x).transpose(x, tuple(int(p) for p in perm))
    return xp(x).conj(moved) if np.issubdtype(x.dtype, np.complexfloating) else moved


# ---- several tensors to one, one to several


def _concat_shape(values, axis):
    have = None
    for v in values:
        if v.shape is None:
            continue
        if have is not None and len(v.shape) != len(have):
            raise ValueError(f"Shapes {shapes.show(have)} and {shapes.show(v.shape)} to concatenate must have the same rank")
        have = v.shape if have is None else have
    if have is None:
        return None
    if axis is None:
        return (None,) * len(have)
    if len(have) == 0:
        raise ValueError("Can't concatenate scalars (use tf.stack instead)")
    axis = axis_of(axis.reshape(-1)[0], len(have), "concat axis")
    out = (None,) * len(have)
    total = 0
    for i, v in enumerate(values):
        part = (None,) * len(have) if v.shape is None else v.shape
        total = add(total, part[axis])
        try:
            out = shapes.merge(out, tuple(None if j == axis else d for j, d in enumerate(part)))
        except ValueError:
            raise ValueError(
                f"Dimensions must be equal but for the concat axis {axis}: input {i} has shape {shapes.show(part)}, "
                f"those before {shapes.show(out)}"
            ) from None
    return tuple(total if j == axis else d for j, d in enumerate(out))


def _join(values, axis):
    module = xp(*values)
    return module.concatenate(values, axis_of(np.reshape(axis, -1)[0], np.ndim(values[0]), "concat axis"))


@movement(
    "ConcatV2",
    "N * T, Tidx -> T",
    {"Tidx": int32},
    T=ANY,
    Tidx=INDEX,
    static=("axis",),
    shape=lambda inputs, attrs: [_concat_shape(inputs[:-1], inputs[-1].value())],
)
def concat_v2(values, axis):
    """Joins `values` along the existing dimension `axis`."""
    return _join(values, axis)


@movement(
    "Concat",
    "int32, N * T -> T",
    T=ANY,
    static=("concat_dim",),
    shape=lambda inputs, attrs: [_concat_shape(inputs[1:], inputs[0].value())],
)
def concat(concat_dim, values):
    """Joins `values` along the existing dimension `concat_dim`."""
    return _join(values, concat_dim)


@movement(
    "ConcatOffset",
    "int32, N * int32 -> N * int32",
    static=("concat_dim", "shape"),
    shape=lambda inputs, attrs: [i.shape for i in inputs[1:]],
    differentiable=False,
)
def concat_offset(concat_dim, shape):
    """Where each part of a concatenation begins, given the parts' shapes."""
    axis, at, out = axis_of(concat_dim, len(shape[0])), 0, []
    for s in shape:
        begin = np.zeros_like(s)
        begin[axis] = at
        at += int(s[axis])
        out.append(begin)
    return out


def _pack_shape(inputs, attrs):
    each = None
    for i in inputs:
        each = shapes.merge(each, i.shape)
    if each is None:
        return [None]
    at = axis_of(attrs["axis"], len(each) + 1)
    return [each[:at] + (len(inputs),) + each[at:]]


@movement("Pack", "N * T -> T", T=ANY, shape=_pack_shape)
def pack(values, *, axis=0):
    """Stacks tensors of one shape along a new dimension `axis`."""
    return xp(*values).stack(values, axis)


def _unpack_shape(inputs, attrs):
    have = inputs[0].shape
    if have is None:
        return [None] * attrs["num"]
    at = axis_of(attrs["axis"], len(have))
    if have[at] not in (None, attrs["num"]):
        raise ValueError(f"Dimension must be {attrs['num']} but is {have[at]}: unstack of {shapes.show(have)} along {at}")
    return [have[:at] + have[at + 1 :]] * attrs["num"]


@movement("Unpack", "T -> num * T", T=ANY, shape=_unpack_shape)
def unpack(value, *, num: "int", axis=0):
    """Takes a tensor apart along `axis`, which has `num` entries."""
    at = axis_of(axis, np.ndim(value))
    if value.shape[at] != num:
        raise ValueError(f"Input shape axis {at} must equal {num}, got shape {list(value.shape)}")
    index = (slice(None),) * at
    return [value[(*index, i)] for i in range(num)]


def _split_shape(inputs, attrs):
    axis, have, n = inputs[0].value(), inputs[1].shape, attrs["num_split"]
    if have is None:
        return [None] * n
    if axis is None:
        return [(None,) * len(have)] * n
    at = axis_of(axis.reshape(-1)[0], len(have), "split_dim")
    d = have[at]
    if d is not None and d % n:
        raise ValueError(f"Dimension size must be evenly divisible by {n} but is {d}: split of {shapes.show(have)} along {at}")
    return [have[:at] + (None if d is None else d // n,) + have[at + 1 :]] * n


def _cut(value, at, sizes):
    out, begin = [], 0
    for s in sizes:
        index = (slice(None),) * at
        out.append(value[(*index, slice(begin, begin + s))])
        begin += s
    return out


@movement("Split", "int32, T -> num_split * T", T=ANY, static=("split_dim",), shape=_split_shape)
def split(split_dim, value, *, num_split: "int"):
    """Cuts `value` along `split_dim` into `num_split` equal parts."""
    at = axis_of(split_dim.reshape(-1)[0], np.ndim(value), "split_dim")
    if value.shape[at] % num_split:
        raise ValueError(f"Number of ways to split ({num_split}) must evenly divide dimension {at} of {list(value.shape)}")
    return _cut(value, at, [value.shape[at] // num_split] * num_split)


def _sizes(sizes, total):
    sizes = [int(s) for s in np.reshape(sizes, -1)]
    if sizes.count(-1) == 1 and total is not None:
        rest = sum(s for s in sizes if s != -1)
        sizes[sizes.index(-1)] = total - rest
    if total is not None and (sum(sizes) != total or min(sizes, default=0) < 0):
        raise ValueError(f"Sizes {sizes} of the parts do not add up to dimension {total}")
    return sizes


def _split_v_shape(inputs, attrs):
    have, sizes, axis, n = inputs[0].shape, inputs[1].value(), inputs[2].value(), attrs["num_split"]
    if have is None:
        return [None] * n
    if axis is None:
        return [(None,) * len(have)] * n
    at = axis_of(axis.reshape(-1)[0], len(have), "split_dim")
    parts = [None] * n if sizes is None else [None if s < 0 else s for s in _sizes(sizes, have[at])]
    return [have[:at] + (p,) + have[at + 1 :] for p in parts]


@movement(
    "SplitV",
    "T, Tlen, int32 -> num_split * T",
    {"Tlen": dtypes.int64},
    T=ANY,
    Tlen=INDEX,
    static=("size_splits", "split_dim"),
    shape=_split_v_shape,
)
def split_v(value, size_splits, split_dim, *, num_split: "int"):
    """Cuts `value` along `split_dim` into parts of the given sizes; one may be -1."""
    at = axis_of(split_dim.reshape(-1)[0], np.ndim(value), "split_dim")
    return _cut(value, at, _sizes(size_splits, value.shape[at]))


# ---- repeating and filling


def _tile_shape(inputs, attrs):
    have, times = inputs[0].shape, inputs[1].shape_value()
    if times is None or have is None:
        n = len(have) if have is not None else None if times is None else len(times)
        return [None if n is None else (None,) * n]
    if len(times) != len(have):
        raise ValueError(f"Expected multiples of length {len(have)} for input {shapes.show(have)}, got {shapes.show(times)}")
    return [tuple(map(mul, have, times))]


@movement(
    "Tile", "T, Tmultiples -> T", {"Tmultiples": int32}, T=ANY, Tmultiples=INDEX, static=("multiples",), shape=_tile_shape
)
def tile(input, multiples):
    """Repeats `input` multiples[i] times along dimension i."""
    return xp(input).tile(input, tuple(int(m) for m in multiples))


@movement("Fill", "index_type, T -> T", {"index_type": int32}, T=ANY, index_type=INDEX, static=("dims",),
          shape=lambda inputs, attrs: [inputs[0].shape_value()])  # fmt: skip
def fill(dims, value):
    """A tensor of shape `dims` with the scalar `value` everywhere."""
    dims = tuple(int(d) for d in dims.reshape(-1))
    if min(dims, default=0) < 0:
        raise ValueError(f"Dimension of fill must be >= 0, got {list(dims)}")
    module = xp(value)
    return module.broadcast_to(module.reshape(value, ()), dims)


def _zeros(shape, dtype):
    return np.full(shape, b"", object) if np.dtype(dtype) == object else np.zeros(shape, dtype)


@movement("ZerosLike", "T -> y:T", T=ANY, shape=same_shape, differentiable=False)
def zeros_like(x):
    """Zeros of the shape and dtype of `x` (empty strings for strings)."""
    return _zeros(x.shape, x.dtype) if xp(x) is np else jnp.zeros(x.shape, x.dtype)


@movement("OnesLike", "T -> y:T", T=dtypes.DEVICE, shape=same_shape, differentiable=False)
def ones_like(x):
    """Ones of the shape and dtype of `x`."""
    return xp(x).ones(x.shape, x.dtype)


@op("Empty", "int32 -> dtype", dtype=ANY, static=("shape",), shape=lambda inputs, attrs: [inputs[0].shape_value()],
    differentiable=False)  # fmt: skip
def empty(shape, *, dtype: "type", init=False):
    """A tensor of `shape` whose content does not matter; here always zeros."""
    return _zeros(tuple(int(d) for d in shape), dtype.np)


def _broadcast_to_shape(inputs, attrs):
    want = inputs[1].shape_value()
    exact = inputs[1].value()
    if exact is not None and inputs[0].shape is not None:
        got = shapes.broadcast(inputs[0].shape, tuple(exact.reshape(-1).tolist()))
        if not shapes.compatible(got, want):
            raise ValueError(f"Incompatible shapes: {shapes.show(inputs[0].shape)} cannot broadcast to {shapes.show(want)}")
    return [want]


@movement("BroadcastTo", "T, Tidx -> T", {"Tidx": int32}, T=ANY, Tidx=INDEX, static=("shape",), shape=_broadcast_to_shape)
def broadcast_to(input, shape):
    """Repeats `input` to the broadcast `shape`."""
    return xp(input).broadcast_to(input, tuple(int(d) for d in shape))


def _longer(inputs, attrs):
    a, b = (None if i.shape is None else i.shape[0] for i in inputs)
    return [(None if a is None or b is None else max(a, b),)]


@movement("BroadcastArgs", "T, T -> r0:T", {"T": int32}, T=INDEX, static=("s0", "s1"), shape=_longer, differentiable=False)
def broadcast_args(s0, s1):
    """The broadcast of two shapes."""
    return np.asarray(np.broadcast_shapes(tuple(s0.tolist()), tuple(s1.tolist())), s0.dtype)


@op("BroadcastGradientArgs", "T, T -> r0:T, r1:T", T=INDEX, static=("s0", "s1"), differentiable=False,
    shape=lambda inputs, attrs: [(None,), (None,)])  # fmt: skip
def broadcast_gradient_args(s0, s1):
    """The dimensions over which the gradients of two broadcast arguments are summed."""
    n = max(len(s0), len(s1))
    a, b = ([1] * (n - len(s)) + s.tolist() for s in (s0, s1))
    # a dimension of 1 on both sides is listed for both, but for equal shapes nothing is
    reduce_a = [i for i in range(n) if a[i] == 1]
    reduce_b = [i for i in range(n) if b[i] == 1]
    if a == b and len(s0) == len(s1):
        reduce_a, reduce_b = [], []
    return np.asarray(reduce_a, s0.dtype), np.asarray(reduce_b, s1.dtype)


# ---- padding


def _pad_shape(inputs, attrs):
    have, pads = inputs[0].shape, inputs[1].value()
    if pads is None:
        n = len(have) if have is not None else inputs[1].shape[0] if inputs[1].shape else None
        return [None if n is None else (None,) * n]
    if have is None:
        return [(None,) * len(pads)]
    if pads.shape != (len(have), 2):
        raise ValueError(f"Shape of paddings must be ({len(have)}, 2) for input {shapes.show(have)}, got {pads.shape}")
    if (pads < 0).any():
        raise ValueError(f"Paddings must be non-negative: {pads.tolist()}")
    return [tuple(add(d, int(p.sum())) for d, p in zip(have, pads, strict=True))]


_PAD = {"T": ANY, "Tpaddings": INDEX, "static": ("paddings",), "shape": _pad_shape}


def _padded(input, paddings, value):
    pads = [(int(a), int(b)) for a, b in paddings]
    if xp(input, value) is np:
        out = np.full([d + a + b for d, (a, b) in zip(input.shape, pads, strict=True)], value, input.dtype)
        out[tuple(slice(a, a + d) for d, (a, _) in zip(input.shape, pads, strict=True))] = input
        return out
    return jax.lax.pad(jnp.asarray(input), jnp.asarray(value, input.dtype), [(a, b, 0) for a, b in pads])


@movement("Pad", "T, Tpaddings -> T", {"Tpaddings": int32}, **_PAD)
def pad(input, paddings):
    """Adds paddings[i] = (before, after) zeros along dimension i."""
    return _padded(input, paddings, b"" if input.dtype == object else np.zeros((), input.dtype))


@movement("PadV2", "T, Tpaddings, T -> T", {"Tpaddings": int32}, **_PAD)
def pad_v2(input, paddings, constant_values):
    """Adds paddings[i] = (before, after) entries `constant_values` along dimension i."""
    return _padded(input, paddings, constant_values)


@movement("MirrorPad", "T, Tpaddings -> T", {"Tpaddings": int32}, **_PAD)
def mirror_pad(input, paddings, *, mode: "string"):
    """Pads by reflection; `mode` REFLECT leaves the border element out, SYMMETRIC repeats it."""
    pads = [(int(a), int(b)) for a, b in paddings]
    most = 0 if mode == "SYMMETRIC" else 1
    for d, p in zip(input.shape, pads, strict=True):
        if max(p) > d - most:
            raise ValueError(f"paddings must be no greater than the dimension size (less one for REFLECT): {max(p)}, {d}")
    return xp(input).pad(input, pads, mode="reflect" if mode == "REFLECT" else "symmetric")


# ---- sequences


def range_size(start, limit, delta):
    """The length of `Range`. Raises ValueError for a zero delta or one of the wrong sign."""
    if delta == 0:
        raise ValueError("Requires delta != 0 for Range")
    if (delta > 0 and start > limit) or (delta < 0 and start < limit):
        sign = "<=" if delta > 0 else ">="
        raise ValueError(f"Requires start {sign} limit when delta {'>' if delta > 0 else '<'} 0: start {start}, limit {limit}")
    if isinstance(start, int):
        return -((limit - start) // -delta)
    return int(np.ceil(abs((limit - start) / delta)))


def _range_shape(inputs, attrs):
    values = [i.value() for i in inputs]
    if any(v is None for v in values):
        return [(None,)]
    return [(range_size(*(v.reshape(-1)[0].item() for v in values)),)]


@movement("Range", "Tidx, Tidx, Tidx -> Tidx", {"Tidx": int32}, Tidx=INDEX | dtypes.FLOATING, shape=_range_shape,
          static=("start", "limit", "delta"), differentiable=False)  # fmt: skip
def range_(start, limit, delta):
    """`start`, start + delta, … up to, not including, `limit`."""
    n = range_size(*(np.reshape(v, -1)[0].item() for v in (start, limit, delta)))
    if np.issubdtype(start.dtype, np.integer):
        return (start + np.arange(n, dtype=start.dtype) * delta).astype(start.dtype)
    # TensorFlow adds delta again and again in the tensor's own precision
    steps = np.full(max(n, 1), delta, start.dtype)
    steps[0] = start
    return np.cumsum(steps, dtype=start.dtype)[:n]


def _lin_shape(inputs, attrs):
    n = inputs[2].value()
    return [(None if n is None else int(n.reshape(-1)[0]),)]


@movement("LinSpace", "T, T, Tidx -> T", {"Tidx": int32}, T=dtypes.FLOATING, Tidx=INDEX, static=("num",), shape=_lin_shape)
def lin_space(start, stop, num):
    """`num` numbers at equal distances from `start` to `stop`, both included."""
    n, module = int(np.reshape(num, -1)[0]), xp(start, stop)
    if n <= 0:
        raise ValueError(f"Requires num > 0: {n}")
    if n == 1:
        return module.reshape(start, (1,))
    step = (stop - start) / module.asarray(n - 1, start.dtype)
    return start + step * module.arange(n, dtype=start.dtype)


# ---- reversing and rolling


@movement("ReverseV2", "T, Tidx -> T", {"Tidx": int32}, T=ANY, Tidx=INDEX, static=("axis",), shape=same_shape)
def reverse_v2(tensor, axis):
    """Reverses the dimensions listed in `axis`."""
    return xp(tensor).flip(tensor, tuple(axis_of(a, np.ndim(tensor)) for a in axis.reshape(-1)))


@movement("Reverse", "T, bool -> T", T=ANY, static=("dims",), shape=same_shape)
def reverse(tensor, dims):
    """Reverses the dimensions where `dims` is True."""
    return xp(tensor).flip(tensor, tuple(int(i) for i in np.flatnonzero(dims)))


@op("ReverseSequence", "T, Tlen -> T", T=ANY, Tlen=INDEX, shape=same_shape)
def reverse_sequence(input, seq_lengths, *, seq_dim: "int", batch_dim=0):
    """Reverses the first seq_lengths[b] entries along `seq_dim` of each slice b along `batch_dim`."""
    seq, batch = axis_of(seq_dim, input.ndim), axis_of(batch_dim, input.ndim)
    along = [1] * input.ndim
    along[seq] = input.shape[seq]
    lengths = [1] * input.ndim
    lengths[batch] = input.shape[batch]
    i = jnp.arange(input.shape[seq], dtype=seq_lengths.dtype).reshape(along)
    n = jnp.reshape(seq_lengths, lengths)
    return jnp.take_along_axis(input, jnp.where(i < n, n - 1 - i, i), axis=seq, mode="clip")


@movement("Roll", "T, Tshift, Taxis -> T", T=ANY, Tshift=INDEX, Taxis=INDEX, static=("axis",), shape=same_shape)
def roll(input, shift, axis):
    """Rolls elements by shift[i] along axis[i]; what falls off one end enters at the other."""
    out = input
    for s, a in zip(shift.reshape(-1), axis.reshape(-1), strict=True):
        out = xp(out, s).roll(out, s, int(a))
    return out


@movement("InvertPermutation", "T -> y:T", {"T": int32}, T=INDEX, shape=same_shape, differentiable=False)
def invert_permutation(x):
    """The inverse of a permutation: y[x[i]] = i."""
    if xp(x) is np:
        return np.argsort(x).astype(x.dtype)
    return jnp.zeros_like(x).at[x].set(jnp.arange(x.shape[0], dtype=x.dtype))


@movement("Snapshot", "T -> T", T=ANY, shape=same_shape, also=("DeepCopy", "GuaranteeConst"))
def snapshot(input):
    """A copy."""
    return input


@movement("EnsureShape", "T -> T", T=ANY, shape=lambda inputs, attrs: [shapes.merge(inputs[0].shape, attrs["shape"])])
def ensure_shape(input, *, shape: "shape"):
    """`input`; an InvalidArgumentError when its shape is not compatible with `shape`."""
    if not shapes.compatible(np.shape(input), shape):
        have, want = list(np.shape(input)), shapes.show(shape)
        raise errors.InvalidArgumentError(
            None, None, f"Shape of tensor {have} is not compatible with expected shape {want} (EnsureShape)"
        )
    return input
