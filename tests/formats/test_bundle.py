"""Tensor bundles against files that TensorFlow 1.15 and 2.21 wrote."""

import hashlib
import json
import os
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mainstem.base import dtypes
from mainstem.base.errors import DataLossError, InvalidArgumentError, NotFoundError, UnimplementedError
from mainstem.formats import bundle, protos
from mainstem.formats.bundle import BundleReader, BundleWriter

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures")
DTYPES = (
    "float32 float64 int32 uint8 int16 int8 complex64 int64 bool bfloat16 uint16 complex128 float16 uint32 uint64".split()  # noqa: SIM905
)


def every_dtype():
    """The tensors of `record_formats.every_dtype`."""
    tensors = {}
    for d in DTYPES:
        low = 0 if d[0] in "ub" and d != "bfloat16" else -2
        tensors["dtypes/" + d] = np.arange(low, low + 6).reshape(2, 3).astype(np.float32).astype(getattr(dtypes, d).np)
    tensors["scalar"] = np.float32(3.5)
    tensors["empty"] = np.zeros((0, 3), np.float32)
    tensors["string"] = np.array(b"one", object)
    tensors["strings"] = np.array([[b"a", b""], [b"\x00\xff" * 70, b"z" * 300]], object)
    return tensors


def assert_same_files(ours, theirs):
    """The files at two prefixes have the same bytes."""
    directory, name = os.path.split(theirs)
    names = [f for f in os.listdir(directory) if f.startswith(name + ".")]
    assert names
    for f in names:
        with open(os.path.join(directory, f), "rb") as a, open(ours + f[len(name) :], "rb") as b:
            assert a.read() == b.read(), f


@pytest.fixture(params=["tf1", "tf2"])
def recorded(request):
    return os.path.join(FIXTURES, request.param)


def test_every_dtype_reads_and_writes_as_in_tensorflow(recorded, tmp_path):
    tensors = every_dtype()
    with BundleReader(recorded + "/all") as r:
        assert r.keys() == sorted(tensors)
        assert r.entries() == {k: (dtypes.as_dtype(np.asarray(v).dtype), np.shape(v)) for k, v in tensors.items()}
        for copy in (True, False):
            for name, value in tensors.items():
                got = r.read(name, copy=copy)
                assert got.dtype == value.dtype and got.shape == value.shape
                np.testing.assert_array_equal(got, value)
    with BundleWriter(tmp_path / "x") as w:
        for name, value in sorted(tensors.items()):
            w.add(name, value)
    assert_same_files(str(tmp_path / "x"), recorded + "/all")
    assert sorted(os.listdir(tmp_path)) == ["x.data-00000-of-00001", "x.index"]


def test_partitioned_tensors(recorded, tmp_path):
    whole = np.arange(40, dtype=np.float32).reshape(10, 4)
    with BundleReader(recorded + "/part") as r:
        assert r.entries() == {"p": (dtypes.float32, (10, 4)), "q": (dtypes.float32, (10, 4)), "z": (dtypes.int32, ())}
        for name in "pq":
            np.testing.assert_array_equal(r.read(name), whole)
            np.testing.assert_array_equal(r.read_slice(name, (2, 1), (4, -1)), whole[2:6, 1:])
        with pytest.raises(InvalidArgumentError, match="leaves the shape"):
            r.read_slice("p", (8, 0), (3, 4))
    with BundleWriter(tmp_path / "x") as w:
        w.add_slice("p", (10, 4), (0, 0), (3, -1), whole[:3])
        w.add_slice("p", (10, 4), (3, 0), (7, -1), whole[3:])
        w.add("z", np.int32(1))
        w.add_slice("q", (10, 4), (0, 0), (10, 1), whole[:, :1])
        w.add_slice("q", (10, 4), (0, 1), (10, 3), whole[:, 1:])
    assert_same_files(str(tmp_path / "x"), recorded + "/part")


