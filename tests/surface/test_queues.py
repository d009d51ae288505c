"""Queues against TensorFlow 1.15: what programs get, what errors tell, the nodes that they make, and the order of waiting."""

import json
import pathlib

import pytest

import mainstem.v1 as tf
from tests.surface import queue_programs

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "queues.json").read_text())["programs"]


@pytest.mark.parametrize("program", queue_programs.PROGRAMS, ids=lambda p: p.__name__)
def test_as_tensorflow(program):
    with tf.Graph().as_default(), tf.Session() as session:
        got = program(queue_programs.Bench(tf, session))
    for i, (ours, theirs) in enumerate(zip(json.loads(json.dumps(got)), GOLDEN[program.__name__], strict=True)):
        assert ours == theirs, i
