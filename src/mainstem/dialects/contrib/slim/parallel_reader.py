"""`slim.parallel_reader`: several readers that read files into one queue of records."""

from mainstem.base import dtypes as types
from mainstem.platform import gfile
from mainstem.surface import math
from mainstem.surface.framework import name_scope
from mainstem.surface.queues import FIFOQueue, RandomShuffleQueue
from mainstem.surface.readers import ReaderBase
from mainstem.train import summary
from mainstem.train.input import string_input_producer
from mainstem.train.queue_runner import QueueRunner, add_queue_runner


class ParallelReader(ReaderBase):
    """Reads with several readers at once; queue runners put what they read into a common queue.

    Args:
        reader_class: makes a reader.
        common_queue: a queue of (key, value), two scalar strings.
        num_readers: how many read at once.
        reader_kwargs: arguments of `reader_class`, a dict.

    Raises TypeError when `common_queue` holds something else.
    """

    def __init__(self, reader_class, common_queue, num_readers=4, reader_kwargs=None):
        if len(common_queue.dtypes) != 2:
            raise TypeError("common_queue.dtypes must have length 2")
        for dtype in common_queue.dtypes:
            if not dtype.is_compatible_with(types.string):
                raise TypeError(f"common_queue.dtypes elements must be compatible with {types.string}, got {dtype}")
        self._readers = [reader_class(**(reader_kwargs or {})) for _ in range(num_readers)]
        self._common_queue = common_queue

    @property
    def num_readers(self):
        """How many readers read at once."""
        return len(self._readers)

    @property
    def common_queue(self):
        """The queue of what they read."""
        return self._common_queue

    def read(self, queue, name=None):
        """The next record, (key, value), of the files whose names are in `queue`."""
        self._start(queue)
        return self._common_queue.dequeue(name=name)

    def read_up_to(self, queue, num_records, name=None):
        """Up to `num_records` records, (keys, values), of the files whose names are in `queue`."""
        self._start(queue)
        return self._common_queue.dequeue_up_to(num_records, name)

    def _start(self, queue):
        ops = [self._common_queue.enqueue(reader.read(queue)) for reader in self._readers]
        add_queue_runner(QueueRunner(self._common_queue, ops))

    def _sum(self, method, name):
        with name_scope(name, method):
            return math.add_n([getattr(reader, method)() for reader in self._readers])

    def num_records_produced(self, name=None):
        """The number of records that all readers have read, a tensor."""
        return self._sum("num_records_produced", name)

    def num_work_units_completed(self, name=None):
        """The number of files that all readers have read, a tensor."""
        return self._sum("num_work_units_completed", name)


def _watched(queue, capacity):
    summary.scalar(f"fraction_of_{capacity}_full", math.cast(queue.size(), types.float32) * (1.0 / capacity))


def parallel_read(
    data_sources,
    reader_class,
    num_epochs=None,
    num_readers=4,
    reader_kwargs=None,
    shuffle=True,
    dtypes=None,
    capacity=256,
    min_after_dequeue=128,
    seed=None,
    scope=None,
):
    """Reads records of files with several readers at once; gives (key, value) of one.

    Args:
        data_sources: a path, a pattern, or a list of them.
        reader_class, reader_kwargs: what makes a reader, and its arguments.
        num_epochs: how often the files are read, then the data ends; None: for ever.
        num_readers: how many read at once.
        shuffle, seed: whether files and records come in random order, and which.
        dtypes: the types of a record, by default two strings.
        capacity, min_after_dequeue: how many records wait at most, and at least when they are shuffled.
    """
    files = get_data_files(data_sources)
    with name_scope(scope, "parallel_read"):
        names = string_input_producer(files, num_epochs=num_epochs, shuffle=shuffle, seed=seed, name="filenames")
        dtypes = dtypes or [types.string, types.string]
        if shuffle:
            rows = {"capacity": capacity, "min_after_dequeue": min_after_dequeue, "seed": seed}
            queue = RandomShuffleQueue(dtypes=dtypes, name="common_queue", **rows)
        else:
            queue = FIFOQueue(capacity=capacity, dtypes=dtypes, name="common_queue")
        _watched(queue, capacity)
        reader = ParallelReader(reader_class, queue, num_readers=num_readers, reader_kwargs=reader_kwargs)
        return reader.read(names)


def single_pass_read(data_sources, reader_class, reader_kwargs=None, scope=None):
    """Reads records of files once, in order; gives (key, value) of one."""
    files = get_data_files(data_sources)
    with name_scope(scope, "single_pass_read"):
        names = string_input_producer(files, num_epochs=1, shuffle=False, capacity=1, name="filenames")
        return reader_class(**(reader_kwargs or {})).read(names)


def get_data_files(data_sources):
    """The paths that a path, a pattern or a list of them stands for. Raises ValueError when there are none."""
    if isinstance(data_sources, (list, tuple)):
        found = [file for source in data_sources for file in get_data_files(source)]
    elif any(mark in data_sources for mark in "*?["):
        found = gfile.Glob(data_sources)
    else:
        found = [data_sources]
    if not found:
        raise ValueError(f"No data files found in {data_sources}")
    return found
