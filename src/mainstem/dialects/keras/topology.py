"""The nodes between the inputs and the outputs of a functional network, by depth, and running them on other tensors."""

from mainstem.base import nest
from mainstem.dialects.keras import backend, calls
from mainstem.dialects.keras.node import history


def node_of(tensor):
    """The node that made a tensor of Keras."""
    layer, index, _ = history(tensor)
    return layer._inbound_nodes[index]


def sources(node):
    """The nodes that made a node's inputs, in the order of these."""
    return [node_of(t) for t in node.flat_inputs] if node.inbound_layers else []


def inputs_of(tensor):
    """The tensors of inputs that a tensor of Keras is computed from, each once."""
    node = node_of(tensor)
    if not sources(node):
        return node.flat_inputs
    found = {}
    for t in node.flat_inputs:
        found.update((id(s), s) for s in inputs_of(t))
    return list(found.values())


class Topology:
    """`nodes` by depth, a dict {depth: [Node]} from the inputs (the greatest depth) to the outputs (0), and `layers` in that order.

    Layers of one depth are in the order in which a walk back from the outputs meets them. Raises ValueError when the outputs need
    an input that is not among `inputs`, for a cycle, and for two layers of one name.
    """

    def __init__(self, inputs, outputs):
        self.inputs, self.outputs = inputs, outputs
        self._met, order = {}, []
        for tensor in outputs:
            self._walk(node_of(tensor), order)
        depths, of_layers = self._depths(order)
        self.nodes, by_layer = {}, {}
        for node, depth in depths.values():
            self.nodes.setdefault(depth, []).append(node)
        for layer, depth in of_layers.values():
            by_layer.setdefault(depth, []).append(layer)
        self.nodes = {d: self.nodes[d] for d in sorted(self.nodes, reverse=True)}
        met = self._met
        self.layers = [v for d in sorted(by_layer, reverse=True) for v in sorted(by_layer[d], key=lambda v: met[id(v)])]
        self._check()

    def _walk(self, last, order):
        """Appends the nodes that `last` needs, and itself, to `order`: sources come first."""
        done, todo, open_ = {id(n) for n in order}, [(last, False)], set()
        while todo:
            node, leaving = todo.pop()
            if leaving:
                open_.discard(id(node))
                if id(node) not in done:
                    done.add(id(node))
                    order.append(node)
                continue
            if id(node) in done:
                continue
            if id(node) in open_:
                raise ValueError(f"The tensor of layer '{node.outbound_layer.name}' is part of a cycle.")
            open_.add(id(node))
            self._met.setdefault(id(node.outbound_layer), len(self._met))
            todo.append((node, True))
            todo += [(s, False) for s in reversed(sources(node))]

    def _depths(self, order):
        nodes, layers = {}, {}
        for node in reversed(order):
            layer = node.outbound_layer
            depth = max(nodes.get(id(node), (None, 0))[1], layers.get(id(layer), (None, 0))[1])
            nodes[id(node)], layers[id(layer)] = (node, depth), (layer, depth)
            for source in sources(node):
                before = nodes.get(id(source), (None, 0))[1]
                nodes[id(source)] = (source, max(depth + 1, before))
        for tensor in self.inputs:
            layer = history(tensor).layer
            if id(layer) not in layers:
                layers[id(layer)] = (layer, 0)
                self._met[id(layer)] = -1
                nodes[id(layer._inbound_nodes[0])] = (layer._inbound_nodes[0], 0)
        return nodes, layers

    def _check(self):
        known, complete = {id(t) for t in self.inputs}, []
        for nodes in self.nodes.values():
            for node in nodes:
                layer = node.outbound_layer
                for t in node.flat_inputs if sources(node) else ():
                    if id(t) not in known:
                        raise ValueError(
                            f'Graph disconnected: cannot obtain value for tensor {t} at layer "{layer.name}". The following previous '
                            f"layers were accessed without issue: {complete}"
                        )
                if not sources(node) and not all(id(t) in known for t in node.flat_inputs):
                    continue
                known.update(id(t) for t in nest.flatten(node.output_tensors))
                complete.append(layer.name)
        names = [layer.name for layer in self.layers]
        for name in names:
            if names.count(name) != 1:
                raise ValueError(
                    f'The name "{name}" is used {names.count(name)} times in the model. All layer names should be unique.'
                )

    @property
    def all_nodes(self):
        """All nodes in the order in which they run."""
        return [n for nodes in self.nodes.values() for n in nodes]

    def holds(self, node):
        """Whether a node is one of these."""
        return any(n is node for n in self.all_nodes)

    def run(self, inputs, training):
        """The outputs for other inputs: every layer is called again."""
        values = {id(t): value for t, value in zip(self.inputs, inputs, strict=True)}
        for node in self.all_nodes:
            if not sources(node) or any(id(t) not in values for t in node.flat_inputs):
                continue
            given = nest.map_structure(lambda t: values[id(t)], node.input_tensors)
            computed = node.outbound_layer(given, **_arguments(node, values, training))
            values.update((id(t), v) for t, v in zip(nest.flatten(node.output_tensors), nest.flatten(computed), strict=True))
        return [values[id(t)] for t in self.outputs]


def _arguments(node, values, training):
    """The arguments of a node's call for another one; tensors of the network among them are those of this run."""
    found = {k: nest.map_structure(lambda t: values.get(id(t), t), v) for k, v in node.arguments.items()}
    if "training" in calls.Arguments(node.outbound_layer.call).names:
        given = found.get("training")
        if given is None or backend.is_learning_phase(given):
            found["training"] = training
    return found


def get_source_inputs(tensor, layer=None, node_index=None):
    """The tensors of inputs that a tensor of Keras is computed from, as a list; one without a history is given back itself."""
    del layer, node_index  # the tensor tells both
    return inputs_of(tensor) if history(tensor) is not None else tensor
