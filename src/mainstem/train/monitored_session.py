"""Monitored sessions: initialize or restore, run with hooks, start queue runners, reopen after an aborted step.

Three layers, each with `run`, `should_stop` and `close`: `_Hooked` calls the hooks around a run, `_Coordinated` adds the threads of
queue runners, `_Recoverable` makes both again when a step was aborted or its worker is gone.
"""

import inspect

from mainstem.base import errors
from mainstem.formats import protos
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.platform import logging
from mainstem.train import queue_runner
from mainstem.train.coordinator import Coordinator
from mainstem.train.hooks_saving import CheckpointSaverHook, StepCounterHook, SummarySaverHook
from mainstem.train.scaffold import Scaffold
from mainstem.train.session_hook import SessionRunArgs, SessionRunContext, SessionRunValues
from mainstem.train.session_manager import SessionManager

USE_DEFAULT = object()  # of arguments for which None means "never"
PREEMPTIONS = (errors.AbortedError, errors.UnavailableError)


# ---- who makes the session


class SessionCreator:
    """A base for what makes the session of a `MonitoredSession`, as often as it must be made anew."""

    def create_session(self):
        """Gives a session that is ready."""
        raise NotImplementedError(f"create_session is not implemented for {self}.")


class ChiefSessionCreator(SessionCreator):
    """Makes a session by restoring the last checkpoint of a directory (or one by its path), or else by initializing."""

    def __init__(self, scaffold=None, master="", config=None, checkpoint_dir=None, checkpoint_filename_with_path=None):
        self._scaffold, self._manager, self._master, self._config = scaffold or Scaffold(), None, master, config
        self._checkpoint_dir, self._checkpoint_filename_with_path = checkpoint_dir, checkpoint_filename_with_path

    def create_session(self):
        s = self._scaffold.finalize()
        return _manager(self).prepare_session(
            self._master,
            saver=s.saver,
            checkpoint_dir=self._checkpoint_dir,
            checkpoint_filename_with_path=self._checkpoint_filename_with_path,
            config=self._config,
            init_op=s.init_op,
            init_feed_dict=s.init_feed_dict,
            init_fn=s.init_fn,
        )


class WorkerSessionCreator(SessionCreator):
    """Makes a session by waiting, at most `max_wait_secs`, until the chief has initialized the model."""

    def __init__(self, scaffold=None, master="", config=None, max_wait_secs=30 * 60):
        self._scaffold, self._manager, self._master, self._config = scaffold or Scaffold(), None, master, config
        self._max_wait_secs = max_wait_secs

    def create_session(self):
        self._scaffold.finalize()
        return _manager(self).wait_for_session(self._master, config=self._config, max_wait_secs=self._max_wait_secs)


def _manager(creator):
    if creator._manager is None:
        s = creator._scaffold
        creator._manager = SessionManager(
            local_init_op=s.local_init_op,
            ready_op=s.ready_op,
            ready_for_local_init_op=s.ready_for_local_init_op,
            graph=get_default_graph(),
        )
    return creator._manager


# ---- the layers


class _Hooked:
    """Runs with hooks."""

    def __init__(self, session, hooks):
        self.session, self._hooks, self._stopped = session, hooks, False

    def should_stop(self):
        return self._stopped

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        if self._stopped:
            raise RuntimeError("Run called even after should_stop requested.")
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self.session)
        asked = [hook.before_run(context) or SessionRunArgs(None) for hook in self._hooks]
        options, run_metadata = options or protos.RunOptions(), run_metadata or protos.RunMetadata()
        feeds = _all_feeds(asked, feed_dict)
        for args in asked:
            if args.options is not None:
                _merge_options(options, args.options)
        wanted = [_keyed(fetches), *(_keyed(args.fetches) for args in asked if args.fetches is not None)]
        values = iter(self.session.run(wanted, feeds, options, run_metadata))
        result = _as_asked(fetches, next(values))
        for hook, args in zip(self._hooks, asked):
            own = _as_asked(args.fetches, next(values)) if args.fetches is not None else None
            hook.after_run(context, SessionRunValues(own, options, run_metadata))
        self._stopped = self._stopped or context.stop_requested
        return result


