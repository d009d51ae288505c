"""Attention mechanisms: Luong's (arXiv:1508.04025) and Bahdanau's (arXiv:1409.0473), also monotonic (Raffel et al., arXiv:1704.00784)."""

import functools
import math as _math

import numpy as np

from mainstem.base import dtypes, nest
from mainstem.dialects.layers.core import Dense
from mainstem.ops import math as math_ops
from mainstem.surface import array, index, linalg, math, nn, random, reduce
from mainstem.surface.clip import clip_by_value
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.initializers import Constant, Ones, Zeros
from mainstem.surface.loops import scan
from mainstem.surface.masking import sequence_mask, where_v1
from mainstem.surface.variable_scope import get_variable, variable_scope


class AttentionMechanism:
    """What `AttentionWrapper` asks for weights over a memory: `mechanism(query, state)` gives (alignments, next state)."""

    @property
    def alignments_size(self):
        """How many entries of memory there are to weigh."""
        raise NotImplementedError

    @property
    def state_size(self):
        """The size of the mechanism's state."""
        raise NotImplementedError


def _masked_memory(memory, lengths, inner_known):
    """The memory [batch, time, ..], zeros after each sequence's end. Raises ValueError when inner sizes must be known and are not."""
    memory = nest.map_structure(lambda m: convert_to_tensor(m, name="memory"), memory)
    for m in nest.flatten(memory):
        if inner_known and (m._shape is None or None in m._shape[2:]):
            raise ValueError(f"Expected memory {m.name} to have fully defined inner dims, but saw shape: {m.shape}")
    if lengths is None:
        return memory
    first = nest.flatten(memory)[0]
    mask = sequence_mask(lengths, maxlen=array.shape(first)[1], dtype=first.dtype)

    def masked(m):
        rank = m.shape.ndims
        return m * array.reshape(mask, array.concat([array.shape(mask), array.ones([rank - 2], dtypes.int32)], 0))

    return nest.map_structure(masked, memory)


class BaseAttentionMechanism(AttentionMechanism):
    """A memory [batch, time, ..], with zeros after the end of each sequence, and keys made of it by a layer.

    Args:
        query_layer, memory_layer: layers for queries and memory, or None.
        memory: the memory.
        probability_fn: function of (scores [batch, time], the state) that gives weights.
        memory_sequence_length: [batch], or None; entries after it get `score_mask_value` as their score.
        check_inner_dims_defined: the memory's sizes after time must be known.
        score_mask_value: minus infinity by default.
        custom_key_value_fn: function of (keys, values) that gives both anew.

    Raises TypeError for layers that are none, ValueError for unknown sizes.
    """

    def __init__(
        self,
        query_layer,
        memory,
        probability_fn,
        memory_sequence_length=None,
        memory_layer=None,
        check_inner_dims_defined=True,
        score_mask_value=None,
        custom_key_value_fn=None,
        name=None,
    ):
        if not callable(probability_fn):
            raise TypeError(f"probability_fn must be callable, saw type: {type(probability_fn).__name__}")
        self._query_layer, self._memory_layer = query_layer, memory_layer
        self.dtype = memory_layer.dtype if memory_layer is not None else None
        if score_mask_value is None:
            score_mask_value = dtypes.as_dtype(self.dtype or "float32").as_numpy_dtype(-np.inf)
        with name_scope(name, "BaseAttentionMechanismInit", nest.flatten(memory)):
            if memory_sequence_length is not None:
                memory_sequence_length = convert_to_tensor(memory_sequence_length, name="memory_sequence_length")
            self._probability_fn = lambda score, state: probability_fn(
                _masked_score(score, memory_sequence_length, score_mask_value), state
            )
            self._values = _masked_memory(memory, memory_sequence_length, check_inner_dims_defined)
            self._keys = memory_layer(self._values) if memory_layer is not None else self._values
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            self._batch_size, self._alignments_size = (_size(self._keys, i) for i in range(2))

    memory_layer = property(lambda self: self._memory_layer, doc="The layer that makes keys of the memory.")
    query_layer = property(lambda self: self._query_layer, doc="The layer for queries.")
    values = property(lambda self: self._values, doc="The memory.")
    keys = property(lambda self: self._keys, doc="What queries are compared with.")
    batch_size = property(lambda self: self._batch_size, doc="The memory's batch size, a number where it is known.")
    alignments_size = property(
        lambda self: self._alignments_size, doc="How many entries there are, a number where it is known."
    )
    state_size = property(lambda self: self._alignments_size, doc="The size of the state: the last alignments.")

    def initial_alignments(self, batch_size, dtype):
        """Zeros [batch, entries]."""
        size = self._alignments_size
        made = array.zeros([batch_size, size], dtype)
        return made

    def initial_state(self, batch_size, dtype):
        """The first state: the initial alignments."""
        return self.initial_alignments(batch_size, dtype)


