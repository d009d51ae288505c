"""Convolution in two and three dimensions, depthwise too, with the gradients as ops of their own.

One formulation serves all: `lax.conv_general_dilated` with dimension numbers, so NCHW needs no transposes. Filters are
[spatial.., in / groups, out]; the number of groups follows from the channels.
"""

import math

import jax
import jax.numpy as jnp
from jax import lax

from mainstem.base import dtypes
from mainstem.core.registry import op
from mainstem.ops import nn, window

TYPES = dtypes.FLOATING | {dtypes.int32}
LARGE_IMAGE = 1 << 16  # entries of one image, about the second-level cache
_FILTER = {2: "HWIO", 3: "DHWIO"}


class Geometry:
    """How one convolution slides: strides, pads and dilations of the spatial dimensions, and the layouts.

    `x_shape` and `w_shape` are complete shapes.
    """

    __slots__ = ("dilations", "format", "groups", "pads", "rank", "spatial", "strides", "w_shape", "x_shape")

    def __init__(self, x_shape, w_shape, strides, padding, data_format, dilations=(), explicit=()):
        axes = window.spatial_axes(data_format)
        self.x_shape, self.w_shape, self.format, self.rank = tuple(x_shape), tuple(w_shape), data_format, len(axes)
        self.strides = tuple(strides[a] for a in axes)
        self.dilations = tuple(dilations[a] for a in axes) if dilations else (1,) * self.rank
        self.spatial = tuple(x_shape[a] for a in axes)
        flat = [explicit[2 * a + i] for a in axes for i in (0, 1)] if explicit else ()
        self.pads = window.paddings(padding, self.spatial, self.windows(), self.strides, flat)
        channels = x_shape[window.channel_axis(data_format)]
        self.groups = channels // w_shape[-2]
        if self.groups * w_shape[-2] != channels or w_shape[-1] % self.groups:
            raise ValueError(
                f"input depth {channels} must be a multiple of filter input depth {w_shape[-2]}, and the number of filters"
                f" {w_shape[-1]} a multiple of their quotient"
            )

    def windows(self):
        """The extent of the filter with its holes, a dimension."""
        return [(k - 1) * d + 1 for k, d in zip(self.w_shape, self.dilations, strict=False)]

    def has_one_position(self):
        """Whether each output comes of one pixel: nothing is padded either."""
        return set(self.w_shape[:-2]) == {1} and not any(map(any, self.pads))

    def layouts(self, filter_layout):
        """dimension_numbers in letters, the filter's given."""
        return self.format, filter_layout, self.format


def _with_room(x, pads, g):
    """`x` and the pads left to do: where a filter is larger than the image, the padded image.

    Measured on 2 CPU cores: [64, 4, 4, 32] with 64 5x5 filters takes 29 ms, padded first 2, since XLA's fast convolution
    refuses such filters; the barrier keeps it from moving the pads back into the convolution.
    """
    axes = window.spatial_axes(g.format)
    if g.groups > 1 or 0 in x.shape or all(x.shape[a] >= extent for a, extent in zip(axes, g.windows(), strict=True)):
        return x, pads
    config = [(0, 0, 0)] * x.ndim
    for a, (before, after) in zip(axes, pads, strict=True):
        config[a] = (before, after, 0)
    return lax.optimization_barrier(lax.pad(x, jnp.zeros((), x.dtype), config)), [(0, 0)] * g.rank


def forward(x, w, g):
    """The convolution of `x` with filter `w`."""
    x, pads = _with_room(x, g.pads, g)
    return lax.conv_general_dilated(
        x, w, g.strides, pads, rhs_dilation=g.dilations, dimension_numbers=g.layouts(_FILTER[g.rank]), feature_group_count=g.groups
    )  # fmt: skip


def input_gradient(w, dy, g):
    """The gradient of the input: `dy` spread by the strides, convolved with the mirrored filter."""
    if g.groups > 1:
        zero = jnp.zeros(g.x_shape, dy.dtype)
        return jax.linear_transpose(lambda x: forward(x, w, g), zero)(dy)[0]
    axes = window.spatial_axes(g.format)
    if g.has_one_position() and set(g.strides) != {1}:
        return _spread_after(w, dy, g, axes)
    pads = []
    for i, a in enumerate(axes):
        before = g.windows()[i] - 1 - g.pads[i][0]
        spread = (dy.shape[a] - 1) * g.strides[i] + 1
        pads.append((before, g.spatial[i] + g.windows()[i] - 1 - spread - before))
    letters = _FILTER[g.rank]
    if set(g.strides) == {1}:
        dy, pads = _with_room(dy, pads, g)
    return lax.conv_general_dilated(
        dy, lax.rev(w, tuple(range(g.rank))), (1,) * g.rank, pads, lhs_dilation=g.strides, rhs_dilation=g.dilations,
        dimension_numbers=g.layouts(letters[:-2] + "OI"),
    )  # fmt: skip


