"""The three verbs in which the table is written, and the rows they make."""

WORLDS = {"v1": {}, "v2": {}}


def _add(world, obj, names):
    for name in names:
        if name in WORLDS[world]:
            raise ValueError(f"{world}: the public name {name!r} is in the table twice")
        WORLDS[world][name] = obj


def both(obj, *names):
    """The same object under the same names in both worlds."""
    _add("v1", obj, names)
    _add("v2", obj, names)


def v1(obj, *names):
    """An object of TensorFlow 1's namespace."""
    _add("v1", obj, names)


def v2(obj, *names):
    """An object of TensorFlow 2's namespace."""
    _add("v2", obj, names)
