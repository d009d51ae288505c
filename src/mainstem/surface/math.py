"""Elementwise functions: arithmetic, comparisons, logic, casts, special functions; `tf.math` and `tf.bitwise`.

Functions are called as in TensorFlow, so some hide Python's own (`abs`, `pow`, `round`, `complex`) inside this module.
"""

from mainstem.base import dtypes
from mainstem.core import registry
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.graph.tensor import Tensor
from mainstem.ops import math, special
from mainstem.ops import reduce as reduction
from mainstem.surface.array import zeros_like_v1
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope

SMALL_INTEGERS = frozenset((dtypes.int8, dtypes.uint8, dtypes.int16, dtypes.uint16))


def on_values(x, fn):
    """`fn` of the values of a SparseTensor or IndexedSlices (the zeros stay zeros), or of `x` itself."""
    if isinstance(x, SparseTensor):
        return SparseTensor(x.indices, fn(x.values), x.dense_shape)
    if isinstance(x, IndexedSlices):
        return IndexedSlices(fn(x.values), x.indices, x.dense_shape)
    return fn(x)


def _one(op, doc, sparse=False):
    """The function of one argument that applies `op`; `sparse` ones also take a SparseTensor."""

    def function(x, name=None):
        return on_values(x, lambda v: op(v, name=name)) if sparse else op(x, name=name)

    function.__doc__ = f"{doc}, elementwise. `x` is a tensor{' or SparseTensor' if sparse else ''}; gives its shape."
    return function


def _two(op, doc):
    def function(x, y, name=None):
        return op(x, y, name=name)

    function.__doc__ = f"{doc}, elementwise with broadcasting. Raises TypeError when the types of `x` and `y` differ."
    return function


negative = _one(math.neg, "-x", True)
square = _one(math.square, "x * x", True)
sqrt = _one(math.sqrt, "The square root", True)
rsqrt = _one(math.rsqrt, "1 / sqrt(x)")
exp = _one(math.exp, "e to the power of x")
expm1 = _one(math.expm1, "exp(x) - 1, exact near 0")
log = _one(math.log, "The natural logarithm")
log1p = _one(math.log1p, "log(1 + x), exact near 0")
sin = _one(math.sin, "The sine")
cos = _one(math.cos, "The cosine")
tan = _one(math.tan, "The tangent")
asin = _one(math.asin, "The inverse sine")
acos = _one(math.acos, "The inverse cosine")
atan = _one(math.atan, "The inverse tangent")
sinh = _one(math.sinh, "The hyperbolic sine")
cosh = _one(math.cosh, "The hyperbolic cosine")
tanh = _one(math.tanh, "The hyperbolic tangent", True)
asinh = _one(math.asinh, "The inverse hyperbolic sine")
acosh = _one(math.acosh, "The inverse hyperbolic cosine")
atanh = _one(math.atanh, "The inverse hyperbolic tangent")
sign = _one(math.sign, "-1, 0 or 1 by the sign", True)
floor = _one(math.floor, "The largest integer not above x")
ceil = _one(math.ceil, "The smallest integer not below x")
rint = _one(math.rint, "The nearest integer, halves to even")
reciprocal = _one(math.reciprocal, "1 / x")
is_nan = _one(math.is_nan, "Whether x is NaN")
is_inf = _one(math.is_inf, "Whether x is infinite")
is_finite = _one(math.is_finite, "Whether x is neither infinite nor NaN")
logical_not = _one(math.logical_not, "Not x")
invert = _one(math.invert, "All bits flipped")
lgamma = _one(special.lgamma, "log(|gamma(x)|)")
digamma = _one(special.digamma, "The derivative of lgamma")
erf = _one(special.erf, "The error function", True)
erfc = _one(special.erfc, "1 - erf(x)")
erfinv = _one(special.erfinv, "The inverse of erf")
ndtri = _one(special.ndtri, "The quantile function of the standard normal distribution")
spence = _one(special.spence, "Spence's integral, the dilogarithm of 1 - x")
expint = _one(special.expint, "The exponential integral Ei")
bessel_i0e = _one(special.bessel_i0e, "exp(-|x|) * I0(x)", True)
bessel_i1e = _one(special.bessel_i1e, "exp(-|x|) * I1(x)", True)

