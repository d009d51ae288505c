"""Learning rates that depend on the global step; each gives a scalar tensor of the type of `learning_rate`.

In eager mode it gives a function without arguments that computes this tensor from the step as it is then.
"""

import functools
import inspect
from math import pi

from mainstem.base import dtypes
from mainstem.core.registry import lookup
from mainstem.eager.context import executing_eagerly
from mainstem.ops import index, math  # noqa: F401 - register the arithmetic
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.random import random_normal


def _schedule(rule):
    """A rule that in eager mode is put off until an optimizer wants the rate."""
    signature = inspect.signature(rule)

    @functools.wraps(rule)
    def schedule(*args, **kwargs):
        given = signature.bind(*args, **kwargs).arguments
        if not executing_eagerly() or given.get("global_step", given.get("x")) is None:
            return rule(*args, **kwargs)
        return functools.partial(rule, *args, **kwargs)

    return schedule


def _as(value, dtype, name=None):
    """A number, variable or tensor as a tensor of type `dtype`."""
    if isinstance(value, (int, float)):
        return convert_to_tensor(value, dtype, name=name)
    value = convert_to_tensor(value, name=name)
    return value if value.dtype.base_dtype is dtype else lookup("Cast")(value, DstT=dtype)


def _start(learning_rate, global_step, function):
    """(learning rate, global step as its type, that type)."""
    if global_step is None:
        raise ValueError(f"global_step is required for {function}.")
    rate = convert_to_tensor(learning_rate, name="initial_learning_rate")
    return rate, _as(global_step, rate.dtype.base_dtype), rate.dtype.base_dtype


def _minus(x, y, dtype):
    return lookup("Sub")(_as(x, dtype), _as(y, dtype), name="sub")


def _plus(x, y, dtype):
    return lookup("AddV2")(_as(x, dtype), _as(y, dtype), name="add")


def _times(x, y, dtype):
    return lookup("Mul")(_as(x, dtype), _as(y, dtype), name="mul")


def _over(x, y, dtype):
    return lookup("RealDiv")(_as(x, dtype), _as(y, dtype), name="truediv")


@_schedule
def exponential_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """`learning_rate * decay_rate ** (global_step / decay_steps)`; with `staircase` the exponent is rounded down.

    Raises ValueError without `global_step`.
    """
    with name_scope(name, "ExponentialDecay", [learning_rate, global_step, decay_steps, decay_rate]) as scope:
        rate, step, dtype = _start(learning_rate, global_step, "exponential_decay")
        power = _over(step, decay_steps, dtype)
        power = lookup("Floor")(power) if staircase else power
        return lookup("Mul")(rate, lookup("Pow")(_as(decay_rate, dtype), power), name=scope)


@_schedule
def natural_exp_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """`learning_rate * exp(-decay_rate * global_step / decay_steps)`; with `staircase` the quotient is rounded down.

    Raises ValueError without `global_step`.
    """
    if isinstance(decay_rate, int):
        decay_rate = float(decay_rate)
    base = lookup("Exp")(lookup("Neg")(convert_to_tensor(decay_rate)))
    return exponential_decay.__wrapped__(learning_rate, global_step, decay_steps, base, staircase, name)


@_schedule
def inverse_time_decay(learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None):
    """`learning_rate / (1 + decay_rate * global_step / decay_steps)`; with `staircase` the quotient is rounded down.

    Raises ValueError without `global_step`.
    """
    with name_scope(name, "InverseTimeDecay", [learning_rate, global_step, decay_rate]) as scope:
        rate, step, dtype = _start(learning_rate, global_step, "inverse_time_decay")
        power = _over(step, decay_steps, dtype)
        power = lookup("Floor")(power) if staircase else power
        grown = lookup("Add")(_as(1, dtype, "Const"), lookup("Mul")(_as(decay_rate, dtype), power))
        return lookup("RealDiv")(rate, grown, name=scope)


@_schedule
def polynomial_decay(learning_rate, global_step, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, name=None):
    """`(learning_rate - end) * (1 - step / decay_steps) ** power + end`, staying at `end_learning_rate` after `decay_steps`.

    With `cycle`, `decay_steps` is replaced by its first multiple that is not below the step. Raises ValueError without
    `global_step`.
    """
    inputs = [learning_rate, global_step, decay_steps, end_learning_rate, power]
    with name_scope(name, "PolynomialDecay", inputs) as scope:
        rate, step, dtype = _start(learning_rate, global_step, "polynomial_decay")
        end, total = _as(end_learning_rate, dtype), _as(decay_steps, dtype)
        if cycle:
            one = _as(1, dtype)
            times = lookup("Ceil")(_over(step, total, dtype))
            total = lookup("Mul")(total, lookup("Select")(lookup("Equal")(step, _as(0, dtype)), one, times))
        else:
            step = lookup("Minimum")(step, total)
        left = _minus(1, _over(step, total, dtype), dtype)
        fallen = lookup("Mul")(_minus(rate, end, dtype), lookup("Pow")(left, _as(power, dtype)))
        return lookup("Add")(fallen, end, name=scope)


