"""What `tf.keras` keeps between calls: settings, the graph and session of models, the learning phase, counters of names."""

import collections
import contextlib
import weakref

import numpy as np

from mainstem.base import dtypes
from mainstem.core import builder
from mainstem.eager.context import context
from mainstem.graph import graph as graphs
from mainstem.graph import sessions
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.graph import Graph
from mainstem.run.session import Session
from mainstem.state import scope as state_scope
from mainstem.surface import framework, variables

_settings = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last", "by_hand": False}
_state = {"eager_graph": None, "session": None, "eager_phase": None}
_phases = weakref.WeakKeyDictionary()  # graph -> its learning phase, a placeholder or a number
_names = weakref.WeakKeyDictionary()  # graph -> how often each name was given
_tracked = weakref.WeakKeyDictionary()  # graph -> variables that no collection names
_first_values = weakref.WeakKeyDictionary()  # graph -> pairs of a variable and its value, which wait for the next run
_initialized = weakref.WeakKeyDictionary()  # session -> ids of the variables that are known to have values


# ---- settings


def floatx():
    """The name of the float type that variables and inputs have by default."""
    return _settings["floatx"]


def set_floatx(value):
    """Sets `floatx`. Raises ValueError for anything but "float16", "float32" and "float64"."""
    if value not in ("float16", "float32", "float64"):
        raise ValueError(f"Unknown floatx type: {value}")
    _settings["floatx"] = str(value)


def epsilon():
    """The small number that keeps divisors and logarithms away from 0."""
    return _settings["epsilon"]


def set_epsilon(value):
    """Sets `epsilon`."""
    _settings["epsilon"] = value


def image_data_format():
    """Where layers take an image's channels by default: "channels_last" or "channels_first"."""
    return _settings["image_data_format"]


def set_image_data_format(data_format):
    """Sets `image_data_format`. Raises ValueError for anything else than its two values."""
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(f"Unknown data_format: {data_format}")
    _settings["image_data_format"] = str(data_format)


def manual_variable_initialization(value):
    """With True, variables are initialized by the program and not at first use."""
    _settings["by_hand"] = value


def backend():
    """The name of the backend."""
    return "tensorflow"


# ---- the graph


def get_graph():
    """The graph that models are built in: the default one; in eager mode one of Keras's own, in which nothing runs."""
    current = builder.current()
    if isinstance(current, Graph):
        return current
    if _state["eager_graph"] is None:
        _state["eager_graph"] = FuncGraph("keras_graph", context())
        _state["eager_graph"].collects = True
    return _state["eager_graph"]


def is_keras_graph(graph):
    """Whether `graph` is the one that functional models of eager mode are built in."""
    return graph is not None and graph is _state["eager_graph"]


def outer_graph():
    """The graph that names and learning phases belong to: `get_graph`, outside of all functions, branches and loops being built."""
    owner = state_scope.home()
    if isinstance(owner, Graph):
        return owner
    with context().as_default():
        return get_graph()


def in_function():
    """Whether a function of eager mode is being traced, Keras's own graph aside."""
    current = builder.current()
    return isinstance(current, FuncGraph) and not is_keras_graph(current) and state_scope.eager()


def runs_at_once():
    """Whether what is called now runs now, or when a function of eager mode does: then nothing is kept for a later run."""
    return state_scope.eager() and not is_keras_graph(builder.current())


def clear_session():
    """Forgets all models: a new default graph, no session, names counted from the start."""
    _state["eager_graph"] = _state["session"] = None
    graphs.reset_default_graph()
    reset_uids()
    _phases.clear()


# ---- names


def get_uid(prefix=""):
    """How often this prefix was asked for in the graph, from 1."""
    counts = _names.setdefault(outer_graph(), collections.defaultdict(int))
    counts[prefix] += 1
    return counts[prefix]


def reset_uids():
    """Counts names from the start, in all graphs."""
    _names.clear()


def unique_object_name(name, zero_based=False, namespace="", avoid=()):
    """`name` with a number that makes it unique in the graph: `dense`, `dense_1`, … if `zero_based`, else from `dense_1` on."""
    while True:
        number = get_uid((namespace, name)) - zero_based
        made = f"{name}_{number}" if number else name
        if made not in avoid:
            return made


# ---- the learning phase


def learning_phase():
    """Whether layers train, for those that nobody told: a placeholder in a graph, 0 or 1 in eager mode or where it was set."""
    if runs_at_once():
        return _state["eager_phase"] or 0
    return symbolic_learning_phase()


def symbolic_learning_phase():
    """The learning phase of the graph that models are built in: what was set, or a placeholder that defaults to False."""
    graph = outer_graph()
    if graph not in _phases:
        with graph.as_default(), graph.name_scope(None), graph.control_dependencies(None):
            _phases[graph] = framework.placeholder_with_default(False, shape=(), name="keras_learning_phase")
    return _phases[graph]


