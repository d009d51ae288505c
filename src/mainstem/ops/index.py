"""Picking elements: gather, select, where, one_hot, unique, dynamic partition and stitch, sorted search.

An index out of range gives zeros, as TensorFlow's GPU kernels do (its CPU kernels raise InvalidArgument; XLA alone would clamp);
a negative index is out of range too.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes, errors, shapes
from mainstem.core.registry import REGISTRY, op
from mainstem.ops.twin import axis_of, movement, xp

INDEX, ANY, int32 = dtypes.INDEX, dtypes.ANY, dtypes.int32

# ---- gather


def _gather_shape(params, indices, axis, batch_dims):
    if params is None or indices is None:
        return [None]
    if axis is None:
        return [(None,) * (len(params) + len(indices) - 1 - batch_dims)]
    axis = axis_of(axis, len(params))
    batch = batch_dims + len(indices) if batch_dims < 0 else batch_dims
    if batch > axis:
        raise ValueError(f"batch_dims ({batch}) must be less than or equal to axis ({axis})")
    head = shapes.merge(params[:batch], indices[:batch]) + params[batch:axis]
    return [head + indices[batch:] + params[axis + 1 :]]


def gather_along(params, indices, axis=0, batch_dims=0):
    """`params[..., indices, ...]` at `axis`, batched over the first `batch_dims` dimensions of both."""
    axis = axis_of(axis, params.ndim)
    batch = batch_dims + indices.ndim if batch_dims < 0 else batch_dims
    if xp(params, indices) is np:
        return _gather_numpy(params, indices, axis, batch)
    params, indices = jnp.asarray(params), jnp.asarray(indices)
    after = axis + indices.ndim - batch
    out_rank = params.ndim + indices.ndim - 1 - batch
    if params.shape[axis] == 0:
        return jnp.zeros(params.shape[:axis] + indices.shape[batch:] + params.shape[axis + 1 :], params.dtype)
    numbers = lax.GatherDimensionNumbers(
        offset_dims=(*range(batch, axis), *range(after, out_rank)),
        collapsed_slice_dims=(axis,),
        start_index_map=(axis,),
        operand_batching_dims=tuple(range(batch)),
        start_indices_batching_dims=tuple(range(batch)),
    )
    sizes = [1 if i < batch or i == axis else d for i, d in enumerate(params.shape)]
    mode = lax.GatherScatterMode.FILL_OR_DROP
    return lax.gather(params, indices[..., None], numbers, sizes, mode=mode, fill_value=0)


def _gather_numpy(params, indices, axis, batch):
    if not indices.ndim and not axis and 0 <= indices < len(params):
        return params[indices, ...]
    bad = (indices < 0) | (indices >= params.shape[axis])
    if bad.any():
        first = indices[bad][0]
        raise errors.InvalidArgumentError(None, None, f"indices = {first} is not in [0, {params.shape[axis]})")
    if batch == 0:
        return np.take(params, indices, axis)
    parts = [_gather_numpy(p, i, axis - 1, batch - 1) for p, i in zip(params, indices, strict=True)]
    return np.stack(parts) if parts else np.zeros((0, *params.shape[1:axis], *indices.shape[1:]), params.dtype)


@movement("Gather", "Tparams, Tindices -> Tparams", Tparams=ANY, Tindices=INDEX,
          shape=lambda inputs, attrs: _gather_shape(inputs[0].shape, inputs[1].shape, 0, 0))  # fmt: skip
def gather(params, indices, *, validate_indices=True):
    """Rows of `params`: output[i, …] = params[indices[i], …]."""
    return gather_along(params, indices)


def _gather_v2_shape(inputs, attrs):
    axis = inputs[2].value()
    axis = None if axis is None else axis.reshape(-1)[0]
    return _gather_shape(inputs[0].shape, inputs[1].shape, axis, attrs["batch_dims"])


@movement("GatherV2", "Tparams, Tindices, Taxis -> Tparams", Tparams=ANY, Tindices=INDEX, Taxis=INDEX, static=("axis",),
          shape=_gather_v2_shape)  # fmt: skip
def gather_v2(params, indices, axis, *, batch_dims=0):
    """Slices of `params` along `axis` at `indices`, batched over the first `batch_dims` dimensions."""
    return gather_along(params, indices, axis.item(), batch_dims)


@op("ResourceGather", "resource, Tindices -> dtype", dtype=ANY, Tindices=INDEX, stateful=True,
    shape=lambda inputs, attrs: _gather_shape(inputs[0].shape, inputs[1].shape, attrs["batch_dims"], attrs["batch_dims"]))  # fmt: skip
def resource_gather(resource, indices, *, batch_dims=0, validate_indices=True, dtype: "type"):
    """Rows of the variable behind `resource`."""
    return gather_along(resource, indices, batch_dims, batch_dims)


def _gather_nd_shape(inputs, attrs):
    params, indices = inputs[0].shape, inputs[1].shape
    if params is None or indices is None or indices[-1] is None:
        return [None]
    if indices[-1] > len(params):
        raise ValueError(
            f"indices.shape[-1] must be <= params.rank, but saw indices {shapes.show(indices)}, params {shapes.show(params)}"
        )
    return [indices[:-1] + params[indices[-1] :]]


@movement("GatherNd", "Tparams, Tindices -> Tparams", Tparams=ANY, Tindices=INDEX, shape=_gather_nd_shape)
def gather_nd(params, indices):
    """Slices of `params`: output[i, …] = params[indices[i, 0], indices[i, 1], …]."""
    depth = indices.shape[-1]
    if xp(params, indices) is np:
        sizes = np.asarray(params.shape[:depth], indices.dtype)
        if ((indices < 0) | (indices >= sizes)).any():
            raise errors.InvalidArgumentError(None, None, f"indices of gather_nd do not index into shape {params.shape}")
        return np.asarray(params[tuple(np.moveaxis(indices, -1, 0))], params.dtype)
    params, indices = jnp.asarray(params), jnp.asarray(indices)
    out = indices.shape[:-1] + params.shape[depth:]
    if depth == 0:
        return jnp.broadcast_to(params, out)
    if 0 in params.shape[:depth]:
        return jnp.zeros(out, params.dtype)
    numbers = lax.GatherDimensionNumbers(
        offset_dims=tuple(range(indices.ndim - 1, len(out))),
        collapsed_slice_dims=tuple(range(depth)),
        start_index_map=tuple(range(depth)),
    )
    sizes = [1] * depth + list(params.shape[depth:])
    return lax.gather(params, indices, numbers, sizes, mode=lax.GatherScatterMode.FILL_OR_DROP, fill_value=0)


@op("ResourceGatherNd", "resource, Tindices -> dtype", dtype=ANY, Tindices=INDEX, stateful=True, shape=_gather_nd_shape)
def resource_gather_nd(resource, indices, *, dtype: "type"):
    """Slices of the variable behind `resource`, as GatherNd."""
    return gather_nd.kernel(resource, indices)


# ---- select


def _select_shape(inputs, attrs):
    c, t, e = (i.shape for i in inputs)
    out = shapes.merge(t, e)
    if c is None or out is None or len(c) == 0:
        return [out]
    if len(c) == 1 and len(out) != 1:
        if not out or not shapes.compatible(c, out[:1]):
            raise ValueError(f"condition {shapes.show(c)} must select rows of {shapes.show(out)}")
        return [out]
    return [shapes.merge(c, out)]


@movement("Select", "bool, T, T -> T", T=ANY, shape=_select_shape)
def select(condition, t, e):
    """Elements of `t` where `condition` holds, else of `e`; a vector `condition` selects whole rows."""
    module = xp(condition, t, e)
    if np.ndim(condition) == 1 and np.ndim(t) > 1:
        condition = module.reshape(condition, (-1,) + (1,) * (np.ndim(t) - 1))
    return module.where(condition, t, e)


def _select_v2_shape(inputs, attrs):
    c, t, e = (i.shape for i in inputs)
    return [shapes.broadcast(shapes.broadcast(c, t), e)]


@movement("SelectV2", "bool, T, T -> T", T=ANY, shape=_select_v2_shape)
def select_v2(condition, t, e):
    """Elements of `t` where `condition` holds, else of `e`; all three broadcast."""
    return xp(condition, t, e).where(condition, t, e)


@movement("Where", "T -> index:int64", {"T": dtypes.bool}, T=dtypes.DEVICE, host=True,
          shape=lambda inputs, attrs: [(None, None if inputs[0].shape is None else len(inputs[0].shape))])  # fmt: skip
def where(input):
    """The positions of the elements that are not zero, [n, rank], in row-major order."""
    return np.argwhere(input).astype(np.int64).reshape(-1, np.ndim(input))


def _one_hot_shape(inputs, attrs):
    have, depth = inputs[0].shape, inputs[1].value()
    if inputs[1].shape:
        raise ValueError(f"Shape must be rank 0 but is rank {len(inputs[1].shape)}: the depth of one_hot is one number")
    if have is None:
        return [None]
    at = len(have) if attrs["axis"] == -1 else axis_of(attrs["axis"], len(have) + 1)
    return [have[:at] + (None if depth is None else int(depth.reshape(-1)[0]),) + have[at:]]


@movement("OneHot", "TI, int32, T, T -> T", {"TI": dtypes.int64}, TI=INDEX | {dtypes.uint8}, T=ANY, static=("depth",),
          shape=_one_hot_shape, differentiable=False)  # fmt: skip
def one_hot(indices, depth, on_value, off_value, *, axis=-1):
    """A new dimension of `depth` at `axis`: `on_value` at the index, `off_value` elsewhere; an index out of range is all off."""
    n, rank, module = depth.item(), indices.ndim, xp(indices, on_value, off_value)
    at = rank if axis == -1 else axis
    if module is np and not rank:
        made = np.full(n, off_value, off_value.dtype)
        if 0 <= indices < n:
            made[indices] = on_value.item()
        return made
    wide = np.int64 if indices.dtype == np.int64 else np.int32
    positions = np.arange(n, dtype=wide).reshape([-1 if i == at else 1 for i in range(rank + 1)])
    hit = module.expand_dims(indices.astype(wide), at) == positions
    return module.where(hit, on_value, off_value)


# ---- sets of values


def _unique(x, axis, out_idx):
    values, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    order = np.argsort(first, kind="stable")  # TensorFlow keeps the order of first appearance
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    out = np.take(values, order, 0 if axis is None else axis)
    return out, place[inverse.reshape(-1)].astype(out_idx.np), counts[order].astype(out_idx.np)


def _unique_shape(inputs, attrs):
    have = inputs[0].shape
    n = have[0] if have is not None and len(have) == 1 else None
    return [(None,), (n,)]


def _unique_v2_shape(inputs, attrs):
    have = inputs[0].shape
    return [None if have is None else (None,) * len(have), (None,)]


_UNIQUE = {"T": ANY, "out_idx": INDEX, "host": True}


@movement("Unique", "T -> y:T, idx:out_idx", **_UNIQUE, shape=_unique_shape)
def unique(x, *, out_idx: "type" = int32):
    """The distinct elements of the vector `x` in order of first appearance, and for each element its place among them."""
    return _unique(x, None, out_idx)[:2]


@movement("UniqueWithCounts", "T -> y:T, idx:out_idx, count:out_idx", **_UNIQUE,
          shape=lambda i, a: [*_unique_shape(i, a), (None,)])  # fmt: skip
def unique_with_counts(x, *, out_idx: "type" = int32):
    """As Unique, and how often each distinct element appears."""
    return _unique(x, None, out_idx)


@movement("UniqueV2", "T, Taxis -> y:T, idx:out_idx", {"Taxis": dtypes.int64}, Taxis=INDEX, **_UNIQUE, shape=_unique_v2_shape)
def unique_v2(x, axis, *, out_idx: "type" = int32):
    """The distinct slices of `x` along `axis` (empty: `x` is a vector)."""
    return _unique(x, int(axis[0]) if axis.size else None, out_idx)[:2]


@movement("UniqueWithCountsV2", "T, Taxis -> y:T, idx:out_idx, count:out_idx", {"Taxis": dtypes.int64}, Taxis=INDEX, **_UNIQUE,
          shape=lambda i, a: [*_unique_v2_shape(i, a), (None,)])  # fmt: skip
def unique_with_counts_v2(x, axis, *, out_idx: "type" = int32):
    """As UniqueV2, and how often each distinct slice appears."""
    return _unique(x, int(axis[0]) if axis.size else None, out_idx)


@movement("ListDiff", "T, T -> out:T, idx:out_idx", T=ANY, out_idx=INDEX, host=True, shape=lambda i, a: [(None,), (None,)])
def list_diff(x, y, *, out_idx: "type" = int32):
    """The elements of the vector `x` that are not in `y`, and their positions in `x`."""
    keep = np.flatnonzero(~np.isin(x, y))
    return x[keep], keep.astype(out_idx.np)


# ---- dynamic partition and stitch


def _partition_shape(inputs, attrs):
    data, parts = inputs[0].shape, inputs[1].shape
    if data is None or parts is None:
        return [None] * attrs["num_partitions"]
    if not shapes.compatible(data[: len(parts)], parts):
        raise ValueError(f"data.shape must start with partitions.shape: {shapes.show(data)}, {shapes.show(parts)}")
    return [(None, *data[len(parts) :])] * attrs["num_partitions"]


@movement("DynamicPartition", "T, int32 -> num_partitions * T", T=ANY, host=True, shape=_partition_shape, differentiable=True)
def dynamic_partition(data, partitions, *, num_partitions: "int"):
    """Part p holds the slices of `data` whose entry of `partitions` is p, in order."""
    if ((partitions < 0) | (partitions >= num_partitions)).any():
        raise errors.InvalidArgumentError(None, None, f"partitions are not all in [0, {num_partitions})")
    flat = (
        data.reshape(-1, *data.shape[partitions.ndim :])
        if data.size
        else data.reshape(partitions.size, *data.shape[partitions.ndim :])
    )
    return [flat[partitions.reshape(-1) == p] for p in range(num_partitions)]


@dynamic_partition.vjp
def _dynamic_partition_grad(inputs, outputs, grads, *, num_partitions):
    data, partitions = inputs
    order = jnp.argsort(jnp.reshape(partitions, -1), stable=True)
    rest = np.shape(data)[np.ndim(partitions) :]
    parts = [jnp.zeros(np.shape(o), o.dtype) if g is None else g for g, o in zip(grads, outputs[0], strict=True)]
    joined = jnp.concatenate([jnp.reshape(p, (-1, *rest)) for p in parts])
    return jnp.zeros_like(joined).at[order].set(joined).reshape(np.shape(data)), None


def _stitch_shape(inputs, attrs):
    n = attrs["N"]
    rest, most = None, -1
    for i, d in zip(inputs[:n], inputs[n:], strict=True):
        value = i.value()
        most = None if most is None or value is None else max(most, int(value.max()) if value.size else -1)
        if i.shape is not None and d.shape is not None:
            if not shapes.compatible(i.shape, d.shape[: len(i.shape)]):
                raise ValueError(f"data.shape must start with indices.shape: {shapes.show(d.shape)}, {shapes.show(i.shape)}")
            rest = shapes.merge(rest, d.shape[len(i.shape) :])
    return [None if rest is None else (None if most is None else most + 1, *rest)]


@movement("DynamicStitch", "N * int32, N * T -> merged:T", T=ANY, host=True, shape=_stitch_shape, differentiable=True,
          also=("ParallelDynamicStitch",))  # fmt: skip
def dynamic_stitch(indices, data):
    """merged[indices[m][i]] = data[m][i]; later pieces win; rows that no index names are zero."""
    size = max((int(i.max()) + 1 for i in indices if i.size), default=0)
    rest = data[0].shape[indices[0].ndim :]
    out = np.full((size, *rest), b"", object) if data[0].dtype == object else np.zeros((size, *rest), data[0].dtype)
    for i, d in zip(indices, data, strict=True):
        out[i.reshape(-1)] = d.reshape(i.size, *rest)
    return out


@dynamic_stitch.vjp
def _dynamic_stitch_grad(inputs, outputs, grads):
    indices, data = inputs
    return [None] * len(indices), [gather_along(grads[0], i) for i in indices]


REGISTRY["ParallelDynamicStitch"].vjp(_dynamic_stitch_grad)


# ---- search in sorted rows


def _bound(side):
    def kernel(sorted_inputs, values, *, out_type: "type" = int32):
        find = jax.vmap(lambda a, v: jnp.searchsorted(a, v, side=side))
        return find(sorted_inputs, values).astype(out_type.np)

    kernel.__doc__ = f"The {'first' if side == 'left' else 'last'} place in each sorted row where each of `values` could stand."
    kernel.__module__ = __name__
    return kernel


_BOUND = {"T": dtypes.REAL, "out_type": INDEX, "shape": lambda inputs, attrs: [inputs[1].shape], "differentiable": False}
lower_bound = op("LowerBound", "T, T -> out_type", **_BOUND)(_bound("left"))
upper_bound = op("UpperBound", "T, T -> out_type", **_BOUND)(_bound("right"))


@movement("UnravelIndex", "Tidx, Tidx -> Tidx", {"Tidx": int32}, Tidx=INDEX, differentiable=False)
def unravel_index(indices, dims):
    """Flat `indices` into a tensor of shape `dims` as coordinates, [rank, …]."""
    rest, out = indices, []
    for i in range(dims.shape[0] - 1, -1, -1):
        out.append(rest % dims[i])
        rest = rest // dims[i]
    return xp(indices, dims).stack(out[::-1])
