"""`ConfigProto.gpu_options` as settings of JAX's allocator; by default a process takes GPU memory as it needs it."""

import os
import sys
import warnings

PREALLOCATE, FRACTION = "XLA_PYTHON_CLIENT_PREALLOCATE", "XLA_PYTHON_CLIENT_MEM_FRACTION"
VISIBLE = "CUDA_VISIBLE_DEVICES"


def backend_started():
    """Whether JAX has started its devices: from then on allocator settings are no longer read."""
    bridge = sys.modules.get("jax._src.xla_bridge")
    return bool(bridge is not None and bridge.backends_are_initialized())


def take_as_needed():
    """Keeps JAX from taking three quarters of the GPU at the start, unless the user's environment says otherwise."""
    if not backend_started():
        os.environ.setdefault(PREALLOCATE, "false")


def wanted(gpu_options):
    """The environment variables that stand for a `tf.GPUOptions`."""
    out = {}
    if gpu_options.per_process_gpu_memory_fraction:
        out[PREALLOCATE] = "false" if gpu_options.allow_growth else "true"
        out[FRACTION] = f"{gpu_options.per_process_gpu_memory_fraction:g}"
    elif gpu_options.allow_growth:
        out[PREALLOCATE] = "false"
    if gpu_options.visible_device_list:
        out[VISIBLE] = gpu_options.visible_device_list
    return out


def apply(config):
    """Applies the memory settings of a ConfigProto; warns, naming them, when the devices have started already."""
    if config is None or not hasattr(config, "gpu_options"):
        return
    settings = {k: v for k, v in wanted(config.gpu_options).items() if os.environ.get(k) != v}
    if not settings:
        return
    if backend_started():
        shown = ", ".join(f"{k}={v}" for k, v in settings.items())
        warnings.warn(
            f"gpu_options come too late: JAX has started its devices in this process. Make this session before any other, or set {shown} "
            "in the environment.",
            stacklevel=4,
        )
        return
    os.environ.update(settings)


take_as_needed()
