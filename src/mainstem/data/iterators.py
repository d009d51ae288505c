"""Iterators: of eager mode and tf.function (`OwnedIterator`), of graphs (`Iterator`), and optionals."""

import warnings

import numpy as np

from mainstem.base import dtypes
from mainstem.core import builder
from mainstem.data import iteration, places, structure
from mainstem.data.nodes import element_attrs
from mainstem.eager.context import context, executing_eagerly
from mainstem.eager.tensor import EagerTensor
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.graph import get_default_graph
from mainstem.graph.sparse_tensor import SparseTensorValue
from mainstem.graph.spec import TensorSpec, TypeSpec, register_spec
from mainstem.ops import dataset as ops
from mainstem.ops.dataset import Sparse
from mainstem.state.trackable import PythonState
from mainstem.surface import framework

GET_NEXT_WARNING = 32
_GET_NEXT = (
    "An unusually high number of `Iterator.get_next()` calls was detected. This often indicates that `Iterator.get_next()` is being "
    "called inside a training loop, which will cause gradual slowdown and eventual resource exhaustion. If this is the case, "
    "restructure your code to call `next_element = iterator.get_next()` once outside the loop, and use `next_element` as the input "
    "to some computation that is invoked inside the loop."
)


class Optional:
    """An element that may not be there."""

    def __init__(self, variant_tensor, element_spec):
        self._variant_tensor, self._element_spec = variant_tensor, element_spec

    element_spec = value_structure = property(lambda self: self._element_spec)

    def has_value(self, name=None):
        """Whether there is one, a bool scalar."""
        return ops.optional_has_value(self._variant_tensor, name=name)

    def get_value(self, name=None):
        """The element. Raises InvalidArgumentError (in a graph, when it runs) where there is none."""
        made = ops.optional_get_value(self._variant_tensor, **element_attrs(self._element_spec), name=name)
        return structure.from_components(self._element_spec, made)

    @staticmethod
    def from_value(value):
        """An optional that holds `value`."""
        element = structure.normalized(value)
        return Optional(ops.optional_from_value(structure.to_components(element)), structure.specs_of(element))

    @staticmethod
    def empty(element_spec):
        """An optional that holds nothing."""
        return Optional(ops.optional_none(), element_spec)

    none_from_structure = empty

    def __repr__(self):
        return f"<Optional element_spec={self._element_spec!r}>"


class IteratorBase:
    """What iterators have in common; the iterators of `iter(dataset)` and of graphs."""

    _element_spec = None

    @property
    def element_spec(self):
        """The specs of an element's leaves, in its structure."""
        return self._element_spec

    @property
    def output_types(self):
        """The dtypes of an element."""
        return structure.legacy_types(self._element_spec)

    @property
    def output_shapes(self):
        """The shapes of an element."""
        return structure.legacy_shapes(self._element_spec)

    @property
    def output_classes(self):
        """The classes of an element's leaves."""
        return structure.legacy_classes(self._element_spec)

    def _next(self, name=None):
        made = ops.iterator_get_next(self._iterator_resource, **element_attrs(self._element_spec), name=name)
        return structure.from_components(self._element_spec, made)

    def get_next_as_optional(self, name=None):
        """The next element, or none at the end, as an Optional."""
        made = ops.iterator_get_next_as_optional(self._iterator_resource, **element_attrs(self._element_spec), name=name)
        return Optional(made, self._element_spec)


class OwnedIterator(IteratorBase, PythonState):
    """The iterator of `iter(dataset)`, in eager mode and in functions."""

    def __init__(self, dataset=None, resource=None, element_spec=None):
        if dataset is None:
            self._iterator_resource, self._element_spec, self._iteration = resource, element_spec, None
            return
        self._element_spec, self._dataset = dataset.element_spec, dataset
        variant = dataset._for_iterator()
        if executing_eagerly():
            slot = iteration.slot()
            slot.value.start(variant._value)
            self._iterator_resource, self._iteration = EagerTensor(slot, dtypes.resource), slot.value
            plain = all(isinstance(s, TensorSpec) for s in structure.flatten(self._element_spec))
            self._types = structure.component_types(self._element_spec) if plain else None
            spec = self._element_spec
            self._flat = plain and type(spec) is tuple and not any(structure.is_nested(s) for s in spec)
        else:
            self._iterator_resource = ops.anonymous_iterator(**element_attrs(self._element_spec))
            self._iteration = None
            ops.make_iterator(variant, self._iterator_resource)

    def __iter__(self):
        return self

    def __next__(self):
        if self._iteration is not None and executing_eagerly():
            made = self._iteration.next_or_none()
            if made is None:
                raise StopIteration
            return self._as_element(made)
        return self._next()

    next = __next__

    def _as_element(self, made):
        tensors = [_tensor(v, t) for v, t in zip(made, self._types or structure.component_types(self._element_spec))]
        if self._flat:
            return tuple(tensors)
        if isinstance(self._element_spec, TensorSpec):
            return tensors[0]
        return structure.from_components(self._element_spec, tensors)

    def get_next(self, name=None):
        """The next element. Raises OutOfRangeError at the end."""
        if self._iteration is not None and executing_eagerly():
            return self._as_element(self._iteration.next())
        return self._next(name)

    # ---- for checkpoints

    def serialize(self):
        """Where it stands, as text."""
        return saved(self._iteration).decode()

    def deserialize(self, string_value):
        """Goes to where an iterator over the same dataset stood."""
        restore(self._iteration, string_value if isinstance(string_value, bytes) else string_value.encode())

    def __repr__(self):
        return f"<OwnedIterator element_spec={self._element_spec!r}>"


