"""The ops of `tf.data`: each dataset op gives a `Recipe`, which says what to do; the room `data` iterates over recipes.

The ops are a table: their inputs and attrs are TensorFlow's, their kernels all do the same. Iterators are slots.
"""

import inspect

import numpy as np

from mainstem.base import dtypes
from mainstem.core.families import scalar_shape
from mainstem.core.registry import op
from mainstem.ops import sparse_bytes


class Recipe:
    """What a dataset op was told: its kind, its inputs by name (other recipes, arrays, slots) and its attrs by name.

    `shared` is what all iterations over this recipe have in common (the seeds of a shuffle, a cache); `data` keeps it here.
    """

    __slots__ = ("attrs", "inputs", "kind", "shared")
    shape = ()

    def __init__(self, kind, inputs, attrs):
        self.kind, self.inputs, self.attrs, self.shared = kind, inputs, attrs, {}

    def __repr__(self):
        return f"<{self.kind}>"


_ELEMENT = {"output_types": "list(type)", "output_shapes": "list(shape)"}
_KEYWORD, _POSITIONAL = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD


def _dataset(name, inputs, element=_ELEMENT, **attrs):
    """Registers a dataset op. `inputs`: "input_dataset: variant, count: int64"; `attrs`: defaults, or (OpDef type,) without one."""
    pairs = [tuple(part.strip() for part in item.split(":")) for item in inputs.split(",") if item.strip()]
    names = [n for n, _ in pairs]

    def kernel(*given, **attrs):
        return Recipe(name, dict(zip(names, given, strict=True)), attrs)

    made = [inspect.Parameter(n, _POSITIONAL) for n in names]
    made += [inspect.Parameter(n, _KEYWORD, annotation=kind) for n, kind in element.items()]
    for n, value in attrs.items():
        plain = isinstance(value, tuple) and len(value) == 1
        made.append(inspect.Parameter(n, _KEYWORD, annotation=value[0]) if plain else _defaulted(n, value))
    kernel.__signature__ = inspect.Signature(made)
    kernel.__doc__ = f"The recipe of a {name}."
    types = f"{', '.join(kind for _, kind in pairs)} -> handle:variant"
    op(name, types, host=True, stateful=True, slots=True, shape=scalar_shape)(kernel)


def _defaulted(name, value):
    if isinstance(value, tuple):
        return inspect.Parameter(name, _KEYWORD, annotation=value[0], default=value[1])
    return inspect.Parameter(name, _KEYWORD, default=value)


_FUNC, _TYPES, _SHAPES, _STRINGS, _INT = ("func",), ("list(type)",), ("list(shape)",), ("list(string)",), ("int",)
_ON = "input_dataset: variant"

# sources
_SLICES = {"Toutput_types": "list(type)", "output_shapes": "list(shape)"}
_dataset("TensorDataset", "components: *Toutput_types", _SLICES)
_dataset("TensorSliceDataset", "components: *Toutput_types", _SLICES)
_dataset("SparseTensorSliceDataset", "indices: int64, values: Tvalues, dense_shape: int64", {})
_dataset("RangeDataset", "start: int64, stop: int64, step: int64")
_dataset("RandomDataset", "seed: int64, seed2: int64")
_dataset("_RerandomizedDataset", "seed: int64, seed2: int64")
_dataset("TextLineDataset", "filenames: string, compression_type: string, buffer_size: int64", {})
_dataset("TFRecordDataset", "filenames: string, compression_type: string, buffer_size: int64", {})
_dataset(
    "FixedLengthRecordDatasetV2",
    "filenames: string, header_bytes: int64, record_bytes: int64, footer_bytes: int64, buffer_size: int64, compression_type: string",
    {},
)
_dataset("MatchingFilesDataset", "patterns: string", {})
_dataset("SqlDataset", "driver_name: string, data_source_name: string, query: string")
_dataset(
    "CSVDatasetV2",
    "filenames: string, compression_type: string, buffer_size: int64, header: bool, field_delim: string, use_quote_delim: bool, "
    "na_value: string, select_cols: int64, record_defaults: *output_types, exclude_cols: int64",
)
_dataset("_GeneratorDataset", "args: *Targs", token=("string",))

_dataset("_SavedDataset", "path: string")

