"""`Node`: one call of a layer on tensors of Keras, and `KerasHistory`, which tells a tensor's call: a network is read from them."""

import collections
import weakref

from mainstem.base import nest, shapes
from mainstem.graph.tensor import Tensor

KerasHistory = collections.namedtuple("KerasHistory", ["layer", "node_index", "tensor_index"])


def history(tensor):
    """The KerasHistory of a tensor, None for one that no layer made from an `Input`."""
    return getattr(tensor, "_keras_history", None)


HISTORY = []  # what makes nodes for tensors that operations computed from those of an Input; op_layer adds it
_BEGUN = weakref.WeakSet()  # graphs with an Input


def begin(graph):
    """Says that networks may be built in a graph."""
    _BEGUN.add(graph)


def need_history(tensors):
    """Makes nodes for operations between the layers of a network and tensors of a graph that a layer is to take."""
    for tensor in tensors:
        if isinstance(tensor, Tensor) and history(tensor) is None and tensor.graph in _BEGUN:
            for make in HISTORY:
                make([tensor])


def is_symbolic(value):
    """Whether `value` is, or is made of, tensors of a graph."""
    parts = nest.flatten(value, expand_composites=True)
    return all(isinstance(p, Tensor) and not p._is_eager or getattr(p, "_keras_symbolic", False) for p in parts)


def static_shapes(tensors):
    """The static shapes of nested tensors as tuples: of one alone the tuple itself."""
    return nest.map_structure(lambda t: shapes.as_tuple(t.shape), tensors)


class Node:
    """A call of `outbound_layer` on `input_tensors`, which gave `output_tensors`; `arguments` are the other ones of the call.

    The node joins the inbound nodes of the layer, and the outbound nodes of the layers that made the inputs. One that `begins`
    has no such layers: its inputs come from nowhere. With `tells` the outputs' histories are of this node.
    """

    def __init__(self, outbound_layer, input_tensors, output_tensors, arguments=None, begins=False, tells=True):
        self.outbound_layer, self.arguments = outbound_layer, arguments or {}
        self.input_tensors, self.output_tensors = input_tensors, output_tensors
        self.inbound_layers = [] if begins else [history(t).layer for t in self.flat_inputs]
        for layer in self.inbound_layers:
            layer._outbound_nodes.append(self)
        outbound_layer._inbound_nodes.append(self)
        number = len(outbound_layer._inbound_nodes) - 1
        for i, tensor in enumerate(nest.flatten(output_tensors) if tells else ()):
            tensor._keras_history = KerasHistory(outbound_layer, number, i)

    @property
    def flat_inputs(self):
        """The input tensors as a list."""
        return nest.flatten(self.input_tensors)

    @property
    def input_shapes(self):
        """The static shapes of the inputs, nested as they are."""
        return static_shapes(self.input_tensors)

    @property
    def output_shapes(self):
        """The static shapes of the outputs, nested as they are."""
        return static_shapes(self.output_tensors)

    def get_config(self):
        """The names of the layers on both sides, and where in them the tensors are."""
        found = [history(t) for t in self.flat_inputs] if self.inbound_layers else []
        return {
            "outbound_layer": self.outbound_layer.name,
            "inbound_layers": [f.layer.name for f in found],
            "node_indices": [f.node_index for f in found],
            "tensor_indices": [f.tensor_index for f in found],
        }
