"""Records what TensorFlow 1.15 makes of `tests/dialects/rnn_programs.py` and `seq2seq_programs.py`.

<python with TensorFlow 1.15> record_rnn.py [--out tests/golden]: writes rnn.json, rnn.npz and so on
"""

import argparse
import importlib
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects"))
import numpy as np  # noqa: E402
import rnn_programs  # noqa: E402
import tensorflow as tf  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE))
    parser.add_argument("--only", default="rnn,seq2seq")
    arguments = parser.parse_args()
    for kind in arguments.only.split(","):
        programs, described, arrays = importlib.import_module(kind + "_programs"), {}, {}
        for name, program in programs.PROGRAMS.items():
            described[name], values, slopes = rnn_programs.outcome(tf, program)
            arrays.update({f"{name}:{i}": v for i, v in enumerate(values)})
            arrays.update({f"{name}:d{i}": v for i, v in enumerate(slopes)})
        errors = {name: rnn_programs.failure(tf, program) for name, program in programs.ERRORS.items()}
        with open(os.path.join(arguments.out, kind + ".json"), "w") as f:
            json.dump({"programs": described, "errors": errors}, f, indent=0, sort_keys=True)
            f.write("\n")
        np.savez_compressed(os.path.join(arguments.out, kind + ".npz"), **arrays)
