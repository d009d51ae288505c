"""Functions that datasets call: traced once to a graph, as tf.function traces them, AutoGraph included."""

from mainstem.core import registry
from mainstem.data import structure
from mainstem.graph.func_graph import FuncGraph
from mainstem.run import autograph, concrete


class Traced:
    """The graph of a function of an element, the spec of its result, and the tensors that it takes from around it."""

    def __init__(self, graph, spec, captured):
        self.graph, self.spec, self.captured = graph, spec, captured


def trace(function, name, *specs, unpack=True):
    """Traces `function` for an element of `specs`: several arguments each of a structure of specs, or one, which a tuple fills.

    `name`: "Dataset.map()". Raises TypeError where the result cannot be components, and what the function raises.
    """
    shown = getattr(function, "__name__", type(function).__name__)
    graph = FuncGraph("".join(c if c.isalnum() or c == "_" else "_" for c in f"{name}_{shown}"))
    with graph.as_default():
        given = []
        for i, spec in enumerate(specs):
            types, dims = structure.component_types(spec), structure.component_shapes(spec)
            tensors = [graph.add_input(t, s, f"args_{i}") for t, s in zip(types, dims, strict=True)]
            given.append(structure.from_components(spec, tensors))
        declared = len(graph.inputs)
        if len(given) == 1 and unpack and type(given[0]) is tuple:
            given = given[0]
        made = autograph.convert_if_enabled(function)(*given)
        if isinstance(made, list):
            made = tuple(made)  # py_func gives a list of tensors that need not stack
        element = _normalized(made, name, function)
        spec = structure.specs_of(element)
        identity = registry.lookup("Identity")
        with graph._at_top():
            flat = [graph.accept(t) for t in structure.to_components(element)]
            graph.outputs = [graph.apply(identity, (t,), {}, "Identity") for t in flat]
    concrete.order_effects(graph)
    graph.inputs = graph.inputs[:declared] + graph.internal_captures
    return Traced(graph, spec, list(graph.external_captures))


def _normalized(made, name, function):
    try:
        return structure.normalized(made)
    except (TypeError, ValueError) as e:
        raise TypeError(
            f"Unsupported return value from function passed to {name}: {made!r}. ({function!r} must give tensors, sparse tensors, "
            f"datasets, or tuples and dicts of such: {e})"
        ) from None
