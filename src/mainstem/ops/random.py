"""Random ops on TensorFlow's Philox streams, bit for bit: uniform, integer, normal, truncated normal; stateful and stateless.

A stateful op owns a generator (`philox.initial_state` of its seeds). One run of n outputs moves it on by `RESERVED * n` blocks,
however few were used: the space that TensorFlow reserves so that every output may draw again without meeting its neighbour.
"""

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes, errors
from mainstem.core.registry import REGISTRY, op
from mainstem.ops import philox
from mainstem.ops.twin import default_types

RESERVED = 256
TINY = 1e-7  # the smallest uniform that enters the logarithm of Box-Muller
CUT = 2.0  # truncated normals lie within two standard deviations
SINGLE_BITS, DOUBLE_BITS = np.uint32(127 << 23), np.uint64(1023 << 52)

SHAPE_TYPES = frozenset({dtypes.int32, dtypes.int64})
FLOAT_TYPES = frozenset({dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64})
INTEGER_TYPES = frozenset({dtypes.int32, dtypes.int64})
WIDE_INTEGERS = frozenset({dtypes.int32, dtypes.int64, dtypes.uint32, dtypes.uint64})


def seeded(seed=0, seed2=0, **attrs):
    """The first state of a stateful random op: its generator."""
    return philox.initial_state(seed, seed2)


def shape_input(inputs, attrs):
    """Shape rule: the output has the shape that input 0 holds."""
    return [inputs[0].shape_value()]


def dimensions(shape):
    """A shape input as a tuple of ints. Raises InvalidArgumentError for a negative dimension."""
    shape = tuple(int(d) for d in np.asarray(shape).reshape(-1))
    if any(d < 0 for d in shape):
        raise errors.InvalidArgumentError(
            None, None, f"Dimension -1 must be >= 0 in the shape of random values: {list(shape)}."
        )
    return shape


def to_single(word):
    """`uint32` words -> float32 in [0, 1): the low 23 bits become the mantissa."""
    return lax.bitcast_convert_type((word & jnp.uint32(0x7FFFFF)) | SINGLE_BITS, jnp.float32) - jnp.float32(1)


def to_double(high, low):
    """Two `uint32` words a value -> float64 in [0, 1): 20 bits of `high` and all of `low` become the mantissa."""
    return lax.bitcast_convert_type(_double_word(high, low), jnp.float64) - jnp.float64(1)


def _double_word(high, low):
    return ((high & jnp.uint32(0xFFFFF)).astype(jnp.uint64) << jnp.uint64(32)) | low.astype(jnp.uint64) | DOUBLE_BITS


def _to_small(word, dtype):
    # half: 10 bits of mantissa; bfloat16: 7 bits
    mask, one = (0x3FF, 15 << 10) if dtype == jnp.float16 else (0x7F, 127 << 7)
    bits = (word.astype(jnp.uint16) & jnp.uint16(mask)) | jnp.uint16(one)
    return lax.bitcast_convert_type(bits, dtype) - jnp.ones((), dtype)


