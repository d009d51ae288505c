"""Decay schedules and moving averages against TensorFlow 1.15 (`tests/golden/record_optimizers.py`)."""

import json
import pathlib

import numpy as np
import pytest

from mainstem.train import schedules
from tests.train import optimizer_programs as programs
from tests.train.names import tf

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "optimizers.json").read_text())
ORDINARY = [n for n in dir(schedules) if n.endswith("_decay") and n != "noisy_linear_cosine_decay"]


@pytest.mark.parametrize("kind", ["int32", "int64"])
@pytest.mark.parametrize("index", range(len(programs.DECAYS)), ids=lambda i: f"{i}-{programs.DECAYS[i][0]}")
def test_rates_at_each_step(index, kind):
    golden = GOLDEN["decay"][index][kind]
    ours = programs.decay(tf, index, kind)
    np.testing.assert_allclose(ours["values"], golden["values"], rtol=1e-6, atol=1e-8)
    assert ours["dtype"] == golden["dtype"]
    if programs.DECAYS[index][0] != "piecewise_constant":  # TensorFlow names that after the insides of tf.case
        assert ours["name"] == golden["name"]


def test_every_schedule_is_recorded():
    recorded = {name for name, _ in programs.DECAYS}
    assert {n for n in ORDINARY if n != "piecewise_constant_decay"} <= recorded
    assert schedules.piecewise_constant_decay is schedules.piecewise_constant


def test_float64_rate_and_variable_arguments():
    with tf.Graph().as_default():
        rate = tf.constant(0.1, "float64")
        decayed = schedules.exponential_decay(rate, tf.constant(5), tf.constant(10), tf.constant(0.25))
        assert decayed.dtype.name == "float64"
        with tf.Session() as session:
            np.testing.assert_allclose(session.run(decayed), 0.05)


def test_noise_depends_on_the_step_and_the_seed():
    with tf.Graph().as_default() as graph:
        graph.seed = 3
        step = tf.placeholder(tf.int32, [])
        rate = schedules.noisy_linear_cosine_decay(0.1, step, 100, initial_variance=0.01)
        plain = schedules.linear_cosine_decay(0.1, step, 100)
        with tf.Session() as session:
            noisy, smooth = session.run([rate, plain], {step: 10})
            again = session.run(rate, {step: 10})
        assert 0 < abs(noisy - smooth) < 0.1
        assert again != noisy


@pytest.mark.parametrize("function", ORDINARY)
def test_a_step_is_required(function):
    if function.startswith("piecewise"):
        pytest.skip("takes x")
    with tf.Graph().as_default(), pytest.raises(ValueError, match="global_step is required"):
        getattr(schedules, function)(
            0.1, None, 10, *([0.5] if function.split("_")[0] in ("exponential", "inverse", "natural") else [])
        )


def test_piecewise_constant_checks_its_lists():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="1 less than the length of values"):
            schedules.piecewise_constant(tf.constant(1), [1, 2], [1.0, 2.0])
        with pytest.raises(ValueError, match="must have the same dtype as x"):
            schedules.piecewise_constant(tf.constant(1), [1.0, 2], [1.0, 2.0, 3.0])
        with pytest.raises(ValueError, match="all with the same dtype"):
            schedules.piecewise_constant(tf.constant(1), [1], [1.0, 2])


@pytest.mark.parametrize("kind", ["ref", "resource"])
@pytest.mark.parametrize("index", range(len(programs.AVERAGES)))
def test_averages_of_a_variable_and_a_tensor(index, kind):
    golden = GOLDEN["average"][index][kind]
    ours = programs.average(tf, index, kind == "resource")
    np.testing.assert_allclose(ours["values"], golden["values"], rtol=2e-6, atol=2e-6)
    for what in golden:
        if what != "values":
            assert ours[what] == golden[what], what


def test_averages_refuse_integers_and_unknown_values():
    with tf.Graph().as_default():
        ema = tf.train.ExponentialMovingAverage(0.9)
        count = tf.get_variable("count", initializer=np.int32(3))
        with pytest.raises(TypeError, match="must be half, float, or double: count:0"):
            ema.apply([count])
        assert ema.average(count) is None
        assert ema.average_name(count) == "count/ExponentialMovingAverage"
