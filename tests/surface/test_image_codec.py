"""Image files: what TensorFlow 1.15 wrote is read as it read it, and what we write is read back.

Ops DecodeJpeg, DecodeAndCropJpeg, DecodePng, DecodeBmp, DecodeGif, DecodeImage, ExtractJpegShape, EncodeJpeg,
EncodeJpegVariableQuality, EncodePng.
"""

import io
import pathlib

import numpy as np
import pytest
from PIL import Image

from mainstem.base import dtypes, errors
from mainstem.graph.graph import Graph
from mainstem.ops import image_codec as ops
from mainstem.run.session import Session
from mainstem.surface import framework
from mainstem.surface import image_codec as codec

GOLDEN = np.load(pathlib.Path(__file__).parents[1] / "golden" / "image_v1.npz")
JPEG = 4  # levels of 255, where Pillow reads by the accurate transform: the smaller sizes of tiny images
FILES = {k[5:]: GOLDEN[k].tobytes() for k in GOLDEN.files if k.startswith("file/")}
STEPS = np.clip(np.add.outer(np.arange(9) * 9, np.arange(7) * 8)[..., None] + np.array([0, 60, 110]), 0, 255).astype(np.uint8)


@pytest.fixture
def session():
    graph = Graph()
    with graph.as_default(), Session(graph=graph) as s:
        yield s


@pytest.mark.parametrize("name", [k for k in FILES if k.startswith("png")])
def test_png_pixels_are_tensorflows(session, name):
    for channels in (0, 1, 3, 4):
        image = codec.decode_png(FILES[name], channels=channels)
        assert image.shape.as_list() == [None, None, channels or None] and image.name.startswith("DecodePng")
        found, wanted = session.run(image), GOLDEN[f"pixels/{name}/{channels}"]
        grey = channels == 1 and name in ("png3", "png4")  # libpng and Pillow round the mix of colours differently
        assert found.shape == wanted.shape and np.abs(found.astype(int) - wanted).max() <= (1 if grey else 0)


def test_png_of_16_bits(session):
    found = session.run(codec.decode_png(FILES["png16"], dtype=dtypes.uint16))
    np.testing.assert_array_equal(found, GOLDEN["pixels/png16/uint16"])
    for channels in (1, 2, 3, 4):
        image = np.arange(4 * 5 * channels, dtype=np.uint16).reshape(4, 5, channels) * 700
        content = session.run(codec.encode_png(framework.constant(image)))
        np.testing.assert_array_equal(session.run(codec.decode_png(content, dtype=dtypes.uint16)), image)
        assert np.abs(session.run(codec.decode_png(content)).astype(int) - (image >> 8)).max() == 0


@pytest.mark.parametrize("name", [k for k in FILES if k.startswith("jpeg")])
def test_jpeg_pixels_are_tensorflows(session, name):
    for channels in (0, 1, 3):
        found = session.run(codec.decode_jpeg(FILES[name], channels=channels))
        wanted = GOLDEN[f"pixels/{name}/{channels}"]
        np.testing.assert_array_equal(found, wanted)


def test_jpeg_by_the_accurate_transform_is_equal(session):
    exact = session.run(codec.decode_jpeg(FILES["jpeg"], dct_method="INTEGER_ACCURATE"))
    np.testing.assert_array_equal(exact, GOLDEN["pixels/jpeg/exact"])
    half = session.run(codec.decode_jpeg(FILES["jpeg"], ratio=2))
    assert half.shape == GOLDEN["pixels/jpeg/half"].shape
    assert np.abs(half.astype(int) - GOLDEN["pixels/jpeg/half"]).max() <= JPEG
    part = session.run(codec.decode_and_crop_jpeg(FILES["jpeg"], [3, 4, 5, 6], dct_method="INTEGER_ACCURATE"))
    np.testing.assert_array_equal(part, GOLDEN["pixels/jpeg/exact"][3:8, 4:10])
    assert session.run(codec.extract_jpeg_shape(FILES["jpeg_grey"])).tolist() == [24, 20, 1]
    assert session.run([codec.is_jpeg(FILES["jpeg"]), codec.is_jpeg(FILES["png3"])]) == [True, False]


