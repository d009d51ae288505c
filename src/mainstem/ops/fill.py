"""Making and enlarging tensors: tile, fill, broadcast, pad, range."""

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.families import same_shape
from mainstem.core.registry import op
from mainstem.ops.twin import add, movement, mul, xp

INDEX, ANY, int32 = dtypes.INDEX, dtypes.ANY, dtypes.int32

# ---- repeating and filling


def _tile_shape(inputs, attrs):
    have, times = inputs[0].shape, inputs[1].shape_value()
    if times is None or have is None:
        n = len(have) if have is not None else None if times is None else len(times)
        return [None if n is None else (None,) * n]
    if len(times) != len(have):
        raise ValueError(f"Expected multiples of length {len(have)} for input {shapes.show(have)}, got {shapes.show(times)}")
    return [tuple(map(mul, have, times))]


@movement(
    "Tile", "T, Tmultiples -> T", {"Tmultiples": int32}, T=ANY, Tmultiples=INDEX, static=("multiples",), shape=_tile_shape
)
def tile(input, multiples):
    """Repeats `input` multiples[i] times along dimension i."""
    return xp(input).tile(input, tuple(int(m) for m in multiples))


def _fill_shape(inputs, attrs):
    if inputs[1].shape:
        raise ValueError(f"Shape must be rank 0: the value to fill with has shape {shapes.show(inputs[1].shape)}")
    return [inputs[0].shape_value()]


@movement("Fill", "index_type, T -> T", {"index_type": int32}, T=ANY, index_type=INDEX, static=("dims",),
          shape=_fill_shape)  # fmt: skip
def fill(dims, value):
    """A tensor of shape `dims` with the scalar `value` everywhere."""
    dims = tuple(int(d) for d in dims.reshape(-1))
    if min(dims, default=0) < 0:
        raise ValueError(f"Dimension of fill must be >= 0, got {list(dims)}")
    module = xp(value)
    return module.broadcast_to(module.reshape(value, ()), dims)


def _zeros(shape, dtype):
    return np.full(shape, b"", object) if np.dtype(dtype) == object else np.zeros(shape, dtype)


@movement("ZerosLike", "T -> y:T", T=ANY, shape=same_shape, differentiable=False)
def zeros_like(x):
    """Zeros of the shape and dtype of `x` (empty strings for strings)."""
    return _zeros(x.shape, x.dtype) if xp(x) is np else jnp.zeros(x.shape, x.dtype)


@movement("OnesLike", "T -> y:T", T=dtypes.DEVICE, shape=same_shape, differentiable=False)
def ones_like(x):
    """Ones of the shape and dtype of `x`."""
    return xp(x).ones(x.shape, x.dtype)


@op("Empty", "int32 -> dtype", dtype=ANY, static=("shape",), shape=lambda inputs, attrs: [inputs[0].shape_value()],
    differentiable=False)  # fmt: skip
def empty(shape, *, dtype: "type", init=False):
    """A tensor of `shape` whose content does not matter; here always zeros."""
    return _zeros(tuple(int(d) for d in shape), dtype.np)


def _broadcast_to_shape(inputs, attrs):
    want = inputs[1].shape_value()
    exact = inputs[1].value()
    if exact is not None and inputs[0].shape is not None:
        got = shapes.broadcast(inputs[0].shape, tuple(exact.reshape(-1).tolist()))
        if not shapes.compatible(got, want):
            raise ValueError(f"Incompatible shapes: {shapes.show(inputs[0].shape)} cannot broadcast to {shapes.show(want)}")
    return [want]


@movement("BroadcastTo", "T, Tidx -> T", {"Tidx": int32}, T=ANY, Tidx=INDEX, static=("shape",), shape=_broadcast_to_shape)
def broadcast_to(input, shape):
    """Repeats `input` to the broadcast `shape`."""
    return xp(input).broadcast_to(input, tuple(int(d) for d in shape))


def _longer(inputs, attrs):
    a, b = (None if i.shape is None else i.shape[0] for i in inputs)
    return [(None if a is None or b is None else max(a, b),)]


