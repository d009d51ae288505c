"""Moving averages of variables and tensors, kept in variables of their own: `ExponentialMovingAverage` and its step."""

from mainstem.base import dtypes
from mainstem.core import builder
from mainstem.core.registry import lookup
from mainstem.eager.context import executing_eagerly
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import math  # noqa: F401 - registers the arithmetic
from mainstem.state.variable import Variable
from mainstem.surface.framework import control_dependencies, convert_to_tensor, group, init_scope, name_scope
from mainstem.surface.variable_scope import get_variable, variable_scope
from mainstem.train import slot_creator


def _key(var):
    """What stands for a variable or tensor in a dict: those of eager mode are not hashable."""
    return var.ref()


_VARIABLE_OPS = ("Variable", "VariableV2", "VarHandleOp")


def _now(x):
    """The value of a variable as it is after the control dependencies of this place; other values as tensors."""
    if isinstance(x, Variable):
        # `v/read` may have run before an update that the caller waits for: averages are of the updated value
        return lookup("Identity")(x, name="read") if x._is_resource else lookup("Identity")(x._ref(), name="read")
    return convert_to_tensor(x)


def assign_moving_average(variable, value, decay, zero_debias=True, name=None):
    """Moves `variable` towards `value`: `variable -= (1 - decay) * (variable - value)`; gives it after that.

    With `zero_debias` the average starts without the pull of its zero start (Kingma and Ba, 2014, section 3): two variables,
    `<name>/biased` and `<name>/local_step`, keep the plain average and the number of updates.
    """
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        dtype = variable.dtype.base_dtype
        with builder.current().colocate_with(variable):
            if isinstance(decay, (int, float)):
                rate = convert_to_tensor(1.0 - decay, dtype, name="decay")
            else:
                rate = lookup("Sub")(convert_to_tensor(1, decay.dtype.base_dtype), decay, name="sub")
                rate = rate if rate.dtype.base_dtype is dtype else lookup("Cast")(rate, DstT=dtype)
            if zero_debias:
                return variable.assign(_debiased(variable, value, rate), name=scope)
            gap = lookup("Sub")(_now(variable), _now(value), name="sub")
            return variable.assign_sub(lookup("Mul")(gap, rate, name="mul"), name=scope)


def _debiased(variable, value, rate):
    """Updates the plain average of `variable` and gives it divided by the share of real values in it."""
    dtype, zeros = variable.dtype.base_dtype, slot_creator.filled(0, "zeros")
    with variable_scope(variable._shared_name, values=[variable]), control_dependencies(None):
        biased = get_variable("biased", variable.get_shape(), dtype, zeros, trainable=False)
        steps = get_variable("local_step", [], dtype, zeros, trainable=False)
    gap = lookup("Sub")(_now(biased), _now(value), name="sub")
    new = convert_to_tensor(biased.assign_sub(lookup("Mul")(gap, rate, name="mul"), name="AssignSub"))
    count = convert_to_tensor(steps.assign_add(convert_to_tensor(1, dtype, name="value"), name="AssignAdd"))
    one = convert_to_tensor(1, dtype)
    left = lookup("Pow")(lookup("Sub")(one, rate, name="sub"), count)
    return lookup("RealDiv")(new, lookup("Sub")(one, left, name="sub"), name="truediv")


def weighted_moving_average(value, decay, weight, truediv=True, collections=None, name=None):
    """A tensor: the moving average of `value * weight` over that of `weight`, both kept in local variables.

    `truediv` False divides integers with floor.
    """
    with name_scope(name, "WeightedMovingAvg", [value, weight, decay]) as scope:
        value, weight = convert_to_tensor(value), convert_to_tensor(weight)
        weight = weight if weight.dtype.base_dtype is value.dtype.base_dtype else lookup("Cast")(weight, DstT=value.dtype)
        zeros, dtype = slot_creator.filled(0, "zeros"), value.dtype.base_dtype
        collections = [GraphKeys.GLOBAL_VARIABLES] if collections is None else collections
        with variable_scope(None, scope[:-1] if scope.endswith("/") else scope), name_scope(None):
            top = get_variable("value", value.get_shape(), dtype, zeros, trainable=False, collections=collections)
            bottom = get_variable("weight", weight.get_shape(), dtype, zeros, trainable=False, collections=collections)
        top = assign_moving_average(top, lookup("Mul")(value, weight, name="mul"), decay, zero_debias=False)
        bottom = assign_moving_average(bottom, weight, decay, zero_debias=False)
        op = lookup("RealDiv" if truediv else "FloorDiv")
        return op(convert_to_tensor(top), convert_to_tensor(bottom), name=scope)


