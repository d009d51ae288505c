"""`Tensor` and `Operation`: the nodes of a graph."""

from mainstem.base import dtypes, errors, shapes, source
from mainstem.graph import sessions

_NOT_ALLOWED = (
    "using a `tf.Tensor` as a Python `{}` is not allowed in graph mode: it has no value yet. Use `tf.cond`, `tf.while_loop` or "
    "`tf.map_fn`, or run it in a session first. (tensor '{}', made at {})"
)


class Tensor:
    """One output of an operation: a symbol for the value that a run will give it.

    `shape` may be partly unknown; `==` is identity, so tensors can be dictionary keys.
    """

    __array_priority__ = 100
    _is_eager = False
    _USE_EQUALITY = False  # whether `==` of what eager mode made compares content
    OVERLOADABLE_OPERATORS = frozenset()  # set by surface.operators

    def __init__(self, op, value_index, dtype):
        self._op, self._index, self._dtype = op, value_index, dtypes.as_dtype(dtype)
        self._shape, self._handle, self._constant, self._consumers = None, None, None, []

    @property
    def op(self):
        """The Operation that makes this tensor."""
        return self._op

    @property
    def dtype(self):
        return self._dtype

    @property
    def graph(self):
        return self._op.graph

    @property
    def name(self):
        return f"{self._op.name}:{self._index}"

    @property
    def device(self):
        return self._op.device

    @property
    def shape(self):
        """What is known of the shape, a TensorShape."""
        return shapes.TensorShape(self._shape)

    def get_shape(self):
        return self.shape

    @property
    def value_index(self):
        return self._index

    @property
    def ndim(self):
        return self.shape.ndims

    def set_shape(self, shape):
        """Adds what the caller knows of the shape. Raises ValueError when it contradicts what is known."""
        self._shape = shapes.merge(self._shape, shapes.as_tuple(shape))

    def _shape_tuple(self):
        return self._shape

    def _shape_as_list(self):
        return None if self._shape is None else list(self._shape)

    def consumers(self):
        """The operations that take this tensor."""
        return list(self._consumers)

    def eval(self, feed_dict=None, session=None):
        """Runs the graph for this tensor in `session` (default: the default session); gives a NumPy value."""
        return sessions.required(session, self.graph, "eval").run(self, feed_dict)

    def _as_node_def_input(self):
        return self._op.name if self._index == 0 else f"{self._op.name}:{self._index}"

    def experimental_ref(self):
        return Reference(self)

    ref = experimental_ref

    def __len__(self):
        raise TypeError(
            f"len is not well defined for symbolic Tensors ({self.name}). Please call `x.shape` rather than `len(x)`."
        )

    def __bool__(self):
        raise errors.OperatorNotAllowedInGraphError(_NOT_ALLOWED.format("bool", self.name, source.show(self._op.line)))

    __nonzero__ = __bool__

    def __iter__(self):
        raise errors.OperatorNotAllowedInGraphError(
            "iterating: " + _NOT_ALLOWED.format("iterable", self.name, source.show(self._op.line))
        )

    def __array__(self, *args, **kwargs):
        raise NotImplementedError(
            f"Cannot convert a symbolic Tensor ({self.name}) to a numpy array: run it in a session first."
        )

    def __copy__(self):
        return self

    __hash__ = object.__hash__  # identity, as `==` is: the C function keeps Session.run's look-up fast

    def __str__(self):
        shape = "" if self._shape is None else f", shape={self.shape}"
        return f'Tensor("{self.name}"{shape}, dtype={self._dtype.name})'

    def __repr__(self):
        return f"<tf.Tensor '{self.name}' shape={self.shape} dtype={self._dtype.name}>"


class Reference:
    """A hashable stand-in for a tensor or variable, compared by identity; `deref()` gives it back."""

    def __init__(self, wrapped):
        self._wrapped = wrapped

    def deref(self):
        return self._wrapped

    def __eq__(self, other):
        return isinstance(other, Reference) and self._wrapped is other._wrapped

    def __hash__(self):
        return id(self._wrapped)

    def __repr__(self):
        return f"<Reference wrapping {self._wrapped!r}>"


