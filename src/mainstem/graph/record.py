"""Graph to GraphDef and back: nodes, attrs, devices and control inputs are the real thing, read by the real TensorFlow."""

from mainstem.base import dtypes, names, source
from mainstem.core import bind, registry
from mainstem.formats import graphdef, protos
from mainstem.graph.graph import Graph, get_default_graph

PRODUCER = 134  # the GraphDef version that TensorFlow 1.15 writes: both 1.15 and 2.21 read it


# attrs that ops got after 1.15: left out where they have their default, since 1.15 refuses attrs that it does not know
_LATER = {
    "AssignVariableOp": ("validate_shape",),
    **dict.fromkeys(("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"), ("exponential_avg_factor",)),
    **dict.fromkeys(("RFFT", "RFFT2D", "RFFT3D", "IRFFT", "IRFFT2D", "IRFFT3D"), ("Treal", "Tcomplex")),
    **dict.fromkeys(
        (
            "DepthwiseConv2dNative",
            "DepthwiseConv2dNativeBackpropFilter",
            "DepthwiseConv2dNativeBackpropInput",
            "MaxPool",
            "MaxPoolGrad",
        ),
        ("explicit_paddings",),
    ),
    **{
        f"SparseSegment{kind}{more}": ("Tsegmentids",)
        for kind in ("Mean", "SqrtN", "Sum")
        for more in ("", "WithNumSegments", "Grad")
    },
}


def _undeclared_type(value):
    """The OpDef type of a NodeDef-only attr (`_class`, `_forward`, …), read off its value."""
    if isinstance(value, list):
        return f"list({_undeclared_type(value[0])})" if value else "list(int)"
    return {bool: "bool", int: "int", float: "float", str: "string", bytes: "string", dtypes.DType: "type"}[type(value)]


def node_def(op):
    """Gives the NodeDef of an operation."""
    node = protos.NodeDef(name=op.name, op=op.type, device=op.device)
    node.input.extend(t._as_node_def_input() for t in op._inputs)
    node.input.extend(sorted("^" + c.name for c in op._control_inputs))
    later = _LATER.get(op.type, ())
    for key, value in op.attrs.items():
        declared = op.definition.attrs.get(key)
        kind = declared.type if declared is not None else None
        if (value is None and kind != "shape") or (key in later and _is_default(value, declared.default)):
            continue
        if hasattr(value, "SerializeToString"):
            node.attr[key].CopyFrom(value)
            continue
        node.attr[key].CopyFrom(graphdef.attr_to_proto(value, kind or _undeclared_type(value)))
    return node


def _is_default(value, default):
    return list(value) == list(default) if isinstance(default, (list, tuple)) else value == default


def as_graph_def(graph, from_version=None, add_shapes=False):
    """Gives the GraphDef of a graph: of all operations, or of those made after version `from_version`.

    With `add_shapes` every node carries `_output_shapes`.
    """
    out = protos.GraphDef()
    out.versions.producer = PRODUCER
    for op in graph._list[from_version or 0 :]:
        node = node_def(op)
        if add_shapes and op._outputs:
            node.attr["_output_shapes"].CopyFrom(graphdef.attr_to_proto([t._shape for t in op._outputs], "list(shape)"))
        out.node.append(node)
    if graph._library_proto is not None:
        out.library.CopyFrom(graph._library_proto)
    return out


Graph.as_graph_def = as_graph_def
Graph._node_def = staticmethod(node_def)


# attrs of later versions that say nothing about what is computed
_NOTES = {
    "VarHandleOp": ("debug_name", "allowed_devices"),
    "MatMul": ("grad_a", "grad_b"),
    **dict.fromkeys(("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"), ("grad_x", "grad_y")),
}


_SCATTERS = ("Add", "Sub", "Update")
# attrs of later versions that are read only where they ask for what 1.15 does
_ONLY_AT = {
    "TopKV2": {"index_type": dtypes.int32, "Tk": dtypes.int32},
    "ConcatOffset": {"shape_type": dtypes.int32},
    "TridiagonalSolve": {"perturb_singular": False},
    "MergeV2Checkpoints": {"allow_missing_files": False},
    **dict.fromkeys(("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3"), {"axis": -1}),
    **dict.fromkeys(
        ("GatherNd", "ScatterNd", "ScatterNdNonAliasingAdd")
        + tuple(kind + how for kind in ("ScatterNd", "ResourceScatterNd", "TensorScatter") for how in _SCATTERS),
        {"bad_indices_policy": ""},
    ),
    **dict.fromkeys(
        tuple(
            f"{resource}{sparse}ApplyFtrl{version}"
            for resource in ("", "Resource")
            for sparse in ("", "Sparse")
            for version in ("", "V2")
        ),
        {"multiply_linear_by_lr": False},
    ),
    **{
        f"SparseSegment{kind}{more}": {"sparse_gradient": False}
        for kind in ("Mean", "SqrtN", "Sum")
        for more in ("", "WithNumSegments")
    },
}


