"""`AttentionWrapper`: a cell that attends to a memory in every step."""

import collections

from mainstem.base import errors, nest, shapes
from mainstem.dialects.layers.core import Dense
from mainstem.dialects.rnn.cell import RNNCell, assert_like_rnncell
from mainstem.dialects.seq2seq.mechanisms import AttentionMechanism
from mainstem.surface import array, linalg, reduce
from mainstem.surface.framework import convert_to_tensor, identity, is_tensor, name_scope
from mainstem.surface.index import one_hot
from mainstem.surface.tensor_array import TensorArray

_FIELDS = ("cell_state", "attention", "time", "alignments", "alignment_history", "attention_state")


class AttentionWrapperState(collections.namedtuple("AttentionWrapperState", _FIELDS)):
    """The state of an `AttentionWrapper`: the cell's, the last attention, the step, the last alignments, all alignments (or an
    empty tuple), and the mechanisms' states; tuples where there are several mechanisms.
    """

    def clone(self, **kwargs):
        """The state with other parts. Raises ValueError when one has another static shape or structure."""
        made = super()._replace(**kwargs)
        nest.assert_same_structure(self, made)
        for old, new in zip(nest.flatten(self), nest.flatten(made)):
            shape, was = getattr(new, "_shape", None), getattr(old, "_shape", None)
            if not shapes.compatible(was, shape):
                raise ValueError(f"Shapes {shapes.TensorShape(was)} and {shapes.TensorShape(shape)} are not compatible")
        return nest.pack_sequence_as(made, [_shaped(n, o) for o, n in zip(nest.flatten(self), nest.flatten(made))])


def _shaped(new, old):
    if hasattr(new, "set_shape") and getattr(old, "_shape", None) is not None and not new._is_eager:
        new.set_shape(old.shape)
    return new


def hardmax(logits, name=None):
    """One-hot vectors of the greatest entries along the last axis, in the dtype of `logits`."""
    with name_scope(name, "Hardmax", [logits]):
        logits = convert_to_tensor(logits, name="logits")
        depth = logits._shape[-1] if logits._shape is not None and logits._shape[-1] is not None else array.shape(logits)[-1]
        return one_hot(reduce.argmax_v1(logits, -1), depth, dtype=logits.dtype)


def compute_attention(mechanism, cell_output, attention_state, attention_layer):
    """(attention, alignments, next state): the memory weighted by the alignments, and with a layer combined with the output."""
    alignments, after = mechanism(cell_output, state=attention_state)
    context = array.squeeze(linalg.matmul_v1(array.expand_dims(alignments, 1), mechanism.values), [1])
    if attention_layer is None:
        return context, alignments, after
    return attention_layer(array.concat([cell_output, context], 1)), alignments, after


def _as_list(value, what, count):
    given = list(value) if isinstance(value, (list, tuple)) else [value]
    if len(given) != count:
        raise ValueError(
            f"If provided, {what} must contain exactly one integer per attention_mechanism, saw: {len(given)} vs {count}"
        )
    return given


