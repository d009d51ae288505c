"""Generalized divisive normalization (Ballé, Laparra and Simoncelli, arXiv:1511.06281): `GDN` and `gdn`."""

from mainstem.base import shapes
from mainstem.dialects.layers.base import InputSpec, Layer
from mainstem.grad.custom import custom_gradient
from mainstem.ops import math as math_ops
from mainstem.surface import array, conv, initializers, linalg, math, nn
from mainstem.surface.framework import convert_to_tensor


@custom_gradient
def _at_least(x, bound):
    """max(x, bound), whose gradient also passes where it would bring `x` back over the bound."""

    def gradient(dy):
        passes = math.logical_or(math.greater_equal(x, bound), math.less(dy, 0.0))
        return math.cast(passes, dy.dtype) * dy, None

    return math_ops.maximum(x, bound), gradient


class GDN(Layer):
    """y[i] = x[i] / sqrt(beta[i] + sum_j gamma[j, i] x[j]²) over the channels; multiplied where `inverse`.

    Args:
        inverse: whether to undo a normalization, approximately.
        beta_min: how small `beta` may become.
        gamma_init: the diagonal of `gamma` at the start.
        reparam_offset: keeps the gradients of both, which are stored as square roots, from vanishing at zero.
        data_format: "channels_last" or "channels_first".
        activity_regularizer, trainable, name: as of `Layer`.

    Raises ValueError for an unknown number of channels.
    """

    def __init__(
        self,
        inverse=False,
        beta_min=1e-6,
        gamma_init=0.1,
        reparam_offset=2**-18,
        data_format="channels_last",
        activity_regularizer=None,
        trainable=True,
        name=None,
        **kwargs,
    ):
        super().__init__(trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs)
        if data_format not in ("channels_first", "channels_last"):
            raise ValueError(f"Unknown `data_format` for GDN layer: {data_format}.")
        self.inverse, self.data_format, self.input_spec = inverse, data_format, InputSpec(min_ndim=3, max_ndim=5)
        self._beta_min, self._gamma_init, self._reparam_offset = beta_min, gamma_init, reparam_offset

    def _channel_axis(self):
        return {"channels_first": 1, "channels_last": -1}[self.data_format]

    def _root(self, name, shape, start, minimum):
        pedestal = convert_to_tensor(self._reparam_offset**2, dtype=self.dtype)

        def initializer(shape, dtype=None, partition_info=None):
            return math.sqrt(start(shape, dtype) + pedestal)

        bound = convert_to_tensor((minimum + self._reparam_offset**2) ** 0.5, dtype=self.dtype)
        stored = self.add_weight(f"reparam_{name}", shape, initializer=initializer)
        return math.square(_at_least(convert_to_tensor(stored), bound)) - pedestal

    def build(self, input_shape):
        """Makes `reparam_beta` [channels] and `reparam_gamma` [channels, channels]."""
        axis = self._channel_axis()
        channels = shapes.as_tuple(input_shape)[axis]
        if channels is None:
            raise ValueError("The channel dimension of the inputs to `GDN` must be defined.")
        rank = len(shapes.as_tuple(input_shape))
        self.input_spec = InputSpec(ndim=rank, axes={axis: channels})
        diagonal = initializers.Identity(gain=self._gamma_init)
        self.beta = self._root("beta", [channels], lambda shape, dtype: array.ones(shape, dtype), self._beta_min)
        self.gamma = self._root("gamma", [channels, channels], lambda shape, dtype: diagonal(shape, dtype=dtype), 0.0)
        self.built = True

    def call(self, inputs):
        """The normalized inputs."""
        inputs = convert_to_tensor(inputs)
        rank, known = inputs.shape.ndims, shapes.as_tuple(inputs.shape)
        gamma = array.reshape(self.gamma, [1] * (rank - 2) + self.gamma.shape.as_list())
        if self.data_format == "channels_first" and rank != 4:
            sums = linalg.tensordot(self.gamma, math.square(inputs), [[0], [1]])
            sums = array.transpose_v1(sums, [1, 0, *range(2, rank)])
            sums = sums + array.reshape(self.beta, [-1] + [1] * (rank - 2))
        else:
            sums = conv.convolution_v1(
                math.square(inputs), gamma, "VALID", data_format="NCHW" if self.data_format == "channels_first" else None
            )
            sums = nn.bias_add(sums, self.beta, data_format="NCHW" if self.data_format == "channels_first" else "NHWC")
        outputs = inputs * (math.sqrt(sums) if self.inverse else math.rsqrt(sums))
        if not outputs._is_eager:
            outputs.set_shape(known)
        return outputs

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return input_shape


def gdn(
    inputs,
    inverse=False,
    beta_min=1e-6,
    gamma_init=0.1,
    reparam_offset=2**-18,
    data_format="channels_last",
    activity_regularizer=None,
    trainable=True,
    name=None,
    reuse=None,
):
    """`GDN` as a function."""
    arguments = {k: v for k, v in locals().items() if k not in ("inputs", "reuse")}
    return GDN(**arguments, _scope=name, _reuse=reuse)(inputs)
