"""Small programs on variables and scopes, run by the recorder under TensorFlow 1.15 and by the tests under Mainstem.

Each takes `tf` and returns facts (plain values) or raises; the test compares facts, errors, nodes and collections.
"""

import random

PROGRAMS = {}
WITH_VALUES = ("initializers", "matrix_initializers", "partitioned_initializers", "get_variable_kinds", "dependent", "slices")


def program(fn):
    PROGRAMS[fn.__name__] = fn
    return fn


def named(values):
    return [v.name for v in values]


@program
def ref_from_values(tf):
    a = tf.Variable(1.0, name="v")
    b = tf.Variable([1, 2])
    c = tf.Variable([[1.5]], name="v", trainable=False, dtype=tf.float64)
    d = tf.Variable("text", name="s", collections=[tf.GraphKeys.LOCAL_VARIABLES])
    return [repr(x) for x in (a, b, c, d)] + [x.op.type for x in (a, b, c, d)] + [a.initializer.name, a.initial_value.name]


@program
def ref_from_tensor_and_function(tf):
    a = tf.Variable(tf.constant([1.0, 2.0]), name="w")
    b = tf.Variable(lambda: tf.constant([1.0, 2.0]), name="f", dtype=tf.float32)
    with tf.name_scope("n"):
        c = tf.Variable(3, name="c")
    with tf.control_dependencies([a.initializer]):
        d = tf.Variable(2.0, name="d")
    return [repr(x) for x in (a, b, c, d)]


@program
def resource(tf):
    a = tf.Variable(1.0, name="v", use_resource=True)
    b = tf.Variable(tf.constant([1.0, 2.0]), name="w", use_resource=True)
    c = tf.Variable(lambda: tf.constant([1.0, 2.0]), name="f", use_resource=True)
    d = tf.get_variable("g", [2], initializer=tf.zeros_initializer(), use_resource=True)
    return [repr(x) for x in (a, b, c, d)] + [a.handle.name, a.op.name, a.initializer.name]


@program
def resource_use(tf):
    v = tf.Variable([1.0, 2.0], name="v", use_resource=True)
    v.assign([1.0, 2.0])
    v.assign_add([1.0, 2.0], name="plus")
    tf.assign_sub(v, [1.0, 1.0])
    op = v.assign([3.0, 3.0], read_value=False)
    v.read_value()
    v.value()
    tf.identity(v)
    tf.is_variable_initialized(v)
    with tf.control_dependencies([v]):
        tf.no_op(name="after")
    return [op.type]


@program
def ref_use(tf):
    v = tf.Variable([1.0, 2.0], name="v")
    made = [v.assign([1.0, 2.0]), v.assign_add([1.0, 2.0]), v.assign_sub([1.0, 1.0], use_locking=True)]
    made += [tf.assign(v, [2.0, 2.0], name="foo"), tf.assign_add(v, v), tf.assign_sub(v, [0.0, 1.0], use_locking=True)]
    made += [v.read_value(), v.value(), tf.identity(v), tf.is_variable_initialized(v)]
    op = v.assign([1.0, 2.0], read_value=False)
    i = tf.Variable(0, name="i")
    made += [i.count_up_to(3), tf.count_up_to(i, 5, name="count")]
    with tf.control_dependencies([v]):
        tf.no_op(name="after")
    return [[m.name, m.dtype.name] for m in made] + [op.type]


