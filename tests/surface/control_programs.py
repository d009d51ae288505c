"""Control-flow programs written for a namespace `tf`: the real TensorFlow when recording (1.15, and 2.21's `compat.v1`), ours in the
tests.

A graph program gets `tf` and `feed(shape, *values)`, which makes a placeholder that gets one value a run (the last one stays). It
gives a dict of (nested) tensors to run; a key with "_after" is run separately afterwards, `log` is a Python list that is looked at
after each run. Variables are initialized first. An eager program of `FUNCTIONS` gets `tf` of TensorFlow 2 and gives a function and
its arguments; gradients are those of its floating results with respect to its floating arguments. Plain Python, also of 3.7.
"""

import collections

import numpy as np

F = np.float32
X = np.arange(1, 7, dtype=F).reshape(2, 3) / 2
V = np.array([0.5, -1.0, 2.0], F)
Point = collections.namedtuple("Point", ["x", "y"])


def f(value):
    return np.float32(value)


# ---- cond, case


def cond_values(tf, feed):
    p, x = feed([], True, False), feed([3], V)
    return {
        "plain": tf.cond(p, lambda: x * 2.0, lambda: x - 1.0),
        "named": tf.cond(p, lambda: x + 1.0, lambda: x, name="choose"),
        "pair": tf.cond(p, lambda: (x, x * 3.0), lambda: (x + 1.0, x)),
        "numbers": tf.cond(p, lambda: 1.0, lambda: 2.0),
        "constant_pred": tf.cond(tf.constant(True), lambda: x, lambda: -x),
        "outer_tensors": tf.cond(p, lambda: x, lambda: x),
        "less": tf.cond(tf.less(x[0], x[1]), lambda: tf.constant(1), lambda: tf.constant(2)),
    }


def cond_structures(tf, feed):
    p, x = feed([], True, False), feed([3], V)
    a, b = {"b": x, "a": [x * 2.0, (x,)]}, {"b": -x, "a": [x * 3.0, (x + 1.0,)]}
    return {
        "dict": tf.cond(p, lambda: a, lambda: b),
        "named_tuple": tf.cond(p, lambda: Point(x, x + 1.0), lambda: Point(x * 2.0, x)),
        "one_in_list": tf.cond(p, lambda: [x], lambda: [x + 1.0]),
        "one_in_list_strict": tf.cond(p, lambda: [x], lambda: [x + 1.0], strict=True),
        "one_in_tuple": tf.cond(p, lambda: (x,), lambda: (x + 1.0,)),
        "list": tf.cond(p, lambda: [x, x], lambda: [x + 1.0, x]),
        "old_names": tf.cond(p, fn1=lambda: x, fn2=lambda: -x),
    }


def cond_gradients(tf, feed):
    p, x, y = feed([], True, False), feed([3], V), feed([3], V + 3)
    v = tf.get_variable("v", initializer=V)
    r = tf.get_variable("r", initializer=V, use_resource=True)
    a = tf.cond(p, lambda: x * x * y, lambda: tf.sin(x))
    b = tf.cond(p, lambda: v * r, lambda: r * 3.0)
    c = tf.cond(p, lambda: tf.cond(x[0] > 0.0, lambda: x * v, lambda: x), lambda: tf.exp(x))
    d = tf.cond(p, lambda: (x * 2.0, y), lambda: (y, x * y))
    first = tf.gradients(a, x)[0]
    return {
        "a": a,
        "grad_a": tf.gradients(a, [x, y]),
        "grad_b": tf.gradients(b, [v, r]),
        "c": c,
        "grad_c": tf.gradients(c, [x, v]),
        "grad_d": tf.gradients([d[0] * 2.0, d[1]], [x, y]),
        "grad_unused": tf.gradients(tf.cond(p, lambda: x, lambda: x), [y]),
        "second": tf.gradients(first, x),
    }


def cond_lookup_gradient(tf, feed):
    p, i = feed([], True, False), feed([2], np.array([0, 2], np.int32))
    table = tf.get_variable("table", initializer=np.arange(6, dtype=F).reshape(3, 2))
    a = tf.cond(p, lambda: tf.reduce_sum(tf.gather(table, i) ** 2.0), lambda: tf.reduce_sum(table))
    return {"a": a, "grad": tf.convert_to_tensor(tf.gradients(a, table)[0])}


def cond_effects(tf, feed):
    p = feed([], True, False)
    v = tf.get_variable("v", initializer=f(1))
    r = tf.get_variable("r", initializer=f(1), use_resource=True)
    op = tf.cond(p, lambda: tf.group(tf.assign_add(v, 10.0)), lambda: tf.no_op())
    value = tf.cond(p, lambda: tf.assign_add(r, 2.0) + 0.0, lambda: r.read_value())
    with tf.control_dependencies([op]):
        done = tf.identity(value)
    return {"done": done, "v_after": v, "r_after": r}


def cond_laziness(tf, feed):
    p, x = feed([], True, False), feed([], f(3))
    log = []

    def note(name):
        def run(value):
            log.append(name)
            return value

        return lambda t: tf.py_func(run, [t], tf.float32, stateful=True)

    outside_a, outside_b = note("outside_a")(x), note("outside_b")(x)
    made = tf.cond(p, lambda: note("inside_a")(outside_a) + 0.0, lambda: note("inside_b")(outside_b) + 0.0)
    return {"made": made, "log": log}


