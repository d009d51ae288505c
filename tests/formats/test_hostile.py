"""Indexes that are well-formed tables and lie: clean errors, no crash, no memory for what is not in the file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.base.errors import DataLossError, InvalidArgumentError, NotFoundError, OpError, UnimplementedError
from mainstem.formats import bundle, ordered_code, protos, table, v1_checkpoint

DATA = bytes(range(64))


def write(tmp_path, entries, header=None, data=DATA):
    header = header or protos.BundleHeaderProto(num_shards=1, version={"producer": 1})
    rows = [(b"", header.SerializeToString())] if header != b"none" else []
    rows += [(k, e if isinstance(e, bytes) else e.SerializeToString()) for k, e in sorted(entries.items())]
    (tmp_path / "x.index").write_bytes(table.build(rows))
    (tmp_path / "x.data-00000-of-00001").write_bytes(data)
    return bundle.BundleReader(tmp_path / "x")


def entry(dims=(4,), **fields):
    e = protos.BundleEntryProto(**{"dtype": 1, "size": 16, **fields})
    e.shape.SetInParent()
    for d in dims:
        e.shape.dim.add(size=d)
    return e


def extents(*pairs):
    s = protos.TensorSliceProto()
    for start, length in pairs:
        s.extent.add(start=start, length=length)
    return s


@pytest.mark.parametrize(
    "bad",
    [
        entry((-4,)),
        entry((2**62, 2**62)),
        entry((0, 2**62, 2**62)),
        entry((2**40,)),
        entry((2**40,), size=2**42),
        entry((1,) * 300),
        entry((1,) * 100, size=4),
        entry((0, 2**62, 2**62), size=0),
        entry(dtype=0),
        entry(dtype=999),
        entry(dtype=101),
        entry(size=-16),
        entry(offset=-1),
        entry(offset=2**62),
        entry(offset=60),
        entry(size=2**63 - 1),
        entry(shard_id=1),
        entry(shard_id=-1),
        entry(size=15),
        entry(crc32c=1),
        entry(dtype=7),
        entry((2**50,), dtype=7),
        b"\xff\xff\xff",
        b"\x12\xff",
        b"",
        entry(slices=[extents((0, 4))]),
        entry(slices=[extents((0, -2))]),
        entry(slices=[extents((-1, 4))]),
        entry(slices=[extents((2**62, 2**62))]),
        entry(slices=[extents((0, 4), (0, 4))]),
        entry(slices=[extents()]),
        entry((2**40,), slices=[extents((0, 2**40))]),
        entry((2**40, 2**40), slices=[protos.TensorSliceProto(extent=[{}, {}])]),
    ],
)
def test_an_entry_that_lies(tmp_path, bad):
    with write(tmp_path, {b"bad": bad, b"\0bad\0\1\1\1\x80\x84": entry(crc32c=7)}) as r, pytest.raises(DataLossError) as e:
        r.read("bad")
    assert "bad" in str(e.value) and "x." in str(e.value)


def test_slices_that_overlap_or_have_another_type(tmp_path):
    key = ordered_code.slice_key
    whole = entry(slices=[extents((0, 3)), extents((2, 2))])
    rows = {b"v": whole, key("v", [(0, 3)]): entry((3,), size=12), key("v", [(2, 2)]): entry((2,), size=8)}
    with write(tmp_path, rows) as r, pytest.raises(DataLossError, match="overlap"):
        r.read("v")
    rows = {b"v": entry(slices=[extents((0, 4))]), key("v", [(0, 4)]): entry((4,), dtype=2, size=32)}
    with write(tmp_path, rows) as r, pytest.raises(DataLossError, match="another type or shape"):
        r.read("v")
    rows = {b"v": entry(slices=[extents((0, 4))]), key("v", [(0, 4)]): entry(slices=[extents((0, 4))])}
    with write(tmp_path, rows) as r, pytest.raises(DataLossError, match="another type or shape"):
        r.read("v")


def test_a_variant_is_listed_and_refused(tmp_path):
    with write(tmp_path, {b"v": entry(dtype=21)}) as r:
        assert r.entries()["v"][0].name == "variant"
        with pytest.raises(UnimplementedError, match="'v' has type variant"):
            r.read("v")


@pytest.mark.parametrize(
    "header, error",
    [
        (b"none", DataLossError),
        (protos.BundleHeaderProto(num_shards=0), DataLossError),
        (protos.BundleHeaderProto(num_shards=-1, version={"producer": 1}), DataLossError),
        (protos.BundleHeaderProto(num_shards=1, endianness=1, version={"producer": 1}), UnimplementedError),
        (protos.BundleHeaderProto(num_shards=1, version={"producer": 9, "min_consumer": 9}), InvalidArgumentError),
        (protos.BundleHeaderProto(num_shards=1, version={"producer": 1, "bad_consumers": [1]}), InvalidArgumentError),
    ],
)
def test_a_header_that_lies(tmp_path, header, error):
    with pytest.raises(error, match="x.index"):
        write(tmp_path, {}, header)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
def test_garbage_entries(tmp_path_factory, raw):
    with write(tmp_path_factory.mktemp("g"), {b"k": raw}) as r:
        try:
            assert r.read("k").nbytes <= 64
        except OpError as e:
            assert isinstance(e, (DataLossError, UnimplementedError))


_NUMBER = st.one_of(st.integers(-3, 70), st.sampled_from([2**31, 2**62, -(2**63), 2**63 - 1]))


@settings(max_examples=200, deadline=None)
@given(
    dims=st.lists(_NUMBER, max_size=4),
    dtype=st.integers(0, 25),
    size=_NUMBER,
    offset=_NUMBER,
    slices=st.lists(st.lists(st.tuples(_NUMBER, _NUMBER), max_size=3), max_size=2),
)
def test_random_entries(tmp_path_factory, dims, dtype, size, offset, slices):
    e = entry(dims, dtype=dtype, size=size, offset=offset, slices=[extents(*s) for s in slices])
    with write(tmp_path_factory.mktemp("g"), {b"k": e}) as r:
        try:
            r.read("k")
        except OpError as error:
            assert isinstance(error, (DataLossError, UnimplementedError))


def write_v1(path, meta, rows):
    meta = protos.SavedTensorSlices(meta=meta)
    path.write_bytes(
        table.build([(b"", meta.SerializeToString()), *sorted((k, v.SerializeToString()) for k, v in rows.items())])
    )
    return path


def v1_meta(dims=(2,), dtype=1, pairs=((0, 2),)):
    meta = protos.SavedTensorSliceMeta()
    tensor = meta.tensor.add(name="v", type=dtype)
    for d in dims:
        tensor.shape.dim.add(size=d)
    tensor.slice.append(extents(*pairs))
    return meta


def v1_data(**fields):
    data = protos.SavedSlice(name="v", data=protos.TensorProto(dtype=1, **fields).SerializeToString())
    return {ordered_code.slice_key("v", [(0, 2)]): protos.SavedTensorSlices(data=data)}


def test_v1_files_that_lie(tmp_path):
    path = tmp_path / "v1"
    good = v1_checkpoint.V1Reader(write_v1(path, v1_meta(), v1_data(float_val=[1, 2]))).read("v")
    np.testing.assert_array_equal(good, [1, 2])
    for meta in (v1_meta((-2,)), v1_meta(dtype=0), v1_meta(dtype=20), v1_meta(dtype=500)):
        with pytest.raises(DataLossError, match="'v'"):
            v1_checkpoint.V1Reader(write_v1(path, meta, {}))
    for meta, rows in [
        (v1_meta(), {}),
        (v1_meta(), v1_data(float_val=[1])),
        (v1_meta(), v1_data(float_val=[1, 2, 3])),
        (v1_meta(), v1_data(tensor_content=b"12345")),
        (v1_meta((3,)), v1_data(float_val=[1, 2])),
        (v1_meta((1,)), v1_data(float_val=[1, 2])),
        (v1_meta((2**40,), pairs=((0, 2**40),)), v1_data(float_val=[1, 2])),
    ]:
        reader = v1_checkpoint.V1Reader(write_v1(path, meta, rows))
        with pytest.raises(DataLossError):
            reader.read("v")


def test_not_a_checkpoint(tmp_path):
    (tmp_path / "f").write_bytes(b"hello" * 100)
    with pytest.raises(DataLossError, match="f is damaged"):
        v1_checkpoint.open_checkpoint(tmp_path / "f")
    with pytest.raises(NotFoundError):
        v1_checkpoint.open_checkpoint(tmp_path / "g")
