"""OverFeat, the fast model (Sermanet et al., arXiv:1312.6229)."""

from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d as conv2d
from mainstem.dialects.contrib.layers import ZEROS, dropout, fully_connected, max_pool2d
from mainstem.dialects.contrib.regularizers import l2_regularizer
from mainstem.dialects.nets.scores import scores
from mainstem.surface import nn
from mainstem.surface.initializers import Constant, TruncatedNormal
from mainstem.surface.variable_scope import variable_scope


def overfeat_arg_scope(weight_decay=0.0005):
    """The argument scope of OverFeat: ReLU, padding SAME, pooling VALID, an L2 penalty."""
    of_both = {"activation_fn": nn.relu, "weights_regularizer": l2_regularizer(weight_decay), "biases_initializer": ZEROS}
    with (
        arg_scope([conv2d, fully_connected], **of_both),
        arg_scope([conv2d], padding="SAME"),
        arg_scope([max_pool2d], padding="VALID") as scope,
    ):
        return scope


def overfeat(
    inputs,
    num_classes=1000,
    is_training=True,
    dropout_keep_prob=0.5,
    spatial_squeeze=True,
    scope="overfeat",
    global_pool=False,
):
    """OverFeat; the fully connected layers are convolutions. Arguments and results as of `vgg.vgg_16`; 231 x 231 pixels."""
    with variable_scope(scope, "overfeat", [inputs]) as sc:
        points = sc.original_name_scope + "_end_points"
        with arg_scope([conv2d, fully_connected, max_pool2d], outputs_collections=points):
            net = conv2d(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1")
            net = max_pool2d(net, [2, 2], scope="pool1")
            net = conv2d(net, 256, [5, 5], padding="VALID", scope="conv2")
            net = max_pool2d(net, [2, 2], scope="pool2")
            net = conv2d(net, 512, [3, 3], scope="conv3")
            net = conv2d(net, 1024, [3, 3], scope="conv4")
            net = conv2d(net, 1024, [3, 3], scope="conv5")
            net = max_pool2d(net, [2, 2], scope="pool5")
            with arg_scope([conv2d], weights_initializer=TruncatedNormal(0.0, 0.005), biases_initializer=Constant(0.1)):
                net = conv2d(net, 3072, [6, 6], padding="VALID", scope="fc6")
                net = dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout6")
                net = conv2d(net, 4096, [1, 1], scope="fc7")
                end_points = collected.convert_collection_to_dict(points)
                of_drop = {"keep_prob": dropout_keep_prob, "is_training": is_training, "scope": "dropout7"}
                head = (num_classes, of_drop, spatial_squeeze, global_pool)
                return scores(net, end_points, sc.name, "fc8", *head, biases_initializer=ZEROS), end_points


overfeat.default_image_size = 231
