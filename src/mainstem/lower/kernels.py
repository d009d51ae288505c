"""The jitted kernel of one op, compiled once for all its applications with the same attrs and static inputs."""

import functools

import jax
import numpy as np
from jax import lax

from mainstem.base import dtypes, errors
from mainstem.core import evaluate, infer
from mainstem.lower import cache as compilations


def _jitted(op, attrs, statics, count, states, checked):
    """The jitted kernel of `op`: takes states, then its dynamic inputs; `statics` are (position, dtype, shape, bytes)."""
    compilations.enable()  # before the first compilation of the process: JAX looks once whether there is a cache
    fixed = {i: np.frombuffer(raw, np.dtype(kind)).reshape(shape) for i, kind, shape, raw in statics}

    def kernel(*values):
        with jax.numpy_dtype_promotion("strict"):
            values = list(values)
            state = [values.pop(0) for _ in range(states)]
            flat = [fixed[i] if i in fixed else values.pop(0) for i in range(count)]
            if checked:
                _check_shapes(op, flat, attrs.attrs)
            return evaluate.evaluate(op, flat, attrs.attrs, state)

    kernel.__name__ = op.name
    return jax.jit(kernel)


_compiled = functools.lru_cache(maxsize=4096)(_jitted)
# Kernels of initializers run once a session. conv_net's hold 26 MiB, a program each for the shapes of its weights, so they go
# before the first run of a large program. The cache on disk has them.
_initial = functools.lru_cache(maxsize=4096)(_jitted)
forget_initial = _initial.cache_clear


class _Known(infer.In):
    """An input of which the shape is known, and the value when it is static."""

    __slots__ = ("array",)

    def __init__(self, array):
        self.array, self.dtype, self.shape = array, dtypes.as_dtype(array.dtype), tuple(array.shape)

    def value(self):
        return self.array if isinstance(self.array, np.ndarray) else None


def _check_shapes(op, flat, attrs):
    """What a graph refuses when an op is added, eager mode refuses when its kernel is traced for new shapes."""
    if op.shape is not None and all(v is not None for v in flat):
        op.shape([_Known(v) for v in flat], attrs)


def compiled(op, attrs, count):
    """The jitted kernel of an op without static inputs and state: `function(*inputs) -> list of outputs`."""
    return _compiled(op, infer.Frozen(_relevant(op, attrs)), (), count, 0, True)


def call(op, flat, attrs, state=(), checked=False, initial=False):
    """Evaluates `op` on concrete values; gives new states, new values of written variables, then the flat outputs.

    With `checked` the shape rule of the op is asked first; with `initial` the kernel is kept until `forget_initial()`.
    """
    known = evaluate.positions(op, attrs, op.static + op.static_if_possible)
    if op.name == "SymbolicGradient":  # what its forward op needs to know
        known = {*known, *attrs["_static"]}
    statics, dynamic = [], []
    for i, v in enumerate(flat):
        if i in known:
            v = np.asarray(v)
            statics.append((i, v.dtype.str, v.shape, v.tobytes()))
        else:
            dynamic.append(v)
    cache = _initial if initial else _compiled
    function = cache(op, infer.Frozen(_relevant(op, attrs)), tuple(statics), len(flat), len(state), checked)
    return list(function(*state, *dynamic))


def with_statics(op, statics, attrs, states=0):
    """The jitted kernel of an op for these values of its static inputs (None: dynamic): `function(*states, *dynamic) -> outputs`."""
    fixed = tuple((i, v.dtype.str, v.shape, v.tobytes()) for i, v in enumerate(statics) if v is not None)
    return _compiled(op, infer.Frozen(_relevant(op, attrs)), fixed, len(statics), states, True)


@functools.lru_cache(maxsize=1024)
def window(size, shape):
    """A jitted function of (array, begin) that cuts out the window of `size` at `begin` and gives it `shape`."""

    def cut(array, begin):
        return lax.reshape(lax.dynamic_slice(array, [begin[i] for i in range(len(size))], size), shape)

    return jax.jit(cut)


def uninitialized(slot):
    """The error for reading a variable of eager mode that has no value yet."""
    return errors.FailedPreconditionError(None, None, f"Could not find variable {slot.name}: it has no value.")


def _relevant(op, attrs):
    """The attrs that the compiled kernel depends on; seeds are in the state of a random stream, not in its program."""
    lists = [n for a in op.inputs + op.outputs for n in (a.number, a.type_list) if n]
    kept = {k: attrs[k] for k in (*op.kernel_attrs, *lists)}
    if op.state is not None:
        kept.update((k, 0) for k in ("seed", "seed2") if k in kept)
    return kept
