"""Readers of files whose names come from a queue: `tf.TextLineReader`, `tf.TFRecordReader` and the like."""

from mainstem.ops import readers as ops
from mainstem.state.scope import eager


class ReaderBase:
    """A reader takes names of files ("work units") from a queue and gives their records, one after the other.

    `reader_ref` is the handle, a tensor; `supports_serialize` tells whether the state can be stored. Raises RuntimeError in eager mode.
    """

    def __init__(self, reader_ref, supports_serialize=False):
        if eager():
            raise RuntimeError(
                "Readers are not supported when eager execution is enabled. Instead, please use tf.data to get data into your model."
            )
        self._reader_ref, self._supports_serialize = reader_ref, supports_serialize

    @property
    def reader_ref(self):
        """The handle of the reader, a tensor."""
        return self._reader_ref

    @property
    def supports_serialize(self):
        """Whether the state of the reader can be stored."""
        return self._supports_serialize

    def read(self, queue, name=None):
        """The next (key, record), string scalars; takes a name from `queue` (a queue or its handle) at the end of a file."""
        return ops.reader_read(self._reader_ref, getattr(queue, "queue_ref", queue), name=name)

    def read_up_to(self, queue, num_records, name=None):
        """Up to `num_records` (keys, records), string vectors; less at the end of a file."""
        return ops.reader_read_up_to(self._reader_ref, getattr(queue, "queue_ref", queue), num_records, name=name)

    def num_records_produced(self, name=None):
        """How many records the reader gave, an int64 tensor."""
        return ops.reader_num_records_produced(self._reader_ref, name=name)

    def num_work_units_completed(self, name=None):
        """How many files the reader has read to their end, an int64 tensor."""
        return ops.reader_num_work_units_completed(self._reader_ref, name=name)

    def serialize_state(self, name=None):
        """The state, a string tensor; a reader that does not support it raises UnimplementedError when it runs."""
        return ops.reader_serialize_state(self._reader_ref, name=name)

    def restore_state(self, state, name=None):
        """An operation that sets the state to what `serialize_state` gave."""
        return ops.reader_restore_state(self._reader_ref, state, name=name)

    def reset(self, name=None):
        """An operation that makes the reader new."""
        return ops.reader_reset(self._reader_ref, name=name)


def _made(op, name, **attrs):
    return None if eager() else op(name=name, **attrs)


class WholeFileReader(ReaderBase):
    """Gives each file as one record; the key is its name."""

    def __init__(self, name=None):
        super().__init__(_made(ops.whole_file_reader, name), supports_serialize=True)


class TextLineReader(ReaderBase):
    """Gives the lines of text files without the ends of lines; the key is name and number. `skip_header_lines` are left out."""

    def __init__(self, skip_header_lines=None, name=None):
        super().__init__(_made(ops.text_line_reader, name, skip_header_lines=skip_header_lines or 0))


class FixedLengthRecordReader(ReaderBase):
    """Gives records of `record_bytes` bytes, one every `hop_bytes`, between header and footer; the key is name and number.

    `encoding` is "", "ZLIB" or "GZIP".
    """

    def __init__(self, record_bytes, header_bytes=None, footer_bytes=None, hop_bytes=None, name=None, encoding=None):
        made = _made(
            ops.fixed_length_record_reader, name, record_bytes=record_bytes, header_bytes=header_bytes or 0,
            footer_bytes=footer_bytes or 0, hop_bytes=hop_bytes or 0, encoding=encoding or "",
        )  # fmt: skip
        super().__init__(made)


class TFRecordReader(ReaderBase):
    """Gives the records of TFRecord files; the key is name and offset. `options` are TFRecordOptions."""

    def __init__(self, name=None, options=None):
        kind = options.get_compression_type_string(options) if options is not None else ""
        super().__init__(_made(ops.tf_record_reader, name, compression_type=kind))


class IdentityReader(ReaderBase):
    """Gives the names themselves, as key and as record."""

    def __init__(self, name=None):
        super().__init__(_made(ops.identity_reader, name), supports_serialize=True)


class LMDBReader(ReaderBase):
    """Is not there: files of LMDB are not supported. Raises NotImplementedError."""

    def __init__(self, name=None, options=None):
        raise NotImplementedError("tf.LMDBReader is not supported; convert the data to TFRecord files.")