add = _two(math.add_v1, "x + y")
add_v2 = _two(math.add, "x + y")
multiply = _two(math.mul, "x * y")
subtract = _two(math.sub, "x - y")
realdiv = _two(math.real_div, "x / y of floating numbers")
truncatediv = _two(math.truncate_div, "x / y cut towards zero")
truncatemod = _two(math.truncate_mod, "The remainder of truncatediv")
floormod = _two(math.floor_mod, "The remainder of floordiv, with the sign of y")
mod = floormod
floor_div = _two(math.floor_div, "x / y rounded down")
maximum = _two(math.maximum, "The larger of x and y")
minimum = _two(math.minimum, "The smaller of x and y")
squared_difference = _two(math.squared_difference, "(x - y) squared")
multiply_no_nan = _two(math.mul_no_nan, "x * y, and 0 where y is 0")
xdivy = _two(math.xdivy, "x / y, and 0 where x is 0")
xlogy = _two(math.xlogy, "x * log(y), and 0 where x is 0")
xlog1py = _two(math.xlog1py, "x * log(1 + y), and 0 where x is 0")
less = _two(math.less, "Whether x < y")
less_equal = _two(math.less_equal, "Whether x <= y")
greater = _two(math.greater, "Whether x > y")
greater_equal = _two(math.greater_equal, "Whether x >= y")
equal = _two(math.equal, "Whether x equals y")
not_equal = _two(math.not_equal, "Whether x differs from y")
logical_and = _two(math.logical_and, "x and y")
logical_or = _two(math.logical_or, "x or y")
bitwise_and = _two(math.bitwise_and, "The bits set in both")
bitwise_or = _two(math.bitwise_or, "The bits set in either")
bitwise_xor = _two(math.bitwise_xor, "The bits set in one of both")
left_shift = _two(math.left_shift, "The bits of x moved left by y")
right_shift = _two(math.right_shift, "The bits of x moved right by y")


# ---- functions of other argument names


def atan2(y, x, name=None):
    """The angle of the point (x, y), in [-pi, pi]."""
    return special.atan2(y, x, name=name)


def igamma(a, x, name=None):
    """The regularized lower incomplete gamma function P(a, x)."""
    return special.igamma(a, x, name=name)


def igammac(a, x, name=None):
    """The regularized upper incomplete gamma function Q(a, x)."""
    return special.igammac(a, x, name=name)


def betainc(a, b, x, name=None):
    """The regularized incomplete beta function I_x(a, b)."""
    return special.betainc(a, b, x, name=name)


def zeta(x, q, name=None):
    """The Hurwitz zeta function."""
    return special.zeta(x, q, name=name)


def polygamma(a, x, name=None):
    """The derivative of order `a` of the digamma function at `x`."""
    return special.polygamma(a, x, name=name)


def nextafter(x1, x2, name=None):
    """The next value after `x1` in the direction of `x2`."""
    return special.next_after(x1, x2, name=name)


def erfcinv(x, name=None):
    """The inverse of erfc."""
    with name_scope(name, "erfcinv", [x]):
        x = convert_to_tensor(x, name="start")
        half = constant_v1(0.5, x.dtype)
        return multiply(negative(ndtri(multiply(x, half))), constant_v1(0.5**0.5, x.dtype))


def _bessel(scaled, order):
    def function(x, name=None):
        with name_scope(name, f"bessel_i{order}", [x]):
            return multiply(exp(abs(x)), scaled(x))

    function.__doc__ = f"The modified Bessel function of order {order}."
    return function


bessel_i0, bessel_i1 = _bessel(bessel_i0e, 0), _bessel(bessel_i1e, 1)


def abs(x, name=None):  # noqa: A001
    """The absolute value, elementwise; of a complex tensor, a real one."""
    with name_scope(name, "Abs", [x]) as name:

        def absolute(v):
            v = convert_to_tensor(v, name="x")
            if v.dtype.base_dtype.is_complex:
                return math.complex_abs(v, Tout=v.dtype.real_dtype, name=name)
            return math.abs_(v, name=name)

        return on_values(x, absolute)


def round(x, name=None):  # noqa: A001
    """The nearest integer, halves to even; an integer tensor as it is."""
    x = convert_to_tensor(x, name="x")
    return x if x.dtype.is_integer else math.round_(x, name=name)


def pow(x, y, name=None):  # noqa: A001
    """`x` to the power of `y`, elementwise with broadcasting."""
    with name_scope(name, "Pow", [x]) as name:
        return math.pow_(x, y, name=name)


def sigmoid(x, name=None):
    """1 / (1 + exp(-x)), elementwise."""
    with name_scope(name, "Sigmoid", [x]) as name:
        x = convert_to_tensor(x, name="x")
        return math.sigmoid(x, name=name)


