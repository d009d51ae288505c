"""What a table is: a dict behind a lock. Its keys and values are numbers or bytes; the ops on it are in `tables.py`."""

import threading

import numpy as np

from mainstem.base import dtypes
from mainstem.core import resource
from mainstem.ops import host
from mainstem.ops.host import failed, invalid


class Table(resource.Resource):
    """Entries from keys to values of one dtype each; `fixed` tables are filled once and then only asked."""

    def __init__(self, key_dtype, value_dtype, value_shape=(), fixed=False):
        self.key_dtype, self.value_dtype, self.value_shape, self.fixed = key_dtype, value_dtype, value_shape, fixed
        self._entries, self._lock = (None if fixed else {}), threading.RLock()

    def check(self, op_type, attrs):
        """Raises InvalidArgumentError when an operation with the same shared name describes a table of other dtypes."""
        if (attrs["key_dtype"], attrs["value_dtype"]) != (self.key_dtype, self.value_dtype):
            raise invalid(
                f"Conflicting key/value dtypes {self.key_dtype.name}->{self.value_dtype.name} with "
                f"{attrs['key_dtype'].name}-{attrs['value_dtype'].name} for table {self.name}"
            )

    def _held(self):
        if self._entries is None:
            raise failed("Table not initialized.")
        return self._entries

    def __len__(self):
        with self._lock:
            return len(self._entries or ()) if not self.fixed else len(self._held())

    def _array(self, values, shape):
        if self.value_dtype is dtypes.string:
            made = np.empty(len(values), object)
            made[:] = values
            return made.reshape(shape)
        return np.asarray(values, self.value_dtype.np).reshape(shape)

    def find(self, keys, default):
        """An array of `keys`' shape, with `default` for keys that are not there."""
        keys, default = np.asarray(keys), np.asarray(default)
        with self._lock:
            held = self._held()
            if default.ndim == 0:
                default = default.item()
                return self._array([held.get(k, default) for k in keys.reshape(-1).tolist()], keys.shape)
            rows = [held.get(k, default) for k in keys.reshape(-1).tolist()]
            made = np.empty((len(rows), *default.shape), default.dtype)
            for i, row in enumerate(rows):
                made[i] = row
            return made.reshape(keys.shape + default.shape)

    def _pairs(self, keys, values):
        keys, values = np.asarray(keys), np.asarray(values)
        if keys.shape + self.value_shape != values.shape:
            raise invalid(f"Expected shape {list(keys.shape + self.value_shape)} got {list(values.shape)}")
        keys = keys.reshape(-1).tolist()
        if self.value_shape:
            return zip(keys, values.reshape(len(keys), *self.value_shape).copy(), strict=True)
        return zip(keys, values.reshape(-1).tolist(), strict=True)

    def insert(self, keys, values):
        """Adds entries or replaces them."""
        with self._lock:
            self._held().update(self._pairs(keys, values))

    def remove(self, keys):
        """Takes entries away."""
        with self._lock:
            for key in np.asarray(keys).reshape(-1).tolist():
                self._held().pop(key, None)

    def fill(self, keys, values):
        """Replaces all entries. Raises FailedPreconditionError for a fixed table that has others."""
        made = {}
        for key, value in self._pairs(keys, values):
            if self.fixed and made.setdefault(key, value) != value:
                raise failed(
                    f"HashTable has different value for same key. Key {_shown(key)} has {made[key]} and trying to add value {value}"
                )
            made[key] = value
        self._settle(made)

    def _settle(self, made):
        with self._lock:
            if self.fixed and self._entries is not None and self._entries != made:
                raise failed("Table already initialized.")
            self._entries = made

    def read(self, filename, key_index, value_index, vocab_size, delimiter, offset=0):
        """Fills the table from a text file; see the op."""
        text = host.read_file.kernel(filename).item()
        lines, name = text.decode("utf-8", "surrogateescape").splitlines(), np.asarray(filename).item().decode()
        if vocab_size > 0:
            if len(lines) < vocab_size:
                raise invalid(f"Invalid vocab_size in {name}: expected {vocab_size} but got {len(lines)} elements")
            lines = lines[:vocab_size]
        made = {}
        for i, line in enumerate(lines, offset):
            key = _field(line, i, key_index, delimiter, self.key_dtype, name)
            if key in made:
                raise failed(
                    f"HashTable has different value for same key. Key {_shown(key)} has {made[key]} and trying to add value {i}"
                )
            made[key] = _field(line, i, value_index, delimiter, self.value_dtype, name)
        self._settle(made)

    def entries(self):
        """(keys, values) as arrays."""
        with self._lock:
            held = self._held()
            keys = list(held)
            if self.key_dtype is dtypes.string:
                made = np.empty(len(keys), object)
                made[:] = keys
            else:
                made = np.asarray(keys, self.key_dtype.np)
            return [made, self._array(list(held.values()), (len(keys), *self.value_shape))]


def _shown(key):
    return key.decode("utf-8", "replace") if isinstance(key, bytes) else key


def _field(line, number, index, delimiter, dtype, name):
    if index == -1:
        return number
    text = line
    if index >= 0:
        parts = line.split(delimiter)
        if index >= len(parts):
            raise invalid(
                f"Invalid number of columns in {name} line {number} ({line}) : expected at least {index + 1} got {len(parts)}"
            )
        text = parts[index]
    if dtype is dtypes.string:
        return text.encode("utf-8", "surrogateescape")
    try:
        return int(text) if dtype.is_integer else float(text)
    except ValueError:
        raise invalid(f"Field {text} in line {number} is not a valid {dtype.name}.") from None
