"""Records small graphs with control flow from the real TensorFlow, and what they compute, for us to import and run.

    <python with TensorFlow 1.15 or 2> tests/golden/record_control_graphs.py --out tests/golden

Writes control_graphs_tf<version>.npz: `<program>/graph` holds a GraphDef, `<program>/runs` JSON: a list of
(fetches, feeds, values or the class of the error).
"""

import argparse
import json
import os
import pathlib

os.environ.update(CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
import numpy as np  # noqa: E402
import tensorflow as real  # noqa: E402

OLD = real.__version__.startswith("1.")
tf = real.compat.v1
tf.logging.set_verbosity(tf.logging.ERROR)
V = [1.5, -2.0, 0.5]
PROGRAMS = []


def program(fn):
    PROGRAMS.append(fn)
    return fn


def scalar(dtype, name):
    return tf.placeholder(dtype, [], name=name)


# Every program gives runs: (fetches, {feed name: value}).


@program
def cond_plain():
    p, x = scalar(tf.bool, "p"), tf.placeholder(tf.float32, [3], name="x")
    y = tf.cond(p, lambda: x * 2, lambda: x + 1)
    tf.identity(y, name="out")
    runs = [(["out:0", "cond/Merge:0"], {"p:0": b, "x:0": V}) for b in (True, False)]
    return runs + [(["out:0"], {"p:0": False, "x:0": V, "cond/pred_id:0": False})]


@program
def cond_several_results():
    p, x = scalar(tf.bool, "p"), tf.placeholder(tf.float32, [3], name="x")
    a, b = tf.cond(p, lambda: (x * 2, tf.constant(1)), lambda: (x, tf.constant(2)), name="choose")
    tf.identity(a, name="a"), tf.identity(b, name="b")
    return [(["a:0", "b:0", "choose/Merge:0", "choose/Merge_1:0"], {"p:0": b, "x:0": V}) for b in (True, False)]


@program
def cond_nested():
    p, q, x = scalar(tf.bool, "p"), scalar(tf.bool, "q"), tf.placeholder(tf.float32, [3], name="x")

    def inner():
        return tf.cond(q, lambda: tf.sin(x), lambda: tf.cond(p, lambda: tf.constant(V), lambda: x - 1))

    tf.identity(tf.cond(p, inner, lambda: tf.cond(q, lambda: x, lambda: -x)), name="out")
    return [(["out:0"], {"p:0": a, "q:0": b, "x:0": V}) for a in (True, False) for b in (True, False)]


@program
def cond_in_sequence():
    p, x = scalar(tf.bool, "p"), scalar(tf.float32, "x")
    y = tf.cond(p, lambda: x * 3, lambda: x + 1)
    z = tf.cond(p, lambda: y * x, lambda: y - x)
    w = tf.cond(tf.logical_not(p), lambda: z + y, lambda: z * 2)
    tf.identity(w, name="out")
    return [(["out:0"], {"p:0": b, "x:0": 1.5}) for b in (True, False)]


@program
def cond_gradient():
    p, x = scalar(tf.bool, "p"), tf.placeholder(tf.float32, [3], name="x")
    y = tf.cond(p, lambda: tf.sin(x) * tf.reduce_sum(x), lambda: tf.cond(x[0] > 1, lambda: x * x, lambda: x))
    tf.identity(tf.gradients(y, x)[0], name="grad")
    return [(["grad:0"], {"p:0": b, "x:0": [c, 2.0, 3.0]}) for b in (True, False) for c in (0.5, 1.5)]


@program
def case_of_three():
    x = scalar(tf.float32, "x")
    y = tf.case([(x < 0, lambda: -x), (x < 10, lambda: x * x)], default=lambda: tf.constant(7.0))
    tf.identity(y, name="out")
    return [(["out:0"], {"x:0": v}) for v in (-2.0, 3.0, 30.0)]


@program
def branches_that_assign():
    p = scalar(tf.bool, "p")
    v = tf.get_variable("v", initializer=1.0, use_resource=False)
    r = tf.get_variable("r", initializer=2.0, use_resource=True)
    tf.cond(p, lambda: tf.assign_add(v, 10.0), lambda: v + 0.5, name="ref")
    tf.cond(p, lambda: r + 0.5, lambda: r.assign_add(v), name="res")
    tf.cond(p, lambda: tf.group(v.assign(5.0), r.assign(6.0)), tf.no_op, name="both")
    tf.group(v.initializer, r.initializer, name="init")
    tf.identity(v, name="now_v"), tf.identity(r, name="now_r")
    runs = [(["^init"], {})]
    for b in (True, False):
        for fetch in ("ref/Merge:0", "res/Merge:0", "both/Merge:0", "now_v:0", "now_r:0"):
            runs.append(([fetch], {"p:0": b}))
    return runs


@program
def assertion():
    x = scalar(tf.float32, "x")
    with tf.control_dependencies([tf.Assert(x > 0, ["must be positive", x])]):
        tf.identity(x, name="out")
    with tf.control_dependencies([tf.debugging.assert_less(x, 10.0)]):
        tf.multiply(x, 2.0, name="small")
    return [([f], {"x:0": v}) for v in (1.0, -1.0, 20.0) for f in ("out:0", "small:0")]


@program
def initialized_value():
    a = tf.get_variable("a", initializer=3.0, use_resource=False)
    b = tf.get_variable("b", initializer=a.initialized_value() * 2, use_resource=False)
    c = tf.get_variable("c", initializer=2.0, use_resource=True)
    d = tf.get_variable("d", initializer=c.initialized_value() + 1, use_resource=True)
    for v in (a, b, c, d):
        tf.identity(v, name="now_" + v.op.name)
    assigned = [tf.assign(a, 10.0, name="set_a").op, c.assign(10.0)]
    tf.group(*assigned, name="set")
    inits = ["^" + v.initializer.name for v in (b, d)]
    return [(inits, {}), (["now_b:0", "now_d:0"], {}), (["^set"], {}), (inits, {}), (["now_b:0", "now_d:0"], {})]


@program
def guarded_by_a_switch():
    """A side effect behind a Switch that no Merge closes."""
    p = scalar(tf.bool, "p")
    v = tf.get_variable("v", initializer=1.0, use_resource=True)
    value = tf.raw_ops.Switch(data=tf.constant(4.0), pred=p, name="guard")
    with tf.control_dependencies([v.assign_add(value[1])]):
        tf.no_op(name="when")
    tf.group(v.initializer, name="init")
    tf.identity(v, name="now")
    return [(["^init"], {}), (["^when"], {"p:0": False}), (["now:0"], {}), (["^when"], {"p:0": True}), (["now:0"], {})]


def freeze(outputs):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        graph_def = tf.get_default_graph().as_graph_def()
        return tf.graph_util.convert_variables_to_constants(session, graph_def, outputs)


def batch_norm_of(training, x):
    axes, beta = [0], tf.get_variable("beta", initializer=[0.1, 0.2, 0.3])
    mean, variance = tf.get_variable("mean", initializer=[0.0, 1.0, 2.0]), tf.get_variable("var", initializer=[1.0, 2.0, 3.0])
    moments = tf.nn.moments(x, axes)
    m, v = tf.cond(training, lambda: (moments[0] + 0, moments[1] + 0), lambda: (mean + 0, variance + 0))
    return tf.nn.batch_normalization(x, m, v, beta, None, 1e-3)


@program
def batch_norm():
    training, x = scalar(tf.bool, "training"), tf.placeholder(tf.float32, [None, 3], name="x")
    tf.identity(batch_norm_of(training, x), name="out")
    return [(["out:0"], {"training:0": b, "x:0": [V, [2.0, 2.0, 2.0]]}) for b in (True, False)]


if OLD:

    @program
    def batch_norm_layers():
        training, x = scalar(tf.bool, "training"), tf.placeholder(tf.float32, [None, 2, 2, 3], name="x")
        y = tf.layers.batch_normalization(x, training=training, fused=True, name="fused")
        z = tf.layers.batch_normalization(tf.layers.flatten(y), training=training, name="plain")
        z = tf.layers.dropout(z, 0.0, training=training)
        tf.identity(z, name="out")
        data = np.sin(np.arange(24.0)).reshape(2, 2, 2, 3).tolist()
        return [(["out:0"], {"training:0": b, "x:0": data}) for b in (True, False)], freeze(["out"])


@program
def while_plain():
    n, x = scalar(tf.int32, "n"), tf.placeholder(tf.float32, [3], name="x")
    i, a = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * x), [tf.constant(0), tf.ones([3])])
    tf.identity(a, name="out")
    return [(["out:0", "while/Exit:0", "while/Exit_1:0"], {"n:0": k, "x:0": V}) for k in (0, 1, 4)]


