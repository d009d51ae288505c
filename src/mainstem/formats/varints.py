"""Numbers as protobuf writes them, many at once: seven bits a byte, the eighth says that another byte follows."""

import numpy as np

_U = np.uint64


def varint(words, room):
    """(values, sizes, whether all is well) of the numbers at the start of 8-byte words, `room` bytes of which are there (≤ 5)."""
    more = (words & _U(0x80)) != 0
    values, sizes = (words & _U(0x7F)).astype(np.int64), np.ones(len(words), np.int64)
    if not more.any():
        return values, sizes, True
    for k in range(1, room):
        sizes += more
        part = ((words >> _U(8 * k)) & _U(0x7F)).astype(np.int64) << (7 * k)
        values += np.where(more, part, 0)
        more = more & ((words >> _U(8 * k + 7)) & _U(1)).astype(bool)
        if not more.any():
            return values, sizes, True
    return values, sizes, ~more


WITHIN = np.array([(1 << 8 * k) - 1 for k in range(9)], _U)  # the first k bytes of a word
MORE = WITHIN & _U(0x8080808080808080)  # the bits of those that say that another byte follows


def sevens(words, longest):
    """The numbers of at most `longest` (≤ 8) bytes in words that hold nothing else: the lower seven bits of each byte."""
    values = words & _U(0x7F)
    for k in range(1, longest):
        values |= (words >> _U(k)) & _U(0x7F << 7 * k)
    return values


def numbers(raw):
    """The int64 values of varints, one after the other; None when one is longer than ten bytes."""
    ends = np.flatnonzero(raw < 0x80)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    sizes = ends - starts + 1
    longest = int(sizes.max()) if len(sizes) else 0
    if longest > 10:
        return None
    words = np.ndarray((len(raw) + 1,), "<u8", raw.tobytes() + bytes(8), strides=(1,))[starts]
    values = sevens(words & WITHIN[np.minimum(sizes, 8)], min(longest, 8))
    for k in range(8, longest):
        longer = np.flatnonzero(sizes > k)
        values[longer] |= (raw[starts[longer] + k] & 0x7F).astype(_U) << _U(7 * k)
    return values.view(np.int64)
