"""`LayerNormBasicLSTMCell` (Ba, Kiros and Hinton, arXiv:1607.06450; recurrent dropout of Semeniuta et al., arXiv:1603.05118)."""

from mainstem.dialects.contrib.normalization import layer_norm
from mainstem.dialects.rnn.cell import RNNCell
from mainstem.dialects.rnn.lstm import LSTMStateTuple
from mainstem.dialects.rnn.projections import linear
from mainstem.ops import math as math_ops
from mainstem.surface import array, math, nn
from mainstem.surface.initializers import Constant
from mainstem.surface.variable_scope import get_variable, variable_scope


class LayerNormBasicLSTMCell(RNNCell):
    """An LSTM whose gates and memory are normalized over the units, and whose new values may be dropped.

    Args:
        num_units: size of the output and of the memory.
        forget_bias: added to the forget gate in every step.
        input_size: accepted and unused.
        activation: a function of tensors.
        layer_norm: False normalizes nothing, and has a bias instead.
        norm_gain, norm_shift: what gains and shifts start with.
        dropout_keep_prob: probability, a number or a tensor, to keep an entry of the new values.
        dropout_prob_seed: of the random decisions.
        reuse: as of `BasicRNNCell`.
    """

    def __init__(
        self,
        num_units,
        forget_bias=1.0,
        input_size=None,
        activation=math_ops.tanh,
        layer_norm=True,
        norm_gain=1.0,
        norm_shift=0.0,
        dropout_keep_prob=1.0,
        dropout_prob_seed=None,
        reuse=None,
    ):
        super().__init__(_reuse=reuse)
        self._num_units, self._forget_bias, self._activation = num_units, forget_bias, activation
        self._normalizes, self._gain, self._shift = layer_norm, norm_gain, norm_shift
        self._keep_prob, self._seed = dropout_keep_prob, dropout_prob_seed

    @property
    def state_size(self):
        """`LSTMStateTuple(units, units)`."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self):
        """The number of units."""
        return self._num_units

    def _norm(self, x, scope):
        if not self._normalizes:
            return x
        with variable_scope(scope):
            get_variable("gamma", [self._num_units], dtype=x.dtype, initializer=Constant(self._gain))
            get_variable("beta", [self._num_units], dtype=x.dtype, initializer=Constant(self._shift))
        return layer_norm(x, reuse=True, scope=scope)

    def call(self, inputs, state):
        """(output, next state)."""
        c, h = state
        gates = linear([inputs, h], 4 * self._num_units, bias=False)
        if not self._normalizes:
            gates = nn.bias_add(gates, get_variable("bias", [4 * self._num_units], dtype=gates.dtype))
        gates = array.split(gates, 4, axis=1)
        i, j, f, o = (self._norm(g, s) for g, s in zip(gates, ("input", "transform", "forget", "output")))
        new = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            new = nn.dropout_v1(new, self._keep_prob, seed=self._seed)
        c = self._norm(math.sigmoid(f + self._forget_bias) * c + math.sigmoid(i) * new, "state")
        h = self._activation(c) * math.sigmoid(o)
        return h, LSTMStateTuple(c, h)