@program
def while_with_maximum():
    x = scalar(tf.float32, "x")
    y = tf.while_loop(lambda a: a < 100.0, lambda a: a * x, [x], maximum_iterations=5)
    tf.identity(y, name="out")
    return [(["out:0"], {"x:0": v}) for v in (1.5, 5.0)]


@program
def while_in_while():
    x = scalar(tf.float32, "x")

    def outer(i, a):
        b = tf.while_loop(lambda j, b: j < i, lambda j, b: (j + 1, b + x * tf.cast(i, tf.float32)), [0, a])[1]
        return i + 1, b * 0.5

    tf.identity(tf.while_loop(lambda i, a: i < 4, outer, [0, x])[1], name="out")
    return [(["out:0"], {"x:0": 1.25})]


@program
def cond_in_while_in_cond():
    p, x = scalar(tf.bool, "p"), scalar(tf.float32, "x")

    def step(i, a):
        return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: a * x, lambda: a + x)

    y = tf.cond(p, lambda: tf.while_loop(lambda i, a: i < 5, step, [0, x])[1], lambda: x)
    tf.identity(y, name="out")
    return [(["out:0"], {"p:0": b, "x:0": 1.25}) for b in (True, False)]


@program
def while_that_assigns():
    n = scalar(tf.int32, "n")
    v = tf.get_variable("v", initializer=1.0, use_resource=False)
    r = tf.get_variable("r", initializer=1.0, use_resource=True)

    def step(i):
        with tf.control_dependencies([tf.assign_add(v, 2.0), r.assign_add(3.0)]):
            return i + 1

    tf.while_loop(lambda i: i < n, step, [tf.constant(0)])
    tf.group(v.initializer, r.initializer, name="init")
    tf.identity(v, name="now_v"), tf.identity(r, name="now_r")
    return [(["^init"], {}), (["while/Exit:0"], {"n:0": 3}), (["now_v:0", "now_r:0"], {})]


