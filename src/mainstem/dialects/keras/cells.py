"""Recurrent cells of Keras: `SimpleRNNCell`, `GRUCell`, `LSTMCell` and `StackedRNNCells`.

A cell's step has two parts: `project` is what the inputs contribute, and may be computed for all times at once; `step` adds
what the state contributes. Gates lie side by side in the kernels: i, f, c, o in an LSTM, whose bias holds the forget gate's 1;
z, r, h in a GRU.
"""

from mainstem.base import shapes
from mainstem.dialects.keras import built, known
from mainstem.dialects.keras.layer import Layer
from mainstem.dialects.layers.branch import smart_cond
from mainstem.surface import array, linalg, nn


def zeros_of(sizes, batch_size, dtype):
    """Zeros [batch_size, *size] for every size in a structure, whose shapes count as sizes."""
    if isinstance(sizes, (list, tuple)):
        return [zeros_of(s, batch_size, dtype) for s in sizes]
    return array.zeros([batch_size, *(shapes.as_tuple(sizes) if isinstance(sizes, shapes.TensorShape) else [sizes])], dtype)


def initial_state(cell, inputs, batch_size, dtype):
    """The zero state of a cell, for a batch as large as that of `inputs`, or of `batch_size` and a dtype.

    Raises ValueError when neither is given.
    """
    if inputs is not None:
        batch_size, dtype = array.shape(inputs)[0], inputs.dtype
    if batch_size is None or dtype is None:
        raise ValueError(
            f"batch_size and dtype cannot be None while constructing initial state: batch_size={batch_size}, dtype={dtype}"
        )
    return zeros_of(cell.state_size, batch_size, dtype)


def product(x, matrix):
    """`x · matrix` over the last axis of `x`, of two or three axes."""
    known = x.shape.as_list()
    if len(known) == 2:
        return linalg.matmul_v1(x, matrix)
    made = linalg.matmul_v1(array.reshape(x, [-1, known[-1]]), matrix)
    unknown = None in known[:2]
    made = array.reshape(
        made, [*(array.shape(x)[i] if n is None else n for i, n in enumerate(known[:2])), matrix.shape.as_list()[1]]
    )
    if unknown and not made._is_eager:
        made.set_shape([*known[:2], matrix.shape.as_list()[1]])
    return made


class Cell(Layer):
    """What the cells share: `kernel`, `recurrent_kernel` and `bias` of `gates` parts, and dropout of inputs and state."""

    gates, _tells = 1, True

    def _take(self, given):
        """Sets the arguments as attributes."""
        for name, value in built.given(given).items():
            setattr(self, name, value)
        self.dropout, self.recurrent_dropout = (min(1.0, max(0.0, r)) for r in (self.dropout, self.recurrent_dropout))
        self._drops = {}

    @property
    def state_size(self):
        """The size of the state, or a list of sizes."""
        return self.units

    @property
    def output_size(self):
        """The size of the output."""
        return self.units

    def build(self, input_shape):
        """Makes `kernel` [inputs, gates * units], `recurrent_kernel` [units, gates * units] and `bias`."""
        wide, depth = self.gates * self.units, shapes.as_tuple(input_shape)[-1]
        self.kernel = self._made("kernel", (depth, wide), self.kernel_initializer)
        self.recurrent_kernel = self._made("recurrent_kernel", (self.units, wide), self.recurrent_initializer)
        self.bias = self._made("bias", self._bias_shape(), self._bias_start()) if self.use_bias else None
        self.built = True

    def _made(self, name, shape, initializer):
        kind = "recurrent" if name == "recurrent_kernel" else name
        how = {k: getattr(self, f"{kind}_{k}") for k in ("regularizer", "constraint")}
        return self.add_weight(name, shape, initializer=initializer, **how)

    def _bias_shape(self):
        return (self.gates * self.units,)

    def _bias_start(self):
        return self.bias_initializer

    # ---- dropout: the same entries in every step

    def reset_dropout_mask(self):
        """Draws anew, in the next step, which inputs are dropped."""
        self._drops.pop("inputs", None)

    def reset_recurrent_dropout_mask(self):
        """Draws anew, in the next step, which entries of the state are dropped."""
        self._drops.pop("state", None)

    def _dropped(self, kind, x, rate, training, count):
        """Masks [batch, size] by which `x` [(time,) batch, size] is multiplied, or None."""
        if not rate:
            return None
        if kind not in self._drops:
            like = array.ones_like_v1(x[0] if x.shape.ndims == 3 else x)
            self._drops[kind] = [
                smart_cond(built.phase(training), lambda: nn.dropout(like, rate), lambda: like) for _ in range(count)
            ]
        return self._drops[kind]

    def get_dropout_mask_for_cell(self, inputs, training, count=1):
        """The masks of the inputs; one, or a list of `count`; None without dropout."""
        masks = self._dropped("inputs", inputs, self.dropout, training, count)
        return masks[0] if masks and count == 1 else masks

    def get_recurrent_dropout_mask_for_cell(self, inputs, training, count=1):
        """The masks of the state; see `get_dropout_mask_for_cell`."""
        masks = self._dropped("state", inputs, self.recurrent_dropout, training, count)
        return masks[0] if masks and count == 1 else masks

    def _masks_count(self):
        return self.gates if getattr(self, "implementation", 2) == 1 else 1

    def _times(self, x, masks, matrix):
        """`x · matrix`, `x` multiplied by its mask before: one mask, or one for each gate."""
        if masks is None:
            return product(x, matrix)
        if len(masks) == 1:
            return product(x * masks[0], matrix)
        parts = array.split(matrix, len(masks), axis=1)
        return array.concat([product(x * m, p) for m, p in zip(masks, parts)], -1)

    # ---- the step

    def project(self, inputs, training=None):
        """What inputs [(time,) batch, depth] contribute to the gates."""
        made = self._times(inputs, self._dropped("inputs", inputs, self.dropout, training, self._masks_count()), self.kernel)
        return made if self.bias is None else nn.bias_add(made, self._input_bias())

    def _input_bias(self):
        return self.bias

    def recur(self, h, training, matrix=None):
        """What the state contributes to the gates."""
        masks = self._dropped("state", h, self.recurrent_dropout, training, self._masks_count())
        return self._times(h, masks, self.recurrent_kernel if matrix is None else matrix)

    def step(self, projected, states, training=None):
        """(output, next states) for what `project` gave."""
        raise NotImplementedError(f"{type(self).__name__}.step")

    def call(self, inputs, states, training=None):
        """(output, next states) for inputs [batch, depth]."""
        return self.step(self.project(inputs, training), states, training)

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """The zero state; see `RNN.get_initial_state`."""
        return initial_state(self, inputs, batch_size, dtype)


