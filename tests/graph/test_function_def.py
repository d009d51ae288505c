"""Functions of a GraphDef's library: what is wrong with one is said by name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mainstem.v1 as tf
from mainstem.formats import output_names
from tests.graph import control_programs as programs


def calling(build):
    """A GraphDef in which `y` calls the function `f` of one float, after `build(function)`."""
    record = tf.GraphDef()
    f = record.library.function.add()
    f.signature.name = "f"
    f.signature.input_arg.add(name="x", type=1)
    f.signature.output_arg.add(name="out", type=1)
    node = f.node_def.add(name="twice", op="Add", input=["x", "x"])
    node.attr["T"].type = 1
    f.ret["out"] = "twice:z:0"
    const = record.node.add(name="c", op="Const")
    const.attr["dtype"].type = 1
    const.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(np.float32(3)))
    record.node.add(name="y", op="f", input=["c"])
    build(record, f)
    return record


def test_a_function_is_an_op_type():
    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(calling(lambda record, f: None), return_elements=["y:0"])
        assert session.run(y) == 6 and y.op.type == "PartitionedCall"


def test_a_caller_gives_attrs():
    def build(record, f):
        f.node_def[0].attr["T"].placeholder = "kind"
        record.node[1].attr["kind"].type = 1

    with tf.Graph().as_default(), tf.Session() as session:
        (y,) = tf.import_graph_def(calling(build), return_elements=["y:0"])
        assert session.run(y) == 6


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda r, f: f.node_def[0].input.__setitem__(0, "nowhere:z:0"), "'f': 'twice' has the input 'nowhere:z:0'"),
        (lambda r, f: f.ret.__setitem__("out", "nowhere:z:0"), "'f'.*'nowhere:z:0'"),
        (lambda r, f: setattr(f.node_def[0].attr["T"], "placeholder", "kind"), "takes an attr 'kind'"),
        (lambda r, f: r.node[1].input.append("c"), "'f' takes 1 inputs. Its caller gives 2"),
        (lambda r, f: setattr(f.node_def[0], "op", "NoSuchOp"), "NoSuchOp"),
        (lambda r, f: setattr(f.signature, "name", "g"), "'f' is not an op"),
        (lambda r, f: setattr(f.signature.input_arg[0], "name", "z"), "'x', which is not"),
    ],
)
def test_a_wrong_function_is_refused(build, message):
    with tf.Graph().as_default() as graph:
        with pytest.raises((ValueError, NotImplementedError), match=message):
            tf.import_graph_def(calling(build))
        assert graph.get_operations() == []


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_graph_is_read_or_refused(data):
    """Whatever is cut out of a graph with branches, loops and functions: an error of the documented kinds, or a graph."""
    with tf.Graph().as_default() as graph:
        data.draw(st.sampled_from([programs.loop, programs.nested_branches, programs.ref_variables_written]))(tf)
        record = graph.as_graph_def()
    owners = [record] + [f for f in record.library.function if len(f.node_def)]
    owner = data.draw(st.sampled_from(owners))
    nodes = owner.node if owner is record else owner.node_def
    at = data.draw(st.integers(0, len(nodes) - 1))
    what = data.draw(st.sampled_from(["drop", "input", "cross", "attr"]))
    if what == "drop":
        del nodes[at]
    elif what == "input" and nodes[at].input:
        del nodes[at].input[data.draw(st.integers(0, len(nodes[at].input) - 1))]
    elif what == "cross" and nodes[at].input:
        other = data.draw(st.sampled_from([n.name for n in nodes]))
        nodes[at].input[0] = other if owner is record else f"{other}:output:0"
    elif nodes[at].attr:
        del nodes[at].attr[data.draw(st.sampled_from(sorted(nodes[at].attr)))]
    with tf.Graph().as_default() as graph:
        try:
            tf.import_graph_def(record, name="")
        except (ValueError, TypeError, NotImplementedError):
            assert graph.get_operations() == []


def test_output_names():
    assert output_names.of("MatMul", 1) == ("product",) and output_names.of("TopKV2", 2) == ("values", "indices")
    assert output_names.of("NoSuchOp", 2) == ("output0", "output1") and output_names.of("Identity", 1) == ("output",)
