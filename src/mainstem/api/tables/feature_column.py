"""The public names of `tf.feature_column` and of crosses of sparse features."""

from mainstem.api.rows import both, v1
from mainstem.dialects.feature_column import columns, layers
from mainstem.surface import sparse_cross

_COLUMNS = (
    "bucketized_column categorical_column_with_hash_bucket categorical_column_with_identity "
    "categorical_column_with_vocabulary_list crossed_column embedding_column indicator_column numeric_column "
    "weighted_categorical_column"
)
for name in _COLUMNS.split():
    both(getattr(columns, name), f"feature_column.{name}")
v1(columns.categorical_column_with_vocabulary_file, "feature_column.categorical_column_with_vocabulary_file")
v1(columns.shared_embedding_columns, "feature_column.shared_embedding_columns")
for name in ("input_layer", "linear_model"):
    v1(getattr(layers, name), f"feature_column.{name}")
both(layers.make_parse_example_spec, "feature_column.make_parse_example_spec")
both(sparse_cross.cross, "sparse.cross")
both(sparse_cross.cross_hashed, "sparse.cross_hashed")
