"""`EagerTensor`: a tensor that holds its value."""

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.graph.tensor import Tensor


class EagerTensor(Tensor):
    """A concrete tensor.

    `_value` is a jax array, or a NumPy array that nobody else can change (a constant goes to the device with the first op that
    takes it: measured, 16 µs with a call, 60 µs by itself); an object array of bytes for strings; a `Slot` for a resource.
    """

    _op, _index, _is_eager, _consumers = None, 0, True, ()

    def __init__(self, value, dtype):
        self._value, self._dtype = value, dtype

    @property
    def _shape(self):
        return self._value.shape if self._dtype is not dtypes.resource else ()

    @property
    def _handle(self):
        """(dtype, shape) of the variable behind a resource, as graph tensors have it."""
        return getattr(self._value, "declared", None) if self._dtype is dtypes.resource else None

    @property
    def _constant(self):
        """The value for shape arithmetic: what is concrete is constant."""
        return self.numpy() if self._dtype.is_numpy_compatible else None

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
        d = next(iter(value.devices())) if isinstance(value, jax.Array) else None
        kind, index = ("CPU", 0) if d is None or d.platform == "cpu" else (d.platform.upper(), d.id)
        return f"/job:localhost/replica:0/task:0/device:{kind}:{index}"

    backing_device = device

    def set_shape(self, shape):
        """Raises ValueError when `shape` contradicts the tensor's own."""
        shapes.merge(self._shape, shapes.as_tuple(shape))

    def consumers(self):
        raise AttributeError("Tensor.consumers is undefined when eager execution is enabled.")

    def eval(self, feed_dict=None, session=None):
        raise NotImplementedError("eval is not supported when eager execution is enabled, is .numpy() what you're looking for?")

    def numpy(self):
        """The value as a NumPy array that is the caller's own; a scalar as a NumPy scalar, a string scalar as bytes."""
        if self._dtype is dtypes.resource or self._dtype is dtypes.variant:
            raise TypeError(f"Cannot convert a tensor of type {self._dtype.name} to a NumPy array.")
        array = np.asarray(self._value)
        return array.copy() if array.ndim else array[()]

    def _array(self):
        """The value as a NumPy array of 0 or more dimensions, not to be written to."""
        return np.asarray(self._value)

    def __array__(self, dtype=None, copy=None):
        array = self._array()
        return array if dtype is None else array.astype(dtype)

    def __jax_array__(self):
        return jnp.asarray(self._value)

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
        return format(self.numpy(), spec) if not self._shape else object.__format__(str(self), spec)

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
        return f"tf.Tensor({self._shown(str)}, shape={self.shape}, dtype={self._dtype.name})"

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
    """An array as Python shows it, on lines of its own when it takes several; a number without the name of its type."""
    if isinstance(value, (np.number, np.bool_)):
        return str(value)
    text = repr(value)
    return f"\n{text}" if "\n" in text else text


_BY_NP = {}


def wrap(value):
    """Gives the tensor for a jax or NumPy array (an object array holds strings); it must not change afterwards."""
    dtype = _BY_NP.get(value.dtype)
    if dtype is None:
        dtype = _BY_NP[value.dtype] = dtypes.string if value.dtype == object else dtypes.as_dtype(value.dtype)
    return EagerTensor(value, dtype)