# which elements, in which order
_dataset("ZipDataset", "input_datasets: N * variant")
_dataset("ConcatenateDataset", f"{_ON}, another_dataset: variant")
_dataset("RepeatDataset", f"{_ON}, count: int64")
_dataset("TakeDataset", f"{_ON}, count: int64")
_dataset("SkipDataset", f"{_ON}, count: int64")
_dataset("ShardDataset", f"{_ON}, num_shards: int64, index: int64", require_non_empty=False)
_dataset("ShuffleDataset", f"{_ON}, buffer_size: int64, seed: int64, seed2: int64", reshuffle_each_iteration=True)
_dataset("ShuffleAndRepeatDataset", f"{_ON}, buffer_size: int64, seed: int64, seed2: int64, count: int64")
_dataset(
    "DirectedInterleaveDataset",
    "selector_input_dataset: variant, data_input_datasets: N * variant",
    stop_on_empty_dataset=False,
)
_dataset("UniqueDataset", _ON)
_dataset("CacheDataset", f"{_ON}, filename: string")
_dataset("PrefetchDataset", f"{_ON}, buffer_size: int64", slack_period=0, legacy_autotune=True)
_dataset("AssertCardinalityDataset", f"{_ON}, cardinality: int64")
_dataset("IgnoreErrorsDataset", _ON, log_warning=False)
_dataset("OptimizeDataset", f"{_ON}, optimizations: string", optimization_configs=("list(string)", []))
_dataset("ModelDataset", _ON, algorithm=0, cpu_budget=0)
_dataset("SnapshotDataset", f"{_ON}, path: string", compression="", reader_path_prefix="", writer_path_prefix="",
    shard_size_bytes=10737418240, pending_snapshot_expiry_seconds=86400, num_reader_threads=1, reader_buffer_size=1,
    num_writer_threads=1, writer_buffer_size=1)  # fmt: skip

# batches and windows
_dataset("BatchDatasetV2", f"{_ON}, batch_size: int64, drop_remainder: bool", parallel_copy=False)
_dataset(
    "PaddedBatchDatasetV2",
    f"{_ON}, batch_size: int64, padded_shapes: N * int64, padding_values: *Toutput_types, drop_remainder: bool",
    {},
    output_shapes=_SHAPES,
    parallel_copy=False,
)
_dataset("DenseToSparseBatchDataset", f"{_ON}, batch_size: int64, row_shape: int64")
_dataset("UnbatchDataset", _ON)
_dataset("WindowDataset", f"{_ON}, size: int64, shift: int64, stride: int64, drop_remainder: bool")
_dataset("SlidingWindowDataset", f"{_ON}, window_size: int64, window_shift: int64, window_stride: int64", drop_remainder=True)

# functions of elements
_CALLS = f"{_ON}, other_arguments: *Targuments"
_dataset("MapDataset", _CALLS, f=_FUNC, use_inter_op_parallelism=True, preserve_cardinality=False)
_dataset("ParallelMapDataset", f"{_CALLS}, num_parallel_calls: int32", f=_FUNC, use_inter_op_parallelism=True, sloppy=False,
    preserve_cardinality=False)  # fmt: skip
_dataset("MapAndBatchDataset", f"{_CALLS}, batch_size: int64, num_parallel_calls: int64, drop_remainder: bool", f=_FUNC,
    preserve_cardinality=False)  # fmt: skip
_dataset("FilterDataset", _CALLS, predicate=_FUNC)
_dataset("TakeWhileDataset", _CALLS, predicate=_FUNC)
_dataset("FlatMapDataset", _CALLS, f=_FUNC)
_dataset("InterleaveDataset", f"{_CALLS}, cycle_length: int64, block_length: int64", f=_FUNC)
_dataset("ParallelInterleaveDatasetV2", f"{_CALLS}, cycle_length: int64, block_length: int64, num_parallel_calls: int64", f=_FUNC,
    sloppy=False)  # fmt: skip
_dataset(
    "ParallelInterleaveDataset",
    f"{_CALLS}, cycle_length: int64, block_length: int64, sloppy: bool, buffer_output_elements: int64, prefetch_input_elements: int64",
    f=_FUNC,
)
_dataset("ScanDataset", f"{_ON}, initial_state: *Tstate, other_arguments: *Targuments", f=_FUNC, preserve_cardinality=False)
_dataset(
    "GroupByWindowDataset",
    f"{_ON}, key_func_other_arguments: *Tkey_func_other_arguments, reduce_func_other_arguments: *Treduce_func_other_arguments, "
    "window_size_func_other_arguments: *Twindow_size_func_other_arguments",
    key_func=_FUNC,
    reduce_func=_FUNC,
    window_size_func=_FUNC,
)
_dataset(
    "GroupByReducerDataset",
    f"{_ON}, key_func_other_arguments: *Tkey_func_other_arguments, init_func_other_arguments: *Tinit_func_other_arguments, "
    "reduce_func_other_arguments: *Treduce_func_other_arguments, finalize_func_other_arguments: *Tfinalize_func_other_arguments",
    key_func=_FUNC,
    init_func=_FUNC,
    reduce_func=_FUNC,
    finalize_func=_FUNC,
)


