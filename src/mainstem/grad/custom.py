"""`custom_gradient`: a function that brings its own gradient."""

import functools
import itertools

from mainstem.core import registry
from mainstem.grad.registry import RegisterGradient
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys

_serial = itertools.count()


def custom_gradient(f=None):
    """Decorator for `f(*args) -> (result, grad_fn)`: `grad_fn(*dresult)` gives the gradients of `args`.

    When `f` reads variables, `grad_fn` must take `variables=` and also give their gradients: `(dargs, dvariables)`.
    Raises TypeError when it does not.
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        return _graph_mode(f, args, kwargs)

    return decorated


def _graph_mode(f, args, kwargs):
    graph = get_default_graph()
    if kwargs:
        raise ValueError(
            "The custom_gradient decorator currently supports keywords arguments only when eager execution is enabled."
        )
    identity = registry.lookup("Identity")
    args = [graph.apply(identity, (graph.convert(a),), {}) for a in args]
    before = len(graph._list)
    result, grad_fn = f(*args)
    variables = _variables_read(graph, before)
    single = not isinstance(result, (list, tuple))
    results = [graph.convert(r) for r in ([result] if single else result)]
    handles = [getattr(v, "handle", None) if getattr(v, "handle", None) is not None else v._ref() for v in variables]
    name = f"CustomGradient-{next(_serial)}"
    reads = [graph.apply(identity, (h,), {}) if h.dtype._is_ref_dtype else h for h in handles]
    RegisterGradient(name)(_gradient_function(grad_fn, variables, len(results), len(args), single))
    with graph.gradient_override_map({"IdentityN": name}):
        outs = graph.apply(registry.lookup("IdentityN"), (results + args + reads,), {})
    outs = outs[: len(results)]
    return outs[0] if single else type(result)(outs)


def _variables_read(graph, before):
    """Trainable variables that the operations made since `before` read."""
    inputs = {t for op in graph._list[before:] for t in op._inputs}
    found = []
    for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES):
        own = {v._as_graph_element(), getattr(v, "handle", None)}
        ref = getattr(v, "_ref", None)
        if callable(ref):
            own.add(ref())
        if getattr(v, "_snapshot", None) is not None:
            own.add(v._snapshot)
        if own & inputs:
            found.append(v)
    return found


def _gradient_function(grad_fn, variables, results, arguments, single):
    def gradient(op, *grads):
        grads = grads[:results]
        if variables:
            try:
                given, of_variables = grad_fn(*grads, variables=variables)
            except TypeError as e:
                raise TypeError(
                    "If using @custom_gradient with a function that uses variables, then grad_fn must accept a 'variables' keyword argument."
                ) from e
            if len(of_variables) != len(variables):
                raise ValueError("Must return gradient for each variable from @custom_gradient grad_fn.")
        else:
            given, of_variables = grad_fn(*grads), []
        given = list(given) if isinstance(given, (list, tuple)) else [given]
        if len(given) != arguments:
            raise ValueError(f"custom_gradient: grad_fn gave {len(given)} gradients for {arguments} arguments.")
        return [None] * results + given + list(of_variables)

    return gradient
