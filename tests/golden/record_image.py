"""Records what TensorFlow gives for tests/surface/image_rows.py, and image files that it wrote with their decoded pixels.

<python with TensorFlow 1.15> tests/golden/record_image.py --out tests/golden/image_v1.npz
<python with TensorFlow 2>    tests/golden/record_image.py --out tests/golden/image_v2.npz
"""

import argparse
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from tests.surface.image_rows import ROWS, pixels  # noqa: E402

v1 = tf.compat.v1


def flat(made):
    return list(made) if isinstance(made, (list, tuple)) else [made]


def files(session):
    """Image files and the pixels that TensorFlow reads from them."""
    smooth = np.add.outer(np.arange(24) * 5, np.arange(20) * 6)[..., None] + np.array([0, 10, 20])
    smooth = np.clip(smooth, 0, 255).astype(np.uint8)
    noisy, out = pixels(9, 10, 12, 4), {}
    made = {
        "jpeg": tf.image.encode_jpeg(smooth, chroma_downsampling=False),
        "jpeg_420": tf.image.encode_jpeg(smooth),
        "jpeg_grey": tf.image.encode_jpeg(smooth[..., :1]),
    }
    for channels in (1, 2, 3, 4):
        made[f"png{channels}"] = tf.image.encode_png(noisy[..., :channels])
    made["png16"] = tf.image.encode_png(tf.constant(noisy[..., :1].astype(np.uint16) * 251))
    for name, content in made.items():
        content = session.run(content)
        out["file/" + name] = np.frombuffer(content, np.uint8)
        read = tf.image.decode_jpeg if name.startswith("jpeg") else tf.image.decode_png
        for channels in (0, 1, 3) if name.startswith("jpeg") else (0, 1, 3, 4):
            out[f"pixels/{name}/{channels}"] = session.run(read(content, channels=channels))
        if name == "png16":
            out["pixels/png16/uint16"] = session.run(tf.image.decode_png(content, dtype=tf.uint16))
        if name == "jpeg":
            out["pixels/jpeg/exact"] = session.run(tf.image.decode_jpeg(content, dct_method="INTEGER_ACCURATE"))
            out["pixels/jpeg/half"] = session.run(tf.image.decode_jpeg(content, ratio=2))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    world = "v" + tf.__version__[0]
    found = {"tensorflow": np.array(tf.__version__)}
    for i, (name, row_world, args, kwargs) in enumerate(ROWS):
        if row_world != world:
            continue
        with tf.Graph().as_default(), v1.Session() as session:
            args = [tf.constant(a) if isinstance(a, np.ndarray) else a for a in args]
            for j, value in enumerate(session.run(flat(getattr(tf.image, name)(*args, **kwargs)))):
                found[f"{i}/{name}/{j}"] = value
    if world == "v1":
        with tf.Graph().as_default(), v1.Session() as session:
            found.update(files(session))
    np.savez_compressed(options.out, **found)


if __name__ == "__main__":
    main()
