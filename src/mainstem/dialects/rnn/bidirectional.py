"""Two cells, one forwards and one backwards over time, and stacks of such pairs."""

from mainstem.base import nest
from mainstem.dialects.rnn.cell import assert_like_rnncell
from mainstem.dialects.rnn.dynamic import dynamic_rnn
from mainstem.dialects.rnn.static import check_inputs, static_rnn, unrolled
from mainstem.surface import array
from mainstem.surface.index import reverse, reverse_sequence_v1
from mainstem.surface.variable_scope import variable_scope


def bidirectional_dynamic_rnn(
    cell_fw,
    cell_bw,
    inputs,
    sequence_length=None,
    initial_state_fw=None,
    initial_state_bw=None,
    dtype=None,
    parallel_iterations=None,
    swap_memory=False,
    time_major=False,
    scope=None,
):
    """Runs one cell forwards and one backwards over time; gives ((outputs fw, outputs bw), (last state fw, last state bw)).

    The backward outputs stand where their inputs do. With `sequence_length` each sequence is read backwards from its own last step.
    The variables lie in "bidirectional_rnn/fw" and "bidirectional_rnn/bw". The other arguments are those of `dynamic_rnn`.
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    settings = {
        "sequence_length": sequence_length,
        "dtype": dtype,
        "parallel_iterations": parallel_iterations,
        "swap_memory": swap_memory,
        "time_major": time_major,
    }
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw:
            output_fw, state_fw = dynamic_rnn(cell_fw, inputs, initial_state=initial_state_fw, scope=fw, **settings)

        def turned(x):
            if sequence_length is not None:
                time, batch = (0, 1) if time_major else (1, 0)
                return reverse_sequence_v1(x, seq_lengths=sequence_length, seq_axis=time, batch_axis=batch)
            return reverse(x, axis=[0 if time_major else 1])

        with variable_scope("bw") as bw:
            backwards = nest.map_structure(turned, inputs)
            output_bw, state_bw = dynamic_rnn(cell_bw, backwards, initial_state=initial_state_bw, scope=bw, **settings)
    return (output_fw, nest.map_structure(turned, output_bw)), (state_fw, state_bw)


def static_bidirectional_rnn(
    cell_fw,
    cell_bw,
    inputs,
    initial_state_fw=None,
    initial_state_bw=None,
    dtype=None,
    sequence_length=None,
    scope=None,
):
    """`static_rnn` of one cell forwards and one backwards; gives (outputs, last state fw, last state bw).

    An output is that of both cells side by side: [batch, fw + bw]. Scopes as of `bidirectional_dynamic_rnn`.
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    check_inputs(inputs)

    def turned(values):
        if sequence_length is None:
            return list(reversed(values))
        columns = []
        for several in zip(*(nest.flatten(v) for v in values), strict=True):
            stacked = reverse_sequence_v1(array.stack(list(several)), sequence_length, seq_axis=0, batch_axis=1)
            columns.append(array.unstack(stacked, len(values)))
        return [nest.pack_sequence_as(values[0], list(parts)) for parts in zip(*columns, strict=True)]

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw:
            forwards, state_fw = static_rnn(cell_fw, inputs, initial_state_fw, dtype, sequence_length, scope=fw)
        with variable_scope("bw") as bw:
            # its first output stands beside the last one of the other cell, which is often all that is wanted
            backwards, state_bw = unrolled(
                cell_bw, turned(inputs), initial_state_bw, dtype, sequence_length, bw, first_apart=True
            )
        pairs = zip(forwards, turned(backwards), strict=True)
        outputs = [nest.map_structure(lambda a, b: array.concat([a, b], 1), f, b) for f, b in pairs]
    return outputs, state_fw, state_bw


def _check_stack(cells_fw, cells_bw, states_fw, states_bw):
    for cells, what in (cells_fw, "fw"), (cells_bw, "bw"):
        if not cells:
            raise ValueError(f"Must specify at least one {what} cell for BidirectionalRNN.")
        if not isinstance(cells, list):
            raise ValueError(f"cells_{what} must be a list of RNNCells (one per layer).")
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")
    for states, what in (states_fw, "fw"), (states_bw, "bw"):
        if states is not None and (not isinstance(states, list) or len(states) != len(cells_fw)):
            raise ValueError(f"initial_states_{what} must be a list of state tensors (one per layer).")


def _stacked(layer, cells_fw, cells_bw, inputs, states_fw, states_bw, scope):
    """Layers of pairs of cells: `layer(fw, bw, inputs, state fw, state bw, scope)` gives (outputs, state fw, state bw)."""
    _check_stack(cells_fw, cells_bw, states_fw, states_bw)
    nothing, last = [None] * len(cells_fw), []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        layers = zip(cells_fw, cells_bw, states_fw or nothing, states_bw or nothing, strict=True)
        for i, (fw, bw, state_fw, state_bw) in enumerate(layers):
            with variable_scope(f"cell_{i}") as inner:
                inputs, *states = layer(fw, bw, inputs, state_fw, state_bw, inner)
            last.append(states)
    return inputs, *(tuple(s) for s in zip(*last))


def stack_bidirectional_rnn(
    cells_fw,
    cells_bw,
    inputs,
    initial_states_fw=None,
    initial_states_bw=None,
    dtype=None,
    sequence_length=None,
    scope=None,
):
    """Layers of `static_bidirectional_rnn`, each on the outputs of the one before; gives (outputs, states fw, states bw).

    `cells_fw`, `cells_bw` and the initial states are lists with an entry for each layer. Raises ValueError when they are none.
    """

    def layer(fw, bw, inputs, state_fw, state_bw, inner):
        return static_bidirectional_rnn(fw, bw, inputs, state_fw, state_bw, dtype, sequence_length, inner)

    return _stacked(layer, cells_fw, cells_bw, inputs, initial_states_fw, initial_states_bw, scope)


def stack_bidirectional_dynamic_rnn(
    cells_fw,
    cells_bw,
    inputs,
    initial_states_fw=None,
    initial_states_bw=None,
    dtype=None,
    sequence_length=None,
    parallel_iterations=None,
    time_major=False,
    scope=None,
    swap_memory=False,
):
    """Layers of `bidirectional_dynamic_rnn`, each on both outputs of the one before, side by side.

    Gives (outputs, states fw, states bw). `cells_fw`, `cells_bw` and the initial states are lists with an entry for each layer.
    Raises ValueError when they are none.
    """

    def layer(fw, bw, inputs, state_fw, state_bw, _):  # a scope "bidirectional_rnn" lies in each layer's: TensorFlow's names
        outputs, states = bidirectional_dynamic_rnn(
            fw,
            bw,
            inputs,
            sequence_length,
            state_fw,
            state_bw,
            dtype,
            parallel_iterations,
            swap_memory,
            time_major,
        )
        return array.concat(list(outputs), 2), *states

    return _stacked(layer, cells_fw, cells_bw, inputs, initial_states_fw, initial_states_bw, scope)
