"""`tf.data.Dataset`: a light description; each transformation is one op that gives a recipe, and iterating opens that."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.base.errors import must
from mainstem.data import composed, generators, iterators, mixing, saved, seeds, sizes, sources, structure, traced
from mainstem.data import options as option
from mainstem.data.nodes import apply, batched, element_attrs, known, row_spec, same_length, scalar
from mainstem.graph.spec import SparseTensorSpec, TensorSpec
from mainstem.ops import dataset as ops
from mainstem.surface import framework, math

AUTOTUNE, INFINITE_CARDINALITY, UNKNOWN_CARDINALITY = option.AUTOTUNE, sizes.INFINITE, sizes.UNKNOWN


class Dataset:
    """A sequence of elements, each a nest of tensors; see the methods for how to make, change and iterate over one.

    `variant_tensor` is the tensor that stands for it; `element_spec` tells dtypes and shapes of its elements.
    """

    _family = None  # the class that transformations of this one give

    def __init__(self, variant_tensor, element_spec=None):
        self._variant_tensor, self._element_spec, self._options = variant_tensor, element_spec, option.Options()

    @classmethod
    def _of(cls, variant, spec):
        made = cls._family.__new__(cls._family)
        Dataset.__init__(made, variant, spec)
        return made

    def _then(self, kind, inputs, spec, name=None, **attrs):
        """The dataset of an op on this one: `inputs` after its variant, elements of `spec`."""
        made = self._of(apply(kind, [self._variant_tensor, *inputs], spec, name, **attrs), spec)
        made._options = self._options
        return made

    def _like(self, kind, inputs, name=None, **attrs):
        return self._then(kind, inputs, self._element_spec, name, **attrs)

    # ---- what it is

    @property
    def element_spec(self):
        """The specs of an element's leaves, in its structure."""
        return self._element_spec

    def options(self):
        """The options that `with_options` set."""
        return self._options

    def with_options(self, options, name=None):
        """The dataset with options. Raises TypeError for anything that is no Options."""
        if not isinstance(options, option.Options):
            raise TypeError(must("with_options", "options", "a tf.data.Options", repr(options)))
        made = self._of(self._variant_tensor, self._element_spec)
        made._options = self._options.merge(options)
        return made

    def _inputs(self):
        return []

    def __repr__(self):
        kind = "Dataset" if self._variant_tensor._is_eager is False and self._variant_tensor._op is None else self._kind()
        return f"<_{kind} element_spec={self._element_spec!r}>"

    __str__ = __repr__

    def _kind(self):
        t = self._variant_tensor
        return (t._value.kind if t._is_eager else t._op.type).removesuffix("V2")

    def __bool__(self):
        return True

    def __len__(self):
        """The number of elements. Raises TypeError when it is infinite or unknown, and in graphs."""
        if not self._variant_tensor._is_eager:
            raise TypeError("`tf.data.Dataset` only supports `len` in eager mode. Use `tf.data.Dataset.cardinality()` instead.")
        return sizes.length(self._variant_tensor._value)

    def cardinality(self):
        """The number of elements, INFINITE_CARDINALITY or UNKNOWN_CARDINALITY, an int64 scalar."""
        return ops.dataset_cardinality(self._variant_tensor)

    def fingerprint(self):
        """Raises NotImplementedError."""
        raise NotImplementedError("Dataset.fingerprint is not implemented.")

    # ---- iterating

    def __iter__(self):
        """An iterator over the elements. Raises RuntimeError in a graph outside of tf.function."""
        return iterators.iterator_of(self)

    def as_numpy_iterator(self):
        """An iterator over the elements with NumPy arrays as leaves. Raises TypeError for elements that have none."""
        for s in structure.flatten(self._element_spec):
            if not isinstance(s, (TensorSpec, SparseTensorSpec, structure.NoneTensorSpec)):
                raise TypeError(
                    f"`tf.data.Dataset.as_numpy_iterator()` is not supported for datasets that produce values of type {s.value_type}."
                )
        return iterators.NumpyIterator(self)

    # ---- making one

    @classmethod
    def from_tensors(cls, tensors, name=None):
        """The dataset of one element."""
        element = structure.normalized(tensors)
        spec = structure.specs_of(element)
        return cls._of(apply("TensorDataset", [structure.to_components(element)], spec, name), spec)

    @classmethod
    def from_tensor_slices(cls, tensors, name=None):
        """The rows of tensors along their first dimension, which must be of one size. Raises ValueError for scalars."""
        element = structure.normalized(tensors)
        rows = [row_spec(s) for s in structure.flatten(structure.specs_of(element))]
        if not rows:
            raise ValueError("Invalid `tensors`. `tensors` should not be empty.")
        same_length(structure.flatten(element))
        spec = structure.pack(element, rows)
        return cls._of(apply("TensorSliceDataset", [structure.to_components(element)], spec, name), spec)

    @classmethod
    def from_generator(cls, generator, output_types=None, output_shapes=None, args=None, output_signature=None, name=None):
        """What a Python function gives, called with `args`: an iterable of elements, called anew for every iteration.

        Args:
            output_types, output_shapes: dtypes, and shapes (None: unknown), in the structure of an element;
            output_signature: instead of both, the specs.

        Raises TypeError when `generator` is not callable or types are missing. What the generator raises, or yields in another
        structure, dtype or shape, is an InvalidArgumentError when it is reached.
        """
        if not callable(generator):
            raise TypeError("`generator` must be a Python callable.")
        if output_signature is not None:
            if output_types is not None or output_shapes is not None:
                raise TypeError(
                    "The `output_signature` argument can not be used together with `output_types` or `output_shapes`."
                )
            if not all(hasattr(s, "_components") for s in structure.flatten(output_signature)):
                raise TypeError("`output_signature` must contain objects that are subclass of `tf.TypeSpec` but found others.")
            spec = output_signature
        else:
            if output_types is None:
                raise TypeError("Either `output_types` or `output_signature` must be specified.")
            spec = structure.from_legacy(output_types, output_shapes)
        given = [framework.convert_to_tensor(a, name=f"arg_{i}") for i, a in enumerate(args or ())]
        callback = sources.Callback(generator, generators.converter(spec))
        made = cls._of(apply("_GeneratorDataset", [given], spec, name or "GeneratorDataset", token=callback.token), spec)
        t = made._variant_tensor
        holder = t._value.shared if t._is_eager else t._op.__dict__
        holder["_callback"] = callback  # as long as the graph, or the dataset
        return made

    @classmethod
    def range(cls, *args, **kwargs):
        """The int64 numbers of `range(stop)`, `range(start, stop)` or `range(start, stop, step)`; `output_type` another dtype."""
        dtype, name = dtypes.as_dtype(kwargs.pop("output_type", dtypes.int64)), kwargs.pop("name", None)
        if kwargs or not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid `args`. The length of `args` should be between 1 and 3 but was {len(args)}.")
        start, stop, step = (0, args[0], 1) if len(args) == 1 else (*args, 1) if len(args) == 2 else args
        given = [scalar(v, dtypes.int64, n) for v, n in ((start, "start"), (stop, "stop"), (step, "step"))]
        spec = TensorSpec((), dtype)
        return cls._of(apply("RangeDataset", given, spec, name), spec)

    @classmethod
    def zip(cls, *args, datasets=None, name=None):
        """Elements that have those of a nest of datasets as parts; as long as the shortest. Raises TypeError for other arguments."""
        if datasets is None:
            if not args:
                raise TypeError("Must pass at least one dataset to `zip`.")
            datasets = args[0] if len(args) == 1 else tuple(args)
        flat = structure.flatten(datasets)
        for d in flat:
            if not isinstance(d, Dataset):
                raise TypeError(
                    f"Invalid input to `zip`. Inputs are expected to be (nested) structures of `tf.data.Dataset` objects. Got {type(d)}."
                )
        if not flat:
            raise TypeError("Invalid input to `zip`. Empty inputs are not supported.")
        spec = structure.pack(datasets, [d._element_spec for d in flat])
        return flat[0]._of(apply("ZipDataset", [[d._variant_tensor for d in flat]], spec, name), spec)

    @classmethod
    def list_files(cls, file_pattern, shuffle=None, seed=None, name=None):
        """The names of the files that match a pattern, or any of several, shuffled unless `shuffle` is False.

        Raises InvalidArgumentError when the dataset is made (or, in a graph, run) and no file matches.
        """
        with framework.name_scope("list_files"):
            pattern = framework.convert_to_tensor(file_pattern, dtype=dtypes.string, name="file_pattern")
            found = composed.matching(pattern)
            made = cls.from_tensor_slices(found)
            if shuffle is None or shuffle:
                count = math.maximum(composed.length_of(found), np.int64(1))
                made = made.shuffle(count, seed=seed)
            return made

    @classmethod
    def load(cls, path, element_spec=None, compression=None, reader_func=None, wait=False):
        """The dataset that `save` wrote to the folder `path`. Raises NotFoundError, NotImplementedError for a `reader_func`."""
        if reader_func is not None:
            raise NotImplementedError("Dataset.load: reader_func is not implemented.")
        spec = saved.spec_at(path) if element_spec is None else element_spec
        return cls._of(apply("_SavedDataset", [scalar(path, dtypes.string, "path")], spec, "SavedDataset"), spec)

    def save(self, path, compression=None, shard_func=None, checkpoint_args=None):
        """Writes the elements to the folder `path`. Raises NotImplementedError for a `shard_func`, and in a graph."""
        if shard_func is not None or checkpoint_args is not None:
            raise NotImplementedError("Dataset.save: shard_func and checkpoint_args are not implemented.")
        saved.save(self, path)

    @classmethod
    def random(cls, seed=None, rerandomize_each_iteration=None, name=None):
        """Random int64 numbers from 0 to 2**32 - 1 without end; others in every iteration if `rerandomize_each_iteration`."""
        spec = TensorSpec((), dtypes.int64)
        if rerandomize_each_iteration:
            return cls._of(apply("_RerandomizedDataset", seeds.pair(seed), spec, name or "RandomDatasetV2"), spec)
        return cls._of(apply("RandomDataset", seeds.pair(seed), spec, name), spec)

    @classmethod
    def counter(cls, start=0, step=1, dtype=dtypes.int64, name=None):
        """The numbers `start`, `start + step`, … without end."""
        dtype = dtypes.as_dtype(dtype)
        with framework.name_scope("counter"):
            first = framework.convert_to_tensor(start, dtype=dtype, name="start")
            by = framework.convert_to_tensor(step, dtype=dtype, name="step")
            return cls.from_tensors(np.int64(0)).repeat(None).scan(first, lambda state, _: (state + by, state))

    # ---- which elements, in which order

    def concatenate(self, dataset, name=None):
        """The elements of this dataset, then those of another. Raises TypeError when their types or structures differ."""
        try:
            spec = structure.joined(self._element_spec, dataset._element_spec)
        except (TypeError, ValueError):
            raise TypeError(f"Incompatible dataset elements:\n  {self._element_spec} vs. {dataset._element_spec}") from None
        return self._then("ConcatenateDataset", [dataset._variant_tensor], spec, name)

    def repeat(self, count=None, name=None):
        """The elements `count` times; without end for None or -1."""
        return self._like("RepeatDataset", [scalar(-1 if count is None else count, dtypes.int64, "count")], name)

    def take(self, count, name=None):
        """At most the first `count` elements; all for -1."""
        return self._like("TakeDataset", [scalar(count, dtypes.int64, "count")], name)

    def skip(self, count, name=None):
        """All but the first `count` elements; none for -1."""
        return self._like("SkipDataset", [scalar(count, dtypes.int64, "count")], name)

    def shard(self, num_shards, index, name=None):
        """Every `num_shards`-th element from number `index` on. Raises InvalidArgumentError for an index out of range."""
        given = [scalar(num_shards, dtypes.int64, "num_shards"), scalar(index, dtypes.int64, "index")]
        return self._like("ShardDataset", given, name)

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=None, name=None):
        """Draws elements from a buffer of `buffer_size`; another order in every iteration unless `reshuffle_each_iteration` is False."""
        given = [scalar(buffer_size, dtypes.int64, "buffer_size"), *seeds.pair(seed)]
        again = True if reshuffle_each_iteration is None else bool(reshuffle_each_iteration)
        return self._like("ShuffleDataset", given, name, reshuffle_each_iteration=again)

    def cache(self, filename="", name=None):
        """Keeps the elements of the first complete iteration: in memory, or in files that begin with `filename`."""
        return self._like("CacheDataset", [scalar(filename, dtypes.string, "filename")], name)

    def prefetch(self, buffer_size, name=None):
        """Makes up to `buffer_size` elements ahead, in a thread."""
        size = -1 if buffer_size is None else buffer_size
        return self._like("PrefetchDataset", [scalar(size, dtypes.int64, "buffer_size")], name)

    def enumerate(self, start=0, name=None):
        """Pairs (number from `start` on, element)."""
        most = np.iinfo(np.int64).max
        return self._family.zip((self._family.range(start, most), self))

    def unique(self, name=None):
        """The elements that did not come before. Raises TypeError unless they are integers or strings."""
        spec = self._element_spec
        if not isinstance(spec, TensorSpec) or spec.dtype not in (dtypes.int32, dtypes.int64, dtypes.string):
            raise TypeError(f"`tf.data.Dataset.unique` is not supported for type {spec}.")
        return self._like("UniqueDataset", [], name)

    def ignore_errors(self, log_warning=False, name=None):
        """The elements without those that fail."""
        return self._like("IgnoreErrorsDataset", [], name, log_warning=bool(log_warning))

    # ---- batches

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, deterministic=None, name=None):
        """Elements stacked, `batch_size` at a time; the last batch is smaller, or left out with `drop_remainder`."""
        size, drop = scalar(batch_size, dtypes.int64, "batch_size"), scalar(drop_remainder, dtypes.bool, "drop_remainder")
        spec = structure.map_structure(lambda s: batched(s, known(size) if known(drop) else None), self._element_spec)
        return self._then("BatchDatasetV2", [size, drop], spec, name)

    def padded_batch(self, batch_size, padded_shapes=None, padding_values=None, drop_remainder=False, name=None):
        """Batches of elements that are filled up with `padding_values` (zeros, empty strings) to `padded_shapes`.

        A dimension that is None (or -1) becomes as large as the largest in the batch. Raises TypeError and ValueError for
        arguments that do not fit the elements.
        """
        return composed.padded(self, batch_size, padded_shapes, padding_values, drop_remainder, name)

    def sparse_batch(self, batch_size, row_shape, name=None):
        """Batches as sparse tensors of shape [batch, *row_shape]."""
        row = shapes.TensorShape(row_shape) if not hasattr(row_shape, "_is_eager") else None
        given = [-1 if d is None else d for d in row.as_list()] if row is not None else row_shape
        spec = structure.map_structure(
            lambda s: SparseTensorSpec(None if row is None else [None, *row.as_list()], s.dtype), self._element_spec
        )
        inputs = [scalar(batch_size, dtypes.int64, "batch_size"), scalar(given, dtypes.int64, "row_shape")]
        return self._then("DenseToSparseBatchDataset", inputs, spec, name)

    def ragged_batch(self, batch_size, drop_remainder=False, row_splits_dtype=dtypes.int64, name=None):
        """Raises NotImplementedError: there are no ragged tensors."""
        raise NotImplementedError("Dataset.ragged_batch is not implemented: ragged tensors are not; padded_batch pads instead.")

    def unbatch(self, name=None):
        """The rows of each element."""
        spec = structure.map_structure(row_spec, self._element_spec)
        return self._then("UnbatchDataset", [], spec, name)

    def rebatch(self, batch_size, drop_remainder=False, name=None):
        """The rows of the elements in batches of another size."""
        return self.unbatch().batch(batch_size, drop_remainder)

    def window(self, size, shift=None, stride=1, drop_remainder=False, name=None):
        """Windows of `size` elements: for each component a dataset of its values."""
        shift = size if shift is None else shift
        given = [scalar(v, dtypes.int64, n) for v, n in ((size, "size"), (shift, "shift"), (stride, "stride"))]
        spec = structure.map_structure(structure.DatasetSpec, self._element_spec)
        return self._then("WindowDataset", [*given, scalar(drop_remainder, dtypes.bool, "drop_remainder")], spec, name)

    # ---- functions

    def map(
        self, map_func, num_parallel_calls=None, deterministic=None, synchronous=None, use_unbounded_threadpool=False, name=None
    ):
        """`map_func` of each element; a tuple's parts are its arguments.

        Functions without effects run over blocks of elements, others element by element: with `num_parallel_calls` in threads.
        The order is that of the elements, always.
        """
        f = traced.trace(map_func, "Dataset_map", self._element_spec)
        if num_parallel_calls is None:
            return self._then("MapDataset", [f.captured], f.spec, name, f=f.graph, preserve_cardinality=True)
        count = scalar(num_parallel_calls, dtypes.int32, "num_parallel_calls")
        return self._then("ParallelMapDataset", [f.captured, count], f.spec, name, f=f.graph, preserve_cardinality=True)

    def filter(self, predicate, name=None):
        """The elements for which `predicate` gives True. Raises ValueError when it gives no scalar bool."""
        f = _predicate(predicate, "Dataset_filter", self._element_spec)
        return self._like_with("FilterDataset", f, name)

    def take_while(self, predicate, name=None):
        """The elements before the first one for which `predicate` gives False."""
        return self._like_with("TakeWhileDataset", _predicate(predicate, "take_while", self._element_spec), name)

    def _like_with(self, kind, f, name):
        return self._like(kind, [f.captured], name, predicate=f.graph)

    def flat_map(self, map_func, name=None):
        """The elements of the datasets that `map_func` gives, one after the other. Raises TypeError when it gives no dataset."""
        f = _to_dataset(map_func, "Dataset_flat_map", self._element_spec)
        return self._then("FlatMapDataset", [f.captured], f.spec.element_spec, name, f=f.graph)

    def interleave(
        self, map_func, cycle_length=None, block_length=None, num_parallel_calls=None, deterministic=None, name=None
    ):
        """`block_length` elements from each of `cycle_length` of the datasets that `map_func` gives in turn.

        With `num_parallel_calls`, threads read the open datasets ahead; the order stays the same.
        """
        f = _to_dataset(map_func, "Dataset_interleave", self._element_spec)
        cycle = scalar(option.AUTOTUNE if cycle_length is None else cycle_length, dtypes.int64, "cycle_length")
        given = [f.captured, cycle, scalar(1 if block_length is None else block_length, dtypes.int64, "block_length")]
        spec = f.spec.element_spec
        if num_parallel_calls is None:
            return self._then("InterleaveDataset", given, spec, name, f=f.graph)
        count = scalar(num_parallel_calls, dtypes.int64, "num_parallel_calls")
        return self._then("ParallelInterleaveDatasetV2", [*given, count], spec, name, f=f.graph)

    def scan(self, initial_state, scan_func, name=None):
        """What `scan_func(state, element)`, which gives (new state, result), gives as results."""
        return composed.scanned(self, initial_state, scan_func, name)

    def reduce(self, initial_state, reduce_func, name=None):
        """The state after `reduce_func(state, element)` for every element, from `initial_state` on."""
        return composed.reduced(self, initial_state, reduce_func, name)

    def apply(self, transformation_func):
        """What a function gives for this dataset. Raises TypeError when that is no dataset."""
        made = transformation_func(self)
        if not isinstance(made, Dataset):
            raise TypeError(f"`transformation_func` must return a `tf.data.Dataset` object. Got {type(made)}.")
        return made

    def get_single_element(self, name=None):
        """The one element. Raises InvalidArgumentError when there is none, or more."""
        spec = self._element_spec
        return structure.from_components(spec, ops.dataset_to_single_element(self._variant_tensor, **element_attrs(spec)))

    def snapshot(self, path, compression="AUTO", reader_func=None, shard_func=None, name=None):
        """A cache in the folder `path`. Raises NotImplementedError for functions of the user's own."""
        if reader_func is not None or shard_func is not None:
            raise NotImplementedError("Dataset.snapshot: reader_func and shard_func are not implemented.")
        return self._like("SnapshotDataset", [scalar(path, dtypes.string, "path")], name)

    # ---- by rules

    def group_by_window(self, key_func, reduce_func, window_size=None, window_size_func=None, name=None):
        """Elements with one key (int64) in windows; `reduce_func(key, dataset of the window)` gives a dataset of results.

        Raises ValueError unless one of `window_size` and `window_size_func(key)` is given.
        """
        return composed.grouped(self, key_func, reduce_func, window_size, window_size_func)

    def bucket_by_sequence_length(
        self, element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes=None, padding_values=None,
        pad_to_bucket_boundary=False, no_padding=False, drop_remainder=False, name=None,
    ):  # fmt: skip
        """Padded batches of elements of similar length; see `mixing.bucket_by_sequence_length`."""
        return mixing.bucket_by_sequence_length(
            element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes, padding_values, pad_to_bucket_boundary,
            no_padding, drop_remainder,
        )(self)  # fmt: skip

    def rejection_resample(self, class_func, target_dist, initial_dist=None, seed=None, name=None):
        """Pairs (class, element), left out so that classes come as `target_dist` says; see `mixing.rejection_resample`."""
        return mixing.rejection_resample(class_func, target_dist, initial_dist, seed)(self)

    @staticmethod
    def sample_from_datasets(datasets, weights=None, seed=None, stop_on_empty_dataset=False, rerandomize_each_iteration=None):
        """Elements of datasets in random order; see `mixing.sample_from_datasets`."""
        return mixing.sample_from_datasets(datasets, weights, seed, stop_on_empty_dataset, rerandomize_each_iteration)

    @staticmethod
    def choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset=True):
        """Elements of datasets in the order of the numbers in `choice_dataset`."""
        return mixing.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


def _predicate(function, name, spec):
    f = traced.trace(function, name, spec)
    if not isinstance(f.spec, TensorSpec) or not f.spec.is_compatible_with(TensorSpec((), dtypes.bool)):
        raise ValueError(f"`predicate` must return a scalar boolean tensor. Got {f.spec}.")
    return f


def _to_dataset(function, name, spec):
    f = traced.trace(function, name, spec)
    if not isinstance(f.spec, structure.DatasetSpec):
        raise TypeError(f"`map_func` must return a `Dataset` object. Got {f.spec!r}.")
    return f


Dataset._family = Dataset
