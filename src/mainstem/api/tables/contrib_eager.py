"""The public names of `tf.contrib.eager`."""

from mainstem.api.rows import v1
from mainstem.dialects.contrib import eager as contrib_eager
from mainstem.dialects.contrib import eager_metrics, execution_callbacks
from mainstem.platform import flags as platform_flags
from mainstem.run import behavior
from mainstem.state import store, trackable

for _name in (
    ["ASYNC", "DEVICE_PLACEMENT_EXPLICIT", "DEVICE_PLACEMENT_SILENT", "DEVICE_PLACEMENT_WARN", "Network", "SYNC", "Saver"]
    + ["Sequential", "Variable"]
    + ["async_clear_error", "async_wait", "execution_mode", "get_optimizer_variables", "list_devices", "num_gpus", "py_func"]
    + ["restore_network_checkpoint", "restore_variables_on_create", "run_all_tests_in_graph_and_eager_modes"]
    + ["run_test_in_graph_and_eager_modes", "save_network_checkpoint", "set_execution_mode"]
):
    v1(getattr(contrib_eager, _name), f"contrib.eager.{_name}")
for _name in ["Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "Mean", "Metric", "SparseAccuracy"]:
    v1(getattr(eager_metrics, _name), f"contrib.eager.metrics.{_name}")
for _name in [
    "ExecutionCallback",
    "add_execution_callback",
    "clear_execution_callbacks",
    "errstate",
    "inf_callback",
    "inf_nan_callback",
] + ["nan_callback", "seterr"]:
    v1(getattr(execution_callbacks, _name), f"contrib.eager.{_name}")
v1(behavior.enable_eager_execution, "contrib.eager.enable_eager_execution")
v1(behavior.executing_eagerly, "contrib.eager.executing_eagerly", "contrib.eager.in_eager_mode")
v1(platform_flags.run, "contrib.eager.run")
v1(store.EagerVariableStore, "contrib.eager.EagerVariableStore")
v1(contrib_eager.make_template, "contrib.eager.make_template")
v1(trackable.AutoTrackable, "contrib.eager.Checkpointable")
