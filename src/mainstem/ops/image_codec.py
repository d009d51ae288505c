"""JPEG, PNG, GIF, BMP and WebP files to pixels and back.

Pillow reads and writes them; JPEG is read by libjpeg-turbo through simplejpeg, which has TensorFlow's fast transform: pixels are
TensorFlow's, bit for bit. Pillow reads the JPEG files that simplejpeg has no way for (CMYK, rare ways of subsampling) by the accurate
transform, which may differ by a few levels of 255.
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


def _damage():
    """What Pillow raises for damaged files, and for sizes that no picture has."""
    return (OSError, SyntaxError, ValueError, EOFError, LookupError, struct.error, _pillow().DecompressionBombError)


def _turbo():
    import simplejpeg

    return simplejpeg


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
    except _damage() as e:
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
        if what == "PNG" and mode == "L" and _own_mode(image).startswith("RGB"):
            return _grey(np.asarray(image.convert("RGB")))
        array = np.asarray(image if image.mode == mode else image.convert(mode))
    except _damage() as e:
        raise invalid(f"Invalid {what} data: {e}") from None
    return array[..., None] if array.ndim == 2 else array


def _jpeg(data, channels, ratio=1, truncated=False, fancy=True, method=""):
    """The pixels [h, w, 1 or 3] of a JPEG file, `ratio` times smaller."""
    if kind_of(data) != "JPEG":
        _open(data, ("JPEG",), "JPEG")
    if channels not in (0, 1, 3):
        raise invalid(f"channels must be 0, 1, or 3 for JPEG, got {channels}")
    if ratio not in (1, 2, 4, 8):
        raise invalid(f"ratio must be 1, 2, 4, or 8, got {ratio}")
    if method not in ("", "INTEGER_FAST", "INTEGER_ACCURATE"):
        raise invalid(f"dct_method must be one of '', INTEGER_FAST or INTEGER_ACCURATE, got {method}")
    try:
        height, width, colors, _ = _turbo().decode_jpeg_header(data)
    except ValueError:
        height = width = colors = None
    if colors not in ("Gray", "YCbCr", "RGB"):
        return _jpeg_by_pillow(data, channels, ratio, truncated)
    how = {
        "colorspace": "GRAY" if channels == 1 or (channels == 0 and colors == "Gray") else "RGB",
        "fastdct": method != "INTEGER_ACCURATE",
        "fastupsample": not fancy,
    }
    if ratio > 1:
        how.update(min_height=-(-height // ratio), min_width=-(-width // ratio))
    return _turbo_pixels(data, how, truncated)


def _turbo_pixels(data, how, truncated):
    try:
        return _turbo().decode_jpeg(data, **how)
    except ValueError as e:  # a mere warning is one too
        if "Premature end" in str(e) and not truncated:
            raise invalid(f"Invalid JPEG data, size {len(data)}: {e}; try_recover_truncated=True gives what is there") from None
    try:
        return _turbo().decode_jpeg(data, strict=False, **how)
    except ValueError as e:
        raise invalid(f"Invalid JPEG data, size {len(data)}: {e}") from None


def _jpeg_by_pillow(data, channels, ratio, truncated):
    image = _open(data, ("JPEG",), "JPEG")
    grey = channels == 1 or (channels == 0 and image.mode == "L")
    if ratio > 1 or grey:
        image.draft("L" if grey else None, tuple(-(-s // ratio) for s in image.size))
    if image.mode == "CMYK":
        return _from_cmyk(image, grey)
    if truncated:
        return _lenient(image, 1 if grey else 3)
    return _pixels(image, 1 if grey else 3, "JPEG")


def _from_cmyk(image, grey):
    """The colours of an Adobe JPEG file, whose inks Pillow has turned over."""
    if grey:
        raise invalid("Invalid JPEG data or crop window: files of four inks (CMYK) are read in colour only.")
    inks = (
        255 - _pixels(image, 4, "JPEG").astype(np.int32) if image.mode != "CMYK" else 255 - np.asarray(image).astype(np.int32)
    )
    return (inks[..., :3] * inks[..., 3:] // 255).astype(np.uint8)


def _lenient(image, channels):
    from PIL import ImageFile

    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
    try:
        return _pixels(image, channels, "JPEG")
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _frames(data):
    image = _open(data, ("GIF",), "GIF")
    return np.stack([_drawn(frame) for frame in _each(image, "GIF")])


def _drawn(frame):
    """The pixels of a frame, black where nothing was drawn yet."""
    pixels = _pixels(frame, 4, "GIF")
    return np.where(pixels[..., 3:] == 0, np.uint8(0), pixels[..., :3])


_WIDE = {b"\x10\x00": 1, b"\x10\x02": 3, b"\x10\x06": 4, b"\x10\x04": 2}  # depth and colour type of 16 bits: the channels


def _wide_png(data):
    """The pixels [h, w, c] of a PNG file of 16 bits a channel, uint16.

    Pillow has no such images in colour: its unpacker for the other byte order gives the lower bytes that its own drops.
    """
    channels = _WIDE[data[24:26]]
    try:
        image = _pillow().open(io.BytesIO(data), formats=["PNG"])
        if channels == 1:
            return np.asarray(image).astype(np.uint16)[..., None]
        if channels == 2:  # its bytes are those of an image of 8 bits with twice as many channels
            head = data[12:24] + b"\x08\x06" + data[26:29]
            image = _pillow().open(
                io.BytesIO(data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]), formats=["PNG"]
            )
            return np.ascontiguousarray(np.asarray(image)).view(">u2").astype(np.uint16)
        high, low = np.asarray(image), _other_bytes(data)
    except _damage() as e:
        raise invalid(f"Invalid PNG data: {e}") from None
    return high.astype(np.uint16) << 8 | low


def _other_bytes(data):
    image = _pillow().open(io.BytesIO(data), formats=["PNG"])
    image.tile = [tile._replace(args=tile.args.replace("16B", "16L")) for tile in image.tile]
    return np.asarray(image)


def _grey(pixels, red=9798):
    """Colours mixed to grey [h, w, 1] as libpng does it for TensorFlow, in units of 1 / 32768."""
    r, g, b = (pixels[..., i].astype(np.int64) for i in range(3))
    return ((red * r + 19235 * g + (32768 - 19235 - red) * b) >> 15).astype(pixels.dtype)[..., None]


def _in_channels(pixels, channels):
    """Pixels with another number of channels: grey repeated, opacity added or dropped."""
    have = pixels.shape[-1]
    if channels in (0, have):
        return pixels
    if channels == 1 and have >= 3:
        return _grey(pixels, 9797)
    color = pixels[..., :1] if have <= 2 else pixels[..., :3]
    color = color if channels == 1 else np.broadcast_to(color, (*pixels.shape[:2], 3))
    if channels != 4:
        return color
    full = np.full((*pixels.shape[:2], 1), np.iinfo(pixels.dtype).max, pixels.dtype)
    return np.concatenate([color, pixels[..., -1:] if have in (2, 4) else full], -1)


def _to_type(pixels, dtype, step=257):
    """Pixels of uint8 or uint16 as `dtype`: floats in [0, 1], uint16 by `step` for a level of uint8."""
    if dtype is dtypes.uint16 and pixels.dtype == np.uint8:
        return pixels.astype(np.uint16) * np.uint16(step)
    if dtype is dtypes.uint8 and pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    if dtype.is_floating:
        return pixels * (np.float32(1) / np.float32(np.iinfo(pixels.dtype).max))
    return pixels


def _still(data, channels, dtype=dtypes.uint8):
    """One image [h, w, c] of any format but an animation."""
    kind = kind_of(data)
    if channels not in (0, 1, 3, 4):
        raise invalid(f"channels must be 0, 1, 3, or 4, got {channels}")
    if kind == "JPEG":
        return _to_type(_jpeg(data, channels), dtype, step=256)
    if kind == "GIF":
        frames = _frames(data)
        if channels not in (0, 3):
            raise invalid("channels must be 0 or 3 for GIF")
        if len(frames) != 1:
            raise invalid(
                f"Got {len(frames)} frames, but animated gifs can only be decoded by tf.image.decode_gif or tf.image.decode_image"
            )
        return _to_type(frames[0], dtype)
    image = _open(data, ("PNG", "BMP", "WEBP"), "image")
    if kind == "PNG" and data[24:26] in _WIDE and (dtype is not dtypes.uint8 or channels == 1):
        return _to_type(_in_channels(_wide_png(data), channels), dtype)
    if kind == "PNG" and channels == 0 and data[24:26] == b"\x10\x04":
        channels = 2  # Pillow opens grey with alpha of 16 bits as RGBA
    if kind == "BMP":
        return _to_type(_bmp(data, channels), dtype)
    pixels = _pixels(image, channels, kind)
    # a PNG file's levels are those of 16 bits before they are numbers
    return _to_type(_to_type(pixels, dtypes.uint16) if kind == "PNG" and dtype.is_floating else pixels, dtype)


def _bmp(data, channels):
    image = _open(data, ("BMP",), "BMP")
    if image.mode == "P":  # its numbers of colours count as levels of grey, as in TensorFlow
        image = _pillow().fromarray(np.asarray(image))
    if data[28:30] != b"\x20\0":
        return _pixels(image, channels, "BMP")
    width, height = image.size
    start, upside_down = int.from_bytes(data[10:14], "little"), int.from_bytes(data[22:26], "little", signed=True) > 0
    if len(data) < start + width * height * 4:
        raise invalid(f"Invalid BMP data, size {len(data)}: {width} x {height} pixels need {start + width * height * 4} bytes.")
    pixels = np.frombuffer(data, np.uint8, width * height * 4, start).reshape(
        height, width, 4
    )  # blue first; Pillow drops opacity
    return _in_channels((pixels[::-1] if upside_down else pixels)[..., [2, 1, 0, 3]], channels)


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
    return _jpeg(data, channels, ratio, try_recover_truncated, fancy_upscaling, dct_method)


@op("DecodeAndCropJpeg", "string, int32 -> image:uint8", host=True, shape=_image_shape)
def decode_and_crop_jpeg(
    contents, crop_window, *, channels=0, ratio=1, fancy_upscaling=True, try_recover_truncated=False, acceptable_fraction=1.0,
    dct_method="",
):  # fmt: skip
    """The part `crop_window` (y, x, height, width) of the pixels of a JPEG file."""
    pixels = _jpeg(_bytes(contents), channels, ratio, try_recover_truncated, fancy_upscaling, dct_method)
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
    if channels not in (0, 3, 4):
        raise invalid(f"channels must be 0, 3 or 4 for BMP, got {channels}")
    return _bmp(_bytes(contents), channels)


@op(
    "DecodeWebP",
    "string -> image:dtype",
    dtype=frozenset({dtypes.uint8}),
    host=True,
    shape=lambda inputs, attrs: [(None, None, None, attrs["channels"] or None)],
)
def decode_web_p(contents, *, channels=0, dtype: "type" = dtypes.uint8):
    """The frames [n, h, w, 3 or 4] of a WebP file."""
    image = _open(_bytes(contents), ("WEBP",), "WebP")
    have = len(image.getbands())
    if channels not in (0, have):
        raise invalid(f"channels must be 0 or {have} for this WebP file, got {channels}")
    return np.stack([_pixels(frame, have, "WebP") for frame in _each(image, "WebP")])


def _each(image, what):
    """The frames of a Pillow image."""
    i = 0
    while True:
        try:
            if i:
                image.seek(i)
        except EOFError:
            return
        except _damage() as e:
            raise invalid(f"Invalid {what} data: {e}") from None
        yield image
        i += 1


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
    if kind_of(data) == "WEBP":
        if dtype is not dtypes.uint8:
            raise invalid(f"WebP files are read as uint8, got {dtype.name}")
        frames = decode_web_p.kernel(contents, channels=channels)
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
    options = {"xmp": xmp_metadata.encode()} if xmp_metadata else {}
    content = bytearray(
        _to_jpeg(
            image, format, quality, progressive=progressive, optimize=optimize_size, subsampling=2 if chroma_downsampling else 0,
            dpi=(x_density, y_density), **options,
        )[()]
    )  # fmt: skip
    content[13] = 1 if density_unit == "in" else 2  # Pillow writes dots an inch only
    return np.array(bytes(content), object)


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
