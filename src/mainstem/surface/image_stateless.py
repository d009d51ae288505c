"""`tf.image.stateless_random_*`: random changes of images that a `seed` of two integers determines alone."""

import numpy as np

from mainstem.base import dtypes
from mainstem.ops import array, image_boxes, math, slicing
from mainstem.surface import image_codec, image_color
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.image import random_flip
from mainstem.surface.random import stateless_uniform


def stateless_random_flip_left_right(image, seed):
    """The image or its mirror image (left and right), each with probability 1/2; each image of a batch by itself."""
    return random_flip(image, 1, lambda shape: stateless_uniform(shape, seed), "stateless_random_flip_left_right")


def stateless_random_flip_up_down(image, seed):
    """The image or its mirror image (top and bottom), each with probability 1/2; each image of a batch by itself."""
    return random_flip(image, 0, lambda shape: stateless_uniform(shape, seed), "stateless_random_flip_up_down")


def _between(lower, upper, seed):
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")
    return stateless_uniform([], seed, lower, upper)


def stateless_random_brightness(image, max_delta, seed):
    """`adjust_brightness` by a value from [-max_delta, max_delta)."""
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return image_color.adjust_brightness(image, stateless_uniform([], seed, -max_delta, max_delta))


def stateless_random_contrast(image, lower, upper, seed):
    """`adjust_contrast` by a factor from [lower, upper)."""
    return image_color.adjust_contrast(image, _between(lower, upper, seed))


def stateless_random_hue(image, max_delta, seed):
    """`adjust_hue` by a value from [-max_delta, max_delta); `max_delta` in [0, 0.5]."""
    if not 0 <= max_delta <= 0.5:
        raise ValueError("max_delta must be <= 0.5." if max_delta > 0.5 else "max_delta must be non-negative.")
    return image_color.adjust_hue(image, stateless_uniform([], seed, -max_delta, max_delta))


def stateless_random_saturation(image, lower, upper, seed=None):
    """`adjust_saturation` by a factor from [lower, upper)."""
    if seed is None:
        raise ValueError("tf.image.stateless_random_saturation: 'seed' must be given.")
    return image_color.adjust_saturation(image, _between(lower, upper, seed))


def stateless_random_jpeg_quality(image, min_jpeg_quality, max_jpeg_quality, seed):
    """`adjust_jpeg_quality` by a quality from [min, max)."""
    if not 0 <= min_jpeg_quality < max_jpeg_quality <= 100:
        raise ValueError("jpeg encoding range must be between 0 and 100, `min_jpeg_quality` below `max_jpeg_quality`.")
    quality = stateless_uniform([], seed, min_jpeg_quality, max_jpeg_quality, dtype=dtypes.int32)
    return image_codec.adjust_jpeg_quality(image, quality)


def stateless_random_crop(value, size, seed, name=None):
    """A slice of shape `size` of `value`, at a position that `seed` determines."""
    with name_scope(name, "random_crop", [value, size]):
        value = convert_to_tensor(value, name="value")
        size = convert_to_tensor(size, dtypes.int32, name="size")
        limit = math.add(math.sub(array.shape(value), size), np.int32(1))
        drawn = stateless_uniform(array.shape(limit), seed, 0, dtypes.int32.max, dtype=dtypes.int32)
        return slicing.slice_(value, math.floor_mod(drawn, limit), size)


def stateless_sample_distorted_bounding_box(
    image_size, bounding_boxes, seed, min_object_covered=0.1, aspect_ratio_range=None, area_range=None, max_attempts=None,
    use_image_if_no_bounding_boxes=None, name=None,
):  # fmt: skip
    """As `sample_distorted_bounding_box`, with a crop that `seed`, two integers, determines."""
    options = {
        "aspect_ratio_range": aspect_ratio_range,
        "area_range": area_range,
        "max_attempts": max_attempts,
        "use_image_if_no_bounding_boxes": use_image_if_no_bounding_boxes,
    }
    with name_scope(name, "stateless_sample_distorted_bounding_box"):
        return image_boxes.stateless_sample_distorted_bounding_box(
            image_size,
            bounding_boxes,
            np.float32(min_object_covered),
            convert_to_tensor(seed, name="seed"),
            **{k: v for k, v in options.items() if v is not None},
        )