def _operators(tf, use_resource):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="v", use_resource=use_resource)
    w = tf.Variable([[5.0, 6.0], [7.0, 8.0]], name="w", use_resource=use_resource)
    made = [v + 1.0, 1.0 + v, v + w, v * w, v @ w, -v, abs(v), v > 1.0, v - w, v[0], v[0, 1:], v[0].assign([9.0, 9.0])]
    made += [v**2.0, v / 2.0, 2.0 / v, v // 2.0, v % 2.0, tf.identity(w) + v]
    return [[m.name, m.dtype.name, m.shape.as_list()] for m in made if hasattr(m, "shape")] + [v == w, v == v, v != w]


@program
def operators_of_refs(tf):
    return _operators(tf, False)


@program
def operators_of_resources(tf):
    return _operators(tf, True)


@program
def scatters(tf):
    v = tf.Variable([1.0, 2.0], name="v")
    s = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
    made = [v.scatter_update(s), v.scatter_add(s), v.scatter_sub(s), tf.scatter_update(v, [0], [1.0])]
    made += [tf.scatter_add(v, [0], [1.0]), tf.scatter_sub(v, [0], [1.0]), tf.scatter_mul(v, [0], [1.0])]
    made += [tf.scatter_div(v, [0], [2.0]), tf.scatter_min(v, [0], [1.0]), tf.scatter_max(v, [0], [1.0])]
    made += [v.scatter_nd_add([[0]], [1.0]), v.scatter_nd_sub([[0]], [1.0]), v.scatter_nd_update([[0]], [1.0])]
    made += [tf.scatter_nd_update(v, [[0]], [1.0]), tf.scatter_nd_add(v, [[0]], [1.0])]
    return [[m.name, m.dtype.name] for m in made]


@program
def scatters_of_resources(tf):
    v = tf.Variable([1.0, 2.0], name="v", use_resource=True)
    s = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
    v.scatter_update(s)
    v.scatter_sub(s)
    tf.scatter_add(v, [0], [1.0])
    v.scatter_nd_add([[0]], [1.0])
    tf.scatter_nd_update(v, [[0]], [1.0])
    return []


@program
def devices(tf):
    with tf.device("/gpu:0"):
        tf.Variable(1.0, name="v")
        tf.get_variable("w", [2], initializer=tf.ones_initializer())
        tf.get_variable("x", [2], initializer=tf.ones_initializer(), use_resource=True)
    tf.Variable(1.0, name="cached", caching_device="/device:CPU:0")
    tf.Variable(1.0, name="cached_resource", caching_device="/device:CPU:0", use_resource=True)
    return []


@program
def get_variable_kinds(tf):
    z = tf.zeros_initializer()
    made = [
        tf.get_variable("a", [2, 3]),
        tf.get_variable("b", [2], dtype=tf.int32),
        tf.get_variable("c", initializer=3.0),
        tf.get_variable("d", initializer=tf.constant([1.0, 2.0])),
        tf.get_variable("e", [], initializer=z, trainable=False),
        tf.get_variable("f", 3, initializer=tf.zeros_initializer),
        tf.get_variable("g", [2], dtype=tf.string),
        tf.get_variable("h", [2], dtype=tf.bool),
        tf.get_variable("i", initializer=lambda: tf.constant([1.0])),
        tf.get_variable("j", [2], collections=["mine"], initializer=z),
        tf.get_local_variable("k", [2], initializer=z),
        tf.get_variable("l", initializer=1, dtype=tf.int32),
        tf.get_variable("m", [1100], initializer=z),
        tf.get_variable("n", [2], dtype=tf.float64, initializer=tf.ones_initializer()),
    ]
    return [repr(v) for v in made] + [named(tf.get_collection("mine")), named(tf.trainable_variables())]


@program
def regularizers(tf):
    def loss(w):
        return tf.identity(w, name="loss")

    with tf.variable_scope("s", regularizer=loss):
        tf.get_variable("a", [2], initializer=tf.zeros_initializer())
        tf.get_variable("b", [2], initializer=tf.zeros_initializer(), regularizer=tf.no_regularizer)
    tf.get_variable("c", [2], initializer=tf.zeros_initializer(), regularizer=lambda w: None)
    return named(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))


def _v(tf, name="v"):
    return tf.get_variable(name, [1], initializer=tf.zeros_initializer())


