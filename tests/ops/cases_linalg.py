"""Rows of matrix products, decompositions, diagonals and Fourier transforms."""

from tests.ops.case import case, integers, invertible, normal, of, positive_definite

TURNS = [(False, False), (True, False), (False, True), (True, True)]

ELSEWHERE = {"MatrixExponential": "surface/test_math.py"}
CASES = [
    case("MatMul", a=normal(*((4, 3) if ta else (3, 4))), b=normal(*((5, 4) if tb else (4, 5))),
         attrs=dict(transpose_a=ta, transpose_b=tb), grad="a b")
    for ta, tb in TURNS
]  # fmt: skip
CASES += [
    case("MatMul", a=normal(2, 3, dtype=t), b=normal(3, 2, dtype=t), grad="a b", tol=tol)
    for t, tol in (("float64", None), ("float16", None), ("bfloat16", 2e-2), ("complex64", None))
]
CASES += [
    case("MatMul", a=integers(2, 3), b=integers(3, 2)),
    case("MatMul", a=normal(2, 3), b=normal(2, 3), raises=True),
    case("MatMul", a=normal(2, 2, 3), b=normal(3, 2), raises=True),
    case("MatMul", a=normal(0, 3), b=normal(3, 2)),
    case("SparseMatMul", a=normal(2, 3), b=normal(3, 2), grad="a b"),
]
CASES += [
    case(name, x=normal(2, *((4, 3) if ax else (3, 4)), dtype=t), y=normal(2, *((5, 4) if ay else (4, 5)), dtype=t),
         attrs=dict(adj_x=ax, adj_y=ay), grad="x y")
    for name, t in (("BatchMatMul", "float32"), ("BatchMatMulV2", "float32"), ("BatchMatMulV2", "complex64"))
    for ax, ay in TURNS
]  # fmt: skip
CASES += [
    case("BatchMatMulV2", x=normal(2, 1, 3, 4), y=normal(5, 4, 2), grad="x y"),
    case("BatchMatMulV2", x=normal(3, 4), y=normal(2, 4, 2), grad="x y"),
    case("BatchMatMulV2", x=normal(2, 3, 4), y=normal(3, 4, 2), raises=True),
    case("BatchMatMulV3", x=integers(2, 3), y=integers(3, 2), attrs=dict(Tout="int32")),
]
CASES += [
    case("Einsum", inputs=dict(inputs=list(parts)), attrs=dict(equation=equation), grad="inputs")
    for equation, parts in (
        ("ij,jk->ik", (normal(2, 3), normal(3, 4))),
        ("bij,bjk->bik", (normal(2, 2, 3), normal(2, 3, 4))),
        ("...ij,...jk->...ik", (normal(2, 2, 3), normal(3, 4))),
        ("ij->ji", (normal(2, 3),)),
        ("ii->", (normal(3, 3),)),
        ("i,j->ij", (normal(2), normal(3))),
        ("ijk->ik", (normal(2, 3, 4),)),
    )
]
CASES += [case("Einsum", inputs=dict(inputs=[normal(2, 3), normal(4, 5)]), attrs=dict(equation="ij,jk->ik"), raises=True)]
SPD = positive_definite(2, 3, 3)
CASES += [
    case("Cholesky", input=SPD, grad="input"),
    case("Cholesky", input=positive_definite(3, 3, dtype="float64"), grad="input"),
    case("Cholesky", input=normal(2, 3), raises=True),
    case("CholeskyGrad", inputs=dict(l=of([[2.0, 0.0], [1.0, 3.0]]), grad=normal(2, 2))),
    case("MatrixInverse", input=invertible(2, 3, 3), grad="input", tol=5e-5),
    case("MatrixInverse", input=invertible(3, 3, dtype="complex64"), attrs=dict(adjoint=True), tol=5e-5),
    case("MatrixSolve", matrix=invertible(2, 3, 3), rhs=normal(2, 3, 2), grad="matrix rhs", tol=5e-5),
    case("MatrixSolve", matrix=invertible(3, 3), rhs=normal(3, 2), attrs=dict(adjoint=True), grad="matrix rhs", tol=5e-5),
    case("MatrixDeterminant", input=invertible(2, 3, 3), grad="input", tol=5e-5),
    case("LogMatrixDeterminant", input=invertible(2, 3, 3), grad="input", tol=5e-5),
    case("MatrixSquareRoot", input=SPD, tol=5e-5),
    case("MatrixSolveLs", matrix=normal(5, 3), rhs=normal(5, 2), l2_regularizer=of(0.1, "float64"), tol=1e-4),
    case("MatrixSolveLs", matrix=normal(2, 4), rhs=normal(2, 2), l2_regularizer=of(0.1, "float64"), tol=1e-4),
    case("Lu", input=invertible(2, 3, 3)),
    case("Lu", input=normal(4, 4, dtype="float64"), attrs=dict(output_idx_type="int64")),
    case("TridiagonalSolve", diagonals=of([[1.0, 2.0, 0.0], [5.0, 6.0, 7.0], [0.0, 1.0, 2.0]]), rhs=normal(3, 2), grad="diagonals rhs"),
    case("TridiagonalMatMul", superdiag=normal(1, 4), maindiag=normal(1, 4), subdiag=normal(1, 4), rhs=normal(4, 2)),
    case("Qr", input=normal(2, 4, 3), grad="input", tol=5e-5),
    case("Qr", input=normal(3, 4), attrs=dict(full_matrices=True), tol=5e-5),
    case("Svd", input=normal(2, 4, 3), count=1),
    case("Svd", input=normal(3, 5), attrs=dict(compute_uv=False), grad="input", count=1, tol=5e-5),
    case("SelfAdjointEigV2", input=SPD, count=1),
    case("SelfAdjointEigV2", input=SPD, attrs=dict(compute_v=False), count=1),
    case("SelfAdjointEigV2", input=positive_definite(3, 3), attrs=dict(compute_v=False), grad="input", count=1),
    case("Eig", input=of([[1.0, 2.0], [0.0, 3.0]]), attrs=dict(Tout="complex64"), count=1),
]  # fmt: skip
CASES += [
    case("MatrixTriangularSolve", matrix=invertible(2, 3, 3), rhs=normal(2, 3, 2), attrs=dict(lower=lower, adjoint=adjoint),
         grad="matrix rhs", tol=5e-5)
    for lower, adjoint in TURNS
]  # fmt: skip
BANDS = ([0], [1], [-1], [-1, 1], [-2, 0], [0, 2])
ALIGNMENTS = ("LEFT_RIGHT", "RIGHT_LEFT", "LEFT_LEFT", "RIGHT_RIGHT")
CASES += [
    case("MatrixDiag", diagonal=normal(2, 3), grad="diagonal"),
    case("MatrixDiagPart", input=normal(2, 3, 4), grad="input"),
    case("MatrixSetDiag", input=normal(2, 3, 4), diagonal=normal(2, 3), grad="input diagonal"),
    case("MatrixDiagV2", diagonal=normal(3), k=1, num_rows=-1, num_cols=-1, padding_value=9.0),
    case("MatrixDiagV2", diagonal=normal(2, 3), k=[-1, 0], num_rows=-1, num_cols=-1, padding_value=9.0),
    case("MatrixDiagV2", diagonal=normal(2, 3), k=[-1, 0], num_rows=4, num_cols=3, padding_value=0.0, grad="diagonal"),
    case("MatrixDiagV2", diagonal=integers(3, 3), k=[-1, 1], num_rows=-1, num_cols=-1, padding_value=0),
    case("MatrixDiagV3", diagonal=normal(3), k=-1, num_rows=-1, num_cols=-1, padding_value=0.0, grad="diagonal"),
]
for band in BANDS:
    CASES += [
        case("MatrixDiagPartV2", input=normal(2, 3, 4), k=band, padding_value=7.0),
        case("MatrixDiagPartV2", input=normal(3, 4), k=band, padding_value=0.0),
    ]
    CASES += [
        case("MatrixDiagPartV3", input=normal(4, 3), k=band, padding_value=7.0, attrs=dict(align=a), grad="input")
        for a in ALIGNMENTS
    ]
