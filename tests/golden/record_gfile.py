"""Records what TensorFlow makes of the programs of tests/platform/gfile_rows.py.

<python with TensorFlow 1.15> tests/golden/record_gfile.py  # tf.gfile, into gfile.json
<python with TensorFlow 2.21> tests/golden/record_gfile.py  # tf.io.gfile, into gfile_v2.json
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
    old = tf.__version__.startswith("1.")
    parser.add_argument("--out", default=str(HERE / ("gfile.json" if old else "gfile_v2.json")))
    out = {}
    for row in gfile_rows.ROWS:
        if old or "FastGFile" not in gfile_rows.ROWS[row]:
            with tempfile.TemporaryDirectory() as directory:
                files, spelling = (tf.compat.v1.gfile, str) if old else (tf.io.gfile, gfile_rows.v2)
                out[row] = gfile_rows.outcome(files, row, directory, spelling)
    with open(parser.parse_args().out, "w") as f:
        json.dump(out, f, indent=0)
