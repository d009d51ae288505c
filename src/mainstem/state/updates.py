"""What changes a variable: assignments, scatters and counting, for the ref and the resource kind."""

import numpy as np

from mainstem.base import shapes
from mainstem.core import builder, registry
from mainstem.graph.tensor import Tensor
from mainstem.ops import flow
from mainstem.ops import state as state_ops
from mainstem.ops import variables as variable_ops


def _slices(sparse_delta):
    if not (hasattr(sparse_delta, "indices") and hasattr(sparse_delta, "values")) or callable(sparse_delta.values):
        raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
    return sparse_delta.indices, sparse_delta.values


def batch_indices(indices):
    """Gives [batch.., n, k + 1] full indices for `indices` [batch.., n] into the axis after k batch axes.

    Raises ValueError when their shape is not fully known.
    """
    call = registry.lookup
    indices = builder.current().convert(indices, name="indices")
    dims = indices._shape
    if not shapes.known(dims):
        raise ValueError(f"batch_scatter_update needs indices of known shape. Got {shapes.TensorShape(dims)}.")
    kind, parts = indices.dtype.as_numpy_dtype, []
    for axis in range(len(dims) - 1):
        steps = np.arange(dims[axis], dtype=kind).reshape([-1 if i == axis else 1 for i in range(len(dims))])
        parts.append(np.broadcast_to(steps, dims)[..., None])
    last = call("ExpandDims")(indices, -1)
    return call("ConcatV2")([*parts, last], -1, name="concat") if parts else last


class Updates:
    """What every variable offers; the two kinds fill in how. The scatter methods differ in `_scatter` alone."""

    @property
    def op(self):
        """The operation that owns the variable."""
        raise NotImplementedError(f"{type(self).__name__}.op")

    @property
    def dtype(self):
        """The element type; a reference type for ref variables."""
        raise NotImplementedError(f"{type(self).__name__}.dtype")

    @property
    def shape(self):
        """What is known of the shape, a TensorShape."""
        raise NotImplementedError(f"{type(self).__name__}.shape")

    def value(self):
        """A tensor that reads the variable."""
        raise NotImplementedError(f"{type(self).__name__}.value")

    def read_value(self):
        """A new tensor that reads the variable where it is made."""
        raise NotImplementedError(f"{type(self).__name__}.read_value")

    def set_shape(self, shape):
        """Adds what the caller knows of the shape."""
        raise NotImplementedError(f"{type(self).__name__}.set_shape")

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Sets the value."""
        raise NotImplementedError(f"{type(self).__name__}.assign")

    def assign_add(self, delta, use_locking=False, name=None, read_value=True):
        """Adds `delta`."""
        raise NotImplementedError(f"{type(self).__name__}.assign_add")

    def assign_sub(self, delta, use_locking=False, name=None, read_value=True):
        """Subtracts `delta`."""
        raise NotImplementedError(f"{type(self).__name__}.assign_sub")

    def count_up_to(self, limit):
        """The value, counting up to `limit`."""
        raise NotImplementedError(f"{type(self).__name__}.count_up_to")

    def sparse_read(self, indices, name=None):
        """The rows `indices`."""
        raise NotImplementedError(f"{type(self).__name__}.sparse_read")

    def gather_nd(self, indices, name=None):
        """The elements or slices at `indices`."""
        raise NotImplementedError(f"{type(self).__name__}.gather_nd")

    def _scatter(self, kind, indices, updates, use_locking, name):
        raise NotImplementedError(f"{type(self).__name__}: {kind}")

    def scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Sets the rows `sparse_delta.indices` to `sparse_delta.values`."""
        return self._scatter("ScatterUpdate", *_slices(sparse_delta), use_locking, name)

    def scatter_add(self, sparse_delta, use_locking=False, name=None):
        """Adds `sparse_delta.values` to the rows `sparse_delta.indices`; repeated rows add up."""
        return self._scatter("ScatterAdd", *_slices(sparse_delta), use_locking, name)

    def scatter_sub(self, sparse_delta, use_locking=False, name=None):
        """Subtracts `sparse_delta.values` from the rows `sparse_delta.indices`; repeated rows add up."""
        return self._scatter("ScatterSub", *_slices(sparse_delta), use_locking, name)

    def scatter_mul(self, sparse_delta, use_locking=False, name=None):
        """Multiplies the rows `sparse_delta.indices` by `sparse_delta.values`."""
        return self._scatter("ScatterMul", *_slices(sparse_delta), use_locking, name)

    def scatter_div(self, sparse_delta, use_locking=False, name=None):
        """Divides the rows `sparse_delta.indices` by `sparse_delta.values`."""
        return self._scatter("ScatterDiv", *_slices(sparse_delta), use_locking, name)

    def scatter_min(self, sparse_delta, use_locking=False, name=None):
        """Sets the rows `sparse_delta.indices` to the lesser of themselves and `sparse_delta.values`."""
        return self._scatter("ScatterMin", *_slices(sparse_delta), use_locking, name)

    def scatter_max(self, sparse_delta, use_locking=False, name=None):
        """Sets the rows `sparse_delta.indices` to the greater of themselves and `sparse_delta.values`."""
        return self._scatter("ScatterMax", *_slices(sparse_delta), use_locking, name)

    def scatter_nd_update(self, indices, updates, name=None):
        """Sets the elements or slices at `indices` [.., k] to `updates`."""
        return self._scatter("ScatterNdUpdate", indices, updates, True, name)

    def scatter_nd_add(self, indices, updates, name=None):
        """Adds `updates` to the elements or slices at `indices` [.., k]."""
        return self._scatter("ScatterNdAdd", indices, updates, True, name)

    def scatter_nd_sub(self, indices, updates, name=None):
        """Subtracts `updates` from the elements or slices at `indices` [.., k]."""
        return self._scatter("ScatterNdSub", indices, updates, True, name)

    def scatter_nd_max(self, indices, updates, name=None):
        """Sets the elements or slices at `indices` [.., k] to the greater of themselves and `updates`."""
        return self._scatter("ScatterNdMax", indices, updates, True, name)

    def scatter_nd_min(self, indices, updates, name=None):
        """Sets the elements or slices at `indices` [.., k] to the lesser of themselves and `updates`."""
        return self._scatter("ScatterNdMin", indices, updates, True, name)

    def batch_scatter_update(self, sparse_delta, use_locking=False, name=None):
        """Sets, in each batch, the rows that `sparse_delta.indices` [batch.., n] name."""
        indices, values = _slices(sparse_delta)
        return self._scatter("ScatterNdUpdate", batch_indices(indices), values, use_locking, name)


