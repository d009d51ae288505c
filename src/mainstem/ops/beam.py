"""`GatherTree`: the sequences of a beam search, read backwards along the parents."""

import jax
import jax.numpy as jnp

from mainstem.base import dtypes
from mainstem.core.registry import op


def _tree_shape(inputs, attrs):
    return [inputs[0].shape]


@op(
    "GatherTree",
    "T, T, int32, T -> beams:T",
    T={dtypes.int32, dtypes.int64},
    shape=_tree_shape,
    differentiable=False,
)
def gather_tree(step_ids, parent_ids, max_sequence_lengths, end_token):
    """The whole beams [time, batch, beam] of ids and parents [time, batch, beam]; after a beam's end `end_token`.

    A parent that is no beam gives -1.
    """
    steps, _, width = step_ids.shape
    here = jnp.broadcast_to(jnp.arange(width, dtype=parent_ids.dtype), step_ids.shape[1:])
    last = jnp.minimum(max_sequence_lengths, steps)[:, None] - 1

    def back(parent, level):
        time, ids, parents = level
        parent = jnp.where(time == last, here, parent)
        valid, at = (parent >= 0) & (parent < width), jnp.clip(parent, 0, width - 1)
        found = jnp.where(valid, jnp.take_along_axis(ids, at, axis=1), -1)
        above = jnp.where(valid, jnp.take_along_axis(parents, at, axis=1), -1)
        return jnp.where(time <= last, above, parent), jnp.where(time <= last, found, end_token)

    times = jnp.arange(steps, dtype=last.dtype)
    beams = jax.lax.scan(back, here, (times, step_ids, parent_ids), reverse=True)[1]
    ends = (beams == end_token).astype(jnp.int32)
    return jnp.where(jnp.cumsum(ends, axis=0, dtype=jnp.int32) > ends, end_token, beams)