def cond_with_dependency_inside(tf, feed):
    p = feed([], True, False)
    v = tf.get_variable("v", initializer=f(1), use_resource=True)

    def bump():
        with tf.control_dependencies([tf.assign_add(v, 5.0)]):
            return tf.identity(v)

    return {"made": tf.cond(p, bump, lambda: tf.identity(v)), "v_after": v}


def cond_shapes(tf, feed):
    p, x = feed([], True, False), feed([None, 3], X)
    return {
        "reduced": tf.cond(p, lambda: tf.reduce_sum(x, 1), lambda: tf.reduce_max(x, 1)),
        "padded": tf.cond(p, lambda: x[:1], lambda: x[1:]),
    }


def cond_dropout_like(tf, feed):
    """The train/test switch of old batch normalization and dropout code."""
    training, x = feed([], True, False), feed([None, 3], X)
    mean = tf.get_variable("mean", initializer=np.zeros(3, F), trainable=False)

    def update():
        now = tf.reduce_mean(x, 0)
        with tf.control_dependencies([tf.assign(mean, mean * 0.9 + now * 0.1)]):
            return tf.identity(now)

    used = tf.cond(training, update, lambda: mean)
    return {"out": x - used, "grad": tf.gradients(x - used, x), "mean_after": mean}


def cond_of_while(tf, feed):
    p, n, x = feed([], True, False), feed([], np.int32(3)), feed([], f(1.5))

    def loop():
        return tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * x), [0, x])[1]

    a = tf.cond(p, loop, lambda: x)
    return {"a": a, "grad": tf.gradients(a, x)}


def cases(tf, feed):
    i, x = feed([], np.int32(0), np.int32(1), np.int32(2), np.int32(7)), feed([3], V)
    pairs = [(tf.equal(i, 0), lambda: x), (tf.equal(i, 1), lambda: x * 2.0), (tf.less(i, 3), lambda: x * 3.0)]
    a = tf.case(pairs, default=lambda: x * 4.0)
    b = tf.case(pairs[:2], default=lambda: -x, exclusive=True, name="only")
    c = tf.case({pairs[0][0]: pairs[0][1]}, default=lambda: -x, exclusive=True)
    d = tf.case([(tf.less(i, 100), lambda: (x, x + 1.0))])
    return {"a": a, "b": b, "c": c, "d": d, "grad": tf.gradients(a, x)}


def switch_cases(tf, feed):
    i, x = feed([], np.int32(0), np.int32(1), np.int32(2), np.int32(-3)), feed([3], V)
    a = tf.switch_case(i, [lambda: x, lambda: x * x, lambda: -x])
    b = tf.switch_case(i, {1: lambda: x, 0: lambda: x * 2.0}, default=lambda: x * 5.0)
    c = tf.switch_case(i, [(2, lambda: x), (0, lambda: x * 2.0), (1, lambda: x * 7.0)])
    return {"a": a, "b": b, "c": c, "grad": tf.gradients(a, x)}


# ---- while_loop


def while_counts(tf, feed):
    n, x, m = feed([], np.int32(4), np.int32(0)), feed([None], V, np.ones(5, F)), feed([], f(40), f(3))
    return {
        "constant": tf.while_loop(lambda i: i < 5, lambda i: i + 1, [0]),
        "from_feed": tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * 2.0), [0, 1.0]),
        "from_shape": tf.while_loop(lambda i, y: i < tf.shape(x)[0], lambda i, y: (i + 1, y + x[i]), [0, 0.0]),
        "from_data": tf.while_loop(lambda y: y < m, lambda y: y * 1.5, [1.0]),
        "newton": tf.while_loop(lambda y: tf.abs(y * y - m) > 1e-3, lambda y: (y + m / y) / 2.0, [1.0]),
        "never": tf.while_loop(lambda i: i < 0, lambda i: i + 1, [tf.constant(3)]),
        "at_most": tf.while_loop(lambda i: i < 100, lambda i: i + 1, [0], maximum_iterations=7),
        "at_most_fed": tf.while_loop(lambda i: i < 100, lambda i: i + 1, [0], maximum_iterations=n),
    }


def while_structures(tf, feed):
    x = feed([3], V)
    zero = tf.constant(0)
    return {
        "one": tf.while_loop(lambda i: i < 3, lambda i: i + 1, (zero,), name="up"),
        "one_same": tf.while_loop(lambda i: i < 3, lambda i: i + 1, (zero,), return_same_structure=True),
        "one_listed": tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [zero]),
        "pair": tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2.0), (zero, x)),
        "pair_of_list": tf.while_loop(lambda i, y: i < 3, lambda i, y: [i + 1, y * 2.0], [zero, x]),
        "dict": tf.while_loop(
            lambda i, s: i < 3, lambda i, s: (i + 1, {"b": s["b"] + s["a"], "a": s["a"] * 2.0}), (zero, {"b": x, "a": x})
        ),
        "named_tuple": tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, Point(s.y, s.x + s.y)), (zero, Point(x, -x))),
        "nested": tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, [s[0] + 1.0, (s[1][0] * 2.0,)]), (zero, [x, (x,)])),
        "of_one_named": tf.while_loop(lambda s: s.x < 5.0, lambda s: [Point(s.x + 1.0, s.y * 2.0)], [Point(f(0), f(1))]),
    }


