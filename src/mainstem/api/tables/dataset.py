"""The public names of `tf.data`."""

from mainstem.api.rows import both, v1, v2
from mainstem.data import (
    dataset,
    dataset_v1,
    files,
    iterators,
    lookup_tables,
    loops,
    mixing,
    options,
    structure,
    tables,
    transformations,
)
from mainstem.graph import spec
from mainstem.train import iterator_state

__all__ = ["loops"]  # imported for what it registers

v1(dataset_v1.DatasetV1, "data.Dataset")
v2(dataset.Dataset, "data.Dataset")
v1(files.TextLineDatasetV1, "data.TextLineDataset")
v2(files.TextLineDataset, "data.TextLineDataset")
v1(files.TFRecordDatasetV1, "data.TFRecordDataset")
v2(files.TFRecordDataset, "data.TFRecordDataset")
v1(files.FixedLengthRecordDatasetV1, "data.FixedLengthRecordDataset")
v2(files.FixedLengthRecordDataset, "data.FixedLengthRecordDataset")
both(options.Options, "data.Options")
both(structure.DatasetSpec, "data.DatasetSpec")
both(options.AUTOTUNE, "data.experimental.AUTOTUNE")
v2(options.AUTOTUNE, "data.AUTOTUNE")
v1(iterators.Iterator, "data.Iterator")
v2(iterators.OwnedIterator, "data.Iterator")
v1(iterators.OwnedIterator, "contrib.eager.Iterator")
v1(dataset_v1.get_output_types, "data.get_output_types")
v1(dataset_v1.get_output_shapes, "data.get_output_shapes")
v1(dataset_v1.get_output_classes, "data.get_output_classes")
v1(dataset_v1.make_one_shot_iterator, "data.make_one_shot_iterator")
v1(dataset_v1.make_initializable_iterator, "data.make_initializable_iterator")

# functions for `Dataset.apply`, and what is made of datasets
for _name in [
    "assert_element_shape",
    "batch_and_drop_remainder",
    "choose_from_datasets",
    "dense_to_sparse_batch",
    "enumerate_dataset",
    "get_single_element",
    "group_by_reducer",
    "group_by_window",
    "ignore_errors",
    "map_and_batch",
    "padded_batch_and_drop_remainder",
    "parallel_interleave",
    "parse_example_dataset",
    "prefetch_to_device",
    "reduce_dataset",
    "rejection_resample",
    "sample_from_datasets",
    "scan",
    "sliding_window_batch",
    "sloppy_interleave",
    "unbatch",
    "unique",
    "bucket_by_sequence_length",
    "copy_to_device",
    "Reducer",
    "TFRecordWriter",
]:
    v1(getattr(transformations if hasattr(transformations, _name) else mixing, _name), f"contrib.data.{_name}")
for _name in [
    "bucket_by_sequence_length",
    "choose_from_datasets",
    "copy_to_device",
    "dense_to_sparse_batch",
    "enumerate_dataset",
    "get_single_element",
    "group_by_reducer",
    "group_by_window",
    "ignore_errors",
    "map_and_batch",
    "parallel_interleave",
    "parse_example_dataset",
    "prefetch_to_device",
    "rejection_resample",
    "sample_from_datasets",
    "scan",
    "take_while",
    "unbatch",
    "unique",
    "cardinality",
    "get_structure",
    "Reducer",
    "TFRecordWriter",
]:
    both(getattr(transformations if hasattr(transformations, _name) else mixing, _name), f"data.experimental.{_name}")
for _name in [
    "assert_cardinality",
    "at",
    "dense_to_ragged_batch",
    "from_list",
    "from_variant",
    "to_variant",
    "pad_to_cardinality",
    "snapshot",
]:
    v2(getattr(transformations if hasattr(transformations, _name) else mixing, _name), f"data.experimental.{_name}")
