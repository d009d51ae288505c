"""Convolutions, `tf.layers`'s and `DepthwiseConv2D`."""

from mainstem.base import shapes
from mainstem.dialects.keras import built, known
from mainstem.dialects.keras.layer import InputSpec, Layer
from mainstem.dialects.layers import convolution, separable, transposed
from mainstem.dialects.layers.convolution import op_format, output_size
from mainstem.surface import conv


def _on(base, **defaults):
    return built.on(base, __name__, **{**built.FUNCTIONS, "data_format": None, **defaults})


Conv1D = _on(convolution.Conv1D, data_format="channels_last")
Conv2D, Conv3D = _on(convolution.Conv2D), _on(convolution.Conv3D)
SeparableConv1D, SeparableConv2D = _on(separable.SeparableConv1D), _on(separable.SeparableConv2D)


class Conv2DTranspose(transposed.Conv2DTranspose, Layer):
    """The transposed convolution over height and width; arguments as of `Conv2D`.

    `output_padding` says how much longer the output is than the shortest that a convolution would shrink to the input.
    """

    _tells = True

    @built.arguments_of
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=(1, 1),
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(**built.given(locals()), **kwargs)


class Conv3DTranspose(transposed.Conv3DTranspose, Layer):
    """The transposed convolution over three dimensions; arguments as of `Conv2DTranspose`."""

    _tells = True

    @built.arguments_of
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1, 1),
        padding="valid",
        output_padding=None,
        data_format=None,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(**built.given(locals()), **kwargs)


class DepthwiseConv2D(convolution.Conv2D, Layer):
    """Convolves each channel with `depth_multiplier` filters of its own, then adds a bias and applies the activation.

    Arguments as of `Conv2D`; those of the filters are called `depthwise_…`.
    """

    _tells = True

    @built.arguments_of
    def __init__(
        self,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        own = ("depth_multiplier", "depthwise_initializer", "depthwise_regularizer", "depthwise_constraint")
        super().__init__(filters=None, **built.given(locals(), "own", *own), **kwargs)
        self.depth_multiplier, self.depthwise_initializer = depth_multiplier, depthwise_initializer
        self.depthwise_regularizer, self.depthwise_constraint = depthwise_regularizer, depthwise_constraint

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "dilation_rate": self.dilation_rate}

    def build(self, input_shape):
        """Makes `depthwise_kernel` [h, w, channels, multiplier] and `bias` [channels * multiplier]."""
        known = shapes.as_tuple(input_shape)
        if len(known) < 4:
            raise ValueError(f"Inputs to `DepthwiseConv2D` should have rank 4. Received input shape: {known}")
        channels = known[self.channel_axis]
        if channels is None:
            raise ValueError("The channel dimension of the inputs to `DepthwiseConv2D` should be defined. Found `None`.")
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.filters = channels * self.depth_multiplier
        self.add_bias()
        self.input_spec, self.built = InputSpec(ndim=4, axes={self.channel_axis: channels}), True

    def convolve(self, inputs, padding):
        """The bare convolution."""
        layout = op_format(self.data_format, 4)
        strides = [1, 1, *self.strides] if layout == "NCHW" else [1, *self.strides, 1]
        rates = list(self.dilation_rate)
        return conv.depthwise_conv2d_v1(inputs, self.depthwise_kernel, strides, padding, rates, data_format=layout)

    def compute_output_shape(self, input_shape):
        """The output's static shape."""
        known = shapes.as_tuple(input_shape)
        first = self.data_format == "channels_first"
        filters = known[self.channel_axis] * self.depth_multiplier
        given = zip(known[2:] if first else known[1:-1], self.kernel_size, self.strides, self.dilation_rate)
        space = [output_size(n, k, self.padding, s, d) for n, k, s, d in given]
        return shapes.TensorShape([known[0], filters, *space] if first else [known[0], *space, filters])


known.add(Conv1D, Conv2D, Conv3D, SeparableConv1D, SeparableConv2D, Conv2DTranspose, Conv3DTranspose, DepthwiseConv2D)
