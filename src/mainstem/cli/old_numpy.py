"""NumPy's names from TensorFlow 1's years that NumPy has dropped since, for programs that `mainstem run` runs unmodified."""

import builtins
import ctypes
import functools
import gc

import numpy as np

RENAMED = {
    "product": "prod",
    "cumproduct": "cumprod",
    "alltrue": "all",
    "sometrue": "any",
    "row_stack": "vstack",
    "float_": "float64",
    "complex_": "complex128",
    "unicode_": "str_",
    "string_": "bytes_",
    "Inf": "inf",
    "Infinity": "inf",
    "infty": "inf",
    "NaN": "nan",
}
BUILTIN = ("float", "int", "complex", "object", "str")


def _with_newshape(reshape):
    @functools.wraps(reshape)
    def reshape_with_newshape(a, *args, newshape=None, **kwargs):
        return reshape(a, *args, **kwargs) if newshape is None else reshape(a, newshape, *args, **kwargs)

    return reshape_with_newshape


def _with_bytes(fromstring):
    @functools.wraps(fromstring)
    def fromstring_of_bytes(string, dtype=float, count=-1, *, sep="", **kwargs):
        if sep:
            return fromstring(string, dtype, count, sep=sep, **kwargs)
        return np.frombuffer(string.encode("latin1") if isinstance(string, str) else string, dtype, count).copy()

    return fromstring_of_bytes


def _tostring(self, order="C"):
    """`tobytes` under its name before NumPy 2.3."""
    return self.tobytes(order)


def _give_method(kind, name, method):
    """Adds a method to a class written in C, which takes none by assignment; only CPython's dict of it does."""
    (members,) = gc.get_referents(kind.__dict__)
    members[name] = method
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def restore():
    """Gives NumPy back what it lacks of those names. What it has stays as it is."""
    for old, new in RENAMED.items():
        if not hasattr(np, old):
            setattr(np, old, getattr(np, new))
    for name in BUILTIN:
        if name not in vars(np):
            setattr(np, name, getattr(builtins, name))
    for kind in (np.ndarray, np.generic):
        if not hasattr(kind, "tostring"):
            _give_method(kind, "tostring", _tostring)
    if "asscalar" not in vars(np):
        np.asscalar = lambda a: a.item()
    try:
        np.fromstring(b"1", np.uint8)
    except (ValueError, TypeError):  # its binary mode
        np.fromstring = _with_bytes(np.fromstring)
    try:
        np.reshape(np.zeros(1), newshape=(1,))
    except TypeError:
        np.reshape = _with_newshape(np.reshape)
