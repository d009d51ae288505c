"""Functions of elements: map, filter, take_while, scan, flat_map."""

import collections

import numpy as np

from mainstem.data import block, calls
from mainstem.data.cursor import Cursor, cursor, number
from mainstem.ops.dataset import Recipe

SHOWN = {
    "MapDataset": "Dataset.map", "ParallelMapDataset": "Dataset.map", "FilterDataset": "Dataset.filter",
    "FlatMapDataset": "Dataset.flat_map", "InterleaveDataset": "Dataset.interleave",
    "ParallelInterleaveDatasetV2": "Dataset.interleave", "ParallelInterleaveDataset": "parallel_interleave",
    "ScanDataset": "scan", "TakeWhileDataset": "take_while", "GroupByWindowDataset": "group_by_window",
    "GroupByReducerDataset": "group_by_reducer",
}  # fmt: skip


class Calling(Cursor):
    """Base: pulls elements of an input and calls functions of the recipe with them.

    `left` are elements that were pulled and not used, `position` how many were.
    """

    PLACE = ("position", "left")

    def setup(self, input_dataset, **others):
        self.input, self.position, self.left = self.opened(input_dataset), 0, None

    def pulled(self, n):
        """A block of 1 .. n elements, or None."""
        if self.left is None:
            return self.input.rows(min(n, calls.LARGEST))
        made = self.left.part(0, n)
        self.left = self.left.part(n, self.left.count) if n < self.left.count else None
        return made

    def pulled_one(self):
        """The next element, or None."""
        made = self.pulled(1)
        return None if made is None else made.element(0)

    def called(self, call, components, position):
        """What a function gives; an error says which element it met."""
        try:
            return call(components)
        except Exception as e:
            raise calls.located(e, SHOWN[self.recipe.kind], position) from None

    def calls(self):
        """The functions whose random streams are part of where the cursor stands."""
        return [self.call]

    def save(self):
        return {**super().save(), "functions": [c.save() for c in self.calls()]}

    def restore(self, state):
        super().restore(state)
        for call, saved in zip(self.calls(), state["functions"], strict=True):
            call.restore(saved)


@cursor("MapDataset", "ParallelMapDataset")
class Map(Calling):
    """`f` of each element: pure functions a block at a time, others one by one, in threads where parallel calls are asked for."""

    PLACE = ("position", "left")

    def setup(self, input_dataset, other_arguments, num_parallel_calls=None):
        super().setup(input_dataset)
        self.call = calls.call_of(self, "f", other_arguments)
        self.unseen = self.call.pure and self.input.unseen
        self.parallel = None if num_parallel_calls is None else number(num_parallel_calls)
        self.pool, self.waiting = None, collections.deque()

    def _threads(self):
        if self.pool is None:
            self.pool = calls.Pool(self.context, self.parallel)
        return self.pool

    def rows(self, n):
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self.call.pure:
            b = self.pulled(n)
            if b is None:
                return None
            try:
                made = self.call.over(b, map if self.parallel is None else self._threads().each)
            except Exception:  # one element's error: found when they are called one by one
                self.left = b if self.left is None else block.joined([b, self.left])
            else:
                self.position += b.count
                return made
        return self._gathered(n, self._next if self.parallel is None or self.call.pure else self._next_of_threads)

    def _gathered(self, n, following):
        made = []
        while len(made) < n and (self.left is not None or not made or not self.call.pure):
            try:
                components = following()
            except Exception as e:
                if not made:
                    raise
                self._failure = e
                break
            if components is None:
                break
            made.append(components)
        return block.block_of(made) if made else None

    def _next(self):
        element = self.pulled_one()
        if element is None:
            return None
        self.position += 1
        return self.called(self.call, element, self.position - 1)

    def _next_of_threads(self):
        pool = self._threads()
        while len(self.waiting) < pool.count and (element := self.pulled_one()) is not None:
            self.waiting.append((element, pool.submit(self.called, self.call, element, self.position)))
            self.position += 1
        return self.waiting.popleft()[1].result() if self.waiting else None

    def save(self):
        waiting = [element for element, _ in self.waiting]
        for _, future in self.waiting:
            future.exception()  # at rest
        return {**super().save(), "waiting": block.block_of(waiting) if waiting else None}

    def restore(self, state):
        super().restore(state)
        if state["waiting"] is not None:
            self.position -= state["waiting"].count
            self.left = state["waiting"] if self.left is None else block.joined([state["waiting"], self.left])


