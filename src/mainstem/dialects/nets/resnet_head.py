"""What both versions of the residual networks share: their sizes, and what follows the blocks."""

from mainstem.dialects.contrib import collected
from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import softmax
from mainstem.dialects.nets import resnet_utils
from mainstem.surface import array, reduce

UNITS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}
ARGUMENTS = """

    Args:
        inputs: [batch, height, width, channels].
        num_classes: how many scores; with 0 or None the result is what the last layer would get.
        is_training: whether batch normalization takes the batches' moments.
        global_pool: the mean over the map before the scores; without it they are a map.
        output_stride: how many pixels of the image make one of the map: 4, 8, 16 or 32, or None for 32; with less than 32,
            convolutions are dilated.
        spatial_squeeze: the scores as [batch, num_classes], without the two axes of size 1.
        reuse, scope: of the variables.

    Gives the scores before softmax, and a dict of the end points by name. Raises ValueError for a stride that cannot be reached.
    """


def blocks(make, depth, base_depth=lambda d: d):
    """The four blocks of the network with `depth` layers."""
    sizes = zip(UNITS[depth], (64, 128, 256, 512), (2, 2, 2, 1), strict=True)
    return [make(f"block{i}", base_depth(base), units, stride) for i, (units, base, stride) in enumerate(sizes, 1)]


def root_stride(output_stride):
    """The stride that is left for the blocks after the first layers. Raises ValueError for no multiple of 4."""
    if output_stride is None:
        return None
    if output_stride % 4 != 0:
        raise ValueError("The output_stride needs to be a multiple of 4.")
    return output_stride / 4


def head(net, collection, scope, num_classes, global_pool, spatial_squeeze):
    """Pooling, scores and predictions after the blocks, as the model zoo has them; gives (result, end points)."""
    end_points = collected.convert_collection_to_dict(collection)
    if global_pool:
        net = end_points["global_pool"] = reduce.reduce_mean_v1(net, [1, 2], name="pool5", keepdims=True)
    if num_classes:
        net = convolution2d(net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="logits")
        end_points[scope.name + "/logits"] = net
        if spatial_squeeze:
            net = end_points[scope.name + "/spatial_squeeze"] = array.squeeze(net, [1, 2], name="SpatialSqueeze")
        end_points["predictions"] = softmax(net, scope="predictions")
    return net, end_points


def head_v1(net, collection, scope, num_classes, global_pool, spatial_squeeze=False):
    """The same as `tf.contrib` has it: scores are never squeezed, and what is collected are the end points."""
    if global_pool:
        net = reduce.reduce_mean_v1(net, [1, 2], name="pool5", keepdims=True)
    if num_classes is not None:
        net = convolution2d(net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="logits")
    end_points = collected.convert_collection_to_dict(collection)
    if num_classes is not None:
        end_points["predictions"] = softmax(net, scope="predictions")
    return net, end_points


def block(bottleneck, scope, base_depth, num_units, stride):
    """A block of `num_units` units `bottleneck` with 4 · `base_depth` channels, the stride in the last one."""
    unit = {"depth": base_depth * 4, "depth_bottleneck": base_depth, "stride": 1}
    return resnet_utils.Block(scope, bottleneck, [unit] * (num_units - 1) + [{**unit, "stride": stride}])
