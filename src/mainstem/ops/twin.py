"""Ops that move elements without looking at them: one kernel serves JAX arrays, NumPy shape arithmetic and strings.

Such a kernel asks `xp(...)` for the array module, so it is its own `fold`, and the host runs it on object arrays of bytes.
"""

import jax.numpy as jnp
import numpy as np

from mainstem.core.registry import REGISTRY, op


def xp(*arrays):
    """The array module for these arrays: NumPy when all are NumPy, else jax.numpy."""
    for a in arrays:
        if type(a) is not np.ndarray and not isinstance(a, (np.ndarray, np.generic)):
            return jnp
    return np


def default_types(made, defaults):
    """Gives type attrs of a registered op the defaults that TensorFlow's OpDef has."""
    for key, dtype in defaults.items():
        made.attrs[key].default = dtype


def movement(name, types, defaults=None, also=(), **options):
    """Registers a kernel that works on NumPy and JAX arrays alike; `defaults` are the OpDef defaults of type attrs."""

    def register(kernel):
        made = op(name, types, also=also, **options)(kernel)
        for each in (name, *also):
            REGISTRY[each].fold = kernel
            default_types(REGISTRY[each], defaults or {})
        return made

    return register


def axis_of(axis, rank, what="axis"):
    """Gives `axis` as 0 <= axis < rank. Raises ValueError when it is outside [-rank, rank)."""
    axis = int(axis)
    if not -rank <= axis < rank:
        raise ValueError(f"{what} {axis} must be in the range [{-rank}, {rank})")
    return axis % rank


def numel(shape):
    """The number of elements of a tuple shape, or None when a dimension is unknown."""
    n = 1
    for d in shape:
        if d is None:
            return None
        n *= d
    return n


def add(a, b):
    """Sum of two dimensions that may be None."""
    return None if a is None or b is None else a + b


def mul(a, b):
    """Product of two dimensions that may be None."""
    return None if a is None or b is None else a * b
