"""Recurrent networks against TensorFlow 1.15 (golden/record_rnn.py): variables, forms, shapes, values, gradients, errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.lower.plan import Plan
from tests.dialects import rnn_programs

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "rnn.json").read_text())
VALUES = np.load(GOLDEN / "rnn.npz")
SLOW = [
    "basic_named",
    "gru_set",
    "lstm",
    "lstm_sharded",
    "dropout_input",
    "dropout_output",
    "dropout_state",
    "static_lengths",
    "static_bidirectional",
    "stack_dynamic",
    "stack_static",
    "fused",
    "bidirectional",
    "block",
    "residual",
    "output_projection_relu",
    "layer_norm_not",
    "lengths",
    "scoped",
    "dropped_stack",
    "lstm_projected_flat",
    "fused_lengths",
    "raw_emitting",
]


def marked(programs, slow):
    """The names of the programs, those of `slow` for the long test run only."""
    return [pytest.param(name, marks=pytest.mark.slow) if name in slow else name for name in programs]


def compare(program, name, record, values):
    """Runs a program and compares all that is recorded of it."""
    facts, outs, slopes = rnn_programs.outcome(tf, program)
    assert facts == record["programs"][name]
    for prefix, found in ("", outs), ("d", slopes):
        assert f"{name}:{prefix}{len(found)}" not in values
        for i, value in enumerate(found):
            want = values[f"{name}:{prefix}{i}"]
            assert np.asarray(value).dtype == want.dtype and np.shape(value) == want.shape
            np.testing.assert_allclose(value, want, rtol=2e-4, atol=2e-5, err_msg=f"{prefix}{i}")


def compare_failure(program, recorded):
    """Runs a program that must fail as TensorFlow's did: [exception class, text]."""
    kind, text = rnn_programs.failure(tf, program)
    wanted, words = recorded
    assert kind == wanted, text
    assert "converted code" in words or text[:22] == words[:22]


@pytest.mark.parametrize("name", marked(rnn_programs.PROGRAMS, SLOW))
def test_programs_do_what_tensorflow_does(name):
    compare(rnn_programs.PROGRAMS[name], name, RECORD, VALUES)


@pytest.mark.parametrize("name", rnn_programs.ERRORS)
def test_wrong_programs_raise_the_same(name):
    compare_failure(rnn_programs.ERRORS[name], RECORD["errors"][name])


def run(*fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches)


def ones_gru(inputs, lengths=None):
    cell = tf.nn.rnn_cell.GRUCell(1, kernel_initializer=tf.ones_initializer())
    return tf.nn.dynamic_rnn(cell, inputs, lengths, dtype=tf.float32)


def test_a_gru_resets_before_the_candidate_s_product_and_starts_with_open_gates():
    outputs, _ = ones_gru(tf.ones([1, 3, 1]))
    np.testing.assert_allclose(run(outputs)[0][0, :, 0], [0.0907842, 0.1680795, 0.2347991], rtol=1e-5)


def test_outputs_past_the_end_are_zeros_and_the_state_is_the_last_valid_one():
    outputs, state = run(*ones_gru(tf.ones([2, 3, 1]), [3, 1]))
    np.testing.assert_allclose(outputs[1, :, 0], [0.0907842, 0, 0], rtol=1e-5)
    np.testing.assert_allclose(state[:, 0], [0.2347991, 0.0907842], rtol=1e-5)


def test_the_forget_bias_is_not_in_the_checkpoint():
    cell = tf.nn.rnn_cell.BasicLSTMCell(3)
    tf.nn.dynamic_rnn(cell, tf.ones([1, 2, 4]), dtype=tf.float32)
    kernel, bias = tf.trainable_variables()
    assert kernel.shape.as_list() == [7, 12] and not np.any(run(bias))


