"""What is read from a program's text: which names of TensorFlow it uses, where, and whose world they are of."""

import json
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.api import usage


def uses(source):
    """[(first name, line)] of a program, each marked with what is special about it."""
    found = usage.read(textwrap.dedent(source)).uses
    return [(u.names[0] + "?" * u.guarded + "*" * u.loose, u.line) for u in found]


def notebook(*cells, kind="code"):
    return json.dumps({"cells": [{"cell_type": kind, "source": c} for c in cells], "nbformat": 4})


@pytest.mark.parametrize(
    "source, expected",
    [
        ("import tensorflow as tf\ntf.nn.relu(tf.float32)", [("nn.relu", 2), ("float32", 2)]),
        ("import tensorflow\ntensorflow.add(1,\n  tensorflow.zeros([1]).shape.as_list())", [("add", 2), ("zeros", 3)]),
        ("import tensorflow.compat.v1 as tf\ntf.Session()", [("compat.v1", 1), ("compat.v1.Session", 2)]),
        ("import tensorflow.nn\ntensorflow.nn.relu", [("nn", 1), ("nn.relu", 2)]),
        ("from tensorflow.contrib import slim as s\ns.conv2d\ns", [("contrib.slim", 1), ("contrib.slim.conv2d", 2), ("contrib.slim", 3)]),
        ("from tensorflow.nn import relu, tanh\nrelu(1)", [("nn.relu", 1), ("nn.tanh", 1), ("nn.relu", 2)]),
        ("import tensorflow as tf\nslim = tf.contrib.slim\nslim.fc", [("contrib.slim", 2), ("contrib.slim.fc", 3)]),
        ("import tensorflow as tf\nFLAGS = tf.flags.FLAGS\nprint(FLAGS.a)", [("flags.FLAGS", 2), ("flags.FLAGS.a", 3)]),
        ("import tensorflow as tf\nact = tf.nn.relu if 1 else None\nact.x", [("nn.relu", 2)]),
        ("import tensorflow as tf\nx = tf.nn\nx = 3\nx.relu", [("nn", 2)]),
        ("import tensorflow as tf\ntf.a.b[0].c", [("a.b", 2)]),
        ("import numpy as tf\ntf.add", []),
        ("from .tensorflow import add\nfrom . import tensorflow\nadd(1)\ntensorflow.add", []),
        ("import tensorflow_probability as tf\ntf.x", []),
        ("import tensorflow as tf\ngetattr(tf.nn, 'relu')\ngetattr(tf, 'a', 1)\ngetattr(tf, s)", [("nn.relu", 2), ("nn", 2), ("a?", 3)]),
        ("import tensorflow as tf\nif hasattr(tf, 'nn'):\n  tf.nn.relu\ntf.x", [("nn.relu?", 3), ("x", 4)]),
    ],
)  # fmt: skip
def test_uses(source, expected):
    assert uses(source) == expected


def test_scopes_are_pythons():
    source = """
        import tensorflow as tf
        from tensorflow.python.ops import variables
        def f(variables, n=variables.A):
            variables.append(1)
            return lambda tf: tf.no
        def g():
            variables = 3
            return variables.no
        class C(tf.Module):
            tf = 5
            x = tf.no
            def h(self, a: tf.no = 1) -> variables.C:
                return tf.yes
        print([tf.no for tf in tf.D], {v.no for v in variables.E})
        def k():
            global late
            late = tf.F
        late.x
        node = node.left
        node = node.right
        node.up
    """
    names = [name for name, _ in uses(source)]
    assert not [name for name in names if "no" in name.split(".")]
    assert {"Module", "yes", "D", "F", "F.x", "python.ops.variables.A", "python.ops.variables.C"} <= set(names)
    assert names.count("yes") == 1 and "python.ops.variables.E" in names


def test_what_a_program_does_without_is_guarded():
    source = """
        try:
            from tensorflow.contrib import rnn
        except ImportError:
            from tensorflow.models import rnn
        try:
            import tensorflow.keras
        except:
            pass
        import tensorflow as tf
        try:
            tf.one
            tf.two
        except (KeyError, AttributeError):
            tf.three
        try:
            tf.four
        except Exception:
            pass
        rnn.cell
    """
    found = uses(source)
    assert [n for n, _ in found if n.endswith("?")] == ["contrib.rnn?", "keras?", "one?", "two?"]
    assert {"models.rnn", "three", "four"} <= {n for n, _ in found}
    (last,) = [u.names for u in usage.read(textwrap.dedent(source)).uses if u.line == 20]
    assert last == ("contrib.rnn.cell", "models.rnn.cell")


