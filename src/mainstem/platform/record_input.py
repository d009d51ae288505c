"""`RecordInput`: batches of records from many files, in random order and without end."""

from mainstem.ops import record_input
from mainstem.platform.records import TFRecordOptions
from mainstem.surface import array
from mainstem.surface.framework import name_scope


class RecordInput:
    """Records of TFRecord files in random order, epoch after epoch.

    Args:
        file_pattern: a file, or a shell pattern of files.
        batch_size: how many records a run gives.
        buffer_size: among how many records the next one is drawn.
        parallelism: how many files are read in turn.
        shift_ratio: by which part of the files the order begins later in each epoch.
        seed: of the order.
        batches: if given, a run gives so many lists of `batch_size` scalars instead of one vector.
        compression_type: a `TFRecordCompressionType`.
    """

    def __init__(
        self, file_pattern, batch_size=1, buffer_size=1, parallelism=1, shift_ratio=0, seed=0, name=None, batches=None,
        compression_type=None,
    ):  # fmt: skip
        self._attrs = dict(
            file_pattern=file_pattern,
            file_random_seed=seed,
            file_shuffle_shift_ratio=float(shift_ratio),
            file_buffer_size=buffer_size,
            file_parallelism=parallelism,
            batch_size=batch_size * (batches or 1),
            compression_type=TFRecordOptions.get_compression_type_string(compression_type),
        )
        self._batches, self._name = batches, name

    def get_yield_op(self):
        """The records, a string tensor [batch_size], or lists of scalars where `batches` was given."""
        records = record_input.record_input(name=self._name, **self._attrs)
        if self._batches is None:
            return records
        with name_scope(self._name):
            each = array.unstack(records)
        return [each[i :: self._batches] for i in range(self._batches)]
