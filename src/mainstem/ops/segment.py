"""Segment reductions: rows of `data` combined by `segment_ids`.

The sorted form has as many rows as its last id says, so `segment_ids` must be known when compiling; the unsorted form takes a
number of rows, and drops ids outside it (TensorFlow's CPU kernel: error for those too large).
"""

import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors, shapes
from mainstem.core.registry import op
from mainstem.ops.twin import default_types

NUMERIC, REAL, INDEX = dtypes.NUMERIC, dtypes.REAL, dtypes.INDEX
WIDE = frozenset((dtypes.float32, dtypes.float64))


def _lowest(dtype):
    return jnp.finfo(dtype).min if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype).min


def _highest(dtype):
    return jnp.finfo(dtype).max if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype).max


def _index(ids, count):
    """`ids` with everything outside [0, count) moved to `count`, where scatters drop it."""
    return jnp.where((ids >= 0) & (ids < count), ids, np.asarray(count, ids.dtype))


def _rows(data, ids):
    """(`data` with the dimensions of `ids` flattened to one, flat ids)."""
    return data.reshape((ids.size, *data.shape[ids.ndim :])), ids.reshape(-1)


def _scatter(data, ids, count, how, start):
    data, ids = _rows(data, ids)
    into = jnp.full((count, *data.shape[1:]), start, data.dtype)
    return getattr(into.at[_index(ids, count)], how)(data, mode="drop")


def _sum(data, ids, count):
    return _scatter(data, ids, count, "add", 0)


def _sizes(data, ids, count):
    """The number of rows of each segment, at least 1, shaped to divide the sums."""
    n = _sum(jnp.ones(ids.shape, data.dtype), ids, count)
    return jnp.maximum(n, jnp.ones((), n.dtype)).reshape((count,) + (1,) * (data.ndim - ids.ndim))


def _mean(data, ids, count):
    return _sum(data, ids, count) / _sizes(data, ids, count)


def _root_mean(data, ids, count):
    return _sum(data, ids, count) / jnp.sqrt(_sizes(data, ids, count))


def _prod(data, ids, count):
    return _scatter(data, ids, count, "multiply", 1)


def _max(data, ids, count):
    return _scatter(data, ids, count, "max", _lowest(data.dtype))


def _min(data, ids, count):
    return _scatter(data, ids, count, "min", _highest(data.dtype))


def _emptied(fn):
    """Segments without rows give 0, as the sorted kernels do."""

    def reduce(data, ids, count):
        used = np.zeros(count, np.bool_)
        used[np.asarray(ids)] = True
        out = fn(data, ids, count)
        return jnp.where(used.reshape((count,) + (1,) * (out.ndim - 1)), out, jnp.zeros((), out.dtype))

    return reduce


# ---- gradients


def _spread_back(grad, ids, count):
    """Row `ids[i]` of `grad` for each i; zeros for ids that were dropped."""
    return jnp.asarray(grad).at[_index(ids, count)].get(mode="fill", fill_value=0)


def _extreme_rule(data, ids, count, output, grad):
    """Ties share the gradient evenly."""
    hit = (data == _spread_back(output, ids, count)).astype(data.dtype)
    shares = _sum(hit, ids, count)
    return hit * _spread_back(grad / jnp.maximum(shares, jnp.ones((), shares.dtype)), ids, count)


def _product_rule(data, ids, count, output, grad):
    """Also where factors are 0: one zero leaves the product of the others, two leave none."""
    one = jnp.ones((), data.dtype)
    zero = data == 0
    zeros = _spread_back(_sum(zero.astype(data.dtype), ids, count), ids, count)
    others = _spread_back(_prod(jnp.where(zero, one, data), ids, count), ids, count)
    alone = jnp.where(
        zero, jnp.where(zeros == 1, others, 0 * one), jnp.where(zeros == 0, others / jnp.where(zero, one, data), 0 * one)
    )
    return _spread_back(grad, ids, count) * alone


# ---- entries


def _sorted_count(segment_ids, rows, name):
    if segment_ids.size != rows:
        raise errors.InvalidArgumentError(None, None, f"{name}: {rows} rows of data, but {segment_ids.size} segment ids")
    if segment_ids.size and (np.any(np.diff(segment_ids) < 0) or segment_ids[0] < 0):
        raise errors.InvalidArgumentError(None, None, f"{name}: segment ids are not increasing: {segment_ids.tolist()[:10]}")
    return int(segment_ids[-1]) + 1 if segment_ids.size else 0


def _after(prefix, shape, lead):
    """Output shape: the rows in `prefix`, then what follows the `lead` id dimensions."""
    return None if shape is None or lead is None else prefix + shape[lead:]


def _sorted_shape(inputs, attrs):
    data, ids = inputs[0], inputs[-1]
    if ids.shape is not None and len(ids.shape) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(ids.shape)}")
    value = ids.value()
    count = None if value is None else int(value[-1]) + 1 if value.size else 0
    return [_after((count,), data.shape, 1)]


def _sorted(name, fn, types, rule=None):
    @op(name, "T, Tindices -> T", T=types, Tindices=INDEX, static=("segment_ids",), shape=_sorted_shape)
    def kernel(data, segment_ids):
        """Combines rows of `data` [n, ..] that share an id; `segment_ids` [n] ascend. Segments without rows give a constant."""
        return fn(data, segment_ids, _sorted_count(segment_ids, data.shape[0], name))

    if rule is not None:

        @kernel.vjp
        def gradient(inputs, outputs, grads):
            data, ids = inputs
            return rule(data, jnp.asarray(ids), outputs[0].shape[0], outputs[0], grads[0]), None

    return kernel


