"""Shapes, and moving whole elements: reshape, transpose, concatenate, pack, split, reverse."""

import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors, shapes
from mainstem.core.families import same_shape
from mainstem.core.registry import op
from mainstem.ops.twin import add, axis_of, movement, numel, xp

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
    want = np.reshape(want, -1).tolist()
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
    return tensor.reshape(full_shape(shape, tensor.size))


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


@movement("ParallelConcat", "N * T -> T", T=ANY, shape=lambda inputs, attrs: [attrs["shape"]])
def parallel_concat(values, *, shape: "shape"):
    """Joins tensors [1, …] along their first dimension into `shape`."""
    return xp(*values).concatenate(values, 0)


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


# ---- reversing and rolling


@movement("ReverseV2", "T, Tidx -> T", {"Tidx": int32}, T=ANY, Tidx=INDEX, static=("axis",), shape=same_shape)
def reverse_v2(tensor, axis):
    """Reverses the dimensions listed in `axis`."""
    return xp(tensor).flip(tensor, tuple(axis_of(a, np.ndim(tensor)) for a in axis.reshape(-1)))


@movement("Reverse", "T, bool -> T", T=ANY, static=("dims",), shape=same_shape)
def reverse(tensor, dims):
    """Reverses the dimensions where `dims` is True."""
    return xp(tensor).flip(tensor, tuple(int(i) for i in np.flatnonzero(dims)))


def _reverse_sequence_shape(inputs, attrs):
    have, lengths = inputs[0].shape, inputs[1].shape
    if have is None or lengths is None or len(lengths) != 1:
        return [have]
    batch = axis_of(attrs["batch_dim"], len(have))
    return [shapes.merge(have, tuple(lengths[0] if i == batch else None for i in range(len(have))))]


@op("ReverseSequence", "T, Tlen -> T", T=ANY, shape=_reverse_sequence_shape)
def reverse_sequence(input, seq_lengths, *, seq_dim: "int", batch_dim=0, Tlen: "type" = dtypes.int64):
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


@movement("Snapshot", "T -> T", T=ANY, shape=same_shape, also=("GuaranteeConst",))
def snapshot(input):
    """A copy."""
    return input


@movement("DeepCopy", "T -> y:T", T=ANY, shape=same_shape, differentiable=False)
def deep_copy(x):
    """A copy."""
    return x


@movement("EnsureShape", "T -> T", T=ANY, shape=lambda inputs, attrs: [shapes.merge(inputs[0].shape, attrs["shape"])])
def ensure_shape(input, *, shape: "shape"):
    """`input`; an InvalidArgumentError when its shape is not compatible with `shape`."""
    if not shapes.compatible(np.shape(input), shape):
        have, want = list(np.shape(input)), shapes.show(shape)
        raise errors.InvalidArgumentError(
            None, None, f"Shape of tensor {have} is not compatible with expected shape {want} (EnsureShape)"
        )
    return input
