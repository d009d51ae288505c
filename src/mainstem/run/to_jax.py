"""The way out: a part of a graph, or a tf.function, as a pure JAX function and its parameters."""

import contextlib
import warnings

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors, nest
from mainstem.core import evaluate
from mainstem.eager.tensor import EagerTensor
from mainstem.grad import inside, registry
from mainstem.graph import sessions
from mainstem.graph.graph import get_default_graph
from mainstem.graph.tensor import Operation, Tensor
from mainstem.lower import own, trace
from mainstem.lower.plan import Plan
from mainstem.run.concrete import ConcreteFunction
from mainstem.run.fetches import Fetches
from mainstem.run.function import Function


def to_jax(what, *args, session=None, updates=False):
    """Gives `(fn, params)`: a pure function of JAX arrays, and the values of the variables that it reads, by their names.

    Two forms:
        `to_jax(fetches, feeds, session=None)`: fetches are tensors (nested as for `Session.run`), feeds a placeholder or a list
            of them; variables have their values of `session` (default: the default session).
        `to_jax(f, *example_args)`: a tf.function or a ConcreteFunction; the arguments choose the trace.

    `fn(params, *feeds)` gives the fetches' values as JAX arrays in the structure of the fetches. It works under `jax.jit`,
    `jax.grad`, `jax.vmap`; its reverse-mode gradients are TensorFlow's, also at ties and kinks and where the program defines its own
    (forward mode JAX has for none of these). Unless `jax_enable_x64` is set, 64-bit types are 32-bit ones, as everywhere in JAX.

    Random ops: `fn.streams` is a pytree with the state of each op's random stream. `fn(params, *feeds)` draws the same numbers at
    every call; `fn(params, *feeds, streams=s)` goes on from `s` and gives `(result, new streams)`.

    With `updates`, what assigns to variables runs too and the result is `(result, new params)`; without, it is refused.

    Raises NotImplementedError for what JAX cannot run (strings, files, Python callbacks), naming op and line, ValueError for a
    placeholder that is not fed or an assignment without `updates`, FailedPreconditionError for a variable without a value.
    """
    if isinstance(what, (Function, ConcreteFunction)):
        return _of_function(what, args, updates)
    if len(args) > 1:
        raise TypeError(f"to_jax(fetches, feeds) takes two positional arguments. Got {len(args) + 1}; feeds are one list.")
    return _of_graph(what, args[0] if args else [], session, updates)


def _of_graph(fetches, feeds, session, updates):
    leaves = [f for f in nest.flatten(fetches) if isinstance(f, (Tensor, Operation))]
    graph = (leaves[0].graph if isinstance(leaves[0], Operation) else leaves[0]._op.graph) if leaves else get_default_graph()
    session = sessions.required(session, graph, "to_jax")
    mapped = Fetches(graph, fetches)
    feeds = [graph.as_graph_element(f, allow_operation=False) for f in nest.flatten(feeds)]
    known = {s.name: s.value for s in session._slots}
    pure = _Pure(mapped.tensors, mapped.operations, feeds, updates)
    return pure.convert(known, {n: n for n in pure.slots}, mapped.build)


def _of_function(f, args, updates):
    concrete = f if isinstance(f, ConcreteFunction) else f.get_concrete_function(*args)
    graph = concrete._graph
    feeds = [t for t in graph.inputs[: concrete._count] if t._dtype is not dtypes.resource]
    if any(not outer._is_eager for outer, _ in graph.captures):
        raise ValueError("to_jax: the function uses tensors of the graph around it.")
    if concrete._before is not None:
        concrete._before.call_flat([_zeros(t) for t in feeds])
    constants, names, known = {}, {}, {}
    for outer, inner in graph.captures:
        if outer._dtype is dtypes.resource:
            names[inner._op.name] = _unique(outer._value.name, names.values())
            known[inner._op.name] = outer._value.value
        else:
            constants[inner] = outer._value
    pure = _Pure(graph.outputs, graph.targets, feeds, updates, constants, names)
    return pure.convert(known, names, concrete._pack)


def _zeros(t):
    return EagerTensor(np.zeros([d or 1 for d in t._shape or ()], t._dtype.np), t._dtype)


def _unique(name, taken):
    made, i = name, 0
    while made in taken:
        i += 1
        made = f"{name}_{i}"
    return made


_WIDE = frozenset(f"mainstem.ops.{name}" for name in ("random", "random_special", "candidates"))


@contextlib.contextmanager
def _width_of_user():
    """The user's own setting of 64-bit types holds: a trace of theirs is compiled under it. They know what it means."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Explicitly requested dtype")
        yield


def _narrow(value):
    """An array in the user's width."""
    kind = jax.dtypes.canonicalize_dtype(value.dtype)
    return value if value.dtype == kind else value.astype(kind)


