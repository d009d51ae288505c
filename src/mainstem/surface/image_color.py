"""Values of images: dtype conversion, colour spaces, brightness, contrast, hue, saturation, and their random versions."""

import numpy as np

from mainstem.base import dtypes
from mainstem.ops import array, fill, image_color, math, reduce, slicing
from mainstem.surface import random
from mainstem.surface.framework import convert_to_tensor, identity, name_scope
from mainstem.surface.math import cast, saturate_cast

LAST = np.array([-1], np.int32)
AREA = np.array([-3, -2, -1], np.int32)


def convert_image_dtype(image, dtype, saturate=False, name=None):
    """The image as `dtype`: integers use the whole range of their type, floats [0, 1].

    A float that leaves the range wraps around unless `saturate`. Raises AttributeError for a dtype that is not a number.
    """
    image = convert_to_tensor(image, name="image")
    dtype, have = dtypes.as_dtype(dtype), image.dtype.base_dtype
    if not (dtype.is_floating or dtype.is_integer):
        raise AttributeError("dtype must be either floating point or integer")
    if dtype is have:
        return identity(image, name=name)
    with name_scope(name, "convert_image", [image]) as scope:
        if have.is_integer and dtype.is_integer:
            return _between_integers(image, have, dtype, saturate, scope)
        if have.is_floating and dtype.is_floating:
            return cast(image, dtype, name=scope)
        if have.is_integer:
            return math.mul(cast(image, dtype), 1.0 / have.max, name=scope)
        scaled = math.mul(image, dtype.max + 0.5)
        return saturate_cast(scaled, dtype, name=scope) if saturate else cast(scaled, dtype, name=scope)


