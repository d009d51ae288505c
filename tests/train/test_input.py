"""The input pipelines of `tf.train` against TensorFlow 1.15: the graphs they make, what they give, what errors tell."""

import json
import pathlib

import pytest

import mainstem.v1 as tf
from tests.surface import queue_programs
from tests.train import input_programs

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "queues.json").read_text())["programs"]


@pytest.mark.parametrize("program", input_programs.PIPELINES, ids=lambda p: p.__name__)
def test_as_tensorflow(program):
    with tf.Graph().as_default(), tf.Session() as session:
        got = program(queue_programs.Bench(tf, session))
    for i, (ours, theirs) in enumerate(zip(json.loads(json.dumps(got)), GOLDEN[program.__name__], strict=True)):
        assert ours == theirs, i
