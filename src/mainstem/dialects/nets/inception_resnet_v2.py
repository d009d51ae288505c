"""Inception-ResNet v2 (Szegedy et al., arXiv:1602.07261): Inception modules whose results are added to their inputs."""

from mainstem.dialects.contrib import layers
from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import avg_pool2d, dropout, flatten, fully_connected
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.contrib.regularizers import l2_regularizer
from mainstem.dialects.nets import branches
from mainstem.dialects.nets.inception_utils import whole_pool
from mainstem.graph.keys import GraphKeys
from mainstem.surface import clip, nn
from mainstem.surface.variable_scope import variable_scope

_STEM = """
Conv2d_1a_3x3:32/2v
Conv2d_2a_3x3:32v
Conv2d_2b_3x3:64
MaxPool_3a_3x3/2v
Conv2d_3b_1x1:80v
Conv2d_4a_3x3:192v
MaxPool_5a_3x3/2v
Mixed_5b
  Conv2d_1x1:96
  Conv2d_0a_1x1:48 Conv2d_0b_5x5:64
  Conv2d_0a_1x1:64 Conv2d_0b_3x3:96 Conv2d_0c_3x3:96
  AvgPool_0a_3x3 Conv2d_0b_1x1:64
"""
_MIXED_6A = """
Mixed_6a
  Conv2d_1a_3x3:384/2v
  Conv2d_0a_1x1:256 Conv2d_0b_3x3:256 Conv2d_1a_3x3:384/2v
  MaxPool_1a_3x3/2v
"""
_MIXED_7A = """
Mixed_7a
  Conv2d_0a_1x1:256 Conv2d_1a_3x3:384/2v
  Conv2d_0a_1x1:256 Conv2d_1a_3x3:288/2v
  Conv2d_0a_1x1:256 Conv2d_0b_3x3:288 Conv2d_1a_3x3:320/2v
  MaxPool_1a_3x3/2v
"""


def _residual(name, default_scope, lines, doc):
    def block(net, scale=1.0, activation_fn=nn.relu, scope=None, reuse=None):
        with variable_scope(scope, default_scope, [net], reuse=reuse):
            mixed = branches.beside(net, lines, branches.How())
            depth = net.shape.as_list()[3]
            up = convolution2d(mixed, depth, 1, normalizer_fn=None, activation_fn=None, scope="Conv2d_1x1")
            scaled = up * scale
            if activation_fn is nn.relu6:  # so that what quantization sees has a known range
                scaled = clip.clip_by_value(scaled, -6.0, 6.0)
            net += scaled
            return activation_fn(net) if activation_fn else net

    block.__name__ = block.__qualname__ = name
    block.__doc__ = doc + " `scale` shrinks what is added to the input, which keeps training stable."
    return block


_35 = ["Conv2d_1x1:32", "Conv2d_0a_1x1:32 Conv2d_0b_3x3:32", "Conv2d_0a_1x1:32 Conv2d_0b_3x3:48 Conv2d_0c_3x3:64"]
_17 = ["Conv2d_1x1:192", "Conv2d_0a_1x1:128 Conv2d_0b_1x7:160 Conv2d_0c_7x1:192"]
_8 = ["Conv2d_1x1:192", "Conv2d_0a_1x1:192 Conv2d_0b_1x3:224 Conv2d_0c_3x1:256"]
block35 = _residual("block35", "Block35", _35, "The residual module of 35 x 35 pixels.")
block17 = _residual("block17", "Block17", _17, "The residual module of 17 x 17 pixels.")
block8 = _residual("block8", "Block8", _8, "The residual module of 8 x 8 pixels.")


