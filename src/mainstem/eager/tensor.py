"""`EagerTensor`: a tensor that holds its value."""

import jax
import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.graph.tensor import Tensor
from mainstem.lower import cache


class _Awaited:
    """Looked up where a tensor has no value of its own yet: makes that of a pending one."""

    def __get__(self, tensor, owner=None):
        if tensor is None:
            return self
        tensor._value = value = tensor._pending.array()
        return value


class EagerTensor(Tensor):
    """A concrete tensor.

    `_value` is a jax array, or a NumPy array that nobody else can change; an object array of bytes for strings; a `Slot` for a
    resource. A NumPy array goes to the device with the op that takes it (7 µs) and stays there when a second op takes it (13 µs),
    so that temporary numbers and shapes never do; `_host` keeps the NumPy array then. A tensor that `pending` made has no `_value`
    before somebody asks for it.
    """

    _op, _index, _is_eager, _consumers, _host, _met, _pending = None, 0, True, (), None, False, None
    _value = _Awaited()

    def __init__(self, value, dtype):
        self._value, self._dtype = value, dtype

    @property
    def _shape(self):
        if self._pending is not None:
            return self._pending.shape
        return self._value.shape if self._dtype is not dtypes.resource else ()

    @property
    def _handle(self):
        """(dtype, shape) of the variable behind a resource, as graph tensors have it."""
        return getattr(self._value, "declared", None) if self._dtype is dtypes.resource else None

    @property
    def _constant(self):
        """The value for shape arithmetic: what is concrete is constant."""
        return self._array() if self._dtype.is_numpy_compatible else None

    def _content(self):
        """The array for a kernel; a handle's is in its slot."""
        value = self._value
        if type(value) is np.ndarray:
            if self._met:
                moved = on_device(value)
                if isinstance(moved, jax.core.Tracer):  # inside somebody's trace, which the tensor may outlive
                    return moved
                self._host = value
                self._value = value = moved
            else:
                self._met = True
        return value

    @property
    def op(self):
        raise AttributeError("Tensor.op is undefined when eager execution is enabled.")

    @property
    def graph(self):
        raise AttributeError("Tensor.graph is undefined when eager execution is enabled.")

    @property
    def name(self):
        raise AttributeError("Tensor.name is undefined when eager execution is enabled.")

    @property
    def device(self):
        """The full name of the device that holds the value."""
        value = self._value
        if isinstance(value, jax.Array):
            d = next(iter(value.devices()))
        else:
            d = None if self._dtype in (dtypes.string, dtypes.resource, dtypes.variant) else jax.devices()[0]
        kind, index = ("CPU", 0) if d is None else (d.platform.upper(), d.id)
        return f"/job:localhost/replica:0/task:0/device:{kind}:{index}"

    backing_device = device

    def set_shape(self, shape):
        """Raises ValueError when `shape` contradicts the tensor's own."""
        if not shapes.compatible(self._shape, shapes.as_tuple(shape)):
            given = shapes.TensorShape(shape)
            raise ValueError(f"Tensor's shape {self.shape} is not compatible with supplied shape {given}.")

    @property
    def value_index(self):
        raise AttributeError("Tensor.value_index is undefined when eager execution is enabled.")

    @property
    def _id(self):
        """A number of this tensor among those alive."""
        return id(self)

    def consumers(self):
        raise NotImplementedError("Tensor.consumers is undefined when eager execution is enabled.")

    def cpu(self):
        """The tensor in the memory of the CPU."""
        return self._on(jax.devices("cpu")[0])

    def gpu(self, gpu_index=0):
        """The tensor in the memory of a GPU. Raises RuntimeError when there is no such GPU."""
        found = [d for d in jax.devices() if d.platform in ("gpu", "cuda", "rocm")]
        if gpu_index >= len(found):
            raise RuntimeError(f"GPU:{gpu_index} unknown device.")
        return self._on(found[gpu_index])

    def _on(self, device):
        if self._dtype in (dtypes.string, dtypes.resource, dtypes.variant):
            return self
        with jax.enable_x64(True):
            return EagerTensor(jax.device_put(self._value, device), self._dtype)

    def eval(self, feed_dict=None, session=None):
        raise NotImplementedError("eval is not supported when eager execution is enabled, is .numpy() what you're looking for?")

    def numpy(self):
        """The value as a NumPy array that is the caller's own; a scalar as a NumPy scalar, a string scalar as bytes."""
        if self._dtype is dtypes.resource or self._dtype is dtypes.variant:
            raise TypeError(f"Cannot convert a tensor of type {self._dtype.name} to a NumPy array.")
        array = self._array()
        return array.copy() if array.ndim else array[()]

    _numpy = numpy

    def _array(self):
        """The value as a NumPy array of 0 or more dimensions, not to be written to."""
        return self._host if self._host is not None else np.asarray(self._value)

    def __array__(self, dtype=None, copy=None):
        array = self._array()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def __jax_array__(self):
        value = self._value
        return on_device(value) if isinstance(value, np.ndarray) else value

    def __dlpack__(self, **kwargs):
        return self.__jax_array__().__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self.__jax_array__().__dlpack_device__()

    def __len__(self):
        if not self._shape:
            raise TypeError("Scalar tensor has no `len()`")
        return self._shape[0]

    def __bool__(self):
        return bool(self._array())

    __nonzero__ = __bool__

    def __int__(self):
        return int(self._array())

    def __float__(self):
        return float(self._array())

    def __complex__(self):
        return complex(self._array())

    def __index__(self):
        return self._array().__index__()

    def __format__(self, spec):
        return format(self.numpy(), spec)

    def __iter__(self):
        if not self._shape:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[i] for i in range(self._shape[0]))

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return wrap, (np.array(self._array()),)

    def __str__(self):
        return f"tf.Tensor({self._shown(_show_text)}, shape={self.shape}, dtype={self._dtype.name})"

    def __repr__(self):
        return f"<tf.Tensor: shape={self.shape}, dtype={self._dtype.name}, numpy={self._shown(show_array)}>"

    def _shown(self, how):
        return "<unprintable>" if not self._dtype.is_numpy_compatible else how(self.numpy())

    def __eq__(self, other):
        """Compares content in TensorFlow 2's behaviour, a bool tensor (False for shapes that do not broadcast); else identity."""
        if not Tensor._USE_EQUALITY:
            return self is other
        return False if other is None else registry.lookup("Equal")(self, other, incompatible_shape_error=False)

    def __ne__(self, other):
        """The opposite of `==`."""
        if not Tensor._USE_EQUALITY:
            return self is not other
        return True if other is None else registry.lookup("NotEqual")(self, other, incompatible_shape_error=False)

    def __hash__(self):
        if Tensor._USE_EQUALITY:
            raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")
        return id(self)


