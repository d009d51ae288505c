"""The networks of Slim's model zoo in small cases: run under TensorFlow 1.15 by `golden/record_nets.py`, here by `nets/`."""

import collections
import importlib
import zlib

import numpy as np

Case = collections.namedtuple("Case", "module function image scope arguments")
MOST = ("Conv2D", "DepthwiseConv2dNative", "MaxPool", "AvgPool", "MatMul", "FusedBatchNorm", "ConcatV2", "Relu", "Relu6",
        "Softmax", "Squeeze", "Mean", "Pad", "LRN", "BiasAdd", "SpaceToBatchND", "L2Loss")  # fmt: skip
ATTRS = ("strides", "padding", "ksize", "epsilon", "dilations", "data_format")


def case(module, function, image, scope=None, **arguments):
    return Case(module, function, image, scope, arguments)


def _resnets():
    found = {}
    for version in ("v1", "v2"):
        for depth in (50, 101, 152, 200):
            name = f"resnet_{version}_{depth}"
            more = {"num_classes": 7, "is_training": False}
            found[name] = case("resnet_" + version, name, [65, 65, 3], "resnet_arg_scope", **more)
    return found


def _of_resnets(**more):
    v1, v2, scope = "resnet_v1", "resnet_v2", "resnet_arg_scope"
    return {
        "resnet_v1_50 strides of 8": case(v1, "resnet_v1_50", [65, 65, 3], scope, is_training=False, output_stride=8),
        "resnet_v2_50 strides of 16": case(
            v2,
            "resnet_v2_50",
            [65, 65, 3],
            scope,
            num_classes=3,
            is_training=False,
            output_stride=16,
            global_pool=False,
            **more,
        ),
        "resnet_v2_50 features": case(v2, "resnet_v2_50", [64, 64, 3], scope, is_training=True, global_pool=False),
        "resnet_v1_50 trained": case(v1, "resnet_v1_50", [64, 64, 3], scope, num_classes=5),
    }


CONTRIB = {
    "alexnet_v2": case("alexnet", "alexnet_v2", [224, 224, 3], "alexnet_v2_arg_scope", num_classes=10, is_training=False),
    "overfeat": case("overfeat", "overfeat", [231, 231, 3], "overfeat_arg_scope", num_classes=10, is_training=False),
    "vgg_a": case("vgg", "vgg_a", [224, 224, 3], "vgg_arg_scope", is_training=False),
    "vgg_16": case("vgg", "vgg_16", [224, 224, 3], "vgg_arg_scope"),
    "vgg_19": case("vgg", "vgg_19", [256, 256, 3], "vgg_arg_scope", num_classes=20, is_training=False, spatial_squeeze=False),
    "inception_v1": case(
        "inception", "inception_v1", [224, 224, 3], "inception_v1_arg_scope", num_classes=9, is_training=False
    ),
    "inception_v2": case(
        "inception", "inception_v2", [224, 224, 3], "inception_v2_arg_scope", num_classes=9, is_training=False
    ),
    "inception_v3": case(
        "inception", "inception_v3", [299, 299, 3], "inception_v3_arg_scope", num_classes=9, is_training=False
    ),
    "inception_v3 trained": case("inception", "inception_v3", [299, 299, 3], "inception_v3_arg_scope"),
    "inception_v1 small": case("inception", "inception_v1", [224, 224, 3], None, num_classes=4, spatial_squeeze=False),
    "inception_v2 small": case("inception", "inception_v2", [96, 96, 3], None, num_classes=4, depth_multiplier=0.5),
    "inception_v3 small": case(
        "inception", "inception_v3", [139, 139, 3], None, num_classes=4, depth_multiplier=0.25, spatial_squeeze=False
    ),
    "inception_v1 base": case("inception", "inception_v1_base", [64, 64, 3], None, final_endpoint="Mixed_4d"),
    "inception_v2 base": case("inception", "inception_v2_base", [64, 64, 3], None, final_endpoint="Mixed_4a", min_depth=8),
    "inception_v3 base": case("inception", "inception_v3_base", [139, 139, 3], None, final_endpoint="Mixed_6a"),
    **_resnets(),
    **_of_resnets(),
}

