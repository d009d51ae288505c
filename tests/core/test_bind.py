"""Binding of arguments to an op: dtype inference, attrs in plain form, and what errors say."""

import numpy as np
import pytest

from mainstem.base import dtypes, shapes
from mainstem.core import bind
from mainstem.core.registry import REGISTRY, lookup, op
from mainstem.surface import framework as fw


@pytest.fixture(autouse=True)
def own_registry():
    """Ops registered by a test are gone after it."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def attr(name, **attrs):
    return lookup(name)(fw.constant_v1(1.0), **attrs).op.attrs


def test_python_numbers_take_the_type_of_the_first_tensor():
    x = fw.constant_v1([1, 2], dtypes.int64)
    out = lookup("Mul")(x, 3)
    assert out.dtype is dtypes.int64 and out.op.inputs[1].dtype is dtypes.int64
    assert lookup("Mul")(fw.constant_v1(1.0), 3).dtype is dtypes.float32
    with pytest.raises(
        TypeError, match="Input 'y' of 'Mul' Op has type float32 that does not match type int64 of argument 'x'"
    ):
        lookup("Mul")(x, 3.5)


def test_of_two_tensors_both_types_are_named():
    with pytest.raises(
        TypeError, match="Input 'y' of 'Mul' Op has type float64 that does not match type float32 of argument 'x'"
    ):
        lookup("Mul")(fw.constant_v1(1.0), fw.constant_v1(1.0, dtypes.float64))


def test_types_that_an_op_does_not_take():
    with pytest.raises(TypeError, match="parameter 'x' has DataType string not in list of allowed values"):
        lookup("Exp")("text")
    with pytest.raises(TypeError, match="parameter 'x' has DataType bool not in list"):
        lookup("Exp")(True)
    with pytest.raises(
        TypeError, match="Input 'x' of 'LogicalNot' Op has type float32 that does not match expected type of bool"
    ):
        lookup("LogicalNot")(1.0)


def test_a_list_takes_the_type_of_its_first_tensor():
    t = fw.constant_v1(2.0, dtypes.float64)
    out = lookup("Pack")([1, t, 3.5])
    assert out.dtype is dtypes.float64 and [i.dtype for i in out.op.inputs] == [dtypes.float64] * 3
    assert out.op.attrs["N"] == 3
    assert lookup("Pack")([1, 2]).dtype is dtypes.int32
    with pytest.raises(TypeError, match="Expected list for 'values' argument to 'Pack' Op"):
        lookup("Pack")(t)
    with pytest.raises(TypeError, match="'values' of 'Pack' Op have types \\[float64, float32\\] that don't all match"):
        lookup("Pack")([t, fw.constant_v1(1.0)])
    with pytest.raises(ValueError, match="None values not supported"):
        lookup("Pack")([t, None])


def test_a_list_of_mixed_types_records_them():
    out = lookup("IdentityN")([1, 2.0, "a"])
    assert [t.dtype for t in out] == [dtypes.int32, dtypes.float32, dtypes.string]
    assert out[0].op.attrs["T"] == [dtypes.int32, dtypes.float32, dtypes.string]


def test_number_of_inputs_and_unknown_attrs():
    with pytest.raises(TypeError, match=r"Mul takes 2 inputs \(x, y\). Got 1"):
        lookup("Mul")(1.0)
    with pytest.raises(TypeError, match="Mul has no attr 'axis'. It has: T"):
        lookup("Mul")(1.0, 2.0, axis=0)
    with pytest.raises(TypeError, match="Cast: attr 'DstT' must be given"):
        lookup("Cast")(1.0)


def test_attrs_are_kept_in_plain_form():
    @op("TestPlain", "T -> T")
    def kernel(
        x, *, n=1, f=0.5, s="a", b=False, shape: "shape" = None, ts: "list(type)" = (), ns: "list(int)" = (), t=dtypes.int32
    ):
        """x."""
        return x

    got = attr(
        "TestPlain", n=np.int64(4), s=b"bytes", b=np.bool_(True),
         shape=shapes.TensorShape([None, 2]), ts=["float32", int], ns=(np.int32(1), 2), t="int64"
    )  # fmt: skip
    assert (got["n"], type(got["n"])) == (4, int) and (got["b"], type(got["b"])) == (True, bool)
    assert got["s"] == "bytes" and got["shape"] == (None, 2) and got["t"] is dtypes.int64
    assert got["ts"] == [dtypes.float32, dtypes.int32] and got["ns"] == [1, 2]
    defaults = attr("TestPlain")
    assert defaults["ns"] == [] and defaults["shape"] is None and defaults["n"] == 1


def test_float_attrs_are_rounded_to_float32_as_in_a_node_def():
    @op("TestFloat", "T -> T")
    def kernel(x, *, f=0.1, fs: "list(float)" = ()):
        """x."""
        return x

    got = attr("TestFloat", fs=[0.1, 1])
    assert got["f"] == float(np.float32(0.1)) != 0.1
    assert got["fs"] == [float(np.float32(0.1)), 1.0] and type(got["fs"][0]) is float
    assert attr("TestFloat", f=0.2)["f"] == float(np.float32(0.2))
    assert attr("TestFloat", f=1e300)["f"] == float("inf")
    assert type(attr("TestFloat", f=1)["f"]) is float


def test_attrs_of_a_wrong_type_are_named():
    @op("TestWrong", "T -> T")
    def kernel(x, *, n=1, ns: "list(int)" = (), t=dtypes.int32):
        """x."""
        return x

    for given in ({"n": "many"}, {"ns": 5}, {"t": "no_type"}, {"n": [1]}):
        (name,) = given
        with pytest.raises(TypeError, match=f"TestWrong: attr '{name}' must be of type"):
            attr("TestWrong", **given)


def test_an_explicit_type_attr_rules_the_inputs():
    @op("TestTyped", "T -> T", T=dtypes.FLOATING)
    def kernel(x):
        """x."""
        return x

    assert lookup("TestTyped")(1, T="float64").dtype is dtypes.float64
    with pytest.raises(TypeError, match="Input 'x' of 'TestTyped' Op has type float32 that does not match"):
        lookup("TestTyped")(fw.constant_v1(1.0), T=dtypes.float64)


def test_the_default_of_a_type_is_preferred_but_not_forced():
    @op("TestPreferred", "Tidx -> Tidx", Tidx=dtypes.INDEX)
    def kernel(x, *, Tidx=dtypes.int64):  # noqa: N803
        """x."""
        return x

    assert lookup("TestPreferred")([1, 2]).dtype is dtypes.int64
    assert lookup("TestPreferred")(fw.constant_v1([1, 2])).dtype is dtypes.int32


def test_references_must_be_variables():
    with pytest.raises(TypeError, match="'Assign' Op requires that input 'ref' be a mutable tensor"):
        lookup("Assign")(fw.constant_v1(1.0), 2.0)


def test_bind_asks_the_callers_convert():
    seen = []

    class Value:
        def __init__(self, dtype):
            self.dtype = dtype

    def convert(value, dtype=None, as_ref=False, preferred_dtype=None, name=None):
        seen.append((value, dtype, name))
        return Value(dtype or dtypes.float32)

    flat, attrs = bind.bind(lookup("Mul"), (1, 2), {}, convert)
    assert seen == [(1, None, "x"), (2, dtypes.float32, "y")] and len(flat) == 2 and attrs["T"] is dtypes.float32
