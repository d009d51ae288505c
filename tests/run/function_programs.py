"""Small programs with tf.function, run by `tests/golden/record_functions.py` under TensorFlow and by the tests under Mainstem.

Each takes TensorFlow 2's namespace and gives facts that JSON can hold. An error counts by its type.
"""

import collections
import functools

import numpy as np

try:
    from tests.run.autograph_programs import outcome
except ImportError:  # under TensorFlow, from this folder
    from autograph_programs import outcome

PROGRAMS = {}
Point = collections.namedtuple("Point", "x y")


def program(fn):
    PROGRAMS[fn.__name__] = fn
    return fn


def counted(tf, fn, calls, **options):
    """How often `fn` was traced after each of `calls` (lists of arguments)."""
    f = tf.function(fn, **options)
    counts = []
    for call in calls:
        f(*call)
        counts.append(f.experimental_get_tracing_count())
    return counts


@program
def traces(tf):
    c = tf.constant

    def same(x, y=None):
        return x

    def nothing(x):
        return None

    return [
        counted(tf, same, [[c(1)], [c(2)], [c(1.0)], [c([1])], [c([2])], [c([1, 2])]]),
        counted(tf, same, [[1], [1], [2], [2.5], ["a"], ["a"], [None]]),
        counted(tf, same, [[np.zeros(2)], [np.ones(2)], [np.ones(3)], [np.float32(1)], [np.float32(2)]]),
        counted(tf, same, [[[c(1), c(2)]], [[c(3), c(4)]], [(c(1), c(2))], [[c(1)]]]),
        counted(tf, same, [[{"a": c(1)}], [{"a": c(2)}], [{"b": c(1)}]]),
        counted(tf, same, [[Point(c(1), 2)], [Point(c(2), 2)], [Point(c(2), 3)]]),
        counted(tf, same, [[c(1), 3], [c(2), 3], [c(2), 4]]),
        counted(tf, same, [[tf.zeros([n])] for n in (1, 2, 3, 4)], reduce_retracing=True),
        counted(tf, same, [[tf.zeros([n, 2])] for n in (1, 2, 3)], input_signature=[tf.TensorSpec([None, 2])]),
        counted(tf, same, [[c(1), same], [c(1), same], [c(1), np.sum]]),
        counted(tf, nothing, [[tf.float32], [tf.float32], [tf.int32]]),
    ]


@program
def results(tf):
    c = tf.constant

    @tf.function
    def every_kind(x):
        return [1, "a", np.zeros(2), None, (x, {"k": 1.5}), Point(x, [])]

    @tf.function
    def nothing(x):
        x + 1

    @tf.function
    def the_same(x):
        return x, x

    @tf.function
    def defaults(x, y=2, *, z=3):
        return x * y + z

    @tf.function
    def variadic(*args, **kwargs):
        return sum(args), kwargs["k"]

    v = tf.Variable(3.0)
    return [
        outcome(every_kind, c(7)),
        outcome(nothing, c(7)),
        outcome(the_same, c(7)),
        outcome(defaults, c(1)),
        outcome(lambda: defaults(c(1), 5)),
        outcome(lambda: defaults(c(1), z=c(4))),
        outcome(lambda: defaults(y=c(1), x=c(2))),
        outcome(lambda: variadic(c(1), c(2), k=c(3))),
        outcome(tf.function(lambda x: x), 2.5),
        outcome(tf.function(lambda x: x), np.arange(3)),
        outcome(tf.function(lambda x: x), [1, 2]),
        outcome(tf.function(lambda: v)),
        outcome(tf.function(lambda w: w * 2.0), v),
        outcome(tf.function(functools.partial(lambda x, y: x - y, y=3)), c(5)),
        outcome(tf.function(lambda x: object()), c(5)),
        outcome(tf.function(lambda x: x), object()),
        outcome(tf.function(lambda x: 1), {1, 2}),
        outcome(tf.function(lambda x: tf.sparse.to_dense(x) * 2.0), tf.sparse.from_dense([[0.0, 2.0]])),
    ]


