"""Rows of pass-through ops and of reading and assigning variables."""

from tests.ops.case import case, handle, normal, of, variable

RANDOM = (
    "AllCandidateSampler FixedUnigramCandidateSampler LearnedUnigramCandidateSampler LogUniformCandidateSampler Multinomial "
    "RandomGamma RandomPoisson RandomPoissonV2 RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt "
    "StatelessMultinomial StatelessRandomGammaV2 StatelessRandomGetKeyCounter StatelessRandomNormal StatelessRandomPoisson "
    "StatelessRandomUniform StatelessRandomUniformFullInt StatelessRandomUniformInt StatelessTruncatedNormal TruncatedNormal "
    "UniformCandidateSampler"
)
SOURCES = (
    "Const DestroyResourceOp IsVariableInitialized NoOp Placeholder TemporaryVariable VarHandleOp VarIsInitializedOp Variable "
    "VariableV2"
)
ELSEWHERE = {name: "golden/record_random.py" for name in RANDOM.split()}
ELSEWHERE.update({name: "ops/test_sources.py" for name in SOURCES.split()})

CASES = [
    case("Identity", input=normal(2, 3), grad="input"),
    case("StopGradient", input=normal(2), grad="input"),
    case("PreventGradient", input=normal(2)),
    case("IdentityN", input=[normal(2), of([1, 2])], grad="input"),
    case("AssignAdd", ref=variable(normal(3)), value=normal(3)),
    case("AssignAddVariableOp", resource=handle(normal(3)), value=normal(3)),
    case("AssignSub", ref=variable(normal(3)), value=normal(2), raises=True),
    case("AssignSub", ref=variable(normal(3)), value=normal(3)),
    case("AssignSubVariableOp", resource=handle(normal(3)), value=normal(3)),
    case("Assign", ref=variable(normal(3)), value=normal(3)),
    case("AssignVariableOp", resource=handle(normal(3)), value=normal(3)),
    case("ReadVariableOp", resource=handle(normal(3)), attrs=dict(dtype="float32")),
    case("VariableShape", input=handle(normal(2, 3))),
    case("VariableShape", input=handle(normal(2, 3)), attrs=dict(out_type="int64")),
    case("PlaceholderWithDefault", input=normal(2), attrs=dict(shape=[2]), grad="input"),
]
