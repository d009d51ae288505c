"""AutoGraph: Python statements on graph tensors become graph control flow.

A function is rewritten once (`run.transpile`): its statements and calls become calls of operators, which look at what they get.
Python values go the Python way; for a graph tensor the operator builds a node. The operators are in `surface` (`autograph_*`)
and register themselves here, since they are made of `cond` and `while_loop`.
"""

import contextlib
import enum
import functools
import inspect
import logging
import os
import site
import sys
import sysconfig
import threading
import types
import weakref

from mainstem.graph.tensor import Tensor

OPERATORS = {}  # what rewritten code calls as `ag__.<name>`
BUILTINS = {}  # builtin function -> what stands for it on tensors
_UNSET = object()
_FEATURES = frozenset(("ASSERT_STATEMENTS",))  # always on: without it, an assert on a tensor is an error, as in TensorFlow


class Status(enum.Enum):
    """Whether calls made now are converted."""

    UNSPECIFIED, ENABLED, DISABLED = 0, 1, 2


class _Thread(threading.local):
    def __init__(self):
        self.status, self.loops = Status.UNSPECIFIED, 0


_thread = _Thread()
_verbosity = [None, False]
_left_alone, _warned = weakref.WeakSet(), weakref.WeakSet()


class Feature(enum.Enum):
    """Conversions that TensorFlow leaves out unless they are asked for.

    ASSERT_STATEMENTS is always on here. BUILTIN_FUNCTIONS makes `print` print in every run; EQUALITY_OPERATORS compares tensors by
    value, as TensorFlow 2's behaviour does anyway. LISTS, AUTO_CONTROL_DEPS and NAME_SCOPES change nothing.
    """

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"

    @classmethod
    def all(cls):
        """All features as a tuple."""
        return tuple(cls)

    @classmethod
    def all_but(cls, exclude):
        """All features but ALL and `exclude`, one or a sequence."""
        out = exclude if isinstance(exclude, (list, tuple, set)) else (exclude,)
        return tuple(f for f in cls if f not in out and f is not cls.ALL)


class Options:
    """How a function is converted: whether its calls are too, whether the user asked for it, and the names of extra features."""

    __slots__ = ("_key", "features", "recursive", "user_requested")

    def __init__(self, recursive=True, user_requested=False, features=()):
        self.recursive, self.user_requested, self.features = recursive, user_requested, frozenset(features)
        self._key = (recursive, user_requested, self.features)

    def uses(self, feature):
        if feature.name == "EQUALITY_OPERATORS" and Tensor._USE_EQUALITY:
            return True  # TensorFlow 2: tensors compare by value
        return feature.name in self.features or feature.name in _FEATURES

    def call_options(self):
        """The options of functions that a function converted with these calls."""
        return Options(self.recursive, False, self.features)

    def __eq__(self, other):
        return isinstance(other, Options) and self._key == other._key

    def __hash__(self):
        return hash(self._key)


def options(optional_features=None, recursive=True, user_requested=True):
    """Gives the Options for TensorFlow's `experimental_autograph_options`: None, a Feature, or a sequence of them."""
    given = () if optional_features is None else optional_features
    given = (given,) if isinstance(given, Feature) else given
    names = {f.name for f in (Feature.all() if Feature.ALL in given else given)}
    return Options(recursive, user_requested, names & {"BUILTIN_FUNCTIONS", "EQUALITY_OPERATORS"})


class Scope:
    """What rewritten code holds open while a function runs: `with ag__.FunctionScope(name, variable, options) as fscope:`."""

    __slots__ = ("callopts", "function", "name", "options", "saved")

    def __init__(self, function_name, name, options):
        self.function, self.name, self.options, self.callopts = function_name, name, options, options.call_options()

    def __enter__(self):
        self.saved = _thread.status
        if self.options.user_requested:
            _thread.status = Status.ENABLED
        return self

    def __exit__(self, *exc):
        _thread.status = self.saved

    def ret(self, value, did_return):
        """The returned value: None where no return statement was reached.

        Raises ValueError when all that returns stands in a loop over tensors, which may not come to it.
        """
        if getattr(did_return, "_may_not_return", False):
            raise ValueError(f"{self.function}: a return statement is also needed after the loop.")
        return None if isinstance(value, UndefinedReturnValue) else value


def with_function_scope(thunk, name, options):
    """`Scope` of a lambda."""
    with Scope("lambda", name, options) as scope:
        return thunk(scope)


class Undefined:
    """Stands for a variable that has no value yet; reading it raises UnboundLocalError, as in Python."""

    __slots__ = ("symbol_name",)

    def __init__(self, symbol_name):
        self.symbol_name = symbol_name

    def read(self):
        raise UnboundLocalError(f"'{self.symbol_name}' is used before assignment")

    def __repr__(self):
        return self.symbol_name


class UndefinedReturnValue:
    """Stands for the value of a function before a return statement is reached."""


def ld(value):
    """A variable's value where it is read."""
    return value.read() if isinstance(value, Undefined) else value