def test_writing(session):
    for channels in (1, 2, 3, 4):
        image = np.random.RandomState(channels).randint(0, 256, (6, 5, channels)).astype(np.uint8)
        for level in (-1, 0, 9):
            content = codec.encode_png(image, compression=level)
            np.testing.assert_array_equal(session.run(codec.decode_png(content)), image)
    content = session.run(codec.encode_jpeg(STEPS, quality=100, chroma_downsampling=False, x_density=72))
    assert Image.open(io.BytesIO(content)).info["dpi"] == (72, 300)
    assert np.abs(session.run(codec.decode_jpeg(content)).astype(int) - STEPS).max() <= 6
    rough = session.run(codec.adjust_jpeg_quality(STEPS, 20))
    assert 0 < np.abs(rough.astype(int) - STEPS).max() < 60
    assert session.run(ops.encode_jpeg_variable_quality(STEPS, 95))[:3] == b"\xff\xd8\xff"


def gif(frames):
    out, pictures = io.BytesIO(), [Image.fromarray(f) for f in frames]
    pictures[0].save(out, format="GIF", save_all=True, append_images=pictures[1:], duration=10, loop=0)
    return out.getvalue()


def saved(array, kind):
    out = io.BytesIO()
    Image.fromarray(array).save(out, format=kind)
    return out.getvalue()


def test_other_formats(session):
    frames = [np.full((4, 6, 3), v, np.uint8) for v in (0, 85, 255)]
    found = session.run(codec.decode_gif(gif(frames)))
    np.testing.assert_array_equal(found, np.stack(frames))
    np.testing.assert_array_equal(session.run(codec.decode_bmp(saved(STEPS, "BMP"))), STEPS)
    for kind in ("PNG", "BMP"):
        np.testing.assert_array_equal(session.run(codec.decode_image(saved(STEPS, kind))), STEPS)
    assert session.run(codec.decode_image(gif(frames))).shape == (3, 4, 6, 3)
    assert session.run(codec.decode_image(gif(frames), expand_animations=False)).shape == (4, 6, 3)
    as_float = session.run(codec.decode_image(saved(STEPS, "PNG"), dtype=dtypes.float32))
    np.testing.assert_allclose(as_float, STEPS / 255.0, rtol=1e-6)
    palette = Image.fromarray(STEPS).convert("P", palette=Image.Palette.ADAPTIVE)
    out = io.BytesIO()
    palette.save(out, format="PNG")
    np.testing.assert_array_equal(session.run(codec.decode_png(out.getvalue())), np.asarray(palette.convert("RGB")))


BAD = [
    (lambda: codec.decode_jpeg(b"no image"), "Unknown image file format"),
    (lambda: codec.decode_jpeg(FILES["jpeg"][:40]), "Invalid JPEG data|Truncated|truncated"),
    (lambda: codec.decode_png(FILES["png3"][:60]), "PNG"),
    (lambda: codec.decode_bmp(FILES["png3"]), "expected BMP data, found PNG"),
    (lambda: codec.decode_jpeg(FILES["jpeg"], channels=4), "channels must be 0, 1, or 3"),
    (lambda: codec.decode_jpeg(FILES["jpeg"], ratio=3), "ratio must be 1, 2, 4, or 8"),
    (lambda: codec.encode_jpeg(np.zeros((2, 2, 2), np.uint8)), "1 or 3 channels"),
    (lambda: codec.encode_jpeg(np.zeros((2, 2, 3), np.uint8), quality=101), "quality must be in"),
]


@pytest.mark.parametrize(("call", "text"), BAD)
def test_errors(session, call, text):
    with pytest.raises(errors.InvalidArgumentError, match=text):
        session.run(call())


def test_truncated_files_are_read_on_request(session):
    image = codec.decode_jpeg(FILES["jpeg"][:-60], try_recover_truncated=True)
    assert session.run(image).shape == (24, 20, 3)
    with pytest.raises(ValueError, match="rank 3"):
        codec.encode_png(framework.placeholder(dtypes.uint8, [2, 2]))
