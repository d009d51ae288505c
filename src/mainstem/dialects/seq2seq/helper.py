"""Helpers: what a decoder's next input is, and which sequences are finished."""

import abc

from mainstem.base import dtypes, nest, shapes
from mainstem.dialects.rnn.dynamic import transpose_batch_time
from mainstem.ops import math as math_ops
from mainstem.surface import array, random, reduce
from mainstem.surface.embedding import embedding_lookup_v1
from mainstem.surface.framework import convert_to_tensor, is_tensor, name_scope
from mainstem.surface.masking import where, where_v1
from mainstem.surface.tensor_array import TensorArray


class Helper(abc.ABC):
    """Gives a decoder its inputs, and turns its outputs into samples."""

    steps = None  # how many steps a loop takes at most, where a helper knows; a number or a tensor

    @property
    @abc.abstractmethod
    def batch_size(self):
        """The batch size, a scalar int32 tensor."""

    @property
    @abc.abstractmethod
    def sample_ids_shape(self):
        """The shape of a sample, without the batch."""

    @property
    @abc.abstractmethod
    def sample_ids_dtype(self):
        """The dtype of samples."""

    @abc.abstractmethod
    def initialize(self, name=None):
        """(which sequences are finished [batch], first inputs)."""

    @abc.abstractmethod
    def sample(self, time, outputs, state, name=None):
        """The samples of a step."""

    @abc.abstractmethod
    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        """(which sequences are finished [batch], next inputs, next state)."""


class _OfTokens(Helper):
    """A helper that knows its batch size, and whose samples are int32 scalars."""

    @property
    def batch_size(self):
        """The batch size, a scalar int32 tensor."""
        return self._batch_size

    @property
    def sample_ids_shape(self):
        """Of scalars."""
        return shapes.TensorShape([])

    @property
    def sample_ids_dtype(self):
        """int32."""
        return dtypes.int32


class CustomHelper(Helper):
    """A helper of three functions: `initialize_fn()`, `sample_fn(time=, outputs=, state=)` and `next_inputs_fn(time=, outputs=,
    state=, sample_ids=)`. Samples are int32 scalars unless said otherwise.
    """

    def __init__(self, initialize_fn, sample_fn, next_inputs_fn, sample_ids_shape=None, sample_ids_dtype=None):
        self._initialize_fn, self._sample_fn, self._next_inputs_fn = initialize_fn, sample_fn, next_inputs_fn
        self._batch_size, self._shape = None, shapes.TensorShape(sample_ids_shape or [])
        self._dtype = dtypes.as_dtype(sample_ids_dtype or dtypes.int32)

    @property
    def batch_size(self):
        """The batch size. Raises ValueError before `initialize`."""
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self):
        """The shape of a sample, without the batch."""
        return self._shape

    @property
    def sample_ids_dtype(self):
        """The dtype of samples."""
        return self._dtype

    def initialize(self, name=None):
        """(which sequences are finished [batch], first inputs)."""
        with name_scope(name, f"{type(self).__name__}Initialize"):
            finished, inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = array.size(finished)
        return finished, inputs

    def sample(self, time, outputs, state, name=None):
        """The samples of a step."""
        with name_scope(name, f"{type(self).__name__}Sample", [time, *nest.flatten([outputs, state])]):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        """(which sequences are finished [batch], next inputs, next state)."""
        with name_scope(name, f"{type(self).__name__}NextInputs", [time, *nest.flatten([outputs, state])]):
            return self._next_inputs_fn(time=time, outputs=outputs, state=state, sample_ids=sample_ids)