def _tensor(value, dtype):
    kind = type(value)
    if kind is np.ndarray:
        return EagerTensor(value, dtype)
    if kind is bytes:
        out = np.empty((), object)
        out[()] = value
        return EagerTensor(out, dtype)
    if dtype is dtypes.variant:
        return EagerTensor(value, dtype)
    return EagerTensor(np.asarray(value), dtype)


class IteratorSpec(TypeSpec):
    """The spec of an iterator."""

    value_type = OwnedIterator

    def __init__(self, element_spec):
        self._element_spec = element_spec

    element_spec = property(lambda self: self._element_spec)

    @classmethod
    def from_value(cls, value):
        """The spec of an iterator."""
        return cls(value.element_spec)

    def _key(self):
        return (self._element_spec,)

    def _components(self):
        return [TensorSpec((), dtypes.resource)]

    def _build(self, parts):
        return OwnedIterator(resource=parts[0], element_spec=self._element_spec)


register_spec(OwnedIterator, IteratorSpec.from_value)


def iterator_of(dataset):
    """`iter(dataset)`."""
    if executing_eagerly() or isinstance(builder.current(), FuncGraph):
        return OwnedIterator(dataset)
    raise RuntimeError(
        "`tf.data.Dataset` only supports Python-style iteration in eager mode or within tf.function. In graph mode, use "
        "`tf.compat.v1.data.make_one_shot_iterator(dataset)`."
    )


class NumpyIterator:
    """The elements of a dataset with NumPy arrays as leaves."""

    def __init__(self, dataset):
        if not executing_eagerly():
            raise RuntimeError("`tf.data.Dataset.as_numpy_iterator()` is only supported in eager mode.")
        self._iterator = iter(dataset)

    def __iter__(self):
        return self

    def __next__(self):
        made = self._iterator._iteration.next_or_none()
        if made is None:
            raise StopIteration
        return structure.pack(self._iterator._element_spec, [_numpy(v) for v in made])

    next = __next__

    def save(self):
        """Where it stands, as bytes."""
        return saved(self._iterator._iteration)

    def restore(self, state):
        """Goes to where `save` was called."""
        restore(self._iterator._iteration, state)


def _numpy(value):
    if isinstance(value, Sparse):
        return SparseTensorValue(value.indices, value.values, value.dense_shape)
    if isinstance(value, np.ndarray):
        return value.copy() if value.ndim else value[()]
    return value


def saved(iteration_):
    """The place of an iteration as bytes."""
    return places.dumps(iteration_.save())


def restore(iteration_, state):
    """The other way."""
    iteration_.restore(places.loads(state))


# ---- graphs


class Iterator(IteratorBase):
    """An iterator of a graph: `get_next` gives tensors that are the next element in every run."""

    def __init__(
        self, iterator_resource, initializer, output_types, output_shapes=None, output_classes=None, element_spec=None
    ):
        self._iterator_resource, self._initializer = iterator_resource, initializer
        if element_spec is None:
            element_spec = structure.from_legacy(output_types, output_shapes, output_classes)
        self._element_spec, self._gets = element_spec, 0
        self._string_handle = ops.iterator_to_string_handle(iterator_resource)
        get_default_graph().add_to_collection("iterators", self._iterator_resource)

    @staticmethod
    def from_structure(output_types, output_shapes=None, shared_name=None, output_classes=None):
        """An iterator for datasets with these types and shapes (None: unknown), which `make_initializer` starts."""
        spec = structure.from_legacy(output_types, output_shapes, output_classes)
        resource = ops.iterator(container="", shared_name=shared_name or "", **element_attrs(spec))
        return Iterator(resource, None, None, element_spec=spec)

    @staticmethod
    def from_string_handle(string_handle, output_types, output_shapes=None, output_classes=None):
        """An iterator that is another one in every run: that of the string handle, a scalar string."""
        spec = structure.from_legacy(output_types, output_shapes, output_classes)
        handle = framework.convert_to_tensor(string_handle, dtype=dtypes.string)
        resource = ops.iterator_from_string_handle(handle, **element_attrs(spec))
        return Iterator(resource, None, None, element_spec=spec)

    @property
    def initializer(self):
        """The operation that starts it. Raises ValueError when `make_initializer` makes that."""
        if self._initializer is None:
            raise ValueError("Iterator does not have an initializer.")
        return self._initializer

    def make_initializer(self, dataset, name=None):
        """An operation that starts it over a dataset. Raises TypeError when types, shapes or structure do not fit."""
        with framework.name_scope(name, "make_initializer"):
            spec = dataset.element_spec
            mine = self._element_spec
            try:
                pairs = structure.flatten(structure.map_structure(lambda a, b: (_typed(a), _typed(b)), mine, spec))
            except ValueError:
                raise TypeError(
                    f"Expected output classes {self.output_classes!r} but got dataset with output classes {structure.legacy_classes(spec)!r}."
                ) from None
            flat = list(zip(structure.flatten(mine), structure.flatten(spec), strict=True))
            if any(a != b for a, b in zip(map(_typed, structure.flatten(mine)), map(_typed, structure.flatten(spec)))):
                raise TypeError(
                    f"Expected output types {self.output_types!r} but got dataset with output types {structure.legacy_types(spec)!r}."
                )
            if pairs and not all(a.is_compatible_with(b) for a, b in flat):
                raise TypeError(
                    f"Expected output shapes compatible with {self.output_shapes!r} but got dataset with output shapes "
                    f"{structure.legacy_shapes(spec)!r}."
                )
        return ops.make_iterator(dataset._for_iterator(), self._iterator_resource, name=name)

    def get_next(self, name=None):
        """Tensors that are the next element in every run; after the last one, the run raises OutOfRangeError."""
        self._gets += 1
        if self._gets > GET_NEXT_WARNING:
            warnings.warn(_GET_NEXT, stacklevel=2)
        return self._next(name)

    def string_handle(self, name=None):
        """The handle that feeds `from_string_handle`, a scalar string."""
        return self._string_handle if name is None else ops.iterator_to_string_handle(self._iterator_resource, name=name)


