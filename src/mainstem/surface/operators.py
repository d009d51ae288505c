"""Python's operators on tensors: `install(cls)` gives a class the ones that TensorFlow 1.15 installs, under the same node names."""

from mainstem.base import dtypes
from mainstem.core import builder, registry
from mainstem.eager.context import context
from mainstem.eager.tensor import EagerTensor
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.graph.tensor import Tensor
from mainstem.ops import math as math_ops
from mainstem.state.variable import ResourceVariable
from mainstem.surface import math, slicing
from mainstem.surface.framework import name_scope
from mainstem.surface.linalg import matmul_v1


def _multiply(x, y, name=None):
    if isinstance(y, SparseTensor):
        values = registry.lookup("SparseDenseCwiseMul")(y.indices, y.values, y.dense_shape, x, name=name)
        return SparseTensor(y.indices, values, y.dense_shape)
    return math_ops.mul(x, y, name=name)


def _bits_or_truth(bits, truth):
    """`&`, `|` and `^`: of bools; in TensorFlow 2's behaviour also of integers, bit by bit."""

    def function(x, y, name=None):
        return bits(x, y, name=name) if Tensor._USE_EQUALITY and x.dtype.base_dtype.is_integer else truth(x, y, name=name)

    return function


_BINARY = {  # Python's name: (node name, function)
    "add": ("add", math_ops.add),
    "sub": ("sub", math_ops.sub),
    "mul": ("mul", _multiply),
    "div": ("div", math.div),
    "truediv": ("truediv", math.truediv),
    "floordiv": ("floordiv", math_ops.floor_div),
    "mod": ("mod", math_ops.floor_mod),
    "pow": ("pow", math_ops.pow_),
    "matmul": ("matmul", matmul_v1),
    "and": ("and", _bits_or_truth(math_ops.bitwise_and, math_ops.logical_and)),
    "or": ("or", _bits_or_truth(math_ops.bitwise_or, math_ops.logical_or)),
    "xor": ("xor", _bits_or_truth(math_ops.bitwise_xor, math.logical_xor)),
}
_DIVISIONS = frozenset(("div", "truediv"))
_COMPARE = {"lt": math_ops.less, "le": math_ops.less_equal, "gt": math_ops.greater, "ge": math_ops.greater_equal}


def _at_once(python, fn, x, y, swapped=False):
    """The operator (`swapped`: y before x) on a concrete tensor or variable and another, or a Python number, in eager mode.

    None where the long way is needed.
    """
    current = builder.current()
    if current is not context():
        return None
    if type(x) is not EagerTensor:
        if not isinstance(x, ResourceVariable):
            return None
        x = x.value()
    if type(y) is not EagerTensor:
        if type(y) is int or type(y) is float:
            y = current.number(y, x._dtype)
            if y is None:
                return None
        elif isinstance(y, ResourceVariable):
            y = y.value()
        else:
            return None
    if x._dtype is not y._dtype:
        return None
    if python in _DIVISIONS:
        if not x._dtype.is_floating:
            return None
        fn = math_ops.real_div
    return fn(y, x) if swapped else fn(x, y)


def _bound(python, node, fn):
    reflected = f"__r{python}__"

    def operator(x, y):
        made = _at_once(python, fn, x, y)
        if made is not None:
            return made
        with name_scope(None, node, [x, y]) as name:
            if not (isinstance(y, (Tensor, SparseTensor)) and isinstance(x, Tensor)):
                current = builder.current()
                x = current.convert(x, name="x")
                if not isinstance(y, SparseTensor):
                    try:
                        y = current.convert(y, preferred_dtype=x.dtype.base_dtype, name="y")
                    except TypeError:
                        if hasattr(type(y), reflected):
                            return NotImplemented
                        raise
            return fn(x, y, name=name)

    def swapped(y, x):
        made = _at_once(python, fn, y, x, True)
        if made is not None:
            return made
        with name_scope(None, node, [x, y]) as name:
            y = builder.current().convert(y, name="y")
            return fn(builder.current().convert(x, dtype=y.dtype.base_dtype, name="x"), y, name=name)

    operator.__name__, swapped.__name__ = f"__{python}__", reflected
    operator.__doc__ = swapped.__doc__ = f"Applies `{node}`; Python numbers and arrays take the tensor's dtype."
    return operator, swapped


def _comparison(python, fn):
    def operator(x, y):
        return fn(x, y)

    operator.__name__, operator.__doc__ = f"__{python}__", f"Applies `{fn.name}` elementwise, giving a bool tensor."
    return operator


def _invert(x, name=None):
    """Not `x` of a bool tensor, all bits flipped of an integer one."""
    kind = x.dtype.base_dtype
    return math_ops.invert(x, name=name) if kind is not dtypes.bool and kind.is_integer else math_ops.logical_not(x, name=name)


def tensor_equals(x, y):
    """`x == y` where equality compares content: a bool tensor, False when the shapes do not broadcast."""
    return False if y is None else math_ops.equal(x, y, incompatible_shape_error=False)


def tensor_not_equals(x, y):
    """`x != y` where equality compares content: a bool tensor, True when the shapes do not broadcast."""
    return True if y is None else math_ops.not_equal(x, y, incompatible_shape_error=False)


def _methods(equality):
    made = {}
    for python, (node, fn) in _BINARY.items():
        made[f"__{python}__"], made[f"__r{python}__"] = _bound(python, node, fn)
    for python, fn in _COMPARE.items():
        made[f"__{python}__"] = _comparison(python, fn)
    made.update(__abs__=math.abs, __neg__=math.negative, __invert__=_invert, __getitem__=slicing.slice_helper)
    if equality:
        made.update(__eq__=tensor_equals, __ne__=tensor_not_equals)
    return made


def install(cls, equality=False, without=()):
    """Gives `cls` the operators; `equality`: also `==` and `!=` by content (TensorFlow 2); `without`: names to leave alone.

    Python's own rule holds for classes whose `==` compares: they are no longer hashable unless they define `__hash__`.
    """
    made = {k: v for k, v in _methods(equality).items() if k not in without}
    for name, method in made.items():
        setattr(cls, name, method)
    cls.OVERLOADABLE_OPERATORS = frozenset(made) | {"__eq__", "__ne__"}
    return cls


install(Tensor)
