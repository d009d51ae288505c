"""`BatchNormalization` and `LayerNormalization`."""

from mainstem.base import shapes
from mainstem.dialects.keras import built, known
from mainstem.dialects.keras.layer import Layer
from mainstem.dialects.layers import normalization
from mainstem.surface import array, norm


def _call(self, inputs, training=None):
    """The normalized inputs; `training` is a bool, a bool tensor, or None for the learning phase."""
    return normalization.BatchNormalization.call(self, inputs, built.phase(training))


BatchNormalization = built.on(
    normalization.BatchNormalization,
    __name__,
    without=(),
    members={"call": _call},
    beta_initializer="zeros",
    gamma_initializer="ones",
    moving_mean_initializer="zeros",
    moving_variance_initializer="ones",
)


class LayerNormalization(Layer):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, the moments of each example over `axis` (Ba et al., arXiv:1607.06450).

    Args:
        axis: the axis, or axes, that are normalized; `gamma` and `beta` have their sizes.
        epsilon: added to the variance.
        others: as of `BatchNormalization`.

    Raises TypeError and ValueError for axes that do not fit.
    """

    _tells = True

    @built.arguments_of
    def __init__(
        self,
        axis=-1,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        trainable=True,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, trainable=trainable, **kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise ValueError(f"Expected an int or a list/tuple of ints for the argument 'axis', but received instead: {axis}")
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.epsilon, self.center, self.scale, self.supports_masking = epsilon, center, scale, True
        self.beta_initializer, self.gamma_initializer = beta_initializer, gamma_initializer
        self.beta_regularizer, self.gamma_regularizer = beta_regularizer, gamma_regularizer
        self.beta_constraint, self.gamma_constraint = beta_constraint, gamma_constraint

    def build(self, input_shape):
        """Makes `gamma` and `beta`, with the sizes of the axes."""
        known = shapes.as_tuple(input_shape)
        if known is None:
            raise ValueError("Input shape has undefined rank.")
        given = [self.axis] if isinstance(self.axis, int) else self.axis
        self.axis = [a + len(known) if a < 0 else a for a in given]
        for a in self.axis:
            if not 0 <= a < len(known):
                raise ValueError(f"Invalid axis: {a}")
        if len(set(self.axis)) != len(self.axis):
            raise ValueError(f"Duplicate axis: {tuple(self.axis)}")
        sizes = [known[a] for a in self.axis]

        def made(name, wanted):
            if not wanted:
                return None
            how = {k: getattr(self, f"{name}_{k}") for k in ("initializer", "regularizer", "constraint")}
            return self.add_weight(name, sizes, **how)

        self.gamma, self.beta = made("gamma", self.scale), made("beta", self.center)
        self.built = True

    def call(self, inputs):
        """The normalized inputs."""
        known = shapes.as_tuple(inputs.shape)
        mean, variance = norm.moments(inputs, self.axis, keepdims=True)
        spread = [known[i] if i in self.axis else 1 for i in range(len(known))]

        def fit(value):
            return value if value is None or self.axis == [len(known) - 1] else array.reshape(value, spread)

        out = norm.batch_normalization(inputs, mean, variance, fit(self.beta), fit(self.gamma), self.epsilon)
        if not out._is_eager:
            out.set_shape(inputs.shape)
        return out

    def compute_output_shape(self, input_shape):
        """The same shape."""
        return shapes.TensorShape(input_shape)


known.add(BatchNormalization, LayerNormalization)
