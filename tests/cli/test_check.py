"""`mainstem check`: what it lists, what it counts, how it ends. The names that are missing here are in no TensorFlow."""

import io
import json
import pathlib
import subprocess
import sys

import pytest
from rich.console import Console

from mainstem.api import names
from mainstem.cli import check, main

GOOD = "import tensorflow as tf\nx = tf.placeholder(tf.float32)\nprint(tf.app.flags.FLAGS.size, tf.nn.relu(x).shape)\n"
BAD = "import tensorflow as tf\ntf.placeholder(tf.nothing_like_it)\ntf.nothing_like_it\ntf.nn.reluu\n"


def call(capsys, *arguments):
    """Gives (exit code, output, errors) of the command."""
    code = main.main(["check", *map(str, arguments)])
    return (code, *capsys.readouterr())


def write(folder, **files):
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_nothing_is_missing(tmp_path, capsys):
    write(tmp_path, good__py=GOOD, other__py="print(1)\n")
    code, out, _ = call(capsys, tmp_path)
    assert code == 0 and out == "Mainstem has 4 of 4 uses (100.0%), 4 of 4 names (100.0%)\n"
    assert call(capsys, tmp_path / "other.py")[:2] == (0, "no names of TensorFlow are used\n")


def test_what_is_missing_is_listed_with_its_place(tmp_path, capsys):
    write(tmp_path, bad__py=BAD)
    code, out, _ = call(capsys, tmp_path / "bad.py")
    lines = out.splitlines()
    assert code == 1 and len(lines) == 4
    assert lines[0] == f"{tmp_path}/bad.py:2: tf.nothing_like_it: TensorFlow 1.15 has no tf.nothing_like_it."
    assert lines[1].startswith(f"{tmp_path}/bad.py:3: tf.nothing_like_it:")
    assert lines[2].endswith("bad.py:4: tf.nn.reluu: TensorFlow 1.15 has no tf.nn.reluu. Did you mean tf.nn.relu?")
    assert lines[3] == "Mainstem has 1 of 4 uses (25.0%), 1 of 3 names (33.3%)"


def test_arguments_that_are_not_taken(tmp_path, capsys):
    source = (
        "import tensorflow as tf\ntf.nn.relu(features=1, nothing_like_it=2)\ntf.Session(target='')\ntf.app.flags.FLAGS(x=1)\n"
    )
    write(tmp_path, program__py=source)
    code, out, _ = call(capsys, tmp_path / "program.py")
    first, last = out.splitlines()
    reason = "Mainstem has tf.nn.relu, and it does not take this argument."
    assert code == 1 and first == f"{tmp_path}/program.py:2: tf.nn.relu(nothing_like_it=): {reason}"
    assert last == "Mainstem has 2 of 3 uses (66.7%), 2 of 3 names (66.7%)"


def test_guarded_and_loose_names_are_not_held_against_it(tmp_path, capsys):
    source = "from tensorflow.nn import *\ntry:\n  from tensorflow import nothing_like_it\nexcept ImportError:\n  pass\nrelu(my_global)\n"
    write(tmp_path, program__py=source)
    assert call(capsys, tmp_path)[:2] == (0, "Mainstem has 2 of 2 uses (100.0%), 2 of 2 names (100.0%)\n")


def test_folders_hold_files_and_notebooks(tmp_path, capsys):
    (tmp_path / "deep").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "env").mkdir()
    book = {"cells": [{"cell_type": "code", "source": ["!ls\n"]}, {"cell_type": "code", "source": BAD}]}
    write(tmp_path / "deep", book__ipynb=json.dumps(book), text__txt=BAD)
    write(tmp_path / ".hidden", bad__py=BAD)
    write(tmp_path / "env", bad__py=BAD, pyvenv__cfg="")
    _, out, _ = call(capsys, tmp_path)
    assert [line.split(" tf.")[0] for line in out.splitlines()[:-1]] == [
        f"{tmp_path}/deep/book.ipynb:cell 2:{n}:" for n in (2, 3, 4)
    ]


