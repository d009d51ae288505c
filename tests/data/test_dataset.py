"""Datasets in eager mode and in functions: iteration, errors, early ends, threads, places in checkpoints."""

import gc
import itertools
import os
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mainstem as tf
from mainstem.data import calls, cursor, iteration, places
from mainstem.eager.context import context
from mainstem.lower import rows

D = tf.data.Dataset


@pytest.fixture(autouse=True)
def _eager():
    with context().as_default():
        yield


def values(dataset):
    return [np.asarray(v).tolist() for v in dataset]


def test_a_loop_over_a_dataset_in_a_function_is_a_loop_of_the_graph():
    count, seen = tf.Variable(0.0), []

    @tf.function
    def total(dataset):
        seen.append(1)
        made = tf.constant(0, tf.int64)
        for x in dataset:
            if x > 6:
                break
            made += x
            count.assign_add(1.0)
        return made

    assert total(D.range(10)).numpy() == 21 and total(D.range(10)).numpy() == 21
    assert count.numpy() == 14


def test_builtins_over_datasets_in_a_function():
    @tf.function
    def pairs():
        made = tf.constant(0, tf.int64)
        for i, (a, b) in enumerate(zip(D.range(4), D.range(10, 20))):
            made += i * (a + b)
        return made

    assert pairs().numpy() == sum(i * (i + 10 + i) for i in range(4))


def test_gradients_in_a_loop_over_a_dataset():
    w = tf.Variable(2.0)

    @tf.function
    def train(dataset):
        for x in dataset:
            with tf.GradientTape() as tape:
                loss = w * x
            w.assign_sub(0.1 * tape.gradient(loss, w))

    train(D.from_tensor_slices([1.0, 2.0]))
    np.testing.assert_allclose(w.numpy(), 1.7, rtol=1e-6)


def test_an_iterator_goes_on_in_functions():
    @tf.function
    def two(iterator):
        return next(iterator) + next(iterator)

    iterator = iter(D.range(10))
    assert [two(iterator).numpy(), two(iterator).numpy(), next(iterator).numpy()] == [1, 5, 4]
    optional = iter(D.range(1))
    assert bool(optional.get_next_as_optional().has_value()) and not bool(optional.get_next_as_optional().has_value())
    with pytest.raises(tf.errors.OutOfRangeError, match="End of sequence"):
        optional.get_next()


def test_reduce_len_cardinality_and_numpy():
    assert D.range(5).reduce(np.int64(0), lambda s, x: s + x).numpy() == 10
    assert len(D.range(10).batch(3)) == 4 and D.range(3).repeat().cardinality().numpy() == tf.data.INFINITE_CARDINALITY
    assert D.range(3).filter(lambda x: x > 0).cardinality().numpy() == tf.data.UNKNOWN_CARDINALITY
    for endless in (D.range(3).repeat(), D.range(3).filter(lambda x: x > 0)):
        with pytest.raises(TypeError, match="The dataset"):
            len(endless)
    assert [v.tolist() for v in D.range(4).batch(3).as_numpy_iterator()] == [[0, 1, 2], [3]]


def test_captured_variables_are_read_when_an_element_is_made():
    v = tf.Variable(1, dtype=tf.int64)
    iterator = iter(D.range(5).map(lambda x: x + v))
    first = next(iterator).numpy()
    v.assign(100)
    assert [first, next(iterator).numpy()] == [1, 101]


@pytest.mark.parametrize("parallel", [None, 3])
def test_an_error_in_a_function_tells_the_element_and_comes_in_its_place(parallel):
    made = D.range(6).map(lambda x: tf.debugging.check_numerics(1.0 / tf.cast(x - 3, tf.float32), "bad"), parallel)
    seen = []
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?s)bad.*\[element 3 of Dataset.map\]"):
        for x in made.batch(1):
            seen.append(x.numpy())
    assert len(seen) == 3
    assert len(list(made.ignore_errors())) == 5


