"""Staging areas: what one step puts in, a later step takes out, so that the next input is on its way while a step computes.

The ops name their area by `shared_name`; there is no handle.
"""

import collections

import numpy as np

from mainstem.base import errors
from mainstem.core.families import no_outputs, scalar_shape
from mainstem.core.registry import op
from mainstem.ops.waiting import Waiting


class Staging(Waiting):
    """Tuples of values in order of arrival; who puts waits for room, who takes for elements."""

    kind, cancelled = "staging", "Staging area operation was cancelled"

    def __init__(self, capacity=0, limit=0):
        super().__init__()
        self.capacity, self.limit, self.bytes, self.elements = capacity, limit, 0, collections.deque()

    @classmethod
    def of(cls, attrs):
        return cls(attrs["capacity"], attrs["memory_limit"])

    def put(self, element):
        """Adds an element. Raises ResourceExhaustedError for one that is larger than the area."""
        size = sum(_bytes(v) for v in element)
        if 0 < self.limit < size:
            raise errors.ResourceExhaustedError(
                None,
                None,
                f"Attempted to insert tensors with combined size of '{size}' bytes into Staging Area with a memory limit of "
                f"'{self.limit}'.",
            )

        def step():
            if 0 < self.capacity <= len(self.elements) or 0 < self.limit < self.bytes + size:
                return None
            self.elements.append((element, size))
            self.bytes += size
            return [None]

        self.attempt("put", step)

    def get(self):
        """Takes the first element."""

        def step():
            if not self.elements:
                return None
            element, size = self.elements.popleft()
            self.bytes -= size
            return [element]

        return self.attempt("get", step)

    def peek(self, index):
        """The element at a position, which stays."""
        return self.attempt("peek", lambda: [self.elements[index][0]] if index < len(self.elements) else None)

    def clear(self):
        """Removes all elements."""

        def empty():
            self.elements.clear()
            self.bytes = 0

        self.change(empty)


def _bytes(value):
    return value.nbytes if value.dtype != object else sum(map(len, value.ravel().tolist()))


def _element(inputs, attrs):
    return [None] * len(attrs["dtypes"])


@op("Stage", "values:*dtypes ->", host=True, store=Staging, shape=no_outputs, waits=True)
def stage(area, values, *, capacity=0, memory_limit=0, container="", shared_name=""):
    """Puts an element into the area; waits while it is full."""
    area.put([v.copy() for v in values])


@op("Unstage", "-> values:*dtypes", host=True, store=Staging, shape=_element, waits=True)
def unstage(area, *, capacity=0, memory_limit=0, dtypes: "list(type)", container="", shared_name=""):
    """Takes the first element out of the area; waits for one."""
    return area.get()


@op("StagePeek", "index:int32 -> values:*dtypes", host=True, store=Staging, shape=_element, waits=True)
def stage_peek(area, index, *, capacity=0, memory_limit=0, dtypes: "list(type)", container="", shared_name=""):
    """The element at a position, which stays; waits until there is one."""
    return area.peek(int(index))


@op("StageSize", "-> size:int32", host=True, store=Staging, shape=scalar_shape)
def stage_size(area, *, capacity=0, memory_limit=0, dtypes: "list(type)", container="", shared_name=""):
    """How many elements the area has."""
    return np.int32(len(area.elements))


@op("StageClear", "->", host=True, store=Staging, shape=no_outputs)
def stage_clear(area, *, capacity=0, memory_limit=0, dtypes: "list(type)", container="", shared_name=""):
    """Removes all elements of the area."""
    area.clear()
