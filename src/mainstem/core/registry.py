"""The op registry: one `Op` record an entry, made by the decorator `op`; everything else is derived from the record.

    @op("MatMul", "T, T -> T", T=NUMERIC)
    def matmul(a, b, *, transpose_a=False, transpose_b=False):
        "Multiplies `a` [.., m, k] by `b` [.., k, n], giving [.., m, n]."
        return jnp.matmul(a.mT if transpose_a else a, b.mT if transpose_b else b)

Positional parameters of the kernel are the op's tensors, under TensorFlow's argument names; keyword-only parameters are its
attrs. An attr's OpDef type comes from its default (bool, int, float, str, DType) or, where that says too little, from the
annotation, a string: `strides: "list(int)"`, `shape: "shape"`, `f: "func"`, `value: "tensor"`, `T: "type"`. Type variables of
the signature become type attrs; a kernel that wants one names it as a keyword-only parameter (`DstT: "type"`), and may give it
a default. `N` of `N * T` and `Tin` of `*Tin` likewise. A list input arrives as one Python list. The kernel returns one array,
a tuple for several outputs, a list for a list output, None for no output.
"""

import inspect

from mainstem.base import dtypes, errors
from mainstem.core import builder, signature

REGISTRY = {}
MISSING = object()
_BY_DEFAULT = {bool: "bool", int: "int", float: "float", str: "string", bytes: "string", dtypes.DType: "type"}


class AttrDef:
    """One attr of an op: its OpDef type, its default (MISSING when it must be given) and the dtypes allowed for a type attr."""

    __slots__ = ("allowed", "default", "name", "type")

    def __init__(self, name, type, default=MISSING, allowed=None):
        self.name, self.type, self.default, self.allowed = name, type, default, allowed


class Op:
    """An op: what TensorFlow calls it, its kernel, and only what differs from the defaults.

    Attributes:
        name: TensorFlow's op type.
        kernel: `kernel(*inputs, **attrs)`, pure, on jax arrays (NumPy arrays and bytes objects when `host`).
        inputs, outputs: tuples of `signature.Arg`.
        attrs: dict of `AttrDef` in NodeDef order.
        static: names of inputs whose values must be known when compiling; the kernel gets them as NumPy arrays.
        static_if_possible: names of inputs that arrive as NumPy arrays when their values are known when compiling, else as traced
            arrays (or a tuple of scalars, some of them NumPy, when a Pack made them).
        must_know: rule `must_know(op_inputs, attrs)` that gives, for such inputs, {name: positions of entries} that have to be
            known after all, given what is known of the others.
        host: the kernel runs in Python on concrete NumPy values (strings, files, callbacks, data-dependent shapes).
        stateful: never merged, folded or pruned as equal to another.
        writes: names of variable inputs (`ref T` or `resource`) that the kernel replaces: it gets their values and returns the
            new values first, then its ordinary outputs. A `ref` output is the first variable input and is not returned.
        lazily: a twin of a host kernel for eager mode, whose strings may be `arrays.Pending`, or None.
        borrows: a host kernel that keeps none of its inputs when it returns: it gets variables without a copy.
        unread: names of written inputs whose old value the kernel does not need (it gets None for them).
        owner: the op's output is a handle to a slot of the session (variable, queue, table); the kernel makes the initial
            content, or None when it starts uninitialized. A text is the kind of a `resource.Resource`: names are shared within it.
        state: the op owns a hidden slot: `state(**attrs)` makes its first value; the kernel takes the value before its inputs
            and returns the new one before its outputs (random streams).
        store: a class of `resource.Resource`: the kernel takes the session's object of it, made by `store.of(attrs)`, before its
            inputs. Ops with the same `container` and `shared_name` share one; an op without has one under its own name.
        slots: a host kernel gets the slot objects of its `ref`/`resource` inputs instead of their values.
        waits: the kernel may wait for other operations (queues); where it must not, it raises `resource.Later`.
        shape: shape rule `shape(op_inputs, attrs)`, or None for the default (`core.infer`).
        fold: NumPy twin for shape arithmetic: measured, one eager JAX op costs about 10 ms to compile, NumPy 2 µs.
        nograd: names of inputs that get no gradient though they are of a floating type.
        differentiable: False when TensorFlow gives no gradient.
    """

    __slots__ = (
        "attrs", "borrows", "differentiable", "doc", "fold", "has_list_input", "has_list_output", "host", "inputs", "kernel", "kernel_attrs",
        "lazily", "module", "must_know", "name", "nograd", "outputs", "owner", "rule", "shape", "slots", "state", "stateful", "static",
        "static_if_possible", "static_index", "store", "unread", "waits", "writes",
    )  # fmt: skip

    def __init__(self, name, kernel, inputs, outputs, attrs, kernel_attrs, **options):
        self.name, self.kernel, self.inputs, self.outputs = name, kernel, inputs, outputs
        self.attrs, self.kernel_attrs, self.doc = attrs, kernel_attrs, inspect.getdoc(kernel)
        self.module, self.rule = kernel.__module__, None
        self.has_list_input = any(a.is_list for a in inputs)
        self.has_list_output = any(a.is_list for a in outputs)
        for key in ("static", "static_if_possible", "writes", "unread", "nograd"):
            setattr(self, key, tuple(options.pop(key, ())))
        for key in ("borrows", "host", "owner", "slots", "waits"):
            setattr(self, key, options.pop(key, False))
        for key in ("shape", "fold", "lazily", "state", "store", "must_know"):
            setattr(self, key, options.pop(key, None))
        self.stateful = options.pop("stateful", bool(self.writes or self.owner or self.state or self.slots or self.store))
        self.differentiable = options.pop("differentiable", not self.host)
        self.static_index = frozenset(i for i, a in enumerate(inputs) if a.name in self.static)
        if options:
            raise TypeError(f"op {name}: unknown options {sorted(options)}")
        unknown = set(self.static + self.static_if_possible + self.writes + self.unread + self.nograd) - {
            a.name for a in inputs
        }
        if unknown:
            raise ValueError(f"op {name} has no input called {sorted(unknown)}")

    def __call__(self, *inputs, name=None, **attrs):
        """Applies the op through the current builder; gives Tensor(s), a list of them, or the Operation of a no-output op."""
        return builder.current().apply(self, inputs, attrs, name)

    def __repr__(self):
        return f"<op {self.name}>"

    def vjp(self, rule):
        """Decorator for a hand-written gradient, where `jax.vjp` of the kernel differs from TensorFlow or is measurably slow.

        `rule(inputs, outputs, grads, **attrs)` gives one gradient (or None) for each input argument; `inputs` and `outputs` are
        the arguments and results of the kernel, `grads` has None where no gradient arrives.
        """
        if self.rule is not None:
            raise ValueError(f"op {self.name} has two gradient rules")
        self.rule = rule
        return rule


