"""One segment as one pure function: `(slots to replace, slots to read, inputs) -> (outputs, new slot values)`."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core import evaluate
from mainstem.core.registry import lookup
from mainstem.graph.func_graph import FuncGraph
from mainstem.lower import body, callback, counting, effects, folding, own
from mainstem.lower import plan as planning
from mainstem.ops.control import ShapesDiffer

MANY_SHAPES = 8  # compilations of one program for other shapes of its feeds, before the user is told
LARGE = 1 << 20  # bytes of a variable whose copy is worth avoiding
_USER_MISTAKES = (TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError)

# The attr of an operation whose result must have its dtype's precision: XLA fuses a product of float16 with the sum that takes it, and
# the processor then rounds once where TensorFlow rounds twice.
ROUNDED = "_rounded"


def _rounded(x):
    """A value with the bits of its own dtype only: XLA drops conversions there and back, but not this (a barrier held in JAX 0.12 only)."""
    bits = jax.numpy.finfo(x.dtype)
    return jax.lax.reduce_precision(x.astype(jax.numpy.float32), bits.nexp, bits.nmant).astype(x.dtype)


class Apart(Exception):
    """A branch or loop that has to be taken out of the program that XLA compiles, because of `error`."""

    def __init__(self, op, error):
        super().__init__(str(error))
        self.op, self.error, self.done = op, error, []  # `done`: the segments that ran before

    def take_out(self):
        """Marks the operation: the condition of a branch is computed before the program, a loop is run by Python."""
        self.op.attrs["_apart"] = True
        self.op.__dict__.pop("_effects", None)
        graph = self.op.graph
        while isinstance(graph, FuncGraph):
            graph._mutations += 1
            graph = graph.outer


class Tracer:
    """Evaluates the operations of a device segment, once for every set of input shapes, under `jax.jit`.

    A forward operation whose VJP node is in the segment is evaluated through `evaluate.vjp` once; the node gets the closure.
    """

    def __init__(self, plan, segment, big):
        self.plan, self.segment, self.big = plan, segment, big
        members = set(segment.ops)
        self.forward = {op: forward_of(op) for op in segment.ops if op.type == "SymbolicGradient"}
        self.paired = {f for f in self.forward.values() if f is not None and f in members}
        self.wanted = set(segment.outputs)
        self.folds = folding.pairs(segment.ops, self.wanted, self.paired)
        self.seen = {t: set() for t in segment.inputs if t in plan.fed}
        self.traces, self.replaced = 0, []

    def __call__(self, statics, replaced, kept, constants, inputs):
        """`statics`: NumPy values of `segment.statics`; the others are traced. Gives (outputs, new values of written slots)."""
        s = self.segment
        self._watch(inputs)
        slots = dict(zip(s.writes_read, replaced))
        self.replaced = [v for v in replaced if v is not None and v.size * v.dtype.itemsize >= LARGE]
        slots.update(zip(s.reads_only, kept))
        values = dict(zip(s.inputs, inputs))
        values.update(zip(s.statics, statics))
        values.update(zip(self.big, constants))
        self.evaluate(values, slots)
        # a variable without a value is None, which `asarray` refuses
        outputs = [jax.tree.map(jnp.asarray, self.values[t], is_leaf=lambda v: v is None) for t in s.outputs]
        return outputs, [jnp.asarray(self.slots[n]) for n in s.writes]

    def evaluate(self, values, slots):
        """Runs the operations on the values of tensors and slots (by name); gives both as they are afterwards."""
        self.values, self.slots, self.pulls = dict(values), slots, {}
        for op in self.segment.ops:
            try:
                self._run(op)
            except errors.OpError as e:
                if e._op is None:
                    e._op, e._message = op, f"{e._message} {op.where()}"
                raise
            except _USER_MISTAKES as e:
                raise errors.InvalidArgumentError(
                    None, op, f"{str(e).strip().splitlines()[0] if str(e) else e!r} {op.where()}"
                ) from e
        return self.values, self.slots

    def _watch(self, inputs):
        """Warns once when a program is compiled again and again, naming the feed whose shape keeps changing."""
        self.traces += 1
        for t, v in zip(self.segment.inputs, inputs):
            if t in self.seen:
                self.seen[t].add(np.shape(v))
        if self.traces == MANY_SHAPES:
            changing = [
                f"{t.name} ({len(s)} shapes, the last {list(map(list, s))[-1]})" for t, s in self.seen.items() if len(s) > 1
            ]
            if changing:
                warnings.warn(
                    f"This program was compiled {self.traces} times: the shape of a feed keeps changing: {', '.join(changing)}. "
                    "Each new shape costs a compilation; pad or batch to a few shapes.",
                    stacklevel=2,
                )

    def _value(self, t):
        v = self.values.get(t)
        if v is not None:
            return v
        if t in self.plan.handles:
            return self.slots[self.plan.handles[t][0]]
        op = t._op
        if op.type == "Const":
            self.values[t] = op.attrs["value"]
            return op.attrs["value"]
        raise AssertionError(f"lowering lost the value of {t}")

    def _run(self, op):
        d = op.definition
        if self.forward.get(op) in self.pulls:
            self._gradient(op)
            return
        if op.type == "Placeholder":
            return  # fed, or reported before the trace
        if effects.is_functional(op):
            self._functional(op)
            return
        args = self._arguments(op)
        if d.host and self.plan.nested:
            self._keep(op, callback.call(op, args))
            return
        if planning.foldable(op, args) or (op.type in planning.SHAPE_OPS and not d.host):
            self._fold(op, args)
            return
        args = self._arrays(op, args)
        if op.type == "SymbolicGradient" and self._of_body(op, args):
            return
        if op in self.paired:
            results, pull = evaluate.vjp(d, args, op.attrs)
            self.pulls[op] = pull
            self._keep(op, results)
            return
        state = []
        if d.state is not None:
            state = [self.slots["state:" + op.name]]
        if self.plan.nested and own.has_own(op) and not d.writes and not state:
            self._keep(op, own.run(op, args, self))
            return
        results = self._evaluate(op, args, state)
        if op in self.folds:
            convolution = self.folds[op]
            normal = folding.folded(op, convolution, args, *self._arrays(convolution, self._arguments(convolution)))
            results = list(results) if normal is None else [normal, *results[1:]]
        if state:
            self.slots["state:" + op.name] = results.pop(0)
        if d.writes:
            results = self._write(op, results)
        self._keep(op, results)

    def _arrays(self, op, args):
        """Constants as jax arrays, but for inputs that a kernel wants as NumPy: `x.at` and indexing by a tracer need them."""
        d = op.definition
        known = evaluate.positions(d, op.attrs, d.static + d.static_if_possible)
        if op.type == "SymbolicGradient":
            kind, attrs = op.attrs["f"]
            while kind == "SymbolicGradient":  # the inputs of the differentiated op come first at every order
                kind, attrs = attrs["f"]
            forward = lookup(kind)
            known = known.union(op.attrs["_static"], evaluate.positions(forward, attrs, forward.static_if_possible))
        return [self._constant(v) if isinstance(v, np.ndarray) and i not in known else v for i, v in enumerate(args)]

    def _constant(self, value):
        """A NumPy array as what the kernels take."""
        return jnp.asarray(value)

    def _evaluate(self, op, args, state=()):
        return evaluate.evaluate(op.definition, args, op.attrs, state)

    def _functional(self, op):
        """A branch, loop or call: its kernel gets the bodies as functions of arrays, and random streams after its inputs."""
        e, d = effects.of(op), op.definition
        names = [f"state:{n}" for n in self.plan.streams(op)]
        used = {*e.reads, *e.writes}
        args = [self._value(t) if i in used or not planning.is_handle(t) else None for i, t in enumerate(op._inputs)]
        attrs = body.bind(op.type, body.longer(op.type, op.attrs, len(names)), e, type(self), self._trips(op))
        flat = args + [self.slots[n] for n in names]
        try:
            if op in self.paired:
                results, self.pulls[op] = evaluate.vjp(d, flat, attrs)
            else:
                results = evaluate.evaluate(d, flat, attrs)
        except ShapesDiffer as error:
            raise (error if op.attrs.get("_apart") else Apart(op, error)) from None
        except _USER_MISTAKES as error:
            raise _not_compiled(op, error) from error
        if op.type == counting.COUNT:
            self._keep(op, results)
            return
        self.slots.update(zip(names, results[len(results) - len(names) :] if names else ()))
        for k, i in enumerate(e.writes):
            written = results[i] if op.type in effects.LOOPS else results[len(op._outputs) + k]
            self.slots[self.plan.handles[op._inputs[i]][0]] = written
        for t, v in zip(op._outputs, results):
            if t not in self.plan.handles:
                self.values.setdefault(t, v)

    def _trips(self, op):
        """(count, upper bound) of a loop that was counted before, for it and its VJP nodes; None for others."""
        count = self.plan.counts.get(op)
        return None if count is None else [self._value(t) for t in count._outputs]

    def _of_body(self, op, args):
        """A VJP node of a functional operation that is not evaluated here: the forward work is done again."""
        attrs = body.bind_inside(op.attrs, type(self), self._trips(op))
        if attrs is op.attrs:
            return False
        self._keep(op, evaluate.evaluate(op.definition, args, attrs))
        return True

    def _arguments(self, op):
        d = op.definition
        unread = d.unread
        if not unread and not d.static and not d.static_if_possible:
            return [self._value(t) for t in op._inputs]
        args, i = [], 0
        for arg in d.inputs:
            n = self.plan._count(op, arg)
            for t in op._inputs[i : i + n]:
                if arg.name in unread:
                    args.append(None)
                    continue
                v = self._value(t)
                if arg.name in d.static and not isinstance(v, np.ndarray):
                    v = self._concrete(op, arg, t, v)
                elif arg.name in d.static_if_possible and isinstance(v, jax.core.Tracer):
                    v = self._entries(t, v)
                args.append(v)
            i += n
        return args

    def _entries(self, t, v):
        """The entries of a traced index vector, so that a kernel sees which of them are known."""
        if t._op.type != "Pack" or any(i not in self.values and i._op.type != "Const" for i in t._op._inputs):
            return v
        return tuple(self._value(i) for i in t._op._inputs)

    @staticmethod
    def _concrete(op, arg, t, v):
        """A static input that was traced: only possible when it hangs on a value that XLA folded for us."""
        if not isinstance(v, jax.core.Tracer):
            return np.asarray(v)
        raise errors.UnimplementedError(
            None,
            op,
            f"Input '{arg.name}' of {op.type} must be known when compiling, but {t.name} is computed by the program {op.where()}",
        )

    def _fold(self, op, args):
        if op.type in planning.SHAPE_OPS:
            results = _shape_values(op, args)
        else:
            d = op.definition
            results = evaluate.flatten(d, d.fold(*evaluate.group(d, args, op.attrs), **evaluate.kernel_attrs(d, op.attrs)))
        for t, v in zip(op._outputs, results):
            self.values.setdefault(t, np.asarray(v, t._dtype.as_numpy_dtype))

    def _write(self, op, results):
        d = op.definition
        names = [a.name for a in d.inputs]
        for written in d.writes:
            handle = self.plan.handles[op._inputs[names.index(written)]]
            self.slots[handle[0]] = results.pop(0)
        return results

    def _keep(self, op, results):
        if ROUNDED in op.attrs:
            results = [_rounded(x) for x in results]
        i = 0
        for t in op._outputs:
            if t in self.plan.handles:
                if t in self.wanted and t not in self.values:
                    self.values[t] = self.slots[self.plan.handles[t][0]]
                continue
            self.values.setdefault(t, results[i])
            i += 1

    def _gradient(self, node):
        """A VJP node whose forward operation was evaluated in this segment: its closure does the rest."""
        grads = [None] * node.attrs["_outputs"]
        for index, t in zip(node.attrs["_dy"], node._inputs[node.attrs["_count"] :]):
            grads[index] = jax.tree.map(jnp.asarray, self._value(t))
        forward = self.forward[node]
        if effects.is_functional(forward):  # the new contents of variables and streams have no gradients
            e = effects.of(forward)
            grads += [None] * (len(e.streams) + (0 if forward.type in effects.LOOPS else len(e.writes)))
        pulled = self._together(node, self.pulls[forward](grads))
        for t, source, g in zip(node._outputs, node._inputs, pulled):
            if g is None and t._dtype.base_dtype in dtypes.DEVICE:
                g = np.zeros(np.shape(self._value(source)), t._dtype.as_numpy_dtype)
            if g is not None:
                self.values.setdefault(t, g)

    def _together(self, node, grads):
        """The gradients of the inputs, none before all others where one input is a large variable that this program writes.

        Else XLA may write the variable before the last gradient has read it, and copies it first. Measured on conv_net: 0.9 ms of CPU a
        step for the 12 MiB of its dense layer.
        """
        large = any(self._value(t) is v for t in node._inputs[: node.attrs["_count"]] for v in self.replaced)
        if not large or sum(isinstance(g, jax.Array) for g in grads) < 2:
            return grads
        return jax.lax.optimization_barrier(grads)


def _not_compiled(op, error):
    text = (str(error).strip().splitlines() or [repr(error)])[0]
    if "everse-mode differentiation" in text:
        text = "The gradient of this loop needs to know how often it runs; give it `maximum_iterations`"
    return errors.InvalidArgumentError(None, op, f"{text} {op.where()}")


def forward_of(op):
    """The forward operation of a VJP node, when it still has the same inputs; else None."""
    name = op.attrs.get("_forward") if op.type == "SymbolicGradient" else None
    forward = op.graph._by_name.get(name) if name else None
    if forward is None or forward.type != op.attrs["f"][0] or forward._inputs != op._inputs[: op.attrs["_count"]]:
        return None
    return forward


def _shape_values(op, args):
    if op.type in ("Shape", "VariableShape"):
        return [np.shape(args[0])]
    if op.type == "ShapeN":
        return [np.shape(a) for a in args]
    if op.type == "Size":
        return [int(np.prod(np.shape(args[0]), dtype=np.int64))]
    return [len(np.shape(args[0]))]
