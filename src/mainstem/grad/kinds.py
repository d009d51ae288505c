"""What all tape records of one op with the same attrs share, and the vector-Jacobian product of such a record as an op."""

import functools

import jax
import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core import evaluate, infer, registry, signature
from mainstem.eager.context import context
from mainstem.eager.tensor import EagerTensor, wrap
from mainstem.grad import registry as functions
from mainstem.grad import rules
from mainstem.lower.program import scope

TRAINABLE = frozenset(t for t in dtypes.DEVICE if t.is_floating or t.is_complex)
LIMIT = 8192  # kinds that are kept
PULLS = 2048  # compiled gradients of single ops that are kept; one takes some 100 KiB
RANDOM = "a random op: its gradient would need the same draw again"
_LOOKUP = ("ReadVariableOp", "ResourceGather", "VariableShape")  # their gradients do not need the variable's value


class Kind:
    """An op with attrs.

    Attributes:
        static: positions of inputs that a record keeps as values, in its structure.
        why_not: why no gradient flows through it, or None.
        missing: whether asking for its gradient is an error.
        snapshot: whether its gradient needs the content of the variables that it reads.
        plain: whether a record of it consists of numbers only.
        foreign: whether its gradient function is the user's, to be called every time.
    """

    __slots__ = ("attrs", "foreign", "missing", "nograd", "op", "plain", "snapshot", "static", "why_not")

    def __init__(self, op, attrs):
        self.op, self.attrs = op, attrs
        self.static = evaluate.positions(op, attrs, op.static + op.static_if_possible)
        self.nograd = self.static | evaluate.positions(op, attrs, op.nograd)
        self.missing, self.why_not = False, None
        registered, fn = functions.of_type(op.name)
        self.foreign = registered and fn is not None and fn.__module__ != rules.__name__
        if registered:
            self.why_not = "its gradient is none by definition" if fn is None else None
        elif op.state is not None:
            self.why_not = RANDOM
        elif not op.differentiable:
            self.why_not = "the op has no gradient"
            self.missing = op.host and op.name not in functions.NONE_ON_HOST
        reads = any(a.type is dtypes.resource or a.type_list is not None for a in op.inputs)
        self.snapshot = reads and not registered and op.name not in _LOOKUP
        self.plain = self.why_not is None and not self.static and not (self.snapshot and op is not PULL)

    def arguments(self, tensors, ins):
        """The input tensors of a record: numbers are looked up, what is static is made anew."""
        return [tensors[n] if type(n) is int else EagerTensor(_static(n), dtypes.as_dtype(np.dtype(n[0]))) for n in ins]

    def pull(self, tensors, ins, outs, grads, useful, again):
        """Gradients (tensor, IndexedSlices or None) of a record's inputs, for the gradients of its outputs.

        `again`: the result will be differentiated. Then rules compute the outputs that they use again, from the inputs: a rule
        need not pass on gradients of all outputs (the reserved moments of a batch norm, say).
        """
        registered, fn = functions.of_type(self.op.name)
        if registered:
            op = Recorded(
                self,
                self.arguments(tensors, ins),
                [tensors[o if o >= 0 else ~o] for o in outs],
                lambda given: self._automatic(tensors, ins, outs, given, useful, again),
            )
            result = fn(op, *[op.zeros(i) if g is None else g for i, g in enumerate(grads)])
            result = list(result) if isinstance(result, (list, tuple)) else [result]
            if len(result) != len(ins):
                raise ValueError(f"The gradient of {self.op.name} gave {len(result)} gradients for {len(ins)} inputs.")
            return result
        if self.missing:
            raise LookupError(f"No gradient defined for operation '{self.op.name}' (op type: {self.op.name})")
        return self._automatic(tensors, ins, outs, grads, useful, again)

    def _automatic(self, tensors, ins, outs, grads, useful, again):
        wrt = tuple(i for i, use in enumerate(useful) if use and i not in self.nograd)
        if not wrt:
            return [None] * len(ins)
        dy = tuple(i for i, g in enumerate(grads) if g is not None)
        statics = tuple((i, n) for i, n in enumerate(ins) if type(n) is not int)
        reuse = self.op.rule is not None and not again
        p = _pull(self, statics, len(ins), wrt, dy, reuse)
        given = [tensors[n] for n in ins if type(n) is int]
        if reuse:
            given += [tensors[o if o >= 0 else ~o] for o in outs]
        made = apply(p, given + [dense(grads[i]) for i in dy])
        result = [None] * len(ins)
        for i, g in zip(wrt, made):
            result[i] = g
        return result