def _spread_after(w, dy, g, axes):
    """The gradient of the input for a filter of one position with strides: most of it is zeros, put in last.

    Measured, [32, 56, 56, 256] with 512 filters, stride 2: 61 ms of CPU, as a convolution of the spread `dy` 112.
    """
    letters = _FILTER[g.rank]
    dx = lax.conv_general_dilated(dy, w, (1,) * g.rank, [(0, 0)] * g.rank, dimension_numbers=g.layouts(letters[:-2] + "OI"))
    config = [(0, 0, 0)] * dy.ndim
    for i, a in enumerate(axes):
        config[a] = (0, g.spatial[i] - (dy.shape[a] - 1) * g.strides[i] - 1, g.strides[i] - 1)
    return lax.pad(dx, jnp.zeros((), dx.dtype), config)


def filter_gradient(x, dy, g):
    """The gradient of the filter: `x` convolved with `dy`, batch and channels swapped.

    Measured, ResNet-20 on 2 CPU cores: without the barrier XLA recomputes the elementwise chain before `x` inside the
    transposes that this needs (a ResNet-20 step without and with it: 520 and 443 ms of CPU); a barrier on `dy` too gains nothing; an explicit patch
    matrix times `dy` takes 1.7 times as long.
    """
    if g.groups > 1:
        zero = jnp.zeros(g.w_shape, dy.dtype)
        return jax.linear_transpose(lambda w: forward(x, w, g), zero)(dy)[0]
    x = lax.optimization_barrier(x)
    axes = window.spatial_axes(g.format)
    pads = []
    for i, a in enumerate(axes):
        spread = (dy.shape[a] - 1) * g.strides[i] + 1
        before = g.pads[i][0]
        pads.append((before, g.windows()[i] - 1 + spread - g.spatial[i] - before))
    if g.format[-1] == "C" and g.has_one_position() and set(g.strides) == {1}:
        return _product(x, dy, g)
    if (
        g.format == "NHWC"
        and g.w_shape[2] == 1
        and set(g.dilations) == {1}
        and dy.size // g.w_shape[3] * math.prod(g.w_shape[:2]) <= PATCHES
    ):
        return _from_patches(x, dy, g, pads)
    images, rows = _block(dy, axes)
    if (images, rows) != (dy.shape[0], dy.shape[axes[0]]):
        return _in_blocks(x, dy, g, axes, pads, images, rows)
    swapped = g.format.translate({ord("N"): "C", ord("C"): "N"})
    kernel = g.format.translate({ord("N"): "I", ord("C"): "O"})
    letters = _FILTER[g.rank].translate({ord("I"): "N", ord("O"): "C"})
    return lax.conv_general_dilated(
        x, dy, g.dilations, pads, rhs_dilation=g.strides, dimension_numbers=(swapped, kernel, letters)
    )  # fmt: skip


def _product(x, dy, g):
    """The gradient of a filter of one position: a matrix product.

    Measured, [32, 56, 56, 64] with 256 filters: 47 ms of CPU, as a convolution in blocks 155.
    """
    over = tuple(range(g.rank + 1))
    return lax.dot_general(x, dy, ((over, over), ((), ()))).reshape(g.w_shape)


PATCHES = 1 << 23  # entries, 32 MiB


