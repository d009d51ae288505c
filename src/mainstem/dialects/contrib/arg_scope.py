"""Argument scopes: defaults for the keyword arguments of decorated functions, inside a `with` block."""

import contextlib
import functools
import inspect
import threading


class _Scopes(threading.local):
    def __init__(self):
        self.stack = [{}]


_scopes, _arguments = _Scopes(), {}


def arg_scope_func_key(op):
    """What stands for a function in argument scopes: the function before it was decorated."""
    return getattr(op, "_key_op", op)


def _name(op):
    return (getattr(op, "__module__", ""), getattr(op, "__name__", str(op)))


def current_arg_scope():
    """The scope in force: a dict from functions to their defaults."""
    return _scopes.stack[-1]


def has_arg_scope(func):
    """Whether a function takes part in argument scopes."""
    return arg_scope_func_key(func) in _arguments


def arg_scoped_arguments(func):
    """The names of the arguments that a scope can set for `func`. Raises AssertionError for one that is not decorated."""
    if not has_arg_scope(func):
        raise AssertionError(f"{_name(func)} is not decorated with @add_arg_scope")
    return _arguments[arg_scope_func_key(func)]


@contextlib.contextmanager
def arg_scope(list_ops_or_scope, **kwargs):
    """Inside, the functions of a list take `kwargs` as defaults; or a scope that an earlier `with` gave is in force again.

    Gives the scope. Raises ValueError for a function that is not decorated with `add_arg_scope` or for arguments beside an
    earlier scope, TypeError for something else than a list, a tuple or a scope.
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError(
                "arg_scope: an earlier scope cannot be opened with further arguments; nest a second arg_scope for them."
            )
        scope = dict(list_ops_or_scope)
    elif isinstance(list_ops_or_scope, (list, tuple)):
        scope = dict(current_arg_scope())
        for op in list_ops_or_scope:
            if not has_arg_scope(op):
                raise ValueError("%s is not decorated with @add_arg_scope", _name(op))
            key = arg_scope_func_key(op)
            scope[key] = {**scope.get(key, {}), **kwargs}
    else:
        raise TypeError("list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)")
    _scopes.stack.append(scope)
    try:
        yield scope
    finally:
        _scopes.stack.pop()


def add_arg_scope(func):
    """Decorates a function so that `arg_scope` can set its keyword arguments."""
    key = arg_scope_func_key(func)

    @functools.wraps(func)
    def scoped(*args, **kwargs):
        return func(*args, **{**current_arg_scope().get(key, {}), **kwargs})

    scoped._key_op = key
    parameters = inspect.signature(func).parameters.values()
    _arguments[key] = tuple(p.name for p in parameters if p.default is not p.empty)
    return scoped
