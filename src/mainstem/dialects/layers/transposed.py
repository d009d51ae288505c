"""Transposed convolutions: `Conv2DTranspose`, `Conv3DTranspose` and their functions."""

from mainstem.base import shapes
from mainstem.dialects.layers.base import InputSpec, as_function
from mainstem.dialects.layers.convolution import Conv, of_rank, op_format, sizes
from mainstem.dialects.layers.core import ZEROS
from mainstem.surface import array, conv


def output_length(size, kernel, padding, stride, more=None):
    """How long a transposed convolution's output is along one dimension; `more` is the output padding, None for the least."""
    return None if size is None else _length(size, kernel, padding, stride, more)


def _length(size, kernel, padding, stride, more):
    if more is not None:
        return (size - 1) * stride + kernel - (2 * (kernel // 2) if padding == "same" else 0) + more
    size = size * stride
    return size + max(kernel - stride, 0) if padding == "valid" else size


class ConvTranspose(Conv):
    """The base: the gradient of a convolution as a layer; its kernel is [spatial.., filters, channels]."""

    _tells = True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
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
        arguments = {k: v for k, v in locals().items() if k not in ("self", "kwargs", "__class__")}
        rates, more = kwargs.pop("dilation_rate", None), kwargs.pop("output_padding", None)  # only Keras's layer has them
        if rates is not None and sizes(rates, self.rank, "dilation_rate") != (1,) * self.rank:
            raise NotImplementedError(f"{type(self).__name__}: dilation_rate={rates} is not implemented.")
        super().__init__(**arguments, **kwargs)
        self.output_padding = None if more is None else sizes(more, self.rank, "output_padding")
        if more is not None and any(s <= n for s, n in zip(self.strides, self.output_padding, strict=True)):
            raise ValueError(f"Stride {self.strides} must be greater than output padding {self.output_padding}")

    def get_config(self):
        """See `Layer.get_config`; with what Keras's layer has besides."""
        more = {"output_padding": self.output_padding}
        return {**super().get_config(), **({"dilation_rate": self.dilation_rate, **more} if self.rank == 2 else more)}

    def build(self, input_shape):
        """Makes `kernel` and `bias`. Raises ValueError for an input of another rank."""
        known = shapes.as_tuple(input_shape)
        if len(known) != self.rank + 2:
            raise ValueError(f"Inputs should have rank {self.rank + 2}. Received input shape: {input_shape}")
        channels = self.channels(input_shape)
        self.kernel = self.add_weight(
            "kernel",
            (*self.kernel_size, self.filters, channels),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.add_bias()
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: channels})
        self.built = True

    def call(self, inputs):
        """The layer's output."""
        first = self.data_format == "channels_first"
        shape = array.shape(inputs)
        axes = range(2, self.rank + 2) if first else range(1, self.rank + 1)
        batch, space = shape[0], [shape[a] for a in axes]
        space = self._lengths(space)
        sizes = array.stack([batch, self.filters, *space] if first else [batch, *space, self.filters])
        if self.rank == 2:
            sizes[0]  # a node of TensorFlow's layer, which counts for the seeds of later ops
        layout = op_format(self.data_format, self.rank + 2)
        strides = [1, 1, *self.strides] if first else [1, *self.strides, 1]
        function = conv.conv2d_transpose_v1 if self.rank == 2 else conv.conv3d_transpose_v1
        out = function(inputs, self.kernel, sizes, strides, self.padding.upper(), layout)
        if not out._is_eager:
            out.set_shape(self.compute_output_shape(inputs.shape))
        return self.finish(out)

    def _lengths(self, space):
        more = self.output_padding or (None,) * self.rank
        settings = zip(space, self.kernel_size, self.strides, more, strict=True)
        return [output_length(n, k, self.padding, s, p) for n, k, s, p in settings]

    def compute_output_shape(self, input_shape):
        """The output's static shape."""
        known = shapes.as_tuple(input_shape)
        first = self.data_format == "channels_first"
        space = known[2:] if first else known[1:-1]
        space = self._lengths(space)
        return shapes.TensorShape([known[0], self.filters, *space] if first else [known[0], *space, self.filters])


_DOC = """The transposed convolution over {dimensions} (the shape change of a convolution reversed), a bias, an activation.

    Arguments as of `Conv{rank}D`, without `dilation_rate`. Raises ValueError for what does not fit.
    """


Conv2DTranspose = of_rank(ConvTranspose, 2, "Conv2DTranspose", _DOC.format(dimensions="height and width", rank=2))
Conv3DTranspose = of_rank(ConvTranspose, 3, "Conv3DTranspose", _DOC.format(dimensions="three dimensions", rank=3))
conv2d_transpose = as_function(Conv2DTranspose, "conv2d_transpose")
conv3d_transpose = as_function(Conv3DTranspose, "conv3d_transpose")
