"""What XLA is told when it compiles a program, by platform."""

import functools
import os

import jax
import jaxlib

from mainstem.lower import effects

# Measured on 2 CPU cores (AVX-512), steps of 128 and 64 images: conv_net 282 -> 226 ms of CPU, ResNet-20 543 -> 404.
# oneDNN takes the convolutions and matrix products; YNNPACK's fusions would claim them first and are slower here.
# XLA splits a program into 32 modules, compiled in parallel; each holds a compiler of its own: conv_net's took 115 MiB, in 4 parts 77.
PARTS = max(4, 2 * (os.cpu_count() or 1))
CPU = {
    "xla_cpu_experimental_onednn_custom_call": True,
    "xla_cpu_experimental_ynn_fusion_type": "",
    "xla_cpu_parallel_codegen_split_count": PARTS,
}
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
    if _knows(CPU):
        return CPU
    return {name: value for name, value in CPU.items() if _knows({name: value})} or None


def _knows(options):
    try:
        jax.jit(lambda: 0, compiler_options=options).lower().compile()
    except (RuntimeError, ValueError):  # an XLA without one of them refuses it by name
        return False
    return True


def fastest_for(ops):
    """`fastest()`, but None for loops with convolutions: oneDNN's take any layout there.

    Measured: the filter gradient of [32, 8, 8, 8] with 16 3x3 filters, in four steps of a loop 43 ms, without oneDNN 2.4.
    """
    return None if _convolves(ops, effects.LOOPS) else fastest()


def tiered(ops):
    """Whether the fastest form of a program with these operations cannot be cached, so that it must be earned."""
    if _version() < (0, 11) or jax.default_backend() != "cpu" or _convolves(ops, effects.LOOPS):
        return False
    return _convolves(ops)


def _convolves(ops, within=None):
    """Whether there is a convolution among operations and the bodies that they run; only inside of the op types `within`."""
    if within is None and any(op.type in CONVOLUTIONS for op in ops):
        return True
    return any(
        _convolves(graph._list, None if within is None or op.type in within else within)
        for op in ops
        if effects.is_functional(op)
        for _, graph in effects.bodies_in(op.attrs)
    )
