"""Records how TensorFlow 1.15's MNIST data sets hand out batches: python record_mnist.py [--out tests/golden/mnist.json]."""

import argparse
import json
import os
import pathlib
import sys

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "data"))
import mnist_rows  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow.contrib.learn.python.learn.datasets import mnist  # noqa: E402

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE / "mnist.json"))
    with open(parser.parse_args().out, "w") as f:
        json.dump(mnist_rows.outcomes(tf, mnist), f, indent=0)
