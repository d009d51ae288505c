"""Variables of a graph: the `ref` kind (VariableV2, Assign, read) and the `resource` kind (VarHandleOp, ReadVariableOp).

Both make exactly the nodes of TensorFlow 1.15, so checkpoints, exported graphs and fetches by name agree.
"""

import contextlib
import inspect

from mainstem.base import dtypes, shapes, source
from mainstem.core import builder
from mainstem.formats import protos
from mainstem.graph import sessions
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.keys import GraphKeys
from mainstem.graph.tensor import Reference
from mainstem.ops import flow
from mainstem.ops import state as state_ops
from mainstem.state import guard, policy, scope, updates


class VariableType(type):
    """`Variable(...)` asks the creators of variables, with its own signature; the classes that it makes construct directly."""

    def __call__(cls, *args, **kwargs):
        signature = vars(cls).get("__signature__")
        if signature is None:
            return super().__call__(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return create(**bound.arguments)


class VariableV2(updates.Updates, metaclass=VariableType):
    """A value that lives as long as the object, in a graph as long as its session: TensorFlow 2's signature of `Variable`.

    It is always a resource variable. Arguments are those of `Variable`, without `collections`. Raises as that does.
    """


class Variable(VariableV2):
    """A value that lives in a session between runs, in eager mode as long as the object.

    Args:
        initial_value: a value, tensor, or function without arguments giving one; its shape is the variable's.
        trainable: whether optimizers change it by default (collection TRAINABLE_VARIABLES).
        collections: graph collections it is added to; default `[GraphKeys.GLOBAL_VARIABLES]`.
        validate_shape: False lets the shape be unknown and change.
        caching_device: where reads are cached, a device name or function.
        name: default "Variable", made unique.
        variable_def: a VariableDef to recreate the object from, for nodes that exist already.
        dtype: what the initial value is converted to.
        constraint: a function applied to the value after an optimizer's update.
        use_resource: True for a resource variable; None asks the variable scope.
        shape: the shape, when wider than the initial value's.

    Raises ValueError without an initial value, or when its shape is unknown and must not be.
    """

    __array_priority__ = 100
    _is_eager = False
    __hash__ = object.__hash__

    def __init__(
        self,
        initial_value=None,
        trainable=None,
        collections=None,
        validate_shape=True,
        caching_device=None,
        name=None,
        variable_def=None,
        dtype=None,
        expected_shape=None,
        import_scope=None,
        constraint=None,
        use_resource=None,
        synchronization=policy.VariableSynchronization.AUTO,
        aggregation=policy.VariableAggregation.NONE,
        shape=None,
    ):
        graph = scope.home()
        self._save_slice_info = self._cached = None
        self._constraint, self._graph = constraint, graph
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError("variable_def and initial_value are mutually exclusive.")
            self._from_def(variable_def, import_scope)
            return
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        self._synchronization, self._aggregation, self._trainable = policy.resolve(
            synchronization, aggregation, trainable, name
        )
        if constraint is not None and not callable(constraint):
            raise ValueError("The `constraint` argument must be a callable.")
        collections = [GraphKeys.GLOBAL_VARIABLES] if collections is None else collections
        if not isinstance(collections, (list, tuple, set)):
            raise ValueError(
                "collections argument to Variable constructor must be a list, tuple, or set. "
                f"Got {collections} of type {type(collections)}"
            )
        if self._trainable and GraphKeys.TRAINABLE_VARIABLES not in collections:
            collections = [*collections, GraphKeys.TRAINABLE_VARIABLES]
        del expected_shape  # TensorFlow 1.15 takes and ignores it
        shape = None if shape is None else shapes.TensorShape(shape)  # TensorShape(None) is a shape: an unknown one
        dtype = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
        with contextlib.ExitStack() as stack:
            if builder.current() is not graph:  # inside the body of a function, branch or loop
                inside = builder.current().get_name_scope()
                stack.enter_context(graph.as_default())
                stack.enter_context(graph.name_scope(inside + "/" if inside else None))
            stack.enter_context(graph.control_dependencies(None))
            self._make(graph, initial_value, name, dtype, shape, validate_shape, caching_device)
        self._collect(collections)

    def _collect(self, collections):
        self._graph.add_to_collections(list(collections), self)

    def _checked_initial_value(self, value, shape, validate_shape):
        """Gives the variable's TensorShape for the initial value `value`."""
        if value.op._control_flow_context is not None or isinstance(value.op.graph, FuncGraph):
            raise ValueError(
                f"Initializer for variable {value.op.name} is from inside a control-flow construct, such as a loop or "
                "conditional. When creating a variable inside a loop or conditional, use a lambda as the initializer."
            )
        if validate_shape and not shapes.known(value._shape):
            raise ValueError(f"initial_value must have a shape specified: {value}")
        if shape is None:
            return shapes.TensorShape(value._shape if validate_shape else None)
        return shape if not validate_shape else self._fitting(shape, value)

    @staticmethod
    def _fitting(shape, value):
        if not shape.is_compatible_with(value._shape):
            raise ValueError(
                f"The initial value's shape ({value.shape}) is not compatible with the explicitly supplied `shape` argument "
                f"({shape})."
            )
        return shape

    def _here(self):
        """The builder that what uses the variable now goes to: a body that is being built, else the variable's own graph."""
        current = builder.current()
        return current if isinstance(current, FuncGraph) else self._graph

    # ---- what it is

    @property
    def name(self):
        """The name with output index, e.g. "layer/weights:0"."""
        return f"{self.op.name}:0"

    @property
    def _shared_name(self):
        return self.name[: self.name.index(":")]

    @property
    def graph(self):
        return self._graph

    @property
    def device(self):
        return self.op.device

    @property
    def initializer(self):
        """The operation that gives the variable its initial value."""
        return self._initializer

    @property
    def initial_value(self):
        """The tensor that `initializer` assigns."""
        return self._initial_value

    @property
    def constraint(self):
        return self._constraint

    @property
    def trainable(self):
        return self._trainable

    @property
    def synchronization(self):
        return self._synchronization

    @property
    def aggregation(self):
        return self._aggregation

    def get_shape(self):
        """Same as `shape`."""
        return self.shape

    def _shape_tuple(self):
        return shapes.as_tuple(self.shape)

    def experimental_ref(self):
        """A hashable stand-in compared by identity; `deref()` gives the variable back."""
        return Reference(self)

    ref = experimental_ref

    def _set_save_slice_info(self, save_slice_info):
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self):
        return self._save_slice_info

    def _as_graph_element(self):
        return self._read

    def _declared_at(self):
        """Where the user's program made the variable, `file.py:12`."""
        return source.show(self._line)

    @property
    def _line(self):
        return self.op.line

    # ---- its value

    def initialized_value(self):
        """The variable's value when it is initialized, else its initial value; for initial values of other variables."""
        with self._graph.control_dependencies(None):
            return guard.initialized_value(self)

    def eval(self, session=None):
        """The value in `session` (default: the default session), a NumPy array."""
        return self._as_graph_element().eval(session=session)

    def load(self, value, session=None):
        """Sets the value in `session` (default: the default session) without adding to the graph."""
        session = sessions.required(session, self._graph, "load")
        session.run(self._initializer, {self._initializer.inputs[1]: value})

    def __array__(self, *args, **kwargs):
        raise NotImplementedError(f"Cannot convert a symbolic variable ({self.name}) to a numpy array: run it in a session.")

    def __iter__(self):
        raise TypeError("'Variable' object is not iterable.")

    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return self is not other

    def __repr__(self):
        return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}>"

    # ---- as a protocol buffer

    def to_proto(self, export_scope=None):
        """Gives the VariableDef, with the prefix `export_scope` removed from names; None when it is not in that scope."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None
        strip = _stripper(export_scope)
        made = protos.VariableDef()
        made.variable_name = strip(self._own_tensor().name if not self._is_resource else self.name)
        made.initial_value_name = strip(self._initial_value.name) if self._initial_value is not None else ""
        made.trainable = self._trainable
        made.initializer_name = strip(self._initializer.name)
        made.snapshot_name = strip(self._read.name)
        made.is_resource = self._is_resource
        made.synchronization, made.aggregation = self._synchronization.value, self._aggregation.value
        if self._save_slice_info is not None:
            made.save_slice_info_def.MergeFrom(self._save_slice_info.to_proto(export_scope))
        return made

    @staticmethod
    def from_proto(variable_def, import_scope=None):
        """Gives the variable whose nodes, named in a VariableDef, exist in the default graph."""
        return Variable(variable_def=variable_def, import_scope=import_scope)

    def _from_def(self, definition, import_scope):
        def find(name):
            return self._graph.as_graph_element(f"{import_scope}/{name}" if import_scope else name)

        self._restore(find(definition.variable_name))
        self._initializer = find(definition.initializer_name)
        self._initial_value = find(definition.initial_value_name) if definition.initial_value_name else None
        self._read = find(definition.snapshot_name)
        synchronization = policy.VariableSynchronization(definition.synchronization)
        aggregation = policy.VariableAggregation(definition.aggregation)
        # a VariableDef written before the field existed means trainable by the collection that it stands in
        self._synchronization, self._aggregation, self._trainable = policy.resolve(
            synchronization, aggregation, definition.trainable, definition.variable_name
        )
        if definition.HasField("save_slice_info_def"):
            self._save_slice_info = Variable.SaveSliceInfo(
                save_slice_info_def=definition.save_slice_info_def, import_scope=import_scope
            )

    class SaveSliceInfo:
        """Which part of a larger tensor the variable holds: the full name and shape, the offset and the own shape."""

        def __init__(
            self, full_name=None, full_shape=None, var_offset=None, var_shape=None, save_slice_info_def=None, import_scope=None
        ):
            if save_slice_info_def is not None:
                d = save_slice_info_def
                full_name = f"{import_scope}/{d.full_name}" if import_scope else d.full_name
                full_shape, var_offset, var_shape = list(d.full_shape), list(d.var_offset), list(d.var_shape)
            self.full_name, self.full_shape = full_name, full_shape
            self.var_offset, self.var_shape = var_offset, var_shape

        @property
        def spec(self):
            """The text that stands for the slice in checkpoints: full shape, then "offset,length" of each dimension."""
            lead = " ".join(str(d) for d in self.full_shape) + " "
            return lead + ":".join(f"{o},{n}" for o, n in zip(self.var_offset, self.var_shape, strict=True))

        def to_proto(self, export_scope=None):
            """The SaveSliceInfoDef, or None when the variable is not in `export_scope`."""
            if export_scope is not None and not self.full_name.startswith(export_scope):
                return None
            made = protos.SaveSliceInfoDef(full_name=_stripper(export_scope)(self.full_name))
            made.full_shape.extend(int(d) for d in self.full_shape)
            made.var_offset.extend(int(d) for d in self.var_offset)
            made.var_shape.extend(int(d) for d in self.var_shape)
            return made


def _signatures():
    mine = list(inspect.signature(Variable.__init__).parameters.values())[1:]
    lifting = inspect.Parameter("experimental_enable_variable_lifting", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=True)
    newer = [p for p in mine if p.name not in ("collections", "expected_shape", "use_resource")]
    return inspect.Signature(mine), inspect.Signature([*newer, lifting])


Variable.__signature__, VariableV2.__signature__ = _signatures()
VariableV2.SaveSliceInfo, VariableV2.from_proto = Variable.SaveSliceInfo, staticmethod(Variable.from_proto)


def _stripper(export_scope):
    prefix = f"{export_scope}/" if export_scope else ""
    return lambda name: name.removeprefix(prefix)


class RefVariable(updates.RefUpdates, Variable):
    """A variable that is itself a (`float32_ref`) tensor; assignments give that tensor."""

    _is_resource = False

    def _make(self, graph, initial_value, name, dtype, shape, validate_shape, caching_device):
        from_function = callable(initial_value)
        with graph.name_scope("Variable" if name is None else name) as path:
            if from_function:
                true_name = path[:-1]
                with graph._attr_scope_of({"_class": [f"loc:@{true_name}"]}):
                    with graph.name_scope("Initializer"), graph.device(None):
                        value = graph.convert(initial_value(), dtype=dtype, name="initial_value")
                    shape = self._checked_initial_value(value, shape, validate_shape)
                    own = state_ops.variable(shape=shape, dtype=value.dtype.base_dtype, container=graph._container, name=path)
            else:
                value = graph.convert(initial_value, dtype=dtype, name="initial_value")
                shape = self._checked_initial_value(value, shape, validate_shape)
                own = state_ops.variable(shape=shape, dtype=value.dtype.base_dtype, container=graph._container, name=path)
            self._variable, self._initial_value = own, value
            assigned = value if from_function else guard.guarded(graph, path[:-1], value)
            self._initializer = state_ops.assign(own, assigned, validate_shape=validate_shape, name="Assign").op
            if caching_device is not None:
                with graph.device(caching_device(own.op) if callable(caching_device) else caching_device):
                    self._read = flow.identity(own, name="read")
                    self._cached = self._read
            else:
                with graph.colocate_with(own.op):
                    self._read = flow.identity(own, name="read")

    def _restore(self, own):
        self._variable = own

    def _as_graph_element(self):
        return self._variable

    def _own_tensor(self):
        return self._variable

    @property
    def op(self):
        """The VariableV2 operation."""
        return self._variable.op

    @property
    def dtype(self):
        return self._variable.dtype

    @property
    def shape(self):
        return self._variable.shape

    def set_shape(self, shape):
        """Adds what the caller knows of the shape. Raises ValueError when it contradicts what is known."""
        self._variable.set_shape(shape)
        self._read.set_shape(shape)

    def _ref(self):
        """The assignable tensor."""
        return self._variable

    def value(self):
        """The tensor that reads the variable (`v/read`)."""
        return self._read

    def read_value(self):
        """A new tensor that reads the variable here, after the control dependencies of the place where it is made."""
        return flow.identity(self._variable, name="read")

    def is_initialized(self, name=None):
        """A bool tensor: whether the variable has a value."""
        return state_ops.is_variable_initialized(self._variable, name=name)

    def _as_graph_tensor(self, dtype=None, name=None, as_ref=False):
        if dtype is not None and not dtype.is_compatible_with(self.dtype.base_dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type '{dtype.name}' for variable of type '{self.dtype.name}'"
            )
        return self._variable if as_ref else self._read


class ResourceVariable(updates.ResourceUpdates, Variable):
    """A variable behind a handle; each use reads it where it stands, in the order that control dependencies give."""

    _is_resource = True

    def _make(self, graph, initial_value, name, dtype, shape, validate_shape, caching_device):
        self._caching_device = caching_device
        with graph.name_scope("Variable" if name is None else name) as path:
            handle_name = path[:-1]
            with graph._attr_scope_of({"_class": [f"loc:@{handle_name}"]}):
                with graph.name_scope("Initializer"), graph.device(None):
                    value = initial_value() if callable(initial_value) else initial_value
                    value = graph.convert(value, dtype=dtype, name="initial_value")
                shape = self._checked_initial_value(value, shape, validate_shape)
                self._dtype = value.dtype.base_dtype
                self._handle = state_ops.var_handle(
                    dtype=self._dtype, shape=shape, shared_name=handle_name, container=graph._container, name=path
                )
            self._initial_value = value
            with graph.name_scope("IsInitialized"):
                self._is_initialized = state_ops.var_is_initialized(self._handle)
            with graph.name_scope("Assign") as assign, graph.colocate_with(None, ignore_existing=True):
                assigned = guard.guarded(graph, handle_name, value)
                self._initializer = state_ops.assign_variable(self._handle, assigned, name=assign)
            with graph.name_scope("Read"), graph.colocate_with(None, ignore_existing=True):
                self._read = self._read_op()
                if caching_device is not None:
                    with graph.device(caching_device(self._handle.op) if callable(caching_device) else caching_device):
                        self._read = self._cached = flow.identity(self._read)

    def _restore(self, handle):
        self._handle, self._dtype = handle, handle.op.attrs["dtype"]

    def _own_tensor(self):
        return self._handle

    @property
    def op(self):
        """The VarHandleOp operation."""
        return self._handle.op

    @property
    def handle(self):
        """The resource tensor by which operations know the variable."""
        return self._handle

    @property
    def dtype(self):
        return self._dtype

    @property
    def shape(self):
        return shapes.TensorShape(self._handle._handle[1])

    def set_shape(self, shape):
        """Adds what the caller knows of the shape. Raises ValueError when it contradicts what is known."""
        dtype, known = self._handle._handle
        self._handle._handle = (dtype, shapes.merge(known, shapes.as_tuple(shape)))
        self._read.set_shape(shape)

    def _ref(self):
        raise TypeError(f"Resource variable {self.name} has no reference tensor; use its `handle`.")

    def _read_op(self):
        return state_ops.read_variable(self._handle, dtype=self._dtype)

    def value(self):
        """A tensor that reads the variable here."""
        if self._cached is not None:
            return self._cached
        with self._here().colocate_with(None, ignore_existing=True):
            return self._read_op()

    def read_value(self):
        """A new tensor that reads the variable here, after the control dependencies of the place where it is made."""
        with self._here().name_scope("Read"):
            value = self._read_op()
        return flow.identity(value)

    def is_initialized(self, name=None):
        """A bool tensor: whether the variable has a value."""
        return state_ops.var_is_initialized(self._handle, name=name)

    def _as_graph_tensor(self, dtype=None, name=None, as_ref=False):
        if dtype is not None and dtype is dtypes.resource:
            return self._handle
        if dtype is not None and not dtype.is_compatible_with(self._dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type {dtype.name!r} for variable of type {self._dtype.name!r}"
            )
        if as_ref:
            raise TypeError(f"Resource variable {self.name} cannot be passed where a reference is expected: {name}.")
        return self.value()

    def _lazy_read(self, made):
        return UnreadVariable(self, made)


class UnreadVariable(ResourceVariable):
    """What assigning to a resource variable gives: that variable, each read of it ordered after the assignment."""

    def __init__(self, variable, parent):
        self.__dict__.update(variable.__dict__)
        self._parent, self._cached = parent, None
        self._read = self._read_op()

    @property
    def name(self):
        return self._parent.name

    @property
    def op(self):
        """The operation that assigned."""
        return self._parent

    def _read_op(self):
        with self._parent.graph.control_dependencies([self._parent]):
            return super()._read_op()


def create(**arguments):
    """Makes a variable by way of the creators of variables (`variable_creator_scope`), innermost first.

    Inside the body of a function, branch or loop it is made where all bodies are: in the graph around them, or in eager mode.
    """
    make = _default_creator
    for creator in scope.stack().creators:
        make = _chained(creator, make)
    return make(**arguments)


def _chained(creator, inner):
    return lambda **arguments: creator(inner, **arguments)


KINDS = {"ref": RefVariable, "resource": ResourceVariable}  # `state.eager_variable` adds the kind of eager mode


def _default_creator(**arguments):
    use_resource = arguments.pop("use_resource", None if "collections" in arguments else True)
    arguments.pop("experimental_enable_variable_lifting", None)
    if scope.eager():
        return KINDS["eager"](**arguments)
    definition = arguments.get("variable_def")
    if definition is not None:
        use_resource = definition.is_resource
    if use_resource is None:
        use_resource = scope.get_variable_scope().use_resource
    if use_resource is None:
        use_resource = scope.resource_variables_enabled()
    return KINDS["resource" if use_resource else "ref"](use_resource=use_resource, **arguments)
