"""TensorArray in graph mode against TensorFlow 1.15."""

import re

import numpy as np
import pytest

import mainstem.v1 as tf
from tests.surface import control_programs as programs
from tests.surface.test_control_flow import V1, check, feeder, run, run_failing

PROGRAMS = [p for p in programs.GRAPHS if p.__name__.startswith("array")]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program):
    run(program, V1["graphs"][program.__name__])


@pytest.mark.parametrize("name", [n for n in programs.REFUSED if n.startswith("array")])
def test_refused(name):
    wanted = V1["refused"][name]
    with pytest.raises(Exception) as e:
        programs.REFUSED[name](tf, feeder({}))
    assert isinstance(e.value, TypeError) if wanted is None else type(e.value).__name__ == wanted[0]


FAILS = [n for n in programs.FAILS if n.startswith("array") and "flow" not in programs.FAILS[n].__code__.co_names]
KEPT = ("array_read_beyond",)  # an index that only the run knows is held to the array


@pytest.mark.parametrize("name", [n for n in FAILS if n not in KEPT])
def test_fails(name):
    kind, wanted = V1["fails"][name]
    if kind is None:
        check(run_failing(name), wanted, name)
    else:
        text = wanted.split(": ", 1)[1].split("\n")[0].split(".")[0]
        text = None if name == "array_stack_empty" else re.escape(text)
        with pytest.raises(getattr(tf.errors, kind), match=text):
            run_failing(name)


def test_an_index_that_only_the_run_knows_is_held_to_the_array():
    check(run_failing("array_read_beyond"), ["float32", [3], [2.0, 2.5, 3.0]], "read")


def test_python_runs_a_loop_of_unknown_length_in_which_an_array_grows():
    x = tf.placeholder(tf.float32, [])
    ta = tf.TensorArray(tf.float32, 0, dynamic_size=True)
    made = tf.while_loop(
        lambda i, z, a: z < 10.0, lambda i, z, a: (i + 1, z + tf.exp(x), a.write(i, z)), [0, tf.constant(1.0), ta]
    )[2]
    y = made.stack()
    with tf.Session() as s:
        np.testing.assert_allclose(s.run(y, {x: 1.0}), 1 + np.e * np.arange(4), rtol=1e-6)
        with pytest.raises(NotImplementedError, match="TensorListSetItem .*test_tensor_array.py"):
            s.run(tf.gradients(y, x)[0], {x: 1.0})


def test_an_array_grows_by_an_index_that_is_fed():
    i = tf.placeholder(tf.int32, [])
    ta = tf.TensorArray(tf.float32, 0, dynamic_size=True).write(i, [1.0, 2.0])
    with tf.Session() as s:
        assert s.run(ta.stack(), {i: 1}).tolist() == [[0, 0], [1, 2]]
        assert s.run(ta.size(), {i: 4}) == 5


def test_an_array_is_made_of_lists():
    """So that TensorFlow 2 reads the graph."""
    x, make = tf.placeholder(tf.float32, [2, 3]), lambda: tf.TensorArray(tf.float32, 2)
    made = {
        "TensorListSetItem": make().write(0, x[0]).flow,
        "TensorListGetItem": make().read(0),
        "TensorListStack": make().stack(),
        "TensorListGather": make().gather([0]),
        "TensorListConcatV2": make().concat(),
        "TensorListFromTensor": make().unstack(x).flow,
        "TensorListScatterIntoExistingList": make().scatter([1, 0], x).flow,
        "TensorListSplit": make().split(x, [1, 1]).flow,
        "TensorListReserve": make().flow,
    }
    assert {k: t.op.type for k, t in made.items()} == {k: k for k in made}


def test_list_operations():
    shape, x = tf.constant([2]), tf.placeholder(tf.float32, [None, 2])
    ops = tf.raw_ops
    listed = ops.EmptyTensorList(element_shape=shape, max_num_elements=-1, element_dtype=tf.float32)
    for i in range(3):
        listed = ops.TensorListPushBack(input_handle=listed, tensor=x[i])
    less, last = ops.TensorListPopBack(input_handle=listed, element_shape=shape, element_dtype=tf.float32)
    longer = ops.TensorListResize(input_handle=less, size=4)
    scattered = ops.TensorListScatterV2(tensor=x, indices=[3, 0, 1], element_shape=shape, num_elements=-1)
    read = lambda h: ops.TensorListStack(input_handle=h, element_shape=shape, element_dtype=tf.float32)  # noqa: E731
    value = np.arange(6, dtype=np.float32).reshape(3, 2)
    with tf.Session() as s:
        got = s.run(
            [
                read(listed), last, read(longer), read(scattered), ops.TensorListLength(input_handle=longer),
                ops.TensorListElementShape(input_handle=longer, shape_type=tf.int32),
                tf.gradients(read(longer)[:2] * last, x)[0],
            ],
            {x: value},
        )  # fmt: skip
    np.testing.assert_array_equal(got[0], value)
    np.testing.assert_array_equal(got[1], value[2])
    np.testing.assert_array_equal(got[2], [[0, 1], [2, 3], [0, 0], [0, 0]])
    np.testing.assert_array_equal(got[3], [[2, 3], [4, 5], [0, 0], [0, 1]])
    assert got[4] == 4 and got[5].tolist() == [2]
    np.testing.assert_array_equal(got[6], [[4, 5], [4, 5], [2, 4]])


