"""Objects that checkpoints find variables through: by the attribute names that lead from a root object to each variable."""

import collections.abc
import functools

from mainstem.state.variable import Variable


class Trackable:
    """An object that a checkpoint sees: it names its children, and lets values wait for children that it does not have yet."""

    def _trackable_children(self, save_type=None, **kwargs):
        """{local name: child object}."""
        return {}

    def _restore_later(self, name, restore):
        """Keeps `restore(child)`, called as soon as there is a child called `name`."""
        self.__dict__.setdefault("_deferred_restores", {}).setdefault(name, []).append(restore)

    def _appeared(self, name, child):
        """Tells that there is a child called `name` now."""
        waiting = self.__dict__.get("_deferred_restores")
        if waiting and name in waiting and is_trackable(child):
            for restore in waiting.pop(name):
                restore(child)


class AutoTrackable(Trackable):
    """A Trackable whose children are its attributes: variables, other Trackables, and lists, tuples and dicts with such inside."""

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if "_deferred_restores" in self.__dict__:
            self._appeared(name, value)

    def _trackable_children(self, save_type=None, **kwargs):
        return {n: v for n, v in vars(self).items() if n != "_deferred_restores" and is_trackable(v)}


class PythonState(Trackable):
    """Something of Python's that checkpoints hold as text: a subclass defines `serialize` and `deserialize`."""

    def serialize(self):
        """The state as a string."""
        raise NotImplementedError(f"{type(self).__name__}.serialize")

    def deserialize(self, string_value):
        """Takes the state from the bytes that `serialize` gave."""
        raise NotImplementedError(f"{type(self).__name__}.deserialize")


def _checked(method):
    """A method of list or dict after which new members get the values that wait for them."""

    @functools.wraps(method)
    def changed(self, *args, **kwargs):
        result = method(self, *args, **kwargs)
        for name, child in children_of(self).items():
            self._appeared(name, child)
        return self if result is self else result

    return changed


class WaitingList(Trackable, list):
    """A list in which members that are still to come will find their values."""

    append, extend, insert = _checked(list.append), _checked(list.extend), _checked(list.insert)
    __setitem__, __iadd__ = _checked(list.__setitem__), _checked(list.__iadd__)

    def __reduce__(self):
        return list, (list(self),)


class WaitingDict(Trackable, dict):
    """A dict in which members that are still to come will find their values."""

    __setitem__, update, setdefault = _checked(dict.__setitem__), _checked(dict.update), _checked(dict.setdefault)

    def __reduce__(self):
        return dict, (dict(self),)


def waiting_container(value):
    """A list or dict as one whose members may come later; None for anything else."""
    kind = {list: WaitingList, dict: WaitingDict}.get(type(value))
    return None if kind is None else kind(value)


def is_trackable(value):
    """Whether a checkpoint sees `value`: a variable, an object that names its children, or a container that holds such."""
    if isinstance(value, Variable):
        return True
    if isinstance(value, (list, tuple)):
        return any(is_trackable(v) for v in value)
    if isinstance(value, collections.abc.Mapping):
        return any(is_trackable(v) for v in value.values())
    return hasattr(type(value), "_trackable_children")


def children_of(value):
    """{local name: child} of anything that `is_trackable`; positions and keys are the names in containers.

    Raises ValueError for a dict that holds a trackable under a key that is not a string.
    """
    if isinstance(value, Variable):
        return {}
    if isinstance(value, (list, tuple)):
        return {str(i): v for i, v in enumerate(value) if is_trackable(v)}
    if isinstance(value, collections.abc.Mapping):
        found = {k: v for k, v in value.items() if is_trackable(v)}
        for k in found:
            if not isinstance(k, str):
                raise ValueError(f"A dict with variables inside can be saved only when its keys are strings. It has {k!r}.")
        return found
    return value._trackable_children()
