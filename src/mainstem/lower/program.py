"""`Program`: the compiled form of one set of fetches and feeds; running it is a jitted call a device segment."""

import copy
import functools
import warnings

import jax
import numpy as np

from mainstem.base import errors, shapes
from mainstem.core import evaluate
from mainstem.lower import cache, callback, eager, effects, heap, host, kernels, options, plan, trace

ENOUGH = 2 * trace.MANY_SHAPES  # shapes for which a program is compiled that can do without


def scope():
    """64-bit types for our calls only: the user's own JAX code keeps its setting."""
    return jax.enable_x64(True)


class DeviceSegment:
    """A segment that XLA runs: its slots, its feeds, and one jitted function for every value of its static inputs."""

    def __init__(self, p, segment, slots):
        self.plan, self.segment = p, segment
        written = set(segment.writes) - self._resized()  # memory of another size cannot be reused
        segment.writes_read = [n for n in segment.reads if n in written]
        segment.reads_only = [n for n in segment.reads if n not in written]
        self.big = self._big_constants()
        self.constants = None
        self._bind(slots)
        self.functions = {}
        self.changeable, self.compiled = eager.Changing.suits(segment), set()
        self.callbacks = any(effects.is_functional(op) and effects.of(op).callbacks for op in segment.ops)
        self.cold_runs, self.settling = 0, None
        if options.tiered(segment.ops):
            self.cold_runs = options.RUNS_BEFORE_SPEED
            self.settling = heap.Settling(self.cold_runs)
        self.function = None if segment.statics else self._jit(())

    def _resized(self):
        """The variables whose shape may change."""
        held = dict(self.plan.handles.values())
        return {n for n in self.segment.writes if n in held and not shapes.known(held[n].attrs.get("shape", ()))}

    def _bind(self, slots):
        segment = self.segment
        get = lambda n: slots.get(n, segment.lines.get(n))  # noqa: E731
        self.replaced = [get(n) for n in segment.writes_read]
        self.kept = [get(n) for n in segment.reads_only]
        self.written = [get(n) for n in segment.writes]
        self.streams = self._streams(slots)
        self.initial = self._is_initial()

    def again(self, p, slots):
        """This segment for other slots: what was compiled serves both."""
        made = copy.copy(self)
        made.plan, made.constants = p, None
        made._bind(slots)
        return made

    def _streams(self, slots):
        """Hidden slots (random streams) that must get their first value before the first run."""
        return [
            (slots.get("state:" + name), definition, attrs)
            for op in self.segment.ops
            for name, (definition, attrs) in self.plan.streams(op).items()
        ]

    def _is_initial(self):
        """Whether the segment only gives variables values that need no others, as initializers do, which run once."""
        s = self.segment
        return bool(s.writes) and not (s.inputs or s.statics or s.outputs) and all(n.startswith("state:") for n in s.reads)

    def _initialize(self):
        stepper = eager.Initializer(self.plan, self.segment, self.big)
        _, new = stepper((), [s.value for s in self.replaced], [], self.constants, [])
        for slot, v in zip(self.written, new):
            slot.value = v
        heap.trim()
        return []

    def _big_constants(self):
        seen = {}
        for op in self.segment.ops:
            for t in op._inputs:
                if t._op.type == "Const" and t not in self.plan.fed and t._op.attrs["value"].nbytes > plan.BIG_CONSTANT:
                    seen[t] = None
        return list(seen)

    def _function(self, inputs, statics):
        """What runs the segment for these values of its static inputs and shapes of the others."""
        if self.changeable:
            key = (_key(statics), tuple(v.shape for v in inputs))
            if key not in self.compiled:
                if len(self.compiled) >= ENOUGH:
                    return functools.partial(eager.Changing(self.plan, self.segment, self.big), statics)
                self.compiled.add(key)
        if self.function is not None:
            return self.function
        function = self.functions.get(_key(statics))
        if function is None:
            function = self.functions[_key(statics)] = self._jit(tuple(statics))
            self._watch_statics()
        return function

    def _jit(self, statics):
        tracer = trace.Tracer(self.plan, self.segment, self.big)

        def step(replaced, kept, constants, inputs):
            # strict promotion is set while tracing only: entering it for every call cost 3 µs
            with jax.numpy_dtype_promotion("strict"):
                return tracer(statics, replaced, kept, constants, inputs)

        # the name is part of the key of the persistent compilation cache, so it must not vary between processes
        step.__name__ = "mainstem_step"
        return jax.jit(
            step, donate_argnums=(0,), compiler_options=None if self.cold_runs else options.fastest_for(self.segment.ops)
        )

    def _watch_statics(self):
        """Warns once when a value that XLA must know keeps changing: every new value is a new compilation."""
        if len(self.functions) == trace.MANY_SHAPES:
            names = ", ".join(t.name for t in self.segment.statics)
            warnings.warn(
                f"This program was compiled for {len(self.functions)} values of {names}, which a shape or an axis depends on. "
                "Each new value costs a compilation; keep it constant or use a few values.",
                stacklevel=2,
            )

    def _speed_up(self, inputs, statics):
        """Compiles the segment anew for speed, now that it has run often, and runs it; see `options`."""
        self.functions, self.function = {}, None
        heap.trim()  # the slow form is garbage before the fast one is made
        function = self._jit(tuple(statics))
        if self.segment.statics:
            self.functions[_key(statics)] = function
        else:
            self.function = function
        function.lower([s.owned() for s in self.replaced], [s.value for s in self.kept], self.constants, inputs).compile()
        heap.trim()  # and what the compiler used, before the first step takes its own memory
        heap.keep()
        return self.call(inputs, statics)

    def start(self):
        """Puts big constants on the device and starts random streams; called before the first run."""
        cache.enable()
        if not self.cold_runs:
            heap.keep()
        self.constants = [eager.put(t._op.attrs["value"]) for t in self.big]
        for slot, definition, attrs in self.streams:
            if slot.value is None:
                slot.value = eager.put(definition.state(**evaluate.kernel_attrs(definition, attrs)))

    @property
    def shares(self):
        """Whether it runs under the slots' lock: not once it is compiled and has no slots, so threads of a pipeline run side by side."""
        return self.constants is None or bool(self.cold_runs or self.replaced or self.kept or self.written)

    def check(self):
        """Raises FailedPreconditionError naming the first variable that has no value yet."""
        for slot in (*self.replaced, *self.kept):
            if slot.value is None:
                owner = next((o for t, (n, o) in self.plan.handles.items() if n == slot.name), None)
                raise host.uninitialized(slot, owner)

    def call(self, inputs, statics=()):
        """Runs the segment; gives its outputs. Call inside `scope()`."""
        if self.settling is not None:
            if self.constants is None:  # the first run
                kernels.forget_initial()
            self.settling()
        if self.cold_runs:
            self.cold_runs -= 1
            if not self.cold_runs:
                return self._speed_up(inputs, statics)
        function = self._function(inputs, statics) if self.function is None or self.changeable else self.function
        if self.constants is None:
            self.start()
        if self.initial:
            self.initial = False  # one that runs again (an accumulator's reset) is worth compiling after all
            return self._initialize()
        replaced = [s.owned() for s in self.replaced]
        kept = [s.value for s in self.kept]
        try:
            outputs, new = function(replaced, kept, self.constants, inputs)
        except BaseException:
            if self.callbacks:
                callback.raise_failures()
            self.check()  # a slot without a value reaches the trace as None: name the variable instead
            raise
        for slot, v in zip(self.written, new):
            slot.value = v
        if self.callbacks:
            callback.raise_failures()
        return outputs


