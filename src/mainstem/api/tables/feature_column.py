"""The public names of `tf.feature_column` and of crosses of sparse features."""

from mainstem.api.rows import both, v1
from mainstem.dialects.feature_column import layers, making, sequence
from mainstem.surface import sparse_cross

_COLUMNS = (
    "bucketized_column categorical_column_with_hash_bucket categorical_column_with_identity "
    "categorical_column_with_vocabulary_list crossed_column embedding_column indicator_column numeric_column "
    "weighted_categorical_column"
)
for name in _COLUMNS.split():
    both(getattr(making, name), f"feature_column.{name}")
v1(making.categorical_column_with_vocabulary_file, "feature_column.categorical_column_with_vocabulary_file")
v1(making.shared_embedding_columns, "feature_column.shared_embedding_columns")
for name in ("input_layer", "linear_model"):
    v1(getattr(layers, name), f"feature_column.{name}")
v1(layers.InputLayer, "contrib.slim.InputLayer")
_SEQUENCES = (
    "sequence_categorical_column_with_hash_bucket sequence_categorical_column_with_identity "
    "sequence_categorical_column_with_vocabulary_file sequence_categorical_column_with_vocabulary_list sequence_numeric_column"
)
for name in _SEQUENCES.split():
    both(getattr(sequence, name), f"feature_column.{name}")
    v1(getattr(sequence, name), f"contrib.feature_column.{name}")
v1(sequence.sequence_input_layer, "contrib.feature_column.sequence_input_layer")
both(layers.make_parse_example_spec, "feature_column.make_parse_example_spec")
both(sparse_cross.cross, "sparse.cross")
both(sparse_cross.cross_hashed, "sparse.cross_hashed")
