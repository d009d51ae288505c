"""The public names of `tf.config`."""

from mainstem.api.rows import both, v1, v2
from mainstem.run import configuration

_EXPERIMENTAL = (
    "get_device_policy get_memory_growth get_synchronous_execution get_virtual_device_configuration get_visible_devices "
    "list_physical_devices set_device_policy set_memory_growth set_synchronous_execution set_visible_devices"
)
_OF_2 = (
    "disable_mlir_bridge enable_mlir_bridge enable_op_determinism enable_tensor_float_32_execution "
    "get_device_details get_memory_info get_memory_usage reset_memory_stats "
    "tensor_float_32_execution_enabled"
)
for _name in _EXPERIMENTAL.split():
    both(getattr(configuration, _name), f"config.experimental.{_name}")
for _name in _OF_2.split():
    v2(getattr(configuration, _name), f"config.experimental.{_name}")
for _name in ("get_visible_devices", "list_physical_devices", "set_visible_devices"):
    v2(getattr(configuration, _name), f"config.{_name}")
for _name in ("get_inter_op", "get_intra_op", "set_inter_op", "set_intra_op"):
    both(getattr(configuration, f"{_name}_parallelism_threads"), f"config.threading.{_name}_parallelism_threads")

v1(configuration.VirtualDeviceConfiguration, "config.experimental.VirtualDeviceConfiguration")
v1(configuration.set_virtual_device_configuration, "config.experimental.set_virtual_device_configuration")
v1(configuration.list_logical_devices_v1, "config.experimental.list_logical_devices")
v1(configuration.experimental_list_devices, "config.experimental_list_devices")
v2(
    configuration.LogicalDeviceConfiguration,
    "config.LogicalDeviceConfiguration",
    "config.experimental.VirtualDeviceConfiguration",
)
v2(
    configuration.set_logical_device_configuration,
    "config.experimental.set_virtual_device_configuration",
    "config.set_logical_device_configuration",
)
v2(configuration.get_virtual_device_configuration, "config.get_logical_device_configuration")
v2(configuration.list_logical_devices, "config.experimental.list_logical_devices", "config.list_logical_devices")
v2(configuration.LogicalDevice, "config.LogicalDevice")
v2(configuration.PhysicalDevice, "config.PhysicalDevice")

v1(configuration.get_soft_device_placement_v1, "config.get_soft_device_placement")
v2(configuration.get_soft_device_placement, "config.get_soft_device_placement")
both(configuration.set_soft_device_placement, "config.set_soft_device_placement")
v1(configuration.get_optimizer_jit_v1, "config.optimizer.get_jit")
v2(configuration.get_optimizer_jit, "config.optimizer.get_jit")
both(configuration.set_optimizer_jit, "config.optimizer.set_jit")
both(configuration.get_optimizer_experimental_options, "config.optimizer.get_experimental_options")
both(configuration.set_optimizer_experimental_options, "config.optimizer.set_experimental_options")
both(configuration.connect_to_host, "config.experimental_connect_to_host")
v1(configuration.connect_to_host, "contrib.eager.connect_to_remote_host")
v1(configuration.connect_to_cluster_v1, "config.experimental_connect_to_cluster")
v2(configuration.connect_to_cluster, "config.experimental_connect_to_cluster")
