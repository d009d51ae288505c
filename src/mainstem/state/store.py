"""`VariableStore`: the variables that `get_variable` made in a graph, by their full names, and the rules for sharing them."""

import contextlib
import copy
import inspect

from mainstem.base import dtypes, shapes, source
from mainstem.core import builder, registry
from mainstem.graph.graph import Graph
from mainstem.graph.keys import GraphKeys
from mainstem.graph.tensor import Tensor
from mainstem.state import policy
from mainstem.state.partition import PartitionedVariable, PartitionInfo, partitions_of, slice_axis, slices
from mainstem.state.scope import AUTO_REUSE, eager, home, keeper, resource_variables_enabled
from mainstem.state.variable import Variable

_KEY = ("__variable_store",)
_initializers, _open = {}, []
_EXISTS = (
    "Variable {} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope? "
    "Originally defined at:\n\n{}{}"
)
_BUILD_ANEW = "\n\nTo run this code again on purpose, call tf.reset_default_graph() first, or build in a new tf.Graph()."


def set_default_initializers(**factories):
    """Sets the factories of the initializers used when `get_variable` gets none: `floating=` and `other=` types."""
    _initializers.update(factories)


def variable_store(graph=None):
    """The `VariableStore` of `graph` (default: that of the variables made now).

    In eager mode variables are not kept by name: the innermost `EagerVariableStore` that is open, else an empty store.
    """
    if graph is None and eager():
        return _open[-1]._store if _open else VariableStore()
    held = (graph or keeper()).get_collection_ref(_KEY)
    if not held:
        held.append(VariableStore())
    return held[0]


class EagerVariableStore:
    """The variables that `get_variable` makes in eager mode inside `with store.as_default():`; it finds them again by name.

    `store` is another EagerVariableStore (or VariableStore) whose variables are shared.
    """

    def __init__(self, store=None):
        self._store = VariableStore() if store is None else getattr(store, "_store", store)
        self._store.keeps = True

    @contextlib.contextmanager
    def as_default(self):
        """Inside, `get_variable` keeps and finds variables here."""
        _open.append(self)
        try:
            yield self
        finally:
            _open.remove(self)

    def variables(self):
        """All variables, sorted by name."""
        return sorted(self._store._vars.values(), key=lambda v: v.name)

    def trainable_variables(self):
        """The trainable variables, sorted by name."""
        return [v for v in self.variables() if v.trainable]

    def non_trainable_variables(self):
        """The variables that are not trainable, sorted by name."""
        return [v for v in self.variables() if not v.trainable]

    def copy(self):
        """A store with new variables of the same names and values."""
        made = EagerVariableStore()
        made._store._vars.update((name, copy.deepcopy(v)) for name, v in self._store._vars.items())
        return made


def _check_reuse(reuse):
    if reuse is not None and reuse is not AUTO_REUSE and not isinstance(reuse, bool):
        raise ValueError("The reuse parameter must be True or False or None.")


