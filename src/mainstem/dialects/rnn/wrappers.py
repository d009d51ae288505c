"""`MultiRNNCell`, and cells around a cell: `DropoutWrapper`, `ResidualWrapper`, `DeviceWrapper`."""

import hashlib
import numbers

from mainstem.base import nest, shapes
from mainstem.dialects.layers.base import Layer
from mainstem.dialects.rnn.cell import RNNCell, assert_like_rnncell, dims
from mainstem.dialects.rnn.lstm import LSTMStateTuple
from mainstem.ops import math as math_ops
from mainstem.surface import array, nn, random
from mainstem.surface.framework import convert_to_tensor, device_v1, name_scope
from mainstem.surface.slicing import slice_
from mainstem.surface.tensor_array import TensorArray
from mainstem.surface.variable_scope import variable_scope


class MultiRNNCell(RNNCell):
    """Cells one after the other: the output of each is the input of the next. Cell `i` lies in the scope `cell_i`.

    Args:
        cells: a list or tuple of cells.
        state_is_tuple: the state is a tuple of the cells' states; else they stand side by side in one tensor.

    Raises ValueError when there is no cell, or when a cell's state is a tuple and `state_is_tuple` is False; TypeError when `cells`
    is no list.
    """

    _is_alike = True

    def __init__(self, cells, state_is_tuple=True):
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not isinstance(cells, (list, tuple)):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        self._cells, self._state_is_tuple = list(cells), state_is_tuple
        sizes = tuple(c.state_size for c in cells)
        if not state_is_tuple and any(nest.is_nested(s) for s in sizes):
            raise ValueError(
                f"Some cells return tuples of states, but the flag state_is_tuple is not set.  State sizes are: {sizes}"
            )

    @property
    def state_size(self):
        """A tuple of the cells' state sizes, or their sum."""
        sizes = tuple(c.state_size for c in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self):
        """The last cell's output size."""
        return self._cells[-1].output_size

    @property
    def trainable_weights(self):
        """The cells' variables that train; none when the cell is not trainable."""
        return self._of_cells("trainable_weights") if self.trainable else []

    @property
    def non_trainable_weights(self):
        """The cells' other variables."""
        rest = self._of_cells("non_trainable_weights")
        return rest if self.trainable else [*self._of_cells("trainable_weights"), *rest]

    def _of_cells(self, what):
        return [v for cell in self._cells if isinstance(cell, Layer) for v in getattr(cell, what)]

    def zero_state(self, batch_size, dtype):
        """The cells' zero states."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            if self._state_is_tuple:
                return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
            return super().zero_state(batch_size, dtype)

    def call(self, inputs, state):
        """(the last cell's output, the cells' next states)."""
        if self._state_is_tuple and not nest.is_nested(state):
            raise ValueError(f"Expected state to be a tuple of length {len(self.state_size)}, but received: {state}")
        after, at, flowing = [], 0, inputs
        for i, cell in enumerate(self._cells):
            with variable_scope(f"cell_{i}"):
                if self._state_is_tuple:
                    own = state[i]
                else:
                    own = slice_(state, [0, at], [-1, cell.state_size])
                    at += cell.state_size
                flowing, new = cell(flowing, own)
                after.append(new)
        return flowing, tuple(after) if self._state_is_tuple else array.concat(after, 1)


class Wrapper(RNNCell):
    """A cell that changes what goes into a cell and comes out of it, and has no variable scope of its own."""

    def __init__(self, cell):
        super().__init__()
        assert_like_rnncell("cell", cell)
        self.cell = cell

    def _layers(self):
        return []  # as in TensorFlow, the variables are the cell's alone

    @property
    def state_size(self):
        """The cell's."""
        return self.cell.state_size

    @property
    def output_size(self):
        """The cell's."""
        return self.cell.output_size

    def zero_state(self, batch_size, dtype):
        """The cell's zero state."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self.cell.zero_state(batch_size, dtype)

    def __call__(self, inputs, state, scope=None):
        """(output, next state) of the cell, changed."""
        return self._wrapped(inputs, state, scope)

    def _wrapped(self, inputs, state, scope):
        raise NotImplementedError(f"{type(self).__name__}._wrapped")


class DropoutWrapper(Wrapper):
    """Drops entries of a cell's input, output and state (Gal and Ghahramani, arXiv:1512.05287, with `variational_recurrent`).

    Args:
        cell: the cell.
        input_keep_prob, output_keep_prob, state_keep_prob: probabilities, numbers or tensors, to keep an entry.
        variational_recurrent: the same entries are dropped in every step; needs `dtype`.
        input_size: sizes of the inputs; needed with `variational_recurrent` and an `input_keep_prob` below 1.
        dtype: of inputs, state and output.
        seed: of the random decisions.
        dropout_state_filter_visitor: function of a part of the state that says whether it may be dropped, by a bool or, for its
            parts, a structure of bools. By default everything but the memory `c` of an `LSTMStateTuple`, and arrays.

    Raises TypeError for what is no cell or a visitor that is not callable, ValueError for a probability outside 0 .. 1 and where
    `variational_recurrent` lacks something.
    """

    def __init__(
        self,
        cell,
        input_keep_prob=1.0,
        output_keep_prob=1.0,
        state_keep_prob=1.0,
        variational_recurrent=False,
        input_size=None,
        dtype=None,
        seed=None,
        dropout_state_filter_visitor=None,
    ):
        super().__init__(cell)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._may_drop, self._seed = dropout_state_filter_visitor or _all_but_memories, seed
        with name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability("input_keep_prob", input_keep_prob)
            self._state_keep_prob = _probability("state_keep_prob", state_keep_prob)
            self._output_keep_prob = _probability("output_keep_prob", output_keep_prob)
        self._variational_recurrent = variational_recurrent
        self._noise = {"input": None, "state": None, "output": None}
        if variational_recurrent:
            self._draw(input_size, dtype)

    def _draw(self, input_size, dtype):
        if dtype is None:
            raise ValueError("When variational_recurrent=True, dtype must be provided")
        sizes = {"state": self.cell.state_size, "output": self.cell.output_size}
        if _drops(self._input_keep_prob):
            if input_size is None:
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, input_size must be provided"
                )
            sizes = {"input": input_size, **sizes}
        for what, size in sizes.items():
            drawn = [
                random.random_uniform([1, *dims(s)], seed=self._seed_of(what, i), dtype=dtype)
                for i, s in enumerate(nest.flatten(size))
            ]
            self._noise[what] = nest.pack_sequence_as(size, drawn)

    @property
    def wrapped_cell(self):
        """The cell inside."""
        return self.cell

    def _seed_of(self, what, i):
        """The seed of the `i`-th tensor of a kind: TensorFlow's, so that its numbers come out."""
        if self._seed is None:
            return None
        return int(hashlib.md5(f"{self._seed}{what}_{i}".encode()).hexdigest()[:8], 16) & 0x7FFFFFFF

    def _wrapped(self, inputs, state, scope):
        if _drops(self._input_keep_prob):
            inputs = self._dropped(inputs, "input", self._input_keep_prob)
        output, after = self.cell(inputs, state, scope=scope)
        if _drops(self._state_keep_prob):
            after = self._dropped(after, "state", self._state_keep_prob, _marks(self._may_drop, after))
        if _drops(self._output_keep_prob):
            output = self._dropped(output, "output", self._output_keep_prob)
        return output, after

    def _dropped(self, values, what, keep, marks=None):
        count, noise = iter(range(len(nest.flatten(values)))), self._noise[what]

        def leaf(mark, value, noise):
            i = next(count)
            if not mark:
                return value
            if noise is None:
                return nn.dropout_v1(value, keep_prob=keep, seed=self._seed_of(what, i))
            return _with_noise(value, noise, keep)

        return _along(leaf, nest.map_structure(lambda _: True, values) if marks is None else marks, values, noise)


