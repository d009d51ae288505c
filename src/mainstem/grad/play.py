"""Playing records backwards: op by op at first, as one compiled function when the same computation comes again and again."""

import collections
import threading

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes
from mainstem.core import builder, registry
from mainstem.eager.context import context
from mainstem.eager.tensor import EagerTensor, wrap
from mainstem.grad import kinds
from mainstem.grad.gradients import _total
from mainstem.grad.recorder import CALL
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.lower import cache
from mainstem.lower.slots import Slot

PATIENCE = 2  # plays before a computation is compiled as a whole, and
STEPS_PER_PLAY = 50  # one more for so many records: compiling costs about as much as a hundred plays
KEPT = 256  # computations that are remembered


class Plan:
    """The way back through one structure of records, from some targets to some sources (numbers, None where not watched).

    `seeded` says which targets bring a gradient of their own; the others start with ones.
    """

    def __init__(self, steps, targets, sources, seeded):
        self.targets, self.sources, self.seeded = targets, sources, seeded
        self.steps = self._useful(steps)
        self.plays, self.compiled, self.jacobians = 0, {}, {}
        self.traceable = all(kind is not CALL and not kind.foreign for _, kind, _, _, _ in self.steps)
        self.patience = PATIENCE + len(self.steps) // STEPS_PER_PLAY
        self.wanted = frozenset(n for n in sources if n is not None)

    def _useful(self, steps):
        """The records on a way from a source to a target, last first: (index, kind, inputs, outputs, which inputs matter)."""
        reached = {n for n in self.sources if n is not None}
        on = []
        for _, ins, outs in steps:
            hit = any(type(n) is int and n in reached for n in ins)
            if hit:
                reached.update(n for n in outs if n >= 0)
            on.append(hit)
        needed, kept = {n for n in self.targets if n is not None}, []
        for index in range(len(steps) - 1, -1, -1):
            kind, ins, outs = steps[index]
            if on[index] and any(n in needed for n in outs):
                useful = tuple(type(n) is int and n in reached for n in ins)
                kept.append((index, kind, ins, outs, useful))
                needed.update(n for n, use in zip(ins, useful) if use)
        return kept

    def run(self, tensors, seeds, pulls):
        """One gradient a source: EagerTensor, IndexedSlices or None. `seeds`: gradients of the targets, None for ones."""
        self.plays += 1
        again = bool(context().tapes)  # outer tapes may differentiate the gradients
        if not self.steps or not self.traceable or self.plays <= self.patience:
            return self.walk(tensors, seeds, pulls, again)
        made = self.compiled.get(again)
        if made is None:
            made = self.compiled[again] = _Compiled(self, lambda ts, ss: self.walk(ts, ss, {}, again))
        try:
            return made(tensors, seeds)
        except Exception:  # an op on the way needs values: the walk goes on as before, and raises what is wrong
            self.traceable = False
            return self.walk(tensors, seeds, pulls, again)

    def walk(self, tensors, seeds, pulls, again):
        """The gradients, op by op; see `Kind.pull`."""
        grads, wanted = {}, self.wanted
        for n, seed in zip(self.targets, seeds):
            if n is not None:
                grads.setdefault(n, []).append(_ones(tensors[n]) if seed is None else seed)
        for index, kind, ins, outs, useful in self.steps:
            out = []
            for n in outs:
                parts = grads.get(n) if n in wanted else grads.pop(n, None)
                g = None if parts is None else _sum(parts)
                if parts is not None and n in wanted:
                    grads[n] = [g]
                out.append(g)
            if all(g is None for g in out):
                continue
            result = pulls[index](out) if kind is CALL else kind.pull(tensors, ins, outs, out, useful, again)
            for n, g, use in zip(ins, result, useful):
                if use and g is not None:
                    grads.setdefault(n, []).append(g)
        return [_sum(grads[n]) if n in grads else None for n in self.sources]

    # ---- one gradient for each of several seeds

    def rows(self, tensors, pulls, key, seeds):
        """Gradients for many seeds at once, along a new first dimension, whole (no IndexedSlices), or None.

        `seeds()` gives the array of seeds; `key` tells what it gives.
        """
        if not self.steps and not any(n in self.targets for n in self.wanted):
            return [None] * len(self.sources)
        again = bool(context().tapes)

        def batched(values, _):
            def back(seed):
                return [None if g is None else kinds.dense(g)._value for g in self.walk(values, [wrap(seed)], pulls, again)]

            return [None if g is None else wrap(g) for g in jax.vmap(back)(seeds())]

        if self.traceable:
            made = self.jacobians.get((key, again))
            if made is None:
                made = self.jacobians[key, again] = _Compiled(self, batched)
            try:
                return made(tensors, [None])
            except Exception:  # as in `run`
                self.traceable = False
        return self._rows_one_by_one(tensors, pulls, np.asarray(seeds()))

    def _rows_one_by_one(self, tensors, pulls, seeds):
        rows = [self.walk(tensors, [wrap(s)], pulls, bool(context().tapes)) for s in seeds]
        return [None if column[0] is None else _stacked(column) for column in zip(*rows)]


