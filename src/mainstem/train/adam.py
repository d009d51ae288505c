"""`AdamOptimizer` and its relatives of `contrib.opt`: AdaMax, Nadam, LazyAdam."""

from mainstem.base import shapes
from mainstem.core import builder
from mainstem.core.registry import lookup
from mainstem.surface.framework import control_dependencies, convert_to_tensor, group
from mainstem.train.kernel_optimizer import KernelOptimizer
from mainstem.train.optimizer import as_type


class AdamOptimizer(KernelOptimizer):
    """Adam (Kingma and Ba, 2014) in its "epsilon hat" form: epsilon is added to `sqrt(v)` before the bias correction.

    `lr_t = learning_rate * sqrt(1 - beta2^t) / (1 - beta1^t); var -= lr_t * m / (sqrt(v) + epsilon)`, with slots "m" and "v"
    (zeros) and the variables `beta1_power`, `beta2_power`. A sparse gradient counts as zero in the rows it does not name, so
    those keep moving by their momentum. Hyperparameters are numbers, tensors or functions without arguments.
    """

    _op = "Adam"
    _op_slots = {"m": "m", "v": "v"}

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, use_locking=False, name="Adam"):
        super().__init__(use_locking, name)
        self._lr, self._beta1, self._beta2, self._epsilon = learning_rate, beta1, beta2, epsilon
        self._lr_t = self._beta1_t = self._beta2_t = self._epsilon_t = None

    def _get_beta_accumulators(self):
        return self._get_non_slot_variable("beta1_power"), self._get_non_slot_variable("beta2_power")

    def _create_slots(self, var_list):
        first = min(var_list, key=lambda v: v.name)
        self._create_non_slot_variable(self._call_if_callable(self._beta1), name="beta1_power", colocate_with=first)
        self._create_non_slot_variable(self._call_if_callable(self._beta2), name="beta2_power", colocate_with=first)
        for v in var_list:
            self._zeros_slot(v, "m", self._name)
            self._zeros_slot(v, "v", self._name)

    def _prepare(self):
        self._lr_t = self._hyper(self._lr, "learning_rate")
        self._beta1_t = self._hyper(self._beta1, "beta1")
        self._beta2_t = self._hyper(self._beta2, "beta2")
        self._epsilon_t = self._hyper(self._epsilon, "epsilon")

    def _op_values(self):
        beta1_power, beta2_power = self._get_beta_accumulators()
        return {
            "beta1_power": beta1_power,
            "beta2_power": beta2_power,
            "lr": self._lr_t,
            "beta1": self._beta1_t,
            "beta2": self._beta2_t,
            "epsilon": self._epsilon_t,
        }

    def _dense(self, var, values, indices):
        """The sparse gradient as a tensor: the rule reads and writes every row anyway."""
        shape = shapes.as_tuple(var.get_shape())
        rows = convert_to_tensor(shape[0], "int32") if shapes.known(shape) else lookup("Shape")(var)[0]
        return lookup("UnsortedSegmentSum")(values, indices, rows)

    def _apply_sparse_duplicate_indices(self, grad, var):
        if type(self)._apply_sparse is not KernelOptimizer._apply_sparse:
            return super()._apply_sparse_duplicate_indices(grad, var)
        return self._call("Apply", var, self._dense(var, grad.values, grad.indices))

    def _resource_apply_sparse_duplicate_indices(self, grad, handle, indices):
        if type(self)._resource_apply_sparse is not KernelOptimizer._resource_apply_sparse:
            return super()._resource_apply_sparse_duplicate_indices(grad, handle, indices)
        return self._call("ResourceApply", handle, self._dense(handle, grad, indices))

    def _finish(self, update_ops, name_scope):
        beta1_power, beta2_power = self._get_beta_accumulators()
        with control_dependencies(update_ops), builder.current().colocate_with(beta1_power):
            update_beta1 = self._next_power(beta1_power, self._beta1_t)
            update_beta2 = self._next_power(beta2_power, self._beta2_t)
        return group(*update_ops, update_beta1, update_beta2, name=name_scope)

    def _next_power(self, power, beta):
        value = lookup("Mul")(convert_to_tensor(power), as_type(beta, power), name="mul")
        return power.assign(value, use_locking=self._use_locking).op
