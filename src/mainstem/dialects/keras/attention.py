"""`Attention` and `AdditiveAttention`: mixtures of values by how keys fit a query."""

from mainstem.base import shapes
from mainstem.dialects.keras import known
from mainstem.dialects.keras.layer import Layer
from mainstem.ops import math as math_ops
from mainstem.surface import array, linalg, math, nn, reduce


class _Attention(Layer):
    """The base: inputs [query, value] or [query, value, key]; `causal` hides later values from each query."""

    def __init__(self, causal=False, **kwargs):
        super().__init__(**kwargs)
        self.causal, self.supports_masking = causal, True

    def _scores(self, query, key):
        raise NotImplementedError(f"{type(self).__name__}._scores")

    def call(self, inputs, mask=None):
        """The mixtures [batch, queries, depth]. Raises ValueError for other inputs or masks."""
        if not isinstance(inputs, list) or len(inputs) not in (2, 3):
            raise ValueError(
                f"{type(self).__name__} layer accepts inputs list of length 2 or 3, namely [query, value] or [query, value, key]."
            )
        query, value = inputs[:2]
        key = inputs[2] if len(inputs) > 2 else value
        query_mask, value_mask = (mask[0], mask[1]) if mask else (None, None)
        scores = self._scores(query, key)
        hidden = self._hidden(scores, value_mask)
        if hidden is not None:
            scores = scores - 1.0e9 * math.cast(hidden, scores.dtype)
        made = linalg.matmul_v1(nn.softmax_v1(scores), value)
        return made if query_mask is None else made * array.expand_dims_v1(math.cast(query_mask, made.dtype), -1)

    def _hidden(self, scores, value_mask):
        """Which scores do not count, None where all do."""
        parts = []
        if value_mask is not None:
            parts.append(math_ops.logical_not(array.expand_dims_v1(value_mask, -2)))
        if self.causal:
            sizes = array.shape(scores)
            rows = array.reshape(array.range(sizes[1]), [1, -1, 1])
            parts.append(math_ops.less(rows, array.reshape(array.range(sizes[2]), [1, 1, -1])))
        return parts[0] if len(parts) == 1 else math_ops.logical_or(*parts) if parts else None

    def compute_mask(self, inputs, mask=None):
        """The query's mask."""
        return mask[0] if mask else None

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "causal": self.causal}


class Attention(_Attention):
    """Luong's attention (arXiv:1508.04025): scores are dot products, times a variable `scale` with `use_scale`."""

    def __init__(self, use_scale=False, **kwargs):
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, input_shape):
        """Makes `scale`, a scalar."""
        self.scale = self.add_weight("scale", (), initializer="ones") if self.use_scale else None
        self.built = True

    def _scores(self, query, key):
        scores = linalg.matmul_v1(query, key, transpose_b=True)
        return scores if self.scale is None else scores * self.scale

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "use_scale": self.use_scale}


class AdditiveAttention(_Attention):
    """Bahdanau's attention (arXiv:1409.0473): scores are sums of `tanh(query + key)`, weighted by a variable with `use_scale`."""

    def __init__(self, use_scale=True, **kwargs):
        super().__init__(**kwargs)
        self.use_scale = use_scale

    def build(self, input_shape):
        """Makes `scale` [depth]."""
        depth = shapes.as_tuple(input_shape[1])[-1]
        self.scale = self.add_weight("scale", [depth], initializer="glorot_uniform") if self.use_scale else None
        self.built = True

    def _scores(self, query, key):
        both = math_ops.tanh(array.expand_dims_v1(query, -2) + array.expand_dims_v1(key, -3))
        return reduce.reduce_sum_v1(both if self.scale is None else self.scale * both, axis=-1)

    def get_config(self):
        """See `Layer.get_config`."""
        return {**super().get_config(), "use_scale": self.use_scale}


known.add(Attention, AdditiveAttention)