_INCEPTION = {"num_classes": 9, "is_training": False}
_MOBILE, _MOBILE2 = "mobilenet_v1", "mobilenet.mobilenet_v2"
ZOO = {
    "lenet": case("lenet", "lenet", [28, 28, 1], "lenet_arg_scope"),
    "lenet features": case("lenet", "lenet", [28, 28, 1], "lenet_arg_scope", num_classes=None),
    "cifarnet": case("cifarnet", "cifarnet", [32, 32, 3], "cifarnet_arg_scope"),
    "cifarnet trained": case("cifarnet", "cifarnet", [32, 32, 3], "cifarnet_arg_scope", num_classes=5, is_training=True),
    "alexnet_v2": case("alexnet", "alexnet_v2", [300, 300, 3], "alexnet_v2_arg_scope", num_classes=10, global_pool=True),
    "alexnet_v2 features": case("alexnet", "alexnet_v2", [224, 224, 3], None, num_classes=None, is_training=False),
    "overfeat": case("overfeat", "overfeat", [281, 281, 3], "overfeat_arg_scope", num_classes=10, global_pool=True),
    "vgg_16": case("vgg", "vgg_16", [64, 64, 3], "vgg_arg_scope", num_classes=6, fc_conv_padding="SAME", global_pool=True),
    "vgg_a features": case("vgg", "vgg_a", [224, 224, 3], None, num_classes=None, is_training=False),
    "inception_v1": case("inception", "inception_v1", [224, 224, 3], "inception_v1_arg_scope", **_INCEPTION),
    "inception_v2": case("inception", "inception_v2", [224, 224, 3], "inception_v2_arg_scope", **_INCEPTION),
    "inception_v3": case("inception", "inception_v3", [299, 299, 3], "inception_v3_arg_scope", **_INCEPTION),
    "inception_v1 pool": case("inception", "inception_v1", [250, 250, 3], None, num_classes=3, global_pool=True),
    "inception_v2 pool": case("inception", "inception_v2", [250, 250, 3], None, num_classes=3, global_pool=True),
    "inception_v3 pool": case("inception", "inception_v3", [330, 330, 3], None, num_classes=3, global_pool=True),
    "inception_v1 features": case("inception", "inception_v1", [224, 224, 3], None, num_classes=None),
    "inception_v3 features": case("inception", "inception_v3", [299, 299, 3], None, num_classes=None, is_training=False),
    "inception_v1 base": case("inception", "inception_v1_base", [28, 28, 192], None, include_root_block=False),
    "inception_v2 base": case("inception", "inception_v2_base", [28, 28, 192], None, include_root_block=False),
    "inception_v2 plain": case("inception", "inception_v2_base", [64, 64, 3], None, use_separable_conv=False),
    "inception_v2 first": case(
        "inception", "inception_v2_base", [3, 64, 64], None, use_separable_conv=False, data_format="NCHW",
        final_endpoint="Mixed_4a",
    ),
    "inception_v4": case("inception", "inception_v4", [299, 299, 3], "inception_v4_arg_scope", **_INCEPTION),
    "inception_v4 trained": case("inception", "inception_v4", [299, 299, 3], "inception_v4_arg_scope"),
    "inception_v4 plain": case(
        "inception", "inception_v4", [330, 330, 3], None, num_classes=None, create_aux_logits=False, is_training=False
    ),
    "inception_v4 base": case("inception", "inception_v4_base", [139, 139, 3], None, final_endpoint="Mixed_6c"),
    "inception_resnet_v2": case(
        "inception", "inception_resnet_v2", [299, 299, 3], "inception_resnet_v2_arg_scope", **_INCEPTION
    ),
    "inception_resnet_v2 trained": case(
        "inception", "inception_resnet_v2", [299, 299, 3], "inception_resnet_v2_arg_scope"
    ),
    "inception_resnet_v2 plain": case(
        "inception", "inception_resnet_v2", [200, 200, 3], None, num_classes=None, create_aux_logits=False, is_training=False
    ),
    "inception_resnet_v2 base": case(
        "inception", "inception_resnet_v2_base", [299, 299, 3], None, output_stride=8, align_feature_maps=True,
        final_endpoint="PreAuxLogits",
    ),
    "inception_resnet_v2 aligned": case(
        "inception", "inception_resnet_v2_base", [299, 299, 3], None, align_feature_maps=True
    ),
    **_resnets(),
    **_of_resnets(spatial_squeeze=False),
    "resnet_v1_50 thin": case(
        "resnet_v1", "resnet_v1_50", [65, 65, 3], "resnet_arg_scope", num_classes=3, depth_multiplier=0.25,
        spatial_squeeze=False, store_non_strided_activations=True, is_training=False,
    ),
    "mobilenet_v1": case(_MOBILE, "mobilenet_v1", [224, 224, 3], "mobilenet_v1_arg_scope", num_classes=1001),
    "mobilenet_v1_075": case(_MOBILE, "mobilenet_v1_075", [192, 192, 3], "mobilenet_v1_arg_scope", num_classes=5),
    "mobilenet_v1_025": case(_MOBILE, "mobilenet_v1_025", [96, 96, 3], None, num_classes=5, is_training=False),
    "mobilenet_v1 pool": case(_MOBILE, "mobilenet_v1", [250, 250, 3], None, num_classes=5, global_pool=True),
    "mobilenet_v1 features": case(_MOBILE, "mobilenet_v1", [64, 64, 3], None, num_classes=None, is_training=False),
    "mobilenet_v1 stride 8": case(
        _MOBILE, "mobilenet_v1_base", [64, 64, 3], None, output_stride=8, use_explicit_padding=True, depth_multiplier=0.5
    ),
    "mobilenet_v1 stride 16": case(
        _MOBILE, "mobilenet_v1_base", [64, 64, 3], None, output_stride=16, final_endpoint="Conv2d_12_pointwise"
    ),
    "mobilenet_v2": case(_MOBILE2, "mobilenet", [224, 224, 3], "training_scope"),
    "mobilenet_v2_140": case(_MOBILE2, "mobilenet_v2_140", [224, 224, 3], "training_scope", num_classes=5),
    "mobilenet_v2_035": case(_MOBILE2, "mobilenet_v2_035", [96, 96, 3], None, num_classes=5),
    "mobilenet_v2_050": case(_MOBILE2, "mobilenet_v2_050", [96, 96, 3], None, num_classes=5),
    "mobilenet_v2 features": case(_MOBILE2, "mobilenet", [128, 128, 3], None, num_classes=None, depth_multiplier=0.5),
    "mobilenet_v2 stride 8": case(
        _MOBILE2, "mobilenet_base", [64, 64, 3], None, output_stride=8, use_explicit_padding=True, depth_multiplier=0.25
    ),
    "mobilenet_v2 stride 16": case(
        _MOBILE2, "mobilenet_base", [64, 64, 3], None, output_stride=16, final_endpoint="layer_18",
    ),
    "mobilenet_v2 divisible": case(
        _MOBILE2, "mobilenet", [64, 64, 3], None, num_classes=5, depth_multiplier=0.3, min_depth=4, divisible_by=4
    ),
    "mobilenet_v2 layer_7": case(_MOBILE2, "mobilenet_base", [64, 64, 3], None, final_endpoint="layer_7"),
}  # fmt: skip
TABLES = {"contrib": CONTRIB, "zoo": ZOO}


