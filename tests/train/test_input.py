"""The input pipelines of `tf.train` against TensorFlow 1.15: the graphs they make, what they give, what errors tell."""

import json
import pathlib

import pytest

import mainstem.v1 as tf
from tests.surface import queue_programs
from tests.train import input_programs, sparse_programs

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "queues.json").read_text())["programs"]


@pytest.mark.parametrize("program", input_programs.PIPELINES, ids=lambda p: p.__name__)
def test_as_tensorflow(program):
    compare(program, program.__name__)


@pytest.mark.parametrize("program", sparse_programs.PROGRAMS, ids=lambda p: p.__name__)
def test_sparse_tensors_as_tensorflow(program):
    compare(program, "sparse_" + program.__name__)


def compare(program, name):
    with tf.Graph().as_default(), tf.Session() as session:
        got = program(queue_programs.Bench(tf, session))
    for i, (ours, theirs) in enumerate(zip(json.loads(json.dumps(got)), GOLDEN[name], strict=True)):
        assert ours == theirs, i
