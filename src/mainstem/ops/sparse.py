"""Sparse tensors whose number of entries is known: dense conversion, products, sums, order. These run on the device.

A sparse tensor is `indices` [n, rank], `values` [n] and a dense shape [rank]. The dense shape must be known when the program is
compiled, as every shape must; kernels with strings run in NumPy.
"""

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.registry import op
from mainstem.ops.host import invalid
from mainstem.ops.twin import movement, xp

INDEX = dtypes.INDEX


def ints(vector):
    """A shape or axes input as a tuple of Python ints."""
    return tuple(int(d) for d in np.asarray(vector).reshape(-1))


def as_matrix(indices):
    """Indices of 0, 1 or 2 dimensions as [n, rank]."""
    return indices.reshape(1, 1) if indices.ndim == 0 else indices[:, None] if indices.ndim == 1 else indices


def columns(indices):
    """The columns of indices [n, rank] as a tuple, to index an array with."""
    return tuple(indices[:, i] for i in range(indices.shape[1]))


def linear(indices, shape):
    """The row-major position of each row of `indices` in an array of `shape`, int64."""
    out = indices[:, 0] * 0 if indices.shape[1] else np.zeros(len(indices), np.int64)
    for i, d in enumerate(shape):
        out = out * d + indices[:, i]
    return out


# ---- to dense


def _dense_shape(inputs, attrs):
    return [inputs[1].shape_value()]


@movement(
    "SparseToDense",
    "Tindices, Tindices, T, T -> dense:T",
    T=dtypes.DEVICE | {dtypes.string},
    Tindices=INDEX,
    static=("output_shape",),
    shape=_dense_shape,
)
def sparse_to_dense(sparse_indices, output_shape, sparse_values, default_value, *, validate_indices=True):
    """An array of `output_shape` with `sparse_values` at `sparse_indices` (scalar, [n] or [n, rank]) and `default_value` elsewhere."""
    at, shape = as_matrix(sparse_indices), ints(output_shape)
    if at.shape[1] != len(shape):
        raise invalid(f"output_shape has incorrect number of elements: {len(shape)} should be: {at.shape[1]}")
    if xp(sparse_indices, sparse_values, default_value) is jnp:
        base = jnp.full(shape, default_value, sparse_values.dtype)
        return base.at[columns(at)].set(sparse_values, mode="drop")
    if len(at) and ((at < 0).any() or (at >= np.array(shape)).any()):
        raise invalid(f"an index of sparse_indices is out of bounds of the shape {list(shape)}")
    out = np.empty(shape, sparse_values.dtype)
    out[...] = default_value
    out[columns(at)] = sparse_values
    return out


# ---- products and sums


def _product_shape(inputs, attrs):
    size, b = inputs[2].shape_value(), inputs[3].shape
    for name, shape, rank in (("a_indices", inputs[0].shape, 2), ("a_values", inputs[1].shape, 1), ("b", b, 2)):
        if shape is not None and len(shape) != rank:
            raise ValueError(f"Shape of {name} must be rank {rank} but is rank {len(shape)}")
    rows, inner = (None, None) if size is None else size[::-1] if attrs["adjoint_a"] else size
    down, across = (None, None) if b is None else b[::-1] if attrs["adjoint_b"] else b
    shapes.merge((inner,), (down,))
    return [(rows, across)]


@op(
    "SparseTensorDenseMatMul",
    "Tindices, T, int64, T -> product:T",
    T=dtypes.NUMERIC,
    Tindices=INDEX,
    static=("a_shape",),
    shape=_product_shape,
)
def sparse_tensor_dense_matmul(
    a_indices, a_values, a_shape, b, *, adjoint_a=False, adjoint_b=False, Tindices: "type" = dtypes.int64
):  # noqa: N803
    """The sparse matrix a [m, k] times the dense b [k, n], giving [m, n]; either may be taken adjoint."""
    row, column = columns(a_indices)
    b = jnp.asarray(b)  # a constant arrives as a NumPy array
    if adjoint_a:
        row, column, a_values = column, row, jnp.conj(a_values)
    if adjoint_b:
        b = jnp.conj(b).T
    rows = ints(a_shape)[1 if adjoint_a else 0]
    parts = a_values[:, None] * b.at[column].get(mode="fill", fill_value=0)
    return jnp.zeros((rows, b.shape[1]), b.dtype).at[row].add(parts, mode="drop")


def _axes(axes, rank):
    out = sorted({a + rank if a < 0 else a for a in ints(axes)})
    if any(not 0 <= a < rank for a in out):
        raise ValueError(f"Invalid reduction dimension {min(ints(axes))} for input with {rank} dimensions.")
    return out


