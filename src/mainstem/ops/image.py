"""Resampling images: the four resize ops of TensorFlow 1, `ScaleAndTranslate`, `CropAndResize`.

An output pixel is a weighted sum of a few input pixels an axis ("taps"); indices and weights are NumPy arrays made when the op
is compiled. Forward passes gather; gradients multiply by the weights as a matrix, which is faster than scattering.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes, errors, shapes
from mainstem.core.registry import op

_INTEGERS = frozenset({dtypes.int8, dtypes.uint8, dtypes.int16, dtypes.uint16, dtypes.int32, dtypes.int64})
IMAGE = _INTEGERS | {dtypes.float16, dtypes.float32, dtypes.float64}
IMAGE_16 = IMAGE | {dtypes.bfloat16}
F = np.float32


def resized_shape(inputs, attrs):
    """Shape rule: input 0 [n, h, w, c] at the size [2] that input 1 holds."""
    images, size = inputs[0].shape, inputs[1].shape_value()
    if images is not None and len(images) != 4:
        raise ValueError(f"Shape must be rank 4 but is rank {len(images)}: images are [batch, height, width, channels]")
    if inputs[1].shape is not None:
        shapes.merge(inputs[1].shape, (2,))
    n, c = (None, None) if images is None else (images[0], images[3])
    return [(n, *(size or (None, None)), c)]


def _sizes(images, size):
    height, width = (int(s) for s in np.asarray(size).reshape(-1))
    if min(height, width) < 1:
        raise errors.InvalidArgumentError(None, None, f"output dimensions must be positive. Got {height} x {width}.")
    return (images.shape[1], height), (images.shape[2], width)


def scale_of(have, want, align_corners):
    """How many input pixels one output pixel moves, in float32 as TensorFlow computes it."""
    return F(have - 1) / F(want - 1) if align_corners and want > 1 else F(have) / F(want)


def _positions(have, want, align_corners, half_pixel_centers):
    scale, at = scale_of(have, want, align_corners), np.arange(want, dtype=np.float32)
    return (at + F(0.5)) * scale - F(0.5) if half_pixel_centers else at * scale


def _matrix(index, weight, have):
    """Taps (index [out, k], weight [out, k]) as a matrix [out, have]."""
    out = np.zeros((len(index), have), weight.dtype)
    np.add.at(out, (np.arange(len(index))[:, None], index), weight)
    return out


def _along(weight, axis):
    return weight[:, None, None] if axis == 1 else weight[:, None]


FEW = 8  # up to so many taps gathering is faster than a matrix product: 12 against 80 ms for 8 x 256 x 256 x 3 (2 cores)


def _applied(x, matrix, axis):
    """`x` [n, h, w, c] resampled along `axis` (1 or 2) by a constant matrix [out, in]."""
    count = int((matrix != 0).sum(1).max())
    if count > FEW:
        form = "oh,nhwc->nowc" if axis == 1 else "pw,nhwc->nhpc"
        return jnp.einsum(form, jnp.asarray(matrix, x.dtype), x, precision=lax.Precision.HIGHEST)
    index = np.argsort(matrix == 0, axis=1, kind="stable")[:, :count]  # the places of the non-zero weights, in order
    weight = np.take_along_axis(matrix, index, 1).astype(x.dtype)
    return sum(jnp.take(x, index[:, k], axis=axis) * _along(weight[:, k], axis) for k in range(count))


def _pull(grad, rows, columns, dtype):
    """The gradient of a separable resampling by matrices [out, in]."""
    wide = grad.astype(jnp.float64 if dtype == jnp.float64 else jnp.float32)
    return _applied(_applied(wide, rows.T, 1), columns.T, 2).astype(dtype)


# ---- bilinear


def _bilinear_taps(have, want, align_corners, half_pixel_centers):
    at = _positions(have, want, align_corners, half_pixel_centers)
    low = np.floor(at)
    index = np.stack([np.clip(low, 0, have - 1), np.clip(low + 1, 0, have - 1)], 1).astype(np.int64)
    return index, (at - low).astype(np.float32)


def _blend(images, taps, axis):
    index, share = taps
    if len(index) == images.shape[axis] and not share.any() and (index[:, 0] == np.arange(len(index))).all():
        return images
    low, high = (jnp.take(images, index[:, i], axis=axis) for i in (0, 1))
    return low + (high - low) * _along(share, axis)


def _held(images):
    """Resized images as they are, computed once: XLA would compute them anew in every pass over them that follows.

    A photograph made 224 x 224, flipped, its contrast changed and standardized took 2.0 ms, so 0.9 (2 CPU cores).
    """
    return lax.optimization_barrier(images)


_RESIZE = {"T": IMAGE, "static": ("size",), "shape": resized_shape}


@op("ResizeBilinear", "T, int32 -> float32", **{**_RESIZE, "T": IMAGE_16})
def resize_bilinear(images, size, *, align_corners=False, half_pixel_centers=False):
    """Images [n, h, w, c] at another size [n, H, W, c] by linear interpolation between the four nearest pixels, float32."""
    rows, columns = (_bilinear_taps(*d, align_corners, half_pixel_centers) for d in _sizes(images, size))
    return _held(_blend(_blend(images.astype(jnp.float32), columns, 2), rows, 1))


@resize_bilinear.vjp
def _(inputs, outputs, grads, *, align_corners, half_pixel_centers):
    if not jnp.issubdtype(inputs[0].dtype, jnp.floating):
        return None, None
    return _pull(grads[0], *_bilinear_matrices(*inputs, align_corners, half_pixel_centers), inputs[0].dtype), None


def _bilinear_matrices(images, size, align_corners, half_pixel_centers):
    matrices = []
    for d in _sizes(images, size):
        index, share = _bilinear_taps(*d, align_corners, half_pixel_centers)
        matrices.append(_matrix(index, np.stack([1 - share, share], 1), d[0]))
    return matrices


def _as_original(inputs, attrs):
    return [inputs[1].shape]


_GRAD = {"shape": _as_original}


@op("ResizeBilinearGrad", "float32, T -> T", T=dtypes.FLOATING, **_GRAD)
def resize_bilinear_grad(grads, original_image, *, align_corners=False, half_pixel_centers=False):
    """The gradient of `ResizeBilinear` for `original_image` [n, h, w, c], given that of its result [n, H, W, c]."""
    matrices = _bilinear_matrices(original_image, grads.shape[1:3], align_corners, half_pixel_centers)
    return _pull(grads, *matrices, original_image.dtype)


# ---- nearest neighbour


def _nearest(have, want, align_corners, half_pixel_centers):
    scale, at = scale_of(have, want, align_corners), np.arange(want, dtype=np.float32)
    at = (at + F(0.5)) * scale if half_pixel_centers else at * scale
    at = np.floor(at + F(0.5)) if align_corners else np.floor(at)  # ties go away from zero
    return np.clip(at, 0, have - 1).astype(np.int64)


@op("ResizeNearestNeighbor", "T, int32 -> T", **_RESIZE)
def resize_nearest_neighbor(images, size, *, align_corners=False, half_pixel_centers=False):
    """Images [n, h, w, c] at another size [n, H, W, c], each pixel a copy of the nearest one."""
    rows, columns = (_nearest(*d, align_corners, half_pixel_centers) for d in _sizes(images, size))
    return jnp.take(jnp.take(images, rows, axis=1), columns, axis=2)


@resize_nearest_neighbor.vjp
def _(inputs, outputs, grads, *, align_corners, half_pixel_centers):
    images, size = inputs
    return _pull(grads[0], *_nearest_matrices(_sizes(images, size), align_corners, half_pixel_centers), images.dtype), None


def _nearest_matrices(sizes, align_corners, half_pixel_centers):
    matrices = []
    for d in sizes:
        index = _nearest(*d, align_corners, half_pixel_centers)[:, None]
        matrices.append(_matrix(index, np.ones(index.shape, np.float32), d[0]))
    return matrices


@op("ResizeNearestNeighborGrad", "T, int32 -> T", T=dtypes.FLOATING, static=("size",), shape=resized_shape)
def resize_nearest_neighbor_grad(grads, size, *, align_corners=False, half_pixel_centers=False):
    """The gradient of `ResizeNearestNeighbor` for images of height and width `size`, given that of its result [n, H, W, c]."""
    have = [int(s) for s in size]
    matrices = _nearest_matrices(zip(have, grads.shape[1:3], strict=True), align_corners, half_pixel_centers)
    return _pull(grads, *matrices, grads.dtype)


# ---- bicubic and area

_STEPS = 1024  # TensorFlow rounds the fractional position to 1/1024


def _cubic(distance, a):
    """Keys' cubic convolution kernel with slope `a` at distances in [0, 2]."""
    near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
    far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
    return np.where(distance <= 1, near, far)


