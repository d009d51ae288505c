"""Rows of printing, checking and file ops; callbacks and files are exercised in tests/surface/test_host.py."""

from tests.ops.case import case, normal, of

CASES = [
    case("StringFormat", inputs=[normal(2, 3), of(["a", 'b"\n'])], attrs=dict(template="x {} y {}.", placeholder="{}")),
    case("StringFormat", inputs=[of(list(range(10))), of([[True, False]])], attrs=dict(template="{}{}", placeholder="{}")),
    case("StringFormat", inputs=[of([[i * 6 + j for j in range(6)] for i in range(9)])], attrs=dict(summarize=2)),
    case("StringFormat", inputs=[of([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])], attrs=dict(summarize=-1)),
    case("StringFormat", inputs=[of([1e-7, 3.14159265, 1e20, float("nan"), float("-inf"), 0.1])], attrs=dict(summarize=-1)),
    case("StringFormat", inputs=[of([0.1, 1 / 3], "float64"), of(7, "int8")], attrs=dict(template="%s %s")),
    case("StringFormat", inputs=[of(1)], attrs=dict(template="%s %s"), raises=True),
    case("Assert", condition=True, data=[of([1, 2])]),
    case("Assert", condition=False, data=[of([1, 2])], raises=True),
    case("ReadFile", filename="/no such directory/file", raises=True),
]

ELSEWHERE = {
    "Print": "surface/test_host.py",
    "PrintV2": "surface/test_host.py",
    "PyFunc": "surface/test_host.py",
    "PyFuncStateless": "surface/test_host.py",
    "WriteFile": "surface/test_host.py",
    "MatchingFiles": "surface/test_host.py",
    "Timestamp": "surface/test_host.py",
}
