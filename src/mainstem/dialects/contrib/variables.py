"""Model variables and the lists of variables of `tf.contrib.framework`."""

import functools
import re

from mainstem.base import dtypes
from mainstem.dialects.contrib.arg_scope import add_arg_scope
from mainstem.graph import device as graph_device
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.state.policy import VariableAggregation, VariableSynchronization
from mainstem.state.scope import VariableScope
from mainstem.surface import framework, variable_scope, variables
from mainstem.surface.variable_scope import get_variable_scope


@add_arg_scope
def variable(
    name,
    shape=None,
    dtype=None,
    initializer=None,
    regularizer=None,
    trainable=True,
    collections=None,
    caching_device=None,
    device=None,
    partitioner=None,
    custom_getter=None,
    use_resource=None,
    synchronization=VariableSynchronization.AUTO,
    aggregation=VariableAggregation.NONE,
):
    """`get_variable` with a `device` (a name, or a function of the operation); see there for the rest."""
    collections = list(dict.fromkeys([GraphKeys.GLOBAL_VARIABLES] if collections is None else collections))
    getter = variable_scope.get_variable
    if custom_getter is not None:
        getter = functools.partial(custom_getter, reuse=get_variable_scope().reuse)
    with framework.device_v1(device or ""):
        return getter(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
            collections=collections,
            caching_device=caching_device,
            partitioner=partitioner,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )


@add_arg_scope
def model_variable(
    name,
    shape=None,
    dtype=dtypes.float32,
    initializer=None,
    regularizer=None,
    trainable=True,
    collections=None,
    caching_device=None,
    device=None,
    partitioner=None,
    custom_getter=None,
    use_resource=None,
    synchronization=VariableSynchronization.AUTO,
    aggregation=VariableAggregation.NONE,
):
    """`variable` that also joins `GraphKeys.MODEL_VARIABLES`."""
    collections = [*(collections or []), GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES]
    return variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        device=device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def local_variable(initial_value, validate_shape=True, name=None, use_resource=None):
    """A variable of `GraphKeys.LOCAL_VARIABLES` that does not train."""
    return _plain(initial_value, validate_shape, name, use_resource, GraphKeys.LOCAL_VARIABLES)


def global_variable(initial_value, validate_shape=True, name=None, use_resource=None):
    """A variable of `GraphKeys.GLOBAL_VARIABLES` that does not train."""
    return _plain(initial_value, validate_shape, name, use_resource, GraphKeys.GLOBAL_VARIABLES)


def _plain(initial_value, validate_shape, name, use_resource, collection):
    return variables.Variable(
        initial_value,
        trainable=False,
        collections=[collection],
        validate_shape=validate_shape,
        name=name,
        use_resource=use_resource,
    )


def add_model_variable(var):
    """Adds a variable to `GraphKeys.MODEL_VARIABLES`."""
    known = get_default_graph().get_collection_ref(GraphKeys.MODEL_VARIABLES)
    if not any(v is var for v in known):
        get_default_graph().add_to_collection(GraphKeys.MODEL_VARIABLES, var)


class VariableDeviceChooser:
    """A device function that gives variables to the tasks of a job in turn.

    Args:
        num_tasks: how many tasks; 0 or 1: no job in the names.
        job_name, device_type, device_index, replica: parts of the device names.
    """

    def __init__(self, num_tasks=0, job_name="ps", device_type="CPU", device_index=0, replica=None):
        self._job_name, self._device_type, self._device_index = job_name, device_type, device_index
        self._replica, self._num_tasks, self._next_task_id = replica, num_tasks, 0

    def __call__(self, op):
        spec = graph_device.DeviceSpec(replica=self._replica, device_type=self._device_type, device_index=self._device_index)
        if self._num_tasks > 0:
            spec = spec.replace(job=self._job_name, task=self._next_task_id)
            self._next_task_id = (self._next_task_id + 1) % self._num_tasks
        return spec.to_string()


def get_variables(scope=None, suffix=None, collection=GraphKeys.GLOBAL_VARIABLES):
    """The variables of a collection, of a scope (a name or VariableScope) and with a last name `suffix` where given."""
    scope = scope.name if isinstance(scope, VariableScope) else scope
    if suffix is not None:
        suffix = suffix if ":" in suffix else suffix + ":"
        scope = f"{scope or ''}.*{suffix}"
    return get_default_graph().get_collection(collection, scope)


def get_model_variables(scope=None, suffix=None):
    """`get_variables` of the model variables."""
    return get_variables(scope, suffix, GraphKeys.MODEL_VARIABLES)


def get_local_variables(scope=None, suffix=None):
    """`get_variables` of the local variables."""
    return get_variables(scope, suffix, GraphKeys.LOCAL_VARIABLES)


def get_trainable_variables(scope=None, suffix=None):
    """`get_variables` of the trainable variables."""
    return get_variables(scope, suffix, GraphKeys.TRAINABLE_VARIABLES)


def get_variables_by_suffix(suffix, scope=None):
    """`get_variables` by the last part of the name."""
    return get_variables(scope=scope, suffix=suffix)


def get_variables_by_name(given_name, scope=None):
    """The variables whose name is, or ends in, `given_name`."""
    return get_variables(scope=scope, suffix=f"/{given_name}:|^{given_name}:")


def get_unique_variable(var_op_name):
    """The variable of this name. Raises ValueError when there is none, or more than one."""
    found = [v for v in get_variables(scope=var_op_name) if v.op.name == var_op_name]
    if not found:
        raise ValueError(f"Couldn't find variable {var_op_name}")
    return found[0]


def get_variables_to_restore(include=None, exclude=None):
    """The variables below the scopes of `include` (default: all) and not below those of `exclude`. Raises TypeError for no list."""
    for given, what in ((include, "include"), (exclude, "exclude")):
        if given is not None and not isinstance(given, (list, tuple)):
            raise TypeError(f"{what} must be a list of scope names. Got {given!r}.")
    chosen = get_variables() if include is None else [v for scope in include for v in get_variables(scope)]
    left_out = {id(v) for scope in exclude or () for v in get_variables(scope)}
    return [v for v in chosen if id(v) not in left_out]


def filter_variables(var_list, include_patterns=None, exclude_patterns=None, reg_search=True):
    """The variables whose names match one of `include_patterns` (default: all) and none of `exclude_patterns`."""
    match = re.search if reg_search else re.match
    chosen = list(var_list)
    if include_patterns is not None:
        chosen = [v for v in chosen if any(match(p, v.op.name) for p in include_patterns)]
    if exclude_patterns is not None:
        chosen = [v for v in chosen if not any(match(p, v.op.name) for p in exclude_patterns)]
    return chosen


def get_variable_full_name(var):
    """The name of a variable in a checkpoint: for a part of a partitioned variable, that of the whole."""
    info = getattr(var, "_save_slice_info", None)
    return info.full_name if info is not None else var.op.name
