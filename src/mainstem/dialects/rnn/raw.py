"""`raw_rnn`: a loop over time in which a function of the user's gives inputs, states and outputs."""

from mainstem.base import dtypes, nest, shapes
from mainstem.dialects.rnn.cell import assert_like_rnncell, dims
from mainstem.dialects.rnn.dynamic import kept
from mainstem.ops import math as math_ops
from mainstem.surface import array, reduce
from mainstem.surface.framework import constant_v1, convert_to_tensor
from mainstem.surface.tensor_array import TensorArray
from mainstem.surface.variable_scope import variable_scope
from mainstem.surface.while_loop import while_loop_v1


def raw_rnn(cell, loop_fn, parallel_iterations=None, swap_memory=False, scope=None):
    """Runs `cell` as long as `loop_fn` says; gives (TensorArrays of the emitted values, last state, last loop state).

    Args:
        cell: an `RNNCell`.
        loop_fn: `loop_fn(time, cell_output, cell_state, loop_state)` gives (finished [batch], next input, next cell state, what to
            emit, next loop state). It is called first with time 0 and None for the others: then it gives the first state and a
            sample, without the batch, of what will be emitted, or None for tensors of `cell.output_size`.
        scope: of the variables, a name or a `VariableScope`; "rnn" by default.
        parallel_iterations, swap_memory: accepted; the compiler decides.

    Rows that are finished emit zeros and keep their state. Raises TypeError when `cell` is no cell or `loop_fn` no function.
    """
    assert_like_rnncell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with variable_scope(scope or "rnn"):
        time = constant_v1(0, dtypes.int32)
        finished, first, state, sample, loop_state = loop_fn(time, None, None, None)
        first, state = (nest.map_structure(convert_to_tensor, v) for v in (first, state))
        loop_state = constant_v1(0, dtypes.int32) if loop_state is None else loop_state
        batch = _batch(nest.flatten(first))
        nest.assert_same_structure(state, cell.state_size)
        emitted = _Emitted(cell, sample, state, batch)

        def step(time, finished, now, state, arrays, loop_state):
            output, after = cell(now, state)
            nest.assert_same_structure(state, after)
            nest.assert_same_structure(cell.output_size, output)
            ended, following, after, emit, new = loop_fn(time + 1, output, after, loop_state)
            nest.assert_same_structure(state, after)
            nest.assert_same_structure(now, following)
            emit = nest.map_structure(convert_to_tensor, emitted.like if emit is None else emit)
            emit = nest.map_structure(lambda old, e: kept(finished, old, e), emitted.zeros, emit)
            after = nest.map_structure(lambda old, t: kept(finished, old, convert_to_tensor(t)), state, after)
            arrays = nest.map_structure(lambda a, e: a.write(time, e), arrays, emit)
            new = loop_state if new is None else new
            return time + 1, math_ops.logical_or(finished, ended), following, after, arrays, new

        made = while_loop_v1(
            lambda time, finished, *_: math_ops.logical_not(reduce.reduce_all(finished)),
            step,
            (time, convert_to_tensor(finished), first, state, emitted.arrays, loop_state),
            parallel_iterations=parallel_iterations or 32,
            swap_memory=swap_memory,
        )
    return made[4], made[3], None if loop_state is None else made[5]


def _batch(flat):
    """The batch size of [batch, ..] tensors: a number where one of them tells it, else a scalar tensor."""
    known = [x._shape[0] for x in flat if x._shape is not None and x._shape[0] is not None]
    return known[0] if known else array.shape(flat[0])[0]


class _Emitted:
    """What each step gives: empty arrays for it, and zeros for rows that are finished, in the structure of the sample."""

    def __init__(self, cell, sample, state, batch):
        if sample is None:
            sizes, kinds = cell.output_size, [nest.flatten(state)[0].dtype.base_dtype] * len(nest.flatten(cell.output_size))
        else:
            sample = nest.map_structure(convert_to_tensor, sample)
            sizes = nest.map_structure(lambda t: shapes.TensorShape(t._shape), sample)
            kinds = [t.dtype.base_dtype for t in nest.flatten(sample)]
        flat, static = [dims(s) for s in nest.flatten(sizes)], batch if isinstance(batch, int) else None
        arrays = [
            TensorArray(k, 0, dynamic_size=True, element_shape=[static, *s], tensor_array_name=f"rnn_output_{i}")
            for i, (k, s) in enumerate(zip(kinds, flat))
        ]
        zeros = [array.zeros([batch, *s], k) for k, s in zip(kinds, flat)]
        self.like = sizes
        self.arrays, self.zeros = nest.pack_sequence_as(sizes, arrays), nest.pack_sequence_as(sizes, zeros)