v1(transformations.shuffle_and_repeat_v1, "data.experimental.shuffle_and_repeat", "contrib.data.shuffle_and_repeat")
v2(transformations.shuffle_and_repeat, "data.experimental.shuffle_and_repeat")
v1(transformations.counter_v1, "data.experimental.Counter", "contrib.data.Counter")
v2(transformations.counter, "data.experimental.Counter")
v1(transformations.RandomDatasetV1, "data.experimental.RandomDataset", "contrib.data.RandomDataset")
v2(transformations.RandomDataset, "data.experimental.RandomDataset")
both(options.OptimizationOptions, "data.experimental.OptimizationOptions")
both(options.ThreadingOptions, "data.experimental.ThreadingOptions")
both(options.DistributeOptions, "data.experimental.DistributeOptions")
v1(options.StatsOptions, "data.experimental.StatsOptions")
v1(options.MapVectorizationOptions, "data.experimental.MapVectorizationOptions")
v2(options.ThreadingOptions, "data.ThreadingOptions")
v2(options.AutotuneOptions, "data.experimental.AutotuneOptions")
v2(options.AutotuneAlgorithm, "data.experimental.AutotuneAlgorithm")
v2(options.AutoShardPolicy, "data.experimental.AutoShardPolicy")
v2(options.ExternalStatePolicy, "data.experimental.ExternalStatePolicy")
v2(options.ServiceOptions, "data.experimental.ServiceOptions")
v2(iterators.NumpyIterator, "data.NumpyIterator")
v2(iterators.IteratorSpec, "data.IteratorSpec")
v2(dataset.INFINITE_CARDINALITY, "data.INFINITE_CARDINALITY")
v2(dataset.UNKNOWN_CARDINALITY, "data.UNKNOWN_CARDINALITY")
both(dataset.INFINITE_CARDINALITY, "data.experimental.INFINITE_CARDINALITY")
both(dataset.UNKNOWN_CARDINALITY, "data.experimental.UNKNOWN_CARDINALITY")
both(iterators.Optional, "data.experimental.Optional")
v1(iterators.Optional, "contrib.data.Optional")
both(iterators.get_next_as_optional, "data.experimental.get_next_as_optional")
v1(iterators.get_next_as_optional, "contrib.data.get_next_as_optional")
v1(options.AUTOTUNE, "contrib.data.AUTOTUNE")
v1(structure.DatasetSpec, "data.experimental.DatasetStructure")
v1(structure.OptionalSpec, "data.experimental.OptionalStructure")
v1(tables.CsvDatasetV1, "data.experimental.CsvDataset", "contrib.data.CsvDataset")
v2(tables.CsvDataset, "data.experimental.CsvDataset")
v1(tables.SqlDatasetV1, "data.experimental.SqlDataset", "contrib.data.SqlDataset")
v2(tables.SqlDataset, "data.experimental.SqlDataset")
v1(tables.make_csv_dataset_v1, "data.experimental.make_csv_dataset", "contrib.data.make_csv_dataset")
v2(tables.make_csv_dataset, "data.experimental.make_csv_dataset")
v1(
    tables.make_batched_features_dataset_v1,
    "data.experimental.make_batched_features_dataset",
    "contrib.data.make_batched_features_dataset",
)
v2(tables.make_batched_features_dataset, "data.experimental.make_batched_features_dataset")
v1(tables.read_batch_features, "contrib.data.read_batch_features")
both(iterator_state.make_saveable_from_iterator, "data.experimental.make_saveable_from_iterator")
v1(iterator_state.make_saveable_from_iterator, "contrib.data.make_saveable_from_iterator")
v1(transformations.to_variant, "data.experimental.to_variant")
v1(transformations.from_variant_v1, "data.experimental.from_variant")
v1(transformations.map_and_batch, "data.experimental.map_and_batch_with_legacy_function")
v2(transformations.SHARD_HINT, "data.experimental.SHARD_HINT")
v2(lookup_tables.DatasetInitializer, "data.experimental.DatasetInitializer")
v2(lookup_tables.table_from_dataset, "data.experimental.table_from_dataset")
v2(lookup_tables.index_table_from_dataset, "data.experimental.index_table_from_dataset")
v2(transformations.save, "data.experimental.save")
v2(transformations.load, "data.experimental.load")
v1(transformations.tensor_structure, "data.experimental.TensorStructure")
v1(transformations.sparse_tensor_structure, "data.experimental.SparseTensorStructure")
v1(spec.TypeSpec, "data.experimental.Structure")