class Operation:
    """One application of an op: a node of a graph, with its inputs, attrs, device and the user's line that made it.

    Invariant: `attrs` holds plain values of every attr of the op, and NodeDef-only ones under names that start with "_".
    """

    own_gradient = None  # of an operation in a body: the gradient that replaces its kernel's, see `grad.inside`
    automatic = None  # what stands for an operation in eager mode brings its gradient, see `grad.kinds`

    def __init__(self, graph, definition, name, inputs, attrs, control_inputs, device, line):
        self.graph, self.definition, self._name, self._inputs, self.attrs = graph, definition, name, inputs, attrs
        self._control_inputs, self._device, self.line = control_inputs, device, line
        self._outputs, self._id, self._control_flow_context, self._control_outputs = [], -1, None, []
        for t in inputs:
            t._consumers.append(self)
        for c in control_inputs:
            c._control_outputs.append(self)

    @property
    def name(self):
        return self._name

    @property
    def type(self):
        return self.definition.name

    @property
    def op(self):
        return self

    @property
    def inputs(self):
        return self._inputs

    @property
    def outputs(self):
        return self._outputs

    @property
    def control_inputs(self):
        return list(self._control_inputs)

    @property
    def device(self):
        return self._device

    @property
    def traceback(self):
        """The user's line that made the operation, as one (file, line, function, text) entry."""
        return [(self.line[0], self.line[1], self.line[2], None)]

    @property
    def node_def(self):
        """The NodeDef protocol buffer of this operation."""
        return self.graph._node_def(self)

    @property
    def op_def(self):
        return self.definition

    def get_attr(self, name):
        """The value of an attr, strings as bytes. Raises ValueError when the operation has no such attr."""
        if name not in self.attrs or self.attrs[name] is None:
            raise ValueError(f"Operation '{self._name}' has no attr named '{name}'.")
        value = self.attrs[name]
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, list):
            return [v.encode() if isinstance(v, str) else v for v in value]
        return value

    def values(self):
        return tuple(self._outputs)

    def colocation_groups(self):
        return [c.encode() for c in self.attrs.get("_class") or [f"loc:@{self._name}"]]

    def run(self, feed_dict=None, session=None):
        """Runs the operation in `session` (default: the default session)."""
        sessions.required(session, self.graph, "run").run(self, feed_dict)

    def _set_attr(self, name, value):
        self.attrs[name] = value
        self.graph._mutations += 1

    def _set_device(self, device):
        self._device = str(device or "")
        self.graph._mutations += 1

    def _add_control_inputs(self, ops):
        for op in ops:
            if op not in self._control_inputs:
                self._control_inputs.append(op)
                op._control_outputs.append(self)
        self.graph._mutations += 1

    def _add_control_input(self, op):
        self._add_control_inputs([op])

    def _update_input(self, index, tensor):
        self._inputs[index]._consumers.remove(self)
        self._inputs[index] = tensor
        tensor._consumers.append(self)
        self.graph._mutations += 1

    def results(self):
        """What the call that made the operation gives back: a tensor, a tuple or list of them, or the operation itself."""
        outs, d = self._outputs, self.definition
        if not outs and not any(a.is_list for a in d.outputs):
            return self
        if len(d.outputs) == 1:
            return list(outs) if d.outputs[0].is_list else outs[0]
        if not d.has_list_output:
            return tuple(outs)
        grouped, i = [], 0
        for a in d.outputs:
            n = (self.attrs[a.number] if a.number else len(self.attrs[a.type_list])) if a.is_list else 1
            grouped.append(list(outs[i : i + n]) if a.is_list else outs[i])
            i += n
        return tuple(grouped)

    def where(self):
        """The phrase that every error about this operation ends with."""
        shown = ", ".join(shapes.show(t._shape) for t in self._inputs)
        return f"(op '{self._name}', type {self.type}, input shapes [{shown}], defined at {source.show(self.line)})"

    def __str__(self):
        return str(self.node_def)

    def __repr__(self):
        return f"<tf.Operation '{self._name}' type={self.type}>"