def _all_but_memories(part):
    if isinstance(part, LSTMStateTuple):
        return LSTMStateTuple(c=False, h=True)
    return not isinstance(part, TensorArray)


def _probability(name, given):
    """A number between 0 and 1, or a tensor."""
    value = array.constant_value(convert_to_tensor(given))
    if value is None:
        return convert_to_tensor(given)
    if value < 0 or value > 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {float(value):g}")
    return float(value)


def _drops(keep):
    return not isinstance(keep, float) or keep < 1


def _marks(visitor, structure):
    """A structure of bools for `structure`; False may stand for a whole part of it."""
    answer = visitor(structure)
    if isinstance(answer, bool):
        if not answer or not nest.is_nested(structure):
            return answer
        answer = [True] * len(structure)
    elif not nest.is_nested(structure):
        raise TypeError(f"The visitor must give a bool for a tensor, got {answer!r} for {structure!r}")
    parts = list(_children(answer))
    if not all(isinstance(a, bool) for a in parts):
        raise TypeError(f"The visitor must give a bool for each part, got {answer!r} for {structure!r}")
    made = [_marks(visitor, part) if mark else False for mark, part in zip(parts, _children(structure), strict=True)]
    return _rebuilt(structure, made)


def _children(structure):
    return [structure[k] for k in sorted(structure)] if isinstance(structure, dict) else list(structure)


