"""Elementwise arithmetic, comparisons, logic, bits and casts.

Integer division by zero cannot raise inside a compiled program as TensorFlow's CPU kernels do: quotients are XLA's (-1, all bits
set) and remainders the numerator. The same holds for integer powers with a negative exponent, which give what wraps.
"""

import jax.numpy as jnp
import numpy as np
from jax import lax

from mainstem.base import dtypes, shapes
from mainstem.core.families import binary, broadcast_shape, compare, same_shape, unary
from mainstem.core.registry import REGISTRY, op
from mainstem.ops.elementwise import broadcasting, collect, constant, quiet, spread, zeros_like

FLOATING, INTEGER, INEXACT, NUMERIC, REAL = dtypes.FLOATING, dtypes.INTEGER, dtypes.INEXACT, dtypes.NUMERIC, dtypes.REAL
SIGNED = NUMERIC - {dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64}
COMPARED = dtypes.ANY - {dtypes.resource, dtypes.variant}


def _is_integer(x):
    return np.issubdtype(x.dtype, np.integer)


def _is_text(x):
    return x.dtype == object


# ---- one operand


def _abs(x):
    return lax.abs(x) if not (_is_integer(x) and x.dtype.kind == "u") else x


def _round(x):
    return x if _is_integer(x) else lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)


def _reciprocal(x):
    return lax.div(lax.full_like(x, 1), x)


def _sign(x):
    # NaN has no sign: TensorFlow gives 0
    return lax.sign(x) if _is_integer(x) else jnp.where(x == x, lax.sign(x), zeros_like(x))


abs_ = unary("Abs", _abs, T=SIGNED & REAL, fold=np.abs)
neg = unary("Neg", lax.neg, T=NUMERIC, fold=quiet(np.negative))
inv = unary("Inv", _reciprocal, T=NUMERIC, also=("Reciprocal",))
reciprocal = REGISTRY["Reciprocal"]
square = unary("Square", lax.square, T=NUMERIC, fold=quiet(np.square))
sqrt = unary("Sqrt", lax.sqrt, T=INEXACT)
rsqrt = unary("Rsqrt", lax.rsqrt, T=INEXACT)
exp = unary("Exp", lax.exp, T=INEXACT)
expm1 = unary("Expm1", lax.expm1, T=INEXACT)
log = unary("Log", lax.log, T=INEXACT)
log1p = unary("Log1p", lax.log1p, T=INEXACT)
sin = unary("Sin", lax.sin, T=INEXACT)
cos = unary("Cos", lax.cos, T=INEXACT)
tan = unary("Tan", lax.tan, T=INEXACT)
asin = unary("Asin", lax.asin, T=INEXACT)
acos = unary("Acos", lax.acos, T=INEXACT)
atan = unary("Atan", lax.atan, T=INEXACT)
sinh = unary("Sinh", lax.sinh, T=INEXACT)
cosh = unary("Cosh", lax.cosh, T=INEXACT)
tanh = unary("Tanh", lax.tanh, T=INEXACT)
asinh = unary("Asinh", lax.asinh, T=INEXACT)
acosh = unary("Acosh", lax.acosh, T=INEXACT)
atanh = unary("Atanh", lax.atanh, T=INEXACT)
sigmoid = unary("Sigmoid", lax.logistic, T=INEXACT)
sign = unary("Sign", _sign, T=SIGNED)
floor = unary("Floor", lax.floor, T=FLOATING, differentiable=False, fold=np.floor)
ceil = unary("Ceil", lax.ceil, T=FLOATING, differentiable=False, fold=np.ceil)
rint = unary("Rint", _round, T=FLOATING, differentiable=False)
round_ = unary("Round", _round, T=NUMERIC, differentiable=False)
is_nan = unary("IsNan", lambda x: x != x, "T -> bool", T=FLOATING)
is_inf = unary("IsInf", lambda x: lax.abs(x) == constant(np.inf, x), "T -> bool", T=FLOATING)
is_finite = unary("IsFinite", lax.is_finite, "T -> bool", T=FLOATING)
logical_not = unary("LogicalNot", lax.bitwise_not, "bool -> bool", fold=np.logical_not)
invert = unary("Invert", lax.bitwise_not, T=INTEGER)
population_count = unary("PopulationCount", lambda x: lax.population_count(x).astype(np.uint8), "T -> uint8", T=INTEGER)


@abs_.vjp
def _abs_grad(inputs, outputs, grads):
    return grads[0] * _sign(inputs[0])  # 0 at 0, where JAX gives 1


@sign.vjp
def _sign_grad(inputs, outputs, grads):
    return zeros_like(inputs[0])


# ---- two operands


