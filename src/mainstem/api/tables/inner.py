"""Names of deep `tensorflow.python…` paths behind which no public name stands; written as the rows of `tables`."""

import inspect

from tensorboard.compat.proto import types_pb2

from mainstem.api.rows import both, v1, v2
from mainstem.base import dtypes
from mainstem.formats import protos
from mainstem.platform import gfile, internals
from mainstem.run import behavior, devices, timeline
from mainstem.state import partition, variable
from mainstem.surface import array, control_flow, order, resources
from mainstem.train import debug, freeze_graph, inspect_checkpoint, moving_averages

both(devices.list_local_devices, "python.client.device_lib.list_local_devices")
both(timeline.Timeline, "python.client.timeline.Timeline")
both(behavior.executing_eagerly, "python.eager.context.in_eager_mode")
both(behavior.in_graph_mode, "python.eager.context.in_graph_mode")
both(behavior.v2_behavior_enabled, "python.tf2.enabled")
both(control_flow.smart_cond, "python.framework.smart_cond.smart_cond")
both(control_flow.smart_constant_value, "python.framework.smart_cond.smart_constant_value")
both(control_flow.graph_or_parents_in_xla_context, "python.ops.control_flow_util.GraphOrParentsInXlaContext")
both(array.shape_internal, "python.ops.array_ops.shape_internal")
both(order.with_dependencies, "python.ops.control_flow_ops.with_dependencies")
both(partition.PartitionedVariable, "python.ops.variables.PartitionedVariable")
both(variable.ResourceVariable, "python.ops.resource_variable_ops.ResourceVariable")
both(freeze_graph.freeze_graph, "python.tools.freeze_graph.freeze_graph")
both(freeze_graph.freeze_graph_with_def_protos, "python.tools.freeze_graph.freeze_graph_with_def_protos")
both(inspect_checkpoint.print_tensors_in_checkpoint_file, "python.tools.inspect_checkpoint.print_tensors_in_checkpoint_file")
both(gfile.GFile, "python.lib.io.file_io.FileIO")
both(gfile.read_file_to_string, "python.lib.io.file_io.read_file_to_string")
both(gfile.write_string_to_file, "python.lib.io.file_io.write_string_to_file")
both(debug.DumpingDebugHook, "python.debug.wrappers.hooks.DumpingDebugHook")
both(debug.DebugDumpDir, "python.debug.lib.debug_data.DebugDumpDir")
both(debug.has_inf_or_nan, "python.debug.lib.debug_data.has_inf_or_nan")
both(moving_averages.assign_moving_average, "python.training.moving_averages.assign_moving_average")
for _name in (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "string",
):
    both(getattr(dtypes, _name)._as_ref, f"python.framework.dtypes.{_name}_ref")

# mainstem.surface.resources
both(resources.initialize_resources, "python.ops.resources.initialize_resources")
both(resources.local_resources, "python.ops.resources.local_resources")
both(resources.register_resource, "python.ops.resources.register_resource")
both(resources.report_uninitialized_resources, "python.ops.resources.report_uninitialized_resources")
both(resources.shared_resources, "python.ops.resources.shared_resources")

# mainstem.platform.internals
both(internals.deprecated, "python.util.deprecation.deprecated")
both(internals.deprecated_args, "python.util.deprecation.deprecated_args")
both(internals.deprecated_argument_lookup, "python.util.deprecation.deprecated_argument_lookup")
both(internals.contextmanager, "python.util.tf_contextlib.contextmanager")
both(internals.TFDecorator, "python.util.tf_decorator.TFDecorator")
both(internals.make_decorator, "python.util.tf_decorator.make_decorator")
both(internals.unwrap, "python.util.tf_decorator.unwrap")
both(internals.make_all, "python.util.all_util.make_all")
both(internals.remove_undocumented, "python.util.all_util.remove_undocumented")
both(internals.get_json_type, "python.util.serialization.get_json_type")
for _name in ("tf_export", "keras_export", "estimator_export"):
    both(internals.tf_export, f"python.util.tf_export.{_name}")
both(internals.ArgSpec, "python.util.tf_inspect.ArgSpec")
both(internals.getargspec, "python.util.tf_inspect.getargspec")
_INSPECT = (
    "FullArgSpec currentframe getcallargs getdoc getfile getframeinfo getfullargspec getmembers getmodule getmro getsource "
    "getsourcefile getsourcelines isbuiltin isclass isframe isfunction isgenerator isgeneratorfunction ismethod ismodule "
    "isroutine signature stack"
)
for _name in _INSPECT.split():
    both(getattr(inspect, _name), f"python.util.tf_inspect.{_name}")

# protocol buffers: one module holds all
_FRAMEWORK = (
    "attr_value cost_graph device_attributes function graph node_def op_def resource_handle step_stats summary tensor tensor_shape "
    "tensor_slice variable versions"
)
for _name in _FRAMEWORK.split():
    both(protos, f"core.framework.{_name}_pb2")
_PROTOBUF = "cluster config debug meta_graph rewriter_config saved_model saver struct trackable_object_graph"
for _name in _PROTOBUF.split():
    both(protos, f"core.protobuf.{_name}_pb2")
both(protos, "core.example.example_pb2", "core.example.feature_pb2", "core.util.event_pb2", "core.framework.histogram_pb2")
both(types_pb2, "core.framework.types_pb2")

# versions beside the public ones
both(0, "python.framework.versions.CXX11_ABI_FLAG", "python.framework.versions.MONOLITHIC_BUILD")
v1("1.15.5", "python.pywrap_tensorflow.__version__")
v2("2.21.0", "python.pywrap_tensorflow.__version__")
