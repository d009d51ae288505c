"""`BasicLSTMCell` and `LSTMCell` (Hochreiter and Schmidhuber 1997; peepholes and projection of Sak et al., arXiv:1402.1128)."""

import collections

from mainstem.dialects.layers import named
from mainstem.dialects.layers.base import InputSpec
from mainstem.dialects.rnn.basic import activation_of, affine
from mainstem.dialects.rnn.cell import LayerRNNCell, last_dimension
from mainstem.state.partition import fixed_size_partitioner
from mainstem.surface import array, linalg, math
from mainstem.surface.clip import clip_by_value
from mainstem.surface.initializers import Zeros


class LSTMStateTuple(collections.namedtuple("LSTMStateTuple", ("c", "h"))):
    """The state of an LSTM: the memory `c` and the last output `h`, in this order."""

    __slots__ = ()

    @property
    def dtype(self):
        """The dtype of both. Raises TypeError when they differ."""
        c, h = self
        if c.dtype != h.dtype:
            raise TypeError(f"Inconsistent internal state: {c.dtype} vs {h.dtype}")
        return c.dtype


def clipped(bound):
    """A function that bounds a tensor's absolute values, None for no bound."""
    return None if bound is None else lambda t: clip_by_value(t, -bound, bound)


def lstm_step(gates, c, forget_bias, activation, peepholes=None, clip=None):
    """(next memory, next output) from `gates` [batch, 4 units]: input, new value, forget and output, in this order.

    `peepholes` are the weights [units] with which the memory enters the input, forget and output gates; `clip`
    is a function that bounds the memory.
    """
    i, j, f, o = array.split(gates, 4, axis=1)
    f = f + forget_bias
    if peepholes is not None:
        w_i, w_f, w_o = peepholes
        i, f = i + w_i * c, f + w_f * c
    new = math.sigmoid(f) * c + math.sigmoid(i) * activation(j)
    if clip is not None:
        new = clip(new)
    if peepholes is not None:
        o = o + w_o * new
    return new, math.sigmoid(o) * activation(new)


class _LSTM(LayerRNNCell):
    """What the LSTM cells share: a state that is a pair, or both parts side by side."""

    _state_is_tuple = True

    def _parts(self, state, c_size, h_size):
        if self._state_is_tuple:
            c, h = state
            return c, h
        return array.split(state, [c_size, h_size], axis=1)

    def _joined(self, c, h):
        return LSTMStateTuple(c, h) if self._state_is_tuple else array.concat([c, h], 1)


class BasicLSTMCell(_LSTM):
    """An LSTM without peepholes, clipping or projection.

    Args:
        num_units: size of the output and of the memory.
        forget_bias: added to the forget gate in every step; not part of the `bias` in checkpoints.
        state_is_tuple: the state is an `LSTMStateTuple`; else [batch, 2 units], memory first.
        activation: of the new value and the memory, a function or its name; by default tanh.
        reuse, name, dtype: as of `BasicRNNCell`.
    """

    _is_alike = True

    def __init__(
        self,
        num_units,
        forget_bias=1.0,
        state_is_tuple=True,
        activation=None,
        reuse=None,
        name=None,
        dtype=None,
        **kwargs,
    ):
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec, self._num_units, self._forget_bias = InputSpec(ndim=2), num_units, forget_bias
        self._state_is_tuple, self._activation = state_is_tuple, activation_of(activation)

    @property
    def state_size(self):
        """`LSTMStateTuple(units, units)`, or twice the units."""
        return LSTMStateTuple(self._num_units, self._num_units) if self._state_is_tuple else 2 * self._num_units

    @property
    def output_size(self):
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape):
        """Makes `kernel` [inputs + units, 4 units] and `bias` [4 units]."""
        depth, n = last_dimension(inputs_shape), self._num_units
        self._kernel = self.add_variable("kernel", shape=[depth + n, 4 * n])
        self._bias = self.add_variable("bias", shape=[4 * n], initializer=Zeros(dtype=self.dtype))
        self.built = True

    def call(self, inputs, state):
        """(output, next state)."""
        c, h = self._parts(state, self._num_units, self._num_units)
        c, h = lstm_step(affine([inputs, h], self._kernel, self._bias), c, self._forget_bias, self._activation)
        return h, self._joined(c, h)


