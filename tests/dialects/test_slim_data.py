"""Slim's decoders and data providers against TensorFlow 1.15 (golden/record_learning.py)."""

import json
import pathlib

import pytest

import mainstem.v1 as tf
from tests.dialects import data_programs
from tests.train import session_programs
from tests.train.test_sessions import plain

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "learning.json").read_text())


@pytest.mark.parametrize("name", data_programs.PROGRAMS)
def test_programs_give_what_tensorflow_gives(name, tmp_path):
    found = json.loads(json.dumps(session_programs.logged(tf, str(tmp_path), data_programs.PROGRAMS[name])))
    assert plain(found["made"]) == plain(GOLDEN[name]["made"])
