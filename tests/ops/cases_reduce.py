"""Rows of reductions, cumulative ops, counting, segments, sums of lists and clipping."""

from tests.ops.case import booleans, case, integers, nonzero, normal, of, positive, special

NAN = of([[1.0, float("nan"), 3.0], [4.0, 2.0, 0.0]])
REDUCTIONS = ("Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm")
DROPS = "TensorFlow's CPU kernel raises for ids that are too large, a compiled program drops them"

CASES = []
for name in REDUCTIONS:
    CASES += [
        case(
            name,
            input=nonzero(2, 3, 4),
            reduction_indices=axes,
            attrs=dict(keep_dims=keep),
            grad="input",
            since=2 if name == "EuclideanNorm" else None,
        )
        for axes, keep in (([1], False), ([0, -1], True), (of([], "int32"), False), (2, False), ([0, 1, 2], False))
    ]
    CASES += [case(name, input=positive(2, 3, dtype=t), reduction_indices=[1]) for t in ("float64", "float16", "bfloat16")]
    CASES += [
        case(name, input=NAN, reduction_indices=[1], since=2),
        case(name, input=normal(2, 3), reduction_indices=[2], raises=True),
    ]
    CASES += [case(name, input=normal(0, 3), reduction_indices=[0])]
for name in ("Sum", "Mean", "Prod", "Max", "Min"):
    CASES += [
        case(name, input=integers(2, 5, low=1, high=120, dtype=t), reduction_indices=[1]) for t in ("int32", "int64", "uint8")
    ]
    CASES += [case(name, input=of([-1, -2, -4]), reduction_indices=[0])]
for name in ("Sum", "Mean", "Prod"):
    CASES += [case(name, input=normal(2, 3, dtype="complex64"), reduction_indices=[0], grad="input")]
CASES += [
    case("Prod", input=of([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0]]), reduction_indices=[1], grad="input"),
    case("Max", input=of([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]]), reduction_indices=[1], grad="input"),
    case("Min", input=of([[1.0, 1.0, 2.0], [3.0, 3.0, 3.0]]), reduction_indices=[1], grad="input"),
    case("Max", input=special(), reduction_indices=[0], since=2),
    case("Sum", input=normal(2, 3), reduction_indices=of([1], "int64"), grad="input"),
]
CASES += [
    case(name, input=booleans(2, 3), reduction_indices=axes, attrs=dict(keep_dims=keep))
    for name in ("All", "Any")
    for axes, keep in (([1], False), ([0, 1], True), (of([], "int32"), False))
]
CASES += [case(name, input=of([], "bool"), reduction_indices=[0]) for name in ("All", "Any")]
for name in ("ArgMax", "ArgMin"):
    CASES += [case(name, input=normal(2, 3), dimension=d) for d in (0, 1, -1)]
    CASES += [
        case(name, input=x, dimension=0)
        for x in (of([float("nan"), 1.0, 2.0, 2.0, 0.0]), of([float("nan")] * 2), of([3, 3, 1, 1]))
    ]
    CASES += [
        case(name, input=normal(3), dimension=0, attrs=dict(output_type="int32")),
        case(name, input=normal(0, 2), dimension=0, raises=True),
    ]
    CASES += [case(name, input=normal(3), dimension=1, raises=True)]
for name in ("Cumsum", "Cumprod", "CumulativeLogsumexp"):
    CASES += [
        case(name, x=nonzero(3, 4), axis=axis, attrs=dict(exclusive=e, reverse=r), grad="" if "Log" in name else "x")
        for axis, e, r in ((0, False, False), (1, True, False), (-1, False, True), (1, True, True))
    ]
    CASES += [case(name, x=positive(5, dtype="float16"), axis=0)]