def _says_nothing(node, key, producer):
    """Whether an attr that we do not have changes nothing. Raises NotImplementedError for one that does."""
    if key in _NOTES.get(node.op, ()) or (key in producer and producer[key] == node.attr[key]):
        return True
    if key not in _ONLY_AT.get(node.op, {}):
        return False
    value, wanted = graphdef.attr_from_proto(node.attr[key]), _ONLY_AT[node.op][key]
    if (value.decode() if isinstance(value, bytes) else value) != wanted:
        raise NotImplementedError(
            f"NodeDef '{node.name}' (op {node.op}): attr '{key}' is {value!r}; only {wanted!r} is supported."
        )
    return True


def _attrs(definition, node, producer):
    """The plain attrs of a NodeDef; unknown ones are left out where they have the default of `producer` ({attr: AttrValue}).

    Raises ValueError for an attr that the op does not have or one that is missing.
    """
    out = {}
    for key in node.attr:
        declared = definition.attrs.get(key)
        if declared is None:
            if _says_nothing(node, key, producer):
                continue
            if not key.startswith("_"):
                raise ValueError(
                    f"NodeDef '{node.name}' (op {node.op}) has attr '{key}', which {node.op} does not have in Mainstem. "
                    f"It has: {', '.join(definition.attrs)}."
                )
            out[key] = graphdef.attr_from_proto(node.attr[key])
        else:
            out[key] = bind.normal(definition, key, graphdef.attr_from_proto(node.attr[key], declared.type))
            if declared.type == "func" and out[key][0] in registry.REGISTRY:
                inner = registry.lookup(out[key][0])
                known = {k: bind.normal(inner, k, v) if k in inner.attrs else v for k, v in out[key][1].items()}
                out[key] = (out[key][0], known)
    for key, declared in definition.attrs.items():
        if key not in out:
            if declared.default is registry.MISSING:
                raise ValueError(f"NodeDef '{node.name}' (op {node.op}) lacks attr '{key}'.")
            out[key] = None if declared.default is None else bind.normal(definition, key, declared.default)
    return out


class _Importer:
    """One `import_graph_def`: nodes in dependency order, inputs through `input_map`."""

    def __init__(self, graph, graph_def, input_map, prefix, line, producer_op_list):
        self.graph, self.prefix, self.line = graph, prefix, line
        self.producer = {
            op.name: {a.name: a.default_value for a in op.attr if a.HasField("default_value")}
            for op in (producer_op_list.op if producer_op_list is not None else ())
        }
        self.nodes = {}
        for node in graph_def.node:
            if node.name in self.nodes:
                raise ValueError(f"GraphDef has two nodes called '{node.name}'.")
            self.nodes[node.name] = node
        self.map, self.used, self.made = {}, set(), {}
        for key, value in (input_map or {}).items():
            key = key.decode() if isinstance(key, bytes) else key
            self.map[key if ":" in key or key.startswith("^") else key + ":0"] = value

    def run(self):
        for name in self.nodes:
            self._build(name)
        unused = set(self.map) - self.used
        if unused:
            raise ValueError(f"Attempted to map inputs that were not found in graph_def: {sorted(unused)}")

    def _build(self, name):
        """Makes a node after its inputs; iterative, since imported graphs are deeper than Python's stack."""
        stack = [(name, None)]
        entered = set()
        while stack:
            current, _ = stack[-1]
            if current in self.made:
                stack.pop()
                continue
            pending = [s for s in self._sources(self.nodes[current]) if s not in self.made]
            if not pending:
                self.made[current] = self._make(self.nodes[current])
                stack.pop()
                continue
            if current in entered:
                raise NotImplementedError(
                    f"import_graph_def: the node '{current}' (op {self.nodes[current].op}) is part of a cycle (a while loop of TensorFlow 1)."
                )
            entered.add(current)
            stack += [(p, current) for p in pending]

    def _sources(self, node):
        for text in node.input:
            source_name, index, control = _input(text)
            if (f"^{source_name}" if control else f"{source_name}:{index}") in self.map:
                continue
            if source_name not in self.nodes:
                raise ValueError(f"Node '{node.name}' has the input '{text}', which is not in the graph_def.")
            yield source_name

    def _make(self, node):
        definition = registry.lookup(node.op)
        inputs, control = [], []
        for text in node.input:
            name, index, is_control = _input(text)
            key = f"^{name}" if is_control else f"{name}:{index}"
            if key in self.map:
                self.used.add(key)
                target = self.map[key]
                if is_control:
                    control.append(getattr(target, "op", target))
                else:
                    inputs.append(self.graph.convert(target))
            elif is_control:
                control.append(self.made[name])
            else:
                outputs = self.made[name]._outputs
                if index >= len(outputs):
                    raise ValueError(f"Node '{node.name}' takes output {index} of '{name}', which has {len(outputs)}.")
                inputs.append(outputs[index])
        attrs = _attrs(definition, node, self.producer.get(node.op, {}))
        if "_class" in attrs:
            attrs["_class"] = [self._prefixed_class(c) for c in attrs["_class"]]
        if attrs.get("_forward"):
            attrs["_forward"] = self.prefix + attrs["_forward"]
        full = self.prefix + node.name
        control += [c for c in self.graph._control_inputs(inputs) if c not in control]
        made = self.graph.create(
            definition, self._unique(full), inputs, attrs, control_inputs=control, device=node.device or None, line=self.line
        )
        self._declared_shapes(made, node)
        return made

    def _unique(self, full):
        if full in self.graph._by_name:
            raise ValueError(f"Node '{full}' is already in the graph; import under another `name`.")
        self.graph._names.setdefault(full.lower(), 1)
        return full + "/"

    def _prefixed_class(self, c):
        c = c.decode() if isinstance(c, bytes) else c
        return f"loc:@{self.prefix}{c[5:]}" if c.startswith("loc:@") else c

    @staticmethod
    def _declared_shapes(made, node):
        if "_output_shapes" in made.attrs:
            for t, s in zip(made._outputs, made.attrs.pop("_output_shapes")):
                try:
                    t.set_shape(s)
                except ValueError as e:
                    raise ValueError(f"Node '{node.name}': attr _output_shapes contradicts its inputs: {e}") from None


