"""GraphDef to graph: nodes in an order that works, functions as bodies, TensorFlow 1's control-flow nodes as functional operations."""

from mainstem.base import names, shapes, source
from mainstem.core import registry
from mainstem.formats import protos
from mainstem.graph import element_functions, function_def, left_out, node_record, tensor_arrays, tf1_control
from mainstem.graph.func_graph import FuncGraph, acts
from mainstem.graph.graph import get_default_graph
from mainstem.graph.region import Region, RegionBuilder, Values
from mainstem.graph.tensor import Operation, Tensor

_STANDS_FOR = {
    "_Arg": "Placeholder", "_Retval": "Identity", "ControlTrigger": "NoOp", "DisableCopyOnRead": "NoOp",
}  # fmt: skip


class Importer(RegionBuilder):
    """The nodes of one GraphDef or function on their way into one graph."""

    def __init__(self, graph, nodes, given, prefix, line, producer, library):
        """`given`: {input: tensor or operation that replaces it}; `library`: {name: FunctionDef}."""
        self.prefix, self.line, self.producer, self.library = prefix, line, producer, library
        self.root = Region(graph)
        self.root.made.update({k: v if isinstance(v, Operation) else Values(v) for k, v in given.items()})
        self.nodes, self.arrays = nodes, {}
        for node in nodes.values():
            if node.op in left_out.CAUSES:
                raise NotImplementedError(
                    f"import_graph_def: node '{node.name}' (op {node.op}) inside a function is part of TensorFlow 1's gradient of a "
                    "while loop, which is not supported. Differentiate the forward part here with tf.gradients."
                )
        self.flow = tf1_control.Structure(nodes, given, self._acts, self._runs_once)
        self.indices = {(s, i) for edges in self.flow.edges.values() for s, i, control in edges if i and not control}

    def run(self):
        """Builds all nodes. Gives the region of the graph itself."""
        flow = self.flow
        for name in self.nodes:
            if flow.frame[name] == () and (flow.is_free(name) or flow.runs_alone(name)):
                self.ensure(self.root, name)
        if not flow.flat and not isinstance(self.root.graph, FuncGraph):
            self._keep_pivots()
            self._keep_targets()
        return self.root

    # ---- what nodes do

    def _acts(self, node):
        definition = registry.REGISTRY.get(node.op)
        if definition is not None and acts(definition):
            return True
        return any(self._function_is(name, self._acts) for name in self._functions(node))

    def _runs_once(self, node):
        definition = registry.REGISTRY.get(node.op)
        if definition is not None and (acts(definition) or definition.state is not None):
            return True
        return any(self._function_is(name, self._runs_once) for name in self._functions(node))

    def _functions(self, node):
        """Names of the functions that a node calls."""
        if node.op in self.library:
            yield node.op
        for value in node.attr.values():
            if value.HasField("func"):
                yield value.func.name
            elif value.HasField("list"):
                yield from (f.name for f in value.list.func)

    def _function_is(self, name, predicate):
        return name in self.library and any(predicate(n) for n in self.library[name].node_def)

    # ---- order

    def _node(self, region, node):
        if tensor_arrays.is_array_op(node.op):
            return self._array_node(region, node)
        graph = region.graph
        kind, caller = node.op, None
        if kind in self.library:
            caller, kind = kind, "StatefulPartitionedCall" if self.library[kind].signature.is_stateful else "PartitionedCall"
        kind = _STANDS_FOR.get(kind, kind)
        edges = self.flow.edges[node.name]
        if kind in tf1_control.MERGES and len(self.flow.live_inputs(node.name)) == 1:
            edges, kind = self.flow.live_inputs(node.name), "Identity"
        definition = registry.lookup(kind)
        inputs = [self.tensor(region, s, i) for s, i, control in edges if not control and kind != "NoOp"]
        attrs = self._attrs(definition, node, caller, inputs, graph)
        node_record.check_inputs(definition, node, inputs, attrs)
        made = self._operation(region, node, definition, inputs, attrs)
        self._declared_shapes(made, node)
        return made

    def _operation(self, region, node, definition, inputs, attrs):
        graph, control = region.graph, []
        for name in self.flow.controls(node.name):
            found = region.find(name)
            if isinstance(found, Operation) and found.graph is graph and found not in control:
                control.append(found)
        control += [c for c in graph._control_inputs(inputs) if c not in control]
        name = self._name(region, node.name)
        return graph.create(definition, name, inputs, attrs, control_inputs=control, device=node.device or None, line=self.line)

    def _array_node(self, region, node):
        """A TensorArray's node; the array that its handle stands for was noted when it was made."""
        edges = [e for e in self.flow.edges[node.name] if not e[2]]
        array = None
        if node.op != "TensorArrayV3" and node.op in tensor_arrays.KNOWN:
            handle = self.flow.origin(edges.pop(0)[0])
            while handle not in self.arrays and self.nodes[handle].op == "Identity":
                handle = self.flow.origin(self.flow.edges[handle][0][0])
            array = self.arrays.get(handle)
            if array is None:
                raise NotImplementedError(
                    f"import_graph_def: the TensorArray of node '{node.name}' (op {node.op}) is not in its graph."
                )
        inputs = [self.tensor(region, s, i) for s, i, _ in edges]
        attrs = node_record.plain_attrs(node)
        constant = lambda value, kind: region.graph.constant(value, kind, self._free_name(region, f"{node.name}/Const"))  # noqa: E731
        kind, taken, given = tensor_arrays.convert(constant, node, attrs, inputs, array)
        made = self._operation(region, node, kind, [region.graph.accept(t) for t in taken], given)
        if node.op != "TensorArrayV3":
            return made
        self.arrays[node.name] = tensor_arrays.Array(attrs, inputs[0])
        return Values(made._outputs[0], made._outputs[0])

    def _attrs(self, definition, node, caller, inputs, graph):
        if caller is not None:
            given = {k: v for k, v in node_record.plain_attrs(node).items() if not k.startswith("_")}
            f = self._body(graph, caller, given, inputs, None)
            types = {"Tin": [t._dtype.base_dtype for t in inputs], "Tout": [t._dtype.base_dtype for t in f.outputs]}
            return {**types, "f": f, "config": "", "config_proto": "", "executor_type": ""}
        if definition.name == "NoOp":
            return {}
        if node.op == "_Arg":
            return {"dtype": node_record.plain_attrs(node)["T"], "shape": None}
        if definition.name == "Identity":
            return {
                "T": inputs[0]._dtype.base_dtype,
                **{k: v for k, v in node_record.plain_attrs(node).items() if k == "_class"},
            }
        attrs = node_record.attrs_of(definition, node, self.producer.get(node.op, {}))
        if node.op in node_record.FUNCTIONAL:
            attrs.pop("_gradient_op_type", None)  # names a function of the program that wrote the graph
            taken = inputs[node_record.CALLS.get(node.op, 0) :]
            declared = attrs["output_shapes"] if "While" in node.op and attrs["output_shapes"] else None
            if node.op == "_VectorizedCall":
                declared = [t._shape[1:] if i < attrs["mapped"] and t._shape else t._shape for i, t in enumerate(taken)]
            for key, declaration in definition.attrs.items():
                if declaration.type == "func":
                    attrs[key] = self._body(graph, *attrs[key], taken, declared)
                elif declaration.type == "list(func)":
                    attrs[key] = [self._body(graph, *f, taken, declared) for f in attrs[key]]
        elif node.op == "SymbolicGradient":
            attrs["f"] = self._differentiated(graph, attrs, inputs)
        else:
            for key, declaration in definition.attrs.items():
                if declaration.type == "func":
                    attrs[key] = self._called(graph, definition, key, inputs, attrs)
        if "_class" in attrs:
            attrs["_class"] = self._classes(attrs["_class"], graph)
        if attrs.get("_forward"):
            attrs["_forward"] = self.prefix + attrs["_forward"]
        return attrs

    def _called(self, graph, definition, key, inputs, attrs):
        """The body of the function that an operation of data sets calls."""
        name, given = attrs[key]
        taken = inputs
        if name in self.library:
            taken = element_functions.arguments(definition, self.library[name], key, inputs, attrs)
        return self._body(graph, name, given, taken, None)

    def _differentiated(self, graph, attrs, inputs):
        """The forward op of a VJP node: its bodies are those of the operation itself, where that is there."""
        kind, inner = attrs["f"]
        keys = [k for k, v in inner.items() if _names_a_body(v)]
        if kind == "SymbolicGradient":
            return kind, {**inner, "f": self._differentiated(graph, inner, inputs)}
        forward = graph._by_name.get(self.prefix + attrs.get("_forward", ""))
        if keys and forward is not None and forward.type == kind:
            return kind, {**inner, **{k: forward.attrs[k] for k in keys}}
        taken = inputs[node_record.CALLS.get(kind, 0) : attrs["_count"]]
        declared = inner["output_shapes"] if "While" in kind and inner.get("output_shapes") else None
        bodies = {}
        for k in keys:
            one = lambda f: self._body(graph, *f, taken, declared)  # noqa: E731
            bodies[k] = [one(f) for f in inner[k]] if isinstance(inner[k], list) else one(inner[k])
        return kind, {**inner, **bodies}

    def _classes(self, groups, graph):
        out = []
        for c in groups:
            c = c.decode() if isinstance(c, bytes) else c
            if c.startswith("loc:@"):
                other = c[5:]
                inside = other in self.nodes and (
                    self.flow.frame[other] or self.flow.state[other] or self.flow.op(other) in tf1_control.NODES
                )
                if inside or isinstance(graph, FuncGraph):
                    continue  # what it lies beside is in the body of a branch or loop now
                c = f"loc:@{self.prefix}{other}"
            out.append(c)
        return out

    @staticmethod
    def _declared_shapes(made, node):
        if "_output_shapes" in made.attrs:
            for t, s in zip(made._outputs, made.attrs.pop("_output_shapes")):
                try:
                    t.set_shape(s)
                except ValueError as e:
                    raise ValueError(f"Node '{node.name}': attr _output_shapes contradicts its inputs: {e}") from None

    # ---- bodies

    def _body(self, graph, name, attrs, inputs, declared):
        """The FuncGraph of a library function for inputs like these; `declared` are their shapes where they may change."""
        function = self.library.get(name)
        if function is None:
            raise ValueError(f"import_graph_def: the function '{name}' is not in the GraphDef's library.")
        nodes, arguments, results = function_def.flatten(function, self.library, attrs)
        if len(arguments) != len(inputs):
            raise ValueError(f"Function '{name}' takes {len(arguments)} inputs. Its caller gives {len(inputs)}.")
        body = FuncGraph(name, graph)
        body.name = name
        given = {}
        with body.as_default():
            for i, (arg, t) in enumerate(zip(arguments, inputs, strict=True)):
                shape = t._shape if declared is None else shapes.as_tuple(declared[i])
                given[arg] = body.add_input(t._dtype, shape, arg, t._handle)
                if isinstance(t, Tensor):
                    given[arg]._like = t
            keyed = {f"{k}:0": v for k, v in given.items()}
            inner = Importer(body, nodes, keyed, "", self.line, self.producer, self.library)
            region = inner.run()
            body.outputs = []
            for text in results:
                key = text + ":0" if text in given else text
                name, index, _ = (key, 0, False) if key in keyed else tf1_control.read_input(key)
                body.outputs.append(inner.tensor(region, name, index))
        return body

    # ---- conditionals


