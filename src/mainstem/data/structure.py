"""Elements as the user has them and as components: nests of tensors, sparse tensors and datasets, each of which is one component.

In `tf.data` tuples and dicts have elements inside; a list becomes a tensor.
"""

import collections.abc

import numpy as np

from mainstem.base import dtypes, nest, shapes
from mainstem.graph.sparse_tensor import SparseTensor, SparseTensorValue
from mainstem.graph.spec import SparseTensorSpec, TensorSpec, TypeSpec, register_spec, type_spec_from_value
from mainstem.graph.tensor import Tensor
from mainstem.ops import dataset as ops
from mainstem.surface import framework


def is_nested(value):
    """Whether a structure has elements inside: a tuple, a mapping or an attrs class."""
    if isinstance(value, tuple):
        return not isinstance(value, SparseTensorValue)
    return isinstance(value, collections.abc.Mapping) or (
        hasattr(type(value), "__attrs_attrs__") and not isinstance(value, type)
    )


def flatten(structure):
    """The leaves of a structure as a list."""
    if not is_nested(structure):
        return [structure]
    return [leaf for child in nest._children(structure) for leaf in flatten(child)]


def pack(structure, leaves):
    """The leaves (an iterable) in the form of a structure."""
    return _pack(structure, iter(leaves))


def _pack(structure, leaves):
    if not is_nested(structure):
        return next(leaves)
    if isinstance(structure, collections.abc.Mapping):
        made = {k: _pack(structure[k], leaves) for k in sorted(structure)}
        return nest._like_mapping(structure, made)
    return nest.like_sequence(structure, [_pack(v, leaves) for v in nest._children(structure)])


def map_structure(function, *structures):
    """The structure of what `function` gives for the leaves of several of one form. Raises ValueError where forms differ."""
    flat = [flatten(s) for s in structures]
    if any(len(f) != len(flat[0]) for f in flat):
        raise ValueError(f"The two structures don't have the same nested structure: {structures[0]!r} and {structures[1]!r}")
    return pack(structures[0], [function(*leaves) for leaves in zip(*flat)])


# ---- specs


class NoneTensorSpec(TypeSpec):
    """The spec of None."""

    def _key(self):
        return ()

    def _components(self):
        return []

    def _build(self, parts):
        return None


class OptionalSpec(TypeSpec):
    """The spec of an optional: that of what it may hold."""

    def __init__(self, element_spec=None):
        self._element_spec = element_spec

    element_spec = _value_structure = property(lambda self: self._element_spec)

    @classmethod
    def from_value(cls, value):
        """The spec of an optional."""
        return cls(value.element_spec)

    def _key(self):
        return (self._element_spec,)

    def _components(self):
        return [TensorSpec((), dtypes.variant)]

    def _build(self, parts):
        return _OPTIONALS[0](parts[0], self._element_spec)


_OPTIONALS, _DATASETS = [], []


class DatasetSpec(TypeSpec):
    """The spec of a dataset: that of its elements."""

    def __init__(self, element_spec, dataset_shape=()):
        self._element_spec, self._dataset_shape = element_spec, shapes.TensorShape(dataset_shape)

    element_spec = property(lambda self: self._element_spec)

    @property
    def value_type(self):
        return _DATASETS[0]

    @classmethod
    def from_value(cls, value):
        """The spec of a dataset."""
        return cls(value.element_spec)

    def _key(self):
        return (self._element_spec, self._dataset_shape)

    def _components(self):
        return [TensorSpec(self._dataset_shape, dtypes.variant)]

    def _build(self, parts):
        return _DATASETS[0]._of(parts[0], self._element_spec)

    def is_compatible_with(self, spec_or_value):
        """Whether a dataset, or every dataset of a spec, has elements of this spec."""
        other = spec_or_value if isinstance(spec_or_value, TypeSpec) else spec_of(spec_or_value)
        return isinstance(other, DatasetSpec) and compatible(self._element_spec, other._element_spec)

    def __repr__(self):
        return f"DatasetSpec({self._element_spec!r}, {self._dataset_shape!r})"


def register_classes(dataset, optional):
    """Tells which classes stand for datasets and optionals."""
    _DATASETS[:], _OPTIONALS[:] = [dataset], [optional]
    register_spec(dataset, DatasetSpec.from_value)
    register_spec(optional, OptionalSpec.from_value)


def spec_of(value):
    """The spec of a leaf: of a tensor, a sparse tensor, a dataset, or what can be a tensor."""
    if value is None:
        return NoneTensorSpec()
    if isinstance(value, SparseTensorValue):
        return SparseTensorSpec(tuple(np.asarray(value.dense_shape).tolist()), np.asarray(value.values).dtype)
    made = type_spec_from_value(value)
    return TensorSpec(made._dims, made.dtype) if type(made) is TensorSpec else made  # without the name of the operation


def specs_of(structure):
    """The specs of a structure of leaves."""
    return map_structure(spec_of, structure)


