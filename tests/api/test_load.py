"""The public namespaces: modules that import, deep paths, names that resolve; the doorway `mainstem.compat.install`."""

import importlib
import subprocess
import sys

import pytest

import mainstem
import mainstem.v1
import mainstem.v2
from mainstem.api import deep, load, rows

load.complete()


@pytest.mark.parametrize("world", ["v1", "v2"])
def test_every_name_of_the_table_resolves(world):
    root = sys.modules[f"mainstem.{world}"]
    for name, obj in rows.WORLDS[world].items():
        found = root
        for part in name.split("."):
            found = getattr(found, part)
        assert found is obj, f"{name} is hidden by {found!r}"


@pytest.mark.parametrize("world", ["v1", "v2"])
def test_namespaces_are_modules(world):
    spaces = (
        {n.rpartition(".")[0] for n in rows.WORLDS[world] if "." in n}
        | set(deep.spaces(rows.WORLDS))
        | set(deep.shown(world, rows.WORLDS))
    )
    for space in spaces:
        module = importlib.import_module(f"mainstem.{world}.{space}")
        assert module.__name__ == f"mainstem.{world}.{space}" and module.__all__ is not None


def test_a_name_is_in_the_table_once():
    with pytest.raises(ValueError, match="'nn.relu' is in the table twice"):
        rows.v1(object(), "nn.relu")


def test_imports_by_path():
    import mainstem.v1.nn as nn
    from mainstem.v1.nn import relu
    from mainstem.v1.python.framework import ops
    from mainstem.v1.python.ops import array_ops, math_ops

    assert nn.relu is relu is mainstem.v1.nn.relu
    assert ops.Graph is mainstem.v1.Graph and ops.convert_to_tensor is mainstem.v1.convert_to_tensor
    assert math_ops.matmul is mainstem.v1.matmul and array_ops.reshape is mainstem.v1.reshape
    with pytest.raises(AttributeError, match="tensorflow.python.framework.ops' has no attribute 'nothing_like_it'"):
        _ = ops.nothing_like_it
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("mainstem.v1.no_such_space")


def test_public_namespaces_hide_the_rooms():
    import mainstem.train.saver  # noqa: F401 - binds the room, unless it is hidden

    assert (
        mainstem.train is mainstem.v2.train and mainstem.train.Checkpoint if hasattr(mainstem.v2.train, "Checkpoint") else True
    )
    assert mainstem.train is mainstem.v2.train
    assert "train" in dir(mainstem) and mainstem.float32 is mainstem.v2.float32


def test_worlds_inside_worlds():
    assert mainstem.v2.compat.v1 is mainstem.v1 and mainstem.v1.compat.v2 is mainstem.v2
    assert mainstem.v1.compat.v1 is mainstem.v1
    with pytest.raises(AttributeError):
        _ = mainstem.v1.compat.v3
    assert mainstem.compat.v1 is mainstem.v1


def process(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_install_makes_tensorflow_importable():
    code = """
from mainstem import compat
tf = compat.install("v1")
import tensorflow
import tensorflow.compat.v1 as one
from tensorflow.python.framework import ops
from tensorflow.python.ops import math_ops
import tensorflow.nn as nn
import mainstem.v1
assert tensorflow is tf is mainstem.v1 is one and ops.Graph is tf.Graph and nn.relu is tf.nn.relu
assert compat.install("v1") is tf
try:
    compat.install("v2")
except RuntimeError as e:
    print("second" if "already means mainstem.v1" in str(e) else e)
try:
    import tensorflow.contrib.foo
except ModuleNotFoundError as e:
    print("foo" if "tensorflow.contrib.foo" in str(e) else e)
try:
    from tensorflow.python.framework import no_such_file
except ImportError as e:
    print("import")
try:
    compat.install("v3")
except ValueError as e:
    print("world")
"""
    assert process(code) == ["second", "foo", "import", "world"]


def test_install_refuses_the_real_tensorflow():
    code = """
import sys, types
sys.modules["tensorflow"] = types.ModuleType("tensorflow")
from mainstem import compat
try:
    compat.install("v1")
except RuntimeError as e:
    print("refused" if "real TensorFlow is already imported" in str(e) else e)
"""
    assert process(code) == ["refused"]
