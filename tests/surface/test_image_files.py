"""Image files as TensorFlow 2.21 wrote and read them (golden/image_files.npz), and damaged ones; op DecodeWebP."""

import pathlib

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import mainstem as tf
from tests.surface.file_rows import READ, WRITTEN, picture

pytestmark = pytest.mark.usefixtures("eager_mode")
GOLDEN = np.load(pathlib.Path(__file__).parents[1] / "golden" / "image_files.npz")
FILES = {name[5:]: GOLDEN[name].tobytes() for name in GOLDEN.files if name.startswith("file/")}
NEAR = {  # (file, what): levels of 255 by which Pillow's way differs
    ("cmyk", ""): 12,  # by the accurate transform
    ("cmyk_progressive", ""): 12,
    ("cut", "try_recover_truncated"): 64,  # what stands in for the missing pixels
    ("png16_3", "channels"): 1,  # colours mixed to grey
    ("png16_4", "channels"): 1,
    ("palette", "channels"): 1,
}


def read(name, reader, options):
    options = {k: getattr(tf, v) if k == "dtype" else v for k, v in options.items()}
    return (getattr(tf.io, reader, None) or getattr(tf.image, reader))(FILES[name], **options).numpy()


@pytest.mark.parametrize("i", range(len(READ)), ids=[f"{i}-{r[0]}-{r[1]}" for i, r in enumerate(READ)])
def test_read(i):
    name, reader, options = READ[i]
    wanted = GOLDEN[f"read/{i}"]
    if wanted.dtype.kind == "U":
        with pytest.raises(tf.errors.InvalidArgumentError):
            read(name, reader, options)
        return
    found = read(name, reader, options)
    assert found.dtype == wanted.dtype and found.shape == wanted.shape
    near = max([levels for (file, what), levels in NEAR.items() if file == name and (not what or what in options)], default=0)
    if near:
        assert np.abs(found.astype(int) - wanted).max() <= near
    else:
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("name", WRITTEN)
def test_written(name):
    writer, shape, options = WRITTEN[name]
    content = getattr(tf.io, writer)(picture(*shape), **options).numpy()
    if writer == "encode_jpeg":
        assert len(content) == len(FILES[name]) and content[:20] == FILES[name][:20]
        np.testing.assert_array_equal(tf.io.decode_jpeg(content).numpy(), tf.io.decode_jpeg(FILES[name]).numpy())
    else:  # zlib may find shorter ways; the pixels are what counts
        kind = tf.as_dtype(shape[3] if len(shape) > 3 else "uint8")
        np.testing.assert_array_equal(tf.io.decode_png(content, dtype=kind).numpy(), picture(*shape))


KINDS = ["plain", "grey", "progressive", "png8_2", "png16_3", "gif", "moving", "bmp3", "webp", "palette", "woven"]


@hypothesis.given(st.sampled_from(KINDS), st.data())
@hypothesis.settings(max_examples=150, deadline=None)
def test_damaged_files_are_refused_or_read(name, data):
    content = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    for reader in (tf.io.decode_image, tf.io.decode_jpeg, tf.io.extract_jpeg_shape, tf.io.decode_webp):
        try:
            found = reader(content).numpy()
        except (tf.errors.InvalidArgumentError, NotImplementedError):
            continue
        assert found.dtype in (np.uint8, np.int32)