def inception_resnet_v2_base(
    inputs,
    final_endpoint="Conv2d_7b_1x1",
    output_stride=16,
    align_feature_maps=False,
    scope=None,
    activation_fn=nn.relu,
):
    """The network up to `final_endpoint`; gives that tensor and a dict of the end points by name.

    Args:
        inputs: [batch, height, width, channels].
        final_endpoint: a name among the end points.
        output_stride: 16, or 8 for a denser map, with dilated convolutions, up to "PreAuxLogits".
        align_feature_maps: padding SAME everywhere, so that maps and images stay aligned.
        scope: of the variables.
        activation_fn: of the residual modules.

    Raises ValueError for another stride or an unknown end point.
    """
    if output_stride not in (8, 16):
        raise ValueError("output_stride must be 8 or 16.")
    padding, points = "SAME" if align_feature_maps else "VALID", {}
    usual = branches.How(valid=padding)
    sixth = branches.How(valid=padding, stride=(lambda s: 1) if output_stride == 8 else int)

    def text(part, how):
        return lambda net: branches.base(net, part, branches.parsed(part)[-1][0], how)

    def repeated(count, block, scale):
        return lambda net: layers.repeat(net, count, block, scale=scale, activation_fn=activation_fn)

    def dilated(net):
        with arg_scope([convolution2d], rate=2 if output_stride == 8 else 1):
            return repeated(20, block17, 0.10)(net)

    def last(net):
        net = repeated(9, block8, 0.20)(net)
        return convolution2d(block8(net, activation_fn=None), 1536, 1, scope="Conv2d_7b_1x1")

    steps = [
        (None, text(_STEM, usual)),
        (None, repeated(10, block35, 0.17)),
        ("Mixed_6a", text(_MIXED_6A, sixth)),
        ("PreAuxLogits", dilated),
        ("Mixed_7a", text(_MIXED_7A, usual)),
        ("Conv2d_7b_1x1", last),
    ]
    net = inputs
    with variable_scope(scope, "InceptionResnetV2", [inputs]):
        for name, step in steps:
            if name == "Mixed_7a" and output_stride == 8:
                raise ValueError("output_stride==8 is only supported up to the PreAuxLogits end_point for now.")
            made = step(net)
            net, found = made if isinstance(made, tuple) else (made, {name: made} if name else {})
            points.update(found)
            if final_endpoint in points:
                names = list(points)
                return points[final_endpoint], {n: points[n] for n in names[: names.index(final_endpoint) + 1]}
    raise ValueError(f"final_endpoint ({final_endpoint}) not recognized")


def inception_resnet_v2(
    inputs,
    num_classes=1001,
    is_training=True,
    dropout_keep_prob=0.8,
    reuse=None,
    scope="InceptionResnetV2",
    create_aux_logits=True,
    activation_fn=nn.relu,
):
    """Inception-ResNet v2 for images of 299 x 299 pixels; arguments and results as of `inception_v4.inception_v4`.

    `activation_fn` is the activation of the residual modules.
    """
    with (
        variable_scope(scope, "InceptionResnetV2", [inputs], reuse=reuse) as scope,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net, end_points = inception_resnet_v2_base(inputs, scope=scope, activation_fn=activation_fn)
        if create_aux_logits and num_classes:
            end_points["AuxLogits"] = _aux(end_points["PreAuxLogits"], num_classes)
        with variable_scope("Logits"):
            net = end_points["global_pool"] = whole_pool(net, "AvgPool_1a_8x8", stride=2)
            if not num_classes:
                return net, end_points
            net = dropout(flatten(net), dropout_keep_prob, is_training=is_training, scope="Dropout")
            end_points["PreLogitsFlatten"] = net
            logits = end_points["Logits"] = fully_connected(net, num_classes, activation_fn=None, scope="Logits")
            end_points["Predictions"] = nn.softmax_v1(logits, name="Predictions")
    return logits, end_points


def _aux(net, num_classes):
    """The scores from an inner layer, which help the lower layers to learn."""
    with variable_scope("AuxLogits"):
        net = avg_pool2d(net, 5, stride=3, padding="VALID", scope="Conv2d_1a_3x3")
        net = convolution2d(net, 128, 1, scope="Conv2d_1b_1x1")
        net = convolution2d(net, 768, net.shape.as_list()[1:3], padding="VALID", scope="Conv2d_2a_5x5")
        return fully_connected(flatten(net), num_classes, activation_fn=None, scope="Logits")


inception_resnet_v2.default_image_size = 299


def inception_resnet_v2_arg_scope(
    weight_decay=0.00004,
    batch_norm_decay=0.9997,
    batch_norm_epsilon=0.001,
    activation_fn=nn.relu,
    batch_norm_updates_collections=GraphKeys.UPDATE_OPS,
    batch_norm_scale=False,
):
    """The argument scope of the network: L2 penalties on weights and biases, batch normalization."""
    penalty = l2_regularizer(weight_decay)
    of_norm = {
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "updates_collections": batch_norm_updates_collections,
        "fused": None,
        "scale": batch_norm_scale,
    }
    with (
        arg_scope([convolution2d, fully_connected], weights_regularizer=penalty, biases_regularizer=penalty),
        arg_scope([convolution2d], activation_fn=activation_fn, normalizer_fn=batch_norm, normalizer_params=of_norm) as scope,
    ):
        return scope
