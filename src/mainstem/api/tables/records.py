"""The public names of TFRecord files and Examples."""

from mainstem.api.rows import both, v1, v2
from mainstem.platform import records
from mainstem.surface import parsing, sparse_strings

both(parsing.FixedLenFeature, "io.FixedLenFeature")
both(parsing.VarLenFeature, "io.VarLenFeature")
both(parsing.FixedLenSequenceFeature, "io.FixedLenSequenceFeature")
both(parsing.SparseFeature, "io.SparseFeature")
v1(parsing.FixedLenFeature, "FixedLenFeature")
v1(parsing.VarLenFeature, "VarLenFeature")
v1(parsing.FixedLenSequenceFeature, "FixedLenSequenceFeature")
v1(parsing.SparseFeature, "SparseFeature")
v1(parsing.parse_example_v1, "io.parse_example", "parse_example")
v1(parsing.parse_single_example_v1, "io.parse_single_example", "parse_single_example")
both(parsing.parse_sequence_example, "io.parse_sequence_example")
both(parsing.parse_single_sequence_example, "io.parse_single_sequence_example")
both(parsing.decode_json_example, "io.decode_json_example")
both(parsing.decode_proto, "io.decode_proto")
both(parsing.encode_proto, "io.encode_proto")
v1(parsing.parse_single_sequence_example, "parse_single_sequence_example")
v1(parsing.decode_json_example, "decode_json_example")
v2(parsing.RaggedFeature, "io.RaggedFeature")
v2(parsing.parse_example, "io.parse_example")
v2(parsing.parse_single_example, "io.parse_single_example")

# sparse tensors as strings
v1(sparse_strings.serialize_sparse_v1, "io.serialize_sparse", "serialize_sparse")
v2(sparse_strings.serialize_sparse, "io.serialize_sparse")
v1(sparse_strings.serialize_many_sparse_v1, "io.serialize_many_sparse", "serialize_many_sparse")
v2(sparse_strings.serialize_many_sparse, "io.serialize_many_sparse")
both(sparse_strings.deserialize_many_sparse, "io.deserialize_many_sparse")
v1(sparse_strings.deserialize_many_sparse, "deserialize_many_sparse")

# TFRecord files
both(records.TFRecordOptions, "io.TFRecordOptions")
v2(records.TFRecordWriter, "io.TFRecordWriter")
v1(records.TFRecordCompressionType, "io.TFRecordCompressionType", "python_io.TFRecordCompressionType")
v1(records.TFRecordOptions, "python_io.TFRecordOptions")
v1(records.TFRecordWriterV1, "io.TFRecordWriter", "python_io.TFRecordWriter")
v1(records.tf_record_iterator, "io.tf_record_iterator", "python_io.tf_record_iterator")
