"""Tables that datasets fill: values and errors as TensorFlow 2.21 gives them. Covers the op InitializeTableFromDataset."""

import pytest

import mainstem as tf
import mainstem.v1 as tf1
from mainstem.data import lookup_tables
from mainstem.eager.context import context
from mainstem.run.session import Session

d = tf.data.experimental


@pytest.fixture(autouse=True)
def eager():
    with context().as_default():
        yield


def pairs(words=("a", "b", "c"), dtype=tf.int64):
    numbers = tf.data.Dataset.range(len(words)).map(lambda n: tf.cast(n, dtype))
    return tf.data.Dataset.zip((tf.data.Dataset.from_tensor_slices(list(words)), numbers))


def found(table, keys):
    return table.lookup(tf.constant(keys)).numpy().tolist()


def test_a_table_is_filled():
    table = tf.lookup.StaticHashTable(d.DatasetInitializer(pairs()), -1)
    assert found(table, ["a", "q"]) == [0, -1] and int(table.size()) == 3
    assert (table.key_dtype, table.value_dtype) == (tf.string, tf.int64)
    assert int(tf.lookup.StaticHashTable(d.DatasetInitializer(pairs().take(0)), -1).size()) == 0


def test_in_a_graph():
    with tf1.Graph().as_default() as graph:
        table = tf1.lookup.StaticHashTable(lookup_tables.DatasetInitializer(pairs()), -1)
        values = table.lookup(tf1.constant(["c", "q"]))
        with Session(graph=graph) as session:
            with pytest.raises(tf1.errors.FailedPreconditionError, match="not initialized"):
                session.run(values)
            session.run(tf1.tables_initializer())
            assert session.run(values).tolist() == [2, -1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda: tf.data.Dataset.range(3), "pairs"),
        (lambda: pairs().batch(2), "non-scalar key Tensors of rank 1"),
        (lambda: pairs().enumerate(), "non-Tensor values of type <class 'tuple'>"),
    ],
)
def test_other_elements(data, words):
    with pytest.raises(ValueError, match=words):
        d.DatasetInitializer(data())


def test_a_key_twice():
    with pytest.raises(tf.errors.FailedPreconditionError, match="different value for same key. Key a has 0"):
        tf.lookup.StaticHashTable(d.DatasetInitializer(pairs(("a", "a"))), -1)


def test_tables_of_pairs():
    assert found(d.table_from_dataset(pairs(), num_oov_buckets=2), ["a", "q"]) == [0, 4]
    assert found(d.table_from_dataset(pairs(), default_value=7), ["a", "q"]) == [0, 7]
    assert found(d.table_from_dataset(pairs(), vocab_size=2, default_value=9), ["a", "b", "c", "q"]) == [0, 1, 9, 9]
    with pytest.raises(tf.errors.FailedPreconditionError):
        d.table_from_dataset(pairs(), vocab_size=4)
    with pytest.raises(ValueError, match="`num_oov_buckets` must be greater than or equal to 0, got -1"):
        d.table_from_dataset(pairs(), num_oov_buckets=-1)
    with pytest.raises(ValueError, match="`vocab_size` must be greater than 0, got 0"):
        d.table_from_dataset(pairs(), vocab_size=0)
    with pytest.raises(TypeError, match="expected .*int64.* but got .*int32"):
        d.table_from_dataset(pairs(dtype=tf.int32), num_oov_buckets=1)
    with pytest.raises(TypeError, match="key_dtype"):
        d.table_from_dataset(pairs(), key_dtype=tf.float32)


def test_tables_of_positions():
    words = tf.data.Dataset.from_tensor_slices(["x", "y"])
    assert found(d.index_table_from_dataset(words, num_oov_buckets=1), ["x", "y", "z"]) == [0, 1, 2]
    assert found(d.index_table_from_dataset(words, vocab_size=1), ["x", "y", "z"]) == [0, -1, -1]
    numbers = d.index_table_from_dataset(tf.data.Dataset.range(10, 15), key_dtype=tf.int64)
    assert numbers.lookup(tf.constant([10, 14, 3], tf.int64)).numpy().tolist() == [0, 4, -1]
    with pytest.raises(ValueError, match="non-Tensor keys of type <class 'tuple'>"):
        d.index_table_from_dataset(pairs(), num_oov_buckets=1)
