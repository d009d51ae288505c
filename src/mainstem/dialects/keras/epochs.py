"""The loops of `fit`, `evaluate` and `predict`: epochs, batches, validation, callbacks and the progress that is printed."""

import numpy as np

from mainstem.dialects.keras import arrays, backend, progress, sources
from mainstem.dialects.keras.callbacks import BaseLogger, CallbackList, History, ProgbarLogger
from mainstem.platform import logging
from mainstem.state import scope as state_scope
from mainstem.surface import framework


class Data:
    """What a loop runs over: `x`, `y` and weights as the user gave them, the batch size, and how many steps an epoch has."""

    def __init__(self, x, y=None, sample_weight=None, class_weight=None, batch_size=None, steps=None):
        self.x, self.y, self.sample_weight, self.class_weight = x, y, sample_weight, class_weight
        self.batch_size, self.steps, self.source, self.prepared = batch_size, steps, None, None
        if self.streams and y is not None:
            kind = "dataset" if sources.is_dataset(x) else "generator"
            raise ValueError(
                f"You passed a {kind} as input `x`: `y` should not be specified (its elements are batches with targets)."
            )

    @property
    def streams(self):
        """Whether batches come one by one."""
        return sources.is_dataset(self.x) or sources.is_iterator(self.x) or sources.is_generator(self.x)

    @property
    def tensors(self):
        """Whether the data are tensors of a graph: every step takes all of it."""
        return framework.is_tensor(self.x) and not getattr(self.x, "_is_eager", False)

    def open(self, shuffle, threads):
        """Makes the source of the batches."""
        if self.source is None:
            generator = sources.is_generator(self.x)
            self.source = (
                sources.GeneratorSource(self.x, shuffle=shuffle, **threads) if generator else sources.DatasetSource(self.x)
            )
            if generator and self.steps is None:
                self.steps = self.source.length
                if self.steps is None:
                    raise ValueError(
                        "When using a generator, `steps_per_epoch` (or `steps`) should be specified: a generator tells no end."
                    )
        return self.source

    def close(self):
        """Ends the source's thread."""
        if hasattr(self.source, "close"):
            self.source.close()


def validation(data, split, steps, batch_size):
    """(Data of validation or None, which part of the training data it takes)."""
    if data is None:
        return None, split
    if isinstance(data, (tuple, list)) and not sources.is_generator(data):
        if len(data) not in (2, 3):
            raise ValueError(
                f"When passing a `validation_data` argument, it must contain either 2 items (x_val, y_val), or 3 items (x_val, y_val, "
                f"val_sample_weights). However we received `validation_data={str(data)[:100]}`"
            )
        return Data(*(*data, None)[:3], batch_size=batch_size, steps=steps), 0.0
    return Data(data, batch_size=batch_size, steps=steps), 0.0


def _signature(model, weights):
    """The names of the outputs that have weights."""
    if not weights or all(w is None for w in weights):
        return ()
    return tuple(o.name for o, w in zip(model._fed_outputs(), weights, strict=True) if w is not None)


def run_batch(model, mode, inputs, targets, weights):
    """One step on arrays; gives the values of the step."""
    function = model._function(mode, _signature(model, weights))
    return function([*inputs, *targets, *(w for w in weights if w is not None)])


class _Logs:
    """What an epoch gave: the loss is a mean over its batches, metrics are as they are at its end."""

    def __init__(self):
        self.total, self.count, self.last = 0.0, 0, []

    def add(self, values, size):
        self.total += float(values[0]) * size
        self.count += size
        self.last = values

    @property
    def results(self):
        if not self.count:
            raise ValueError("Empty training data.")
        return [self.total / self.count, *self.last[1:]]


