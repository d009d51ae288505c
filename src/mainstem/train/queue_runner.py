"""`QueueRunner`: threads that run a queue's enqueue operations until the data ends or somebody stops them."""

import atexit
import functools
import threading
import time
import weakref

from mainstem.base import errors
from mainstem.formats import protos
from mainstem.graph import sessions
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.platform import logging
from mainstem.run.session import BaseSession
from mainstem.state.scope import eager
from mainstem.train import collection_proto
from mainstem.train.meta_graph import prepend_scope, strip_scope

_threads = weakref.WeakKeyDictionary()  # daemon thread -> session it runs in
_LOOK = 0.5  # seconds between two looks at whether the session is closed
_GRACE = 5.0  # seconds that daemon threads get to end before the interpreter does
_MONITORED = ("MonitoredSession", "SingularMonitoredSession")  # they start the queue runners themselves


class QueueRunner:
    """The enqueue operations of a queue, to be run over and over by one thread each.

    Args:
        queue: a queue.
        enqueue_ops: list of operations that add elements; the same operation may be in it several times.
        close_op: closes the queue when the last thread has met the end of its data; None makes one.
        cancel_op: closes the queue and cancels pending enqueues when the coordinator stops; None makes one.
        queue_closed_exception_types: tuple of exceptions of `tf.errors` that mean the end of the data.
        queue_runner_def: a QueueRunnerDef to restore the runner from, instead of all the above.
        import_scope: the scope below which the operations of `queue_runner_def` are.

    Raises RuntimeError in eager mode, ValueError when arguments are missing or exclude each other, TypeError for exception types
    that are none.
    """

    _awaited = True  # whether a coordinator waits for the threads at the end

    def __init__(
        self, queue=None, enqueue_ops=None, close_op=None, cancel_op=None, queue_closed_exception_types=None, queue_runner_def=None,
        import_scope=None,
    ):  # fmt: skip
        if eager():
            raise RuntimeError(
                "QueueRunners are not supported when eager execution is enabled. Instead, please use tf.data to get data into your model."
            )
        if queue_runner_def is None:
            self._init_from_args(queue, enqueue_ops, close_op, cancel_op, queue_closed_exception_types)
        elif queue or enqueue_ops:
            raise ValueError("queue_runner_def and queue are mutually exclusive.")
        else:
            self._init_from_proto(queue_runner_def, import_scope)
        self._lock = threading.Lock()
        self._running = weakref.WeakKeyDictionary()  # session -> how many threads still enqueue
        self._exceptions_raised = []

    def _init_from_args(self, queue, enqueue_ops, close_op, cancel_op, types):
        if not queue or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        self._queue, self._enqueue_ops = queue, enqueue_ops
        self._close_op = queue.close() if close_op is None else close_op
        self._cancel_op = queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
        if types is None:
            types = (errors.OutOfRangeError,)
        elif not (
            isinstance(types, tuple) and types and all(isinstance(t, type) and issubclass(t, errors.OpError) for t in types)
        ):
            raise TypeError(
                f"queue_closed_exception_types, when provided, must be a tuple of tf.error types, but saw: {types!r}"
            )
        self._queue_closed_exception_types = types

    def _init_from_proto(self, stored, scope):
        if not isinstance(stored, protos.QueueRunnerDef):
            raise TypeError(f"queue_runner_def must be a QueueRunnerDef. Got {type(stored)}.")
        find = lambda name: get_default_graph().as_graph_element(prepend_scope(name, scope))  # noqa: E731
        self._queue = find(stored.queue_name)
        self._enqueue_ops = [find(name) for name in stored.enqueue_op_name]
        self._close_op, self._cancel_op = find(stored.close_op_name), find(stored.cancel_op_name)
        types = tuple(errors.exception_type_from_error_code(code) for code in stored.queue_closed_exception_types)
        self._queue_closed_exception_types = types or (errors.OutOfRangeError,)  # older programs store none

    @property
    def queue(self):
        return self._queue

    @property
    def enqueue_ops(self):
        return self._enqueue_ops

    @property
    def close_op(self):
        return self._close_op

    @property
    def cancel_op(self):
        return self._cancel_op

    @property
    def queue_closed_exception_types(self):
        return self._queue_closed_exception_types

    @property
    def exceptions_raised(self):
        """What ended threads that had no coordinator to report to, since the threads were last made."""
        return self._exceptions_raised

    @property
    def name(self):
        """The name of the queue."""
        return self._queue.name

    def create_threads(self, sess, coord=None, daemon=False, start=False):
        """Makes the threads for a session: one an enqueue operation, and one that cancels them when `coord` stops.

        Gives a list of threads; it is empty while earlier ones for the same session still run.
        """
        with self._lock:
            if self._running.get(sess, 0) > 0:
                return []
            self._running[sess] = len(self._enqueue_ops)
            self._exceptions_raised = []
        made = [
            threading.Thread(
                target=self._run, args=(sess, self._step(sess, i), coord), name=f"QueueRunnerThread-{self.name}-{op.name}"
            )
            for i, op in enumerate(self._enqueue_ops)
        ]
        if coord:
            name = f"QueueRunnerThread-{self.name}-close_on_stop"
            made.append(threading.Thread(target=self._close_on_stop, args=(sess, coord), name=name))
        for thread in made:
            if coord and self._awaited:
                coord.register_thread(thread)
            if daemon:
                thread.daemon = True
                _threads[thread] = sess
            if start:
                thread.start()
        return made

    def _step(self, sess, i):
        """What runs the enqueue operation of this number once."""
        return functools.partial(getattr(sess, "run_some", sess.run), self._enqueue_ops[i])

    def _run(self, sess, step, coord):
        """What an enqueueing thread does."""
        ended = False
        try:
            while not (coord and coord.should_stop()):
                step()
        except self._queue_closed_exception_types:
            ended = True
        except Exception as e:
            self._failed(sess, coord, e)
        with self._lock:
            self._running[sess] -= 1
            last = self._running[sess] == 0
        if ended and last:
            self._quietly(sess, self._close_op)

    def _failed(self, sess, coord, error):
        if coord:
            if self._awaited or not coord.should_stop():
                coord.request_stop(error)
            return
        # a program that ends its session has ended its input too: nothing that must be told
        closed = getattr(sess, "_closed", False)
        logging.log(logging.INFO if closed else logging.ERROR, "Exception in QueueRunner: %s", error, exc_info=not closed)
        with self._lock:
            self._exceptions_raised.append(error)

    def _close_on_stop(self, sess, coord):
        while not coord.wait_for_stop(_LOOK):
            if getattr(sess, "_closed", False):  # with the session the queue is gone
                return
        self._quietly(sess, self._cancel_op)

    @staticmethod
    def _quietly(sess, close):
        """Closes the queue; one that is closed already, or whose session is, needs no closing."""
        try:
            sess.run(close)
        except (errors.OpError, RuntimeError) as e:
            logging.debug("Ignored exception: %s", e)

    def to_proto(self, export_scope=None):
        """The runner as a QueueRunnerDef, names relative to `export_scope`; None when the queue is outside of that."""
        if export_scope is not None and not self.name.startswith(export_scope):
            return None
        strip = lambda name: strip_scope(name, export_scope)  # noqa: E731
        return protos.QueueRunnerDef(
            queue_name=strip(self.name),
            enqueue_op_name=[strip(op.name) for op in self._enqueue_ops],
            close_op_name=strip(self._close_op.name),
            cancel_op_name=strip(self._cancel_op.name),
            queue_closed_exception_types=[errors.error_code_from_exception_type(t) for t in self._queue_closed_exception_types],
        )

    @staticmethod
    def from_proto(queue_runner_def, import_scope=None):
        """The runner that a QueueRunnerDef describes; its operations must be in the default graph."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


collection_proto.register_proto_function(
    GraphKeys.QUEUE_RUNNERS, protos.QueueRunnerDef, QueueRunner.to_proto, QueueRunner.from_proto
)


@atexit.register
def _end_daemons():
    """Closes the sessions of daemon threads that still run: one that is inside XLA when the interpreter ends would crash it."""
    alive = [(t, s) for t, s in list(_threads.items()) if t.is_alive()]
    for _, session in alive:
        session.close()
    end = time.monotonic() + _GRACE
    for thread, _ in alive:
        thread.join(max(0.0, end - time.monotonic()))


def add_queue_runner(qr, collection=GraphKeys.QUEUE_RUNNERS):
    """Adds a QueueRunner to a collection of the default graph, for `start_queue_runners`."""
    get_default_graph().add_to_collection(collection, qr)


def start_queue_runners(sess=None, coord=None, daemon=True, start=True, collection=GraphKeys.QUEUE_RUNNERS):
    """Starts the threads of all queue runners in a collection of the session's graph; gives the list of threads.

    Args:
        sess: the session to run in; None means the default session.
        coord: the Coordinator of the threads.
        daemon: whether the threads end with the program.
        start: whether to start them, or only to make them.
        collection: the collection's key.

    Raises ValueError without a session, TypeError for something else.
    """
    if sess is None:
        sess = sessions.get_default_session()
        if sess is None:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with sess.as_default()` or pass an explicit "
                "session to tf.start_queue_runners(sess=sess)"
            )
    if not isinstance(sess, BaseSession):
        if type(sess).__name__ in _MONITORED:
            return []
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {type(sess)}")
    with sess.graph.as_default():
        runners = sess.graph.get_collection(collection)
        return [t for runner in runners for t in runner.create_threads(sess, coord=coord, daemon=daemon, start=start)]
