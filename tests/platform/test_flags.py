"""`tf.flags` and `tf.app`, each program in a process of its own: flags are global."""

import subprocess
import sys

import pytest

HEAD = "import mainstem.v1 as tf\nflags = tf.app.flags\nFLAGS = flags.FLAGS\n"


def run(code, *args):
    done = subprocess.run([sys.executable, "-c", HEAD + code, *args], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.split(), done.stderr


def test_flags_are_parsed_when_first_read():
    code = """
flags.DEFINE_string("name", "a", "doc")
flags.DEFINE_integer("n", 1, "doc")
flags.DEFINE_boolean("fast", False, "doc")
flags.DEFINE_float("rate", default_value=0.5, docstring="doc")
flags.DEFINE_integer(flag_name="late", default_value=3, docstring="doc")
print(FLAGS.n, FLAGS.name, FLAGS.fast, FLAGS.rate, FLAGS.late)
FLAGS.n = 7
print(FLAGS.n, "n" in FLAGS, "zzz" in FLAGS, FLAGS["n"].value)
"""
    rc, out, err = run(code, "--n=5", "--fast", "--rate", "0.25", "--unknown=1")
    assert (rc, out) == (0, ["5", "a", "True", "0.25", "3", "7", "True", "False", "7"]), err


def test_app_run_parses_and_leaves_unknown_flags_in_argv():
    code = """
flags.DEFINE_integer("n", 1, "doc")
def main(argv):
    print(FLAGS.n, *argv[1:])
    return 3
tf.app.run()
"""
    rc, out, err = run(code, "--n=2", "rest", "--other=1")
    assert (rc, out) == (3, ["2", "rest", "--other=1"]), err


def test_app_run_with_a_function_of_its_own():
    rc, out, err = run("tf.app.run(main=lambda argv: print(len(argv)), argv=['prog', 'x', 'y'])")
    assert (rc, out) == (0, ["3"]), err


@pytest.mark.parametrize("args", [("--n=abc",), ("--n",)])
def test_a_wrong_value_is_an_error(args):
    rc, out, err = run('flags.DEFINE_integer("n", 1, "doc")\ntf.app.run(main=lambda argv: print("ran"))', *args)
    assert rc != 0 and "ran" not in out and "n" in err
