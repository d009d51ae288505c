"""`RecordInput`: records of many files without end, in an order that is random within a buffer and among the files."""

import itertools
import os
import threading

import numpy as np

from mainstem.base import errors
from mainstem.core.registry import op
from mainstem.formats import stores, tfrecord


class _Records:
    """The records of all files, epoch after epoch; every epoch gives each record once."""

    def __init__(self, file_pattern, seed, shift_ratio, buffer_size, parallelism, compression_type):
        self.pattern, self.ratio = os.fsdecode(file_pattern), shift_ratio
        self.size, self.parallelism = max(1, int(buffer_size)), max(1, int(parallelism))
        self.compression, self.random = os.fsdecode(compression_type), np.random.default_rng(seed)
        self.lock, self.records = threading.Lock(), self._forever()

    def take(self, count):
        """The next records, an array of bytes. Raises NotFoundError when no file matches, OutOfRangeError when no file has a record."""
        with self.lock:
            return np.array([*itertools.islice(self.records, count)], object)

    def _forever(self):
        for epoch in itertools.count():
            files = sorted(stores.glob(self.pattern))
            if not files:
                raise errors.NotFoundError(None, None, f"No files match the pattern {self.pattern!r}.")
            files = [files[i] for i in self.random.permutation(len(files))]
            first = int(self.ratio * epoch * len(files)) % len(files)
            some = False
            for record in self._shuffled(self._read(files[first:] + files[:first])):
                some = True
                yield record
            if not some:
                raise errors.OutOfRangeError(None, None, f"The files of {self.pattern!r} have no records.")

    def _read(self, files):
        """Records of up to `parallelism` files at a time, in turn."""
        waiting, opened = iter(files), []
        while True:
            opened += [
                tfrecord.read_records(f, self.compression) for f in itertools.islice(waiting, self.parallelism - len(opened))
            ]
            if not opened:
                return
            for source in list(opened):
                record = next(source, None)
                if record is None:
                    opened.remove(source)
                else:
                    yield record

    def _shuffled(self, records):
        """The records, each drawn from as many as the buffer holds."""
        held = [*itertools.islice(records, self.size)]
        for record in records:
            i = self.random.integers(len(held))
            held[i], record = record, held[i]  # noqa: PLW2901 - the one that leaves
            yield record
        self.random.shuffle(held)
        yield from held


def _start(*, file_pattern, file_random_seed=301, file_shuffle_shift_ratio=0.0, file_buffer_size=10000, file_parallelism=16,
           batch_size=32, compression_type=""):  # fmt: skip
    return _Records(
        file_pattern, file_random_seed, file_shuffle_shift_ratio, file_buffer_size, file_parallelism, compression_type
    )


@op("RecordInput", "-> records:string", host=True, state=_start, shape=lambda inputs, attrs: [(attrs["batch_size"],)])
def record_input(
    state, *, file_pattern: "string", file_random_seed=301, file_shuffle_shift_ratio=0.0, file_buffer_size=10000, file_parallelism=16,
    batch_size=32, compression_type="",
):  # fmt: skip
    """The next `batch_size` records of the TFRecord files that match `file_pattern`, drawn from `file_buffer_size` of them."""
    return state, state.take(batch_size)