class Recorded:
    """A record in the form in which gradient functions get a graph's operation; `automatic(grads)` is the op's own VJP."""

    def __init__(self, kind, inputs, outputs, automatic):
        self.automatic = automatic
        self.definition, self.attrs, self.graph = kind.op, kind.attrs, context()
        self.inputs = self._inputs = inputs
        self.outputs = self._outputs = outputs
        self.name = self.type = kind.op.name

    def get_attr(self, name):
        """The value of an attr, strings as bytes. Raises ValueError when there is none."""
        if name not in self.attrs or self.attrs[name] is None:
            raise ValueError(f"Operation '{self.name}' has no attr named '{name}'.")
        value = self.attrs[name]
        return value.encode() if isinstance(value, str) else value

    def where(self):
        """The phrase that errors about this operation end with."""
        return f"[Op:{self.name}]"

    def zeros(self, i):
        """Zeros like output `i`, what a gradient function gets when no gradient arrives there; None for other dtypes."""
        t = self.outputs[i]
        return zeros_like(t) if t._dtype in TRAINABLE else None


def zeros_like(t):
    """Zeros in shape and dtype of a tensor."""
    return context().apply(registry.lookup("ZerosLike"), (t,), {})


def dense(g):
    """A gradient as a tensor: IndexedSlices become whole."""
    return g if type(g) is EagerTensor else context().convert(g)


_kinds, _by_dict = {}, {}


def of(op, attrs):
    """The Kind of an op with complete attrs; the same object for equal attrs."""
    kind = _by_dict.get((op, id(attrs)))
    if kind is not None and kind.attrs is attrs:
        return kind
    if op is READ.op:
        return READ
    key = (op, infer.Frozen(attrs))
    kind = _kinds.get(key)
    if kind is None:
        if len(_kinds) >= LIMIT:
            _kinds.clear()
            _by_dict.clear()
        kind = _kinds[key] = _by_dict[op, id(attrs)] = Kind(op, attrs)
    return kind


READ = Kind(registry.lookup("ReadVariableOp"), {"dtype": dtypes.float32})


def static_value(tensor):
    """A static input as it stands in a record's structure: (dtype, shape, bytes)."""
    v = tensor._array()
    return (v.dtype.str, v.shape, v.tobytes())


def _static(n):
    return np.frombuffer(n[2], np.dtype(n[0])).reshape(n[1])


class Pull:
    """A pure function of arrays that gives gradients, in the form of an op: applying it is recorded by outer tapes.

    `body(*arrays)` gives a list of arrays or Nones; `present` are the positions that are not None, known once it was traced.
    """

    def __init__(self, body, name):
        self._body, self.present = body, None
        self._attrs = {}

        def run(*values):
            with jax.numpy_dtype_promotion("strict"):
                return self.kernel(*values)

        run.__name__ = name
        self.function = jax.jit(run)

    def kernel(self, *values):
        """The gradients that are not None."""
        result = self._body(*values)
        self.present = tuple(i for i, g in enumerate(result) if g is not None)
        self.count = len(result)
        return [result[i] for i in self.present]

    def attrs(self, inputs, outputs):
        """The attrs of the op call, one dict for one number of inputs and outputs, so that records find their Kind quickly."""
        key = (inputs, outputs)
        found = self._attrs.get(key)
        if found is None:
            found = self._attrs[key] = {"of": self, "Tin": (None,) * inputs, "Tout": (None,) * outputs}
        return found


def _kernel(input, *, of):
    """The gradients that `of` gives for these values."""
    return of.kernel(*input)


_ARGS = signature.parse("*Tin -> *Tout", ["input"], set())
# not in the registry: it is a step of a tape, never a node of a graph, where the op of this name does the same
PULL = registry.Op("SymbolicGradient", _kernel, *_ARGS, {"of": registry.AttrDef("of", "func")}, ("of",))


def apply(pull, inputs):
    """Gives one tensor or None a gradient of `pull`; outer tapes hear of it."""
    try:
        with scope():
            results = pull.function(*[t._content() for t in inputs])
    except (TypeError, ValueError) as e:
        raise errors.InvalidArgumentError(None, None, f"{(str(e).strip().splitlines() or [repr(e)])[0]} [in a gradient]") from e
    outs = [wrap(r) for r in results]
    tapes = context().tapes
    if tapes:
        attrs = pull.attrs(len(inputs), len(outs))
        for tape in tapes:
            tape.record(PULL, attrs, inputs, outs)
    if len(outs) == pull.count:
        return outs
    full = [None] * pull.count
    for i, o in zip(pull.present, outs):
        full[i] = o
    return full


@functools.lru_cache(maxsize=PULLS)
def _pull(kind, statics, count, wrt, dy, reuse):
    """The Pull of one op: takes dynamic inputs, with `reuse` the outputs for its rule, and the gradients of outputs `dy`."""
    op, attrs = kind.op, kind.attrs
    fixed = {i: _static(n) for i, n in statics}
    outputs = len(infer.output_dtypes(op, attrs)) if op is not PULL else len(attrs["Tout"])

    def body(*values):
        values = list(values)
        flat = [fixed[i] if i in fixed else values.pop(0) for i in range(count)]
        results = [values.pop(0) for _ in range(outputs)] if reuse else None
        grads = [None] * outputs
        for i, g in zip(dy, values, strict=True):
            grads[i] = g
        if reuse:
            back = evaluate.apply_rule(op, flat, attrs, results, grads)
        else:
            back = evaluate.vjp(op, flat, attrs)[1](grads)
        return [back[i] for i in wrt]

    return Pull(body, op.name + "_grad")
