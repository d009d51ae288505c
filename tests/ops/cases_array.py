"""Rows of shapes and movement: reshape, concatenate, slice, pad, fill, blocks, patches."""

from tests.ops.case import booleans, case, distinct, handle, integers, normal, of, positive, special, variable

WORDS = of(["one", "two", "three", "four", "five", "six"])
GRID = of([["a", "b", "c"], ["d", "e", "f"]])
MASK_NAMES = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


def _shapes():
    rows = []
    for x in (normal(2, 3), normal(0, 4), normal(), GRID):
        rows += [case("Shape", input=x), case("Size", input=x), case("Rank", input=x)]
    rows += [
        case("Shape", input=normal(2, 3), attrs={"out_type": "int64"}, grad="input"),
        case("Size", input=normal(2, 3), attrs={"out_type": "int64"}),
        case("ShapeN", input=[normal(2, 3), normal(4)], attrs={"out_type": "int64"}),
        case("EnsureShape", input=normal(2, 3), attrs={"shape": [2, None]}, grad="input"),
        case("EnsureShape", input=normal(2, 3), attrs={"shape": [None, 4]}, raises=True),
        case("Snapshot", input=normal(2, 3)),
        case("DeepCopy", x=normal(2, 3)),
        case("GuaranteeConst", input=normal(2, 3)),
        case("ConcatOffset", concat_dim=1, shape=[of([2, 3, 4]), of([2, 1, 4]), of([2, 5, 4])]),
        case("ConcatOffset", concat_dim=-1, shape=[of([2, 3]), of([2, 1])]),
        case("BroadcastArgs", s0=[1, 3], s1=[4, 2, 1]),
        case("BroadcastArgs", s0=of([5], "int64"), s1=of([1], "int64")),
        case("BroadcastArgs", s0=[2], s1=[3], raises=True),
    ]
    pairs = [([1], [1]), ([2, 1], [2, 1]), ([2, 1], [1]), ([1, 1], [2, 1]), ([2, 3], [3]), ([2, 1, 3], [1]), ([3, 1, 0], [1])]
    pairs += [([1, 2], [2]), ([2, 3], [2, 3]), ([1, 1, 3], [1, 3]), ([2, 1, 1, 3], [2, 4, 1, 3])]
    return rows + [case("BroadcastGradientArgs", s0=a, s1=b) for a, b in pairs]


def _reshaping():
    return [
        case("Reshape", tensor=normal(2, 6), shape=[3, -1], grad="tensor shape"),
        case("Reshape", tensor=normal(2, 6), shape=of([-1], "int64"), grad="tensor"),
        case("Reshape", tensor=normal(1), shape=of([], "int32"), grad="tensor"),
        case("Reshape", tensor=normal(0, 3), shape=[0, 5]),
        case("Reshape", tensor=normal(0, 3), shape=[-1, 3]),
        case("Reshape", tensor=WORDS, shape=[2, 3]),
        case("Reshape", tensor=normal(6), shape=[4], raises=True),
        case("Reshape", tensor=normal(6), shape=[4, -1], raises=True),
        case("Reshape", tensor=normal(6), shape=[-1, -1], raises=True),
        case("ExpandDims", input=normal(2, 3), dim=1, grad="input"),
        case("ExpandDims", input=normal(2, 3), dim=-1, grad="input"),
        case("ExpandDims", input=normal(2, 3), dim=-3),
        case("ExpandDims", input=normal(), dim=0),
        case("ExpandDims", input=WORDS, dim=0),
        case("ExpandDims", input=normal(2, 3), dim=3, raises=True),
        case("Squeeze", input=normal(1, 2, 1), grad="input"),
        case("Squeeze", input=normal(1, 2, 1), attrs={"squeeze_dims": [-1]}, grad="input"),
        case("Squeeze", input=normal(1, 2, 1), attrs={"squeeze_dims": [0, 2]}),
        case("Squeeze", input=normal(1, 2, 1), attrs={"squeeze_dims": [1]}, raises=True),
        case("Transpose", x=normal(2, 3, 4), perm=[2, 0, 1], grad="x"),
        case("Transpose", x=normal(2, 3, dtype="complex64"), perm=[1, 0], grad="x"),
        case("Transpose", x=GRID, perm=of([1, 0], "int64")),
        case("Transpose", x=normal(), perm=of([], "int32")),
        case("Transpose", x=normal(2, 3), perm=[0], raises=True),
        case("ConjugateTranspose", x=normal(2, 3, dtype="complex64"), perm=[1, 0], grad="x"),
        case("ConjugateTranspose", x=normal(2, 3), perm=[1, 0], grad="x"),
        case("Bitcast", input=normal(3), attrs={"type": "int32"}),
        case("Bitcast", input=normal(3), attrs={"type": "uint8"}),
        case("Bitcast", input=integers(3, 2, dtype="int32"), attrs={"type": "int64"}),
        case("Bitcast", input=normal(2, dtype="float64"), attrs={"type": "int64"}),
        case("Bitcast", input=integers(3, dtype="int32"), attrs={"type": "int64"}, raises=True),
    ]