class VariableStore:
    """The variables of a graph that `get_variable` made or found, by full name.

    In eager mode it shares variables only when it `keeps` them.
    """

    def __init__(self):
        self._vars, self._partitioned_vars, self.keeps = {}, {}, False

    def get_in_scope(
        self,
        scope,
        name,
        shape=None,
        dtype=None,
        initializer=None,
        regularizer=None,
        reuse=None,
        trainable=None,
        collections=None,
        caching_device=None,
        partitioner=None,
        validate_shape=True,
        use_resource=None,
        custom_getter=None,
        constraint=None,
        synchronization=policy.VariableSynchronization.AUTO,
        aggregation=policy.VariableAggregation.NONE,
    ):
        """`get` of `scope`'s full name, with arguments that are None taken from the scope."""
        if not isinstance(name, str):
            raise TypeError(f"get_variable: 'name' must be a string. Got {name!r}.")
        graph = builder.current()
        if eager():
            reuse = AUTO_REUSE if self.keeps else False
        with graph.name_scope(None):
            if dtype is not None and initializer is not None and not callable(initializer):
                found = graph.convert(initializer).dtype.base_dtype
                if found != dtype:
                    raise ValueError(f"Initializer type '{found}' and explicit dtype '{dtypes.as_dtype(dtype)}' don't match.")

            def either(given, default):
                return default if given is None else given

            return self.get(
                scope.full_name(name),
                shape=shape,
                dtype=either(dtype, scope.dtype),
                initializer=either(initializer, scope.initializer),
                regularizer=either(regularizer, scope.regularizer),
                reuse=either(reuse, scope.reuse),
                trainable=trainable,
                collections=collections,
                caching_device=either(caching_device, scope.caching_device),
                partitioner=either(partitioner, scope.partitioner),
                validate_shape=validate_shape,
                use_resource=either(use_resource, scope.use_resource),
                custom_getter=either(custom_getter, scope.custom_getter),
                constraint=either(constraint, scope.constraint),
                synchronization=synchronization,
                aggregation=aggregation,
            )

    def get(self, name, *, custom_getter=None, dtype=dtypes.float32, trainable=None, synchronization, aggregation, **rest):
        """Gives the variable `name`: the existing one or a new one, as `reuse` says; by way of `custom_getter` when given.

        Raises ValueError when it exists and must not, must exist and does not, or exists with another shape or dtype.
        """
        if custom_getter is not None and not callable(custom_getter):
            raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")
        synchronization, aggregation, trainable = policy.resolve(synchronization, aggregation, trainable, name)
        arguments = dict(
            name=name,
            dtype=dtypes.as_dtype(dtype).base_dtype,
            trainable=trainable,
            synchronization=synchronization,
            aggregation=aggregation,
            **rest,
        )
        if custom_getter is None:
            return self._true_getter(**arguments)
        if not _accepts(custom_getter, "constraint"):
            arguments.pop("constraint", None)
        return custom_getter(getter=self._true_getter, **arguments)

    def _true_getter(
        self,
        name,
        shape=None,
        dtype=dtypes.float32,
        initializer=None,
        regularizer=None,
        reuse=None,
        trainable=None,
        collections=None,
        caching_device=None,
        partitioner=None,
        validate_shape=True,
        use_resource=None,
        constraint=None,
        synchronization=policy.VariableSynchronization.AUTO,
        aggregation=policy.VariableAggregation.NONE,
    ):
        _check_reuse(reuse)
        rest = dict(
            regularizer=regularizer,
            reuse=reuse,
            trainable=trainable,
            collections=collections,
            caching_device=caching_device,
            validate_shape=validate_shape,
            use_resource=use_resource,
            constraint=constraint,
            synchronization=synchronization,
            aggregation=aggregation,
        )
        scalar = isinstance(shape, (list, tuple)) and not shape
        if partitioner is not None and not scalar:
            if not callable(partitioner):
                raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
            with builder.current().name_scope(None):
                return self._partitioned(name, shape, dtypes.as_dtype(dtype), initializer, partitioner, rest)
        if reuse is True and name in self._partitioned_vars:
            return self._partitioned(name, shape, dtypes.as_dtype(dtype), initializer, None, rest)
        if f"{name}/part_0" in self._vars:
            raise ValueError(
                f"No partitioner was provided, but a partitioned version of the variable was found: {name}/part_0. "
                "Perhaps a variable of the same name was already created with partitioning?"
            )
        return self._single(name, shape, dtypes.as_dtype(dtype), initializer, None, **rest)

    def _existing(self, name, shape, dtype, reuse):
        found = self._vars[name]
        if reuse is False:
            advice = source.rerun_advice("tf.reset_default_graph()") or _BUILD_ANEW
            raise ValueError(_EXISTS.format(name, _traceback_entry(found._line), advice))
        if not shapes.compatible(shape, shapes.as_tuple(found.shape)):
            raise ValueError(
                f"Trying to share variable {name}, but specified shape {shapes.TensorShape(shape)} and found shape "
                f"{found.shape}. It was first made at {found._declared_at()}."
            )
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(
                f"Trying to share variable {name}, but specified dtype {dtype.name} and found dtype {found.dtype.name}. "
                f"It was first made at {found._declared_at()}."
            )
        return found

    def _missing(self, name):
        text = (
            f"Variable {name} does not exist, or was not created with tf.get_variable(). "
            "Did you mean to set reuse=tf.AUTO_REUSE in VarScope?"
        )
        tail = name.rsplit("/", 1)[-1]
        close = [f"{n} ({v._declared_at()})" for n, v in self._vars.items() if n.rsplit("/", 1)[-1] == tail][:3]
        return ValueError(f"{text} Variables with a like name: {', '.join(close)}." if close else text)

    def _single(self, name, shape, dtype, initializer, partition_info, *, regularizer, reuse, use_resource, **rest):
        from_value = initializer is not None and not callable(initializer)
        if shape is not None and from_value:
            raise ValueError("If initializer is a constant, do not specify shape.")
        shape = shapes.as_tuple(shape)
        if name in self._vars:
            return self._existing(name, shape, dtype, reuse)
        if reuse is True:
            raise self._missing(name)
        initial_value, kind = initializer, None
        if not from_value:
            if initializer is None:
                initializer = default_initializer(name, dtype)
            initial_value, kind = _initial_value(initializer, shape, dtype, partition_info)
        if use_resource is None:
            use_resource = resource_variables_enabled()
        made = Variable(initial_value=initial_value, name=name, dtype=kind, use_resource=use_resource, **rest)
        self._vars[name] = made
        if regularizer:
            _regularize(made, name, regularizer)
        return made

    def _partitioned(self, name, shape, dtype, initializer, partitioner, rest):
        reuse = rest["reuse"]
        if name in self._vars:
            raise ValueError(
                f"A partitioner was provided, but an unpartitioned version of the variable was found: {name}.  "
                "Perhaps a variable of the same name was already created without partitioning?"
            )
        shape = shapes.as_tuple(shape)
        if isinstance(initializer, Tensor):
            shape = shapes.merge(shape, initializer._shape)
        parts = partitions_of(partitioner, shape, dtype) if partitioner is not None else None
        if name in self._partitioned_vars:
            return self._existing_partitioned(name, shape, dtype, parts, reuse)
        if reuse is True:
            raise ValueError(
                f"PartitionedVariable {name} does not exist, or was not created with tf.get_variable(). "
                "Did you mean to set reuse=False or reuse=tf.AUTO_REUSE in VarScope?"
            )
        axis, count = slice_axis(parts)
        if f"{name}/part_0" in self._vars:
            self._check_parts(name, count)
        made = []
        for i, (offset, own) in enumerate(slices(shape, count, axis)):
            info = PartitionInfo(full_shape=list(shape), var_offset=offset)
            part_name = f"{name}/part_{i}"
            init, init_shape = _part_initializer(part_name, initializer, dtype, offset, own)
            with builder.current().name_scope(None):
                part = self._single(part_name, init_shape, dtype, init, info, **rest)
            part._set_save_slice_info(Variable.SaveSliceInfo(name, list(shape), offset, own))
            made.append(part)
        whole = PartitionedVariable(name=name, shape=shape, dtype=dtype, variable_list=made, partitions=parts)
        self._partitioned_vars[name] = whole
        return whole

    def _existing_partitioned(self, name, shape, dtype, parts, reuse):
        if reuse is False:
            raise ValueError(
                f"Partitioned variable with name {name} already exists. Did you mean to set reuse=True or "
                "reuse=tf.AUTO_REUSE in VarScope?" + source.rerun_advice("tf.reset_default_graph()")
            )
        found = self._partitioned_vars[name]
        for what, given, has, fits in (
            ("shape", shapes.TensorShape(shape), found.shape, shapes.compatible(shape, shapes.as_tuple(found.shape))),
            ("dtype", dtype.name, found.dtype.name, dtype.is_compatible_with(found.dtype)),
            ("partitions", parts, found._get_partitions(), parts is None or parts == found._get_partitions()),
        ):
            if not fits:
                raise ValueError(
                    f"Trying to reuse partitioned variable {name}, but specified {what} {given} and found {what} {has}."
                )
        return found

    def _check_parts(self, name, count):
        start = (
            f"Partitioner returned a different partitioning than what was already found.  Partitioner returned {count} shards"
        )
        if f"{name}/part_{count - 1}" not in self._vars:
            raise ValueError(f"{start}, and shard {name}/part_0 was found, but {name}/part_{count - 1} was not.")
        if f"{name}/part_{count}" in self._vars:
            raise ValueError(f"{start}, and shard {name}/part_0 was found, but so was the extra shard {name}/part_{count}.")


