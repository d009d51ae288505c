"""Activations, softmax and cross-entropies, biases, top-k; and the gradient ops that old graphs hold by name."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes
from mainstem.core.families import same_shape
from mainstem.core.registry import op
from mainstem.ops import window

FLOATING, REAL = dtypes.FLOATING, dtypes.REAL
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _number(value, like):
    return jnp.asarray(value, like.dtype)


def _attr(value, like):
    # a float attr is float32 in a NodeDef, also beside float64 tensors
    return jnp.asarray(np.float32(value), like.dtype)


def _activation(name, fn, gradient, keeps, doc, allowed=FLOATING):
    """An activation `name` and its op `<name>Grad(gradients, features)`, or of `outputs` when `keeps` says so.

    `gradient(dy, v)` takes the feature or, with `keeps="outputs"`, the output, whichever TensorFlow keeps for the gradient.
    """

    def forward(features):
        return fn(features)

    def backward(gradients, features):
        return gradient(gradients, features)

    def backward_of_outputs(gradients, outputs):
        return gradient(gradients, outputs)

    forward.__doc__, forward.__name__ = doc, name
    made = op(name, "T -> activations:T", T=allowed, shape=same_shape)(forward)
    twin = backward_of_outputs if keeps == "outputs" else backward
    twin.__doc__ = f"Gradient of {name}."
    op(name + "Grad", "T, T -> backprops:T", T=allowed, shape=same_shape)(twin)
    made.vjp(lambda inputs, outputs, grads: (gradient(grads[0], (outputs if keeps == "outputs" else inputs)[0]),))
    return made


def _positive(dy, x):
    return jnp.where(x > _number(0, x), dy, _number(0, dy))


def _within_six(dy, x):
    return jnp.where((x > _number(0, x)) & (x < _number(6, x)), dy, _number(0, dy))


def _elu(x):
    return jnp.where(x < _number(0, x), jnp.expm1(jnp.minimum(x, _number(0, x))), x)


def _selu(x):
    return _number(SELU_SCALE, x) * jnp.where(
        x < _number(0, x), _number(SELU_ALPHA, x) * jnp.expm1(jnp.minimum(x, _number(0, x))), x
    )


def _elu_gradient(dy, y):
    return jnp.where(y < _number(0, y), (y + _number(1, y)) * dy, dy)


def _selu_gradient(dy, y):
    inner = dy * (y + _number(SELU_SCALE * SELU_ALPHA, y))
    return jnp.where(y < _number(0, y), inner, dy * _number(SELU_SCALE, y))


def _softplus_gradient(dy, x):
    return dy / (jnp.exp(-x) + _number(1, x))


def _softsign_gradient(dy, x):
    return dy / jnp.square(_number(1, x) + jnp.abs(x))


# The rules take what the forward pass kept; a maximum's gradient by comparison, 0 at the kink as in TensorFlow.
relu = _activation("Relu", lambda x: jnp.maximum(x, _number(0, x)), _positive, "features", "max(x, 0).", REAL)
relu6 = _activation(
    "Relu6", lambda x: jnp.clip(x, _number(0, x), _number(6, x)), _within_six, "features", "min(max(x, 0), 6).", REAL
)
elu = _activation("Elu", _elu, _elu_gradient, "outputs", "exp(x) - 1 below zero, else x (arXiv:1511.07289).")
selu = _activation("Selu", _selu, _selu_gradient, "outputs", "Scaled Elu (arXiv:1706.02515).")
softplus = _activation("Softplus", jax.nn.softplus, _softplus_gradient, "features", "log(exp(x) + 1).")
softsign = _activation("Softsign", lambda x: x / (_number(1, x) + jnp.abs(x)), _softsign_gradient, "features", "x / (|x| + 1).")


@op("LeakyRelu", "T -> activations:T", T=FLOATING, shape=same_shape)
def leaky_relu(features, *, alpha=0.2, T: "type" = dtypes.float32):
    """The larger of `features` and `alpha * features`."""
    return jnp.maximum(features, _attr(alpha, features) * features)


@op("LeakyReluGrad", "T, T -> backprops:T", T=FLOATING, shape=same_shape)
def leaky_relu_grad(gradients, features, *, alpha=0.2, T: "type" = dtypes.float32):
    """Gradient of LeakyRelu."""
    return jnp.where(features > _number(0, features), gradients, _attr(alpha, gradients) * gradients)


@leaky_relu.vjp
def _leaky_relu_vjp(inputs, outputs, grads, *, alpha, T):
    return (leaky_relu_grad.kernel(grads[0], inputs[0], alpha=alpha, T=T),)


def _softmax_parts(logits):
    # -inf rows give NaN as in TensorFlow: -inf - (-inf)
    shifted = logits - jnp.max(logits, -1, keepdims=True)
    raised = jnp.exp(shifted)
    return shifted, raised, jnp.sum(raised, -1, keepdims=True)


def _share(raised, total):
    """raised / total as a product, like TensorFlow's: XLA would make a quotient into a oneDNN softmax, and a program with one
    cannot be written to the persistent compilation cache (std::bad_alloc in XLA 0.12)."""
    return raised * (_number(1, total) / total)


def _log_softmax(logits):
    shifted, _, total = _softmax_parts(logits)
    return shifted - jnp.log(total)


def _softmax(logits):
    _, raised, total = _softmax_parts(logits)
    return _share(raised, total)


@op("Softmax", "T -> softmax:T", T=FLOATING, shape=same_shape)
def softmax(logits):
    """exp(x) / sum(exp(x)) over the last dimension."""
    return _softmax(logits)


@softmax.vjp
def _softmax_vjp(inputs, outputs, grads):
    y, dy = outputs[0], grads[0]
    return ((dy - jnp.sum(dy * y, -1, keepdims=True)) * y,)


@op("LogSoftmax", "T -> logsoftmax:T", T=FLOATING, shape=same_shape)
def log_softmax(logits):
    """x - log(sum(exp(x))) over the last dimension."""
    return _log_softmax(logits)


@log_softmax.vjp
def _log_softmax_vjp(inputs, outputs, grads):
    y, dy = outputs[0], grads[0]
    return (dy - jnp.sum(dy, -1, keepdims=True) * jnp.exp(y),)


def _rows_shape(inputs, attrs):
    features = window.check_rank(inputs[0].shape, 2, "features")
    labels = window.check_rank(inputs[1].shape, 2, "labels")
    out = []
    for a, b in zip(features, labels, strict=True):
        if a is not None and b is not None and a != b and 1 not in (a, b):
            raise ValueError(f"Dimensions must be equal, but are {a} and {b}")
        out.append(b if a in (None, 1) and b is not None else a)
    return [(out[0],), tuple(out)]


@op("SoftmaxCrossEntropyWithLogits", "T, T -> loss:T, backprop:T", T=FLOATING, shape=_rows_shape)
def softmax_cross_entropy_with_logits(features, labels):
    """-sum(labels * log_softmax(features)) a row: loss [batch], and its gradient softmax - labels [batch, classes]."""
    shape = jnp.broadcast_shapes(features.shape, labels.shape)
    features, labels = jnp.broadcast_to(features, shape), jnp.broadcast_to(labels, shape)
    shifted, raised, total = _softmax_parts(features)
    # a label of 0 against -inf logits counts 0, not NaN
    terms = jnp.where(labels == _number(0, labels), _number(0, labels), labels * (jnp.log(total) - shifted))
    return jnp.sum(terms, -1), _share(raised, total) - labels


@softmax_cross_entropy_with_logits.vjp
def _softmax_cross_entropy_vjp(inputs, outputs, grads):
    (features, labels), (_, backprop), (loss_grad, backprop_grad) = inputs, outputs, grads
    dx = jnp.zeros_like(backprop)
    dlabels = None
    if loss_grad is not None:
        dx = loss_grad[:, None] * backprop
        dlabels = _unbroadcast(-loss_grad[:, None] * _log_softmax(features), labels.shape)
    if backprop_grad is not None:
        p = backprop + labels
        dx = dx + (backprop_grad - jnp.sum(backprop_grad * p, -1, keepdims=True)) * p
    return _unbroadcast(dx, features.shape), dlabels


def _unbroadcast(x, shape):
    axes = tuple(i for i, d in enumerate(shape) if d == 1 and x.shape[i] != 1)
    return jnp.sum(x, axes, keepdims=True) if axes else x


def _sparse_rows_shape(inputs, attrs):
    features = window.check_rank(inputs[0].shape, 2, "features")
    labels = window.check_rank(inputs[1].shape, 1, "labels")
    if features[0] is not None and labels[0] is not None and features[0] != labels[0]:
        raise ValueError(f"Dimensions must be equal, but are {features[0]} and {labels[0]}")
    batch = features[0] if features[0] is not None else labels[0]
    return [(batch,), (batch, features[1])]


@op(
    "SparseSoftmaxCrossEntropyWithLogits", "T, Tlabels -> loss:T, backprop:T", T=FLOATING, Tlabels=dtypes.INDEX,
    shape=_sparse_rows_shape,
)  # fmt: skip
def sparse_softmax_cross_entropy_with_logits(features, labels, *, Tlabels: "type" = dtypes.int64):
    """-log_softmax(features)[label] a row: loss [batch], and its gradient softmax - one_hot [batch, classes].

    A label outside [0, classes) makes its row NaN, as TensorFlow does on accelerators (on its CPU it raises).
    """
    shifted, raised, total = _softmax_parts(features)
    classes = features.shape[-1]
    hit = labels[:, None] == lax.broadcasted_iota(labels.dtype, features.shape, 1)
    own = jnp.sum(jnp.where(hit, shifted, _number(0, features)), -1)
    valid = (labels >= jnp.asarray(0, labels.dtype)) & (labels < jnp.asarray(classes, labels.dtype))
    nan = _number(jnp.nan, features)
    loss = jnp.where(valid, jnp.log(total[:, 0]) - own, nan)
    backprop = _share(raised, total) - hit.astype(features.dtype)
    return loss, jnp.where(valid[:, None], backprop, nan)


@sparse_softmax_cross_entropy_with_logits.vjp
def _sparse_softmax_cross_entropy_vjp(inputs, outputs, grads, *, Tlabels):
    features, (_, backprop), (loss_grad, backprop_grad) = inputs[0], outputs, grads
    dx = jnp.zeros_like(backprop) if loss_grad is None else loss_grad[:, None] * backprop
    if backprop_grad is not None:
        p = _softmax(features)
        dx = dx + (backprop_grad - jnp.sum(backprop_grad * p, -1, keepdims=True)) * p
    return dx, None


@op("L2Loss", "T -> T", T=FLOATING, shape=lambda inputs, attrs: [()])
def l2_loss(t):
    """sum(t ** 2) / 2, a scalar."""
    return jnp.sum(jnp.square(t)) * _number(0.5, t)


@l2_loss.vjp
def _l2_loss_vjp(inputs, outputs, grads):
    return (inputs[0] * grads[0],)


def _bias_shape(inputs, attrs):
    value, bias = inputs[0].shape, inputs[1].shape
    if bias is not None and len(bias) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(bias)}")
    if value is None:
        return [None]
    if len(value) < 2:
        raise ValueError(f"Shape must be at least rank 2 but is rank {len(value)}")
    axis = _bias_axis(value, attrs.get("data_format", "NHWC"))
    if bias is None or bias[0] is None:
        return [value]
    if value[axis] is not None and value[axis] != bias[0]:
        raise ValueError(f"Dimensions must be equal, but are {value[axis]} and {bias[0]}")
    return [value[:axis] + bias + value[axis + 1 :]]


def _bias_axis(shape, data_format):
    return 1 if data_format.startswith("NC") else len(shape) - 1


def _add_bias(value, bias, data_format):
    axis = _bias_axis(value.shape, data_format)
    return value + lax.broadcast_in_dim(bias, value.shape, (axis,))


def channel_sums(x, axis):
    """The sum of `x` over all dimensions but `axis`.

    With channels last the batch is summed by a matrix product with ones: XLA on CPU splits a long reduction into windows
    and stores its operand, which takes two to four times as long (128x28x28x32: 4.4 against 1.0 ms); two levels keep the
    error of a pairwise sum. The barrier keeps the elementwise chain before it in the array's own shape, where its loops are
    vectorized: ResNet-20's squares of 64x32x32x16 take 1.0 instead of 2.4 ms.
    """
    rest = tuple(i for i in range(x.ndim) if i != axis)
    if x.dtype not in (jnp.float32, jnp.float64) or axis != x.ndim - 1 or x.ndim < 3 or x.shape[0] < 2:
        return jnp.sum(x, rest)
    ones = jnp.ones((1, x.shape[0]), x.dtype)
    rows = lax.dot(ones, lax.optimization_barrier(x).reshape(x.shape[0], -1), precision=lax.Precision.HIGHEST)
    return jnp.sum(rows.reshape(-1, x.shape[-1]), 0)


@op("BiasAdd", "T, T -> T", T=dtypes.NUMERIC, shape=_bias_shape)
def bias_add(value, bias, *, data_format="NHWC"):
    """Adds `bias` [channels] to the channel dimension of `value`."""
    return _add_bias(value, bias, data_format)


def _made_once(dy):
    """`dy` as an array of its own: else XLA computes the elementwise chain before it anew for the sum and for the layer's gradients.

    Measured, the gradients of ReLU and max-pooling before the first bias of conv_net: 16.6 ms of CPU without, 3 with it.
    """
    return lax.optimization_barrier(dy)


@bias_add.vjp
def _bias_add_vjp(inputs, outputs, grads, *, data_format):
    dy = _made_once(grads[0])
    return dy, channel_sums(dy, _bias_axis(dy.shape, data_format))


@op("BiasAddV1", "T, T -> T", T=dtypes.NUMERIC, shape=_bias_shape)
def bias_add_v1(value, bias):
    """Adds `bias` [channels] to the last dimension of `value`."""
    return _add_bias(value, bias, "NHWC")


@bias_add_v1.vjp
def _bias_add_v1_vjp(inputs, outputs, grads):
    dy = _made_once(grads[0])
    return dy, channel_sums(dy, dy.ndim - 1)


def _bias_grad_shape(inputs, attrs):
    shape = inputs[0].shape
    return [(None,) if shape is None else (shape[_bias_axis(shape, attrs["data_format"])],)]


@op("BiasAddGrad", "T -> T", T=dtypes.NUMERIC, shape=_bias_grad_shape)
def bias_add_grad(out_backprop, *, data_format="NHWC"):
    """Gradient of BiasAdd for its bias: the sum over all dimensions but the channels."""
    return channel_sums(out_backprop, _bias_axis(out_backprop.shape, data_format))


def _top_shape(shape, k):
    if shape is None:
        return [None, None]
    if len(shape) < 1:
        raise ValueError("Shape must be at least rank 1 but is rank 0")
    if k is not None and shape[-1] is not None and shape[-1] < k:
        raise ValueError(f"input must have last dimension >= k = {k} but is {shape[-1]}")
    return [(*shape[:-1], k)] * 2


def _top(values, k):
    # lax.top_k keeps the lower index first among equals, as TensorFlow does
    top, indices = lax.top_k(values, k)
    return top, indices.astype(jnp.int32)


@op(
    "TopKV2", "T, int32 -> values:T, indices:int32", T=REAL, static=("k",),
    shape=lambda inputs, attrs: _top_shape(inputs[0].shape, None if inputs[1].value() is None else int(inputs[1].value())),
)  # fmt: skip
def top_k(input, k, *, sorted=True):
    """The `k` largest entries of the last dimension, largest first, and their indices; of equal ones the lower index."""
    return _top(input, int(k))


def _in_top(predictions, targets, k):
    classes = predictions.shape[1]
    valid = (targets >= jnp.asarray(0, targets.dtype)) & (targets < jnp.asarray(classes, targets.dtype))
    index = jnp.where(valid, targets, jnp.asarray(0, targets.dtype))
    own = jnp.take_along_axis(predictions, index[:, None], 1)
    better = jnp.sum((predictions > own).astype(jnp.int64), 1)
    # ties at the boundary all count as hits; anything not finite in the row makes a miss
    return valid & (better < jnp.asarray(k, jnp.int64)) & jnp.all(jnp.isfinite(predictions), 1)


def _targets_shape(inputs, attrs):
    predictions = window.check_rank(inputs[0].shape, 2, "predictions")
    targets = window.check_rank(inputs[1].shape, 1, "targets")
    if predictions[0] is not None and targets[0] is not None and predictions[0] != targets[0]:
        raise ValueError(f"Dimensions must be equal, but are {predictions[0]} and {targets[0]}")
    return [(predictions[0] if predictions[0] is not None else targets[0],)]


@op("InTopK", "float32, T -> precision:bool", T=dtypes.INDEX, shape=_targets_shape, differentiable=False)
def in_top_k(predictions, targets, *, k: "int", T: "type" = dtypes.int32):
    """Whether the target class of each row of `predictions` [batch, classes] is among the `k` best."""
    return _in_top(predictions, targets, k)


@op("InTopKV2", "float32, T, T -> precision:bool", T=dtypes.INDEX, shape=_targets_shape, differentiable=False)
def in_top_k_v2(predictions, targets, k, *, T: "type" = dtypes.int32):
    """Whether the target class of each row of `predictions` [batch, classes] is among the `k` best."""
    return _in_top(predictions, targets, k)


@op(
    "NthElement", "T, int32 -> values:T", T=REAL,
    shape=lambda inputs, attrs: [None if inputs[0].shape is None else inputs[0].shape[:-1]],
)  # fmt: skip
def nth_element(input, n, *, reverse=False):
    """The entry of the last dimension with `n` smaller ones (larger ones with `reverse`)."""
    last = jnp.asarray(input.shape[-1] - 1, jnp.int32)
    n = jnp.asarray(n, jnp.int32)
    return jnp.take(jnp.sort(input, -1), last - n if reverse else n, axis=-1, mode="clip")


@nth_element.vjp
def _nth_element_vjp(inputs, outputs, grads, *, reverse):
    x, y, dy = inputs[0], outputs[0], grads[0]
    # equal entries share the gradient
    same = (x == y[..., None]).astype(dy.dtype)
    return same / jnp.sum(same, -1, keepdims=True) * dy[..., None], None