def while_options(tf, feed):
    x = feed([3], V)
    n = feed([], np.int32(3))
    grow = tf.while_loop(
        lambda i, y: i < n,
        lambda i, y: (i + 1, tf.reshape(y * 2.0, [3])),
        [0, x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        parallel_iterations=1,
        swap_memory=True,
    )
    quiet = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * 2.0), [0, x], back_prop=False)
    return {"grow": grow, "quiet": quiet}


def while_growing(tf, feed):
    """The loop variable grows, by a number of steps that is known when compiling."""
    x = feed([1], V[:1])
    return {
        "grow": tf.while_loop(
            lambda i, y: i < 3, lambda i, y: (i + 1, tf.concat([y, y[-1:] * 2.0], 0)), [0, x],
            shape_invariants=[tf.TensorShape([]), tf.TensorShape([None])],
        )
    }  # fmt: skip


def while_gradients(tf, feed):
    x, y, n = feed([], f(2), f(-1.5)), feed([3], V), feed([], np.int32(3), np.int32(1))
    v = tf.get_variable("v", initializer=V)
    r = tf.get_variable("r", initializer=V, use_resource=True)
    cube = tf.while_loop(lambda i, z: i < n, lambda i, z: (i + 1, z * x), [0, 1.0])[1]
    known = tf.while_loop(lambda i, z: i < 3, lambda i, z: (i + 1, z * x), [0, 1.0])[1]
    both = tf.while_loop(lambda i, z, w: i < n, lambda i, z, w: (i + 1, w * y, z + v * r), [0, y, y])
    return {
        "cube": cube,
        "grad_cube": tf.gradients(cube, x),
        "grad_known": tf.gradients(known, x),
        "grad_both": tf.gradients(both[1:], [y, v, r]),
        "grad_one": tf.gradients(both[2], [y, v, r]),
        "grad_stopped": tf.gradients(
            tf.while_loop(lambda i, z: i < n, lambda i, z: (i + 1, tf.stop_gradient(z) * x), [0, 1.0])[1], x
        ),
        "grad_initial": tf.gradients(tf.while_loop(lambda i, z: i < n, lambda i, z: (i + 1, tf.sin(z)), [0, x])[1], x),
        "grad_at_most": tf.gradients(tf.while_loop(lambda z: z < 50.0, lambda z: z * z + 1.0, [x], maximum_iterations=6), x),
        "grad_of_data": tf.gradients(tf.while_loop(lambda z: tf.abs(z) < 50.0, lambda z: z * 3.0, [x]), x),
    }


def while_nested(tf, feed):
    n, x = feed([], np.int32(3), np.int32(2)), feed([], f(1.5))

    def inner(i, total):
        return tf.while_loop(lambda j, t: j < i, lambda j, t: (j + 1, t + x * tf.cast(j, tf.float32)), [0, total])[1]

    total = tf.while_loop(lambda i, t: i < n + 1, lambda i, t: (i + 1, inner(i, t) * x), [0, x])[1]
    flat = tf.while_loop(
        lambda i, t: i < 4, lambda i, t: (i + 1, tf.cond(tf.equal(i % 2, 0), lambda: t * x, lambda: t + x)), [0, x]
    )[1]
    return {"total": total, "grad_total": tf.gradients(total, x), "flat": flat, "grad_flat": tf.gradients(flat, x)}


def while_nested_gradient(tf, feed):
    n, x = feed([], np.int32(3), np.int32(2)), feed([], f(1.5))
    made = tf.while_loop(
        lambda i, t: i < n, lambda i, t: (i + 1, tf.cond(t > 3.0, lambda: tf.sqrt(t) * x, lambda: t * x + 1.0)), [0, x]
    )[1]
    return {"made": made, "grad": tf.gradients(made, x)}


def gradient_inside_while(tf, feed):
    """Gradient descent written as a loop: tf.gradients in the body."""
    x = feed([3], V)

    def step(i, w):
        loss = tf.reduce_sum((w - x) ** 2.0)
        return i + 1, w - 0.1 * tf.gradients(loss, w)[0]

    w = tf.while_loop(lambda i, w: i < 4, step, [0, tf.zeros([3])])[1]
    return {"w": w, "grad": tf.gradients(w, x)}


def while_effects(tf, feed):
    n = feed([], np.int32(3), np.int32(1))
    v = tf.get_variable("v", initializer=f(1), use_resource=True)

    def step(i):
        with tf.control_dependencies([tf.assign_add(v, 2.0)]):
            return i + 1

    return {"i": tf.while_loop(lambda i: i < n, step, [0], parallel_iterations=1), "v_after": v}


def while_random(tf, feed):
    made = tf.while_loop(lambda i, t: i < 3, lambda i, t: (i + 1, t + tf.random_uniform([2], seed=7)), [0, tf.zeros([2])])
    return {"made": made, "again_after": made}


def while_captures_loop_dtype(tf, feed):
    i64 = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [tf.constant(0, tf.int64)])
    text = tf.while_loop(lambda i, b: tf.logical_and(i < 9, b), lambda i, b: (i + 1, i < 5), [0, tf.constant(True)])
    return {"i64": i64, "bools": text}