def _add(x, y):
    if _is_text(x):
        return np.asarray(x + y, object)
    return lax.add(x, y) if x.shape == y.shape else lax.add(*spread(x, y))


def _truncated(x, y):
    if _is_integer(x):
        return lax.div(x, y)
    q = lax.div(x, y)
    return jnp.where(q < 0, lax.ceil(q), lax.floor(q))


def _floor_div(x, y):
    if not _is_integer(x):
        return lax.floor(lax.div(x, y))
    q = lax.div(x, y)
    if x.dtype.kind == "u":
        return q
    short = (lax.rem(x, y) != 0) & ((x < 0) != (y < 0))
    return jnp.where(short, q - constant(1, x), q)


def _floor_mod(x, y):
    r = lax.rem(x, y)
    if x.dtype.kind == "u":
        return r
    return jnp.where((r != 0) & ((r < 0) != (y < 0)), r + y, r)


def _div(x, y):
    return lax.div(x, y)


def _pow(x, y):
    return jnp.power(x, y) if _is_integer(x) else lax.pow(x, y)


def _binary(name, fn, fold=None, **options):
    return binary(name, broadcasting(fn), fold=quiet(fold) if fold else None, **options)


add = binary("AddV2", _add, T=NUMERIC | {dtypes.string}, also=("Add",), fold=quiet(np.add))
add_v1 = REGISTRY["Add"]
sub = _binary("Sub", lax.sub, np.subtract, T=NUMERIC)
mul = _binary("Mul", lax.mul, np.multiply, T=NUMERIC)
div = _binary("Div", _div, T=NUMERIC)
real_div = _binary("RealDiv", _div, np.true_divide, T=INEXACT)
truncate_div = _binary("TruncateDiv", _truncated, T=NUMERIC, differentiable=False)
floor_div = _binary("FloorDiv", _floor_div, np.floor_divide, T=NUMERIC, differentiable=False)
floor_mod = _binary("FloorMod", _floor_mod, np.mod, T=REAL)
mod = _binary("Mod", lax.rem, T=REAL, also=("TruncateMod",))
truncate_mod = REGISTRY["TruncateMod"]
pow_ = _binary("Pow", _pow, T=NUMERIC)
maximum = _binary("Maximum", lax.max, np.maximum, T=REAL)
minimum = _binary("Minimum", lax.min, np.minimum, T=REAL)
squared_difference = _binary("SquaredDifference", lambda x, y: lax.square(lax.sub(x, y)), T=NUMERIC)
logical_and = _binary("LogicalAnd", lax.bitwise_and, np.logical_and, signature="bool, bool -> bool")
logical_or = _binary("LogicalOr", lax.bitwise_or, np.logical_or, signature="bool, bool -> bool")
bitwise_and = _binary("BitwiseAnd", lax.bitwise_and, T=INTEGER)
bitwise_or = _binary("BitwiseOr", lax.bitwise_or, T=INTEGER)
bitwise_xor = _binary("BitwiseXor", lax.bitwise_xor, T=INTEGER)


def _shift_size(y):
    """The shift clamped to the width of the type, where the processor would not define it."""
    return lax.clamp(constant(0, y), y, constant(y.dtype.itemsize * 8 - 1, y))


left_shift = _binary("LeftShift", lambda x, y: lax.shift_left(x, _shift_size(y)), T=INTEGER)
right_shift = _binary(
    "RightShift",
    lambda x, y: (lax.shift_right_logical if x.dtype.kind == "u" else lax.shift_right_arithmetic)(x, _shift_size(y)),
    T=INTEGER,
)


def _first_wins(keep):
    """The gradient rule of maximum and minimum: all to `x` where `keep(x, y)`, ties included (JAX would halve)."""

    def rule(inputs, outputs, grads):
        x, y = inputs
        chosen, none = keep(*spread(x, y)), zeros_like(grads[0])
        return collect(jnp.where(chosen, grads[0], none), x), collect(jnp.where(chosen, none, grads[0]), y)

    return rule


maximum.vjp(_first_wins(lax.ge))
minimum.vjp(_first_wins(lax.le))


@pow_.vjp
def _pow_grad(inputs, outputs, grads):
    (x, y), (z,), g = inputs, outputs, grads[0]
    one, zero = constant(1, x), constant(0, x)
    slope = jnp.conj(y * jnp.power(x, y - one))
    # log of a base that is not positive counts as 0, so that x ** constant has no NaN
    defined = x != zero if np.iscomplexobj(x) else x > zero
    base = jnp.where(defined, jnp.log(jnp.where(defined, x, one)), zero)
    return collect(g * slope, x), collect(g * jnp.conj(z * base), y)


