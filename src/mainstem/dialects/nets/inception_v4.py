"""Inception v4 (Szegedy et al., arXiv:1602.07261)."""

from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import avg_pool2d, dropout, flatten, fully_connected
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.nets import branches
from mainstem.dialects.nets.inception_utils import inception_arg_scope, whole_pool
from mainstem.surface import nn
from mainstem.surface.variable_scope import variable_scope

inception_v4_arg_scope = inception_arg_scope
_A = """
  Conv2d_0a_1x1:96
  Conv2d_0a_1x1:64 Conv2d_0b_3x3:96
  Conv2d_0a_1x1:64 Conv2d_0b_3x3:96 Conv2d_0c_3x3:96
  AvgPool_0a_3x3 Conv2d_0b_1x1:96
"""
_B = """
  Conv2d_0a_1x1:384
  Conv2d_0a_1x1:192 Conv2d_0b_1x7:224 Conv2d_0c_7x1:256
  Conv2d_0a_1x1:192 Conv2d_0b_7x1:192 Conv2d_0c_1x7:224 Conv2d_0d_7x1:224 Conv2d_0e_1x7:256
  AvgPool_0a_3x3 Conv2d_0b_1x1:128
"""
_C = """
  Conv2d_0a_1x1:256
  Conv2d_0a_1x1:384 [ Conv2d_0b_1x3:256 Conv2d_0c_3x1:256 ]
  Conv2d_0a_1x1:384 Conv2d_0b_3x1:448 Conv2d_0c_1x3:512 [ Conv2d_0d_1x3:256 Conv2d_0e_3x1:256 ]
  AvgPool_0a_3x3 Conv2d_0b_1x1:256
"""
_REDUCTION_A = """
  Conv2d_1a_3x3:384/2v
  Conv2d_0a_1x1:192 Conv2d_0b_3x3:224 Conv2d_1a_3x3:256/2v
  MaxPool_1a_3x3/2v
"""
_REDUCTION_B = """
  Conv2d_0a_1x1:192 Conv2d_1a_3x3:192/2v
  Conv2d_0a_1x1:256 Conv2d_0b_1x7:256 Conv2d_0c_7x1:320 Conv2d_1a_3x3:320/2v
  MaxPool_1a_3x3/2v
"""
_STEM = """
Conv2d_1a_3x3:32/2v
Conv2d_2a_3x3:32v
Conv2d_2b_3x3:64
Mixed_3a
  MaxPool_0a_3x3/2v
  Conv2d_0a_3x3:96/2v
Mixed_4a
  Conv2d_0a_1x1:64 Conv2d_1a_3x3:96v
  Conv2d_0a_1x1:64 Conv2d_0b_1x7:64 Conv2d_0c_7x1:64 Conv2d_1a_3x3:96v
Mixed_5a
  Conv2d_1a_3x3:192/2v
  MaxPool_1a_3x3/2v
"""
_PARTS = [("5bcde", _A), ("6a", _REDUCTION_A), ("6bcdefgh", _B), ("7a", _REDUCTION_B), ("7bcd", _C)]
_TEXT = _STEM.rstrip() + "".join(f"\nMixed_{row[0]}{letter}{part.rstrip()}" for row, part in _PARTS for letter in row[1:])


def _block(name, default_scope, part, doc):
    lines = [line.strip() for line in part.strip().splitlines()]

    def block(inputs, scope=None, reuse=None):
        with variable_scope(scope, default_scope, [inputs], reuse=reuse):
            return branches.beside(inputs, lines, branches.How())

    block.__name__ = block.__qualname__ = name
    block.__doc__ = doc
    return block


block_inception_a = _block("block_inception_a", "BlockInceptionA", _A, "The module of 35 x 35 pixels.")
block_reduction_a = _block("block_reduction_a", "BlockReductionA", _REDUCTION_A, "The step from 35 x 35 pixels to 17 x 17.")
block_inception_b = _block("block_inception_b", "BlockInceptionB", _B, "The module of 17 x 17 pixels.")
block_reduction_b = _block("block_reduction_b", "BlockReductionB", _REDUCTION_B, "The step from 17 x 17 pixels to 8 x 8.")
block_inception_c = _block("block_inception_c", "BlockInceptionC", _C, "The module of 8 x 8 pixels.")


def inception_v4_base(inputs, final_endpoint="Mixed_7d", scope=None):
    """The network up to `final_endpoint`; gives that tensor and a dict of the end points by name.

    Raises ValueError for an unknown end point.
    """
    with variable_scope(scope, "InceptionV4", [inputs]):
        return branches.base(inputs, _TEXT, final_endpoint, branches.How())


def inception_v4(
    inputs,
    num_classes=1001,
    is_training=True,
    dropout_keep_prob=0.8,
    reuse=None,
    scope="InceptionV4",
    create_aux_logits=True,
):
    """Inception v4 for images of 299 x 299 pixels.

    Args:
        inputs: [batch, height, width, channels].
        num_classes: how many scores; with 0 or None the result is what the last layer would get.
        is_training: whether dropout and the batches' moments are in use.
        dropout_keep_prob: with which probability dropout keeps a unit.
        reuse, scope: of the variables.
        create_aux_logits: adds scores from an inner layer as the end point "AuxLogits".

    Gives the scores before softmax, and a dict of the end points by name.
    """
    with (
        variable_scope(scope, "InceptionV4", [inputs], reuse=reuse) as scope,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, end_points = inception_v4_base(inputs, scope=scope)
        if create_aux_logits and num_classes:
            end_points["AuxLogits"] = _aux(end_points["Mixed_6h"], num_classes)
        with variable_scope("Logits"):
            net = end_points["global_pool"] = whole_pool(net, "AvgPool_1a")
            if not num_classes:
                return net, end_points
            net = dropout(net, dropout_keep_prob, scope="Dropout_1b")
            net = end_points["PreLogitsFlatten"] = flatten(net, scope="PreLogitsFlatten")
            logits = end_points["Logits"] = fully_connected(net, num_classes, activation_fn=None, scope="Logits")
            end_points["Predictions"] = nn.softmax_v1(logits, name="Predictions")
    return logits, end_points


def _aux(net, num_classes):
    """The scores from an inner layer, which help the lower layers to learn."""
    with variable_scope("AuxLogits"):
        net = avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope="AvgPool_1a_5x5")
        net = convolution2d(net, 128, [1, 1], scope="Conv2d_1b_1x1")
        net = convolution2d(net, 768, net.shape.as_list()[1:3], padding="VALID", scope="Conv2d_2a")
        return fully_connected(flatten(net), num_classes, activation_fn=None, scope="Aux_logits")


inception_v4.default_image_size = 299
