"""`tf.contrib.image` against what TensorFlow 1.15 gave."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.surface import image_warp_rows as rows

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "image_warp.json").read_text())


def test_results_are_those_of_tensorflow():
    with tf.Graph().as_default(), tf.Session() as session:
        made = rows.results(tf)
        values = session.run(made)
    for name, expected in GOLDEN["results"].items():
        assert (made[name].dtype.name, made[name].shape.as_list()) == (expected["dtype"], expected["shape"]), name
        np.testing.assert_allclose(values[name], np.array(expected["value"]), rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", GOLDEN["errors"])
def test_errors_are_those_of_tensorflow(name):
    with tf.Graph().as_default():
        assert rows.raised(rows.errors(tf)[name]) == GOLDEN["errors"][name]


def test_images_of_unknown_size_are_turned():
    with tf.Graph().as_default(), tf.Session() as session:
        many, _ = rows.images()
        image = tf.placeholder(tf.float32, [None, None, None, 3])
        made = session.run(tf.contrib.image.rotate(image, 0.4), {image: many})
    np.testing.assert_allclose(made, np.array(GOLDEN["results"]["rotate"]["value"]), atol=1e-5)
