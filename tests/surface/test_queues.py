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


def test_the_value_of_a_variable_that_an_assignment_gives_is_put_in():
    counter = tf.get_variable("counter", initializer=0, use_resource=False)
    queue = tf.FIFOQueue(4, [tf.int32, tf.int32], [[], []])
    put, taken = queue.enqueue([tf.assign_add(counter, 1), counter]), queue.dequeue()
    with tf.Session() as session:
        session.run(counter.initializer)
        session.run(put)
        assert [int(x) for x in session.run(taken)][0] == 1