def _size(t, axis):
    known = None if t._shape is None else t._shape[axis]
    return array.shape(t)[axis] if known is None else known


def _masked_score(score, lengths, value):
    if lengths is None:
        return score
    mask = sequence_mask(lengths, maxlen=array.shape(score)[1])
    return where_v1(mask, score, value * array.ones_like(score))


def _query_and_memory_layers(num_units, dtype, query):
    kind = dtypes.float32 if dtype is None else dtype
    made = [Dense(num_units, name=f"{n}_layer", use_bias=False, dtype=kind) for n in ("query", "memory")]
    return made[0] if query else None, made[1]


def _probability(given):
    function = nn.softmax_v1 if given is None else given
    return lambda score, _: function(score)


def _luong(query, keys, scale):
    """`scale · query · keys` [batch, entries]; raises ValueError when both have other depths."""
    depth, units = query.shape[-1], keys.shape[-1]
    if depth != units:
        raise ValueError(
            "Incompatible or unknown inner dimensions between query and keys.  "
            f"Query ({query}) has units: {depth}.  Keys ({keys}) have units: {units}.  Perhaps you need to set num_units to the keys' "
            f"dimension ({units})?"
        )
    score = array.squeeze(linalg.matmul_v1(array.expand_dims(query, 1), keys, transpose_b=True), [1])
    return score if scale is None else scale * score


def _bahdanau(query, keys, v, g=None, b=None):
    """`v · tanh(keys + query)` [batch, entries]; with `g` and `b`, `v` is normalized to the length `g`."""
    inner = keys + array.expand_dims(query, 1)
    if g is not None:
        inner = inner + b
        v = g * v * math_ops.rsqrt(reduce.reduce_sum(math_ops.square(v)))
    return reduce.reduce_sum(v * math_ops.tanh(inner), [2])


class _Luong(BaseAttentionMechanism):
    def _score(self, query):
        scale = None
        if self._scale:
            scale = get_variable("attention_g", dtype=query.dtype, initializer=Ones(), shape=())
        return _luong(query, self._keys, scale)


class _Bahdanau(BaseAttentionMechanism):
    def _score(self, query):
        query = self.query_layer(query) if self.query_layer is not None else query
        v = get_variable("attention_v", [self._num_units], dtype=query.dtype)
        if not self._normalize:
            return _bahdanau(query, self._keys, v)
        g = get_variable("attention_g", dtype=query.dtype, initializer=Constant(_math.sqrt(1.0 / self._num_units)), shape=())
        b = get_variable("attention_b", [self._num_units], dtype=query.dtype, initializer=Zeros())
        return _bahdanau(query, self._keys, v, g, b)


