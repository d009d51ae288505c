"""Numbers as protobuf writes them, many at once: seven bits a byte, the eighth says that another byte follows."""

import functools

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
_WITHIN_4 = WITHIN[:5].astype(np.uint32)
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
    return _at(np.frombuffer(raw.tobytes() + bytes(8), np.uint8), starts, sizes, longest)


def numbers_of_rows(block, wide, sizes):
    """(the int64 values of varints, how many each row has), or None when one is cut short or longer than ten bytes.

    Args:
        block: rows of `wide` bytes (a multiple of 8), and 8 bytes more: uint8.
        sizes: how many bytes of each row hold numbers.
    """
    inside = _inside(wide)[sizes].view(_U)
    lasts = (~block[:-8].view(_U) >> _U(7)) & inside  # a one in each byte that ends a number
    first, *others = np.bitwise_count(lasts.reshape(-1, wide // 8)).T
    for column in others:  # a fifth of the time of a sum of rows
        first = first + column
    counts = first.astype(np.int64)
    ends = np.flatnonzero(lasts.view(bool))
    starts, before, some = np.empty_like(ends), np.cumsum(counts) - counts, counts > 0
    starts[1:] = ends[:-1] + 1
    starts[before[some]] = np.flatnonzero(some) * wide
    each = ends - starts + 1
    longest = int(each.max(initial=0))
    if longest > 10 or each.sum() != sizes.sum():
        return None
    return _at(block, starts, each, longest), counts


@functools.cache
def _inside(wide):
    """For each size up to `wide`, which of `wide` bytes are within it: V<wide> [wide + 1]."""
    return np.ascontiguousarray(np.arange(wide) < np.arange(wide + 1)[:, None]).view(f"V{wide}").reshape(-1)


def _at(raw, starts, sizes, longest):
    """The numbers at these places of the bytes, after which eight more stand."""
    if longest <= 4:  # half the memory
        words = np.ndarray((len(raw) - 3,), "V4", raw, strides=(1,))[starts].view("<u4") & _WITHIN_4[sizes]
        values = words & np.uint32(0x7F)
        for k in range(1, longest):
            values |= (words >> np.uint32(k)) & np.uint32(0x7F << 7 * k)
        return values.astype(np.int64)
    words = np.ndarray((len(raw) - 7,), "V8", raw, strides=(1,))[starts].view("<u8")
    values = sevens(words & WITHIN[np.minimum(sizes, 8)], min(longest, 8))
    for k in range(8, longest):
        longer = np.flatnonzero(sizes > k)
        values[longer] |= (raw[starts[longer] + k] & 0x7F).astype(_U) << _U(7 * k)
    return values.view(np.int64)