class TrainingHelper(_OfTokens):
    """Feeds the true sequence, whatever the decoder says; a sample is the output's argmax.

    Args:
        inputs: [batch, time, ..] or nested tuples of such tensors; [time, batch, ..] with `time_major`.
        sequence_length: [batch], int32.

    Raises ValueError for lengths that are no vector.
    """

    def __init__(self, inputs, sequence_length, time_major=False, name=None):
        with name_scope(name, "TrainingHelper", [*nest.flatten(inputs), sequence_length]):
            inputs = nest.map_structure(convert_to_tensor, inputs)
            self._inputs = inputs
            if not time_major:
                inputs = nest.map_structure(transpose_batch_time, inputs)
            self._sequence_length = convert_to_tensor(sequence_length, name="sequence_length")
            if self._sequence_length.shape.ndims != 1:
                raise ValueError(f"Expected sequence_length to be a vector, but received shape: {self._sequence_length.shape}")
            self._zero_inputs = nest.map_structure(lambda x: array.zeros_like(x[0, :]), inputs)
            self._first = nest.map_structure(lambda x: x[0, :], inputs)
            self._following = nest.map_structure(_following, inputs)
            self._batch_size = array.size(self._sequence_length)
            self.steps = math_ops.cast(reduce.reduce_max(self._sequence_length), DstT=dtypes.int32)

    @property
    def inputs(self):
        """The inputs as they were given."""
        return self._inputs

    @property
    def sequence_length(self):
        """The lengths."""
        return self._sequence_length

    def initialize(self, name=None):
        """(which sequences are empty [batch], first inputs: zeros when all are)."""
        with name_scope(name, "TrainingHelperInitialize"):
            finished = math_ops.equal(self._zero(), self._sequence_length)
            return finished, self._unless_over(finished, self._first)

    def _zero(self):
        return convert_to_tensor(0, dtype=self._sequence_length.dtype)

    def _unless_over(self, finished, inputs):
        over = reduce.reduce_all(finished)
        return nest.map_structure(lambda zero, x: where(over, zero, x), self._zero_inputs, inputs)

    def sample(self, time, outputs, name=None, **unused_kwargs):
        """The argmax of the outputs, int32."""
        with name_scope(name, "TrainingHelperSample", [time, outputs]):
            return _argmax(outputs)

    def next_inputs(self, time, outputs, state, name=None, **unused_kwargs):
        """(which sequences are finished [batch], the inputs of the next step, the same state)."""
        with name_scope(name, "TrainingHelperNextInputs", [time, outputs]):
            finished = math_ops.cast(time + 1, DstT=self._sequence_length.dtype) >= self._sequence_length
            following = nest.map_structure(lambda rows: rows.read(time), self._following)
            return finished, self._unless_over(finished, following), state


def _following(x):
    """An array of the steps after each step of time-major `x`; zeros after the last.

    Read at `time`, it is one of the arrays that the lowering hands to a loop row by row.
    """
    shifted = array.concat([x[1:], array.zeros_like(x[:1])], 0)
    static = None if x._shape is None else x._shape[0]
    if not shifted._is_eager:
        shifted.set_shape(x.shape)
    count = array.shape(x)[0] if static is None else static
    return TensorArray(x.dtype.base_dtype, count, element_shape=x._shape[1:]).unstack(shifted)


def _argmax(outputs):
    return math_ops.cast(reduce.argmax_v1(outputs, axis=-1), DstT=dtypes.int32)


def _drawn(logits, seed):
    """A class [batch] drawn from `logits` [batch, classes], int32."""
    return array.reshape(random.multinomial(logits, 1, seed=seed, output_dtype=dtypes.int32), [-1])


def _chance(probability, batch_size, seed):
    """A bool [batch] that is True with `probability`."""
    return math_ops.less(random.random_uniform([batch_size], seed=seed, dtype=probability.dtype), probability)


def _lookup(embedding):
    return embedding if callable(embedding) else lambda ids: embedding_lookup_v1(embedding, ids)


class _Scheduled(TrainingHelper):
    """A training helper that now and then feeds what the decoder said."""

    def __init__(self, inputs, sequence_length, probability, time_major, name):
        super().__init__(inputs, sequence_length, time_major=time_major, name=name)
        self._sampling_probability = convert_to_tensor(probability, name="sampling_probability")
        if self._sampling_probability.shape.ndims not in (0, 1):
            raise ValueError(
                f"sampling_probability must be either a scalar or a vector. saw shape: {self._sampling_probability.shape}"
            )


