"""Records what TensorFlow 1.15 makes of `tests/dialects/column_programs.py` and `sequence_programs.py`.

<python with TensorFlow 1.15> record_columns.py [--out tests/golden]: writes columns.json and sequence_columns.json
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects"))
import column_programs  # noqa: E402
import sequence_programs  # noqa: E402
import tensorflow as tf  # noqa: E402


def record(programs, **more):
    """What the programs of a file give and how its wrong ones fail."""
    made = {name: column_programs.outcome(tf, program) for name, program in programs.PROGRAMS.items()}
    failures = {name: column_programs.failure(tf, program) for name, program in programs.ERRORS.items()}
    return {"programs": made, "errors": failures, **more}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE))
    out = parser.parse_args().out
    with open(os.path.join(out, "columns.json"), "w") as f:
        json.dump(record(column_programs), f, indent=0, sort_keys=True)
    with tf.Graph().as_default(), open(os.path.join(out, "sequence_columns.json"), "w") as f:
        json.dump(record(sequence_programs, specs=sequence_programs.specs(tf)), f, indent=0, sort_keys=True)
