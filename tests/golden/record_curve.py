"""Records the losses of the programs of `tests/run/curve_programs.py` under the real TensorFlow 1.15.

Usage: python tests/golden/record_curve.py --out tests/golden/curve.json
"""

import argparse
import json
import os
import sys

import tensorflow as tf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

import curve_programs  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    record = {"tensorflow": tf.__version__, "loss": {name: curve_programs.curve(tf, name) for name in curve_programs.PROGRAMS}}
    with open(out, "w") as f:
        json.dump(record, f, sort_keys=True, indent=0)
        f.write("\n")


if __name__ == "__main__":
    main()
