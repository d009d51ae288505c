"""`tf.keras.optimizers.schedules`: learning rates that depend on the step, by the rules of `tf.train`."""

from mainstem.dialects.keras import objects
from mainstem.surface import math
from mainstem.surface.framework import convert_to_tensor
from mainstem.train import schedules


class LearningRateSchedule:
    """The base: `schedule(step)` gives the learning rate."""

    def __call__(self, step):
        raise NotImplementedError("Learning rate schedule must override __call__")

    def get_config(self):
        """The arguments as a dict."""
        raise NotImplementedError("Learning rate schedule must override get_config")

    @classmethod
    def from_config(cls, config):
        """The schedule of `get_config`'s dict."""
        return cls(**config)

    @staticmethod
    def of(config, custom_objects=None):
        """The schedule of `serialize`'s dict."""
        return deserialize(config, custom_objects)


class _Told(LearningRateSchedule):
    _names = ()

    def get_config(self):
        """The arguments as a dict."""
        return {n: getattr(self, n) for n in (*self._names, "name")}


def _now(rule, *args, **kwargs):
    """The rate itself: in eager mode the rules of `tf.train` give a function."""
    made = rule(*args, **kwargs)
    return made() if callable(made) else made


class ExponentialDecay(_Told):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`; with `staircase` the exponent is rounded down."""

    _names = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase")

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None):
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def __call__(self, step):
        given = (self.initial_learning_rate, step, self.decay_steps, self.decay_rate, self.staircase, self.name)
        return _now(schedules.exponential_decay, *given)


class InverseTimeDecay(_Told):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`; with `staircase` the quotient is rounded down."""

    _names = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase")

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name=None):
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase, self.name = staircase, name

    def __call__(self, step):
        given = (self.initial_learning_rate, step, self.decay_steps, self.decay_rate, self.staircase, self.name)
        return _now(schedules.inverse_time_decay, *given)


class PolynomialDecay(_Told):
    """From `initial_learning_rate` to `end_learning_rate` in `decay_steps` steps; see `tf.train.polynomial_decay`."""

    _names = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle")

    def __init__(self, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False, name=None):
        self.initial_learning_rate, self.decay_steps, self.end_learning_rate = (
            initial_learning_rate,
            decay_steps,
            end_learning_rate,
        )
        self.power, self.cycle, self.name = power, cycle, name

    def __call__(self, step):
        given = (self.end_learning_rate, self.power, self.cycle, self.name)
        return _now(schedules.polynomial_decay, self.initial_learning_rate, step, self.decay_steps, *given)


class PiecewiseConstantDecay(_Told):
    """`values[i]` between the boundaries before and after it. Raises ValueError unless there is one value more."""

    _names = ("boundaries", "values")

    def __init__(self, boundaries, values, name=None):
        if len(boundaries) != len(values) - 1:
            raise ValueError("The length of boundaries should be 1 less than the length of values")
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step):
        step = convert_to_tensor(step)
        limits = [math.cast(convert_to_tensor(b), step.dtype.base_dtype) for b in self.boundaries]
        return _now(schedules.piecewise_constant, step, limits, self.values, self.name)


class CosineDecay(_Told):
    """Down along half a cosine to `alpha` of the initial rate; see `tf.train.cosine_decay`."""

    _names = ("initial_learning_rate", "decay_steps", "alpha")

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, name=None):
        self.initial_learning_rate, self.decay_steps, self.alpha, self.name = initial_learning_rate, decay_steps, alpha, name

    def __call__(self, step):
        return _now(schedules.cosine_decay, self.initial_learning_rate, step, self.decay_steps, self.alpha, self.name)


class CosineDecayRestarts(_Told):
    """`CosineDecay` again and again, each `t_mul` times as long and from `m_mul` times as high; see `tf.train.cosine_decay_restarts`."""

    _names = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha")

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None):
        self.initial_learning_rate, self.first_decay_steps, self.name = initial_learning_rate, first_decay_steps, name
        self._t_mul, self._m_mul, self.alpha = t_mul, m_mul, alpha

    t_mul = property(lambda self: self._t_mul, doc="How much longer each period is.")
    m_mul = property(lambda self: self._m_mul, doc="How much higher each period begins.")

    def __call__(self, step):
        given = (self._t_mul, self._m_mul, self.alpha, self.name)
        return _now(schedules.cosine_decay_restarts, self.initial_learning_rate, step, self.first_decay_steps, *given)


class LinearCosineDecay(_Told):
    """A line times a cosine; see `tf.train.linear_cosine_decay`."""

    _names = ("initial_learning_rate", "decay_steps", "num_periods", "alpha", "beta")

    def __init__(self, initial_learning_rate, decay_steps, num_periods=0.5, alpha=0.0, beta=0.001, name=None):
        self.initial_learning_rate, self.decay_steps, self.num_periods = initial_learning_rate, decay_steps, num_periods
        self.alpha, self.beta, self.name = alpha, beta, name

    def __call__(self, step):
        given = (self.num_periods, self.alpha, self.beta, self.name)
        return _now(schedules.linear_cosine_decay, self.initial_learning_rate, step, self.decay_steps, *given)


KNOWN = {c.__name__: c for c in (ExponentialDecay, InverseTimeDecay, PolynomialDecay, PiecewiseConstantDecay)}
EXPERIMENTAL = {c.__name__: c for c in (CosineDecay, CosineDecayRestarts, LinearCosineDecay)}


def serialize(learning_rate_schedule):
    """A schedule as a dict of its class and arguments."""
    return objects.serialize_keras_object(learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """The schedule of `serialize`'s dict. Raises ValueError for an unknown class."""
    return objects.deserialize_keras_object(config, {**KNOWN, **EXPERIMENTAL}, custom_objects, "decay")
