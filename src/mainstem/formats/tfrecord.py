"""TFRecord files: records of bytes, each between its length with a checksum and a checksum of its own.

A record is: length (8 bytes, little endian), masked CRC32C of those 8 bytes, the bytes, their masked CRC32C. The whole
stream may be compressed with gzip or zlib.
"""

import os
import struct
import threading
import zlib

import google_crc32c

from mainstem.base.errors import DataLossError, NotFoundError
from mainstem.formats.crc import mask

_HEADER, _FOOTER = struct.Struct("<QI"), struct.Struct("<I")
_WINDOW = {"GZIP": 31, "ZLIB": 15}  # zlib's wbits: 16 more asks for the gzip wrapper
_CHUNK = 1 << 20


def _compression(kind):
    kind = kind or ""
    if kind not in ("", *_WINDOW):
        raise ValueError(f"TFRecord: 'compression' must be '', 'GZIP' or 'ZLIB'. Got {kind!r}.")
    return kind


def frame(record):
    """Gives a record (bytes) with its length and checksums, as it stands in the file."""
    length = len(record).to_bytes(8, "little")
    crc = google_crc32c.value
    return b"".join((length, _FOOTER.pack(mask(crc(length))), record, _FOOTER.pack(mask(crc(record)))))


class RecordWriter:
    """Writes a TFRecord file. Thread-safe."""

    def __init__(self, path, compression="", level=-1, exclusive=False):
        """
        Args:
            path: the file; an old one is overwritten, unless `exclusive`: then FileExistsError is raised.
            compression: "", "GZIP" or "ZLIB".
            level: zlib's compression level, -1 for its default.

        Raises ValueError for another compression.
        """
        kind = _compression(compression)
        self.path = os.fspath(path)
        self._compress = zlib.compressobj(level, zlib.DEFLATED, _WINDOW[kind]) if kind else None
        self._file = open(self.path, "xb" if exclusive else "wb", buffering=_CHUNK)  # noqa: SIM115
        self._lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def write(self, record):
        """Appends a record (bytes). Raises ValueError when the writer is closed."""
        data = frame(record if type(record) is bytes else bytes(record))
        with self._lock:
            if self._file is None:
                raise ValueError(f"{self.path} is closed: no record can be written to it.")
            self._file.write(self._compress.compress(data) if self._compress else data)

    def flush(self, sync=False):
        """Hands all records to the operating system, and to the medium when `sync`."""
        with self._lock:
            if self._file is None:
                return
            if self._compress:
                self._file.write(self._compress.flush(zlib.Z_SYNC_FLUSH))
            self._file.flush()
            if sync:
                os.fsync(self._file.fileno())

    def close(self):
        """Ends the file. A second call does nothing."""
        with self._lock:
            if self._file is None:
                return
            if self._compress:
                self._file.write(self._compress.flush())
            self._file.close()
            self._file = None


class _Source:
    """Gives the bytes of a file in order, decompressed."""

    def __init__(self, path, kind, size):
        self.path, self._kind, self._size = path, kind, size
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        except FileNotFoundError:
            raise NotFoundError(message=f"{path}; No such file or directory") from None
        self._inflate = zlib.decompressobj(_WINDOW[kind]) if kind else None

    def more(self):
        """Gives some more bytes, b"" at the end."""
        if self._inflate is None:
            return self._file.read(self._size)
        while True:
            raw = self._inflate.unconsumed_tail or self._file.read(self._size)
            if not raw:
                if not self._inflate.eof:
                    raise DataLossError(message=f"{self.path} is damaged: its {self._kind} stream is cut short.")
                return b""
            if self._inflate.eof:
                self._inflate = zlib.decompressobj(_WINDOW[self._kind])  # gzip files may be put one after another
            try:
                out = self._inflate.decompress(raw, self._size)
            except zlib.error as e:
                raise DataLossError(message=f"{self.path} is damaged or not {self._kind}: {e}.") from None
            self._file.seek(-len(self._inflate.unused_data), os.SEEK_CUR)  # the start of what follows the stream's end
            if out:
                return out

    def close(self):
        self._file.close()


def read_records(path, compression="", offset=0, buffer_size=_CHUNK):
    """Iterates over the records (bytes) of a TFRecord file, each with its checksums.

    Args:
        path: the file.
        compression: "", "GZIP" or "ZLIB".
        offset: where in the (decompressed) stream to start; must be the start of a record.
        buffer_size: how many bytes to read at once.

    Raises:
        NotFoundError: when there is no such file.
        DataLossError: naming file and offset, when a record is damaged or cut short.
    """
    for _, record in read_with_offsets(path, compression, offset, buffer_size):
        yield record


def read_with_offsets(path, compression="", offset=0, buffer_size=_CHUNK):
    """As `read_records`, but gives (offset of the record in the stream, record)."""
    path, kind = os.fspath(path), _compression(compression)
    source = _Source(path, kind, max(buffer_size or _CHUNK, 1))
    try:
        yield from _records(source, path, offset)
    finally:
        source.close()


def _records(source, path, skip):
    crc, buffer, base, pos = google_crc32c.value, b"", 0, 0  # buffer[pos] is byte base + pos of the stream

    def fill(need):
        """Reads until `need` bytes lie at `pos`; gives how many there are."""
        nonlocal buffer, base, pos
        parts, have = [buffer[pos:]], len(buffer) - pos
        while have < need and (more := source.more()):
            parts.append(more)
            have += len(more)
        base, pos, buffer = base + pos, 0, b"".join(parts)
        return have

    if skip:
        pos = min(skip, fill(skip))
    while True:
        at = base + pos
        if len(buffer) - pos < 12 and (have := fill(12)) < 12:
            if have == 0:
                return
            raise DataLossError(message=f"truncated record at {at} in {path}: the file ends within a record's header.")
        length, check = _HEADER.unpack_from(buffer, pos)
        if mask(crc(buffer[pos : pos + 8])) != check:
            raise DataLossError(message=f"corrupted record at {at} in {path}: the checksum of its length does not match.")
        if len(buffer) - pos < length + 16 and (have := fill(length + 16)) < length + 16:
            raise DataLossError(message=f"truncated record at {at} in {path}: {have - 12} of {length + 4} bytes are there.")
        start = pos + 12
        record = buffer[start : start + length]
        if mask(crc(record)) != _FOOTER.unpack_from(buffer, start + length)[0]:
            raise DataLossError(
                message=f"corrupted record at {at} in {path}: the checksum of its {length} bytes does not match."
            )
        pos = start + length + 4
        yield at, record
