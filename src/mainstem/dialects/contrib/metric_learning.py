"""`tf.contrib.losses.metric_learning`: losses that bring embeddings of equal labels together and others apart."""

from mainstem.base import dtypes, shapes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.ops import math as math_ops
from mainstem.surface import array, host, linalg, loss, masking, math, reduce, sparse
from mainstem.surface.framework import convert_to_tensor, name_scope


def pairwise_distance(feature, squared=False):
    """The distances of all rows of a matrix from each other, or their squares: [n, n], 0 on the diagonal."""
    across = array.transpose_v1(feature)
    sums = reduce.reduce_sum(math_ops.square(feature), axis=[1], keepdims=True)
    sums = sums + reduce.reduce_sum(math_ops.square(across), axis=[0], keepdims=True)
    found = math_ops.maximum(sums - 2.0 * linalg.matmul(feature, across), 0.0)
    none = math_ops.less_equal(found, 0.0)
    if not squared:
        found = math_ops.sqrt(found + math.cast(none, dtypes.float32) * 1e-16)  # the root has no gradient at 0
    found = math.multiply(found, math.cast(math_ops.logical_not(none), dtypes.float32))
    n = array.shape(feature)[0]
    return math.multiply(found, 1.0 - linalg.eye(n))


def _masked_extreme(data, mask, largest):
    """The largest or smallest of each row of the last dimension where `mask` is 1; where it is nowhere, the row's other extreme."""
    pick, other = (reduce.reduce_max, reduce.reduce_min) if largest else (reduce.reduce_min, reduce.reduce_max)
    base = other(data, -1, keepdims=True)
    return pick(math.multiply(data - base, mask), -1, keepdims=True) + base


def _column(labels):
    known = shapes.as_tuple(labels.shape)
    if known is not None and len(known) != 1:
        raise ValueError(f"labels must be a vector. Got shape {labels.shape}.")
    return array.reshape(labels, [array.size(labels), 1])


def _same_label(labels):
    column = _column(convert_to_tensor(labels))
    return math_ops.equal(column, array.transpose_v1(column))


def contrastive_loss(labels, embeddings_anchor, embeddings_positive, margin=1.0):
    """The mean of squared distances of pairs with label 1, and of how far those with label 0 are within `margin`.

    Args:
        labels: [n], 0 or 1.
        embeddings_anchor, embeddings_positive: [n, size].
    """
    distances = math_ops.sqrt(reduce.reduce_sum(math.squared_difference(embeddings_anchor, embeddings_positive), 1))
    labels = math.cast(labels, dtypes.float32)
    near = labels * math_ops.square(distances)
    far = (1.0 - labels) * math_ops.square(math_ops.maximum(margin - distances, 0.0))
    return reduce.reduce_mean(near + far, name="contrastive_loss")


def triplet_semihard_loss(labels, embeddings, margin=1.0):
    """The mean, over pairs of one label, of how much closer than distance + margin a semi-hard negative is (Schroff et al., 2015).

    That is the closest one of another label that is farther away than the pair; the farthest one where there is none.

    Args:
        labels: integers [n].
        embeddings: [n, size], of unit length.
    """
    distances = pairwise_distance(embeddings, squared=True)
    same = _same_label(labels)
    other = math_ops.logical_not(same)
    n = array.size(labels)
    # [anchor, positive, negative]
    each = array.expand_dims_v1(distances, 1) + array.zeros_like_v1(array.expand_dims_v1(distances, 2))
    farther = math_ops.logical_and(array.expand_dims_v1(other, 1), math_ops.greater(each, array.expand_dims_v1(distances, 2)))
    farther = math.cast(farther, dtypes.float32)
    some = math_ops.greater(reduce.reduce_sum(farther, -1), 0.0)
    outside = array.squeeze_v1(_masked_extreme(each, farther, largest=False), [-1])
    inside = _masked_extreme(distances, math.cast(other, dtypes.float32), largest=True) + array.zeros_like_v1(distances)
    excess = margin + distances - masking.where_v1(some, outside, inside)
    positives = math.cast(same, dtypes.float32) - linalg.eye(n)
    total = reduce.reduce_sum(math_ops.maximum(math.multiply(excess, positives), 0.0))
    return math.div(total, reduce.reduce_sum(positives), name="triplet_semihard_loss")


