"""The public names: which object each is, in TensorFlow 1's world, in 2's, or in both."""

import platform

from mainstem.api import contrib_table
from mainstem.api.rows import both, v1, v2
from mainstem.base import dtypes, errors, nest, shapes
from mainstem.core.registry import REGISTRY
from mainstem.data import mnist
from mainstem.dialects.contrib import eager as contrib_eager
from mainstem.dialects.contrib import eager_metrics
from mainstem.dialects.layers import base as layers_base
from mainstem.dialects.layers import convolution, normalization, pooling, separable, transposed
from mainstem.dialects.layers import core as layers_core
from mainstem.eager import dlpack
from mainstem.formats import protos
from mainstem.grad import custom, gradients, implicit, registry, tape
from mainstem.graph import convert, graph, indexed_slices, keys, record, sessions, sparse_tensor, spec, subgraph, tensor
from mainstem.graph import device as graph_device
from mainstem.platform import flags as platform_flags
from mainstem.platform import gfile, logging, records, testing, text
from mainstem.run import autograph, behavior, concrete, freeze, function, session
from mainstem.state import partition, policy, scope, store, trackable
from mainstem.surface import (
    array,
    autograph_builtins,  # noqa: F401 - gives AutoGraph its operators
    blocks,
    check,
    clip,
    control_flow,
    conv,
    ctc,
    embedding,
    fourier,
    framework,
    host,
    image,
    image_boxes,
    image_codec,
    image_color,
    image_quality,
    image_stateless,
    index,
    initializers,
    initializers_v2,
    linalg,
    loops,
    loss,
    masking,
    math,
    module,
    nn,
    norm,
    order,
    parsing,
    pool,
    random,
    raw,
    reduce,
    sets,
    signal,
    slicing,
    sorting,
    sparse,
    string,
    template,
    tensor_array,
    variable_scope,
    variables,
    while_loop,
)
from mainstem.train import (
    adadelta,
    adagrad,
    adam,
    checkpoint,
    checkpoint_manager,
    checkpoint_view,
    checkpoints,
    ftrl,
    global_step,
    gradient_descent,
    meta_graph,
    momentum,
    moving_averages,
    optimizer,
    projector,
    proximal,
    rmsprop,
    saver,
    schedules,
    summary,
    warm_start,
    writer,
)

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

# mainstem.dialects.contrib.eager
for _name in (
    ["ASYNC", "DEVICE_PLACEMENT_EXPLICIT", "DEVICE_PLACEMENT_SILENT", "DEVICE_PLACEMENT_WARN", "Network", "SYNC", "Saver"]
    + ["Sequential"]
    + ["async_clear_error", "async_wait", "execution_mode", "get_optimizer_variables", "list_devices", "num_gpus", "py_func"]
    + ["restore_network_checkpoint", "restore_variables_on_create", "run_all_tests_in_graph_and_eager_modes"]
    + ["run_test_in_graph_and_eager_modes", "save_network_checkpoint", "set_execution_mode"]
):
    v1(getattr(contrib_eager, _name), f"contrib.eager.{_name}")
