"""`Iteration`: what an iterator's slot holds; it opens recipes, gives elements, and knows where it stands."""

import itertools
import threading
import weakref

import numpy as np

from mainstem.base import errors
from mainstem.core import resource
from mainstem.data import batches, calls, csv_records, cursor, interleave, mapped, order, places, pump, readers, sources, stored
from mainstem.data.sizes import cardinality
from mainstem.formats import tfrecord
from mainstem.lower.program import Program
from mainstem.lower.slots import Slot, Slots
from mainstem.ops import dataset as ops

ROOMS = (
    batches,
    csv_records,
    interleave,
    mapped,
    order,
    places,
    pump,
    readers,
    sources,
    stored,
)  # imported for the cursors in them
_HANDLES, _NUMBERS = weakref.WeakValueDictionary(), itertools.count()
_BYTES_AHEAD = 1 << 18
_UNSTARTED = (
    "GetNext() failed because the iterator has not been initialized. Ensure that you have run the initializer operation for this "
    "iterator before getting the next element."
)


def _close(context):
    context.close()


class Iteration(resource.Resource):
    """A place in a dataset, for one user at a time; safe for several threads.

    `factory` is the FuncGraph that makes the dataset of a one-shot iterator, which starts by itself.
    """

    def __init__(self, factory=None):
        self._factory, self._lock = factory, threading.RLock()
        self._cursor = self._context = self._ahead = self._recipe = None
        self._at, self._name, self._finalizer = 0, None, None

    def start(self, recipe):
        """Goes to the start of a dataset."""
        with self._lock:
            self.close()
            self._recipe, self._context = recipe, cursor.Context()
            self._finalizer = weakref.finalize(self, _close, self._context)
            self._finalizer.atexit = False
            self._cursor = cursor.open_recipe(recipe, self._context)

    def shut(self):
        """The session ends: whoever waits for an element is told."""
        if self._context is not None:
            self._context.close()

    def close(self):
        """Ends the threads and closes the files."""
        if self._context is not None:
            self._context.close()
            self._finalizer.detach()
        self._cursor = self._context = self._ahead = None
        self._at = 0

    def next(self):
        """The components of the next element. Raises OutOfRangeError at the end, FailedPreconditionError before the start."""
        made = self.next_or_none()
        if made is None:
            raise errors.OutOfRangeError(None, None, "End of sequence")
        return made

    def next_or_none(self):
        """The components of the next element, None at the end."""
        with self._lock:
            if not self.has_next():
                return None
            made = self._ahead.element(self._at)
            self._at += 1
            return made

    def has_next(self):
        """Whether there is a next element."""
        with self._lock:
            if self._ahead is not None and self._at < self._ahead.count:
                return True
            if self._cursor is None:
                self._start_by_itself()
            n = _more(self._ahead) if self._cursor.unseen else 1
            self._ahead, self._at = None, 0
            self._ahead = self._cursor.rows(n)
            return self._ahead is not None

    def _start_by_itself(self):
        if self._factory is None:
            raise errors.FailedPreconditionError(None, None, _UNSTARTED)
        graph = self._factory
        self.start(Program(list(graph.outputs), [], [], Slots()).run([])[0])

    # ---- as others know it

    def handle(self, slot):
        """The string by which `find` gives the slot."""
        if self._name is None:
            self._name = f"mainstem-iterator-{next(_NUMBERS)}".encode()
        _HANDLES[self._name] = slot
        return self._name

    def save(self):
        """Where it stands, to be given to `restore` of an iterator over the same dataset."""
        with self._lock:
            if self._cursor is None:
                raise errors.FailedPreconditionError(None, None, "An iterator that was not initialized cannot be saved.")
            ahead = None if self._ahead is None else self._ahead.part(self._at, self._ahead.count)
            functions = {}
            return {"ahead": ahead if ahead is not None and ahead.count else None, "cursor": self._cursor.save(), **functions}

    def restore(self, state):
        """Goes to where an iterator over the same dataset stood."""
        with self._lock:
            if self._recipe is None:
                if self._factory is None:
                    raise errors.FailedPreconditionError(None, None, "Initialize the iterator before restoring it.")
                self._start_by_itself()
            self.start(self._recipe)
            self._cursor.restore(state["cursor"])
            self._ahead, self._at = state["ahead"], 0


def _more(last):
    """How many elements to make at once, where nobody sees that, after those of the last time: little memory's worth."""
    if last is None:
        return 1
    size = sum(c.nbytes if isinstance(c, np.ndarray) else sum(np.asarray(v).nbytes for v in c) for c in last.columns)
    return max(1, min(cursor.AHEAD, _BYTES_AHEAD * last.count // max(1, size)))


def find(handle, output_types):
    """The slot of a string handle. Raises InvalidArgumentError where there is none."""
    slot = _HANDLES.get(bytes(handle))
    if slot is None:
        raise errors.InvalidArgumentError(None, None, f"Could not parse resource handle, or its iterator is gone: {handle!r}")
    return slot


def slot():
    """A slot with a new iteration."""
    made = Slot("iterator")
    made.value = Iteration()
    return made


def elements(recipe):
    """A generator of the elements of a dataset, from its start; each a list of components."""
    context = cursor.Context()
    try:
        current = cursor.open_recipe(recipe, context)
        while (made := current.rows(cursor.AHEAD if current.unseen else 1)) is not None:
            yield from made.elements()
    finally:
        context.close()


def _reduce(recipe, state, captured, graph):
    call, state = calls.Call(graph, captured), list(state)
    for i, element in enumerate(elements(recipe)):
        try:
            state = call([*state, *element])
        except Exception as e:
            raise calls.located(e, "Dataset.reduce", i) from None
    return state


def _single(recipe):
    found = None
    for element in elements(recipe):
        if found is not None:
            raise errors.InvalidArgumentError(None, None, "Dataset had more than one element.")
        found = element
    if found is None:
        raise errors.InvalidArgumentError(None, None, "Dataset was empty.")
    return found


def _write(recipe, filename, compression):
    with tfrecord.RecordWriter(cursor.text(filename), cursor.text(compression)) as writer:
        for element in elements(recipe):
            writer.write(np.asarray(element[0], object)[()])


ops.register(
    iteration=Iteration, slot=slot, find=find, reduce=_reduce, single=_single, cardinality=cardinality, write=_write,
    elements=lambda recipe: list(elements(recipe)),
    invalid=cursor.invalid,
    dumps=places.dumps,
    loads=places.loads,
)  # fmt: skip
