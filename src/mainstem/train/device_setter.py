"""`replica_device_setter`: a device function that puts variables on parameter servers and all else on the worker."""

from mainstem.graph.device import DeviceSpec
from mainstem.platform import logging
from mainstem.train.server import ClusterSpec

_TABLES = ("MutableHashTable", "MutableHashTableOfTensors", "MutableDenseHashTable", "HashTable")
STANDARD_PS_OPS = ("Variable", "VariableV2", "AutoReloadVariable", "VarHandleOp", *_TABLES, *(t + "V2" for t in _TABLES))


class _RoundRobin:
    def __init__(self, num_tasks):
        self._num_tasks, self._next = num_tasks, 0

    def __call__(self, op):
        task, self._next = self._next, (self._next + 1) % self._num_tasks
        return task


class _Chooser:
    """The device function: gives an operation's device, in which what inner scopes say goes first."""

    def __init__(self, ps_device, worker_device, merge_devices, ps_ops, strategy):
        self._ps_device, self._worker_device, self._merge = ps_device, worker_device, merge_devices
        self._ps_ops, self._strategy = ps_ops, strategy

    def device_function(self, op):
        if not self._merge and op.device:
            return op.device
        current = DeviceSpec.from_string(op.device or "")
        if self._ps_device and op.node_def.op in self._ps_ops:
            ps = DeviceSpec.from_string(self._ps_device)
            if ps.job and (not current.job or current.job == ps.job):
                ps = ps.replace(task=self._strategy(op))
            return ps.make_merged_spec(current).to_string()
        return DeviceSpec.from_string(self._worker_device or "").make_merged_spec(current).to_string()


def replica_device_setter(
    ps_tasks=0,
    ps_device="/job:ps",
    worker_device="/job:worker",
    merge_devices=True,
    cluster=None,
    ps_ops=None,
    ps_strategy=None,
):
    """A function for `tf.device` that spreads variables over the tasks of the job `ps_device`; the rest goes to `worker_device`.

    Args:
        ps_tasks: the number of tasks; 0: taken from `cluster`, or no function.
        merge_devices: whether devices of inner scopes are merged instead of taken as they are.
        cluster: what `ClusterSpec` takes; gives the number of tasks.
        ps_ops: the types of operations to spread; default: variables and tables.
        ps_strategy: a function of the operation that gives its task; default: one after the other.

    Gives the function, or None for no tasks. Raises TypeError when `ps_strategy` cannot be called or `cluster` is none.
    """
    if cluster is not None:
        spec = (cluster if isinstance(cluster, ClusterSpec) else ClusterSpec(cluster)).as_dict()
        ps_tasks = len(spec.get(DeviceSpec.from_string(ps_device).job, ()))
    if ps_tasks == 0:
        return None
    if not merge_devices:
        logging.warning("DEPRECATION: It is recommended to set merge_devices=true in replica_device_setter")
    strategy = _RoundRobin(ps_tasks) if ps_strategy is None else ps_strategy
    if not callable(strategy):
        raise TypeError("ps_strategy must be callable")
    return _Chooser(ps_device, worker_device, merge_devices, ps_ops or STANDARD_PS_OPS, strategy).device_function
