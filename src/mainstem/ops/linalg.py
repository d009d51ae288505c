"""Decompositions and solvers on the matrices in the last two dimensions.

A matrix that cannot be decomposed gives NaN, where TensorFlow's CPU kernels raise: a compiled program cannot.
"""

import jax.numpy as jnp
import jax.scipy.linalg as scipy_linalg
import numpy as np
from jax import lax

from mainstem.base import dtypes
from mainstem.core.families import same_shape
from mainstem.core.registry import op

DECOMPOSED = frozenset((dtypes.float16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128))
SOLVED = DECOMPOSED - {dtypes.float16}


def _adjoint(x):
    return jnp.conj(jnp.swapaxes(x, -1, -2)) if np.iscomplexobj(x) else jnp.swapaxes(x, -1, -2)


def _product(a, b):
    return jnp.matmul(a, b, precision=lax.Precision.HIGHEST)


def _square(inputs, attrs):
    shape = inputs[0].shape
    if shape is None:
        return [None]
    _check_square(shape)
    return [shape]


def _check_square(shape):
    if len(shape) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(shape)}")
    if None not in shape[-2:] and shape[-1] != shape[-2]:
        raise ValueError(f"Dimensions must be equal, but are {shape[-2]} and {shape[-1]}")


def _batch_scalars(inputs, attrs):
    if inputs[0].shape is None:
        return [None, None]
    _check_square(inputs[0].shape)
    return [inputs[0].shape[:-2]] * 2


def _broadcast_batch(a, b):
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return jnp.broadcast_to(a, batch + a.shape[-2:]), jnp.broadcast_to(b, batch + b.shape[-2:])


# ---- decompositions


@op("Cholesky", "T -> T", T=DECOMPOSED, shape=_square)
def cholesky(input):
    """The lower triangular L with L L^H = `input` [.., m, m]; only the lower triangle is read."""
    return lax.linalg.cholesky(input, symmetrize_input=False)


def _cholesky_gradient(low, grad):
    """Murray, "Differentiation of the Cholesky decomposition" (2016), equation 10; symmetric, as TensorFlow gives it."""
    middle = jnp.tril(_product(_adjoint(low), grad))
    middle = middle - jnp.asarray(0.5, low.dtype) * middle * jnp.eye(low.shape[-1], dtype=low.dtype)
    half = _triangular(low, middle, True, True)
    grad = _adjoint(_triangular(low, _adjoint(half), True, True))
    return (grad + _adjoint(grad)) * jnp.asarray(0.5, low.dtype)


@cholesky.vjp
def _cholesky_vjp(inputs, outputs, grads):
    return _cholesky_gradient(outputs[0], grads[0])


@op("CholeskyGrad", "T, T -> T", T=DECOMPOSED, shape=same_shape)
def cholesky_grad(l, grad):
    """The gradient of Cholesky for its output `l`."""
    return _cholesky_gradient(l, grad)


def _qr_shape(inputs, attrs):
    shape = inputs[0].shape
    if shape is None:
        return [None, None]
    m, n = shape[-2:]
    p = None if m is None or n is None else min(m, n)
    if attrs["full_matrices"]:
        return [shape[:-2] + (m, m), shape]
    return [shape[:-2] + (m, p), shape[:-2] + (p, n)]


@op("Qr", "T -> q:T, r:T", T=DECOMPOSED, shape=_qr_shape)
def qr(input, *, full_matrices=False):
    """`q` with orthonormal columns and upper triangular `r` with q r = `input` [.., m, n]."""
    q, r = lax.linalg.qr(input, full_matrices=full_matrices)
    return q, r


def _svd_shape(inputs, attrs):
    shape = inputs[0].shape
    if shape is None:
        return [None, None, None]
    m, n = shape[-2:]
    p, lead = None if m is None or n is None else min(m, n), shape[:-2]
    if not attrs["compute_uv"]:
        return [lead + (p,), (0,), (0,)]
    full = attrs["full_matrices"]
    return [lead + (p,), lead + (m, m if full else p), lead + (n, n if full else p)]


