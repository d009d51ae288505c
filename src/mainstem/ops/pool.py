"""Pooling: maximum and average in two and three dimensions, with argmax, with gradients as ops of their own.

Measured, 128x28x28x32 on 2 CPU cores: the gradient of max-pool through `select_and_scatter` takes 40 ms, comparing each of the
window's positions with the maximum 0.7 ms. As in TensorFlow the gradient goes to the first maximum of a window.
"""

import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes
from mainstem.core.registry import op
from mainstem.ops import window

FLOATING, REAL = dtypes.FLOATING, dtypes.REAL


class Windows:
    """Where the pooling windows lie on an array of `shape`: sizes, strides and pads of every dimension, and the output shape."""

    __slots__ = ("output", "pads", "shape", "sizes", "strides")

    def __init__(self, shape, ksize, strides, padding, explicit=()):
        self.shape, self.sizes, self.strides = tuple(shape), tuple(map(int, ksize)), tuple(map(int, strides))
        self.pads = window.paddings(padding, shape, self.sizes, self.strides, explicit)
        self.output = tuple(
            window.output_size(*row)
            for row in zip(shape, self.sizes, self.strides, [padding] * len(shape), self.pads, strict=True)
        )

    def positions(self):
        """The offsets inside a window, in raster order."""
        return itertools.product(*(range(k) for k in self.sizes))

    def filled(self, x, fill):
        """`x` with pads of `fill`, as far as the windows reach."""
        spread = [
            (lo, (n - 1) * s + k - d - lo, 0)
            for (lo, _), n, s, k, d in zip(self.pads, self.output, self.strides, self.sizes, self.shape, strict=True)
        ]
        return lax.pad(x, fill, spread)

    def at(self, padded, offset):
        """For each window its entry at `offset`; `padded` comes from `filled`."""
        limits = [o + (n - 1) * s + 1 for o, n, s in zip(offset, self.output, self.strides, strict=True)]
        return lax.slice(padded, offset, limits, self.strides)

    def spread(self, parts):
        """The transpose of `at` over all positions: `parts`, one array an offset in raster order, added up in place."""
        if self.sizes == self.strides:
            return self._interleaved(parts)
        total = None
        for part, offset in zip(parts, self.positions(), strict=True):
            config = []
            for i, o in enumerate(offset):
                reach = o - self.pads[i][0]
                config.append((reach, self.shape[i] - reach - (self.output[i] - 1) * self.strides[i] - 1, self.strides[i] - 1))
            placed = lax.pad(part, jnp.zeros((), part.dtype), config)
            total = placed if total is None else total + placed
        return total

    def _interleaved(self, parts):
        # windows do not overlap: each dimension of parts becomes the inner half of one of the array's
        dims = [i for i, k in enumerate(self.sizes) if k > 1]
        x = parts[0] if len(parts) == 1 else jnp.stack(parts)
        x = x.reshape([self.sizes[i] for i in dims] + list(self.output))
        order, n = [], len(dims)
        for i in range(len(self.output)):
            order += [n + i] + ([dims.index(i)] if i in dims else [])
        x = x.transpose(order).reshape([n * k for n, k in zip(self.output, self.sizes, strict=True)])
        config = []
        for (lo, _), d, have in zip(self.pads, self.shape, x.shape, strict=True):
            config.append((-lo, d - (have - lo), 0))
        return x if x.shape == self.shape else lax.pad(x, jnp.zeros((), x.dtype), config)


def _lowest(dtype):
    """A NumPy value: with a traced one JAX does not see which reduction it is, and has no derivative of it."""
    return np.asarray(-np.inf if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype).min, dtype)


WIDE, MANY = 9, 64  # positions of a window


