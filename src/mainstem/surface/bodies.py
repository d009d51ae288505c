"""Bodies of branches and loops: Python functions traced into `FuncGraph`s."""

from mainstem.base import nest
from mainstem.core import builder, registry
from mainstem.graph.func_graph import FuncGraph, has_effect
from mainstem.graph.graph import get_default_graph
from mainstem.graph.tensor import Operation
from mainstem.ops import flow
from mainstem.surface.framework import constant_v1, convert_to_tensor


def body_graph(label, scope):
    """An empty body whose operations are named as those of `scope`.

    Inside a graph that is run by a session only what the results need runs, inside a traced function all that has an effect.
    """
    outer = builder.current()
    graph = FuncGraph(label, outer)
    graph._scope = scope.rstrip("/")
    graph.pruned = outer.pruned if isinstance(outer, FuncGraph) else True
    return graph


def traced(graph, fn, *args, done=True):
    """Runs `fn(*args)` inside a body; gives its result and the list of its leaves as tensors of the body (None stays).

    `done`: the value that stands for an operation.
    """
    with graph.as_default():
        result = fn(*args)
        leaves = [_inside(graph, leaf, done) for leaf in nest.flatten(result, expand_composites=True)]
    return result, leaves


def _inside(graph, leaf, done):
    if leaf is None:
        return None
    if isinstance(leaf, Operation):
        with graph.control_dependencies([leaf]):
            return flow.identity(constant_v1(done))
    return convert_to_tensor(leaf)


def ordered_after(*graphs):
    """A block for the operation that runs these bodies: operations outside that something inside waits for run before it."""
    return get_default_graph().control_dependencies([op for g in graphs for op in g.outside])


def stateful(kind, *graphs):
    """The op type `kind`, or its stateless twin when no body has an effect or a random stream."""
    acts = any(has_effect(op) or op.definition.state is not None for g in graphs for op in g._list)
    return registry.lookup(kind if acts else f"Stateless{kind}")