def symbolic_learning_phase_of(graph):
    """The learning phase of a graph when it is a placeholder that something used, else None."""
    found = _phases.get(graph)
    return found if found is not None and not isinstance(found, int) else None


def is_learning_phase(value):
    """Whether `value` is the learning phase of some graph, a placeholder."""
    return any(value is phase for phase in _phases.values() if not isinstance(phase, int))


def learning_phase_is_set():
    """Whether `set_learning_phase` was called in eager mode."""
    return _state["eager_phase"] is not None


def set_learning_phase(value):
    """Sets the learning phase to 0 or 1 for everything that is built from now on. Raises ValueError for another value."""
    if value not in (0, 1):
        raise ValueError("Expected learning phase to be 0 or 1.")
    if state_scope.eager():
        _state["eager_phase"] = value
    _phases[outer_graph()] = value


@contextlib.contextmanager
def learning_phase_scope(value):
    """`set_learning_phase` inside the block."""
    graph, before = outer_graph(), _state["eager_phase"]
    known = _phases.get(graph)
    try:
        set_learning_phase(value)
        yield
    finally:
        _state["eager_phase"] = before
        _phases.pop(graph, None)
        if known is not None:
            _phases[graph] = known


# ---- the session


def get_session(op_input_list=()):
    """The default session, or one of Keras's own for the default graph, in which all variables of Keras have values.

    Raises RuntimeError inside a function of eager mode.
    """
    session = sessions.get_default_session()
    if session is None:
        if in_function():
            raise RuntimeError("Cannot get session inside Tensorflow graph function.")
        graph = next((t.graph for t in op_input_list if isinstance(getattr(t, "graph", None), Graph)), None) or outer_graph()
        session = _state["session"]
        if session is None or session.graph is not graph or session._closed:
            session = _state["session"] = Session(graph=graph)
    for variable, value in _first_values.pop(session.graph, ()):
        variable.load(value, session)
    if not _settings["by_hand"]:
        _initialize(session)
    return session


def load_first(variable, value):
    """Gives a variable of a graph a value before anything runs next."""
    _first_values.setdefault(variable.graph, []).append((variable, value))


def track_variable(variable):
    """Sees to it that `get_session` gives the variable its first value, though no collection of the graph names it."""
    if not variable._is_eager:
        _tracked.setdefault(variable.graph, []).append(variable)


def set_session(session):
    """Makes `session` the one that Keras runs its graphs in."""
    _state["session"] = session


def _initialize(session):
    """Gives every variable of the session's graph that has no value its first one."""
    graph, (done, seen) = session.graph, _initialized.setdefault(session, (set(), [None]))
    if seen[0] == graph.version:
        return
    fresh = [v for v in graph.get_collection("variables") if id(v) not in done]
    fresh += [v for v in graph.get_collection("local_variables") if id(v) not in done]
    fresh += [v for v in _tracked.get(graph, ()) if id(v) not in done]
    fresh = list({id(v): v for v in fresh}.values())
    with graph.as_default(), graph.control_dependencies(None), graph.name_scope(None):
        there = session.run([variables.is_variable_initialized(v) for v in fresh]) if fresh else []
        lacking = [v for v, is_there in zip(fresh, there, strict=True) if not is_there]
        if lacking:
            session.run(variables.variables_initializer(lacking))
            session._forgive_growth()
    done.update(id(v) for v in fresh)
    seen[0] = graph.version


def dtype_of_weights(dtype):
    """A DType of what an `add_weight` or an Input was told; `floatx` for None."""
    return dtypes.as_dtype(floatx() if dtype is None else dtype)


# ---- the values of variables


def get_value(x):
    """The value of a variable or tensor as an array."""
    return batch_get_value([x])[0]


def batch_get_value(tensors):
    """The values of variables or tensors as a list of arrays."""
    if all(getattr(t, "_is_eager", False) for t in tensors):
        return [t.numpy() for t in tensors]
    if in_function():
        raise RuntimeError("Cannot get value inside Tensorflow graph function.")
    return get_session(tensors).run(list(tensors)) if tensors else []


def set_value(x, value):
    """Gives a variable the value of an array."""
    batch_set_value([(x, value)])


def batch_set_value(tuples):
    """Gives variables the values of arrays, for a list of pairs."""
    for variable, value in tuples:
        value = np.asarray(value, variable.dtype.base_dtype.as_numpy_dtype)
        if getattr(variable, "_is_eager", False):
            with framework.init_scope():  # at once, also while a network is built
                variable.assign(value)
        else:
            variable.load(value, get_session([variable]))
