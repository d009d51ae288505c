"""TFRecord files: records of bytes, each between its length with a checksum and a checksum of its own.

A record is: length (8 bytes, little endian), masked CRC32C of those 8 bytes, the bytes, their masked CRC32C. The whole
stream may be compressed with gzip or zlib. A file may lie in a store (`formats.stores`), such as `s3://`.
"""

import errno
import os
import struct
import threading
import zlib

import google_crc32c
import numpy as np

from mainstem.base.errors import DataLossError, FailedPreconditionError, InvalidArgumentError, NotFoundError
from mainstem.formats import stores
from mainstem.formats.crc import mask

HEADER, OVERHEAD = 12, 16  # bytes before a record's data, bytes around it
_LENGTH, _HEADER, _FOOTER = struct.Struct("<Q"), struct.Struct("<QI"), struct.Struct("<I")
_WINDOW = {"GZIP": 31, "ZLIB": 15}  # zlib's wbits: 16 more asks for the gzip wrapper
_CHUNK = 1 << 20
SMALL, TOGETHER = 4096, 511  # a writer keeps this many records below that size
# how TensorFlow calls zlib: with the same numbers the bytes of a file are the same
ZLIB_DEFAULTS = {"level": -1, "method": zlib.DEFLATED, "memLevel": 9, "strategy": zlib.Z_DEFAULT_STRATEGY}


def checked_compression(kind):
    """Gives "", "GZIP" or "ZLIB". Raises ValueError for another compression."""
    kind = kind or ""
    if kind not in ("", *_WINDOW):
        raise ValueError(f"TFRecord: 'compression' must be '', 'GZIP' or 'ZLIB'. Got {kind!r}.")
    return kind


_headers = {}  # length of a record -> its header: the records of a file are often of few lengths


def _header_of(length):
    if length in _headers:
        return _headers[length]
    raw = _LENGTH.pack(length)
    header = raw + _FOOTER.pack(mask(google_crc32c.value(raw)))
    if len(_headers) < 4096:
        _headers[length] = header
    return header


def _headers_of(lengths):
    found = list(map(_headers.get, lengths))  # a plain look-up: a dict that makes what is missing takes four times as long
    return list(map(_header_of, lengths)) if None in found else found


def frame(record):
    """Gives a record (bytes) with its length and checksums, as it stands in the file."""
    return b"".join((_header_of(len(record)), record, _FOOTER.pack(mask(google_crc32c.value(record)))))


def _framed(records):
    """The frames of many records, in order: between two records lie the checksum of one and the header of the next."""
    n, lengths = len(records), list(map(len, records))
    between = np.zeros((n + 1, OVERHEAD), np.uint8)
    checks = np.fromiter(map(google_crc32c.value, records), np.uint64, n)
    between[1:, :4] = mask(checks).astype("<u4").view(np.uint8).reshape(n, 4)  # all are masked in one go
    between[:-1, 4:] = np.frombuffer(b"".join(_headers_of(lengths)), np.uint8).reshape(n, HEADER)
    pieces = [b""] * (2 * n + 1)
    pieces[0::2] = between.view(f"V{OVERHEAD}").reshape(-1).tolist()
    pieces[0], pieces[-1] = pieces[0][4:], pieces[-1][:4]
    pieces[1::2] = records
    return b"".join(pieces)  # one write of it takes 4.2 ms for 20,000 records, one `writev` of the pieces 5.4


_CLOSED = range(TOGETHER)  # what stands for the records of a closed writer: as many as send `write` the long way


