"""`Dense`, `Dropout`, `Flatten` and their functions."""

import math as _math

from mainstem.base import dtypes, shapes
from mainstem.dialects.layers import named
from mainstem.dialects.layers.base import InputSpec, Layer, as_function
from mainstem.dialects.layers.branch import smart_cond
from mainstem.ops import flow
from mainstem.surface import array, linalg, nn
from mainstem.surface.initializers import Zeros

ZEROS = Zeros()


class Dense(Layer):
    """`activation(inputs · kernel + bias)` over the last axis.

    Args:
        units: size of the output's last axis.
        activation: a function of tensors, or None.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: None means the variable scope's, else glorot uniform.
        kernel_regularizer, bias_regularizer: `regularizer(variable)` gives a loss.
        activity_regularizer: the same, of the output.
        kernel_constraint, bias_constraint: `constraint(variable)` gives its value after an optimizer's step.
        trainable, name: as of `Layer`.

    Calling it on [..., n] gives [..., units]. Raises ValueError when the last dimension is unknown, TypeError for a dtype that
    is not floating.
    """

    _tells = True

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer=None,
        bias_initializer=ZEROS,
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        trainable=True,
        name=None,
        **kwargs,
    ):
        super().__init__(trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs)
        self.units, self.activation, self.use_bias = int(units), named.activation(activation), use_bias
        self.kernel_initializer, self.bias_initializer = (
            named.initializer(kernel_initializer),
            named.initializer(bias_initializer),
        )
        self.kernel_regularizer, self.bias_regularizer = kernel_regularizer, bias_regularizer
        self.kernel_constraint, self.bias_constraint = kernel_constraint, bias_constraint
        self.supports_masking, self.input_spec = True, InputSpec(min_ndim=2)

    def build(self, input_shape):
        """Makes `kernel` [n, units] and `bias` [units]."""
        dtype = dtypes.as_dtype(self.dtype or dtypes.float32)
        if not (dtype.is_floating or dtype.is_complex):
            raise TypeError(f"Unable to build `Dense` layer with non-floating point dtype {dtype!r}")
        size = shapes.as_tuple(input_shape)[-1]
        if size is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self.kernel = self.add_weight(
            "kernel",
            [size, self.units],
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                [self.units],
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def call(self, inputs):
        """The layer's output."""
        if inputs.shape.ndims is not None and inputs.shape.ndims > 2:
            known = shapes.as_tuple(inputs.shape)
            out = linalg.tensordot(inputs, self.kernel, [[len(known) - 1], [0]])
            out.set_shape([*known[:-1], self.units])
        else:
            out = linalg.matmul_v1(inputs, self.kernel)
        if self.use_bias:
            out = nn.bias_add(out, self.bias)
        return self.activation(out) if self.activation is not None else out

    def compute_output_shape(self, input_shape):
        """[..., units] for [..., n]. Raises ValueError for an unknown last dimension."""
        known = shapes.as_tuple(input_shape)
        if known is None or len(known) < 2 or known[-1] is None:
            raise ValueError(f"The innermost dimension of input_shape must be defined, but saw: {input_shape}")
        return shapes.TensorShape([*known[:-1], self.units])


dense = as_function(Dense, "dense")


class Dropout(Layer):
    """Sets entries to 0 with probability `rate` and scales the others, when called with `training=True`.

    Args:
        rate: the probability to drop.
        noise_shape: shape of the random decisions, broadcast to the input.
        seed: of the random decisions.
    """

    _tells = True

    def __init__(self, rate=0.5, noise_shape=None, seed=None, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.rate, self.noise_shape, self.seed, self.supports_masking = rate, noise_shape, seed, True

    def call(self, inputs, training=False):
        """The inputs, dropped when `training` (a bool or a bool tensor) holds."""
        return smart_cond(
            training,
            lambda: nn.dropout(inputs, self.rate, noise_shape=self.noise_shape, seed=self.seed),
            lambda: flow.identity(inputs),
        )

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return input_shape


def dropout(inputs, rate=0.5, noise_shape=None, seed=None, training=False, name=None):
    """`Dropout` as a function."""
    return Dropout(rate, noise_shape=noise_shape, seed=seed, name=name)(inputs, training=training)


class Flatten(Layer):
    """[batch, ...] as [batch, n]; with `data_format="channels_first"` the channels are moved to the end first."""

    _tells = True

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        data_format = "channels_last" if data_format is None else data_format
        if data_format not in ("channels_first", "channels_last"):
            raise ValueError(f'The `data_format` argument must be one of "channels_first", "channels_last". Got {data_format}')
        self.data_format, self.input_spec = data_format, InputSpec(min_ndim=1)

    def call(self, inputs):
        """The flat tensor; its second dimension is known where those of the input are."""
        rank = inputs.shape.ndims
        if self.data_format == "channels_first" and rank is not None and rank > 1:
            inputs = array.transpose_v1(inputs, [0, *range(2, rank), 1])
        known = shapes.as_tuple(inputs.shape)
        batch = known[0] if known[0] is not None else array.shape(inputs)[0]
        out = array.reshape(inputs, (batch, -1))
        if not out._is_eager:
            out.set_shape(self.compute_output_shape(inputs.shape))
        return out

    def compute_output_shape(self, input_shape):
        """[batch, n] for [batch, ...], None where a dimension is unknown."""
        known = shapes.as_tuple(input_shape)
        rest = known[1:]
        return shapes.TensorShape([known[0], None if None in rest else _math.prod(rest)])


def flatten(inputs, name=None, data_format="channels_last"):
    """`Flatten` as a function."""
    return Flatten(name=name, data_format=data_format)(inputs)
