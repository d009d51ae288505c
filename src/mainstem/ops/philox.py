"""Philox4x32-10, the counter-based generator under every TensorFlow random op, as pure functions on `uint32` arrays.

A generator is a `uint32[6]` array `[key0, key1, c0, c1, c2, c3]`: the 64-bit key and the 128-bit counter of the next block,
low words first. A block is four `uint32` words; block `i` after the current one is the cipher of `counter + i`.

Reference: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
STATE_WORDS = 6
# The fixed generator that scrambles the two seeds of a stateless op, so that close seeds give unrelated streams.
SCRAMBLE_KEY = (0x3EC8F720, 0x02461E29)


def split64(value):
    """The low and the high 32 bits of a Python integer, as two Python integers (two's complement for negatives)."""
    value = int(value) & 0xFFFFFFFFFFFFFFFF
    return value & 0xFFFFFFFF, value >> 32


def initial_state(seed, seed2):
    """The generator with which an op that has attrs `seed`, `seed2` starts: key from `seed`, high counter from `seed2`.

    Both zero means "seed me from the operating system", as for every stateful TensorFlow op. Returns a NumPy `uint32[6]`.
    """
    seed, seed2 = int(seed), int(seed2)
    if seed == 0 and seed2 == 0:
        seed, seed2 = (int(word) for word in np.random.SeedSequence().generate_state(2, np.uint64))
    return np.array([*split64(seed), 0, 0, *split64(seed2)], np.uint32)


def stateless_state(seed):
    """The generator of a stateless op from its `seed`, an integer array of shape [2]; traceable. Returns `uint32[6]`."""
    low, high = _words64(seed[0]), _words64(seed[1])
    words = rounds((low[0], low[1], high[0], high[1]), tuple(jnp.uint32(k) for k in SCRAMBLE_KEY))
    zero = jnp.uint32(0)
    return jnp.stack([words[0], words[1], zero, zero, words[2], words[3]])


def keyed_state(key, counter):
    """The generator of a V2 stateless op: `key` is `uint64[1]`, `counter` is `uint64[2]` (low word first)."""
    words = [*_words64(key[0]), *_words64(counter[0]), *_words64(counter[1])]
    return jnp.stack(words)


def _words64(value):
    """Low and high `uint32` of a traced integer scalar; 32-bit seeds are sign-extended, as a C++ conversion does."""
    wide = jnp.asarray(value).astype(jnp.int64).astype(jnp.uint64) if value.dtype != jnp.uint64 else value
    return wide.astype(jnp.uint32), (wide >> jnp.uint64(32)).astype(jnp.uint32)


def skip(state, blocks):
    """The generator `blocks` blocks later (a Python int >= 0 or a traced unsigned scalar); carries through all 128 bits."""
    wide = jnp.asarray(blocks, jnp.uint64)
    add = (wide.astype(jnp.uint32), (wide >> jnp.uint64(32)).astype(jnp.uint32), jnp.uint32(0), jnp.uint32(0))
    state = jnp.asarray(state)
    words, carry = [state[0], state[1]], jnp.uint64(0)
    for i in range(4):
        total = state[2 + i].astype(jnp.uint64) + add[i].astype(jnp.uint64) + carry
        words.append(total.astype(jnp.uint32))
        carry = total >> jnp.uint64(32)
    return jnp.stack(words)


def rounds(counter, key):
    """Ten Philox rounds: `counter` four and `key` two `uint32` arrays of one shape (or scalars) -> four word arrays."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        high0, low0 = _multiply(MULTIPLIERS[0], c0)
        high1, low1 = _multiply(MULTIPLIERS[1], c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = k0 + jnp.uint32(KEY_STEPS[0]), k1 + jnp.uint32(KEY_STEPS[1])
    return c0, c1, c2, c3


def _multiply(constant, x):
    # A 64-bit product beats 16-bit halves on CPU: 44 against 55 ms for 10M words (2 cores), 60 against 650 where XLA
    # fuses the rounds into an interleaving consumer.
    product = jnp.uint64(constant) * x.astype(jnp.uint64)
    return (product >> jnp.uint64(32)).astype(jnp.uint32), product.astype(jnp.uint32)


def lanes_at(state, offset):
    """The words of the blocks `offset` (a `uint64` array of any shape) after `state`: four `uint32` arrays of that shape."""
    base = state[2].astype(jnp.uint64) | (state[3].astype(jnp.uint64) << jnp.uint64(32))
    low = base + offset
    carry = (low < base).astype(jnp.uint32)
    c2 = state[4] + carry
    c3 = state[5] + (c2 < carry).astype(jnp.uint32)
    c0, c1 = low.astype(jnp.uint32), (low >> jnp.uint64(32)).astype(jnp.uint32)
    return rounds((c0, c1, c2, c3), (state[0], state[1]))


def lanes(state, blocks):
    """The words of the next `blocks` blocks (a Python int): four `uint32` arrays of shape [blocks]."""
    return lanes_at(jnp.asarray(state), lax.iota(jnp.uint64, blocks))


def interleave(columns, count):
    """Merge equally long vectors element by element and keep the first `count` values: `[a0, b0, .., a1, b1, ..]`.

    Lanes of 32 bits travel in pairs as one 64-bit word, behind a barrier: else XLA on CPU recomputes the whole cipher for
    every output element (47 ms against 58 to 100 for 10M).
    """
    if columns[0].dtype.itemsize == 4 and len(columns) % 2 == 0:
        return _interleave_pairs(columns, count)
    columns = lax.optimization_barrier(tuple(columns))
    return jnp.stack(columns, axis=-1).reshape(-1)[:count]


def _interleave_pairs(columns, count):
    dtype = columns[0].dtype
    words = [_bits(column).astype(jnp.uint64) for column in columns]
    pairs = tuple(words[i] | (words[i + 1] << jnp.uint64(32)) for i in range(0, len(words), 2))
    pairs = lax.optimization_barrier(pairs)
    merged = jnp.stack(pairs, axis=-1).reshape(-1)
    flat = lax.bitcast_convert_type(merged, jnp.uint32).reshape(-1)[:count]
    return flat if dtype == jnp.uint32 else lax.bitcast_convert_type(flat, dtype)


def _bits(column):
    return column if column.dtype == jnp.uint32 else lax.bitcast_convert_type(column, jnp.uint32)


def words(state, count):
    """The next `count` 32-bit words in stream order, `uint32[count]`."""
    return interleave(lanes(state, -(-count // 4)), count)


class HostStream:
    """A sequential reader of one generator in NumPy, for ops whose number of draws depends on the values drawn.

    Words are produced in batches that double up to `LIMIT` blocks.
    """

    LIMIT = 1 << 14

    def __init__(self, state, batch=64):
        self.state = np.asarray(state, np.uint32)
        self.batch, self.done = batch, 0
        self.buffer, self.at = np.empty(0, np.uint32), 0

    def take(self, count):
        """The next `count` words as a NumPy `uint32` array."""
        while self.buffer.size - self.at < count:
            blocks = max(self.batch, -(-count // 4))
            fresh = host_words(host_skip(self.state, self.done), blocks)
            self.buffer, self.at = np.concatenate([self.buffer[self.at :], fresh]), 0
            self.done += blocks
            self.batch = min(2 * self.batch, self.LIMIT)
        self.at += count
        return self.buffer[self.at - count : self.at]


def host_skip(state, blocks):
    """`skip` in NumPy for a Python integer of any size."""
    key, counter = state[:2], state[2:]
    value = sum(int(word) << (32 * i) for i, word in enumerate(counter)) + int(blocks)
    return np.array([*key, *((value >> (32 * i)) & 0xFFFFFFFF for i in range(4))], np.uint32)


def host_stateless_state(seed):
    """`stateless_state` in NumPy."""
    first, second = np.asarray(seed).tolist()
    mixed = host_words(np.array([*SCRAMBLE_KEY, *split64(first), *split64(second)], np.uint32), 1)
    return np.array([*mixed[:2], 0, 0, *mixed[2:]], np.uint32)


def host_lanes(state, offset):
    """`lanes_at` in NumPy: `offset` is a `uint64` array; four `uint32` arrays of its shape."""
    base = np.uint64(state[2]) | (np.uint64(state[3]) << np.uint64(32))
    low = base + offset
    carry = (low < base).astype(np.uint32)
    c0, c1 = low.astype(np.uint32), (low >> np.uint64(32)).astype(np.uint32)
    c2 = np.uint32(state[4]) + carry
    c3 = np.uint32(state[5]) + (c2 < carry).astype(np.uint32)
    k0, k1 = int(state[0]), int(state[1])
    for _ in range(ROUNDS):
        p0 = np.uint64(MULTIPLIERS[0]) * c0.astype(np.uint64)
        p1 = np.uint64(MULTIPLIERS[1]) * c2.astype(np.uint64)
        h0, l0 = (p0 >> np.uint64(32)).astype(np.uint32), p0.astype(np.uint32)
        h1, l1 = (p1 >> np.uint64(32)).astype(np.uint32), p1.astype(np.uint32)
        c0, c1, c2, c3 = h1 ^ c1 ^ np.uint32(k0), l1, h0 ^ c3 ^ np.uint32(k1), l0
        k0, k1 = (k0 + KEY_STEPS[0]) & 0xFFFFFFFF, (k1 + KEY_STEPS[1]) & 0xFFFFFFFF
    return c0, c1, c2, c3


def host_words(state, blocks):
    """The words of the next `blocks` blocks in stream order, NumPy `uint32[4 * blocks]`."""
    columns = host_lanes(state, np.arange(blocks, dtype=np.uint64))
    return np.stack(columns, axis=-1).reshape(-1)


def is_traced(value):
    """Whether `value` is known only inside a traced program, so that a value check must be left out."""
    return isinstance(value, jax.core.Tracer)
