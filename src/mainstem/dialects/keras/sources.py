"""Where the batches of `fit`, `evaluate` and `predict` come from: arrays, data sets, iterators, generators and `Sequence`s."""

import inspect
import queue
import threading

import numpy as np

from mainstem.base import errors, nest
from mainstem.data.dataset import Dataset
from mainstem.dialects.keras import backend
from mainstem.state import scope as state_scope


def is_dataset(x):
    """Whether `x` is a data set of `tf.data`."""
    return isinstance(x, Dataset)


def is_iterator(x):
    """Whether `x` is an iterator of `tf.data`."""
    return hasattr(x, "get_next") and not is_dataset(x)


def is_sequence(x):
    """Whether `x` gives batches by number, as `keras.utils.Sequence` does."""
    return hasattr(x, "__getitem__") and hasattr(x, "__len__") and hasattr(x, "on_epoch_end")


def is_generator(x):
    """Whether `x` gives batches one after the other: a generator, a `Sequence`, or what has a `next` method."""
    return inspect.isgenerator(x) or is_sequence(x) or (hasattr(x, "__next__") and not is_iterator(x)) or hasattr(x, "next")


def parts(batch):
    """(x, y, sample_weight) of what a data set or a generator gives: x alone, a pair, or all three. Raises ValueError for more."""
    if not isinstance(batch, tuple):
        return batch, None, None
    if len(batch) > 3:
        raise ValueError(
            "Output of generator should be a tuple `(x, y, sample_weight)` or `(x, y)`. Found: " + str(batch)[:200]
        )
    return (*batch, None, None)[:3]


class Source:
    """Batches one after the other; `peek` looks at the next one."""

    _seen = None

    def peek(self):
        """The next batch, which `next` will give again. Raises ValueError when there is none."""
        self._seen = self.next()
        if self._seen is None:
            raise ValueError("Empty training data.")
        return self._seen

    def next(self):
        """The next batch, None at the end."""
        if self._seen is not None:
            batch, self._seen = self._seen, None
            return batch
        return self._following()


class DatasetSource(Source):
    """The batches of a data set or of an iterator as arrays; `restart` begins it anew, which an iterator cannot."""

    def __init__(self, data):
        self.data, self.can_restart = data, is_dataset(data)
        self._next = self._begin = None

    def restart(self):
        """Begins at the first batch."""
        if self._next is not None and not self.can_restart:
            return
        self._seen = None
        if state_scope.eager():
            iterator = iter(self.data) if self.can_restart else self.data
            self._next = lambda: nest.map_structure(_value, next(iterator))
            return
        if self._begin is None:
            self._set_up()
        self._begin()

    def _set_up(self):
        graph = backend.get_graph()
        if not self.can_restart:
            element = self.data.get_next()
            self._begin = lambda: None
            graph = nest.flatten(element)[0].graph
        else:
            with graph.as_default(), graph.name_scope(None):
                iterator = _initializable(self.data)
                element = iterator.get_next()
            self._begin = lambda: backend.get_session([iterator.initializer]).run(iterator.initializer)
        flat = nest.flatten(element)
        self._next = lambda: nest.pack_sequence_as(element, backend.get_session(flat[:1]).run(flat))

    def _following(self):
        try:
            return self._next()
        except (errors.OutOfRangeError, StopIteration):
            return None


def _initializable(dataset):
    make = getattr(dataset, "_make_initializable_iterator", None) or dataset.make_initializable_iterator
    return make()


def _value(tensor):
    return tensor.numpy() if hasattr(tensor, "numpy") else tensor


class GeneratorSource(Source):
    """The batches of a generator or of a `Sequence`, made ahead by a thread.

    Args:
        data: the generator or the `Sequence`.
        ahead: how many batches wait.
        shuffle: whether the batches of a `Sequence` come in another order in every epoch.
        threaded: whether a thread makes them; else they are made when they are asked for.
    """

    can_restart = False

    def __init__(self, data, ahead=10, shuffle=False, threaded=True):
        self.data, self.shuffle, self.threaded, self.ahead = data, shuffle, threaded, max(int(ahead), 1)
        self.length = len(data) if is_sequence(data) else None
        self._items = None

    def _forever(self):
        if self.length is None:
            yield from iter(self.data) if hasattr(self.data, "__iter__") else _by_next(self.data)
            return
        while True:
            order = np.arange(self.length)
            if self.shuffle:
                np.random.shuffle(order)
            for i in order:
                yield self.data[int(i)]
            self.data.on_epoch_end()

    def restart(self):
        """Begins where the last call stopped; starts the thread the first time."""
        if self._items is None:
            self._items = _Ahead(self._forever(), self.ahead) if self.threaded else self._forever()

    def _following(self):
        return next(self._items, None)

    def close(self):
        """Ends the thread."""
        if isinstance(self._items, _Ahead):
            self._items.close()


def _by_next(data):
    while True:
        try:
            yield data.next()
        except StopIteration:
            return


class _Ahead:
    """An iterator whose items a thread makes ahead; what the thread raises is raised by `next`."""

    def __init__(self, items, size):
        self._queue, self._open, self._items = queue.Queue(size), True, items
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _put(self, entry):
        while self._open:
            try:
                self._queue.put(entry, timeout=0.1)
            except queue.Full:
                continue
            return

    def _run(self):
        try:
            for item in self._items:
                self._put((item, None))
                if not self._open:
                    return
        except BaseException as e:  # noqa: BLE001 - handed to the thread that trains
            self._put((None, e))
            return
        self._put((None, StopIteration()))

    def __iter__(self):
        return self

    def __next__(self):
        item, error = self._queue.get()
        if error is not None:
            self._queue.put((None, error))  # the end stays the end
            raise error
        return item

    def close(self):
        """Ends the thread; batches that wait are lost."""
        self._open = False
        self._thread.join(timeout=5)


def batches(count, size):
    """[(start, end)] of batches of `size` out of `count` examples."""
    return [(i, min(count, i + size)) for i in range(0, count, size)]


def shuffled_by_batches(order, size):
    """An order in which the batches are shuffled, and what they hold is not."""
    whole = len(order) // size
    head, tail = order[: whole * size].reshape(whole, size), order[whole * size :]
    np.random.shuffle(head)
    return np.append(head.reshape(-1), tail)