class _Pure:
    """The plan of some fetches, played inside the user's own trace."""

    def __init__(self, fetches, targets, feeds, updates, constants=(), names=None):
        self.fetches, self.feeds, self.updates = fetches, feeds, updates
        self.constants = dict(constants)
        fed = [*feeds, *self.constants]
        self.plan = Plan(list(fetches), list(targets), fed)
        kept = _own_gradients(self.plan)
        if kept:
            self.plan = Plan([*fetches, *kept], list(targets), fed)
        self._refuse(names or {})
        self.slots, self.streams = {}, {}
        for s in self.plan.segments:
            for name in (*s.reads, *s.writes):
                if not name.startswith("state:"):
                    self.slots[name] = s.lines.get(name)
            for op in s.ops:
                self.streams.update(self.plan.streams(op))
        for t in fetches:
            if t in self.plan.handles and t not in self.plan.fed:
                self.slots.setdefault(self.plan.handles[t][0], t._op.line)

    def _refuse(self, names):
        for op in self.plan.placeholders:
            if op._outputs[0] not in self.plan.fed:
                raise ValueError(f"to_jax: placeholder '{op.name}' is needed and not among the feeds {op.where()}")
        for s in self.plan.segments:
            if s.host:
                raise NotImplementedError(f"to_jax: {s.ops[0].type} runs in Python, not in JAX {s.ops[0].where()}")
            for op in s.ops:
                if op.definition.host:
                    raise NotImplementedError(f"to_jax: {op.type} runs in Python, not in JAX {op.where()}")
                written = [n for n in self.plan.touches(op)[1] if not n.startswith("state:")]
                if written and not self.updates:
                    raise ValueError(
                        f"to_jax: {op.type} assigns to variable '{names.get(written[0], written[0])}'; with updates=True the function gives the new "
                        f"values {op.where()}"
                    )

    def convert(self, known, names, build):
        """Gives (fn, params). `known`: values by slot; `names`: parameter names by slot; `build(values)` makes the result."""
        params = {}
        with _width_of_user():
            for slot, line in self.slots.items():
                if known.get(slot) is None:
                    where = f" (made at {line[0]}:{line[1]})" if line else ""
                    raise errors.FailedPreconditionError(None, None, f"to_jax: variable '{slot}' has no value{where}")
                params[names[slot]] = jnp.array(_narrow(known[slot]), copy=True)
            streams = {}
            for name, (op, attrs) in self.streams.items():
                value = known.get("state:" + name)
                value = op.state(**evaluate.kernel_attrs(op, attrs)) if value is None else value
                streams[name] = jnp.array(value, copy=True)

        self.names, self.kinds, self.build = names, {slot: known[slot].dtype for slot in self.slots}, build

        def fn(params, *feeds, streams=None):
            if len(feeds) != len(self.feeds):
                raise TypeError(f"This function takes params and {len(self.feeds)} feeds. Got {len(feeds)}.")
            with _width_of_user(), jax.numpy_dtype_promotion("strict"):
                return self._call(params, feeds, fn.streams if streams is None else streams, streams is not None)

        fn.streams = streams
        return fn, params

    def _call(self, params, feeds, streams, going_on):
        slots = {slot: jnp.asarray(params[self.names[slot]], kind) for slot, kind in self.kinds.items()}
        slots.update(("state:" + n, v) for n, v in streams.items())
        result = self.build(self._run(feeds, slots))
        result = jax.tree.map(_array, result, is_leaf=lambda v: isinstance(v, EagerTensor))
        extra = []
        if self.updates:
            extra.append({**params, **{self.names[slot]: slots[slot] for slot in self.slots}})
        if going_on:
            extra.append({n: slots["state:" + n] for n in self.streams})
        return (result, *extra) if extra else result

    def _run(self, feeds, slots):
        values = {t: _narrow(v) for t, v in self.constants.items()}
        for t, v in zip(self.feeds, feeds):
            values[t] = jnp.asarray(v, t._dtype.np)
        for s in self.plan.segments:
            given = {t: values[t] for t in s.inputs}
            for t in s.statics:
                given[t] = _known(t, values[t])
            found, after = _Tracer(self.plan, s, ()).evaluate(given, dict(slots))
            slots.update((n, after[n]) for n in s.writes)
            values.update((t, found[t]) for t in s.outputs)
        return [self._fetched(t, values, slots) for t in self.fetches]

    def _fetched(self, t, values, slots):
        if t in values:
            return jnp.asarray(values[t])
        if t in self.plan.handles:
            return slots[self.plan.handles[t][0]]
        return jnp.asarray(_narrow(t._op.attrs["value"]))


def _own_gradients(plan):
    """Prepares gradients of the user's own; gives the tensors that they use, which the plan must have, too."""
    kept = {}
    for op in plan.ops:
        inside.prepare(op.attrs)
        if "_gradient_op_type" in op.attrs:
            if op.own_gradient is None:
                registered, fn = registry.find(op)
                if registered and fn is not None:
                    op.own_gradient = inside.OwnGradient(op.graph, op, fn)
            kept.update(dict.fromkeys(op.own_gradient.captured if op.own_gradient is not None else ()))
    return list(kept)


def _array(v):
    return v._value if isinstance(v, EagerTensor) else v


def _known(t, value):
    try:
        return np.asarray(value)
    except jax.errors.TracerArrayConversionError:
        raise NotImplementedError(
            f"to_jax: a shape or an axis depends on the value of {t.name}, so the function cannot be traced over it {t._op.where()}"
        ) from None


class _Tracer(trace.Tracer):
    """Evaluates operations so that JAX's reverse mode gives TensorFlow's gradients, and the user's own."""

    def _value(self, t):
        # JAX 0.12 remembers the type of a NumPy array by its identity: one that a session uses must not be met in another width
        if t not in self.values and t._op.type == "Const":
            self.values[t] = _narrow(t._op.attrs["value"])
        return super()._value(t)

    def _evaluate(self, op, args, state=()):
        if op.definition.module in _WIDE and not jax.config.jax_enable_x64:
            return self._wide(op, args, state)
        if state or op.definition.writes or not own.has_own(op) or any(isinstance(a, tuple) for a in args):
            return super()._evaluate(op, args, state)
        return own.run(op, args, self)

    def _wide(self, op, args, state):
        """Random numbers come of 64-bit arithmetic, whatever the user's setting; what leaves is of the user's width."""
        with jax.enable_x64(True):
            given = [a.astype(t._dtype.np) if isinstance(a, jax.Array) else a for a, t in zip(args, op._inputs, strict=True)]
            made = super()._evaluate(op, given, state)
        return [m if m is None else _narrow(m) for m in made]
