"""What Slim's residual networks are put together from (He et al., arXiv:1512.03385)."""

import collections

from mainstem.dialects.contrib import collected, layers
from mainstem.dialects.contrib.arg_scope import add_arg_scope, arg_scope
from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.normalization import batch_norm
from mainstem.dialects.contrib.regularizers import l2_regularizer
from mainstem.graph.keys import GraphKeys
from mainstem.surface import blocks, nn
from mainstem.surface.contrib_initializers import variance_scaling_initializer
from mainstem.surface.variable_scope import variable_scope

Block = collections.namedtuple("Block", ["scope", "unit_fn", "args"])


def subsample(inputs, factor, scope=None):
    """Every `factor`-th pixel of images."""
    return inputs if factor == 1 else layers.max_pool2d(inputs, [1, 1], stride=factor, scope=scope)


def conv2d_same(inputs, num_outputs, kernel_size, stride, rate=1, scope=None):
    """A convolution whose output with a stride is that without, subsampled: the padding does not depend on the image's size."""
    if stride == 1:
        return convolution2d(inputs, num_outputs, kernel_size, stride=1, rate=rate, padding="SAME", scope=scope)
    padding = kernel_size + (kernel_size - 1) * (rate - 1) - 1
    before = padding // 2
    around = [before, padding - before]
    inputs = blocks.pad_v1(inputs, [[0, 0], around, around, [0, 0]])
    return convolution2d(inputs, num_outputs, kernel_size, stride=stride, rate=rate, padding="VALID", scope=scope)


class _Strides:
    """The stride so far; once the wanted one is reached, further strides become rates of dilation."""

    def __init__(self, wanted):
        self.wanted, self.now, self.rate = wanted, 1, 1

    def reached(self):
        return self.wanted is not None and self.now == self.wanted

    def check(self, complete=False):
        if self.wanted is not None and (self.now > self.wanted or (complete and self.now != self.wanted)):
            raise ValueError("The target output_stride cannot be reached.")

    def unit(self, net, unit_fn, arguments):
        """The result of a unit at this stride."""
        own = arguments.get("stride", 1)
        if self.reached():
            net = unit_fn(net, rate=self.rate, **{**arguments, "stride": 1})
            self.rate *= own
        else:
            net = unit_fn(net, rate=1, **arguments)
            self.now *= own
        return net

    def after(self, net, own):
        """`net` subsampled by a stride that a block left out."""
        if self.reached():
            self.rate *= own
            return net
        self.now *= own
        self.check()
        return subsample(net, own)


@add_arg_scope
def stack_blocks_dense(net, blocks, output_stride=None, outputs_collections=None, store_non_strided_activations=False):
    """The blocks one after another; once `output_stride` is reached, strides become rates of dilation.

    `store_non_strided_activations`: what is collected of a block is its result before the stride of its last unit. Raises ValueError
    when the stride cannot be reached.
    """
    strides = _Strides(output_stride)
    for block in blocks:
        with variable_scope(block.scope, "block", [net]) as sc:
            left_out = 1
            for i, unit in enumerate(block.args):
                if store_non_strided_activations and i == len(block.args) - 1:
                    left_out, unit = unit.get("stride", 1), {**unit, "stride": 1}
                strides.check()
                with variable_scope(f"unit_{i + 1}", values=[net]):
                    net = strides.unit(net, block.unit_fn, unit)
            net = collected.collect_named_outputs(outputs_collections, sc.name, net)
            if store_non_strided_activations:
                net = strides.after(net, left_out)
    strides.check(complete=True)
    return net


def resnet_arg_scope(
    weight_decay=0.0001,
    batch_norm_decay=0.997,
    batch_norm_epsilon=1e-5,
    batch_norm_scale=True,
    activation_fn=nn.relu,
    use_batch_norm=True,
    batch_norm_updates_collections=GraphKeys.UPDATE_OPS,
):
    """The argument scope in which residual networks are built."""
    of_norm = {"decay": batch_norm_decay, "epsilon": batch_norm_epsilon, "scale": batch_norm_scale}
    of_norm["updates_collections"] = batch_norm_updates_collections
    of_convolution = {
        "weights_regularizer": l2_regularizer(weight_decay),
        "weights_initializer": variance_scaling_initializer(),
        "activation_fn": activation_fn,
        "normalizer_fn": batch_norm if use_batch_norm else None,
        "normalizer_params": of_norm,
    }
    with (
        arg_scope([convolution2d], **of_convolution),
        arg_scope([batch_norm], **of_norm),
        arg_scope([layers.max_pool2d], padding="SAME") as scope,
    ):
        return scope
