"""Assertions on tensors: checked when the graph is built where values or shapes are known, else by an `Assert` op.

Each gives an operation to put in front of what depends on it (`with tf.control_dependencies([...])`).
"""

import numpy as np

from mainstem.base import dtypes, errors, shapes
from mainstem.graph.fold import constant_value
from mainstem.graph.graph import get_default_graph
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.graph.tensor import Tensor
from mainstem.ops import math as math_ops
from mainstem.surface import array, check_eager, math, reduce
from mainstem.surface.blocks import check_numerics
from mainstem.surface.framework import constant_v1, control_dependencies, convert_to_tensor, group, identity, name_scope, no_op
from mainstem.surface.host import assert_op

CHECKED = (dtypes.float16, dtypes.float32, dtypes.float64)


def _label(x):
    return f"{x.name} " if isinstance(x, Tensor) and not x._is_eager else ""


_TOLD = {"Shape", "Size", "Rank"}  # of a tensor whose shape is known
_LITERAL = _TOLD | {"Const", "Cast", "Concat", "ConcatV2", "ConcatOffset", "Equal", "Fill", "NotEqual", "Pack", "Range"}


def _literal(x):
    """Whether TensorFlow's checks would look at the value when the graph is built; what they would not see fails in a run."""
    return x._is_eager or x.op.type in _LITERAL and (x.op.type in _TOLD or all(map(_literal, x.op.inputs)))


def _value(x):
    """The NumPy value of a tensor when it is known now, else None."""
    if isinstance(x, Tensor):
        return constant_value(x) if _literal(x) else None
    return x.numpy() if hasattr(x, "numpy") else None


def _binary(fn, compare, symbol, scope):
    def check(x, y, message=None, summarize=None, name=None, data=None):
        message = "" if message is None else message
        with name_scope(name, scope, [x, y]):
            x = convert_to_tensor(x, name="x")
            y = convert_to_tensor(y, name="y")
            if x._is_eager and y._is_eager:
                return check_eager.compare(x, y, compare, symbol, message, summarize, data)
            if data is None:
                data = [
                    message,
                    f"Condition x {symbol} y did not hold element-wise:",
                    f"x ({_named(x)}) = ", x, f"y ({_named(y)}) = ", y,
                ]  # fmt: skip
            elif message:
                data = [message, *data]
            condition = reduce.reduce_all(fn(x, y))
            known = _value(x), _value(y)
            if known[0] is not None and known[1] is not None and not np.all(compare(*known)):
                shown = ", ".join(np.array2string(np.asarray(v), threshold=summarize or 3).replace("\n", "") for v in known)
                raise errors.InvalidArgumentError(
                    None, None, f"{message} Condition x {symbol} y did not hold element-wise: x, y = {shown}".strip()
                )
            return assert_op(condition, data, summarize=summarize)

    def check_v1(x, y, data=None, summarize=None, message=None, name=None):
        return check(x, y, message, summarize, name, data)

    check.__doc__ = check_v1.__doc__ = (
        f"Asserts x {symbol} y, elementwise with broadcasting. Raises InvalidArgumentError, now if both are known."
    )
    return check, check_v1


def _named(x):
    if isinstance(x, Tensor) and not x._is_eager:
        return x.name
    return f"shape={x.shape} dtype={x.dtype.name}"


assert_equal, assert_equal_v1 = _binary(math_ops.equal, np.equal, "==", "assert_equal")
_, assert_none_equal_v1 = _binary(math_ops.not_equal, np.not_equal, "!=", "assert_none_equal")
assert_less, assert_less_v1 = _binary(math_ops.less, np.less, "<", "assert_less")
assert_less_equal, assert_less_equal_v1 = _binary(math_ops.less_equal, np.less_equal, "<=", "assert_less_equal")
assert_greater, assert_greater_v1 = _binary(math_ops.greater, np.greater, ">", "assert_greater")
assert_greater_equal, assert_greater_equal_v1 = _binary(math_ops.greater_equal, np.greater_equal, ">=", "assert_greater_equal")


def assert_none_equal(x, y, summarize=None, message=None, name=None):
    """Asserts x != y, elementwise with broadcasting. Raises InvalidArgumentError, now if both are known."""
    return assert_none_equal_v1(x, y, None, summarize, message, name)