def _keyed(fetches):
    """Fetches as a tuple where they are a dict or list: a session finds what can be hashed without flattening it again."""
    return tuple(fetches.values()) if type(fetches) is dict else tuple(fetches) if type(fetches) is list else fetches


def _as_asked(fetches, values):
    """The values of `_keyed` fetches in the structure of the fetches."""
    return dict(zip(fetches, values)) if type(fetches) is dict else list(values) if type(fetches) is list else values


def _all_feeds(asked, own):
    """The feeds of the caller and of the hooks. Raises RuntimeError when two feed the same tensor."""
    feeds = {}
    for args in asked:
        if args.feed_dict:
            _apart(feeds, args.feed_dict, "Same tensor is fed by two hooks.")
            feeds.update(args.feed_dict)
    if not feeds:
        return own
    _apart(feeds, own or {}, "Same tensor is fed by a SessionRunHook and user.")
    return {**feeds, **(own or {})}


def _apart(a, b, text):
    both = [t for t in a if t in b]
    if both:
        raise RuntimeError(f"{text} Conflict(s): {both}")


def _merge_options(options, more):
    """Adds what a hook wants of a run to what the caller and earlier hooks want."""
    options.trace_level = max(options.trace_level, more.trace_level)
    options.timeout_in_ms = max(options.timeout_in_ms, more.timeout_in_ms)
    options.inter_op_thread_pool = max(options.inter_op_thread_pool, more.inter_op_thread_pool)
    options.output_partition_graphs = options.output_partition_graphs or more.output_partition_graphs
    options.report_tensor_allocations_upon_oom |= more.report_tensor_allocations_upon_oom
    options.debug_options.debug_tensor_watch_opts.extend(more.debug_options.debug_tensor_watch_opts)


class _Coordinated:
    """A session with hooks, and the coordinator of the threads that feed it."""

    def __init__(self, session, hooks, stop_grace_period_secs):
        self.coord = Coordinator(clean_stop_exception_types=())
        if get_default_graph().get_collection(GraphKeys.QUEUE_RUNNERS):
            queue_runner.start_queue_runners(sess=session, coord=self.coord)
        for hook in hooks:
            hook.after_create_session(session, self.coord)
        self.session, self._hooked, self._grace = session, _Hooked(session, hooks), stop_grace_period_secs

    def should_stop(self):
        self.coord.raise_requested_exception()
        return self.coord.should_stop() or self._hooked.should_stop()

    def run(self, *args, **kwargs):
        return self._with_causes(self._hooked.run, *args, **kwargs)

    def run_step_fn(self, step_fn):
        return self._with_causes(step_fn, StepContext(self.session, self.run))

    def _with_causes(self, call, *args, **kwargs):
        """Calls; when that fails because a thread was aborted before, raises what aborted the thread."""
        try:
            return call(*args, **kwargs)
        except PREEMPTIONS:
            raise
        except Exception as e:
            try:
                self.coord.raise_requested_exception()
            except PREEMPTIONS:
                raise
            except Exception:
                raise e from None
            raise

    def close(self):
        self.coord.request_stop()
        try:
            self.coord.join(stop_grace_period_secs=self._grace, ignore_live_threads=True)
        finally:
            self.session.close()


