"""Shapes and moving elements: `shape`, `reshape`, `concat`, `stack`, `split`, `transpose`, `zeros`, `range` and their kind."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import registry
from mainstem.eager.context import executing_eagerly
from mainstem.eager.tensor import EagerTensor
from mainstem.graph import fold
from mainstem.graph.tensor import Tensor
from mainstem.ops import array, blocks, flow
from mainstem.ops import fill as filling
from mainstem.ops import math as math_ops
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope

newaxis = None
SMALL = 1000  # zeros and ones with fewer elements are constants


def _is_sparse(x):
    return hasattr(x, "dense_shape") and hasattr(x, "indices") and not hasattr(x, "_as_graph_tensor")


def _known_shape(x):
    """The tuple shape of a tensor when every dimension is known, else None."""
    shape = shapes.as_tuple(x.shape)
    return shape if shapes.known(shape) else None


# ---- shapes


def shape_internal(input, name=None, optimize=True, out_type=dtypes.int32):
    """The shape of `input`; a constant when it is fully known and `optimize` holds."""
    if type(input) is EagerTensor and executing_eagerly():
        return array.shape(input, out_type=out_type)
    with name_scope(name, "Shape", [input]) as name:
        if _is_sparse(input):
            return math_ops.cast(input.dense_shape, DstT=out_type)
        input = convert_to_tensor(input, name="Const" if not hasattr(input, "op") else None)
        known = _known_shape(input)
        if optimize and known is not None:
            return constant_v1(np.asarray(known, dtypes.as_dtype(out_type).as_numpy_dtype), out_type, name=name)
        return array.shape(input, out_type=out_type, name=name)


def shape_v1(input, name=None, out_type=dtypes.int32):
    """The shape of `input` as a 1-D tensor."""
    return shape_internal(input, name, True, out_type)


def shape(input, out_type=dtypes.int32, name=None):
    """The shape of `input` as a 1-D tensor."""
    return shape_internal(input, name, True, out_type or dtypes.int32)


def shape_n(input, out_type=dtypes.int32, name=None):
    """The shapes of the tensors of the list `input`."""
    return array.shape_n(input, out_type=out_type, name=name)


def size_v1(input, name=None, out_type=dtypes.int32):
    """The number of elements of `input`, a scalar."""
    return size_internal(input, name, True, out_type)


def size(input, out_type=dtypes.int32, name=None):
    """The number of elements of `input`, a scalar."""
    return size_internal(input, name, True, out_type or dtypes.int32)


def size_internal(input, name=None, optimize=True, out_type=dtypes.int32):
    """The number of elements; a constant when the shape is fully known and `optimize` holds."""
    if type(input) is EagerTensor and executing_eagerly():
        return array.size(input, out_type=out_type)
    with name_scope(name, "Size", [input]) as name:
        if _is_sparse(input):
            return registry.lookup("Prod")(math_ops.cast(input.dense_shape, DstT=out_type), 0, name=name)
        input = convert_to_tensor(input)
        known = _known_shape(input)
        if optimize and known is not None:
            count = int(np.prod(known, dtype=np.int64))
            return constant_v1(np.asarray(count, dtypes.as_dtype(out_type).as_numpy_dtype), out_type, name=name)
        return array.size(input, out_type=out_type, name=name)


def rank(input, name=None):
    """The number of dimensions of `input`, a scalar."""
    if type(input) is EagerTensor and executing_eagerly():
        return array.rank(input)
    with name_scope(name, "Rank", [input]) as name:
        if _is_sparse(input):
            return size_internal(input.dense_shape, name, False)
        input = convert_to_tensor(input)
        n = input.shape.ndims
        return array.rank(input, name=name) if n is None else constant_v1(np.int32(n), dtypes.int32, name=name)


def reshape(tensor, shape, name=None):
    """`tensor` with the new `shape`; one entry may be -1. Raises ValueError when the element counts differ."""
    return array.reshape(tensor, shape, name=name)


def expand_dims_v1(input, axis=None, name=None, dim=None):
    """`input` with a new dimension of 1 at `axis` (old name: `dim`)."""
    if axis is not None and dim is not None:
        raise ValueError("Cannot specify both 'axis' and 'dim'")
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return array.expand_dims(input, axis, name=name)


def expand_dims(input, axis, name=None):
    """`input` with a new dimension of 1 at `axis`."""
    return array.expand_dims(input, axis, name=name)


def squeeze_v1(input, axis=None, name=None, squeeze_dims=None):
    """`input` without the dimensions of 1 in `axis` (old name: `squeeze_dims`), or without all of them."""
    if axis is not None and squeeze_dims is not None:
        raise ValueError("Cannot specify both 'axis' and 'squeeze_dims'")
    return squeeze(input, squeeze_dims if axis is None else axis, name)


def squeeze(input, axis=None, name=None):
    """`input` without the dimensions of 1 in `axis` (an int or list), or without all of them."""
    if axis is None:
        axis = []
    elif not isinstance(axis, (list, tuple)):
        axis = np.reshape(axis, -1).tolist()
    return array.squeeze(input, squeeze_dims=list(axis), name=name)


def transpose_v1(a, perm=None, name="transpose", conjugate=False):
    """`a` with dimensions permuted: output dimension i is input dimension perm[i]; without `perm` all are reversed."""
    with name_scope(name, "transpose", [a]) as name:
        a = convert_to_tensor(a, name="a")
        op = array.conjugate_transpose if conjugate and a.dtype.base_dtype in dtypes.COMPLEX else array.transpose
        if perm is None:
            n = a.shape.ndims
            if n is None:
                count = array.rank(a)
                perm = math_ops.sub(math_ops.sub(count, 1, name="sub"), filling.range_(0, count, 1), name="sub")
            else:
                perm = np.arange(n, dtype=np.int32)[::-1]
        return op(a, perm, name=name)


def transpose(a, perm=None, conjugate=False, name="transpose"):
    """`a` with dimensions permuted: output dimension i is input dimension perm[i]; without `perm` all are reversed."""
    return transpose_v1(a, perm, name, conjugate)


def ensure_shape(x, shape, name=None):
    """`x`, known from here on to have `shape`; a run raises InvalidArgumentError when it has not."""
    return array.ensure_shape(x, shape=shapes.as_tuple(shape), name=name)


def bitcast(input, type, name=None):
    """The bytes of `input` read as another dtype."""
    return blocks.bitcast(input, type=type, name=name)


# ---- joining and cutting


def concat(values, axis, name="concat"):
    """The tensors `values` joined along the existing dimension `axis`.

    Raises ValueError when their shapes differ in another dimension.
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        with name_scope(name):
            axis = convert_to_tensor(axis, dtype=dtypes.int32, name="concat_dim")
            if axis.shape.ndims not in (0, None):
                raise ValueError(f"concat: 'axis' must be a scalar. Got shape {axis.shape}.")
            return flow.identity(values[0], name=name)
    return array.concat_v2(list(values), axis, name=name)


