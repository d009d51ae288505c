"""`cluster_loss`: embeddings are clustered around some of them, and a clustering that differs from the labels costs."""

import functools

import numpy as np

from mainstem.base import dtypes
from mainstem.dialects.contrib.metric_learning import pairwise_distance
from mainstem.ops import math as math_ops
from mainstem.surface import array, host, index, math, reduce
from mainstem.surface.framework import convert_to_tensor
from mainstem.train import summary

_SCORES = {
    "nmi": "normalized_mutual_info_score",
    "ami": "adjusted_mutual_info_score",
    "ari": "adjusted_rand_score",
    "vmeasure": "v_measure_score",
    "const": None,
}
_ROUNDS = 5  # of moving medoids within their clusters


def _agreement(labels, found, margin_type):
    """How well two clusterings agree, 0 to 1."""
    if margin_type == "const":
        return float(np.array_equal(labels, found))
    from sklearn import metrics

    return max(0.0, getattr(metrics, _SCORES[margin_type])(labels, found))


def _clusters(distances, medoids):
    """The number of the nearest medoid of each row; a medoid is in its own cluster."""
    found = distances[medoids].argmin(0)
    found[medoids] = np.arange(len(medoids))
    return found


def _best(gains, candidates, trial, distances, labels, multiplier, margin_type):
    """The candidate with the highest gain and margin; `trial` gives the medoids that it would make."""
    margins = [1.0 - _agreement(labels, _clusters(distances, trial(c)), margin_type) for c in candidates]
    return candidates[np.argmax(gains + np.float32(multiplier) * np.asarray(margins, np.float32))]


def _medoids(distances, labels, multiplier, margin_type, refine):
    """Chooses as many rows as there are labels, one by one, then moves each within its cluster: those that cost most."""
    chosen, count = np.zeros([0], np.int64), len(np.unique(labels))
    best = functools.partial(_best, distances=distances, labels=labels, multiplier=multiplier, margin_type=margin_type)
    for _ in range(count):
        candidates = np.setdiff1d(np.arange(len(labels)), chosen)
        nearest = np.minimum(distances[chosen].min(0, initial=np.inf), distances[candidates])
        chosen = np.append(chosen, best(-nearest.sum(1), candidates, lambda c, chosen=chosen: np.append(chosen, c)))
    for _ in range(_ROUNDS if refine else 0):
        found = _clusters(distances, chosen)
        for i in range(count):
            members = np.flatnonzero(found == i)
            gains = -distances[np.ix_(members, members)].sum(0)
            chosen[i] = best(gains, members, lambda c, i=i, chosen=chosen: np.where(np.arange(count) == i, c, chosen))
    return chosen, np.float32(1.0 - _agreement(labels, _clusters(distances, chosen), margin_type))


def _own_medoids(distances, labels):
    """For each label, its row that the others are nearest to, and whose label each row has."""
    names, numbers = np.unique(labels, return_inverse=True)
    rows = [np.flatnonzero(numbers == i) for i in range(len(names))]
    return np.asarray([r[distances[np.ix_(r, r)].sum(0).argmin()] for r in rows], np.int64)[numbers.reshape(-1)]


def cluster_loss(labels, embeddings, margin_multiplier, enable_pam_finetuning=True, margin_type="nmi", print_losses=False):
    """How much better the worst clustering scores than that of the labels (Song et al., 2017, arXiv:1612.01213); 0 if it does not.

    Args:
        labels: integers [n].
        embeddings: [n, size].
        margin_multiplier: the weight of disagreement with the labels in a clustering's score.
        enable_pam_finetuning: whether the clusters' centres are moved after they were chosen one by one.
        margin_type: how disagreement is measured: "nmi", "ami", "ari", "vmeasure" or "const".
        print_losses: print the loss in every run.

    Which rows are centres is decided in Python. Raises ValueError for another `margin_type`.
    """
    if margin_type not in _SCORES:
        raise ValueError(f"Unrecognized margin_type: {margin_type}. Choose one of {', '.join(_SCORES)}.")
    distances = pairwise_distance(convert_to_tensor(embeddings))
    labels = array.squeeze_v1(convert_to_tensor(labels))

    def choose(distances, labels, multiplier):
        return _medoids(distances, labels, multiplier, margin_type, enable_pam_finetuning)

    given = [distances, labels, math.cast(convert_to_tensor(margin_multiplier), dtypes.float32)]
    chosen, margin = host.py_func(choose, given, [dtypes.int64, dtypes.float32], stateful=False)
    own = host.py_func(_own_medoids, given[:2], dtypes.int64, stateful=False)
    chosen.set_shape([None])
    own.set_shape(labels.shape)
    margin.set_shape([])
    score = -reduce.reduce_sum(reduce.reduce_min(index.gather_v1(distances, chosen), axis=0))
    rows = array.stack([math.cast(array.range(array.size(own)), dtypes.int64), own], axis=1)
    wanted = -reduce.reduce_sum(index.gather_nd_v1(distances, rows))
    total = math_ops.maximum(score + given[2] * margin - wanted, 0.0, name="clustering_loss")
    if print_losses:
        total = host.print_v1(total, ["clustering_loss: ", total, array.shape(total)])
    for name, value in {"score_pred": score, margin_type: 1.0 - margin, "score_gt": wanted}.items():
        summary.scalar(f"losses/{name}", value)
    return total
