"""`ConvLSTM2D`: an LSTM whose products are convolutions (Shi et al., arXiv:1506.04214)."""

from mainstem.base import shapes
from mainstem.dialects.keras import built, known
from mainstem.dialects.keras.cells import LSTMCell
from mainstem.dialects.keras.layer import InputSpec
from mainstem.dialects.keras.recurrent import _OfCell, tells_of_its_cell
from mainstem.dialects.layers.convolution import data_format_of, op_format, output_size, padding_of, sizes
from mainstem.surface import array, conv, nn


class _ConvLSTM2DCell(LSTMCell):
    """One step; gates lie side by side along the channels in the order i, f, c, o."""

    _tells = True

    @built.arguments_of
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        super(LSTMCell, self).__init__(**kwargs)
        self._take(locals())
        self.units, self.kernel_size = filters, sizes(kernel_size, 2, "kernel_size")
        self.strides, self.dilation_rate = sizes(strides, 2, "strides"), sizes(dilation_rate, 2, "dilation_rate")
        self.padding, self.data_format = padding_of(padding), data_format_of(data_format)

    def build(self, input_shape):
        """Makes `kernel` [h, w, channels, 4 * filters], `recurrent_kernel` [h, w, filters, 4 * filters] and `bias`."""
        channels = shapes.as_tuple(input_shape)[1 if self.data_format == "channels_first" else -1]
        if channels is None:
            raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
        wide = 4 * self.filters
        self.kernel = self._made("kernel", (*self.kernel_size, channels, wide), self.kernel_initializer)
        self.recurrent_kernel = self._made(
            "recurrent_kernel", (*self.kernel_size, self.filters, wide), self.recurrent_initializer
        )
        self.bias = self._made("bias", self._bias_shape(), self._bias_start()) if self.use_bias else None
        self.built = True

    def _masks_count(self):
        return 4

    def _convolved(self, x, masks, kernel, padding, strides, rates):
        layout, how = op_format(self.data_format, 4), (list(strides), padding.upper())
        if masks is None:
            return conv.conv2d_v1(x, kernel, *how, data_format=layout, dilations=list(rates))
        parts = [
            conv.conv2d_v1(x * m, k, *how, data_format=layout, dilations=list(rates))
            for m, k in zip(masks, array.split(kernel, 4, axis=3))
        ]
        return array.concat(parts, self._axis)

    @property
    def _axis(self):
        return 1 if self.data_format == "channels_first" else 3

    def call(self, inputs, states, training=None):
        """(output, next states) of one step."""
        h, c = states
        masks = self._dropped("inputs", inputs, self.dropout, training, 4)
        made = self._convolved(inputs, masks, self.kernel, self.padding, self.strides, self.dilation_rate)
        if self.bias is not None:
            made = nn.bias_add(made, self.bias, data_format=op_format(self.data_format, 4))
        masks = self._dropped("state", h, self.recurrent_dropout, training, 4)
        made = made + self._convolved(h, masks, self.recurrent_kernel, "same", (1, 1), (1, 1))
        gate = self.recurrent_activation
        i, f, new, o = array.split(made, 4, axis=self._axis)
        c = gate(f) * c + gate(i) * self.activation(new)
        h = gate(o) * self.activation(c)
        return h, [h, c]

    def size_after(self, image):
        """The shape of the output, and of each state, for an image's shape, both without the batch."""
        first = self.data_format == "channels_first"
        given = zip(image[1:] if first else image[:-1], self.kernel_size, self.strides, self.dilation_rate)
        space = [output_size(n, k, self.padding, s, d) for n, k, s, d in given]
        return [self.filters, *space] if first else [*space, self.filters]


class ConvLSTM2D(_OfCell):
    """An LSTM over [batch, time, height, width, channels] with convolutions; arguments as of `Conv2D` and `LSTM`."""

    _cell = _ConvLSTM2DCell

    @built.arguments_of
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        dilation_rate=(1, 1),
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        return_sequences=False,
        go_backwards=False,
        stateful=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        loop = {k: kwargs.pop(k) for k in ("return_state", "unroll", "time_major") if k in kwargs}
        given = {k: v for k, v in locals().items() if k != "loop"}
        self._begin({**given, **loop}, {"activity_regularizer": activity_regularizer, **kwargs})
        self.input_spec = [InputSpec(ndim=5)]

    def _image(self, known_shape):
        return self.cell.size_after(list(known_shape[2:]))

    def compute_output_shape(self, input_shape):
        """The shape of the output, in a list with those of the states where they are given."""
        known_shape = shapes.as_tuple(input_shape[0] if isinstance(input_shape, list) else input_shape)
        image = self._image(known_shape)
        outer = known_shape[:2] if self.return_sequences else known_shape[:1]
        output = shapes.TensorShape([*outer, *image])
        return [output, *[shapes.TensorShape([known_shape[0], *image])] * 2] if self.return_state else output

    def _state_sizes(self):
        spec = self.input_spec[0] if self.input_spec else None
        if spec is None or spec.shape is None:
            return [self.cell.filters] * 2
        return [shapes.TensorShape(self._image(spec.shape))] * 2

    def get_initial_state(self, inputs):
        """Zeros of the output's shape."""
        size = [n if n is not None else 0 for n in self._image(inputs.shape.as_list())]
        return [array.zeros([array.shape(inputs)[0], *size], inputs.dtype) for _ in range(2)]

    def _check_states(self):
        pass  # their sizes follow from the images'


tells_of_its_cell(ConvLSTM2D)
known.add(ConvLSTM2D)
