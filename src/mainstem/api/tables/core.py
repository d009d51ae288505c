"""The public names of tensors, dtypes, errors, graphs, gradients, callers, protocol buffers and the ops themselves."""

import platform

from mainstem.api.rows import both, v1, v2
from mainstem.base import dtypes, errors, nest, shapes
from mainstem.eager import dlpack
from mainstem.formats import protos
from mainstem.grad import custom, gradients, implicit, registry, tape
from mainstem.graph import convert, graph, indexed_slices, keys, record, sessions, sparse_tensor, spec, subgraph, tensor
from mainstem.graph import device as graph_device
from mainstem.run import autograph, behavior, concrete, freeze, function, session
from mainstem.state import partition, policy, scope, trackable

# mainstem.eager
both(dlpack.from_dlpack, "experimental.dlpack.from_dlpack")
both(dlpack.to_dlpack, "experimental.dlpack.to_dlpack")

# mainstem.base.dtypes
both(dtypes.DType, "DType", "dtypes.DType")
both(dtypes.as_dtype, "as_dtype", "dtypes.as_dtype")
both(dtypes.bfloat16, "bfloat16", "dtypes.bfloat16")
both(dtypes.bool, "bool", "dtypes.bool")
both(dtypes.complex128, "complex128", "dtypes.complex128")
both(dtypes.complex64, "complex64", "dtypes.complex64")
both(dtypes.double, "double", "dtypes.double")
both(dtypes.float16, "float16", "dtypes.float16")
both(dtypes.float32, "float32", "dtypes.float32")
both(dtypes.float64, "float64", "dtypes.float64")
both(dtypes.half, "half", "dtypes.half")
both(dtypes.int16, "int16", "dtypes.int16")
both(dtypes.int32, "int32", "dtypes.int32")
both(dtypes.int64, "int64", "dtypes.int64")
both(dtypes.int8, "int8", "dtypes.int8")
both(dtypes.qint16, "qint16", "dtypes.qint16")
both(dtypes.qint32, "qint32", "dtypes.qint32")
both(dtypes.qint8, "qint8", "dtypes.qint8")
both(dtypes.quint16, "quint16", "dtypes.quint16")
both(dtypes.quint8, "quint8", "dtypes.quint8")
both(dtypes.resource, "resource", "dtypes.resource")
both(dtypes.string, "string", "dtypes.string")
both(dtypes.uint16, "uint16", "dtypes.uint16")
both(dtypes.uint32, "uint32", "dtypes.uint32")
both(dtypes.uint64, "uint64", "dtypes.uint64")
both(dtypes.uint8, "uint8", "dtypes.uint8")
both(dtypes.variant, "variant", "dtypes.variant")

# mainstem.base.errors
both(errors.AbortedError, "errors.AbortedError")
both(errors.AlreadyExistsError, "errors.AlreadyExistsError")
both(errors.CancelledError, "errors.CancelledError")
both(errors.DataLossError, "errors.DataLossError")
both(errors.DeadlineExceededError, "errors.DeadlineExceededError")
both(errors.FailedPreconditionError, "errors.FailedPreconditionError")
both(errors.InternalError, "errors.InternalError")
both(errors.InvalidArgumentError, "errors.InvalidArgumentError")
both(errors.NotFoundError, "errors.NotFoundError")
both(errors.OpError, "errors.OpError")
v1(errors.OpError, "OpError")
v2(errors.OperatorNotAllowedInGraphError, "errors.OperatorNotAllowedInGraphError")
both(errors.OutOfRangeError, "errors.OutOfRangeError")
both(errors.PermissionDeniedError, "errors.PermissionDeniedError")
both(errors.ResourceExhaustedError, "errors.ResourceExhaustedError")
both(errors.UnauthenticatedError, "errors.UnauthenticatedError")
both(errors.UnavailableError, "errors.UnavailableError")
both(errors.UnimplementedError, "errors.UnimplementedError")
both(errors.UnknownError, "errors.UnknownError")
v1(errors.error_code_from_exception_type, "errors.error_code_from_exception_type")
v1(errors.exception_type_from_error_code, "errors.exception_type_from_error_code")

# mainstem.base.nest
both(nest.assert_same_structure, "nest.assert_same_structure")
both(nest.flatten, "nest.flatten")
both(nest.is_nested, "nest.is_nested")
both(nest.map_structure, "nest.map_structure")
both(nest.pack_sequence_as, "nest.pack_sequence_as")

# mainstem.base.shapes
both(shapes.TensorShape, "TensorShape")