def build(tf, where, one, batch=2):
    """Builds a case in the default graph; gives (images, result, end points). `where`: the package of the networks."""
    module = importlib.import_module(where + "." + one.module)
    scope = getattr(module, one.scope)() if one.scope else {}
    images = tf.placeholder(tf.float32, [batch] + one.image, name="images")
    with tf.contrib.slim.arg_scope(scope):
        result = getattr(module, one.function)(images, **one.arguments)
    return (images,) + tuple(result if isinstance(result, tuple) else (result, {}))


def facts(tf, result, points):
    """What a network is: its variables, end points, operations, and what it put into collections."""
    graph = tf.get_default_graph()
    variables = [[v.op.name, v.shape.as_list()] for v in tf.global_variables()]
    return {
        "variables": variables,
        "starts": [_start(tf, v) for v in tf.global_variables()],
        "trained": [v.op.name for v in tf.trainable_variables()],
        "model": len(tf.contrib.slim.get_model_variables()),
        "result": [result.op.name, _shape(result)],
        "points": {name: [t.op.name, _shape(t)] for name, t in points.items() if t is not None},
        "operations": [_operation(o) for o in graph.get_operations() if o.type.rstrip("V23") in MOST or o.type in MOST],
        "updates": [o.op.name if hasattr(o, "op") else o.name for o in tf.get_collection(tf.GraphKeys.UPDATE_OPS)],
        "losses": [t.op.name for t in tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)],
    }


