"""Which layer is being called: what an inner layer takes from the outer one."""

import contextlib
import functools
import inspect
import threading


class _Calls(threading.local):
    def __init__(self):
        self.layer = self.training = self.inputs = None
        self.frozen = False


_calls = _Calls()


def inside():
    """Whether a layer is being called."""
    return _calls.layer is not None


def training():
    """The `training` of the call that is going on, None where nobody said."""
    return _calls.training


def inputs():
    """The inputs of the innermost call."""
    return _calls.inputs


def frozen():
    """Whether the innermost call, or one around it, is of a layer that does not train."""
    return _calls.frozen


@contextlib.contextmanager
def entered(layer, inputs, training):
    """Inside, `layer` is being called."""
    before = (_calls.layer, _calls.inputs, _calls.training, _calls.frozen)
    _calls.layer, _calls.inputs, _calls.training = layer, inputs, training
    _calls.frozen = _calls.frozen or not layer.trainable
    try:
        yield
    finally:
        _calls.layer, _calls.inputs, _calls.training, _calls.frozen = before


@functools.lru_cache(maxsize=4096)
def _read(function):
    found = inspect.signature(function).parameters.values()
    named = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return tuple(named), any(p.kind is p.VAR_KEYWORD for p in found)


class Arguments:
    """The arguments of a layer's `call` but for the inputs: which it has, and which were given."""

    def __init__(self, call):
        bound = inspect.ismethod(call)
        names, self.takes_any = _read(call.__func__ if bound else call)
        self.names = names[2:] if bound else names[1:]

    def expects(self, name):
        """Whether `call` takes an argument of this name."""
        return name in self.names or self.takes_any

    def given(self, name, args, kwargs):
        """Whether the caller gave it."""
        return name in kwargs or name in self.names[: len(args)]

    def value(self, name, args, kwargs):
        """What the caller gave."""
        return kwargs[name] if name in kwargs else args[self.names.index(name)]

    def as_dict(self, args, kwargs):
        """All that the caller gave, by name."""
        return {**dict(zip(self.names, args)), **kwargs}