def while_bfs(tf, feed):
    """A recurrent cell over a fed sequence, by hand: slices of a captured tensor, and its gradient."""
    x = feed([None, 2, 3], np.stack([X, X * 2, X - 1]), np.stack([X, X]))
    w = tf.get_variable("w", initializer=np.eye(3, dtype=F) / 2)
    state = tf.while_loop(
        lambda t, s: t < tf.shape(x)[0], lambda t, s: (t + 1, tf.tanh(tf.matmul(s, w) + x[t])), [0, tf.zeros([2, 3])]
    )[1]
    return {"state": state, "grad": tf.gradients(state, [w, x])}


# ---- loops over elements


def maps(tf, feed):
    x, n = feed([None, 3], X, X[:1]), feed([2, 3], X)
    return {
        "square": tf.map_fn(lambda r: r * r, x),
        "static": tf.map_fn(lambda r: tf.reduce_sum(r), n, name="sums"),
        "two_in": tf.map_fn(lambda p: p[0] + p[1], (x, -x), dtype=tf.float32),
        "two_out": tf.map_fn(lambda r: (r, tf.cast(r[0], tf.int32)), x, dtype=(tf.float32, tf.int32)),
        "dict": tf.map_fn(lambda d: {"s": d["a"] + d["b"]}, {"a": x, "b": x}, dtype={"s": tf.float32}),
        "other_dtype": tf.map_fn(lambda r: tf.cast(r, tf.int64), x, dtype=tf.int64),
        "nested": tf.map_fn(lambda r: tf.map_fn(lambda e: e * 2.0, r), x),
        "listed": tf.map_fn(lambda p: [p[0], p[1] * 2.0], [x, x]),
        "options": tf.map_fn(lambda r: r + 1.0, x, parallel_iterations=1, back_prop=False, swap_memory=True),
        "grad": tf.gradients(tf.map_fn(lambda r: r * r * r, x), x),
        "range": tf.map_fn(lambda i: i * i, tf.range(4)),
    }


def map_gradients(tf, feed):
    x, w = feed([None, 3], X, X[:1]), feed([3], V)
    v = tf.get_variable("v", initializer=V)
    a = tf.map_fn(lambda r: tf.reduce_sum(r * w * v * r), x)
    b = tf.map_fn(lambda r: tf.cond(r[0] > 1.0, lambda: r * w, lambda: r), x)
    return {"grad_a": tf.gradients(a, [x, w, v]), "grad_b": tf.gradients(b, [x, w])}


def scans(tf, feed):
    x = feed([None, 3], X, X[:1])
    c = tf.constant([1.0, 2.0, 3.0, 4.0])
    return {
        "sum": tf.scan(lambda a, r: a + r, x),
        "start": tf.scan(lambda a, r: a * r[0], x, initializer=tf.constant(2.0)),
        "reverse": tf.scan(lambda a, r: a + r, c, reverse=True),
        "reverse_start": tf.scan(lambda a, r: a * 2.0 + r, c, initializer=1.0, reverse=True),
        "fibonacci": tf.scan(lambda a, _: (a[1], a[0] + a[1]), np.zeros(6), initializer=(np.array(0), np.array(1))),
        "two_in": tf.scan(lambda a, r: a + r[0] * r[1], (c, c), initializer=0.0),
        "dict_in": tf.scan(lambda a, r: a + r["u"] - r["v"], {"u": c, "v": c * 2.0}, initializer=0.0),
        "static": tf.scan(lambda a, r: a + r, c, name="total"),
        "grad": tf.gradients(tf.scan(lambda a, r: a * r, x), x),
        "grad_reverse": tf.gradients(tf.scan(lambda a, r: tf.sin(a + r), c, reverse=True), c),
    }


def folds(tf, feed):
    x = feed([None, 3], X, X[:1])
    c = tf.constant([1.0, 2.0, 3.0, 4.0])
    return {
        "left": tf.foldl(lambda a, r: a * 2.0 + r, c),
        "left_start": tf.foldl(lambda a, r: a + r, x, initializer=tf.zeros([3])),
        "right": tf.foldr(lambda a, r: a * 2.0 + r, c),
        "right_start": tf.foldr(lambda a, r: a - r, x, initializer=tf.zeros([3]), name="down"),
        "two": tf.foldl(lambda a, r: a + r[0] * r[1], (c, c), initializer=tf.constant(0.0)),
        "grad": tf.gradients(tf.foldl(lambda a, r: a * r, x), x),
        "grad_right": tf.gradients(tf.foldr(lambda a, r: tf.sin(a) * r, x), x),
    }


# ---- TensorArray


def arrays(tf, feed):
    x, i = feed([3], V), feed([], np.int32(1))
    ta = tf.TensorArray(tf.float32, size=4, clear_after_read=False)
    ta = ta.write(0, x).write(i, x * 2.0).write(3, -x).write(2, x + 1.0)
    held = tf.TensorArray(tf.float32, size=3, clear_after_read=False).unstack(tf.stack([x, x * 2.0, x * 3.0]))
    split = tf.TensorArray(tf.float32, size=3, infer_shape=False, clear_after_read=False).split(tf.stack([x] * 6), [1, 2, 3])
    even = tf.TensorArray(tf.float32, size=2).split(tf.stack([x, -x, x, x]), [2, 2])
    spread = tf.TensorArray(tf.int32, size=3).scatter([2, 0, 1], [10, 20, 30])
    return {
        "stack": ta.stack(),
        "size": ta.size(),
        "read": held.read(i),
        "read_twice": held.read(i),
        "gather": held.gather([2, 0]),
        "concat": held.concat(),
        "split_concat": split.concat(),
        "even": even.stack(),
        "even_read": tf.TensorArray(tf.float32, size=2, clear_after_read=False).split(tf.stack([x, -x, x, x]), [2, 2]).read(1),
        "spread": spread.stack(),
        "identity": ta.identity().stack(),
    }