for _name in ["Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "Mean", "Metric", "SparseAccuracy"]:
    v1(getattr(eager_metrics, _name), f"contrib.eager.metrics.{_name}")
v1(behavior.enable_eager_execution, "contrib.eager.enable_eager_execution")
v1(behavior.executing_eagerly, "contrib.eager.executing_eagerly", "contrib.eager.in_eager_mode")
v1(platform_flags.run, "contrib.eager.run")
v1(store.EagerVariableStore, "contrib.eager.EagerVariableStore")
v1(contrib_eager.make_template, "contrib.eager.make_template")
v1(trackable.AutoTrackable, "contrib.eager.Checkpointable")
v1(variables.Variable, "contrib.eager.Variable")

# mainstem.grad.custom
both(custom.custom_gradient, "custom_gradient")
both(custom.grad_pass_through, "grad_pass_through")
both(custom.recompute_grad, "recompute_grad")
v1(custom.custom_gradient, "contrib.eager.custom_gradient")

# mainstem.grad.gradients
both(gradients.gradients, "gradients")
both(gradients.hessians, "hessians")
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
both(tape.UnconnectedGradients, "UnconnectedGradients")
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
v1(subgraph.must_run_on_cpu, "graph_util.must_run_on_cpu")
v1(subgraph.remove_training_nodes, "graph_util.remove_training_nodes")
v1(subgraph.tensor_shape_from_node_def_name, "graph_util.tensor_shape_from_node_def_name")

# mainstem.platform.gfile
v1(gfile.Copy, "gfile.Copy")
v1(gfile.DeleteRecursively, "gfile.DeleteRecursively")
v1(gfile.Exists, "gfile.Exists")
v2(gfile.GFile, "io.gfile.GFile")
v1(gfile.Glob, "gfile.Glob")
v1(gfile.IsDirectory, "gfile.IsDirectory")
v1(gfile.ListDirectory, "gfile.ListDirectory")
v1(gfile.MakeDirs, "gfile.MakeDirs")
v1(gfile.MkDir, "gfile.MkDir")
v1(gfile.Remove, "gfile.Remove")
v1(gfile.Rename, "gfile.Rename")
v1(gfile.Stat, "gfile.Stat")
v1(gfile.Walk, "gfile.Walk")
both(gfile.copy_v2, "io.gfile.copy")
both(gfile.exists_v2, "io.gfile.exists")
both(gfile.glob_v2, "io.gfile.glob")
both(gfile.isdir_v2, "io.gfile.isdir")
v2(gfile.join, "io.gfile.join")
both(gfile.listdir_v2, "io.gfile.listdir")
both(gfile.makedirs_v2, "io.gfile.makedirs")
both(gfile.mkdir_v2, "io.gfile.mkdir")
both(gfile.remove_v2, "io.gfile.remove")
both(gfile.rename_v2, "io.gfile.rename")
both(gfile.rmtree_v2, "io.gfile.rmtree")
both(gfile.stat_v2, "io.gfile.stat")
both(gfile.walk_v2, "io.gfile.walk")

# mainstem.platform.logging
v1(logging.TaskLevelStatusMessage, "logging.TaskLevelStatusMessage")
v1(logging.debug, "logging.debug")
v1(logging.error, "logging.error")
v1(logging.fatal, "logging.fatal")
v1(logging.flush, "logging.flush")
v1(logging.get_verbosity, "logging.get_verbosity")
v1(logging.info, "logging.info")
v1(logging.log, "logging.log")
v1(logging.log_every_n, "logging.log_every_n")
v1(logging.log_first_n, "logging.log_first_n")
v1(logging.log_if, "logging.log_if")
v1(logging.set_verbosity, "logging.set_verbosity")
v1(logging.vlog, "logging.vlog")
v1(logging.warn, "logging.warn")
v1(logging.warning, "logging.warning")

# mainstem.platform.testing
v1(testing.get_temp_dir, "test.get_temp_dir")
both(testing.gpu_device_name, "test.gpu_device_name")
both(testing.is_built_with_cuda, "test.is_built_with_cuda")
both(testing.is_gpu_available, "test.is_gpu_available")
both(testing.main, "test.main")

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

# mainstem.surface.array
both(array.bitcast, "bitcast")
both(array.broadcast_dynamic_shape, "broadcast_dynamic_shape")
both(array.broadcast_static_shape, "broadcast_static_shape")
both(array.broadcast_to, "broadcast_to")
both(array.concat, "concat")
both(array.ensure_shape, "ensure_shape")
v2(array.expand_dims, "expand_dims")
v1(array.expand_dims_v1, "expand_dims")
both(array.fill, "fill")
v2(array.linspace, "linspace")
v1(array.linspace_v1, "linspace")
both(array.meshgrid, "meshgrid")
both(array.ones, "ones")
v2(array.ones_like, "ones_like")
v1(array.ones_like_v1, "ones_like")
both(array.parallel_stack, "parallel_stack")
both(array.range, "range")
both(array.rank, "rank")
both(array.reshape, "reshape")
v1(array.reshape, "manip.reshape")
v2(array.shape, "shape")
both(array.shape_n, "shape_n")
v1(array.shape_v1, "shape")
both(array.split, "split")
v2(array.squeeze, "squeeze")
v1(array.squeeze_v1, "squeeze")
both(array.stack, "stack")
both(array.tile, "tile")
v1(array.tile, "manip.tile")
v2(array.transpose, "transpose")
v1(array.transpose_v1, "transpose", "linalg.transpose")
both(array.unstack, "unstack")
both(array.zeros, "zeros")
v2(array.zeros_like, "zeros_like")
v1(array.zeros_like_v1, "zeros_like")

# mainstem.surface.blocks
v2(blocks.batch_to_space, "batch_to_space")
v1(blocks.batch_to_space_nd, "batch_to_space_nd", "manip.batch_to_space_nd")
v1(blocks.batch_to_space_v1, "batch_to_space")
both(blocks.check_numerics, "debugging.check_numerics")
v1(blocks.check_numerics, "check_numerics")
v2(blocks.depth_to_space, "nn.depth_to_space")
v1(blocks.depth_to_space_v1, "depth_to_space", "nn.depth_to_space")
v1(blocks.extract_image_patches_v1, "extract_image_patches", "image.extract_image_patches")
both(blocks.extract_patches, "image.extract_patches")
both(blocks.extract_volume_patches, "extract_volume_patches")
v2(blocks.pad, "pad")
v1(blocks.pad_v1, "pad")
both(blocks.quantize_and_dequantize, "quantization.quantize_and_dequantize")
both(blocks.required_space_to_batch_paddings, "required_space_to_batch_paddings")
v2(blocks.space_to_batch, "space_to_batch", "nn.space_to_batch")
both(blocks.space_to_batch_nd, "space_to_batch_nd")
v1(blocks.space_to_batch_nd, "manip.space_to_batch_nd")
v1(blocks.space_to_batch_v1, "space_to_batch", "nn.space_to_batch")
v2(blocks.space_to_depth, "nn.space_to_depth")
v1(blocks.space_to_depth_v1, "space_to_depth", "nn.space_to_depth")

# mainstem.surface.check
v1(check.add_check_numerics_ops, "add_check_numerics_ops")
both(check.assert_all_finite, "debugging.assert_all_finite")
v2(check.assert_equal, "assert_equal", "debugging.assert_equal")
v1(check.assert_equal_v1, "assert_equal", "debugging.assert_equal")
v2(check.assert_greater, "assert_greater", "debugging.assert_greater")
v2(check.assert_greater_equal, "debugging.assert_greater_equal")
v1(check.assert_greater_equal_v1, "assert_greater_equal", "debugging.assert_greater_equal")
v1(check.assert_greater_v1, "assert_greater", "debugging.assert_greater")
both(check.assert_integer, "debugging.assert_integer")
v1(check.assert_integer, "assert_integer")
v2(check.assert_less, "assert_less", "debugging.assert_less")
v2(check.assert_less_equal, "debugging.assert_less_equal")
v1(check.assert_less_equal_v1, "assert_less_equal", "debugging.assert_less_equal")
v1(check.assert_less_v1, "assert_less", "debugging.assert_less")
v2(check.assert_near, "debugging.assert_near")
v1(check.assert_near_v1, "assert_near", "debugging.assert_near")
v2(check.assert_negative, "debugging.assert_negative")
v1(check.assert_negative_v1, "assert_negative", "debugging.assert_negative")
v2(check.assert_non_negative, "debugging.assert_non_negative")
v1(check.assert_non_negative_v1, "assert_non_negative", "debugging.assert_non_negative")
v2(check.assert_non_positive, "debugging.assert_non_positive")
v1(check.assert_non_positive_v1, "assert_non_positive", "debugging.assert_non_positive")
v2(check.assert_none_equal, "debugging.assert_none_equal")
v1(check.assert_none_equal_v1, "assert_none_equal", "debugging.assert_none_equal")
v2(check.assert_positive, "debugging.assert_positive")
v1(check.assert_positive_v1, "assert_positive", "debugging.assert_positive")
both(check.assert_proper_iterable, "debugging.assert_proper_iterable")
v1(check.assert_proper_iterable, "assert_proper_iterable")
v2(check.assert_rank, "assert_rank", "debugging.assert_rank")
v2(check.assert_rank_at_least, "debugging.assert_rank_at_least")
v1(check.assert_rank_at_least_v1, "assert_rank_at_least", "debugging.assert_rank_at_least")
v2(check.assert_rank_in, "debugging.assert_rank_in")
v1(check.assert_rank_in_v1, "assert_rank_in", "debugging.assert_rank_in")
v1(check.assert_rank_v1, "assert_rank", "debugging.assert_rank")
both(check.assert_same_float_dtype, "debugging.assert_same_float_dtype")
v1(check.assert_same_float_dtype, "assert_same_float_dtype")
v2(check.assert_scalar, "debugging.assert_scalar")
v1(check.assert_scalar_v1, "assert_scalar", "debugging.assert_scalar")
both(check.assert_shapes, "debugging.assert_shapes")
both(check.assert_type, "debugging.assert_type")
v1(check.assert_type, "assert_type")
both(check.is_non_decreasing, "math.is_non_decreasing")
v1(check.is_non_decreasing, "is_non_decreasing", "debugging.is_non_decreasing")
both(check.is_numeric_tensor, "debugging.is_numeric_tensor")
v1(check.is_numeric_tensor, "is_numeric_tensor")
both(check.is_strictly_increasing, "math.is_strictly_increasing")
v1(check.is_strictly_increasing, "is_strictly_increasing", "debugging.is_strictly_increasing")
v1(check.verify_tensor_all_finite, "verify_tensor_all_finite")

# mainstem.surface.clip
v1(clip.clip_by_average_norm, "clip_by_average_norm")
both(clip.clip_by_global_norm, "clip_by_global_norm")
both(clip.clip_by_norm, "clip_by_norm")
both(clip.clip_by_value, "clip_by_value")
both(clip.global_norm, "linalg.global_norm")
v1(clip.global_norm, "global_norm")

# mainstem.surface.conv
both(conv.atrous_conv2d, "nn.atrous_conv2d")
both(conv.atrous_conv2d_transpose, "nn.atrous_conv2d_transpose")
v2(conv.conv1d, "nn.conv1d")
both(conv.conv1d_transpose, "nn.conv1d_transpose")
v1(conv.conv1d_v1, "nn.conv1d")
v2(conv.conv2d, "nn.conv2d")
v1(conv.conv2d_backprop_filter, "nn.conv2d_backprop_filter")
v1(conv.conv2d_backprop_input, "nn.conv2d_backprop_input")
v2(conv.conv2d_transpose, "nn.conv2d_transpose")
v1(conv.conv2d_transpose_v1, "nn.conv2d_transpose")
v1(conv.conv2d_v1, "nn.conv2d")
v2(conv.conv3d, "nn.conv3d")
v1(conv.conv3d_backprop_filter, "nn.conv3d_backprop_filter")
v2(conv.conv3d_transpose, "nn.conv3d_transpose")
v1(conv.conv3d_transpose_v1, "nn.conv3d_transpose")
v1(conv.conv3d_v1, "nn.conv3d")
both(conv.conv_transpose, "nn.conv_transpose")
v2(conv.convolution, "nn.convolution")
v1(conv.convolution_v1, "nn.convolution")
v2(conv.depthwise_conv2d, "nn.depthwise_conv2d")
both(conv.depthwise_conv2d_backprop_filter, "nn.depthwise_conv2d_backprop_filter")
both(conv.depthwise_conv2d_backprop_input, "nn.depthwise_conv2d_backprop_input")
v1(conv.depthwise_conv2d_native, "nn.depthwise_conv2d_native")
v1(conv.depthwise_conv2d_v1, "nn.depthwise_conv2d")
v2(conv.dilation2d, "nn.dilation2d")
v1(conv.dilation2d_v1, "nn.dilation2d")
v2(conv.erosion2d, "nn.erosion2d")
v1(conv.erosion2d_v1, "nn.erosion2d")
v2(conv.separable_conv2d, "nn.separable_conv2d")
v1(conv.separable_conv2d_v1, "nn.separable_conv2d")
both(conv.with_space_to_batch, "nn.with_space_to_batch")

# mainstem.surface.ctc
v2(ctc.ctc_beam_search_decoder, "nn.ctc_beam_search_decoder")
v1(ctc.ctc_beam_search_decoder_v1, "nn.ctc_beam_search_decoder")
both(ctc.ctc_greedy_decoder, "nn.ctc_greedy_decoder")
v2(ctc.ctc_loss, "nn.ctc_loss")
v1(ctc.ctc_loss_v1, "nn.ctc_loss")

# mainstem.surface.embedding
v2(embedding.embedding_lookup, "nn.embedding_lookup")
v2(embedding.embedding_lookup_sparse, "nn.embedding_lookup_sparse")
v1(embedding.embedding_lookup_sparse_v1, "nn.embedding_lookup_sparse")
v1(embedding.embedding_lookup_v1, "nn.embedding_lookup")
v2(embedding.safe_embedding_lookup_sparse, "nn.safe_embedding_lookup_sparse")
v1(embedding.safe_embedding_lookup_sparse_v1, "nn.safe_embedding_lookup_sparse")

# mainstem.surface.fourier
both(fourier.fft, "signal.fft")
v1(fourier.fft, "fft", "spectral.fft")
both(fourier.fft2d, "signal.fft2d")
v1(fourier.fft2d, "fft2d", "spectral.fft2d")
both(fourier.fft3d, "signal.fft3d")
v1(fourier.fft3d, "fft3d", "spectral.fft3d")
both(fourier.fftshift, "signal.fftshift")
both(fourier.ifft, "signal.ifft")
v1(fourier.ifft, "ifft", "spectral.ifft")
both(fourier.ifft2d, "signal.ifft2d")
v1(fourier.ifft2d, "ifft2d", "spectral.ifft2d")
both(fourier.ifft3d, "signal.ifft3d")
v1(fourier.ifft3d, "ifft3d", "spectral.ifft3d")
both(fourier.ifftshift, "signal.ifftshift")
both(fourier.irfft, "signal.irfft")
v1(fourier.irfft, "spectral.irfft")
both(fourier.irfft2d, "signal.irfft2d")
v1(fourier.irfft2d, "spectral.irfft2d")
both(fourier.irfft3d, "signal.irfft3d")
v1(fourier.irfft3d, "spectral.irfft3d")
both(fourier.rfft, "signal.rfft")
v1(fourier.rfft, "spectral.rfft")
both(fourier.rfft2d, "signal.rfft2d")
v1(fourier.rfft2d, "spectral.rfft2d")
both(fourier.rfft3d, "signal.rfft3d")
v1(fourier.rfft3d, "spectral.rfft3d")

# mainstem.surface.control_flow
both(control_flow.case, "case")
v2(control_flow.cond, "cond")
v1(control_flow.cond_v1, "cond")
v1(control_flow.smart_case, "contrib.framework.smart_case")
v1(control_flow.smart_cond, "contrib.framework.smart_cond")
v1(control_flow.smart_constant_value, "contrib.framework.smart_constant_value")
both(control_flow.switch_case, "switch_case")

# mainstem.surface.loops
both(loops.foldl, "foldl")
both(loops.foldr, "foldr")
both(loops.map_fn, "map_fn")
both(loops.scan, "scan")
both(loops.vectorized_map, "vectorized_map")

# mainstem.surface.order
v2(order.tuple, "tuple")
v1(order.tuple_v1, "tuple")

# mainstem.surface.tensor_array
both(tensor_array.TensorArray, "TensorArray")
both(tensor_array.TensorArraySpec, "TensorArraySpec")

# mainstem.surface.while_loop
v2(while_loop.while_loop, "while_loop")
v1(while_loop.while_loop_v1, "while_loop")

# mainstem.surface.framework
v1(framework.add_to_collection, "add_to_collection")
v1(framework.add_to_collections, "add_to_collections")
v1(framework.colocate_with, "colocate_with")
v2(framework.constant, "constant")
v1(framework.constant_v1, "constant")
both(framework.control_dependencies, "control_dependencies")
v2(framework.convert_to_tensor, "convert_to_tensor")
v1(framework.convert_to_tensor_v1, "convert_to_tensor")
v2(framework.device, "device")
v1(framework.device_v1, "device")
v1(framework.get_collection, "get_collection")
v1(framework.get_collection_ref, "get_collection_ref")
both(framework.group, "group")
both(framework.identity, "identity")
both(framework.is_tensor, "is_tensor")
v1(framework.name_scope, "name_scope")
v2(framework.name_scope_v2, "name_scope")
both(framework.no_op, "no_op")
v1(framework.placeholder, "placeholder")
v1(framework.placeholder_with_default, "placeholder_with_default")
both(framework.stop_gradient, "stop_gradient")

# mainstem.surface.host
both(host.assert_op, "Assert", "debugging.Assert")
both(host.load_library, "load_library")
both(host.load_op_library, "load_op_library")
both(host.matching_files, "io.matching_files")
v1(host.matching_files, "matching_files")
v2(host.numpy_function, "numpy_function")
v1(host.numpy_function_v1, "numpy_function")
v1(host.print_v1, "Print")
v2(host.print_v2, "print")
v1(host.py_func, "py_func")
both(host.py_function, "py_function")
both(host.read_file, "io.read_file")
v1(host.read_file, "read_file")
both(host.timestamp, "timestamp")
both(host.write_file, "io.write_file")
v1(host.write_file, "write_file")

# mainstem.surface.image
both(image.central_crop, "image.central_crop")
v2(image.crop_and_resize, "image.crop_and_resize")
v1(image.crop_and_resize_v1, "image.crop_and_resize")
both(image.crop_to_bounding_box, "image.crop_to_bounding_box")
both(image.flip_left_right, "image.flip_left_right")
both(image.flip_up_down, "image.flip_up_down")
both(image.pad_to_bounding_box, "image.pad_to_bounding_box")
both(image.random_flip_left_right, "image.random_flip_left_right")
both(image.random_flip_up_down, "image.random_flip_up_down")
v2(image.resize, "image.resize")
v1(image.resize_area, "image.resize_area")
v1(image.resize_bicubic, "image.resize_bicubic")
v1(image.resize_bilinear, "image.resize_bilinear")
v1(image.resize_image_with_crop_or_pad, "image.resize_image_with_crop_or_pad")
v1(image.resize_image_with_pad_v1, "image.resize_image_with_pad")
v1(image.resize_images_v1, "image.resize_images")
v1(image.resize_nearest_neighbor, "image.resize_nearest_neighbor")
v1(image.resize_v1, "image.resize")
both(image.resize_with_crop_or_pad, "image.resize_with_crop_or_pad")
v2(image.resize_with_pad, "image.resize_with_pad")
both(image.rot90, "image.rot90")
v1(image.transpose_image, "image.transpose_image")

# mainstem.surface.image_boxes
both(image_boxes.combined_non_max_suppression, "image.combined_non_max_suppression")
v2(image_boxes.draw_bounding_boxes, "image.draw_bounding_boxes")
v1(image_boxes.draw_bounding_boxes_v1, "image.draw_bounding_boxes")
both(image_boxes.non_max_suppression, "image.non_max_suppression")
both(image_boxes.non_max_suppression_overlaps, "image.non_max_suppression_overlaps")
both(image_boxes.non_max_suppression_padded, "image.non_max_suppression_padded")
both(image_boxes.non_max_suppression_with_scores, "image.non_max_suppression_with_scores")
v2(image_boxes.sample_distorted_bounding_box, "image.sample_distorted_bounding_box")
v1(image_boxes.sample_distorted_bounding_box_v1, "image.sample_distorted_bounding_box")

# mainstem.surface.image_codec
v2(image_codec.adjust_jpeg_quality, "image.adjust_jpeg_quality")
v1(image_codec.adjust_jpeg_quality_v1, "image.adjust_jpeg_quality")
both(image_codec.decode_and_crop_jpeg, "image.decode_and_crop_jpeg", "io.decode_and_crop_jpeg")
both(image_codec.decode_bmp, "image.decode_bmp", "io.decode_bmp")
both(image_codec.decode_gif, "image.decode_gif", "io.decode_gif")
both(image_codec.decode_image, "image.decode_image", "io.decode_image")
both(image_codec.decode_jpeg, "image.decode_jpeg", "io.decode_jpeg")
both(image_codec.decode_png, "image.decode_png", "io.decode_png")
both(image_codec.encode_jpeg, "image.encode_jpeg", "io.encode_jpeg")
both(image_codec.encode_png, "image.encode_png")
v2(image_codec.encode_png, "io.encode_png")
both(image_codec.extract_jpeg_shape, "image.extract_jpeg_shape", "io.extract_jpeg_shape")
both(image_codec.is_jpeg, "image.is_jpeg", "io.is_jpeg")
both(image_codec.random_jpeg_quality, "image.random_jpeg_quality")

# mainstem.surface.image_color
both(image_color.adjust_brightness, "image.adjust_brightness")
both(image_color.adjust_contrast, "image.adjust_contrast")
both(image_color.adjust_gamma, "image.adjust_gamma")
both(image_color.adjust_hue, "image.adjust_hue")
both(image_color.adjust_saturation, "image.adjust_saturation")
both(image_color.convert_image_dtype, "image.convert_image_dtype")
both(image_color.grayscale_to_rgb, "image.grayscale_to_rgb")
both(image_color.hsv_to_rgb, "image.hsv_to_rgb")
both(image_color.per_image_standardization, "image.per_image_standardization")
both(image_color.random_brightness, "image.random_brightness")
both(image_color.random_contrast, "image.random_contrast")
both(image_color.random_hue, "image.random_hue")
both(image_color.random_saturation, "image.random_saturation")
both(image_color.rgb_to_grayscale, "image.rgb_to_grayscale")
both(image_color.rgb_to_hsv, "image.rgb_to_hsv")
both(image_color.rgb_to_yiq, "image.rgb_to_yiq")
both(image_color.rgb_to_yuv, "image.rgb_to_yuv")
both(image_color.yiq_to_rgb, "image.yiq_to_rgb")
both(image_color.yuv_to_rgb, "image.yuv_to_rgb")

# mainstem.surface.image_quality
both(image_quality.image_gradients, "image.image_gradients")
both(image_quality.psnr, "image.psnr")
both(image_quality.sobel_edges, "image.sobel_edges")
both(image_quality.ssim, "image.ssim")
both(image_quality.ssim_multiscale, "image.ssim_multiscale")
both(image_quality.total_variation, "image.total_variation")

# mainstem.surface.image_stateless
v2(image_stateless.stateless_random_brightness, "image.stateless_random_brightness")
v2(image_stateless.stateless_random_contrast, "image.stateless_random_contrast")
v2(image_stateless.stateless_random_crop, "image.stateless_random_crop")
v2(image_stateless.stateless_random_flip_left_right, "image.stateless_random_flip_left_right")
v2(image_stateless.stateless_random_flip_up_down, "image.stateless_random_flip_up_down")
v2(image_stateless.stateless_random_hue, "image.stateless_random_hue")
v2(image_stateless.stateless_random_jpeg_quality, "image.stateless_random_jpeg_quality")
v2(image_stateless.stateless_random_saturation, "image.stateless_random_saturation")

# mainstem.surface.index
v1(index.batch_gather, "batch_gather")
v1(index.convert_to_tensor_or_indexed_slices, "convert_to_tensor_or_indexed_slices")
both(index.dynamic_partition, "dynamic_partition")
both(index.dynamic_stitch, "dynamic_stitch")
v2(index.gather, "gather")
v2(index.gather_nd, "gather_nd")
v1(index.gather_nd_v1, "gather_nd", "manip.gather_nd")
v1(index.gather_v1, "gather")
both(index.guarantee_const, "guarantee_const")
both(index.identity_n, "identity_n")
both(index.invert_permutation, "math.invert_permutation")
v1(index.invert_permutation, "invert_permutation")
both(index.one_hot, "one_hot")
both(index.reverse, "reverse")
v1(index.reverse, "manip.reverse")
v2(index.reverse_sequence, "reverse_sequence")
v1(index.reverse_sequence_v1, "reverse_sequence")
both(index.roll, "roll")
v1(index.roll, "manip.roll")
v2(index.scatter_nd, "scatter_nd")
v1(index.scatter_nd_v1, "scatter_nd", "manip.scatter_nd")
both(index.searchsorted, "searchsorted")
v1(index.setdiff1d, "setdiff1d")
v2(index.tensor_scatter_nd_add, "tensor_scatter_nd_add")
v1(index.tensor_scatter_nd_add_v1, "tensor_scatter_nd_add")
v2(index.tensor_scatter_nd_max, "tensor_scatter_nd_max")
v2(index.tensor_scatter_nd_min, "tensor_scatter_nd_min")
v2(index.tensor_scatter_nd_sub, "tensor_scatter_nd_sub")
v1(index.tensor_scatter_nd_sub_v1, "tensor_scatter_nd_sub")
both(index.tensor_scatter_nd_update, "tensor_scatter_nd_update")
both(index.unique, "unique")
both(index.unique_with_counts, "unique_with_counts")
both(index.unravel_index, "unravel_index")

# mainstem.surface.initializers
both(initializers.Constant, "initializers.constant")
v2(initializers.Constant, "initializers.Constant")
both(initializers.GlorotNormal, "initializers.glorot_normal")
v2(initializers.GlorotNormal, "initializers.GlorotNormal")
both(initializers.GlorotUniform, "initializers.glorot_uniform")
v2(initializers.GlorotUniform, "initializers.GlorotUniform")
both(initializers.Identity, "initializers.identity")
v2(initializers.Identity, "initializers.Identity")
v2(initializers.Initializer, "initializers.Initializer")
both(initializers.Ones, "initializers.ones")
v2(initializers.Ones, "initializers.Ones")
both(initializers.Orthogonal, "initializers.orthogonal")
v2(initializers.Orthogonal, "initializers.Orthogonal")
both(initializers.RandomNormal, "initializers.random_normal")
v2(initializers.RandomNormal, "initializers.RandomNormal")
both(initializers.RandomUniform, "initializers.random_uniform")
v2(initializers.RandomUniform, "initializers.RandomUniform")
both(initializers.TruncatedNormal, "initializers.truncated_normal")
v2(initializers.TruncatedNormal, "initializers.TruncatedNormal")
v1(initializers.UniformUnitScaling, "initializers.uniform_unit_scaling")
both(initializers.VarianceScaling, "initializers.variance_scaling")
v2(initializers.VarianceScaling, "initializers.VarianceScaling")
both(initializers.Zeros, "initializers.zeros")
v2(initializers.Zeros, "initializers.Zeros")
v1(initializers.constant_initializer, "constant_initializer")
v2(initializers_v2.ConstantV2, "constant_initializer")
v1(initializers.glorot_normal_initializer, "glorot_normal_initializer")
v1(initializers.glorot_uniform_initializer, "glorot_uniform_initializer")
both(initializers.he_normal, "initializers.he_normal")
both(initializers.he_uniform, "initializers.he_uniform")
both(initializers.lecun_normal, "initializers.lecun_normal")
both(initializers.lecun_uniform, "initializers.lecun_uniform")
v1(initializers.ones_initializer, "ones_initializer")
v2(initializers_v2.OnesV2, "ones_initializer")
v1(initializers.orthogonal_initializer, "orthogonal_initializer")
v1(initializers.random_normal_initializer, "random_normal_initializer")
v2(initializers_v2.RandomNormalV2, "random_normal_initializer")
v1(initializers.random_uniform_initializer, "random_uniform_initializer")
v2(initializers_v2.RandomUniformV2, "random_uniform_initializer")
v1(initializers.truncated_normal_initializer, "truncated_normal_initializer")
v1(initializers.uniform_unit_scaling_initializer, "uniform_unit_scaling_initializer")
v1(initializers.variance_scaling_initializer, "variance_scaling_initializer")
v1(initializers.zeros_initializer, "zeros_initializer")
v2(initializers_v2.ZerosV2, "zeros_initializer")

# mainstem.surface.linalg
both(linalg.adjoint, "linalg.adjoint")
both(linalg.cholesky, "linalg.cholesky")
v1(linalg.cholesky, "cholesky")
both(linalg.cholesky_solve, "linalg.cholesky_solve")
v1(linalg.cholesky_solve, "cholesky_solve")
both(linalg.cross, "linalg.cross")
v1(linalg.cross, "cross")
v1(linalg.diag, "diag")
v1(linalg.diag_part, "diag_part")
v2(linalg.eig, "eig", "linalg.eig")
v2(linalg.eigvals, "eigvals", "linalg.eigvals")
both(linalg.einsum, "einsum", "linalg.einsum")
both(linalg.eye, "eye", "linalg.eye")
both(linalg.logdet, "linalg.logdet")
both(linalg.lu, "linalg.lu")
v2(linalg.lu_reconstruct, "linalg.lu_reconstruct")
v2(linalg.matmul, "matmul", "linalg.matmul")
v1(linalg.matmul_v1, "matmul", "linalg.matmul")
v1(linalg.matrix_band_part, "matrix_band_part")
v1(linalg.matrix_determinant, "matrix_determinant")
v1(linalg.matrix_diag, "matrix_diag")
v1(linalg.matrix_diag_part, "matrix_diag_part")
v1(linalg.matrix_inverse, "matrix_inverse")
both(linalg.matrix_rank, "linalg.matrix_rank")
v1(linalg.matrix_set_diag, "matrix_set_diag")
v1(linalg.matrix_solve, "matrix_solve")
v1(linalg.matrix_solve_ls, "matrix_solve_ls")
both(linalg.matrix_square_root, "matrix_square_root")
both(linalg.matrix_transpose, "linalg.matrix_transpose")
v1(linalg.matrix_transpose, "matrix_transpose")
v1(linalg.matrix_triangular_solve, "matrix_triangular_solve")
both(linalg.matvec, "linalg.matvec")
v2(linalg.norm, "norm", "linalg.norm")
v1(linalg.norm_v1, "norm", "linalg.norm")
both(linalg.normalize, "linalg.normalize")
both(linalg.pinv, "linalg.pinv")
both(linalg.qr, "linalg.qr")
v1(linalg.qr, "qr")
v1(linalg.self_adjoint_eig, "self_adjoint_eig")
v1(linalg.self_adjoint_eigvals, "self_adjoint_eigvals")
both(linalg.slogdet, "linalg.slogdet")
v1(linalg.sparse_matmul, "sparse_matmul")
both(linalg.svd, "linalg.svd")
v1(linalg.svd, "svd")
both(linalg.tensordot, "tensordot", "linalg.tensordot")
both(linalg.trace, "linalg.trace")
v1(linalg.trace, "trace")
both(linalg.tridiagonal_matmul, "linalg.tridiagonal_matmul")
both(linalg.tridiagonal_solve, "linalg.tridiagonal_solve")

# mainstem.surface.loss
both(loss.compute_average_loss, "nn.compute_average_loss")
both(loss.log_poisson_loss, "nn.log_poisson_loss")
v2(loss.nce_loss, "nn.nce_loss")
v1(loss.nce_loss_v1, "nn.nce_loss")
v2(loss.sampled_softmax_loss, "nn.sampled_softmax_loss")
v1(loss.sampled_softmax_loss_v1, "nn.sampled_softmax_loss")
both(loss.scale_regularization_loss, "nn.scale_regularization_loss")
v2(loss.sigmoid_cross_entropy_with_logits, "nn.sigmoid_cross_entropy_with_logits")
v1(loss.sigmoid_cross_entropy_with_logits_v1, "nn.sigmoid_cross_entropy_with_logits")
v2(loss.softmax_cross_entropy_with_logits, "nn.softmax_cross_entropy_with_logits")
v1(loss.softmax_cross_entropy_with_logits_v1, "nn.softmax_cross_entropy_with_logits")
v1(loss.softmax_cross_entropy_with_logits_v2, "nn.softmax_cross_entropy_with_logits_v2")
v2(loss.sparse_softmax_cross_entropy_with_logits, "nn.sparse_softmax_cross_entropy_with_logits")
v1(loss.sparse_softmax_cross_entropy_with_logits_v1, "nn.sparse_softmax_cross_entropy_with_logits")
v2(loss.weighted_cross_entropy_with_logits, "nn.weighted_cross_entropy_with_logits")
v1(loss.weighted_cross_entropy_with_logits_v1, "nn.weighted_cross_entropy_with_logits")

# mainstem.surface.masking
both(masking.repeat, "repeat")
both(masking.sequence_mask, "sequence_mask")
v2(masking.where, "where")
v1(masking.where_v1, "where")

# mainstem.surface.math
both(math.abs, "abs", "math.abs")
both(math.acos, "acos", "math.acos")
both(math.acosh, "acosh", "math.acosh")
v1(math.add, "add", "math.add")
v2(math.add_v2, "add", "math.add")
both(math.angle, "math.angle")
v1(math.angle, "angle")
both(math.asin, "asin", "math.asin")
both(math.asinh, "asinh", "math.asinh")
both(math.atan, "atan", "math.atan")
both(math.atan2, "atan2", "math.atan2")
both(math.atanh, "atanh", "math.atanh")
for _name in ("bessel_i0", "bessel_i0e", "bessel_i1", "bessel_i1e", "expint", "spence"):
    v2(getattr(math, _name), f"math.special.{_name}")
both(math.bessel_i0, "math.bessel_i0")
both(math.bessel_i0e, "math.bessel_i0e")
both(math.bessel_i1, "math.bessel_i1")
both(math.bessel_i1e, "math.bessel_i1e")
both(math.betainc, "math.betainc")
v1(math.betainc, "betainc")
both(math.bitwise_and, "bitwise.bitwise_and")
both(math.bitwise_or, "bitwise.bitwise_or")
both(math.bitwise_xor, "bitwise.bitwise_xor")
both(math.cast, "cast", "dtypes.cast")
both(math.ceil, "math.ceil")
v1(math.ceil, "ceil")
both(math.complex, "complex", "dtypes.complex")
both(math.conj, "math.conj")
v1(math.conj, "conj")
both(math.cos, "cos", "math.cos")
both(math.cosh, "cosh", "math.cosh")
both(math.digamma, "math.digamma")
v1(math.digamma, "digamma")
v1(math.div, "div")
v1(math.div_no_nan, "div_no_nan")
both(math.divide, "divide", "math.divide")
both(math.equal, "equal", "math.equal")
both(math.erf, "math.erf")
v1(math.erf, "erf")
both(math.erfc, "math.erfc")
v1(math.erfc, "erfc")
v2(math.erfcinv, "math.erfcinv")
v2(math.erfinv, "math.erfinv")
both(math.exp, "exp", "math.exp")
both(math.expm1, "math.expm1")
v1(math.expm1, "expm1")
both(math.floor, "floor", "math.floor")
v1(math.floor_div, "floor_div")
both(math.floordiv, "math.floordiv")
v1(math.floordiv, "floordiv")
both(math.floormod, "math.floormod", "math.mod")
v1(math.floormod, "floormod")
both(math.greater, "greater", "math.greater")
both(math.greater_equal, "greater_equal", "math.greater_equal")
both(math.igamma, "math.igamma")
v1(math.igamma, "igamma")
both(math.igammac, "math.igammac")
v1(math.igammac, "igammac")
both(math.imag, "math.imag")
v1(math.imag, "imag")
both(math.invert, "bitwise.invert")
both(math.is_finite, "math.is_finite")
v1(math.is_finite, "is_finite", "debugging.is_finite")
both(math.is_inf, "math.is_inf")
v1(math.is_inf, "is_inf", "debugging.is_inf")
both(math.is_nan, "math.is_nan")
v1(math.is_nan, "is_nan", "debugging.is_nan")
both(math.lbeta, "math.lbeta")
v1(math.lbeta, "lbeta")
both(math.left_shift, "bitwise.left_shift")
both(math.less, "less", "math.less")
both(math.less_equal, "less_equal", "math.less_equal")
both(math.lgamma, "math.lgamma")
v1(math.lgamma, "lgamma")
both(math.log, "math.log")
v1(math.log, "log")
both(math.log1p, "math.log1p")
v1(math.log1p, "log1p")
both(math.log_sigmoid, "math.log_sigmoid")
v1(math.log_sigmoid, "log_sigmoid")
both(math.logical_and, "logical_and", "math.logical_and")
both(math.logical_not, "logical_not", "math.logical_not")
both(math.logical_or, "logical_or", "math.logical_or")
both(math.logical_xor, "math.logical_xor")
v1(math.logical_xor, "logical_xor")
both(math.maximum, "maximum", "math.maximum")
both(math.minimum, "minimum", "math.minimum")
v1(math.mod, "mod")
both(math.multiply, "multiply", "math.multiply")
both(math.multiply_no_nan, "math.multiply_no_nan")
v2(math.ndtri, "math.ndtri")
both(math.negative, "negative", "math.negative")
both(math.nextafter, "math.nextafter")
both(math.not_equal, "not_equal", "math.not_equal")
both(math.polygamma, "math.polygamma")
v1(math.polygamma, "polygamma")
both(math.polyval, "math.polyval")
both(math.pow, "pow", "math.pow")
both(math.real, "math.real")
v1(math.real, "real")
both(math.realdiv, "realdiv")
both(math.reciprocal, "math.reciprocal")
v1(math.reciprocal, "reciprocal")
both(math.reciprocal_no_nan, "math.reciprocal_no_nan")
both(math.right_shift, "bitwise.right_shift")
both(math.rint, "math.rint")
v1(math.rint, "rint")
both(math.round, "round", "math.round")
both(math.rsqrt, "math.rsqrt")
v1(math.rsqrt, "rsqrt")
both(math.saturate_cast, "saturate_cast", "dtypes.saturate_cast")
v2(math.scalar_mul, "scalar_mul", "math.scalar_mul")
v1(math.scalar_mul_v1, "scalar_mul", "math.scalar_mul")
both(math.sigmoid, "sigmoid", "math.sigmoid", "nn.sigmoid")
both(math.sign, "sign", "math.sign")
both(math.sin, "sin", "math.sin")
both(math.sinh, "sinh", "math.sinh")
both(math.sqrt, "sqrt", "math.sqrt")
both(math.square, "square", "math.square")
both(math.squared_difference, "math.squared_difference")
v1(math.squared_difference, "squared_difference")
both(math.subtract, "subtract", "math.subtract")
both(math.tan, "tan", "math.tan")
both(math.tanh, "tanh", "math.tanh", "nn.tanh")
v1(math.to_bfloat16, "to_bfloat16")
v1(math.to_complex128, "to_complex128")
v1(math.to_complex64, "to_complex64")
v1(math.to_double, "to_double")
v1(math.to_float, "to_float")
v1(math.to_int32, "to_int32")
v1(math.to_int64, "to_int64")
both(math.truediv, "truediv", "math.truediv")
both(math.truncatediv, "truncatediv")
both(math.truncatemod, "truncatemod")
both(math.xdivy, "math.xdivy")
v2(math.xlog1py, "math.xlog1py")
both(math.xlogy, "math.xlogy")
both(math.zeta, "math.zeta")
v1(math.zeta, "zeta")

# mainstem.surface.module
both(module.Module, "Module")

# mainstem.surface.nn
v2(nn.approx_max_k, "math.approx_max_k", "nn.approx_max_k")
v2(nn.approx_min_k, "math.approx_min_k", "nn.approx_min_k")
both(nn.bias_add, "nn.bias_add")
v2(nn.crelu, "nn.crelu")
v1(nn.crelu_v1, "nn.crelu")
v2(nn.dropout, "nn.dropout")
v1(nn.dropout_v1, "nn.dropout")
both(nn.elu, "nn.elu")
v2(nn.gelu, "nn.gelu")
v2(nn.in_top_k, "math.in_top_k", "nn.in_top_k")
v1(nn.in_top_k_v1, "math.in_top_k", "nn.in_top_k")
both(nn.l2_loss, "nn.l2_loss")
both(nn.l2_normalize, "linalg.l2_normalize", "math.l2_normalize", "nn.l2_normalize")
both(nn.leaky_relu, "nn.leaky_relu")
v2(nn.log_softmax, "math.log_softmax", "nn.log_softmax")
v1(nn.log_softmax_v1, "math.log_softmax", "nn.log_softmax")
both(nn.relu, "nn.relu")
both(nn.relu6, "nn.relu6")
v1(nn.relu_layer, "nn.relu_layer")
both(nn.selu, "nn.selu")
v2(nn.silu, "nn.silu")
v2(nn.softmax, "math.softmax", "nn.softmax")
v1(nn.softmax_v1, "math.softmax", "nn.softmax")
both(nn.softplus, "math.softplus", "nn.softplus")
both(nn.softsign, "math.softsign", "nn.softsign")
both(nn.swish, "nn.swish")
v2(nn.top_k, "math.top_k", "nn.top_k")
v1(nn.top_k_v1, "math.top_k", "nn.top_k")
v1(nn.xw_plus_b, "nn.xw_plus_b")
both(nn.zero_fraction, "math.zero_fraction", "nn.zero_fraction")

# mainstem.surface.norm
v2(norm.batch_norm_with_global_normalization, "nn.batch_norm_with_global_normalization")
v1(norm.batch_norm_with_global_normalization_v1, "nn.batch_norm_with_global_normalization")
both(norm.batch_normalization, "nn.batch_normalization")
v1(norm.fused_batch_norm, "nn.fused_batch_norm")
both(norm.local_response_normalization, "nn.local_response_normalization")
both(norm.lrn, "nn.lrn")
v2(norm.moments, "nn.moments")
v1(norm.moments_v1, "nn.moments")
both(norm.normalize_moments, "nn.normalize_moments")
v2(norm.sufficient_statistics, "nn.sufficient_statistics")
v1(norm.sufficient_statistics_v1, "nn.sufficient_statistics")
v2(norm.weighted_moments, "nn.weighted_moments")
v1(norm.weighted_moments_v1, "nn.weighted_moments")

# mainstem.surface.pool
v2(pool.avg_pool, "nn.avg_pool")
both(pool.avg_pool1d, "nn.avg_pool1d")
v2(pool.avg_pool2d, "nn.avg_pool2d")
v1(pool.avg_pool2d_v1, "nn.avg_pool2d")
both(pool.avg_pool3d, "nn.avg_pool3d")
v1(pool.avg_pool_v1, "nn.avg_pool")
v2(pool.max_pool, "nn.max_pool")
both(pool.max_pool1d, "nn.max_pool1d")
both(pool.max_pool2d, "nn.max_pool2d")
both(pool.max_pool3d, "nn.max_pool3d")
v1(pool.max_pool_v1, "nn.max_pool")
v2(pool.max_pool_with_argmax, "nn.max_pool_with_argmax")
v1(pool.max_pool_with_argmax_v1, "nn.max_pool_with_argmax")
v2(pool.pool, "nn.pool")
v1(pool.pool_v1, "nn.pool")

# mainstem.surface.random
both(random.all_candidate_sampler, "nn.all_candidate_sampler", "random.all_candidate_sampler")
both(random.categorical, "random.categorical")
both(random.compute_accidental_hits, "nn.compute_accidental_hits")
both(random.fixed_unigram_candidate_sampler, "nn.fixed_unigram_candidate_sampler", "random.fixed_unigram_candidate_sampler")
v2(random.fold_in, "random.fold_in", "random.experimental.stateless_fold_in")
v1(random.get_seed, "get_seed", "random.get_seed")
both(
    random.learned_unigram_candidate_sampler, "nn.learned_unigram_candidate_sampler", "random.learned_unigram_candidate_sampler"
)
both(random.log_uniform_candidate_sampler, "random.log_uniform_candidate_sampler")
v1(random.log_uniform_candidate_sampler, "nn.log_uniform_candidate_sampler")
v1(random.multinomial, "multinomial", "random.multinomial")
v1(random.random_crop, "random_crop")
both(random.random_gamma, "random.gamma")
v1(random.random_gamma, "random_gamma")
both(random.random_normal, "random.normal")
v1(random.random_normal, "random_normal")
both(random.random_poisson, "random.poisson")
v1(random.random_poisson_v1, "random_poisson")
both(random.random_shuffle, "random.shuffle")
v1(random.random_shuffle, "random_shuffle")
both(random.random_uniform, "random.uniform")
v1(random.random_uniform, "random_uniform")
v1(random.set_random_seed, "set_random_seed", "random.set_random_seed")
v2(random.set_random_seed, "random.set_seed")
v2(random.split, "random.split", "random.experimental.stateless_split")
both(random.stateless_categorical, "random.stateless_categorical")
v2(random.stateless_gamma, "random.stateless_gamma")
v1(random.stateless_multinomial, "random.stateless_multinomial")
both(random.stateless_normal, "random.stateless_normal")
v2(random.stateless_poisson, "random.stateless_poisson")
both(random.stateless_truncated_normal, "random.stateless_truncated_normal")
both(random.stateless_uniform, "random.stateless_uniform")
both(random.truncated_normal, "random.truncated_normal")
v1(random.truncated_normal, "truncated_normal")
both(random.uniform_candidate_sampler, "random.uniform_candidate_sampler")
v1(random.uniform_candidate_sampler, "nn.uniform_candidate_sampler")

# mainstem.surface.reduce
both(reduce.accumulate_n, "math.accumulate_n")
v1(reduce.accumulate_n, "accumulate_n")
both(reduce.add_n, "add_n", "math.add_n")
v1(reduce.arg_max, "arg_max")
v1(reduce.arg_min, "arg_min")
v2(reduce.argmax, "argmax", "math.argmax")
v1(reduce.argmax_v1, "argmax", "math.argmax")
v2(reduce.argmin, "argmin", "math.argmin")
v1(reduce.argmin_v1, "argmin", "math.argmin")
v2(reduce.bincount, "math.bincount")
v1(reduce.bincount_v1, "bincount", "math.bincount")
v2(reduce.count_nonzero, "math.count_nonzero")
v1(reduce.count_nonzero_v1, "count_nonzero", "math.count_nonzero")
both(reduce.cumprod, "math.cumprod")
v1(reduce.cumprod, "cumprod")
both(reduce.cumsum, "cumsum", "math.cumsum")
both(reduce.cumulative_logsumexp, "math.cumulative_logsumexp")
both(reduce.histogram_fixed_width, "histogram_fixed_width")
both(reduce.histogram_fixed_width_bins, "histogram_fixed_width_bins")
v2(reduce.reduce_all, "reduce_all", "math.reduce_all")
v1(reduce.reduce_all_v1, "reduce_all", "math.reduce_all")
v2(reduce.reduce_any, "reduce_any", "math.reduce_any")
v1(reduce.reduce_any_v1, "reduce_any", "math.reduce_any")
both(reduce.reduce_euclidean_norm, "math.reduce_euclidean_norm")
v2(reduce.reduce_logsumexp, "reduce_logsumexp", "math.reduce_logsumexp")
v1(reduce.reduce_logsumexp_v1, "reduce_logsumexp", "math.reduce_logsumexp")
v2(reduce.reduce_max, "reduce_max", "math.reduce_max")
v1(reduce.reduce_max_v1, "reduce_max", "math.reduce_max")
v2(reduce.reduce_mean, "reduce_mean", "math.reduce_mean")
v1(reduce.reduce_mean_v1, "reduce_mean", "math.reduce_mean")
v2(reduce.reduce_min, "reduce_min", "math.reduce_min")
v1(reduce.reduce_min_v1, "reduce_min", "math.reduce_min")
v2(reduce.reduce_prod, "reduce_prod", "math.reduce_prod")
v1(reduce.reduce_prod_v1, "reduce_prod", "math.reduce_prod")
both(reduce.reduce_std, "math.reduce_std")
v2(reduce.reduce_sum, "reduce_sum", "math.reduce_sum")
v1(reduce.reduce_sum_v1, "reduce_sum", "math.reduce_sum")
both(reduce.reduce_variance, "math.reduce_variance")
both(reduce.segment_max, "math.segment_max")
v1(reduce.segment_max, "segment_max")
both(reduce.segment_mean, "math.segment_mean")
v1(reduce.segment_mean, "segment_mean")
both(reduce.segment_min, "math.segment_min")
v1(reduce.segment_min, "segment_min")
both(reduce.segment_prod, "math.segment_prod")
v1(reduce.segment_prod, "segment_prod")
both(reduce.segment_sum, "math.segment_sum")
v1(reduce.segment_sum, "segment_sum")
v1(reduce.sparse_segment_mean_v1, "sparse_segment_mean")
v2(reduce.sparse_segment_mean, "sparse.segment_mean")
v1(reduce.sparse_segment_sqrt_n_v1, "sparse_segment_sqrt_n")
v2(reduce.sparse_segment_sqrt_n, "sparse.segment_sqrt_n")
v1(reduce.sparse_segment_sum_v1, "sparse_segment_sum")
v2(reduce.sparse_segment_sum, "sparse.segment_sum")
both(reduce.unsorted_segment_max, "math.unsorted_segment_max")
v1(reduce.unsorted_segment_max, "unsorted_segment_max")
both(reduce.unsorted_segment_mean, "math.unsorted_segment_mean")
v1(reduce.unsorted_segment_mean, "unsorted_segment_mean")
both(reduce.unsorted_segment_min, "math.unsorted_segment_min")
v1(reduce.unsorted_segment_min, "unsorted_segment_min")
both(reduce.unsorted_segment_prod, "math.unsorted_segment_prod")
v1(reduce.unsorted_segment_prod, "unsorted_segment_prod")
both(reduce.unsorted_segment_sqrt_n, "math.unsorted_segment_sqrt_n")
v1(reduce.unsorted_segment_sqrt_n, "unsorted_segment_sqrt_n")
both(reduce.unsorted_segment_sum, "math.unsorted_segment_sum")
v1(reduce.unsorted_segment_sum, "unsorted_segment_sum")

# mainstem.surface.sets
both(sets.difference, "sets.difference")
both(sets.intersection, "sets.intersection")
v1(sets.set_difference, "sets.set_difference")
v1(sets.set_intersection, "sets.set_intersection")
v1(sets.set_size, "sets.set_size")
v1(sets.set_union, "sets.set_union")
both(sets.size, "sets.size")
both(sets.union, "sets.union")

# mainstem.surface.signal
both(signal.dct, "signal.dct")
v1(signal.dct, "spectral.dct")
both(signal.frame, "signal.frame")
both(signal.hamming_window, "signal.hamming_window")
both(signal.hann_window, "signal.hann_window")
both(signal.idct, "signal.idct")
v1(signal.idct, "spectral.idct")
both(signal.inverse_stft, "signal.inverse_stft")
both(signal.inverse_stft_window_fn, "signal.inverse_stft_window_fn")
both(signal.linear_to_mel_weight_matrix, "signal.linear_to_mel_weight_matrix")
both(signal.mfccs_from_log_mel_spectrograms, "signal.mfccs_from_log_mel_spectrograms")
both(signal.overlap_and_add, "signal.overlap_and_add")
both(signal.stft, "signal.stft")

# mainstem.surface.slicing
v2(slicing.boolean_mask, "boolean_mask")
v1(slicing.boolean_mask_v1, "boolean_mask")
both(slicing.slice_, "slice")
both(slicing.strided_slice, "strided_slice")

# mainstem.surface.sorting
both(sorting.argsort, "argsort")
v2(sorting.confusion_matrix, "math.confusion_matrix")
v1(sorting.confusion_matrix_v1, "confusion_matrix", "math.confusion_matrix")
both(sorting.sort, "sort")

# mainstem.surface.sparse
both(sparse.SparseTensor, "SparseTensor", "sparse.SparseTensor")
v2(sparse.add, "sparse.add")
v1(sparse.add_v1, "sparse.add")
v2(sparse.concat, "sparse.concat")
v1(sparse.concat_v1, "sparse.concat")
v1(sparse.convert_to_tensor_or_sparse_tensor, "convert_to_tensor_or_sparse_tensor")
both(sparse.edit_distance, "edit_distance")
both(sparse.expand_dims, "sparse.expand_dims")
both(sparse.eye, "sparse.eye")
both(sparse.fill_empty_rows, "sparse.fill_empty_rows")
both(sparse.from_dense, "sparse.from_dense")
v2(sparse.map_values, "sparse.map_values")
both(sparse.mask, "sparse.mask")
v1(sparse.matmul, "sparse.matmul")
both(sparse.maximum, "sparse.maximum")
v1(sparse.merge, "sparse.merge")
both(sparse.minimum, "sparse.minimum")
v1(sparse.placeholder, "sparse.placeholder")
v2(sparse.reduce_max, "sparse.reduce_max")
v1(sparse.reduce_max_sparse, "sparse.reduce_max_sparse")
v1(sparse.reduce_max_v1, "sparse.reduce_max")
v2(sparse.reduce_sum, "sparse.reduce_sum")
v1(sparse.reduce_sum_sparse, "sparse.reduce_sum_sparse")
v1(sparse.reduce_sum_v1, "sparse.reduce_sum")
both(sparse.reorder, "sparse.reorder")
both(sparse.reset_shape, "sparse.reset_shape")
both(sparse.reshape, "sparse.reshape")
both(sparse.retain, "sparse.retain")
both(sparse.softmax, "sparse.softmax")
v1(sparse.sparse_to_dense, "sparse_to_dense")
v2(sparse.split, "sparse.split")
v1(sparse.split_v1, "sparse.split")
both(sparse.to_dense, "sparse.to_dense")
both(sparse.to_indicator, "sparse.to_indicator")
both(sparse.transpose, "sparse.transpose")

# mainstem.surface.string
both(string.as_string, "as_string", "strings.as_string")
v1(string.as_string, "dtypes.as_string")
both(string.decode_base64, "io.decode_base64")
v1(string.decode_base64, "decode_base64")
both(string.decode_compressed, "io.decode_compressed")
v2(string.decode_csv, "io.decode_csv")
v1(string.decode_csv_v1, "decode_csv", "io.decode_csv")
v2(string.decode_raw, "io.decode_raw")
v1(string.decode_raw_v1, "decode_raw", "io.decode_raw")
both(string.encode_base64, "io.encode_base64")
v1(string.encode_base64, "encode_base64")
both(string.join, "strings.join")
v1(string.join, "string_join")
v2(string.length, "strings.length")
v1(string.length_v1, "strings.length")
both(string.lower, "strings.lower")
v2(string.reduce_join, "strings.reduce_join")
v1(string.reduce_join_v1, "reduce_join", "strings.reduce_join")
both(string.regex_full_match, "strings.regex_full_match")
both(string.regex_replace, "strings.regex_replace")
v1(string.regex_replace, "regex_replace")
v2(string.split, "strings.split")
v1(string.split_v1, "strings.split")
v1(string.string_split, "string_split")
both(string.strip, "strings.strip")
v1(string.strip, "string_strip")
v2(string.substr, "strings.substr")
v1(string.substr_v1, "substr", "strings.substr")
v2(string.to_hash_bucket, "strings.to_hash_bucket")
both(string.to_hash_bucket_fast, "strings.to_hash_bucket_fast")
v1(string.to_hash_bucket_fast, "string_to_hash_bucket_fast")
both(string.to_hash_bucket_strong, "strings.to_hash_bucket_strong")
v1(string.to_hash_bucket_strong, "string_to_hash_bucket_strong")
v1(string.to_hash_bucket_v1, "string_to_hash_bucket", "strings.to_hash_bucket")
v2(string.to_number, "strings.to_number")
v1(string.to_number_v1, "string_to_number", "strings.to_number")
both(string.upper, "strings.upper")

# mainstem.surface.template
v1(template.make_template, "make_template")

# mainstem.surface.variable_scope
v1(variable_scope.AUTO_REUSE, "AUTO_REUSE")
v1(variable_scope.disable_resource_variables, "disable_resource_variables")
v1(variable_scope.enable_resource_variables, "enable_resource_variables")
v1(variable_scope.get_local_variable, "get_local_variable")
v1(variable_scope.get_variable, "get_variable")
v1(variable_scope.no_regularizer, "no_regularizer")
v1(variable_scope.resource_variables_enabled, "resource_variables_enabled")
v2(variable_scope.variable_creator_scope, "variable_creator_scope")
v1(variable_scope.variable_creator_scope_v1, "variable_creator_scope")
v1(variable_scope.variable_op_scope, "variable_op_scope")
v1(variable_scope.variable_scope, "variable_scope")

# mainstem.surface.variables
v1(variables.Variable, "Variable")
v2(variables.VariableV2, "Variable")
v1(variables.all_variables, "all_variables")
v1(variables.assert_variables_initialized, "assert_variables_initialized")
v1(variables.assign, "assign")
v1(variables.assign_add, "assign_add")
v1(variables.assign_sub, "assign_sub")
v1(variables.batch_scatter_update, "batch_scatter_update")
v1(variables.count_up_to, "count_up_to")
v1(variables.create_partitioned_variables, "create_partitioned_variables")
v1(variables.global_variables, "global_variables")
v1(variables.global_variables_initializer, "global_variables_initializer", "initializers.global_variables")
v1(variables.initialize_all_variables, "initialize_all_variables")
v1(variables.initialize_local_variables, "initialize_local_variables")
v1(variables.initialize_variables, "initialize_variables")
v1(variables.is_variable_initialized, "is_variable_initialized")
v1(variables.local_variables, "local_variables")
v1(variables.local_variables_initializer, "local_variables_initializer", "initializers.local_variables")
v1(variables.model_variables, "model_variables")
v1(variables.moving_average_variables, "moving_average_variables")
v1(variables.report_uninitialized_variables, "report_uninitialized_variables")
v1(variables.scatter_add, "scatter_add")
v1(variables.scatter_div, "scatter_div")
v1(variables.scatter_max, "scatter_max")
v1(variables.scatter_min, "scatter_min")
v1(variables.scatter_mul, "scatter_mul")
v1(variables.scatter_nd_add, "scatter_nd_add")
v1(variables.scatter_nd_sub, "scatter_nd_sub")
v1(variables.scatter_nd_update, "scatter_nd_update")
v1(variables.scatter_sub, "scatter_sub")
v1(variables.scatter_update, "scatter_update")
v1(variables.trainable_variables, "trainable_variables")
v1(variables.variables_initializer, "variables_initializer", "initializers.variables")

# mainstem.train.adadelta
v1(adadelta.AdadeltaOptimizer, "train.AdadeltaOptimizer")

# mainstem.train.adagrad
v1(adagrad.AdagradDAOptimizer, "train.AdagradDAOptimizer")
v1(adagrad.AdagradOptimizer, "train.AdagradOptimizer")
v1(adagrad.ProximalAdagradOptimizer, "train.ProximalAdagradOptimizer")

# mainstem.train.adam
v1(adam.AdamOptimizer, "train.AdamOptimizer")

# mainstem.train.checkpoint
v2(checkpoint.Checkpoint, "train.Checkpoint")
v1(checkpoint.CheckpointV1, "train.Checkpoint", "contrib.eager.Checkpoint")
v2(checkpoint.CheckpointOptions, "train.CheckpointOptions")

# mainstem.train.checkpoint_manager
both(checkpoint_manager.CheckpointManager, "train.CheckpointManager")

# mainstem.train.checkpoint_view
v2(checkpoint_view.CheckpointView, "train.CheckpointView")
v2(checkpoint_view.TrackableView, "train.TrackableView")
both(trackable.PythonState, "train.experimental.PythonState")

# mainstem.train.checkpoints
v1(checkpoints.NewCheckpointReader, "train.NewCheckpointReader")
v1(checkpoints.checkpoint_exists, "train.checkpoint_exists")
both(checkpoints.checkpoints_iterator, "train.checkpoints_iterator")
v1(checkpoints.generate_checkpoint_state_proto, "train.generate_checkpoint_state_proto")
v1(checkpoints.get_checkpoint_mtimes, "train.get_checkpoint_mtimes")
both(checkpoints.get_checkpoint_state, "train.get_checkpoint_state")
both(checkpoints.latest_checkpoint, "train.latest_checkpoint")
both(checkpoints.list_variables, "train.list_variables")
both(checkpoints.load_checkpoint, "train.load_checkpoint")
both(checkpoints.load_variable, "train.load_variable")
v1(checkpoints.remove_checkpoint, "train.remove_checkpoint")
v1(checkpoints.update_checkpoint_state, "train.update_checkpoint_state")

# mainstem.train.ftrl
v1(ftrl.FtrlOptimizer, "train.FtrlOptimizer")

# mainstem.train.global_step
v1(global_step.assert_global_step, "train.assert_global_step")
v1(global_step.create_global_step, "train.create_global_step")
v1(global_step.get_global_step, "train.get_global_step")
v1(global_step.get_or_create_global_step, "train.get_or_create_global_step")
v1(global_step.global_step, "train.global_step")

# mainstem.train.gradient_descent
v1(gradient_descent.GradientDescentOptimizer, "train.GradientDescentOptimizer")

# mainstem.train.meta_graph
v1(meta_graph.export_meta_graph, "train.export_meta_graph")
v1(meta_graph.write_graph, "train.write_graph")

# mainstem.train.momentum
v1(momentum.MomentumOptimizer, "train.MomentumOptimizer")

# mainstem.train.moving_averages
both(moving_averages.ExponentialMovingAverage, "train.ExponentialMovingAverage")

# mainstem.train.optimizer
v1(optimizer.Optimizer, "train.Optimizer")

# mainstem.train.proximal
v1(proximal.ProximalGradientDescentOptimizer, "train.ProximalGradientDescentOptimizer")

# mainstem.train.rmsprop
v1(rmsprop.RMSPropOptimizer, "train.RMSPropOptimizer")

# mainstem.train.saver
v1(saver.Saver, "train.Saver")
v1(saver.import_meta_graph, "train.import_meta_graph")

# mainstem.train.schedules
v1(schedules.cosine_decay, "train.cosine_decay")
v1(schedules.cosine_decay_restarts, "train.cosine_decay_restarts")
v1(schedules.exponential_decay, "train.exponential_decay")
v1(schedules.inverse_time_decay, "train.inverse_time_decay")
v1(schedules.linear_cosine_decay, "train.linear_cosine_decay")
v1(schedules.natural_exp_decay, "train.natural_exp_decay")
v1(schedules.noisy_linear_cosine_decay, "train.noisy_linear_cosine_decay")
v1(schedules.piecewise_constant, "train.piecewise_constant")
v1(schedules.piecewise_constant_decay, "train.piecewise_constant_decay")
v1(schedules.polynomial_decay, "train.polynomial_decay")

# mainstem.train.summary
both(summary.audio, "summary.audio")
v1(summary.get_summary_description, "summary.get_summary_description")
both(summary.histogram, "summary.histogram")
both(summary.image, "summary.image")
v1(summary.merge, "summary.merge")
v1(summary.merge_all, "summary.merge_all")
both(summary.scalar, "summary.scalar")
v1(summary.tensor_summary, "summary.tensor_summary")
both(summary.text, "summary.text")

# mainstem.train.warm_start
v1(warm_start.init_from_checkpoint, "train.init_from_checkpoint")
v1(warm_start.warm_start, "train.warm_start")

# mainstem.train.writer
v1(writer.FileWriter, "summary.FileWriter")
v1(writer.FileWriterCache, "summary.FileWriterCache")
v1(writer.summary_iterator, "train.summary_iterator")


# types
v1(shapes.Dimension, "Dimension")
v1(shapes.dimension_value, "dimension_value", "compat.dimension_value")
v1(shapes.dimension_at_index, "dimension_at_index", "compat.dimension_at_index")
v1(keys.GraphKeys, "GraphKeys")
both(graph_device.DeviceSpec, "DeviceSpec")
both(tensor.Tensor, "Tensor")
both(tensor.Operation, "Operation")
v1(sessions.get_default_session, "get_default_session")

v1(array.constant_value, "contrib.util.constant_value")
both(array.constant_value, "get_static_value")
v1(array.linspace_v1, "lin_space")
v2(array.size, "size")
v1(array.size_v1, "size")
v1(index.reverse, "reverse_v2")
v1(index.tensor_scatter_nd_sub_v1, "tensor_scatter_sub")
v1(index.tensor_scatter_nd_add_v1, "tensor_scatter_add")
v1(index.tensor_scatter_nd_update, "tensor_scatter_update")
v1(masking.where, "where_v2")
both(linalg.matrix_band_part, "linalg.band_part")
both(linalg.matrix_determinant, "linalg.det")
both(linalg.matrix_diag, "linalg.diag")
both(linalg.matrix_diag_part, "linalg.diag_part")
both(linalg.matrix_set_diag, "linalg.set_diag")
both(linalg.diag, "linalg.tensor_diag")
both(linalg.diag_part, "linalg.tensor_diag_part")
both(linalg.matrix_inverse, "linalg.inv")
both(linalg.matrix_solve, "linalg.solve")
both(linalg.matrix_solve_ls, "linalg.lstsq")
both(linalg.matrix_triangular_solve, "linalg.triangular_solve")
both(linalg.self_adjoint_eig, "linalg.eigh")
both(linalg.self_adjoint_eigvals, "linalg.eigvalsh")
both(linalg.matrix_exponential, "linalg.expm")
both(linalg.matrix_square_root, "linalg.sqrtm")
both(math.div_no_nan, "math.divide_no_nan")
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
v1(host.print_v2, "print")

both(random.random_crop, "image.random_crop")
v2(image.ResizeMethodV2, "image.ResizeMethod")
v1(image.ResizeMethod, "image.ResizeMethod")
both(image.transpose_image, "image.transpose")
v1(sparse.placeholder, "sparse_placeholder")
v1(sparse.add_v1, "sparse_add")
v1(sparse.concat_v1, "sparse_concat")
v1(sparse.fill_empty_rows, "sparse_fill_empty_rows")
v1(sparse.mask, "sparse_mask")
v1(sparse.maximum, "sparse_maximum")
v1(sparse.merge, "sparse_merge")
v1(sparse.minimum, "sparse_minimum")
v1(sparse.reduce_max_v1, "sparse_reduce_max")
v1(sparse.reduce_max_sparse, "sparse_reduce_max_sparse")
v1(sparse.reduce_sum_v1, "sparse_reduce_sum")
v1(sparse.reduce_sum_sparse, "sparse_reduce_sum_sparse")
v1(sparse.reorder, "sparse_reorder")
v1(sparse.reset_shape, "sparse_reset_shape")
v1(sparse.reshape, "sparse_reshape")
v1(sparse.retain, "sparse_retain")
v1(sparse.slice_, "sparse_slice")
v1(sparse.softmax, "sparse_softmax")
v1(sparse.split_v1, "sparse_split")
v1(sparse.to_indicator, "sparse_to_indicator")
v1(sparse.transpose, "sparse_transpose")
v1(sparse.matmul, "sparse_tensor_dense_matmul")
v1(sparse.to_dense, "sparse_tensor_to_dense")
both(sparse.matmul, "sparse.sparse_dense_matmul")
both(sparse.slice_, "sparse.slice")
v1(string.decode_compressed, "decode_compressed")
both(string.parse_tensor, "io.parse_tensor")
v1(string.parse_tensor, "parse_tensor")
both(string.serialize_tensor, "io.serialize_tensor")
v1(string.serialize_tensor, "serialize_tensor")
both(string.unicode_transcode, "strings.unicode_transcode")
both(host.format_strings, "strings.format")
v1(pool.avg_pool, "nn.avg_pool_v2")
v1(pool.max_pool, "nn.max_pool_v2")
v1(conv.conv3d_backprop_filter, "nn.conv3d_backprop_filter_v2")
v1(conv.depthwise_conv2d_backprop_input, "nn.depthwise_conv2d_native_backprop_input")
v1(conv.depthwise_conv2d_backprop_filter, "nn.depthwise_conv2d_native_backprop_filter")
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
v2(parsing.parse_example, "io.parse_example")
v2(parsing.parse_single_example, "io.parse_single_example")

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

# platform
both(testing.TestCase, "test.TestCase")
v1(logging.DEBUG, "logging.DEBUG")
v1(logging.INFO, "logging.INFO")
v1(logging.WARN, "logging.WARN")
v1(logging.ERROR, "logging.ERROR")
v1(logging.FATAL, "logging.FATAL")
v1(gfile.GFile, "gfile.GFile", "gfile.Open", "io.gfile.GFile")
v1(gfile.FastGFile, "gfile.FastGFile")
v1(platform_flags.run, "app.run")
v1(platform_flags, "flags", "app.flags")

# graph mode's later additions
both(framework.init_scope, "init_scope")
v1(framework.container, "container")
v1(framework.tables_initializer, "tables_initializer", "initialize_all_tables", "initializers.tables_initializer")
for _name in [
    "as_bytes",
    "as_text",
    "as_str",
    "as_str_any",
    "path_to_str",
    "integral_types",
    "real_types",
    "complex_types",
    "bytes_or_text_types",
    "forward_compatible",
]:
    both(getattr(text, _name), f"compat.{_name}")
v1(global_step.get_global_step, "contrib.framework.get_global_step")
v1(global_step.get_or_create_global_step, "contrib.framework.get_or_create_global_step")
v1(checkpoints.list_variables, "contrib.framework.list_variables")
v1(checkpoints.load_checkpoint, "contrib.framework.load_checkpoint")
v1(checkpoints.load_variable, "contrib.framework.load_variable")
v1(warm_start.init_from_checkpoint, "contrib.framework.init_from_checkpoint")
both(framework.make_ndarray, "make_ndarray")
both(framework.make_tensor_proto, "make_tensor_proto")

# the tutorials' MNIST, and the projector's configuration
v1(mnist.read_data_sets, "examples.tutorials.mnist.input_data.read_data_sets")
for _space in ["contrib.learn.datasets.mnist", "contrib.learn.python.learn.datasets.mnist"]:
    for _name in [
        "DEFAULT_SOURCE_URL",
        "DataSet",
        "dense_to_one_hot",
        "extract_images",
        "extract_labels",
        "load_mnist",
        "read_data_sets",
    ]:
        v1(getattr(mnist, _name), f"{_space}.{_name}")
for _space in ["contrib.learn.datasets.base", "contrib.learn.python.learn.datasets.base"]:
    v1(mnist.Dataset, f"{_space}.Dataset")
    v1(mnist.Datasets, f"{_space}.Datasets")
for _name in ["EmbeddingInfo", "ProjectorConfig", "SpriteMetadata", "visualize_embeddings"]:
    v1(getattr(projector, _name), f"contrib.tensorboard.plugins.projector.{_name}")

# layers
v1(layers_base.Layer, "layers.Layer")
v1(layers_base.InputSpec, "layers.InputSpec")
for _file, _names in [
    (layers_core, ["Dense", "Dropout", "Flatten", "dense", "dropout", "flatten"]),
    (convolution, ["Conv1D", "Conv2D", "Conv3D", "conv1d", "conv2d", "conv3d"]),
    (separable, ["SeparableConv1D", "SeparableConv2D", "separable_conv1d", "separable_conv2d"]),
    (transposed, ["Conv2DTranspose", "Conv3DTranspose", "conv2d_transpose", "conv3d_transpose"]),
    (pooling, ["MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"]),
    (
        pooling,
        ["max_pooling1d", "max_pooling2d", "max_pooling3d", "average_pooling1d", "average_pooling2d", "average_pooling3d"],
    ),
    (normalization, ["BatchNormalization", "batch_normalization"]),
]:
    for _name in _names:
        v1(getattr(_file, _name), f"layers.{_name}")

# TFRecord files
both(records.TFRecordOptions, "io.TFRecordOptions")
both(records.TFRecordWriter, "io.TFRecordWriter")
v1(records.TFRecordCompressionType, "io.TFRecordCompressionType", "python_io.TFRecordCompressionType")
v1(records.TFRecordOptions, "python_io.TFRecordOptions")
v1(records.TFRecordWriter, "python_io.TFRecordWriter")
v1(records.tf_record_iterator, "io.tf_record_iterator", "python_io.tf_record_iterator")

contrib_table.add()

# every registered op
for _name, _op in REGISTRY.items():
    both(raw.raw_op(_op), f"raw_ops.{_name}")
