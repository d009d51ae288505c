"""Rows of gathers, scatters, selection, sets, partition and stitch."""

from tests.ops.case import booleans, case, distinct, handle, integers, normal, of, variable

WORDS = of(["one", "two", "three", "four", "five"])
OUT_OF_RANGE = "a compiled program cannot raise: what is out of range reads as zero and is not written"


def _gathers():
    x = normal(4, 5, 3)
    rows = [
        case("Gather", params=x, indices=[[0, 3], [3, 1]]),
        case("GatherV2", params=x, indices=[3, 0, 3], axis=0, grad="params"),
        case("GatherV2", params=x, indices=of(2), axis=1, grad="params"),
        case("GatherV2", params=x, indices=[[0, 2], [1, 1]], axis=-1, grad="params"),
        case("GatherV2", params=x, indices=of([[1], [0]], "int64"), axis=of(1, "int64")),
        case("GatherV2", params=x, indices=integers(4, 2, low=0, high=5), axis=1, attrs={"batch_dims": 1}, grad="params"),
        case("GatherV2", params=x, indices=integers(4, 2, low=0, high=3), axis=2, attrs={"batch_dims": 1}),
        case("GatherV2", params=x, indices=integers(4, 5, 2, low=0, high=3), axis=2, attrs={"batch_dims": 2}, grad="params"),
        case("GatherV2", params=WORDS, indices=[[4, 0]], axis=0),
        case("GatherV2", params=booleans(4), indices=[1, 3], axis=0),
        case("GatherV2", params=normal(0, 3), indices=of([], "int32"), axis=0),
        case("GatherV2", params=x, indices=[4], axis=0, raises=True, gap=OUT_OF_RANGE),
        case("GatherV2", params=x, indices=[-1], axis=0, raises=True, gap=OUT_OF_RANGE),
        case("GatherV2", params=WORDS, indices=[5], axis=0, raises=True),
        case("GatherNd", params=x, indices=[[0, 1], [3, 4]], grad="params"),
        case("GatherNd", params=x, indices=[[[0, 1, 2]], [[3, 4, 0]]], grad="params"),
        case("GatherNd", params=x, indices=of([[2]], "int64"), grad="params"),
        case("GatherNd", params=WORDS, indices=[[4], [1]]),
        case("GatherNd", params=x, indices=[[0, 5]], raises=True, gap=OUT_OF_RANGE),
        case("ResourceGather", resource=handle(normal(4, 3)), indices=[[0, 3], [3, 1]], attrs={"dtype": "float32"}),
        case("ResourceGatherNd", resource=handle(normal(4, 3)), indices=[[0, 2], [3, 1]], attrs={"dtype": "float32"}),
    ]
    return rows


def _scatters():
    where, many = of([[0], [3], [0]]), of([[0, 1], [3, 2]])
    rows = [
        case("ScatterNd", indices=where, updates=normal(3, 2), shape=[5, 2], grad="updates"),
        case("ScatterNd", indices=many, updates=normal(2), shape=[4, 3], grad="updates"),
        case("ScatterNd", indices=of([[1]], "int64"), updates=integers(1), shape=of([2], "int64")),
        case("ScatterNd", indices=where, updates=normal(2, 2), shape=[5, 2], raises=True),
        case("ScatterNd", indices=[[5]], updates=normal(1), shape=[5], raises=True, gap=OUT_OF_RANGE),
        case("ScatterNdNonAliasingAdd", input=normal(4, 2), indices=where, updates=normal(3, 2), grad="input updates"),
        case("TensorScatterUpdate", tensor=normal(4, 3), indices=many, updates=normal(2), grad="tensor updates"),
        case("TensorScatterUpdate", tensor=integers(4), indices=where, updates=integers(3)),
        case("TensorScatterAdd", tensor=normal(4, 3), indices=where, updates=normal(3, 3), grad="tensor updates"),
        case("TensorScatterSub", tensor=normal(4, 3), indices=where, updates=normal(3, 3), grad="tensor updates"),
        case("TensorScatterMax", tensor=normal(4, 3), indices=where, updates=normal(3, 3), since=2),
        case("TensorScatterMin", tensor=normal(4, 3), indices=where, updates=normal(3, 3), since=2),
        case("InplaceUpdate", x=normal(4, 2), i=[1, 3], v=normal(2, 2)),
        case("InplaceAdd", x=normal(4, 2), i=[1, 3], v=normal(2, 2)),
        case("InplaceSub", x=normal(4, 2), i=[1, 3], v=normal(2, 2)),
    ]
    for kind in ("Update", "Add", "Sub", "Mul", "Div", "Min", "Max"):
        new = normal(2, 2, 3, dtype="float32")
        if kind == "Div":
            new = of([[[2.0, 4.0, 0.5]] * 2] * 2)
        rows += [
            case("Scatter" + kind, ref=variable(normal(4, 3)), indices=[[0, 2], [1, 2]], updates=new),
            case("Scatter" + kind, ref=variable(normal(4, 3)), indices=[0, 2], updates=2.5),
            case("ResourceScatter" + kind, resource=handle(normal(4, 3)), indices=[[0, 2], [1, 2]], updates=new),
        ]
    rows += [
        case("ScatterDiv", ref=variable(of([17, -17, 40])), indices=[0, 1, 1], updates=[3, 2, 2]),
        case("ScatterUpdate", ref=variable(normal(4, 3)), indices=[4], updates=normal(1, 3), raises=True, gap=OUT_OF_RANGE),
        case("ScatterAdd", ref=variable(normal(4, 3)), indices=[0], updates=normal(2, 3), raises=True),
    ]
    for kind in ("Update", "Add", "Sub", "Min", "Max"):
        more = {"since": 2} if kind in ("Min", "Max") else {}
        rows.append(case("ResourceScatterNd" + kind, ref=handle(normal(4, 3)), indices=many, updates=normal(2), **more))
        rows.append(case("ScatterNd" + kind, ref=variable(normal(4, 3)), indices=where, updates=normal(3, 3), **more))
    return rows


