"""Records the losses of `three_modes_rows` under the real TensorFlow 2: `python record_three_modes.py --out DIR`."""

import argparse
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import tensorflow as tf  # noqa: E402
import three_modes_rows as rows  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=os.path.dirname(os.path.abspath(__file__)))
    out = {name: rows.eager(tf, name)[0] for name in rows.MODELS}
    with open(os.path.join(parser.parse_args().out, "three_modes.json"), "w") as f:
        json.dump({"tensorflow": tf.__version__, "losses": out}, f)


if __name__ == "__main__":
    main()
