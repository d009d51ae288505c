"""Pooling by every way of going through the windows, against each window by itself."""

import itertools

import jax
import numpy as np
import pytest

from mainstem.ops import pool

RNG = np.random.default_rng(0)
# shape, sizes, strides, padding, explicit paddings
WINDOWS = [
    ((2, 9, 8, 5), (1, 3, 3, 1), (1, 2, 2, 1), "SAME", ()),
    ((2, 9, 8, 5), (1, 3, 3, 1), (1, 1, 1, 1), "SAME", ()),
    ((2, 9, 8, 5), (1, 3, 3, 1), (1, 2, 2, 1), "VALID", ()),
    ((1, 9, 9, 2), (1, 9, 9, 1), (1, 9, 9, 1), "VALID", ()),  # more positions than slices are taken of
    ((1, 8, 8, 3), (1, 8, 8, 1), (1, 1, 1, 1), "VALID", ()),
    ((2, 9, 8, 3), (1, 1, 1, 1), (1, 2, 3, 1), "VALID", ()),
    ((2, 9, 8, 3), (1, 1, 1, 1), (1, 2, 2, 1), "SAME", ()),
    ((2, 9, 8, 3), (1, 5, 2, 1), (1, 2, 3, 1), "SAME", ()),
    ((2, 9, 8, 3), (1, 9, 1, 1), (1, 2, 3, 1), "SAME", ()),  # the second dimension only has a stride
    ((2, 3, 9, 8), (1, 1, 3, 3), (1, 1, 2, 2), "SAME", ()),
    ((2, 9, 8, 3), (1, 3, 3, 1), (1, 2, 2, 1), "EXPLICIT", (0, 0, 1, 2, 0, 1, 0, 0)),
    ((1, 5, 6, 7, 2), (1, 3, 3, 3, 1), (1, 2, 1, 2, 1), "SAME", ()),
    ((1, 5, 6, 7, 2), (1, 3, 3, 3, 1), (1, 2, 1, 2, 1), "VALID", ()),
]


def _one_by_one(x, w, combine):
    out = np.empty(w.output, x.dtype)
    for at in itertools.product(*map(range, w.output)):
        begins = [i * s - lo for i, s, (lo, _) in zip(at, w.strides, w.pads, strict=True)]
        out[at] = combine(x[tuple(slice(max(b, 0), b + k) for b, k in zip(begins, w.sizes, strict=True))])
    return out


@pytest.mark.parametrize("case", WINDOWS, ids=str)
def test_windows(case):
    x = RNG.normal(size=case[0]).astype(np.float32)
    w = pool.Windows(*case)
    np.testing.assert_array_equal(jax.jit(lambda x: pool.maximum(x, w))(x), _one_by_one(x, w, np.max))
    mean = jax.jit(lambda x: pool.average(x, w))(x)
    np.testing.assert_allclose(mean, _one_by_one(x, w, np.mean), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.int64])
def test_maxima_of_integers(dtype):
    x = RNG.integers(0, 100, (1, 7, 7, 2)).astype(dtype)
    w = pool.Windows(x.shape, (1, 3, 3, 1), (1, 2, 2, 1), "SAME")
    np.testing.assert_array_equal(pool.maximum(x, w), _one_by_one(x, w, np.max))


def test_what_is_not_finite_stays_in_its_windows():
    x = np.ones((1, 7, 7, 1), np.float32)
    x[0, 0, 0], x[0, 6, 6] = np.nan, -np.inf
    w = pool.Windows(x.shape, (1, 3, 3, 1), (1, 3, 3, 1), "SAME")
    for made in (pool.maximum(x, w), pool.average(x, w)):
        made = np.asarray(made)[0, :, :, 0]
        assert np.isnan(made[0, 0]) and not np.isnan(made.ravel()[1:]).any()
    assert np.isneginf(np.asarray(pool.average(x, w))[0, 2, 2, 0])
