"""TensorFlow's element types: one `DType` object a type, its enum number, its NumPy type and its reference twin."""

import ml_dtypes
import numpy as np


class DType:
    """An element type, e.g. `float32`; `float32_ref` is the type of a variable's own (assignable) tensor.

    `DType(type_enum)` gives the type of a number of `types.proto`; TypeError when there is none.
    Invariant: there is one object per enum number, so `is` and `==` agree.
    """

    __slots__ = ("_enum", "_is_ref", "_np", "_other", "name")

    def __new__(cls, type_enum):
        if type_enum not in _BY_ENUM:
            raise TypeError(f"type_enum is not a valid types_pb2.DataType. Got {type_enum!r}.")
        return _BY_ENUM[type_enum]

    @classmethod
    def _new(cls, name, enum, np_type, is_ref=False):
        self = object.__new__(cls)
        self.name, self._enum, self._np, self._is_ref, self._other = name, enum, np_type, is_ref, None
        return self

    def __reduce__(self):
        return as_dtype, (self.name,)

    @property
    def as_numpy_dtype(self):
        return self._np

    @property
    def np(self):
        """The NumPy dtype object (`object` for strings)."""
        return np.dtype(self._np)

    __numpy_dtype__ = np  # `np.dtype(tf.float32)`, which pandas asks for when it meets a tensor (NumPy from 2.4 on)

    @property
    def as_datatype_enum(self):
        return self._enum

    @property
    def _is_ref_dtype(self):
        return self._is_ref

    @property
    def base_dtype(self):
        return self._other if self._is_ref else self

    @property
    def _as_ref(self):
        return self if self._is_ref else self._other

    @property
    def real_dtype(self):
        return {"complex64": float32, "complex128": float64}.get(self.base_dtype.name, self)

    @property
    def is_numpy_compatible(self):
        return self.base_dtype not in (resource, variant)

    @property
    def is_bool(self):
        return self.base_dtype is bool

    @property
    def is_floating(self):
        return self.base_dtype in FLOATING

    @property
    def is_integer(self):
        return self.base_dtype in INTEGER

    @property
    def is_quantized(self):
        return self.base_dtype in (qint8, quint8, qint16, quint16, qint32)

    @property
    def is_complex(self):
        return self.base_dtype in COMPLEX

    @property
    def is_unsigned(self):
        return self.base_dtype in (uint8, uint16, uint32, uint64)

    @property
    def size(self):
        return 1 if self._np is object else np.dtype(self._np).itemsize

    def _limit(self, which):
        if self.is_floating:
            return getattr(ml_dtypes.finfo(self._np), which)
        if self.is_integer:
            return getattr(np.iinfo(self._np), which)
        raise TypeError(f"Cannot find {which}imum value of {self}.")

    @property
    def min(self):
        """The least value. Raises TypeError for types that have none (bool, string, complex)."""
        return self._limit("min")

    @property
    def max(self):
        """The greatest value. Raises TypeError for types that have none (bool, string, complex)."""
        return self._limit("max")

    @property
    def limits(self):
        """(least, greatest) intensity of an image of this type: (0, 1) for floating types, (0, max) for integers."""
        return (0, 1) if self.is_floating else (0, self.max)

    def is_compatible_with(self, other):
        """Whether a tensor of type `other` can stand where this type is asked for."""
        other = as_dtype(other)
        return self is other or self is other.base_dtype

    def __eq__(self, other):
        if other is None:
            return False
        if isinstance(other, DType):
            return self is other
        try:
            return self is as_dtype(other)
        except TypeError:
            return False

    def __ne__(self, other):
        return not self.__eq__(other)

    def __hash__(self):
        return self._enum

    def __str__(self):
        return f"<dtype: {self.name!r}>"

    def __repr__(self):
        return "tf." + self.name


_BY_ENUM, _BY_NAME, _BY_NUMPY = {}, {}, {}


def _make(name, enum, np_type, numpy_default=True):
    t, r = DType._new(name, enum, np_type), DType._new(name + "_ref", enum + 100, np_type, is_ref=True)
    t._other, r._other = r, t
    for d in (t, r):
        _BY_ENUM[d._enum] = d
        _BY_NAME[d.name] = d
    if numpy_default and np_type is not object:
        _BY_NUMPY[np.dtype(np_type)] = t
    return t


float32 = _make("float32", 1, np.float32)
float64 = double = _make("float64", 2, np.float64)
int32 = _make("int32", 3, np.int32)
uint8 = _make("uint8", 4, np.uint8)
int16 = _make("int16", 5, np.int16)
int8 = _make("int8", 6, np.int8)
string = _make("string", 7, object)
complex64 = _make("complex64", 8, np.complex64)
int64 = _make("int64", 9, np.int64)
bool = _make("bool", 10, np.bool_)
qint8 = _make("qint8", 11, np.int8, False)
quint8 = _make("quint8", 12, np.uint8, False)
qint32 = _make("qint32", 13, np.int32, False)
bfloat16 = _make("bfloat16", 14, ml_dtypes.bfloat16)
qint16 = _make("qint16", 15, np.int16, False)
quint16 = _make("quint16", 16, np.uint16, False)
uint16 = _make("uint16", 17, np.uint16)
complex128 = _make("complex128", 18, np.complex128)
float16 = half = _make("float16", 19, np.float16)
resource = _make("resource", 20, object)
variant = _make("variant", 21, object)
uint32 = _make("uint32", 22, np.uint32)
uint64 = _make("uint64", 23, np.uint64)

FLOATING = frozenset((float16, bfloat16, float32, float64))
COMPLEX = frozenset((complex64, complex128))
INTEGER = frozenset((int8, int16, int32, int64, uint8, uint16, uint32, uint64))
REAL = FLOATING | INTEGER
NUMERIC = REAL | COMPLEX
INEXACT = FLOATING | COMPLEX
INDEX = frozenset((int32, int64))
QUANTIZED = frozenset((qint8, quint8, qint16, quint16, qint32))
DEVICE = NUMERIC | {bool}  # what an array on an accelerator can hold
ANY = DEVICE | {string} | QUANTIZED | {resource, variant}

_BY_NAME.update(
    float=float32, double=float64, half=float16, double_ref=float64._as_ref, half_ref=float16._as_ref, str=string, bytes=string
)
_BY_PYTHON = {float: float32, int: int32, np.bool_: bool, str: string, bytes: string, complex: complex128, object: string}
_BY_PYTHON[type(True)] = bool


def as_dtype(type_value):
    """Gives the `DType` for a DType, enum number, name, NumPy dtype or Python type.

    Raises TypeError when there is none.
    """
    if isinstance(type_value, DType):
        return type_value
    if isinstance(type_value, int) and type_value in _BY_ENUM:
        return _BY_ENUM[type_value]
    if isinstance(type_value, str) and type_value in _BY_NAME:
        return _BY_NAME[type_value]
    if isinstance(type_value, type) and type_value in _BY_PYTHON:
        return _BY_PYTHON[type_value]
    try:
        np_type = None if type_value is None else np.dtype(type_value)
    except TypeError:
        np_type = None
    if np_type is not None:
        if np_type in _BY_NUMPY:
            return _BY_NUMPY[np_type]
        if np_type.kind in "SUO":
            return string
    if hasattr(type_value, "dtype"):
        return as_dtype(type_value.dtype)
    raise TypeError(f"Cannot convert value {type_value!r} to a TensorFlow DType.")