def _signed(scope, phrase, zero_first, relation):
    def check(x, message=None, summarize=None, name=None, data=None):
        message = "" if message is None else message
        with name_scope(name, scope, [x]):
            x = convert_to_tensor(x, name="x")
            if data is None:
                start = f"{message}. " if message and x._is_eager else message
                data = [start, f"Condition {phrase} did not hold element-wise:", f"x ({_named(x)}) = ", x]
            zero = constant_v1(0, dtype=x.dtype.base_dtype)
            pair = (zero, x) if zero_first else (x, zero)
            return relation(*pair, data=data, summarize=summarize)

    def check_v1(x, data=None, summarize=None, message=None, name=None):
        return check(x, message, summarize, name, data)

    check.__doc__ = check_v1.__doc__ = f"Asserts {phrase}, elementwise. Raises InvalidArgumentError."
    return check, check_v1


assert_positive, assert_positive_v1 = _signed("assert_positive", "x > 0", True, assert_less)
assert_negative, assert_negative_v1 = _signed("assert_negative", "x < 0", False, assert_less)
assert_non_negative, assert_non_negative_v1 = _signed("assert_non_negative", "x >= 0", True, assert_less_equal)
assert_non_positive, assert_non_positive_v1 = _signed("assert_non_positive", "x <= 0", False, assert_less_equal)


