"""TensorFlow's protocol buffer messages by name: `protos.GraphDef`, `protos.Example`, `protos.SavedModel`.

Most come from `tensorboard.compat.proto`. What that package lacks is declared here, with TensorFlow's field numbers: messages
that stand alone live in a private descriptor pool under their TensorFlow names, so that the real TensorFlow can be imported
into the same process. `SavedModel` and `ServerDef` embed messages of TensorBoard's, hence they must live in the pool of those;
their package is `mainstem`, which nobody else registers.

A message class is made on first use: importing this module costs nothing.
"""

import importlib
import threading

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_TENSORBOARD = {
    "allocation_description": "AllocationDescription",
    "api_def": "ApiDef ApiDefs",
    "attr_value": "AttrValue NameAttrList",
    "cluster": "JobDef ClusterDef",
    "config": "GPUOptions OptimizerOptions GraphOptions ThreadPoolOptionProto SessionMetadata ConfigProto RunOptions "
    "RunMetadata TensorConnection CallableOptions",
    "cost_graph": "CostGraphDef",
    "debug": "DebugTensorWatch DebugOptions DebuggedSourceFile DebuggedSourceFiles",
    "event": "Event SourceMetadata LogMessage SessionLog TaggedRunMetadata",
    "function": "FunctionDefLibrary FunctionDef GradientDef",
    "graph": "GraphDef",
    "histogram": "HistogramProto",
    "meta_graph": "MetaGraphDef CollectionDef TensorInfo SignatureDef AssetFileDef",
    "node_def": "NodeDef",
    "op_def": "OpDef OpDeprecation OpList",
    "resource_handle": "ResourceHandleProto",
    "rewriter_config": "AutoParallelOptions ScopedAllocatorOptions RewriterConfig",
    "rpc_options": "RPCOptions",
    "saved_object_graph": "SavedObjectGraph SavedObject SavedUserObject SavedAsset SavedFunction CapturedTensor "
    "SavedConcreteFunction SavedBareConcreteFunction SavedConstant SavedVariable FunctionSpec SavedResource SaveableObject",
    "saver": "SaverDef",
    "step_stats": "AllocationRecord AllocatorMemoryUsed NodeOutput MemoryStats NodeExecStats DeviceStepStats StepStats",
    "struct": "StructuredValue NoneValue ListValue TupleValue DictValue PairValue NamedTupleValue TensorSpecProto "
    "BoundedTensorSpecProto TypeSpecProto",
    "summary": "SummaryDescription SummaryMetadata Summary DataClass",
    "tensor": "TensorProto VariantTensorDataProto",
    "tensor_description": "TensorDescription",
    "tensor_shape": "TensorShapeProto",
    "trackable_object_graph": "TrackableObjectGraph RegisteredSaver",
    "types": "DataType",
    "variable": "VariableDef SaveSliceInfoDef VariableSynchronization VariableAggregation",
    "versions": "VersionDef",
}
_MODULE_OF = {name: module for module, names in _TENSORBOARD.items() for name in names.split()}

