"""`import mainstem.v1` brings only what graph mode needs: what is heavy is imported by who needs it."""

import subprocess
import sys

# third-party packages that take long to import, or have nothing to do with running a graph
NOT_NEEDED = (
    "absl",
    "sklearn",
    "scipy",
    "PIL",
    "rich",
    "tensorboard.backend",
    "tensorboard.plugins",
    "grpc",
    "werkzeug",
    "tensorflow",
    "pytest",
)


def test_heavy_packages_stay_out():
    code = f"import sys, mainstem.v1; print(*[m for m in {NOT_NEEDED} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_dialects_are_imported_when_asked_for():
    code = """
import sys, mainstem.v1 as tf
def dialects(): return [m for m in sys.modules if m.startswith("mainstem.dialects.")]
x = tf.get_variable("x", [2])
step = tf.train.AdamOptimizer().minimize(tf.reduce_sum(x))
with tf.Session() as s:
    s.run(tf.global_variables_initializer())
    s.run(step)
assert not dialects(), dialects()
assert "contrib" in dir(tf) and dialects()
assert tf.contrib.layers.fully_connected and tf.layers.dense
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_paths_are_imported_when_asked_for():
    for line in ("import mainstem.v1.contrib.slim as slim; slim.conv2d", "from mainstem.v1 import *; layers.dense",
                 "from mainstem.v1.contrib import layers; layers.conv2d", "from mainstem.v1.python.ops import math_ops; math_ops.add",
                 "import mainstem.v1 as tf; tf.layers.dense; import mainstem.v2 as tf2; tf2.raw_ops.MatMul"):  # fmt: skip
        subprocess.run([sys.executable, "-c", line], check=True)
