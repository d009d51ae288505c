"""Batch normalization (Ioffe and Szegedy, arXiv:1502.03167): `BatchNormalization` and `batch_normalization`."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.layers import named
from mainstem.dialects.layers.base import InputSpec, Layer
from mainstem.dialects.layers.branch import smart_cond, static_value
from mainstem.eager.context import executing_eagerly
from mainstem.ops import math as math_ops
from mainstem.state.policy import VariableAggregation, VariableSynchronization
from mainstem.surface import array, framework, initializers, math, nn, norm, reduce, variables
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope
from mainstem.surface.variable_scope import get_variable_scope

ZEROS, ONES = initializers.Zeros(), initializers.Ones()
_OF_RENORM = ("renorm", "renorm_clipping", "renorm_momentum")


class _Root(initializers.Initializer):
    """The square root of what another initializer gives."""

    def __init__(self, initializer):
        self.initializer = initializer

    def __call__(self, shape, dtype=None, partition_info=None):
        return math.sqrt(self.initializer(shape, dtype=dtype))


def _composed(times, plus, scale, offset):
    """The scale and offset that stand for `x * times + plus` followed by `x * scale + offset`."""
    if scale is not None:
        times, plus = times * scale, plus * scale
    if offset is not None:
        plus = plus + offset
    return times, plus


class BatchNormalization(Layer):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, with the batch's moments when training, else with moving ones.

    Args:
        axis: the axis, or axes, of the features.
        momentum: of the moving moments: new = momentum * old + (1 - momentum) * batch's.
        epsilon: added to the variance.
        center, scale: whether there are `beta` and `gamma`.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: of the variables.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: as of `Dense`.
        renorm: correct the batch's moments towards moving ones (Ioffe, arXiv:1702.03275), within `renorm_clipping`, a dict from
            "rmin", "rmax" and "dmax" to scalars; the moments for that move with `renorm_momentum`.
        fused: None or True: one op where the input has four axes and nothing else forbids it; False: never.
        virtual_batch_size: normalize parts of this many examples, each by its own moments.
        adjustment: `adjustment(shape)` gives a scale and an offset for the normalized inputs when training.
        trainable, name: as of `Layer`.

    A training call adds the updates of the moving moments to `GraphKeys.UPDATE_OPS`; a training step must run them.
    Raises ValueError for axes or combinations that do not fit.
    """

    _tells = True

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer=ZEROS,
        gamma_initializer=ONES,
        moving_mean_initializer=ZEROS,
        moving_variance_initializer=ONES,
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        fused=None,
        trainable=True,
        virtual_batch_size=None,
        adjustment=None,
        name=None,
        **kwargs,
    ):
        super().__init__(trainable=trainable, name=name, **kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(f"axis must be int or list, type given: {type(axis)}")
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.momentum, self.epsilon, self.center, self.scale, self.fused = momentum, epsilon, center, scale, fused
        self.beta_initializer, self.gamma_initializer = (
            named.initializer(beta_initializer),
            named.initializer(gamma_initializer),
        )
        self.moving_mean_initializer = named.initializer(moving_mean_initializer)
        self.moving_variance_initializer = named.initializer(moving_variance_initializer)
        self.beta_regularizer, self.gamma_regularizer = beta_regularizer, gamma_regularizer
        self.beta_constraint, self.gamma_constraint = beta_constraint, gamma_constraint
        self.renorm, self.renorm_clipping, self.renorm_momentum = renorm, renorm_clipping, renorm_momentum
        self.virtual_batch_size, self.adjustment, self.supports_masking = virtual_batch_size, adjustment, True
        known = ("rmax", "rmin", "dmax")
        if renorm and set(renorm_clipping or ()) - set(known):
            raise ValueError(f"renorm_clipping {renorm_clipping} contains keys not in {list(known)}")

    def get_config(self):
        """See `Layer.get_config`; what TensorFlow's does not tell is left out."""
        untold = ("fused", "virtual_batch_size", "adjustment", *(() if self.renorm else _OF_RENORM))
        return {k: v for k, v in super().get_config().items() if k not in untold}

    def build(self, input_shape):
        """Makes `gamma`, `beta`, `moving_mean` and `moving_variance`."""
        known = shapes.as_tuple(input_shape)
        if known is None:
            raise ValueError("Input has undefined rank:", input_shape)
        given = [self.axis] if isinstance(self.axis, int) else self.axis
        self.axis = [a + len(known) if a < 0 else a for a in given]
        for a in self.axis:
            if not 0 <= a < len(known):
                raise ValueError(f"Invalid axis: {a}")
        if len(set(self.axis)) != len(self.axis):
            raise ValueError(f"Duplicate axis: {self.axis}")
        self._settle_parts(len(known))
        plain = not (self.renorm or self.virtual_batch_size is not None or self.adjustment is not None)
        self.fused = self.fused in (None, True) and plain and len(known) == 4 and self.axis in ([1], [3])
        if any(known[a] is None for a in self.axis):
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", input_shape)
        self.input_spec = InputSpec(ndim=len(known), axes={a: known[a] for a in self.axis})
        if len(self.axis) == 1 and self.virtual_batch_size is None:
            self._parameter_shape = (known[self.axis[0]],)
        else:
            self._parameter_shape = tuple(n if i in self.axis else 1 for i, n in enumerate(known))
        if self.virtual_batch_size is not None:  # the inputs get an axis more
            self._parameter_shape = (1, *self._parameter_shape)
            self.axis = [a + 1 for a in self.axis]
        self._make_parameters()
        self.built = True

    def _settle_parts(self, rank):
        if self.virtual_batch_size is None:
            return
        if self.virtual_batch_size <= 0:
            raise ValueError(
                "virtual_batch_size must be a positive integer that divides the true batch size of the input Tensor"
            )
        if 0 in self.axis:
            raise ValueError("When using virtual_batch_size, the batch dimension must be 0 and thus axis cannot include 0")
        if self.adjustment is not None:
            raise ValueError("When using virtual_batch_size, adjustment cannot be specified")

    def _make_parameters(self):
        dtype = dtypes.as_dtype(self.dtype or dtypes.float32)
        self._parameter_dtype = dtypes.float32 if dtype in (dtypes.float16, dtypes.bfloat16) else dtype

        def trained(name, wanted, start, regularizer, constraint):
            if not wanted:
                return None
            return self.add_weight(
                name,
                self._parameter_shape,
                dtype=self._parameter_dtype,
                initializer=start,
                regularizer=regularizer,
                constraint=constraint,
            )

        def moving(name, start):
            return self.add_weight(
                name,
                self._parameter_shape,
                dtype=self._parameter_dtype,
                initializer=start,
                trainable=False,
                synchronization=VariableSynchronization.ON_READ,
                aggregation=VariableAggregation.MEAN,
            )

        self.gamma = trained("gamma", self.scale, self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint)
        if self.fused and not self.scale:
            self._fixed_gamma = constant_v1(1.0, dtype=self._parameter_dtype, shape=self._parameter_shape)
        self.beta = trained("beta", self.center, self.beta_initializer, self.beta_regularizer, self.beta_constraint)
        if self.fused and not self.center:
            self._fixed_beta = constant_v1(0.0, dtype=self._parameter_dtype, shape=self._parameter_shape)
        scope = self._scope or get_variable_scope()  # moving moments are never partitioned
        partitioner = scope.partitioner
        try:
            scope.set_partitioner(None)
            self.moving_mean = moving("moving_mean", self.moving_mean_initializer)
            self.moving_variance = moving("moving_variance", self.moving_variance_initializer)
            if self.renorm:
                start = _Root(self.moving_variance_initializer)
                self.moving_stddev = moving("moving_stddev", start)
                self.renorm_mean, self.renorm_stddev = moving("renorm_mean", ZEROS), moving("renorm_stddev", start)
        finally:
            scope.set_partitioner(partitioner)

    def call(self, inputs, training=False):
        """The normalized inputs; `training` is a bool or a bool tensor."""
        if self.virtual_batch_size is None:
            return self._one_op(inputs, training) if self.fused else self._normalized(inputs, training)
        known = shapes.as_tuple(inputs.shape)
        whole = [-1, *(array.shape(inputs)[i] if n is None else n for i, n in enumerate(known) if i)]
        parts = array.reshape(inputs, [self.virtual_batch_size, -1, *whole[1:]])
        out = array.reshape(self._normalized(parts, training), whole)
        if not out._is_eager:
            out.set_shape(known)
        return out

    def _normalized(self, inputs, training):
        known = shapes.as_tuple(inputs.shape)
        over = [i for i in range(len(known)) if i not in self.axis]
        if self.virtual_batch_size is not None:
            del over[1]  # the axis of the parts
        spread = len(self.axis) == 1 and over != list(range(len(known) - 1))
        shape = [known[i] if i in self.axis else 1 for i in range(len(known))]

        def fit(value):
            if value is None or not spread or value.shape.ndims == len(known):
                return value
            return array.reshape(value, shape)

        scale, offset = fit(self.gamma), fit(self.beta)
        if static_value(training) is False:
            mean, variance = convert_to_tensor(self.moving_mean), convert_to_tensor(self.moving_variance)
        else:
            mean, variance, scale, offset = self._trained(inputs, over, training, fit, scale, offset)
        mean, variance = math.cast(mean, inputs.dtype), math.cast(variance, inputs.dtype)
        offset, scale = (v if v is None else math.cast(v, inputs.dtype) for v in (offset, scale))
        out = norm.batch_normalization(inputs, fit(mean), fit(variance), offset, scale, self.epsilon)
        if not out._is_eager:
            out.set_shape(inputs.shape)
        return out

    def _trained(self, inputs, over, training, fit, scale, offset):
        """(mean, variance, scale, offset) of a call that may be one of training, with the updates of the moving moments."""
        if self.adjustment is not None:
            made = self.adjustment(array.shape(inputs))
            times, plus = (
                smart_cond(training, lambda a=a: a, lambda a=a, neutral=neutral: neutral(a))
                for a, neutral in zip(made, (array.ones_like_v1, array.zeros_like_v1), strict=True)
            )
            scale, offset = _composed(times, plus, scale, offset)
        mean, variance = norm.moments(inputs, over, keepdims=self.virtual_batch_size is not None or len(self.axis) > 1)
        mean = smart_cond(training, lambda m=mean: m, lambda: convert_to_tensor(self.moving_mean))
        variance = smart_cond(training, lambda v=variance: v, lambda: convert_to_tensor(self.moving_variance))
        new_mean, new_variance = mean, variance
        if self.virtual_batch_size is not None:
            new_mean, new_variance = (reduce.reduce_mean(v, axis=1, keepdims=True) for v in (mean, variance))
        if self.renorm:
            times, plus, new_mean, new_variance = self._corrected(new_mean, new_variance, training)
            times, plus = fit(framework.stop_gradient(times, "renorm_r")), fit(framework.stop_gradient(plus, "renorm_d"))
            scale, offset = _composed(times, plus, scale, offset)

        def move_mean():
            return self._move(self.moving_mean, new_mean, self.momentum)

        def move_variance():
            if not self.renorm:
                return self._move(self.moving_variance, new_variance, self.momentum)
            deviation = self._move(self.moving_stddev, math.sqrt(new_variance + self.epsilon), self.momentum)
            variance = nn.relu(deviation * deviation - self.epsilon)
            return variables.assign(self.moving_variance, variance, name="AssignNewValue")

        self._update(lambda: smart_cond(training, move_mean, lambda: self.moving_mean))
        self._update(lambda: smart_cond(training, move_variance, lambda: self.moving_variance))
        return mean, variance, scale, offset

    def _corrected(self, mean, variance, training):
        """(r, d, mean, variance): how the batch's moments differ from the moving ones, which are updated first."""
        deviation = math.sqrt(variance + self.epsilon)
        moving = math_ops.maximum(self.renorm_stddev, math.sqrt(float(self.epsilon)))
        r = deviation / moving
        d = (mean - self.renorm_mean) / moving
        with framework.control_dependencies([r, d]):
            seen, spread = framework.identity(mean), framework.identity(deviation)
        limits = self.renorm_clipping or {}
        rmin, rmax, dmax = (limits.get(k) for k in ("rmin", "rmax", "dmax"))
        r = r if rmin is None else math_ops.maximum(r, rmin)
        r = r if rmax is None else math_ops.minimum(r, rmax)
        if dmax is not None:
            d = math_ops.minimum(math_ops.maximum(d, -dmax), dmax)
        r = smart_cond(training, lambda r=r: r, lambda r=r: array.ones_like_v1(r))
        d = smart_cond(training, lambda d=d: d, lambda d=d: array.zeros_like_v1(d))
        moved = []
        for variable, value in ((self.renorm_mean, seen), (self.renorm_stddev, spread)):
            value = framework.identity(value)
            moved.append(
                smart_cond(
                    training,
                    lambda v=variable, x=value: self._move(v, x, self.renorm_momentum),
                    lambda v=variable: framework.identity(v),
                )
            )
        with framework.control_dependencies(moved):
            return r, d, framework.identity(seen), framework.identity(variance)

    def _one_op(self, inputs, training):
        beta = self.beta if self.center else self._fixed_beta
        gamma = self.gamma if self.scale else self._fixed_gamma
        data_format = "NHWC" if self.axis == [3] else "NCHW"

        def train():
            return norm.fused_batch_norm(inputs, gamma, beta, epsilon=self.epsilon, data_format=data_format)

        def infer():
            return norm.fused_batch_norm(
                inputs,
                gamma,
                beta,
                mean=self.moving_mean,
                variance=self.moving_variance,
                epsilon=self.epsilon,
                is_training=False,
                data_format=data_format,
            )

        out, mean, variance = smart_cond(training, train, infer)
        known = static_value(training)
        if known is None:
            momentum = smart_cond(training, lambda: convert_to_tensor(self.momentum), lambda: convert_to_tensor(1.0))
        else:
            momentum = convert_to_tensor(self.momentum)
        if known is not False:
            self._update(lambda: self._move(self.moving_mean, mean, momentum))
            self._update(lambda: self._move(self.moving_variance, variance, momentum))
        return out

    def _update(self, move):
        if executing_eagerly():
            move()
        else:
            self.add_update(move, inputs=True)

    def _move(self, variable, value, momentum):
        with name_scope(None, "AssignMovingAvg", [variable, value, momentum]) as scope, framework.colocate_with(variable):
            decay = convert_to_tensor(1.0 - momentum, name="decay")
            kind = variable.dtype.base_dtype
            if decay.dtype != kind:
                decay = math.cast(decay, kind)
            return variables.assign_sub(variable, (variable - math.cast(value, kind)) * decay, name=scope)

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return input_shape


def batch_normalization(
    inputs,
    axis=-1,
    momentum=0.99,
    epsilon=1e-3,
    center=True,
    scale=True,
    beta_initializer=ZEROS,
    gamma_initializer=ONES,
    moving_mean_initializer=ZEROS,
    moving_variance_initializer=ONES,
    beta_regularizer=None,
    gamma_regularizer=None,
    beta_constraint=None,
    gamma_constraint=None,
    training=False,
    trainable=True,
    name=None,
    reuse=None,
    renorm=False,
    renorm_clipping=None,
    renorm_momentum=0.99,
    fused=None,
    virtual_batch_size=None,
    adjustment=None,
):
    """`BatchNormalization` as a function: see there; `training` may be a bool tensor."""
    arguments = {k: v for k, v in locals().items() if k not in ("inputs", "training", "reuse")}
    return BatchNormalization(**arguments, _scope=name, _reuse=reuse)(inputs, training=training)
