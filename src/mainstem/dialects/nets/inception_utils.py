"""The argument scopes of the Inception networks, and what ends them."""

from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import avg_pool2d, fully_connected
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.contrib.regularizers import l2_regularizer
from mainstem.graph.keys import GraphKeys
from mainstem.surface import nn, reduce
from mainstem.surface.contrib_initializers import variance_scaling_initializer


def inception_arg_scope(
    weight_decay=0.00004,
    use_batch_norm=True,
    batch_norm_decay=0.9997,
    batch_norm_epsilon=0.001,
    activation_fn=nn.relu,
    batch_norm_updates_collections=GraphKeys.UPDATE_OPS,
    batch_norm_scale=False,
):
    """The argument scope of an Inception network: L2 penalties, batch normalization unless told otherwise, variance scaling."""
    of_norm = {
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "updates_collections": batch_norm_updates_collections,
        "fused": None,
        "scale": batch_norm_scale,
    }
    return _scope(weight_decay, use_batch_norm, of_norm, activation_fn)


def _scope(weight_decay, use_batch_norm, of_norm, activation_fn):
    normalized = {"normalizer_fn": batch_norm, "normalizer_params": of_norm} if use_batch_norm else {}
    of_convolution = {"weights_initializer": variance_scaling_initializer(), "activation_fn": activation_fn, **normalized}
    if not use_batch_norm:
        of_convolution.update(normalizer_fn=None, normalizer_params={})
    with (
        arg_scope([convolution2d, fully_connected], weights_regularizer=l2_regularizer(weight_decay)),
        arg_scope([convolution2d], **of_convolution) as scope,
    ):
        return scope


def _of_1_15(collection, decay, epsilon, updates, **more):
    moving = {"beta": None, "gamma": None, "moving_mean": [collection], "moving_variance": [collection]}
    return {"decay": decay, "epsilon": epsilon, "updates_collections": updates, "variables_collections": moving, **more}


def inception_v1_arg_scope_v1(weight_decay=0.00004, use_batch_norm=True, batch_norm_var_collection="moving_vars"):
    """The scope of Inception v1 in `tf.contrib`: moving moments join a collection."""
    of_norm = _of_1_15(batch_norm_var_collection, 0.9997, 0.001, GraphKeys.UPDATE_OPS)
    return _scope(weight_decay, use_batch_norm, of_norm, nn.relu)


def inception_v2_arg_scope_v1(weight_decay=0.00004, batch_norm_var_collection="moving_vars"):
    """The scope of Inception v2 in `tf.contrib`: moving moments join a collection."""
    return inception_v1_arg_scope_v1(weight_decay, True, batch_norm_var_collection)


def inception_v3_arg_scope_v1(
    weight_decay=0.00004,
    batch_norm_var_collection="moving_vars",
    batch_norm_decay=0.9997,
    batch_norm_epsilon=0.001,
    updates_collections=GraphKeys.UPDATE_OPS,
    use_fused_batchnorm=True,
):
    """The scope of Inception v3 in `tf.contrib`: moving moments join a collection."""
    more = {"fused": use_fused_batchnorm}
    of_norm = _of_1_15(batch_norm_var_collection, batch_norm_decay, batch_norm_epsilon, updates_collections, **more)
    return _scope(weight_decay, True, of_norm, nn.relu)


def reduced_kernel(tensor, kernel_size):
    """`kernel_size`, or the whole image where that is smaller and its size is known."""
    height, width = tensor.shape.as_list()[1:3]
    if height is None or width is None:
        return kernel_size
    return [min(height, kernel_size[0]), min(width, kernel_size[1])]


def depth_of(depth_multiplier, min_depth):
    """How many filters a layer gets that has `d` without the multiplier. Raises ValueError for a multiplier below 0."""
    if depth_multiplier <= 0:
        raise ValueError("depth_multiplier is not greater than zero.")
    return lambda d: max(int(d * depth_multiplier), min_depth)


def whole_pool(net, scope, stride=1):
    """The mean over the whole image as [batch, 1, 1, channels]: by a window where the size is known, else by a reduction."""
    size = net.shape.as_list()[1:3]
    if None in size:
        return reduce.reduce_mean_v1(net, [1, 2], keepdims=True, name="global_pool")
    return avg_pool2d(net, size, stride=stride, padding="VALID", scope=scope)