def _integer_mean(data, ids, count):
    total, n = _sum(data, ids, count), _sizes(data, ids, count)
    return total // n if np.issubdtype(data.dtype, np.integer) else total / n


segment_sum = _sorted("SegmentSum", _sum, NUMERIC)
segment_mean = _sorted("SegmentMean", _integer_mean, NUMERIC)
segment_prod = _sorted("SegmentProd", _prod, NUMERIC, _product_rule)
segment_max = _sorted("SegmentMax", _emptied(_max), REAL, _extreme_rule)
segment_min = _sorted("SegmentMin", _emptied(_min), REAL, _extreme_rule)


def _unsorted_shape(inputs, attrs):
    data, ids, number = inputs
    if data.shape is not None and ids.shape is not None:
        shapes.merge(data.shape[: len(ids.shape)], ids.shape)
    value = number.value()
    count = None if value is None else int(value)
    return [_after((count,), data.shape, None if ids.shape is None else len(ids.shape))]


def _unsorted(name, fn, types, rule=None):
    @op(name, "T, Tindices, Tnumsegments -> T", T=types, Tindices=INDEX, Tnumsegments=INDEX, static=("num_segments",),
        shape=_unsorted_shape)  # fmt: skip
    def kernel(data, segment_ids, num_segments):
        """Combines rows of `data` by `segment_ids`, a prefix of its shape, into `num_segments` rows; ids < 0 are dropped."""
        return fn(data, segment_ids, int(num_segments))

    default_types(kernel, {"Tnumsegments": dtypes.int32})
    if rule is not None:

        @kernel.vjp
        def gradient(inputs, outputs, grads):
            data, ids, count = inputs
            flat, flat_ids = _rows(data, ids)
            return rule(flat, flat_ids, int(count), outputs[0], grads[0]).reshape(data.shape), None, None

    return kernel


unsorted_segment_sum = _unsorted("UnsortedSegmentSum", _sum, NUMERIC)
unsorted_segment_prod = _unsorted("UnsortedSegmentProd", _prod, NUMERIC, _product_rule)
unsorted_segment_max = _unsorted("UnsortedSegmentMax", _max, REAL, _extreme_rule)
unsorted_segment_min = _unsorted("UnsortedSegmentMin", _min, REAL, _extreme_rule)


def _sparse(name, fn, types):
    @op(name, "T, Tidx, Tsegmentids -> T", T=types, Tidx=INDEX, Tsegmentids=INDEX, static=("segment_ids",), shape=_sorted_shape)
    def plain(data, indices, segment_ids):
        """Combines the rows `indices` of `data` by `segment_ids`, which ascend; both are [n]."""
        return fn(data[indices], segment_ids, _sorted_count(segment_ids, indices.size, name))

    @op(name + "WithNumSegments", "T, Tidx, Tsegmentids, Tnumsegments -> T", T=types, Tidx=INDEX, Tsegmentids=INDEX,
        Tnumsegments=INDEX, static=("num_segments",), shape=_numbered_shape)  # fmt: skip
    def numbered(data, indices, segment_ids, num_segments):
        """Combines the rows `indices` of `data` by `segment_ids`, which ascend, into `num_segments` rows."""
        return fn(data[indices], segment_ids, int(num_segments))

    default_types(plain, {"Tidx": dtypes.int32, "Tsegmentids": dtypes.int32})
    default_types(numbered, {"Tidx": dtypes.int32, "Tsegmentids": dtypes.int32, "Tnumsegments": dtypes.int32})
    return plain, numbered


def _numbered_shape(inputs, attrs):
    value = inputs[3].value()
    return [_after((None if value is None else int(value),), inputs[0].shape, 1)]


sparse_segment_sum, sparse_segment_sum_numbered = _sparse("SparseSegmentSum", _sum, REAL)
sparse_segment_mean, sparse_segment_mean_numbered = _sparse("SparseSegmentMean", _mean, WIDE)
sparse_segment_sqrt_n, sparse_segment_sqrt_n_numbered = _sparse("SparseSegmentSqrtN", _root_mean, WIDE)


def _sparse_grad(name, weight):
    @op(name, "T, Tidx, Tsegmentids, int32 -> T", T=WIDE, Tidx=INDEX, Tsegmentids=INDEX, static=("output_dim0",),
        shape=_numbered_shape)  # fmt: skip
    def kernel(grad, indices, segment_ids, output_dim0):
        """The gradient for the `output_dim0` rows of the data, given that of the segments and which rows went into which."""
        rows = (grad * weight(_sizes(grad, segment_ids, grad.shape[0])))[segment_ids]
        return jnp.zeros((int(output_dim0), *grad.shape[1:]), grad.dtype).at[indices].add(rows)

    default_types(kernel, {"Tidx": dtypes.int32, "Tsegmentids": dtypes.int32})
    return kernel


sparse_segment_mean_grad = _sparse_grad("SparseSegmentMeanGrad", jnp.reciprocal)
sparse_segment_sqrt_n_grad = _sparse_grad("SparseSegmentSqrtNGrad", lambda n: jnp.reciprocal(jnp.sqrt(n)))
