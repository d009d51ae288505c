"""`BeamSearchDecoder`: the best few sequences, kept side by side."""

import collections

import numpy as np

from mainstem.base import dtypes, nest, shapes
from mainstem.dialects.layers.base import Layer
from mainstem.dialects.rnn.cell import assert_like_rnncell
from mainstem.dialects.seq2seq.attention import AttentionWrapperState
from mainstem.dialects.seq2seq.decoder import Decoder
from mainstem.ops import beam
from mainstem.ops import math as math_ops
from mainstem.surface import array, math, nn, reduce
from mainstem.surface.embedding import embedding_lookup_v1
from mainstem.surface.framework import convert_to_tensor, is_tensor, name_scope
from mainstem.surface.index import gather_v1, one_hot
from mainstem.surface.masking import sequence_mask, where
from mainstem.surface.tensor_array import TensorArray


class BeamSearchDecoderState(
    collections.namedtuple(
        "BeamSearchDecoderState", ("cell_state", "log_probs", "finished", "lengths", "accumulated_attention_probs")
    )
):
    """The state of a beam search; everything but arrays and scalars is [batch, beam, ..]."""


class BeamSearchDecoderOutput(collections.namedtuple("BeamSearchDecoderOutput", ("scores", "predicted_ids", "parent_ids"))):
    """What a step gives, each [batch, beam]: scores, words, and the beams that they continue."""


class FinalBeamSearchDecoderOutput(
    collections.namedtuple("FinalBeamDecoderOutput", ("predicted_ids", "beam_search_decoder_output"))
):
    """What the search gives: whole sequences [batch, time, beam], the best first, and the outputs of the steps."""


def tile_batch(t, multiplier, name=None):
    """Every entry of the batch `multiplier` times, one after the other, in each tensor of a structure.

    Raises ValueError for a tensor of unknown rank, or a scalar.
    """
    with name_scope(name, "tile_batch", [*nest.flatten(t), multiplier]):
        return nest.map_structure(lambda x: _tiled(x, multiplier), t)


def _tiled(t, multiplier):
    t = convert_to_tensor(t, name="t")
    if t._shape is None or len(t._shape) == 0:
        raise ValueError("t must have statically known rank" if t._shape is None else "t must have a batch dimension")
    shape, rest = array.shape(t), len(t._shape) - 1
    tiled = array.tile(array.expand_dims(t, 1), [1, multiplier, *[1] * rest])
    tiled = array.reshape(tiled, array.concat([[shape[0] * multiplier], shape[1:]], 0))
    known = array.constant_value(multiplier) if is_tensor(multiplier) else multiplier
    count = None if known is None or t._shape[0] is None else t._shape[0] * int(known)
    if not tiled._is_eager:
        tiled.set_shape([count, *t._shape[1:]])
    return tiled


def gather_tree(step_ids, parent_ids, max_sequence_lengths, end_token, name=None):
    """Whole beams [time, batch, beam], read backwards along `parent_ids`; after a beam's first `end_token` only that."""
    return beam.gather_tree(step_ids, parent_ids, max_sequence_lengths, end_token, name=name)


def gather_tree_from_array(t, parent_ids, sequence_length):
    """`t` [time, batch, beam, ..] in the order of the final beams of `parent_ids` [time, batch, beam]."""
    steps, batch, width = (_size(parent_ids, i) for i in range(3))
    here = array.tile(array.reshape(array.range(width), [1, 1, -1]), [steps, batch, 1])
    longest = math_ops.cast(reduce.reduce_max(sequence_length, axis=1), DstT=dtypes.int32)
    order = gather_tree(here, parent_ids, longest, convert_to_tensor(width + 1, dtypes.int32))
    inside = array.transpose_v1(sequence_mask(sequence_length, maxlen=steps), [2, 0, 1])
    return gather_v1(t, where(inside, order, here), axis=2, batch_dims=2)


def _size(t, axis):
    known = None if t._shape is None else t._shape[axis]
    return array.shape(t)[axis] if known is None else known


def _is_whole(t):
    """Whether a part of the state is not per beam: an array, or a scalar."""
    return isinstance(t, TensorArray) or t._shape == ()


