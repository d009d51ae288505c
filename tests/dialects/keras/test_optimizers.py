"""The optimizers of `tf.keras` against TensorFlow 1.15 (golden/record_keras_parts.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects.keras import optimizer_rows, part_programs
from tests.dialects.keras.test_parts import assert_alike

GOLDEN = pathlib.Path(__file__).parents[2] / "golden"
RECORD = json.loads((GOLDEN / "keras_optimizers.json").read_text())
ARRAYS = np.load(GOLDEN / "keras_optimizers.npz")


@pytest.mark.parametrize("name", optimizer_rows.ROWS)
def test_five_steps(name):
    told, values = optimizer_rows.outcome(tf, name)
    assert_alike(json.loads(json.dumps(part_programs.plain(told))), RECORD[name], name)
    for i, value in enumerate(values):
        np.testing.assert_allclose(value, ARRAYS[f"{name}:{i}"], rtol=2e-5, atol=1e-6, err_msg=f"{name}:{i}")
    assert f"{name}:{len(values)}" not in ARRAYS


@pytest.mark.usefixtures("eager_mode")
@pytest.mark.parametrize("name", ["sgd nesterov", "adam", "rmsprop", "nadam"])
def test_eager_steps(name):
    told, values = optimizer_rows.eagerly(tf, name)
    assert told["weights"] == [n for n in RECORD[name]["weights"] if "s/e" not in n]
    count = 2 * optimizer_rows.STEPS
    np.testing.assert_allclose(values[0], ARRAYS[f"{name}:{count - 2}"], rtol=2e-5)
    assert values[1] == optimizer_rows.STEPS


def test_optimizers_by_name():
    optimizers = tf.keras.optimizers
    assert isinstance(optimizers.get("adam"), optimizers.Adam)
    assert optimizers.get("Adagrad").get_config()["initial_accumulator_value"] == 0.0
    config = {"class_name": "adam", "config": {"lr": 0.2, "amsgrad": True}}
    assert optimizers.serialize(optimizers.get(config))["config"]["learning_rate"] == 0.2
    scheduled = optimizers.SGD(optimizers.schedules.InverseTimeDecay(0.1, 10, 0.5))
    assert optimizers.SGD.from_config(scheduled.get_config()).get_config() == scheduled.get_config()
    with pytest.raises(ValueError, match="Unknown optimizer: momentum"):
        optimizers.get("momentum")
    with pytest.raises(ValueError, match="Could not interpret optimizer identifier"):
        optimizers.get(5)
    with pytest.raises(TypeError, match="Unexpected keyword argument passed to optimizer: foo"):
        optimizers.SGD(foo=1)
    with pytest.raises(ValueError, match="Expected clipvalue >= 0, received: -1"):
        optimizers.SGD(clipvalue=-1)


def test_hyperparameters_are_variables_that_may_be_set():
    optimizer = tf.keras.optimizers.SGD(0.5)
    v = tf.get_variable("v", initializer=2.0, use_resource=True)
    (step,) = optimizer.get_updates(v * 3.0, [v])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        optimizer.lr = 0.25
        session.run(step)
        assert session.run([v, optimizer.learning_rate]) == [1.25, 0.25]
        optimizer.set_weights([7])
        assert optimizer.get_weights() == [7]
        assert optimizer.get_config()["learning_rate"] == 0.25
    with pytest.raises(ValueError, match="`None` for gradient"):
        optimizer.get_updates(tf.constant(1.0), [v])


def test_constraints_hold_after_a_step():
    v = tf.Variable([1.0, -1.0], use_resource=True, constraint=tf.keras.constraints.NonNeg())
    step = tf.keras.optimizers.SGD(0.1).minimize(lambda: tf.reduce_sum(v), [v])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(v).tolist() == [pytest.approx(0.9), 0.0]


@pytest.mark.parametrize(
    ("kind", "rule", "given"),
    [
        ("CosineDecay", "cosine_decay", {"decay_steps": 10, "alpha": 0.1}),
        ("CosineDecayRestarts", "cosine_decay_restarts", {"first_decay_steps": 4, "t_mul": 2.0, "m_mul": 0.5}),
        ("LinearCosineDecay", "linear_cosine_decay", {"decay_steps": 10, "num_periods": 2.0}),
    ],
)
def test_cosine_schedules_are_the_rules_of_train(kind, rule, given):
    schedule, step = getattr(tf.keras.experimental, kind)(0.5, **given), tf.constant(7.0)
    with tf.Session() as session:
        got, want = session.run([schedule(step), getattr(tf.train, rule)(0.5, step, **given)])
    assert got == want and 0 < got < 0.5
    assert type(schedule).from_config(schedule.get_config()).get_config() == schedule.get_config()
