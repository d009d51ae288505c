"""Hooks that come with `tf.train`: stopping, logging, watching the loss, feeding. Those that write files are in `hooks_saving`."""

import time

import numpy as np

from mainstem.base import errors
from mainstem.graph.graph import get_default_graph
from mainstem.graph.tensor import Operation
from mainstem.platform import logging
from mainstem.train import global_step
from mainstem.train.session_hook import SessionRunArgs, SessionRunHook


class NeverTriggerTimer:
    """A timer that is never due."""

    def should_trigger_for_step(self, step):
        """False."""
        return False

    def update_last_triggered_step(self, step):
        """(None, None)."""
        return None, None

    def last_triggered_step(self):
        """None."""
        return None

    def reset(self):
        """Does nothing."""


class SecondOrStepTimer:
    """Says when something that happens every so many steps, or seconds, is due: first at once."""

    def __init__(self, every_secs=None, every_steps=None):
        if every_secs is None and every_steps is None:
            raise ValueError("Either every_secs or every_steps should be provided.")
        if every_secs is not None and every_steps is not None:
            raise ValueError("Can not provide both every_secs and every_steps.")
        self._every_secs, self._every_steps = every_secs, every_steps
        self.reset()

    def reset(self):
        """Forgets the last time."""
        self._last_triggered_step = self._last_triggered_time = None

    def should_trigger_for_step(self, step):
        """Whether it is due at `step`; never twice at one step."""
        if self._last_triggered_step is None:
            return True
        if step == self._last_triggered_step:
            return False
        if self._every_secs is not None:
            return time.time() >= self._last_triggered_time + self._every_secs
        return step >= self._last_triggered_step + self._every_steps

    def update_last_triggered_step(self, step):
        """Notes that it happened at `step`; gives the seconds and steps since the last time, (None, None) the first time."""
        now, before = time.time(), (self._last_triggered_time, self._last_triggered_step)
        self._last_triggered_time, self._last_triggered_step = now, step
        return (None, None) if before[1] is None else (now - before[0], step - before[1])

    def last_triggered_step(self):
        """The step of the last time, or None."""
        return self._last_triggered_step


def required_step(hook):
    """The global step, which a hook reads along with every run. Raises RuntimeError when the graph has none.

    The variable itself, whose value within a run is the one from before the step: a read made later would come after it.
    """
    step = global_step.get_global_step()
    if step is None:
        raise RuntimeError(f"Global step should be created to use {hook}.")
    return step


def _element(graph, wanted):
    """The tensor or operation that a hook logs: "loss" means "loss:0". Raises ValueError for an operation with several outputs."""
    if isinstance(wanted, (str, bytes)):
        name = wanted.decode() if isinstance(wanted, bytes) else wanted
        if ":" not in name:
            found = graph.as_graph_element(f"{name}:0")
            if len(found.op.outputs) > 1:
                raise ValueError(f"Name {name} is ambiguous, as this `Operation` has multiple outputs (at least 2).")
            return found
        return graph.as_graph_element(name)
    found = graph.as_graph_element(wanted)
    return found.outputs[0] if isinstance(found, Operation) and len(found.outputs) == 1 else found


class LoggingTensorHook(SessionRunHook):
    """Logs tensors every so many runs or seconds, and at the end: `INFO:tensorflow:loss = 0.5, step = 100 (1.234 sec)`.

    `tensors` is a dict from labels to tensors or their names, or a list. `formatter` makes the line of the dict of values.
    """

    def __init__(self, tensors, every_n_iter=None, every_n_secs=None, at_end=False, formatter=None):
        none, both = every_n_iter is None and every_n_secs is None, every_n_iter is not None and every_n_secs is not None
        if both or (none and not at_end):
            raise ValueError("either at_end and/or exactly one of every_n_iter and every_n_secs must be provided.")
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, dict):
            self._tag_order, self._tensors = sorted(tensors), tensors
        else:
            self._tag_order, self._tensors = list(tensors), {t: t for t in tensors}
        self._formatter, self._log_at_end = formatter, at_end
        self._timer = NeverTriggerTimer() if none else SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_iter)

    def begin(self):
        self._timer.reset()
        self._iter_count, self._should_trigger = 0, False
        graph = get_default_graph()
        self._current_tensors = {tag: _element(graph, t) for tag, t in self._tensors.items()}

    def before_run(self, run_context):
        self._should_trigger = self._timer.should_trigger_for_step(self._iter_count)
        return SessionRunArgs(self._current_tensors) if self._should_trigger else None

    def after_run(self, run_context, run_values):
        if self._should_trigger:
            self._log_tensors(run_values.results)
        self._iter_count += 1

    def end(self, session):
        if self._log_at_end:
            self._log_tensors(session.run(self._current_tensors))

    def _log_tensors(self, values):
        with np.printoptions(suppress=True):
            seconds, _ = self._timer.update_last_triggered_step(self._iter_count)
            if self._formatter:
                logging.info(self._formatter(values))
                return
            stats = ", ".join(f"{tag if isinstance(tag, str) else str(tag)} = {values[tag]}" for tag in self._tag_order)
            if seconds is None:
                logging.info("%s", stats)
            else:
                logging.info("%s (%.3f sec)", stats, seconds)


