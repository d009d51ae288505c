"""`RMSPropOptimizer`."""

from mainstem.base import shapes
from mainstem.train.kernel_optimizer import KernelOptimizer
from mainstem.train.slot_creator import filled, filled_slot_value


class RMSPropOptimizer(KernelOptimizer):
    """RMSProp (Tieleman and Hinton, 2012) with momentum: the rate is inside the accumulator of momentum, epsilon in the root.

    `rms += (gradient² - rms)(1 - decay); mom = momentum * mom + learning_rate * gradient / sqrt(rms + epsilon); var -= mom`;
    with `centered`, `rms - mg²` (the variance of the gradient) stands for `rms`. Slots "rms" (ones), "mg" when centered and
    "momentum" (zeros).
    """

    _op_slots = {"ms": "rms", "mg": "mg", "mom": "momentum"}

    def __init__(
        self, learning_rate, decay=0.9, momentum=0.0, epsilon=1e-10, use_locking=False, centered=False, name="RMSProp"
    ):
        super().__init__(use_locking, name)
        self._learning_rate, self._decay, self._momentum, self._epsilon = learning_rate, decay, momentum, epsilon
        self._centered = centered
        self._op = "CenteredRMSProp" if centered else "RMSProp"

    def _create_slots(self, var_list):
        for v in var_list:
            shape = v.get_shape()
            if shapes.known(shapes.as_tuple(shape)):
                self._get_or_make_slot_with_initializer(v, filled(1, "ones"), shape, v.dtype.base_dtype, "rms", self._name)
            else:
                self._get_or_make_slot(v, filled_slot_value(v, 1.0), "rms", self._name)
            if self._centered:
                self._zeros_slot(v, "mg", self._name)
            self._zeros_slot(v, "momentum", self._name)

    def _prepare(self):
        self._learning_rate_tensor = self._hyper(self._learning_rate, "learning_rate")
        self._decay_tensor = self._hyper(self._decay, "decay")
        self._momentum_tensor = self._hyper(self._momentum, "momentum")
        self._epsilon_tensor = self._hyper(self._epsilon, "epsilon")

    def _op_values(self):
        return {
            "lr": self._learning_rate_tensor,
            "rho": self._decay_tensor,
            "momentum": self._momentum_tensor,
            "epsilon": self._epsilon_tensor,
        }
