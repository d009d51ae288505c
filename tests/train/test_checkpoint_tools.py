"""The tools of `tensorflow.python.tools`: `inspect_checkpoint` as the real one prints, `freeze_graph` from files and messages."""

import importlib.util
import json
import pathlib

import numpy as np
import pytest
from mainstem.v1.python.lib.io import file_io
from mainstem.v1.python.tools import freeze_graph, inspect_checkpoint

import mainstem.v1 as tf

HERE = pathlib.Path(__file__).parent
GOLDEN = json.loads((HERE.parent / "golden" / "tools.json").read_text())


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rows = load(HERE.parent / "run" / "timeline_rows.py")


@pytest.fixture
def saved(tmp_path):
    """A saved network: (prefix of the checkpoint, folder with the graph in files)."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.get_variable("layer/w", initializer=np.float32([[1, 2], [3, 4]]))
        with tf.device("/cpu:0"):
            y = tf.matmul(x, w, name="y")
        tf.identity(y + tf.get_variable("b", initializer=np.float32(5)), name="z")
        tf.Variable(7.0, name="unsaved")
        saver = tf.train.Saver(tf.global_variables()[:2])
        session.run(tf.global_variables_initializer())
        prefix = saver.save(session, str(tmp_path / "model"))
        tf.train.write_graph(graph.as_graph_def(), str(tmp_path), "g.pbtxt")
        tf.train.write_graph(graph.as_graph_def(), str(tmp_path), "g.pb", as_text=False)
        (tmp_path / "saver.pb").write_bytes(saver.as_saver_def().SerializeToString())
    return prefix, tmp_path


def run(graph_def, fetch="z:0"):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(graph_def, name="")
        return session.run(fetch, {"x:0": [[1, 1]]}).tolist()


@pytest.mark.parametrize("number", range(len(rows.PRINTED)))
def test_what_is_printed_of_a_checkpoint(number, tmp_path, capsys):
    with tf.Session() as session:
        for name, value in rows.checkpoint(np).items():
            tf.get_variable(name, initializer=value)
        session.run(tf.global_variables_initializer())
        path = tf.train.Saver().save(session, str(tmp_path / "model"))
    capsys.readouterr()
    inspect_checkpoint.print_tensors_in_checkpoint_file(path, **rows.PRINTED[number])
    assert capsys.readouterr().out == GOLDEN["printed"][number]


def test_what_is_not_there_is_told(saved, capsys):
    inspect_checkpoint.print_tensors_in_checkpoint_file(saved[0], "nothing", False)
    assert capsys.readouterr().out.splitlines()[:2] == [
        "tensor_name:  nothing",
        f"Key nothing not found in checkpoint {saved[0]}",
    ]
    inspect_checkpoint.print_tensors_in_checkpoint_file(saved[0] + "x", "", True)
    assert saved[0] + "x" in capsys.readouterr().out


@pytest.mark.parametrize(
    "graph, saver, meta", [("g.pbtxt", "", None), ("g.pb", "", None), ("g.pb", "saver.pb", None), ("", "", "model.meta")]
)
def test_freezing_from_files(saved, graph, saver, meta):
    prefix, folder = saved
    files = [str(folder / name) if name else "" for name in (graph, saver)]
    meta = str(folder / meta) if meta else None
    out = str(folder / "frozen.pb")
    made = freeze_graph.freeze_graph(
        *files, False, prefix, "z", "save/restore_all", "save/Const:0", out, True, "", input_meta_graph=meta
    )
    assert {n.op for n in made.node} <= {"Const", "Identity", "Placeholder", "MatMul", "Add", "AddV2"} and "unsaved" not in str(
        made
    )
    assert not any(n.device for n in made.node) and run(made) == [[9, 11]]
    with open(out, "rb") as f:
        assert tf.GraphDef.FromString(f.read()) == made


def test_freezing_a_part(saved):
    prefix, folder = saved
    with open(folder / "g.pb", "rb") as f:
        graph_def = tf.GraphDef.FromString(f.read())
    arguments = (graph_def, None, prefix, "z", "", "", "", False)
    kept = freeze_graph.freeze_graph_with_def_protos(*arguments, "", variable_names_blacklist="b")
    assert [n.op for n in kept.node if n.name == "b"] == ["VariableV2"] and any(n.device for n in kept.node)
    arguments = (graph_def, None, prefix, "z, unsaved", "", "", "", False)
    whole = freeze_graph.freeze_graph_with_def_protos(*arguments, "unsaved/Assign")
    assert run(whole, "unsaved:0") == 7.0
    with pytest.raises(tf.errors.FailedPreconditionError, match="unsaved"):
        freeze_graph.freeze_graph_with_def_protos(*arguments, "")


def test_what_freezing_refuses(saved):
    prefix, folder = saved
    graph = str(folder / "g.pb")
    for arguments, error, words in (
        ((graph + "x", "", True, prefix, "z"), OSError, "Input graph file '.*g.pbx' does not exist!"),
        ((graph, graph + "x", True, prefix, "z"), OSError, "Input saver file"),
        ((graph, "", True, prefix + "x", "z"), ValueError, "Input checkpoint '.*modelx' doesn't exist!"),
        ((graph, "", True, prefix, ""), ValueError, "name of a node to --output_node_names"),
    ):
        with pytest.raises(error, match=words):
            freeze_graph.freeze_graph(*arguments, "", "", "", True, "")
    with pytest.raises(NotImplementedError, match="input_saved_model_dir"):
        freeze_graph.freeze_graph(None, "", True, prefix, "z", "", "", "", True, "", input_saved_model_dir=str(folder))


def test_files_as_strings(tmp_path):
    path = str(tmp_path / "text")
    file_io.write_string_to_file(path, "wörter\n")
    assert file_io.read_file_to_string(path) == "wörter\n" and file_io.read_file_to_string(path, True) == "wörter\n".encode()
    file_io.write_string_to_file(path, b"\xff")
    with file_io.FileIO(path, "rb") as f:
        assert f.read() == b"\xff"
    with pytest.raises(tf.errors.NotFoundError):
        file_io.read_file_to_string(path + "x")