def test_a_generator_is_asked_for_no_more_than_is_needed():
    asked = []

    def numbers():
        for i in range(100):
            asked.append(i)
            yield i

    list(D.from_generator(numbers, tf.int64).map(lambda x: x + 1).take(3))
    assert asked == [0, 1, 2]


@pytest.mark.parametrize("make", [
    lambda: D.range(1000).map(lambda x: x + 1).prefetch(4),
    lambda: D.range(50).interleave(lambda x: D.range(9), 4, num_parallel_calls=4),
    lambda: D.from_generator(lambda: iter(range(1000)), tf.int64).map(lambda x: x, num_parallel_calls=2).prefetch(2),
])  # fmt: skip
def test_pipelines_that_are_dropped_leave_no_thread(make):
    dataset = make()
    next(iter(dataset))
    before = threading.active_count()
    for _ in range(30):
        next(iter(dataset))
    gc.collect()
    for _ in range(100):
        if threading.active_count() <= before + 2:
            break
        time.sleep(0.05)
    assert threading.active_count() <= before + 2


@pytest.mark.slow
def test_a_thousand_dropped_pipelines_leave_no_thread_and_no_file(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_bytes(b"line\n" * 1000)
    dataset = tf.data.TextLineDataset(str(path)).map(tf.strings.upper, num_parallel_calls=2).prefetch(3)
    next(iter(dataset))
    gc.collect()
    time.sleep(0.3)
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for _ in range(1000):
        next(iter(dataset))
    gc.collect()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and threading.active_count() > threads + 1:
        time.sleep(0.1)
    assert threading.active_count() <= threads + 1
    assert len(os.listdir("/proc/self/fd")) <= files + 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=8), st.integers(1, 4), st.integers(1, 3))
def test_parallel_interleave_has_the_order_of_the_sequential_one(lengths, cycle, block):
    def made(parallel):
        source = D.from_tensor_slices((np.arange(len(lengths)), np.array(lengths, np.int64)))
        return values(source.interleave(lambda i, n: D.range(i * 10, i * 10 + n), cycle, block, num_parallel_calls=parallel))

    expected, open_, waiting, at, taken = [], [None] * cycle, list(enumerate(lengths)), 0, 0
    while waiting or any(o is not None for o in open_):
        if open_[at] is not None:
            if open_[at]:
                expected.append(open_[at].pop(0))
                taken += 1
                if taken < block:
                    continue
            else:
                open_[at] = None
            at, taken = (at + 1) % cycle, 0
        elif waiting:
            i, n = waiting.pop(0)
            open_[at] = list(range(i * 10, i * 10 + n))
        else:
            at, taken = (at + 1) % cycle, 0
    assert made(None) == expected and made(2) == expected


