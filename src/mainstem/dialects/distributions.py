"""`tf.distributions`: the base that programs derive distributions from, divergences between them, and the normal distribution."""

import functools
import math as numbers

import numpy as np

from mainstem.base import dtypes
from mainstem.base.shapes import TensorShape
from mainstem.ops import math as math_ops
from mainstem.ops import special
from mainstem.surface import array, check, host, masking, random, reduce
from mainstem.surface.framework import control_dependencies, convert_to_tensor, identity, name_scope


class ReparameterizationType:
    """Whether samples are a differentiable function of the parameters; compare with `FULLY_REPARAMETERIZED`."""

    def __init__(self, rep_type):
        self._rep_type = rep_type

    def __repr__(self):
        return f"<Reparameterization Type: {self._rep_type}>"


FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")


class Distribution:
    """A batch of distributions over events. Subclasses give `_prob` or `_log_prob`, `_sample_n`, `_mean`, …; each has a public method.

    Args:
        dtype: of samples. reparameterization_type: of them. validate_args: whether a run checks the parameters.
        allow_nan_stats: whether a statistic that does not exist is NaN instead of an error.
        parameters: the arguments of the constructor, for `copy`. graph_parents: tensors that the distribution is made of.
        name: of the scope of its operations; the class name when None.
    """

    def __init__(
        self, dtype, reparameterization_type, validate_args, allow_nan_stats, parameters=None, graph_parents=None, name=None
    ):  # fmt: skip
        if not name or not name.endswith("/"):
            with name_scope(name or type(self).__name__) as name:
                pass
        self._dtype, self._reparameterization_type = dtypes.as_dtype(dtype), reparameterization_type
        self._validate_args, self._allow_nan_stats = validate_args, allow_nan_stats
        self._parameters, self._graph_parents, self._name = dict(parameters or {}), list(graph_parents or ()), name

    @property
    def name(self):
        return self._name

    @property
    def dtype(self):
        return self._dtype

    @property
    def parameters(self):
        """The arguments of the constructor, as a dict."""
        return {k: v for k, v in self._parameters.items() if k != "self" and not k.startswith("__")}

    @property
    def reparameterization_type(self):
        return self._reparameterization_type

    @property
    def allow_nan_stats(self):
        return self._allow_nan_stats

    @property
    def validate_args(self):
        return self._validate_args

    def copy(self, **override_parameters_kwargs):
        """A distribution with some of the constructor's arguments replaced."""
        return type(self)(**{**self.parameters, **override_parameters_kwargs})

    # ---- shapes

    @classmethod
    def param_shapes(cls, sample_shape, name="DistributionParamShapes"):
        """{parameter: shape tensor} for samples of shape `sample_shape`."""
        with name_scope(name, values=[sample_shape]):
            return cls._param_shapes(sample_shape)

    @classmethod
    def param_static_shapes(cls, sample_shape):
        """{parameter: TensorShape} for samples of shape `sample_shape`, which must be known. Raises ValueError when it is not."""
        known = TensorShape(sample_shape)
        if not known.is_fully_defined():
            raise ValueError("TensorShape sample_shape must be fully defined")
        return {name: known for name in cls._param_shapes(known.as_list())}

    @staticmethod
    def _param_shapes(sample_shape):
        raise NotImplementedError("_param_shapes not implemented")

    @property
    def batch_shape(self):
        """The TensorShape of the parameters together."""
        return TensorShape(self._batch_shape())

    @property
    def event_shape(self):
        """The TensorShape of one event."""
        return TensorShape(self._event_shape())

    def batch_shape_tensor(self, name="batch_shape_tensor"):
        """`batch_shape` as an int32 vector."""
        return self._shape_tensor(name, self.batch_shape, "batch_shape")

    def event_shape_tensor(self, name="event_shape_tensor"):
        """`event_shape` as an int32 vector."""
        return self._shape_tensor(name, self.event_shape, "event_shape")

    def _shape_tensor(self, name, known, what):
        with self._scope(name):
            if known.is_fully_defined():
                return convert_to_tensor(known.as_list(), dtypes.int32, name=what)
            return self._hook(f"{what}_tensor")()

    def is_scalar_batch(self, name="is_scalar_batch"):
        """A bool tensor: whether there is one distribution."""
        with self._scope(name):
            return self._is_scalar(self.batch_shape, self.batch_shape_tensor, "is_scalar_batch")

    def is_scalar_event(self, name="is_scalar_event"):
        """A bool tensor: whether an event is one number."""
        with self._scope(name):
            return self._is_scalar(self.event_shape, self.event_shape_tensor, "is_scalar_event")

    @staticmethod
    def _is_scalar(known, tensor, name):
        if known.ndims is not None:
            return convert_to_tensor(known.ndims == 0, name=name)
        return math_ops.equal(array.size(tensor()), 0, name=name)

    def _batch_shape(self):
        return TensorShape(None)

    def _event_shape(self):
        return TensorShape(None)

    # ---- calls of what subclasses give

    def _scope(self, name, values=()):
        """The scope `name` inside that of the distribution, as a context manager."""
        return _Scopes(self._name, name, values)

    def _hook(self, *names):
        """The first method `_name` that the class has. Raises NotImplementedError with the first of the names."""
        for name in names:
            found = getattr(self, f"_{name}", None)
            if found is not None:
                return found
        raise NotImplementedError(f"{names[0]} is not implemented: {type(self).__name__}")

    def _has(self, name):
        return hasattr(self, f"_{name}")

    def _of_value(self, name, value, scope, kwargs, *others):
        """Calls the hook `name` with `value` as a tensor, or the first of `others`, (hook, what to make of it), that there is."""
        with self._scope(scope, [value]):
            value = convert_to_tensor(value, dtype_hint=self._dtype, name="value")
            if not self._has(name):
                for other, made in others:
                    if self._has(other):
                        return made(self._hook(other)(value, **kwargs))
            return self._hook(name)(value, **kwargs)

    def sample(self, sample_shape=(), seed=None, name="sample"):
        """Independent samples, shape `sample_shape + batch_shape + event_shape`."""
        with self._scope(name, [sample_shape]):
            sizes = convert_to_tensor(sample_shape, dtypes.int32, name="sample_shape")
            sizes, count = _vector_and_count(sizes)
            drawn = self._hook("sample_n")(count, seed)
            made = array.reshape(drawn, array.concat([sizes, array.shape(drawn)[1:]], 0))
            made.set_shape(_known(sizes).concatenate(self.batch_shape).concatenate(self.event_shape))
            return made

    def log_prob(self, value, name="log_prob"):
        """The logarithm of the probability (density) at `value`."""
        return self._of_value("log_prob", value, name, {}, ("prob", math_ops.log))

    def prob(self, value, name="prob"):
        """The probability (density) at `value`."""
        return self._of_value("prob", value, name, {}, ("log_prob", math_ops.exp))

    def log_cdf(self, value, name="log_cdf"):
        """The logarithm of the probability of at most `value`."""
        return self._of_value("log_cdf", value, name, {}, ("cdf", math_ops.log))

    def cdf(self, value, name="cdf"):
        """The probability of at most `value`."""
        return self._of_value("cdf", value, name, {}, ("log_cdf", math_ops.exp))

    def survival_function(self, value, name="survival_function"):
        """The probability of more than `value`."""
        others = ("log_survival_function", math_ops.exp), ("cdf", _rest), ("log_cdf", lambda x: -math_ops.expm1(x))
        return self._of_value("survival_function", value, name, {}, *others)

    def log_survival_function(self, value, name="log_survival_function"):
        """The logarithm of the probability of more than `value`."""
        others = ("survival_function", math_ops.log), ("cdf", lambda x: math_ops.log1p(-x))
        return self._of_value("log_survival_function", value, name, {}, *others)

    def quantile(self, value, name="quantile"):
        """The number that the distribution is at most with probability `value`."""
        return self._of_value("quantile", value, name, {})

    def _statistic(self, name, scope, *others):
        with self._scope(scope):
            if not self._has(name):
                for other, made in others:
                    if self._has(other):
                        return made(self._hook(other)())
            return self._hook(name)()

    def entropy(self, name="entropy"):
        """The entropy, in nats."""
        return self._statistic("entropy", name)

    def mean(self, name="mean"):
        return self._statistic("mean", name)

    def variance(self, name="variance"):
        return self._statistic("variance", name, ("stddev", math_ops.square))

    def stddev(self, name="stddev"):
        return self._statistic("stddev", name, ("variance", math_ops.sqrt))

    def mode(self, name="mode"):
        return self._statistic("mode", name)

    def covariance(self, name="covariance"):
        """The covariance of the entries of an event."""
        return self._statistic("covariance", name)

    def kl_divergence(self, other, name="kl_divergence"):
        """`kl_divergence` of this distribution and `other`."""
        with self._scope(name):
            return kl_divergence(self, other, self._allow_nan_stats)

    def cross_entropy(self, other, name="cross_entropy"):
        """The cross entropy of this distribution and `other`: the entropy of this one and its divergence from `other`."""
        with self._scope(name):
            return self.entropy() + kl_divergence(self, other, self._allow_nan_stats)

    def _described(self):
        batch, event = (str(s) if s.ndims is not None else "<unknown>" for s in (self.batch_shape, self.event_shape))
        return batch, event, self._dtype.name

    def __str__(self):
        batch, event, kind = self._described()
        return (
            f'tfp.distributions.{type(self).__name__}("{self._name}", batch_shape={batch}, event_shape={event}, dtype={kind})'
        )

    def __repr__(self):
        batch, event, kind = self._described()
        return f"<tfp.distributions.{type(self).__name__} '{self._name}' batch_shape={batch} event_shape={event} dtype={kind}>"