class AttentionWrapper(RNNCell):
    """A cell that gets the last attention beside its input, and whose output asks for the next.

    Args:
        cell: an `RNNCell`.
        attention_mechanism: an `AttentionMechanism`, or a list of several.
        attention_layer_size: depth of a layer for output and context, without bias; one for each mechanism. None uses the context.
        alignment_history: whether the state keeps the alignments of all steps, in a TensorArray.
        cell_input_fn: function of (inputs, attention); both side by side by default.
        output_attention: whether the attention is the output; else the cell's output is.
        initial_cell_state: what `zero_state` gives as the cell's.
        attention_layer: a layer, or a list, in place of `attention_layer_size`.
        attention_fn: function of (mechanism, cell output, mechanism's state, layer) that gives (attention, alignments, next state).
        name, dtype: as of `Layer`.

    Raises TypeError for other objects, ValueError for numbers of layers that do not fit, or both ways to give them.
    """

    def __init__(
        self,
        cell,
        attention_mechanism,
        attention_layer_size=None,
        alignment_history=False,
        cell_input_fn=None,
        output_attention=True,
        initial_cell_state=None,
        name=None,
        attention_layer=None,
        attention_fn=None,
        dtype=None,
    ):
        super().__init__(name=name, dtype=dtype)
        assert_like_rnncell("cell", cell)
        self._is_multi = isinstance(attention_mechanism, (list, tuple))
        self._mechanisms = tuple(attention_mechanism) if self._is_multi else (attention_mechanism,)
        for mechanism in self._mechanisms:
            if not isinstance(mechanism, AttentionMechanism):
                wanted = (
                    "contain only instances of AttentionMechanism"
                    if self._is_multi
                    else ("be an AttentionMechanism or list of multiple AttentionMechanism instances")
                )
                raise TypeError(f"attention_mechanism must {wanted}, saw type: {type(mechanism).__name__}")
        if cell_input_fn is not None and not callable(cell_input_fn):
            raise TypeError(f"cell_input_fn must be callable, saw type: {type(cell_input_fn).__name__}")
        self._cell_input_fn = cell_input_fn or (lambda inputs, attention: array.concat([inputs, attention], -1))
        self._layers_for(attention_layer_size, attention_layer, dtype)
        self._attention_fn = attention_fn or compute_attention
        self._cell, self._alignment_history, self._output_attention = cell, alignment_history, output_attention
        with name_scope(name, "AttentionWrapperInit"):
            self._initial_cell_state = initial_cell_state
            if initial_cell_state is not None:
                self._take(initial_cell_state)

    def _layers_for(self, sizes, layers, dtype):
        count = len(self._mechanisms)
        if sizes is not None and layers is not None:
            raise ValueError("Only one of attention_layer_size and attention_layer should be set")
        if sizes is not None:
            layers = [
                Dense(size, name="attention_layer" if i == 0 else f"attention_layer_{i}", use_bias=False, dtype=dtype)
                for i, size in enumerate(_as_list(sizes, "attention_layer_size", count))
            ]
            self._attention_layers, self._attention_layer_size = tuple(layers), sum(layer.units for layer in layers)
            return
        if layers is None:
            self._attention_layers = (None,) * count
            self._attention_layer_size = sum(m.values._shape[-1] for m in self._mechanisms)
            return
        self._attention_layers = tuple(_as_list(layers, "attention_layer", count))
        self._attention_layer_size = sum(
            shapes.as_tuple(layer.compute_output_shape([None, self._cell_size(m) + m.values._shape[-1]]))[-1]
            for layer, m in zip(self._attention_layers, self._mechanisms)
        )

    @staticmethod
    def _cell_size(mechanism):
        return mechanism.keys._shape[-1]

    def _take(self, state):
        flat = [convert_to_tensor(t) for t in nest.flatten(state)]
        self._check_batch(None if flat[-1]._shape is None else flat[-1]._shape[0], "constructing AttentionWrapper")
        self._initial_cell_state = nest.pack_sequence_as(state, flat)

    def _check_batch(self, batch_size, when):
        """Raises InvalidArgumentError for a batch size that is known not to be that of every memory.

        What only a run can tell fails in the product with the memory: an assertion inside would keep loops from being compiled.
        """
        if is_tensor(batch_size):
            batch_size = array.constant_value(batch_size)
        for m in self._mechanisms:
            if batch_size is not None and isinstance(m.batch_size, int) and int(batch_size) != m.batch_size:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"When {when} {self._base_name}: Non-matching batch sizes between the memory (encoder output) and the "
                    f"requested batch size: {m.batch_size} and {int(batch_size)}. Are you using the BeamSearchDecoder? If so, tile "
                    "the memory with tile_batch, and ask zero_state for batch_size * beam_width.",
                )

    def _item_or_tuple(self, values):
        made = tuple(values)
        return made if self._is_multi else made[0]

    def _all(self, value):
        return tuple(value) if self._is_multi else (value,)

    @property
    def output_size(self):
        """The attention's size, or the cell's output size."""
        return self._attention_layer_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self):
        """`AttentionWrapperState` of sizes."""
        kept = [m.alignments_size if self._alignment_history else () for m in self._mechanisms]
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            time=shapes.TensorShape([]),
            attention=self._attention_layer_size,
            alignments=self._item_or_tuple(m.alignments_size for m in self._mechanisms),
            attention_state=self._item_or_tuple(m.state_size for m in self._mechanisms),
            alignment_history=self._item_or_tuple(kept),
        )

    def zero_state(self, batch_size, dtype):
        """The first state: the cell's, no attention, and each mechanism's own. Raises ValueError for another structure."""
        with name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            cell_state = self._initial_cell_state
            if cell_state is None:
                cell_state = self._cell.get_initial_state(batch_size=batch_size, dtype=dtype)
            self._check_batch(batch_size, "calling zero_state of AttentionWrapper")
            cell_state = nest.map_structure(lambda s: identity(s, name="checked_cell_state"), cell_state)
            alignments = [m.initial_alignments(batch_size, dtype) for m in self._mechanisms]
            history = [
                TensorArray(dtype, size=0, dynamic_size=True, element_shape=a.shape) if self._alignment_history else ()
                for a in alignments
            ]
            return AttentionWrapperState(
                cell_state=cell_state,
                time=array.zeros([], dtype="int32"),
                attention=array.zeros([batch_size, self._attention_layer_size], dtype),
                alignments=self._item_or_tuple(alignments),
                attention_state=self._item_or_tuple(m.initial_state(batch_size, dtype) for m in self._mechanisms),
                alignment_history=self._item_or_tuple(history),
            )

    def call(self, inputs, state):
        """(attention or cell output, next `AttentionWrapperState`). Raises TypeError for another state."""
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(f"Expected state to be instance of AttentionWrapperState. Received type {type(state)} instead.")
        output, cell_state = self._cell(self._cell_input_fn(inputs, state.attention), state.cell_state)
        self._check_batch(None if output._shape is None else output._shape[0], "applying AttentionWrapper")
        parts = zip(
            self._mechanisms,
            self._all(state.attention_state),
            self._attention_layers,
            self._all(state.alignment_history),
            strict=True,
        )
        attentions, alignments, states, histories = [], [], [], []
        for mechanism, before, layer, history in parts:
            attention, weights, after = self._attention_fn(mechanism, output, before, layer)
            attentions.append(attention)
            alignments.append(weights)
            states.append(after)
            histories.append(history.write(state.time, weights) if self._alignment_history else ())
        attention = array.concat(attentions, 1) if len(attentions) > 1 else attentions[0]
        following = AttentionWrapperState(
            time=state.time + 1,
            cell_state=cell_state,
            attention=attention,
            attention_state=self._item_or_tuple(states),
            alignments=self._item_or_tuple(alignments),
            alignment_history=self._item_or_tuple(histories),
        )
        return (attention if self._output_attention else output), following
