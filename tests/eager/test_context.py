"""Scopes of eager mode, and graphs and sessions inside it."""

import numpy as np
import pytest

import mainstem.v1 as tf1
import mainstem.v2 as tf
from mainstem.run import behavior

pytestmark = pytest.mark.usefixtures("eager_mode")


def test_a_graph_inside_eager_mode_and_a_session_on_it():
    graph = tf.Graph()
    outside = tf.constant(3.0)
    with graph.as_default():
        assert not tf.executing_eagerly()
        made = tf.constant(2.0, name="two") * outside + 1.0
        assert made.graph is graph and "two" in [o.name for o in graph.get_operations()]
        with tf.init_scope():
            assert not tf.executing_eagerly(), "a plain graph is no function: there is nothing to leave"
    assert tf.executing_eagerly()
    with tf1.Session(graph=graph) as session:
        assert session.run(made) == 7.0
    with pytest.raises(TypeError, match="tensor of a graph"):
        tf.add(made, 1.0)
    with pytest.raises(RuntimeError, match="The Session graph is empty"):
        tf1.Session().run(outside)


def test_init_scope_leaves_a_function():
    seen = []

    @tf.function
    def f(x):
        with tf.init_scope():
            seen.append((tf.executing_eagerly(), tf.add(1.0, 2.0).numpy()))
        return x

    f(tf.constant(1.0))
    assert seen == [(True, 3.0)]


def test_no_tape_hears_an_init_scope():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        with tf.init_scope():
            z = y * 2.0
    assert tape.gradient(z, x) is None


def test_name_scopes_keep_names():
    with tf1.name_scope("a") as outer, tf1.name_scope(None, "b", [1]) as inner:
        assert (outer, inner) == ("a/", "a/b/")
        with tf1.name_scope("c/") as again:
            assert again == "c/"
        with tf1.name_scope(None) as none:
            assert none == ""


def test_a_scope_of_version_2_takes_a_name_and_nests_in_itself():
    with pytest.raises(ValueError, match="name for name_scope must be a string"):
        tf.name_scope(None)
    scope = tf.name_scope("a")
    with scope as outer, scope as inner:
        assert (outer, inner) == ("a/", "a/a/")
    assert tf.Variable(1.0, name="v").name == "v:0"


def test_control_dependencies_call_functions_and_mean_nothing_else():
    calls = []
    with tf.control_dependencies([lambda: calls.append(1), tf.constant(1.0), None]):
        assert tf.identity(tf.constant(1.0)).numpy() == 1.0
    assert calls == [1]


def test_switching_modes():
    behavior.disable_eager_execution()
    assert not tf1.executing_eagerly()
    assert tf1.Session().run(tf1.constant(1.0) + 1.0) == 2.0
    tf1.reset_default_graph()
    tf1.enable_eager_execution()
    assert tf1.executing_eagerly() and (tf1.constant(1.0) + 1.0).numpy() == 2.0


def test_assertions_raise_at_once():
    with pytest.raises(tf.errors.InvalidArgumentError, match="Condition x == y did not hold"):
        tf.debugging.assert_equal([1, 2], [1, 3])
    assert tf.debugging.assert_less([1], [2]) is None
    with pytest.raises(tf.errors.InvalidArgumentError, match="Summarized data: 1.0, 2.0\nb'why'"):
        tf.debugging.Assert(False, [tf.constant([1.0, 2.0]), "why"])
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"bad : Tensor had NaN values \[Op:CheckNumerics\] \(at .*test_context.py"
    ):
        tf.debugging.check_numerics([np.nan], "bad")


def test_print(capfd):
    assert tf.print("a", tf.constant([1, 2]), {"k": tf.constant(3.0)}) is None
    assert capfd.readouterr().err == "a [1 2] {'k': 3}\n"


def test_data_dependent_shapes():
    x = tf.constant([1.0, 0.0, 2.0])
    assert tf.where(x > 0.0).numpy().tolist() == [[0], [2]] and tf.boolean_mask(x, x > 0.0).numpy().tolist() == [1.0, 2.0]
    y, index = tf.unique([1, 1, 2])
    assert y.numpy().tolist() == [1, 2] and index.numpy().tolist() == [0, 0, 1]


def test_composite_tensors_have_eager_parts():
    sparse = tf.sparse.SparseTensor([[0, 1]], [1.0], [2, 2])
    assert tf.sparse.to_dense(sparse).numpy().tolist() == [[0.0, 1.0], [0.0, 0.0]] and sparse.shape == (2, 2)
    slices = tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([0, 0]), tf.constant([2, 1]))
    assert tf.convert_to_tensor(slices).numpy().tolist() == [[3.0], [0.0]] and tf.is_tensor(sparse) and tf.is_tensor(slices)


def test_gradients_pass_through_py_function():
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.py_function(lambda a: a * a, [x], tf.float32)
    assert tape.gradient(y, x).numpy().tolist() == [2.0, 4.0]


def test_py_function_in_a_graph_and_its_gradient():
    seen = []

    def square(a):
        seen.append(tf.executing_eagerly())
        return a * a

    graph = tf.Graph()
    with graph.as_default():
        x = tf1.placeholder(tf.float32, [2])
        y = tf1.py_function(square, [x], tf.float32)
        slope = tf1.gradients(y, x)[0]
        with tf1.Session() as session:
            value, found = session.run([y, slope], {x: [1.0, 3.0]})
    assert value.tolist() == [1.0, 9.0] and found.tolist() == [2.0, 6.0] and seen and all(seen)


def test_errors_name_the_op_shapes_and_line():
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[2\] vs. \[3\] \[Op:AddV2\].*test_context.py"
    ):
        tf.constant([1.0, 2.0]) + tf.constant([1.0, 2.0, 3.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[1\] = 5 is not in \[0, 2\)"):
        tf.gather([1.0, 2.0], [0, 5])


def test_results_with_names():
    found = tf.unique_with_counts([1, 1, 2])
    assert found.y.numpy().tolist() == [1, 2] and found.count.numpy().tolist() == [2, 1]
    assert repr(tf.unique([3])).startswith("Unique(y=<tf.Tensor: shape=(1,), dtype=int32")
    assert tf1.setdiff1d([1, 2], [2]).out.numpy().tolist() == [1]
