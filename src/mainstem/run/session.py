"""`Session`: runs parts of a graph. `run` looks a compiled program up by what is fetched and fed, converts feeds, calls it."""

import threading
import warnings

import jax
import numpy as np

from mainstem.base import arrays, dtypes
from mainstem.core import resource
from mainstem.graph import sessions
from mainstem.graph.graph import get_default_graph
from mainstem.graph.tensor import Tensor
from mainstem.lower import blocks, timed
from mainstem.lower.program import Program, scope, unfed
from mainstem.lower.slots import Slots
from mainstem.run import devices, memory, partial, servers, step_stats, unmoved
from mainstem.run.fetches import Fetches, expansion

GROWTH_WARNING = 20  # consecutive runs, each on a larger graph, before the user is told


class _Feed:
    """Converts the values fed for one tensor."""

    __slots__ = ("dimensions", "dtype", "np", "rank", "string", "tensor")

    def __init__(self, tensor):
        self.tensor, self.dtype = tensor, tensor._dtype.base_dtype
        self.np, self.string = self.dtype.np, self.dtype is dtypes.string
        shape = tensor._shape
        self.rank = None if shape is None else len(shape)
        self.dimensions = [(i, d) for i, d in enumerate(shape or ()) if d is not None]

    def __call__(self, value):
        kind = type(value)
        if (kind is np.ndarray and value.dtype == self.np and not self.string) or (kind in _ARRAY and value.dtype == self.np):
            array = value
        else:
            array = self.convert(value)
        if self.rank is not None:
            shape = array.shape
            if len(shape) != self.rank:
                raise self._misfit(shape)
            for i, d in self.dimensions:
                if shape[i] != d:
                    raise self._misfit(shape)
        return array

    def _misfit(self, shape):
        return ValueError(
            f"Cannot feed value of shape {shape} for Tensor '{self.tensor.name}', which has shape '{self.tensor.shape}' "
            f"{self.tensor._op.where()}"
        )

    def convert(self, value):
        if isinstance(value, Tensor):
            raise TypeError(
                f"The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, lists, numpy "
                f"ndarrays. For reference, the tensor object was {value!r} which was passed to the feed with key {self.tensor!r}."
            )
        if self.dtype in (dtypes.resource, dtypes.variant):
            return value
        if self.string:
            return arrays.strings(value)
        try:
            return np.asarray(value, dtype=self.np)
        except (TypeError, ValueError) as e:
            raise type(e)(f"Cannot feed {value!r} for Tensor '{self.tensor.name}' of type {self.dtype.name}: {e}") from None


class _Executor:
    """One set of fetches and feed keys, bound to a program."""

    __slots__ = ("blocks", "build", "fetches", "kinds", "mutations", "program")

    def __init__(self, fetches, kinds, program):
        self.fetches, self.kinds, self.program, self.build = fetches, kinds, program, fetches.build
        self.mutations, self.blocks = fetches.graph._mutations, None


_ARRAY = []  # jax's array class: `type(x) is` costs 30 ns, `isinstance(x, jax.Array)` 600 ns


def _to_user(x):
    """A fetched value as the user gets it: NumPy scalars and writable arrays of their own."""
    kind = type(x)
    if kind is not np.ndarray:
        if kind not in _ARRAY and not _is_array(x):
            return x
        x = np.asarray(x)  # by the buffer protocol: 8 µs, x.__array__() takes 25
    return x.copy() if x.ndim else x[()]


def _is_array(x):
    if isinstance(x, jax.Array):
        _ARRAY.append(type(x))
        return True
    return False