def _selection():
    return [
        case("Select", condition=booleans(2, 3), t=normal(2, 3), e=normal(2, 3), grad="t e"),
        case("Select", condition=[True, False], t=normal(2, 3), e=normal(2, 3), grad="t e"),
        case("Select", condition=True, t=normal(2, 3), e=normal(2, 3), grad="t e"),
        case("Select", condition=[True, False, True, False, True], t=WORDS, e=of(["a", "b", "c", "d", "e"])),
        case("Select", condition=[True, False, True], t=normal(2, 3), e=normal(2, 3), raises=True),
        case("SelectV2", condition=[True, False, True], t=normal(2, 3), e=normal(2, 1), grad="t e"),
        case("SelectV2", condition=booleans(2, 1), t=normal(3), e=0.5, grad="t e"),
        case("SelectV2", condition=booleans(2), t=normal(3), e=0.5, raises=True),
        case("Where", input=booleans(3, 4)),
        case("Where", input=[False, False]),
        case("Where", input=of([[0.0, 1.5], [-2.0, 0.0]])),
        case("Where", input=integers(7, low=0, high=2)),
        case("OneHot", indices=[0, 2, -1, 5], depth=3, on_value=2.5, off_value=-1.0, grad="on_value"),
        case("OneHot", indices=of([[0, 2], [1, 1]], "int64"), depth=3, on_value=1, off_value=0, attrs={"axis": 0}),
        case("OneHot", indices=of([[0, 2], [1, 1]], "uint8"), depth=300, on_value=True, off_value=False, attrs={"axis": 1}),
        case("OneHot", indices=of(1), depth=3, on_value="y", off_value="n"),
        case("LowerBound", sorted_inputs=[[1, 3, 3, 7], [0, 0, 1, 2]], values=[[0, 3, 9], [0, 1, 2]]),
        case("UpperBound", sorted_inputs=[[1.0, 3.0, 3.0, 7.0]], values=[[0.0, 3.0, 9.0]], attrs={"out_type": "int64"}),
        case("UnravelIndex", indices=[0, 5, 7], dims=[2, 4]),
        case("UnravelIndex", indices=of(22, "int64"), dims=of([3, 4, 2], "int64")),
    ]


def _sets():
    x = of([4, 1, 4, 2, 1])
    return [
        case("Unique", x=x),
        case("Unique", x=of([2.5, -1.0, 2.5]), attrs={"out_idx": "int64"}),
        case("Unique", x=of(["b", "a", "b"])),
        case("UniqueWithCounts", x=x),
        case("UniqueV2", x=of([[1, 0], [2, 0], [1, 0]]), axis=of([0], "int64")),
        case("UniqueV2", x=x, axis=of([], "int64")),
        case("UniqueWithCountsV2", x=of([[1, 2, 1], [0, 0, 0]]), axis=of([1], "int64")),
        case("ListDiff", x=x, y=of([1, 7])),
        case("ListDiff", x=WORDS, y=of(["two"]), attrs={"out_idx": "int64"}),
        case("DynamicPartition", data=normal(5, 2), partitions=[1, 0, 2, 0, 1], attrs={"num_partitions": 4}, grad="data"),
        case("DynamicPartition", data=normal(2, 2, 3), partitions=[[1, 0], [0, 1]], attrs={"num_partitions": 2}, grad="data"),
        case("DynamicPartition", data=WORDS, partitions=[1, 0, 1, 0, 1], attrs={"num_partitions": 2}),
        case("DynamicPartition", data=normal(0, 3), partitions=of([], "int32"), attrs={"num_partitions": 2}),
        case("DynamicPartition", data=normal(2), partitions=[1, 2], attrs={"num_partitions": 2}, raises=True),
        case(
            "DynamicStitch",
            indices=[of([4, 0]), of([[2, 1]]), of(3)],
            data=[normal(2, 3), normal(1, 2, 3), normal(3)],
            grad="data",
        ),
        case("DynamicStitch", indices=[of([0, 1]), of([1, 2])], data=[integers(2), integers(2)]),
        case("DynamicStitch", indices=[of([0]), of([1])], data=[of(["x"]), of(["y"])]),
        case("ParallelDynamicStitch", indices=[of([1, 0]), of([3, 2])], data=[distinct(2), distinct(2)], grad="data"),
    ]


CASES = [*_gathers(), *_scatters(), *_selection(), *_sets()]
