"""A loop whose length only the run knows, with a reverse-mode gradient: `lax.while_loop` has none.

Going backwards needs the state before every step. Storing them all needs a bound; here a fixed number of states is stored and the
others are computed again from the nearest one before (checkpointing on two levels: up to 1,024 steps each step is computed three
times; beyond, parts of n / 1,024 steps are computed again for each of their steps). The backward pass is made of such loops, so
that it has a gradient, too.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

SLOTS = 32  # states stored on each level
LEVELS = 2


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def loop(cond, step, consts, first):
    """Repeats `carry = step(consts, carry)` from `first` as long as `cond(consts, carry)`; gives the last carry.

    `cond` and `step` are pure functions of pytrees that close over no traced value.
    """
    return jax.lax.while_loop(lambda c: cond(consts, c), lambda c: step(consts, c), first)


def _forward(cond, step, consts, first):
    n, last = jax.lax.while_loop(lambda c: cond(consts, c[1]), lambda c: (c[0] + 1, step(consts, c[1])), (jnp.int32(0), first))
    return last, (consts, first, n)


def _backward(cond, step, residuals, grads):
    consts, first, n = residuals
    parts = _Parts(step, consts, first)
    ct = ([g for g, f in zip(jax.tree.leaves(grads), parts.carry_is_float) if f], parts.zero_consts(consts))
    ct = parts.back(LEVELS, consts, first, n, ct)
    return parts.filled(ct[1], consts, parts.consts_is_float), parts.filled(ct[0], first, parts.carry_is_float)


loop.defvjp(_forward, _backward)


def times(n, step, consts, first):
    """`carry = step((n, consts), i, carry)` for i in 0 … n - 1, as a `loop`."""
    return loop(_below, functools.partial(_next, step), (n, consts), (jnp.int32(0), first))[1]


def _below(consts, carry):
    return carry[0] < consts[0]


def _next(step, consts, carry):
    return carry[0] + 1, step(consts[1], carry[0], carry[1])


def _is_float(x):
    return jnp.issubdtype(x.dtype, jnp.inexact)


class _Parts:
    """A step taken apart into what has a gradient and what has none. Holds no traced values."""

    def __init__(self, step, consts, carry):
        self.step = step
        self.consts_is_float = [_is_float(x) for x in jax.tree.leaves(consts)]
        self.carry_is_float = [_is_float(x) for x in jax.tree.leaves(carry)]

    def zero_consts(self, consts):
        """A zero gradient for every floating constant."""
        return [jnp.zeros(x.shape, x.dtype) for x in jax.tree.leaves(consts) if _is_float(x)]

    @staticmethod
    def filled(floats, like, is_float):
        """The gradients in the structure of `like`; leaves without gradient get JAX's zero of integers."""
        floats, leaves = iter(floats), jax.tree.leaves(like)
        full = [next(floats) if f else np.zeros(x.shape, jax.dtypes.float0) for x, f in zip(leaves, is_float)]
        return jax.tree.unflatten(jax.tree.structure(like), full)

    def pull(self, consts, carry, ct):
        """The gradients before one step from those after it; those of the constants add up."""
        leaves, form = jax.tree.flatten((consts, carry))
        is_float = self.consts_is_float + self.carry_is_float

        def run(floats):
            floats = iter(floats)
            full = [next(floats) if f else x for x, f in zip(leaves, is_float)]
            after = jax.tree.leaves(self.step(*jax.tree.unflatten(form, full)))
            return [x for x, f in zip(after, self.carry_is_float) if f]

        _, back = jax.vjp(run, [x for x, f in zip(leaves, is_float) if f])
        found = back(ct[0])[0]
        count = sum(self.consts_is_float)
        return found[count:], [a + b for a, b in zip(ct[1], found[:count])]

    def advance(self, consts, i, carry):
        """One step, as `times` wants it."""
        return self.step(consts, carry)

    def back(self, level, consts, state, n, ct):
        """The gradients before `n` steps from those after them; `state` is the carry before the first."""
        if level == 0:
            return times(n, self.one_back, (consts, state, n), ct)
        stride = jnp.maximum(1, (n + SLOTS - 1) // SLOTS)
        used = (n + stride - 1) // stride
        store = jax.tree.map(lambda x: jnp.zeros((SLOTS, *x.shape), x.dtype), state)
        _, store = times(used, self.keep, (consts, stride, n), (state, store))
        return times(used, functools.partial(self.part_back, level), (consts, stride, n, used, store), ct)

    def keep(self, consts, j, carry):
        """Stores the state before part `j` and goes on to the next."""
        inner, stride, n = consts
        state, store = carry
        store = jax.tree.map(lambda buffer, x: jax.lax.dynamic_update_index_in_dim(buffer, x, j, 0), store, state)
        return times(jnp.minimum(stride, n - j * stride), self.advance, inner, state), store

    def part_back(self, level, consts, k, ct):
        """Goes back over the part that is `k`-th from the end."""
        inner, stride, n, used, store = consts
        j = used - 1 - k
        state = jax.tree.map(lambda buffer: jax.lax.dynamic_index_in_dim(buffer, j, 0, keepdims=False), store)
        return self.back(level - 1, inner, state, jnp.minimum(stride, n - j * stride), ct)

    def one_back(self, consts, k, ct):
        """Goes back over the step that is `k`-th from the end of a part."""
        inner, state, n = consts
        return self.pull(inner, times(n - 1 - k, self.advance, inner, state), ct)
