"""Pooling layers over one, two and three dimensions and their functions."""

from mainstem.base import shapes
from mainstem.dialects.layers.base import InputSpec, Layer, as_function
from mainstem.dialects.layers.convolution import data_format_of, op_format, output_size, padding_of, sizes
from mainstem.surface import array, pool


class Pooling(Layer):
    """The base of pooling layers over `rank` dimensions with the pooling function `pool`."""

    rank = pool = None
    _tells = True

    def __init__(self, pool_size, strides, padding="valid", data_format="channels_last", name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        strides = pool_size if strides is None else strides
        self.pool_size, self.strides = sizes(pool_size, self.rank, "pool_size"), sizes(strides, self.rank, "strides")
        self.padding, self.data_format = padding_of(padding), data_format_of(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs):
        """The pooled tensor."""
        return {1: self._one, 2: self._two, 3: self._three}[self.rank](inputs)

    def _pooled(self, x, window, strides, data_format):
        return type(self).pool(x, [1, *window, 1], [1, *strides, 1], self.padding.upper(), data_format)

    def _one(self, x):
        axis = 2 if self.data_format == "channels_last" else 3
        x = array.expand_dims_v1(x, axis)
        if axis == 3:
            x = array.transpose_v1(x, (0, 2, 3, 1))
        x = self._pooled(x, (*self.pool_size, 1), (*self.strides, 1), "NHWC")
        if axis == 3:
            x = array.transpose_v1(x, (0, 3, 1, 2))
        return array.squeeze_v1(x, [axis])

    def _two(self, x):
        if self.data_format == "channels_last":
            return self._pooled(x, self.pool_size, self.strides, "NHWC")
        window, strides = [1, 1, *self.pool_size], [1, 1, *self.strides]
        return type(self).pool(x, window, strides, self.padding.upper(), op_format(self.data_format, 4))

    def _three(self, x):
        first = self.data_format == "channels_first"
        if first:
            x = array.transpose_v1(x, (0, 2, 3, 4, 1))
        x = self._pooled(x, self.pool_size, self.strides, "NDHWC")
        return array.transpose_v1(x, (0, 4, 1, 2, 3)) if first else x

    def compute_output_shape(self, input_shape):
        """The output's static shape."""
        known = shapes.as_tuple(input_shape)
        first = self.data_format == "channels_first"
        space = [
            output_size(n, self.pool_size[i], self.padding, self.strides[i])
            for i, n in enumerate(known[2:] if first else known[1:-1])
        ]
        return shapes.TensorShape([*known[:2], *space] if first else [known[0], *space, known[-1]])


_DOC = """{kind} pooling over {dimensions}.

    Args:
        pool_size, strides: a number, or one for each spatial dimension.
        padding: "valid" or "same".
        data_format: "channels_last" or "channels_first".

    Raises ValueError for arguments or inputs that do not fit.
    """
_DIMENSIONS = {1: "time", 2: "height and width", 3: "three dimensions"}


def _layer(kind, function, rank):
    name = f"{kind}Pooling{rank}D"
    members = {"rank": rank, "pool": staticmethod(function), "__module__": __name__}
    return type(name, (Pooling,), {**members, "__doc__": _DOC.format(kind=kind, dimensions=_DIMENSIONS[rank])})


MaxPooling1D, MaxPooling2D = _layer("Max", pool.max_pool_v1, 1), _layer("Max", pool.max_pool_v1, 2)
MaxPooling3D = _layer("Max", pool.max_pool3d, 3)
AveragePooling1D, AveragePooling2D = _layer("Average", pool.avg_pool_v1, 1), _layer("Average", pool.avg_pool_v1, 2)
AveragePooling3D = _layer("Average", pool.avg_pool3d, 3)


max_pooling1d = as_function(MaxPooling1D, "max_pooling1d", shares=False)
max_pooling2d = as_function(MaxPooling2D, "max_pooling2d", shares=False)
max_pooling3d = as_function(MaxPooling3D, "max_pooling3d", shares=False)
average_pooling1d = as_function(AveragePooling1D, "average_pooling1d", shares=False)
average_pooling2d = as_function(AveragePooling2D, "average_pooling2d", shares=False)
average_pooling3d = as_function(AveragePooling3D, "average_pooling3d", shares=False)