def stack(values, axis=0, name="stack"):
    """The tensors `values`, all of one shape, stacked along a new dimension `axis`."""
    if axis == 0:
        try:
            return convert_to_tensor(values, name=name)
        except (TypeError, ValueError):
            pass  # what does not pack as it is may still be a list of tensors that the op accepts
    known = shapes.as_tuple(convert_to_tensor(values[0], name=name).shape)
    if known is not None and not -len(known) - 1 <= axis <= len(known):
        raise ValueError(f"axis = {axis} not in [{-len(known) - 1}, {len(known) + 1})")
    return array.pack(list(values), axis=axis, name=name)


def parallel_stack(values, name="parallel_stack"):
    """The tensors `values`, of one fully known shape, stacked along a new first dimension."""
    with name_scope(name):
        have = shapes.as_tuple(convert_to_tensor(values[0]).shape)
        if not shapes.known(have):
            raise ValueError(f"parallel_stack needs a fully known shape. Got {shapes.show(have)}.")
        return array.parallel_concat([array.expand_dims(v, 0) for v in values], shape=(len(values), *have))


def unstack(value, num=None, axis=0, name="unstack"):
    """The entries of `value` along `axis` as a list of tensors. Raises ValueError when their number is not known."""
    if num is None:
        value = convert_to_tensor(value)
        have = shapes.as_tuple(value.shape)
        if have is not None:
            if not -len(have) <= axis < len(have):
                raise ValueError(f"axis = {axis} not in [{-len(have)}, {len(have)})")
            num = have[axis]
        if num is None:
            raise ValueError(f"Cannot infer num from shape {value.shape}")
    return array.unpack(value, num=num, axis=axis, name=name)


