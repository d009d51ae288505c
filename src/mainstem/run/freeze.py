"""Frozen graphs: variables replaced by constants with their values of a session."""

import numpy as np

from mainstem.formats import graphdef, protos
from mainstem.graph.subgraph import extract_sub_graph
from mainstem.run import freeze_bodies

_VARIABLES = ("Variable", "VariableV2", "VarHandleOp")


def convert_variables_to_constants(
    sess, input_graph_def, output_node_names, variable_names_whitelist=None, variable_names_blacklist=None
):
    """Gives the GraphDef of `output_node_names` in which every variable is a Const with its value in `sess`.

    Args:
        variable_names_whitelist: only these variables are converted, when given.
        variable_names_blacklist: these are not.

    Raises AssertionError for an output that is not in the graph, FailedPreconditionError for an uninitialized variable,
    ValueError for a resource variable that a branch, loop or function changes.
    """
    graph_def = extract_sub_graph(input_graph_def, output_node_names)
    names = [n.name for n in graph_def.node if n.op in _VARIABLES]
    if variable_names_whitelist is not None:
        names = [n for n in names if n in variable_names_whitelist]
    names = [n for n in names if n not in (variable_names_blacklist or ())]
    handles = {n.name for n in graph_def.node if n.op == "VarHandleOp"} & set(names)
    fetch = {n: _read(sess.graph, n) if n in handles else n + ":0" for n in names}
    values = sess.run(fetch) if fetch else {}
    out, bodies = protos.GraphDef(), freeze_bodies.Bodies(graph_def.library)
    kinds = {n.name: n.attr["dtype"].type for n in graph_def.node if n.name in handles}
    for node in graph_def.node:
        new = out.node.add()
        source = node.input[0] if node.input else None
        if node.name in values:
            _constant(new, node, values[node.name])
        elif node.op == "ReadVariableOp" and source in handles:
            new.op, new.name, new.device = "Identity", node.name, node.device
            new.attr["T"].CopyFrom(node.attr["dtype"])
            new.input.extend(node.input)
        elif node.op == "ResourceGather" and source in handles:
            _gather(out, new, node)
        else:
            new.CopyFrom(node)
            bodies.node(new, kinds)
            if node.op in ("RefSwitch", "RefEnter") and source in values:
                new.op = node.op.removeprefix("Ref")
    out.library.CopyFrom(graph_def.library)
    out.library.function.extend(bodies.added)
    out.versions.CopyFrom(graph_def.versions)
    return out


def _read(graph, name):
    """A tensor that holds the value of a resource variable."""
    for op in graph.get_operation_by_name(name).outputs[0].consumers():
        if op.type == "ReadVariableOp":
            return op.outputs[0]
    raise ValueError(f"convert_variables_to_constants: no operation reads the variable '{name}'.")


def _constant(new, node, value):
    new.op, new.name, new.device = "Const", node.name, node.device
    new.attr["dtype"].CopyFrom(node.attr["dtype"])
    new.attr["value"].CopyFrom(graphdef.attr_to_proto(value, "tensor"))


def _gather(out, new, node):
    axis = out.node.add(name=node.name + "/axis", op="Const")
    axis.attr["dtype"].type = 3
    axis.attr["value"].CopyFrom(graphdef.attr_to_proto(_zero(), "tensor"))
    new.op, new.name, new.device = "GatherV2", node.name, node.device
    new.input.extend([*node.input, axis.name])
    new.attr["Tparams"].CopyFrom(node.attr["dtype"])
    new.attr["Tindices"].CopyFrom(node.attr["Tindices"])
    new.attr["Taxis"].type = 3


def _zero():
    return np.int32(0)