class BaseSession:
    """Runs operations of one graph and holds the values of its variables between runs."""

    def __init__(self, target="", graph=None, config=None):
        if graph is not None and not hasattr(graph, "get_operations"):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        if target and not isinstance(target, (str, bytes)):
            raise TypeError(f"target must be a string, but got {type(target)}")
        self._graph = graph if graph is not None else get_default_graph()
        memory.apply(config)
        self._target, self._config, self._closed = target, config, False
        self._timeout = getattr(config, "operation_timeout_in_ms", 0)
        self._slots, self._executors, self._lock = servers.slots(target), {}, threading.Lock()
        self._grown, self._seen_version, self._warned = 0, None, False

    @property
    def graph(self):
        return self._graph

    @property
    def graph_def(self):
        return self._graph.as_graph_def()

    @property
    def sess_str(self):
        return self._target

    def close(self):
        """Ends the session; running it afterwards raises RuntimeError."""
        self._closed = True
        if not servers.shared(self._slots):
            self._slots.close()
        self._executors.clear()
        self._slots = Slots()

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """Runs what `fetches` needs and gives their values in the same structure.

        Args:
            fetches: a tensor, operation, variable, name, or nested lists, tuples and dicts of them; operations give None.
            feed_dict: values for tensors (any tensor of the graph may be fed).
            options, run_metadata: `tf.RunOptions` and `tf.RunMetadata` to ask for step statistics.

        Raises RuntimeError for a closed session, ValueError for wrong feed shapes and fetches of another graph, `tf.errors` for
        what goes wrong while running.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        kind = type(fetches)
        try:
            key = (kind, tuple(fetches) if kind is list or kind is tuple else fetches, tuple(feed_dict) if feed_dict else ())
            executor = self._executors.get(key)
        except TypeError:  # nested structures are not hashable and are flattened every time
            key = executor = None
        if executor is None or executor.mutations != self._graph._mutations:
            executor = self._prepare(fetches, feed_dict, key)
        values = self._values(executor, feed_dict) if feed_dict else []
        if run_metadata is not None or options is not None or self._timeout:
            return self._run_with(executor, values, options, run_metadata)
        program = executor.program
        if program.missing:
            raise unfed(program.missing[0])
        return executor.build([_to_user(x) for x in program.run(values)])

    def run_some(self, operation):
        """Runs an operation as `run` does; several times at once where it only passes elements from one queue to another.

        For queue runners, which run it over and over: nobody can tell the difference.
        """
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        executor = self._executors.get((type(operation), operation, ()))
        if executor is None or executor.mutations != self._graph._mutations or self._timeout:
            self.run(operation)
            return
        if executor.blocks is None:
            executor.blocks = blocks.found(executor.program) or False
        if executor.blocks:
            executor.blocks.run()
        else:
            self.run(operation)

    @staticmethod
    def _values(executor, feed_dict):
        kinds = executor.kinds
        if len(kinds) == len(feed_dict):
            return [k(v) for k, v in zip(kinds, feed_dict.values())]
        flat = dict(_expand(executor.fetches.graph, feed_dict))
        return [k(flat[k.tensor]) for k in kinds]

    def _prepare(self, fetches, feed_dict, key):
        if feed_dict is not None and not isinstance(feed_dict, dict):
            raise TypeError(f"feed_dict must be a dictionary mapping tensors to values. Got {type(feed_dict)}.")
        graph = self._graph
        if not graph._list:
            raise RuntimeError("The Session graph is empty. Add operations to the graph before calling run().")
        self._watch_growth()
        mapped = Fetches(graph, fetches)
        feeds = [t for t, _ in _expand(graph, feed_dict or {})]
        for t in feeds:
            if not graph.is_feedable(t):
                raise ValueError(f"Tensor {t.name} may not be fed.")
        deep = (tuple(mapped.tensors), tuple(mapped.operations), tuple(feeds))
        with self._lock:
            known = self._executors.get(deep)
            if known is not None and known.mutations == graph._mutations:
                executor = _Executor(mapped, known.kinds, known.program)
            else:
                program = Program(mapped.tensors, mapped.operations, feeds, self._slots)
                program = unmoved.watch(graph, program, self._executors)
                executor = self._executors[deep] = _Executor(mapped, [_Feed(t) for t in feeds], program)
            if key is not None:
                self._executors[key] = executor
        return executor

    def _watch_growth(self):
        version = self._graph.version
        if self._seen_version is not None and version > self._seen_version:
            self._grown += 1
            if self._grown >= GROWTH_WARNING and not self._warned:
                self._warned = True
                line = self._graph._list[-1].line
                warnings.warn(
                    f"The graph grew before each of the last {self._grown} runs, last by '{self._graph._list[-1].name}' made at "
                    f"{line[0]}:{line[1]}: every step becomes slower. Build the graph once, before the loop (tf.Graph.finalize() finds such lines).",
                    stacklevel=4,
                )
        self._seen_version = version

    def _forgive_growth(self):
        """New parts of a model came in: the graph grew for a reason, and not in a loop."""
        self._grown, self._seen_version = 0, self._graph.version

    def _run_with(self, executor, values, options, run_metadata):
        """A run that ends its waiting after the time that `options` or the session's config give."""
        timeout = getattr(options, "timeout_in_ms", 0) or self._timeout
        if not timeout:
            return self._traced(executor, values, options, run_metadata)
        with resource.within(timeout / 1000):
            return self._traced(executor, values, options, run_metadata)

    def _traced(self, executor, values, options, run_metadata):
        """A run that fills `run_metadata`: op by op when a trace is asked for, since a compiled program has no op times."""
        program = executor.program
        if program.missing:
            raise unfed(program.missing[0])
        if options is None or not getattr(options, "trace_level", 0) or run_metadata is None:
            return executor.fetches.build([_to_user(x) for x in program.run(values)])
        recorder = step_stats.Recorder()
        results, _ = timed.run(program, values, recorder, scope)
        run_metadata.Clear()
        run_metadata.step_stats.CopyFrom(recorder.stats)
        return executor.fetches.build([_to_user(x) for x in results])

    def partial_run_setup(self, fetches, feeds=None):
        """Prepares a run in pieces; gives the handle for `partial_run`."""
        mapped = Fetches(self._graph, fetches)
        feeds = [self._graph.as_graph_element(f, allow_operation=False) for f in feeds or ()]
        return partial.Handle(self._graph, mapped, feeds, self._slots)

    def partial_run(self, handle, fetches, feed_dict=None):
        """Continues the run `handle`: feeds more placeholders and gives `fetches`; what ran before does not run again.

        Raises ValueError for fetches and feeds that the set-up did not name, or that were given before.
        """
        mapped = Fetches(self._graph, fetches)
        feeds = [(t, _Feed(t)(v)) for t, v in _expand(self._graph, feed_dict or {})]
        return mapped.build([_to_user(x) for x in handle.run(mapped, feeds)])

    def make_callable(self, fetches, feed_list=None, accept_options=False):
        """Gives a function that takes the values of `feed_list` in order and runs `fetches`."""
        if feed_list is not None and not isinstance(feed_list, (list, tuple)):
            raise TypeError("`feed_list` must be a list or tuple.")
        feeds = [self._graph.as_graph_element(f, allow_operation=False) for f in feed_list or ()]
        Fetches(self._graph, fetches)

        def call(*args, **kwargs):
            if len(args) != len(feeds):
                raise TypeError(f"make_callable: the function takes {len(feeds)} values. Got {len(args)}.")
            return self.run(fetches, dict(zip(feeds, args)), kwargs.get("options"), kwargs.get("run_metadata"))

        return call

    def list_devices(self):
        """The `DeviceAttributes` of the devices that this session can place operations on."""
        return list(devices.devices())

    def as_default(self):
        """A context in which this session is the one of `Tensor.eval()` and `Operation.run()`."""
        return _AsDefault(self)


