"""Which elements come, and in which order: zip, concatenate, repeat, take, skip, shard, shuffle, select."""

import numpy as np

from mainstem.data import block, streams
from mainstem.data.cursor import Cursor, ElementCursor, Passing, cursor, invalid, number
from mainstem.data.sources import Slices
from mainstem.ops.dataset import Recipe

LARGEST = 256  # elements that are pulled at once to fill a buffer
FOREVER = 1 << 62


@cursor("ZipDataset")
class Zip(Cursor):
    """Elements side by side, until one input ends."""

    PLACE = ("done",)

    def setup(self, input_datasets):
        self.inputs, self.done = [self.opened(d) for d in input_datasets], False

    @property
    def unseen(self):
        return all(c.unseen for c in self.inputs)

    def children(self):
        return {f"input{i}": c for i, c in enumerate(self.inputs)}

    def rows(self, n):
        if self.done:
            return None
        if not self.unseen:
            n = 1
        columns, count = [], n
        for c in self.inputs:
            made = _exactly(c, count)
            if made is None:
                self.done = True
                return None
            if made.count < count:
                self.done, count = self.done or count < n or c is not self.inputs[0], made.count
            columns.append(made)
        return block.Block([column[:count] for b in columns for column in b.columns], count)


def _exactly(c, n):
    """`n` elements, or as many as there are; None for none."""
    made, have = [], 0
    while have < n:
        b = c.rows(n - have)
        if b is None:
            break
        made.append(b)
        have += b.count
    return block.joined(made) if made else None


@cursor("ConcatenateDataset")
class Concatenate(Cursor):
    """One input after the other."""

    PLACE = ("second",)

    def setup(self, input_dataset, another_dataset):
        self.second, self.input, self.other = False, self.opened(input_dataset), self.opened(another_dataset)

    @property
    def unseen(self):
        return self.input.unseen and self.other.unseen

    def rows(self, n):
        if not self.second:
            made = self.input.rows(n)
            if made is not None:
                return made
            self.second = True
        return self.other.rows(n)


@cursor("RepeatDataset")
class Repeat(Cursor):
    """The input again and again, opened anew each time."""

    PLACE = ("left", "fresh")

    def setup(self, input_dataset, count):
        self.source, count = input_dataset, number(count)
        self.left = FOREVER if count < 0 else count
        self.forever, self.fresh = count < 0, True
        self.input = self.opened(input_dataset) if self.left else None

    @property
    def unseen(self):
        return self.input is None or self.input.unseen

    def rows(self, n):
        while self.left > 0:
            made = self.input.rows(n)
            if made is not None:
                self.fresh = False
                return made
            if self.forever and self.fresh:
                break  # an empty dataset, repeated for ever
            self.left -= 1
            self.fresh = True
            self.input = self.opened(self.source) if self.left else None
        self.left = 0
        return None

    def restore(self, state):
        self.left, self.fresh = state["left"], state["fresh"]
        self.input = self.opened(self.source) if self.left else None
        if self.input is not None and "input" in state:
            self.input.restore(state["input"])


@cursor("TakeDataset")
class Take(Cursor):
    """At most `count` elements."""

    PLACE = ("left",)

    def setup(self, input_dataset, count):
        count = number(count)
        self.left, self.input = (FOREVER if count < 0 else count), self.opened(input_dataset)

    @property
    def unseen(self):
        return self.input.unseen

    def rows(self, n):
        made = self.input.rows(min(n, self.left)) if self.left else None
        self.left = 0 if made is None else self.left - made.count
        return made


@cursor("SkipDataset")
class Skip(Passing):
    """All but the first `count` elements."""

    PLACE = ("left",)

    def setup(self, input_dataset, count):
        self.left = number(count)
        super().setup(input_dataset)

    def rows(self, n):
        if self.left < 0:
            return None
        while self.left:
            done = self.input.skip(self.left)
            self.left = self.left - done if done else 0
        return self.input.rows(n)


@cursor("ShardDataset")
class Shard(Passing):
    """Every `num_shards`-th element, beginning with number `index`."""

    PLACE = ("at",)

    def setup(self, input_dataset, num_shards, index):
        self.count, self.index, self.at = number(num_shards), number(index), 0
        super().setup(input_dataset)

    def rows(self, n):
        while True:
            first = (self.index - self.at) % self.count
            made = self.input.rows(first + 1 + (n - 1) * self.count)
            if made is None:
                return None
            self.at += made.count
            rows = np.arange(first, made.count, self.count)
            if len(rows):
                return made.take(rows)


