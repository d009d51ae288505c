"""`custom_gradient`: a function that brings its own gradient; `recompute_grad` and `grad_pass_through` are made of it."""

import contextlib
import functools
import inspect
import itertools

from mainstem.base import dtypes, nest
from mainstem.core import builder, registry
from mainstem.eager.context import context
from mainstem.grad.graph_tape import GraphRecorder, own_tensor
from mainstem.grad.recorder import Recorder
from mainstem.grad.registry import OWN, register_in
from mainstem.grad.tape import GradientTape
from mainstem.graph.graph import get_default_graph
from mainstem.graph.tensor import Tensor

_serial = itertools.count()
_NEEDS_VARIABLES = (
    "If using @custom_gradient with a function that uses variables, then grad_fn must accept a 'variables' keyword argument."
)


def custom_gradient(f=None):
    """Decorator for `f(*args) -> (result, grad_fn)`: `grad_fn(*dresult)` gives the gradients of `args`.

    When `f` reads variables, `grad_fn` must take `variables=` and also give their gradients: `(dargs, dvariables)`.
    Raises TypeError when it does not.
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        if builder.current() is context():
            return _eager_mode(f, args, kwargs)
        return _graph_mode(f, args, kwargs)

    return decorated


# ---- eager mode


class _Watcher(Recorder):
    """Notes which variables are read, nothing else."""

    def record(self, op, attrs, inputs, outputs):
        for t in inputs:
            if t._dtype is dtypes.resource:
                self._access(t)

    def record_call(self, inputs, outputs, pull, tensors=False):
        self.record(None, None, inputs, outputs)


@contextlib.contextmanager
def _unheard():
    """No tape hears what happens inside; which variables are read is still noted."""
    tapes = context().tapes
    saved = list(tapes)
    tapes[:] = [t for t in saved if isinstance(t, _Watcher)]
    try:
        yield
    finally:
        tapes[:] = saved


def _eager_mode(f, args, kwargs):
    """Runs `f` and tells the tapes of it as of one op, in place of the ops that gave its results."""
    current, flat = context(), nest.flatten(args, expand_composites=True)
    watcher = _Watcher(True)
    current.tapes.append(watcher)
    try:
        result, grad_fn = f(*args, **kwargs)
    finally:
        current.tapes.remove(watcher)
    with _unheard():
        identity = registry.lookup("Identity")
        results = [current.apply(identity, (r,), {}) for r in nest.flatten(result, expand_composites=True)]
    given = [a for a in flat if hasattr(a, "handle")]
    variables = [v for v in watcher.variables if not any(v is a for a in given)]
    if variables and not _takes_variables(grad_fn):
        raise TypeError(
            f"@tf.custom_gradient grad_fn must accept keyword argument 'variables', since function uses variables: {variables}"
        )
    inputs = [own_tensor(a) if hasattr(a, "handle") else current.convert(a) for a in flat] + [own_tensor(v) for v in variables]

    def pull(grads):
        filled = [_zeros(r) if g is None else g for g, r in zip(grads, results)]
        return _called(grad_fn, filled, variables, len(flat))

    for tape in current.tapes:
        tape.record_call(inputs, results, pull, tensors=True)
    return nest.pack_sequence_as(result, results, expand_composites=True)


def _zeros(t):
    return context().apply(registry.lookup("ZerosLike"), (t,), {})


def _takes_variables(fn):
    parameters = inspect.signature(fn).parameters.values()
    return any(p.name == "variables" or p.kind is p.VAR_KEYWORD for p in parameters)


def _called(grad_fn, grads, variables, count):
    """The gradients that `grad_fn` gives: of `count` arguments, then of the variables."""
    if variables:
        given, of_variables = grad_fn(*grads, variables=variables)
        of_variables = list(of_variables)
        if len(of_variables) != len(variables):
            raise ValueError("Must return gradient for each variable from @custom_gradient grad_fn.")
    else:
        given, of_variables = grad_fn(*grads), []
    given = nest.flatten(given)
    if len(given) != count:
        raise ValueError(f"custom_gradient function expected to return {count} gradients, but returned {len(given)} instead.")
    current = builder.current()
    return [g if g is None or hasattr(g, "dense_shape") else current.convert(g) for g in given + of_variables]


# ---- graph mode


def _graph_mode(f, args, kwargs):
    graph = get_default_graph()
    if kwargs:
        raise ValueError(
            "The custom_gradient decorator currently supports keywords arguments only when eager execution is enabled."
        )
    identity = registry.lookup("Identity")
    args = [graph.convert(a) for a in args]
    recorder = GraphRecorder(graph, True)
    recorder.start()
    result, grad_fn = f(*args)
    recorder.stop()
    given = {id(a) for a in args}  # a variable's value that is an argument is one tensor as any
    variables = [v for v in recorder.variables if id(getattr(v, "_read", None)) not in given]
    if variables and not _takes_variables(grad_fn):
        raise TypeError(_NEEDS_VARIABLES)
    results = [graph.convert(r) for r in nest.flatten(result)]
    handles = [graph.accept(own_tensor(v)) for v in variables]
    name = f"{OWN}{next(_serial)}"
    reads = [graph.apply(identity, (h,), {}) if h.dtype._is_ref_dtype else h for h in handles]
    register_in(graph, name, _gradient_function(grad_fn, variables, len(results), len(args)))
    with graph.gradient_override_map({"IdentityN": name}):
        outs = graph.apply(registry.lookup("IdentityN"), (results + args + reads,), {})
    return nest.pack_sequence_as(result, outs[: len(results)])


def _gradient_function(grad_fn, variables, results, arguments):
    def gradient(op, *grads):
        return [None] * results + _called(grad_fn, grads[:results], variables, arguments)

    return gradient


# ---- made of it


def recompute_grad(f):
    """A function like `f` that keeps nothing between for the gradient: `f` runs again on the way back.

    It takes and gives tensors; variables that it reads get gradients, too.
    """

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        @custom_gradient
        def once(*inner):
            with _unheard():
                result = f(*inner, **kwargs)

            def grad_fn(*grads, variables=None):
                with GradientTape() as tape:
                    sources = [_copy(a) for a in inner]
                    tape.watch([s for s in sources if isinstance(s, Tensor)])
                    for v in variables or ():
                        tape.watch(v)
                    again = f(*sources, **kwargs)
                found = tape.gradient(again, [*sources, *(variables or ())], output_gradients=list(grads))
                return (found[: len(inner)], found[len(inner) :]) if variables else found

            return result, grad_fn

        return once(*args)

    return decorated


def _copy(t):
    """Another tensor of the same value, so that what is computed of it is told from the first run."""
    return builder.current().apply(registry.lookup("Identity"), (builder.current().convert(t),), {})


def grad_pass_through(f):
    """A function with the values of `f` and the gradient of identity: what arrives at its result is passed to its arguments."""

    @custom_gradient
    def _grad_pass_through_op(*args, **kwargs):
        def grad(*grads, **kwargs_of_grad):
            variables = kwargs_of_grad.get("variables")
            if variables is not None:
                return grads, [None] * len(variables)
            return grads

        return f(*args, **kwargs), grad

    return functools.wraps(f)(_grad_pass_through_op)
