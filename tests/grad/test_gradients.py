"""`gradients`: values, structure, sparse lookups, overrides, higher order, and what has none."""

import numpy as np
import pytest

from mainstem.core.registry import lookup
from mainstem.grad.custom import custom_gradient
from mainstem.grad.gradients import gradients, hessians
from mainstem.grad.registry import RegisterGradient
from mainstem.graph.graph import get_default_graph
from mainstem.graph.indexed_slices import IndexedSlices
from mainstem.ops import array, fill, index, math, matmul, reduce, segment, state  # noqa: F401
from mainstem.run.session import Session
from mainstem.surface import framework as fw


def run(t, feed=None):
    return Session().run(t, feed)


def test_chain_and_fan_out():
    x = fw.placeholder("float32", [])
    y = lookup("Mul")(x, x)
    z = lookup("AddV2")(lookup("Mul")(y, x), y)  # x^3 + x^2
    (g,) = gradients(z, x)
    assert run(g, {x: 2.0}) == 16.0
    (gg,) = gradients(g, x)
    assert run(gg, {x: 2.0}) == 14.0
    (ggg,) = gradients(gg, x)
    assert run(ggg, {x: 2.0}) == 6.0


def test_one_node_an_operation_under_tensorflows_type():
    x = fw.placeholder("float32", [2], name="x")
    gradients(lookup("Tanh")(x, name="t"), x)
    node = get_default_graph().get_operation_by_name("gradients/t_grad/Tanh")
    assert node.type == "SymbolicGradient" and node.inputs[0] is x


def test_unconnected_stops_and_initial_gradients():
    x, w = fw.placeholder("float32", [], name="x"), fw.placeholder("float32", [], name="w")
    y = lookup("Mul")(x, x)
    z = lookup("Mul")(y, x)
    assert gradients(y, w) == [None]
    assert run(gradients(y, w, unconnected_gradients="zero"), {w: 1.0}) == [0.0]
    assert run(gradients(z, x, stop_gradients=[y]), {x: 3.0}) == [9.0]
    assert gradients(fw.stop_gradient(y), x) == [None]
    assert run(gradients(y, x, grad_ys=fw.constant_v1(10.0)), {x: 3.0}) == [60.0]
    assert run(gradients([y, z], [x, y]), {x: 2.0}) == [16.0, 3.0]
    with pytest.raises(ValueError, match="grad_ys"):
        gradients([y, z], x, grad_ys=[None])


def test_lookups_give_slices_that_stay_sparse():
    p = fw.placeholder("float32", [5, 2], name="p")
    ids = fw.constant_v1([1, 1, 3])
    rows = lookup("GatherV2")(p, ids, 0)
    total = lookup("AddV2")(lookup("Sum")(rows, [0, 1]), lookup("Sum")(lookup("GatherV2")(p, fw.constant_v1([0]), 0), [0, 1]))
    (g,) = gradients(total, p)
    assert isinstance(g, IndexedSlices)
    values, indices = run([g.values, g.indices], {p: np.zeros((5, 2))})
    assert sorted(indices.tolist()) == [0, 1, 1, 3] and values.shape == (4, 2)
    dense = run(get_default_graph().convert(g), {p: np.zeros((5, 2))})
    assert dense.tolist() == [[1, 1], [2, 2], [0, 0], [1, 1], [0, 0]]


def test_override_map():
    @RegisterGradient("TestGuidedTanh")
    def guided(op, grad):
        return lookup("Mul")(grad, 100.0)

    x = fw.placeholder("float32", [])
    with get_default_graph().gradient_override_map({"Tanh": "TestGuidedTanh"}):
        y = lookup("Tanh")(x)
    assert run(gradients(y, x), {x: 0.5}) == [100.0]
    with pytest.raises(KeyError):
        RegisterGradient("TestGuidedTanh")(guided)
    with get_default_graph().gradient_override_map({"Tanh": "NobodyRegisteredThis"}):
        z = lookup("Tanh")(x)
    with pytest.raises(LookupError, match="NobodyRegisteredThis"):
        gradients(z, x)


def test_custom_gradient():
    @custom_gradient
    def clipped(x):
        return lookup("Mul")(x, x), lambda dy: lookup("Mul")(dy, 7.0)

    x = fw.placeholder("float32", [])
    y = lookup("Mul")(clipped(x), 2.0)
    assert run([y, *gradients(y, x)], {x: 3.0}) == [18.0, 14.0]


def test_hessians():
    x = fw.placeholder("float32", [2])
    y = lookup("Sum")(lookup("Mul")(lookup("Mul")(x, x), x), [0])
    assert run(hessians(y, x), {x: [1.0, 2.0]})[0].tolist() == [[6, 0], [0, 12]]


def test_variable_of_both_kinds():
    ref = lookup("VariableV2")(shape=[2], dtype="float32", name="r")
    handle = lookup("VarHandleOp")(shape=[2], dtype="float32", name="h")
    read = lookup("ReadVariableOp")(handle, dtype="float32")
    init = [lookup("Assign")(ref, [1.0, 2.0]).op, lookup("AssignVariableOp")(handle, fw.constant_v1([3.0, 4.0]))]
    y = lookup("Mul")(fw.identity(ref), read)

    class Handle:
        pass

    h = Handle()
    h.handle = handle
    g = gradients(y, [h])
    s = Session()
    s.run(init)
    assert s.run(g)[0].tolist() == [1.0, 2.0]


def test_integer_and_unknown():
    with pytest.raises(TypeError, match="floating"):
        gradients(fw.placeholder("bool", []), fw.placeholder("float32", []))


def test_a_custom_gradient_sees_the_tensors_that_it_was_given():
    x = fw.placeholder("float32", [2])
    seen = []

    @custom_gradient
    def f(a, b):
        seen.extend([a is x, b.op.type])
        return a, lambda d: (d * 7.0, d * 2.0)

    y = f(x, [1.0, 2.0])
    assert seen == [True, "Const"]
    (g,) = gradients(y, [x])
    assert Session().run(g, {x: [1.0, 1.0]}).tolist() == [7.0, 7.0]