@program
def while_gradient():
    x = scalar(tf.float32, "x")
    y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [tf.constant(0), x])[1]
    tf.identity(y, name="out"), tf.identity(tf.gradients(y, x)[0], name="grad")
    return [(["out:0", "grad:0"], {"x:0": 1.5})]


@program
def growing_shape():
    n = scalar(tf.int32, "n")
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    y = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.concat([a, [i * i]], 0)), [0, tf.constant([7])], shapes)[1]
    tf.identity(y, name="out")
    return [(["out:0"], {"n:0": 3})]


@program
def mapped():
    x = tf.placeholder(tf.float32, [4, 2], name="x")
    tf.identity(tf.map_fn(lambda r: tf.reduce_sum(r) * r, x), name="out")
    return [(["out:0"], {"x:0": [[1, 2], [3, 4], [5, 6], [7, 8]]})]


@program
def scanned():
    x = tf.placeholder(tf.float32, [4, 2], name="x")
    tf.identity(tf.scan(lambda a, r: a * 0.5 + r, x), name="out")
    tf.identity(tf.foldl(lambda a, r: a - r, x), name="fold")
    return [(["out:0", "fold:0"], {"x:0": [[1, 2], [3, 4], [5, 6], [7, 8]]})]


if OLD:

    @program
    def training():
        """What a training script saves: layers that ask a placeholder whether it is training, and the gradients of that."""
        tf.set_random_seed(7)
        train, x = scalar(tf.bool, "training"), tf.placeholder(tf.float32, [None, 6], name="x")
        first = tf.layers.dense(x, 8, tf.nn.relu, kernel_initializer=tf.glorot_uniform_initializer(seed=1))
        first = tf.layers.batch_normalization(tf.layers.dropout(first, 0.4, training=train), training=train)
        inner = lambda: tf.cond(x[0, 0] > 0, lambda: first, lambda: -first)  # noqa: E731
        second = tf.cond(train, lambda: tf.nn.dropout(first, rate=0.2) * 1.5, inner)
        loss = tf.reduce_mean(tf.square(tf.layers.dense(second, 2, kernel_initializer=tf.glorot_uniform_initializer(seed=2))))
        with tf.control_dependencies([tf.debugging.assert_positive(loss), *tf.get_collection(tf.GraphKeys.UPDATE_OPS)]):
            step = tf.train.AdamOptimizer(0.01).minimize(loss)
        tf.while_loop(lambda i: i < 3, lambda i: i + 1, [tf.constant(0)], name="count")
        tf.group(tf.global_variables_initializer(), name="init"), tf.group(step, name="step"), tf.identity(loss, name="loss")
        feed = {"x:0": np.sin(np.arange(24.0)).reshape(4, 6).tolist()}
        train, test = dict(feed, **{"training:0": True}), dict(feed, **{"training:0": False})
        return [(["^init"], {})] + [(["loss:0", "^step"], train)] * 4 + [(["loss:0"], test), (["loss:0"], train)]

    @program
    def sparse_gradient_of_a_branch():
        """Its Merges join what a branch made and constants that belong to none."""
        p, ids = scalar(tf.bool, "p"), tf.placeholder(tf.int32, [3], name="ids")
        e = tf.get_variable("e", initializer=np.arange(10.0).reshape(5, 2).astype("f"))
        y = tf.cond(p, lambda: tf.nn.embedding_lookup(e, ids), lambda: tf.gather(e, ids + 1) * 2.0)
        tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(y * y, name="loss"), name="step")
        tf.group(tf.global_variables_initializer(), name="init"), tf.identity(e, name="now")
        one = [(["loss:0", "^step"], {"p:0": b, "ids:0": [0, 2, 2]}) for b in (True, False)]
        return [(["^init"], {}), one[0], (["now:0"], {}), one[1], (["now:0"], {})]

    @program
    def decoding():
        """A decoder that runs until all sequences ended."""
        embedding = tf.get_variable("embedding", initializer=np.sin(np.arange(20.0)).reshape(5, 4).astype("f"))
        cell = tf.nn.rnn_cell.GRUCell(4, kernel_initializer=tf.constant_initializer(0.3))
        helper = real.contrib.seq2seq.GreedyEmbeddingHelper(embedding, tf.constant([1, 2]), 0)
        project = tf.layers.Dense(5, kernel_initializer=tf.glorot_uniform_initializer(seed=3))
        decoder = real.contrib.seq2seq.BasicDecoder(cell, helper, tf.zeros([2, 4]), output_layer=project)
        out, _, lengths = real.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=6)
        tf.identity(out.sample_id, name="out"), tf.identity(lengths, name="lengths")
        tf.group(tf.global_variables_initializer(), name="init")
        return [(["^init"], {}), (["out:0", "lengths:0"], {})]

    @program
    def rnn_training():
        """Its backward loop is not importable; the forward part is, and trains here."""
        x, n = tf.placeholder(tf.float32, [2, 4, 3], name="x"), tf.placeholder(tf.int32, [2], name="n")
        cell = tf.nn.rnn_cell.LSTMCell(3, initializer=tf.glorot_uniform_initializer(seed=1))
        out, _ = tf.nn.dynamic_rnn(cell, x, sequence_length=n, dtype=tf.float32)
        loss = tf.reduce_mean(tf.square(out - 0.5), name="loss")
        tf.train.GradientDescentOptimizer(0.5).minimize(loss, name="step")
        tf.group(tf.global_variables_initializer(), name="init")
        feed = {"x:0": np.sin(np.arange(24.0)).reshape(2, 4, 3).tolist(), "n:0": [4, 2]}
        return [(["^init"], {})] + [(["loss:0", "^step"], feed)] * 4 + [(["loss:0"], feed)]

    @program
    def dynamic_rnn():
        tf.set_random_seed(3)
        x, n = tf.placeholder(tf.float32, [2, 5, 3], name="x"), tf.placeholder(tf.int32, [2], name="n")
        cell = tf.nn.rnn_cell.LSTMCell(4, initializer=tf.constant_initializer(0.1))
        out, state = tf.nn.dynamic_rnn(cell, x, sequence_length=n, dtype=tf.float32)
        tf.identity(out, name="out"), tf.identity(state.c, name="c")
        data = np.sin(np.arange(30.0)).reshape(2, 5, 3).tolist()
        return [(["out:0", "c:0"], {"x:0": data, "n:0": [5, 3]})], freeze(["out", "c"])


