"""Optimizers whose rule is an op: the subclass says which op, which slots and which hyperparameters it takes."""

from mainstem.base import dtypes
from mainstem.core.registry import lookup
from mainstem.ops import training  # noqa: F401 - registers the rules
from mainstem.train.optimizer import Optimizer, as_type


class KernelOptimizer(Optimizer):
    """Applies `ApplyX`, `ResourceApplyX`, `SparseApplyX` or `ResourceSparseApplyX`, arguments by name.

    The sparse ops add up repeated rows themselves, which keeps a training step one compiled program (TensorFlow puts Unique and
    UnsortedSegmentSum before them; its own kernels, given an exported graph, apply repeated rows one after the other). A
    subclass with its own `_apply_sparse` gets distinct indices.
    """

    _op = None  # X
    _op_slots = {}  # argument of the op -> slot name

    def _op_values(self):
        """Argument of the op -> tensor; cast to the type of the gradient, but for integers."""
        raise NotImplementedError()

    def _op_attrs(self):
        """Further attrs of the op."""
        return {}

    def _call(self, prefix, var, grad, indices=None):
        op = lookup(prefix + self._op)
        resource = prefix.startswith("Resource")
        given = {"var": var, "grad": grad, "delta": grad, "indices": indices}
        given.update({argument: self.get_slot(var, slot) for argument, slot in self._op_slots.items()})
        given.update(self._op_values())
        args = []
        for a in op.inputs:
            value = given[a.name]
            if a.name in op.writes:
                value = value.handle if resource else value
            elif a.name not in ("grad", "delta", "indices") and a.type is not dtypes.int64:
                value = as_type(value, grad)
            args.append(value)
        made = op(*args, use_locking=self._use_locking, **self._op_attrs())
        return made if resource else made.op

    def _apply_dense(self, grad, var):
        return self._call("Apply", var, grad)

    def _resource_apply_dense(self, grad, handle):
        return self._call("ResourceApply", handle, grad)

    def _apply_sparse(self, grad, var):
        return self._call("SparseApply", var, grad.values, grad.indices)

    def _resource_apply_sparse(self, grad, handle, indices):
        return self._call("ResourceSparseApply", handle, grad, indices)

    def _apply_sparse_duplicate_indices(self, grad, var):
        if type(self)._apply_sparse is not KernelOptimizer._apply_sparse:
            return super()._apply_sparse_duplicate_indices(grad, var)
        return self._apply_sparse(grad, var)

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices):
        if type(self)._resource_apply_sparse is not KernelOptimizer._resource_apply_sparse:
            return super()._resource_apply_sparse_duplicate_indices(grad, handle, indices)
        return self._resource_apply_sparse(grad, handle, indices)
