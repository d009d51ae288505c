"""Recurrent networks against TensorFlow 1.15 (golden/record_rnn.py): variables, forms, shapes, values, gradients, errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import rnn_programs

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "rnn.json").read_text())
VALUES = np.load(GOLDEN / "rnn.npz")


def compare(program, name, record, values):
    """Runs a program and compares all that is recorded of it."""
    facts, outs, slopes = rnn_programs.outcome(tf, program)
    assert facts == record["programs"][name]
    for prefix, found in ("", outs), ("d", slopes):
        assert f"{name}:{prefix}{len(found)}" not in values
        for i, value in enumerate(found):
            want = values[f"{name}:{prefix}{i}"]
            assert np.asarray(value).dtype == want.dtype and np.shape(value) == want.shape
            np.testing.assert_allclose(value, want, rtol=2e-4, atol=2e-5, err_msg=f"{prefix}{i}")


@pytest.mark.parametrize("name", rnn_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(name):
    compare(rnn_programs.PROGRAMS[name], name, RECORD, VALUES)


@pytest.mark.parametrize("name", rnn_programs.ERRORS)
def test_wrong_programs_raise_the_same(name):
    kind, text = rnn_programs.failure(tf, rnn_programs.ERRORS[name])
    wanted, words = RECORD["errors"][name]
    assert kind == wanted, text
    assert "converted code" in words or text[:22] == words[:22]
