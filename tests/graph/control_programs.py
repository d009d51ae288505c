"""Programs with control flow: each builds a graph and gives runs, (fetches, feeds), in order."""

V = [1.5, -2.0, 0.5]


def branches(tf):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [3], name="x")
    a, b = tf.cond(p, lambda: (x * 2, tf.constant(1)), lambda: (x, tf.constant(2)))
    tf.identity(a, name="a"), tf.identity(b, name="b")
    return [(["a:0", "b:0"], {"p:0": v, "x:0": V}) for v in (True, False)]


def nested_branches(tf):
    p, q = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.bool, [], name="q")
    x = tf.placeholder(tf.float32, [3], name="x")
    y = tf.cond(p, lambda: tf.cond(q, lambda: tf.sin(x), lambda: x - 1), lambda: tf.unique(x)[0][:1] + x)
    tf.identity(y, name="out")
    return [(["out:0"], {"p:0": a, "q:0": b, "x:0": V}) for a in (True, False) for b in (True, False)]


def choice(tf):
    i, x = tf.placeholder(tf.int32, [], name="i"), tf.placeholder(tf.float32, [], name="x")
    tf.identity(tf.switch_case(i, [lambda: x, lambda: x * 2, lambda: -x]), name="out")
    return [(["out:0"], {"i:0": v, "x:0": 1.5}) for v in (0, 1, 2, 7, -1)]


def loop(tf):
    n, x = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.float32, [], name="x")

    def step(i, a):
        top, at = tf.nn.top_k(tf.stack([a, x, 1.0]), 2)
        return i + 1, tf.cond(i > 1, lambda: a * x, lambda: a + top[1] + tf.cast(at[0], tf.float32))

    i, a = tf.while_loop(lambda i, a: i < n, step, [tf.constant(0), x])
    tf.identity(i, name="i"), tf.identity(a, name="a")
    return [(["i:0", "a:0"], {"n:0": v, "x:0": 1.5}) for v in (0, 2, 5)]


def resource_variables(tf):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [], name="x")
    v = tf.get_variable("v", initializer=2.0, use_resource=True)

    def step(i):
        with tf.control_dependencies([v.assign_add(x)]):
            return i + 1

    y = tf.cond(p, lambda: v.assign_add(x) + 0.0, lambda: tf.cond(x > 1, lambda: v * x, lambda: v - x))
    tf.identity(y, name="out")
    tf.identity(tf.while_loop(lambda i: i < 3, step, [tf.constant(0)]), name="count")
    tf.group(v.initializer, name="init"), tf.identity(v, name="now")
    one = [(["out:0"], {"p:0": a, "x:0": 1.5}) for a in (True, False)]
    return [(["^init"], {}), *one, (["now:0"], {}), (["count:0"], {"x:0": 1.0}), (["now:0"], {})]


def ref_variables_read(tf):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [], name="x")
    v = tf.get_variable("v", initializer=2.0, use_resource=False)
    tf.identity(tf.cond(p, lambda: v * x, lambda: v + x), name="out")
    tf.identity(tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * v), [0, x])[1], name="loop")
    tf.group(v.initializer, name="init")
    return [(["^init"], {})] + [(["out:0", "loop:0"], {"p:0": a, "x:0": 1.5}) for a in (True, False)]


def ref_variables_written(tf):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [], name="x")
    v = tf.get_variable("v", initializer=2.0, use_resource=False)
    w = tf.get_variable("w", initializer=[1.0, 2.0], use_resource=False)

    def step(i, a):
        added = tf.cond(tf.equal(i, 1), lambda: tf.assign_add(v, x), lambda: v * 2.0)
        with tf.control_dependencies([tf.assign(w, w * x), added]):
            return i + 1, a + tf.cond(p, lambda: tf.constant(1.0), lambda: x)

    tf.identity(tf.cond(p, lambda: tf.assign_add(v, x) + 0.0, lambda: tf.cond(x > 0, lambda: v + x, lambda: x)), name="out")
    tf.identity(tf.while_loop(lambda i, a: i < 3, step, [0, x])[1], name="loop")
    tf.identity(tf.cond(p, lambda: tf.while_loop(lambda i, a: i < 2, step, [0, x])[1], lambda: x), name="both")
    tf.group(v.initializer, w.initializer, name="init"), tf.identity(v, name="now"), tf.identity(w, name="now_w")
    one = [
        ([f], {"p:0": a, "x:0": 1.5}) for a in (True, False) for f in ("out:0", "now:0", "loop:0", "now:0", "now_w:0", "both:0")
    ]
    return [(["^init"], {}), *one, (["now:0", "now_w:0"], {})]


def initial_values(tf):
    out = []
    for kind, resource in (("ref", False), ("res", True)):
        a = tf.get_variable(kind + "_a", initializer=3.0, use_resource=resource)
        b = tf.get_variable(kind + "_b", initializer=a.initialized_value() * 2, use_resource=resource)
        tf.identity(b, name=kind + "_now")
        tf.group(a.assign(10.0), name=kind + "_set")
        init = (["^" + b.initializer.name], {})
        out += [init, ([kind + "_now:0"], {}), (["^" + kind + "_set"], {}), init, ([kind + "_now:0"], {})]
    return out


