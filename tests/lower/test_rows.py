"""Columns of rows: strings stay strings."""

import numpy as np
import pytest

import mainstem as tf2
from mainstem.data import block
from mainstem.eager.context import context
from mainstem.lower import rows


@pytest.mark.parametrize("column", [rows.column, block.column_of])
def test_rows_of_one_string_each(column):
    """NumPy 2.5 stores an array of shape () itself where `out[i]` is assigned one."""
    found = column([np.array(b"x", object), np.array(b"y", object)])
    assert found.tolist() == [b"x", b"y"] and {type(v) for v in found} == {bytes}
    assert column([np.array([b"x", b"y"], object)] * 2).tolist() == [[b"x", b"y"]] * 2


def test_padded_batches_of_strings():
    with context().as_default():
        data = tf2.data.Dataset.from_tensor_slices([b"a", b"b"]).map(lambda s: s + "!")
        (found,) = data.padded_batch(2, padded_shapes=[])
        assert found.numpy().tolist() == [b"a!", b"b!"]


@pytest.mark.parametrize("shape", [(), (2,)])
def test_strings_of_tables(shape):
    """A table's values, single or rows, come back as bytes."""
    with context().as_default():
        value = np.full(shape, b"z", object)
        table = tf2.lookup.experimental.MutableHashTable(tf2.string, tf2.string, np.full(shape, b"none", object))
        table.insert(tf2.constant(["k"]), tf2.constant(value[None]))
        found = table.lookup(tf2.constant(["k", "other"])).numpy()
        assert found.shape == (2, *shape) and {type(v) for v in found.reshape(-1)} == {bytes}
        assert found.reshape(-1)[0] == b"z" and found.reshape(-1)[-1] == b"none"
