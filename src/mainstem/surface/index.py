"""Picking and placing elements: `gather`, `scatter_nd`, `one_hot`, `unique`, `dynamic_partition`, `searchsorted`."""

import collections

from mainstem.base import dtypes
from mainstem.core import registry
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.ops import array as array_ops
from mainstem.ops import index, scatter
from mainstem.surface import array
from mainstem.surface.framework import convert_to_tensor, name_scope


def gather_v1(params, indices, validate_indices=None, name=None, axis=None, batch_dims=0):
    """Slices of `params` (a tensor or variable) along `axis` at `indices`, batched over the first `batch_dims` dimensions."""
    axis = batch_dims if axis is None else axis
    known = array.constant_value(axis)
    if (
        known is not None
        and int(known) == 0
        and batch_dims == 0
        and hasattr(params, "sparse_read")
        and hasattr(params, "handle")
    ):
        return params.sparse_read(indices, name=name)
    return index.gather_v2(params, indices, axis, batch_dims=batch_dims, name=name)


def gather(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    """Slices of `params` along `axis` at `indices`; see `gather_v1`."""
    return gather_v1(params, indices, validate_indices, name, axis, batch_dims)


def batch_gather(params, indices, name=None):
    """For every batch (all but the last dimension of `indices`), the entries of `params` at `indices`."""
    with name_scope(name, "BatchGather", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        if indices.shape.ndims is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        n = indices.shape.ndims - 1
        return index.gather_v2(params, indices, n, batch_dims=n)


def gather_nd_v1(params, indices, name=None, batch_dims=0):
    """Elements or slices of `params` at `indices` [.., k]; the first `batch_dims` dimensions of both go together."""
    known = array.constant_value(batch_dims)
    if known is not None and int(known) == 0:
        if hasattr(params, "gather_nd") and hasattr(params, "handle"):
            return params.gather_nd(indices, name=name)
        return index.gather_nd(params, indices, name=name)
    return batch_gather_nd(params, indices, int(known), name)


def gather_nd(params, indices, batch_dims=0, name=None, bad_indices_policy=""):
    """Elements or slices of `params` at `indices` [.., k]; see `gather_nd_v1`."""
    return gather_nd_v1(params, indices, name, batch_dims)


def batch_gather_nd(params, indices, batch_dims, name=None):
    """`gather_nd` in every batch: the batch's own coordinates are put before `indices`."""
    with name_scope(name, "BatchGatherND", [params, indices]):
        indices = convert_to_tensor(indices, name="indices")
        params = convert_to_tensor(params, name="params")
        rank = indices.shape.ndims
        if rank is None or params.shape.ndims is None or not 0 <= batch_dims < min(rank, params.shape.ndims):
            raise ValueError(
                f"batch_dims = {batch_dims} must be less than the ranks of params and indices, which must be known"
            )
        whole = array_ops.unpack(array.shape(indices), num=rank)
        kind = indices.dtype.base_dtype
        parts = []
        for b in range(batch_dims):
            place = [1] * rank
            place[b] = -1
            row = array_ops.reshape(array.range(whole[b], dtype=None), place)
            row = row if kind is dtypes.int32 else registry.lookup("Cast")(row, DstT=kind)
            parts.append(registry.lookup("BroadcastTo")(row, [*whole[:-1], 1]))
        return index.gather_nd(params, array.concat([*parts, indices], -1))


def scatter_nd_v1(indices, updates, shape, name=None):
    """Zeros of `shape` with `updates` added at `indices` [.., k]."""
    return scatter.scatter_nd(indices, updates, shape, name=name)


def scatter_nd(indices, updates, shape, bad_indices_policy="", name=None):
    """Zeros of `shape` with `updates` added at `indices` [.., k]."""
    return scatter.scatter_nd(indices, updates, shape, name=name)


def tensor_scatter_nd_update(tensor, indices, updates, name=None):
    """`tensor` with the slices at `indices` [.., k] replaced by `updates`."""
    return scatter.tensor_scatter_update(tensor, indices, updates, name=name)


def tensor_scatter_nd_add(tensor, indices, updates, bad_indices_policy="", name=None):
    """`tensor` with `updates` added to the slices at `indices` [.., k]."""
    return scatter.tensor_scatter_add(tensor, indices, updates, name=name)


def tensor_scatter_nd_add_v1(tensor, indices, updates, name=None):
    """`tensor` with `updates` added to the slices at `indices` [.., k]."""
    return scatter.tensor_scatter_add(tensor, indices, updates, name=name)


def tensor_scatter_nd_sub(tensor, indices, updates, bad_indices_policy="", name=None):
    """`tensor` with `updates` subtracted from the slices at `indices` [.., k]."""
    return scatter.tensor_scatter_sub(tensor, indices, updates, name=name)


def tensor_scatter_nd_sub_v1(tensor, indices, updates, name=None):
    """`tensor` with `updates` subtracted from the slices at `indices` [.., k]."""
    return scatter.tensor_scatter_sub(tensor, indices, updates, name=name)


def tensor_scatter_nd_max(tensor, indices, updates, bad_indices_policy="", name=None):
    """`tensor` with the slices at `indices` [.., k] raised to at least `updates`."""
    return scatter.tensor_scatter_max(tensor, indices, updates, name=name)


def tensor_scatter_nd_min(tensor, indices, updates, bad_indices_policy="", name=None):
    """`tensor` with the slices at `indices` [.., k] lowered to at most `updates`."""
    return scatter.tensor_scatter_min(tensor, indices, updates, name=name)


def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """A new dimension of `depth` at `axis` (default: the last): `on_value` at each index, `off_value` elsewhere.

    Raises TypeError when `dtype` and the values disagree.
    """
    with name_scope(name, "one_hot", [indices, depth, on_value, off_value]) as name:
        dtype = None if dtype is None else dtypes.as_dtype(dtype)
        on, off = (None if v is None else convert_to_tensor(v).dtype.base_dtype for v in (on_value, off_value))
        if dtype is not None:
            for found, what in ((on, "on_value"), (off, "off_value")):
                if found is not None and found is not dtype:
                    raise TypeError(f"dtype {found} of {what} does not match dtype parameter {dtype}")
        else:
            dtype = on or off or dtypes.float32
        if on_value is None:
            on_value = convert_to_tensor(1, dtype, name="on_value")
        if off_value is None:
            off_value = convert_to_tensor(0, dtype, name="off_value")
        if on is not None and off is not None and on is not off:
            raise TypeError(f"dtype {on} of on_value does not match dtype {off} of off_value")
        return index.one_hot(indices, depth, on_value, off_value, axis=-1 if axis is None else axis, T=dtype, name=name)


Unique = collections.namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = collections.namedtuple("UniqueWithCounts", ["y", "idx", "count"])
ListDiff = collections.namedtuple("ListDiff", ["out", "idx"])


def unique(x, out_idx=dtypes.int32, name=None):
    """The distinct elements of the vector `x` in order of first appearance, and where each element of `x` is among them."""
    return Unique(*index.unique(x, out_idx=out_idx, name=name))


def unique_with_counts(x, out_idx=dtypes.int32, name=None):
    """As `unique`, and how often each distinct element appears."""
    return UniqueWithCounts(*index.unique_with_counts(x, out_idx=out_idx, name=name))


def setdiff1d(x, y, index_dtype=dtypes.int32, name=None):
    """The elements of the vector `x` that are not in `y`, and their positions in `x`."""
    return ListDiff(*index.list_diff(x, y, out_idx=index_dtype, name=name))


def dynamic_partition(data, partitions, num_partitions, name=None):
    """A list of tensors: part p holds the slices of `data` whose entry of `partitions` is p, in order."""
    return index.dynamic_partition(data, partitions, num_partitions=num_partitions, name=name)


def dynamic_stitch(indices, data, name=None):
    """One tensor with data[m][i] at indices[m][i]; of equal indices the last piece wins."""
    return index.dynamic_stitch(indices, data, name=name)


def parallel_dynamic_stitch(indices, data, name=None):
    """As `dynamic_stitch`."""
    return registry.lookup("ParallelDynamicStitch")(indices, data, name=name)


def searchsorted(sorted_sequence, values, side="left", out_type=dtypes.int32, name=None):
    """Where `values` would stand in the sorted last dimension of `sorted_sequence`: before ("left") or after ("right") equals."""
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'.  Saw: {side}.")
    size = array.shape_internal(sorted_sequence)[-1]
    rows = array_ops.reshape(sorted_sequence, [-1, size])
    wanted = array_ops.reshape(values, [-1, array.shape_internal(values)[-1]])
    bound = index.upper_bound if side == "right" else index.lower_bound
    return array_ops.reshape(bound(rows, wanted, out_type=out_type, name=name), array.shape_internal(values))


def unravel_index(indices, dims, name=None):
    """Flat `indices` into a tensor of shape `dims` as coordinates, [rank, …]."""
    return index.unravel_index(indices, dims, name=name)


def convert_to_tensor_or_indexed_slices(value, dtype=None, name=None):
    """`value` as a tensor, or as it is when it is IndexedSlices. Raises ValueError when its dtype is not `dtype`."""
    if isinstance(value, IndexedSlices):
        if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtypes.as_dtype(dtype).name} for Tensor with dtype {value.dtype.name}: {value}"
            )
        return value
    return convert_to_tensor(value, dtype=dtype, name=name)