def _bicubic_matrix(have, want, align_corners, half_pixel_centers):
    at = _positions(have, want, align_corners, half_pixel_centers)
    low = np.floor(at)
    part = np.rint((at - low) * F(_STEPS)) / _STEPS
    whole = low[:, None].astype(np.int64) + np.arange(-1, 3)
    distance = np.stack([part + 1, part, 1 - part, 2 - part], 1)
    weight = _cubic(distance, -0.5 if half_pixel_centers else -0.75)
    index = np.clip(whole, 0, have - 1)
    if half_pixel_centers:  # pixels outside do not count; the others share their weight
        weight = np.where(index == whole, weight, 0)
        total = weight.sum(1, keepdims=True)
        weight = np.where(np.abs(total) > 1e-30, weight / np.where(total == 0, 1, total), weight)
    return _matrix(index, weight.astype(np.float32), have)


def _resample(images, rows, columns):
    """A separable resampling by constant matrices [out, in], float32."""
    # rows first, whose pixels lie side by side. Without the barrier XLA computes the first axis anew for every tap of the second:
    # bicubic 8 x 256 x 256 x 3 to 224 x 224 took 11 ms against 3.1, columns first 13 and 6.5; dense matrices 18 (2 CPU cores)
    return _applied(lax.optimization_barrier(_applied(images.astype(jnp.float32), rows, 1)), columns, 2)