def lifted_struct_loss(labels, embeddings, margin=1.0):
    """Over pairs of one label, how much closer than their distance + margin all negatives of either are (Song et al., 2016).

    Args:
        labels: integers [n].
        embeddings: [n, size], not of unit length.
    """
    distances = pairwise_distance(embeddings)
    same = _same_label(labels)
    other = math.cast(math_ops.logical_not(same), dtypes.float32)
    room = margin - distances
    most = _masked_extreme(room, other, largest=True)
    most = math_ops.maximum(most, array.transpose_v1(most))  # [anchor, positive], taken out so that no exponential overflows
    weights = math_ops.exp(array.expand_dims_v1(room, 1) - array.expand_dims_v1(most, 2))
    summed = reduce.reduce_sum(math.multiply(weights, array.expand_dims_v1(other, 1)), -1)
    each = most + math_ops.log(summed + array.transpose_v1(summed)) + distances
    positives = math.cast(same, dtypes.float32) - linalg.eye(array.size(labels))
    squares = math_ops.square(math_ops.maximum(math.multiply(each, positives), 0.0))
    return math.div(0.25 * reduce.reduce_sum(squares), reduce.reduce_sum(positives) / 2.0, name="liftedstruct_loss")


def _npairs(targets, embeddings_anchor, embeddings_positive, reg_lambda, print_losses):
    """The cross entropy of similarities against `targets` [n, n], whose rows are made to add up to 1, and the size of embeddings."""
    sizes = [reduce.reduce_mean(reduce.reduce_sum(math_ops.square(e), 1)) for e in (embeddings_anchor, embeddings_positive)]
    l2loss = math.multiply(0.25 * reg_lambda, sizes[0] + sizes[1], name="l2loss")
    similar = linalg.matmul(embeddings_anchor, embeddings_positive, transpose_a=False, transpose_b=True)
    targets = targets / reduce.reduce_sum(targets, 1, keepdims=True)
    entropy = loss.softmax_cross_entropy_with_logits_v1(logits=similar, labels=targets)
    entropy = reduce.reduce_mean(entropy, name="xentropy")
    if print_losses:
        entropy = host.print_v1(entropy, ["cross entropy:", entropy, "l2loss:", l2loss])
    return l2loss + entropy


def npairs_loss(labels, embeddings_anchor, embeddings_positive, reg_lambda=0.002, print_losses=False):
    """The cross entropy of each anchor against all positives, and a penalty on their size (Sohn, 2016).

    Args:
        labels: integers [n].
        embeddings_anchor, embeddings_positive: [n, size].
        reg_lambda: the weight of the penalty.
        print_losses: print both parts in every run.
    """
    targets = math.cast(_same_label(labels), dtypes.float32)
    return _npairs(targets, embeddings_anchor, embeddings_positive, reg_lambda, print_losses)


def npairs_loss_multilabel(sparse_labels, embeddings_anchor, embeddings_positive, reg_lambda=0.002, print_losses=False):
    """`npairs_loss` where each pair has a set of labels; pairs are as close as they have labels in common.

    Args:
        sparse_labels: a list of n SparseTensors [1, k], 1 or True for each label that the pair has.

    Raises TypeError when one of them is no SparseTensor.
    """
    for given in sparse_labels:
        if not hasattr(given, "indices"):
            raise TypeError(f"sparse_labels must be a list of SparseTensors, but got {sparse_labels}")
    with name_scope("NpairsLossMultiLabel"):
        dense = [
            sparse.to_dense(SparseTensor(given.indices, math.cast(given.values, dtypes.float32), given.dense_shape))
            for given in sparse_labels
        ]
        rows = array.stack([array.reshape(row, [-1]) for row in dense])
        targets = linalg.matmul(rows, rows, transpose_b=True)
        return _npairs(targets, embeddings_anchor, embeddings_positive, reg_lambda, print_losses)