class ExponentialMovingAverage:
    """Keeps averages of variables and tensors that decay exponentially: `average -= (1 - decay) * (average - value)`.

    Args:
        decay: a number or scalar tensor near 1.
        num_updates: a number or tensor n; the decay is then at most `(1 + n) / (10 + n)`, so that early averages follow fast.
        zero_debias: whether averages of tensors, which start at zero, are corrected for that. Averages of variables start at
            the variable's initial value and need none.
        name: the scope of its operations, and the last part of the averages' names.
    """

    def __init__(self, decay, num_updates=None, zero_debias=False, name="ExponentialMovingAverage"):
        self._decay, self._num_updates, self._zero_debias, self._name = decay, num_updates, zero_debias, name
        self._averages, self._debiased = {}, set()

    @property
    def name(self):
        return self._name

    def apply(self, var_list=None):
        """Gives the operation that updates the averages of `var_list` (default: the trainable variables).

        Makes the averages at the first call, in collections GLOBAL_VARIABLES and (of variables) adds the variables to
        MOVING_AVERAGE_VARIABLES. Raises TypeError for values that are not half, float or double.
        """
        graph = get_default_graph()
        var_list = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES) if var_list is None else var_list
        for var in var_list:
            if var.dtype.base_dtype not in (dtypes.bfloat16, dtypes.float16, dtypes.float32, dtypes.float64):
                raise TypeError(f"The variables must be half, float, or double: {getattr(var, 'name', var)}")
            if _key(var) not in self._averages:
                self._averages[_key(var)] = self._start(graph, var)
        with name_scope(self._name) as scope:
            decay = self._current_decay()
            updates = [assign_moving_average(a, v, decay, _key(a) in self._debiased) for v, a in self._of(var_list)]
            return group(*[getattr(u, "op", u) for u in updates], name=scope)

    def _of(self, var_list):
        return [(v, self._averages[_key(v)]) for v in var_list]

    def _start(self, graph, var):
        with init_scope():
            if isinstance(var, Variable):
                average = slot_creator.create_slot(var, var.initialized_value(), self._name)
                if not var._is_eager:
                    graph.add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, var)
                return average
            if executing_eagerly():
                raise TypeError(
                    "tf.train.ExponentialMovingAverage does not support non-Variable tensors when eager execution is enabled."
                )
            own = var.op.type in _VARIABLE_OPS
            average = slot_creator.create_zeros_slot(var, self._name, colocate_with_primary=own)
            if self._zero_debias:
                self._debiased.add(_key(average))
            return average

    def _current_decay(self):
        decay = convert_to_tensor(self._decay, name="decay")
        if self._num_updates is None:
            return decay
        count = self._num_updates
        if isinstance(count, (int, float)):
            count = convert_to_tensor(float(count), name="num_updates")
        else:
            count = lookup("Cast")(_now(count), DstT=dtypes.float32, name="num_updates")
        early = lookup("RealDiv")(
            lookup("AddV2")(convert_to_tensor(1.0), count, name="add"),
            lookup("AddV2")(convert_to_tensor(10.0), count, name="add"),
            name="truediv",
        )
        return lookup("Minimum")(decay, early)

    def average(self, var):
        """The variable that holds the average of `var`, or None."""
        return self._averages.get(_key(var))

    def average_name(self, var):
        """The name of the average of `var`, which need not exist, as a checkpoint has it."""
        if _key(var) in self._averages:
            return self._averages[_key(var)]._shared_name
        if getattr(var, "_is_eager", False):
            return f"{var._shared_name}/{self.name}"
        return get_default_graph().unique_name(f"{var.op.name}/{self.name}", mark_as_used=False)

    def variables_to_restore(self, moving_avg_variables=None):
        """Maps names in a checkpoint to variables: averages stand for `moving_avg_variables`, all others for themselves.

        `moving_avg_variables` defaults to the trainable and averaged variables, whether they were averaged or not.
        """
        graph = get_default_graph()
        if moving_avg_variables is None:
            moving_avg_variables = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)
            moving_avg_variables += graph.get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES)
        moving = list(dict.fromkeys(moving_avg_variables))
        names = {self.average_name(v): v for v in moving}
        averaged = {v.name for v in moving}
        for v in dict.fromkeys(graph.get_collection(GraphKeys.GLOBAL_VARIABLES)):
            if v.name not in averaged and v.op.name not in names:
                names[v.op.name] = v
        return names