def traced(fn, *specs):
    """The graph of a function under TensorFlow 2, or under control flow v2, with placeholders `a0`, `a1`, …"""
    if OLD:
        real.compat.v1.enable_control_flow_v2()
    args = [tf.placeholder(dtype, shape, name=f"a{i}") for i, (dtype, shape) in enumerate(specs)]
    result = fn(*args)
    for i, t in enumerate(result if isinstance(result, (list, tuple)) else [result]):
        tf.identity(t, name=f"out{i}")
    if OLD:
        real.compat.v1.disable_control_flow_v2()
    return args


F, B, I = (tf.float32, []), (tf.bool, []), (tf.int32, [])


@program
def functional_cond():
    x3 = (tf.float32, [3])

    def fn(p, q, x):
        inner = lambda: tf.cond(q, lambda: x * x, lambda: x - 1)  # noqa: E731
        a, b = tf.cond(p, lambda: (inner(), tf.constant(1)), lambda: (x, tf.constant(2)))
        return a, b

    traced(fn, B, B, x3)
    return [(["out0:0", "out1:0"], {"a0:0": p, "a1:0": q, "a2:0": V}) for p in (True, False) for q in (True, False)]


@program
def functional_while():
    def fn(n, x):
        step = lambda i, a: (i + 1, tf.cond(i > 1, lambda: a * x, lambda: a + 1))  # noqa: E731
        return tf.while_loop(lambda i, a: i < n, step, [tf.constant(0), x])

    traced(fn, I, F)
    return [(["out0:0", "out1:0"], {"a0:0": n, "a1:0": 1.5}) for n in (0, 2, 5)]