def array_grows(tf, feed):
    x = feed([3], V)
    ta = tf.TensorArray(tf.float32, size=0, dynamic_size=True).write(0, x).write(1, x * 2.0)
    unstacked = tf.TensorArray(tf.float32, size=0, dynamic_size=True).unstack(tf.stack([x, x, x]))
    jumped = tf.TensorArray(tf.float32, size=1, dynamic_size=True, element_shape=[3]).write(2, x).write(0, x).write(1, x)
    return {"two": ta.stack(), "size": ta.size(), "unstacked": unstacked.stack(), "jumped": jumped.stack()}


def array_loops(tf, feed):
    n, x = feed([], np.int32(4), np.int32(2)), feed([3], V)

    def step(i, ta):
        return i + 1, ta.write(i, x * tf.cast(i, tf.float32))

    known = tf.while_loop(lambda i, _: i < 4, step, [0, tf.TensorArray(tf.float32, 4)])[1]
    fed = tf.while_loop(lambda i, _: i < n, step, [0, tf.TensorArray(tf.float32, n, clear_after_read=False)])[1]
    grown = tf.while_loop(
        lambda i, _: i < 4, step, [0, tf.TensorArray(tf.float32, 0, dynamic_size=True, clear_after_read=False)]
    )[1]
    grown_fed = tf.while_loop(lambda i, _: i < n, step, [0, tf.TensorArray(tf.float32, 0, dynamic_size=True)])[1]
    source = tf.TensorArray(tf.float32, n, clear_after_read=False).unstack(tf.tile(tf.expand_dims(x, 0), [n, 1]))
    summed = tf.while_loop(lambda i, s: i < n, lambda i, s: (i + 1, s + source.read(i) * s), [0, x])[1]
    two = tf.while_loop(
        lambda i, a, b: i < n,
        lambda i, a, b: (i + 1, a.write(i, i * 2), b.write(i, tf.reduce_sum(x) + tf.cast(i, tf.float32))),
        [0, tf.TensorArray(tf.int32, n), tf.TensorArray(tf.float32, n)],
    )
    return {
        "known": known.stack(),
        "fed": fed.stack(),
        "fed_size": fed.size(),
        "grown": grown.stack(),
        "grown_fed": grown_fed.stack(),
        "concat": fed.concat(),
        "summed": summed,
        "two": [two[1].stack(), two[2].stack()],
        "grad_fed": tf.gradients(fed.stack() ** 2.0, x),
        "grad_grown": tf.gradients(grown.stack() ** 2.0, x),
        "grad_summed": tf.gradients(summed, x),
    }


def array_gradients(tf, feed):
    x, y = feed([3], V), feed([2, 3], X)
    ta = tf.TensorArray(tf.float32, size=2).write(0, x * x).write(1, tf.sin(x))
    held = tf.TensorArray(tf.float32, size=2, clear_after_read=False).unstack(y)
    read = held.read(0) * held.read(1) + held.read(0)
    split = tf.TensorArray(tf.float32, size=2).split(y, [1, 1])
    spread = tf.TensorArray(tf.float32, size=2, clear_after_read=False).scatter([1, 0], y)
    return {
        "grad_stack": tf.gradients(ta.stack() * y, [x, y]),
        "grad_read": tf.gradients(read, y),
        "grad_concat": tf.gradients(split.concat() ** 3.0, y),
        "grad_gather": tf.gradients(spread.gather([1, 1]) ** 2.0, y),
    }


def array_branches(tf, feed):
    p, x = feed([], True, False), feed([3], V)
    ta = tf.TensorArray(tf.float32, size=2).write(0, x)
    a = tf.cond(p, lambda: ta.write(1, x * 2.0).stack(), lambda: ta.write(1, -x).stack())
    return {"a": a, "grad": tf.gradients(a * a, x)}


# ---- order


def orders(tf, feed):
    v = tf.get_variable("v", initializer=f(1), use_resource=True)
    add = v.assign_add(2.0)
    x = feed([3], V)
    both = tf.tuple([x * 2.0, x + 1.0], control_inputs=[add.op])
    with tf.control_dependencies([both[0]]):
        read = tf.identity(v)
    return {
        "both": both,
        "grouped": tf.tuple([x, None, x], name="held"),
        "read": read,
        "v_after": v,
        "nothing": tf.group(x, [add.op], name="all"),
    }


GRAPHS = [
    cond_values, cond_structures, cond_gradients, cond_lookup_gradient, cond_effects, cond_laziness, cond_with_dependency_inside,
    cond_shapes, cond_dropout_like, cond_of_while, cases, switch_cases, while_counts, while_structures, while_options, while_growing,
    while_gradients, while_nested, while_nested_gradient, gradient_inside_while, while_effects, while_random,
    while_captures_loop_dtype, while_bfs, maps, map_gradients, scans, folds, arrays, array_grows, array_loops, array_gradients,
    array_branches, orders,
]  # fmt: skip


# ---- what fails


