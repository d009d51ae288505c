"""AutoGraph on datasets: `for` over a dataset or iterator in a function is a loop of the graph; `enumerate`, `zip`, `map` and `filter`."""

import builtins

from mainstem.data.dataset import Dataset
from mainstem.data.iterators import OwnedIterator
from mainstem.ops import dataset as ops
from mainstem.ops import math as math_ops
from mainstem.run import autograph
from mainstem.surface import autograph_builtins, autograph_loops
from mainstem.surface.framework import convert_to_tensor


def _for(iterable, extra_test, body, get_state, set_state, names, opts):
    iterator = iter(iterable) if isinstance(iterable, Dataset) else iterable

    def test():
        there = ops.iterator_has_next(iterator._iterator_resource, name="IteratorHasNext")
        if extra_test is None:
            return there
        return math_ops.logical_and(convert_to_tensor(extra_test()), there)

    autograph_loops.Loop(test, lambda: body(iterator.get_next()), get_state, set_state, names, opts).run()


autograph_loops.register_iteration(Dataset, _for)
autograph_loops.register_iteration(OwnedIterator, _for)


_TENSORS = (autograph_builtins.enumerate_, autograph_builtins.zip_)  # in place before these are taken over


def _of_datasets(python, ours):
    """A builtin that does something else when all that it goes over are datasets."""
    other = autograph.BUILTINS.get(python, python)

    def chosen(*args, **kwargs):
        made = ours(*args, **kwargs)
        return other(*args, **kwargs) if made is None else made

    autograph.BUILTINS[python] = chosen


def _enumerate(iterable, start=0):
    return iterable.enumerate(start) if isinstance(iterable, Dataset) else None


def _zip(*iterables, **options):
    return iterables[0]._family.zip(iterables) if iterables and all(isinstance(i, Dataset) for i in iterables) else None


def _map(function, *iterables):
    if not iterables or not all(isinstance(i, Dataset) for i in iterables):
        return None
    source = iterables[0] if len(iterables) == 1 else iterables[0]._family.zip(iterables)
    return source.map(function)


def _filter(function, iterable):
    return iterable.filter(function) if isinstance(iterable, Dataset) else None


_of_datasets(builtins.enumerate, _enumerate)
_of_datasets(builtins.zip, _zip)
_of_datasets(builtins.map, _map)
_of_datasets(builtins.filter, _filter)
