"""`FuncGraph`: the body of a function, branch or loop; tensors from outside that are used inside become inputs."""

import contextlib
import itertools

from mainstem.base import dtypes, shapes, source
from mainstem.core import builder, registry
from mainstem.graph import fold
from mainstem.graph.graph import Graph
from mainstem.graph.tensor import Tensor

_numbers = itertools.count()
INLINE_LIMIT = 1024  # elements: larger captured constants stay outside


class FunctionTensor(Tensor):
    """A tensor of a function of eager mode: in the user's code `==` compares content in TensorFlow 2's behaviour, as in eager mode.

    Mainstem's own code compares identity, always.
    """

    def __eq__(self, other):
        if not Tensor._USE_EQUALITY or not source.called_by_user(1):
            return self is other
        return False if other is None else registry.lookup("Equal")(self, other, incompatible_shape_error=False)

    def __ne__(self, other):
        if not Tensor._USE_EQUALITY or not source.called_by_user(1):
            return self is not other
        return True if other is None else registry.lookup("NotEqual")(self, other, incompatible_shape_error=False)

    __hash__ = object.__hash__


class FuncGraph(Graph):
    """A graph inside another builder (`outer`: a graph, or the eager context).

    `inputs` are placeholders: the declared ones, then one for each captured tensor, in the order of `captures`, a list of
    (outer tensor, placeholder). `outputs` is set by whoever builds the body. `targets` are operations that must run though no
    output needs them; `pruned` means that there are none, the rule of TensorFlow 1. `outside` collects operations of enclosing
    graphs that something inside waits for: they must run before the body does. A captured constant of a type without gradient
    is copied instead, so that shapes stay known inside.
    """

    def __init__(self, name, outer=None):
        super().__init__()
        self.name = f"{name}_{next(_numbers)}"
        self.outer = builder.current() if outer is None else outer
        self.inputs, self.outputs, self._captured = [], [], {}
        self.pruned, self.outside = False, []
        self.outermost = self.outer.outermost if isinstance(self.outer, FuncGraph) else self.outer
        if not isinstance(self.outermost, Graph):
            self._tensor_class = FunctionTensor
            self.automatic_seed = itertools.count().__next__  # TensorFlow 2: random ops of a function are seeded 0, 1, …
        elif self.counts_seeds:
            self.automatic_seed = self.outermost.automatic_seed
        if isinstance(self.outer, Graph):
            self._collections, self.seed = self.outer._collections, self.outer.seed
            self._gradient_overrides = self.outer._gradient_overrides
        else:
            self.seed = self.outer.seed

    @property
    def captures(self):
        return list(self._captured.values())

    @property
    def external_captures(self):
        return [t for t, _ in self._captured.values()]

    @property
    def internal_captures(self):
        return [p for _, p in self._captured.values()]

    @property
    def building_function(self):
        return True

    @property
    def targets(self):
        """Operations that run whether or not an output needs them, in creation order: those with an effect, and what gradients of
        the user's own inside want."""
        wanted = {t._op for op in self._list if op.own_gradient is not None for t in op.own_gradient.captured}
        return [op for op in self._list if (not self.pruned and has_effect(op)) or (op in wanted and op.type != "Placeholder")]

    def add_input(self, dtype, shape, name, handle=None):
        """Declares an input; gives its placeholder. `handle` is (dtype, shape) of the variable behind a resource."""
        shape = shapes.as_tuple(shape)
        made = self.create(
            registry.lookup("Placeholder"),
            name,
            [],
            {"dtype": dtype, "shape": shape},
            control_inputs=[],
            device="",
            shape=[shape],
        )
        inner = made._outputs[0]
        inner._handle = handle
        self.inputs.append(inner)
        return inner

    def accept(self, tensor):
        """Gives the tensor of this graph for any tensor of it or of what encloses it; the latter is captured."""
        if not tensor._is_eager and tensor._op.graph is self:
            return tensor
        return self.capture(tensor)

    def control_dependencies(self, control_inputs):
        """As of a graph; what was made outside of the body must run before the body does."""
        if control_inputs is not None:
            self.outside += [c for c in control_inputs if self._is_outside(c) and not getattr(c, "_is_eager", c is None)]
            control_inputs = [c for c in control_inputs if not self._is_outside(c)]
        return super().control_dependencies(control_inputs)

    def _is_outside(self, item):
        if getattr(item, "_is_eager", False) or item is None:
            return True
        graph = getattr(getattr(item, "op", item), "graph", self)
        return graph is not self and not isinstance(item, str)

    def capture(self, tensor, name=None):
        """Gives the placeholder that stands for `tensor` of an enclosing builder. Raises ValueError for other tensors."""
        known = self._captured.get(id(tensor))
        if known is not None:
            return known[1]
        if not tensor._is_eager and not self._enclosed_by(tensor._op.graph):
            raise ValueError(
                f"Tensor {tensor} is out of scope: it was made inside another function, branch or loop body and cannot be used "
                f"here. It was made at {tensor._op.line[0]}:{tensor._op.line[1]}; return it from there instead."
            )
        constant = self._inlined(tensor)
        if constant is not None:
            self._captured_constants[id(tensor)] = (tensor, constant)
            return constant
        return self.take(tensor, name)

    def take(self, tensor, name=None):
        """`capture` of a tensor of an enclosing builder that was not captured yet, also of a constant."""
        label = name or ("captured" if tensor._is_eager else tensor._op.name.rsplit("/", 1)[-1].lstrip("_") or "captured")
        with self._at_top():
            inner = self.add_input(tensor._dtype, tensor._shape, label, tensor._handle)
        self._captured[id(tensor)] = (tensor, inner)
        return inner

    @property
    def _captured_constants(self):
        return self.__dict__.setdefault("_constants", {})

    def _inlined(self, tensor):
        known = self._captured_constants.get(id(tensor))
        if known is not None:
            return known[1]
        kind = tensor._dtype
        if not (kind.is_integer or kind is dtypes.bool or kind is dtypes.string):
            return None
        if not tensor._is_eager and tensor._op.type != "Const":
            return None
        value = fold.constant_value(tensor) if not tensor._is_eager else tensor._array()
        if value.size > INLINE_LIMIT:
            return None
        with self._at_top():
            return self.constant(value, kind)

    @contextlib.contextmanager
    def _at_top(self):
        """What is made inside belongs to the body as a whole: no name scope, no control inputs."""
        saved = self._scope
        self._scope = ""
        try:
            with self.control_dependencies(None):
                yield
        finally:
            self._scope = saved

    def _enclosed_by(self, graph):
        outer = self.outer
        while isinstance(outer, FuncGraph):
            if outer is graph:
                return True
            outer = outer.outer
        return outer is graph

    def __repr__(self):
        return f"<FuncGraph {self.name}>"