class ScheduledEmbeddingTrainingHelper(_Scheduled):
    """Feeds the true sequence, or with a probability the embedding of a class drawn from the output.

    A sample is that class, or -1 where none was drawn.

    Args:
        inputs, sequence_length, time_major, name: as of `TrainingHelper`.
        embedding: a function of ids, or the table in which they are looked up.
        sampling_probability: a scalar, or [batch].
        seed: of the classes.
        scheduling_seed: of the decision to draw.

    Raises ValueError for a probability of another rank.
    """

    def __init__(
        self,
        inputs,
        sequence_length,
        embedding,
        sampling_probability,
        time_major=False,
        seed=None,
        scheduling_seed=None,
        name=None,
    ):
        with name_scope(name, "ScheduledEmbeddingSamplingWrapper", [embedding, sampling_probability]):
            self._embedding_fn, self._seed, self._scheduling_seed = _lookup(embedding), seed, scheduling_seed
            super().__init__(inputs, sequence_length, sampling_probability, time_major, name)

    def initialize(self, name=None):
        """(which sequences are empty [batch], first inputs)."""
        return super().initialize(name=name)

    def sample(self, time, outputs, state, name=None):
        """A drawn class or -1, [batch]."""
        with name_scope(name, "ScheduledEmbeddingTrainingHelperSample", [time, outputs, *nest.flatten(state)]):
            draws = _chance(self._sampling_probability, self.batch_size, self._scheduling_seed)
            return where(draws, _drawn(outputs, self._seed), array.fill([self.batch_size], -1))

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        """(which sequences are finished [batch], the inputs of the next step, the same state)."""
        with name_scope(name, "ScheduledEmbeddingTrainingHelperNextInputs", [time, outputs, *nest.flatten(state)]):
            finished, inputs, state = super().next_inputs(time=time, outputs=outputs, state=state)
            drawn = self._embedding_fn(math_ops.maximum(sample_ids, 0))
            takes = math_ops.logical_and(sample_ids > -1, math_ops.logical_not(reduce.reduce_all(finished)))
            return finished, where_v1(takes, drawn, inputs), state


class ScheduledOutputTrainingHelper(_Scheduled):
    """Feeds the true sequence, or with a probability the decoder's output.

    A sample says whether the output is fed, as int32.

    Args:
        inputs, sequence_length, time_major, name: as of `TrainingHelper`.
        sampling_probability: a scalar, or [batch].
        seed: of the decisions.
        next_inputs_fn: a function of the output, or a layer, that makes an input of it.
        auxiliary_inputs: of the batch and time of the inputs; put behind each input and each output that is fed.

    Raises ValueError for a probability of another rank.
    """

    def __init__(
        self,
        inputs,
        sequence_length,
        sampling_probability,
        time_major=False,
        seed=None,
        next_inputs_fn=None,
        auxiliary_inputs=None,
        name=None,
    ):
        with name_scope(name, "ScheduledOutputTrainingHelper", [inputs, auxiliary_inputs, sampling_probability]):
            self._seed, self._next_inputs_fn, self._auxiliary = seed, next_inputs_fn, None
            if auxiliary_inputs is not None:
                inputs = nest.map_structure(lambda x, y: array.concat([x, y], -1), inputs, auxiliary_inputs)
                behind = nest.map_structure(convert_to_tensor, auxiliary_inputs)
                behind = behind if time_major else nest.map_structure(transpose_batch_time, behind)
                self._auxiliary = nest.map_structure(_following, behind)
            super().__init__(inputs, sequence_length, sampling_probability, time_major, name)

    def initialize(self, name=None):
        """(which sequences are empty [batch], first inputs)."""
        return super().initialize(name=name)

    def sample(self, time, outputs, state, name=None):
        """1 where the output is fed, else 0, [batch]."""
        with name_scope(name, "ScheduledOutputTrainingHelperSample", [time, outputs, *nest.flatten(state)]):
            return math_ops.cast(_chance(self._sampling_probability, self.batch_size, self._seed), DstT=dtypes.int32)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        """(which sequences are finished [batch], the inputs of the next step, the same state)."""
        with name_scope(name, "ScheduledOutputTrainingHelperNextInputs", [time, outputs, *nest.flatten(state)]):
            finished, inputs, state = super().next_inputs(time=time, outputs=outputs, state=state)
            fed = self._next_inputs_fn(outputs) if self._next_inputs_fn else outputs
            if self._auxiliary is not None:
                fed = nest.map_structure(lambda x, rows: array.concat([x, rows.read(time)], -1), fed, self._auxiliary)
            takes = math_ops.logical_and(
                math_ops.cast(sample_ids, DstT=dtypes.bool), math_ops.logical_not(reduce.reduce_all(finished))
            )
            return finished, nest.map_structure(lambda x, y: where_v1(takes, x, y), fed, inputs), state


