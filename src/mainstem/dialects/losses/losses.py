"""The losses: each compares labels with predictions, weights the result, reduces it and adds it to a collection."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.losses.weights import assert_broadcastable, broadcast_weights, remove_squeezable_dimensions
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import math as math_ops
from mainstem.state.scope import home
from mainstem.surface import array, loss, masking, math, nn, reduce
from mainstem.surface.framework import constant_v1, control_dependencies, convert_to_tensor, name_scope, stop_gradient


class Reduction:
    """How a loss becomes a number: NONE leaves it; the others add up, and divide by what their names say."""

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls):
        """All keys."""
        return (cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_OVER_NONZERO_WEIGHTS, cls.SUM_BY_NONZERO_WEIGHTS)

    @classmethod
    def validate(cls, key):
        """Raises ValueError for another key."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}.")


NONZERO = Reduction.SUM_BY_NONZERO_WEIGHTS


def add_loss(loss, loss_collection=GraphKeys.LOSSES):
    """Adds a loss to a collection (none in eager mode)."""
    if loss_collection and hasattr(home(), "add_to_collection"):
        get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope=None, loss_collection=GraphKeys.LOSSES):
    """The losses of a collection, of a scope where given."""
    return get_default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope=None):
    """The losses of `GraphKeys.REGULARIZATION_LOSSES`, of a scope where given."""
    return get_default_graph().get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(scope=None, name="total_regularization_loss"):
    """The sum of the regularization losses; 0 where there are none."""
    found = get_regularization_losses(scope)
    return reduce.add_n(found, name=name) if found else constant_v1(0.0)


def get_total_loss(add_regularization_losses=True, name="total_loss", scope=None):
    """The sum of all losses, by default with the regularization losses. Raises ValueError where there are none."""
    found = get_losses(scope)
    found = found + get_regularization_losses(scope) if add_regularization_losses else found
    if not found:
        raise ValueError("get_total_loss: there are no losses; make one before, or give the scope that has them.")
    return reduce.add_n(found, name=name)


def _present(losses, weights, per_batch=False):
    """How many elements have a weight that is not 0 (of each example)."""
    with name_scope(None, "num_present", (losses, weights)) as scope:
        weights = math.cast(weights, dtypes.float32)
        is_zero = math_ops.equal(weights, 0.0)
        zeros, ones = array.zeros_like_v1(weights), array.ones_like_v1(weights)
        present = broadcast_weights(masking.where_v1(is_zero, zeros, ones), losses)
        if not per_batch:
            return reduce.reduce_sum(present, name=scope)
        return reduce.reduce_sum(present, array.range(1, array.rank(present)), keepdims=True, name=scope)


def _mean(total, count):
    return math.div_no_nan(reduce.reduce_sum(total), count, name="value")


def compute_weighted_loss(
    losses, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES, reduction=Reduction.SUM_BY_NONZERO_WEIGHTS
):
    """Losses times weights, reduced to a number, in the dtype of the losses.

    Args:
        losses: a tensor.
        weights: a number or tensor: a scalar, or of the losses' rank with each dimension 1 or theirs.
        scope: of the ops.
        loss_collection: where the result goes; None: nowhere.
        reduction: a key of `Reduction`.

    Raises ValueError for weights that do not broadcast, or another reduction.
    """
    Reduction.validate(reduction)
    with name_scope(scope, "weighted_loss", (losses, weights)), control_dependencies((assert_broadcastable(weights, losses),)):
        losses = convert_to_tensor(losses)
        kind = losses.dtype
        losses = math.cast(losses, dtypes.float32)
        weights = math.cast(weights, dtypes.float32)
        made = math.multiply(losses, weights)
        if reduction != Reduction.NONE:
            made = _reduced(reduce.reduce_sum(made), losses, weights, reduction)
        made = math.cast(made, kind)
        add_loss(made, loss_collection)
        return made


def _reduced(total, losses, weights, reduction):
    if reduction == Reduction.MEAN:
        return _mean(total, reduce.reduce_sum(array.ones_like_v1(losses) * weights))
    if reduction == NONZERO:
        return _mean(total, _present(losses, weights))
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        with name_scope(None, "num_elements", [losses]) as inner:
            count = math.cast(array.size(losses, name=inner), losses.dtype)
        return _mean(total, count)
    return total


def _given(**tensors):
    for name, tensor in tensors.items():
        if tensor is None:
            raise ValueError(f"{name} must not be None.")


def _pair(labels, predictions):
    """Both as float32, of compatible shapes."""
    predictions, labels = math.cast(predictions, dtypes.float32), math.cast(labels, dtypes.float32)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return labels, predictions