def _traceback_entry(line):
    return f'  File "{line[0]}", line {line[1]}, in {line[2]}'


def _accepts(function, name):
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return True
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def default_initializer(name, dtype):
    """The initializer of a variable that got none: glorot uniform for floating types, zeros for integers, bools, strings.

    Raises ValueError for other types.
    """
    if dtype.is_floating:
        return _initializers["floating"]()
    if dtype.is_integer or dtype.is_bool or dtype is dtypes.string:
        return _initializers["other"]()
    raise ValueError(f"An initializer for variable {name} of {dtype.base_dtype} is required")


def _initial_value(initializer, shape, dtype, partition_info):
    """Gives (a function without arguments that makes the initial value, the dtype to convert it to)."""
    if inspect.isclass(initializer):
        initializer = initializer()
    if shapes.known(shape):
        extra = {"partition_info": partition_info} if _accepts(initializer, "partition_info") else {}
        return (lambda: initializer(list(shape), dtype=dtype, **extra)), dtype.base_dtype
    required = [
        p
        for p in inspect.signature(initializer).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if not required:
        return initializer, None
    raise ValueError(
        "The initializer passed is not valid. It should be a callable with no arguments and the shape should not be provided "
        "or an instance of `tf.keras.initializers.*' and `shape` should be fully defined. "
        f"The shape given is {shapes.TensorShape(shape)}."
    )


def _part_initializer(part_name, initializer, dtype, offset, own):
    graph = builder.current()
    if initializer is None or callable(initializer):
        return initializer, own
    with graph.name_scope(part_name + "/PartitionedInitializer"):
        whole = initializer if isinstance(initializer, Tensor) else graph.convert(initializer, dtype=dtype)
        return registry.lookup("Slice")(whole, offset, own), None


def _regularize(variable, name, regularizer):
    graph = home() if isinstance(home(), Graph) else builder.current()  # not the body in which the variable is made
    with contextlib.ExitStack() as stack:
        for block in (
            graph.as_default(),
            graph.colocate_with(variable),
            graph.name_scope(name + "/Regularizer/"),
            graph.control_dependencies(None),
        ):
            stack.enter_context(block)
        loss = regularizer(variable)
    if loss is not None:
        keeper().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
