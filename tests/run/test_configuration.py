"""`tf.config`: real devices, settings that are read when they start, and refusals afterwards."""

import os
import subprocess
import sys

import jax
import pytest

import mainstem as tf2
import mainstem.v1 as tf
from mainstem.run import configuration, memory


def in_process(code, api="v2"):
    head = f"import mainstem{'.v1' if api == 'v1' else ''} as tf\ne = tf.config.experimental\n"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XLA_", "PJRT_"))}
    subprocess.run([sys.executable, "-W", "error", "-c", head + code], check=True, env={**environment, "JAX_PLATFORMS": "cpu"})


def test_the_cpu_is_split_in_earnest():
    in_process("""
assert e.list_physical_devices("GPU") == []  # starts the devices, and leaves nothing on them
(cpu,) = e.list_physical_devices("CPU")
assert cpu == tf.config.PhysicalDevice("/physical_device:CPU:0", "CPU")
parts = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, parts)
assert tf.config.get_logical_device_configuration(cpu) == parts
tf.config.threading.set_intra_op_parallelism_threads(3)
assert [d.name for d in e.list_logical_devices()] == ["/device:CPU:0", "/device:CPU:1"]
with tf.device("/CPU:1"):
    x = tf.matmul(tf.ones([64, 64]), tf.ones([64, 64]))
assert x.device == "/job:localhost/replica:0/task:0/device:CPU:1", x.device
for change in (
    lambda: tf.config.set_logical_device_configuration(cpu, parts[:1]),
    lambda: tf.config.threading.set_intra_op_parallelism_threads(4),
    lambda: tf.config.set_visible_devices([]),
):
    try:
        change()
    except RuntimeError as error:
        assert "cannot be modified after" in str(error)
    else:
        raise AssertionError
""")


def test_determinism_is_a_flag_of_the_start():
    in_process("""
import os
e.enable_op_determinism()
assert os.environ["XLA_FLAGS"].endswith("--xla_gpu_deterministic_ops=true")
assert (tf.ones([2]) + 1.0).numpy().tolist() == [2.0, 2.0]
e.enable_op_determinism()
""")


def test_graph_mode_on_a_split_cpu():
    in_process(
        """
cpus = e.list_physical_devices("CPU")
e.set_virtual_device_configuration(cpus[0], [e.VirtualDeviceConfiguration(), e.VirtualDeviceConfiguration()])
with tf.Session() as s:
    assert [d.name[-5:] for d in s.list_devices()] == ["CPU:0", "CPU:1"]
    with tf.device("/CPU:1"):
        v = tf.get_variable("v", initializer=2.0)
    s.run(v.initializer)
    assert s.run(v * 3.0) == 6.0
""",
        "v1",
    )


def test_a_gpu_that_is_not_there():
    cpus = tf.config.experimental.list_physical_devices("CPU")
    with pytest.raises(ValueError, match="non-GPU"):
        tf.config.experimental.set_memory_growth(cpus[0], True)
    with pytest.raises(ValueError, match="Unrecognized device: 'x'"):
        tf2.config.experimental.set_memory_growth("x", True)
    with pytest.raises(ValueError, match="Setting memory limit on CPU"):
        tf2.config.set_logical_device_configuration(cpus[0], [tf2.config.LogicalDeviceConfiguration(memory_limit=9)])
    with pytest.raises(ValueError, match="No matching devices"):
        tf2.config.experimental.get_memory_info("GPU:99")


class _Gpu:
    """Stands for a JAX device of a machine with GPUs."""

    platform, device_kind, compute_capability = "cuda", "Some GPU", "9.0"

    def __init__(self, i):
        self.id = i

    def memory_stats(self):
        return {"bytes_limit": 8 * 2**30, "bytes_in_use": 5, "peak_bytes_in_use": 7}


@pytest.fixture
def gpus(monkeypatch):
    found = [*jax.local_devices(), _Gpu(0), _Gpu(1)]
    monkeypatch.setattr(configuration.jax, "local_devices", lambda backend=None: found[:1] if backend == "cpu" else found)
    monkeypatch.setattr(configuration, "_settings", configuration._Settings())
    configuration.devices.devices.cache_clear()
    yield configuration.list_physical_devices("GPU")
    configuration.devices._shown.clear()
    configuration.devices.devices.cache_clear()


