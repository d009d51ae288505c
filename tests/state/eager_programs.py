"""Small programs on variables in eager mode, run by `tests/golden/record_eager_variables.py` under TensorFlow and by the tests under Mainstem.

Each takes TensorFlow 2's namespace and gives facts that JSON can hold. An error counts by its type.
"""

import copy

import numpy as np

PROGRAMS = {}


def program(fn):
    PROGRAMS[fn.__name__] = fn
    return fn


def outcome(fn):
    """What `fn` gives, in plain form, or the type of its error."""
    try:
        return plain(fn())
    except Exception as e:
        return "!" + type(e).__name__


def plain(x):
    if x is None or isinstance(x, (bool, int, float, str)):
        return x
    if isinstance(x, bytes):
        return x.decode()
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if hasattr(x, "assign_add"):
        return ["variable", x.name, str(x.shape), x.dtype.name, plain(x.numpy())]
    if hasattr(x, "numpy"):
        return ["tensor", str(x.shape), x.dtype.name, plain(x.numpy())]
    return plain(np.asarray(x).tolist())


@program
def made(tf):
    v = tf.Variable
    return [
        outcome(f)
        for f in (
            lambda: v([1.0, 2.0], name="w"),
            lambda: v(1, dtype=tf.float32),
            lambda: v(np.ones(2)),
            lambda: v("abc"),
            lambda: v(True),
            lambda: v(["a", "b"]),
            lambda: v(lambda: tf.ones([2])),
            lambda: v(v(3.0) * 2.0),
            lambda: v(v(3.0)),
            lambda: v([1.0, 2.0], shape=tf.TensorShape(None)),
            lambda: v([1.0, 2.0], shape=[None]),
            lambda: v([1.0, 2.0], shape=[3]),
            lambda: v([1.0, 2.0], validate_shape=False),
            lambda: v(),
            lambda: v(None),
            lambda: v(1.0, constraint=3),
            lambda: [v(1.0).trainable, v(1.0, trainable=False).trainable, v(1.0, False).trainable],
            lambda: v(1.0, synchronization=tf.VariableSynchronization.ON_READ).trainable,
        )
    ]


@program
def shown(tf):
    values = ([1.0, 2.0], 6.0, "abc", True, [[1.0], [2.0]], 3, [b"x"], np.float64(0.1))
    texts = [repr(tf.Variable(x, name="w")) for x in values] + [str(tf.Variable(7))]
    texts.append(repr(tf.Variable([1.0], shape=tf.TensorShape(None)).assign([[2.0]])))
    texts.append(repr(tf.Variable(2.0).ref()))
    return texts


@program
def names(tf):
    out = [tf.Variable(1.0).name, tf.Variable(1.0).name]
    with tf.name_scope("a"):
        out.append(tf.Variable(1.0).name)
        with tf.name_scope("b") as scope:
            out += [scope, tf.Variable(1.0, name="q").name]
        with tf.name_scope("b"):
            out.append(tf.Variable(1.0, name="q").name)
    with tf.name_scope(scope):
        out.append(tf.Variable(1.0, name="r").name)
    return out + [tf.Variable(1.0, name="x/y").name]


@program
def assigned(tf):
    v = tf.Variable([1.0, 2.0], name="w")
    out = [outcome(f) for f in (
        lambda: v.assign([4.0, 5.0]),
        lambda: v.assign_add([1.0, 1.0]),
        lambda: v.assign_sub([0.5, 1.0]),
        lambda: v.assign([4.0, 5.0], read_value=False),
        lambda: v.assign_add([1.0, 1.0], read_value=False),
        lambda: v.assign_add([1.0, 1.0]).assign_add([1.0, 1.0]),
        lambda: v.assign([4.0, 5.0], name="x", use_locking=True) + 1.0,
        lambda: v.assign([1.0, 2.0, 3.0]),
        lambda: v.assign_add([1.0, 2.0, 3.0]),
        lambda: v.assign_add(1.0),
        lambda: v.assign(["a", "b"]),
        lambda: v.assign(tf.constant([1, 2])),
        lambda: v.assign([1, 2]),
        lambda: v.assign(np.array([0.25, 0.5])),
        lambda: v.assign(v * 2.0),
        lambda: v.load([9.0, 9.0]),
        lambda: v.read_value(),
        lambda: v.value(),
        lambda: v.initializer,
        lambda: v.is_initialized(),
    )]  # fmt: skip
    before = v.value()
    v.assign([0.0, 0.0])
    return out + [plain(before), plain(v)]


@program
def wrong_shape(tf):
    out = []
    for v, value in (
        (tf.Variable([1.0, 2.0], name="w"), [1.0]),
        (tf.Variable([1.0, 2.0], shape=[None]), [[1.0]]),
        (tf.Variable(1.0), [[1.0]]),
    ):
        try:
            v.assign(value)
        except ValueError as e:
            out.append(str(e))
    return out