@floor_mod.vjp
def _floor_mod_grad(inputs, outputs, grads):
    x, y = spread(*inputs)
    return collect(grads[0], inputs[0]), collect(grads[0] * -_floor_div(x, y), inputs[1])


# ---- quotients and products with a rule for zero


def _zero_where(condition, value):
    return jnp.where(condition, jnp.zeros((), value.dtype), value)


def _safe(y):
    """(whether y is 0, y with 1 in these places)."""
    zero = y == constant(0, y)
    return zero, jnp.where(zero, constant(1, y), y)


def _div_no_nan(x, y):
    zero, y = _safe(y)
    return _zero_where(zero, x / y)


div_no_nan = _binary("DivNoNan", _div_no_nan, T=INEXACT)
mul_no_nan = _binary("MulNoNan", lambda x, y: _zero_where(y == constant(0, y), x * y), T=INEXACT)
xdivy = _binary("Xdivy", lambda x, y: _zero_where(x == constant(0, x), x / y), T=INEXACT)
xlogy = _binary("Xlogy", lambda x, y: _zero_where(x == constant(0, x), x * jnp.log(y)), T=INEXACT)
xlog1py = _binary("Xlog1py", lambda x, y: _zero_where(x == constant(0, x), x * jnp.log1p(y)), T=INEXACT)


@div_no_nan.vjp
def _div_no_nan_grad(inputs, outputs, grads):
    x, y = spread(*inputs)
    y = jnp.conj(y)
    first = _div_no_nan(grads[0], y)
    second = grads[0] * _div_no_nan(_div_no_nan(-jnp.conj(x), y), y)
    return collect(first, inputs[0]), collect(second, inputs[1])


@mul_no_nan.vjp
def _mul_no_nan_grad(inputs, outputs, grads):
    (x, y), g = spread(*inputs), grads[0]
    return collect(_zero_where(y == 0, g * jnp.conj(y)), inputs[0]), collect(_zero_where(g == 0, jnp.conj(x) * g), inputs[1])


def _weighted(derivative, inner):
    """The gradient rule of `x * fn(y)` with 0 wherever x is 0."""

    def rule(inputs, outputs, grads):
        (x, y), g = spread(*inputs), grads[0]
        zero = x == constant(0, x)
        return (
            collect(_zero_where(zero, g * jnp.conj(inner(y))), inputs[0]),
            collect(_zero_where(zero, g * jnp.conj(derivative(x, y))), inputs[1]),
        )

    return rule


xdivy.vjp(_weighted(lambda x, y: -x / (y * y), lambda y: constant(1, y) / y))
xlogy.vjp(_weighted(lambda x, y: x / y, jnp.log))
xlog1py.vjp(_weighted(lambda x, y: x / (constant(1, y) + y), jnp.log1p))


# ---- comparisons

less = compare("Less", broadcasting(lax.lt), T=REAL, fold=np.less)
less_equal = compare("LessEqual", broadcasting(lax.le), T=REAL, fold=np.less_equal)
greater = compare("Greater", broadcasting(lax.gt), T=REAL, fold=np.greater)
greater_equal = compare("GreaterEqual", broadcasting(lax.ge), T=REAL, fold=np.greater_equal)


def _equal_shape(inputs, attrs):
    if attrs["incompatible_shape_error"]:
        return broadcast_shape(inputs, attrs)
    try:
        found = shapes.broadcast(inputs[0].shape, inputs[1].shape)
    except ValueError:
        return [()]
    return [found if shapes.known(inputs[0].shape) and shapes.known(inputs[1].shape) else None]


def _equality(name, fn, text_fn):
    def equal(x, y, incompatible_shape_error):
        try:
            x, y = (x, y) if x.shape == y.shape else (np.broadcast_arrays if _is_text(x) else spread)(x, y)
        except ValueError:
            if incompatible_shape_error:
                raise
            return jnp.asarray(name == "NotEqual")
        return np.asarray(text_fn(x, y), np.bool_) if _is_text(x) else fn(x, y)

    return equal


_are_equal, _are_not_equal = _equality("Equal", lax.eq, np.equal), _equality("NotEqual", lax.ne, np.not_equal)


def _fold_equal(x, y, incompatible_shape_error):
    return np.equal(x, y)


def _fold_not_equal(x, y, incompatible_shape_error):
    return np.not_equal(x, y)


@op("Equal", "T, T -> bool", T=COMPARED, shape=_equal_shape, fold=_fold_equal)
def equal(x, y, *, incompatible_shape_error=True):
    """Whether `x` and `y` are equal, elementwise; where shapes do not broadcast, an error or the scalar False."""
    return _are_equal(x, y, incompatible_shape_error)


