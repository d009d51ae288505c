"""Cells that TensorFlow computes by one kernel: `LSTMBlockCell`, `GRUBlockCell`, `LSTMBlockFusedCell`.

Here they are the common cells under other names, since the compiler fuses these; their checkpoints are the same, too, but for the
names in `GRUBlockCell`.
"""

from mainstem.dialects.layers.base import InputSpec, Layer
from mainstem.dialects.rnn.basic import GRUCell, affine, gru_step
from mainstem.dialects.rnn.cell import LayerRNNCell, OneStateCell, last_dimension, zeros_of
from mainstem.dialects.rnn.dynamic import dynamic_rnn
from mainstem.dialects.rnn.lstm import LSTMStateTuple, lstm_step
from mainstem.ops import math as math_ops
from mainstem.surface import array
from mainstem.surface.clip import clip_by_value
from mainstem.surface.framework import convert_to_tensor, stop_gradient
from mainstem.surface.index import reverse_sequence_v1
from mainstem.surface.initializers import Constant, Zeros
from mainstem.surface.variable_scope import get_variable_scope, open_variables_only


def _clipped_forward(bound):
    """A function that bounds absolute values, but not gradients: so does TensorFlow's kernel, unlike `LSTMCell`."""
    return lambda t: t + stop_gradient(clip_by_value(t, -bound, bound) - t)


class _BlockLSTM:
    """What the LSTMs of this file share: variables, and one step."""

    def _set(self, num_units, forget_bias, cell_clip, use_peephole):
        self._num_units, self._forget_bias, self._use_peephole = num_units, forget_bias, use_peephole
        self._clip = _clipped_forward(cell_clip) if cell_clip and cell_clip > 0 else None

    def build(self, input_shape):
        """Makes `kernel` [inputs + units, 4 units], `bias` [4 units] and where they are used the peepholes' weights."""
        depth, n = last_dimension(input_shape), self._num_units
        self._kernel = self.add_variable("kernel", [depth + n, 4 * n])
        self._bias = self.add_variable("bias", [4 * n], initializer=Zeros())
        self._peepholes = None
        if self._use_peephole:
            self._peepholes = tuple(self.add_variable(f"w_{g}_diag", [n]) for g in "ifo")
        self.built = True

    def _step(self, inputs, state):
        c, h = state
        gates = affine([inputs, h], self._kernel, self._bias)
        c, h = lstm_step(gates, c, self._forget_bias, math_ops.tanh, self._peepholes, self._clip)
        return h, LSTMStateTuple(c, h)


