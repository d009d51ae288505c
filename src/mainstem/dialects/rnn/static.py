"""`static_rnn`: a cell over a list of inputs."""

from mainstem.base import nest
from mainstem.dialects.rnn.cell import assert_like_rnncell, batched, is_alike
from mainstem.dialects.rnn.dynamic import first_state, kept, lengths_of, over_time
from mainstem.eager.context import executing_eagerly
from mainstem.surface import array
from mainstem.surface.framework import control_dependencies, convert_to_tensor, identity
from mainstem.surface.variable_scope import variable_scope

LOOPED = 5  # steps from which on a loop is worth it


def check_inputs(inputs):
    """Raises TypeError when `inputs` is no list of steps, ValueError when it is empty."""
    if not nest.is_nested(inputs):
        raise TypeError("inputs must be a sequence")
    if not inputs:
        raise ValueError("inputs must not be empty")


def _batch_of(inputs):
    """The batch size of steps [batch, ..]: a number where one of them tells it, else a scalar tensor."""
    flat, found = nest.flatten(inputs), None
    for x in flat:
        known = x._shape
        if known is not None and len(known) == 0:
            raise ValueError("Inputs must have at least rank 1: [batch, ..]")
        size = None if known is None else known[0]
        if None not in (size, found) and size != found:
            raise ValueError(f"Dimensions {found} and {size} are not compatible: inputs have different batch sizes")
        found = size if found is None else found
        if known is not None and None in known[1:]:
            raise ValueError(f"Input size (dimension {known.index(None, 1)} of inputs) must be accessible via shape inference.")
    return array.shape(flat[0])[0] if found is None else found


def _is_one_loop(cell, inputs, state):
    """Whether the steps may be one loop: all alike, without a trace of which step made what, and enough of them to matter.

    The compiler takes ten times as long for 28 unrolled steps of an LSTM and their gradients as for a loop over them.
    """
    if len(inputs) < LOOPED or executing_eagerly() or not is_alike(cell):
        return False
    kinds = {t.dtype.base_dtype for t in nest.flatten(state)}
    first = [t._shape for t in nest.flatten(inputs[0])]
    same = all([t._shape for t in nest.flatten(x)] == first for x in inputs)
    return same and len(kinds) == 1 and all(s is not None and None not in s[1:] for s in first)


def _looped(cell, inputs, state, lengths):
    """(list of outputs, last state) of a loop over stacked inputs."""
    columns = zip(*(nest.flatten(x) for x in inputs), strict=True)
    stacked = nest.pack_sequence_as(inputs[0], [array.stack(list(c)) for c in columns])
    outputs, last = over_time(cell, stacked, state, lengths, None)
    columns = [array.unstack(t, len(inputs)) for t in nest.flatten(outputs)]
    return [nest.pack_sequence_as(outputs, list(row)) for row in zip(*columns, strict=True)], last


def static_rnn(cell, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
    """Runs `cell` on a list of inputs, one for each step in time; gives (list of outputs, last state).

    The steps stand one by one in the graph; many steps of the common cells are one loop, which compiles much faster.

    Args:
        cell: an `RNNCell`.
        inputs: a list of [batch, ..] tensors, or of nested tuples of them.
        initial_state: in the structure of `cell.state_size`; zeros of `dtype` by default.
        dtype: of the initial state; needed without `initial_state`.
        sequence_length: [batch], integers: how many steps of each sequence there are. Later outputs are zeros, and the state is
            that after the last step.
        scope: of the variables, a name or a `VariableScope`; "rnn" by default.

    Raises TypeError when `cell` is no cell or `inputs` no list, ValueError when it is empty, for lengths that are no vector, and when
    neither `initial_state` nor `dtype` is given.
    """
    return unrolled(cell, inputs, initial_state, dtype, sequence_length, scope)


def unrolled(cell, inputs, initial_state, dtype, sequence_length, scope, first_apart=False):
    """`static_rnn`; with `first_apart` its first step is never in the loop.

    So a program that wants the first output only, as that of a cell which reads backwards, does not run the others.
    """
    assert_like_rnncell("cell", cell)
    check_inputs(inputs)
    inputs = [nest.map_structure(convert_to_tensor, x) for x in inputs]
    outputs = []
    with variable_scope(scope or "rnn") as opened:
        batch = _batch_of(inputs)
        if initial_state is None and not dtype:
            raise ValueError("If no initial_state is provided, dtype must be specified")
        state = nest.map_structure(convert_to_tensor, first_state(cell, initial_state, batch, dtype))
        lengths = lengths_of(sequence_length)
        if _is_one_loop(cell, inputs, state):
            if not first_apart or lengths is not None:
                return _looped(cell, inputs, state, lengths)
            output, state = cell(inputs[0], state)
            opened.reuse_variables()
            outputs, state = _looped(cell, inputs[1:], state, None)
            return [output, *outputs], state
        if lengths is not None:
            kind = nest.flatten(inputs)[0].dtype.base_dtype
            zeros = nest.map_structure(lambda s: batched(s, batch, kind), cell.output_size)
        for time, now in enumerate(inputs):
            if time:
                opened.reuse_variables()
            output, after = cell(now, state)
            if lengths is not None:
                finished = lengths <= time
                output = nest.map_structure(lambda old, new, f=finished: kept(f, old, new), zeros, output)
                after = nest.map_structure(lambda old, new, f=finished: kept(f, old, new), state, after)
            state = after
            outputs.append(output)
        return outputs, state


def static_state_saving_rnn(cell, inputs, state_saver, state_name, sequence_length=None, scope=None):
    """`static_rnn` that takes its first state from `state_saver.state(name)` and gives the last to `save_state(name, state)`.

    `state_name` is a name, or for a cell whose state is a tuple a tuple of names. Raises ValueError when these do not fit.
    """
    nested = nest.is_nested(cell.state_size)
    if nested != nest.is_nested(state_name):
        raise ValueError(
            "state_name should be the same type as cell.state_size. "
            f"state_name: {state_name}, cell.state_size: {cell.state_size}"
        )
    names, sizes = nest.flatten(state_name), nest.flatten(cell.state_size)
    if len(names) != len(sizes):
        raise ValueError(f"#elems(state_name) != #elems(state_size): {len(names)} vs. {len(sizes)}")
    first = nest.pack_sequence_as(cell.state_size, [state_saver.state(n) for n in names])
    outputs, state = static_rnn(cell, inputs, first, sequence_length=sequence_length, scope=scope)
    saved = [state_saver.save_state(n, t) for n, t in zip(names, nest.flatten(state))]
    with control_dependencies(saved):
        outputs[-1] = nest.map_structure(identity, outputs[-1])
        state = nest.map_structure(identity, state)
    return outputs, state