def _key(statics):
    return tuple((s.shape, s.dtype.str, s.tobytes()) for s in statics)


class Program:
    """A plan bound to the slots of one session.

    `feeds` and `fetches` are tensors in the order in which `run` takes and gives their values.
    """

    def __init__(self, fetches, targets, feeds, slots, done=frozenset()):
        self.arguments = (fetches, targets, feeds, slots, done)
        self.plan = plan.Plan(fetches, targets, feeds, done, stay=True)
        self.plan.program = type(self)
        self.slots, self.fetches, self.feeds = slots, list(fetches), list(feeds)
        self.segments = [s if s.host else DeviceSegment(self.plan, s, slots) for s in self.plan.segments]
        self.missing = [o for o in self.plan.placeholders if o._outputs[0] not in self.plan.fed]
        self.waiting = _any_order(self.plan.ops)
        self._find_direct()

    def _find_direct(self):
        self.direct = None
        if len(self.segments) == 1 and isinstance(self.segments[0], DeviceSegment):
            only = self.segments[0]
            if only.segment.inputs == self.feeds and only.segment.outputs == self.fetches and not only.segment.statics:
                self.direct = only

    def again(self, slots):
        """This program for other slots, so with random streams that start anew: what was compiled serves both."""
        made = copy.copy(self)
        made.arguments = (*self.arguments[:3], slots, *self.arguments[4:])
        made.plan, made.slots = self.plan.again(), slots
        made.segments = [s.again(made.plan, slots) if isinstance(s, DeviceSegment) else s for s in self.segments]
        made._find_direct()
        return made

    def run(self, values):
        """Runs with feed values (in the order of `feeds`, already of the right dtype); gives arrays in the order of `fetches`."""
        try:
            return self._run(values)
        except trace.Apart as e:
            if any(s.writes or (s.host and any(op.definition.stateful for op in s.ops)) for s in e.done):
                raise e.error from None  # what was done cannot be done again
            e.take_out()
        self.__init__(*self.arguments)
        return self.run(values)

    def _run(self, values):
        if self.direct is not None:
            with self.slots.lock, scope():
                return self.direct.call(values)
        if self.missing:
            raise unfed(self.missing[0])
        known = dict(zip(self.feeds, values))
        late = {} if self.waiting else None
        for s in self.segments:
            if not isinstance(s, DeviceSegment):
                host.run(self.plan, s, known, self.slots, late)
                continue
            seg = s.segment
            if late and any(host.depends(op, late) for op in seg.ops):
                host.finish(known, late)
            statics = [np.asarray(known[t]) for t in seg.statics]
            shares = s.shares
            if shares:
                self.slots.enter()
            try:
                with scope():
                    outputs = s.call([known[t] for t in seg.inputs], statics)
            except trace.Apart as e:
                e.done = self.plan.segments[: self.segments.index(s)]
                raise
            finally:
                if shares:
                    self.slots.lock.release()
            known.update(zip(seg.outputs, outputs))
        if late:
            host.finish(known, late)
        return [self._fetched(t, known) for t in self.fetches]

    def _fetched(self, t, known):
        if t in known:
            return known[t]
        return host.concrete(self.plan, t, known, self.slots)


def _any_order(ops):
    """Whether some of the operations may wait for other threads, and only the run tells which of them can go on first."""
    count, after = (
        0,
        {},
    )  # operation -> how many of those that may wait it comes after, when it comes after all of the first ones
    for op in ops:
        before = max((after.get(o, 0) for o in (*(t._op for t in op._inputs), *op._control_inputs)), default=0)
        if op.definition.waits:
            if before < count:
                return True
            count = before = count + 1
        after[op] = before
    return False


def unfed(op):
    """The error for a placeholder that the run needs and does not feed."""
    t = op._outputs[0]
    shape = "" if t._shape is None else f" and shape {list(t._shape)}"
    return errors.InvalidArgumentError(
        None,
        op,
        f"You must feed a value for placeholder tensor '{op.name}' with dtype {t._dtype.name}{shape} {op.where()}",
    )
