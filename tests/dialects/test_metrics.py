"""`tf.metrics` against TensorFlow 1.15 (golden/record_metrics.py): names, variables, values of several updates, errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import metric_rows

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "metrics.json").read_text())


def same(made, wanted):
    """The outcome of a row is the recorded one, numbers within single precision."""
    numbers = ("before", "updates", "values")
    assert {k: v for k, v in made.items() if k not in numbers} == {k: v for k, v in wanted.items() if k not in numbers}
    for key in numbers:
        assert len(made[key]) == len(wanted[key])
        for have, want in zip(made[key], wanted[key], strict=True):
            close(have, want)


def close(have, want):
    if isinstance(want, list):
        assert len(have) == len(want)
        for h, w in zip(have, want, strict=True):
            close(h, w)
    elif isinstance(want, float):
        np.testing.assert_allclose(have, want, rtol=2e-5, atol=1e-6)
    else:
        assert have == want


@pytest.mark.parametrize("row", metric_rows.ROWS)
def test_rows_do_what_tensorflow_does(row):
    same(metric_rows.outcome(tf, metric_rows.ROWS[row]), RECORD["rows"][row])


@pytest.mark.parametrize("program", metric_rows.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert metric_rows.failure(tf, metric_rows.ERRORS[program]) == RECORD["errors"][program]


@pytest.mark.parametrize("row", metric_rows.RUN_ERRORS)
def test_wrong_runs_raise_the_same(row):
    assert metric_rows.run_failure(tf, metric_rows.RUN_ERRORS[row]) == RECORD["run errors"][row]


def test_weights_of_a_run_say_what_does_not_fit():
    values, weights = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    _, update = tf.metrics.mean(values, weights)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match="weights can not be broadcast to values"):
            session.run(update, {values: np.ones((4, 3)), weights: np.ones((4, 2))})
        assert session.run(update, {values: np.ones((4, 3)), weights: np.ones((4, 1))}) == 1


def test_values_of_the_traps():
    labels, scores = tf.constant([0, 0, 1, 1]), tf.constant([0.1, 0.4, 0.35, 0.8])
    auc, update = tf.metrics.auc(labels, scores)
    iou = tf.metrics.mean_iou([0, 1], [0, 1], 3)
    accuracy = tf.metrics.mean_per_class_accuracy([0, 1], [0, 0], 3)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        assert session.run([auc, iou[0], accuracy[0]]) == [0, 0, 0]
        assert abs(session.run(update) - 0.7499998) < 1e-7  # 200 thresholds, not exact
        session.run([iou[1], accuracy[1]])
        assert (
            session.run(iou[0]) == 1 and abs(session.run(accuracy[0]) - 1 / 3) < 1e-6
        )  # an absent class: skipped, and counted as 0


@pytest.mark.usefixtures("eager_mode")
@pytest.mark.parametrize("name", ["mean", "auc", "precision", "recall_at_k", "mean_iou"])
def test_metrics_are_refused_in_eager_mode(name):
    arguments = {"mean": (1.0,), "recall_at_k": ([0], [[1.0]], 1), "mean_iou": ([0], [0], 2)}.get(name, ([True], [True]))
    with pytest.raises(RuntimeError, match="is not supported when eager execution is enabled"):
        getattr(tf.metrics, name)(*arguments)
