"""`tf.contrib.layers` and Slim against TensorFlow 1.15 (golden/record_layers.py): variables, collections, nodes, values, errors."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.dialects.contrib import arg_scope, collected
from tests.dialects import layer_programs, slim_programs
from tests.dialects.test_layers import same_values

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"
RECORD = json.loads((GOLDEN / "slim.json").read_text())
VALUES = np.load(GOLDEN / "slim.npz")
slim = tf.contrib.slim


@pytest.mark.parametrize("program", slim_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(program):
    described, values = layer_programs.outcome(tf, slim_programs.PROGRAMS[program])
    assert described == RECORD["programs"][program]
    same_values(values, VALUES, program)


@pytest.mark.parametrize("program", slim_programs.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert layer_programs.failure(tf, slim_programs.ERRORS[program]) == RECORD["errors"][program]


def test_argument_scopes_nest_and_end():
    @slim.add_arg_scope
    def f(x, a=1, b=2):
        return x, a, b

    @slim.add_arg_scope
    def g(x, a=1):
        return x, a

    with slim.arg_scope([f, g], a=5):
        with slim.arg_scope([f], b=7) as inner:
            assert f(0) == (0, 5, 7) and g(0) == (0, 5) and f(0, b=1) == (0, 5, 1)
        assert f(0) == (0, 5, 2)
    assert f(0) == (0, 1, 2)
    with slim.arg_scope(inner):
        assert f(0) == (0, 5, 7)
    assert slim.has_arg_scope(f) and not slim.has_arg_scope(len)
    assert arg_scope.arg_scoped_arguments(f) == ("a", "b")
    assert f.__name__ == "f"


def test_a_scope_ends_after_an_error():
    with pytest.raises(KeyError), slim.arg_scope([slim.conv2d], stride=2):
        raise KeyError
    assert not arg_scope.current_arg_scope()


def test_model_variables_are_found_by_scope_name_and_suffix():
    x = tf.zeros([2, 4])
    with tf.variable_scope("a"):
        slim.fully_connected(x, 3)
    slim.fully_connected(x, 3, scope="b", normalizer_fn=slim.batch_norm)
    tf.Variable(1.0, name="other")
    names = [v.op.name for v in slim.get_model_variables()]
    of_norm = [f"b/BatchNorm/{n}" for n in ("beta", "moving_mean", "moving_variance")]
    assert names == ["a/fully_connected/weights", "a/fully_connected/biases", "b/weights", *of_norm]
    assert [v.op.name for v in slim.get_variables("a", "biases")] == ["a/fully_connected/biases"]
    assert [v.op.name for v in slim.get_variables_by_name("weights")] == ["a/fully_connected/weights", "b/weights"]
    assert [v.op.name for v in slim.get_variables_by_suffix("mean")] == ["b/BatchNorm/moving_mean"]
    restored = slim.get_variables_to_restore(include=["b"], exclude=["b/BatchNorm"])
    assert [v.op.name for v in restored] == ["b/weights"]
    assert slim.get_unique_variable("b/weights") is restored[0]
    assert slim.filter_variables(slim.get_variables(), ["^b"], ["Norm"]) == restored
    with pytest.raises(TypeError, match="include"):
        slim.get_variables_to_restore(include="b")


def test_local_and_global_variables():
    local, whole = slim.local_variable(1.0, name="l"), slim.global_variable(2.0, name="g")
    assert tf.local_variables() == [local] and tf.global_variables() == [whole] and not tf.trainable_variables()
    slim.add_model_variable(whole), slim.add_model_variable(whole)
    assert slim.get_model_variables() == [whole]


def test_named_outputs():
    t = tf.zeros([1], name="t")
    assert collected.get_tensor_aliases(t) == ["t"]
    collected.collect_named_outputs("c", "alias/", t)
    collected.collect_named_outputs(None, "no", t)
    assert collected.gather_tensors_aliases([t]) == ["alias"]
    assert list(collected.convert_collection_to_dict("c", clear_collection=True)) == ["alias"]
    assert not tf.get_collection("c")
