"""`LocallyConnected1D` and `LocallyConnected2D`: convolutions with other weights at every place."""

import itertools

from mainstem.base import shapes
from mainstem.dialects.keras import built, known
from mainstem.dialects.keras.layer import InputSpec, Layer
from mainstem.dialects.layers.convolution import output_size, sizes
from mainstem.surface import array, linalg


class _Local(Layer):
    rank, _tells = None, True

    def _begin(self, given, kwargs):
        super().__init__(activity_regularizer=given["activity_regularizer"], **kwargs)
        if given["padding"].lower() != "valid":
            raise ValueError(f'Invalid border mode for {type(self).__name__} (only "valid" is supported): {given["padding"]}')
        if given["implementation"] != 1:
            raise NotImplementedError(
                f"{type(self).__name__}: implementation={given['implementation']}; only 1 is implemented."
            )
        for name, value in built.given(given, "activity_regularizer").items():
            setattr(self, name, value)
        self.kernel_size = sizes(self.kernel_size, self.rank, "kernel_size")
        self.strides, self.padding = sizes(self.strides, self.rank, "strides"), self.padding.lower()
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _space(self, known_shape):
        """(sizes of the input, sizes of the output, channels)."""
        first = self.data_format == "channels_first"
        given = known_shape[2:] if first else known_shape[1:-1]
        made = [output_size(n, k, "valid", s) for n, k, s in zip(given, self.kernel_size, self.strides)]
        return given, made, known_shape[1] if first else known_shape[-1]

    def build(self, input_shape):
        """Makes `kernel` [places, window * channels, filters] and `bias` [places.., filters]. Raises ValueError for unknown sizes."""
        given, made, channels = self._space(shapes.as_tuple(input_shape))
        if None in given or channels is None:
            raise ValueError(
                f"The spatial dimensions of the inputs to {type(self).__name__} should be fully-defined, but layer received the inputs "
                f"shape {shapes.as_tuple(input_shape)}"
            )
        places, window = 1, channels
        for n, k in zip(made, self.kernel_size):
            places, window = places * n, window * k

        def how(name):
            return {k: getattr(self, f"{name}_{k}") for k in ("initializer", "regularizer", "constraint")}

        self.kernel = self.add_weight("kernel", (places, window, self.filters), **how("kernel"))
        self.bias = self.add_weight("bias", (*made, self.filters), **how("bias")) if self.use_bias else None
        self.built = True

    def call(self, inputs):
        """The output: each place's window times its own matrix."""
        first = self.data_format == "channels_first"
        x = array.transpose_v1(inputs, [0, *range(2, self.rank + 2), 1]) if first else inputs
        _, made, channels = self._space(shapes.as_tuple(inputs.shape))
        windows = []
        for place in itertools.product(*(range(n) for n in made)):
            part = tuple(slice(p * s, p * s + k) for p, s, k in zip(place, self.strides, self.kernel_size))
            windows.append(array.reshape(x[(slice(None), *part)], [1, -1, int(self.kernel.shape.as_list()[1])]))
        out = linalg.matmul_v1(array.concat(windows, 0), self.kernel)  # [places, batch, filters]
        out = array.reshape(array.transpose_v1(out, [1, 0, 2]), [-1, *made, self.filters])
        out = out if self.bias is None else out + self.bias
        out = array.transpose_v1(out, [0, self.rank + 1, *range(1, self.rank + 1)]) if first else out
        return self.activation(out)

    def compute_output_shape(self, input_shape):
        """The output's static shape."""
        known_shape = shapes.as_tuple(input_shape)
        _, made, _ = self._space(known_shape)
        first = self.data_format == "channels_first"
        return shapes.TensorShape([known_shape[0], *([self.filters, *made] if first else [*made, self.filters])])


class LocallyConnected1D(_Local):
    """A convolution over time with weights of its own for every step; arguments as of `Conv1D`. `padding` must be "valid"."""

    rank, _tells = 1, True

    @built.arguments_of
    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
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
        implementation=1,
        **kwargs,
    ):
        self._begin(locals(), kwargs)


class LocallyConnected2D(_Local):
    """A convolution over height and width with weights of its own for every place; see `LocallyConnected1D`."""

    rank, _tells = 2, True

    @built.arguments_of
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
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
        implementation=1,
        **kwargs,
    ):
        self._begin(locals(), kwargs)


known.add(LocallyConnected1D, LocallyConnected2D)