def _from_patches(x, dy, g, pads):
    """The gradient of the filters of an image with one channel: the image as each filter position sees it, times `dy`.

    Measured, [128, 28, 28, 1] with 32 5x5 filters: 4.0 ms of CPU (5.0 when each position is cut from the image itself, not from the
    columns, in short pieces), as convolutions in blocks 8.7.
    """
    padded = lax.pad(x[..., 0], jnp.zeros((), x.dtype), [(0, 0, 0), *((*p, 0) for p in pads)])
    (height, width), channels, (down, across) = dy.shape[1:3], dy.shape[3], g.strides
    columns = [lax.slice_in_dim(padded, j, j + (width - 1) * across + 1, across, 2) for j in range(g.w_shape[1])]
    columns = lax.optimization_barrier(jnp.stack(columns))
    seen = [lax.slice_in_dim(columns, i, i + (height - 1) * down + 1, down, 2) for i in range(g.w_shape[0])]
    rows, dy = lax.optimization_barrier((jnp.stack(seen), dy))
    return lax.dot(rows.reshape(math.prod(g.w_shape[:2]), -1), dy.reshape(-1, channels)).reshape(g.w_shape)


ENTRIES_AT_ONCE = 1 << 18  # of `dy` in one block: 1 MiB, which the second-level cache holds while all taps pass over it
FEW_ENTRIES = 1 << 16  # of `dy` that need no blocks
IMAGES = 16  # of one block: oneDNN takes them as input channels, of which it works on 16 at a time
FEWEST_IMAGES = 8


def _block(dy, axes):
    """How many images and rows the filter gradient takes together: divisors of the batch size and of the rows of `dy`.

    As many rows as fit, since a block reads the rows beside its own of `x` as well.
    """
    batch, height = dy.shape[0], dy.shape[axes[0]]
    if dy.size <= FEW_ENTRIES or jax.default_backend() != "cpu":
        return batch, height
    row = dy.size // (batch * height)
    parts = [n for n in range(1, batch + 1) if batch % n == 0]
    images = max(n for n in parts if n <= IMAGES)
    if images < FEWEST_IMAGES:
        images = min((n for n in parts if n >= FEWEST_IMAGES), default=batch)
    return images, max((r for r in range(1, height + 1) if height % r == 0 and images * r * row <= ENTRIES_AT_ONCE), default=1)


