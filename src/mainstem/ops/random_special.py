"""Random ops whose number of draws depends on the values drawn: categorical, gamma, Poisson, bounded normal.

Every output of gamma and Poisson owns `RESERVED` blocks of the generator, so all outputs are drawn side by side: one step of a
`while_loop` gives each unfinished output its next block. All arithmetic is float64, as in TensorFlow.
"""

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes, errors, shapes
from mainstem.core.registry import REGISTRY, op
from mainstem.ops import philox
from mainstem.ops.random import RESERVED, SHAPE_TYPES, advance, box_muller, dimensions, seeded, shape_input, to_double, uniform
from mainstem.ops.twin import default_types

REAL_TYPES = frozenset({dtypes.float16, dtypes.float32, dtypes.float64})
LOGIT_TYPES = frozenset({dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64})
INDEX_TYPES = frozenset({dtypes.int32, dtypes.int64})
POISSON_TYPES = REAL_TYPES | INDEX_TYPES
SMALL_RATE = 10.0


def _samples_shape(inputs, attrs):
    shape = inputs[0].shape
    count = inputs[1].value()
    return [(None if shape is None else shape[0], None if count is None else int(count))]


def _multinomial(state, logits, count, dtype):
    """Class numbers `[batch, count]` by inversion: the running sum of exp(logit - max) against a uniform of its total."""
    batch = logits.shape[0]
    logits = logits.astype(jnp.float64)
    finite = jnp.isfinite(logits)
    top = jnp.max(jnp.where(finite, logits, -jnp.inf), axis=1, keepdims=True)
    running = jnp.cumsum(jnp.where(finite, jnp.exp(logits - top), 0.0), axis=1)
    # rows follow each other in one sequence of doubles
    at = uniform(state, (batch, count), np.dtype("float64")) * running[:, -1:]
    below = running[:, None, :] <= at[:, :, None]
    return jnp.sum(below, axis=-1, dtype=jnp.int32).astype(dtype)


@op("Multinomial", "T, num_samples:int32 -> output_dtype", static=("num_samples",), state=seeded, shape=_samples_shape,
    T=LOGIT_TYPES, output_dtype=INDEX_TYPES, differentiable=False)  # fmt: skip
