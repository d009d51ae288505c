"""`Graph`: a growing list of operations, its scopes and collections, and the builder that op calls of graph mode go to."""

import contextlib
import itertools
import re
import threading

from mainstem.base import dtypes, names, shapes, source
from mainstem.core import bind, builder, infer, registry
from mainstem.graph import convert, device, fold
from mainstem.graph.tensor import Operation, Tensor


def _shown(value):
    """An argument of an op in an error message: dtype and shape of a tensor or variable, the type of anything else."""
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return type(value).__name__
    return f"{dtype.name}{shapes.show(shapes.as_tuple(getattr(value, 'shape', None)))}"


class TensorIn(infer.In):
    """What the graph knows of an input tensor."""

    __slots__ = ("tensor",)

    def __init__(self, tensor):
        self.tensor = tensor
        if tensor._handle is not None:
            self.dtype, self.shape = tensor._handle
        else:
            self.dtype, self.shape = tensor._dtype, tensor._shape

    def value(self):
        return fold.constant_value(self.tensor)

    def partial(self):
        return fold.partial_shape(self.tensor)


class _ControlDependencies:
    """One `with control_dependencies(...)`: its ops, and the ops made inside (which need no second edge)."""

    def __init__(self, graph, ops, new_stack):
        self.graph, self.ops, self.new_stack, self.inside = graph, ops, new_stack, set()

    def __enter__(self):
        self.saved = self.graph._control
        self.graph._control = [] if self.new_stack else [*self.saved, self]
        return self

    def __exit__(self, *exc):
        self.graph._control = self.saved