@movement("BroadcastArgs", "T, T -> r0:T", {"T": int32}, T=INDEX, static=("s0", "s1"), shape=_longer, differentiable=False)
def broadcast_args(s0, s1):
    """The broadcast of two shapes."""
    return np.asarray(np.broadcast_shapes(tuple(s0.tolist()), tuple(s1.tolist())), s0.dtype)


def _reduced(s0, s1):
    """The dimensions to sum over for either argument: those of 1, where the shapes differ at all."""
    if s0 == s1:
        return [], []
    n = max(len(s0), len(s1))
    return tuple([i for i, d in enumerate([1] * (n - len(s)) + s) if d == 1] for s in (s0, s1))


def _reduced_shape(inputs, attrs):
    values = [i.value() for i in inputs]
    if any(v is None for v in values):
        return [(None,), (None,)]
    return [(len(r),) for r in _reduced(*(v.tolist() for v in values))]


@movement("BroadcastGradientArgs", "T, T -> r0:T, r1:T", {"T": int32}, T=INDEX, static=("s0", "s1"), shape=_reduced_shape,
          differentiable=False)  # fmt: skip
def broadcast_gradient_args(s0, s1):
    """The dimensions over which the gradients of two broadcast arguments are summed."""
    return tuple(np.asarray(r, s0.dtype) for r in _reduced(s0.tolist(), s1.tolist()))


# ---- padding


def _pad_shape(inputs, attrs):
    have, pads = inputs[0].shape, inputs[1].value()
    if pads is None:
        n = len(have) if have is not None else inputs[1].shape[0] if inputs[1].shape else None
        return [None if n is None else (None,) * n]
    if have is None:
        return [(None,) * len(pads)]
    if pads.shape != (len(have), 2):
        raise ValueError(f"Shape of paddings must be ({len(have)}, 2) for input {shapes.show(have)}, got {pads.shape}")
    if (pads < 0).any():
        raise ValueError(f"Paddings must be non-negative: {pads.tolist()}")
    return [tuple(add(d, int(p.sum())) for d, p in zip(have, pads, strict=True))]


_PAD = {"T": ANY, "Tpaddings": INDEX, "static": ("paddings",), "shape": _pad_shape}


def _padded(input, paddings, value):
    pads = [(int(a), int(b)) for a, b in paddings]
    if xp(input, value) is np:
        out = np.full([d + a + b for d, (a, b) in zip(input.shape, pads, strict=True)], value, input.dtype)
        out[tuple(slice(a, a + d) for d, (a, _) in zip(input.shape, pads, strict=True))] = input
        return out
    return jax.lax.pad(jnp.asarray(input), jnp.asarray(value, input.dtype), [(a, b, 0) for a, b in pads])


@movement("Pad", "T, Tpaddings -> T", {"Tpaddings": int32}, **_PAD)
def pad(input, paddings):
    """Adds paddings[i] = (before, after) zeros along dimension i."""
    return _padded(input, paddings, b"" if input.dtype == object else np.zeros((), input.dtype))


@movement("PadV2", "T, Tpaddings, T -> T", {"Tpaddings": int32}, **_PAD)
def pad_v2(input, paddings, constant_values):
    """Adds paddings[i] = (before, after) entries `constant_values` along dimension i."""
    return _padded(input, paddings, constant_values)


@pad_v2.vjp
def _pad_v2_grad(inputs, outputs, grads):
    begin = [int(a) for a, _ in inputs[1]]
    end = [a + d for a, d in zip(begin, np.shape(inputs[0]), strict=True)]
    return jax.lax.slice(grads[0], begin, end), None, None  # TensorFlow gives the constant no gradient


