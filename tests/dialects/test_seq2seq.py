"""`tf.contrib.seq2seq` against TensorFlow 1.15 (golden/record_rnn.py): variables, forms, shapes, values, gradients, errors."""

import json
import pathlib

import numpy as np
import pytest

from tests.dialects import seq2seq_programs
from tests.dialects.test_rnn import compare, compare_failure, marked

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "seq2seq.json").read_text())
VALUES = np.load(GOLDEN / "seq2seq.npz")
SLOW = [
    "training_imputed",
    "training_time_major",
    "greedy_imputed",
    "scheduled_output_function",
    "scheduled_output_auxiliary",
    "bahdanau",
    "luong_scaled",
    "luong_monotonic",
    "beam_plain",
    "beam_length",
    "beam_attention",
]


@pytest.mark.parametrize("name", marked(seq2seq_programs.PROGRAMS, SLOW))
def test_programs_do_what_tensorflow_does(name):
    compare(seq2seq_programs.PROGRAMS[name], name, RECORD, VALUES)


@pytest.mark.parametrize("name", seq2seq_programs.ERRORS)
def test_wrong_programs_raise_the_same(name):
    compare_failure(seq2seq_programs.ERRORS[name], RECORD["errors"][name])
