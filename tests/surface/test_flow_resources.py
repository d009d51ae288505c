"""Accumulators, barriers and staging areas against TensorFlow 1.15."""

import json
import pathlib

import pytest

import mainstem.v1 as tf
from mainstem.surface import staging
from tests.surface import flow_programs, queue_programs

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "queues.json").read_text())["programs"]


@pytest.mark.parametrize("program", flow_programs.PROGRAMS, ids=lambda p: p.__name__)
def test_as_tensorflow(program):
    with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(operation_timeout_in_ms=1000)) as session:
        bench = queue_programs.Bench(tf, session)
        bench.flow = staging
        got = program(bench)
    for i, (ours, theirs) in enumerate(zip(json.loads(json.dumps(got)), GOLDEN["flow_" + program.__name__], strict=True)):
        assert ours == theirs, i


def test_strings_in_a_barrier_keep_the_zeros_at_their_end():
    with tf.Graph().as_default(), tf.Session() as session:
        barrier = staging.Barrier((tf.string,), shapes=((),))
        session.run(barrier.insert_many(0, [b"a\0", b"b"], [b"one\0\0", b"two\0"]))
        _, keys, values = session.run(barrier.take_many(2))
        assert keys.tolist() == [b"a\0", b"b"] and values[0].tolist() == [b"one\0\0", b"two\0"]
