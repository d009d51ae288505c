"""`VariableScope` and the stack of scopes that every graph keeps for each thread; creators and the resource default."""

import copy
import enum
import threading

from mainstem.base import dtypes
from mainstem.core import builder
from mainstem.eager.context import context
from mainstem.graph import graph as graphs
from mainstem.graph.graph import Graph, get_default_graph
from mainstem.state import policy

_KEY = ("__variable_scopes",)


class _ReuseMode(enum.Enum):
    """How `get_variable` treats a name that exists: `AUTO_REUSE` shares it, or makes it when it does not exist."""

    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE
_defaults = {"use_resource": False}


def enable_resource_variables():
    """Makes `get_variable` and `Variable` create resource variables unless told otherwise."""
    _defaults["use_resource"] = True


def disable_resource_variables():
    """Makes `get_variable` and `Variable` create ref variables unless told otherwise."""
    _defaults["use_resource"] = False


def resource_variables_enabled():
    """Whether variables are resource variables where nothing says otherwise."""
    return _defaults["use_resource"]


def home():
    """The builder that owns variables made now: the graph, or eager mode, around all bodies that are being built."""
    current = builder.current()
    return getattr(current, "outermost", current)


def eager():
    """Whether variables made now are those of eager mode."""
    return home() is context()


def keeper():
    """The graph that keeps variable scopes and stores: that of `home`, in eager mode the global default graph."""
    owner = home()
    return owner if isinstance(owner, Graph) else graphs.outermost_default()


class VariableScope:
    """What `variable_scope` carries to `get_variable`: a name prefix, the reuse rule and the defaults of its arguments.

    `reuse` is False, True or AUTO_REUSE, or None for "as the parent"; it never goes back from True to False inside.
    """

    def __init__(
        self,
        reuse,
        name="",
        initializer=None,
        regularizer=None,
        caching_device=None,
        partitioner=None,
        custom_getter=None,
        name_scope="",
        dtype=dtypes.float32,
        use_resource=None,
        constraint=None,
    ):
        self._reuse, self._name, self._initializer, self._regularizer = reuse, name, initializer, regularizer
        self._caching_device, self._partitioner, self._custom_getter = caching_device, partitioner, custom_getter
        self._name_scope, self._dtype, self._use_resource, self._constraint = name_scope, dtype, use_resource, constraint

    name = property(lambda self: self._name)
    original_name_scope = property(lambda self: self._name_scope)
    reuse = property(lambda self: AUTO_REUSE if eager() else self._reuse)  # in eager mode nothing is found by name
    initializer = property(lambda self: self._initializer)
    dtype = property(lambda self: self._dtype)
    use_resource = property(lambda self: self._use_resource)
    regularizer = property(lambda self: self._regularizer)
    caching_device = property(lambda self: self._caching_device)
    partitioner = property(lambda self: self._partitioner)
    custom_getter = property(lambda self: self._custom_getter)
    constraint = property(lambda self: self._constraint)

    def reuse_variables(self):
        """From now on `get_variable` in this scope gives existing variables and refuses to make new ones."""
        self._reuse = True

    def set_initializer(self, initializer):
        """Sets the initializer of variables made in this scope without one."""
        self._initializer = initializer

    def set_dtype(self, dtype):
        """Sets the dtype of variables made in this scope without one."""
        self._dtype = dtype

    def set_use_resource(self, use_resource):
        """Sets whether variables made in this scope are resource variables."""
        self._use_resource = use_resource

    def set_regularizer(self, regularizer):
        """Sets the regularizer of variables made in this scope without one."""
        self._regularizer = regularizer

    def set_caching_device(self, caching_device):
        """Sets the caching device of variables made in this scope."""
        self._caching_device = caching_device

    def set_partitioner(self, partitioner):
        """Sets the partitioner of variables made in this scope."""
        self._partitioner = partitioner

    def set_custom_getter(self, custom_getter):
        """Sets the function that stands before every `get_variable` in this scope."""
        self._custom_getter = custom_getter

    def get_collection(self, name):
        """The items of the graph's collection `name` whose names lie in this scope."""
        return get_default_graph().get_collection(name, self._name + "/" if self._name else None)

    def trainable_variables(self):
        """The trainable variables of this scope."""
        return self.get_collection("trainable_variables")

    def global_variables(self):
        """The global variables of this scope."""
        return self.get_collection("variables")

    def local_variables(self):
        """The local variables of this scope."""
        return self.get_collection("local_variables")

    def full_name(self, name):
        """The variable name that `get_variable(name)` stands for in this scope."""
        return f"{self._name}/{name}" if self._name else name

    def get_variable(
        self,
        var_store,
        name,
        shape=None,
        dtype=None,
        initializer=None,
        regularizer=None,
        reuse=None,
        trainable=None,
        collections=None,
        caching_device=None,
        partitioner=None,
        validate_shape=True,
        use_resource=None,
        custom_getter=None,
        constraint=None,
        synchronization=policy.VariableSynchronization.AUTO,
        aggregation=policy.VariableAggregation.NONE,
    ):
        """Gets or makes the variable `name` of this scope from `var_store`; arguments that are None come from the scope."""
        arguments = {key: value for key, value in locals().items() if key not in ("self", "var_store", "name")}
        return var_store.get_in_scope(self, name, **arguments)

    def copy(self):
        """A scope with the same settings that can be changed on its own."""
        return copy.copy(self)


class ScopeStack(threading.local):
    """The current `VariableScope` of a thread in one graph, how often each scope name was opened, and the creators.

    Invariant: `inside[name]` holds every opened name under `name`; while a scope object is open, `undo` lists what changed.
    """

    def __init__(self):
        self.current = VariableScope(False)
        self.counts, self.inside, self.undo, self.reentered = {}, {}, [], 0
        self.creators = []

    def _set(self, name, count):
        if self.reentered:
            self.undo.append((name, self.counts.get(name, 0)))
        self.counts[name] = count

    def open(self, name):
        """Counts an opening of the scope called `name`."""
        self._set(name, self.counts.get(name, 0) + 1)
        self._remember(name)

    def _remember(self, name):
        end = name.rfind("/")
        while end > 0:
            self.inside.setdefault(name[:end], set()).add(name)
            end = name.rfind("/", 0, end)

    def close_inside(self, name):
        """Forgets how often the scopes inside `name` were opened, so that re-entering it counts from the start."""
        for inner in self.inside.pop(name, ()):
            if self.counts[inner]:
                self._set(inner, 0)

    def reenter(self):
        """Marks the opening of a scope object; gives what `restore` needs."""
        self.reentered += 1
        return len(self.undo)

    def restore(self, mark):
        """Leaves a scope object: the counts are again what they were when it was opened."""
        while len(self.undo) > mark:
            name, count = self.undo.pop()
            self.counts[name] = count
            if count:
                self._remember(name)
        self.reentered -= 1

    def unique(self, prefix):
        """Gives `prefix` under the current scope, with `_1`, `_2`, … appended where it was opened before."""
        base = self.current.name
        full = f"{base}/{prefix}" if base else prefix
        if not self.counts.get(full, 0):
            return prefix
        i = 1
        while self.counts.get(f"{full}_{i}", 0):
            i += 1
        return f"{prefix}_{i}"


def stack(graph=None):
    """The `ScopeStack` of `graph` (default: that of the variables made now)."""
    held = (graph or keeper()).get_collection_ref(_KEY)
    if not held:
        held.append(ScopeStack())
    return held[0]


def get_variable_scope():
    """The current variable scope of the default graph."""
    return stack().current
