"""Branches, loops and order in graph mode against TensorFlow 1.15 and 2.21: values, gradients, effects, names, shapes, errors."""

import json
import pathlib
import re

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.surface import control_programs as programs

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
V1 = json.loads((GOLDEN / "control_v1.json").read_text())
V2 = json.loads((GOLDEN / "control_v2.json").read_text())


def feeder(feeds):
    def feed(shape, *values):
        made = tf.placeholder(np.asarray(values[0]).dtype, shape, name="p")
        feeds[made] = values
        return made

    return feed


def form(structure):
    """The types of a nested structure, as text."""
    if hasattr(structure, "_fields"):
        return f"{type(structure).__name__}({', '.join(map(form, structure))})"
    if isinstance(structure, dict):
        return "{" + ", ".join(f"{k}: {form(structure[k])}" for k in sorted(structure)) + "}"
    if isinstance(structure, (list, tuple)):
        return f"{type(structure).__name__}({', '.join(map(form, structure))})"
    return "None" if structure is None else "op" if isinstance(structure, tf.Operation) else "*"


def flat(structure):
    if isinstance(structure, dict):
        return [leaf for k in sorted(structure) for leaf in flat(structure[k])]
    if isinstance(structure, (list, tuple)):
        return [leaf for child in structure for leaf in flat(child)]
    return [structure]


def check(given, wanted, what):
    kind, shape, values = wanted
    given = np.asarray(given)
    assert given.dtype.name == kind, what
    assert given.shape == tuple(shape), what
    np.testing.assert_allclose(given, np.array(values, kind).reshape(shape), rtol=2e-5, atol=2e-6, err_msg=what)


def run(program, golden):
    """Runs a program as the recorder did and compares all that it recorded, but for the names and shapes of gradients."""
    tf.set_random_seed(5)
    feeds = {}
    made = program(tf, feeder(feeds))
    log, runs = made.pop("log", None), []
    for key, value in made.items():
        wanted = golden["out"][key]
        assert form(value) == wanted["form"], key
        if not key.startswith(("grad", "second")):
            for t, name, shape in zip(flat(value), wanted["names"], wanted["shapes"], strict=True):
                assert (t if t is None else t.name) == name, key
                if shape is not None:
                    assert_shape(t, shape, key)
    tensors = {k: [t for t in flat(v) if t is not None] for k, v in made.items()}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for i in range(max([len(v) for v in feeds.values()] or [1])):
            now = {p: v[min(i, len(v) - 1)] for p, v in feeds.items()}
            values = sess.run({k: t for k, t in tensors.items() if not k.endswith("_after")}, now)
            values.update({k: sess.run(t, now) for k, t in tensors.items() if k.endswith("_after")})
            for k, v in values.items():
                for x, w in zip(v, golden["out"][k]["values"][i], strict=True):
                    assert (x is None) == (w is None), k
                    if w is not None:
                        check(x, w, f"{k} in run {i}")
            if log is not None:
                runs.append(sorted(log))
                del log[:]
    assert runs == golden["log"]


def assert_shape(t, shape, key):
    """At least as much is known of the shape as in TensorFlow."""
    have = t.shape.as_list() if t.shape.ndims is not None else None
    assert have is not None and len(have) == len(shape), f"{key}: {have} {shape}"
    assert all(w is None or h == w for h, w in zip(have, shape)), f"{key}: {have} {shape}"


ARRAYS = ("array_", "arrays", "map", "scan", "fold")


@pytest.mark.parametrize("program", [p for p in programs.GRAPHS if not p.__name__.startswith(ARRAYS)], ids=lambda p: p.__name__)
def test_program(program):
    run(program, V1["graphs"][program.__name__])


def run_failing(name):
    """Runs a program of FAILS; gives its value."""
    feeds = {}
    made = programs.FAILS[name](tf, feeder(feeds))
    with tf.Session() as sess:
        return sess.run(made, {p: v[0] for p, v in feeds.items()})


@pytest.mark.parametrize("name", [n for n in programs.FAILS if n.startswith(("case", "cond"))])
def test_fails(name):
    kind, wanted = V1["fails"][name]
    if kind is None:
        check(run_failing(name), wanted, name)
    else:
        with pytest.raises(getattr(tf.errors, kind), match=re.escape(wanted.split("\n")[0].rstrip(".").strip())):
            run_failing(name)