def _between_integers(image, have, dtype, saturate, scope):
    if have.max > dtype.max:
        scaled = math.floor_div(image, (have.max + 1) // (dtype.max + 1))
        return saturate_cast(scaled, dtype, name=scope) if saturate else cast(scaled, dtype, name=scope)
    wide = saturate_cast(image, dtype) if saturate else cast(image, dtype)
    return math.mul(wide, (dtype.max + 1) // (have.max + 1), name=scope)


def _as_float(image):
    """The image as float16 or float32, whatever it was, and its own dtype."""
    image = convert_to_tensor(image, name="image")
    own = image.dtype.base_dtype
    if own in (dtypes.float16, dtypes.float32):
        return image, own
    return convert_image_dtype(image, dtypes.float32), own


# ---- adjusting


def adjust_brightness(image, delta):
    """Adds `delta` to every value, on the scale where the image's range is [0, 1]."""
    with name_scope(None, "adjust_brightness", [image, delta]) as scope:
        values, own = _as_float(image)
        changed = math.add(values, cast(delta, values.dtype), name=scope)
        return convert_image_dtype(changed, own, saturate=True)


def adjust_contrast(images, contrast_factor):
    """Multiplies every value's distance to the mean of its channel by `contrast_factor`."""
    with name_scope(None, "adjust_contrast", [images, contrast_factor]) as scope:
        values, own = _as_float(images)
        changed = image_color.adjust_contrast(values, contrast_factor, name=scope)
        return convert_image_dtype(changed, own, saturate=True)


def adjust_gamma(image, gamma=1, gain=1):
    """`gain * image ** gamma`. Raises ValueError for a negative gamma."""
    with name_scope(None, "adjust_gamma", [image, gamma, gain]):
        values, own = _as_float(image)
        if isinstance(gamma, (int, float)) and gamma < 0:
            raise ValueError("Gamma should be a non-negative real number.")
        changed = math.mul(cast(gain, values.dtype), math.pow_(values, cast(gamma, values.dtype)))
        return convert_image_dtype(changed, own, saturate=True)


def adjust_hue(image, delta, name=None):
    """Turns the hue of an RGB image by `delta` (in [-1, 1]) of a full turn."""
    with name_scope(name, "adjust_hue", [image]):
        values, own = _as_float(image)
        return convert_image_dtype(image_color.adjust_hue(values, delta), own)


def adjust_saturation(image, saturation_factor, name=None):
    """Multiplies the saturation of an RGB image by `saturation_factor`."""
    with name_scope(name, "adjust_saturation", [image]):
        values, own = _as_float(image)
        return convert_image_dtype(image_color.adjust_saturation(values, saturation_factor), own)


def per_image_standardization(image):
    """Each image [.., h, w, c] with mean 0 and variance 1; the standard deviation counts as at least 1 / sqrt(values).

    Integers become float32.
    """
    return _standardized(image)[0]


def per_image_standardization_v1(image):
    """As `per_image_standardization`; but the values of images of integers are made integers again, saturated."""
    changed, own = _standardized(image)
    return convert_image_dtype(changed, own, saturate=True)


def _standardized(image):
    with name_scope(None, "per_image_standardization", [image]) as scope:
        values, own = _as_float(image)
        shape = array.shape(values)
        count = reduce.prod(slicing.strided_slice(shape, [-3], [0], [1], end_mask=1), np.array([0], np.int32))
        mean = reduce.mean(values, AREA, keep_dims=True)
        distance = math.sub(values, mean)
        deviation = math.sqrt(reduce.mean(math.square(distance), AREA, keep_dims=True))
        least = math.rsqrt(cast(count, values.dtype))
        return math.real_div(distance, math.maximum(deviation, least), name=scope), own


# ---- at random


def _check_range(lower, upper):
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")


def random_brightness(image, max_delta, seed=None):
    """`adjust_brightness` by a value from [-max_delta, max_delta)."""
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, random.random_uniform([], -max_delta, max_delta, seed=seed))


def random_contrast(image, lower, upper, seed=None):
    """`adjust_contrast` by a factor from [lower, upper)."""
    _check_range(lower, upper)
    return adjust_contrast(image, random.random_uniform([], lower, upper, seed=seed))


def random_hue(image, max_delta, seed=None):
    """`adjust_hue` by a value from [-max_delta, max_delta); `max_delta` in [0, 0.5]."""
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_hue(image, random.random_uniform([], -max_delta, max_delta, seed=seed))


def random_saturation(image, lower, upper, seed=None):
    """`adjust_saturation` by a factor from [lower, upper)."""
    _check_range(lower, upper)
    return adjust_saturation(image, random.random_uniform([], lower, upper, seed=seed))


# ---- colour spaces


def rgb_to_hsv(images, name=None):
    """RGB in [0, 1] to hue, saturation and value in [0, 1]."""
    return image_color.rgb_to_hsv(images, name=name)


def hsv_to_rgb(images, name=None):
    """Hue, saturation and value in [0, 1] to RGB in [0, 1]."""
    return image_color.hsv_to_rgb(images, name=name)


def _mixed(images, matrix):
    """The channels (last axis) multiplied by a matrix [in, out]."""
    mixed = [
        reduce.sum_(math.mul(images, np.array(column, images.dtype.as_numpy_dtype)), LAST, keep_dims=len(matrix[0]) == 1)
        for column in zip(*matrix, strict=True)
    ]
    return mixed[0] if len(mixed) == 1 else array.pack(mixed, axis=len(images.shape) - 1)


def rgb_to_grayscale(images, name=None):
    """One channel: 0.2989 R + 0.587 G + 0.114 B."""
    with name_scope(name, "rgb_to_grayscale", [images]) as scope:
        values, own = _as_float(images)
        return convert_image_dtype(_mixed(values, [[0.2989], [0.587], [0.114]]), own, name=scope)


def grayscale_to_rgb(images, name=None):
    """Three equal channels from one. Raises ValueError when the last dimension is known and not 1."""
    with name_scope(name, "grayscale_to_rgb", [images]) as scope:
        images = convert_to_tensor(images, name="images")
        if not images.shape[-1:].is_compatible_with([1]):
            raise ValueError(f"Last dimension of a grayscale image should be size 1. Got shape {images.shape}.")
        return fill.tile(images, np.array([1] * (len(images.shape) - 1) + [3], np.int32), name=scope)


_YIQ = [
    [0.299, 0.59590059, 0.2115],
    [0.587, -0.27455667, -0.52273617],
    [0.114, -0.32134392, 0.31119955],
]
_FROM_YIQ = [[1, 1, 1], [0.95598634, -0.27201283, -1.10674021], [0.6208248, -0.64720424, 1.70423049]]
_YUV = [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512], [0.114, 0.43601035, -0.10001026]]
_FROM_YUV = [[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]


def rgb_to_yiq(images):
    """RGB to the NTSC space YIQ."""
    return _mixed(convert_to_tensor(images, name="images"), _YIQ)


def yiq_to_rgb(images):
    """The NTSC space YIQ to RGB."""
    return _mixed(convert_to_tensor(images, name="images"), _FROM_YIQ)


def rgb_to_yuv(images):
    """RGB to the PAL space YUV."""
    return _mixed(convert_to_tensor(images, name="images"), _YUV)


def yuv_to_rgb(images):
    """The PAL space YUV to RGB."""
    return _mixed(convert_to_tensor(images, name="images"), _FROM_YUV)
