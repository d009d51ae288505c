"""`Model.summary`: a table of a model's layers."""

from mainstem.base import nest


def _is_line(model):
    """Whether the layers of a model follow each other, each called once on one tensor."""
    if type(model).__name__ == "Sequential" or not model._is_graph_network:
        return True
    seen = []
    for nodes in model._topology.nodes.values():
        if len(nodes) > 1 or len(nodes[0].inbound_layers) > 1:
            return False
        seen += nodes
    return not any(sum(any(n is s for s in seen) for n in layer._inbound_nodes) > 1 for layer in model.layers)


def _row(fields, positions, write):
    line = ""
    for i, field in enumerate(fields):
        line = (line[:-1] + " " if i else "") + str(field)
        line = line[: positions[i]]
        line += " " * (positions[i] - len(line))
    write(line)


def _shape(layer):
    try:
        return layer.output_shape
    except AttributeError:
        return "multiple"


def _connections(model, layer):
    nodes = [n for n in layer._inbound_nodes if model._topology.holds(n)]
    found = [t._keras_history for n in nodes if n.inbound_layers for t in nest.flatten(n.input_tensors)]
    return [f"{h.layer.name}[{h.node_index}][{h.tensor_index}]" for h in found]


def print_summary(model, line_length=None, positions=None, print_fn=None):
    """Prints the table of `Model.summary`; `positions` are the columns' ends, as parts of the line when the last is at most 1."""
    write, line = print_fn or print, _is_line(model)
    length = line_length or (65 if line else 98)
    positions = positions or ([0.45, 0.85, 1.0] if line else [0.33, 0.55, 0.67, 1.0])
    if positions[-1] <= 1:
        positions = [int(length * p) for p in positions]
    write(f'Model: "{model.name}"')
    write("_" * length)
    _row(["Layer (type)", "Output Shape", "Param #", "Connected to"][: 3 if line else 4], positions, write)
    write("=" * length)
    for i, layer in enumerate(model.layers):
        fields = [f"{layer.name} ({type(layer).__name__})", _shape(layer), layer.count_params()]
        if line:
            _row(fields, positions, write)
        else:
            first, *rest = _connections(model, layer) or [""]
            _row([*fields, first], positions, write)
            for other in rest:
                _row(["", "", "", other], positions, write)
        write(("=" if i == len(model.layers) - 1 else "_") * length)
    trainable, fixed = _count(model.trainable_weights), _count(model.non_trainable_weights)
    write(f"Total params: {trainable + fixed:,}")
    write(f"Trainable params: {trainable:,}")
    write(f"Non-trainable params: {fixed:,}")
    write("_" * length)


def _count(variables):
    return sum(v.shape.num_elements() for v in {id(v): v for v in variables}.values())
