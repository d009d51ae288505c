"""`SyncReplicasOptimizer`: applies the mean of the gradients of several workers, each a thread of this process (or just one)."""

from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.keys import GraphKeys
from mainstem.state.variable import Variable
from mainstem.surface import array, queues
from mainstem.surface.accumulators import ConditionalAccumulator, SparseConditionalAccumulator
from mainstem.surface.framework import control_dependencies, group, name_scope, no_op
from mainstem.surface.variables import assign, global_variables, report_uninitialized_variables
from mainstem.train.optimizer import Optimizer
from mainstem.train.queue_runner import QueueRunner
from mainstem.train.session_hook import SessionRunHook


class SyncReplicasOptimizer(Optimizer):
    """Collects gradients in accumulators, applies their mean, and lets workers go on when that is done.

    A worker's step puts its gradients in and waits for a token, which holds the new global step. The chief's queue runner takes the means
    once there are enough, applies them with `opt`, and hands tokens out. Gradients of an earlier step are left out.

    Args:
        opt: the optimizer that applies the means.
        replicas_to_aggregate: how many gradients make a step.
        total_num_replicas: how many workers there are, the same number by default.
        variable_averages: an ExponentialMovingAverage to keep of `variables_to_average` after each step, or None.
        use_locking: kept, without effect: updates are always whole.
    """

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
        total = replicas_to_aggregate if total_num_replicas is None else total_num_replicas
        super().__init__(use_locking, name)
        self._opt, self._replicas_to_aggregate, self._total_num_replicas = opt, replicas_to_aggregate, total
        self._tokens_per_step = max(total, replicas_to_aggregate)
        self._variable_averages, self._variables_to_average = variable_averages, variables_to_average
        self._gradients_applied = False
        self._global_step = self._sync_token_queue = self._chief_queue_runner = None
        self.local_step_init_op = self.chief_init_op = self.ready_for_local_init_op = None

    def compute_gradients(self, *args, **kwargs):
        """The gradients, as the wrapped optimizer computes them."""
        return self._opt.compute_gradients(*args, **kwargs)

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """The operation of a worker's step, which gives the new global step. Raises ValueError without gradients or `global_step`."""
        if not grads_and_vars:
            raise ValueError("Must supply at least one variable")
        if global_step is None:
            raise ValueError("Global step is required to check staleness")
        self._global_step = global_step
        no_op()  # TensorFlow's graph has one here
        step = Variable(
            0,
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
            dtype=global_step.dtype.base_dtype,
            name="sync_rep_local_step",
        )
        self.local_step_init_op = assign(step, global_step)
        self.ready_for_local_init_op = report_uninitialized_variables(global_variables())
        with name_scope(None, self._name):
            accumulators, put, means = self._accumulators(grads_and_vars, step)
        update = self._opt.apply_gradients(means, global_step)
        train = self._tokens(update, put, step)
        with name_scope(f"{self._name}/"):
            starts = [a.set_global_step(global_step, name="SetGlobalStep") for a in accumulators]
            self.chief_init_op = group(self.local_step_init_op, *starts)
        self._gradients_applied = True
        return train

    def _accumulators(self, grads_and_vars, step):
        """(accumulators, operations that put a worker's gradients in, means with their variables)."""
        accumulators, put, means = [], [], []
        for gradient, v in grads_and_vars:
            if gradient is None:
                means.append((None, v))
                continue
            shared = f"{v.name}/grad_accum"
            if isinstance(gradient, IndexedSlices):
                made = SparseConditionalAccumulator(gradient.dtype, shape=(), shared_name=shared)
                put.append(made.apply_indexed_slices_grad(gradient, local_step=step))
                means.append((made.take_indexed_slices_grad(self._replicas_to_aggregate), v))
            else:
                made = ConditionalAccumulator(gradient.dtype, shape=v.get_shape(), shared_name=shared)
                put.append(made.apply_grad(gradient, local_step=step))
                means.append((made.take_grad(self._replicas_to_aggregate), v))
            accumulators.append(made)
        return accumulators, put, means

    def _tokens(self, update, put, step):
        """A worker's step; makes the queue of tokens and the runner of the chief's step."""
        kind = self._global_step.dtype.base_dtype
        tokens = self._sync_token_queue = queues.FIFOQueue(-1, kind, shapes=(), name="sync_token_q", shared_name="sync_token_q")
        runs = queues.FIFOQueue(1, kind, shapes=(), name="dummy_queue", shared_name="dummy_queue")
        with control_dependencies(put):
            train = assign(step, tokens.dequeue())
        with control_dependencies([update]):
            hand_out = tokens.enqueue_many((array.fill([self._tokens_per_step], self._global_step),))
        if self._variable_averages is not None:
            with control_dependencies([hand_out]):
                hand_out = self._variable_averages.apply(self._variables_to_average)
        self._chief_queue_runner = _ChiefRunner(runs, [hand_out])
        return train

    def get_chief_queue_runner(self):
        """The QueueRunner of the chief's steps. Raises ValueError before `apply_gradients`."""
        if not self._gradients_applied:
            raise ValueError("Should be called after apply_gradients().")
        return self._chief_queue_runner

    def get_init_tokens_op(self, num_tokens=-1):
        """An operation that hands out the first tokens, as many as gradients make a step by default.

        Raises ValueError before `apply_gradients`, and for so few tokens that no step could end.
        """
        if not self._gradients_applied:
            raise ValueError("get_init_tokens_op() should be called after apply_gradients().")
        needed = self._replicas_to_aggregate - self._total_num_replicas
        if num_tokens == -1:
            num_tokens = self._replicas_to_aggregate
        elif num_tokens < needed:
            raise ValueError(f"Too few tokens to finish the first step: {num_tokens} (given) vs {needed} (needed)")
        if num_tokens <= 0:
            return no_op(name="no_init_tokens")
        return self._sync_token_queue.enqueue_many((array.fill([num_tokens], self._global_step),))

    def make_session_run_hook(self, is_chief, num_tokens=-1):
        """A hook that starts this optimizer in a monitored session."""
        return _Hook(self, is_chief, num_tokens)

    def get_slot(self, *args, **kwargs):
        """A slot of the wrapped optimizer."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args, **kwargs):
        """The names of the wrapped optimizer's slots."""
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self):
        """The variables of the wrapped optimizer."""
        return self._opt.variables()


class _ChiefRunner(QueueRunner):
    """Its thread waits for gradients that no worker puts in any more when the session ends: who waits for it there waits in vain."""

    _awaited = False


class _Hook(SessionRunHook):
    def __init__(self, optimizer, is_chief, num_tokens):
        self._optimizer, self._is_chief, self._num_tokens = optimizer, is_chief, num_tokens
        self._runner = self._tokens = None

    def begin(self):
        made = self._optimizer
        if not made._gradients_applied:
            raise ValueError("SyncReplicasOptimizer.apply_gradient should be called before using the hook.")
        self._init = made.local_step_init_op
        if self._is_chief:
            self._init, self._runner = made.chief_init_op, made.get_chief_queue_runner()
            self._tokens = made.get_init_tokens_op(self._num_tokens)

    def after_create_session(self, session, coord):
        missing = [n.decode() for n in session.run(self._optimizer.ready_for_local_init_op)]
        if missing:
            raise RuntimeError(
                "Init operations did not make model ready for SyncReplicasOptimizer local_init. "
                f"Init op: {self._init.name}, error: Variables not initialized: {', '.join(missing)}"
            )
        session.run(self._init)
        if self._tokens is not None:
            session.run(self._tokens)
        if self._runner is not None:
            self._runner.create_threads(session, coord=coord, daemon=True, start=True)