# ---- iterators: what `data` opens is registered here, since this room knows no graphs


class _Room(dict):
    """What the room `data` registered; it is imported by who knows how when a graph from a file is the first to need it."""

    bring = None

    def __missing__(self, key):
        if self.bring is None:
            raise KeyError(key)
        bring, self.bring = self.bring, None
        bring()
        return self[key]


_ROOM = _Room()


def register(**functions):
    """Tells this room how the room `data` opens and runs datasets: `iteration`, `reduce`, `single`, `cardinality`, `write`."""
    _ROOM.update(functions)


def bring_by(function):
    """Tells this room what imports the room `data`: programs that name nothing of it do without."""
    _ROOM.bring = function


def _iteration(resource):
    """The iteration behind what stands for an iterator's handle."""
    return resource.value


def _element(inputs, attrs):
    return list(attrs["output_shapes"])


@op("IteratorV2", "-> handle:resource", host=True, owner="iterator", shape=scalar_shape)
def iterator(*, shared_name: "string", container: "string", output_types: "list(type)", output_shapes: "list(shape)"):
    """An iterator that MakeIterator starts."""
    return _ROOM["iteration"](None)


@op("OneShotIterator", "-> handle:resource", host=True, owner="iterator", shape=scalar_shape)
def one_shot_iterator(
    *, dataset_factory: "func", output_types: "list(type)", output_shapes: "list(shape)", container="", shared_name=""
):
    """An iterator over the dataset that `dataset_factory` makes."""
    return _ROOM["iteration"](dataset_factory)


@op("AnonymousIteratorV3", "-> handle:resource", host=True, owner="iterator", shape=scalar_shape)
def anonymous_iterator(*, output_types: "list(type)", output_shapes: "list(shape)"):
    """An iterator of a function, which MakeIterator starts in every call: one that runs twice at a time would share it."""
    return _ROOM["iteration"](None)


@op("MakeIterator", "variant, resource ->", host=True, slots=True, stateful=True)
def make_iterator(dataset, iterator):
    """Starts an iterator anew over a dataset."""
    _iteration(iterator).start(dataset)


@op("IteratorGetNext", "resource -> components:*output_types", host=True, slots=True, stateful=True, shape=_element)
def iterator_get_next(iterator, *, output_types: "list(type)", output_shapes: "list(shape)"):
    """The components of the next element. Raises OutOfRangeError after the last one."""
    return _iteration(iterator).next()


@op("IteratorGetNextSync", "resource -> components:*output_types", host=True, slots=True, stateful=True, shape=_element)
def iterator_get_next_sync(iterator, *, output_types: "list(type)", output_shapes: "list(shape)"):
    """As IteratorGetNext."""
    return _iteration(iterator).next()


@op("_IteratorHasNext", "resource -> bool", host=True, slots=True, stateful=True, shape=scalar_shape)
def iterator_has_next(iterator):
    """Whether there is a next element, which is kept for IteratorGetNext."""
    return np.bool_(_iteration(iterator).has_next())


@op("IteratorToStringHandle", "resource -> string_handle:string", host=True, slots=True, stateful=True, shape=scalar_shape)
def iterator_to_string_handle(resource_handle):
    """A string by which IteratorFromStringHandleV2 finds the iterator."""
    out = np.empty((), object)
    out[()] = _iteration(resource_handle).handle(resource_handle)
    return out


@op("IteratorFromStringHandleV2", "string -> resource_handle:resource", host=True, stateful=True, shape=scalar_shape)
def iterator_from_string_handle(string_handle, *, output_types: "list(type)" = (), output_shapes: "list(shape)" = ()):
    """The iterator of a string handle. Raises InvalidArgumentError for another string, or one of an iterator that is gone."""
    return _ROOM["find"](np.asarray(string_handle, object)[()], output_types)


@op("_IteratorPlace", "resource -> string", host=True, slots=True, stateful=True, shape=scalar_shape)
def iterator_place(iterator):
    """Where an iterator stands, as a string for checkpoints (a variant could not be written)."""
    out = np.empty((), object)
    out[()] = _ROOM["dumps"](_iteration(iterator).save())
    return out


@op("_IteratorGoTo", "resource, string ->", host=True, slots=True, stateful=True)
def iterator_go_to(iterator, place):
    """Sets an iterator to where one over the same dataset stood."""
    _iteration(iterator).restore(_ROOM["loads"](np.asarray(place, object)[()]))


# ---- elements that may not be there


@op("IteratorGetNextAsOptional", "resource -> optional:variant", host=True, slots=True, stateful=True, shape=scalar_shape)
def iterator_get_next_as_optional(iterator, *, output_types: "list(type)", output_shapes: "list(shape)"):
    """The next element, or none after the last one: a list of components, or None."""
    return Optional(_iteration(iterator).next_or_none())


