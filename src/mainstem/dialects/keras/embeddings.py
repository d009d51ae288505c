"""`Embedding`: rows of a variable by number."""

from mainstem.base import shapes
from mainstem.dialects.keras import backend, built, known
from mainstem.dialects.keras.layer import Layer
from mainstem.ops import math as math_ops
from mainstem.surface import embedding, math


class Embedding(Layer):
    """Integers [batch, …] as vectors [batch, …, output_dim], the rows of the variable `embeddings`.

    Args:
        input_dim: how many numbers there are, from 0 on.
        output_dim: size of a vector.
        embeddings_initializer, embeddings_regularizer, activity_regularizer, embeddings_constraint: as of `Dense`.
        mask_zero: masks the number 0.
        input_length: the length of all inputs, a number or one for each dimension.
    """

    _tells = True

    @built.arguments_of
    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        activity_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        input_length=None,
        **kwargs,
    ):
        if "input_shape" not in kwargs:
            lengths = input_length if isinstance(input_length, (list, tuple)) else [input_length]
            kwargs["input_shape"] = tuple(lengths)
        kwargs["dtype"] = kwargs.get("dtype") or backend.floatx()
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.input_dim, self.output_dim, self.input_length = input_dim, output_dim, input_length
        self.embeddings_initializer, self.embeddings_regularizer = embeddings_initializer, embeddings_regularizer
        self.embeddings_constraint = embeddings_constraint
        self.mask_zero = self.supports_masking = mask_zero

    def build(self, input_shape):
        """Makes `embeddings` [input_dim, output_dim]."""
        self.embeddings = self.add_weight(
            "embeddings",
            (self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        self.built = True

    def compute_mask(self, inputs, mask=None):
        """Which numbers are not 0, with `mask_zero`."""
        return math_ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape):
        """[batch, …, output_dim]. Raises ValueError for shapes that contradict `input_length`."""
        known = shapes.as_tuple(input_shape)
        if self.input_length is None:
            return shapes.TensorShape([*known, self.output_dim])
        lengths = list(self.input_length) if isinstance(self.input_length, (list, tuple)) else [self.input_length]
        fits = len(lengths) == len(known) - 1 and all(a is None or b is None or a == b for a, b in zip(lengths, known[1:]))
        if not fits:
            raise ValueError(f'"input_length" is {self.input_length}, but received input has shape {input_shape}')
        return shapes.TensorShape([known[0], *(a or b for a, b in zip(lengths, known[1:])), self.output_dim])

    def call(self, inputs):
        """The rows."""
        if inputs.dtype.base_dtype.name not in ("int32", "int64"):
            inputs = math.cast(inputs, "int32")
        return embedding.embedding_lookup(self.embeddings, inputs)


known.add(Embedding)
