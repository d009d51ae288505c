"""Callbacks: what `fit`, `evaluate` and `predict` call before and after epochs and batches."""

import numpy as np

from mainstem.dialects.keras import backend, progress
from mainstem.platform import logging

_BATCH_HOOKS = [f"on_{mode}_batch_{when}" for mode in ("train", "test", "predict") for when in ("begin", "end")]


class Callback:
    """The base of callbacks: every method does nothing. `model` and `params` are set before the first call."""

    def __init__(self):
        self.validation_data = self.model = None
        self.params = {}

    def set_params(self, params):
        """Gets what the run was told: `epochs`, `steps`, `samples`, `batch_size`, `verbose`, `metrics`, `do_validation`."""
        self.params = params

    def set_model(self, model):
        """Gets the model."""
        self.model = model

    def on_batch_begin(self, batch, logs=None):
        """Before a batch of training."""

    def on_batch_end(self, batch, logs=None):
        """After a batch of training; `logs` has the loss and the metrics."""

    def on_epoch_begin(self, epoch, logs=None):
        """Before an epoch of training."""

    def on_epoch_end(self, epoch, logs=None):
        """After an epoch of training; `logs` has its losses and metrics, with `val_` those of the validation."""

    def on_train_batch_begin(self, batch, logs=None):
        """Before a batch of training; by default `on_batch_begin`."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """After a batch of training; by default `on_batch_end`."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch, logs=None):
        """Before a batch of testing, also in the validation of `fit`."""

    def on_test_batch_end(self, batch, logs=None):
        """After a batch of testing, also in the validation of `fit`."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Before a batch of `predict`."""

    def on_predict_batch_end(self, batch, logs=None):
        """After a batch of `predict`; `logs["outputs"]` are the outputs."""

    def on_train_begin(self, logs=None):
        """Before training."""

    def on_train_end(self, logs=None):
        """After training."""

    def on_test_begin(self, logs=None):
        """Before testing, also before the validation of `fit`."""

    def on_test_end(self, logs=None):
        """After testing, also after the validation of `fit`."""

    def on_predict_begin(self, logs=None):
        """Before `predict`."""

    def on_predict_end(self, logs=None):
        """After `predict`."""


_SILENT = {n: vars(Callback)[n] for n in _BATCH_HOOKS}
_PLAIN = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


def _overrides(callback, hook):
    """Whether a callback does something when a batch begins or ends."""
    kind = type(callback)
    if hook in vars(callback) or _PLAIN.get(hook) in vars(callback) or not isinstance(callback, Callback):
        return True
    if kind.__getattribute__ is not object.__getattribute__:  # nobody can know
        return True
    if getattr(kind, hook) is not _SILENT[hook]:
        return True
    plain = _PLAIN.get(hook)
    return plain is not None and getattr(kind, plain) is not vars(Callback)[plain]