def checks(tf):
    x = tf.placeholder(tf.float32, [], name="x")
    with tf.control_dependencies([tf.cond(x > 5, lambda: tf.Assert(x < 10, [x]), tf.no_op)]):
        tf.identity(x, name="out")
    return [(["out:0"], {"x:0": v}) for v in (1.0, 7.0, 20.0)]


def arrays(tf):
    x, n = tf.placeholder(tf.float32, [4, 3], name="x"), tf.placeholder(tf.int32, [], name="n")
    tf.identity(tf.map_fn(lambda r: tf.reduce_sum(r) * r, x), name="mapped")
    tf.identity(tf.scan(lambda a, r: a * 0.5 + r, x), name="scanned")
    tf.identity(tf.foldl(lambda a, r: a - r, x), name="folded")
    states = tf.TensorArray(tf.float32, 4, element_shape=[3])
    made = tf.while_loop(lambda i, a, h: i < n, lambda i, a, h: (i + 1, a.write(i, h), h * x[0]), [0, states, x[1]])[1]
    tf.identity(made.stack(), name="stacked")
    data = [[0.5 * i - j for j in range(3)] for i in range(4)]
    return [(["mapped:0", "scanned:0", "folded:0"], {"x:0": data}), (["stacked:0"], {"x:0": data, "n:0": 4})]


def effects(tf):
    x = tf.placeholder(tf.float32, [], name="x")
    v = tf.get_variable("v", initializer=1.0, use_resource=True)

    def branch():
        with tf.control_dependencies([tf.print("seen", x), v.assign(x), tf.Assert(x > 0, ["wrong", x])]):
            return tf.constant("yes")

    tf.identity(tf.cond(x > -5, branch, lambda: tf.constant("no")), name="out")
    tf.identity(tf.cond(x > 0, lambda: tf.random_uniform([2], seed=3), lambda: tf.zeros([2])), name="random")
    tf.group(v.initializer, name="init"), tf.identity(v, name="now")
    runs = [(["^init"], {})] + [(["random:0"], {"x:0": 1.0})] * 2
    return runs + [f for value in (2.0, -1.0, -7.0) for f in ((["out:0"], {"x:0": value}), (["now:0"], {}))]


def gradient(tf):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [3], name="x")
    y = tf.cond(p, lambda: tf.sin(x) * tf.reduce_sum(x), lambda: x)
    z = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, y])[1]
    (g,) = tf.gradients(z, x)
    tf.identity(g, name="grad"), tf.identity(tf.gradients(g, x)[0], name="second")
    return [(["grad:0", "second:0"], {"p:0": v, "x:0": V}) for v in (True, False)]


def gradient_beside_writes(tf):
    """Gradients through branches and loops that change ref variables: they take part in the very run that does."""
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [], name="x")
    v = tf.get_variable("v", initializer=2.0, use_resource=False)

    def branch():
        with tf.control_dependencies([tf.assign_add(v, 1.0)]):
            return x * x * tf.random_uniform([], seed=3)

    def step(i, a):
        with tf.control_dependencies([tf.assign_add(v, a)]):
            return i + 1, tf.cond(p, lambda: a * x, lambda: tf.assign_add(v, 1.0) * 0.0 + a)

    y = tf.cond(p, branch, lambda: x * 3.0)
    z = tf.while_loop(lambda i, a: i < 3, step, [0, x])[1]
    tf.identity(tf.gradients(y, x)[0], name="g_cond"), tf.identity(tf.gradients(z, x)[0], name="g_loop")
    tf.group(v.initializer, name="init"), tf.identity(v, name="now")
    runs = [(["^init"], {})]
    return runs + [f for a in (True, False) for f in ((["g_cond:0", "g_loop:0"], {"p:0": a, "x:0": 2.0}), (["now:0"], {}))]


def variables_in_bodies(tf):
    p, x = tf.placeholder(tf.bool, [], name="p"), tf.placeholder(tf.float32, [2], name="x")
    v = tf.get_variable("v", initializer=[[1.0, 2.0], [3.0, 4.0]], use_resource=True)
    w = tf.get_variable("w", initializer=0.5, use_resource=True)
    inner = lambda a: tf.cond(a[0] > 2, lambda: a * w, lambda: a + tf.gather(v, 1))  # noqa: E731
    y = tf.cond(p, lambda: inner(x) + w, lambda: tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, inner(a)), [0, x])[1])
    tf.identity(y, name="out")
    return [(["out:0"], {"p:0": b, "x:0": [1.5, -1.0]}) for b in (True, False)]


EXPORTED = [
    branches,
    nested_branches,
    choice,
    loop,
    resource_variables,
    ref_variables_read,
    ref_variables_written,
    initial_values,
    checks,
    arrays,
    effects,
]
OURS = [gradient, gradient_beside_writes]
