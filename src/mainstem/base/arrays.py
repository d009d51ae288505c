"""Python values to NumPy arrays by TensorFlow's rules: Python floats are float32, ints int32 (int64 when they must be)."""

import numbers

import numpy as np

from mainstem.base import dtypes, shapes

_KINDS = {  # what a Python scalar may become: checked before NumPy silently truncates
    bool: lambda d: d is dtypes.bool or d in dtypes.NUMERIC,
    int: lambda d: d in dtypes.NUMERIC or d in dtypes.QUANTIZED,
    float: lambda d: d in dtypes.INEXACT,
    complex: lambda d: d in dtypes.COMPLEX,
    str: lambda d: d is dtypes.string,
    bytes: lambda d: d is dtypes.string,
}


class Pending:
    """An array of strings that is made when somebody asks for it: a kernel that eager mode calls may give one.

    Attributes:
        shape: as an array has it.
    """

    __slots__ = ("shape",)

    def array(self):
        """The object array of bytes."""
        raise NotImplementedError


def _scalars(value):
    if isinstance(value, (list, tuple)):
        for v in value:
            yield from _scalars(v)
    else:
        yield value


def _sizes(value):
    """`value` with numbers for the known Dimensions inside: they may stand for integers, though nothing is an integer for them."""
    if isinstance(value, (list, tuple)) and any(isinstance(v, (shapes.Dimension, list, tuple)) for v in value):
        return [_sizes(v) for v in value]
    return value.value if isinstance(value, shapes.Dimension) and value.value is not None else value


def check(value, dtype):
    """Raises TypeError when a Python scalar inside `value` cannot be a `dtype`, as `1.5` cannot be an int32."""
    for v in _scalars(value):
        allowed = _KINDS.get(type(v))
        if allowed is not None and not allowed(dtype):
            raise TypeError(f"Expected {dtype.name}, got {v!r} of type '{type(v).__name__}' instead.")
        if v is None:
            raise TypeError(f"Expected {dtype.name}, got None of type 'NoneType' instead.")


def strings(value):
    """Gives an object array of bytes from (nested) str and bytes. Raises TypeError for anything else inside."""
    array = np.array(value, dtype=object) if not isinstance(value, np.ndarray) else value
    if array.dtype == object and set(map(type, array.ravel().tolist())) <= {bytes}:  # a tenth of the time of the loop below
        return array.copy()
    out = np.empty(array.shape, dtype=object)
    source, target = array.reshape(-1), out.reshape(-1)
    for i in range(source.size):
        v = source[i]
        if isinstance(v, str):
            v = v.encode("utf-8", "surrogateescape")
        elif isinstance(v, np.ndarray) and v.ndim == 0:
            v = v.item()
        if not isinstance(v, bytes):
            raise TypeError(f"Expected binary or unicode string, got {v!r}")
        target[i] = bytes(v)
    return out


def as_array(value, dtype=None):
    """Gives the NumPy array for a Python value, list or array, of `dtype` (a DType) or of the type TensorFlow would infer.

    Raises TypeError when the value or one inside it does not fit the dtype or is None, ValueError for ragged lists and a bare None.
    """
    if value is None:
        raise ValueError("None values not supported.")
    typed = isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "__array__")
    if dtype is None:
        return _inferred(value, typed)
    dtype = dtypes.as_dtype(dtype).base_dtype
    if dtype is dtypes.string:
        return strings(value)
    if dtype in (dtypes.resource, dtypes.variant):
        return np.array(value, dtype=object)
    if not typed:
        if dtype.is_integer:
            value = _sizes(value)
        check(value, dtype)
    try:
        array = np.asarray(value)
        if array.dtype.kind in "USO" and array.size:
            raise TypeError(f"Expected {dtype.name}, got {value!r} of type '{type(value).__name__}' instead.")
        return array if array.dtype == dtype.np else array.astype(dtype.np)
    except OverflowError as e:
        raise ValueError(f"{value!r} does not fit in {dtype.name}: {e}") from None


def _inferred(value, typed):
    try:
        array = np.asarray(value)
    except ValueError as e:
        raise ValueError(f"Can't convert non-rectangular Python sequence to Tensor: {e}") from None
    kind = array.dtype.kind
    if kind in "SUO":
        if kind == "O" and any(v is None for v in array.reshape(-1)):
            raise TypeError(f"Failed to convert object of type {type(value)} to Tensor: None inside it. Contents: {value!r}")
        if kind == "O" and any(not isinstance(v, (str, bytes)) for v in array.reshape(-1)):
            bad = next(v for v in array.reshape(-1) if not isinstance(v, (str, bytes)))
            raise TypeError(
                f"Failed to convert object of type {type(bad)} to Tensor. Contents: {bad!r}. Consider casting elements to a supported type."
            )
        return strings(array if typed else value)  # NumPy would write the 1 of ["a", 1] as a string
    if not typed or isinstance(value, numbers.Number) and not isinstance(value, np.generic):
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        elif array.dtype == np.int64:
            small = array.astype(np.int32)
            if np.array_equal(small, array):
                array = small
    dtypes.as_dtype(array.dtype)
    return array


def show(array, limit=60):
    """A short form of an array's content for messages."""
    text = np.array2string(np.asarray(array), threshold=6, separator=", ").replace("\n", "")
    return text if len(text) <= limit else text[: limit - 3] + "..."


def shape_of(value):
    """The tuple shape of a Python value or array."""
    return np.shape(value)


def fits(array, shape):
    """Whether an array's shape is compatible with a tuple shape."""
    return shapes.compatible(array.shape, shape)