def compatible(a, b):
    """Whether structures of specs have one form and leaves that fit."""
    try:
        return all(flatten(map_structure(lambda x, y: x.is_compatible_with(y), a, b)))
    except ValueError:
        return False


def joined(a, b):
    """The most specific structure of specs that covers both. Raises TypeError where there is none."""

    def both(x, y):
        made = x.most_specific_common_supertype([y])
        if made is None:
            raise TypeError(f"No common supertype of {x} and {y}")
        return made

    return map_structure(both, a, b)


# ---- components: one tensor a leaf


def component_types(spec):
    """The dtypes of the components: variant for what is made of tensors."""
    return [s.dtype if isinstance(s, TensorSpec) else dtypes.variant for s in flatten(spec)]


def component_shapes(spec):
    """The shapes of the components."""
    return [s._dims if isinstance(s, TensorSpec) else None if isinstance(s, SparseTensorSpec) else () for s in flatten(spec)]


def normalized(element, specs=None):
    """An element whose leaves are tensors, sparse tensors or datasets, from whatever can be one."""
    leaves = []
    for i, (leaf, spec) in enumerate(zip(flatten(element), flatten(specs) if specs is not None else flatten(element))):
        if leaf is None or isinstance(leaf, (SparseTensor, *_DATASETS, *_OPTIONALS)):
            leaves.append(leaf)
        elif isinstance(leaf, SparseTensorValue):
            leaves.append(SparseTensor.from_value(leaf))
        else:
            dtype = spec.dtype if specs is not None and isinstance(spec, TensorSpec) else None
            leaves.append(framework.convert_to_tensor(leaf, dtype=dtype, name=f"component_{i}"))
    return pack(element, leaves)


def to_components(element):
    """The components (tensors) of a normalized element."""
    made = []
    for leaf in flatten(element):
        if leaf is None:
            made.append(framework.constant(0, dtypes.int32))
        elif isinstance(leaf, SparseTensor):
            made.append(ops.serialize_sparse(leaf.indices, leaf.values, leaf.dense_shape, out_type=dtypes.variant))
        else:
            made.append(getattr(leaf, "_variant_tensor", leaf))
    return made


def from_components(spec, tensors):
    """The element of a spec for its components."""
    return pack(spec, [_leaf(s, t) for s, t in zip(flatten(spec), tensors, strict=True)])


def _leaf(spec, tensor):
    if isinstance(spec, TensorSpec):
        if not tensor._is_eager and spec._dims is not None:
            tensor.set_shape(spec._dims)
        return tensor
    if isinstance(spec, SparseTensorSpec):
        return _sparse(spec, tensor)
    return spec._build([tensor])


def _sparse(spec, tensor):
    indices, values, shape = ops.deserialize_sparse(tensor, dtype=spec.dtype)
    rank = spec.shape.rank
    if rank is not None and not tensor._is_eager:
        indices.set_shape([None, rank])
        shape.set_shape([rank])
    made = SparseTensor(indices, values, shape)
    made._declared_shape = shapes.as_tuple(spec.shape)
    return made


# ---- the older view: types, shapes and classes


def legacy_types(spec):
    """The dtypes of a structure of specs."""
    return map_structure(lambda s: s.dtype if hasattr(s, "dtype") else s, spec)


def legacy_shapes(spec):
    """The shapes of a structure of specs."""
    return map_structure(lambda s: s.shape if hasattr(s, "shape") else s, spec)


def legacy_classes(spec):
    """The classes of a structure of specs."""
    return map_structure(lambda s: s.value_type if hasattr(s, "dtype") else s, spec)


def from_legacy(output_types, output_shapes=None, output_classes=None):
    """The specs for types, shapes (None: all unknown) and classes (None: all tensors) as `Iterator.from_structure` takes them.

    Raises TypeError for anything that is no type.
    """
    flat = [t if isinstance(t, TypeSpec) else dtypes.as_dtype(t) for t in flatten(output_types)]
    if output_shapes is None:
        known = [None] * len(flat)
    else:
        known = _shapes_like(output_types, output_shapes)
    classes = [Tensor] * len(flat) if output_classes is None else flatten(output_classes)
    made = []
    for t, s, c in zip(flat, known, classes, strict=True):
        if isinstance(t, TypeSpec):
            made.append(t)
        elif isinstance(c, type) and issubclass(c, SparseTensor):
            made.append(SparseTensorSpec(s, t))
        else:
            made.append(TensorSpec(s, t))
    return pack(output_types, made)


def _shapes_like(types, given):
    """The shapes that stand where the types do: a tuple of numbers is one shape."""
    if not is_nested(types):
        return [shapes.TensorShape(given)]
    if isinstance(types, collections.abc.Mapping):
        return [s for k in sorted(types) for s in _shapes_like(types[k], given[k])]
    children = nest._children(types)
    if len(given) != len(children):
        raise ValueError(f"Shapes {given!r} do not have the structure of the types {types!r}.")
    return [s for t, g in zip(children, nest._children(given)) for s in _shapes_like(t, g)]
