"""Small tools of TensorFlow's own source (`tensorflow.python.util`) that programs import which were once part of it."""

import collections
import contextlib
import functools
import inspect
import re
import sys

import numpy as np

from mainstem.base import source
from mainstem.base.dtypes import DType
from mainstem.base.shapes import TensorShape
from mainstem.platform import logging

ArgSpec = collections.namedtuple("ArgSpec", ["args", "varargs", "keywords", "defaults"])
contextmanager = contextlib.contextmanager


def getargspec(obj):
    """The arguments of a callable as Python 2 told them: `ArgSpec(args, varargs, keywords, defaults)`."""
    return ArgSpec(*inspect.getfullargspec(obj)[:4])


def _checked(date, instructions):
    if not instructions:
        raise ValueError("Don't deprecate things without conversion instructions! Specify the `instructions` argument.")
    if date is not None and not re.fullmatch(r"20\d\d-[01]\d-[0123]\d", date):
        raise ValueError(f"Date must be in format YYYY-MM-DD. Received: {date}")
    return "in a future version" if date is None else f"after {date}"


def _warn(what, when, instructions):
    place = source.show(source.user_line())
    logging.warning(
        "From %s: %s is deprecated and will be removed %s.\nInstructions for updating:\n%s", place, what, when, instructions
    )


def _of(function):
    return f"{getattr(function, '__qualname__', function)} (from {getattr(function, '__module__', '?')})"


def deprecated(date, instructions, warn_once=True):
    """A decorator for functions and classes whose use is logged as deprecated, once or always.

    Raises ValueError for a `date` that is neither None nor YYYY-MM-DD, and without `instructions`.
    """
    when = _checked(date, instructions)

    def decorate(target):
        return _noting(target, lambda args, kwargs: [_of(target)], when, instructions, warn_once)

    return decorate


def deprecated_args(date, instructions, *deprecated_arg_names_or_tuples, **kwargs):
    """A decorator for functions of which some arguments are deprecated: names, or (name, value that may still be given).

    Raises ValueError as `deprecated` does, and for a name that the function does not have.
    """
    when, warn_once = _checked(date, instructions), kwargs.get("warn_once", True)
    named = dict(n if isinstance(n, tuple) else (n, _given) for n in deprecated_arg_names_or_tuples)

    def decorate(function):
        signature = inspect.signature(function)
        takes_all = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
        unknown = [n for n in named if n not in signature.parameters and not takes_all]
        if unknown:
            raise ValueError(f"deprecated_args: the function {_of(function)} has no arguments {unknown}.")

        def found(args, kwargs):
            bound = signature.bind_partial(*args, **kwargs).arguments
            used = [n for n, allowed in named.items() if n in bound and (allowed is _given or bound[n] is not allowed)]
            return [f"calling {_of(function)} with {n}" for n in used]

        return _noting(function, found, when, instructions, warn_once)

    return decorate


def deprecated_arg_values(date, instructions, warn_once=True, **deprecated_kwargs):
    """A decorator for functions of which some values of arguments are deprecated: a call with one of them is logged."""
    when = _checked(date, instructions)

    def decorate(function):
        signature = inspect.signature(function)

        def found(args, kwargs):
            bound = signature.bind_partial(*args, **kwargs).arguments
            used = [n for n, value in deprecated_kwargs.items() if n in bound and bound[n] == value]
            return [f"calling {_of(function)} with {n}={deprecated_kwargs[n]}" for n in used]

        return _noting(function, found, when, instructions, warn_once)

    return decorate


_given = object()


def _noting(target, found, when, instructions, warn_once):
    """`target` with a warning in every call, or the first, for each text that `found(args, kwargs)` gives."""
    told = set()

    def note(args, kwargs):
        for what in found(args, kwargs):
            if not (warn_once and what in told):
                told.add(what)
                _warn(what, when, instructions)

    if inspect.isclass(target):
        make = target.__init__

        @functools.wraps(make)
        def made(self, *args, **kwargs):
            note(args, kwargs)
            make(self, *args, **kwargs)

        target.__init__ = made
        return target

    @functools.wraps(target)
    def called(*args, **kwargs):
        note(args, kwargs)
        return target(*args, **kwargs)

    return make_decorator(target, called, "deprecated")


def deprecated_argument_lookup(new_name, new_value, old_name, old_value):
    """The value of an argument that has two names. Raises ValueError when both are given."""
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'.")
    return old_value


class TFDecorator:
    """What is known of a decorated function: the function below (`decorated_target`) and the decorator's name and text."""

    def __init__(self, decorator_name, target, decorator_doc="", decorator_argspec=None):
        self.decorator_name, self.decorated_target = decorator_name, target
        self.decorator_doc, self.decorator_argspec = decorator_doc, decorator_argspec


def make_decorator(target, decorator_func, decorator_name=None, decorator_doc="", decorator_argspec=None):
    """Gives `decorator_func` the name and text of `target` and a note of it, which `unwrap` reads."""
    name = decorator_name or inspect.currentframe().f_back.f_code.co_name
    functools.update_wrapper(decorator_func, target)
    if decorator_doc:
        decorator_func.__doc__ = decorator_doc
    decorator_func._tf_decorator = TFDecorator(name, target, decorator_doc, decorator_argspec)
    return decorator_func


def unwrap(maybe_tf_decorator):
    """Gives (the `TFDecorator`s of a callable, outermost first, the callable below them)."""
    found = []
    while isinstance(getattr(maybe_tf_decorator, "_tf_decorator", None), TFDecorator):
        found.append(maybe_tf_decorator._tf_decorator)
        maybe_tf_decorator = found[-1].decorated_target
    return found, maybe_tf_decorator


class tf_export:
    """A decorator that TensorFlow's source puts on public names; here it leaves them as they are."""

    def __init__(self, *args, **kwargs):
        self.names = args

    def __call__(self, func):
        return func

    def export_constant(self, module_name, name):
        """Constants are public by their module here."""


def _documented(modules):
    return {name for m in modules for name in re.findall(r"^\s*@@([a-zA-Z0-9_]+)", m.__doc__ or "", re.M)}


def make_all(module_name, doc_string_modules=None):
    """The names that the docstrings of modules mark with `@@`, sorted, as a module's `__all__`."""
    return sorted(_documented(doc_string_modules or [sys.modules[module_name]]))


def remove_undocumented(module_name, allowed_exception_list=None, doc_string_modules=None):
    """Deletes the public names of a module that are neither marked in a docstring nor in `allowed_exception_list`."""
    module = sys.modules[module_name]
    kept = {*make_all(module_name, doc_string_modules), *(allowed_exception_list or ())}
    for name in [n for n in vars(module) if not n.startswith("_") and n not in kept]:
        delattr(module, name)


def get_json_type(obj):
    """What `json.dumps(default=…)` writes for arrays, layers, functions, shapes and dtypes. Raises TypeError for other things."""
    if hasattr(obj, "get_config"):
        return {"class_name": type(obj).__name__, "config": obj.get_config()}
    if isinstance(obj, np.ndarray):
        return obj.tolist()
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, DType):
        return obj.name
    if isinstance(obj, TensorShape):
        return obj.as_list()
    if isinstance(obj, collections.abc.Mapping):
        return dict(obj)
    if callable(obj):
        return obj.__name__
    raise TypeError("Not JSON Serializable:", obj)
