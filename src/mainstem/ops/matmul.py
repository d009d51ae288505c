"""Matrix products and contractions.

`PRECISION` is read when a kernel is traced. None leaves it to XLA: float32 on CPUs, TensorFloat-32 on GPUs that have it, which is
TensorFlow's default too.
"""

import string

import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes, shapes
from mainstem.core.registry import op

MULTIPLIED = dtypes.NUMERIC
PRECISION = None


def _inner(a, b):
    if a is not None and b is not None and a != b:
        raise ValueError(f"Dimensions must be equal, but are {a} and {b}")


def _turned(shape, turn):
    return shape[:-2] + (shape[-1], shape[-2]) if turn else shape


def _ranked(shape, rank, name):
    if shape is not None and len(shape) != rank:
        raise ValueError(f"Shape must be rank {rank} but is rank {len(shape)} for '{name}'")
    return (None,) * rank if shape is None else shape


def _matmul_shape(inputs, attrs):
    a = _turned(_ranked(inputs[0].shape, 2, "MatMul"), attrs["transpose_a"])
    b = _turned(_ranked(inputs[1].shape, 2, "MatMul"), attrs["transpose_b"])
    _inner(a[1], b[0])
    return [(a[0], b[1])]


def _dot(a, b, left, right, batch=0):
    """Contracts dimension `left` of `a` with `right` of `b` after `batch` shared leading dimensions."""
    lead = tuple(range(batch))
    return lax.dot_general(a, b, (((left,), (right,)), (lead, lead)), precision=PRECISION)


@op("MatMul", "T, T -> product:T", T=MULTIPLIED, shape=_matmul_shape)
def matmul(a, b, *, transpose_a=False, transpose_b=False):
    """Multiplies `a` [m, k] by `b` [k, n], giving [m, n]; either may be given transposed."""
    return _dot(a, b, 0 if transpose_a else 1, 1 if transpose_b else 0)


def _batch_shape(inputs, attrs):
    x, y = inputs[0].shape, inputs[1].shape
    if x is None or y is None:
        return [None]
    if len(x) < 2 or len(y) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {min(len(x), len(y))}")
    x, y = _turned(x, attrs["adj_x"]), _turned(y, attrs["adj_y"])
    _inner(x[-1], y[-2])
    return [shapes.broadcast(x[:-2], y[:-2]) + (x[-2], y[-1])]


def _spread_batch(x, batch):
    """`x` with its leading dimensions broadcast to `batch`."""
    shape = batch + x.shape[-2:]
    return x if x.shape == shape else lax.broadcast_in_dim(x, shape, tuple(range(len(shape) - x.ndim, len(shape))))


def _batch_product(x, y, adj_x, adj_y):
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    n = len(batch)
    x, y = _spread_batch(x, batch), _spread_batch(y, batch)
    x, y = (lax.conj(x) if adj_x and np.iscomplexobj(x) else x), (lax.conj(y) if adj_y and np.iscomplexobj(y) else y)
    return _dot(x, y, n if adj_x else n + 1, n + 1 if adj_y else n, n)


@op("BatchMatMulV2", "T, T -> T", T=MULTIPLIED, shape=_batch_shape, also=("BatchMatMul",))
def batch_matmul(x, y, *, adj_x=False, adj_y=False):
    """Multiplies matrices in the last two dimensions, [.., m, k] by [.., k, n]; leading dimensions broadcast; `adj`: adjoint."""
    return _batch_product(x, y, adj_x, adj_y)


@op("BatchMatMulV3", "Ta, Tb -> Tout", Ta=MULTIPLIED, Tb=MULTIPLIED, Tout=MULTIPLIED, shape=_batch_shape)
def batch_matmul_v3(x, y, *, Tout: "type", adj_x=False, adj_y=False, grad_x=False, grad_y=False):
    """As BatchMatMulV2, with operands and result of different types."""
    return _batch_product(x.astype(Tout.np), y.astype(Tout.np), adj_x, adj_y)


@op("SparseMatMul", "Ta, Tb -> product:float32", Ta=dtypes.FLOATING, Tb=dtypes.FLOATING, shape=_matmul_shape)
def sparse_matmul(a, b, *, transpose_a=False, transpose_b=False, a_is_sparse=False, b_is_sparse=False,
                  Ta: "type" = dtypes.float32, Tb: "type" = dtypes.float32):  # fmt: skip
    """As MatMul, for matrices with many zeros (which gain nothing here)."""
    a, b = a.astype(np.float32), b.astype(np.float32)
    return _dot(a, b, 0 if transpose_a else 1, 1 if transpose_b else 0)


def _named_ellipsis(equation, ranks):
    """The equation with "..." written out in letters it does not use, broadcast dimensions aligned to the right."""
    if "..." not in equation:
        return equation
    left, right = equation.split("->")
    terms = left.split(",")
    free = [c for c in string.ascii_letters if c not in equation]
    extra = [rank - (len(t) - 3) if "..." in t else 0 for t, rank in zip(terms, ranks, strict=True)]
    names = "".join(free[: max(extra)])
    written = [t.replace("...", names[len(names) - n :] if n else "") for t, n in zip(terms, extra, strict=True)]
    return ",".join(written) + "->" + right.replace("...", names)


def _einsum_shape(inputs, attrs):
    known = [i.shape for i in inputs]
    if None in known:
        return [None]
    equation = attrs["equation"].replace(" ", "")
    if "->" not in equation:
        raise ValueError(f"einsum: the equation {equation!r} has no output part '->'.")
    left, right = _named_ellipsis(equation, [len(s) for s in known]).split("->")
    sizes = {}
    for term, shape in zip(left.split(","), known, strict=True):
        if len(term) != len(shape):
            raise ValueError(f"Expected input of rank {len(term)} for {term!r}, got shape {shapes.show(shape)} in {equation!r}")
        for c, d in zip(term, shape, strict=True):
            old = sizes.get(c, 1)
            if old not in (None, 1) and d not in (None, 1, old):
                raise ValueError(f"Expected dimension {old} for {c!r}, got {d} in {equation!r}")
            sizes[c] = d if old == 1 else old
    return [tuple(sizes[c] for c in right)]


@op("Einsum", "N * T -> T", T=MULTIPLIED, shape=_einsum_shape)
def einsum(inputs, *, equation: "string"):
    """Contracts tensors by an equation in index notation, as "ij,jk->ik"."""
    return jnp.einsum(equation.replace(" ", ""), *inputs, precision=PRECISION)
