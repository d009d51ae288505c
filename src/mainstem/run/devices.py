"""The devices of this process, as `Session.list_devices` and `device_lib.list_local_devices` show them."""

import dataclasses
import functools
import random

import jax

_HOST_LIMIT = 256 * 2**20  # what TensorFlow says of the host, whatever memory it has
_PREFIX = "/job:localhost/replica:0/task:0"


@dataclasses.dataclass(frozen=True)
class DeviceAttributes:
    """A device: its full name ("/job:localhost/replica:0/task:0/device:CPU:0"), "CPU" or "GPU", its memory and a number of this run."""

    name: str
    device_type: str
    memory_limit_bytes: int
    incarnation: int
    physical_device_desc: str = ""

    def __repr__(self):
        return f"_DeviceAttributes({self.name}, {self.device_type}, {self.memory_limit_bytes}, {self.incarnation})"


class LocalDevice:
    """A device as `device_lib` shows it: the name has no job, and the text is that of a protocol buffer."""

    def __init__(self, attributes):
        self.name = attributes.name.removeprefix(_PREFIX)
        self.device_type, self.memory_limit = attributes.device_type, attributes.memory_limit_bytes
        self.incarnation, self.physical_device_desc = attributes.incarnation, attributes.physical_device_desc

    def __repr__(self):
        lines = [f'name: "{self.name}"', f'device_type: "{self.device_type}"', f"memory_limit: {self.memory_limit}"]
        lines += ["locality {", "}", f"incarnation: {self.incarnation}"]
        return "\n".join(
            [*lines, *([f'physical_device_desc: "{self.physical_device_desc}"'] * bool(self.physical_device_desc)), ""]
        )


_shown = []  # the accelerators that a program wants to see, a set, once it said so


def show(accelerators):
    """Hides all JAX devices beside the CPU but these from `devices`."""
    _shown[:] = [accelerators]
    devices.cache_clear()


@functools.cache
def devices():
    """The `DeviceAttributes` of every device that operations can run on, as a tuple: the CPU first."""
    found = [d for d in jax.local_devices() if d.platform != "cpu"]
    return tuple(map(_attributes, [*jax.local_devices(backend="cpu"), *(d for d in found if not _shown or d in _shown[0])]))


def kind(device):
    """TensorFlow's word for the kind of a JAX device: "CPU", "GPU", "TPU"."""
    return "GPU" if device.platform.upper() in ("GPU", "CUDA", "ROCM") else device.platform.upper()


def _attributes(device):
    kind_, host = kind(device), device.platform == "cpu"
    stats = (device.memory_stats() if not host else None) or {}
    described = f"device: {device.id}, name: {device.device_kind}" if not host else ""
    limit = stats.get("bytes_limit", _HOST_LIMIT)
    return DeviceAttributes(
        f"{_PREFIX}/device:{kind_}:{device.id}", kind_, limit, random.SystemRandom().getrandbits(63), described
    )


def list_local_devices(session_config=None):
    """The devices of this machine as a list of `LocalDevice`. `session_config` is taken and not needed."""
    return [LocalDevice(d) for d in devices()]
