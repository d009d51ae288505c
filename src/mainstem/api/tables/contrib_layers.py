"""The public names of `tf.contrib.layers` beside the common layers, and Slim's names for them."""

from mainstem.api.rows import both, v1
from mainstem.dialects.contrib import (
    convolution,
    divisive,
    encoders,
    group_norm,
    legacy,
    optimizers,
    reshaping,
    reversible,
    summaries,
)
from mainstem.dialects.contrib.columns import crossing, making, scattered, targets, using
from mainstem.ops import reduce as reduce_ops

_LAYERS = {
    convolution: "convolution2d_in_plane",
    divisive: "GDN gdn",
    encoders: "bow_encoder embed_sequence embedding_lookup_unique safe_embedding_lookup_sparse",
    group_norm: "group_norm instance_norm",
    legacy: "legacy_fully_connected legacy_linear legacy_relu",
    optimizers: "OPTIMIZER_CLS_NAMES OPTIMIZER_SUMMARIES optimize_loss",
    reshaping: "dense_to_sparse images_to_sequence maxout scale_gradient sequence_to_images spatial_softmax unit_norm",
    reversible: "RevBlock recompute_grad rev_block",
    summaries: "summarize_activation summarize_activations summarize_collection summarize_tensor summarize_tensors",
}
_OF_SLIM = {
    encoders: "embedding_lookup_sparse_with_distributed_aggregation",
    optimizers: "adaptive_clipping_fn",
    reshaping: "pool",
    summaries: "summarize_biases summarize_variables summarize_weights",
}

for file, names in _LAYERS.items():
    for name in names.split():
        v1(getattr(file, name), f"contrib.layers.{name}", f"contrib.slim.{name}")
for file, names in _OF_SLIM.items():
    for name in names.split():
        v1(getattr(file, name), f"contrib.slim.{name}")
v1(convolution.convolution2d_in_plane, "contrib.layers.conv2d_in_plane", "contrib.slim.conv2d_in_plane")
for name in ("bow_encoder", "embed_sequence"):
    v1(getattr(encoders, name), f"contrib.slim.encoders.{name}", f"contrib.layers.encoders.{name}")
for name in ("RevBlock", "recompute_grad", "rev_block"):
    v1(getattr(reversible, name), f"contrib.slim.rev_block_lib.{name}", f"contrib.layers.python.layers.rev_block_lib.{name}")
for name in ["OPTIMIZER_CLS_NAMES", "OPTIMIZER_SUMMARIES", "adaptive_clipping_fn", "optimize_loss"]:
    v1(getattr(optimizers, name), f"contrib.slim.optimizers.{name}", f"contrib.layers.python.layers.optimizers.{name}")
for name in ("NCHW", "NHWC"):
    v1(name, f"contrib.slim.normalization.DATA_FORMAT_{name}", f"contrib.layers.python.layers.normalization.DATA_FORMAT_{name}")
both(reduce_ops.bucketize, "python.ops.math_ops._bucketize")

_COLUMNS = {
    making: "bucketized_column crossed_column embedding_column one_hot_column real_valued_column scattered_embedding_column "
    "shared_embedding_columns sparse_column_with_hash_bucket sparse_column_with_integerized_feature sparse_column_with_keys "
    "sparse_column_with_vocabulary_file weighted_sparse_column infer_real_valued_columns",
    using: "check_feature_columns create_feature_spec_for_parsing input_from_feature_columns "
    "joint_weighted_sum_from_feature_columns make_place_holder_tensors_for_base_features parse_feature_columns_from_examples "
    "parse_feature_columns_from_sequence_examples sequence_input_from_feature_columns transform_features "
    "weighted_sum_from_feature_columns",
    targets: "binary_svm_target multi_class_target regression_target",
}
_COLUMNS_OF_SLIM = {
    crossing: "SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY sparse_feature_cross",
    scattered: "scattered_embedding_lookup scattered_embedding_lookup_sparse",
    targets: "DataFrameColumn ProblemType experimental get_default_binary_metrics_for_eval",
}
for file, names in _COLUMNS.items():
    for name in names.split():
        v1(getattr(file, name), f"contrib.layers.{name}", f"contrib.slim.{name}")
for file, names in _COLUMNS_OF_SLIM.items():
    for name in names.split():
        v1(getattr(file, name), f"contrib.slim.{name}")
v1(crossing.bucketize, "contrib.slim.bucketize")
v1(crossing.SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY, "contrib.layers.SPARSE_FEATURE_CROSS_DEFAULT_HASH_KEY")
for name in (*_COLUMNS[using].split(), "infer_real_valued_columns", "experimental"):
    file = next(f for f in (using, making, targets) if hasattr(f, name) and not (f is using and name == "experimental"))
    v1(getattr(file, name), f"contrib.slim.feature_column_ops.{name}", f"contrib.layers.feature_column_ops.{name}")
for name in (*_COLUMNS[targets].split(), "ProblemType", "get_default_binary_metrics_for_eval"):
    v1(getattr(targets, name), f"contrib.slim.target_column.{name}", f"contrib.layers.target_column.{name}")