def _over_windows(x, w, start, combine):
    """What `combine` makes of each window, from `start` on.

    On a CPU XLA visits the positions of a window one by one for every result. One dimension after the other is less work, and slices,
    which take many channels together, are faster still where there are no pads. Measured on one core, ms at once, by dimensions, by
    slices: maxima of 3x3, stride 2, SAME, of [8, 112, 112, 64] 11.0, 5.0, 8.4; VALID, of [8, 71, 71, 192] 15.6, 6.0, 3.9; sums of
    3x3, stride 1, SAME, of [8, 35, 35, 288] 11.7, 3.1, 4.6; VALID 7.1, 2.7, 1.5; of 8x8 of [8, 8, 8, 2048] 0.98, 0.99, 0.25.
    """
    along = [i for i, d in enumerate(zip(w.sizes, w.strides, w.pads, strict=True)) if d != (1, 1, (0, 0))]
    if math.prod(w.sizes) < WIDE or len(along) < 2 or jax.default_backend() != "cpu":
        return lax.reduce_window(x, start, combine, w.sizes, w.strides, w.pads)
    if not any(map(any, w.pads)) and math.prod(w.sizes) <= MANY:
        # the barrier keeps those who use it from computing it again, and a reshape after it out of the loops
        return lax.optimization_barrier(functools.reduce(combine, [w.at(x, offset) for offset in w.positions()]))
    for i in reversed(along):
        sizes, strides, pads = [1] * x.ndim, [1] * x.ndim, [(0, 0)] * x.ndim
        sizes[i], strides[i], pads[i] = w.sizes[i], w.strides[i], w.pads[i]
        x = lax.reduce_window(x, start, combine, sizes, strides, pads)
    return x


def maximum(x, w):
    """The maximum of each window.

    Measured, 128x28x28x32, windows of 2x2: 1.4 ms by strided slices, which fuse with what is before them, 3.2 by `reduce_window`.
    The barrier keeps a reshape after it out of the loops, as in `maximum_gradient`: 128x14x14x64 in 0.9 instead of 2.1 ms.
    """
    if math.prod(w.sizes) == 1 or (w.sizes == w.strides and math.prod(w.sizes) <= 4):
        padded = w.filled(x, _lowest(x.dtype))
        return lax.optimization_barrier(functools.reduce(jnp.maximum, [w.at(padded, offset) for offset in w.positions()]))
    return _over_windows(x, w, _lowest(x.dtype), lax.max)


def _first_hits(x, y, w):
    """For each position of a window, in raster order: is this the first entry of `x` equal to the maximum `y`?"""
    padded, found, hits = w.filled(x, _lowest(x.dtype)), None, []
    for offset in w.positions():
        hit = w.at(padded, offset) == y
        hits.append(hit if found is None else hit & ~found)
        found = hit if found is None else found | hit
    return hits


def maximum_gradient(x, y, dy, w):
    """The gradient of `maximum`: all of `dy` goes to the first maximum of its window.

    The barrier keeps a reshape before it out of the loops, which then are vectorized: 128x14x14x64 in 1.3 instead of 2.7 ms of CPU.
    """
    zero, dy = jnp.zeros((), dy.dtype), lax.optimization_barrier(dy)
    return w.spread([jnp.where(hit, dy, zero) for hit in _first_hits(x, y, w)])


def maximum_second_gradient(x, y, d, w):
    """The entries of `d` (shaped as `x`) at the first maximum of each window."""
    padded, zero = w.filled(d, jnp.zeros((), d.dtype)), jnp.zeros((), d.dtype)
    total = jnp.zeros(y.shape, d.dtype)
    for hit, offset in zip(_first_hits(x, y, w), w.positions(), strict=True):
        total = total + jnp.where(hit, w.at(padded, offset), zero)
    return total


def _counts(w, dtype):
    """How many entries of the array each window covers: padding does not count."""
    per = []
    for d, k, s, (lo, _), n in zip(w.shape, w.sizes, w.strides, w.pads, w.output, strict=True):
        start = np.arange(n) * s - lo
        per.append(np.minimum(start + k, d) - np.maximum(start, 0))
    total = functools.reduce(np.multiply.outer, per)
    if (total == total.flat[0]).all():
        return jnp.asarray(total.flat[0], dtype)
    keep = [0 if len(set(p.tolist())) == 1 else slice(None) for p in per]
    return jnp.asarray(total[tuple(slice(0, 1) if k == 0 else k for k in keep)], dtype)


def average(x, w):
    """The mean of each window, over the entries that it covers."""
    zero = np.zeros((), x.dtype)  # with a traced zero JAX does not see a sum, of which it knows the derivative
    return _over_windows(x, w, zero, lax.add) / _counts(w, x.dtype)


