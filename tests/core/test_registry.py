"""Registration of ops: what is derived from a kernel, and what is refused."""

import pytest

from mainstem.base import dtypes, errors
from mainstem.core import registry
from mainstem.core.registry import MISSING, REGISTRY, lookup, op


@pytest.fixture(autouse=True)
def own_registry():
    """Ops registered by a test are gone after it."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def test_attrs_come_from_keyword_parameters():
    @op("TestAttrs", "T, axis:int32 -> T", T=dtypes.FLOATING)
    def kernel(x, axis_, *, flag=False, n=3, rate=0.5, mode="a", out=dtypes.int32, sizes: "list(int)", s: "shape" = None):
        """Says what it does."""

    d = lookup("TestAttrs")
    assert d is kernel and d.doc == "Says what it does." and repr(d) == "<op TestAttrs>"
    assert [a.name for a in d.inputs] == ["x", "axis"]
    types = {k: (a.type, a.default) for k, a in d.attrs.items()}
    assert types == {
        "T": ("type", MISSING),
        "flag": ("bool", False),
        "n": ("int", 3),
        "rate": ("float", 0.5),
        "mode": ("string", "a"),
        "out": ("type", dtypes.int32),
        "sizes": ("list(int)", MISSING),
        "s": ("shape", None),
    }
    assert d.attrs["T"].allowed == dtypes.FLOATING
    assert d.kernel_attrs == ("flag", "n", "rate", "mode", "out", "sizes", "s")
    assert d.differentiable and not d.stateful and not d.host


def test_trailing_underscores_of_inputs_are_not_part_of_the_name():
    @op("TestUnderscore", "T, T -> T")
    def kernel(input_, in_):
        """x."""

    assert [a.name for a in kernel.inputs] == ["input", "in"]


def test_list_attrs_and_the_state_argument():
    @op("TestList", "N * T, *Tin -> T", state=lambda **a: 0)
    def kernel(state, values, args):
        """x."""

    assert {k: a.type for k, a in kernel.attrs.items()} == {"N": "int", "T": "type", "Tin": "list(type)"}
    assert kernel.stateful and kernel.has_list_input and not kernel.has_list_output


def test_a_name_is_registered_once():
    @op("TestOnce", "T -> T")
    def first(x):
        """x."""

    with pytest.raises(ValueError, match="TestOnce is registered twice"):
        op("TestOnce", "T -> T")(lambda x: x)
    assert lookup("TestOnce") is first


def test_also_registers_further_types_with_the_same_kernel():
    @op("TestA", "T -> T", also=("TestB", "TestC"), T=dtypes.FLOATING, static=("x",))
    def kernel(x, *, n=1):
        """x."""

    a, b = lookup("TestA"), lookup("TestB")
    assert a is kernel and a.kernel is b.kernel and (b.name, b.static) == ("TestB", ("x",))
    assert b.attrs["T"].allowed == dtypes.FLOATING and b.attrs["n"].default == 1
    assert lookup("TestC").static_index == {0}


def test_unknown_options_and_inputs_are_refused():
    with pytest.raises(TypeError, match="unknown options \\['statik'\\]"):
        op("TestBad", "T -> T", statik=("x",))(lambda x: x)
    with pytest.raises(ValueError, match="has no input called \\['y'\\]"):
        op("TestBad2", "T -> T", static=("y",))(lambda x: x)
    with pytest.raises(ValueError, match="has 1 inputs"):
        op("TestBad3", "T -> T")(lambda x, y: x)
    assert not [n for n in REGISTRY if n.startswith("TestBad")], "what was refused is not registered"


def test_an_attr_without_default_needs_its_type():
    def kernel(x, *, n):
        """x."""

    with pytest.raises(TypeError, match="attr 'n' needs an annotation"):
        op("TestTyped", "T -> T")(kernel)


def test_two_gradient_rules_are_refused():
    @op("TestRule", "T -> T")
    def kernel(x):
        """x."""

    rule = kernel.vjp(lambda inputs, outputs, grads: grads)
    assert kernel.rule is rule
    with pytest.raises(ValueError, match="two gradient rules"):
        kernel.vjp(rule)


def test_an_unknown_op_is_named():
    for kind in (NotImplementedError, ValueError, errors.UnknownOpError):
        with pytest.raises(kind, match="'NoSuchOp' is not an op"):
            registry.lookup("NoSuchOp")


def test_options_that_make_an_op_stateful():
    for i, options in enumerate(({"owner": True}, {"slots": True, "host": True}, {"writes": ("x",)}, {"stateful": True})):
        made = op(f"TestState{i}", "T -> T", **options)(lambda x: x)
        assert made.stateful
        assert made.differentiable is not made.host