class GreedyEmbeddingHelper(_OfTokens):
    """Feeds the embedding of the output's argmax, until that is `end_token`.

    Args:
        embedding: a function of ids, or the table in which they are looked up.
        start_tokens: [batch], int32.
        end_token: an int32 scalar.

    Raises ValueError for tokens of other ranks.
    """

    def __init__(self, embedding, start_tokens, end_token):
        self._embedding_fn = _lookup(embedding)
        self._start_tokens = convert_to_tensor(start_tokens, dtype=dtypes.int32, name="start_tokens")
        self._end_token = convert_to_tensor(end_token, dtype=dtypes.int32, name="end_token")
        if self._start_tokens.shape.ndims != 1:
            raise ValueError("start_tokens must be a vector")
        if self._end_token.shape.ndims != 0:
            raise ValueError("end_token must be a scalar")
        self._batch_size, self._start_inputs = array.size(self._start_tokens), self._embedding_fn(self._start_tokens)

    def initialize(self, name=None):
        """(no sequence is finished [batch], the embedded start tokens)."""
        return array.tile([False], [self._batch_size]), self._start_inputs

    def _scores(self, outputs):
        if not is_tensor(outputs):
            raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")
        return outputs

    def sample(self, time, outputs, state, name=None):
        """The argmax of the outputs, int32. Raises TypeError for outputs that are no single tensor."""
        return _argmax(self._scores(outputs))

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        """(which sequences end here [batch], the embedded samples, the same state)."""
        return math_ops.equal(sample_ids, self._end_token), self._embedding_fn(sample_ids), state


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Feeds the embedding of a class drawn from the output, until that is `end_token`.

    Args:
        embedding, start_tokens, end_token: as of `GreedyEmbeddingHelper`.
        softmax_temperature: the outputs are divided by it; by default not.
        seed: of the classes.
    """

    def __init__(self, embedding, start_tokens, end_token, softmax_temperature=None, seed=None):
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature, self._seed = softmax_temperature, seed

    def sample(self, time, outputs, state, name=None):
        """A drawn class [batch], int32. Raises TypeError for outputs that are no single tensor."""
        logits = self._scores(outputs)
        return _drawn(logits if self._softmax_temperature is None else logits / self._softmax_temperature, self._seed)


class InferenceHelper(Helper):
    """A helper of functions of samples.

    Args:
        sample_fn: function of the outputs that gives samples [batch, *sample_shape] of `sample_dtype`.
        sample_shape, sample_dtype: of a sample.
        start_inputs: the first inputs [batch, ..].
        end_fn: function of samples that says which sequences end, [batch].
        next_inputs_fn: function of samples that gives the next inputs; the samples themselves by default.
    """

    def __init__(self, sample_fn, sample_shape, sample_dtype, start_inputs, end_fn, next_inputs_fn=None):
        self._sample_fn, self._end_fn, self._next_inputs_fn = sample_fn, end_fn, next_inputs_fn
        self._sample_shape, self._sample_dtype = shapes.TensorShape(sample_shape), dtypes.as_dtype(sample_dtype)
        self._start_inputs = convert_to_tensor(start_inputs, name="start_inputs")
        self._batch_size = array.shape(self._start_inputs)[0]

    @property
    def batch_size(self):
        """The batch size, a scalar int32 tensor."""
        return self._batch_size

    @property
    def sample_ids_shape(self):
        """The shape of a sample, without the batch."""
        return self._sample_shape

    @property
    def sample_ids_dtype(self):
        """The dtype of samples."""
        return self._sample_dtype

    def initialize(self, name=None):
        """(no sequence is finished [batch], the start inputs)."""
        return array.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time, outputs, state, name=None):
        """The samples of a step."""
        return self._sample_fn(outputs)

    def next_inputs(self, time, outputs, state, sample_ids, name=None):
        """(which sequences end here [batch], the next inputs, the same state)."""
        inputs = sample_ids if self._next_inputs_fn is None else self._next_inputs_fn(sample_ids)
        return self._end_fn(sample_ids), inputs, state
