"""Programs of recurrent networks: run under TensorFlow 1.15 by `golden/record_rnn.py`, under Mainstem by `test_rnn.py`.

A program is a function of `tf` that gives nested tensors. What is recorded of it: its variables, the form and the static shapes of
what it gives, values, and the gradients of the sum of their squares.
"""

import numpy as np


def data(*shape):
    return np.random.RandomState(sum(shape)).uniform(-1, 1, shape).astype(np.float32)


def steps(tf, batch=2, time=5, depth=3):
    return tf.constant(data(batch, time, depth), name="steps")


def unknown(tf, batch=2, time=5, depth=3):
    """Inputs whose batch and time are known only when they are fed."""
    return tf.placeholder_with_default(data(batch, time, depth), [None, None, depth])


def cells(tf):
    rnn = tf.contrib.rnn
    proj = {"use_peepholes": True, "num_proj": 2, "cell_clip": 0.3, "proj_clip": 0.1, "forget_bias": 0.5}
    return {
        "basic": lambda: tf.nn.rnn_cell.BasicRNNCell(4),
        "basic_relu": lambda: rnn.BasicRNNCell(4, activation=tf.nn.relu, name="mine"),
        "basic_named": lambda: rnn.BasicRNNCell(4, activation="sigmoid"),
        "gru": lambda: rnn.GRUCell(4),
        "gru_set": lambda: rnn.GRUCell(
            4, activation=tf.nn.elu, kernel_initializer=tf.ones_initializer(), bias_initializer=tf.constant_initializer(0.2)
        ),
        "basic_lstm": lambda: tf.nn.rnn_cell.BasicLSTMCell(4),
        "basic_lstm_set": lambda: rnn.BasicLSTMCell(4, forget_bias=0.0, activation=tf.nn.relu, state_is_tuple=False),
        "lstm": lambda: rnn.LSTMCell(4),
        "lstm_peepholes": lambda: rnn.LSTMCell(4, use_peepholes=True, initializer=tf.constant_initializer(0.1)),
        "lstm_projected": lambda: rnn.LSTMCell(4, **proj),
        "lstm_projected_flat": lambda: rnn.LSTMCell(4, state_is_tuple=False, **proj),
        "lstm_sharded": lambda: rnn.LSTMCell(4, num_proj=2, num_unit_shards=2, num_proj_shards=2),
        "layer_norm": lambda: rnn.LayerNormBasicLSTMCell(4, norm_gain=0.7, norm_shift=0.1),
        "layer_norm_not": lambda: rnn.LayerNormBasicLSTMCell(4, layer_norm=False, dropout_keep_prob=0.5, dropout_prob_seed=3),
        "multi": lambda: rnn.MultiRNNCell([rnn.BasicLSTMCell(4), rnn.GRUCell(3), rnn.BasicRNNCell(2)]),
        "multi_flat": lambda: rnn.MultiRNNCell([rnn.GRUCell(3), rnn.BasicRNNCell(2)], state_is_tuple=False),
        "residual": lambda: rnn.ResidualWrapper(rnn.GRUCell(3)),
        "residual_own": lambda: rnn.ResidualWrapper(rnn.GRUCell(4), lambda x, y: tf.concat([x, y[:, :1]], 1) - y),
        "device": lambda: rnn.DeviceWrapper(rnn.GRUCell(3), "/cpu:0"),
        "output_projection": lambda: rnn.OutputProjectionWrapper(rnn.BasicRNNCell(4), 2),
        "output_projection_relu": lambda: rnn.OutputProjectionWrapper(rnn.BasicRNNCell(4), 2, tf.nn.relu),
        "input_projection": lambda: rnn.InputProjectionWrapper(rnn.GRUCell(4), 2, tf.nn.tanh),
        "block": lambda: rnn.LSTMBlockCell(4),
        "block_peepholes": lambda: rnn.LSTMBlockCell(4, forget_bias=0.5, use_peephole=True, cell_clip=0.3),
        "gru_block": lambda: rnn.GRUBlockCell(4),
        "gru_block_v2": lambda: rnn.GRUBlockCellV2(4),
        "own": lambda: own_cell(tf),
        **{name: lambda s=s: dropped(tf, **s) for name, s in DROPPED.items()},
    }