@movement("MirrorPad", "T, Tpaddings -> T", {"Tpaddings": int32}, **_PAD)
def mirror_pad(input, paddings, *, mode: "string"):
    """Pads by reflection; `mode` REFLECT leaves the border element out, SYMMETRIC repeats it."""
    pads = [(int(a), int(b)) for a, b in paddings]
    most = 0 if mode == "SYMMETRIC" else 1
    for d, p in zip(input.shape, pads, strict=True):
        if max(p) > d - most:
            raise ValueError(f"paddings must be no greater than the dimension size (less one for REFLECT): {max(p)}, {d}")
    return xp(input).pad(input, pads, mode="reflect" if mode == "REFLECT" else "symmetric")


def _unpadded_shape(inputs, attrs):
    have, pads = inputs[0].shape, inputs[1].value()
    if have is None or pads is None:
        return [None if have is None else (None,) * len(have)]
    return [tuple(add(d, -int(p.sum())) for d, p in zip(have, pads, strict=True))]


@movement("MirrorPadGrad", "T, Tpaddings -> T", {"Tpaddings": int32}, T=dtypes.NUMERIC, Tpaddings=INDEX, static=("paddings",),
          shape=_unpadded_shape)  # fmt: skip
def mirror_pad_grad(input, paddings, *, mode: "string"):
    """The gradient of MirrorPad: what was reflected is added where it came from."""
    inner = [d - int(p.sum()) for d, p in zip(input.shape, paddings, strict=True)]
    _, back = jax.vjp(lambda x: mirror_pad.kernel(x, paddings, mode=mode), jnp.zeros(inner, input.dtype))
    return back(jnp.asarray(input))[0]


# ---- sequences


def range_size(start, limit, delta):
    """The length of `Range` of NumPy scalars. Raises ValueError for a zero delta or one of the wrong sign."""
    if delta == 0:
        raise ValueError("Requires delta != 0 for Range")
    if (delta > 0 and start > limit) or (delta < 0 and start < limit):
        sign = "<=" if delta > 0 else ">="
        raise ValueError(f"Requires start {sign} limit when delta {'>' if delta > 0 else '<'} 0: {start}/{limit}")
    if np.issubdtype(start.dtype, np.integer):
        return -((int(limit) - int(start)) // -int(delta))
    return int(np.ceil(abs((limit - start) / delta)))  # in the tensor's own precision, as TensorFlow does


def _range_shape(inputs, attrs):
    values = [i.value() for i in inputs]
    if any(v is None for v in values):
        return [(None,)]
    return [(range_size(*(v.reshape(-1)[0] for v in values)),)]


@movement("Range", "Tidx, Tidx, Tidx -> Tidx", {"Tidx": int32}, Tidx=INDEX | dtypes.FLOATING, shape=_range_shape,
          static=("start", "limit", "delta"), differentiable=False)  # fmt: skip
def range_(start, limit, delta):
    """`start`, start + delta, … up to, not including, `limit`."""
    n = range_size(*(np.reshape(v, -1)[0] for v in (start, limit, delta)))
    if np.issubdtype(start.dtype, np.integer):
        return (start + np.arange(n, dtype=start.dtype) * delta).astype(start.dtype)
    # TensorFlow adds delta again and again in the tensor's own precision
    steps = np.full(max(n, 1), delta, start.dtype)
    steps[0] = start
    return np.cumsum(steps, dtype=start.dtype)[:n]


def _lin_shape(inputs, attrs):
    n = inputs[2].value()
    return [(None if n is None else int(n.reshape(-1)[0]),)]


@movement("LinSpace", "T, T, Tidx -> T", {"Tidx": int32}, T=dtypes.FLOATING, Tidx=INDEX, static=("num",), shape=_lin_shape,
          differentiable=False)  # fmt: skip
def lin_space(start, stop, num):
    """`num` numbers at equal distances from `start` to `stop`, both included."""
    n, module = int(np.reshape(num, -1)[0]), xp(start, stop)
    if n <= 0:
        raise ValueError(f"Requires num > 0: {n}")
    if n == 1:
        return module.reshape(start, (1,))
    step = (stop - start) / module.asarray(n - 1, start.dtype)
    return start + step * module.arange(n, dtype=start.dtype)
