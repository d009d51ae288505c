"""MobileNet v1: depthwise convolutions, then 1x1 ones (Howard et al., arXiv:1704.04861)."""

import collections
import functools

from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d, separable_convolution2d
from mainstem.dialects.contrib.layers import dropout, softmax
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.contrib.regularizers import l2_regularizer
from mainstem.dialects.nets.fixed_padding import fixed_padding
from mainstem.dialects.nets.inception_utils import depth_of
from mainstem.dialects.nets.scores import pooled, squeezed_scores
from mainstem.graph.keys import GraphKeys
from mainstem.surface import nn
from mainstem.surface.initializers import TruncatedNormal
from mainstem.surface.variable_scope import variable_scope

Conv = collections.namedtuple("Conv", ["kernel", "stride", "depth"])
DepthSepConv = collections.namedtuple("DepthSepConv", ["kernel", "stride", "depth"])
_PAIRS = [(1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512), *[(1, 512)] * 5, (2, 1024), (1, 1024)]
MOBILENETV1_CONV_DEFS = [
    Conv(kernel=[3, 3], stride=2, depth=32),
    *(DepthSepConv(kernel=[3, 3], stride=stride, depth=depth) for stride, depth in _PAIRS),
]


def mobilenet_v1_base(
    inputs,
    final_endpoint="Conv2d_13_pointwise",
    min_depth=8,
    depth_multiplier=1.0,
    conv_defs=None,
    output_stride=None,
    use_explicit_padding=False,
    scope=None,
):
    """The network up to `final_endpoint`.

    Args:
        inputs: [batch, height, width, channels].
        final_endpoint: "Conv2d_0", or "Conv2d_n_depthwise" or "Conv2d_n_pointwise" for n from 1 on.
        min_depth, depth_multiplier: the multiplier scales the number of filters, which stays at least `min_depth`.
        conv_defs: the layers, `Conv` and `DepthSepConv`; `MOBILENETV1_CONV_DEFS` if None.
        output_stride: 8, 16 or 32, or None for that of the layers; once it is reached, convolutions are dilated.
        use_explicit_padding: pads by the kernel alone, so that the result does not depend on the image's size.
        scope: of the variables.

    Gives that tensor and a dict of the end points by name. Raises ValueError for another stride, an unknown end point or layer, or a
    multiplier that is not positive.
    """
    depth, points = depth_of(depth_multiplier, min_depth), {}
    if output_stride is not None and output_stride not in (8, 16, 32):
        raise ValueError("Only allowed output_stride values are 8, 16, 32.")
    padding = "VALID" if use_explicit_padding else "SAME"
    with (
        variable_scope(scope, "MobilenetV1", [inputs]),
        arg_scope([convolution2d, separable_convolution2d], padding=padding),
    ):
        net, now, rate = inputs, 1, 1
        for i, layer in enumerate(MOBILENETV1_CONV_DEFS if conv_defs is None else conv_defs):
            if output_stride is not None and now == output_stride:
                stride, dilation = 1, rate
                rate *= layer.stride
            else:
                stride, dilation = layer.stride, 1
                now *= layer.stride
            if use_explicit_padding:
                net = fixed_padding(net, layer.kernel, 1 if isinstance(layer, Conv) else dilation)
            for name, made in _layer(net, i, layer, depth(layer.depth), stride, dilation):
                net = points[name] = made
                if name == final_endpoint:
                    return net, points
    raise ValueError(f"Unknown final endpoint {final_endpoint}")


def _layer(net, i, layer, depth, stride, rate):
    """The end points of one layer, by name, in order."""
    name = f"Conv2d_{i}"
    if isinstance(layer, Conv):
        yield name, convolution2d(net, depth, layer.kernel, stride=stride, scope=name)
    elif isinstance(layer, DepthSepConv):
        name += "_depthwise"
        net = separable_convolution2d(net, None, layer.kernel, depth_multiplier=1, stride=stride, rate=rate, scope=name)
        yield name, net
        name = f"Conv2d_{i}_pointwise"
        yield name, convolution2d(net, depth, [1, 1], stride=1, scope=name)
    else:
        raise ValueError(f"Unknown convolution type {type(layer).__name__} for layer {i}")


def mobilenet_v1(
    inputs,
    num_classes=1000,
    dropout_keep_prob=0.999,
    is_training=True,
    min_depth=8,
    depth_multiplier=1.0,
    conv_defs=None,
    prediction_fn=softmax,
    spatial_squeeze=True,
    reuse=None,
    scope="MobilenetV1",
    global_pool=False,
):
    """MobileNet v1 for images of 224 x 224 pixels; other arguments as of `mobilenet_v1_base`.

    Args:
        num_classes: how many scores; with 0 or None the result is what the last layer would get.
        dropout_keep_prob: with which probability dropout keeps a unit.
        is_training: whether dropout and the batches' moments are in use.
        prediction_fn: gives the end point "Predictions" from the scores, or None.
        spatial_squeeze: the scores as [batch, num_classes], without the two axes of size 1.
        reuse: of the variables.
        global_pool: the mean over the whole map in place of a window of 7 x 7.

    Gives the scores before softmax, and a dict of the end points by name. Raises ValueError for an input that is no batch of images.
    """
    if inputs.shape.ndims != 4:
        raise ValueError(f"Invalid input tensor rank, expected 4, was: {inputs.shape.ndims}")
    with (
        variable_scope(scope, "MobilenetV1", [inputs], reuse=reuse) as scope,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, points = mobilenet_v1_base(
            inputs, scope=scope, min_depth=min_depth, depth_multiplier=depth_multiplier, conv_defs=conv_defs
        )
        with variable_scope("Logits"):
            net = pooled(net, points, global_pool, [7, 7], "global_pool", "AvgPool_1a")
            if not num_classes:
                return net, points
            net = dropout(net, dropout_keep_prob, scope="Dropout_1b")
            logits = squeezed_scores(net, num_classes, spatial_squeeze, "Conv2d_1c_1x1")
        points["Logits"] = logits
        if prediction_fn:
            points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, points


mobilenet_v1.default_image_size = 224


def _of_multiplier(multiplier):
    made = functools.partial(mobilenet_v1, depth_multiplier=multiplier)
    return functools.update_wrapper(made, mobilenet_v1)


mobilenet_v1_075, mobilenet_v1_050, mobilenet_v1_025 = map(_of_multiplier, (0.75, 0.5, 0.25))


def mobilenet_v1_arg_scope(
    is_training=True,
    weight_decay=0.00004,
    stddev=0.09,
    regularize_depthwise=False,
    batch_norm_decay=0.9997,
    batch_norm_epsilon=0.001,
    batch_norm_updates_collections=GraphKeys.UPDATE_OPS,
    normalizer_fn=batch_norm,
):
    """The argument scope of MobileNet v1; with `is_training` None, batch normalization's argument is left alone."""
    of_norm = {
        "center": True,
        "scale": True,
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "updates_collections": batch_norm_updates_collections,
    }
    if is_training is not None:
        of_norm["is_training"] = is_training
    penalty, start = l2_regularizer(weight_decay), TruncatedNormal(stddev=stddev)
    of_both = {"weights_initializer": start, "activation_fn": nn.relu6, "normalizer_fn": normalizer_fn}
    with (
        arg_scope([convolution2d, separable_convolution2d], **of_both),
        arg_scope([batch_norm], **of_norm),
        arg_scope([convolution2d], weights_regularizer=penalty),
        arg_scope([separable_convolution2d], weights_regularizer=penalty if regularize_depthwise else None) as scope,
    ):
        return scope
