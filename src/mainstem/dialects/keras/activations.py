"""`tf.keras.activations`: functions of a tensor, by name."""

from mainstem.dialects.keras import objects
from mainstem.ops import math as math_ops
from mainstem.surface import clip, nn, reduce


def softmax(x, axis=-1):
    """The softmax along `axis`. Raises ValueError for tensors of one dimension."""
    rank = x.shape.ndims
    if rank == 1:
        raise ValueError(f"Cannot apply softmax to a tensor that is 1D. Received input: {x}")
    if rank == 2 or axis == -1:
        return nn.softmax_v1(x)
    e = math_ops.exp(x - reduce.reduce_max_v1(x, axis=axis, keepdims=True))
    return e / reduce.reduce_sum_v1(e, axis=axis, keepdims=True)


def elu(x, alpha=1.0):
    """`x` where it is positive, else `alpha * (exp(x) - 1)`."""
    made = nn.elu(x)
    return made if alpha == 1 else nn.relu(x) + alpha * (made - nn.relu(x))


def selu(x):
    """The scaled exponential linear unit (Klambauer et al., arXiv:1706.02515)."""
    return nn.selu(x)


def softplus(x):
    """`log(1 + exp(x))`."""
    return nn.softplus(x)


def softsign(x):
    """`x / (1 + |x|)`."""
    return nn.softsign(x)


def relu(x, alpha=0.0, max_value=None, threshold=0):
    """`x` where it is at least `threshold`, at most `max_value`; below the threshold `alpha * (x - threshold)`."""
    if not alpha and not threshold:
        if max_value == 6:
            return nn.relu6(x)
        made = nn.relu(x)
        return made if max_value is None else clip.clip_by_value(made, 0.0, float(max_value))
    if alpha and max_value is None and not threshold:
        return nn.leaky_relu(x, alpha=alpha)
    below = nn.relu(-x + threshold) if threshold else nn.relu(-x)
    made = x * _as(math_ops.greater(x, threshold), x) if threshold else nn.relu(x)
    if max_value is not None:
        made = clip.clip_by_value(made, 0.0, float(max_value))
    return made - alpha * below if alpha else made


def _as(condition, x):
    return math_ops.cast(condition, DstT=x.dtype.base_dtype)


def tanh(x):
    """The hyperbolic tangent."""
    return math_ops.tanh(x)


def sigmoid(x):
    """`1 / (1 + exp(-x))`."""
    return math_ops.sigmoid(x)


def exponential(x):
    """`exp(x)`."""
    return math_ops.exp(x)


def hard_sigmoid(x):
    """0 below -2.5, 1 above 2.5, between them `0.2 * x + 0.5`."""
    return clip.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


def linear(x):
    """`x` itself."""
    return x


KNOWN = {
    f.__name__: f for f in (softmax, elu, selu, softplus, softsign, relu, tanh, sigmoid, exponential, hard_sigmoid, linear)
}


def serialize(activation):
    """The name of an activation; of an object that tells its arguments a dict."""
    if activation in (nn.softmax_v1, nn.softmax):
        return "softmax"
    if hasattr(activation, "get_config"):
        return objects.serialize_keras_object(activation)
    return activation.__name__


def deserialize(name, custom_objects=None):
    """The activation of a name or of a dict. Raises ValueError for an unknown one."""
    return objects.deserialize_keras_object(name, KNOWN, custom_objects, "activation function")


def get(identifier):
    """The activation for a name or a dict; functions stay, None is `linear`.

    Raises ValueError for an unknown name, TypeError for other things.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise TypeError(f"Could not interpret activation function identifier: {identifier}")