class Store:
    """Elements at numbered places: columns as in a block, which grow."""

    def __init__(self):
        self.columns, self.size = None, 0

    def put(self, places, b, most):
        """Keeps the elements of block `b` at `places` (an array of as many numbers), below `most`."""
        if self.columns is None:
            self.columns = [np.empty((0, *c.shape[1:]), c.dtype) if type(c) is np.ndarray else [] for c in b.columns]
        need = int(places.max()) + 1
        size = self.size
        if need > size:
            size = self.size = max(need, min(2 * size, need + 4096, most))
        for i, c in enumerate(b.columns):
            mine = self.columns[i]
            if type(mine) is np.ndarray and (type(c) is not np.ndarray or c.shape[1:] != mine.shape[1:]):
                mine = self.columns[i] = list(mine)
            if type(mine) is np.ndarray:
                if len(mine) < size:
                    grown = np.empty((size, *mine.shape[1:]), mine.dtype)
                    grown[: len(mine)] = mine
                    mine = self.columns[i] = grown
                mine[places] = c
            else:
                mine.extend([None] * (size - len(mine)))
                for place, value in zip(places.tolist(), c):
                    mine[place] = np.array(value) if isinstance(value, np.ndarray) else value

    def take(self, places):
        """The block of the elements at `places`."""
        return block.Block(self.columns, self.size).take(places)


@cursor("ShuffleDataset")
class Shuffle(Cursor):
    """A buffer of `buffer_size` elements, from which one is drawn, and refilled, at a time.

    Rows are copied into the buffer and out of it in blocks; over the rows of arrays the buffer holds their numbers only.
    """

    PLACE = ("ring", "free", "start", "end", "ended", "used", "at", "seeds", "bounds", "epochs", "empty")

    def setup(self, input_dataset, buffer_size, seed, seed2):
        self.size, self.source = number(buffer_size), input_dataset
        self.seeds = self._seeds(seed, seed2)
        self.bounds, self.epochs, self.empty = [], 1, True
        self.stream = streams.Stream(*self.seeds)
        self.input = self.opened(input_dataset)
        self.whole = self.input.columns if type(self.input) is Slices else None
        self.ring, self.free = {}, []  # where the elements in the buffer are stored, and places that are free
        self.start = self.end = self.used = 0
        self.ended, self.store = False, Store()

    @property
    def unseen(self):
        return self.input.unseen

    @property
    def at(self):
        return self.stream.at

    @at.setter
    def at(self, value):
        self.stream = streams.Stream(*self.seeds)
        self.stream.seek(value)

    def _seeds(self, seed, seed2):
        shared = self.recipe.shared
        seeds = streams.given(self.recipe, seed, seed2)
        if not self.recipe.attrs.get("reshuffle_each_iteration", True):
            return seeds
        if "generator" not in shared:
            shared["generator"] = streams.SeedGenerator(*seeds)
        return shared["generator"].next()

    def _pulled(self, n):
        """The places of the next elements of the input: over the rows of arrays their numbers, else where the store keeps them."""
        while not self.ended:
            if self.whole is None:
                made = self.input.rows(min(n, LARGEST))
                places = made and self._keep(made)
            else:
                first, count = self.input.at, self.input.skip(n)
                places = range(first, first + count)
            if places:
                self.empty = False
                return places
            self.epochs -= 1
            self.ended = self.epochs <= 0 or self.empty
            if not self.ended:  # the next epoch joins the buffer, and waits until this one is drawn
                self.bounds.append(self.end)
                self.input, self.empty = self.opened(self.source), True
        return ()

    def _keep(self, b):
        """Puts elements where there is room; gives the places."""
        kept = max(0, len(self.free) - b.count)
        places, self.free = self.free[kept:], self.free[:kept]
        more = b.count - len(places)
        places += range(self.used, self.used + more)
        self.used += more
        self.store.put(np.array(places), b, self.size + b.count)
        return places

    def rows(self, n):
        ring, size, fresh = self.ring, self.size, ()
        while (room := size - (self.end - self.start)) > 0:
            places = self._pulled(room + n - 1)  # what fills the buffer, and what will when others were drawn, at once
            if not places:
                break
            filling, fresh = places[:room], places[room:]
            ring.update((t % size, p) for t, p in enumerate(filling, self.end))
            self.end += len(filling)
        if self.start == self.end:
            return None
        n = min(n, self.end - self.start) if self.ended and not fresh else 1 + len(fresh)
        out = self._draw(n, fresh)
        if self.whole is not None:
            return block.Block([block._taken(c, np.array(out)) for c in self.whole], n)
        self.free += out
        return self.store.take(np.array(out))

    def _draw(self, n, fresh):
        """Draws `n` elements, of which each but the first makes room for one of `fresh` before; gives their places."""
        ring, size, bounds, out = self.ring, self.size, self.bounds, []
        start, end = self.start, self.end
        for i, word in enumerate(self.stream.take(n)):
            if i and fresh:
                ring[end % size] = fresh[i - 1]
                end += 1
            while bounds and bounds[0] == start:
                bounds.pop(0)
            at, head = (start + word % ((bounds[0] if bounds else end) - start)) % size, start % size
            out.append(ring[at])
            ring[at] = ring[head]
            start += 1
        self.start, self.end = start, end
        return out

    def save(self):
        state = super().save()
        state["ring"], state["free"], state["bounds"] = dict(self.ring), list(self.free), list(self.bounds)
        generator = self.recipe.shared.get("generator")
        state["drawn"] = None if generator is None else generator.at
        columns = self.store.columns
        state["store"] = None if columns is None else [c.copy() for c in columns]
        return state

    def restore(self, state):
        self.seeds = state["seeds"]
        super().restore(state)
        if state["drawn"] is not None:
            self.recipe.shared["generator"].seek(state["drawn"])
        self.ring, self.free, self.bounds = dict(state["ring"]), list(state["free"]), list(state["bounds"])
        self.store.columns = state["store"]
        self.store.size = len(state["store"][0]) if state["store"] else 0


