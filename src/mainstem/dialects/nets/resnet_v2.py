"""Residual networks, second version: batch normalization and ReLU before each convolution (He et al., arXiv:1603.05027)."""

from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.arg_scope import add_arg_scope, arg_scope
from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import max_pool2d
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.nets import resnet_head, resnet_utils
from mainstem.surface import nn
from mainstem.surface.variable_scope import variable_scope

resnet_arg_scope = resnet_utils.resnet_arg_scope
_BARE = {"normalizer_fn": None, "activation_fn": None}


@add_arg_scope
def bottleneck(inputs, depth, depth_bottleneck, stride, rate=1, outputs_collections=None, scope=None):
    """A residual unit: normalization and ReLU, then 1x1, 3x3 with stride or dilation, and 1x1 convolutions, added to the input."""
    with variable_scope(scope, "bottleneck_v2", [inputs]) as sc:
        before = batch_norm(inputs, activation_fn=nn.relu, scope="preact")
        if depth == collected.last_dimension(inputs.shape, min_rank=4):
            shortcut = resnet_utils.subsample(inputs, stride, "shortcut")
        else:
            shortcut = convolution2d(before, depth, [1, 1], stride=stride, scope="shortcut", **_BARE)
        residual = convolution2d(before, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = resnet_utils.conv2d_same(residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        residual = convolution2d(residual, depth, [1, 1], stride=1, scope="conv3", **_BARE)
        return collected.collect_named_outputs(outputs_collections, sc.name, shortcut + residual)


def resnet_v2(
    inputs,
    blocks,
    num_classes=None,
    is_training=True,
    global_pool=True,
    output_stride=None,
    include_root_block=True,
    spatial_squeeze=True,
    reuse=None,
    scope=None,
):
    """A network of `blocks`; `include_root_block`: with the first convolution and pooling before them."""
    how = (inputs, blocks, is_training, output_stride, include_root_block, reuse, scope)
    return _build(*how, resnet_head.head, (num_classes, global_pool, spatial_squeeze))


resnet_v2.__doc__ += resnet_head.ARGUMENTS


def _build(inputs, blocks, is_training, output_stride, root, reuse, scope, head, of_head):
    with variable_scope(scope, "resnet_v2", [inputs], reuse=reuse) as sc:
        points = sc.original_name_scope + "_end_points"
        collecting = [convolution2d, bottleneck, resnet_utils.stack_blocks_dense]
        with arg_scope(collecting, outputs_collections=points), arg_scope([batch_norm], is_training=is_training):
            net = inputs
            if root:
                output_stride = resnet_head.root_stride(output_stride)
                with arg_scope([convolution2d], **_BARE):  # the first unit normalizes
                    net = resnet_utils.conv2d_same(net, 64, 7, stride=2, scope="conv1")
                net = max_pool2d(net, [3, 3], stride=2, scope="pool1")
            net = resnet_utils.stack_blocks_dense(net, blocks, output_stride)
            net = batch_norm(net, activation_fn=nn.relu, scope="postnorm")  # the last unit did not
            return head(net, points, sc, *of_head)


def resnet_v2_block(scope, base_depth, num_units, stride):
    """A block of `num_units` units with 4 · `base_depth` channels, the stride in the last one."""
    return resnet_head.block(bottleneck, scope, base_depth, num_units, stride)


def _of_depth(layers):
    name = f"resnet_v2_{layers}"

    def resnet(
        inputs,
        num_classes=None,
        is_training=True,
        global_pool=True,
        output_stride=None,
        spatial_squeeze=True,
        reuse=None,
        scope=name,
    ):
        how = (inputs, resnet_head.blocks(resnet_v2_block, layers), is_training, output_stride, True, reuse, scope)
        return _build(*how, resnet_head.head, (num_classes, global_pool, spatial_squeeze))

    def resnet_of_contrib(
        inputs, num_classes=None, is_training=True, global_pool=True, output_stride=None, reuse=None, scope=name
    ):
        how = (inputs, resnet_head.blocks(resnet_v2_block, layers), is_training, output_stride, True, reuse, scope)
        return _build(*how, resnet_head.head_v1, (num_classes, global_pool))

    for made in (resnet, resnet_of_contrib):
        made.__name__ = made.__qualname__ = name
        made.__doc__ = f"The residual network of {layers} layers, version 2." + resnet_head.ARGUMENTS
    resnet.default_image_size = resnet_v2.default_image_size
    return resnet, resnet_of_contrib


resnet_v2.default_image_size = 224
resnet_v2_50, resnet_v2_50_v1 = _of_depth(50)
resnet_v2_101, resnet_v2_101_v1 = _of_depth(101)
resnet_v2_152, resnet_v2_152_v1 = _of_depth(152)
resnet_v2_200, resnet_v2_200_v1 = _of_depth(200)


def resnet_v2_v1(
    inputs,
    blocks,
    num_classes=None,
    is_training=True,
    global_pool=True,
    output_stride=None,
    include_root_block=True,
    reuse=None,
    scope=None,
):
    """`resnet_v2` as in `tf.contrib`: the scores keep the axes of size 1."""
    how = (inputs, blocks, is_training, output_stride, include_root_block, reuse, scope)
    return _build(*how, resnet_head.head_v1, (num_classes, global_pool))


resnet_v2_v1.default_image_size = 224