def test_arguments_by_name():
    found = usage.read("import tensorflow as tf\ntf.a(1, x=tf.b(y=2), **k)(z=3)\ntf.c.d(w=1).e(v=2)\n").uses
    assert [(u.names, u.keywords) for u in found] == [(("a",), ("x",)), (("b",), ("y",)), (("c.d",), ("w",))]


def test_names_of_a_star_are_loose():
    source = "from tensorflow.nn import *\nfrom os import path\ndef f(x):\n  return relu(x) + len(path)\n"
    assert uses(source) == [("nn", 1), ("nn.relu*", 4)]


@pytest.mark.parametrize(
    "source, line", [("x = 1\nprint 'a'\n", 2), ("try:\n  1\nexcept A, e:\n  2\n", 3), (b"x\0", 1), (b"# coding: foo\n", 1)]
)
def test_what_does_not_parse_is_named(source, line):
    program = usage.read(source)
    assert [p[:2] for p in program.problems] == [(None, line)] and program.world() == "v1"


PYTHON_2 = """
import tensorflow as tf
import sys
print tf.one, 'x',
print "a: %d" % tf.two  # why
print
print >> sys.stderr, tf.three
print >>sys.stderr
if tf.four <> 3L: print tf.five; x = 0777
try:
\tprint `tf.six`
\traise ValueError, tf.seven
except (tf.eight, ValueError), e:
    exec "x = 1"
    print(tf.nine), tf.ten
print_it = {'print': 1}
self.print = ur'x'
"""


def test_names_of_python_2_are_read_too():
    program = usage.read(PYTHON_2)
    names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    assert [u.names[0] for u in program.uses] == names
    assert [u.line for u in program.uses] == [4, 5, 7, 9, 9, 11, 12, 13, 15, 15] and len(program.problems) == 1


def test_a_notebook_is_one_program():
    text = notebook(
        "%tensorflow_version 2.x\n%matplotlib inline\nimport tensorflow as tf\n",
        [
            "!pip install a \\\n",
            "   --quiet\n",
            "files = !ls\n",
            "tf.add?\n",
            "if files:\n",
            "    %time tf.zeros([1])\n",
            "tf.ones",
        ],
        "%%bash\ntf.no",
        "%%time\nx = tf.range(\n  5\n  %2)",
        "print 'old'",
        "await tf.late",
    )
    program = usage.read_notebook(text)
    assert [(u.names[0], u.cell, u.line) for u in program.uses] == [("ones", 2, 7), ("range", 4, 2), ("late", 6, 1)]
    assert [p[:2] for p in program.problems] == [(5, 1)] and program.world() == "v2"
    assert usage.read_notebook(notebook("tf.no", kind="markdown")).uses == []
    old = json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": "import tensorflow as t\nt.Session"}]}]})
    assert usage.read_notebook(old).world() == "v1" and len(usage.read_notebook(old).uses) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', '{"cells": [{"source": "x"}]}', '{"cells": [3]}'])
def test_other_files_are_no_notebooks(text):
    with pytest.raises(ValueError, match="must be a Jupyter notebook"):
        usage.read_notebook(text)


def test_nothing_is_warned_of(recwarn):
    assert usage.read("import tensorflow as tf\ntf.a('\\d') is 3\n").uses and usage.without_magics("'\\d'\n%x") == "'\\d'\npass"
    assert not recwarn.list


def test_magics_leave_the_lines_where_they_were():
    assert usage.without_magics("x = ('%d'\n  % 3)\n%time y") == "x = ('%d'\n  % 3)\npass"
    assert usage.without_magics("a, b = %run x\nb??") == "a, b = None\npass"
    assert usage.without_magics("% matplotlib inline\nx = 1") == "pass\nx = 1"
    assert usage.without_magics("%%html\n<b>\n</b>") == "\n\n"


LINES = [
    "import tensorflow as tf",
    "tf.nn.relu",
    "x = tf.y",
    "x = x.y",
    "def f(tf):",
    "  tf.z",
    "global x",
    "%%bash",
    "!ls \\",
    "%a",
]
WORDS = st.sampled_from([*LINES, "y?"])


@given(st.lists(WORDS | st.text(max_size=8), max_size=12))
def test_any_text_is_read(lines):
    text = "\n".join(lines)
    program = usage.read(text)
    assert program.world() in ("v1", "v2")
    assert all(1 <= u.line <= text.count("\n") + 1 and u.names for u in program.uses)
    assert usage.read_notebook(notebook(text)).world() in ("v1", "v2")
    assert len(usage.without_magics(text).split("\n")) == len(text.split("\n"))