class Loop:
    """One run over data, of a kind: "train", "test" or "predict"."""

    def __init__(self, model, mode, data, callbacks, bar=None, threads=None):
        self.model, self.mode, self.data, self.callbacks, self.bar = model, mode, data, callbacks, bar
        self.threads = threads or {"ahead": 10, "threaded": True}
        self.hooks = {w: _hook(callbacks, mode, w) for w in ("begin", "end")}

    def begin_batch(self, number, size):
        """Tells that a batch begins; gives its logs."""
        logs = {"batch": number, "size": size}
        if self.hooks["begin"]:
            self.callbacks.call_batch(self.mode, "begin", number, logs)
        if self.bar is not None:
            self.bar.on_batch_begin(number, logs)
        return logs

    def end_batch(self, number, logs, values):
        """Tells that a batch is done."""
        if self.hooks["end"] or self.bar is not None:
            logs = log(self.model, self.mode, logs, values)
            if self.hooks["end"]:
                self.callbacks.call_batch(self.mode, "end", number, logs)
            if self.bar is not None:
                self.bar.on_batch_end(number, logs)
        return self.model.stop_training

    def over_arrays(self, prepared, size, shuffle):
        """All batches of arrays; calls `take(values, count of examples, last batch of the epoch)` for each."""
        inputs, targets, weights = prepared
        flat = [*inputs, *targets, *(w for w in weights if w is not None)]
        count = flat[0].shape[0]
        function, order = self.model._function(self.mode, _signature(self.model, weights)), np.arange(count)
        if shuffle == "batch":
            order = sources.shuffled_by_batches(order, size)
        elif shuffle:
            np.random.shuffle(order)
        parts = sources.batches(count, size)
        for number, (start, end) in enumerate(parts):
            chosen = slice(start, end) if not shuffle else order[start:end]
            batch = flat if len(parts) == 1 else [_sliced(v, chosen) for v in flat]
            logs = self.begin_batch(number, end - start)
            values = function(batch)
            yield values, end - start
            if self.end_batch(number, logs, values):
                return

    def over_steps(self, steps_name):
        """The batches of a source, up to `data.steps` of them."""
        data, number = self.data, 0
        while data.steps is None or number < data.steps:
            batch = data.source.next()
            if batch is None:
                self.ran_out(number, steps_name)
                return
            inputs, targets, weights = self.prepared(batch)
            size = inputs[0].shape[0] if len(inputs[0].shape) and self.tells_sizes else 1
            self.last_size = size
            logs = self.begin_batch(number, size)
            values = run_batch(self.model, self.mode, inputs, targets, weights)
            yield values, size if self.mode == "train" else 1
            number += 1
            if self.end_batch(number - 1, logs, values):
                return

    @property
    def tells_sizes(self):
        """Whether batches of a source count by their examples: those of data sets in graph mode all count the same."""
        return state_scope.eager() or isinstance(self.data.source, sources.GeneratorSource)

    def prepared(self, batch):
        """A batch of a source as lists of arrays."""
        x, y, weights = sources.parts(batch)
        y = None if self.mode == "predict" else y
        return self.model._standardized(x, y, weights, self.data.class_weight)

    def ran_out(self, number, steps_name):
        """The source has no more batches: what an epoch was to have is known now, or it is an error of the user's."""
        if self.data.source.can_restart and self.data.steps is None:
            if number:
                self.data.steps = number
                if self.bar is not None:
                    self.bar.settle(number)
            return
        self.model.stop_training = True
        logging.warning(
            "Your %s ran out of data; interrupting training. Make sure that it can generate at least `%s * epochs` batches (in this "
            "case, %s batches). You may need to use the repeat() function when building your dataset.",
            "dataset" if self.data.source.can_restart else "dataset iterator",
            steps_name,
            self.data.steps,
        )

    def over_tensors(self, prepared):
        """Steps whose inputs are tensors of the graph: `data.steps` of them."""
        if self.data.steps is None:
            raise ValueError(
                "When feeding symbolic tensors to a model, `steps_per_epoch` (or `steps`) should be specified: they have no number of "
                "examples."
            )
        flat = [v for part in prepared for v in part if v is not None]
        places = [i for i, v in enumerate(flat) if framework.is_tensor(v)]
        function = self.model._function(self.mode, _signature(self.model, prepared[2]))
        for number in range(self.data.steps):
            logs = self.begin_batch(number, 1)
            for i, value in zip(places, backend.batch_get_value(self._tensors(prepared)), strict=True):
                flat[i] = value
            values = function(flat)
            yield values, 1
            if self.end_batch(number, logs, values):
                return

    @staticmethod
    def _tensors(prepared):
        return [v for part in prepared for v in part if framework.is_tensor(v)]


def _sliced(value, chosen):
    return value[chosen] if isinstance(chosen, slice) or isinstance(value, np.ndarray) else _by_index(value, chosen)


def _by_index(value, chosen):
    order = np.argsort(chosen)  # a file gives rows in increasing order only
    made = np.asarray(value[chosen[order].tolist()])
    return made[np.argsort(order)]


def _hook(callbacks, mode, which):
    """Whether a callback listens to batches."""
    return callbacks is not None and callbacks.listens(f"on_{mode}_batch_{which}")


def log(model, mode, logs, values, prefix=""):
    """Adds a step's values to logs under their names."""
    if mode == "predict":
        logs["outputs"] = values
        return logs
    for name, value in zip(model.metrics_names, values):
        logs[prefix + name] = value
    return logs


