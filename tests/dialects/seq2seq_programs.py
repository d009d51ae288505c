"""Programs of `tf.contrib.seq2seq`: run under TensorFlow 1.15 by `golden/record_rnn.py`, under Mainstem by `test_seq2seq.py`."""

import numpy as np

try:
    from rnn_programs import VALUES_ONLY, data, steps, unknown
except ImportError:
    from tests.dialects.rnn_programs import VALUES_ONLY, data, steps, unknown


def lengths(tf, *values):
    return tf.placeholder_with_default(np.array(values, np.int32), [None])


def decoded(tf, helper, size=6, cell=None, state=None, **settings):
    s = tf.contrib.seq2seq
    cell = cell or tf.contrib.rnn.GRUCell(4)
    state = cell.zero_state(2, tf.float32) if state is None else state
    decoder = s.BasicDecoder(cell, helper, state, tf.layers.Dense(size) if size else None)
    return s.dynamic_decode(decoder, **settings)


def training(given=(3, 4), size=6, **settings):
    def program(tf):
        return decoded(tf, tf.contrib.seq2seq.TrainingHelper(unknown(tf), lengths(tf, *given)), size, **settings)

    return program


def training_time_major(tf):
    x = tf.transpose(unknown(tf), [1, 0, 2])
    helper = tf.contrib.seq2seq.TrainingHelper(x, lengths(tf, 5, 2), time_major=True)
    return decoded(tf, helper, output_time_major=True)


def table(tf):
    return tf.get_variable("table", [6, 3])


def greedy(name="GreedyEmbeddingHelper", arguments=None, **settings):
    def program(tf):
        helper = getattr(tf.contrib.seq2seq, name)(table(tf), tf.constant([1, 2]), 5, **(arguments or {}))
        return decoded(tf, helper, parallel_iterations=1, **settings)

    return program


def scheduled_embedding(tf):
    helper = tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper(
        steps(tf), lengths(tf, 3, 5), table(tf), 0.5, seed=3, scheduling_seed=4
    )
    return decoded(tf, helper, parallel_iterations=1)


def scheduled_output(kind):
    def program(tf):
        settings = {
            "plain": {},
            "function": {"next_inputs_fn": lambda x: 2.0 * x},
            "auxiliary": {"auxiliary_inputs": tf.constant(data(2, 5, 2))},
        }[kind]
        helper = tf.contrib.seq2seq.ScheduledOutputTrainingHelper(steps(tf), lengths(tf, 3, 5), 0.5, seed=3, **settings)
        return decoded(tf, helper, 3, parallel_iterations=1)

    return program


def custom(tf):
    def initialize():
        return tf.constant([False, False]), tf.zeros([2, 3])

    def sample(time, outputs, state):
        return tf.cast(tf.argmax(outputs, -1), tf.int32)

    def following(time, outputs, state, sample_ids):
        return time >= tf.constant([2, 1]), outputs[:, :3], state

    return decoded(tf, tf.contrib.seq2seq.CustomHelper(initialize, sample, following))


def inference(tf):
    helper = tf.contrib.seq2seq.InferenceHelper(
        lambda outputs: tf.tanh(outputs), [3], tf.float32, tf.zeros([2, 3]), lambda s: tf.reduce_sum(s, 1) > 0.9
    )
    return decoded(tf, helper, 3, maximum_iterations=4)


def attended(mechanism, wrapper=None, several=False, history=True, **settings):
    """A decoder that attends to a memory while it is trained."""

    def program(tf):
        s, memory = tf.contrib.seq2seq, tf.constant(data(2, 6, 3))
        make = getattr(s, mechanism)
        found = make(4, memory, memory_sequence_length=lengths(tf, 6, 3), **settings)
        if several:
            found = [found, s.BahdanauAttention(2, memory)]
        cell = s.AttentionWrapper(tf.contrib.rnn.LSTMCell(4), found, alignment_history=history, **(wrapper or {}))
        helper = s.TrainingHelper(unknown(tf), lengths(tf, 3, 4))
        outputs, state, ends = decoded(tf, helper, 5, cell, cell.zero_state(2, tf.float32), parallel_iterations=1)
        arrays = state.alignment_history
        if history:
            arrays = tuple(a.stack() for a in arrays) if several else arrays.stack()
        return outputs, state._replace(alignment_history=arrays), ends

    return program


def attended_from_state(tf):
    s, cell = tf.contrib.seq2seq, tf.contrib.rnn.GRUCell(4)
    wrapped = s.AttentionWrapper(
        cell, s.LuongAttention(4, tf.constant(data(2, 6, 3))), initial_cell_state=tf.constant(data(2, 4))
    )
    state = wrapped.zero_state(2, tf.float32)
    state = state.clone(cell_state=state.cell_state * 2.0)
    return wrapped(tf.constant(data(2, 3)), state)


