"""`dynamic_decode`: a decoder in a loop until all sequences are finished; `BasicDecoder`, a cell with a helper."""

import abc
import collections
import contextlib

from mainstem.base import dtypes, nest, shapes
from mainstem.dialects.layers.base import Layer
from mainstem.dialects.rnn.cell import assert_like_rnncell, batched, dims
from mainstem.dialects.rnn.dynamic import kept, transpose_batch_time
from mainstem.dialects.seq2seq.helper import Helper
from mainstem.ops import math as math_ops
from mainstem.surface import array, reduce
from mainstem.surface.framework import constant_v1, convert_to_tensor, is_tensor, name_scope
from mainstem.surface.masking import where_v1
from mainstem.surface.tensor_array import TensorArray
from mainstem.surface.variable_scope import variable_scope
from mainstem.surface.while_loop import while_loop_v1


class Decoder(abc.ABC):
    """What `dynamic_decode` runs: it begins with `initialize`, and goes on with `step`."""

    @property
    def batch_size(self):
        """The batch size, a scalar int32 tensor."""
        raise NotImplementedError

    @property
    def output_size(self):
        """The sizes of what a step gives, nested."""
        raise NotImplementedError

    @property
    def output_dtype(self):
        """The dtypes of what a step gives, nested."""
        raise NotImplementedError

    @abc.abstractmethod
    def initialize(self, name=None):
        """(which sequences are finished [batch], first inputs, first state)."""
        raise NotImplementedError

    @abc.abstractmethod
    def step(self, time, inputs, state, name=None):
        """(outputs, next state, next inputs, which sequences are finished [batch])."""
        raise NotImplementedError

    def finalize(self, outputs, final_state, sequence_lengths):
        """(outputs of all steps, final state), changed at the end; NotImplementedError leaves them as they are."""
        raise NotImplementedError

    @property
    def tracks_own_finished(self):
        """Whether a sequence that is finished may become unfinished again, as in beam search."""
        return False

    steps = None  # how many steps there are at most, where a decoder knows; a number or a tensor


class BasicDecoderOutput(collections.namedtuple("BasicDecoderOutput", ("rnn_output", "sample_id"))):
    """What a step of `BasicDecoder` gives."""


class BasicDecoder(Decoder):
    """A cell that gets its inputs from a helper.

    Args:
        cell: an `RNNCell`.
        helper: a `Helper`.
        initial_state: of the cell.
        output_layer: a layer for the cell's outputs, or None; samples are taken after it.

    Raises TypeError for other objects.
    """

    def __init__(self, cell, helper, initial_state, output_layer=None):
        assert_like_rnncell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        if output_layer is not None and not isinstance(output_layer, Layer):
            raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")
        self._cell, self._helper, self._initial_state, self._output_layer = cell, helper, initial_state, output_layer
        self.steps = helper.steps

    @property
    def batch_size(self):
        """The helper's."""
        return self._helper.batch_size

    def _rnn_output_size(self):
        sizes = self._cell.output_size
        if self._output_layer is None:
            return sizes
        layer = self._output_layer
        made = nest.map_structure(lambda s: layer.compute_output_shape(shapes.TensorShape([None, *dims(s)])), sizes)
        return nest.map_structure(lambda s: shapes.TensorShape(shapes.as_tuple(s)[1:]), made)

    @property
    def output_size(self):
        """`BasicDecoderOutput` of sizes."""
        return BasicDecoderOutput(rnn_output=self._rnn_output_size(), sample_id=self._helper.sample_ids_shape)

    @property
    def output_dtype(self):
        """`BasicDecoderOutput` of dtypes; the outputs have that of the state."""
        dtype = nest.flatten(self._initial_state)[0].dtype
        kinds = nest.map_structure(lambda _: dtype, self._rnn_output_size())
        return BasicDecoderOutput(kinds, self._helper.sample_ids_dtype)

    def initialize(self, name=None):
        """(which sequences are finished [batch], first inputs, first state)."""
        return (*self._helper.initialize(), self._initial_state)

    def step(self, time, inputs, state, name=None):
        """(outputs, next state, next inputs, which sequences are finished [batch])."""
        with name_scope(name, "BasicDecoderStep", [time, *nest.flatten([inputs])]):
            outputs, after = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            samples = self._helper.sample(time=time, outputs=outputs, state=after)
            finished, inputs, after = self._helper.next_inputs(time=time, outputs=outputs, state=after, sample_ids=samples)
        return BasicDecoderOutput(outputs, samples), after, inputs, finished