def show_array(value):
    """An array as Python shows it, on lines of its own when it takes several; a number as the Python number that it is."""
    if isinstance(value, np.generic):
        return repr(value.item())
    text = repr(value)
    return f"\n{text}" if "\n" in text else text


def _show_text(value):
    """An array as `print` shows it, on lines of its own when it takes several."""
    text = str(value)
    return f"\n{text}" if "\n" in text else text


def _numpy_only(name):
    def refuse(self):
        raise AttributeError(
            f"EagerTensor object has no attribute {name!r}. Call .numpy() for the methods of NumPy, or use the function of `tf`."
        )

    return property(refuse)


for _name in ("T", "astype", "ravel", "transpose", "reshape", "clip", "size", "tolist", "data"):
    setattr(EagerTensor, _name, _numpy_only(_name))
_identity = jax.jit(lambda a: a)


def on_device(array):
    """A NumPy array as a jax array (a jitted identity does in 13 µs what takes device_put 80 µs)."""
    cache.enable()
    previous = jax.enable_x64.swap_local(True)
    try:
        return _identity(array)
    finally:
        jax.enable_x64.set_local(previous)


_BY_NP = {}


def pending(strings):
    """Gives the tensor for an `arrays.Pending`."""
    made = EagerTensor.__new__(EagerTensor)
    made._dtype, made._pending = dtypes.string, strings
    return made


def wrap(value):
    """Gives the tensor for a jax or NumPy array (an object array holds strings); it must not change afterwards."""
    dtype = _BY_NP.get(value.dtype)
    if dtype is None:
        dtype = _BY_NP[value.dtype] = dtypes.string if value.dtype == object else dtypes.as_dtype(value.dtype)
    return EagerTensor(value, dtype)
