"""The public names of hooks, monitored sessions, supervisors and servers."""

from mainstem.api.rows import both, v1
from mainstem.train import hooks, hooks_saving, monitored_session, scaffold, session_hook, session_manager

_TRAIN = {
    session_hook: "SessionRunArgs SessionRunContext SessionRunHook SessionRunValues",
    hooks: "FeedFnHook FinalOpsHook GlobalStepWaiterHook LoggingTensorHook NanLossDuringTrainingError NanTensorHook "
    "SecondOrStepTimer StopAtStepHook",
    hooks_saving: "CheckpointSaverHook CheckpointSaverListener ProfilerHook StepCounterHook SummarySaverHook",
    monitored_session: "ChiefSessionCreator MonitoredSession MonitoredTrainingSession SessionCreator SingularMonitoredSession "
    "WorkerSessionCreator",
    scaffold: "Scaffold",
    session_manager: "SessionManager",
}
for _file, _names in _TRAIN.items():
    for _name in _names.split():
        v1(getattr(_file, _name), f"train.{_name}")
both(hooks.NeverTriggerTimer, "python.training.basic_session_run_hooks.NeverTriggerTimer")
both(monitored_session.USE_DEFAULT, "python.training.monitored_session.USE_DEFAULT")
