"""GPU memory options: settings of JAX's allocator while they can still be read, a warning afterwards."""

import os
import subprocess
import sys

import jax
import pytest

from mainstem.formats import protos
from mainstem.run import memory


def config(**options):
    return protos.ConfigProto(gpu_options=protos.GPUOptions(**options))


def test_options_become_settings():
    assert memory.wanted(config(allow_growth=True).gpu_options) == {memory.PREALLOCATE: "false"}
    got = memory.wanted(config(per_process_gpu_memory_fraction=0.25, visible_device_list="1").gpu_options)
    assert got == {memory.PREALLOCATE: "true", memory.FRACTION: "0.25", memory.VISIBLE: "1"}
    assert memory.wanted(config().gpu_options) == {}


def test_too_late_is_said(monkeypatch):
    jax.devices()
    monkeypatch.delenv(memory.FRACTION, raising=False)
    with pytest.warns(UserWarning, match="too late.*XLA_PYTHON_CLIENT_MEM_FRACTION=0.5"):
        memory.apply(config(per_process_gpu_memory_fraction=0.5))
    assert memory.FRACTION not in os.environ


def test_in_time():
    code = (
        "import os, mainstem.v1 as tf\n"
        "assert os.environ['XLA_PYTHON_CLIENT_PREALLOCATE'] == 'false'\n"
        "o = tf.GPUOptions(per_process_gpu_memory_fraction=0.5)\n"
        "tf.Session(config=tf.ConfigProto(gpu_options=o), graph=tf.Graph())\n"
        "assert os.environ['XLA_PYTHON_CLIENT_MEM_FRACTION'] == '0.5'\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XLA_")}
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=environment)