def _rebuilt(structure, children):
    if isinstance(structure, dict):
        return type(structure)(zip(sorted(structure), children))
    return type(structure)(*children) if nest.is_namedtuple(structure) else type(structure)(children)


def _along(leaf, marks, values, noise):
    """`leaf(mark, value, noise)` at the leaves of `marks`, in the structure of `values`."""
    if not nest.is_nested(marks):
        return leaf(marks, values, noise)
    noises = [None] * len(marks) if noise is None else _children(noise)
    made = [_along(leaf, *parts) for parts in zip(_children(marks), _children(values), noises, strict=True)]
    return _rebuilt(values, made)


def _with_noise(value, noise, keep):
    """`value` with the entries dropped that `noise` [1, size], drawn once for all steps, decides."""
    keep = convert_to_tensor(keep, dtype=value.dtype) if isinstance(keep, numbers.Number) else keep
    kept = math_ops.floor(keep + noise)
    dropped = value / keep * kept
    if not dropped._is_eager:
        dropped.set_shape(value.shape)
    return dropped


class ResidualWrapper(Wrapper):
    """Adds a cell's input to its output; `residual_fn(inputs, outputs)` combines them another way.

    Raises ValueError and TypeError when input and output differ in structure or shape and there is no `residual_fn`.
    """

    def __init__(self, cell, residual_fn=None):
        super().__init__(cell)
        self._residual_fn = residual_fn

    def _wrapped(self, inputs, state, scope):
        outputs, after = self.cell(inputs, state, scope=scope)
        return (self._residual_fn or _sum)(inputs, outputs), after


def _sum(inputs, outputs):
    nest.assert_same_structure(inputs, outputs)
    for x, y in zip(nest.flatten(inputs), nest.flatten(outputs)):
        if not shapes.compatible(x._shape, y._shape):
            raise ValueError(f"Shapes {x.shape} and {y.shape} are incompatible")
    return nest.map_structure(lambda x, y: x + y, inputs, outputs)


class DeviceWrapper(Wrapper):
    """A cell that is run on `device`, a device's name or a function as of `tf.device`."""

    def __init__(self, cell, device):
        super().__init__(cell)
        self._device = device

    def zero_state(self, batch_size, dtype):
        """The cell's zero state, made on the device."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]), device_v1(self._device):
            return self.cell.zero_state(batch_size, dtype)

    def _wrapped(self, inputs, state, scope):
        with device_v1(self._device):
            return self.cell(inputs, state, scope=scope)
