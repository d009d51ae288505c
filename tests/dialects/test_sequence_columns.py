"""Sequence columns, Slim's `InputLayer` and repeated linear models against TensorFlow 1.15 (golden/record_columns.py)."""

import json
import pathlib

import pytest

import mainstem.v1 as tf
from tests.dialects import column_programs, sequence_programs
from tests.dialects.test_columns import close

RECORD = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "sequence_columns.json").read_text())


@pytest.mark.parametrize("program", sequence_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(program):
    made, recorded = column_programs.outcome(tf, sequence_programs.PROGRAMS[program]), dict(RECORD["programs"][program])
    close(made.pop("values"), recorded.pop("values"))
    recorded["model_variables"] = list(dict.fromkeys(recorded["model_variables"]))  # TensorFlow adds shared ones again
    assert made == recorded


@pytest.mark.parametrize("program", sequence_programs.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert column_programs.failure(tf, sequence_programs.ERRORS[program]) == RECORD["errors"][program]


def test_names_and_what_parses_them():
    made = json.loads(json.dumps(sequence_programs.specs(tf)))
    assert made == RECORD["specs"]
