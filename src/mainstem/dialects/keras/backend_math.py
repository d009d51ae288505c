"""The functions of `tf.keras.backend` on tensors: Keras's names and arguments for the library's own."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.dialects.keras import backend
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.state.variable import Variable
from mainstem.surface import (
    array,
    clip,
    framework,
    index,
    linalg,
    masking,
    math,
    nn,
    norm,
    random,
    reduce,
    sparse,
    variables,
)
from mainstem.train import moving_averages


def _floatx(dtype):
    return dtypes.as_dtype(backend.floatx() if dtype is None else dtype)


# ---- variables, placeholders and constants


def variable(value, dtype=None, name=None, constraint=None):
    """A variable with a first value: an array, or a sparse matrix of scipy as a SparseTensor of a constant."""
    if hasattr(value, "tocoo"):
        made = value.tocoo()
        indices = np.stack([made.row, made.col], 1).astype(np.int64)
        return SparseTensor(indices, made.data.astype(_floatx(dtype).as_numpy_dtype), made.shape)
    made = Variable(value, dtype=_floatx(dtype), name=name, constraint=constraint, use_resource=True)
    backend.track_variable(made)
    return made


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None, ragged=False):  # noqa: A002
    """A placeholder; with `ndim` alone all dimensions are unknown. Raises NotImplementedError for ragged ones."""
    if ragged:
        raise NotImplementedError("keras.backend.placeholder(ragged=True): ragged tensors")
    if shape is None and ndim:
        shape = (None,) * ndim
    with backend.get_graph().as_default():
        return (_sparse_placeholder if sparse else framework.placeholder)(_floatx(dtype), shape=shape, name=name)


def _sparse_placeholder(dtype, shape, name):
    made = sparse.placeholder(dtype, shape=shape, name=name)
    made._keras_symbolic = True
    return made


def constant(value, dtype=None, shape=None, name=None):
    """A constant tensor."""
    return framework.constant_v1(value, dtype=_floatx(dtype), shape=shape, name=name or "Const")


def is_sparse(tensor):
    """Whether it is a SparseTensor."""
    return isinstance(tensor, SparseTensor)


def to_dense(tensor):
    """A SparseTensor as a tensor; others stay."""
    return sparse.to_dense(tensor) if is_sparse(tensor) else tensor


def is_keras_tensor(x):
    """Whether a layer made the tensor, or `Input`. Raises ValueError for what is no tensor."""
    if not framework.is_tensor(x):
        raise ValueError(f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor instance.")
    return hasattr(x, "_keras_history")


def eval(x):  # noqa: A001 - TensorFlow's name
    """The value of a tensor or variable as an array."""
    return backend.get_value(to_dense(x))


def shape(x):
    """The shape as a tensor."""
    return array.shape_v1(x)


def int_shape(x):
    """The static shape as a tuple, None for an unknown rank."""
    return shapes.as_tuple(x.shape)


def ndim(x):
    """The number of dimensions, None when it is unknown."""
    return x.shape.ndims


def dtype(x):
    """The dtype's name."""
    return x.dtype.base_dtype.name


def count_params(x):
    """The number of elements."""
    return int(np.prod(int_shape(x)))


def _filled(value, size, kind, name):
    known = shapes.as_tuple(size) if not framework.is_tensor(size) else None
    made = (array.zeros if value == 0 else array.ones)(size, dtype=kind, name=name)
    return variable(made, dtype=kind, name=name) if known is not None and None not in known else made


def zeros(shape, dtype=None, name=None):
    """A variable of zeros; of a shape that is a tensor, a tensor."""
    return _filled(0, shape, _floatx(dtype), name)


def ones(shape, dtype=None, name=None):
    """A variable of ones; of a shape that is a tensor, a tensor."""
    return _filled(1, shape, _floatx(dtype), name)


def eye(size, dtype=None, name=None):
    """A variable with the identity matrix."""
    return variable(linalg.eye(size, dtype=_floatx(dtype), name=name), dtype, name)


def zeros_like(x, dtype=None, name=None):
    """Zeros of the same shape."""
    return array.zeros_like_v1(x, dtype=dtype, name=name)


def ones_like(x, dtype=None, name=None):
    """Ones of the same shape."""
    return array.ones_like_v1(x, dtype=dtype, name=name)


def _seed(seed):
    return np.random.randint(10**7) if seed is None else seed


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable with uniform random numbers."""
    return variable(random_uniform(shape, low, high, dtype, seed), dtype, name)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable with normal random numbers."""
    return variable(random_normal(shape, mean, scale, dtype, seed), dtype, name)


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal random numbers; without a seed NumPy draws one."""
    return random.random_normal(shape, mean=mean, stddev=stddev, dtype=_floatx(dtype), seed=_seed(seed))


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Uniform random numbers; without a seed NumPy draws one."""
    return random.random_uniform(shape, minval=minval, maxval=maxval, dtype=_floatx(dtype), seed=_seed(seed))


