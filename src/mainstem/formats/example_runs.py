"""Entries that stood one after the other in all messages of a block, and were equally long but for the last of each run: what
comes next is probably built like that too, so that a run is one gather and one comparison."""

import numpy as np

_MOST = 256  # bytes of a run: longer ones copy more than they save
_AFTER = 32  # bytes of a list of integers that varies in length, which are taken along
_TRIES = 2  # blocks that may be built in another way before a run is given up
_U = np.uint64


class Run:
    """Entries of the map, one after the other.

    Attributes:
        entries: tuples (template, where the content starts, its size; None for a last one that varies).
        left: how many blocks may still be built in another way.
    """

    def __init__(self, raw, found):
        """Takes the bytes of a block, and of each entry (template, where the first message has it, its size or None, bytes to take along)."""
        self.entries, self.left, pos, mask, told, grows = [], _TRIES, 0, 0, 0, 0
        for template, at, size, _ in found:
            if size is None:
                within, start, more = template.growing
            else:
                within, more = (1 << 8 * template.size) - 1, 0
                start = int.from_bytes(raw[at : at + template.size], "little")
            mask, told, grows = mask | within << 8 * pos, told | start << 8 * pos, grows | more << 8 * pos
            self._length = pos + template.lengths_at
            pos += template.size
            self.entries.append((template, pos, size))
            pos += size or 0
        self._size = pos if size is None else pos - size
        self._varies, self._most = size is None, template.most
        along = 0 if size is not None else min(-(-found[-1][3] // 8) * 8, _AFTER)
        self.width = -(-(pos + along) // 8) * 8
        rows = zip(*(np.frombuffer(v.to_bytes(self.width, "little"), "<u8") for v in (mask, told, grows)))
        self._words = [(k, None if m == ~_U(0) else m, t, g) for k, (m, t, g) in enumerate(rows) if m]

    def match(self, data, at, end):
        """(the bytes of the run [n], V<width>; how long the last content is) where all messages go on like this, else None."""
        found = data.at(at, self.width)
        words = found.view("<u8").reshape(len(at), -1)
        size = self.entries[-1][2]
        if self._varies:
            size = found.view(np.uint8).reshape(len(at), -1)[:, self._length].astype(np.int64)
            if size.max() > self._most:
                return None
        for k, mask, told, grows in self._words:
            have = words[:, k] if mask is None else words[:, k] & mask
            if not (have == (size.view(_U) * grows + told if grows else told)).all():
                return None
        return (found, size) if (at + (self._size + size) <= end).all() else None


def runs(raw, found):
    """{step: Run} for what all messages of a block had; `found` has a tuple as `Run` takes them a step."""
    made, step = {}, 0
    while step < len(found):
        count, width = 0, 0
        for template, _, size, _ in found[step:]:
            width += template.size + (size or 0)
            if width > _MOST or (size is None and template.growing is None):
                break
            count += 1
            if size is None:
                break
        if count:
            made[step] = Run(raw, found[step : step + count])
        step += count or 1
    return made


def field(found, start, kind):
    """The part of each element of an array of V<width> that starts at a byte, as a `kind`; not a copy."""
    return found.view(np.dtype({"names": ["x"], "formats": [kind], "offsets": [start], "itemsize": found.itemsize}))["x"]
