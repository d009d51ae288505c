"""Networks as lists of operations, as MobileNet v2 is described: `op(function, argument=…)` for every layer."""

import collections
import contextlib
import posixpath

from mainstem.dialects.contrib.arg_scope import add_arg_scope, arg_scope, has_arg_scope
from mainstem.dialects.contrib.convolution import convolution2d, convolution2d_transpose, separable_convolution2d
from mainstem.dialects.contrib.layers import dropout, fully_connected, softmax
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.contrib.regularizers import l2_regularizer
from mainstem.dialects.nets.fixed_padding import fixed_padding
from mainstem.dialects.nets.mobilenet.conv_blocks import make_divisible
from mainstem.surface import array, framework, pool
from mainstem.surface.contrib_initializers import xavier_initializer
from mainstem.surface.framework import name_scope
from mainstem.surface.initializers import TruncatedNormal, Zeros
from mainstem.surface.variable_scope import variable_scope

_Op = collections.namedtuple("Op", ["op", "params", "multiplier_func"])


@add_arg_scope
def depth_multiplier(output_params, multiplier, divisible_by=8, min_depth=8, **unused_kwargs):
    """Scales `num_outputs` in a dict of arguments, made divisible. Layers without `num_outputs` stay as they are."""
    if "num_outputs" in output_params:
        output_params["num_outputs"] = make_divisible(output_params["num_outputs"] * multiplier, divisible_by, min_depth)


def op(opfunc, multiplier_func=depth_multiplier, **params):
    """A layer of a network: a function, its arguments, and what scales them."""
    return _Op(opfunc, params=params, multiplier_func=multiplier_func)


class NoOpScope:
    """A `with` that does nothing."""

    def __enter__(self):
        return None

    def __exit__(self, kind, error, trace):
        return False


def safe_arg_scope(funcs, **kwargs):
    """`arg_scope` without the arguments that are None, so that they do not replace others; nothing where none is left."""
    given = {name: value for name, value in kwargs.items() if value is not None}
    return arg_scope(funcs, **given) if given else NoOpScope()


@contextlib.contextmanager
def _scopes(scope, default_scope):
    """A variable scope, and its name scope without the `_1` that a second entry would get."""
    with variable_scope(scope, default_name=default_scope) as s, name_scope(s.original_name_scope):
        yield s


@contextlib.contextmanager
def _defaults(of_ops):
    with contextlib.ExitStack() as stack:
        for functions, arguments in (of_ops or {}).items():
            functions = functions if isinstance(functions, (list, tuple)) else [functions]
            stack.enter_context(arg_scope([f for f in functions if has_arg_scope(f)], **arguments))
        yield


@add_arg_scope
def mobilenet_base(
    inputs,
    conv_defs,
    multiplier=1.0,
    final_endpoint=None,
    output_stride=None,
    use_explicit_padding=False,
    scope=None,
    is_training=False,
):
    """The layers of `conv_defs` up to `final_endpoint`.

    Args:
        inputs: [batch, height, width, channels].
        conv_defs: a dict with "spec", a list of `op`s, and "defaults", arguments by tuples of functions.
        multiplier: scales the channels of every layer.
        final_endpoint: "layer_n", or None for all layers.
        output_stride: None, 1 or a multiple of 2; once it is reached, convolutions are dilated.
        use_explicit_padding: pads by the kernel alone, so that the result does not depend on the image's size.
        scope: of the variables.
        is_training: whether batch normalization takes the batches' moments; None leaves it to the argument scope.

    Gives the last tensor and a dict of the end points by name. Raises ValueError for a wrong multiplier or stride.
    """
    if multiplier <= 0:
        raise ValueError("multiplier is not greater than zero.")
    if output_stride is not None and (output_stride == 0 or (output_stride > 1 and output_stride % 2)):
        raise ValueError("Output stride must be None, 1 or a multiple of 2.")
    convolutions = [convolution2d, convolution2d_transpose, separable_convolution2d]
    with (
        _scopes(scope, "Mobilenet"),
        safe_arg_scope([batch_norm], is_training=is_training),
        _defaults(conv_defs.get("defaults")),
        safe_arg_scope(convolutions, padding="VALID" if use_explicit_padding else "SAME"),
    ):
        return _layers(inputs, conv_defs, multiplier, final_endpoint, output_stride, use_explicit_padding)