def test_the_gates_are_input_new_value_forget_output():
    cell = tf.nn.rnn_cell.BasicLSTMCell(1, forget_bias=0.0)
    with tf.variable_scope("", initializer=tf.constant_initializer(0.0)):
        state = tf.nn.rnn_cell.LSTMStateTuple(tf.constant([[0.5]]), tf.constant([[0.0]]))
        _, (c, h) = cell(tf.constant([[1.0]]), state)
    kernel = tf.trainable_variables()[0]
    i, j, f, o = 0.3, -0.7, 1.1, 0.2
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(kernel.assign([[i, j, f, o], [0, 0, 0, 0]]))
        got = session.run([c, h])
    gate = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    memory = gate(f) * 0.5 + gate(i) * np.tanh(j)
    np.testing.assert_allclose([g[0, 0] for g in got], [memory, gate(o) * np.tanh(memory)], rtol=1e-5)


def test_a_long_static_rnn_is_one_loop_unless_steps_may_differ():
    for i, (cell, loops) in enumerate([
        (tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.GRUCell(3)]), 1),
        (tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.GRUCell(3), 0.5), 0),
        (rnn_programs.own_cell(tf), 0),
    ]):  # fmt: skip
        with tf.Graph().as_default() as graph:
            outputs, _ = tf.nn.static_rnn(cell, [tf.ones([2, 3])] * 8, dtype=tf.float32, scope=f"rnn_{i}")
            assert len(outputs) == 8
            assert sum("While" in o.type for o in graph.get_operations()) == loops


def test_the_last_output_of_two_directions_needs_one_step_backwards():
    """The backward cell begins at the last step: who wants that output only does not run it through all the others."""
    steps = [tf.placeholder(tf.float32, [2, 3]) for _ in range(9)]
    cells = [tf.nn.rnn_cell.BasicLSTMCell(4) for _ in range(2)]
    outputs, _, state = tf.nn.static_bidirectional_rnn(*cells, steps, dtype=tf.float32)
    made = [v.name for v in tf.trainable_variables()]
    assert made == [f"bidirectional_rnn/{d}/basic_lstm_cell/{v}:0" for d in ("fw", "bw") for v in ("kernel", "bias")]

    def loops(fetches):
        return sum("While" in o.type for s in Plan(fetches, [], steps).segments for o in s.ops)

    assert loops([outputs[-1]]) == 1 and loops([outputs[-1], state.h]) == 2
    assert loops(tf.gradients(outputs[-1], tf.trainable_variables())) == 1
    values = dict(zip(steps, np.random.RandomState(0).normal(size=(9, 2, 3)).astype("float32")))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        last, first, (_, h) = session.run([outputs[-1], outputs[0], state], values)
        kernel, bias = session.run(tf.trainable_variables()[2:])
        i, j, f, o = np.split(np.concatenate([values[steps[-1]], np.zeros([2, 4])], 1) @ kernel + bias, 4, 1)
        by_hand = 1 / (1 + np.exp(-o)) * np.tanh(1 / (1 + np.exp(-i)) * np.tanh(j))
        np.testing.assert_allclose(last[:, 4:], by_hand, rtol=1e-5)
        np.testing.assert_array_equal(first[:, 4:], h)


def test_training_learns_to_count():
    x = np.random.RandomState(0).randint(0, 2, [64, 10, 1]).astype(np.float32)
    cell = tf.nn.rnn_cell.LSTMCell(8, initializer=tf.random_uniform_initializer(-0.3, 0.3, seed=1))
    outputs, _ = tf.nn.dynamic_rnn(cell, tf.constant(x), dtype=tf.float32)
    predicted = tf.layers.dense(outputs, 1, kernel_initializer=tf.random_uniform_initializer(-0.3, 0.3, seed=2))
    loss = tf.reduce_mean(tf.square(predicted - np.cumsum(x, axis=1) / 5))
    step = tf.train.AdamOptimizer(0.02).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first = session.run(loss)
        for _ in range(100):
            session.run(step)
        assert session.run(loss) < 0.05 * first
