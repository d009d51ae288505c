"""What ends the older networks: dropout, a 1x1 convolution to the scores, and the axes of size 1 taken away."""

from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import dropout
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
