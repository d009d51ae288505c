"""GraphDef export and import."""

import numpy as np
import pytest

from mainstem.core.registry import lookup
from mainstem.formats import protos
from mainstem.grad.gradients import gradients
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.graph.record import import_graph_def
from mainstem.ops import array, fill, math, matmul, reduce, state  # noqa: F401
from mainstem.run.session import Session
from mainstem.surface import framework as fw


def small_network():
    x = fw.placeholder("float32", [None, 3], name="x")
    w = fw.constant_v1(np.arange(6, dtype="f").reshape(3, 2), name="w")
    y = lookup("Tanh")(lookup("MatMul")(x, w), name="y")
    return x, y, gradients(y, x)[0]


def test_round_trip_runs_the_same_and_prints_the_same():
    x, y, g = small_network()
    feed = np.ones((2, 3), "f") / 7
    expected = Session().run([y, g], {x: feed})
    record = get_default_graph().as_graph_def()
    with Graph().as_default() as again:
        import_graph_def(record, name="")
        assert again.as_graph_def() == record
        got = Session().run([y.name, g.name], {"x:0": feed})
    np.testing.assert_array_equal(expected[0], got[0])
    np.testing.assert_allclose(expected[1], got[1], rtol=1e-6)


def test_input_map_return_elements_and_prefix():
    _, y, _ = small_network()
    record = get_default_graph().as_graph_def()
    with Graph().as_default() as g:
        z = fw.constant_v1(np.zeros((4, 3), "f"))
        out, op = import_graph_def(record, input_map={"x:0": z}, return_elements=["y:0", "MatMul"])
        assert out.name == "import/y:0" and op.name == "import/MatMul"
        assert import_graph_def(record, return_elements=["y"])[0].name == "import_1/y"
        np.testing.assert_array_equal(Session(graph=g).run(out), np.zeros((4, 2)))


def _bad(change):
    small_network()
    record = get_default_graph().as_graph_def()
    change(record)
    return record


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda r: setattr(r.node[3], "op", "NoSuchOp"), "NoSuchOp"),
        (lambda r: setattr(r.node[2].attr["colour"], "i", 3), "colour"),
        (lambda r: r.node[2].input.append("nowhere:0"), "nowhere"),
        (lambda r: r.node.add(name="x", op="NoOp"), "two nodes called 'x'"),
        (lambda r: r.node[2].attr.pop("T"), "lacks attr 'T'"),
    ],
)
def test_a_bad_record_is_refused_and_leaves_nothing(change, message):
    record = _bad(change)
    with Graph().as_default() as g:
        with pytest.raises(ValueError, match=message):
            import_graph_def(record)
        assert g.get_operations() == []
        fw.no_op(name="import")
        assert g.get_operations()[0].name == "import"


def test_wrong_arguments():
    with pytest.raises(TypeError, match="GraphDef proto"):
        import_graph_def("graph.pb")
    small_network()
    record = get_default_graph().as_graph_def()
    with pytest.raises(ValueError, match="not found in graph_def"):
        import_graph_def(record, return_elements=["nothing:0"])
    with pytest.raises(ValueError, match="not found in graph_def"):
        import_graph_def(record, input_map={"nothing:0": fw.constant_v1(1.0)})


def test_nodes_in_any_order():
    _, y, _ = small_network()
    record = get_default_graph().as_graph_def()
    turned = protos.GraphDef()
    turned.node.extend(reversed(record.node))
    with Graph().as_default():
        import_graph_def(turned, name="")
        assert Session().run(y.name, {"x:0": np.zeros((1, 3))}).shape == (1, 2)
