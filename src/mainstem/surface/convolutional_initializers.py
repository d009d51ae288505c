"""Initializers of convolution kernels that keep lengths (Xiao et al., arXiv:1806.05393), with the seeds of TensorFlow 1.15."""

import functools
import itertools

from mainstem.base import dtypes
from mainstem.core.registry import lookup
from mainstem.ops import math as math_ops
from mainstem.surface import array, framework, index, linalg, math, random
from mainstem.surface.initializers import Initializer, checked_floating


class _Convolutional(Initializer):
    def __init__(self, gain=1.0, seed=None, dtype=dtypes.float32):
        self.gain, self.seed, self.dtype = gain, seed, checked_floating(dtype)

    def get_config(self):
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}

    def _orthogonal(self, n, dtype):
        """A random orthogonal matrix [n, n]."""
        q, r = linalg.qr(self._normal([n, n], dtype), full_matrices=False)
        return q * math_ops.sign(linalg.matrix_diag_part(r))

    def _normal(self, shape, dtype):
        return random.random_normal(shape, dtype=dtype, seed=self.seed)


def _checked(shape, ranks, message):
    shape = [int(n) for n in shape]
    if len(shape) not in ranks:
        raise ValueError(message)
    if shape[-2] > shape[-1]:
        raise ValueError(f"In_filters cannot be greater than out_filters. Got {shape[-2]} and {shape[-1]}.")
    return shape


class ConvolutionDeltaOrthogonal(_Convolutional):
    """An orthogonal matrix in the middle of a kernel of one to three dimensions, zeros around it; times `gain`.

    Raises ValueError, when called, for other ranks and for more input than output channels.
    """

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtype
        shape = _checked(
            shape, (3, 4, 5), "The tensor to initialize must be at least three-dimensional and at most five-dimensional"
        )
        q = self._orthogonal(shape[-1], dtype)[: shape[-2], :] * math.cast(self.gain, dtype)
        middle = [(n - 1) // 2 for n in shape[:-2]]
        return index.scatter_nd_v1([middle], array.expand_dims_v1(q, 0), shape)


class _Blocks(_Convolutional):
    """Kernels as convolutions of blocks of two positions a dimension, which projections make orthogonal."""

    rank = None

    def __call__(self, shape, dtype=None, partition_info=None):
        dtype = self.dtype if dtype is None else dtype
        rank = self.rank
        shape = _checked(shape, (rank + 2,), f"The tensor to initialize must be {_WORDS[rank + 2]}-dimensional")
        if len(set(shape[:-2])) > 1:
            raise ValueError(f"Kernel sizes must be equal. Got {shape[:-2]}.")
        size, inputs, outputs = shape[-3:]
        seed = self.seed
        kernel = self._kernel(size, inputs, outputs, dtype) * math.cast(self.gain, dtype)
        self.seed = seed
        return kernel

    def _drawn(self, draw):
        found = draw()
        if self.seed:
            self.seed += 1  # every draw has a seed of its own
        return found

    def _kernel(self, size, inputs, outputs, dtype):
        start = self._drawn(lambda: self._orthogonal(outputs, dtype))[:inputs, :]
        if size == 1:
            return array.reshape(start, [1] * self.rank + [inputs, outputs])
        block = self._block(outputs, dtype)
        for _ in range(size - 2):
            block = _convolved(block, self._block(outputs, dtype))
        parts = [linalg.matmul(start, block[place]) for place in itertools.product(range(size), repeat=self.rank)]
        return array.reshape(array.stack(parts), [size] * self.rank + [inputs, outputs])

    def _block(self, n, dtype):
        """{position: matrix} of a block, the product of a projection or its complement for each dimension."""
        pairs = []
        for _ in range(self.rank):
            p = self._projection(n, dtype)
            pair = (p, linalg.eye(n, dtype=dtype) - p)
            pairs.append(pair[::-1] if self.rank == 3 else pair)  # TensorFlow's order, which decides where seeded numbers lie
        places = itertools.product((0, 1), repeat=self.rank)
        return {place: functools.reduce(linalg.matmul, [pairs[i][side] for i, side in enumerate(place)]) for place in places}

    def _projection(self, n, dtype):
        q = self._drawn(lambda: self._orthogonal(n, dtype))
        kept = self._drawn(lambda: self._normal([n], dtype)) > framework.constant_v1(0.0, dtype)
        chosen = q * math.cast(kept, dtype)
        return linalg.matmul(chosen, chosen, transpose_b=True)


_WORDS = {3: "three", 4: "four", 5: "five"}


def _convolved(a, b):
    """The convolution of two kernels {position: matrix}."""
    found = {}
    for (i, x), (j, y) in itertools.product(a.items(), b.items()):
        found.setdefault(tuple(m + n for m, n in zip(i, j, strict=True)), []).append(linalg.matmul(x, y))
    return {place: functools.reduce(lookup("Add"), terms) for place, terms in found.items()}


class ConvolutionOrthogonal1D(_Blocks):
    """An orthogonal kernel [size, inputs, outputs] times `gain`. Raises ValueError, when called, for other shapes."""

    rank = 1


class ConvolutionOrthogonal2D(_Blocks):
    """An orthogonal kernel [size, size, inputs, outputs] times `gain`. Raises ValueError, when called, for other shapes."""

    rank = 2


class ConvolutionOrthogonal3D(_Blocks):
    """An orthogonal kernel [size, size, size, inputs, outputs] times `gain`. Raises ValueError, when called, for other shapes."""

    rank = 3