class Optional:
    """The value of an optional: `components`, a list, or None."""

    __slots__ = ("components",)
    shape = ()

    def __init__(self, components):
        self.components = components


@op("OptionalFromValue", "*Toutput_types -> optional:variant", host=True, shape=scalar_shape)
def optional_from_value(components):
    """An optional that holds `components`."""
    return Optional(list(components))


@op("OptionalNone", "-> optional:variant", host=True, shape=scalar_shape)
def optional_none():
    """An optional that holds nothing."""
    return Optional(None)


@op("OptionalHasValue", "variant -> has_value:bool", host=True, shape=scalar_shape)
def optional_has_value(optional):
    """Whether an optional holds something."""
    return np.bool_(optional.components is not None)


@op("OptionalGetValue", "variant -> components:*output_types", host=True, shape=_element)
def optional_get_value(optional, *, output_types: "list(type)", output_shapes: "list(shape)"):
    """What an optional holds. Raises InvalidArgumentError when that is nothing."""
    if optional.components is None:
        raise _ROOM["invalid"]("The given optional does not have a value.")
    return list(optional.components)


# ---- values of whole datasets


@op(
    "ReduceDataset",
    "variant, *Tstate, *Targuments -> components:*output_types",
    host=True,
    slots=True,
    stateful=True,
    shape=_element,
)
def reduce_dataset(
    input_dataset, initial_state, other_arguments, *, f: "func", output_types: "list(type)", output_shapes: "list(shape)",
    use_inter_op_parallelism=True,
):  # fmt: skip
    """The state after `f(state, element)` for every element."""
    return _ROOM["reduce"](input_dataset, initial_state, other_arguments, f)


@op("DatasetToSingleElement", "variant -> components:*output_types", host=True, stateful=True, shape=_element)
def dataset_to_single_element(dataset, *, output_types: "list(type)", output_shapes: "list(shape)"):
    """The one element of a dataset. Raises InvalidArgumentError when it has none, or more."""
    return _ROOM["single"](dataset)


@op("DatasetCardinality", "variant -> cardinality:int64", host=True, stateful=True, shape=scalar_shape)
def dataset_cardinality(input_dataset):
    """The number of elements as far as it is known without going through them: -1 infinite, -2 unknown."""
    return np.int64(_ROOM["cardinality"](input_dataset))


@op("DatasetToTFRecord", "variant, string, string ->", host=True, stateful=True)
def dataset_to_tf_record(input_dataset, filename, compression_type):
    """Writes the elements, scalar strings, as the records of a TFRecord file."""
    _ROOM["write"](input_dataset, filename, compression_type)


@op("InitializeTableFromDataset", "table_handle:resource, dataset:variant ->", host=True, slots=True, stateful=True)
def initialize_table_from_dataset(table_handle, dataset):
    """Fills a table with the elements of a dataset, pairs of a key and a value."""
    table, pairs = table_handle.value, _ROOM["elements"](dataset)
    kinds = (table.key_dtype.np, table.value_dtype.np)
    table.fill(*(np.array([np.asarray(pair[i]).item() for pair in pairs], kind) for i, kind in enumerate(kinds)))


# ---- sparse tensors as one value


class Sparse:
    """The value of a variant that a sparse tensor was made: NumPy arrays `indices` [n, rank], `values` [n], `dense_shape` [rank]."""

    __slots__ = ("dense_shape", "indices", "values")
    shape = (3,)

    def __init__(self, indices, values, dense_shape):
        self.indices, self.values, self.dense_shape = indices, values, dense_shape


@op("SerializeSparse", "int64, T, int64 -> serialized_sparse:out_type", T=dtypes.ANY, host=True, shape=lambda i, a: [(3,)])
def serialize_sparse(sparse_indices, sparse_values, sparse_shape, *, out_type=dtypes.string):
    """A sparse tensor as three strings [3], or as one variant value."""
    if out_type is dtypes.string:
        return sparse_bytes.written(sparse_indices, sparse_values, sparse_shape)
    return Sparse(sparse_indices, sparse_values, sparse_shape)


def _parts(inputs, attrs):
    return [(None, None), (None,), (None,)]


@op(
    "DeserializeSparse", "Tserialized -> sparse_indices:int64, sparse_values:dtype, sparse_shape:int64", host=True, shape=_parts
)
def deserialize_sparse(serialized_sparse, *, dtype: "type", Tserialized=dtypes.string):  # noqa: N803
    """The sparse tensor that SerializeSparse, or a batch of those, gave."""
    s = serialized_sparse
    if Tserialized is dtypes.string:
        return sparse_bytes.parts(np.asarray(s, object), dtype)
    return s.indices, s.values, s.dense_shape