@program
def signatures(tf):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32), tf.TensorSpec([], tf.int32)])
    def f(x, n):
        return x * tf.cast(n, tf.float32)

    c = tf.constant
    return [
        outcome(f, c([1.0]), 3),
        outcome(f, [1.0, 2.0], 3),
        outcome(lambda: f(n=1, x=c([1.0]))),
        outcome(f, c([1]), 3),
        outcome(f, c(1.0), 3),
        outcome(f, c([1.0])),
        outcome(f, c([1.0]), 1, 2),
        outcome(lambda: f(c([1.0]), 1, foo=2)),
        outcome(f, "a", 1),
        outcome(lambda: tf.function(lambda x: x, input_signature=3)),
        outcome(lambda: tf.function(lambda x: x, input_signature=[3])),
        outcome(lambda: tf.function(lambda x: x, input_signature=[tf.TensorSpec([]), tf.TensorSpec([])])),
        str(f.input_signature),
        f.experimental_get_tracing_count(),
    ]


@program
def concrete(tf):
    @tf.function
    def f(x, y=2.0, *, z=3.0):
        return {"a": x * y, "b": [x + z, None]}

    g = f.get_concrete_function(tf.TensorSpec([None], tf.float32), 2.0, z=4.0)
    c = tf.constant
    return [
        str(g.structured_input_signature),
        [str(t.name) for t in g.inputs],
        [str(t.name) for t in g.outputs],
        sorted(g.structured_outputs),
        outcome(g, c([1.0])),
        outcome(lambda: g(x=c([1.0, 2.0]))),
        outcome(lambda: g()),
        outcome(lambda: g(q=c([1.0]))),
        outcome(g, c([1])),
        outcome(g, [1.0]),
        f.pretty_printed_concrete_signatures(),
        str(f.get_concrete_function(c([1.0]), 2.0, z=4.0) is g),
        outcome(lambda: f.get_concrete_function()),
        f.experimental_get_tracing_count(),
    ]


class Counter:
    def __init__(self, tf, start):
        self.tf, self.start, self.v = tf, start, None

    def add(self, x):
        if self.v is None:
            self.v = self.tf.Variable(self.start, name="total")
        self.v.assign_add(x)
        return self.v.read_value()


@program
def variables(tf):
    class Adder(Counter):
        __call__ = tf.function(Counter.add)

    a, b = Adder(tf, 1.0), Adder(tf, 100.0)
    made = []

    @tf.function
    def from_argument(x):
        if not made:
            made.append(tf.Variable(lambda: tf.ones([2]) * 3.0))
        return made[0] * x

    @tf.function
    def always(x):
        return tf.Variable(1.0) + x

    @tf.function
    def later(x):
        if x.shape == []:
            return x
        made.append(tf.Variable(1.0))
        return x + made[-1]

    outer = tf.Variable(1.0, trainable=False)

    @tf.function
    def order(x):
        before = outer.read_value()
        outer.assign_add(x)
        between = outer.read_value()
        outer.assign(outer * 2.0)
        return before, between, outer + 0.0

    first = outcome(a, tf.constant(2.0))
    return [
        first,
        outcome(a, tf.constant(3.0)),
        outcome(b, tf.constant(3.0)),
        outcome(from_argument, tf.constant(2.0)),
        outcome(always, tf.constant(2.0)),
        [outcome(later, tf.constant(1.0)), outcome(later, tf.constant([1.0]))],
        outcome(order, tf.constant(4.0)),
        outcome(order, tf.constant(1.0)),
        outcome(lambda: outer.numpy()),
        [v.name for v in a.__call__.get_concrete_function(tf.TensorSpec([])).variables],
    ]


@program
def nested(tf):
    v = tf.Variable(2.0)

    @tf.function
    def inner(x):
        v.assign_add(1.0)
        return x * v

    @tf.function
    def outer(x):
        y = inner(x) + inner(x)

        @tf.function
        def local(z):
            return z * x

        return local(y)

    @tf.function
    def in_loop(x):
        for _ in tf.range(3):
            x = inner(x)
        return x

    @tf.function
    def in_branch(x):
        if x > 0:
            return inner(x)
        return x

    c = tf.constant
    return [
        outcome(outer, c(1.0)),
        outcome(lambda: v.numpy()),
        outcome(in_loop, c(1.0)),
        outcome(in_branch, c(1.0)),
        outcome(in_branch, c(-1.0)),
        outcome(lambda: v.numpy()),
    ]


