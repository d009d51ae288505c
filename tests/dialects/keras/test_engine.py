"""The engine of `tf.keras` where TensorFlow's own graphs, data sets, tapes and files meet it."""

import http.server
import json
import os
import threading

import numpy as np
import pytest
from mainstem.v1.python.keras import Model as deep_model
from mainstem.v1.python.keras.engine import base_layer
from mainstem.v1.python.keras.models import load_model

import mainstem.v1 as tf

k = tf.keras
X, Y = np.linspace(-1, 1, 24).reshape(8, 3).astype("float32"), np.linspace(0, 1, 16).reshape(8, 2).astype("float32")


@pytest.fixture(autouse=True)
def clear():
    k.backend.clear_session()


def line(optimizer=None):
    model = k.Sequential([k.layers.Dense(2, input_shape=(3,), kernel_initializer="ones")])
    model.compile(optimizer or "sgd", "mse")
    return model


def test_deep_paths_show_the_same_objects():
    assert deep_model is k.Model is k.models.Model and load_model is k.models.load_model
    assert base_layer.Layer is k.layers.Layer and k.__version__ == "2.2.4-tf"


def test_layers_in_a_graph_of_the_users_own():
    x, training = tf.placeholder(tf.float32, [None, 3]), k.backend.learning_phase()
    out = k.layers.Dense(2)(k.layers.Dropout(0.9)(k.layers.Dense(50)(x)))
    step = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_mean(tf.square(out - 1.0)))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step, {x: X, training: True})
        first, second = (session.run(out, {x: X}) for _ in range(2))
        np.testing.assert_array_equal(first, second)
        assert (session.run(out, {x: X, training: True}) != first).any()
        assert k.backend.get_session() is session
    assert [v.name for v in tf.trainable_variables()][::2] == ["dense_1/kernel:0", "dense/kernel:0"]


def test_tensors_and_iterators_feed_a_model():
    data = tf.data.Dataset.from_tensor_slices((X, Y)).repeat().batch(4)
    iterator = data.make_one_shot_iterator()
    model = line(tf.train.RMSPropOptimizer(0.01))
    assert len(model.fit(iterator, steps_per_epoch=3, epochs=2, verbose=0).epoch) == 2
    x, y = iterator.get_next()
    assert model.fit(x, y, steps_per_epoch=3, verbose=0).history["loss"][0] > 0
    assert model.evaluate(x, y, steps=2, verbose=0) > 0
    with pytest.raises(ValueError, match="`steps_per_epoch`"):
        model.fit(x, y, verbose=0)


def test_a_source_that_ends_too_early_stops_the_training(caplog):
    model = line()
    told = model.fit(tf.data.Dataset.from_tensor_slices((X, Y)).batch(4), steps_per_epoch=3, epochs=3, verbose=0)
    assert told.epoch == [0]
    with pytest.raises(ValueError, match="tells no end"):
        model.fit((b for b in [(X, Y)]), verbose=0)
    with pytest.raises(ZeroDivisionError):  # what a generator raises reaches the caller
        model.fit((1 / 0 for _ in range(3)), steps_per_epoch=1, verbose=0)
    assert not [t for t in threading.enumerate() if "_run" in t.name]


def test_operations_between_layers_belong_to_the_network():
    v = tf.Variable(3.0)
    a = k.Input((3,))
    model = k.Model(a, k.layers.Dense(1, kernel_initializer="ones")(tf.concat([a * v, a], 1)[:, :4]))
    k.backend.get_session()
    assert [type(layer).__name__ for layer in model.layers].count("TensorFlowOpLayer") == 3
    expected = X @ [[4.0], [3], [3]]
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-5)
    np.testing.assert_allclose(k.backend.get_value(model(tf.constant(X))), expected, rtol=1e-5)
    with pytest.raises(NotImplementedError, match="`Lambda` layer"):
        model.get_config()


def test_operations_between_layers_in_eager_mode(eager_mode):
    v = tf.Variable(3.0)
    a = k.Input((3,))
    model = k.Model(a, tf.reduce_sum(tf.nn.relu(a * v), -1, keepdims=True))
    np.testing.assert_allclose(model(X), np.maximum(X * 3, 0).sum(-1, keepdims=True), rtol=1e-5)
    np.testing.assert_allclose(model.predict(X), np.maximum(X * 3, 0).sum(-1, keepdims=True), rtol=1e-5)


