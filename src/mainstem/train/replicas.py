"""`tf.distribute` beside its strategies for one machine: how replicas' values are brought together, and strategies for several.

One process is all there is, so one value is all there is to bring together; a cluster or a TPU is refused by name.
"""

import enum
import json
import os

from mainstem.surface.framework import convert_to_tensor, identity
from mainstem.train import distribute


class CrossDeviceOps:
    """How the values of replicas are reduced and copied; with one replica, the value is the sum and the mean."""

    def __init__(self):
        """Nothing is needed."""

    def reduce(self, reduce_op, per_replica_value, destinations):
        """The sum or mean of a value over the replicas: the value."""
        return convert_to_tensor(per_replica_value)

    def batch_reduce(self, reduce_op, value_destination_pairs):
        """`reduce` of each (value, destinations), as a list."""
        return [self.reduce(reduce_op, value, destinations) for value, destinations in value_destination_pairs]

    def broadcast(self, tensor, destinations):
        """`tensor` on all destinations."""
        return identity(tensor)

    def reduce_implementation(self, reduce_op, per_replica_value, destinations):
        """`reduce`, for subclasses to replace."""
        return self.reduce(reduce_op, per_replica_value, destinations)

    def batch_reduce_implementation(self, reduce_op, value_destination_pairs):
        """`batch_reduce`, for subclasses to replace."""
        return self.batch_reduce(reduce_op, value_destination_pairs)

    def broadcast_implementation(self, tensor, destinations):
        """`broadcast`, for subclasses to replace."""
        return self.broadcast(tensor, destinations)


class ReductionToOneDevice(CrossDeviceOps):
    """Reduces on one device. The arguments say where and how several values would be added."""

    def __init__(self, reduce_to_device=None, accumulation_fn=None):
        self.reduce_to_device, self.accumulation_fn = reduce_to_device, accumulation_fn


class _Packed(CrossDeviceOps):
    def __init__(self, num_packs=1):
        if num_packs < 0:
            raise ValueError(f"{type(self).__name__} requires num_packs >= 0, but {num_packs} is specified")


class HierarchicalCopyAllReduce(_Packed):
    """Reduces over GPUs in stages. Raises ValueError for a negative number of packs."""


class NcclAllReduce(_Packed):
    """Reduces over GPUs by NCCL. Raises ValueError for a negative number of packs."""


class CollectiveCommunication(enum.Enum):
    """How workers would bring values together."""

    AUTO, RING, NCCL = "AUTO", "RING", "NCCL"


def get_loss_reduction():
    """`ReduceOp.SUM`: what a loss is reduced by over replicas where nothing else is said."""
    return distribute.ReduceOp.SUM


def _alone(what, resolver=None):
    """Raises NotImplementedError where a cluster resolver is given, or `TF_CONFIG` names more than this process."""
    cluster = json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {})
    if resolver is not None or sum(map(len, cluster.values())) > 1:
        shown = cluster if resolver is None else resolver
        raise NotImplementedError(f"tf.distribute.experimental.{what} with the cluster {shown}: one process is all there is.")


class MultiWorkerMirroredStrategyV1(distribute.MirroredStrategyV1):
    """`MirroredStrategy` for the one worker there is. Raises NotImplementedError when TF_CONFIG names more."""

    def __init__(self, communication=CollectiveCommunication.AUTO):
        _alone("MultiWorkerMirroredStrategy")
        super().__init__()


class MultiWorkerMirroredStrategy(distribute.MirroredStrategy):
    """`MirroredStrategy` for the one worker there is. Raises NotImplementedError when TF_CONFIG or a resolver names more."""

    def __init__(self, cluster_resolver=None, communication_options=None):
        _alone("MultiWorkerMirroredStrategy", cluster_resolver)
        super().__init__()


class ExperimentalMultiWorkerMirroredStrategy(MultiWorkerMirroredStrategy):
    """`MultiWorkerMirroredStrategy` with its older arguments."""

    def __init__(self, communication=CollectiveCommunication.AUTO, cluster_resolver=None):
        super().__init__(cluster_resolver)


class CentralStorageStrategyV1(distribute.MirroredStrategyV1):
    """Variables on one device, computation on several; on one, which is all there is yet, as `OneDeviceStrategy`.

    Raises NotImplementedError for several devices to compute on.
    """

    def __init__(self, compute_devices=None, parameter_device=None):
        super().__init__(compute_devices)


class CentralStorageStrategy(distribute.MirroredStrategy):
    """`CentralStorageStrategyV1` with TensorFlow 2's methods."""

    def __init__(self, compute_devices=None, parameter_device=None):
        super().__init__(compute_devices)


class ParameterServerStrategyV1(distribute.MirroredStrategyV1):
    """Variables on parameter servers. Raises NotImplementedError when `cluster_resolver` or TF_CONFIG names more than this process."""

    def __init__(self, cluster_resolver=None):
        _alone("ParameterServerStrategy", cluster_resolver)
        super().__init__()


class TPUStrategyV1:
    """Raises NotImplementedError: Mainstem does not run a program on the cores of a TPU."""

    def __init__(self, tpu_cluster_resolver=None, steps_per_run=None, device_assignment=None):
        raise NotImplementedError("tf.distribute.experimental.TPUStrategy: use OneDeviceStrategy; programs run on one device.")


class ExperimentalTPUStrategy(TPUStrategyV1):
    """Raises NotImplementedError: Mainstem does not run a program on the cores of a TPU."""

    def __init__(self, tpu_cluster_resolver=None, device_assignment=None):
        super().__init__(tpu_cluster_resolver, device_assignment=device_assignment)


class TPUStrategy:
    """Raises NotImplementedError: Mainstem does not run a program on the cores of a TPU."""

    def __init__(
        self, tpu_cluster_resolver=None, experimental_device_assignment=None, experimental_spmd_xla_partitioning=False
    ):
        raise NotImplementedError("tf.distribute.TPUStrategy: use OneDeviceStrategy; programs run on one device.")
