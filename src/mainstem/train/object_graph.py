"""The graph of objects that an object-based checkpoint saves: its nodes, edges and keys, as TensorFlow 2 writes them."""

import collections

from mainstem.base import errors
from mainstem.formats import protos
from mainstem.state import trackable
from mainstem.state.variable import Variable

KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE, _STATE = "VARIABLE_VALUE", "py_state"


def escape(name):
    """A local name as a part of a key: "/" and "." mean something there."""
    return name.replace(".", "..").replace("/", ".S")


def key_of(path, attribute=_VALUE):
    """The key of the value of the variable (or Python state) at a path."""
    return f"{path}/.ATTRIBUTES/{attribute}" if path else f".ATTRIBUTES/{attribute}"


class Slot(collections.namedtuple("Slot", ["optimizer", "variable", "name", "slot"])):
    """One optimizer slot: indices of the nodes of the optimizer, the variable and the slot variable, and the slot's name."""


class ObjectGraph:
    """All objects below a root, in breadth-first order; `paths[i]` leads to object i, `edges[i]` is [(local name, index)]."""

    def __init__(self, root):
        self.objects, self.paths, self.edges, self.slots = [root], [""], [], []
        index = {id(root): 0}
        while len(self.edges) < len(self.objects):
            at, here = len(self.edges), []
            for name, child in trackable.children_of(self.objects[at]).items():
                if id(child) not in index:
                    index[id(child)] = len(self.objects)
                    self.objects.append(child)
                    self.paths.append(f"{self.paths[at]}/{escape(name)}" if self.paths[at] else escape(name))
                here.append((name, index[id(child)]))
            self.edges.append(here)
        self._find_slots()

    def _find_slots(self):
        plain = [(i, v) for i, v in enumerate(self.objects) if isinstance(v, Variable)]
        for at, optimizer in list(enumerate(self.objects)):
            if not hasattr(type(optimizer), "get_slot_names"):
                continue
            for name in optimizer.get_slot_names():
                for i, v in plain:
                    slot = optimizer.get_slot(v, name)
                    if slot is None:
                        continue
                    self.slots.append(Slot(at, i, name, len(self.objects)))
                    self.objects.append(slot)
                    self.paths.append(f"{self.paths[i]}/.OPTIMIZER_SLOT/{self.paths[at]}/{escape(name)}")
                    self.edges.append([])

    @property
    def variables(self):
        """{key: variable} of all values."""
        return {key_of(p): v for p, v in zip(self.paths, self.objects, strict=True) if isinstance(v, Variable)}

    @property
    def states(self):
        """{key: PythonState} of what Python keeps."""
        found = zip(self.paths, self.objects, strict=True)
        return {key_of(p, _STATE): v for p, v in found if isinstance(v, trackable.PythonState)}

    def to_proto(self):
        """The TrackableObjectGraph that the checkpoint holds beside the values."""
        made = protos.TrackableObjectGraph()
        for value, path, edges in zip(self.objects, self.paths, self.edges, strict=True):
            node = made.nodes.add()
            for name, i in edges:
                node.children.add(node_id=i, local_name=name)
            if isinstance(value, Variable):
                node.attributes.add(name=_VALUE, full_name=value._shared_name, checkpoint_key=key_of(path))
            elif isinstance(value, trackable.PythonState):
                node.attributes.add(name=_STATE, checkpoint_key=key_of(path, _STATE))
        for s in self.slots:
            made.nodes[s.optimizer].slot_variables.add(
                original_variable_node_id=s.variable, slot_name=s.name, slot_variable_node_id=s.slot
            )
        for node, has in zip(made.nodes, self._valued(), strict=True):
            node.has_checkpoint_values.value = has
        return made

    def _valued(self):
        """For every node whether it or one below holds a value."""
        out = [isinstance(v, (Variable, trackable.PythonState)) for v in self.objects]
        changed = True
        while changed:
            changed = False
            for i, edges in enumerate(self.edges):
                if not out[i] and any(out[j] for _, j in edges):
                    out[i] = changed = True
        return out


def read(reader):
    """The TrackableObjectGraph of a checkpoint, None when it has none. Raises DataLossError when it is damaged."""
    if not reader.has(KEY):
        return None
    try:
        return protos.TrackableObjectGraph.FromString(reader.read(KEY).reshape(-1)[0])
    except Exception as e:  # the decode error's class depends on protobuf's implementation
        raise errors.DataLossError(message=f"The object graph of the checkpoint is unreadable ({type(e).__name__}).") from None


def described(proto, wanted):
    """How to reach a node of a checkpoint from its root: `(root).net.layers.0`."""
    paths = {0: "(root)"}
    todo = [0]
    for at in todo:
        for child in proto.nodes[at].children:
            if child.node_id not in paths:
                paths[child.node_id] = f"{paths[at]}.{child.local_name}"
                todo.append(child.node_id)
    for at, node in enumerate(proto.nodes):
        for s in node.slot_variables:
            text = f"{paths.get(at)}'s state {s.slot_name!r} for {paths.get(s.original_variable_node_id)}"
            paths.setdefault(s.slot_variable_node_id, text)
    return paths.get(wanted, f"node {wanted}")
