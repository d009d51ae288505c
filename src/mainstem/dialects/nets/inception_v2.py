"""Inception v2: Inception with batch normalization (Ioffe and Szegedy, arXiv:1502.03167)."""

from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d, separable_convolution2d
from mainstem.dialects.contrib.layers import dropout, softmax
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.nets import branches
from mainstem.dialects.nets.inception_utils import depth_of, inception_arg_scope
from mainstem.dialects.nets.scores import pooled, squeezed_scores
from mainstem.surface.initializers import TruncatedNormal
from mainstem.surface.variable_scope import variable_scope

inception_v2_arg_scope = inception_arg_scope
_FIRST = "Conv2d_1a_7x7"
_ROOT = """
MaxPool_2a_3x3/2
Conv2d_2b_1x1:64~0.1
Conv2d_2c_3x3:192
MaxPool_3a_3x3/2
"""
_REST = """
Mixed_3b
  Conv2d_0a_1x1:64
  Conv2d_0a_1x1:64~0.09 Conv2d_0b_3x3:64
  Conv2d_0a_1x1:64~0.09 Conv2d_0b_3x3:96 Conv2d_0c_3x3:96
  AvgPool_0a_3x3 Conv2d_0b_1x1:32~0.1
Mixed_3c
  Conv2d_0a_1x1:64
  Conv2d_0a_1x1:64~0.09 Conv2d_0b_3x3:96
  Conv2d_0a_1x1:64~0.09 Conv2d_0b_3x3:96 Conv2d_0c_3x3:96
  AvgPool_0a_3x3 Conv2d_0b_1x1:64~0.1
Mixed_4a
  Conv2d_0a_1x1:128~0.09 Conv2d_1a_3x3:160/2
  Conv2d_0a_1x1:64~0.09 Conv2d_0b_3x3:96 Conv2d_1a_3x3:96/2
  MaxPool_1a_3x3/2
Mixed_4b
  Conv2d_0a_1x1:224
  Conv2d_0a_1x1:64~0.09 Conv2d_0b_3x3:96
  Conv2d_0a_1x1:96~0.09 Conv2d_0b_3x3:128 Conv2d_0c_3x3:128
  AvgPool_0a_3x3 Conv2d_0b_1x1:128~0.1
Mixed_4c
  Conv2d_0a_1x1:192
  Conv2d_0a_1x1:96~0.09 Conv2d_0b_3x3:128
  Conv2d_0a_1x1:96~0.09 Conv2d_0b_3x3:128 Conv2d_0c_3x3:128
  AvgPool_0a_3x3 Conv2d_0b_1x1:128~0.1
Mixed_4d
  Conv2d_0a_1x1:160
  Conv2d_0a_1x1:128~0.09 Conv2d_0b_3x3:160
  Conv2d_0a_1x1:128~0.09 Conv2d_0b_3x3:160 Conv2d_0c_3x3:160
  AvgPool_0a_3x3 Conv2d_0b_1x1:96~0.1
Mixed_4e
  Conv2d_0a_1x1:96
  Conv2d_0a_1x1:128~0.09 Conv2d_0b_3x3:192
  Conv2d_0a_1x1:160~0.09 Conv2d_0b_3x3:192 Conv2d_0c_3x3:192
  AvgPool_0a_3x3 Conv2d_0b_1x1:96~0.1
Mixed_5a
  Conv2d_0a_1x1:128~0.09 Conv2d_1a_3x3:192/2
  Conv2d_0a_1x1:192~0.09 Conv2d_0b_3x3:256 Conv2d_1a_3x3:256/2
  MaxPool_1a_3x3/2
Mixed_5b
  Conv2d_0a_1x1:352
  Conv2d_0a_1x1:192~0.09 Conv2d_0b_3x3:320
  Conv2d_0a_1x1:160~0.09 Conv2d_0b_3x3:224 Conv2d_0c_3x3:224
  AvgPool_0a_3x3 Conv2d_0b_1x1:128~0.1
Mixed_5c
  Conv2d_0a_1x1:352
  Conv2d_0a_1x1:192~0.09 Conv2d_0b_3x3:320
  Conv2d_0a_1x1:192~0.09 Conv2d_0b_3x3:224 Conv2d_0c_3x3:224
  MaxPool_0a_3x3 Conv2d_0b_1x1:128~0.1
"""