def multinomial(state, logits, num_samples, *, seed=0, seed2=0, output_dtype: "type" = dtypes.int64):
    """Draws `num_samples` class numbers for each row of `logits` [batch, classes] (unnormalised log-probabilities)."""
    count = int(num_samples)
    padded = -(-count // 4) * 4
    return advance(state, 2 * logits.shape[0] * padded), _multinomial(state, logits, count, output_dtype.np)


@op("StatelessMultinomial", "T, num_samples:int32, Tseed -> output_dtype", static=("num_samples",), shape=_samples_shape,
    T=LOGIT_TYPES, Tseed=SHAPE_TYPES, output_dtype=INDEX_TYPES, differentiable=False)  # fmt: skip
def stateless_multinomial(logits, num_samples, seed, *, output_dtype: "type" = dtypes.int64):
    """`Multinomial` whose result depends on its inputs only."""
    return _multinomial(philox.stateless_state(seed), logits, int(num_samples), output_dtype.np)


def _parameter_shape(inputs, attrs):
    head, tail = inputs[0].shape_value(), inputs[1].shape
    return [None if head is None or tail is None else tuple(head) + tuple(tail)]


class _Blocks:
    """Doubles drawn from blocks of one stream an output: a block gives two, the second of them first."""

    def __init__(self, state, starts):
        self.state, self.starts = state, starts

    def words(self, step):
        return philox.lanes_at(self.state, self.starts + step)


def _halves(second, values):
    """Picks from a pair of arrays by a boolean array: `values[1]` where `second`."""
    return jnp.where(second, values[1], values[0])


def gamma(state, shape, alpha):
    """Gamma(alpha, 1) values of shape `shape + alpha.shape`, float64, by Marsaglia and Tsang's method (ACM TOMS 26, 2000).

    An output draws blocks of its own stream on demand: one block is two normals or two uniforms, used from the second on.
    """
    samples, alphas = math.prod(shape), alpha.size
    flat = jnp.repeat(alpha.reshape(-1).astype(jnp.float64), samples)
    count = samples * alphas
    blocks = _Blocks(jnp.asarray(state), lax.iota(jnp.uint64, count) * jnp.uint64(RESERVED))
    small = flat < 1.0
    d = flat + jnp.where(small, 2.0 / 3.0, -1.0 / 3.0)
    c = 1.0 / 3.0 / jnp.sqrt(d)

    def body(carry):
        done, result, step, normals, normals_left, uniforms, uniforms_left = carry
        words = blocks.words(step)
        fresh = normals_left == 0
        normals = tuple(jnp.where(fresh, n, o) for n, o in zip(box_muller(*_doubles(words)), normals))
        step = step + fresh.astype(jnp.uint64)
        x = _halves(fresh | (normals_left == 2), normals)
        normals_left = jnp.where(fresh, 1, normals_left - 1)
        v = 1.0 + c * x
        positive = v > 0
        u, step, uniforms, uniforms_left = _next_uniform(blocks, positive & ~done, step, uniforms, uniforms_left)
        v = v * v * v
        fits = (u < 1.0 - 0.0331 * (x * x) * (x * x)) | (jnp.log(u) < 0.5 * x * x + d * (1.0 - v + jnp.log(v)))
        accepted = positive & fits & ~done
        boost, step, uniforms, uniforms_left = _next_uniform(blocks, accepted & small, step, uniforms, uniforms_left)
        value = d * v * jnp.where(small, boost ** (1.0 / flat), 1.0)
        return done | accepted, jnp.where(accepted, value, result), step, normals, normals_left, uniforms, uniforms_left

    zero, none = jnp.zeros((count,), jnp.float64), jnp.zeros((count,), jnp.int32)
    first = (jnp.zeros((count,), bool), zero, jnp.zeros((count,), jnp.uint64), (zero, zero), none, (zero, zero), none)
    # alpha 1 is the exponential distribution, by inversion of the second uniform of the first block
    plain = flat == 1.0
    exponential = -jnp.log1p(-_doubles(blocks.words(jnp.uint64(0)))[1])
    first = (plain, jnp.where(plain, exponential, 0.0), *first[2:])
    result = lax.while_loop(lambda carry: ~jnp.all(carry[0]), body, first)[1]
    return result.reshape(alphas, samples).T.reshape(*shape, *alpha.shape)


def _doubles(words):
    return to_double(words[0], words[1]), to_double(words[2], words[3])


def _next_uniform(blocks, wanted, step, uniforms, left):
    fresh = wanted & (left == 0)
    uniforms = tuple(jnp.where(fresh, n, o) for n, o in zip(_doubles(blocks.words(step)), uniforms))
    value = _halves(fresh, uniforms)
    left = jnp.where(fresh, 1, jnp.where(wanted, left - 1, left))
    return value, step + fresh.astype(jnp.uint64), uniforms, left


@op("RandomGamma", "S, T -> T", static=("shape",), state=seeded, shape=_parameter_shape, S=SHAPE_TYPES, T=REAL_TYPES)
def random_gamma(state, shape, alpha, *, seed=0, seed2=0):
    """Gamma(alpha, 1) values of shape `shape + alpha.shape`."""
    shape = dimensions(shape)
    alpha = jnp.asarray(alpha)
    return advance(state, math.prod(shape) * alpha.size), gamma(state, shape, alpha).astype(alpha.dtype)


@op("RandomGammaGrad", "T, T -> T", T=frozenset({dtypes.float32, dtypes.float64}), differentiable=False)
def random_gamma_grad(alpha, sample):
    """The derivative of a Gamma(alpha, 1) sample by `alpha` (implicit reparameterisation); the arguments broadcast."""
    shape = shapes.broadcast(alpha.shape, sample.shape)
    return lax.random_gamma_grad(jnp.broadcast_to(alpha, shape), jnp.broadcast_to(sample, shape))


def poisson(state, shape, rate, limit):
    """Poisson(rate) values of shape `shape + rate.shape`, float64: products of uniforms below rate 10, else Hoermann's PTRS.

    Hoermann, "The transformed rejection method for generating Poisson random variables", Insurance: Math. and Econ. 12, 1993.
    """
    samples, rates = math.prod(shape), rate.size
    flat = jnp.repeat(rate.reshape(-1).astype(jnp.float64), samples)
    count = samples * rates
    blocks = _Blocks(jnp.asarray(state), lax.iota(jnp.uint64, count) * jnp.uint64(RESERVED))
    small = flat < SMALL_RATE
    bound, constants = jnp.exp(-flat), _ptrs_constants(jnp.maximum(flat, SMALL_RATE))

    def body(carry):
        done, result, step, uniforms, left, product, x = carry
        u, step, uniforms, left = _next_uniform(blocks, ~done, step, uniforms, left)
        product = jnp.where(small, product * u, product)
        stop = small & (product <= bound) & (x <= limit)
        v, step, uniforms, left = _next_uniform(blocks, ~done & ~small, step, uniforms, left)
        k, accepted = _ptrs_step(u, v, constants, limit)
        accepted = (accepted & ~small | stop) & ~done
        return done | accepted, jnp.where(accepted, jnp.where(small, x, k), result), step, uniforms, left, product, x + 1.0

    zero = jnp.zeros((count,), jnp.float64)
    # a rate that is not a number >= 0 has no distribution: NaN for floats, 0 for integers
    broken = ~(flat >= 0.0) | jnp.isinf(flat)
    first = (broken, jnp.where(broken, jnp.nan, zero), jnp.zeros((count,), jnp.uint64), (zero, zero),
             jnp.zeros((count,), jnp.int32), zero + 1.0, zero)  # fmt: skip
    result = lax.while_loop(lambda carry: ~jnp.all(carry[0]), body, first)[1]
    return result.reshape(rates, samples).T.reshape(*shape, *rate.shape)


def _ptrs_constants(rate):
    b = 0.931 + 2.53 * jnp.sqrt(rate)
    return rate, jnp.log(rate), -0.059 + 0.02483 * b, b, 1.1239 + 1.1328 / (b - 3.4)


def _ptrs_step(u, v, constants, limit):
    rate, log_rate, a, b, inverse_alpha = constants
    u = u - 0.5
    distance = 0.5 - jnp.abs(u)
    k = jnp.floor((2.0 * a / distance + b) * u + rate + 0.43)
    quick = (distance >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2.0))
    hopeless = (k < 0) | ((distance < 0.013) & (v > distance))
    density = -rate + k * log_rate - lax.lgamma(k + 1.0)
    slow = jnp.log(v * inverse_alpha / (a / (distance * distance) + b)) <= density
    return k, (k <= limit) & (quick | (~hopeless & slow))


