"""Reductions, `argmax`, cumulative sums, counting and segment functions; `tf.add_n`."""

import functools

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import builder
from mainstem.eager.context import executing_eagerly
from mainstem.eager.tensor import EagerTensor
from mainstem.graph.graph import Graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.graph.tensor import Tensor
from mainstem.ops import flow, reduce, segment
from mainstem.ops import math as math_ops
from mainstem.surface import array, masking, math
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope


def either(new_name, new, old_name, old):
    """The value of an argument that has a deprecated second name. Raises ValueError when both are given."""
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"Cannot specify both '{new_name}' and '{old_name}'")
    return old


def _axes(x, axis):
    """`axis`, or all axes of `x` when it is None."""
    if axis is not None:
        return axis
    rank = None
    if isinstance(x, SparseTensor):
        known = shapes.as_tuple(x.dense_shape.shape)
        rank = None if known is None else known[0]
    elif isinstance(x, Tensor):
        rank = x.shape.ndims
    elif not isinstance(builder.current(), Graph):  # a graph gets TensorFlow's nodes: the rank of a variable or list is an op
        x = convert_to_tensor(x)
        rank = x.shape.ndims
    if rank is not None:
        return constant_v1(np.arange(rank), dtype=dtypes.int32)
    return array.range(0, array.rank(x))


@functools.cache
def _all_axes(rank):
    return EagerTensor(np.arange(rank, dtype=np.int32), dtypes.int32)