@program
def scope_names(tf):
    facts = []
    with tf.variable_scope("a") as a:
        facts += [_v(tf).name, tf.constant(1.0, name="c").name, tf.Variable(1.0, name="u").name, a.name, a.original_name_scope]
        with tf.variable_scope("b") as b:
            facts += [_v(tf).name, tf.constant(1.0, name="c").name, b.name, b.original_name_scope]
    with tf.variable_scope("a", reuse=True) as again:
        facts += [_v(tf).name, tf.constant(1.0, name="c").name, tf.Variable(1.0, name="u").name, again.original_name_scope]
    with tf.variable_scope(a) as a2:
        facts += [tf.constant(1.0, name="c").name, a2.original_name_scope, a2.name, _v(tf, "w").name]
    with tf.variable_scope("x"), tf.variable_scope(b) as b2:
        facts += [tf.constant(1.0, name="c").name, b2.original_name_scope, b2.name, _v(tf, "w").name]
    with tf.name_scope("n"):
        facts += [_v(tf, "gw").name]
        with tf.variable_scope("m", auxiliary_name_scope=False) as m:
            facts += [_v(tf).name, tf.constant(1.0, name="c").name, m.original_name_scope]
        with tf.variable_scope(b, auxiliary_name_scope=False) as m:
            facts += [_v(tf, "y").name, tf.constant(1.0, name="c").name, m.original_name_scope]
        with tf.variable_scope(tf.get_variable_scope()) as root:
            facts += [_v(tf, "rooted").name, tf.constant(1.0, name="c").name, root.original_name_scope]
    with tf.variable_scope(""):
        facts += [_v(tf, "empty").name, tf.constant(1.0, name="c").name]
    with tf.variable_scope("a"), tf.variable_scope(""):
        facts += [_v(tf, "empty").name, tf.constant(1.0, name="c").name]
    with tf.variable_scope("p/q") as p:
        facts += [_v(tf).name, tf.constant(1.0, name="c").name, p.name]
    with tf.variable_scope(a.original_name_scope):
        facts += [tf.get_variable_scope().name]
    with tf.name_scope(a.original_name_scope):
        facts += [tf.constant(1.0, name="c").name]
    return facts


@program
def default_names(tf):
    facts = []

    def layer(default="d"):
        with tf.variable_scope(None, default) as s:
            facts.append([s.name, s.original_name_scope, _v(tf).name])

    layer()
    layer()
    layer("e")
    with tf.variable_scope("a"):
        layer()
        layer()
        layer("e")
    with tf.variable_scope("a") as a:
        tf.get_variable_scope().reuse_variables()
        layer()
    with tf.variable_scope(a):
        with tf.variable_scope(None, "d") as s:
            facts.append(s.name)
        with tf.variable_scope(None, "d") as s:
            facts.append(s.name)
    with tf.variable_scope(a), tf.variable_scope(None, "d") as s:
        facts.append(s.name)
    with tf.variable_scope("d_2"):
        pass
    layer()
    with tf.variable_scope("b"), tf.variable_scope("d"), tf.variable_scope(None, "z") as s:
        facts.append(s.name)
    with tf.variable_scope("b"):
        with tf.variable_scope(None, "d") as s:
            facts.append(s.name)
        with tf.variable_scope("d"), tf.variable_scope(None, "z") as s:
            facts.append(s.name)
    with tf.variable_scope("named", "d") as s:
        facts.append(s.name)
    with tf.variable_op_scope([], None, "op") as s:
        facts.append(s.name)
    with tf.variable_op_scope([tf.constant(1.0)], None, "op") as s:
        facts.append(s.name)
    return facts


@program
def nested_at_random(tf):
    seen, saved, rng = [], [], random.Random(3)

    def go(depth):
        for _ in range(rng.randint(1, 4)):
            kind = rng.random()
            if kind < 0.35:
                scope = tf.variable_scope(rng.choice(["a", "b", "a/b", "d_1"]))
            elif kind < 0.75:
                scope = tf.variable_scope(None, rng.choice(["d", "a", "e/f"]))
            elif saved:
                scope = tf.variable_scope(rng.choice(saved))
            else:
                continue
            with scope as s:
                seen.append(s.name + " " + s.original_name_scope)
                saved.append(s)
                if depth < 4 and rng.random() < 0.6:
                    go(depth + 1)

    while len(seen) < 150:
        go(0)
    return seen


@program
def default_name_collides_after_reentry(tf):
    for _ in range(2):
        with tf.variable_scope("a"), tf.variable_scope(None, "dense"):
            _v(tf)


