"""Initializers of `tf.contrib.layers`: functions, and an older rule for the width of a truncated normal than `tf`'s own."""

import math

from mainstem.base import dtypes
from mainstem.surface import random
from mainstem.surface.initializers import fans


def variance_scaling_initializer(factor=2.0, mode="FAN_IN", uniform=False, seed=None, dtype=dtypes.float32):
    """Gives an initializer of variance `factor / n`, n being FAN_IN, FAN_OUT or their mean FAN_AVG.

    The truncated normal is drawn with standard deviation sqrt(1.3 factor / n), the uniform one in ±sqrt(3 factor / n).
    Raises TypeError for another mode or a type that is not floating.
    """
    if not dtypes.as_dtype(dtype).is_floating:
        raise TypeError("Cannot create initializer for non-floating point type.")
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError(f"Unknown mode {mode} [FAN_IN, FAN_OUT, FAN_AVG]")
    default = dtype

    def _initializer(shape, dtype=default, partition_info=None):
        if not dtypes.as_dtype(dtype).is_floating:
            raise TypeError("Cannot create initializer for non-floating point type.")
        fan_in, fan_out = fans([float(d) for d in shape])
        n = {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
        if uniform:
            bound = math.sqrt(3.0 * factor / n)
            return random.random_uniform(shape, -bound, bound, dtype, seed=seed)
        return random.truncated_normal(shape, 0.0, math.sqrt(1.3 * factor / n), dtype, seed=seed)

    return _initializer


def xavier_initializer(uniform=True, seed=None, dtype=dtypes.float32):
    """Gives the initializer of Glorot and Bengio (2010): variance 1 / mean of fan in and fan out."""
    return variance_scaling_initializer(1.0, "FAN_AVG", uniform, seed, dtype)


xavier_initializer_conv2d = xavier_initializer