def _loop(tf, body, first, **options):
    return tf.while_loop(lambda i, *_: i < 3, body, first, **options)


REFUSED = {  # when building
    "cond_structures_differ": lambda tf, feed: tf.cond(feed([], True), lambda: feed([], f(1)), lambda: (feed([], f(1)),) * 2),
    "cond_dtypes_differ": lambda tf, feed: tf.cond(feed([], True), lambda: tf.constant(1), lambda: tf.constant(1.0)),
    "cond_one_none": lambda tf, feed: tf.cond(feed([], True), lambda: None, lambda: tf.constant(1.0)),
    "cond_not_callable": lambda tf, feed: tf.cond(feed([], True), tf.constant(1.0), lambda: tf.constant(1.0)),
    "cond_false_not_callable": lambda tf, feed: tf.cond(feed([], True), lambda: tf.constant(1.0), 3),
    "cond_python_bool": lambda tf, feed: tf.cond(True, lambda: tf.constant(1.0), lambda: tf.constant(2.0)),
    "cond_no_function": lambda tf, feed: tf.cond(feed([], True), lambda: tf.constant(1.0)),
    "cond_both_names": lambda tf, feed: tf.cond(feed([], True), lambda: 1.0, lambda: 2.0, fn1=lambda: 1.0),
    "cond_int_pred": lambda tf, feed: tf.cond(feed([], np.int32(1)), lambda: tf.constant(1.0), lambda: tf.constant(2.0)),
    "case_not_pairs": lambda tf, feed: tf.case([lambda: 1.0]),
    "case_no_pairs": lambda tf, feed: tf.case([]),
    "case_not_list": lambda tf, feed: tf.case(3),
    "case_dict_not_exclusive": lambda tf, feed: tf.case({feed([], True): lambda: 1.0}, default=3),
    "case_default_not_callable": lambda tf, feed: tf.case([(feed([], True), lambda: 1.0)], default=3),
    "case_pred_dtype": lambda tf, feed: tf.case([(feed([], np.int32(1)), lambda: 1.0)]),
    "switch_case_gap": lambda tf, feed: tf.switch_case(feed([], np.int32(1)), {0: lambda: 1.0, 2: lambda: 2.0}),
    "switch_case_empty": lambda tf, feed: tf.switch_case(feed([], np.int32(1)), []),
    "switch_case_float": lambda tf, feed: tf.switch_case(feed([], f(1)), [lambda: 1.0]),
    "while_shape_changes": lambda tf, feed: _loop(tf, lambda i, y: (i + 1, tf.concat([y, y], 0)), [0, feed([3], V)]),
    "while_less_specific": lambda tf, feed: _loop(tf, lambda i, y: (i + 1, feed([None], V)), [0, feed([3], V)]),
    "while_structure_changes": lambda tf, feed: _loop(tf, lambda i, y: (i + 1, y, y), [0, feed([3], V)]),
    "while_nest_changes": lambda tf, feed: _loop(tf, lambda i, y: (i + 1, (y, y)), [0, feed([3], V)]),
    "while_dtype_changes": lambda tf, feed: _loop(tf, lambda i, y: (i + 1, tf.cast(y, tf.int32)), [0, feed([3], V)]),
    "while_no_vars": lambda tf, feed: tf.while_loop(lambda: True, lambda: [], []),
    "while_cond_not_callable": lambda tf, feed: tf.while_loop(3, lambda i: i, [0]),
    "while_body_not_callable": lambda tf, feed: tf.while_loop(lambda i: i < 3, 3, [0]),
    "while_parallel": lambda tf, feed: tf.while_loop(lambda i: i < 3, lambda i: i, [0], parallel_iterations=0),
    "while_cond_vector": lambda tf, feed: tf.while_loop(lambda y: y < 3.0, lambda y: y, [feed([3], V)]),
    "while_cond_int": lambda tf, feed: tf.while_loop(lambda i: i, lambda i: i, [0]),
    "while_invariants_structure": lambda tf, feed: _loop(
        tf, lambda i, y: (i + 1, y), [0, feed([3], V)], shape_invariants=[tf.TensorShape([])]
    ),
    "while_invariant_misfit": lambda tf, feed: _loop(
        tf, lambda i, y: (i + 1, y), [0, feed([3], V)], shape_invariants=[tf.TensorShape([]), tf.TensorShape([2])]
    ),
    "while_maximum_vector": lambda tf, feed: tf.while_loop(lambda i: i < 3, lambda i: i, [0], maximum_iterations=[1, 2]),
    "map_not_callable": lambda tf, feed: tf.map_fn(3, feed([3], V)),
    "map_no_dtype": lambda tf, feed: tf.map_fn(lambda r: (r, r), feed([3], V)),
    "map_wrong_dtype": lambda tf, feed: tf.map_fn(lambda r: tf.cast(r, tf.int32), feed([3], V)),
    "map_scalar": lambda tf, feed: tf.map_fn(lambda r: r, feed([], f(1))),
    "map_lengths": lambda tf, feed: tf.map_fn(lambda r: r[0], (feed([3], V), feed([2, 3], X)), dtype=tf.float32),
    "scan_not_callable": lambda tf, feed: tf.scan(3, feed([3], V)),
    "scan_scalar": lambda tf, feed: tf.scan(lambda a, r: a, feed([], f(1))),
    "scan_shape_changes": lambda tf, feed: tf.scan(lambda a, r: tf.stack([a, a]), feed([3], V)),
    "foldl_not_callable": lambda tf, feed: tf.foldl(3, feed([3], V)),
    "foldr_not_callable": lambda tf, feed: tf.foldr(3, feed([3], V)),
    "array_dtype": lambda tf, feed: tf.TensorArray(tf.float32, 2).write(0, feed([], np.int32(1))),
    "array_shape": lambda tf, feed: tf.TensorArray(tf.float32, 2).write(0, feed([3], V)).write(1, feed([2, 3], X)),
    "array_no_size": lambda tf, feed: tf.TensorArray(tf.float32),
    "array_element_shape": lambda tf, feed: tf.TensorArray(tf.float32, 2, element_shape=[2]).write(0, feed([3], V)),
    "array_both_handles": lambda tf, feed: tf.TensorArray(tf.float32, 2, handle=feed([], f(1))),
    "array_unstack_scalar": lambda tf, feed: tf.TensorArray(tf.float32, 2).unstack(feed([], f(1))),
    "tuple_empty": lambda tf, feed: tf.tuple([]),
    "tuple_nones": lambda tf, feed: tf.tuple([None, None]),
    "group_of_number": lambda tf, feed: tf.group(3),
    "group_keyword": lambda tf, feed: tf.group(tf.constant(1), nam="x"),
}

