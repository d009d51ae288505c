"""`tf.data.experimental` and `tf.contrib.data`: functions that give functions for `Dataset.apply`, and what is made of others."""

import numpy as np

from mainstem.base import dtypes
from mainstem.data import composed, structure, traced
from mainstem.data.dataset import Dataset
from mainstem.data.dataset_v1 import DatasetV1
from mainstem.data.nodes import batched, known, scalar
from mainstem.data.seeds import pair
from mainstem.graph.spec import SparseTensorSpec, TensorSpec
from mainstem.ops import dataset as ops
from mainstem.surface import array, framework, parsing

SHARD_HINT = -1  # what stands for a number of shards or a shard's index that a service fills in


def unbatch():
    """For `apply`: the rows of each element."""
    return lambda dataset: dataset.unbatch()


def enumerate_dataset(start=0):
    """For `apply`: pairs (number, element)."""
    return lambda dataset: dataset.enumerate(start)


def unique():
    """For `apply`: the elements that did not come before."""
    return lambda dataset: dataset.unique()


def ignore_errors(log_warning=False):
    """For `apply`: the elements without those that fail."""
    return lambda dataset: dataset.ignore_errors(log_warning)


def scan(initial_state, scan_func):
    """For `apply`: results of `scan_func(state, element)`, which gives (new state, result)."""
    return lambda dataset: composed.scanned(dataset, initial_state, scan_func)


def take_while(predicate):
    """For `apply`: the elements before the first one for which `predicate` gives False."""
    return lambda dataset: dataset.take_while(predicate)


def assert_cardinality(expected_cardinality):
    """For `apply`: the elements; FailedPreconditionError when there are not as many as expected."""
    return lambda dataset: dataset._like(
        "AssertCardinalityDataset", [scalar(expected_cardinality, dtypes.int64, "expected_cardinality")]
    )


def cardinality(dataset):
    """The number of elements, INFINITE_CARDINALITY or UNKNOWN_CARDINALITY, an int64 scalar."""
    return dataset.cardinality()


def get_single_element(dataset):
    """The one element of a dataset. Raises TypeError for anything else, InvalidArgumentError for another number of elements."""
    if not isinstance(dataset, Dataset):
        raise TypeError(f"Invalid `dataset`. Expected a `tf.data.Dataset` object but got {type(dataset)}.")
    return dataset.get_single_element()


def get_structure(dataset_or_iterator):
    """The specs of an element."""
    try:
        return dataset_or_iterator.element_spec
    except AttributeError:
        raise TypeError(
            "Invalid `dataset_or_iterator`. `dataset_or_iterator` must be a `tf.data.Dataset` or tf.data.Iterator object, but got "
            f"{type(dataset_or_iterator)}."
        ) from None


def group_by_window(key_func, reduce_func, window_size=None, window_size_func=None):
    """For `apply`: elements with one key in windows, each of which `reduce_func(key, window)` makes a dataset."""
    if (window_size is None) == (window_size_func is None):
        raise ValueError("Must pass either window_size or window_size_func, but not both.")
    return lambda dataset: composed.grouped(dataset, key_func, reduce_func, window_size, window_size_func)


class Reducer:
    """A reduction: the first state for a key, the step, and what becomes of the last state."""

    def __init__(self, init_func, reduce_func, finalize_func):
        self._init_func, self._reduce_func, self._finalize_func = init_func, reduce_func, finalize_func

    init_func = property(lambda self: self._init_func)
    reduce_func = property(lambda self: self._reduce_func)
    finalize_func = property(lambda self: self._finalize_func)


def group_by_reducer(key_func, reducer):
    """For `apply`: one element a key, the reduction of the elements that have it."""

    def transformed(dataset):
        number = TensorSpec((), dtypes.int64)
        key = traced.trace(lambda *e: composed._int64(key_func(*e), "key_func"), "key_func", dataset.element_spec)
        first = traced.trace(reducer.init_func, "init_func", number)
        step = traced.trace(reducer.reduce_func, "reduce_func", first.spec, dataset.element_spec, unpack=False)
        last = traced.trace(reducer.finalize_func, "finalize_func", first.spec)
        return dataset._then(
            "GroupByReducerDataset",
            [key.captured, first.captured, step.captured, last.captured],
            last.spec,
            key_func=key.graph,
            init_func=first.graph,
            reduce_func=step.graph,
            finalize_func=last.graph,
        )

    return transformed


