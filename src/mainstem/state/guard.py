"""Initial values that depend on other variables: made to work whatever the order of initialization."""

from mainstem.graph.keys import GraphKeys
from mainstem.ops import variables as variable_ops

_AS_IS = ("IsVariableInitialized", "VarIsInitializedOp", "ReadVariableOp", "InitializedValue", "InitializedResourceValue", "If")
_OWNERS = ("Variable", "VariableV2", "VarHandleOp")


def initialized_value(variable):
    """The value of `variable` when it is initialized, else its initial value."""
    made = variable_ops.initialized_resource_value if variable._is_resource else variable_ops.initialized_value
    with variable._graph.name_scope("cond"):  # under the name by which TensorFlow's conditional gives its result
        return made(variable._own_tensor(), variable._initial_value, name="Merge")


def guarded(graph, name, tensor):
    """Gives `tensor` computed from initialized values where it reads ref variables: TensorFlow copies those ops, so do we.

    The copies are named `<op>_<name>`. A tensor that reads no variable is given back as it is.
    """
    if not tensor.op.inputs and tensor.op.type not in _OWNERS:
        return tensor
    return _Guard(graph, name).tensor(tensor)


class _Guard:
    """One walk back from an initial value; `copies` maps each operation to what stands for it."""

    def __init__(self, graph, name):
        self.graph, self.name, self.copies, self._owners = graph, name, {}, None

    def tensor(self, tensor):
        made = tensor.op
        if made not in self.copies:
            self.copies[made] = self._operation(made)
        new = self.copies[made]
        return new.outputs[tensor.value_index] if hasattr(new, "outputs") else new

    def _variable(self, made):
        if self._owners is None:
            self._owners = {}
            for key in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
                for v in self.graph.get_collection(key):
                    if hasattr(v, "_own_tensor"):
                        self._owners.setdefault(v._own_tensor().op, v)
        return self._owners.get(made)

    def _operation(self, made):
        if made.type in _OWNERS:
            variable = self._variable(made)
            return made if variable is None or variable._is_resource else variable.initialized_value()
        if made.type in _AS_IS or not made.inputs:
            return made
        inputs = [self.tensor(t) for t in made.inputs]
        if all(new is old for new, old in zip(inputs, made.inputs, strict=True)):
            return made
        with self.graph.name_scope(None):
            return self.graph.create(made.definition, f"{made.name}_{self.name}", inputs, dict(made.attrs))
