"""`tf.function`: traces a Python function into a graph, once for every kind of arguments, and runs the graph instead."""

import collections
import contextlib
import functools
import inspect
import logging
import os
import threading
import weakref

from mainstem.base import nest
from mainstem.core import builder
from mainstem.graph.func_graph import FuncGraph
from mainstem.graph.graph import Graph
from mainstem.graph.tensor import Tensor
from mainstem.run import arguments, autograph, concrete
from mainstem.state import scope

_switch = {"eagerly": False, "log": os.environ.get("MAINSTEM_LOG_RETRACES", "") not in ("", "0")}
_LOCK = threading.RLock()
_HISTORY, _MANY, _WARNINGS = 10, 5, 2  # warn when 5 of the last 10 calls traced, twice at most
_SINGLETON = (
    "tf.function only supports singleton tf.Variables created on the first call. Make sure the tf.Variable is only created once or "
    "created outside tf.function. See https://www.tensorflow.org/guide/function#creating_tfvariables for more information."
)
_RETRACING = (
    "%d out of the last %d calls to %s triggered tf.function retracing. Tracing is expensive and the excessive number of tracings "
    "could be due to (1) creating @tf.function repeatedly in a loop, (2) passing tensors with different shapes, (3) passing Python "
    "objects instead of tensors. For (1), please define your @tf.function outside of the loop. For (2), @tf.function has "
    "reduce_retracing=True option that can avoid unnecessary retracing. For (3), pass numbers that change as tensors. The last "
    "time: %s."
)


def run_functions_eagerly(run_eagerly):
    """With True, calls of a tf.function run its Python function op by op, for debugging."""
    _switch["eagerly"] = bool(run_eagerly)


def functions_run_eagerly():
    """Whether `run_functions_eagerly` is on."""
    return _switch["eagerly"]


def log_retraces(on=True):
    """Logs for every further trace of a tf.function which argument changed, from what to what.

    The environment variable MAINSTEM_LOG_RETRACES=1 does the same.
    """
    _switch["log"] = bool(on)


_Trace = collections.namedtuple("_Trace", ["concrete", "key", "shown"])  # with the arguments as text