def shuffle_and_repeat(buffer_size, count=None, seed=None):
    """For `apply`: shuffled in every epoch, `count` times."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


def shuffle_and_repeat_v1(buffer_size, count=None, seed=None):
    """For `apply`: shuffled in every epoch, `count` times, with one buffer that passes from epoch to epoch."""

    def transformed(dataset):
        given = [scalar(buffer_size, dtypes.int64, "buffer_size"), *pair(seed)]
        times = scalar(-1 if count is None else count, dtypes.int64, "count")
        return dataset._like("ShuffleAndRepeatDataset", [*given, times])

    return transformed


def map_and_batch(map_func, batch_size, num_parallel_batches=None, drop_remainder=False, num_parallel_calls=None):
    """For `apply`: `map`, then `batch`. Raises ValueError when both `num_parallel_batches` and `num_parallel_calls` are given."""
    if num_parallel_batches is not None and num_parallel_calls is not None:
        raise ValueError(
            "`map_and_batch` allows only one of `num_parallel_batches` and `num_parallel_calls` to be set, but both were set."
        )
    calls = num_parallel_calls
    if calls is None:
        calls = batch_size * num_parallel_batches if num_parallel_batches is not None else 1

    def transformed(dataset):
        f = traced.trace(map_func, "map_and_batch", dataset.element_spec)
        size, drop = scalar(batch_size, dtypes.int64, "batch_size"), scalar(drop_remainder, dtypes.bool, "drop_remainder")
        spec = structure.map_structure(lambda s: batched(s, known(size) if known(drop) else None), f.spec)
        given = [f.captured, size, scalar(calls, dtypes.int64, "num_parallel_calls"), drop]
        return dataset._then("MapAndBatchDataset", given, spec, f=f.graph, preserve_cardinality=True)

    return transformed


def parallel_interleave(
    map_func, cycle_length, block_length=1, sloppy=False, buffer_output_elements=None, prefetch_input_elements=None
):
    """For `apply`: `interleave` with threads that read ahead; a dataset that ends is replaced in its turn."""

    def transformed(dataset):
        f = traced.trace(map_func, "parallel_interleave", dataset.element_spec)
        if not isinstance(f.spec, structure.DatasetSpec):
            raise TypeError("`map_func` must return a `Dataset` object.")
        given = [
            f.captured,
            scalar(cycle_length, dtypes.int64, "cycle_length"),
            scalar(block_length, dtypes.int64, "block_length"),
            scalar(bool(sloppy), dtypes.bool, "sloppy"),
            scalar(2 * block_length if buffer_output_elements is None else buffer_output_elements, dtypes.int64, "buffer_output_elements"),
            scalar(2 * cycle_length if prefetch_input_elements is None else prefetch_input_elements, dtypes.int64, "prefetch_input_elements"),
        ]  # fmt: skip
        return dataset._then("ParallelInterleaveDataset", given, f.spec.element_spec, f=f.graph)

    return transformed


def sloppy_interleave(map_func, cycle_length, block_length=1):
    """`parallel_interleave`, whose order need not be kept (it is)."""
    return parallel_interleave(map_func, cycle_length, block_length, sloppy=True)


def dense_to_sparse_batch(batch_size, row_shape):
    """For `apply`: batches as sparse tensors."""
    return lambda dataset: dataset.sparse_batch(batch_size, row_shape)


def dense_to_ragged_batch(batch_size, drop_remainder=False, row_splits_dtype=dtypes.int64):
    """For `apply`; raises NotImplementedError."""
    return lambda dataset: dataset.ragged_batch(batch_size, drop_remainder, row_splits_dtype)


def batch_and_drop_remainder(batch_size):
    """For `apply`: batches, without the last one if that is smaller."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(batch_size, padded_shapes, padding_values=None):
    """For `apply`: padded batches, without the last one if that is smaller."""
    return lambda dataset: dataset.padded_batch(batch_size, padded_shapes, padding_values, drop_remainder=True)


def sliding_window_batch(window_size, stride=None, window_shift=None, window_stride=1):
    """For `apply`: windows as batches, `window_shift` (or `stride`, its old name) elements apart.

    Raises ValueError when both names are used.
    """
    if stride is not None and window_shift is not None:
        raise ValueError("Cannot specify both `window_shift` and `stride`")
    shift = next((v for v in (window_shift, stride) if v is not None), 1)

    def transformed(dataset):
        spec = structure.map_structure(lambda s: batched(s, None), dataset.element_spec)
        given = [
            scalar(v, dtypes.int64, n)
            for v, n in ((window_size, "window_size"), (shift, "window_shift"), (window_stride, "window_stride"))
        ]
        return dataset._then("SlidingWindowDataset", given, spec)

    return transformed


def assert_element_shape(expected_shapes):
    """For `apply`: the elements, with these shapes. Raises ValueError where they cannot have them."""

    def transformed(dataset):
        def check(*element):
            element = element[0] if len(element) == 1 and not isinstance(dataset.element_spec, tuple) else element
            return structure.map_structure(
                _ensured, element, structure.pack(element, composed._shapes_like(dataset.element_spec, expected_shapes))
            )

        return dataset.map(check)

    return transformed


def _ensured(tensor, shape):
    tensor.set_shape(shape)
    return tensor


def copy_to_device(target_device, source_device="/cpu:0"):
    """For `apply`: the elements; they are copied to the device where they are used."""
    return lambda dataset: dataset


def prefetch_to_device(device, buffer_size=None):
    """For `apply`: prefetches; elements are copied to the device where they are used."""
    return lambda dataset: dataset.prefetch(1 if buffer_size is None else buffer_size)


