"""Threads that read ahead: prefetch, and the open datasets of a parallel interleave."""

import collections
import threading

from mainstem.base import errors
from mainstem.data.cursor import Cursor, Passing, cursor, number

_CHUNK = 64  # elements that a thread makes at once at most
_AUTOTUNED = 4  # batches, or elements, that `AUTOTUNE` keeps ready


class Pump:
    """Reads a cursor in a thread and keeps up to `size` elements. The thread holds the pump, and nothing that holds the iteration."""

    def __init__(self, source, context, size):
        self.source, self.size = source, size
        self.ready, self.count, self.failure, self.ended, self.stopped = collections.deque(), 0, None, False, False
        self.changed, self.working, self.thread = threading.Condition(), threading.Lock(), None
        self.context = context

    def start(self):
        """Starts the thread, which ends with the iteration."""
        self.thread = threading.Thread(target=self._run, name="mainstem-data", daemon=True)
        self.context.on_close(self.stop)
        self.thread.start()

    def stop(self):
        """Ends the thread; it is not waited for, since it may be inside a user's generator."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    def _run(self):
        chunk = 1
        while True:
            with self.changed:
                while self.count >= self.size and not self.stopped:
                    self.changed.wait()
                if self.stopped:
                    break
                want = min(chunk, self.size - self.count)
            with self.working:
                made = failure = None
                try:
                    made = self.source.rows(want)
                except BaseException as e:
                    failure = e
                with self.changed:
                    if made is not None:
                        self.ready.append(made)
                        self.count += made.count
                    else:
                        self.ready.append(failure)
                        self.ended = failure is None
                    self.changed.notify_all()
            if self.ended:
                break
            chunk = min(2 * chunk, _CHUNK)
        self.source = self.source if not self.stopped else None

    def take(self, n):
        """A block of 1 .. n elements, or None at the end. Raises what the cursor raised, in its place."""
        with self.changed:
            if self.thread is None:
                self.start()
            while not self.ready and not self.ended and not self.stopped:
                self.changed.wait()
            if not self.ready and self.stopped:
                raise errors.CancelledError(None, None, "The iterator was closed while its next element was awaited.")
            if not self.ready or self.ready[0] is None:
                return None
            made = self.ready.popleft()
            if isinstance(made, BaseException):
                raise made
            if made.count > n:
                self.ready.appendleft(made.part(n, made.count))
                made = made.part(0, n)
            self.count -= made.count
            self.changed.notify_all()
            return made


class Pumped(Cursor):
    """A cursor that a thread reads ahead."""

    def __init__(self, source, context, size):
        self.pump, self.source, self.first = Pump(source, context, size), source, []

    def rows(self, n):
        if self.first:
            made = self.first.pop(0)
            if made.count > n:
                self.first.insert(0, made.part(n, made.count))
                made = made.part(0, n)
            return made
        return self.pump.take(n)

    def save(self):
        """What is ready counts as not yet given."""
        with self.pump.working, self.pump.changed:
            ready = [b for b in self.pump.ready if b is not None and not isinstance(b, BaseException)]
            return {"ready": self.first + ready, "source": self.source.save()}

    def restore(self, state):
        self.first = list(state["ready"])
        self.source.restore(state["source"])


@cursor("PrefetchDataset")
class Prefetch(Passing):
    """Up to `buffer_size` elements are made ahead by a thread."""

    def setup(self, input_dataset, buffer_size):
        super().setup(input_dataset)
        size = number(buffer_size)
        if size:
            self.input = Pumped(self.input, self.context, size if size > 0 else _AUTOTUNED)
            self.input.unseen = False  # what is ready is ready already


@cursor("ModelDataset")
class Same(Passing):
    """Nothing: what it asks for is done anyway."""
