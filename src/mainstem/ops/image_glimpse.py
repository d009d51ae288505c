"""Windows of images around points: `ExtractGlimpse` and `ExtractGlimpseV2`, on the host, since what lies outside may be noise."""

import numpy as np

from mainstem.core.registry import op
from mainstem.ops.host import invalid
from mainstem.ops.image import resized_shape

F = np.float32
_NOISE = {
    "zero": lambda image, shape, rng: np.zeros(shape, F),
    "uniform": lambda image, shape, rng: rng.uniform(image.min(), image.max(), shape).astype(F),
    "gaussian": lambda image, shape, rng: rng.normal(image.mean(), image.std(), shape).astype(F),
}


def _corners(offsets, size, window, centered, normalized, half):
    """Where windows begin: a share of the image or pixels, from the middle or the upper left corner."""
    at = offsets.astype(F)
    at = at * size if normalized else at
    if centered:
        at = at / F(2) + size / F(2) if normalized or half else at + size / F(2)
    return np.trunc(at - window / F(2) if half or (centered and normalized) else at).astype(int)


def _kind(uniform_noise, noise):
    if uniform_noise and noise not in ("", "uniform"):
        raise invalid("The uniform_noise and noise should not be specified at the same time")
    noise = noise or ("uniform" if uniform_noise else "gaussian")
    if noise not in _NOISE:
        raise invalid(f"noise type {noise} not supported: it is one of {', '.join(sorted(_NOISE))}.")
    return noise


def _cut(images, size, offsets, centered, normalized, noise, half):
    if images.ndim != 4 or np.shape(size) != (2,) or offsets.shape != (len(images), 2):
        raise invalid(
            f"input must be [n, height, width, channels], size [2] and offsets [n, 2], got shapes {list(images.shape)}, "
            f"{list(np.shape(size))} and {list(offsets.shape)}"
        )
    window, rng = np.asarray(size, int), np.random.default_rng()
    out = np.empty((len(images), *window, images.shape[3]), F)
    starts = _corners(offsets, np.array(images.shape[1:3], F), window.astype(F), centered, normalized, half)
    for image, start, made in zip(images, starts, out):
        low, high = np.maximum(start, 0), np.minimum(start + window, image.shape[:2])
        if (low != start).any() or (high != start + window).any():
            made[...] = _NOISE[noise](image, made.shape, rng)
        if (low < high).all():
            (a, b), (c, d) = low - start, high - start
            made[a:c, b:d] = image[low[0] : high[0], low[1] : high[1]]
    return out


_OPTIONS = {"host": True, "stateful": True, "shape": resized_shape}


@op("ExtractGlimpse", "input:float32, size:int32, offsets:float32 -> glimpse:float32", **_OPTIONS)
def extract_glimpse(input, size, offsets, *, centered=True, normalized=True, uniform_noise=True, noise="uniform"):
    """Windows [n, h, w, c] of images around `offsets` [n, 2]: of TensorFlow 1, half a window before the point in any case."""
    return _cut(input, size, offsets, centered, normalized, _kind(uniform_noise, noise), True)


@op("ExtractGlimpseV2", "input:float32, size:int32, offsets:float32 -> glimpse:float32", **_OPTIONS)
def extract_glimpse_v2(input, size, offsets, *, centered=True, normalized=True, uniform_noise=True, noise="uniform"):
    """As ExtractGlimpse, but only windows around normalized, centered points begin half a window before them."""
    return _cut(input, size, offsets, centered, normalized, _kind(uniform_noise, noise), False)
