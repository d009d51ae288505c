"""The VJP node: a `SymbolicGradient` operation whose kernel is the vector-Jacobian product of one forward operation.

TensorFlow has the op type, so graphs with gradients stay real GraphDefs.
"""

from mainstem.base import dtypes
from mainstem.core import evaluate, registry
from mainstem.grad import inside, reach
from mainstem.graph.variant import element_dtype
from mainstem.lower import effects


def vjp_node(graph, op, out):
    """Adds the VJP node of `op` for the gradients `out` of its outputs (None where there is none); gives one an input or None.

    An `op` of eager mode is a record of a tape, which has the function that gives them.
    """
    if op.automatic is not None:
        return op.automatic(out)
    d = op.definition
    inside.prepare(op.attrs)
    # the inputs of a VJP node that its forward op wants at compile time are wanted by the VJP of the node, too
    static = list(op.attrs["_static"]) if op.type == "SymbolicGradient" else sorted(evaluate.static_positions(d, op.attrs))
    none = set(static) | evaluate.positions(d, op.attrs, d.nograd)
    dy = [i for i, g in enumerate(out) if g is not None]
    wrt = [i for i, t in enumerate(op._inputs) if i not in none and differentiable(t)]
    if wrt and effects.is_functional(op):
        connected = reach.inputs(op.type, op.attrs, dy)
        wrt = [i for i in wrt if i in connected]
    if not wrt:
        return [None] * len(op._inputs)
    attrs = {
        "Tin": [t._dtype.base_dtype for t in op._inputs] + [op._outputs[i]._dtype.base_dtype for i in dy],
        "Tout": [_content_dtype(t) for t in op._inputs],
        "f": (op.type, {k: v for k, v in op.attrs.items() if not k.startswith("_") or op.type == "SymbolicGradient"}),
        "_count": len(op._inputs),
        "_outputs": len(op._outputs),
        "_dy": dy,
        "_static": static,
        "_forward": op.name,
    }
    inputs = list(op._inputs) + [graph.convert(out[i]) for i in dy]
    node = graph.create(registry.lookup("SymbolicGradient"), op.type.lstrip("_"), inputs, attrs)
    return [t if i in wrt else None for i, t in enumerate(node._outputs)]


def _content_dtype(t):
    """The dtype of the gradient of an input: for a variable's handle that of its content."""
    known = t._dtype is dtypes.resource and t._handle is not None
    return (t._handle[0] if known else t._dtype).base_dtype


def differentiable(t):
    """Whether gradients flow to a tensor: of a floating type, a variable or a list of such."""
    if t._dtype is dtypes.resource:  # a variable that a body reads: the gradient of its content
        return t._handle is not None and (t._handle[0].is_floating or t._handle[0].is_complex)
    kind = element_dtype(t) if t._dtype is dtypes.variant else t._dtype.base_dtype
    if kind is None:
        return False
    return kind.is_floating or kind.is_complex
