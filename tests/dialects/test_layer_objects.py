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
    with pytest.raises(ValueError, match="Unknown initializer: Own"):
        tf.layers.Dense(2, kernel_initializer={"class_name": "Own", "config": {}})


def test_metrics_of_layers():
    """The metrics' variables are none of the layer's, as in TensorFlow 1.15."""

    class Own(tf.layers.Layer):
        def call(self, x):
            self.add_metric(x, name="mean", aggregation="mean")
            return x

    layer = Own()
    x = tf.placeholder(tf.float32, [2])
    y = layer.apply(x)
    (metric,) = layer.metrics
    assert metric.name == "mean" and layer.weights == [] and layer.updates == []
    with tf.Session() as session:
        session.run([v.initializer for v in metric.variables])
        update = metric._call_result
        assert [session.run([y, update], {x: v})[1] for v in ([1.0, 3.0], [4.0, 8.0])] == [2.0, 4.0]
        assert session.run(metric.result()) == 4.0
    dense, other = tf.layers.Dense(2), tf.keras.metrics.Mean(name="other")
    dense.add_metric(other(tf.constant(2.0)), name="out")
    assert dense.metrics == [other]
    with pytest.raises(ValueError, match="Please provide a name"):
        dense.add_metric(tf.constant(1.0), aggregation="mean")
    with pytest.raises(ValueError, match="only `mean`"):
        dense.add_metric(tf.constant(1.0), "sum", "s")