def _joining():
    a, b = normal(2, 3), normal(2, 5)
    rows = [
        case("ConcatV2", values=[a, b], axis=1, grad="values"),
        case("ConcatV2", values=[a, b], axis=-1, grad="values"),
        case("ConcatV2", values=[normal(1, 3), normal(0, 3), normal(2, 3)], axis=of(0, "int64")),
        case("ConcatV2", values=[WORDS, of(["x"])], axis=0),
        case("ConcatV2", values=[integers(2, 2), integers(2, 1)], axis=1),
        case("ConcatV2", values=[a, b], axis=0, raises=True),
        case("ConcatV2", values=[a, a], axis=2, raises=True),
        case("Concat", concat_dim=1, values=[a, b], grad="values"),
        case("Pack", values=[normal(2, 3), normal(2, 3)], grad="values"),
        case("Pack", values=[normal(2, 3), normal(2, 3)], attrs={"axis": -1}, grad="values"),
        case("Pack", values=[normal(2, 3), normal(2, 3)], attrs={"axis": 1}),
        case("Pack", values=[of("a"), of("b")]),
        case("Pack", values=[a, b], raises=True),
        case("ParallelConcat", values=[normal(1, 3), normal(1, 3)], attrs={"shape": [2, 3]}),
        case("Unpack", value=normal(2, 3), attrs={"num": 2}, grad="value"),
        case("Unpack", value=normal(2, 3), attrs={"num": 3, "axis": -1}, grad="value"),
        case("Unpack", value=GRID, attrs={"num": 3, "axis": 1}),
        case("Unpack", value=normal(2, 3), attrs={"num": 3}, raises=True),
        case("Split", split_dim=1, value=normal(2, 6), attrs={"num_split": 3}, grad="value"),
        case("Split", split_dim=-2, value=GRID, attrs={"num_split": 2}),
        case("Split", split_dim=1, value=normal(2, 5), attrs={"num_split": 3}, raises=True),
        case("SplitV", value=normal(2, 6), size_splits=[1, 2, 3], split_dim=1, attrs={"num_split": 3}, grad="value"),
        case("SplitV", value=normal(6), size_splits=of([2, -1], "int64"), split_dim=0, attrs={"num_split": 2}, grad="value"),
        case("SplitV", value=WORDS, size_splits=[5, 1], split_dim=-1, attrs={"num_split": 2}),
        case("SplitV", value=normal(2, 6), size_splits=[1, 2], split_dim=1, attrs={"num_split": 2}, raises=True),
    ]
    return rows