def _poisson_limit(dtype):
    kind = jnp.finfo(dtype) if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype)
    return float(kind.max)


@op("RandomPoissonV2", "S, R -> dtype", static=("shape",), state=seeded, shape=_parameter_shape, S=SHAPE_TYPES, R=POISSON_TYPES,
    dtype=POISSON_TYPES, differentiable=False)  # fmt: skip
def random_poisson_v2(state, shape, rate, *, seed=0, seed2=0, dtype: "type" = dtypes.int64):
    """Poisson(rate) values of shape `shape + rate.shape`."""
    shape, rate = dimensions(shape), jnp.asarray(rate)
    return advance(state, math.prod(shape) * rate.size), _poisson_values(state, shape, rate, dtype)


def _poisson_values(state, shape, rate, dtype):
    values = poisson(state, shape, rate, _poisson_limit(dtype.np))
    return (jnp.where(jnp.isnan(values), 0.0, values) if dtype.is_integer else values).astype(dtype.np)


@op("RandomPoisson", "S, dtype -> dtype", static=("shape",), state=seeded, shape=_parameter_shape, S=SHAPE_TYPES, dtype=REAL_TYPES,
    differentiable=False)  # fmt: skip
def random_poisson(state, shape, rate, *, seed=0, seed2=0):
    """`RandomPoissonV2` of old graphs: the output has the dtype of `rate`."""
    shape, rate = dimensions(shape), jnp.asarray(rate)
    values = poisson(state, shape, rate, _poisson_limit(rate.dtype))
    return advance(state, math.prod(shape) * rate.size), values.astype(rate.dtype)


def _outer(name, shape, parameter):
    """The leading dimensions of a full output shape that ends in the parameter's shape."""
    shape, tail = dimensions(shape), parameter.shape
    if shape[len(shape) - len(tail) :] != tail:
        raise errors.InvalidArgumentError(
            None, None, f"{name}: shape {list(shape)} must end with the parameter's shape {list(tail)}"
        )
    return shape[: len(shape) - len(tail)]


@op("StatelessRandomGammaV2", "T, Tseed, dtype -> dtype", static=("shape",), shape=shape_input, T=SHAPE_TYPES, Tseed=SHAPE_TYPES,
    dtype=REAL_TYPES, differentiable=False)  # fmt: skip
def stateless_gamma(shape, seed, alpha):
    """Gamma(alpha, 1) values of the full shape `shape`, which ends with `alpha`'s; they depend on the inputs only."""
    alpha = jnp.asarray(alpha)
    head = _outer("StatelessRandomGammaV2", shape, alpha)
    return gamma(philox.stateless_state(seed), head, alpha).astype(alpha.dtype)


@op("StatelessRandomPoisson", "T, Tseed, Rtype -> dtype", static=("shape",), shape=shape_input, T=SHAPE_TYPES, Tseed=SHAPE_TYPES,
    Rtype=POISSON_TYPES, dtype=POISSON_TYPES, differentiable=False)  # fmt: skip
def stateless_poisson(shape, seed, lam, *, dtype: "type"):
    """Poisson(lam) values of the full shape `shape`, which ends with `lam`'s; they depend on the inputs only."""
    lam = jnp.asarray(lam)
    head = _outer("StatelessRandomPoisson", shape, lam)
    return _poisson_values(philox.stateless_state(seed), head, lam, dtype)


default_types(REGISTRY["RandomPoissonV2"], {"R": dtypes.float64})
for _name in ("StatelessMultinomial", "StatelessRandomGammaV2", "StatelessRandomPoisson"):
    default_types(REGISTRY[_name], {"Tseed": dtypes.int64})
