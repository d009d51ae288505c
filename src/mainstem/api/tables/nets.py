"""The public names of `tf.contrib.slim.nets`: modules, as in TensorFlow; also below `tf.contrib.slim.python.slim.nets`."""

from mainstem.api.rows import v1
from mainstem.dialects.nets import (
    alexnet,
    inception_utils,
    inception_v1,
    inception_v2,
    inception_v3,
    overfeat,
    resnet_utils,
    resnet_v1,
    resnet_v2,
    vgg,
)

_MODULES = {
    alexnet: "alexnet_v2 alexnet_v2_arg_scope",
    inception_v1: "inception_v1_base",
    inception_v2: "inception_v2_base",
    inception_v3: "inception_v3_base",
    overfeat: "overfeat overfeat_arg_scope",
    resnet_utils: "Block conv2d_same resnet_arg_scope stack_blocks_dense subsample",
    resnet_v1: "bottleneck resnet_arg_scope resnet_v1_block",
    resnet_v2: "bottleneck resnet_arg_scope resnet_v2_block",
    vgg: "vgg_16 vgg_19 vgg_a vgg_arg_scope vgg_d vgg_e",
}
_INCEPTION = {"v1": inception_v1, "v2": inception_v2, "v3": inception_v3}
_PLACES = ("contrib.slim.nets", "contrib.slim.python.slim.nets")


def _at(module, name, thing):
    v1(thing, *(f"{place}.{module}.{name}" for place in _PLACES))


for _module, _names in _MODULES.items():
    for _name in _names.split():
        _last = _module.__name__.rpartition(".")[2]
        _at(_last, _name, getattr(_module, _name))
        if _last.startswith("inception"):
            _at("inception", _name, getattr(_module, _name))
for _version in ("v1", "v2", "v3"):
    _scope = getattr(inception_utils, f"inception_{_version}_arg_scope_v1")
    _network = getattr(_INCEPTION[_version], f"inception_{_version}_v1")
    for _name, _thing in ((f"inception_{_version}_arg_scope", _scope), (f"inception_{_version}", _network)):
        _at(f"inception_{_version}", _name, _thing)
        _at("inception", _name, _thing)
for _module, _version in ((resnet_v1, "resnet_v1"), (resnet_v2, "resnet_v2")):
    for _name in (_version, *(f"{_version}_{_layers}" for _layers in (50, 101, 152, 200))):
        _at(_version, _name, getattr(_module, f"{_name}_v1"))