def random_binomial(shape, p=0.0, dtype=None, seed=None):
    """Ones with probability `p`, else zeros; without a seed NumPy draws one."""
    kind = _floatx(dtype)
    drawn = random.random_uniform(shape, dtype=kind, seed=_seed(seed))
    return masking.where_v1(drawn <= p, array.ones(shape, dtype=kind), array.zeros(shape, dtype=kind))


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal random numbers within two standard deviations; without a seed NumPy draws one."""
    return random.truncated_normal(shape, mean, stddev, dtype=_floatx(dtype), seed=_seed(seed))


def update(x, new_x):
    """Assigns a new value to a variable."""
    return variables.assign(x, new_x)


def update_add(x, increment):
    """Adds to a variable."""
    return variables.assign_add(x, increment)


def update_sub(x, decrement):
    """Subtracts from a variable."""
    return variables.assign_sub(x, decrement)


def moving_average_update(x, value, momentum):
    """Moves a variable towards a value: x · momentum + value · (1 - momentum), without the bias of a start at 0."""
    return moving_averages.assign_moving_average(x, value, momentum, zero_debias=True)


# ---- casts and arithmetic


def cast(x, dtype):
    """The values in another dtype."""
    return math.cast(x, dtype)


def cast_to_floatx(x):
    """An array, or a tensor, of Keras's float type."""
    if framework.is_tensor(x):
        return math.cast(x, backend.floatx())
    return np.asarray(x, dtype=backend.floatx())


def dot(x, y):
    """The product of the last axis of `x` with the last but one of `y`."""
    if is_sparse(x):
        return sparse.matmul(x, y)
    rank, other = ndim(x), ndim(y)
    if rank is not None and (rank > 2 or other > 2):
        axis = other - 2 if other > 1 else 0
        return linalg.tensordot(x, y, [[rank - 1], [axis]])
    return linalg.matmul_v1(x, y)


def batch_dot(x, y, axes=None):
    """The products of the examples' axes: `axes` is one for both, or a pair."""
    rank, other = ndim(x), ndim(y)
    axes = (axes, axes) if isinstance(axes, int) else axes or [rank - 1, other - 2]
    missing = abs(rank - other)
    if rank > other:
        y = array.reshape(y, array.concat([array.shape_v1(y), [1] * missing], axis=0))
    elif other > rank:
        x = array.reshape(x, array.concat([array.shape_v1(x), [1] * missing], axis=0))
    if ndim(x) == 2 and ndim(y) == 2:
        same = axes[0] == axes[1]
        out = reduce.reduce_sum_v1((x if same else array.transpose_v1(x)) * y, axes[0] if same else axes[1])
    else:
        out = linalg.matmul_v1(x, y, adjoint_a=axes[0] != ndim(x) - 1, adjoint_b=axes[1] == ndim(y) - 1)
    if missing:
        at = rank + other - 3 if rank > other else rank - 1
        out = array.squeeze_v1(out, list(range(at, at + missing)))
    return array.expand_dims(out, 1) if ndim(out) == 1 else out


def transpose(x):
    """The axes in reverse order."""
    return array.transpose_v1(x)


def gather(reference, indices):
    """The rows of `reference` with these numbers."""
    return index.gather_v1(reference, indices)


def _reduction(function, cast_bool=False, doc=""):
    def reduced(x, axis=None, keepdims=False):
        if cast_bool and x.dtype.base_dtype == dtypes.bool:
            x = math.cast(x, backend.floatx())
        return function(x, axis, keepdims)

    reduced.__doc__ = doc
    return reduced


max = _reduction(reduce.reduce_max_v1, doc="The greatest element along an axis, or of all.")  # noqa: A001
min = _reduction(reduce.reduce_min_v1, doc="The least element along an axis, or of all.")  # noqa: A001
sum = _reduction(reduce.reduce_sum_v1, doc="The sum along an axis, or of all.")  # noqa: A001
prod = _reduction(reduce.reduce_prod_v1, doc="The product along an axis, or of all.")
mean = _reduction(reduce.reduce_mean_v1, True, "The mean along an axis, or of all; of bools the share.")
var = _reduction(reduce.reduce_variance, True, "The variance along an axis, or of all.")
std = _reduction(reduce.reduce_std, True, "The standard deviation along an axis, or of all.")


