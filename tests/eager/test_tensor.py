"""Concrete tensors: protocols of NumPy, JAX, DLPack and Python, equality in both behaviours, where arrays are shared."""

import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mainstem.v1 as tf1
import mainstem.v2 as tf
from mainstem.eager.tensor import EagerTensor
from mainstem.run import behavior

pytestmark = pytest.mark.usefixtures("eager_mode")


@pytest.fixture
def x():
    return tf.add(tf.constant([1.0, 2.0]), 0.0)


def test_equality_and_hash_in_both_behaviours(x):
    assert (x == x).numpy().tolist() == [True, True] and (x != 1.0).numpy().tolist() == [False, True]
    assert (x == None) is False and (x != None) is True  # noqa: E711
    with pytest.raises(TypeError, match=r"Tensor is unhashable. Instead, use tensor.ref\(\) as the key."):
        hash(x)
    assert {x.ref(): 1}[x.ref()] == 1 and x.ref().deref() is x
    behavior.disable_tensor_equality()
    assert (x == x) is True and (x == tf.constant([1.0, 2.0])) is False and {x: 1}[x] == 1


def test_the_numpy_protocol(x):
    assert np.add(x, 1).tolist() == [2.0, 3.0] and np.mean(x) == 1.5 and isinstance(np.sin(x), np.ndarray)
    left = np.array([1.0, 1.0], np.float32) + x
    assert isinstance(left, EagerTensor) and left.numpy().tolist() == [2.0, 3.0]
    mine = x.numpy()
    mine[0] = 7.0
    assert x.numpy()[0] == 1.0, "numpy() gives an array of the caller's own"
    view = np.asarray(x)
    assert not view.flags.writeable and np.shares_memory(view, np.asarray(x._value))
    copied = np.array(x)
    copied[0] = 5.0
    assert x.numpy()[0] == 1.0 and np.asarray(x, np.float64).dtype == np.float64


def test_a_constant_does_not_change_with_the_array_it_was_made_from():
    given = np.array([1.0, 2.0], np.float32)
    t = tf.constant(given)
    given[0] = 9.0
    assert t.numpy().tolist() == [1.0, 2.0]


def test_jax_arrays_are_shared(x):
    a = jnp.arange(4.0)
    for t in (tf.constant(a), tf.convert_to_tensor(a), tf.convert_to_tensor(a, tf.float32)):
        assert t._value is a
    assert jnp.asarray(x) is x._value and jnp.sum(jnp.asarray(x)) == 3.0
    assert tf.constant(a, tf.int32).dtype is tf.int32 and (tf.constant(jnp.asarray(2.0)) + 1.0).numpy() == 3.0
    assert tf.add(a, 1.0).numpy().tolist() == [1.0, 2.0, 3.0, 4.0]


def test_the_users_own_jax_keeps_its_width(x):
    tf.add(x, 1.0)
    tf.constant([1.0], tf.float64) + 1.0
    assert jnp.asarray(np.array([1.0])).dtype == np.float32 and jax.jit(lambda a: a + 1)(1.0).dtype == np.float32


def test_dlpack_without_a_copy(x):
    again = tf.experimental.dlpack.from_dlpack(tf.experimental.dlpack.to_dlpack(x))
    assert again._value.unsafe_buffer_pointer() == x._value.unsafe_buffer_pointer()
    assert np.from_dlpack(x).tolist() == [1.0, 2.0]
    given = np.arange(3, dtype=np.float32)
    assert tf.experimental.dlpack.from_dlpack(given).numpy().tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(TypeError, match="must be an eager tensor"):
        tf.experimental.dlpack.to_dlpack(tf.constant("a"))


@pytest.mark.parametrize("value", [[1.0, 2.0], 3, ["a", "b"], [[True]]])
def test_pickle_and_copies(value):
    t = tf.constant(value)
    again = pickle.loads(pickle.dumps(t))
    assert again.dtype is t.dtype and again.numpy().tolist() == t.numpy().tolist()
    assert copy.copy(t) is t and copy.deepcopy(t).numpy().tolist() == t.numpy().tolist()


def test_device_and_moves(x):
    assert x.device == x.backing_device and x.device.startswith("/job:localhost/replica:0/task:0/device:")
    assert x.cpu().numpy().tolist() == [1.0, 2.0]
    with tf.device("/cpu:0"):
        assert tf.add(x.cpu(), 1.0).device.endswith("CPU:0")
    with tf.device("/device:NPU:7"):
        assert tf.add(x, 1.0).numpy().tolist() == [2.0, 3.0]
    with pytest.raises(RuntimeError, match="does not support functions"), tf.device(lambda op: "/cpu:0"):
        pass
    with pytest.raises(RuntimeError, match="GPU:99 unknown device"):
        x.gpu(99)