def _layers(net, conv_defs, multiplier, final_endpoint, output_stride, explicit):
    points, inside, now, rate = {}, {}, 1, 1
    for i, layer in enumerate(conv_defs["spec"], 1):
        params = dict(layer.params)
        layer.multiplier_func(params, multiplier)
        own = params.get("stride", 1)
        if output_stride is not None and now == output_stride:
            params["stride"], dilation = 1, rate
            rate *= own
        else:
            params["stride"], dilation = own, 1
            now *= own
        if dilation > 1:
            params["rate"] = dilation
        if explicit:
            if "kernel_size" in params:
                net = fixed_padding(net, params["kernel_size"], dilation)
            else:
                params["use_explicit_padding"] = True
        name = f"layer_{i}"
        try:
            net = layer.op(net, **params)
        except Exception as e:
            e.add_note(f"mobilenet: layer {i}, {getattr(layer.op, '__name__', layer.op)}, with {params}")
            raise
        points[name] = net
        inside[posixpath.dirname(net.name)] = name
        if name == final_endpoint:
            break
    for o in net.graph.get_operations():  # what the layers themselves call an output
        where, last = posixpath.split(o.name)
        if where in inside and last.endswith("output"):
            points[f"{inside[where]}/{last}"] = o.outputs[0]
    return net, points


@add_arg_scope
def mobilenet(
    inputs, num_classes=1001, prediction_fn=softmax, reuse=None, scope="Mobilenet", base_only=False, **mobilenet_args
):
    """The network of `mobilenet_args["conv_defs"]` with scores after it; further arguments are those of `mobilenet_base`.

    Args:
        inputs: [batch, height, width, channels].
        num_classes: how many scores; with 0 or None the result is what the last layer would get.
        prediction_fn: gives the end point "Predictions" from the scores, or None.
        reuse, scope: of the variables.
        base_only: leave out everything after the layers.

    Gives the scores before softmax, and a dict of the end points by name. Raises ValueError for an input that is no batch of images.
    """
    training = mobilenet_args.get("is_training", False)
    if inputs.shape.ndims != 4:
        raise ValueError(f"Expected rank 4 input, was: {inputs.shape.ndims}")
    with variable_scope(scope, "Mobilenet", reuse=reuse) as scope:
        inputs = framework.identity(inputs, "input")
        net, points = mobilenet_base(inputs, scope=scope, **mobilenet_args)
        if base_only:
            return net, points
        net = framework.identity(net, name="embedding")
        with variable_scope("Logits"):
            net = points["global_pool"] = global_pool(net)
            if not num_classes:
                return net, points
            net = dropout(net, scope="Dropout", is_training=training)
            where = {"biases_initializer": Zeros(), "scope": "Conv2d_1c_1x1"}
            logits = convolution2d(net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, **where)
            logits = framework.identity(array.squeeze(logits, [1, 2]), name="output")
        points["Logits"] = logits
        if prediction_fn:
            points["Predictions"] = prediction_fn(logits, "Predictions")
    return logits, points


def global_pool(input_tensor, pool_op=pool.avg_pool_v1):
    """The mean over the image as [batch, 1, 1, channels]; `pool_op` is another pooling function of `tf.nn`.

    Raises NotImplementedError for images whose size is unknown.
    """
    size = input_tensor.shape.as_list()[1:3]
    if None in size:
        raise NotImplementedError(f"global_pool: images of unknown size: {input_tensor.shape}")
    output = pool_op(input_tensor, ksize=[1, *size, 1], strides=[1, 1, 1, 1], padding="VALID")
    output.set_shape([None, 1, 1, None])
    return output


def training_scope(is_training=True, weight_decay=0.00004, stddev=0.09, dropout_keep_prob=0.8, bn_decay=0.997):
    """The argument scope for training; with `is_training` None those arguments are left alone.

    `stddev`: of the weights at the start; below 0 they start as `xavier_initializer` has them.
    """
    start = xavier_initializer() if stddev < 0 else TruncatedNormal(stddev=stddev)
    with (
        arg_scope([convolution2d, fully_connected, separable_convolution2d], weights_initializer=start),
        arg_scope([mobilenet_base, mobilenet], is_training=is_training),
        safe_arg_scope([batch_norm], decay=bn_decay, is_training=is_training),
        safe_arg_scope([dropout], is_training=is_training, keep_prob=dropout_keep_prob),
        arg_scope([convolution2d], weights_regularizer=l2_regularizer(weight_decay)),
        arg_scope([separable_convolution2d], weights_regularizer=None) as scope,
    ):
        return scope