# mainstem.grad.custom
both(custom.custom_gradient, "custom_gradient")
both(custom.grad_pass_through, "grad_pass_through")
both(custom.recompute_grad, "recompute_grad")
v1(custom.custom_gradient, "contrib.eager.custom_gradient")

# mainstem.grad.gradients
v1(gradients.gradients, "gradients")
v1(gradients.hessians, "hessians")
v2(gradients.gradients_v2, "gradients")
v2(gradients.hessians_v2, "hessians")
both(gradients.AggregationMethod, "AggregationMethod")

# mainstem.grad.implicit
v1(implicit.gradients_function, "contrib.eager.gradients_function")
v1(implicit.implicit_grad, "contrib.eager.implicit_gradients")
v1(implicit.implicit_val_and_grad, "contrib.eager.implicit_value_and_gradients")
v1(implicit.val_and_grad_function, "contrib.eager.value_and_gradients_function")

# mainstem.grad.registry
v1(registry.NoGradient, "NoGradient")
both(registry.no_gradient, "no_gradient")
v1(registry.NotDifferentiable, "NotDifferentiable")
both(registry.RegisterGradient, "RegisterGradient")

# mainstem.grad.tape
both(tape.GradientTape, "GradientTape")
both(gradients.UnconnectedGradients, "UnconnectedGradients")
v1(tape.GradientTape, "contrib.eager.GradientTape")
v2(tape.GradientTape, "autodiff.GradientTape")

# mainstem.graph.convert
both(convert.register_tensor_conversion_function, "register_tensor_conversion_function")

# mainstem.graph.graph
both(graph.Graph, "Graph")
v1(graph.get_default_graph, "get_default_graph")
v1(graph.reset_default_graph, "reset_default_graph")

# mainstem.graph.indexed_slices
both(indexed_slices.IndexedSlices, "IndexedSlices")

# mainstem.graph.record
both(record.import_graph_def, "import_graph_def")

# mainstem.graph.sparse_tensor
v1(sparse_tensor.SparseTensorValue, "SparseTensorValue")

# mainstem.graph.spec
v1(spec.BoundedTensorSpec, "contrib.framework.BoundedTensorSpec")
both(spec.IndexedSlicesSpec, "IndexedSlicesSpec")
both(spec.SparseTensorSpec, "SparseTensorSpec")
both(spec.TensorSpec, "TensorSpec")
v1(spec.TensorSpec, "contrib.eager.TensorSpec", "contrib.framework.TensorSpec")
both(spec.TypeSpec, "TypeSpec")
v2(spec.type_spec_from_value, "type_spec_from_value")

# mainstem.graph.subgraph
v1(subgraph.extract_sub_graph, "graph_util.extract_sub_graph")
v1(subgraph.fuse_op, "contrib.framework.fuse_op")
v1(subgraph.must_run_on_cpu, "graph_util.must_run_on_cpu")
v1(subgraph.remove_training_nodes, "graph_util.remove_training_nodes")
v1(subgraph.tensor_shape_from_node_def_name, "graph_util.tensor_shape_from_node_def_name")

# mainstem.run.autograph
both(autograph.Feature, "autograph.experimental.Feature")
both(autograph.do_not_convert, "autograph.experimental.do_not_convert")
v2(autograph.set_loop_options, "autograph.experimental.set_loop_options")
v1(autograph.set_loop_options_v1, "autograph.experimental.set_loop_options")
both(autograph.set_verbosity, "autograph.set_verbosity")
v2(autograph.to_code, "autograph.to_code")
v1(autograph.to_code_v1, "autograph.to_code")
v2(autograph.to_graph, "autograph.to_graph")
v1(autograph.to_graph_v1, "autograph.to_graph")
both(autograph.trace, "autograph.trace")

# mainstem.run.behavior
v1(behavior.control_flow_v2_enabled, "control_flow_v2_enabled")
v1(behavior.disable_control_flow_v2, "disable_control_flow_v2")
v1(behavior.disable_eager_execution, "disable_eager_execution")
v1(behavior.disable_tensor_equality, "disable_tensor_equality")
v1(behavior.disable_v2_behavior, "disable_v2_behavior")
v1(behavior.disable_v2_tensorshape, "disable_v2_tensorshape")
v1(behavior.enable_control_flow_v2, "enable_control_flow_v2")
v1(behavior.enable_eager_execution, "enable_eager_execution")
v1(behavior.enable_tensor_equality, "enable_tensor_equality")
v1(behavior.enable_v2_behavior, "enable_v2_behavior")
v1(behavior.enable_v2_tensorshape, "enable_v2_tensorshape")
both(behavior.executing_eagerly, "executing_eagerly")

# mainstem.run.freeze
v1(freeze.convert_variables_to_constants, "graph_util.convert_variables_to_constants")

