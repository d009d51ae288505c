"""Deep paths: `tensorflow.python…` names are the public ones that stand behind them in the real TensorFlow."""

import importlib
import inspect
import sys

import pytest

import mainstem.v1 as tf
import mainstem.v2 as tf2
from mainstem.api import deep, load, rows
from mainstem.surface import raw

load.complete()


@pytest.mark.parametrize("world", ["v1", "v2"])
def test_every_recorded_name_is_the_public_one(world):
    count = 0
    for path, names in deep.recorded(world).items():
        for name, (only, public) in names.items():
            table = rows.WORLDS[only or world]
            if public in table:
                module = importlib.import_module(f"mainstem.{world}.{path}")
                assert getattr(module, name) is table[public], (path, name)
                count += 1
    assert count > 1000


@pytest.mark.parametrize("root", [tf, tf2], ids=["v1", "v2"])
def test_files_hold_the_names_of_both_worlds(root):
    math_ops = importlib.import_module(f"{root.__name__}.python.ops.math_ops")
    assert math_ops.argmax is tf.argmax and math_ops.argmax_v2 is tf2.argmax and tf.argmax is not tf2.argmax
    assert math_ops.reduce_sum is tf2.reduce_sum and math_ops.reduce_sum_v1 is tf.reduce_sum
    assert math_ops.matmul is root.matmul and math_ops.logical_and is tf2.logical_and
    ops = importlib.import_module(f"{root.__name__}.python.framework.ops")
    assert ops.Graph is tf.Graph and ops.reset_default_graph is tf.reset_default_graph and ops.GraphKeys is tf.GraphKeys
    with pytest.raises(AttributeError, match="tensorflow.python.framework.ops' has no attribute 'nothing_like_it'"):
        _ = ops.nothing_like_it


SEEN = """
from tensorflow.core.framework import summary_pb2, types_pb2
from tensorflow.core.protobuf import config_pb2, saver_pb2
from tensorflow.core.util import event_pb2
from tensorflow.python import tf2
from tensorflow.python.client import device_lib, session
from tensorflow.python.framework import constant_op, dtypes, errors_impl, indexed_slices, ops, random_seed, sparse_tensor, tensor_shape
from tensorflow.python.ops import array_ops, clip_ops, control_flow_ops, gen_array_ops, init_ops, math_ops, nn, nn_ops, resources
from tensorflow.python.ops import standard_ops, variable_scope, variables
from tensorflow.python.platform import flags, gfile, test, tf_logging
from tensorflow.python.summary import summary
from tensorflow.python.summary.summary_iterator import summary_iterator
from tensorflow.python.training import moving_averages, saver, training, training_util
from tensorflow.python.util import compat, nest, tf_inspect
from tensorflow.python.util.deprecation import deprecated, deprecated_args
from tensorflow.python.util.tf_export import tf_export
"""


@pytest.mark.parametrize("root", [tf, tf2], ids=["v1", "v2"])
def test_imports_that_public_code_has(root):
    names = {}
    exec(SEEN.replace("from tensorflow.", f"from {root.__name__}."), names)
    assert names["summary_pb2"].Summary is tf.Summary and names["config_pb2"].ConfigProto is tf.ConfigProto
    assert (
        names["saver_pb2"].SaverDef is tf.train.SaverDef
        and names["types_pb2"].DT_FLOAT == 1
        and names["event_pb2"].Event is tf.Event
    )
    assert names["dtypes"].float32_ref.base_dtype is tf.float32 and names["nest"].flatten([1, [2]]) == [1, 2]
    assert names["standard_ops"].one_hot is tf.one_hot
    assert names["gen_array_ops"].Reshape is tf.raw_ops.Reshape and names["flags"].FLAGS is tf.flags.FLAGS
    assert names["tf_inspect"].getfullargspec(lambda a: a).args == ["a"] and names["compat"].as_bytes("x") == b"x"
    assert names["deprecated"] and names["tf_export"]("x")(SEEN) is SEEN and names["tf2"].enabled() in (True, False)


def test_generated_functions_take_arguments_by_position():
    from mainstem.v1.python.ops import gen_array_ops, gen_logging_ops, gen_nn_ops

    assert gen_logging_ops._scalar_summary("tag", 1.0).op.type == "ScalarSummary"

    filled = gen_array_ops.fill([2], 3.0, name="filled")
    assert filled.op.name == "filled" and tf.Session().run(gen_array_ops.reshape(filled, [1, 2])).tolist() == [[3, 3]]
    made = gen_nn_ops.conv2d(tf.zeros([1, 4, 4, 1]), tf.zeros([2, 2, 1, 1]), [1, 1, 1, 1], "VALID", explicit_paddings=[])
    assert made.op.type == "Conv2D" and made.shape.as_list() == [1, 3, 3, 1]
    with pytest.raises(TypeError, match="missing a required argument"):
        gen_array_ops.fill([2])
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = gen_array_ops.nothing_like_it
    assert (gen_array_ops.fill.__name__, gen_nn_ops.conv2d_backprop_input.__name__) == ("fill", "conv2d_backprop_input")


