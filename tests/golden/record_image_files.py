"""Records the files of tests/surface/file_rows.py and what TensorFlow 2.21 reads of them, in tests/golden/image_files.npz.

<python with TensorFlow 2.21> tests/golden/record_image_files.py --pillow <python with Pillow>
"""

import argparse
import os
import pathlib
import pickle
import subprocess
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
import numpy as np  # noqa: E402

from tests.surface.file_rows import READ, WRITTEN, picture  # noqa: E402


def by_tensorflow(tf, pillow):
    script = f"import sys; sys.path.insert(0, {str(HERE.parents[1])!r}); import pickle; from PIL import Image; "
    script += "from tests.surface.file_rows import by_pillow; sys.stdout.buffer.write(pickle.dumps(by_pillow(Image)))"
    files = pickle.loads(subprocess.run([pillow, "-c", script], capture_output=True, check=True).stdout)
    for name, (writer, shape, options) in WRITTEN.items():
        files[name] = getattr(tf.io, writer)(picture(*shape), **options).numpy()
    files["cut"], files["after"] = files["plain"][:-300], files["plain"] + b"more"
    image = picture(11, 13, 3)
    files["woven"] = woven(image)
    out = {f"file/{name}": np.frombuffer(content, np.uint8) for name, content in files.items()}
    for i, (name, reader, options) in enumerate(READ):
        options = {k: getattr(tf, v) if k == "dtype" else v for k, v in options.items()}
        try:
            read = getattr(tf.io, reader, None) or getattr(tf.image, reader)
            out[f"read/{i}"] = read(files[name], **options).numpy()
        except (ValueError, tf.errors.OpError) as e:
            out[f"read/{i}"] = np.array(type(e).__name__)
    return out


def woven(image):
    """An interlaced PNG file of an image [h, w, 3]: libpng's seven passes, lines unfiltered."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = image.shape
    raw = b""
    for top, left, down, right in (
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ):
        part = image[top::down, left::right]
        if part.size:
            raw += b"".join(b"\0" + line.tobytes() for line in part)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


if __name__ == "__main__":
    import tensorflow as tf

    parser = argparse.ArgumentParser()
    parser.add_argument("--pillow", required=True)
    parser.add_argument("--out", default=str(HERE / "image_files.npz"))
    args = parser.parse_args()
    np.savez_compressed(args.out, **by_tensorflow(tf, args.pillow))
