"""`tf.python_io`: what TensorFlow 1.15 does with the same calls."""

import hypothesis
import hypothesis.strategies as st
import pytest

import mainstem.v1 as tf

io = tf.python_io
KINDS = ["", None, "GZIP", "ZLIB", 0, 1, 2, io.TFRecordOptions("GZIP"), io.TFRecordOptions(io.TFRecordCompressionType.ZLIB)]


@pytest.mark.parametrize("kind", KINDS, ids=range(len(KINDS)))
def test_what_is_written_is_read(tmp_path, kind):
    path = str(tmp_path / "a")
    with io.TFRecordWriter(path, options=kind) as writer:
        writer.write(b"one"), writer.write(b""), writer.flush(), writer.write(b"three")
    assert list(io.tf_record_iterator(path, options=kind)) == [b"one", b"", b"three"]


@hypothesis.given(st.lists(st.binary(max_size=40)), st.integers(0, 9))
def test_any_records_at_any_level(tmp_path_factory, records, level):
    path = str(tmp_path_factory.mktemp("r") / "a")
    options = io.TFRecordOptions("ZLIB", compression_level=level)
    with tf.io.TFRecordWriter(path, options) as writer:
        for record in records:
            writer.write(record)
    assert list(tf.io.tf_record_iterator(path, options)) == records


def test_a_closed_writer_and_other_things_than_bytes(tmp_path):
    writer = io.TFRecordWriter(str(tmp_path / "a"))
    for wrong, word in (("text", "str"), (3, "int")):
        with pytest.raises(TypeError, match=f"expected bytes, {word} found"):
            writer.write(wrong)
    writer.close(), writer.close()
    for call in (lambda: writer.write(b"x"), writer.flush):
        with pytest.raises(tf.errors.FailedPreconditionError, match="previously closed"):
            call()


def test_files_that_are_not_there_or_damaged(tmp_path):
    path = str(tmp_path / "a")
    with pytest.raises(tf.errors.NotFoundError, match="No such file"):
        list(io.tf_record_iterator(path))
    with pytest.raises(tf.errors.NotFoundError, match="No such file"):
        io.TFRecordWriter(str(tmp_path / "no" / "a"))
    with io.TFRecordWriter(path) as writer:
        writer.write(b"abc")
    content = (tmp_path / "a").read_bytes()
    (tmp_path / "cut").write_bytes(content[:-1])
    (tmp_path / "changed").write_bytes(content[:13] + bytes([content[13] ^ 1]) + content[14:])
    for name, word in (("cut", "truncated record at 0"), ("changed", "corrupted record at ")):
        with pytest.raises(tf.errors.DataLossError, match=word):
            list(io.tf_record_iterator(str(tmp_path / name)))
    with pytest.raises(tf.errors.DataLossError):
        list(io.tf_record_iterator(path, options="GZIP"))


@pytest.mark.parametrize("call", [io.TFRecordOptions, lambda k: io.TFRecordWriter("/", options=k)])
@pytest.mark.parametrize("kind", ["foo", 7])
def test_unknown_compressions(call, kind):
    with pytest.raises(ValueError, match=f'Not a valid compression_type: "{kind}"'):
        call(kind)


def test_names():
    assert io.TFRecordOptions.get_compression_type_string(None) == ""
    assert io.TFRecordOptions.get_compression_type_string(io.TFRecordOptions("GZIP")) == "GZIP"
    assert tf.io.TFRecordOptions is io.TFRecordOptions and tf.io.TFRecordWriter is io.TFRecordWriter
