"""`make_template`: a function whose variables are made on the first call and shared by later ones."""

import functools
import logging

from mainstem.base import source
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.state import scope as state_scope
from mainstem.state.store import EagerVariableStore
from mainstem.surface.variable_scope import open_variables_only, variable_scope

_log = logging.getLogger("mainstem")
_running = []  # templates of eager mode that are being called


def make_template(name_, func_, create_scope_now_=False, unique_name_=None, custom_getter_=None, **kwargs):
    """Gives a function like `func_` whose `get_variable` calls share their variables between calls.

    Args:
        name_: name of its variable scope, made unique.
        func_: the function; `kwargs` are passed to it with every call.
        create_scope_now_: opens the scope (and so settles its name) now and not at the first call.
        unique_name_: the exact scope name; then the scope must be one that allows reuse when it exists.
        custom_getter_: as in `variable_scope`.

    Raises ValueError when a later call makes a trainable variable.
    """
    if kwargs:
        func_ = functools.partial(func_, **kwargs)
    return Template(name_, func_, create_scope_now_, unique_name_, custom_getter_)


class Template:
    """A function with one variable scope for all its calls; see `make_template`."""

    def __init__(self, name, func, create_scope_now=False, unique_name=None, custom_getter=None):
        if name is None:
            raise ValueError("name cannot be None.")
        self._name, self._func, self._unique_name, self._custom_getter = name, func, unique_name, custom_getter
        self._line, self._variable_scope, self._called = source.user_line(), None, False
        self._store, self._inner = EagerVariableStore() if state_scope.eager() else None, []
        if create_scope_now:
            opened = unique_name or state_scope.stack().unique(name)
            with open_variables_only(opened, custom_getter=custom_getter) as scope:
                self._variable_scope = scope

    def _call(self, args, kwargs):
        if self._store is not None:
            return self._call_with_store(args, kwargs)
        graph = get_default_graph()
        before = len(graph.get_collection(GraphKeys.GLOBAL_VARIABLES))
        trainable_before = len(graph.get_collection(GraphKeys.TRAINABLE_VARIABLES))
        try:
            result = self._func(*args, **kwargs)
        except Exception as e:
            e.add_note(f"in the template '{self._name}', made at {source.show(self._line)}")
            raise
        if self._called:
            made = graph.get_collection(GraphKeys.TRAINABLE_VARIABLES)[trainable_before:]
            if made:
                raise ValueError(
                    "Trainable variable created when calling a template after the first time, perhaps you used tf.Variable "
                    f"when you meant tf.get_variable: {made}"
                )
            others = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)[before:]
            if others:
                _log.info(
                    "New variables created when calling a template after the first time, perhaps you used tf.Variable when "
                    "you meant tf.get_variable: %s",
                    others,
                )
        self._called = True
        return result

    def _call_with_store(self, args, kwargs):
        """In eager mode: variables are those of the template's own store; it tells an enclosing template of itself."""
        before = list(self._store.trainable_variables())
        if _running and self not in _running[-1]._inner:
            _running[-1]._inner.append(self)
        _running.append(self)
        try:
            with self._store.as_default():
                result = self._func(*args, **kwargs)
        except Exception as e:
            e.add_note(f"in the template '{self._name}', made at {source.show(self._line)}")
            raise
        finally:
            _running.pop()
        made = [v for v in self._store.trainable_variables() if not any(v is b for b in before)]
        if self._called and made:
            raise ValueError(
                "Trainable variable created when calling a template after the first time, perhaps you used tf.Variable "
                f"when you meant tf.get_variable: {made}"
            )
        self._called = True
        return result

    def __call__(self, *args, **kwargs):
        if self._variable_scope is not None:
            with variable_scope(self._variable_scope, reuse=self._called):
                return self._call(args, kwargs)
        with variable_scope(self._unique_name, self._name, custom_getter=self._custom_getter) as scope:
            self._variable_scope = scope
            return self._call(args, kwargs)

    @property
    def name(self):
        """The name given to the template."""
        return self._name

    @property
    def func(self):
        """The function that the template calls."""
        return self._func

    @property
    def variable_scope(self):
        """The scope of its variables, None before it is known."""
        return self._variable_scope

    @property
    def variable_scope_name(self):
        """The name of that scope, None before it is known."""
        if self._variable_scope is None:
            return None
        return self._variable_scope.name + ("/" if self._store is not None else "")

    var_scope = variable_scope

    def _in_scope(self, key):
        if self._store is not None:
            own = self._store.trainable_variables() if key == GraphKeys.TRAINABLE_VARIABLES else self._store.variables()
            return [] if key == GraphKeys.LOCAL_VARIABLES else own + [v for t in self._inner for v in t._in_scope(key)]
        return [] if self._variable_scope is None else self._variable_scope.get_collection(key)

    @property
    def variables(self):
        """Its global and local variables."""
        return self.global_variables + self.local_variables

    weights = variables

    @property
    def global_variables(self):
        """Its global variables."""
        return self._in_scope(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self):
        """Its local variables."""
        return self._in_scope(GraphKeys.LOCAL_VARIABLES)

    @property
    def trainable_variables(self):
        """Its trainable variables."""
        return self._in_scope(GraphKeys.TRAINABLE_VARIABLES)

    trainable_weights = trainable_variables

    @property
    def non_trainable_variables(self):
        """Its variables that are not trainable."""
        trainable = self.trainable_variables
        return [v for v in self.global_variables if not any(v is t for t in trainable)]

    non_trainable_weights = non_trainable_variables