def _in_blocks(x, dy, g, axes, pads, images, rows):
    """The filter gradient as a sum over blocks of `images` and `rows` of `dy`; see `_block`.

    A convolution reads all of `dy` for every output, so on a CPU a block has to fit into the cache. A loop, since one convolution a block
    takes seconds to compile. The transposes and barriers are explicit because XLA's oneDNN call in a loop takes any layout, and is
    50 times slower with these. The images are its input channels; pixels and channels of the last dimension are one dimension, and the
    filter `dy` has holes of a pixel: the outputs are then many in a row, which fill oneDNN's registers.
    Measured on one CPU core (2 MiB of cache), whole; in blocks with the channels as images; and so, ms of CPU:
    [128, 14, 14, 32] with 64 5x5 filters 51, 17.4, 16.1; [32, 56, 56, 64] with 64 3x3 314, 86, 66; [8, 112, 112, 64] with 64 3x3 -, 90, 67;
    [32, 28, 28, 128] with 128 3x3 -, 71, 57; [64, 32, 32, 16] with 16 3x3 18, 7.3, 3.7; [64, 16, 16, 32] with 32 3x3 -, 3.8, 2.7.
    """
    channel, first = window.channel_axis(g.format), axes[0]
    strips, high = dy.shape[first] // rows, x.shape[first]
    if strips > 1:  # a block then has the rows of `x` that it needs, and the convolution pads none
        high = (rows - 1) * g.strides[0] + g.windows()[0]
        config = [(*(pads[0] if i == first else (0, 0)), 0) for i in range(x.ndim)]
        x, pads = lax.pad(x, jnp.zeros((), x.dtype), config), [(0, 0), *pads[1:]]
    in_a_row, channels = g.dilations[-1] == 1, x.shape[channel]
    pixel = channels if in_a_row else 1
    pads, holes = [*pads[:-1], tuple(p * pixel for p in pads[-1])], (*g.strides[:-1], g.strides[-1] * pixel)
    letters = "DHW"[3 - g.rank :]
    layouts = ("N" + letters + "C", letters + "IO", "N" + letters + "C")

    def cut(v, image, row, height):
        start, sizes = [0] * v.ndim, list(v.shape)
        start[0], start[first], sizes[0], sizes[first] = image, row, images, height
        return lax.dynamic_slice(v, start, sizes)

    def step(total, i):
        image, strip = i // strips * images, i % strips
        a = cut(x, image, strip * (rows * g.strides[0]), high)
        if in_a_row:
            a = jnp.transpose(a, (*axes, channel, 0))
            a = a.reshape(1, *a.shape[: g.rank - 1], -1, images)
        else:
            a = jnp.transpose(a, (channel, *axes, 0))
        b = jnp.transpose(cut(dy, image, strip * rows, rows), (*axes, 0, channel))
        a, b = lax.optimization_barrier((a, b))
        made = lax.conv_general_dilated(a, b, g.dilations, pads, rhs_dilation=holes, dimension_numbers=layouts)
        return total + lax.optimization_barrier(made), None

    size = (1, *g.w_shape[: g.rank - 1], g.w_shape[g.rank - 1] * channels) if in_a_row else (channels, *g.w_shape[:-2])
    total = lax.scan(step, jnp.zeros((*size, g.w_shape[-1]), dy.dtype), jnp.arange(dy.shape[0] // images * strips))[0]
    return total.reshape(g.w_shape) if in_a_row else jnp.moveaxis(total, 0, -2)


def convolved_shape(inputs, attrs):
    """Shape rule of a convolution of input 0 with filter input 1."""
    data_format = attrs["data_format"]
    axes, channel = window.spatial_axes(data_format), window.channel_axis(data_format)
    x = window.check_rank(inputs[0].shape, len(data_format), "input")
    w = window.check_rank(inputs[1].shape, len(data_format), "filter")
    if x[channel] is not None and w[-2] is not None and (w[-2] == 0 or x[channel] % w[-2]):
        raise ValueError(f"Dimensions must be equal, but are {x[channel]} and {w[-2]}")
    out = [x[0]] * len(x)
    out[channel] = w[-1]
    return [_slide(out, x, w, axes, attrs)]


def _slide(out, x, w, axes, attrs):
    dilations = attrs.get("dilations") or [1] * len(x)
    explicit = attrs.get("explicit_paddings") or [0] * (2 * len(x))
    for i, a in enumerate(axes):
        extent = None if w[i] is None else (w[i] - 1) * dilations[a] + 1
        pads = explicit[2 * a : 2 * a + 2]
        out[a] = window.output_size(x[a], extent, attrs["strides"][a], attrs["padding"], pads)
    return tuple(out)


def _sizes_shape(inputs, attrs):
    shape = inputs[0].shape_value()
    return [(None,) * len(attrs["strides"]) if shape is None else shape]


def _filter_sizes_shape(inputs, attrs):
    shape = inputs[1].shape_value()
    return [(None,) * len(attrs["strides"]) if shape is None else shape]


def _sizes(array):
    return tuple(int(d) for d in array.reshape(-1))


def _complete_sizes(sizes, dy, w, data_format):
    # [height, width] alone is allowed: batch and depth then come from the other operands
    sizes = _sizes(sizes)
    if len(sizes) == len(data_format):
        return sizes
    full = [dy.shape[0]] * len(data_format)
    full[window.channel_axis(data_format)] = w.shape[-2]
    for a, d in zip(window.spatial_axes(data_format), sizes, strict=True):
        full[a] = d
    return tuple(full)


@op("Conv2D", "T, T -> T", T=TYPES, shape=convolved_shape)
def conv2d(
    input, filter, *, strides: "list(int)", use_cudnn_on_gpu=True, padding: "string", explicit_paddings: "list(int)" = (),
    data_format="NHWC", dilations: "list(int)" = (1, 1, 1, 1),
):  # fmt: skip
    """Convolves `input` [batch, height, width, in] with `filter` [h, w, in / groups, out]: [batch, height', width', out]."""
    return forward(
        input, filter, Geometry(input.shape, filter.shape, strides, padding, data_format, dilations, explicit_paddings)
    )


@conv2d.vjp
def _conv2d_vjp(inputs, outputs, grads, *, strides, use_cudnn_on_gpu, padding, explicit_paddings, data_format, dilations):
    (x, w), (dy,) = inputs, grads
    g = Geometry(x.shape, w.shape, strides, padding, data_format, dilations, explicit_paddings)
    return input_gradient(w, dy, g), filter_gradient(x, dy, g)


@op("Conv2DBackpropInput", "int32, T, T -> T", T=TYPES, static=("input_sizes",), shape=_sizes_shape)
def conv2d_backprop_input(
    input_sizes, filter, out_backprop, *, strides: "list(int)", use_cudnn_on_gpu=True, padding: "string",
    explicit_paddings: "list(int)" = (), data_format="NHWC", dilations: "list(int)" = (1, 1, 1, 1),
):  # fmt: skip
    """The gradient of `Conv2D` for an input of shape `input_sizes`: the transposed convolution."""
    sizes = _complete_sizes(input_sizes, out_backprop, filter, data_format)
    g = Geometry(sizes, filter.shape, strides, padding, data_format, dilations, explicit_paddings)
    return input_gradient(filter, out_backprop, g)


@conv2d_backprop_input.vjp
def _conv2d_backprop_input_vjp(
    inputs, outputs, grads, *, strides, use_cudnn_on_gpu, padding, explicit_paddings, data_format, dilations
):
    (_, w, dy), (d,) = inputs, grads
    g = Geometry(d.shape, w.shape, strides, padding, data_format, dilations, explicit_paddings)
    return None, filter_gradient(d, dy, g), forward(d, w, g)


@op("Conv2DBackpropFilter", "T, int32, T -> T", T=TYPES, static=("filter_sizes",), shape=_filter_sizes_shape)
def conv2d_backprop_filter(
    input, filter_sizes, out_backprop, *, strides: "list(int)", use_cudnn_on_gpu=True, padding: "string",
    explicit_paddings: "list(int)" = (), data_format="NHWC", dilations: "list(int)" = (1, 1, 1, 1),
):  # fmt: skip
    """The gradient of `Conv2D` for a filter of shape `filter_sizes`."""
    g = Geometry(input.shape, _sizes(filter_sizes), strides, padding, data_format, dilations, explicit_paddings)
    return filter_gradient(input, out_backprop, g)


@op("Conv3D", "T, T -> T", T=dtypes.FLOATING, shape=convolved_shape)
def conv3d(
    input, filter, *, strides: "list(int)", padding: "string", data_format="NDHWC", dilations: "list(int)" = (1, 1, 1, 1, 1)
):  # fmt: skip
    """Convolves `input` [batch, depth, height, width, in] with `filter` [d, h, w, in / groups, out]."""
    return forward(input, filter, Geometry(input.shape, filter.shape, strides, padding, data_format, dilations))


@conv3d.vjp
def _conv3d_vjp(inputs, outputs, grads, *, strides, padding, data_format, dilations):
    (x, w), (dy,) = inputs, grads
    g = Geometry(x.shape, w.shape, strides, padding, data_format, dilations)
    return input_gradient(w, dy, g), filter_gradient(x, dy, g)


@op("Conv3DBackpropInputV2", "Tshape, T, T -> T", T=dtypes.FLOATING, Tshape=dtypes.INDEX, static=("input_sizes",),
    shape=_sizes_shape)  # fmt: skip
def conv3d_backprop_input(
    input_sizes, filter, out_backprop, *, strides: "list(int)", padding: "string", data_format="NDHWC",
    dilations: "list(int)" = (1, 1, 1, 1, 1), Tshape: "type" = dtypes.int32,
):  # fmt: skip
    """The gradient of `Conv3D` for an input of shape `input_sizes`: the transposed convolution."""
    g = Geometry(_sizes(input_sizes), filter.shape, strides, padding, data_format, dilations)
    return input_gradient(filter, out_backprop, g)


@op("Conv3DBackpropFilterV2", "T, int32, T -> T", T=dtypes.FLOATING, static=("filter_sizes",), shape=_filter_sizes_shape)
def conv3d_backprop_filter(
    input, filter_sizes, out_backprop, *, strides: "list(int)", padding: "string", data_format="NDHWC",
    dilations: "list(int)" = (1, 1, 1, 1, 1),
):  # fmt: skip
    """The gradient of `Conv3D` for a filter of shape `filter_sizes`."""
    g = Geometry(input.shape, _sizes(filter_sizes), strides, padding, data_format, dilations)
    return filter_gradient(input, out_backprop, g)


def _depthwise_shape(inputs, attrs):
    data_format = attrs["data_format"]
    channel = window.channel_axis(data_format)
    x = window.check_rank(inputs[0].shape, 4, "input")
    w = window.check_rank(inputs[1].shape, 4, "filter")
    if x[channel] is not None and w[2] is not None and x[channel] != w[2]:
        raise ValueError(f"Dimensions must be equal, but are {x[channel]} and {w[2]}")
    out = [x[0]] * 4
    depth = x[channel] if x[channel] is not None else w[2]
    out[channel] = None if depth is None or w[3] is None else depth * w[3]
    return [_slide(out, x, w, window.spatial_axes(data_format), attrs)]


def _grouped(w_shape):
    h, w, channels, multiplier = w_shape
    return h, w, 1, channels * multiplier


def _last(x, g):
    """`x` with the channels last."""
    return x if g.format == "NHWC" else jnp.moveaxis(x, 1, 3)


def _taps(x, g):
    """For each entry of the filter, in raster order, the pixels of `x` (channels last) that it meets."""
    reach = []
    for i in (0, 1):
        before, after = g.pads[i]
        reach.append((g.spatial[i] + before + after - g.windows()[i]) // g.strides[i] * g.strides[i] + 1)
    x = lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), (*g.pads[0], 0), (*g.pads[1], 0), (0, 0, 0)])
    for top in range(0, g.windows()[0], g.dilations[0]):
        for left in range(0, g.windows()[1], g.dilations[1]):
            yield x[:, top : top + reach[0] : g.strides[0], left : left + reach[1] : g.strides[1]]


