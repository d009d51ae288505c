"""The networks of `tf.keras.applications` against TensorFlow 1.15 (golden/record_keras_applications.py)."""

import gzip
import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf

RECORD = json.loads(gzip.decompress((pathlib.Path(__file__).parents[2] / "golden" / "keras_applications.json.gz").read_bytes()))


@pytest.mark.parametrize("name", RECORD)
def test_network(name):
    model, record = getattr(tf.keras.applications, name)(weights=None), RECORD[name]
    assert (model.name, model.count_params()) == (record["name"], record["count"])
    layers = [[type(layer).__name__, layer.name, layer.output_shape] for layer in model.layers]
    layers = [[kind, n, list(shape[0] if isinstance(shape, list) else shape)] for kind, n, shape in layers]
    assert layers == record["layers"]
    assert [w.name for w in model.weights] == record["weights"]


def test_a_small_network_predicts():
    model = tf.keras.applications.MobileNetV2(
        weights=None, input_shape=(32, 32, 3), alpha=0.35, include_top=False, pooling="avg"
    )
    assert model.output_shape == (None, 1280)
    assert model.name == "mobilenetv2_0.35_32"


def test_pixels():
    images = np.arange(24, dtype="float32").reshape(1, 2, 4, 3)
    caffe = tf.keras.applications.vgg16.preprocess_input(images.copy())
    np.testing.assert_allclose(caffe[0, 0, 0], [2 - 103.939, 1 - 116.779, 0 - 123.68], rtol=1e-6)
    tensor = tf.keras.applications.vgg16.preprocess_input(tf.constant(images))
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(tensor), caffe, rtol=1e-6)
    np.testing.assert_allclose(tf.keras.applications.mobilenet.preprocess_input(images.copy()), images / 127.5 - 1)
    torch = tf.keras.applications.imagenet_utils.preprocess_input(images.copy(), mode="torch")
    np.testing.assert_allclose(torch[0, 0, 0, 0], -0.485 / 0.229, rtol=1e-6)


def test_published_weights_are_files_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("MAINSTEM_DOWNLOAD", raising=False)
    with pytest.raises(FileNotFoundError, match="vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 is missing"):
        tf.keras.applications.VGG16(include_top=False, input_shape=(32, 32, 3))
    with pytest.raises(ValueError, match="`classes` should be 1000"):
        tf.keras.applications.VGG16(classes=10)
    with pytest.raises(ValueError, match="at least 75x75"):
        tf.keras.applications.InceptionV3(weights=None, input_shape=(32, 32, 3))


def test_names_of_classes(monkeypatch, tmp_path):
    monkeypatch.setattr("mainstem.dialects.keras.imagenet._names", lambda: {str(i): [f"n{i}", f"c{i}"] for i in range(1000)})
    scores = np.zeros((1, 1000), "float32")
    scores[0, [7, 3]] = 0.6, 0.4
    assert tf.keras.applications.vgg16.decode_predictions(scores, top=2) == [
        [("n7", "c7", np.float32(0.6)), ("n3", "c3", np.float32(0.4))]
    ]
    with pytest.raises(ValueError, match="expects a batch of predictions"):
        tf.keras.applications.vgg16.decode_predictions(scores[:, :10])