@pytest.mark.parametrize(
    "op, function",
    [
        ("L2Loss", "l2_loss"),
        ("RGBToHSV", "rgb_to_hsv"),
        ("AddV2", "add_v2"),
        ("MaxPool3DGrad", "max_pool3d_grad"),
        ("LRN", "lrn"),
    ],
)
def test_names_of_generated_functions(op, function):
    assert raw.snake_case(op) == function


def test_devices():
    from mainstem.v1.python.client import device_lib

    (first, *_), (full, *_) = device_lib.list_local_devices(), tf.Session().list_devices()
    assert first.name == "/device:CPU:0" and first.device_type == "CPU" and f'name: "{first.name}"\n' in str(first)
    assert full.name == "/job:localhost/replica:0/task:0/device:CPU:0" and full.incarnation == first.incarnation
    assert repr(full).startswith("_DeviceAttributes(/job:localhost/replica:0/task:0/device:CPU:0, CPU, ")


def test_a_file_of_tensorflow_is_there_though_its_names_are_not():
    for world in ("v1", "v2"):
        for path in deep.recorded(world):
            assert not path.startswith("python.") or importlib.import_module(f"mainstem.v1.{path}")
    control_flow_util = importlib.import_module("mainstem.v1.python.ops.control_flow_util")
    assert control_flow_util.GraphOrParentsInXlaContext(tf.get_default_graph()) is False


def test_what_stands_for_a_name_refuses_to_be_used():
    made = deep.later("python.ops.io_ops", "ReaderBase")
    with pytest.raises(NotImplementedError, match="does not have tensorflow.python.ops.io_ops.ReaderBase yet"):
        type("Reader", (made,), {})()


def test_modules_of_contrib_are_files_of_tensorflow():
    for path, file in deep.FILES.items():
        module = importlib.import_module(f"mainstem.v1.{path}")
        shown, own = importlib.import_module(f"mainstem.v1.{file}"), rows.WORLDS["v1"]
        names = [
            n for n in vars(shown) if not n.startswith("__") and f"{path}.{n}" not in own and f"{path}.{n}" not in deep.FILES
        ]
        assert all(getattr(module, n) is getattr(shown, n) for n in names), path
        assert module.absolute_import.compiler_flag and not hasattr(module, "nothing_like_it")
    slim = tf.contrib.slim
    image_ops, gradients = slim.tfexample_decoder.image_ops, slim.rev_block_lib.gradients_impl
    assert image_ops.resize_images is tf.image.resize_images and image_ops.CropAndResize is tf.raw_ops.CropAndResize
    assert gradients.gradients is tf.gradients and gradients.control_flow_grad.cond is tf.cond
    assert slim.learning.sync_replicas_optimizer.optimizer.Optimizer is tf.train.Optimizer
    assert slim.queues.contextmanager and slim.metric_ops.deprecated and slim.summaries.nn.l2_normalize is tf.nn.l2_normalize


def test_generated_functions_that_run_eagerly():
    from mainstem.v1.python.ops import gen_array_ops

    fill = gen_array_ops.fill_eager_fallback
    assert fill.__name__ == "fill_eager_fallback" and list(inspect.signature(fill).parameters)[-2:] == ["name", "ctx"]
    assert fill([2], 3.0, ctx=None).numpy().tolist() == [3, 3]


def test_resources():
    from mainstem.v1.python.ops import resources

    assert resources.shared_resources() == resources.local_resources() == []
    assert resources.initialize_resources([]).type == "NoOp"
    handle = tf.constant(1, name="handle")
    resources.register_resource(handle, tf.no_op(name="make"), tf.constant(False))
    resources.register_resource(handle, tf.no_op(), tf.constant(True), is_shared=False)
    (found,) = resources.shared_resources()
    init = resources.initialize_resources([found])
    assert [o.name for o in init.control_inputs] == ["make"]
    assert tf.Session().run(resources.report_uninitialized_resources()).tolist() == [b"handle:0"]
    assert tf.Session().run(resources.report_uninitialized_resources([])).tolist() == []


def test_namespaces_that_nothing_fills_do_not_appear():
    for path, spaces in deep.spaces({"v1": {"nn.relu": 1}, "v2": {}}).items():
        assert spaces and set(spaces) <= {"", "nn"}, path
    assert "python.keras.layers" not in deep.spaces({"v1": {}, "v2": {}})
    assert deep.spaces({"v1": {}, "v2": {"keras.layers.Dense": 1}})["python.keras.layers"] == ("keras.layers",)
    assert "mainstem.v1.python" in sys.modules
