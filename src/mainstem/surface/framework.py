"""Scopes and conversion: `name_scope`, `control_dependencies`, `device`, `convert_to_tensor`, `placeholder`, `constant`."""

import contextlib
import functools

import numpy as np

from mainstem.base import arrays, dtypes, shapes
from mainstem.core import builder
from mainstem.eager.context import context
from mainstem.formats import tensor_proto
from mainstem.graph import convert, tensor
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import flow


class name_scope:  # noqa: N801 - TensorFlow's name
    """Names of ops made inside start with this scope; `name_scope(name, default_name, values)` as in TensorFlow 1.

    Enter gives the scope's full name with a trailing "/"; re-enter a scope by passing that. With `name` None the
    `default_name` is used; both None leave the scope as it is.
    """

    def __init__(self, name, default_name=None, values=None):
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name for name_scope must be a string. Got {name!r}.")
        self._name, self._default, self._values, self._open = name, default_name, values, []

    @property
    def name(self):
        return self._name if self._name is not None else self._default

    def __enter__(self):
        name, owner = self.name, builder.current()
        if name is None and self._values is not None and owner is not context():
            raise ValueError("At least one of name (None) and default_name (None) must be provided.")
        home = owner.home(self._values) if self._values and hasattr(owner, "home") else owner
        if home is owner:
            scope = owner.name_scope(name if name is not None else "")
            entered = scope.__enter__()
        else:
            scope = contextlib.ExitStack()  # what is made from another graph's tensors joins that graph, collections included
            scope.enter_context(home.as_default())
            entered = scope.enter_context(home.name_scope(name if name is not None else ""))
        self._open.append(scope)
        return entered

    def __exit__(self, *exc):
        self._open.pop().__exit__(*exc)
        return False

    def __call__(self, fn):
        @functools.wraps(fn)
        def wrapped(*args, **kwargs):
            with name_scope(self._name, self._default, self._values):
                return fn(*args, **kwargs)

        return wrapped


class name_scope_v2(name_scope):  # noqa: N801
    """Names of ops and variables made inside start with `name`; the same object may be entered again, also inside itself."""

    def __init__(self, name):
        if not isinstance(name, str):
            raise ValueError("name for name_scope must be a string.")
        super().__init__(name)


def convert_to_tensor_v1(value, dtype=None, name=None, preferred_dtype=None, dtype_hint=None):
    """`convert_to_tensor` with TensorFlow 1's order of arguments."""
    return convert_to_tensor(value, dtype, dtype_hint if preferred_dtype is None else preferred_dtype, name)


def convert_to_tensor(value, dtype=None, dtype_hint=None, name=None):
    """Gives `value` (array, list, number, variable, tensor) as a tensor; `dtype_hint` is taken when it fits.

    Raises TypeError when it cannot be of `dtype`, ValueError when it cannot be a tensor.
    """
    dtype = None if dtype is None else dtypes.as_dtype(dtype)
    hint = None if dtype_hint is None else dtypes.as_dtype(dtype_hint)
    return builder.current().convert(value, dtype=dtype, preferred_dtype=hint, name=name)


def is_tensor(x):
    """Whether `x` is a tensor, or something that stands for one (a variable, IndexedSlices, a SparseTensor)."""
    if isinstance(x, (tensor.Tensor, SparseTensor)):
        return True
    return hasattr(x, "_as_graph_tensor") or hasattr(x, "_as_graph_element")


def constant_v1(value, dtype=None, shape=None, name="Const", verify_shape=False):
    """A constant tensor; `value` is filled up to `shape` by repeating its last element."""
    dtype = None if dtype is None else dtypes.as_dtype(dtype)
    shape = shapes.as_tuple(shape)
    if verify_shape and shape is not None and arrays.shape_of(value) != shape:
        raise TypeError(f"Expected Tensor's shape: {shape}, got {arrays.shape_of(value)}.")
    b = builder.current()
    if b is context() and shape is None:
        return _concrete(value, dtype)
    if hasattr(b, "constant") and not hasattr(value, "_as_graph_tensor"):
        return convert.constant(b, value, dtype, shape, name)
    return convert_to_tensor(value, dtype, name=name)


def constant(value, dtype=None, shape=None, name="Const"):
    """A constant tensor of `value`, broadcast or reshaped to `shape`; an eager tensor or a jax array as it is."""
    if shape is None and builder.current() is context():
        return _concrete(value, None if dtype is None else dtypes.as_dtype(dtype))
    if shape is not None:
        array = arrays.as_array(value, dtype)
        shape = shapes.as_tuple(shape)
        if array.size == 1:
            array = np.full(shape, array.reshape(-1)[0], array.dtype)
        elif array.size != int(np.prod(shape)):
            raise TypeError(
                f"Eager execution of tf.constant with unsupported shape. Tensor {array} (converted from {value!r}) has {array.size} "
                f"elements, but got `shape` {shape} with {int(np.prod(shape))} elements)."
            )
        value = array.reshape(shape)
    return constant_v1(value, dtype, None, name)


def _concrete(value, dtype):
    """The eager tensor of a value. Raises TypeError for a tensor of another dtype."""
    if isinstance(value, tensor.Tensor) and dtype is not None and dtype.base_dtype is not value._dtype:
        raise TypeError(f"Expected tensor {value} with dtype {dtype!r}, but got dtype {value._dtype!r}.")
    return context().convert(value, dtype)


