"""Convolutions of `tf.contrib.layers`: `conv1d` to `conv3d`, their transposes, and `separable_conv2d`."""

import inspect

from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.arg_scope import add_arg_scope
from mainstem.dialects.contrib.getter import channels_word, collect_variable, finished, model_getter
from mainstem.dialects.contrib.layers import XAVIER, ZEROS
from mainstem.dialects.contrib.variables import model_variable
from mainstem.dialects.layers import convolution as plain
from mainstem.dialects.layers import separable, transposed
from mainstem.surface import array, conv, nn
from mainstem.surface.framework import convert_to_tensor
from mainstem.surface.variable_scope import variable_scope

_RENAMED = {"bias": "biases", "kernel": "weights"}
_LAYERS = {3: plain.Conv1D, 4: plain.Conv2D, 5: plain.Conv3D}


@add_arg_scope
def convolution(
    inputs,
    num_outputs,
    kernel_size,
    stride=1,
    padding="SAME",
    data_format=None,
    rate=1,
    activation_fn=nn.relu,
    normalizer_fn=None,
    normalizer_params=None,
    weights_initializer=XAVIER,
    weights_regularizer=None,
    biases_initializer=ZEROS,
    biases_regularizer=None,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    scope=None,
    conv_dims=None,
):
    """A convolution over one to three dimensions, then the normalizer (else plus biases), then the activation.

    Args:
        inputs: [batch, spatial.., channels], or channels second where `data_format` starts with "NC".
        num_outputs: number of output channels.
        kernel_size, stride, rate: a number or one for each spatial dimension; stride and rate not both over 1.
        padding: "SAME" or "VALID".
        conv_dims: how many spatial dimensions `inputs` must have, or None.
        others: as of `fully_connected`.

    Raises ValueError for another rank or data format.
    """
    word = channels_word(data_format)
    with variable_scope(scope, "Conv", [inputs], reuse=reuse, custom_getter=model_getter(_RENAMED)) as sc:
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if conv_dims is not None and conv_dims + 2 != rank:
            raise ValueError(f"Convolution expects input with rank {conv_dims + 2}, got {rank}")
        if rank not in _LAYERS:
            raise ValueError("Convolution not supported for input with rank", rank)
        layer = _LAYERS[rank](
            num_outputs,
            kernel_size,
            strides=stride,
            padding=padding,
            data_format=word,
            dilation_rate=rate,
            **_of_layer(inputs, sc, reuse, trainable, normalizer_fn, biases_initializer, biases_regularizer),
            kernel_initializer=weights_initializer,
            kernel_regularizer=weights_regularizer,
        )
        outputs = layer(inputs)
        collect_variable(layer.kernel, variables_collections, "weights")
        if layer.use_bias:
            collect_variable(layer.bias, variables_collections, "biases")
        return finished(outputs, normalizer_fn, normalizer_params, activation_fn, outputs_collections, sc.name)


def _of_layer(inputs, sc, reuse, trainable, normalizer_fn, biases_initializer, biases_regularizer):
    return {
        "use_bias": not normalizer_fn and biases_initializer,
        "bias_initializer": biases_initializer,
        "bias_regularizer": biases_regularizer,
        "trainable": trainable,
        "name": sc.name,
        "dtype": inputs.dtype.base_dtype,
        "_scope": sc,
        "_reuse": reuse,
    }


def _of_rank(dimensions):
    parameters = [p for p in inspect.signature(convolution).parameters.values() if p.name != "conv_dims"]
    signature = inspect.Signature(parameters)

    def convolve(*args, **kwargs):
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()  # so that an argument scope of `convolution` has no say
        return convolution(**given.arguments, conv_dims=dimensions)

    convolve.__name__ = convolve.__qualname__ = f"convolution{dimensions}d"
    convolve.__signature__ = signature
    convolve.__doc__ = f"`convolution` over {dimensions} spatial dimension{'s' * (dimensions > 1)}."
    return add_arg_scope(convolve)