def _slices():
    x = normal(4, 5, 6)
    rows = [
        case("Slice", input=x, begin=[1, 0, 2], size=[2, -1, 3], grad="input"),
        case("Slice", input=x, begin=of([0, 4, 6], "int64"), size=of([4, 1, 0], "int64")),
        case("Slice", input=WORDS, begin=[1], size=[3]),
        case("Slice", input=normal(4), begin=[2], size=[3], raises=True),
        case("Slice", input=normal(4), begin=[-1], size=[1], raises=True),
        case("StridedSlice", input=normal(4), begin=[0], end=[2], strides=[0], raises=True),
        case("StridedSlice", input=normal(4), begin=[4], end=[5], strides=[1], attrs={"shrink_axis_mask": 1}, raises=True),
        case("StridedSlice", input=normal(4), begin=[0, 0], end=[1, 1], strides=[1, 1], raises=True),
        case("StridedSlice", input=WORDS, begin=[-1], end=[0], strides=[-2], attrs={"end_mask": 1}),
        case("StridedSlice", input=GRID, begin=[1, 1], end=[2, 2], strides=[1, 1], attrs={"shrink_axis_mask": 3}),
    ]
    specs = [  # begin, end, strides, masks in the order of MASK_NAMES
        ([0], [1], [1], (0, 0, 0, 0, 1)),
        ([1, 0, 1], [3, 5, 6], [1, 2, 3], (0, 0, 0, 0, 0)),
        ([-1, -2, 0], [0, 0, 0], [1, 1, 1], (4, 6, 0, 0, 1)),
        ([3, 4, -1], [0, -9, -4], [-1, -2, -1], (0, 2, 0, 0, 0)),
        ([0, 2], [0, 4], [1, 1], (0, 0, 1, 0, 0)),
        ([0, 0, 2, 0], [0, 0, 5, 0], [1, 1, 1, 1], (0, 0, 1, 8, 0)),
        ([0, 1, 0, 2], [0, 2, 0, 3], [1, 1, 1, 1], (0, 0, 4, 1, 10)),
        ([3], [1], [1], (0, 0, 0, 0, 0)),
        ([-9, 2], [9, 99], [1, 2], (0, 0, 0, 0, 0)),
        ([2], [9], [-1], (0, 1, 0, 0, 0)),
        ([1, 1], [2, 2], [1, 1], (0, 0, 0, 0, 3)),
    ]
    for begin, end, strides, masks in specs:
        attrs = {k: v for k, v in zip(MASK_NAMES, masks) if v}
        rows.append(case("StridedSlice", input=x, begin=begin, end=end, strides=strides, attrs=attrs, grad="input"))
    for begin, end, strides, masks, value in (
        ([0], [1], [1], (0, 0, 0, 0, 1), normal(5)),
        ([1, 4], [3, 0], [1, -2], (0, 2, 0, 0, 0), normal(2, 3)),
        ([0, 1], [0, 3], [1, 1], (0, 0, 1, 0, 0), normal(4, 2)),
        ([0, 0, 1], [0, 0, 2], [1, 1, 1], (1, 1, 0, 2, 4), normal(4, 1)),
    ):
        attrs = {k: v for k, v in zip(MASK_NAMES, masks) if v}
        where = {"begin": begin, "end": end, "strides": strides, "attrs": attrs}
        rows.append(case("StridedSliceGrad", shape=[4, 5], dy=value, grad="dy", **where))
        if 2 in masks[3:4]:
            continue
        rows += [
            case("StridedSliceAssign", ref=variable(normal(4, 5)), value=value, **where),
            case("ResourceStridedSliceAssign", ref=handle(normal(4, 5)), value=value, **where),
            case("TensorStridedSliceUpdate", input=normal(4, 5), value=value, **where),
        ]
    return rows


