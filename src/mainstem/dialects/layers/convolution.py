"""Convolution layers: `Conv1D`, `Conv2D`, `Conv3D` and their functions."""

import inspect
import types

from mainstem.base import shapes
from mainstem.dialects.layers import named
from mainstem.dialects.layers.base import InputSpec, Layer, as_function
from mainstem.dialects.layers.core import ZEROS
from mainstem.surface import array, blocks, conv, nn
from mainstem.surface.framework import convert_to_tensor


def sizes(value, rank, name):
    """A number for all spatial dimensions, or one each, as a tuple. Raises ValueError for another count or other things."""
    if isinstance(value, int):
        return (value,) * rank
    try:
        given = tuple(value)
    except TypeError:
        raise ValueError(f"The `{name}` argument must be a tuple of {rank} integers. Received: {value}") from None
    if len(given) != rank:
        raise ValueError(f"The `{name}` argument must be a tuple of {rank} integers. Received: {value}")
    for one in given:
        try:
            int(one)
        except (TypeError, ValueError):
            raise ValueError(
                f"The `{name}` argument must be a tuple of {rank} integers. Received: {value} including element {one}"
            ) from None
    return given


def data_format_of(value):
    """ "channels_last" or "channels_first". Raises ValueError for another word."""
    value = "channels_last" if value is None else value.lower()
    if value not in ("channels_first", "channels_last"):
        raise ValueError(f'The `data_format` argument must be one of "channels_first", "channels_last". Received: {value}')
    return value


def padding_of(value, causal=False):
    """ "valid" or "same" ("causal" for `Conv1D`). Raises ValueError for another word."""
    value = value.lower()
    if value not in ("valid", "same") and not (causal and value == "causal"):
        raise ValueError(
            f'The `padding` argument must be "valid" or "same" (or "causal", only for `Conv1D`). Received: {value}'
        )
    return value


def op_format(data_format, rank):
    """TensorFlow's letters for a layer's data format and rank: `NHWC`."""
    spatial = {3: "W", 4: "HW", 5: "DHW"}[rank]
    return f"NC{spatial}" if data_format == "channels_first" else f"N{spatial}C"


def output_size(size, kernel, padding, stride, dilation=1):
    """How long a convolution's output is along one dimension; None for an unknown size."""
    if size is None:
        return None
    reach = kernel + (kernel - 1) * (dilation - 1)
    length = size - reach + 1 if padding == "valid" else size
    return (length + stride - 1) // stride


def _with_ones(values, layout):
    """Values of the spatial dimensions with a 1 for batch and channels."""
    return [1, 1, *values] if layout.startswith("NC") else [1, *values, 1]


