"""`tf.contrib.layers`: fully connected layers, pooling, dropout and what composes layers."""

import functools

from mainstem.base import dtypes
from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.arg_scope import add_arg_scope
from mainstem.dialects.contrib.getter import collect_variable, finished, model_getter
from mainstem.dialects.contrib.variables import model_variable
from mainstem.dialects.layers import core, pooling
from mainstem.surface import array, index, math, nn
from mainstem.surface.contrib_initializers import xavier_initializer
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.initializers import Zeros
from mainstem.surface.variable_scope import variable_scope

XAVIER, ZEROS = xavier_initializer(), Zeros()


@add_arg_scope
def fully_connected(
    inputs,
    num_outputs,
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
    """inputs · weights, then the normalizer (else plus biases), then the activation.

    Args:
        inputs: [.., n].
        num_outputs: size of the last axis of the result.
        activation_fn, normalizer_fn: functions of the tensor, or None; the latter gets `normalizer_params`.
        weights_initializer, biases_initializer: no biases where the latter is None or there is a normalizer.
        weights_regularizer, biases_regularizer: `regularizer(variable)` gives a loss.
        reuse: whether the scope shares variables.
        variables_collections: further collections of the variables: a list, or a dict by "weights" and "biases".
        outputs_collections: collections that the result joins under the scope's name.
        trainable, scope: of the variables.

    Raises ValueError when `num_outputs` is not an int.
    """
    if not isinstance(num_outputs, int):
        raise ValueError(f"num_outputs type should be one of [<class 'int'>], got {type(num_outputs)}.")
    getter = model_getter({"bias": "biases", "kernel": "weights"})
    with variable_scope(scope, "fully_connected", [inputs], reuse=reuse, custom_getter=getter) as sc:
        inputs = convert_to_tensor(inputs)
        layer = core.Dense(
            num_outputs,
            use_bias=not normalizer_fn and biases_initializer,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=sc.name,
            dtype=inputs.dtype.base_dtype,
            _scope=sc,
            _reuse=reuse,
        )
        outputs = layer(inputs)
        collect_variable(layer.kernel, variables_collections, "weights")
        if layer.bias is not None:
            collect_variable(layer.bias, variables_collections, "biases")
        return finished(outputs, normalizer_fn, normalizer_params, activation_fn, outputs_collections, sc.name)


linear = functools.partial(fully_connected, activation_fn=None)
relu = functools.partial(fully_connected, activation_fn=nn.relu)
relu6 = functools.partial(fully_connected, activation_fn=nn.relu6)
elu = functools.partial(fully_connected, activation_fn=nn.elu)


def _pooling(layer, default_scope, formats, doc):
    usual = formats[0]

    def pool(inputs, kernel_size, stride=2, padding="VALID", data_format=usual, outputs_collections=None, scope=None):
        if data_format not in formats:
            raise ValueError(f"data_format has to be either {' or '.join(sorted(formats))}.")
        with name_scope(scope, default_scope, [inputs]) as sc:
            inputs = convert_to_tensor(inputs)
            word = "channels_first" if data_format.startswith("NC") else "channels_last"
            made = layer(kernel_size, stride, padding=padding, data_format=word, _scope=sc)
            return collected.collect_named_outputs(outputs_collections, sc, made(inputs))

    pool.__doc__ = doc + " Raises ValueError for another data format."
    return pool


def _named(name, function):
    function.__name__ = function.__qualname__ = name
    return add_arg_scope(function)


_PLANE, _SPACE = ("NHWC", "NCHW"), ("NDHWC", "NCDHW")
max_pool2d = _named(
    "max_pool2d", _pooling(pooling.MaxPooling2D, "MaxPool2D", _PLANE, "The maximum of each window of images; padding VALID.")
)
avg_pool2d = _named(
    "avg_pool2d", _pooling(pooling.AveragePooling2D, "AvgPool2D", _PLANE, "The mean of each window of images; padding VALID.")
)
max_pool3d = _named(
    "max_pool3d", _pooling(pooling.MaxPooling3D, "MaxPool3D", _SPACE, "The maximum of each window of volumes; padding VALID.")
)
avg_pool3d = _named(
    "avg_pool3d", _pooling(pooling.AveragePooling3D, "AvgPool3D", _SPACE, "The mean of each window of volumes; padding VALID.")
)


@add_arg_scope
def dropout(inputs, keep_prob=0.5, noise_shape=None, is_training=True, outputs_collections=None, scope=None, seed=None):
    """Keeps entries with probability `keep_prob`, scaled by its inverse, when `is_training` (a bool or a bool tensor) holds."""
    with variable_scope(scope, "Dropout", [inputs], custom_getter=model_getter()) as sc:
        inputs = convert_to_tensor(inputs)
        layer = core.Dropout(rate=1 - keep_prob, noise_shape=noise_shape, seed=seed, name=sc.name, _scope=sc)
        outputs = layer(inputs, training=is_training)
        return collected.collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def flatten(inputs, outputs_collections=None, scope=None):
    """[batch, ...] as [batch, n]. Raises ValueError for a scalar."""
    with name_scope(scope, "Flatten", [inputs]) as sc:
        inputs = convert_to_tensor(inputs)
        return collected.collect_named_outputs(outputs_collections, sc, core.flatten(inputs))


@add_arg_scope
def softmax(logits, scope=None):
    """The softmax over the last axis, for a tensor of any rank from 2. Raises ValueError when that axis' size is unknown."""
    with variable_scope(scope, "softmax", [logits]):
        classes = collected.last_dimension(logits.shape, min_rank=2)
        rows = nn.softmax_v1(array.reshape(logits, [-1, classes]))
        predictions = array.reshape(rows, array.shape(logits))
        if not predictions._is_eager:
            predictions.set_shape(logits.shape)
        return predictions


@add_arg_scope
def one_hot_encoding(labels, num_classes, on_value=1.0, off_value=0.0, outputs_collections=None, scope=None):
    """Class numbers as rows with `on_value` at the class and `off_value` elsewhere."""
    with name_scope(scope, "OneHotEncoding", [labels, num_classes]) as sc:
        labels = convert_to_tensor(labels)
        if labels.dtype.base_dtype == dtypes.int32:
            labels = math.cast(labels, dtypes.int64, name="ToInt64")
        outputs = index.one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return collected.collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def bias_add(
    inputs,
    activation_fn=None,
    initializer=ZEROS,
    regularizer=None,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    data_format="NHWC",
    scope=None,
):
    """Adds a variable `biases` to the channels. Raises ValueError for another data format or an unknown number of channels."""
    if data_format not in _PLANE:
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as sc:
        inputs = convert_to_tensor(inputs)
        if inputs.shape.ndims is None:
            raise ValueError("Dims of shape must be known but is None")
        if inputs.shape.ndims != 4 and data_format == "NCHW":
            raise ValueError("Data format NCHW only supports 4D Tensor")
        biases = model_variable(
            "biases",
            shape=[collected.channel_dimension(inputs.shape, data_format)],
            dtype=inputs.dtype.base_dtype,
            initializer=initializer,
            regularizer=regularizer,
            collections=collected.get_variable_collections(variables_collections, "biases"),
            trainable=trainable,
        )
        outputs = nn.bias_add(inputs, biases, data_format=data_format)
        return finished(outputs, None, None, activation_fn, outputs_collections, sc.name)


def _scope_of(layer):
    named = layer if hasattr(layer, "__name__") else getattr(layer, "func", None)
    return getattr(named, "__name__", "stack")


@add_arg_scope
def repeat(inputs, repetitions, layer, *args, **kwargs):
    """`layer` applied several times: `repeat(x, 3, conv2d, 64, [3, 3], scope="conv1")` makes conv1/conv1_1 to conv1/conv1_3."""
    scope = kwargs.pop("scope", None)
    with variable_scope(scope, "Repeat", [inputs]):
        outputs = convert_to_tensor(inputs)
        scope = scope or _scope_of(layer)
        for i in range(repetitions):
            outputs = layer(outputs, *args, **{**kwargs, "scope": f"{scope}_{i + 1}"})
        return outputs


@add_arg_scope
def stack(inputs, layer, stack_args, **kwargs):
    """`layer` applied once for each entry of `stack_args`, its argument or arguments. Raises ValueError for no list."""
    scope = kwargs.pop("scope", None)
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError("stack_args need to be a list or tuple")
    with variable_scope(scope, "Stack", [inputs]):
        outputs = convert_to_tensor(inputs)
        scope = scope or _scope_of(layer)
        for i, one in enumerate(stack_args):
            one = one if isinstance(one, (list, tuple)) else [one]
            outputs = layer(outputs, *one, **{**kwargs, "scope": f"{scope}_{i + 1}"})
        return outputs
