"""Models of `tf.keras` against TensorFlow 1.15 (golden/record_keras_models.py), in graph mode and in eager mode."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects.keras import model_programs, more_programs, part_programs
from tests.dialects.keras.test_parts import assert_alike

RECORD = json.loads((pathlib.Path(__file__).parents[2] / "golden" / "keras_models.json").read_text())
PROGRAMS = {**model_programs.PROGRAMS, **more_programs.PROGRAMS}


def run(program):
    return json.loads(json.dumps(part_programs.plain(PROGRAMS[program](tf))))


@pytest.mark.parametrize("program", PROGRAMS)
def test_graph_mode(program):
    if program == "csv_and_files":
        pytest.importorskip("h5py")
    tf.keras.backend.clear_session()
    assert_alike(run(program), RECORD["graph"][program], program)


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p != "progress"])  # TensorFlow's `evaluate` counts wrongly
def test_eager_mode(program, eager_mode):
    if program == "csv_and_files":
        pytest.importorskip("h5py")
    tf.keras.backend.clear_session()
    assert_alike(run(program), RECORD["eager"][program], program)


def test_savers_leave_out_what_metrics_count():
    with tf.Graph().as_default() as graph:
        mean = tf.keras.metrics.Mean()
        mean(3.0)
        model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
        model.compile("sgd", "mse", metrics=["mae"])
        model.train_on_batch(np.ones((2, 3)), np.ones((2, 2)))
        named = [v.name for v in graph.get_collection("variables")]
        assert named[:2] == ["dense/kernel:0", "dense/bias:0"] and not any("total" in n or "count" in n for n in named)
        assert tf.local_variables() == [] and len(mean.variables) == 2
        assert tf.keras.backend.eval(mean.result()) == 0.0
