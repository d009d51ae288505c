"""Datasets of records in files: `TextLineDataset`, `TFRecordDataset`, `FixedLengthRecordDataset`, and a database's rows."""

from mainstem.base import dtypes
from mainstem.data.dataset import Dataset
from mainstem.data.dataset_v1 import DatasetV1
from mainstem.data.nodes import apply, scalar
from mainstem.graph.spec import TensorSpec
from mainstem.platform.records import TFRecordOptions
from mainstem.surface import array, framework

_LINE = TensorSpec((), dtypes.string)


def _names(filenames):
    """File names: a scalar, a vector, or a dataset of such."""
    if isinstance(filenames, Dataset):
        if filenames.element_spec.dtype != dtypes.string:
            raise TypeError(f"The `filenames` argument must contain `tf.string` elements. Got {filenames.element_spec.dtype}.")
        return filenames
    made = framework.convert_to_tensor(filenames, dtype_hint=dtypes.string, name="filenames")
    if made.dtype != dtypes.string:
        raise TypeError(f"The `filenames` argument must contain `tf.string` elements. Got `{made.dtype!r}` elements.")
    return made


def _read(cls, filenames, num_parallel_reads, one):
    """The variant tensor of the records of files: `one(names)` gives the op for names."""
    names = _names(filenames)
    several = num_parallel_reads is not None and (hasattr(num_parallel_reads, "_is_eager") or num_parallel_reads > 1)
    if not several and not isinstance(names, Dataset):
        return one(names)
    source = names if isinstance(names, Dataset) else cls._family.from_tensor_slices(array.reshape(names, [-1]))
    make = lambda f: cls._of(one(f), _LINE)  # noqa: E731
    if not several:
        return source.flat_map(make)._variant_tensor
    return source.interleave(make, num_parallel_reads, 1, num_parallel_calls=num_parallel_reads)._variant_tensor


class _TextLines:
    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None, name=None):
        """
        Args:
            filenames: a name, several, or a dataset of names.
            compression_type: "", "ZLIB" or "GZIP".
            buffer_size: kept, without effect.
            num_parallel_reads: how many files are read at once, a line from each in turn.

        Raises TypeError for names that are no strings; while iterating NotFoundError.
        """
        kind, size = _arguments(compression_type, buffer_size)
        made = _read(
            type(self), filenames, num_parallel_reads, lambda f: apply("TextLineDataset", [f, kind, size], _LINE, name)
        )
        Dataset.__init__(self, made, _LINE)


class _TFRecords:
    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None, name=None):
        """
        Args:
            filenames: a name, several, or a dataset of names.
            compression_type: "", "ZLIB" or "GZIP".
            buffer_size: kept, without effect.
            num_parallel_reads: how many files are read at once, a record from each in turn.

        Raises TypeError for names that are no strings; while iterating NotFoundError and DataLossError.
        """
        kind, size = _arguments(TFRecordOptions.get_compression_type_string(compression_type), buffer_size)
        made = _read(
            type(self), filenames, num_parallel_reads, lambda f: apply("TFRecordDataset", [f, kind, size], _LINE, name)
        )
        Dataset.__init__(self, made, _LINE)


class _FixedLength:
    def __init__(
        self, filenames, record_bytes, header_bytes=None, footer_bytes=None, buffer_size=None, compression_type=None,
        num_parallel_reads=None, name=None,
    ):  # fmt: skip
        """
        Args:
            filenames: a name, several, or a dataset of names.
            record_bytes, header_bytes, footer_bytes: lengths.
            buffer_size: kept, without effect.
            compression_type: "", "ZLIB" or "GZIP".
            num_parallel_reads: how many files are read at once, a record from each in turn.

        While iterating, InvalidArgumentError for a file whose body is no multiple of `record_bytes`.
        """
        kind, size = _arguments(compression_type, buffer_size)
        record = scalar(record_bytes, dtypes.int64, "record_bytes")
        header = scalar(header_bytes or 0, dtypes.int64, "header_bytes")
        footer = scalar(footer_bytes or 0, dtypes.int64, "footer_bytes")
        made = _read(
            type(self),
            filenames,
            num_parallel_reads,
            lambda f: apply("FixedLengthRecordDatasetV2", [f, header, record, footer, size, kind], _LINE, name),
        )
        Dataset.__init__(self, made, _LINE)


def _arguments(compression_type, buffer_size):
    kind = scalar(compression_type or "", dtypes.string, "compression_type")
    return kind, scalar(256 * 1024 if buffer_size is None else buffer_size, dtypes.int64, "buffer_size")


class TextLineDataset(_TextLines, Dataset):
    """The lines of text files, without their ends."""


class TextLineDatasetV1(_TextLines, DatasetV1):
    """The lines of text files, without their ends."""


class TFRecordDataset(_TFRecords, Dataset):
    """The records of TFRecord files."""


class TFRecordDatasetV1(_TFRecords, DatasetV1):
    """The records of TFRecord files."""


class FixedLengthRecordDataset(_FixedLength, Dataset):
    """Records of one length."""


class FixedLengthRecordDatasetV1(_FixedLength, DatasetV1):
    """Records of one length."""
