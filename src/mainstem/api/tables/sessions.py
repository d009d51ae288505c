"""The public names of hooks, monitored sessions, supervisors and servers."""

from mainstem.api.rows import both, v1, v2
from mainstem.formats import protos
from mainstem.train import (
    device_setter,
    hooks,
    hooks_saving,
    monitored_session,
    scaffold,
    server,
    session_hook,
    session_manager,
    supervisor,
)

_TRAIN = {
    session_hook: "SessionRunArgs SessionRunContext SessionRunHook SessionRunValues",
    hooks: "FeedFnHook FinalOpsHook GlobalStepWaiterHook LoggingTensorHook NanLossDuringTrainingError NanTensorHook "
    "SecondOrStepTimer StopAtStepHook",
    hooks_saving: "CheckpointSaverHook CheckpointSaverListener ProfilerHook StepCounterHook SummarySaverHook",
    monitored_session: "ChiefSessionCreator MonitoredSession MonitoredTrainingSession SessionCreator SingularMonitoredSession "
    "WorkerSessionCreator",
    scaffold: "Scaffold",
    session_manager: "SessionManager",
    supervisor: "Supervisor basic_train_loop",
}
for _file, _names in _TRAIN.items():
    for _name in _names.split():
        v1(getattr(_file, _name), f"train.{_name}")
        if _name.endswith("Hook"):
            v1(getattr(_file, _name), f"estimator.{_name}")
both(server.ClusterSpec, "train.ClusterSpec")
v1(server.Server, "train.Server")
v2(server.Server, "distribute.Server")
both(protos.ServerDef, "train.ServerDef")
v1(device_setter.replica_device_setter, "train.replica_device_setter")
both(device_setter.STANDARD_PS_OPS, "python.training.device_setter.STANDARD_PS_OPS")
for _name in ("SVStepCounterThread", "SVSummaryThread", "SVTimerCheckpointThread"):
    both(getattr(supervisor, _name), f"python.training.supervisor.{_name}")
both(hooks.NeverTriggerTimer, "python.training.basic_session_run_hooks.NeverTriggerTimer")
both(monitored_session.USE_DEFAULT, "python.training.monitored_session.USE_DEFAULT")