class BeamSearchDecoder(Decoder):
    """Beam search over a cell. Its states are those of `tile_batch(state, beam_width)`.

    Args:
        cell: an `RNNCell`.
        embedding: a function of ids, or the table in which they are looked up.
        start_tokens: [batch], int32.
        end_token: an int32 scalar.
        initial_state: of the cell, [batch * beam_width, ..].
        beam_width: how many sequences are kept.
        output_layer: a layer for the cell's outputs, or None.
        length_penalty_weight: divides scores by ((5 + length) / 6) to that power.
        coverage_penalty_weight: adds that much of the logarithm of the attention that each entry of memory got to the scores of
            finished sequences.
        reorder_tensor_arrays: whether arrays in the state, such as the alignments, are put in the order of the final beams.

    Raises TypeError for other objects, ValueError for tokens of other ranks.
    """

    def __init__(
        self,
        cell,
        embedding,
        start_tokens,
        end_token,
        initial_state,
        beam_width,
        output_layer=None,
        length_penalty_weight=0.0,
        coverage_penalty_weight=0.0,
        reorder_tensor_arrays=True,
    ):
        assert_like_rnncell("cell", cell)
        if output_layer is not None and not isinstance(output_layer, Layer):
            raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")
        self._cell, self._output_layer, self._reorder = cell, output_layer, reorder_tensor_arrays
        self._embedding_fn = embedding if callable(embedding) else lambda ids: embedding_lookup_v1(embedding, ids)
        self._start_tokens = convert_to_tensor(start_tokens, dtype=dtypes.int32, name="start_tokens")
        self._end_token = convert_to_tensor(end_token, dtype=dtypes.int32, name="end_token")
        if self._start_tokens.shape.ndims != 1:
            raise ValueError("start_tokens must be a vector")
        if self._end_token.shape.ndims != 0:
            raise ValueError("end_token must be a scalar")
        self._batch_size, self._beam_width = _size(self._start_tokens, 0), beam_width
        self._length_weight, self._coverage_weight = length_penalty_weight, coverage_penalty_weight
        self._covers = array.constant_value(convert_to_tensor(coverage_penalty_weight)) != 0.0
        self._initial_cell_state = nest.map_structure(self._split, initial_state)
        starts = array.tile(array.expand_dims(self._start_tokens, 1), [1, beam_width])
        self._start_inputs = self._embedding_fn(starts)
        zeros = array.zeros([self._batch_size], dtypes.int32)
        self._finished = one_hot(zeros, depth=beam_width, on_value=False, off_value=True, dtype=dtypes.bool)
        self._dtype = nest.flatten(self._initial_cell_state)[0].dtype

    # ---- batch and beams, side by side or one behind the other

    def _split(self, t):
        """[batch * beam, ..] as [batch, beam, ..]."""
        if isinstance(t, TensorArray):
            return t
        t = convert_to_tensor(t)
        if t._shape == ():
            return t
        if t._shape is None:
            raise ValueError(f"Expected tensor ({t}) to have known rank, but ndims == None.")
        made = array.reshape(t, [self._batch_size, self._beam_width, *(_size(t, i) for i in range(1, len(t._shape)))])
        return made

    def _merged(self, t):
        """[batch, beam, ..] as [batch * beam, ..]."""
        if _is_whole(t):
            return t
        return array.reshape(t, [self._batch_size * self._beam_width, *(_size(t, i) for i in range(2, len(t._shape)))])

    def _of_beams(self, t, beams):
        """The rows of `t` [batch, beam, ..] of the given beams [batch, beam]."""
        return t if _is_whole(t) else gather_v1(t, beams, axis=1, batch_dims=1)

    # ---- what `dynamic_decode` asks

    @property
    def batch_size(self):
        """The batch size."""
        return convert_to_tensor(self._batch_size)

    @property
    def output_size(self):
        """`BeamSearchDecoderOutput` of the beam's width."""
        return BeamSearchDecoderOutput(*[shapes.TensorShape([self._beam_width])] * 3)

    @property
    def output_dtype(self):
        """`BeamSearchDecoderOutput` of dtypes; scores have that of the state."""
        return BeamSearchDecoderOutput(self._dtype, dtypes.int32, dtypes.int32)

    @property
    def tracks_own_finished(self):
        """True: beams change places."""
        return True

    def initialize(self, name=None):
        """(which beams are finished: all but the first, first inputs, first state)."""
        zeros = array.zeros([self._batch_size], dtypes.int32)
        scores = one_hot(zeros, depth=self._beam_width, on_value=0.0, off_value=-np.inf, dtype=self._dtype)
        probabilities = self._attention_of(self._initial_cell_state)
        state = BeamSearchDecoderState(
            cell_state=self._initial_cell_state,
            log_probs=scores,
            finished=self._finished,
            lengths=array.zeros([self._batch_size, self._beam_width], dtypes.int64),
            accumulated_attention_probs=() if probabilities is None else probabilities,
        )
        return self._finished, self._start_inputs, state

    def step(self, time, inputs, state, name=None):
        """(outputs, next state, next inputs, which beams are finished)."""
        with name_scope(name, "BeamSearchDecoderStep", [time, *nest.flatten(inputs)]):
            merged = nest.map_structure(self._merged, state.cell_state)
            outputs, after = self._cell(nest.map_structure(self._merged, inputs), merged)
            outputs = nest.map_structure(self._split, outputs)
            after = nest.map_structure(self._split, after)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            found, state = self._best(outputs, after, state)
            return found, state, self._embedding_fn(found.predicted_ids), state.finished

    def finalize(self, outputs, final_state, sequence_lengths):
        """(`FinalBeamSearchDecoderOutput`, final state)."""
        longest = math_ops.cast(reduce.reduce_max(final_state.lengths, axis=1), DstT=dtypes.int32)
        ids = gather_tree(outputs.predicted_ids, outputs.parent_ids, longest, self._end_token)
        if self._reorder:

            def ordered(t):
                if not isinstance(t, TensorArray):
                    return t
                rows = t.stack()
                rows = array.reshape(
                    rows,
                    [
                        array.shape(rows)[0],
                        self._batch_size,
                        self._beam_width,
                        *(_size(rows, i) for i in range(2, rows.shape.ndims)),
                    ],
                )
                rows = gather_tree_from_array(rows, outputs.parent_ids, final_state.lengths)
                shape = array.shape(rows)
                return array.reshape(rows, array.concat([shape[:1], [-1], shape[3:]], 0))

            final_state = final_state._replace(cell_state=nest.map_structure(ordered, final_state.cell_state))
        return FinalBeamSearchDecoderOutput(predicted_ids=ids, beam_search_decoder_output=outputs), final_state

    # ---- one step of the search

    def _best(self, logits, cell_state, state):
        """(output, next state) of the best continuations of all beams."""
        words, open_ = _size(logits, 2), math_ops.logical_not(state.finished)
        total = array.expand_dims(state.log_probs, 2) + self._step_scores(logits, state.finished, words)
        grows = one_hot(
            array.fill([self._batch_size, self._beam_width], self._end_token),
            words,
            on_value=np.int64(0),
            off_value=np.int64(1),
            dtype=dtypes.int64,
        )
        grows = grows * array.expand_dims(math_ops.cast(open_, DstT=dtypes.int64), 2)
        attention = self._attention_of(cell_state)
        if attention is not None:
            attention = attention * array.expand_dims(math_ops.cast(open_, DstT=attention.dtype), 2)
            attention = attention + state.accumulated_attention_probs
        scores = self._scores(total, grows + array.expand_dims(state.lengths, 2), state.finished, attention)
        flat = [self._batch_size, -1]
        best, at = nn.top_k_v1(array.reshape(scores, flat), k=self._beam_width)
        ids, beams = math_ops.mod(at, words), math_ops.floor_div(at, convert_to_tensor(words, dtypes.int32))
        finished = self._of_beams(state.finished, beams)
        following = BeamSearchDecoderState(
            cell_state=nest.map_structure(lambda t: self._of_beams(t, beams), cell_state),
            log_probs=gather_v1(array.reshape(total, flat), at, axis=1, batch_dims=1),
            finished=math_ops.logical_or(finished, math_ops.equal(ids, self._end_token)),
            lengths=self._of_beams(state.lengths, beams) + math_ops.cast(math_ops.logical_not(finished), DstT=dtypes.int64),
            accumulated_attention_probs=() if attention is None else self._of_beams(attention, beams),
        )
        return BeamSearchDecoderOutput(scores=best, predicted_ids=ids, parent_ids=beams), following

    def _step_scores(self, logits, finished, words):
        """The words' log probabilities [batch, beam, words]; a finished beam goes on with the end token, for free."""
        scores = nn.log_softmax(logits)
        lowest = scores.dtype.as_numpy_dtype(scores.dtype.min)
        end = one_hot(self._end_token, words, on_value=0.0, off_value=lowest, dtype=scores.dtype)
        return where(array.expand_dims(finished, 2), end, scores)

    def _scores(self, total, lengths, finished, attention):
        """Log probabilities with the penalties for length and coverage."""
        weight = convert_to_tensor(self._length_weight, name="length_penalty_weight")
        if weight.shape.ndims != 0:
            raise ValueError("length_penalty_weight should be a scalar, but saw shape: " + str(weight.shape))
        known = array.constant_value(weight)
        if known is None or known != 0:
            total = total / math.pow((5.0 + math_ops.cast(lengths, DstT=total.dtype)) / 6.0, weight)
        if attention is None:
            return total
        weight = convert_to_tensor(self._coverage_weight, name="coverage_penalty_weight")
        if weight.shape.ndims != 0:
            raise ValueError("coverage_penalty_weight should be a scalar, but saw shape: " + str(weight.shape))
        read = where(math_ops.equal(attention, 0.0), array.ones_like(attention), attention)
        penalty = reduce.reduce_sum(math_ops.log(math_ops.minimum(read, 1.0)), 2)
        penalty = penalty * math_ops.cast(finished, DstT=penalty.dtype) * weight
        return total + array.expand_dims(penalty, 2)

    def _attention_of(self, cell_state):
        """The mean alignments [batch, beam, entries] of the cells that attend; None where coverage does not count."""
        if not self._covers:
            return None
        states = [cell_state] if isinstance(cell_state, AttentionWrapperState) else cell_state
        states = [s for s in states if isinstance(s, AttentionWrapperState)] if isinstance(states, (tuple, list)) else []
        found = [a for s in states for a in nest.flatten(s.alignments)]
        if not found:
            raise ValueError("coverage_penalty_weight must be 0.0 if no cell has attention.")
        return found[0] if len(found) == 1 else reduce.reduce_mean(array.stack(found, 1), axis=1)