class Function:
    """What `tf.function` makes of a Python function: callable like it; see `function` for the arguments."""

    def __init__(
        self,
        python_function,
        name,
        input_signature=None,
        autograph=True,
        jit_compile=None,
        reduce_retracing=False,
        experimental_implements=None,
        experimental_autograph_options=None,
        experimental_attributes=None,
    ):
        self._python_function, self._name, self._input_signature = python_function, name, input_signature
        self._autograph, self._jit_compile, self._reduce = autograph, jit_compile, reduce_retracing
        self._implements, self._autograph_options = experimental_implements, experimental_autograph_options
        self._attributes_given = experimental_attributes
        self._traces, self._order, self._calls, self._traced_at, self._warned = {}, [], 0, collections.deque(), 0
        self._made_variables, self._count, self._bound, self._wrapped_signature = False, 0, {}, None
        self._reason = None
        functools.update_wrapper(self, python_function, updated=())
        if input_signature is not None and next(iter(inspect.signature(python_function).parameters), None) != "self":
            self._signature  # noqa: B018 - raises for one that does not fit; for a method, once it is bound

    # ---- what it is

    @property
    def python_function(self):
        """The Python function."""
        return self._python_function

    @property
    def name(self):
        return self._name

    @property
    def input_signature(self):
        """The specs that `input_signature` gave, or None."""
        return self._input_signature

    @property
    def function_spec(self):
        """The parameters and how calls are brought into one form."""
        return self._signature

    @property
    def _signature(self):
        if self._wrapped_signature is None:
            self._wrapped_signature = arguments.Signature(self._python_function, self._input_signature)
        return self._wrapped_signature

    def experimental_get_tracing_count(self):
        """How often the Python function was traced."""
        return self._count

    def last_retrace_reason(self):
        """Which argument made the last trace necessary, from what to what; None before there was a second one."""
        return self._reason

    def pretty_printed_concrete_signatures(self, verbose=True):
        """The signatures of all traces, as text."""
        return "\n\n".join(t.concrete.pretty_printed_signature(verbose) for t in self._order)

    def _list_all_concrete_functions(self):
        return [t.concrete for t in self._order]

    def __get__(self, instance, owner):
        """As a method: one Function an instance, which goes with the instance."""
        if instance is None:
            return self
        found = self._bound.get(id(instance))
        if found is None:
            bound, key = self._bound, id(instance)
            try:
                own = weakref.ref(instance, lambda _: bound.pop(key, None))
            except TypeError:
                return self._for_instance(lambda: instance)
            found = bound[key] = self._for_instance(own)
        return found

    def _for_instance(self, get):
        function = self._python_function

        @functools.wraps(function)
        def method(*args, **kwargs):
            own = get()
            if own is None:
                raise ReferenceError(f"The object of the method {self._name} is gone.")
            return function(own, *args, **kwargs)

        given = list(inspect.signature(function).parameters.values())
        if not given or given[0].kind not in (given[0].POSITIONAL_ONLY, given[0].POSITIONAL_OR_KEYWORD):
            return functools.partial(self, get())
        method.__signature__ = inspect.Signature(given[1:])
        made = self._clone(method)
        made._method_of = (function, get)
        return made

    def _clone(self, python_function):
        return type(self)(
            python_function, self._name, self._input_signature, self._autograph, self._jit_compile, self._reduce,
            self._implements, self._autograph_options, self._attributes_given,
        )  # fmt: skip

    # ---- calling

    def __call__(self, *args, **kwargs):
        """Calls the function: traces it first when the arguments are of a new kind."""
        if _switch["eagerly"]:
            return self._python_function(*args, **kwargs)
        self._calls += 1
        if not kwargs and self._input_signature is None:
            flat = []
            try:
                found = self._traces.get(tuple([arguments.walk(a, flat) for a in args]))
            except TypeError:
                found = None
            if found is not None and (not found._symbolic or found.usable()):
                return found.call_flat(flat) if not found.custom else self._with_custom_gradients(found, flat, args, kwargs)
        found, flat = self._find(args, kwargs)
        return found.call_flat(flat) if not found.custom else self._with_custom_gradients(found, flat, args, kwargs)

    def _with_custom_gradients(self, found, flat, args, kwargs):
        """A call whose trace has gradients of the user's own: in a graph they only count where the operations stand themselves."""
        if not isinstance(builder.current(), Graph):
            return found.call_flat(flat)
        args, kwargs = self._signature.bind(args, kwargs)
        if self._signature.specs is not None:
            args = self._signature.cast(args, kwargs)
        return concrete.inlined(self._to_trace(), args, kwargs)

    def get_concrete_function(self, *args, **kwargs):
        """The trace for these arguments: values, or specs that stand for tensors. Raises TypeError when they do not fit."""
        signature = self._signature
        if signature.specs is not None and not args and not kwargs:
            args = signature.specs
        return self._find(args, kwargs)[0]

    def _find(self, args, kwargs):
        """(ConcreteFunction, flat tensors) for a call."""
        given, signature = args, self._signature
        args, bound_kwargs = signature.bind(args, kwargs)
        if signature.specs is not None:
            args = signature.cast(args, bound_kwargs)
            key_args = signature.specs + args[len(signature.specs) :]
        else:
            key_args = args
        flat = []
        key = self._key(args, bound_kwargs, flat)
        if key_args is not args:
            key = self._key(key_args, bound_kwargs, [])
        found = self._traces.get(key)
        if found is None or not found.usable():
            with _LOCK:  # of several threads that come with a new kind, one traces
                found = self._traces.get(key)
                if found is None or not found.usable():
                    found = self._compatible(key) or self._trace(key, key_args, bound_kwargs)
                    self._remember(key, found)
        if not kwargs and signature.specs is None and len(given) != len(args) and signature.simple:
            self._remember(self._key(given, {}, []), found)  # the same call with defaults left out
        return found, flat

    @staticmethod
    def _key(args, kwargs, flat):
        """The key of a call; appends its tensors to `flat`."""
        key = tuple([arguments.walk(a, flat) for a in args])
        return (*key, *[(name, arguments.walk(kwargs[name], flat)) for name in kwargs]) if kwargs else key

    def _remember(self, key, found):
        self._traces[key] = found
        own = weakref.ref(self)

        def forget(_):
            function = own()
            if function is not None:
                function._forget(found)

        for reference in arguments.references(key):
            target = reference()
            if target is not None:
                found._watches.append(weakref.ref(target, forget))

    def _forget(self, found):
        """Lets a trace go whose arguments include an object that is gone."""
        self._traces = {k: v for k, v in self._traces.items() if v is not found}
        self._order = [t for t in self._order if t.concrete is not found]

    def _compatible(self, key):
        """A trace for more general tensors that takes these arguments too."""
        for t in reversed(self._order):
            if t.concrete.usable() and _covers(t.key, key):
                return t.concrete
        return None

    # ---- tracing

    def _trace(self, key, args, kwargs):
        shown = [(n, arguments.shown(v)) for n, v in self._signature.named(args, kwargs)]
        self._explain(shown)
        if self._reduce and self._order and self._signature.specs is None:
            key, args, kwargs = self._relaxed(key, args, kwargs)
        made = self._traced(args, kwargs)
        self._order.append(_Trace(made, key, shown))
        self._remember(key, made)
        return made

    def _traced(self, args, kwargs):
        name = "".join(c if c.isalnum() or c == "_" else "_" for c in self._name).strip("_") or "lambda"
        made = []
        may_make = not self._made_variables and not self._order

        def creator(next_creator, **arguments):
            if not may_make:
                raise ValueError(_SINGLETON)
            variable = next_creator(**arguments)
            made.append(weakref.ref(variable))
            return variable

        function = self._to_trace()
        with _creating(creator):
            self._count += 1
            found = concrete.trace(function, args, kwargs, name, self._signature)
            if not made:
                return found
            self._made_variables, may_make = True, False
            started = all(v() is None or v()._slot.value is not None for v in made if hasattr(v(), "_slot"))
            self._count += 1
            again = concrete.trace(function, args, kwargs, name, self._signature)
        if not started:
            again.run_first(found)
        return again

    def _to_trace(self):
        """The function to trace: converted by AutoGraph unless that is off."""
        function = self._python_function
        if not self._autograph:
            return autograph.do_not_convert(function)
        options = autograph.options(self._autograph_options)
        method = self.__dict__.get("_method_of")
        if method is None:
            return autograph.convert(function, options)

        def converted(*args, **kwargs):
            return autograph.converted_call(method[0], (method[1](), *args), kwargs, options=options)

        converted.__wrapped__ = method[0]
        return converted

    def _relaxed(self, key, args, kwargs):
        """The arguments with tensors widened to what they have in common with those of the trace that differs only in shapes."""
        for t in reversed(self._order):
            try:
                widened = _widened(t.key, key)
            except LookupError:
                continue
            flat = []
            for part in widened:
                _tensors_of(part, flat)
            wide = iter(flat)

            def make(value, path, wide=wide):
                return arguments.spec_of(value)._with_dims(next(wide))

            args = tuple(arguments.replaced(a, make) for a in args)
            kwargs = {n: arguments.replaced(v, make) for n, v in kwargs.items()}
            return widened, args, kwargs
        return key, args, kwargs

    def _explain(self, shown):
        """Says why there is a new trace, when asked, and warns when there are many."""
        if not self._order:
            return
        changes = min((arguments.difference(t.shown, shown) for t in self._order), key=len)
        self._reason = "; ".join(changes) or "a tensor of another graph is used"
        logger = logging.getLogger("tensorflow")
        if _switch["log"]:
            logger.warning("%s is traced again (trace %d): %s", self._name, self._count + 1, self._reason)
        recent = self._traced_at
        recent.append(self._calls)
        while recent and recent[0] <= self._calls - _HISTORY:
            recent.popleft()
        calls = min(self._calls, _HISTORY)
        if len(recent) + (self._calls <= _HISTORY) >= _MANY and self._warned < _WARNINGS:
            self._warned += 1
            count = len(recent) + (self._calls <= _HISTORY)
            logger.warning(_RETRACING, count, max(calls, count), self._python_function, self._reason)


