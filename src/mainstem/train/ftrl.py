"""`FtrlOptimizer`."""

from mainstem.core import builder
from mainstem.train.kernel_optimizer import KernelOptimizer
from mainstem.train.slot_creator import filled_slot_value


class FtrlOptimizer(KernelOptimizer):
    """Follow the regularized leader, proximal (McMahan et al., 2013): l1 gives exact zeros.

    Slots "accum" (`initial_accumulator_value`) and "linear" (zeros). `l2_shrinkage_regularization_strength` penalizes size
    without entering the accumulated squares. Raises ValueError for a negative strength or initial value and for a positive
    `learning_rate_power`.
    """

    _op_slots = {"accum": "accum", "linear": "linear"}

    def __init__(
        self,
        learning_rate,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="Ftrl",
        accum_name=None,
        linear_name=None,
        l2_shrinkage_regularization_strength=0.0,
    ):
        super().__init__(use_locking, name)
        for key, value in (
            ("initial_accumulator_value", initial_accumulator_value),
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if value < 0.0:
                raise ValueError(f"{key} {value:f} needs to be positive or zero")
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power:f} needs to be negative or zero")
        self._learning_rate, self._learning_rate_power = learning_rate, learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self._accum_name, self._linear_name = accum_name, linear_name
        self._op = "FtrlV2" if l2_shrinkage_regularization_strength > 0.0 else "Ftrl"

    def _create_slots(self, var_list):
        for v in var_list:
            with builder.current().colocate_with(v):
                value = filled_slot_value(v, self._initial_accumulator_value)
            self._get_or_make_slot(v, value, "accum", self._accum_name or self._name)
            self._zeros_slot(v, "linear", self._linear_name or self._name)

    def _prepare(self):
        self._learning_rate_tensor = self._hyper(self._learning_rate, "learning_rate")
        self._l1_regularization_strength_tensor = self._hyper(self._l1_regularization_strength, "l1_regularization_strength")
        self._l2_regularization_strength_tensor = self._hyper(self._l2_regularization_strength, "l2_regularization_strength")
        self._l2_shrinkage_regularization_strength_tensor = self._hyper(
            self._l2_shrinkage_regularization_strength, "l2_shrinkage_regularization_strength"
        )
        self._learning_rate_power_tensor = self._hyper(self._learning_rate_power, "learning_rate_power")

    def _op_values(self):
        return {
            "lr": self._learning_rate_tensor,
            "l1": self._l1_regularization_strength_tensor,
            "l2": self._l2_regularization_strength_tensor,
            "l2_shrinkage": self._l2_shrinkage_regularization_strength_tensor,
            "lr_power": self._learning_rate_power_tensor,
        }
