"""The table of a network's layers: output shapes, parameters, multiply-adds, read off its graph."""

import collections
import math
import re

from mainstem.base import shapes
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.graph.importer import import_graph_def
from mainstem.graph.keys import GraphKeys

_VARIABLES = ("VariableV2", "Variable", "VarHandleOp")
_PASSING = ("Identity", "ReadVariableOp", "Enter", "RefEnter", "Cast")  # between a variable and its layer
_NOT_LAYERS = re.compile(r"Assign|Apply|Scatter|Save|Restore|IsVariableInitialized|VarIsInitialized|L2Loss|Summary|Const$")
_CONVOLUTIONS = ("Conv2D", "Conv3D", "DepthwiseConv2dNative")
_TRANSPOSED = {"Conv2DBackpropInput": 1, "Conv3DBackpropInputV2": 1}  # which input is the filter
# Constants are parameters only in a graph without variables, a frozen one, and only here: which inputs of which operation
_FROZEN = {
    **dict.fromkeys(_CONVOLUTIONS, (1,)),
    **{kind: (place,) for kind, place in _TRANSPOSED.items()},
    "MatMul": (1,),
    "BatchMatMulV2": (1,),
    "BiasAdd": (1,),
    "FusedBatchNorm": (1, 2, 3, 4),
    "FusedBatchNormV3": (1, 2, 3, 4),
}
_BARE = (
    "Placeholder",
    "MaxPool",
    "AvgPool",
    "MaxPoolV2",
    "MaxPool3D",
    "AvgPool3D",
    "LRN",
)  # rows though they have no parameters

Layer = collections.namedtuple("Layer", ["name", "type", "shape", "parameters", "multiply_adds", "variables"])


class ModelSummary:
    """The layers of a network, in order. `str()` gives the table.

    A layer's `multiply_adds` are those of its convolutions and matrix products for one example (a product and the addition of it count
    once; FLOPs, as usually told, are twice as many); None where a size that they need is unknown.
    """

    def __init__(self, layers, trainable):
        self.layers = layers
        self.parameters = sum(n.parameters for n in layers)
        self.trainable = sum(trainable.get(name, 0) for n in layers for name in n.variables) if trainable else self.parameters
        known = [n.multiply_adds for n in layers]
        self.multiply_adds = None if None in known else sum(known)
        self.flops = None if self.multiply_adds is None else 2 * self.multiply_adds

    def rows(self):
        """The table as rows of text: name, type, output shape, parameters, multiply-adds."""
        return [
            (n.name, n.type, _shape_text(n.shape), f"{n.parameters:,}" if n.parameters else "", _count(n.multiply_adds))
            for n in self.layers
        ]

    def totals(self):
        """The lines below the table."""
        lines = [f"parameters: {self.parameters:,} ({self.trainable:,} trainable)"]
        if self.multiply_adds is None:
            return [*lines, "multiply-adds: unknown, since a size is"]
        return [*lines, f"multiply-adds for one example: {self.multiply_adds:,} ({self.flops:,} FLOPs)"]

    def __str__(self):
        rows = [HEADS, *self.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADS))]
        right = (False, False, False, True, True)
        lines = [
            "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, "", *self.totals()])

    __repr__ = __str__


HEADS = ("layer", "operation", "output", "parameters", "multiply-adds")


def model_summary(graph_or_scope=None):
    """The layers of a graph, as a `ModelSummary`, which prints as a table.

    Args:
        graph_or_scope: a Graph, a GraphDef, or the name or VariableScope of a part of the default graph; None for all of that.

    Raises TypeError for something else.
    """
    graph, scope = _graph_and_scope(graph_or_scope)
    weights = _weights(graph)
    rows = collections.OrderedDict()
    for o in graph.get_operations():
        if not _in(o.name, scope) or o.name.startswith("gradients"):
            continue
        own = [
            w
            for i, t in enumerate(o.inputs)
            if (w := _weight_of(t, weights, not weights and i in _FROZEN.get(o.type, ()))) is not None
        ]
        if own and not _NOT_LAYERS.search(o.type) and o.type not in _PASSING:
            _add(rows, o, own)
        elif o.type in _BARE or (o.type == "Mean" and o.outputs[0].shape.ndims in (2, 4)):
            rows[o.name] = [o, o, {}, 0]
    seen, layers = set(), []
    for name, (first, last, found, work) in rows.items():
        new = {w: n for w, n in found.items() if w not in seen}
        seen.update(new)
        kind = "Input" if first.type == "Placeholder" else first.type
        layers.append(Layer(name, kind, shapes.as_tuple(last.outputs[0].shape), sum(new.values()), work, tuple(new)))
    trained = {v.op.name: _size(v.shape) for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)}
    return ModelSummary(layers, trained)