def ldu(load, name):
    """A composite variable's value (`self.x`, `d["k"]`), or `Undefined` where it has none."""
    try:
        return load()
    except (KeyError, AttributeError, NameError, IndexError):
        return Undefined(name)


def caught():
    """The exception that is being handled."""
    return sys.exc_info()[1]


# ---- what is converted


def control_status():
    """Whether AutoGraph is on in the code that runs now."""
    return _thread.status


@contextlib.contextmanager
def in_loop():
    """Inside, the body of a loop over tensors is traced."""
    _thread.loops += 1
    try:
        yield
    finally:
        _thread.loops -= 1


def inside_loop():
    """Whether the body of a loop over tensors is being traced."""
    return _thread.loops > 0


def mark(function):
    """Marks a function as needing no conversion: converted already, or never to be; gives it back."""
    (function.__func__ if inspect.ismethod(function) else function).autograph_info__ = None
    return function


def is_marked(function):
    return hasattr(function, "autograph_info__")


_TENSORFLOW_LIBRARIES = ("mainstem", "tensorflow", "tensorflow_probability", "keras", "malt", "jax", "numpy", "pandas", "PIL")


@functools.cache
def _library_folders():
    paths = sysconfig.get_paths()
    folders = {paths[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")} | set(site.getsitepackages())
    return tuple(os.path.join(os.path.realpath(f), "") for f in folders) + tuple(os.path.join(f, "") for f in folders)


def _is_library_module(name):
    return name is not None and name.partition(".")[0] in _TENSORFLOW_LIBRARIES


def _is_library_code(function):
    """Whether a Python function belongs to an installed library that does not work on tensors itself."""
    if _is_library_module(function.__module__):
        return True
    if not function.__code__.co_filename.startswith(_library_folders()):
        return False
    return not any(
        isinstance(v, types.ModuleType) and v.__name__.partition(".")[0] in ("mainstem", "tensorflow")
        for v in function.__globals__.values()
    )


def _target(f):
    """The Python function that a call of `f` runs and the arguments it gets before the caller's; None when there is none."""
    if inspect.ismethod(f):
        own = f.__self__
        if any(c.__module__ == "unittest.case" for c in type(own).__mro__):  # unittest takes 16 ms to import
            return None
        return (f.__func__, (own,)) if inspect.isfunction(f.__func__) else None
    if inspect.isfunction(f):
        return f, ()
    call = getattr(type(f), "__call__", None)  # noqa: B004 - the function in the class is wanted
    return (call, (f,)) if inspect.isfunction(call) and not inspect.isclass(f) else None


def _convertible(function):
    if is_marked(function) or function.__code__.co_filename == "<string>" or _is_library_code(function):
        return False
    return not (inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function))


def converted_call(f, args, kwargs, scope=None, options=None):
    """Calls `f`, converted when it is a user's function and AutoGraph is on; rewritten code makes all its calls through this."""
    options = options or scope.callopts
    kwargs = kwargs or {}
    if isinstance(f, functools.partial):
        return converted_call(f.func, f.args + args, {**f.keywords, **kwargs}, scope, options)
    try:
        if f in _left_alone:
            return f(*args, **kwargs)
    except TypeError:
        pass
    if _thread.status is Status.DISABLED or is_marked(f):
        return f(*args, **kwargs)
    if isinstance(f, types.BuiltinFunctionType) or inspect.isclass(f):
        return _call_builtin(f, args, kwargs, scope)
    target = _target(f) if options.recursive or options.user_requested else None
    if target is None or not _convertible(target[0]):
        _leave_alone(f)
        return f(*args, **kwargs)
    function, own = target
    if _is_library_module(type(f).__module__) and not inspect.isfunction(f):
        return f(*args, **kwargs)
    try:
        converted = _transpile(function, options)
    except Exception as e:  # whatever the rewriting cannot do, Python can
        _warn(f, function, e)
        return f(*args, **kwargs)
    return converted(*own, *args, **kwargs)


def _leave_alone(f):
    with contextlib.suppress(TypeError):  # neither hashable nor weakly referable: looked at each time
        _left_alone.add(f)


def _call_builtin(f, args, kwargs, scope):
    if f in (eval, super, locals, globals) and scope is not None:
        return _in_original_context(f, args, scope)
    if f in BUILTINS and (f is not print or "BUILTIN_FUNCTIONS" in scope.options.features):
        f = BUILTINS[f]
    return f(*args, **kwargs)


def _in_original_context(f, args, scope):
    """Calls a builtin that looks at the frame of its caller, as if the function that was rewritten called it."""
    frames, frame = [], sys._getframe(1)
    while frame is not None:
        if frame.f_locals.get(scope.name) is scope:
            frames.append(frame)
        frame = frame.f_back
    if f is super:
        outermost = frames[-1]
        own = outermost.f_locals[outermost.f_code.co_varnames[0]]
        return super(outermost.f_locals["__class__"], own) if not args else super(*args)
    local = {k: v for frame in reversed(frames) for k, v in frame.f_locals.items()}  # statements became inner functions
    if f is eval:
        return eval(args[0], *(args[1:] or (frames[0].f_globals, local)))
    return frames[0].f_globals if f is globals else local


def _warn(f, function, error):
    code = function.__code__
    if code not in _warned:
        _warned.add(code)
        logging.getLogger("tensorflow").warning(
            "AutoGraph could not transform %s and will run it as-is.\nCause: %s\n"
            "To silence this warning, decorate the function with @tf.autograph.experimental.do_not_convert",
            f,
            error,
        )


def _transpile(function, options):
    return _transpiler().convert(function, options)


@functools.cache
def _transpiler():
    from mainstem.run.transpile import Transpiler

    return Transpiler(OPERATORS, (set_loop_options, set_loop_options_v1), log)


def convert(function, options):
    """Gives a function that calls `function` converted."""

    @functools.wraps(function)
    def converted(*args, **kwargs):
        return converted_call(function, args, kwargs, options=options)

    return mark(converted)


def convert_if_enabled(function, status=None):
    """`function` as a library that takes functions (`Dataset.map`) calls it: converted unless AutoGraph is switched off here."""
    status = _thread.status if status is None else status
    if status is Status.DISABLED or is_marked(function):
        return function
    return convert(function, options(user_requested=True))


def convert_where_on(function):
    """`function` as `map_fn` calls it: converted where AutoGraph is on, that is in a function that is being converted."""
    return convert_if_enabled(function) if _thread.status is Status.ENABLED else function


# ---- public functions


def do_not_convert(func=None):
    """Decorator: the function, and what it calls, runs as it is written."""
    if func is None:
        return do_not_convert

    def unconverted(*args, **kwargs):
        saved, _thread.status = _thread.status, Status.DISABLED
        try:
            return func(*args, **kwargs)
        finally:
            _thread.status = saved

    if inspect.isfunction(func) or inspect.ismethod(func):
        unconverted = functools.wraps(func)(unconverted)
    return mark(unconverted)


def to_graph(entity, recursive=True, experimental_optional_features=None):
    """Gives `entity`, a function or method (which gets `self` as first argument), rewritten. Raises ValueError when it cannot be."""
    function = getattr(entity, "__func__", entity)
    if not inspect.isfunction(function):
        raise ValueError(
            f"Cannot apply autograph to a function that doesn't expose a __code__ object: {entity!r}. If this is a @tf.function, "
            "try passing f.python_function instead."
        )
    try:
        return mark(_transpile(function, options(experimental_optional_features, recursive)))
    except Exception as e:
        raise ConversionError(f"converting {entity}: {type(e).__name__}: {e}") from e


def to_code(entity, recursive=True, experimental_optional_features=None):
    """The source of `to_graph(entity)`."""
    return to_graph(entity, recursive, experimental_optional_features).autograph_source__


def to_graph_v1(entity, recursive=True, arg_values=None, arg_types=None, experimental_optional_features=None):
    """`to_graph`; `arg_values` and `arg_types` are ignored, as TensorFlow 1.15 does."""
    return to_graph(entity, recursive, experimental_optional_features)


def to_code_v1(entity, recursive=True, arg_values=None, arg_types=None, indentation="  ", experimental_optional_features=None):
    """`to_code`; `arg_values`, `arg_types` and `indentation` are ignored."""
    return to_code(entity, recursive, experimental_optional_features)


class ConversionError(ValueError):
    """A function that cannot be rewritten."""


def set_verbosity(level, alsologtostdout=False):
    """Logs what AutoGraph does: from level 1 on each function that it rewrites, from 2 on the new source."""
    _verbosity[:] = [level, alsologtostdout]


def verbosity():
    """The level that `set_verbosity` or the environment variable AUTOGRAPH_VERBOSITY set."""
    return int(os.environ.get("AUTOGRAPH_VERBOSITY", "0")) if _verbosity[0] is None else _verbosity[0]


def log(level, text, *args):
    """Logs `text % args` when the verbosity is at least `level`."""
    if verbosity() >= level:
        logging.getLogger("tensorflow").info(text, *args)
        if _verbosity[1]:
            print(text % args)


def trace(*args):
    """Prints `args` while the function is traced."""
    print(*args)


def set_loop_options(parallel_iterations=_UNSET, swap_memory=_UNSET, maximum_iterations=_UNSET, shape_invariants=_UNSET):
    """First statement of a loop: options of the `while_loop` that it becomes.

    `shape_invariants` is a list of pairs (variable of the loop, shape). Does nothing where the loop stays a Python loop.
    """


def set_loop_options_v1(parallel_iterations=_UNSET, back_prop=_UNSET, swap_memory=_UNSET, maximum_iterations=_UNSET):
    """`set_loop_options` with TensorFlow 1.15's arguments."""


OPERATORS.update(
    FunctionScope=Scope, Options=Options, Undefined=Undefined, UndefinedReturnValue=UndefinedReturnValue, autograph_artifact=mark, caught=caught,
    converted_call=converted_call, ld=ld, ldu=ldu, with_function_scope=with_function_scope,
)  # fmt: skip