class _Recoverable:
    """Makes the session anew, and runs the step again, when it was aborted or the worker is gone."""

    def __init__(self, make):
        self._make, self._inner = make, None
        self._ensure()

    def _ensure(self):
        while self._inner is None:
            try:
                self._inner = self._make()
            except PREEMPTIONS as e:
                logging.info(
                    "An error was raised while a session was being created. This may be due to a preemption of a connected worker or "
                    "parameter server. A new session will be created. Error: %s",
                    e,
                )
        return self._inner

    @property
    def session(self):
        return self._inner.session

    @property
    def coord(self):
        return self._inner.coord

    def _lose(self, error):
        logging.info(
            "An error was raised. This may be due to a preemption in a connected worker or parameter server. The current session "
            "will be closed and a new session will be created. Error: %s",
            error,
        )
        self.close()

    def should_stop(self):
        if self._inner is None:
            return True
        try:
            return self._inner.should_stop()
        except PREEMPTIONS as e:
            self._lose(e)
            self._ensure()
            return False
        except Exception:  # `close` raises it, with the traceback of its thread
            return True

    def run(self, *args, **kwargs):
        while True:
            try:
                return self._ensure().run(*args, **kwargs)
            except PREEMPTIONS as e:
                self._lose(e)

    def run_step_fn(self, step_fn):
        while True:
            try:
                return self._ensure().run_step_fn(step_fn)
            except PREEMPTIONS as e:
                self._lose(e)

    def close(self):
        if self._inner is not None:
            try:
                self._inner.close()
            except PREEMPTIONS as e:  # the threads ended for the same reason
                logging.debug("Ignored exception: %s", e)
            finally:
                self._inner = None


# ---- what users hold


class StepContext:
    """What a step function is given: the session without hooks, a run with hooks, a way to end the loop."""

    def __init__(self, session, run_with_hooks_fn):
        self._session, self._run_with_hooks_fn = session, run_with_hooks_fn

    @property
    def session(self):
        """The session: hooks are not called for its runs."""
        return self._session

    def run_with_hooks(self, *args, **kwargs):
        """Like `MonitoredSession.run`."""
        return self._run_with_hooks_fn(*args, **kwargs)

    def request_stop(self):
        """Ends the `with` block of the monitored session quietly."""
        raise StopIteration("step_fn has requested the iterations to stop.")


class _Monitored:
    StepContext = StepContext

    def __init__(self, session_creator, hooks, should_recover, stop_grace_period_secs):
        self._graph_was_finalized = get_default_graph().finalized
        self._hooks, self._closed = list(hooks or ()), False
        for hook in self._hooks:
            hook.begin()
        creator = session_creator or ChiefSessionCreator()

        def make():
            return _Coordinated(creator.create_session(), self._hooks, stop_grace_period_secs)

        self._sess = _Recoverable(make) if should_recover else make()

    def _open(self):
        if self._sess is None:
            raise RuntimeError("Session is already closed.")
        return self._sess

    @property
    def graph(self):
        """The graph of the session, None when it is closed."""
        return None if self._sess is None else self._tf_sess().graph

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """Like `Session.run`, with the hooks around it.

        Raises RuntimeError after the end and when two feed the same tensor. A step that was aborted runs again, where the
        session recovers.
        """
        return self._open().run(fetches, feed_dict=feed_dict, options=options, run_metadata=run_metadata)

    def run_step_fn(self, step_fn):
        """Calls `step_fn(step_context)`, which may run several parts with and without hooks; gives what it gives.

        Raises ValueError when the function takes other arguments.
        """
        taken = tuple(p.name for p in inspect.signature(step_fn).parameters.values())
        if taken != ("step_context",) and not (inspect.ismethod(step_fn) and taken[-1:] == ("step_context",)):
            raise ValueError(
                "`step_fn` may either have one `step_context` argument, or `self` and `step_context` arguments if it's an instance "
                f"method. Got {taken} instead."
            )
        return self._open().run_step_fn(step_fn)

    def should_stop(self):
        """Whether the loop should end: a hook or the coordinator asked for it, or the session is closed."""
        return self._sess is None or self._sess.should_stop()

    def close(self):
        """Ends the hooks, the threads and the session. Raises RuntimeError when closed already, and what a thread failed with."""
        self._open()
        self._end(None)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind in (errors.OutOfRangeError, StopIteration):
            kind = None
        self._end(kind)
        return kind is None  # True: what meant an ordinary end does not come out

    def _end(self, kind):
        try:
            if kind is None:
                for hook in self._hooks:
                    hook.end(self._tf_sess())
        finally:
            inner, self._sess = self._open(), None
            graph = get_default_graph()
            try:
                inner.close()
            finally:
                if not self._graph_was_finalized:
                    graph._unsafe_unfinalize()

    def _is_closed(self):
        return self._sess is None

    def _tf_sess(self):
        return self._sess.session


