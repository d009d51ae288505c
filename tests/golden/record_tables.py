"""Records what TensorFlow 1.15 makes of `tests/surface/table_programs.py`.

<python with TensorFlow 1.15> record_tables.py --out tests/golden/tables.json
"""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "surface"))
import table_programs  # noqa: E402
import tensorflow as tf  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    made = {
        "programs": {name: table_programs.outcome(tf, p) for name, p in table_programs.PROGRAMS.items()},
        "errors": {name: table_programs.failure(tf, p) for name, p in table_programs.ERRORS.items()},
        "specs": table_programs.specs(tf),
    }
    with open(parser.parse_args().out, "w") as f:
        json.dump(made, f, indent=0, sort_keys=True, default=lambda b: "bytes:" + b.decode())