@program
def growing(tf):
    v = tf.Variable([1.0, 2.0], shape=tf.TensorShape(None))
    v.assign([[1.0, 2.0, 3.0]])
    w = tf.Variable([1.0, 2.0], shape=[None])
    w.assign([1.0, 2.0, 3.0])
    return [plain(v), str((v + 1).shape), plain(w), str(w.get_shape()), str(w.value().shape)]


@program
def scattered(tf):
    rows = tf.IndexedSlices(values=tf.constant([10.0]), indices=tf.constant([1]))
    out = []
    for kind in ("update", "add", "sub", "mul", "div", "min", "max"):
        out.append(plain(getattr(tf.Variable([1.0, 2.0, 3.0]), "scatter_" + kind)(rows)))
    for kind in ("update", "add", "sub", "max", "min"):
        out.append(plain(getattr(tf.Variable([1.0, 2.0, 3.0]), "scatter_nd_" + kind)([[0], [2]], [5.0, 6.0])))
    batch = tf.IndexedSlices(tf.constant([[9.0], [8.0]]), tf.constant([[0], [1]]))
    out.append(plain(tf.Variable([[1.0, 2.0], [3.0, 4.0]]).batch_scatter_update(batch)))
    v = tf.Variable([7.0, 8.0])
    out += [outcome(lambda: tf.Variable([1.0]).scatter_update([1])), plain(v.sparse_read([0])), plain(v.gather_nd([[1]]))]
    v1 = tf.compat.v1
    out += [plain(v1.assign(v, [1.0, 1.0])), plain(v1.assign_add(v, [1.0, 1.0])), plain(v1.assign_sub(v, [0.5, 0.5]))]
    out += [plain(v1.scatter_update(v, [0], [5.0])), plain(v1.scatter_nd_update(v, [[0]], [6.0]))]
    n = tf.Variable(1)
    return out + [plain(n.count_up_to(3)), plain(n.count_up_to(3)), outcome(lambda: n.count_up_to(3)), plain(n)]


@program
def sliced(tf):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    out = [plain(v[0]), plain(v[:, 1]), plain(v[..., None]), plain(v[v > 2.0])]
    out += [plain(v[0].assign([9.0, 8.0])), plain(v[:, 0].assign([7.0, 6.0])), plain(v[0, 1].assign(5.0)), plain(v)]
    return out


