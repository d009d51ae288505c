"""Gradient functions made of functions (`tf.contrib.eager`): over all variables that are read, or over the arguments."""

import functools
import inspect

from mainstem.base import nest
from mainstem.core import builder, registry
from mainstem.grad.tape import GradientTape


def implicit_val_and_grad(f):
    """A function giving `(f(*args), [(gradient, variable), ...])` over the trainable variables that `f` reads.

    Calling it raises ValueError when `f` gives None or reads no trainable variable.
    """

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        with GradientTape() as tape:
            value = f(*args, **kwargs)
        if value is None:
            raise ValueError(
                f"Cannot differentiate a function that returns None; did you forget to return a value from {_name(f)}?"
            )
        variables = tape.watched_variables()
        if not variables:
            raise ValueError("No trainable variables were accessed while the function was being computed.")
        return value, list(zip(tape.gradient(value, list(variables)), variables))

    return decorated


def implicit_grad(f):
    """A function giving `[(gradient, variable), ...]` over the trainable variables that `f` reads."""
    both = implicit_val_and_grad(f)

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        return both(*args, **kwargs)[1]

    return decorated


def val_and_grad_function(f, params=None):
    """A function giving `(f(*args), [gradient of each argument])`; `params`: positions or names of the arguments that count.

    Raises ValueError for unknown names or positions.
    """
    names = [p.name for p in inspect.signature(f).parameters.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]

    def places(count):
        if params is None:
            return list(range(count))
        chosen = params if isinstance(params, (list, tuple)) else [params]
        if all(isinstance(p, int) for p in chosen):
            return list(chosen)
        unknown = [p for p in chosen if p not in names]
        if unknown:
            raise ValueError(f"params must be argument positions or names ({', '.join(names)}). Got {unknown[0]!r}.")
        return [names.index(p) for p in chosen]

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        dy = kwargs.pop("dy", None)
        if kwargs:
            raise ValueError("Functions to be differentiated cannot receive keyword arguments.")
        # other tensors, so that an argument given twice has two gradients
        args = [nest.map_structure(_copy, a) for a in args]
        with GradientTape() as tape:
            sources = [args[i] for i in places(len(args))]
            tape.watch(sources)
            value = f(*args)
        if value is None:
            raise ValueError(
                f"Cannot differentiate a function that returns None; did you forget to return a value from {_name(f)}?"
            )
        return value, tape.gradient(value, sources, output_gradients=dy)

    return decorated


def gradients_function(f, params=None):
    """A function giving `[gradient of each argument]` of `f`; `params`: positions or names of the arguments that count."""
    both = val_and_grad_function(f, params)

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        return both(*args, **kwargs)[1]

    return decorated


def _name(f):
    return getattr(f, "__name__", repr(f))


def _copy(value):
    if hasattr(value, "handle"):
        return value
    return builder.current().apply(registry.lookup("Identity"), (builder.current().convert(value),), {})