DROPPED = {
    "dropout_input": {"input_keep_prob": 0.5},
    "dropout_output": {"output_keep_prob": 0.5},
    "dropout_state": {"state_keep_prob": 0.5},
    "dropout_all": {"input_keep_prob": 0.9, "output_keep_prob": 0.8, "state_keep_prob": 0.7},
    "variational": {"input_keep_prob": 0.9, "output_keep_prob": 0.8, "state_keep_prob": 0.7, "variational_recurrent": True},
}


def dropped(tf, **settings):
    cell = tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.BasicLSTMCell(4), tf.contrib.rnn.GRUCell(3)])
    return tf.contrib.rnn.DropoutWrapper(cell, input_size=3, dtype=tf.float32, seed=7, **settings)


def own_cell(tf):
    """A cell of the user's that makes its variables where it is called, with a nested state."""

    class CountingCell(tf.nn.rnn_cell.RNNCell):
        state_size = property(lambda self: (2, {"seen": 1}))
        output_size = property(lambda self: 2)

        def call(self, inputs, state):
            h, rest = state
            w = tf.get_variable("w", [inputs.shape[1], 2])
            h = tf.tanh(tf.matmul(inputs, w) + h)
            return h * 2.0, (h, {"seen": rest["seen"] + 1.0})

    return CountingCell()


def dynamic(name, **settings):
    if name in DROPPED or name == "layer_norm_not":
        settings["parallel_iterations"] = 1  # with more, TensorFlow's iterations draw their random numbers in any order

    def program(tf):
        return tf.nn.dynamic_rnn(cells(tf)[name](), steps(tf), dtype=tf.float32, **settings)

    return program


def filtered(tf):
    """Dropout of a state, of which a visitor says what may be dropped."""
    cell = tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.LSTMCell(4), tf.contrib.rnn.GRUCell(3)])
    lstm = tf.nn.rnn_cell.LSTMStateTuple

    def visitor(part):
        return lstm(c=True, h=False) if isinstance(part, lstm) else True

    cell = tf.contrib.rnn.DropoutWrapper(cell, state_keep_prob=0.5, seed=2, dropout_state_filter_visitor=visitor)
    return tf.nn.dynamic_rnn(cell, steps(tf), dtype=tf.float32, parallel_iterations=1)


def of_probability(tf):
    keep = tf.placeholder_with_default(0.5, [])
    cell = tf.contrib.rnn.DropoutWrapper(tf.contrib.rnn.GRUCell(4), output_keep_prob=keep, seed=5)
    return tf.nn.dynamic_rnn(cell, steps(tf), dtype=tf.float32)


def embedded(tf):
    cell = tf.contrib.rnn.EmbeddingWrapper(tf.contrib.rnn.LSTMCell(4), 7, 3)
    return tf.nn.dynamic_rnn(cell, tf.constant([[[1], [2]], [[6], [0]]]), dtype=tf.float32)


def time_major(tf):
    x = tf.transpose(unknown(tf), [1, 0, 2])
    return tf.nn.dynamic_rnn(tf.contrib.rnn.GRUCell(4), x, [3, 1], dtype=tf.float32, time_major=True)


def with_lengths(lengths):
    def program(tf):
        given = tf.placeholder_with_default(np.array(lengths, np.int64), [None])
        return tf.nn.dynamic_rnn(tf.contrib.rnn.BasicLSTMCell(4), unknown(tf), given, dtype=tf.float32)

    return program


def from_state(tf):
    cell = tf.contrib.rnn.LSTMCell(4)
    state = tf.nn.rnn_cell.LSTMStateTuple(tf.constant(data(2, 4)), tf.constant(data(2, 4) / 2))
    return tf.nn.dynamic_rnn(cell, steps(tf), initial_state=state)


def nested_inputs(tf):
    """A cell that takes a pair and gives a pair."""

    class Pairs(tf.nn.rnn_cell.RNNCell):
        state_size = property(lambda self: 2)
        output_size = property(lambda self: (2, tf.TensorShape([3])))

        def call(self, inputs, state):
            a, b = inputs
            state = tf.tanh(state + a)
            return (state, b + state[:, :1]), state

    inputs = (tf.constant(data(2, 5, 2)), tf.constant(data(2, 5, 3)))
    return tf.nn.dynamic_rnn(Pairs(), inputs, [5, 2], dtype=tf.float32)


def twice(tf):
    """One cell in two loops shares its variables."""
    cell = tf.contrib.rnn.GRUCell(3)
    first, _ = tf.nn.dynamic_rnn(cell, steps(tf), dtype=tf.float32)
    return tf.nn.dynamic_rnn(cell, first, dtype=tf.float32, scope="second")


