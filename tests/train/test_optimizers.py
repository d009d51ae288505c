"""Optimizers against runs of TensorFlow 1.15 (`tests/golden/record_optimizers.py`): values, slots and names."""

import json
import pathlib

import numpy as np
import pytest

from tests.train import optimizer_programs as programs
from tests.train.names import tf

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "optimizers.json").read_text())


# the same kernels under other arguments: one kind of variable is enough
ONE_KIND = ("adam_tuned", "adagrad_start", "adagrad_da", "proximal_adagrad", "adadelta_fast", "rmsprop", "ftrl_l1", "nesterov")
RUNS = [(key, kind) for key in sorted(GOLDEN["train"]) for kind in ("ref", "resource")]
RUNS = [(key, kind) for key, kind in RUNS if kind == "ref" or key.split("/")[0] not in ONE_KIND]


@pytest.mark.parametrize(("key", "variables"), RUNS)
def test_five_steps_give_tensorflows_values_slots_and_names(key, variables):
    (case, kind), resource = key.split("/"), variables == "resource"
    golden = GOLDEN["train"][key]
    ours = programs.train(tf, case, kind == "sparse", resource)
    assert ours["values"].keys() == golden["values"].keys()
    for name, value in golden["values"].items():
        np.testing.assert_allclose(ours["values"][name], value, rtol=2e-6, atol=2e-6, err_msg=name)
    for what in ("slots", "train_op", "collection", "variables"):
        assert ours[what] == golden[what], what
    assert ours["applied"] == golden["applied_resource" if resource else "applied"]


@pytest.mark.parametrize("kind", ["ref", "resource"])
@pytest.mark.parametrize("case", programs.MINIMIZED)
def test_minimize_adds_tensorflows_nodes(case, kind):
    assert programs.minimize(tf, case, kind == "resource", kind == "ref") == GOLDEN["minimize"][case][kind]


@pytest.mark.parametrize("kind", ["ref", "resource"])
def test_names_in_scopes_of_second_optimizers_and_of_cut_variables(kind):
    assert programs.scopes(tf, kind == "resource") == GOLDEN["scopes"][kind]


@pytest.mark.parametrize("resource", [False, True], ids=["ref", "resource"])
@pytest.mark.parametrize("index", range(len(programs.CURVES)), ids=lambda i: programs.CURVES[i][0])
def test_training_curve_with_looked_up_rows_and_a_decaying_rate(index, resource):
    golden = GOLDEN["curves"][index]
    ours = programs.curve(tf, index, resource)
    np.testing.assert_allclose(ours["loss"], golden["loss"], rtol=2e-5)
    np.testing.assert_allclose(ours["table"], golden["table"], rtol=1e-4, atol=2e-5)


def _trained(optimizer, grads, start, steps=1, **kwargs):
    """The variable `w` after `steps` with constant gradients."""
    with tf.Graph().as_default():
        w = tf.get_variable("w", initializer=np.asarray(start, "f"), **kwargs)
        grad = grads() if callable(grads) else tf.constant(np.asarray(grads, "f"))
        train_op = optimizer().apply_gradients([(grad, w)])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(steps):
                session.run(train_op)
            return session.run(w)


@pytest.mark.parametrize("resource", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        lambda: tf.train.GradientDescentOptimizer(lambda: 0.5),
        lambda: tf.train.GradientDescentOptimizer(tf.constant(0.5)),
        lambda: tf.train.MomentumOptimizer(lambda: 0.5, lambda: 0.0),
        lambda: tf.train.MomentumOptimizer(tf.constant(0.5), tf.constant(0.0)),
    ],
)
def test_hyperparameters_may_be_tensors_or_functions(make, resource):
    np.testing.assert_allclose(_trained(make, [1.0, -2.0], [0.0, 0.0], use_resource=resource), [-0.5, 1.0])


@pytest.mark.parametrize("resource", [False, True])
def test_adam_moves_rows_that_a_sparse_gradient_does_not_name(resource):
    with tf.Graph().as_default():
        w = tf.get_variable("w", initializer=np.ones((2, 1), "f"), use_resource=resource)
        row = tf.placeholder(tf.int32, [1])
        train_op = tf.train.AdamOptimizer(0.1).apply_gradients([(tf.IndexedSlices(tf.constant([[1.0]]), row), w)])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(train_op, {row: [0]})
            np.testing.assert_allclose(session.run(w), [[0.9], [1.0]], rtol=1e-6)
            session.run(train_op, {row: [1]})
            np.testing.assert_allclose(session.run(w)[0], [0.832994], rtol=1e-5)


