"""Sparse tensors as strings (SerializeSparse, SerializeManySparse, DeserializeSparse, DeserializeManySparse), and ParseExampleV2.

The bytes and values are those that TensorFlow 1.15 and 2.21 gave for the same.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mainstem as tf2
import mainstem.v1 as tf
from mainstem.base import dtypes
from mainstem.eager.context import context
from mainstem.formats import protos
from mainstem.ops import dataset, example, sparse_bytes

NUMBERS = ([[0, 1], [2, 0], [2, 2]], np.array([1, 2, 3], np.int32), [4, 5])
TEXT = ([[0], [3]], [b"a", b"longer"], [5])
ROW = b'\x08\t\x12\x04\x12\x02\x08\x01"\x08\x05' + bytes(7)
EMPTY = [b"\x08\t\x12\x06\x12\x00\x12\x02\x08\x01", b"\x08\x03\x12\x02\x12\x00", ROW]


def run(fetches):
    with tf.Session() as session:
        return session.run(fetches)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def test_one():
    indices, values, shape = run(tf.serialize_sparse(tf.SparseTensor(*NUMBERS))).tolist()
    assert indices == b'\x08\t\x12\x08\x12\x02\x08\x03\x12\x02\x08\x02"0' + np.array(NUMBERS[0]).tobytes()
    assert values == b'\x08\x03\x12\x04\x12\x02\x08\x03"\x0c' + NUMBERS[1].tobytes()
    assert shape == b'\x08\t\x12\x04\x12\x02\x08\x02"\x10' + np.array([4, 5]).tobytes()
    assert run(tf.io.serialize_sparse(tf.SparseTensor(*TEXT)))[1] == b'\x08\x07\x12\x04\x12\x02\x08\x02"\t\x01\x06alonger'


def test_many():
    made = tf.serialize_many_sparse(tf.SparseTensor(*NUMBERS))
    assert made.shape.as_list() == [None, 3] and made.name == "SerializeManySparse:0"
    rows = run(made).tolist()
    assert rows[1] == rows[3] == EMPTY and rows[2] == [
        b'\x08\t\x12\x08\x12\x02\x08\x02\x12\x02\x08\x01"\x10' + np.array([0, 2]).tobytes(),
        b'\x08\x03\x12\x04\x12\x02\x08\x02"\x08' + np.array([2, 3], np.int32).tobytes(),
        ROW,
    ]
    back = tf.deserialize_many_sparse(made, tf.int32, rank=2)
    assert back.indices.shape.as_list() == [None, 2] and back.dense_shape.shape.as_list() == [2]
    got = run(back)
    assert got.indices.tolist() == NUMBERS[0] and got.values.tolist() == [1, 2, 3] and got.dense_shape.tolist() == [4, 5]
    one = tf.serialize_sparse(tf.SparseTensor(*TEXT))
    got = run(tf.deserialize_many_sparse(tf.stack([one, one]), tf.string))
    assert got.indices.tolist() == [[0, 0], [0, 3], [1, 0], [1, 3]] and got.values.tolist() == TEXT[1] * 2
    assert got.dense_shape.tolist() == [2, 5]


def test_what_does_not_fit():
    text, numbers = tf.serialize_sparse(tf.SparseTensor(*TEXT)), tf.serialize_sparse(tf.SparseTensor(*NUMBERS))
    for made, words in [
        (
            lambda: tf.serialize_many_sparse(tf.SparseTensor(*TEXT)),
            r"Rank of input SparseTensor should be > 1, but saw rank: 1",
        ),
        (
            lambda: tf.deserialize_many_sparse([numbers], tf.float32),
            r"Requested SparseTensor of type float but SparseTensor\[0\].values.dtype\(\) == int32",
        ),
        (lambda: tf.deserialize_many_sparse([text, numbers], tf.string), r"SparseTensor\[1\].values.dtype\(\) == int32"),
        (lambda: tf.deserialize_many_sparse([[b"a", b"b", b"c"]], tf.string), "Could not parse serialized proto"),
        (lambda: tf.deserialize_many_sparse(np.empty((0, 3), object), tf.string), r"has a zero dimension \[0,3\]"),
    ]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            run(made())
    with pytest.raises(TypeError, match="must be a SparseTensor"):
        tf.serialize_sparse(tf.constant(1))
    with pytest.raises(ValueError, match="Shape must be rank 2 but is rank 1"):
        tf.deserialize_many_sparse([b"a", b"b", b"c"], tf.string)


def test_strings_of_sparse_tensors_in_any_dimensions():
    with context().as_default():
        one = tf2.io.serialize_sparse(tf2.SparseTensor(*TEXT))
        for lead in ((), (2,), (2, 1)):
            given = np.broadcast_to(one.numpy(), (*lead, 3))
            indices, values, shape = dataset.deserialize_sparse(
                tf2.constant(given), dtype=dtypes.string, Tserialized=dtypes.string
            )
            assert shape.numpy().tolist() == [*lead, 5] and len(values) == 2 * (2 if lead else 1)
            assert indices.numpy().tolist()[-1] == [1, 0, 3][: len(lead)] + [3] if len(lead) < 2 else [1, 0, 3]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_strings(data):
    row = [bytearray(v) for v in sparse_bytes.written(np.array(TEXT[0]), np.array(TEXT[1], object), np.array(TEXT[2])).tolist()]
    which = data.draw(st.integers(0, 2))
    at = data.draw(st.integers(0, len(row[which]) - 1))
    if data.draw(st.booleans()):
        row[which][at] ^= data.draw(st.integers(1, 255))
    else:
        del row[which][at:]
    given = np.empty((1, 3), object)
    given[0] = list(map(bytes, row))
    try:
        indices, values, shape = sparse_bytes.joined(given, dtypes.string)
    except tf.errors.InvalidArgumentError:
        return
    assert indices.shape == (len(values), len(shape))


def _example(**features):
    made = protos.Example()
    for name, (kind, values) in features.items():
        getattr(made.features.feature[name], kind).value.extend(values)
    return made.SerializeToString()


A = _example(x=("int64_list", [1, 2]), y=("float_list", [1.5]), s=("bytes_list", [b"q", b"w"]))
B = _example(x=("int64_list", [3]))
V2 = {
    "num_sparse": 1, "sparse_types": [dtypes.string], "Tdense": [dtypes.float32], "ragged_value_types": [dtypes.int64],
    "ragged_split_types": [dtypes.int32], "dense_shapes": [()],
}  # fmt: skip


def _parsed(serialized, key="x"):
    with context().as_default():
        given = tf2.constant(serialized, tf2.string)
        made = example.parse_example_v2(given, np.empty(0, object), [b"s"], [b"y"], [key.encode()], [np.float32(9)], **V2)
        return [[v.numpy().tolist() for v in part] for part in made]


def test_parse_example_v2():
    assert _parsed([A, B]) == [[[[0, 0], [0, 1]]], [[b"q", b"w"]], [[2, 2]], [[1.5, 9.0]], [[1, 2, 3]], [[0, 2, 3]]]
    assert _parsed(A) == [[[[0], [1]]], [[b"q", b"w"]], [[2]], [1.5], [[1, 2]], [[]]]
    assert _parsed(B) == [[[]], [[]], [[0]], [9.0], [[3]], [[]]]
    assert _parsed(np.empty(0, object)) == [[[]], [[]], [[0, 0]], [[]], [[]], [[0]]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Data types don't match"):
        _parsed([A, _example(x=("float_list", [1.0]))])
    with pytest.raises(tf.errors.InvalidArgumentError, match="Could not parse example input"):
        _parsed([b"\xff"])


def test_ragged_features_are_refused():
    with pytest.raises(NotImplementedError, match="RaggedFeature is not implemented"):
        tf2.io.RaggedFeature(tf2.int64)
