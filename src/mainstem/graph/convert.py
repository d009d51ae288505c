"""Values to tensors: constants, lists with tensors inside, and the user's registered conversions."""

import numpy as np

from mainstem.base import arrays, dtypes, shapes
from mainstem.core import registry
from mainstem.graph.tensor import Tensor

_CONVERSIONS = []


def register_tensor_conversion_function(base_type, conversion_func, priority=100):
    """Registers `conversion_func(value, dtype, name, as_ref)` for instances of `base_type`; lower priority numbers go first.

    Raises TypeError when `base_type` is not a type or the function is not callable.
    """
    if not (isinstance(base_type, type) or (isinstance(base_type, tuple) and all(isinstance(t, type) for t in base_type))):
        raise TypeError(
            f"register_tensor_conversion_function: 'base_type' must be a type or a tuple of types. Got {base_type!r}."
        )
    if not callable(conversion_func):
        raise TypeError(f"register_tensor_conversion_function: 'conversion_func' must be callable. Got {conversion_func!r}.")
    _CONVERSIONS.append((priority, len(_CONVERSIONS), base_type, conversion_func))
    _CONVERSIONS.sort(key=lambda c: c[:2])


def to_tensor(graph, value, dtype=None, as_ref=False, preferred_dtype=None, name=None):
    """Gives the tensor of `graph` for `value`.

    Raises TypeError when its dtype is not `dtype`, ValueError when it belongs to another graph or cannot be a tensor.
    """
    if isinstance(value, Tensor):
        return _checked(graph, value, dtype)
    method = getattr(value, "_as_graph_tensor", None)
    if method is not None and not isinstance(value, type):
        return _checked(graph, method(dtype=dtype, name=name, as_ref=as_ref), dtype)
    for _, _, base_type, fn in _CONVERSIONS:
        if isinstance(value, base_type):
            made = fn(value, dtype=dtype, name=name, as_ref=as_ref)
            if made is not NotImplemented:
                return _checked(graph, made, dtype)
    if isinstance(value, (list, tuple)) and _has_tensor(value):
        return _packed(graph, value, dtype, name)
    if isinstance(value, (shapes.TensorShape, shapes.Dimension)):
        return _of_shape(graph, value, dtype, name)
    if dtype is None and preferred_dtype is not None:
        try:
            return constant(graph, value, preferred_dtype, name=name)
        except (TypeError, ValueError):
            return constant(graph, value, None, name=name)
    return constant(graph, value, dtype, name=name)


def _of_shape(graph, value, dtype, name):
    """A shape as an int32 vector (int64 when asked for, or when a size needs it), a Dimension as a scalar."""
    if dtype is not None and dtype not in dtypes.INDEX:
        raise TypeError(f"Cannot convert a {type(value).__name__} to dtype {dtype.name}: it must be int32 or int64.")
    known = value.as_list() if isinstance(value, shapes.TensorShape) else value.value
    if known is None or (isinstance(known, list) and None in known):
        raise ValueError(f"Cannot convert a partially known {type(value).__name__} to a Tensor: {value}")
    default = "shape_as_tensor" if isinstance(known, list) else None
    return constant(graph, known, dtype or (None if known else dtypes.int32), name=name or default)


def _checked(graph, tensor, dtype):
    tensor = graph.accept(tensor)
    if dtype is not None and not dtype.is_compatible_with(tensor.dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {tensor.dtype.name}: {tensor!r}"
        )
    return tensor


def _has_tensor(value):
    return any(_is_tensor_like(v) or (isinstance(v, (list, tuple)) and _has_tensor(v)) for v in value)


def _is_tensor_like(v):
    if isinstance(v, Tensor) or hasattr(v, "_as_graph_tensor"):
        return True
    return any(isinstance(v, base) for _, _, base, _ in _CONVERSIONS)


def _element_dtype(value):
    for v in value:
        if isinstance(v, (list, tuple)):
            found = _element_dtype(v)
            if found is not None:
                return found
        elif _is_tensor_like(v) and hasattr(v, "dtype"):
            return dtypes.as_dtype(v.dtype).base_dtype
    return None


def _packed(graph, value, dtype, name):
    """A `Pack` of the parts; constants among them are named by their position: "packed/0"."""
    dtype = dtype or _element_dtype(value)
    with graph.name_scope(name or "packed") as scope:
        parts = []
        for i, v in enumerate(value):
            if isinstance(v, (list, tuple)) and _has_tensor(v):
                parts.append(_packed(graph, v, dtype, str(i)))
            else:
                parts.append(to_tensor(graph, v, dtype=dtype, name=None if _is_tensor_like(v) else str(i)))
        return graph.apply(registry.lookup("Pack"), (parts,), {}, scope)


def constant(graph, value, dtype=None, shape=None, name=None):
    """Adds a `Const` holding `value`, filled up to `shape` with its last element when `shape` is given."""
    if isinstance(value, np.ndarray) and dtype is None and value.dtype.kind not in "SUO":
        array = np.array(value)  # a copy: the graph must not change with the user's array
    else:
        array = np.array(arrays.as_array(value, dtype))
    if shape is not None:
        array = _fill(array, tuple(shape))
    kind = dtypes.as_dtype(dtype).base_dtype if dtype is not None else dtypes.as_dtype(array.dtype)
    return graph.constant(array, kind, name)


def _fill(array, shape):
    size = int(np.prod(shape, dtype=np.int64))
    if array.size == size:
        return array.reshape(shape)
    if size == 0 and array.ndim == 0:
        return np.zeros(shape, array.dtype)
    if array.size > size or array.size == 0:
        raise ValueError(f"Too many elements provided. Needed at most {size}, but received {array.size}")
    return np.concatenate([array.reshape(-1), np.repeat(array.reshape(-1)[-1:], size - array.size)]).reshape(shape)
