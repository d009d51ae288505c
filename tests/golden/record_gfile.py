"""Records what TensorFlow 1.15's tf.gfile makes of the programs of tests/platform/gfile_rows.py.

<python with TensorFlow 1.15> tests/golden/record_gfile.py [--out tests/golden/gfile.json]
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "platform"))
import gfile_rows  # noqa: E402
import tensorflow as tf  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE / "gfile.json"))
    out = {}
    for row in gfile_rows.ROWS:
        with tempfile.TemporaryDirectory() as directory:
            out[row] = gfile_rows.outcome(tf.compat.v1.gfile, row, directory)
    with open(parser.parse_args().out, "w") as f:
        json.dump(out, f, indent=0)