@program
def operators(tf):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([3.0, 4.0])
    out = [v + 1, 1 + v, v * w, v - [1.0, 1.0], 2 / v, v / 2, v**2, -v, abs(-v), v // 2, v % 2, v < w, v >= w, 2.0**v]
    out += [tf.Variable([[1.0, 2.0]]) @ tf.Variable([[1.0], [2.0]]), ~tf.Variable(True), tf.Variable(True) & True]
    out = [plain(x) for x in out]

    def in_place():
        x = v
        x += 1

    return out + [outcome(in_place), outcome(lambda: tf.add(v, w)), outcome(lambda: tf.reduce_sum([v, w]))]


@program
def compared(tf):
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([1.0, 3.0])
    return [
        plain(v == w), plain(v != w), plain(v == [1.0, 2.0]), outcome(lambda: v == [1.0, 2.0, 3.0]),
        outcome(lambda: hash(v)), v.ref() == v.ref(), v.ref() == w.ref(), v.ref().deref() is v, len({v.ref(), v.ref(), w.ref()}),
    ]  # fmt: skip


@program
def converted(tf):
    v = tf.Variable([1.5, 2.5])
    return [
        outcome(f)
        for f in (
            lambda: np.asarray(v),
            lambda: np.array(v, np.float64).dtype.name,
            lambda: np.add(v, 1.0),
            lambda: list(v),
            lambda: len(v),
            lambda: int(tf.Variable(3)),
            lambda: float(tf.Variable(3.5)),
            lambda: bool(tf.Variable(0.0)),
            lambda: bool(v),
            lambda: [1, 2, 3][tf.Variable(1)],
            lambda: tf.is_tensor(v),
            lambda: tf.convert_to_tensor(v),
            lambda: tf.convert_to_tensor(v, tf.int32),
            lambda: tf.identity(v),
            lambda: tf.stack([v, v]),
            lambda: v.numpy().dtype.name,
            lambda: v.numpy() is v.numpy(),
            lambda: isinstance(v, tf.Variable),
            lambda: isinstance(v, (tf.compat.v1.Variable, tf.Variable)),
            lambda: v.shape.as_list(),
            lambda: v.dtype.name,
            lambda: v.device,
            lambda: v.handle.dtype.name,
        )
    ]


@program
def copied(tf):
    v = tf.Variable([1.0], name="w", trainable=False)
    c = copy.deepcopy(v)
    c.assign([5.0])
    held = copy.deepcopy({"a": [v, v]})
    return [plain(v), plain(c), c.trainable, held["a"][0] is held["a"][1], held["a"][0] is v, copy.copy(v) is v]


@program
def without_graph(tf):
    v = tf.Variable(1.0)
    reads = ("op", "graph", "initial_value")
    out = [outcome(lambda name=name: getattr(v, name)) for name in reads]
    v1 = tf.compat.v1
    out += [outcome(v.eval), outcome(v.to_proto), v1.trainable_variables(), v1.global_variables(), v1.local_variables()]
    out += [v1.global_variables_initializer(), v1.variables_initializer([v]), plain(v1.is_variable_initialized(v))]
    return out + [outcome(lambda: v.set_shape([])), outcome(lambda: v.set_shape([3]))]


@program
def got(tf):
    v1 = tf.compat.v1
    ones = v1.ones_initializer()
    a, b = v1.get_variable("g", [2], initializer=ones), v1.get_variable("g", [2], initializer=ones)
    out = [plain(a), a is b]
    with v1.variable_scope("s", initializer=ones) as s:
        c, d = v1.get_variable("g", [2]), tf.Variable(1.0, name="v")
        with tf.name_scope("n"):
            e, f = tf.Variable(1.0, name="d"), v1.get_variable("e", [2])
        with v1.variable_scope("t"):
            g = v1.get_variable("e", [2])
    out += [x.name for x in (c, d, e, f, g)] + [str(s.reuse), s.name]
    for reuse in (True, False, v1.AUTO_REUSE):
        with v1.variable_scope("s", reuse=reuse, initializer=ones):
            h = v1.get_variable("g", [2])
        out += [h.name, h is c]
    for _ in range(2):
        with v1.variable_scope(None, "dflt", initializer=ones) as s:
            out += [v1.get_variable("g", [2]).name, s.name]
    with v1.variable_scope(s, initializer=ones):
        out.append(v1.get_variable("k", [2]).name)
    r = v1.get_variable("r", [2], use_resource=False, initializer=v1.zeros_initializer(), trainable=False)
    out += [plain(r), r.trainable, hasattr(r, "handle")]
    whole = v1.get_variable("p", [4], partitioner=v1.fixed_size_partitioner(2), initializer=ones)
    out += [[plain(x) for x in whole], plain(tf.identity(whole))]
    out += [plain(v1.get_variable("c", initializer=[1.0, 2.0])), plain(v1.get_variable("i", [2], tf.int32))]
    return out + [outcome(lambda: v1.get_variable("c", [2], initializer=[1.0, 2.0]))]


@program
def getters_and_creators(tf):
    v1, out = tf.compat.v1, []

    def getter(getter, name, *args, **kwargs):
        out.append(["getter", name, sorted(kwargs)])
        return getter(name + "_o", *args, **kwargs)

    def creator(make, **kwargs):
        out.append(["creator", sorted(k for k in kwargs if not k.startswith("experimental"))])
        kwargs["name"] = "made_" + (kwargs["name"] or "")
        return make(**kwargs)

    with v1.variable_scope("cg", custom_getter=getter):
        out.append(v1.get_variable("x", initializer=[1.0]).name)
    with tf.variable_creator_scope(creator):
        out.append(tf.Variable(1.0, name="b").name)
    with v1.variable_creator_scope(creator):
        out.append(v1.get_variable("z", initializer=[1.0]).name)
    return out


@program
def global_step(tf):
    train = tf.compat.v1.train
    step = train.get_or_create_global_step()
    step.assign_add(1)
    out = [plain(step), train.get_or_create_global_step() is step, train.get_global_step() is step]
    return out + [outcome(train.create_global_step), train.global_step(None, step) if False else int(step)]


@program
def seeded(tf):
    v1 = tf.compat.v1
    tf.random.set_seed(7)
    out = [plain(tf.Variable(tf.random.normal([2], seed=3))), plain(tf.Variable(tf.random.uniform([2])))]
    out.append(plain(v1.get_variable("a", [2], initializer=v1.truncated_normal_initializer(stddev=0.5, seed=2))))
    out.append(plain(v1.get_variable("b", [2, 2], initializer=v1.glorot_uniform_initializer(seed=5))))
    out.append(plain(tf.Variable(tf.random_normal_initializer(0.0, 1.0, seed=4)([2]))))
    return out


@program
def stores(tf):
    store = tf.EagerVariableStore() if hasattr(tf, "EagerVariableStore") else tf._store()
    v1, ones = tf.compat.v1, tf.compat.v1.ones_initializer()
    with store.as_default():
        a, b = v1.get_variable("b", [2], initializer=ones), v1.get_variable("b", [2], initializer=ones)
        c = v1.get_variable("a", [2], initializer=ones, trainable=False)
        wrong = outcome(lambda: v1.get_variable("a", [3], initializer=ones))
    again = store.copy()
    with again.as_default():
        d = v1.get_variable("b", [2], initializer=ones)
    lists = (store.variables(), store.trainable_variables(), store.non_trainable_variables(), again.variables())
    return [a is b, wrong, [[v.name for v in x] for x in lists], d is a, plain(c)]
