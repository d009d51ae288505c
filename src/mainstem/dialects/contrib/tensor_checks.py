"""`tf.contrib.framework`: checks of shapes and types, sorting of what belongs to a graph, and small conversions."""

import re

import numpy as np

from mainstem.base import dtypes, nest, shapes
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.ops import math as math_ops
from mainstem.surface import array, control_flow, framework, host, reduce, variables
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.order import with_dependencies
from mainstem.train.global_step import assert_global_step, get_global_step


def assert_scalar(tensor, name=None, message=None):
    """The tensor. Raises ValueError when it is no scalar."""
    with name_scope(name, "assert_scalar", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name=scope)
        if tensor.shape.ndims != 0:
            text = f"{message or ''} Expected scalar shape for {_name(tensor)}, saw shape: {_shown(tensor)}."
            raise ValueError(text.strip())
        return tensor


def assert_scalar_int(tensor, name=None):
    """The tensor. Raises ValueError when it is no integer scalar."""
    with name_scope(name, "assert_scalar_int", [tensor]):
        tensor = convert_to_tensor(tensor)
        if not tensor.dtype.base_dtype.is_integer:
            raise ValueError(f"Expected integer type for {_name(tensor)}, received type: {tensor.dtype!r}.")
        return assert_scalar(tensor)


def _name(tensor):
    return "tensor" if tensor._is_eager else tensor.name


def _shown(tensor):
    return shapes.as_tuple(tensor.shape)


def with_shape(expected_shape, tensor):
    """The tensor, whose shape is checked now where it is known, else in the run.

    Raises ValueError when the shapes differ.
    """
    expected = expected_shape if framework.is_tensor(expected_shape) else None
    known = array.constant_value(expected) if expected is not None else shapes.as_tuple(expected_shape)
    have = shapes.as_tuple(tensor.shape)
    if known is not None and None not in tuple(known):
        wanted = tuple(int(n) for n in known)
        if have is not None and not shapes.compatible(have, wanted):
            shown = " ".join(map(str, wanted))
            raise ValueError(f"Invalid shape for tensor {_name(tensor)}, expected [{shown}], got {_shown(tensor)}.")
        if have is not None and None not in have:
            return tensor
        expected = convert_to_tensor(list(wanted))
    if expected is None:
        if have is not None and not shapes.compatible(have, tuple(known)):
            raise ValueError(f"Invalid shape for tensor {_name(tensor)}, expected {known}, got {_shown(tensor)}.")
        return tensor
    with name_scope(f"{tensor.op.name}/"):
        actual = array.shape_v1(tensor)
        same = reduce.reduce_all(math_ops.equal(convert_to_tensor(expected, "int32"), actual))
        message = f"Wrong shape for {_name(tensor)} [expected] [actual]."
        found = with_dependencies([host.assert_op(same, [message, expected, actual])], tensor)
    if known is not None:
        found.set_shape(wanted)
    return found


def with_same_shape(expected_tensor, tensor):
    """`tensor`, checked to have the shape of `expected_tensor`. Raises ValueError when it has not."""
    with name_scope(f"{tensor.op.name}/"):
        known = shapes.as_tuple(expected_tensor.shape)
        if known is not None and None not in known:
            return with_shape(list(known), tensor)
        return with_shape(array.shape_v1(expected_tensor), tensor)


def remove_squeezable_dimensions(predictions, labels, name=None):
    """(predictions, labels), the one with a rank higher by one without its last dimension, which must be 1."""
    with name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
        ranks = predictions.shape.ndims, labels.shape.ndims
        if None in ranks:
            difference = array.rank(predictions) - array.rank(labels)
            return _squeezed(predictions, difference, 1), _squeezed(labels, difference, -1)
        if ranks[0] - ranks[1] == 1:
            predictions = array.squeeze_v1(predictions, [-1])
        elif ranks[0] - ranks[1] == -1:
            labels = array.squeeze_v1(labels, [-1])
        return predictions, labels


def _squeezed(tensor, difference, wanted):
    known = shapes.as_tuple(tensor.shape)
    if known is not None and known and known[-1] not in (None, 1):
        return tensor
    pred = math_ops.equal(difference, wanted)
    return control_flow.cond_v1(pred, lambda: array.squeeze_v1(tensor, [-1]), lambda: framework.identity(tensor))