class CallbackList:
    """Several callbacks as one."""

    def __init__(self, callbacks=None, queue_length=10):
        self.callbacks, self.queue_length, self.params, self.model = list(callbacks or ()), queue_length, {}, None

    def append(self, callback):
        """Adds a callback."""
        self.callbacks.append(callback)

    def set_params(self, params):
        """See `Callback.set_params`."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        """See `Callback.set_model`."""
        self.model = model
        for callback in self.callbacks:
            callback.set_model(model)

    def listens(self, hook):
        """Whether a callback does something at `on_train_batch_end` and the like."""
        return any(_overrides(c, hook) for c in self.callbacks)

    def call_batch(self, mode, when, batch, logs):
        """Calls `on_<mode>_batch_<when>` of all callbacks."""
        for callback in self.callbacks:
            getattr(callback, f"on_{mode}_batch_{when}")(batch, logs)

    def call_begin(self, mode):
        """Calls `on_<mode>_begin` of all callbacks."""
        for callback in self.callbacks:
            getattr(callback, f"on_{mode}_begin")(None)

    def call_end(self, mode):
        """Calls `on_<mode>_end` of all callbacks."""
        for callback in self.callbacks:
            getattr(callback, f"on_{mode}_end")(None)

    def on_epoch_begin(self, epoch, logs=None):
        """See `Callback.on_epoch_begin`."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        """See `Callback.on_epoch_end`; all callbacks get the same dict, and may add to it."""
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)

    def on_train_begin(self, logs=None):
        """See `Callback.on_train_begin`."""
        self.call_begin("train")

    def on_train_end(self, logs=None):
        """See `Callback.on_train_end`."""
        self.call_end("train")

    def on_batch_begin(self, batch, logs=None):
        """See `Callback.on_batch_begin`."""
        self.call_batch("train", "begin", batch, logs or {})

    def on_batch_end(self, batch, logs=None):
        """See `Callback.on_batch_end`."""
        self.call_batch("train", "end", batch, logs or {})

    def __iter__(self):
        return iter(self.callbacks)


class BaseLogger(Callback):
    """Part of every training. The loop takes the means over an epoch by itself, so there is nothing left to do."""

    def __init__(self, stateful_metrics=None):
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())


class History(Callback):
    """What `fit` gives: `epoch`, a list of numbers, and `history`, {name: [value of each epoch]}."""

    def on_train_begin(self, logs=None):
        """Begins anew."""
        self.epoch, self.history = [], {}

    def on_epoch_end(self, epoch, logs=None):
        """Keeps an epoch's values."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback, progress.Bar):
    """Prints the progress, as `fit` does by itself with `verbose=1`.

    Args:
        count_mode: "samples" or "steps", what is counted.
        stateful_metrics: names of values that are shown as they are.

    Raises ValueError for another `count_mode`.
    """

    def __init__(self, count_mode="samples", stateful_metrics=None):
        Callback.__init__(self)
        if count_mode not in ("samples", "steps"):
            raise ValueError(f"Unknown `count_mode`: {count_mode}")
        progress.Bar.__init__(self, stateful_metrics or (), count_mode == "steps")

    on_train_begin, on_batch_begin, on_batch_end = (
        progress.Bar.on_train_begin,
        progress.Bar.on_batch_begin,
        progress.Bar.on_batch_end,
    )
    on_epoch_begin, on_epoch_end = progress.Bar.on_epoch_begin, progress.Bar.on_epoch_end


class LambdaCallback(Callback):
    """A callback made of functions, each with the arguments of the method that it stands for."""

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_batch_begin=None,
        on_batch_end=None,
        on_train_begin=None,
        on_train_end=None,
        **kwargs,
    ):
        super().__init__()
        vars(self).update(kwargs)
        given = {"on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_batch_begin": on_batch_begin}
        given |= {"on_batch_end": on_batch_end, "on_train_begin": on_train_begin, "on_train_end": on_train_end}
        vars(self).update((k, v) for k, v in given.items() if v is not None)


class TerminateOnNaN(Callback):
    """Stops the training when the loss is no number."""

    def on_batch_end(self, batch, logs=None):
        """Looks at the loss."""
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


def direction(mode, monitor, who, names_that_rise=("acc",)):
    """`np.less` or `np.greater`: which values of what is monitored are better; "auto" goes by the name."""
    if mode not in ("auto", "min", "max"):
        logging.warning("%s mode %s is unknown, fallback to auto mode.", who, mode)
        mode = "auto"
    if mode == "auto":
        rises = any(n in monitor for n in names_that_rise) or (who == "ModelCheckpoint" and monitor.startswith("fmeasure"))
        mode = "max" if rises else "min"
    return np.greater if mode == "max" else np.less


