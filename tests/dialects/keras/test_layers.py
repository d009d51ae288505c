"""Every layer of `tf.keras` against TensorFlow 1.15: values, gradients, names, configs, shapes (golden/record_keras_parts.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects.keras import layer_rows, part_programs
from tests.dialects.keras.test_parts import assert_alike

GOLDEN = pathlib.Path(__file__).parents[2] / "golden"
RECORD = json.loads((GOLDEN / "keras_layers.json").read_text())
ARRAYS = np.load(GOLDEN / "keras_layers.npz")


@pytest.mark.parametrize("name", layer_rows.ROWS)
def test_layer(name):
    told, values = layer_rows.outcome(tf, name)
    told = json.loads(json.dumps(part_programs.plain(told)))
    assert_alike(told, RECORD[name], name)
    for i, value in enumerate(values):
        np.testing.assert_allclose(value, ARRAYS[f"{name}:{i}"], rtol=2e-4, atol=3e-5, err_msg=f"{name}:{i}")
    assert f"{name}:{len(values)}" not in ARRAYS


@pytest.mark.parametrize("name", layer_rows.ROWS)
def test_layer_of_its_config(name):
    layer = layer_rows.ROWS[name][0](tf.keras.layers, tf)
    layer = getattr(layer, "cell", layer) if name == "lstm cell" else layer
    config = tf.keras.layers.serialize(layer)
    assert tf.keras.layers.serialize(tf.keras.layers.deserialize(config)) == config


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_cudnn_layers_are_the_plain_ones_with_other_variables(kind):
    """TensorFlow's own need a GPU; their variables' shapes are recorded, the arithmetic is that of the plain layers."""
    x = tf.constant(layer_rows.arrays_of([(2, 5, 3)], None, 3)[0])
    fused = getattr(tf.keras.layers, f"CuDNN{kind}")(4, return_sequences=True)
    more = {"reset_after": True} if kind == "GRU" else {}
    plain = getattr(tf.keras.layers, kind)(4, return_sequences=True, recurrent_activation="sigmoid", **more)
    made = [fused(x), plain(x)]
    gates = 4 if kind == "LSTM" else 3
    assert [w.shape.as_list() for w in fused.weights] == [[3, 4 * gates], [4, 4 * gates], [2 * 4 * gates]]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        start = session.run(fused.weights[2])
        assert start.tolist() == ([0] * 20 + [1] * 4 + [0] * 8 if kind == "LSTM" else [0] * 24)
        values = layer_rows.start_of(fused.weights)
        for w, v in zip(fused.weights, values):
            w.load(v, session)
        halves = values[2].reshape(2, -1)
        for w, v in zip(plain.weights, [*values[:2], halves.sum(0) if kind == "LSTM" else halves]):
            w.load(v, session)
        np.testing.assert_allclose(*session.run(made), rtol=1e-5, atol=1e-6)
    config = fused.get_config()
    assert "unroll" not in config and type(fused).from_config(config).get_config() == config


def test_lstm_keeps_the_forget_gate_s_bias_and_the_order_of_gates():
    """i, f, c, o with the 1 in the variable: `tf.nn.rnn_cell.LSTMCell` has i, j, f, o and adds the 1 in every step."""
    x = tf.constant(layer_rows.arrays_of([(2, 5, 3)], None, 3)[0])
    layer, cell = tf.keras.layers.LSTM(2, recurrent_activation="sigmoid"), tf.nn.rnn_cell.LSTMCell(2, name="cell")
    made = layer(x)
    other, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        kernel, recurrent, bias = session.run(layer.weights)
        assert bias.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
        places = [0, 1, 4, 5, 2, 3, 6, 7]
        cell.weights[0].load(np.concatenate([kernel, recurrent])[:, places], session)
        cell.weights[1].load((bias - [0, 0, 1, 1, 0, 0, 0, 0])[places], session)
        got, want = session.run([made, other[:, -1]])
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_l2_has_no_half_and_stays_out_of_collections():
    layer = tf.keras.layers.Dense(1, kernel_regularizer="l2", kernel_initializer="ones", use_bias=False)
    layer(tf.ones([1, 2]))
    assert tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        np.testing.assert_allclose(session.run(layer.losses), [0.02], rtol=1e-6)


def test_states_of_stateful_layers():
    layer = tf.keras.layers.LSTM(3, stateful=True)
    made = layer(tf.ones([2, 4, 3]))
    assert len(layer.weights) == 3 and len(layer.updates) == 2
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first, _ = session.run([made, layer.updates])
        second = session.run(made)
        assert not np.allclose(first, second)
        np.testing.assert_allclose(session.run(layer.states[0]), first, rtol=1e-6)
        layer.reset_states()
        np.testing.assert_allclose(session.run(made), first, rtol=1e-6)
    with pytest.raises(ValueError, match="it needs to know its batch size"):
        tf.keras.layers.LSTM(3, stateful=True)(tf.placeholder(tf.float32, [None, 3, 4]))


@pytest.mark.usefixtures("eager_mode")
@pytest.mark.parametrize("name", ["dense", "conv2d", "lstm masked", "gru", "bidirectional", "batch_normalization", "embedding"])
def test_eager_layers(name):
    make, shapes, ints, masked, call = layer_rows.ROWS[name]
    x = layer_rows.arrays_of(shapes, ints, 3)[0]
    if masked:
        keep = np.ones(shapes[0][:2], bool)
        keep[0, 3:] = keep[1, 0] = False
        x, call = x * keep[..., None].astype("float32"), {**call, "mask": tf.constant(keep)}
    layer = make(tf.keras.layers, tf)
    layer(tf.constant(x), **call)
    layer.set_weights(layer_rows.start_of(layer.weights))
    got = layer(tf.constant(x), **call)
    np.testing.assert_allclose(got.numpy(), ARRAYS[f"{name}:0"], rtol=2e-4, atol=3e-5)


def test_dropout_is_the_same_in_every_step():
    layer = tf.keras.layers.SimpleRNN(
        16,
        activation="linear",
        kernel_initializer="identity",
        recurrent_initializer="zeros",
        dropout=0.5,
        return_sequences=True,
    )
    with tf.Session() as session:
        made = layer(tf.ones([1, 5, 16]), training=True)
        session.run(tf.global_variables_initializer())
        value = session.run(made)[0]
    assert set(value[0]) == {0.0, 2.0} and np.all(value == value[0])
