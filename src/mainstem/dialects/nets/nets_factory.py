"""Networks by name, as scripts of the model zoo ask for them: `get_network_fn("resnet_v1_50", num_classes=5)`."""

import functools

from mainstem.dialects.contrib.arg_scope import arg_scope
from mainstem.dialects.nets import (
    alexnet,
    cifarnet,
    inception,
    lenet,
    mobilenet_v1,
    overfeat,
    resnet_v1,
    resnet_v2,
    vgg,
)
from mainstem.dialects.nets.mobilenet import mobilenet_v2

_WITH_SCOPES = [
    ("alexnet_v2", alexnet.alexnet_v2, alexnet.alexnet_v2_arg_scope),
    ("cifarnet", cifarnet.cifarnet, cifarnet.cifarnet_arg_scope),
    ("overfeat", overfeat.overfeat, overfeat.overfeat_arg_scope),
    ("vgg_a", vgg.vgg_a, vgg.vgg_arg_scope),
    ("vgg_16", vgg.vgg_16, vgg.vgg_arg_scope),
    ("vgg_19", vgg.vgg_19, vgg.vgg_arg_scope),
    ("inception_v1", inception.inception_v1, inception.inception_v1_arg_scope),
    ("inception_v2", inception.inception_v2, inception.inception_v2_arg_scope),
    ("inception_v3", inception.inception_v3, inception.inception_v3_arg_scope),
    ("inception_v4", inception.inception_v4, inception.inception_v4_arg_scope),
    ("inception_resnet_v2", inception.inception_resnet_v2, inception.inception_resnet_v2_arg_scope),
    ("lenet", lenet.lenet, lenet.lenet_arg_scope),
    *((f"resnet_v1_{n}", getattr(resnet_v1, f"resnet_v1_{n}"), resnet_v1.resnet_arg_scope) for n in (50, 101, 152, 200)),
    *((f"resnet_v2_{n}", getattr(resnet_v2, f"resnet_v2_{n}"), resnet_v2.resnet_arg_scope) for n in (50, 101, 152, 200)),
    ("mobilenet_v1", mobilenet_v1.mobilenet_v1, mobilenet_v1.mobilenet_v1_arg_scope),
    ("mobilenet_v1_075", mobilenet_v1.mobilenet_v1_075, mobilenet_v1.mobilenet_v1_arg_scope),
    ("mobilenet_v1_050", mobilenet_v1.mobilenet_v1_050, mobilenet_v1.mobilenet_v1_arg_scope),
    ("mobilenet_v1_025", mobilenet_v1.mobilenet_v1_025, mobilenet_v1.mobilenet_v1_arg_scope),
    ("mobilenet_v2", mobilenet_v2.mobilenet, mobilenet_v2.training_scope),
    ("mobilenet_v2_035", mobilenet_v2.mobilenet_v2_035, mobilenet_v2.training_scope),
    ("mobilenet_v2_140", mobilenet_v2.mobilenet_v2_140, mobilenet_v2.training_scope),
]
networks_map = {name: function for name, function, _ in _WITH_SCOPES}
arg_scopes_map = {name: scope for name, _, scope in _WITH_SCOPES}


def get_network_fn(name, num_classes, weight_decay=0.0, is_training=False):
    """A function of images that gives (scores, end points) of a network, in its argument scope.

    Args:
        name: one of `networks_map`.
        num_classes: how many scores; None for what the last layer would get.
        weight_decay: factor of the L2 penalty.
        is_training: whether dropout and the batches' moments are in use.

    Raises ValueError for an unknown name.
    """
    if name not in networks_map:
        raise ValueError(f"Name of network unknown {name}. Known are: {', '.join(networks_map)}.")
    function = networks_map[name]

    @functools.wraps(function)
    def network_fn(images, **kwargs):
        with arg_scope(arg_scopes_map[name](weight_decay=weight_decay)):
            return function(images, num_classes=num_classes, is_training=is_training, **kwargs)

    return network_fn
