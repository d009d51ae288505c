"""`dynamic_rnn` and `raw_rnn`: a cell in a loop over time, built once."""

from mainstem.base import dtypes, nest
from mainstem.dialects.rnn.cell import assert_like_rnncell, batched, dims
from mainstem.ops import math as math_ops
from mainstem.surface import array
from mainstem.surface.framework import constant_v1, convert_to_tensor, identity, name_scope
from mainstem.surface.masking import where_v1
from mainstem.surface.tensor_array import TensorArray
from mainstem.surface.variable_scope import variable_scope
from mainstem.surface.while_loop import while_loop_v1


def transpose_batch_time(x):
    """`x` with its first two axes exchanged; tensors of unknown or lower rank as they are."""
    known = convert_to_tensor(x)._shape
    if known is None or len(known) < 2:
        return x
    return array.transpose_v1(x, [1, 0, *range(2, len(known))])


def best_effort_input_batch_size(flat_input):
    """The batch size of time-major inputs [time, batch, ..]: a number where one of them tells it, else a scalar tensor."""
    for x in flat_input:
        known = x._shape
        if known is not None and len(known) >= 2 and known[1] is not None:
            return known[1]
    return array.shape(flat_input[0])[1]


def lengths_of(sequence_length):
    """`sequence_length` as an int32 vector. Raises ValueError for another rank."""
    if sequence_length is None:
        return None
    lengths = math_ops.cast(convert_to_tensor(sequence_length), DstT=dtypes.int32)
    if lengths._shape is not None and len(lengths._shape) != 1:
        raise ValueError(f"sequence_length must be a vector of length batch_size, but saw shape: {lengths.shape}")
    return identity(lengths, name="sequence_length")


def first_state(cell, initial_state, batch_size, dtype):
    """The state with which a loop begins. Raises ValueError when neither it nor a dtype is given."""
    if initial_state is not None:
        return initial_state
    if not dtype:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    if hasattr(cell, "get_initial_state"):
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def kept(finished, old, new):
    """`old` in the rows that have `finished` [batch], `new` in the others; arrays and scalars are `new`."""
    if isinstance(new, TensorArray) or new._shape == ():
        return new
    made = where_v1(finished, old, new)
    if not made._is_eager:
        made.set_shape(new.shape)
    return made


def state_dtype(dtype, state):
    """The dtype of outputs: `dtype`, else that of all of the state. Raises ValueError when its parts differ."""
    if dtype is not None:
        return dtype
    kinds = {t.dtype.base_dtype for t in nest.flatten(state)}
    if len(kinds) != 1:
        raise ValueError("State has tensors of different inferred_dtypes. Unable to infer a single representative dtype.")
    return kinds.pop()


def dynamic_rnn(
    cell,
    inputs,
    sequence_length=None,
    initial_state=None,
    dtype=None,
    parallel_iterations=None,
    swap_memory=False,
    time_major=False,
    scope=None,
):
    """Runs `cell` over time; gives (outputs, last state).

    Args:
        cell: an `RNNCell`.
        inputs: [batch, time, ..], or nested tuples of such tensors.
        sequence_length: [batch], integers: how many steps of each sequence there are. Later outputs are zeros, and the state is
            that after the last step.
        initial_state: in the structure of `cell.state_size`; zeros of `dtype` by default.
        dtype: of the initial state and the outputs; needed without `initial_state`.
        time_major: inputs and outputs are [time, batch, ..], which saves two transpositions.
        scope: of the variables, a name or a `VariableScope`; "rnn" by default.
        parallel_iterations, swap_memory: accepted; the compiler decides.

    Raises TypeError when `cell` is no cell, ValueError for inputs whose depth is not known, lengths that are no vector, and when
    neither `initial_state` nor `dtype` is given.
    """
    assert_like_rnncell("cell", cell)
    with variable_scope(scope or "rnn"):
        flat = [convert_to_tensor(x) for x in nest.flatten(inputs)]
        if not time_major:
            flat = [transpose_batch_time(x) for x in flat]
        lengths = lengths_of(sequence_length)
        batch = best_effort_input_batch_size(flat)
        state = first_state(cell, initial_state, batch, dtype)
        outputs, last = over_time(
            cell, nest.pack_sequence_as(inputs, flat), state, lengths, dtype, parallel_iterations or 32, swap_memory
        )
        if not time_major:
            outputs = nest.map_structure(transpose_batch_time, outputs)
        return outputs, last


class _Steps:
    """The number of steps of time-major inputs, a number where it is known, and their static batch size."""

    def __init__(self, flat):
        if any(x._shape is None or len(x._shape) < 2 for x in flat):
            raise ValueError("Inputs must be at least rank 3, [time, batch, depth]: their shapes are not known")
        times, batches = {x._shape[0] for x in flat} - {None}, {x._shape[1] for x in flat} - {None}
        for x in flat:
            if None in x._shape[2:]:
                raise ValueError("Input size (depth of inputs) must be accessible via shape inference, but saw value None.")
        for what, found in ("Time steps", times), ("Batch_size", batches):
            if len(found) > 1:
                raise ValueError(f"{what} is not the same for all the elements in the input: {sorted(found)}")
        self.count = min(times) if times else array.shape(flat[0])[0]
        self.static, self.batch = (min(times) if times else None), (min(batches) if batches else None)


def over_time(cell, inputs, initial, lengths, dtype, parallel=32, swap_memory=False):
    """(outputs, last state) of a cell in a loop over time-major inputs."""
    flat = nest.flatten(inputs)
    steps = _Steps(flat)
    sizes = nest.flatten(cell.output_size)
    state = nest.map_structure(convert_to_tensor, initial)
    kind = state_dtype(dtype, state)
    with name_scope("dynamic_rnn"):
        sources = [TensorArray(x.dtype.base_dtype, steps.count, element_shape=x._shape[1:]).unstack(x) for x in flat]
        results = [TensorArray(kind, steps.count, element_shape=[steps.batch, *dims(s)]) for s in sizes]
        zeros = None
        if lengths is not None:
            zeros = nest.map_structure(lambda s: batched(s, best_effort_input_batch_size(flat), kind), cell.output_size)

    def step(time, results, state):
        now = nest.pack_sequence_as(inputs, [a.read(time) for a in sources])
        output, after = cell(now, state)
        nest.assert_same_structure(state, after)
        if lengths is not None:
            nest.assert_same_structure(zeros, output)
            finished = time >= lengths
            output = nest.map_structure(lambda old, new: kept(finished, old, new), zeros, output)
            after = nest.map_structure(lambda old, new: kept(finished, old, new), state, after)
        return time + 1, [a.write(time, t) for a, t in zip(results, nest.flatten(output), strict=True)], after

    _, results, last = while_loop_v1(
        lambda time, *_: time < steps.count,
        step,
        (constant_v1(0, dtypes.int32, name="time"), results, state),
        parallel_iterations=parallel,
        maximum_iterations=steps.count,
        swap_memory=swap_memory,
    )
    outputs = [_stacked(a, (steps.static, steps.batch, *dims(s))) for a, s in zip(results, sizes)]
    return nest.pack_sequence_as(cell.output_size, outputs), last


def _stacked(results, shape):
    made = results.stack()
    if not made._is_eager:
        made.set_shape(shape)
    return made