def _reduced_shape(inputs, attrs):
    shape, axes = inputs[2].shape_value(), inputs[3].value()
    if shape is None or axes is None:
        return [None]
    dropped = _axes(axes, len(shape)) if axes.size else range(len(shape))
    if attrs["keep_dims"]:
        return [tuple(1 if i in dropped else d for i, d in enumerate(shape))]
    return [tuple(d for i, d in enumerate(shape) if i not in dropped)]


def _grouped(indices, shape, axes, keep_dims):
    """(where each entry's group lies in the result, shape of the groups, shape of the result)."""
    shape = ints(shape)
    dropped = _axes(axes, len(shape)) if len(axes) else list(range(len(shape)))
    kept = [i for i in range(len(shape)) if i not in dropped]
    groups = tuple(shape[i] for i in kept)
    result = tuple(1 if i in dropped else d for i, d in enumerate(shape)) if keep_dims else groups
    return tuple(indices[:, i] for i in kept), groups, result


_REDUCE = {"static": ("input_shape", "reduction_axes"), "shape": _reduced_shape}


@op("SparseReduceSum", "int64, T, int64, int32 -> T", T=dtypes.NUMERIC, **_REDUCE)
def sparse_reduce_sum(input_indices, input_values, input_shape, reduction_axes, *, keep_dims=False):
    """The dense sum of a sparse tensor over `reduction_axes` (over all when empty)."""
    at, groups, result = _grouped(input_indices, input_shape, reduction_axes, keep_dims)
    if not groups:
        return jnp.sum(input_values, dtype=input_values.dtype).reshape(result)
    return jnp.zeros(groups, input_values.dtype).at[at].add(input_values, mode="drop").reshape(result)


@op("SparseReduceMax", "int64, T, int64, int32 -> T", T=dtypes.REAL, differentiable=False, **_REDUCE)
def sparse_reduce_max(input_indices, input_values, input_shape, reduction_axes, *, keep_dims=False):
    """The dense maximum of the entries of a sparse tensor over `reduction_axes`; 0 where there is no entry."""
    at, groups, result = _grouped(input_indices, input_shape, reduction_axes, keep_dims)
    least = -jnp.inf if jnp.issubdtype(input_values.dtype, jnp.floating) else jnp.iinfo(input_values.dtype).min
    top = jnp.full(groups, least, input_values.dtype).at[at].max(input_values, mode="drop")
    seen = jnp.zeros(groups, jnp.bool_).at[at].set(True, mode="drop")
    return jnp.where(seen, top, jnp.zeros((), input_values.dtype)).reshape(result)


def _like_values(inputs, attrs):
    return [inputs[1].shape]


@op(
    "SparseSoftmax",
    "int64, T, int64 -> T",
    T=frozenset({dtypes.float32, dtypes.float64}),
    static=("sp_shape",),
    shape=_like_values,
)
def sparse_softmax(sp_indices, sp_values, sp_shape):
    """The softmax over the entries of each row of the last dimension; what is not an entry counts as minus infinity."""
    shape = ints(sp_shape)[:-1]
    row = linear(sp_indices[:, :-1], shape)
    count = int(np.prod(shape, dtype=np.int64))
    top = jax.ops.segment_max(jax.lax.stop_gradient(sp_values), row, count)
    shifted = jnp.exp(sp_values - top[row])
    return shifted / jax.ops.segment_sum(shifted, row, count)[row]


def _dense_at(dense, indices, shape):
    """The values that `dense`, broadcast to `shape`, has at `indices`."""
    shape = ints(shape)
    if dense.ndim > len(shape):
        raise invalid(
            f"SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: {list(shape)} vs. {list(dense.shape)}"
        )
    own = shape[len(shape) - dense.ndim :]
    if any(d not in (1, s) for d, s in zip(dense.shape, own, strict=True)):
        raise invalid(
            f"SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: {list(shape)} vs. {list(dense.shape)}"
        )
    at, dense = columns(indices)[len(shape) - dense.ndim :], jnp.asarray(dense)
    return dense[tuple(i * 0 if d == 1 else i for i, d in zip(at, dense.shape, strict=True))] if dense.ndim else dense


def _by_entry(name, fn, doc, **options):
    def kernel(sp_indices, sp_values, sp_shape, dense):
        return fn(sp_values, _dense_at(dense, sp_indices, sp_shape))

    kernel.__doc__, kernel.__module__, kernel.__name__ = doc, __name__, name
    return op(name, "int64, T, int64, T -> T", T=dtypes.NUMERIC, static=("sp_shape",), shape=_like_values, **options)(kernel)


def _divide(x, y):
    if jnp.issubdtype(x.dtype, jnp.inexact):
        return x / y
    return jax.lax.div(x, jnp.broadcast_to(y, x.shape))


sparse_dense_cwise_mul = _by_entry("SparseDenseCwiseMul", lambda x, y: x * y, "The entries times the values of `dense` there.")
sparse_dense_cwise_div = _by_entry("SparseDenseCwiseDiv", _divide, "The entries divided by the values of `dense` there.")
sparse_dense_cwise_add = _by_entry(
    "SparseDenseCwiseAdd", lambda x, y: x + y, "The entries plus the values of `dense` there.", differentiable=False
)


