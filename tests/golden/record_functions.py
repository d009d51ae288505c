"""Records what TensorFlow 2 makes of tf.function and AutoGraph: `python record_functions.py --out functions.json`."""

import argparse
import json
import os
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import tensorflow as tf  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "run"))
import autograph_programs  # noqa: E402
import function_programs  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    facts = {f"function.{name}": fn(tf) for name, fn in function_programs.PROGRAMS.items()}
    facts.update({f"autograph.{name}": fn(tf) for name, fn in autograph_programs.PROGRAMS.items()})
    with open(out, "w") as f:
        json.dump({"tensorflow": tf.__version__, **facts}, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