def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """`value` cut along `axis` into that many equal parts, or into parts of the given sizes (one may be -1).

    Raises ValueError when the dimension does not divide, or the number of parts is not known.
    """
    sizes = convert_to_tensor(num_or_size_splits)
    if isinstance(num_or_size_splits, (int, np.integer, shapes.Dimension)):
        return array.split(axis, value, num_split=int(num_or_size_splits), name=name)
    have = shapes.as_tuple(sizes.shape)
    if have == ():
        raise ValueError(
            f"Rank-0 tensors are not supported as the num_or_size_splits argument to split. Got {num_or_size_splits}"
        )
    if num is None:
        num = have[0] if have else None
        if num is None:
            raise ValueError(f"Cannot infer num from shape {num_or_size_splits}")
    return array.split_v(value, sizes, axis, num_split=num, name=name)


# ---- making


def _zero(dtype):
    return {dtypes.string: "", dtypes.bool: False}.get(dtype, 0)


def _filled(shape, dtype, one, name):
    """`zeros` and `ones`: a constant when small, else a Fill."""
    value = one if one else _zero(dtype)
    if not isinstance(shape, Tensor) and not hasattr(shape, "_as_graph_tensor"):
        dims = _python_dims(shape)
        if dims is not None:
            if int(np.prod(dims, dtype=np.int64)) < SMALL and np.ndim(shape):
                return constant_v1(value, dtype, dims, name)
            shape = convert_to_tensor(np.asarray(dims, np.int32), dtypes.int32, name="shape_as_tensor")
    shape = convert_to_tensor(shape, dtype_hint=dtypes.int32, name="packed" if isinstance(shape, (list, tuple)) else None)
    if shape.shape.ndims == 0:
        shape = array.reshape(shape, [-1])
    return filling.fill(shape, constant_v1(value, dtype), name=name)


def _python_dims(shape):
    """Gives a shape of plain numbers as a tuple, or None when it holds tensors. Raises ValueError for unknown dimensions."""
    if isinstance(shape, (list, tuple)) and any(isinstance(d, Tensor) or hasattr(d, "_as_graph_tensor") for d in shape):
        return None
    dims = shapes.as_tuple(shape if np.ndim(shape) or isinstance(shape, shapes.TensorShape) else [shape])
    if dims is None or None in dims:
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {shape}")
    return dims


def zeros(shape, dtype=dtypes.float32, name=None, layout=None):
    """A tensor of `shape` (ints, a TensorShape, a 1-D tensor, or a list with scalars tensors) full of zeros, False or ""."""
    with name_scope(name, "zeros", [shape]) as name:
        return _filled(shape, dtypes.as_dtype(dtype).base_dtype, 0, name)


def ones(shape, dtype=dtypes.float32, name=None, layout=None):
    """A tensor of `shape` full of ones (True for bool)."""
    with name_scope(name, "ones", [shape]) as name:
        dtype = dtypes.as_dtype(dtype).base_dtype
        return _filled(shape, dtype, True if dtype is dtypes.bool else 1, name)


def zeros_like_v1(tensor, dtype=None, name=None, optimize=True):
    """Zeros of the shape of `tensor`, of its dtype or of `dtype`."""
    with name_scope(name, "zeros_like", [tensor]) as name:
        tensor = convert_to_tensor(tensor, name="tensor")
        dtype = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
        known = _known_shape(tensor)
        kind = dtype or tensor.dtype.base_dtype
        if optimize and known is not None and kind is not dtypes.variant:
            return zeros(known, kind, name=name)
        if dtype is not None and dtype is not tensor.dtype.base_dtype:
            return zeros(shape_internal(tensor, optimize=optimize), dtype, name=name)
        return filling.zeros_like(tensor, name=name)


def zeros_like(input, dtype=None, name=None, layout=None):
    """Zeros of the shape of `input`, of its dtype or of `dtype`."""
    return zeros_like_v1(input, dtype, name)


def ones_like_v1(tensor, dtype=None, name=None, optimize=True):
    """Ones of the shape of `tensor`, of its dtype or of `dtype`."""
    with name_scope(name, "ones_like", [tensor]) as name:
        tensor = convert_to_tensor(tensor, name="tensor")
        made = ones(shape_internal(tensor, optimize=optimize), dtype or tensor.dtype.base_dtype, name=name)
        if hasattr(made, "set_shape"):
            made.set_shape(tensor.shape)
        return made


def ones_like(input, dtype=None, name=None, layout=None):
    """Ones of the shape of `input`, of its dtype or of `dtype`."""
    return ones_like_v1(input, dtype, name)


def fill(dims, value, name=None, layout=None):
    """A tensor of shape `dims` with the scalar `value` everywhere."""
    return filling.fill(dims, value, name=name)


