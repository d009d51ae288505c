"""Records which exception the real TensorFlow 1.15 raises for the calls of `tests/run/bad_programs.py`.

Usage: python tests/golden/record_bad_input.py --out tests/golden/bad_input.json
"""

import argparse
import json
import os
import sys

import tensorflow as tf

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))

import bad_programs  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    raised = {}
    for name in bad_programs.CALLS:
        found = bad_programs.outcome(tf, name)
        raised[name] = found and found[0]
    with open(out, "w") as f:
        json.dump({"tensorflow": tf.__version__, "raised": raised}, f, sort_keys=True, indent=0)
        f.write("\n")


if __name__ == "__main__":
    main()
