"""`AdagradOptimizer`, `AdagradDAOptimizer` and `ProximalAdagradOptimizer`: rates that shrink with the squares seen."""

from mainstem.base import shapes
from mainstem.core import builder
from mainstem.core.registry import lookup
from mainstem.surface.framework import convert_to_tensor
from mainstem.train.kernel_optimizer import KernelOptimizer
from mainstem.train.slot_creator import filled, filled_slot_value


class AdagradOptimizer(KernelOptimizer):
    """`accum += gradient²; var -= learning_rate * gradient / sqrt(accum)` (Duchi et al., 2011; slot "accumulator").

    Raises ValueError unless `initial_accumulator_value` is positive.
    """

    _op = "Adagrad"
    _op_slots = {"accum": "accumulator"}

    def __init__(self, learning_rate, initial_accumulator_value=0.1, use_locking=False, name="Adagrad"):
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate, self._initial_accumulator_value = learning_rate, initial_accumulator_value

    def _create_slots(self, var_list):
        for v in var_list:
            shape = v.get_shape()
            if shapes.known(shapes.as_tuple(shape)):
                start = filled(self._initial_accumulator_value, "Const")
                self._get_or_make_slot_with_initializer(v, start, shape, v.dtype.base_dtype, "accumulator", self._name)
            else:
                value = filled_slot_value(v, self._initial_accumulator_value)
                self._get_or_make_slot(v, value, "accumulator", self._name)

    def _prepare(self):
        self._learning_rate_tensor = self._hyper(self._learning_rate, "learning_rate")

    def _op_values(self):
        return {"lr": self._learning_rate_tensor}


class ProximalAdagradOptimizer(KernelOptimizer):
    """Adagrad followed by the proximal step of l1 and l2 regularization (Duchi and Singer, 2009; slot "accumulator").

    Raises ValueError unless `initial_accumulator_value` is positive.
    """

    _op = "ProximalAdagrad"
    _op_slots = {"accum": "accumulator"}

    def __init__(
        self,
        learning_rate,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="ProximalAdagrad",
    ):
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate, self._initial_accumulator_value = learning_rate, initial_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength

    def _create_slots(self, var_list):
        for v in var_list:
            with builder.current().colocate_with(v):
                value = filled_slot_value(v, self._initial_accumulator_value)
            self._get_or_make_slot(v, value, "accumulator", self._name)

    def _prepare(self):
        self._learning_rate_tensor = self._hyper(self._learning_rate, "learning_rate")
        self._l1_regularization_strength_tensor = self._hyper(self._l1_regularization_strength, "l1_regularization_strength")
        self._l2_regularization_strength_tensor = self._hyper(self._l2_regularization_strength, "l2_regularization_strength")

    def _op_values(self):
        return {
            "lr": self._learning_rate_tensor,
            "l1": self._l1_regularization_strength_tensor,
            "l2": self._l2_regularization_strength_tensor,
        }


class AdagradDAOptimizer(KernelOptimizer):
    """Adagrad by dual averaging: the variable follows from the sums of gradients and squares (Duchi et al., 2011).

    The variable's own initial value has no influence. Slots "gradient_accumulator" (zeros) and "gradient_squared_accumulator".
    Raises ValueError unless `initial_gradient_squared_accumulator_value` is positive.
    """

    _op = "AdagradDA"
    _op_slots = {
        "gradient_accumulator": "gradient_accumulator",
        "gradient_squared_accumulator": "gradient_squared_accumulator",
    }

    def __init__(
        self,
        learning_rate,
        global_step,
        initial_gradient_squared_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        use_locking=False,
        name="AdagradDA",
    ):
        if initial_gradient_squared_accumulator_value <= 0.0:
            raise ValueError(
                f"initial_gradient_squared_accumulator_value must be positive: {initial_gradient_squared_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate, self._global_step = learning_rate, global_step
        self._initial_gradient_squared_accumulator_value = initial_gradient_squared_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength

    def _create_slots(self, var_list):
        for v in var_list:
            with builder.current().colocate_with(v):
                zeros = filled_slot_value(v, 0.0)
                start = filled_slot_value(v, self._initial_gradient_squared_accumulator_value)
            self._get_or_make_slot(v, zeros, "gradient_accumulator", self._name)
            self._get_or_make_slot(v, start, "gradient_squared_accumulator", self._name)

    def _prepare(self):
        self._learning_rate_tensor = self._hyper(self._learning_rate, "learning_rate")
        with builder.current().colocate_with(self._learning_rate_tensor):
            # the rule counts from 1, the step it is given is that of before the update
            self._next_step = lookup("AddV2")(lookup("Identity")(self._global_step), 1, name="add")

    def _op_values(self):
        kind = self._learning_rate_tensor.dtype.base_dtype
        return {
            "lr": self._learning_rate_tensor,
            "global_step": lookup("Identity")(self._next_step),
            "l1": convert_to_tensor(self._l1_regularization_strength, kind, name="Cast/x"),
            "l2": convert_to_tensor(self._l2_regularization_strength, kind, name="Cast_1/x"),
        }
