"""Cutting variables: malformed partitioners are refused, parts tile the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.base import dtypes
from mainstem.state import partition, policy
from mainstem.state.variable import Variable


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 3), st.integers(1, 9))
def test_parts_tile_the_whole(shape, axis, count):
    axis %= len(shape)
    count = min(count, shape[axis])
    parts = list(partition.slices(tuple(shape), count, axis))
    lengths = [own[axis] for _, own in parts]
    assert len(parts) == count and sum(lengths) == shape[axis] and max(lengths) - min(lengths) <= 1
    assert lengths == sorted(lengths, reverse=True)
    place = 0
    for offset, own in parts:
        assert offset == [place if i == axis else 0 for i in range(len(shape))]
        assert all(own[i] == shape[i] for i in range(len(shape)) if i != axis)
        place += own[axis]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (3, "must return a sequence"),
        ([1], "does not match the Variable's rank"),
        ([0, 1], "returned zero partitions"),
        ([2, 2], "Can only slice a variable along one dimension"),
    ],
)
def test_malformed_answers(answer, words):
    with pytest.raises(ValueError, match=words):
        partition.partitions_of(lambda shape, dtype: answer, (4, 4), dtypes.float32)


def test_more_parts_than_rows():
    with pytest.raises(ValueError, match="into 5 parts"):
        list(partition.slices((3, 2), 5, 0))


@pytest.mark.parametrize("shape", [None, (None, 2), ()])
def test_shapes_that_cannot_be_cut(shape):
    with pytest.raises(ValueError, match="fully defined|rank at least 1"):
        partition.partitions_of(partition.fixed_size_partitioner(2), shape, dtypes.float32)


def test_axis_out_of_range():
    for cut in (partition.min_max_variable_partitioner(2, axis=2), partition.variable_axis_size_partitioner(64, axis=2)):
        with pytest.raises(ValueError, match="Cannot partition variable along axis 2"):
            cut(shape=[3, 3], dtype=dtypes.float32)
    with pytest.raises(ValueError, match="must be positive"):
        partition.variable_axis_size_partitioner(0)
    with pytest.raises(ValueError, match="max_shards"):
        partition.variable_axis_size_partitioner(4, max_shards=0)


def test_partition_info():
    info = partition.PartitionInfo([10, 4], [5, 0])
    assert info.single_slice_dim([5, 4]) == 0 and info.single_offset([5, 4]) == 5 and info.single_offset([10, 4]) == 0
    with pytest.raises(ValueError, match="could be either"):
        info.single_slice_dim([5, 2])
    with pytest.raises(ValueError, match="equal length"):
        info.single_slice_dim([5])
    with pytest.raises(ValueError, match="equal length"):
        partition.PartitionInfo([1], [0, 0])
    with pytest.raises(TypeError):
        partition.PartitionInfo(3, [0])


def test_slice_info_round_trip():
    info = Variable.SaveSliceInfo("w", [5, 2], [2, 0], [2, 2])
    assert info.spec == "5 2 2,2:0,2"
    again = Variable.SaveSliceInfo(save_slice_info_def=info.to_proto(), import_scope="s")
    assert again.full_name == "s/w" and again.spec == info.spec
    assert info.to_proto("other") is None


def test_policy():
    read = policy.VariableSynchronization.ON_READ
    assert policy.resolve(None, None, None, "v")[2] is True
    assert policy.resolve(read, None, None, "v")[2] is False
    assert policy.resolve(read, None, True, "v")[2] is True
    with pytest.raises(ValueError, match="aggregation mode"):
        policy.resolve(None, "sum", None, "v")
    with pytest.raises(ValueError, match="synchronization mode"):
        policy.resolve("auto", None, None, "v")
