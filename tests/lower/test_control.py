"""Functional operations below any dialect: what is captured, what bodies do, how loops are counted, how they run."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mainstem.v1 as tf
from mainstem.core import registry
from mainstem.graph.func_graph import FuncGraph, align
from mainstem.lower import effects, options, trips


def _list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _outer(graph, captured):
    return [c if c.dtype._is_ref_dtype else graph.convert(c) for c in captured]


def branch(pred, then, orelse, name="If"):
    graph, bodies = tf.get_default_graph(), []
    for fn in (then, orelse):
        body = FuncGraph(name)
        with body.as_default():
            body.outputs = [tf.identity(r) for r in _list(fn())]
        bodies.append(body)
    inputs = _outer(graph, align(bodies))
    attrs = {"Tcond": tf.bool, "Tin": [t.dtype.base_dtype for t in inputs], "Tout": [t.dtype for t in bodies[0].outputs]}
    attrs.update(then_branch=bodies[0], else_branch=bodies[1], output_shapes=[])
    return graph.create(registry.lookup("If"), name, [graph.convert(pred), *inputs], attrs)


def loop(test, step, first, name="While"):
    graph = tf.get_default_graph()
    first = [graph.convert(v) for v in first]
    cond, body = FuncGraph("cond"), FuncGraph("body")
    for g in (cond, body):
        for v in first:
            g.add_input(v.dtype, v._shape, "v")
    with cond.as_default():
        cond.outputs = [tf.identity(test(*cond.inputs))]
    with body.as_default():
        results = [tf.identity(r) for r in _list(step(*body.inputs))]
    inputs = first + _outer(graph, align([cond, body]))
    body.outputs = results + body.internal_captures
    attrs = {"T": [t.dtype.base_dtype for t in inputs], "cond": cond, "body": body, "output_shapes": []}
    return graph.create(registry.lookup(name), name, inputs, {**attrs, "parallel_iterations": 10})


def run(fetches, feeds=None):
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        return s.run(fetches, feeds)


# ---- captures


def test_integer_constants_are_copied_and_the_rest_is_captured():
    ints, floats, text = tf.constant([2, 3]), tf.constant([1.0, 2.0]), tf.constant("a")
    body = FuncGraph("f")
    with body.as_default():
        inner = [body.convert(t) for t in (ints, floats, text, floats)]
    assert [t.op.type for t in inner] == ["Const", "Placeholder", "Const", "Placeholder"]
    assert inner[1] is inner[3] and body.external_captures == [floats] and body.inputs == [inner[1]]


def test_a_tensor_of_another_body_is_out_of_scope():
    first, second = FuncGraph("first"), FuncGraph("second")
    with first.as_default():
        leaked = tf.constant(1.0) + 1.0
    with second.as_default(), pytest.raises(ValueError, match="out of scope.*test_control.py"):
        tf.identity(leaked)


def test_a_body_in_a_body_captures_through_both():
    x = tf.placeholder(tf.float32, [])
    node = branch(True, lambda: branch(x > 0, lambda: x * 2, lambda: x).outputs, lambda: x)
    assert run(node.outputs[0], {x: 3.0}) == 6 and run(node.outputs[0], {x: -3.0}) == -3


def node_of(kind, bodies, leading, attrs):
    """A node of any functional type: `leading` inputs that are not the bodies', then what the bodies capture."""
    inputs = _outer(tf.get_default_graph(), align(bodies))
    types = {"Tin": [t.dtype.base_dtype for t in inputs], "Tout": [t.dtype for t in bodies[0].outputs]}
    return tf.get_default_graph().create(registry.lookup(kind), kind, leading + inputs, {**types, **attrs})


def body_of(fn):
    body = FuncGraph("body")
    with body.as_default():
        body.outputs = [tf.identity(r) for r in _list(fn())]
    return body


