"""`tf.config`: which devices there are and which a program sees, GPU memory, threads, and switches that XLA answers for."""

import collections
import os
import warnings

import jax
import jax.extend.backend

from mainstem.run import devices, memory

PhysicalDevice = collections.namedtuple("PhysicalDevice", ["name", "device_type"])
LogicalDevice = collections.namedtuple("LogicalDevice", ["name", "device_type"])
VirtualDeviceConfiguration = collections.namedtuple("VirtualDeviceConfiguration", ["memory_limit"], defaults=[None])
LogicalDeviceConfiguration = collections.namedtuple(
    "LogicalDeviceConfiguration", ["memory_limit", "experimental_priority", "experimental_device_ordinal"], defaults=[None] * 3
)

_HOST = PhysicalDevice("/physical_device:CPU:0", "CPU")
_POLICIES = ("explicit", "silent", "silent_for_int32", "warn")
_OPTIMIZER = [
    "layout_optimizer",
    "constant_folding",
    "shape_optimization",
    "remapping",
    "arithmetic_optimization",
    "dependency_optimization",
    "loop_optimization",
    "function_optimization",
    "debug_stripper",
    "disable_model_pruning",
    "scoped_allocator_optimization",
    "pin_to_host_optimization",
    "implementation_selector",
    "auto_mixed_precision",
    "disable_meta_optimizer",
    "min_graph_nodes",
]
_THREADS = "PJRT_NPROC"  # how many threads XLA's pool on the host gets; read when the devices start


class _Settings:
    """What the functions below were told."""

    def __init__(self):
        self.visible, self.virtual, self.listed, self.started = None, {}, False, False
        self.intra, self.inter, self.policy, self.synchronous, self.soft = 0, 0, "silent", True, None
        self.jit, self.optimizer = None, {"disable_model_pruning": False, "disable_meta_optimizer": False}


_settings = _Settings()


def _running():
    """Whether the devices are in use: listing GPUs starts JAX's devices too, but leaves nothing on them."""
    return _settings.started or (memory.backend_started() and not (_settings.listed and not jax.live_arrays()))


def _stop():
    """Ends devices that were only listed, so that settings which are read at their start count."""
    if memory.backend_started():
        jax.extend.backend.clear_backends()
        _settings.listed = False
        devices.devices.cache_clear()


def _accelerators():
    _settings.listed = _settings.listed or not memory.backend_started()
    found = [d for d in jax.local_devices() if d.platform != "cpu"]
    kinds = [devices.kind(d) for d in found]
    return {PhysicalDevice(f"/physical_device:{k}:{kinds[:i].count(k)}", k): found[i] for i, k in enumerate(kinds)}


def list_physical_devices(device_type=None):
    """The devices of this machine as `PhysicalDevice(name, device_type)`: one "CPU", and what JAX finds of "GPU" or "TPU".

    Asking for anything but "CPU" starts JAX's devices, with GPU memory that is taken as it is needed.
    """
    host = [_HOST] if device_type in (None, "CPU") else []
    return host if device_type == "CPU" else host + [d for d in _accelerators() if device_type in (None, d.device_type)]


def _known(device):
    if device != _HOST and device not in _accelerators():
        raise ValueError(f"Unrecognized device: {device!r}. Take one from tf.config.list_physical_devices().")


def get_visible_devices(device_type=None):
    """The physical devices that operations may use."""
    seen = list_physical_devices(device_type) if _settings.visible is None else _settings.visible
    return [d for d in seen if device_type in (None, d.device_type)]