def reduce_dataset(dataset, reducer):
    """The reduction of a dataset by a `Reducer`, whose first state is that for the key 0. Raises TypeError for another dataset."""
    if not isinstance(dataset, Dataset):
        raise TypeError("input_dataset must be of type Dataset.")
    return get_single_element(dataset.apply(group_by_reducer(lambda *_: np.int64(0), reducer)))


def snapshot(path, compression=None, reader_func=None, shard_func=None):
    """For `apply`: a cache in the folder `path`."""
    return lambda dataset: dataset.snapshot(path, compression, reader_func, shard_func)


def parse_example_dataset(features, num_parallel_calls=1, deterministic=None):
    """For `apply`: batches of serialized Examples as dicts of tensors. Raises ValueError without features, TypeError for others."""
    if features is None:
        raise ValueError("Argument `features` is required, but not specified.")

    def transformed(dataset):
        if dataset.element_spec != TensorSpec([None], dtypes.string):
            raise TypeError(f"Input dataset should be a dataset of vectors of strings. Instead it is `{dataset.element_spec}`.")
        return dataset.map(lambda e: parsing.parse_example(e, features), num_parallel_calls)

    return transformed


def pad_to_cardinality(cardinality, mask_key="valid"):
    """For `apply`: a dataset of dicts filled up with zeros to `cardinality` elements; `mask_key` tells which are real."""

    def transformed(dataset):
        spec = dataset.element_spec
        if not isinstance(spec, dict) or mask_key in spec:
            raise ValueError("`pad_to_cardinality` needs elements that are dicts without the key of the mask.")
        zero = {k: array.zeros(s.shape.as_list(), s.dtype) for k, s in spec.items()}
        marked = dataset.map(lambda e: {**e, mask_key: framework.constant(True)})
        filled = dataset._family.from_tensors({**zero, mask_key: framework.constant(False)}).repeat()
        return marked.concatenate(filled).take(cardinality)

    return transformed


# ---- sources


def counter(start=0, step=1, dtype=dtypes.int64):
    """The numbers `start`, `start + step`, … without end."""
    return Dataset.counter(start, step, dtype)


def counter_v1(start=0, step=1, dtype=dtypes.int64):
    """The numbers `start`, `start + step`, … without end."""
    return DatasetV1.counter(start, step, dtype)


class RandomDataset(Dataset):
    """Random numbers without end."""

    def __init__(self, seed=None, rerandomize_each_iteration=None, name=None):
        made = Dataset.random(seed, rerandomize_each_iteration)
        super().__init__(made._variant_tensor, made.element_spec)


class RandomDatasetV1(DatasetV1):
    """Random numbers without end."""

    def __init__(self, seed=None):
        made = Dataset.random(seed)
        super().__init__(made._variant_tensor, made.element_spec)


def from_list(elements, name=None):
    """The elements of a Python list. Raises ValueError for an empty one."""
    if not elements:
        raise ValueError("Empty list not supported.")
    stacked = [
        array.stack(list(values)) for values in zip(*(structure.to_components(structure.normalized(e)) for e in elements))
    ]
    return Dataset.from_tensor_slices(structure.pack(structure.normalized(elements[0]), stacked))


def at(dataset, index):
    """The element at `index` of a dataset, in eager mode. Raises OutOfRangeError beyond the end."""
    return get_single_element(dataset.skip(index).take(1))


def from_variant(variant, structure):
    """The dataset of a variant tensor."""
    return Dataset._of(variant, structure)


def from_variant_v1(variant, structure):
    """The dataset of a variant tensor, of TensorFlow 1's class."""
    return DatasetV1._of(variant, structure)


def to_variant(dataset):
    """The variant tensor of a dataset."""
    return dataset._variant_tensor


def save(dataset, path, compression=None, shard_func=None, checkpoint_args=None):
    """`Dataset.save`."""
    dataset.save(path, compression, shard_func, checkpoint_args)


def load(path, element_spec=None, compression=None, reader_func=None):
    """`Dataset.load`."""
    return Dataset.load(path, element_spec, compression, reader_func)


def tensor_structure(dtype, shape):
    """The spec of a tensor, under its name of 1.15."""
    return TensorSpec(shape, dtype)


def sparse_tensor_structure(dtype, shape):
    """The spec of a sparse tensor, under its name of 1.15."""
    return SparseTensorSpec(shape, dtype)


class TFRecordWriter:
    """Writes a dataset of scalar strings to a TFRecord file."""

    def __init__(self, filename, compression_type=None):
        self._filename = framework.convert_to_tensor(filename, dtypes.string, name="filename")
        self._kind = framework.convert_to_tensor(compression_type or "", dtypes.string, name="compression_type")

    def write(self, dataset):
        """The operation that writes (eager: writes). Raises TypeError for anything but a dataset of scalar strings."""
        if not isinstance(dataset, Dataset):
            raise TypeError(f"Invalid `dataset.` Expected a `tf.data.Dataset` object but got {type(dataset)}.")
        if dataset.element_spec != TensorSpec((), dtypes.string):
            raise TypeError(
                f"Invalid `dataset`. Expected a dataset that produces scalar `tf.string` elements, but got {dataset.element_spec}."
            )
        return ops.dataset_to_tf_record(dataset._variant_tensor, self._filename, self._kind)
