"""Notebooks: the kernel, run by nbclient as Jupyter runs it, and the extension in a shell of IPython."""

import json
import pathlib
import subprocess
import sys

import nbclient
import nbformat
import pytest

from mainstem.cli import jupyter, kernel, main

v4 = nbformat.v4


def execute(tmp_path, monkeypatch, api, cells):
    """Installs the kernel of a world below `tmp_path` and runs cells in it; gives each cell's text, output or error."""
    assert main.main(["kernel", "install", "--api", api, "--prefix", str(tmp_path)]) == 0
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    book = v4.new_notebook(cells=[v4.new_code_cell(c) for c in cells])
    client = nbclient.NotebookClient(book, kernel_name=f"mainstem-{api}", timeout=60, allow_errors=True)
    client.execute(cwd=str(tmp_path))
    shown = [[o.get("text") or f"{o.get('ename')}: {o.get('evalue')}" for o in c.outputs] for c in book.cells]
    return ["".join(texts) for texts in shown]


def test_tensorflow_is_mainstem_in_the_kernel(tmp_path, monkeypatch):
    cells = [
        "import sys\nimport numpy as np\nimport tensorflow as tf\nfrom tensorflow.python.framework import ops\n"
        "print(tf.__name__, ops.Graph is tf.Graph, sys.argv[1:], np.float is float)",
        "x = tf.placeholder(tf.float32)\nprint(tf.Session().run(2 * x, {x: 3}))",
        "w = tf.get_variable('w', [2])",
        "w = tf.get_variable('w', [2])",
        "w = tf.get_variable('w', [3])",
        "tf.reset_default_graph()\nw = tf.get_variable('w', [2])\nprint(w.name)",
        "%tensorflow_version 1.x",
        "%tensorflow_version 2.x",
        "%tensorflow_version 3",
        "tf.nothing_like_it",
    ]
    out = execute(tmp_path, monkeypatch, "v1", cells)
    assert out[0] == "mainstem.v1 True [] True\n" and out[1] == "6.0\n" and out[2] == "" and out[5] == "w:0\n"
    assert out[3].startswith("ValueError: Variable w already exists") and "tf.reset_default_graph()" in out[3]
    assert "This cell ran before" in out[3] and "Another cell, or this one before it was edited" in out[4]
    assert out[6] == "TensorFlow 1.x selected: `import tensorflow` is Mainstem.\n"
    assert out[7].startswith("UsageError") and "Restart the kernel" in out[7]
    assert "say 1.x or 2.x" in out[8] and "has no tf.nothing_like_it" in out[9]


def test_the_kernel_can_choose_by_the_notebook(tmp_path, monkeypatch):
    cells = ["files = !echo hello", "import tensorflow as tf\nif 0:\n  tf.function, tf.GradientTape\nprint(tf.__name__)"]
    assert execute(tmp_path, monkeypatch, "auto", cells)[1] == "mainstem.v2\n"


def test_a_notebook_may_choose_before_the_import(tmp_path, monkeypatch):
    cells = ["%tensorflow_version 2.x", "%tensorflow_version", "import tensorflow as tf\nprint(tf.__name__, tf.__version__[0])"]
    out = execute(tmp_path, monkeypatch, "v1", cells)
    assert "TensorFlow 2.x selected" in out[0] and "TensorFlow 2.x is selected" in out[1] and out[2] == "mainstem.v2 2\n"


def test_what_the_choice_goes_by(tmp_path, monkeypatch):
    class Shell:
        user_ns = {"In": ["", "%matplotlib inline", "import tensorflow as tf\ntf.Session"]}

    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "nothing.ipynb"))
    assert jupyter.chosen(Shell) == "v1"
    book = v4.new_notebook(cells=[v4.new_code_cell("import tensorflow as tf"), v4.new_code_cell("tf.optimizers.Adam")])
    nbformat.write(book, tmp_path / "book.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "book.ipynb"))
    assert jupyter.chosen(Shell) == "v2"


SHELL = """
import sys, types
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
def cell(text):
    result = shell.run_cell(text)
    return result.error_before_exec or result.error_in_exec
def refused(text, *words):
    error = cell(text)
    assert type(error).__name__ == "UsageError" and all(w in str(error) for w in words), repr(error)
assert cell("%load_ext mainstem") is None
"""


def in_a_shell(code):
    done = subprocess.run([sys.executable, "-c", SHELL + code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_extension_needs_no_kernel():
    out = in_a_shell("""
assert "jax" not in sys.modules and cell("%tensorflow_version") is None
assert cell("%tensorflow_version 2.x") is None and cell("%tensorflow_version 1.15.2  # old") is None
assert cell("import tensorflow as tf; print(tf.__name__)") is None
refused("%tensorflow_version 2.x", "already means TensorFlow 1's", "Restart the kernel")
""")
    assert "No TensorFlow is selected" in out and "mainstem.v1" in out


@pytest.mark.parametrize("name", ["tensorflow", "tensorflow.python.pywrap_tensorflow"])
def test_the_magic_refuses_beside_the_real_tensorflow(name):
    in_a_shell(f"""
sys.modules[{name!r}] = types.ModuleType({name!r})
refused("%tensorflow_version 1.x", "%tensorflow_version: the real TensorFlow is already imported", {name!r})
assert not [f for f in sys.meta_path if type(f).__module__ == "mainstem.compat"]
""")


def test_the_magic_does_not_turn_a_process_that_runs_eagerly():
    in_a_shell("import mainstem.v2\nrefused('%tensorflow_version 1.x', \"already means TensorFlow 2's\")\n")


def test_where_the_kernel_goes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "mine"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    for arguments, place in (
        (["--user"], "mine/kernels/mainstem-v1"),
        (["--sys-prefix", "--api", "v2"], "venv/share/jupyter/kernels/mainstem-v2"),
        ([], "venv/share/jupyter/kernels/mainstem-v1"),
        (["--prefix", str(tmp_path / "p"), "--name", "other"], "p/share/jupyter/kernels/other"),
    ):
        assert main.main(["kernel", "install", *arguments]) == 0
        found = json.loads((tmp_path / place / "kernel.json").read_text())
        assert found["argv"][0] == sys.executable and found["display_name"] in kernel.NAMES.values()
        assert str(pathlib.Path(place)) in capsys.readouterr().out


def test_bad_command_lines(tmp_path, capsys, monkeypatch):
    assert main.main(["kernel"]) == 2 and main.main(["kernel", "install", "--api", "v3"]) == 2
    assert main.main(["kernel", "install", "--fast"]) == 2 and main.main(["kernel", "--help"]) == 0
    assert main.main(["kernel", "install", "--prefix", str(tmp_path), "--name", "not a name"]) == 1
    assert "mainstem kernel: Invalid kernel name" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "jupyter_client.kernelspec", None)
    assert main.main(["kernel", "install", "--prefix", str(tmp_path)]) == 1
    assert "pip install 'mainstem[jupyter]'" in capsys.readouterr().err