class RecordWriter:
    """Writes a TFRecord file. Thread-safe. Closes when it is dropped."""

    _file = None

    def __init__(self, path, compression="", level=-1, exclusive=False, file=None, **zlib_options):
        """
        Args:
            path: the file; an old one is overwritten, unless `exclusive`: then FileExistsError is raised.
            compression: "", "GZIP" or "ZLIB".
            level: zlib's compression level, -1 for its default.
            file: what is written to instead of the file `path`, open: an object with `write`, `close` and perhaps `sync`.
            zlib_options: `method`, `wbits`, `memLevel`, `strategy` as `zlib.compressobj` takes them.

        Raises ValueError for another compression, InvalidArgumentError for options that zlib refuses.
        """
        kind = checked_compression(compression)
        self.path = stores.text(path)
        self._compress = (
            _compressor({**ZLIB_DEFAULTS, "wbits": _WINDOW[kind], "level": level, **zlib_options}) if kind else None
        )
        self._pending, self._rest, self._lock = [], b"", threading.Lock()
        self._local = file is None and not stores.is_remote(self.path)
        self._file = self._made(exclusive) if file is None else file

    def _made(self, exclusive):
        if self._local:
            return open(self.path, "xb" if exclusive else "wb", buffering=0)
        if exclusive and stores.exists(self.path):
            raise FileExistsError(errno.EEXIST, "File exists", self.path)
        return stores.opened(self.path, "wb")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def __del__(self):
        if self._file is not None:
            self.close()

    def write(self, record):
        """Appends a record (bytes). Raises ValueError when the writer is closed."""
        pending = self._pending
        if type(record) is bytes and len(record) < SMALL and len(pending) < TOGETHER - 1:
            pending.append(record)  # one step, so it needs no lock; `_drain` takes what is there and leaves the list
            return
        with self._lock:
            if self._file is None:
                raise ValueError(f"{self.path} is closed: no record can be written to it.")
            self._pending.append(record if type(record) is bytes else bytes(record))
            self._drain()

    def _drain(self):
        if self._rest:
            self._put(b"")
        while records := self._pending[:TOGETHER]:
            del self._pending[: len(records)]
            framed = _framed(records)
            self._put(self._compress.compress(framed) if self._compress else framed)

    def _put(self, data):
        data, self._rest, done = self._rest + data if self._rest else data, b"", 0
        view = memoryview(data)
        try:
            while done < len(view):  # an unbuffered file may take less than it is given
                done += self._file.write(view[done:]) or len(view) - done
        except OSError:
            self._rest = data[done:]  # a full disk leaves no hole: it goes first when there is room again
            raise

    def flush(self, sync=False):
        """Hands all records to the operating system, and to the medium when `sync`."""
        with self._lock:
            if self._file is None:
                return
            self._drain()
            if self._compress:
                self._put(self._compress.flush(zlib.Z_SYNC_FLUSH))
            self._settle(sync)

    def _settle(self, sync):
        if self._local:
            if sync:
                os.fsync(self._file.fileno())
        elif sync and hasattr(self._file, "sync"):
            self._file.sync()
        elif hasattr(self._file, "flush"):
            self._file.flush()

    def close(self, sync=False):
        """Ends the file, and returns only when it is on the medium when `sync`. A second call does nothing."""
        with self._lock:
            if self._file is None:
                return
            try:
                self._drain()
                if self._compress:
                    self._put(self._compress.flush())
                self._settle(sync)
            finally:
                self._file.close()
                self._file, self._pending = None, _CLOSED


def _compressor(options):
    try:
        return zlib.compressobj(**options)
    except (ValueError, zlib.error) as e:
        raise InvalidArgumentError(message=f"zlib does not take these options: {e}. Got {options}.") from None


class _Source:
    """Gives the bytes of a file in order, decompressed."""

    def __init__(self, path, kind, size):
        self.path, self._kind, self._size = path, kind, size
        self._file = opened(path)
        self._inflate, self._rest = zlib.decompressobj(_WINDOW[kind]) if kind else None, b""

    def skip(self, count):
        """Leaves out the next bytes."""
        if self._inflate is None:
            self._file.seek(count)
            return
        while count > 0 and (piece := self.more()):
            self._rest = piece[count:]
            count -= len(piece)

    def more(self, want=0):
        """Gives some more bytes, about `want` if that is more than usual; b"" at the end."""
        if self._inflate is None:
            return self._file.read(max(self._size, min(want, _CHUNK << 6)))
        if self._rest:
            piece, self._rest = self._rest, b""
            return piece
        while True:
            raw = self._inflate.unconsumed_tail or self._file.read(self._size)
            if not raw:
                if not self._inflate.eof and self._file.tell():
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


def opened(path):
    """The file `path`, unbuffered. Raises NotFoundError, FailedPreconditionError for a folder."""
    try:
        return stores.opened(path) if stores.is_remote(path) else open(stores.text(path), "rb", buffering=0)
    except FileNotFoundError:
        raise NotFoundError(message=f"{path}; No such file or directory") from None
    except IsADirectoryError:
        raise FailedPreconditionError(message=f"{path}; Is a directory") from None


def stream(path, compression="", buffer_size=_CHUNK):
    """Iterates over the bytes of a file, decompressed, in pieces. Raises as `read_records`."""
    source = _Source(os.fspath(path), checked_compression(compression), max(buffer_size or _CHUNK, 1))
    try:
        while piece := source.more():
            yield piece
    finally:
        source.close()


def read_records(path, compression="", offset=0, buffer_size=_CHUNK):
    """Iterates over the records (bytes) of a TFRecord file, each with its checksums.

    Args:
        path: the file.
        compression: "", "GZIP" or "ZLIB".
        offset: where in the (decompressed) stream to start; must be the start of a record.
        buffer_size: how many bytes to read at once.

    Raises:
        NotFoundError: when there is no such file.
        DataLossError: naming file and offset, when a record is damaged or cut short. `formats.record_scan.recover` goes on
            behind the damage.
    """
    for _, records in _blocks(path, compression, offset, buffer_size):
        yield from records


def read_blocks(path, compression="", offset=0, buffer_size=_CHUNK):
    """As `read_records`, but gives lists of records, as many as lie in a buffer."""
    for _, records in _blocks(path, compression, offset, buffer_size):
        yield records