def reused(tf):
    with tf.variable_scope("outer"):
        a = tf.nn.dynamic_rnn(tf.contrib.rnn.GRUCell(3), steps(tf), dtype=tf.float32)
    with tf.variable_scope("outer", reuse=True):
        b = tf.nn.dynamic_rnn(tf.contrib.rnn.GRUCell(3), 2.0 * steps(tf), dtype=tf.float32)
    return a, b


def outside(tf):
    """Cells that are called in no loop."""
    x, lstm, gru = tf.constant(data(2, 3)), tf.contrib.rnn.BasicLSTMCell(4), tf.contrib.rnn.GRUCell(4)
    out, state = lstm(x, lstm.zero_state(2, tf.float32))
    with tf.variable_scope("inner"):
        again = lstm(x * 2.0, state)
    with tf.variable_scope("given") as scope:
        other = gru(x, out, scope=scope)
    return out, again, other, tf.contrib.rnn.GRUCell(4)(x, out), tf.contrib.rnn.GRUCell(4)(x, out)


def static(name, **settings):
    def program(tf):
        return tf.nn.static_rnn(cells(tf)[name](), tf.unstack(steps(tf), axis=1), dtype=tf.float32, **settings)

    return program


class Saver:
    def __init__(self, tf):
        self.tf, self.saved = tf, tf.get_variable("saved", initializer=np.zeros([2, 4], np.float32), trainable=False)

    def state(self, name):
        return self.tf.constant(data(2, 4))

    def save_state(self, name, value):
        return self.tf.assign(self.saved, value, name="save_" + name)


def state_saving(tf):
    saver = Saver(tf)
    outputs, state = tf.nn.static_state_saving_rnn(
        tf.contrib.rnn.GRUCell(4), tf.unstack(steps(tf), axis=1), saver, "state", sequence_length=[5, 2]
    )
    with tf.control_dependencies([outputs[-1]]):
        return outputs, state, saver.saved + 0.0


def bidirectional(**settings):
    def program(tf):
        return tf.nn.bidirectional_dynamic_rnn(
            tf.contrib.rnn.BasicLSTMCell(4), tf.contrib.rnn.GRUCell(3), unknown(tf), dtype=tf.float32, **settings
        )

    return program


def dropped_stack(tf):
    """Two layers with dropout by a fed probability, in loops with lengths: each is one compiled loop, and so is its gradient."""
    keep, x = tf.placeholder_with_default(1.0, None), unknown(tf)
    pairs = [[tf.contrib.rnn.DropoutWrapper(tf.contrib.rnn.GRUCell(n), output_keep_prob=keep) for n in (3, 2)] for _ in "fb"]
    return tf.contrib.rnn.stack_bidirectional_dynamic_rnn(
        *pairs, x, sequence_length=tf.shape(x)[1:2] + [0, -2], dtype=tf.float32
    )


def bidirectional_time_major(tf):
    x = tf.transpose(unknown(tf), [1, 0, 2])
    cell = tf.contrib.rnn.GRUCell
    return tf.nn.bidirectional_dynamic_rnn(cell(3), cell(2), x, [4, 2], dtype=tf.float32, time_major=True, scope="both")


def static_bidirectional(**settings):
    def program(tf):
        x = tf.unstack(steps(tf), axis=1)
        return tf.nn.static_bidirectional_rnn(
            tf.contrib.rnn.BasicLSTMCell(4), tf.contrib.rnn.GRUCell(3), x, dtype=tf.float32, **settings
        )

    return program


def fused(**settings):
    def program(tf):
        cell = tf.contrib.rnn.LSTMBlockFusedCell(4, use_peephole=True)
        return cell(tf.transpose(steps(tf), [1, 0, 2]), dtype=tf.float32, **settings)

    return program


def fused_backwards(tf):
    cell = tf.contrib.rnn.FusedRNNCellAdaptor(tf.contrib.rnn.GRUCell(4), use_dynamic_rnn=True)
    inputs = tf.transpose(steps(tf), [1, 0, 2])
    return tf.contrib.rnn.TimeReversedFusedRNN(cell)(inputs, dtype=tf.float32, sequence_length=[3, 5])


def stack(name, **settings):
    def program(tf):
        x = steps(tf) if "dynamic" in name else tf.unstack(steps(tf), axis=1)
        pairs = [[tf.contrib.rnn.GRUCell(4), tf.contrib.rnn.GRUCell(2)] for _ in range(2)]
        return getattr(tf.contrib.rnn, name)(*pairs, x, dtype=tf.float32, **settings)

    return program


