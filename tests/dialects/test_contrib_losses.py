"""`tf.contrib.losses` against TensorFlow 1.15 (golden/record_metrics.py): names, collections, values, gradients, errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import contrib_loss_programs, metric_rows

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "contrib_losses.json").read_text())


@pytest.mark.parametrize("program", contrib_loss_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(program):
    made, wanted = contrib_loss_programs.outcome(tf, contrib_loss_programs.PROGRAMS[program]), RECORD["rows"][program]
    assert made["losses"] == wanted["losses"]
    if "npairs" not in program:
        assert made["name"] == wanted["name"]
    assert len(made["values"]) == len(wanted["values"])
    for have, want in zip(made["values"], wanted["values"], strict=True):
        np.testing.assert_allclose(have, want, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("program", contrib_loss_programs.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert metric_rows.failure(tf, contrib_loss_programs.ERRORS[program]) == RECORD["errors"][program]


def test_losses_take_arguments_from_scopes():
    x = tf.zeros([2, 2])
    with tf.contrib.framework.arg_scope([tf.contrib.losses.mean_squared_error], scope="scoped"):
        assert tf.contrib.losses.mean_squared_error(x, x).name == "scoped/value:0"


def test_labels_without_sets_are_refused():
    with pytest.raises(TypeError, match="must be a list of SparseTensors"):
        tf.contrib.losses.metric_learning.npairs_loss_multilabel([tf.zeros([1])], tf.zeros([1, 2]), tf.zeros([1, 2]))
