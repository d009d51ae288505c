"""How many elements a dataset has, as far as its recipe tells."""

import numpy as np

from mainstem.ops.dataset import Sparse

INFINITE, UNKNOWN = -1, -2
_SAME = frozenset(
    [
        "MapDataset",
        "ParallelMapDataset",
        "ScanDataset",
        "PrefetchDataset",
        "ShuffleDataset",
        "CacheDataset",
        "OptimizeDataset",
        "ModelDataset",
        "SnapshotDataset",
    ]
)


def cardinality(recipe):
    """The number of elements, INFINITE or UNKNOWN."""
    if recipe.kind in _SAME:
        return cardinality(recipe.inputs["input_dataset"])
    rule = _RULES.get(recipe.kind)
    return UNKNOWN if rule is None else rule(recipe.inputs, recipe.attrs)


def _slices(inputs, attrs):
    first = inputs["components"][0]
    return int(first.dense_shape[0]) if isinstance(first, Sparse) else len(first)


def _range(inputs, attrs):
    return len(range(int(inputs["start"]), int(inputs["stop"]), int(inputs["step"])))


def _zip(inputs, attrs):
    known = [cardinality(d) for d in inputs["input_datasets"]]
    finite = [n for n in known if n >= 0]
    if UNKNOWN in known:
        return UNKNOWN
    return min(finite) if finite else INFINITE


def _concatenate(inputs, attrs):
    known = cardinality(inputs["input_dataset"]), cardinality(inputs["another_dataset"])
    return INFINITE if INFINITE in known else UNKNOWN if UNKNOWN in known else sum(known)


def _repeat(inputs, attrs):
    n, count = cardinality(inputs["input_dataset"]), int(inputs["count"])
    if count < 0:
        return 0 if n == 0 else INFINITE
    return 0 if count == 0 else n if n < 0 else n * count


def _take(inputs, attrs):
    n, count = cardinality(inputs["input_dataset"]), int(inputs["count"])
    if n == UNKNOWN:
        return UNKNOWN
    if n == INFINITE:
        return INFINITE if count < 0 else count
    return n if count < 0 else min(n, count)


def _skip(inputs, attrs):
    n, count = cardinality(inputs["input_dataset"]), int(inputs["count"])
    if n < 0:
        return n
    return 0 if count < 0 else max(0, n - count)


def _shard(inputs, attrs):
    n, shards, index = cardinality(inputs["input_dataset"]), int(inputs["num_shards"]), int(inputs["index"])
    return n if n < 0 else n // shards + (index < n % shards)


def _batch(inputs, attrs):
    n, size = cardinality(inputs["input_dataset"]), int(inputs["batch_size"])
    return n if n < 0 else n // size if bool(inputs.get("drop_remainder", False)) else -(-n // size)


def _window(inputs, attrs):
    n, size, shift, stride = cardinality(inputs["input_dataset"]), *(int(inputs[k]) for k in ("size", "shift", "stride"))
    if n < 0 or not bool(inputs["drop_remainder"]):
        return n if n < 0 else -(-n // shift)
    whole = (size - 1) * stride + 1
    return 0 if n < whole else (n - whole) // shift + 1


def _asserted(inputs, attrs):
    return int(inputs["cardinality"])


def _shuffle_and_repeat(inputs, attrs):
    return _repeat(inputs, attrs)


_RULES = {
    "TensorDataset": lambda i, a: 1,
    "TensorSliceDataset": _slices,
    "SparseTensorSliceDataset": lambda i, a: int(np.asarray(i["dense_shape"])[0]),
    "RangeDataset": _range,
    "RandomDataset": lambda i, a: INFINITE,
    "_RerandomizedDataset": lambda i, a: INFINITE,
    "ZipDataset": _zip,
    "ConcatenateDataset": _concatenate,
    "RepeatDataset": _repeat,
    "TakeDataset": _take,
    "SkipDataset": _skip,
    "ShardDataset": _shard,
    "ShuffleAndRepeatDataset": _shuffle_and_repeat,
    "BatchDatasetV2": _batch,
    "PaddedBatchDatasetV2": _batch,
    "MapAndBatchDataset": _batch,
    "DenseToSparseBatchDataset": _batch,
    "WindowDataset": _window,
    "AssertCardinalityDataset": _asserted,
    "_Elements": lambda i, a: len(i["elements"]),
}


def length(recipe):
    """The number of elements. Raises TypeError where it is infinite or not known."""
    n = cardinality(recipe)
    if n == INFINITE:
        raise TypeError("The dataset is infinite.")
    if n == UNKNOWN:
        raise TypeError("The dataset length is unknown.")
    return n
