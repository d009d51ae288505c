"""Records what TensorFlow 1.15 makes of the expressions of tests/base/base_rows.py.

<python with TensorFlow 1.15> tests/golden/record_base.py [--out tests/golden/base.json]
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "base"))
import base_evaluation  # noqa: E402
import base_rows  # noqa: E402
import tensorflow as tf  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE / "base.json"))
    out = {}
    for text in base_rows.ALL.values():
        for row in base_evaluation.rows(text):
            out[row] = base_evaluation.outcome(tf.compat.v1, row)
    with open(parser.parse_args().out, "w") as f:
        json.dump(out, f, indent=0)
