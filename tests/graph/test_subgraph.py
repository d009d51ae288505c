"""`tf.graph_util` on GraphDefs, and freezing."""

import numpy as np
import pytest

import mainstem.v1 as tf


def names(graph_def):
    return [n.name for n in graph_def.node]


def test_extract_keeps_what_the_outputs_need_in_order():
    a = tf.constant(1.0, name="a")
    b = tf.constant(2.0, name="b")
    with tf.control_dependencies([b]):
        c = tf.identity(a, name="c")
    tf.add(c, b, name="unused")
    gd = tf.get_default_graph().as_graph_def()
    assert names(tf.graph_util.extract_sub_graph(gd, ["c"])) == ["a", "b", "c"], "control inputs belong to it"
    assert names(tf.graph_util.extract_sub_graph(gd, ["a"])) == ["a"]
    with pytest.raises(AssertionError, match="nowhere is not in graph"):
        tf.graph_util.extract_sub_graph(gd, ["nowhere"])
    with pytest.raises(TypeError):
        tf.graph_util.extract_sub_graph(gd, "c")
    with pytest.raises(TypeError):
        tf.graph_util.extract_sub_graph("not a graph", ["c"])


def test_extract_takes_outputs_other_than_the_first():
    parts = tf.split(tf.constant([1, 2], name="x"), 2, name="parts")
    tf.identity(parts[1], name="second")
    gd = tf.graph_util.extract_sub_graph(tf.get_default_graph().as_graph_def(), ["second"])
    assert set(names(gd)) == {"x", "parts/split_dim", "parts", "second"} or "parts" in names(gd)


def test_fused_nodes_become_one():
    """As TensorFlow 1.15 does."""
    b = tf.identity(tf.placeholder(tf.float32, [2], name="a"), name="b")
    c = tf.tanh(b, name="c")
    e = tf.identity(tf.add(c, b, name="d"), name="e")
    tf.identity(c, name="k")
    tf.add(tf.constant(1.0, name="z"), tf.sigmoid(e, name="f"), name="u")
    gd = tf.get_default_graph().as_graph_def()
    fuse = tf.contrib.framework.fuse_op
    made = fuse(gd, ["b"], ["e", "k"], [1, 1], True, "fused", "Fused")
    assert names(made) == ["a", "b", "fused", "e", "k", "f", "z", "u"] or names(made)[:5] == ["a", "b", "fused", "e", "k"]
    nodes = {n.name: n for n in made.node}
    inputs = [list(nodes[n].input) for n in ("fused", "e", "k", "f")]
    assert inputs == [["b"], ["fused"], ["fused:1"], ["e"]] and nodes["fused"].op == "Fused"
    assert list(nodes["fused"].attr["_output_types"].list.type) == [1, 1] and nodes["fused"].attr["_output_quantized"].b
    with pytest.raises(TypeError, match="Node d uses input b not in input_nodes"):
        fuse(gd, ["c"], ["e"], [1], False, "fused", "Fused")
    with pytest.raises(TypeError, match="output_nodes must be a list"):
        fuse(gd, ["c"], "e", [1], False, "fused", "Fused")
    with pytest.raises(AssertionError, match="The output d must have one input, not 2"):
        fuse(gd, ["b"], ["d"], [1], False, "fused", "Fused")


def test_training_nodes_are_removed():
    a = tf.constant(1.0, name="a")
    b = tf.identity(tf.check_numerics(a, "x", name="check"), name="b")
    tf.add(b, 1.0, name="out")
    gd = tf.get_default_graph().as_graph_def()
    slim = tf.graph_util.remove_training_nodes(gd)
    assert "b" not in names(slim) and "check" not in names(slim)
    assert next(n for n in slim.node if n.name == "out").input[0] == "a"
    assert "b" in names(tf.graph_util.remove_training_nodes(gd, protected_nodes=["b"]))
    with tf.Graph().as_default() as g:
        tf.import_graph_def(slim, name="")
        assert tf.Session(graph=g).run("out:0") == 2.0


def freeze(sess, outputs, **options):
    return tf.graph_util.convert_variables_to_constants(sess, sess.graph_def, outputs, **options)


@pytest.mark.parametrize("resource", [False, True])
def test_a_frozen_graph_computes_the_same(resource):
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.get_variable("w", initializer=np.array([[1.0], [2.0]], "f"), use_resource=resource)
    table = tf.get_variable("table", initializer=np.arange(6, dtype="f").reshape(3, 2), use_resource=resource)
    y = tf.matmul(x + tf.gather(table, [1]), w, name="y")
    step = tf.assign(w, w * 2.0)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    sess.run(step)
    gd = freeze(sess, ["y"])
    assert not {n.op for n in gd.node} & {"VariableV2", "VarHandleOp", "ReadVariableOp", "ResourceGather", "Assign"}
    with tf.Graph().as_default() as g:
        (again,) = tf.import_graph_def(gd, return_elements=["y:0"], name="")
        got = tf.Session(graph=g).run(again, {"x:0": [[1.0, 1.0]]})
    assert got.tolist() == sess.run(y, {x: [[1.0, 1.0]]}).tolist() == [[22.0]]


def test_lists_choose_which_variables_are_frozen():
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    tf.add(a, b, name="sum")
    sess = tf.Session()
    with pytest.raises(tf.errors.FailedPreconditionError):
        freeze(sess, ["sum"])
    sess.run(tf.global_variables_initializer())
    kinds = lambda gd: {n.name: n.op for n in gd.node if n.name in "ab"}  # noqa: E731
    assert kinds(freeze(sess, ["sum"], variable_names_whitelist=["a"])) == {"a": "Const", "b": "VariableV2"}
    assert kinds(freeze(sess, ["sum"], variable_names_blacklist=["a"])) == {"a": "VariableV2", "b": "Const"}


def test_must_run_on_cpu():
    v = tf.Variable(1.0, name="v")
    t = tf.constant("text")
    assert tf.graph_util.must_run_on_cpu(t.op.node_def) and not tf.graph_util.must_run_on_cpu(v.op.node_def)
    assert tf.graph_util.must_run_on_cpu(v.op.node_def, pin_variables_on_cpu=True)
