"""`ConcreteFunction`: one trace of a tf.function, for one kind of arguments."""

import itertools

from mainstem.base import dtypes, errors, nest, shapes
from mainstem.core import builder, registry
from mainstem.eager.context import context
from mainstem.eager.tensor import EagerTensor, wrap
from mainstem.graph.func_graph import FuncGraph, has_effect
from mainstem.graph.graph import Graph
from mainstem.graph.spec import TensorSpec, TypeSpec
from mainstem.graph.tensor import Tensor
from mainstem.lower import effects
from mainstem.run import arguments
from mainstem.run.piece import Piece, call, slots_of

_NOT_A_RESULT = (
    "To be compatible with tf.function, Python functions must return zero or more Tensors or ExtensionTypes or None values; in "
    "compilation of {}, found return value of type {}, which is not a Tensor or ExtensionType."
)
_numbers = itertools.count(1)


def trace(python_function, args, kwargs, name, signature):
    """Runs `python_function` once on placeholders for the tensors in `args` and `kwargs`; gives the ConcreteFunction.

    Raises TypeError when it returns something that cannot be a tensor, and whatever the function raises.
    """
    graph = FuncGraph(name)
    structure_args, structure_kwargs, inner_args, inner_kwargs = [], {}, [], {}
    with graph.as_default():

        def declared(value, path):
            s = arguments.spec_of(value, path)
            return graph.add_input(s.dtype, s._dims, _identifier(s.name or "arg"))

        for i, value in enumerate(args):
            path = signature.name(i)
            structure_args.append(arguments.signature_of(value, path))
            inner_args.append(arguments.replaced(value, declared, path))
        for key, value in kwargs.items():
            structure_kwargs[key] = arguments.signature_of(value, key)
            inner_kwargs[key] = arguments.replaced(value, declared, key)
        count = len(graph.inputs)
        result = python_function(*inner_args, **inner_kwargs)
        outputs = _returned(graph, result, python_function)
    order_effects(graph)
    graph.inputs = graph.inputs[:count] + graph.internal_captures
    return ConcreteFunction(graph, count, outputs, tuple(structure_args), structure_kwargs, signature, name)


def inlined(python_function, args, kwargs):
    """Runs the function's operations in the graph that is being built, with the results of a call."""
    graph = builder.current()
    make = lambda value, path: graph.convert(value)  # noqa: E731
    args = [arguments.replaced(a, make) for a in args]
    kwargs = {k: arguments.replaced(v, make) for k, v in kwargs.items()}
    return _returned(graph, python_function(*args, **kwargs), python_function)


def _has_own_gradients(graph):
    return any(
        "_gradient_op_type" in op.attrs or any(_has_own_gradients(g) for _, g in effects.bodies_in(op.attrs))
        for op in graph._list
    )


def _identifier(path):
    made = "".join(c if c.isalnum() or c == "_" else "_" for c in path)
    return made if made[:1].isalpha() else f"arg_{made}"


def _returned(graph, result, python_function):
    """The result with every tensor replaced by an output of the graph."""
    identity = registry.lookup("Identity")

    def leaf(value):
        if value is None:
            return None
        if nest.is_composite(value):
            return value._nest_with([leaf(p) for p in value._nest_parts()])
        if not isinstance(value, Tensor):
            try:
                value = graph.convert(value)
            except (TypeError, ValueError):
                shown = getattr(python_function, "__wrapped__", python_function)
                raise TypeError(_NOT_A_RESULT.format(shown, type(value).__name__)) from None
        value = graph.accept(value)
        return graph.apply(identity, (value,), {}, "Identity")

    with graph._at_top() if isinstance(graph, FuncGraph) else graph.control_dependencies(None):
        return nest.map_structure(leaf, result)


def order_effects(graph):
    """Effects outside the program's variables (printing, assertions, files) happen in the order of the program."""
    last = None
    for op in graph.targets:
        if op.definition.host:
            if last is not None and last not in op._control_inputs:
                op._add_control_inputs([last])
            last = op