CASES += [case(name, x=integers(5), axis=0) for name in ("Cumsum", "Cumprod")]
CASES += [
    case("Bincount", arr=of([1, 1, 3, 0, 7]), size=5, weights=of([], "int32")),
    case("Bincount", arr=of([[1, 1], [3, 0]]), size=5, weights=of([[1.0, 2.0], [0.5, 4.0]])),
    case("DenseBincount", input=of([1, 1, 3, 0, 7]), size=5, weights=of([], "int32")),
    case("DenseBincount", input=of([[1, 1, 3], [0, 7, 1]]), size=5, weights=of([], "float32"), attrs=dict(binary_output=True)),
    case("DenseBincount", input=of([[1, 1, 3], [0, 7, 1]]), size=5, weights=normal(2, 3)),
    case("HistogramFixedWidth", values=of([-1.0, 0.0, 1.5, 2.0, 5.0]), value_range=[0.0, 2.0], nbins=4),
    case("HistogramFixedWidth", values=integers(20), value_range=[-5, 6], nbins=3, attrs=dict(dtype="int64")),
    case("Bucketize", input=of([-1.0, 0.0, 1.0, 2.0, 5.0, 10.0]), attrs=dict(boundaries=[0.0, 1.0, 5.0])),
    case("Bucketize", input=of([[-1, 0], [3, 10]]), attrs=dict(boundaries=[0.0, 2.5])),
    case("AddN", inputs=dict(inputs=[normal(2, 3)]), grad="inputs"),
    case("AddN", inputs=dict(inputs=[normal(2, 3), normal(2, 3, scale=2.0), nonzero(2, 3)]), grad="inputs"),
    case("AddN", inputs=dict(inputs=[normal(2), normal(3)]), raises=True),
    case("AccumulateNV2", inputs=dict(inputs=[normal(2, 3), nonzero(2, 3)]), attrs=dict(shape=[2, 3]), grad="inputs"),
    case(
        "ClipByValue",
        t=of([-2.0, -1.0, 0.0, 1.0, 2.0]),
        clip_value_min=-1.0,
        clip_value_max=1.0,
        grad="t clip_value_min clip_value_max",
    ),
    case("ClipByValue", t=special(), clip_value_min=-1.0, clip_value_max=1.0),
    case("ClipByValue", t=integers(5), clip_value_min=-2, clip_value_max=3),
    case(
        "ClipByValue",
        t=normal(2, 3),
        clip_value_min=of([[-0.5] * 3] * 2),
        clip_value_max=of([[0.5] * 3] * 2),
        grad="t clip_value_min",
    ),
]
IDS = of([0, 0, 2, 2, 3])
for name in ("SegmentSum", "SegmentMean", "SegmentProd", "SegmentMax", "SegmentMin"):
    CASES += [
        case(name, data=nonzero(5, 2), segment_ids=IDS, grad="" if "Prod" in name else "data"),
        case(name, data=integers(5, low=1, high=9), segment_ids=of([0, 0, 2, 2, 3], "int64")),
        case(name, data=normal(2, 2), segment_ids=[1, 0], raises=True),
        case(name, data=normal(3, 2), segment_ids=[1, 2], raises=True),
    ]
CASES += [case("SegmentMax", data=of([1.0, 1.0, 0.0, 2.0, 3.0]), segment_ids=IDS, grad="data")]
for name in ("UnsortedSegmentSum", "UnsortedSegmentProd", "UnsortedSegmentMax", "UnsortedSegmentMin"):
    CASES += [
        case(name, data=nonzero(5, 2), segment_ids=of([3, 0, -1, 0, 3]), num_segments=5, grad="data"),
        case(name, data=nonzero(2, 3, 2), segment_ids=of([[0, 1, 2], [2, 1, 0]]), num_segments=3, grad="data"),
        case(name, data=integers(3, low=1, high=9), segment_ids=[2, 0, 2], num_segments=4),
        case(name, data=normal(2), segment_ids=[0, 9], num_segments=2, raises=True, gap=DROPS),
    ]
CASES += [
    case("UnsortedSegmentMax", data=of([1.0, 1.0, 5.0]), segment_ids=[0, 0, 1], num_segments=2, grad="data"),
    case("UnsortedSegmentProd", data=of([2.0, 0.0, 0.0, 0.0, 3.0]), segment_ids=[0, 0, 1, 1, 1], num_segments=2, grad="data"),
]
for name in ("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN"):
    CASES += [
        case(name, data=normal(6, 2), indices=[4, 1, 1, 0], segment_ids=[0, 0, 1, 3], grad="data"),
        case(
            name + "WithNumSegments",
            data=normal(6, 2),
            indices=[4, 1, 1, 0],
            segment_ids=[0, 0, 1, 3],
            num_segments=5,
            grad="data",
        ),
    ]
for name in ("SparseSegmentMeanGrad", "SparseSegmentSqrtNGrad"):
    CASES += [
        case(name, inputs={"grad": normal(4, 2), "indices": [4, 1, 1, 0], "segment_ids": [0, 0, 1, 3], "output_dim0": 6}),
        case(name, inputs={"grad": normal(3, 1), "indices": [0, 0, 0], "segment_ids": [0, 0, 2], "output_dim0": 1}),
    ]
CASES = list({row.id: row for row in CASES}.values())