def inception_v2_base(
    inputs,
    final_endpoint="Mixed_5c",
    min_depth=16,
    depth_multiplier=1.0,
    use_separable_conv=True,
    data_format="NHWC",
    include_root_block=True,
    scope=None,
):
    """The network up to `final_endpoint`, without its first layers where `include_root_block` is false.

    `use_separable_conv`: the first convolution is depthwise, then pointwise. Gives that tensor and a dict of the end points by name.
    Raises ValueError for an unknown end point, a multiplier that is not positive, or a separable convolution of "NCHW" images.
    """
    how = branches.How(depth_of(depth_multiplier, min_depth), data_format=data_format)
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format must be 'NHWC' or 'NCHW'. Got {data_format!r}.")
    if use_separable_conv and data_format == "NCHW":
        raise ValueError(
            "separable convolution only supports NHWC layout. NCHW data format can only be used when use_separable_conv is False."
        )
    with variable_scope(scope, "InceptionV2", [inputs]):
        if not include_root_block:
            return branches.base(inputs, _REST, final_endpoint, how)
        first = (_separable if use_separable_conv else _plain)(inputs, how)
        if final_endpoint == _FIRST:
            return first, {_FIRST: first}
        net, end_points = branches.base(first, _ROOT.rstrip() + _REST, final_endpoint, how)
        return net, {_FIRST: first, **end_points}


def _separable(inputs, how):
    """7x7 filters, 8 for each colour at most, then 1x1: cheaper than 64 filters over all colours."""
    depth = how.depth(64)
    return separable_convolution2d(
        inputs,
        depth,
        [7, 7],
        depth_multiplier=min(int(depth / 3), 8),
        stride=2,
        padding="SAME",
        weights_initializer=TruncatedNormal(stddev=1.0),
        scope=_FIRST,
    )


def _plain(inputs, how):
    start = TruncatedNormal(stddev=1.0)
    return convolution2d(
        inputs, how.depth(64), [7, 7], stride=2, padding="SAME", weights_initializer=start, scope=_FIRST, **how.more
    )


def inception_v2(
    inputs,
    num_classes=1000,
    is_training=True,
    dropout_keep_prob=0.8,
    min_depth=16,
    depth_multiplier=1.0,
    prediction_fn=softmax,
    spatial_squeeze=True,
    reuse=None,
    scope="InceptionV2",
    global_pool=False,
):
    """Inception v2 for images of 224 x 224 pixels.

    `depth_multiplier` scales the number of filters, which stays at least `min_depth`; other arguments and results as of
    `inception_v1.inception_v1`. Raises ValueError for a multiplier that is not positive.
    """
    with (
        variable_scope(scope, "InceptionV2", [inputs], reuse=reuse) as scope,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, end_points = inception_v2_base(inputs, scope=scope, min_depth=min_depth, depth_multiplier=depth_multiplier)
        with variable_scope("Logits"):
            net = pooled(net, end_points, global_pool, [7, 7], "global_pool", "AvgPool_1a_{}x{}")
            if not num_classes:
                return net, end_points
            net = dropout(net, dropout_keep_prob, scope="Dropout_1b")
            logits = squeezed_scores(net, num_classes, spatial_squeeze, "Conv2d_1c_1x1")
        end_points["Logits"], end_points["Predictions"] = logits, prediction_fn(logits, scope="Predictions")
    return logits, end_points


def inception_v2_v1(
    inputs,
    num_classes=1000,
    is_training=True,
    dropout_keep_prob=0.8,
    min_depth=16,
    depth_multiplier=1.0,
    prediction_fn=softmax,
    spatial_squeeze=True,
    reuse=None,
    scope="InceptionV2",
):
    """`inception_v2` as in `tf.contrib`: the last pooling is no end point."""
    logits, end_points = inception_v2(
        inputs,
        num_classes,
        is_training,
        dropout_keep_prob,
        min_depth,
        depth_multiplier,
        prediction_fn,
        spatial_squeeze,
        reuse,
        scope=scope,
    )
    del end_points["AvgPool_1a"]
    return logits, end_points


inception_v2.default_image_size = inception_v2_v1.default_image_size = 224