class SimpleRNNCell(Cell):
    """`h = activation(x · kernel + h · recurrent_kernel + bias)`.

    Args:
        units: size of the output and of the state.
        activation, use_bias: of the sum.
        kernel_initializer, recurrent_initializer, bias_initializer (and _regularizer, _constraint): of the variables.
        dropout, recurrent_dropout: the share of the inputs, and of the state, that is dropped in training, the same in all steps.
    """

    _tells = True

    @built.arguments_of
    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._take(locals())

    def step(self, projected, states, training=None):
        """See `Cell.step`."""
        h = self.activation(projected + self.recur(states[0], training))
        return h, [h]


class GRUCell(Cell):
    """A gated recurrent unit (Cho et al., arXiv:1406.1078), gates in the order z, r, h.

    Args:
        recurrent_activation: of the gates z and r.
        implementation: 1 or 2: with dropout 1 draws other masks for each gate.
        reset_after: whether the gate r acts after the product with the state, which then has a bias of its own.
        others: as of `SimpleRNNCell`.
    """

    gates, _tells = 3, True

    @built.arguments_of
    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=1,
        reset_after=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._take(locals())

    def _bias_shape(self):
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _input_bias(self):
        return self.bias[0] if self.reset_after else self.bias

    def _state_bias(self):
        return self.bias[1]

    def step(self, projected, states, training=None):
        """See `Cell.step`."""
        h, gate = states[0], self.recurrent_activation
        if self.reset_after:
            inner = self.recur(h, training)
            inner = inner if self.bias is None else nn.bias_add(inner, self._state_bias())
            (x_z, x_r, x_h), (h_z, h_r, h_h) = array.split(projected, 3, axis=-1), array.split(inner, 3, axis=-1)
            z, r = gate(x_z + h_z), gate(x_r + h_r)
            new = self.activation(x_h + r * h_h)
        else:
            z, new = self._reset_before(projected, h, training)
        h = z * h + (1 - z) * new
        return h, [h]

    def _reset_before(self, projected, h, training):
        n, gate = self.units, self.recurrent_activation
        masks = self._dropped("state", h, self.recurrent_dropout, training, self._masks_count())
        one = masks is None or len(masks) == 1
        both = self._times(h, masks if one else masks[:2], self.recurrent_kernel[:, : 2 * n])
        z, r = array.split(gate(projected[:, : 2 * n] + both), 2, axis=1)
        last = h if masks is None else h * masks[0 if one else 2]
        return z, self.activation(projected[:, 2 * n :] + linalg.matmul_v1(r * last, self.recurrent_kernel[:, 2 * n :]))