def dynamic_decode(
    decoder,
    output_time_major=False,
    impute_finished=False,
    maximum_iterations=None,
    parallel_iterations=32,
    swap_memory=False,
    scope=None,
    **kwargs,
):
    """Runs `decoder` until all sequences are finished; gives (outputs, final state, lengths [batch]).

    The outputs are [batch, time, ..], or [time, batch, ..] with `output_time_major`; time is as long as the loop ran.

    Args:
        decoder: a `Decoder`.
        impute_finished: sequences that are finished keep their state, and their outputs are zeros.
        maximum_iterations: the loop ends after so many steps at the latest; an int32 scalar. A loop that nothing bounds runs
            step by step, since its outputs have no room set aside.
        scope: of the variables, a name or a `VariableScope`; "decoder" by default, made unique.
        parallel_iterations, swap_memory: accepted; the compiler decides.
        kwargs: of the decoder's `initialize` are not supported.

    Raises TypeError for what is no decoder, ValueError for a bound that is no scalar.
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"Expected decoder to be type Decoder, but saw: {type(decoder)}")
    if kwargs:
        raise TypeError(f"dynamic_decode got unexpected keyword arguments {sorted(kwargs)}")
    with variable_scope(scope, "decoder"):
        limit = maximum_iterations
        if limit is not None:
            limit = convert_to_tensor(limit, dtype=dtypes.int32, name="maximum_iterations")
            if limit.shape.ndims != 0:
                raise ValueError("maximum_iterations must be a scalar")
        loop = _Decoding(decoder, impute_finished, limit)
        outputs, state, lengths = loop.run(parallel_iterations, swap_memory)
        with contextlib.suppress(NotImplementedError):  # most decoders have nothing to change at the end
            outputs, state = decoder.finalize(outputs, state, lengths)
        if not output_time_major:
            outputs = nest.map_structure(transpose_batch_time, outputs)
    return outputs, state, lengths


class _Decoding:
    """The loop of one `dynamic_decode`.

    `exact` is the number of its steps where that is known before it begins; `bound` is at least as large, or None.
    """

    def __init__(self, decoder, impute, limit):
        self.decoder, self.impute, self.limit = decoder, impute, limit
        self.exact = decoder.steps
        if self.exact is not None and limit is not None:
            self.exact = math_ops.minimum(self.exact, limit)
        self.bound = limit if self.exact is None else self.exact
        if self.bound is not None:
            self.bound = math_ops.maximum(self.bound, 0)

    def run(self, parallel, swap_memory):
        """(stacked time-major outputs, last state, lengths)."""
        decoder = self.decoder
        finished, inputs, state = decoder.initialize()
        finished = convert_to_tensor(finished)
        if self.limit is not None:
            finished = math_ops.logical_or(finished, self.limit <= 0)
        state = nest.map_structure(_tensor, state, expand_composites=False)
        sizes, kinds = nest.flatten(decoder.output_size), nest.flatten(decoder.output_dtype)
        self.zeros = [batched(s, decoder.batch_size, k) for s, k in zip(sizes, kinds, strict=True)]
        count = 0 if self.bound is None else self.bound
        static = array.constant_value(decoder.batch_size)
        static = None if static is None else int(static)
        arrays = [
            TensorArray(k, count, dynamic_size=self.bound is None, element_shape=[static, *dims(s)])
            for k, s in zip(kinds, sizes, strict=True)
        ]
        lengths = array.zeros_like_v1(finished, dtype=dtypes.int32)
        first = (constant_v1(0, dtypes.int32), arrays, state, inputs, finished, lengths)
        time, arrays, state, _, _, lengths = while_loop_v1(
            self._goes_on, self._step, first, parallel_iterations=parallel, swap_memory=swap_memory
        )
        outputs = [a.stack() for a in arrays]
        if self.exact is None and self.bound is not None:
            outputs = [_until(t, time) for t in outputs]
        return nest.pack_sequence_as(decoder.output_size, outputs), state, lengths

    def _goes_on(self, time, arrays, state, inputs, finished, lengths):
        if self.exact is not None:
            return time < self.bound  # the very size of the arrays, so that the lowering knows how many steps there are
        return math_ops.logical_not(reduce.reduce_all(finished))

    def _step(self, time, arrays, state, inputs, finished, lengths):
        outputs, after, following, ended = self.decoder.step(time, inputs, state)
        nest.assert_same_structure(state, after)
        nest.assert_same_structure(self.decoder.output_size, outputs)
        nest.assert_same_structure(inputs, following)
        counted = where_v1(finished, lengths, array.fill(array.shape(lengths), time + 1))
        if not self.decoder.tracks_own_finished:
            ended = math_ops.logical_or(ended, finished)
        if self.limit is not None:
            ended = math_ops.logical_or(ended, time + 1 >= self.limit)
        flat = nest.flatten(outputs)
        if self.impute:
            flat = [kept(finished, zero, t) for zero, t in zip(self.zeros, flat, strict=True)]
            after = nest.map_structure(lambda old, new: kept(finished, old, new), state, after)
        arrays = [a.write(time, t) for a, t in zip(arrays, flat, strict=True)]
        return time + 1, arrays, after, following, ended, counted


def _tensor(value):
    return value if is_tensor(value) or isinstance(value, TensorArray) else convert_to_tensor(value)


def _until(t, time):
    """The first `time` steps of a time-major tensor."""
    made = t[:time]
    if not made._is_eager and t._shape is not None:
        made.set_shape([None, *t._shape[1:]])
    return made
