# ruff: noqa: E501
"""Rows of sparse tensors, sets and the edit distance."""

from tests.ops.case import case, normal, of

AT = of([[0, 1], [1, 0], [1, 2], [3, 1]], "int64")
SHAPE = of([4, 3], "int64")
AT_B = of([[0, 1], [0, 2], [3, 0], [3, 1]], "int64")
VALUES = normal(4)
NAMES = of(["a", "b", "c", "d"])


def longs(*values):
    return of(list(values), "int64")


CASES = [
    case("SparseToDense", sparse_indices=AT, output_shape=SHAPE, sparse_values=VALUES, default_value=0.5, grad="sparse_values default_value"),
    case("SparseToDense", sparse_indices=AT, output_shape=SHAPE, sparse_values=2.0, default_value=0.5),
    case("SparseToDense", sparse_indices=[1, 3], output_shape=[5], sparse_values=[7, 8], default_value=-1),
    case("SparseToDense", sparse_indices=2, output_shape=[4], sparse_values=True, default_value=False),
    case("SparseTensorDenseMatMul", a_indices=AT, a_values=VALUES, a_shape=SHAPE, b=normal(3, 2), grad="a_values b"),
    case("SparseTensorDenseMatMul", a_indices=AT, a_values=VALUES, a_shape=SHAPE, b=normal(4, 2), attrs=dict(adjoint_a=True), grad="a_values b"),
    case("SparseTensorDenseMatMul", a_indices=AT, a_values=VALUES, a_shape=SHAPE, b=normal(2, 3), attrs=dict(adjoint_b=True), grad="a_values b"),
    case("SparseTensorDenseMatMul", a_indices=AT, a_values=normal(4, dtype="complex64"), a_shape=SHAPE, b=normal(4, 2, dtype="complex64"), attrs=dict(adjoint_a=True), gap="TensorFlow 1.15 transposes without conjugating"),
    case("SparseTensorDenseMatMul", a_indices=AT, a_values=VALUES, a_shape=SHAPE, b=normal(4, 2), raises=True),
    case("SparseTensorDenseMatMul", a_indices=of([[0, 0], [0, 0]], "int32"), a_values=normal(2, dtype="float64"), a_shape=longs(2, 2), b=normal(2, 2, dtype="float64")),
    case("SparseReduceSum", input_indices=AT, input_values=VALUES, input_shape=SHAPE, reduction_axes=[1], grad="input_values"),
    case("SparseReduceSum", input_indices=AT, input_values=VALUES, input_shape=SHAPE, reduction_axes=[-2], attrs=dict(keep_dims=True), grad="input_values"),
    case("SparseReduceSum", input_indices=AT, input_values=of([1, 2, 3, 4]), input_shape=SHAPE, reduction_axes=[0, 1]),
    case("SparseReduceMax", input_indices=AT, input_values=of([-1.0, -2.0, -3.0, 4.0]), input_shape=SHAPE, reduction_axes=[1]),
    case("SparseReduceMax", input_indices=AT, input_values=of([1, 2, 3, 4]), input_shape=SHAPE, reduction_axes=[0], attrs=dict(keep_dims=True)),
    case("SparseReduceSumSparse", input_indices=AT, input_values=VALUES, input_shape=SHAPE, reduction_axes=[1]),
    case("SparseReduceSumSparse", input_indices=AT, input_values=VALUES, input_shape=SHAPE, reduction_axes=[0], attrs=dict(keep_dims=True)),
    case("SparseReduceMaxSparse", input_indices=AT, input_values=VALUES, input_shape=SHAPE, reduction_axes=[1]),
    case("SparseSoftmax", sp_indices=AT, sp_values=VALUES, sp_shape=SHAPE, grad="sp_values"),
    case("SparseSoftmax", sp_indices=of([[0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 1, 1]], "int64"), sp_values=normal(4, dtype="float64"), sp_shape=longs(2, 2, 2)),
    case("SparseDenseCwiseMul", sp_indices=AT, sp_values=VALUES, sp_shape=SHAPE, dense=normal(4, 3), grad="sp_values dense"),
    case("SparseDenseCwiseMul", sp_indices=AT, sp_values=VALUES, sp_shape=SHAPE, dense=normal(1, 3)),
    case("SparseDenseCwiseMul", sp_indices=AT, sp_values=VALUES, sp_shape=SHAPE, dense=normal(3)),
    case("SparseDenseCwiseDiv", sp_indices=AT, sp_values=VALUES, sp_shape=SHAPE, dense=of([[2.0], [3.0], [4.0], [5.0]])),
    case("SparseDenseCwiseDiv", sp_indices=AT, sp_values=VALUES, sp_shape=SHAPE, dense=2.5),
    case("SparseDenseCwiseAdd", sp_indices=AT, sp_values=VALUES, sp_shape=SHAPE, dense=normal(4, 3)),
    case("SparseDenseCwiseMul", sp_indices=AT, sp_values=VALUES, sp_shape=SHAPE, dense=normal(4, 2), raises=True),
    case("SparseTensorDenseAdd", a_indices=AT, a_values=VALUES, a_shape=SHAPE, b=normal(4, 3), grad="a_values b"),
    case("SparseReorder", input_indices=of([[2, 0], [0, 1], [1, 1], [0, 0]], "int64"), input_values=VALUES, input_shape=SHAPE, grad="input_values"),
    case("SparseReshape", input_indices=AT, input_shape=SHAPE, new_shape=longs(2, -1)),
    case("SparseReshape", input_indices=AT, input_shape=SHAPE, new_shape=longs(12)),
    case("SparseReshape", input_indices=AT, input_shape=SHAPE, new_shape=longs(3, 2, 2)),
    case("SparseReshape", input_indices=AT, input_shape=SHAPE, new_shape=longs(5, -1), raises=True),
    case("SparseConcat", indices=[AT, AT_B], values=[VALUES, normal(4)], shapes=[SHAPE, SHAPE], attrs=dict(concat_dim=0)),
    case("SparseConcat", indices=[AT, AT_B], values=[VALUES, normal(4)], shapes=[SHAPE, SHAPE], attrs=dict(concat_dim=-1)),
    case("SparseConcat", indices=[AT, AT_B], values=[VALUES, normal(4)], shapes=[SHAPE, longs(5, 3)], attrs=dict(concat_dim=1), raises=True),
    case("SparseAdd", a_indices=AT, a_values=of([1.0, 2.0, 3.0, 4.0]), a_shape=SHAPE, b_indices=AT_B, b_values=of([-1.0, 0.25, 3.0, 1.0]), b_shape=SHAPE, thresh=0.0),
    case("SparseAdd", a_indices=AT, a_values=of([1.0, 2.0, 3.0, 4.0]), a_shape=SHAPE, b_indices=AT_B, b_values=of([-1.0, 0.25, 3.0, 1.0]), b_shape=SHAPE, thresh=0.5),
    case("SparseAdd", a_indices=AT, a_values=VALUES, a_shape=SHAPE, b_indices=AT, b_values=VALUES, b_shape=longs(4, 4), thresh=0.5, raises=True),
    case("SparseAddGrad", backprop_val_grad=normal(6), a_indices=AT, b_indices=AT_B, sum_indices=of([[0, 1], [0, 2], [1, 0], [1, 2], [3, 0], [3, 1]], "int64")),
    case("SparseSparseMaximum", a_indices=AT, a_values=VALUES, a_shape=SHAPE, b_indices=AT_B, b_values=normal(4), b_shape=SHAPE),
    case("SparseSparseMinimum", a_indices=AT, a_values=VALUES, a_shape=SHAPE, b_indices=AT_B, b_values=normal(4), b_shape=SHAPE),
    case("SparseSlice", indices=AT, values=VALUES, shape=SHAPE, start=longs(1, 0), size=longs(2, 9)),
    case("SparseSlice", indices=AT, values=NAMES, shape=SHAPE, start=longs(0, 1), size=longs(4, 1)),
    case("SparseSplit", split_dim=of(0, "int64"), indices=AT, values=VALUES, shape=SHAPE, attrs=dict(num_split=3)),
    case("SparseSplit", split_dim=of(1, "int64"), indices=AT, values=VALUES, shape=SHAPE, attrs=dict(num_split=2)),
    case("SparseSplit", split_dim=of(1, "int64"), indices=AT, values=VALUES, shape=SHAPE, attrs=dict(num_split=5), raises=True),
    case("SparseFillEmptyRows", indices=AT, values=VALUES, dense_shape=SHAPE, default_value=-1.0),
    case("SparseFillEmptyRows", indices=of([[2, 1], [0, 3], [2, 0]], "int64"), values=of(["a", "b", "c"]), dense_shape=longs(5, 6), default_value="x"),
    case("SparseFillEmptyRowsGrad", reverse_index_map=longs(2, 1, 4), grad_values=normal(6)),
    case("EditDistance", hypothesis_indices=of([[0, 0], [0, 1], [1, 0], [3, 0]], "int64"), hypothesis_values=NAMES, hypothesis_shape=longs(4, 2),
         truth_indices=of([[0, 0], [0, 1], [0, 2], [2, 0]], "int64"), truth_values=of(["a", "x", "b", "y"]), truth_shape=longs(4, 3)),
    case("EditDistance", hypothesis_indices=of([[0, 0], [0, 1], [1, 0]], "int64"), hypothesis_values=longs(1, 2, 3), hypothesis_shape=longs(2, 2),
         truth_indices=of([[0, 0], [0, 1], [0, 2]], "int64"), truth_values=longs(1, 3, 2), truth_shape=longs(2, 3), attrs=dict(normalize=False)),
    case("SetSize", set_indices=AT, set_values=longs(1, 2, 2, 3), set_shape=SHAPE),
]  # fmt: skip
for _kind in ("a-b", "b-a", "intersection", "union"):
    CASES += [
        case(
            "DenseToDenseSetOperation",
            set1=[[3, 1, 2, 1], [5, 5, 5, 5]],
            set2=[[2, 9], [5, 0]],
            attrs=dict(set_operation=_kind),
        ),
        case(
            "DenseToSparseSetOperation",
            set1=of([["a", "b"], ["c", "c"], ["d", "a"], ["z", "d"]]),
            set2_indices=AT,
            set2_values=NAMES,
            set2_shape=SHAPE,
            attrs=dict(set_operation=_kind),
        ),
        case(
            "SparseToSparseSetOperation",
            set1_indices=AT,
            set1_values=longs(1, 2, 3, 4),
            set1_shape=SHAPE,
            set2_indices=AT_B,
            set2_values=longs(1, 2, 9, 5),
            set2_shape=longs(4, 5),
            attrs=dict(set_operation=_kind),
        ),
    ]
CASES += [case("DenseToDenseSetOperation", set1=[1], set2=[2], attrs=dict(set_operation="union"), raises=True)]
