"""`ProximalGradientDescentOptimizer`."""

from mainstem.train.kernel_optimizer import KernelOptimizer


class ProximalGradientDescentOptimizer(KernelOptimizer):
    """Gradient descent followed by the proximal step of l1 and l2 regularization (Duchi and Singer, 2009)."""

    _op = "ProximalGradientDescent"

    def __init__(
        self,
        learning_rate,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="ProximalGradientDescent",
    ):
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength

    def _prepare(self):
        self._learning_rate_tensor = self._hyper(self._learning_rate, "learning_rate")
        self._l1_regularization_strength_tensor = self._hyper(self._l1_regularization_strength, "l1_regularization_strength")
        self._l2_regularization_strength_tensor = self._hyper(self._l2_regularization_strength, "l2_regularization_strength")

    def _op_values(self):
        return {
            "alpha": self._learning_rate_tensor,
            "l1": self._l1_regularization_strength_tensor,
            "l2": self._l2_regularization_strength_tensor,
        }