FAILS = {  # when running
    "case_not_exclusive": lambda tf, feed: tf.case(
        [(feed([], True), lambda: tf.constant(1.0)), (feed([], True), lambda: tf.constant(2.0))], exclusive=True
    ),
    "case_none_true": lambda tf, feed: tf.case(
        [(feed([], False), lambda: tf.constant(1.0))] * 1 + [(feed([], False), lambda: tf.constant(2.0))]
    ),
    "array_write_twice": lambda tf, feed: (
        tf.TensorArray(tf.float32, 2, name="ta").write(0, feed([3], V)).write(0, feed([3], V)).write(1, feed([3], V)).stack()
    ),
    "array_write_beyond": lambda tf, feed: tf.TensorArray(tf.float32, 2).write(2, feed([3], V)).stack(),
    "array_write_beyond_fed": lambda tf, feed: tf.TensorArray(tf.float32, 2).write(feed([], np.int32(5)), feed([3], V)).flow,
    "array_write_negative": lambda tf, feed: tf.TensorArray(tf.float32, 2).write(-1, feed([3], V)).flow,
    "array_read_beyond": lambda tf, feed: tf.TensorArray(tf.float32, 2).unstack(feed([2, 3], X)).read(feed([], np.int32(2))),
    "array_read_unwritten": lambda tf, feed: tf.TensorArray(tf.float32, 2).write(0, feed([3], V)).read(1),
    "array_read_unwritten_shape": lambda tf, feed: tf.TensorArray(tf.float32, 2, element_shape=[3]).read(1),
    "array_stack_unwritten": lambda tf, feed: tf.TensorArray(tf.float32, 2).write(0, feed([3], V)).stack(),
    "array_stack_empty": lambda tf, feed: tf.TensorArray(tf.float32, 2).stack(),
    "array_unstack_size": lambda tf, feed: tf.TensorArray(tf.float32, 3).unstack(feed([2, 3], X)).flow,
    "map_lengths_fed": lambda tf, feed: tf.map_fn(
        lambda p: p[0] + p[1], (feed([None], V), feed([None], V[:2])), dtype=tf.float32
    ),
    "map_empty": lambda tf, feed: tf.map_fn(lambda r: r * 2.0, feed([None, 3], X[:0])),
    "cond_branch_fails": lambda tf, feed: tf.cond(
        feed([], True), lambda: tf.check_numerics(feed([], f("nan")), "no"), lambda: 1.0
    ),
}


# ---- TensorFlow 2: the same run at once, and traced


def _function(tf, *args):
    def decorate(fn):
        return fn, [tf.constant(a) for a in args]

    return decorate


def v2_cond(tf):
    @_function(tf, V, True)
    def run(x, p):
        return tf.cond(p, lambda: (x * x, tf.sin(x)), lambda: (x, x * 2.0)), tf.cond(x[0] > 5.0, lambda: x, lambda: x * 3.0)

    return run


def v2_case(tf):
    @_function(tf, V, np.int32(1))
    def run(x, i):
        a = tf.case([(tf.equal(i, 0), lambda: x), (tf.equal(i, 1), lambda: x * x)], default=lambda: -x)
        return a, tf.switch_case(i, [lambda: x, lambda: x * 4.0]), tf.switch_case(i + 8, {0: lambda: x, 1: lambda: x * x * x})

    return run


def v2_while(tf):
    @_function(tf, f(2), V, np.int32(3))
    def run(x, y, n):
        cube = tf.while_loop(lambda i, z: i < n, lambda i, z: (i + 1, z * x), [0, 1.0])[1]
        most = tf.while_loop(lambda i, z: True, lambda i, z: (i + 1, z * y), (0, y), maximum_iterations=2)
        data = tf.while_loop(lambda z: z < 50.0, lambda z: (z * 3.0,), (x,))
        return cube, most, data, tf.while_loop(lambda i: i < n, lambda i: [i + 1], [0])

    return run