def _input(text):
    if text.startswith("^"):
        return text[1:], 0, True
    name, sep, index = text.rpartition(":")
    return (name, int(index), False) if sep and index.isdigit() else (text, 0, False)


def import_graph_def(graph_def, input_map=None, return_elements=None, name=None, op_dict=None, producer_op_list=None):
    """Adds the nodes of a GraphDef to the default graph.

    Args:
        input_map: `{"name:0": tensor}`: tensors that replace outputs of the imported graph.
        return_elements: names of operations and tensors of the GraphDef to give back, as a list.
        name: the prefix of imported names; "import" by default, "" for none.
        producer_op_list: the OpList of the program that wrote the graph: attrs unknown here are ignored where they have the
            default that it states.

    Raises TypeError for a wrong `graph_def`, ValueError for unknown ops, attrs, inputs or names.
    """
    if not isinstance(graph_def, protos.GraphDef):
        raise TypeError(f"graph_def must be a GraphDef proto. Got {type(graph_def)}.")
    graph = get_default_graph()
    before, taken = len(graph._list), dict(graph._names)
    prefix = (
        graph.unique_name(name or "import") + "/"
        if name != ""
        else (graph.get_name_scope() + "/" if graph.get_name_scope() else "")
    )
    if graph_def.HasField("library") and len(graph_def.library.function):
        graph._library_proto = graph_def.library
    try:
        importer = _Importer(graph, graph_def, input_map, prefix, source.user_line(), producer_op_list)
        importer.run()
        return None if return_elements is None else [_returned(importer, e) for e in return_elements]
    except Exception:
        _forget(graph, before, taken)
        raise


def _returned(importer, element):
    element = element.decode() if isinstance(element, bytes) else element
    if not isinstance(element, str):
        raise TypeError(f"return_elements must be a list of strings. Got {element!r}.")
    op_name, index = names.split_tensor(element) if ":" in element else (element, None)
    if op_name not in importer.made:
        raise ValueError(f"Requested return_element '{element}' not found in graph_def.")
    op = importer.made[op_name]
    return op if index is None else op._outputs[index]


def _forget(graph, count, taken):
    """A failed import leaves nothing half-made behind."""
    for op in graph._list[count:]:
        del graph._by_name[op.name]
        for t in op._inputs:
            t._consumers[:] = [c for c in t._consumers if c is not op]
        for c in op._control_inputs:
            c._control_outputs[:] = [o for o in c._control_outputs if o is not op]
    del graph._list[count:]
    graph._names = taken
