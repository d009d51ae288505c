"""Records what TensorFlow 1.15 gives for tests/surface/image_warp_rows.py: <python with TensorFlow 1.15> record_image_warp.py"""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import tensorflow as tf  # noqa: E402

from tests.surface import image_warp_rows as rows  # noqa: E402

made = rows.results(tf)
with tf.Session() as session:
    values = session.run(made)
found = {
    "results": {k: {"dtype": t.dtype.name, "shape": t.shape.as_list(), "value": values[k].tolist()} for k, t in made.items()},
    "errors": {k: rows.raised(call) for k, call in rows.errors(tf).items()},
}
path = pathlib.Path(__file__).with_name("image_warp.json")
path.write_text(json.dumps(found, sort_keys=True) + "\n")