class LSTMCell(Cell):
    """A long short-term memory (Hochreiter and Schmidhuber, 1997), gates in the order i, f, c, o; its state is [h, c].

    Args:
        recurrent_activation: of the gates i, f and o.
        unit_forget_bias: the forget gate's bias begins at 1; unlike that of `tf.nn.rnn_cell`, the 1 is part of the variable.
        implementation: 1 or 2: with dropout 1 draws other masks for each gate.
        others: as of `SimpleRNNCell`.
    """

    gates, _tells = 4, True

    @built.arguments_of
    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="hard_sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        implementation=1,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._take(locals())

    @property
    def state_size(self):
        """The sizes of the output and of the memory."""
        return [self.units, self.units]

    def _bias_start(self):
        if not self.unit_forget_bias:
            return self.bias_initializer

        def start(_, dtype=None, **kwargs):
            own = self.bias_initializer
            parts = [own([self.units], dtype=dtype), array.ones([self.units], dtype), own([2 * self.units], dtype=dtype)]
            return array.concat(parts, axis=0)

        return start

    def step(self, projected, states, training=None):
        """See `Cell.step`."""
        h, c = states
        gate = self.recurrent_activation
        i, f, new, o = array.split(projected + self.recur(h, training), 4, axis=1)
        c = gate(f) * c + gate(i) * self.activation(new)
        h = gate(o) * self.activation(c)
        return h, [h, c]


class StackedRNNCells(Layer):
    """Several cells as one: each takes the output of the one before. The state is a tuple of theirs.

    Raises ValueError for things without `call` or `state_size`.
    """

    _tells = False

    def __init__(self, cells, **kwargs):
        for cell in cells:
            if not hasattr(cell, "call"):
                raise ValueError("All cells must have a `call` method. received cells:", cells)
            if not hasattr(cell, "state_size"):
                raise ValueError("All cells must have a `state_size` attribute. received cells:", cells)
        self.reverse_state_order = kwargs.pop("reverse_state_order", False)
        super().__init__(**kwargs)
        self.cells = list(cells)

    @property
    def state_size(self):
        """The cells' sizes, in their order."""
        return tuple(c.state_size for c in (reversed(self.cells) if self.reverse_state_order else self.cells))

    @property
    def output_size(self):
        """That of the last cell."""
        last = self.cells[-1]
        if getattr(last, "output_size", None) is not None:
            return last.output_size
        return last.state_size[0] if isinstance(last.state_size, (list, tuple)) else last.state_size

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """The zero state of every cell, as a tuple."""
        cells = reversed(self.cells) if self.reverse_state_order else self.cells
        return tuple(state_of(c, inputs, batch_size, dtype) for c in cells)

    def call(self, inputs, states, constants=None, **kwargs):
        """(output of the last cell, all next states)."""
        states, after = list(states[::-1] if self.reverse_state_order else states), []
        for cell, state in zip(self.cells, states):
            state = list(state) if isinstance(state, (list, tuple)) else [state]
            given = dict(kwargs) if takes_training(cell) else {k: v for k, v in kwargs.items() if k != "training"}
            if constants:
                given["constants"] = constants
            inputs, new = cell.call(inputs, state, **given)
            new = list(new) if isinstance(new, (list, tuple)) else [new]
            after.append(new if isinstance(cell.state_size, (list, tuple)) else new[0])
        return inputs, tuple(after[::-1] if self.reverse_state_order else after)

    def build(self, input_shape):
        """Builds the cells."""
        given = input_shape[0] if isinstance(input_shape, list) else input_shape
        sizes = list(shapes.as_tuple(given))
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(shapes.TensorShape(sizes))
                cell.built = True
            size = getattr(cell, "output_size", None)
            if size is None:
                size = cell.state_size[0] if isinstance(cell.state_size, (list, tuple)) else cell.state_size
            sizes = [sizes[0], *(shapes.as_tuple(size) if isinstance(size, shapes.TensorShape) else [size])]
        self.built = True

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "cells": [known.serialize(c) for c in self.cells]}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The cells of `get_config`'s dict."""
        config = dict(config)
        return cls([known.deserialize(c, custom_objects) for c in config.pop("cells")], **config)


def takes_training(cell):
    from_call = getattr(cell.call, "__func__", cell.call)
    return "training" in from_call.__code__.co_varnames[: from_call.__code__.co_argcount]


def state_of(cell, inputs=None, batch_size=None, dtype=None):
    """The initial state of any cell: its own, or zeros."""
    own = getattr(cell, "get_initial_state", None)
    if own is not None:
        return own(inputs=inputs, batch_size=batch_size, dtype=dtype)
    return initial_state(cell, inputs, batch_size, dtype)


def is_hoisted(cell):
    """Whether the inputs' part of a cell's step may be computed for all times at once: it is one of ours, unchanged."""
    return isinstance(cell, Cell) and type(cell).call is Cell.call and type(cell).project is Cell.project


known.add(SimpleRNNCell, GRUCell, LSTMCell, StackedRNNCells)