@pytest.mark.parametrize("grows", [False, True])
def test_a_loop_writes_in_any_order_and_only_inside(grows):
    x = tf.placeholder(tf.float32, [])
    ta = tf.TensorArray(tf.float32, 4, dynamic_size=grows).write(0, 7.0)
    step = lambda i, a: (i - 2, a.write(i, x * tf.cast(i, tf.float32)))  # noqa: E731
    for start, wanted in ((3, [7, 2, 0, 6]), (5, [7, 2, 0, 6, 0, 10])):
        y = tf.while_loop(lambda i, _: i > 0, step, [start, ta])[1].stack()
        with tf.Session() as s:
            if start == 5 and not grows:
                with pytest.raises(tf.errors.InvalidArgumentError, match="Tried to write to index 5 .* size is: 4"):
                    s.run(y, {x: 2.0})
            else:
                assert s.run(y, {x: 2.0}).tolist() == wanted
                assert s.run(tf.gradients(y, x)[0], {x: 2.0}) == sum(range(1, start + 1, 2))


def test_a_loop_that_sometimes_writes():
    x = tf.placeholder(tf.float32, [4])
    keep = lambda i, a: tf.cond(x[i] > 1.0, lambda: a.write(i, x[i] * x[i]), lambda: a)  # noqa: E731
    y = tf.while_loop(lambda i, _: i < 4, lambda i, a: (i + 1, keep(i, a)), [0, tf.TensorArray(tf.float32, 4)])[1].stack()
    with tf.Session() as s:
        value, grad = s.run([y, tf.gradients(y, x)[0]], {x: [1.0, 2.0, 0.5, 3.0]})
    assert value.tolist() == [0, 4, 0, 9] and grad.tolist() == [0, 4, 0, 6]


def test_a_loop_that_reads_and_writes_one_array():
    first = tf.TensorArray(tf.float32, 5, clear_after_read=False).write(0, 1.0).write(1, 1.0)
    step = lambda i, a: (i + 1, a.write(i, a.read(i - 1) + a.read(i - 2)))  # noqa: E731
    y = tf.while_loop(lambda i, _: i < 5, step, [2, first])[1].stack()
    with tf.Session() as s:
        assert s.run(y).tolist() == [1, 1, 2, 3, 5]


def test_arrays_of_strings():
    words = np.array(["T", "e", "n", "s"])
    ta = tf.TensorArray(tf.string, 4).unstack(words)
    made = {
        "joined": tf.scan(lambda a, x: tf.string_join([a, x]), words),
        "upper": tf.map_fn(lambda x: tf.string_join([x, "!"]), tf.placeholder_with_default(words, [None])),
        "read": ta.read(2),
        "gather": ta.gather([3, 0]),
        "written": tf.TensorArray(tf.string, 2).write(1, "b").stack(),
        "pieces": tf.TensorArray(tf.string, 2).split(words, [1, 3]).concat(),
        "scattered": tf.TensorArray(tf.string, 4).scatter([3, 2, 1, 0], words).stack(),
    }
    with tf.Session() as s:
        got = s.run(made)
    assert got.pop("read") == b"n"
    assert {k: b" ".join(v.tolist()) for k, v in got.items()} == {
        "joined": b"T Te Ten Tens", "upper": b"T! e! n! s!", "gather": b"s T", "written": b" b", "pieces": b"T e n s",
        "scattered": b"s n e T",
    }  # fmt: skip


def test_gradient_of_an_array_of_numbers_beside_one_of_floats():
    x, n = tf.placeholder(tf.float32, []), tf.placeholder(tf.int32, [])
    first = [0, tf.TensorArray(tf.int32, n), tf.TensorArray(tf.float32, n)]
    made = tf.while_loop(
        lambda i, *_: i < n, lambda i, a, b: (i + 1, a.write(i, i), b.write(i, x * tf.cast(i, tf.float32))), first
    )
    y = tf.reduce_sum(made[2].stack() * tf.cast(made[1].stack(), tf.float32))
    with tf.Session() as s:
        assert s.run([y, tf.gradients(y, x)[0]], {x: 2.0, n: 4}) == [28, 14]


def test_spec():
    spec = tf.TensorArraySpec([None, 2], tf.int32)
    assert spec == tf.TensorArraySpec([None, 2], tf.int32) and spec != tf.TensorArraySpec([3, 2], tf.int32)
    assert spec.is_compatible_with(tf.TensorArray(tf.int32, 3, element_shape=[4, 2])) and spec.value_type is tf.TensorArray
    assert spec.most_specific_compatible_type(tf.TensorArraySpec([4, 2], tf.int32)).element_shape.as_list() == [None, 2]
    assert tf.TensorArraySpec.from_value(tf.TensorArray(tf.float32, 1)).dtype is tf.float32
    with pytest.raises(TypeError, match="TensorArray"):
        tf.TensorArraySpec.from_value(3)
