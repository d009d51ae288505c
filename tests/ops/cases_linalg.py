"""Rows of matrix products, decompositions, diagonals and Fourier transforms."""

from tests.ops.case import case, integers, normal

TURNS = [(False, False), (True, False), (False, True), (True, True)]

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