def reduce_sum_n(tensors, name=None):
    """The sum of all entries of all tensors of a list. Raises ValueError for an empty list."""
    if not tensors:
        raise ValueError("No tensors provided.")
    with name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = [reduce.reduce_sum(t, name=f"{t.op.name}/sum") for t in tensors]
        return reduce.add_n(sums, name=scope)


def zero_initializer(ref, use_locking=True, name="zero_initializer"):
    """The operation that sets the variable `ref` to zeros, of the shape it has."""
    dtype = ref.dtype.base_dtype
    return variables.assign(ref, array.zeros(ref.shape.as_list(), dtype), use_locking=use_locking, name=name)


def assert_or_get_global_step(graph=None, global_step_tensor=None):
    """`global_step_tensor` when it can be a global step, else the graph's. Raises TypeError for a wrong kind of it."""
    if global_step_tensor is None:
        return get_global_step(graph)
    assert_global_step(global_step_tensor)
    return global_step_tensor


def get_graph_from_inputs(op_input_list, graph=None):
    """The graph to which a list of inputs belongs; the default graph when none of them has one.

    Raises ValueError when they belong to several or not to `graph`, TypeError when `graph` is none.
    """
    if graph is not None and not isinstance(graph, Graph):
        raise TypeError(f"Input graph needs to be a Graph: {graph}")
    found, first = graph, None
    for item in tuple(op_input_list):
        owner = getattr(item, "graph", None)
        if not isinstance(owner, Graph) or owner is found:
            continue
        if graph is not None:
            raise ValueError(f"{item} is not from the passed-in graph.")
        if found is not None:
            raise ValueError(f"{item} must be from the same graph as {first}.")
        found, first = owner, item
    return found if found is not None else get_default_graph()


def get_placeholders(graph):
    """The placeholders of a graph, as tensors."""
    return [op.outputs[0] for op in graph.get_operations() if op.type == "Placeholder"]


def get_name_scope():
    """The name scope that is open: "a/b"."""
    return get_default_graph().get_name_scope()


def strip_name_scope(name, export_scope):
    """A name, collocation or control input without the scope `export_scope` in front."""
    if not export_scope:
        return name
    scope = export_scope.rstrip("/")
    return re.sub(rf"([\^]|loc:@|^){re.escape(scope)}[\/]+(.*)", r"\1\2", name, count=1)


def prepend_name_scope(name, import_scope):
    """A name, collocation or control input with the scope `import_scope` in front."""
    if not import_scope:
        return name
    scope = import_scope.rstrip("/")
    return re.sub(r"([\^]|loc:@|^)(.*)", rf"\1{scope}/\2", name, count=1)


def py_func(func, args=(), kwargs=None, output_types=None, output_shapes=None, stateful=True, name=None):
    """`tf.py_func` for a function with keyword arguments and nested results.

    Args:
        func: gets NumPy arrays in place of the tensors in `args` and `kwargs`.
        output_types: nested dtypes of its results, or None for no result.
        output_shapes: nested shapes, or None.
        stateful, name: as of `tf.py_func`.

    Raises ValueError when an output shape does not fit the nesting of the types.
    """
    if not callable(func):
        raise TypeError(f"func is expected to be a callable. Got {func!r}.")
    if not isinstance(args, (list, tuple)):
        raise ValueError("args is expected to be a list or tuple.")
    kwargs = {} if kwargs is None else kwargs
    if not isinstance(kwargs, dict):
        raise ValueError("kwargs is expected to be a dictionary.")
    flat = nest.flatten((list(args), kwargs))
    kinds = [] if output_types is None else [dtypes.as_dtype(d) for d in nest.flatten(output_types)]

    def run(*values):
        given, named = nest.pack_sequence_as((list(args), kwargs), list(values))
        results = func(*given, **named)
        return [] if output_types is None else [np.asarray(r, d.np) for r, d in zip(nest.flatten(results), kinds, strict=True)]

    made = host.py_func(run, flat, kinds, stateful=stateful, name=name)
    if output_types is None:
        return made
    if output_shapes is not None:
        for tensor, shape in zip(made, nest.flatten(output_shapes), strict=True):
            tensor.set_shape(shape)
    return nest.pack_sequence_as(output_types, made)