def _depthwise_input_gradient(w, dy, g):
    """Measured, [16, 14, 14, 256], 3x3, stride 2: the grouped convolution with holes takes 83 ms, the sum over taps 0.6."""
    shape = _grouped(w.shape)
    if g.strides == (1, 1):
        return input_gradient(w.reshape(shape), dy, g)
    dy, entries = _last(dy, g), w.reshape(-1, *w.shape[2:])

    def run(x):
        total = sum(t[..., None] * e for t, e in zip(_taps(x, g), entries, strict=True))
        return total.reshape(dy.shape)

    zero = jnp.zeros(_last_shape(g), dy.dtype)
    dx = jax.linear_transpose(run, zero)(dy)[0]
    return dx if g.format == "NHWC" else jnp.moveaxis(dx, 3, 1)


def _last_shape(g):
    return g.x_shape if g.format == "NHWC" else (g.x_shape[0], *g.x_shape[2:], g.x_shape[1])


def _depthwise_filter_gradient(x, dy, g, w_shape):
    """Sums of products, a tap; images that outgrow the cache one by one.

    Measured on 2 CPU cores, 3x3: [16, 14, 14, 256] 15 ms as a grouped convolution, 5 by taps, 10 image by image;
    [16, 56, 56, 64] 170, 100 and 50 ms.
    """
    x, dy = _last(lax.optimization_barrier(x), g), _last(dy, g)
    channels, many = w_shape[2:]
    dy = dy.reshape(*dy.shape[:-1], channels, many)

    def rows(x, dy):
        return jnp.stack([nn.channel_sums((t[..., None] * dy).reshape(*t.shape[:-1], -1), 3) for t in _taps(x, g)])

    if x.size < x.shape[0] * LARGE_IMAGE:
        return rows(x, dy).reshape(w_shape)

    def step(total, image):
        pixels, slopes = (v.reshape(1, *v.shape) for v in image)
        return total + rows(pixels, slopes), None

    zero = jnp.zeros((w_shape[0] * w_shape[1], channels * many), dy.dtype)
    return lax.scan(step, zero, (x, dy))[0].reshape(w_shape)


