"""The small parts of `tf.keras` against TensorFlow 1.15 (golden/record_keras_parts.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects.keras import part_programs, preprocessing_programs

RECORD = json.loads((pathlib.Path(__file__).parents[2] / "golden" / "keras_parts.json").read_text())


def assert_alike(made, recorded, where=""):
    """Equality, of numbers up to rounding."""
    if isinstance(recorded, dict):
        assert set(made) == set(recorded), where
        for key, value in recorded.items():
            assert_alike(made[key], value, f"{where}.{key}")
    elif isinstance(recorded, list):
        assert len(made) == len(recorded), (where, made, recorded)
        for i, (m, r) in enumerate(zip(made, recorded)):
            assert_alike(m, r, f"{where}[{i}]")
    elif isinstance(recorded, float):
        np.testing.assert_allclose(made, recorded, rtol=2e-5, atol=2e-6, err_msg=where)
    else:
        assert made == recorded, where


PROGRAMS = {**part_programs.PROGRAMS, **preprocessing_programs.PROGRAMS}


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs(program):
    made = part_programs.plain(PROGRAMS[program](tf))
    assert_alike(json.loads(json.dumps(made)), RECORD[program], program)
