"""Rows of the ops of k-means."""

from tests.ops.case import case, normal, of, positive

POINTS = normal(40, 3)


def _sampled(count, seed, retries, **more):
    number = {"num_to_sample": count, "seed": seed, "num_retries_per_sample": retries}
    return case("KmeansPlusPlusInitialization", points=POINTS, **{k: of(v, "int64") for k, v in number.items()}, **more)


def _nearest(points, centers, k, **more):
    return case("NearestNeighbors", points=points, centers=centers, k=of(k, "int64"), **more)


CASES = [
    *(_sampled(*row) for row in [(1, 0, 0), (2, 1, 0), (5, 0, 0), (5, 2, 3), (8, 12345, -1), (8, 2**40 + 7, 2), (40, 3, 1)]),
    _sampled(0, 1, 1, raises=True),
    _sampled(41, 1, 1, raises=True),
    _nearest(normal(4, 3), normal(6, 3), 1),
    _nearest(normal(4, 3), normal(6, 3), 3),
    _nearest(normal(4, 3), normal(2, 3), 5),
    _nearest(of([[0.0, 0.0]]), of([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]]), 2),
    _nearest(normal(4, 3), normal(6, 3), 0),
    _nearest(normal(4, 3), normal(6, 2), 1, raises=True),
    _nearest(normal(4, 3), normal(6), 1, raises=True),
    *(case("KMC2ChainInitialization", distances=positive(20), seed=of(seed, "int64")) for seed in (0, 1, 7, 99)),
    case("KMC2ChainInitialization", distances=normal(1), seed=of(3, "int64")),
    case("KMC2ChainInitialization", distances=normal(2, 2), seed=of(3, "int64"), raises=True),
]