@program
def reuse_rules(tf):
    facts = []

    def see(scope):
        facts.append(str(scope.reuse))

    for outer in (None, False, True, tf.AUTO_REUSE):
        with tf.variable_scope("o", reuse=outer) as s:
            see(s)
            for inner in (None, False, True, tf.AUTO_REUSE):
                with tf.variable_scope("i", reuse=inner) as t:
                    see(t)
                with tf.variable_scope(s, reuse=inner) as t:
                    see(t)
    for inner in (None, False, True, tf.AUTO_REUSE):
        with tf.variable_scope(s, reuse=inner) as t:
            see(t)
    with tf.variable_scope("a"):
        first = _v(tf)
        tf.get_variable_scope().reuse_variables()
        facts.append(_v(tf) is first)
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        facts.append(_v(tf) is first)
        facts.append(_v(tf, "new").name)
    see(tf.get_variable_scope())
    return facts


@program
def scope_settings(tf):
    facts = []
    with tf.variable_scope("a", dtype=tf.float64, initializer=tf.ones_initializer(), use_resource=True) as a:
        v = tf.get_variable("v", [2])
        with tf.variable_scope("b", initializer=tf.constant_initializer(3)) as b:
            w = tf.get_variable("w", [2])
    with tf.variable_scope(a):
        x = tf.get_variable("x", [2])
    with tf.variable_scope(b, dtype=tf.int32, use_resource=False):
        y = tf.get_variable("y", [2])
    a.set_dtype(tf.float16)
    with tf.variable_scope(a):
        z = tf.get_variable("z", [2])
    facts += [repr(i) for i in (v, w, x, y, z)]
    facts += [named(a.trainable_variables()), named(b.global_variables()), named(a.local_variables())]
    return facts


@program
def custom_getters(tf):
    seen = []

    def outer(getter, name, *args, **kwargs):
        seen.append(["outer", name, sorted(kwargs)])
        return getter(name + "_o", *args, **kwargs)

    def inner(getter, name, *args, **kwargs):
        seen.append(["inner", name])
        return getter(name + "_i", *args, **kwargs)

    def plain(getter, name, shape, dtype, **kwargs):
        seen.append(["plain", name, shape, dtype.name, kwargs["reuse"], kwargs["trainable"]])
        return tf.identity(getter(name, shape, dtype, **kwargs))

    with tf.variable_scope("s", custom_getter=outer) as s:
        seen.append(_v(tf).name)
        with tf.variable_scope("t", custom_getter=inner):
            seen.append(_v(tf).name)
    with tf.variable_scope(s, custom_getter=inner):
        seen.append(_v(tf, "w").name)
    made = tf.get_variable("x", [1], initializer=tf.zeros_initializer(), custom_getter=plain)
    seen.append(made.name)
    return seen


@program
def creators(tf):
    seen = []

    def outer(next_creator, **kwargs):
        seen.append(["outer", kwargs["name"], sorted(kwargs)])
        return next_creator(**kwargs)

    def inner(next_creator, **kwargs):
        seen.append(["inner", kwargs["name"]])
        kwargs["name"] = "renamed"
        return next_creator(**kwargs)

    with tf.variable_creator_scope(outer), tf.variable_creator_scope(inner):
        seen.append(tf.Variable(1.0, name="v").name)
        seen.append(tf.get_variable("w", [1], initializer=tf.zeros_initializer()).name)
    return seen


@program
def partitioned(tf):
    facts = []
    z = tf.zeros_initializer()
    p = tf.get_variable("p", [5, 2], initializer=z, partitioner=tf.fixed_size_partitioner(3))
    facts += [named(p), [v.get_shape().as_list() for v in p], p.name, p.get_shape().as_list(), p.dtype.name]
    facts += [[v._save_slice_info.spec, v._save_slice_info.full_name] for v in p]
    facts.append(tf.convert_to_tensor(p).name)
    with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(2, axis=1)):
        q = tf.get_variable("q", [2, 3], initializer=z)
        facts += [named(q), [v.get_shape().as_list() for v in q]]
        facts.append(tf.get_variable("scalar", [], initializer=z).name)
    with tf.variable_scope("s", reuse=True):
        facts.append(tf.get_variable("q", [2, 3]) is q)
    facts += [named(tf.global_variables())]
    one = tf.get_variable("one", [2, 2], initializer=z, partitioner=tf.fixed_size_partitioner(1))
    facts += [named(one), tf.convert_to_tensor(one).name]
    return facts


