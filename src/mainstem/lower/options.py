"""What XLA is told when it compiles a program, by platform."""

import functools

import jax
import jaxlib

# Measured on 2 CPU cores (AVX-512), steps of 128 and 64 images: conv_net 282 -> 226 ms of CPU, ResNet-20 543 -> 404.
# oneDNN takes the convolutions and matrix products; YNNPACK's fusions would claim them first and are slower here.
CPU = {"xla_cpu_experimental_onednn_custom_call": True, "xla_cpu_experimental_ynn_fusion_type": ""}
# From jaxlib 0.12 on (0.10.2 can), a program with a oneDNN convolution cannot be written to the compilation cache
# (serializing it raises MemoryError), and compiling it anew takes seconds in every process. So there a program runs from the
# cache first, and is compiled for speed when it has run this often: always at the same run, so that results repeat.
RUNS_BEFORE_SPEED = 3
CONVOLUTIONS = frozenset(("Conv2D", "Conv3D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "Conv2DBackpropFilter"))


def _version():
    return tuple(int(n) for n in jaxlib.__version__.split(".")[:2])


@functools.cache
def fastest():
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


def tiered(ops):
    """Whether the fastest form of a program with these operations cannot be cached, so that it must be earned."""
    return _version() >= (0, 11) and jax.default_backend() == "cpu" and any(op.type in CONVOLUTIONS for op in ops)
