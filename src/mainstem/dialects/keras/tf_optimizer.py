"""`TFOptimizer`: an optimizer of `tf.train` as `compile` takes it."""

from mainstem.base import dtypes
from mainstem.state import scope as state_scope
from mainstem.state.trackable import Trackable
from mainstem.surface import variables


class TFOptimizer(Trackable):
    """Wraps an optimizer of `tf.train`; `iterations` counts the steps of `fit`."""

    def __init__(self, optimizer, iterations=None):
        self.optimizer, self._iterations = optimizer, iterations

    @property
    def iterations(self):
        """The variable that counts steps."""
        if self._iterations is None:
            self._iterations = variables.Variable(0, trainable=False, dtype=dtypes.int64, name="iterations")
        return self._iterations

    @iterations.setter
    def iterations(self, variable):
        self._iterations = variable

    def _trackable_children(self, save_type=None, **kwargs):
        return {"optimizer": self.optimizer}

    def get_gradients(self, loss, params):
        """The gradients of a loss, a list."""
        return [g for g, _ in self.optimizer.compute_gradients(loss, params)]

    def get_updates(self, loss, params):
        """The operations of one step, a list."""
        found = self.optimizer.compute_gradients(loss, params)
        return [self.optimizer.apply_gradients(found, global_step=self.iterations)]

    def apply_gradients(self, grads_and_vars):
        """Takes one step with gradients."""
        given = self.iterations if state_scope.eager() else None
        return self.optimizer.apply_gradients(grads_and_vars, global_step=given)

    def get_config(self):
        """Raises NotImplementedError: these optimizers do not tell their arguments."""
        raise NotImplementedError(f"{type(self.optimizer).__name__}.get_config: only optimizers of tf.keras have one")
