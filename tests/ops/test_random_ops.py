"""Random ops that a row of the table cannot describe."""

import numpy as np

from mainstem.core.registry import lookup
from mainstem.run.session import Session


def test_stateless_algorithm_is_philox():
    assert Session().run(lookup("StatelessRandomGetAlg")()) == 1


def test_thread_unsafe_sampler_draws_as_the_learned_one():
    labels = np.array([[1], [2]], np.int64)
    draws = [
        lookup(name)(labels, num_true=1, num_sampled=4, unique=True, range_max=20, seed=3, seed2=5)
        for name in ("LearnedUnigramCandidateSampler", "ThreadUnsafeUnigramCandidateSampler")
    ]
    first, second = Session().run(draws)
    for a, b in zip(first, second):
        np.testing.assert_array_equal(a, b)
