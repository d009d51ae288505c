"""Several datasets at once, in TensorFlow's order: interleave, and groups by key."""

import os

import numpy as np

from mainstem.data import block, calls, mapped
from mainstem.data.cursor import cursor, invalid, number
from mainstem.data.pump import Pumped


class _Opening(mapped.Calling):
    """Base: datasets that a function gives for elements, several open at a time."""

    def setup(self, input_dataset, other_arguments, cycle_length):
        super().setup(input_dataset)
        cycle = number(cycle_length)
        self.cycle = cycle if cycle > 0 else max(1, os.cpu_count() or 1)
        self.call = calls.call_of(self, "f", other_arguments)
        self.open, self.sources = [None] * self.cycle, [None] * self.cycle

    def children(self):
        return {k: c for k, c in super().children().items() if k == "input"}

    def opened_for(self, element, position):
        """The cursor of the dataset for an element."""
        (recipe,) = self.called(self.call, element, position)
        made = self.opened(recipe)
        return self.ahead(made)

    def ahead(self, made):
        """The cursor as the cycle reads it."""
        return made

    def save(self):
        return {**super().save(), "open": [None if c is None else c.save() for c in self.open]}

    def restore(self, state):
        super().restore(state)
        for i, saved in enumerate(state["open"]):
            self.open[i] = None
            if saved is not None:
                self.open[i] = self.opened_for(self.sources[i], 0)
                self.open[i].restore(saved)


@cursor("InterleaveDataset")
class Interleave(_Opening):
    """`block_length` elements from each of `cycle_length` open datasets in turn."""

    PLACE = ("position", "left", "sources", "at", "taken", "ended")

    def setup(self, input_dataset, other_arguments, cycle_length, block_length):
        super().setup(input_dataset, other_arguments, cycle_length)
        self.block, self.at, self.taken, self.ended = number(block_length), 0, 0, False

    def rows(self, n):
        while True:
            current = self.open[self.at]
            if current is not None:
                made = current.rows(min(n, self.block - self.taken))
                if made is not None:
                    self.taken += made.count
                    if self.taken == self.block:
                        self._turn()
                    return made
                self.open[self.at] = self.sources[self.at] = None
                self._turn()
            elif not self.ended:
                self._start()
            elif any(c is not None for c in self.open):
                self._turn()
            else:
                return None

    def _turn(self):
        self.at, self.taken = (self.at + 1) % self.cycle, 0

    def _start(self):
        element = self.pulled_one()
        self.ended = element is None
        if element is not None:
            self.position += 1
            self.open[self.at] = self.opened_for(element, self.position - 1)
            self.sources[self.at] = element


@cursor("ParallelInterleaveDatasetV2")
class ParallelInterleave(Interleave):
    """As Interleave, in the same order; threads read the open datasets ahead."""

    def setup(self, input_dataset, other_arguments, cycle_length, block_length, num_parallel_calls):
        super().setup(input_dataset, other_arguments, cycle_length, block_length)

    def ahead(self, made):
        return Pumped(made, self.context, max(2, self.block))

    def rows(self, n):
        while not self.ended and self.position < self.cycle:  # all of the first cycle are read from the beginning
            free = next((i for i in range(self.cycle) if i >= self.position and self.open[i] is None), None)
            if free is None or free != self.position:
                break
            at, self.at = self.at, free
            self._start()
            self.at = at
        return super().rows(n)


@cursor("ParallelInterleaveDataset")
class OldParallelInterleave(_Opening):
    """`contrib.data.parallel_interleave`: a dataset that ends is replaced at once, and the next has its turn."""

    PLACE = ("position", "left", "sources", "at", "taken", "ended")

    def setup(
        self,
        input_dataset,
        other_arguments,
        cycle_length,
        block_length,
        sloppy,
        buffer_output_elements,
        prefetch_input_elements,
    ):
        super().setup(input_dataset, other_arguments, cycle_length)
        self.block, self.at, self.taken, self.ended = number(block_length), 0, 0, False
        self.buffered = max(1, number(buffer_output_elements))

    def ahead(self, made):
        return Pumped(made, self.context, self.buffered)

    def rows(self, n):
        for i in range(self.cycle):
            if self.open[i] is None and not self.ended and self.position < self.cycle:
                self._replace(i)
        while any(c is not None for c in self.open):
            current = self.open[self.at]
            if current is None:
                self.at = (self.at + 1) % self.cycle  # where nothing replaced a dataset, the block of the one before goes on
                continue
            made = current.rows(min(n, self.block - self.taken))
            if made is not None:
                self.taken += made.count
                if self.taken == self.block:
                    self._turn()
                return made
            before, self.at = self.at, (self.at + 1) % self.cycle
            if self._replace(before):
                self.taken = 0
        return None

    def _turn(self):
        self.at, self.taken = (self.at + 1) % self.cycle, 0

    def _replace(self, i):
        """Opens the next dataset in place `i`; gives whether there was one."""
        element = None if self.ended else self.pulled_one()
        self.ended = element is None
        self.open[i] = self.sources[i] = None
        if element is not None:
            self.position += 1
            self.open[i], self.sources[i] = self.opened_for(element, self.position - 1), element
        return element is not None


