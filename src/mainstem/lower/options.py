"""What XLA is told when it compiles a program, by platform."""

import functools

import jax

# Measured on 2 CPU cores (AVX-512), steps of 128 and 64 images: conv_net 282 -> 226 ms of CPU, ResNet-20 543 -> 404.
# oneDNN takes the convolutions and matrix products; YNNPACK's fusions would claim them first and are slower here.
CPU = {"xla_cpu_experimental_onednn_custom_call": True, "xla_cpu_experimental_ynn_fusion_type": ""}


@functools.cache
def compiler_options():
    """The options for the default backend that this version of XLA knows, or None."""
    if jax.default_backend() != "cpu":
        return None
    known = {}
    for name, value in CPU.items():
        try:
            jax.jit(lambda: 0, compiler_options={name: value}).lower().compile()
        except (RuntimeError, ValueError):  # an XLA without this option refuses it by name
            continue
        known[name] = value
    return known or None
