"""What `compile` sets: for each output of a model its loss, the loss's weight, and its metrics."""

import contextlib

from mainstem.base import shapes
from mainstem.dialects.keras import losses, metrics
from mainstem.dialects.layers.described import Described
from mainstem.platform import logging
from mainstem.surface import array, math, reduce
from mainstem.surface.framework import name_scope

_SHORT = {"accuracy": "acc", "acc": "acc", "crossentropy": "ce", "ce": "ce"}


def _listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _check_names(what, given, names):
    unknown = [k for k in given if k not in names]
    if unknown:
        raise ValueError(f"Unknown entries in {what} dictionary: {unknown}. Only expected following keys: {list(names)}")


def losses_for(loss, names):
    """A loss function for each output, None for outputs without one; `loss` as of `compile`.

    Raises ValueError for a dict with other names and for a list of another length.
    """
    if isinstance(loss, dict) and "class_name" not in loss:
        _check_names("loss", loss, names)
        for name in names:
            if name not in loss:
                logging.warning(
                    "Output %s missing from loss dictionary. We assume this was done on purpose. The fit and evaluate APIs will not be "
                    "expecting any data to be passed to %s.",
                    name,
                    name,
                )
        return [loss_function(loss.get(n)) for n in names]
    if isinstance(loss, (list, tuple)):
        if len(loss) != len(names):
            raise ValueError(
                f"When passing a list as loss, it should have one entry per model outputs. The model has {len(names)} outputs, but you "
                f"passed loss={loss}"
            )
        return [loss_function(v) for v in loss]
    return [loss_function(loss) for _ in names]


def loss_function(loss):
    """A loss object, or a function of labels, outputs and `sample_weight`, for what `compile` takes; None stays."""
    if loss is None or isinstance(loss, losses.Loss):
        return loss
    if callable(loss) and not hasattr(loss, "__name__"):
        return loss
    found = losses.get(loss)
    if isinstance(found, losses.Loss):
        return found
    return losses.LossFunctionWrapper(found, reduction="sum_over_batch_size", name=found.__name__)


def loss_weights_for(value, names):
    """The weight of each output's loss. Raises ValueError for other names or another length, TypeError for other types."""
    if value is None:
        return [1.0] * len(names)
    if isinstance(value, dict):
        _check_names("loss_weights", value, names)
        return [value.get(n, 1.0) for n in names]
    if isinstance(value, (list, tuple)):
        if len(value) != len(names):
            raise ValueError(
                f"When passing a list as loss_weights, it should have one entry per model output. The model has {len(names)} outputs, "
                f"but you passed loss_weights={value}"
            )
        return list(value)
    raise TypeError(f"Could not interpret loss_weights argument: {value} - expected a list of dicts.")


def _function_of(loss):
    return getattr(loss, "fn", None)


def _metric(value, shape, loss):
    """The metric for what `compile` takes: "accuracy" is that of the output's kind."""
    if value not in _SHORT if isinstance(value, str) else True:
        return metrics.get(value)
    sparse = _function_of(loss) is losses.sparse_categorical_crossentropy
    binary = (shape is not None and shape[-1] == 1) or _function_of(loss) is losses.binary_crossentropy
    kinds = {
        "acc": ("binary_accuracy", "sparse_categorical_accuracy", "categorical_accuracy"),
        "ce": ("binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy"),
    }[_SHORT[value]]
    return metrics.get(kinds[0] if binary else kinds[1] if sparse else kinds[2])


def _metric_name(value, weighted):
    if isinstance(value, str) and value in _SHORT:
        name = _SHORT[value]
    else:
        found = metrics.get(value)
        name = found.name if hasattr(found, "name") else found.__name__
    return "weighted_" * weighted + name


def metrics_for(given, outputs, weighted):
    """[[(name, Metric)]] for each output; `given` as `metrics` of `compile`.

    Raises ValueError for a list of lists of another length and for a dict with other names, TypeError for other types.
    """
    names = [o.name for o in outputs]
    if not given:
        return [[] for _ in outputs]
    if isinstance(given, dict):
        _check_names("metrics", given, names)
        nested = [_listed(given.get(n, [])) for n in names]
    elif isinstance(given, list):
        if any(isinstance(m, list) for m in given):
            if len(given) != len(names):
                raise ValueError(
                    "When passing a list of lists as `metrics`, it should have one entry per model output. The model has "
                    f"{len(names)} outputs, but you passed metrics={given}"
                )
            nested = [_listed(m) for m in given]
        else:
            nested = [[_clone(m) if len(names) > 1 else m for m in given] for _ in names]
    else:
        raise TypeError(f"Type of `metrics` argument not understood. Expected a list or dictionary, found: {given}")
    found = []
    for output, own in zip(outputs, nested, strict=True):
        named = {}
        for value in own if output.loss is not None else ():
            name = _metric_name(value, weighted)
            metric = _metric(value, output.shape, output.loss)
            if not isinstance(metric, metrics.Metric):
                metric = metrics.MeanMetricWrapper(metric, name=name)
            named[name] = metric
        found.append(list(named.items()))
    return found


def _clone(metric):
    return type(metric).from_config(metric.get_config()) if isinstance(metric, metrics.Metric) else metric


