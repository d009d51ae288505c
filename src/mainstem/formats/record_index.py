"""The index of a TFRecord file: where each record lies, and which one has which key. A file of Mainstem's own beside it.

The index of `FOLDER/NAME` is `FOLDER/.NAME.records-index`: hidden, so that patterns such as `train-*` do not find it. It holds

    magic     8 bytes, b"MSRECIX1"
    length    uint32, of the header; then uint32, its masked CRC32C
    header    JSON: `size` and `mtime_ns` of the file when it was indexed, `compression`, `count`, `key` (the feature of the
              records, Examples, that is their key; null when there are no keys), `key_bytes`, `crc` (masked CRC32C of what follows)
    padding   to a multiple of 8
    offsets   uint64 [count + 1]: where each record starts in the (decompressed) stream, and where the last one ends
    ends      uint64 [count]: where each record's key ends in `keys`            (this and the rest only with keys)
    order     uint64 [count]: the records' numbers, sorted by key
    keys      the keys, one after the other

all little endian. An index whose size or time is not the file's is stale, one that does not fit its checksums is damaged: either
is made anew. It can be deleted at any time.
"""

import array
import contextlib
import dataclasses
import json
import os
import struct

import numpy as np

from mainstem.base.errors import DataLossError, NotFoundError
from mainstem.formats import example_batch, files, record_scan, stores, tfrecord
from mainstem.formats.crc import masked

MAGIC = b"MSRECIX1"
_LEAD = struct.Struct("<8sII")
_BLOCK = 1 << 14  # records whose keys are looked for together


def index_path(path):
    """Where the index of a TFRecord file is kept."""
    folder, name = os.path.split(stores.text(path))
    return os.path.join(folder, f".{name}.records-index")


@dataclasses.dataclass
class RecordIndex:
    """What is known of one TFRecord file.

    Attributes:
        size, mtime_ns: of the file.
        compression: "", "GZIP" or "ZLIB".
        offsets: uint64 [count + 1], where records start and the last one ends.
        key: the feature that is the records' key, or None: then `ends`, `order` and `keys` are None.
        stops: uint64 [count], where records end when others are missing between them; None: where the next one starts.
    """

    size: int
    mtime_ns: int
    compression: str
    offsets: np.ndarray
    key: str | None = None
    ends: np.ndarray | None = None
    order: np.ndarray | None = None
    keys: bytes | None = None
    stops: np.ndarray | None = None

    def __len__(self):
        return len(self.offsets) - 1

    def span(self, number):
        """(start, end) of a record in the stream, its checksums included."""
        start = int(self.offsets[number])
        return start, int(self.offsets[number + 1] if self.stops is None else self.stops[number])

    def key_of(self, number):
        """The key (bytes) of a record, b"" when it has none. Needs keys."""
        return self.keys[int(self.ends[number - 1]) if number else 0 : int(self.ends[number])]

    def first_at(self, key):
        """The place in the sorted order of the first key that is not below `key` (bytes)."""
        low, high = 0, len(self.order)
        while low < high:
            middle = (low + high) // 2
            if self.key_of(int(self.order[middle])) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, key):
        """The number of the first record with this key (bytes), None when there is none."""
        place = self.first_at(key)
        if key and place < len(self.order) and self.key_of(number := int(self.order[place])) == key:
            return number
        return None

    def with_prefix(self, prefix):
        """Iterates over the (key, number) of all records whose key starts with `prefix` (bytes), in the keys' order."""
        for place in range(self.first_at(prefix or b"\0"), len(self.order)):
            key = self.key_of(number := int(self.order[place]))
            if not key.startswith(prefix):
                return
            yield key, number


def _keys(records, feature):
    """(ends, order, keys) of records, in blocks, that are Examples: the first value of a bytes feature, b"" where it is missing."""
    found = []
    for block in records:
        found += example_batch.first_bytes(block, feature)
    ends = np.cumsum(np.fromiter(map(len, found), np.uint64, len(found)), dtype=np.uint64)
    return _keyed(found, ends)


def _keyed(found, ends):
    ordered = all(a <= b for a, b in zip(found, found[1:]))
    order = range(len(found)) if ordered else sorted(range(len(found)), key=found.__getitem__)
    return ends, np.fromiter(order, np.uint64, len(found)), b"".join(found)


def of_keys(index, feature, keys):
    """The same index with the records' keys, a list of bytes."""
    ends = np.cumsum(np.fromiter(map(len, keys), np.uint64, len(keys)), dtype=np.uint64)
    ends, order, joined = _keyed(keys, ends)
    return dataclasses.replace(index, key=feature, ends=ends, order=order, keys=joined)


def _blocks(data, offsets):
    """The records that lie in a buffer, in blocks of lists, each with its checksum."""
    for low in range(0, len(offsets) - 1, _BLOCK):
        places = offsets[low : low + _BLOCK + 1].tolist()
        yield [bytes(data[s + tfrecord.HEADER : e - 4]) for s, e in zip(places, places[1:])]