def any(x, axis=None, keepdims=False):  # noqa: A001 - TensorFlow's name
    """Whether any element holds."""
    return reduce.reduce_any_v1(math.cast(x, dtypes.bool), axis, keepdims)


def all(x, axis=None, keepdims=False):  # noqa: A001 - TensorFlow's name
    """Whether all elements hold."""
    return reduce.reduce_all_v1(math.cast(x, dtypes.bool), axis, keepdims)


def argmax(x, axis=-1):
    """Where the greatest element along an axis is."""
    return reduce.argmax_v1(x, axis)


def argmin(x, axis=-1):
    """Where the least element along an axis is."""
    return reduce.argmin_v1(x, axis)


def cumsum(x, axis=0):
    """Sums of the elements so far along an axis."""
    return reduce.cumsum(x, axis=axis)


def cumprod(x, axis=0):
    """Products of the elements so far along an axis."""
    return reduce.cumprod(x, axis=axis)


def sqrt(x):
    """The square root of each element, of negative ones and of infinity 0 and infinity."""
    x = framework.convert_to_tensor(x)
    zero, top = framework.constant(0.0, x.dtype.base_dtype), framework.constant(np.inf, x.dtype.base_dtype)
    return math.sqrt(clip.clip_by_value(x, zero, top))


def pow(x, a):  # noqa: A001 - TensorFlow's name
    """x to the power `a`."""
    return math.pow(x, a)


def clip_(x, min_value, max_value):
    """The elements, none below `min_value` or above `max_value`; either may be None."""
    if isinstance(min_value, (int, float)) and isinstance(max_value, (int, float)) and max_value < min_value:
        max_value = min_value
    low = -np.inf if min_value is None else min_value
    return clip.clip_by_value(x, low, np.inf if max_value is None else max_value)


def _unary(function, doc):
    def applied(x):
        return function(x)

    applied.__doc__ = doc
    return applied


def _binary(function, doc):
    def applied(x, y):
        return function(x, y)

    applied.__doc__ = doc
    return applied


UNARY = {
    "abs": _unary(math.abs, "The absolute value of each element."),
    "square": _unary(math.square, "The square of each element."),
    "exp": _unary(math.exp, "e to the power of each element."),
    "log": _unary(math.log, "The natural logarithm of each element."),
    "round": _unary(math.round, "The nearest whole number, of halves the even one."),
    "sign": _unary(math.sign, "-1, 0 or 1 for each element."),
    "sin": _unary(math.sin, "The sine of each element."),
    "cos": _unary(math.cos, "The cosine of each element."),
    "sigmoid": _unary(math.sigmoid, "1 / (1 + e to the power of -x)."),
    "tanh": _unary(math.tanh, "The hyperbolic tangent of each element."),
    "softplus": _unary(nn.softplus, "log(1 + e to the power of x)."),
    "softsign": _unary(nn.softsign, "x / (1 + |x|)."),
}
BINARY = {
    "equal": _binary(math.equal, "Whether the elements are equal."),
    "not_equal": _binary(math.not_equal, "Whether the elements differ."),
    "greater": _binary(math.greater, "Whether x is greater."),
    "greater_equal": _binary(math.greater_equal, "Whether x is greater or equal."),
    "less": _binary(math.less, "Whether x is less."),
    "less_equal": _binary(math.less_equal, "Whether x is less or equal."),
    "maximum": _binary(math.maximum, "The greater of two elements."),
    "minimum": _binary(math.minimum, "The lesser of two elements."),
}


# ---- shapes


def concatenate(tensors, axis=-1):
    """Tensors one after the other along an axis."""
    if axis < 0:
        rank = ndim(tensors[0])
        axis = axis % rank if rank else 0
    return array.concat([to_dense(t) for t in tensors], axis)


def reshape(x, shape):
    """The elements in another shape."""
    return array.reshape(x, shape)


def permute_dimensions(x, pattern):
    """The axes in another order."""
    return array.transpose_v1(x, perm=pattern)


def repeat_elements(x, rep, axis):
    """Each slice along an axis `rep` times."""
    known = int_shape(x)[axis]
    if known is not None:
        parts = array.split(value=x, num_or_size_splits=known, axis=axis)
        return concatenate([p for p in parts for _ in range(rep)], axis)
    axis %= ndim(x)
    wide = array.expand_dims(x, axis + 1)
    tiled = array.tile(wide, [rep if i == axis + 1 else 1 for i in range(ndim(x) + 1)])
    sizes = array.shape_v1(x)
    made = array.reshape(tiled, array.concat([sizes[:axis], [sizes[axis] * rep], sizes[axis + 1 :]], 0))
    made.set_shape(x.shape)
    return made


