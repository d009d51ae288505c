"""Records what TensorFlow 2 does with variables in eager mode: `python record_eager_variables.py --out eager_variables.json`."""

import argparse
import json
import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import tensorflow as tf  # noqa: E402
from tensorflow.python.ops import variable_scope  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "state"))
import eager_programs  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    tf._store = variable_scope.EagerVariableStore
    facts = {name: fn(tf) for name, fn in eager_programs.PROGRAMS.items()}
    with open(out, "w") as f:
        json.dump({"tensorflow": tf.__version__, **facts}, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
