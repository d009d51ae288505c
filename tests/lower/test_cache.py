"""The directory of compiled programs, and XLA's options."""

import os
import subprocess
import sys

import jax
import numpy as np
import pytest

import mainstem.v1 as tf
from mainstem.lower import cache, options, program

PROGRAM = """
import mainstem.v1 as tf, numpy as np
x = tf.placeholder(tf.float32, [8, 8])
y = x
for i in range(6):
    y = tf.nn.softmax(tf.matmul(y, x) + float(i))
print(tf.Session().run(y, {x: np.eye(8)}).sum())
"""


@pytest.fixture
def unset(monkeypatch):
    monkeypatch.delenv("MAINSTEM_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", None)
    yield monkeypatch
    jax.config.update("jax_compilation_cache_dir", before)


def test_the_directory_is_chosen_by_the_environment(unset, tmp_path):
    unset.setenv("HOME", str(tmp_path))
    assert cache.directory() == str(tmp_path / ".cache" / "mainstem" / "xla")
    unset.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.directory() == str(tmp_path / "xdg" / "mainstem" / "xla")
    unset.setenv("MAINSTEM_CACHE_DIR", str(tmp_path / "own"))
    assert cache.directory() == str(tmp_path / "own")
    unset.setenv("MAINSTEM_CACHE_DIR", "off")
    assert cache.directory() is None
    cache.enable()
    assert jax.config.jax_compilation_cache_dir is None


def test_a_directory_of_the_program_itself_is_left_alone(unset, tmp_path):
    unset.setenv("MAINSTEM_CACHE_DIR", str(tmp_path / "own"))
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "theirs"))
    cache.enable()
    assert cache.directory() == jax.config.jax_compilation_cache_dir == str(tmp_path / "theirs")


@pytest.mark.parametrize("off", [False, True])
def test_programs_are_kept_unless_the_cache_is_off(tmp_path, off):
    env = {k: v for k, v in os.environ.items() if k not in ("JAX_COMPILATION_CACHE_DIR",)}
    env.update(MAINSTEM_CACHE_DIR="off" if off else str(tmp_path / "c"), HOME=str(tmp_path))
    env.pop("XDG_CACHE_HOME", None)
    out = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stderr
    assert abs(float(out.stdout) - 8.0) < 1e-4
    kept = list(tmp_path.rglob("*mainstem_step*"))
    assert bool(kept) != off


def test_options_are_those_that_this_xla_knows(monkeypatch):
    options.fastest.cache_clear()
    known = options.fastest()
    assert known is None or set(known) <= set(options.CPU)
    monkeypatch.setattr(options, "CPU", {"xla_no_such_option": True})
    options.fastest.cache_clear()
    assert options.fastest() is None
    monkeypatch.undo()
    options.fastest.cache_clear()
    assert options.fastest() == known


def _losses(steps=5):
    """What a small convolution loses while it learns, and the form in which its step ran last."""
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", initializer=np.linspace(-1, 1, 18).reshape(3, 3, 1, 2).astype("f"))
        y = tf.nn.conv2d(np.linspace(0, 1, 50).reshape(2, 5, 5, 1).astype("f"), w, [1, 1, 1, 1], "SAME")
        loss = tf.reduce_mean(tf.square(y - 1.0))
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        session.run(tf.global_variables_initializer())
        return [session.run([loss, step])[0] for _ in range(steps)]


def test_a_program_goes_on_where_it_was_when_it_is_compiled_for_speed(monkeypatch):
    made, plain = [], program.DeviceSegment._speed_up
    monkeypatch.setattr(program.DeviceSegment, "_speed_up", lambda self, *args: (made.append(1), plain(self, *args))[1])
    monkeypatch.setattr(options, "RUNS_BEFORE_SPEED", 10**9)
    slow = _losses()
    assert slow[-1] < slow[0] and not made
    monkeypatch.setattr(options, "RUNS_BEFORE_SPEED", 3)
    np.testing.assert_allclose(_losses(), slow, rtol=1e-5)
    assert len(made) == (options._version() >= (0, 11) and jax.default_backend() == "cpu")