class Signed(k.layers.Layer):
    """Looks at a tensor with a Python `if`, which AutoGraph makes a branch of the graph."""

    def __init__(self, units=2, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight("w", (int(input_shape[-1]), self.units), initializer="ones")
        super().build(input_shape)

    def call(self, inputs):
        if tf.reduce_sum(inputs) > 0:
            y = tf.matmul(inputs, self.w)
        else:
            y = -10.0 * tf.matmul(inputs, self.w)
        return y

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def test_a_layer_of_the_users_own_is_saved_and_may_branch(tmp_path):
    pytest.importorskip("h5py")
    model = k.Sequential([Signed(2, input_shape=(3,), name="own")])
    model.compile("adam", "mse")
    np.testing.assert_array_equal(model.predict(np.ones([1, 3])), [[3, 3]])
    np.testing.assert_array_equal(model.predict(-np.ones([1, 3])), [[30, 30]])
    model.fit(X, Y, verbose=0)
    model.save(str(tmp_path / "own.h5"))
    again = k.models.load_model(str(tmp_path / "own.h5"), custom_objects={"Signed": Signed})
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert len(again.optimizer.weights) == 3
    with pytest.raises(ValueError, match="Unknown layer"):
        k.models.load_model(str(tmp_path / "own.h5"))


def test_a_tape_trains_a_model_in_a_function(eager_mode):
    model, optimizer = line(), k.optimizers.SGD(0.1)
    mean = k.metrics.Mean()

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = k.losses.MeanSquaredError()(y, model(x, training=True))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        mean(loss)
        return loss

    losses = [float(step(X, Y)) for _ in range(4)]
    assert losses == sorted(losses, reverse=True)
    np.testing.assert_allclose(mean.result(), np.mean(losses), rtol=1e-5)


def test_tensorboard_gets_values_and_histograms(tmp_path):
    model, folder = line(), str(tmp_path)
    board = k.callbacks.TensorBoard(folder, histogram_freq=1, write_grads=True, update_freq="batch")
    model.fit(X, Y, batch_size=4, epochs=1, verbose=0, validation_data=(X, Y), callbacks=[board])
    (file,) = os.listdir(folder)
    events = list(tf.train.summary_iterator(os.path.join(folder, file)))
    tags = {v.tag for e in events for v in e.summary.value}
    assert {"batch_loss", "epoch_loss", "epoch_val_loss", "dense/kernel_0", "dense/kernel_0_grad", "dense_out"} <= tags
    assert any(e.graph_def for e in events)
    with pytest.raises(ValueError, match="validation_data must be provided"):
        model.fit(X, Y, verbose=0, callbacks=[k.callbacks.TensorBoard(folder, histogram_freq=1)])


def test_a_remote_monitor_sends_what_an_epoch_gave():
    got = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802 - the server's name
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("localhost", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monitor = k.callbacks.RemoteMonitor(f"http://localhost:{server.server_port}", send_as_json=True)
        line().fit(X, Y, verbose=0, callbacks=[monitor])
        server.shutdown()
    assert got[0]["epoch"] == 0 and got[0]["loss"] > 0


def test_callbacks_see_batches_and_may_stop(capsys):
    seen = []
    tells = k.callbacks.LambdaCallback(on_batch_end=lambda batch, logs: seen.append((batch, logs["size"])))
    line().fit(X, Y, batch_size=3, verbose=0, callbacks=[tells, k.callbacks.ProgbarLogger("samples")], shuffle=False)
    assert seen == [(0, 3), (1, 3), (2, 2)]
    wrong = line()
    wrong.fit(X * np.nan, Y, batch_size=4, epochs=3, verbose=0, callbacks=[k.callbacks.TerminateOnNaN()])
    assert wrong.history.epoch == [0] and "Invalid loss" in capsys.readouterr().out


def test_shuffled_data_meets_its_targets():
    model = k.Sequential([k.layers.Dense(1, input_shape=(1,), use_bias=False, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    x = np.arange(50, dtype="float32")[:, None]
    for shuffle in (True, "batch"):
        assert model.fit(x, x, batch_size=7, verbose=0, shuffle=shuffle).history["loss"] == [0]


def adversaries():
    """A discriminator that trains alone, and is frozen in the model that trains the generator through it."""
    judge = k.Sequential([k.layers.Dense(4, input_shape=(3,)), k.layers.BatchNormalization(), k.layers.Dense(1)], name="judge")
    judge.compile(k.optimizers.SGD(0.1), "mse")
    maker = k.Sequential([k.layers.Dense(3, input_shape=(2,))], name="maker")
    judge.trainable = False
    z = k.Input((2,))
    both = k.Model(z, judge(maker(z)))
    both.compile(k.optimizers.SGD(0.1), "mse")
    start = judge.get_weights()
    both.train_on_batch(Y, X[:, :1])
    after = judge.get_weights()
    for a, b in zip(start[:2], after[:2]):
        np.testing.assert_array_equal(a, b)
    judge.train_on_batch(X, X[:, :1])  # it was compiled when it was trainable
    found = judge.get_weights()
    assert (found[0] != after[0]).any() and (found[-2] != after[-2]).any() and (found[4] != after[4]).any()
    assert len(both.trainable_weights) == 2


def test_a_frozen_model_inside_another_trains_alone():
    adversaries()


def test_a_frozen_model_inside_another_trains_alone_in_eager_mode(eager_mode):
    adversaries()