def monotonic(mode):
    def program(tf):
        p, before = tf.constant(np.abs(data(2, 5))), tf.nn.softmax(tf.constant(data(2, 5) * 2))
        p = tf.round(p) if mode == "hard" else p
        return tf.contrib.seq2seq.monotonic_attention(p, before, mode)

    return program


def beam(attends=False, coverage=0.0, length=0.0, limit=6, history=False):
    def program(tf):
        s, cell, width = tf.contrib.seq2seq, tf.contrib.rnn.LSTMCell(4), 3
        if attends:
            memory = unknown(tf, time=6) if history else tf.constant(data(2, 6, 3))
            memory, ends = (s.tile_batch(v, width) for v in (memory, lengths(tf, 6, 3)))
            mechanism = s.BahdanauAttention(4, memory, memory_sequence_length=ends)
            cell = s.AttentionWrapper(cell, mechanism, alignment_history=history)
        state = cell.zero_state(tf.shape(memory)[0] if history else 2 * width, tf.float32)
        emb = tf.get_variable("table", initializer=3 * data(6, 3))
        layer = tf.layers.Dense(
            6, kernel_initializer=lambda shape, dtype=None, partition_info=None: tf.constant(4 * data(*shape))
        )
        decoder = s.BeamSearchDecoder(
            cell, emb, lengths(tf, 1, 2), 5, state, width, layer, length_penalty_weight=length, coverage_penalty_weight=coverage
        )
        outputs, state, ends = s.dynamic_decode(decoder, maximum_iterations=limit)
        steps_of = outputs.beam_search_decoder_output
        kept = (state.cell_state.alignment_history if history else state.log_probs), state.finished, state.lengths
        return outputs.predicted_ids, steps_of.scores, kept, ends

    return program


def tree(tf):
    ids = tf.constant([[[1, 2, 3], [0, 1, 2]], [[4, 5, 6], [3, 3, 3]], [[7, 8, 9], [1, 9, 9]], [[1, 1, 1], [2, 2, 2]]])
    parents = tf.constant([[[0, 0, 0], [0, 0, 0]], [[0, 1, 1], [2, 1, 0]], [[2, 1, 2], [0, 0, 1]], [[0, 2, 1], [1, 2, 0]]])
    weight = tf.get_variable("weight", [])
    return tf.contrib.seq2seq.gather_tree(ids, parents, [3, 4], 9), weight


def tiled(tf):
    return tf.contrib.seq2seq.tile_batch((unknown(tf), tf.constant([1, 2])), 3), tf.get_variable("weight", [])


def hard(tf):
    return tf.contrib.seq2seq.hardmax(tf.get_variable("x", [2, 5])), tf.get_variable("weight", [])


def loss(**settings):
    def program(tf):
        logits, targets = tf.get_variable("logits", [2, 4, 6]), tf.constant([[1, 5, 0, 2], [3, 3, 1, 0]])
        return tf.contrib.seq2seq.sequence_loss(logits, targets, tf.constant([[1.0, 2, 0, 0], [1, 0.5, 1, 0]]), **settings)

    return program


def listed(name, **settings):
    def program(tf):
        logits = tf.unstack(tf.get_variable("logits", [2, 4, 6]), axis=1)
        targets, weights = tf.constant([[1, 5, 0, 2], [3, 3, 1, 0]]), tf.constant([[1.0, 2, 0, 0], [1, 0.5, 1, 0]])
        legacy = tf.contrib.legacy_seq2seq
        return getattr(legacy, name)(logits, tf.unstack(targets, axis=1), tf.unstack(weights, axis=1), **settings)

    return program


def over(time, batch):
    names = ["average_across_timesteps", "sum_over_timesteps", "average_across_batch", "sum_over_batch"]
    return dict(zip(names, [time == "mean", time == "sum", batch == "mean", batch == "sum"]))


def scored(tf):
    def function(labels, logits):
        return tf.reduce_sum(tf.square(logits), -1) + tf.cast(labels, tf.float32)

    return loss(softmax_loss_function=function)(tf)


