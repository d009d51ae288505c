"""Strategies for `replica_device_setter`: which parameter server gets a variable."""

import hashlib

from mainstem.base import dtypes, shapes


class RandomStrategy:
    """Picks a task as if by chance, by the operation's name: the same name and `seed` pick the same task."""

    def __init__(self, num_ps_tasks, seed=0):
        self._num_tasks, self._seed = num_ps_tasks, seed

    def __call__(self, op):
        """The task of an operation."""
        return int(hashlib.md5(f"{op.name}_{self._seed}".encode()).hexdigest(), 16) % self._num_tasks


class GreedyLoadBalancingStrategy:
    """Picks the task with the least load so far, of which `load_fn(op)` tells what an operation adds."""

    def __init__(self, num_tasks, load_fn):
        self._load_fn, self._loads = load_fn, [0] * num_tasks

    def __call__(self, op):
        """The task of an operation."""
        task = self._loads.index(min(self._loads))
        self._loads[task] += self._load_fn(op)
        return task


def byte_size_load_fn(op):
    """The bytes of a variable, for `GreedyLoadBalancingStrategy`. Raises ValueError when its shape is not known."""
    shape = shapes.as_shape(op.get_attr("shape"))
    if not shape.is_fully_defined():
        raise ValueError(f"Shape {shape} is not fully defined")
    return shape.num_elements() * dtypes.as_dtype(op.get_attr("dtype")).size
