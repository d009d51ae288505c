"""Evaluation of every new checkpoint of a directory, and a hook that writes summaries at its end."""

from mainstem.train import global_step, summary
from mainstem.train.checkpoints import checkpoints_iterator
from mainstem.train.evaluation import counted, run_evaluation
from mainstem.train.hooks import FinalOpsHook
from mainstem.train.monitored_session import ChiefSessionCreator
from mainstem.train.session_hook import SessionRunHook
from mainstem.train.writer import FileWriterCache


class SummaryAtEndHook(SessionRunHook):
    """Runs a summary at the end and writes it; `summary_op` is by default all summaries, merged when the session begins."""

    def __init__(self, log_dir=None, summary_writer=None, summary_op=None, feed_dict=None):
        self._summary_op, self._replace = summary_op, summary_op is None
        self._feed_dict, self._summary_writer, self._log_dir = feed_dict, summary_writer, log_dir
        if log_dir is None and summary_writer is None:
            raise ValueError("One of log_dir or summary_writer should be used.")

    def begin(self):
        if self._replace:
            self._summary_op = summary.merge_all()
        self._global_step = global_step.get_or_create_global_step()

    def after_create_session(self, session, coord):
        if self._summary_writer is None and self._log_dir:
            self._summary_writer = FileWriterCache.get(self._log_dir)

    def end(self, session):
        if self._summary_op is None:
            return
        step = global_step.global_step(session, self._global_step)
        made = session.run(self._summary_op, self._feed_dict)
        if self._summary_writer:
            self._summary_writer.add_summary(made, step)
            self._summary_writer.flush()


def evaluate_repeatedly(
    checkpoint_dir,
    master="",
    scaffold=None,
    eval_ops=None,
    feed_dict=None,
    final_ops=None,
    final_ops_feed_dict=None,
    eval_interval_secs=60,
    hooks=None,
    config=None,
    max_number_of_evaluations=None,
    timeout=None,
    timeout_fn=None,
):
    """Evaluates every new checkpoint of a directory as `evaluate_once` does; gives the values of `final_ops` of the last one.

    Args:
        eval_interval_secs: the least time between the beginnings of two evaluations.
        max_number_of_evaluations: ends after so many; None: goes on.
        timeout: seconds to wait for a checkpoint; then it ends, or calls `timeout_fn` and ends when that gives True.
    """
    hooks = list(hooks or ())
    eval_ops = counted(eval_ops, hooks)
    final = FinalOpsHook(final_ops, final_ops_feed_dict)
    hooks.append(final)
    rows = {"min_interval_secs": eval_interval_secs, "timeout": timeout, "timeout_fn": timeout_fn}
    for number, path in enumerate(checkpoints_iterator(checkpoint_dir, **rows), 1):
        creator = ChiefSessionCreator(scaffold=scaffold, checkpoint_filename_with_path=path, master=master, config=config)
        run_evaluation(creator, hooks, eval_ops, feed_dict)
        if max_number_of_evaluations is not None and number >= max_number_of_evaluations:
            break
    return final.final_ops_values
