"""Every op of data sets is applied by a program whose elements are checked: by the rows of `dataset_rows`, or by one here."""

import numpy as np
import pytest

import mainstem as tf2
import mainstem.v1 as tf1
from mainstem.core import bind
from mainstem.core.registry import REGISTRY
from mainstem.data import nodes
from mainstem.data.dataset import Dataset as dataset_of
from mainstem.eager.context import context
from mainstem.ops import dataset
from tests.golden import dataset_rows as rows

OPS = {name for name, op in REGISTRY.items() if op.module == dataset.__name__}
HERE = {
    "IteratorV2", "MakeIterator", "IteratorToStringHandle", "IteratorFromStringHandleV2", "IteratorGetNextAsOptional",
    "OptionalFromValue", "OptionalNone", "OptionalHasValue", "OptionalGetValue", "ReduceDataset", "DatasetCardinality",
    "DatasetToTFRecord", "MatchingFilesDataset", "SnapshotDataset", "_SavedDataset", "_IteratorPlace", "_IteratorGoTo",
    "InitializeTableFromDataset", "AnonymousIteratorV3", "_IteratorHasNext", "IteratorGetNextSync", "_RerandomizedDataset",
}  # fmt: skip


@pytest.fixture
def applied(monkeypatch):
    """The types of the ops that are applied in the test."""
    seen, original = set(), bind.bind
    monkeypatch.setattr(bind, "bind", lambda op, *args, **kwargs: (seen.add(op.name), original(op, *args, **kwargs))[1])
    return seen


def test_the_rows_apply_all_other_ops(applied, tmp_path):
    at = rows.write_files(str(tmp_path))
    for row in {**rows.BOTH, **rows.V1}.values():
        with tf1.Graph().as_default():
            try:
                tf1.data.make_one_shot_iterator(row(tf1, tf1.data.Dataset, at)).get_next()
            except (ValueError, TypeError, tf1.errors.OpError):
                continue  # rows of errors
    with context().as_default():
        for row in rows.V2.values():
            try:
                row(tf2, tf2.data.Dataset, at)
            except (ValueError, TypeError, AttributeError, tf2.errors.OpError):
                continue
    assert OPS - HERE - applied == set()


def test_iterators_of_graphs(applied):
    with tf1.Graph().as_default(), tf1.Session() as session:
        numbers = tf1.data.Dataset.range(3)
        iterator = tf1.data.make_initializable_iterator(numbers)
        handle = tf1.placeholder(tf1.string, [])
        other = tf1.data.Iterator.from_string_handle(
            handle, tf1.data.get_output_types(numbers), tf1.data.get_output_shapes(numbers)
        )
        element = other.get_next()
        total = numbers.reduce(np.int64(10), lambda a, b: a + b)
        count = tf1.data.experimental.cardinality(numbers)
        sync = tf1.raw_ops.IteratorGetNextSync(
            iterator=iterator._iterator_resource, output_types=[tf1.int64], output_shapes=[[]]
        )
        session.run(iterator.initializer)
        fed = {handle: session.run(iterator.string_handle())}
        assert [session.run(element, fed) for _ in range(2)] == [0, 1]
        assert session.run(sync) == [2]
        assert session.run([total, count]) == [13, 3]
    assert {
        "IteratorV2",
        "MakeIterator",
        "IteratorToStringHandle",
        "IteratorFromStringHandleV2",
        "IteratorGetNextSync",
    } <= applied
    assert {"ReduceDataset", "DatasetCardinality"} <= applied


def test_variants_of_datasets():
    with tf1.Graph().as_default(), tf1.Session() as session:
        e = tf1.data.experimental
        numbers = tf1.data.Dataset.range(4)
        again = e.from_variant(e.to_variant(numbers), e.get_structure(numbers))
        assert isinstance(again, tf1.data.Dataset)
        batches = again.apply(e.map_and_batch_with_legacy_function(lambda n: n * n, 4))
        assert session.run(tf1.data.make_one_shot_iterator(batches).get_next()).tolist() == [0, 1, 4, 9]