def configured(model, mode, callbacks, **params):
    """A CallbackList with the callbacks that every training has."""
    if isinstance(callbacks, CallbackList):
        return callbacks
    callbacks = list(callbacks or ())
    if mode == "train":
        model.history = History()
        callbacks = [BaseLogger(), *callbacks, model.history]
    found = CallbackList(callbacks)
    found.set_model(model)
    names = list(model.metrics_names) if mode != "predict" else []
    for callback in callbacks:
        if isinstance(callback, (BaseLogger, ProgbarLogger)):
            callback.stateful_metrics = set(names[1:])
    watched = [*names, *("val_" + n for n in names)] if params.get("do_validation") else names
    found.set_params({"verbose": 0, **params, "metrics": watched})
    model.stop_training = False
    return found


def _bar(model, verbose, by_steps, params):
    if not verbose:
        return None
    bar = progress.Bar(model.metrics_names[1:] if hasattr(model, "metrics_names") else (), by_steps)
    bar.params = {**params, "verbose": verbose}
    return bar


class _Run:
    """What a loop over data needs to know: `prepared` arrays or a source, and the numbers that callbacks are told."""

    def __init__(self, model, data, shuffle, threads):
        self.streams, self.tensors = data.streams, data.tensors
        self.prepared = None
        if self.streams:
            data.open(shuffle, threads)
            self.samples = data.steps
        else:
            self.prepared = data.prepared or model._standardized(data.x, data.y, data.sample_weight, data.class_weight)
            self.samples = data.steps if self.tensors else self.prepared[0][0].shape[0]
        self.by_steps = self.streams or self.tensors

    def rows(self, loop, data, shuffle, name):
        """The loop's batches."""
        if self.streams:
            return loop.over_steps(name)
        if self.tensors:
            return loop.over_tensors(self.prepared)
        return loop.over_arrays(self.prepared, data.batch_size or 32, shuffle)


def fit(model, data, epochs, verbose, callbacks, validation, shuffle, initial_epoch, validation_freq, threads):
    """See `Model.fit`."""
    held, part = validation
    data, run, held = _ready(model, data, held, part, shuffle, threads)
    if held is not None and not held.streams and held.prepared is None:
        held.prepared = model._standardized(held.x, held.y, held.sample_weight, None)
    params = {"batch_size": data.batch_size or (None if run.by_steps else 32), "epochs": epochs, "steps": data.steps}
    params |= {"samples": run.samples, "do_validation": held is not None}
    listed = configured(model, "train", callbacks, **params)
    bar = _bar(model, verbose, run.by_steps, listed.params)
    if verbose and not sources.is_generator(data.x):
        _announce(run, held, data)
    loop = Loop(model, "train", data, listed, bar, threads)
    listed.on_train_begin()
    if bar is not None:
        bar.on_train_begin()
    restarts = run.streams and data.source.can_restart and data.steps is None
    try:
        for epoch in range(initial_epoch, epochs):
            if model.stop_training:
                break
            if run.streams and (restarts or epoch == initial_epoch):
                data.source.restart()
            _epoch(loop, run, held, epoch, shuffle, validation_freq)
    finally:
        data.close()
        if held is not None:
            held.close()
    listed.on_train_end()
    return model.history


def _ready(model, data, held, part, shuffle, threads):
    if not data.streams and part and 0.0 < part < 1.0:
        prepared = model._standardized(data.x, data.y, data.sample_weight, data.class_weight)
        flat = [v for p in prepared for v in p]
        if any(framework.is_tensor(v) for v in flat if v is not None):
            raise ValueError("If your data is in the form of symbolic tensors, you cannot use `validation_split`.")
        first, last = arrays.split(flat, part)
        counts = [len(p) for p in prepared]
        data.prepared, held = _parted(first, counts), Data(None, batch_size=data.batch_size)
        held.prepared = _parted(last, counts)
    elif data.streams and part:
        raise ValueError(
            "`validation_split` argument is not supported when input `x` is a dataset, an iterator or a generator."
        )
    if data.streams and data.batch_size is not None and sources.is_dataset(data.x):
        raise ValueError(
            "The `batch_size` argument must not be specified when using dataset as an input: it gives batches by itself."
        )
    _meet_first(model, data, shuffle, threads)
    return data, _Run(model, data, shuffle, threads), held


def _meet_first(model, data, shuffle, threads):
    """Shows a model that learns its shapes from data the first batch of a source."""
    if data.streams and not model._names_of_inputs():
        source = data.open(shuffle, threads)
        source.restart()
        model._meet(sources.parts(source.peek())[0])