def test_what_does_not_parse_is_named_with_its_line(tmp_path, capsys):
    write(tmp_path, old__py="import tensorflow as tf\nprint tf.add\n", book__ipynb="{}")
    code, out, _ = call(capsys, tmp_path)
    first, second, third, last = out.splitlines()
    assert code == 1 and first.startswith(f"{tmp_path}/book.ipynb:1: does not parse: read_notebook: 'text' must be")
    assert second.startswith(f"{tmp_path}/old.py:2: does not parse: Missing parentheses") and "(Python 2?" in second
    assert third == "2 of 2 files are not Python 3 in full; their names were read where that was possible"
    assert last.startswith("Mainstem has 1 of 1 uses")


def test_the_world_is_each_files_own(tmp_path, capsys):
    write(
        tmp_path,
        a__py="import tensorflow as tf\ntf.Session\n",
        b__py="import tensorflow as tf\ntf.random.normal\ntf.function\n",
    )
    write(tmp_path, c__py="import tensorflow as tf\ntf.add\n")
    apis = {pathlib.Path(r.path).stem: r.world for r in check.check([str(tmp_path)])}
    assert apis == {"a": "v1", "b": "v2", "c": "v1"}
    (tmp_path / "a.py").unlink()
    assert {r.world for r in check.check([str(tmp_path)])} == {"v2"}  # a file that could be either goes with the others
    assert {r.world for r in check.check([str(tmp_path)], "v1")} == {"v1"}
    write(tmp_path, d__py="import tensorflow as tf\ntf.Session\n")
    code, out, _ = call(capsys, "--api", "v2", tmp_path / "d.py")
    assert code == 1 and "tf.Session is a name of TensorFlow 1" in out and "tf.compat.v1.Session" in out


def test_json(tmp_path, capsys):
    write(tmp_path, bad__py=BAD, good__py=GOOD)
    code, out, _ = call(capsys, "--json", tmp_path)
    found = json.loads(out)
    assert code == 1 and (found["files"], found["uses"], found["uses_there"], found["names_percent"]) == (2, 8, 5, 66.7)
    assert found["reports"][0]["missing"][0] == {"name": "nothing_like_it", "place": f"{tmp_path}/bad.py:2"}
    assert found["reports"][1]["names"] == ["app.flags.FLAGS", "float32", "nn.relu", "placeholder"]


def test_a_terminal_gets_a_table(tmp_path):
    write(tmp_path, bad__py=BAD + "tf.nothing_like_it\n" * 5)
    out = io.StringIO()
    check.show(check.check([str(tmp_path)]), Console(file=out, width=200))
    text = out.getvalue()
    rows = [line for line in text.splitlines() if "tf.n" in line]
    assert "tf.nothing_like_it" in rows[0] and " 7 " in rows[0] and "tf.nn.reluu" in rows[1] and "… 4 more" in text
    assert text.splitlines()[-1].startswith("Mainstem has 1 of 9 uses")


def test_names_of_the_real_one_that_are_not_there_yet(monkeypatch):
    lacking = next(
        n for n in sorted(names.recorded("v1")) if "." not in n and not names.has("v1", n) and not names.has("v2", n)
    )
    assert names.explain("v1", lacking).startswith(f"Mainstem does not have tf.{lacking} yet.")
    assert names.shorten("v1", f"{lacking}.more.of.it") == lacking


def test_bad_command_lines(tmp_path, capsys):
    assert call(capsys)[0] == 2 and call(capsys, "--api", "v3", tmp_path)[0] == 2
    code, _, err = call(capsys, tmp_path / "nothing.py")
    assert code == 2 and "can't read" in err and "nothing.py" in err
    assert call(capsys, "--help")[0] == 0


@pytest.mark.parametrize("part, whole, percent", [(0, 0, 100.0), (9999, 10000, 99.9), (1, 3, 33.3), (3, 3, 100.0), (0, 3, 0.0)])
def test_shares(part, whole, percent):
    assert check.share(part, whole) == percent


def test_the_program_does_not_run_and_tensorflow_is_not_imported(tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('imported')\n")
    (tmp_path / "program.py").write_text("import tensorflow as tf\nraise SystemExit(tf.add)\n")
    done = subprocess.run(
        [sys.executable, "-m", "mainstem", "check", "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "Mainstem has 1 of 1 uses (100.0%), 1 of 1 names (100.0%)\n"), done.stderr
