"""Residual networks, first version: batch normalization after each convolution (He et al., arXiv:1512.03385)."""

from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.arg_scope import add_arg_scope, arg_scope
from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import max_pool2d
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.nets import resnet_head, resnet_utils
from mainstem.surface import clip, nn
from mainstem.surface.variable_scope import variable_scope

resnet_arg_scope = resnet_utils.resnet_arg_scope


@add_arg_scope
def bottleneck(
    inputs,
    depth,
    depth_bottleneck,
    stride,
    rate=1,
    outputs_collections=None,
    scope=None,
    use_bounded_activations=False,
):
    """A residual unit: 1x1, 3x3 with stride or dilation, and 1x1 convolutions, added to the input, then ReLU.

    `use_bounded_activations`: sums stay between -6 and 6, for quantization.
    """
    with variable_scope(scope, "bottleneck_v1", [inputs]) as sc:
        if depth == collected.last_dimension(inputs.shape, min_rank=4):
            shortcut = resnet_utils.subsample(inputs, stride, "shortcut")
        else:
            activation = nn.relu6 if use_bounded_activations else None
            shortcut = convolution2d(inputs, depth, [1, 1], stride=stride, activation_fn=activation, scope="shortcut")
        residual = convolution2d(inputs, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = resnet_utils.conv2d_same(residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        residual = convolution2d(residual, depth, [1, 1], stride=1, activation_fn=None, scope="conv3")
        if use_bounded_activations:
            residual = clip.clip_by_value(residual, -6.0, 6.0)
            output = nn.relu6(shortcut + residual)
        else:
            output = nn.relu(shortcut + residual)
        return collected.collect_named_outputs(outputs_collections, sc.name, output)


def resnet_v1(
    inputs,
    blocks,
    num_classes=None,
    is_training=True,
    global_pool=True,
    output_stride=None,
    include_root_block=True,
    spatial_squeeze=True,
    store_non_strided_activations=False,
    reuse=None,
    scope=None,
):
    """A network of `blocks`; `include_root_block`: with the first convolution and pooling before them."""
    how = (inputs, blocks, is_training, output_stride, include_root_block, store_non_strided_activations, reuse, scope)
    return _build(*how, resnet_head.head, (num_classes, global_pool, spatial_squeeze))


resnet_v1.__doc__ += resnet_head.ARGUMENTS


def _build(inputs, blocks, is_training, output_stride, root, store, reuse, scope, head, of_head):
    with variable_scope(scope, "resnet_v1", [inputs], reuse=reuse) as sc:
        points = sc.original_name_scope + "_end_points"
        collecting = [convolution2d, bottleneck, resnet_utils.stack_blocks_dense]
        with arg_scope(collecting, outputs_collections=points), arg_scope([batch_norm], is_training=is_training):
            net = inputs
            if root:
                output_stride = resnet_head.root_stride(output_stride)
                net = resnet_utils.conv2d_same(net, 64, 7, stride=2, scope="conv1")
                net = max_pool2d(net, [3, 3], stride=2, scope="pool1")
            more = {"store_non_strided_activations": True} if store else {}
            net = resnet_utils.stack_blocks_dense(net, blocks, output_stride, **more)
            return head(net, points, sc, *of_head)


def resnet_v1_block(scope, base_depth, num_units, stride):
    """A block of `num_units` units with 4 · `base_depth` channels, the stride in the last one."""
    return resnet_head.block(bottleneck, scope, base_depth, num_units, stride)


def _of_depth(layers):
    name = f"resnet_v1_{layers}"

    def resnet(
        inputs,
        num_classes=None,
        is_training=True,
        global_pool=True,
        output_stride=None,
        spatial_squeeze=True,
        store_non_strided_activations=False,
        min_base_depth=8,
        depth_multiplier=1,
        reuse=None,
        scope=name,
    ):
        made = resnet_head.blocks(resnet_v1_block, layers, lambda d: max(int(d * depth_multiplier), min_base_depth))
        how = (inputs, made, is_training, output_stride, True, store_non_strided_activations, reuse, scope)
        return _build(*how, resnet_head.head, (num_classes, global_pool, spatial_squeeze))

    def resnet_of_contrib(
        inputs, num_classes=None, is_training=True, global_pool=True, output_stride=None, reuse=None, scope=name
    ):
        made = resnet_head.blocks(resnet_v1_block, layers)
        how = (inputs, made, is_training, output_stride, True, False, reuse, scope)
        return _build(*how, resnet_head.head_v1, (num_classes, global_pool))

    for made in (resnet, resnet_of_contrib):
        made.__name__ = made.__qualname__ = name
        made.__doc__ = f"The residual network of {layers} layers, version 1." + resnet_head.ARGUMENTS
    resnet.default_image_size = resnet_v1.default_image_size
    return resnet, resnet_of_contrib


resnet_v1.default_image_size = 224
resnet_v1_50, resnet_v1_50_v1 = _of_depth(50)
resnet_v1_101, resnet_v1_101_v1 = _of_depth(101)
resnet_v1_152, resnet_v1_152_v1 = _of_depth(152)
resnet_v1_200, resnet_v1_200_v1 = _of_depth(200)


def resnet_v1_v1(
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
    """`resnet_v1` as in `tf.contrib`: the scores keep the axes of size 1."""
    how = (inputs, blocks, is_training, output_stride, include_root_block, False, reuse, scope)
    return _build(*how, resnet_head.head_v1, (num_classes, global_pool))


resnet_v1_v1.default_image_size = 224
