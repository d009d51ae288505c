"""Records what TensorFlow 1.15 makes of `tests/dialects/column_programs.py`.

<python with TensorFlow 1.15> record_columns.py [--out tests/golden]: writes columns.json
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects"))
import column_programs as programs  # noqa: E402
import tensorflow as tf  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE))
    made = {name: programs.outcome(tf, program) for name, program in programs.PROGRAMS.items()}
    failures = {name: programs.failure(tf, program) for name, program in programs.ERRORS.items()}
    with open(os.path.join(parser.parse_args().out, "columns.json"), "w") as f:
        json.dump({"programs": made, "errors": failures}, f, indent=0, sort_keys=True)