@op("NotEqual", "T, T -> bool", T=COMPARED, shape=_equal_shape, fold=_fold_not_equal)
def not_equal(x, y, *, incompatible_shape_error=True):
    """Whether `x` and `y` differ, elementwise; where shapes do not broadcast, an error or the scalar True."""
    return _are_not_equal(x, y, incompatible_shape_error)


def _same_shapes(inputs, attrs):
    return [shapes.merge(inputs[0].shape, inputs[1].shape)]


@op("ApproximateEqual", "T, T -> bool", T=NUMERIC, shape=_same_shapes)
def approximate_equal(x, y, *, tolerance=1e-5):
    """Whether `x` and `y`, of one shape, differ by less than `tolerance`."""
    distance = jnp.where(x > y, x - y, y - x) if not np.iscomplexobj(x) else lax.abs(x - y)
    return distance.astype(jnp.float64) < jnp.float32(tolerance).astype(jnp.float64)


# ---- casts


def _to_integer(x, target):
    """Float to integer as x86 does: what the type cannot hold gives the least int32 or int64, then the low bits are kept.

    XLA saturates instead and makes NaN 0; programs that rely on wrapping (float images to uint8) see TensorFlow's numbers.
    """
    if x.dtype.itemsize < 4:
        x = x.astype(np.float32)
    if target == np.uint64:
        top = constant(2.0**63, x)
        high = lax.bitcast_convert_type(_to_integer(x - top, np.dtype(np.int64)), np.uint64) ^ np.uint64(1 << 63)
        low = lax.bitcast_convert_type(_to_integer(x, np.dtype(np.int64)), np.uint64)
        return jnp.where(x >= top, high, low)
    wide = np.dtype(np.int64 if target in (np.int64, np.uint32) else np.int32)
    least = np.iinfo(wide).min
    made = jnp.where(x < constant(-float(least), x), x.astype(wide), np.asarray(least, wide))
    return made if wide == target else made.astype(target)


def _cast(x, target):
    if x.dtype == target:
        return x
    if np.issubdtype(x.dtype, np.complexfloating) and not np.issubdtype(target, np.complexfloating):
        x = lax.real(x) if target != np.bool_ else x != constant(0, x)
    if jnp.issubdtype(x.dtype, jnp.floating) and jnp.issubdtype(target, jnp.integer):
        return _to_integer(x, np.dtype(target))
    if target == np.bool_:
        return x if x.dtype == np.bool_ else x != constant(0, x)
    return lax.convert_element_type(x, target)


@quiet
def _fold_cast(x, DstT, Truncate):
    return np.asarray(x).astype(DstT.np)


@op("Cast", "SrcT -> DstT", SrcT=dtypes.ANY, DstT=dtypes.ANY, shape=same_shape, fold=_fold_cast)
def cast(x, *, DstT: "type", Truncate=False):
    """`x` as dtype `DstT`; floats are cut towards zero, and what an integer type cannot hold wraps as on a CPU."""
    return _cast(jnp.asarray(x), DstT.np)


# ---- complex numbers


def _parts(name, fn, doc):
    def kernel(input, *, T: "type" = dtypes.complex64, Tout: "type" = dtypes.float32):
        return fn(input).astype(Tout.np)

    kernel.__doc__, kernel.__name__ = doc, name.lower()
    return op(name, "T -> Tout", T=dtypes.COMPLEX | FLOATING, Tout=FLOATING, shape=same_shape)(kernel)


def _angle(x):
    return lax.atan2(jnp.imag(x), jnp.real(x))


real = _parts("Real", jnp.real, "The real part of `input`.")
imag = _parts("Imag", jnp.imag, "The imaginary part of `input`.")
angle = _parts("Angle", _angle, "The argument of `input`, in (-pi, pi].")
conj = op("Conj", "T -> T", T=NUMERIC, shape=same_shape)(
    lambda input, *, T=dtypes.complex64: lax.conj(input) if np.iscomplexobj(input) else input
)


@op("ComplexAbs", "T -> Tout", T=dtypes.COMPLEX, Tout=FLOATING, shape=same_shape)
def complex_abs(x, *, T: "type" = dtypes.complex64, Tout: "type" = dtypes.float32):
    """The absolute value of complex `x`."""
    return lax.abs(x)


@complex_abs.vjp
def _complex_abs_grad(inputs, outputs, grads, **attrs):
    return grads[0].astype(inputs[0].dtype) * lax.sign(inputs[0])


@op("Complex", "T, T -> Tout", T=FLOATING, Tout=dtypes.COMPLEX, shape=broadcast_shape)
def complex_(real, imag, *, T: "type" = dtypes.float32, Tout: "type" = dtypes.complex64):
    """The complex number of these two parts, which broadcast."""
    return lax.complex(*spread(real, imag))