class Conv(Layer):
    """The base of convolutions over `rank` spatial dimensions; arguments as of `Conv2D`."""

    rank, _tells = None, True

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format="channels_last",
        dilation_rate=1,
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
        rank, self.filters = self.rank, filters if filters is None else int(filters)
        self.kernel_size, self.strides = sizes(kernel_size, rank, "kernel_size"), sizes(strides, rank, "strides")
        self.padding, self.data_format = padding_of(padding, causal=rank == 1), data_format_of(data_format)
        self.dilation_rate = sizes(dilation_rate, rank, "dilation_rate")
        self.activation, self.use_bias = named.activation(activation), use_bias
        self.kernel_initializer, self.bias_initializer = (
            named.initializer(kernel_initializer),
            named.initializer(bias_initializer),
        )
        self.kernel_regularizer, self.bias_regularizer = kernel_regularizer, bias_regularizer
        self.kernel_constraint, self.bias_constraint = kernel_constraint, bias_constraint
        self.input_spec = InputSpec(ndim=rank + 2)

    @property
    def channel_axis(self):
        """Which axis of the input holds the channels."""
        return 1 if self.data_format == "channels_first" else -1

    def channels(self, input_shape):
        """The number of input channels. Raises ValueError when it is unknown."""
        known = shapes.as_tuple(input_shape)[self.channel_axis]
        if known is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        return known

    def add_bias(self):
        """Makes `bias` [filters] where there is one."""
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                (self.filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def build(self, input_shape):
        """Makes `kernel` [spatial.., channels, filters] and `bias` [filters]."""
        channels = self.channels(input_shape)
        self.kernel = self.add_weight(
            "kernel",
            (*self.kernel_size, channels, self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.add_bias()
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self.channel_axis: channels})
        self.built = True

    def call(self, inputs):
        """The layer's output."""
        padding = "VALID" if self.padding == "causal" else self.padding.upper()
        if self.padding == "causal":
            inputs = blocks.pad_v1(inputs, self._causal_padding())
        return self.finish(self.convolve(inputs, padding))

    def convolve(self, inputs, padding):
        """The bare convolution. Raises ValueError when both strides and dilation rates are over 1."""
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(f"strides > 1 not supported in conjunction with dilation_rate > 1 (layer {self.name})")
        convert_to_tensor(list(self.dilation_rate), name="dilation_rate")  # a node that counts for the seeds of later ops
        layout, strides, rates = op_format(self.data_format, self.rank + 2), list(self.strides), list(self.dilation_rate)
        if self.rank == 1:
            return conv.conv1d_v1(inputs, self.kernel, strides[0], padding, data_format=layout, dilations=rates[0])
        if self.rank == 2:
            return conv.conv2d_v1(inputs, self.kernel, strides, padding, data_format=layout, dilations=rates)
        return conv.conv3d_v1(inputs, self.kernel, _with_ones(strides, layout), padding, layout, _with_ones(rates, layout))

    def _causal_padding(self):
        left = self.dilation_rate[0] * (self.kernel_size[0] - 1)
        return [[0, 0], [0, 0], [left, 0]] if self.data_format == "channels_first" else [[0, 0], [left, 0], [0, 0]]

    def finish(self, out):
        """The bias and the activation on a convolution's result."""
        if self.use_bias:
            out = self._biased(out)
        return self.activation(out) if self.activation is not None else out

    def _biased(self, out):
        if self.data_format != "channels_first":
            return nn.bias_add(out, self.bias, data_format="NHWC")
        if self.rank == 1:  # no op adds along the second of three axes
            return out + array.reshape(self.bias, (1, self.filters, 1))
        return nn.bias_add(out, self.bias, data_format="NCHW")

    def compute_output_shape(self, input_shape):
        """The output's static shape."""
        known = shapes.as_tuple(input_shape)
        first = self.data_format == "channels_first"
        space = [
            output_size(n, self.kernel_size[i], self.padding, self.strides[i], self.dilation_rate[i])
            for i, n in enumerate(known[2:] if first else known[1:-1])
        ]
        return shapes.TensorShape([known[0], self.filters, *space] if first else [known[0], *space, self.filters])


_DOC = """Convolution over {dimensions}, plus a bias, then an activation.

    Args:
        filters: number of output channels.
        kernel_size, strides, dilation_rate: a number, or one for each spatial dimension.
        padding: "valid" or "same"{causal}.
        data_format: "channels_last" ({last}) or "channels_first" ({first}).
        others: as of `Dense`.

    Raises ValueError for arguments that do not fit, or an unknown number of input channels.
    """


def _with_defaults(function, **others):
    """A copy of a function with other defaults for some parameters."""
    own = types.FunctionType(function.__code__, function.__globals__, function.__name__, closure=function.__closure__)
    known = {n: p.default for n, p in inspect.signature(function).parameters.items() if p.default is not p.empty}
    own.__defaults__ = tuple(others.get(n, default) for n, default in known.items())
    return own


def of_rank(base, rank, name, doc):
    """The subclass of a layer class for `rank` spatial dimensions."""
    ones = 1 if rank == 1 else (1,) * rank
    init = _with_defaults(base.__init__, strides=ones, dilation_rate=ones)
    return type(name, (base,), {"rank": rank, "__init__": init, "__doc__": doc, "__module__": base.__module__})


Conv1D = of_rank(
    Conv, 1, "Conv1D", _DOC.format(dimensions="time", causal=' or "causal"', last="[batch, t, c]", first="[batch, c, t]")
)
Conv2D = of_rank(
    Conv, 2, "Conv2D", _DOC.format(dimensions="height and width", causal="", last="[batch, h, w, c]", first="[batch, c, h, w]")
)
Conv3D = of_rank(
    Conv,
    3,
    "Conv3D",
    _DOC.format(dimensions="three dimensions", causal="", last="[batch, d, h, w, c]", first="[batch, c, d, h, w]"),
)
conv1d, conv2d, conv3d = as_function(Conv1D, "conv1d"), as_function(Conv2D, "conv2d"), as_function(Conv3D, "conv3d")