def _typed(spec):
    return getattr(spec, "dtype", type(spec))


def make_initializable(dataset, shared_name=None):
    """An iterator that must be started by its `initializer`; placeholders that the dataset uses are fed then.

    Raises RuntimeError in eager mode, ValueError for a dataset of another graph.
    """
    if context() is builder.current():
        raise RuntimeError(
            "dataset.make_initializable_iterator is not supported when eager execution is enabled. Use `for element in dataset` instead."
        )
    variant = dataset._for_iterator()
    spec = dataset.element_spec
    resource = ops.iterator(container="", shared_name=shared_name or "", **element_attrs(spec))
    initializer = ops.make_iterator(variant, resource)
    return Iterator(resource, initializer, None, element_spec=spec)


def make_one_shot(dataset):
    """An iterator that starts by itself. Raises ValueError for a dataset that uses placeholders, variables or tables."""
    if executing_eagerly():
        return OwnedIterator(dataset)
    if isinstance(builder.current(), FuncGraph) and not dataset._variant_tensor._is_eager:
        raise RuntimeError("dataset.make_one_shot_iterator is not supported inside of functions: use `iter(dataset)`.")
    graph, spec = FuncGraph("_make_dataset"), dataset.element_spec
    with graph.as_default():
        made = type(dataset)._of(_by_value(graph, dataset._variant_tensor, {}), spec)
        graph.outputs = [made._for_iterator()]
    resource = ops.one_shot_iterator(dataset_factory=graph, **element_attrs(spec))
    return Iterator(resource, None, None, element_spec=spec)


_STATEFUL = (
    "Failed to create a one-shot iterator for a dataset. `Dataset.make_one_shot_iterator()` does not support datasets that capture "
    "stateful objects, such as a `Variable` or `LookupTable`. In these cases, use `Dataset.make_initializable_iterator()`. "
    "(Original error: Cannot capture a stateful node (name:{}, type:{}) by value.)"
)


def _by_value(graph, tensor, copied):
    """A copy in `graph` of a tensor and of all that it needs."""
    todo = [tensor._op]
    while todo:
        op = todo[-1]
        if op in copied:
            todo.pop()
            continue
        missing = [t._op for t in op._inputs if t._op not in copied] + [c for c in op._control_inputs if c not in copied]
        if missing:
            todo += missing
            continue
        todo.pop()
        if op.type == "Placeholder":
            raise ValueError(f"Cannot capture a placeholder (name:{op.name}, type:{op.type}) by value.")
        d = op.definition
        variant = any(t._dtype is dtypes.variant for t in op._outputs)
        if (d.owner or d.state is not None or d.writes or (d.stateful and not variant)) and d.name not in _READ_ONLY:
            raise ValueError(_STATEFUL.format(op.name, op.type))
        inputs = [copied[t._op]._outputs[t._index] for t in op._inputs]
        made = graph.create(
            d, op.name, inputs, dict(op.attrs), control_inputs=[copied[c] for c in op._control_inputs], device=op.device,
            shape=[t._shape for t in op._outputs],
        )  # fmt: skip
        copied[op] = made
        if "_callback" in op.__dict__:
            graph.outermost.__dict__.setdefault("_callbacks", []).append(op._callback)
    return copied[tensor._op]._outputs[tensor._index]


_READ_ONLY = frozenset(("MatchingFiles", "Assert", "ReadFile"))


def get_next_as_optional(iterator):
    """The next element of an iterator as an Optional."""
    return iterator.get_next_as_optional()
