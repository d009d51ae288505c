"""`Records`: the records of one or many TFRecord files as one sequence."""

import bisect
import collections.abc
import contextlib
import glob
import itertools
import operator
import os
import re
import struct
import tempfile
import threading

import google_crc32c
from google.protobuf.message import DecodeError

from mainstem.base.errors import DataLossError, InvalidArgumentError, NotFoundError
from mainstem.formats import protos, record_index, stores, tfrecord
from mainstem.formats.crc import mask

_HEADER, _FOOTER = struct.Struct("<QI"), struct.Struct("<I")
KEY = "key"  # the feature that is the records' key unless another is named


def shards(paths):
    """The files that `paths` (a path, a pattern, or a list of them) name, in order; of a set of shards, in the shards' order.

    Raises NotFoundError for what names no file, InvalidArgumentError for a set `NAME-00000-of-00010` that lacks some of its files.
    """
    listed = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    found = []
    for path in map(stores.text, listed):
        if not glob.has_magic(path) or stores.exists(path):
            found.append(path)
        else:
            named = stores.glob(path) if stores.is_remote(path) else glob.glob(path, recursive=True)
            matches = sorted(p for p in named if stores.isfile(p))
            if not matches:
                raise NotFoundError(message=f"{path}: no file matches this pattern.")
            _check_whole(path, matches)
            found += matches
    return found


def _check_whole(pattern, paths):
    sets = {}
    for path in paths:
        if told := re.match(r"(.*)-(\d{5})-of-(\d{5})(.*)$", path):
            sets.setdefault((told[1], told[3], told[4]), set()).add(int(told[2]))
    for (stem, count, end), numbers in sets.items():
        if missing := sorted(set(range(int(count))) - numbers):
            raise InvalidArgumentError(
                message=f"{pattern}: {len(missing)} of the {int(count)} files of the set are not there, the first "
                f"is {stem}-{missing[0]:05d}-of-{count}{end}. Name the files one by one to read what is there."
            )


class _Shard:
    """One file: its index, and the records by their number in it. Opened when first read.

    `damage` is None, or what is called with the DataLossErrors of a file whose whole records alone are wanted.
    """

    def __init__(self, path, compression, write_index, damage=None):
        self.path, self._write, self._damage = path, write_index, damage
        if damage is None:
            self.index = record_index.ensure(path, compression, write=write_index)
        else:
            self.index = record_index.salvage(path, compression, damage=damage)
        self._file, self._lock = None, threading.Lock()
        self._one_by_one = not hasattr(os, "pread") or (stores.is_remote(path) and not self.index.compression)

    def _opened(self):
        with self._lock:
            if self._file is None:
                if self.index.compression:  # nothing can be reached within a stream: it is laid out once
                    file = tempfile.TemporaryFile()  # noqa: SIM115
                    with contextlib.suppress(*(() if self._damage is None else (DataLossError,))):
                        for piece in tfrecord.stream(self.path, self.index.compression):
                            file.write(piece)
                    file.flush()
                else:
                    file = tfrecord.opened(self.path)
                self._file = file
        return self._file

    def read(self, number):
        """A record, with its checksums. Raises DataLossError."""
        file, (start, end) = self._file or self._opened(), self.index.span(number)
        data = _read(file, end - start, start, self._lock if self._one_by_one else None)
        length = end - start - tfrecord.OVERHEAD
        if len(data) < end - start or _HEADER.unpack_from(data)[0] != length:
            raise DataLossError(
                message=f"corrupted record at {start} in {self.path}: the file has changed since it was indexed."
            )
        record = data[tfrecord.HEADER : -4]
        if mask(google_crc32c.value(record)) != _FOOTER.unpack_from(data, len(data) - 4)[0]:
            raise DataLossError(
                message=f"corrupted record at {start} in {self.path}: the checksum of its {length} bytes does not match."
            )
        return record

    def all(self):
        """Iterates over its records, read in large pieces."""
        if self._damage is None:
            return tfrecord.read_records(self.path, self.index.compression)
        return map(self.read, range(len(self.index)))

    def with_keys(self, feature):
        """The index, with keys: made by reading the file through when it has none by this feature."""
        if self.index.key is None or (feature is not None and self.index.key != feature):
            kind, feature = self.index.compression, feature or KEY
            if self._damage is None:
                self.index = record_index.ensure(self.path, kind, feature, self._write)
            else:
                self.index = record_index.salvage(self.path, kind, feature)  # the damage has been told
        return self.index

    def close(self):
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None


def _read(file, size, offset, lock):
    if lock is not None:  # Windows, stores: one reader at a time
        with lock:
            file.seek(offset)
            return file.read(size)
    parts = []
    while size and (part := os.pread(file.fileno(), size, offset)):
        parts.append(part)
        size, offset = size - len(part), offset + len(part)  # one call gives 2 GiB at most
    return parts[0] if len(parts) == 1 else b"".join(parts)


