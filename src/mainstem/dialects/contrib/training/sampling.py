"""Sampling of a stream of examples: by a probability of each, or so that its classes come in given proportions."""

from mainstem.base import dtypes
from mainstem.surface import array, host, index, masking, math, order, random, reduce
from mainstem.surface.framework import constant_v1, control_dependencies, convert_to_tensor, name_scope
from mainstem.surface.variable_scope import get_variable
from mainstem.train.batching import batch, maybe_batch


def rejection_sample(
    tensors,
    accept_prob_fn,
    batch_size,
    queue_threads=1,
    enqueue_many=False,
    prebatch_capacity=16,
    prebatch_threads=1,
    runtime_checks=False,
    name=None,
):
    """Batches of the examples that chance accepts, as a list of tensors; queue runners fill them.

    Args:
        tensors: a list of tensors, one example, or several along the first axis with `enqueue_many`.
        accept_prob_fn: a function of the list that gives the probability of the example, a scalar tensor.
        batch_size: how many accepted examples make a batch.
        queue_threads, prebatch_threads: how many threads enqueue accepted examples, and examples of a batch that comes in.
        prebatch_capacity: how many examples of such a batch wait.
        runtime_checks: whether a probability outside of 0 to 1 raises InvalidArgumentError.
    """
    with name_scope(name, "rejection_sample", list(tensors)):
        examples = [convert_to_tensor(t) for t in tensors]
        if enqueue_many:
            examples = _one_by_one(examples, prebatch_threads, prebatch_capacity)
        probability = convert_to_tensor(accept_prob_fn(examples))
        if runtime_checks:
            inside = math.logical_and(math.less_equal(0.0, probability), math.less_equal(probability, 1.0))
            checked = host.assert_op(inside, ["probability outside of [0, 1]:", probability])
            probability = order.with_dependencies([checked], probability)
        keep = math.less(random.random_uniform([]), probability)
        made = maybe_batch(examples, keep, batch_size, num_threads=queue_threads)
        return made if isinstance(made, (list, tuple)) else [made]


def _one_by_one(examples, threads, capacity):
    """Examples of a batch, one at a time."""
    made = batch(examples, batch_size=1, num_threads=threads, capacity=capacity, enqueue_many=True)
    return [array.squeeze_v1(t, [0]) for t in (made if isinstance(made, (list, tuple)) else [made])]


def stratified_sample(
    tensors,
    labels,
    target_probs,
    batch_size,
    init_probs=None,
    enqueue_many=False,
    queue_capacity=16,
    threads_per_queue=1,
    name=None,
):
    """Batches in which classes have given proportions: (list of tensors, labels); examples of classes that come too often are dropped.

    Args:
        tensors: a list of tensors, one example, or several along the first axis with `enqueue_many`.
        labels: the class of the example, an int32 scalar, or of the examples.
        target_probs: the proportions to have, one a class.
        batch_size: how many examples make a batch.
        init_probs: the proportions in the data; None: counted as the data come.
        queue_capacity, threads_per_queue: how many examples wait, how many threads enqueue.

    Raises ValueError for proportions of another number, InvalidArgumentError in a run for a class that the data do not have.
    """
    with name_scope(name, "stratified_sample", [*tensors, labels]):
        examples, labels = [convert_to_tensor(t) for t in tensors], convert_to_tensor(labels)
        target = convert_to_tensor(target_probs, dtype=dtypes.float32)
        if not enqueue_many:
            examples, labels = [array.expand_dims(t, 0) for t in examples], array.expand_dims(labels, 0)
        if init_probs is None:
            found = _counted(labels, target.get_shape().num_elements())
        else:
            found = convert_to_tensor(init_probs, dtype=dtypes.float32)
        found.get_shape().with_rank(1)
        found.get_shape().assert_is_compatible_with(target.get_shape())
        labels.get_shape().with_rank(1)
        possible = reduce.reduce_all_v1(math.logical_or(math.not_equal(found, 0.0), math.equal(target, 0.0)))
        checked = host.assert_op(
            possible, ["All classes with zero initial probability must also have zero target probability: ", found, target]
        )
        accepted = _acceptance(order.with_dependencies([checked], found), target)
        *examples, label = _one_by_one([*examples, labels], threads_per_queue, queue_capacity)
        keep = math.less(random.random_uniform([]), index.gather_v1(accepted, label))
        made = maybe_batch([*examples, label], keep, batch_size, num_threads=threads_per_queue)
        return made[:-1], made[-1]


def _acceptance(found, target):
    """The probability with which an example of each class is kept: the rarest class, measured by the target, always is."""
    ratio = target / found
    ratio = masking.where_v1(math.is_nan(ratio), array.zeros_like_v1(ratio), ratio)
    return ratio / reduce.reduce_max_v1(ratio)


def _counted(labels, num_classes, smoothing=10):
    """The proportions of the classes that were seen so far, with some of each at the start."""
    start = constant_v1([smoothing] * num_classes, dtype=dtypes.int64)
    seen = get_variable("class_count", initializer=start, trainable=False)
    new = reduce.reduce_sum_v1(index.one_hot(labels, num_classes, dtype=dtypes.int64), 0)
    with control_dependencies([seen.assign_add(new)]):
        counts = seen.read_value()
    return math.cast(counts / reduce.reduce_sum_v1(counts), dtypes.float32)