def _reduction(op, doc):
    def function(input_tensor, axis=None, keepdims=False, name=None):
        if type(input_tensor) is EagerTensor and executing_eagerly():
            if axis is None:
                axis = _all_axes(len(input_tensor._shape))
            return op(input_tensor, axis, keep_dims=bool(keepdims))
        out = op(input_tensor, _axes(input_tensor, axis), keep_dims=bool(keepdims), name=name)
        if axis is None and not keepdims and hasattr(out, "set_shape"):
            out.set_shape(())
        return out

    def function_v1(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
        axis = either("axis", axis, "reduction_indices", reduction_indices)
        keepdims = either("keepdims", keepdims, "keep_dims", keep_dims)
        return function(input_tensor, axis, bool(keepdims), name)

    function.__doc__ = f"{doc} over `axis` (a number or a list; None: all); `keepdims` leaves size 1 in place."
    function_v1.__doc__ = function.__doc__
    return function, function_v1


reduce_sum, reduce_sum_v1 = _reduction(reduce.sum_, "The sum of elements")
reduce_mean, reduce_mean_v1 = _reduction(reduce.mean, "The mean of elements; of integers cut towards zero")
reduce_prod, reduce_prod_v1 = _reduction(reduce.prod, "The product of elements")
reduce_max, reduce_max_v1 = _reduction(reduce.max_, "The largest element")
reduce_min, reduce_min_v1 = _reduction(reduce.min_, "The smallest element")
reduce_all, reduce_all_v1 = _reduction(reduce.all_, "Whether all elements hold")
reduce_any, reduce_any_v1 = _reduction(reduce.any_, "Whether any element holds")
reduce_euclidean_norm, _ = _reduction(reduce.euclidean_norm, "The square root of the sum of squares")


def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """The variance (divided by the count) over `axis`. Raises TypeError for integers."""
    with name_scope(name or "reduce_variance"):
        x = convert_to_tensor(input_tensor)
        if x.dtype.is_integer:
            raise TypeError("Input must be either real or complex")
        deviations = math_ops.sub(x, reduce_mean(x, axis, True), name="sub")
        if x.dtype.is_complex:
            deviations = math.abs(deviations)
        return reduce_mean(math_ops.square(deviations), axis, keepdims)


def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """The standard deviation (divided by the count) over `axis`. Raises TypeError for integers."""
    with name_scope(name or "reduce_std"):
        return math_ops.sqrt(reduce_variance(input_tensor, axis, keepdims))


def reduce_logsumexp(input_tensor, axis=None, keepdims=False, name=None):
    """log(sum(exp(x))) over `axis`, without overflow."""
    with name_scope(name, "ReduceLogSumExp", [input_tensor]):
        x = convert_to_tensor(input_tensor)
        raw = reduce_max(x, axis, True)
        finite = masking.where_v1(math_ops.is_finite(raw), raw, array.zeros_like_v1(raw))
        top = flow.stop_gradient(finite)
        result = math_ops.log(reduce_sum(math_ops.exp(math_ops.sub(x, top)), axis, bool(keepdims)))
        if not keepdims:
            top = array.reshape(top, array.shape_v1(result))
        return math_ops.add_v1(result, top)


def reduce_logsumexp_v1(input_tensor, axis=None, keepdims=None, name=None, reduction_indices=None, keep_dims=None):
    """log(sum(exp(x))) over `axis`, without overflow."""
    axis = either("axis", axis, "reduction_indices", reduction_indices)
    return reduce_logsumexp(input_tensor, axis, bool(either("keepdims", keepdims, "keep_dims", keep_dims)), name)


def count_nonzero(input, axis=None, keepdims=None, dtype=dtypes.int64, name=None):
    """How many elements differ from 0 (from "" for strings) over `axis`, as `dtype`."""
    with name_scope(name, "count_nonzero", [input]):
        x = convert_to_tensor(input, name="input")
        zero = constant_v1("") if x.dtype.base_dtype is dtypes.string else array.zeros([], x.dtype.base_dtype)
        found = math.cast(math_ops.not_equal(x, zero), dtypes.int64)
        return math.cast(reduce_sum(found, axis, bool(keepdims)), dtype=dtype)


def count_nonzero_v1(
    input_tensor=None,
    axis=None,
    keepdims=None,
    dtype=dtypes.int64,
    name=None,
    reduction_indices=None,
    keep_dims=None,
    input=None,
):
    """How many elements differ from 0 (from "" for strings) over `axis`, as `dtype`."""
    x = either("input", input, "input_tensor", input_tensor)
    axis = either("axis", axis, "reduction_indices", reduction_indices)
    return count_nonzero(x, axis, either("keepdims", keepdims, "keep_dims", keep_dims), dtype, name)


def _arg(op, doc):
    def function(input, axis=None, output_type=dtypes.int64, name=None):
        return op(input, 0 if axis is None else axis, output_type=output_type, name=name)

    def function_v1(input, axis=None, name=None, dimension=None, output_type=dtypes.int64):
        return function(input, either("axis", axis, "dimension", dimension), output_type, name)

    def old(input, dimension, output_type=dtypes.int64, name=None):
        return op(input, dimension, output_type=output_type, name=name)

    function.__doc__ = function_v1.__doc__ = old.__doc__ = f"The first index of the {doc} element along `axis` (default 0)."
    return function, function_v1, old


argmax, argmax_v1, arg_max = _arg(reduce.arg_max, "largest")
argmin, argmin_v1, arg_min = _arg(reduce.arg_min, "smallest")


def _cumulative(op, scope, doc):
    def function(x, axis=0, exclusive=False, reverse=False, name=None):
        with name_scope(name, scope, [x]) as name:
            x = convert_to_tensor(x, name="x")
            return op(x, axis, exclusive=exclusive, reverse=reverse, name=name)

    function.__doc__ = f"{doc} along `axis`; `exclusive` leaves the element itself out, `reverse` goes from the end."
    return function


cumsum = _cumulative(reduce.cumsum, "Cumsum", "The running sum of `x`")
cumprod = _cumulative(reduce.cumprod, "Cumprod", "The running product of `x`")
cumulative_logsumexp = _cumulative(reduce.cumulative_logsumexp, "CumulativeLogsumexp", "The running log(sum(exp(x)))")


# ---- counting


def bincount_v1(arr, weights=None, minlength=None, maxlength=None, dtype=dtypes.int32):
    """How often each of 0 .. max(arr) stands in `arr`, or the sum of its `weights`.

    The result has at least `minlength` and at most `maxlength` entries.
    """
    with name_scope(None, "bincount"):
        arr = convert_to_tensor(arr, dtypes.int32, name="arr")
        nonempty = math_ops.greater(reduce_prod(array.shape_v1(arr)), 0)
        size = math_ops.mul(math.cast(nonempty, dtypes.int32), math_ops.add(reduce_max(arr), 1))
        if minlength is not None:
            size = math_ops.maximum(convert_to_tensor(minlength, dtypes.int32, name="minlength"), size)
        if maxlength is not None:
            size = math_ops.minimum(convert_to_tensor(maxlength, dtypes.int32, name="maxlength"), size)
        weights = convert_to_tensor(weights, name="weights") if weights is not None else constant_v1([], dtype)
        return reduce.bincount(arr, size, weights)


def bincount(arr, weights=None, minlength=None, maxlength=None, dtype=dtypes.int32, name=None, axis=None, binary_output=False):
    """As `bincount_v1`; `axis=-1` counts in each row, `binary_output` tells only what occurs."""
    with name_scope(name, "bincount"):
        arr = convert_to_tensor(arr, name="arr")
        if axis is None and not binary_output:
            return bincount_v1(math.cast(arr, dtypes.int32), weights, minlength, maxlength, dtype)
        if axis not in (None, 0, -1):
            raise ValueError(f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported.")
        arr = array.reshape(arr, [-1]) if axis in (None, 0) else arr
        size = math_ops.add(reduce_max(arr), 1)
        if minlength is not None:
            size = math_ops.maximum(convert_to_tensor(minlength, arr.dtype), size)
        if maxlength is not None:
            size = math_ops.minimum(convert_to_tensor(maxlength, arr.dtype), size)
        weights = convert_to_tensor(weights) if weights is not None else constant_v1([], dtype)
        return reduce.dense_bincount(arr, size, weights, binary_output=binary_output)


def histogram_fixed_width(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """Counts of `values` in `nbins` equal bins over `value_range`; what lies outside goes to the end bins."""
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]) as name:
        return reduce.histogram_fixed_width(values, value_range, nbins, dtype=dtype, name=name)


def histogram_fixed_width_bins(values, value_range, nbins=100, dtype=dtypes.int32, name=None):
    """The bin of each of `values`, of `nbins` equal ones over `value_range`; what lies outside goes to the end bins."""
    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = convert_to_tensor(values, name="values")
        shape = array.shape_v1(values)
        values = array.reshape(values, [-1])
        value_range = convert_to_tensor(value_range, name="value_range")
        nbins = convert_to_tensor(nbins, dtype=dtypes.int32, name="nbins")
        low, high = value_range[0], value_range[1]
        scaled = math.truediv(math_ops.sub(values, low), math_ops.sub(high, low), name="scaled_values")
        bins = math_ops.floor(math_ops.mul(math.cast(nbins, scaled.dtype), scaled))
        top = math.cast(math_ops.sub(nbins, 1), scaled.dtype)
        bins = math_ops.maximum(math_ops.minimum(bins, top), 0)
        return array.reshape(math.cast(bins, dtype), shape)


def add_n(inputs, name=None):
    """The sum of a list of tensors or IndexedSlices of one shape. Raises ValueError when `inputs` is no such list."""
    if not inputs or not isinstance(inputs, (list, tuple)):
        raise ValueError("inputs must be a list of at least one Tensor/IndexedSlices with the same dtype and shape")
    inputs = [_dense(x) for x in inputs]
    if len(inputs) == 1:
        return flow.identity(inputs[0], name=name) if name else inputs[0]
    return reduce.add_n(inputs, name=name)


def _dense(x):
    if isinstance(x, IndexedSlices):
        return segment.unsorted_segment_sum(x.values, x.indices, array_of_rows(x))
    return convert_to_tensor(x)


def array_of_rows(slices):
    """The number of rows of the tensor that IndexedSlices are part of. Raises ValueError when that is not known."""
    if slices.dense_shape is None:
        raise ValueError("Tensor conversion requested for IndexedSlices without dense_shape")
    return slices.dense_shape[0]


def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    """The sum of a list of tensors of one shape. Raises ValueError when they do not fit, or are not of `tensor_dtype`."""
    message = "inputs must be a list of at least one Tensor with the same dtype and shape"
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(message)
    inputs = [convert_to_tensor(x) for x in inputs]
    kind = inputs[0].dtype.base_dtype
    if any(x.dtype.base_dtype is not kind for x in inputs):
        raise ValueError(message)
    if tensor_dtype is not None and dtypes.as_dtype(tensor_dtype) is not kind:
        raise TypeError(f"tensor_dtype is {tensor_dtype}, but input is of type {kind}")
    known = shapes.as_tuple(shape)
    for x in inputs:
        known = shapes.merge(known, shapes.as_tuple(x.shape))
    if len(inputs) == 1:
        return inputs[0] if name is None else flow.identity(inputs[0], name=name)
    if not shapes.known(known):
        return reduce.add_n(inputs, name=name)
    return reduce.accumulate_n(inputs, shape=known, name=name)


# ---- segments


def _sorted_segments(op, doc):
    def function(data, segment_ids, name=None):
        return op(data, segment_ids, name=name)

    function.__doc__ = f"The {doc} of the rows of `data` that share a segment id; `segment_ids` ascend from 0."
    return function


def _unsorted_segments(op, doc):
    def function(data, segment_ids, num_segments, name=None):
        return op(data, segment_ids, num_segments, name=name)

    function.__doc__ = f"The {doc} of the parts of `data` that share an id, in `num_segments` rows; negative ids are dropped."
    return function


segment_sum = _sorted_segments(segment.segment_sum, "sum")
segment_mean = _sorted_segments(segment.segment_mean, "mean")
segment_prod = _sorted_segments(segment.segment_prod, "product")
segment_max = _sorted_segments(segment.segment_max, "maximum")
segment_min = _sorted_segments(segment.segment_min, "minimum")
unsorted_segment_sum = _unsorted_segments(segment.unsorted_segment_sum, "sum")
unsorted_segment_prod = _unsorted_segments(segment.unsorted_segment_prod, "product")
unsorted_segment_max = _unsorted_segments(segment.unsorted_segment_max, "maximum")
unsorted_segment_min = _unsorted_segments(segment.unsorted_segment_min, "minimum")


def _segment_sizes(data, segment_ids, num_segments):
    """The size of each segment, at least 1, with a trailing dimension of 1 for each that `data` has beyond the ids."""
    ids_shape = array.shape_internal(segment_ids, optimize=False)
    ones = array.ones(ids_shape, dtype=data.dtype.base_dtype)
    counts = segment.unsorted_segment_sum(ones, segment_ids, num_segments)
    extra = data.shape.ndims - segment_ids.shape.ndims
    counts = array.reshape(counts, array.concat([[num_segments], [1] * extra], 0) if extra else [num_segments])
    return math_ops.maximum(counts, 1)


def _divided(root, scope, doc):
    def function(data, segment_ids, num_segments, name=None):
        with name_scope(name, scope):
            data = convert_to_tensor(data)
            segment_ids = convert_to_tensor(segment_ids)
            sizes = _segment_sizes(data, segment_ids, num_segments)
            total = segment.unsorted_segment_sum(data, segment_ids, num_segments)
            return math.truediv(total, math_ops.sqrt(sizes) if root else sizes)

    function.__doc__ = f"The {doc} of the parts of `data` that share an id, in `num_segments` rows."
    return function


unsorted_segment_mean = _divided(False, "UnsortedSegmentMean", "mean")
unsorted_segment_sqrt_n = _divided(True, "UnsortedSegmentSqrtN", "sum divided by the square root of the size")


def _sparse_segments(plain, numbered, doc):
    def function(data, indices, segment_ids, num_segments=None, name=None, sparse_gradient=False):
        if num_segments is not None:
            return numbered(data, indices, segment_ids, num_segments, name=name)
        return plain(data, indices, segment_ids, name=name)

    def function_v1(data, indices, segment_ids, name=None, num_segments=None, sparse_gradient=False):
        return function(data, indices, segment_ids, num_segments, name)

    function.__doc__ = function_v1.__doc__ = f"The {doc} of the rows `indices` of `data` that share a segment id, which ascend."
    return function, function_v1


sparse_segment_sum, sparse_segment_sum_v1 = _sparse_segments(
    segment.sparse_segment_sum, segment.sparse_segment_sum_numbered, "sum"
)
sparse_segment_mean, sparse_segment_mean_v1 = _sparse_segments(
    segment.sparse_segment_mean, segment.sparse_segment_mean_numbered, "mean"
)
sparse_segment_sqrt_n, sparse_segment_sqrt_n_v1 = _sparse_segments(
    segment.sparse_segment_sqrt_n, segment.sparse_segment_sqrt_n_numbered, "sum, divided by the square root of the size,"
)
