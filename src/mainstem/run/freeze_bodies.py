"""Frozen variables inside the functions of a GraphDef: bodies that got a handle get the value instead."""

from mainstem.formats import graphdef, protos
from mainstem.graph.node_record import CALLS, FUNCTIONAL

_NEUTRAL = ("ReadVariableOp", "Identity", "ResourceGather", "VariableShape")


class Bodies:
    """The functions of a library in the forms that frozen variables need; `added` are the new ones."""

    def __init__(self, library):
        self._functions, self._made = {f.signature.name: f for f in library.function}, {}
        self.added = []

    def node(self, node, frozen):
        """Rewrites a node that calls functions, in place; `frozen` is {input: type number} of what became a value.

        Raises ValueError for a body that changes such a variable.
        """
        kinds = {i: frozen[text] for i, text in enumerate(node.input) if text in frozen}
        if node.op not in FUNCTIONAL or not kinds:
            return
        skipped = CALLS.get(node.op, 0)
        types = node.attr["T" if "While" in node.op else "Tin"].list.type
        for i, kind in kinds.items():
            types[i - skipped] = kind
            shapes = node.attr["output_shapes"].list.shape
            if "While" in node.op and i < len(shapes):
                shapes[i].CopyFrom(graphdef.shape_to_proto(None))
        inner = {i - skipped: kind for i, kind in kinds.items()}
        for value in node.attr.values():
            if value.HasField("func"):
                value.func.name = self._specialized(value.func.name, inner)
            elif value.HasField("list"):
                for f in value.list.func:
                    f.name = self._specialized(f.name, inner)
        if "_read_only_resource_inputs" in node.attr:
            del node.attr["_read_only_resource_inputs"]

    def _specialized(self, name, kinds):
        """The name of a function whose arguments at these positions are values."""
        key = (name, tuple(sorted(kinds.items())))
        if key not in self._made:
            n = sum(k[0] == name for k in self._made)
            self._made[key] = f"{name}_frozen_{n}" if n else f"{name}_frozen"
            made = protos.FunctionDef()
            made.CopyFrom(self._functions[name])
            made.signature.name = self._made[key]
            self._rewrite(made, kinds)
            self.added.append(made)
        return self._made[key]

    def _rewrite(self, made, kinds):
        frozen = {}
        for i, kind in kinds.items():
            arg = made.signature.input_arg[i]
            arg.type, frozen[arg.name] = kind, kind
        renamed = {}
        for node in list(made.node_def):
            source = node.input[0] if node.input else None
            if source in frozen and node.op not in FUNCTIONAL:
                self._reader(made, node, frozen[source], renamed, frozen)
            else:
                self.node(node, frozen)
        for node in made.node_def:
            texts = [renamed.get(t, t) for t in node.input]
            del node.input[:]
            node.input.extend(texts)
        for out in made.signature.output_arg:
            text = made.ret[out.name]
            if text in frozen:
                out.type = frozen[text]
            made.ret[out.name] = renamed.get(text, text)

    @staticmethod
    def _reader(made, node, kind, renamed, frozen):
        """A node that took the handle: it takes the value."""
        if node.op not in _NEUTRAL:
            raise ValueError(
                f"convert_variables_to_constants: '{node.name}' (op {node.op}) in function '{made.signature.name}' changes the "
                f"variable '{node.input[0]}', which cannot become a constant."
            )
        if node.op == "Identity":
            node.attr["T"].type, frozen[f"{node.name}:output:0"] = kind, kind
            return
        if node.op == "VariableShape":
            node.op = "Shape"
            node.attr["T"].type = kind
            return
        if node.op == "ReadVariableOp":
            node.op, renamed[f"{node.name}:value:0"] = "Identity", f"{node.name}:output:0"
            del node.attr["dtype"]
            node.attr["T"].type = kind
            return
        axis = made.node_def.add(name=node.name + "/axis", op="Const")
        axis.attr["dtype"].type = 3
        axis.attr["value"].tensor.dtype = 3
        axis.attr["value"].tensor.tensor_shape.SetInParent()
        axis.attr["value"].tensor.int_val.append(0)
        node.op = "GatherV2"
        node.input.append(f"{axis.name}:output:0")
        node.attr["Tparams"].type, node.attr["Taxis"].type = kind, 3
        for key in ("dtype", "validate_indices"):
            if key in node.attr:
                del node.attr[key]
