"""Tensors to and from DLPack, without a copy."""

import ctypes

import jax

from mainstem.base import dtypes
from mainstem.eager.tensor import EagerTensor, wrap

_address = ctypes.pythonapi.PyCapsule_GetPointer
_address.restype, _address.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


def to_dlpack(tf_tensor):
    """The DLPack capsule of an eager tensor, which another library may take once. Raises TypeError for other values and dtypes."""
    if not isinstance(tf_tensor, EagerTensor) or tf_tensor.dtype in (dtypes.string, dtypes.resource, dtypes.variant):
        raise TypeError(f"The argument to `to_dlpack` must be an eager tensor of numbers. Got {tf_tensor!r}.")
    return tf_tensor.__dlpack__()


class _Holder:
    """A capsule in the form that libraries ask for: an object that says where the memory is."""

    def __init__(self, capsule):
        self.capsule = capsule
        at = _address(capsule, b"dltensor")  # a DLTensor: a pointer to the data, then device type and number
        kind, number = (ctypes.c_int32 * 2).from_address(at + ctypes.sizeof(ctypes.c_void_p))
        self.device = (kind, number)

    def __dlpack__(self, **kwargs):
        return self.capsule

    def __dlpack_device__(self):
        return self.device


def from_dlpack(dlcapsule):
    """The eager tensor of a DLPack capsule, or of an array that has `__dlpack__`; it shares the memory."""
    given = dlcapsule if hasattr(dlcapsule, "__dlpack__") else _Holder(dlcapsule)
    with jax.enable_x64(True):
        return wrap(jax.dlpack.from_dlpack(given))