@pytest.mark.parametrize("kind", ["If", "StatelessIf", "Case", "StatelessCase", "PartitionedCall", "StatefulPartitionedCall"])
@pytest.mark.parametrize("constant", [True, False])
def test_every_kind_of_call_and_its_gradient(kind, constant):
    x, w = tf.placeholder(tf.float32, []), tf.get_variable("w", initializer=5.0)
    bodies = [body_of(f) for f in (lambda: x * x * w, lambda: x + w, lambda: -x)]
    if kind.endswith("Call"):
        cases, node = (
            {None: 45.0},
            node_of(kind, bodies[:1], [], {"f": bodies[0], "config": "", "config_proto": "", "executor_type": ""}),
        )
    elif kind.endswith("If"):
        cases, which = {True: 45.0, False: 8.0}, tf.placeholder_with_default(True, [])
        attrs = {"then_branch": bodies[0], "else_branch": bodies[1], "output_shapes": [], "Tcond": tf.bool}
        node = node_of(kind, bodies[:2], [tf.constant(True) if constant else which], attrs)
    else:
        cases, which = {0: 45.0, 1: 8.0, 2: -3.0, 7: -3.0, -1: -3.0}, tf.placeholder_with_default(0, [])
        node = node_of(kind, bodies, [tf.constant(0) if constant else which], {"branches": bodies, "output_shapes": []})
    fetches = [node.outputs[0], *tf.gradients(node.outputs[0], [x, w])]
    slopes = {45.0: [30.0, 9.0], 8.0: [1.0, 1.0], -3.0: [-1.0, 0.0]}
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        for choice, value in list(cases.items())[: 1 if constant else None]:
            feeds = {x: 3.0} if constant or choice is None else {x: 3.0, which: choice}
            assert s.run(fetches, feeds) == [value, *slopes[value]]


def test_a_stateless_loop():
    x = tf.placeholder(tf.float32, [])
    node = loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [tf.constant(0), tf.constant(1.0)], "StatelessWhile")
    assert node.type == "StatelessWhile" and run([node.outputs[1], *tf.gradients(node.outputs[1], x)], {x: 2.0}) == [8, 12]


# ---- what bodies do


def test_effects_name_what_is_read_written_and_drawn():
    a, b = tf.Variable(1.0), tf.Variable(2.0, use_resource=True)
    node = branch(True, lambda: tf.assign_add(a, b + tf.random_uniform([], seed=1)), lambda: tf.constant(0.0))
    e = effects.of(node)
    kinds = {i: node.inputs[i].op.name for i in (*e.reads, *e.writes)}
    assert {kinds[i] for i in e.writes} == {a.op.name} and b.op.name in {kinds[i] for i in e.reads}
    assert [name.split("/")[0] for name, _, _ in e.streams] == ["then_branch"] and e.host is None and not e.callbacks


def test_only_the_taken_branch_has_its_effect():
    v, p = tf.Variable(1.0), tf.placeholder(tf.bool, [])
    node = branch(p, lambda: tf.assign_add(v, 1.0), lambda: tf.assign_sub(v, 10.0))
    with tf.Session() as s:
        s.run(v.initializer)
        s.run(node, {p: True})
        assert s.run(v) == 2
        s.run(node, {p: False})
        assert s.run(v) == -8


def test_a_random_stream_in_a_branch_goes_on_only_when_it_is_taken():
    p = tf.placeholder(tf.bool, [])
    inside = branch(p, lambda: tf.random_uniform([2], seed=3), lambda: tf.zeros([2])).outputs[0]
    alone = tf.random_uniform([2], seed=3)
    with tf.Session() as s:
        got = [s.run(inside, {p: taken}) for taken in (True, False, True)]
        want = [s.run(alone) for _ in range(2)]
    np.testing.assert_array_equal(got[1], [0, 0])
    assert got[0].shape == want[0].shape and not np.array_equal(got[0], got[2])


def test_python_is_called_from_inside_a_compiled_loop_in_order():
    seen = []
    note = lambda i: seen.append(int(i)) or np.int32(i + 1)  # noqa: E731

    def step(i):
        out = tf.py_func(note, [i], tf.int32)
        out.set_shape([])
        return out

    node = loop(lambda i: i < 4, step, [tf.constant(0)])
    assert effects.of(node).callbacks and run(node.outputs[0]) == 4 and seen == [0, 1, 2, 3]


