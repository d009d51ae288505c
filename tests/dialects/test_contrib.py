"""The rest of `tf.contrib.layers` and `tf.contrib.framework` against TensorFlow 1.15 (golden/record_layers.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.dialects import contrib_programs, layer_programs

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "contrib.json").read_text())
VALUES = np.load(GOLDEN / "contrib.npz", allow_pickle=True)


@pytest.mark.parametrize("program", contrib_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(program):
    described, values = layer_programs.outcome(tf, contrib_programs.PROGRAMS[program])
    recorded = RECORD["programs"][program]
    for key in set(recorded) - {"nodes"}:
        assert described[key] == recorded[key], key
    texts = [i for i, v in enumerate(values) if isinstance(v, bytes)]
    assert all(values[i] == VALUES[f"{program}:{i}"] for i in texts)
    for i, value in enumerate(values):
        if i not in texts:
            want = VALUES[f"{program}:{i}"]
            assert np.asarray(value).dtype == want.dtype
            np.testing.assert_allclose(value, want, rtol=2e-5, atol=2e-5, err_msg=str(i))
    assert f"{program}:{len(values)}" not in VALUES


@pytest.mark.parametrize("program", contrib_programs.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert layer_programs.failure(tf, contrib_programs.ERRORS[program]) == RECORD["errors"][program]


def test_the_graph_of_inputs_is_one():
    find = tf.contrib.framework.get_graph_from_inputs
    first, second = tf.Graph(), tf.Graph()
    with first.as_default():
        inputs = [tf.constant(0.0), tf.constant(1.0)]
    assert find(inputs) is first and find(inputs, first) is first and find(["x"], second) is second
    assert find([]) is tf.get_default_graph()
    with pytest.raises(ValueError, match="Const:0.* is not from the passed-in graph"):
        find(inputs, second)
    with second.as_default():
        inputs.append(tf.constant(2.0, name="c"))
    with pytest.raises(ValueError, match="c:0.* must be from the same graph as .*Const:0"):
        find(inputs)
    with pytest.raises(ValueError, match="c:0.* is not from the passed-in graph"):
        find(inputs, first)
    with pytest.raises(TypeError, match="Input graph needs to be a Graph: 5"):
        find(inputs, 5)


def test_reversible_blocks_are_undone():
    def dense(x):
        return tf.layers.dense(x, 4, use_bias=False)

    x = [tf.constant(np.random.RandomState(i).rand(3, 4).astype("f")) for i in range(2)]
    block = tf.contrib.layers.RevBlock(dense, [dense, tf.nn.relu], num_layers=2)
    y = block(x)
    undone, again = block.backward(*y), block(y, forward=False)
    assert len(tf.global_variables()) == 3  # the way back has the same ones
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for found in session.run([undone, again]):
            np.testing.assert_allclose(found, session.run(x), rtol=1e-5, atol=1e-6)
