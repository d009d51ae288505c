"""`tf.distribute` for one device in one process: the strategies, the contexts that library code asks for, and reductions.

Library code (metrics, optimizers) asks `get_replica_context().merge_call(…)` whether or not the program has a strategy. Without one it
gets the default strategy, whose only replica is the program itself. With one replica there is nothing to exchange: a sum over
replicas is the value. Several devices raise NotImplementedError.
"""

import contextlib
import enum
import threading

from mainstem.base import dtypes, nest
from mainstem.core.registry import lookup
from mainstem.graph.device import DeviceSpec
from mainstem.ops import flow  # noqa: F401 - registers IdentityN
from mainstem.run import autograph
from mainstem.run.devices import devices as local_devices
from mainstem.surface import array, math, reduce
from mainstem.surface.framework import constant, convert_to_tensor, device_v1, group, identity
from mainstem.surface.variable_scope import variable_creator_scope


class ReduceOp(enum.Enum):
    """How the values of the replicas become one."""

    SUM = "SUM"
    MEAN = "MEAN"


class InputReplicationMode(enum.Enum):
    """For whom an input function is called."""

    PER_WORKER = "PER_WORKER"
    PER_REPLICA = "PER_REPLICA"


def _reduce_op(op):
    """A `ReduceOp`, also from its name in any case. Raises ValueError for other names."""
    return ReduceOp(op.upper()) if isinstance(op, str) else op


class InputContext:
    """Which part of the input a pipeline makes: one of `num_input_pipelines`, for `num_replicas_in_sync` replicas."""

    def __init__(self, num_input_pipelines=1, input_pipeline_id=0, num_replicas_in_sync=1):
        self._num_input_pipelines = num_input_pipelines
        self._input_pipeline_id = input_pipeline_id
        self._num_replicas_in_sync = num_replicas_in_sync

    @property
    def num_replicas_in_sync(self):
        return self._num_replicas_in_sync

    @property
    def input_pipeline_id(self):
        return self._input_pipeline_id

    @property
    def num_input_pipelines(self):
        return self._num_input_pipelines

    def get_per_replica_batch_size(self, global_batch_size):
        """The share of a replica. Raises ValueError when the batch cannot be divided evenly."""
        if global_batch_size % self._num_replicas_in_sync:
            raise ValueError(
                f"The `global_batch_size` {global_batch_size} is not divisible by `num_replicas_in_sync` {self._num_replicas_in_sync} "
            )
        return global_batch_size // self._num_replicas_in_sync

    def __str__(self):
        return f"tf.distribute.InputContext(input pipeline id {self._input_pipeline_id}, total: {self._num_input_pipelines})"


class ValueContext:
    """What a function gets that makes the value of a replica."""

    def __init__(self, replica_id_in_sync_group=0, num_replicas_in_sync=1):
        self.replica_id_in_sync_group, self.num_replicas_in_sync = replica_id_in_sync_group, num_replicas_in_sync


# ---- where the program is


class _Mode:
    """A place of the program: in a replica of `strategy` (`replica` is its context) or between replicas (`replica` is None)."""

    def __init__(self, strategy, replica, update_device=None):
        self.strategy, self.replica, self.update_device = strategy, replica, update_device


class _Thread(threading.local):
    def __init__(self):
        self.modes = []


_thread = _Thread()
_global_mode = None  # that of `experimental_set_strategy`, for all threads


def _mode():
    if _thread.modes:
        return _thread.modes[-1]
    return _global_mode or _DEFAULT_MODE


@contextlib.contextmanager
def _entered(mode):
    _thread.modes.append(mode)
    try:
        yield
    finally:
        _thread.modes.remove(mode)


def get_strategy():
    """The strategy in whose scope the program is, or the default one."""
    return _mode().strategy


def has_strategy():
    """Whether the program is in the scope of a strategy other than the default one."""
    return get_strategy() is not _DEFAULT


def get_replica_context():
    """The `ReplicaContext` of this place; None between replicas, that is in `strategy.scope()` and in `merge_call`."""
    return _mode().replica


def in_cross_replica_context():
    """Whether this place is between replicas. False for the default strategy outside of `merge_call`."""
    return _mode().replica is None


def experimental_set_strategy(strategy):
    """Makes `strategy` that of the whole program, as if all of it stood in `strategy.scope()`; None ends it.

    Raises RuntimeError inside a scope.
    """
    global _global_mode
    if _thread.modes:
        raise RuntimeError("Must not be called inside a `tf.distribute.Strategy` scope.")
    _global_mode = None if strategy is None or strategy is _DEFAULT else _Mode(strategy, None)