def align(graphs):
    """Gives bodies that one operation holds the same captures in the same order; returns the captured outer tensors."""
    _read_inside(graphs)
    outer = {id(t): t for g in graphs for t in g.external_captures}
    for g in graphs:
        declared = [t for t in g.inputs if all(t is not p for p in g.internal_captures)]
        order = [(t, g.capture(t)) for t in outer.values()]
        g._captured = {id(t): pair for (t, pair) in zip(outer.values(), order)}
        g.inputs = declared + [p for _, p in order]
        g._mutations += 1
    return list(outer.values())


def _read_inside(graphs):
    """A `v/read` from outside shares the memory of `v`: where a body changes `v`, what takes the read sees the change.

    So the body reads the variable itself there.
    """
    refs = {id(t) for g in graphs for t in g.external_captures if t._dtype._is_ref_dtype}
    for g in graphs if refs else ():
        for t in g.external_captures:
            shared = not t._is_eager and t._op.type == "Identity" and not t._op._control_inputs and t._op._inputs[0]
            if shared is False or id(shared) not in refs:
                continue
            _, inner = g._captured.pop(id(t))
            ref = g.capture(shared)
            with g._at_top():
                made = g.create(registry.lookup("Identity"), "read", [ref], {"T": t._dtype}, control_inputs=[], device="")
            for op in list(inner._consumers):
                for i, taken in enumerate(op._inputs):
                    if taken is inner:
                        op._update_input(i, made._outputs[0])
            g.outputs = [made._outputs[0] if o is inner else o for o in g.outputs]
            g.inputs.remove(inner)
            first = [ref._op, made]
            g._list[:] = first + [op for op in g._list if op not in (*first, inner._op)]
            del g._by_name[inner._op.name]
            for n, op in enumerate(g._list, 1):
                op._id = n


def has_effect(op):
    """Whether an operation does something besides giving outputs: writes a variable, prints, asserts, calls Python."""
    if _describes(op.definition):  # its functions run when somebody iterates
        return False
    if acts(op.definition):
        return True
    bodies = [g for g in op.attrs.values() if isinstance(g, FuncGraph)]
    bodies += [g for v in op.attrs.values() if isinstance(v, list) for g in v if isinstance(g, FuncGraph)]
    return any(has_effect(inner) for g in bodies for inner in g._list)


def acts(definition):
    """Whether operations of a kind, leaving bodies aside, do something besides giving outputs."""
    d = definition
    if d.owner or d.name in ("Placeholder", "NoOp", "ReadVariableOp") or _describes(d):
        return False
    return bool(d.writes or (d.host and (d.stateful or not d.outputs)))


def _describes(definition):
    """Whether operations of a kind only say what a data set is."""
    return (
        len(definition.outputs) == 1 and definition.outputs[0].type is dtypes.variant and definition.outputs[0].name == "handle"
    )
