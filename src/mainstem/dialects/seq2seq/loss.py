"""`sequence_loss`: the weighted cross entropy of a batch of sequences."""

from mainstem.ops import math as math_ops
from mainstem.surface import array, math, reduce
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.loss import sparse_softmax_cross_entropy_with_logits_v1


def _check(logits, targets, weights, over_time, over_batch):
    for value, rank, text in (
        (logits, 3, "Logits must be a [batch_size x sequence_length x logits] tensor"),
        (targets, 2, "Targets must be a [batch_size x sequence_length] tensor"),
        (weights, 2, "Weights must be a [batch_size x sequence_length] tensor"),
    ):
        if len(value.shape) != rank:
            raise ValueError(text)
    for (averages, sums), what in (over_time, "timesteps"), (over_batch, "batch"):
        if averages and sums:
            raise ValueError(f"average_across_{what} and sum_over_{what} cannot be set to True at same time.")


def sequence_loss(
    logits,
    targets,
    weights,
    average_across_timesteps=True,
    average_across_batch=True,
    sum_over_timesteps=False,
    sum_over_batch=False,
    softmax_loss_function=None,
    name=None,
):
    """The cross entropy of `logits` [batch, time, classes] for `targets` [batch, time], weighted by `weights` [batch, time].

    Args:
        average_across_timesteps, average_across_batch: divide the sum over that axis by the sum of the weights.
        sum_over_timesteps, sum_over_batch: divide the sum over that axis by the number of weights that are not 0.
        softmax_loss_function: `function(labels=, logits=)` on flat tensors, in place of the cross entropy.

    Gives a scalar where both axes are reduced the same way, else a vector or [batch, time]. Raises ValueError for tensors of other
    ranks, and when an axis is to be averaged and summed.
    """
    over_time, over_batch = (average_across_timesteps, sum_over_timesteps), (average_across_batch, sum_over_batch)
    _check(logits, targets, weights, over_time, over_batch)
    with name_scope(name, "sequence_loss", [logits, targets, weights]):
        classes, weights = array.shape(logits)[2], convert_to_tensor(weights)
        flat, labels = array.reshape(logits, [-1, classes]), array.reshape(targets, [-1])
        function = softmax_loss_function or sparse_softmax_cross_entropy_with_logits_v1
        losses = function(labels=labels, logits=flat) * array.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return reduce.reduce_sum(losses) / (reduce.reduce_sum(weights) + 1e-12)
        if sum_over_timesteps and sum_over_batch:
            return math.div_no_nan(reduce.reduce_sum(losses), _count(weights, None))
        losses = array.reshape(losses, array.shape(logits)[0:2])
        if average_across_timesteps or average_across_batch:
            axis = [0] if average_across_batch else [1]
            return reduce.reduce_sum(losses, axis=axis) / (reduce.reduce_sum(weights, axis=axis) + 1e-12)
        if sum_over_timesteps or sum_over_batch:
            axis = [0] if sum_over_batch else [1]
            return math.div_no_nan(reduce.reduce_sum(losses, axis=axis), _count(weights, axis))
        return losses


def _count(weights, axis):
    """How many weights are not 0, in their dtype."""
    return math_ops.cast(reduce.count_nonzero(weights, axis=axis), DstT=weights.dtype)


def sequence_loss_by_example(logits, targets, weights, average_across_timesteps=True, softmax_loss_function=None, name=None):
    """The weighted cross entropy of each sequence, [batch], summed over a list of steps.

    Args:
        logits: a list of [batch, classes].
        targets: a list of [batch], integers.
        weights: a list of [batch].
        average_across_timesteps: divide by the sum of a sequence's weights.
        softmax_loss_function: `function(labels=, logits=)` in place of the cross entropy.

    Raises ValueError for lists of other lengths.
    """
    if len(targets) != len(logits) or len(weights) != len(logits):
        raise ValueError(
            f"Lengths of logits, weights, and targets must be the same {len(logits)}, {len(weights)}, {len(targets)}."
        )
    with name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        function, losses = softmax_loss_function or sparse_softmax_cross_entropy_with_logits_v1, []
        for logit, target, weight in zip(logits, targets, weights):
            losses.append(function(labels=array.reshape(target, [-1]), logits=logit) * weight)
        total = reduce.add_n(losses)
        return total / (reduce.add_n(weights) + 1e-12) if average_across_timesteps else total


def sequence_loss_of_lists(
    logits,
    targets,
    weights,
    average_across_timesteps=True,
    average_across_batch=True,
    softmax_loss_function=None,
    name=None,
):
    """The sum, or the mean over the batch, of `sequence_loss_by_example`, a scalar."""
    with name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        losses = sequence_loss_by_example(logits, targets, weights, average_across_timesteps, softmax_loss_function)
        total = reduce.reduce_sum(losses)
        if not average_across_batch:
            return total
        return total / math_ops.cast(array.shape(targets[0])[0], DstT=total.dtype)
