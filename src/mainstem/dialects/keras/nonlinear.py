"""Activations with arguments or variables as layers: `LeakyReLU`, `PReLU`, `ELU`, `ThresholdedReLU`, `Softmax`, `ReLU`."""

import numpy as np

from mainstem.base import shapes
from mainstem.dialects.keras import activations, built, known
from mainstem.dialects.keras.layer import InputSpec, Layer
from mainstem.ops import math as math_ops
from mainstem.surface import math, nn


class _Same(Layer):
    """The base: the output has the input's shape and mask."""

    _tells = True

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return shapes.TensorShape(input_shape)


class LeakyReLU(_Same):
    """`x` where it is positive, else `alpha * x`."""

    _tells = True

    def __init__(self, alpha=0.3, **kwargs):
        super().__init__(**kwargs)
        self.alpha = np.asarray(alpha, np.float32)

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "alpha": float(self.alpha)}

    def call(self, inputs):
        """The activation."""
        return activations.relu(inputs, alpha=self.alpha)


class PReLU(_Same):
    """`x` where it is positive, else `alpha * x` with a variable `alpha` of the input's sizes, 1 along `shared_axes`."""

    _tells = True

    @built.arguments_of
    def __init__(self, alpha_initializer="zeros", alpha_regularizer=None, alpha_constraint=None, shared_axes=None, **kwargs):
        super().__init__(**kwargs)
        self.alpha_initializer, self.alpha_regularizer = alpha_initializer, alpha_regularizer
        self.alpha_constraint = alpha_constraint
        self.shared_axes = None if shared_axes is None else list(np.atleast_1d(shared_axes).tolist())

    def build(self, input_shape):
        """Makes `alpha`."""
        known = shapes.as_tuple(input_shape)
        sizes = list(known[1:])
        for axis in self.shared_axes or ():
            sizes[axis - 1] = 1
        self.alpha = self.add_weight(
            "alpha",
            sizes,
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        fixed = {i: known[i] for i in range(1, len(known)) if i not in (self.shared_axes or ())}
        self.input_spec, self.built = InputSpec(ndim=len(known), axes=fixed), True

    def call(self, inputs):
        """The activation."""
        return nn.relu(inputs) - self.alpha * nn.relu(-inputs)


class ELU(_Same):
    """`x` where it is positive, else `alpha * (exp(x) - 1)`."""

    _tells = True

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = np.asarray(alpha, np.float32)

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "alpha": float(self.alpha)}

    def call(self, inputs):
        """The activation."""
        return activations.elu(inputs, self.alpha)


class ThresholdedReLU(_Same):
    """`x` where it is over `theta`, else 0."""

    _tells = True

    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        self.theta = np.asarray(theta, np.float32)

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "theta": float(self.theta)}

    def call(self, inputs):
        """The activation."""
        return inputs * math.cast(math_ops.greater(inputs, self.theta), inputs.dtype)


class Softmax(_Same):
    """The softmax along `axis`."""

    _tells = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs):
        """The activation."""
        return activations.softmax(inputs, axis=self.axis)


class ReLU(_Same):
    """`x` from `threshold` to `max_value`; below the threshold `negative_slope * (x - threshold)`.

    Raises ValueError for a negative `max_value` or `negative_slope`.
    """

    _tells = True

    def __init__(self, max_value=None, negative_slope=0, threshold=0, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = False  # unlike that of its kin
        if max_value is not None and max_value < 0:
            raise ValueError(f"max_value of Relu layer cannot be negative value: {max_value}")
        if negative_slope < 0:
            raise ValueError(f"negative_slope of Relu layer cannot be negative value: {negative_slope}")
        self.max_value = None if max_value is None else np.asarray(max_value, np.float32)
        self.negative_slope, self.threshold = np.asarray(negative_slope, np.float32), np.asarray(threshold, np.float32)

    def get_config(self):
        """See `Layer.get_config`."""
        told = {"negative_slope": float(self.negative_slope), "threshold": float(self.threshold)}
        return {**super().get_config(), "max_value": None if self.max_value is None else float(self.max_value), **told}

    def call(self, inputs):
        """The activation."""
        return activations.relu(inputs, alpha=self.negative_slope, max_value=self.max_value, threshold=self.threshold)


known.add(LeakyReLU, PReLU, ELU, ThresholdedReLU, Softmax, ReLU)
