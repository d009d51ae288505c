"""The one-line dtype signatures of ops."""

import pytest

from mainstem.base import dtypes
from mainstem.core.signature import Arg, parse


def test_plain_types_variables_and_names():
    inputs, outputs = parse("T, axis:int32, resource -> y:T, idx:int64", ["x", "a", "h"], {"T"})
    assert inputs == (Arg("x", "T"), Arg("axis", dtypes.int32), Arg("h", dtypes.resource))
    assert outputs == (Arg("y", "T"), Arg("idx", dtypes.int64))
    assert not any(a.is_list for a in inputs + outputs)


def test_lists():
    (many, mixed), (out,) = parse("N * T, *Tin -> *Tout", ["values", "args"], set())
    assert (many.name, many.type, many.number, many.is_list) == ("values", "T", "N", True)
    assert (mixed.name, mixed.type_list, mixed.type, mixed.is_list) == ("args", "Tin", None, True)
    assert out.name == "output" and out.type_list == "Tout"
    ((fixed,), _) = parse("N * string ->", ["s"], set())
    assert fixed.type is dtypes.string and fixed.number == "N"


def test_references_and_default_output_names():
    (ref,), outputs = parse("ref T -> ref T, float32", ["v"], set())
    assert ref.is_ref and ref.type == "T"
    assert [(o.name, o.is_ref) for o in outputs] == [("output0", True), ("output1", False)]
    assert parse("->", [], set()) == ((), ())


def test_lower_case_type_variables_must_be_declared():
    inputs, _ = parse("dtype ->", ["x"], {"dtype"})
    assert inputs[0].type == "dtype"
    with pytest.raises(TypeError):
        parse("dtype ->", ["x"], set())


@pytest.mark.parametrize("names", [[], ["a"], ["a", "b", "c"]])
def test_the_kernel_must_take_as_many_inputs(names):
    with pytest.raises(ValueError, match="has 2 inputs, the kernel takes"):
        parse("T, T -> T", names, {"T"})