def _names_a_body(value):
    if isinstance(value, list):
        return bool(value) and _names_a_body(value[0])
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)


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
    library = {f.signature.name: f for f in graph_def.library.function}
    nodes, given = {}, _given(input_map)
    for node in graph_def.node:
        if node.name in nodes:
            raise ValueError(f"GraphDef has two nodes called '{node.name}'.")
        nodes[node.name] = node
    graph = get_default_graph()
    before, taken = len(graph._list), dict(graph._names)
    prefix = (
        graph.unique_name(name or "import") + "/"
        if name != ""
        else (graph.get_name_scope() + "/" if graph.get_name_scope() else "")
    )
    producer = {
        op.name: {a.name: a.default_value for a in op.attr if a.HasField("default_value")}
        for op in (producer_op_list.op if producer_op_list is not None else ())
    }
    try:
        left = left_out.backward_loops(nodes)
        kept = {k: v for k, v in nodes.items() if k not in left} if left else nodes
        importer = Importer(graph, kept, _mapped(graph, given, graph_def), prefix, source.user_line(), producer, library)
        importer.run()
        if left:
            importer.root.made.update(left_out.stand_ins(graph, nodes, left, prefix, importer.line))
        if library:
            graph._library_proto = _joined(graph._library_proto, graph_def.library)
        return None if return_elements is None else [_returned(importer, e) for e in return_elements]
    except Exception:
        _forget(graph, before, taken)
        raise


