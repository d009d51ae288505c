"""Fifty training steps from the same initial values: our loss is TensorFlow 1.15's at every step."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.run import curve_programs

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "curve.json").read_text())["loss"]


@pytest.mark.parametrize("name", curve_programs.PROGRAMS)
def test_loss_at_every_step(name):
    ours = curve_programs.curve(tf, name)
    assert min(GOLDEN[name]) < 0.85 * GOLDEN[name][0], "the recorded program learns, or equal losses say little"
    np.testing.assert_allclose(ours, GOLDEN[name], atol=1e-3, rtol=0)