def test_momentum_sums_repeated_rows_and_leaves_the_others():
    def grads():
        return tf.IndexedSlices(tf.constant([[1.0], [1.0]]), tf.constant([0, 0]))

    w = _trained(lambda: tf.train.MomentumOptimizer(0.1, 0.9), grads, [[1.0], [1.0]])
    np.testing.assert_allclose(w, [[0.8], [1.0]])


@pytest.mark.parametrize("dtype", ["float16", "float64"])
@pytest.mark.parametrize("name", ["AdamOptimizer", "RMSPropOptimizer", "AdagradOptimizer", "FtrlOptimizer"])
def test_other_float_types(name, dtype):
    with tf.Graph().as_default():
        w = tf.get_variable("w", initializer=np.ones(3, dtype))
        optimizer = getattr(tf.train, name)(0.1)
        train_op = optimizer.apply_gradients([(tf.constant(np.ones(3, dtype)), w)])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(train_op)
            value = session.run(w)
        assert value.dtype == dtype and (value < 1).all() and np.isfinite(value).all()


@pytest.mark.parametrize(
    "name", ["MomentumOptimizer", "RMSPropOptimizer", "AdagradOptimizer", "AdamOptimizer", "FtrlOptimizer"]
)
def test_variables_whose_shape_is_known_only_when_they_run(name):
    with tf.Graph().as_default():
        start = tf.placeholder_with_default(np.ones((3, 2), "f"), [None, 2])
        w = tf.get_variable("w", initializer=start, validate_shape=False)
        rows = tf.IndexedSlices(tf.constant([[1.0, 2.0], [1.0, 1.0]]), tf.constant([1, 1]))
        optimizer = getattr(tf.train, name)(0.1, *([0.9] if name.startswith("Momentum") else []))
        train_op = optimizer.apply_gradients([(rows, w)])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(train_op)
            value = session.run(w)
            slot = session.run(optimizer.get_slot(w, optimizer.get_slot_names()[0]))
        expected = {  # of TensorFlow 1.15, where it has one
            "MomentumOptimizer": [0.8, 0.7],
            "RMSPropOptimizer": [0.8245884, 0.7763932],
            "AdagradOptimizer": [0.90122706, 0.90055096],
            "AdamOptimizer": [0.9, 0.9],
            "FtrlOptimizer": [0.7450533, 0.7957225],
        }
        np.testing.assert_allclose(value, [[1, 1], expected[name], [1, 1]], rtol=2e-6)
        assert slot.shape == (3, 2)


class Signed(tf.train.Optimizer):
    """A user's optimizer: steps by the sign of the gradient, and remembers which rows it was given."""

    def __init__(self):
        super().__init__(False, "Signed")
        self.rows = []

    def _create_slots(self, var_list):
        for v in var_list:
            self._zeros_slot(v, "last", self._name)
        self._create_non_slot_variable(0.0, "seen", min(var_list, key=lambda v: v.name))

    def _apply_dense(self, grad, var):
        last = self.get_slot(var, "last")
        with tf.control_dependencies([last.assign(grad)]):
            return var.assign_sub(tf.sign(grad)).op

    def _apply_sparse(self, grad, var):
        self.rows.append(grad.indices)
        return tf.scatter_sub(var, grad.indices, grad.values).op


def test_a_subclass_gets_dense_gradients_and_distinct_rows():
    with tf.Graph().as_default():
        w = tf.get_variable("w", initializer=np.zeros((3, 1), "f"))
        b = tf.get_variable("b", initializer=np.zeros(2, "f"))
        optimizer = Signed()
        sparse = tf.IndexedSlices(tf.constant([[1.0], [2.0], [4.0]]), tf.constant([2, 0, 2]))
        train_op = optimizer.apply_gradients([(sparse, w), (tf.constant([3.0, -4.0]), b)])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            rows, _ = session.run([optimizer.rows[0], train_op])
            assert sorted(rows) == [0, 2]
            np.testing.assert_allclose(session.run(w), [[-2.0], [0.0], [-5.0]])
            np.testing.assert_allclose(session.run(b), [-1.0, 1.0])
            np.testing.assert_allclose(session.run(optimizer.get_slot(b, "last")), [3.0, -4.0])
        assert [v.op.name for v in optimizer.variables()] == ["b/Signed", "seen", "w/Signed"]
        assert optimizer.get_slot_names() == ["last"] and optimizer.get_slot(b, "other") is None