def log_sigmoid(x, name=None):
    """log(sigmoid(x)), elementwise, without overflow."""
    with name_scope(name, "LogSigmoid", [x]) as name:
        x = convert_to_tensor(x, name="x")
        return math.neg(registry.lookup("Softplus")(math.neg(x)), name=name)


def scalar_mul_v1(scalar, x, name=None):
    """`scalar` times `x`, a tensor or IndexedSlices. Raises ValueError when `scalar` is not a scalar."""
    scalar = convert_to_tensor(scalar, x.dtype.base_dtype, name="scalar")
    if scalar.shape.ndims not in (None, 0):
        raise ValueError(f"Only scalar multiply works, got shape {scalar.shape}")
    return on_values(x, lambda v: math.mul(scalar, v, name=name))


scalar_mul = scalar_mul_v1


def logical_xor(x, y, name="LogicalXor"):
    """Whether one of `x` and `y` holds but not both."""
    return math.logical_and(math.logical_or(x, y), math.logical_not(math.logical_and(x, y)), name=name)


# ---- division


def _float_type(dtype):
    """The type in which `/` divides integers of `dtype`."""
    if not dtype.is_integer:
        return None
    return dtypes.float32 if dtype in SMALL_INTEGERS else dtypes.float64


def truediv(x, y, name=None):
    """x / y as numbers: int32 and int64 divide as float64, smaller integers as float32. Raises TypeError for mixed types."""
    with name_scope(name, "truediv", [x, y]) as name:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y")
        kind = x.dtype.base_dtype
        if kind is not y.dtype.base_dtype:
            raise TypeError(f"x and y must have the same dtype, got {kind!r} != {y.dtype.base_dtype!r}")
        wide = _float_type(kind)
        if wide is not None:
            x, y = cast(x, wide), cast(y, wide)
        return math.real_div(x, y, name=name)


def divide(x, y, name=None):
    """x / y as Python's `/` does."""
    if name is None:
        if not hasattr(x, "dtype") and not hasattr(y, "dtype"):
            x = convert_to_tensor(x)
        elif not hasattr(x, "dtype"):
            x = convert_to_tensor(x, y.dtype.base_dtype, name="x")
        elif not hasattr(y, "dtype"):
            with name_scope(None, "truediv", [x, y]) as scope:
                return truediv(x, convert_to_tensor(y, dtype_hint=x.dtype.base_dtype, name="y"), scope)
    return truediv(x, y, name)


def div(x, y, name=None):
    """x / y; of integers rounded down, as Python 2 did."""
    with name_scope(name, "div", [x, y]) as name:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        if x.dtype.is_floating or x.dtype.is_complex:
            return math.real_div(x, y, name=name)
        return math.floor_div(x, y, name=name)


def floordiv(x, y, name=None):
    """x / y rounded down."""
    with name_scope(name, "floordiv", [x, y]) as name:
        return math.floor_div(x, y, name=name)


def div_no_nan(x, y, name=None):
    """x / y, and 0 where y is 0."""
    with name_scope(name, "div_no_nan", [x, y]) as name:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype.base_dtype)
        return math.div_no_nan(x, y, name=name)