class Records(collections.abc.Sequence):
    """The records (bytes) of TFRecord files as one sequence: `len`, numbers, slices, keys, iteration.

    A number may be negative; a slice is a view that reads nothing; a text or bytes is a key and gives the record that has it. Every
    record's checksums are looked at when it is read. Threads may read together, and a `Records` can be pickled: the copy opens the
    files anew. The index of each file is kept beside it (see `formats.record_index`), made when missing or stale.

    Args:
        paths: a file, a pattern such as "train-*", or a list of these; the order of files is the order of records.
        key: the feature of the records, Examples, that is their key. None: the one that was named when the index was made, or "key".
        compression: "", "GZIP", "ZLIB" or None: the files tell. Compressed files are laid out in a temporary file when first reached.
        write_index: whether indexes are written beside the files; else they are in memory only.
        damage: a function: the records are those that are whole, and it is called with a DataLossError, which names file and
            offset, for every stretch that is left out. The files are read through for that; no index is written.

    Raises NotFoundError, DataLossError for a file that is damaged or cut short, unless `damage` is given.
    """

    def __init__(self, paths, key=None, compression=None, write_index=True, damage=None):
        self._options = (shards(paths), key, compression, write_index, damage)
        self._open()
        self._numbers = range(self._starts[-1])

    def _open(self):
        paths, self._key, compression, write_index, damage = self._options
        self._shards = [_Shard(p, compression, write_index, damage) for p in paths]
        self._starts = list(itertools.accumulate((len(s.index) for s in self._shards), initial=0))

    def __getstate__(self):
        return self._options, self._numbers

    def __setstate__(self, state):
        self._options, self._numbers = state
        self._open()

    @property
    def paths(self):
        """The files."""
        return list(self._options[0])

    def __len__(self):
        return len(self._numbers)

    def __repr__(self):
        return (
            f"<{len(self)} records of {len(self._shards)} files: {', '.join(self.paths[:3])}{' …' * (len(self._shards) > 3)}>"
        )

    def __getitem__(self, which):
        """The record at a number or with a key, or a view of a slice. Raises IndexError, KeyError, DataLossError."""
        if isinstance(which, slice):
            view = object.__new__(type(self))
            view.__dict__ = dict(self.__dict__, _numbers=self._numbers[which])
            return view
        if isinstance(which, (str, bytes)):
            number = self._number_of(which)
            if number is None:
                raise KeyError(which)
        else:
            try:
                number = self._numbers[operator.index(which)]
            except IndexError:
                raise IndexError(f"record {which} of {len(self)}") from None
        return self._record(number)

    def _record(self, number):
        shard = bisect.bisect_right(self._starts, number) - 1
        return self._shards[shard].read(number - self._starts[shard])

    def __iter__(self):
        if self._numbers == range(self._starts[-1]):
            for shard in self._shards:  # in order, a file is read in large pieces
                yield from shard.all()
        else:
            yield from map(self._record, self._numbers)

    def __contains__(self, item):
        """Whether there is a record with this key (a text), or this record (bytes)."""
        return self._number_of(item) is not None if isinstance(item, str) else super().__contains__(item)

    def _number_of(self, key):
        raw = key.encode() if isinstance(key, str) else key
        for start, shard in zip(self._starts, self._shards):
            found = shard.with_keys(self._key).find(raw)
            if found is not None and start + found in self._numbers:
                return start + found
        return None

    def find(self, key):
        """The number at which the record with this key stands. Raises KeyError."""
        number = self._number_of(key)
        if number is None:
            raise KeyError(key)
        return self._numbers.index(number)

    def get(self, key, default=None):
        """The record with this key, or the default."""
        number = self._number_of(key)
        return default if number is None else self._record(number)

    def keys(self, prefix=""):
        """Iterates over the keys (text) that start with `prefix`: of each file in the keys' order."""
        for start, shard in zip(self._starts, self._shards):
            for key, number in shard.with_keys(self._key).with_prefix(prefix.encode()):
                if start + number in self._numbers:
                    yield key.decode("utf-8", "surrogateescape")

    def example(self, which):
        """The record at a number or with a key, as a `tf.train.Example`. Raises InvalidArgumentError for another message."""
        try:
            return protos.Example.FromString(self[which])
        except DecodeError:
            raise InvalidArgumentError(message=f"Could not parse example input: record {which!r} is no Example.") from None

    def place(self, number):
        """(file, offset in its decompressed stream) of a record."""
        number = self._numbers[number]
        shard = bisect.bisect_right(self._starts, number) - 1
        return self._shards[shard].path, int(self._shards[shard].index.offsets[number - self._starts[shard]])

    def close(self):
        """Closes the files; they open again when read."""
        for shard in self._shards:
            shard.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def open_records(paths, key=None, compression=None, write_index=True, damage=None):
    """The records of TFRecord files as one sequence: see `Records`."""
    return Records(paths, key, compression, write_index, damage)
