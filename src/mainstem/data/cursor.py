"""`Cursor`: a place in a dataset that is being iterated over; one class a kind of recipe, found in a table.

`rows(n)` gives a block of 1 .. n elements, or None at the end. A cursor never does more than `n` elements ask for, so that who
asks for single elements sees the effects of generators, callbacks and files in TensorFlow's order, and who asks for a batch gets
its rows at once. An error that comes after some elements is kept until these were taken.
"""

import os
import threading
import weakref

from mainstem.base import errors
from mainstem.data import block, checks

KINDS = {}
AHEAD = 64  # elements that are made at once where nobody can see that they were


def cursor(*kinds):
    """Registers a Cursor class for recipes of these kinds."""

    def register(cls):
        for kind in kinds:
            KINDS[kind] = cls
        return cls

    return register


class Context:
    """What all cursors of one iteration share: functions that keep their random streams from one epoch to the next, threads.

    Threads hold the context, never the iteration: when that goes, or is started anew, `close` ends them.
    """

    def __init__(self):
        self.functions, self._closers, self.closed, self._lock = {}, [], False, threading.Lock()
        _LIVE.add(self)

    def on_close(self, function):
        """Calls `function` when the iteration ends."""
        with self._lock:
            if not self.closed:
                self._closers.append(function)
                return
        function()

    def close(self):
        """Ends the threads of the iteration. A second call does nothing."""
        with self._lock:
            self.closed = True
            closers, self._closers = self._closers, []
        for function in closers:
            function()


_LIVE = weakref.WeakSet()


def _close_all():
    for context in list(_LIVE):
        context.close()


threading._register_atexit(_close_all)  # before the interpreter waits for threads, or takes JAX away from them


def open_recipe(recipe, context):
    """A new cursor at the start of a recipe."""
    checks.check(recipe.kind, recipe.inputs)
    return KINDS[recipe.kind](recipe, context)


class Cursor:
    """Base of the cursors. A subclass says in `PLACE` which attributes are where it stands, for checkpoints.

    Attributes:
        unseen: whether it makes no difference to anyone when elements are made earlier than asked for.
    """

    PLACE = ()
    unseen = False

    def __init__(self, recipe, context):
        self.recipe, self.context, self._failure = recipe, context, None
        self.setup(**recipe.inputs)

    def setup(self, **inputs):
        """Takes the recipe's inputs."""

    def opened(self, recipe):
        """A cursor of the same iteration."""
        return open_recipe(recipe, self.context)

    def rows(self, n):
        """A block of 1 .. n elements, or None at the end."""
        raise NotImplementedError(type(self).__name__)

    def one(self):
        """The next element, a list of components, or None at the end."""
        made = self.rows(1)
        return None if made is None else made.element(0)

    def skip(self, n):
        """Passes over up to `n` elements; gives how many there were."""
        done = 0
        while done < n:
            made = self.rows(min(n - done, 1024))
            if made is None:
                break
            done += made.count
        return done

    def children(self):
        """The cursors that this one reads, by name."""
        own = vars(self).items()
        return {k: v for k, v in own if isinstance(v, Cursor)}

    def save(self):
        """Where it stands: plain values and arrays, to be given to `restore` of a new cursor of the same recipe."""
        self._settle()
        state = {k: getattr(self, k) for k in self.PLACE}
        state.update({k: c.save() for k, c in self.children().items()})
        return state

    def restore(self, state):
        """Goes where `save` was called."""
        for k in self.PLACE:
            setattr(self, k, state[k])
        for k, c in self.children().items():
            c.restore(state[k])

    def _settle(self):
        """Brings threads to rest before a save."""


class ElementCursor(Cursor):
    """A cursor that makes its elements one by one, in `one`."""

    def one(self):
        raise NotImplementedError(type(self).__name__)

    def rows(self, n):
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        made = []
        while len(made) < n:
            try:
                element = self.one()
            except Exception as e:
                if not made:
                    raise
                self._failure = e
                break
            if element is None:
                break
            made.append(element)
        return block.block_of(made) if made else None


class Passing(Cursor):
    """A cursor that gives the elements of `input_dataset` as they are."""

    def setup(self, input_dataset, **others):
        self.input = self.opened(input_dataset)

    @property
    def unseen(self):
        return self.input.unseen

    def rows(self, n):
        return self.input.rows(n)


def number(value):
    """A scalar input as an int."""
    return int(value)


def text(value):
    """A scalar string as str."""
    value = value[()] if hasattr(value, "shape") else value
    return os.fsdecode(value) if isinstance(value, bytes) else str(value)


def invalid(message):
    """An InvalidArgumentError; who calls adds op and line."""
    return errors.InvalidArgumentError(None, None, message)
