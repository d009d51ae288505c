"""Names, scopes, control inputs, look-ups and errors of graphs, as TensorFlow 1.15 has them."""

import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.base import dtypes, errors
from mainstem.core.registry import lookup
from mainstem.graph.graph import Graph, get_default_graph, reset_default_graph
from mainstem.ops import array, math, matmul  # noqa: F401 - registers what the tests apply
from mainstem.surface import framework as fw


def names():
    return [op.name for op in get_default_graph().get_operations()]


def test_names_are_uniquified_as_in_tensorflow():
    a = fw.placeholder(dtypes.float32, [2], name="a")
    fw.identity(a), fw.identity(a), fw.identity(a, name="identity"), fw.identity(a, name="a_1"), fw.identity(a, name="a")
    assert names() == ["a", "Identity", "Identity_1", "identity_2", "a_1", "a_2"]


def test_name_scopes_nest_reenter_and_clear():
    g = get_default_graph()
    with fw.name_scope("s") as s:
        assert s == "s/"
        fw.no_op(name="x")
        with fw.name_scope("t"):
            fw.no_op(name="x")
        with fw.name_scope(None):
            fw.no_op(name="top")
    with fw.name_scope("s"):
        fw.no_op(name="x")
    with fw.name_scope("s/"):
        fw.no_op(name="x")
    assert names() == ["s/x", "s/t/x", "top", "s_1/x", "s/x_1"]
    assert g.get_name_scope() == ""


def test_constants_made_from_arguments_live_in_the_operations_scope():
    x = fw.placeholder(dtypes.float32, [2], name="x")
    lookup("AddV2")(x, 1.0, name="add")
    assert names() == ["x", "add/y", "add"]


def test_bad_names_are_refused():
    with pytest.raises(ValueError, match="not a valid"):
        fw.no_op(name="a b")
    with pytest.raises(ValueError, match="not a valid"), fw.name_scope("a b"):
        pass


def test_control_dependencies_reach_operations_made_inside():
    a, b = fw.no_op(name="a"), fw.no_op(name="b")
    with fw.control_dependencies([a]), fw.control_dependencies([b]):
        c = fw.no_op(name="c")
        with fw.control_dependencies(None):
            d = fw.no_op(name="d")
    x = fw.constant_v1(1.0)
    with fw.control_dependencies([a]):
        y = fw.identity(x)
        z = fw.identity(y)
    assert [o.name for o in c.control_inputs] == ["a", "b"] and d.control_inputs == []
    assert y.op.control_inputs == [a] and z.op.control_inputs == [], "an input made inside carries the dependency already"


def test_device_scopes_merge_from_outside_in():
    with fw.device("/job:ps"), fw.device("/gpu:1"):
        a = fw.no_op()
        with fw.device(None):
            b = fw.no_op()
    with fw.device_v1(lambda op: "/cpu:0" if op.type == "NoOp" else None):
        c = fw.no_op()
    assert (a.device, b.device, c.device) == ("/job:ps/device:GPU:1", "", "/device:CPU:0")
    with pytest.raises(ValueError, match="Unknown attribute: 'nowhere'"), fw.device("nowhere:0"):
        fw.no_op()


def test_lookups_explain_themselves():
    g = get_default_graph()
    with fw.name_scope("net"):
        x = fw.placeholder(dtypes.float32, [2], name="x")
    assert g.get_tensor_by_name("net/x:0") is x and g.get_operation_by_name("net/x") is x.op
    with pytest.raises(KeyError, match="Did you mean 'net/x'"):
        g.get_operation_by_name("x")
    with pytest.raises(KeyError, match="only has 1 outputs"):
        g.get_tensor_by_name("net/x:3")
    with pytest.raises(ValueError, match="refers to an Operation, not a Tensor"):
        g.get_tensor_by_name("net/x")
    with pytest.raises(TypeError, match="Can not convert a int into a Tensor"):
        g.as_graph_element(3)