def _ones(t):
    v = t._value
    return wrap(jnp.ones(v.shape, v.dtype) if isinstance(v, jax.core.Tracer) else np.ones(v.shape, v.dtype))


def _stacked(column):
    return context().apply(registry.lookup("Pack"), ([kinds.dense(g) for g in column],), {})


def _sum(parts):
    return parts[0] if len(parts) == 1 else _total(context(), parts)


class _Compiled:
    """A plan's `backward(tensors, seeds)` as one jitted function of the arrays that it reads."""

    def __init__(self, plan, backward):
        self.plan, self.backward = plan, backward
        self.kinds, self.handles = (), {}
        read = {n for n in plan.targets if n is not None}
        for _, _, ins, outs, _ in plan.steps:
            read.update(n for n in ins if type(n) is int)
            read.update(n if n >= 0 else ~n for n in outs)
        self.read = sorted(read)
        self.seeds = [i for i, given in enumerate(plan.seeded) if given]
        self.pull = None

    def _prepare(self, tensors):
        self.size = len(tensors)
        # stand-ins for the variables, of which the structure tells dtype and shape: a plan outlives them
        self.handles = {
            n: EagerTensor(Slot("", None, tensors[n]._handle), dtypes.resource)
            for n in self.read
            if tensors[n]._dtype is dtypes.resource
        }
        self.read = [n for n in self.read if n not in self.handles]
        self.pull = kinds.Pull(self._traced, "tape")

    def _traced(self, *values):
        tensors = [None] * self.size
        for n, h in self.handles.items():
            tensors[n] = h
        for n, v in zip(self.read, values):
            tensors[n] = wrap(v)
        seeds = [None] * len(self.plan.seeded)
        for i, v in zip(self.seeds, values[len(self.read) :]):
            seeds[i] = wrap(v)
        with _unheard():
            result = self.backward(tensors, seeds)
        counts, flat = [], []
        for g in result:
            parts = [g.values, g.indices, g.dense_shape] if isinstance(g, IndexedSlices) else [g]
            counts.append(len(parts))
            flat += [None if p is None else jnp.asarray(p._value) for p in parts]
        self.kinds = tuple(counts)
        return flat

    def __call__(self, tensors, seeds):
        if self.pull is None:
            self._prepare(tensors)
        flat = kinds.apply(self.pull, [tensors[n] for n in self.read] + [seeds[i] for i in self.seeds])
        if len(flat) == len(self.kinds):
            return flat
        out, i = [], 0
        for n in self.kinds:
            out.append(IndexedSlices(*flat[i : i + n]) if n == 3 else flat[i])
            i += n
        return out


class _unheard:  # noqa: N801 - a context manager
    """What happens inside no tape hears, and runs in eager mode."""

    def __enter__(self):
        tapes = context().tapes
        self.saved = list(tapes)
        tapes.clear()
        builder.push(context())

    def __exit__(self, *exc):
        builder.pop(context())
        context().tapes[:] = self.saved


_plans, _lock = collections.OrderedDict(), threading.Lock()


def plan(recorder, targets, sources, seeded):
    """The plan for these records; the same one for the same computation."""
    key = (tuple(recorder.steps), tuple(recorder.handles), targets, sources, seeded)
    with _lock:
        found = _plans.get(key)
        if found is None:
            cache.enable()
            found = _plans[key] = Plan(key[0], targets, sources, seeded)
            if len(_plans) > KEPT:
                _plans.popitem(last=False)
        else:
            _plans.move_to_end(key)
        return found
