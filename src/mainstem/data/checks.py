"""Arguments of datasets that cannot be: found when a dataset is made in eager mode, when it is started in a graph."""

import numpy as np

from mainstem.base import errors


def check(kind, inputs):
    """Raises InvalidArgumentError for inputs ({name: value}) that a dataset of a kind refuses."""
    for rule in _RULES.get(kind, ()):
        text = rule(inputs)
        if text is not None:
            raise errors.InvalidArgumentError(None, None, text)


def _positive(name, text):
    def rule(inputs):
        value = int(inputs[name])
        return None if value > 0 else text.format(value)

    return rule


def _shard(inputs):
    count, index = int(inputs["num_shards"]), int(inputs["index"])
    if 0 <= index < count:
        return None
    return f"Index must be between 0 and {count - 1} (currently index = {index}, num_shards = {count})."


def _step(inputs):
    return "step must be a non-zero integer." if int(inputs["step"]) == 0 else None


def _prefetch(inputs):
    fits = int(inputs["buffer_size"]) >= -1
    return None if fits else "buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning"


def _cycle(inputs):
    value = int(inputs["cycle_length"])
    return None if value > 0 or value == -1 else f"cycle_length must be > 0, but got {value}"


def _lengths(inputs):
    return (
        "`header_bytes` and `footer_bytes` must be >= 0"
        if min(int(inputs["header_bytes"]), int(inputs["footer_bytes"])) < 0
        else None
    )


def _slices(inputs):
    counts = {len(np.asarray(c)) for c in inputs["components"] if hasattr(c, "__len__") and np.ndim(c)}
    return None if len(counts) < 2 else f"All components must have the same size in the 0th dimension. Got {sorted(counts)}."


_BATCH = (_positive("batch_size", "Batch size must be greater than zero, but got {}."),)
_BUFFER = (_positive("buffer_size", "buffer_size must be greater than zero, got {}."),)
_INTERLEAVE = (_cycle, _positive("block_length", "block_length must be > 0, but got {}"))
_RULES = {
    "BatchDatasetV2": _BATCH,
    "PaddedBatchDatasetV2": _BATCH,
    "MapAndBatchDataset": _BATCH,
    "DenseToSparseBatchDataset": _BATCH,
    "ShuffleDataset": _BUFFER,
    "ShuffleAndRepeatDataset": _BUFFER,
    "ShardDataset": (
        _positive("num_shards", "Number of shards must be greater than zero (currently num_shards = {})."),
        _shard,
    ),
    "RangeDataset": (_step,),
    "PrefetchDataset": (_prefetch,),
    "InterleaveDataset": _INTERLEAVE,
    "ParallelInterleaveDatasetV2": _INTERLEAVE,
    "ParallelInterleaveDataset": _INTERLEAVE,
    "FixedLengthRecordDatasetV2": (_positive("record_bytes", "`record_bytes` must be > 0, but got {}"), _lengths),
    "TensorSliceDataset": (_slices,),
    "WindowDataset": tuple(
        _positive(name, f"Window {name} must be greater than zero, but got {{}}.") for name in ("size", "shift", "stride")
    ),
}