@cursor("GroupByWindowDataset")
class GroupByWindow(mapped.Calling):
    """Elements with one key in windows, each reduced to a dataset."""

    PLACE = ("position", "left", "groups", "sizes", "key", "window", "ended")

    def setup(self, input_dataset, key_func_other_arguments, reduce_func_other_arguments, window_size_func_other_arguments):
        super().setup(input_dataset)
        self.key_of = calls.call_of(self, "key_func", key_func_other_arguments)
        self.reduce = calls.call_of(self, "reduce_func", reduce_func_other_arguments)
        self.size_of = calls.call_of(self, "window_size_func", window_size_func_other_arguments)
        self.groups, self.sizes, self.ended = {}, {}, False
        self.key = self.window = self.current = None

    def calls(self):
        return [self.key_of, self.reduce, self.size_of]

    def children(self):
        return {"input": self.input}

    def rows(self, n):
        while True:
            if self.current is not None:
                made = self.current.rows(n)
                if made is not None:
                    return made
                self.current = self.window = None
            key = self._full()
            if key is None:
                return None
            self.key, self.window = key, self.groups.pop(key)
            self._flush()

    def _full(self):
        """The key of a group that is complete; at the end of the input, of any that is left."""
        while not self.ended:
            element = self.pulled_one()
            self.ended = element is None
            if element is None:
                break
            self.position += 1
            key = int(self.called(self.key_of, element, self.position - 1)[0])
            if key not in self.sizes:
                size = int(self.called(self.size_of, [np.int64(key)], self.position - 1)[0])
                if size < 1:
                    raise invalid(f"Window size must be greater than zero, but got {size}.")
                self.sizes[key] = size
            group = self.groups.setdefault(key, [])
            group.append(element)
            if len(group) == self.sizes[key]:
                return key
        return min(self.groups, default=None)

    def _flush(self):
        (recipe,) = self.called(self.reduce, [np.int64(self.key), mapped.elements(self.window)], self.position - 1)
        self.current = self.opened(recipe)

    def save(self):
        return {**super().save(), "current": None if self.current is None else self.current.save()}

    def restore(self, state):
        super().restore(state)
        if state["current"] is not None:
            self._flush()
            self.current.restore(state["current"])


@cursor("GroupByReducerDataset")
class GroupByReducer(mapped.Calling):
    """One element a key: the end of a reduction over the elements that have it."""

    PLACE = ("position", "left", "states", "at")

    def setup(
        self, input_dataset, key_func_other_arguments, init_func_other_arguments, reduce_func_other_arguments,
        finalize_func_other_arguments,
    ):  # fmt: skip
        super().setup(input_dataset)
        self.key_of = calls.call_of(self, "key_func", key_func_other_arguments)
        self.first = calls.call_of(self, "init_func", init_func_other_arguments)
        self.step = calls.call_of(self, "reduce_func", reduce_func_other_arguments)
        self.last = calls.call_of(self, "finalize_func", finalize_func_other_arguments)
        self.states, self.at = None, 0

    def calls(self):
        return [self.key_of, self.first, self.step, self.last]

    def rows(self, n):
        if self.states is None:
            self.states = self._reduced()
        if self.at >= len(self.states):
            return None
        self.at += 1
        return block.single(self.called(self.last, self.states[self.at - 1], self.position - 1))

    def _reduced(self):
        states = {}
        while (element := self.pulled_one()) is not None:
            self.position += 1
            key = int(self.called(self.key_of, element, self.position - 1)[0])
            if key not in states:
                states[key] = self.called(self.first, [np.int64(key)], self.position - 1)
            states[key] = self.called(self.step, [*states[key], *element], self.position - 1)
        return list(states.values())
