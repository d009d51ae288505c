"""The stack of builders: an op call asks the current one (graph, eager or function) to apply it."""

import threading

_default = []


class _Stack(threading.local):
    def __init__(self):
        self.items = []


_stack = _Stack()


def current():
    """The builder that op calls go to: the innermost pushed one, else the default builder of the process."""
    items = _stack.items
    return items[-1] if items else _default[-1]()


def push(builder):
    """Makes `builder` (anything with `apply(op, inputs, attrs, name)` and `convert(...)`) current in this thread."""
    _stack.items.append(builder)


def pop(builder):
    """Ends the innermost use of `builder`. Raises RuntimeError when scopes were not closed in order."""
    if not _stack.items or _stack.items[-1] is not builder:
        raise RuntimeError("Nesting violated: a graph or eager scope was closed out of order.")
    _stack.items.pop()


def stack():
    """The builders pushed in this thread, outermost first."""
    return _stack.items


def set_default(factory):
    """Sets the function that gives the builder when none is pushed."""
    _default[:] = [factory]
