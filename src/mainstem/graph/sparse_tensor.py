"""`SparseTensor`: the non-zero entries of a tensor, as three tensors; `SparseTensorValue`: the same as NumPy arrays."""

import collections

from mainstem.base import dtypes, shapes
from mainstem.core import builder
from mainstem.graph import sessions
from mainstem.graph.fold import constant_value

SparseTensorValue = collections.namedtuple("SparseTensorValue", ["indices", "values", "dense_shape"])
SparseTensorValue.__doc__ = "The value of a sparse tensor: `indices` [n, rank], `values` [n], `dense_shape` [rank]."


class SparseTensor:
    """The entries `values` [n] at `indices` [n, rank] of a tensor of shape `dense_shape` [rank]; all others are zero.

    Invariant: `indices` and `dense_shape` are int64 and their ranks fit. Raises ValueError when they do not.
    """

    _declared_shape = None  # what a data set knows of the shape of its elements
    OVERLOADABLE_OPERATORS = ("__div__", "__mul__", "__truediv__")

    def __init__(self, indices, values, dense_shape):
        current = builder.current()
        with current.name_scope("SparseTensor"):
            self._indices = current.convert(indices, dtype=dtypes.int64, name="indices")
            self._values = current.convert(values, name="values")
            self._dense_shape = current.convert(dense_shape, dtype=dtypes.int64, name="dense_shape")
        at, content, shape = (shapes.as_tuple(t.shape) for t in (self._indices, self._values, self._dense_shape))
        rows = shapes.merge(at, (None, None))
        shapes.merge((rows[0],), shapes.merge(content, (None,)))
        shapes.merge((rows[1],), shapes.merge(shape, (None,)))

    @classmethod
    def from_value(cls, sparse_tensor_value):
        """A SparseTensor from a SparseTensorValue or SparseTensor. Raises TypeError for anything else."""
        if not isinstance(sparse_tensor_value, (SparseTensor, SparseTensorValue)):
            raise TypeError(f"Neither a SparseTensor nor SparseTensorValue: {sparse_tensor_value}.")
        v = sparse_tensor_value
        return SparseTensor(indices=v.indices, values=v.values, dense_shape=v.dense_shape)

    def _nest_parts(self):
        return [self._indices, self._values, self._dense_shape]

    def _nest_with(self, parts):
        return SparseTensor(*parts)

    @property
    def indices(self):
        return self._indices

    @property
    def values(self):
        return self._values

    @property
    def dense_shape(self):
        return self._dense_shape

    @property
    def op(self):
        """The operation that makes `values`."""
        return self._values.op

    @property
    def dtype(self):
        return self._values.dtype

    @property
    def graph(self):
        return self._values.graph

    @property
    def shape(self):
        """What is known of the dense shape, a TensorShape."""
        return self.get_shape()

    def get_shape(self):
        """What is known of the dense shape, a TensorShape."""
        if hasattr(self._dense_shape, "numpy"):
            return shapes.TensorShape(self._dense_shape.numpy().tolist())
        known = constant_value(self._dense_shape)
        if known is not None:
            return shapes.TensorShape([None if d < 0 else d for d in known.tolist()])
        if self._declared_shape is not None:
            return shapes.TensorShape(self._declared_shape)
        rank = shapes.as_tuple(self._dense_shape.shape)
        return shapes.unknown_shape(None if rank is None else rank[0])

    def consumers(self):
        """The operations that take any of the three tensors."""
        return list(dict.fromkeys(o for t in (self._indices, self._values, self._dense_shape) for o in t.consumers()))

    def eval(self, feed_dict=None, session=None):
        """Runs the graph in `session` (default: the default session); gives a SparseTensorValue."""
        parts = [self._indices, self._values, self._dense_shape]
        return SparseTensorValue(*sessions.required(session, self.graph, "eval").run(parts, feed_dict))

    def __str__(self):
        return f"SparseTensor(indices={self._indices!s}, values={self._values!s}, dense_shape={self._dense_shape!s})"

    __repr__ = __str__
