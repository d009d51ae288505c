"""Records what TensorFlow 1.15 makes of `tests/dialects/factorization_programs.py`.

<python with TensorFlow 1.15> record_factorization.py: writes factorization.json beside it
"""

import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects"))
import factorization_programs as programs  # noqa: E402
import tensorflow as tf  # noqa: E402

if __name__ == "__main__":
    made = {"programs": {name: programs.outcome(tf, name) for name in programs.PROGRAMS}}
    made["errors"] = {name: programs.failure(tf, settings) for name, settings in programs.ERRORS.items()}
    made["run errors"] = {name: programs.run_failure(tf, name) for name in programs.RAGGED}
    with open(str(HERE / "factorization.json"), "w") as f:
        json.dump(made, f, sort_keys=True, separators=(",", ":"))
        f.write("\n")
