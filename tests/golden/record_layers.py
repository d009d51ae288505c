"""Records what TensorFlow 1.15 makes of `tests/dialects/layer_programs.py`: python record_layers.py [--out tests/golden/layers]."""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects"))
import layer_programs  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE / "layers"))
    out, described, arrays = parser.parse_args().out, {}, {}
    for program in layer_programs.PROGRAMS:
        described[program], values = layer_programs.outcome(tf, program)
        arrays.update({program + ":" + str(i): v for i, v in enumerate(values)})
    errors = {program: layer_programs.failure(tf, program) for program in layer_programs.ERRORS}
    with open(out + ".json", "w") as f:
        json.dump({"programs": described, "errors": errors}, f, indent=0, sort_keys=True)
    np.savez_compressed(out + ".npz", **arrays)
