"""Records the layers and variables of TensorFlow 1.15's `tf.keras.applications`: <its python> record_keras_applications.py."""

import gzip
import json
import os
import pathlib

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import tensorflow as tf  # noqa: E402

NAMES = ("VGG16", "VGG19", "ResNet50", "InceptionV3", "MobileNet", "MobileNetV2")

if __name__ == "__main__":
    found = {}
    for name in NAMES:
        tf.keras.backend.clear_session()
        model = getattr(tf.keras.applications, name)(weights=None)
        layers = []
        for layer in model.layers:
            shape = layer.output_shape
            layers.append([type(layer).__name__, layer.name, shape[0] if isinstance(shape, list) else shape])
        weights = [w.name for w in model.weights]
        found[name] = {"name": model.name, "layers": layers, "weights": weights, "count": model.count_params()}
    path = pathlib.Path(__file__).resolve().parent / "keras_applications.json.gz"
    with gzip.GzipFile(str(path), "wb", mtime=0) as f:
        f.write(json.dumps(found, sort_keys=True).encode())