class LuongAttention(_Luong):
    """Scores that are products of the query and the keys.

    Args:
        num_units: the depth of the keys, which must be that of the query.
        memory, memory_sequence_length: as of `BaseAttentionMechanism`.
        scale: whether scores are multiplied by the variable `attention_g`.
        probability_fn: function of scores that gives weights; softmax by default.
        score_mask_value, custom_key_value_fn: as of `BaseAttentionMechanism`.
        dtype: of the layers.
    """

    def __init__(
        self,
        num_units,
        memory,
        memory_sequence_length=None,
        scale=False,
        probability_fn=None,
        score_mask_value=None,
        dtype=None,
        custom_key_value_fn=None,
        name="LuongAttention",
    ):
        query, keys = _query_and_memory_layers(num_units, dtype, query=False)
        self._num_units, self._scale, self._name = num_units, scale, name
        super().__init__(
            query_layer=query,
            memory_layer=keys,
            memory=memory,
            probability_fn=_probability(probability_fn),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
            name=name,
        )

    def __call__(self, query, state):
        """(alignments [batch, entries], the same as the next state) of a query [batch, units]."""
        with variable_scope(None, "luong_attention", [query]):
            alignments = self._probability_fn(self._score(query), state)
        return alignments, alignments


class BahdanauAttention(_Bahdanau):
    """Scores of a small network: `attention_v · tanh(query layer + keys)`.

    Args:
        num_units: the depth of keys and query after their layers.
        memory, memory_sequence_length: as of `BaseAttentionMechanism`.
        normalize: whether `attention_v` is normalized (Salimans and Kingma, arXiv:1602.07868).
        probability_fn: function of scores that gives weights; softmax by default.
        score_mask_value, custom_key_value_fn: as of `BaseAttentionMechanism`.
        dtype: of the layers.
    """

    def __init__(
        self,
        num_units,
        memory,
        memory_sequence_length=None,
        normalize=False,
        probability_fn=None,
        score_mask_value=None,
        dtype=None,
        custom_key_value_fn=None,
        name="BahdanauAttention",
    ):
        query, keys = _query_and_memory_layers(num_units, dtype, query=True)
        self._num_units, self._normalize, self._name = num_units, normalize, name
        super().__init__(
            query_layer=query,
            memory_layer=keys,
            memory=memory,
            probability_fn=_probability(probability_fn),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            custom_key_value_fn=custom_key_value_fn,
            name=name,
        )

    def __call__(self, query, state):
        """(alignments [batch, entries], the same as the next state) of a query [batch, depth]."""
        with variable_scope(None, "bahdanau_attention", [query]):
            alignments = self._probability_fn(self._score(query), state)
        return alignments, alignments


def safe_cumprod(x, *args, **kwargs):
    """`tf.cumprod` of numbers between 0 and 1, as the exponential of a sum of logarithms: its gradient stays finite."""
    with name_scope(None, "SafeCumprod", [x]):
        x = convert_to_tensor(x, name="x")
        tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
        return math_ops.exp(reduce.cumsum(math_ops.log(clip_by_value(x, tiny, 1)), *args, **kwargs))


def monotonic_attention(p_choose_i, previous_attention, mode):
    """Where a reader that only goes forward stops: weights [batch, entries].

    Args:
        p_choose_i: [batch, entries], the probability to stop at an entry.
        previous_attention: [batch, entries], where it stood.
        mode: "recursive", exact, entry by entry; "parallel", by cumulated sums, less exact for long memories; "hard", for
            probabilities that are 0 or 1.

    Raises ValueError for another mode.
    """
    p, before = convert_to_tensor(p_choose_i, name="p_choose_i"), convert_to_tensor(previous_attention)
    if mode == "recursive":
        batch = _size(p, 0)
        passed = array.concat([array.ones([batch, 1], p.dtype), 1 - p[:, :-1]], 1)
        rows = [array.transpose_v1(passed), array.transpose_v1(before)]
        held = scan(lambda x, pair: array.reshape(pair[0] * x + pair[1], [batch]), rows, array.zeros([batch], p.dtype))
        return p * array.transpose_v1(held)
    if mode == "parallel":
        passed = safe_cumprod(1 - p, axis=1, exclusive=True)
        return p * passed * reduce.cumsum(before / clip_by_value(passed, 1e-10, 1.0), axis=1)
    if mode == "hard":
        p = p * reduce.cumsum(before, axis=1)
        return p * reduce.cumprod(1 - p, axis=1, exclusive=True)
    raise ValueError("mode must be 'recursive', 'parallel', or 'hard'.")