def _graph_and_scope(given):
    if given is None or isinstance(given, Graph):
        return given or get_default_graph(), ""
    if hasattr(given, "node"):
        with Graph().as_default() as graph:
            import_graph_def(given, name="")
        return graph, ""
    name = given if isinstance(given, str) else getattr(given, "name", None)
    if not isinstance(name, str):
        raise TypeError(f"model_summary: 'graph_or_scope' must be a Graph, a GraphDef or a scope. Got {given!r}.")
    return get_default_graph(), name.rstrip("/")


def _in(name, scope):
    return not scope or name == scope or name.startswith(scope + "/")


def _size(shape):
    known = shapes.as_tuple(shape)
    return 0 if known is None or None in known else math.prod(known)


def _weights(graph):
    """{the tensor's operation: (name, size)} of variables, without counters and the like: numbers that do not train."""
    found, trained = {}, {v.op.name for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)}
    for o in graph.get_operations():
        if o.type in _VARIABLES and (o.name in trained or shapes.as_tuple(o.get_attr("shape")) != ()):
            found[o] = (o.name, _size(o.get_attr("shape")))
    return found


def _weight_of(tensor, weights, frozen):
    """The variable that a tensor reads, or the constant in the place of one, as (name, size); None for others."""
    o = tensor.op
    while o.type in _PASSING and o.inputs:
        o = o.inputs[0].op
    if o in weights:
        return weights[o]
    return (o.name, _size(o.outputs[0].shape)) if frozen and o.type == "Const" else None


def _add(rows, o, own):
    """Adds an operation to the layer of its variables: the scope that they are in."""
    scope = own[0][0].rpartition("/")[0]
    if scope not in rows:
        above = o.name.rpartition("/")[0]
        scope = scope if scope and not scope.startswith("gradients") else (above or o.name)
    if scope in rows and o.type in _FROZEN and rows[scope][0].type == o.type and set(own) <= set(rows[scope][2].items()):
        scope = o.name  # the same variables again: a further tower
    row = rows.setdefault(scope, [o, o, {}, 0])
    row[1] = o
    row[2].update(own)
    work = _work(o)
    row[3] = None if row[3] is None or work is None else row[3] + work


def _work(o):
    """The multiply-adds of an operation for one example."""
    out = shapes.as_tuple(o.outputs[0].shape)
    if o.type in _CONVOLUTIONS:
        return _times(out[1:], _filter(o)) if out else None
    if o.type in _TRANSPOSED:
        entering = shapes.as_tuple(o.inputs[2].shape)
        return _times(entering[1:], shapes.as_tuple(o.inputs[1].shape)[:-1]) if entering else None
    if o.type in ("MatMul", "BatchMatMulV2"):
        left = shapes.as_tuple(o.inputs[0].shape)
        if not out or not left:
            return None
        inner = left[-2] if o.type == "MatMul" and o.get_attr("transpose_a") else left[-1]
        return _times(out[1:], (inner,))
    return 0


def _filter(o):
    """How much one result takes: the filter without its outgoing channels; a depthwise one without channels."""
    shape = shapes.as_tuple(o.inputs[1].shape)
    return None if shape is None else shape[:2] if o.type == "DepthwiseConv2dNative" else shape[:-1]


def _times(positions, window):
    return None if window is None or None in (*positions, *window) else math.prod(positions) * math.prod(window)


def _shape_text(shape):
    return "?" if shape is None else "[" + ", ".join("?" if d is None else str(d) for d in shape) + "]"


def _count(number):
    return "?" if number is None else f"{number:,}" if number else ""
