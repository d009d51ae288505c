"""Running a program one operation at a time: for step statistics and for partial runs, which need every intermediate value."""

import time

import jax
import numpy as np

from mainstem.lower import host
from mainstem.lower.eager import Eager


class Stepper(Eager):
    """Evaluates the operations of a device segment eagerly; `watch(op, start, end, outputs)` sees each, times in seconds."""

    def __init__(self, plan, segment, big, watch):
        super().__init__(plan, segment, big)
        self.watch = watch

    def _run(self, op):
        start = time.time()
        super()._run(op)
        outputs = [self.values.get(t) for t in op._outputs]
        jax.block_until_ready([o for o in outputs if isinstance(o, jax.Array)])
        self.watch(op, start, time.time(), outputs)


def run(program, values, watch, scope):
    """Runs `program` with feed `values` op by op; gives the fetched arrays and all computed values by tensor.

    `scope` is the context manager in which jax code runs.
    """
    known = dict(zip(program.feeds, values))
    for s in program.segments:
        if not hasattr(s, "segment"):
            _host(program, s, known, watch)
            continue
        seg = s.segment
        with program.slots.lock, scope():
            s.start()
            s.check()
            stepper = Stepper(program.plan, seg, s.big, watch)
            statics = tuple(np.asarray(known[t]) for t in seg.statics)
            # copies: the slots' own arrays may be donated by a later compiled run
            outputs, new = stepper(
                statics,
                [jax.numpy.array(x.value) for x in s.replaced],
                [x.value for x in s.kept],
                s.constants,
                [jax.numpy.asarray(known[t]) for t in seg.inputs],
            )
            for slot, v in zip(s.written, new):
                slot.value = v
        known.update(stepper.values)
        known.update(zip(seg.outputs, outputs))
    return [program._fetched(t, known) for t in program.fetches], known


def _host(program, segment, known, watch):
    for op in segment.ops:
        start = time.time()
        host.run_one(program.plan, op, known, program.slots)
        watch(op, start, time.time(), [known.get(t) for t in op._outputs])