@pytest.mark.parametrize("name", [n for n in programs.REFUSED if not n.startswith(("map", "scan", "fold", "array"))])
def test_refused(name):
    wanted = V1["refused"][name]  # None: TensorFlow 1 builds a loop whose variable changes its dtype, and fails when it runs
    with pytest.raises(Exception) as e:
        programs.REFUSED[name](tf, feeder({}))
    assert isinstance(e.value, TypeError) if wanted is None else type(e.value).__name__ == wanted[0]


# ---- gradients that TensorFlow 1 does not have, or that no golden covers


def numeric(y, x, value, feeds):
    """The gradient of the sum of `y` at `value` of the placeholder `x`, by central differences."""
    with tf.Session() as s:
        f = lambda v: float(np.sum(s.run(y, {**feeds, x: v.reshape(value.shape)})))  # noqa: E731
        flat, out = value.reshape(-1), []
        for i in range(flat.size):
            h = np.zeros(flat.size)
            h[i] = 1e-4
            out.append((f(flat + h) - f(flat - h)) / 2e-4)
    return np.reshape(out, value.shape)


def loop_of_fed_length(x, n):
    return tf.while_loop(lambda i, z: i < n, lambda i, z: (i + 1, tf.sin(z) * x + z), [0, x])[1]


def loop_until_large(x, n):
    return tf.while_loop(lambda z: tf.reduce_sum(z * z) < 60.0, lambda z: z * 1.3 + tf.cos(x), [x])


def loop_in_loop(x, n):
    inner = lambda i, z: tf.while_loop(lambda j, _: j < i, lambda j, w: (j + 1, w * tf.cos(x)), [0, z])[1]  # noqa: E731
    return tf.while_loop(lambda i, z: i < n, lambda i, z: (i + 1, inner(i, z) + x), [0, x])[1]


def loop_in_branch(x, n):
    return tf.cond(tf.reduce_sum(x) > 0.0, lambda: loop_of_fed_length(x, n), lambda: x * x)


def loop_in_map(x, n):
    return tf.map_fn(lambda e: tf.while_loop(lambda z: z < 5.0, lambda z: z * (e + 1.2), [e]) * e, x + 1.0)


def branch_in_loop(x, n):
    step = lambda z: tf.cond(tf.reduce_sum(z) > 2.0, lambda: tf.sqrt(tf.abs(z)) * x, lambda: z + x * x)  # noqa: E731
    return tf.while_loop(lambda i, z: i < n, lambda i, z: (i + 1, step(z)), [0, x])[1]


def array_in_loop(x, n):
    ta = tf.TensorArray(tf.float64, n)
    ta = tf.while_loop(lambda i, _: i < n, lambda i, a: (i + 1, a.write(i, x * tf.cast(i + 1, tf.float64))), [0, ta])[1]
    return tf.reduce_sum(ta.stack() ** 3.0, 0)


def scan_of_products(x, n):
    return tf.scan(lambda a, e: a * e + tf.sin(e), x)


LOOPS = [
    loop_of_fed_length, loop_until_large, loop_in_loop, loop_in_branch, loop_in_map, branch_in_loop, array_in_loop, scan_of_products,
]  # fmt: skip


@pytest.mark.parametrize("make", LOOPS, ids=lambda f: f.__name__)
def test_gradient_is_the_numeric_one(make):
    value = np.array([0.7, 0.4, 1.1])
    x, n = tf.placeholder(tf.float64, [3]), tf.placeholder(tf.int32, [])
    y = make(x, n)
    grad = tf.gradients(y, x)[0]
    with tf.Session() as s:
        found = s.run(grad, {x: value, n: 3})
    np.testing.assert_allclose(found, numeric(y, x, value, {n: 3}), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("make", [loop_of_fed_length, branch_in_loop, array_in_loop], ids=lambda f: f.__name__)
def test_second_gradient_is_the_numeric_one(make):
    value = np.array([0.7, 0.4, 1.1])
    x, n = tf.placeholder(tf.float64, [3]), tf.placeholder(tf.int32, [])
    grad = tf.gradients(make(x, n), x)[0]
    second = tf.gradients(grad, x)[0]
    with tf.Session() as s:
        found = s.run(second, {x: value, n: 3})
    np.testing.assert_allclose(found, numeric(grad, x, value, {n: 3}), rtol=1e-5, atol=1e-7)


def test_gradient_of_a_long_loop_of_unknown_length_in_a_branch():
    x, p = tf.placeholder(tf.float64, []), tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: tf.while_loop(lambda z: z < 4.0, lambda z: z * x, [tf.constant(1.0, tf.float64)]), lambda: x)
    with tf.Session() as s:
        value, grad = s.run([y, tf.gradients(y, x)[0]], {x: 1.001, p: True})
    n = round(np.log(value) / np.log(1.001))
    assert n > 1024
    np.testing.assert_allclose(grad, n * 1.001 ** (n - 1), rtol=1e-9)


