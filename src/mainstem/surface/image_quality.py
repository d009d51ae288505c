"""Measures of images: total variation, gradients, Sobel edges, peak signal-to-noise ratio, structural similarity."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.registry import lookup
from mainstem.ops import array, fill, math, reduce, slicing
from mainstem.surface.conv import depthwise_conv2d_v1
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.image import image_rank
from mainstem.surface.image_color import AREA, convert_image_dtype
from mainstem.surface.math import cast


def _between(images, axis, begin, end):
    """The slice [begin:end] of one axis counted from 0; `end` None for the rest."""
    rank = len(images.shape)
    first, last = np.zeros(rank, np.int32), np.zeros(rank, np.int32)
    first[axis], last[axis] = begin, 0 if end is None else end
    open_ends = (1 << rank) - 1 if end is None else ((1 << rank) - 1) & ~(1 << axis)
    return slicing.strided_slice(images, first, last, np.ones(rank, np.int32), end_mask=open_ends)


def _steps(images, axis):
    """Each pixel minus the one before it along an axis."""
    return math.sub(_between(images, axis, 1, None), _between(images, axis, 0, -1))


def total_variation(images, name=None):
    """The sum of the absolute differences of neighbouring pixels: a scalar for [h, w, c], a vector for [n, h, w, c]."""
    with name_scope(name, "total_variation"):
        images = convert_to_tensor(images, name="images")
        if images.shape.ndims not in (3, 4):
            raise ValueError("'images' must be either 3 or 4-dimensional.")
        rank = image_rank(images)
        axes = np.array([0, 1, 2] if rank == 3 else [1, 2, 3], np.int32)
        parts = [reduce.sum_(math.abs_(_steps(images, rank - 3 + i)), axes) for i in (0, 1)]
        return math.add(*parts)


def image_gradients(image):
    """(dy, dx) of images [n, h, w, c]: each pixel's successor minus itself, 0 in the last row and column."""
    image = convert_to_tensor(image, name="image")
    if image.shape.ndims != 4:
        raise ValueError(f"image_gradients expects a 4D tensor [batch_size, h, w, d], not {image.shape}.")
    dy = fill.pad(_steps(image, 1), np.array([[0, 0], [0, 1], [0, 0], [0, 0]], np.int32))
    dx = fill.pad(_steps(image, 2), np.array([[0, 0], [0, 0], [0, 1], [0, 0]], np.int32))
    dy.set_shape(image.shape)
    dx.set_shape(image.shape)
    return dy, dx


def sobel_edges(image):
    """Sobel's vertical and horizontal edges [n, h, w, c, 2] of images [n, h, w, c]; borders are reflected."""
    image = convert_to_tensor(image, name="image")
    known = shapes.as_tuple(image.shape)
    depth = known[3]
    if depth is None:
        raise NotImplementedError("tf.image.sobel_edges: the number of channels must be known when the graph is built.")
    down = np.array([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], np.float32)
    kernels = np.stack([down, down.T], -1)[:, :, None, :].repeat(depth, 2)
    padded = fill.mirror_pad(image, np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32), mode="REFLECT")
    edges = depthwise_conv2d_v1(padded, kernels, [1, 1, 1, 1], "VALID")
    dims = [d if d is not None else -1 for d in known]
    if dims.count(-1) > 1:
        target = array.concat_v2([array.shape(image), np.array([2], np.int32)], np.int32(0))
    else:
        target = np.array([*dims, 2], np.int32)
    return array.reshape(edges, target)


def _same_shapes(a, b):
    x, y = shapes.as_tuple(a.shape), shapes.as_tuple(b.shape)
    if x is None or y is None:
        return
    if len(x) < 3 or len(y) < 3:
        raise ValueError(f"Images must have at least 3 dimensions. Got shapes {a.shape} and {b.shape}.")
    if not shapes.compatible(x[-3:], y[-3:]):
        raise ValueError(f"Shape {a.shape[-3:]} and {b.shape[-3:]} are incompatible: both images must have one size.")


def _comparable(a, b, max_val):
    """Both images and the range of their values as float32."""
    a, b = convert_to_tensor(a, name="a"), convert_to_tensor(b, name="b")
    _same_shapes(a, b)
    limit = convert_image_dtype(cast(max_val, a.dtype), dtypes.float32)
    return convert_image_dtype(a, dtypes.float32), convert_image_dtype(b, dtypes.float32), limit


def psnr(a, b, max_val, name=None):
    """The peak signal-to-noise ratio in decibels of images [.., h, w, c] with values up to `max_val`, [..]."""
    with name_scope(name, "PSNR", [a, b]) as scope:
        a, b, limit = _comparable(a, b, max_val)
        error = reduce.mean(math.squared_difference(a, b), AREA)
        peak = math.real_div(math.mul(math.log(limit), np.float32(20)), np.float32(np.log(10)))
        return math.sub(peak, math.mul(math.log(error), np.float32(10 / np.log(10))), name=scope)


