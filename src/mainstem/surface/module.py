"""`Module`: an object with a name that knows the variables and modules among its attributes."""

import functools
import re

from mainstem.base import nest
from mainstem.state.trackable import AutoTrackable
from mainstem.state.variable import Variable, VariableV2
from mainstem.surface import framework

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])")


def _snake(name):
    """`MyMLPLayer2` as `my_mlp_layer2`."""
    return _WORD_STARTS.sub("_", name).lower()


class Module(AutoTrackable):
    """Base of layers and models: collects the variables of its attributes, also inside lists, dicts and other modules.

    `name` defaults to the class's name in snake case. Variables made under `with self.name_scope:`, or in a method decorated
    with `Module.with_name_scope`, are named after it. Raises ValueError for a name that is no Python identifier.
    """

    _TF_MODULE_IGNORED_PROPERTIES = frozenset()

    def __init__(self, name=None):
        name = _snake(type(self).__name__) if name is None else name
        if not _NAME.match(name):
            raise ValueError(
                f"{name!r} is not a valid module name. Module names must be valid Python identifiers (e.g. a valid class name)."
            )
        self._name = name
        with framework.name_scope(name) as scope:
            self._scope_name = scope

    @property
    def name(self):
        """The name, without scopes."""
        return self._name

    @property
    def name_scope(self):
        """A context manager that opens the module's name scope."""
        return framework.name_scope(self._scope_name)

    @property
    def variables(self):
        """The variables of this module and its submodules, a tuple; by the sorted names of attributes, own ones first."""
        return tuple(self._flatten(predicate=_is_variable, expand_composites=True))

    @property
    def trainable_variables(self):
        """Those of `variables` that are trainable."""
        return tuple(self._flatten(predicate=lambda v: _is_variable(v) and v.trainable, expand_composites=True))

    @property
    def non_trainable_variables(self):
        """Those of `variables` that are not trainable."""
        return tuple(self._flatten(predicate=lambda v: _is_variable(v) and not v.trainable, expand_composites=True))

    @property
    def submodules(self):
        """All modules inside this one, a tuple."""
        return tuple(self._flatten(predicate=lambda v: isinstance(v, Module)))

    def _flatten(self, recursive=True, predicate=None, attribute_traversal_key=None, with_path=False, expand_composites=False):
        """Yields the leaves of the attributes for which `predicate` holds, each once; with `with_path` as (path, leaf).

        A path is the tuple of attribute names, keys and positions that lead there; with paths a leaf comes by all its paths.
        """
        keep = predicate if predicate is not None else lambda _: True
        seen = None if with_path else {id(self)}
        for path, leaf in _leaves(self, (), (id(self),), seen, recursive, keep, attribute_traversal_key, expand_composites):
            yield (path, leaf) if with_path else leaf

    @classmethod
    def with_name_scope(cls, method):
        """Decorator: runs a method under the module's name scope."""

        @functools.wraps(method)
        def scoped(self, *args, **kwargs):
            with self.name_scope:
                return method(self, *args, **kwargs)

        return scoped


def _is_variable(value):
    return isinstance(value, (Variable, VariableV2))


def _leaves(module, path, above, seen, recursive, keep, key, expand):
    ignored, inside = module._TF_MODULE_IGNORED_PROPERTIES, []
    for name in sorted(vars(module), key=key):
        if name in ignored:
            continue
        for steps, leaf in nest.flatten_with_paths(vars(module)[name], expand):
            if seen is not None:
                if id(leaf) in seen:
                    continue
                seen.add(id(leaf))
            here = (*path, name, *steps)
            if keep(leaf):
                yield here, leaf
            if recursive and isinstance(leaf, Module) and id(leaf) not in above:
                inside.append((here, leaf))
    for here, leaf in inside:
        yield from _leaves(leaf, here, (*above, id(leaf)), seen, recursive, keep, key, expand)