FUNCTIONS = {
    "arithmetic": lambda x: (x * 3.7 + 1.0) / 7.0,
    "sum": lambda x: tf.reduce_sum(x * x),
    "product": lambda x: tf.matmul(tf.reshape(x, [2, 3]), tf.reshape(x, [3, 2])),
    "text": lambda x: tf.strings.join(["<", tf.as_string(tf.cast(x[0], tf.int32)), ">"]),
    "nest": lambda x: {"a": x[:2], "b": tf.one_hot(tf.cast(x[0], tf.int32) % 3, 3)},
    "constant": lambda x: (x, tf.constant([1, 2])),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_blocks_and_single_elements_give_the_same(name, monkeypatch):
    source = D.from_tensor_slices(np.random.RandomState(0).randn(37, 6).astype("float32"))
    together = list(source.map(FUNCTIONS[name]).batch(10).unbatch().as_numpy_iterator())
    monkeypatch.setattr(rows, "possible", lambda *_: False)
    apart = list(source.map(FUNCTIONS[name]).as_numpy_iterator())
    for a, b in zip(together, apart, strict=True):
        tf.nest.map_structure(_equal, a, b)


def _equal(a, b):
    if isinstance(a, bytes) or np.asarray(a).dtype.kind != "f":
        np.testing.assert_array_equal(a, b)
    else:
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_a_function_with_an_effect_is_not_run_over_blocks():
    seen = []
    dataset = D.range(4).map(lambda x: tf.numpy_function(lambda v: seen.append(int(v)) or v, [x], tf.int64))
    next(iter(dataset))
    assert seen == [0]


def test_shuffle_holds_its_buffer_and_not_the_file():
    shuffle = iteration.Iteration()
    dataset = D.range(10000).map(lambda x: x + 1).shuffle(64, seed=1)
    shuffle.start(dataset._variant_tensor._value)
    for _ in range(1000):
        shuffle.next()
    assert max(len(c) for c in shuffle._cursor.store.columns) <= 64 + cursor.AHEAD


@pytest.mark.parametrize("buffer", [1, 7, 64, 500])
def test_a_shuffle_has_one_order_whatever_is_asked_for_at_once(buffer):
    def order(source, *sizes):
        current = cursor.open_recipe(source.shuffle(buffer, seed=3)._variant_tensor._value, cursor.Context())
        seen = []
        for n in itertools.cycle(sizes):
            made = current.rows(n)
            if made is None:
                return seen
            assert 1 <= made.count <= n
            seen += made.columns[0].tolist()

    mapped, rows = D.range(300).map(lambda x: x * 1), D.from_tensor_slices(np.arange(300))
    expected = order(mapped, 1)
    assert sorted(expected) == list(range(300))
    for source in (mapped, rows):
        assert order(source, 1, 5, 128) == order(source, 1024) == order(source, 64, 3) == expected


def test_ranges_of_numbers_are_made_and_padded_as_one_by_one():
    dataset = D.range(1, 100).map(lambda x: tf.range(3, 3 + x % 50, 2)).padded_batch(16, [None], np.int64(-1))
    rows = iter(range(1, 100))
    for batch in dataset:
        for row, x in zip(batch.numpy(), rows):
            expected = np.arange(3, 3 + x % 50, 2)
            assert row[: len(expected)].tolist() == expected.tolist() and (row[len(expected) :] == -1).all()
    assert next(rows, None) is None
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match="Requires start"):
        list(D.range(20).map(lambda x: tf.range(10 - x)).padded_batch(20, [None]))


def test_random_numbers_that_differ_in_every_iteration_are_those_of_tensorflow():
    tf.random.set_seed(5)
    numbers = D.random(seed=4, rerandomize_each_iteration=True).take(3)
    recorded = [746736730, 1387201433, 1470190240], [2149748686, 607436827, 3642375664]
    assert (values(numbers), values(numbers)) == recorded
    mixed = D.sample_from_datasets([D.range(50), D.range(50, 100)], seed=7, rerandomize_each_iteration=True)
    first, second = values(mixed), values(mixed)
    assert first != second and sorted(first) == sorted(second) == list(range(100))
    again = D.sample_from_datasets([D.range(50), D.range(50, 100)], seed=7)
    assert values(again) == values(again)


PIPELINES = {
    "rerandomized": lambda: D.random(seed=3, rerandomize_each_iteration=True).take(4).repeat(3),
    "shuffled": lambda: D.range(20).shuffle(6, seed=3).repeat(2),
    "batched": lambda: D.range(20).map(lambda x: x * 2).batch(3),
    "interleaved": lambda: D.range(6).interleave(lambda x: D.range(x * 10, x * 10 + 4), 3, 2),
    "random": lambda: D.range(9).map(lambda x: tf.random.uniform([], seed=4)),
    "windows": lambda: D.range(20).window(4, 2).flat_map(lambda w: w.batch(4)),
    "prefetched": lambda: D.range(20).shuffle(5, seed=1).prefetch(3),
    "groups": lambda: D.range(20).group_by_window(lambda x: x % 3, lambda k, w: w.batch(4), 4),
    "scanned": lambda: D.range(9).scan(np.int64(0), lambda s, x: (s + x, s)),
    "strings": lambda: D.from_tensor_slices([b"a", b"b", b"c", b"d"]).shuffle(3, seed=1),
    "many": lambda: D.zip((D.range(9), D.range(9).concatenate(D.range(5)).skip(2))).filter(lambda a, b: a != b),
    "parallel": lambda: D.range(9).map(lambda x: tf.numpy_function(lambda v: v + 1, [x], tf.int64), 3),
}


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("after", [0, 1, 4])
def test_a_saved_place_is_found_again(name, after):
    first = iter(PIPELINES[name]())
    for _ in range(after):
        next(first)
    place = first.serialize()
    rest = values(first)
    second = iter(PIPELINES[name]())
    second.deserialize(place.encode())
    assert values(second) == rest


