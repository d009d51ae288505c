"""Columns of features, put together from the pieces that were read of them."""

import threading

import numpy as np

from mainstem.base import arrays

KINDS = {0x0A: "string", 0x12: "float32", 0x1A: "int64"}  # the tags of a Feature's lists
TAGS = {kind: tag for tag, kind in KINDS.items()}
DTYPES = {0x0A: np.dtype(object), 0x12: np.dtype(np.float32), 0x1A: np.dtype(np.int64)}


class Column:
    """One feature of n messages.

    Attributes:
        counts: int64 [n], how many values each message has of it; -1 where it has no such feature.
        values: the values of all messages, one after the other: float32, int64 or bytes objects.
        found: `values`, or `Strings` from which they are made by the first who asks for them.
        wrong: (message, kind that it has) for the first message whose values are of another kind, or None.
        each: how many values each message has, where that is known to be one number, else None.
    """

    __slots__ = ("counts", "each", "found", "wrong")

    def __init__(self, counts, values, wrong=None, each=None):
        self.counts, self.found, self.wrong, self.each = counts, values, wrong, each

    @property
    def values(self):
        if type(self.found) is Strings:
            self.found = self.found.array()
        return self.found


class Strings(arrays.Pending):
    """Strings by where they are: most programs hand a batch on, or look at a few of them, and 100,000 bytes objects take 10 ms.

    Args:
        blocks: {number of the first row of a block: its bytes, the `BlockBytes` of a walk.
        starts, sizes: int64 [n], within the block.
    """

    __slots__ = ("_blocks", "_sizes", "_starts", "dtype")

    def __init__(self, blocks, starts, sizes):
        self._blocks, self._starts, self._sizes = blocks, starts, sizes
        self.shape, self.dtype = (len(starts),), DTYPES[0x0A]

    def array(self):
        """The bytes objects, an object array [n]."""
        out, lows = np.empty(len(self._starts), object), sorted(self._blocks)
        for low, high in zip(lows, [*lows[1:], len(out)]):
            self._blocks[low].strings(self._starts[low:high], self._sizes[low:high], out[low:high])
        return out

    def kept(self):
        """These strings; without the bytes between them where those are most of all."""
        lows = sorted(self._blocks)
        for low, high in zip(lows, [*lows[1:], *self.shape]):
            data, sizes = self._blocks[low], self._sizes[low:high]
            if 4 * int(sizes.sum()) < len(data.raw):
                self._blocks[low], self._starts[low:high] = data.without_others(self._starts[low:high], sizes)
        return self

    def some(self, rows):
        """Those of the rows (an array of indices), an object array."""
        out, lows = np.empty(len(rows), object), np.array(sorted(self._blocks))
        block = np.searchsorted(lows, rows, "right") - 1
        for i in np.unique(block).tolist():
            which = np.flatnonzero(block == i)
            out[which] = self._blocks[int(lows[i])].strings(self._starts[rows[which]], self._sizes[rows[which]])
        return out


class Gathered:
    """The pieces of a column: values of some rows, in any order of rows, from any thread. Rows are indices, or a range."""

    def __init__(self, count, tag):
        self.tag, self.counts = tag, np.full(count, -1, np.int64)
        self._pieces, self._mistyped, self._blocks = [], [], {}
        self._room, self._placed, self._each = None, [], 0
        self._lock = threading.Lock()

    def point(self, rows, low, data, starts, sizes):
        """Takes one string of each row, by where it is in the bytes of the block of rows that begins with `low`."""
        self._fits(1)
        self._blocks[low] = data
        index = slice(rows.start, rows.stop) if type(rows) is range else rows
        self.counts[index], self._room[0][index], self._room[1][index] = 1, starts, sizes
        self._placed.append(rows)

    def place(self, rows, each, values):
        """Takes `each` values of each row, which is the same number for most rows of the column.

        `values` has one element a row: numbers, as V<size> where a row has several.
        """
        if not self._fits(each):
            self.add(rows, each, np.ascontiguousarray(values).view(DTYPES[self.tag]))
            return
        index = slice(rows.start, rows.stop) if type(rows) is range else rows
        self.counts[index], self._room[index] = each, values
        self._placed.append(rows)

    def _fits(self, each):
        """Whether the room, which the first comer makes, has `each` values a row."""
        with self._lock:
            if self._room is None:
                self._each, kind, n = each, DTYPES[self.tag], len(self.counts)
                if self.tag == 0x0A:
                    self._room = np.zeros((2, n), np.int64)
                else:
                    self._room = np.empty(n, kind if each == 1 else f"V{kind.itemsize * each}")
        return self._each == each

    def add(self, rows, counts, values):
        """Takes `counts` values of each row, an array or one number for all."""
        self.counts[slice(rows.start, rows.stop) if type(rows) is range else rows] = counts
        if len(values):
            self._pieces.append((rows, counts, values))

    def mistyped(self, rows, tags):
        self.counts[rows] = 0
        self._mistyped.append((rows, tags))

    def drop(self, odd):
        """Forgets the messages `odd` (bool [n])."""
        self.counts[odd] = -1
        self._mistyped = [(r[~odd[r]], t[~odd[r]]) for r, t in self._mistyped]
        self._placed = [rows[~odd[rows]] for rows in map(np.asarray, self._placed)]
        pieces, self._pieces = self._pieces, []
        for rows, counts, values in pieces:
            rows = np.asarray(rows)
            keep, counts = ~odd[rows], np.broadcast_to(counts, rows.shape)
            if keep.any():
                self._pieces.append((rows[keep], counts[keep], values[np.repeat(keep, counts)]))

    def column(self):
        kind, whole = DTYPES[self.tag], sum(map(len, self._placed)) == len(self.counts)
        room = Strings(self._blocks, *self._room) if self._blocks else self._room
        if room is not None and whole:
            return Column(self.counts, room if room.dtype == kind else room.view(kind), None, self._each)
        for rows in filter(len, map(np.asarray, self._placed)):
            values = room.some(rows) if self._blocks else room[rows]
            self._pieces.append((rows, self._each, values if values.dtype == kind else values.view(kind)))
        wrong = [(r, t) for rows, tags in self._mistyped for r, t in zip(rows.tolist(), tags.tolist())]
        first = min(wrong, default=None)
        return Column(self.counts, self._together(kind), first and (first[0], KINDS[first[1]]))

    def _together(self, kind):
        """The pieces' values in the order of rows."""
        if not self._pieces:
            return np.empty(0, kind)
        self._pieces.sort(key=lambda piece: piece[0][0])
        if self._in_order():
            values = [p[2] for p in self._pieces]
            return values[0] if len(values) == 1 else np.concatenate(values)
        counts = np.maximum(self.counts, 0)
        starts, values = np.cumsum(counts) - counts, np.empty(int(counts.sum()), kind)
        for rows, n, found in self._pieces:
            rows = np.asarray(rows)
            values[spread(starts[rows], np.broadcast_to(n, rows.shape))] = found
        return values

    def _in_order(self):
        last = -1
        for rows, _, _ in self._pieces:
            if rows[0] <= last or (type(rows) is not range and len(rows) > 1 and (np.diff(rows) <= 0).any()):
                return False
            last = rows[-1]
        return True


def spread(starts, counts):
    """start, start + 1, … of each run of `counts`, one after the other."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - counts), counts)
