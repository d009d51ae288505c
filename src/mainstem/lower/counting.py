"""Loops whose trip count only running tells, under a gradient: they are counted in the program before, then run as a scan."""

from mainstem.base import dtypes
from mainstem.core import registry
from mainstem.graph.tensor import Operation, Tensor
from mainstem.lower import effects, trips

COUNT = "_LoopCount"


def insert(plan):
    """Puts a count before each loop of `plan.ops` that has a gradient there and is not counted while tracing.

    Gives {operation: count} of those loops and their VJP nodes.
    """
    if not any(o.type in effects.LOOPS for o in plan.ops):
        return {}
    members, made, out = {o.name: o for o in plan.ops}, {}, {}
    for node in plan.ops:
        loop = _differentiated(node, members)
        if loop is None or effects.of(loop).host is not None or _known(plan, loop):
            continue
        if loop not in made:
            made[loop] = _made(loop)
        out[loop] = out[node] = made[loop]
    for loop, count in made.items():
        plan.ops.insert(plan.ops.index(loop), count)
    return out


def _differentiated(node, members):
    """The loop of which an operation is a (higher) VJP node, or None."""
    while node is not None and node.type == "SymbolicGradient":
        node = members.get(node.attrs.get("_forward"))
        if node is not None and node.type in effects.LOOPS:
            return node
    return None


def _known(plan, loop):
    """Whether the trip count rests on what is known while tracing: constants, shapes, the size of an array that goes round."""
    wanted = trips.depends(loop.attrs["cond"], loop.attrs["body"])
    if wanted is None:
        return False
    sizes = {t._op._inputs[1] for t in loop._inputs if t._op.type == "TensorListReserve"}
    return all(plan._sources(loop._inputs[i]) == frozenset() or loop._inputs[i] in sizes for i in wanted)


def _made(loop):
    """The counting operation, outside of the graph's list: it belongs to one plan."""
    attrs = {"T": loop.attrs["T"], "cond": loop.attrs["cond"], "body": loop.attrs["body"], "_loop": loop.name}
    made = Operation(
        loop.graph, registry.lookup(COUNT), f"{loop.name}/count", loop._inputs, attrs, loop._control_inputs, "", loop.line
    )
    for t in loop._inputs:
        t._consumers.remove(made)
    for c in loop._control_inputs:
        c._control_outputs.remove(made)
    made._id = loop._id
    made._outputs = [Tensor(made, i, dtypes.int32) for i in range(2)]
    for t in made._outputs:
        t._shape = ()
    return made
