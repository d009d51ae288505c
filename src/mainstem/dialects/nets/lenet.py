"""LeNet (LeCun et al., "Gradient-based learning applied to document recognition", 1998), in the sizes of the model zoo."""

from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d as conv2d
from mainstem.dialects.contrib.layers import dropout, flatten, fully_connected, max_pool2d, softmax
from mainstem.dialects.contrib.regularizers import l2_regularizer
from mainstem.surface import nn
from mainstem.surface.initializers import TruncatedNormal
from mainstem.surface.variable_scope import variable_scope


def lenet(images, num_classes=10, is_training=False, dropout_keep_prob=0.5, prediction_fn=softmax, scope="LeNet"):
    """Two convolutions and two fully connected layers over images of 28 x 28 pixels.

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
    with variable_scope(scope, "LeNet", [images]):
        net = points["conv1"] = conv2d(images, 32, [5, 5], scope="conv1")
        net = points["pool1"] = max_pool2d(net, [2, 2], 2, scope="pool1")
        net = points["conv2"] = conv2d(net, 64, [5, 5], scope="conv2")
        net = points["pool2"] = max_pool2d(net, [2, 2], 2, scope="pool2")
        net = points["Flatten"] = flatten(net)
        net = points["fc3"] = fully_connected(net, 1024, scope="fc3")
        if not num_classes:
            return net, points
        net = points["dropout3"] = dropout(net, dropout_keep_prob, is_training=is_training, scope="dropout3")
        logits = points["Logits"] = fully_connected(net, num_classes, activation_fn=None, scope="fc4")
    points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, points


lenet.default_image_size = 28


def lenet_arg_scope(weight_decay=0.0):
    """The argument scope of LeNet: ReLU, truncated normal weights of deviation 0.1 with an L2 penalty."""
    of_both = {"weights_initializer": TruncatedNormal(stddev=0.1), "activation_fn": nn.relu}
    with arg_scope([conv2d, fully_connected], weights_regularizer=l2_regularizer(weight_decay), **of_both) as scope:
        return scope
