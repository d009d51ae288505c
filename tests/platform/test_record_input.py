"""`RecordInput`: every epoch has each record once, in another order; batches, compression, failures."""

import pytest

import mainstem.v1 as tf
from mainstem.eager.context import context

RECORDS = {f"{f}-{i}".encode() for f in range(3) for i in range(4)}


@pytest.fixture
def pattern(tmp_path):
    for f in range(3):
        with tf.python_io.TFRecordWriter(str(tmp_path / f"{f}.rec")) as writer:
            for i in range(4):
                writer.write(f"{f}-{i}".encode())
    return str(tmp_path / "*.rec")


def run(made, times):
    with tf.Session() as session:
        return [session.run(made) for _ in range(times)]


@pytest.mark.parametrize("options", [{}, {"buffer_size": 5, "parallelism": 2}, {"buffer_size": 100, "shift_ratio": 0.5}])
def test_an_epoch_has_each_record_once(pattern, options):
    made = tf.contrib.framework.RecordInput(pattern, batch_size=4, seed=3, **options).get_yield_op()
    assert made.shape == [4] and made.dtype == tf.string and made.op.type == "RecordInput"
    found = [r for batch in run(made, 9) for r in batch]
    epochs = [found[i : i + 12] for i in (0, 12, 24)]
    assert all(set(e) == RECORDS for e in epochs) and epochs[0] != epochs[1]
    assert run(made, 9)[0].tolist() == found[:4], "a session of its own begins anew"


def test_batches_are_lists_of_scalars(pattern):
    made = tf.contrib.framework.RecordInput(pattern, batch_size=2, batches=3, name="own").get_yield_op()
    assert [len(b) for b in made] == [2, 2, 2] and made[0][0].shape == []
    (found,) = run(made, 1)
    assert len({r for batch in found for r in batch}) == 6


def test_compressed_files(tmp_path):
    options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
    with tf.python_io.TFRecordWriter(str(tmp_path / "z"), options) as writer:
        writer.write(b"packed")
    kind = tf.python_io.TFRecordCompressionType.GZIP
    (found,) = run(tf.contrib.framework.RecordInput(str(tmp_path / "z"), compression_type=kind).get_yield_op(), 1)
    assert found.tolist() == [b"packed"]


def test_eager_mode_goes_on(pattern):
    records = tf.contrib.framework.RecordInput(pattern, batch_size=6, seed=1)
    with context().as_default():
        found = [records.get_yield_op().numpy().tolist() for _ in range(2)]
    assert {r for batch in found for r in batch} <= RECORDS and all(len(set(batch)) == 6 for batch in found)


def test_failures(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="No files match the pattern"):
        run(tf.contrib.framework.RecordInput(str(tmp_path / "none*")).get_yield_op(), 1)
    (tmp_path / "empty").touch()
    with pytest.raises(tf.errors.OutOfRangeError, match="no records"):
        run(tf.contrib.framework.RecordInput(str(tmp_path / "empty")).get_yield_op(), 1)
