"""Records what Keras' data set loaders give for small files: python record_datasets.py. TensorFlow 1.15's and 2.21's Keras.

Writes datasets_v1.json or datasets_v2.json, by the version that runs it.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import sys
import tempfile

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
HOME = tempfile.mkdtemp()
os.environ.update(HOME=HOME, KERAS_HOME=os.path.join(HOME, ".keras"))
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "data"))
import keras_rows  # noqa: E402
import tensorflow as tf  # noqa: E402

WORLD = "v1" if tf.__version__.startswith("1.") else "v2"

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=str(HERE / f"datasets_{WORLD}.json"))
    args = parser.parse_args()
    folder = os.path.join(HOME, ".keras", "datasets")
    keras_rows.write(folder, 10000)
    known = keras_rows.aliases(folder)
    if WORLD == "v2":  # Keras 3 calls the archives by other names
        for name in ("cifar-10-batches-py", "cifar-100-python"):
            shutil.copy(os.path.join(folder, f"{name}.tar.gz"), os.path.join(folder, f"{name}-target_archive"))
    hashlib.sha256, hashlib.md5 = keras_rows.patched(known, hashlib.sha256), keras_rows.patched(known, hashlib.md5)
    with open(args.out, "w") as f:
        json.dump(keras_rows.outcomes(tf.keras.datasets), f, indent=0)
    shutil.rmtree(HOME)
