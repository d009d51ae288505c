"""`slim.learning`: the training loop of Slim, on a Supervisor."""

import os
import sys
import time

from mainstem.base import errors
from mainstem.dialects.contrib.training import train_op as training
from mainstem.formats import protos
from mainstem.graph.graph import get_default_graph
from mainstem.platform import gfile, logging
from mainstem.run.timeline import Timeline
from mainstem.surface import framework, math, variables
from mainstem.train import summary
from mainstem.train.global_step import get_or_create_global_step
from mainstem.train.optimizer import Optimizer
from mainstem.train.saver import Saver
from mainstem.train.supervisor import Supervisor

USE_DEFAULT = 0  # of arguments for which None means "none"


def create_train_op(
    total_loss,
    optimizer,
    global_step=training.USE_GLOBAL_STEP,
    update_ops=None,
    variables_to_train=None,
    clip_gradient_norm=0,
    summarize_gradients=False,
    gate_gradients=Optimizer.GATE_OP,
    aggregation_method=None,
    colocate_gradients_with_ops=False,
    gradient_multipliers=None,
    check_numerics=True,
):
    """A tensor whose run makes one step of training and gives the loss: `contrib.training.create_train_op`, and

    Args:
        clip_gradient_norm: the greatest norm of each gradient; 0: any.
        gradient_multipliers: factors of gradients, by variable or its name; they come before the clipping.
    """

    def transform(grads):
        if gradient_multipliers:
            with framework.name_scope("multiply_grads"):
                grads = training.multiply_gradients(grads, gradient_multipliers)
        if clip_gradient_norm > 0:
            with framework.name_scope("clip_grads"):
                grads = training.clip_gradient_norms(grads, clip_gradient_norm)
        return grads

    return training.create_train_op(
        total_loss=total_loss,
        optimizer=optimizer,
        global_step=global_step,
        update_ops=update_ops,
        variables_to_train=variables_to_train,
        transform_grads_fn=transform,
        summarize_gradients=summarize_gradients,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
        check_numerics=check_numerics,
    )


def _write_trace(metadata, step, kwargs):
    path = os.path.join(kwargs["logdir"], f"tf_trace-{step}.json")
    logging.info("Writing trace to %s", path)
    gfile.write_string_to_file(path, Timeline(metadata.step_stats).generate_chrome_trace_format())
    if "summary_writer" in kwargs:
        kwargs["summary_writer"].add_run_metadata(metadata, f"run_metadata-{step}")


def train_step(sess, train_op, global_step, train_step_kwargs):
    """Makes one step; gives (loss, whether to stop).

    `train_step_kwargs` may have the bool tensors "should_stop", "should_log" and "should_trace", the latter with a "logdir" and
    perhaps a "summary_writer". Raises ValueError for "should_trace" without "logdir".
    """
    start, options, metadata = time.time(), None, None
    if "should_trace" in train_step_kwargs:
        if "logdir" not in train_step_kwargs:
            raise ValueError("logdir must be present in train_step_kwargs when should_trace is present")
        if sess.run(train_step_kwargs["should_trace"]):
            options, metadata = protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE), protos.RunMetadata()
    loss = sess.run(train_op, options=options, run_metadata=metadata)
    seconds = time.time() - start
    # read afterwards, since a variable fetched beside the step that changes it has the value from before
    if metadata is not None:
        _write_trace(metadata, sess.run(global_step), train_step_kwargs)
    if "should_log" in train_step_kwargs and sess.run(train_step_kwargs["should_log"]):
        logging.info("global step %d: loss = %.4f (%.3f sec/step)", sess.run(global_step), loss, seconds)
    should_stop = sess.run(train_step_kwargs["should_stop"]) if "should_stop" in train_step_kwargs else False
    return loss, should_stop


def _step_kwargs(global_step, number_of_steps, log_every_n_steps, trace_every_n_steps, logdir):
    """The tensors that `train_step` asks what to do."""
    made = {}
    with framework.name_scope("train_step"):
        if number_of_steps:
            made["should_stop"] = math.greater_equal(global_step, number_of_steps)
        else:
            made["should_stop"] = framework.constant_v1(False)
        if log_every_n_steps > 0:
            made["should_log"] = math.equal(math.mod(global_step, log_every_n_steps), 0)
        if trace_every_n_steps is not None:
            made["should_trace"] = math.equal(math.mod(global_step, trace_every_n_steps), 0)
            made["logdir"] = logdir
    return made


def _check(train_op, logdir, summary_op, saver, trace_every_n_steps, sync_optimizer, number_of_steps):
    if train_op is None:
        raise ValueError("train_op cannot be None.")
    if logdir is None:
        if summary_op is not USE_DEFAULT:
            raise ValueError("Cannot provide summary_op because logdir=None")
        if saver is not None:
            raise ValueError("Cannot provide saver because logdir=None")
        if trace_every_n_steps is not None:
            raise ValueError("Cannot provide trace_every_n_steps because logdir=None")
    if sync_optimizer is not None:
        raise NotImplementedError("slim.learning.train: `sync_optimizer`, for workers in several processes, is not supported.")
    if number_of_steps is not None and number_of_steps <= 0:
        raise ValueError("`number_of_steps` must be either None or a positive number.")


