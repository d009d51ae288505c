"""`mainstem run SCRIPT` against `python SCRIPT`: the same output, the same traceback, the same exit code."""

import subprocess
import sys
import textwrap

import pytest

from mainstem.cli import run

MAINSTEM = [sys.executable, "-m", "mainstem", "run"]


def _call(command, cwd, **more):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=100, **more)
    return done.stdout, done.stderr, done.returncode


def _same(tmp_path, source, *arguments, name="program.py", **more):
    """Runs a program by both; gives what both did after comparing it."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(textwrap.dedent(source))
    expected = _call([sys.executable, name, *arguments], tmp_path, **more)
    assert _call([*MAINSTEM, name, *arguments], tmp_path, **more) == expected
    return expected


def test_a_program_sees_what_python_shows_it(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "neighbour.py").write_text("import __main__\nprint('neighbour', __main__.__file__)\n")
    source = '''
        """A program."""
        from __future__ import annotations
        import inspect, pickle, sys, traceback, warnings
        import neighbour

        class Point:
            def __init__(self, x):
                self.x = x

        count: int = 1
        print(__name__, __file__, __doc__, __package__, __spec__, sys.argv, sys.path[0])
        data = pickle.dumps(Point(3))
        print(b"__main__" in data, pickle.loads(data).x, Point.__module__, inspect.getsource(Point))
        print(sys.modules["__main__"].Point is Point, type(__builtins__).__name__, __annotations__)
        print(sys.stdin.read().upper(), "\\d", "jax" in sys.modules)
        warnings.warn("old", DeprecationWarning)
        try:
            {}["key"]
        except KeyError:
            traceback.print_exc()
        sys.exit(7)
    '''
    out, err, code = _same(tmp_path, source, "--api", "-x", "1", name="below/program.py", input="from stdin")
    assert code == 7 and "FROM STDIN" in out and "neighbour" in out and "KeyError" in err


@pytest.mark.parametrize(
    "source, code, words",
    [
        ("def f():\n    1 / 0\ntry:\n    f()\nexcept ZeroDivisionError as e:\n    raise ValueError('wörter') from e\n", 1, "ValueError"),
        ("import sys\nsys.exit('the last words')\n", 1, "the last words"),
        ("x = (\n", 1, "SyntaxError"),
        ("raise KeyboardInterrupt\n", -2, "KeyboardInterrupt"),
        ("import sys\nsys.excepthook = lambda kind, e, trace: print('mine', kind, trace.tb_next)\nraise OSError(5)\n", 1, ""),
    ],
)  # fmt: skip
def test_a_program_ends_as_under_python(tmp_path, source, code, words):
    _, err, got = _same(tmp_path, source)
    assert got == code and words in err


def test_a_module_runs_as_under_python(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("import sys\nprint('pack', sys.argv)\n")
    (tmp_path / "pack" / "tool.py").write_text(
        "import sys\nprint(__name__, __package__, __file__, sys.argv)\nraise KeyError(1)\n"
    )
    for arguments in (["-m", "pack.tool", "-v", "1"], ["-m", "pack.nothing"]):
        assert _call([*MAINSTEM, *arguments], tmp_path) == _call([sys.executable, *arguments], tmp_path)


def test_tensorflow_means_mainstem(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('another tensorflow was imported')\n")
    (tmp_path / "program.py").write_text(
        "import tensorflow as tf\nfrom tensorflow.python.framework import ops\nimport tensorflow.compat.v1 as tf1\n"
        "x = tf.placeholder(tf.float32, [2])\nprint(tf.Session().run(x * 2.0, {x: [1, 2]}), tf1 is tf, ops.Graph is tf.Graph)\n"
        "import tensorflow.not_there\n"
    )
    out, err, code = _call([*MAINSTEM, "program.py"], tmp_path)
    assert out == "[2. 4.] True True\n" and code == 1
    lines = err.splitlines()
    assert lines[:2] == ["Traceback (most recent call last):", f'  File "{tmp_path}/program.py", line 6, in <module>']
    assert lines[-1].startswith("ModuleNotFoundError: No module named 'tensorflow.not_there'") and len(lines) == 4


@pytest.mark.parametrize("line", ["tf.nn.reluu", "from tensorflow.nn import reluu", "import tensorflow.nn.reluu"])
def test_a_missing_name_shows_the_program_only(tmp_path, line):
    (tmp_path / "program.py").write_text(f"import tensorflow as tf\ntf.Session\ndef f():\n    {line}\nf()\n")
    out, err, code = _call([*MAINSTEM, "program.py"], tmp_path)
    lines = err.splitlines()
    assert code == 1 and "mainstem/" not in err and "importlib" not in err
    assert [x.split(", ")[1] for x in lines if x.startswith("  File")] == ["line 5", "line 4"]
    assert lines[-1].startswith(
        ("AttributeError: module 'tensorflow.nn' has no", "ModuleNotFoundError: No module named 'tensorflow.nn.reluu'")
    )
    assert lines[-1].endswith(
        "Did you mean tf.nn.relu? `mainstem check FILE` lists all that a program uses and Mainstem lacks."
    )


def test_bad_command_lines(tmp_path, capsys):
    assert run.main([]) == 2 and "usage" in capsys.readouterr().err
    assert run.main(["-m"]) == 2
    assert run.main(["--help"]) == 0 and "--api" in capsys.readouterr().out
    assert run.main([str(tmp_path / "nothing.py")]) == 2
    assert "can't open file" in capsys.readouterr().err
    for arguments, words in ((["--api", "v3", "x.py"], "must be v1, v2 or auto"), (["--fast", "x.py"], "unknown option")):
        with pytest.raises(SystemExit, match=words):
            run.main(arguments)


V1 = [
    "import tensorflow as tf\nx = tf.placeholder(tf.float32)\nwith tf.Session() as s: s.run(x)\n",
    "import tensorflow\ntensorflow.set_random_seed(1)\n",
    "import tensorflow as t\nt.train.AdamOptimizer().minimize(t.get_variable('x', []))\n",
    "from tensorflow.contrib import slim\n",
    "from tensorflow.examples.tutorials.mnist import input_data\nimport tensorflow as tf\ntf.keras\n",
    "import tensorflow as tf\ntf.keras.datasets.mnist\ntf.layers.dense(1, 2)\ntf.log(1.0)\n",
    "try:\n  import tensorflow.compat.v1 as tf\n  tf.disable_v2_behavior()\nexcept ImportError:\n  import tensorflow as tf\ntf.placeholder\n",
    "import tensorflow as tf\nprint(tf.add(1, 2))\n",
    "import tensorflow as tf\ntf.enable_eager_execution()\nwith tf.GradientTape() as t: pass\nwith tf.GradientTape() as t: pass\n",
    "print 'Python 2'\n",
    "",
]
V2 = [
    "import tensorflow as tf\nwith tf.GradientTape() as t: pass\n",
    "import tensorflow as tf\n@tf.function\ndef f(x): return tf.random.normal([1])\n",
    "from tensorflow import keras\nfrom tensorflow.keras import layers\n",
    "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\ntf.placeholder(tf.float32)\n",
    "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\ntf.compat.v1.Session()\n",
    "import tensorflow as tf\ntf.config.list_physical_devices()\n",
    "import tensorflow as tf\nif hasattr(tf, 'placeholder'): tf.placeholder(tf.float32)\ntf.keras.Model\ntf.keras.Input\ntf.GradientTape()\n",
    "from tensorflow.keras.layers import Dense\nimport tensorflow as tf\n",
]


@pytest.mark.parametrize("world, source", [("v1", s) for s in V1] + [("v2", s) for s in V2])
def test_detection(world, source):
    assert run.detect(source.encode()) == world


def test_detection_reads_a_module_without_importing_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "outer").mkdir()
    (tmp_path / "outer" / "__init__.py").write_text("raise AssertionError('imported')\n")
    (tmp_path / "outer" / "__main__.py").write_text("import tensorflow as tf\ntf.GradientTape\n")
    (tmp_path / "outer" / "inner.py").write_text("x = 1\n")
    assert run.detect(run._module_source("outer")) == "v2"
    assert run._module_source("outer.inner") == b"x = 1\n"
    assert run._module_source("outer.none") == b"raise AssertionError('imported')\n"
    assert run._module_source("nowhere.at.all") == b""