def assert_near_v1(x, y, rtol=None, atol=None, data=None, summarize=None, message=None, name=None):
    """Asserts |x - y| < atol + rtol |y|, elementwise; both default to 10 times the machine epsilon of the dtype."""
    message = "" if message is None else message
    with name_scope(name, "assert_near", [x, y, rtol, atol]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        kind = x.dtype.real_dtype.base_dtype
        epsilon = 10 * float(np.finfo(kind.as_numpy_dtype).eps) if kind is not dtypes.bfloat16 else 10 * 2.0**-8
        rtol = convert_to_tensor(epsilon if rtol is None else rtol, name="rtol", dtype=kind)
        atol = convert_to_tensor(epsilon if atol is None else atol, name="atol", dtype=kind)
        if data is None:
            data = [
                message, "x and y not equal to tolerance rtol = ", rtol, ", atol = ", atol,
                f"x ({_named(x)}) = ", x, f"y ({_named(y)}) = ", y,
            ]  # fmt: skip
        room = atol + rtol * math.abs(y)
        return assert_op(reduce.reduce_all(math_ops.less(math.abs(x - y), room)), data, summarize=summarize)


def assert_near(x, y, rtol=None, atol=None, message=None, summarize=None, name=None):
    """Asserts |x - y| < atol + rtol |y|, elementwise; both default to 10 times the machine epsilon of the dtype."""
    return assert_near_v1(x, y, rtol, atol, None, summarize, message, name)


# ---- ranks


def _rank_of(x):
    return x.shape.ndims


def _static_rank(rank):
    """The rank as an int when it is known now, else None. Raises ValueError or TypeError when it cannot be a rank."""
    value = _value(rank)
    if not rank.dtype.is_integer:
        raise TypeError(f"Rank must be an integer. Got {rank.dtype!r}.")
    if value is None:
        return None
    if value.ndim != 0:
        raise ValueError(f"Rank must be a scalar. Got shape {value.shape}.")
    return int(value)


def _rank_check(scope, relation, holds, phrase):
    def check(x, rank, message=None, name=None, data=None, summarize=None):
        message = "" if message is None else message
        with name_scope(name, scope, [x, rank]):
            x = x if isinstance(x, SparseTensor) else convert_to_tensor(x, name="x")
            rank = convert_to_tensor(rank, name="rank")
            wanted, have = _static_rank(rank), _rank_of(x)
            if wanted is not None and have is not None:
                if not holds(have, wanted):
                    raise ValueError(
                        f"{message}. Tensor {_label(x)}must have rank {phrase}{wanted}. Received rank {have}, shape {x.shape}"
                    )
                return no_op(name="static_checks_determined_all_ok")
            found = array.rank(x)
            if data is None:
                data = [message, f"Tensor {_label(x)}must have rank", rank, "Received shape: ", array.shape_v1(x)]
            return assert_op(relation(found, rank), data, summarize=summarize)

    def check_v1(x, rank, data=None, summarize=None, message=None, name=None):
        return check(x, rank, message, name, data, summarize)

    check.__doc__ = check_v1.__doc__ = f"Asserts that `x` has rank {phrase}`rank`. Raises ValueError when it is known not to."
    return check, check_v1


assert_rank, assert_rank_v1 = _rank_check("assert_rank", math_ops.equal, lambda a, b: a == b, "")
assert_rank_at_least, assert_rank_at_least_v1 = _rank_check(
    "assert_rank_at_least", math_ops.greater_equal, lambda a, b: a >= b, "at least "
)


def assert_rank_in_v1(x, ranks, data=None, summarize=None, message=None, name=None):
    """Asserts that the rank of `x` is one of `ranks`. Raises ValueError when it is known not to be."""
    message = "" if message is None else message
    with name_scope(name, "assert_rank_in", [x, *ranks]):
        x = x if isinstance(x, SparseTensor) else convert_to_tensor(x, name="x")
        ranks = [convert_to_tensor(r, name="rank") for r in ranks]
        wanted, have = [_static_rank(r) for r in ranks], _rank_of(x)
        if have is not None and None not in wanted:
            if have not in wanted:
                raise ValueError(
                    f"{message}. Tensor {_label(x)}must have rank in {tuple(wanted)}. Received rank {have}, shape {x.shape}"
                )
            return no_op(name="static_checks_determined_all_ok")
        found = array.rank(x)
        condition = math_ops.equal(found, ranks[0])
        for r in ranks[1:]:
            condition = math_ops.logical_or(condition, math_ops.equal(found, r))
        if data is None:
            data = [message, f"Tensor {_label(x)}must have rank in", *ranks, "Received shape: ", array.shape_v1(x)]
        return assert_op(condition, data, summarize=summarize)


def assert_rank_in(x, ranks, message=None, name=None):
    """Asserts that the rank of `x` is one of `ranks`. Raises ValueError when it is known not to be."""
    return assert_rank_in_v1(x, ranks, None, None, message, name)


def assert_scalar_v1(tensor, name=None, message=None):
    """`tensor`, which must be of rank 0. Raises ValueError when it is not."""
    with name_scope(name, "assert_scalar", [tensor]) as name:
        tensor = convert_to_tensor(tensor, name=name)
        if tensor.shape.ndims != 0:
            raise ValueError(f"{message or ''}Expected scalar shape, saw shape: {tensor.shape}.")
        return tensor


def assert_scalar(tensor, message=None, name=None):
    """`tensor`, which must be of rank 0. Raises ValueError when it is not."""
    return assert_scalar_v1(tensor, name, message)


# ---- types and containers


def assert_type(tensor, tf_type, message=None, name=None):
    """Asserts the dtype of `tensor`. Raises TypeError."""
    with name_scope(name, "assert_type", [tensor]):
        if not isinstance(tensor, SparseTensor):
            tensor = convert_to_tensor(tensor, name="tensor")
        wanted = dtypes.as_dtype(tf_type)
        if tensor.dtype.base_dtype is not wanted.base_dtype:
            raise TypeError(f"{message or ''}  {_label(tensor)}must be of type {wanted!r}")
        return no_op(name="statically_determined_correct_type")


def assert_integer(x, message=None, name=None):
    """Asserts that `x` is of an integer dtype. Raises TypeError."""
    with name_scope(name, "assert_integer", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            raise TypeError(f'{message or ""}Expected "x" to be integer type.  Found: {x.dtype!r}, {_label(x)}')
        return no_op(name="statically_determined_was_integer")


def is_numeric_tensor(tensor):
    """Whether `tensor` is a tensor of numbers."""
    return (isinstance(tensor, Tensor) or hasattr(tensor, "op")) and tensor.dtype.base_dtype in dtypes.NUMERIC


def assert_proper_iterable(values):
    """Raises TypeError unless `values` is a container of tensors: not a tensor, array, string or None."""
    if isinstance(values, (Tensor, SparseTensor, np.ndarray, bytes, str)) or not hasattr(values, "__iter__"):
        raise TypeError(f"Expected argument 'values' to be iterable. Found: {type(values)}.")


def assert_same_float_dtype(tensors=None, dtype=None):
    """The floating dtype that `tensors` share with `dtype`; float32 when nothing tells. Raises ValueError."""
    tensors = [t for t in tensors or [] if t is not None]
    kind = (
        dtypes.as_dtype(dtype).base_dtype if dtype is not None else tensors[0].dtype.base_dtype if tensors else dtypes.float32
    )
    for t in tensors:
        if t.dtype.base_dtype is not kind:
            like = f" as {_named(tensors[0])}" if dtype is None else ""
            raise ValueError(f"{_named(t)}, type={t.dtype.base_dtype!r}, must be of the same type ({kind!r}){like}.")
    if not kind.is_floating:
        raise ValueError(f"Expected floating point type, got {kind!r}.")
    return kind


# ---- order and finiteness


def _differences(x):
    flat = array.reshape(x, [-1])
    return flat[1:] - flat[:-1]


def is_non_decreasing(x, name=None):
    """Whether the elements of `x`, in row-major order, never fall."""
    with name_scope(name, "is_non_decreasing", [x]):
        steps = _differences(convert_to_tensor(x))
        return reduce.reduce_all(math_ops.less_equal(constant_v1(0, dtype=steps.dtype), steps))


def is_strictly_increasing(x, name=None):
    """Whether each element of `x`, in row-major order, is larger than the one before."""
    with name_scope(name, "is_strictly_increasing", [x]):
        steps = _differences(convert_to_tensor(x))
        return reduce.reduce_all(math_ops.less(constant_v1(0, dtype=steps.dtype), steps))


def assert_all_finite(x, message, name=None):
    """`x`; a run in which it holds an infinity or NaN raises InvalidArgumentError with `message`."""
    with name_scope(name, "VerifyFinite", [x]):
        x = convert_to_tensor(x, name="x")
        with control_dependencies([check_numerics(x, message)]):
            return identity(x, name="control_dependency")


def add_check_numerics_ops():
    """One operation that checks every floating tensor of the default graph for infinities and NaN."""
    checks = []
    for made in get_default_graph().get_operations():
        for t in made.outputs:
            if t.dtype.base_dtype in CHECKED:
                with control_dependencies(checks):
                    checks = [check_numerics(t, message=t.name)]
    return group(*checks)


def verify_tensor_all_finite(t=None, msg=None, name=None, x=None, message=None):
    """As `assert_all_finite`, with the older argument names too."""
    return assert_all_finite(reduce.either("x", x, "t", t), reduce.either("message", message, "msg", msg), name)


def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):  # noqa: A002
    """Asserts shapes and sizes that go together: `[(x, ("n", 3)), (y, ("n",))]`, or a dict; "*" and None are any size.

    Raises ValueError when sizes are known now and differ.
    """
    items = shapes.items() if isinstance(shapes, dict) else shapes
    with name_scope(name, "assert_shapes"):
        sizes, checks = {}, []
        for x, symbols in items:
            x = convert_to_tensor(x)
            symbols = tuple(symbols) if isinstance(symbols, (list, tuple)) else (symbols,)
            checks.append(assert_rank(x, len(symbols), message))
            for i, (symbol, size) in enumerate(zip(symbols, _dims(x, len(symbols)), strict=True)):
                checks += _size_check(x, i, symbol, size, sizes, message)
        with control_dependencies(checks):
            return no_op(name="done")


def _dims(x, rank):
    known = shapes.as_tuple(x.shape)
    return (None,) * rank if known is None else known


def _size_check(x, i, symbol, size, sizes, message):
    if symbol in (None, "*", "."):
        return []
    wanted = symbol if isinstance(symbol, int) else sizes.setdefault(symbol, size if size is not None else array.shape_v1(x)[i])
    if isinstance(wanted, int) and size is not None:
        if wanted != size:
            raise ValueError(f"{message or ''}. {_label(x)}dimension {i} must have size {wanted}. Received shape {x.shape}")
        return []
    return [assert_equal(array.shape_v1(x)[i], wanted, message)]
