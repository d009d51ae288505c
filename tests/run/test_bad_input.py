"""What does not fit is refused when the graph is built: TensorFlow 1.15's class of exception, with op, shapes and line."""

import json
import pathlib
import re

import pytest

import mainstem.v1 as tf
from tests.run import bad_programs

RAISED = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "bad_input.json").read_text())["raised"]
EARLIER = ("reshape_two_unknown", "slice")  # TensorFlow builds these and fails when they run
OPS = {
    "matmul_inner": ("MatMul", "[2,3], [4,5]"),
    "matmul_rank": ("MatMul", "[3], [3,5]"),
    "matmul_dtype": ("MatMul", "float32[2,3], int32[3,5]"),
    "matmul_string": ("MatMul", "string[1,1], string[1,1]"),
    "add_shapes": ("add", "[2,3], [4]"),
    "add_dtypes": ("add", "float32[2], int32[2]"),
    "add_python": ("add", "int32[2], float32[]"),
    "conv_rank": ("Conv2D", "[8,8,3], [3,3,3,4]"),
    "conv_channels": ("Conv2D", "[1,8,8,3], [3,3,2,4]"),
    "conv_too_big": ("Conv2D", "[1,2,2,3], [3,3,3,4]"),
    "conv_dtype": ("Conv2D", "int32[1,8,8,3], float32[3,3,3,4]"),
    "bias_add": ("BiasAdd", "[2,3], [4]"),
    "max_pool": ("MaxPool", "[8,8,3]"),
    "reshape": ("Reshape", "[2,3], [2]"),
    "concat": ("concat", "[2,3], [3,3], []"),
    "stack": ("stack", "[2], [3]"),
    "transpose": ("transpose", "[2,3], [3]"),
    "squeeze": ("Squeeze", "[2,3]"),
    "split": ("split", "[], [5,3]"),
    "where": ("Select", "float32[2], float32[2], float32[2]"),
    "where_shapes": ("Select", "[2], [3], [3]"),
    "xent_shapes": ("softmax_cross_entropy_with_logits_sg", "[2,4], [2,3]"),
    "top_k": ("TopKV2", "[2,3], []"),
    "assign_shape": ("Assign", "[2], [3]"),
    "assign_dtype": ("Assign", "float32_ref[2], int32[2]"),
    "one_hot_depth": ("one_hot", "[2], [2], [], []"),
    "broadcast_to": ("BroadcastTo", "[2,3], [2]"),
}


@pytest.mark.parametrize("name", bad_programs.CALLS)
def test_class_of_exception(name):
    found = bad_programs.outcome(tf, name)
    assert found is not None, "it builds"
    if name in EARLIER:
        assert RAISED[name] is None and found[0] == "ValueError"
    else:
        assert found[0] == RAISED[name], found[1]


@pytest.mark.parametrize("name", OPS)
def test_the_message_names_the_op_its_inputs_and_the_line(name):
    op, inputs = OPS[name]
    message = bad_programs.outcome(tf, name)[1]
    assert f"(op '{op}'" in message
    assert f"[{inputs}]" in message or f"inputs {inputs}," in message
    line = int(re.search(r"bad_programs\.py:(\d+)\)$", message)[1])
    text = pathlib.Path(bad_programs.__file__).read_text().splitlines()[line - 1]
    assert f'"{name}": lambda' in text


def test_what_was_refused_leaves_nothing_behind():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    before = [op.name for op in tf.get_default_graph().get_operations()]
    for bad in (tf.placeholder(tf.float32, [4, 5], name="y"), tf.placeholder(tf.int32, [3, 5], name="z")):
        with pytest.raises((ValueError, TypeError)):
            tf.matmul(x, bad)
    after = [op.name for op in tf.get_default_graph().get_operations()]
    assert after == [*before, "y", "z"]
    assert not x.op.outputs[0].consumers()
