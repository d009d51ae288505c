"""Sorted tables of byte keys and values: the container of a checkpoint's index (LevelDB's table format).

A table is data blocks, an empty metaindex block, an index block and a footer of 48 bytes. A block holds entries whose keys
share a prefix with the key before, restarts in full every 16 entries, and ends in the list of restart positions; after
it stand one byte for the compression (0 none, 1 Snappy) and the masked CRC32C of block and byte.
Format: https://github.com/google/leveldb/blob/main/doc/table_format.md
"""

from mainstem.base.errors import DataLossError
from mainstem.formats import crc, snappy

MAGIC = 0xDB4775248B80FB57
_FOOTER, _TRAILER = 48, 5
_BLOCK_SIZE = 262144  # TensorFlow's; LevelDB's own is 4096
_RESTART_INTERVAL = 16


def varint(n):
    """Gives the base-128 encoding of an integer >= 0, least significant group first."""
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def read_varint(data, pos, end):
    """Gives (value, next position) of the varint at `pos`. Raises ValueError when it does not end before `end`."""
    value = shift = 0
    while pos < end and shift < 70:
        byte = data[pos]
        pos += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, pos
        shift += 7
    raise ValueError("a number is cut short")


class _Block:
    """Collects the entries of one block."""

    def __init__(self, restart_interval):
        self.interval = restart_interval
        self.clear()

    def clear(self):
        self.data, self.restarts, self.since, self.last = bytearray(), [0], 0, b""

    def add(self, key, value):
        shared = 0
        if self.since < self.interval:
            shared = _shared_prefix(self.last, key)
        else:
            self.restarts.append(len(self.data))
            self.since = 0
        self.data += varint(shared) + varint(len(key) - shared) + varint(len(value))
        self.data += key[shared:]
        self.data += value
        self.last = key
        self.since += 1

    def size(self):
        return len(self.data) + 4 * len(self.restarts) + 4

    def finish(self):
        tail = b"".join(r.to_bytes(4, "little") for r in (*self.restarts, len(self.restarts)))
        return bytes(self.data) + tail


def _shared_prefix(a, b):
    n = min(len(a), len(b))
    if a[:n] == b[:n]:
        return n
    return next(i for i in range(n) if a[i] != b[i])


def _separator(a, b):
    """A short key k with a <= k < b."""
    n = _shared_prefix(a, b)
    if n < min(len(a), len(b)) and a[n] < 0xFF and a[n] + 1 < b[n]:
        return a[:n] + bytes([a[n] + 1])
    return a


def _successor(a):
    """A short key k with a <= k."""
    for i, byte in enumerate(a):
        if byte != 0xFF:
            return a[:i] + bytes([byte + 1])
    return a


def build(items):
    """Gives the bytes of a table.

    Args:
        items: (key, value) pairs of bytes, in strictly increasing order of key.

    Raises ValueError when a key is out of order.
    """
    out, block, index, last = bytearray(), _Block(_RESTART_INTERVAL), _Block(1), None
    pending = None
    for key, value in items:
        if last is not None and key <= last:
            raise ValueError(f"table key {key!r} does not come after {last!r}")
        if pending is not None:
            index.add(_separator(last, key), pending)
            pending = None
        block.add(key, value)
        last = key
        if block.size() >= _BLOCK_SIZE:
            pending = _append_block(out, block)
    if block.data:
        pending = _append_block(out, block)
    metaindex = _append_block(out, _Block(_RESTART_INTERVAL))
    if pending is not None:
        index.add(_successor(last), pending)
    handles = metaindex + _append_block(out, index)
    out += handles.ljust(_FOOTER - 8, b"\0") + MAGIC.to_bytes(8, "little")
    return bytes(out)


def _append_block(out, block):
    """Appends a block with its trailer; gives its handle (offset and size as varints) and empties it."""
    data = block.finish() + b"\0"
    handle = varint(len(out)) + varint(len(data) - 1)
    out += data
    out += crc.masked(data).to_bytes(4, "little")
    block.clear()
    return handle


class Table:
    """The entries of a table, read and checked as a whole.

    Invariant: `items` is sorted by key.
    """

    def __init__(self, data, name):
        """
        Args:
            data: the bytes of the file.
            name: the file's name, for messages.

        Raises DataLossError naming file and offset when anything does not fit together.
        """
        self.name, self._data = name, bytes(data)
        self.items = []
        metaindex, index = self._footer()
        self._entries(*metaindex)
        for _, handle in self._entries(*index):
            self.items.extend(self._entries(*self._handle(handle, "index")[0]))
        keys = [k for k, _ in self.items]
        if any(a >= b for a, b in zip(keys, keys[1:])):
            raise self._damaged(0, "its keys are not in order")

    def _damaged(self, offset, why):
        return DataLossError(message=f"{self.name} is damaged at offset {offset}: {why}.")

    def _footer(self):
        data = self._data
        start = len(data) - _FOOTER
        if start < 0:
            raise self._damaged(len(data), f"it has {len(data)} bytes, too few for a table (cut short?)")
        if int.from_bytes(data[-8:], "little") != MAGIC:
            raise self._damaged(len(data) - 8, "bad magic number: not a table, or cut short")
        metaindex, rest = self._handle(data[start:-8], "footer")
        return metaindex, self._handle(rest, "footer")[0]

    def _handle(self, raw, where):
        """Gives ((offset, size) of the block that `raw` addresses, what of `raw` follows)."""
        try:
            offset, pos = read_varint(raw, 0, len(raw))
            size, pos = read_varint(raw, pos, len(raw))
        except ValueError as e:
            raise self._damaged(0, f"a block address in the {where} is unreadable ({e})") from None
        if offset + size + _TRAILER > len(self._data):
            raise self._damaged(offset, f"a block of {size} bytes runs past the end of the file ({len(self._data)} bytes)")
        return (offset, size), raw[pos:]

    def _entries(self, offset, size):
        raw = self._data[offset : offset + size + 1]
        stored = int.from_bytes(self._data[offset + size + 1 : offset + size + _TRAILER], "little")
        if stored != crc.masked(raw):
            raise self._damaged(offset, f"the checksum of a block of {size} bytes does not match")
        kind, block = raw[-1], raw[:-1]
        try:
            if kind == 1:
                block = snappy.decompress(block)
            elif kind != 0:
                raise ValueError(f"unknown compression {kind}")
            return _parse_block(block)
        except ValueError as e:
            raise self._damaged(offset, str(e)) from None


def _parse_block(block):
    if len(block) < 4:
        raise ValueError("a block is cut short")
    end = len(block) - 4 - 4 * int.from_bytes(block[-4:], "little")
    if end < 0:
        raise ValueError("a block's restart list is longer than the block")
    items, pos, key = [], 0, b""
    while pos < end:
        shared, pos = read_varint(block, pos, end)
        fresh, pos = read_varint(block, pos, end)
        length, pos = read_varint(block, pos, end)
        if shared > len(key) or pos + fresh + length > end:
            raise ValueError("an entry runs past the end of its block")
        key = key[:shared] + block[pos : pos + fresh]
        pos += fresh
        items.append((key, block[pos : pos + length]))
        pos += length
    return items