@program
def functional_switch_case():
    traced(lambda i, x: tf.switch_case(i, [lambda: x, lambda: x * 2, lambda: -x]), I, F)
    return [(["out0:0"], {"a0:0": i, "a1:0": 1.5}) for i in (0, 1, 2, 5, -1)]


@program
def functional_variables():
    r = tf.get_variable("r", initializer=2.0, use_resource=True)
    traced(lambda p, x: tf.cond(p, lambda: r.assign_add(x) + 0, lambda: r * x), B, F)
    tf.group(r.initializer, name="init")
    tf.identity(r, name="now")
    runs = [(["^init"], {})]
    return runs + [f for p in (True, False, True) for f in ((["out0:0"], {"a0:0": p, "a1:0": 1.5}), (["now:0"], {}))]


@program
def calls():
    """Functions that call functions."""

    @real.function(autograph=False)
    def inner(x, y):
        return x * y, x + y

    @real.function(autograph=False)
    def outer(x):
        a, b = inner(x, x + 1)
        return tf.cond(b[0] > 3, lambda: inner(a, b)[0], lambda: a - b)

    x = tf.placeholder(tf.float32, [2], name="x")
    tf.identity(outer(x), name="out")
    return [(["out:0"], {"x:0": v}) for v in ([1.0, 2.0], [5.0, 6.0])]


if OLD:

    @program
    def defun():
        """A function of TensorFlow 1: its name is the op type."""
        from tensorflow.python.framework import function

        @function.Defun(tf.float32, tf.float32, func_name="Polynomial")
        def polynomial(x, y):
            return x * x + y, y - x

        x = tf.placeholder(tf.float32, [2], name="x")
        a, b = polynomial(x, x + 1)
        tf.identity(a, name="a"), tf.identity(b, name="b")
        return [(["a:0", "b:0"], {"x:0": [1.0, 2.0]})]