class LSTMCell(_LSTM):
    """An LSTM with all its options.

    Args:
        num_units: size of the memory.
        use_peepholes: the memory enters the gates, too, weighted by `w_i_diag`, `w_f_diag`, `w_o_diag`.
        cell_clip: bound of the memory's absolute value, or None.
        initializer: of the kernels and the peepholes' weights; by default the scope's.
        num_proj: size of the output, which is projected to it; by default not projected.
        proj_clip: bound of the projected output's absolute value; used with `num_proj` only.
        num_unit_shards, num_proj_shards: deprecated; cut the kernels into as many parts.
        forget_bias, state_is_tuple, activation: as of `BasicLSTMCell`.
        reuse, name, dtype: as of `BasicRNNCell`.
    """

    _is_alike = True

    def __init__(
        self,
        num_units,
        use_peepholes=False,
        cell_clip=None,
        initializer=None,
        num_proj=None,
        proj_clip=None,
        num_unit_shards=None,
        num_proj_shards=None,
        forget_bias=1.0,
        state_is_tuple=True,
        activation=None,
        reuse=None,
        name=None,
        dtype=None,
        **kwargs,
    ):
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec, self._num_units, self._use_peepholes = InputSpec(ndim=2), num_units, use_peepholes
        self._cell_clip, self._initializer, self._num_proj, self._proj_clip = (
            cell_clip,
            named.initializer(initializer),
            num_proj,
            proj_clip,
        )
        self._num_unit_shards, self._num_proj_shards = num_unit_shards, num_proj_shards
        self._forget_bias, self._state_is_tuple, self._activation = forget_bias, state_is_tuple, activation_of(activation)

    @property
    def state_size(self):
        """`LSTMStateTuple(memory, output)`, or the sum of both."""
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self):
        """The size of the projection, else the number of units."""
        return self._num_proj or self._num_units

    def build(self, inputs_shape):
        """Makes `kernel`, `bias`, and where they are used `w_f_diag`, `w_i_diag`, `w_o_diag` and `projection/kernel`."""
        depth, n = last_dimension(inputs_shape), self._num_units
        self._kernel = self.add_variable(
            "kernel",
            shape=[depth + self.output_size, 4 * n],
            initializer=self._initializer,
            partitioner=fixed_size_partitioner(self._num_unit_shards) if self._num_unit_shards is not None else None,
        )
        self._bias = self.add_variable("bias", shape=[4 * n], initializer=Zeros(dtype=self.dtype))
        self._peepholes = None
        if self._use_peepholes:
            f, i, o = (self.add_variable(f"w_{g}_diag", shape=[n], initializer=self._initializer) for g in "fio")
            self._peepholes = (i, f, o)
        if self._num_proj is not None:
            self._proj_kernel = self.add_variable(
                "projection/kernel",
                shape=[n, self._num_proj],
                initializer=self._initializer,
                partitioner=fixed_size_partitioner(self._num_proj_shards) if self._num_proj_shards is not None else None,
            )
        self.built = True

    def call(self, inputs, state):
        """(output, next state)."""
        c, h = self._parts(state, self._num_units, self.output_size)
        last_dimension(inputs.shape)
        gates = affine([inputs, h], self._kernel, self._bias)
        c, h = lstm_step(gates, c, self._forget_bias, self._activation, self._peepholes, clipped(self._cell_clip))
        if self._num_proj is not None:
            h = linalg.matmul_v1(h, self._proj_kernel)
            if self._proj_clip is not None:
                h = clip_by_value(h, -self._proj_clip, self._proj_clip)
        return h, self._joined(c, h)