@cursor("FilterDataset")
class Filter(Calling):
    """The elements for which `predicate` holds."""

    def setup(self, input_dataset, other_arguments):
        super().setup(input_dataset)
        self.call = calls.call_of(self, "predicate", other_arguments)
        self.unseen = self.call.pure and self.input.unseen

    def rows(self, n):
        while True:
            b = self.pulled(n if self.call.pure else 1)
            if b is None:
                return None
            kept = np.flatnonzero(self._holds(b))
            if len(kept):
                return b if len(kept) == b.count else b.take(kept)

    def _holds(self, b):
        if self.call.pure and b.count > 1:
            try:
                made = np.asarray(self.call.over(b).columns[0])
            except Exception:  # one element's error
                self.left = b.part(1, b.count) if self.left is None else block.joined([b.part(1, b.count), self.left])
                b = b.part(0, 1)
            else:
                self.position += b.count
                if made.ndim == 1:
                    return made
        self.position += 1
        made = self.called(self.call, b.element(0), self.position - 1)
        return np.array([calls.truth(made, "`predicate`")] + [False] * (b.count - 1))


@cursor("TakeWhileDataset")
class TakeWhile(Calling):
    """The elements before the first one for which `predicate` does not hold."""

    PLACE = ("position", "left", "done")

    def setup(self, input_dataset, other_arguments):
        super().setup(input_dataset)
        self.call, self.done = calls.call_of(self, "predicate", other_arguments), False

    def rows(self, n):
        element = None if self.done else self.pulled_one()
        if element is None:
            return None
        self.position += 1
        self.done = not calls.truth(self.called(self.call, element, self.position - 1), "`predicate`")
        return None if self.done else block.single(element)


@cursor("ScanDataset")
class Scan(Calling):
    """What `f(state, element)` gives beside the new state."""

    PLACE = ("position", "left", "state", "done")

    def setup(self, input_dataset, initial_state, other_arguments):
        super().setup(input_dataset)
        self.state, self.done = list(initial_state), False
        self.call = calls.call_of(self, "f", other_arguments)

    def rows(self, n):
        element = self.pulled_one()
        if element is None:
            return None
        self.position += 1
        made = self.called(self.call, [*self.state, *element], self.position - 1)
        self.state = made[: len(self.state)]
        return block.single(made[len(self.state) :])


@cursor("FlatMapDataset")
class FlatMap(Calling):
    """The elements of the datasets that `f` gives, one after the other."""

    PLACE = ("position", "left", "source")

    def setup(self, input_dataset, other_arguments):
        super().setup(input_dataset)
        self.call, self.current, self.source = calls.call_of(self, "f", other_arguments), None, None

    def children(self):
        return {k: c for k, c in super().children().items() if k != "current"}

    def rows(self, n):
        while True:
            if self.current is None:
                self.source = self.pulled_one()
                if self.source is None:
                    return None
                self.position += 1
                self.current = self._open()
            made = self.current.rows(n)
            if made is not None:
                return made
            self.current = None

    def _open(self):
        (recipe,) = self.called(self.call, self.source, self.position - 1)
        return self.opened(recipe)

    def save(self):
        return {**super().save(), "current": None if self.current is None else self.current.save()}

    def restore(self, state):
        super().restore(state)
        if state["current"] is not None:
            self.current = self._open()
            self.current.restore(state["current"])


@cursor("_Elements")
class Elements(Cursor):
    """Elements that are there: those of a window."""

    PLACE, unseen = ("at",), True

    def setup(self, elements):
        self.elements, self.at = elements, 0

    def rows(self, n):
        made = self.elements[self.at : self.at + n]
        self.at += len(made)
        return block.block_of(made) if made else None


def elements(items):
    """The recipe of a list of elements."""
    return Recipe("_Elements", {"elements": items}, {})
