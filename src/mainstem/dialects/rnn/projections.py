"""Cells around a cell with a linear layer or an embedding of their own: `OutputProjectionWrapper` and its relatives."""

import math

from mainstem.base import nest
from mainstem.dialects.rnn.basic import affine
from mainstem.dialects.rnn.cell import RNNCell, assert_like_rnncell, last_dimension
from mainstem.surface import array, linalg
from mainstem.surface.embedding import embedding_lookup_v1
from mainstem.surface.framework import device_v1
from mainstem.surface.initializers import RandomUniform, Zeros
from mainstem.surface.variable_scope import get_variable, get_variable_scope


def linear(args, size, bias=True, bias_initializer=None, kernel_initializer=None):
    """`concat(args) · kernel + bias` with variables `kernel` and `bias` of the scope; `args` is one [batch, n] tensor or a list.

    Raises ValueError where a depth is not known.
    """
    args = args if isinstance(args, (list, tuple)) else [args]
    depth, dtype = sum(last_dimension(a.shape) for a in args), args[0].dtype
    kernel = get_variable("kernel", [depth, size], dtype=dtype, initializer=kernel_initializer)
    if not bias:
        return linalg.matmul_v1(array.concat(list(args), 1), kernel)
    start = Zeros(dtype=dtype) if bias_initializer is None else bias_initializer
    return affine(list(args), kernel, get_variable("bias", [size], dtype=dtype, initializer=start))


class _Projecting(RNNCell):
    """A cell inside the scope of another one."""

    def __init__(self, cell, reuse):
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        self._cell = cell

    @property
    def state_size(self):
        """The cell's."""
        return self._cell.state_size

    @property
    def output_size(self):
        """The cell's."""
        return self._cell.output_size

    @property
    def trainable_weights(self):
        """The variables that train, the cell's among them."""
        return list(self._trainable_weights) if self._trainable else []

    def zero_state(self, batch_size, dtype):
        """The cell's zero state."""
        return self._cell.zero_state(batch_size, dtype)


class OutputProjectionWrapper(_Projecting):
    """A cell whose output is `activation(output · kernel + bias)`, of `output_size`; the state is not projected.

    Raises TypeError for what is no cell, ValueError for a size below 1.
    """

    def __init__(self, cell, output_size, activation=None, reuse=None):
        super().__init__(cell, reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")
        self._output_size, self._activation = output_size, activation

    @property
    def output_size(self):
        """The size of the projection."""
        return self._output_size

    def call(self, inputs, state):
        """(projected output, the cell's next state)."""
        output, after = self._cell(inputs, state)
        output = linear(output, self._output_size)
        return (self._activation(output) if self._activation else output), after


class InputProjectionWrapper(_Projecting):
    """A cell that gets `activation(input · kernel + bias)`, of `num_proj`, as its input. `input_size` is accepted and unused.

    Raises TypeError for what is no cell.
    """

    def __init__(self, cell, num_proj, activation=None, input_size=None, reuse=None):
        super().__init__(cell, reuse)
        self._num_proj, self._activation = num_proj, activation

    def call(self, inputs, state):
        """(output, next state) of the cell for the projected input."""
        inputs = linear(inputs, self._num_proj)
        return self._cell(self._activation(inputs) if self._activation else inputs, state)


class EmbeddingWrapper(_Projecting):
    """A cell that takes ids [batch, 1] or [batch], and looks up its input in the variable `embedding` [classes, size].

    `initializer` is the scope's by default, else uniform with variance 1. Raises TypeError for what is no cell, ValueError for a
    number of classes or a size below 1.
    """

    def __init__(self, cell, embedding_classes, embedding_size, initializer=None, reuse=None):
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(f"Both embedding_classes and embedding_size must be > 0: {embedding_classes}, {embedding_size}.")
        self._classes, self._size, self._initializer = embedding_classes, embedding_size, initializer

    def call(self, inputs, state):
        """(output, next state) of the cell for the embedded ids."""
        with device_v1("/cpu:0"):
            start = self._initializer or get_variable_scope().initializer or RandomUniform(-math.sqrt(3), math.sqrt(3))
            dtype = nest.flatten(state)[0].dtype
            table = get_variable("embedding", [self._classes, self._size], initializer=start, dtype=dtype)
            return self._cell(embedding_lookup_v1(table, array.reshape(inputs, [-1])), state)
