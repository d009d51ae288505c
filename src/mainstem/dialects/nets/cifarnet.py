"""CifarNet: two convolutions with local response normalization for images of 32 x 32 pixels (Krizhevsky, cuda-convnet)."""

from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d as conv2d
from mainstem.dialects.contrib.layers import dropout, flatten, fully_connected, max_pool2d, softmax
from mainstem.dialects.contrib.regularizers import l2_regularizer
from mainstem.surface import nn, norm
from mainstem.surface.initializers import Constant, TruncatedNormal, Zeros
from mainstem.surface.variable_scope import variable_scope

_NORM = {"bias": 1.0, "alpha": 0.001 / 9.0, "beta": 0.75}


def cifarnet(images, num_classes=10, is_training=False, dropout_keep_prob=0.5, prediction_fn=softmax, scope="CifarNet"):
    """Two convolutions and three fully connected layers.

    Args:
        images: [batch, height, width, channels].
        num_classes: how many scores; with 0 or None the result is what the last layer would get.
        is_training: whether dropout is active.
        dropout_keep_prob: with which probability it keeps a unit.
        prediction_fn: gives the end point "Predictions" from the scores.
        scope: of the variables.

    Gives the scores before softmax, and a dict of the end points by name.
    """
    points = {}
    with variable_scope(scope, "CifarNet", [images]):
        net = points["conv1"] = conv2d(images, 64, [5, 5], scope="conv1")
        net = points["pool1"] = max_pool2d(net, [2, 2], 2, scope="pool1")
        net = norm.local_response_normalization(net, 4, **_NORM, name="norm1")
        net = points["conv2"] = conv2d(net, 64, [5, 5], scope="conv2")
        net = norm.local_response_normalization(net, 4, **_NORM, name="norm2")
        net = points["pool2"] = max_pool2d(net, [2, 2], 2, scope="pool2")
        net = points["Flatten"] = flatten(net)
        net = points["fc3"] = fully_connected(net, 384, scope="fc3")
        net = dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout3")
        net = points["fc4"] = fully_connected(net, 192, scope="fc4")
        if not num_classes:
            return net, points
        logits = fully_connected(
            net,
            num_classes,
            biases_initializer=Zeros(),
            weights_initializer=TruncatedNormal(0.0, 1 / 192.0),
            weights_regularizer=None,
            activation_fn=None,
            scope="logits",
        )
        points["Logits"], points["Predictions"] = logits, prediction_fn(logits, scope="Predictions")
    return logits, points


cifarnet.default_image_size = 32


def cifarnet_arg_scope(weight_decay=0.004):
    """The argument scope of CifarNet: ReLU, truncated normal weights, an L2 penalty on the fully connected ones."""
    of_dense = {
        "biases_initializer": Constant(0.1),
        "weights_initializer": TruncatedNormal(0.0, 0.04),
        "weights_regularizer": l2_regularizer(weight_decay),
        "activation_fn": nn.relu,
    }
    of_convolution = {"weights_initializer": TruncatedNormal(0.0, 0.05), "activation_fn": nn.relu}
    with arg_scope([conv2d], **of_convolution), arg_scope([fully_connected], **of_dense) as scope:
        return scope
