"""Records what the programs of `tape_rows` give under the real TensorFlow 2: `python record_tape.py --out DIR`."""

import argparse
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tape_rows  # noqa: E402
import tensorflow as tf  # noqa: E402


def _rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return {k: _rounded(v) for k, v in value.items()} if isinstance(value, dict) else value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    out = {"tensorflow": tf.__version__}
    for name, row in tape_rows.ROWS.items():
        out[name] = _rounded(tape_rows.plain(row(tf)))
    with open(os.path.join(parser.parse_args().out, "tape.json"), "w") as f:
        json.dump(out, f)


if __name__ == "__main__":
    main()
