"""`mainstem.compat.install`: what it makes of `import tensorflow`, and when it refuses."""

import subprocess
import sys
import types

import pytest

from mainstem import compat


def test_the_real_tensorflow_is_refused(monkeypatch):
    real = types.ModuleType("tensorflow")
    real.__file__ = "/somewhere/tensorflow/__init__.py"
    monkeypatch.setitem(sys.modules, "tensorflow", real)
    with pytest.raises(RuntimeError, match="real TensorFlow is already imported.*/somewhere/tensorflow"):
        compat.install("v1")
    assert sys.modules["tensorflow"] is real and not any(isinstance(f, compat._Finder) for f in sys.meta_path)


def test_other_words_are_refused():
    with pytest.raises(ValueError, match="'v1' or 'v2'. Got 'v3'"):
        compat.install("v3")


def test_one_world_a_process():
    code = """
import mainstem.compat
module = mainstem.compat.install("v1")
import tensorflow, tensorflow.compat.v1, mainstem.v1, mainstem.v2
assert tensorflow is module is mainstem.v1 is tensorflow.compat.v1 is mainstem.compat.install("v1")
assert tensorflow.nn.relu is mainstem.v1.nn.relu and tensorflow.compat.v2 is mainstem.v2
try:
    mainstem.compat.install("v2")
except RuntimeError as e:
    assert "already means mainstem.v1" in str(e)
else:
    raise AssertionError("a second world")
"""
    subprocess.run([sys.executable, "-c", code], check=True)