def read_with_offsets(path, compression="", offset=0, buffer_size=_CHUNK):
    """As `read_records`, but gives (offset of the record in the stream, record)."""
    for offsets, records in _blocks(path, compression, offset, buffer_size):
        yield from zip(offsets, records)


def _blocks(path, compression, offset, buffer_size):
    path = os.fspath(path)
    source = _Source(path, checked_compression(compression), max(buffer_size or _CHUNK, 1))
    try:
        source.skip(offset)
        yield from checked_blocks(source, path, offset)
    finally:
        source.close()


def checked_blocks(source, path, base=0):
    """Gives (offsets, records) of each block of whole records that a source gives; what is whole comes before the error.

    Args:
        source: its `more(want)` gives the next bytes of the stream, b"" at the end; it stands at the start of a record.
        path: the file, for messages.
        base: the offset of the source's first byte.
    """
    buffer = b""
    while True:
        starts, end = _chain(buffer)
        if starts:
            records = [buffer[s : e - OVERHEAD] for s, e in zip(starts, [*starts[1:], end + HEADER])]
            good = _good(buffer, starts, records)
            offsets = [base + s - HEADER for s in starts[:good]]
            if good:
                yield offsets, records[:good]
            if good < len(records):
                raise _damage(buffer, starts[good] - HEADER, base, path)
            buffer, base = buffer[end:], base + end
        if len(buffer) >= HEADER:
            need = _needed(buffer, base, path)
        else:
            need = HEADER
        parts, have = [buffer], len(buffer)
        while have < need and (more := source.more(need - have)):
            parts.append(more)
            have += len(more)
        if have < need:
            if have == 0:
                return
            raise _truncated(b"".join(parts), base, path)
        buffer = b"".join(parts)
        parts.clear()  # a large record is in memory twice while it is put together, not three times


def _chain(buffer):
    """Where the data of the whole records of `buffer` starts, by their lengths alone, and where the last record ends."""
    starts, pos, size, unpack = [], HEADER, len(buffer), _LENGTH.unpack_from
    last, add = size + HEADER, starts.append
    while pos <= size:
        after = pos + unpack(buffer, pos - HEADER)[0] + OVERHEAD
        if after > last:
            break
        add(pos)
        pos = after
    return starts, pos - HEADER


def _good(buffer, starts, records):
    """How many of these records, from the first one on, have both their checksums."""
    if len(records) == 1:  # a large one: arrays would not pay
        (start,), (record,) = starts, records
        header = buffer[start - HEADER : start]
        return int(
            _header_of(len(record)) == header
            and _FOOTER.unpack_from(buffer, start + len(record))[0] == mask(google_crc32c.value(record))
        )
    crcs = np.fromiter(map(google_crc32c.value, records), np.uint64, len(records))
    at = np.array(starts)
    lengths = np.append(at[1:], at[-1] + len(records[-1]) + OVERHEAD) - at - OVERHEAD
    good = mask(crcs) == _pieces(buffer, 4)[at + lengths].view("<u4")
    headers = b"".join(_headers_of(lengths.tolist()))
    if _pieces(buffer, HEADER)[at - HEADER].tobytes() != headers:
        wanted = np.frombuffer(headers, np.uint8).reshape(-1, HEADER)
        good &= (_pieces(buffer, HEADER)[at - HEADER].view(np.uint8).reshape(-1, HEADER) == wanted).all(1)
    return len(records) if good.all() else int(np.argmin(good))


def _pieces(buffer, size):
    """The bytes that start at each place of a buffer, `size` of them, as an array of V<size>."""
    return np.ndarray((len(buffer) - size + 1,), f"V{size}", buffer, strides=(1,))


def _needed(buffer, base, path):
    """How many bytes the record at the start of `buffer` takes. Raises DataLossError when its length is damaged."""
    length, check = _HEADER.unpack_from(buffer)
    if mask(google_crc32c.value(buffer[:8])) != check:
        raise _damage(buffer, 0, base, path)
    return length + OVERHEAD


def _damage(buffer, pos, base, path):
    length, check = _HEADER.unpack_from(buffer, pos)
    if mask(google_crc32c.value(buffer[pos : pos + 8])) != check:
        hint = "" if base + pos else " Is this a TFRecord file, and uncompressed?"
        what = f"the checksum of its length does not match.{hint}"
    else:
        what = f"the checksum of its {length} bytes does not match."
    return DataLossError(message=f"corrupted record at {base + pos} in {path}: {what}")


def _truncated(buffer, base, path):
    if len(buffer) < HEADER:
        what = "the file ends within a record's header."
    else:
        what = f"{len(buffer) - HEADER} of {_LENGTH.unpack_from(buffer)[0] + 4} bytes are there."
    return DataLossError(message=f"truncated record at {base} in {path}: {what}")
