"""Waiting for one's turn before a resource: for gradients in an accumulator, for room and elements in a staging area."""

import collections
import threading

from mainstem.base import errors
from mainstem.core import resource


class _Attempt:
    """A step that waits; `gate` opens when it is done."""

    __slots__ = ("done", "error", "gate", "result", "step")

    def __init__(self, step):
        self.step, self.gate, self.done, self.result, self.error = step, threading.Lock(), False, None, None
        self.gate.acquire()

    def end(self, result=None, error=None):
        self.done, self.result, self.error = True, result, error
        self.gate.release()


class Waiting(resource.Resource):
    """A resource before which threads wait in lines; only the first of a line goes on, when its step can be made.

    A step is a function that gives None when it cannot be made yet, else what it gives in a list. It is called with `lock`, by whoever
    changes something, so nobody can come between a change and who waits for it.
    """

    cancelled = "Operation was cancelled"  # what those are told who wait when the session ends

    def __init__(self):
        self.lock, self.over, self._lines = threading.Lock(), False, collections.defaultdict(collections.deque)

    def attempt(self, line, step):
        """What `step` gives, once it can be made and nobody stands before it in this line. Raises CancelledError at the session's end."""
        with self.lock:
            waiting = self._lines[line]
            made = None if waiting else step()
            if made is not None:
                self._advance()
                return made[0]
            if self.over:
                raise errors.CancelledError(None, None, self.cancelled)
            resource.may_wait()
            attempt = _Attempt(step)
            waiting.append(attempt)
        try:
            resource.wait(attempt.gate)
        except BaseException as e:  # the time is over, or Ctrl-C
            with self.lock:
                if not attempt.done:
                    waiting.remove(attempt)
                    self._advance()
            if not (attempt.done and isinstance(e, errors.DeadlineExceededError)):
                raise
        if attempt.error is not None:
            raise attempt.error
        return attempt.result

    def change(self, function, *args):
        """What `function(*args)` gives, called with the lock; those who wait for what it changes go on."""
        with self.lock:
            made = function(*args)
            self._advance()
            return made

    def _advance(self):
        """Makes the steps that can be made now. Call with the lock."""
        moving = True
        while moving:
            moving = False
            for line in self._lines.values():
                while line:
                    try:
                        made, error = line[0].step(), None
                    except errors.OpError as e:
                        made, error = (None,), e
                    if made is None:
                        break
                    line.popleft().end(made[0], error)
                    moving = True

    def shut(self):
        with self.lock:
            self.over = True
            for line in self._lines.values():
                while line:
                    line.popleft().end(error=errors.CancelledError(None, None, self.cancelled))