@op("Svd", "T -> s:T, u:T, v:T", T=DECOMPOSED, shape=_svd_shape)
def svd(input, *, compute_uv=True, full_matrices=False):
    """Singular values `s`, largest first, and `u`, `v` with u diag(s) v^H = `input`; the signs of columns are not defined."""
    if not compute_uv:
        empty = jnp.zeros((0,), input.dtype)
        return lax.linalg.svd(input, full_matrices=False, compute_uv=False).astype(input.dtype), empty, empty
    u, s, vh = lax.linalg.svd(input, full_matrices=full_matrices)
    return s.astype(input.dtype), u, _adjoint(vh)


def _eigen_shape(inputs, attrs):
    shape = inputs[0].shape
    if shape is None:
        return [None, None]
    _check_square(shape)
    return [shape[:-1], shape if attrs["compute_v"] else (0,)]


@op("SelfAdjointEigV2", "T -> e:T, v:T", T=DECOMPOSED, shape=_eigen_shape)
def self_adjoint_eig(input, *, compute_v=True):
    """Eigenvalues, smallest first, and eigenvectors (columns) of self-adjoint matrices; only the lower triangle is read."""
    v, e = lax.linalg.eigh(input, symmetrize_input=False)
    return e.astype(input.dtype), v if compute_v else jnp.zeros((0,), input.dtype)


@self_adjoint_eig.vjp
def _self_adjoint_eig_grad(inputs, outputs, grads, **attrs):
    x, compute_v = inputs[0], attrs["compute_v"]
    e, v = outputs
    if not compute_v:
        v = lax.linalg.eigh(x, symmetrize_input=False)[0]
    inner = jnp.zeros_like(v)
    if grads[0] is not None:
        inner = inner + grads[0][..., None] * jnp.eye(v.shape[-1], dtype=v.dtype)
    if compute_v and grads[1] is not None:
        gap = e[..., None, :] - e[..., :, None]
        same = gap == 0
        inner = inner + jnp.where(same, 0 * gap, 1 / jnp.where(same, gap + 1, gap)) * _product(_adjoint(v), grads[1])
    full = _product(_product(v, inner), _adjoint(v))
    # the forward pass reads the lower triangle only, so the gradient is gathered there
    lower = jnp.tril(full + _adjoint(full))
    return lower - jnp.asarray(0.5, v.dtype) * lower * jnp.eye(v.shape[-1], dtype=v.dtype)


@op("Eig", "T -> e:Tout, v:Tout", T=SOLVED, Tout=dtypes.COMPLEX, shape=_eigen_shape, differentiable=False)
def eig(input, *, Tout: "type", compute_v=True):
    """Eigenvalues and right eigenvectors of square matrices; their order is not defined."""
    e, v = lax.linalg.eig(input, compute_left_eigenvectors=False)
    return e.astype(Tout.np), v.astype(Tout.np) if compute_v else jnp.zeros((0,), Tout.np)


@op("Lu", "T -> lu:T, p:output_idx_type", T=DECOMPOSED, output_idx_type=dtypes.INDEX)
def lu(input, *, output_idx_type: "type" = dtypes.int32):
    """L and U with partial pivoting in one matrix, and the permutation of rows `p` [.., m]."""
    packed, _, permutation = lax.linalg.lu(input)
    return packed, permutation.astype(output_idx_type.np)


# ---- solvers


@op("MatrixInverse", "T -> T", T=DECOMPOSED, shape=_square)
def matrix_inverse(input, *, adjoint=False):
    """The inverse of `input` [.., m, m], or of its adjoint."""
    return jnp.linalg.inv(_adjoint(input) if adjoint else input)


@matrix_inverse.vjp
def _matrix_inverse_grad(inputs, outputs, grads, adjoint):
    y, g = outputs[0], grads[0]
    return -_product(y, _product(_adjoint(g), y)) if adjoint else -_product(_adjoint(y), _product(g, _adjoint(y)))


@op("MatrixSolve", "T, T -> T", T=DECOMPOSED)
def matrix_solve(matrix, rhs, *, adjoint=False):
    """X with `matrix` [.., m, m] X = `rhs` [.., m, k]."""
    return jnp.linalg.solve(_adjoint(matrix) if adjoint else matrix, rhs)


