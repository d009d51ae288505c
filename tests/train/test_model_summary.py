"""The table of layers: known sizes of known networks, graphs written by hand, files."""

import numpy as np
import pytest

import mainstem
import mainstem.v1 as tf
from mainstem.cli import graph as command
from mainstem.cli import main
from mainstem.dialects.nets import nets_factory


def _network(name, classes, images=None):
    f = nets_factory.get_network_fn(name, classes)
    size = f.default_image_size
    return f(tf.placeholder(tf.float32, images or [None, size, size, 3], name="images"))


@pytest.mark.parametrize(
    "name, classes, parameters, multiply_adds",
    [
        ("vgg_16", 1000, 138_357_544, 15_470_264_320),  # Simonyan and Zisserman: 138 million
        ("mobilenet_v1", 1001, 4_254_889, 568_741_376),  # Howard et al.: 4.2 and 569 million
        ("mobilenet_v2", 1001, 3_540_265, 300_775_552),  # Sandler et al.: 3.4 and 300 million
        ("inception_v3", 1001, 27_182_194, 5_718_902_112),  # with the auxiliary scores left out of the work they do not do
    ],
)
def test_known_networks(name, classes, parameters, multiply_adds):
    _network(name, classes)
    found = mainstem.model_summary()
    assert found.parameters == parameters == sum(v.shape.num_elements() for v in tf.global_variables())
    assert found.multiply_adds == multiply_adds and found.flops == 2 * multiply_adds
    assert found.trainable == sum(v.shape.num_elements() for v in tf.trainable_variables())


def test_the_table():
    x = tf.placeholder(tf.float32, [None, 8, 8, 3], name="x")
    y = tf.layers.max_pooling2d(tf.layers.conv2d(x, 4, 3, padding="same", activation=tf.nn.relu), 2, 2)
    z = tf.layers.dense(tf.layers.flatten(y), 5, name="scores")
    loss = tf.reduce_mean(tf.square(z))
    tf.train.AdamOptimizer().minimize(loss, tf.train.get_or_create_global_step())
    text = str(mainstem.model_summary())
    assert [line.split() for line in text.splitlines()] == [
        ["layer", "operation", "output", "parameters", "multiply-adds"],
        ["x", "Input", "[?,", "8,", "8,", "3]"],
        ["conv2d", "Conv2D", "[?,", "8,", "8,", "4]", "112", "6,912"],
        ["max_pooling2d/MaxPool", "MaxPool", "[?,", "4,", "4,", "4]"],
        ["scores", "MatMul", "[?,", "5]", "325", "320"],
        [],
        ["parameters:", "437", "(437", "trainable)"],
        ["multiply-adds", "for", "one", "example:", "7,232", "(14,464", "FLOPs)"],
    ]
    assert mainstem.model_summary("scores").parameters == 325
    with pytest.raises(TypeError, match="graph_or_scope"):
        mainstem.model_summary(3.0)


def test_variables_without_scopes_shared_weights_and_unknown_sizes():
    x = tf.placeholder(tf.float32, [None, None, None, 3], name="x")
    w = tf.Variable(np.zeros((3, 3, 3, 2), np.float32))
    a = tf.nn.conv2d(x, w, [1, 1, 1, 1], "SAME") + tf.Variable(np.zeros(2, np.float32))
    tf.nn.conv2d(x, w, [1, 2, 2, 1], "SAME", name="again")
    tf.nn.depthwise_conv2d(a, tf.get_variable("deep/w", [3, 3, 2, 4]), [1, 1, 1, 1], "SAME")
    found = mainstem.model_summary()
    assert [(n.name, n.parameters, n.multiply_adds) for n in found.layers] == [
        ("x", 0, 0), ("Conv2D", 54, None), ("add", 2, 0), ("again", 0, None), ("deep", 72, None),
    ]  # fmt: skip
    assert found.parameters == 128 and found.multiply_adds is None and "unknown" in str(found)


def test_files(tmp_path, capsys):
    _network("lenet", 10, [2, 28, 28, 1])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        prefix = tf.train.Saver().save(session, str(tmp_path / "model"), 3)
        frozen = tf.graph_util.convert_variables_to_constants(
            session, tf.get_default_graph().as_graph_def(), ["LeNet/fc4/BiasAdd"]
        )
    with open(tmp_path / "frozen.pb", "wb") as f:
        f.write(frozen.SerializeToString())
    whole = command.read(prefix)
    assert whole.parameters == 3_274_634 and [n.type for n in whole.layers].count("MaxPool") == 2
    assert command.read(str(tmp_path)).rows() == command.read(prefix + ".meta").rows() == whole.rows()
    of_frozen = command.read(str(tmp_path / "frozen.pb"))
    assert of_frozen.parameters == whole.parameters and of_frozen.multiply_adds == whole.multiply_adds
    (tmp_path / "model-3.meta").unlink()
    alone = command.read(prefix)
    assert alone.parameters == whole.parameters and len(alone.layers) == 8
    assert main.main(["graph", "summary", prefix, "--plain", "--scope", "LeNet/fc4"]) == 0
    assert "parameters: 10,250" in capsys.readouterr().out
    assert main.main(["graph", "summary", str(tmp_path / "frozen.pb")]) == 0
    assert "3,274,634" in capsys.readouterr().out
    assert main.main(["graph", "summary", str(tmp_path / "nowhere")]) == 1
    assert "no such file or checkpoint" in capsys.readouterr().out
