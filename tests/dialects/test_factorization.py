"""`tf.contrib.factorization` against TensorFlow 1.15 (golden/record_factorization.py)."""

import json
import pathlib
import warnings

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import factorization_programs as programs

RECORD = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "factorization.json").read_text())


def close(have, want):
    if isinstance(want, list) and want and not isinstance(want[0], float):
        assert len(have) == len(want)
        for h, w in zip(have, want, strict=True):
            close(h, w)
    elif isinstance(want, (float, list)):
        np.testing.assert_allclose(have, want, rtol=1e-4, atol=1e-5)
    else:
        assert have == want


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_centers_move_as_in_tensorflow(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # such as JAX's about memory that it cannot reuse: centers change their shape
        made = programs.outcome(tf, name)
    want = RECORD["programs"][name]
    assert made["variables"] == want["variables"]
    assert made["first"] == want["first"]
    close(made["steps"], want["steps"])


@pytest.mark.parametrize("name", programs.ERRORS)
def test_errors(name):
    assert programs.failure(tf, programs.ERRORS[name]) == RECORD["errors"][name]


@pytest.mark.parametrize("name", programs.RAGGED)
def test_errors_while_running(name):
    assert programs.run_failure(tf, name) == RECORD["run errors"][name]


def test_chains_choose_points():
    with tf.Graph().as_default(), tf.Session() as session:
        points = tf.placeholder(tf.float32, [None, 3])
        kmeans = tf.contrib.factorization.KMeans(points, 5, "kmc2", random_seed=3, kmc2_chain_length=20)
        *_, initialized, init, step = kmeans.training_graph()
        session.run(tf.global_variables_initializer())
        assert session.run(init, {points: programs.POINTS}) and session.run(initialized)
        centers = session.run("clusters:0")
        assert len({tuple(c) for c in centers}) == 5 and {tuple(c) for c in centers} <= {tuple(p) for p in programs.POINTS}
        session.run(step, {points: programs.POINTS})
        assert session.run("clusters:0").shape == (5, 3)


def _moved(points, centers, counts):
    """Centers [k, size] and counts after one small batch: each center is the mean of all that it has seen."""
    at = ((points[:, None] - centers) ** 2).sum(-1).argmin(1)
    for k in range(len(centers)):
        seen = points[at == k]
        counts[k] += len(seen)
        if len(seen):
            centers[k] += (seen - centers[k]).sum(0) / counts[k]


def _batches(settings):
    """The centers after each of six small batches of the points."""
    with tf.Graph().as_default(), tf.Session() as session:
        points = tf.placeholder(tf.float32, [None, 3])
        settings = {"initial_clusters": programs.POINTS[:4], "use_mini_batch": True, **settings}
        *_, init, step = tf.contrib.factorization.KMeans(points, 4, **settings).training_graph()
        session.run(tf.global_variables_initializer())
        session.run(init, {points: programs.POINTS})
        for i in range(6):
            session.run(step, {points: programs.POINTS[i * 6 : i * 6 + 6]})
            yield session.run("clusters:0")


def test_a_small_batch_moves_centers_by_the_mean_of_all_seen():
    centers, counts = programs.POINTS[:4].astype("float64"), np.ones(4)
    for i, found in enumerate(_batches({})):
        _moved(programs.POINTS[i * 6 : i * 6 + 6], centers, counts)
        np.testing.assert_allclose(found, centers, rtol=1e-5, atol=1e-6)


def test_centers_wait_for_several_small_batches():
    centers = programs.POINTS[:4].astype("float64")
    gathered, counts, until = centers.copy(), np.zeros(4), 2
    for i, found in enumerate(_batches({"mini_batch_steps_per_iteration": 2})):
        points = programs.POINTS[i * 6 : i * 6 + 6]
        at = ((points[:, None] - centers) ** 2).sum(-1).argmin(1)
        until -= 1
        if until < 0:  # what was gathered until now counts, and a new count begins
            centers, counts, until = gathered.copy(), np.zeros(4), 1
        for k in range(4):
            seen = points[at == k]
            counts[k] += len(seen)
            if len(seen):
                gathered[k] += (seen - gathered[k]).sum(0) / counts[k]
        np.testing.assert_allclose(found, centers, rtol=1e-5, atol=1e-6)
