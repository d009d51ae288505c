"""Every layer of `tf.keras` against TensorFlow 1.15: values, gradients, names, configs, shapes (golden/record_keras_parts.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects.keras import layer_rows, part_programs
from tests.dialects.keras.test_parts import assert_alike

GOLDEN = pathlib.Path(__file__).parents[2] / "golden"
RECORD = json.loads((GOLDEN / "keras_layers.json").read_text())
ARRAYS = np.load(GOLDEN / "keras_layers.npz")


@pytest.mark.parametrize("name", [n for n in layer_rows.ROWS if n not in layer_rows.LATER])
def test_layer(name):
    told, values = layer_rows.outcome(tf, name)
    told = json.loads(json.dumps(part_programs.plain(told)))
    assert_alike(told, RECORD[name], name)
    for i, value in enumerate(values):
        np.testing.assert_allclose(value, ARRAYS[f"{name}:{i}"], rtol=2e-4, atol=3e-5, err_msg=f"{name}:{i}")
    assert f"{name}:{len(values)}" not in ARRAYS