def _expand(graph, feed_dict):
    for key, value in feed_dict.items():
        special = expansion(key)
        if special is not None and special[1] is not None:
            yield from special[1](key, value)
            continue
        try:
            yield graph.as_graph_element(key, allow_operation=False), value
        except (TypeError, ValueError, KeyError) as e:
            raise TypeError(f"Cannot interpret feed_dict key as Tensor: {e.args[0]}") from None


class _AsDefault:
    def __init__(self, session):
        self.session = session

    def __enter__(self):
        sessions.push(self.session)
        return self.session

    def __exit__(self, *exc):
        sessions.pop(self.session)


class Session(BaseSession):
    """A session; as a context manager it is the default session and its graph the default graph inside the block."""

    def __init__(self, target="", graph=None, config=None):
        super().__init__(target, graph, config)
        self._contexts = []

    def __enter__(self):
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        graph = self._graph.as_default()
        graph.__enter__()
        self._contexts.append(graph)
        sessions.push(self)
        return self

    def __exit__(self, kind, value, trace):
        sessions.pop(self)
        self._contexts.pop().__exit__(kind, value, trace)
        self.close()

    @staticmethod
    def reset(target, containers=None, config=None):
        """Clears resource containers; sessions here share none, so there is nothing to clear."""


class InteractiveSession(BaseSession):
    """A session that is the default one from its construction on, for shells and notebooks."""

    def __init__(self, target="", graph=None, config=None):
        super().__init__(target, graph, config)
        sessions.push(self)
        self._graph_context = None
        if graph is not None:
            self._graph_context = graph.as_default()
            self._graph_context.__enter__()

    def close(self):
        super().close()
        sessions.pop(self)
        if self._graph_context is not None:
            self._graph_context.__exit__(None, None, None)
            self._graph_context = None
