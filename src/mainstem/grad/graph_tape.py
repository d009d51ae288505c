"""A tape over a graph that is being built: the operations are nodes already, the tape remembers which were made while it ran."""

from mainstem.base import dtypes
from mainstem.grad import gradients, rows
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
                if {*self._forms(v), getattr(v, "_read", None)} & used and not any(v is f for f in found):
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
                roots.update(self._forms(v))
        for v in self.explicit:
            roots.update(self._forms(v))
        return roots

    def _forms(self, source):
        """The tensors of this graph that a source is: in the body of a function a TensorFlow 1 variable may be two, the captured
        reference and the captured `v/read`."""
        if isinstance(source, IndexedSlices):
            source = source.values
        if not is_variable(source):
            forms = [source]
        else:
            forms = [own_tensor(source)]
            read = getattr(source, "_read", None)
            if read is not None and read._op.graph is not self.graph:
                forms.append(read)
        return [t for t in map(self.inner, forms) if t is not None]

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
        forms = [self._forms(s) for s in sources]
        with graph.name_scope("gradient_tape"):
            wrt = [t for several in forms for t in several if t in reached]
            grads = gradients._backpropagate(graph, ys, wrt, dys, set(), False, self._saw) if ys and wrt else {}
            for t in dict.fromkeys(t for several in forms for t in several if t not in reached and t in ys):
                # a target that is a source itself, though nobody watches it
                grads[t] = [gradients._initial(graph, y, dy, 0) for y, dy in zip(ys, dys) if y is t]
            return [gradients._total(graph, [g for t in several for g in grads.get(t) or ()]) for several in forms]

    def gradient_rows(self, target, sources, seeds):
        """Gradients for each row of `seeds` (a tensor of rows like `target`), stacked and whole, or None."""
        return rows.in_one_node(self.graph, target, seeds, lambda seed: self.gradient([target], sources, [seed]))


def _reads_variable(op):
    return op.type == "Identity" and op._inputs[0]._dtype._is_ref_dtype


def is_variable(x):
    """Whether `x` is a variable: it has a handle or a reference of its own."""
    return getattr(x, "handle", None) is not None or callable(getattr(x, "_ref", None))


def own_tensor(variable):
    """The handle of a variable, or the reference of a TensorFlow 1 one."""
    handle = getattr(variable, "handle", None)
    return handle if handle is not None else variable._ref()
