"""The Saver: nodes and errors of TensorFlow 1.15, files, bookkeeping, every way to restore, damage and crashes."""

import importlib
import json
import pathlib
import pkgutil
import re
import types

import pytest

import mainstem.ops
from mainstem.base import dtypes
from mainstem.graph.graph import Graph
from mainstem.run.session import Session
from mainstem.state import partition
from mainstem.surface import framework, initializers, variable_scope, variables
from mainstem.train import checkpoints, saver, warm_start
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
