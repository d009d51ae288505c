"""A tape over a graph that is being built: the operations are nodes already, the tape remembers which were made while it ran."""

from mainstem.base import dtypes
from mainstem.core import registry
from mainstem.grad import gradients
from mainstem.grad.kinds import TRAINABLE
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.keys import GraphKeys


class GraphRecorder:
    """The part of a graph that one tape saw."""

    def __init__(self, graph, automatic):
        self.graph, self.automatic = graph, automatic
        self.clear()

    def clear(self):
        """Forgets everything."""
        self.intervals, self.watched, self.explicit = [], set(), []

    def release(self, explain):
        """Nothing is held but nodes of the graph."""

    def start(self):
        """Operations made from here on are the tape's."""
        self.intervals.append([len(self.graph._list), None])

    def stop(self):
        """Operations made from here on are not."""
        self.intervals[-1][1] = len(self.graph._list)

    def _saw(self, op):
        if op.graph is not self.graph:
            return False
        if _reads_variable(op):
            return True  # `v/read` is made with the variable, once for all tapes
        return any(start < op._id and (stop is None or op._id <= stop) for start, stop in self.intervals)

    def inner(self, tensor):
        """The tensor of this graph for a tensor or handle that may belong to an enclosing builder; None when it is not used."""
        if not tensor._is_eager and tensor._op.graph is self.graph:
            return tensor
        if not isinstance(self.graph, FuncGraph):
            return None
        known = self.graph._captured.get(id(tensor))
        return None if known is None else known[1]

    # ---- what is watched

    def watch(self, tensor):
        """Follows a tensor or a handle from here on."""
        self.watched.add(self.graph.accept(tensor))

    def watch_variable(self, variable):
        """Follows a variable from here on."""
        if not any(v is variable for v in self.explicit):
            self.explicit.append(variable)
        self.watch(own_tensor(variable))

    @property
    def variables(self):
        """Watched variables: those named, and trainable ones that an operation of the tape read."""
        found = list(self.explicit)
        if self.automatic:
            used = {t for op in self.graph._list if self._saw(op) and not _reads_variable(op) for t in op._inputs}
            for v in self._trainable():
                own = {self.inner(own_tensor(v)), getattr(v, "_read", None)} - {None}
                if own & used and not any(v is f for f in found):
                    found.append(v)
        return found

    def _trainable(self):
        found = list(self.graph.get_collection(GraphKeys.TRAINABLE_VARIABLES))
        if isinstance(self.graph, FuncGraph):
            for outer in self.graph.external_captures:
                slot = outer._value if outer._is_eager and outer._dtype is dtypes.resource else None
                v = getattr(slot, "variable", None)
                v = None if v is None else v()
                if v is not None and v.trainable and not any(v is f for f in found):
                    found.append(v)
        return found

    def _roots(self, sources):
        roots = set(self.watched)
        for v in sources:
            if is_variable(v) and self.automatic and v.trainable:
                roots.update(t for t in (self.inner(own_tensor(v)),) if t is not None)
        return roots

    # ---- gradients

    def gradient(self, targets, sources, seeds):
        """One gradient a source: tensor, IndexedSlices or None."""
        graph = self.graph
        roots = self._roots(sources)
        reached = set(roots)
        for op in graph._list:
            if self._saw(op) and any(t in reached for t in op._inputs):
                reached.update(op._outputs)
        ys, dys = [], []
        for y, dy in zip(targets, seeds):
            y = graph.convert(y)
            if y._dtype.base_dtype in TRAINABLE:
                ys.append(y)
                dys.append(dy)
        inside = [self._own(s) for s in sources]
        known = [t if t is not None and t in reached else None for t in inside]
        with graph.name_scope("gradient_tape"):
            wrt = [t for t in known if t is not None]
            grads = gradients._backpropagate(graph, ys, wrt, dys, set(), False, self._saw) if ys and wrt else {}
            found = [None if t is None else gradients._total(graph, grads.get(t)) for t in known]
            for i, t in enumerate(inside):
                if known[i] is None and t in ys:  # a target that is a source itself, though nobody watches it
                    same = [gradients._initial(graph, y, dy, 0) for y, dy in zip(ys, dys) if y is t]
                    found[i] = gradients._total(graph, same)
            return found

    def _own(self, source):
        if isinstance(source, IndexedSlices):
            source = source.values
        return self.inner(own_tensor(source) if is_variable(source) else source)

    def gradient_rows(self, target, sources, seeds):
        """Gradients for each row of `seeds` (a tensor of rows like `target`), stacked and whole, or None: one node for all rows.

        The way back is built once, for one row, and moved into a body of which that node runs all rows at once.
        """
        graph = self.graph
        mark = len(graph._list)
        with graph.control_dependencies(None):
            seed = _placeholder(graph, target)
            grads = [None if g is None else graph.convert(g) for g in self.gradient([target], sources, [seed])]
        if all(g is None for g in grads):
            _taken_back(graph, mark)
            return grads
        body = FuncGraph("rows", graph)
        inside = {seed: body.add_input(seed._dtype, seed._shape, "seed")}
        for op in graph._list[mark + 1 :]:
            _copied(op, body, inside)
        body.outputs = [_inside(g, body, inside) for g in grads if g is not None]
        _taken_back(graph, mark)
        args = [seeds, *body.external_captures]
        attrs = {"f": body, "mapped": 1, "Tout": [t._dtype for t in body.outputs]}
        made = iter(graph.apply(registry.lookup("_VectorizedCall"), (args,), attrs, "jacobian"))
        return [None if g is None else next(made) for g in grads]


def _placeholder(graph, like):
    attrs = {"dtype": like._dtype.base_dtype, "shape": like._shape}
    made = graph.create(registry.lookup("Placeholder"), "seed", [], attrs, control_inputs=[], device="", shape=[like._shape])
    return made._outputs[0]


def _inside(t, body, known):
    return known[t] if t in known else body.capture(t)


def _copied(op, body, known):
    """Makes an operation again in a body."""
    inputs = [_inside(t, body, known) for t in op._inputs]
    shape = [t._shape for t in op._outputs]
    made = body.create(op.definition, op.name, inputs, dict(op.attrs), control_inputs=[], device="", line=op.line, shape=shape)
    for old, new in zip(op._outputs, made._outputs):
        new._handle, new._constant = old._handle, old._constant
        known[old] = new


def _taken_back(graph, mark):
    """Undoes the operations of a graph from number `mark` on."""
    for op in reversed(graph._list[mark:]):
        for t in op._inputs:
            t._consumers.remove(op)
        for c in op._control_inputs:
            c._control_outputs.remove(op)
        del graph._by_name[op.name]
        graph._names.pop(op.name.lower(), None)
    del graph._list[mark:]


def _reads_variable(op):
    return op.type == "Identity" and op._inputs[0]._dtype._is_ref_dtype


def is_variable(x):
    """Whether `x` is a variable: it has a handle or a reference of its own."""
    return getattr(x, "handle", None) is not None or callable(getattr(x, "_ref", None))


def own_tensor(variable):
    """The handle of a variable, or the reference of a TensorFlow 1 one."""
    handle = getattr(variable, "handle", None)
    return handle if handle is not None else variable._ref()