def _triangular(matrix, rhs, lower, adjoint):
    complex_ = np.iscomplexobj(matrix)
    return lax.linalg.triangular_solve(
        matrix, rhs, left_side=True, lower=lower, transpose_a=adjoint, conjugate_a=adjoint and complex_
    )


@op("MatrixTriangularSolve", "T, T -> T", T=DECOMPOSED)
def matrix_triangular_solve(matrix, rhs, *, lower=True, adjoint=False):
    """X with `matrix` X = `rhs` for a triangular matrix; leading dimensions broadcast."""
    return _triangular(*_broadcast_batch(matrix, rhs), lower, adjoint)


@op("MatrixSolveLs", "T, T, l2_regularizer:float64 -> T", T=DECOMPOSED)
def matrix_solve_ls(matrix, rhs, l2_regularizer, *, fast=True):
    """X that minimizes |`matrix` X - `rhs`|^2 + l2_regularizer |X|^2; the least such X when several do."""
    m, n = matrix.shape[-2:]
    adjoint, damping = _adjoint(matrix), l2_regularizer.astype(matrix.dtype)
    if not fast:
        return _product(jnp.linalg.pinv(matrix), rhs)
    if m >= n:
        gram = _product(adjoint, matrix) + damping * jnp.eye(n, dtype=matrix.dtype)
        return jnp.linalg.solve(gram, _product(adjoint, rhs))
    gram = _product(matrix, adjoint) + damping * jnp.eye(m, dtype=matrix.dtype)
    return _product(adjoint, jnp.linalg.solve(gram, rhs))


@op("TridiagonalSolve", "T, T -> T", T=SOLVED, shape=lambda inputs, attrs: [inputs[1].shape])
def tridiagonal_solve(diagonals, rhs, *, partial_pivoting=True):
    """X with A X = `rhs` [.., m, k] for A given by super-, main and subdiagonal in `diagonals` [.., 3, m]."""
    upper, main, lower = (diagonals[..., i, :] for i in range(3))
    return lax.linalg.tridiagonal_solve(lower.at[..., 0].set(0), main, upper.at[..., -1].set(0), rhs)


@op("TridiagonalMatMul", "T, T, T, T -> T", T=SOLVED, shape=lambda inputs, attrs: [inputs[3].shape])
def tridiagonal_matmul(superdiag, maindiag, subdiag, rhs):
    """A times `rhs` [.., m, k] for A given by its three diagonals, each [.., 1, m]."""
    upper, main, lower = (jnp.swapaxes(d, -1, -2) for d in (superdiag, maindiag, subdiag))
    zero = jnp.zeros_like(rhs[..., :1, :])
    after = jnp.concatenate([rhs[..., 1:, :], zero], -2)
    before = jnp.concatenate([zero, rhs[..., :-1, :]], -2)
    return main * rhs + upper * after + lower * before


@op("MatrixDeterminant", "T -> T", T=DECOMPOSED, shape=lambda inputs, attrs: _batch_scalars(inputs, attrs)[:1])
def matrix_determinant(input):
    """The determinant of `input` [.., m, m]."""
    return jnp.linalg.det(input)


@op("LogMatrixDeterminant", "T -> sign:T, log_abs_determinant:T", T=DECOMPOSED, shape=_batch_scalars)
def log_matrix_determinant(input):
    """Sign and logarithm of the absolute value of the determinant."""
    sign, logarithm = jnp.linalg.slogdet(input)
    return sign, logarithm.astype(input.dtype)


@op("MatrixExponential", "T -> T", T=DECOMPOSED, shape=_square)
def matrix_exponential(input):
    """The matrix exponential, by scaling and squaring."""
    return scipy_linalg.expm(input)


@op("MatrixSquareRoot", "T -> T", T=DECOMPOSED, shape=_square)
def matrix_square_root(input):
    """The principal square root of matrices whose real eigenvalues are positive, by Denman and Beavers' iteration."""
    identity = jnp.broadcast_to(jnp.eye(input.shape[-1], dtype=input.dtype), input.shape)
    half = jnp.asarray(0.5, input.dtype)

    def step(_, pair):
        y, z = pair
        return half * (y + jnp.linalg.inv(z)), half * (z + jnp.linalg.inv(y))

    return lax.fori_loop(0, 20, step, (input, identity))[0]
