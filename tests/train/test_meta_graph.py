"""Meta graphs: those of TensorFlow 1.15 and 2.21 are imported, restored and run; ours keep collections, scopes and savers."""

import os
import pathlib

import numpy as np
import pytest
from google.protobuf import text_format

from mainstem.formats import graphdef, protos
from mainstem.graph.graph import Graph
from mainstem.run.session import Session
from mainstem.train import collection_proto, meta_graph, saver
from tests.train.test_saver import TF

FIXTURES = pathlib.Path(__file__).parent.parent / "golden" / "saver"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Graph().as_default() as graph:
        yield graph


@pytest.mark.parametrize("name", ["tf1", "tf2"])
def test_a_trained_model_of_tensorflow_runs(here, name):
    golden = np.load(FIXTURES / f"{name}.npz")
    restorer = saver.import_meta_graph(str(FIXTURES / f"{name}.meta"))
    with Session() as session:
        restorer.restore(session, str(FIXTURES / name))
        logits, loss = session.run(["fc/logits:0", "loss:0"], {"x:0": golden["x"], "y:0": golden["y"]})
    np.testing.assert_allclose(logits, golden["logits"], atol=1e-5)
    np.testing.assert_allclose(loss, golden["loss"], rtol=1e-5)
    assert here.get_collection("strings") == [b"hello"] and here.get_collection("ints") == [3]
    assert here.get_collection("tensors")[0].name == "fc/logits:0" and here.get_collection("ops")[0].name == "train"
    held, trainable = here.get_collection("variables"), here.get_collection("trainable_variables")
    assert len(held) == 15 and [v.name for v in trainable] == ["conv/W:0", "conv/b:0", "fc/W:0", "fc/b:0"]
    assert set(trainable) < set(held) and here.get_collection("global_step")[0] in held


def small(scope=None):
    with TF.variable_scope(scope or "net"):
        a = TF.get_variable("a", [2], initializer=TF.ones_initializer())
        c = TF.get_variable("c", [2], initializer=TF.ones_initializer(), use_resource=True)
        return a, c, TF.identity(a, name="out")


@pytest.mark.parametrize("as_text", [False, True])
def test_export_and_import(here, as_text):
    a, c, out = small()
    for key, item in (("strings", "x"), ("ints", 3), ("floats", 2.5), ("tensors", out), ("ops", out.op), ("bad", {1: 2})):
        TF.add_to_collection(key, item)
    keeper = TF.train.Saver()
    with Session() as session:
        session.run(TF.global_variables_initializer())
        session.run(a.assign([5.0, 6.0]))
        keeper.save(session, "m")
    made = keeper.export_meta_graph("g.meta", as_text=as_text)
    assert made.meta_info_def.tensorflow_version and made.saver_def == keeper.saver_def
    assert (b"node {" in pathlib.Path("g.meta").read_bytes()) == as_text
    with Graph().as_default() as graph:
        again = saver.import_meta_graph("g.meta")
        assert graph.as_graph_def() == here.as_graph_def()
        assert graph.get_collection("tensors")[0].name == "net/out:0" and "bad" not in graph.get_all_collection_keys()
        assert graph.get_collection("floats") == [2.5] and graph.get_collection("variables")[1].op.type == "VarHandleOp"
        with Session() as session:
            again.restore(session, "m")
            assert session.run("net/out:0").tolist() == [5, 6]


def test_import_under_a_scope_twice(here):
    small()
    TF.add_to_collection("names", "a:0")
    keeper = TF.train.Saver()
    with Session() as session:
        session.run(TF.global_variables_initializer())
        keeper.save(session, "m")
    with Graph().as_default() as graph:
        first = saver.import_meta_graph("m.meta", import_scope="imp")
        second = saver.import_meta_graph("m.meta", import_scope="imp")
        assert first.saver_def.restore_op_name == "imp/save/restore_all"
        assert second.saver_def.restore_op_name == "imp_1/save/restore_all"
        assert graph.get_collection("names") == ["imp/a:0", "imp_1/a:0"]
        with Session() as session:
            second.restore(session, "m")
            assert session.run("imp_1/net/out:0").tolist() == [1, 1]


def test_export_of_a_scope(here):
    outside = TF.placeholder(TF.float32, [2], name="outside")
    with TF.variable_scope("net"):
        a = TF.get_variable("a", [2], initializer=TF.ones_initializer())
        TF.identity(a, name="copy")
        TF.identity(outside, name="out")
    made, found = meta_graph.export_scoped_meta_graph(export_scope="net")
    assert list(found) == ["a:0"] and {n.name for n in made.graph_def.node} >= {"a", "a/read", "copy", "out"}
    assert made.collection_def["unbound_inputs"].bytes_list.value == [b"$unbound_inputs_outside"]
    with Graph().as_default():
        with pytest.raises(ValueError, match="unbound inputs: .*outside.*input_map"):
            meta_graph.import_scoped_meta_graph(made)
        x = TF.constant([3.0, 4.0])
        found = meta_graph.import_scoped_meta_graph(made, import_scope="n", input_map={"$unbound_inputs_outside": x})
        assert found["a:0"].name == "n/a:0"
        with Session() as session:
            session.run(found["a:0"].initializer)
            assert session.run(["n/copy:0", "n/out:0"])[1].tolist() == [3, 4]


def test_clear_devices_defaults_and_other_savers(here):
    with TF.device("/gpu:3"):
        small()
    TF.train.Saver()
    keeper = TF.train.Saver()
    made = keeper.export_meta_graph(clear_devices=True, strip_default_attrs=True, clear_extraneous_savers=True)
    nodes = {n.name: n for n in made.graph_def.node}
    assert not any(n.device for n in nodes.values())
    assert "save_1/SaveV2" in nodes and not any(n.startswith("save/") for n in nodes)
    assert "container" not in nodes["net/a"].attr and made.meta_info_def.stripped_default_attrs
    with Graph().as_default() as graph:
        saver.import_meta_graph(keeper.export_meta_graph(graph=here), clear_devices=True)
        assert not any(o.device for o in graph.get_operations())


def test_files_that_are_no_meta_graph(here):
    keeper = (small(), TF.train.Saver())[1]
    with Session() as session:
        session.run(TF.global_variables_initializer())
        keeper.save(session, "m")
    for path, text in (
        ("none.meta", "File none.meta does not exist"),
        ("m", "File m does not exist. Did you mean 'm.meta'"),
        ("m.index", "Cannot parse file m.index.*The graph is in 'm.meta'"),
        ("checkpoint", "Cannot parse file checkpoint"),
    ):
        with pytest.raises(OSError, match=text):
            saver.import_meta_graph(path)
    with pytest.raises(TypeError, match="foo"):
        meta_graph.export_meta_graph(foo=1)


def test_write_graph(here):
    small()
    path = meta_graph.write_graph(here, "new/dir", "g.pbtxt")
    assert path == os.path.join("new/dir", "g.pbtxt")
    assert text_format.Parse(pathlib.Path(path).read_text(), protos.GraphDef()) == here.as_graph_def()
    binary = meta_graph.write_graph(here.as_graph_def(), "new/dir", "g.pb", as_text=False)
    assert graphdef.read_graph_def(binary) == here.as_graph_def()


def test_register_proto_function():
    with pytest.raises(KeyError, match="has proto functions already"):
        collection_proto.register_proto_function("variables")
    with pytest.raises(TypeError, match="to_proto must be callable"):
        collection_proto.register_proto_function("mine", to_proto=3)