def _require_cross_replica(extended):
    """Raises RuntimeError in a replica of the strategy, and in the scope of another one."""
    mode, strategy = _mode(), extended._strategy
    if mode.strategy is not strategy:
        if mode.strategy is _DEFAULT:
            return  # a strategy can be asked from outside of its scope
        if strategy is _DEFAULT:
            raise RuntimeError("Must not nest tf.distribute.Strategy scopes.")
        raise RuntimeError(f"Mixing different tf.distribute.Strategy objects: {mode.strategy} is not {strategy}")
    if mode.replica is not None and strategy is not _DEFAULT:
        raise RuntimeError("Method requires being in cross-replica context, use get_replica_context().merge_call()")


class ReplicaContext:
    """What the code of one replica knows of the others: here, that there are none."""

    def __init__(self, strategy, replica_id_in_sync_group):
        self._strategy, self._replica_id = strategy, replica_id_in_sync_group
        self._blocks = []

    @property
    def strategy(self):
        return self._strategy

    @property
    def num_replicas_in_sync(self):
        return self._strategy.num_replicas_in_sync

    @property
    def replica_id_in_sync_group(self):
        """The number of this replica, from 0 on."""
        return self._replica_id

    @property
    def devices(self):
        """The name of the replica's device, in a tuple; "" for the default strategy."""
        return (self._strategy.extended._device,)

    def merge_call(self, merge_fn, args=(), kwargs=None):
        """Gives `merge_fn(strategy, *args, **kwargs)`, called between the replicas.

        Raises RuntimeError when this is not the context of the replica in which the program is.
        """
        self._require_here()
        merge_fn = autograph.convert_where_on(merge_fn)
        with _entered(_Mode(self._strategy, None)):
            return merge_fn(self._strategy, *args, **(kwargs or {}))

    def all_reduce(self, reduce_op, value, options=None):
        """The sum or mean over the replicas of each tensor in `value`, a nest: with one replica, the same values.

        Raises ValueError for a `reduce_op` that is neither.
        """
        _reduce_op(reduce_op)
        self._require_here()
        flat = [convert_to_tensor(v) for v in nest.flatten(value)]
        return nest.pack_sequence_as(value, lookup("IdentityN")(flat) if flat else [])

    def all_gather(self, value, axis, options=None):
        """The values of the replicas, joined along `axis`: with one replica, the same values."""
        self._require_here()
        return nest.map_structure(identity, value)

    def _require_here(self):
        mode = _mode()
        if mode.replica is self:
            return
        if mode.replica is None:
            raise RuntimeError("Need to be inside `call_for_each_replica()`")
        if mode.strategy is self._strategy:
            raise RuntimeError("Mismatching ReplicaContext.")
        raise RuntimeError(f"Mismatching tf.distribute.Strategy objects: {mode.strategy} is not {self._strategy}.")

    def __enter__(self):
        block = _entered(_Mode(self._strategy, self))
        block.__enter__()
        self._blocks.append(block)

    def __exit__(self, *error):
        self._blocks.pop().__exit__(*error)


# ---- strategies


