"""Records what TensorFlow gives for tests/surface/suppression_rows.py: <python with TensorFlow 1.15 or 2.21> record_suppression.py"""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import tensorflow.compat.v1 as tf  # noqa: E402

from tests.surface import suppression_rows as rows  # noqa: E402

with tf.Graph().as_default(), tf.Session() as session:
    values = session.run(rows.made(tf))
found = {k: [p.tolist() for p in (v if isinstance(v, (tuple, list)) else [v])] for k, v in values.items()}
path = pathlib.Path(__file__).with_name("suppression.json")
both = json.loads(path.read_text()) if path.exists() else {}
both["v1" if tf.__version__[0] == "1" else "v2"] = found
path.write_text(json.dumps(both, sort_keys=True) + "\n")
