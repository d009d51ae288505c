"""Depthwise separable convolutions: `SeparableConv1D`, `SeparableConv2D` and their functions."""

from mainstem.dialects.layers import named
from mainstem.dialects.layers.base import InputSpec, as_function
from mainstem.dialects.layers.convolution import Conv, of_rank, op_format
from mainstem.dialects.layers.core import ZEROS
from mainstem.surface import array, blocks, conv, initializers, nn


class SeparableConv(Conv):
    """The base: each channel is convolved with its own filters, then the channels are mixed point by point."""

    _tells = True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer=None,
        pointwise_initializer=None,
        bias_initializer=ZEROS,
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        trainable=True,
        name=None,
        **kwargs,
    ):
        super().__init__(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            trainable=trainable,
            name=name,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = named.initializer(depthwise_initializer)
        self.pointwise_initializer = named.initializer(pointwise_initializer)
        self.depthwise_regularizer, self.pointwise_regularizer = depthwise_regularizer, pointwise_regularizer
        self.depthwise_constraint, self.pointwise_constraint = depthwise_constraint, pointwise_constraint

    def get_config(self):
        """See `Layer.get_config`; with the arguments of `Conv` that this layer does not use."""
        unused = {
            "kernel_initializer": named.plain(self.kernel_initializer or initializers.GlorotUniform(), "kernel_initializer")
        }
        return {**super().get_config(), **unused, "kernel_regularizer": None, "kernel_constraint": None}

    def build(self, input_shape):
        """Makes `depthwise_kernel` [spatial.., channels, multiplier], `pointwise_kernel` [1.., channels * multiplier, filters], `bias`."""
        channels = self.channels(input_shape)
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel",
            (*(1,) * self.rank, self.depth_multiplier * channels, self.filters),
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self.add_bias()
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: channels})
        self.built = True

    def call(self, inputs):
        """The layer's output."""
        if self.rank == 2:
            out = self._convolved(inputs, self.depthwise_kernel, self.pointwise_kernel, self.strides, self.dilation_rate)
            return self.finish(out)
        return self._one_dimension(inputs)

    def _convolved(self, x, depthwise, pointwise, strides, rates, padding=None):
        layout = op_format(self.data_format, 4)
        steps = [1, 1, *strides] if layout == "NCHW" else [1, *strides, 1]
        padding = (padding or self.padding).upper()
        return conv.separable_conv2d_v1(x, depthwise, pointwise, steps, padding, list(rates), data_format=layout)

    def _one_dimension(self, x):
        if self.padding == "causal":
            x = blocks.pad_v1(x, self._causal_padding())
        axis = 1 if self.data_format == "channels_last" else 2
        x = array.expand_dims_v1(x, axis)
        depthwise, pointwise = array.expand_dims_v1(self.depthwise_kernel, 0), array.expand_dims_v1(self.pointwise_kernel, 0)
        padding = "valid" if self.padding == "causal" else self.padding
        out = self._convolved(x, depthwise, pointwise, self.strides * 2, (1, *self.dilation_rate), padding)
        if self.use_bias:
            out = nn.bias_add(out, self.bias, data_format=op_format(self.data_format, 4))
        out = array.squeeze_v1(out, [axis])
        return self.activation(out) if self.activation is not None else out


_DOC = """A depthwise convolution over {dimensions}, a pointwise one, a bias, then an activation.

    Args:
        filters, kernel_size, strides, padding, data_format, dilation_rate: as of `Conv{rank}D`.
        depth_multiplier: how many depthwise outputs each channel has.
        depthwise_initializer, pointwise_initializer (and _regularizer, _constraint): of the two kernels.
        others: as of `Dense`.

    Raises ValueError for arguments that do not fit, or an unknown number of input channels.
    """


SeparableConv1D = of_rank(SeparableConv, 1, "SeparableConv1D", _DOC.format(dimensions="time", rank=1))
SeparableConv2D = of_rank(SeparableConv, 2, "SeparableConv2D", _DOC.format(dimensions="height and width", rank=2))
separable_conv1d = as_function(SeparableConv1D, "separable_conv1d")
separable_conv2d = as_function(SeparableConv2D, "separable_conv2d")
