"""`mainstem.compat.install`: what it makes of `import tensorflow`, and when it refuses."""

import os
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


@pytest.mark.parametrize("name", ["tensorflow.python.pywrap_tensorflow", "tensorflow_core", "tensorflow_core.python"])
def test_a_part_of_the_real_tensorflow_is_refused(monkeypatch, name):
    part = types.ModuleType(name)
    monkeypatch.setitem(sys.modules, name, part)
    for install in (compat.install, compat.reserve):
        with pytest.raises(RuntimeError, match=f"already imported in this process \\({name} from an unknown place\\)"):
            install("v1")
    assert "tensorflow" not in sys.modules and not any(isinstance(f, compat._Finder) for f in sys.meta_path)


def test_a_process_that_starts_with_the_real_one_is_refused(tmp_path):
    """As where `sitecustomize` or a `.pth` file imports it: `mainstem run` ends, the script does not begin."""
    (tmp_path / "site" / "tensorflow" / "python").mkdir(parents=True)
    (tmp_path / "site" / "tensorflow" / "__init__.py").write_text("__version__ = '2.99'\n")
    (tmp_path / "site" / "tensorflow" / "python" / "__init__.py").write_text("")
    (tmp_path / "script.py").write_text("print('begun')\nimport tensorflow as tf\n")
    for text in ("import tensorflow.python\n", "import sys, tensorflow.python\ndel sys.modules['tensorflow']\n"):
        (tmp_path / "site" / "sitecustomize.py").write_text(text)
        for command in (["run", "script.py"], ["run", "-m", "script"], ["kernel", "start"]):
            done = subprocess.run(
                [sys.executable, "-m", "mainstem", *command],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.returncode == 1 and done.stdout == "", (text, command, done.stdout)
            last = done.stderr.splitlines()[-1]
            assert "the real TensorFlow is already imported in this process" in last and str(tmp_path / "site") in last
            assert "Traceback" not in done.stderr


def test_the_real_one_on_disk_does_not_matter(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise SystemExit('the real one')\n")
    (tmp_path / "tensorflow-2.99.dist-info").mkdir()
    (tmp_path / "tensorflow-2.99.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: tensorflow\nVersion: 2.99\n")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import importlib.metadata as metadata, importlib.util as util
assert metadata.version("tensorflow") == "2.99"
from mainstem import compat
compat.install("v1")
import tensorflow as tf
assert metadata.version("tensorflow") == tf.__version__ == tf.VERSION == tf.version.VERSION == "1.15.5"
from tensorflow.python.framework import versions
assert versions.VERSION == "1.15.5" and versions.GRAPH_DEF_VERSION == 134
assert util.find_spec("tensorflow").name == "mainstem.v1" and util.find_spec("tensorflow.nn").name == "tensorflow.nn"
assert util.find_spec("tensorflow.no_such_path") is None
assert metadata.metadata("tensorflow")["Name"] == "tensorflow"
assert not [d for d in metadata.distributions() if "Mainstem" in (d.metadata["Summary"] or "") and d.metadata["Name"] == "tensorflow"]
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "missing", ["mainstem.v1.nn", "mainstem.v1", "tensorflow.nn", "numpy.lost", "mainstem.surface.lost", None]
)
def test_what_mainstem_itself_lacks_is_not_hidden(monkeypatch, missing):
    def failing(name):
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr(compat.importlib, "import_module", failing)
    if missing in ("mainstem.v1.nn", "mainstem.v1", "tensorflow.nn"):
        assert compat._module("mainstem.v1.nn") is None
    else:
        with pytest.raises(ModuleNotFoundError):
            compat._module("mainstem.v1.nn")


def test_the_choice_is_open_until_the_first_import():
    code = """
import sys
from mainstem import compat
compat.reserve("v1")
assert "jax" not in sys.modules and "tensorflow" not in sys.modules and compat.current() == "v1"
asked = []
compat.reserve(lambda: asked.append(1) or "v2")
assert compat.current() is None and not asked
import tensorflow.nn
assert asked == [1] and tensorflow.__name__ == "mainstem.v2" and compat.current() == "v2"
compat.reserve("v2")
try:
    compat.reserve("v1")
except RuntimeError as e:
    assert "already means mainstem.v2" in str(e)
else:
    raise AssertionError("a second world")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


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