@program
def gradients(tf):
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    scale = tf.Variable(2.0)
    table = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    @tf.function
    def layer(x):
        return tf.tanh(tf.matmul(x, w))

    @tf.function
    def lookup(i):
        return tf.reduce_sum(tf.gather(table, i) ** 2.0)

    @tf.function
    def cube(x):
        return x * x * x

    @tf.function
    def several(x, n):
        return {"a": x * 2.0, "n": n + 1, "b": x * x}

    @tf.function
    def composed(x):
        return cube(x) + tf.sin(cube(x))

    @tf.function
    def ties(x):
        return tf.reduce_max(x) + tf.reduce_sum(tf.nn.relu(x)) + tf.reduce_sum(tf.abs(x - 1.0))

    @tf.custom_gradient
    def strange(x):
        return x * 2.0, lambda dy: dy * 100.0

    @tf.function
    def custom(x):
        return strange(x) * 3.0

    @tf.custom_gradient
    def steeper(x):
        e = tf.exp(x)

        def grad(dy):
            return dy * (e + 100.0 * x)

        return x * 2.0, grad

    @tf.custom_gradient
    def with_variable(x):
        def grad(dy, variables=None):
            return dy * 7.0, [dy * 11.0 for _ in variables]

        return x * scale, grad

    @tf.function
    def custom_in_loop(x):
        for _ in tf.range(2):
            x = steeper(x)
        return x

    @tf.function
    def custom_with_variable(x):
        for _ in tf.range(2):
            x = with_variable(x)
        return x

    @tf.function
    def ties_in_loop(x):
        for _ in tf.range(2):
            x = tf.nn.relu(x) + tf.abs(x) + tf.maximum(x, 0.0) + tf.reduce_max(x) + tf.clip_by_value(x, 0.0, 1.0)
        return tf.reduce_sum(x)

    def of_custom_variable():
        with tf.GradientTape() as tape:
            y = custom_with_variable(tf.constant(2.0))
        return tape.gradient(y, scale)

    @tf.function
    def custom_within(x):
        return custom(x * x) + custom(x)

    @tf.function
    def powers(n):
        y = tf.constant(1.0)
        for _ in tf.range(n):
            y = y * scale
        if n > 2:
            y = y + scale * 5.0
        return y

    @tf.function
    def powers_inside(n):
        with tf.GradientTape() as tape:
            y = powers(n)
        return tape.gradient(y, scale)

    def of_scale(n):
        with tf.GradientTape() as tape:
            y = powers(n)
        return tape.gradient(y, scale)

    @tf.function
    def inside(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = cube(x)
        return tape.gradient(y, x)

    def first(f, *args):
        xs = [tf.constant(a) for a in args]
        with tf.GradientTape() as tape:
            tape.watch(xs)
            y = f(*xs)
        return tape.gradient(y, xs)

    def of_variables():
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(layer(tf.constant([[0.1, 0.2]])))
        return [tape.gradient(y, w), [x.name for x in tape.watched_variables()]]

    def of_table():
        with tf.GradientTape() as tape:
            y = lookup(tf.constant([1, 1, 2]))
        g = tape.gradient(y, table)
        return [type(g).__name__, g.values, g.indices, tf.convert_to_tensor(g)]

    def higher(order, f=cube):
        x = tf.constant(2.0)
        tapes = [tf.GradientTape() for _ in range(order)]
        for t in tapes:
            t.__enter__()
            t.watch(x)
        y = f(x)
        for t in reversed(tapes):
            y = t.gradient(y, x)
            if t is not tapes[0]:
                t.__exit__(None, None, None)
        return y

    def changed_after():
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(layer(tf.constant([[0.1, 0.2]])) ** 2.0)
        w.assign(w * 0.0)
        g = tape.gradient(y, w)
        w.assign([[1.0, 2.0], [3.0, 4.0]])
        return g

    def persistent():
        x = tf.constant(3.0)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            out = several(x, tf.constant(1))
        return [tape.gradient(out["a"], x), tape.gradient(out["b"], x)]

    return [
        outcome(of_variables),
        outcome(of_table),
        outcome(first, cube, 2.0),
        outcome(first, composed, 0.5),
        outcome(first, ties, [2.0, 2.0, 0.0, 1.0]),
        outcome(first, custom, 1.0),
        outcome(first, custom_within, 2.0),
        outcome(first, custom_in_loop, 1.0),
        outcome(first, custom_with_variable, 2.0),
        outcome(of_custom_variable),
        outcome(first, ties_in_loop, [0.0, 0.0, 1.0, -1.0, 1.0]),
        outcome(higher, 2, lambda x: custom_in_loop(x * 0.5)),
        outcome(inside, tf.constant(2.0)),
        outcome(first, inside, 2.0),
        outcome(higher, 2),
        outcome(higher, 3),
        outcome(higher, 2, composed),
        outcome(changed_after),
        outcome(persistent),
        outcome(of_scale, tf.constant(3)),
        outcome(of_scale, 2),
        outcome(powers_inside, tf.constant(3)),
    ]


@program
def training(tf):
    w, b = tf.Variable([[0.5], [-0.3]]), tf.Variable([0.1])

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((tf.matmul(x, w) + b - y) ** 2.0)
        grads = tape.gradient(loss, [w, b])
        for v, g in zip([w, b], grads):
            v.assign_sub(0.1 * g)
        return loss

    x, y = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, -6.0]]), tf.constant([[1.0], [2.0], [3.0]])
    return [[outcome(step, x, y) for _ in range(4)], outcome(lambda: w.numpy()), outcome(lambda: b.numpy())]