def absolute_difference(labels, predictions, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES, reduction=NONZERO):
    """|predictions - labels|, weighted and reduced as by `compute_weighted_loss`."""
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "absolute_difference", (predictions, labels, weights)) as scope:
        labels, predictions = _pair(labels, predictions)
        losses = math.abs(math.subtract(predictions, labels))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def mean_squared_error(labels, predictions, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES, reduction=NONZERO):
    """(predictions - labels)², weighted and reduced as by `compute_weighted_loss`."""
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_squared_error", (predictions, labels, weights)) as scope:
        labels, predictions = _pair(labels, predictions)
        losses = math.squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def cosine_distance(
    labels,
    predictions,
    axis=None,
    weights=1.0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=NONZERO,
    dim=None,
):
    """1 - the sum of labels · predictions over `axis`, for unit vectors. Raises ValueError without an axis."""
    axis = reduce.either("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "cosine_distance_loss", (predictions, labels, weights)) as scope:
        labels, predictions = _pair(labels, predictions)
        products = math.multiply(predictions, labels)
        losses = 1 - reduce.reduce_sum(products, axis=(axis,), keepdims=True)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def hinge_loss(labels, logits, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES, reduction=NONZERO):
    """max(0, 1 - labels · logits) for labels 0 and 1, which count as -1 and 1."""
    _given(labels=labels, logits=logits)
    with name_scope(scope, "hinge_loss", (logits, labels, weights)) as scope:
        labels, logits = _pair(labels, logits)
        ones = array.ones_like_v1(labels)
        labels = math.subtract(2 * labels, ones)
        losses = nn.relu(math.subtract(ones, math.multiply(labels, logits)))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def huber_loss(labels, predictions, weights=1.0, delta=1.0, scope=None, loss_collection=GraphKeys.LOSSES, reduction=NONZERO):
    """Half the square of the error up to `delta`, beyond it linear (Huber, 1964)."""
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "huber_loss", (predictions, labels, weights)) as scope:
        labels, predictions = _pair(labels, predictions)
        size = math.abs(math.subtract(predictions, labels))
        quadratic = math_ops.minimum(size, delta)
        linear = math.subtract(size, quadratic)
        half = convert_to_tensor(0.5, dtype=quadratic.dtype)
        curved = math.multiply(half, math.multiply(quadratic, quadratic))
        straight = math.multiply(delta, linear)
        losses = math_ops.add_v1(curved, straight)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def log_loss(labels, predictions, weights=1.0, epsilon=1e-7, scope=None, loss_collection=GraphKeys.LOSSES, reduction=NONZERO):
    """-labels · log(predictions + epsilon) - (1 - labels) · log(1 - predictions + epsilon)."""
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "log_loss", (predictions, labels, weights)) as scope:
        labels, predictions = _pair(labels, predictions)
        first = -math.multiply(labels, math_ops.log(predictions + epsilon))
        losses = first - math.multiply(1 - labels, math_ops.log(1 - predictions + epsilon))
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def mean_pairwise_squared_error(labels, predictions, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES):
    """The mean square, over pairs of elements of an example, of how much their differences differ; a number."""
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_pairwise_squared_error", (predictions, labels, weights)):
        weights = math.cast(weights, dtypes.float32)
        labels = math.cast(labels, dtypes.float32)
        with control_dependencies((assert_broadcastable(weights, labels),)):
            labels, predictions = _pair(labels, predictions)
            diffs = math.subtract(predictions, labels)
            axes = array.range(1, array.rank(diffs))
            squares = reduce.reduce_sum(math_ops.square(diffs), axes, keepdims=True)
            count = _present(diffs, weights, per_batch=True)
            first = 2.0 * math.div_no_nan(squares, math_ops.maximum(count - 1, 0.0), name="value")
            square = math_ops.square(reduce.reduce_sum(diffs, axes, keepdims=True))
            pairs = math_ops.maximum(math.multiply(count, count - 1), 0.0)
            second = 2.0 * math.div_no_nan(square, pairs, name="value")
            made = reduce.reduce_sum(math.multiply(first - second, weights))
            some = math_ops.greater(reduce.reduce_sum(count), 0.0)
            mean = masking.where_v1(some, made, array.zeros_like_v1(made), name="value")
            add_loss(mean, loss_collection)
            return mean


def sigmoid_cross_entropy(
    multi_class_labels,
    logits,
    weights=1.0,
    label_smoothing=0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=NONZERO,
):
    """The cross entropy of independent classes; `label_smoothing` > 0 moves labels towards 1/2."""
    _given(multi_class_labels=multi_class_labels, logits=logits)
    with name_scope(scope, "sigmoid_cross_entropy_loss", (logits, multi_class_labels, weights)) as scope:
        logits = convert_to_tensor(logits)
        labels = math.cast(multi_class_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = loss.sigmoid_cross_entropy_with_logits_v1(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def softmax_cross_entropy(
    onehot_labels,
    logits,
    weights=1.0,
    label_smoothing=0,
    scope=None,
    loss_collection=GraphKeys.LOSSES,
    reduction=NONZERO,
):
    """The cross entropy of exclusive classes for rows of probabilities, a loss an example; smoothing moves them towards equal."""
    _given(onehot_labels=onehot_labels, logits=logits)
    with name_scope(scope, "softmax_cross_entropy_loss", (logits, onehot_labels, weights)) as scope:
        logits = convert_to_tensor(logits)
        labels = math.cast(onehot_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            classes = math.cast(array.shape(labels)[1], logits.dtype)
            share = label_smoothing / classes
            labels = labels * (1.0 - label_smoothing) + share
        labels = stop_gradient(labels, name="labels_stop_gradient")
        losses = loss.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def _squeezed_weights(labels, weights):
    """Weights with one dimension more than the labels, of size 1, without it."""
    weights = convert_to_tensor(weights)
    have, want = shapes.as_tuple(weights.shape), shapes.as_tuple(labels.shape)
    if have and want is not None and len(have) - len(want) == 1 and have[-1] == 1:
        return array.squeeze_v1(weights, [-1])
    return weights


def sparse_softmax_cross_entropy(labels, logits, weights=1.0, scope=None, loss_collection=GraphKeys.LOSSES, reduction=NONZERO):
    """The cross entropy of exclusive classes for class numbers [..] and logits [.., classes], a loss an example."""
    _given(labels=labels, logits=logits)
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", (logits, labels, weights)) as scope:
        labels, logits = remove_squeezable_dimensions(labels, logits, 1)
        weights = _squeezed_weights(labels, weights)
        losses = loss.sparse_softmax_cross_entropy_with_logits_v1(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)
