"""Normalisation ops: fused batch norm, local response normalisation, and their gradients.

Fused batch norm computes in float32 (`U`) whatever the dtype of `x`. It normalises with the biased variance of the batch and
gives out the unbiased one for the moving average.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes
from mainstem.core.families import same_shape
from mainstem.core.registry import op
from mainstem.ops import nn, window

HALF = frozenset({dtypes.float16, dtypes.bfloat16, dtypes.float32})
SINGLE = frozenset({dtypes.float32})


def _spread(v, like, axis):
    return lax.broadcast_in_dim(v, like.shape, (axis,))


def _moments(x, axis):
    """Mean and biased variance a channel; in two passes, since one pass loses the digits of a far mean."""
    count = jnp.asarray(x.size // max(x.shape[axis], 1), x.dtype)
    mean = nn.channel_sums(x, axis) / count
    return mean, nn.channel_sums(jnp.square(x - _spread(mean, x, axis)), axis) / count


def _batch_norm(x, scale, offset, mean, variance, epsilon, axis):
    factor = scale * lax.rsqrt(variance + jnp.asarray(epsilon, variance.dtype))
    wide = x.astype(scale.dtype)
    return ((wide - _spread(mean, wide, axis)) * _spread(factor, wide, axis) + _spread(offset, wide, axis)).astype(x.dtype)


def _forward(x, scale, offset, mean, variance, epsilon, data_format, is_training, average=1.0):
    """(y, mean out, variance out, reserved mean, reserved variance)."""
    axis = window.channel_axis(data_format)
    if not is_training:
        y = _batch_norm(x, scale, offset, mean, variance, epsilon, axis)
        return y, mean, variance, mean, variance
    if x.size == 0:
        nan = jnp.full(scale.shape, jnp.nan, scale.dtype)
        return x, nan, nan, jnp.zeros_like(scale), jnp.zeros_like(scale)
    batch_mean, batch_variance = _moments(x.astype(scale.dtype), axis)
    y = _batch_norm(x, scale, offset, batch_mean, batch_variance, epsilon, axis)
    count = x.size // x.shape[axis]
    unbiased = batch_variance * jnp.asarray(count / max(count - 1, 1), scale.dtype)
    new_mean, new_variance = batch_mean, unbiased
    if average != 1.0:
        old, new = jnp.asarray(1 - average, scale.dtype), jnp.asarray(average, scale.dtype)
        new_mean, new_variance = mean * old + batch_mean * new, variance * old + unbiased * new
    return y, new_mean, new_variance, batch_mean, batch_variance


def _backward(dy, x, scale, mean, variance, epsilon, data_format, is_training):
    """(gradient of x, of scale, of offset) with the mean and the biased variance that normalised `x`."""
    axis = window.channel_axis(data_format)
    wide, dwide = x.astype(scale.dtype), dy.astype(scale.dtype)
    rate = lax.rsqrt(variance + jnp.asarray(epsilon, variance.dtype))
    centred = wide - _spread(mean, wide, axis)
    doffset = nn.channel_sums(dwide, axis)
    dscale = nn.channel_sums(dwide * centred, axis) * rate
    if not is_training:
        return (dwide * _spread(scale * rate, wide, axis)).astype(x.dtype), dscale, doffset
    count = jnp.asarray(max(x.size // max(x.shape[axis], 1), 1), scale.dtype)
    slope = rate * dscale / count
    inner = dwide - _spread(doffset / count, wide, axis) - centred * _spread(slope, wide, axis)
    return (inner * _spread(scale * rate, wide, axis)).astype(x.dtype), dscale, doffset


def _norm_shape(inputs, attrs):
    data_format = attrs["data_format"]
    x = inputs[0].shape
    rank = len(data_format) if x is None or len(x) != 5 else 5
    x = window.check_rank(x, rank, "x")
    axis, channels = window.channel_axis(data_format) if rank == 4 else (1 if data_format[1] == "C" else 4), None
    channels = x[axis]
    for i in inputs[1:3]:
        if i.shape is not None and len(i.shape) != 1:
            raise ValueError(f"Shape must be rank 1 but is rank {len(i.shape)}")
        if i.shape and i.shape[0] is not None:
            if channels is not None and channels != i.shape[0]:
                raise ValueError(f"Dimensions must be equal, but are {channels} and {i.shape[0]}")
            channels = i.shape[0]
    vector = (channels,)
    return [(*x[:axis], channels, *x[axis + 1 :]), vector, vector, vector, vector]


def _norm_shape_v3(inputs, attrs):
    return [*_norm_shape(inputs, attrs), ()]


def _norm_grad_shape(inputs, attrs):
    x = inputs[1].shape
    channels = (None,) if x is None else (x[window.channel_axis(attrs["data_format"])],)
    channels = inputs[2].shape or channels
    return [x, channels, channels, (0,), (0,)]


_OUT = "y:T, batch_mean:{0}, batch_variance:{0}, reserve_space_1:{0}, reserve_space_2:{0}"
_GRAD_OUT = "x_backprop:T, scale_backprop:{0}, offset_backprop:{0}, reserve_space_{1}:{0}, reserve_space_{2}:{0}"


@op("FusedBatchNorm", "T, T, T, T, T -> " + _OUT.format("T"), T=SINGLE, shape=_norm_shape, nograd=("mean", "variance"))
def fused_batch_norm(
    x, scale, offset, mean, variance, *, epsilon=1e-4, exponential_avg_factor=1.0, data_format="NHWC", is_training=True
):
    """Batch norm of `x` [batch, h, w, channels] (arXiv:1502.03167): y and the moments for the moving averages."""
    return _forward(x, scale, offset, mean, variance, epsilon, data_format, is_training, exponential_avg_factor)


@op(
    "FusedBatchNormV2", "T, U, U, U, U -> " + _OUT.format("U"), T=HALF, U=SINGLE, shape=_norm_shape, nograd=("mean", "variance")
)
def fused_batch_norm_v2(
    x, scale, offset, mean, variance, *, epsilon=1e-4, exponential_avg_factor=1.0, data_format="NHWC", is_training=True
):
    """`FusedBatchNorm` with `x` of a narrower dtype than the moments."""
    return _forward(x, scale, offset, mean, variance, epsilon, data_format, is_training, exponential_avg_factor)


@op("FusedBatchNormV3", "T, U, U, U, U -> " + _OUT.format("U") + ", reserve_space_3:U", T=HALF, U=SINGLE,
    shape=_norm_shape_v3, nograd=("mean", "variance"))  # fmt: skip
def fused_batch_norm_v3(
    x, scale, offset, mean, variance, *, epsilon=1e-4, exponential_avg_factor=1.0, data_format="NHWC", is_training=True
):
    """`FusedBatchNormV2` with one more reserved output, of no content here."""
    out = _forward(x, scale, offset, mean, variance, epsilon, data_format, is_training, exponential_avg_factor)
    return (*out, jnp.zeros((), scale.dtype))


def _norm_vjp(inputs, outputs, grads, *, epsilon, exponential_avg_factor, data_format, is_training):
    # as in TensorFlow only y has a gradient: the moments are for moving averages
    x, scale = inputs[:2]
    if grads[0] is None:
        return (None,) * 5
    dx, dscale, doffset = _backward(grads[0], x, scale, outputs[3], outputs[4], epsilon, data_format, is_training)
    return dx, dscale, doffset, None, None


for _made in (fused_batch_norm, fused_batch_norm_v2, fused_batch_norm_v3):
    _made.vjp(_norm_vjp)


def _gradient(dy, x, scale, mean, variance, epsilon, data_format, is_training):
    nothing = jnp.zeros((0,), scale.dtype)
    return (*_backward(dy, x, scale, mean, variance, epsilon, data_format, is_training), nothing, nothing)


@op("FusedBatchNormGrad", "T, T, T, T, T -> " + _GRAD_OUT.format("T", 3, 4), T=SINGLE, shape=_norm_grad_shape)
def fused_batch_norm_grad(
    y_backprop, x, scale, reserve_space_1, reserve_space_2, *, epsilon=1e-4, data_format="NHWC", is_training=True
):
    """Gradient of `FusedBatchNorm`, from its reserved outputs."""
    return _gradient(y_backprop, x, scale, reserve_space_1, reserve_space_2, epsilon, data_format, is_training)


@op("FusedBatchNormGradV2", "T, T, float32, U, U -> " + _GRAD_OUT.format("U", 3, 4), T=HALF, U=SINGLE, shape=_norm_grad_shape)
def fused_batch_norm_grad_v2(
    y_backprop, x, scale, reserve_space_1, reserve_space_2, *, epsilon=1e-4, data_format="NHWC", is_training=True
):
    """Gradient of `FusedBatchNormV2`, from its reserved outputs."""
    return _gradient(y_backprop, x, scale, reserve_space_1, reserve_space_2, epsilon, data_format, is_training)


@op("FusedBatchNormGradV3", "T, T, float32, U, U, U -> " + _GRAD_OUT.format("U", 4, 5), T=HALF, U=SINGLE,
    shape=_norm_grad_shape)  # fmt: skip
def fused_batch_norm_grad_v3(
    y_backprop, x, scale, reserve_space_1, reserve_space_2, reserve_space_3, *, epsilon=1e-4, data_format="NHWC",
    is_training=True,
):  # fmt: skip
    """Gradient of `FusedBatchNormV3`, from its reserved outputs."""
    return _gradient(y_backprop, x, scale, reserve_space_1, reserve_space_2, epsilon, data_format, is_training)


def _window_sum(x, radius):
    return lax.reduce_window(  # a NumPy zero: with a traced one JAX does not see a sum, of which it knows the derivative
        x, np.zeros((), x.dtype), lax.add, (1, 1, 1, 2 * radius + 1), (1, 1, 1, 1), [(0, 0)] * 3 + [(radius, radius)]
    )


@op("LRN", "T -> T", T=HALF, shape=same_shape)
def lrn(input, *, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5, T: "type" = dtypes.float32):
    """input / (bias + alpha * sum of squares over 2 * depth_radius + 1 channels) ** beta; [batch, h, w, channels]."""
    norm = jnp.asarray(bias, input.dtype) + jnp.asarray(alpha, input.dtype) * _window_sum(jnp.square(input), depth_radius)
    return input * jnp.power(norm, jnp.asarray(-beta, input.dtype))


def _lrn_gradient(dy, x, y, depth_radius, bias, alpha, beta):
    norm = jnp.asarray(bias, x.dtype) + jnp.asarray(alpha, x.dtype) * _window_sum(jnp.square(x), depth_radius)
    mixed = _window_sum(dy * y / norm, depth_radius)
    return dy * jnp.power(norm, jnp.asarray(-beta, x.dtype)) - jnp.asarray(2 * alpha * beta, x.dtype) * x * mixed


@lrn.vjp
def _lrn_vjp(inputs, outputs, grads, *, depth_radius, bias, alpha, beta, T):
    return (_lrn_gradient(grads[0], inputs[0], outputs[0], depth_radius, bias, alpha, beta),)


@op("LRNGrad", "T, T, T -> T", T=HALF, shape=same_shape)
def lrn_grad(input_grads, input_image, output_image, *, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5,
             T: "type" = dtypes.float32):  # fmt: skip
    """Gradient of LRN."""
    return _lrn_gradient(input_grads, input_image, output_image, depth_radius, bias, alpha, beta)
