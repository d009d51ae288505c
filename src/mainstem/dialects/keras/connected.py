"""What a layer of Keras tells of its place in networks, and of its arguments."""

import inspect

from mainstem.base import nest, shapes
from mainstem.dialects.keras.node import static_shapes


def _one(value):
    """A list of one as the one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


class Connected:
    """The part of `Layer` that answers for its nodes: `input`, `output` and their shapes; and for its arguments."""

    @property
    def inbound_nodes(self):
        """The calls of this layer, as nodes."""
        return self._inbound_nodes

    @property
    def outbound_nodes(self):
        """The calls of other layers on what this one gave."""
        return self._outbound_nodes

    def _node(self, index, what):
        if not self._inbound_nodes:
            raise RuntimeError(f"The layer has never been called and thus has no defined {what}.")
        if index >= len(self._inbound_nodes):
            raise ValueError(
                f"Asked to get {what} at node {index}, but the layer has only {len(self._inbound_nodes)} inbound nodes."
            )
        return self._inbound_nodes[index]

    def get_input_at(self, node_index):
        """The input of a call. Raises RuntimeError when there was none, ValueError when there were fewer calls."""
        return _one(self._node(node_index, "input").input_tensors)

    def get_output_at(self, node_index):
        """The output of a call; raises as `get_input_at`."""
        return _one(self._node(node_index, "output").output_tensors)

    def get_input_shape_at(self, node_index):
        """The shape of a call's input, a tuple; raises as `get_input_at`."""
        return _one(self._node(node_index, "input shape").input_shapes)

    def get_output_shape_at(self, node_index):
        """The shape of a call's output, a tuple; raises as `get_input_at`."""
        return _one(self._node(node_index, "output shape").output_shapes)

    def get_input_mask_at(self, node_index):
        """The mask of a call's input; raises as `get_input_at`."""
        return _masks(self.get_input_at(node_index))

    def get_output_mask_at(self, node_index):
        """The mask of a call's output; raises as `get_input_at`."""
        return _masks(self.get_output_at(node_index))

    @property
    def input(self):
        """The input of the only call. Raises AttributeError when the layer was not called on tensors of Keras, or several times."""
        if len(self._inbound_nodes) > 1:
            raise AttributeError(
                f'Layer {self.name} has multiple inbound nodes, hence the notion of "layer input" is ill-defined. '
                "Use `get_input_at(node_index)` instead."
            )
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} is not connected, no input to return.")
        return self.get_input_at(0)

    @property
    def output(self):
        """The output of the only call; raises as `input`."""
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} has no inbound nodes.")
        if len(self._inbound_nodes) > 1:
            raise AttributeError(
                f'Layer {self.name} has multiple inbound nodes, hence the notion of "layer output" is ill-defined. '
                "Use `get_output_at(node_index)` instead."
            )
        return self.get_output_at(0)

    def _same_everywhere(self, what):
        if not self._inbound_nodes:
            raise AttributeError(f"The layer has never been called and thus has no defined {what} shape.")
        found = [getattr(n, f"{what}_shapes") for n in self._inbound_nodes]
        if any(f != found[0] for f in found):
            raise AttributeError(
                f'The layer "{self.name}" has multiple inbound nodes, with different {what} shapes. Hence the notion of '
                f'"{what} shape" is ill-defined for the layer. Use `get_{what}_shape_at(node_index)` instead.'
            )
        return found[0]

    @property
    def input_shape(self):
        """The shape of the inputs, where all calls agree. Raises AttributeError where they do not, or without a call."""
        return self._same_everywhere("input")

    @property
    def output_shape(self):
        """The shape of the outputs; raises as `input_shape`."""
        return self._same_everywhere("output")

    @property
    def input_mask(self):
        """The mask of the only call's input; raises as `input`."""
        return _masks(self.input)

    @property
    def output_mask(self):
        """The mask of the only call's output; raises as `input`."""
        return _masks(self.output)

    # ---- its arguments

    def get_config(self):
        """The constructor's arguments as plain values, of which `from_config` makes such a layer.

        Raises NotImplementedError for a class with arguments of its own that does not say how.
        """
        found = super().get_config() if self._told_by_table else {"name": self.name, "trainable": self.trainable}
        if not self._told_by_table:
            self._refuse_own_arguments()
        if "_batch_input_shape" in self.__dict__:
            found["batch_input_shape"] = self._batch_input_shape
        found["dtype"] = self.dtype
        if self._dynamic:
            found["dynamic"] = True
        return found

    @property
    def _told_by_table(self):
        return next(c for c in type(self).__mro__ if "_tells" in vars(c))._tells

    def _refuse_own_arguments(self):
        known = ("self", "name", "trainable", "dtype", "dynamic", "batch_input_shape", "kwargs", "args")
        own = [n for n in inspect.signature(type(self).__init__).parameters if n not in known]
        if own and type(self).get_config is Connected.get_config:
            raise NotImplementedError("Layers with arguments in `__init__` must override `get_config`.")

    def compute_output_shape(self, input_shape):
        """The shape of the output for inputs of a shape. Raises NotImplementedError where a layer does not say."""
        raise NotImplementedError(f"{type(self).__name__}.compute_output_shape")


def _masks(tensors):
    if nest.is_nested(tensors):
        return [getattr(t, "_keras_mask", None) for t in nest.flatten(tensors)]
    return getattr(tensors, "_keras_mask", None)


def shape_of(tensors):
    """The static shapes of tensors; see `static_shapes`."""
    return static_shapes(tensors)


def as_shapes(value):
    """A shape, or nested ones, as tuples: a tuple, list or TensorShape of sizes is one shape."""
    if isinstance(value, dict):
        return {k: as_shapes(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)) and value and not all(v is None or isinstance(v, int) for v in value):
        return [as_shapes(v) for v in value]
    return shapes.as_tuple(value)
