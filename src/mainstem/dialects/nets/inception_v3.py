"""Inception v3 (Szegedy et al., "Rethinking the Inception architecture for computer vision", arXiv:1512.00567)."""

from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import avg_pool2d, dropout, max_pool2d, softmax
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.nets import branches
from mainstem.dialects.nets.inception_utils import depth_of, inception_arg_scope, reduced_kernel
from mainstem.dialects.nets.scores import pooled, squeezed_scores
from mainstem.surface import array
from mainstem.surface.initializers import TruncatedNormal
from mainstem.surface.variable_scope import variable_scope

inception_v3_arg_scope = inception_arg_scope
_TEXT = """
Conv2d_1a_3x3:32/2v
Conv2d_2a_3x3:32v
Conv2d_2b_3x3:64
MaxPool_3a_3x3/2v
Conv2d_3b_1x1:80v
Conv2d_4a_3x3:192v
MaxPool_5a_3x3/2v
Mixed_5b
  Conv2d_0a_1x1:64
  Conv2d_0a_1x1:48 Conv2d_0b_5x5:64
  Conv2d_0a_1x1:64 Conv2d_0b_3x3:96 Conv2d_0c_3x3:96
  AvgPool_0a_3x3 Conv2d_0b_1x1:32
Mixed_5c
  Conv2d_0a_1x1:64
  Conv2d_0b_1x1:48 Conv_1_0c_5x5:64
  Conv2d_0a_1x1:64 Conv2d_0b_3x3:96 Conv2d_0c_3x3:96
  AvgPool_0a_3x3 Conv2d_0b_1x1:64
Mixed_5d
  Conv2d_0a_1x1:64
  Conv2d_0a_1x1:48 Conv2d_0b_5x5:64
  Conv2d_0a_1x1:64 Conv2d_0b_3x3:96 Conv2d_0c_3x3:96
  AvgPool_0a_3x3 Conv2d_0b_1x1:64
Mixed_6a
  Conv2d_1a_1x1@3x3:384/2v
  Conv2d_0a_1x1:64 Conv2d_0b_3x3:96 Conv2d_1a_1x1@3x3:96/2v
  MaxPool_1a_3x3/2v
Mixed_6b
  Conv2d_0a_1x1:192
  Conv2d_0a_1x1:128 Conv2d_0b_1x7:128 Conv2d_0c_7x1:192
  Conv2d_0a_1x1:128 Conv2d_0b_7x1:128 Conv2d_0c_1x7:128 Conv2d_0d_7x1:128 Conv2d_0e_1x7:192
  AvgPool_0a_3x3 Conv2d_0b_1x1:192
Mixed_6c
  Conv2d_0a_1x1:192
  Conv2d_0a_1x1:160 Conv2d_0b_1x7:160 Conv2d_0c_7x1:192
  Conv2d_0a_1x1:160 Conv2d_0b_7x1:160 Conv2d_0c_1x7:160 Conv2d_0d_7x1:160 Conv2d_0e_1x7:192
  AvgPool_0a_3x3 Conv2d_0b_1x1:192
Mixed_6d
  Conv2d_0a_1x1:192
  Conv2d_0a_1x1:160 Conv2d_0b_1x7:160 Conv2d_0c_7x1:192
  Conv2d_0a_1x1:160 Conv2d_0b_7x1:160 Conv2d_0c_1x7:160 Conv2d_0d_7x1:160 Conv2d_0e_1x7:192
  AvgPool_0a_3x3 Conv2d_0b_1x1:192
Mixed_6e
  Conv2d_0a_1x1:192
  Conv2d_0a_1x1:192 Conv2d_0b_1x7:192 Conv2d_0c_7x1:192
  Conv2d_0a_1x1:192 Conv2d_0b_7x1:192 Conv2d_0c_1x7:192 Conv2d_0d_7x1:192 Conv2d_0e_1x7:192
  AvgPool_0a_3x3 Conv2d_0b_1x1:192
Mixed_7a
  Conv2d_0a_1x1:192 Conv2d_1a_3x3:320/2v
  Conv2d_0a_1x1:192 Conv2d_0b_1x7:192 Conv2d_0c_7x1:192 Conv2d_1a_3x3:192/2v
  MaxPool_1a_3x3/2v
Mixed_7b
  Conv2d_0a_1x1:320
  Conv2d_0a_1x1:384 [ Conv2d_0b_1x3:384 Conv2d_0b_3x1:384 ]
  Conv2d_0a_1x1:448 Conv2d_0b_3x3:384 [ Conv2d_0c_1x3:384 Conv2d_0d_3x1:384 ]
  AvgPool_0a_3x3 Conv2d_0b_1x1:192
Mixed_7c
  Conv2d_0a_1x1:320
  Conv2d_0a_1x1:384 [ Conv2d_0b_1x3:384 Conv2d_0c_3x1:384 ]
  Conv2d_0a_1x1:448 Conv2d_0b_3x3:384 [ Conv2d_0c_1x3:384 Conv2d_0d_3x1:384 ]
  AvgPool_0a_3x3 Conv2d_0b_1x1:192
"""