def _filling():
    pads = [[1, 2], [0, 3]]
    rows = [
        case("Tile", input=normal(2, 3), multiples=[2, 3], grad="input"),
        case("Tile", input=normal(2, 3), multiples=of([0, 1], "int64")),
        case("Tile", input=GRID, multiples=[1, 2]),
        case("Tile", input=normal(2, 3), multiples=[2], raises=True),
        case("Fill", dims=[2, 3], value=normal(), grad="value"),
        case("Fill", dims=of([], "int32"), value=normal()),
        case("Fill", dims=of([2], "int64"), value=of("x")),
        case("Fill", dims=[2], value=normal(2), raises=True),
        case("ZerosLike", x=normal(2, 3), grad="x"),
        case("ZerosLike", x=GRID),
        case("ZerosLike", x=booleans(3)),
        case("OnesLike", x=normal(2, 3), grad="x"),
        case("OnesLike", x=normal(2, dtype="complex64")),
        case("OnesLike", x=booleans(3)),
        case("Empty", shape=[2, 3], attrs={"dtype": "float32", "init": True}),
        case("BroadcastTo", input=normal(3, 1), shape=[2, 3, 4], grad="input"),
        case("BroadcastTo", input=normal(), shape=of([2, 2], "int64")),
        case("BroadcastTo", input=WORDS, shape=[2, 6]),
        case("BroadcastTo", input=normal(2, 3), shape=[2, 4], raises=True),
        case("Pad", input=normal(2, 3), paddings=pads, grad="input"),
        case("Pad", input=normal(), paddings=of([], "int32"), raises=True),
        case("Pad", input=integers(2, 3), paddings=of(pads, "int64")),
        case("Pad", input=normal(2, 3), paddings=[[1, 2]], raises=True),
        case("Pad", input=normal(2, 3), paddings=[[1, -2], [0, 0]], raises=True),
        case("PadV2", input=normal(2, 3), paddings=pads, constant_values=normal(), grad="input constant_values"),
        case("PadV2", input=booleans(2, 3), paddings=pads, constant_values=True),
    ]
    for mode in ("REFLECT", "SYMMETRIC"):
        rows += [
            case("MirrorPad", input=normal(3, 4), paddings=[[1, 2], [0, 3]], attrs={"mode": mode}, grad="input"),
            case("MirrorPad", input=integers(5), paddings=[[4, 4]], attrs={"mode": mode}),
            case("MirrorPadGrad", input=normal(6, 7), paddings=[[1, 2], [0, 3]], attrs={"mode": mode}),
        ]
    return [
        *rows,
        case("MirrorPad", input=normal(3), paddings=[[3, 0]], attrs={"mode": "REFLECT"}, raises=True),
        case("MirrorPad", input=normal(3), paddings=[[3, 3]], attrs={"mode": "SYMMETRIC"}, grad="input"),
        case("Range", start=0, limit=5, delta=1),
        case("Range", start=5, limit=-3, delta=-2),
        case("Range", start=3, limit=3, delta=1),
        case("Range", start=0.0, limit=1.0, delta=0.3),
        case("Range", start=0.1, limit=7.3, delta=0.1),
        case("Range", start=of(1, "int64"), limit=of(9, "int64"), delta=of(3, "int64")),
        case("Range", start=of(0.0, "float64"), limit=of(1.0, "float64"), delta=of(0.1, "float64")),
        case("Range", start=0, limit=5, delta=0, raises=True),
        case("Range", start=5, limit=0, delta=1, raises=True),
        case("LinSpace", start=0.0, stop=1.0, num=7, grad="start"),
        case("LinSpace", start=-3.5, stop=2.25, num=11),
        case("LinSpace", start=of(5.0, "float64"), stop=of(-2.0, "float64"), num=of(4, "int64")),
        case("LinSpace", start=5.0, stop=7.0, num=1),
        case("LinSpace", start=5.0, stop=7.0, num=0, raises=True),
    ]


def _turning():
    return [
        case("ReverseV2", tensor=normal(2, 3, 4), axis=[0, -1], grad="tensor"),
        case("ReverseV2", tensor=GRID, axis=of([1], "int64")),
        case("ReverseV2", tensor=normal(3), axis=of([], "int32")),
        case("ReverseV2", tensor=normal(3), axis=[1], raises=True),
        case("Reverse", tensor=normal(2, 3), dims=[False, True], grad="tensor"),
        case("ReverseSequence", input=normal(3, 4, 2), seq_lengths=[1, 4, 0], attrs={"seq_dim": 1}, grad="input"),
        case(
            "ReverseSequence",
            input=normal(4, 3),
            seq_lengths=of([2, 3, 4], "int64"),
            attrs={"seq_dim": 0, "batch_dim": 1},
            grad="input",
        ),
        case("Roll", input=normal(3, 4), shift=of(1), axis=of(0), grad="input"),
        case("Roll", input=normal(3, 4), shift=[-1, 6], axis=[0, 1]),
        case("Roll", input=integers(5), shift=[2, 2], axis=[0, 0]),
        case("InvertPermutation", x=[3, 0, 2, 1]),
        case("InvertPermutation", x=of([2, 0, 1], "int64")),
    ]