class _Scopes:
    """One name scope inside another as a context manager."""

    def __init__(self, outer, inner, values):
        self._scopes = (name_scope(outer), name_scope(inner, values=list(values)))

    def __enter__(self):
        self._scopes[0].__enter__()
        return self._scopes[1].__enter__()

    def __exit__(self, *error):
        self._scopes[1].__exit__(*error)
        self._scopes[0].__exit__(*error)


def _rest(p):
    return 1.0 - p


def _vector_and_count(sizes):
    """A sample shape as a vector, and the number of samples: a number where it is known."""
    known, single = array.constant_value(sizes), sizes.shape.ndims == 0
    if known is None:
        return (array.reshape(sizes, [1]), sizes) if single else (sizes, reduce.reduce_prod(sizes))
    return convert_to_tensor([int(known)], dtypes.int32, name="sample_shape") if single else sizes, int(np.prod(known))


def _known(sizes):
    """What is known of a shape tensor's value, as a TensorShape."""
    value = array.constant_value(sizes)
    if value is not None:
        return TensorShape(value.tolist())
    length = sizes.shape.as_list()[0] if sizes.shape.ndims else None
    return TensorShape(None if length is None else [None] * length)


# ---- divergences

_DIVERGENCES = {}


@functools.cache
def _divergence(a, b):
    """The function that was registered for the nearest classes of two, or None."""
    near = [(a.__mro__.index(k) + b.__mro__.index(m), k, m) for k, m in _DIVERGENCES if k in a.__mro__ and m in b.__mro__]
    return _DIVERGENCES[min(near, key=lambda n: n[0])[1:]] if near else None


