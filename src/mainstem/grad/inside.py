"""Gradients of the user's own (`custom_gradient`, `gradient_override_map`) inside bodies, which are differentiated as a whole.

Each is built as a body itself: it takes the gradients of the operation's outputs and what it uses of the body around it, and gives
the gradients of the operation's inputs. `lower.own` runs it in place of the kernel's.
"""

from mainstem.grad import registry
from mainstem.graph.func_graph import FuncGraph
from mainstem.lower import effects


class OwnGradient:
    """The gradient of one operation of a body.

    Attributes:
        graph: takes a gradient for each output of a floating type (`floats`, their positions), then the tensors `captured`.
        form: for each input of the operation the position of its gradient among the graph's outputs, or None.
    """

    def __init__(self, around, op, fn):
        self.graph = FuncGraph("own_gradient", around)
        kinds = [t._dtype.base_dtype for t in op._outputs]
        self.floats = [i for i, k in enumerate(kinds) if k.is_floating or k.is_complex]
        with self.graph.as_default():
            seeds = {i: self.graph.add_input(kinds[i], op._outputs[i]._shape, f"grad_{i}") for i in self.floats}
            found = fn(op, *[seeds.get(i) for i in range(len(kinds))])
            found = list(found) if isinstance(found, (list, tuple)) else [found]
            given = [None if g is None else self.graph.convert(g) for g in found]
        self.graph.outputs = [g for g in given if g is not None]
        places = iter(range(len(given)))
        self.form = [None if g is None else next(places) for g in given]

    @property
    def captured(self):
        """The tensors of the body that the gradient uses."""
        return self.graph.external_captures


def prepare(attrs):
    """Builds the gradients that operations inside the bodies among `attrs` have of their own."""
    for _, graph in effects.bodies_in(attrs):
        for op in list(graph._list):
            prepare(op.attrs)
            if op.own_gradient is None and "_gradient_op_type" in op.attrs:
                registered, fn = registry.find(op)
                if registered and fn is not None:
                    op.own_gradient = OwnGradient(graph, op, fn)
                    graph._mutations += 1