def _window(size, sigma):
    """A normalised Gaussian window [size, size]."""
    at = -0.5 * ((np.arange(size) - (size - 1) / 2) / sigma) ** 2
    weights = np.exp(at[:, None] + at[None, :])
    return (weights / weights.sum()).astype(np.float32)


def ssim(img1, img2, max_val, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03, return_index_map=False):
    """The mean structural similarity (Wang et al. 2004) of images [.., h, w, c] with values up to `max_val`, [..].

    Raises NotImplementedError for `return_index_map`, ValueError for images smaller than `filter_size`.
    """
    if return_index_map:
        raise NotImplementedError("tf.image.ssim: return_index_map is not implemented.")
    with name_scope(None, "SSIM", [img1, img2]):
        x, y, limit = _comparable(img1, img2, max_val)
        known = shapes.as_tuple(x.shape)
        if known is None or known[-1] is None:
            raise NotImplementedError("tf.image.ssim: rank and channels must be known when the graph is built.")
        if any(d is not None and d < filter_size for d in known[-3:-1]):
            raise ValueError(f"tf.image.ssim: images {x.shape} are smaller than filter_size {filter_size}.")
        kernel = _window(filter_size, filter_sigma)[:, :, None, None].repeat(known[-1], 2)
        similarity = _similarity(x, y, limit, kernel, k1, k2)
        return reduce.mean(similarity, np.array([-1], np.int32))


WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, from the experiments of Wang et al. 2003


def ssim_multiscale(img1, img2, max_val, power_factors=WEIGHTS, filter_size=11, filter_sigma=1.5, k1=0.01, k2=0.03):
    """The structural similarity at several scales, each half the one before (Wang et al. 2003), of images [n, h, w, c], [n].

    Raises ValueError for images that get smaller than `filter_size`.
    """
    with name_scope(None, "MS-SSIM", [img1, img2]):
        x, y, limit = _comparable(img1, img2, max_val)
        known = shapes.as_tuple(x.shape)
        if known is None or len(known) != 4 or None in known[1:]:
            raise NotImplementedError("tf.image.ssim_multiscale: images must be [n, h, w, c] of known size.")
        height, width, depth = known[1:]
        kernel = _window(filter_size, filter_sigma)[:, :, None, None].repeat(depth, 2)
        factors = []
        for scale, power in enumerate(power_factors):
            if scale:
                x, y = (_halved(z, height % 2, width % 2) for z in (x, y))
                height, width = -(-height // 2), -(-width // 2)
            if min(height, width) < filter_size:
                raise ValueError(
                    f"tf.image.ssim_multiscale: scale {scale} is {height} x {width}, smaller than the filter {filter_size}."
                )
            luminance, structure = _terms(x, y, limit, kernel, k1, k2)
            part = structure if scale < len(power_factors) - 1 else math.mul(luminance, structure)
            mean = reduce.mean(part, np.array([-3, -2], np.int32))
            factors.append(math.pow_(math.maximum(mean, np.float32(0)), np.float32(power)))
        product = factors[0]
        for f in factors[1:]:
            product = math.mul(product, f)
        return reduce.mean(product, np.array([-1], np.int32))


def _halved(z, odd_rows, odd_columns):
    """Means of 2 x 2 pixels; an odd last row or column is repeated."""
    if odd_rows or odd_columns:
        z = fill.mirror_pad(z, np.array([[0, 0], [0, odd_rows], [0, odd_columns], [0, 0]], np.int32), mode="SYMMETRIC")
    return lookup("AvgPool")(z, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID")


def _similarity(x, y, limit, kernel, k1, k2):
    """The similarity of each channel, averaged over positions, [.., c]."""
    rank = len(x.shape)
    if rank == 3:
        x, y = array.expand_dims(x, 0), array.expand_dims(y, 0)
    elif rank > 4:
        raise NotImplementedError("tf.image.ssim: images of more than 4 dimensions are not implemented.")

    luminance, structure = _terms(x, y, limit, kernel, k1, k2)
    mean = reduce.mean(math.mul(luminance, structure), np.array([-3, -2], np.int32))
    return array.squeeze(mean, squeeze_dims=[0]) if rank == 3 else mean


def _terms(x, y, limit, kernel, k1, k2):
    """The luminance term and the contrast-structure term of every position, [n, h, w, c]."""

    def smooth(z):
        return depthwise_conv2d_v1(z, kernel, [1, 1, 1, 1], "VALID")

    c1, c2 = (math.square(math.mul(limit, np.float32(k))) for k in (k1, k2))
    mean_x, mean_y = smooth(x), smooth(y)
    cross = math.mul(math.mul(mean_x, mean_y), np.float32(2))
    squares = math.add(math.square(mean_x), math.square(mean_y))
    luminance = math.real_div(math.add(cross, c1), math.add(squares, c1))
    product = math.mul(smooth(math.mul(x, y)), np.float32(2))
    energy = smooth(math.add(math.square(x), math.square(y)))
    structure = math.real_div(math.add(math.sub(product, cross), c2), math.add(math.sub(energy, squares), c2))
    return luminance, structure