class RegisterKL:
    """Decorates the function `(a, b, name=None)` that computes the divergence of distributions of two classes."""

    def __init__(self, dist_cls_a, dist_cls_b):
        self._key = (dist_cls_a, dist_cls_b)

    def __call__(self, kl_fn):
        """Registers. Raises TypeError for what cannot be called, ValueError when the classes have a function already."""
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn}")
        if self._key in _DIVERGENCES:
            a, b = (k.__name__ for k in self._key)
            raise ValueError(f"KL({a} || {b}) has already been registered to: {_DIVERGENCES[self._key]}")
        _DIVERGENCES[self._key] = kl_fn
        _divergence.cache_clear()
        return kl_fn


def kl_divergence(distribution_a, distribution_b, allow_nan_stats=True, name=None):
    """The Kullback-Leibler divergence of `distribution_a` from `distribution_b`, in nats, for each pair of the batch.

    Raises NotImplementedError when none is registered for the classes. With `allow_nan_stats=False` a run raises
    InvalidArgumentError where it is NaN.
    """
    compute = _divergence(type(distribution_a), type(distribution_b))
    if compute is None:
        raise NotImplementedError(
            f"No KL(distribution_a || distribution_b) registered for distribution_a type {type(distribution_a).__name__} and "
            f"distribution_b type {type(distribution_b).__name__}"
        )
    with name_scope("KullbackLeibler"):
        made = compute(distribution_a, distribution_b, name=name)
        if allow_nan_stats:
            return made
        told = (
            f"KL calculation between {distribution_a.name} and {distribution_b.name} returned NaN values "
            "(and was called with allow_nan_stats=False). Values:"
        )
        sound = host.assert_op(math_ops.logical_not(reduce.reduce_any(math_ops.is_nan(made))), [told, made])
        with control_dependencies([sound] if sound is not None else []):
            return identity(made, name="checked_kl")


# ---- the normal distribution

_HALF_LOG_TAU = 0.5 * numbers.log(2 * numbers.pi)
_FAR = {
    dtypes.float32: (-10.0, 5.0),
    dtypes.float64: (-20.0, 8.0),
}  # below: the series is better; above: the logarithm of the rest


def _ndtr(x):
    """The probability of at most `x`, standard normal."""
    return 0.5 * special.erfc(-x * numbers.sqrt(0.5))


