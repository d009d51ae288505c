"""`Coordinator`: stops several threads together and carries the first exception of any of them to whoever joins."""

import contextlib
import sys
import threading
import time

from mainstem.base import errors
from mainstem.platform import logging

_LOOK = 0.05  # seconds between two looks at whether the threads have ended by themselves


class Coordinator:
    """Lets threads ask each other to stop.

    Any thread calls `request_stop`, all threads leave their loops when `should_stop()`, and `join` waits for them and raises the
    exception that the first request came with. `clean_stop_exception_types` are exceptions that mean an ordinary end and are not
    raised again; by default `tf.errors.OutOfRangeError`, the end of the data.
    """

    def __init__(self, clean_stop_exception_types=None):
        self._clean = (errors.OutOfRangeError,) if clean_stop_exception_types is None else tuple(clean_stop_exception_types)
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._reported, self._threads, self._joined = None, set(), False

    def request_stop(self, ex=None):
        """Asks all threads to stop; `should_stop()` is true from now on.

        `ex` says why: an exception, or what `sys.exc_info()` gives. The first one is kept for `join`, unless it is a clean stop.
        After `join`, when nobody would hear of it, it is raised here.
        """
        exception, trace = _of(ex)
        with self._lock:
            clean = exception is not None and isinstance(exception, self._clean)
            if self._joined and isinstance(exception, BaseException) and not clean:
                raise exception.with_traceback(trace)
            if not self._stop.is_set():
                if exception is not None:
                    logging.info("Error reported to Coordinator: %s, %s", type(exception), exception)
                if isinstance(exception, BaseException) and not clean:
                    self._reported = exception, trace
                self._stop.set()

    def clear_stop(self):
        """Makes the coordinator new: nothing is requested, nothing joined, no exception kept."""
        with self._lock:
            self._joined, self._reported = False, None
            self._stop.clear()

    def should_stop(self):
        """Whether somebody asked to stop."""
        return self._stop.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self):
        """A block whose exception ends in `request_stop` instead of in the caller."""
        try:
            yield
        except BaseException:  # noqa: BLE001 - the thread ends here, `join` raises it
            self.request_stop(sys.exc_info())

    def wait_for_stop(self, timeout=None):
        """Waits until somebody asks to stop, at most `timeout` seconds; tells whether somebody did."""
        return self._stop.wait(timeout=timeout)

    def register_thread(self, thread):
        """Adds a thread to those that `join` waits for."""
        with self._lock:
            self._threads.add(thread)

    def join(self, threads=None, stop_grace_period_secs=120, ignore_live_threads=False):
        """Waits until the registered threads and `threads` have ended, or somebody asked to stop and the grace period is over.

        Raises the exception that was given to `request_stop`; else RuntimeError when threads still run, unless
        `ignore_live_threads`.
        """
        with self._lock:
            own = threading.current_thread()
            waited = [t for t in dict.fromkeys((*self._threads, *(threads or ()))) if t is not own]
        while any(t.is_alive() for t in waited) and not self._stop.wait(_LOOK):
            pass
        end = time.monotonic() + stop_grace_period_secs
        for t in waited:
            if t.is_alive():
                t.join(max(0.0, end - time.monotonic()))
        alive = [t.name for t in waited if t.is_alive()]
        with self._lock:
            self._joined, self._threads = True, set()
        self.raise_requested_exception()
        if alive:
            text = f"Coordinator stopped with threads still running: {' '.join(alive)}"
            if not ignore_live_threads:
                raise RuntimeError(text)
            logging.info("%s", text)

    @property
    def joined(self):
        """Whether `join` has ended."""
        return self._joined

    def raise_requested_exception(self):
        """Raises the exception that was given to `request_stop`, with its traceback; does nothing when there is none."""
        with self._lock:
            reported = self._reported
        if reported is not None:
            raise reported[0].with_traceback(reported[1])


def _of(ex):
    """(exception, traceback) of an exception or of a `sys.exc_info()` triple."""
    if isinstance(ex, tuple):
        kind, exception, trace = ex
        if not isinstance(exception, BaseException):
            exception = kind() if exception is None else kind(exception)
        return exception, trace
    return ex, getattr(ex, "__traceback__", None)


class LooperThread(threading.Thread):
    """A daemon thread that calls `target(*args, **kwargs)` every `timer_interval_secs` seconds until its coordinator stops.

    With an interval of None it calls without a pause. An exception stops the coordinator. Subclasses may have `run_loop`,
    `start_loop` and `stop_loop` of their own instead of a target.

    Raises ValueError when `coord` is no Coordinator.
    """

    def __init__(self, coord, timer_interval_secs, target=None, args=None, kwargs=None):
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        super().__init__(daemon=True)
        self._coord, self._timer_interval_secs = coord, timer_interval_secs
        self._target, self._args, self._kwargs = target, () if args is None else args, {} if kwargs is None else kwargs
        coord.register_thread(self)

    @staticmethod
    def loop(coord, timer_interval_secs, target, args=None, kwargs=None):
        """Makes and starts a looper thread."""
        looper = LooperThread(coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        looper.start()
        return looper

    def run(self):
        """What the thread does: calls `run_loop` on time until the coordinator stops."""
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._timer_interval_secs is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                due = time.monotonic()
                while not self._coord.wait_for_stop(due - time.monotonic()):
                    due += self._timer_interval_secs
                    self.run_loop()
            self.stop_loop()

    def start_loop(self):
        """Called when the thread starts."""

    def stop_loop(self):
        """Called when the thread stops."""

    def run_loop(self):
        """Called at every interval: calls the target."""
        if self._target:
            self._target(*self._args, **self._kwargs)