def _monotonic_probability(score, before, noise, mode, seed):
    if noise > 0:
        score = score + noise * random.random_normal(array.shape(score), dtype=score.dtype, seed=seed)
    p = math_ops.cast(score > 0, DstT=score.dtype) if mode == "hard" else math.sigmoid(score)
    return monotonic_attention(p, before, mode)


class _Monotonic:
    """The part of monotonic mechanisms beside their scores: they begin at the first entry, and scores have a bias."""

    def initial_alignments(self, batch_size, dtype):
        """1 at the first entry, 0 elsewhere, [batch, entries]."""
        return index.one_hot(array.zeros([batch_size], dtypes.int32), self._alignments_size, dtype=dtype)

    def __call__(self, query, state):
        """(alignments [batch, entries], the same as the next state) of a query [batch, depth]."""
        with variable_scope(None, self._scope_name, [query]):
            score = self._score(query)
            bias = get_variable("attention_score_bias", dtype=query.dtype, initializer=self._score_bias_init)
            alignments = self._probability_fn(score + bias, state)
        return alignments, alignments


class BahdanauMonotonicAttention(_Monotonic, _Bahdanau):
    """`BahdanauAttention` that only goes forward.

    Args:
        num_units, memory, memory_sequence_length, normalize, score_mask_value, dtype: as of `BahdanauAttention`.
        sigmoid_noise, sigmoid_noise_seed: scale and seed of noise on the scores, which in training drives them apart.
        score_bias_init: what the variable `attention_score_bias` starts with; negative for long memories.
        mode: as of `monotonic_attention`.
    """

    _scope_name = "bahdanau_monotonic_attention"

    def __init__(
        self,
        num_units,
        memory,
        memory_sequence_length=None,
        normalize=False,
        score_mask_value=None,
        sigmoid_noise=0.0,
        sigmoid_noise_seed=None,
        score_bias_init=0.0,
        mode="parallel",
        dtype=None,
        name="BahdanauMonotonicAttention",
    ):
        query, keys = _query_and_memory_layers(num_units, dtype, query=True)
        self._num_units, self._normalize, self._name, self._score_bias_init = num_units, normalize, name, score_bias_init
        super().__init__(
            query_layer=query,
            memory_layer=keys,
            memory=memory,
            probability_fn=functools.partial(_monotonic_probability, noise=sigmoid_noise, mode=mode, seed=sigmoid_noise_seed),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )


class LuongMonotonicAttention(_Monotonic, _Luong):
    """`LuongAttention` that only goes forward; the arguments are those of `LuongAttention` and `BahdanauMonotonicAttention`."""

    _scope_name = "luong_monotonic_attention"

    def __init__(
        self,
        num_units,
        memory,
        memory_sequence_length=None,
        scale=False,
        score_mask_value=None,
        sigmoid_noise=0.0,
        sigmoid_noise_seed=None,
        score_bias_init=0.0,
        mode="parallel",
        dtype=None,
        name="LuongMonotonicAttention",
    ):
        query, keys = _query_and_memory_layers(num_units, dtype, query=False)
        self._num_units, self._scale, self._name, self._score_bias_init = num_units, scale, name, score_bias_init
        super().__init__(
            query_layer=query,
            memory_layer=keys,
            memory=memory,
            probability_fn=functools.partial(_monotonic_probability, noise=sigmoid_noise, mode=mode, seed=sigmoid_noise_seed),
            memory_sequence_length=memory_sequence_length,
            score_mask_value=score_mask_value,
            name=name,
        )
