"""Colour: RGB and HSV, contrast, hue and saturation."""

import jax.numpy as jnp

from mainstem.base import dtypes
from mainstem.core.families import same_shape
from mainstem.core.registry import op

SMALL = frozenset({dtypes.float16, dtypes.float32})


def _hue_range(rgb):
    """(hue in [0, 1), value, value minus least channel) of RGB in the last axis (Smith 1978)."""
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    value = jnp.maximum(jnp.maximum(r, g), b)
    span = value - jnp.minimum(jnp.minimum(r, g), b)
    grey = span <= 0
    unit = 1 / (6 * jnp.where(grey, jnp.ones_like(span), span))
    hue = jnp.where(r == value, unit * (g - b), jnp.where(g == value, unit * (b - r) + 2 / 6, unit * (r - g) + 4 / 6))
    hue = jnp.where(grey, jnp.zeros_like(hue), jnp.where(hue < 0, hue + 1, hue))
    return hue, value, span


def _pure(hue):
    """The fully saturated colour of each hue, RGB in a new last axis."""
    h = hue * 6
    parts = (jnp.abs(h - 3) - 1, 2 - jnp.abs(h - 2), 2 - jnp.abs(h - 4))
    return jnp.stack([jnp.minimum(jnp.maximum(p, jnp.zeros_like(p)), jnp.ones_like(p)) for p in parts], -1)


def _to_hsv(rgb):
    hue, value, span = _hue_range(rgb)
    dark = value <= 0
    saturation = jnp.where(dark, jnp.zeros_like(span), span / jnp.where(dark, jnp.ones_like(value), value))
    return hue, saturation, value


def _to_rgb(hue, saturation, value):
    saturation, value = saturation[..., None], value[..., None]
    return ((1 - saturation) + saturation * _pure(hue)) * value


def _colour_shape(inputs, attrs):
    shape = inputs[0].shape
    if shape is not None and (len(shape) < 1 or shape[-1] not in (3, None)):
        raise ValueError(f"The last dimension of images must be the 3 colours. Got shape {shape}.")
    return [None if shape is None else (*shape[:-1], 3)]


@op("RGBToHSV", "T -> T", T=dtypes.FLOATING, shape=_colour_shape)
def rgb_to_hsv(images, *, T: "type" = dtypes.float32):  # noqa: N803
    """RGB in the last axis to hue, saturation, value; all in [0, 1]."""
    return jnp.stack(_to_hsv(images), -1)


@op("HSVToRGB", "T -> T", T=dtypes.FLOATING, shape=_colour_shape)
def hsv_to_rgb(images, *, T: "type" = dtypes.float32):  # noqa: N803
    """Hue, saturation, value in the last axis to RGB; all in [0, 1]."""
    return _to_rgb(images[..., 0], images[..., 1], images[..., 2])


@op("AdjustContrastv2", "T, float32 -> T", T=SMALL, shape=same_shape)
def adjust_contrast(images, contrast_factor, *, T: "type" = dtypes.float32):  # noqa: N803
    """The distance of every pixel of images [.., h, w, c] to the channel's mean, times `contrast_factor`."""
    x = images.astype(jnp.float32)
    mean = jnp.mean(x, axis=(-3, -2), keepdims=True)
    return ((x - mean) * contrast_factor + mean).astype(images.dtype)


@op("AdjustHue", "T, float32 -> T", T=SMALL, shape=same_shape)
def adjust_hue(images, delta, *, T: "type" = dtypes.float32):  # noqa: N803
    """Turns the hue of RGB images [.., 3] by `delta` of a full turn."""
    x = images.astype(jnp.float32)
    hue, value, span = _hue_range(x)
    hue = hue + delta
    hue = hue - jnp.floor(hue)
    return ((value - span)[..., None] + span[..., None] * _pure(hue)).astype(images.dtype)


@op("AdjustSaturation", "T, float32 -> T", T=SMALL, shape=same_shape)
def adjust_saturation(images, scale, *, T: "type" = dtypes.float32):  # noqa: N803
    """Multiplies the saturation of RGB images [.., 3] by `scale`, within [0, 1]."""
    x = images.astype(jnp.float32)
    hue, saturation, value = _to_hsv(x)
    saturation = jnp.minimum(jnp.maximum(saturation * scale, jnp.zeros_like(saturation)), jnp.ones_like(saturation))
    return _to_rgb(hue, saturation, value).astype(images.dtype)