def raw(emit):
    def program(tf):
        cell, lengths = tf.contrib.rnn.GRUCell(3), tf.constant([4, 2])
        rows = tf.TensorArray(tf.float32, 5).unstack(tf.transpose(steps(tf), [1, 0, 2]))

        def loop(time, output, state, seen):
            finished = time >= lengths
            following = tf.cond(tf.reduce_all(finished), lambda: tf.zeros([2, 3]), lambda: rows.read(time))
            if output is None:
                return finished, following, cell.zero_state(2, tf.float32), tf.zeros([2]) if emit else None, tf.constant(0)
            return finished, following, state, output[:, :2] if emit else output, seen + 1

        arrays, state, seen = tf.nn.raw_rnn(cell, loop)
        return arrays.stack(), state, seen

    return program


PROGRAMS = {
    **{name: dynamic(name) for name in (
        "basic", "basic_relu", "basic_named", "gru", "gru_set", "basic_lstm", "basic_lstm_set", "lstm", "lstm_peepholes",
        "lstm_projected", "lstm_projected_flat", "lstm_sharded", "layer_norm", "layer_norm_not", "multi", "multi_flat", "residual",
        "residual_own", "device", "output_projection", "output_projection_relu", "input_projection", "block", "block_peepholes", "gru_block",
        "gru_block_v2", "own", *DROPPED,
    )},
    "lengths": dynamic("multi", sequence_length=[5, 2]),
    "fed_lengths": with_lengths([3, 5]),
    "length_zero": with_lengths([0, 0]),
    "length_short": with_lengths([1, 2]),
    "scoped": dynamic("lstm", sequence_length=[1, 4], scope="mine"),
    "filtered": filtered,
    "of_probability": of_probability,
    "embedded": embedded,
    "time_major": time_major,
    "from_state": from_state,
    "nested_inputs": nested_inputs,
    "twice": twice,
    "reused": reused,
    "outside": outside,
    "static": static("multi"),
    "static_lengths": static("lstm_projected", sequence_length=[5, 2]),
    "static_own": static("own", sequence_length=[3, 4]),
    "state_saving": state_saving,
    "bidirectional": bidirectional(),
    "bidirectional_lengths": bidirectional(sequence_length=[5, 3]),
    "bidirectional_time_major": bidirectional_time_major,
    "dropped_stack": dropped_stack,
    "static_bidirectional": static_bidirectional(),
    "static_bidirectional_lengths": static_bidirectional(sequence_length=[5, 3]),
    "stack_dynamic": stack("stack_bidirectional_dynamic_rnn", sequence_length=[5, 3]),
    "stack_static": stack("stack_bidirectional_rnn"),
    "fused": fused(),
    "fused_lengths": fused(sequence_length=[5, 3]),
    "fused_backwards": fused_backwards,
    "raw": raw(emit=False),
    "raw_emitting": raw(emit=True),
}  # fmt: skip


def same_scope(tf):
    for _ in range(2):
        tf.nn.dynamic_rnn(tf.contrib.rnn.GRUCell(3), steps(tf), dtype=tf.float32)


def call(function, *args, **settings):
    def program(tf):
        f, x = getattr(tf.nn, function), steps(tf) if "dynamic" in function else tf.unstack(steps(tf), axis=1)
        return f(*(a(tf) if callable(a) else a for a in args), **{"inputs": x, "dtype": tf.float32, **settings})

    return program


def gru(tf):
    return tf.contrib.rnn.GRUCell(3)


def make(name, *args, **settings):
    return lambda tf: getattr(tf.contrib.rnn, name)(*(a(tf) if callable(a) else a for a in args), **settings)


