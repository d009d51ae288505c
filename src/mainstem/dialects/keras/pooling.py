"""Pooling layers, those of `tf.layers` and those over everything."""

from mainstem.base import shapes
from mainstem.dialects.keras import built, known
from mainstem.dialects.keras.layer import InputSpec, Layer
from mainstem.dialects.layers import pooling
from mainstem.surface import array, math, reduce


def _on(base, size, data_format=None):
    return built.on(base, __name__, pool_size=size, strides=None, data_format=data_format)


MaxPooling1D, AveragePooling1D = (_on(c, 2, "channels_last") for c in (pooling.MaxPooling1D, pooling.AveragePooling1D))
MaxPooling2D, AveragePooling2D = (_on(c, (2, 2)) for c in (pooling.MaxPooling2D, pooling.AveragePooling2D))
MaxPooling3D, AveragePooling3D = (_on(c, (2, 2, 2)) for c in (pooling.MaxPooling3D, pooling.AveragePooling3D))


class _Global(Layer):
    """The base: one value for each example and channel."""

    rank, reduction, _tells = None, None, True

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = built.argument("data_format", data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def compute_output_shape(self, input_shape):
        """[batch, channels]."""
        known = shapes.as_tuple(input_shape)
        return shapes.TensorShape([known[0], known[1] if self.data_format == "channels_first" else known[-1]])

    def call(self, inputs):
        """The reduced inputs."""
        return type(self).reduction(inputs, axis=self._axes())

    def _axes(self):
        first = 2 if self.data_format == "channels_first" else 1
        return list(range(first, first + self.rank))


def _global(kind, reduction, rank):
    doc = f"The {'largest value' if kind == 'Max' else 'mean'} of each channel, over all {rank} spatial dimensions."
    members = {"rank": rank, "reduction": staticmethod(reduction), "__doc__": doc, "__module__": __name__}
    return type(f"Global{kind}Pooling{rank}D", (_Global,), members)


class GlobalAveragePooling1D(_Global):
    """The mean of each feature of [batch, time, features] over the steps that are not masked."""

    rank, reduction, _tells = 1, staticmethod(reduce.reduce_mean_v1), True

    def __init__(self, data_format="channels_last", **kwargs):
        super().__init__(data_format, **kwargs)
        self.supports_masking = True

    def call(self, inputs, mask=None):
        """The means."""
        if mask is None:
            return super().call(inputs)
        counts = array.expand_dims_v1(math.cast(mask, inputs.dtype), 2 if self.data_format == "channels_last" else 1)
        axis = self._axes()[0]
        return reduce.reduce_sum_v1(inputs * counts, axis=axis) / reduce.reduce_sum_v1(counts, axis=axis)

    def compute_mask(self, inputs, mask=None):
        """None."""
        return None


class GlobalMaxPooling1D(_Global):
    """The largest value of each feature of [batch, time, features]."""

    rank, reduction, _tells = 1, staticmethod(reduce.reduce_max_v1), True

    def __init__(self, data_format="channels_last", **kwargs):
        super().__init__(data_format, **kwargs)


GlobalAveragePooling2D = _global("Average", reduce.reduce_mean_v1, 2)
GlobalAveragePooling3D = _global("Average", reduce.reduce_mean_v1, 3)
GlobalMaxPooling2D, GlobalMaxPooling3D = _global("Max", reduce.reduce_max_v1, 2), _global("Max", reduce.reduce_max_v1, 3)


known.add(
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
