"""`AdadeltaOptimizer`."""

from mainstem.train.kernel_optimizer import KernelOptimizer


class AdadeltaOptimizer(KernelOptimizer):
    """Adadelta (Zeiler, 2012): steps sized by the ratio of past steps to past gradients.

    Slots "accum" (of squared gradients) and "accum_update" (of squared steps), both zeros; epsilon stands inside both roots.
    """

    _op = "Adadelta"
    _op_slots = {"accum": "accum", "accum_update": "accum_update"}

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-8, use_locking=False, name="Adadelta"):
        super().__init__(use_locking, name)
        self._lr, self._rho, self._epsilon = learning_rate, rho, epsilon
        self._lr_t = self._rho_t = self._epsilon_t = None

    def _create_slots(self, var_list):
        for v in var_list:
            self._zeros_slot(v, "accum", self._name)
            self._zeros_slot(v, "accum_update", self._name)

    def _prepare(self):
        self._lr_t = self._hyper(self._lr, "lr")
        self._rho_t = self._hyper(self._rho, "rho")
        self._epsilon_t = self._hyper(self._epsilon, "epsilon")

    def _op_values(self):
        return {"lr": self._lr_t, "rho": self._rho_t, "epsilon": self._epsilon_t}