ERRORS = {
    "same_scope": same_scope,
    "no_cell": call("dynamic_rnn", "cell"),
    "no_dtype": call("dynamic_rnn", gru, dtype=None),
    "no_dtype_static": call("static_rnn", gru, dtype=None),
    "lengths_rank": call("dynamic_rnn", gru, sequence_length=[[1, 2]]),
    "lengths_rank_static": call("static_rnn", gru, sequence_length=[[1, 2]]),
    "unknown_depth": lambda tf: tf.nn.dynamic_rnn(gru(tf), tf.placeholder(tf.float32, [2, 3, None]), dtype=tf.float32),
    "no_steps": call("static_rnn", gru, inputs=[]),
    "no_list": call("static_rnn", gru, inputs=3),
    "no_list_bidirectional": call("static_bidirectional_rnn", gru, gru, inputs=3),
    "no_cells": make("MultiRNNCell", []),
    "cells_no_list": make("MultiRNNCell", gru),
    "cells_tuples": lambda tf: tf.contrib.rnn.MultiRNNCell([tf.contrib.rnn.LSTMCell(3)], state_is_tuple=False),
    "state_no_tuple": lambda tf: tf.contrib.rnn.MultiRNNCell([gru(tf)])(tf.zeros([2, 3]), tf.zeros([2, 3])),
    "keep_above": make("DropoutWrapper", gru, input_keep_prob=1.5),
    "keep_below": make("DropoutWrapper", gru, state_keep_prob=-0.5),
    "variational_no_dtype": make("DropoutWrapper", gru, variational_recurrent=True),
    "variational_no_size": lambda tf: tf.contrib.rnn.DropoutWrapper(gru(tf), 0.5, variational_recurrent=True, dtype=tf.float32),
    "visitor": make("DropoutWrapper", gru, dropout_state_filter_visitor=3),
    "residual_size": lambda tf: tf.contrib.rnn.ResidualWrapper(gru(tf))(tf.zeros([2, 2]), tf.zeros([2, 3])),
    "wrapped_nothing": make("ResidualWrapper", 3),
    "projection_size": make("OutputProjectionWrapper", gru, 0),
    "embedding_size": make("EmbeddingWrapper", gru, 0, 3),
    "state_name": lambda tf: tf.nn.static_state_saving_rnn(gru(tf), [tf.zeros([2, 3])], Saver(tf), ("a", "b")),
    "stack_depth": lambda tf: tf.contrib.rnn.stack_bidirectional_dynamic_rnn([gru(tf)], [], steps(tf), dtype=tf.float32),
    "stack_no_list": lambda tf: tf.contrib.rnn.stack_bidirectional_rnn(gru(tf), [gru(tf)], [steps(tf)[0]], dtype=tf.float32),
    "raw_no_function": lambda tf: tf.nn.raw_rnn(gru(tf), 3),
    "rank_1": lambda tf: gru(tf)(tf.zeros([3]), tf.zeros([2, 3])),
    "initial_no_batch": lambda tf: gru(tf).get_initial_state(dtype=tf.float32),
    "initial_two_batches": lambda tf: gru(tf).get_initial_state(tf.zeros([2, 3]), batch_size=3),
    "initial_two_dtypes": lambda tf: gru(tf).get_initial_state(tf.zeros([2, 3]), dtype=tf.float64),
}


VALUES_ONLY = []  # programs whose gradients nobody asks for


def form(value):
    """A nested value's containers, as text."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{k}:{form(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return type(value).__name__ + "(" + ",".join(form(v) for v in value) + ")"
    return "."


def outcome(tf, program):
    """(what describes a program's variables and results, values, gradients by variable)."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(7)
        with tf.variable_scope("", initializer=lambda shape, dtype=None, partition_info=None: tf.constant(data(*shape))):
            result = program(tf)
        outs = tf.contrib.framework.nest.flatten(result)
        trained = tf.trainable_variables()
        facts = {
            "variables": [v.name for v in tf.global_variables()],
            "trainable": [v.name for v in trained],
            "shapes": [v.shape.as_list() for v in tf.global_variables()],
            "form": form(result),
            "static": [None if t.shape.ndims is None else t.shape.as_list() for t in outs],
        }
        loss = tf.add_n([tf.reduce_sum(tf.square(t)) for t in outs if t.dtype.is_floating])
        slopes = (
            [] if program in VALUES_ONLY else [tf.convert_to_tensor(g) for g in tf.gradients(loss, trained) if g is not None]
        )
        session.run(tf.global_variables_initializer())
        if b"Random" in session.graph.as_graph_def().SerializeToString():  # a stream's first numbers, then its next ones
            return facts, list(session.run(outs)), list(session.run(slopes))
        values = session.run(outs + slopes)
        return facts, values[: len(outs)], values[len(outs) :]


def failure(tf, program):
    """The type of the error that a wrong program raises, and its first words."""
    with tf.Graph().as_default():
        try:
            program(tf)
        except Exception as e:
            return type(e).__name__, str(e)
    return "none", ""
