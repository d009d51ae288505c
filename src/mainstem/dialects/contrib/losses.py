"""`tf.contrib.losses`: the losses before `tf.losses`, with predictions first and weights that go with the first dimensions."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.contrib.arg_scope import add_arg_scope
from mainstem.dialects.losses import losses as newer
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import math as math_ops
from mainstem.surface import array, loss, masking, math, nn, reduce
from mainstem.surface.framework import convert_to_tensor, name_scope


def _rank(tensor, what):
    known = shapes.as_tuple(tensor.shape)
    if known is None:
        raise ValueError(f"{what}.get_shape().ndims cannot be None")
    return len(known)


def _scaled(losses, weights):
    """The sum of losses times weights; each weight counts for all that its dimensions leave of the losses."""
    over = list(range(_rank(weights, "weights"), _rank(losses, "losses")))
    return reduce.reduce_sum(math.multiply(reduce.reduce_sum(losses, over), weights))


def _present(losses, weights, per_batch=False):
    """How many losses have a weight that is not 0 (of each example)."""
    rank, sizes = _rank(weights, "weights"), array.shape(losses)
    if rank > _rank(losses, "losses"):
        raise ValueError(f"weights have more dimensions than losses: {weights.shape} and {losses.shape}.")
    if rank == 0:
        each = math.div(math.cast(array.size(losses), dtypes.float32), math.cast(sizes[0], dtypes.float32))
        each = masking.where_v1(math_ops.equal(weights, 0.0), 0.0, each)
        counts = math.multiply(array.ones(sizes[:1]), each)
    else:
        nonzero = math.cast(math_ops.not_equal(weights, 0.0), dtypes.float32)
        nonzero = reduce.reduce_sum(nonzero, list(range(1, rank)))
        counts = math.multiply(nonzero, math.cast(reduce.reduce_prod(sizes[rank:]), dtypes.float32))
    return counts if per_batch else reduce.reduce_sum(counts)


@add_arg_scope
def compute_weighted_loss(losses, weights=1.0, scope=None):
    """The mean of losses times weights over those whose weight is not 0; joins `GraphKeys.LOSSES`.

    Args:
        losses: a tensor [d0, …, dn] of known rank.
        weights: a number, or a tensor [d0, …, di]; a last dimension of size 1 is ignored.
        scope: of the ops.

    Raises ValueError for unknown ranks and shapes that do not fit.
    """
    with name_scope(scope, "weighted_loss", [losses, weights]):
        losses = convert_to_tensor(losses)
        kind = losses.dtype
        losses = math.cast(losses, dtypes.float32)
        weights = math.cast(convert_to_tensor(weights), dtypes.float32)
        _rank(losses, "losses")
        if _rank(weights, "weights") > 1 and weights.shape[-1].is_compatible_with(1):
            weights = array.squeeze_v1(weights, [-1])
        total = _scaled(losses, weights)
        made = math.div_no_nan(reduce.reduce_sum(total), _present(losses, weights), name="value")
        made = math.cast(made, kind)
        add_loss(made)
        return made


@add_arg_scope
def add_loss(loss, loss_collection=GraphKeys.LOSSES):
    """Adds a loss to a collection."""
    if loss_collection:
        get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope=None, loss_collection=GraphKeys.LOSSES):
    """The losses of a collection, of a scope where given."""
    return newer.get_losses(scope, loss_collection)


def get_regularization_losses(scope=None):
    """The losses of `GraphKeys.REGULARIZATION_LOSSES`, of a scope where given."""
    return newer.get_regularization_losses(scope)


def get_total_loss(add_regularization_losses=True, name="total_loss"):
    """The sum of all losses, by default with the regularization losses. Raises ValueError where there are none."""
    found = get_losses() + (get_regularization_losses() if add_regularization_losses else [])
    return reduce.add_n(found, name=name)


def _pair(predictions, labels):
    """Both as float32. Raises ValueError for shapes that differ, and for labels that are None."""
    if labels is None:
        raise ValueError("labels must not be None.")
    predictions, labels = convert_to_tensor(predictions), convert_to_tensor(labels)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return math.cast(predictions, dtypes.float32), math.cast(labels, dtypes.float32)


@add_arg_scope
def absolute_difference(predictions, labels=None, weights=1.0, scope=None):
    """|predictions - labels|, weighted as by `compute_weighted_loss`."""
    with name_scope(scope, "absolute_difference", [predictions, labels, weights]) as scope:
        predictions, labels = _pair(predictions, labels)
        return compute_weighted_loss(math.abs(math.subtract(predictions, labels)), weights, scope=scope)


@add_arg_scope
def sigmoid_cross_entropy(logits, multi_class_labels, weights=1.0, label_smoothing=0, scope=None):
    """The cross entropy of independent classes; `label_smoothing` > 0 moves labels towards 1/2."""
    with name_scope(scope, "sigmoid_cross_entropy_loss", [logits, multi_class_labels, weights]) as scope:
        logits.shape.assert_is_compatible_with(multi_class_labels.shape)
        labels = math.cast(multi_class_labels, logits.dtype)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = loss.sigmoid_cross_entropy_with_logits_v1(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope=scope)


@add_arg_scope
def softmax_cross_entropy(logits, onehot_labels, weights=1.0, label_smoothing=0, scope=None):
    """The cross entropy of exclusive classes, a loss an example; smoothing moves labels towards equal."""
    with name_scope(scope, "softmax_cross_entropy_loss", [logits, onehot_labels, weights]) as scope:
        logits.shape.assert_is_compatible_with(onehot_labels.shape)
        labels = math.cast(onehot_labels, logits.dtype)
        if label_smoothing > 0:
            share = label_smoothing / math.cast(array.shape(labels)[1], logits.dtype)
            labels = labels * (1.0 - label_smoothing) + share
        losses = loss.softmax_cross_entropy_with_logits_v1(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope=scope)


@add_arg_scope
def sparse_softmax_cross_entropy(logits, labels, weights=1.0, scope=None):
    """The cross entropy of exclusive classes for class numbers [batch] or [batch, 1], a loss an example."""
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]) as scope:
        labels = array.reshape(labels, array.shape(labels)[:1])
        losses = loss.sparse_softmax_cross_entropy_with_logits_v1(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope=scope)


@add_arg_scope
def log_loss(predictions, labels=None, weights=1.0, epsilon=1e-7, scope=None):
    """-labels · log(predictions + epsilon) - (1 - labels) · log(1 - predictions + epsilon)."""
    with name_scope(scope, "log_loss", [predictions, labels, weights]) as scope:
        predictions, labels = _pair(predictions, labels)
        first = -math.multiply(labels, math_ops.log(predictions + epsilon))
        losses = first - math.multiply(1 - labels, math_ops.log(1 - predictions + epsilon))
        return compute_weighted_loss(losses, weights, scope=scope)


@add_arg_scope
def hinge_loss(logits, labels=None, scope=None):
    """max(0, 1 - labels · logits), element by element, for labels 0 and 1, which count as -1 and 1; joins no collection."""
    with name_scope(scope, "hinge_loss", [logits, labels]):
        logits, labels = _pair(logits, labels)
        ones = array.ones_like_v1(labels)
        labels = math.subtract(2 * labels, ones)
        return nn.relu(math.subtract(ones, math.multiply(labels, logits)))


@add_arg_scope
def mean_squared_error(predictions, labels=None, weights=1.0, scope=None):
    """(predictions - labels)², weighted as by `compute_weighted_loss`."""
    with name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as scope:
        predictions, labels = _pair(predictions, labels)
        return compute_weighted_loss(math.squared_difference(predictions, labels), weights, scope=scope)


@add_arg_scope
def mean_pairwise_squared_error(predictions, labels=None, weights=1.0, scope=None):
    """The mean square, over pairs of elements of an example, of how much their differences differ; joins `GraphKeys.LOSSES`."""
    with name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        predictions, labels = _pair(predictions, labels)
        weights = math.cast(convert_to_tensor(weights), dtypes.float32)
        diffs = math.subtract(predictions, labels)
        _rank(weights, "weights")
        over = list(range(1, _rank(diffs, "diffs")))
        count = _present(diffs, weights, per_batch=True)
        first = 2.0 * math.div_no_nan(reduce.reduce_sum(math_ops.square(diffs), over), count, name="value")
        second = 2.0 * math.div_no_nan(math_ops.square(reduce.reduce_sum(diffs, over)), math_ops.square(count), name="value")
        made = _scaled(first - second, weights)
        some = math_ops.greater(reduce.reduce_sum(count), 0)
        mean = masking.where_v1(some, made, array.zeros_like_v1(made), name="value")
        add_loss(mean)
        return mean


@add_arg_scope
def cosine_distance(predictions, labels=None, axis=None, weights=1.0, scope=None, dim=None):
    """1 - the sum of labels · predictions over `axis`, for unit vectors. Raises ValueError without an axis."""
    axis = reduce.either("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    with name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as scope:
        predictions, labels = _pair(predictions, labels)
        products = math.multiply(predictions, labels)
        losses = 1 - reduce.reduce_sum(products, axis=[axis])
        return compute_weighted_loss(losses, weights, scope=scope)
