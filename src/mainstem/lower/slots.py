"""Slots: what a session holds between runs, one a variable, random stream, queue or table."""

import threading
import time

from mainstem.core import resource

_PATIENCE = 1e-3  # seconds that a thread waits for the lock before others step back
_TRIES, _NEVER = 40, float("inf")


class Slot:
    """One named content of a session or of an eager variable; `value` is None until it is initialized.

    `line` is where the user declared it, `declared` its (dtype, shape) where no graph says so; `shared` says that somebody else
    holds the array too, so that a program which replaces the value may not reuse its memory; `lent` counts those who hold it for a
    while. `variable` is a weak reference to the eager variable object that the slot belongs to, or None. `lock` is held by whoever
    replaces values of these slots.
    """

    __slots__ = ("__weakref__", "declared", "lent", "line", "lock", "name", "shared", "value", "variable")

    def __init__(self, name, line=None, declared=None):
        self.name, self.line, self.declared, self.value, self.shared = name, line, declared, None, False
        self.lent, self.variable, self.lock = 0, None, None

    def owned(self):
        """The value as an array that nobody else holds: what a program may overwrite."""
        if (self.shared or self.lent) and self.value is not None:
            self.value, self.shared, self.lent = self.value.copy(), False, 0
        return self.value

    def lend(self):
        """The value, which stays as it is until `take_back` of it. Under the lock."""
        self.lent += 1
        return self.value

    def take_back(self, value):
        """Ends a `lend` that gave `value`. Under the lock."""
        if self.value is value:  # else a program has replaced it
            self.lent = max(0, self.lent - 1)


class Slots:
    """All slots of a session by name; they appear when a program first mentions them. Safe for several threads."""

    def __init__(self):
        self._by_name, self.lock, self.closed = {}, threading.RLock(), False
        self._since = []  # when those began to wait who wait in `enter`

    def get(self, name, line=None):
        """Gives the slot called `name`, made on first use."""
        slot = self._by_name.get(name)
        if slot is not None and slot.line is not None:
            return slot
        with self.lock:
            slot = self._by_name.get(name)
            if slot is None:
                slot = self._by_name[name] = Slot(name, line)
                slot.lock = self.lock
            elif slot.line is None:
                slot.line = line
            return slot

    def enter(self):
        """Takes the lock, which the caller releases; lets those go first who have waited for long.

        The lock alone would go to the thread that has just released it and comes again, over and over.
        """
        if self._since:
            for _ in range(_TRIES):
                if not self._since or time.monotonic() - min(self._since, default=_NEVER) < _PATIENCE:
                    break
                time.sleep(_PATIENCE / 4)
        if not self.lock.acquire(blocking=False):
            began = time.monotonic()
            self._since.append(began)
            try:
                self.lock.acquire()
            finally:
                self._since.remove(began)

    def close(self):
        """Ends all waiting for what the slots hold, now and later."""
        with self.lock:
            self.closed = True
            for slot in self:
                if isinstance(slot.value, resource.Resource):
                    slot.value.shut()

    def __iter__(self):
        return iter(list(self._by_name.values()))