def v2_loops(tf):
    @_function(tf, X, V)
    def run(x, w):
        return (
            tf.map_fn(lambda r: r * w, x),
            tf.map_fn(lambda r: (r[0], tf.reduce_sum(r)), x, fn_output_signature=(tf.float32, tf.float32)),
            tf.scan(lambda a, r: a * r, x),
            tf.scan(lambda a, r: a + r[0], x, initializer=tf.constant(1.0), reverse=True),
            tf.foldl(lambda a, r: a * r, x),
            tf.foldr(lambda a, r: tf.sin(a) + r, x, initializer=w),
        )

    return run


def v2_vectorized(tf):
    @_function(tf, X, V)
    def run(x, w):
        return tf.vectorized_map(lambda r: r * w, x), tf.vectorized_map(lambda p: p[0] * p[1], (x, x + 1.0))

    return run


def v2_arrays(tf):
    @_function(tf, X, V)
    def run(x, w):
        ta = tf.TensorArray(tf.float32, size=2).write(0, w).write(1, w * w)
        held = tf.TensorArray(tf.float32, size=2, clear_after_read=False).unstack(x)
        grown = tf.TensorArray(tf.float32, size=0, dynamic_size=True, element_shape=[3])
        for i in range(3):
            grown = grown.write(i, w * float(i))
        sparse = tf.TensorArray(tf.float32, size=3, element_shape=[3]).write(1, w)
        split = tf.TensorArray(tf.float32, size=2, infer_shape=False, clear_after_read=False).split(x[0], [1, 2])
        return (
            ta.stack(), held.read(1) * held.read(0), held.gather([1, 1]), held.concat(), grown.stack(), grown.size(), sparse.stack(),
            split.read(1), split.concat(), tf.TensorArray(tf.float32, size=2).scatter([1, 0], x).stack(),
        )  # fmt: skip

    return run


def v2_array_loop(tf):
    @_function(tf, V, np.int32(3))
    def run(w, n):
        def step(i, ta):
            return i + 1, ta.write(i, w * tf.cast(i, tf.float32))

        made = tf.while_loop(lambda i, _: i < n, step, (0, tf.TensorArray(tf.float32, n)))[1]
        return made.stack(), made.size()

    return run


def v2_order(tf):
    @_function(tf, V)
    def run(x):
        return tf.tuple([x * 2.0, x + 1.0])

    return run


FUNCTIONS = [v2_cond, v2_case, v2_while, v2_loops, v2_vectorized, v2_arrays, v2_array_loop, v2_order]

REFUSED_V2 = {  # by a traced function; `x` is a float32 vector
    "cond_structures": lambda tf, x: tf.cond(x[0] > 0.0, lambda: x, lambda: (x, x)),
    "cond_dtypes": lambda tf, x: tf.cond(x[0] > 0.0, lambda: x, lambda: tf.cast(x, tf.int32)),
    "while_shapes": lambda tf, x: tf.while_loop(lambda y: True, lambda y: (tf.concat([y, y], 0),), (x,)),
    "while_dtypes": lambda tf, x: tf.while_loop(lambda y: True, lambda y: (tf.cast(y, tf.int32),), (x,)),
    "while_structure": lambda tf, x: tf.while_loop(lambda y: True, lambda y: (y, y), (x,)),
    "array_write_dtype": lambda tf, x: tf.TensorArray(tf.float32, 2).write(0, tf.cast(x, tf.int32)).stack(),
    "array_shape": lambda tf, x: tf.TensorArray(tf.float32, 2).write(0, x).write(1, x[:2]).stack(),
}

FAILS_V2 = {  # at once (in eager mode)
    "write_twice": lambda tf, x: tf.TensorArray(tf.float32, 2).write(0, x).write(0, x).stack(),
    "write_beyond": lambda tf, x: tf.TensorArray(tf.float32, 2).write(2, x),
    "write_negative": lambda tf, x: tf.TensorArray(tf.float32, 2).write(-1, x),
    "write_dtype": lambda tf, x: tf.TensorArray(tf.float32, 2).write(0, tf.cast(x, tf.int32)),
    "write_shape": lambda tf, x: tf.TensorArray(tf.float32, 2).write(0, x).write(1, x[:2]),
    "read_beyond": lambda tf, x: tf.TensorArray(tf.float32, 2).read(2),
    "read_unwritten": lambda tf, x: tf.TensorArray(tf.float32, 2).read(0),
    "read_twice": lambda tf, x: [a.read(0) for a in [tf.TensorArray(tf.float32, 1).write(0, x)] * 2],
    "stack_empty": lambda tf, x: tf.TensorArray(tf.float32, 2).stack(),
    "stack_unwritten": lambda tf, x: tf.TensorArray(tf.float32, 2).write(0, x).stack(),
    "unstack_size": lambda tf, x: tf.TensorArray(tf.float32, 3).unstack(tf.stack([x, x])),
    "cond_python": lambda tf, x: tf.cond(True, lambda: x, lambda: x),
    "cond_int": lambda tf, x: tf.cond(tf.constant(1), lambda: x, lambda: x),
    "case_none_true": lambda tf, x: tf.case([(tf.constant(False), lambda: x)]),
    "while_structure": lambda tf, x: tf.while_loop(lambda y: True, lambda y: (y, y), (x,), maximum_iterations=1),
    "map_scalar": lambda tf, x: tf.map_fn(lambda r: r, x[0]),
}
