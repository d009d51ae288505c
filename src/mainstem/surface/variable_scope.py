"""`get_variable`, `variable_scope` and their relatives, with the naming rules of TensorFlow 1.15."""

import contextlib
import functools

from mainstem.core import builder
from mainstem.graph.graph import Graph
from mainstem.graph.keys import GraphKeys
from mainstem.state import scope as state_scope
from mainstem.state.policy import VariableAggregation, VariableSynchronization
from mainstem.state.scope import VariableScope, get_variable_scope
from mainstem.state.store import variable_store

AUTO_REUSE = state_scope.AUTO_REUSE
enable_resource_variables = state_scope.enable_resource_variables
disable_resource_variables = state_scope.disable_resource_variables
resource_variables_enabled = state_scope.resource_variables_enabled


def get_variable(
    name,
    shape=None,
    dtype=None,
    initializer=None,
    regularizer=None,
    trainable=None,
    collections=None,
    caching_device=None,
    partitioner=None,
    validate_shape=True,
    use_resource=None,
    custom_getter=None,
    constraint=None,
    synchronization=VariableSynchronization.AUTO,
    aggregation=VariableAggregation.NONE,
):
    """Gives the variable `name` of the current variable scope: a new one, or the existing one where the scope reuses.

    Args:
        name: its name inside the scope.
        shape: of a new variable; may be left out with a constant `initializer`.
        dtype: default the scope's, float32.
        initializer: a constant, tensor, or `initializer(shape, dtype)`; default the scope's, else glorot uniform (zeros for
            integers, bools and strings).
        regularizer: `regularizer(variable)` gives a loss that joins `GraphKeys.REGULARIZATION_LOSSES`, or None.
        partitioner: cuts the variable into parts; gives a `PartitionedVariable`.
        custom_getter: `custom_getter(getter, name, ...)` is called instead and may call `getter`.
        others: see `Variable`.

    Raises ValueError when the scope's reuse rule forbids it, or when the existing variable has another shape or dtype; the
    message names the line where that variable was made.
    """
    return get_variable_scope().get_variable(
        variable_store(),
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def get_local_variable(
    name,
    shape=None,
    dtype=None,
    initializer=None,
    regularizer=None,
    trainable=False,
    collections=None,
    caching_device=None,
    partitioner=None,
    validate_shape=True,
    use_resource=None,
    custom_getter=None,
    constraint=None,
    synchronization=VariableSynchronization.AUTO,
    aggregation=VariableAggregation.NONE,
):
    """`get_variable` for a variable of `GraphKeys.LOCAL_VARIABLES` that is never trainable (nor saved by default)."""
    collections = [*(collections or ()), GraphKeys.LOCAL_VARIABLES]
    return get_variable(
        name,
        shape,
        dtype,
        initializer,
        regularizer,
        False,
        collections,
        caching_device,
        partitioner,
        validate_shape,
        use_resource,
        custom_getter,
        constraint,
        synchronization,
        aggregation,
    )


def no_regularizer(_):
    """A regularizer that gives no loss: keeps the scope's regularizer from a variable."""


def _wrap_getter(custom_getter, old_getter):
    if old_getter is None:
        return custom_getter

    def wrapped_custom_getter(getter, *args, **kwargs):
        return custom_getter(functools.partial(old_getter, getter), *args, **kwargs)

    return wrapped_custom_getter


_SETTINGS = ("initializer", "regularizer", "caching_device", "partitioner", "dtype", "use_resource", "constraint")


class _PureScope:
    """The variable half of `variable_scope`: the name prefix and the settings, without a name scope."""

    def __init__(self, name_or_scope, reuse, custom_getter, settings, name_scope=None):
        self._given, self._reuse, self._custom_getter = name_or_scope, reuse, custom_getter
        self._settings, self._name_scope = settings, name_scope

    def _scope(self, old):
        given = self._given
        if isinstance(given, VariableScope):
            base, name = given, given.name
            reuse = self._reuse or given.reuse
            path = given.original_name_scope if given.original_name_scope else self._name_scope
        else:
            base, name = old, f"{old.name}/{given}" if old.name else given
            reuse = self._reuse or old.reuse
            path = given if self._name_scope is None else self._name_scope
        made = base.copy()
        made._reuse, made._name, made._name_scope = reuse, name, path or ""
        for key in _SETTINGS:
            if self._settings[key] is not None:
                setattr(made, f"_{key}", self._settings[key])
        if self._custom_getter is not None:
            made._custom_getter = _wrap_getter(self._custom_getter, base.custom_getter)
        return made

    def __enter__(self):
        self._stack = state_scope.stack()
        self._old = self._stack.current
        made = self._scope(self._old)
        self._stack.open(made.name)
        if isinstance(self._given, VariableScope):
            self._mark = self._stack.reenter()
        self._stack.current = made
        return made

    def __exit__(self, *exc):
        if isinstance(self._given, VariableScope):
            self._stack.restore(self._mark)
        else:
            self._stack.close_inside(self._stack.current.name)
        self._stack.current = self._old


def open_variables_only(name_or_scope, reuse=None, custom_getter=None, **settings):
    """A context manager that opens a variable scope without a name scope; gives the `VariableScope`."""
    return _PureScope(name_or_scope, reuse, custom_getter, {key: settings.get(key) for key in _SETTINGS})


class variable_scope:  # noqa: N801 - TensorFlow's name
    """Variables that `get_variable` makes inside are named under this scope, and ops under a name scope of the same name.

    Args:
        name_or_scope: a name, opened inside the current scope, or a `VariableScope`, opened again from anywhere.
        default_name: used, made unique, when `name_or_scope` is None.
        values: tensors the scope's ops take (they must be of one graph).
        reuse: True shares existing variables, AUTO_REUSE shares or makes them, None or False inherit.
        auxiliary_name_scope: False opens no name scope.
        others: defaults for `get_variable` inside.

    Enter gives the `VariableScope`. Raises ValueError for reuse=True without a name, TypeError without any name.
    """

    def __init__(
        self,
        name_or_scope,
        default_name=None,
        values=None,
        initializer=None,
        regularizer=None,
        caching_device=None,
        partitioner=None,
        custom_getter=None,
        reuse=None,
        dtype=None,
        use_resource=None,
        constraint=None,
        auxiliary_name_scope=True,
    ):
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"The auxiliary_name_scope must be `True` or `False`, while get {auxiliary_name_scope}")
        if name_or_scope is not None and not isinstance(name_or_scope, (VariableScope, str)):
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        self._name_or_scope, self._default_name, self._values = name_or_scope, default_name, values
        self._reuse, self._custom_getter, self._auxiliary = reuse or None, custom_getter, auxiliary_name_scope
        self._settings = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }

    def __enter__(self):
        self._stack = contextlib.ExitStack()
        try:
            return self._enter()
        except BaseException:
            self._stack.close()
            raise

    def _enter(self):
        graph = next((v.graph for v in self._values or () if hasattr(v, "graph")), None)
        current = builder.current()
        if graph is not None and graph is not current and type(current) is Graph:
            self._stack.enter_context(graph.as_default())
        graph = builder.current()
        given = self._name_or_scope
        if given is None and self._reuse:
            raise ValueError("reuse=True cannot be used without a name_or_scope")
        if given is None:
            name, scope_name = None, self._default_name
        elif isinstance(given, str):
            name = scope_name = given
        else:
            name, scope_name = given, given.name.split("/")[-1]
        path = None
        if not self._auxiliary:
            outer = graph.get_name_scope()
            path = self._stack.enter_context(graph.name_scope(outer + "/" if outer else ""))
        elif scope_name:
            path = self._stack.enter_context(graph.name_scope(scope_name))
        elif given is None:
            path = self._stack.enter_context(graph.name_scope(""))
        if given is None:
            name = state_scope.stack().unique(self._default_name)
        if isinstance(given, VariableScope):
            path = given.original_name_scope
        return self._stack.enter_context(_PureScope(name, self._reuse, self._custom_getter, self._settings, path))

    def __exit__(self, *exc):
        return self._stack.__exit__(*exc)


@contextlib.contextmanager
def variable_op_scope(
    values,
    name_or_scope,
    default_name=None,
    initializer=None,
    regularizer=None,
    caching_device=None,
    partitioner=None,
    custom_getter=None,
    reuse=None,
    dtype=None,
    use_resource=None,
    constraint=None,
):
    """The older spelling of `variable_scope(name_or_scope, default_name, values)`."""
    with variable_scope(
        name_or_scope,
        default_name,
        values,
        initializer,
        regularizer,
        caching_device,
        partitioner,
        custom_getter,
        reuse,
        dtype,
        use_resource,
        constraint,
    ) as scope:
        yield scope


@contextlib.contextmanager
def variable_creator_scope_v1(variable_creator):
    """Inside, every new variable is made by `variable_creator(next_creator, **arguments)`."""
    stack = state_scope.stack()
    saved = stack.creators
    stack.creators = [*saved, variable_creator]
    try:
        yield
    finally:
        stack.creators = saved


variable_creator_scope = variable_creator_scope_v1
