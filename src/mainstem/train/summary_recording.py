"""Summaries that are written as they are computed: the writer, the step and the condition that are in force in a thread.

Both spellings of it stand on this file: TensorFlow 2's `tf.summary` (`summary_v2.py`) and 1.15's `tf.contrib.summary`.
"""

import contextlib
import os
import threading

from mainstem.base import dtypes
from mainstem.eager.context import executing_eagerly
from mainstem.graph.graph import get_default_graph
from mainstem.ops import summary_writer as ops
from mainstem.state import scope
from mainstem.surface import control_flow, framework, math

FLUSH_MILLIS, QUEUE = 2 * 60 * 1000, 10  # TensorFlow's defaults; nothing waits here
_OPENERS, _WRITES = "_SUMMARY_WRITER_INIT_OP", "_SUMMARY_V2"


class _State(threading.local):
    writer = step = condition = None


state = _State()


@contextlib.contextmanager
def having(**values):
    """A block in which parts of the thread's state are other ones."""
    before = {k: getattr(state, k) for k in values}
    for k, v in values.items():
        setattr(state, k, v)
    try:
        yield
    finally:
        for k, v in before.items():
            setattr(state, k, v)


class SummaryWriter:
    """Writes the summaries of the blocks in which it is the default. Made by `create_file_writer`."""

    def __init__(self, resource, opener):
        self._resource, self._opener, self._closed = resource, opener, False

    def _check(self):
        if self._closed:
            raise RuntimeError(f"SummaryWriter {self!r} is already closed")

    @contextlib.contextmanager
    def as_default(self, step=None):
        """A block whose summaries this writer writes; `step` is their default step. Raises RuntimeError when it is closed."""
        self._check()
        with having(writer=self, **({} if step is None else {"step": step})):
            yield self

    def set_as_default(self, step=None):
        """From now on this writer writes the thread's summaries. Raises RuntimeError when it is closed."""
        self._check()
        state.writer = self
        if step is not None:
            state.step = step

    def init(self):
        """The operation that opens the file; None in eager mode, where it is open."""
        self._check()
        return self._opener

    def flush(self):
        """Everything that was written is in the file: events do not wait. In a graph, an operation."""
        return None if self._closed else ops.flush_summary_writer(self._resource)

    def close(self):
        """Ends the file; in a graph, the operation that does."""
        if executing_eagerly():
            if self._closed:
                return None
            self._closed = True
        return ops.close_summary_writer(self._resource)


class NoopSummaryWriter(SummaryWriter):
    """A writer that writes nothing."""

    def __init__(self):
        super().__init__(None, None)

    def init(self):
        """Nothing to do."""

    flush = close = init


def create_file_writer(logdir, max_queue=None, flush_millis=None, filename_suffix=None, name=None, shared=False):
    """A writer of a new event file in the local folder `logdir`, which is made when missing.

    In a graph the file is made when the writer's `init()` operation runs. `shared`: all writers of a folder are one, as
    `tf.contrib.summary` has it. `max_queue` and `flush_millis` are accepted: events are in the file at once. Without a `logdir`
    the writer writes nothing.
    """
    if logdir is None:
        return NoopSummaryWriter()
    logdir = os.fspath(logdir) if hasattr(logdir, "__fspath__") else logdir
    suffix = ".v2" if filename_suffix is None else filename_suffix
    with framework.init_scope() if scope.eager() else contextlib.nullcontext():  # made in a function, it lives outside of it
        key = name or (f"logdir:{logdir}" if shared and isinstance(logdir, str) else "")
        resource = ops.summary_writer(shared_name=key)
        opener = ops.create_summary_file_writer(
            resource,
            framework.convert_to_tensor(logdir, dtypes.string),
            QUEUE if max_queue is None else max_queue,
            FLUSH_MILLIS if flush_millis is None else flush_millis,
            suffix,
        )
        if not executing_eagerly():
            get_default_graph().add_to_collection(_OPENERS, opener)
        return SummaryWriter(resource, opener)


def openers():
    """The operations that open the writers of the default graph."""
    return get_default_graph().get_collection(_OPENERS)


def writes():
    """The summaries of the default graph."""
    return get_default_graph().get_collection(_WRITES)


def default_step(step, missing):
    """`step` (default: the thread's) as an int64 scalar. Raises ValueError with the text `missing` when there is none."""
    step = state.step if step is None else step
    step = step() if callable(step) and not hasattr(step, "dtype") else step
    if step is None:
        raise ValueError(missing)
    return math.cast(framework.convert_to_tensor(step), dtypes.int64)


def recorded(write, condition, name=""):
    """Runs `write()` where `condition` (a bool or bool scalar) holds; gives whether it did, a bool scalar."""

    def do():
        with framework.control_dependencies([] if executing_eagerly() else [write()]):
            if executing_eagerly():
                write()
            return framework.constant(True)

    made = control_flow.smart_cond(condition, do, lambda: framework.constant(False), name=name or None)
    if not executing_eagerly():
        get_default_graph().add_to_collection(_WRITES, made)
    return made