# ---- rules


def test_a_control_dependency_on_what_is_outside_of_a_branch_runs_it():
    v, p = tf.get_variable("v", initializer=1.0), tf.placeholder(tf.bool, [])
    add = tf.assign_add(v, 1.0)

    def branch():
        with tf.control_dependencies([add]):
            return tf.constant(3.0) + 0.0

    made = tf.cond(p, branch, lambda: tf.constant(4.0))
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        assert s.run(made, {p: False}) == 4 and s.run(v) == 2


def test_what_no_result_of_a_branch_needs_does_not_run():
    v, p = tf.get_variable("v", initializer=1.0), tf.placeholder(tf.bool, [])

    def branch():
        tf.assign_add(v, 1.0)
        return tf.constant(3.0)

    made = tf.cond(p, branch, lambda: tf.constant(4.0))
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        assert s.run(made, {p: True}) == 3 and s.run(v) == 1


def test_branches_may_give_different_shapes():
    x, p = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: x[:1] * 3.0, lambda: x)
    z = tf.while_loop(
        lambda i, _: i < 2, lambda i, a: (i + 1, a + tf.reduce_sum(tf.cond(a > 3.0, lambda: x[:1], lambda: x))), [0, 0.0]
    )[1]
    grad = tf.gradients(y, x)[0]
    with tf.Session() as s:
        for now, rows, slope in ((True, 1, 3.0), (False, 3, 1.0), (True, 1, 3.0)):
            value, g = s.run([y, grad], {x: np.ones((3, 2)), p: now})
            assert value.shape == (rows, 2) and g.sum() == slope * rows * 2
        assert s.run(z, {x: np.ones((3, 2))}) == 8


def test_gradient_of_a_branch_that_python_runs():
    x, i = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [])
    v, r = tf.get_variable("v", initializer=2.0), tf.get_variable("r", initializer=3.0, use_resource=True)
    large = lambda: tf.boolean_mask(x, x > 1.0)  # noqa: E731
    y = tf.cond(tf.reduce_any(x > 1.0), lambda: tf.reduce_sum(large() ** 2.0) * v + r, lambda: v)
    z = tf.switch_case(i, [lambda: tf.reduce_sum(large()) * v, lambda: x[0] * r])
    grads = [tf.gradients(t, [x, v, r]) for t in (y, z)]
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        for k, wanted in ((0, ([0, 2, 2], 5, 0)), (1, ([3, 0, 0], 0, 1))):
            found = s.run([y, *grads[0], *grads[1]], {x: [1.0, 2.0, 3.0], i: k})
            assert found[0] == 29 and found[1].tolist() == [0, 8, 12] and found[2:4] == [13, 1]
            assert found[4].tolist() == wanted[0] and tuple(found[5:]) == wanted[1:]
        assert s.run([grads[0][1], grads[0][2]], {x: [0.0], i: 0}) == [1, 0]


def test_a_loop_of_unknown_length_may_change_shapes():
    x = tf.placeholder(tf.float32, [])
    grow = lambda a: tf.concat([a, [a[-1] * x]], 0)  # noqa: E731
    y = tf.while_loop(
        lambda a: tf.reduce_sum(tf.exp(a)) < 15.0, grow, [tf.ones([1])], shape_invariants=[tf.TensorShape([None])]
    )
    with tf.Session() as s:
        np.testing.assert_allclose(s.run(y, {x: 1.1}), [1, 1.1, 1.21, 1.331, 1.4641], rtol=1e-6)