class StrategyExtended:
    """What optimizers and other library code ask of the strategy `container_strategy`: updates of variables, reductions to devices."""

    _device = ""  # the default strategy places nothing

    def __init__(self, container_strategy):
        self._strategy = container_strategy

    @property
    def _is_default(self):
        return not self._device

    def _devices(self, name):
        if self._is_default:
            raise RuntimeError(f"{name}() method unsupported by default tf.distribute.Strategy.")
        return (self._device,)

    @property
    def worker_devices(self):
        return self._devices("worker_devices")

    @property
    def parameter_devices(self):
        return self._devices("parameter_devices")

    experimental_require_static_shapes = False
    experimental_between_graph = False
    experimental_should_init = True
    should_checkpoint = True
    should_save_summary = True

    def _placed(self):
        return contextlib.nullcontext() if self._is_default else device_v1(self._device)

    def _make_variable(self, next_creator, **arguments):
        arguments["use_resource"] = True
        made = next_creator(**arguments)
        made._distribute_strategy = self._strategy
        return made

    def call_for_each_replica(self, fn, args=(), kwargs=None):
        """Gives `fn(*args, **kwargs)`, called in the replica. Raises RuntimeError when the program is in one already."""
        _require_cross_replica(self)
        fn = autograph.convert_where_on(fn)
        if self._is_default:
            with _entered(_DEFAULT_MODE):
                return fn(*args, **(kwargs or {}))
        with self._placed(), ReplicaContext(self._strategy, constant(0, dtypes.int32)):
            return fn(*args, **(kwargs or {}))

    def reduce_to(self, reduce_op, value, destinations, options=None):
        """The sum or mean of `value` over the replicas, for the devices of `destinations`: with one replica, `value`."""
        _require_cross_replica(self)
        _reduce_op(reduce_op)
        return value

    def batch_reduce_to(self, reduce_op, value_destination_pairs, options=None):
        """`reduce_to` of each pair, as a list."""
        return [self.reduce_to(reduce_op, v, d) for v, d in value_destination_pairs]

    def broadcast_to(self, tensor, destinations):
        """`tensor` on all devices of `destinations`."""
        _require_cross_replica(self)
        return tensor

    def update(self, var, fn, args=(), kwargs=None, group=True):
        """Gives `fn(var, *args, **kwargs)`, called where `var` is; with `group=False`, the results of the devices in tuples."""
        return self.update_non_slot(var, fn, (var, *args), kwargs, group)

    def update_non_slot(self, colocate_with, fn, args=(), kwargs=None, group=True):
        """Gives `fn(*args, **kwargs)`, called on the device; with `group=False`, the results of the devices in tuples."""
        fn = autograph.convert_where_on(fn)
        with self._placed(), _entered(_Mode(self._strategy, None)):
            result = fn(*args, **(kwargs or {}))
        return result if group else nest.map_structure(self._strategy.experimental_local_results, result)

    def read_var(self, v):
        """The value of a variable as a tensor."""
        return identity(v)

    def value_container(self, value):
        """What holds the copies of `value`: itself."""
        return value

    def non_slot_devices(self, var_list):
        """Where optimizers put what belongs to no single variable."""
        return min(var_list, key=lambda v: v.name) if self._is_default else (self._device,)

    def variable_created_in_scope(self, v):
        """Whether a variable was made in `strategy.scope()`."""
        owner = getattr(v, "_distribute_strategy", None)
        return owner is (None if self._is_default else self._strategy)

    def colocate_vars_with(self, colocate_with_variable):
        """Places variables made inside with a variable of this strategy. Raises RuntimeError outside of the scope."""
        if get_strategy() is not self._strategy:
            raise RuntimeError(f'Need to be inside "with strategy.scope()" for {self._strategy}')
        if not self.variable_created_in_scope(colocate_with_variable):
            raise ValueError(
                "`colocate_vars_with` must only be passed a variable created in this tf.distribute.Strategy.scope(), not "
                f"{colocate_with_variable} created in scope: {getattr(colocate_with_variable, '_distribute_strategy', None)}"
            )
        return contextlib.nullcontext()


class Strategy:
    """A way to spread a program over devices. `extended` is a `StrategyExtended`; see `OneDeviceStrategy` for one to use."""

    def __init__(self, extended):
        self._extended = extended

    @property
    def extended(self):
        return self._extended

    @property
    def num_replicas_in_sync(self):
        return 1

    @property
    def cluster_resolver(self):
        """None: this process is all there is."""
        return None

    @contextlib.contextmanager
    def scope(self):
        """Inside, variables are made by this strategy and on its device. Gives the strategy.

        Raises RuntimeError in a replica and in the scope of another strategy. The scope of the default strategy changes nothing.
        """
        _require_cross_replica(self._extended)
        if self._extended._is_default:
            yield self
            return
        with _entered(_Mode(self, None)), variable_creator_scope(self._extended._make_variable), self._extended._placed():
            yield self

    def run(self, fn, args=(), kwargs=None, options=None):
        """Gives `fn(*args, **kwargs)`, called in the replica, where `get_replica_context()` is not None."""
        if self._extended._is_default:
            return self._extended.call_for_each_replica(fn, args, kwargs)
        with self.scope():
            return self._extended.call_for_each_replica(fn, args, kwargs)

    def reduce(self, reduce_op, value, axis):
        """The sum or mean of `value`, a nest of tensors, over the replicas, and over `axis` unless that is None.

        Raises ValueError for a `reduce_op` that is neither "SUM" nor "MEAN", RuntimeError in a replica.
        """
        _require_cross_replica(self._extended)
        op = _reduce_op(reduce_op)
        return value if axis is None else nest.map_structure(lambda v: _reduced(op, v, axis), value)

    def gather(self, value, axis):
        """The values of the replicas, joined along `axis`: with one replica, the same values."""
        if get_replica_context() is not None and has_strategy():
            raise RuntimeError(
                "tf.distribute.Strategy.gather method requires cross-replica context, use get_replica_context().all_gather() instead"
            )
        return nest.map_structure(identity, value)

    def experimental_local_results(self, value):
        """The values of this process' replicas, as a tuple of one."""
        return (value,)

    def unwrap(self, value):
        """The older name of `experimental_local_results`."""
        return self.experimental_local_results(value)

    def group(self, value, name=None):
        """An operation that computes the values of all replicas; in eager mode, `value`."""
        return value if getattr(value, "_is_eager", False) else group(*nest.flatten(value), name=name)

    def experimental_distribute_dataset(self, dataset, options=None):
        """The elements for the replicas: with one replica, the dataset."""
        return dataset

    def distribute_datasets_from_function(self, dataset_fn, options=None):
        """The dataset that `dataset_fn` makes from an `InputContext`."""
        return dataset_fn(InputContext())

    def experimental_distribute_datasets_from_function(self, dataset_fn, options=None):
        """The older name of `distribute_datasets_from_function`."""
        return self.distribute_datasets_from_function(dataset_fn, options)

    def experimental_distribute_values_from_function(self, value_fn):
        """What `value_fn` gives for the only replica; it gets a context with `replica_id_in_sync_group`."""
        return value_fn(ValueContext())

    def colocate_vars_with(self, colocate_with_variable):
        """See `StrategyExtended.colocate_vars_with`."""
        return self._extended.colocate_vars_with(colocate_with_variable)

    def update_config_proto(self, config_proto):
        """The options of a session as this strategy needs them: unchanged."""
        return config_proto

    def configure(self, session_config=None, cluster_spec=None, task_type=None, task_id=None):
        """Nothing is to be set up for one device. Raises NotImplementedError for a cluster."""
        if cluster_spec:
            raise NotImplementedError("A cluster of several processes is not supported: leave out `cluster_spec`.")


