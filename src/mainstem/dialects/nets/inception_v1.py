"""Inception v1, GoogLeNet (Szegedy et al., arXiv:1409.4842), with batch normalization in its argument scope."""

from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import avg_pool2d, dropout, fully_connected, softmax
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.nets import branches
from mainstem.dialects.nets.inception_utils import inception_arg_scope
from mainstem.dialects.nets.scores import squeezed_scores
from mainstem.surface import reduce
from mainstem.surface.initializers import TruncatedNormal
from mainstem.surface.variable_scope import variable_scope

inception_v1_arg_scope = inception_arg_scope
_ROOT = """
Conv2d_1a_7x7:64/2
MaxPool_2a_3x3/2
Conv2d_2b_1x1:64
Conv2d_2c_3x3:192
MaxPool_3a_3x3/2
"""
_REST = """
Mixed_3b
  Conv2d_0a_1x1:64
  Conv2d_0a_1x1:96 Conv2d_0b_3x3:128
  Conv2d_0a_1x1:16 Conv2d_0b_3x3:32
  MaxPool_0a_3x3 Conv2d_0b_1x1:32
Mixed_3c
  Conv2d_0a_1x1:128
  Conv2d_0a_1x1:128 Conv2d_0b_3x3:192
  Conv2d_0a_1x1:32 Conv2d_0b_3x3:96
  MaxPool_0a_3x3 Conv2d_0b_1x1:64
MaxPool_4a_3x3/2
Mixed_4b
  Conv2d_0a_1x1:192
  Conv2d_0a_1x1:96 Conv2d_0b_3x3:208
  Conv2d_0a_1x1:16 Conv2d_0b_3x3:48
  MaxPool_0a_3x3 Conv2d_0b_1x1:64
Mixed_4c
  Conv2d_0a_1x1:160
  Conv2d_0a_1x1:112 Conv2d_0b_3x3:224
  Conv2d_0a_1x1:24 Conv2d_0b_3x3:64
  MaxPool_0a_3x3 Conv2d_0b_1x1:64
Mixed_4d
  Conv2d_0a_1x1:128
  Conv2d_0a_1x1:128 Conv2d_0b_3x3:256
  Conv2d_0a_1x1:24 Conv2d_0b_3x3:64
  MaxPool_0a_3x3 Conv2d_0b_1x1:64
Mixed_4e
  Conv2d_0a_1x1:112
  Conv2d_0a_1x1:144 Conv2d_0b_3x3:288
  Conv2d_0a_1x1:32 Conv2d_0b_3x3:64
  MaxPool_0a_3x3 Conv2d_0b_1x1:64
Mixed_4f
  Conv2d_0a_1x1:256
  Conv2d_0a_1x1:160 Conv2d_0b_3x3:320
  Conv2d_0a_1x1:32 Conv2d_0b_3x3:128
  MaxPool_0a_3x3 Conv2d_0b_1x1:128
MaxPool_5a_2x2/2
Mixed_5b
  Conv2d_0a_1x1:256
  Conv2d_0a_1x1:160 Conv2d_0b_3x3:320
  Conv2d_0a_1x1:32 Conv2d_0a_3x3:128
  MaxPool_0a_3x3 Conv2d_0b_1x1:128
Mixed_5c
  Conv2d_0a_1x1:384
  Conv2d_0a_1x1:192 Conv2d_0b_3x3:384
  Conv2d_0a_1x1:48 Conv2d_0b_3x3:128
  MaxPool_0a_3x3 Conv2d_0b_1x1:128
"""


def inception_v1_base(inputs, final_endpoint="Mixed_5c", include_root_block=True, scope="InceptionV1"):
    """The network up to `final_endpoint`, without its first layers where `include_root_block` is false.

    Gives that tensor and a dict of the end points by name. Raises ValueError for an unknown end point.
    """
    with (
        variable_scope(scope, "InceptionV1", [inputs]),
        arg_scope([convolution2d, fully_connected], weights_initializer=TruncatedNormal(0.0, 0.01)),
    ):
        text = _ROOT.rstrip() + _REST if include_root_block else _REST
        return branches.base(inputs, text, final_endpoint, branches.How())


def inception_v1(
    inputs,
    num_classes=1000,
    is_training=True,
    dropout_keep_prob=0.8,
    prediction_fn=softmax,
    spatial_squeeze=True,
    reuse=None,
    scope="InceptionV1",
    global_pool=False,
):
    """Inception v1 for images of 224 x 224 pixels.

    Args:
        inputs: [batch, height, width, channels].
        num_classes: how many scores; with 0 or None the result is what the last layer would get.
        is_training: whether dropout and the batches' moments are in use.
        dropout_keep_prob: with which probability dropout keeps a unit.
        prediction_fn: gives the end point "Predictions" from the scores.
        spatial_squeeze: the scores as [batch, num_classes], without the two axes of size 1.
        reuse, scope: of the variables.
        global_pool: the mean over the whole map in place of a window of 7 x 7.

    Gives the scores before softmax, and a dict of the end points by name.
    """
    head = (num_classes, dropout_keep_prob, prediction_fn, spatial_squeeze)
    return _build(inputs, is_training, reuse, scope, global_pool, "AvgPool_0a_7x7", head)


def _build(inputs, is_training, reuse, scope, global_pool, pool_scope, head):
    num_classes, dropout_keep_prob, prediction_fn, spatial_squeeze = head
    with (
        variable_scope(scope, "InceptionV1", [inputs], reuse=reuse) as scope,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, end_points = inception_v1_base(inputs, scope=scope)
        with variable_scope("Logits"):
            if global_pool:
                net = end_points["global_pool"] = reduce.reduce_mean_v1(net, [1, 2], keepdims=True, name="global_pool")
            else:
                net = end_points["AvgPool_0a_7x7"] = avg_pool2d(net, [7, 7], stride=1, scope=pool_scope)
            if not num_classes:
                return net, end_points
            net = dropout(net, dropout_keep_prob, scope="Dropout_0b")
            logits = squeezed_scores(net, num_classes, spatial_squeeze, "Conv2d_0c_1x1")
            end_points["Logits"], end_points["Predictions"] = logits, prediction_fn(logits, scope="Predictions")
    return logits, end_points


def inception_v1_v1(
    inputs,
    num_classes=1000,
    is_training=True,
    dropout_keep_prob=0.8,
    prediction_fn=softmax,
    spatial_squeeze=True,
    reuse=None,
    scope="InceptionV1",
):
    """`inception_v1` as in `tf.contrib`: the last pooling has another name and is no end point."""
    head = (num_classes, dropout_keep_prob, prediction_fn, spatial_squeeze)
    logits, end_points = _build(inputs, is_training, reuse, scope, False, "MaxPool_0a_7x7", head)
    del end_points["AvgPool_0a_7x7"]
    return logits, end_points


inception_v1.default_image_size = inception_v1_v1.default_image_size = 224
