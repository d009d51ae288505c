"""Rows of random ops without a state of their own; streams are in test_random.py."""

from tests.ops.case import case, of, positive

KEY = of([12345678901234567], "uint64")
COUNTER = of([7, 9], "uint64")
PHILOX = of(1, "int32")
SHAPE = of([5, 3], "int32")

ELSEWHERE = {
    "StatelessRandomGetAlg": "ops/test_random_ops.py",  # TensorFlow's answer depends on its device
    "ThreadUnsafeUnigramCandidateSampler": "ops/test_random_ops.py",
}

CASES = [
    case("StatelessRandomUniformV2", shape=SHAPE, key=KEY, counter=COUNTER, alg=PHILOX, since=2),
    case("StatelessRandomUniformV2", shape=SHAPE, key=KEY, counter=COUNTER, alg=PHILOX, attrs=dict(dtype="float64"), since=2),
    case("StatelessRandomNormalV2", shape=SHAPE, key=KEY, counter=COUNTER, alg=PHILOX, since=2),
    case("StatelessTruncatedNormalV2", shape=SHAPE, key=KEY, counter=COUNTER, alg=PHILOX, since=2),
    case(
        "StatelessRandomUniformIntV2",
        shape=SHAPE,
        key=KEY,
        counter=COUNTER,
        alg=PHILOX,
        minval=of(-5, "int64"),
        maxval=of(90, "int64"),
        since=2,
    ),
    case(
        "StatelessRandomUniformFullIntV2",
        shape=SHAPE,
        key=KEY,
        counter=COUNTER,
        alg=PHILOX,
        attrs=dict(dtype="uint64"),
        since=2,
    ),
    case("RandomGammaGrad", alpha=positive(4, 3), sample=positive(4, 3)),
    case("RandomGammaGrad", alpha=positive(3, dtype="float64"), sample=positive(2, 3, dtype="float64")),
    case(
        "ComputeAccidentalHits",
        true_classes=of([[1, 2], [9, 9], [4, 1]], "int64"),
        sampled_candidates=of([4, 0, 1], "int64"),
        attrs=dict(num_true=2),
    ),
]