class Graph:
    """A computation: operations one to one with NodeDefs.

    A graph may be used from several threads. Invariants: names are unique; an operation's inputs exist before it, but for
    edges added later; `_mutations` counts changes to existing operations, so cached programs know when they are stale.
    """

    _tensor_class = Tensor
    counts_seeds = False  # as TensorFlow 2: random ops without a seed are seeded 0, 1, …, not by their place in the graph
    collects = False  # whether what eager mode does with its tensors joins it, as with those of Keras's own graph

    def __init__(self):
        if self.counts_seeds:
            self.automatic_seed = itertools.count().__next__
        self._by_name, self._list, self._names = {}, [], {}
        self._scope, self._control, self._devices, self._colocation, self._attr_scope = "", [], [], [], {}
        self._collections, self._finalized, self._mutations = {}, False, 0
        self._lock = threading.RLock()
        self.seed, self._gradient_overrides, self._library_proto = None, {}, None
        self._unfeedable, self._unfetchable, self._container, self._control_flow_context = set(), set(), "", None

    # ---- as the builder of op calls

    def apply(self, op, args, attrs, name=None):
        """Adds an operation and gives its result tensors; see `core.builder`.

        As in TensorFlow, the operation joins the graph of its inputs where that is another one than this.
        """
        home = self.home(args)
        if home is not self:
            with home.as_default():
                return home.apply(op, args, attrs, name)
        with self._lock:
            label = name if name is not None else op.name
            if op.has_list_input or any(not isinstance(a, Tensor) for a in args):
                # constants made from arguments live in the operation's own scope: "add/y"
                with self.name_scope(label) as scope:
                    inputs, attrs = self._bound(op, label, args, attrs)
                    return self.create(op, scope, inputs, attrs).results()
            inputs, attrs = self._bound(op, label, args, attrs)
            return self.create(op, label, inputs, attrs).results()

    def home(self, values):
        """The graph of the first tensor, variable or operation among `values` (lists are looked into); else this graph."""
        if self.building_function:  # takes outer tensors as its inputs
            return self
        for v in values:
            if isinstance(v, Tensor):
                if v._is_eager:
                    continue
                owner = v._op.graph
            elif isinstance(v, (list, tuple)):
                owner = self.home(v) if v else self
                if owner is self:
                    continue
            else:
                owner = getattr(v, "graph", None)
                if not isinstance(owner, Graph):
                    continue
            return self if owner.building_function else owner
        return self

    def _bound(self, op, label, args, attrs):
        """`bind.bind`, whose TypeErrors also say what was given, and where."""
        try:
            return bind.bind(op, args, attrs, self.convert)
        except TypeError as e:
            given, where = ", ".join(_shown(a) for a in args), source.show(source.user_line())
            raise TypeError(f"{e} (op '{label.rstrip('/')}', type {op.name}, inputs {given}, at {where})") from e.__cause__

    def convert(self, value, dtype=None, as_ref=False, preferred_dtype=None, name=None):
        """Gives the tensor of this graph for any value; see `graph.convert.to_tensor`."""
        return convert.to_tensor(self, value, dtype, as_ref, preferred_dtype, name)

    def accept(self, tensor):
        """Gives the tensor for this graph of any tensor: a concrete one becomes a constant, another graph's stays what it is."""
        if tensor._is_eager:
            if not tensor.dtype.is_numpy_compatible:
                raise ValueError(f"{tensor!r} belongs to eager mode and cannot be used in a graph.")
            return self.constant(tensor._array(), tensor.dtype)
        return tensor

    def _refuse_foreign(self, inputs):
        for t in inputs:
            if t._op.graph is not self:
                own = [str(o) for o in inputs if o._op.graph is self]
                raise ValueError(
                    f"{t} must be from the same graph as {own[0] if own else 'the one that is being built'}. "
                    f"Got one made at {t._op.line[0]}:{t._op.line[1]}."
                )

    def constant(self, array, dtype, name=None):
        """Adds a `Const` node holding a NumPy array (which must not change afterwards)."""
        op = self.create(registry.lookup("Const"), name or "Const", [], {"value": array, "dtype": dtype}, shape=[array.shape])
        return op.outputs[0]

    def create(self, op, name, inputs, attrs, *, control_inputs=None, device=None, line=None, shape=None):
        """Adds one operation from flat, checked inputs; gives the Operation.

        Raises RuntimeError when the graph is finalized, ValueError when input shapes do not fit or an input is another graph's.
        """
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        self._refuse_foreign(inputs)
        with self._lock:
            if name.endswith("/"):
                full = name[:-1]
            else:
                names.check_op(name)
                full = self.unique_name(name)
            line = line or source.user_line()
            if control_inputs is None:
                control_inputs = self._control_inputs(inputs)
            if self._attr_scope:
                attrs = {**attrs, **self._attr_scope}
            if op.name in self._gradient_overrides:
                attrs["_gradient_op_type"] = self._gradient_overrides[op.name]
            if self._colocation and "_class" not in attrs:
                attrs["_class"] = sorted({c for group in self._colocation for c in group})
            if inputs and inputs[0]._dtype._is_ref_dtype and op.inputs[0].is_ref:  # what changes a variable lives beside it
                groups = {c.decode() for c in inputs[0]._op.colocation_groups()}
                attrs["_class"] = sorted(groups.union(*self._colocation))
                device = device if device is not None else self._device_of(groups)
            elif self._colocation and device is None:
                device = self._device_of({c for group in self._colocation for c in group})
            made = Operation(
                self, op, full, inputs, attrs, control_inputs, self._device(op, full, attrs) if device is None else device, line
            )
            kinds = infer.output_dtypes(op, attrs)
            if shape is None:
                try:
                    shape = infer.output_shapes(op, [TensorIn(t) for t in inputs], attrs)
                except (ValueError, TypeError) as e:
                    raise self._rejected(made, e) from None
            made._outputs = [self._tensor_class(made, i, t) for i, t in enumerate(kinds)]
            for t, s in zip(made._outputs, shape, strict=True):
                t._shape = s
            if op.owner and kinds and kinds[0] is dtypes.resource:
                self._describe_handle(made)
            elif kinds and kinds[0] is dtypes.resource and inputs and inputs[0]._handle is not None:
                made._outputs[0]._handle = inputs[0]._handle
            self._add(made)
            return made

    def _device_of(self, groups):
        """The device of the operations that colocation groups name, as what is colocated gets it; None when they have none."""
        beside = (self._by_name.get(c[len("loc:@") :]) for c in sorted(groups))
        return next((o.device for o in beside if o is not None and o.device), None)

    def _describe_handle(self, made):
        if made.attrs.get("dtype") is not None:
            made._outputs[0]._handle = (made.attrs["dtype"], made.attrs.get("shape"))
        made._outputs[0]._shape = ()

    def _rejected(self, made, error):
        """The error for input shapes that do not fit; the half-made operation leaves no trace."""
        for t in set(made._inputs):
            t._consumers[:] = [c for c in t._consumers if c is not made]
        for c in made._control_inputs:
            c._control_outputs.remove(made)
        self._names.pop(made.name.lower(), None)
        text = str(error)
        return type(error)(text if "defined at" in text else f"{text} {made.where()}")

    def _add(self, made):
        made._id = len(self._list) + 1
        made._control_flow_context = self._control_flow_context
        for c in self._control:
            c.inside.add(made)
        self._list.append(made)
        self._by_name[made.name] = made

    def _control_inputs(self, inputs):
        out = []
        for c in self._control:
            if not any(t._op in c.inside for t in inputs):
                out += [o for o in c.ops if o not in out]
        return out

    # ---- names and scopes

    def unique_name(self, name, mark_as_used=True):
        """Gives `name` under the current name scope, with `_1`, `_2`, … where it is taken (names compare without case)."""
        if self._scope:
            name = f"{self._scope}/{name}"
        key = name.lower()
        i = self._names.get(key, 0)
        if mark_as_used:
            self._names[key] = i + 1
        if i > 0:
            base = key
            while key in self._names:
                key = f"{base}_{i}"
                i += 1
            if mark_as_used:
                self._names[key] = 1
            name = f"{name}_{i - 1}"
        return name

    @contextlib.contextmanager
    def name_scope(self, name):
        """Names made inside start with the (uniquified) `name`; one that ends in "/" is re-entered as it is; None clears."""
        if name:
            if self._scope:
                names.check_scope(name)
            else:
                names.check_op(name.rstrip("/") or name)
        saved = self._scope
        if not name:
            new = ""
        elif name.endswith("/"):
            new = name[:-1]
        else:
            new = self.unique_name(name)
        self._scope = new
        try:
            yield new + "/" if new else ""
        finally:
            self._scope = saved

    def get_name_scope(self):
        return self._scope

    def control_dependencies(self, control_inputs):
        """Operations made inside run after all of `control_inputs` (operations, tensors, variables); None clears."""
        if control_inputs is None:
            return _ControlDependencies(self, [], True)
        ops = []
        for c in control_inputs:
            if hasattr(c, "_own_tensor"):  # a variable: waits for the operation it stands for, and is not read
                c = c.op
            c = self.as_graph_element(getattr(c, "values", c) if type(c).__name__ == "IndexedSlices" else c)
            op = c.op if isinstance(c, Tensor) else c
            if op not in ops:
                ops.append(op)
        return _ControlDependencies(self, ops, False)

    @contextlib.contextmanager
    def device(self, device_name_or_function):
        """Operations made inside are placed on a device: a name, a function of the operation, or None to clear."""
        if isinstance(device_name_or_function, str):
            device.DeviceSpec.from_string(device_name_or_function)
        saved = self._devices
        self._devices = [*saved, device_name_or_function] if device_name_or_function is not None else []
        try:
            yield
        finally:
            self._devices = saved

    def _device(self, op, full, attrs):
        """The device of an operation about to be made, called `full`: from the innermost scope outwards; a function sees what is there so far."""
        place = ""
        for d in reversed(self._devices):
            if callable(d):
                place = _device_name(d(_Proposed(op.name, full, place, attrs)))
            else:
                place = device.merge(_device_name(d), place)
        return place

    @contextlib.contextmanager
    def colocate_with(self, op, ignore_existing=False):
        """Operations made inside are placed with `op` (an operation, tensor or variable; None clears)."""
        saved = self._colocation
        if op is None:
            self._colocation = []
        elif not getattr(op, "_is_eager", False):  # what eager mode made has no place among the operations
            op = getattr(op, "op", op)
            self._colocation = [*([] if ignore_existing else saved), tuple(c.decode() for c in op.colocation_groups())]
        try:
            yield
        finally:
            self._colocation = saved

    @contextlib.contextmanager
    def _attr_scope_of(self, attrs):
        saved = self._attr_scope
        self._attr_scope = {k: v for k, v in {**saved, **attrs}.items() if v is not None}
        try:
            yield
        finally:
            self._attr_scope = saved

    @contextlib.contextmanager
    def gradient_override_map(self, op_type_map):
        """The gradient of op types made inside is the one registered under another name: `{"Relu": "GuidedRelu"}`."""
        saved = self._gradient_overrides
        self._gradient_overrides = {**saved, **op_type_map}
        try:
            yield
        finally:
            self._gradient_overrides = saved

    @contextlib.contextmanager
    def container(self, container_name):
        saved, self._container = self._container, container_name
        try:
            yield container_name
        finally:
            self._container = saved

    @contextlib.contextmanager
    def as_default(self):
        """Makes this graph the default one inside the block (of this thread)."""
        builder.push(self)
        try:
            yield self
        finally:
            builder.pop(self)

    # ---- looking things up

    def get_operations(self):
        return list(self._list)

    def get_operation_by_name(self, name):
        """Gives the operation called `name`. Raises KeyError when there is none."""
        return self.as_graph_element(name, allow_tensor=False)

    def get_tensor_by_name(self, name):
        """Gives the tensor called `name` ("op:0"). Raises KeyError when there is none, ValueError when malformed."""
        return self.as_graph_element(name, allow_operation=False)

    def as_graph_element(self, obj, allow_tensor=True, allow_operation=True):
        """Gives the tensor or operation of this graph for a name, tensor, operation or variable.

        Raises TypeError for other objects, ValueError for things of another graph, KeyError for names not in the graph.
        """
        wanted = " or a ".join((["Tensor"] if allow_tensor else []) + (["Operation"] if allow_operation else []))
        element = getattr(obj, "_as_graph_element", None)
        if element is not None:
            obj = element()
        if isinstance(obj, (str, bytes)):
            return self._named(obj.decode() if isinstance(obj, bytes) else obj, allow_tensor, allow_operation)
        if (isinstance(obj, Tensor) and allow_tensor) or (isinstance(obj, Operation) and allow_operation):
            if obj.graph is not self:
                raise ValueError(f"{type(obj).__name__} {obj!r} is not an element of this graph.")
            return obj
        raise TypeError(f"Can not convert a {type(obj).__name__} into a {wanted}.")

    _as_graph_element_locked = as_graph_element

    def _named(self, name, allow_tensor, allow_operation):
        if ":" in name and allow_tensor:
            op_name, index = names.split_tensor(name)
            op = self._by_name.get(op_name)
            lost = f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, "
            if op is None:
                raise KeyError(f"{lost}does not exist in the graph.{self._nearest(op_name)}")
            if index >= len(op._outputs):
                raise KeyError(f"{lost}exists but only has {len(op._outputs)} outputs.")
            return op._outputs[index]
        if ":" not in name and allow_operation:
            op = self._by_name.get(name)
            if op is None:
                raise KeyError(f"The name {name!r} refers to an Operation not in the graph.{self._nearest(name)}")
            return op
        if ":" in name:
            raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a Operation.")
        if name in self._by_name:
            raise ValueError(
                f'The name {name!r} refers to an Operation, not a Tensor. Tensor names must be of the form "<op_name>:<output_index>".'
            )
        raise ValueError(
            f'The name {name!r} looks like an (invalid) Operation name, not a Tensor. Tensor names must be of the form "<op_name>:<output_index>".'
        )

    def _nearest(self, name):
        tail = name.rsplit("/", 1)[-1]
        close = [n for n in self._by_name if n.rsplit("/", 1)[-1] == tail][:3]
        return f" Did you mean {', '.join(map(repr, close))}?" if close else ""

    # ---- collections

    def add_to_collection(self, name, value):
        """Appends `value` to the collection `name`."""
        self._check_open()
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names, value):
        """Appends `value` to each of the collections `names` (one name or several)."""
        for name in {names: None} if isinstance(names, str) else dict.fromkeys(names):
            self.add_to_collection(name, value)

    def get_collection_ref(self, name):
        """The live list of a collection."""
        return self._collections.setdefault(name, [])

    def get_collection(self, name, scope=None):
        """A copy of a collection, only items whose name matches the regular expression `scope` when it is given."""
        items = self._collections.get(name, [])
        if scope is None:
            return list(items)
        pattern = re.compile(scope)
        return [i for i in items if hasattr(i, "name") and pattern.match(i.name)]

    def get_all_collection_keys(self):
        return [k for k in self._collections if isinstance(k, str)]

    def clear_collection(self, name):
        self._check_open()
        self._collections.pop(name, None)

    @property
    def collections(self):
        return self.get_all_collection_keys()

    # ---- state

    def _check_open(self):
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")

    def finalize(self):
        """From now on the graph cannot grow: adding an operation raises RuntimeError."""
        self._finalized = True

    def _unsafe_unfinalize(self):
        self._finalized = False

    @property
    def finalized(self):
        return self._finalized

    @property
    def version(self):
        return len(self._list)

    @property
    def _last_id(self):
        return len(self._list)

    @property
    def building_function(self):
        return False

    def prevent_feeding(self, tensor):
        self._unfeedable.add(tensor)

    def is_feedable(self, tensor):
        return tensor not in self._unfeedable

    def prevent_fetching(self, op):
        self._unfetchable.add(op)

    def is_fetchable(self, tensor_or_op):
        return getattr(tensor_or_op, "op", tensor_or_op) not in self._unfetchable

    def switch_to_thread_local(self):
        """Scopes are read per call here; kept because threads of old programs call it."""


