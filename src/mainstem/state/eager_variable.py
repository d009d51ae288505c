"""Variables outside graphs: the value lives in a slot that the variable's handle holds, as long as the variable lives."""

import copy
import functools
import itertools
import threading
import weakref

import numpy as np

from mainstem.base import dtypes, errors, shapes, source
from mainstem.core import builder, registry
from mainstem.eager.context import context, executing_eagerly
from mainstem.eager.tensor import EagerTensor, on_device, show_array, wrap
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.keys import GraphKeys
from mainstem.graph.tensor import Tensor
from mainstem.lower.slots import Slot
from mainstem.ops import state as state_ops
from mainstem.state import variable
from mainstem.state.variable import ResourceVariable

_numbers, _changing = itertools.count(), threading.RLock()
_UNDEFINED = "Tensor.{} is undefined when eager execution is enabled."


def _stored(tensor):
    """The array of a concrete tensor as a slot holds it: on the device, but for strings."""
    value = tensor._value
    if isinstance(value, np.ndarray) and value.dtype != object:
        tensor._host, tensor._value = value, on_device(value)
        return tensor._value
    return value


class EagerVariable(ResourceVariable):
    """A variable of eager mode: `numpy()` is its value, assignments happen at once; functions that are traced capture its handle.

    Arguments and errors are those of `Variable`. The value goes when the variable does.
    """

    _is_eager = True

    def _make(self, graph, initial_value, name, dtype, shape, validate_shape, caching_device):
        with graph.name_scope("Variable" if name is None else name) as path:
            self._name = path[:-1]
        value, start = initial_value() if callable(initial_value) else initial_value, None
        if isinstance(value, Tensor) and not value._is_eager:
            value, start = _lifted(value)
        if start is None:
            value = graph.convert(value, dtype=dtype)
        else:
            start = start._op.graph.convert(start, dtype=dtype)
        self._set_up(value if start is None else start, shape, validate_shape)
        if start is None:
            self._store(_stored(value))
        else:
            with start._op.graph.as_default():
                state_ops.assign_variable(self._handle, start)

    def _set_up(self, value, shape, validate_shape):
        shape = shapes.TensorShape(value._shape) if shape is None else self._fitting(shape, value)
        self._dtype, self._line_made = value.dtype.base_dtype, source.user_line()
        self._slot = Slot(self._name, self._line_made, (self._dtype, shapes.as_tuple(shape)))
        self._handle = EagerTensor(self._slot, dtypes.resource)
        self._slot.variable = weakref.ref(self)
        self._number, self._read, self._initial_value, self._initializer = next(_numbers), None, None, None

    def _collect(self, collections):
        """Eager mode has no collections, but for the global step."""
        if GraphKeys.GLOBAL_STEP in collections:
            variable.scope.keeper().add_to_collection(GraphKeys.GLOBAL_STEP, self)

    def _from_def(self, definition, import_scope):
        raise ValueError("Creating a `tf.Variable` with a `variable_def` arg is not supported when eager execution is enabled.")

    # ---- what it is

    @property
    def name(self):
        """The name with output index, e.g. "layer/weights:0"; names need not be unique."""
        return f"{self._name}:0"

    @property
    def _shared_name(self):
        return self._name

    @property
    def _unique_id(self):
        return f"{self._name}_{self._number}"

    @property
    def _line(self):
        return self._line_made

    @property
    def op(self):
        raise AttributeError(_UNDEFINED.format("op"))

    @property
    def graph(self):
        raise AttributeError(_UNDEFINED.format("graph"))

    @property
    def device(self):
        """The full name of the device that holds the value."""
        value = self._slot.value
        return EagerTensor(value, self._dtype).device if value is not None else ""

    @property
    def initial_value(self):
        raise RuntimeError("This property is not supported when eager execution is enabled.")

    @property
    def shape(self):
        return shapes.TensorShape(self._slot.declared[1])

    def set_shape(self, shape):
        """Adds what the caller knows of the shape. Raises ValueError when it contradicts what is known."""
        self._slot.declared = (self._dtype, shapes.merge(self._slot.declared[1], shapes.as_tuple(shape)))

    def _own_tensor(self):
        return self._handle

    def _as_graph_element(self):
        return self.value()

    def to_proto(self, export_scope=None):
        raise RuntimeError("This operation is not supported when eager execution is enabled.")

    # ---- its value

    def _store(self, array):
        self._slot.value, self._slot.shared = array, True

    def _read_op(self):
        if not executing_eagerly():
            return state_ops.read_variable(self._handle, dtype=self._dtype)
        slot = self._slot
        if slot.value is None:
            raise errors.FailedPreconditionError(None, None, f"Could not find variable {self._name}: it has no value yet.")
        slot.shared = True
        out = wrap(slot.value)
        if context().tapes:
            context()._record(state_ops.read_variable, {"dtype": self._dtype}, [self._handle], [out])
        return out

    def value(self):
        """A tensor that reads the variable here."""
        return self._read_op()

    def read_value(self):
        """A tensor that reads the variable here."""
        return self._read_op()

    def numpy(self):
        """The value as a NumPy array that is the caller's own. Raises NotImplementedError while a function is traced."""
        if not executing_eagerly():
            raise NotImplementedError("numpy() is only available when eager execution is enabled.")
        return self._read_op().numpy()

    def initialized_value(self):
        """The value."""
        return self._read_op()

    def eval(self, session=None):
        raise RuntimeError("This operation is not supported when eager execution is enabled.")

    def load(self, value, session=None):
        """Sets the value."""
        self.assign(value)

    # ---- changing it

    def _here(self):
        return builder.current()

    def _value(self, value):
        return builder.current().convert(value, dtype=self._dtype)

    def assign(self, value, use_locking=None, name=None, read_value=True, validate_shape=None):
        """Sets the value; gives the variable as it is after that (with `read_value` False nothing, in a trace the operation).

        Raises ValueError when the shape does not fit.
        """
        tensor = self._value(value)
        if not shapes.compatible(self._slot.declared[1], tensor._shape):
            raise ValueError(
                f"Cannot assign value to variable ' {self.name}': Shape mismatch."
                f"The variable shape {self.shape}, and the assigned value shape {tensor.shape} are incompatible."
            )
        if not executing_eagerly():
            return self._update(state_ops.assign_variable, tensor, name, read_value)
        self._store(_stored(tensor))
        return self._lazy_read(None) if read_value else None

    def _update(self, op, value, name, read_value):
        with _changing:  # reads the value and replaces it: threads must not come between
            return super()._update(op, value, name, read_value)

    def _scatter(self, kind, indices, updates, use_locking, name):
        with _changing:
            return super()._scatter(kind, indices, updates, use_locking, name)

    def _lazy_read(self, made):
        return EagerUnread(self, made)

    # ---- as a Python object

    def __array__(self, dtype=None, copy=None):
        array = self.numpy()
        return array if dtype is None else array.astype(dtype)

    def __jax_array__(self):
        return self._read_op().__jax_array__()

    def __bool__(self):
        return bool(self.value())

    __nonzero__ = __bool__

    def __int__(self):
        return int(self.numpy())

    def __float__(self):
        return float(self.numpy())

    def __complex__(self):
        return complex(self.numpy())

    def __iter__(self):
        return iter(self.value())

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        if not executing_eagerly():
            raise NotImplementedError("__deepcopy__() is only available when eager execution is enabled.")
        with context().name_scope(None):
            made = EagerVariable(
                initial_value=self._read_op(),
                trainable=self._trainable,
                constraint=self._constraint,
                dtype=self._dtype,
                name=self._name,
                synchronization=self._synchronization,
                aggregation=self._aggregation,
                shape=self.shape,
            )
        made.__dict__.update(
            (k, copy.deepcopy(v, memo)) for k, v in self.__dict__.items() if k not in made.__dict__
        )  # what a program hung on it
        memo[id(self)] = made
        return made

    def __reduce__(self):
        arguments = {"initial_value": self.numpy(), "trainable": self._trainable, "name": self._name, "dtype": self._dtype}
        return functools.partial(EagerVariable, constraint=self._constraint, **arguments), ()

    def __repr__(self):
        shown = f"<tf.Variable '{self.name}' shape={self.shape} dtype={self._dtype.name}"
        if not executing_eagerly():
            return shown + ">"
        if self._slot.value is None:
            return shown + ", numpy=<unavailable>>"
        return f"{shown}, numpy={show_array(wrap(self._slot.value).numpy())}>"

    def __eq__(self, other):
        """Compares content in TensorFlow 2's behaviour, a bool tensor (False for shapes that do not broadcast); else identity."""
        if not Tensor._USE_EQUALITY:
            return self is other
        return False if other is None else registry.lookup("Equal")(self, other, incompatible_shape_error=False)

    def __ne__(self, other):
        """The opposite of `==`."""
        if not Tensor._USE_EQUALITY:
            return self is not other
        return True if other is None else registry.lookup("NotEqual")(self, other, incompatible_shape_error=False)

    def __hash__(self):
        if Tensor._USE_EQUALITY:
            raise TypeError(f"Variable is unhashable. Instead, use variable.ref() as the key. (Variable: {self!r})")
        return id(self)


