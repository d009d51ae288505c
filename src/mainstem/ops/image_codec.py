"""JPEG, PNG, GIF and BMP files to pixels and back, by Pillow.

Decoding is exact for PNG, GIF and BMP. Of JPEG, libjpeg's accurate integer transform is used whatever `dct_method` says:
TensorFlow's default may differ from it by a few levels of 255 (see tests/surface/test_image_codec.py).
"""

import io
import struct
import zlib

import numpy as np

from mainstem.base import dtypes
from mainstem.core.registry import op
from mainstem.ops.host import invalid

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"RIFF", "WEBP"),
)


def _pillow():
    from PIL import Image  # 50 ms, paid by programs that read images

    return Image


def _bytes(contents):
    return np.asarray(contents, object)[()]


def kind_of(data):
    """The format of image file content, by its first bytes, or None."""
    return next((name for start, name in _SIGNATURES if data.startswith(start)), None)


def _open(data, formats, what):
    found = kind_of(data)
    if found is None:
        raise invalid(
            f"Unknown image file format. One of JPEG, PNG, GIF, BMP required ({what}: {len(data)} bytes that start with {data[:8]!r})."
        )
    if found not in formats:
        raise invalid(f"{what}: expected {' or '.join(formats)} data, found {found}.")
    try:
        return _pillow().open(io.BytesIO(data), formats=[found])
    except (OSError, SyntaxError, ValueError) as e:
        raise invalid(f"Invalid {found} data, size {len(data)}: {e}") from None


def _own_mode(image):
    """The Pillow mode that keeps all channels of an image."""
    see_through = "transparency" in image.info
    if image.mode in ("P", "PA"):
        return "RGBA" if see_through or image.mode == "PA" else "RGB"
    if image.mode in ("1", "L", "I", "I;16", "I;16B"):
        return "LA" if see_through else "L"
    if image.mode in ("RGB", "CMYK", "YCbCr"):
        return "RGBA" if see_through else "RGB"
    return image.mode


def _pixels(image, channels, what):
    """The pixels [h, w, c] of a Pillow image, uint8; uint16 where a grey image has 16 bits."""
    if channels not in (0, *_MODES):
        raise invalid(f"channels must be 0, 1, 3 or 4. Got {channels}.")
    try:
        if image.mode in ("I;16", "I;16B", "I") and channels in (0, 1):
            return np.asarray(image).astype(np.uint16)[..., None]
        if image.mode in ("I;16", "I;16B", "I"):
            image = _pillow().fromarray((np.asarray(image) >> 8).astype(np.uint8))
        mode = _MODES[channels] if channels else _own_mode(image)
        array = np.asarray(image if image.mode == mode else image.convert(mode))
    except (OSError, SyntaxError, ValueError) as e:
        raise invalid(f"Invalid {what} data: {e}") from None
    return array[..., None] if array.ndim == 2 else array


