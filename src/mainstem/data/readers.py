"""Records of files: lines, TFRecords, records of one length, file names, rows of a database."""

import contextlib
import glob
import gzip
import itertools
import os
import sqlite3
import zlib

import numpy as np

from mainstem.base import errors
from mainstem.data.block import Block
from mainstem.data.cursor import Cursor, ElementCursor, cursor, invalid, number, text
from mainstem.formats import tfrecord
from mainstem.platform import gfile

_BUFFER = 256 * 1024


def paths(filenames):
    """A scalar or vector of file names as a list of str."""
    return [os.fsdecode(f) for f in np.asarray(filenames, object).reshape(-1).tolist()]


def opened(path, compression):
    """A file of bytes, decompressed. Raises NotFoundError."""
    kind = compression.upper()
    if kind not in ("", "GZIP", "ZLIB"):
        raise invalid(f"Unsupported compression type: {compression}.")
    if "://" in path:
        raw = gfile.GFile(path, "rb")
    else:
        try:
            raw = open(path, "rb", buffering=_BUFFER)  # noqa: SIM115
        except FileNotFoundError:
            raise errors.NotFoundError(None, None, f"{path}; No such file or directory") from None
        except IsADirectoryError:
            raise errors.FailedPreconditionError(None, None, f"{path}; Is a directory") from None
        except PermissionError:
            raise errors.PermissionDeniedError(None, None, f"{path}; Permission denied") from None
    if kind == "GZIP":
        return gzip.GzipFile(fileobj=raw)
    return _Inflated(raw) if kind == "ZLIB" else raw


class _Inflated:
    """A zlib stream as a file."""

    def __init__(self, raw):
        self._raw, self._inflate, self._rest = raw, zlib.decompressobj(), b""

    def read(self, size=-1):
        parts, have = [self._rest], len(self._rest)
        while size < 0 or have < size:
            raw = self._raw.read(_BUFFER)
            if not raw:
                break
            parts.append(self._inflate.decompress(raw))
            have += len(parts[-1])
        whole = b"".join(parts)
        size = len(whole) if size < 0 else size
        self._rest = whole[size:]
        return whole[:size]

    def __iter__(self):
        rest = b""
        while data := self.read(_BUFFER):
            lines = (rest + data).split(b"\n")
            rest = lines.pop()
            for line in lines:
                yield line + b"\n"
        if rest:
            yield rest

    def close(self):
        self._raw.close()


class _Files(Cursor):
    """Base: the records of several files, one file open at a time."""

    PLACE, unseen = ("file", "record"), True

    def setup(self, filenames, **options):
        self.paths, self.file, self.record, self.source = paths(filenames), 0, 0, None

    def records(self, path):
        """A generator of the records (bytes) of a file."""
        raise NotImplementedError

    def rows(self, n):
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        made = []
        try:
            while len(made) < n and self.file < len(self.paths):
                if self.source is None:
                    self.source = self.records(self.paths[self.file])
                have = len(made)
                self._extend(made, n - have)
                self.record += len(made) - have
                if len(made) == have:
                    self.source, self.file, self.record = None, self.file + 1, 0
        except Exception as e:
            self.source, self.file, self.record = None, self.file + 1, 0
            if not made:
                raise
            self._failure = e
        return _strings(made) if made else None

    def _extend(self, made, n):
        """Adds 1 .. n further records of the open file to a list, none at its end; those before an error are added too."""
        made.extend(itertools.islice(self.source, n))

    def restore(self, state):
        super().restore(state)
        if self.record:
            self.source, passed, have = self.records(self.paths[self.file]), [], -1
            while have < len(passed) < self.record:
                have = len(passed)
                self._extend(passed, self.record - have)


def _strings(values):
    out = np.empty(len(values), object)
    out[:] = values
    return Block([out], len(values))


@cursor("TFRecordDataset", "TFRecordDatasetV2")
class TFRecords(_Files):
    """The records of TFRecord files."""

    def setup(self, filenames, compression_type, buffer_size, **options):
        super().setup(filenames)
        self.kind, self.block, self.first = text(compression_type), (), 0

    def records(self, path):
        return tfrecord.read_blocks(path, self.kind)

    def _extend(self, made, n):
        if self.first >= len(self.block):  # lists of records: a generator of records would cost as much as reading them
            self.block, self.first = next(self.source, ()), 0
        more = self.block[self.first : self.first + n]
        self.first += len(more)
        made.extend(more)


