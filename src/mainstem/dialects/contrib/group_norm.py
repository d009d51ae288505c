"""`instance_norm` (Ulyanov et al., arXiv:1607.08022) and `group_norm` (Wu and He, arXiv:1803.08494)."""

from mainstem.base import shapes
from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.arg_scope import add_arg_scope
from mainstem.dialects.contrib.normalization import ONES, ZEROS
from mainstem.dialects.contrib.variables import model_variable
from mainstem.surface import array, norm
from mainstem.surface.framework import convert_to_tensor
from mainstem.surface.variable_scope import variable_scope


class _Parameters:
    """Makes `beta` and `gamma`, broadcast to the shape in which they are used."""

    def __init__(self, size, dtype, starts, collections, trainable, shape=None):
        self.size, self.dtype, self.starts, self.collections = size, dtype, starts or {}, collections
        self.trainable, self.shape = trainable, shape

    def make(self, name, wanted, start):
        """The variable, or None."""
        if not wanted:
            return None
        made = model_variable(
            name,
            shape=[self.size],
            dtype=self.dtype,
            initializer=self.starts.get(name, start),
            collections=collected.get_variable_collections(self.collections, name),
            trainable=self.trainable,
        )
        return made if self.shape is None else array.reshape(made, self.shape)


@add_arg_scope
def instance_norm(
    inputs,
    center=True,
    scale=True,
    epsilon=1e-6,
    activation_fn=None,
    param_initializers=None,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    data_format="NHWC",
    scope=None,
):
    """Each channel of each example normalized over its spatial dimensions; arguments as of `batch_norm`.

    Raises ValueError for another data format, an unknown rank or an unknown number of channels.
    """
    inputs = convert_to_tensor(inputs)
    known = shapes.as_tuple(inputs.shape)
    if known is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as sc:
        first, rank = data_format == "NCHW", len(known)
        size = known[1 if first else -1]
        if size is None:
            raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {size}.")
        shape = [1, size] + [1] * (rank - 2) if first else None
        made = _Parameters(size, inputs.dtype.base_dtype, param_initializers, variables_collections, trainable, shape)
        beta, gamma = made.make("beta", center, ZEROS), made.make("gamma", scale, ONES)
        over = list(range(2, rank)) if first else list(range(1, rank - 1))
        mean, variance = norm.moments_v1(inputs, over, keep_dims=True)
        outputs = norm.batch_normalization(inputs, mean, variance, beta, gamma, epsilon, name="instancenorm")
        if not outputs._is_eager:
            outputs.set_shape(known)
        outputs = activation_fn(outputs) if activation_fn is not None else outputs
        return collected.collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def group_norm(
    inputs,
    groups=32,
    channels_axis=-1,
    reduction_axes=(-3, -2),
    center=True,
    scale=True,
    epsilon=1e-6,
    activation_fn=None,
    param_initializers=None,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    scope=None,
    mean_close_to_zero=False,
):
    """Groups of channels of each example normalized together, over `reduction_axes` too.

    Args:
        groups: how many groups the channels make.
        channels_axis, reduction_axes: which axes hold the channels and the pixels.
        mean_close_to_zero: take the variance from the mean of squares, which is exact only there.
        others: as of `batch_norm`.

    Raises ValueError for axes or groups that do not fit, an unknown rank or an unknown number of channels.
    """
    inputs = convert_to_tensor(inputs)
    original = inputs
    known = shapes.as_tuple(inputs.shape)
    if known is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    channels, over = _axes(inputs, known, channels_axis, reduction_axes)
    size = known[channels]
    if groups > size:
        raise ValueError(f"Invalid groups {groups} for {size} channels.")
    if size % groups:
        raise ValueError(f"{size} channels is not commensurate with {groups} groups.")
    dynamic = array.shape_v1(inputs) if None in known else None
    sizes = [dynamic[i] if n is None else n for i, n in enumerate(known)]
    parts = [*sizes[:channels], groups, size // groups, *sizes[channels + 1 :]]
    over = [channels + 1, *(a + (a > channels) for a in over)]
    broad = [groups if i == channels else size // groups if i == channels + 1 else 1 for i in range(len(parts))]
    with variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as sc:
        inputs = array.reshape(inputs, parts)
        made = _Parameters(size, inputs.dtype.base_dtype, param_initializers, variables_collections, trainable, broad)
        beta, gamma = made.make("beta", center, ZEROS), made.make("gamma", scale, ONES)
        if mean_close_to_zero:
            counts, means, variances, _ = norm.sufficient_statistics_v1(inputs, over, keep_dims=True)
            mean, variance = norm.normalize_moments(counts, means, variances, shift=None)
        else:
            mean, variance = norm.moments_v1(inputs, over, keep_dims=True)
        outputs = norm.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
        outputs = array.reshape(outputs, sizes if dynamic is None else array.shape_v1(original))
        if not outputs._is_eager:
            outputs.set_shape(known)
        outputs = activation_fn(outputs) if activation_fn is not None else outputs
        return collected.collect_named_outputs(outputs_collections, sc.name, outputs)


def _axes(inputs, known, channels, over):
    """(channels, reduction axes) counted from 0."""
    if channels > len(known) - 1:
        raise ValueError("Axis is out of bounds.")
    channels = channels + len(known) if channels < 0 else channels
    if known[channels] is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channel dimension: {channels}.")
    over = [a + len(known) if a < 0 else a for a in over]
    for a in over:
        if a > len(known):
            raise ValueError("Axis is out of bounds.")
        if a == channels:
            raise ValueError("reduction_axis must be mutually exclusive with channels_axis")
        if known[a] is None:
            raise ValueError(f"Inputs {inputs.name} has undefined dimensions {a}.")
    return channels, over
