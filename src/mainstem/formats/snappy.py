"""Decompression of Snappy blocks (https://github.com/google/snappy/blob/main/format_description.txt)."""

_MAX_LENGTH = 1 << 30  # a table block is a few hundred kilobytes: a larger claim is damage


def decompress(data):
    """Gives the bytes that the Snappy block `data` (bytes) holds. Raises ValueError saying what is wrong with it."""
    length, pos = _varint(data, 0)
    if length > _MAX_LENGTH:
        raise ValueError(f"Snappy block claims {length} bytes")
    out, end = bytearray(), len(data)
    while pos < end:
        tag = data[pos]
        pos += 1
        if tag & 3 == 0:
            size, pos = _literal_size(data, pos, tag >> 2)
            if pos + size > end:
                raise ValueError("Snappy literal runs past the end of the block")
            out += data[pos : pos + size]
            pos += size
        else:
            size, offset, pos = _copy(data, pos, tag)
            _repeat(out, offset, size)
        if len(out) > length:
            raise ValueError(f"Snappy block holds more than the {length} bytes that it claims")
    if len(out) != length:
        raise ValueError(f"Snappy block holds {len(out)} bytes and claims {length}")
    return bytes(out)


def _varint(data, pos):
    value = shift = 0
    while True:
        if pos >= len(data) or shift > 63:
            raise ValueError("Snappy length is cut short")
        byte = data[pos]
        pos += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, pos


def _literal_size(data, pos, code):
    if code < 60:
        return code + 1, pos
    n = code - 59
    if pos + n > len(data):
        raise ValueError("Snappy literal is cut short")
    return int.from_bytes(data[pos : pos + n], "little") + 1, pos + n


def _copy(data, pos, tag):
    n = (0, 1, 2, 4)[tag & 3]
    if pos + n > len(data):
        raise ValueError("Snappy copy is cut short")
    offset = int.from_bytes(data[pos : pos + n], "little")
    if n == 1:
        return (tag >> 2 & 7) + 4, (tag >> 5) << 8 | offset, pos + 1
    return (tag >> 2) + 1, offset, pos + n


def _repeat(out, offset, size):
    start = len(out) - offset
    if offset == 0 or start < 0:
        raise ValueError(f"Snappy copy reaches {offset} bytes back where {len(out)} are known")
    if offset >= size:
        out += out[start : start + size]
    else:  # the copy overlaps what it writes: the last `offset` bytes repeat
        out += (bytes(out[start:]) * (size // offset + 1))[:size]
