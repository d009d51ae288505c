"""Layers of several inputs: `Add`, `Concatenate`, `Dot` and their like, and their functions."""

import functools
import string

from mainstem.base import shapes
from mainstem.dialects.keras import known
from mainstem.dialects.keras.layer import Layer
from mainstem.ops import math as math_ops
from mainstem.surface import array, linalg, nn, reduce


def _ranks(inputs):
    return [None if x.shape.ndims is None else x.shape.ndims for x in inputs]


class _Merge(Layer):
    """The base: inputs of one shape, or of shapes that broadcast, become one tensor."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def _merged(self, inputs):
        raise NotImplementedError(f"{type(self).__name__}._merged")

    def build(self, input_shape):
        """Checks the inputs' shapes. Raises ValueError for fewer than two, for other batch sizes, and for shapes that do not fit."""
        if not isinstance(input_shape, list):
            raise ValueError("A merge layer should be called on a list of inputs.")
        if len(input_shape) < 2:
            raise ValueError(f"A merge layer should be called on a list of at least 2 inputs. Got {len(input_shape)} inputs.")
        known = [shapes.as_tuple(s) for s in input_shape]
        batches = {s[0] for s in known if s} - {None}
        if len(batches) > 1:
            raise ValueError(f"Can not merge tensors with different batch sizes. Got tensors with shapes : {known}")
        functools.reduce(_broadcast, (None if s is None else s[1:] for s in known))
        self.built = True

    def call(self, inputs):
        """The merged tensor. Raises ValueError for one tensor, NotImplementedError for other ranks where one is unknown."""
        if not isinstance(inputs, (list, tuple)):
            raise ValueError("A merge layer should be called on a list of inputs.")
        ranks = _ranks(inputs)
        if len(set(ranks)) == 1:
            return self._merged(inputs)
        if None in ranks:
            raise NotImplementedError(f"{type(self).__name__} of tensors of different and unknown ranks: {ranks}")
        for _ in range(max(ranks)):
            inputs = [array.expand_dims_v1(x, 1) if x.shape.ndims < max(ranks) else x for x in inputs]
        return self._merged(inputs)

    def compute_output_shape(self, input_shape):
        """What the shapes broadcast to."""
        known = [shapes.as_tuple(s) for s in input_shape]
        batches = {s[0] for s in known if s} - {None}
        rest = functools.reduce(_broadcast, (s[1:] for s in known))
        return shapes.TensorShape([batches.pop() if len(batches) == 1 else None, *rest])

    def compute_mask(self, inputs, mask=None):
        """What all masks allow. Raises ValueError for masks that are no list of the inputs' length."""
        if mask is None:
            return None
        if not isinstance(mask, (list, tuple)):
            raise ValueError("`mask` should be a list.")
        if not isinstance(inputs, (list, tuple)):
            raise ValueError("`inputs` should be a list.")
        if len(mask) != len(inputs):
            raise ValueError("The lists `inputs` and `mask` should have the same length.")
        if all(m is None for m in mask):
            return None
        return functools.reduce(math_ops.logical_and, [m for m in mask if m is not None])


def _broadcast(a, b):
    if a is None or b is None:
        return None
    a, b = (a, b) if len(a) >= len(b) else (b, a)
    made = list(a[: len(a) - len(b)])
    for x, y in zip(a[len(a) - len(b) :], b):
        if x is None or y is None:
            made.append(None)
        elif x == 1 or y == 1 or x == y:
            made.append(y if x == 1 else x)
        else:
            raise ValueError(f"Operands could not be broadcast together with shapes {a} {b}")
    return tuple(made)


class Add(_Merge):
    """The sum of the inputs."""

    def _merged(self, inputs):
        return functools.reduce(lambda a, b: a + b, inputs)


class Subtract(_Merge):
    """The first of two inputs minus the second. Raises ValueError for another number of them."""

    def build(self, input_shape):
        """See `Layer.build`."""
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")

    def _merged(self, inputs):
        if len(inputs) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")
        return inputs[0] - inputs[1]


class Multiply(_Merge):
    """The product of the inputs, entry by entry."""

    def _merged(self, inputs):
        return functools.reduce(lambda a, b: a * b, inputs)


class Average(_Merge):
    """The mean of the inputs."""

    def _merged(self, inputs):
        return functools.reduce(lambda a, b: a + b, inputs) / len(inputs)


class Maximum(_Merge):
    """The largest of the inputs, entry by entry."""

    def _merged(self, inputs):
        return functools.reduce(math_ops.maximum, inputs)


class Minimum(_Merge):
    """The smallest of the inputs, entry by entry."""

    def _merged(self, inputs):
        return functools.reduce(math_ops.minimum, inputs)


