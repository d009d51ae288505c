"""Activations, softmax, dropout, biases, top-k: the small functions of `tf.nn`."""

import collections
import numbers

from mainstem.base import dtypes, shapes
from mainstem.ops import array as array_ops
from mainstem.ops import math as math_ops
from mainstem.ops import matmul as matmul_ops
from mainstem.ops import nn as ops
from mainstem.ops import reduce as reduce_ops
from mainstem.surface import array, math, random
from mainstem.surface.framework import convert_to_tensor, name_scope

TopKV2 = collections.namedtuple("TopKV2", ["values", "indices"])


def relu(features, name=None):
    """max(features, 0)."""
    return ops.relu(features, name=name)


def relu6(features, name=None):
    """min(max(features, 0), 6)."""
    with name_scope(name, "Relu6", [features]) as name:
        return ops.relu6(convert_to_tensor(features, name="features"), name=name)


def elu(features, name=None):
    """exp(features) - 1 below zero, else features (arXiv:1511.07289)."""
    return ops.elu(features, name=name)


def selu(features, name=None):
    """The scaled `elu` (arXiv:1706.02515)."""
    return ops.selu(features, name=name)


def leaky_relu(features, alpha=0.2, name=None):
    """The larger of `features` and `alpha * features`; integers become float32."""
    with name_scope(name, "LeakyRelu", [features, alpha]) as name:
        features = convert_to_tensor(features, name="features")
        if features.dtype.is_integer:
            features = math.cast(features, dtypes.float32)
        if not isinstance(alpha, numbers.Real):
            return math_ops.maximum(math_ops.mul(alpha, features), features, name=name)
        return ops.leaky_relu(features, alpha=float(alpha), name=name)


def softplus(features, name=None):
    """log(exp(features) + 1)."""
    return ops.softplus(features, name=name)


def softsign(features, name=None):
    """features / (|features| + 1)."""
    return ops.softsign(features, name=name)


def swish(features, beta=1.0):
    """features * sigmoid(beta * features) (arXiv:1710.05941)."""
    with name_scope(None, "swish", [features]) as name:
        features = convert_to_tensor(features, name="features")
        inner = features if isinstance(beta, numbers.Real) and beta == 1 else math_ops.mul(features, beta)
        return math_ops.mul(features, math_ops.sigmoid(inner), name=name)


silu = swish


def gelu(features, approximate=False, name=None):
    """features * P(X <= features) for a standard normal X (arXiv:1606.08415); `approximate`: its tanh form."""
    with name_scope(name, "Gelu", [features]):
        x = convert_to_tensor(features, name="features")
        if not x.dtype.is_floating:
            raise ValueError(f"`features.dtype` must be a floating point tensor. Received: {x.dtype}")
        if approximate:
            inner = math_ops.mul(
                math_ops.add(x, math_ops.mul(math_ops.mul(math_ops.mul(x, x), x), 0.044715)), 0.7978845608028654
            )
            return math_ops.mul(math_ops.mul(x, 0.5), math_ops.add(math_ops.tanh(inner), 1.0))
        return math_ops.mul(math_ops.mul(x, 0.5), math_ops.add(math.erf(math_ops.mul(x, 0.7071067811865476)), 1.0))


def crelu_v1(features, name=None, axis=-1):
    """relu(features) and relu(-features) side by side along `axis` (arXiv:1603.05201)."""
    with name_scope(name, "CRelu", [features]) as name:
        features = convert_to_tensor(features, name="features")
        return ops.relu(array.concat([features, -features], axis, name=name))


def crelu(features, axis=-1, name=None):
    """relu(features) and relu(-features) side by side along `axis` (arXiv:1603.05201)."""
    return crelu_v1(features, name, axis)


def _along(value, op, axis, name):
    """`op`, which works on the last dimension, along `axis`. Raises ValueError (InvalidArgument) for an axis out of range."""
    value = convert_to_tensor(value)
    rank = value.shape.ndims
    if axis == -1 or (rank is not None and axis == rank - 1):
        return op(value, name=name)
    if rank is None:
        raise ValueError("softmax along an axis other than the last needs logits of known rank.")
    if not -rank <= axis < rank:
        raise ValueError(
            f"Cannot compute softmax along axis {axis} of a tensor of rank {rank}: axis must be in [{-rank}, {rank})."
        )
    axis %= rank
    order = [*range(axis), rank - 1, *range(axis + 1, rank - 1), axis]
    moved = op(array.transpose_v1(value, order))
    return array.transpose_v1(moved, order, name=name if name is not None else "transpose")


def _axis(axis, dim, usual=-1):
    if axis is not None and dim is not None:
        raise ValueError("Cannot specify both 'axis' and 'dim'.")
    axis = axis if axis is not None else dim
    return usual if axis is None else axis


def softmax_v1(logits, axis=None, name=None, dim=None):
    """exp(logits) / sum(exp(logits)) along `axis` (default: the last); `dim` is its other name."""
    return _along(logits, ops.softmax, _axis(axis, dim), name)


