"""`tf.contrib.nn` against TensorFlow 1.15 (golden/record_metrics.py): values, gradients, errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import contrib_loss_programs, contrib_nn_programs, metric_rows

RECORD = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "contrib_nn.json").read_text())


@pytest.mark.parametrize("program", contrib_nn_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(program):
    made = contrib_loss_programs.outcome(tf, contrib_nn_programs.PROGRAMS[program])["values"]
    for have, want in zip(made, RECORD["rows"][program]["values"], strict=True):
        np.testing.assert_allclose(have, want, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("program", contrib_nn_programs.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert metric_rows.failure(tf, contrib_nn_programs.ERRORS[program]) == RECORD["errors"][program]


def test_classes_are_drawn_where_none_are_given():
    p = contrib_nn_programs
    losses = tf.contrib.nn.rank_sampled_softmax_loss(
        p.WEIGHTS, p.BIASES, p.LABELS, p.INPUTS, 6, 3, 12, 1, None, 0.5, False, "mod"
    )
    with tf.Session() as session:
        assert session.run(losses).shape == (3,)
