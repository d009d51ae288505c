"""TensorProto: the bytes of TensorFlow 1.15, and every value back."""

import json
import os

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mainstem.base import dtypes
from mainstem.formats import protos, tensor_proto

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures")


def recorded(version):
    with open(f"{FIXTURES}/{version}/facts.json") as f:
        rows = json.load(f)["tensor_protos"]
    for dtype, value, shape, raw in rows:
        dtype = getattr(dtypes, dtype)
        array = np.array(value, object) if dtype is dtypes.string else np.array(value).astype(dtype.np)
        yield dtype, array, shape, bytes.fromhex(raw)


def test_the_bytes_are_those_of_tensorflow():
    n = 0
    for dtype, array, shape, raw in recorded("tf1"):
        assert tensor_proto.to_proto(array, dtype, shape).SerializeToString() == raw, (dtype, array)
        n += 1
    assert n == 79


@pytest.mark.parametrize("version", ["tf1", "tf2"])
def test_reading_what_tensorflow_writes(version):
    for dtype, array, shape, raw in recorded(version):
        got = tensor_proto.to_array(protos.TensorProto.FromString(raw))
        want = array if shape is None else np.full(shape, array)
        if dtype is dtypes.string:
            want = np.array([s.encode() for s in array.ravel()], object).reshape(array.shape)
        assert got.dtype == dtype.np and got.shape == want.shape
        np.testing.assert_array_equal(got, want)


def test_the_last_value_stands_for_the_rest():
    for field, dtype in (("float_val", 1), ("int_val", 3), ("int64_val", 9), ("double_val", 2), ("uint64_val", 23)):
        p = protos.TensorProto(dtype=dtype, **{field: [1, 2]})
        p.tensor_shape.dim.add(size=5)
        assert tensor_proto.to_array(p).tolist() == [1, 2, 2, 2, 2]
    p = protos.TensorProto(dtype=7, string_val=[b"a", b"b"])
    p.tensor_shape.dim.add(size=3)
    assert tensor_proto.to_array(p).tolist() == [b"a", b"b", b"b"]
    p = protos.TensorProto(dtype=8, scomplex_val=[1, 2])
    p.tensor_shape.dim.add(size=2)
    assert tensor_proto.to_array(p).tolist() == [1 + 2j, 1 + 2j]


def test_no_value_at_all_is_zero():
    p = protos.TensorProto(dtype=1)
    p.tensor_shape.dim.add(size=2)
    assert tensor_proto.to_array(p).tolist() == [0, 0]
    p.dtype = 7
    assert tensor_proto.to_array(p).tolist() == [b"", b""]


def test_small_types_listed_as_int_val():
    p = protos.TensorProto(dtype=dtypes.uint8.as_datatype_enum, int_val=[255, 300, -1])
    p.tensor_shape.dim.add(size=3)
    assert tensor_proto.to_array(p).tolist() == [255, 44, 255]
    p = protos.TensorProto(dtype=dtypes.bfloat16.as_datatype_enum, half_val=[0x3F80, 0x4000])
    p.tensor_shape.dim.add(size=2)
    got = tensor_proto.to_array(p)
    assert got.dtype == ml_dtypes.bfloat16 and got.astype(float).tolist() == [1, 2]


def test_quantized_types_and_views():
    p = tensor_proto.to_proto(np.array([1, -2]), dtypes.qint8)
    assert p.dtype == 11 and p.tensor_content == b"\x01\xfe"
    assert tensor_proto.to_array(p).dtype == np.int8
    p = tensor_proto.to_proto(np.arange(6, dtype=">i4").reshape(2, 3).T)
    assert tensor_proto.to_array(p).tolist() == [[0, 3], [1, 4], [2, 5]]


_DTYPES = st.sampled_from(
    ["f4", "f8", "i4", "u1", "i2", "i1", "c8", "i8", "?", "u2", "c16", "f2", "u4", "u8", ml_dtypes.bfloat16]
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_round_trip(data):
    dtype = np.dtype(data.draw(_DTYPES))
    shape = data.draw(hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
    raw = data.draw(st.binary(min_size=int(np.prod(shape)) * dtype.itemsize, max_size=int(np.prod(shape)) * dtype.itemsize))
    array = np.frombuffer(bytes(b & 1 for b in raw) if dtype.kind == "b" else raw, dtype).reshape(shape)
    got = tensor_proto.to_array(protos.TensorProto.FromString(tensor_proto.to_proto(array).SerializeToString()))
    assert got.dtype == dtype and got.shape == shape
    if got.tobytes() != array.tobytes():  # NaN payloads may change in float_val, as in TensorFlow
        np.testing.assert_array_equal(got.astype(complex), array.astype(complex))


@settings(max_examples=150, deadline=None)
@given(
    st.integers(-1, 30),
    st.lists(st.one_of(st.integers(-2, 5), st.sampled_from([2**40, 2**62])), max_size=4),
    st.binary(max_size=20),
    st.lists(st.integers(-5, 5), max_size=5),
)
def test_any_message_gives_an_array_or_a_clean_error(dtype, dims, content, values):
    p = protos.TensorProto(dtype=dtype, tensor_content=content, int_val=values, int64_val=values, float_val=values)
    for d in dims:
        p.tensor_shape.dim.add(size=d)
    try:
        assert tensor_proto.to_array(p).nbytes < 1 << 20
    except (ValueError, NotImplementedError) as e:
        assert "TensorProto" in str(e)


def test_what_cannot_be_written():
    with pytest.raises(ValueError, match="cannot make a tensor of shape"):
        tensor_proto.to_proto([1, 2, 3], shape=[2])
    with pytest.raises(ValueError, match="cannot make a tensor of shape"):
        tensor_proto.to_proto(np.zeros(0), shape=[2])
    with pytest.raises(TypeError, match="resource"):
        tensor_proto.to_proto(np.zeros(1, object), dtypes.resource)
    with pytest.raises(TypeError, match="cannot hold 3"):
        tensor_proto.to_proto(np.array([3], object))