def test_graph_attributes_are_undefined(x):
    for name in ("op", "graph", "name", "value_index"):
        with pytest.raises(AttributeError, match=f"Tensor.{name} is undefined when eager execution is enabled"):
            getattr(x, name)
    with pytest.raises(NotImplementedError, match="consumers"):
        x.consumers()
    with pytest.raises(AttributeError, match=r"no attribute 'tolist'. Call .numpy\(\)"):
        x.tolist()
    with pytest.raises(ValueError, match="not compatible with supplied shape"):
        x.set_shape([3])


def test_a_number_is_made_once_and_each_tensor_of_it_is_another():
    a, b = tf.constant(2.5), tf.constant(2.5)
    assert a is not b and a.numpy() == b.numpy() == 2.5
    assert str(tf.constant(-0.0).numpy()) == "-0.0" and str(tf.constant(0.0).numpy()) == "0.0"
    assert tf.constant(2**40).dtype is tf.int64 and tf.constant(True).dtype is tf.bool
    assert np.isnan(tf.constant(float("nan")).numpy())


def test_integers_of_shape_arithmetic_stay_on_the_host(x):
    n = tf.shape(tf.zeros([2, 3]))[0] * 4 + 1
    assert type(n._value) is np.ndarray and n.numpy() == 9 and tf.reshape(tf.range(6), [tf.constant(2), -1]).shape == (2, 3)


def test_slices_at_many_places_and_iteration():
    data = tf.add(tf.reshape(tf.range(60.0), [20, 3]), 0.0)
    rows = [r.numpy() for r in data]
    assert np.array_equal(rows, np.arange(60.0).reshape(20, 3))
    for i in range(0, 20, 2):
        assert np.array_equal(data[i : i + 2].numpy(), np.arange(60.0).reshape(20, 3)[i : i + 2])
        assert data[i, 1].numpy() == 3 * i + 1 and np.array_equal(
            data[-i:, ::-1].numpy(), np.arange(60.0).reshape(20, 3)[-i:, ::-1]
        )
        assert np.array_equal(tf.slice(data, [i, 0], [1, 2]).numpy(), np.arange(60.0).reshape(20, 3)[i : i + 1, :2])
    with pytest.raises(tf.errors.InvalidArgumentError, match="slice index 20 of dimension 0 out of bounds"):
        data[20]


def test_set_seed_restarts_and_equal_ops_go_on():
    draws = []
    for _ in range(2):
        tf.random.set_seed(3)
        draws.append([tf.random.uniform([2]).numpy().tolist() for _ in range(2)])
    assert draws[0] == draws[1] and draws[0][0] != draws[0][1]


def test_v1_names_in_eager_mode(x):
    assert tf1.placeholder_with_default(x, [2]) is not None and tf1.group(x) is None and tf1.no_op() is None
    with pytest.raises(RuntimeError, match=r"tf.placeholder\(\) is not compatible with eager execution"):
        tf1.placeholder(tf.float32)
    tf1.add_to_collection("mine", 1)
    assert tf1.get_collection("mine") == [1]


def _index(size):
    inside = st.integers(-size, size - 1)
    bound = st.none() | st.integers(-size - 2, size + 2)
    step = st.none() | st.sampled_from([1, 2, -1, -3])
    return inside | st.builds(slice, bound, bound, step) | st.none() | st.just(Ellipsis)


_SPECS = st.lists(st.integers(0, 2), min_size=1, max_size=3).flatmap(
    lambda n: st.tuples(*[_index(s) for s in (5, 4, 3)[: len(n)]])
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spec=_SPECS)
def test_any_index_means_what_it_means_to_numpy(spec):
    if sum(s is Ellipsis for s in spec) > 1:
        return
    array = np.arange(60, dtype=np.float32).reshape(5, 4, 3)
    try:
        want = array[spec]
    except IndexError:  # after an Ellipsis a number meets another dimension
        with pytest.raises(tf.errors.InvalidArgumentError):
            _ = tf.constant(array)[spec]
        return
    for t in (tf.constant(array), tf.add(array, 0.0)):
        found = t[spec]
        assert found.shape.as_list() == list(want.shape) and np.array_equal(found.numpy(), want)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.integers(0, 36), column=st.integers(-40, 39))
def test_windows_of_an_array_on_the_device(row, column):
    array = np.arange(1600, dtype=np.float32).reshape(40, 40)
    t = tf.add(array, 0.0)
    assert np.array_equal(t[row : row + 4, column].numpy(), array[row : row + 4, column])
    assert np.array_equal(tf.slice(t, [row, 0], [2, -1]).numpy(), array[row : row + 2])


def test_a_number_too_large_for_its_type_is_infinite():
    assert np.isinf((tf.constant([1.0], tf.float16) * 1e9).numpy()[0])