def repeat(x, n):
    """[batch, size] as [batch, n, size]."""
    return array.tile(array.expand_dims(x, 1), array.stack([1, n, 1]))


def arange(start, stop=None, step=1, dtype="int32"):
    """Numbers from `start` up to `stop`."""
    if stop is None and start < 0:
        start = 0
    made = array.range(start, limit=stop, delta=step)
    return made if dtype == "int32" else math.cast(made, dtype)


def tile(x, n):
    """The tensor `n` times along each axis."""
    return array.tile(x, [n] if isinstance(n, int) else n)


def flatten(x):
    """All elements in one axis."""
    return array.reshape(x, [-1])


def batch_flatten(x):
    """[batch, …] as [batch, n]."""
    return array.reshape(x, array.stack([-1, reduce.reduce_prod_v1(array.shape_v1(x)[1:])]))


def expand_dims(x, axis=-1):
    """With a new axis of size 1."""
    return array.expand_dims(x, axis)


def squeeze(x, axis):
    """Without an axis of size 1."""
    return array.squeeze_v1(x, [axis])


def stack(x, axis=0):
    """Tensors side by side along a new axis."""
    return array.stack(x, axis=axis)


def one_hot(indices, num_classes):
    """Vectors with a 1 where the class is."""
    return index.one_hot(indices, depth=num_classes, axis=-1)


def reverse(x, axes):
    """Some axes backwards."""
    return index.reverse(x, [axes] if isinstance(axes, int) else axes)


# ---- neural networks


def relu(x, alpha=0.0, max_value=None, threshold=0):
    """The positive part; below `threshold` alpha · (x - threshold), never above `max_value`."""
    if alpha == 0.0 and not threshold:
        if max_value is None:
            return nn.relu(x)
        return nn.relu6(x) if max_value == 6 else clip_(nn.relu(x), 0.0, max_value)
    if max_value is None and threshold == 0:
        return nn.leaky_relu(x, alpha=alpha)
    low = nn.relu(-x + threshold) if alpha else None
    out = x * math.cast(x > threshold, backend.floatx()) if threshold else nn.relu(x)
    if max_value is not None:
        out = clip_(out, 0.0, max_value)
    return out if low is None else out - alpha * low


def elu(x, alpha=1.0):
    """x, below 0 alpha · (e to the power of x, less 1)."""
    made = nn.elu(x)
    return made if alpha == 1 else masking.where_v1(x > 0, made, alpha * made)


def softmax(x, axis=-1):
    """Shares that sum to 1 along an axis."""
    return nn.softmax_v1(x, axis=axis)


def hard_sigmoid(x):
    """0.2 · x + 0.5, between 0 and 1."""
    return clip.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


def dropout(x, level, noise_shape=None, seed=None):
    """Sets entries to 0 with probability `level` and scales the others; without a seed NumPy draws one."""
    return nn.dropout(x, level, noise_shape=noise_shape, seed=_seed(seed))


def l2_normalize(x, axis=None):
    """Scaled to norm 1 along an axis."""
    return nn.l2_normalize(x, axis=axis)


def in_top_k(predictions, targets, k):
    """Whether the classes are among the `k` greatest predictions."""
    return nn.in_top_k_v1(predictions, targets, k)


def bias_add(x, bias, data_format=None):
    """Adds a bias to the channels. Raises ValueError for an unknown `data_format`."""
    data_format = data_format or backend.image_data_format()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Unknown data_format: {data_format}")
    if data_format == "channels_first" and (ndim(x) or 0) > 2:
        return x + array.reshape(bias, [1, -1, *[1] * (ndim(x) - 2)])
    return nn.bias_add(x, bias)


def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """(x - mean) / sqrt(var + epsilon) · gamma + beta, along an axis."""
    rank = ndim(x)
    if axis % rank != rank - 1:
        size = [1] * rank
        size[axis] = -1
        mean, var = array.reshape(mean, size), array.reshape(var, size)
        beta = beta if beta is None else array.reshape(beta, size)
        gamma = gamma if gamma is None else array.reshape(gamma, size)
    return norm.batch_normalization(x, mean, var, beta, gamma, epsilon)


def normalize_batch_in_training(x, gamma, beta, reduction_axes, epsilon=1e-3):
    """`batch_normalization` with the batch's own mean and variance; gives (result, mean, variance)."""
    mean, var = norm.moments_v1(x, reduction_axes, None, None, False)
    wide = [d if i not in reduction_axes else 1 for i, d in enumerate(array.unstack(array.shape_v1(x)))]
    size = array.stack(wide)
    fit = [None if v is None else array.reshape(v, size) for v in (mean, var, beta, gamma)]
    return norm.batch_normalization(x, *fit, epsilon), mean, var