def test_an_assertion_in_a_branch_raises_with_the_line():
    x = tf.placeholder(tf.float32, [])

    def checked():
        with tf.control_dependencies([tf.Assert(x > 0, [x])]):
            return tf.identity(x)

    out = branch(x < 5, checked, lambda: x).outputs[0]
    with tf.Session() as s:
        assert s.run(out, {x: 1.0}) == 1 and s.run(out, {x: 7.0}) == 7
        with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed.*test_control.py"):
            s.run(out, {x: -1.0})


# ---- loops


@settings(max_examples=60, deadline=None)
@given(st.integers(-20, 20), st.integers(-20, 40), st.integers(1, 7), st.booleans())
def test_trip_counts_are_those_of_python(start, stop, step, inclusive):
    tf.reset_default_graph()
    test = (lambda i, s: i <= s) if inclusive else (lambda i, s: i < s)
    node = loop(test, lambda i, s: (i + step, s), [tf.constant(start), tf.constant(stop)])
    got = trips.count(node.attrs["cond"], node.attrs["body"], [np.int32(start), np.int32(stop)])
    assert got == len(range(start, stop + inclusive, step))


def test_a_count_that_hangs_on_data_is_not_known():
    x = tf.constant([1.0, 2.0])
    node = loop(lambda a: tf.sqrt(tf.reduce_sum(a)) < 10.0, lambda a: a * 2.0, [x])
    assert trips.count(node.attrs["cond"], node.attrs["body"], [np.float32([1, 2])]) is None
    np.testing.assert_array_equal(run(node.outputs[0]), [64, 128])


@pytest.mark.parametrize("n", [0, 1, 2, 7, 9, 17, 100])
def test_gradient_of_a_loop_counted_at_run_time(n):
    """The plan puts a `_LoopCount` before the loop."""
    x, limit = tf.placeholder(tf.float64, []), tf.placeholder(tf.int32, [])
    out = loop(lambda i, a: i < limit, lambda i, a: (i + 1, a * x), [tf.constant(0), tf.constant(1.0, tf.float64)]).outputs[1]
    first = tf.gradients(out, x)[0]
    second = tf.gradients(first, x)[0]
    got = run([out, first, second], {x: 1.1, limit: n})
    want = [1.1**n, n * 1.1 ** (n - 1) if n else 0, n * (n - 1) * 1.1 ** (n - 2) if n > 1 else 0]
    np.testing.assert_allclose(got, want, rtol=1e-10)


def test_loop_gradient_against_finite_differences():
    x = tf.placeholder(tf.float64, [3])
    w = tf.get_variable("w", [3, 3], tf.float64, initializer=tf.random_uniform_initializer(-1, 1, seed=1))
    out = tf.reduce_sum(
        loop(lambda h: tf.reduce_sum(h * h) > 0.01, lambda h: 0.5 * tf.tanh(tf.linalg.matvec(w, h)), [x]).outputs[0]
    )
    grad = tf.gradients(out, x)[0]
    at, eps = np.array([0.7, -0.4, 0.9]), 1e-6
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        got = s.run(grad, {x: at})
        steps = [(s.run(out, {x: at + d}) - s.run(out, {x: at - d})) / (2 * eps) for d in np.eye(3) * eps]
    np.testing.assert_allclose(got, steps, rtol=1e-5, atol=1e-9)


def test_a_shape_known_outside_is_known_inside():
    x = tf.placeholder(tf.float32, [None, 2])
    rows = tf.shape(x)[0]
    node = loop(lambda i, a: i < 2, lambda i, a: (i + 1, a + tf.ones(tf.stack([rows, 2]))), [tf.constant(0), tf.zeros_like(x)])
    assert run(node.outputs[1], {x: np.zeros((5, 2))}).tolist() == [[2.0, 2.0]] * 5