class EagerUnread(EagerVariable):
    """What assigning to a variable gives: that variable; in a trace each read of it comes after the assignment."""

    def __init__(self, of, parent):
        self.__dict__.update(of.__dict__)
        self._of, self._parent = of, parent  # the slot names its variable weakly

    @property
    def name(self):
        return "UnreadVariable"

    @property
    def op(self):
        """The operation that assigned, in a trace; else None."""
        return self._parent

    def _read_op(self):
        if self._parent is None or executing_eagerly():
            return super()._read_op()
        with self._parent.graph.control_dependencies([self._parent]):
            return super()._read_op()


variable.KINDS["eager"] = EagerVariable


# ---- initial values that a trace computed


def _lifted(tensor):
    """Gives (the tensor's value, None), or (None, the tensor) when the value depends on what the function was called with."""
    try:
        return _concrete(tensor, {}), None
    except LookupError:
        return None, tensor


def _concrete(tensor, known):
    """The value of a tensor of a trace, computed in eager mode. Raises LookupError when it hangs on an argument."""
    if tensor._is_eager:
        return tensor
    if tensor not in known:
        op, graph = tensor._op, tensor._op.graph
        if op.type == "Const":
            known[tensor] = EagerTensor(op.attrs["value"], tensor._dtype)
        elif op.type == "Placeholder":
            outer = next((o for o, inner in graph.captures if inner is tensor), None) if isinstance(graph, FuncGraph) else None
            if outer is None:
                raise LookupError(tensor.name)
            known[tensor] = _concrete(outer, known)
        else:
            made = context().run(op.definition, [_concrete(t, known) for t in op._inputs], op.attrs)
            known.update(zip(op._outputs, made, strict=True))
    return known[tensor]
