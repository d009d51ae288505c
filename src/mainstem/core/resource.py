"""Resources: objects with a life of their own that a slot holds (queues, readers), and how their users wait for each other.

The kernel of an op with `owner="queue"` and `host=True` makes a `Resource`; ops with `slots=True` get the slot and use its `value`.
"""

import contextlib
import itertools
import threading
import time

from mainstem.base import errors

_numbers = itertools.count()


class Resource:
    """What such a slot holds.

    Attributes:
        name: as errors tell it: the shared name, or the operation's name with a number.
        known: operations whose attrs were found to describe this resource.
    """

    name, known = "", frozenset()

    def adopt(self, op_type, op_name, attrs):
        """Notes that this operation stands for this resource. Raises InvalidArgumentError when it describes another one."""
        if not self.name:
            self.name = attrs.get("shared_name") or f"_{next(_numbers)}_{op_name}"
            self.known = set()
        else:
            self.check(op_type, attrs)

    @classmethod
    def of(cls, attrs):
        """The object that an operation with these attrs keeps, where the op says `store=`."""
        return cls()

    def check(self, op_type, attrs):
        """Raises InvalidArgumentError when an operation with the same shared name describes another resource."""

    def shut(self):
        """The session ends: whoever waits is told, and nobody waits any more. Called once, from any thread."""


class Later(Exception):  # noqa: N818 - no error
    """The kernel would have to wait, in a block of `probing`; it changed nothing, and is called again later."""


class _Thread(threading.local):
    end, probing = None, False


_thread = _Thread()


@contextlib.contextmanager
def within(seconds):
    """A block in which waiting ends after so many seconds, with DeadlineExceededError."""
    before, end = _thread.end, time.monotonic() + seconds
    _thread.end = end if before is None else min(before, end)
    try:
        yield
    finally:
        _thread.end = before


@contextlib.contextmanager
def probing():
    """A block in which a kernel raises `Later` instead of waiting."""
    _thread.probing = True
    try:
        yield
    finally:
        _thread.probing = False


def time_left():
    """Whether waiting need not end yet."""
    return _thread.end is None or time.monotonic() < _thread.end


def may_wait():
    """Raises `Later` where waiting is not wanted."""
    if _thread.probing:
        raise Later


def wait(gate):
    """Waits until another thread releases the lock `gate`. Raises DeadlineExceededError when the time of the run is over."""
    if _thread.end is None:
        gate.acquire()
    elif not gate.acquire(timeout=max(0.0, _thread.end - time.monotonic())):
        raise errors.DeadlineExceededError(None, None, "Timed out waiting for notification")
