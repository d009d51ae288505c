"""Small functions with Python control flow, run by `tests/golden/record_functions.py` under TensorFlow and by the tests under
Mainstem. Each takes TensorFlow 2's namespace and gives facts that JSON can hold. An error counts by its type.
"""

import numpy as np

PROGRAMS = {}


def program(fn):
    PROGRAMS[fn.__name__] = fn
    return fn


def outcome(fn, *args):
    """What `fn(*args)` gives, in plain form, or the type of its error."""
    try:
        return plain(fn(*args))
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
        return {k: plain(v) for k, v in sorted(x.items())}
    if hasattr(x, "numpy"):
        return ["tensor", str(x.shape), x.dtype.name, plain(x.numpy())]
    return plain(np.asarray(x).tolist())


class Box:
    def __init__(self):
        self.value = 0


@program
def branches(tf):
    @tf.function
    def absolute(x):
        if x < 0:
            x = -x
        return x

    @tf.function
    def graded(x):
        if x > 10:
            grade = 2
        elif x > 5:
            grade = 1
        else:
            grade = 0
        return grade

    @tf.function
    def early(x):
        if x > 0:
            return x * 2
        x = x + 1
        if x < -3:
            return x * 3
        return x

    @tf.function
    def structured(x):
        if x > 0:
            a, b = [x, {"k": x + 1}], (x,)
        else:
            a, b = [x - 1, {"k": x}], (x + 5,)
        return a, b

    @tf.function
    def attribute(x):
        box = Box()
        if x > 0:
            box.value = x
        else:
            box.value = -x * 10
        return box.value

    @tf.function
    def item(x):
        d = {"k": x}
        if x > 0:
            d["k"] = x + 1
        return d["k"]

    @tf.function
    def nested(x, y):
        r = 0
        if x > 0:
            if y > 0:
                r = 1
            else:
                r = 2
        elif y > 0:
            r = 3
        return r

    c = tf.constant
    return [
        [outcome(absolute, c(v)) for v in (-3, 4)],
        [outcome(graded, c(v)) for v in (20, 7, 1)],
        [outcome(early, c(v)) for v in (3, -1, -9)],
        [outcome(structured, c(v)) for v in (1, -1)],
        [outcome(attribute, c(v)) for v in (3, -3)],
        [outcome(item, c(v)) for v in (3, -3)],
        [outcome(nested, c(a), c(b)) for a in (1, -1) for b in (1, -1)],
    ]


@program
def python_values_stay(tf):
    seen = []

    @tf.function
    def by_flag(x, training):
        seen.append(training)
        if training:
            return x + 1
        return x.no_such_attribute if x is None else x - 1

    @tf.function
    def unrolled(x):
        parts = []
        for i in range(3):
            if i == 1:
                continue
            parts.append(x + i)
        return tf.stack(parts)

    @tf.function
    def over_list(x):
        total = x
        for k in [1, 2, 3]:
            if k > 2:
                break
            total += k
        return total

    @tf.function
    def python_while(x):
        i = 0
        while i < 3:
            i += 1
            if i > 1:
                x = x + i
        return x

    @tf.function
    def dictionary(d):
        out = {}
        for k, v in d.items():
            out[k + "!"] = v * 2
        return out

    c = tf.constant
    return [
        outcome(by_flag, c(1), True),
        outcome(by_flag, c(1), False),
        seen,
        outcome(unrolled, c(1)),
        outcome(over_list, c(1)),
        outcome(python_while, c(1)),
        outcome(dictionary, {"b": c(1), "a": c(2)}),
    ]