@op(
    "SparseTensorDenseAdd",
    "Tindices, T, Tindices, T -> T",
    T=dtypes.NUMERIC,
    Tindices=INDEX,
    shape=lambda inputs, attrs: [shapes.merge(inputs[3].shape, inputs[2].shape_value())],
)
def sparse_tensor_dense_add(a_indices, a_values, a_shape, b):
    """The dense b with the entries of the sparse a added."""
    return jnp.asarray(b).at[columns(a_indices)].add(a_values, mode="drop")


# ---- order and shape


def _reorder_shapes(inputs, attrs):
    return [inputs[0].shape, inputs[1].shape]


@movement(
    "SparseReorder",
    "int64, T, int64 -> output_indices:int64, output_values:T",
    T=dtypes.DEVICE | {dtypes.string},
    static=("input_shape",),
    shape=_reorder_shapes,
)
def sparse_reorder(input_indices, input_values, input_shape):
    """The entries in row-major order."""
    lib = xp(input_indices, input_values)
    order = lib.argsort(linear(input_indices, ints(input_shape)), stable=True)
    return input_indices[order], input_values[order]


def _reshaped(shape, new_shape):
    total = int(np.prod(shape, dtype=np.int64))
    if new_shape.count(-1) > 1:
        raise invalid("only one output dimension may be -1")
    known = int(np.prod([d for d in new_shape if d != -1], dtype=np.int64))
    if -1 in new_shape:
        if known == 0 or total % known:
            raise invalid(
                f"Input to reshape is a SparseTensor with {total} dense values, but the requested shape requires a multiple of {known}"
            )
        new_shape = tuple(total // known if d == -1 else d for d in new_shape)
    elif known != total:
        raise invalid(f"Input to reshape is a tensor with {total} dense values, but the requested shape has {known}")
    return new_shape


def _reshape_shapes(inputs, attrs):
    rank = inputs[2].shape
    rank = None if rank is None else rank[0]
    n = None if inputs[0].shape is None else inputs[0].shape[0]
    return [(n, rank), (rank,)]


@movement(
    "SparseReshape",
    "int64, int64, int64 -> output_indices:int64, output_shape:int64",
    static=("input_shape", "new_shape"),
    shape=_reshape_shapes,
    differentiable=False,
)
def sparse_reshape(input_indices, input_shape, new_shape):
    """The indices [n, rank] and the shape of the same entries in another dense shape, of which one dimension may be -1."""
    shape = ints(input_shape)
    made = _reshaped(shape, ints(new_shape))
    rest, out = linear(input_indices, shape), []
    for d in reversed(made):
        out.append(rest % max(d, 1))
        rest = rest // max(d, 1)
    lib = xp(input_indices)
    indices = lib.stack(out[::-1], 1) if made else lib.zeros((len(input_indices), 0), np.int64)
    return indices, np.asarray(made, np.int64)


def _concat_shapes(inputs, attrs):
    n = attrs["N"]
    counts = [None if i.shape is None else i.shape[0] for i in inputs[:n]]
    rank = next((i.shape[0] for i in inputs[2 * n :] if i.shape is not None), None)
    total = None if None in counts else sum(counts)
    return [(total, rank), (total,), (rank,)]


@movement(
    "SparseConcat",
    "N * int64, N * T, N * int64 -> output_indices:int64, output_values:T, output_shape:int64",
    T=dtypes.DEVICE | {dtypes.string},
    static=("shapes",),
    shape=_concat_shapes,
)
def sparse_concat(indices, values, shapes, *, concat_dim: "int"):
    """The entries of N sparse tensors side by side along `concat_dim`, in row-major order."""
    all_shapes = [ints(s) for s in shapes]
    rank = len(all_shapes[0])
    axis = concat_dim + rank if concat_dim < 0 else concat_dim
    for i, s in enumerate(all_shapes):
        if s[:axis] + s[axis + 1 :] != all_shapes[0][:axis] + all_shapes[0][axis + 1 :]:
            raise invalid(
                f"Concat dimension {axis}: the other dimensions of input {i} {list(s)} differ from {list(all_shapes[0])}"
            )
    lib, parts, offset = xp(*indices, *values), [], 0
    for at, s in zip(indices, all_shapes, strict=True):
        move = np.zeros(rank, np.int64)
        move[axis] = offset
        parts.append(at + move)
        offset += s[axis]
    result = all_shapes[0][:axis] + (offset,) + all_shapes[0][axis + 1 :]
    at = lib.concatenate(parts)
    order = lib.argsort(linear(at, result), stable=True)
    return at[order], lib.concatenate(values)[order], np.asarray(result, np.int64)
