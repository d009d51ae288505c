"""Bodies as FunctionDefs and back: inside a function, inputs name a node's output argument ("node:product:0")."""

import re

from mainstem.core import registry
from mainstem.formats import graphdef, output_names, protos
from mainstem.graph import tf1_control, tf1_export
from mainstem.graph.func_graph import has_effect

_CONTROL_OUTPUTS = {
    **dict.fromkeys(tf1_control.SWITCHES, ("output_false", "output_true")),
    **dict.fromkeys(tf1_control.MERGES, ("output", "value_index")),
}


class Library:
    """The functions of one GraphDef: each body gets a name of its own, equal ones are stored once.

    `refuses`: whether a body that changes a ref variable is an error; TensorFlow could not load it.
    """

    def __init__(self, node_def):
        self._node_def, self._names, self.proto = node_def, {}, protos.FunctionDefLibrary()
        self._stored, self.refuses = {}, True

    def name(self, graph, ours=False):
        """The name of a body's function, which is added to the library at first; `ours`: for a node that only we read."""
        known = self._names.get(id(graph))
        if known is None:
            refused, self.refuses = self.refuses, self.refuses and not ours
            made, name, n = _Export(graph, self).run(), graph.name, 0
            self.refuses = refused
            while True:
                made.signature.name = name
                other = self._stored.get(name)
                if other is None:
                    self._stored[name] = self.proto.function.add()
                    self._stored[name].CopyFrom(made)
                    break
                if other == made:
                    break
                n += 1
                name = f"{graph.name}_{n}"
            known = self._names[id(graph)] = (name, graph)
        return known[0]

    def add(self, other):
        """Adds the functions of another library whose names are not taken."""
        for f in other.function:
            if f.signature.name not in self._stored:
                self._stored[f.signature.name] = self.proto.function.add()
                self._stored[f.signature.name].CopyFrom(f)

    def node_def(self, op):
        """The NodeDef of an operation, whose bodies join the library."""
        return self._node_def(op, self)


class _Export:
    """One FuncGraph to one FunctionDef."""

    def __init__(self, graph, library):
        self.graph, self.library, self.made = graph, library, protos.FunctionDef()
        self.taken, self.arguments = {op.name for op in graph._list}, {}

    def run(self):
        made, graph = self.made, self.graph
        for t in graph.inputs:
            self.taken.discard(t._op.name)
        for t in graph.inputs:
            arg = made.signature.input_arg.add(name=self._fresh(t._op.name), type=t._dtype.base_dtype.as_datatype_enum)
            self.arguments[t] = arg.name
            op = tf1_export.writes_ref(t) if self.library.refuses else None
            if op is not None:
                raise NotImplementedError(
                    f"'{op.name}' (op {op.type}) inside a function changes the variable '{t._op.name}', which is no resource "
                    f"variable: a TensorFlow function cannot take it. Make it with use_resource=True. {op.where()}"
                )
        inside = {t._op for t in graph.inputs}
        exported = [op for op in tf1_export.needed(graph) if op not in inside]
        for op in exported:
            self._add_node(op)
        for t in graph.outputs:
            name = self._fresh(t._op.name)
            made.signature.output_arg.add(name=name, type=t._dtype.base_dtype.as_datatype_enum)
            made.ret[name] = self._reference(t)
        for op in filter(has_effect, exported):
            made.control_ret[op.name] = op.name
            made.signature.control_output.append(op.name)
        made.signature.is_stateful = any(op.definition.stateful for op in exported)
        return made

    def _fresh(self, name):
        """A name for an argument: lower case, as TensorFlow wants it, and not that of a node."""
        base = re.sub(r"[^a-z0-9_]", "_", name.lower()).lstrip("_0123456789") or "arg"
        name, n = base, 0
        while name in self.taken:
            n += 1
            name = f"{base}_{n}"
        self.taken.add(name)
        return name

    def _reference(self, t):
        """An input as a function's node names it."""
        if t in self.arguments:
            return self.arguments[t]
        op, index = t._op, t._index
        outputs = op.definition.outputs
        for arg, name in zip(outputs, output_names.of(op.type, len(outputs)), strict=True):
            count = tf1_export.count(op.attrs, arg)
            if index < count:
                return f"{op.name}:{name}:{index}"
            index -= count
        raise AssertionError(f"{t} is no output of its operation")

    def _add_node(self, op):
        node = self.library.node_def(op)
        del node.input[:]
        node.input.extend(self._reference(t) for t in op._inputs)
        node.input.extend(sorted("^" + c.name for c in op._control_inputs if c.graph is self.graph))
        if "_class" in node.attr:
            del node.attr["_class"]  # names an operation that the function may not see
        self.made.node_def.add().CopyFrom(node)


# ---- import


def flatten(function, library, attrs):
    """A FunctionDef's nodes with inputs as a GraphDef has them.

    `library` is {name: FunctionDef}; `attrs` (plain values) fill in the attrs that the function leaves to its caller. Gives
    ({name: NodeDef}, names of the arguments, inputs that are the results). Raises ValueError for a function that makes no sense.
    """
    arguments = [a.name for a in function.signature.input_arg]
    nodes = {}
    for original in function.node_def:
        node = nodes[original.name] = protos.NodeDef()
        node.CopyFrom(original)
        for value in node.attr.values():
            if value.WhichOneof("value") == "placeholder":
                if value.placeholder not in attrs:
                    raise ValueError(
                        f"Function '{function.signature.name}' takes an attr '{value.placeholder}', which its caller does not give."
                    )
                given = attrs[value.placeholder]
                value.CopyFrom(graphdef.attr_to_proto(given, graphdef.infer_attr_type(given)))

    def flat(text, who):
        if text.startswith("^") or text in arguments:
            return text
        name, arg, index = (text.split(":") + ["", "0"])[:3]
        if name not in nodes:
            raise ValueError(f"Function '{function.signature.name}': '{who}' has the input '{text}', which is not in it.")
        return f"{name}:{_position(nodes[name], arg, library) + int(index)}"

    for node in nodes.values():
        texts = [flat(t, node.name) for t in node.input]
        del node.input[:]
        node.input.extend(texts)
    return nodes, arguments, [flat(function.ret[a.name], a.name) for a in function.signature.output_arg]


def _position(node, arg, library):
    """Where the tensors of an output argument begin among a node's outputs."""
    if node.op in library:
        names = [a.name for a in library[node.op].signature.output_arg]
        return names.index(arg) if arg in names else 0
    if node.op in _CONTROL_OUTPUTS:
        return _CONTROL_OUTPUTS[node.op].index(arg)
    definition = registry.REGISTRY.get(node.op)
    if definition is None or len(definition.outputs) == 1:
        return 0
    start = 0
    for a, name in zip(definition.outputs, output_names.of(node.op, len(definition.outputs)), strict=True):
        if arg in (name, a.name):
            return start
        if a.number:
            start += node.attr[a.number].i
        else:
            start += len(node.attr[a.type_list].list.type) if a.type_list else 1
    raise ValueError(f"Node '{node.name}' (op {node.op}) has no output called '{arg}'.")
