"""What the table cannot hold: layouts that TensorFlow lacks on CPU, second derivatives, paths chosen by size, rows of NaN."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from mainstem.ops import conv, nn, norm, pool

RNG = np.random.RandomState(0)


def _array(*shape):
    return jnp.asarray(RNG.uniform(-1, 1, shape).astype(np.float32))


def _attrs(**more):
    return dict(strides=[1, 2, 2, 1], padding="SAME", explicit_paddings=(), data_format="NHWC", dilations=(1, 1, 1, 1), **more)


def _first(attrs):
    return dict(attrs, strides=[1, 1, 2, 2], data_format="NCHW")


@pytest.mark.parametrize("entry", [conv.conv2d, conv.depthwise_conv2d_native], ids=lambda e: e.name)
def test_channels_first_is_the_transpose(entry):
    more = {"use_cudnn_on_gpu": True} if entry is conv.conv2d else {}
    x, w, attrs = _array(2, 7, 6, 4), _array(3, 3, 4, 2), _attrs(**more)
    y = entry.kernel(x, w, **attrs)
    turned = entry.kernel(x.transpose(0, 3, 1, 2), w, **_first(attrs))
    np.testing.assert_allclose(turned.transpose(0, 2, 3, 1), y, rtol=1e-5, atol=1e-5)
    dx, dw = entry.rule([x, w], [y], [y], **attrs)
    dx1, dw1 = entry.rule([x.transpose(0, 3, 1, 2), w], [turned], [turned], **_first(attrs))
    np.testing.assert_allclose(dx1.transpose(0, 2, 3, 1), dx, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(dw1, dw, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("large", [1, 1 << 16])
def test_depthwise_filter_gradient_by_size(monkeypatch, large):
    monkeypatch.setattr(conv, "LARGE_IMAGE", large)
    x, w = _array(3, 7, 6, 4), _array(3, 3, 4, 2)
    y = conv.depthwise_conv2d_native.kernel(x, w, **_attrs())
    _, dw = conv.depthwise_conv2d_native.rule([x, w], [y], [y], **_attrs())
    expected = jax.vjp(lambda w: conv.depthwise_conv2d_native.kernel(x, w, **_attrs()), w)[1](y)[0]
    np.testing.assert_allclose(dw, expected, rtol=1e-4, atol=1e-4)


def test_second_derivative_of_a_convolution():
    x, w, attrs = _array(1, 5, 5, 2), _array(3, 3, 2, 3), _attrs(use_cudnn_on_gpu=True)

    def by_rule(x, w):
        y = conv.conv2d.kernel(x, w, **attrs)
        return sum(jnp.sum(jnp.sin(g)) for g in conv.conv2d.rule([x, w], [y], [y], **attrs))

    def by_jax(x, w):
        y, back = jax.vjp(lambda x, w: conv.conv2d.kernel(x, w, **attrs), x, w)
        return sum(jnp.sum(jnp.sin(g)) for g in back(y))

    for got, expected in zip(jax.grad(by_rule, (0, 1))(x, w), jax.grad(by_jax, (0, 1))(x, w), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_pooling_channels_first():
    x = _array(2, 5, 6, 3)
    windows = dict(ksize=[1, 3, 3, 1], strides=[1, 2, 2, 1], padding="SAME")
    turned = dict(ksize=[1, 1, 3, 3], strides=[1, 1, 2, 2], padding="SAME", data_format="NCHW")
    for entry in (pool.max_pool, pool.avg_pool):
        y = entry.kernel(x, **windows)
        np.testing.assert_allclose(entry.kernel(x.transpose(0, 3, 1, 2), **turned).transpose(0, 2, 3, 1), y, rtol=1e-6)


def test_fused_batch_norm_channels_first():
    x, scale, offset, none = _array(2, 3, 4, 5), _array(5), _array(5), jnp.zeros((0,), jnp.float32)
    outputs = norm.fused_batch_norm.kernel(x, scale, offset, none, none)
    turned = norm.fused_batch_norm.kernel(x.transpose(0, 3, 1, 2), scale, offset, none, none, data_format="NCHW")
    np.testing.assert_allclose(turned[0].transpose(0, 2, 3, 1), outputs[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(turned[2], outputs[2], rtol=1e-5)


def test_label_out_of_range_is_a_row_of_nan():
    loss, slope = nn.sparse_softmax_cross_entropy_with_logits.kernel(_array(3, 4), jnp.asarray([1, 4, -1], jnp.int32))
    assert np.isnan(loss).tolist() == [False, True, True]
    assert np.isnan(slope).all(1).tolist() == [False, True, True]


def test_packed_format_is_named_as_unsupported():
    with pytest.raises(NotImplementedError, match="NCHW_VECT_C"):
        pool.max_pool.kernel(_array(1, 2, 2, 4), ksize=[1] * 4, strides=[1] * 4, padding="SAME", data_format="NCHW_VECT_C")


@pytest.mark.parametrize("shape, filters, strides, padding, layout, dilations, block", [
    ((32, 28, 28, 4), (5, 5, 4, 8), 1, "SAME", "NHWC", 1, (16, 28)),
    ((32, 28, 28, 4), (5, 5, 4, 8), 1, "SAME", "NHWC", 1, (8, 7)),
    ((32, 56, 56, 2), (5, 5, 2, 4), 2, "VALID", "NHWC", 1, (8, 13)),
    ((9, 15, 13, 2), (3, 4, 2, 4), 2, "SAME", "NHWC", 1, (9, 2)),
    ((32, 4, 28, 28), (3, 3, 4, 8), 1, "SAME", "NCHW", 1, (8, 14)),
    ((30, 28, 28, 4), (3, 3, 4, 8), 1, "SAME", "NHWC", 2, (10, 14)),
    ((3, 28, 28, 4), (3, 3, 4, 8), 1, "SAME", "NHWC", 1, (3, 14)),
    ((16, 8, 6, 6, 2), (3, 3, 3, 2, 4), 1, "SAME", "NDHWC", 1, (8, 4)),
])  # fmt: skip
def test_a_filter_gradient_in_blocks_is_the_whole_one(monkeypatch, shape, filters, strides, padding, layout, dilations, block):
    axes = conv.window.spatial_axes(layout)
    inner = lambda n: tuple(n if i in axes else 1 for i in range(len(shape)))  # noqa: E731
    g = conv.Geometry(shape, filters, inner(strides), padding, layout, inner(dilations))
    rng = np.random.default_rng(0)
    x, w = (jnp.asarray(rng.random(s), jnp.float32) for s in (shape, filters))
    dy = jnp.asarray(rng.random(conv.forward(x, w, g).shape), jnp.float32)
    monkeypatch.setattr(jax, "default_backend", lambda: "cpu")
    entries = dy.size // (dy.shape[0] * dy.shape[axes[0]]) * block[0] * block[1]
    for name, value in (("ENTRIES_AT_ONCE", entries), ("FEW_ENTRIES", 0), ("IMAGES", block[0])):
        monkeypatch.setattr(conv, name, value)
    assert conv._block(dy, axes) == block
    assert block[0] * block[1] < shape[0] * dy.shape[axes[0]]
    parts = conv.filter_gradient(x, dy, g)
    monkeypatch.setattr(conv, "FEW_ENTRIES", 10**9)
    assert conv._block(dy, axes) == (dy.shape[0], dy.shape[axes[0]])
    whole = conv.filter_gradient(x, dy, g)
    np.testing.assert_allclose(parts, whole, rtol=1e-5)


def test_blocks_are_of_about_sixteen_images(monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: "cpu")
    images = {}
    for batch in (1, 7, 16, 34, 46, 64, 100):
        images[batch] = conv._block(jnp.zeros((batch, 64, 64, 32)), (1, 2))[0]
    assert images == {1: 1, 7: 7, 16: 16, 34: 17, 46: 23, 64: 16, 100: 10}


@pytest.mark.parametrize("strides", [2, 3])
@pytest.mark.parametrize("shape, layout", [((4, 5, 7, 3), "NHWC"), ((4, 3, 5, 7), "NCHW"), ((2, 3, 5, 7, 3), "NDHWC")])
def test_the_input_gradient_of_a_filter_of_one_position_with_strides(shape, layout, strides):
    rank, axes = len(shape) - 2, conv.window.spatial_axes(layout)
    g = conv.Geometry(
        shape, (1,) * rank + (3, 6), tuple(strides if i in axes else 1 for i in range(len(shape))), "SAME", layout
    )
    rng = np.random.default_rng(0)
    x, w = (jnp.asarray(rng.random(s), jnp.float32) for s in (shape, g.w_shape))
    y, pull = jax.vjp(lambda x: conv.forward(x, w, g), x)
    dy = jnp.asarray(rng.random(y.shape), jnp.float32)
    np.testing.assert_allclose(conv.input_gradient(w, dy, g), pull(dy)[0], rtol=1e-5)


@pytest.mark.parametrize("shape, layout", [((4, 5, 6, 3), "NHWC"), ((4, 3, 5, 6), "NCHW"), ((2, 3, 5, 6, 3), "NDHWC")])
def test_the_gradient_of_a_filter_of_one_position(shape, layout):
    rank = len(shape) - 2
    g = conv.Geometry(shape, (1,) * rank + (3, 7), (1,) * len(shape), "SAME", layout)
    rng = np.random.default_rng(0)
    x, w = (jnp.asarray(rng.random(s), jnp.float32) for s in (shape, g.w_shape))
    dy = jnp.asarray(rng.random(conv.forward(x, w, g).shape), jnp.float32)
    wanted = jax.vjp(lambda w: conv.forward(x, w, g), w)[1](dy)[0]
    np.testing.assert_allclose(conv.filter_gradient(x, dy, g), wanted, rtol=1e-5)


@pytest.mark.parametrize("strides, padding", [(1, "SAME"), (2, "SAME"), (1, "VALID"), (3, "VALID")])
def test_the_filter_gradient_of_one_channel(strides, padding):
    shape, filters = (4, 11, 13, 1), (5, 4, 1, 6)
    g = conv.Geometry(shape, filters, (1, strides, strides, 1), padding, "NHWC")
    rng = np.random.default_rng(0)
    x, w = (jnp.asarray(rng.random(s), jnp.float32) for s in (shape, filters))
    dy = jnp.asarray(rng.random(conv.forward(x, w, g).shape), jnp.float32)
    wanted = jax.vjp(lambda w: conv.forward(x, w, g), w)[1](dy)[0]
    np.testing.assert_allclose(conv.filter_gradient(x, dy, g), wanted, rtol=1e-5)
