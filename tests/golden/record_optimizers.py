"""Records what the real TensorFlow 1.15 makes of `tests/train/optimizer_programs.py`.

Usage: python tests/golden/record_optimizers.py --out tests/golden/optimizers.json
"""

import argparse
import json
import os
import sys

import numpy as np
import tensorflow as tf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "train"))

import optimizer_programs as programs  # noqa: E402


def trained(case, sparse):
    """A case with ref variables; resource variables must give the same values."""
    ref = programs.train(tf, case, sparse, False)
    resource = programs.train(tf, case, sparse, True)
    for key, value in ref["values"].items():
        np.testing.assert_allclose(value, resource["values"][key], rtol=1e-5, atol=1e-6, err_msg=case)
    for key in ("slots", "train_op", "collection", "variables"):
        assert ref[key] == resource[key], (case, key)
    ref["applied_resource"] = resource["applied"]
    return ref


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    record = {"tensorflow": tf.__version__, "train": {}, "minimize": {}, "decay": [], "average": []}
    for case, _, _ in programs.CASES:
        for sparse in (False, True):
            if not (sparse and case in programs.DENSE_ONLY):
                record["train"][case + ("/sparse" if sparse else "/dense")] = trained(case, sparse)
    for case in programs.MINIMIZED:
        record["minimize"][case] = {
            "ref": programs.minimize(tf, case, False, True),
            "resource": programs.minimize(tf, case, True, False),
        }
    record["scopes"] = {k: programs.scopes(tf, k == "resource") for k in ("ref", "resource")}
    record["curves"] = [programs.curve(tf, i, False) for i in range(len(programs.CURVES))]
    for i in range(len(programs.DECAYS)):
        record["decay"].append({kind: programs.decay(tf, i, kind) for kind in ("int32", "int64")})
    for i in range(len(programs.AVERAGES)):
        record["average"].append({k: programs.average(tf, i, k == "resource") for k in ("ref", "resource")})
    with open(out, "w") as f:
        json.dump(record, f, sort_keys=True, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