CASES += [
    case("MatrixSetDiagV2", input=normal(2, 3, 3), diagonal=normal(2, 2), k=1, grad="input diagonal"),
    case("MatrixSetDiagV2", input=normal(3, 3), diagonal=normal(3, 3), k=[-1, 1]),
]
CASES += [
    row
    for a in ALIGNMENTS
    for row in (
        case(
            "MatrixSetDiagV3", input=normal(3, 4), diagonal=normal(3, 3), k=[-1, 1], attrs=dict(align=a), grad="input diagonal"
        ),
        case("MatrixDiagV3", diagonal=normal(3, 3), k=[-1, 1], num_rows=3, num_cols=4, padding_value=7.0, attrs=dict(align=a)),
    )
]
CASES += [
    case("MatrixBandPart", input=normal(2, 3, 4), num_lower=of(lo, "int64"), num_upper=of(hi, "int64"), grad="input")
    for lo, hi in ((0, 0), (-1, 0), (1, -1), (1, 1))
]
CASES += [
    case("Diag", diagonal=normal(3), grad="diagonal"),
    case("Diag", diagonal=normal(2, 2)),
    case("DiagPart", input=normal(3, 3), grad="input"),
    case("DiagPart", input=normal(2, 3, 2, 3)),
    case("DiagPart", input=normal(2, 3), raises=True),
    case("Cross", a=normal(2, 3), b=normal(2, 3), grad="a b"),
]
FOURIER = {"FFT": (2, 4), "FFT2D": (2, 3, 4), "FFT3D": (2, 3, 4), "IFFT": (5,), "IFFT2D": (3, 4), "IFFT3D": (2, 3, 4)}
CASES += [case(name, input=normal(*shape, dtype="complex64"), grad="input") for name, shape in sorted(FOURIER.items())]
CASES += [
    case("RFFT", input=normal(2, 6), fft_length=[6], grad="input"),
    case("RFFT", input=normal(2, 6), fft_length=[4]),
    case("RFFT2D", input=normal(4, 6), fft_length=[4, 6], grad="input"),
    case("RFFT3D", input=normal(2, 4, 6), fft_length=[2, 4, 6]),
    case("IRFFT", input=normal(2, 4, dtype="complex64"), fft_length=[6], grad="input"),
    case("IRFFT", input=normal(2, 4, dtype="complex64"), fft_length=[7], grad="input"),
    case("IRFFT2D", input=normal(4, 4, dtype="complex64"), fft_length=[4, 6], grad="input"),
    case("IRFFT3D", input=normal(2, 4, 4, dtype="complex64"), fft_length=[2, 4, 6]),
]
CASES = list({row.id: row for row in CASES}.values())
