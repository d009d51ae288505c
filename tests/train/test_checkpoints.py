"""Looking up, reading and removing checkpoints, and initial values from them."""

import os
import pathlib

import numpy as np
import pytest

from mainstem.base import dtypes, errors
from mainstem.formats import bundle
from mainstem.graph.graph import Graph
from mainstem.run.session import Session
from mainstem.train import checkpoints, warm_start
from tests.train.test_saver import TF

FORMATS = pathlib.Path(__file__).parent.parent / "formats" / "fixtures"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with bundle.BundleWriter("m-2") as w:
        w.add("a", np.arange(6, dtype=np.float32).reshape(2, 3))
        w.add("b", np.int32(7))
        w.add("net/w", np.ones(4, np.float32))
        w.add_slice("p", (5, 2), (0, 0), (5, 2), np.arange(10, dtype=np.float32).reshape(5, 2))
    checkpoints.update_checkpoint_state("", "m-2", ["m-1"])
    with Graph().as_default():
        yield tmp_path


def test_reader(here):
    reader = checkpoints.NewCheckpointReader("m-2")
    text = b"a (DT_FLOAT) [2,3]\nb (DT_INT32) []\nnet/w (DT_FLOAT) [4]\np (DT_FLOAT) [5,2]\n"
    assert reader.debug_string() == text
    assert reader.get_variable_to_shape_map() == {"a": [2, 3], "b": [], "net/w": [4], "p": [5, 2]}
    assert reader.get_variable_to_dtype_map()["b"] == dtypes.int32
    assert reader.has_tensor("a") and reader.has_tensor(b"a") and not reader.has_tensor("z")
    assert isinstance(reader.get_tensor("b"), np.int32) and reader.get_tensor("p")[4, 1] == 9
    with pytest.raises(errors.NotFoundError, match="Key z not found in checkpoint"):
        reader.get_tensor("z")


def test_shortcuts(here):
    shapes = [("a", [2, 3]), ("b", []), ("net/w", [4]), ("p", [5, 2])]
    assert checkpoints.list_variables(".") == checkpoints.list_variables("m-2.index") == shapes
    assert checkpoints.load_variable(".", "b:0") == 7
    assert checkpoints.latest_checkpoint(".") == "./m-2" and checkpoints.latest_checkpoint("none") is None
    with pytest.raises(errors.NotFoundError, match="No checkpoint at 'zz'"):
        checkpoints.load_checkpoint("zz")
    os.mkdir("empty")
    with pytest.raises(ValueError, match="Couldn't find 'checkpoint' file or checkpoints in given directory empty"):
        checkpoints.load_checkpoint("empty")


def test_state_file(here):
    state = checkpoints.get_checkpoint_state(".")
    assert state.model_checkpoint_path == "./m-2" and list(state.all_model_checkpoint_paths) == ["./m-1", "./m-2"]
    pathlib.Path("checkpoint").write_text("no state {")
    assert checkpoints.get_checkpoint_state(".") is None
    made = checkpoints.generate_checkpoint_state_proto("a", "a/b", ["a/c"], [1, 2])
    assert list(made.all_model_checkpoint_paths) == ["c", "b"] and list(made.all_model_checkpoint_timestamps) == [1, 2]
    with pytest.raises(RuntimeError, match="conflicts with path used for checkpoint state"):
        checkpoints.update_checkpoint_state("d", "d/checkpoint")


def test_times_and_removal(here):
    assert checkpoints.get_checkpoint_mtimes(["m-2", "none"]) == [os.stat("m-2.index").st_mtime]
    assert checkpoints.checkpoint_exists("m-2") and not checkpoints.checkpoint_exists("m-3")
    assert checkpoints.meta_graph_filename("m-00000-of-00002") == "m.meta"
    pathlib.Path("m-2.meta").write_bytes(b"")
    checkpoints.remove_checkpoint("m-2")
    assert os.listdir(".") == ["checkpoint"] and checkpoints.latest_checkpoint(".") is None


def test_iterator(here):
    assert list(checkpoints.checkpoints_iterator(".", timeout=0)) == ["./m-2"]
    asked = []
    list(checkpoints.checkpoints_iterator("none", timeout=0, timeout_fn=lambda: asked.append(1) or len(asked) == 2))
    assert len(asked) == 2


def test_init_from_checkpoint_gives_the_values(here):
    with TF.variable_scope("out"):
        a = TF.get_variable("a", [2, 3])
        w = TF.get_variable("w", [4], use_resource=True)
        p = TF.get_variable("p", [5, 2], partitioner=TF.fixed_size_partitioner(2))
    warm_start.init_from_checkpoint(".", {"a": "out/a", "net/w": w, "p": p})
    with Session() as session:
        session.run(TF.global_variables_initializer())
        got = session.run([a, w, p.as_tensor()])
    assert got[0].tolist() == [[0, 1, 2], [3, 4, 5]] and got[1].tolist() == [1] * 4 and got[2][4, 1] == 9
    with pytest.raises(ValueError, match="Tensor x/w is not found in ./m-2 checkpoint. Nearest: net/w"):
        warm_start.init_from_checkpoint(".", {"x/w": w})


def test_warm_start(here):
    a, other = TF.get_variable("a", [2, 3]), TF.get_variable("other", [4])
    warm_start.warm_start(".", var_name_to_prev_var_name={"other": "net/w"})
    with Session() as session:
        session.run(TF.global_variables_initializer())
        assert session.run(a)[1, 2] == 5 and session.run(other).tolist() == [1] * 4
    with pytest.raises(ValueError, match="no variable to warm-start is called zz"):
        warm_start.warm_start(".", "a", var_name_to_prev_var_name={"zz": "a"})


def test_v1_checkpoint_restores(here):
    path = FORMATS / "tf1" / "old"
    reader = checkpoints.NewCheckpointReader(str(path))
    name, shape = next((n, s) for n, s in reader.get_variable_to_shape_map().items() if s and n)
    v = TF.get_variable("x", shape, reader.get_variable_to_dtype_map()[name])
    with Session() as session:
        TF.train.Saver({name: v}).restore(session, str(path))
        assert np.array_equal(session.run(v), reader.get_tensor(name))