@op("ResizeBicubic", "T, int32 -> float32", **_RESIZE)
def resize_bicubic(images, size, *, align_corners=False, half_pixel_centers=False):
    """Images [n, h, w, c] at another size [n, H, W, c] by cubic convolution (Keys 1981) over 4 x 4 pixels, float32."""
    rows, columns = (_bicubic_matrix(*d, align_corners, half_pixel_centers) for d in _sizes(images, size))
    return _resample(images, rows, columns)


@resize_bicubic.vjp
def _(inputs, outputs, grads, *, align_corners, half_pixel_centers):
    images, size = inputs
    if not jnp.issubdtype(images.dtype, jnp.floating):
        return None, None
    matrices = (_bicubic_matrix(*d, align_corners, half_pixel_centers) for d in _sizes(images, size))
    return _pull(grads[0], *matrices, images.dtype), None


@op("ResizeBicubicGrad", "float32, T -> T", T=frozenset({dtypes.float32, dtypes.float64}), **_GRAD)
def resize_bicubic_grad(grads, original_image, *, align_corners=False, half_pixel_centers=False):
    """The gradient of `ResizeBicubic` for `original_image` [n, h, w, c], given that of its result [n, H, W, c]."""
    sizes = _sizes(original_image, grads.shape[1:3])
    return _pull(grads, *(_bicubic_matrix(*d, align_corners, half_pixel_centers) for d in sizes), original_image.dtype)


def _area_matrix(have, want, align_corners):
    scale = scale_of(have, want, align_corners)
    start = np.arange(want, dtype=np.float32) * scale
    out = np.zeros((want, have), np.float32)
    for i, (a, b) in enumerate(zip(start, (np.arange(want, dtype=np.float32) + 1) * scale, strict=True)):
        for j in range(int(np.floor(a)), int(np.ceil(b))):
            covered = min(F(j + 1), b) - max(F(j), a)
            out[i, min(max(j, 0), have - 1)] += covered / scale
    return out


@op("ResizeArea", "T, int32 -> float32", **_RESIZE)
def resize_area(images, size, *, align_corners=False):
    """Images [n, h, w, c] at another size [n, H, W, c], each pixel the mean of the area that it covers, float32."""
    rows, columns = (_area_matrix(*d, align_corners) for d in _sizes(images, size))
    return _resample(images, rows, columns)


# ---- resampling with a kernel


def _lanczos(radius):
    def kernel(xp, x):
        safe = xp.where(x < 1e-3, F(1), x)
        value = radius * xp.sin(np.pi * safe) * xp.sin(np.pi * safe / radius) / (np.pi**2 * safe * safe)
        return xp.where(x < 1e-3, F(1), xp.where(x > radius, F(0), value))

    return kernel


