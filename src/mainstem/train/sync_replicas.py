"""`SyncReplicasOptimizer`: a name that programs ask for. Workers in several processes are not there."""

from mainstem.train.optimizer import Optimizer


class SyncReplicasOptimizer(Optimizer):
    """Would average the gradients of several workers. Raises NotImplementedError when it is made: one process has one worker."""

    def __init__(
        self,
        opt,
        replicas_to_aggregate,
        total_num_replicas=None,
        variable_averages=None,
        variables_to_average=None,
        use_locking=False,
        name="sync_replicas",
    ):
        raise NotImplementedError(
            "tf.train.SyncReplicasOptimizer: workers in several processes are not supported. Use the optimizer that it wraps."
        )