def test_shards_are_merged(recorded, tmp_path):
    with BundleWriter(tmp_path / "a") as w:
        w.add("m", np.arange(3))
        w.add("b", np.ones(2, np.float32))
    with BundleWriter(tmp_path / "b") as w:
        w.add("c", np.ones((2, 2)))
        w.add("a", np.float32(1))
    bundle.merge_bundles([tmp_path / "a", tmp_path / "b"], tmp_path / "x")
    assert_same_files(str(tmp_path / "x"), recorded + "/sharded")
    assert len(os.listdir(tmp_path)) == 3
    with BundleReader(recorded + "/sharded") as r:
        assert r.keys() == ["a", "b", "c", "m"]
        np.testing.assert_array_equal(r.read("m"), [0, 1, 2])
        np.testing.assert_array_equal(r.read("c"), np.ones((2, 2)))


def test_slices_of_one_tensor_in_two_shards(tmp_path):
    for i in range(2):
        with BundleWriter(tmp_path / "x_temp" / f"s{i}") as w:
            w.add_slice("v", (4,), (2 * i,), (2,), np.arange(2 * i, 2 * i + 2))
    bundle.merge_bundles([tmp_path / "x_temp" / "s0", tmp_path / "x_temp" / "s1"], tmp_path / "x")
    assert sorted(os.listdir(tmp_path)) == ["x.data-00000-of-00002", "x.data-00001-of-00002", "x.index"]
    with BundleReader(tmp_path / "x") as r:
        np.testing.assert_array_equal(r.read("v"), [0, 1, 2, 3])


def test_an_index_of_several_blocks_is_tensorflows(recorded, tmp_path):
    with BundleWriter(tmp_path / "x") as w:
        for i in range(9000):
            w.add(f"layer_{i}/kernel_with_a_long_name_{i * i}", np.float32(i))
    with open(recorded + "/facts.json") as f:
        want = json.load(f)["many.index sha256"]
    assert hashlib.sha256((tmp_path / "x.index").read_bytes()).hexdigest() == want
    with BundleReader(tmp_path / "x") as r:
        assert r.read("layer_8999/kernel_with_a_long_name_80982001") == 8999


def test_what_savers_write(recorded):
    with BundleReader(recorded + "/saver") as r:
        assert {k: v[1] for k, v in r.entries().items()} == {
            "w": (6, 4), "step": (), "emb": (5, 2), "flag": (2,), "zeros_1": (300,)
        }  # fmt: skip
        np.testing.assert_array_equal(r.read("w"), np.arange(24, dtype=np.float32).reshape(6, 4))
        np.testing.assert_array_equal(r.read("emb"), np.full((5, 2), 1.5, np.float32))
        assert r.read("step") == 7 and r.read("step").dtype == np.int64


def test_an_object_based_checkpoint():
    with BundleReader(FIXTURES + "/tf2/object") as r:
        np.testing.assert_array_equal(r.read("w/.ATTRIBUTES/VARIABLE_VALUE"), [1.0, 2.0])
        graph = protos.TrackableObjectGraph.FromString(r.read("_CHECKPOINTABLE_OBJECT_GRAPH")[()])
        assert [c.local_name for c in graph.nodes[0].children] == ["w", "inner"] or len(graph.nodes) == 4


def test_names_that_are_not_there(recorded):
    with BundleReader(recorded + "/all") as r:
        for name in ("nope", "", "\0p\0\1"):
            assert not r.has(name)
            with pytest.raises(NotFoundError, match="not found in checkpoint"):
                r.read(name)
    with pytest.raises(NotFoundError, match="no file"):
        BundleReader(recorded + "/nothing")


def test_a_missing_data_file_is_named(recorded, tmp_path):
    shutil.copy(recorded + "/all.index", tmp_path / "x.index")
    with BundleReader(tmp_path / "x") as r, pytest.raises(NotFoundError, match="x.data-00000-of-00001"):
        r.read("scalar")


