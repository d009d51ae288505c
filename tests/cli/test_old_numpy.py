"""`mainstem run` gives programs of TensorFlow 1's years the NumPy names of those years."""

import subprocess
import sys

PROGRAM = """
import numpy as np
import tensorflow as tf
print(np.reshape(np.arange(4), newshape=(2, 2)).tolist(), np.reshape(np.arange(4), (4, 1)).shape, np.reshape(np.ones(2), -1, order="F"))
print(np.float is float, np.asscalar(np.array([3])), np.product([2, 3]), np.Inf, np.zeros(1, np.int).dtype.kind)
{use}
"""


def _run(tmp_path, use):
    (tmp_path / "program.py").write_text(PROGRAM.format(use=use))
    command = [sys.executable, "-m", "mainstem", "run", "program.py"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_old_programs_have_the_old_names(tmp_path):
    done = _run(tmp_path, "tf.placeholder(tf.float32)")
    assert done.stdout == "[[0, 1], [2, 3]] (4, 1) [1. 1.]\nTrue 3 6 inf i\n", done.stderr


def test_new_programs_have_todays_numpy(tmp_path):
    done = _run(tmp_path, "tf.GradientTape()")
    assert done.returncode == 1 and "TypeError" in done.stderr or "AttributeError" in done.stderr


def test_arrays_have_tostring():
    code = (
        "import numpy as np; from mainstem.cli import old_numpy; old_numpy.restore();"
        "assert np.arange(3, dtype='u1').tostring() == b'\\x00\\x01\\x02' and np.float32(1).tostring() == np.float32(1).tobytes();"
        "assert np.fromstring(b'\\x01\\x02', np.uint8).tolist() == [1, 2] and np.fromstring('3 4', int, sep=' ').tolist() == [3, 4];"
        "class A(np.ndarray): pass\n"
        "assert np.zeros(2, 'u1').view(A).tostring() == b'\\0\\0'"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code.replace(";class", "\nclass")], check=True)