def test_a_loop_variable_that_changes_its_shape_is_named():
    n, v = tf.placeholder(tf.int32, []), tf.Variable(1.0)
    with tf.control_dependencies([tf.assign_add(v, tf.py_func(lambda: np.float32(1), [], tf.float32))]):
        node = loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.concat([a, a], 0)), [tf.constant(0), tf.ones([2])])
    with tf.Session() as s:
        s.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Loop variable 1 .*\[2\].*\[4\].*test_control.py"):
            s.run(node.outputs[1], {n: 3})  # what ran before it cannot be run again, so Python cannot take over


def test_a_loop_of_known_length_may_change_shapes():
    node = loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.concat([a, a], 0)), [tf.constant(0), tf.ones([2])])
    assert run(node.outputs[1]).tolist() == [1.0] * 16


# ---- what cannot be compiled whole


def test_python_runs_what_cannot_be_compiled():
    v, n = tf.Variable(0.0), tf.placeholder(tf.int32, [])

    def step(i, text, kept):
        with tf.control_dependencies([tf.assign_add(v, 1.0)]):
            return i + 1, tf.string_join([text, tf.as_string(i)]), tf.boolean_mask(kept, kept > tf.reduce_min(kept))

    first = [tf.constant(0), tf.constant("n"), tf.placeholder_with_default(np.arange(6.0), [None])]
    node = loop(lambda i, *_: i < n, step, first)
    with tf.Session() as s:
        s.run(v.initializer)
        assert s.run(node.outputs[1], {n: 3}) == b"n012" and s.run(v) == 3
        np.testing.assert_array_equal(s.run(node.outputs[2], {n: 2}), [2, 3, 4, 5])


def test_the_gradient_of_such_a_loop_says_which_operation_is_in_the_way():
    x = tf.placeholder(tf.float32, [])
    first = [tf.placeholder_with_default(np.arange(4.0, dtype=np.float32), [None])]
    node = loop(lambda a: tf.size(a) > 2, lambda a: tf.boolean_mask(a, a > tf.reduce_min(a)) * x, first)
    assert run(node.outputs[0], {x: 1.0}).tolist() == [2.0, 3.0]
    with pytest.raises(NotImplementedError, match="Where inside cannot be compiled.*test_control.py"):
        run(tf.gradients(node.outputs[0], x), {x: 1.0})


def test_a_loop_with_convolutions_is_compiled_without_what_is_slow_there(monkeypatch):
    monkeypatch.setattr(options, "fastest", lambda: {"fast": True})
    x, k = tf.placeholder(tf.float32, [1, 4, 4, 2]), tf.ones([3, 3, 2, 2])
    convolve = lambda a: tf.nn.conv2d(a, k, [1, 1, 1, 1], "SAME")  # noqa: E731
    inside = loop(lambda i, a: i < 2, lambda i, a: (i + 1, convolve(a)), [tf.constant(0), x])
    called = body_of(lambda: convolve(x))
    call = node_of("PartitionedCall", [called], [], {"f": called, "config": "", "config_proto": "", "executor_type": ""})
    outer = branch(True, lambda: loop(lambda a: tf.reduce_sum(a) < 9.0, convolve, [x]).outputs[0], lambda: x)
    assert [options.fastest_for([op]) for op in (inside, outer)] == [None, None]
    assert options.fastest_for([convolve(x).op]) == options.fastest_for([call]) == {"fast": True}
    assert not options.tiered([inside]) and options.tiered([call]) == options.tiered([convolve(x).op])


def test_a_failing_callback_is_told_once(capfd, caplog):
    x = tf.placeholder(tf.float32, [])

    def checked(i, a):
        with tf.control_dependencies([tf.Assert(a > 0, [a])]):
            return i + 1, a - 1.0

    out = loop(lambda i, a: i < 3, checked, [tf.constant(0), x]).outputs[1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed"):
        run(out, {x: 1.5})
    assert "io_callback" not in caplog.text + capfd.readouterr().err
    assert run(out, {x: 5.0}) == 2
