"""Graph to GraphDef and back: nodes, attrs, devices and control inputs are the real thing, read by the real TensorFlow."""

from mainstem.formats import graphdef, protos
from mainstem.graph import left_out, tf1_export
from mainstem.graph.function_def import Library
from mainstem.graph.graph import Graph
from mainstem.graph.importer import import_graph_def
from mainstem.graph.node_record import node_def

PRODUCER = 134  # the GraphDef version that TensorFlow 1.15 writes: both 1.15 and 2.21 read it
__all__ = ["PRODUCER", "as_graph_def", "import_graph_def", "node_def"]


def as_graph_def(graph, from_version=None, add_shapes=False):
    """Gives the GraphDef of a graph: of all operations, or of those made after version `from_version`.

    The bodies of branches, loops and calls are functions of its library; what changes a ref variable in a branch or loop becomes
    TensorFlow 1's control-flow nodes. With `add_shapes` every node carries `_output_shapes`. Raises NotImplementedError for a
    called function that changes a ref variable.
    """
    out, library = protos.GraphDef(), Library(node_def)
    out.versions.producer = PRODUCER
    inliner = tf1_export.Inliner(library.node_def)
    for op in graph._list[from_version or 0 :]:
        if op.type == left_out.KIND:
            continue
        if tf1_export.is_inlined(op):
            inliner.add(op)
            out.node.extend(inliner.take())
            continue
        node = node_def(op, library)
        if inliner.renamed:
            texts = [inliner.text(i) for i in node.input]
            del node.input[:]
            node.input.extend(texts)
        if add_shapes and op._outputs:
            node.attr["_output_shapes"].CopyFrom(graphdef.attr_to_proto([t._shape for t in op._outputs], "list(shape)"))
        out.node.append(node)
    if graph._library_proto is not None:
        library.add(graph._library_proto)
    if library.proto.function:
        out.library.CopyFrom(library.proto)
    return out


Graph.as_graph_def = as_graph_def
Graph._node_def = staticmethod(node_def)
