"""AutoGraph against TensorFlow 2.21 (`tests/golden/record_functions.py`), and what goes beyond it."""

import functools
import json
import logging
import pathlib
import subprocess
import sys
import traceback

import numpy as np
import pytest

import mainstem.v2 as tf
from tests.run import autograph_programs
from tests.run.test_function import agree

GOLDEN = json.loads((pathlib.Path(__file__).parent.parent / "golden" / "functions.json").read_text())
pytestmark = pytest.mark.usefixtures("eager_mode")


@pytest.mark.parametrize("name", autograph_programs.PROGRAMS)
def test_programs_give_what_tensorflow_gives(name):
    agree(autograph_programs.PROGRAMS[name](tf), GOLDEN[f"autograph.{name}"], name)


def line_of(function, offset):
    return function.__code__.co_firstlineno + offset


def raised(kind, f, *args):
    with pytest.raises(kind) as e:
        f(*args)
    return e.value


def checks(x):
    y = 0
    if x > 0:
        z = x
    return y + z


def loops(x):
    y = 0.0
    for i in tf.range(x):
        y = i
    return y


@pytest.mark.parametrize(
    "function, kind, words, offset",
    [
        (checks, ValueError, "'z' must also be initialized in the else branch", 2),
        (loops, TypeError, "'y' has dtype float32", 2),
    ],
)
def test_errors_name_the_variable_and_the_users_line(function, kind, words, offset):
    error = raised(kind, tf.function(function), tf.constant(3))
    assert words in str(error)
    assert f"test_autograph.py:{line_of(function, offset)}" in str(error)


def deep(x):
    if x > 0:
        for _ in range(2):
            x = deeper(
                x,
            )
    return x


def deeper(x):
    return x + tf.zeros([2, 3]) @ tf.zeros([2, 3])


def test_tracebacks_show_the_users_own_lines():
    error = raised(ValueError, tf.function(deep), tf.constant(1.0))
    frames = [(f.name, f.lineno) for f in traceback.extract_tb(error.__traceback__) if f.filename == __file__]
    assert ("deep", line_of(deep, 3)) in frames and ("deeper", line_of(deeper, 1)) in frames
    assert {n for n, _ in frames} <= {"deep", "deeper", "raised"}


def test_operations_know_the_users_line():
    f = tf.function(deep, autograph=True)
    g = tf.function(lambda x: x * 2 if x > 0 else x)
    graph = g.get_concrete_function(tf.constant(1)).graph
    line = next(op.line for op in graph.get_operations() if op.type == "Greater")
    assert line[0] == __file__ and f is not None


def test_beyond_tensorflow():
    """Tensors where TensorFlow 2.21 raises."""

    @tf.function
    def returns(x):
        for v in x:
            if v > 2:
                return v * 10
        return tf.constant(-1)

    @tf.function
    def pairs(x, y):
        total = 0
        for i, (a, b) in enumerate(zip(x, y)):
            total += i * a + b
        return total

    @tf.function
    def numbered(x):
        total = 0
        for i, a in enumerate(x, 1):
            total += i * a
        return total

    @tf.function
    def asserted(x):
        assert x > 0, f"{'too'} small"
        return x

    @tf.function
    def extremes(x):
        return max(x), min(x), sum(x), any(x > 2), all(x > 2), sorted(x, reverse=True)

    assert returns(tf.constant([1, 2, 3, 4])).numpy() == 30 and returns(tf.constant([1])).numpy() == -1
    assert numbered(tf.constant([3, 4, 5])).numpy() == 26
    assert asserted(tf.constant(1)).numpy() == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="too small"):
        asserted(tf.constant(-1))
    high, low, total, some, every, order = extremes(tf.constant([3, 1, 2]))
    assert (high.numpy(), low.numpy(), total.numpy(), some.numpy(), every.numpy()) == (3, 1, 6, True, False)
    assert order.numpy().tolist() == [3, 2, 1]


def test_a_loop_that_may_not_return_is_refused():
    @tf.function
    def f(x):
        for v in x:
            if v > 2:
                return v

    with pytest.raises(ValueError, match="a return statement is also needed after the loop"):
        f(tf.constant([1, 2, 3]))


def test_print_prints_when_tracing_unless_asked(capfd):
    def f(x):
        print("value", x)
        return x

    plain, every = tf.function(f), tf.function(f, experimental_autograph_options=tf.autograph.experimental.Feature.ALL)
    for _ in range(2):
        plain(tf.constant(1))
    assert capfd.readouterr().out.count("value Tensor(") == 1
    for _ in range(2):
        every(tf.constant(1))
    assert capfd.readouterr().out == "value 1\nvalue 1\n"


def test_code_without_source_runs_as_it_is(caplog):
    assert tf.function(eval("lambda x: x + 1"))(tf.constant(1)).numpy() == 2
    scope = {}
    exec(compile("def f(x):\n  return x + 1\n", "<console>", "exec"), scope)
    with caplog.at_level(logging.WARNING, "tensorflow"):
        f = tf.function(scope["f"])
        assert f(tf.constant(1)).numpy() == 2 and f(tf.constant(1.0)).numpy() == 2
    assert caplog.text.count("AutoGraph could not transform") == 1 and "do_not_convert" in caplog.text


def inner(x):
    return x * 2 if x > 0 else x


def outer(x):
    try:
        raise ValueError("three")
    except ValueError as e:
        if inner(x) > 0:
            return inner(x) + len(str(e))
        return x


def test_names_of_the_rewriting_are_in_nobodys_way():
    assert tf.function(outer)(tf.constant(5)).numpy() == 15


def test_generators_and_libraries_are_not_converted():
    @functools.lru_cache
    def cached(n):
        return n + 1

    def generated(n):
        yield from range(n)

    @tf.function
    def f(x):
        return x + np.sum([cached(1), sum(generated(3)), json.loads("4")])

    assert f(tf.constant(1)).numpy() == 10


def test_super_eval_and_locals_see_the_users_frame():
    class Base:
        def go(self, x):
            return x + 1

    class Own(Base):
        def go(self, x):
            y = 5
            assert eval("y") == 5 and locals()["y"] == 5
            return super().go(x) * 2

    assert tf.function(Own().go)(tf.constant(1)).numpy() == 4


def test_breakpoints_and_verbosity(capsys):
    tf.autograph.set_verbosity(2, alsologtostdout=True)
    try:
        tf.function(lambda x: x if x > 0 else -x)(tf.constant(1))
    finally:
        tf.autograph.set_verbosity(0)
    assert "ag__.if_exp" in capsys.readouterr().out


def test_malt_is_imported_by_the_first_conversion_only():
    code = (
        "import sys, mainstem as tf\n"
        "tf.add(1, 2); tf.function(lambda x: x, autograph=False)(tf.constant(1))\n"
        "assert 'malt' not in sys.modules\n"
        "@tf.function\n"
        "def f(x): return x\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"JAX_PLATFORMS": "cpu", "PATH": ""})