@cursor("DirectedInterleaveDataset")
class Directed(ElementCursor):
    """From the input that the selector names, one element at a time."""

    def setup(self, selector_input_dataset, data_input_datasets):
        self.selector, self.inputs = self.opened(selector_input_dataset), [self.opened(d) for d in data_input_datasets]
        self.left = len(self.inputs)

    def children(self):
        return {"selector": self.selector, **{f"input{i}": c for i, c in enumerate(self.inputs) if c is not None}}

    def one(self):
        while self.left:
            chosen = self.selector.one()
            if chosen is None:
                return None
            i = int(chosen[0])
            if not 0 <= i < len(self.inputs):
                raise invalid(f"Selector index out of range: {i} >= {len(self.inputs)}")
            if self.inputs[i] is None:
                continue
            made = self.inputs[i].one()
            if made is not None:
                return made
            if self.recipe.attrs["stop_on_empty_dataset"]:
                self.left = 0
                return None
            self.inputs[i] = None
            self.left -= 1
        return None


@cursor("UniqueDataset")
class Unique(ElementCursor):
    """Elements that did not come before."""

    PLACE = ("seen",)

    def setup(self, input_dataset):
        self.input, self.seen = self.opened(input_dataset), set()

    def one(self):
        while (made := self.input.one()) is not None:
            value = made[0]
            key = value if isinstance(value, bytes) else np.asarray(value).tobytes()
            if key not in self.seen:
                self.seen.add(key)
                return made
        return None


@cursor("ShuffleAndRepeatDataset")
class ShuffleAndRepeat(Shuffle):
    """A shuffle that is repeated: the buffer takes elements of the next epoch before the last of this one are drawn."""

    def setup(self, input_dataset, buffer_size, seed, seed2, count):
        super().setup(input_dataset, buffer_size, seed, seed2)
        count = number(count)
        self.epochs = FOREVER if count < 0 else count
        self.ended = count == 0

    def _seeds(self, seed, seed2):
        return streams.given(self.recipe, seed, seed2)


@cursor("OptimizeDataset")
class Optimized(Passing):
    """What TensorFlow 1.15's optimizer makes of a dataset where that can be seen: a shuffle that is repeated becomes one of both."""

    def setup(self, input_dataset, optimizations):
        shared = self.recipe.shared
        if "fused" not in shared:
            asked = b"shuffle_and_repeat_fusion" in np.asarray(optimizations, object).tolist()
            shared["fused"] = fused(input_dataset) if asked else input_dataset
        super().setup(shared["fused"])


def fused(recipe):
    """The recipe with every repeat of a shuffle replaced, which changes the order of its elements."""
    kind, inputs = recipe.kind, recipe.inputs
    source = inputs.get("input_dataset")
    if kind == "RepeatDataset" and source.kind == "ShuffleDataset" and source.attrs["reshuffle_each_iteration"]:
        given = {**source.inputs, "input_dataset": fused(source.inputs["input_dataset"]), "count": inputs["count"]}
        return Recipe("ShuffleAndRepeatDataset", given, source.attrs)
    made = {
        k: fused(v) if isinstance(v, Recipe) else [fused(r) for r in v] if k.endswith("datasets") else v
        for k, v in inputs.items()
    }
    if all(made[k] is v or (isinstance(v, list) and all(a is b for a, b in zip(made[k], v))) for k, v in inputs.items()):
        return recipe
    out = Recipe(kind, made, recipe.attrs)
    out.shared = recipe.shared
    return out