def test_an_iterator_in_a_checkpoint(tmp_path):
    dataset = D.range(10).shuffle(4, seed=2)
    iterator = iter(dataset)
    first = [next(iterator).numpy() for _ in range(3)]
    path = tf.train.Checkpoint(iterator=iterator).save(str(tmp_path / "ck"))
    rest = values(iterator)
    again = iter(dataset)
    tf.train.Checkpoint(iterator=again).restore(path)
    assert sorted(first + values(again)) == list(range(10)) and len(rest) == 7


def test_places_are_plain_data():
    state = {"a": [1, 2.5, None, b"x"], ("t", 1): {3}, "n": np.arange(3), "s": np.array([b"q"], object)}
    made = places.loads(places.dumps(state))
    assert made["a"] == state["a"] and made[("t", 1)] == {3} and made["n"].tolist() == [0, 1, 2] and made["s"][0] == b"q"
    with pytest.raises(ValueError, match="no saved place"):
        places.loads(b"{}")
    with pytest.raises(TypeError):
        places.dumps(object())


def test_a_file_cache_is_read_again(tmp_path):
    runs = []

    def numbers():
        runs.append(1)
        yield from range(5)

    for _ in range(2):
        dataset = D.from_generator(numbers, tf.int64).cache(str(tmp_path / "cache"))
        assert values(dataset) == list(range(5))
    assert len(runs) == 1


def test_a_dataset_is_saved_and_loaded(tmp_path):
    dataset = D.range(5).map(lambda x: {"x": x, "s": (tf.as_string(x), tf.range(x))})
    dataset.save(str(tmp_path / "d"))
    again = D.load(str(tmp_path / "d"))
    assert again.element_spec == dataset.element_spec
    for a, b in zip(again.as_numpy_iterator(), dataset.as_numpy_iterator(), strict=True):
        tf.nest.map_structure(_equal, a, b)
    with pytest.raises(tf.errors.NotFoundError, match="element_spec"):
        D.load(str(tmp_path / "other"))


def test_options_merge_and_refuse():
    options = tf.data.Options()
    options.experimental_threading.private_threadpool_size = 2
    options.deterministic = False
    made = D.range(3).with_options(options).with_options(tf.data.Options()).options()
    assert made.deterministic is False and made.experimental_threading.private_threadpool_size == 2
    with pytest.raises(AttributeError):
        options.no_such_option = 1
    with pytest.raises(TypeError):
        options.deterministic = "yes"


def test_calls_of_functions_end_with_out_of_range_as_invalid_argument():
    error = calls.located(tf.errors.OutOfRangeError(None, None, "end"), "Dataset.map", 2)
    assert isinstance(error, tf.errors.InvalidArgumentError) and "OutOfRangeError" in str(error)


def test_iterations_share_what_is_compiled():
    """Functions that cannot run over blocks were traced and compiled anew for every iterator."""
    data = D.range(4).map(lambda x: tf.cast(x, tf.float32) + tf.random.uniform([]))
    first = [float(v) for v in data]
    known = data._variant_tensor._value.attrs["f"].__dict__["_made_for_calls"]
    ((_, program),) = [item for item in known.items() if item[0][0] == "program"]
    second = [float(v) for v in data]
    assert [s.function._cache_size() for s in program.segments] == [1]
    assert first != second  # their random streams are their own