@program
def loops(tf):
    @tf.function
    def count(n):
        total = 0
        for i in tf.range(n):
            total += i
        return total

    @tf.function
    def downwards(n):
        total = n * 0
        for i in tf.range(n, 0, -2):
            total = total * 10 + i
        return total

    @tf.function
    def python_range(n):
        total = 0
        for i in range(n):
            total += i
        return total

    @tf.function
    def rows(x):
        total = tf.zeros([2])
        for row in x:
            total += row
        return total

    @tf.function
    def collatz(n):
        steps = 0
        while n != 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            steps += 1
        return steps

    @tf.function
    def skipping(x):
        total = 0
        for v in x:
            if v == 2:
                continue
            if v > 4:
                break
            total += v
        return total

    @tf.function
    def matrix(n):
        total = 0
        for i in tf.range(n):
            for j in tf.range(i):
                if j == 1:
                    continue
                total += i * j
        return total

    @tf.function
    def first_value_inside(x):
        last = None
        for i in tf.range(x):
            last = i * 2
        return last

    @tf.function
    def target_after(x):
        i = 5
        for i in x:  # noqa: B007 - what is left of it counts
            pass
        return i

    @tf.function
    def limited(n):
        total = 0
        for i in tf.range(n):
            tf.autograph.experimental.set_loop_options(maximum_iterations=3)
            total += i
        return total

    @tf.function
    def power(x, n):
        result = tf.ones_like(x)
        i = tf.constant(0)
        while i < n and tf.reduce_max(result) < 100.0:
            result *= x
            i += 1
        return result, i

    c = tf.constant
    return [
        outcome(count, c(5)),
        outcome(count, c(0)),
        outcome(downwards, c(7)),
        outcome(python_range, c(4)),
        outcome(rows, c([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
        outcome(collatz, c(27)),
        outcome(skipping, c([1, 2, 3, 4, 5, 6])),
        outcome(matrix, c(5)),
        outcome(first_value_inside, c(3)),
        outcome(target_after, c([7, 8])),
        outcome(target_after, tf.zeros([0], tf.int32)),
        outcome(limited, c(10)),
        outcome(power, c([2.0, 3.0]), c(10)),
        outcome(power, c([1.0, 1.5]), c(3)),
    ]


@program
def expressions(tf):
    @tf.function
    def logic(x, y):
        return (x > 0 and y > 0), (x > 0 or y > 0), not x > 0

    @tf.function
    def compared(x, y):
        return x == y, x != y, 0 < x < 5

    @tf.function
    def conditional(x):
        return x if x > 0 else -x

    @tf.function
    def lazily(x):
        return x.shape[0] > 0 and tf.reduce_all(x > 0)

    @tf.function
    def builtins(x):
        return len(x), int(x[0]), float(x[0]), abs(x)

    c = tf.constant
    return [
        outcome(logic, c(1), c(-1)),
        outcome(logic, c(-1), c(-1)),
        outcome(compared, c(1), c(1)),
        outcome(compared, c(7), c(1)),
        outcome(conditional, c(-4)),
        outcome(lazily, c([1, 2])),
        outcome(builtins, c([-3, 2])),
    ]


def helper(x, limit=3):
    if x > limit:
        return x - limit
    return x


class Model:
    def __init__(self):
        self.scale = 2

    def step(self, x):
        if x > 0:
            return x * self.scale
        return helper(-x)

    def __call__(self, x):
        return self.step(x) + 1


class Deeper(Model):
    def step(self, x):
        if x > 100:
            return x
        return super().step(x) * 10


@program
def calls(tf):
    model, deeper = Model(), Deeper()

    @tf.function
    def through(x):
        return helper(x), helper(x, limit=10), model(x), deeper(x), (lambda v: v if v > 0 else -v)(x)

    @tf.function
    def closure(x):
        base = x * 2

        def inner(y):
            if y > base:
                return y
            return base

        return inner(x + 1), inner(x * 5)

    @tf.function
    def recursive_python(x, depth):
        if depth == 0:
            return x
        return recursive_python.python_function(x * 2, depth - 1)

    return [
        outcome(through, tf.constant(5)),
        outcome(through, tf.constant(-5)),
        outcome(closure, tf.constant(3)),
        outcome(recursive_python, tf.constant(1), 3),
        outcome(tf.function(model.step), tf.constant(-2)),
        outcome(tf.function(model), tf.constant(4)),
        outcome(tf.function(lambda v: tf.map_fn(helper, v)), tf.constant([1, 5, 9])),
    ]


@program
def mistakes(tf):
    @tf.function
    def one_branch(x):
        if x > 0:
            y = 1
        return y

    @tf.function
    def one_return(x):
        if x > 0:
            return 1

    @tf.function
    def two_dtypes(x):
        if x > 0:
            y = 1
        else:
            y = 1.0
        return y

    @tf.function
    def none_in_branch(x):
        if x > 0:
            y = 1
        else:
            y = None
        return y

    @tf.function
    def two_structures(x):
        if x > 0:
            y = [x, x]
        else:
            y = [x]
        return y

    @tf.function
    def an_object(x):
        if x > 0:
            y = Box()
        else:
            y = Box()
        return y

    @tf.function
    def an_integer(x):
        if x:
            return 1
        return 2

    @tf.function
    def a_vector(x):
        if x > 0:
            return 1
        return 2

    @tf.function
    def loop_dtype(x):
        y = tf.constant(1.0)
        while x > 0:
            y = tf.constant(1)
            x -= 1
        return y

    @tf.function
    def loop_shape(x):
        y = tf.zeros([1])
        while x > 0:
            y = tf.concat([y, y], 0)
            x -= 1
        return y

    @tf.function
    def loop_structure(x):
        y = [x, x]
        while x > 0:
            y = [x]
            x -= 1
        return y

    @tf.function
    def loop_none(x):
        y = 0
        while x > 0:
            y = None
            x -= 1
        return y

    @tf.function
    def late_tensor(x):
        n = 0
        while True:
            n += 1
            if x > n:
                break
        return n

    @tf.function
    def python_break(x):
        for i in [1, 2, 3]:
            if x > i:
                break
        return i

    @tf.function
    def scalar(x):
        for _ in x:
            pass
        return x

    @tf.function
    def never_ran(x):
        for i in x:
            z = i
        return z

    @tf.function
    def raises(x):
        raise KeyError("k")

    @tf.function
    def leaks(x):
        kept = []
        for v in x:
            kept.append(v)
        return tf.stack(kept)

    c = tf.constant
    return [
        *(
            outcome(f, c(1))
            for f in (one_branch, one_return, two_dtypes, none_in_branch, two_structures, an_object, an_integer)
        ),
        outcome(a_vector, c([1, 2])),
        *(outcome(f, c(2)) for f in (loop_dtype, loop_shape, loop_structure, loop_none, late_tensor, python_break, scalar)),
        outcome(never_ran, tf.zeros([0], tf.int32)),
        outcome(raises, c(1)),
        outcome(leaks, c([1, 2])).replace("InaccessibleTensorError", "ValueError"),
    ]


@program
def switched_off(tf):
    def branch(x):
        if x > 0:
            return x
        return -x

    @tf.autograph.experimental.do_not_convert
    def unconverted(x):
        return branch(x)

    @tf.function
    def calls_unconverted(x):
        return unconverted(x)

    c = tf.constant(1)
    graph = tf.autograph.to_graph(branch)
    return [
        outcome(tf.function(branch, autograph=False), c).replace("OperatorNotAllowedInGraphError", "refused"),
        outcome(calls_unconverted, c).replace("OperatorNotAllowedInGraphError", "refused"),
        outcome(graph, tf.constant(-3)),
        outcome(tf.function(graph, autograph=False), tf.constant(-3)),
        "tf__branch" in tf.autograph.to_code(branch),
    ]


@program
def gradients(tf):
    @tf.function
    def piecewise(x):
        if x > 0:
            return x * x
        return -3.0 * x

    @tf.function
    def looped(x):
        y = x
        for i in tf.range(3):
            if i == 1:
                y = y * x
            else:
                y = y + x
        return y

    @tf.function
    def until(x):
        y = x
        while y < 50.0:
            y = y * x
        return y

    @tf.function
    def over_rows(x):
        total = tf.constant(0.0)
        for row in x:
            total += tf.reduce_sum(row * row)
        return total

    def gradient(f, value):
        x = tf.constant(value)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        return [y, tape.gradient(y, x)]

    return [
        outcome(gradient, piecewise, 3.0),
        outcome(gradient, piecewise, -3.0),
        outcome(gradient, looped, 2.0),
        outcome(gradient, until, 3.0),
        outcome(gradient, over_rows, [[1.0, 2.0], [3.0, 4.0]]),
    ]
