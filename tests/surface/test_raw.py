"""`tf.raw_ops`: keyword arguments only, TensorFlow's public names."""

import inspect

import numpy as np
import pytest

from mainstem.core.registry import REGISTRY
from mainstem.run.session import Session
from mainstem.surface import framework as fw
from mainstem.surface.raw import raw_op


def test_keyword_calls_under_public_and_own_names():
    x = fw.constant_v1(np.arange(6, dtype="f").reshape(2, 3))
    product = raw_op(REGISTRY["MatMul"])(a=x, b=x, transpose_b=True, name="product")
    assert product.op.name == "product"
    total = raw_op(REGISTRY["Sum"])(input=x, axis=[1], keep_dims=True)
    same = raw_op(REGISTRY["Sum"])(input=x, reduction_indices=[1], keep_dims=True)
    got = Session().run([product, total, same])
    np.testing.assert_array_equal(got[0], [[5, 14], [14, 50]])
    assert got[1].tolist() == got[2].tolist() == [[3], [12]]


def test_wrong_calls():
    matmul = raw_op(REGISTRY["MatMul"])
    with pytest.raises(TypeError, match="keyword arguments only"):
        matmul(1.0, 2.0)
    with pytest.raises(TypeError, match="lacks the arguments b"):
        matmul(a=1.0)


def test_signatures_read_as_tensorflows():
    shown = {n: list(inspect.signature(raw_op(REGISTRY[n])).parameters) for n in ("Conv2D", "Sum", "Select")}
    assert shown["Sum"] == ["input", "axis", "keep_dims", "name"]
    assert shown["Select"] == ["condition", "x", "y", "name"]
    assert shown["Conv2D"][:4] == ["input", "filter", "strides", "padding"]


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_op_has_a_signature(name):
    made = raw_op(REGISTRY[name])
    assert list(inspect.signature(made).parameters)[-1] == "name" and made.__name__ == name
