"""Slots: what a session holds between runs, one a variable, random stream, queue or table."""

import threading


class Slot:
    """One named content of a session; `value` is None until it is initialized. `line` is where the user declared it."""

    __slots__ = ("line", "name", "value")

    def __init__(self, name, line=None):
        self.name, self.line, self.value = name, line, None


class Slots:
    """All slots of a session by name; they appear when a program first mentions them. Safe for several threads."""

    def __init__(self):
        self._by_name, self.lock = {}, threading.RLock()

    def get(self, name, line=None):
        """Gives the slot called `name`, made on first use."""
        with self.lock:
            slot = self._by_name.get(name)
            if slot is None:
                slot = self._by_name[name] = Slot(name, line)
            elif slot.line is None:
                slot.line = line
            return slot

    def __iter__(self):
        return iter(list(self._by_name.values()))