@program
def eagerly(tf):
    seen = []

    @tf.function
    def f(x):
        seen.append(hasattr(x, "numpy") and tf.executing_eagerly())
        return x + 1

    f(tf.constant(1))
    tf.config.run_functions_eagerly(True)
    try:
        made = [outcome(f, tf.constant(1)), outcome(f, tf.constant(1)), tf.config.functions_run_eagerly()]
    finally:
        tf.config.run_functions_eagerly(False)
    return [made, len(seen), seen[0], seen[1], tf.config.functions_run_eagerly()]


@program
def specs(tf):
    spec = tf.TensorSpec
    return [
        outcome(lambda f=f: repr(f()))
        for f in (
            lambda: spec([None, 3]),
            lambda: spec([None, 3], "int32", "n"),
            lambda: spec(None),
            lambda: spec.from_tensor(tf.constant([1.0, 2.0])),
            lambda: spec.from_spec(spec([1], name="q"), name="r"),
            lambda: spec([None]).is_compatible_with(spec([3])),
            lambda: spec([3]).is_compatible_with(tf.zeros([3])),
            lambda: spec([3]).is_compatible_with(tf.zeros([4])),
            lambda: spec([3]).is_compatible_with(5),
            lambda: spec([3]) == spec([3]),
            lambda: spec([3], name="a") == spec([3], name="b"),
            lambda: hash(spec([3], name="a")) == hash(spec([3], name="b")),
            lambda: spec([3]).is_subtype_of(spec([None])),
            lambda: spec([3]).most_specific_common_supertype([spec([4])]),
            lambda: spec([3]).most_specific_common_supertype([spec([4], tf.int32)]),
            lambda: tf.type_spec_from_value(tf.constant(1)),
            lambda: tf.type_spec_from_value(np.zeros(3)),
            lambda: tf.type_spec_from_value([1]),
            lambda: tf.type_spec_from_value("a"),
            lambda: tf.type_spec_from_value(3),
            lambda: tf.SparseTensorSpec([None, 2]),
            lambda: tf.type_spec_from_value(tf.sparse.from_dense([[1.0]])),
            lambda: spec([3]).shape,
            lambda: spec(5),
        )
    ]


@program
def random_numbers(tf):
    tf.random.set_seed(7)

    @tf.function
    def f(x):
        a = tf.random.uniform([2])
        if x > 0:
            b = tf.random.uniform([2])
        else:
            b = tf.random.uniform([2], seed=3)
        for _ in tf.range(2):
            b += tf.random.uniform([2])
        return a, b, tf.random.normal([2], seed=5), tf.random.shuffle(tf.range(5))

    g = tf.function(lambda: tf.random.uniform([2]))

    @tf.function
    def outer():
        return g(), g(), tf.random.uniform([2])

    return [
        outcome(f, tf.constant(1)),
        outcome(f, tf.constant(1)),
        outcome(g),
        outcome(lambda: tf.random.uniform([2])),
        outcome(outer),
    ]