def uniform(state, shape, dtype):
    """Uniform values in [0, 1) of a float NumPy `dtype` from generator `state`; float64 uses two words a value."""
    count = math.prod(shape)
    if dtype == np.float64:
        a, b, c, d = philox.lanes(state, -(-count // 2))
        flat = philox.interleave((_double_word(a, b), _double_word(c, d)), count)
        flat = lax.bitcast_convert_type(flat, jnp.float64) - jnp.float64(1)
    else:
        words = philox.words(state, count)
        flat = to_single(words) if dtype == np.float32 else _to_small(words, dtype)
    return flat.reshape(shape)


def integers(state, shape, low, high, dtype):
    """Integers in [low, high): `low + word % (high - low)`, in the unsigned type, as wide as `dtype` (64-bit: two words)."""
    count, unsigned = math.prod(shape), np.dtype(f"uint{8 * dtype.itemsize}")
    low, high = (lax.bitcast_convert_type(jnp.asarray(v, dtype), unsigned) for v in (low, high))
    words = bits(state, count, unsigned)
    flat = low + words % (high - low)
    return lax.bitcast_convert_type(flat, dtype).reshape(shape)


def bits(state, count, unsigned):
    """The next `count` integers of the full range of `unsigned` (uint32 or uint64; the low word comes first)."""
    if unsigned == np.uint32:
        return philox.words(state, count)
    a, b, c, d = (lane.astype(jnp.uint64) for lane in philox.lanes(state, -(-count // 2)))
    return philox.interleave((a | (b << jnp.uint64(32)), c | (d << jnp.uint64(32))), count)


def box_muller(u, v):
    """Two independent standard normals from two uniforms in [0, 1) of one float dtype: the sine first, then the cosine."""
    radius = jnp.sqrt(u.dtype.type(-2) * jnp.log(jnp.maximum(u, u.dtype.type(TINY))))
    # TensorFlow multiplies by 2 pi in double precision also for float32
    angle = (jnp.float64(2 * math.pi) * v.astype(jnp.float64)).astype(v.dtype)
    return jnp.sin(angle) * radius, jnp.cos(angle) * radius


def normal_lanes(words, dtype):
    """A block (four word arrays) -> the normals it gives: four float32 arrays, or two float64 ones."""
    if dtype == np.float64:
        return box_muller(to_double(words[0], words[1]), to_double(words[2], words[3]))
    a, b, c, d = (to_single(w) for w in words)
    return (*box_muller(a, b), *box_muller(c, d))


def normal(state, shape, dtype):
    """Standard normal values of a float NumPy `dtype` by Box and Muller's method; half types are rounded float32 values."""
    count = math.prod(shape)
    per_block = 2 if dtype == np.float64 else 4
    columns = normal_lanes(philox.lanes(state, -(-count // per_block)), dtype)
    return philox.interleave(columns, count).astype(dtype).reshape(shape)


def truncated_normal(state, shape, dtype):
    """Standard normal values within (-2, 2), drawn again where outside.

    Outputs come in groups (4, or 2 of float64); a group owns `RESERVED` words an output and takes the first values of its own
    stream that pass, so a group that never misses equals `normal`.
    """
    count = math.prod(shape)
    wide, group = (np.float64, 2) if dtype == np.float64 else (np.float32, 4)
    size = -(-count // group)
    state = jnp.asarray(state)
    start = lax.iota(jnp.uint64, size) * jnp.uint64(group * RESERVED // 4)

    def draw(carry):
        # one draw in the program, for all groups at once: a second one for the few that need it costs 0.5 s to compile, and
        # networks have dozens of initialisers; the barrier keeps XLA from computing the cipher once for each selected value
        step, filled, values = carry
        for x in lax.optimization_barrier(normal_lanes(philox.lanes_at(state, start + step), wide)):
            fits = jnp.abs(x) < wide(CUT)
            values = tuple(jnp.where(fits & (filled == i), x, v) for i, v in enumerate(values))
            filled = filled + fits.astype(jnp.int32)
        return step + jnp.uint64(1), filled, values

    empty = (jnp.uint64(0), jnp.zeros((size,), jnp.int32), tuple(jnp.zeros((size,), wide) for _ in range(group)))
    values = lax.while_loop(lambda carry: jnp.any(carry[1] < group), draw, empty)[2]
    return philox.interleave(values, count).astype(dtype).reshape(shape)


def advance(state, count):
    """The generator after a run of `count` outputs."""
    return philox.skip(state, RESERVED * count)


def _check_range(name, low, high):
    if philox.is_traced(low) or philox.is_traced(high):
        return
    if not int(low) < int(high):
        raise errors.InvalidArgumentError(None, None, f"{name}: Need minval < maxval, got {int(low)} >= {int(high)}")


@op("RandomUniform", "T -> dtype", static=("shape",), shape=shape_input, state=seeded, T=SHAPE_TYPES, dtype=FLOAT_TYPES,
    differentiable=False)  # fmt: skip
def random_uniform(state, shape, *, seed=0, seed2=0, dtype: "type"):
    """Uniform values in [0, 1) of shape `shape`."""
    shape = dimensions(shape)
    return advance(state, math.prod(shape)), uniform(state, shape, dtype.np)


@op("RandomUniformInt", "T, Tout, Tout -> Tout", static=("shape",), shape=shape_input, state=seeded, T=SHAPE_TYPES,
    Tout=INTEGER_TYPES, differentiable=False)  # fmt: skip
def random_uniform_int(state, shape, minval, maxval, *, seed=0, seed2=0, Tout: "type"):
    """Integers in [minval, maxval) of shape `shape`; `minval` and `maxval` are scalars."""
    shape = dimensions(shape)
    _check_range("RandomUniformInt", minval, maxval)
    return advance(state, math.prod(shape)), integers(state, shape, minval, maxval, Tout.np)


@op("RandomStandardNormal", "T -> dtype", static=("shape",), shape=shape_input, state=seeded, T=SHAPE_TYPES, dtype=FLOAT_TYPES,
    differentiable=False)  # fmt: skip
def random_standard_normal(state, shape, *, seed=0, seed2=0, dtype: "type"):
    """Normal values of mean 0 and standard deviation 1, of shape `shape`."""
    shape = dimensions(shape)
    return advance(state, math.prod(shape)), normal(state, shape, dtype.np)


@op("TruncatedNormal", "T -> dtype", static=("shape",), shape=shape_input, state=seeded, T=SHAPE_TYPES, dtype=FLOAT_TYPES,
    differentiable=False)  # fmt: skip
def truncated_normal_op(state, shape, *, seed=0, seed2=0, dtype: "type"):
    """Normal values of mean 0 and standard deviation 1 within (-2, 2), of shape `shape`."""
    shape = dimensions(shape)
    return advance(state, math.prod(shape)), truncated_normal(state, shape, dtype.np)


@op("RandomShuffle", "T -> T", host=True, state=seeded, shape=lambda inputs, attrs: [inputs[0].shape], differentiable=False)
def random_shuffle(state, value, *, seed=0, seed2=0):
    """`value` with its rows (dimension 0) in random order: element i changes places with one of i, i+1, .., n-1."""
    value = np.asarray(value)
    size = value.shape[0] if value.ndim else 0
    if size <= 1 or value.size <= 1:
        return state, value
    return philox.host_skip(np.asarray(state), (size + 2) // 4), value[permutation(state, size)]


def permutation(state, size):
    """The order that a shuffle of `size` rows gives: NumPy `int64[size]`."""
    draws = philox.HostStream(state, batch=-(-size // 4)).take(size - 1)
    ahead = (draws % np.arange(size, 1, -1, dtype=np.uint32)).tolist()
    order = list(range(size))
    for i, step in enumerate(ahead):
        order[i], order[i + step] = order[i + step], order[i]
    return np.array(order, np.int64)


def _stateless(name, make, kinds=FLOAT_TYPES):
    @op(name, "T, Tseed -> dtype", static=("shape",), shape=shape_input, T=SHAPE_TYPES, Tseed=SHAPE_TYPES, dtype=kinds,
        differentiable=False)  # fmt: skip
    def kernel(shape, seed, *, dtype: "type" = dtypes.float32):
        """Random values that depend on `shape` and `seed` (an integer array of shape [2]) only."""
        return make(philox.stateless_state(seed), dimensions(shape), dtype.np)

    return kernel


def _stateless_v2(name, make, kinds=FLOAT_TYPES):
    @op(name, "Tshape, key:uint64, counter:uint64, alg:int32 -> dtype", static=("shape",), shape=shape_input, Tshape=SHAPE_TYPES,
        dtype=kinds, differentiable=False)  # fmt: skip
    def kernel(shape, key, counter, alg, *, dtype: "type" = dtypes.float32):
        """Random values that depend on `shape`, `key` `uint64[1]` and `counter` `uint64[2]` only; `alg` is Philox."""
        return make(philox.keyed_state(key, counter), dimensions(shape), dtype.np)

    return kernel


def _full_range(state, shape, dtype):
    unsigned = np.dtype(f"uint{8 * dtype.itemsize}")
    flat = bits(state, math.prod(shape), unsigned)
    return lax.bitcast_convert_type(flat, dtype).reshape(shape)


stateless_uniform = _stateless("StatelessRandomUniform", uniform)
stateless_normal = _stateless("StatelessRandomNormal", normal)
stateless_truncated_normal = _stateless("StatelessTruncatedNormal", truncated_normal)
stateless_full_int = _stateless("StatelessRandomUniformFullInt", _full_range, WIDE_INTEGERS)
stateless_uniform_v2 = _stateless_v2("StatelessRandomUniformV2", uniform)
stateless_normal_v2 = _stateless_v2("StatelessRandomNormalV2", normal)
stateless_truncated_normal_v2 = _stateless_v2("StatelessTruncatedNormalV2", truncated_normal)
stateless_full_int_v2 = _stateless_v2("StatelessRandomUniformFullIntV2", _full_range, WIDE_INTEGERS)


@op("StatelessRandomUniformInt", "T, Tseed, dtype, dtype -> dtype", static=("shape",), shape=shape_input, T=SHAPE_TYPES,
    Tseed=SHAPE_TYPES, dtype=INTEGER_TYPES, differentiable=False)  # fmt: skip
def stateless_uniform_int(shape, seed, minval, maxval, *, dtype: "type"):
    """Integers in [minval, maxval) that depend on `shape` and `seed` only."""
    _check_range("StatelessRandomUniformInt", minval, maxval)
    return integers(philox.stateless_state(seed), dimensions(shape), minval, maxval, dtype.np)


@op("StatelessRandomUniformIntV2", "Tshape, key:uint64, counter:uint64, alg:int32, dtype, dtype -> dtype", static=("shape",),
    shape=shape_input, Tshape=SHAPE_TYPES, dtype=WIDE_INTEGERS, differentiable=False)  # fmt: skip
def stateless_uniform_int_v2(shape, key, counter, alg, minval, maxval, *, dtype: "type"):
    """Integers in [minval, maxval) that depend on `shape`, `key` and `counter` only."""
    _check_range("StatelessRandomUniformIntV2", minval, maxval)
    return integers(philox.keyed_state(key, counter), dimensions(shape), minval, maxval, dtype.np)


@op("StatelessRandomGetKeyCounter", "Tseed -> key:uint64, counter:uint64", Tseed=SHAPE_TYPES, differentiable=False,
    shape=lambda inputs, attrs: [(1,), (2,)])  # fmt: skip
def stateless_key_counter(seed):
    """The key `uint64[1]` and the counter `uint64[2]` that the pair `seed` stands for."""
    words = philox.stateless_state(seed).astype(jnp.uint64)
    pairs = words[0::2] | (words[1::2] << jnp.uint64(32))
    return pairs[:1], pairs[1:]


@op("StatelessRandomGetAlg", " -> alg:int32", differentiable=False, shape=lambda inputs, attrs: [()])
def stateless_alg():
    """The number of the algorithm that stateless ops use here: 1, Philox."""
    return jnp.int32(1)


for _name in ("StatelessRandomUniform", "StatelessRandomNormal", "StatelessTruncatedNormal"):
    default_types(REGISTRY[_name], {"T": dtypes.int32, "Tseed": dtypes.int64})
    default_types(REGISTRY[_name + "V2"], {"Tshape": dtypes.int32})
for _name, _types in (
    ("StatelessRandomUniformFullInt", {"dtype": dtypes.uint64, "T": dtypes.int32, "Tseed": dtypes.int64}),
    ("StatelessRandomUniformFullIntV2", {"dtype": dtypes.uint64, "Tshape": dtypes.int32}),
    ("StatelessRandomUniformInt", {"Tseed": dtypes.int64}),
    ("StatelessRandomUniformIntV2", {"Tshape": dtypes.int32}),
    ("StatelessRandomGetKeyCounter", {"Tseed": dtypes.int64}),
):
    default_types(REGISTRY[_name], _types)
