"""Moments and normalisation: `moments`, `batch_normalization`, `fused_batch_norm`, `local_response_normalization`."""

from mainstem.base import dtypes, shapes
from mainstem.ops import flow
from mainstem.ops import math as math_ops
from mainstem.ops import norm as ops
from mainstem.ops import reduce as reduce_ops
from mainstem.surface import array, math
from mainstem.surface.conv import one_of
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope

HALVES = (dtypes.float16, dtypes.bfloat16)
SMALLEST_EPSILON = 1.001e-5  # what cuDNN allows; TensorFlow raises smaller ones on every device


def _keep(keepdims, keep_dims):
    if keepdims is not None and keep_dims is not None:
        raise ValueError("Cannot specify both 'keepdims' and 'keep_dims'")
    return bool(keepdims if keepdims is not None else keep_dims)


def _axes(axes):
    return [int(a) for a in axes] if isinstance(axes, (tuple, set)) else axes


def moments_v1(x, axes, shift=None, name=None, keep_dims=None, keepdims=None):
    """Mean and biased variance of `x` over `axes`; `shift` is ignored. Halves are computed in float32."""
    keep = _keep(keepdims, keep_dims)
    with name_scope(name, "moments", [x, axes]):
        x = convert_to_tensor(x)
        y = math.cast(x, dtypes.float32) if x.dtype.base_dtype in HALVES else x
        axes = _axes(axes)
        mean = reduce_ops.mean(y, axes, keep_dims=True, name="mean")
        variance = reduce_ops.mean(
            math_ops.squared_difference(y, flow.stop_gradient(mean)), axes, keep_dims=True, name="variance"
        )
        if not keep:
            mean, variance = (_squeezed(v, axes) for v in (mean, variance))
        if y is not x:
            mean, variance = math.cast(mean, x.dtype), math.cast(variance, x.dtype)
        return mean, variance


def _squeezed(x, axes):
    known = axes if isinstance(axes, (list, int)) else array.constant_value(axes)
    if known is None:
        raise ValueError("moments: axes must be known when building.")
    known = [known] if isinstance(known, int) else [int(a) for a in (known.reshape(-1) if hasattr(known, "reshape") else known)]
    if not known:
        return flow.identity(x)
    return array.squeeze_v1(x, known)


def moments(x, axes, shift=None, keepdims=False, name=None):
    """Mean and biased variance of `x` over `axes`; `shift` is ignored."""
    return moments_v1(x, axes, shift, name, keepdims=keepdims)


def sufficient_statistics_v1(x, axes, shift=None, keep_dims=None, name=None, keepdims=None):
    """(count, sum, sum of squares, shift) of `x` over `axes`; sums are of `x - shift`. See `normalize_moments`."""
    keep, axes = _keep(keepdims, keep_dims), sorted(set(axes))
    with name_scope(name, "sufficient_statistics", [x, shift]):
        x = convert_to_tensor(x, name="x")
        shape = shapes.as_tuple(x.shape)
        if shape is not None and all(shape[a] is not None for a in axes):
            count = 1
            for a in axes:
                count *= shape[a]
            counts = constant_v1(count, dtype=x.dtype.base_dtype, name="count")
        else:
            whole = array.shape(x)
            sizes = math.cast(array.stack([whole[a] for a in axes]), x.dtype)
            counts = reduce_ops.prod(sizes, [0], name="count")
        if shift is not None:
            shift = convert_to_tensor(shift, name="shift")
            mean_ss = math_ops.sub(x, shift)
            squares = math_ops.squared_difference(x, shift)
        else:
            mean_ss, squares = x, math_ops.square(x)
        mean_ss = reduce_ops.sum_(mean_ss, axes, keep_dims=keep, name="mean_ss")
        return counts, mean_ss, reduce_ops.sum_(squares, axes, keep_dims=keep, name="var_ss"), shift


def sufficient_statistics(x, axes, shift=None, keepdims=False, name=None):
    """(count, sum, sum of squares, shift) of `x` over `axes`; see `sufficient_statistics_v1`."""
    return sufficient_statistics_v1(x, axes, shift, keepdims, name)


def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    """Mean and variance from sufficient statistics."""
    with name_scope(name, "normalize", [counts, mean_ss, variance_ss, shift]):
        divisor = math_ops.reciprocal(counts, name="divisor")
        if shift is not None:
            shifted = math_ops.mul(mean_ss, divisor, name="shifted_mean")
            mean = math_ops.add(shifted, shift, name="mean")
        else:
            shifted = mean = math_ops.mul(mean_ss, divisor, name="mean")
        variance = math_ops.sub(math_ops.mul(variance_ss, divisor), math_ops.square(shifted), name="variance")
        return mean, variance