def _given(input_map):
    out = {}
    for key, value in (input_map or {}).items():
        key = key.decode() if isinstance(key, bytes) else key
        out[key if ":" in key or key.startswith("^") else key + ":0"] = value
    return out


def _mapped(graph, given, graph_def):
    """The replacements as tensors and operations. Raises ValueError for those of inputs that no node has."""
    used = set()
    for node in graph_def.node:
        for text in node.input:
            name, index, control = tf1_control.read_input(text)
            used.add(f"^{name}" if control else f"{name}:{index}")
    unused = set(given) - used
    if unused:
        raise ValueError(f"Attempted to map inputs that were not found in graph_def: {sorted(unused)}")
    return {k: getattr(v, "op", v) if k.startswith("^") else graph.convert(v) for k, v in given.items()}


def _joined(old, new):
    """A library with the functions of two."""
    if old is None:
        return new
    names_ = {f.signature.name for f in old.function}
    out = protos.FunctionDefLibrary()
    out.CopyFrom(old)
    out.function.extend(f for f in new.function if f.signature.name not in names_)
    return out


def _returned(importer, element):
    element = element.decode() if isinstance(element, bytes) else element
    if not isinstance(element, str):
        raise TypeError(f"return_elements must be a list of strings. Got {element!r}.")
    op_name, index = names.split_tensor(element) if ":" in element else (element, None)
    op = importer.root.made.get(op_name)
    if op is None or (index is None and not isinstance(op, Operation)):
        inside = " It is inside a branch or loop." if op_name in importer.nodes else ""
        raise ValueError(f"Requested return_element '{element}' not found in graph_def.{inside}")
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