def average_gradient(dy, w):
    """The gradient of `average`."""
    share = dy / _counts(w, dy.dtype)
    if w.sizes == w.strides:
        return w.spread([share] * math.prod(w.sizes))
    zero = jnp.zeros(w.shape, dy.dtype)
    total = functools.partial(
        lax.reduce_window,
        init_value=0.0,
        computation=lax.add,
        window_dimensions=w.sizes,
        window_strides=w.strides,
        padding=w.pads,
    )
    return jax.linear_transpose(total, zero)(share)[0]


def _pooled(shape, ksize, attrs):
    rank = len(attrs["data_format"]) if "data_format" in attrs else 4
    shape = window.check_rank(shape, rank, "input")
    if ksize is None:
        return [shape[0]] + [None] * (rank - 1)
    ksize, strides = ksize
    if len(ksize) != rank or len(strides) != rank:
        raise ValueError(f"ksize and strides must have {rank} entries. Got {list(ksize)} and {list(strides)}")
    explicit = attrs.get("explicit_paddings") or (0,) * (2 * rank)
    return [
        window.output_size(d, k, s, attrs["padding"], explicit[2 * i : 2 * i + 2])
        for i, (d, k, s) in enumerate(zip(shape, ksize, strides, strict=True))
    ]


def pooled_shape(inputs, attrs):
    """Shape rule of pooling of input 0 with attrs `ksize`, `strides`, `padding`."""
    return [tuple(_pooled(inputs[0].shape, (attrs["ksize"], attrs["strides"]), attrs))]


def _pooled_shape_v2(inputs, attrs):
    ksize, strides = inputs[1].value(), inputs[2].value()
    known = None if ksize is None or strides is None else (ksize.reshape(-1).tolist(), strides.reshape(-1).tolist())
    return [tuple(_pooled(inputs[0].shape, known, attrs))]


def _like_first(inputs, attrs):
    return [inputs[0].shape]


def _from_sizes(inputs, attrs):
    shape = inputs[0].shape_value()
    return [(None,) * len(attrs["ksize"]) if shape is None else shape]


def _check_format(data_format):
    window.spatial_axes(data_format)  # raises for the packed format


@op("MaxPool", "T -> T", T=REAL, shape=pooled_shape)
def max_pool(
    input, *, ksize: "list(int)", strides: "list(int)", padding: "string", explicit_paddings: "list(int)" = (),
    data_format="NHWC", T: "type" = dtypes.float32,
):  # fmt: skip
    """The maximum of each window of `input` [batch, height, width, channels]."""
    _check_format(data_format)
    return maximum(input, Windows(input.shape, ksize, strides, padding, explicit_paddings))


@max_pool.vjp
def _max_pool_vjp(inputs, outputs, grads, *, ksize, strides, padding, explicit_paddings, data_format, T):
    x = inputs[0]
    return (maximum_gradient(x, outputs[0], grads[0], Windows(x.shape, ksize, strides, padding, explicit_paddings)),)


@op("MaxPoolV2", "T, int32, int32 -> T", T=REAL, static=("ksize", "strides"), shape=_pooled_shape_v2)
def max_pool_v2(input, ksize, strides, *, padding: "string", data_format="NHWC", T: "type" = dtypes.float32):
    """`MaxPool` with `ksize` and `strides` as tensors."""
    _check_format(data_format)
    return maximum(input, Windows(input.shape, ksize, strides, padding))


@max_pool_v2.vjp
def _max_pool_v2_vjp(inputs, outputs, grads, *, padding, data_format, T):
    x, ksize, strides = inputs
    return maximum_gradient(x, outputs[0], grads[0], Windows(x.shape, ksize, strides, padding)), None, None


@op("MaxPoolGrad", "T, T, T -> T", T=REAL, shape=_like_first)
def max_pool_grad(
    orig_input, orig_output, grad, *, ksize: "list(int)", strides: "list(int)", padding: "string",
    explicit_paddings: "list(int)" = (), data_format="NHWC", T: "type" = dtypes.float32,
):  # fmt: skip
    """Gradient of MaxPool."""
    return maximum_gradient(
        orig_input, orig_output, grad, Windows(orig_input.shape, ksize, strides, padding, explicit_paddings)
    )


