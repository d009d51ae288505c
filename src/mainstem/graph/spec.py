"""Specs: what is known of a value before it is there. `TensorSpec` of a tensor, others of objects made of tensors."""

import numpy as np

from mainstem.base import dtypes, nest, shapes
from mainstem.graph import convert
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.graph.tensor import Tensor


class TypeSpec:
    """Base of the specs. Two specs are equal when class and `_key()` are."""

    value_type = object

    def _key(self):
        raise NotImplementedError(f"{type(self).__name__}._key")

    def _components(self):
        """The TensorSpecs of the tensors that a value is made of."""
        raise NotImplementedError(f"{type(self).__name__}._components")

    def _build(self, parts):
        """The value with these tensors."""
        raise NotImplementedError(f"{type(self).__name__}._build")

    def is_compatible_with(self, spec_or_value):
        """Whether a value, or every value of a spec, may be of this spec."""
        other = spec_or_value if isinstance(spec_or_value, TypeSpec) else _of(spec_or_value)
        if type(other) is not type(self):
            return False
        mine, its = self._components(), other._components()
        return len(mine) == len(its) and all(a.is_compatible_with(b) for a, b in zip(mine, its))

    def is_subtype_of(self, other):
        """Whether every value of this spec is one of `other`."""
        if type(other) is not type(self):
            return False
        mine, its = self._components(), other._components()
        return len(mine) == len(its) and all(a.is_subtype_of(b) for a, b in zip(mine, its))

    def most_specific_common_supertype(self, others):
        """The narrowest spec that this one and all `others` are of, or None."""
        made = self
        for other in others:
            made = None if made is None else made._joined(other)
        return made

    def most_specific_compatible_type(self, other):
        """`most_specific_common_supertype` of two specs. Raises ValueError where there is none."""
        made = self._joined(other)
        if made is None:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return made

    def _joined(self, other):
        return self if self == other else None

    def __eq__(self, other):
        return type(self) is type(other) and self._key() == other._key()

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash((type(self).__name__, repr(self._key())))

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self._key()))})"


class TensorSpec(TypeSpec):
    """A tensor's shape (None: unknown), dtype, and the name of the placeholder that stands for it."""

    value_type = Tensor

    def __init__(self, shape, dtype=dtypes.float32, name=None):
        self._shape, self._dtype, self._name = shapes.TensorShape(shape), dtypes.as_dtype(dtype), name
        self._dims = shapes.as_tuple(self._shape)

    @classmethod
    def from_spec(cls, spec, name=None):
        """The spec, with another name when one is given."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor, name=None):
        """The spec of a tensor or variable. Raises ValueError for other values."""
        if isinstance(tensor, Tensor):
            named = None if tensor._is_eager else tensor.op.name
            return cls(shapes.as_tuple(tensor.shape), tensor.dtype.base_dtype, name or named)
        if hasattr(tensor, "_as_graph_tensor") and hasattr(tensor, "dtype"):
            return cls(shapes.as_tuple(tensor.shape), tensor.dtype.base_dtype, name)
        raise ValueError(f"`tensor` should be a tf.Tensor, but got type {type(tensor)}.")

    @property
    def shape(self):
        return self._shape

    @property
    def dtype(self):
        return self._dtype

    @property
    def name(self):
        return self._name

    def _key(self):
        return (self._dims, self._dtype, self._name)

    def _with_dims(self, dims):
        """The same for another shape."""
        return TensorSpec(dims, self._dtype, self._name)

    def _components(self):
        return [self]

    def _build(self, parts):
        return parts[0]

    def is_compatible_with(self, spec_or_tensor):
        """Whether dtypes are the same and shapes may be."""
        if isinstance(spec_or_tensor, TypeSpec):
            other = spec_or_tensor
        else:
            other = _of(spec_or_tensor)
        return isinstance(other, TensorSpec) and self._dtype == other._dtype and shapes.compatible(self._dims, other._dims)

    def is_subtype_of(self, other):
        """Whether every tensor of this spec is one of `other`."""
        if not isinstance(other, TensorSpec) or self._dtype != other._dtype:
            return False
        if other._dims is None:
            return True
        return (
            self._dims is not None
            and len(self._dims) == len(other._dims)
            and all(b is None or a == b for a, b in zip(self._dims, other._dims))
        )

    def _joined(self, other):
        if not isinstance(other, TensorSpec) or other._dtype != self._dtype:
            return None
        return TensorSpec(
            shapes.agreed(self._dims, other._dims), self._dtype, self._name if self._name == other._name else None
        )

    def __hash__(self):
        return hash((self._dims, self._dtype))

    def __reduce__(self):
        return TensorSpec, (self._dims, self._dtype, self._name)

    def __repr__(self):
        return f"TensorSpec(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"


class BoundedTensorSpec(TensorSpec):
    """A TensorSpec whose values lie between `minimum` and `maximum`."""

    def __init__(self, shape, dtype, minimum, maximum, name=None):
        super().__init__(shape, dtype, name)
        if minimum is None or maximum is None:
            raise ValueError("`minimum` and `maximum` can not be None.")
        self._minimum = np.array(minimum, self.dtype.as_numpy_dtype)
        self._maximum = np.array(maximum, self.dtype.as_numpy_dtype)

    @classmethod
    def from_spec(cls, spec):
        """The spec; bounds of a plain TensorSpec are those of its dtype."""
        return cls(
            spec.shape,
            spec.dtype,
            getattr(spec, "minimum", spec.dtype.min),
            getattr(spec, "maximum", spec.dtype.max),
            spec.name,
        )

    minimum = property(lambda self: self._minimum)
    maximum = property(lambda self: self._maximum)

    def _key(self):
        return (*super()._key(), self._minimum.tolist(), self._maximum.tolist())

    def __reduce__(self):
        return BoundedTensorSpec, (self._dims, self._dtype, self._minimum, self._maximum, self._name)

    def __repr__(self):
        return (
            f"BoundedTensorSpec(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r}, minimum={self._minimum!r}, "
            f"maximum={self._maximum!r})"
        )


class SparseTensorSpec(TypeSpec):
    """A SparseTensor's dense shape and dtype."""

    value_type = SparseTensor

    def __init__(self, shape=None, dtype=dtypes.float32):
        self._shape, self._dtype = shapes.TensorShape(shape), dtypes.as_dtype(dtype)

    shape = property(lambda self: self._shape)
    dtype = property(lambda self: self._dtype)

    def _key(self):
        return (self._shape, self._dtype)

    def _components(self):
        rank = self._shape.rank
        return [
            TensorSpec([None, rank], dtypes.int64), TensorSpec([None], self._dtype), TensorSpec([rank], dtypes.int64)
        ]  # fmt: skip

    def _build(self, parts):
        return SparseTensor(*parts)

    def _joined(self, other):
        if not isinstance(other, SparseTensorSpec) or other._dtype != self._dtype:
            return None
        return SparseTensorSpec(shapes.agreed(shapes.as_tuple(self._shape), shapes.as_tuple(other._shape)), self._dtype)

    def __repr__(self):
        return f"SparseTensorSpec({self._shape!r}, {self._dtype!r})"


