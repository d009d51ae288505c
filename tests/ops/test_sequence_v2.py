"""ParseSequenceExampleV2 against TensorFlow 2.21, values and words of errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem as tf
from mainstem.v1 import train
from tests.ops import sequence_rows as rows

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "sequence.json").read_text())
BY_CHANCE = (5, 12)  # TensorFlow sets no ends of rows for one record


@pytest.fixture(scope="module")
def found():
    from mainstem.run import behavior

    behavior.enable_v2_behavior()
    yield rows.results(tf, train.SequenceExample)
    behavior.disable_v2_behavior()


@pytest.mark.parametrize("name", GOLDEN)
def test_as_tensorflow(found, name):
    ours, theirs = json.loads(json.dumps(found[name])), GOLDEN[name]
    if len(theirs) > 2:
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            if i in BY_CHANCE and b[0][1] == []:
                assert [x[:2] for x in a] == [x[:2] for x in b]
            else:
                assert a == b, i
    else:
        assert ours == theirs


def test_shapes_in_a_graph():
    with tf.Graph().as_default():
        many = rows.call(tf, tf.compat.v1.placeholder(tf.string, [4]))
        one = rows.call(tf, tf.compat.v1.placeholder(tf.string, []), b"")
        unknown = rows.call(tf, tf.compat.v1.placeholder(tf.string))
    shapes = [[[None if d is None else d for d in t.shape.as_list()] for t in part] for part in many]
    assert shapes[3] == [[4], [4, 2]] and shapes[5] == [[5]] and shapes[9] == [[4, None, 2]] and shapes[10] == [[4]]
    assert [t.shape.as_list() for t in one[9]] == [[None, 2]] and one[5][0].shape.rank == 0
    assert all(t.shape.rank is None for part in unknown for t in part)
    assert np.asarray(rows.strings([b"a\0"]))[0] == b"a\0"