def placeholder(dtype, shape=None, name=None):
    """A tensor that every `Session.run` must feed. Raises RuntimeError in eager mode."""
    b = builder.current()
    if b is context():
        raise RuntimeError("tf.placeholder() is not compatible with eager execution.")
    if isinstance(b, FuncGraph) and b.pruned:  # in a branch or loop of a session's graph: fed, so it is made outside
        with b.outermost.as_default(), b.outermost.control_dependencies(None), b.outermost.name_scope(b._scope + "/"):
            return flow.placeholder(dtype=dtype, shape=shape, name=name)
    return flow.placeholder(dtype=dtype, shape=shape, name=name)


def placeholder_with_default(input, shape, name=None):
    """`input`, unless a run feeds another value of `shape` (None: of any); in eager mode `input`."""
    return flow.placeholder_with_default(input, shape=shapes.TensorShape(shape), name=name)


def identity(input, name=None):
    """A tensor with the same value."""
    return flow.identity(input, name=name)


def stop_gradient(input, name=None):
    """The same value, constant to gradients."""
    return flow.stop_gradient(input, name=name)


def no_op(name=None):
    """An operation that does nothing."""
    return flow.no_op(name=name)


def control_dependencies(control_inputs):
    """Operations made inside the block run after `control_inputs`; in eager mode everything runs in the program's order anyway."""
    return builder.current().control_dependencies(control_inputs)


@contextlib.contextmanager
def init_scope():
    """Operations made inside the block join the graph, or eager mode, around all functions, branches and loops being built.

    They do not wait for what control dependencies around the block name, and no gradient tape hears of them; their name scope is
    the one outside.
    """
    current = builder.current()
    outside, scope = getattr(current, "outermost", current), current.get_name_scope()
    with contextlib.ExitStack() as stack:
        if outside is not current:
            stack.enter_context(outside.as_default())
        stack.enter_context(context().not_recording())
        stack.enter_context(outside.control_dependencies(None))
        stack.enter_context(outside.name_scope(scope + "/" if scope else None))
        yield


def container(container_name):
    """Variables and other resources made inside the block belong to this container."""
    return builder.current().container(container_name)


def tables_initializer(name="init_all_tables"):
    """An operation that initializes all tables of the default graph."""
    made = get_collection(GraphKeys.TABLE_INITIALIZERS)
    return group(*made, name=name) if made else no_op(name=name)


def device_v1(device_name_or_function):
    """Operations made inside the block are placed on this device: a name, a function of the operation, or None to clear."""
    return builder.current().device(device_name_or_function)


def device(device_name):
    """Operations made inside the block are placed on this device. Raises RuntimeError for a function."""
    if callable(device_name):
        raise RuntimeError("tf.device does not support functions.")
    return device_v1(device_name)


def colocate_with(op, ignore_existing=False):
    """Operations made inside the block are placed with `op`."""
    return builder.current().colocate_with(op, ignore_existing)


def add_to_collection(name, value):
    """Appends `value` to the default graph's collection `name`."""
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names, value):
    """Appends `value` to each of the default graph's collections `names`."""
    get_default_graph().add_to_collections(names, value)


def get_collection(key, scope=None):
    """The items of the default graph's collection `key`, filtered by the regular expression `scope`."""
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key):
    """The live list of the default graph's collection `key`."""
    return get_default_graph().get_collection_ref(key)


def group(*inputs, name=None, **kwargs):
    """An operation that is done when all of `inputs` (nested operations or tensors) are done; None in eager mode.

    On several devices it waits for one NoOp a device. In eager mode there is nothing to wait for: gives None.
    """
    if not isinstance(builder.current(), Graph):
        return None
    if kwargs:
        raise ValueError(f"group: unknown keyword arguments {sorted(kwargs)}.")
    if builder.current() is context():
        return None
    ops, inputs = [], list(_flat(inputs))
    graph, by_device = get_default_graph().home(inputs), {}
    for item in inputs:
        made = item if isinstance(item, str) else graph.as_graph_element(item)
        made = getattr(made, "op", made)
        if made not in ops:
            ops.append(made)
    for made in ops:
        by_device.setdefault(made.device, []).append(made)
    with name_scope(name, "group_deps", ops) as scope:
        if len(by_device) < 2:
            return _no_op_after(graph, ops, next(iter(by_device), ""), scope)
        each = [_no_op_after(graph, by_device[place], place, "NoOp") for place in sorted(by_device)]
        return _no_op_after(graph, each, "", scope)


def _no_op_after(graph, ops, place, name):
    with graph.control_dependencies(ops), graph.device(place):
        return no_op(name=name)


def _flat(items):
    for item in items:
        if isinstance(item, (list, tuple)):
            yield from _flat(item)
        elif isinstance(item, dict):
            yield from _flat(item.values())
        elif item is not None:
            yield item


def make_tensor_proto(values, dtype=None, shape=None, verify_shape=False, allow_broadcast=False):
    """The TensorProto of `values`, of `dtype` and `shape` when given.

    Raises TypeError when the values do not fit the dtype, ValueError when they do not fit the shape.
    """
    array = arrays.as_array(values, None if dtype is None else dtypes.as_dtype(dtype))
    if verify_shape and shape is not None and array.shape != shapes.as_tuple(shape):
        raise TypeError(f"Expected Tensor's shape: {shapes.as_tuple(shape)}, got {array.shape}.")
    if allow_broadcast and shape is not None:
        array, shape = np.broadcast_to(array, shapes.as_tuple(shape)), None
    return tensor_proto.to_proto(array, dtype, None if shape is None else shapes.as_tuple(shape))


def make_ndarray(tensor):
    """The NumPy array that a TensorProto holds (of bytes objects for strings)."""
    return tensor_proto.to_array(tensor)