def set_visible_devices(devices, device_type=None):
    """Lets operations use these physical devices only; with `device_type`, only those of that type are chosen anew.

    The CPU stays: JAX cannot do without it. Raises ValueError for an unknown device and RuntimeError when devices are in use.
    """
    chosen = list(devices) if isinstance(devices, (list, tuple)) and not isinstance(devices, PhysicalDevice) else [devices]
    for d in chosen:
        _known(d)
        if device_type not in (None, d.device_type):
            raise ValueError(f"Expected a device of type {device_type}, but got {d}")
    wanted = chosen if device_type is None else chosen + [d for d in get_visible_devices() if d.device_type != device_type]
    if set(wanted) == set(get_visible_devices()):
        return
    if _running():
        raise RuntimeError(
            "Visible devices cannot be modified after being initialized: set them before the first operation runs."
        )
    _settings.visible = sorted(wanted)
    _use([d for d in wanted if d != _HOST])


def _use(wanted):
    found = _accelerators()
    jax.config.update("jax_default_device", found[min(wanted)] if wanted else jax.devices("cpu")[0])
    devices.show({found[d] for d in wanted})


def list_logical_devices_v1(device_type=None):
    """The devices that operations can name, as `LogicalDevice("/job:localhost/replica:0/task:0/device:CPU:0", "CPU")`."""
    _settings.started = True
    return [LogicalDevice(d.name, d.device_type) for d in devices.devices() if device_type in (None, d.device_type)]


def list_logical_devices(device_type=None):
    """The devices that operations can name, as `LogicalDevice("/device:CPU:0", "CPU")`."""
    return [LogicalDevice("/" + d.name.split("/")[-1], d.device_type) for d in list_logical_devices_v1(device_type)]


def experimental_list_devices():
    """The full names of the devices that operations can name."""
    return [d.name for d in list_logical_devices_v1()]


def get_memory_growth(device):
    """Whether a GPU's memory is taken as it is needed. Raises KeyError for other devices."""
    _known(device)
    if device.device_type != "GPU":
        raise KeyError(device)
    return os.environ.get(memory.PREALLOCATE, "true").lower() not in ("true", "1")


def set_memory_growth(device, enable):
    """True, taking a GPU's memory as it is needed, is the default here; False lets JAX take 3/4 at the start. Warns when it is too late.

    Raises ValueError for devices that are no GPUs.
    """
    _known(device)
    if device.device_type != "GPU":
        raise ValueError("Cannot set memory growth on non-GPU devices")
    if device in _settings.virtual:
        raise ValueError("Cannot set memory growth on device when virtual devices configured")
    if get_memory_growth(device) != bool(enable):
        _allocate(device, "false" if enable else "true")


def _allocate(device, value):
    if _running():
        warnings.warn(
            f"The memory growth of {device.name} comes too late: JAX has started its devices. Set it before the first operation runs, or "
            f"{memory.PREALLOCATE}={value} in the environment.",
            stacklevel=3,
        )
        return
    _stop()
    os.environ[memory.PREALLOCATE] = value


def get_virtual_device_configuration(device):
    """What `set_virtual_device_configuration` set for a physical device, or None."""
    _known(device)
    return _settings.virtual.get(device)


def set_virtual_device_configuration(device, virtual_devices):
    """Splits the CPU into several logical devices ("/CPU:0", "/CPU:1", …), which JAX has in earnest.

    Args:
        device: a physical device.
        virtual_devices: a list of `VirtualDeviceConfiguration`.

    Raises ValueError for an unknown device and for a memory limit of the CPU, RuntimeError when devices are in use already, and
    NotImplementedError for several parts of a GPU.
    """
    _known(device)
    parts = list(virtual_devices)
    if device == _HOST and any(p.memory_limit is not None for p in parts):
        raise ValueError("Setting memory limit on CPU virtual devices is currently not supported")
    if _settings.virtual.get(device) == parts:
        return
    if _running():
        raise RuntimeError(
            "Virtual devices cannot be modified after being initialized: set them before the first operation runs."
        )
    if device == _HOST:
        _split_host(len(parts))
    elif len(parts) > 1:
        raise NotImplementedError(
            f"{len(parts)} virtual devices on {device.name}: JAX cannot split a GPU. Use one part, or split the CPU."
        )
    else:
        _limit(_accelerators()[device], parts)
    _settings.virtual[device] = parts


