"""Programs with tapes, each a function of a TensorFlow 2 namespace and NumPy that gives a dict of results.

A result is a tensor, IndexedSlices, None, text, or a nested structure of them. `record_tape.py` runs them under the real
TensorFlow, `tests/grad/test_tape.py` under ours.
"""

import numpy as np


def _array(*shape, seed=0, scale=1.0):
    return np.asarray(np.random.RandomState(seed + sum(shape)).randn(*shape) * scale, np.float32)


def _message(fn):
    try:
        fn()
    except Exception as e:  # which one is what the row tells
        return f"{type(e).__name__}: {e}"
    return "no error"


def power(tf):
    x = tf.constant([1.0, -2.0, 3.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x * x
    return {"gradient": tape.gradient(y, x)}


def perceptron(tf):
    v = [tf.Variable(_array(5, 4)), tf.Variable(_array(4)), tf.Variable(_array(4, 3)), tf.Variable(_array(3))]
    x, labels = tf.constant(_array(6, 5)), tf.constant(np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]])
    losses = []
    for _ in range(6):
        with tf.GradientTape() as tape:
            h = tf.nn.relu(tf.matmul(x, v[0]) + v[1])
            logits = tf.matmul(h, v[2]) + v[3]
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits))
        grads = tape.gradient(loss, v)
        for w, g in zip(v, grads):
            w.assign_sub(0.3 * g)
        losses.append(loss)
    return {"losses": losses, "grads": grads, "variables": [tf.convert_to_tensor(w) for w in v]}


