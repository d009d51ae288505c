"""The Saver: nodes and errors of TensorFlow 1.15, files, bookkeeping, every way to restore, damage and crashes."""

import importlib
import json
import os
import pathlib
import pkgutil
import re
import textwrap
import types

import numpy as np
import pytest

import mainstem.ops
from mainstem.base import dtypes, errors
from mainstem.formats import files
from mainstem.graph.graph import Graph
from mainstem.run.session import Session
from mainstem.state import partition
from mainstem.surface import framework, initializers, variable_scope, variables
from mainstem.train import checkpoints, saver, warm_start
from tests.formats import test_crash as crash
from tests.train.saver_programs import PROGRAMS

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "saver.json").read_text())
for module in pkgutil.iter_modules(mainstem.ops.__path__):  # a program's ops are looked up by name
    importlib.import_module(f"mainstem.ops.{module.name}")


def namespace():
    names = {}
    for module in (framework, variables, variable_scope, initializers, partition):
        names.update((k, v) for k, v in vars(module).items() if not k.startswith("_"))
    tf = types.SimpleNamespace(**names)
    tf.constant = framework.constant_v1
    tf.float32, tf.int32, tf.string = dtypes.float32, dtypes.int32, dtypes.string
    tf.train = types.SimpleNamespace(**vars(checkpoints), **{"Saver": saver.Saver})
    tf.train.init_from_checkpoint, tf.train.import_meta_graph = warm_start.init_from_checkpoint, saver.import_meta_graph
    return tf


TF = namespace()


def node(op):
    d = Graph._node_def(op)
    attrs = {k: bool(d.attr[k].b) for k in ("use_locking", "validate_shape") if k in d.attr}
    if op.type == "Const" and op.attrs["value"].dtype == object:
        attrs["value"] = [re.sub("_temp_[0-9a-f]{32}", "_temp_X", x.decode()) for x in op.attrs["value"].reshape(-1)]
    where = [c.decode() for c in d.attr["_class"].list.s] if "_class" in d.attr else []
    return [op.name, op.type, list(d.input), where, op.device, attrs]


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_nodes_and_errors_are_tensorflows(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Graph().as_default():
        kept = [TF.get_variable(n, s) for n, s in (("a", [2, 3]), ("c", [2]), ("p", [5, 3]))]
        with Session() as session:
            session.run(TF.global_variables_initializer())
            TF.train.Saver(kept).save(session, "ckpt")
    TF.checkpoint = "ckpt"
    golden = GOLDEN[name]
    with Graph().as_default() as graph:
        if "error" in golden:
            kind, text = golden["error"]
            with pytest.raises(Exception) as caught:
                PROGRAMS[name](TF)
            assert type(caught.value).__name__ == kind
            assert str(caught.value)[:25] == text[:25]
        else:
            made = PROGRAMS[name](TF)
            shown = [str(x.saver_def) if hasattr(x, "saver_def") else x for x in made or ()]
            assert shown == [x.replace(".0\n", "\n") for x in golden["made"]]
        mine, theirs = [node(o) for o in graph.get_operations()], golden["nodes"]
    for a, b in zip(mine, theirs):
        a[2], b[2] = ([i for i in x if i[0] != "^"] + sorted(i for i in x if i[0] == "^") for x in (a[2], b[2]))
        assert a == b
    assert len(mine) == len(theirs)


# ---- files and bookkeeping


def trained(tf=TF, **shapes):
    """Variables a [2, 3] and b (int32), more by keyword, initialized in a session."""
    made = {n: tf.get_variable(n, s, initializer=tf.ones_initializer()) for n, s in {"a": [2, 3], **shapes}.items()}
    made["b"] = tf.Variable(1, name="b")
    session = Session()
    session.run(tf.global_variables_initializer())
    return made, session


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Graph().as_default():
        yield tmp_path


def test_paths_state_file_and_max_to_keep(here):
    _, session = trained()
    keeper = TF.train.Saver(max_to_keep=2)
    assert [keeper.save(session, "m", global_step=i) for i in range(3)] == ["m-0", "m-1", "m-2"]
    files = [f"m-{i}{e}" for i in (1, 2) for e in (".data-00000-of-00001", ".index", ".meta")]
    assert sorted(os.listdir(".")) == ["checkpoint", *files]
    names = 'model_checkpoint_path: "m-2"\nall_model_checkpoint_paths: "m-1"\nall_model_checkpoint_paths: "m-2"\n'
    assert pathlib.Path("checkpoint").read_text() == names
    assert keeper.save(session, "sub/m") == "sub/m"  # one level of directories is made
    assert pathlib.Path("sub/checkpoint").read_text() == names.replace('"m-2"', '"m"').replace('"m-1"', '"../m-2"')
    assert keeper.last_checkpoints == ["m-2", "sub/m"]


def test_relative_paths_padding_and_no_limit(here):
    _, session = trained()
    keeper = TF.train.Saver(save_relative_paths=True, pad_step_number=True, max_to_keep=None)
    assert keeper.save(session, str(here / "rel/m"), global_step=7) == str(here / "rel/m-00000007")
    keeper.save(session, str(here / "rel/m"), global_step=TF.constant(8))
    assert (here / "rel/checkpoint").read_text() == (
        'model_checkpoint_path: "m-00000008"\nall_model_checkpoint_paths: "m-00000008"\n'
    )
    assert keeper.last_checkpoints == [] and (here / "rel/m-00000007.index").exists()


def test_keep_checkpoint_every_n_hours(here, monkeypatch):
    _, session = trained()
    now = [1000.0]
    monkeypatch.setattr(saver.time, "time", lambda: now[0])
    keeper = TF.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=1)
    for i in range(6):
        now[0] += 1900
        keeper.save(session, "m", global_step=i)
    # kept for good: the first one written after each full hour
    assert sorted(f for f in os.listdir(".") if f.endswith(".index")) == ["m-1.index", "m-3.index", "m-5.index"]


