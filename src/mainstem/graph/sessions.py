"""The stack of default sessions of a thread: what `Tensor.eval` and `Operation.run` use."""

import threading


class _Stack(threading.local):
    def __init__(self):
        self.items = []


_stack = _Stack()


def push(session):
    """Makes `session` the default session of this thread."""
    _stack.items.append(session)


def pop(session):
    """Ends the innermost use of `session` as the default; sessions may be closed in any order."""
    for i in range(len(_stack.items) - 1, -1, -1):
        if _stack.items[i] is session:
            del _stack.items[i]
            return


def get_default_session():
    """The innermost default session of this thread, or None."""
    return _stack.items[-1] if _stack.items else None


def required(session, graph, what):
    """Gives `session` or the default one. Raises ValueError when there is none or it runs another graph."""
    if session is None:
        session = get_default_session()
        if session is None:
            raise ValueError(
                f"Cannot {what}: No default session is registered. Use `with sess.as_default()` or pass an explicit session to `{what}(session=sess)`"
            )
    if session.graph is not graph:
        raise ValueError(f"Cannot {what}: the session's graph is different from the graph of the tensor or operation.")
    return session
