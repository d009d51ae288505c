"""TFRecord files as one block of bytes: where their records lie, found fast, and what is left of a damaged one."""

import contextlib
import functools
import mmap
import struct
import tempfile

import google_crc32c
import numpy as np

from mainstem.base.errors import DataLossError
from mainstem.formats import stores, tfrecord
from mainstem.formats.crc import mask
from mainstem.formats.tfrecord import HEADER, OVERHEAD

_LENGTH, _CHECK = struct.Struct("<Q"), struct.Struct("<I")
_WINDOW = 1 << 20  # bytes that are searched for a header at once


@functools.cache
def _tables():
    """Eight tables: byte k of a length → its share of the CRC32C, and the CRC32C of eight zeros. A CRC is linear over XOR."""
    zero = google_crc32c.value(bytes(8))
    tables = [[google_crc32c.value(bytes(k) + bytes((b,)) + bytes(7 - k)) ^ zero for b in range(256)] for k in range(8)]
    return np.array(tables, np.uint32), np.uint32(zero)


def length_checks(columns):
    """The masked CRC32C of many lengths: `columns` is the lengths' eight bytes, each an array [n] of uint8. uint32 [n]."""
    tables, out = _tables()
    for table, column in zip(tables, columns, strict=True):
        out = table[column] ^ out
    return mask(out.astype(np.uint64)).astype(np.uint32)


def compression(path):
    """Which compression a TFRecord file has, "", "GZIP" or "ZLIB", told from its first bytes. Raises NotFoundError."""
    with tfrecord.opened(path) as file:
        head = file.read(HEADER)
    if len(head) == HEADER and mask(google_crc32c.value(head[:8])) == _CHECK.unpack_from(head, 8)[0]:
        return ""
    if head[:3] == b"\x1f\x8b\x08":
        return "GZIP"
    return "ZLIB" if len(head) > 1 and head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0 else ""


@contextlib.contextmanager
def buffer(path, kind="", damage=None):
    """The bytes of a file as a buffer: mapped; a compressed or remote one is written, decompressed, to a file without a name.

    `damage`, when given, is called with the DataLossError of a compressed stream, whose start is then given.
    """
    with contextlib.ExitStack() as stack:
        streamed = bool(kind) or stores.is_remote(path)
        file = stack.enter_context(tempfile.TemporaryFile() if streamed else tfrecord.opened(path))  # noqa: SIM115
        if streamed:
            try:
                for piece in tfrecord.stream(path, kind):
                    file.write(piece)
            except DataLossError as e:
                if damage is None:
                    raise
                damage(e)
            file.flush()
        if not file.seek(0, 2):
            yield b""  # an empty file cannot be mapped
            return
        yield stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def offsets(data, path):
    """Where the records of a whole file lie: uint64 [n + 1], each record's offset and the end of the last.

    The lengths are followed one after the other, then all their checksums are looked at together; the records' own are not,
    since that means to read the file. Raises DataLossError, naming `path` and the offset, for a length that is damaged or a
    record that is cut short.
    """
    found, pos, size, unpack = [], 0, len(data), _LENGTH.unpack_from
    add, last = found.append, size - OVERHEAD
    while pos <= last:
        add(pos)
        pos += unpack(data, pos)[0] + OVERHEAD
    starts = np.array(found, np.uint64)
    bad = np.flatnonzero(~_sound(data, starts))
    if len(bad):
        at = int(starts[bad[0]])
        raise DataLossError(message=f"corrupted record at {at} in {path}: the checksum of its length does not match.")
    if pos != size:
        at = int(starts[-1]) if pos > size else pos
        raise DataLossError(message=f"truncated record at {at} in {path}: the file ends at {size}, within it.")
    return np.append(starts, np.uint64(pos))