def test_tables(applied):
    with context().as_default():
        pairs = tf2.data.Dataset.range(3).map(lambda n: (n, n * n))
        table = tf2.lookup.StaticHashTable(tf2.data.experimental.DatasetInitializer(pairs), -1)
        assert table.lookup(tf2.constant([2, 5], tf2.int64)).numpy().tolist() == [4, -1]
    assert "InitializeTableFromDataset" in applied


def test_random_numbers_that_differ_in_every_epoch(applied):
    with tf1.Graph().as_default(), tf1.Session() as session:
        numbers = tf2.data.Dataset.random(seed=4, rerandomize_each_iteration=True).take(3).repeat(2)
        iterator = tf1.data.make_initializable_iterator(numbers)
        element = iterator.get_next()
        for _ in range(2):  # what TensorFlow 2.21 gives, from the first again when it is initialized again
            session.run(iterator.initializer)
            made = [session.run(element) for _ in range(6)]
            assert made == [1905554911, 4215726141, 1283758208, 1683472663, 2279948892, 2709632186]
    assert "_RerandomizedDataset" in applied


def test_optionals(applied):
    with tf1.Graph().as_default(), tf1.Session() as session:
        iterator = tf1.data.make_initializable_iterator(tf1.data.Dataset.range(1))
        optional = tf1.data.experimental.get_next_as_optional(iterator)
        there, value = optional.has_value(), optional.get_value()
        session.run(iterator.initializer)
        assert session.run([there, value]) == [True, 0]
        assert not session.run(there)
    with context().as_default():
        made = tf2.data.experimental.Optional.from_value(tf2.constant(5))
        assert made.has_value().numpy() and made.get_value().numpy() == 5
        assert not tf2.data.experimental.Optional.empty(made.element_spec).has_value().numpy()
    assert {n for n in OPS if "Optional" in n} <= applied


def test_files_and_places(applied, tmp_path):
    with context().as_default():
        for name in ("b", "a"):
            (tmp_path / name).write_text(name)
        found = tf2.data.Dataset.list_files(str(tmp_path / "*"), shuffle=False)
        assert [str(f.numpy()).rstrip("'")[-1] for f in found] == ["a", "b"]
        files = nodes.apply("MatchingFilesDataset", [[str(tmp_path / "*")]], tf2.TensorSpec([], tf2.string))
        assert [f.numpy()[-1:] for f in dataset_of(files, tf2.TensorSpec([], tf2.string))] == [b"a", b"b"]
        numbers = tf2.data.Dataset.range(4)
        kept = numbers.snapshot(str(tmp_path / "snapshot"))
        assert [int(x) for x in kept] == [int(x) for x in kept] == [0, 1, 2, 3]
        numbers.save(str(tmp_path / "saved"))
        assert [int(x) for x in tf2.data.Dataset.load(str(tmp_path / "saved"))] == [0, 1, 2, 3]
        words = tf2.data.Dataset.from_tensor_slices(["x", "yy"])
        tf2.data.experimental.TFRecordWriter(str(tmp_path / "records")).write(words)
        assert [bytes(r.numpy()) for r in tf2.data.TFRecordDataset(str(tmp_path / "records"))] == [b"x", b"yy"]
    with tf1.Graph().as_default(), tf1.Session() as session:
        iterator = tf1.data.make_initializable_iterator(tf1.data.Dataset.range(5))
        element = iterator.get_next()
        saver = tf1.train.Saver({"place": tf1.data.experimental.make_saveable_from_iterator(iterator)})
        session.run(iterator.initializer)
        assert session.run(element) == 0
        path = saver.save(session, str(tmp_path / "place"))
        assert [session.run(element) for _ in range(2)] == [1, 2]
        saver.restore(session, path)
        assert session.run(element) == 1
    wanted = {
        "MatchingFilesDataset",
        "SnapshotDataset",
        "_SavedDataset",
        "DatasetToTFRecord",
        "_IteratorPlace",
        "_IteratorGoTo",
    }
    assert wanted <= applied, wanted - applied


def test_loops_of_functions(applied):
    with context().as_default():

        @tf2.function
        def total(numbers):
            made = np.int64(0)
            for x in numbers:
                made += x
            return made

        assert total(tf2.data.Dataset.range(5)).numpy() == 10
    assert {"AnonymousIteratorV3", "_IteratorHasNext"} <= applied
