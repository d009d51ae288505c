"""Records what TensorFlow 1.15 gives for `tests/dialects/distribution_programs.py`.

Usage: python tests/golden/record_distributions.py --out tests/golden/distributions.json
"""

import argparse
import json
import os
import sys

import tensorflow as tf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dialects"))

import distribution_programs as programs  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    record = {"tensorflow": tf.__version__, "graph": programs.graph(tf), "values": programs.values(tf, tf.Session().run)}
    with open(out, "w") as f:
        json.dump(record, f, sort_keys=True, indent=0)
        f.write("\n")


if __name__ == "__main__":
    main()