@_schedule
def piecewise_constant(x, boundaries, values, name=None):
    """`values[0]` for `x <= boundaries[0]`, `values[i]` for `boundaries[i-1] < x <= boundaries[i]`, else the last value.

    Raises ValueError unless there is one value more than boundaries, boundaries have the type of `x`, values one type.
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    if x is None:
        raise ValueError("piecewise_constant: 'x' must be a number or tensor. Got None.")
    with name_scope(name, "PiecewiseConstant", [x, boundaries, values, name]) as scope:
        x = convert_to_tensor(x)
        kind = x.dtype.base_dtype
        limits = []
        for b in boundaries:
            b = convert_to_tensor(b)
            if b.dtype.base_dtype is not kind:
                if not (b.dtype.base_dtype is dtypes.int32 and kind is dtypes.int64):
                    raise ValueError(f"Boundaries ({b.dtype}) must have the same dtype as x ({x.dtype}).")
                b = lookup("Cast")(b, DstT=kind)
            limits.append(b)
        levels = [convert_to_tensor(v) for v in values]
        for v in levels[1:]:
            if v.dtype.base_dtype is not levels[0].dtype.base_dtype:
                raise ValueError(f"Values must have elements all with the same dtype ({levels[0].dtype} vs {v.dtype}).")
        result = levels[-1]
        for b, v in zip(reversed(limits), reversed(levels[:-1]), strict=True):
            result = lookup("Select")(lookup("LessEqual")(x, b), v, result)
        return lookup("Identity")(result, name=scope)


piecewise_constant_decay = piecewise_constant


def _wave(fraction, dtype):
    """`(1 + cos(π * fraction)) / 2`."""
    cosine = lookup("Cos")(_times(convert_to_tensor(pi, dtype), fraction, dtype))
    return _times(0.5, _plus(1, cosine, dtype), dtype)


@_schedule
def cosine_decay(learning_rate, global_step, decay_steps, alpha=0.0, name=None):
    """Half a cosine wave from `learning_rate` down to `alpha * learning_rate` in `decay_steps` (Loshchilov and Hutter, 2016).

    Raises ValueError without `global_step`.
    """
    with name_scope(name, "CosineDecay", [learning_rate, global_step]):
        rate, step, dtype = _start(learning_rate, global_step, "cosine_decay")
        total = _as(decay_steps, dtype)
        wave = _wave(_over(lookup("Minimum")(step, total), total, dtype), dtype)
        return lookup("Mul")(rate, _plus(_times(1 - alpha, wave, dtype), alpha, dtype))


@_schedule
def cosine_decay_restarts(learning_rate, global_step, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None):
    """`cosine_decay` that starts again, each period `t_mul` times as long and from `m_mul` times the rate of the one before.

    Raises ValueError without `global_step`.
    """
    with name_scope(name, "SGDRDecay", [learning_rate, global_step]) as scope:
        rate, step, dtype = _start(learning_rate, global_step, "cosine_decay_restarts")
        done = _over(step, first_decay_steps, dtype)
        t_mul, alpha, one = _as(t_mul, dtype), _as(alpha, dtype), _as(1, dtype)
        whole = lookup("Floor")(done)
        # periods of lengths 1, t, t², … have filled `done` after `count` of them: a geometric sum
        ratio = _minus(one, t_mul, dtype)
        grown = lookup("Log")(_minus(one, _times(done, ratio, dtype), dtype))
        count = lookup("Floor")(_over(grown, lookup("Log")(t_mul), dtype))
        length = lookup("Pow")(t_mul, count)
        inside = _over(_minus(done, _over(_minus(one, length, dtype), ratio, dtype), dtype), length, dtype)
        equal = lookup("Equal")(t_mul, one)
        count = lookup("Select")(equal, whole, count)
        fraction = lookup("Select")(equal, _minus(done, whole, dtype), inside)
        height = lookup("Pow")(_as(m_mul, dtype), count)
        wave = _times(height, _wave(fraction, dtype), dtype)
        level = _plus(_times(_minus(one, alpha, dtype), wave, dtype), alpha, dtype)
        return lookup("Mul")(rate, level, name=scope)


def _linear_cosine(rate, step, total, dtype, num_periods, alpha, beta, noise, scope):
    step = lookup("Minimum")(step, total)
    linear = _over(_minus(total, step, dtype), total, dtype)
    linear = linear if noise is None else _plus(linear, noise(step), dtype)
    periods = _times(_times(2.0, num_periods, dtype), _over(step, total, dtype), dtype)
    level = _plus(_times(_plus(alpha, linear, dtype), _wave(periods, dtype), dtype), beta, dtype)
    return lookup("Mul")(rate, level, name=scope)


@_schedule
def linear_cosine_decay(learning_rate, global_step, decay_steps, num_periods=0.5, alpha=0.0, beta=0.001, name=None):
    """A line down to 0 times a cosine wave of `num_periods`: `(alpha + linear) * wave + beta` (Bello et al., 2017).

    Raises ValueError without `global_step`.
    """
    with name_scope(name, "LinearCosineDecay", [learning_rate, global_step]) as scope:
        rate, step, dtype = _start(learning_rate, global_step, "linear_cosine_decay")
        total = _as(decay_steps, dtype)
        return _linear_cosine(rate, step, total, dtype, num_periods, alpha, beta, None, scope)


@_schedule
def noisy_linear_cosine_decay(
    learning_rate,
    global_step,
    decay_steps,
    initial_variance=1.0,
    variance_decay=0.55,
    num_periods=0.5,
    alpha=0.0,
    beta=0.001,
    name=None,
):
    """`linear_cosine_decay` with normal noise on the line, of variance `initial_variance / (1 + step) ** variance_decay`.

    Raises ValueError without `global_step`.
    """
    with name_scope(name, "NoisyLinearCosineDecay", [learning_rate, global_step]) as scope:
        rate, step, dtype = _start(learning_rate, global_step, "noisy_linear_cosine_decay")
        total = _as(decay_steps, dtype)

        def noise(step):
            spread = lookup("Pow")(_plus(1, step, dtype), _as(variance_decay, dtype))
            deviation = lookup("Sqrt")(_over(_as(initial_variance, dtype), spread, dtype))
            return random_normal([], stddev=deviation, dtype=dtype)

        return _linear_cosine(rate, step, total, dtype, num_periods, alpha, beta, noise, scope)