def test_recover_last_checkpoints(here):
    _, session = trained()
    first = TF.train.Saver()
    kept = [first.save(session, "m", global_step=i) for i in range(2)]
    second = TF.train.Saver(max_to_keep=2)
    second.recover_last_checkpoints([*kept, "gone-1"])
    assert second.last_checkpoints == kept
    second.save(session, "m", global_step=2)
    assert second.last_checkpoints == ["m-1", "m-2"] and not os.path.exists("m-0.index")


def test_saving_errors(here):
    _, session = trained()
    keeper = TF.train.Saver()
    for arguments, kind, text in (
        ((session, "no/such/m"), ValueError, "Parent directory of no/such/m doesn't exist, can't save."),
        ((session, "m", None, "a/b"), ValueError, "'latest_filename' must not contain path components"),
        ((session, "checkpoint"), ValueError, "'latest_filename' collides with 'save_path'"),
        (("x", "m"), TypeError, "'sess' must be a Session; x"),
    ):
        with pytest.raises(kind, match=re.escape(text)):
            keeper.save(*arguments)
    with pytest.raises(errors.FailedPreconditionError, match="uninitialized value a"):
        keeper.save(Session(), "m")
    assert os.listdir(".") == []


# ---- restoring


def values(session, made):
    return {n: session.run(v).tolist() for n, v in made.items()}


@pytest.mark.parametrize("spelling", ["m", "m.index", "m.meta", "m.data-00000-of-00001", "."])
def test_every_spelling_of_a_path(here, spelling):
    made, session = trained()
    keeper = TF.train.Saver()
    keeper.save(session, "m")
    before = values(session, made)
    other = Session()
    keeper.restore(other, spelling)
    assert values(other, made) == before


def test_restoring_what_is_not_there(here):
    made, session = trained()
    keeper = TF.train.Saver()
    keeper.save(session, "model")
    with pytest.raises(ValueError, match="Can't load save_path when it is None"):
        keeper.restore(session, None)
    with pytest.raises(ValueError, match="not a valid checkpoint: modl.*In '.' lie: model"):
        keeper.restore(session, "modl")
    os.remove("model.data-00000-of-00001")
    with pytest.raises(errors.NotFoundError, match="data file 'model.data-00000-of-00001' is not there"):
        keeper.restore(session, "model")


def test_a_damaged_file_names_the_tensor(here):
    made, session = trained()
    keeper = TF.train.Saver()
    keeper.save(session, "m")
    raw = bytearray(pathlib.Path("m.data-00000-of-00001").read_bytes())
    raw[2] ^= 1
    pathlib.Path("m.data-00000-of-00001").write_bytes(raw)
    session.run(made["a"].assign(np.zeros((2, 3))))
    with pytest.raises(errors.DataLossError, match="tensor 'a' is damaged"):
        keeper.restore(session, "m")
    assert session.run(made["a"]).sum() == 0


def test_moved_directory_and_sharded_partitioned_resource_and_renamed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("old")
    parts = TF.fixed_size_partitioner(2)
    with Graph().as_default():
        with TF.device("/cpu:0"):
            a = TF.get_variable("a", [3], use_resource=True)
        whole = TF.get_variable("p", [5, 3], partitioner=parts)
        session = Session()
        session.run(TF.global_variables_initializer())
        TF.train.Saver(sharded=True).save(session, str(tmp_path / "old/m"))
        assert len([f for f in os.listdir("old") if ".data-" in f]) == 2
        before = session.run([a, whole.as_tensor()])
    os.rename("old", "new")
    with Graph().as_default():
        a = TF.get_variable("other/a", [3])
        whole = TF.get_variable("other/p", [5, 3])  # one variable now
        cut = TF.get_variable("cut", [5, 3], partitioner=TF.fixed_size_partitioner(3))
        session = Session()
        found = checkpoints.latest_checkpoint("new")
        assert found == "new/m"
        TF.train.Saver({"a": a, "p": whole}).restore(session, found)
        TF.train.Saver({"p": cut}).restore(session, found)
        after = session.run([a, whole, cut.as_tensor()])
    assert all(np.array_equal(x, y) for x, y in zip(after, [*before, before[1]]))


