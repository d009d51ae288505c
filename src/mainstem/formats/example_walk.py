"""Serialized `tf.train.Example`s walked in step: a feature at a time, with one position a message.

Eight bytes at each of the positions are one gather from a view of the bytes that starts a number at every byte. What is built in another way
than serializers build it (unpacked or split lists, unknown fields, a key twice) is told apart and left to the protobuf library.
"""

import contextlib
import struct

import numpy as np

from mainstem.formats.example_columns import spread
from mainstem.formats.example_runs import field, runs
from mainstem.formats.varints import MORE, WITHIN, numbers, numbers_of_rows, sevens, varint

_TEMPLATES = 6  # how many ways to build an entry are looked for at one place
_PADDING, _LONG = 208, 1 << 16
_NARROW = 32  # bytes of a list of numbers, up to which lists are read as rows of one width
_KEYS_A_STEP = 64  # more different keys at one place are not worth a walk
_U = np.uint64


class BlockBytes:
    """The bytes of a block of messages, with numbers and strings that start at any of them."""

    def __init__(self, raw):
        self.raw, self.bytes = raw, np.frombuffer(raw, np.uint8)

    def at(self, starts, size):
        """The `size` bytes at each start, as an array of the dtype V<size>: a gather that copies whole strings."""
        return np.ndarray((len(self.raw) - size + 1,), f"V{size}", self.raw, strides=(1,))[starts]

    def words(self, starts):
        """The eight bytes at each start as a number. NumPy gathers bytes in half the time of numbers that are not aligned."""
        return self.at(starts, 8).view("<u8")

    def strings(self, starts, sizes, out=None):
        """The bytes objects at these places, an object array (`out`, if given). Five times as fast by size as by slices."""
        out = np.empty(len(starts), object) if out is None else out
        if not len(starts):
            return out
        present = np.flatnonzero(np.bincount(sizes)) if sizes.max() < _LONG else ()
        if 0 < len(present) * 16 <= len(sizes) or len(present) == 1:
            for size in present.tolist():
                which = np.flatnonzero(sizes == size) if len(present) > 1 else slice(None)
                out[which] = self.at(starts[which], size) if size else b""
        else:
            out[:] = [self.raw[s:e] for s, e in zip(starts.tolist(), (starts + sizes).tolist())]
        return out

    def joined(self, starts, sizes):
        """The bytes at these places, one after the other, as an array of uint8."""
        if (size := int(sizes[0])) and (sizes == size).all():
            return self.at(starts, size).view(np.uint8)
        if int(sizes.sum()) < 64 * len(sizes):
            return self.bytes[spread(starts, sizes)]
        view = memoryview(self.raw)
        return np.frombuffer(b"".join([view[s:e] for s, e in zip(starts.tolist(), (starts + sizes).tolist())]), np.uint8)

    def without_others(self, starts, sizes):
        """(the bytes at these places with few others, where each of them starts there)."""
        widest = int(sizes.max(initial=0))
        if 0 < widest <= _PADDING and 2 * widest * len(starts) <= len(self.raw):  # as rows, a third of the time
            return BlockBytes(self.at(starts, widest).tobytes()), np.arange(len(starts)) * widest
        return BlockBytes(self.joined(starts, sizes).tobytes()), np.cumsum(sizes) - sizes

    def varints(self, starts, sizes, beside=None):
        """(the integers of the lists at these places, one after the other; how many each has), or None where one is no number.

        `beside`, if given, is (bytes that were gathered already, where in them the lists start).
        """
        widest = int(sizes.max())
        if widest > _NARROW:
            raw, ends = self.joined(starts, sizes), np.cumsum(sizes)
            before = np.concatenate([[0], np.cumsum(raw < 0x80)])
            values, whole = numbers(raw), self.bytes[(starts + sizes - 1)[sizes > 0]] < 0x80
            return None if values is None or not whole.all() else (values, before[ends] - before[ends - sizes])
        wide = -(-widest // 8) * 8 or 8
        block = np.empty(len(starts) * wide + 8, np.uint8)
        rows = block[:-8].view(f"V{wide}")
        rows[:] = field(*beside, f"V{wide}") if beside else self.at(starts, wide)
        return numbers_of_rows(block, wide, sizes)


class _Template:
    """The bytes that lead to the one packed list, or the one string, of an entry of the map, for messages with lengths of equal size.

    Attributes:
        name, tag: the entry's key, its Feature's kind.
        size: how many bytes lie before the list's content.
        growing: where all lengths take a byte, as one number each: the bits that are of the entry, its bytes without content,
            what a byte of content adds to them. Else None.
        most: the longest content for which that holds; `lengths_at`: where the content's length stands.
    """

    def __init__(self, raw, at, end):
        """Reads the entry at `at`; raises ValueError where it is built in another way."""
        self._lengths, self._mask, self._raw, pos = [], bytearray(), raw, at
        for tags in (b"\x0a", b"\x0a", b"\x12", b"\x0a\x12\x1a", b"\x0a"):
            if raw[pos] not in tags:
                raise ValueError
            self.tag = raw[pos] if len(tags) > 1 else getattr(self, "tag", None)
            length, size = self._length(pos + 1)
            self._mask += b"\xff" + (b"\xff" if len(self._lengths) == 1 else b"\x80" * size)
            self._lengths.append((pos + 1 - at, size, length))
            pos += 1 + size
            if len(self._lengths) == 2:  # the key itself
                self.name = raw[pos : pos + length]
                self._mask += b"\xff" * length
                pos += length
        self.size, inner = pos - at, self._lengths[-1][2]
        self._over = [(o, s, length - inner) for i, (o, s, length) in enumerate(self._lengths) if i != 1]
        if any(o + s + more != self.size for o, s, more in self._over) or pos + inner > end or self.size > _PADDING - 16:
            raise ValueError
        self._mask += bytes(-self.size % 8)
        mask = int.from_bytes(self._mask, "little")
        told = int.from_bytes(raw[at : at + self.size], "little") & mask
        self._whole, wide = (mask, told), len(self._mask)
        self._words = list(zip(*(np.frombuffer(n.to_bytes(wide, "little"), "<u8") for n in self._whole)))
        self.growing = self._growing() if all(size == 1 for _, size, _ in self._over) else None
        self.most, self.lengths_at = 0x7F - max(more for _, _, more in self._over), self._over[-1][0]
        if self.growing:
            rows = zip(*(np.frombuffer(n.to_bytes(wide, "little"), "<u8") for n in self.growing))
            self._short = [(None if w == WITHIN[8] else w, t, g) for w, t, g in rows]

    def _growing(self):
        grows = sum(1 << 8 * offset for offset, _, _ in self._over)
        told = self._whole[1] + sum(more << 8 * offset for offset, _, more in self._over)
        return (1 << 8 * self.size) - 1, told, grows

    def _length(self, pos):
        value = 0
        for k in range(1 if len(self._lengths) == 1 else 4):
            byte = self._raw[pos + k]
            value |= (byte & 0x7F) << (7 * k)
            if byte < 0x80:
                return value, k + 1
        raise ValueError

    def fits(self, raw, at):
        """Whether the entry at `at` may be built like this one: what `match` looks at closely."""
        mask, told = self._whole
        return int.from_bytes(raw[at : at + self.size], "little") & mask == told

    def match(self, data, at, end):
        """(whether each entry is built like this one, how long its content is)."""
        words = data.at(at, 8 * len(self._words)).view("<u8").reshape(len(at), -1)
        columns = words.view(np.uint8)
        if self.growing is None:
            same = np.ones(len(at), bool)
            for k, (mask, told) in enumerate(self._words):
                same &= (words[:, k] & mask) == told
            inner = self._long(columns, same)
        else:  # a byte each: all of them grow by one where the content does
            inner = columns[:, self.lengths_at].astype(np.int64)
            same = inner <= self.most
            for k, (within, told, ones) in enumerate(self._short):
                found = words[:, k] if within is None else words[:, k] & within
                same &= found == (inner.view(_U) * ones + told if ones else told)
        same &= at + self.size + inner <= end
        return same, inner

    def _long(self, columns, same):
        """The lengths of the contents; takes those out of `same` whose other lengths tell otherwise."""
        inner = None
        for offset, size, more in reversed(self._over):
            length = columns[:, offset].astype(np.int64)
            for k in range(1, size):  # the bit that says that another byte follows is taken off the byte before
                length += (columns[:, offset + k].astype(np.int64) << (7 * k)) - (1 << (7 * k))
            if inner is None:
                inner = length
            else:
                same &= length == inner + more
        return inner


class Walk:
    """The walk through one block of Examples. `rows` are the messages that are left, by their indices; None stands for all of them."""

    def __init__(self, messages, found, low, templates):
        """Takes a list of bytes, to which it adds, and the number of the first of them in the columns `found`."""
        self._found, self._low, self._templates, n = found, low, templates, len(messages)
        lengths = np.frombuffer(struct.pack(f"{n}q", *map(len, messages)), np.int64)  # half the time of `fromiter`
        messages.append(bytes(_PADDING))
        self._bytes, self._ends, self._all = BlockBytes(b"".join(messages)), np.cumsum(lengths), np.arange(n)
        self._at = self._ends - lengths
        self._odd = np.zeros(n, bool)
        self._seen = {}  # the messages that had a key: bool [n], or True for all
        self._runs, self._learnt = templates.get("runs"), []  # what each step found, while all messages are alike

    def run(self):
        """Adds what it finds to the columns; gives the numbers of the messages that are built in another way."""
        some = self._at < self._ends
        rows, step = self._begin(None if some.all() else np.flatnonzero(some)), 0
        while len(self._all if rows is None else rows):
            steps = self._together(step) if rows is None and self._runs else 0
            if not steps:
                rows, steps = self._step(rows, step), 1
            elif not (more := self._at < self._ends).all():
                rows = np.flatnonzero(more)
            step += steps
        if self._runs is None and rows is not None and len(self._learnt) == step:
            self._templates["runs"] = runs(self._bytes.raw, self._learnt)
        return np.flatnonzero(self._odd).tolist()

    def _begin(self, rows):
        """Enters the field `features` of each Example, which must be all of it."""
        at, end = self._place(rows)
        if not len(at):
            return rows
        words, size = self._bytes.words(at), end - at
        if size.max() < 130:
            told, start = ((size - 2) << 8) + 0x0A, at + 2
            well = (words & WITHIN[2]).view(np.int64) == told
        elif size.min() >= 131 and size.max() < 16387:
            told, start = (((size - 3) & 0x7F) << 8) + ((size - 3 >> 7) << 16) + 0x800A, at + 3
            well = (words & WITHIN[3]).view(np.int64) == told
        else:
            length, used, well = varint(words >> _U(8), 5)
            start = at + 1 + used
            well = well & ((words & _U(0xFF)) == _U(0x0A)) & (start + length == end)
        self._go(rows, start)
        return self._kept(rows, well & (start < end), odd=~well)

    def _place(self, rows):
        return (self._at, self._ends) if rows is None else (self._at[rows], self._ends[rows])

    def _go(self, rows, at):
        if rows is None:
            self._at = at
        else:
            self._at[rows] = at

    def _kept(self, rows, keep, odd):
        if odd is not None and odd.any():
            self._odd[odd if rows is None else rows[odd]] = True
        if keep.all():
            return rows
        return np.flatnonzero(keep) if rows is None else rows[keep]

    def _step(self, rows, step):
        """Reads one entry of the map of each message; gives those that have more."""
        at, end = self._place(rows)
        left = rows
        for _ in range(_TEMPLATES):
            template = self._template(int(at[0]), int(end[0]), step)
            if template is None:
                break
            same, size = template.match(self._bytes, at, end)
            if same.all():
                if left is None and self._runs is None:
                    self._learn(template, int(at[0]), size)
                self._matched(template, left, at, size)
                at = at[:0]
                break
            left = self._all if left is None else left
            self._matched(template, left[same], at[same], size[same])
            left, at, end = left[~same], at[~same], end[~same]
        if len(at):
            self._entries(self._all if left is None else left, at, end)
        at, end = self._place(rows)
        more = at < end
        if self._odd.any():
            more &= ~self._odd if rows is None else ~self._odd[rows]
        return self._kept(rows, more, None)

    def _template(self, at, end, step):
        """How the entry at `at` is built: as one before it here, in this block or the last; None when no serializer builds it so."""
        known = self._templates.setdefault(step, [])
        for template in known:
            if template.fits(self._bytes.raw, at):
                return template
        with contextlib.suppress(ValueError):
            known[_TEMPLATES:] = []
            known.insert(0, _Template(self._bytes.raw, at, end))
            return known[0]
        return None

    def _learn(self, template, at, size):
        most, gathered = int(size.max()), self._found.get(template.name)
        along = most if gathered is not None and gathered.tag == template.tag == 0x1A else 0
        self._learnt.append((template, at, most if most and most == size.min() else None, along))

    def _together(self, step):
        """Reads a run of entries of all messages; gives their number, 0 when they are built in another way."""
        run = self._runs.get(step)
        if run is None or any(template.name in self._seen for template, _, _ in run.entries):
            return 0
        at, matched = self._at, run.match(self._bytes, self._at, self._ends)
        if matched is None:
            run.left -= 1
            if not run.left:
                del self._runs[step]
            return 0
        for template, offset, size in run.entries:
            self._seen[template.name] = True
            start = at + offset
            self._of_run(template, matched[0], offset, start, matched[1] if size is None else size)
        self._at = start + matched[1]
        return len(run.entries)

    def _of_run(self, template, found, offset, start, size):
        gathered, named = self._found.get(template.name), self._named(None)
        if gathered is None:
            return
        if gathered.tag != template.tag:
            gathered.mistyped(np.asarray(named), np.full(len(start), template.tag))
        elif template.tag == 0x0A:
            gathered.point(named, self._low, self._bytes, start, size)
        elif template.tag == 0x12 and type(size) is int and not size & 3:
            gathered.place(named, size >> 2, field(found, offset, "<f4" if size == 4 else f"V{size}"))
        else:
            size = np.full(len(start), size) if type(size) is int else size
            if template.tag == 0x12:
                self._packed_floats(gathered, None, start, size)
            else:
                self._packed_ints(gathered, None, start, size, (found, offset))

    def _matched(self, template, rows, at, size):
        start = at + template.size
        self._go(rows, start + size)
        gathered = self._found.get(template.name)
        if gathered is None:
            return
        rows, start, size = self._new(template.name, rows, start, size)
        if not len(start):
            return
        if gathered.tag != template.tag:
            gathered.mistyped(np.asarray(self._named(rows)), np.full(len(start), template.tag))
        else:
            read = {0x0A: self._one_string, 0x12: self._packed_floats, 0x1A: self._packed_ints}[template.tag]
            read(gathered, rows, start, size)

    def _named(self, rows):
        """The rows by their numbers in the columns."""
        return range(self._low, self._low + len(self._all)) if rows is None else rows + self._low

    def _new(self, name, rows, start, size):
        """Those rows that have not had this key; the others are marked."""
        if rows is None and name not in self._seen:
            self._seen[name] = True
            return rows, start, size
        rows = self._all if rows is None else rows
        new = self._first_time(name, rows)
        if new.all():
            return rows, start, size
        self._odd[rows[~new]] = True
        return rows[new], start[new], size[new]

    def _first_time(self, name, rows):
        seen = self._seen.get(name)
        if seen is None or seen is True:
            seen = self._seen[name] = np.full(len(self._odd), seen is True)
        new = ~seen[rows]
        seen[rows] = True
        return new

    def _entries(self, rows, at, end):
        """Reads one entry of the map of each message, built as it may be."""
        words = self._bytes.words(at)
        length, size, well = varint(words >> _U(8), 5)
        key = at + 1 + size
        after = key + length
        well = well & ((words & _U(0xFF)) == _U(0x0A)) & (after <= end) & (length >= 2)
        self._at[rows] = after
        if not well.all():
            self._odd[rows[~well]] = True
            rows, key, after = rows[well], key[well], after[well]
        self._by_key(rows, key, after)

    def _by_key(self, rows, key, after):
        for _ in range(_KEYS_A_STEP):
            if not len(rows):
                return
            name, same = self._same_key(key, after)
            if name is None:
                same = np.zeros(len(rows), bool)
                same[0] = True
                self._odd[rows[0]] = True
            else:
                self._value(name, rows[same], key[same] + 2 + len(name), after[same])
            if same.all():
                return
            rows, key, after = rows[~same], key[~same], after[~same]
        self._odd[rows] = True

    def _same_key(self, key, after):
        """The key of the first message here, and which messages have the same; None when there is no (short) key."""
        raw, first = self._bytes.raw, int(key[0])
        length = raw[first + 1]
        if raw[first] != 0x0A or length >= 0x80 or first + 2 + length > after[0]:
            return None, None
        total = 2 + length
        same = key + total <= after
        for k in range(0, total, 8):
            told = int.from_bytes(raw[first + k : first + min(k + 8, total)], "little")
            words = self._bytes.words(np.minimum(key + k, len(raw) - 8) if k else key)
            left = total - k
            same &= (words & _U((1 << 8 * left) - 1) if left < 8 else words) == _U(told)
        return raw[first + 2 : first + total], same

    def _value(self, name, rows, at, end):
        """Reads the Feature, which must be all that is left of an entry, of messages that have this key here.

        That holds for keys that nobody wants too: a second key may follow, and the last one counts.
        """
        words = self._bytes.words(at)
        length, size, well = varint(words >> _U(8), 5)
        start = at + 1 + size
        well = well & ((words & _U(0xFF)) == _U(0x12)) & (start + length == end)
        if name in self._found:
            well &= self._first_time(name, rows)
        if not well.all():
            self._odd[rows[~well]] = True
            rows, start, end, length = rows[well], start[well], end[well], length[well]
        if name not in self._found:
            return
        if not length.all():  # a Feature without a list counts as missing
            some = length > 0
            rows, start, end = rows[some], start[some], end[some]
        if len(rows):
            self._list(name, rows, start, end)

    def _list(self, name, rows, at, end):
        """Reads a Feature's list, all there is in it."""
        gathered = self._found[name]
        words = self._bytes.words(at)
        tags = (words & _U(0xFF)).astype(np.int64)
        length, size, well = varint(words >> _U(8), 5)
        start = at + 1 + size
        well = well & (start + length == end) & ((tags == 0x0A) | (tags == 0x12) | (tags == 0x1A))
        right = well & (tags == gathered.tag)
        if not right.all():
            self._odd[rows[~well]] = True
            other = well & ~right
            if other.any():
                gathered.mistyped(self._named(rows[other]), tags[other])
            rows, start, length = rows[right], start[right], length[right]
        if len(rows):
            read = {0x0A: self._strings, 0x12: self._floats, 0x1A: self._ints}[gathered.tag]
            read(gathered, rows, start, length)

    def _packed(self, rows, at, length):
        """(rows, starts, lengths) of the numbers of packed lists; other lists are marked."""
        words = self._bytes.words(at)
        inner, size, well = varint(words >> _U(8), 5)
        empty = length == 0
        well = (well & ((words & _U(0xFF)) == _U(0x0A)) & (1 + size + inner == length)) | empty
        if empty.any():
            inner = np.where(empty, 0, inner)
        if well.all():
            return rows, at + 1 + size, inner
        self._odd[rows[~well]] = True
        return rows[well], (at + 1 + size)[well], inner[well]

    def _floats(self, gathered, rows, at, length):
        self._packed_floats(gathered, *self._packed(rows, at, length))

    def _packed_floats(self, gathered, rows, start, size):
        if (size & 3).any():
            whole, rows = size & 3 == 0, self._all if rows is None else rows
            self._odd[rows[~whole]] = True
            rows, start, size = rows[whole], start[whole], size[whole]
        if len(start):
            each, values = int(size[0]) >> 2, self._bytes.joined(start, size)
            if each and (size == 4 * each).all():
                gathered.place(self._named(rows), each, values.view("<f4" if each == 1 else f"V{4 * each}"))
            else:
                gathered.add(self._named(rows), size >> 2, values.view("<f4"))

    def _ints(self, gathered, rows, at, length):
        self._packed_ints(gathered, *self._packed(rows, at, length))

    def _packed_ints(self, gathered, rows, start, size, beside=None):
        """Reads lists of integers; `beside`, if given, is (bytes that were taken along, where in them the lists start)."""
        if not len(start):
            return
        widest = int(size.max())
        if beside and beside[1] + (-(-widest // 8) * 8 or 8) > beside[0].itemsize:
            beside = None
        if widest <= 8 and size.all():
            words = field(*beside, "<u8").copy() if beside else self._bytes.words(start)
            if ((words & MORE[size]) == MORE[size - 1]).all():  # one number each
                gathered.place(self._named(rows), 1, sevens(words & WITHIN[size], int(size.max())).view(np.int64))
                return
        found = self._bytes.varints(start, size, beside)
        if found is not None:
            gathered.add(self._named(rows), found[1], found[0])
        else:
            self._odd[slice(None) if rows is None else rows] = True

    def _one_string(self, gathered, rows, start, size):
        gathered.point(self._named(rows), self._low, self._bytes, start, size)

    def _strings(self, gathered, rows, at, length):
        """Strings stand one after the other, each with a tag: again in step, over messages that have one more."""
        found, end, left, at = [], at + length, rows, at.copy()
        counts = np.zeros(len(self._odd), np.int64)
        more = at < end
        while more.any():
            left, at, end = (left, at, end) if more.all() else (left[more], at[more], end[more])
            words = self._bytes.words(at)
            size, used, well = varint(words >> _U(8), 5)
            start = at + 1 + used
            at = start + size
            well = well & ((words & _U(0xFF)) == _U(0x0A)) & (at <= end)
            if not well.all():
                self._odd[left[~well]] = True
                left, start, size, at, end = left[well], start[well], size[well], at[well], end[well]
            found.append((left, start, size))
            counts[left] += 1
            more = at < end
        good = rows[~self._odd[rows]]
        if found:
            order, starts, sizes = (np.concatenate(parts) for parts in zip(*found))
            if len(found) > 1 or len(good) < len(rows):
                place = np.argsort(order, kind="stable")
                place = place[~self._odd[order[place]]]
                order, starts, sizes = order[place], starts[place], sizes[place]
            values = self._bytes.strings(starts, sizes)
        else:
            values = np.empty(0, object)
        if len(good):
            gathered.add(self._named(good), counts[good], values)


class FeaturesWalk(Walk):
    """The walk through one block of Features."""

    def _begin(self, rows):
        return rows
