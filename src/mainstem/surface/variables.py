"""Functions on variables: the collections they are in, their initialization, assigning and scattering."""

import functools

from mainstem.core import registry
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import array as array_ops
from mainstem.ops import math as math_ops
from mainstem.ops import state as state_ops
from mainstem.ops import variables as variable_ops
from mainstem.state.eager_variable import EagerVariable
from mainstem.state.partition import (
    PartitionedVariable,
    fixed_size_partitioner,
    min_max_variable_partitioner,
    variable_axis_size_partitioner,
)
from mainstem.state.policy import VariableAggregation, VariableSynchronization
from mainstem.state.updates import batch_indices
from mainstem.state.variable import RefVariable, ResourceVariable, Variable, VariableV2
from mainstem.surface import array, framework, slicing
from mainstem.surface.operators import Tensor
from mainstem.surface.variable_scope import get_variable, variable_scope

__all__ = [
    "EagerVariable",
    "PartitionedVariable",
    "RefVariable",
    "ResourceVariable",
    "Variable",
    "VariableAggregation",
    "VariableSynchronization",
    "VariableV2",
    "fixed_size_partitioner",
    "min_max_variable_partitioner",
    "variable_axis_size_partitioner",
]
_OWNERS = ("Variable", "VariableV2", "AutoReloadVariable")


def _collection(key, scope):
    return get_default_graph().get_collection(key, scope)


def global_variables(scope=None):
    """The variables of the default graph that a checkpoint holds, filtered by the regular expression `scope`."""
    return _collection(GraphKeys.GLOBAL_VARIABLES, scope)


def all_variables():
    """The older name of `global_variables()`."""
    return global_variables()


def local_variables(scope=None):
    """The variables of the default graph that belong to one process and are not saved."""
    return _collection(GraphKeys.LOCAL_VARIABLES, scope)


def trainable_variables(scope=None):
    """The variables of the default graph that optimizers change."""
    return _collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def model_variables(scope=None):
    """The variables in the collection `MODEL_VARIABLES`."""
    return _collection(GraphKeys.MODEL_VARIABLES, scope)


def moving_average_variables(scope=None):
    """The variables that have moving averages."""
    return _collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def variables_initializer(var_list, name="init"):
    """An operation that initializes the variables of a list."""
    if not var_list:
        return framework.no_op(name=name)
    return framework.group(*[v.initializer for v in var_list], name=name)


def initialize_variables(var_list, name="init"):
    """The older name of `variables_initializer`."""
    return variables_initializer(var_list, name)


def global_variables_initializer():
    """An operation that initializes all global variables."""
    return variables_initializer(global_variables())


def initialize_all_variables():
    """The older name of `global_variables_initializer`."""
    return global_variables_initializer()


def local_variables_initializer():
    """An operation that initializes all local variables."""
    return variables_initializer(local_variables())


def initialize_local_variables():
    """The older name of `local_variables_initializer`."""
    return local_variables_initializer()


def is_variable_initialized(variable, name=None):
    """A bool tensor: whether the variable has a value."""
    if hasattr(variable, "is_initialized"):
        return variable.is_initialized(name)
    return state_ops.is_variable_initialized(variable, name=name)


def _variables_or_all(var_list):
    if var_list is not None:
        return list(var_list)
    found = global_variables() + local_variables()
    return found or [o.outputs[0] for o in get_default_graph().get_operations() if o.type in _OWNERS]


def report_uninitialized_variables(var_list=None, name="report_uninitialized_variables"):
    """A 1-D string tensor of the names of the variables without a value; default: all global and local ones."""
    var_list = _variables_or_all(var_list)
    graph = get_default_graph()
    with framework.name_scope(name):
        flags = [is_variable_initialized(v) for v in var_list]
        with graph.device("/cpu:0"):
            if not var_list:
                return framework.constant_v1([], dtype="string")
            missing = math_ops.logical_not(array.stack(flags))
            return slicing.boolean_mask_v1(framework.constant_v1([v.op.name for v in var_list]), missing)


def assert_variables_initialized(var_list=None):
    """A tensor whose run raises FailedPreconditionError when a variable has no value; None when there are no variables."""
    var_list = _variables_or_all(var_list)
    if not var_list:
        return None
    ranks = []
    for v in var_list:
        with get_default_graph().colocate_with(v.op), framework.name_scope(None, "Rank") as scope:
            framework.convert_to_tensor(v)  # TensorFlow reads a resource variable twice here
            ranks.append(array_ops.rank(v, name=scope))
    return ranks[0] if len(ranks) == 1 else array.stack(ranks)


def _is_ref(ref):
    return ref.dtype._is_ref_dtype


def assign(ref, value, validate_shape=None, use_locking=None, name=None):
    """Sets the variable `ref` to `value`; gives a tensor (or variable) that is the new value.

    Raises ValueError when the shape does not fit, unless `validate_shape` is False.
    """
    if _is_ref(ref):
        return state_ops.assign(ref, value, use_locking=use_locking, name=name, validate_shape=validate_shape)
    return ref.assign(value, name=name)


def assign_add(ref, value, use_locking=None, name=None):
    """Adds `value` to the variable `ref`; gives a tensor (or variable) that is the new value."""
    if _is_ref(ref):
        return state_ops.assign_add(ref, value, use_locking=use_locking, name=name)
    return ref.assign_add(value, name=name)


def assign_sub(ref, value, use_locking=None, name=None):
    """Subtracts `value` from the variable `ref`; gives a tensor (or variable) that is the new value."""
    if _is_ref(ref):
        return state_ops.assign_sub(ref, value, use_locking=use_locking, name=name)
    return ref.assign_sub(value, name=name)


