"""Attrs, shapes and graph files."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstem.base import dtypes, shapes
from mainstem.base.errors import NotFoundError
from mainstem.formats import graphdef, protos

FIXTURES = os.path.join(os.path.dirname(__file__), "fixtures")

_SHAPES = st.none() | st.lists(st.none() | st.integers(0, 2**40), max_size=4).map(tuple)
_PLAIN = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32, allow_nan=False),
    "bool": st.booleans(),
    "string": st.binary(max_size=20),
    "type": st.sampled_from([dtypes.float32, dtypes.string, dtypes.int32._as_ref]),
    "shape": _SHAPES,
}


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(sorted(_PLAIN)))
def test_attrs_round_trip(data, kind):
    value = data.draw(_PLAIN[kind])
    assert graphdef.attr_from_proto(graphdef.attr_to_proto(value, kind), kind) == value
    many = data.draw(st.lists(_PLAIN[kind], max_size=4))
    proto = graphdef.attr_to_proto(many, f"list({kind})")
    assert graphdef.attr_from_proto(proto, f"list({kind})") == many
    assert graphdef.attr_from_proto(protos.AttrValue.FromString(proto.SerializeToString())) == many
    func = ("f", {"a": value, "b": 3})
    if value is not None or kind == "shape":
        assert graphdef.attr_from_proto(graphdef.attr_to_proto(func, "func"), "func") == func


def test_tensors_functions_and_placeholders():
    got = graphdef.attr_from_proto(graphdef.attr_to_proto(np.eye(2), "tensor"), "tensor")
    np.testing.assert_array_equal(got, np.eye(2))
    (got,) = graphdef.attr_from_proto(graphdef.attr_to_proto([np.arange(3)], "list(tensor)"))
    np.testing.assert_array_equal(got, [0, 1, 2])
    assert graphdef.attr_from_proto(graphdef.attr_to_proto("body", "func")) == ("body", {})
    assert graphdef.attr_from_proto(graphdef.attr_to_proto([("f", {})], "list(func)")) == [("f", {})]
    hole = graphdef.attr_from_proto(graphdef.attr_to_proto(graphdef.Placeholder("T"), "type"), "type")
    assert hole == "T" and isinstance(hole, graphdef.Placeholder)
    assert graphdef.attr_from_proto(protos.AttrValue(type=103)) is dtypes.int32._as_ref


@pytest.mark.parametrize(
    "value, kind",
    [
        ("x", "int"),
        (True, "int"),
        (1.5, "int"),
        (1, "bool"),
        (3, "string"),
        (1, "list(int)"),
        ("nonsense", "type"),
        ("1", "float"),
    ],
)
def test_values_of_another_type(value, kind):
    with pytest.raises(TypeError, match="attr of type"):
        graphdef.attr_to_proto(value, kind)


def test_protos_of_another_type():
    with pytest.raises(ValueError, match="has no value"):
        graphdef.attr_from_proto(protos.AttrValue(), "int")
    with pytest.raises(ValueError, match="type int has a value of type float"):
        graphdef.attr_from_proto(protos.AttrValue(f=1.0), "int")
    with pytest.raises(ValueError, match="list"):
        graphdef.attr_from_proto(graphdef.attr_to_proto([1], "list(int)"), "list(float)")
    with pytest.raises(ValueError, match="unknown type 999"):
        graphdef.attr_from_proto(protos.AttrValue(type=999))
    with pytest.raises(ValueError, match="Unknown attr type"):
        graphdef.attr_to_proto(1, "number")


def test_shapes():
    assert graphdef.shape_to_proto(None).unknown_rank
    assert [d.size for d in graphdef.shape_to_proto((None, 3)).dim] == [-1, 3]
    assert graphdef.shape_from_proto(graphdef.shape_to_proto(shapes.TensorShape([2, None]))) == (2, None)
    assert graphdef.shape_from_proto(graphdef.shape_to_proto(())) == ()
    bad = protos.TensorShapeProto()
    bad.dim.add(size=-2)
    with pytest.raises(ValueError, match="impossible"):
        graphdef.shape_from_proto(bad)


@pytest.mark.parametrize("version", ["tf1", "tf2"])
def test_tensorflows_graph_files(version, tmp_path):
    binary = graphdef.read_graph_def(f"{FIXTURES}/{version}/graph.pb")
    text = graphdef.read_graph_def(f"{FIXTURES}/{version}/graph.pbtxt")
    assert binary == text
    assert [n.op for n in binary.node] == ["Placeholder", "Const", "MatMul", "Identity"]
    assert graphdef.attr_from_proto(binary.node[0].attr["shape"], "shape") == (None, 2)
    np.testing.assert_array_equal(graphdef.attr_from_proto(binary.node[1].attr["value"], "tensor"), [[1], [2]])
    for name in ("g.pb", "g.pbtxt"):
        graphdef.write_graph_def(binary, tmp_path / name)
        assert graphdef.read_graph_def(tmp_path / name) == binary
    assert (tmp_path / "g.pbtxt").read_bytes() == open(f"{FIXTURES}/{version}/graph.pbtxt", "rb").read()  # noqa: SIM115
    assert sorted(os.listdir(tmp_path)) == ["g.pb", "g.pbtxt"]


def test_other_messages(tmp_path):
    model = protos.SavedModel(saved_model_schema_version=1)
    model.meta_graphs.add().graph_def.node.add(name="a", op="NoOp")
    for name in ("m.pb", "m.pbtxt"):
        graphdef.write_graph_def(model, tmp_path / name)
        assert graphdef.read_graph_def(tmp_path / name, protos.SavedModel) == model


@pytest.mark.parametrize(
    "raw, why",
    [
        (b"node { name: 3 }", "as text"),
        (b"hello: world", "as text"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5"),
        (b"PK\3\4" + bytes(50), "zip archive"),
        (b"\0\1\2\3\4\5", "does not hold a GraphDef"),
        (b"\x0a\x02\x0a\x00", "no node with a name"),
    ],
)
def test_garbage(tmp_path, raw, why):
    (tmp_path / "g.pb").write_bytes(raw)
    with pytest.raises(ValueError, match=why) as e:
        graphdef.read_graph_def(tmp_path / "g.pb")
    assert "g.pb" in str(e.value)


def test_a_checkpoint_is_no_graph():
    with pytest.raises(ValueError, match="checkpoint's index"):
        graphdef.read_graph_def(FIXTURES + "/tf1/all.index")
    with pytest.raises(NotFoundError):
        graphdef.read_graph_def(FIXTURES + "/absent")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_give_a_graph_or_a_value_error(raw):
    try:
        graph = graphdef.parse_graph_def(raw)
        assert all(n.name and n.op for n in graph.node)
    except ValueError as e:
        assert "does not hold a GraphDef" in str(e)