def _parted(flat, counts):
    given = iter(flat)
    return tuple([next(given) for _ in range(n)] for n in counts)


def _announce(run, held, data):
    if run.samples is None:
        return
    unit = "steps" if sources.is_dataset(data.x) else "samples"
    message = f"Train on {run.samples} {unit}"
    if held is not None:
        count = held.steps if held.streams else held.prepared[0][0].shape[0]
        message += f", validate on {count} {unit}" if count else ""
    print(message)


def _epoch(loop, run, held, epoch, shuffle, validation_freq):
    model, callbacks, bar = loop.model, loop.callbacks, loop.bar
    model.reset_metrics()
    logs, found = {}, _Logs()
    callbacks.on_epoch_begin(epoch, logs)
    if bar is not None:
        bar.on_epoch_begin(epoch, logs)
    for values, size in run.rows(loop, loop.data, shuffle, "steps_per_epoch"):
        found.add(values, size)
    results = found.results
    logs = log(model, "train", {}, results)
    if held is not None and _validates(validation_freq, epoch) and not model.stop_training:
        by_generator = isinstance(loop.data.source, sources.GeneratorSource) and not held.streams
        if by_generator:  # as Keras: batches as large as the last one of training, which all count the same
            held.batch_size = loop.last_size
        found = test(model, held, callbacks, "validation_steps", loop.threads, evenly=by_generator)
        logs = log(model, "test", logs, found, "val_")
    callbacks.on_epoch_end(epoch, logs)
    if bar is not None:
        bar.on_epoch_end(epoch, logs)


def _validates(frequency, epoch):
    if isinstance(frequency, int):
        if frequency < 1:
            raise ValueError("`validation_freq` can not be less than 1.")
        return (epoch + 1) % frequency == 0
    if not isinstance(frequency, (list, tuple, set)):
        raise ValueError("`validation_freq` must be an Integer or `collections.Container` (e.g. list, tuple, etc.)")
    return epoch + 1 in frequency


def test(model, data, callbacks, steps_name="steps", threads=None, bar=None, evenly=False):
    """The means of loss and metrics over data, a list; with `evenly` all batches count the same, whatever their size."""
    run = _Run(model, data, False, threads or {})
    loop = Loop(model, "test", data, callbacks, bar, threads)
    callbacks.call_begin("test")
    model.reset_metrics()
    if bar is not None:
        bar.on_epoch_begin(0, {})
    if run.streams:
        data.source.restart()
    found = _Logs()
    for values, size in run.rows(loop, data, False, steps_name):
        found.add(values, 1 if evenly else size)
    results = found.results
    if bar is not None:
        bar.on_epoch_end(0, log(model, "test", {}, results))
    callbacks.call_end("test")
    return results


def evaluate(model, data, verbose, callbacks, threads):
    """See `Model.evaluate`."""
    _meet_first(model, data, False, threads)
    run = _Run(model, data, False, threads)
    params = {"batch_size": data.batch_size or 32, "epochs": 1, "steps": data.steps, "samples": run.samples}
    listed = configured(model, "test", callbacks, **params, do_validation=False)
    bar = _bar(model, verbose, run.by_steps, listed.params)
    if bar is not None:
        bar.on_train_begin()
    if not data.streams:
        data.prepared = run.prepared
    try:
        results = test(model, data, listed, "steps", threads, bar)
    finally:
        data.close()
    return results[0] if len(results) == 1 else results


def predict(model, data, verbose, callbacks, threads):
    """See `Model.predict`."""
    _meet_first(model, data, False, threads)
    run = _Run(model, data, False, threads)
    params = {"batch_size": data.batch_size or 32, "epochs": 1, "steps": data.steps, "samples": run.samples}
    listed = configured(model, "predict", callbacks, **params, do_validation=False)
    bar = _bar(model, verbose, run.by_steps, listed.params)
    loop, found = Loop(model, "predict", data, listed, bar, threads), []
    listed.call_begin("predict")
    if bar is not None:
        bar.on_train_begin()
        bar.on_epoch_begin(0, {})
    if run.streams:
        data.source.restart()
    try:
        for values, _ in run.rows(loop, data, False, "steps"):
            found.append(values)
    finally:
        data.close()
    if bar is not None:
        bar.on_epoch_end(0, {})
    listed.call_end("predict")
    made = [_joined(columns) for columns in zip(*found, strict=True)]
    return made[0] if len(made) == 1 else made


def _joined(parts):
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