def inception_v3_base(inputs, final_endpoint="Mixed_7c", min_depth=16, depth_multiplier=1.0, scope=None):
    """The network up to `final_endpoint`; gives that tensor and a dict of the end points by name.

    Raises ValueError for an unknown end point or a multiplier that is not positive.
    """
    how = branches.How(depth_of(depth_multiplier, min_depth))
    with variable_scope(scope, "InceptionV3", [inputs]):
        return branches.base(inputs, _TEXT, final_endpoint, how)


def inception_v3(
    inputs,
    num_classes=1000,
    is_training=True,
    dropout_keep_prob=0.8,
    min_depth=16,
    depth_multiplier=1.0,
    prediction_fn=softmax,
    spatial_squeeze=True,
    reuse=None,
    create_aux_logits=True,
    scope="InceptionV3",
    global_pool=False,
):
    """Inception v3 for images of 299 x 299 pixels.

    `create_aux_logits` adds scores from an inner layer as the end point "AuxLogits"; other arguments and results as of
    `inception_v2.inception_v2`. Raises ValueError for a multiplier that is not positive.
    """
    depth = depth_of(depth_multiplier, min_depth)
    with (
        variable_scope(scope, "InceptionV3", [inputs], reuse=reuse) as scope,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, end_points = inception_v3_base(inputs, scope=scope, min_depth=min_depth, depth_multiplier=depth_multiplier)
        if create_aux_logits and num_classes:
            end_points["AuxLogits"] = _aux(end_points["Mixed_6e"], num_classes, depth, spatial_squeeze)
        with variable_scope("Logits"):
            net = pooled(net, end_points, global_pool, [8, 8], "GlobalPool", "AvgPool_1a_{}x{}")
            if not num_classes:
                return net, end_points
            net = end_points["PreLogits"] = dropout(net, dropout_keep_prob, scope="Dropout_1b")
            logits = squeezed_scores(net, num_classes, spatial_squeeze, "Conv2d_1c_1x1")
        end_points["Logits"], end_points["Predictions"] = logits, prediction_fn(logits, scope="Predictions")
    return logits, end_points


def _aux(net, num_classes, depth, spatial_squeeze):
    """The scores from an inner layer, which help the lower layers to learn."""
    with arg_scope([convolution2d, max_pool2d, avg_pool2d], stride=1, padding="SAME"), variable_scope("AuxLogits"):
        net = avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope="AvgPool_1a_5x5")
        net = convolution2d(net, depth(128), [1, 1], scope="Conv2d_1b_1x1")
        kernel, start = reduced_kernel(net, [5, 5]), TruncatedNormal(0.0, 0.01)
        where = {"padding": "VALID", "scope": "Conv2d_2a_{}x{}".format(*kernel), "weights_initializer": start}
        net = convolution2d(net, depth(768), kernel, **where)
        net = convolution2d(
            net,
            num_classes,
            [1, 1],
            activation_fn=None,
            normalizer_fn=None,
            weights_initializer=TruncatedNormal(0.0, 0.001),
            scope="Conv2d_2b_1x1",
        )
        return array.squeeze(net, [1, 2], name="SpatialSqueeze") if spatial_squeeze else net


def inception_v3_v1(
    inputs,
    num_classes=1000,
    is_training=True,
    dropout_keep_prob=0.8,
    min_depth=16,
    depth_multiplier=1.0,
    prediction_fn=softmax,
    spatial_squeeze=True,
    reuse=None,
    create_aux_logits=True,
    scope="InceptionV3",
):
    """`inception_v3` as in `tf.contrib`: the last pooling is no end point."""
    logits, end_points = inception_v3(
        inputs,
        num_classes,
        is_training,
        dropout_keep_prob,
        min_depth,
        depth_multiplier,
        prediction_fn,
        spatial_squeeze,
        reuse,
        create_aux_logits=create_aux_logits,
        scope=scope,
    )
    del end_points["AvgPool_1a"]
    return logits, end_points


inception_v3.default_image_size = inception_v3_v1.default_image_size = 299
