"""`tf.losses` against TensorFlow 1.15 (golden/record_layers.py): values, gradients, collections, errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import layer_programs, loss_programs
from tests.dialects.test_layers import same_values

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "losses.json").read_text())
VALUES = np.load(GOLDEN / "losses.npz")


@pytest.mark.parametrize("program", loss_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(program):
    described, values = layer_programs.outcome(tf, loss_programs.PROGRAMS[program])
    recorded = RECORD["programs"][program]
    # nodes inside the cross entropies are those of tf.nn, which have tests of their own
    assert {k: v for k, v in described.items() if k != "nodes"} == {k: v for k, v in recorded.items() if k != "nodes"}
    assert tf.losses.get_losses() == []
    same_values(values, VALUES, program)


@pytest.mark.parametrize("program", ["huber_loss", "reductions", "scope", "mean_squared_error", "hinge_loss", "log_loss"])
def test_nodes_are_tensorflows(program):
    described, _ = layer_programs.outcome(tf, loss_programs.PROGRAMS[program])
    assert described["nodes"] == RECORD["programs"][program]["nodes"]


@pytest.mark.parametrize("program", loss_programs.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert layer_programs.failure(tf, loss_programs.ERRORS[program]) == RECORD["errors"][program]


@pytest.mark.usefixtures("eager_mode")
def test_losses_in_eager_mode():
    loss = tf.losses.mean_squared_error([1.0, 2.0], [2.0, 4.0], weights=[1.0, 0.0])
    assert float(loss.numpy()) == 1.0
