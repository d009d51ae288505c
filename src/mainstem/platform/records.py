"""`tf.python_io`: TFRecord files written and read by Python itself, without a graph."""

from mainstem.base import errors
from mainstem.formats import tfrecord


class TFRecordCompressionType:
    """How a whole TFRecord file is compressed."""

    NONE, ZLIB, GZIP = 0, 1, 2


class TFRecordOptions:
    """Compression of a TFRecord file.

    Args:
        compression_type: "", "GZIP", "ZLIB", None, a `TFRecordCompressionType`, or other options.
        compression_level: zlib's, from 0 to 9; None or -1 for its default.
        flush_mode, input_buffer_size, output_buffer_size, window_bits, compression_method, mem_level, compression_strategy:
            kept, without effect: every reader takes files of the defaults.

    Raises ValueError for another compression.
    """

    compression_type_map = {
        TFRecordCompressionType.ZLIB: "ZLIB",
        TFRecordCompressionType.GZIP: "GZIP",
        TFRecordCompressionType.NONE: "",
    }

    def __init__(
        self,
        compression_type=None,
        flush_mode=None,
        input_buffer_size=None,
        output_buffer_size=None,
        window_bits=None,
        compression_level=None,
        compression_method=None,
        mem_level=None,
        compression_strategy=None,
    ):
        self.get_compression_type_string(compression_type)
        self.compression_type, self.compression_level = compression_type, compression_level
        self.flush_mode, self.window_bits, self.mem_level = flush_mode, window_bits, mem_level
        self.input_buffer_size, self.output_buffer_size = input_buffer_size, output_buffer_size
        self.compression_method, self.compression_strategy = compression_method, compression_strategy

    @classmethod
    def get_compression_type_string(cls, options):
        """ "", "GZIP" or "ZLIB" for what `compression_type` takes. Raises ValueError for others."""
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if isinstance(options, TFRecordCompressionType) or options in cls.compression_type_map:
            return cls.compression_type_map[options]
        if options in cls.compression_type_map.values():
            return options
        raise ValueError(f'Not a valid compression_type: "{options}"')


def _level(options):
    level = getattr(options, "compression_level", None)
    return -1 if level is None else level


class TFRecordWriter:
    """Writes records (bytes) to a TFRecord file; a context manager that closes it.

    Args:
        path: the file; an old one is overwritten.
        options: `TFRecordOptions`, or what its `compression_type` takes.

    Raises ValueError for an unknown compression, NotFoundError for a folder that is not there.
    """

    def __init__(self, path, options=None):
        kind = TFRecordOptions.get_compression_type_string(options)
        try:
            self._writer = tfrecord.RecordWriter(path, kind, _level(options))
        except FileNotFoundError:
            raise errors.NotFoundError(None, None, f"{path}; No such file or directory") from None
        self._open = True

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _checked(self):
        if not self._open:
            raise errors.FailedPreconditionError(
                None, None, f"Writer not initialized or previously closed: {self._writer.path}"
            )
        return self._writer

    def write(self, record):
        """Appends a record. Raises TypeError for what is not bytes, FailedPreconditionError after `close`."""
        if not isinstance(record, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected bytes, {type(record).__name__} found")
        self._checked().write(bytes(record))

    def flush(self):
        """Hands all records to the operating system. Raises FailedPreconditionError after `close`."""
        self._checked().flush()

    def close(self):
        """Ends the file. A second call does nothing."""
        self._writer.close()
        self._open = False


def tf_record_iterator(path, options=None):
    """Iterates over the records (bytes) of a TFRecord file.

    Raises ValueError for an unknown compression; while iterating NotFoundError, or DataLossError for a damaged file.
    """
    return tfrecord.read_records(path, TFRecordOptions.get_compression_type_string(options))