@op("DepthwiseConv2dNative", "T, T -> T", T=dtypes.FLOATING, shape=_depthwise_shape)
def depthwise_conv2d_native(
    input, filter, *, strides: "list(int)", padding: "string", explicit_paddings: "list(int)" = (), data_format="NHWC",
    dilations: "list(int)" = (1, 1, 1, 1),
):  # fmt: skip
    """Convolves each channel of `input` with its own filters: `filter` is [h, w, in, m], output channel `in * m + j`."""
    shape = _grouped(filter.shape)
    g = Geometry(input.shape, shape, strides, padding, data_format, dilations, explicit_paddings)
    return forward(input, filter.reshape(shape), g)


@depthwise_conv2d_native.vjp
def _depthwise_vjp(inputs, outputs, grads, *, strides, padding, explicit_paddings, data_format, dilations):
    (x, w), (dy,) = inputs, grads
    g = Geometry(x.shape, _grouped(w.shape), strides, padding, data_format, dilations, explicit_paddings)
    return _depthwise_input_gradient(w, dy, g), _depthwise_filter_gradient(x, dy, g, w.shape)


@op("DepthwiseConv2dNativeBackpropInput", "int32, T, T -> T", T=dtypes.FLOATING, static=("input_sizes",), shape=_sizes_shape)
def depthwise_conv2d_native_backprop_input(
    input_sizes, filter, out_backprop, *, strides: "list(int)", padding: "string", explicit_paddings: "list(int)" = (),
    data_format="NHWC", dilations: "list(int)" = (1, 1, 1, 1),
):  # fmt: skip
    """The gradient of `DepthwiseConv2dNative` for an input of shape `input_sizes`."""
    shape = _grouped(filter.shape)
    g = Geometry(_sizes(input_sizes), shape, strides, padding, data_format, dilations, explicit_paddings)
    return _depthwise_input_gradient(filter, out_backprop, g)


