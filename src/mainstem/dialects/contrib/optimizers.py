"""`optimize_loss`: one call that makes a training step, with clipping, noise, multipliers and summaries."""

import inspect

from mainstem.base import dtypes, shapes
from mainstem.graph.graph import get_default_graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.keys import GraphKeys
from mainstem.graph.tensor import Tensor
from mainstem.ops import math as math_ops
from mainstem.surface import array, check, clip, initializers, masking, math, random, variables
from mainstem.surface.framework import convert_to_tensor
from mainstem.surface.order import with_dependencies
from mainstem.surface.variable_scope import get_variable, variable_scope
from mainstem.train import summary
from mainstem.train.adagrad import AdagradOptimizer
from mainstem.train.adam import AdamOptimizer
from mainstem.train.ftrl import FtrlOptimizer
from mainstem.train.global_step import assert_global_step, get_global_step
from mainstem.train.gradient_descent import GradientDescentOptimizer
from mainstem.train.momentum import MomentumOptimizer
from mainstem.train.moving_averages import assign_moving_average
from mainstem.train.optimizer import Optimizer
from mainstem.train.rmsprop import RMSPropOptimizer

OPTIMIZER_CLS_NAMES = {
    "Adagrad": AdagradOptimizer,
    "Adam": AdamOptimizer,
    "Ftrl": FtrlOptimizer,
    "Momentum": lambda learning_rate: MomentumOptimizer(learning_rate, momentum=0.9),
    "RMSProp": RMSPropOptimizer,
    "SGD": GradientDescentOptimizer,
}
OPTIMIZER_SUMMARIES = [
    "learning_rate",
    "loss",
    "gradients",
    "gradient_norm",
    "global_gradient_norm",
]


