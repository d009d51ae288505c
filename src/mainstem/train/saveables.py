"""What a Saver saves: variables, partitioned variables and users' saveable objects, by the name each has in the checkpoint."""

from mainstem.core import registry
from mainstem.graph.graph import get_default_graph
from mainstem.state.partition import PartitionedVariable
from mainstem.state.variable import Variable


class SaveSpec:
    """One tensor of a saveable object: its name in the checkpoint, its slice ("" for a whole tensor), dtype and device."""

    def __init__(self, tensor, slice_spec, name, dtype=None, device=None):
        self.tensor, self.slice_spec, self.name = tensor, slice_spec, name
        self.dtype = dtype if dtype is not None else tensor.dtype.base_dtype
        self.device = device if device is not None else getattr(tensor, "device", "")


class SaveableObject:
    """Something to save and restore: `specs` says what is written, `restore(tensors, shapes)` gives the restoring operation."""

    def __init__(self, op, specs, name):
        self.op, self.specs, self.name = op, specs, name

    @property
    def device(self):
        return self.specs[0].device

    def restore(self, restored_tensors, restored_shapes):
        """Gives the operation that restores the state from `restored_tensors`."""
        raise NotImplementedError("Calling an abstract method.")


class VariableSaveable(SaveableObject):
    """A variable of either kind."""

    def __init__(self, var, slice_spec, name):
        self.variable, self.is_resource = var, getattr(var, "handle", None) is not None
        # the tensors that TensorFlow saves: what the variable stands for, and of a part its snapshot
        tensor = var.value() if slice_spec and not self.is_resource else var._as_graph_element()
        super().__init__(var, [SaveSpec(tensor, slice_spec, name, var.dtype.base_dtype, var.device)], name)

    def restore(self, restored_tensors, restored_shapes):
        value = restored_tensors[0]
        graph = get_default_graph()
        if restored_shapes is not None:
            value = graph.apply(registry.lookup("Reshape"), (value, restored_shapes[0]), {})
        if self.is_resource:
            with graph.device(self.variable.device):
                value = graph.apply(registry.lookup("Identity"), (value,), {})
                return graph.apply(registry.lookup("AssignVariableOp"), (self.variable.handle, value), {})
        known = restored_shapes is None and self.variable.shape.is_fully_defined()
        attrs = {"validate_shape": known}
        return graph.apply(registry.lookup("Assign"), (self.variable._ref(), value), attrs).op


def _of_variable(name, var):
    info = var._get_save_slice_info() if hasattr(var, "_get_save_slice_info") else None
    if info is not None:
        return VariableSaveable(var, info.spec, info.full_name if name is None else name)
    return VariableSaveable(var, "", var.op.name if name is None else name)


def _of_object(name, obj):
    if isinstance(obj, SaveableObject):
        return [obj]
    if isinstance(obj, PartitionedVariable):
        return [_of_variable(name if name is not None else obj.name, v) for v in obj]
    if isinstance(obj, (list, tuple)):
        if name is not None and any(getattr(v, "_save_slice_info", None) is None for v in obj):
            raise ValueError(f"Slices must all be slices: {name!r} maps to a list, {list(obj)!r}")
        return [s for v in obj for s in _of_object(name, v)]
    if isinstance(obj, Variable) or (hasattr(obj, "_ref") and hasattr(obj, "initializer")):
        return [_of_variable(name, obj)]
    gathered = getattr(obj, "_gather_saveables_for_checkpoint", None)
    if gathered is not None:
        return [s(name) if callable(s) else s for s in gathered().values()]
    raise TypeError(f"Variable to save is not a Variable: {obj!r} (Saver takes variables, parts of one, and saveable objects)")


def collect(var_list):
    """Gives the saveables of a list, or of a dict from names in the checkpoint to variables.

    Raises ValueError when two variables would have the same name, TypeError for other objects.
    """
    if isinstance(var_list, dict):
        pairs = sorted(var_list.items())
    else:
        pairs = [(None, v) for v in var_list]
    found = [s for name, v in pairs for s in _of_object(name, v)]
    seen = {}
    for s in found:
        for spec in s.specs:
            key = (spec.name, spec.slice_spec)
            if key in seen and seen[key] is not s.op:
                raise ValueError(f"At least two variables have the same name: {spec.name}")
            seen[key] = s.op
    return found if isinstance(var_list, dict) else sorted(found, key=lambda s: s.name)