class IndexedSlicesSpec(TypeSpec):
    """The whole shape, the dtypes and the shape of the indices of IndexedSlices."""

    value_type = IndexedSlices

    def __init__(
        self, shape=None, dtype=dtypes.float32, indices_dtype=dtypes.int64, dense_shape_dtype=None, indices_shape=None
    ):
        self._shape, self._dtype = shapes.TensorShape(shape), dtypes.as_dtype(dtype)
        self._indices_dtype, self._indices_shape = dtypes.as_dtype(indices_dtype), shapes.TensorShape(indices_shape)
        self._dense_shape_dtype = None if dense_shape_dtype is None else dtypes.as_dtype(dense_shape_dtype)

    shape = property(lambda self: self._shape)
    dtype = property(lambda self: self._dtype)

    def _key(self):
        return (self._shape, self._dtype, self._indices_dtype, self._dense_shape_dtype, self._indices_shape)

    def _components(self):
        whole = shapes.as_tuple(self._shape)
        rows = shapes.as_tuple(self._indices_shape)
        values = None if whole is None else ((rows[0] if rows else None), *whole[1:])
        parts = [TensorSpec(values, self._dtype), TensorSpec(rows if rows is not None else [None], self._indices_dtype)]
        if self._dense_shape_dtype is not None:
            parts.append(TensorSpec([None if whole is None else len(whole)], self._dense_shape_dtype))
        return parts

    def _build(self, parts):
        return IndexedSlices(*parts)


_BUILDERS = [  # (class, function from a value to its spec)
    (SparseTensor, lambda v: SparseTensorSpec(shapes.as_tuple(v.shape), v.dtype)),
    (
        IndexedSlices,
        lambda v: IndexedSlicesSpec(
            shapes.as_tuple(v.shape), v.dtype, v.indices.dtype, None if v.dense_shape is None else v.dense_shape.dtype, v.indices.shape
        ),
    ),
]  # fmt: skip


def register_spec(kind, function):
    """Makes `type_spec_from_value` use `function(value)` for instances of `kind`."""
    _BUILDERS.append((kind, function))


def spec_of_composite(value):
    """The spec of an object made of tensors, or None for other values."""
    return next((build(value) for kind, build in _BUILDERS if isinstance(value, kind)), None)


def _of(value):
    if isinstance(value, Tensor) or hasattr(value, "_as_graph_tensor"):
        found = spec_of_composite(value)
        return TensorSpec.from_tensor(value) if found is None else found
    found = spec_of_composite(value)
    if found is not None:
        return found
    if isinstance(value, np.ndarray):
        return TensorSpec(value.shape, value.dtype)
    return None


def type_spec_from_value(value):
    """The spec of a tensor, of an object made of tensors, or of anything that can be a tensor. Raises TypeError for the rest."""
    found = _of(value)
    if found is not None:
        return found
    try:
        array = convert.arrays.as_array(value, None)
    except (TypeError, ValueError):
        raise TypeError(f"Could not build a TypeSpec for {value!r} of unsupported type {type(value)}.") from None
    return TensorSpec(array.shape, dtypes.as_dtype(array.dtype))


def is_nest_of_specs(structure):
    """Whether all leaves of a structure are specs."""
    return all(isinstance(leaf, TypeSpec) for leaf in nest.flatten(structure))