@program
def partitioners(tf):
    facts = []
    for shape in ([10, 3], [1, 3], [7], [1000, 1000]):
        shape = tf.TensorShape(shape)
        for cut in (
            tf.fixed_size_partitioner(4),
            tf.min_max_variable_partitioner(5, min_slice_size=16),
            tf.min_max_variable_partitioner(5),
            tf.variable_axis_size_partitioner(64),
            tf.variable_axis_size_partitioner(64, max_shards=2),
        ):
            facts += [cut(shape=shape, dtype=tf.float32), cut(shape=shape, dtype=tf.string)]
    return [[int(i) for i in f] for f in facts]


@program
def template(tf):
    facts = []

    def layer(x, scale):
        w = tf.get_variable("w", [1], initializer=tf.zeros_initializer())
        facts.append([w.name, tf.identity(x, name="out").name, scale])
        return w

    t = tf.make_template("layer", layer, scale=2)
    facts.append(t(1.0) is t(2.0))
    u = tf.make_template("layer", layer, create_scope_now_=True, scale=3)
    facts.append([u.variable_scope.name, t.variable_scope.name])
    v = tf.make_template("layer", layer, unique_name_="layer", scale=3)
    u(1.0)
    with tf.variable_scope("a"):
        u(1.0)
        tf.make_template("layer", layer, scale=1)(1.0)
    with tf.variable_scope("layer", reuse=True):
        pass
    facts += [named(t.trainable_variables), t.name, v.name]
    return facts


@program
def template_with_new_variable(tf):
    t = tf.make_template("t", lambda: tf.Variable(1.0))
    t()
    t()


@program
def dependent(tf):
    a = tf.Variable([2.0], name="a")
    b = tf.Variable(a.initialized_value() * 3.0, name="b")
    c = tf.Variable(b * a, name="c")
    d = tf.get_variable("d", initializer=lambda: a.initialized_value() + 1.0)
    e = tf.Variable(5.0, name="e", use_resource=True)
    f = tf.Variable(e.initialized_value() * 2.0, name="f", use_resource=True)
    return named([a, b, c, d, e, f, a.initialized_value(), a.initialized_value(), e.initialized_value()])


@program
def slices(tf):
    tf.Variable(tf.range(6)[1:4] * 2, name="a")
    tf.Variable(tf.zeros([2, 3]) + 1.0, name="b")
    return []


@program
def initializer_functions(tf):
    facts = []
    tf.Variable(1.0, name="a")
    tf.get_local_variable("b", [1], initializer=tf.zeros_initializer())
    for op in (
        tf.global_variables_initializer(),
        tf.local_variables_initializer(),
        tf.variables_initializer([]),
        tf.variables_initializer(tf.global_variables(), name="mine"),
    ):
        facts.append([op.name, op.type, [c.name for c in op.control_inputs]])
    facts += [named(tf.all_variables()), named(tf.local_variables()), named(tf.model_variables())]
    return facts


@program
def reports(tf):
    empty = [tf.report_uninitialized_variables(), tf.assert_variables_initialized()]
    tf.Variable(1.0, name="a")
    one = [tf.report_uninitialized_variables(), tf.assert_variables_initialized()]
    tf.Variable(1.0, name="b", use_resource=True)
    two = [tf.report_uninitialized_variables(name="r"), tf.assert_variables_initialized()]
    return [None if t is None else t.name for t in empty + one + two]


@program
def protos(tf):
    facts = []
    for use_resource in (False, True):
        with tf.name_scope("n"):
            v = tf.Variable([1.0], name="v", use_resource=use_resource, trainable=not use_resource)
        facts.append(str(v.to_proto()))
        facts.append(str(v.to_proto(export_scope="n")))
        facts.append(v.to_proto(export_scope="zzz"))
        facts.append(repr(tf.Variable.from_proto(v.to_proto())))
    return facts