def optimize_loss(
    loss,
    global_step,
    learning_rate,
    optimizer,
    gradient_noise_scale=None,
    gradient_multipliers=None,
    clip_gradients=None,
    learning_rate_decay_fn=None,
    update_ops=None,
    variables=None,
    name=None,
    summaries=None,
    colocate_gradients_with_ops=False,
    increment_global_step=True,
):
    """A tensor: `loss`, which is there only after a training step on it.

    Args:
        loss: a scalar.
        global_step: the variable that counts the steps; None: the graph's, if there is one.
        learning_rate: a float (kept in a variable `learning_rate`), a scalar tensor, or None where the optimizer knows it.
        optimizer: a name ("SGD", "Adam", "Momentum" …), a class, an object, or a function of the learning rate that gives one.
        gradient_noise_scale: the standard deviation of noise added to gradients.
        gradient_multipliers: a dict from variables or their names to factors.
        clip_gradients: a float, the largest global norm; or a function of the (gradient, variable) pairs.
        learning_rate_decay_fn: a function of (learning rate, global step).
        update_ops: operations that run first; default: those of `GraphKeys.UPDATE_OPS`.
        variables: what to train; default: all trainable ones.
        name: of the variable scope, by default "OptimizeLoss".
        summaries: which of `OPTIMIZER_SUMMARIES` to write; default: loss, learning rate and the gradients' global norm.
        colocate_gradients_with_ops: as of `compute_gradients`.
        increment_global_step: whether the step counts.

    Raises ValueError for arguments that do not fit, TypeError for a global step that is no integer scalar.
    """
    loss = convert_to_tensor(loss)
    check.assert_scalar_v1(loss)
    if global_step is None:
        global_step = get_global_step()
    else:
        assert_global_step(global_step)
    with variable_scope(name, "OptimizeLoss", [loss, global_step]):
        before = set(get_default_graph().get_collection(GraphKeys.UPDATE_OPS)) if update_ops is None else update_ops
        if before:
            loss = with_dependencies(list(before), loss)
        summaries = _checked(summaries)
        rate = _rate(learning_rate)
        if learning_rate is not None and learning_rate_decay_fn is not None:
            if global_step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, global_step)
            if "learning_rate" in summaries:
                summary.scalar("learning_rate", rate)
        made = _optimizer(optimizer, rate, learning_rate)
        pairs = made.compute_gradients(
            loss,
            _trained() if variables is None else variables,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gradient_noise_scale is not None:
            pairs = _noisy(pairs, gradient_noise_scale)
        if gradient_multipliers is not None:
            pairs = _multiplied(pairs, gradient_multipliers)
            if not pairs:
                raise ValueError(
                    "Empty list of (gradient, var) pairs encountered. This is most likely to be caused by an improper value of "
                    "gradient_multipliers."
                )
        of_all = "global_gradient_norm" in summaries or "gradient_norm" in summaries
        if of_all:
            summary.scalar("global_norm/gradient_norm", clip.global_norm([g for g, _ in pairs]))
        pairs = _clipped(pairs, clip_gradients)
        _summarize(loss, pairs, summaries)
        if clip_gradients is not None and of_all:
            summary.scalar("global_norm/clipped_gradient_norm", clip.global_norm([g for g, _ in pairs]))
        step = made.apply_gradients(pairs, global_step=global_step if increment_global_step else None, name="train")
        return with_dependencies([step], loss)


def _trained():
    return variables.trainable_variables()


def _checked(summaries):
    if summaries is None:
        return ["loss", "learning_rate", "global_gradient_norm"]
    for one in summaries:
        if one not in OPTIMIZER_SUMMARIES:
            raise ValueError(f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided {one}.")
    return summaries


def _rate(learning_rate):
    if learning_rate is None:
        return None
    if isinstance(learning_rate, Tensor) and learning_rate.shape.ndims == 0:
        return learning_rate
    if isinstance(learning_rate, float):
        if learning_rate < 0.0:
            raise ValueError("Invalid learning_rate %s.", learning_rate)
        return get_variable("learning_rate", [], trainable=False, initializer=initializers.Constant(learning_rate))
    raise ValueError(f"Learning rate should be 0d Tensor or float. Got {learning_rate} of type {type(learning_rate)}")


def _optimizer(optimizer, rate, learning_rate):
    if isinstance(optimizer, str):
        if rate is None:
            raise ValueError(f"Learning rate is None, but should be specified if optimizer is string ({optimizer}).")
        if optimizer not in OPTIMIZER_CLS_NAMES:
            known = ", ".join(OPTIMIZER_CLS_NAMES)
            raise ValueError(f"Optimizer name should be one of [{known}], you provided {optimizer}.")
        return OPTIMIZER_CLS_NAMES[optimizer](learning_rate=rate)
    if inspect.isclass(optimizer) and issubclass(optimizer, Optimizer):
        if rate is None:
            raise ValueError(f"Learning rate is None, but should be specified if optimizer is class ({optimizer}).")
        return optimizer(learning_rate=rate)
    if isinstance(optimizer, Optimizer):
        return optimizer
    if callable(optimizer):
        made = optimizer(rate) if learning_rate is not None else optimizer()
        if not isinstance(made, Optimizer):
            raise ValueError(f"Unrecognized optimizer: function should return subclass of Optimizer. Got {made}.")
        return made
    raise ValueError(
        "Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass of Optimizer or function with one "
        f"argument. Got {optimizer}."
    )


def _noisy(pairs, scale):
    """Gradients plus truncated normal noise."""
    noisy = []
    for gradient, variable in pairs:
        if gradient is not None:
            sparse = isinstance(gradient, IndexedSlices)
            shape = gradient.dense_shape if sparse else shapes.as_tuple(gradient.shape)
            gradient = gradient + random.truncated_normal(shape) * scale
        noisy.append((gradient, variable))
    return noisy


def _scaled(gradient, factor):
    if isinstance(gradient, IndexedSlices):
        return IndexedSlices(gradient.values * factor, gradient.indices, gradient.dense_shape)
    return gradient * factor


def _multiplied(pairs, factors):
    """Gradients times the factor of their variable, found by the variable or its name."""
    made = []
    for gradient, variable in pairs:
        key = next((k for k in factors if k is variable or isinstance(k, str) and k == variable.name), None)
        if gradient is not None and key is not None:
            factor = factors[key]
            if not isinstance(factor, (int, float)):
                factor = math.cast(factor, gradient.dtype)
            gradient = _scaled(gradient, factor)
        made.append((gradient, variable))
    return made


def _clipped(pairs, limit):
    if limit is None:
        return pairs
    if isinstance(limit, float):
        gradients, trained = zip(*pairs, strict=True)
        gradients, _ = clip.clip_by_global_norm(gradients, limit)
        return list(zip(gradients, trained, strict=True))
    if callable(limit):
        return limit(pairs)
    raise ValueError(f"Unknown type {type(limit)} for clip_gradients")


def _summarize(loss, pairs, summaries):
    if "loss" in summaries:
        summary.scalar("loss", loss)
    for gradient, variable in pairs:
        values = gradient.values if isinstance(gradient, IndexedSlices) else gradient
        if values is None:
            continue
        label = variable.name.replace(":", "_")
        if "gradients" in summaries:
            summary.histogram(f"gradients/{label}", values)
        if "gradient_norm" in summaries:
            summary.scalar(f"gradient_norm/{label}", clip.global_norm([values]))


def adaptive_clipping_fn(
    std_factor=2.0, decay=0.95, static_max_norm=None, global_step=None, report_summary=False, epsilon=1e-8, name=None
):
    """A function for `clip_gradients`: clips where the norm's logarithm is `std_factor` deviations over its moving mean.

    Args:
        decay: of the moving mean and mean square.
        static_max_norm: a limit beside that, or None.
        global_step: lets the averages move faster in the first steps.
        report_summary: whether to write the limit.
        epsilon: added to norms, and the least variance.
        name: of the variable scope, by default "AdaptiveMaxNorm".

    A gradient that is over the limit is brought to the mean norm.
    """

    def clip_pairs(grads_and_vars):
        gradients, trained = zip(*grads_and_vars, strict=True)
        norm = clip.global_norm(gradients)
        limit, log_mean = _limit(norm, std_factor, decay, global_step, epsilon, name)
        if report_summary:
            summary.scalar("global_norm/adaptive_max_gradient_norm", limit)
        if static_max_norm is not None:
            limit = math_ops.minimum(limit, static_max_norm)
        factor = masking.where_v1(norm < limit, array.ones_like_v1(norm), math.exp(log_mean) / norm)
        return [(g if g is None else _scaled(g, factor), v) for g, v in zip(gradients, trained, strict=True)]

    return clip_pairs


def _limit(norm, std_factor, decay, global_step, epsilon, name):
    with variable_scope(name, "AdaptiveMaxNorm", [norm]):
        log_norm = math.log(norm + epsilon)
        if global_step is not None:  # faster in the beginning
            n = math.cast(global_step, dtypes.float32)
            decay = math_ops.minimum(decay, n / (n + 1.0))

        def average(label, value):
            kept = get_variable(label, shape=value.shape, dtype=value.dtype, initializer=initializers.Zeros(), trainable=False)
            return assign_moving_average(kept, value, decay, zero_debias=False)

        mean, squares = average("mean", log_norm), average("sq_mean", math.square(log_norm))
        deviation = math.sqrt(math_ops.maximum(epsilon, squares - math.square(mean)))
        return math.exp(mean + std_factor * deviation), mean