class ConcreteFunction:
    """A traced function: a FuncGraph, and the way from arguments to its inputs and from its outputs to a result.

    It takes the arguments that the function was traced for, or just the tensors among them, by position or by name.
    """

    def __init__(self, graph, count, structured_outputs, args, kwargs, signature, name):
        self._graph, self._count, self.structured_outputs = graph, count, structured_outputs
        self._args, self._kwargs, self._signature = args, kwargs, signature
        self._name = name
        self.name = f"__inference_{name}_{next(_numbers)}".encode()
        leaves = nest.flatten(structured_outputs, expand_composites=True)
        graph.outputs = [t for t in leaves if t is not None]
        self._positions = None if len(leaves) == 1 and not nest.is_nested(structured_outputs) and leaves[0] is not None else [
            None if t is None else True for t in leaves
        ]  # fmt: skip
        self._composite = nest.is_composite(structured_outputs)
        self._captured = captured = graph.external_captures
        self.custom = _has_own_gradients(graph)
        only_tensors = not kwargs and all(isinstance(a, TensorSpec) for a in args)
        self._plain = [(a._dtype, a._dims) for a in args] if only_tensors else None
        self._made_piece, self._before, self._watches = None, None, []
        self._symbolic = [t for t in captured if not t._is_eager]
        self._constants = [t for t in captured if t._is_eager and t._dtype is not dtypes.resource]

    @property
    def _piece(self):
        if self._made_piece is None:
            g = self._graph
            self._made_piece = Piece(g, list(g.inputs), list(g.outputs), g.targets, slots_of(g.captures))
        return self._made_piece

    def run_first(self, other):
        """Makes the first call go to `other`, a trace that also gives variables their first values."""
        self._before = other

    def usable(self):
        """Whether the tensors of graphs that the function uses belong to what is being built now."""
        current, around = builder.current(), []
        while current is not None:
            around.append(current)
            current = getattr(current, "outer", None)
        return all(t._op.graph in around for t in self._symbolic)

    # ---- what it is

    @property
    def graph(self):
        """The FuncGraph."""
        return self._graph

    @property
    def inputs(self):
        """The graph's inputs: arguments, then captured tensors."""
        return list(self._graph.inputs)

    @property
    def outputs(self):
        """The graph's outputs, flat."""
        return list(self._graph.outputs)

    @property
    def captured_inputs(self):
        """The tensors and variable handles from outside that the function uses."""
        return list(self._captured)

    @property
    def structured_input_signature(self):
        """(args, kwargs) with a spec for each tensor."""
        return self._args, dict(self._kwargs)

    @property
    def variables(self):
        """The variables that the function uses and that still exist."""
        found = []
        for t in self._captured:
            slot = t._value if t._is_eager and t._dtype is dtypes.resource else None
            v = slot.variable() if getattr(slot, "variable", None) is not None else None
            if v is not None:
                found.append(v)
        return tuple(found)

    @property
    def trainable_variables(self):
        """Those of `variables` that are trainable."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def output_dtypes(self):
        """The dtypes of the outputs, in their structure."""
        return self._mapped(lambda t: t.dtype)

    @property
    def output_shapes(self):
        """The shapes of the outputs, in their structure."""
        return self._mapped(lambda t: t.shape)

    def _mapped(self, fn):
        return nest.map_structure(lambda t: None if t is None else fn(t), self.structured_outputs, expand_composites=True)

    @property
    def function_def(self):
        """The FunctionDef protocol buffer."""
        return self._graph.function_def()

    # ---- calling

    def __call__(self, *args, **kwargs):
        """Calls the function. Raises TypeError when the arguments are not those that it was traced for."""
        if self._plain is not None and not kwargs and len(args) == len(self._plain):
            for a, (dtype, dims) in zip(args, self._plain):
                if type(a) is not EagerTensor or a._dtype is not dtype or not shapes.compatible(a._shape, dims):
                    break
            else:
                return self.call_flat(args)
        return self.call_flat(self._bound(args, kwargs))

    def _bound(self, args, kwargs):
        """The flat tensors for a call with the traced arguments, or with the tensors alone."""
        try:
            bound_args, bound_kwargs = self._signature.bind(args, self._with_defaults(args, kwargs))
            flat = []
            self._match((self._args, self._kwargs), (bound_args, bound_kwargs), flat)
            return flat
        except (TypeError, ValueError) as e:
            first = e
        try:
            return self._by_name(args, kwargs)
        except TypeError as second:
            shown = ", ".join(f"{k}: {arguments.shown(v)}" for k, v in self._signature.named(self._args, self._kwargs))
            text = str(first).removeprefix("Binding inputs to tf.function failed due to `").split("`. Received")[0]
            raise TypeError(
                f"Binding inputs to tf.function failed due to `{text}`. Received args: {args} and kwargs: {kwargs} for signature: "
                f"({shown}).\nFallback to flat signature also failed due to: {second}"
            ) from None

    def _with_defaults(self, args, kwargs):
        """What was traced as a Python value need not be given again."""
        made = dict(kwargs)
        for name, value in self._signature.named(self._args, self._kwargs)[len(args) :]:
            if name not in made and "[" not in name and not _has_spec(value):
                made[name] = value
        return made

    def _match(self, traced, given, flat):
        if isinstance(traced, TensorSpec):
            flat.append(self._as_input(traced, given))
        elif isinstance(traced, TypeSpec):
            if not traced.is_compatible_with(given):
                raise TypeError(f"Can not cast {given!r} to {traced!r}")
            for spec, part in zip(traced._components(), given._nest_parts()):
                self._match(spec, part, flat)
        elif nest.is_nested(traced):
            nest.assert_same_structure(traced, given, check_types=False)
            for t, g in zip(nest.flatten(traced), nest.flatten(given)):
                self._match(t, g, flat)
        elif isinstance(traced, arguments.Held):
            if traced is not given and traced.reference() is not given:
                raise TypeError(f"Can not cast {given!r} to {traced!r}")
        elif traced is not given and not _same(traced, given):
            raise TypeError(f"Can not cast {given!r} to {arguments.shown(traced)}")

    def _by_name(self, args, kwargs):
        names = [t._op.name for t in self._graph.inputs[: self._count]]
        if len(args) > len(names):
            raise TypeError(f"{self._name}({', '.join(names)}) takes {len(names)} positional arguments, got {len(args)}.")
        given = dict(zip(names, args))
        for key, value in kwargs.items():
            if key in given:
                raise TypeError(f"{self._name}({', '.join(names)}) got two values for '{key}'.")
            if key not in names:
                raise TypeError(f"{self._name}({', '.join(names)}) got unexpected keyword arguments: {key}.")
            given[key] = value
        missing = [n for n in names if n not in given]
        if missing:
            raise TypeError(f"{self._name}({', '.join(names)}) missing required arguments: {', '.join(missing)}.")
        flat = []
        for i, n in enumerate(names):
            if not isinstance(given[n], Tensor) and not hasattr(given[n], "_as_graph_tensor"):
                raise TypeError(
                    f"{self._name}({', '.join(names)}): expected argument #{i}(zero-based) to be a Tensor; got "
                    f"{type(given[n]).__name__} ({given[n]})."
                )
            t = self._graph.inputs[i]
            flat.append(self._as_input(TensorSpec(t._shape, t._dtype), given[n]))
        return flat

    def _as_input(self, spec, value):
        if isinstance(value, Tensor) and value._dtype.base_dtype != spec.dtype:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"cannot compute {self.name.decode()} as input '{spec.name}' was expected to be a {spec.dtype.name} tensor but is a "
                f"{value._dtype.base_dtype.name} tensor [Op:{self.name.decode()}]",
            )
        made = builder.current().convert(value, dtype=spec.dtype)
        if not shapes.compatible(made._shape, spec._dims):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"{self._name}: argument '{spec.name}' has shape {shapes.TensorShape(made._shape)}, the function was traced for "
                f"{shapes.TensorShape(spec._dims)}",
            )
        return made

    def call_flat(self, flat):
        """Calls the function on one tensor an input that is no capture; gives the structured result."""
        if self._before is not None:
            first, self._before = self._before, None
            return first.call_flat(flat)
        if isinstance(builder.current(), Graph):
            return self._pack(self._call_in_graph(flat))
        if self._symbolic:
            raise ValueError(f"{self._name} uses {self._symbolic[0]!r}, a tensor of a graph: call it there.")
        if context().tapes:
            return self._pack(call(self._piece, [*flat, *self._captured]))
        made = self._piece.run([t._value for t in (*flat, *self._constants)])
        if self._positions is None:
            return wrap(made[0])
        return self._pack([wrap(v) for v in made])

    def _call_in_graph(self, flat):
        """Adds the call to the graph that is being built."""
        graph, own = builder.current(), self._graph
        inputs = [graph.convert(t) for t in flat] + [graph.accept(t) for t in self._captured]
        acts = any(has_effect(op) or op.definition.state is not None for op in own._list)
        op = registry.lookup("StatefulPartitionedCall" if acts else "PartitionedCall")
        with graph.control_dependencies([op for op in own.outside if op.graph is graph]):
            return graph.apply(op, (inputs,), {"f": own, "Tout": [t._dtype for t in own.outputs]}, op.name)

    def _pack(self, flat):
        """The structured result for the values of the outputs."""
        if self._positions is None and not self._composite:
            return flat[0]
        values = iter(flat)
        return nest.pack_sequence_as(
            self.structured_outputs,
            [None if p is None else next(values) for p in self._positions or [True]],
            expand_composites=True,
        )

    # ---- as text

    def pretty_printed_signature(self, verbose=True):
        """The arguments, the result and the captured tensors in words."""
        lines = ["Input Parameters:"]
        kinds = {p.name: p.kind.name for p in self._signature.signature.parameters.values()}
        named = self._signature.named(self._args, self._kwargs)
        lines += [f"  {n} ({kinds.get(n.partition('[')[0], 'VAR_KEYWORD')}): {arguments.shown(v)}" for n, v in named] or [
            "  None"
        ]
        lines += ["Output Type:", f"  {arguments.shown(self.structured_outputs)}", "Captures:"]
        lines += [f"  {id(t)}: {_capture(t)}" for t in self._captured] or ["  None"]
        return "\n".join(lines)

    def __str__(self):
        return f"ConcreteFunction {self.pretty_printed_signature()}"

    def __repr__(self):
        named = ", ".join(f"{n}: {arguments.shown(v)}" for n, v in self._signature.named(self._args, self._kwargs))
        return f"<ConcreteFunction ({named}) -> {arguments.shown(self.structured_outputs)} at {hex(id(self))}>"


def _capture(t):
    if t._dtype is dtypes.resource:
        dtype, shape = t._handle
        return f"ResourceSpec(shape=(), dtype=tf.resource, holds {TensorSpec(shape, dtype)!r})"
    return repr(TensorSpec(t._shape, t._dtype))


def _has_spec(value):
    return any(isinstance(leaf, TypeSpec) for leaf in nest.flatten(value))


def _same(a, b):
    try:
        return type(a) is type(b) and bool(a == b)
    except (TypeError, ValueError):
        return False
