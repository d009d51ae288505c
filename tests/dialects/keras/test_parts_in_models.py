"""Parts of `tf.keras` that meet in models: states that come from layers, own cells, own metrics. Values are TensorFlow 1.15's."""

import numpy as np
import pytest

import mainstem.v1 as tf

X = np.random.RandomState(0).rand(2, 5, 3).astype("float32")


def filled(model):
    draw = np.random.RandomState(1)
    model.set_weights([draw.uniform(-0.5, 0.5, w.shape) for w in model.get_weights()])
    return model


@pytest.fixture(params=["graph", "eager"])
def mode(request):
    if request.param == "eager":
        request.getfixturevalue("eager_mode")


@pytest.mark.usefixtures("mode")
def test_decoders_begin_with_the_encoder_s_state():
    layers = tf.keras.layers
    encoded, decoded = layers.Input((None, 3)), layers.Input((None, 2))
    _, h, c = layers.LSTM(4, return_state=True)(encoded)
    y, _, _ = layers.LSTM(4, return_sequences=True, return_state=True)(decoded, initial_state=[h, c])
    model = filled(tf.keras.Model([encoded, decoded], layers.TimeDistributed(layers.Dense(2))(y)))
    assert len(model.layers) == 5
    draw = np.random.RandomState(0)
    given = [draw.rand(2, 5, 3).astype("float32"), draw.rand(2, 4, 2).astype("float32")]
    want = [[0.12, 0.467], [0.0819, 0.4908], [0.066, 0.4976], [0.0594, 0.5037]]
    np.testing.assert_allclose(model.predict(given)[0], want, atol=6e-5)
    again = tf.keras.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    np.testing.assert_allclose(again.predict(given), model.predict(given), atol=1e-6)


def test_both_directions_begin_with_states():
    layers = tf.keras.layers
    x = layers.Input((5, 3))
    first, *states = layers.Bidirectional(layers.LSTM(4, return_state=True))(x)
    second = layers.Bidirectional(layers.LSTM(4))(x, initial_state=states)
    made = filled(tf.keras.Model(x, [first, second])).predict(X)
    want = [-0.0496, -0.0597, -0.142, -0.2419, 0.1528, 0.0286, -0.2389, 0.444]
    np.testing.assert_allclose(made[0][0], want, atol=6e-5)
    want = [0.2182, 0.1606, 0.192, -0.2361, -0.191, -0.2464, -0.0844, 0.1293]
    np.testing.assert_allclose(made[1][0], want, atol=6e-5)


@pytest.mark.usefixtures("mode")
def test_metrics_need_not_give_their_updates():
    class Total(tf.keras.metrics.Metric):
        def __init__(self, name="total", **kwargs):
            super().__init__(name=name, **kwargs)
            self.sum = self.add_weight(name="sum", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.sum.assign_add(tf.reduce_sum(y_pred))

        def result(self):
            return self.sum

    model = filled(tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(3,))]))
    model.compile("adam", lambda y, p: tf.reduce_mean(tf.abs(y - p)), metrics=[Total()])
    found = model.evaluate(X[:, 0], np.ones(2), verbose=0)
    np.testing.assert_allclose(found, [1.5018, -1.0036], atol=6e-5)