# One line a message: "Name: number type field, ..."; `*` repeats a field, `{}` makes it a map from string, `?` puts it in the
# message's oneof `kind` and "type?name" in the oneof `name`. A dotted name is nested in the message before the dot.
_PRIVATE = """
BytesList: 1 bytes* value
FloatList: 1 float* value
Int64List: 1 int64* value
Feature: 1 BytesList? bytes_list, 2 FloatList? float_list, 3 Int64List? int64_list
Features: 1 Feature{} feature
FeatureList: 1 Feature* feature
FeatureLists: 1 FeatureList{} feature_list
Example: 1 Features features
SequenceExample: 1 Features context, 2 FeatureLists feature_lists
TensorSliceProto.Extent: 1 int64 start, 2 int64?has_length length
TensorSliceProto: 1 TensorSliceProto.Extent* extent
BundleShape.Dim: 1 int64 size, 2 string name
BundleShape: 2 BundleShape.Dim* dim, 3 bool unknown_rank
BundleVersion: 1 int32 producer, 2 int32 min_consumer, 3 int32* bad_consumers
BundleHeaderProto: 1 int32 num_shards, 2 int32 endianness, 3 BundleVersion version
BundleEntryProto: 1 int32 dtype, 2 BundleShape shape, 3 int32 shard_id, 4 int64 offset, 5 int64 size, 6 fixed32 crc32c, \
7 TensorSliceProto* slices
SavedSliceMeta: 1 string name, 2 BundleShape shape, 3 int32 type, 4 TensorSliceProto* slice
SavedTensorSliceMeta: 1 SavedSliceMeta* tensor, 2 BundleVersion versions
SavedSlice: 1 string name, 2 TensorSliceProto slice, 3 bytes data
SavedTensorSlices: 1 SavedTensorSliceMeta meta, 2 SavedSlice data
CheckpointState: 1 string model_checkpoint_path, 2 string* all_model_checkpoint_paths, \
3 double* all_model_checkpoint_timestamps, 4 double last_preserved_timestamp
SpriteMetadata: 1 string image_path, 2 uint32* single_image_dim
EmbeddingInfo: 1 string tensor_name, 2 string metadata_path, 3 string bookmarks_path, 4 uint32* tensor_shape, \
5 SpriteMetadata sprite, 6 string tensor_path
ProjectorConfig: 1 string model_checkpoint_path, 2 EmbeddingInfo* embeddings, 3 string model_checkpoint_dir
HParamDef.BytesList: 1 bytes* value
HParamDef.FloatList: 1 float* value
HParamDef.Int64List: 1 int64* value
HParamDef.BoolList: 1 bool* value
HParamDef.HParamType: 1 int64? int64_value, 2 float? float_value, 3 bytes? bytes_value, 7 bool? bool_value, \
4 HParamDef.Int64List? int64_list, 5 HParamDef.FloatList? float_list, 6 HParamDef.BytesList? bytes_list, \
8 HParamDef.BoolList? bool_list
HParamDef: 1 HParamDef.HParamType{} hparam
ReaderBaseState: 1 int64 work_started, 2 int64 work_finished, 3 int64 num_records_produced, 4 bytes current_work
QueueRunnerDef: 1 string queue_name, 2 string* enqueue_op_name, 3 string close_op_name, 4 string cancel_op_name, \
5 int32* queue_closed_exception_types
EntryValue: 1 double? double_value, 2 string? string_value
MetricBound: 1 double value
MetricEntry: 1 string name, 2 double value, 3 MetricBound min_value, 4 MetricBound max_value
BenchmarkEntry: 1 string name, 2 int64 iters, 3 double cpu_time, 4 double wall_time, 5 double throughput, 6 EntryValue{} extras, \
7 MetricEntry* metrics
BenchmarkEntries: 1 BenchmarkEntry* entry
TreeInt: 1 int32 value
TreeText: 1 string value
TreeAny: 1 string type_url, 2 bytes value
TreeValue: 1 float? float_value, 2 double? double_value, 3 int32? int32_value, 4 int64? int64_value
TreeVector: 1 TreeValue* value
TreeFeature: 1 TreeText id
InequalityTest: 1 TreeFeature? feature_id, 2 int32 type, 3 TreeValue threshold
BinaryNode: 1 TreeInt left_child_id, 2 TreeInt right_child_id, 3 int32 default_direction, \
4 InequalityTest? inequality_left_child_test, 5 TreeAny? custom_left_child_test
TreeLeaf: 1 TreeVector? vector
MatchingValues: 1 TreeFeature feature_id, 2 TreeValue* value
TreeNode: 1 TreeInt node_id, 2 TreeInt depth, 4 BinaryNode? binary_node, 5 TreeLeaf? leaf, 7 TreeAny* additional_data
DecisionTree: 1 TreeNode* nodes
TreeModel: 1 DecisionTree decision_tree
TreePath: 1 TreeNode* nodes_visited
ClassStat: 1 TreeVector? dense_counts
SquaresStat: 1 TreeVector mean_output, 2 TreeVector mean_output_squares
LeafStat: 3 float weight_sum, 1 ClassStat? classification, 2 SquaresStat? regression
SplitCandidate: 1 BinaryNode split, 4 LeafStat left_stats, 5 LeafStat right_stats, 6 string unique_id
FertileSlot: 1 SplitCandidate* candidates, 4 LeafStat leaf_stats, 5 int32 node_id, 6 LeafStat post_init_leaf_stats, 7 int32 depth
FertileStats: 1 FertileSlot* node_to_slot
LinearParam: 1 float slope, 2 float y_intercept, 3 float min_val, 4 float max_val
ExponentialParam: 1 float bias, 2 float base, 3 float multiplier, 4 float depth_multiplier
ThresholdParam: 1 float on_value, 2 float off_value, 3 float threshold
DepthDependentParam: 1 float?ParamType constant_value, 2 LinearParam?ParamType linear, 3 ExponentialParam?ParamType exponential, \
4 ThresholdParam?ParamType threshold
SplitPruningConfig: 1 DepthDependentParam prune_every_samples, 2 int32 type
SplitFinishConfig: 1 DepthDependentParam check_every_steps, 2 int32 type
TensorForestParams: 1 int32 leaf_type, 2 int32 stats_type, 3 int32 collection_type, 4 SplitPruningConfig pruning_type, \
5 SplitFinishConfig finish_type, 6 int32 num_trees, 7 int32 max_nodes, 21 int32 num_features, 19 int32 inequality_test_type, \
8 bool is_regression, 9 bool drop_final_class, 10 bool collate_examples, 11 bool checkpoint_stats, \
20 bool use_running_stats_method, 22 bool initialize_average_splits, 23 bool inference_tree_paths, 12 int32 num_outputs, \
13 DepthDependentParam num_splits_to_consider, 14 DepthDependentParam split_after_samples, \
15 DepthDependentParam dominate_fraction, 18 DepthDependentParam min_split_samples, 16 string graph_dir, \
17 int32 num_select_features, 24 int32 num_classes_to_track
"""
_PRIVATE_NAMES = tuple(line.split(":")[0] for line in _PRIVATE.replace("\\\n", "").strip().splitlines())
_MADE_HERE = frozenset(n for n in _PRIVATE_NAMES if "." not in n)

