"""`slim.evaluation`: metrics of a checkpoint, or of each new one, with summaries."""

from mainstem.dialects.contrib.training.evaluation import SummaryAtEndHook, evaluate_repeatedly
from mainstem.train import evaluation, summary
from mainstem.train.evaluation import StopAfterNEvalsHook
from mainstem.train.saver import Saver
from mainstem.train.scaffold import Scaffold

USE_DEFAULT = 0  # of `summary_op`, for which None means "none"


def _hooks(num_evals, summary_op, logdir, summary_op_feed_dict, more):
    if summary_op is USE_DEFAULT:
        summary_op = summary.merge_all()
    made = [StopAfterNEvalsHook(num_evals)]
    if summary_op is not None:
        made.append(SummaryAtEndHook(log_dir=logdir, summary_op=summary_op, feed_dict=summary_op_feed_dict))
    return [*made, *(more or ())]


def _saver(variables_to_restore):
    return None if variables_to_restore is None else Saver(variables_to_restore)


def evaluate_once(
    master,
    checkpoint_path,
    logdir,
    num_evals=1,
    initial_op=None,
    initial_op_feed_dict=None,
    eval_op=None,
    eval_op_feed_dict=None,
    final_op=None,
    final_op_feed_dict=None,
    summary_op=USE_DEFAULT,
    summary_op_feed_dict=None,
    variables_to_restore=None,
    session_config=None,
    hooks=None,
):
    """Restores a checkpoint, runs `eval_op` `num_evals` times, writes summaries to `logdir`; gives the values of `final_op`.

    Args:
        initial_op: initializes what the checkpoint does not hold, when there is no checkpoint.
        variables_to_restore: a list of variables or a dict from names; default: all.
        summary_op: default: all summaries; None: none.
        hooks: further `SessionRunHook`s.
    """
    scaffold = Scaffold(init_op=initial_op, init_feed_dict=initial_op_feed_dict, saver=_saver(variables_to_restore))
    return evaluation.evaluate_once(
        checkpoint_path,
        master=master,
        scaffold=scaffold,
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        hooks=_hooks(num_evals, summary_op, logdir, summary_op_feed_dict, hooks),
        config=session_config,
    )


def evaluation_loop(
    master,
    checkpoint_dir,
    logdir,
    num_evals=1,
    initial_op=None,
    initial_op_feed_dict=None,
    init_fn=None,
    eval_op=None,
    eval_op_feed_dict=None,
    final_op=None,
    final_op_feed_dict=None,
    summary_op=USE_DEFAULT,
    summary_op_feed_dict=None,
    variables_to_restore=None,
    eval_interval_secs=60,
    max_number_of_evaluations=None,
    session_config=None,
    timeout=None,
    timeout_fn=None,
    hooks=None,
):
    """`evaluate_once` for every new checkpoint of `checkpoint_dir`; gives the values of `final_op` of the last one.

    Args:
        eval_interval_secs: the least time between the beginnings of two evaluations.
        max_number_of_evaluations: ends after so many; None: goes on.
        timeout, timeout_fn: seconds to wait for a checkpoint, and what then says whether to end.
    """
    scaffold = Scaffold(
        init_op=initial_op, init_feed_dict=initial_op_feed_dict, init_fn=init_fn, saver=_saver(variables_to_restore)
    )
    return evaluate_repeatedly(
        checkpoint_dir,
        master=master,
        scaffold=scaffold,
        eval_ops=eval_op,
        feed_dict=eval_op_feed_dict,
        final_ops=final_op,
        final_ops_feed_dict=final_op_feed_dict,
        eval_interval_secs=eval_interval_secs,
        hooks=_hooks(num_evals, summary_op, logdir, summary_op_feed_dict, hooks),
        config=session_config,
        max_number_of_evaluations=max_number_of_evaluations,
        timeout=timeout,
        timeout_fn=timeout_fn,
    )