def test_growth_is_the_default_and_a_late_change_is_said(gpus, monkeypatch):
    assert [g.name for g in gpus] == ["/physical_device:GPU:0", "/physical_device:GPU:1"]
    monkeypatch.setenv(memory.PREALLOCATE, "false")
    monkeypatch.setattr(configuration._settings, "started", True)
    assert tf.config.experimental.get_memory_growth(gpus[0])
    tf.config.experimental.set_memory_growth(gpus[0], True)
    with pytest.warns(UserWarning, match=r"GPU:0 comes too late.*XLA_PYTHON_CLIENT_PREALLOCATE=true in the environment"):
        tf.config.experimental.set_memory_growth(gpus[0], False)


def test_a_gpu_cannot_be_split_but_limited(gpus, monkeypatch):
    stopped = []
    monkeypatch.setattr(configuration, "_stop", lambda: stopped.append(1))
    monkeypatch.setattr(configuration, "_running", lambda: False)
    monkeypatch.setenv(memory.FRACTION, "0.75")
    part = tf2.config.LogicalDeviceConfiguration(memory_limit=1024)
    with pytest.raises(NotImplementedError, match="2 virtual devices on /physical_device:GPU:0"):
        tf2.config.set_logical_device_configuration(gpus[0], [part, part])
    tf2.config.set_logical_device_configuration(gpus[0], [part])
    assert stopped and float(os.environ[memory.FRACTION]) == pytest.approx(0.75 / 8, rel=1e-3)
    assert tf2.config.experimental.get_memory_info("GPU:1") == {"current": 5, "peak": 7}
    assert tf2.config.experimental.get_device_details(gpus[0])["compute_capability"] == (9, 0)


def test_hidden_gpus_are_not_listed(gpus, monkeypatch):
    used = {}
    monkeypatch.setattr(configuration.jax.config, "update", used.__setitem__)
    monkeypatch.setattr(configuration, "_running", lambda: False)
    tf2.config.set_visible_devices(gpus[1], "GPU")
    assert tf2.config.get_visible_devices("GPU") == [gpus[1]] and used["jax_default_device"].id == 1
    assert [d.name for d in configuration.list_logical_devices_v1("GPU")] == ["/job:localhost/replica:0/task:0/device:GPU:1"]
    tf2.config.set_visible_devices([], "GPU")
    assert used["jax_default_device"].platform == "cpu" and tf2.config.get_visible_devices("GPU") == []
    with pytest.raises(ValueError, match="Expected a device of type CPU"):
        tf2.config.set_visible_devices(gpus, "CPU")


def test_switches_are_remembered(monkeypatch):
    monkeypatch.setattr(configuration, "_settings", configuration._Settings())
    assert (tf.config.get_soft_device_placement(), tf2.config.get_soft_device_placement()) == (False, True)
    tf.config.set_soft_device_placement(True)
    assert tf.config.get_soft_device_placement()
    assert (tf.config.optimizer.get_jit(), tf2.config.optimizer.get_jit()) == (False, "")
    tf.config.optimizer.set_jit(True)
    assert (tf.config.optimizer.get_jit(), tf2.config.optimizer.get_jit()) == (True, "autoclustering")
    tf.config.optimizer.set_experimental_options({"constant_folding": True, "no_such": 1})
    assert tf.config.optimizer.get_experimental_options() == {
        "disable_model_pruning": False, "disable_meta_optimizer": False, "constant_folding": True,
    }  # fmt: skip
    with pytest.raises(ValueError, match="Not a valid device policy: 'loud'"):
        tf.config.experimental.set_device_policy("loud")
    with pytest.raises(NotImplementedError, match="'warn'"):
        tf.config.experimental.set_device_policy("warn")
    with pytest.raises(NotImplementedError, match="connect_to_host"):
        tf.config.experimental_connect_to_host("localhost:1")
    assert tf2.config.experimental.tensor_float_32_execution_enabled()