def softmax(logits, axis=None, name=None):
    """exp(logits) / sum(exp(logits)) along `axis` (default: the last)."""
    return softmax_v1(logits, axis, name)


def log_softmax_v1(logits, axis=None, name=None, dim=None):
    """logits - log(sum(exp(logits))) along `axis` (default: the last); `dim` is its other name."""
    return _along(logits, ops.log_softmax, _axis(axis, dim), name)


def log_softmax(logits, axis=None, name=None):
    """logits - log(sum(exp(logits))) along `axis` (default: the last)."""
    return log_softmax_v1(logits, axis, name)


def bias_add(value, bias, data_format=None, name=None):
    """Adds `bias` [channels] to `value`; `data_format` starting with "NC" puts channels second, else they are last.

    Raises ValueError for another format.
    """
    with name_scope(name, "BiasAdd", [value, bias]) as name:
        if data_format is None or data_format.startswith("N") and data_format.endswith("C"):
            layout = "NHWC"
        elif data_format.startswith("NC"):
            layout = "NCHW"
        else:
            raise ValueError(f"data_format must be of the form `N...C` or `NC...`. Got {data_format!r}.")
        value = convert_to_tensor(value, name="input")
        bias = convert_to_tensor(bias, dtype=value.dtype.base_dtype, name="bias")
        return ops.bias_add(value, bias, data_format=layout, name=name)


def xw_plus_b(x, weights, biases, name=None):
    """matmul(x, weights) + biases."""
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as name:
        x, weights, biases = (convert_to_tensor(v, name=n) for v, n in ((x, "x"), (weights, "weights"), (biases, "biases")))
        return bias_add(matmul_ops.matmul(x, weights), biases, name=name)


def relu_layer(x, weights, biases, name=None):
    """relu(matmul(x, weights) + biases)."""
    with name_scope(name, "relu_layer", [x, weights, biases]) as name:
        x, weights, biases = (convert_to_tensor(v, name=n) for v, n in ((x, "x"), (weights, "weights"), (biases, "biases")))
        return ops.relu(ops.bias_add(matmul_ops.matmul(x, weights), biases), name=name)


def l2_loss(t, name=None):
    """sum(t ** 2) / 2."""
    return ops.l2_loss(t, name=name)


def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    """x / sqrt(max(sum(x ** 2), epsilon)), the sum over `axis` (all dimensions when None)."""
    axis = axis if axis is not None else dim
    with name_scope(name, "l2_normalize", [x]) as name:
        x = convert_to_tensor(x, name="x")
        axes = axis if axis is not None else list(range(x.shape.ndims))
        if x.dtype.is_complex:
            square = math_ops.real(math_ops.mul(math_ops.conj(x), x))
            factor = math_ops.rsqrt(math_ops.maximum(reduce_ops.sum_(square, axes, keep_dims=True), epsilon))
            return math_ops.mul(x, math.cast(factor, x.dtype), name=name)
        total = reduce_ops.sum_(math_ops.square(x), axes, keep_dims=True)
        return math_ops.mul(x, math_ops.rsqrt(math_ops.maximum(total, epsilon)), name=name)


def zero_fraction(value, name=None):
    """The part of zeros among the entries of `value`, float32."""
    with name_scope(name, "zero_fraction", [value]):
        value = convert_to_tensor(value, name="value")
        zeros = math.cast(math_ops.equal(value, array.zeros([], value.dtype)), dtypes.float32)
        size = math.cast(array.size(value, dtypes.int64), dtypes.float32)
        flat = array_ops.reshape(zeros, [-1])
        return math_ops.real_div(reduce_ops.sum_(flat, 0), size, name="fraction")


# ---- dropout


def dropout_v1(x, keep_prob=None, noise_shape=None, seed=None, name=None, rate=None):
    """`dropout` that takes the probability to keep; `rate` instead is the probability to drop.

    Raises ValueError when both or neither are given.
    """
    if keep_prob is not None and rate is not None:
        raise ValueError("Only one of `keep_prob` and `rate` may be given.")
    if rate is None and keep_prob is None:
        raise ValueError("You must provide a rate to dropout.")
    if rate is None:
        rate = 1 - keep_prob if isinstance(keep_prob, numbers.Real) else 1 - keep_prob
    return dropout(x, rate, noise_shape, seed, name)


