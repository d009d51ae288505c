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


KNOWN = {c.__name__: c for c in (ExponentialDecay, InverseTimeDecay, PolynomialDecay, PiecewiseConstantDecay)}


def serialize(learning_rate_schedule):
    """A schedule as a dict of its class and arguments."""
    return objects.serialize_keras_object(learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """The schedule of `serialize`'s dict. Raises ValueError for an unknown class."""
    return objects.deserialize_keras_object(config, KNOWN, custom_objects, "decay")
