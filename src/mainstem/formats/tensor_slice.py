"""Slices of tensors as checkpoints store them: a start and a length for each dimension, -1 standing for a whole dimension."""

import math


def possible(shape):
    """Whether an array can have the shape: NumPy takes 64 dimensions, and counts bytes in 63 bits even when one is 0."""
    return len(shape) <= 64 and min(shape, default=0) >= 0 and math.prod(d for d in shape if d) < 1 << 58


def from_proto(proto, shape):
    """Gives (starts, lengths) of a TensorSliceProto within `shape`. Raises ValueError when it does not fit."""
    pairs = pairs_of(proto)
    return resolve(tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), shape)


def resolve(starts, lengths, shape):
    """Gives (starts, lengths) with every length in full. Raises ValueError when the slice leaves `shape`."""
    if not len(starts) == len(lengths) == len(shape):
        raise ValueError(f"a slice of rank {len(starts)} in a tensor of rank {len(shape)}")
    full = tuple(n - s if length == -1 else length for s, length, n in zip(starts, lengths, shape))
    if any(s < 0 or length < 0 or s + length > n for s, length, n in zip(starts, full, shape)):
        raise ValueError(f"a slice from {list(starts)} of size {list(full)} leaves the shape {list(shape)}")
    return tuple(starts), full


def pairs_of(proto):
    """Gives the (start, length) pairs that a TensorSliceProto states; -1 for a dimension that is taken whole."""
    return [(e.start, e.length if e.HasField("length") else -1) for e in proto.extent]


def to_proto(message, pairs):
    """Adds the (start, length) pairs to a TensorSliceProto; what is 0 or whole stays unset, as in TensorFlow."""
    for start, length in pairs:
        extent = message.extent.add()
        if length != -1:
            if start:
                extent.start = start
            extent.length = length


def overlap(a, b):
    """Gives the overlap of two slices as (index into a, index into b), tuples of `slice`, or None when they share nothing."""
    of_a, of_b = [], []
    for sa, la, sb, lb in zip(*a, *b):
        start, end = max(sa, sb), min(sa + la, sb + lb)
        if start >= end:
            return None
        of_a.append(slice(start - sa, end - sa))
        of_b.append(slice(start - sb, end - sb))
    return tuple(of_a), tuple(of_b)


def assemble(wanted, pieces):
    """Tells how to put `wanted` together.

    Args:
        wanted: (starts, lengths).
        pieces: a list of (starts, lengths).

    Returns:
        A list of (piece number, index into the piece, index into the wanted).

    Raises:
        ValueError: when pieces overlap each other or leave a part of `wanted` open.
    """
    parts, volume = [], 0
    for i, piece in enumerate(pieces):
        found = overlap(piece, wanted)
        if found:
            parts.append((i, *found))
            volume += math.prod(s.stop - s.start for s in found[0])
    for n, (i, _, _) in enumerate(parts):
        if any(overlap(pieces[i], pieces[j]) for j, _, _ in parts[:n]):
            raise ValueError("its slices overlap each other")
    if volume != math.prod(wanted[1]):
        raise ValueError("its slices do not cover it")
    return parts
