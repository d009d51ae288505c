"""Summary ops; images are compared by pixel in tests/train/test_summary.py."""

import numpy as np

from tests.ops.case import case, integers, normal, of, special, uniform

SERIALIZED = b"\n\x08\n\x01a\x15\x00\x00\xc0?"
OTHER = b"\n\x08\n\x01b\x15\x00\x00\x00@"
METADATA = b"\n\x06\n\x04text"


def histogram(values, **more):
    return case("HistogramSummary", tag="h", values=values, **more)


CASES = [
    case("ScalarSummary", tags="a", values=1.5),
    case("ScalarSummary", tags=["a", "b"], values=[1.5, 0.0]),
    case("ScalarSummary", tags=["a", "b"], values=[[1.5, 2.0]], raises=True),
    case("ScalarSummary", tags="a", values=[1.5], raises=True),
    case("ScalarSummary", tags="a", values=of(1e300, "float64")),
    case("ScalarSummary", tags="a", values=of(float("nan"))),
    case("ScalarSummary", tags="a", values=of(0.1, "float16")),
    case("ScalarSummary", tags="a", values=of(0.1, "bfloat16")),
    case("ScalarSummary", tags="a", values=of(2**60 + 1, "int64")),
    case("ScalarSummary", tags="a", values=of(200, "uint8")),
    histogram(of([])),
    histogram(special(), raises=True),
    histogram([1.0, float("inf")], raises=True),
    histogram([0.0, -0.0, 1e-13, -1e-13, 1e-12, 1e30, -1e30, 1e20, 1.1, 1.0]),
    histogram(of([1e200, -1e200, 1e308], "float64")),
    histogram(normal(1000)),
    histogram(uniform(7, 9, low=-1e-8, high=1e-8, dtype="float64")),
    histogram([-0.0, 0.0]),
    histogram([0.0, -0.0]),
    histogram(normal(50, dtype="float16")),
    histogram(normal(50, dtype="bfloat16")),
    histogram(integers(3, 4)),
    histogram(integers(30, dtype="int64", low=-(10**9), high=10**9)),
    histogram(integers(30, dtype="uint8", low=0, high=255)),
    histogram(5.0),
    case("HistogramSummary", tag=["h"], values=[1.0], raises=True),
    case("ImageSummary", tag="i", tensor=normal(2, 2, 2), raises=True),
    case("ImageSummary", tag="i", tensor=normal(1, 2, 2, 2), raises=True),
    case("ImageSummary", tag="i", tensor=of(np.zeros((1, 0, 2, 1), np.float32)), raises=True),
    case("ImageSummary", tag="i", tensor=of(np.zeros((0, 2, 2, 1), np.uint8))),
    case("ImageSummary", tag="i", tensor=normal(1, 2, 2, 1), attrs=dict(max_images=0), raises=True),
    case("AudioSummaryV2", tag="s", tensor=uniform(4, 9), sample_rate=8000.0),
    case("AudioSummaryV2", tag="s", tensor=uniform(2, 9, 2, low=-1.2, high=1.2), sample_rate=44100.0),
    case("AudioSummaryV2", tag="s", tensor=[[2e-5, -2e-5, 4.7e-5]], sample_rate=22050.7, attrs=dict(max_outputs=1)),
    case("AudioSummaryV2", tag="s", tensor=[[float("nan"), float("inf"), -0.3]], sample_rate=8.0),
    case("AudioSummaryV2", tag="s", tensor=normal(3), sample_rate=8.0, raises=True),
    case("TensorSummaryV2", tag="t", tensor=of(["a", "bc"]), serialized_summary_metadata=of(METADATA)),
    case("MergeSummary", inputs=[of(SERIALIZED), of([OTHER])]),
    case("MergeSummary", inputs=[of(SERIALIZED), of(SERIALIZED)], raises=True),
    case("MergeSummary", inputs=[of(b"\x0a\xff")], raises=True),
    case("MergeSummary", inputs=[of(b"")]),
] + [
    case("TensorSummaryV2", tag="t", tensor=of(v, k), serialized_summary_metadata=of(b""))
    for v, k in [(3.0, "float32"), ([True, False], "bool"), ([[1, 2]], "int64"), ([], "float32"), ([1.5, 2.0], "float16")]
]

ELSEWHERE = dict.fromkeys(
    (
        "SummaryWriter",
        "CreateSummaryFileWriter",
        "FlushSummaryWriter",
        "CloseSummaryWriter",
        "WriteScalarSummary",
        "WriteHistogramSummary",
        "WriteImageSummary",
        "WriteAudioSummary",
        "WriteSummary",
        "WriteRawProtoSummary",
        "WriteGraphSummary",
        "ImportEvent",
    ),
    "train/test_summary_recording.py",
)
