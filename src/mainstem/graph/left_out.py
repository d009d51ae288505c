"""The backward loops of TensorFlow 1's gradients: they are not imported, what rests on them says so when it is asked for.

TensorFlow 1 differentiates a while loop by a second one, which takes the values of the first from stacks. Gradients are made anew here,
so all that such a loop computes, updates of variables among it, becomes `_NotImported` operations; the forward part imports as usual.
"""

import warnings

from mainstem.core import infer, registry
from mainstem.graph import node_record, tf1_control

CAUSES = frozenset(
    (
        "StackV2",
        "StackPushV2",
        "StackPopV2",
        "StackCloseV2",
        "Stack",
        "StackPush",
        "StackPop",
        "StackClose",
        "TensorArrayGradV3",
    )
)
KIND = "_NotImported"


def backward_loops(nodes):
    """Gives {name: node that is the cause} of all nodes that rest on the stacks of a backward loop."""
    causes = [n.name for n in nodes.values() if n.op in CAUSES]
    if not causes:
        return {}
    sources = {name: [tf1_control.read_input(t)[0] for t in node.input] for name, node in nodes.items()}
    consumers = {}
    for name, names in sources.items():
        for s in names:
            consumers.setdefault(s, []).append(name)
    out = dict.fromkeys(causes)
    out.update((c, c) for c in causes)
    todo = list(causes)
    while todo:
        name = todo.pop()
        for other in consumers.get(name, []) + _rest_of_frame(name, nodes, sources, consumers):
            if other not in out:
                out[other] = out[name]
                todo.append(other)
    return out


def _rest_of_frame(name, nodes, sources, consumers):
    """What enters the loop whose condition is left out."""
    if nodes[name].op != "LoopCond":
        return []
    merges = [sources[s][0] for s in consumers.get(name, []) if nodes[s].op in tf1_control.SWITCHES]
    enters = [s for m in merges for s in sources.get(m, ()) if s in nodes and nodes[s].op in tf1_control.ENTERS]
    frames = {nodes[e].attr["frame_name"].s for e in enters}
    return [n.name for n in nodes.values() if n.op in tf1_control.ENTERS and n.attr["frame_name"].s in frames]


def stand_ins(graph, nodes, left_out, prefix, line):
    """Adds an operation for each node that was left out, under its name; gives {name: Operation} and warns."""
    definition, made = registry.lookup(KIND), {}
    for name, cause in left_out.items():
        node = nodes[name]
        if node.op in tf1_control.NODES or node.op not in registry.REGISTRY or prefix + name in graph._by_name:
            continue
        original = registry.lookup(node.op)
        try:
            kinds = [k.base_dtype for k in infer.output_dtypes(original, node_record.attrs_of(original, node, {}))]
        except (ValueError, NotImplementedError):
            continue
        message = (
            f"'{name}' (op {node.op}) was not imported: it rests on '{cause}' (op {nodes[cause].op}), part of TensorFlow 1's gradient of "
            "a while loop. Make the gradient here, with tf.gradients or optimizer.minimize; the forward part of the graph is there."
        )
        graph._names.setdefault((prefix + name).lower(), 1)
        made[name] = graph.create(
            definition,
            prefix + name + "/",
            [],
            {"Tout": kinds, "message": message},
            control_inputs=[],
            line=line,
            shape=[None] * len(kinds),
        )
    first = next(iter(left_out.values()))
    warnings.warn(
        f"import_graph_def: {len(left_out)} nodes were not imported: they rest on '{first}' (op {nodes[first].op}) and its like, "
        "TensorFlow 1's gradient of a while loop. The forward part is there and can be differentiated.",
        stacklevel=4,
    )
    return made
