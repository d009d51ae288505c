"""Layers around layers: `Wrapper`, `TimeDistributed`, `Bidirectional`."""

import copy

from mainstem.base import nest, shapes
from mainstem.dialects.keras import known
from mainstem.dialects.keras.layer import InputSpec, Layer
from mainstem.dialects.keras.node import history
from mainstem.dialects.keras.recurrent import listed, standardized
from mainstem.ops import array as array_ops
from mainstem.surface import array


class Wrapper(Layer):
    """The base: a layer around another one, `layer`."""

    _tells = False

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape=None):
        """Builds the layer inside."""
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
        self.built = True

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "layer": known.serialize(self.layer)}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The layers of `get_config`'s dict."""
        config = dict(config)
        return cls(known.deserialize(config.pop("layer"), custom_objects), **config)


def _after_batch(shape):
    return list(shapes.as_tuple(shape)[2:])


class TimeDistributed(Wrapper):
    """Calls a layer on every step of [batch, time, …]. Raises ValueError for what is no layer."""

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(f"Please initialize `TimeDistributed` layer with a `Layer` instance. You passed: {layer}")
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape=None):
        """Builds the layer for one step."""
        whole = shapes.as_tuple(input_shape)
        if len(whole) < 3:
            raise ValueError(
                f"`TimeDistributed` Layer should be passed an `input_shape ` with at least 3 dimensions, received: {whole}"
            )
        self.input_spec = InputSpec(shape=(None, None, *whole[2:]))
        super().build(shapes.TensorShape([whole[0], *whole[2:]]))

    def compute_output_shape(self, input_shape):
        """[batch, time, …] for the layer's output [batch, …]."""
        whole = shapes.as_tuple(input_shape)
        inner = shapes.as_tuple(self.layer.compute_output_shape(shapes.TensorShape([whole[0], *whole[2:]])))
        return shapes.TensorShape([inner[0], whole[1], *inner[1:]])

    def call(self, inputs, training=None, mask=None):
        """The layer's outputs side by side."""
        taken = self.layer._arguments_of_call
        given = {"training": training} if taken.expects("training") else {}
        whole = shapes.as_tuple(inputs.shape)
        time = whole[1] if whole[1] is not None else array.shape(inputs)[1]
        if taken.expects("mask") and mask is not None:
            given["mask"] = array.reshape(mask, [-1, *_after_batch(mask.shape)])
        made = self.layer(array.reshape(inputs, [-1, *self._sizes(inputs)]), **given)
        batch = -1 if whole[0] is None else whole[0]
        return array.reshape(made, [batch, time, *_inner(made)])

    def _sizes(self, x):
        return [n if n is not None else array.shape(x)[i + 2] for i, n in enumerate(_after_batch(x.shape))]

    def compute_mask(self, inputs, mask=None):
        """The mask that the layer gives for every step, side by side; else that of the inputs."""
        own = getattr(self.layer, "compute_mask", None)
        if own is None or not self.layer._computes_mask:
            return None if mask is None else mask
        flat = array.reshape(inputs, [-1, *self._sizes(inputs)])
        inner = None if mask is None or mask.shape.ndims <= 2 else array.reshape(mask, [-1, *_after_batch(mask.shape)])
        made = self.layer.compute_mask(flat, inner)
        if made is None or made.shape.ndims < 2:
            return mask if made is None else array.reshape(made, [-1, array.shape(inputs)[1]])
        return array.reshape(made, [-1, array.shape(inputs)[1], *_inner(made)])


def _inner(x):
    return [n if n is not None else array.shape(x)[i + 1] for i, n in enumerate(shapes.as_tuple(x.shape)[1:])]


