"""Layers of `tf.contrib.layers` that rearrange or normalize without weights of their own, and pooling by name."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.arg_scope import add_arg_scope
from mainstem.dialects.contrib.variables import model_variable
from mainstem.grad.custom import custom_gradient
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.surface import array, framework, index, initializers, masking, math, nn, reduce
from mainstem.surface import pool as pooling
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.variable_scope import variable_scope


@add_arg_scope
def dense_to_sparse(tensor, eos_token=0, outputs_collections=None, scope=None):
    """The entries of `tensor` that are not `eos_token`, as a SparseTensor."""
    with variable_scope(scope, "dense_to_sparse", [tensor]) as sc:
        tensor = convert_to_tensor(tensor)
        places = masking.where_v1(math.not_equal(tensor, framework.constant_v1(eos_token, tensor.dtype)))
        outputs = SparseTensor(places, index.gather_nd_v1(tensor, places), array.shape_v1(tensor, out_type=dtypes.int64))
        return collected.collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def images_to_sequence(inputs, data_format="NHWC", outputs_collections=None, scope=None):
    """Images as sequences over their width: [width, batch * height, channels]. Raises ValueError for another data format."""
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with name_scope(scope, "ImagesToSequence", [inputs]) as sc:
        inputs = convert_to_tensor(inputs)
        if data_format == "NCHW":
            inputs = array.transpose_v1(inputs, [0, 2, 3, 1])
        _, _, width, depth = shapes.as_tuple(inputs.shape)
        sizes = array.shape_v1(inputs)
        turned = array.transpose_v1(inputs, [2, 0, 1, 3])
        outputs = array.reshape(turned, [width, sizes[0] * sizes[1], depth])
        return collected.collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def sequence_to_images(inputs, height, output_data_format="channels_last", outputs_collections=None, scope=None):
    """Sequences [width, batch * height, channels] as images again; the inverse of `images_to_sequence`."""
    with name_scope(scope, "SequenceToImages", [inputs]) as sc:
        inputs = convert_to_tensor(inputs)
        width, rows, depth = shapes.as_tuple(inputs.shape)
        split = array.reshape(inputs, [width, -1 if rows is None else rows // height, height, depth])
        order = [1, 3, 2, 0] if output_data_format == "channels_first" else [1, 2, 0, 3]
        return collected.collect_named_outputs(outputs_collections, sc, array.transpose_v1(split, order))


@add_arg_scope
def maxout(inputs, num_units, axis=-1, scope=None):
    """The maxima of groups of features (Goodfellow et al., arXiv:1302.4389): `num_units` along `axis`.

    Raises ValueError when the number of features is no multiple of it.
    """
    with variable_scope(scope, "MaxOut", [inputs]):
        inputs = convert_to_tensor(inputs)
        known = list(shapes.as_tuple(inputs.shape))
        features = known[axis]
        if features % num_units:
            raise ValueError(f"number of features({features}) is not a multiple of num_units({num_units})")
        sizes = [array.shape_v1(inputs)[i] if n is None else n for i, n in enumerate(known)]
        sizes[axis] = num_units
        known[axis] = num_units
        outputs = reduce.reduce_max(array.reshape(inputs, [*sizes, features // num_units]), -1)
        if not outputs._is_eager:
            outputs.set_shape(known)
        return outputs


@add_arg_scope
def unit_norm(inputs, dim, epsilon=1e-7, scope=None):
    """`inputs` divided by their length along `dim`. Raises ValueError for an unknown rank or another dimension."""
    with variable_scope(scope, "UnitNorm", [inputs]):
        inputs = convert_to_tensor(inputs)
        known = shapes.as_tuple(inputs.shape)
        if not known:
            raise ValueError("The input rank must be known.")
        if not 0 <= dim < len(known):
            raise ValueError("dim must be positive but smaller than the input rank.")
        lengths = math.sqrt(epsilon + reduce.reduce_sum(math.square(inputs), dim, keepdims=True))
        size = known[dim] if known[dim] is not None else array.shape_v1(inputs)[dim]
        return math.divide(inputs, array.tile(lengths, [size if i == dim else 1 for i in range(len(known))]))


@add_arg_scope
def spatial_softmax(features, temperature=None, name=None, variables_collections=None, trainable=True, data_format="NHWC"):
    """Where each channel of images is high: the mean position [batch, 2 * channels], x then y in -1 .. 1, under its softmax.

    Args:
        features: [batch, height, width, channels], or channels second.
        temperature: the softmax's start; None means 1, learned where `trainable`.
        name, variables_collections, trainable, data_format: as of `convolution`.

    Raises ValueError for another data format or an unknown number of channels.
    """
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with variable_scope(name, "spatial_softmax"):
        features = convert_to_tensor(features)
        sizes, known = array.shape_v1(features), shapes.as_tuple(features.shape)
        if data_format == "NHWC":
            height, width, channels = sizes[1], sizes[2], known[3]
        else:
            channels, height, width = known[1], sizes[2], sizes[3]
        if channels is None:
            raise ValueError("The num_channels dimension of the inputs to `spatial_softmax` should be defined. Found `None`.")
        x, y = array.meshgrid(array.linspace_v1(-1.0, 1.0, num=height), array.linspace_v1(-1.0, 1.0, num=width), indexing="ij")
        x, y = (array.reshape(v, [height * width]) for v in (x, y))
        start = initializers.Ones() if temperature is None else initializers.Constant(temperature)
        temperature = model_variable(
            "temperature",
            shape=(),
            dtype=dtypes.float32,
            initializer=start,
            collections=collected.get_variable_collections(variables_collections, "temperature"),
            trainable=trainable,
        )
        if data_format == "NHWC":
            features = array.transpose_v1(features, [0, 3, 1, 2])
        attention = nn.softmax_v1(array.reshape(features, [-1, height * width]) / temperature)
        means = [reduce.reduce_sum(v * attention, [1], keepdims=True) for v in (x, y)]
        points = array.reshape(array.concat(means, 1), [-1, channels * 2])
        if not points._is_eager:
            points.set_shape([known[0], channels * 2])
        return points


@add_arg_scope
def pool(
    inputs,
    kernel_size,
    pooling_type,
    padding="VALID",
    data_format=None,
    dilation_rate=1,
    stride=1,
    outputs_collections=None,
    scope=None,
):
    """Pooling ("AVG" or "MAX") over any number of spatial dimensions; see `tf.nn.pool`.

    Raises ValueError for inputs of unknown rank or without a spatial dimension.
    """
    with name_scope(scope, f"{pooling_type.lower()}_pool", [inputs]) as sc:
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank is None:
            raise ValueError("Rank of inputs must be known")
        if rank < 3:
            raise ValueError("Rank of inputs must be >= 3")
        window, rates, strides = (collected.n_positive_integers(rank - 2, v) for v in (kernel_size, dilation_rate, stride))
        outputs = pooling.pool_v1(
            input=inputs,
            window_shape=window,
            pooling_type=pooling_type,
            padding=padding,
            data_format=data_format,
            dilation_rate=rates,
            strides=strides,
            name=sc,
        )
        return collected.collect_named_outputs(outputs_collections, sc, outputs)


@custom_gradient
def _scaled(inputs, multiplier):
    return framework.identity(inputs), lambda gradient: (gradient * multiplier, None)


@add_arg_scope
def scale_gradient(inputs, gradient_multiplier):
    """`inputs` as they are; their gradient is multiplied."""
    return _scaled(inputs, convert_to_tensor(gradient_multiplier, dtype=inputs.dtype.base_dtype))
