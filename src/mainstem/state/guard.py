"""Initial values that depend on other variables: made to work whatever the order of initialization."""

from mainstem.core.registry import op
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys

_AS_IS = ("IsVariableInitialized", "VarIsInitializedOp", "ReadVariableOp", "InitializedValue", "If")
_OWNERS = ("Variable", "VariableV2", "VarHandleOp")


@op("InitializedValue", "ref T, T -> T", host=True, slots=True, shape=lambda inputs, attrs: [inputs[1].shape])
def initialized_value_op(ref, value):
    """The variable's value when it has one, else `value`."""
    return value if ref.value is None else ref.value


@op("InitializedResourceValue", "resource, T -> T", host=True, slots=True, shape=lambda inputs, attrs: [inputs[1].shape])
def initialized_resource_value_op(resource, value):
    """The value of the variable behind `resource` when it has one, else `value`."""
    return value if resource.value is None else resource.value


def initialized_value(variable):
    """The value of `variable` when it is initialized, else its initial value."""
    made = initialized_resource_value_op if variable._is_resource else initialized_value_op
    return made(variable._own_tensor(), variable._initial_value, name="cond/Merge")


def guarded(graph, name, tensor):
    """Gives `tensor` computed from initialized values where it reads ref variables: TensorFlow copies those ops, so do we.

    The copies are named `<op>_<name>`. A tensor that reads no variable is given back as it is.
    """
    copies = {}
    if graph is not get_default_graph():
        return tensor
    return _safe(graph, name, tensor, copies, _owned(graph))


def _owned(graph):
    found = {}
    for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        for v in graph._collections.get(key, ()):
            if hasattr(v, "_own_tensor"):
                found.setdefault(v._own_tensor().op, v)
    return found


def _safe(graph, name, tensor, copies, owned):
    made = tensor.op
    if made not in copies:
        copies[made] = _safe_op(graph, name, made, copies, owned)
    new = copies[made]
    return new if not hasattr(new, "outputs") else new.outputs[tensor.value_index]


def _safe_op(graph, name, made, copies, owned):
    kind = made.type
    if kind in _AS_IS or not made.inputs and kind not in _OWNERS:
        return made
    if kind in _OWNERS:
        variable = owned.get(made)
        return made if variable is None or variable._is_resource else variable.initialized_value()
    inputs = [_safe(graph, name, t, copies, owned) for t in made.inputs]
    if all(new is old for new, old in zip(inputs, made.inputs, strict=True)):
        return made
    label = f"{made.name}_{name}".replace(":", "_")
    with graph.name_scope(None):
        return graph.create(made.definition, label, inputs, dict(made.attrs))