def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """Sets each entry of `x` to 0 with probability `rate` and scales the others by 1 / (1 - rate).

    Args:
        x: a floating tensor.
        rate: a number in [0, 1) or a scalar tensor.
        noise_shape: the shape of the random decisions, which broadcast to `x`; entries of None mean that of `x`.
        seed: the op's seed.
        name: of the scope.

    Raises ValueError for a wrong dtype or rate.
    """
    with name_scope(name, "dropout", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_floating:
            raise ValueError(
                f"x has to be a floating point tensor since it's going to be scaled. Got a {x.dtype} tensor instead."
            )
        if isinstance(rate, numbers.Real):
            if not 0 <= rate < 1:
                raise ValueError(f"rate must be a scalar tensor or a float in the range [0, 1), got {rate:g}")
            if rate == 0:
                return x
        rate = convert_to_tensor(rate, dtype=x.dtype.base_dtype, name="rate")
        if rate.shape.ndims not in (None, 0):
            raise ValueError(f"rate must be a scalar. Got shape {rate.shape}.")
        return _drop(x, rate, lambda shape: random.random_uniform(shape, seed=seed, dtype=x.dtype.base_dtype), noise_shape)


def _drop(x, rate, sampler, noise_shape):
    uniform = sampler(_noise_shape(x, noise_shape))
    # scaled before it is masked: infinity times 0 is NaN, as in TensorFlow
    scale = 1 / (1 - rate)
    keep = uniform >= rate
    out = x * scale * math.cast(keep, x.dtype.base_dtype)
    out.set_shape(x.shape)
    return out


def _noise_shape(x, noise_shape):
    if noise_shape is None:
        return array.shape(x)
    if hasattr(noise_shape, "op"):
        return noise_shape
    noise, shape = shapes.as_tuple(noise_shape), shapes.as_tuple(x.shape)
    if shape is not None and noise is not None and len(shape) == len(noise):
        noise = tuple(s if n is None else n for n, s in zip(noise, shape, strict=True))
    return noise_shape if noise is None or None in noise else list(noise)


def stateless_dropout(x, rate, seed, rng_alg=None, noise_shape=None, name=None):
    """`dropout` with the random decisions of `seed` (two integers): the same seed drops the same entries."""
    return general_dropout(x, rate, lambda shape, dtype: random.stateless_uniform(shape, seed, dtype=dtype), noise_shape, name)


def general_dropout(x, rate, uniform_sampler, noise_shape=None, name=None):
    """`dropout` with the random numbers of `uniform_sampler(shape, dtype)`."""
    with name_scope(name, "dropout", [x]):
        x = convert_to_tensor(x, name="x")
        rate = convert_to_tensor(rate, dtype=x.dtype.base_dtype, name="rate")
        return _drop(x, rate, lambda shape: uniform_sampler(shape, x.dtype.base_dtype), noise_shape)


# ---- top-k


def top_k(input, k=1, sorted=True, index_type=dtypes.int32, name=None):
    """The `k` largest entries of the last dimension, largest first, and their indices; of equal ones the lower index."""
    values, indices = ops.top_k(input, k, sorted=sorted, name=name)
    index_type = dtypes.as_dtype(index_type)
    return TopKV2(values, indices if index_type is dtypes.int32 else math.cast(indices, index_type))


def top_k_v1(input, k=1, sorted=True, name=None):
    """The `k` largest entries of the last dimension, largest first, and their int32 indices."""
    return top_k(input, k, sorted, dtypes.int32, name)


def approx_max_k(
    operand, k, reduction_dimension=-1, recall_target=0.95, reduction_input_size_override=-1, aggregate_to_topk=True, name=None
):
    """The `k` largest entries along `reduction_dimension` and their indices; exact here, so `recall_target` is always met."""
    operand = convert_to_tensor(operand, name="operand")
    rank = operand.shape.ndims
    if reduction_dimension in (-1, rank - 1):
        return top_k(operand, k, name=name)
    axis = reduction_dimension % rank
    order = [i for i in range(rank) if i != axis] + [axis]
    back = [order.index(i) for i in range(rank)]
    values, indices = top_k(array.transpose_v1(operand, order), k, name=name)
    return array.transpose_v1(values, back), array.transpose_v1(indices, back)


def approx_min_k(
    operand, k, reduction_dimension=-1, recall_target=0.95, reduction_input_size_override=-1, aggregate_to_topk=True, name=None
):
    """The `k` smallest entries along `reduction_dimension` and their indices; exact here."""
    operand = math_ops.neg(convert_to_tensor(operand, name="operand"))
    values, indices = approx_max_k(operand, k, reduction_dimension, name=name)
    return math_ops.neg(values), indices


def in_top_k_v1(predictions, targets, k, name=None):
    """Whether each row's target class is among the `k` highest `predictions` [batch, classes]; ties at the border count."""
    with name_scope(name, "in_top_k"):
        return ops.in_top_k_v2(predictions, targets, k, name="InTopKV2")


def in_top_k(targets, predictions, k, name=None):
    """Whether each row's target class is among the `k` highest `predictions` [batch, classes]; ties at the border count."""
    return in_top_k_v1(predictions, targets, k, name)


def nth_element(input, n, reverse=False, name=None):
    """The entry of the last dimension with `n` smaller ones (larger ones with `reverse`)."""
    return ops.nth_element(input, n, reverse=reverse, name=name)