class MonitoredSession(_Monitored):
    """A session that initializes itself, runs hooks, starts queue runners, and goes on in a new session after an aborted step.

    As a context manager it closes itself; OutOfRangeError and StopIteration end the block quietly. It is not the default session.
    """

    def __init__(self, session_creator=None, hooks=None, stop_grace_period_secs=120):
        super().__init__(session_creator, hooks, True, stop_grace_period_secs)


class SingularMonitoredSession(_Monitored):
    """A `MonitoredSession` that raises when a step is aborted; `raw_session()` gives the session below, e.g. for a Saver."""

    def __init__(
        self,
        hooks=None,
        scaffold=None,
        master="",
        config=None,
        checkpoint_dir=None,
        stop_grace_period_secs=120,
        checkpoint_filename_with_path=None,
    ):
        creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir, checkpoint_filename_with_path)
        super().__init__(creator, hooks, False, stop_grace_period_secs)

    def raw_session(self):
        """The `Session` below."""
        return self._tf_sess()


def MonitoredTrainingSession(  # noqa: N802 - TensorFlow's name
    master="",
    is_chief=True,
    checkpoint_dir=None,
    scaffold=None,
    hooks=None,
    chief_only_hooks=None,
    save_checkpoint_secs=USE_DEFAULT,
    save_summaries_steps=USE_DEFAULT,
    save_summaries_secs=USE_DEFAULT,
    config=None,
    stop_grace_period_secs=120,
    log_step_count_steps=100,
    max_wait_secs=7200,
    save_checkpoint_steps=USE_DEFAULT,
    summary_dir=None,
):
    """A `MonitoredSession` for training: with a directory it goes on from its last checkpoint and writes files there.

    Args:
        is_chief: whether this process initializes and writes; others wait for it.
        checkpoint_dir: where checkpoints go, and summaries unless `summary_dir` is given.
        hooks, chief_only_hooks: more hooks, called after those made here (the chief's first).
        save_checkpoint_secs, save_checkpoint_steps: how often a checkpoint is written; default: every 600 seconds; None: never.
        save_summaries_steps, save_summaries_secs: how often summaries are; default: every 100 steps.
        log_step_count_steps: how often the speed is logged.

    Gives a `MonitoredSession`.
    """
    if save_summaries_steps is USE_DEFAULT and save_summaries_secs is USE_DEFAULT:
        save_summaries_steps, save_summaries_secs = 100, None
    if save_checkpoint_secs is USE_DEFAULT and save_checkpoint_steps is USE_DEFAULT:
        save_checkpoint_secs, save_checkpoint_steps = 600, None
    save_summaries_steps, save_summaries_secs, save_checkpoint_secs, save_checkpoint_steps = (
        None if x is USE_DEFAULT else x
        for x in (save_summaries_steps, save_summaries_secs, save_checkpoint_secs, save_checkpoint_steps)
    )
    scaffold = scaffold or Scaffold()
    if not is_chief:
        creator = WorkerSessionCreator(scaffold, master, config, max_wait_secs)
        return MonitoredSession(creator, hooks, stop_grace_period_secs)
    made, summary_dir = list(chief_only_hooks or ()), summary_dir or checkpoint_dir
    if summary_dir:
        if log_step_count_steps and log_step_count_steps > 0:
            made.append(StepCounterHook(output_dir=summary_dir, every_n_steps=log_step_count_steps))
        if (save_summaries_steps or 0) > 0 or (save_summaries_secs or 0) > 0:
            made.append(SummarySaverHook(save_summaries_steps, save_summaries_secs, output_dir=summary_dir, scaffold=scaffold))
    if checkpoint_dir and ((save_checkpoint_secs or 0) > 0 or (save_checkpoint_steps or 0) > 0):
        made.append(CheckpointSaverHook(checkpoint_dir, save_checkpoint_secs, save_checkpoint_steps, scaffold=scaffold))
    made.extend(hooks or ())
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_dir)
    return MonitoredSession(creator, made, stop_grace_period_secs)
