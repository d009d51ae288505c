"""Resampling of a batch: each example as often as chance says, by rates or by weights; shapes change from run to run."""

from mainstem.base import dtypes
from mainstem.graph.keys import GraphKeys
from mainstem.ops import flow
from mainstem.surface import array, index, masking, math, random, reduce
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.variable_scope import get_variable, variable_scope
from mainstem.train.moving_averages import assign_moving_average


def resample_at_rate(inputs, rates, scope=None, seed=None, back_prop=False):
    """Each example of the batch `k` times, where `k` is Poisson with the example's rate: a list like `inputs`.

    Args:
        inputs: a list of tensors [n, …].
        rates: [n], not negative.
        seed: the op's seed.
        back_prop: unless this is set, no gradient goes to `rates` through the choice (none does here in any case).
    """
    with name_scope(scope, "resample_at_rate", [*inputs, rates]):
        rates = convert_to_tensor(rates, name="rates")
        counts = random.random_poisson_v1(rates, [], rates.dtype.base_dtype, seed=seed)
        counts = math.cast(counts, dtypes.int32)
        chosen = masking.repeat(array.range(array.size(counts)), counts, axis=0)
        chosen = chosen if back_prop else flow.stop_gradient(chosen)
        return [index.gather_v1(x, chosen) for x in inputs]


def weighted_resample(inputs, weights, overall_rate, scope=None, mean_decay=0.999, seed=None):
    """Each example of the batch as often as its weight says, on average `overall_rate` times: (list of tensors, their rates).

    Args:
        inputs: a list of tensors [n, …].
        weights: [n], not negative; compared with their running mean, which a local variable keeps.
        overall_rate: how many examples come out for one that goes in.
        mean_decay: of the running mean.
        seed: the op's seed.
    """
    with name_scope(scope, "weighted_resample", inputs) as scope:
        weights = convert_to_tensor(weights)
        mean = _running_mean(weights, mean_decay)
        rates = weights * overall_rate / mean
        *made, chosen_rates = resample_at_rate([*inputs, rates], rates, scope=scope, seed=seed)
        return made, chosen_rates


def _running_mean(weights, decay):
    start = math.cast(0.0, weights.dtype.base_dtype)
    with variable_scope(None, "estimate_mean", [weights]):
        mean = get_variable("estimated_mean", initializer=start, trainable=False, collections=[GraphKeys.LOCAL_VARIABLES])
        return assign_moving_average(mean, reduce.reduce_mean(weights), decay)