@op("DepthwiseConv2dNativeBackpropFilter", "T, int32, T -> T", T=dtypes.FLOATING, static=("filter_sizes",),
    shape=_filter_sizes_shape)  # fmt: skip
def depthwise_conv2d_native_backprop_filter(
    input, filter_sizes, out_backprop, *, strides: "list(int)", padding: "string", explicit_paddings: "list(int)" = (),
    data_format="NHWC", dilations: "list(int)" = (1, 1, 1, 1),
):  # fmt: skip
    """The gradient of `DepthwiseConv2dNative` for a filter of shape `filter_sizes`."""
    sizes = _sizes(filter_sizes)
    g = Geometry(input.shape, _grouped(sizes), strides, padding, data_format, dilations, explicit_paddings)
    return _depthwise_filter_gradient(input, out_backprop, g, sizes)


def _morphology_shape(inputs, attrs):
    x = window.check_rank(inputs[0].shape, 4, "input")
    w = window.check_rank(inputs[1].shape, 3, "filter")
    rule = dict(attrs, dilations=attrs["rates"])
    return [_slide([x[0], None, None, x[3]], x, w, (1, 2), rule)]


@op("Dilation2D", "T, T -> T", T=dtypes.REAL, shape=_morphology_shape)
def dilation2d(input, filter, *, strides: "list(int)", rates: "list(int)", padding: "string"):
    """Grey-scale dilation: the maximum over the window of `input` [batch, h, w, depth] plus `filter` [h, w, depth].

    The gradient goes to the first maximum of a window.
    """
    parts = _morphology_parts(input, filter, strides, rates, padding)
    out = parts[0]
    for part in parts[1:]:
        out = jnp.where(part > out, part, out)
    return out


def _morphology_parts(x, w, strides, rates, padding):
    windows = [(w.shape[i] - 1) * rates[i + 1] + 1 for i in (0, 1)]
    pads = window.paddings(padding, x.shape[1:3], windows, strides[1:3])
    lowest = jnp.finfo(x.dtype).min if jnp.issubdtype(x.dtype, jnp.floating) else jnp.iinfo(x.dtype).min
    x = lax.pad(x, jnp.asarray(lowest, x.dtype), [(0, 0, 0), (*pads[0], 0), (*pads[1], 0), (0, 0, 0)])
    count = [(x.shape[i + 1] - windows[i]) // strides[i + 1] for i in (0, 1)]
    parts = []
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            top, left = i * rates[1], j * rates[2]
            part = x[
                :, top : top + count[0] * strides[1] + 1 : strides[1], left : left + count[1] * strides[2] + 1 : strides[2]
            ]
            parts.append(part + w[i, j])
    return parts


def _morphology_gradient(x, w, dy, which, strides, rates, padding):
    def run(*args):
        return dilation2d.kernel(*args, strides=strides, rates=rates, padding=padding)

    return jax.vjp(run, x, w)[1](dy)[which]


@op("Dilation2DBackpropInput", "T, T, T -> T", T=dtypes.REAL, shape=lambda inputs, attrs: [inputs[0].shape])
def dilation2d_backprop_input(input, filter, out_backprop, *, strides: "list(int)", rates: "list(int)", padding: "string"):
    """The gradient of `Dilation2D` for its input."""
    return _morphology_gradient(input, filter, out_backprop, 0, strides, rates, padding)


@op("Dilation2DBackpropFilter", "T, T, T -> T", T=dtypes.REAL, shape=lambda inputs, attrs: [inputs[1].shape])
def dilation2d_backprop_filter(input, filter, out_backprop, *, strides: "list(int)", rates: "list(int)", padding: "string"):
    """The gradient of `Dilation2D` for its filter."""
    return _morphology_gradient(input, filter, out_backprop, 1, strides, rates, padding)
