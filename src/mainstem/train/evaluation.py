"""Evaluation of a checkpoint: restore it, run the metrics' updates so many times, give the final values."""

import time

from mainstem.base import dtypes
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.platform import logging
from mainstem.surface import variables
from mainstem.surface.variable_scope import get_variable
from mainstem.train.hooks import FinalOpsHook
from mainstem.train.monitored_session import ChiefSessionCreator, MonitoredSession
from mainstem.train.session_hook import SessionRunArgs, SessionRunHook
from mainstem.train.slot_creator import filled


def get_or_create_eval_step():
    """The evaluation step of the default graph: a local int64 variable `eval_step`, made when there is none.

    Raises ValueError when the collection EVAL_STEP has several.
    """
    graph = get_default_graph()
    found = graph.get_collection(GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError('Multiple tensors added to tf.GraphKeys.EVAL_STEP: only one is "the" evaluation step.')
    if found:
        return found[0]
    return get_variable(
        GraphKeys.EVAL_STEP,
        shape=[],
        dtype=dtypes.int64,
        initializer=filled(0, "zeros"),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.EVAL_STEP],
    )


class StopAfterNEvalsHook(SessionRunHook):
    """Asks for the end after `num_evals` evaluations, and logs how far it is; None: never asks."""

    def __init__(self, num_evals, log_progress=True):
        self._num_evals, self._log_progress, self._evals_completed = num_evals, log_progress, None
        self._log_frequency = 1 if num_evals is None or num_evals < 20 else num_evals // 10

    def _set_evals_completed_tensor(self, updated_eval_step):
        self._evals_completed = updated_eval_step

    def before_run(self, run_context):
        return SessionRunArgs({"evals_completed": self._evals_completed})

    def after_run(self, run_context, run_values):
        done = run_values.results["evals_completed"]
        if self._log_progress:
            if self._num_evals is None:
                logging.info("Evaluation [%d]", done)
            elif done % self._log_frequency == 0 or self._num_evals == done:
                logging.info("Evaluation [%d/%d]", done, self._num_evals)
        if self._num_evals is not None and done >= self._num_evals:
            run_context.request_stop()


def counted(eval_ops, hooks):
    """`eval_ops` with the operation that counts evaluations; tells the hooks that stop where the count is."""
    step = get_or_create_eval_step()
    if eval_ops is not None:
        update = variables.assign_add(step, 1)
        if isinstance(eval_ops, dict):
            eval_ops = {**eval_ops, "update_eval_step": update}
        elif isinstance(eval_ops, (tuple, list)):
            eval_ops = [*eval_ops, update]
        else:
            eval_ops = [eval_ops, update]
        for hook in hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook._set_evals_completed_tensor(update)
    else:
        for hook in hooks:
            if isinstance(hook, StopAfterNEvalsHook):
                hook._set_evals_completed_tensor(step)
    return eval_ops


def run_evaluation(creator, hooks, eval_ops, feed_dict, started=False):
    """Runs `eval_ops` in a new session until a hook asks for the end."""
    with MonitoredSession(session_creator=creator, hooks=hooks) as session:
        if not started:
            logging.info("Starting evaluation at %s", _now())
        if eval_ops is not None:
            while not session.should_stop():
                session.run(eval_ops, feed_dict)
        logging.info("Finished evaluation at %s", _now())


def _now():
    return time.strftime("%Y-%m-%d-%H:%M:%S", time.localtime())


def evaluate_once(
    checkpoint_path,
    master="",
    scaffold=None,
    eval_ops=None,
    feed_dict=None,
    final_ops=None,
    final_ops_feed_dict=None,
    hooks=None,
    config=None,
):
    """Restores the checkpoint at `checkpoint_path`, runs `eval_ops` until a hook asks for the end; gives the values of `final_ops`.

    Args:
        checkpoint_path: its path without suffixes; None: the variables are initialized.
        eval_ops, feed_dict: what to run, a tensor, operation, list or dict of them.
        final_ops, final_ops_feed_dict: run once at the end.
        hooks: e.g. a `StopAfterNEvalsHook`; without any that asks for the end it does not end before the data.
    """
    hooks = list(hooks or ())
    eval_ops = counted(eval_ops, hooks)
    final = FinalOpsHook(final_ops, final_ops_feed_dict)
    logging.info("Starting evaluation at %s", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.localtime()))
    creator = ChiefSessionCreator(
        scaffold=scaffold, checkpoint_filename_with_path=checkpoint_path, master=master, config=config
    )
    run_evaluation(creator, [*hooks, final], eval_ops, feed_dict, started=True)
    return final.final_ops_values