def test_what_cannot_be_written(tmp_path):
    w = BundleWriter(tmp_path / "x")
    w.add("a", np.zeros(3))
    for name in ("a", ""):
        with pytest.raises(InvalidArgumentError, match="empty or taken"):
            w.add(name, np.zeros(1))
    with pytest.raises(UnimplementedError, match="variant"):
        w.add("v", np.zeros(1, object), dtypes.variant)
    with pytest.raises(InvalidArgumentError, match="leaves the shape"):
        w.add_slice("s", (4,), (2,), (3,), np.zeros(3))
    with pytest.raises(InvalidArgumentError, match="array of shape"):
        w.add_slice("s", (4,), (2,), (2,), np.zeros(3))
    w.add_slice("s", (4,), (2,), (2,), np.zeros(2))
    with pytest.raises(InvalidArgumentError, match="stored before"):
        w.add_slice("s", (4,), (2,), (2,), np.zeros(2))
    with pytest.raises(InvalidArgumentError, match="earlier slice"):
        w.add_slice("s", (5,), (0,), (2,), np.zeros(2))
    w.abort()
    assert os.listdir(tmp_path) == []


def test_an_error_while_writing_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), BundleWriter(tmp_path / "x") as w:
        w.add("a", np.zeros(3))
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []


def test_large_tensors_beside_small_ones(tmp_path):
    rng = np.random.default_rng(0)
    tensors = {f"t{i}": rng.random(n, np.float32) for i, n in enumerate([3, 1 << 21, 5, 700_000, 1 << 18, 1, 0])}
    tensors["fortran"] = np.asfortranarray(rng.random((300, 400)))
    tensors["strided"] = rng.random((8, 8))[::2, ::-1]
    tensors["swapped"] = np.arange(5, dtype=">i4")
    with BundleWriter(tmp_path / "x") as w:
        for name, value in tensors.items():
            w.add(name, value)
    with BundleReader(tmp_path / "x") as r:
        for name, value in tensors.items():
            np.testing.assert_array_equal(r.read(name), value)
            np.testing.assert_array_equal(r.read(name, copy=False), value)
        many = r.read_many(tensors)
        assert many.keys() == tensors.keys() and all(np.array_equal(many[k], v) for k, v in tensors.items())
        assert many["t1"].ctypes.data % 64 == 0


_NUMBERS = st.sampled_from([getattr(dtypes, d).np for d in DTYPES if d != "bfloat16"])
_ARRAYS = st.one_of(
    _NUMBERS.flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))),
    hnp.arrays(
        object, hnp.array_shapes(min_dims=0, min_side=0, max_side=3), elements=st.binary(max_size=200), fill=st.nothing()
    ),
)


@settings(max_examples=60, deadline=None)
@given(tensors=st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), _ARRAYS, max_size=5))
def test_round_trip(tmp_path_factory, tensors):
    prefix = str(tmp_path_factory.mktemp("b") / "x")
    with BundleWriter(prefix) as w:
        for name, value in tensors.items():
            w.add(name, value)
    with BundleReader(prefix) as r:
        assert set(r.keys()) == set(tensors)
        for name, value in tensors.items():
            got = r.read(name)
            assert got.dtype == value.dtype and got.shape == value.shape
            assert got.tolist() == value.tolist() or got.tobytes() == value.tobytes()


@pytest.mark.parametrize("at", [0, 30, 500, -1])
def test_a_changed_byte_is_found(recorded, tmp_path, at):
    for suffix in (".index", ".data-00000-of-00001"):
        shutil.copy(recorded + "/all" + suffix, tmp_path / ("x" + suffix))
    data = tmp_path / "x.data-00000-of-00001"
    raw = bytearray(data.read_bytes())
    raw[at] ^= 4
    data.write_bytes(raw)
    bad = []
    with BundleReader(tmp_path / "x") as r:
        for name in r.entries():
            try:
                r.read(name)
            except DataLossError as e:
                bad.append(name)
                assert name in str(e) and "x.data-00000-of-00001 at offset" in str(e)
    assert len(bad) == 1


def test_a_short_data_file_is_found(recorded, tmp_path):
    shutil.copy(recorded + "/all.index", tmp_path / "x.index")
    with open(recorded + "/all.data-00000-of-00001", "rb") as f:
        (tmp_path / "x.data-00000-of-00001").write_bytes(f.read()[:-1])
    with BundleReader(tmp_path / "x") as r, pytest.raises(DataLossError, match="'strings'.*cut short"):
        r.read("strings")