def _sound(data, starts):
    """Whether the length at each of these offsets has its checksum."""
    if not len(starts):
        return np.zeros(0, bool)
    head = np.empty((len(starts), HEADER), np.uint8)
    flat, block = np.frombuffer(data, np.uint8), 1 << 16
    for i in range(0, len(starts), block):
        head[i : i + block] = flat[starts[i : i + block, None] + np.arange(HEADER, dtype=np.uint64)]
    return length_checks(head[:, :8].T) == np.ascontiguousarray(head[:, 8:]).view("<u4")[:, 0]


def next_header(data, start):
    """The first offset, from `start` on, at which a length stands with its checksum and fits into `data`; None if nowhere.

    Lengths of 4 GiB and more are not looked for.
    """
    size, flat = len(data), np.frombuffer(data, np.uint8)
    for low in range(start, size - OVERHEAD + 1, _WINDOW):
        count = min(_WINDOW, size - OVERHEAD + 1 - low)
        sums = np.zeros(count + HEADER, np.int32)  # of bytes that are not zero
        np.cumsum(flat[low : low + count + HEADER - 1] != 0, out=sums[1:])
        maybe = sums[4 : count + 4] == sums[8 : count + 8]  # the upper half of the length is zero …
        maybe &= sums[:count] != sums[12:]  # … and not all is: no length has the checksum 0
        at = (np.flatnonzero(maybe) + low).astype(np.uint64)
        for found in at[_sound(data, at)].tolist():
            if found + _LENGTH.unpack_from(data, found)[0] + OVERHEAD <= size:
                return found
    return None


def recover(path, kind="", damage=None):
    """Iterates over (offset, record) of all records of a file that are whole, also behind damage.

    Args:
        path: the file.
        kind: its compression. Behind damage within a compressed stream nothing can be read.
        damage: called with a DataLossError, naming file and offset, for every stretch that is left out.

    What follows a damaged length is found by looking for the next length that has its checksum, of a record that has its.
    """
    with buffer(path, kind, damage or (lambda error: None)) as data:
        view, pos = memoryview(data), 0
        try:
            while pos < len(view):
                try:
                    for starts, records in tfrecord.checked_blocks(_Rest(view, pos), path, pos):
                        yield from zip(starts, records)
                        pos = starts[-1] + len(records[-1]) + OVERHEAD
                    return
                except DataLossError:
                    after = _resumption(view, pos)
                    if damage:
                        damage(_lost(path, view, pos, after))
                    pos = after
        finally:
            view.release()


class _Rest:
    """A source for `tfrecord.checked_blocks`: a buffer from a position on."""

    def __init__(self, view, pos):
        self._view, self._pos = view, pos

    def more(self, want=0):
        start = self._pos
        self._pos = min(start + max(want, _WINDOW), len(self._view))
        return bytes(self._view[start : self._pos])


def _record(view, pos):
    """The record at `pos`, or None when it is not whole."""
    if pos + OVERHEAD > len(view):
        return None
    length, check = _LENGTH.unpack_from(view, pos)[0], _CHECK.unpack_from(view, pos + 8)[0]
    if pos + length + OVERHEAD > len(view) or mask(google_crc32c.value(bytes(view[pos : pos + 8]))) != check:
        return None
    record = bytes(view[pos + HEADER : pos + HEADER + length])
    return record if mask(google_crc32c.value(record)) == _CHECK.unpack_from(view, pos + HEADER + length)[0] else None


def _resumption(view, pos):
    """Where to go on behind the damage at `pos`: at what its length tells, if a record or the end is there, else searching."""
    if pos + OVERHEAD <= len(view) and _sound(view, np.array([pos], np.uint64))[0]:
        end = pos + _LENGTH.unpack_from(view, pos)[0] + OVERHEAD
        if end == len(view) or _record(view, end) is not None:
            return end
    at = pos
    while (at := next_header(view, at + 1)) is not None:
        if _record(view, at) is not None:
            return at
    return len(view)


def _lost(path, view, pos, after):
    what = "truncated" if after == len(view) and pos + OVERHEAD > len(view) else "corrupted"
    end = "the end" if after == len(view) else str(after)
    return DataLossError(message=f"{what} record at {pos} in {path}: the bytes from {pos} to {end} are left out.")
