"""Candidate samplers: the negative classes of sampled softmax and noise-contrastive estimation, and their expected counts.

Each gives (sampled_candidates int64 [num_sampled], true_expected_count float32 [batch, num_true], sampled_expected_count
float32 [num_sampled]). Without `unique` a class of probability p has the expected count `p * num_sampled`; with `unique`,
classes are drawn until `num_sampled` different ones are found, in t tries, and the expected count is `1 - (1 - p)^t`.
"""

import functools
import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import errors
from mainstem.core.registry import op
from mainstem.ops import philox
from mainstem.ops.random import seeded, to_double, to_single

RESERVED_WORDS = 2048  # a run reserves so many words a sample
BATCH = 4  # draws are made in batches of `BATCH * num_sampled`, which are nearly always enough for a unique sample
SIGNATURE = "true_classes:int64 -> sampled_candidates:int64, true_expected_count:float32, sampled_expected_count:float32"


def _shapes(inputs, attrs):
    true = inputs[0].shape
    return [(attrs["num_sampled"],), (None, attrs["num_true"]) if true is None else true, (attrs["num_sampled"],)]


_sampler = functools.partial(op, shape=_shapes, differentiable=False, stateful=True)


def _check(name, num_sampled, unique, range_max):
    if unique and num_sampled > range_max:
        raise errors.InvalidArgumentError(
            None, None, f"{name}: Sampler's range is too small: cannot draw {num_sampled} unique classes out of {range_max}."
        )


def _distinct(draw, num_sampled):
    """The first `num_sampled` different values of a sequence, and in how many tries they came.

    `draw(first, count)` gives values `first .. first + count - 1` of the sequence as int64 [count]; traceable.
    """
    count = BATCH * num_sampled

    def take(carry):
        found, have, at = carry
        values = draw(at, count)

        def one(i, inner):
            found, have, tries = inner
            wanted = have < num_sampled
            new = wanted & ~jnp.any(found == values[i])
            # the last slot takes what is not wanted
            found = lax.dynamic_update_slice(found, values[i][None], (jnp.where(new, have, num_sampled),))
            found = found.at[num_sampled].set(-1)
            return found, have + new.astype(jnp.int32), tries + wanted.astype(jnp.int64)

        return lax.fori_loop(0, count, one, (found, have, at))

    empty = (jnp.full((num_sampled + 1,), -1, jnp.int64), jnp.int32(0), jnp.int64(0))
    found, _, tries = lax.while_loop(lambda carry: carry[1] < num_sampled, take, empty)
    return found[:num_sampled], tries


def _expected(p, num_sampled, tries):
    """Expected count of classes of probability `p` in `num_sampled` values that took `tries` draws."""
    p, tries = p.astype(jnp.float64), jnp.asarray(tries)
    repeated = -jnp.expm1(tries.astype(jnp.float64) * jnp.log1p(-p))
    return jnp.where(tries == num_sampled, p * num_sampled, repeated).astype(jnp.float32)


