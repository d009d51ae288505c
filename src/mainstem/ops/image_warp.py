"""Images under projective transforms: `ImageProjectiveTransformV2` and `V3`.

A transform (a0, a1, a2, b0, b1, b2, c0, c1) says where the pixel (x, y) of the result comes from:
((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with k = c0 x + c1 y + 1.
"""

import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core.registry import op
from mainstem.ops.image import resized_shape

_WARPED = frozenset({dtypes.uint8, dtypes.int32, dtypes.int64, dtypes.float16, dtypes.float32, dtypes.float64})
F = np.float32


def _shape(inputs, attrs):
    return resized_shape([inputs[0], inputs[2]], attrs)


_WARP = {"dtype": _WARPED, "static": ("output_shape",), "shape": _shape}


def _rounded(x):
    return jnp.trunc(x + jnp.where(x < 0, F(-0.5), F(0.5)))  # ties go away from zero


def _reflected(at, size):
    period, low, high = F(2 * size), at < 0, at > size - 1
    below = jnp.where(at < -period, period * jnp.trunc(-at / period) + at, at)
    below = jnp.where(below < -size, below + period, -below - 1)
    above = at - period * jnp.trunc(at / period)
    above = jnp.where(above >= size, period - above - 1, above)
    return jnp.where(low, below, jnp.where(high, above, at))


def _wrapped(at, size):
    last, low, high = F(max(size - 1, 1)), at < 0, at > size - 1
    below = at + size * (jnp.trunc(-at / last) + 1)
    return jnp.where(low, below, jnp.where(high, at - size * jnp.trunc(at / last), at))


def _mapped(at, size, mode):
    """Positions brought into the image as the fill mode says."""
    if mode == "CONSTANT":
        return at
    if mode == "NEAREST":
        return jnp.clip(at, 0, size - 1)
    if size <= 1:
        return jnp.zeros_like(at)
    return jnp.clip((_reflected if mode == "REFLECT" else _wrapped)(at, size), 0, size - 1)


def _sources(transforms, height, width):
    """Where the pixels of the result come from: (x, y, whether anywhere), each [n, height, width]."""
    t = transforms.astype(jnp.float32).T[:, :, None, None]
    x, y = np.arange(width, dtype=F), np.arange(height, dtype=F)[:, None]
    scale = t[6] * x + t[7] * y + F(1)
    safe = jnp.where(scale == 0, F(1), scale)
    return (t[0] * x + t[1] * y + t[2]) / safe, (t[3] * x + t[4] * y + t[5]) / safe, scale != 0


def _warp(images, transforms, output_shape, interpolation, fill_mode, fill_value):
    if interpolation not in ("NEAREST", "BILINEAR"):
        raise errors.InvalidArgumentError(
            None, None, f"Invalid interpolation {interpolation}. Supported types: NEAREST, BILINEAR"
        )
    if fill_mode not in ("CONSTANT", "REFLECT", "WRAP", "NEAREST"):
        raise errors.InvalidArgumentError(
            None, None, f"Invalid mode {fill_mode}. Supported types: REFLECT, WRAP, CONSTANT, NEAREST"
        )
    if transforms.ndim != 2 or transforms.shape[0] not in (1, images.shape[0]) or transforms.shape[1] != 8:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Input transform should be num_images x 8 or 1 x 8. Got {list(transforms.shape)} for {images.shape[0]} images.",
        )
    count, height, width = images.shape[:3]
    x, y, somewhere = _sources(transforms, *(int(s) for s in output_shape))
    x, y = _mapped(x, width, fill_mode), _mapped(y, height, fill_mode)
    images, number = jnp.asarray(images), np.arange(count)[:, None, None]
    fill = jnp.asarray(fill_value).astype(images.dtype)

    def pixels(rows, columns):
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        row, column = (jnp.clip(v, 0, n - 1).astype(jnp.int32) for v, n in ((rows, height), (columns, width)))
        return jnp.where(inside[..., None], images[number, row, column], fill)

    if interpolation == "NEAREST":
        found = pixels(_rounded(y), _rounded(x))
    else:
        top, left = jnp.floor(y), jnp.floor(x)
        wide = jnp.float64 if images.dtype == jnp.float64 else jnp.float32

        def between(rows):
            near, far = (pixels(rows, c).astype(wide) for c in (left, left + 1))
            return (left + 1 - x)[..., None].astype(wide) * near + (x - left)[..., None].astype(wide) * far

        found = (top + 1 - y)[..., None].astype(wide) * between(top) + (y - top)[..., None].astype(wide) * between(top + 1)
    return jnp.where(somewhere[..., None], found.astype(images.dtype), fill)


def _unwarped(inputs, grad, interpolation, fill_mode):
    """The gradient as TensorFlow has it: the gradient of the result under the inverse transforms."""
    images, transforms = inputs[:2]
    if not jnp.issubdtype(images.dtype, jnp.floating):
        return None
    ones = jnp.ones((transforms.shape[0], 1), transforms.dtype)
    inverse = jnp.linalg.inv(jnp.concatenate([transforms, ones], 1).reshape(-1, 3, 3)).reshape(-1, 9)
    return _warp(grad, inverse[:, :8] / inverse[:, 8:], images.shape[1:3], interpolation, fill_mode, jnp.float32(0))


@op("ImageProjectiveTransformV2", "dtype, float32, int32 -> transformed_images:dtype", **_WARP)
def image_projective_transform_v2(images, transforms, output_shape, *, interpolation: "string", fill_mode="CONSTANT"):
    """Images [n, h, w, c] under `transforms` [n or 1, 8], in the size `output_shape` [2]; zeros where nothing is."""
    return _warp(images, transforms, output_shape, interpolation, fill_mode, jnp.float32(0))


@image_projective_transform_v2.vjp
def _(inputs, outputs, grads, *, interpolation, fill_mode):
    return _unwarped(inputs, grads[0], interpolation, fill_mode), None, None


@op("ImageProjectiveTransformV3", "dtype, float32, int32, float32 -> transformed_images:dtype", **_WARP)
def image_projective_transform_v3(
    images, transforms, output_shape, fill_value, *, interpolation: "string", fill_mode="CONSTANT"
):
    """As ImageProjectiveTransformV2; `fill_value` where nothing is, by the fill mode CONSTANT."""
    return _warp(images, transforms, output_shape, interpolation, fill_mode, fill_value)


@image_projective_transform_v3.vjp
def _(inputs, outputs, grads, *, interpolation, fill_mode):
    return _unwarped(inputs, grads[0], interpolation, fill_mode), None, None, None