class StopAtStepHook(SessionRunHook):
    """Asks for the end when the global step reaches `last_step`, or has grown by `num_steps` since the session was made."""

    def __init__(self, num_steps=None, last_step=None):
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps, self._last_step = num_steps, last_step

    def begin(self):
        self._global_step_tensor = required_step("StopAtStepHook")

    def after_create_session(self, session, coord):
        if self._last_step is None:
            self._last_step = session.run(self._global_step_tensor) + self._num_steps

    def before_run(self, run_context):
        return SessionRunArgs(self._global_step_tensor)

    def after_run(self, run_context, run_values):
        # the value may be from before the step: only when it can be the last one, the step is read again
        reached = run_values.results + 1 >= self._last_step
        if reached and run_context.session.run(self._global_step_tensor) >= self._last_step:
            run_context.request_stop()


class NanLossDuringTrainingError(RuntimeError):
    """The loss became NaN."""

    def __str__(self):
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Ends training when the loss is NaN: with NanLossDuringTrainingError, or quietly when `fail_on_nan_loss` is False."""

    def __init__(self, loss_tensor, fail_on_nan_loss=True):
        self._loss_tensor, self._fail_on_nan_loss = loss_tensor, fail_on_nan_loss

    def before_run(self, run_context):
        return SessionRunArgs(self._loss_tensor)

    def after_run(self, run_context, run_values):
        if not np.isnan(run_values.results):
            return
        message = "Model diverged with loss = NaN."
        if self._fail_on_nan_loss:
            logging.error(message)
            raise NanLossDuringTrainingError
        logging.warning(message)
        run_context.request_stop()


class GlobalStepWaiterHook(SessionRunHook):
    """Holds the first run back until the global step, which somebody else counts, has reached `wait_until_step`."""

    def __init__(self, wait_until_step):
        self._wait_until_step = wait_until_step

    def begin(self):
        self._worker_is_started = False
        self._global_step_tensor = required_step("GlobalStepWaiterHook")

    def before_run(self, run_context):
        if self._worker_is_started:
            return
        if self._wait_until_step > 0:
            logging.info("Waiting for global step %d before starting training.", self._wait_until_step)
            self._wait(run_context.session)
        self._worker_is_started = True

    def _wait(self, session):
        last_logged = 0
        while (step := session.run(self._global_step_tensor)) < self._wait_until_step:
            if step - last_logged > 1000:
                logging.info(
                    "Waiting for global step %d before starting training. Current step is %d.", self._wait_until_step, step
                )
                last_logged = step
            time.sleep(0.5)


class FinalOpsHook(SessionRunHook):
    """Runs `final_ops` at the end; `final_ops_values` has their values then."""

    def __init__(self, final_ops, final_ops_feed_dict=None):
        self._final_ops, self._final_ops_feed_dict, self._final_ops_values = final_ops, final_ops_feed_dict, None

    @property
    def final_ops_values(self):
        """The values of `final_ops`, None before the end."""
        return self._final_ops_values

    def end(self, session):
        if self._final_ops is None:
            return
        try:
            self._final_ops_values = session.run(self._final_ops, feed_dict=self._final_ops_feed_dict)
        except (errors.OutOfRangeError, StopIteration):
            logging.warning(
                "FinalOpsHook: the final ops ran out of data; they should not depend on the input, e.g. on a data set."
            )
            raise


class FeedFnHook(SessionRunHook):
    """Feeds every run with the dict that `feed_fn()` gives."""

    def __init__(self, feed_fn):
        self.feed_fn = feed_fn

    def before_run(self, run_context):
        return SessionRunArgs(fetches=None, feed_dict=self.feed_fn())