def set_logical_device_configuration(device, logical_devices):
    """TensorFlow 2's `set_virtual_device_configuration`."""
    set_virtual_device_configuration(device, logical_devices)


def _split_host(parts):
    if parts < 1:
        raise ValueError("The CPU needs at least one virtual device")
    _stop()
    jax.config.update("jax_num_cpu_devices", parts)


def _limit(device, parts):
    limit, share = parts[0].memory_limit if parts else None, (device.memory_stats() or {}).get("bytes_limit")
    if limit is not None and share:
        fraction = float(os.environ.get(memory.FRACTION, 0.75)) * limit * 2**20 / share
        _stop()
        os.environ[memory.FRACTION] = f"{fraction:.4g}"


def get_memory_info(device):
    """The bytes of a device, named as "GPU:0", that are in use now and were at most: {"current": …, "peak": …}; the CPU counts none."""
    found = [d for d in [*jax.local_devices(backend="cpu"), *jax.local_devices()] if _named(d, device)]
    if not found:
        raise ValueError(f"No matching devices found for '{device}'")
    stats = (found[0].memory_stats() if found[0].platform != "cpu" else None) or {}
    return {"current": stats.get("bytes_in_use", 0), "peak": stats.get("peak_bytes_in_use", 0)}


def _named(device, name):
    return f"{devices.kind(device)}:{device.id}" == str(name).split("/")[-1].removeprefix("device:").upper()


def get_memory_usage(device):
    """The bytes of a device that are in use now."""
    return get_memory_info(device)["current"]


def reset_memory_stats(device):
    """Forgets the peak of the CPU's memory, which counts none. Raises NotImplementedError for others: JAX cannot reset a peak."""
    if get_memory_info(device)["peak"]:
        raise NotImplementedError(f"tf.config.experimental.reset_memory_stats('{device}'): JAX cannot reset a device's peak.")


def get_device_details(device):
    """What JAX knows of a physical device: {"device_name": …, "compute_capability": (9, 0)} for an NVIDIA GPU, {} for the CPU."""
    _known(device)
    if device == _HOST:
        return {}
    found = _accelerators()[device]
    details, capability = {"device_name": found.device_kind}, getattr(found, "compute_capability", None)
    if capability:
        details["compute_capability"] = tuple(map(int, str(capability).split(".")))
    return details


def get_intra_op_parallelism_threads():
    """The number of threads that one operation may use; 0 leaves it to XLA."""
    return _settings.intra


def set_intra_op_parallelism_threads(num_threads):
    """Sets the size of XLA's pool of threads on the host; 0 leaves it to XLA. Raises RuntimeError once devices have started."""
    if num_threads == _settings.intra:
        return
    if _running():
        raise RuntimeError("Intra op parallelism cannot be modified after initialization.")
    _stop()
    _settings.intra = num_threads
    if num_threads:
        os.environ[_THREADS] = str(num_threads)
    else:
        os.environ.pop(_THREADS, None)


def get_inter_op_parallelism_threads():
    """What `set_inter_op_parallelism_threads` set, else 0."""
    return _settings.inter


def set_inter_op_parallelism_threads(num_threads):
    """Accepted: operations of one program share XLA's only pool, see `set_intra_op_parallelism_threads`. Raises as that does."""
    if num_threads == _settings.inter:
        return
    if _running():
        raise RuntimeError("Inter op parallelism cannot be modified after initialization.")
    _settings.inter = num_threads


def get_soft_device_placement_v1():
    """Whether operations may run elsewhere than on the device they name; False where nothing was set."""
    return bool(_settings.soft)


def get_soft_device_placement():
    """Whether operations may run elsewhere than on the device they name; True where nothing was set."""
    return _settings.soft in (None, True)


def set_soft_device_placement(enabled):
    """Accepted: a device that this machine lacks is replaced by the default one either way."""
    _settings.soft = bool(enabled)