class RefUpdates(Updates):
    """Updates of a ref variable give its tensor, as it is after them."""

    def _assign(self, op, value, use_locking, name, read_value, **attrs):
        made = op(self._variable, value, use_locking=use_locking, name=name, **attrs)
        return made if read_value else made.op

    def assign(self, value, use_locking=False, name=None, read_value=True, validate_shape=None):
        """Sets the value; gives the variable's tensor after the assignment (the operation when `read_value` is False)."""
        return self._assign(state_ops.assign, value, use_locking, name, read_value, validate_shape=validate_shape)

    def assign_add(self, delta, use_locking=False, name=None, read_value=True):
        """Adds `delta`; gives the variable's tensor after it (the operation when `read_value` is False)."""
        return self._assign(state_ops.assign_add, delta, use_locking, name, read_value)

    def assign_sub(self, delta, use_locking=False, name=None, read_value=True):
        """Subtracts `delta`; gives the variable's tensor after it (the operation when `read_value` is False)."""
        return self._assign(state_ops.assign_sub, delta, use_locking, name, read_value)

    def count_up_to(self, limit):
        """A tensor that gives the value and adds one to it, until it reaches `limit`: then OutOfRangeError."""
        return variable_ops.count_up_to(self._variable, limit=limit)

    def _scatter(self, kind, indices, updates, use_locking, name):
        return registry.lookup(kind)(self._variable, indices, updates, use_locking=use_locking, name=name)

    def sparse_read(self, indices, name=None):
        """The rows `indices`."""
        return registry.lookup("GatherV2")(self._read, indices, 0, name=name or "Gather")

    def gather_nd(self, indices, name=None):
        """The elements or slices at `indices` [.., k]."""
        return registry.lookup("GatherNd")(self._read, indices, name=name)


class ResourceUpdates(Updates):
    """Updates of a resource variable give an object whose reads come after them."""

    def _value(self, value):
        return value if isinstance(value, Tensor) else self._here().convert(value, dtype=self._dtype)

    def _update(self, op, value, name, read_value):
        made = op(self._handle, self._value(value), name=name)
        return self._lazy_read(made) if read_value else made

    def assign(self, value, use_locking=None, name=None, read_value=True, validate_shape=None):
        """Sets the value; gives the variable as it is after that (the operation when `read_value` is False).

        Raises ValueError when the shape does not fit.
        """
        tensor = self._value(value)
        if not shapes.compatible(self._handle._handle[1], tensor._shape):
            raise ValueError(
                f"Cannot assign to variable {self.name} due to variable shape {self.shape} and value shape {tensor.shape} "
                "are incompatible"
            )
        return self._update(state_ops.assign_variable, tensor, name, read_value)

    def assign_add(self, delta, use_locking=None, name=None, read_value=True):
        """Adds `delta`; gives the variable as it is after that (the operation when `read_value` is False)."""
        return self._update(state_ops.assign_add_variable, delta, name, read_value)

    def assign_sub(self, delta, use_locking=None, name=None, read_value=True):
        """Subtracts `delta`; gives the variable as it is after that (the operation when `read_value` is False)."""
        return self._update(state_ops.assign_sub_variable, delta, name, read_value)

    def count_up_to(self, limit):
        """A tensor that gives the value and adds one to it, until it reaches `limit`: then OutOfRangeError."""
        return variable_ops.resource_count_up_to(self._handle, limit=limit, T=self._dtype)

    def _scatter(self, kind, indices, updates, use_locking, name):
        attrs = {"use_locking": use_locking} if kind.startswith("ScatterNd") else {}
        made = registry.lookup("Resource" + kind)(self._handle, indices, self._value(updates), name=name, **attrs)
        return self._lazy_read(made)

    def sparse_read(self, indices, name=None):
        """The rows `indices`."""
        with self._here().name_scope(name or "Gather") as path:
            rows = registry.lookup("ResourceGather")(self._handle, indices, dtype=self._dtype, name=path)
            return flow.identity(rows)

    def gather_nd(self, indices, name=None):
        """The elements or slices at `indices` [.., k]."""
        with self._here().name_scope(name or "GatherNd") as path:
            found = registry.lookup("ResourceGatherNd")(self._handle, indices, dtype=self._dtype, name=path)
            return flow.identity(found)