class EarlyStopping(Callback):
    """Stops the training when a value improves no more.

    Args:
        monitor: the value's name.
        min_delta: what counts as an improvement.
        patience: for how many epochs it may not improve.
        verbose: whether it says so.
        mode: "min", "max", or "auto" by the name.
        baseline: what the value must be better than.
        restore_best_weights: whether the model gets the variables of its best epoch back.
    """

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
    ):
        super().__init__()
        self.monitor, self.patience, self.verbose, self.baseline = monitor, patience, verbose, baseline
        self.wait = self.stopped_epoch = 0
        self.restore_best_weights, self.best_weights = restore_best_weights, None
        self.monitor_op = direction(mode, monitor, "EarlyStopping")
        self.min_delta = abs(min_delta) * (1 if self.monitor_op is np.greater else -1)

    def on_train_begin(self, logs=None):
        """Begins to wait."""
        self.wait = self.stopped_epoch = 0
        worst = np.inf if self.monitor_op is np.less else -np.inf
        self.best = worst if self.baseline is None else self.baseline

    def on_epoch_end(self, epoch, logs=None):
        """Looks at the value."""
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.monitor_op(current - self.min_delta, self.best):
            self.best, self.wait = current, 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch, self.model.stop_training = epoch, True
            if self.restore_best_weights:
                if self.verbose > 0:
                    print("Restoring model weights from the end of the best epoch.")
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs=None):
        """Says when it stopped."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")

    def get_monitor_value(self, logs):
        """The value, None with a warning when the logs do not have it."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            logging.warning(
                "Early stopping conditioned on metric `%s` which is not available. Available metrics are: %s",
                self.monitor,
                ",".join(logs or {}),
            )
        return value


class LearningRateScheduler(Callback):
    """Sets the learning rate before every epoch to `schedule(epoch, rate)`, or `schedule(epoch)`.

    Raises ValueError for an optimizer without `lr` and for a schedule that gives no float.
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        """Sets the rate."""
        optimizer = self.model.optimizer
        if not hasattr(optimizer, "lr"):
            raise ValueError('Optimizer must have a "lr" attribute.')
        try:
            rate = self.schedule(epoch, float(backend.get_value(optimizer.lr)))
        except TypeError:  # schedules of older programs take the epoch alone
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.float32, np.float64)):
            raise ValueError('The output of the "schedule" function should be float.')
        backend.set_value(optimizer.lr, rate)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: LearningRateScheduler reducing learning rate to {rate}.")

    def on_epoch_end(self, epoch, logs=None):
        """Adds the rate to the logs."""
        if logs is not None:
            logs["lr"] = backend.get_value(self.model.optimizer.lr)


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate by `factor` when a value improves no more.

    Args:
        monitor, patience, verbose, mode, min_delta: as of `EarlyStopping`.
        factor: below 1.
        cooldown: for how many epochs after a change nothing is counted.
        min_lr: the rate never falls below.

    Raises ValueError for a factor of 1 or more.
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0,
        **kwargs,
    ):
        super().__init__()
        if factor >= 1.0:
            raise ValueError("ReduceLROnPlateau does not support a factor >= 1.0.")
        self.min_delta = kwargs.pop("epsilon", min_delta)
        self.monitor, self.factor, self.min_lr, self.patience = monitor, factor, min_lr, patience
        self.verbose, self.cooldown, self.mode = verbose, cooldown, mode
        self._reset()

    def _reset(self):
        better = direction(self.mode, self.monitor, "ReduceLROnPlateau")
        sign = 1 if better is np.greater else -1
        self.monitor_op = lambda a, b: better(a, b + sign * self.min_delta)
        self.best = -np.inf if better is np.greater else np.inf
        self.cooldown_counter = self.wait = 0

    def on_train_begin(self, logs=None):
        """Begins to wait."""
        self._reset()

    def in_cooldown(self):
        """Whether epochs are not counted now."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch, logs=None):
        """Looks at the value."""
        logs = {} if logs is None else logs
        logs["lr"] = backend.get_value(self.model.optimizer.lr)
        current = logs.get(self.monitor)
        if current is None:
            logging.warning(
                "Reduce LR on plateau conditioned on metric `%s` which is not available. Available metrics are: %s",
                self.monitor,
                ",".join(logs),
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best, self.wait = current, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch):
        old = float(backend.get_value(self.model.optimizer.lr))
        if old <= self.min_lr:
            return
        new = max(old * self.factor, self.min_lr)
        backend.set_value(self.model.optimizer.lr, new)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter, self.wait = self.cooldown, 0
