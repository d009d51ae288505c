"""`BasicRNNCell` and `GRUCell` (Cho et al., arXiv:1406.1078)."""

from mainstem.dialects.layers import named
from mainstem.dialects.layers.base import InputSpec
from mainstem.dialects.rnn.cell import OneStateCell, last_dimension
from mainstem.ops import math as math_ops
from mainstem.surface import array, linalg, math, nn
from mainstem.surface.initializers import Constant, Zeros


def activation_of(given):
    """The function of an activation that is given as one, by name, or as None for tanh."""
    return named.activation(given) if given else math_ops.tanh


def affine(inputs, kernel, bias):
    """`concat(inputs) · kernel + bias` for a list of [batch, n] tensors."""
    return nn.bias_add(linalg.matmul_v1(array.concat(inputs, 1), kernel), bias)


def gru_step(inputs, state, gates, candidate, activation):
    """The next state of a GRU; `gates` and `candidate` are pairs (kernel, bias). The reset comes before the candidate's product."""
    reset, update = array.split(math.sigmoid(affine([inputs, state], *gates)), 2, axis=1)
    new = activation(affine([inputs, reset * state], *candidate))
    return update * state + (1 - update) * new


class BasicRNNCell(OneStateCell):
    """`output = state = activation(W · [input, state] + b)`.

    Args:
        num_units: size of the output.
        activation: a function or its name; by default tanh.
        reuse: True shares the variables of an existing cell of that name.
        name, dtype: as of `Layer`.
    """

    _is_alike = True

    def __init__(self, num_units, activation=None, reuse=None, name=None, dtype=None, **kwargs):
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec, self._num_units, self._activation = InputSpec(ndim=2), num_units, activation_of(activation)

    def build(self, inputs_shape):
        """Makes `kernel` [inputs + units, units] and `bias` [units]."""
        depth = last_dimension(inputs_shape)
        self._kernel = self.add_variable("kernel", shape=[depth + self._num_units, self._num_units])
        self._bias = self.add_variable("bias", shape=[self._num_units], initializer=Zeros(dtype=self.dtype))
        self.built = True

    def call(self, inputs, state):
        """The output twice: it is the next state, too."""
        output = self._activation(affine([inputs, state], self._kernel, self._bias))
        return output, output


class GRUCell(OneStateCell):
    """A gated recurrent unit; the reset gate is applied before the product with the candidate's kernel.

    Args:
        num_units: size of the output.
        activation: of the candidate, a function or its name; by default tanh.
        kernel_initializer: by default the scope's.
        bias_initializer: of both biases; by default 1 for the gates, so that they start open, and 0 for the candidate.
        reuse, name, dtype: as of `BasicRNNCell`.
    """

    _is_alike = True

    def __init__(
        self,
        num_units,
        activation=None,
        reuse=None,
        kernel_initializer=None,
        bias_initializer=None,
        name=None,
        dtype=None,
        **kwargs,
    ):
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec, self._num_units, self._activation = InputSpec(ndim=2), num_units, activation_of(activation)
        self._kernel_initializer = named.initializer(kernel_initializer)
        self._bias_initializer = named.initializer(bias_initializer)

    def build(self, inputs_shape):
        """Makes `gates/kernel` [inputs + units, 2 units], `gates/bias`, `candidate/kernel` and `candidate/bias`."""
        depth, n = last_dimension(inputs_shape), self._num_units
        made = []
        for part, count, start in ("gates", 2, Constant(1.0, dtype=self.dtype)), ("candidate", 1, Zeros(dtype=self.dtype)):
            kernel = self.add_variable(f"{part}/kernel", shape=[depth + n, count * n], initializer=self._kernel_initializer)
            bias = self.add_variable(f"{part}/bias", shape=[count * n], initializer=self._bias_initializer or start)
            made.append((kernel, bias))
        (self._gate_kernel, self._gate_bias), (self._candidate_kernel, self._candidate_bias) = made
        self.built = True

    def call(self, inputs, state):
        """The output twice: it is the next state, too."""
        gates = self._gate_kernel, self._gate_bias
        output = gru_step(inputs, state, gates, (self._candidate_kernel, self._candidate_bias), self._activation)
        return output, output
