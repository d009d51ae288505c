"""Variables in eager mode against TensorFlow 2.21 (`tests/golden/record_eager_variables.py`), and what only Mainstem can be asked."""

import gc
import json
import math
import pathlib
import pickle
import threading
import weakref

import numpy as np
import pytest

import mainstem.v2 as tf
from mainstem.base import errors
from mainstem.state import store
from mainstem.state.eager_variable import EagerVariable
from tests.state import eager_programs

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "eager_variables.json").read_text())
pytestmark = pytest.mark.usefixtures("eager_mode")


def same(ours, theirs):
    """Whether facts agree; numbers to the last bits of float32."""
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, float):
        return isinstance(ours, float) and math.isclose(ours, theirs, rel_tol=2e-6, abs_tol=2e-7)
    return type(ours) is type(theirs) and ours == theirs


@pytest.mark.parametrize("name", eager_programs.PROGRAMS)
def test_programs_give_what_tensorflow_gives(name, monkeypatch):
    monkeypatch.setattr(tf, "_store", store.EagerVariableStore, raising=False)
    ours = json.loads(json.dumps(eager_programs.PROGRAMS[name](tf)))
    assert len(ours) == len(GOLDEN[name])
    for i, (mine, theirs) in enumerate(zip(ours, GOLDEN[name], strict=True)):
        assert same(mine, theirs), f"{name}[{i}]: {mine} is not {theirs}"


def test_the_value_goes_with_the_variable():
    v = tf.Variable(np.ones(3, "f"))
    array, slot = weakref.ref(v.handle._value.value), weakref.ref(v.handle._value)
    del v
    gc.collect()
    assert slot() is None and array() is None


def test_what_was_read_stays_when_the_variable_changes():
    v = tf.Variable([1.0, 2.0])
    before, part = v.value(), v[0]
    v.assign_add([1.0, 1.0])
    v.scatter_nd_update([[0]], [9.0])
    np.testing.assert_array_equal(before.numpy(), [1, 2])
    assert part.numpy() == 1
    assert v.handle._value.shared  # a compiled program must copy it before it may be overwritten


def test_a_constant_that_becomes_a_value_is_not_shared_with_the_users_array():
    array = np.zeros(4, "f")
    v = tf.Variable(array)
    w = tf.Variable(v)
    array[0] = 5
    v.assign_add(np.ones(4, "f"))
    out = v.numpy()
    out[1] = 7
    assert v.numpy().tolist() == [1, 1, 1, 1] and w.numpy().tolist() == [0, 0, 0, 0]


def test_an_assignment_names_variable_and_shapes_when_they_do_not_fit():
    v = tf.Variable([1.0, 2.0], name="w")
    with pytest.raises(ValueError, match=r"variable ' w:0'.*shape \(2,\).*shape \(3,\)"):
        v.assign([1.0, 2.0, 3.0])
    with pytest.raises(errors.InvalidArgumentError, match="AssignAddVariableOp"):
        v.assign_add([1.0])
    assert v.numpy().tolist() == [1, 2]


def test_threads_add_up():
    v = tf.Variable(0)

    def work():
        for _ in range(50):
            v.assign_add(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert v.numpy() == 200


def test_equality_is_identity_in_tensorflow_1():
    tf.compat.v1.disable_tensor_equality()
    v = tf.Variable([1.0])
    assert (v == v) is True and (v == [1.0]) is False and (v != v) is False and v in {v}


def test_signatures_of_both_worlds():
    one = tf.compat.v1.Variable(1.0, True, ["ignored"], name="a", expected_shape=[], use_resource=False)
    two = tf.Variable(1.0, False, True, None, "b")
    assert type(one) is type(two) is EagerVariable
    assert (one.name, one.trainable, two.name, two.trainable) == ("a:0", True, "b:0", False)
    with pytest.raises(TypeError, match="collections"):
        tf.Variable(1.0, collections=["x"])


def test_variables_in_a_graph_stay_graph_variables():
    outside = tf.Variable(2.0)
    with tf.Graph().as_default():
        v = tf.Variable(1.0)
        assert not isinstance(v, EagerVariable) and v.graph is tf.compat.v1.get_default_graph()
        with tf.init_scope():
            inside = tf.Variable(3.0)
        with pytest.raises(ValueError, match="eager"):
            _ = outside + 1.0
    assert not isinstance(inside, EagerVariable)
    assert outside.numpy() == 2


def test_pickling_keeps_value_and_name():
    v = pickle.loads(pickle.dumps(tf.Variable([1.0, 2.0], name="w", trainable=False)))
    assert (v.name, v.trainable, v.numpy().tolist()) == ("w:0", False, [1, 2])
