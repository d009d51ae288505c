"""The public names of `tf.distribute`."""

from mainstem.api.rows import both, v1, v2
from mainstem.train import distribute, replicas, server

_NAMES = (
    "InputContext InputReplicationMode ReduceOp ReplicaContext StrategyExtended experimental_set_strategy "
    "get_replica_context get_strategy has_strategy in_cross_replica_context"
)
for _name in _NAMES.split():
    both(getattr(distribute, _name), f"distribute.{_name}")
for _name in ("MirroredStrategy", "OneDeviceStrategy", "Strategy"):
    v2(getattr(distribute, _name), f"distribute.{_name}")
    v1(getattr(distribute, f"{_name}V1"), f"distribute.{_name}")
for _name in ("CrossDeviceOps", "HierarchicalCopyAllReduce", "NcclAllReduce", "ReductionToOneDevice"):
    both(getattr(replicas, _name), f"distribute.{_name}")
both(replicas.CollectiveCommunication, "distribute.experimental.CollectiveCommunication")
for _name in ("CentralStorageStrategy", "MultiWorkerMirroredStrategy", "ParameterServerStrategy", "TPUStrategy"):
    v1(getattr(replicas, f"{_name}V1"), f"distribute.experimental.{_name}")
v1(replicas.get_loss_reduction, "distribute.get_loss_reduction")
v1(server.Server, "distribute.Server")
v2(replicas.CentralStorageStrategy, "distribute.experimental.CentralStorageStrategy")
v2(replicas.ExperimentalMultiWorkerMirroredStrategy, "distribute.experimental.MultiWorkerMirroredStrategy")
v2(replicas.ExperimentalTPUStrategy, "distribute.experimental.TPUStrategy")
v2(replicas.MultiWorkerMirroredStrategy, "distribute.MultiWorkerMirroredStrategy")
v2(replicas.TPUStrategy, "distribute.TPUStrategy")

# where library code takes them from
for _name in ["get_replica_context", "get_strategy", "has_strategy", "in_cross_replica_context"]:
    both(getattr(distribute, _name), f"python.distribute.distribution_strategy_context.{_name}")
