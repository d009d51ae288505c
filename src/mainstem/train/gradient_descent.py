"""`GradientDescentOptimizer`."""

from mainstem.core.registry import lookup
from mainstem.ops import math, scatter, training  # noqa: F401 - register Mul, ScatterSub and the rule
from mainstem.train.optimizer import Optimizer, as_type


class GradientDescentOptimizer(Optimizer):
    """`var -= learning_rate * gradient`.

    Args:
        learning_rate: a float, tensor or function without arguments.
        use_locking: accepted; updates of one run never overlap here.
        name: the scope of its operations.
    """

    def __init__(self, learning_rate, use_locking=False, name="GradientDescent"):
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._learning_rate_tensor = None

    def _prepare(self):
        self._learning_rate_tensor = self._hyper(self._learning_rate, "learning_rate")

    def _apply_dense(self, grad, var):
        rate = as_type(self._learning_rate_tensor, var)
        return lookup("ApplyGradientDescent")(var, rate, grad, use_locking=self._use_locking).op

    def _resource_apply_dense(self, grad, handle):
        rate = as_type(self._learning_rate_tensor, grad)
        return lookup("ResourceApplyGradientDescent")(handle.handle, rate, grad, use_locking=self._use_locking)

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices):
        rate = as_type(self._learning_rate_tensor, grad)
        step = lookup("Mul")(lookup("Neg")(grad), rate, name="mul")
        return lookup("ResourceScatterAdd")(handle.handle, indices, step)

    def _apply_sparse_duplicate_indices(self, grad, var):
        # a scatter adds repeated rows up by itself
        step = lookup("Mul")(grad.values, as_type(self._learning_rate_tensor, var), name="mul")
        return lookup("ScatterSub")(var, grad.indices, step, use_locking=self._use_locking)
