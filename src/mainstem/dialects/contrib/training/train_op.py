"""A train op that updates, steps and gives the loss; what is done to gradients on the way; a training loop."""

from mainstem.graph.graph import get_default_graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.keys import GraphKeys
from mainstem.graph.tensor import Tensor
from mainstem.platform import logging
from mainstem.surface import blocks, clip, framework, order, variables
from mainstem.train import summary
from mainstem.train.global_step import get_or_create_global_step
from mainstem.train.monitored_session import MonitoredTrainingSession
from mainstem.train.optimizer import Optimizer

USE_GLOBAL_STEP = 0  # of `global_step`, for which None means "counts none"


def _with_values(grad, change):
    """A gradient with its values changed; where it is sparse, only those it has."""
    if isinstance(grad, IndexedSlices):
        return IndexedSlices(change(grad.values), grad.indices, grad.dense_shape)
    return change(grad)


def add_gradients_summaries(grads_and_vars):
    """Adds summaries of gradients, a histogram and the norm of each; gives them as a list."""
    made = []
    for grad, var in grads_and_vars:
        if grad is None:
            logging.info("Var %s has no gradient", var.op.name)
            continue
        values = grad.values if isinstance(grad, IndexedSlices) else grad
        made.append(summary.histogram(var.op.name + "_gradient", values))
        made.append(summary.scalar(var.op.name + "_gradient_norm", clip.global_norm([values])))
    return made


def clip_gradient_norms(gradients_to_variables, max_norm):
    """Scales each gradient of (gradient, variable) pairs down to a norm of at most `max_norm`; gives the pairs."""
    return [
        (grad if grad is None else _with_values(grad, lambda g: clip.clip_by_norm(g, max_norm)), var)
        for grad, var in gradients_to_variables
    ]


def clip_gradient_norms_fn(max_norm):
    """`clip_gradient_norms` as a function of the pairs, for `create_train_op`'s `transform_grads_fn`."""
    return lambda gradients_to_variables: clip_gradient_norms(gradients_to_variables, max_norm)


def multiply_gradients(grads_and_vars, gradient_multipliers):
    """Multiplies gradients of (gradient, variable) pairs by numbers or tensors, by variable or its name; gives the pairs.

    Raises ValueError when the pairs are no list, the multipliers no dict or empty, and when a gradient to multiply is None.
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError("`grads_and_vars` must be a list.")
    if not gradient_multipliers:
        raise ValueError("`gradient_multipliers` is empty.")
    if not isinstance(gradient_multipliers, dict):
        raise ValueError("`gradient_multipliers` must be a dict.")
    made = []
    for grad, var in grads_and_vars:
        key = next((k for k in (var, var.op.name) if k in gradient_multipliers), None)
        if key is not None:
            if grad is None:
                raise ValueError("Requested multiple of `None` gradient.")
            factor = gradient_multipliers[key]
            if not isinstance(factor, Tensor):
                factor = framework.constant_v1(factor, dtype=grad.dtype)
            grad = _with_values(grad, lambda g, factor=factor: g * factor)
        made.append((grad, var))
    return made


def create_train_op(
    total_loss,
    optimizer,
    global_step=USE_GLOBAL_STEP,
    update_ops=None,
    variables_to_train=None,
    transform_grads_fn=None,
    summarize_gradients=False,
    gate_gradients=Optimizer.GATE_OP,
    aggregation_method=None,
    colocate_gradients_with_ops=False,
    check_numerics=True,
):
    """A tensor whose run makes one step of training and gives the loss; it joins the collection TRAIN_OP.

    Args:
        total_loss: a scalar tensor.
        optimizer: an `Optimizer`.
        global_step: counts the steps; default: the graph's; None: nothing counts.
        update_ops: operations that run before the loss is computed; default: the collection UPDATE_OPS.
        variables_to_train: default: all trainable ones.
        transform_grads_fn: a function of (gradient, variable) pairs that gives such pairs.
        summarize_gradients: whether summaries of the gradients are added.
        gate_gradients, aggregation_method, colocate_gradients_with_ops: as for `Optimizer.compute_gradients`.
        check_numerics: whether a loss that is not a finite number raises InvalidArgumentError.
    """
    if global_step is USE_GLOBAL_STEP:
        global_step = get_or_create_global_step()
    collected = set(framework.get_collection(GraphKeys.UPDATE_OPS))
    update_ops = collected if update_ops is None else set(update_ops)
    if not collected <= update_ops:
        logging.warning("update_ops in create_train_op does not contain all the update_ops in GraphKeys.UPDATE_OPS")
    if update_ops:
        with framework.control_dependencies(sorted(update_ops, key=lambda op: op.name)):
            barrier = framework.no_op(name="update_barrier")
        total_loss = order.with_dependencies([barrier], total_loss)
    if variables_to_train is None:
        variables_to_train = variables.trainable_variables()
    else:
        for v in variables_to_train:
            assert v.trainable or v in variables.trainable_variables(), f"{v.name} is not trainable"
    assert variables_to_train, "there are no variables to train"
    grads = optimizer.compute_gradients(
        total_loss,
        variables_to_train,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
    )
    if transform_grads_fn:
        grads = transform_grads_fn(grads)
    if summarize_gradients:
        with framework.name_scope("summarize_grads"):
            add_gradients_summaries(grads)
    updates = optimizer.apply_gradients(grads, global_step=global_step)
    with framework.name_scope("train_op"):
        if check_numerics:
            total_loss = blocks.check_numerics(total_loss, "LossTensor is inf or nan")
        train_op = order.with_dependencies([updates], total_loss)
    collection = get_default_graph().get_collection_ref(GraphKeys.TRAIN_OP)
    if train_op not in collection:
        collection.append(train_op)
    return train_op


def train(
    train_op,
    logdir,
    master="",
    is_chief=True,
    scaffold=None,
    hooks=None,
    chief_only_hooks=None,
    save_checkpoint_secs=600,
    save_summaries_steps=100,
    config=None,
    max_wait_secs=7200,
    run_metadata=None,
):
    """Runs `train_op` in a `MonitoredTrainingSession` until a hook asks for the end or the data ends; gives its last value.

    Raises ValueError without a `logdir` unless nothing is to be written.
    """
    if logdir is None and is_chief:
        if save_summaries_steps:
            raise ValueError("logdir cannot be None when save_summaries_steps is not None")
        if save_checkpoint_secs:
            raise ValueError("logdir cannot be None when save_checkpoint_secs is not None")
    loss = None
    with MonitoredTrainingSession(
        master=master,
        is_chief=is_chief,
        checkpoint_dir=logdir,
        scaffold=scaffold,
        hooks=hooks,
        chief_only_hooks=chief_only_hooks,
        save_checkpoint_secs=save_checkpoint_secs,
        save_summaries_steps=save_summaries_steps,
        config=config,
        max_wait_secs=max_wait_secs,
    ) as session:
        while not session.should_stop():
            loss = session.run(train_op, run_metadata=run_metadata)
    return loss
