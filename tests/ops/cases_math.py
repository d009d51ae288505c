"""Rows of elementwise arithmetic, comparisons, logic, bits, casts and special functions."""

from tests.ops.case import (
    booleans,
    case,
    integers,
    nonzero,
    normal,
    of,
    positive,
    special,
    uniform,
)

RAISES_NOT = "a compiled program cannot raise: quotients by 0 are what XLA gives"
HALVES = of([-2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.5, 2.7, -2.7])
OPEN = uniform(2, 3, low=-0.9, high=0.9)
ABOVE_ONE = uniform(2, 3, low=1.1, high=3.0)
ONE = {  # op: samplers to try with a gradient
    "Abs": [normal(2, 3), of([0.0, -0.0, 2.0, -3.0]), special()],
    "Neg": [normal(2, 3)],
    "Inv": [nonzero(3)],
    "Reciprocal": [nonzero(2, 3), nonzero(3, dtype="complex64")],
    "Square": [normal(2, 3), normal(3, dtype="complex64")],
    "Sqrt": [positive(2, 3), of([0.0, 4.0]), normal(3, dtype="complex64")],
    "Rsqrt": [positive(2, 3), positive(3, dtype="float64")],
    "Exp": [normal(2, 3), normal(3, dtype="float16"), normal(3, dtype="bfloat16"), normal(2, dtype="complex64"), special()],
    "Expm1": [normal(2, 3, scale=0.01), normal(2, dtype="float64")],
    "Log": [positive(2, 3), of([0.0, 1.0])],
    "Log1p": [positive(2, 3)],
    "Sin": [normal(2, 3), normal(2, dtype="complex64")],
    "Cos": [normal(2, 3)],
    "Tan": [OPEN],
    "Asin": [OPEN],
    "Acos": [OPEN],
    "Atan": [normal(2, 3)],
    "Sinh": [normal(2, 3)],
    "Cosh": [normal(2, 3)],
    "Tanh": [normal(2, 3), normal(2, dtype="complex64"), special()],
    "Asinh": [normal(2, 3)],
    "Acosh": [ABOVE_ONE],
    "Atanh": [OPEN],
    "Sigmoid": [normal(2, 3), of([-100.0, 100.0, 0.0])],
    "Sign": [of([0.0, -2.0, 3.0]), normal(2, dtype="complex64")],
    "Floor": [normal(2, 3)],
    "Ceil": [normal(2, 3)],
    "Rint": [HALVES],
    "Round": [HALVES],
    "Lgamma": [positive(2, 3), of([-0.5, -1.5])],
    "Digamma": [positive(2, 3)],
    "Erf": [normal(2, 3), normal(2, dtype="float16")],
    "Erfc": [normal(2, 3)],
    "Erfinv": [OPEN],
    "Ndtri": [uniform(2, 3, low=0.1, high=0.9)],
    "BesselI0e": [normal(2, 3)],
    "BesselI1e": [normal(2, 3)],
    "BesselI0": [normal(2, 3)],
    "BesselI1": [normal(2, 3)],
    "Spence": [positive(2, 3)],
    "Expint": [positive(2, 3)],
}
INTS = of([-7, 7, 0, 5, -5, 2147483647, -2147483648])
TWO = {  # op: pairs of samplers with gradients
    "AddV2": [
        (normal(2, 3), normal(3)),
        (normal(2, 1), normal(1, 3)),
        (normal(2, dtype="complex64"), normal(2, dtype="complex64")),
    ],
    "Add": [(normal(2, 3), normal(2, 3)), (normal(4, 1, 3), normal(2, 1))],
    "Sub": [(normal(2, 3), normal()), (normal(3), normal(2, 3))],
    "Mul": [(normal(2, 3), normal(3)), (normal(2, dtype="complex64"), normal(2, dtype="complex64")), (normal(0, 3), normal(3))],
    "Div": [(normal(2, 3), nonzero(3))],
    "RealDiv": [(normal(2, 3), nonzero(3)), (of([1.0, -1.0, 0.0]), of([0.0, 0.0, 0.0]))],
    "FloorDiv": [(normal(2, 3, scale=5), nonzero(3))],
    "TruncateDiv": [],
    "FloorMod": [(normal(2, 3, scale=5), nonzero(3)), (of([-7.0, 7.0, -7.0, 7.0]), of([3.0, 3.0, -3.0, -3.0]))],
    "Mod": [],
    "Pow": [
        (positive(2, 3), normal(3)),
        (of([0.0, -2.0, 3.0, 0.0]), of([2.0, 2.0, 0.0, 0.0])),
        (nonzero(2, dtype="complex64"), normal(2, dtype="complex64")),
    ],
    "Maximum": [(normal(2, 3), normal(3)), (of([1.0, 2.0, 3.0]), of([1.0, 5.0, 0.0])), (special(), of(0.0))],
    "Minimum": [(normal(2, 3), normal(3)), (of([1.0, 2.0, 3.0]), of([1.0, 5.0, 0.0])), (special(), of(0.0))],
    "SquaredDifference": [(normal(2, 3), normal(3))],
    "DivNoNan": [(normal(2, 3), nonzero(3)), (of([1.0, 0.0, 3.0]), of([0.0, 0.0, 2.0]))],
    "MulNoNan": [(normal(2, 3), nonzero(3)), (of([float("inf"), float("nan"), 2.0]), of([0.0, 0.0, 3.0]))],
    "Xdivy": [(normal(2, 3), nonzero(3)), (of([0.0, 0.0, 1.0]), of([0.0, 2.0, 4.0]))],
    "Xlogy": [(normal(2, 3), positive(3)), (of([0.0, 0.0, 1.0]), of([0.0, 2.0, 4.0]))],
    "Xlog1py": [(normal(2, 3), positive(3)), (of([0.0, 0.0, 1.0]), of([0.0, 2.0, 4.0]))],
}
INT_TWO = ("AddV2", "Sub", "Mul", "FloorDiv", "TruncateDiv", "FloorMod", "TruncateMod", "Mod", "Div", "Maximum", "Minimum")
COMPARISONS = ("Less", "LessEqual", "Greater", "GreaterEqual", "Equal", "NotEqual")
FLOATS = of([1.7, -1.7, 300.7, -300.2, 1e10, -1e10, 70000.0, 3e19, float("inf"), float("-inf"), float("nan"), 0.0])
INT_TYPES = ("uint8", "int8", "uint16", "int16", "int32", "int64")

