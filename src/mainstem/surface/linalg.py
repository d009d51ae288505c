"""Matrix functions: products, `einsum`, `tensordot`, norms, decompositions, solvers, diagonals."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.eager.context import executing_eagerly
from mainstem.ops import diagonal, linalg
from mainstem.ops import math as math_ops
from mainstem.ops import matmul as products
from mainstem.surface import array, index, masking, math, reduce
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope
from mainstem.surface.reduce import either

SPARSE_TYPES = (dtypes.bfloat16, dtypes.float32)


def matmul_v1(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False,
              b_is_sparse=False, name=None):  # fmt: skip
    """Multiplies matrices, [.., m, k] by [.., k, n]; leading dimensions broadcast.

    Raises ValueError when an operand is to be both transposed and adjoint, or shapes do not fit.
    """
    if executing_eagerly():
        a = convert_to_tensor(a)
        b = convert_to_tensor(b, dtype_hint=a.dtype.base_dtype)
        plain = not (adjoint_a or adjoint_b or a_is_sparse or b_is_sparse) and len(a._shape) == len(b._shape) == 2
        if plain and a._dtype is b._dtype:
            return products.matmul(a, b, transpose_a=bool(transpose_a), transpose_b=bool(transpose_b))
    with name_scope(name, "MatMul", [a, b]) as name:
        for transpose, adjoint, which in ((transpose_a, adjoint_a, "a"), (transpose_b, adjoint_b, "b")):
            if transpose and adjoint:
                raise ValueError(f"Only one of transpose_{which} and adjoint_{which} can be True.")
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b", dtype_hint=a.dtype.base_dtype)
        ranks = a.shape.ndims, b.shape.ndims
        if any(r is None or r > 2 for r in ranks):
            a = math.conj(a) if transpose_a else a
            b = math.conj(b) if transpose_b else b
            return products.batch_matmul(
                a, b, adj_x=bool(adjoint_a or transpose_a), adj_y=bool(adjoint_b or transpose_b), name=name
            )
        a = math.conj(a) if adjoint_a else a
        b = math.conj(b) if adjoint_b else b
        turned = {"transpose_a": bool(transpose_a or adjoint_a), "transpose_b": bool(transpose_b or adjoint_b)}
        kinds = a.dtype.base_dtype, b.dtype.base_dtype
        mixed = dtypes.bfloat16 in kinds and kinds[0] is not kinds[1]
        if mixed or ((a_is_sparse or b_is_sparse) and all(k in SPARSE_TYPES for k in kinds)):
            out = products.sparse_matmul(a, b, **turned, a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse, name=name)
            return math.cast(out, dtypes.bfloat16) if kinds == (dtypes.bfloat16, dtypes.bfloat16) else out
        return products.matmul(a, b, **turned, name=name)


def matmul(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False,
           b_is_sparse=False, output_type=None, grad_a=False, grad_b=False, name=None):  # fmt: skip
    """As `matmul_v1`; `output_type` (default: that of the operands) is the type to compute in.

    `grad_a` and `grad_b` are accepted and make no difference here.
    """
    if output_type is not None:
        a, b = math.cast(convert_to_tensor(a), output_type), math.cast(convert_to_tensor(b), output_type)
    return matmul_v1(a, b, transpose_a, transpose_b, adjoint_a, adjoint_b, a_is_sparse, b_is_sparse, name)


def sparse_matmul(a, b, transpose_a=False, transpose_b=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """Multiplies matrices with many zeros, float32 or bfloat16, giving float32."""
    return products.sparse_matmul(
        a, b, transpose_a=transpose_a, transpose_b=transpose_b, a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse, name=name
    )


def matvec(a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """Multiplies matrices [.., m, k] by vectors [.., k], giving [.., m]."""
    with name_scope(name, "MatVec", [a, b]):
        b = convert_to_tensor(b)
        out = matmul(a, array.expand_dims(b, -1), transpose_a, False, adjoint_a, False, a_is_sparse, b_is_sparse)
        return array.squeeze(out, axis=[-1])


def _implicit_output(equation):
    """The equation with "->" and the labels that occur once, in alphabetical order, as NumPy adds them."""
    if "->" in equation:
        return equation
    labels = equation.replace(",", "").replace("...", "")
    lead = "..." if "..." in equation else ""
    return equation + "->" + lead + "".join(sorted(c for c in set(labels) if labels.count(c) == 1))


def einsum(equation, *inputs, **kwargs):
    """Contracts tensors by an equation in index notation: `einsum("ij,jk->ik", a, b)`; without "->" as NumPy does.

    Raises ValueError when shapes do not fit it, TypeError for unknown keyword arguments.
    """
    name = kwargs.pop("name", None)
    kwargs.pop("optimize", None)
    if kwargs:
        raise TypeError(f"invalid keyword arguments for this function: {', '.join(sorted(kwargs))}")
    with name_scope(name, "einsum", list(inputs)) as name:
        tensors = [convert_to_tensor(x, name="input") for x in inputs]
        return products.einsum(tensors, equation=_implicit_output(equation.replace(" ", "")), name=name)


def _contraction(axes, rank_a, rank_b):
    """The two lists of axes that `tensordot` sums over."""
    if isinstance(axes, (int, np.integer)):
        if axes < 0:
            raise ValueError(f"'axes' must be at least 0. Got {axes}.")
        if rank_a is not None and axes > rank_a:
            raise ValueError(f"'axes' must not be larger than the number of dimensions of tensor {rank_a}. Got {axes}.")
        return list(range(rank_a - axes, rank_a)), list(range(axes))
    if isinstance(axes, (list, tuple, np.ndarray)) and len(axes) == 2:
        a, b = ([int(i) for i in np.reshape(part, -1)] for part in axes)
        if len(a) != len(b):
            raise ValueError(f"Different number of contraction axes 'a' and 'b', {len(a)} != {len(b)}.")
        return [i % rank_a for i in a], [i % rank_b for i in b]
    raise ValueError(f"'axes' must be an integer or have length 2. Got {axes!r}.")


def _matrix_of(x, axes, last):
    """`x` as a matrix whose columns (rows unless `last`) are the contracted axes; and the sizes of the free ones.

    Those are a list where all of `x`'s are known, else a tensor; the third result is the list with None for unknown ones.
    """
    known = shapes.as_tuple(x.shape)
    free = [i for i in range(len(known)) if i not in axes]
    sizes = [known[i] for i in free]
    if shapes.known(known):
        x = array.transpose_v1(x, free + axes if last else axes + free)
        split = [int(np.prod([known[i] for i in part], dtype=np.int64)) for part in (free, axes)]
        return array.reshape(x, split if last else split[::-1]), sizes, sizes
    axes = convert_to_tensor(axes, dtype=dtypes.int32, name="axes")
    free = convert_to_tensor(free, dtype=dtypes.int32, name="free")
    dynamic = array.shape_v1(x)
    free_sizes, summed = index.gather_v1(dynamic, free), index.gather_v1(dynamic, axes)
    split = [reduce.reduce_prod(free_sizes), reduce.reduce_prod(summed)]
    order = array.concat([free, axes] if last else [axes, free], 0)
    shape = array.stack(split if last else split[::-1])
    return array.reshape(array.transpose_v1(x, order), shape), free_sizes, sizes


def tensordot(a, b, axes, name=None):
    """Sums products of `a` and `b` over `axes`: a number n (the last n of `a`, the first n of `b`) or a pair of lists.

    Raises ValueError when `axes` do not fit. The ranks of both tensors must be known.
    """
    with name_scope(name, "Tensordot", [a, b, axes]) as name:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, name="b")
        if a.shape.ndims is None or b.shape.ndims is None:
            raise NotImplementedError("tensordot of tensors of unknown rank: set_shape them first")
        left, right = _contraction(axes, a.shape.ndims, b.shape.ndims)
        a, rows, known_rows = _matrix_of(a, left, True)
        b, cols, known_cols = _matrix_of(b, right, False)
        product = matmul(a, b)
        if isinstance(rows, list) and isinstance(cols, list):
            return array.reshape(product, constant_v1(np.array(rows + cols, np.int32), name="shape"), name=name)
        sizes = [convert_to_tensor(part, dtype=dtypes.int32) for part in (rows, cols)]
        product = array.reshape(product, array.concat(sizes, 0), name=name)
        if not product._is_eager:
            product.set_shape(known_rows + known_cols)
        return product


# ---- decompositions and solvers


def _plain(op, doc, argument="input"):
    if argument == "matrix":

        def function(matrix, name=None):
            return op(matrix, name=name)
    else:

        def function(input, name=None):
            return op(input, name=name)

    function.__doc__ = f"{doc} of the matrices in the last two dimensions."
    return function


cholesky = _plain(linalg.cholesky, "The Cholesky factor, lower triangular,")
matrix_determinant = _plain(linalg.matrix_determinant, "The determinant")
log_matrix_determinant = _plain(linalg.log_matrix_determinant, "The sign and the log of the absolute value of the determinant")
matrix_exponential = _plain(linalg.matrix_exponential, "The matrix exponential")
matrix_square_root = _plain(linalg.matrix_square_root, "The principal square root")


def slogdet(input, name=None):
    """(sign, log of the absolute value) of the determinant of square matrices."""
    return linalg.log_matrix_determinant(input, name=name)


def logdet(matrix, name=None):
    """The logarithm of the determinant of positive definite matrices."""
    with name_scope(name, "logdet", [matrix]):
        diagonals = matrix_diag_part(cholesky(matrix))
        return math_ops.mul(2.0, reduce.reduce_sum(math_ops.log(math.real(diagonals)), axis=[-1]), name="mul")


def matrix_inverse(input, adjoint=False, name=None):
    """The inverse of square matrices, or of their adjoints."""
    return linalg.matrix_inverse(input, adjoint=adjoint, name=name)


def matrix_solve(matrix, rhs, adjoint=False, name=None):
    """X with `matrix` X = `rhs`."""
    return linalg.matrix_solve(matrix, rhs, adjoint=adjoint, name=name)


def matrix_triangular_solve(matrix, rhs, lower=True, adjoint=False, name=None):
    """X with `matrix` X = `rhs` for triangular matrices."""
    return linalg.matrix_triangular_solve(matrix, rhs, lower=lower, adjoint=adjoint, name=name)


def cholesky_solve(chol, rhs, name=None):
    """X with A X = `rhs` for A = `chol` `chol`^H."""
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        y = linalg.matrix_triangular_solve(chol, rhs, adjoint=False, lower=True)
        return linalg.matrix_triangular_solve(chol, y, adjoint=True, lower=True)


def matrix_solve_ls(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """X that minimizes |`matrix` X - `rhs`|^2 + l2_regularizer |X|^2."""
    return linalg.matrix_solve_ls(matrix, rhs, constant_v1(l2_regularizer, dtypes.float64), fast=fast, name=name)


def qr(input, full_matrices=False, name=None):
    """(q, r) with orthonormal columns in q and upper triangular r."""
    return linalg.qr(input, full_matrices=full_matrices, name=name)


def lu(input, output_idx_type=dtypes.int32, name=None):
    """(LU in one matrix, permutation of rows)."""
    return linalg.lu(input, output_idx_type=output_idx_type, name=name)


def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """(s, u, v) with u diag(s) v^H = `tensor`, or s alone."""
    s, u, v = linalg.svd(tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    return (_realed(s), u, v) if compute_uv else _realed(s)


def _realed(x):
    return math.real(x)


def self_adjoint_eig(tensor, name=None):
    """(eigenvalues, smallest first; eigenvectors in columns) of self-adjoint matrices."""
    e, v = linalg.self_adjoint_eig(tensor, compute_v=True, name=name)
    return e, v


def self_adjoint_eigvals(tensor, name=None):
    """The eigenvalues of self-adjoint matrices, smallest first."""
    return linalg.self_adjoint_eig(tensor, compute_v=False, name=name)[0]


def eig(tensor, name=None):
    """(eigenvalues, right eigenvectors) of square matrices, complex."""
    tensor = convert_to_tensor(tensor)
    kind = dtypes.complex128 if tensor.dtype.base_dtype in (dtypes.float64, dtypes.complex128) else dtypes.complex64
    return linalg.eig(tensor, Tout=kind, compute_v=True, name=name)


def eigvals(tensor, name=None):
    """The eigenvalues of square matrices, complex."""
    return eig(tensor, name)[0]


def lu_reconstruct(lower_upper, perm, validate_args=False, name=None):
    """The matrix [m, m] that `lu` decomposed."""
    with name_scope(name or "lu_reconstruct"):
        packed = convert_to_tensor(lower_upper)
        if packed.shape.ndims != 2:
            raise NotImplementedError("lu_reconstruct of batches")
        lower = matrix_set_diag(matrix_band_part(packed, -1, 0), array.ones_like_v1(packed[:, 0]))
        return index.gather_v1(matmul(lower, matrix_band_part(packed, 0, -1)), index.invert_permutation(perm))


def _compact(diagonals, form):
    if form == "compact":
        return convert_to_tensor(diagonals)
    if form == "sequence":
        upper, main, lower = (convert_to_tensor(d) for d in diagonals)
        return array.stack([upper, main, lower], axis=-2)
    if form == "matrix":
        return diagonal.matrix_diag_part_v3(
            diagonals, [-1, 1], constant_v1(0, convert_to_tensor(diagonals).dtype), align="LEFT_RIGHT"
        )
    raise ValueError(f"Expected diagonals_format to be 'compact', 'sequence' or 'matrix'. Got {form!r}.")


def tridiagonal_solve(diagonals, rhs, diagonals_format="compact", transpose_rhs=False, conjugate_rhs=False, name=None,
                      partial_pivoting=True, perturb_singular=False):  # fmt: skip
    """X with A X = `rhs` [.., m] or [.., m, k] for tridiagonal A in "compact" [.., 3, m], "sequence" or "matrix" form."""
    with name_scope(name or "tridiagonal_solve"):
        packed, rhs = _compact(diagonals, diagonals_format), convert_to_tensor(rhs)
        rhs = math.conj(rhs) if conjugate_rhs else rhs
        if rhs.shape.ndims == packed.shape.ndims - 1:
            out = linalg.tridiagonal_solve(packed, array.expand_dims(rhs, -1), partial_pivoting=partial_pivoting)
            return array.squeeze(out, -1)
        rhs = matrix_transpose(rhs) if transpose_rhs else rhs
        out = linalg.tridiagonal_solve(packed, rhs, partial_pivoting=partial_pivoting)
        return matrix_transpose(out) if transpose_rhs else out


def tridiagonal_matmul(diagonals, rhs, diagonals_format="compact", name=None):
    """A times `rhs` [.., m, k] for tridiagonal A in "compact" [.., 3, m], "sequence" or "matrix" form."""
    with name_scope(name or "tridiagonal_matmul"):
        packed = _compact(diagonals, diagonals_format)
        rows = (packed[..., i : i + 1, :] for i in range(3))
        return linalg.tridiagonal_matmul(*rows, convert_to_tensor(rhs))


# ---- shapes and norms


def matrix_transpose(a, name="matrix_transpose", conjugate=False):
    """`a` with its last two dimensions exchanged. Raises ValueError for less than two dimensions."""
    with name_scope(name, values=[a]):
        a = convert_to_tensor(a, name="a")
        rank = a.shape.ndims
        if rank is not None:
            if rank < 2:
                raise ValueError(f"Argument 'a' should be a (batch) matrix, with rank >= 2. Found: {a.shape}")
            return array.transpose_v1(a, list(range(rank - 2)) + [rank - 1, rank - 2], conjugate=conjugate)
        rank = array.rank(a)
        order = array.concat([array.range(rank - 2), [rank - 1, rank - 2]], 0)
        return array.transpose_v1(a, order, conjugate=conjugate)


def adjoint(matrix, name=None):
    """The conjugate transpose of the last two dimensions."""
    with name_scope(name, "adjoint", [matrix]):
        return matrix_transpose(convert_to_tensor(matrix, name="matrix"), conjugate=True)


def eye(num_rows, num_columns=None, batch_shape=None, dtype=dtypes.float32, name=None):
    """Identity matrices [.., num_rows, num_columns] (default square), repeated over `batch_shape`."""
    with name_scope(name, "eye", [num_rows, num_columns, batch_shape]):
        square = num_columns is None
        columns = num_rows if square else num_columns
        batch = [] if batch_shape is None else batch_shape
        if isinstance(num_rows, (int, np.integer)) and isinstance(columns, (int, np.integer)):
            size = min(num_rows, columns)
        else:
            size = math_ops.minimum(num_rows, columns) if not square else num_rows
        batch = list(batch) if isinstance(batch, (list, tuple)) else batch
        lead = batch + [size] if isinstance(batch, list) else array.concat([batch, [size]], 0)
        ones = array.ones(lead, dtype=dtype)
        if square:
            return diagonal.matrix_diag(ones, name="diag")
        full = batch + [num_rows, columns] if isinstance(batch, list) else array.concat([batch, [num_rows, columns]], 0)
        return diagonal.matrix_set_diag(array.zeros(full, dtype=dtype), ones, name="set_diag")


def trace(x, name=None):
    """The sum of the main diagonal of each matrix."""
    with name_scope(name, "Trace", [x]) as name:
        x = convert_to_tensor(x, name="x")
        return reduce.reduce_sum(diagonal.matrix_diag_part(x, name="diag_part"), [-1], name=name)


def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None):
    """The norm of vectors (`axis` a number), matrices (`axis` a pair) or of all elements.

    `ord`: "euclidean", "fro" (matrices), a positive number, or inf. Raises ValueError for others.
    """
    keepdims = bool(keepdims)
    matrix = isinstance(axis, (tuple, list)) and len(axis) == 2
    _check_norm(ord, axis, matrix)
    with name_scope(name, "norm", [tensor]):
        tensor = convert_to_tensor(tensor)
        if ord in ("fro", "euclidean", 2, 2.0):
            if matrix and ord in (2, 2.0):
                order = [i for i in range(tensor.shape.ndims) if i not in [a % tensor.shape.ndims for a in axis]]
                moved = array.transpose_v1(tensor, order + [a % tensor.shape.ndims for a in axis])
                out = reduce.reduce_max(svd(moved, compute_uv=False), axis=-1)
                return array.reshape(out, _kept(tensor, axis)) if keepdims else out
            squares = math_ops.mul(tensor, math.conj(tensor), name="mul")
            result = math_ops.sqrt(reduce.reduce_sum(squares, axis, True))
        else:
            result = _other_norm(math.abs(tensor), ord, axis, matrix)
        return result if keepdims else array.squeeze(result, axis)


def norm_v1(tensor, ord="euclidean", axis=None, keepdims=None, name=None, keep_dims=None):
    """As `norm`, with the older name `keep_dims` too."""
    return norm(tensor, ord, axis, either("keepdims", keepdims, "keep_dims", keep_dims), name)


def _check_norm(ord, axis, matrix):
    allowed = ["fro", "euclidean", 1, 2, np.inf] if matrix else ["euclidean", 1, 2, np.inf]
    number = isinstance(ord, (int, float)) and ord > 0 and not matrix
    if ord not in allowed and not number:
        kind = "matrix" if matrix else "vector"
        raise ValueError(
            f"'ord' must be a supported {kind} norm in {allowed}{'' if matrix else ' or a positive number'}. Got {ord}"
        )
    if isinstance(axis, (tuple, list)) and (len(axis) != 2 or axis[0] == axis[1]):
        raise ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers")


def _kept(tensor, axis):
    rank = tensor.shape.ndims
    dims = shapes.as_tuple(tensor.shape)
    return [1 if i in [a % rank for a in axis] else d for i, d in enumerate(dims)]


def _other_norm(size, ord, axis, matrix):
    if matrix:
        inner, outer = (axis[0], axis[1]) if ord == 1 else (axis[1], axis[0])
        return reduce.reduce_max(reduce.reduce_sum(size, inner, True), outer, True)
    if ord == 1:
        return reduce.reduce_sum(size, axis, True)
    if ord == np.inf:
        return reduce.reduce_max(size, axis, True)
    return math.pow(reduce.reduce_sum(math.pow(size, ord), axis, True), 1.0 / ord)


def normalize(tensor, ord="euclidean", axis=None, name=None):
    """(`tensor` divided by its norm, the norm with `keepdims`)."""
    with name_scope(name, "normalize", [tensor]):
        tensor = convert_to_tensor(tensor)
        size = math.cast(norm(tensor, ord, axis, True), tensor.dtype)
        return math.truediv(tensor, size), size


def pinv(a, rcond=None, validate_args=False, name=None):
    """The Moore-Penrose inverse; singular values not above `rcond` times the largest (default 10 max(m, n) eps) count as 0."""
    with name_scope(name or "pinv"):
        a = convert_to_tensor(a, name="a")
        m, n = shapes.as_tuple(a.shape)[-2:]
        kind = a.dtype.base_dtype
        if rcond is None:
            rcond = 10.0 * max(m, n) * float(np.finfo(kind.real_dtype.as_numpy_dtype).eps)
        s, u, v = svd(a, full_matrices=False, compute_uv=True)
        cut = math_ops.mul(convert_to_tensor(rcond, s.dtype), reduce.reduce_max(s, axis=-1, keepdims=True))
        inverse = masking.where_v1(math_ops.greater(s, cut), math_ops.reciprocal(s), array.zeros_like_v1(s))
        scaled = math_ops.mul(v, array.expand_dims(math.cast(inverse, kind), -2))
        return matmul(scaled, u, adjoint_b=True)


def matrix_rank(a, tol=None, validate_args=False, name=None):
    """The number of singular values above `tol` (default: the largest times max(m, n) eps)."""
    with name_scope(name or "matrix_rank"):
        a = convert_to_tensor(a, name="a")
        s = svd(a, compute_uv=False)
        if tol is None:
            m, n = shapes.as_tuple(a.shape)[-2:]
            epsilon = max(m, n) * float(np.finfo(a.dtype.real_dtype.as_numpy_dtype).eps)
            tol = math_ops.mul(reduce.reduce_max(s, axis=-1, keepdims=True), convert_to_tensor(epsilon, s.dtype))
        return reduce.reduce_sum(math.cast(math_ops.greater(s, tol), dtypes.int32), axis=-1)


def cross(a, b, name=None):
    """The cross product of the vectors of 3 in the last dimension."""
    return diagonal.cross(a, b, name=name)


# ---- diagonals


def matrix_band_part(input, num_lower, num_upper, name=None):
    """`input` with zeros outside a band of `num_lower` diagonals below and `num_upper` above the main one; -1 keeps all."""
    return diagonal.matrix_band_part(input, num_lower, num_upper, name=name)


def matrix_diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0, align="RIGHT_LEFT"):
    """Matrices with `diagonal` on their `k`-th diagonal (or k[0] .. k[1]); see MatrixDiagV2."""
    return _diag_op(diagonal, name, k, num_rows, num_cols, padding_value, align)


def _diag_op(values, name, k, num_rows, num_cols, padding_value, align):
    if isinstance(k, int) and k == 0 and num_rows == num_cols == -1:
        return diagonal.matrix_diag(values, name=name)
    values = convert_to_tensor(values)
    padding = constant_v1(padding_value, values.dtype) if not hasattr(padding_value, "dtype") else padding_value
    return diagonal.matrix_diag_v3(values, k, num_rows, num_cols, padding, align=align, name=name)


def matrix_diag_part(input, name="diag_part", k=0, padding_value=0, align="RIGHT_LEFT"):
    """The `k`-th diagonal (or k[0] .. k[1], packed) of matrices; see MatrixDiagPartV2."""
    if isinstance(k, int) and k == 0:
        return diagonal.matrix_diag_part(input, name=name)
    input = convert_to_tensor(input)
    padding = constant_v1(padding_value, input.dtype) if not hasattr(padding_value, "dtype") else padding_value
    return diagonal.matrix_diag_part_v3(input, k, padding, align=align, name=name)


def matrix_set_diag(input, diagonal, name="set_diag", k=0, align="RIGHT_LEFT"):
    """`input` with its `k`-th diagonal (or k[0] .. k[1]) replaced; see MatrixSetDiagV2."""
    return _set_diag_op(input, diagonal, name, k, align)


def _set_diag_op(input, values, name, k, align):
    if isinstance(k, int) and k == 0:
        return diagonal.matrix_set_diag(input, values, name=name)
    return diagonal.matrix_set_diag_v3(input, values, k, align=align, name=name)


def diag(diagonal, name=None):
    """The tensor of twice the rank with `diagonal` on its diagonal."""
    return _tensor_diag(diagonal, name)


def _tensor_diag(values, name):
    return diagonal.diag(values, name=name)


def diag_part(input, name=None):
    """The diagonal of a tensor whose shape is the same twice over."""
    return diagonal.diag_part(input, name=name)
