"""`IndexedSlices`: a sparse set of rows of a tensor, as the gradient of a lookup is."""

import collections

from mainstem.base import dtypes, shapes
from mainstem.core import builder, registry

IndexedSlicesValue = collections.namedtuple("IndexedSlicesValue", ["values", "indices", "dense_shape"])  # of a run


class IndexedSlices:
    """Rows `values` [n, ...] that stand at `indices` [n] of a tensor of shape `dense_shape`; equal indices add up."""

    def __init__(self, values, indices, dense_shape=None):
        self._values, self._indices, self._dense_shape = values, indices, dense_shape

    @property
    def values(self):
        return self._values

    @property
    def indices(self):
        return self._indices

    @property
    def dense_shape(self):
        """The shape of the whole tensor as a 1-D tensor, or None."""
        return self._dense_shape

    @property
    def shape(self):
        """What is known of the shape of the whole tensor, a TensorShape."""
        if self._dense_shape is None:
            return shapes.TensorShape(None)
        if self._dense_shape._is_eager:
            return shapes.TensorShape(self._dense_shape._array().tolist())
        op = self._dense_shape.op
        return shapes.TensorShape(tuple(op.attrs["value"].tolist()) if op.type == "Const" else None)

    @property
    def name(self):
        return self._values.name

    @property
    def device(self):
        return self._values.device

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

    def consumers(self):
        return self._values.consumers()

    @property
    def _builder(self):
        return builder.current() if self._values._is_eager else self._values.graph

    def __neg__(self):
        neg = self._builder.apply(registry.lookup("Neg"), (self._values,), {})
        return IndexedSlices(neg, self._indices, self._dense_shape)

    def _as_graph_tensor(self, dtype=None, name=None, as_ref=False):
        """The whole tensor. Raises ValueError when `dense_shape` is not known."""
        if self._dense_shape is None:
            raise ValueError(f"Tensor conversion requested for IndexedSlices without dense_shape: {self}")
        graph = self._builder
        zero, one = (graph.constant(dtypes.int32.np.type(i), dtypes.int32) for i in (0, 1))
        begin = graph.apply(registry.lookup("Pack"), ([zero],), {})
        end = graph.apply(registry.lookup("Pack"), ([one],), {})
        shape = graph.apply(registry.lookup("Cast"), (self._dense_shape,), {"DstT": dtypes.int32})
        rows = graph.apply(registry.lookup("StridedSlice"), (shape, begin, end, end), {"shrink_axis_mask": 1})
        return graph.apply(registry.lookup("UnsortedSegmentSum"), (self._values, self._indices, rows), {}, name)

    def _nest_parts(self):
        return [self._values, self._indices] + ([] if self._dense_shape is None else [self._dense_shape])

    def _nest_with(self, parts):
        return IndexedSlices(*parts)

    def __str__(self):
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape!s}"
        return f"IndexedSlices(indices={self._indices!s}, values={self._values!s}{shape})"