WRAPPED = {"attention_layer_size": 5, "output_attention": False, "cell_input_fn": lambda x, a: x + a[:, :3]}
PROGRAMS = {
    "training": training(),
    "training_imputed": training(size=None, impute_finished=True),
    "training_limited": training(maximum_iterations=2, scope="mine"),
    "training_far_limit": training(maximum_iterations=9, impute_finished=True),
    "training_time_major": training_time_major,
    "greedy": greedy(maximum_iterations=7),
    "greedy_imputed": greedy(maximum_iterations=7, impute_finished=True),
    "sampled": greedy("SampleEmbeddingHelper", {"seed": 3, "softmax_temperature": 0.5}, maximum_iterations=7),
    "scheduled_embedding": scheduled_embedding,
    **{"scheduled_output_" + kind: scheduled_output(kind) for kind in ("plain", "function", "auxiliary")},
    "custom": custom,
    "inference": inference,
    "luong": attended("LuongAttention"),
    "luong_scaled": attended("LuongAttention", {"attention_layer_size": 5}, scale=True, history=False),
    "bahdanau": attended("BahdanauAttention"),
    "bahdanau_normalized": attended("BahdanauAttention", WRAPPED, normalize=True),
    "two_mechanisms": attended("LuongAttention", {"attention_layer_size": [3, 2]}, several=True),
    "luong_monotonic": attended("LuongMonotonicAttention", scale=True, sigmoid_noise=1.0, sigmoid_noise_seed=3, history=False),
    "bahdanau_monotonic": attended("BahdanauMonotonicAttention", normalize=True, mode="recursive", score_bias_init=-0.5, history=False),
    "attended_from_state": attended_from_state,
    **{"beam_" + name: beam(**settings) for name, settings in {
        "plain": {}, "length": {"length": 0.7}, "attention": {"attends": True},
        "coverage": {"attends": True, "coverage": 0.4, "length": 0.3}, "history": {"attends": True, "history": True},
    }.items()},
    "tree": tree,
    "tiled": tiled,
    "hardmax": hard,
    **{f"loss_{t}_{b}": loss(**over(t, b)) for t in ("mean", "sum", "none") for b in ("mean", "sum", "none")},
    "loss_own": scored,
    "by_example": listed("sequence_loss_by_example"),
    "by_example_sum": listed("sequence_loss_by_example", average_across_timesteps=False),
    "of_lists": listed("sequence_loss"),
    "of_lists_sum": listed("sequence_loss", average_across_batch=False),
}  # fmt: skip

VALUES_ONLY += [p for name, p in PROGRAMS.items() if name.startswith(("sampled", "greedy", "inference", "beam"))]


def call(name, *arguments, **settings):
    return lambda tf: getattr(tf.contrib.seq2seq, name)(*(a(tf) if callable(a) else a for a in arguments), **settings)


def gru(tf):
    return tf.contrib.rnn.GRUCell(4)


def helper(tf):
    return tf.contrib.seq2seq.TrainingHelper(steps(tf), [3, 4])


def memory(tf):
    return tf.constant(data(2, 6, 3))


def luong(tf):
    return tf.contrib.seq2seq.LuongAttention(4, memory(tf))


def zeros(tf):
    return tf.zeros([2, 4])


ERRORS = {
    "decoder": call("dynamic_decode", gru),
    "limit": lambda tf: decoded(tf, helper(tf), maximum_iterations=[3]),
    "cell": call("BasicDecoder", 3, helper, zeros),
    "helper": call("BasicDecoder", gru, 3, zeros),
    "layer": call("BasicDecoder", gru, helper, zeros, 3),
    "lengths": call("TrainingHelper", steps, [[3, 4]]),
    "start": call("GreedyEmbeddingHelper", table, 1, 5),
    "end": call("GreedyEmbeddingHelper", table, [1, 2], [5]),
    "probability": call("ScheduledOutputTrainingHelper", steps, [3, 4], [[0.5]]),
    "custom_size": lambda tf: tf.contrib.seq2seq.CustomHelper(None, None, None).batch_size,
    "mode": lambda tf: tf.contrib.seq2seq.monotonic_attention(zeros(tf), zeros(tf), "other"),
    "mechanism": call("AttentionWrapper", gru, 3),
    "mechanisms": call("AttentionWrapper", gru, [3]),
    "input_function": call("AttentionWrapper", gru, luong, cell_input_fn=3),
    "layer_sizes": call("AttentionWrapper", gru, luong, attention_layer_size=[3, 4]),
    "units": lambda tf: tf.contrib.seq2seq.LuongAttention(3, memory(tf))(zeros(tf), None),
    "state": lambda tf: tf.contrib.seq2seq.AttentionWrapper(gru(tf), luong(tf))(tf.zeros([2, 3]), zeros(tf)),
    "memory": call("LuongAttention", 4, lambda tf: tf.placeholder(tf.float32, [2, None, None])),
    "batch": lambda tf: tf.contrib.seq2seq.AttentionWrapper(gru(tf), luong(tf)).zero_state(3, tf.float32),
    "both_ways": lambda tf: loss(sum_over_timesteps=True)(tf),
    "logits": lambda tf: tf.contrib.seq2seq.sequence_loss(zeros(tf), zeros(tf), zeros(tf)),
    "lists": lambda tf: tf.contrib.legacy_seq2seq.sequence_loss_by_example([zeros(tf)], [], []),
    "targets": lambda tf: tf.contrib.seq2seq.sequence_loss(memory(tf), memory(tf), zeros(tf)),
    "beam_start": call("BeamSearchDecoder", gru, table, 1, 5, zeros, 2),
    "beam_coverage": lambda tf: tf.contrib.seq2seq.dynamic_decode(
        tf.contrib.seq2seq.BeamSearchDecoder(gru(tf), table(tf), [1], 5, zeros(tf), 2, coverage_penalty_weight=0.5)
    ),
}
