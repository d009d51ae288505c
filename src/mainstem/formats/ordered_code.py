"""The order-preserving encoding of the keys of tensor slices in checkpoints.

Strings and integers are written so that comparing the encoded bytes compares the values.
"""

import re

_ESCAPES = {b"\0": b"\0\xff", b"\xff": b"\xff\0"}


def encode_uint(n):
    """An integer >= 0: its length in bytes, then itself, most significant byte first."""
    size = (n.bit_length() + 7) // 8
    return bytes([size]) + n.to_bytes(size, "big")


def encode_string(s):
    """Bytes, with 0x00 and 0xff escaped, closed by 00 01."""
    return re.sub(rb"[\0\xff]", lambda m: _ESCAPES[m[0]], s) + b"\0\1"


def encode_int(n):
    """A signed integer of 64 bits: as many leading ones as bytes, as in UTF-8; a negative one is the complement of ~n."""
    m = ~n if n < 0 else n
    size = m.bit_length() // 7 + 1
    body = ((((1 << size) - 1) << 7 * size) | m).to_bytes(size, "big")
    return bytes(b ^ 0xFF for b in body) if n < 0 else body


def slice_key(name, pairs):
    """The key of one slice of the tensor `name` (str); `pairs` are (start, length), -1 standing for a whole dimension."""
    parts = [encode_uint(0), encode_string(name.encode(errors="surrogateescape")), encode_uint(len(pairs))]
    for start, length in pairs:
        parts += [encode_int(start), encode_int(length)]
    return b"".join(parts)