def test_constraints_follow_the_update():
    with tf.Graph().as_default() as graph:
        w = tf.get_variable("w", initializer=np.array([1.0, -1.0], "f"), constraint=tf.abs)
        train_op = tf.train.GradientDescentOptimizer(1.0).apply_gradients([(tf.constant([3.0, 0.5]), w)])
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(train_op)
            np.testing.assert_allclose(session.run(w), [2.0, 1.5])
        assert graph.get_collection("train_op") == [train_op]
        rows = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
        with pytest.raises(RuntimeError, match="constraint function on a sparse variable"):
            tf.train.GradientDescentOptimizer(1.0).apply_gradients([(rows, w)])


def test_the_step_counts_after_the_updates():
    with tf.Graph().as_default() as graph:
        w = tf.get_variable("w", initializer=np.float32(3.0))
        step = tf.train.get_or_create_global_step()
        assert tf.train.get_or_create_global_step() is step and graph.get_collection("global_step") == [step]
        optimizer = tf.train.GradientDescentOptimizer(0.25)
        train_op = optimizer.minimize(tf.multiply(w, w), global_step=step)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for _ in range(3):
                session.run(train_op)
            np.testing.assert_allclose(session.run(w), 3.0 / 8)
            assert tf.train.global_step(session, step) == 3
        with pytest.raises(ValueError, match="already exists"):
            tf.train.create_global_step()


def test_bad_arguments_are_refused_when_the_graph_is_built():
    with tf.Graph().as_default():
        w = tf.get_variable("w", initializer=np.zeros(2, "f"))
        frozen = tf.constant(1.0)
        optimizer = tf.train.GradientDescentOptimizer(0.1)
        with pytest.raises(ValueError, match="No gradients provided for any variable, check your graph"):
            optimizer.minimize(frozen)
        with pytest.raises(ValueError, match="No variables provided"):
            optimizer.apply_gradients([])
        with pytest.raises(ValueError, match="No gradients provided for any variable: "):
            optimizer.apply_gradients([(None, w)])
        with pytest.raises(ValueError, match="No variables to optimize"):
            optimizer.compute_gradients(frozen, [])
        with pytest.raises(ValueError, match="gate_gradients must be one of"):
            optimizer.compute_gradients(frozen, gate_gradients=7)
        with pytest.raises(ValueError, match="Invalid type tf.int32"):
            optimizer.compute_gradients(tf.constant(1), [w])
        with pytest.raises(TypeError, match="var_list"):
            optimizer.compute_gradients(frozen, [3])
        with pytest.raises(ValueError, match=r"\[2\].*\[3\].*ApplyGradientDescent"):
            optimizer.apply_gradients([(tf.constant([1.0, 2.0, 3.0]), w)])
        with pytest.raises(NotImplementedError):
            tf.train.Optimizer(False, "Mine").apply_gradients([(tf.constant([1.0, 2.0]), w)])
        with pytest.raises(ValueError, match="Must specify the optimizer name"):
            tf.train.Optimizer(False, "")
        for make in (
            lambda: tf.train.AdagradOptimizer(0.1, initial_accumulator_value=0.0),
            lambda: tf.train.FtrlOptimizer(0.1, learning_rate_power=0.5),
            lambda: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=-1.0),
        ):
            with pytest.raises(ValueError, match="positive|negative"):
                make()


def test_global_step_must_be_an_integer_scalar():
    with tf.Graph().as_default():
        assert tf.train.get_global_step() is None
        tf.get_variable("global_step", initializer=np.float32(1.0))
        with pytest.raises(TypeError, match="does not have integer type"):
            tf.train.get_global_step()
        with pytest.raises(TypeError, match="is not scalar"):
            tf.train.assert_global_step(tf.constant([1]))