CASES = [case(name, x=x, grad="x") for name, samplers in sorted(ONE.items()) for x in samplers]
CASES += [case(name, x=x, y=y, grad="x y") for name, pairs in sorted(TWO.items()) for x, y in pairs]
CASES += [case(name, x=INTS, y=of([3, -3, 4, -2, 2, 1, 1])) for name in INT_TWO]
CASES += [
    case(name, x=integers(4), y=of([1, 0, 2, 2]), raises=True, gap=RAISES_NOT) for name in ("FloorDiv", "FloorMod", "Div")
]
CASES += [case(name, x=of([1.0, 2.0, float("nan")]), y=of([1.0, 3.0, float("nan")])) for name in COMPARISONS]
CASES += [case(name, x=integers(2, 3, low=0, high=3), y=integers(3, low=0, high=3)) for name in COMPARISONS]
CASES += [case(name, x=of([-7.0, 7.0, -7.0, 7.0]), y=of([3.0, 3.0, -3.0, -3.0])) for name in ("Mod", "TruncateMod")]
CASES += [case(name, x=of(["a", "b"]), y=of(["a", "c"])) for name in ("Equal", "NotEqual", "Add")]
CASES += [case("Equal", x=booleans(4), y=booleans(4)), case("Equal", x=normal(2), y=normal(3), raises=True)]
CASES += [case(name, x=normal(2), y=normal(3), attrs=dict(incompatible_shape_error=False)) for name in ("Equal", "NotEqual")]
CASES += [case(name, x=special(), y=of(1.0)) for name in ("Less", "GreaterEqual")]
CASES += [case(name, x=special()) for name in ("IsNan", "IsInf", "IsFinite", "Sign")]
CASES += [case(name, x=integers(5)) for name in ("Abs", "Neg", "Sign", "Square")]
CASES += [case("Round", x=integers(3)), case("LogicalNot", x=booleans(3))]
CASES += [case(name, x=booleans(2, 3), y=booleans(3)) for name in ("LogicalAnd", "LogicalOr")]
CASES += [
    case(name, x=integers(2, 3, low=0, high=100, dtype=t), y=integers(3, low=0, high=7, dtype=t))
    for name in ("BitwiseAnd", "BitwiseOr", "BitwiseXor", "LeftShift", "RightShift")
    for t in ("int32", "uint8")
]
CASES += [
    case("RightShift", x=of([-8, -7]), y=of([1, 2])),
    case("Invert", x=integers(4)),
    case("PopulationCount", x=integers(4)),
]
CASES += [
    case("Pow", x=integers(4, low=-3, high=4), y=of([0, 1, 2, 3])),
    case("Pow", x=of([2]), y=of([-1]), raises=True, gap=RAISES_NOT),
]
CASES += [
    case("ApproximateEqual", x=of([1.0, 2.0, 3.0]), y=of([1.000001, 2.1, 3.0]), attrs=dict(tolerance=t)) for t in (1e-5, 0.5)
]
CASES += [
    case("Cast", x=FLOATS, attrs=dict(DstT=t)) for t in INT_TYPES + ("bool", "float16", "bfloat16", "float64", "complex64")
]
CASES += [case("Cast", x=normal(3), attrs=dict(DstT=t), grad="x") for t in ("float16", "bfloat16", "float64", "complex64")]
CASES += [case("Cast", x=of([0, 300, -1, 70000]), attrs=dict(DstT=t)) for t in INT_TYPES + ("bool", "float32", "float64")]
CASES += [
    case("Cast", x=of([1.5, -1e300, 1e300], "float64"), attrs=dict(DstT=t)) for t in ("float32", "int32", "int64", "uint8")
]
CASES += [case("Cast", x=booleans(4), attrs=dict(DstT=t)) for t in ("float32", "int32", "uint8")]
CASES += [case("Cast", x=of([1.7, 1e5, -3.0], "float64"), attrs=dict(DstT="uint64"))]
CASES += [
    case("Cast", x=normal(3, dtype="float16"), attrs=dict(DstT="int32")),
    case("Cast", x=normal(2, dtype="complex64"), attrs=dict(DstT="float32")),
]
CASES += [case(name, input=normal(3, dtype="complex64"), grad="input") for name in ("Real", "Imag", "Conj", "Angle")]
CASES += [
    case(name, input=normal(2, dtype="complex128"), attrs=dict(Tout="float64"), grad="input") for name in ("Real", "Imag")
]
CASES += [
    case("ComplexAbs", x=normal(3, dtype="complex64"), grad="x"),
    case("ComplexAbs", x=of([0j, 3 + 4j], "complex64"), grad="x"),
]
CASES += [case("Complex", real=normal(2, 3), imag=normal(3), grad="real imag")]
CASES += [
    case("Atan2", y=normal(2, 3), x=normal(2, 3), grad="y x"),
    case("NextAfter", x1=normal(3), x2=normal(3), grad="x1 x2"),
    case("Igamma", a=positive(2, 3), x=positive(3), grad="a x"),
    case("Igammac", a=positive(2, 3), x=positive(3), grad="a x"),
    case("IgammaGradA", a=positive(3), x=positive(3)),
    case("Betainc", a=positive(2, 3), b=positive(2, 3), x=uniform(2, 3, low=0.1, high=0.9), grad="a b x"),
    case("Zeta", x=uniform(3, low=1.5, high=4.0), q=positive(3), grad="x q"),
    case("Polygamma", a=of([1.0, 2.0, 3.0]), x=positive(3), grad="a x"),
]
CASES += [
    case(name, y=uniform(3, low=0.1, high=0.9), dy=normal(3), grad="y dy")
    for name in ("SigmoidGrad", "TanhGrad", "SqrtGrad", "RsqrtGrad", "ReciprocalGrad", "InvGrad")
]
CASES += [
    case("AddV2", x=normal(2), y=normal(3), raises=True),
    case("AddV2", x=normal(2), y=of([1, 2]), raises=True),
    case("Sqrt", x=integers(2), raises=True),
]
