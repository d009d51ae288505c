"""`tf.graph_util` on GraphDefs: sub-graphs, nodes that only training needs."""

from mainstem.formats import protos


def _name(text):
    text = text.lstrip("^")
    head, sep, index = text.rpartition(":")
    return head if sep and index.isdigit() else text


def extract_sub_graph(graph_def, dest_nodes):
    """Gives the GraphDef of the nodes that `dest_nodes` (names) need, in the order of `graph_def`.

    Raises TypeError for arguments of other types, AssertionError for a name that is not in the graph.
    """
    if not isinstance(graph_def, protos.GraphDef):
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.")
    if isinstance(dest_nodes, str):
        raise TypeError("dest_nodes must be a list.")
    nodes = {n.name: n for n in graph_def.node}
    keep, stack = set(), []
    for d in dest_nodes:
        if d not in nodes:
            raise AssertionError(f"{d} is not in graph")
        stack.append(d)
    while stack:
        current = stack.pop()
        if current not in keep:
            keep.add(current)
            stack += [_name(i) for i in nodes[current].input]
    out = protos.GraphDef()
    out.node.extend(n for n in graph_def.node if n.name in keep)
    out.library.CopyFrom(graph_def.library)
    out.versions.CopyFrom(graph_def.versions)
    return out


def remove_training_nodes(input_graph, protected_nodes=None):
    """Gives a GraphDef without CheckNumerics, and without Identity nodes that carry no control edge and are not protected."""
    protected = set(protected_nodes or ())
    removable = {}
    controls = {_name(i) for n in input_graph.node for i in n.input if i.startswith("^")}
    for n in input_graph.node:
        plain = len(n.input) == 1 and not n.input[0].startswith("^")
        if n.op in ("CheckNumerics", "Identity") and plain and n.name not in protected and n.name not in controls:
            removable[n.name] = n.input[0]

    def follow(text):
        while _name(text) in removable and not text.startswith("^"):
            text = removable[_name(text)]
        return text

    out = protos.GraphDef()
    out.CopyFrom(input_graph)
    del out.node[:]
    for n in input_graph.node:
        if n.name in removable:
            continue
        new = out.node.add()
        new.CopyFrom(n)
        new.input[:] = [follow(i) for i in n.input]
    return out


def tensor_shape_from_node_def_name(graph, input_name):
    """The static shape of the tensor that a node name or tensor name means."""
    return graph.get_tensor_by_name(input_name if ":" in input_name else input_name + ":0").get_shape()


def must_run_on_cpu(node, pin_variables_on_cpu=False):
    """Whether a node (NodeDef or Operation) can only run on the CPU."""
    node = getattr(node, "node_def", node)
    if pin_variables_on_cpu and node.op in ("Variable", "VariableV2", "VarHandleOp"):
        return True
    return node.op.startswith("String") or any(node.attr[k].type == 7 for k in ("dtype", "T", "DstT") if k in node.attr)


def fuse_op(graph_def, input_nodes, output_nodes, output_dtypes, output_quantized, op_name, op_type):
    """Gives a GraphDef in which one node stands for all between `input_nodes` and `output_nodes` (names).

    Args:
        input_nodes: the new node's inputs, which stay with all that they need.
        output_nodes: nodes of one input that stay and take the new node's outputs, in this order.
        output_dtypes, output_quantized: what the new node's attrs `_output_types` and `_output_quantized` say.
        op_name, op_type: of the new node.

    Raises TypeError for arguments of other types and where what is fused needs a node before the inputs that is none of them,
    AssertionError for a name that is not in the graph and for an output of several inputs.
    """
    if not isinstance(graph_def, protos.GraphDef):
        raise TypeError("graph_def must be a graph_pb2.GraphDef proto.")
    for given, what in ((input_nodes, "input_nodes"), (output_nodes, "output_nodes")):
        if isinstance(given, str):
            raise TypeError(f"{what} must be a list.")
    nodes = {n.name: n for n in graph_def.node}
    before, upto = ({n.name for n in extract_sub_graph(graph_def, names).node} for names in (input_nodes, output_nodes))
    for name in upto - before - set(output_nodes):
        for source in map(_name, nodes[name].input):
            if source in before and source not in input_nodes:
                raise TypeError(f"Node {name} uses input {source} not in input_nodes.")
    out = protos.GraphDef(library=graph_def.library, versions=graph_def.versions)
    out.node.extend(n for n in graph_def.node if n.name in before)
    fused = out.node.add(name=op_name, op=op_type, input=input_nodes)
    fused.attr["_output_types"].list.type[:] = output_dtypes
    fused.attr["_output_quantized"].b = output_quantized
    for i, name in enumerate(output_nodes):
        if len(nodes[name].input) != 1:
            raise AssertionError(f"The output {name} must have one input, not {len(nodes[name].input)}.")
        node = out.node.add()
        node.CopyFrom(nodes[name])
        node.input[:] = [f"{op_name}:{i}" if i else op_name]
    out.node.extend(n for n in graph_def.node if n.name not in before | upto)
    return out