@contextlib.contextmanager
def _creating(creator):
    """New variables are made by `creator(next_creator, **arguments)`."""
    stack = scope.stack()
    saved, stack.creators = stack.creators, [*stack.creators, creator]
    try:
        yield
    finally:
        stack.creators = saved


def _is_tensor_key(part):
    return (
        isinstance(part, tuple) and len(part) == 2 and type(part[0]) is int and (part[1] is None or isinstance(part[1], tuple))
    )


def _covers(general, key):
    """Whether a key with wider shapes stands for `key` too."""
    if _is_tensor_key(general):
        if not _is_tensor_key(key) or general[0] != key[0]:
            return False
        wide, dims = general[1], key[1]
        if wide is None or dims is None:
            return wide is None
        return len(wide) == len(dims) and all(w is None or w == d for w, d in zip(wide, dims))
    if type(general) is tuple and type(key) is tuple:
        return len(general) == len(key) and all(map(_covers, general, key))
    return general is key or (type(general) is type(key) and general == key)


def _widened(old, new):
    """A key that stands for both, where they differ only in shapes. Raises LookupError where they differ in more."""
    if _is_tensor_key(old) and _is_tensor_key(new) and old[0] == new[0]:
        if old[1] is None or new[1] is None or len(old[1]) != len(new[1]):
            return (old[0], None)
        return (old[0], tuple(a if a == b else None for a, b in zip(old[1], new[1])))
    if type(old) is tuple and type(new) is tuple and len(old) == len(new) and not _is_tensor_key(old):
        return tuple(map(_widened, old, new))
    if old is new or (type(old) is type(new) and old == new):
        return new
    raise LookupError(f"{old} and {new}")