def weighted_moments_v1(x, axes, frequency_weights, name=None, keep_dims=None, keepdims=None):
    """Mean and variance of `x` over `axes`, each entry counted `frequency_weights` times (broadcasts to `x`)."""
    keep = _keep(keepdims, keep_dims)
    with name_scope(name, "weighted_moments", [x, frequency_weights, axes]):
        x = convert_to_tensor(x, name="x")
        weights = convert_to_tensor(frequency_weights, name="frequency_weights")
        half = x.dtype.base_dtype in HALVES
        wide = math.cast(x, dtypes.float32) if half else x
        weights = math.cast(weights, wide.dtype) if weights.dtype.base_dtype is not wide.dtype.base_dtype else weights
        axes = _axes(axes)
        weighted = reduce_ops.sum_(weights * wide, axes, keep_dims=True, name="weighted_input_sum")
        spread = weights + array.zeros_like_v1(wide)
        total = reduce_ops.sum_(spread, axes, keep_dims=True, name="sum_of_weights")
        divisor = math_ops.reciprocal(total, name="inv_weight_sum")
        mean = math_ops.mul(weighted, divisor)
        squares = reduce_ops.sum_(
            weights * math_ops.squared_difference(wide, mean), axes, keep_dims=True, name="weighted_distsq"
        )
        variance = math_ops.mul(squares, divisor)
        if not keep:
            mean, variance = _squeezed(mean, axes), _squeezed(variance, axes)
        return (math.cast(mean, x.dtype), math.cast(variance, x.dtype)) if half else (mean, variance)


def weighted_moments(x, axes, frequency_weights, keepdims=False, name=None):
    """Mean and variance of `x` over `axes`, each entry counted `frequency_weights` times."""
    return weighted_moments_v1(x, axes, frequency_weights, name, keepdims=keepdims)


def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    """scale * (x - mean) / sqrt(variance + variance_epsilon) + offset; `scale` and `offset` may be None.

    All broadcast to `x` (arXiv:1502.03167).
    """
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        variance = convert_to_tensor(variance)
        inv = math_ops.rsqrt(variance + variance_epsilon)
        if scale is not None:
            inv = inv * scale
        x = convert_to_tensor(x)
        kind = x.dtype.base_dtype
        scaled = x * math.cast(inv, kind)
        if kind is dtypes.float16 and not scaled._is_eager:
            scaled.op.attrs["_rounded"] = True  # its difference to `mean * inv` is small: both must be rounded alike
        rest = -convert_to_tensor(mean) * inv if offset is None else convert_to_tensor(offset) - mean * inv
        return scaled + math.cast(rest, kind)


def fused_batch_norm(
    x, scale, offset, mean=None, variance=None, epsilon=0.001, data_format="NHWC", is_training=True, name=None
):
    """Batch norm of `x` [batch, height, width, channels] in one op (arXiv:1502.03167).

    Args:
        x: the input; [batch, channels, height, width] with `data_format` "NCHW".
        scale, offset: [channels].
        mean, variance: [channels]: the moments to use when not training; must be None when training.
        epsilon: added to the variance; raised to 1.001e-5 when smaller.
        data_format: "NHWC" or "NCHW".
        is_training: use the moments of the batch.
        name: of the node.

    Gives (y, mean, variance); the variance is the unbiased one. Raises ValueError when training with `mean` or `variance`.
    """
    x = convert_to_tensor(x, name="input")
    scale = convert_to_tensor(scale, name="scale")
    offset = convert_to_tensor(offset, name="offset")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None when is_training is True.")
    mean = constant_v1([], dtype=scale.dtype.base_dtype) if mean is None else mean
    variance = constant_v1([], dtype=scale.dtype.base_dtype) if variance is None else variance
    y, batch_mean, batch_variance = ops.fused_batch_norm_v3(
        x, scale, offset, mean, variance, epsilon=max(epsilon, SMALLEST_EPSILON), data_format=data_format,
        is_training=is_training, name=name,
    )[:3]  # fmt: skip
    return y, batch_mean, batch_variance


def batch_norm_with_global_normalization_v1(
    t=None, m=None, v=None, beta=None, gamma=None, variance_epsilon=None, scale_after_normalization=None, name=None, input=None,
    mean=None, variance=None,
):  # fmt: skip
    """`batch_normalization` of `t` with mean `m` and variance `v`; `gamma` scales when `scale_after_normalization`."""
    t, m, v = one_of(input, "input", t, "t"), one_of(mean, "mean", m, "m"), one_of(variance, "variance", v, "v")
    return batch_normalization(t, m, v, beta, gamma if scale_after_normalization else None, variance_epsilon, name)


def batch_norm_with_global_normalization(
    input, mean, variance, beta, gamma, variance_epsilon, scale_after_normalization, name=None
):
    """`batch_normalization` where `gamma` scales when `scale_after_normalization`."""
    scale = gamma if scale_after_normalization else None
    return batch_normalization(input, mean, variance, beta, scale, variance_epsilon, name)


def local_response_normalization(input, depth_radius=5, bias=1, alpha=1, beta=0.5, name=None):
    """input / (bias + alpha * sum of squares over 2 * depth_radius + 1 neighbouring channels) ** beta."""
    return ops.lrn(input, depth_radius=depth_radius, bias=float(bias), alpha=float(alpha), beta=float(beta), name=name)


lrn = local_response_normalization