class LSTMBlockCell(_BlockLSTM, LayerRNNCell):
    """An LSTM whose state is an `LSTMStateTuple`; checkpoints of `LSTMCell` fit where names do.

    Args:
        num_units: size of the output and of the memory.
        forget_bias: added to the forget gate in every step.
        cell_clip: bound of the memory's absolute value; None or a number that is not positive: none.
        use_peephole: the memory enters the gates, too, weighted by `w_i_diag`, `w_f_diag`, `w_o_diag`.
        dtype, reuse, name: as of `BasicRNNCell`.
    """

    _is_alike = True

    def __init__(
        self, num_units, forget_bias=1.0, cell_clip=None, use_peephole=False, dtype=None, reuse=None, name="lstm_cell"
    ):
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self.input_spec = InputSpec(ndim=2)
        self._set(num_units, forget_bias, cell_clip, use_peephole)

    @property
    def state_size(self):
        """`LSTMStateTuple(units, units)`."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self):
        """The number of units."""
        return self._num_units

    def call(self, inputs, state):
        """(output, next state). Raises ValueError for a state that is no pair."""
        if len(state) != 2:
            raise ValueError("Expecting state to be a tuple with length 2.")
        return self._step(inputs, state)


def _units(num_units, cell_size):
    if (num_units is None) == (cell_size is None):
        raise ValueError("Exactly one of num_units or cell_size must be provided.")
    return num_units if num_units is not None else cell_size


class GRUBlockCellV2(GRUCell):
    """A `GRUCell`, checkpoints included. `cell_size` is an older name of `num_units`.

    Raises ValueError when neither or both are given.
    """

    _is_alike = True

    def __init__(self, num_units=None, cell_size=None, reuse=None, name="gru_cell"):
        super().__init__(_units(num_units, cell_size), reuse=reuse, name=name)


class GRUBlockCell(OneStateCell):
    """A GRU whose variables are `w_ru`, `b_ru`, `w_c` and `b_c`. `cell_size` is an older name of `num_units`.

    Raises ValueError when neither or both are given.
    """

    _is_alike = True

    def __init__(self, num_units=None, cell_size=None, reuse=None, name="gru_cell"):
        super().__init__(_reuse=reuse, name=name)
        self.input_spec, self._num_units = InputSpec(ndim=2), _units(num_units, cell_size)

    def build(self, input_shape):
        """Makes `w_ru` [inputs + units, 2 units] and `b_ru`, `w_c` [inputs + units, units] and `b_c`."""
        depth, n = last_dimension(input_shape), self._num_units
        self._gates = (
            self.add_variable("w_ru", [depth + n, 2 * n]),
            self.add_variable("b_ru", [2 * n], initializer=Constant(1.0)),
        )
        self._candidate = (
            self.add_variable("w_c", [depth + n, n]),
            self.add_variable("b_c", [n], initializer=Constant(0.0)),
        )
        self.built = True

    def call(self, inputs, h_prev):
        """The output twice: it is the next state, too."""
        output = gru_step(inputs, h_prev, self._gates, self._candidate, math_ops.tanh)
        return output, output


class FusedRNNCell:
    """What runs over all steps in one call: `outputs, state = cell(inputs, initial_state=, dtype=, sequence_length=)`."""

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        """[time, batch, ..] inputs give (outputs, last state)."""
        raise NotImplementedError(f"{type(self).__name__}.__call__")


class FusedRNNCellAdaptor(FusedRNNCell):
    """A cell that runs over all steps, by a loop in the graph or, unless `use_dynamic_rnn`, unrolled; both are one loop here."""

    def __init__(self, cell, use_dynamic_rnn=False):
        self._cell, self._use_dynamic_rnn = cell, use_dynamic_rnn

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        """[time, batch, ..] inputs, or a list of [batch, ..], give (outputs in the same form, last state)."""
        listed = isinstance(inputs, list)
        outputs, state = dynamic_rnn(
            self._cell,
            array.stack(inputs) if listed else inputs,
            sequence_length=sequence_length,
            initial_state=initial_state,
            dtype=dtype,
            time_major=True,
            scope=scope,
        )
        return (array.unstack(outputs) if listed else outputs), state


class TimeReversedFusedRNN(FusedRNNCell):
    """A `FusedRNNCell` that reads each sequence backwards; outputs stand where their inputs do."""

    def __init__(self, cell):
        self._cell = cell

    def __call__(self, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
        """[time, batch, ..] inputs give (outputs, last state)."""
        turned = self._turned(inputs, sequence_length)
        outputs, state = self._cell(turned, initial_state, dtype, sequence_length, scope)
        return self._turned(outputs, sequence_length), state

    @staticmethod
    def _turned(t, lengths):
        if isinstance(t, list):
            return array.unstack(TimeReversedFusedRNN._turned(array.stack(t), lengths))
        lengths = array.fill([array.shape(t)[1]], array.shape(t)[0]) if lengths is None else lengths
        return reverse_sequence_v1(t, lengths, seq_axis=0, batch_axis=1)


class LSTMBlockWrapper(Layer):
    """The base of LSTMs that run over all steps in one call."""

    @property
    def num_units(self):
        """The size of the memory."""
        raise NotImplementedError("Abstract method")


class _Steps:
    """A cell around a function (inputs, state), without a scope of its own."""

    def __init__(self, function, units):
        self._function, self.output_size, self.state_size = function, units, LSTMStateTuple(units, units)

    def zero_state(self, batch_size, dtype):
        """Zeros."""
        return zeros_of(self.state_size, batch_size, dtype)

    def __call__(self, inputs, state):
        """(output, next state)."""
        return self._function(inputs, state)


class LSTMBlockFusedCell(_BlockLSTM, LSTMBlockWrapper):
    """An LSTM that runs over all steps in one call; arguments and variables as of `LSTMBlockCell`."""

    def __init__(
        self,
        num_units,
        forget_bias=1.0,
        cell_clip=None,
        use_peephole=False,
        reuse=None,
        dtype=None,
        name="lstm_fused_cell",
    ):
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self._set(num_units, forget_bias, cell_clip, use_peephole)

    @property
    def num_units(self):
        """The size of the memory."""
        return self._num_units

    def build(self, input_shape):
        """The variables of an `LSTMBlockCell`, for inputs [time, batch, depth]."""
        super().build(input_shape)

    def call(self, inputs, initial_state=None, dtype=None, sequence_length=None):
        """[time, batch, depth], or a list of [batch, depth], give (outputs in the same form, last `LSTMStateTuple`).

        Raises ValueError when neither an initial state nor a dtype is given.
        """
        if initial_state is None and dtype is None:
            raise ValueError("Either initial_state or dtype needs to be specified")
        listed = isinstance(inputs, list)
        with open_variables_only(get_variable_scope()) as here:
            outputs, state = dynamic_rnn(
                _Steps(self._step, self._num_units),
                array.stack(inputs) if listed else convert_to_tensor(inputs),
                sequence_length=sequence_length,
                initial_state=None if initial_state is None else LSTMStateTuple(*initial_state),
                dtype=dtype,
                time_major=True,
                scope=here,
            )
        return (array.unstack(outputs) if listed else outputs), state
