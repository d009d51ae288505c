"""What a Python generator yields, as components."""

import numpy as np

from mainstem.base import arrays, dtypes, shapes
from mainstem.data import structure
from mainstem.graph.sparse_tensor import SparseTensorValue
from mainstem.graph.spec import SparseTensorSpec, TensorSpec
from mainstem.ops.dataset import Sparse


def converter(spec):
    """A function from what a generator yields to the components of an element of `spec`.

    It raises TypeError for another structure or dtype, ValueError for another shape.
    """
    specs = structure.flatten(spec)
    convert = [_leaf(s, spec) for s in specs]
    if not structure.is_nested(spec):
        only = convert[0]
        return lambda value: [only(value)]
    if type(spec) is tuple and not any(structure.is_nested(s) for s in spec):
        count = len(spec)

        def of_tuple(value):
            kind = type(value)
            if (kind is not tuple and kind is not list) or len(value) != count:
                raise _other_structure(spec, value)
            return [c(v) for c, v in zip(convert, value)]

        return of_tuple

    def of_nest(value):
        try:
            flat = _flatten_like(spec, value)
        except (TypeError, KeyError, ValueError):
            raise _other_structure(spec, value) from None
        return [c(v) for c, v in zip(convert, flat, strict=True)]

    return of_nest


def _flatten_like(spec, value):
    if not structure.is_nested(spec):
        return [value]
    if hasattr(spec, "keys"):
        if set(spec) != set(value):
            raise KeyError
        return [leaf for k in sorted(spec) for leaf in _flatten_like(spec[k], value[k])]
    if len(value) != len(spec):
        raise ValueError
    return [leaf for s, v in zip(spec, value, strict=True) for leaf in _flatten_like(s, v)]


def _other_structure(spec, value):
    types = structure.legacy_types(spec)
    return TypeError(
        "`generator` yielded an element that did not match the expected structure. The expected structure was "
        f"{types}, but the yielded element was {value}."
    )


def _leaf(spec, whole):
    if isinstance(spec, SparseTensorSpec):
        return lambda value: _sparse(value, spec)
    if not isinstance(spec, TensorSpec):
        raise NotImplementedError(f"from_generator: elements of {spec} are not implemented.")
    dtype, dims = spec.dtype, shapes.as_tuple(spec.shape)
    kind, text = dtype.np, dtype is dtypes.string
    count = None if dims is None or None in dims else dims

    def convert(value):
        made = value
        if type(value) is not np.ndarray or value.dtype != kind or text:
            try:
                made = arrays.strings(_plain(value)) if text else _numbers(_plain(value), kind)
            except (TypeError, ValueError, OverflowError) as e:
                raise TypeError(
                    "`generator` yielded an element that could not be converted to the expected type. The expected type was "
                    f"{dtype.name}, but the yielded element was {value}."
                ) from e
        if made.shape != count and not shapes.compatible(made.shape, dims):
            raise ValueError(
                f"`generator` yielded an element of shape {made.shape} where an element of shape {shapes.TensorShape(dims)} was expected."
            )
        return made

    return convert


def _plain(value):
    return value.numpy() if hasattr(value, "numpy") else value


def _numbers(value, kind):
    made = np.asarray(value)
    if made.dtype.kind in "fc" and kind.kind in "iub" and isinstance(value, (float, complex)):
        raise TypeError("a float is no integer")
    return np.array(made, kind) if made.dtype != kind else made


def _sparse(value, spec):
    if hasattr(value, "dense_shape") and hasattr(value.values, "numpy"):
        value = SparseTensorValue(value.indices.numpy(), value.values.numpy(), value.dense_shape.numpy())
    return Sparse(
        np.asarray(value.indices, np.int64), np.asarray(value.values, spec.dtype.np), np.asarray(value.dense_shape, np.int64)
    )
