"""Ops of k-means: the first centers, and which centers are nearest.

First centers are drawn one after the other, each by those drawn before, so Python draws them, from the Philox stream of the
op's own seed.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.core.registry import op
from mainstem.ops import philox
from mainstem.ops.host import invalid


class Draws(philox.HostStream):
    """Single numbers of the stream of a seed."""

    def __init__(self, seed):
        super().__init__(np.array([*philox.split64(seed), 0, 0, 0, 0], np.uint32))

    def below(self, n):
        """An integer in 0 .. n - 1."""
        low, high = (int(w) for w in self.take(2))
        return (low | (high << 32)) % n

    def share(self):
        """A number in [0, 1)."""
        return (int(self.take(1)[0]) & 0x7FFFFF) / 2.0**23


def _squared_distances(points, center):
    gap = points - center
    return np.einsum("ij,ij->i", gap, gap)


def _samples_shape(inputs, attrs):
    points, count = inputs[0].shape, inputs[1].value()
    return [(None if count is None else int(count), None if points is None else points[1])]


@op(
    "KmeansPlusPlusInitialization",
    "points:float32, num_to_sample:int64, seed:int64, num_retries_per_sample:int64 -> samples:float32",
    host=True, shape=_samples_shape,
)  # fmt: skip
def kmeans_plus_plus_initialization(points, num_to_sample, seed, num_retries_per_sample):
    """Draws `num_to_sample` rows of `points` [n, size], each with a probability by its squared distance from those before.

    Of 1 + `num_retries_per_sample` candidates that which leaves the smallest sum of distances is taken; a negative number stands for
    2 + log(num_to_sample). (Arthur, Vassilvitskii, "k-means++: the advantages of careful seeding", 2007.)

    Raises InvalidArgumentError for points that are no matrix, or fewer than are to be drawn.
    """
    if points.ndim != 2:
        raise invalid("Input points should be a matrix.")
    count, retries, n = int(num_to_sample), int(num_retries_per_sample), len(points)
    if count <= 0:
        raise invalid("Expected num_to_sample > 0.")
    if n < count:
        raise invalid(f"Expected num_to_sample <= points.rows(). {count} vs {n}.")
    if retries < 0:
        retries = 2 + int(np.log(count))
    draws, chosen, nearest = Draws(seed), [], np.full(n, np.inf, np.float32)
    while len(chosen) < count:
        sums, best = np.cumsum(nearest, dtype=np.float64), None
        for _ in range(1 + retries):
            if chosen:
                candidate = min(int(np.searchsorted(sums, draws.share() * sums[-1], side="right")), n - 1)
            else:
                candidate = draws.below(n)
            distances = np.minimum(nearest, _squared_distances(points, points[candidate]))
            total = distances.sum(dtype=np.float64)
            if best is None or total < best[0]:
                best = total, candidate, distances
        _, candidate, nearest = best
        chosen.append(candidate)
    return points[chosen]


@op("KMC2ChainInitialization", "distances:float32, seed:int64 -> index:int64", host=True, shape=lambda inputs, attrs: [()])
def kmc2_chain_initialization(distances, seed):
    """The last state of a Markov chain over points, which moves on to the next one with the ratio of their distances.

    (Bachem, Lucic, Hassani, Krause, "Approximate k-means++ in sublinear time", 2016.) `distances` is [length of the chain].
    Raises InvalidArgumentError when it is no vector.
    """
    if distances.ndim != 1:
        raise invalid("Input distances should be a vector.")
    draws, at = Draws(seed), 0
    for i in range(1, len(distances)):
        if distances[i] > draws.share() * distances[at]:
            at = i
    return np.int64(at)


def _nearest_shapes(inputs, attrs):
    points, centers, k = inputs[0].shape, inputs[1].shape, inputs[2].value()
    known = None if k is None or centers is None or centers[0] is None else min(int(k), centers[0])
    return [(None if points is None else points[0], known)] * 2


@op(
    "NearestNeighbors",
    "points:float32, centers:float32, k:int64 -> nearest_center_indices:int64, nearest_center_distances:float32",
    static=("k",), shape=_nearest_shapes, differentiable=False,
)  # fmt: skip
def nearest_neighbors(points, centers, k):
    """The `k` nearest rows of `centers` [m, size] to each of `points` [n, size], nearest first, and their squared distances.

    Both results are [n, min(k, m)]. Raises InvalidArgumentError for inputs that are no matrices, have different columns or no rows.
    """
    k = int(k)
    if points.ndim != 2 or centers.ndim != 2:
        raise invalid("Input points and centers should be matrices.")
    if k < 0:
        raise invalid(f"k must not be negative, got {k}.")
    if not centers.shape[0]:
        raise invalid("Expected num_centers > 0.")
    if points.shape[1] != centers.shape[1]:
        raise invalid(f"Expected center_dim == point_dim. Got {centers.shape[1]} and {points.shape[1]}.")
    ones = jnp.sum(jnp.square(points), axis=1, keepdims=True)
    distances = ones - 2 * (points @ centers.T) + jnp.sum(jnp.square(centers), axis=1)
    distances = jnp.maximum(distances, 0)
    if k == 1:
        index = jnp.argmin(distances, axis=1, keepdims=True)
        return index.astype(jnp.int64), jnp.min(distances, axis=1, keepdims=True)
    found, index = lax.top_k(-distances, min(k, centers.shape[0]))
    return index.astype(jnp.int64), -found
