"""Calling the functions of recipes: over blocks where `lower.rows` can, else element by element, in threads where asked."""

import concurrent.futures
import os

import numpy as np

from mainstem.base import dtypes, errors
from mainstem.data import block
from mainstem.lower import rows
from mainstem.lower.plan import is_handle
from mainstem.lower.program import Program
from mainstem.lower.slots import Slots
from mainstem.ops.dataset import Recipe
from mainstem.run.piece import LOCK

LARGEST = 256  # elements that go through a function at once


class Call:
    """A function of a recipe with its captured inputs. Its random streams go on from call to call.

    Attributes:
        pure: whether it has no effect and hangs on nothing that changes, so that it may run over blocks and ahead of time.
    """

    def __init__(self, graph, captured):
        self.graph, count = graph, len(graph.inputs) - len(captured)
        self.inputs = graph.inputs[:count]
        pairs = list(zip(graph.inputs[count:], captured, strict=True))
        self.others = [t for t, _ in pairs if not is_handle(t)]
        self.values = [v for t, v in pairs if not is_handle(t)]
        handles = [(t, v) for t, v in pairs if is_handle(t)]
        self.targets = list(graph.targets)
        self.pure = not handles and rows.possible(graph, graph.outputs, self.targets)
        self.slots = Slots()
        if handles:  # else nobody shares its random streams
            self.slots.lock = next((s.lock for _, s in handles if getattr(s, "lock", None) is not None), LOCK)
        self.slots._by_name.update((t._op.name, s) for t, s in handles)
        self._program, self._rows = None, None
        if self.pure:
            self._rows = self._known("rows", self._made_rows)
            self.pure = self._rows is not None

    def _made_rows(self):
        try:
            return rows.Rows(self.graph.outputs, self.targets, self.inputs, self.others)
        except NotImplementedError:
            return None  # element by element

    def _known(self, kind, make):
        """What an earlier iteration made of the same graph: else each one would trace and compile anew, about 0.3 s a pipeline."""
        known = self.graph.__dict__.setdefault("_made_for_calls", {})
        key = (kind, self.graph.version, len(self.inputs), len(self.graph.inputs))
        if key not in known:
            known[key] = make()
        return known[key]

    def _made_program(self):
        unique = list(dict.fromkeys(self.graph.outputs))
        return Program(unique, self.targets, [*self.inputs, *self.others], self.slots)

    def __call__(self, components):
        """The components of the result for one element."""
        if self._program is None:
            unique = list(dict.fromkeys(self.graph.outputs))
            self._order = [unique.index(t) for t in self.graph.outputs]
            known = self._known("program", self._made_program)
            self._program = known if known.slots is self.slots else known.again(self.slots)
        made = self._program.run([*map(block.array, components), *self.values])
        return [_plain(made[i]) for i in self._order]

    def over(self, b, each=map):
        """The block of results for a block of elements; only for a pure function."""
        return block.Block(self._rows.run(b.columns, self.values, b.count, each), b.count)

    def save(self):
        """Where its random streams stand."""
        return {
            n: np.asarray(s.value) for n, s in self.slots._by_name.items() if n.startswith("state:") and s.value is not None
        }

    def restore(self, state):
        """Sets the random streams back."""
        for name, value in state.items():
            self.slots.get(name).value = value


def _plain(value):
    return value if isinstance(value, (np.ndarray, Recipe)) or not hasattr(value, "__array__") else np.asarray(value)


def call_of(cursor, attr, captured):
    """The Call of a recipe's function, one for the whole iteration."""
    key = (id(cursor.recipe), attr)
    known = cursor.context.functions.get(key)
    if known is None:
        known = cursor.context.functions[key] = (Call(cursor.recipe.attrs[attr], captured), cursor.recipe)
    return known[0]


def located(error, what, position):
    """Adds to an error which element it met, and in which dataset."""
    text = f"[element {position} of {what}]"
    if isinstance(error, errors.OpError):
        if not isinstance(error, errors.OutOfRangeError):
            error._message = f"{error._message}\n\t {text}"
            return error
        made = errors.InvalidArgumentError(
            None, error._op, f"Function invocation produced OutOfRangeError: {error._message}\n\t {text}"
        )
        made.__cause__ = error
        return made
    error.add_note(text)
    return error


def threads(count):
    """How many threads `num_parallel_calls` means: -1 asks for one a processor."""
    return max(1, int(count)) if count >= 0 else max(2, os.cpu_count() or 1)


class Pool:
    """Threads of one cursor, which end with its iteration."""

    def __init__(self, context, count):
        self.count = threads(count)
        self._pool = concurrent.futures.ThreadPoolExecutor(self.count, thread_name_prefix="mainstem-data")
        pool = self._pool
        context.on_close(lambda: pool.shutdown(wait=False, cancel_futures=True))

    def submit(self, function, *args):
        """A future of `function(*args)`."""
        return self._pool.submit(function, *args)

    def each(self, function, items):
        """The results of `function` for items, in order."""
        return self._pool.map(function, items)


def truth(components, what):
    """The one boolean that a predicate gave. Raises InvalidArgumentError for anything else."""
    value = np.asarray(components[0])
    if len(components) != 1 or value.dtype != dtypes.bool.np or value.ndim:
        raise errors.InvalidArgumentError(None, None, f"{what} must return a scalar bool.")
    return bool(value)