convolution1d, convolution2d, convolution3d = _of_rank(1), _of_rank(2), _of_rank(3)


def _transpose(dimensions, layer_class, default_scope, usual):
    def convolve_transpose(
        inputs,
        num_outputs,
        kernel_size,
        stride=1,
        padding="SAME",
        data_format=usual,
        activation_fn=nn.relu,
        normalizer_fn=None,
        normalizer_params=None,
        weights_initializer=XAVIER,
        weights_regularizer=None,
        biases_initializer=ZEROS,
        biases_regularizer=None,
        reuse=None,
        variables_collections=None,
        outputs_collections=None,
        trainable=True,
        scope=None,
    ):
        formats = ("NCHW", "NHWC") if dimensions == 2 else ("NCDHW", "NDHWC")
        if data_format not in formats:
            raise ValueError(f"data_format has to be either {' or '.join(formats)}.")
        word = channels_word(data_format)
        with variable_scope(scope, default_scope, [inputs], reuse=reuse, custom_getter=model_getter(_RENAMED)) as sc:
            inputs = convert_to_tensor(inputs)
            layer = layer_class(
                num_outputs,
                kernel_size,
                strides=stride,
                padding=padding,
                data_format=word,
                kernel_initializer=weights_initializer,
                kernel_regularizer=weights_regularizer,
                **_of_layer(inputs, sc, reuse, trainable, normalizer_fn, biases_initializer, biases_regularizer),
            )
            outputs = layer(inputs)
            collect_variable(layer.kernel, variables_collections, "weights")
            if layer.bias is not None:
                collect_variable(layer.bias, variables_collections, "biases")
            return finished(outputs, normalizer_fn, normalizer_params, activation_fn, outputs_collections, sc.name)

    convolve_transpose.__name__ = convolve_transpose.__qualname__ = f"convolution{dimensions}d_transpose"
    convolve_transpose.__doc__ = (
        "The transposed convolution; arguments as of `convolution`. Raises ValueError for what does not fit."
    )
    return add_arg_scope(convolve_transpose)


convolution2d_transpose = _transpose(2, transposed.Conv2DTranspose, "Conv2d_transpose", "NHWC")
convolution3d_transpose = _transpose(3, transposed.Conv3DTranspose, "Conv3d_transpose", "NDHWC")


@add_arg_scope
def separable_convolution2d(
    inputs,
    num_outputs,
    kernel_size,
    depth_multiplier=1,
    stride=1,
    padding="SAME",
    data_format="NHWC",
    rate=1,
    activation_fn=nn.relu,
    normalizer_fn=None,
    normalizer_params=None,
    weights_initializer=XAVIER,
    pointwise_initializer=None,
    weights_regularizer=None,
    biases_initializer=ZEROS,
    biases_regularizer=None,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    scope=None,
):
    """A depthwise convolution, then a pointwise one to `num_outputs` channels (none where that is None); see `convolution`.

    Raises ValueError for another data format.
    """
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    renamed = {"bias": "biases", "depthwise_kernel": "depthwise_weights", "pointwise_kernel": "pointwise_weights"}
    with variable_scope(scope, "SeparableConv2d", [inputs], reuse=reuse, custom_getter=model_getter(renamed)) as sc:
        inputs = convert_to_tensor(inputs)
        if num_outputs is None:
            outputs = _depthwise(
                inputs,
                (kernel_size, stride, rate, padding, data_format, depth_multiplier),
                (weights_initializer, weights_regularizer, biases_initializer, biases_regularizer),
                normalizer_fn is None,
                variables_collections,
                trainable,
            )
            return finished(outputs, normalizer_fn, normalizer_params, activation_fn, outputs_collections, sc.name)
        layer = separable.SeparableConv2D(
            num_outputs,
            kernel_size,
            strides=stride,
            padding=padding,
            data_format=channels_word(data_format),
            dilation_rate=collected.two_element_tuple(rate),
            depth_multiplier=depth_multiplier,
            depthwise_initializer=weights_initializer,
            pointwise_initializer=weights_initializer if pointwise_initializer is None else pointwise_initializer,
            depthwise_regularizer=weights_regularizer,
            pointwise_regularizer=weights_regularizer,
            **_of_layer(inputs, sc, reuse, trainable, normalizer_fn, biases_initializer, biases_regularizer),
        )
        outputs = layer(inputs)
        collect_variable(layer.depthwise_kernel, variables_collections, "weights")
        collect_variable(layer.pointwise_kernel, variables_collections, "weights")
        if layer.bias is not None:
            collect_variable(layer.bias, variables_collections, "biases")
        return finished(outputs, normalizer_fn, normalizer_params, activation_fn, outputs_collections, sc.name)