def _tensors_of(part, flat):
    """The shapes of the tensors in a key, in order."""
    if _is_tensor_key(part):
        flat.append(part[1])
    elif type(part) is tuple:
        for p in part:
            _tensors_of(p, flat)


def function(
    func=None,
    input_signature=None,
    autograph=True,
    jit_compile=None,
    reduce_retracing=False,
    experimental_implements=None,
    experimental_autograph_options=None,
    experimental_attributes=None,
    experimental_relax_shapes=None,
    experimental_compile=None,
    experimental_follow_type_hints=None,
):
    """Makes a function that traces `func` into a graph and runs the graph, compiled by XLA; also a decorator.

    Args:
        func: the Python function; None gives a decorator.
        input_signature: specs of the arguments, a sequence; then there is one trace, and arguments are converted to fit.
        autograph: whether Python's `if`, `for`, `while` … on tensors become part of the graph.
        jit_compile, experimental_compile: accepted; everything is compiled.
        reduce_retracing, experimental_relax_shapes: a second shape of an argument makes a trace for all shapes.
        experimental_autograph_options: an `autograph.experimental.Feature` or a tuple of them.
        experimental_implements, experimental_attributes: kept with the function.
        experimental_follow_type_hints: True: numbers given for parameters annotated `tf.Tensor` are tensors.

    A call gives what the trace gave, with values. Tensors and arrays count by dtype and shape, other arguments by value, objects
    by identity: a new kind of arguments is traced anew. Variables may be made in the first call only (else ValueError).
    """
    if input_signature is not None and not isinstance(input_signature, (tuple, list)):
        raise TypeError(f"input_signature must be either a tuple or a list, got {type(input_signature)}.")

    def decorated(inner):
        name = (
            getattr(inner, "__name__", None) or getattr(getattr(inner, "func", None), "__name__", None) or type(inner).__name__
        )
        if isinstance(inner, Function):
            inner = inner.python_function
        if not callable(inner):
            raise TypeError(f"tf.function: 'func' must be callable. Got {inner!r}.")
        kind = _Hinted if experimental_follow_type_hints else Function
        return kind(
            inner,
            name,
            None if input_signature is None else tuple(input_signature),
            autograph=autograph,
            jit_compile=jit_compile if jit_compile is not None else experimental_compile,
            reduce_retracing=bool(reduce_retracing or experimental_relax_shapes),
            experimental_implements=experimental_implements,
            experimental_autograph_options=experimental_autograph_options,
            experimental_attributes=experimental_attributes,
        )

    return decorated if func is None else decorated(func)


class _Hinted(Function):
    """A Function that takes annotations `tf.Tensor` at their word."""

    def __call__(self, *args, **kwargs):
        bound = self._signature.signature.bind(*args, **kwargs)
        for name, value in bound.arguments.items():
            hint = self._signature.signature.parameters[name].annotation
            if getattr(hint, "__name__", hint) == "Tensor" and not nest.is_nested(value) and value is not None:
                bound.arguments[name] = builder.current().convert(value)
        return super().__call__(*bound.args, **bound.kwargs)


def defun(
    func=None, input_signature=None, autograph=True, experimental_autograph_options=None, experimental_relax_shapes=False
):
    """`contrib.eager.defun`: `function` under its old name."""
    return function_v1(func, input_signature, autograph, experimental_autograph_options, experimental_relax_shapes)


def inside_function():
    """Whether a function is being traced."""
    return isinstance(builder.current(), FuncGraph)


def is_symbolic_tensor(tensor):
    """Whether `tensor` is one of a graph, without a value."""
    return isinstance(tensor, Tensor) and not tensor._is_eager


def function_v1(
    func=None,
    input_signature=None,
    autograph=True,
    experimental_autograph_options=None,
    experimental_relax_shapes=False,
    experimental_compile=None,
):
    """`function` with TensorFlow 1.15's arguments."""
    return function(
        func,
        input_signature,
        autograph,
        experimental_autograph_options=experimental_autograph_options,
        experimental_relax_shapes=experimental_relax_shapes,
        experimental_compile=experimental_compile,
    )