def train(
    train_op,
    logdir,
    train_step_fn=train_step,
    train_step_kwargs=USE_DEFAULT,
    log_every_n_steps=1,
    graph=None,
    master="",
    is_chief=True,
    global_step=None,
    number_of_steps=None,
    init_op=USE_DEFAULT,
    init_feed_dict=None,
    local_init_op=USE_DEFAULT,
    init_fn=None,
    ready_op=USE_DEFAULT,
    summary_op=USE_DEFAULT,
    save_summaries_secs=600,
    summary_writer=USE_DEFAULT,
    startup_delay_steps=0,
    saver=None,
    save_interval_secs=600,
    sync_optimizer=None,
    session_config=None,
    session_wrapper=None,
    trace_every_n_steps=None,
    ignore_live_threads=False,
):
    """Trains: initializes or goes on from the last checkpoint of `logdir`, steps until `number_of_steps`, saves at the end.

    Args:
        train_op: what gives the loss and trains, from `create_train_op`.
        logdir: the directory of checkpoints and events; None: nothing is written.
        train_step_fn, train_step_kwargs: what makes a step, see `train_step`.
        log_every_n_steps: how often the loss is logged.
        graph, global_step: default: the default graph and its global step.
        number_of_steps: the global step at which training ends; None: goes on until the data ends.
        init_op, init_feed_dict, init_fn, local_init_op, ready_op, summary_op, summary_writer, saver: as for `Supervisor`.
        save_summaries_secs, save_interval_secs: how often summaries and checkpoints are written.
        startup_delay_steps: what a worker that is not the chief waits for.
        session_config, session_wrapper: a `ConfigProto`, and a function that gives a session for a session.
        trace_every_n_steps: how often a step is traced into `logdir`.
        ignore_live_threads: whether threads may still run at the end.

    Gives the last loss. Raises ValueError for arguments that exclude each other, and what the steps raise.
    """
    _check(train_op, logdir, summary_op, saver, trace_every_n_steps, sync_optimizer, number_of_steps)
    graph = graph or get_default_graph()
    with graph.as_default():
        global_step = get_or_create_global_step() if global_step is None else global_step
        saver = saver or Saver()
        with framework.name_scope("init_ops"):
            init_op = variables.global_variables_initializer() if init_op is USE_DEFAULT else init_op
            ready_op = variables.report_uninitialized_variables() if ready_op is USE_DEFAULT else ready_op
            if local_init_op is USE_DEFAULT:
                local_init_op = framework.group(variables.local_variables_initializer(), framework.tables_initializer())
        summary_op = summary.merge_all() if summary_op is USE_DEFAULT else summary_op
        if train_step_kwargs is USE_DEFAULT:
            trace_every_n_steps = trace_every_n_steps if is_chief else None
            train_step_kwargs = _step_kwargs(global_step, number_of_steps, log_every_n_steps, trace_every_n_steps, logdir)
    sv = Supervisor(
        graph=graph,
        is_chief=is_chief,
        logdir=logdir,
        init_op=init_op,
        init_feed_dict=init_feed_dict,
        local_init_op=local_init_op,
        ready_op=ready_op,
        summary_op=summary_op,
        summary_writer=summary_writer,
        global_step=global_step,
        saver=saver,
        save_summaries_secs=save_summaries_secs,
        save_model_secs=save_interval_secs,
        init_fn=init_fn,
    )
    if summary_writer is not None:
        train_step_kwargs["summary_writer"] = sv.summary_writer
    delay = min(startup_delay_steps, number_of_steps or sys.maxsize)

    def step(sess):
        return train_step_fn(sess, train_op, global_step, train_step_kwargs)

    loss = None
    while True:
        try:
            with sv.managed_session(master, start_standard_services=False, config=session_config) as sess:
                logging.info("Starting Session.")
                if session_wrapper is not None:
                    logging.info("Wrapping session with wrapper function: %s", session_wrapper)
                    sess = session_wrapper(sess)
                if is_chief and logdir:
                    sv.start_standard_services(sess)
                elif not is_chief and delay > 0:
                    _wait_for_step(sess, global_step, delay)
                threads = sv.start_queue_runners(sess)
                logging.info("Starting Queues.")
                loss = _steps(sv, sess, step, loss)
                if logdir and sv.is_chief:
                    logging.info("Finished training! Saving model to disk.")
                    sv.saver.save(sess, sv.save_path, global_step=sv.global_step)
                    sv.stop(threads, close_summary_writer=True, ignore_live_threads=ignore_live_threads)
            return loss
        except errors.AbortedError:
            logging.info("Retrying training!")


def _steps(sv, sess, step, loss):
    """Makes steps until one says stop or the data ends; gives the last loss."""
    try:
        while not sv.should_stop():
            loss, should_stop = step(sess)
            if should_stop:
                logging.info("Stopping Training.")
                sv.request_stop()
                break
    except errors.OutOfRangeError as e:
        logging.info("Caught OutOfRangeError. Stopping Training. %s", e)
    return loss


def _wait_for_step(sess, global_step, step):
    """Waits until another process has trained for `step` steps."""
    while True:
        at = sess.run(global_step)
        if at >= step:
            return
        logging.info("Waiting for step %d, at step %d", step, at)
        time.sleep(1.0)