@max_pool_grad.vjp
def _max_pool_grad_vjp(inputs, outputs, grads, *, ksize, strides, padding, explicit_paddings, data_format, T):
    x, y, _ = inputs
    w = Windows(x.shape, ksize, strides, padding, explicit_paddings)
    return jnp.zeros_like(x), jnp.zeros_like(y), maximum_second_gradient(x, y, grads[0], w)


@op("MaxPoolGradV2", "T, T, T, int32, int32 -> T", T=REAL, static=("ksize", "strides"), shape=_like_first)
def max_pool_grad_v2(
    orig_input, orig_output, grad, ksize, strides, *, padding: "string", data_format="NHWC", T: "type" = dtypes.float32
):
    """Gradient of MaxPoolV2."""
    return maximum_gradient(orig_input, orig_output, grad, Windows(orig_input.shape, ksize, strides, padding))


@max_pool_grad_v2.vjp
def _max_pool_grad_v2_vjp(inputs, outputs, grads, *, padding, data_format, T):
    x, y, _, ksize, strides = inputs
    w = Windows(x.shape, ksize, strides, padding)
    return jnp.zeros_like(x), jnp.zeros_like(y), maximum_second_gradient(x, y, grads[0], w), None, None


@op("MaxPoolGradGrad", "T, T, T -> T", T=REAL, shape=lambda inputs, attrs: [inputs[1].shape])
def max_pool_grad_grad(
    orig_input, orig_output, grad, *, ksize: "list(int)", strides: "list(int)", padding: "string", data_format="NHWC"
):
    """Gradient of MaxPoolGrad for `grad`."""
    return maximum_second_gradient(orig_input, orig_output, grad, Windows(orig_input.shape, ksize, strides, padding))


@op("MaxPoolGradGradV2", "T, T, T, int32, int32 -> T", T=REAL, static=("ksize", "strides"),
    shape=lambda inputs, attrs: [inputs[1].shape])  # fmt: skip
def max_pool_grad_grad_v2(orig_input, orig_output, grad, ksize, strides, *, padding: "string", data_format="NHWC"):
    """Gradient of MaxPoolGradV2 for `grad`."""
    return maximum_second_gradient(orig_input, orig_output, grad, Windows(orig_input.shape, ksize, strides, padding))


@op("MaxPool3D", "T -> T", T=FLOATING, shape=pooled_shape)
def max_pool3d(input, *, ksize: "list(int)", strides: "list(int)", padding: "string", data_format="NDHWC"):
    """The maximum of each window of `input` [batch, depth, height, width, channels]."""
    return maximum(input, Windows(input.shape, ksize, strides, padding))


@max_pool3d.vjp
def _max_pool3d_vjp(inputs, outputs, grads, *, ksize, strides, padding, data_format):
    x = inputs[0]
    return (maximum_gradient(x, outputs[0], grads[0], Windows(x.shape, ksize, strides, padding)),)


@op("MaxPool3DGrad", "TInput, TInput, T -> T", T=FLOATING, TInput=FLOATING, shape=_like_first)
def max_pool3d_grad(
    orig_input, orig_output, grad, *, ksize: "list(int)", strides: "list(int)", padding: "string", data_format="NDHWC",
    T: "type" = dtypes.float32, TInput: "type" = dtypes.float32,
):  # fmt: skip
    """Gradient of MaxPool3D."""
    return maximum_gradient(orig_input, orig_output, grad, Windows(orig_input.shape, ksize, strides, padding))


@op("MaxPool3DGradGrad", "T, T, T -> T", T=REAL, shape=lambda inputs, attrs: [inputs[1].shape])
def max_pool3d_grad_grad(
    orig_input, orig_output, grad, *, ksize: "list(int)", strides: "list(int)", padding: "string", data_format="NDHWC"
):
    """Gradient of MaxPool3DGrad for `grad`."""
    return maximum_second_gradient(orig_input, orig_output, grad, Windows(orig_input.shape, ksize, strides, padding))