def test_finalized_graph_cannot_grow():
    g = Graph()
    with g.as_default():
        fw.no_op()
        g.finalize()
        with pytest.raises(RuntimeError, match="Graph is finalized and cannot be modified."):
            fw.no_op()


def test_default_graph_stack():
    outer = get_default_graph()
    with Graph().as_default() as g:
        assert get_default_graph() is g
        with pytest.raises(AssertionError):
            reset_default_graph()
    assert get_default_graph() is outer


def test_mismatched_shapes_name_op_shapes_and_line():
    a, b = fw.placeholder("float32", [2, 3], name="a"), fw.placeholder("float32", [4, 5], name="b")
    count = len(names())
    with pytest.raises(ValueError, match=r"(?s)MatMul.*\[2,3\], \[4,5\].*test_graph\.py:\d+"):
        lookup("MatMul")(a, b)
    assert len(names()) == count, "a refused operation leaves no trace"
    assert a.consumers() == []


def test_no_implicit_promotion():
    a, b = fw.constant_v1([1]), fw.constant_v1([1.0])
    with pytest.raises(
        TypeError, match="Input 'y' of 'AddV2' Op has type float32 that does not match type int32 of argument 'x'"
    ):
        lookup("AddV2")(a, b)
    with pytest.raises(TypeError, match="AddV2"):
        lookup("AddV2")(a, 1.5)
    assert lookup("AddV2")(b, 1).dtype == dtypes.float32


def test_tensors_are_not_values():
    t = fw.constant_v1([1.0])
    for use in (bool, list, len):
        with pytest.raises(TypeError):
            use(t)
    with pytest.raises(errors.OperatorNotAllowedInGraphError):
        bool(t)
    assert {t: 1}[t] == 1


def test_set_shape_merges():
    t = fw.placeholder("float32")
    t.set_shape([2, None])
    t.set_shape([None, 3])
    assert t.shape.as_list() == [2, 3]
    with pytest.raises(ValueError):
        t.set_shape([5, 3])


def test_static_shapes_fold():
    x = fw.placeholder("float32", [None, 4, 6])
    shape = lookup("Shape")(x)
    batch = lookup("StridedSlice")(shape, [0], [1], [1], shrink_axis_mask=1)
    flat = lookup("Reshape")(x, lookup("Pack")([batch, fw.constant_v1(24)]))
    assert flat.shape.as_list() == [None, 24]


def test_collections():
    fw.add_to_collection("c", 1)
    fw.add_to_collections(["c", "d"], 2)
    assert fw.get_collection("c") == [1, 2] and fw.get_collection("d") == [2] and fw.get_collection("e") == []
    fw.get_collection_ref("c").append(3)
    assert fw.get_collection("c") == [1, 2, 3]


def test_constants_keep_their_own_copy():
    data = np.zeros(3, np.float32)
    c = fw.constant_v1(data)
    data[:] = 7
    assert c.op.get_attr("value").tolist() == [0, 0, 0]


def test_operations_join_the_graph_of_their_inputs():
    """As in TensorFlow 1.15, where a program builds a graph, leaves its block, and goes on with its tensors."""
    other = Graph()
    with other.as_default():
        a, v = tf.constant([1.0, 2.0], name="a"), tf.Variable([1.0, 2.0])
        s = tf.constant(1.0)
    with tf.name_scope("outer"):  # of another graph: has no say
        made = [s + 2.0, 1.0 - s, tf.square(a), tf.stack([s, 1.0]), tf.reduce_mean(v), v.assign([2.0, 3.0]), tf.group(a)]
    assert [m.name for m in made] == ["add:0", "sub:0", "Square:0", "stack:0", "Mean:0", "Assign:0", "group_deps"]
    summary = tf.summary.merge([tf.summary.scalar("x", s)])
    assert all(m.graph is other for m in [*made, summary])
    assert len(other.get_collection("summaries")) == 1 and not tf.get_collection("summaries")
    own = tf.constant([3.0, 4.0], name="own")
    with pytest.raises(ValueError, match=r'Tensor\("a:0".* must be from the same graph as Tensor\("own:0"'):
        own + a
