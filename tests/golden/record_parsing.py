"""Records what TensorFlow makes of the programs of tests/surface/parsing_rows.py.

<python with TensorFlow 1.15> tests/golden/record_parsing.py; then the same with TensorFlow 2: both go into tests/golden/parsing.json.
"""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "surface"))
import parsing_rows  # noqa: E402
import tensorflow as tf  # noqa: E402


def in_a_child(row):
    """The outcome of a row, ["crash"] when TensorFlow ends the process."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, json.dumps(parsing_rows.outcome(tf.compat.v1, row)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as f:
        raw = f.read()
    os.wait()
    return json.loads(raw.decode()) if raw else ["crash"]


if __name__ == "__main__":
    path = HERE / "parsing.json"
    found = json.loads(path.read_text()) if path.exists() else {}
    found[tf.__version__[0]] = {row: in_a_child(row) for row in parsing_rows.ROWS}
    with open(str(path), "w") as f:
        json.dump(found, f, indent=0, sort_keys=True)
