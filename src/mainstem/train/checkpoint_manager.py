"""`CheckpointManager`: numbered checkpoints of one directory, of which the newest are kept."""

import os
import time

from mainstem.formats import stores
from mainstem.train import checkpoints


class CheckpointManager:
    """Saves a `Checkpoint` again and again, deletes old ones, and finds the newest after a restart.

    Args:
        checkpoint: the `tf.train.Checkpoint` to save.
        directory: where; made when it does not exist.
        max_to_keep: how many are kept; None keeps all.
        keep_checkpoint_every_n_hours: one is kept for good each time that many hours have passed.
        checkpoint_name: the first part of file names: "ckpt" gives "ckpt-1".
        step_counter: an integer variable, with `checkpoint_interval`: `save` does nothing before that many more steps.
        init_fn: called by `restore_or_initialize` when there is no checkpoint.
        last_checkpoint_step: the step from which the first interval counts.

    Raises ValueError for `max_to_keep` below 1, and for an interval without a counter.
    """

    def __init__(
        self,
        checkpoint,
        directory,
        max_to_keep,
        keep_checkpoint_every_n_hours=None,
        checkpoint_name="ckpt",
        step_counter=None,
        checkpoint_interval=None,
        init_fn=None,
        last_checkpoint_step=None,
    ):
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"Expected a positive integer or `None` for `max_to_keep`, got {max_to_keep}.")
        if checkpoint_interval is not None and step_counter is None:
            raise ValueError("`step_counter` should be passed when `checkpoint_interval` is provided.")
        self._checkpoint, self._directory, self._max_to_keep = checkpoint, os.fspath(directory), max_to_keep
        self._hours, self._prefix = keep_checkpoint_every_n_hours, os.path.join(self._directory, checkpoint_name)
        self._step_counter, self._interval, self._last_step, self._init_fn = (
            step_counter,
            checkpoint_interval,
            last_checkpoint_step,
            init_fn,
        )
        stores.makedirs(self._directory)
        self._latest, self._kept, self._preserved = None, {}, time.time()
        self._recover()

    def _recover(self):
        """Takes over what an earlier process left; checkpoints whose time is unknown count as of now."""
        state = checkpoints.get_checkpoint_state(self._directory)
        if state is None:
            return
        self._latest = state.model_checkpoint_path or None
        if state.last_preserved_timestamp:
            self._preserved = state.last_preserved_timestamp
        times = list(state.all_model_checkpoint_timestamps)
        if len(times) != len(state.all_model_checkpoint_paths):
            times = [time.time()] * len(state.all_model_checkpoint_paths)
        self._kept = dict(zip(state.all_model_checkpoint_paths, times, strict=True))

    @property
    def directory(self):
        """Where the checkpoints lie."""
        return self._directory

    @property
    def checkpoint(self):
        """The `tf.train.Checkpoint` that is saved."""
        return self._checkpoint

    @property
    def checkpoint_interval(self):
        """The number of steps between saves, or None."""
        return self._interval

    @property
    def latest_checkpoint(self):
        """The prefix of the newest checkpoint, or None."""
        return self._latest

    @property
    def checkpoints(self):
        """The prefixes of the checkpoints that may still be deleted, oldest first."""
        return list(self._kept)

    def _due(self, check_interval):
        if self._interval is None or not check_interval:
            return True
        step = int(self._step_counter.numpy())
        if self._last_step is None or step - self._last_step >= self._interval:
            self._last_step = step
            return True
        return False

    def save(self, checkpoint_number=None, check_interval=True, options=None):
        """Writes a checkpoint; gives its prefix, None when the interval has not passed.

        `checkpoint_number` (an int or variable) takes the place of the number of saves in its name.
        """
        if not self._due(check_interval):
            return None
        number = self._checkpoint._count()
        if checkpoint_number is not None:
            number = checkpoint_number if isinstance(checkpoint_number, int) else int(checkpoint_number.numpy())
        path = self._checkpoint._write(f"{self._prefix}-{number}", None)
        self._kept.pop(path, None)
        self._kept[path] = time.time()
        self._latest = path
        self._record()  # first the state, so that it never names a checkpoint that is gone
        self._sweep()
        self._record()
        return path

    def sync(self):
        """Waits for checkpoints that are being written: they are written at once."""

    def _sweep(self):
        while self._max_to_keep and len(self._kept) > self._max_to_keep:
            path = next(iter(self._kept))
            written = self._kept.pop(path)
            if self._hours and written - self._hours * 3600 >= self._preserved:
                self._preserved = written
                continue
            checkpoints.remove_checkpoint(path)

    def _record(self):
        checkpoints.update_checkpoint_state_internal(
            self._directory,
            self._latest,
            list(self._kept),
            save_relative_paths=True,
            all_model_checkpoint_timestamps=list(self._kept.values()),
            last_preserved_timestamp=self._preserved,
        )

    def restore_or_initialize(self):
        """Restores the newest checkpoint and gives its prefix; without one calls `init_fn` and gives None."""
        if self._latest is not None:
            self._checkpoint.restore(self._latest)
            if self._step_counter is not None:
                self._last_step = int(self._step_counter.numpy())
            return self._latest
        if self._init_fn is not None:
            self._init_fn()
        return None
