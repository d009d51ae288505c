"""What ends the networks: dropout, a 1x1 convolution to the scores, and the axes of size 1 taken away."""

from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import avg_pool2d, dropout
from mainstem.dialects.nets.inception_utils import reduced_kernel
from mainstem.surface import array, reduce


def scores(net, end_points, scope, name, num_classes, of_dropout, spatial_squeeze, global_pool, **of_convolution):
    """The scores of `num_classes` classes, also as the end point `scope/name`; `net` itself where there are no classes."""
    if global_pool:
        net = reduce.reduce_mean_v1(net, [1, 2], keepdims=True, name="global_pool")
        end_points["global_pool"] = net
    if not num_classes:
        return net
    net = dropout(net, **of_dropout)
    net = convolution2d(net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope=name, **of_convolution)
    if spatial_squeeze:
        net = array.squeeze(net, [1, 2], name=f"{name}/squeezed")
    end_points[f"{scope}/{name}"] = net
    return net


def pooled(net, end_points, global_pool, size, name, pool_scope):
    """The mean of each map as the end point "global_pool", or a pooling of `size` at most, "AvgPool_1a"; `name`: of the mean."""
    if global_pool:
        net = end_points["global_pool"] = reduce.reduce_mean_v1(net, [1, 2], keepdims=True, name=name)
    else:
        kernel = reduced_kernel(net, size)
        net = end_points["AvgPool_1a"] = avg_pool2d(net, kernel, padding="VALID", scope=pool_scope.format(*kernel))
    return net


def squeezed_scores(net, num_classes, spatial_squeeze, scope):
    """The scores of `num_classes` classes, [batch, num_classes] with `spatial_squeeze`."""
    scores_ = convolution2d(net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope=scope)
    return array.squeeze(scores_, [1, 2], name="SpatialSqueeze") if spatial_squeeze else scores_