def _attr_type(name, parameter):
    if isinstance(parameter.annotation, str) and parameter.annotation != "":
        return parameter.annotation
    kind = _BY_DEFAULT.get(type(parameter.default))
    if kind is None:
        raise TypeError(f"attr {name!r} needs an annotation with its OpDef type, e.g. {name}: 'list(int)'")
    return kind


def op(name, types, *, also=(), **options):
    """Registers the decorated kernel as op `name`; gives the callable `Op`.

    Args:
        name: TensorFlow's op type.
        types: the dtype signature (`core.signature`).
        also: further op types with the same signature and kernel (`("Add",)` beside "AddV2").
        **options: upper-case names: the dtypes a type variable may take; `attr_order`: NodeDef names first; all else see `Op`.

    Raises ValueError when the name is taken or kernel and signature do not match.
    """

    def register(kernel):
        allowed = {
            k: options.pop(k) for k in list(options) if isinstance(options[k], (frozenset, set)) and k not in ("static",)
        }
        first = _build(name, types, kernel, allowed, dict(options))
        for other in also:
            _build(other, types, kernel, allowed, dict(options))
        return first

    return register


def _build(name, types, kernel, allowed, options):
    parameters = inspect.signature(kernel).parameters
    positional = [
        p.name.rstrip("_") if p.name.endswith("_") else p.name
        for p in parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    keyword = {k: p for k, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    if options.get("state") is not None or options.get("store") is not None:
        positional = positional[1:]
    inputs, outputs = signature.parse(types, positional, set(keyword) | set(allowed))
    attrs = {}
    for arg in inputs + outputs:
        if arg.number and arg.number not in attrs:
            attrs[arg.number] = AttrDef(arg.number, "int")
        if arg.type_list and arg.type_list not in attrs:
            attrs[arg.type_list] = AttrDef(arg.type_list, "list(type)")
        if isinstance(arg.type, str) and arg.type not in attrs:
            attrs[arg.type] = AttrDef(arg.type, "type", allowed=allowed.get(arg.type))
    for key, p in keyword.items():
        default = MISSING if p.default is p.empty else p.default
        kind = _attr_type(key, p)
        attrs[key] = AttrDef(key, kind, default, allowed.get(key))
    for key, kinds in allowed.items():
        if key not in attrs:
            attrs[key] = AttrDef(key, "type", allowed=kinds)
    if name in REGISTRY:
        raise ValueError(f"op {name} is registered twice")
    made = REGISTRY[name] = Op(name, kernel, inputs, outputs, attrs, tuple(keyword), **options)
    return made


def lookup(name):
    """Gives the op called `name`. Raises UnknownOpError (a NotImplementedError and a ValueError) for others."""
    try:
        return REGISTRY[name]
    except KeyError:
        raise errors.UnknownOpError(f"Op type not registered: {name!r} is not an op that Mainstem has.") from None
