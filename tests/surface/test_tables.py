"""Tables, crosses and feature columns against TensorFlow 1.15 (golden/record_tables.py)."""

import json
import pathlib

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.core import bind
from tests.surface import table_programs

RECORD = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "tables.json").read_text())


def _plain(value):
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return "bytes:" + value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("program", table_programs.PROGRAMS)
def test_programs_do_what_tensorflow_does(program):
    variables, values = table_programs.outcome(tf, table_programs.PROGRAMS[program])
    want_variables, want = RECORD["programs"][program]
    assert variables == want_variables and len(values) == len(want)
    for i, (value, expected) in enumerate(zip(map(_plain, values), want, strict=True)):
        if "bytes:" in json.dumps(expected) or all(isinstance(v, int) for v in np.ravel(expected).tolist()):
            assert value == expected, i
        else:
            np.testing.assert_allclose(value, expected, rtol=1e-5, err_msg=str(i))


@pytest.mark.parametrize("program", table_programs.ERRORS)
def test_wrong_programs_raise_the_same(program):
    assert table_programs.failure(tf, table_programs.ERRORS[program]) == RECORD["errors"][program]


def test_specs_for_parsing():
    assert table_programs.specs(tf) == RECORD["specs"]


def test_a_table_that_comes_and_goes():
    table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, -1)
    vectors = tf.contrib.lookup.MutableDenseHashTable(tf.int64, tf.float32, [0.0, 0.0], -1, -2)
    insert, remove = table.insert(tf.constant(["q", "p"]), [4, 5]), table.remove(tf.constant(["q", "other"]))
    keep = vectors.insert_or_assign([3], [[1.0, 2.0]])
    find, rows = table.lookup(tf.constant(["p", "q"])), vectors.lookup(tf.constant([[3, 4]], tf.int64))
    keys, values = table.export()
    with tf.Session() as session, tf.Session() as other:
        session.run([insert, keep])
        assert session.run(find).tolist() == [5, 4] and session.run(table.size()) == 2
        assert session.run(rows).tolist() == [[[1, 2], [0, 0]]]
        session.run(remove)
        assert session.run([keys, values])[0].tolist() == [b"p"] and session.run(find).tolist() == [5, -1]
        assert other.run(find).tolist() == [-1, -1]  # each session has its own


def test_errors_of_a_run():
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1, 2], ["x", "y"]), "?")
    twice = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1, 1], ["x", "y"]), "?")
    missing = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer("no/such/file", tf.string, -2, tf.int64, -1), -1)
    column = tf.feature_column.indicator_column(tf.feature_column.categorical_column_with_identity("i", 2))
    outside = tf.feature_column.input_layer({"i": tf.placeholder_with_default([[2]], [1, 1])}, column)
    with tf.Session() as session:
        with pytest.raises(tf.errors.FailedPreconditionError, match="Table not initialized"):
            session.run(table.lookup([1]))
        session.run(table.initializer), session.run(table.initializer)
        with pytest.raises(tf.errors.FailedPreconditionError, match="different value for same key"):
            session.run(twice.initializer)
        with pytest.raises(tf.errors.NotFoundError, match="no/such/file"):
            session.run(missing.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match="num_buckets"):
            session.run(outside)


@pytest.mark.usefixtures("eager_mode")
def test_tables_in_eager_mode():
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1)
    assert table.lookup(tf.constant(["b", "z"])).numpy().tolist() == [2, -1] and int(table.size()) == 2
    held = tf.contrib.lookup.MutableHashTable(tf.int64, tf.string, "?")
    held.insert(tf.constant([1], tf.int64), tf.constant(["one"]))
    assert held.lookup(tf.constant([1, 2], tf.int64)).numpy().tolist() == [b"one", b"?"]
    assert held.export()[0].numpy().tolist() == [1]


APPLIED = {  # by the recorded programs and the errors of this file
    "HashTableV2", "MutableHashTableV2", "MutableHashTableOfTensorsV2", "LookupTableFindV2", "LookupTableInsertV2",
    "LookupTableRemoveV2", "LookupTableImportV2", "InitializeTableFromTextFileV2", "LookupTableExportV2",
    "LookupTableSizeV2", "SparseCross",
}  # fmt: skip


def test_the_programs_apply_every_op_of_tables(monkeypatch):
    seen, original = set(), bind.bind
    monkeypatch.setattr(bind, "bind", lambda op, *args, **kwargs: (seen.add(op.name), original(op, *args, **kwargs))[1])
    for program in table_programs.PROGRAMS.values():
        with tf.Graph().as_default():
            program(tf)
    for test in (test_a_table_that_comes_and_goes, test_errors_of_a_run):
        with tf.Graph().as_default():
            test()
    assert APPLIED - seen == set()


def test_a_table_of_an_older_graph_is_filled():
    with tf.Graph().as_default() as graph:
        handle = tf.raw_ops.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64)
        fill = tf.raw_ops.InitializeTableV2(table_handle=handle, keys=["a", "b"], values=tf.constant([1, 2], tf.int64))
        found = tf.raw_ops.LookupTableFindV2(table_handle=handle, keys=["b", "c"], default_value=tf.constant(-1, tf.int64))
        assert "InitializeTableV2" in {op.type for op in graph.get_operations()}
        with tf.Session() as session:
            session.run(fill)
            assert session.run(found).tolist() == [2, -1]