def test_reshape_and_subset(here):
    made, session = trained()
    session.run(made["a"].assign(np.arange(6.0).reshape(2, 3)))
    TF.train.Saver().save(session, "m")
    with Graph().as_default():
        a = TF.get_variable("a", [3, 2])
        session = Session()
        TF.train.Saver([a], reshape=True).restore(session, "m")
        assert session.run(a).tolist() == [[0, 1], [2, 3], [4, 5]]
        with pytest.raises(errors.InvalidArgumentError, match=r"a: shape \[3, 2\] in the program, \[2, 3\] in the checkpoint"):
            TF.train.Saver([a]).restore(session, "m")
        b = TF.Variable(1.0, name="b")
        with pytest.raises(errors.InvalidArgumentError, match="b: float32 in the program, int32 in the checkpoint"):
            TF.train.Saver([b]).restore(session, "m")


def test_missing_keys_are_reported_with_a_map_that_works(here):
    made, session = trained(**{"rnn/fc/weights": [4, 5], "rnn/fc/biases": [5]})
    TF.train.Saver().save(session, "m")
    with Graph().as_default():
        TF.get_variable("fc/weights", [4, 5])
        TF.get_variable("fc/biases", [5])
        TF.get_variable("a", [2, 3])
        TF.get_variable("new", [7])
        with pytest.raises(errors.NotFoundError) as caught:
            TF.train.Saver().restore(Session(), "m")
        text = str(caught.value)
        assert text.startswith("Key fc/biases not found in checkpoint m\nMissing in the checkpoint (3 of 4 keys):")
        assert "  fc/weights [4, 5]  nearest: rnn/fc/weights [4, 5]" in text and "  new [7]" in text
        assert "In the checkpoint but not used (3):\n  b []\n  rnn/fc/biases [5]\n  rnn/fc/weights [4, 5]" in text
        assert text.endswith("Not in the checkpoint under any name, to be initialized: new")
        lines = text.split("\n")
        first = lines.index("  v = {v.op.name: v for v in tf.global_variables()}")
        last = lines.index("  }).restore(sess, 'm')")
        session = Session()
        space = {"tf": TF, "sess": session}
        exec(textwrap.dedent("\n".join(lines[first : last + 1])), space)  # the program that the report gives works as it is
        assert session.run(space["v"]["fc/weights"]).tolist() == np.ones((4, 5)).tolist()
        first = lines.index("  tf.train.init_from_checkpoint('m', {")
        exec(textwrap.dedent("\n".join(lines[first : lines.index("  })") + 1])), space)
        session = Session()
        session.run(TF.global_variables_initializer())
        assert session.run(space["v"]["fc/biases"]).tolist() == [1] * 5


def test_object_based_checkpoint_of_tensorflow_2(here):
    golden = str(pathlib.Path(__file__).parent.parent / "golden" / "saver" / "object")
    kernel = TF.get_variable("dense/kernel", [2, 2])
    bias = TF.get_variable("dense/bias", [2])
    session = Session()
    TF.train.Saver().restore(session, golden)
    assert session.run([kernel, bias])[0].tolist() == [[1, 2], [3, 4]]
    assert session.run(bias).tolist() == [5, 6]
    TF.get_variable("dense/other", [2])
    with pytest.raises(errors.NotFoundError, match="Key dense/other not found"):
        TF.train.Saver().restore(session, golden)


def test_a_crash_of_save_leaves_a_checkpoint_that_restores(here, monkeypatch):
    """Every state that a power loss during the second save can leave: the state file names a checkpoint that loads."""
    made, session = trained()
    keeper = TF.train.Saver(max_to_keep=1)
    keeper.save(session, str(here / "m"), global_step=1)
    session.run([made["a"].assign(np.full((2, 3), 7.0))])
    before, recorded = crash.snapshot(here), crash.RecordingOps()
    for name in ("create", "rename", "link", "unlink", "sync_dir"):
        monkeypatch.setattr(files.FILES, name, getattr(recorded, name))
    keeper.save(session, str(here / "m"), global_step=2)
    monkeypatch.undo()
    os.chdir(here)
    assert sorted(os.listdir(here)) == ["checkpoint", "m-2.data-00000-of-00001", "m-2.index", "m-2.meta"]
    kinds = {}
    for done, state in crash.crashes(before, recorded.log):
        key = tuple(sorted((p.split("tempstate")[0], "" if "tempstate" in p else c) for p, c in state.items()))
        kinds.setdefault(key, (done, state))
    assert len(kinds) > 8
    seen = set()
    for done, state in kinds.values():
        crash.restore(here, state)
        found = checkpoints.latest_checkpoint(str(here))
        assert found is not None, recorded.log[done - 1][:2]
        other = Session()
        keeper.restore(other, found)
        assert other.run(made["a"])[0, 0] == {"m-1": 1, "m-2": 7}[os.path.basename(found)]
        assert os.path.exists(found + ".meta")
        seen.add(os.path.basename(found))
    assert seen == {"m-1", "m-2"}
