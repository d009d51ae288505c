"""What objects of `tf.layers` tell of themselves, against TensorFlow 1.15 (golden/record_layers.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import layer_object_programs

RECORD = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "layer_objects.json").read_text())


@pytest.mark.parametrize("program", layer_object_programs.PROGRAMS)
def test_layers_tell_what_tensorflow_s_do(program):
    made = layer_object_programs.outcome(tf, layer_object_programs.PROGRAMS[program])
    assert json.loads(json.dumps(made)) == RECORD[program]


@pytest.mark.usefixtures("eager_mode")
def test_weights_in_eager_mode():
    layer = tf.layers.Dense(2)
    layer(np.ones((1, 3), np.float32))
    layer.set_weights([np.full((3, 2), 2.0), np.ones(2)])
    assert [w.tolist() for w in layer.get_weights()] == [[[2, 2]] * 3, [1, 1]]


def test_what_only_keras_has_is_refused_by_name():
    with pytest.raises(NotImplementedError, match="dilation_rate"):
        tf.layers.Conv2DTranspose(2, 3, dilation_rate=2)
    with pytest.raises(NotImplementedError, match="tf.keras.metrics"):
        tf.layers.Dense(2).add_metric(tf.constant(1.0))
    with pytest.raises(ValueError, match="Unknown initializer: Own"):
        tf.layers.Dense(2, kernel_initializer={"class_name": "Own", "config": {}})