def _shape(tensor):
    return tensor.shape.as_list()


def _start(tf, variable):
    """The last names of the operations that give a variable its initial value, and the constants among them that are numbers."""
    found, todo = [], [variable.initializer.inputs[1].op]
    while todo:
        o = todo.pop()
        number = None
        if o.type == "Const" and not o.outputs[0].shape.as_list():
            number = round(float(tf.make_ndarray(o.node_def.attr["value"].tensor)), 5)
        found.append([o.name.rpartition("/Initializer/")[2], number])
        todo += [t.op for t in o.inputs]
    return found


def _operation(o):
    known = o.node_def.attr
    attrs = {}
    for name in ATTRS:
        if name in known:
            a = known[name]
            attrs[name] = list(a.list.i) or a.s.decode() or round(a.f, 7)
    attrs = {k: v for k, v in attrs.items() if v and not (k == "dilations" and set(v) == {1}) and v != "NHWC"}
    return [o.name, o.type.rstrip("V23") if o.type.startswith("FusedBatchNorm") else o.type, attrs]


def value(name, shape):
    """The value of a variable: a pattern that its name and shape determine, of the size that keeps activations in range."""
    pattern = np.random.RandomState(zlib.crc32(name.encode()) & 0x7FFFFFFF).randn(4999)
    last = name.rpartition("/")[2]
    if last == "moving_variance":
        pattern = 1 + 0.2 * np.abs(pattern)
    elif last == "gamma":
        pattern = 1 + 0.1 * pattern
    elif "weights" not in last:
        pattern = 0.1 * pattern
    else:
        pattern = pattern * np.sqrt(2 / np.prod(shape[: -2 if "depthwise" in last else -1]))
    return np.resize(pattern.astype(np.float32), shape)


def logits(tf, images, result):
    """The result for fixed images and `value`s; the graph's variables get them by loading."""
    pixels = np.resize(np.random.RandomState(5).uniform(-1, 1, 9973).astype(np.float32), images.shape.as_list())
    with tf.Session() as session:
        variables = tf.global_variables()
        starts = {v.initializer.inputs[1]: value(v.op.name, v.shape.as_list()) for v in variables}
        session.run([v.initializer for v in variables], starts)
        return sample(session.run(result, {images: pixels}))


def sample(array):
    """At most about 500 entries of an array, spread over it."""
    flat = array.reshape(-1)
    return flat[:: max(1, flat.size // 499)]


def runs(name, one):
    """Whether the values of a case are compared: no dropout, and within a minute."""
    quiet = one.function in ("lenet", "cifarnet") or one.function.endswith("_base")
    quiet = quiet or (one.module.startswith("mobilenet.") and one.scope is None)  # what they do unless told otherwise
    if one.arguments.get("is_training", not quiet):
        return False
    if one.arguments.get("data_format") == "NCHW":  # TensorFlow has no kernels for it on the CPU
        return False
    return "101" not in name and "152" not in name and "200" not in name