def persistent(tf):
    x = tf.constant(3.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    return {"dz": tape.gradient(z, x), "dy": tape.gradient(y, x), "dzdy": tape.gradient(z, y)}


def several_targets(tf):
    x, y = tf.constant(2.0), tf.constant(5.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        a, b = x * y, tf.sin(x)
    return {
        "sum": tape.gradient([a, b], [x, y]),
        "nested": tape.gradient({"a": a, "b": (b,)}, {"x": x, "more": [y, (x,)]}),
        "weighted": tape.gradient([a, b], x, output_gradients=[tf.constant(2.0), tf.constant(-1.0)]),
        "number": tape.gradient([a], x, output_gradients=[3.0]),
        "source is target": tape.gradient(x, x),
    }


def unconnected(tf):
    x, y = tf.constant([1.0, 2.0]), tf.constant([[3.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        z = x * 2.0
    return {
        "none": tape.gradient(z, y),
        "zero": tape.gradient(z, [x, y], unconnected_gradients=tf.UnconnectedGradients.ZERO),
        "by name": tape.gradient(z, y, unconnected_gradients="zero"),
        "unwatched": tape.gradient(z, tf.constant(1.0)),
        "jacobian": tape.jacobian(z, y, unconnected_gradients="zero"),
        "no jacobian": tape.jacobian(z, y),
    }


def breaks(tf):
    x = tf.constant([1.5, 2.5])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        stopped = tf.stop_gradient(x * 2.0) * x
        rounded = tf.cast(tf.cast(x, tf.int32), tf.float32) * 2.0
        compared = tf.where(x > 2.0, x, -x)
        chosen = tf.cast(tf.argmax(x), tf.float32)
        whole = tf.cast(x, tf.int32)
    return {
        "stopped": tape.gradient(stopped, x),
        "rounded": tape.gradient(rounded, x),
        "compared": tape.gradient(compared, x),
        "chosen": tape.gradient(chosen, x),
        "whole": tape.gradient(whole, x),
    }


def watching(tf):
    v, w = tf.Variable(2.0), tf.Variable(3.0, trainable=False)
    with tf.GradientTape() as first:
        a = v * w
    with tf.GradientTape() as second:
        second.watch(w)
        b = v * w
    with tf.GradientTape(watch_accessed_variables=False) as third:
        third.watch(w)
        c = v * w
    x = tf.constant(4.0)
    with tf.GradientTape() as late:
        d = x * x
        late.watch(x)
        e = x * d
    return {
        "first": first.gradient(a, [v, w]),
        "second": second.gradient(b, [v, w]),
        "third": third.gradient(c, [v, w]),
        "late": late.gradient(e, x),
        "watched": [len(t.watched_variables()) for t in (first, second, third)],
    }


def stopping(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            unseen = y * x
        z = unseen * y
    with tf.GradientTape() as again:
        again.watch(x)
        a = x * x
        again.reset()
        again.watch(x)
        b = x * 3.0
    with tf.GradientTape() as longer:
        longer.watch(x)
        c = x * x
    with longer:
        d = c * c
    return {"stopped": tape.gradient(z, x), "reset": again.gradient([a, b], x), "continued": longer.gradient(d, x)}


def second_order(tf):
    x = tf.constant([0.3, -0.7])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.tanh(x) * tf.exp(x)
        g = inner.gradient(y, x)
    return {"first": g, "second": outer.gradient(g, x)}


def third_order(tf):
    x = tf.constant(1.2)
    with tf.GradientTape() as a:
        a.watch(x)
        with tf.GradientTape() as b:
            b.watch(x)
            with tf.GradientTape() as c:
                c.watch(x)
                y = x * x * x * x
            first = c.gradient(y, x)
        second = b.gradient(first, x)
    return {"first": first, "second": second, "third": a.gradient(second, x)}


def one_persistent_tape(tf):
    x = tf.constant(1.5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.sin(x) * x
        g = tape.gradient(y, x)
    return {"first": g, "second": tape.gradient(g, x)}


def gradient_penalty(tf):
    w, x = tf.Variable(_array(3, 2)), tf.constant(_array(4, 3))
    out = []
    for _ in range(5):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.nn.softplus(tf.matmul(x, w))
            g = inner.gradient(y, x)
            penalty = tf.reduce_sum(tf.square(tf.norm(g, axis=1) - 1.0))
        dw = outer.gradient(penalty, w)
        w.assign_sub(0.1 * dw)
        out += [penalty, dw]
    return {"steps": out}


def hessian_vector(tf):
    v = tf.Variable(_array(4))
    d = tf.constant(_array(4, seed=3))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = tf.reduce_sum(tf.pow(v, 3.0)) + tf.reduce_prod(v)
        g = inner.gradient(y, v)
    return {"hvp": outer.gradient(g, v, output_gradients=d)}


def jacobians(tf):
    x, w = tf.constant(_array(3, 2)), tf.Variable(_array(2, 4))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.sin(tf.matmul(x, w))
        scalar = tf.reduce_sum(y)
    return {
        "w": tape.jacobian(y, w),
        "both": tape.jacobian(y, [x, w]),
        "scalar": tape.jacobian(scalar, x),
        "loop": tape.jacobian(y, x, experimental_use_pfor=False, parallel_iterations=1),
        "batch": tape.batch_jacobian(y, x),
        "batch loop": tape.batch_jacobian(y, x, experimental_use_pfor=False),
    }


def hessian(tf):
    x = tf.constant(_array(3))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(tf.exp(x)) * x[0]
        g = inner.gradient(y, x)
    return {"hessian": outer.jacobian(g, x)}


def jacobian_inside(tf):
    x = tf.constant(_array(3))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.sin(x) * tf.reduce_sum(x)
        j = inner.jacobian(y, x)
        trace = tf.reduce_sum(tf.square(j))
    return {"jacobian": j, "gradient": outer.gradient(trace, x)}


def gathers(tf):
    table = tf.Variable(_array(5, 2))
    ids = tf.constant([1, 3, 1])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(ids) if False else None
        a = tf.gather(table, ids)
        b = tf.nn.embedding_lookup(table, [[0, 4], [4, 0]])
        sum_a = tf.reduce_sum(a * tf.constant(_array(3, 2, seed=1)))
        both = sum_a + tf.reduce_sum(b * b)
        mixed = sum_a + tf.reduce_sum(table * 2.0)
    sliced = tape.gradient(sum_a, table)
    return {
        "slices": sliced,
        "dense": tf.convert_to_tensor(sliced),
        "both": tape.gradient(both, table),
        "mixed": tape.gradient(mixed, table),
        "kinds": [type(tape.gradient(y, table)).__name__ for y in (sum_a, both)],
        "jacobian": tape.jacobian(a, table),
        "shape": [int(n) for n in sliced.dense_shape],
    }


def gather_of_tensor(tf):
    x = tf.constant(_array(4, 3))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        rows = tf.gather(x * 2.0, [0, 0, 3])
        columns = tf.gather(x, [2, 1], axis=1)
        direct = tf.gather(x, [1, 2])
    return {
        "rows": tape.gradient(rows, x),
        "columns": tape.gradient(columns, x),
        "direct": tape.gradient(direct, x),
        "kind": type(tape.gradient(direct, x)).__name__,
    }


def custom(tf):
    @tf.custom_gradient
    def log1pexp(x):
        e = tf.exp(x)

        def grad(upstream):
            return upstream * (1 - 1 / (1 + e))

        return tf.math.log(1 + e), grad

    x = tf.constant([0.5, -1.0])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = log1pexp(x) * 2.0
        g = tape.gradient(y, x)
    return {"value": y, "first": g, "second": outer.gradient(g, x)}


def custom_with_variables(tf):
    w = tf.Variable([2.0, 3.0])

    @tf.custom_gradient
    def scaled(x, y):
        def grad(d1, d2, variables=None):
            return [d1 * 10.0, d2 * 100.0], [tf.ones_like(variables[0]) * 7.0]

        return (x * w, y + w), grad

    x, y = tf.constant([1.0, 1.0]), tf.constant([5.0, 5.0])
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        a, b = scaled(x, y)
        z = a * 3.0 + b
    dx, dy, dw = tape.gradient(z, [x, y, w])

    @tf.custom_gradient
    def careless(x):
        return x * w, lambda d: d

    return {"dx": dx, "dy": dy, "dw": dw, "careless": _message(lambda: careless(x))}


def custom_with_keywords(tf):
    @tf.custom_gradient
    def clip(x, limit=1.0):
        return x, lambda d: tf.clip_by_norm(d, limit)

    x = tf.constant([3.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(clip(x, limit=2.0) * 5.0) if False else tf.reduce_sum(clip(x) * 5.0)
    return {"clipped": tape.gradient(y, x)}


def recompute(tf):
    w = tf.Variable(_array(3, 3))

    @tf.recompute_grad
    def block(x):
        return tf.tanh(tf.matmul(x, w))

    x = tf.constant(_array(2, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.square(block(x)))
    return {"value": y, "grads": tape.gradient(y, [x, w])}


def pass_through(tf):
    x = tf.constant([0.4, 1.6])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.grad_pass_through(tf.round)(x) * x
    return {"value": y, "gradient": tape.gradient(y, x)}


def sparse_flow(tf):
    x = tf.constant(_array(6))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        parts = tf.dynamic_partition(x * x, [0, 1, 0, 2, 1, 0], 3)
        stitched = tf.dynamic_stitch([[0, 2], [1]], [x[:2], x[2:3]])
        y = tf.reduce_sum(parts[0]) * 2.0 + tf.reduce_sum(parts[2])
        s = tf.reduce_sum(stitched * tf.constant([1.0, 2.0, 3.0]))
        part = tf.reduce_sum(x[1:5:2] ** 2)
        stacked = tf.reduce_sum(tf.stack([x, 2 * x])[1, ::-1] * tf.constant(_array(6, seed=4)))
        halves = tf.split(x, 2)
        best = tf.reduce_sum(tf.math.top_k(x, 2)[0])
    return {
        "partition": tape.gradient(y, x),
        "stitch": tape.gradient(s, x),
        "slice": tape.gradient(part, x),
        "stack": tape.gradient(stacked, x),
        "split": tape.gradient(halves[1], x),
        "top": tape.gradient(best, x),
    }


def layers(tf):
    image, kernel = tf.constant(_array(2, 6, 6, 3)), tf.Variable(_array(3, 3, 3, 4, scale=0.3))
    with tf.GradientTape() as tape:
        tape.watch(image)
        h = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(image, kernel, 1, "SAME")), 2, 2, "VALID")
        mean, variance = tf.nn.moments(h, [0, 1, 2])
        h = tf.nn.batch_normalization(h, mean, variance, None, None, 1e-3)
        loss = tf.reduce_sum(tf.reduce_max(h, axis=[1, 2]) ** 2) + tf.nn.l2_loss(kernel)
    return {"loss": loss, "grads": tape.gradient(loss, [image, kernel])}


def types(tf):
    half, double = tf.constant([1.0, 2.0], tf.float16), tf.constant([1.0, 2.0], tf.float64)
    z = tf.constant([1 + 2j, 3 - 1j], tf.complex64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([half, double, z])
        a, b = half * half, tf.cast(double, tf.float32) * 3.0
        c = tf.abs(z * z)
    return {"half": tape.gradient(a, half), "double": tape.gradient(b, double), "complex": tape.gradient(c, z)}


def targets_that_are_sources(tf):
    x, v = tf.constant(2.0), tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        pass
    with tf.GradientTape(persistent=True) as second:
        second.watch(x)
        y = x * x * v[0]
    return {
        "unwatched": tape.gradient(x, x),
        "twice": tape.gradient([x, x], x),
        "seeds": tape.gradient([x, v], [v, x], output_gradients=[tf.constant(3.0), tf.constant([4.0, 5.0])]),
        "between": second.gradient([y, x, v], [x, v, y]),
    }


def assignments(tf):
    v, w = tf.Variable(3.0), tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y = v * v
        v.assign(5.0)
        z = v * v
        a = w.assign_add([1.0, 1.0]) * 2.0
    return {"both": tape.gradient([y, z], v), "first": tape.gradient(y, v), "result": tape.gradient(a, w)}


def overrides(tf):
    name = f"TapeRows{np.random.randint(1 << 40)}"
    tf.RegisterGradient(name)(lambda op, g: 10.0 * g)
    x = tf.constant(2.0)
    graph = tf.compat.v1.get_default_graph()
    with graph.gradient_override_map({"Identity": name}), tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.identity(x)
    return {"gradient": tape.gradient(y, x)}


def loops(tf):
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, x])[1]
        z = tf.cond(x > 1.0, lambda: x * x, lambda: x)
        mapped = tf.map_fn(lambda q: q * x, tf.constant([1.0, 2.0]))
        scanned = tf.scan(lambda a, b: a * b * x, tf.constant([1.0, 2.0, 3.0]))
        array = tf.TensorArray(tf.float32, 2)
        stacked = array.write(0, x * 2.0).write(1, x * x).stack()
    return {
        "while": tape.gradient(y, x),
        "cond": tape.gradient(z, x),
        "map": tape.gradient(mapped, x),
        "scan": tape.jacobian(scanned, x),
        "array": tape.jacobian(stacked, x),
    }


def functions(tf):
    """Tapes inside functions with loops and branches, and around calls of functions."""
    v, w = tf.Variable([1.0, 2.0]), tf.Variable(0.5)

    @tf.function
    def train(n):
        loss = 0.0
        for _ in tf.range(n):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.square(v * w - 3.0))
            gv, gw = tape.gradient(loss, [v, w])
            v.assign_sub(0.1 * gv)
            w.assign_sub(0.1 * gw)
        return loss

    @tf.function
    def unknown_length(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            while tf.reduce_sum(y) < 50.0:
                y = y * x + 1.0
            if tf.reduce_sum(y) > 10.0:
                y = y * 2.0
        return tape.gradient(y, x)

    @tf.function
    def rows(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = tf.map_fn(lambda r: tf.reduce_sum(r * r) * r, x)
        return tape.gradient(y, x), tape.batch_jacobian(y, x), tape.jacobian(y, x)

    @tf.function
    def each(x):
        def one(r):
            with tf.GradientTape() as tape:
                tape.watch(r)
                y = tf.reduce_sum(r**3)
            return tape.gradient(y, r)

        return tf.map_fn(one, x)

    @tf.function
    def inner(x):
        return x * v + tf.reduce_sum(x)

    @tf.function
    def around(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = inner(x) * 2.0
        return tape.gradient(y, [x, v]), tape.jacobian(y, [x, v])

    x, matrix = tf.constant([1.5, 2.0]), tf.constant([[1.0, 2.0], [3.0, 4.0]])
    out = {"loss": train(tf.constant(5)), "v": tf.convert_to_tensor(v), "rows": rows(matrix), "each": each(matrix)}
    with tf.GradientTape() as outer:
        outer.watch(x)
        out["unknown"] = unknown_length(x)
    out["of gradient"] = outer.gradient(out["unknown"], x)
    out["around"] = around(x)
    for _ in range(4):
        with tf.GradientTape(persistent=True) as tape:
            y = inner(x)
            z = tf.reduce_sum(y * y)
    out["outside"] = [tape.gradient(z, v), tape.jacobian(y, v)]
    return out


def integer_sources(tf):
    n, x = tf.constant(3), tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(n)
        tape.watch(x)
        y = tf.cast(n, tf.float32) * x
    return {"none": tape.gradient(y, n), "zero": tape.gradient(y, [n, x], unconnected_gradients="zero")}


def errors(tf):
    x = tf.constant(3.0)

    def tape_of(**kwargs):
        with tf.GradientTape(**kwargs) as tape:
            tape.watch(x)
            y = x * x
        return tape, y

    def twice():
        tape, y = tape_of()
        tape.gradient(y, x)
        tape.gradient(y, x)

    def jacobian_after():
        tape, y = tape_of()
        tape.gradient(y, x)
        tape.jacobian(y, x)

    def nested_twice():
        with tf.GradientTape() as tape, tape:
            pass

    def not_recording():
        tape, _ = tape_of()
        with tape.stop_recording():
            pass

    def unknown():
        tape, y = tape_of()
        tape.gradient(y, x, unconnected_gradients="some")

    def not_a_tensor():
        with tf.GradientTape() as tape:
            tape.watch(3.0)

    def prevented():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.raw_ops.PreventGradient(input=x, message="no way")
        tape.gradient(y, x)

    def batches():
        z, w = tf.ones([2, 3]), tf.ones([3, 2])
        with tf.GradientTape() as tape:
            tape.watch([z, w])
            y = tf.matmul(z, w)
        tape.batch_jacobian(y, w)

    def sparse():
        s = tf.SparseTensor([[0, 0]], [1.0], [2, 2])
        with tf.GradientTape() as tape:
            tape.watch(s.values)
            y = tf.sparse.to_dense(s)
        tape.gradient(y, s)

    checks = (twice, jacobian_after, nested_twice, not_recording, unknown, not_a_tensor, batches, prevented)
    out = {f.__name__: _message(f) for f in checks}
    out["sparse"] = _message(sparse)
    out["reset"] = _message(lambda: tape_of()[0].reset())
    out["gradients"] = _message(lambda: tf.gradients(x, x))
    out["hessians"] = _message(lambda: tf.hessians(x, x))
    out["before"] = _message(lambda: tf.GradientTape().gradient(x, x))
    return out


def control(tf):
    """Python's own control flow: the structure of records changes with the values."""
    out = []
    x = tf.constant(1.1)
    for n in (1, 2, 3, 2, 2, 2, 3, 3):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for i in range(n):
                y = y * x if i % 2 == 0 else tf.sin(y)
        out.append(tape.gradient(y, x))
    return {"gradients": out}


def changing_values(tf):
    """Equal structures, other values, shapes and constants: what is compiled must not keep any of them."""
    out = []
    for i in range(8):
        x = tf.constant(_array(2 + i // 4, 3, seed=i))
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(x * float(i) + tf.pow(x, 2.0), axis=i % 2)
            z = tf.reduce_sum(y * y)
        out.append(tape.gradient(z, x))
    return {"gradients": out}


_MATRIX = _array(3, 3, seed=7) @ _array(3, 3, seed=7).T + 2 * np.eye(3, dtype=np.float32)
_SECOND = {
    "matmul": ((3, 4), lambda tf, x: tf.matmul(x, x, transpose_b=True)),
    "conv2d": ((1, 5, 5, 2), lambda tf, x: tf.nn.conv2d(x * x, _array(3, 3, 2, 3), 2, "SAME")),
    "conv2d of filter": ((3, 3, 2, 3), lambda tf, x: tf.nn.conv2d(_array(1, 5, 5, 2), x * x, 1, "VALID")),
    "transposed": ((1, 3, 3, 2), lambda tf, x: tf.nn.conv2d_transpose(x * x, _array(3, 3, 4, 2), [1, 6, 6, 4], 2, "SAME")),
    "depthwise": ((1, 4, 4, 2), lambda tf, x: tf.nn.depthwise_conv2d(x * x, _array(3, 3, 2, 2), [1, 1, 1, 1], "SAME")),
    "max_pool": ((1, 4, 4, 2), lambda tf, x: tf.nn.max_pool2d(x * x, 2, 2, "VALID")),
    "max_pool of 3": ((1, 5, 5, 2), lambda tf, x: tf.nn.max_pool2d(x * x, 3, 2, "SAME")),
    "avg_pool": ((1, 5, 5, 2), lambda tf, x: tf.nn.avg_pool2d(x * x, 3, 2, "SAME")),
    "softmax": ((3, 4), lambda tf, x: tf.nn.softmax(x)),
    "log_softmax": ((3, 4), lambda tf, x: tf.nn.log_softmax(x)),
    "cross entropy": ((3, 4), lambda tf, x: tf.nn.softmax_cross_entropy_with_logits(np.float32(np.eye(4)[:3]), x)),
    "sparse cross entropy": ((3, 4), lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits([1, 0, 3], x)),
    "sigmoid cross entropy": ((4,), lambda tf, x: tf.nn.sigmoid_cross_entropy_with_logits(np.float32([0, 1, 1, 0]), x)),
    "sigmoid": ((4,), lambda tf, x: tf.sigmoid(x)),
    "softplus": ((4,), lambda tf, x: tf.nn.softplus(x)),
    "elu": ((4,), lambda tf, x: tf.nn.elu(x)),
    "selu": ((4,), lambda tf, x: tf.nn.selu(x)),
    "relu": ((4,), lambda tf, x: tf.nn.relu(x) * x),
    "relu6": ((4,), lambda tf, x: tf.nn.relu6(x * 5.0) * x),
    "leaky": ((4,), lambda tf, x: tf.nn.leaky_relu(x) * x),
    "softsign": ((4,), lambda tf, x: tf.nn.softsign(x)),
    "tanh": ((4,), lambda tf, x: tf.tanh(x)),
    "batch norm": ((4, 2, 2, 3), lambda tf, x: tf.compat.v1.nn.fused_batch_norm(x, [1.0, 2.0, 0.5], [0.0, 0.1, 0.2])[0]),
    "moments": ((4, 3), lambda tf, x: tf.nn.moments(x, [0])[1]),
    "l2_normalize": ((4, 3), lambda tf, x: tf.nn.l2_normalize(x, 1)),
    "local response": ((1, 2, 2, 6), lambda tf, x: tf.nn.local_response_normalization(x * x, 2)),
    "reduce_max": ((4, 3), lambda tf, x: tf.reduce_max(x * x, 1)),
    "reduce_prod": ((4, 3), lambda tf, x: tf.reduce_prod(x, 1)),
    "logsumexp": ((4, 3), lambda tf, x: tf.reduce_logsumexp(x, 1)),
    "norm": ((4, 3), lambda tf, x: tf.norm(x, axis=1)),
    "cumprod": ((4,), lambda tf, x: tf.math.cumprod(x)),
    "cumsum": ((4, 3), lambda tf, x: tf.cumsum(x * x, 1, exclusive=True)),
    "gather": ((4, 3), lambda tf, x: tf.gather(x * x, [1, 1, 3])),
    "gather_nd": ((4, 3), lambda tf, x: tf.gather_nd(x * x, [[1, 1], [3, 0]])),
    "scatter": ((3,), lambda tf, x: tf.scatter_nd([[1], [1], [2]], x * x, [4])),
    "segment_sum": ((4, 3), lambda tf, x: tf.math.segment_mean(x * x, [0, 0, 2, 2])),
    "unsorted": ((4,), lambda tf, x: tf.math.unsorted_segment_sum(x * x, [1, 0, 1, 1], 2)),
    "top_k": ((5,), lambda tf, x: tf.math.top_k(x * x, 2)[0]),
    "where": ((4,), lambda tf, x: tf.where(x > 0, x * x, tf.exp(x))),
    "clip": ((4,), lambda tf, x: tf.clip_by_value(x, -0.5, 0.5) * x),
    "maximum": ((4,), lambda tf, x: tf.maximum(x * x, tf.exp(x))),
    "pow": ((4,), lambda tf, x: tf.pow(x * x + 0.5, x)),
    "divide": ((4,), lambda tf, x: x / (x * x + 1.0)),
    "atan2": ((4,), lambda tf, x: tf.atan2(x, x * x + 1.0)),
    "log": ((4,), lambda tf, x: tf.math.log1p(x * x) + tf.sqrt(tf.abs(x))),
    "erf": ((4,), lambda tf, x: tf.math.erf(x) + tf.math.lgamma(x * x + 0.5)),
    "pad": ((2, 3), lambda tf, x: tf.pad(x * x, [[1, 0], [0, 2]], "REFLECT")),
    "concat": ((2, 3), lambda tf, x: tf.concat([x * x, tf.exp(x)], 1)),
    "stack": ((2, 3), lambda tf, x: tf.stack(tf.unstack(x * x, axis=1), axis=0)),
    "tile": ((2, 3), lambda tf, x: tf.tile(x * x, [2, 1])),
    "transpose": ((2, 3), lambda tf, x: tf.transpose(x * x)),
    "slice": ((4, 3), lambda tf, x: tf.slice(x * x, [1, 0], [2, 2])),
    "strided": ((4, 3), lambda tf, x: (x * x)[::-2, 1:]),
    "reverse": ((4,), lambda tf, x: tf.reverse(x * x, [0])),
    "split": ((4, 2), lambda tf, x: tf.split(x * x, [1, 3])[1]),
    "broadcast": ((1, 3), lambda tf, x: tf.broadcast_to(x * x, [4, 3])),
    "einsum": ((2, 3, 4), lambda tf, x: tf.einsum("bij,bkj->bik", x, x)),
    "resize": ((1, 3, 3, 1), lambda tf, x: tf.image.resize(x * x, [5, 4])),
    "space": ((1, 2, 2, 4), lambda tf, x: tf.nn.depth_to_space(x * x, 2)),
    "inverse": ((3, 3), lambda tf, x: tf.linalg.inv(x + _MATRIX)),
    "cholesky": ((3, 3), lambda tf, x: tf.linalg.cholesky(tf.matmul(x, x, transpose_b=True) + _MATRIX)),
    "determinant": ((3, 3), lambda tf, x: tf.linalg.det(x + _MATRIX)),
    "solve": ((3, 3), lambda tf, x: tf.linalg.solve(x + _MATRIX, x)),
    "band": ((3, 3), lambda tf, x: tf.linalg.band_part(x * x, 0, 1)),
    "diag": ((3, 3), lambda tf, x: tf.linalg.diag_part(x * x)),
    "bias_add": ((2, 3), lambda tf, x: tf.nn.bias_add(x * x, tf.reduce_sum(x, 0))),
    "embedding": ((4, 3), lambda tf, x: tf.nn.embedding_lookup(x * x, [[0, 1], [3, 3]])),
    "dropout": ((4,), lambda tf, x: tf.nn.dropout(x * x, rate=0.0)),
}


def second_orders(tf):
    """The gradient of each gradient, in a random direction."""
    out = {}
    for name, (shape, f) in _SECOND.items():
        x = tf.constant(_array(*shape, seed=11))
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = f(tf, x)
            g = inner.gradient(y, x, output_gradients=tf.constant(_array(*y.shape, seed=12)))
            g = tf.convert_to_tensor(g)
        try:
            out[name] = outer.gradient(g, x, output_gradients=tf.constant(_array(*shape, seed=13)))
        except LookupError:  # TensorFlow has none of a few ops
            continue
    return out


ROWS = {
    f.__name__: f
    for f in (
        power, perceptron, persistent, several_targets, unconnected, breaks, watching, stopping, second_order, third_order,
        one_persistent_tape, gradient_penalty, hessian_vector, jacobians, hessian, jacobian_inside, gathers, gather_of_tensor,
        custom, custom_with_variables, custom_with_keywords, recompute, pass_through, sparse_flow, layers, types,
        targets_that_are_sources, assignments, overrides, loops, functions, integer_sources, errors, control, changing_values, second_orders,
    )
}  # fmt: skip


def plain(value):
    """A result as JSON holds it."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if hasattr(value, "indices"):
        rows = sorted([int(i), *np.round(row, 5).tolist()] for i, row in zip(value.indices.numpy(), value.values.numpy()))
        return {"dtype": value.dtype.name, "shape": [len(rows), len(rows[0])], "data": rows}
    array = np.asarray(value.numpy())
    if array.dtype.kind == "c":
        return {"dtype": array.dtype.name, "shape": list(array.shape), "data": [array.real.tolist(), array.imag.tolist()]}
    return {"dtype": array.dtype.name, "shape": list(array.shape), "data": array.astype(np.float64).tolist()}
