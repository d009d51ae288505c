"""`MomentumOptimizer`."""

from mainstem.train.kernel_optimizer import KernelOptimizer


class MomentumOptimizer(KernelOptimizer):
    """`accum = momentum * accum + gradient; var -= learning_rate * accum` (Polyak, 1964; slot "momentum", zeros).

    With `use_nesterov` the step looks ahead: `var -= learning_rate * (gradient + momentum * accum)` (Sutskever et al., 2013).
    `learning_rate` and `momentum` are numbers, tensors or functions without arguments.
    """

    _op = "Momentum"
    _op_slots = {"accum": "momentum"}

    def __init__(self, learning_rate, momentum, use_locking=False, name="Momentum", use_nesterov=False):
        super().__init__(use_locking, name)
        self._learning_rate, self._momentum, self._use_nesterov = learning_rate, momentum, use_nesterov

    def _create_slots(self, var_list):
        for v in var_list:
            self._zeros_slot(v, "momentum", self._name)

    def _prepare(self):
        self._learning_rate_tensor = self._hyper(self._learning_rate, "learning_rate")
        self._momentum_tensor = self._hyper(self._momentum, "momentum")

    def _op_values(self):
        return {"lr": self._learning_rate_tensor, "momentum": self._momentum_tensor}

    def _op_attrs(self):
        return {"use_nesterov": self._use_nesterov}