@op("AvgPool", "T -> T", T=FLOATING, shape=pooled_shape)
def avg_pool(value, *, ksize: "list(int)", strides: "list(int)", padding: "string", data_format="NHWC"):
    """The mean of each window of `value` [batch, height, width, channels]; padding does not count."""
    _check_format(data_format)
    return average(value, Windows(value.shape, ksize, strides, padding))


@op("AvgPool3D", "T -> T", T=FLOATING, shape=pooled_shape)
def avg_pool3d(input, *, ksize: "list(int)", strides: "list(int)", padding: "string", data_format="NDHWC"):
    """The mean of each window of `input` [batch, depth, height, width, channels]; padding does not count."""
    return average(input, Windows(input.shape, ksize, strides, padding))


def _average_vjp(inputs, outputs, grads, *, ksize, strides, padding, data_format):
    return (average_gradient(grads[0], Windows(inputs[0].shape, ksize, strides, padding)),)


avg_pool.vjp(_average_vjp)
avg_pool3d.vjp(_average_vjp)


@op("AvgPoolGrad", "int32, T -> T", T=FLOATING, static=("orig_input_shape",), shape=_from_sizes)
def avg_pool_grad(orig_input_shape, grad, *, ksize: "list(int)", strides: "list(int)", padding: "string", data_format="NHWC"):
    """Gradient of AvgPool."""
    return average_gradient(grad, Windows([int(d) for d in orig_input_shape], ksize, strides, padding))


@op("AvgPool3DGrad", "int32, T -> T", T=FLOATING, static=("orig_input_shape",), shape=_from_sizes)
def avg_pool3d_grad(
    orig_input_shape, grad, *, ksize: "list(int)", strides: "list(int)", padding: "string", data_format="NDHWC"
):
    """Gradient of AvgPool3D."""
    return average_gradient(grad, Windows([int(d) for d in orig_input_shape], ksize, strides, padding))


def _flat_index(w, include_batch, dtype):
    """For each entry of the padded array its flat index in the array: ((batch *) height + row) * ..., -1 in the padding."""
    index = np.arange(math.prod(w.shape)).reshape(w.shape)
    if not include_batch:
        index = index % math.prod(w.shape[1:])
    return jnp.asarray(index, dtype.np)


def _argmax_shape(inputs, attrs):
    return pooled_shape(inputs, attrs) * 2


@op("MaxPoolWithArgmax", "T -> output:T, argmax:Targmax", T=REAL, Targmax=dtypes.INDEX, shape=_argmax_shape)
def max_pool_with_argmax(
    input, *, ksize: "list(int)", strides: "list(int)", Targmax: "type" = dtypes.int64, padding: "string",
    include_batch_in_index=False,
):  # fmt: skip
    """`MaxPool` and the flat index of each maximum: `(y * width + x) * channels + c`, plus the batch if asked."""
    w = Windows(input.shape, ksize, strides, padding)
    y = maximum(input, w)
    return y, maximum_second_gradient(input, y, _flat_index(w, include_batch_in_index, Targmax), w)


@max_pool_with_argmax.vjp
def _max_pool_with_argmax_vjp(inputs, outputs, grads, *, ksize, strides, Targmax, padding, include_batch_in_index):
    x = inputs[0]
    if grads[0] is None:
        return (None,)
    return (maximum_gradient(x, outputs[0], grads[0], Windows(x.shape, ksize, strides, padding)),)


def _batched(argmax, shape, include_batch):
    flat = argmax.reshape(argmax.shape[0], -1).astype(jnp.int64)
    if include_batch:
        flat = flat % jnp.asarray(math.prod(shape[1:]), jnp.int64)
    return flat


@op("MaxPoolGradWithArgmax", "T, T, Targmax -> T", T=REAL, Targmax=dtypes.INDEX, shape=_like_first)
def max_pool_grad_with_argmax(
    input, grad, argmax, *, ksize: "list(int)", strides: "list(int)", padding: "string", include_batch_in_index=False
):
    """Gradient of MaxPoolWithArgmax: `grad` added up at `argmax`."""
    index = _batched(argmax, input.shape, include_batch_in_index)
    rows = jnp.arange(input.shape[0])[:, None]
    total = jnp.zeros((input.shape[0], math.prod(input.shape[1:])), grad.dtype)
    return total.at[rows, index].add(grad.reshape(index.shape)).reshape(input.shape)