_SCALARS = {
    "double": 1, "float": 2, "int64": 3, "int32": 5, "fixed32": 7, "bool": 8, "string": 9, "bytes": 12, "uint32": 13
}  # fmt: skip
_MESSAGE, _OPTIONAL, _REPEATED = 11, 1, 3


def _add_field(message, number, kind, name, package):
    oneof = None
    kind, mark, oneof_name = kind.partition("?")
    if mark:
        oneof = oneof_name or "kind"
    is_map, repeated = kind.endswith("{}"), kind.endswith(("*", "{}"))
    kind = kind.rstrip("*{}")
    if is_map:
        entry = message.nested_type.add(name="".join(w.capitalize() for w in name.split("_")) + "Entry")
        entry.options.map_entry = True
        _add_field(entry, 1, "string", "key", package)
        _add_field(entry, 2, kind, "value", package)
        kind = f"{message.name}.{entry.name}"
    field = message.field.add(name=name, number=number, label=_REPEATED if repeated else _OPTIONAL)
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type, field.type_name = _MESSAGE, f".{package}.{kind}"
    if oneof is not None:
        names = [o.name for o in message.oneof_decl]
        if oneof not in names:
            message.oneof_decl.add(name=oneof)
            names.append(oneof)
        field.oneof_index = names.index(oneof)


def _private_file():
    package = "tensorflow"
    file = descriptor_pb2.FileDescriptorProto(name="mainstem/formats/private.proto", package=package, syntax="proto3")
    made = {}
    for line in _PRIVATE.replace("\\\n", "").strip().splitlines():
        full_name, fields = line.split(":")
        parent, _, name = full_name.rpartition(".")
        if parent and parent not in made:
            made[parent] = file.message_type.add(name=parent)
        message = made.get(full_name)
        if message is None:
            message = made[full_name] = (made[parent].nested_type if parent else file.message_type).add(name=name)
        for field in fields.split(","):
            number, kind, field_name = field.split()
            _add_field(message, int(number), kind, field_name, package)
    return file


# Messages that embed TensorBoard's: name -> (its modules, fields as above)
_EMBEDDING = {
    "SavedModel": ("meta_graph", "1 int64 saved_model_schema_version, 2 MetaGraphDef* meta_graphs"),
    "ServerDef": (
        "cluster config",
        "1 ClusterDef cluster, 2 string job_name, 3 int32 task_index, 4 ConfigProto default_session_config, 5 string protocol",
    ),
}


def _embedding_class(name):
    modules, fields = _EMBEDDING[name]
    file = descriptor_pb2.FileDescriptorProto(name=f"mainstem/formats/{name}.proto", package="mainstem", syntax="proto3")
    for module in modules.split():
        importlib.import_module(f"tensorboard.compat.proto.{module}_pb2")
        file.dependency.append(f"tensorboard/compat/proto/{module}.proto")
    message = file.message_type.add(name=name)
    for field in fields.split(","):
        number, kind, field_name = field.split()
        _add_field(message, int(number), kind, field_name, "tensorboard")
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"mainstem.{name}"))


_lock = threading.Lock()


def _make_private():
    with _lock:
        if "CheckpointState" in globals():
            return
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(_private_file().SerializeToString())
        for name in sorted(_MADE_HERE, key="CheckpointState".__eq__):  # the name asked for above comes last
            globals()[name] = message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow." + name))


def __getattr__(name):
    if name in _MADE_HERE:
        _make_private()
    elif name in _EMBEDDING:
        globals()[name] = _embedding_class(name)
    elif name in _MODULE_OF:
        module = importlib.import_module(f"tensorboard.compat.proto.{_MODULE_OF[name]}_pb2")
        globals()[name] = getattr(module, name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[name]


def __dir__():
    return sorted({*globals(), *_MODULE_OF, *_MADE_HERE, *_EMBEDDING})
