"""Image files: `tf.image.decode_jpeg`, `decode_png`, `decode_image`, `encode_jpeg` and their like."""

import numpy as np

from mainstem.base import dtypes
from mainstem.ops import image_codec as ops
from mainstem.ops import math, string
from mainstem.surface import random
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.image_color import convert_image_dtype

_DECODED = (dtypes.uint8, dtypes.uint16, dtypes.float32)


def decode_jpeg(
    contents, channels=0, ratio=1, fancy_upscaling=True, try_recover_truncated=False, acceptable_fraction=1, dct_method="",
    name=None,
):  # fmt: skip
    """The pixels [h, w, channels] of a JPEG file, uint8.

    Args:
        contents: the file's bytes, a scalar string.
        channels: 0 for those of the file, 1 for grey, 3 for RGB.
        ratio: 1, 2, 4 or 8: how many times smaller.
        dct_method: "INTEGER_FAST" (as "") or "INTEGER_ACCURATE".

    Bytes that are no image fail the run with InvalidArgumentError.
    """
    return ops.decode_jpeg(
        contents,
        channels=channels,
        ratio=ratio,
        fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated,
        acceptable_fraction=acceptable_fraction,
        dct_method=dct_method,
        name=name,
    )


def decode_and_crop_jpeg(
    contents, crop_window, channels=0, ratio=1, fancy_upscaling=True, try_recover_truncated=False, acceptable_fraction=1,
    dct_method="", name=None,
):  # fmt: skip
    """The part `crop_window` (y, x, height, width) of the pixels of a JPEG file."""
    return ops.decode_and_crop_jpeg(
        contents,
        crop_window,
        channels=channels,
        ratio=ratio,
        fancy_upscaling=fancy_upscaling,
        try_recover_truncated=try_recover_truncated,
        acceptable_fraction=acceptable_fraction,
        dct_method=dct_method,
        name=name,
    )


def decode_png(contents, channels=0, dtype=dtypes.uint8, name=None):
    """The pixels [h, w, channels] of a PNG file, uint8 or uint16."""
    return ops.decode_png(contents, channels=channels, dtype=dtype, name=name)


def decode_bmp(contents, channels=0, name=None):
    """The pixels [h, w, channels] of a BMP file, uint8."""
    return ops.decode_bmp(contents, channels=channels, name=name)


def decode_webp(contents, channels=0, dtype=dtypes.uint8, name=None):
    """The frames [n, h, w, channels] of a WebP file, uint8."""
    return ops.decode_web_p(contents, channels=channels, dtype=dtype, name=name)


def decode_gif(contents, name=None):
    """The frames [n, h, w, 3] of a GIF file, uint8."""
    return ops.decode_gif(contents, name=name)


def decode_image(contents, channels=None, dtype=dtypes.uint8, name=None, expand_animations=True):
    """The pixels of a JPEG, PNG, GIF or BMP file as `dtype`: [h, w, channels], or [n, h, w, 3] of a GIF file.

    The rank is unknown when the graph is built unless `expand_animations` is False (then of a GIF file the first frame).
    """
    with name_scope(name, "decode_image", [contents]):
        dtype = dtypes.as_dtype(dtype)
        read = dtype if dtype in _DECODED else dtypes.uint8
        image = ops.decode_image(contents, channels=channels or 0, dtype=read, expand_animations=expand_animations)
        return image if read is dtype else convert_image_dtype(image, dtype)


def is_jpeg(contents, name=None):
    """Whether the bytes start as a JPEG file does, bool."""
    with name_scope(name, "is_jpeg"):
        return math.equal(string.substr(contents, 0, 3), np.array(b"\xff\xd8\xff", object))


def extract_jpeg_shape(contents, output_type=dtypes.int32, name=None):
    """Height, width and channels [3] of a JPEG file."""
    return ops.extract_jpeg_shape(contents, output_type=output_type, name=name)


def encode_jpeg(
    image, format="", quality=95, progressive=False, optimize_size=False, chroma_downsampling=True, density_unit="in",
    x_density=300, y_density=300, xmp_metadata="", name=None,
):  # fmt: skip
    """An image [h, w, 1 or 3] of uint8 as the bytes of a JPEG file."""
    return ops.encode_jpeg(
        image,
        format=format,
        quality=quality,
        progressive=progressive,
        optimize_size=optimize_size,
        chroma_downsampling=chroma_downsampling,
        density_unit=density_unit,
        x_density=x_density,
        y_density=y_density,
        xmp_metadata=xmp_metadata,
        name=name,
    )


def encode_png(image, compression=-1, name=None):
    """An image [h, w, 1 to 4] of uint8 or uint16 as the bytes of a PNG file."""
    image = convert_to_tensor(image)  # an array of uint16 keeps its type: the op's default is uint8
    return ops.encode_png(image, compression=compression, name=name)


def adjust_jpeg_quality_v1(image, jpeg_quality, name=None):
    """The image after one trip through a JPEG file of this quality."""
    return adjust_jpeg_quality(image, jpeg_quality, name=name)


def adjust_jpeg_quality(image, jpeg_quality, dct_method="", name=None):
    """The image after one trip through a JPEG file of this quality."""
    with name_scope(name, "adjust_jpeg_quality", [image]):
        image = convert_to_tensor(image, name="image")
        own = image.dtype.base_dtype
        written = ops.encode_jpeg_variable_quality(convert_image_dtype(image, dtypes.uint8, saturate=True), jpeg_quality)
        return convert_image_dtype(ops.decode_jpeg(written, dct_method=dct_method), own)


def random_jpeg_quality(image, min_jpeg_quality, max_jpeg_quality, seed=None):
    """`adjust_jpeg_quality` by a quality from [min, max). Raises ValueError for bounds outside [0, 100] or in wrong order."""
    if min_jpeg_quality < 0 or max_jpeg_quality < 0 or min_jpeg_quality > 100 or max_jpeg_quality > 100:
        raise ValueError("jpeg encoding range must be between 0 and 100.")
    if min_jpeg_quality >= max_jpeg_quality:
        raise ValueError("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    quality = random.random_uniform([], min_jpeg_quality, max_jpeg_quality, seed=seed, dtype=dtypes.int32)
    return adjust_jpeg_quality(image, quality)