@cursor("TextLineDataset")
class Lines(_Files):
    """The lines of files, without their ends."""

    def setup(self, filenames, compression_type, buffer_size):
        super().setup(filenames)
        self.kind = text(compression_type)

    def records(self, path):
        with contextlib.closing(opened(path, self.kind)) as f:
            for line in f:
                if line.endswith(b"\n"):
                    line = line[:-2] if line.endswith(b"\r\n") else line[:-1]
                yield line


@cursor("FixedLengthRecordDatasetV2")
class FixedLength(_Files):
    """Records of `record_bytes` bytes between a header and a footer."""

    def setup(self, filenames, header_bytes, record_bytes, footer_bytes, buffer_size, compression_type):
        super().setup(filenames)
        self.header, self.length, self.footer = number(header_bytes), number(record_bytes), number(footer_bytes)
        self.kind = text(compression_type)

    def records(self, path):
        if not self.kind:
            yield from self._plain(path)
            return
        with contextlib.closing(opened(path, self.kind)) as f:
            whole = f.read()
            end = len(whole) - self.footer
            self._check(path, len(whole))
            for at in range(self.header, end, self.length):
                yield whole[at : at + self.length]

    def _plain(self, path):
        with contextlib.closing(opened(path, "")) as f:
            size = os.path.getsize(path) if "://" not in path else gfile.stat(path).length
            self._check(path, size)
            f.read(self.header)
            for _ in range((size - self.header - self.footer) // self.length):
                yield f.read(self.length)

    def _check(self, path, size):
        body = size - self.header - self.footer
        if body % self.length:
            raise invalid(
                f"Excess data in file {path}: body has {body} bytes, which is not an exact multiple of the record length ({self.length} "
                f"bytes). (header length = {self.header} bytes, footer length = {self.footer} bytes)"
            )


@cursor("MatchingFilesDataset")
class MatchingFiles(ElementCursor):
    """The names of files that match patterns, sorted."""

    PLACE = ("at",)

    def setup(self, patterns):
        self.patterns, self.at, self.found = paths(patterns), 0, None

    def one(self):
        if self.found is None:
            self.found = sorted({f for p in self.patterns for f in (gfile.glob(p) if "://" in p else glob.glob(p))})
        if self.at >= len(self.found):
            return None
        self.at += 1
        return [os.fsencode(self.found[self.at - 1])]


@cursor("SqlDataset")
class Sql(ElementCursor):
    """The rows that a query of an SQLite database gives."""

    PLACE = ("at",)

    def setup(self, driver_name, data_source_name, query):
        if text(driver_name) != "sqlite":
            raise invalid(
                f"The database type, {text(driver_name)}, is not supported by SqlDataset. The set of supported databases is: {{'sqlite'}}."
            )
        self.path, self.query, self.at, self.cursor = text(data_source_name), text(query), 0, None
        self.types = self.recipe.attrs["output_types"]

    def one(self):
        if self.cursor is None:
            self._execute()
        row = self.cursor.fetchone()
        if row is None:
            self.connection.close()
            return None
        if len(row) != len(self.types):
            raise invalid(
                f"The number of columns in query ({len(row)}) must match the number of elements in output_types ({len(self.types)})."
            )
        self.at += 1
        return [_typed(v, t) for v, t in zip(row, self.types)]

    def _execute(self):
        if not os.path.exists(self.path):
            raise errors.UnknownError(None, None, f"Failed to connect to database: {self.path}: unable to open database file")
        self.connection = sqlite3.connect(self.path, check_same_thread=False)
        self.context.on_close(self.connection.close)
        try:
            self.cursor = self.connection.execute(self.query)
        except sqlite3.Error as e:
            raise errors.UnknownError(None, None, f"Failed to set up statement iterator: {e}") from None
        for _ in range(self.at):
            self.cursor.fetchone()


def _typed(value, dtype):
    kind = dtype.as_numpy_dtype
    if dtype.name == "string":
        return b"" if value is None else value if isinstance(value, bytes) else str(value).encode()
    if dtype.name == "bool":
        return np.bool_(value)
    return kind(0 if value is None else value)