_RANGE_TYPES = (dtypes.int32, dtypes.int64, dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)


def range(start, limit=None, delta=1, dtype=None, name="range"):  # noqa: A001 - TensorFlow's name
    """`start`, start + delta, … below `limit`; with one argument from 0 up to it.

    Without `dtype` the widest of the arguments' types is taken. Raises ValueError for a zero delta.
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as name:
        dtype = None if dtype is None else dtypes.as_dtype(dtype)
        parts = [
            p if isinstance(p, Tensor) else convert_to_tensor(p, dtype=dtype, name=n)
            for p, n in zip((start, limit, delta), ("start", "limit", "delta"), strict=True)
        ]
        if dtype is None:
            dtype = max((p.dtype.base_dtype for p in parts), key=_RANGE_TYPES.index)
        parts = [p if p.dtype.base_dtype is dtype else math_ops.cast(p, DstT=dtype) for p in parts]
        return filling.range_(*parts, name=name)


def linspace_v1(start, stop, num, name=None):
    """`num` numbers at equal distances from `start` to `stop`, both included."""
    return filling.lin_space(start, stop, num, name=name)


def linspace(start, stop, num, name=None, axis=0):
    """`num` numbers at equal distances from `start` to `stop`, both included, along a new dimension `axis`."""
    with name_scope(name, "linspace", [start, stop]) as name:
        start = convert_to_tensor(start, name="start")
        stop = convert_to_tensor(stop, name="stop", dtype=start.dtype)
        if start.shape.ndims == 0 and stop.shape.ndims == 0 and axis in (0, -1) and start.dtype.is_floating:
            return filling.lin_space(start, stop, num, name=name)
        if start.dtype.is_integer:
            start, stop = (math_ops.cast(t, DstT=dtypes.float64) for t in (start, stop))
        start, stop = (array.expand_dims(t, axis) for t in (start, stop))
        steps = math_ops.cast(range(num), DstT=start.dtype)
        n = len(shapes.as_tuple(start.shape))
        place = [1] * n
        place[axis] = -1
        gaps = math_ops.maximum(math_ops.sub(math_ops.cast(num, DstT=start.dtype), 1.0), 1.0)
        step = math_ops.real_div(math_ops.sub(stop, start), gaps)
        return math_ops.add(start, math_ops.mul(array.reshape(steps, place), step), name=name)


def tile(input, multiples, name=None):
    """`input` repeated multiples[i] times along dimension i."""
    return filling.tile(input, multiples, name=name)


def broadcast_to(input, shape, name=None):
    """`input` repeated to the broadcast `shape`."""
    return filling.broadcast_to(input, shape, name=name)


def broadcast_dynamic_shape(shape_x, shape_y):
    """The broadcast of two shapes given as 1-D tensors."""
    return filling.broadcast_args(shape_x, shape_y)


def broadcast_static_shape(shape_x, shape_y):
    """The broadcast of two TensorShapes. Raises ValueError when they do not broadcast."""
    return shapes.TensorShape(shapes.broadcast(shapes.as_tuple(shape_x), shapes.as_tuple(shape_y)))


def meshgrid(*args, **kwargs):
    """Coordinates of a grid from 1-D tensors: one output an argument, of shape [n1, n0, n2, …] (`indexing="xy"`, the default)
    or [n0, n1, …] ("ij").
    """
    indexing, name = kwargs.pop("indexing", "xy"), kwargs.pop("name", "meshgrid")
    if kwargs:
        raise TypeError(f"'{next(iter(kwargs))}' is an invalid keyword argument for this function")
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with name_scope(name, "meshgrid", args):
        n = len(args)
        order = [1, 0, *np.arange(2, n).tolist()] if indexing == "xy" and n > 1 else np.arange(n).tolist()
        parts = [array.reshape(convert_to_tensor(a), [-1]) for a in args]
        sizes = [size_internal(p) for p in parts]
        whole = array.pack([sizes[i] for i in order])
        out = []
        for i, p in enumerate(parts):
            place = [-1 if k == i else 1 for k in order]
            out.append(filling.broadcast_to(array.reshape(p, place), whole))
        return out


def constant_value(tensor, partial=False):
    """The value of `tensor` as a NumPy array when it is known without running anything, else None (a variable's never is)."""
    if isinstance(tensor, Tensor):
        return fold.constant_value(tensor)
    return None if hasattr(tensor, "read_value") else np.asarray(tensor)