def _keys(xp, x):
    near, far = ((1.5 * x - 2.5) * x) * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return xp.where(x >= 2, F(0), xp.where(x >= 1, far, near))


def _mitchell(xp, x):
    near = ((7 / 6 * x - 2) * x) * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return xp.where(x >= 2, F(0), xp.where(x >= 1, far, near))


KERNELS = {  # name -> (radius, weight of a distance >= 0, by NumPy or by JAX)
    "lanczos1": (1.0, _lanczos(1.0)),
    "lanczos3": (3.0, _lanczos(3.0)),
    "lanczos5": (5.0, _lanczos(5.0)),
    "gaussian": (1.5, lambda xp, x: xp.where(x >= 1.5, F(0), xp.exp(-x * x / (2 * 0.5**2)))),
    "box": (0.5, lambda xp, x: xp.where(x < 0.5, F(1), xp.where(x == 0.5, F(0.5), F(0)))),
    "triangle": (1.0, lambda xp, x: xp.maximum(1 - x, F(0))),
    "keyscubic": (2.0, _keys),
    "mitchellcubic": (2.0, _mitchell),
}


def _kernel_matrix(xp, have, want, scale, translation, kernel_type, antialias):
    radius, kernel = KERNELS[kernel_type]
    step = 1 / scale
    spread = xp.maximum(step, F(1)) if antialias else F(1)
    centre = (np.arange(want, dtype=np.float32) + F(0.5)) * step - translation * step
    distance = xp.abs(np.arange(have, dtype=np.float32) + F(0.5) - centre[:, None]) / spread
    weight = xp.where(distance <= F(radius), kernel(xp, distance), F(0))
    total = weight.sum(1, keepdims=True)
    inside = (centre >= 0) & (centre <= have)
    weight = xp.where(xp.abs(total) >= 1000 * np.finfo(F).tiny, weight / xp.where(total == 0, F(1), total), weight)
    return xp.where(inside[:, None], weight, F(0))


def _kernel_matrices(sizes, scale, translation, kernel_type, antialias):
    """The matrices [out, in] of both axes, and whether they are constant: where the scale is known, as in `tf.image.resize`."""
    constant = isinstance(scale, np.ndarray) and isinstance(translation, np.ndarray)
    xp = np if constant else jnp
    return [_kernel_matrix(xp, *d, scale[i], translation[i], kernel_type, antialias) for i, d in enumerate(sizes)], constant


@op("ScaleAndTranslate", "T, int32, float32, float32 -> float32", static_if_possible=("scale", "translation"),
    **{**_RESIZE, "T": IMAGE_16})  # fmt: skip
def scale_and_translate(images, size, scale, translation, *, kernel_type="lanczos3", antialias=True):
    """Images [n, h, w, c] scaled by `scale` [2] and moved by `translation` [2] on a canvas `size` [2]; no value where outside.

    With `antialias` the kernel widens when the image shrinks.
    """
    matrices, constant = _kernel_matrices(_sizes(images, size), scale, translation, kernel_type, antialias)
    if constant:
        return _resample(images, *matrices)
    return jnp.einsum("oh,pw,nhwc->nopc", *matrices, images.astype(jnp.float32), precision=lax.Precision.HIGHEST)


@scale_and_translate.vjp
def _(inputs, outputs, grads, *, kernel_type, antialias):
    images, size, scale, translation = inputs
    if not jnp.issubdtype(images.dtype, jnp.floating):
        return None, None, None, None
    matrices, constant = _kernel_matrices(_sizes(images, size), scale, translation, kernel_type, antialias)
    if constant:
        return _pull(grads[0], *matrices, images.dtype), None, None, None
    made = jnp.einsum("oh,pw,nopc->nhwc", *matrices, grads[0], precision=lax.Precision.HIGHEST)
    return made.astype(images.dtype), None, None, None


# ---- crops


def _crop_shape(inputs, attrs):
    image, boxes, index, size = (i.shape for i in inputs)
    for name, shape, rank in (("image", image, 4), ("boxes", boxes, 2), ("box_ind", index, 1)):
        if shape is not None and len(shape) != rank:
            raise ValueError(f"Shape of {name} must be rank {rank} but is rank {len(shape)}")
    count = shapes.merge((None if boxes is None else boxes[0],), (None if index is None else index[0],))[0]
    target = inputs[3].shape_value() or (None, None)
    return [(count, *target, None if image is None else image[3])]


