"""MobileNet v2: inverted residuals (Sandler et al., arXiv:1801.04381)."""

import copy
import functools

from mainstem.dialects.contrib.arg_scope import add_arg_scope, arg_scope
from mainstem.dialects.contrib.convolution import convolution2d, separable_convolution2d
from mainstem.dialects.contrib.layers import fully_connected
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.nets.mobilenet import mobilenet as lib
from mainstem.dialects.nets.mobilenet.conv_blocks import expand_input_by_factor, expanded_conv
from mainstem.dialects.nets.mobilenet.mobilenet import op
from mainstem.surface import nn

expand_input = expand_input_by_factor
# (channels, layers, stride of the first of them), each with a widening of 6
_STAGES = [(24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)]
V2_DEF = {
    "defaults": {
        (batch_norm,): {"center": True, "scale": True},
        (convolution2d, fully_connected, separable_convolution2d): {"normalizer_fn": batch_norm, "activation_fn": nn.relu6},
        (expanded_conv,): {
            "expansion_size": expand_input(6),
            "split_expansion": 1,
            "normalizer_fn": batch_norm,
            "residual": True,
        },
        (convolution2d, separable_convolution2d): {"padding": "SAME"},
    },
    "spec": [
        op(convolution2d, stride=2, num_outputs=32, kernel_size=[3, 3]),
        op(expanded_conv, expansion_size=expand_input(1, divisible_by=1), num_outputs=16),
        *(
            op(expanded_conv, stride=stride if i == 0 else 1, num_outputs=channels)
            for channels, layers, stride in _STAGES
            for i in range(layers)
        ),
        op(convolution2d, stride=1, kernel_size=[1, 1], num_outputs=1280),
    ],
}


@add_arg_scope
def mobilenet(
    input_tensor,
    num_classes=1001,
    depth_multiplier=1.0,
    scope="MobilenetV2",
    conv_defs=None,
    finegrain_classification_mode=False,
    min_depth=None,
    divisible_by=None,
    activation_fn=None,
    **kwargs,
):
    """MobileNet v2 for images of 224 x 224 pixels; further arguments are those of `mobilenet.mobilenet`.

    Args:
        input_tensor: [batch, height, width, channels].
        num_classes: how many scores; with 0 or None the result is what the last layer would get.
        depth_multiplier: scales the channels of every layer.
        scope: of the variables.
        conv_defs: the layers; `V2_DEF` if None.
        finegrain_classification_mode: a multiplier below 1 leaves the last layer wide.
        min_depth, divisible_by: least number of channels, and what must divide it; 8 if None.
        activation_fn: in place of ReLU6, or None.

    Gives the scores before softmax, and a dict of the end points by name. Raises ValueError for `multiplier`, or for an activation
    beside layers of your own.
    """
    if "multiplier" in kwargs:
        raise ValueError('mobilenetv2 doesn\'t support generic multiplier parameter use "depth_multiplier" instead.')
    if conv_defs is None:
        conv_defs = V2_DEF
        if activation_fn:
            conv_defs = copy.deepcopy(V2_DEF)
            conv_defs["defaults"][convolution2d, fully_connected, separable_convolution2d]["activation_fn"] = activation_fn
    elif activation_fn:
        raise ValueError("Activation_fn cannot be specified together with conv_defs.")
    if finegrain_classification_mode and depth_multiplier < 1:
        conv_defs = copy.deepcopy(conv_defs)
        conv_defs["spec"][-1].params["num_outputs"] /= depth_multiplier
    of_depth = {n: v for n, v in (("min_depth", min_depth), ("divisible_by", divisible_by)) if v is not None}
    with arg_scope((lib.depth_multiplier,), **of_depth):
        return lib.mobilenet(
            input_tensor, num_classes=num_classes, conv_defs=conv_defs, scope=scope, multiplier=depth_multiplier, **kwargs
        )


mobilenet.default_image_size = 224


def _of_multiplier(**arguments):
    return functools.update_wrapper(functools.partial(mobilenet, **arguments), mobilenet)


mobilenet_v2_140 = _of_multiplier(depth_multiplier=1.4)
mobilenet_v2_050 = _of_multiplier(depth_multiplier=0.50, finegrain_classification_mode=True)
mobilenet_v2_035 = _of_multiplier(depth_multiplier=0.35, finegrain_classification_mode=True)


@add_arg_scope
def mobilenet_base(input_tensor, depth_multiplier=1.0, **kwargs):
    """`mobilenet` without scores: (last tensor, end points)."""
    return mobilenet(input_tensor, depth_multiplier=depth_multiplier, base_only=True, **kwargs)


def training_scope(**kwargs):
    """The argument scope for training; arguments as of `mobilenet.training_scope`."""
    return lib.training_scope(**kwargs)