def get_optimizer_jit_v1():
    """What `set_jit` set. XLA compiles everything here either way."""
    return bool(_settings.jit)


def get_optimizer_jit():
    """What `set_jit` set: "" or "autoclustering". XLA compiles everything here either way."""
    return "autoclustering" if _settings.jit in (True, "autoclustering") else ""


def set_optimizer_jit(enabled):
    """Accepted: XLA compiles everything here."""
    _settings.jit = enabled


def get_optimizer_experimental_options():
    """What `set_experimental_options` set."""
    return dict(_settings.optimizer)


def set_optimizer_experimental_options(options):
    """Remembers the options of TensorFlow's graph optimizer among `options`; XLA's passes have none of them."""
    _settings.optimizer |= {k: options[k] for k in _OPTIMIZER if k in options}


def get_device_policy():
    """What eager operations do with tensors of another device: "silent", they copy them."""
    return _settings.policy


def set_device_policy(device_policy):
    """Takes "silent", "silent_for_int32" and None. Raises ValueError for other words, NotImplementedError for "explicit" and "warn"."""
    policy = "silent" if device_policy is None else device_policy
    if policy not in _POLICIES:
        raise ValueError(f"Not a valid device policy: {device_policy!r}. Choose one of {', '.join(_POLICIES)}.")
    if policy in ("explicit", "warn"):
        raise NotImplementedError(
            f"tf.config.experimental.set_device_policy({policy!r}): tensors are copied between devices silently."
        )
    _settings.policy = policy


def get_synchronous_execution():
    """What `set_synchronous_execution` set, else True."""
    return _settings.synchronous


def set_synchronous_execution(enable):
    """Accepted: JAX runs operations in the background either way, and waits when a value is looked at."""
    _settings.synchronous = bool(enable)


def enable_tensor_float_32_execution(enabled):
    """Whether products and convolutions of float32 on NVIDIA GPUs may round their inputs to TensorFloat-32; programs to come obey."""
    jax.config.update("jax_default_matmul_precision", None if enabled else "float32")


def tensor_float_32_execution_enabled():
    """Whether products and convolutions of float32 may round their inputs to TensorFloat-32."""
    return jax.config.jax_default_matmul_precision in (None, "default", "fastest", "tensorfloat32")


def enable_op_determinism():
    """Has operations give the same results in every run: on the CPU they do; XLA's for GPUs are told by a flag read at their start.

    Random operations draw from the seeds that the program sets; without one they differ. Raises RuntimeError when a GPU is in use already.
    """
    flag, flags = "--xla_gpu_deterministic_ops=true", os.environ.get("XLA_FLAGS", "")
    if flag in flags:
        return
    if _running():
        if _accelerators():
            raise RuntimeError(
                f"enable_op_determinism comes too late: devices are in use. Call it first, or set XLA_FLAGS={flag}."
            )
        return
    _stop()
    os.environ["XLA_FLAGS"] = f"{flags} {flag}".strip()


def enable_mlir_bridge():
    """Accepted: JAX gives XLA its programs in MLIR."""


def disable_mlir_bridge():
    """Accepted, see `enable_mlir_bridge`."""


def connect_to_host(remote_host=None, job_name="worker"):
    """Raises NotImplementedError: there are no servers here."""
    raise NotImplementedError("connect_to_host: Mainstem has no servers of a cluster; everything runs in this process.")


def connect_to_cluster_v1(cluster_spec_or_resolver, job_name="localhost", task_index=0, protocol=None):
    """Raises NotImplementedError: there are no servers here."""
    raise NotImplementedError("connect_to_cluster: Mainstem has no servers of a cluster; everything runs in this process.")


def connect_to_cluster(
    cluster_spec_or_resolver,
    job_name="localhost",
    task_index=0,
    protocol=None,
    make_master_device_default=True,
    cluster_device_filters=None,
):
    """Raises NotImplementedError: there are no servers here."""
    connect_to_cluster_v1(cluster_spec_or_resolver, job_name, task_index, protocol)
