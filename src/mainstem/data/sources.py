"""Where elements come from: arrays, numbers, generators, random numbers."""

import itertools
import traceback
import weakref

import numpy as np

from mainstem.base import errors
from mainstem.data import block, streams
from mainstem.data.cursor import Cursor, ElementCursor, cursor, invalid, number
from mainstem.ops.dataset import Sparse


@cursor("TensorDataset")
class Tensors(Cursor):
    """One element."""

    PLACE, unseen = ("done",), True

    def setup(self, components):
        self.components, self.done = components, False

    def rows(self, n):
        if self.done:
            return None
        self.done = True
        return block.single(self.components)


@cursor("TensorSliceDataset")
class Slices(Cursor):
    """The rows of arrays: blocks are views."""

    PLACE, unseen = ("at",), True

    def setup(self, components):
        self.at = 0
        shared = self.recipe.shared
        if "columns" not in shared:
            shared["columns"] = [block.unstack_sparse(c) if isinstance(c, Sparse) else np.asarray(c) for c in components]
            counts = {len(c) for c in shared["columns"]}
            if len(counts) > 1:
                raise invalid(f"All components must have the same size in the 0th dimension. Got {sorted(counts)}.")
        self.columns = shared["columns"]
        self.count = len(self.columns[0]) if self.columns else 0

    def rows(self, n):
        start, stop = self.at, min(self.at + n, self.count)
        if start >= stop:
            return None
        self.at = stop
        return block.Block([c[start:stop] for c in self.columns], stop - start)

    def skip(self, n):
        done = min(n, self.count - self.at)
        self.at += done
        return done


@cursor("SparseTensorSliceDataset")
class SparseSlices(ElementCursor):
    """The rows of a sparse tensor, each as its three components."""

    PLACE, unseen = ("at",), True

    def setup(self, indices, values, dense_shape):
        self.at, self.items = 0, block.unstack_sparse(Sparse(indices, values, dense_shape))

    def one(self):
        if self.at >= len(self.items):
            return None
        self.at += 1
        s = self.items[self.at - 1]
        return [s.indices, s.values, s.dense_shape]


@cursor("RangeDataset")
class Range(Cursor):
    """Numbers from `start` by `step` while they are before `stop`."""

    PLACE, unseen = ("at",), True

    def setup(self, start, stop, step):
        start, stop, self.step = number(start), number(stop), number(step)
        self.at, self.values = 0, range(start, stop, self.step)
        self.dtype = self.recipe.attrs["output_types"][0].as_numpy_dtype

    def rows(self, n):
        values = self.values[self.at : self.at + n]
        if not values:
            return None
        self.at += len(values)
        return block.Block([np.arange(values.start, values.stop, values.step).astype(self.dtype)], len(values))

    def skip(self, n):
        done = min(n, len(self.values) - self.at)
        self.at += done
        return done


@cursor("RandomDataset")
class Random(Cursor):
    """Random 32-bit numbers without end."""

    PLACE, unseen = ("at",), True

    def setup(self, seed, seed2):
        self.at, self.stream = 0, streams.Stream(*streams.given(self.recipe, seed, seed2))

    def rows(self, n):
        self.stream.seek(self.at)
        self.at += n
        return block.Block([self.stream.words(n).astype(np.int64)], n)


@cursor("_RerandomizedDataset")
class Rerandomized(Random):
    """Random numbers, others in every iteration."""

    PLACE = ("seeds", "at")

    def setup(self, seed, seed2):
        self.at, shared = 0, self.recipe.shared
        if "generator" not in shared:
            shared["generator"] = streams.SeedGenerator(*streams.given(self.recipe, seed, seed2))
        self.seeds = shared["generator"].next()
        self.stream = streams.Stream(*self.seeds)

    def save(self):
        return {**super().save(), "drawn": self.recipe.shared["generator"].at}

    def restore(self, state):
        super().restore(state)
        self.stream = streams.Stream(*self.seeds)
        self.recipe.shared["generator"].seek(state["drawn"])


class Callback:
    """A Python generator function that datasets name by `token`; it lives as long as something holds this object.

    `convert(value)` gives the components of what the generator yields.
    """

    def __init__(self, function, convert):
        self.function, self.convert, self.token = function, convert, f"generator_{next(_TOKENS)}"
        _CALLBACKS[self.token] = self


_CALLBACKS, _TOKENS = weakref.WeakValueDictionary(), itertools.count()


@cursor("_GeneratorDataset")
class Generator(ElementCursor):
    """What a Python generator yields."""

    def setup(self, args):
        self.args, self.values = args, None
        self.callback = _CALLBACKS.get(self.recipe.attrs["token"])
        if self.callback is None:
            raise invalid("The generator of this dataset is not there: it runs only in the process that made it.")

    def one(self):
        try:
            if self.values is None:
                self.values = iter(self.callback.function(*[a if np.ndim(a) else np.asarray(a)[()] for a in self.args]))
            return self.callback.convert(next(self.values))
        except StopIteration:
            self.values = iter(())
            return None
        except errors.OpError:
            raise
        except Exception as e:
            kind = errors.InvalidArgumentError if isinstance(e, (TypeError, ValueError)) else errors.UnknownError
            raise kind(None, None, f"{type(e).__name__}: {e}\n{traceback.format_exc()}") from e

    def save(self):
        raise errors.FailedPreconditionError(None, None, "A dataset from a Python generator cannot be saved in a checkpoint.")
