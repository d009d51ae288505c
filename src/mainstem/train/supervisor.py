"""`Supervisor`: a session that is initialized or restored, with threads that write summaries and checkpoints."""

import contextlib
import os
import time

from mainstem.formats import protos
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.platform import logging
from mainstem.state.scope import eager
from mainstem.surface import framework, variables
from mainstem.train import global_step as steps
from mainstem.train import meta_graph, summary
from mainstem.train.coordinator import Coordinator, LooperThread
from mainstem.train.saver import Saver
from mainstem.train.session_manager import SessionManager
from mainstem.train.writer import FileWriter


class Supervisor:
    """Prepares sessions of a graph and runs the services of training around them.

    Args:
        graph: the graph, default: the default graph. It is final from now on.
        ready_op, ready_for_local_init_op, init_op, local_init_op, summary_op, saver, global_step: as in `Scaffold`; left out, they
            are taken from their collections or made; None means none.
        is_chief: whether this process initializes and writes; others wait for it.
        init_feed_dict, init_fn: feeds of `init_op`, and a function of the session that runs after it.
        logdir: the directory of checkpoints and events; without one there are no services.
        save_summaries_secs, save_model_secs: how often they are written; 0: never.
        recovery_wait_secs, stop_grace_secs: the time between looks for a checkpoint, and for threads to end.
        checkpoint_basename: the name of the checkpoints.
        session_manager: one to use instead of its own.
        summary_writer: one to use instead of its own; None: no events.

    Raises RuntimeError in eager mode, ValueError when this is not the chief and a variable has no device.
    """

    USE_DEFAULT = 0  # of arguments for which None means "none"

    def __init__(
        self,
        graph=None,
        ready_op=USE_DEFAULT,
        ready_for_local_init_op=USE_DEFAULT,
        is_chief=True,
        init_op=USE_DEFAULT,
        init_feed_dict=None,
        local_init_op=USE_DEFAULT,
        logdir=None,
        summary_op=USE_DEFAULT,
        saver=USE_DEFAULT,
        global_step=USE_DEFAULT,
        save_summaries_secs=120,
        save_model_secs=600,
        recovery_wait_secs=30,
        stop_grace_secs=120,
        checkpoint_basename="model.ckpt",
        session_manager=None,
        summary_writer=USE_DEFAULT,
        init_fn=None,
        local_init_run_options=None,
    ):
        if eager():
            raise RuntimeError("Supervisors are incompatible with eager execution.")
        self._graph = get_default_graph() if graph is None else graph
        self._is_chief, self._coord, self._threads = is_chief, Coordinator(), []
        self._stop_grace_secs, self._init_fn, self._init_feed_dict = stop_grace_secs, init_fn, init_feed_dict
        with self._graph.as_default():
            chosen = self._chosen
            self._ready_op = chosen(ready_op, GraphKeys.READY_OP, variables.report_uninitialized_variables)
            self._ready_for_local_init_op = chosen(ready_for_local_init_op, GraphKeys.READY_FOR_LOCAL_INIT_OP, lambda: None)
            self._init_op = chosen(init_op, GraphKeys.INIT_OP, variables.global_variables_initializer)
            self._local_init_op = chosen(local_init_op, GraphKeys.LOCAL_INIT_OP, _local_init)
            self._saver = chosen(saver, GraphKeys.SAVERS, lambda: Saver() if variables.global_variables() else None)
            self._summary_op = chosen(summary_op, GraphKeys.SUMMARY_OP, summary.merge_all)
            self._global_step = chosen(global_step, GraphKeys.GLOBAL_STEP, steps.get_global_step)
        writes = is_chief and logdir
        self._logdir, self._save_path = (logdir, os.path.join(logdir, checkpoint_basename)) if writes else (None, None)
        self._save_summaries_secs = save_summaries_secs if is_chief else None
        self._save_model_secs = save_model_secs if is_chief else None
        self._summary_writer = None
        if is_chief and summary_writer is not Supervisor.USE_DEFAULT:
            self._summary_writer = summary_writer
        elif writes:
            self._summary_writer = FileWriter(logdir)
        self._graph_written = False
        self._session_manager = session_manager or SessionManager(
            local_init_op=self._local_init_op,
            ready_op=self._ready_op,
            ready_for_local_init_op=self._ready_for_local_init_op,
            graph=self._graph,
            recovery_wait_secs=recovery_wait_secs,
            local_init_run_options=local_init_run_options,
        )
        self._verify()
        self._graph.finalize()

    @staticmethod
    def _chosen(given, key, make):
        """An argument: what is given, else the first element of a collection, else what `make` gives, which is added to it."""
        if given is not Supervisor.USE_DEFAULT:
            return given
        found = framework.get_collection(key)
        if found:
            return found[0]
        made = make()
        if made is not None:
            framework.add_to_collection(key, made)
        return made

    def _verify(self):
        if not self._is_chief:
            for op in self._graph.get_operations():
                if op.type in ("Variable", "VariableV2") and not op.device:
                    raise ValueError(f"When using replicas, all Variables must have their device set: {op}")

    # ---- what it consists of

    @property
    def is_chief(self):
        """Whether it initializes and writes."""
        return self._is_chief

    @property
    def session_manager(self):
        """The `SessionManager`."""
        return self._session_manager

    @property
    def coord(self):
        """The `Coordinator` of its threads."""
        return self._coord

    @property
    def init_op(self):
        """The operation that initializes."""
        return self._init_op

    @property
    def init_feed_dict(self):
        """The feeds of `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self):
        """The tensor that names what is not ready."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self):
        """The tensor that names what the local initialization waits for, or None."""
        return self._ready_for_local_init_op

    @property
    def summary_writer(self):
        """The `FileWriter`, or None."""
        return self._summary_writer

    @property
    def summary_op(self):
        """The merged summaries, or None."""
        return self._summary_op

    @property
    def save_summaries_secs(self):
        """Seconds between two summaries."""
        return self._save_summaries_secs

    @property
    def global_step(self):
        """The global step, or None."""
        return self._global_step

    @property
    def saver(self):
        """The `Saver`, or None."""
        return self._saver

    @property
    def save_model_secs(self):
        """Seconds between two checkpoints."""
        return self._save_model_secs

    @property
    def save_path(self):
        """The path of the checkpoints without the step, or None."""
        return self._save_path

    # ---- sessions and services

    def prepare_or_wait_for_session(
        self, master="", config=None, wait_for_checkpoint=False, max_wait_secs=7200, start_standard_services=True
    ):
        """A session ready to use, with queue runners and, where asked for, the services started."""
        self._coord.clear_stop()
        if self._summary_writer:
            self._summary_writer.reopen()
        if self._is_chief:
            session = self._session_manager.prepare_session(
                master,
                init_op=self._init_op,
                saver=self._saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                logging.info("Starting standard services.")
                self.start_standard_services(session)
        else:
            session = self._session_manager.wait_for_session(master, config=config, max_wait_secs=max_wait_secs)
        if start_standard_services:
            logging.info("Starting queue runners.")
            self.start_queue_runners(session)
        return session

    def _write_graph(self):
        nodes = self._graph.as_graph_def(add_shapes=True)
        if self._logdir:
            meta_graph.write_graph(nodes, self._logdir, "graph.pbtxt")
        if self._summary_writer and not self._graph_written:
            saver_def = self._saver.saver_def if self._saver else None
            self._summary_writer.add_graph(self._graph)
            with self._graph.as_default():
                self._summary_writer.add_meta_graph(meta_graph.export_meta_graph(graph_def=nodes, saver_def=saver_def))
            self._graph_written = True

    def start_standard_services(self, sess):
        """Starts the threads for summaries, the step counter and checkpoints; gives them as a list.

        Raises RuntimeError when this is not the chief. Without a directory it warns and gives None.
        """
        if not self._is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief supervisors can write events."
            )
        if not self._logdir:
            logging.warning("Standard services need a 'logdir' passed to the SessionManager")
            return None
        made = []
        if self._global_step is not None and self._summary_writer:
            step = steps.global_step(sess, self._global_step)
            self._summary_writer.add_session_log(protos.SessionLog(status=protos.SessionLog.START), step)
        if self._save_summaries_secs and self._summary_writer:
            if self._summary_op is not None:
                made.append(SVSummaryThread(self, sess))
            if self._global_step is not None:
                made.append(SVStepCounterThread(self, sess))
        if self._saver and self._save_model_secs:
            made.append(SVTimerCheckpointThread(self, sess))
        for thread in made:
            thread.start()
        self._threads.extend(made)
        return made

    def start_queue_runners(self, sess, queue_runners=None):
        """Starts the threads of queue runners (default: those of the graph); gives them as a list."""
        if queue_runners is None:
            queue_runners = self._graph.get_collection(GraphKeys.QUEUE_RUNNERS)
        made = [t for q in queue_runners for t in q.create_threads(sess, coord=self._coord, daemon=True, start=True)]
        self._threads.extend(made)
        return made

    def loop(self, timer_interval_secs, target, args=None, kwargs=None):
        """Starts a thread that calls `target` every so many seconds until the end (None: without a pause); gives it."""
        looper = LooperThread(self._coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        looper.start()
        return looper

    def stop(self, threads=None, close_summary_writer=True, ignore_live_threads=False):
        """Ends all threads and closes the event file. Raises what a thread failed with."""
        self._coord.request_stop()
        try:
            self._coord.join(threads, stop_grace_period_secs=self._stop_grace_secs, ignore_live_threads=ignore_live_threads)
        finally:
            if close_summary_writer and self._summary_writer:
                self._summary_writer.add_session_log(protos.SessionLog(status=protos.SessionLog.STOP))
                self._summary_writer.close()
                self._graph_written = False

    def request_stop(self, ex=None):
        """Asks all threads to stop; see `Coordinator.request_stop`."""
        self._coord.request_stop(ex=ex)

    def should_stop(self):
        """Whether somebody asked to stop."""
        return self._coord.should_stop()

    def stop_on_exception(self):
        """A block whose exception ends in `request_stop`."""
        return self._coord.stop_on_exception()

    def wait_for_stop(self):
        """Waits until somebody asks to stop."""
        self._coord.wait_for_stop()

    def summary_computed(self, sess, summary, global_step=None):
        """Writes a summary that the caller has run. Raises RuntimeError when there is no writer."""
        if not self._summary_writer:
            raise RuntimeError("Writing a summary requires a summary writer.")
        if global_step is None and self._global_step is not None:
            global_step = steps.global_step(sess, self._global_step)
        self._summary_writer.add_summary(summary, global_step)

    @contextlib.contextmanager
    def managed_session(self, master="", config=None, start_standard_services=True, close_summary_writer=True):
        """A block with a session; at its end all threads stop and the session closes.

        What the block or a thread failed with is raised at the end; OutOfRangeError is the end of the data and is not.
        """
        session = None
        try:
            session = self.prepare_or_wait_for_session(
                master=master, config=config, start_standard_services=start_standard_services
            )
            yield session
        except Exception as e:
            self.request_stop(e)
        finally:
            try:
                self.stop(close_summary_writer=close_summary_writer)  # raises what was kept above
            finally:
                if session is not None:
                    session.close()

    PrepareSession, StartStandardServices, StartQueueRunners = (
        prepare_or_wait_for_session,
        start_standard_services,
        start_queue_runners,
    )
    Loop, Stop, RequestStop, ShouldStop = loop, stop, request_stop, should_stop
    StopOnException, WaitForStop, SummaryComputed = stop_on_exception, wait_for_stop, summary_computed


def _local_init():
    return framework.group(variables.local_variables_initializer(), framework.tables_initializer())


def basic_train_loop(supervisor, train_step_fn, args=None, kwargs=None, master=""):
    """Calls `train_step_fn(session, *args, **kwargs)` in a session of the supervisor until somebody asks to stop."""
    with supervisor.managed_session(master) as session:
        while not supervisor.should_stop():
            train_step_fn(session, *(args or ()), **(kwargs or {}))


class SVSummaryThread(LooperThread):
    """Runs and writes the summaries."""

    def __init__(self, sv, sess):
        super().__init__(sv.coord, sv.save_summaries_secs)
        self._sv, self._sess = sv, sess

    def run_loop(self):
        sv = self._sv
        if sv.global_step is None:
            made, step = self._sess.run(sv.summary_op), None
        else:
            made, step = self._sess.run([sv.summary_op, sv.global_step])
        if sv.summary_writer:
            logging.info("Recording summary at step %s.", step)
            sv.summary_writer.add_summary(made, step)


class SVStepCounterThread(LooperThread):
    """Writes and logs the steps a second."""

    def __init__(self, sv, sess, step_counter=None):
        super().__init__(sv.coord, sv.save_summaries_secs)
        self._sv, self._sess, self._last_time, self._last_step = sv, sess, 0.0, 0
        self._step_counter = sv.global_step if step_counter is None else step_counter
        self._summary_tag = f"{self._step_counter.op.name}/sec"

    def start_loop(self):
        self._last_time, self._last_step = time.time(), steps.global_step(self._sess, self._step_counter)

    def run_loop(self):
        step, now = steps.global_step(self._sess, self._step_counter), time.time()
        seconds, added = now - self._last_time, step - self._last_step
        self._last_time, self._last_step = now, step
        speed = added / seconds if seconds > 0 else float("inf")
        if self._sv.summary_writer:
            value = protos.Summary.Value(tag=self._summary_tag, simple_value=speed)
            self._sv.summary_writer.add_summary(protos.Summary(value=[value]), step)
        logging.info("%s: %g", self._summary_tag, speed)


class SVTimerCheckpointThread(LooperThread):
    """Writes checkpoints."""

    def __init__(self, sv, sess):
        super().__init__(sv.coord, sv.save_model_secs)
        self._sv, self._sess = sv, sess

    def run_loop(self):
        sv = self._sv
        logging.info("Saving checkpoint to path %s", sv.save_path)
        sv.saver.save(self._sess, sv.save_path, global_step=sv.global_step)
        if sv.summary_writer and sv.global_step is not None:
            log = protos.SessionLog(status=protos.SessionLog.CHECKPOINT, checkpoint_path=sv.save_path)
            sv.summary_writer.add_session_log(log, steps.global_step(self._sess, sv.global_step))