def _blocks():
    rows = [
        case("SpaceToBatchND", input=normal(2, 3, 4, 2), block_shape=[2, 2], paddings=[[1, 0], [0, 2]], grad="input"),
        case("SpaceToBatchND", input=normal(1, 6), block_shape=[3], paddings=[[0, 0]]),
        case("SpaceToBatchND", input=normal(1, 5), block_shape=[3], paddings=[[0, 0]], raises=True),
        case("BatchToSpaceND", input=normal(8, 2, 3, 2), block_shape=[2, 2], crops=[[1, 0], [0, 2]], grad="input"),
        case("BatchToSpaceND", input=normal(6, 2), block_shape=[3], crops=[[0, 1]]),
        case("BatchToSpaceND", input=normal(5, 2), block_shape=[3], crops=[[0, 1]], raises=True),
        case("SpaceToBatch", input=normal(1, 4, 2, 1), paddings=[[0, 0], [1, 1]], attrs={"block_size": 2}, grad="input"),
        case("BatchToSpace", input=normal(4, 2, 2, 1), crops=[[0, 0], [1, 1]], attrs={"block_size": 2}, grad="input"),
        case("SpaceToDepth", input=normal(2, 4, 6, 3), attrs={"block_size": 2}, grad="input"),
        case("SpaceToDepth", input=normal(1, 3, 3, 1), attrs={"block_size": 2}, raises=True),
        case("DepthToSpace", input=normal(2, 2, 3, 8), attrs={"block_size": 2}, grad="input"),
        case("DepthToSpace", input=normal(2, 2, 3, 6), attrs={"block_size": 2}, raises=True),
    ]
    for padding in ("SAME", "VALID"):
        for size, stride, rate in ((2, 1, 1), (3, 2, 1), (2, 2, 2), (3, 1, 2)):
            attrs = {"ksizes": [1, size, 2, 1], "strides": [1, stride, 1, 1], "rates": [1, rate, 1, 1], "padding": padding}
            rows.append(case("ExtractImagePatches", images=normal(2, 6, 5, 3), attrs=attrs, grad="images"))
        attrs = {"ksizes": [1, 2, 2, 3, 1], "strides": [1, 1, 2, 1, 1], "padding": padding}
        rows.append(case("ExtractVolumePatches", input=normal(1, 3, 4, 5, 2), attrs=attrs, grad="input"))
    return rows


def _numbers():
    rows = [
        case("CheckNumerics", tensor=normal(3), attrs={"message": "bad"}, grad="tensor"),
        case("CheckNumerics", tensor=special(), attrs={"message": "bad"}, raises=True),
    ]
    x, low, high = distinct(2, 8), of(-1.5), of(9.25)
    for extra in ({}, {"signed_input": False}, {"num_bits": 4}, {"narrow_range": True}, {"round_mode": "HALF_UP"}):
        attrs = dict(extra, range_given=True)
        rows.append(case("QuantizeAndDequantizeV2", input=x, input_min=low, input_max=high, attrs=attrs, grad="input"))
        rows.append(case("QuantizeAndDequantizeV2", input=normal(9), input_min=low, input_max=high, attrs=extra))
    bits = of(6)
    rows.append(case("QuantizeAndDequantizeV3", input=positive(5), input_min=low, input_max=high, num_bits=bits, grad="input"))
    return rows


CASES = [
    *_shapes(),
    *_reshaping(),
    *_joining(),
    *_slices(),
    *_filling(),
    *_turning(),
    *_blocks(),
    *_numbers(),
]