def count_up_to(ref, limit, name=None):
    """The value of the integer variable `ref`, which grows by one; OutOfRangeError when it has reached `limit`."""
    if _is_ref(ref):
        return variable_ops.count_up_to(ref, limit=limit, name=name)
    return variable_ops.resource_count_up_to(ref.handle, limit=limit, T=ref.dtype, name=name)


def _scatter(kind, ref, indices, updates, use_locking, name):
    if _is_ref(ref):
        return registry.lookup(kind)(ref, indices, updates, use_locking=use_locking, name=name)
    return ref._scatter(kind, indices, updates, use_locking, name)


def scatter_update(ref, indices, updates, use_locking=True, name=None):
    """Sets the rows `indices` of the variable `ref` to `updates` (shape `indices.shape + ref.shape[1:]`)."""
    return _scatter("ScatterUpdate", ref, indices, updates, use_locking, name)


def scatter_add(ref, indices, updates, use_locking=False, name=None):
    """Adds `updates` to the rows `indices` of the variable `ref`; repeated rows add up."""
    return _scatter("ScatterAdd", ref, indices, updates, use_locking, name)


def scatter_sub(ref, indices, updates, use_locking=False, name=None):
    """Subtracts `updates` from the rows `indices` of the variable `ref`; repeated rows add up."""
    return _scatter("ScatterSub", ref, indices, updates, use_locking, name)


def scatter_mul(ref, indices, updates, use_locking=False, name=None):
    """Multiplies the rows `indices` of the variable `ref` by `updates`."""
    return _scatter("ScatterMul", ref, indices, updates, use_locking, name)


def scatter_div(ref, indices, updates, use_locking=False, name=None):
    """Divides the rows `indices` of the variable `ref` by `updates`."""
    return _scatter("ScatterDiv", ref, indices, updates, use_locking, name)


def scatter_min(ref, indices, updates, use_locking=False, name=None):
    """Sets the rows `indices` of the variable `ref` to the lesser of themselves and `updates`."""
    return _scatter("ScatterMin", ref, indices, updates, use_locking, name)


def scatter_max(ref, indices, updates, use_locking=False, name=None):
    """Sets the rows `indices` of the variable `ref` to the greater of themselves and `updates`."""
    return _scatter("ScatterMax", ref, indices, updates, use_locking, name)


def scatter_nd_update(ref, indices, updates, use_locking=True, name=None):
    """Sets the elements or slices of the variable `ref` at `indices` [.., k] to `updates`."""
    return _scatter("ScatterNdUpdate", ref, indices, updates, use_locking, name)


def scatter_nd_add(ref, indices, updates, use_locking=False, name=None):
    """Adds `updates` to the elements or slices of the variable `ref` at `indices` [.., k]."""
    return _scatter("ScatterNdAdd", ref, indices, updates, use_locking, name)


def scatter_nd_sub(ref, indices, updates, use_locking=False, name=None):
    """Subtracts `updates` from the elements or slices of the variable `ref` at `indices` [.., k]."""
    return _scatter("ScatterNdSub", ref, indices, updates, use_locking, name)


def batch_scatter_update(ref, indices, updates, use_locking=True, name=None):
    """In each batch, sets the rows `indices` [batch.., n] of the variable `ref` to `updates` [batch.., n, ...]."""
    with framework.name_scope(name, "batch_scatter_update"):
        return scatter_nd_update(ref, batch_indices(indices), updates, use_locking)


def create_partitioned_variables(
    shape, slicing, initializer, dtype="float32", trainable=True, collections=None, name=None, reuse=None
):
    """The list of parts of a new variable of `shape`, cut as `slicing` (the number of parts of each axis) says.

    Raises ValueError when more than one axis is cut or the lengths differ.
    """
    if len(shape) != len(slicing):
        raise ValueError(
            f"The 'shape' and 'slicing' of a new Variable must have the length: shape: {shape}, slicing: {slicing}"
        )
    if not shape:
        raise ValueError(f"A partitioned Variable must have rank at least 1: shape: {shape}")
    with variable_scope(name, "PartitionedVariable", reuse=reuse):
        whole = get_variable(
            name="",
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            trainable=trainable,
            collections=collections,
            partitioner=lambda **unused: slicing,
        )
    return list(whole)


def _through_value(name):
    method = getattr(Tensor, name)

    @functools.wraps(method)
    def operator(self, *others):
        return method(self.value(), *others)

    return operator


def _getitem(self, slice_spec):
    """`variable[slice_spec]`; the result's method `assign(value)` changes that part of the variable."""
    return slicing.slice_helper(self.value(), slice_spec, self)


def _not_in_place(symbol):
    def operator(self, other):
        raise RuntimeError(
            f"`variable {symbol}= value` with `tf.Variable`s is not supported. Use `variable.assign...(value)` to modify the variable, "
            f"or `out = variable {symbol} value` if you need to get a new output Tensor."
        )

    return operator


for _name in Tensor.OVERLOADABLE_OPERATORS - {"__eq__", "__ne__", "__getitem__"}:
    setattr(Variable, _name, _through_value(_name))
Variable.__getitem__ = _getitem
Variable.OVERLOADABLE_OPERATORS = Tensor.OVERLOADABLE_OPERATORS
for _name, _symbol in {"iadd": "+", "isub": "-", "imul": "*", "itruediv": "/", "ipow": "**"}.items():
    setattr(ResourceVariable, f"__{_name}__", _not_in_place(_symbol))
