"""Records what TensorFlow 1.15 makes of `tests/dialects/layer_programs.py`, `slim_programs.py`, `loss_programs.py` and their like.

<python with TensorFlow 1.15> record_layers.py [--out tests/golden]: writes layers.json, layers.npz and so on
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "dialects"))
import contrib_programs  # noqa: E402
import layer_object_programs  # noqa: E402
import layer_programs  # noqa: E402
import layer_trap_programs  # noqa: E402
import loss_programs  # noqa: E402
import numpy as np  # noqa: E402
import remapping_programs  # noqa: E402
import slim_programs  # noqa: E402
import tensorflow as tf  # noqa: E402


def record(programs, errors, out):
    described, arrays = {}, {}
    for name, program in programs.items():
        described[name], values = layer_programs.outcome(tf, program)
        arrays.update({name + ":" + str(i): v for i, v in enumerate(values)})
    failures = {name: layer_programs.failure(tf, program) for name, program in errors.items()}
    with open(out + ".json", "w") as f:
        json.dump({"programs": described, "errors": failures}, f, indent=0, sort_keys=True)
    np.savez_compressed(out + ".npz", **arrays)


def record_plain(out):
    """layer_objects.json, layer_traps.json and remapping.json: what layers tell, their traps, matrices under new vocabularies."""
    objects, remapping = layer_object_programs, remapping_programs
    told = {name: objects.outcome(tf, program) for name, program in objects.PROGRAMS.items()}
    traps = {name: layer_trap_programs.outcome(tf, program) for name, program in layer_trap_programs.PROGRAMS.items()}
    paths = remapping.prepare(tf, tempfile.mkdtemp())
    matrices = {name: remapping.outcome(tf, program, paths) for name, program in remapping.PROGRAMS.items()}
    failures = {name: remapping.failure(tf, program, paths) for name, program in remapping.ERRORS.items()}
    found = {"matrices": matrices, "errors": failures, "kernels": remapping.kernels(tf)}
    for name, made in (("layer_objects", told), ("layer_traps", traps), ("remapping", found)):
        with open(os.path.join(out, name + ".json"), "w") as f:
            json.dump(made, f, indent=0, sort_keys=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE))
    out = parser.parse_args().out
    record_plain(out)
    record(layer_programs.PROGRAMS, layer_programs.ERRORS, os.path.join(out, "layers"))
    record(slim_programs.PROGRAMS, slim_programs.ERRORS, os.path.join(out, "slim"))
    record(contrib_programs.PROGRAMS, contrib_programs.ERRORS, os.path.join(out, "contrib"))
    record(loss_programs.PROGRAMS, loss_programs.ERRORS, os.path.join(out, "losses"))
    curves = {name: layer_programs.trained(tf, build) for name, build in layer_programs.TRAINED.items()}
    curves = {name + ":" + str(i): v for name, values in curves.items() for i, v in enumerate(values)}
    np.savez_compressed(os.path.join(out, "layers_trained.npz"), **curves)