def _log_ndtr(x):
    """Its logarithm, without underflow: far below 0 from the asymptotic series of the density over the distribution."""
    low, high = _FAR[x.dtype.base_dtype]
    near = math_ops.log(_ndtr(math_ops.maximum(x, low)))
    far = math_ops.minimum(x, low)  # finite in the branch that is not taken, so that its gradient is
    inverse = 1.0 / math_ops.square(far)
    series = 1.0 - inverse * (1.0 - 3.0 * inverse * (1.0 - 5.0 * inverse))
    tail = -0.5 * math_ops.square(far) - math_ops.log(-far) - _HALF_LOG_TAU + math_ops.log(series)
    return masking.where(x > high, -_ndtr(-x), masking.where(x > low, near, tail))


def _single_or_double(x, message):
    if x.dtype.base_dtype not in _FAR:
        raise TypeError(message.format(x.dtype.base_dtype))
    return x


class Normal(Distribution):
    """Normal distributions with means `loc` and standard deviations `scale`, which broadcast to the batch shape.

    Raises ValueError for tensors that are not floating, or of different dtypes. With `validate_args` a run checks that `scale` is
    positive, and raises InvalidArgumentError.
    """

    def __init__(self, loc, scale, validate_args=False, allow_nan_stats=True, name="Normal"):
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as name:
            scale_given = scale
            if validate_args:
                scale_given = convert_to_tensor(scale, name="scale")
                checks = [check.assert_positive(scale_given)]
            else:
                checks = []
            with control_dependencies([c for c in checks if c is not None]):
                self._loc = identity(loc, name="loc")
                self._scale = identity(scale_given, name="scale")
            check.assert_same_float_dtype([self._loc, self._scale])
        super().__init__(
            self._scale.dtype.base_dtype,
            FULLY_REPARAMETERIZED,
            validate_args,
            allow_nan_stats,
            {k: v for k, v in parameters.items() if k != "__class__"},
            [self._loc, self._scale],
            name,
        )

    @staticmethod
    def _param_shapes(sample_shape):
        sizes = convert_to_tensor(sample_shape, dtypes.int32)
        return {"loc": sizes, "scale": sizes}

    @property
    def loc(self):
        return self._loc

    @property
    def scale(self):
        return self._scale

    def _batch_shape(self):
        return array.broadcast_static_shape(self._loc.shape, self._scale.shape)

    def _batch_shape_tensor(self):
        return array.broadcast_dynamic_shape(array.shape(self._loc), array.shape(self._scale))

    def _event_shape(self):
        return TensorShape([])

    def _event_shape_tensor(self):
        return convert_to_tensor(np.zeros(0, np.int32))

    def _sample_n(self, n, seed=None):
        sizes = array.concat([[n], self.batch_shape_tensor()], 0)
        drawn = random.random_normal(sizes, 0.0, 1.0, self._dtype, seed=seed)
        return drawn * self._scale + self._loc

    def _z(self, x):
        with name_scope("standardize"):
            return (x - self._loc) / self._scale

    def _log_prob(self, x):
        return -0.5 * math_ops.square(self._z(x)) - (_HALF_LOG_TAU + math_ops.log(self._scale))

    def _cdf(self, x):
        return _ndtr(_single_or_double(self._z(x), "x.dtype={!r} is not handled, see docstring for supported types."))

    def _log_cdf(self, x):
        return _log_ndtr(_single_or_double(self._z(x), "x.dtype={!r} is not supported."))

    def _survival_function(self, x):
        return _ndtr(-_single_or_double(self._z(x), "x.dtype={!r} is not handled, see docstring for supported types."))

    def _log_survival_function(self, x):
        return _log_ndtr(-_single_or_double(self._z(x), "x.dtype={!r} is not supported."))

    def _quantile(self, p):
        p = _single_or_double(p, "p.dtype={!r} is not handled, see docstring for supported types.")
        return special.ndtri(p) * self._scale + self._loc

    def _spread(self, x):
        """`x`, of the shape of one parameter, in the batch's shape."""
        return x * array.ones_like(self._loc) if x is self._scale else x * array.ones_like(self._scale)

    def _entropy(self):
        return 0.5 + _HALF_LOG_TAU + math_ops.log(self._spread(self._scale))

    def _mean(self):
        return self._spread(self._loc)

    def _mode(self):
        return self._mean()

    def _stddev(self):
        return self._spread(self._scale)


@RegisterKL(Normal, Normal)
def _kl_normal_normal(a, b, name=None):
    with name_scope(name or "kl_normal_normal", values=[a.loc, b.loc]):
        ratio = math_ops.square(a.scale / b.scale)
        return math_ops.square((a.loc - b.loc) / b.scale) * 0.5 + 0.5 * (ratio - 1.0 - math_ops.log(ratio))
