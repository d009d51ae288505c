"""Batch normalization (Ioffe and Szegedy, arXiv:1502.03167): `BatchNormalization` and `batch_normalization`."""

from mainstem.base import dtypes, shapes
from mainstem.dialects.layers import named
from mainstem.dialects.layers.base import InputSpec, Layer
from mainstem.dialects.layers.branch import smart_cond, static_value
from mainstem.eager.context import executing_eagerly
from mainstem.state.policy import VariableAggregation, VariableSynchronization
from mainstem.surface import array, framework, initializers, math, norm, variables
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope

ZEROS, ONES = initializers.Zeros(), initializers.Ones()


class BatchNormalization(Layer):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, with the batch's moments when training, else with moving ones.

    Args:
        axis: the axis, or axes, of the features.
        momentum: of the moving moments: new = momentum * old + (1 - momentum) * batch's.
        epsilon: added to the variance.
        center, scale: whether there are `beta` and `gamma`.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: of the variables.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: as of `Dense`.
        renorm, renorm_clipping, renorm_momentum, virtual_batch_size, adjustment: only the defaults are supported.
        fused: None or True: one op where the input has four axes; False: never.
        trainable, name: as of `Layer`.

    A training call adds the updates of the moving moments to `GraphKeys.UPDATE_OPS`; a training step must run them.
    Raises ValueError for axes that do not fit.
    """

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
        for given, what in [(renorm, "renorm"), (virtual_batch_size, "virtual_batch_size"), (adjustment, "adjustment")]:
            if given:
                raise NotImplementedError(f"tf.layers.BatchNormalization: {what}={given!r}")
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
        if any(known[a] is None for a in self.axis):
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", input_shape)
        self.fused = self.fused in (None, True) and len(known) == 4 and self.axis in ([1], [3])
        self.input_spec = InputSpec(ndim=len(known), axes={a: known[a] for a in self.axis})
        if len(self.axis) == 1:
            self._parameter_shape = (known[self.axis[0]],)
        else:
            self._parameter_shape = tuple(n if i in self.axis else 1 for i, n in enumerate(known))
        self._make_parameters()
        self.built = True

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
        self.moving_mean = moving("moving_mean", self.moving_mean_initializer)
        self.moving_variance = moving("moving_variance", self.moving_variance_initializer)

    def call(self, inputs, training=False):
        """The normalized inputs; `training` is a bool or a bool tensor."""
        if self.fused:
            return self._one_op(inputs, training)
        known = shapes.as_tuple(inputs.shape)
        over = [i for i in range(len(known)) if i not in self.axis]
        spread = len(self.axis) == 1 and over != list(range(len(known) - 1))
        shape = [known[i] if i in self.axis else 1 for i in range(len(known))]

        def fit(value):
            return value if value is None or not spread else array.reshape(value, shape)

        scale, offset = fit(self.gamma), fit(self.beta)
        mean, variance = self._moments(inputs, over, training)
        mean, variance = math.cast(mean, inputs.dtype), math.cast(variance, inputs.dtype)
        offset, scale = (v if v is None else math.cast(v, inputs.dtype) for v in (offset, scale))
        out = norm.batch_normalization(inputs, fit(mean), fit(variance), offset, scale, self.epsilon)
        if not out._is_eager:
            out.set_shape(inputs.shape)
        return out

    def _moments(self, inputs, over, training):
        if static_value(training) is False:
            return convert_to_tensor(self.moving_mean), convert_to_tensor(self.moving_variance)
        mean, variance = norm.moments(inputs, over, keepdims=len(self.axis) > 1)
        mean = smart_cond(training, lambda: mean, lambda: convert_to_tensor(self.moving_mean))
        variance = smart_cond(training, lambda: variance, lambda: convert_to_tensor(self.moving_variance))
        for moving, value in [(self.moving_mean, mean), (self.moving_variance, variance)]:

            def move(moving=moving, value=value):
                return self._move(moving, value, self.momentum)

            def stay(moving=moving):
                return moving

            self._update(lambda move=move, stay=stay: smart_cond(training, move, stay))
        return mean, variance

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
            self.add_update(move)

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
