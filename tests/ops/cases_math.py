"""Rows of elementwise arithmetic, comparisons, casts and special functions."""

from tests.ops.case import case, handle, normal, of, variable

CASES = [
    case("Identity", input=normal(2, 3), grad="input"),
    case("StopGradient", input=normal(2), grad="input"),
    case("IdentityN", input=[normal(2), of([1, 2])], grad="input"),
    case("AssignAdd", ref=variable(normal(3)), value=normal(3)),
    case("AssignAddVariableOp", resource=handle(normal(3)), value=normal(3)),
    case("AssignSub", ref=variable(normal(3)), value=normal(2), raises=True),
]
