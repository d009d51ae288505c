"""Losses of `tf.nn`: cross-entropies of logits, Poisson loss, noise contrastive estimation and sampled softmax."""

import math as std

from mainstem.base import dtypes, shapes
from mainstem.ops import array as array_ops
from mainstem.ops import flow, index
from mainstem.ops import math as math_ops
from mainstem.ops import matmul as matmul_ops
from mainstem.ops import nn as ops
from mainstem.ops import reduce as reduce_ops
from mainstem.surface import array, embedding, math, random, slicing
from mainstem.surface.framework import convert_to_tensor, name_scope

LOWEST = -3.4028234663852886e38


def _named_only(name, sentinel, labels, logits):
    if sentinel is not None:
        raise ValueError(f"Only call `{name}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


def _rows(x):
    """`x` with all dimensions but the last made one."""
    shape = shapes.as_tuple(x.shape)
    if shape is not None and shape[-1] is not None:
        return array_ops.reshape(x, [-1, shape[-1]])
    return array_ops.reshape(x, array.concat([[-1], array.shape(x)[-1:]], 0))


def _to_last(x, axis):
    rank = x.shape.ndims
    if rank is None:
        raise ValueError("softmax_cross_entropy_with_logits along an axis other than the last needs a known rank.")
    order = [i for i in range(rank) if i != axis % rank] + [axis % rank]
    return array_ops.transpose(x, order)


def softmax_cross_entropy_with_logits_v2(labels, logits, axis=None, name=None, dim=None):
    """-sum(labels * log_softmax(logits)) along `axis` (the last); the shape of `logits` without it.

    Args:
        labels: probabilities, of the shape of `logits`, cast to their dtype; gradients flow to them too.
        logits: unscaled log probabilities.
        axis: the classes; `dim` is its other name.
        name: of the scope.

    Raises ValueError when shapes do not fit.
    """
    if axis is not None and dim is not None:
        raise ValueError("Cannot specify both 'axis' and 'dim'.")
    axis = axis if axis is not None else dim
    return _softmax_loss(labels, logits, -1 if axis is None else axis, name)


def _softmax_loss(labels, logits, axis, name):
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as name:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        kind = logits.dtype.base_dtype
        wide = kind in (dtypes.float16, dtypes.bfloat16)
        if wide:
            logits = math.cast(logits, dtypes.float32)
        labels = math.cast(labels, logits.dtype.base_dtype)
        if axis != -1 and (logits.shape.ndims is None or axis != logits.shape.ndims - 1):
            logits, labels = _to_last(logits, axis), _to_last(labels, axis)
        shape = shapes.as_tuple(logits.shape)
        outer = array.shape(logits)[:-1] if shape is None or None in shape[:-1] else list(shape[:-1])
        loss = ops.softmax_cross_entropy_with_logits(_rows(logits), _rows(labels), name=name)[0]
        loss = array_ops.reshape(loss, outer)
        if shape is not None:
            loss.set_shape(shape[:-1])
        return math.cast(loss, kind) if wide else loss


def softmax_cross_entropy_with_logits_v1(_sentinel=None, labels=None, logits=None, dim=-1, name=None, axis=None):
    """`softmax_cross_entropy_with_logits_v2` without gradient to `labels`. Arguments must be named (ValueError)."""
    _named_only("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    axis = axis if axis is not None else dim
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as name:
        labels = flow.stop_gradient(convert_to_tensor(labels), name="labels_stop_gradient")
        return softmax_cross_entropy_with_logits_v2(labels, logits, axis, name)


def softmax_cross_entropy_with_logits(labels, logits, axis=-1, name=None):
    """-sum(labels * log_softmax(logits)) along `axis`; see `softmax_cross_entropy_with_logits_v2`."""
    return softmax_cross_entropy_with_logits_v2(labels, logits, axis, name)


def sparse_softmax_cross_entropy_with_logits_v1(_sentinel=None, labels=None, logits=None, name=None):
    """-log_softmax(logits)[label]; the shape of `labels`.

    Args:
        _sentinel: keeps the other arguments named.
        labels: int32 or int64 classes [d0, .., dn]; one outside [0, classes) makes its loss NaN.
        logits: [d0, .., dn, classes].
        name: of the node.

    Raises ValueError when ranks or shapes do not fit.
    """
    _named_only("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
        array.shape(labels)  # a node of TensorFlow's graphs, which counts for the seeds of later ops
        have, given = shapes.as_tuple(labels.shape), shapes.as_tuple(logits.shape)
        kind = logits.dtype.base_dtype
        precise = math.cast(logits, dtypes.float32) if kind in (dtypes.float16, dtypes.bfloat16) else logits
        if given is not None and len(given) == 0:
            raise ValueError(f"Logits cannot be scalars - received shape {logits.shape}.")
        if have is not None and given is not None and len(have) != len(given) - 1:
            raise ValueError(
                f"Rank mismatch: Rank of labels (received {len(have)}) should equal rank of logits minus 1 (received {len(given)})."
            )
        if have is not None and given is not None and not shapes.compatible(have, given[:-1]):
            raise ValueError(
                f"Shape mismatch: The shape of labels (received {labels.shape}) should equal the shape of logits except for the"
                f" last dimension (received {logits.shape})."
            )
        if given is not None and len(given) == 2:
            loss = ops.sparse_softmax_cross_entropy_with_logits(precise, labels, name=name)[0]
        else:
            flat = ops.sparse_softmax_cross_entropy_with_logits(_rows(precise), array_ops.reshape(labels, [-1]), name=name)[0]
            loss = array_ops.reshape(flat, array.shape(labels))
            loss.set_shape(labels.shape)
        return loss if precise is logits else math.cast(loss, kind)


def sparse_softmax_cross_entropy_with_logits(labels, logits, name=None):
    """-log_softmax(logits)[label]; see `sparse_softmax_cross_entropy_with_logits_v1`."""
    return sparse_softmax_cross_entropy_with_logits_v1(labels=labels, logits=logits, name=name)


def _same_shape(first, second, names):
    if not shapes.compatible(shapes.as_tuple(first.shape), shapes.as_tuple(second.shape)):
        raise ValueError(f"{names} must have the same shape ({first.shape} vs {second.shape})")


def sigmoid_cross_entropy_with_logits_v1(_sentinel=None, labels=None, logits=None, name=None):
    """-labels * log(sigmoid(logits)) - (1 - labels) * log(1 - sigmoid(logits)), elementwise, without overflow.

    Raises ValueError when shapes differ or arguments are not named.
    """
    _named_only("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "logistic_loss", [logits, labels]) as name:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, dtype=logits.dtype.base_dtype, name="labels")
        _same_shape(logits, labels, "logits and labels")
        zeros = array.zeros_like_v1(logits, dtype=logits.dtype)
        positive = math_ops.greater_equal(logits, zeros)
        rectified = index.select(positive, logits, zeros)
        negative_size = index.select(positive, math_ops.neg(logits), logits)
        difference = rectified - logits * labels
        return math_ops.add_v1(difference, math_ops.log1p(math_ops.exp(negative_size)), name=name)


def sigmoid_cross_entropy_with_logits(labels=None, logits=None, name=None):
    """The elementwise logistic loss; see `sigmoid_cross_entropy_with_logits_v1`."""
    return sigmoid_cross_entropy_with_logits_v1(labels=labels, logits=logits, name=name)


def weighted_cross_entropy_with_logits_v1(labels=None, logits=None, pos_weight=None, name=None, targets=None):
    """`sigmoid_cross_entropy_with_logits` with its positive term times `pos_weight`; `targets` is the old name of `labels`."""
    if labels is not None and targets is not None:
        raise ValueError("Cannot specify both 'targets' and 'labels'.")
    labels = labels if labels is not None else targets
    with name_scope(name, "logistic_loss", [logits, labels]) as name:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, dtype=logits.dtype.base_dtype, name="labels")
        _same_shape(logits, labels, "logits and labels")
        weight = 1 + (pos_weight - 1) * labels
        first = (1 - labels) * logits
        decay = math_ops.log1p(math_ops.exp(math_ops.neg(math_ops.abs_(logits))))
        return math_ops.add(first, weight * (decay + ops.relu(math_ops.neg(logits))), name=name)


def weighted_cross_entropy_with_logits(labels, logits, pos_weight, name=None):
    """`sigmoid_cross_entropy_with_logits` with its positive term times `pos_weight`."""
    return weighted_cross_entropy_with_logits_v1(labels, logits, pos_weight, name)


def log_poisson_loss(targets, log_input, compute_full_loss=False, name=None):
    """exp(log_input) - log_input * targets, elementwise; `compute_full_loss` adds Stirling's term for targets over 1."""
    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input = convert_to_tensor(log_input, name="log_input")
        targets = convert_to_tensor(targets, dtype=log_input.dtype.base_dtype, name="targets")
        _same_shape(log_input, targets, "log_input and targets")
        result = math_ops.exp(log_input) - log_input * targets
        if compute_full_loss:
            term = targets * math_ops.log(targets) - targets + 0.5 * math_ops.log((2 * std.pi) * targets)
            zeros, ones = array.zeros_like_v1(targets), array.ones_like_v1(targets)
            small = math_ops.logical_and(math_ops.greater_equal(targets, zeros), math_ops.less_equal(targets, ones))
            result += index.select(small, zeros, term)
        return result


# ---- losses over a sample of the classes


def _row_sums(x):
    width = array.constant_value(array.shape(x)[1])
    ones = array.ones([int(width) if width is not None else array.shape(x)[1], 1], x.dtype)
    return array_ops.reshape(matmul_ops.matmul(x, ones), [-1])


def _true_logits(inputs, weights, biases, num_true):
    width = shapes.as_tuple(weights.shape)[1]
    width = array.shape(weights)[1] if width is None else width
    products = math_ops.mul(array_ops.expand_dims(inputs, 1), array_ops.reshape(weights, [-1, num_true, width]))
    sums = _row_sums(array_ops.reshape(products, [-1, width]))
    return math_ops.add(array_ops.reshape(sums, [-1, num_true]), array_ops.reshape(biases, [-1, num_true]))


def _without_hits(logits, labels, sampled):
    """`logits` with the lowest float32 added where a sampled class is one of the row's true classes."""
    same = math_ops.equal(array_ops.expand_dims(labels, 2), array_ops.reshape(sampled, [1, 1, -1]))
    hit = math.cast(reduce_ops.any_(same, [1]), logits.dtype)
    return math_ops.add(logits, math_ops.mul(hit, LOWEST))


def sampled_logits(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, subtract_log_q, remove_hits, strategy,
    name, seed=None,
):  # fmt: skip
    """(logits, labels) [batch, num_true + num_sampled]: the true classes first, then the sampled ones; arguments as `nce_loss_v1`."""
    with name_scope(name, "compute_sampled_logits", [biases, inputs, labels]):
        labels = convert_to_tensor(labels)
        labels = labels if labels.dtype.base_dtype is dtypes.int64 else math.cast(labels, dtypes.int64)
        flat = array_ops.reshape(labels, [-1])
        if sampled_values is None:
            sampled_values = random.log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed)
        sampled, true_count, sampled_count = (flow.stop_gradient(v) for v in sampled_values)
        sampled = sampled if sampled.dtype.base_dtype is dtypes.int64 else math.cast(sampled, dtypes.int64)
        ids = array.concat([flat, sampled], 0)
        rows = embedding.embedding_lookup_v1(weights, ids, strategy)
        bias = embedding.embedding_lookup_v1(biases, ids, strategy)
        known = shapes.as_tuple(flat.shape)[0]
        count = array.shape(flat)[0] if known is None else known
        true_rows, sampled_rows = _cut(rows, count, 2)
        true_bias, sampled_bias = _cut(bias, count, 1)
        sampled_logits = matmul_ops.matmul(inputs, sampled_rows, transpose_b=True)
        sampled_logits = math_ops.add(sampled_logits, sampled_bias)
        true_logits = _true_logits(convert_to_tensor(inputs), true_rows, true_bias, num_true)
        if remove_hits:
            sampled_logits = _without_hits(sampled_logits, array_ops.reshape(labels, [-1, num_true]), sampled)
        if subtract_log_q:
            true_logits = math_ops.sub(true_logits, math_ops.log(true_count))
            sampled_logits = math_ops.sub(sampled_logits, math_ops.log(sampled_count))
        out_labels = array.concat(
            [math_ops.real_div(array.ones_like_v1(true_logits), float(num_true)), array.zeros_like_v1(sampled_logits)], 1
        )
        return array.concat([true_logits, sampled_logits], 1), out_labels


def _cut(x, count, rank):
    """`x` before and after row `count`."""
    rest, zeros = [-1] * (rank - 1), [0] * (rank - 1)
    whole = [count, *rest] if not hasattr(count, "op") else array.stack([count, *rest])
    after = [count, *zeros] if not hasattr(count, "op") else array.stack([count, *zeros])
    return slicing.slice_(x, [0] * rank, whole), slicing.slice_(x, after, [-1] * rank)


def nce_loss_v1(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None, remove_accidental_hits=False,
    partition_strategy="mod", name="nce_loss",
):  # fmt: skip
    """Noise-contrastive estimation (Gutmann and Hyvärinen, 2010): a logistic loss of true against sampled classes, a row.

    Args:
        weights: [num_classes, dim], or a list of partitions; their gradients stay sparse.
        biases: [num_classes].
        labels: int64 true classes [batch, num_true].
        inputs: [batch, dim].
        num_sampled: how many classes to draw, for the whole batch.
        num_classes: how many there are.
        num_true: true classes a row.
        sampled_values: what a candidate sampler gave; default log-uniform.
        remove_accidental_hits: do not count a sampled class that is true.
        partition_strategy: "mod" or "div".
        name: of the scope.

    Gives [batch].
    """
    logits, targets = sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, True, remove_accidental_hits,
        partition_strategy, name,
    )  # fmt: skip
    return _row_sums(sigmoid_cross_entropy_with_logits(targets, logits, name="sampled_losses"))


def nce_loss(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None, remove_accidental_hits=False,
    name="nce_loss",
):  # fmt: skip
    """Noise-contrastive estimation; see `nce_loss_v1`; partitions are "div"."""
    return nce_loss_v1(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, remove_accidental_hits, "div", name
    )


def sampled_softmax_loss_v1(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None, remove_accidental_hits=True,
    partition_strategy="mod", name="sampled_softmax_loss", seed=None,
):  # fmt: skip
    """The softmax cross-entropy over the true and some sampled classes (arXiv:1412.2007); arguments as `nce_loss_v1`."""
    logits, targets = sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, True, remove_accidental_hits,
        partition_strategy, name, seed,
    )  # fmt: skip
    targets = flow.stop_gradient(targets, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(targets, logits)


def sampled_softmax_loss(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true=1, sampled_values=None, remove_accidental_hits=True,
    seed=None, name="sampled_softmax_loss",
):  # fmt: skip
    """The softmax cross-entropy over the true and some sampled classes; see `sampled_softmax_loss_v1`; partitions are "div"."""
    return sampled_softmax_loss_v1(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, remove_accidental_hits, "div", name,
        seed,
    )  # fmt: skip


def compute_average_loss(per_example_loss, sample_weight=None, global_batch_size=None):
    """sum(per_example_loss * sample_weight) / global_batch_size (default: the number of examples)."""
    loss = convert_to_tensor(per_example_loss)
    kind = loss.dtype.base_dtype
    if sample_weight is not None:
        weight = math.cast(convert_to_tensor(sample_weight), kind)
        while weight.shape.ndims < loss.shape.ndims:
            weight = array_ops.expand_dims(weight, -1)
        loss = math_ops.mul(loss, weight)
    if global_batch_size is None:
        global_batch_size = array.shape(loss)[0]
    total = reduce_ops.sum_(loss, list(range(loss.shape.ndims)))
    return math_ops.real_div(total, math.cast(convert_to_tensor(global_batch_size), kind))


def scale_regularization_loss(regularization_loss):
    """The sum of `regularization_loss`: in a single process every replica counts it whole."""
    loss = convert_to_tensor(regularization_loss)
    return reduce_ops.sum_(loss, list(range(loss.shape.ndims)))
