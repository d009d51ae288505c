"""`slim.model_analyzer`: what TensorFlow 1.15 prints and gives."""

import pytest

import mainstem.v1 as tf

analyzer = tf.contrib.slim.model_analyzer


def test_variables(capsys):
    x = tf.placeholder(tf.float32, [None, 8, 8, 3], name="x")
    tf.contrib.slim.conv2d(x, 4, [3, 3])
    tf.get_variable("emb", [3], dtype=tf.float64)
    tf.get_variable("step", [], dtype=tf.int64, initializer=tf.zeros_initializer(), trainable=False)
    assert analyzer.analyze_vars(tf.global_variables(), print_info=True) == (116, 480)
    assert capsys.readouterr().out.splitlines() == [
        "---------",
        "Variables: name (type shape) [size]",
        "---------",
        "Conv/weights:0 (float32_ref 3x3x3x4) [108, bytes: 432]",
        "Conv/biases:0 (float32_ref 4) [4, bytes: 16]",
        "emb:0 (float64_ref 3) [3, bytes: 24]",
        "step:0 (int64_ref ) [1, bytes: 8]",
        "Total size of variables: 116",
        "Total bytes of variables: 480",
    ]


def test_operations(capsys):
    a = tf.placeholder(tf.float32, [None, 3], name="a")
    tf.matmul(a, tf.constant([[1.0], [2], [3]], name="b"), name="c")
    tf.no_op(name="n")
    u = tf.placeholder(tf.int32, name="u")
    assert analyzer.analyze_ops(tf.get_default_graph(), print_info=True) == 3
    assert capsys.readouterr().out.splitlines()[3:] == [
        "a \t-> (float32 ?x3) [0]",
        "b \t-> (float32 3x1) [3]",
        "c \t-> (float32 ?x1) [0]",
        "n \t->  [0]",
        "u \t->  [0]",
    ]
    assert analyzer.tensor_description(tf.constant(1.0)) == "(float32 )"
    with pytest.raises(ValueError, match="unknown rank"):
        analyzer.tensor_description(u)