class _Proposed:
    """What a device function sees of an operation about to be made; it is its own NodeDef."""

    def __init__(self, type, name, device, attrs):
        self.type, self.op, self.name, self.device, self.inputs, self.outputs = type, type, name, device, [], []
        self.node_def, self._attrs = self, attrs

    def get_attr(self, name):
        """An attr. Raises ValueError when it has none of that name."""
        if name not in self._attrs:
            raise ValueError(f"Operation {self.type!r} has no attr named {name!r}.")
        return self._attrs[name]


def _device_name(place):
    if place is None:
        return ""
    return place.to_string() if hasattr(place, "to_string") else device.DeviceSpec.from_string(str(place)).to_string()


_default = Graph()


def get_default_graph():
    """The graph that operations are added to: the innermost `as_default`, else the global one."""
    for b in reversed(builder.stack()):
        if isinstance(b, Graph):
            return b
    return _default


def outermost_default():
    """The global default graph, whatever graph is current."""
    return _default


def reset_default_graph():
    """Replaces the global default graph by an empty one. Raises AssertionError inside `with graph.as_default()`."""
    if any(isinstance(b, Graph) for b in builder.stack()):
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, exit the nesting and create a new graph."
        )
    global _default
    _default = Graph()


builder.set_default(get_default_graph)
