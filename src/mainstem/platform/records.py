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
        flush_mode, input_buffer_size, output_buffer_size: kept; how the work is cut into pieces is not chosen by them.
        window_bits, compression_level, compression_method, mem_level, compression_strategy: zlib's, None for TensorFlow's
            defaults (31 for gzip or 15, -1, 8, 9, 0). A file of the same options has the same bytes as TensorFlow's.

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


def _zlib_options(options):
    """The arguments of `zlib.compressobj` that `TFRecordOptions` set."""
    if not isinstance(options, TFRecordOptions):
        return {}
    told = {
        "level": options.compression_level,
        "wbits": options.window_bits,
        "memLevel": options.mem_level,
        "method": options.compression_method,
        "strategy": options.compression_strategy,
    }
    return {k: v for k, v in told.items() if v is not None} | _zlib_options(options.compression_type)


_put = tfrecord.RecordWriter.write


class TFRecordWriter(tfrecord.RecordWriter):
    """Writes records (bytes, or text as UTF-8) to a TFRecord file; a context manager that closes it.

    Args:
        path: the file; an old one is overwritten.
        options: `TFRecordOptions`, or what its `compression_type` takes.

    Raises ValueError for an unknown compression, InvalidArgumentError for options that zlib refuses, NotFoundError for a folder
    that is not there.
    """

    def __init__(self, path, options=None):
        kind = TFRecordOptions.get_compression_type_string(options)
        try:
            super().__init__(path, kind, **_zlib_options(options))
        except FileNotFoundError:
            raise errors.NotFoundError(None, None, f"{path}; No such file or directory") from None
        except IsADirectoryError:
            raise errors.FailedPreconditionError(None, None, f"{path}; Is a directory") from None
        except PermissionError:
            raise errors.PermissionDeniedError(None, None, f"{path}; Permission denied") from None

    def _check_open(self):
        if self._file is None:
            raise errors.FailedPreconditionError(None, None, f"Writer not initialized or previously closed: {self.path}")

    def write(self, record):
        """Appends a record. Raises TypeError for what is not bytes, FailedPreconditionError after `close`."""
        pending = self._pending
        if type(record) is bytes and len(record) < tfrecord.SMALL and len(pending) < tfrecord.TOGETHER - 1:
            pending.append(record)  # as `RecordWriter.write` does it, without the price of a call
            return
        if self._file is None or type(record) is not bytes:
            record = self._converted(record)
            self._check_open()
        _put(self, record)

    @staticmethod
    def _converted(record):
        if isinstance(record, str):
            return record.encode()
        if not isinstance(record, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected bytes, {type(record).__name__} found")
        return bytes(record)

    def flush(self):
        """Hands all records to the operating system. Raises FailedPreconditionError after `close`."""
        self._check_open()
        super().flush()

    def close(self):
        """Ends the file. A second call does nothing."""
        super().close()


class TFRecordWriterV1(TFRecordWriter):
    """As `TFRecordWriter`, but text is refused."""

    @staticmethod
    def _converted(record):
        if isinstance(record, str):
            raise TypeError("expected bytes, str found")
        return TFRecordWriter._converted(record)


def tf_record_iterator(path, options=None):
    """Iterates over the records (bytes) of a TFRecord file.

    Raises ValueError for an unknown compression; while iterating NotFoundError, or DataLossError for a damaged file.
    """
    return tfrecord.read_records(path, TFRecordOptions.get_compression_type_string(options))
