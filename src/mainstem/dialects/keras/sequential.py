"""`Sequential`: layers one after the other, built at once when the first knows its shape, else by the first call."""

import copy

from mainstem.base import nest
from mainstem.dialects.keras import calls, known, network, topology
from mainstem.dialects.keras.input_layer import Input, InputLayer
from mainstem.dialects.keras.layer import Layer
from mainstem.dialects.keras.node import history
from mainstem.dialects.keras.training import Model
from mainstem.platform import logging


def _begins_with(layer):
    """The (batch shape, dtype) that a layer, or the first layer inside it, was told to take; None where it was not."""
    while True:
        shape = layer.__dict__.get("_batch_input_shape")
        if shape is not None:
            return shape, layer.dtype
        inner = layer.layers if hasattr(layer, "layers") and isinstance(layer.layers, list) else []
        if not inner:
            return None
        layer = inner[0]


class Sequential(Model):
    """A model of layers one after the other.

    Args:
        layers: a list of layers to add.
        name: by default `sequential`, made unique.

    When the first layer has an `input_shape`, or is an `InputLayer`, variables are made as layers are added; else by the first
    call, `build`, or `fit`.
    """

    def __init__(self, layers=None, name=None):
        super().__init__(name=name)
        self.supports_masking = self._compute_output_and_mask_jointly = True
        self._build_input_shape = None
        for layer in [layers] if isinstance(layers, Layer) else layers or ():
            self.add(layer)

    @property
    def layers(self):
        """The layers that were added, as a list."""
        own = self._stack
        return own[1:] if own and isinstance(own[0], InputLayer) else list(own)

    def add(self, layer):
        """Adds a layer at the end. Raises TypeError for anything else, and for a layer with several outputs."""
        if history(layer) is not None and isinstance(history(layer).layer, InputLayer):
            layer = history(layer).layer
        if not isinstance(layer, Layer):
            raise TypeError(f"The added layer must be an instance of class Layer. Found: {layer}")
        self.built = False
        starts = not self._stack and self._starts_with(layer)
        if starts:
            self.outputs = self._only(layer._inbound_nodes[-1].output_tensors)
            self.inputs = topology.inputs_of(self.outputs[0])
        elif self.outputs:
            self.outputs = self._only(layer(self.outputs[0]))
        if starts or self._is_graph_network:
            self._connect(self.inputs, self.outputs)
        else:
            self._stack = [*self._stack, layer]
        self._forget_training()
        for name, child in self._trackable_children().items():
            self._appeared(name, child)

    @staticmethod
    def _starts_with(layer):
        """Calls the first layer on an input of its own, when it knows its shape; gives whether the model has an input now."""
        if isinstance(layer, InputLayer):
            return True
        known = _begins_with(layer)
        if known is None:
            return False
        layer(Input(batch_shape=known[0], dtype=known[1], name=layer.name + "_input"))
        return True

    @staticmethod
    def _only(tensors):
        flat = nest.flatten(tensors)
        if len(flat) != 1:
            raise TypeError(
                "All layers in a Sequential model should have a single output tensor. For multi-output layers, use the functional API."
            )
        return flat

    def pop(self):
        """Removes the last layer. Raises TypeError when there is none."""
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        self._stack = self._stack[:-1]
        self._forget_training()
        if not self.layers:
            self.inputs, self.outputs, self._stack = [], [], []
            self.built = self._is_graph_network = False
        elif self._is_graph_network:
            self.layers[-1]._outbound_nodes = []
            self._connect(self.inputs, [self.layers[-1].output])

    def build(self, input_shape=None):
        """Makes the variables for inputs of a shape. Raises ValueError without one."""
        if not self._is_graph_network:
            if input_shape is None:
                raise ValueError("You must provide an `input_shape` argument.")
            self._build_input_shape = tuple(input_shape)
            super().build(tuple(input_shape))
        self.built = True

    def call(self, inputs, training=None, mask=None):
        """The output of the last layer."""
        if self._is_graph_network:
            return super().call(inputs, training=training, mask=mask)
        for layer in self.layers:
            names = calls.Arguments(layer.call).names
            arguments = {"mask": mask, "training": training}
            inputs = layer(inputs, **{k: v for k, v in arguments.items() if k in names})
            mask = getattr(inputs, "_keras_mask", None)
        return inputs

    def compute_output_shape(self, input_shape):
        """The shape of the output for inputs of a shape."""
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def predict_proba(self, x, batch_size=32, verbose=0):
        """`predict`, with a warning for values that are no probabilities."""
        found = self.predict(x, batch_size, verbose)
        if found.min() < 0.0 or found.max() > 1.0:
            logging.warning(
                "Network returning invalid probability values. The last layer might not normalize predictions into probabilities (like "
                "softmax or sigmoid would)."
            )
        return found

    def predict_classes(self, x, batch_size=32, verbose=0):
        """The class with the greatest value for each example; of one value, whether it is above a half."""
        found = self.predict(x, batch_size=batch_size, verbose=verbose)
        return found.argmax(axis=-1) if found.shape[-1] > 1 else (found > 0.5).astype("int32")

    def get_config(self):
        """The layers' arguments as plain values."""
        layers = [{"class_name": type(v).__name__, "config": v.get_config()} for v in self.layers]
        first = self._stack[0] if self._stack else None
        if self._is_graph_network and layers and isinstance(first, InputLayer):
            layers[0]["config"].setdefault("batch_input_shape", first._batch_input_shape)
        found = {"name": self.name, "layers": copy.deepcopy(layers)}
        return {**found, "build_input_shape": self._build_input_shape} if self._build_input_shape else found

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model of what `get_config` gave, or of a list of layers' configs."""
        found = config if isinstance(config, dict) else {"layers": config}
        model = cls(name=found.get("name"))
        for layer in found["layers"]:
            model.add(known.deserialize(layer, custom_objects))
        if not model.inputs and found.get("build_input_shape"):
            model.build(found["build_input_shape"])
        return model


network.BUILDS.append(Sequential.build)
known.add(Model, Sequential, InputLayer)