def reciprocal_no_nan(x, name=None):
    """1 / x, and 0 where x is 0."""
    with name_scope(name, "reciprocal_no_nan", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        one = constant_v1(1, dtype=x.dtype.base_dtype, name="one")
        return math.div_no_nan(one, x, name=scope)


# ---- types


def cast(x, dtype, name=None):
    """`x` (a tensor, SparseTensor or IndexedSlices) with elements of type `dtype`; floats are cut towards zero.

    A tensor that has the type already is given back as it is.
    """
    base = dtypes.as_dtype(dtype).base_dtype
    if isinstance(x, Tensor) and x._is_eager:
        return x if x._dtype is base else math.cast(x, DstT=base, name=name)
    if hasattr(x, "op") and hasattr(x, "dtype") and not isinstance(x, (SparseTensor, IndexedSlices)) and x.dtype is base:
        return x
    with name_scope(name, "Cast", [x]) as name:

        def convert(v):
            v = convert_to_tensor(v, name="x")
            return v if v.dtype.base_dtype is base else math.cast(v, DstT=base, name=name)

        return on_values(x, convert)


def saturate_cast(value, dtype, name=None):
    """`value` as `dtype`, with values outside its range set to its ends first."""
    with name_scope(name, "saturate_cast", [value]) as name:
        value = convert_to_tensor(value, name="value")
        dtype, have = dtypes.as_dtype(dtype).base_dtype, value.dtype.base_dtype
        if have.min < dtype.min:
            value = maximum(value, constant_v1(have.as_numpy_dtype(dtype.min), have, name="min"))
        if have.max > dtype.max:
            value = minimum(value, constant_v1(have.as_numpy_dtype(dtype.max), have, name="max"))
        return cast(value, dtype, name=name)


def to_float(x, name="ToFloat"):
    """`x` as float32."""
    return cast(x, dtypes.float32, name=name)


def to_double(x, name="ToDouble"):
    """`x` as float64."""
    return cast(x, dtypes.float64, name=name)


def to_int32(x, name="ToInt32"):
    """`x` as int32."""
    return cast(x, dtypes.int32, name=name)


def to_int64(x, name="ToInt64"):
    """`x` as int64."""
    return cast(x, dtypes.int64, name=name)


def to_bfloat16(x, name="ToBFloat16"):
    """`x` as bfloat16."""
    return cast(x, dtypes.bfloat16, name=name)


def to_complex64(x, name="ToComplex64"):
    """`x` as complex64."""
    return cast(x, dtypes.complex64, name=name)


def to_complex128(x, name="ToComplex128"):
    """`x` as complex128."""
    return cast(x, dtypes.complex128, name=name)


# ---- complex numbers


def complex(real, imag, name=None):  # noqa: A001
    """The complex tensor of these parts, both float32 or both float64. Raises TypeError for other types."""
    real = convert_to_tensor(real, name="real")
    imag = convert_to_tensor(imag, name="imag")
    with name_scope(name, "Complex", [real, imag]) as name:
        kinds = {dtypes.float32: dtypes.complex64, dtypes.float64: dtypes.complex128}
        kind = kinds.get(real.dtype.base_dtype)
        if kind is None or imag.dtype.base_dtype is not real.dtype.base_dtype:
            raise TypeError(f"Types of real and imag don't match: {real.dtype.name} {imag.dtype.name}")
        return math.complex_(real, imag, Tout=kind, name=name)


def real(input, name=None):
    """The real part; a real tensor as it is."""
    with name_scope(name, "Real", [input]) as name:
        input = convert_to_tensor(input, name="input")
        return math.real(input, Tout=input.dtype.real_dtype, name=name) if input.dtype.is_complex else input


def imag(input, name=None):
    """The imaginary part; zeros of a real tensor."""
    with name_scope(name, "Imag", [input]) as name:
        input = convert_to_tensor(input, name="input")
        return math.imag(input, Tout=input.dtype.real_dtype, name=name) if input.dtype.is_complex else zeros_like_v1(input)


def angle(input, name=None):
    """The argument of complex numbers; zeros of a real tensor."""
    with name_scope(name, "Angle", [input]) as name:
        input = convert_to_tensor(input, name="input")
        return math.angle(input, Tout=input.dtype.real_dtype, name=name) if input.dtype.is_complex else zeros_like_v1(input)


def conj(x, name=None):
    """The complex conjugate; a real tensor as it is. Raises TypeError for types that are not numbers."""
    if (isinstance(x, Tensor) or hasattr(x, "op")) and not (x.dtype.is_complex or x.dtype.base_dtype is dtypes.variant):
        if x.dtype.base_dtype not in dtypes.NUMERIC:
            raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}")
        return x
    with name_scope(name, "Conj", [x]) as name:
        x = convert_to_tensor(x, name="x")
        if x.dtype.is_complex:
            return math.conj(x, name=name)
        if x.dtype.base_dtype not in dtypes.NUMERIC:
            raise TypeError(f"Expected numeric or variant tensor, got dtype {x.dtype!r}")
        return x


# ---- composed


def lbeta(x, name=None):
    """log(|Beta(x)|) over the last dimension."""
    with name_scope(name, "lbeta", [x]):
        x = convert_to_tensor(x, name="x")
        each = reduction.sum_(special.lgamma(x), [-1])
        return math.sub(each, special.lgamma(reduction.sum_(x, [-1])), name="sub")


def polyval(coeffs, x, name=None):
    """The polynomial with coefficients `coeffs` (a list, highest power first) at `x`, by Horner's rule.

    Raises ValueError when `coeffs` is not a list.
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type found {type(coeffs)}.")
    with name_scope(name, "polyval", [x, *coeffs]):
        x = convert_to_tensor(x, name="x")
        if not coeffs:
            return zeros_like_v1(x, name=name)
        coeffs = [convert_to_tensor(c, name=f"coeff_{i}") for i, c in enumerate(coeffs)]
        result = coeffs[0]
        for c in coeffs[1:]:
            result = math.add(c, math.mul(result, x, name="mul"), name="add")
        return result
