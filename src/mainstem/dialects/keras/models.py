"""`clone_model`: a model with the same architecture and new variables."""

from mainstem.base import nest
from mainstem.dialects.keras import topology
from mainstem.dialects.keras.input_layer import Input, InputLayer
from mainstem.dialects.keras.node import history
from mainstem.dialects.keras.sequential import Sequential
from mainstem.dialects.keras.training import Model


def _clone_layer(layer):
    return type(layer).from_config(layer.get_config())


def clone_model(model, input_tensors=None, clone_function=None):
    """A new model like `model`, with layers and variables of its own.

    Args:
        model: a functional model or a `Sequential`.
        input_tensors: tensors to build it on, in place of new inputs.
        clone_function: makes a layer's clone; by default of its config.

    Raises ValueError for a subclassed model and for a `clone_function` that is none.
    """
    clone = _clone_layer if clone_function is None else clone_function
    if not callable(clone):
        raise ValueError("Expected `clone_function` argument to be a callable.")
    if isinstance(model, Sequential):
        return _clone_sequential(model, input_tensors, clone)
    if not isinstance(model, Model) or not model._is_graph_network:
        raise ValueError("Expected `model` argument to be a functional `Model` instance, but got a subclass model instead.")
    return _clone_functional(model, input_tensors, clone)


def _clone_sequential(model, input_tensors, clone):
    layers = [clone(layer) for layer in model.layers]
    if input_tensors is not None:
        (tensor,) = nest.flatten(input_tensors)
        source = history(tensor).layer if history(tensor) is not None else None
        first = source if isinstance(source, InputLayer) else Input(tensor=tensor)._keras_history.layer
        layers = [first, *layers]
    elif model._stack and isinstance(model._stack[0], InputLayer):
        layers = [_clone_layer(model._stack[0]), *layers]
    return Sequential(layers, name=model.name)


def _clone_functional(model, input_tensors, clone):
    if input_tensors is None:
        fresh = [Input(**layer.get_config()) for layer in model._input_layers]
    else:
        fresh = [t if history(t) is not None else Input(tensor=t) for t in nest.flatten(input_tensors)]
    values = {id(t): new for t, new in zip(model.inputs, fresh, strict=True)}
    made = {id(layer): None for layer in model._input_layers}
    for node in model._topology.all_nodes:
        layer = node.outbound_layer
        if not topology.sources(node) or any(id(t) not in values for t in node.flat_inputs):
            continue
        if id(layer) not in made:
            made[id(layer)] = clone(layer)
        given = nest.map_structure(lambda t: values[id(t)], node.input_tensors)
        outputs = made[id(layer)](given, **node.arguments)
        values.update((id(a), b) for a, b in zip(nest.flatten(node.output_tensors), nest.flatten(outputs), strict=True))
    inputs = nest.pack_sequence_as(model._nested_inputs, fresh)
    return Model(inputs, nest.pack_sequence_as(model._nested_outputs, [values[id(t)] for t in model.outputs]), name=model.name)
