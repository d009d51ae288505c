"""Records values and exceptions of tests/eager/eager_rows.py: run with TensorFlow 2.21, `--out DIR` optional."""

import argparse
import json
import os
import pathlib
import re
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from tests.eager.eager_rows import ROWS  # noqa: E402


def names():
    return {
        "tf": tf, "np": np, "x": tf.constant([1.0, 2.0]), "i": tf.constant([1, 2]), "m": tf.constant([[1.0, 2.0], [3.0, 4.0]]),
        "s": tf.constant(b"abc"), "ss": tf.constant(["a", "bc"]),
    }  # fmt: skip


def record(source):
    try:
        made = eval(source, names())
    except Exception as e:
        text = re.sub(r"^\{\{.*?\}\} ?", "", str(e)).split("\n\t;")[0]
        return {"error": type(e).__name__, "text": re.sub(r" name: \S*\s*$", "", text)}
    return {"repr": repr(made), "str": str(made)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(pathlib.Path(__file__).parent))
    out = pathlib.Path(parser.parse_args().out) / "eager.json"
    out.write_text(json.dumps({source: record(source) for source in ROWS}, indent=0))