@program
def initializers(tf):
    shape = [3, 4]
    for i, (init, kind) in enumerate(
        [
            (tf.zeros_initializer(), tf.float32),
            (tf.ones_initializer(), tf.int64),
            (tf.constant_initializer(3.0), tf.float32),
            (tf.constant_initializer([1, 2]), tf.int32),
            (tf.random_uniform_initializer(-1, 1, seed=3), tf.float32),
            (tf.random_uniform_initializer(0, 10), tf.int32),
            (tf.random_normal_initializer(1.0, 2.0), tf.float32),
            (tf.truncated_normal_initializer(stddev=0.1, seed=7), tf.float64),
            (tf.uniform_unit_scaling_initializer(1.43), tf.float32),
            (tf.variance_scaling_initializer(2.0, "fan_out"), tf.float32),
            (tf.variance_scaling_initializer(distribution="untruncated_normal"), tf.float32),
            (tf.variance_scaling_initializer(distribution="uniform"), tf.float32),
            (tf.glorot_uniform_initializer(), tf.float32),
            (tf.glorot_normal_initializer(seed=1), tf.float32),
            (tf.initializers.he_normal(), tf.float32),
            (tf.initializers.he_uniform(), tf.float32),
            (tf.initializers.lecun_normal(), tf.float32),
            (tf.initializers.lecun_uniform(), tf.float32),
            (tf.contrib.layers.xavier_initializer(), tf.float32),
            (tf.contrib.layers.xavier_initializer(uniform=False), tf.float32),
            (tf.contrib.layers.variance_scaling_initializer(), tf.float32),
            (tf.contrib.layers.variance_scaling_initializer(1.0, "FAN_OUT", True), tf.float64),
        ]
    ):
        tf.get_variable(f"v{i}", shape, initializer=init, dtype=kind)
    tf.get_variable("scalar", [])
    tf.get_variable("vector", [4])
    tf.get_variable("kernel", [2, 3, 4, 8])
    return []


@program
def matrix_initializers(tf):
    tf.get_variable("o", [2, 3], initializer=tf.orthogonal_initializer())
    tf.get_variable("p", [4, 2, 3], initializer=tf.orthogonal_initializer(2.0, seed=7))
    tf.get_variable("i", [3, 3], initializer=tf.initializers.identity(2.0))
    tf.get_variable("j", [2, 3], initializer=tf.initializers.identity())
    return []


@program
def initializer_configs(tf):
    made = [
        tf.zeros_initializer(),
        tf.ones_initializer(tf.int32),
        tf.constant_initializer(2),
        tf.random_uniform_initializer(),
        tf.random_normal_initializer(seed=3),
        tf.truncated_normal_initializer(),
        tf.uniform_unit_scaling_initializer(),
        tf.variance_scaling_initializer(),
        tf.orthogonal_initializer(),
        tf.initializers.identity(),
        tf.glorot_uniform_initializer(),
        tf.glorot_normal_initializer(4),
        tf.initializers.he_normal(),
    ]
    facts = [[type(i).__name__, i.get_config()] for i in made]
    return facts + [type(i).from_config(i.get_config()).get_config() for i in made]


@program
def partitioned_initializers(tf):
    cut = tf.fixed_size_partitioner(2)
    for name, init in (
        ("a", tf.glorot_uniform_initializer()),
        ("b", tf.uniform_unit_scaling_initializer()),
        ("c", tf.initializers.identity()),
        ("d", tf.constant([[1.0], [2.0], [3.0]])),
    ):
        shape = None if name == "d" else [3, 2]
        tf.get_variable(name, shape, initializer=init, partitioner=cut)
    return []


def _error(name):
    def register(fn):
        fn.__name__ = "error_" + name
        return program(fn)

    return register


@_error("exists")
def _e(tf):
    for _ in range(2):
        with tf.variable_scope("a"):
            _v(tf, "w")


