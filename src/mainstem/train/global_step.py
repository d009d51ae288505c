"""The global step: the variable that counts training steps, found by collection or name."""

import contextlib

from mainstem.base import dtypes, shapes
from mainstem.core import builder
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.surface.variable_scope import get_variable
from mainstem.train.slot_creator import filled


def global_step(sess, global_step_tensor):
    """The value of the global step in session `sess`, an int."""
    return int(sess.run(global_step_tensor))


def get_global_step(graph=None):
    """The global step of `graph` (default: the default graph), or None.

    It is the one item of collection `GraphKeys.GLOBAL_STEP`, else the tensor "global_step:0". Raises TypeError when it is not
    an integer scalar.
    """
    graph = get_default_graph() if graph is None else graph
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) == 1:
        step = found[0]
    elif not found:
        try:
            step = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    else:
        return None  # several: none of them is the one
    assert_global_step(step)
    return step


def create_global_step(graph=None):
    """Makes the global step, an int64 variable `global_step`, in `graph` (default: the default graph).

    Raises ValueError when there is one.
    """
    graph = get_default_graph() if graph is None else graph
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with contextlib.ExitStack() as stack:
        if graph is not get_default_graph():
            stack.enter_context(graph.as_default())
        stack.enter_context(builder.current().name_scope(None))
        return get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            dtype=dtypes.int64,
            initializer=filled(0, "zeros"),
            trainable=False,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


def get_or_create_global_step(graph=None):
    """The global step of `graph` (default: the default graph), made when there is none."""
    graph = get_default_graph() if graph is None else graph
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step


def assert_global_step(global_step_tensor):
    """Raises TypeError unless the tensor or variable can be a global step: an integer scalar."""
    dtype = global_step_tensor.dtype.base_dtype
    if not dtype.is_integer:
        raise TypeError(f'Existing "global_step" does not have integer type: {global_step_tensor.dtype}')
    shape = shapes.as_tuple(global_step_tensor.get_shape())
    if shape is not None and shape != ():
        raise TypeError(f'Existing "global_step" is not scalar: {global_step_tensor.get_shape()}')