class Output:
    """An output of a model: its name and static shape, `loss` and `loss_weight`, and `metrics` of two kinds, [Metric] each."""

    def __init__(self, name, shape, loss, loss_weight):
        self.name, self.shape, self.loss, self.loss_weight = name, shape, loss, loss_weight
        self.metrics, self.weighted, self.mean_loss = [], [], None

    def check_target(self, target):
        """Raises ValueError for an array of targets that the loss cannot compare with the output."""
        function, name = _function_of(self.loss), getattr(self.loss, "name", None)
        if function is losses.categorical_crossentropy and target.shape[-1] == 1:
            raise ValueError(
                f"You are passing a target array of shape {target.shape} while using as loss `categorical_crossentropy`. "
                "`categorical_crossentropy` expects targets to be binary matrices (1s and 0s) of shape (samples, classes). If your "
                "targets are integer classes, use `tf.keras.utils.to_categorical`, or the loss `sparse_categorical_crossentropy`."
            )
        if self.shape is None or function not in _OF_OUTPUT_SHAPE:
            return
        if any(b is not None and a != b for a, b in zip(target.shape[1:], self.shape[1:])):
            raise ValueError(
                f"A target array with shape {target.shape} was passed for an output of shape {self.shape} while using as loss "
                f"`{name or function.__name__}`. This loss expects targets to have the same shape as the output."
            )


_OF_OUTPUT_SHAPE = (losses.mean_squared_error, losses.binary_crossentropy, losses.categorical_crossentropy)
Described._mean_metric = staticmethod(lambda name: metrics.Mean(name=name))


class Objective:
    """The losses and metrics of a model's outputs; `names`, of `loss` and of all metrics, are the columns of what a step gives."""

    def __init__(self, output_names, output_shapes, loss=None, metrics=None, loss_weights=None, weighted_metrics=None):
        found = zip(output_names, output_shapes, losses_for(loss, output_names), loss_weights_for(loss_weights, output_names))
        self.outputs = [Output(*row) for row in found]
        self.names, self.metrics = ["loss"], []
        several = len(self.outputs) > 1
        if several:
            self.names += [f"{o.name}_loss" for o in self.with_targets]
        plain, weighted = metrics_for(metrics, self.outputs, False), metrics_for(weighted_metrics, self.outputs, True)
        for output, own, with_weights in zip(self.outputs, plain, weighted, strict=True):
            output.metrics = [self._joined(name, metric, output, several) for name, metric in own]
            output.weighted = [self._joined(name, metric, output, several) for name, metric in with_weights]
        self._make_mean_losses(several)

    def _joined(self, name, metric, output, several):
        base = name = f"{output.name}_{name}" if several else name
        number = 1
        while name in self.names:
            name = f"{base}_{number}"
            number += 1
        metric._name = name
        self.names.append(name)
        self.metrics.append(metric)
        return metric

    def _make_mean_losses(self, several):
        self.mean_losses = []
        for output in self.with_targets if several else ():
            output.mean_loss = metrics.Mean(name=f"{output.name}_loss")
            self.mean_losses.append(output.mean_loss)

    @property
    def with_targets(self):
        """The outputs that have a loss, and so a target."""
        return [o for o in self.outputs if o.loss is not None]

    def total(self, values, targets, weights, masks, more, in_scopes=True):
        """The loss to minimize, and the means of the outputs' losses where there are several.

        Args:
            values: the outputs' tensors, all of them.
            targets, weights: tensors for the outputs with targets; a weight may be None.
            masks: for all outputs, each may be None.
            more: losses of layers.

        Raises ValueError when there is nothing to minimize.
        """
        total, means, given = None, [], iter(zip(targets, weights, strict=True))
        scope = name_scope if in_scopes else (lambda _: contextlib.nullcontext())
        with scope("loss"):
            for output, value, mask in zip(self.outputs, values, masks, strict=True):
                if output.loss is None:
                    continue
                target, weight = next(given)
                with scope(f"{output.name}_loss"):
                    loss = output.loss(target, value, sample_weight=masked(weight, mask, value.dtype))
                if output.mean_loss is not None:
                    means.append(output.mean_loss(loss))
                part = output.loss_weight * loss
                total = part if total is None else total + part
            if total is None and not more:
                raise ValueError("The model cannot be compiled because it has no loss to optimize.")
            if more:
                total = reduce.add_n(more) if total is None else total + reduce.add_n(more)
        return total, means

    def measured(self, values, targets, weights, masks, in_scopes=True):
        """The results of the metrics, after this batch."""
        results, given = [], iter(zip(targets, weights, strict=True))
        scope = name_scope if in_scopes else (lambda _: contextlib.nullcontext())
        with scope("metrics"):
            for output, value, mask in zip(self.outputs, values, masks, strict=True):
                if output.loss is None:
                    continue
                target, weight = next(given)
                for metric in output.metrics:
                    with scope(metric.name):
                        results.append(metric(target, value, sample_weight=masked(None, mask, value.dtype)))
                for metric in output.weighted:
                    with scope(metric.name):
                        results.append(metric(target, value, sample_weight=masked(weight, mask, value.dtype)))
        return results


def masked(weight, mask, dtype):
    """Weights of examples that are 0 where the mask is False."""
    if mask is None:
        return weight
    mask = math.cast(mask, dtype)
    if weight is None:
        return mask
    missing = len(shapes.as_tuple(mask.shape)) - len(shapes.as_tuple(weight.shape))
    return (array.expand_dims(weight, -1) if missing == 1 else weight) * mask