@_error("missing")
def _e(tf):  # noqa: F811
    with tf.variable_scope("a", reuse=True):
        _v(tf, "w")


@_error("shape")
def _e(tf):  # noqa: F811
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        for n in (2, 3):
            tf.get_variable("w", [n], initializer=tf.zeros_initializer())


@_error("dtype")
def _e(tf):  # noqa: F811
    with tf.variable_scope("a", reuse=tf.AUTO_REUSE):
        for kind in (tf.float32, tf.int32):
            tf.get_variable("w", [1], kind, initializer=tf.zeros_initializer())


@_error("unknown_shape")
def _e(tf):  # noqa: F811
    tf.get_variable("v")


@_error("partial_shape")
def _e(tf):  # noqa: F811
    tf.get_variable("v", [None, 2], initializer=tf.zeros_initializer())


@_error("complex_without_initializer")
def _e(tf):  # noqa: F811
    tf.get_variable("v", [2], dtype=tf.complex64)


@_error("constant_and_shape")
def _e(tf):  # noqa: F811
    tf.get_variable("v", [2], initializer=tf.constant([1.0, 2.0]))


@_error("constant_of_other_dtype")
def _e(tf):  # noqa: F811
    tf.get_variable("v", initializer=tf.constant([1.0, 2.0]), dtype=tf.int32)


@_error("partitioner")
def _e(tf):  # noqa: F811
    tf.get_variable("v", [3], partitioner=3)


@_error("custom_getter")
def _e(tf):  # noqa: F811
    tf.get_variable("v", [3], custom_getter=3)


@_error("no_scope_name")
def _e(tf):  # noqa: F811
    tf.variable_scope(None)


@_error("reuse_without_name")
def _e(tf):  # noqa: F811
    with tf.variable_scope(None, "d", reuse=True):
        pass


@_error("scope_of_wrong_type")
def _e(tf):  # noqa: F811
    with tf.variable_scope(3):
        pass


@_error("reuse_of_wrong_type")
def _e(tf):  # noqa: F811
    with tf.variable_scope("a", reuse="x"):
        _v(tf)


@_error("no_initial_value")
def _e(tf):  # noqa: F811
    tf.Variable()


@_error("unknown_initial_shape")
def _e(tf):  # noqa: F811
    tf.Variable(tf.placeholder(tf.float32), name="v")


@_error("constraint")
def _e(tf):  # noqa: F811
    tf.Variable(1.0, constraint=3)


@_error("collections")
def _e(tf):  # noqa: F811
    tf.Variable(1.0, collections="x")


@_error("iterated")
def _e(tf):  # noqa: F811
    list(tf.Variable([1.0]))


@_error("assigned_shape")
def _e(tf):  # noqa: F811
    tf.Variable([1.0, 2.0], name="v", use_resource=True).assign([1.0])


@_error("partitioned_exists")
def _e(tf):  # noqa: F811
    for _ in range(2):
        tf.get_variable("p", [4], initializer=tf.zeros_initializer(), partitioner=tf.fixed_size_partitioner(2))


@_error("partitioned_without_partitioner")
def _e(tf):  # noqa: F811
    tf.get_variable("p", [4], initializer=tf.zeros_initializer(), partitioner=tf.fixed_size_partitioner(2))
    tf.get_variable("p", [4], initializer=tf.zeros_initializer())


@_error("too_many_constants")
def _e(tf):  # noqa: F811
    tf.get_variable("v", [2], initializer=tf.constant_initializer([1.0, 2.0, 3.0]))


@_error("constant_shape")
def _e(tf):  # noqa: F811
    tf.get_variable("v", [2, 2], initializer=tf.constant_initializer([1.0, 2.0], verify_shape=True))


@_error("constant_type")
def _e(tf):  # noqa: F811
    tf.constant_initializer(object())


@_error("orthogonal_vector")
def _e(tf):  # noqa: F811
    tf.get_variable("v", [2], initializer=tf.orthogonal_initializer())


@_error("integer_normal")
def _e(tf):  # noqa: F811
    tf.random_normal_initializer(dtype=tf.int32)
