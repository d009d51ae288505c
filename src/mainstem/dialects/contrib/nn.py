"""`tf.contrib.nn`: losses over sampled classes, losses with the logits first, two activations."""

import numbers

from mainstem.base import dtypes
from mainstem.ops import flow
from mainstem.ops import math as math_ops
from mainstem.surface import array, embedding, index, linalg, loss, math, nn, random, reduce
from mainstem.surface.framework import convert_to_tensor, name_scope

_LOWEST = -1.7580993408473766  # SELU's limit far below zero, which dropped entries become


def alpha_dropout(x, keep_prob, noise_shape=None, seed=None, name=None):
    """Dropout for SELU networks (arXiv:1706.02515): dropped entries become SELU's lowest value, mean and variance are kept.

    Args:
        x: a floating tensor.
        keep_prob: a number in (0, 1] or a scalar tensor.
        noise_shape: the shape of the random decisions, which broadcast to `x`.
        seed: the op's seed.

    Raises ValueError for a wrong probability.
    """
    with name_scope(name, "alpha_dropout", [x]):
        x = convert_to_tensor(x, name="x")
        if isinstance(keep_prob, numbers.Real) and not 0 < keep_prob <= 1:
            raise ValueError(f"keep_prob must be a scalar tensor or a float in the range (0, 1], got {keep_prob:g}")
        keep_prob = convert_to_tensor(keep_prob, dtype=x.dtype, name="keep_prob")
        keep_prob.get_shape().assert_has_rank(0)
        if array.constant_value(keep_prob) == 1:
            return x
        shape = array.shape(x) if noise_shape is None else noise_shape
        drop_prob = 1 - keep_prob
        kept = math.cast(math_ops.greater_equal(random.random_uniform(shape, seed=seed, dtype=x.dtype), drop_prob), x.dtype)
        mixed = x * kept + _LOWEST * (1 - kept)
        scale = math.pow(keep_prob + keep_prob * drop_prob * _LOWEST**2, -0.5)
        return scale * mixed - scale * _LOWEST * drop_prob


def scaled_softplus(x, alpha, clip=None, name=None):
    """`alpha` * log(1 + exp(x / `alpha`)), at most `clip`: the smaller `alpha`, the more it is like relu (relu6 with `clip=6`)."""
    with name_scope(name, "scaled_softplus", [x, alpha, *([] if clip is None else [clip])]):
        x = convert_to_tensor(x, name="x")
        alpha = convert_to_tensor(alpha, dtype=x.dtype, name="alpha")
        y = alpha * nn.softplus(x / alpha)
        return y if clip is None else math_ops.minimum(y, convert_to_tensor(clip, dtype=x.dtype, name="clip"))


def deprecated_flipped_softmax_cross_entropy_with_logits(logits, labels, dim=-1, name=None):
    """`tf.nn.softmax_cross_entropy_with_logits` with its first two arguments the other way round."""
    return loss.softmax_cross_entropy_with_logits_v1(labels=labels, logits=logits, dim=dim, name=name)


def deprecated_flipped_sparse_softmax_cross_entropy_with_logits(logits, labels, name=None):
    """`tf.nn.sparse_softmax_cross_entropy_with_logits` with its first two arguments the other way round."""
    return loss.sparse_softmax_cross_entropy_with_logits_v1(labels=labels, logits=logits, name=name)


def deprecated_flipped_sigmoid_cross_entropy_with_logits(logits, targets, name=None):
    """`tf.nn.sigmoid_cross_entropy_with_logits` with its first two arguments the other way round."""
    return loss.sigmoid_cross_entropy_with_logits_v1(labels=targets, logits=logits, name=name)


def sampled_sparse_softmax_loss(
    weights, biases, labels, inputs, num_sampled, num_classes, sampled_values=None, remove_accidental_hits=True,
    partition_strategy="mod", name="sampled_sparse_softmax_loss",
):  # fmt: skip
    """The softmax cross-entropy over a row's true class and some sampled ones; arguments as `tf.nn.nce_loss`, one true class a row."""
    logits, _ = loss.sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, 1, sampled_values, True, remove_accidental_hits,
        partition_strategy, name,
    )  # fmt: skip
    true_class = array.zeros_like_v1(flow.stop_gradient(array.squeeze_v1(labels, [1])))
    return loss.sparse_softmax_cross_entropy_with_logits_v1(labels=true_class, logits=logits)


def rank_sampled_softmax_loss(
    weights, biases, labels, inputs, num_sampled, num_resampled, num_classes, num_true, sampled_values, resampling_temperature,
    remove_accidental_hits, partition_strategy, name=None,
):  # fmt: skip
    """`tf.nn.sampled_softmax_loss` over the sampled classes that the batch finds most likely (TAPAS, arXiv:1707.03073).

    Args:
        num_sampled: how many classes to draw first.
        num_resampled: how many of these to keep.
        sampled_values: what a candidate sampler gave; None: the learned unigram sampler's.
        resampling_temperature: the lower, the more a class counts that few rows find likely.

    The other arguments are those of `tf.nn.nce_loss`. Raises ValueError for numbers that do not fit and other strategies.
    """
    if num_sampled > num_classes:
        raise ValueError(f"num_sampled ({num_sampled}) cannot be greater than num_classes ({num_classes})")
    if num_sampled <= num_resampled:
        raise ValueError(f"num_resampled ({num_resampled}) must be less than num_sampled ({num_sampled})")
    if partition_strategy not in ("div", "mod"):
        raise ValueError(f"unsupported partition_strategy ({partition_strategy})")
    with name_scope(name, "rank_sampled_softmax_loss", [labels, inputs]) as scope:
        if not sampled_values:
            sampled_values = random.learned_unigram_candidate_sampler(
                true_classes=labels, num_true=num_true, num_sampled=num_sampled, unique=True, range_max=num_classes
            )
        sampled, true_count, sampled_count = (flow.stop_gradient(convert_to_tensor(v)) for v in sampled_values)
        sampled = math.cast(sampled, dtypes.int64)
        rows = embedding.embedding_lookup_v1(weights, sampled, partition_strategy)
        bias = array.reshape(embedding.embedding_lookup_v1(biases, sampled, partition_strategy), [-1])
        logits = linalg.matmul(rows, inputs / resampling_temperature, transpose_b=True)
        likely = reduce.reduce_logsumexp(logits, axis=1) + bias / resampling_temperature
        _, best = nn.top_k_v1(likely, num_resampled, sorted=False)
        return loss.sampled_softmax_loss_v1(
            weights, biases, labels, inputs, num_resampled, num_classes, num_true,
            (index.gather_v1(sampled, best), true_count, index.gather_v1(sampled_count, best)), remove_accidental_hits,
            partition_strategy, scope,
        )  # fmt: skip