def test_smart_cond_builds_one_branch():
    built = []
    make = lambda k: lambda: built.append(k) or tf.constant(k)  # noqa: E731
    smart_cond = tf.contrib.framework.smart_cond
    assert smart_cond(True, make(1), make(2)).op.type == "Const" and built == [1]
    assert smart_cond(tf.constant(False), make(3), make(4)).op.type == "Const" and built == [1, 4]
    assert smart_cond(tf.placeholder(tf.bool, []), make(5), make(6)).name == "cond/Merge:0" and built == [1, 4, 5, 6]


def test_smart_case_builds_what_can_be_taken():
    built = []
    make = lambda k: lambda: built.append(k) or tf.constant(k)  # noqa: E731
    smart_case, p = tf.contrib.framework.smart_case, tf.placeholder(tf.bool, [])
    assert smart_case([(False, make(1)), (True, make(2)), (p, make(3))]).op.type == "Const" and built == [2]
    made = smart_case([(False, make(4)), (p, make(5))], default=make(6))
    with tf.Session() as s:
        assert [s.run(made, {p: v}) for v in (True, False)] == [5, 6] and 4 not in built


def test_gradients_that_no_branch_passes_on_are_none():
    x, y, p = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, []), tf.placeholder(tf.bool, [])
    stopped = tf.cond(p, lambda: tf.stop_gradient(x) * y, lambda: tf.cond(p, lambda: y, lambda: tf.floor(x) * 0.0 + 1.0))
    i, a, b = tf.while_loop(lambda i, *_: i < 3, lambda i, a, b: (i + 1, a * y, b + tf.stop_gradient(a)), [0, x, y])
    assert [g is None for g in tf.gradients(stopped, [x, y])] == [True, False]
    assert [g is None for g in tf.gradients(b, [x, y])] == [True, False]
    assert [g is None for g in tf.gradients(a, [x, y])] == [False, False]


def test_a_regularizer_of_a_variable_made_in_a_loop_is_a_loss_of_the_graph():
    def step(i, h):
        with tf.variable_scope("cell", reuse=tf.AUTO_REUSE):
            w = tf.get_variable("w", [2, 2], initializer=tf.constant_initializer(0.5), regularizer=tf.nn.l2_loss)
        return i + 1, tf.matmul(h, w)

    y = tf.while_loop(lambda i, _: i < 2, step, [0, tf.ones([1, 2])])[1]
    (loss,) = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        assert s.run(loss + tf.reduce_sum(y)) == 2.5


def test_a_variable_may_be_made_in_a_branch():
    p = tf.placeholder(tf.bool, [])
    made = tf.cond(p, lambda: tf.get_variable("w", initializer=2.0) * 3.0, lambda: tf.constant(1.0))
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        assert [v.name for v in tf.trainable_variables()] == ["w:0"]
        assert s.run(made, {p: True}) == 6 and s.run(made, {p: False}) == 1
        grad = tf.gradients(made, tf.trainable_variables())[0]
        assert s.run(grad, {p: True}) == 3 and s.run(grad, {p: False}) == 0


def test_a_dictionary_of_branches_needs_no_order():
    p = tf.placeholder(tf.bool, [])
    assert tf.case({p: lambda: tf.constant(1)}, default=lambda: tf.constant(2), exclusive=True).dtype is tf.int32


def test_the_value_of_an_operation_of_a_branch_is_the_predicate():
    """As TensorFlow 1.15 gives it; both branches run their operations, and only the taken one."""
    p, v = tf.placeholder_with_default(True, []), tf.get_variable("v", [], initializer=tf.zeros_initializer())
    made = [
        tf.cond(p, lambda: v.assign_add(1.0).op, tf.no_op),
        tf.cond(p, lambda: [v.assign_add(1.0).op, tf.constant(2)], lambda: [tf.no_op(), tf.constant(3)]),
        tf.cond(p, lambda: tf.group(v.assign_add(1.0), v.assign_add(2.0)), lambda: tf.group()),
        tf.case([(p, lambda: v.assign_add(1.0).op)], default=tf.no_op),
    ]
    with tf.Session() as session:
        session.run(v.initializer)
        assert [session.run(m) for m in made] == [True, [True, 2], True, True] and session.run(v) == 6.0
        assert [session.run(m, {p: False}) for m in made] == [False, [False, 3], False, False] and session.run(v) == 6.0
