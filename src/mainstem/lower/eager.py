"""Running operations one by one, each through a jitted kernel that is compiled once for all operations alike.

Used where compiling the whole program would be waste: initializers run once and hold the same few operations hundreds of times
(measured: 10 blocks of convolution, batch norm and Adam slots: 7.2 s to compile as one program, 0.4 s op by op).
"""

import collections

import jax
import numpy as np

from mainstem.lower import kernels
from mainstem.lower.trace import Tracer

_ASSIGN = ("Assign", "AssignVariableOp")
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


class Initializer(Eager):
    """Evaluates initial values; each array goes as soon as nobody needs it, so that memory holds the variables once."""

    initial = True

    def __init__(self, plan, segment, big):
        super().__init__(plan, segment, big)
        self.uses = collections.Counter(t for op in segment.ops for t in op._inputs)

    def _evaluate(self, op, args, state=()):
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
