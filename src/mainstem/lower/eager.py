"""Running operations one by one, each through a jitted kernel that is compiled once for all operations alike.

Used where compiling the whole program would be waste: initializers run once and hold the same few operations hundreds of times
(measured: 10 blocks of convolution, batch norm and Adam slots: 7.2 s to compile as one program, 0.4 s op by op).
"""

import collections
import math

import jax
import numpy as np

from mainstem.base import dtypes
from mainstem.lower import effects, kernels
from mainstem.lower.plan import SHAPE_OPS
from mainstem.lower.trace import Tracer
from mainstem.ops import philox, random

_ASSIGN = ("Assign", "AssignVariableOp")
SMALL = 2**16  # entries
DRAWS = ("RandomStandardNormal", "RandomUniform", "TruncatedNormal")
ARITHMETIC = ("Add", "AddV2", "Mul", "Sub")
SIZES = tuple(4**k for k in range(7, 12))  # of what is drawn at once: at most 4 Mi values, so that too many cost little
_SHARED = ("Const", "Identity", "PlaceholderWithDefault", "StopGradient", "Reshape")  # may give the array they took


def put(value):
    """`value` (an array of NumPy or JAX) as a new jax array on the device.

    `jnp.array` compiles two programs for every shape: conv_net's initial values took 20 of them, 16 MiB and 0.4 s.
    """
    if isinstance(value, jax.Array) and jax.default_backend() != "cpu":
        return value.copy()
    return jax.device_put(np.asarray(value), may_alias=False)


class Eager(Tracer):
    """Evaluates a device segment on concrete arrays."""

    def __init__(self, plan, segment, big):
        super().__init__(plan, segment, big)
        self.paired = set()  # a VJP node evaluates its forward operation itself

    initial = False  # whether the kernels are needed once a session

    def _evaluate(self, op, args, state=()):
        if op.type in _ASSIGN:
            return [put(args[1])]  # a copy: two slots must never share a buffer that a later step donates
        # jit hands an input that it returns unchanged straight through: two tensors would share one buffer
        results = kernels.call(op.definition, args, op.attrs, state, initial=self.initial)
        return [put(r) if any(r is a for a in args) else r for r in results]

    def _constant(self, value):
        return put(value)


def small(value):
    """Whether NumPy may work on a value: it is an array, and moving it costs nothing."""
    return getattr(value, "size", SMALL + 1) <= SMALL


class Changing(Eager):
    """Evaluates a segment whose shapes keep changing without compiling it for each of them.

    NumPy does what it can; the rest is compiled for each op and shape, which many segments share. A loop of Slim's `cluster_loss`
    has 8,000 shapes, and a process has no memory maps for that many programs.
    """

    @staticmethod
    def suits(segment):
        """Whether most operations have a NumPy twin and nothing is changed."""
        if segment.writes or any(t._dtype is dtypes.variant for t in (*segment.inputs, *segment.outputs)):
            return False
        if any(op.type == "SymbolicGradient" or effects.is_functional(op) for op in segment.ops):
            return False
        return sum(op.definition.fold is None and op.type not in SHAPE_OPS for op in segment.ops) <= len(segment.ops) // 4

    def __call__(self, statics, replaced, kept, constants, inputs):
        s = self.segment
        values = dict(zip(s.inputs, map(_at_hand, inputs)))
        values.update(zip(s.statics, statics))
        values.update(zip(self.big, constants))
        self.evaluate(values, dict(zip(s.reads_only, map(_at_hand, kept))))
        return [self.values[t] for t in s.outputs], []

    def _arrays(self, op, args):
        return args

    def _evaluate(self, op, args, state=()):
        return [_at_hand(r) for r in super()._evaluate(op, args, state)]


def _at_hand(value):
    return np.asarray(value) if small(value) else value


def _drawn(op, shape, state):
    """[state after, random values] from a kernel for one of few sizes, of which the first values are taken; None for other sizes.

    A value depends on its place only, and compiling such a kernel takes 0.2 to 0.8 s: a network with 18 shapes of weights took 14 s
    to initialize, and 4 s from kernels of `SIZES`, which all programs share.
    """
    shape = tuple(np.asarray(shape).tolist())
    count = math.prod(shape)
    size = next((n for n in SIZES if count <= n), None)
    if size is None or min(shape, default=1) < 1:
        return None
    kernel_shape = np.array([size], np.int32)
    _, values = kernels.call(op.definition, [kernel_shape], {**op.attrs, "T": dtypes.int32}, state, initial=True)
    after = philox.host_skip(np.asarray(state[0]), random.RESERVED * count)
    return [put(after), np.asarray(values)[:count].reshape(shape)]


def _plain(op, args):
    """Whether NumPy does it: arithmetic on what was drawn, with the same result as a kernel that each shape would need."""
    return op.type in ARITHMETIC and all(isinstance(a, np.ndarray) and a.dtype in (np.float32, np.float64) for a in args)


class Initializer(Eager):
    """Evaluates initial values; each array goes as soon as nobody needs it, so that memory holds the variables once."""

    initial = True

    def __init__(self, plan, segment, big):
        super().__init__(plan, segment, big)
        self.uses = collections.Counter(t for op in segment.ops for t in op._inputs)

    def _arrays(self, op, args):
        return args if _plain(op, args) else super()._arrays(op, args)

    def _evaluate(self, op, args, state=()):
        if _plain(op, args):
            return [op.definition.fold(*args)]
        if op.type in DRAWS and jax.default_backend() == "cpu":
            drawn = _drawn(op, args[0], state)
            if drawn is not None:
                return drawn
        source = op._inputs[1] if op.type in _ASSIGN else None
        if source is not None and source._op.type not in _SHARED and self.uses[source] == 1 and isinstance(args[1], jax.Array):
            return [args[1]]  # nobody else has this array
        return super()._evaluate(op, args, state)

    def _run(self, op):
        super()._run(op)
        for t in op._inputs:
            self.uses[t] -= 1
            if not self.uses[t] and t not in self.wanted and t._op.type != "Const":
                self.values.pop(t, None)