class Bidirectional(Wrapper):
    """A recurrent layer forwards and its copy backwards.

    Args:
        layer: a recurrent layer: `RNN` or one with `go_backwards`, `return_sequences` and the like.
        merge_mode: "concat", "sum", "ave" or "mul" of both outputs; None gives a list of them.
        weights: values of the variables to begin with.
        backward_layer: the layer for the other direction instead of a copy.

    Raises ValueError for other modes and for what is no layer, or layers that do not go together.
    """

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(f"Please initialize `Bidirectional` layer with a `Layer` instance. You passed: {layer}")
        if backward_layer is not None and not isinstance(backward_layer, Layer):
            raise ValueError(f"`backward_layer` need to be a `Layer` instance. You passed: {backward_layer}")
        if merge_mode not in ("sum", "mul", "ave", "concat", None):
            raise ValueError('Invalid merge mode. Merge mode should be one of {"sum", "mul", "ave", "concat", None}')
        self._own_backward, self._begun = backward_layer is not None, False
        super().__init__(layer, **kwargs)
        self.forward_layer = _again(layer)
        self.backward_layer = _again(layer, go_backwards=True) if backward_layer is None else backward_layer
        if not self._own_backward:
            self.forward_layer._name = "forward_" + self.forward_layer.name
            self.backward_layer._name = "backward_" + self.backward_layer.name
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(one, "zero_output_for_mask"):
                one.zero_output_for_mask = one.return_sequences
        self._check_layers()
        self.merge_mode, self.stateful, self.supports_masking = merge_mode, layer.stateful, True
        self.return_sequences, self.return_state = layer.return_sequences, layer.return_state
        self._num_constants, self.input_spec, self._begun = None, layer.input_spec, True
        if weights:
            half = len(weights) // 2
            self.forward_layer._initial_weights, self.backward_layer._initial_weights = weights[:half], weights[half:]

    def _check_layers(self):
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError("Forward layer and backward layer should have different `go_backwards` value.")
        for name in ("stateful", "return_sequences", "return_state"):
            mine, other = getattr(forward, name), getattr(backward, name)
            if mine != other:
                raise ValueError(
                    f"Forward layer and backward layer are expected to have the same value for attribute {name}, got {mine} and {other}"
                )

    def _layers(self):
        return [self.forward_layer, self.backward_layer] if self.__dict__.get("_begun") else []

    def build(self, input_shape=None):
        """Builds both layers."""
        self.built = True  # each is built by its call, in its own name scope

    def compute_output_shape(self, input_shape):
        """The shape of the output, in a list with those of the states where they are given."""
        made = self.forward_layer.compute_output_shape(input_shape)
        made, states = (made[0], made[1:]) if self.return_state else (made, [])
        if self.merge_mode == "concat":
            known_shape = shapes.as_tuple(made)
            made = shapes.TensorShape([*known_shape[:-1], known_shape[-1] * 2])
        outputs = [made, made] if self.merge_mode is None else [made]
        whole = [*outputs, *states, *copy.copy(states)]
        return whole if len(whole) > 1 else made

    def __call__(self, inputs, initial_state=None, constants=None, **kwargs):
        """Runs over `inputs`; the first half of the initial states is the forward layer's."""
        inputs, initial_state, constants = standardized(inputs, initial_state, constants, self._num_constants)
        if isinstance(inputs, list):
            inputs = inputs[0]
        if initial_state is None and constants is None:
            return super().__call__(inputs, **kwargs)
        if initial_state is not None and len(initial_state) % 2:
            raise ValueError(
                "When passing `initial_state` to a Bidirectional RNN, the state should be a list containing the states of the "
                f"underlying RNNs. Found: {initial_state}"
            )
        if constants is not None:
            raise NotImplementedError("Bidirectional: constants are not implemented. Give them to each direction's layer.")
        if all(history(x) is not None for x in nest.flatten(initial_state)):
            own, self.input_spec = self.input_spec, None
            try:
                return super().__call__([inputs, *initial_state], **kwargs)
            finally:
                self.input_spec = own
        return super().__call__(inputs, initial_state=initial_state, **kwargs)

    def call(self, inputs, training=None, mask=None, initial_state=None):
        """The merged output of both, in a list with the states where they are given."""
        if isinstance(inputs, list):
            inputs, initial_state = inputs[0], inputs[1:] or initial_state
            mask = nest.flatten(mask)[0] if mask is not None else None
        halves = [None, None]
        if initial_state is not None:
            half = len(initial_state) // 2
            halves = [list(initial_state[:half]), list(initial_state[half:])]
        made = []
        for layer, states in zip((self.forward_layer, self.backward_layer), halves):
            given = {"training": training} if layer._arguments_of_call.expects("training") else {}
            if mask is not None and layer._arguments_of_call.expects("mask"):
                given["mask"] = mask
            if states is not None:
                given["initial_state"] = states
            made.append(layer(inputs, **given))
        states = [s for m in made for s in m[1:]] if self.return_state else []
        forward, backward = (m[0] if self.return_state else m for m in made)
        if self.return_sequences:
            backward = array_ops.reverse_v2(backward, [0 if getattr(self.forward_layer, "time_major", False) else 1])
        output = self._merged(forward, backward)
        if self.return_state:
            return [*listed(output), *states]
        return output

    def _merged(self, forward, backward):
        if self.merge_mode == "concat":
            return array.concat([forward, backward], -1)
        if self.merge_mode == "sum":
            return forward + backward
        if self.merge_mode == "ave":
            return (forward + backward) / 2
        return forward * backward if self.merge_mode == "mul" else [forward, backward]

    def reset_states(self):
        """Resets the states of both layers."""
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    def compute_mask(self, inputs, mask=None):
        """The mask of the output: that of the inputs for sequences."""
        mask = nest.flatten(mask)[0] if mask is not None else None
        output = mask if self.return_sequences else None
        outputs = [output, output] if self.merge_mode is None else [output]
        if self.return_state:
            return [*outputs, *([None] * (2 * len(self.forward_layer.states)))]
        return outputs if self.merge_mode is None else output

    @property
    def constraints(self):
        """A dict of the constraints of both layers' variables."""
        found = {}
        for layer in (self.forward_layer, self.backward_layer):
            found.update(getattr(layer, "constraints", {}))
        return found

    def get_config(self):
        """See `Layer.get_config`."""
        told = {"merge_mode": self.merge_mode}
        if self._num_constants is not None:
            told["num_constants"] = self._num_constants
        if self._own_backward:
            told["backward_layer"] = known.serialize(self.backward_layer)
        return {**super().get_config(), **told}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The layers of `get_config`'s dict."""
        config = dict(config)
        config.pop("num_constants", None)
        if config.get("backward_layer") is not None:
            config["backward_layer"] = known.deserialize(config["backward_layer"], custom_objects)
        return super().from_config(config, custom_objects)


def _again(layer, **changed):
    """A layer with the same arguments."""
    config = layer.get_config()
    if changed:
        config["go_backwards"] = not config["go_backwards"]
    return type(layer).from_config(config)


known.add(Wrapper, TimeDistributed, Bidirectional)