def invert_permutation(x, name=None):
    """The inverse of a permutation: y[x[i]] = i."""
    return array_ops.invert_permutation(x, name=name)


def reverse(tensor, axis, name=None):
    """`tensor` with the dimensions listed in `axis` reversed."""
    return array_ops.reverse_v2(tensor, axis, name=name)


def reverse_sequence_v1(input, seq_lengths, seq_axis=None, batch_axis=None, name=None, seq_dim=None, batch_dim=None):
    """`input` with the first seq_lengths[b] entries along `seq_axis` of each slice b along `batch_axis` reversed."""
    seq_axis = seq_dim if seq_axis is None else seq_axis
    batch_axis = batch_dim if batch_axis is None else batch_axis
    return array_ops.reverse_sequence(input, seq_lengths, seq_dim=seq_axis, batch_dim=batch_axis or 0, name=name)


def reverse_sequence(input, seq_lengths, seq_axis=None, batch_axis=None, name=None):
    """`input` with the first seq_lengths[b] entries along `seq_axis` of each slice b along `batch_axis` reversed."""
    return reverse_sequence_v1(input, seq_lengths, seq_axis, batch_axis, name)


def roll(input, shift, axis, name=None):
    """`input` with elements rolled by `shift` along `axis`; what falls off one end enters at the other."""
    return array_ops.roll(input, shift, axis, name=name)


def guarantee_const(input, name=None):
    """`input`; promises that it does not change."""
    return registry.lookup("GuaranteeConst")(input, name=name)


def identity_n(input, name=None):
    """A list of tensors with the same values as the list `input`."""
    return registry.lookup("IdentityN")(input, name=name)