else:
    from tensorflow.python.framework import convert_to_constants

    def frozen(fn, specs, lower):
        function = real.function(fn).get_concrete_function(*[real.TensorSpec(s, d) for d, s in specs])
        made = convert_to_constants.convert_variables_to_constants_v2(function, lower_control_flow=lower)
        return made.graph.as_graph_def(), [t.name for t in made.outputs], [t.name for t in made.inputs]

    def autograph(x, n):
        total = x
        for i in real.range(n):
            if real.equal(i % 2, 0):
                total = total * x + WEIGHT[0]
            else:
                total -= tf.cast(i, tf.float32)
        return total

    def both_ways(lower):
        global WEIGHT
        WEIGHT = real.Variable([0.25, 1.0])
        graph, outputs, inputs = frozen(autograph, [F, I], lower)
        return [(outputs, {inputs[0]: 1.25, inputs[1]: n}) for n in (0, 1, 4)], graph

    @program
    def traced_frozen():
        return both_ways(False)

    @program
    def traced_lowered():
        return both_ways(True)

    def rows(x):
        """Arrays of tensors: a map, and a recurrence that keeps every state."""
        states, h = real.TensorArray(tf.float32, size=real.shape(x)[0]), real.zeros_like(x[0])
        for t in real.range(real.shape(x)[0]):
            h = real.tanh(h + x[t])
            states = states.write(t, h)
        return real.map_fn(lambda r: r * real.reduce_sum(r), x) + states.stack()

    @program
    def traced_arrays():
        graph, outputs, inputs = frozen(rows, [(tf.float32, [4, 2])], False)
        return [(outputs, {inputs[0]: [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6], [-0.7, 0.8]]})], graph

    @program
    def lowered_arrays():
        graph, outputs, inputs = frozen(rows, [(tf.float32, [4, 2])], True)
        return [(outputs, {inputs[0]: [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6], [-0.7, 0.8]]})], graph

    @program
    def lowered_case():
        def fn(i, x):
            return real.switch_case(i, [lambda: x, lambda: x * 2, lambda: -x])

        graph, outputs, inputs = frozen(fn, [I, F], True)
        return [(outputs, {inputs[0]: i, inputs[1]: 1.5}) for i in (0, 1, 2, 5)], graph


def plain(value):
    value = np.asarray(value)
    return [value.dtype.name, np.float64(value).round(7).tolist() if value.dtype.kind == "f" else value.tolist()]


def execute(graph_def, runs):
    """The values of every run, from one session; the class of its error for one that fails."""
    out = []
    with tf.Graph().as_default():
        tf.import_graph_def(graph_def, name="")
        with tf.Session() as session:
            for fetches, feeds in runs:
                try:
                    values = session.run([f[1:] if f.startswith("^") else f for f in fetches], feeds)
                    values = [None if v is None else plain(v) for v in values]
                except (tf.errors.OpError, ValueError) as e:
                    values = type(e).__name__
                out.append([fetches, feeds, values])
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    out, found = pathlib.Path(parser.parse_args().out), {}
    for make in PROGRAMS:
        if not OLD and not make.__name__.startswith(("functional", "calls", "traced", "lowered")):
            continue  # as in 1.15
        if make.__name__.startswith(("traced", "lowered")):
            runs, graph_def = make()
        else:
            with tf.Graph().as_default() as graph:
                made = make()
                runs, graph_def = made if isinstance(made, tuple) else (made, graph.as_graph_def())
        if make.__name__.endswith("training"):
            meta = tf.train.export_meta_graph(graph=graph)
            found[make.__name__ + "/meta"] = np.frombuffer(meta.SerializeToString(), np.uint8)
        found[make.__name__ + "/graph"] = np.frombuffer(graph_def.SerializeToString(), np.uint8)
        found[make.__name__ + "/runs"] = np.array(json.dumps(execute(graph_def, runs)))
        print(make.__name__, len(graph_def.node), len(graph_def.library.function))
    np.savez_compressed(str(out / (f"control_graphs_tf{1 if OLD else 2}.npz")), **found)


main()