def _sample(state, true_classes, draw, probability, num_sampled, unique):
    """Runs a sampler whose i-th value is `draw(state, first, count)[i - first]`; gives the op's results behind its new state."""
    state = jnp.asarray(state)
    values = functools.partial(draw, state)
    if unique:
        sampled, tries = _distinct(values, num_sampled)
    else:
        sampled, tries = values(jnp.int64(0), num_sampled), num_sampled
    counts = (_expected(probability(c), num_sampled, tries) for c in (true_classes, sampled))
    return philox.skip(state, -(-RESERVED_WORDS * num_sampled // 4)), sampled, *counts


def _pairs(state, first, count):
    """Draws number `first ..` of two words each: two `uint32` arrays [count]."""
    index = first.astype(jnp.uint64) + lax.iota(jnp.uint64, count)
    a, b, c, d = philox.lanes_at(state, index >> jnp.uint64(1))
    odd = (index & jnp.uint64(1)) == 1
    return jnp.where(odd, c, a), jnp.where(odd, d, b)


@_sampler("UniformCandidateSampler", SIGNATURE, state=seeded)
def uniform_candidates(state, true_classes, *, num_true: "int", num_sampled: "int", unique: "bool", range_max: "int", seed=0,
                       seed2=0):  # fmt: skip
    """Classes of equal probability `1 / range_max`."""
    _check("UniformCandidateSampler", num_sampled, unique, range_max)

    def draw(state, first, count):
        low, high = (w.astype(jnp.uint64) for w in _pairs(state, first, count))
        return ((low | (high << jnp.uint64(32))) % jnp.uint64(range_max)).astype(jnp.int64)

    def probability(classes):
        return jnp.full(classes.shape, np.float32(1.0 / range_max))

    return _sample(state, true_classes, draw, probability, num_sampled, unique)


@_sampler("LogUniformCandidateSampler", SIGNATURE, state=seeded)
def log_uniform_candidates(state, true_classes, *, num_true: "int", num_sampled: "int", unique: "bool", range_max: "int", seed=0,
                           seed2=0):  # fmt: skip
    """Classes of Zipf's law: class c has the probability `(log(c + 2) - log(c + 1)) / log(range_max + 1)`."""
    _check("LogUniformCandidateSampler", num_sampled, unique, range_max)
    log_range = math.log1p(range_max)

    def draw(state, first, count):
        values = jnp.exp(to_double(*_pairs(state, first, count)) * log_range).astype(jnp.int64) - 1
        return values % range_max

    def probability(classes):
        c = classes.astype(jnp.float64)
        return (jnp.log((c + 2.0) / (c + 1.0)) / log_range).astype(jnp.float32)

    return _sample(state, true_classes, draw, probability, num_sampled, unique)


@_sampler("AllCandidateSampler", SIGNATURE, state=seeded)
def all_candidates(state, true_classes, *, num_true: "int", num_sampled: "int", unique: "bool", seed=0, seed2=0):
    """Every class 0 .. num_sampled - 1 once; all expected counts are 1."""
    ones = jnp.ones(true_classes.shape, jnp.float32)
    state = philox.skip(jnp.asarray(state), -(-RESERVED_WORDS * num_sampled // 4))
    return state, lax.iota(jnp.int64, num_sampled), ones, jnp.ones((num_sampled,), jnp.float32)


def _singles(state, first, count):
    """Draws number `first ..` of one word each: `uint32` [count]."""
    index = first.astype(jnp.uint64) + lax.iota(jnp.uint64, count)
    low, high = _pairs(state, first >> 1, count // 2 + 1)
    pair = ((index >> jnp.uint64(1)) - (first >> 1).astype(jnp.uint64)).astype(jnp.int32)
    return jnp.where((index & jnp.uint64(1)) == 1, high[pair], low[pair])


def _read_weights(vocab_file, unigrams):
    if not vocab_file:
        return list(unigrams)
    with open(vocab_file, encoding="utf-8") as lines:
        # the last field of a line "word, .., count" is the weight
        return [float(line.rstrip("\n").split(",")[-1]) for line in lines if line.strip()]


@functools.lru_cache(maxsize=16)
def _unigram_weights(vocab_file, unigrams, distortion, num_reserved_ids, num_shards, shard):
    weights = [0.0] * num_reserved_ids + [w**distortion for w in _read_weights(vocab_file, unigrams)]
    return np.array(weights[shard::num_shards], np.float64)


def _alias_table(weights):
    """Walker's alias method (Vose's construction): class i is kept with chance `keep[i]`, else `other[i]` is taken."""
    keep, other = (weights * weights.size / weights.sum()).tolist(), list(range(weights.size))
    low = [i for i, k in enumerate(keep) if k < 1.0]
    high = [i for i, k in enumerate(keep) if k >= 1.0]
    while low and high:
        small, large = low.pop(), high.pop()
        other[small] = large
        keep[large] -= 1.0 - keep[small]
        (low if keep[large] < 1.0 else high).append(large)
    for i in low + high:
        keep[i] = 1.0
    return np.array(keep, np.float32), np.array(other, np.int64)


@_sampler("FixedUnigramCandidateSampler", SIGNATURE, state=seeded)
def fixed_unigram_candidates(
    state, true_classes, *, num_true: "int", num_sampled: "int", unique: "bool", range_max: "int", vocab_file="", distortion=1.0,
    num_reserved_ids=0, num_shards=1, shard=0, unigrams: "list(float)" = (), seed=0, seed2=0,
):  # fmt: skip
    """Classes in proportion to `weight ** distortion`, weights from `unigrams` or the last field of the lines of `vocab_file`."""
    weights = _unigram_weights(vocab_file, tuple(unigrams), distortion, num_reserved_ids, num_shards, shard)
    if weights.size != range_max:
        raise errors.InvalidArgumentError(
            None, None, f"range_max is {range_max} but the vocabulary has {weights.size} weights."
        )
    _check("FixedUnigramCandidateSampler", num_sampled, unique, int(np.count_nonzero(weights)))
    shares = jnp.asarray((weights / weights.sum()).astype(np.float32))
    keep, other = map(jnp.asarray, _alias_table(weights))

    def draw(state, first, count):
        chance, index = _pairs(state, first, count)
        index = (index % jnp.uint32(range_max)).astype(jnp.int64)
        return jnp.where(to_single(chance) < keep[index], index, other[index])

    return _sample(state, true_classes, draw, lambda classes: shares[classes], num_sampled, unique)


def _learning_state(seed=0, seed2=0, range_max=0, **attrs):
    return np.concatenate([philox.initial_state(seed, seed2), np.ones(range_max, np.uint32)])


def _learned(name):
    @_sampler(name, SIGNATURE, state=_learning_state)
    def kernel(state, true_classes, *, num_true: "int", num_sampled: "int", unique: "bool", range_max: "int", seed=0, seed2=0):
        """Classes in proportion to how often they were a true class in this session so far, plus one."""
        _check(name, num_sampled, unique, range_max)
        state = jnp.asarray(state)
        generator, seen = state[: philox.STATE_WORDS], state[philox.STATE_WORDS :]
        running = jnp.cumsum(seen, dtype=jnp.uint32)
        shares = (seen.astype(jnp.float64) / running[-1].astype(jnp.float64)).astype(jnp.float32)

        def draw(generator, first, count):
            return jnp.searchsorted(running, _singles(generator, first, count) % running[-1], side="right").astype(jnp.int64)

        generator, *results = _sample(generator, true_classes, draw, lambda classes: shares[classes], num_sampled, unique)
        seen = seen.at[true_classes.reshape(-1)].add(jnp.uint32(1), mode="drop")
        return jnp.concatenate([generator, seen]), *results

    return kernel


learned_unigram_candidates = _learned("LearnedUnigramCandidateSampler")
thread_unsafe_unigram_candidates = _learned("ThreadUnsafeUnigramCandidateSampler")


@op("ComputeAccidentalHits", "true_classes:int64, sampled_candidates:int64 -> indices:int32, ids:int64, weights:float32", host=True,
    shape=lambda inputs, attrs: [(None,), (None,), (None,)])  # fmt: skip
def compute_accidental_hits(true_classes, sampled_candidates, *, num_true: "int", seed=0, seed2=0):
    """Where a sampled class is a true class: (row, position among the samples, the lowest float32) of each hit."""
    true_classes, sampled = np.asarray(true_classes), np.asarray(sampled_candidates)
    where = {int(value): i for i, value in enumerate(sampled)}
    hits = [(row, where[int(c)]) for row, classes in enumerate(true_classes) for c in classes if int(c) in where]
    rows, ids = np.array(hits, np.int64).reshape(-1, 2).T
    return rows.astype(np.int32), ids, np.full(len(hits), np.finfo(np.float32).min, np.float32)