class Concatenate(_Merge):
    """The inputs one after the other along `axis`. Raises ValueError for shapes that differ along other axes."""

    _tells = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape):
        """See `Layer.build`."""
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ValueError("A `Concatenate` layer should be called on a list of at least 2 inputs")
        known = [shapes.as_tuple(s) for s in input_shape]
        if all(s is not None for s in known):
            rest = [[n for i, n in enumerate(s) if i != self.axis % len(s)] for s in known]
            if any(len(r) != len(rest[0]) or any(None not in (a, b) and a != b for a, b in zip(r, rest[0])) for r in rest):
                raise ValueError(
                    "A `Concatenate` layer requires inputs with matching shapes except for the concat axis. "
                    f"Got inputs shapes: {known}"
                )
        self.built = True

    def call(self, inputs):
        """The joined tensor."""
        return self._merged(inputs)

    def _merged(self, inputs):
        return array.concat(inputs, self.axis)

    def compute_output_shape(self, input_shape):
        """The first shape, with the sum of the sizes along `axis`."""
        known = [list(shapes.as_tuple(s)) for s in input_shape]
        sizes = [s[self.axis] for s in known]
        known[0][self.axis] = None if None in sizes else sum(sizes)
        return shapes.TensorShape(known[0])

    def compute_mask(self, inputs, mask=None):
        """The masks joined along `axis`, ones for inputs without any."""
        if mask is None or all(m is None for m in mask):
            return None
        parts = []
        for x, m in zip(inputs, mask):
            if m is None:
                parts.append(math_ops.cast(array.ones_like_v1(x), DstT="bool"))
            else:
                parts.append(array.expand_dims_v1(m, -1) if m.shape.ndims < x.shape.ndims else m)
        return reduce.reduce_all_v1(array.concat(parts, self.axis), axis=-1)


class Dot(_Merge):
    """The dot product of two inputs along an axis of each, for every example.

    Args:
        axes: the axis, or one of each input.
        normalize: of vectors of length 1 along the axes: the cosine.

    Raises TypeError and ValueError for axes or inputs that do not fit.
    """

    _tells = True

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, (list, tuple)):
                raise TypeError("Invalid type for `axes` - should be a list or an int.")
            if len(axes) != 2:
                raise ValueError("Invalid format for `axes` - should contain two elements.")
            if not all(isinstance(a, int) for a in axes):
                raise ValueError('Invalid format for `axes` - list elements should be "int".')
        self.axes, self.normalize, self.supports_masking = axes, normalize, True

    def build(self, input_shape):
        """See `Layer.build`."""
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        a, b = (shapes.as_tuple(s) for s in input_shape)
        i, j = self._places(len(a), len(b))
        if a[i] != b[j]:
            raise ValueError(f"Dimension incompatibility {a[i]} != {b[j]}. Layer shapes: {a}, {b}")
        self.built = True

    def _places(self, *ranks):
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return [a % rank for a, rank in zip(axes, ranks)]

    def call(self, inputs):
        """The products [batch, other sizes of the first, other sizes of the second]."""
        if len(inputs) != 2:
            raise ValueError("A `Dot` layer should be called on exactly 2 inputs")
        a, b = inputs
        i, j = self._places(a.shape.ndims, b.shape.ndims)
        if self.normalize:
            a, b = nn.l2_normalize(a, axis=i), nn.l2_normalize(b, axis=j)
        letters = string.ascii_lowercase
        first = list(letters[: a.shape.ndims])
        second = list(letters[a.shape.ndims : a.shape.ndims + b.shape.ndims])
        second[0], second[j] = first[0], first[i]
        made = [n for n in first if n != first[i]] + [n for n in second[1:] if n != first[i]]
        out = linalg.einsum(f"{''.join(first)},{''.join(second)}->{''.join(made)}", a, b)
        return array.expand_dims_v1(out, 1) if len(made) == 1 else out

    def compute_output_shape(self, input_shape):
        """See `call`; [batch, 1] for two matrices."""
        a, b = (list(shapes.as_tuple(s)) for s in input_shape)
        i, j = self._places(len(a), len(b))
        made = [n for k, n in enumerate(a) if k != i] + [n for k, n in enumerate(b) if k not in (0, j)]
        return shapes.TensorShape(made if len(made) > 1 else [*made, 1])

    def compute_mask(self, inputs, mask=None):
        """None."""
        return None


def add(inputs, **kwargs):
    """`Add` of a list of tensors."""
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """`Subtract` of two tensors."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """`Multiply` of a list of tensors."""
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """`Average` of a list of tensors."""
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """`Maximum` of a list of tensors."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """`Minimum` of a list of tensors."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """`Concatenate` of a list of tensors."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs, axes, normalize=False, **kwargs):
    """`Dot` of two tensors."""
    return Dot(axes=axes, normalize=normalize, **kwargs)(inputs)


known.add(Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, Dot)