def _depthwise(inputs, window, starts, biased, variables_collections, trainable):
    kernel_size, stride, rate, padding, data_format, multiplier = window
    weights_initializer, weights_regularizer, biases_initializer, biases_regularizer = starts
    kind, channels = inputs.dtype.base_dtype, collected.channel_dimension(inputs.shape, data_format, min_rank=4)
    weights = model_variable(
        "depthwise_weights",
        shape=[*collected.two_element_tuple(kernel_size), channels, multiplier],
        dtype=kind,
        initializer=weights_initializer,
        regularizer=weights_regularizer,
        trainable=trainable,
        collections=collected.get_variable_collections(variables_collections, "weights"),
    )
    steps = collected.two_element_tuple(stride)
    strides = [1, 1, *steps] if data_format.startswith("NC") else [1, *steps, 1]
    rates = collected.two_element_tuple(rate)
    outputs = conv.depthwise_conv2d_v1(inputs, weights, strides, padding, rate=rates, data_format=data_format)
    if not biased or biases_initializer is None:
        return outputs
    biases = model_variable(
        "biases",
        shape=[multiplier * channels],
        dtype=kind,
        initializer=biases_initializer,
        regularizer=biases_regularizer,
        trainable=trainable,
        collections=collected.get_variable_collections(variables_collections, "biases"),
    )
    return nn.bias_add(outputs, biases, data_format=data_format)


@add_arg_scope
def convolution2d_in_plane(
    inputs,
    kernel_size,
    stride=1,
    padding="SAME",
    activation_fn=nn.relu,
    normalizer_fn=None,
    normalizer_params=None,
    weights_initializer=XAVIER,
    weights_regularizer=None,
    biases_initializer=ZEROS,
    biases_regularizer=None,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    scope=None,
):
    """The same filter on every channel, each by itself; see `convolution`. Raises ValueError for an unknown number of channels."""
    with variable_scope(scope, "ConvInPlane", [inputs], reuse=reuse) as sc:
        kind = inputs.dtype.base_dtype
        channels = collected.last_dimension(inputs.shape, min_rank=4)
        weights = model_variable(
            "weights",
            shape=[*collected.two_element_tuple(kernel_size), 1, 1],
            dtype=kind,
            initializer=weights_initializer,
            regularizer=weights_regularizer,
            collections=collected.get_variable_collections(variables_collections, "weights"),
            trainable=trainable,
        )
        filters = array.tile(weights, [1, 1, channels, 1])
        strides = [1, *collected.two_element_tuple(stride), 1]
        outputs = conv.depthwise_conv2d_v1(inputs, filters, strides, padding)
        if normalizer_fn is None and biases_initializer is not None:
            biases = model_variable(
                "biases",
                shape=[channels],
                dtype=kind,
                initializer=biases_initializer,
                regularizer=biases_regularizer,
                collections=collected.get_variable_collections(variables_collections, "biases"),
                trainable=trainable,
            )
            outputs = nn.bias_add(outputs, biases)
        return finished(outputs, normalizer_fn, normalizer_params, activation_fn, outputs_collections, sc.name)
