"""The public names of `tf.test`, and those of `tensorflow.python.framework.test_util`."""

import unittest
from unittest import mock

from absl.testing import absltest

from mainstem.api.rows import both, v1, v2
from mainstem.graph.indexed_slices import IndexedSlicesValue
from mainstem.platform import benchmark, gradient_checker, graph_assertions, test_modes, testing

v1(testing.TestCaseV1, "test.TestCase")
v2(testing.TestCase, "test.TestCase")
both(mock, "test.mock")
v1(testing.get_temp_dir, "test.get_temp_dir")
v1(testing.test_src_dir_path, "test.test_src_dir_path")
v1(testing.StubOutForTesting, "test.StubOutForTesting")
v1(gradient_checker.compute_gradient_v1, "test.compute_gradient")
v1(gradient_checker.compute_gradient_error_v1, "test.compute_gradient_error")
v2(gradient_checker.compute_gradient, "test.compute_gradient")
v1(graph_assertions.assert_equal_graph_def_v1, "test.assert_equal_graph_def")
v2(graph_assertions.assert_equal_graph_def, "test.assert_equal_graph_def")
v2(testing.is_built_with_xla, "test.is_built_with_xla")
v2(test_modes.disable_with_predicate, "test.disable_with_predicate")
v2(test_modes.with_eager_op_as_function, "test.with_eager_op_as_function")
both(benchmark.Benchmark, "test.Benchmark")
both(benchmark.benchmark_config, "test.benchmark_config")
for _name in (
    "create_local_cluster",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_built_with_rocm",
    "is_gpu_available",
    "main",
):
    both(getattr(testing, _name), f"test.{_name}")

# behind no public name
both(gradient_checker.max_error, "python.ops.gradient_checker_v2.max_error")
both(testing.get_temp_dir, "python.platform.googletest.GetTempDir")
both(testing.main, "python.platform.googletest.main")
both(absltest.TestCase, "python.platform.googletest.TestCase")
both(testing.test_src_dir_path, "python.platform.googletest.test_src_dir_path")
for _name in ("SkipTest", "expectedFailure", "skip", "skipIf", "skipUnless"):
    both(getattr(unittest, _name), f"python.platform.googletest.{_name}")
for _file, _names in (
    (graph_assertions, "assert_meta_graph_protos_equal assert_ops_in_graph get_node_def_from_graph"),
    (
        test_modes,
        "GpuSupportsHalfMatMulAndConv InstallStackTraceHandler IsMklEnabled NCHWToNHWC NHWCToNCHW add_graph_building_optimization_tests "
        "also_run_as_tf_function assert_no_garbage_created assert_no_new_pyobjects_executing_eagerly assert_no_new_tensors "
        "build_as_function_and_v1_graph deprecated_graph_mode_only device disable_asan disable_control_flow_v2 disable_cudnn_autotune "
        "disable_eager_op_as_function disable_mlir_bridge disable_msan disable_tfrt disable_tsan disable_ubsan disable_xla enable_c_shapes "
        "enable_control_flow_v2 enable_eager_op_as_function enable_graph_building_optimization enable_output_all_intermediates "
        "enable_tf_xla_constant_folding for_all_test_methods force_cpu force_gpu generate_combinations_with_testcase_name "
        "is_xla_enabled no_xla_auto_jit pick_unused_port run_all_in_deprecated_graph_mode_only run_all_in_graph_and_eager_modes "
        "run_class_in_v1_v2 run_cuda_only run_deprecated_v1 run_functions_eagerly run_gpu_only run_gpu_or_tpu "
        "run_in_async_and_sync_mode run_in_graph_and_eager_modes run_in_v1_v2 run_v1_only run_v2_only skip_if skip_if_error use_gpu "
        "use_deterministic_cudnn with_c_shapes with_control_flow_v2 xla_allow_fallback",
    ),
):
    for _name in _names.split():
        both(getattr(_file, _name), f"python.framework.test_util.{_name}")
both(IndexedSlicesValue, "python.framework.ops.IndexedSlicesValue", "python.framework.indexed_slices.IndexedSlicesValue")