def _jpeg(data, channels, ratio=1, truncated=False):
    image = _open(data, ("JPEG",), "JPEG")
    if channels not in (0, 1, 3):
        raise invalid(f"channels must be 0, 1, or 3 for JPEG, got {channels}")
    if ratio not in (1, 2, 4, 8):
        raise invalid(f"ratio must be 1, 2, 4, or 8, got {ratio}")
    grey = channels == 1 or (channels == 0 and image.mode == "L")
    size = image.size
    if ratio > 1 or grey:
        image.draft("L" if grey else None, tuple(-(-s // ratio) for s in size))
    if truncated:
        return _lenient(image, 1 if grey else 3)
    return _pixels(image, 1 if grey else 3, "JPEG")


def _lenient(image, channels):
    from PIL import ImageFile

    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
    try:
        return _pixels(image, channels, "JPEG")
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _frames(data):
    image = _open(data, ("GIF",), "GIF")
    out = []
    for i in range(getattr(image, "n_frames", 1)):
        image.seek(i)
        out.append(np.asarray(image.convert("RGB")))
    return np.stack(out)


def _to_type(pixels, dtype):
    """Pixels of uint8 or uint16 as `dtype`: another width by whole range, floats in [0, 1]."""
    if dtype is dtypes.uint16 and pixels.dtype == np.uint8:
        return pixels.astype(np.uint16) * np.uint16(257)
    if dtype is dtypes.uint8 and pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    if dtype.is_floating:
        return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    return pixels


def _still(data, channels, dtype=dtypes.uint8):
    """One image [h, w, c] of any format but an animation."""
    kind = kind_of(data)
    if kind == "JPEG":
        return _to_type(_jpeg(data, channels), dtype)
    if kind == "GIF":
        frames = _frames(data)
        if len(frames) != 1:
            raise invalid(
                f"Got {len(frames)} frames, but animated gifs can only be decoded by tf.image.decode_gif or tf.image.decode_image"
            )
        return _to_type(frames[0], dtype)
    image = _open(data, ("PNG", "BMP", "WEBP"), "image")
    if dtype is dtypes.uint16 and data[24:26] in (b"\x10\x02", b"\x10\x06", b"\x10\x04"):
        raise NotImplementedError("DecodePng: 16 bits a channel are read of grey images only.")
    if kind == "PNG" and channels == 0 and data[24:26] == b"\x10\x04":
        channels = 2  # Pillow opens grey with alpha of 16 bits as RGBA
    return _to_type(_pixels(image, channels, kind), dtype)


def _image_shape(inputs, attrs):
    return [(None, None, attrs["channels"] or None)]


@op("DecodeJpeg", "string -> image:uint8", host=True, shape=_image_shape)
def decode_jpeg(
    contents, *, channels=0, ratio=1, fancy_upscaling=True, try_recover_truncated=False, acceptable_fraction=1.0, dct_method=""
):
    """The pixels [h, w, channels] of a JPEG file (PNG, BMP and still GIF files too), `ratio` times smaller."""
    data = _bytes(contents)
    if kind_of(data) != "JPEG":
        return _still(data, channels)
    return _jpeg(data, channels, ratio, try_recover_truncated)


@op("DecodeAndCropJpeg", "string, int32 -> image:uint8", host=True, shape=_image_shape)
def decode_and_crop_jpeg(
    contents, crop_window, *, channels=0, ratio=1, fancy_upscaling=True, try_recover_truncated=False, acceptable_fraction=1.0,
    dct_method="",
):  # fmt: skip
    """The part `crop_window` (y, x, height, width) of the pixels of a JPEG file."""
    pixels = _jpeg(_bytes(contents), channels, ratio, try_recover_truncated)
    y, x, h, w = (int(v) for v in crop_window)
    if y < 0 or x < 0 or h < 1 or w < 1 or y + h > pixels.shape[0] or x + w > pixels.shape[1]:
        raise invalid(f"Invalid JPEG data or crop window {[y, x, h, w]} of an image of {list(pixels.shape)}")
    return np.ascontiguousarray(pixels[y : y + h, x : x + w])


@op("DecodePng", "string -> image:dtype", dtype=frozenset({dtypes.uint8, dtypes.uint16}), host=True, shape=_image_shape)
def decode_png(contents, *, channels=0, dtype: "type" = dtypes.uint8):
    """The pixels [h, w, channels] of a PNG file (JPEG, BMP and still GIF files too)."""
    return _still(_bytes(contents), channels, dtype)


@op("DecodeBmp", "string -> image:uint8", host=True, shape=_image_shape)
def decode_bmp(contents, *, channels=0):
    """The pixels [h, w, channels] of a BMP file."""
    return _pixels(_open(_bytes(contents), ("BMP",), "BMP"), channels, "BMP")


@op("DecodeGif", "string -> image:uint8", host=True, shape=lambda inputs, attrs: [(None, None, None, 3)])
def decode_gif(contents):
    """The frames [n, h, w, 3] of a GIF file; another still image file gives one frame."""
    data = _bytes(contents)
    return _frames(data) if kind_of(data) == "GIF" else _still(data, 3)[None]


@op(
    "DecodeImage",
    "string -> image:dtype",
    dtype=frozenset({dtypes.uint8, dtypes.uint16, dtypes.float32}),
    host=True,
    shape=lambda inputs, attrs: [None if attrs["expand_animations"] else (None, None, attrs["channels"] or None)],
)
def decode_image(contents, *, channels=0, dtype: "type" = dtypes.uint8, expand_animations=True):
    """The pixels of an image file of any format: [h, w, channels], or [n, h, w, 3] of a GIF file with `expand_animations`."""
    data = _bytes(contents)
    if kind_of(data) == "GIF":
        if channels not in (0, 3):
            raise invalid("channels must be 0 or 3 for GIF")
        frames = _to_type(_frames(data), dtype)
        return frames if expand_animations else frames[0]
    return _still(data, channels, dtype)


@op(
    "ExtractJpegShape",
    "string -> image_shape:output_type",
    output_type=dtypes.INDEX,
    host=True,
    shape=lambda inputs, attrs: [(3,)],
)
def extract_jpeg_shape(contents, *, output_type: "type" = dtypes.int32):
    """Height, width and channels [3] of a JPEG file, without decoding it."""
    image = _open(_bytes(contents), ("JPEG",), "JPEG")
    return np.array([image.size[1], image.size[0], len(image.getbands())], output_type.np)


# ---- writing


def _written_shape(inputs, attrs):
    shape = inputs[0].shape
    if shape is not None and len(shape) != 3:
        raise ValueError(f"Shape must be rank 3 but is rank {len(shape)}: an image is [height, width, channels]")
    return [()]


def _file(image, **options):
    out = io.BytesIO()
    image.save(out, **options)
    return np.array(out.getvalue(), object)


def _to_jpeg(image, form, quality, **options):
    array = np.asarray(image)
    wanted = {"": (1, 3), "grayscale": (1,), "rgb": (3,)}.get(form)
    if wanted is None:
        raise invalid(f"format must be '', grayscale or rgb, got {form}")
    if array.ndim != 3 or array.shape[-1] not in wanted:
        raise invalid(
            f"image must be 3-dimensional with {' or '.join(map(str, wanted))} channels. Got shape {list(array.shape)}."
        )
    if not 0 <= quality <= 100:
        raise invalid(f"quality must be in [0,100], got {quality}")
    picture = _pillow().fromarray(array[..., 0] if array.shape[-1] == 1 else array)
    return _file(picture, format="JPEG", quality=max(quality, 1), **options)


@op("EncodeJpeg", "uint8 -> contents:string", host=True, shape=_written_shape)
def encode_jpeg(
    image, *, format="", quality=95, progressive=False, optimize_size=False, chroma_downsampling=True, density_unit="in",
    x_density=300, y_density=300, xmp_metadata="",
):  # fmt: skip
    """An image [h, w, 1 or 3] as a JPEG file."""
    per = 1 if density_unit == "in" else 2.54
    options = {"xmp": xmp_metadata.encode()} if xmp_metadata else {}
    return _to_jpeg(
        image,
        format,
        quality,
        progressive=progressive,
        optimize=optimize_size,
        subsampling=2 if chroma_downsampling else 0,
        dpi=(round(x_density * per), round(y_density * per)),
        **options,
    )


@op("EncodeJpegVariableQuality", "uint8, int32 -> contents:string", host=True, shape=_written_shape)
def encode_jpeg_variable_quality(images, quality):
    """An image [h, w, 1 or 3] as a JPEG file, with the quality as a tensor."""
    return _to_jpeg(images, "", int(quality), subsampling=2, dpi=(300, 300))


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def to_png(array, compression=-1):
    """An array [h, w, 1 to 4] of uint8 or uint16 as the bytes of a PNG file (ISO 15948), lines unfiltered."""
    height, width, channels = array.shape
    color = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    lines = array.astype(array.dtype.newbyteorder(">")).reshape(height, -1).view(np.uint8)
    raw = np.concatenate([np.zeros((height, 1), np.uint8), lines], 1).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8 * array.dtype.itemsize, color, 0, 0, 0)
    body = zlib.compress(raw, compression)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


@op("EncodePng", "T -> contents:string", T=frozenset({dtypes.uint8, dtypes.uint16}), host=True, shape=_written_shape)
def encode_png(image, *, compression=-1, T: "type" = dtypes.uint8):  # noqa: N803
    """An image [h, w, 1 to 4] of uint8 or uint16 as a PNG file."""
    array = np.asarray(image)
    if array.ndim != 3 or array.shape[-1] not in (1, 2, 3, 4) or array.size == 0:
        raise invalid(f"image must be 3-dimensional, not empty, with 1, 2, 3, or 4 channels. Got shape {list(array.shape)}.")
    if array.dtype == np.uint16:
        return np.array(to_png(array, compression), object)
    picture = _pillow().fromarray(array[..., 0] if array.shape[-1] == 1 else array, _MODES[array.shape[-1]])
    return _file(picture, format="PNG", **({} if compression < 0 else {"compress_level": compression}))
