"""Saves a module of TensorFlow 2 with a traced function: a loop with a branch, variables that it reads and changes.

<python with TensorFlow 2> tests/golden/record_saved_function.py --out tests/golden
"""

import argparse
import os
import pathlib
import shutil

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


class Model(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(np.arange(6.0).reshape(3, 2).astype("f"), name="w")
        self.n = tf.Variable(0, name="n")

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="x")])
    def f(self, x):
        self.n.assign_add(1)
        h = tf.zeros([2])
        for i in tf.range(tf.shape(x)[0]):
            if tf.reduce_sum(x[i]) > 0:
                h = h + tf.linalg.matvec(self.w, x[i], transpose_a=True)
            else:
                h = h - 1.0
        return {"h": h, "n": self.n.read_value()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    out = pathlib.Path(parser.parse_args().out) / "saved_function"
    shutil.rmtree(out, ignore_errors=True)
    model = Model()
    tf.saved_model.save(model, str(out), signatures=model.f)
    for extra in ("fingerprint.pb", "assets"):
        path = out / extra
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    print(model.f(tf.constant([[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0], [0.5, 0.5, 0.5]])))


main()
