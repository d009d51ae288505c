"""Calling kernels on flat lists: grouping, flattening, automatic and written gradients; shapes by abstract evaluation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mainstem.base import dtypes
from mainstem.core import evaluate, infer
from mainstem.core.registry import REGISTRY, lookup, op


@pytest.fixture(autouse=True)
def own_registry():
    """Ops registered by a test are gone after it."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def shapes_of(name, *inputs, **attrs):
    return infer.output_shapes(lookup(name), [infer.In(dtypes.float32, s) for s in inputs], {"T": dtypes.float32, **attrs})


def test_grouping_and_flattening():
    @op("TestGroup", "T, N * T, *Tin -> T, N * T")
    def kernel(x, many, mixed):
        """x."""
        return x, [m + x for m in many]

    attrs = {"T": dtypes.float32, "N": 2, "Tin": [dtypes.int32]}
    assert evaluate.group(kernel, [1, 2, 3, 4], attrs) == [1, [2, 3], [4]]
    assert evaluate.evaluate(kernel, [1, 2, 3, 4], attrs) == [1, 3, 4]
    assert evaluate.positions(kernel, attrs, ("many",)) == {1, 2} and evaluate.positions(kernel, attrs, ("mixed",)) == {3}
    assert evaluate.positions(kernel, attrs, ()) == frozenset()


def test_states_and_written_values_come_first():
    @op("TestWrites", "ref T, T -> ref T, T", writes=("v",), state=lambda: 0)
    def kernel(state, v, x):
        """x."""
        return state + 1, v + x, v - x

    assert evaluate.evaluate(kernel, [10, 3], {"T": dtypes.int32}, (5,)) == [6, 13, 7]


def test_an_op_without_output_gives_nothing():
    @op("TestNothing", "T ->", T=dtypes.FLOATING)
    def kernel(x):
        """x."""

    assert evaluate.evaluate(kernel, [1.0], {"T": dtypes.float32}) == []


def test_the_automatic_gradient_leaves_integers_and_static_inputs_out():
    @op("TestAuto", "T, i:int32, s:int32 -> T, int32", static=("s",))
    def kernel(x, i, s):
        """x."""
        return x * i.astype(x.dtype) * int(s), i + 1

    flat = [jnp.float32(3), jnp.int32(2), np.int32(5)]
    outputs, pull = evaluate.vjp(kernel, flat, {"T": dtypes.float32})
    assert [float(o) for o in outputs] == [30.0, 3.0]
    assert [None if g is None else float(g) for g in pull([jnp.float32(1), None])] == [10.0, None, None]
    assert float(pull([None, None])[0]) == 0.0, "no gradient arrives: zero"


def test_a_written_rule_wins_over_the_automatic_one():
    @op("TestRuled", "T, N * T -> T")
    def kernel(x, many, *, scale=2.0):
        """x."""
        return x * scale

    @kernel.vjp
    def rule(inputs, outputs, grads, *, scale):
        x, many = inputs
        assert len(many) == 2 and float(outputs[0]) == float(x) * scale
        return grads[0] * 100, None

    attrs = {"T": dtypes.float32, "N": 2, "scale": 3.0}
    outputs, pull = evaluate.vjp(kernel, [jnp.float32(1)] * 3, attrs)
    assert float(outputs[0]) == 3.0
    assert [g if g is None else float(g) for g in pull([jnp.float32(1)])] == [100.0, None, None]


def test_complex_gradients_are_tensorflows():
    @op("TestSquare", "T -> T")
    def kernel(x):
        """x."""
        return x * x

    z = jnp.complex64(1 + 2j)
    _, pull = evaluate.vjp(kernel, [z], {"T": dtypes.complex64})
    assert complex(pull([jnp.complex64(1)])[0]) == complex(np.conj(2 * (1 + 2j)))


def test_unknown_dimensions_are_those_that_vary_with_the_stand_in():
    @op("TestProbe", "T, T -> T, T, T")
    def kernel(x, y):
        """x."""
        return x @ y, jnp.sum(x, axis=1), x[:2]

    assert shapes_of("TestProbe", (None, 4), (4, 5)) == [(None, 5), (None,), (2, 4)]
    assert shapes_of("TestProbe", (7, 4), (4, None)) == [(7, None), (7,), (2, 4)]
    assert shapes_of("TestProbe", None, (4, 5)) == [None, None, None]
    with pytest.raises(ValueError, match=r"for op 'TestProbe' with input shapes: \[7,4\], \[3,5\]"):
        shapes_of("TestProbe", (7, 4), (3, 5))


def test_a_probe_is_evaluated_once_for_equal_arguments():
    calls = []

    @op("TestCached", "T -> T")
    def kernel(x, *, n=1, ns: "list(int)" = ()):
        """x."""
        calls.append(n)
        return jnp.stack([x] * n)

    for _ in range(3):
        assert shapes_of("TestCached", (2,), n=3, ns=[1, 2]) == [(3, 2)]
    assert calls == [3]
    assert shapes_of("TestCached", (2,), n=4, ns=[1, 2]) == [(4, 2)] and shapes_of("TestCached", (5,), n=3, ns=[]) == [(3, 5)]
    assert calls == [3, 4, 3]


def test_static_inputs_are_values_or_leave_the_shape_unknown():
    class Known(infer.In):
        def value(self):
            return np.array([3, 2], np.int32)

    @op("TestStatic", "T, s:int32 -> T", static=("s",))
    def kernel(x, s):
        """x."""
        assert isinstance(s, np.ndarray)
        return jnp.reshape(x, s)

    attrs = {"T": dtypes.float32}
    x = infer.In(dtypes.float32, (6,))
    assert infer.output_shapes(kernel, [x, Known(dtypes.int32, (2,))], attrs) == [(3, 2)]
    assert infer.output_shapes(kernel, [x, infer.In(dtypes.int32, (2,))], attrs) == [None]


def test_output_types():
    @op("TestTypes", "T -> ref T, N * T, *Tout, int64")
    def kernel(x, *, N: "int", Tout: "list(type)"):  # noqa: N803
        """x."""

    attrs = {"T": dtypes.float32, "N": 2, "Tout": [dtypes.string]}
    got = infer.output_dtypes(kernel, attrs)
    assert got == [dtypes.float32._as_ref, dtypes.float32, dtypes.float32, dtypes.string, dtypes.int64]


def test_host_ops_and_strings_are_not_evaluated():
    @op("TestHost", "T -> T", host=True)
    def kernel(x):
        """x."""
        raise AssertionError("evaluated")

    assert shapes_of("TestHost", (2,)) == [None]


def test_the_rule_and_jax_agree_where_both_exist():
    x = jnp.asarray([0.5, -1.5, 2.0], jnp.float32)
    for name in ("Relu", "Sigmoid", "Tanh", "Square", "Exp"):
        d, attrs = lookup(name), {"T": dtypes.float32}
        outputs, pull = evaluate.vjp(d, [x], attrs)
        _, back = jax.vjp(lambda v, d=d, a=attrs: evaluate.evaluate(d, [v], a)[0], x)
        np.testing.assert_allclose(pull([jnp.ones_like(x)])[0], back(jnp.ones_like(x))[0], rtol=1e-6)
