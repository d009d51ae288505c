"""VGG: stacks of 3x3 convolutions (Simonyan and Zisserman, arXiv:1409.1556), configurations A, D and E.

The fully connected layers are convolutions, so that a larger image gives a map of scores.
"""

from mainstem.dialects.contrib import collected, layers
from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d as conv2d
from mainstem.dialects.contrib.layers import ZEROS, dropout, fully_connected, max_pool2d
from mainstem.dialects.contrib.regularizers import l2_regularizer
from mainstem.dialects.nets.scores import scores
from mainstem.surface import nn
from mainstem.surface.variable_scope import variable_scope

_DEPTHS = (64, 128, 256, 512, 512)


def vgg_arg_scope(weight_decay=0.0005):
    """The argument scope of VGG: ReLU, padding SAME, an L2 penalty of `weight_decay` on weights."""
    of_both = {"activation_fn": nn.relu, "weights_regularizer": l2_regularizer(weight_decay), "biases_initializer": ZEROS}
    with arg_scope([conv2d, fully_connected], **of_both), arg_scope([conv2d], padding="SAME") as scope:
        return scope


def _vgg(name, sizes, doc):
    def vgg(
        inputs,
        num_classes=1000,
        is_training=True,
        dropout_keep_prob=0.5,
        spatial_squeeze=True,
        scope=name,
        fc_conv_padding="VALID",
        global_pool=False,
    ):
        with variable_scope(scope, name, [inputs]) as sc:
            points = sc.original_name_scope + "_end_points"
            with arg_scope([conv2d, fully_connected, max_pool2d], outputs_collections=points):
                net = inputs
                for i, (size, depth) in enumerate(zip(sizes, _DEPTHS, strict=True), 1):
                    net = layers.repeat(net, size, conv2d, depth, [3, 3], scope=f"conv{i}")
                    net = max_pool2d(net, [2, 2], scope=f"pool{i}")
                net = conv2d(net, 4096, [7, 7], padding=fc_conv_padding, scope="fc6")
                net = dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout6")
                net = conv2d(net, 4096, [1, 1], scope="fc7")
                end_points = collected.convert_collection_to_dict(points)
                of_drop = {"keep_prob": dropout_keep_prob, "is_training": is_training, "scope": "dropout7"}
                net = scores(net, end_points, sc.name, "fc8", num_classes, of_drop, spatial_squeeze, global_pool)
                return net, end_points

    vgg.__name__ = vgg.__qualname__ = name
    vgg.__doc__ = doc + _ARGUMENTS
    vgg.default_image_size = 224
    return vgg


_ARGUMENTS = """

    Args:
        inputs: [batch, height, width, channels]; 224 x 224 pixels give one row of scores.
        num_classes: how many scores; with 0 or None the result is what `fc8` would get.
        is_training: whether dropout is active.
        dropout_keep_prob: with which probability it keeps a unit.
        spatial_squeeze: the scores as [batch, num_classes], without the two axes of size 1.
        scope: of the variables.
        fc_conv_padding: of `fc6`; "SAME" for fully convolutional use.
        global_pool: the mean over the map before the scores, so that images of any size give one row.

    Gives the scores before softmax, and a dict of the end points by name.
    """
vgg_a = _vgg("vgg_a", (1, 1, 2, 2, 2), "Configuration A: 11 layers.")
vgg_16 = _vgg("vgg_16", (2, 2, 3, 3, 3), "Configuration D: 16 layers.")
vgg_19 = _vgg("vgg_19", (2, 2, 4, 4, 4), "Configuration E: 19 layers.")
vgg_d, vgg_e = vgg_16, vgg_19