def _float32(x):
    """A float64 with the bits of a float32: XLA may fuse a product with the sum that takes it, which then is rounded once, not twice."""
    return lax.reduce_precision(x, 8, 23)


def _crop_positions(low, high, have, want):
    """Where the crop's pixels lie in the image, [boxes, want]: from `low` to `high` inclusive, or the middle of both.

    To the last bit: between two pixels, it decides which of them is the nearest one.
    """
    low, high, reach = low.astype(jnp.float64), high.astype(jnp.float64), np.float64(have - 1)
    if want > 1:
        step = _float32(_float32(_float32(high - low) * reach) / np.float64(want - 1))
        found = _float32(low * reach)[:, None] + _float32(np.arange(want, dtype=np.float64) * step[:, None])
    else:
        found = (np.float64(0.5) * _float32(low + high) * reach)[:, None]
    return found.astype(jnp.float32)


@op("CropAndResize", "T, float32, int32, int32 -> float32", T=IMAGE, static=("crop_size",), shape=_crop_shape)
def crop_and_resize(image, boxes, box_ind, crop_size, *, method="bilinear", extrapolation_value=0.0):
    """Cuts boxes [m, (y1, x1, y2, x2)], in units of the image's extent, out of images [n, h, w, c] number `box_ind` [m].

    Gives [m, *crop_size, c]; corners fall on the centres of corner pixels. Pixels outside get `extrapolation_value`.
    """
    height, width = (int(s) for s in crop_size)
    image = jnp.asarray(image).astype(jnp.float32)
    y = _crop_positions(boxes[:, 0], boxes[:, 2], image.shape[1], height)
    x = _crop_positions(boxes[:, 1], boxes[:, 3], image.shape[2], width)
    inside = ((y >= 0) & (y <= image.shape[1] - 1))[:, :, None] & ((x >= 0) & (x <= image.shape[2] - 1))[:, None, :]

    def pixels(rows, columns):
        rows, columns = (
            jnp.clip(v.astype(jnp.int32), 0, n - 1) for v, n in ((rows, image.shape[1]), (columns, image.shape[2]))
        )
        return image[box_ind[:, None, None], rows[:, :, None], columns[:, None, :]]

    if method == "nearest":
        found = pixels(jnp.floor(y + F(0.5)), jnp.floor(x + F(0.5)))
    else:
        top, left = jnp.floor(y), jnp.floor(x)
        down, right = (y - top)[:, :, None, None], (x - left)[:, None, :, None]
        bottom, end = jnp.ceil(y), jnp.ceil(x)
        upper = pixels(top, left) + (pixels(top, end) - pixels(top, left)) * right
        lower = pixels(bottom, left) + (pixels(bottom, end) - pixels(bottom, left)) * right
        found = upper + (lower - upper) * down
    return jnp.where(inside[..., None], found, F(extrapolation_value))


def _crop_image_shape(inputs, attrs):
    return [inputs[3].shape_value() or (None,) * 4]


@op("CropAndResizeGradImage", "float32, float32, int32, int32 -> T",
    T=frozenset({dtypes.float16, dtypes.float32, dtypes.float64}), static=("image_size",), shape=_crop_image_shape)  # fmt: skip
def crop_and_resize_grad_image(grads, boxes, box_ind, image_size, *, T: "type", method="bilinear"):
    """The gradient of `CropAndResize` for an image of shape `image_size` [n, h, w, c], given that of its crops."""
    blank = jnp.zeros(tuple(int(n) for n in image_size), jnp.float32)

    def cropped(image):
        return crop_and_resize.kernel(image, boxes, box_ind, grads.shape[1:3], method=method)

    return jax.vjp(cropped, blank)[1](grads)[0].astype(T.np)


@op("CropAndResizeGradBoxes", "float32, T, float32, int32 -> float32", T=IMAGE, shape=lambda inputs, attrs: [inputs[2].shape])
def crop_and_resize_grad_boxes(grads, image, boxes, box_ind, *, method="bilinear"):
    """The gradient of `CropAndResize` for its `boxes` [m, 4], given that of its crops."""

    def cropped(boxes):
        return crop_and_resize.kernel(image, boxes, box_ind, grads.shape[1:3], method=method)

    return jax.vjp(cropped, boxes)[1](grads)[0]