def _reduced(op, value, axis):
    total = reduce.reduce_sum(value, axis)
    return total if op is ReduceOp.SUM else math.truediv(total, reduce.reduce_sum(array.ones_like(value), axis))


class StrategyV1(Strategy):
    """A strategy as TensorFlow 1 has it."""

    def reduce(self, reduce_op, value, axis=None):
        return super().reduce(reduce_op, value, axis)

    def experimental_run_v2(self, fn, args=(), kwargs=None):
        """The older name of `run`."""
        return self.run(fn, args, kwargs)

    def make_dataset_iterator(self, dataset):
        """An iterator over `dataset` for `experimental_run`; `initialize()` gives the operations that start it."""
        return DatasetIterator(dataset)

    def make_input_fn_iterator(self, input_fn, replication_mode=InputReplicationMode.PER_WORKER):
        """An iterator over the dataset that `input_fn` makes from an `InputContext`."""
        return DatasetIterator(input_fn(InputContext()))

    def experimental_run(self, fn, input_iterator=None):
        """`run` of `fn` with the next element of `input_iterator`."""
        return self.run(fn, () if input_iterator is None else (input_iterator.get_next(),))


class DatasetIterator:
    """The input of `experimental_run`."""

    def __init__(self, dataset):
        self._iterator = dataset.make_initializable_iterator()

    @property
    def initializer(self):
        return self._iterator.initializer

    def initialize(self):
        """The operations that start the iterator, as a list."""
        return [self._iterator.initializer]

    def get_next(self):
        """The next element."""
        return self._iterator.get_next()


_DEFAULT = StrategyV1(None)
_DEFAULT._extended = StrategyExtended(_DEFAULT)
_DEFAULT_MODE = _Mode(_DEFAULT, ReplicaContext(_DEFAULT, 0))


# ---- strategies for programs


class _OnOneDevice(StrategyExtended):
    def __init__(self, container_strategy, device):
        super().__init__(container_strategy)
        here = DeviceSpec("localhost", 0, 0, "CPU", 0)
        self._device = here.merged_with(DeviceSpec.from_string(device)).to_string()


class OneDeviceStrategy(Strategy):
    """Puts variables and computation on one device, such as "/cpu:0". Raises ValueError for what is no name of a device."""

    def __init__(self, device):
        super().__init__(_OnOneDevice(self, device))


class OneDeviceStrategyV1(StrategyV1):
    """`OneDeviceStrategy` as TensorFlow 1 has it."""

    def __init__(self, device):
        super().__init__(_OnOneDevice(self, device))


def _only(devices):
    """The device of a mirrored strategy: of those that are named, else of the GPUs here, else the processor."""
    if not devices:
        devices = [d.name for d in local_devices() if d.device_type == "GPU"] or ["/device:CPU:0"]
    if len(devices) > 1:
        raise NotImplementedError(
            f"tf.distribute.MirroredStrategy on several devices ({', '.join(devices)}) is not supported: name one, "
            f"MirroredStrategy([{devices[0]!r}])."
        )
    return devices[0]


class MirroredStrategy(Strategy):
    """Copies of a model on several devices; on one device, which is all there is yet, as `OneDeviceStrategy`.

    Raises NotImplementedError for several devices, and when `devices` is None on a machine with several GPUs.
    """

    def __init__(self, devices=None, cross_device_ops=None):
        super().__init__(_OnOneDevice(self, _only(devices)))


class MirroredStrategyV1(StrategyV1):
    """`MirroredStrategy` as TensorFlow 1 has it."""

    def __init__(self, devices=None, cross_device_ops=None):
        super().__init__(_OnOneDevice(self, _only(devices)))