# mainstem.run.concrete
v2(concrete.ConcreteFunction, "types.experimental.ConcreteFunction")

# mainstem.run.function
v2(function.Function, "types.experimental.GenericFunction", "types.experimental.PolymorphicFunction")
v1(function.defun, "contrib.eager.defun")
v2(function.function, "function")
v1(function.function_v1, "contrib.eager.function", "function")
v2(function.functions_run_eagerly, "config.experimental_functions_run_eagerly", "config.functions_run_eagerly")
v2(function.inside_function, "inside_function")
v2(function.is_symbolic_tensor, "is_symbolic_tensor")
v2(function.run_functions_eagerly, "config.experimental_run_functions_eagerly", "config.run_functions_eagerly")
v1(function.run_functions_eagerly, "config.experimental_run_functions_eagerly")

# mainstem.run.session
v1(session.InteractiveSession, "InteractiveSession")
v1(session.Session, "Session")

# mainstem.state.partition
v1(partition.fixed_size_partitioner, "fixed_size_partitioner")
v1(partition.min_max_variable_partitioner, "min_max_variable_partitioner")
v1(partition.variable_axis_size_partitioner, "variable_axis_size_partitioner")

# mainstem.state.policy
both(policy.VariableAggregation, "VariableAggregation")
both(policy.VariableSynchronization, "VariableSynchronization")

# mainstem.state.scope
v1(scope.VariableScope, "VariableScope")
v1(scope.get_variable_scope, "get_variable_scope")
both(trackable.PythonState, "train.experimental.PythonState")

# types
v1(shapes.Dimension, "Dimension")
v1(shapes.dimension_value, "dimension_value", "compat.dimension_value")
v1(shapes.dimension_at_index, "dimension_at_index", "compat.dimension_at_index")
v1(keys.GraphKeys, "GraphKeys")
v1(graph_device.DeviceSpecV1, "DeviceSpec")
v2(graph_device.DeviceSpec, "DeviceSpec")
both(graph_device.DeviceSpecV1, "python.framework.device_spec.DeviceSpecV1")
both(graph_device.DeviceSpec, "python.framework.device_spec.DeviceSpecV2")
both(tensor.Tensor, "Tensor")
both(tensor.Operation, "Operation")
v1(sessions.get_default_session, "get_default_session")
both(None, "newaxis")
v1("1.15.5", "__version__", "VERSION", "version.VERSION")
v1("v1.15.5", "GIT_VERSION", "__git_version__", "version.GIT_VERSION")
v2("2.21.0", "__version__", "version.VERSION")
v2("v2.21.0", "__git_version__", "version.GIT_VERSION")
v1(record.PRODUCER, "GRAPH_DEF_VERSION", "version.GRAPH_DEF_VERSION")
v2(record.PRODUCER, "version.GRAPH_DEF_VERSION")
v1(0, "GRAPH_DEF_VERSION_MIN_CONSUMER", "GRAPH_DEF_VERSION_MIN_PRODUCER", "CXX11_ABI_FLAG", "MONOLITHIC_BUILD")
both(0, "version.GRAPH_DEF_VERSION_MIN_CONSUMER", "version.GRAPH_DEF_VERSION_MIN_PRODUCER")
both(0, "__cxx11_abi_flag__", "__monolithic_build__", "sysconfig.CXX11_ABI_FLAG", "sysconfig.MONOLITHIC_BUILD")
v1(platform.python_compiler(), "COMPILER_VERSION")
both(platform.python_compiler(), "__compiler_version__", "version.COMPILER_VERSION")
for _name in ["assert_same_structure", "flatten", "is_nested", "map_structure", "pack_sequence_as"]:
    v1(getattr(nest, _name), f"contrib.framework.nest.{_name}")

# protocol buffers
for _name in [
    "AttrValue",
    "ConfigProto",
    "Event",
    "GPUOptions",
    "GraphDef",
    "GraphOptions",
    "HistogramProto",
    "MetaGraphDef",
    "NameAttrList",
    "NodeDef",
    "OptimizerOptions",
    "RunMetadata",
    "RunOptions",
    "SessionLog",
    "Summary",
]:
    v1(getattr(protos, _name), _name)
v1(protos.SummaryMetadata, "SummaryMetadata")
v1(protos.Summary, "summary.Summary")
v1(protos.Event, "summary.Event")
v1(protos.SessionLog, "summary.SessionLog")
for _name in [
    "BytesList",
    "Example",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "SequenceExample",
    "ClusterDef",
    "JobDef",
]:
    both(getattr(protos, _name), f"train.{_name}")
v1(protos.SaverDef, "train.SaverDef")
