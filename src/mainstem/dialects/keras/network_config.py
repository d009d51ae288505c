"""A functional network as plain values, and back: the layers' configs, and for each call where its inputs come from."""

import numpy as np

from mainstem.base import dtypes, nest, shapes
from mainstem.dialects.keras import known
from mainstem.dialects.keras.node import history


def plain(value):
    """What JSON cannot write, as something that it can: arrays as lists, shapes and dtypes. Raises TypeError for the rest."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, shapes.TensorShape):
        return shapes.as_tuple(value)
    if isinstance(value, dtypes.DType):
        return value.name
    if callable(value):
        return value.__name__
    raise TypeError("Not JSON Serializable:", value)


def _kept(network):
    """{id of node: number} of the nodes that belong to the network, counted for each layer."""
    found = {}
    for layer in network.layers:
        first = 1 if _begins_with_itself(layer) else 0
        own = [n for n in layer._inbound_nodes if network._topology.holds(n)]
        found.update((id(n), i) for i, n in enumerate(own, first))
    return found


def _begins_with_itself(layer):
    """Whether the first node of a layer is that from its own inputs to its own outputs: then a call of it has number 1."""
    return getattr(layer, "_is_graph_network", False)


def _place(tensor, kept):
    found = history(tensor)
    node = found.layer._inbound_nodes[found.node_index]
    return [found.layer.name, kept.get(id(node), 0), found.tensor_index]


def _serialized(arguments, kept):
    return nest.map_structure(lambda v: _place(v, kept) if history(v) is not None else v, arguments)


def _packed(structure, places):
    """Places in the form of nested tensors; of one tensor alone a list of one."""
    if not nest.is_nested(structure):
        return [places[0]]
    given = iter(places)
    return _pack(structure, given)


def _pack(structure, given):
    if isinstance(structure, dict):
        return {k: _pack(structure[k], given) for k in sorted(structure)}
    if isinstance(structure, (list, tuple)):
        return [_pack(v, given) for v in structure]
    return next(given)


def config_of(network):
    """The dict of `Network.get_config`."""
    kept, found = _kept(network), []
    for layer in network.layers:
        nodes = []
        for node in layer._inbound_nodes:
            if network._topology.holds(node) and node.inbound_layers:
                arguments = _serialized(node.arguments, kept)
                nodes.append(_packed(node.input_tensors, [[*_place(t, kept), arguments] for t in node.flat_inputs]))
        described = {"name": layer.name, "class_name": type(layer).__name__, "config": layer.get_config()}
        found.append({**described, "inbound_nodes": nodes})
    inputs = _packed(network._nested_inputs, [_place(t, kept) for t in network.inputs])
    outputs = _packed(network._nested_outputs, [_place(t, kept) for t in network.outputs])
    return {"name": network.name, "layers": found, "input_layers": inputs, "output_layers": outputs}


def _is_place(value):
    return (
        isinstance(value, (list, tuple))
        and len(value) in (3, 4)
        and isinstance(value[0], str)
        and all(isinstance(v, int) for v in value[1:3])
    )


def _places(data):
    """The places in nested ones, in order."""
    if _is_place(data):
        return [data]
    items = [data[k] for k in sorted(data)] if isinstance(data, dict) else data
    return [p for item in items for p in _places(item)]


def _filled(data, tensors):
    """Nested places with tensors in their stead; a list of one as the one."""
    given = iter(tensors)

    def fill(value):
        if _is_place(value):
            return next(given)
        if isinstance(value, dict):
            return {k: fill(value[k]) for k in sorted(value)}
        return [fill(v) for v in value]

    made = fill(data)
    return made[0] if isinstance(made, list) and len(made) == 1 else made


class _Maker:
    """Makes the layers of a config, and then the calls, each as soon as its inputs are there."""

    def __init__(self, config, custom_objects):
        self.config = config
        self.layers = {c["name"]: known.deserialize(c, custom_objects) for c in config["layers"]}

    def tensor(self, place):
        """The tensor at a place, None when the call that makes it was not made yet."""
        layer = self.layers[place[0]]
        if len(layer._inbound_nodes) <= place[1]:
            return None
        return nest.flatten(layer._inbound_nodes[place[1]].output_tensors)[place[2]]

    def call_all(self):
        """Makes all calls."""
        waiting = [(c["name"], node) for c in self.config["layers"] for node in c["inbound_nodes"]]
        while waiting:
            later = [(name, node) for name, node in waiting if not self.call(name, node)]
            if len(later) == len(waiting):
                raise ValueError(f"Improperly formatted model config: nothing leads to {later[0][0]}.")
            waiting = later

    def call(self, name, node):
        """Makes one call; gives whether its inputs are there."""
        places = _places(node)
        tensors = [self.tensor(p) for p in places]
        if any(t is None for t in tensors):
            return False
        arguments = places[0][3] if len(places[0]) == 4 else {}
        found = {k: self.tensor(v) if _is_place(v) else v for k, v in arguments.items()}
        self.layers[name](_filled(node, tensors), **found)
        return True

    def ends(self, key):
        """The tensors that the config names as inputs or outputs."""
        data = self.config[key]
        return _filled(data, [self.tensor(p) for p in _places(data)])


def network_of(cls, config, custom_objects=None):
    """The network of a dict of `config_of`. Raises ValueError for a dict that is none."""
    maker = _Maker(config, custom_objects)
    maker.call_all()
    return cls(inputs=maker.ends("input_layers"), outputs=maker.ends("output_layers"), name=config.get("name"))