def stat(path):
    """(size, mtime_ns) of a file, also of one in a store. Raises NotFoundError."""
    try:
        if stores.is_remote(path):
            store = stores.store(path)
            return store.size(path), int(store.mtime(path) * 1e9)
        found = os.stat(path)
    except FileNotFoundError:
        raise NotFoundError(message=f"{path}; No such file or directory") from None
    return found.st_size, found.st_mtime_ns


def build(path, compression=None, key=None):
    """Reads a TFRecord file and gives its index.

    Args:
        path: the file.
        compression: "", "GZIP", "ZLIB", or None: then its first bytes tell.
        key: the feature of its records that is their key, None for an index without keys.

    Raises NotFoundError, DataLossError for a length that is damaged or a record that is cut short.
    """
    path = stores.text(path)
    before = stat(path)
    kind = record_scan.compression(path) if compression is None else tfrecord.checked_compression(compression)
    with record_scan.buffer(path, kind) as data:
        offsets = record_scan.offsets(data, path)
        keys = _keys(_blocks(data, offsets), key) if key else (None, None, None)
    return RecordIndex(*before, kind, offsets, key or None, *keys)


def salvage(path, compression=None, key=None, damage=None):
    """As `build`, of a file that may be damaged: an index of the records that are whole. It is for memory, not to be saved.

    `damage` is called with a DataLossError for every stretch that is left out.
    """
    path = stores.text(path)
    before = stat(path)
    kind = record_scan.compression(path) if compression is None else tfrecord.checked_compression(compression)
    starts, stops, keys, block = array.array("Q"), array.array("Q"), [], []
    for at, record in record_scan.recover(path, kind, damage):
        starts.append(at)
        stops.append(at + len(record) + tfrecord.OVERHEAD)
        if key:
            block.append(record)
            if len(block) == _BLOCK:
                keys += example_batch.first_bytes(block, key)
                block = []
    starts, stops = (np.frombuffer(a, np.uint64) if len(a) else np.zeros(0, np.uint64) for a in (starts, stops))
    index = RecordIndex(*before, kind, np.append(starts, stops[-1:] if len(stops) else np.zeros(1, np.uint64)), stops=stops)
    return of_keys(index, key, keys + example_batch.first_bytes(block, key)) if key else index


def save(path, index, ops=files.FILES):
    """Writes the index of the TFRecord file `path` beside it: in full or not at all."""
    body = [np.ascontiguousarray(index.offsets, "<u8").tobytes()]
    if index.key is not None:
        body += [np.ascontiguousarray(a, "<u8").tobytes() for a in (index.ends, index.order)] + [index.keys]
    body = b"".join(body)
    header = {
        "size": index.size,
        "mtime_ns": index.mtime_ns,
        "compression": index.compression,
        "count": len(index),
        "key": index.key,
        "key_bytes": len(index.keys or b""),
        "crc": masked(body),
    }
    raw = json.dumps(header).encode()
    raw += b" " * (-(len(raw) + _LEAD.size) % 8)
    files.write_atomic(index_path(path), [_LEAD.pack(MAGIC, len(raw), masked(raw)), raw, body], ops)


def load(path):
    """The index that is kept beside a TFRecord file, None when there is none, or it is stale or damaged. Raises NotFoundError."""
    now = stat(path)
    try:
        with stores.opened(index_path(path)) as f:
            data = f.read()
    except OSError:
        return None
    with contextlib.suppress(DataLossError):
        index = _decoded(data)
        if (index.size, index.mtime_ns) == now:
            return index
    return None


def _decoded(data):
    damaged = DataLossError(message="The index of a TFRecord file is damaged.")
    if len(data) < _LEAD.size:
        raise damaged
    magic, length, check = _LEAD.unpack_from(data)
    start = _LEAD.size + length
    if magic != MAGIC or masked(data[_LEAD.size : start]) != check:
        raise damaged
    header = json.loads(data[_LEAD.size : start])
    count, keyed = header["count"], header["key"] is not None
    sizes = [count + 1, count * keyed, count * keyed]
    if len(data) - start != 8 * sum(sizes) + header["key_bytes"] or masked(data[start:]) != header["crc"]:
        raise damaged
    arrays, at = [], start
    for size in sizes:
        arrays.append(np.frombuffer(data, "<u8", size, at))
        at += 8 * size
    rest = (header["key"], arrays[1], arrays[2], data[at:]) if keyed else ()
    return RecordIndex(header["size"], header["mtime_ns"], header["compression"], arrays[0], *rest)


def ensure(path, compression=None, key=None, write=True):
    """The index of a TFRecord file: the one beside it, or a new one, which is then kept there if it can be (and `write`).

    With `key`, one that knows the records by that feature. Raises as `build`.
    """
    index = load(path)
    if index is None or (key is not None and index.key != key) or compression not in (None, index.compression):
        index = build(path, compression, key)
        if write:
            with contextlib.suppress(PermissionError, OSError):  # a folder that cannot be written: it lives in memory then
                save(path, index)
    return index
