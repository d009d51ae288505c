"""Rearranging blocks and reading bytes: space to batch and depth, patches, bitcast; number checks and fake quantization."""

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors, shapes
from mainstem.core.families import same_shape
from mainstem.core.registry import op
from mainstem.ops.twin import add, movement, mul, numel, xp

INDEX, ANY, int32 = dtypes.INDEX, dtypes.ANY, dtypes.int32

# ---- space and batch


def _to_batch(x, block, pads):
    n, module = len(block), xp(x)
    padded = [(0, 0), *((int(a), int(b)) for a, b in pads), *[(0, 0)] * (np.ndim(x) - n - 1)]
    x = module.pad(x, padded)
    for d, b in zip(x.shape[1:], block, strict=False):
        if d % b:
            raise ValueError(f"Padded dimensions {list(x.shape[1 : n + 1])} must be divisible by block_shape {list(block)}")
    cells = [d // b for d, b in zip(x.shape[1:], block, strict=False)]
    split = [part for pair in zip(cells, block, strict=True) for part in pair]
    x = module.reshape(x, [x.shape[0], *split, *x.shape[n + 1 :]])
    order = [*range(2, 2 * n + 1, 2), 0, *range(1, 2 * n, 2), *range(2 * n + 1, np.ndim(x))]
    moved = module.transpose(x, order)
    return module.reshape(moved, [moved.shape[n] * numel(block), *moved.shape[n + 1 :]])


def _from_batch(x, block, crops):
    n, module = len(block), xp(x)
    if x.shape[0] % numel(block):
        raise ValueError(f"Batch {x.shape[0]} must be divisible by the product of block_shape {list(block)}")
    batch, rest = x.shape[0] // numel(block), x.shape[n + 1 :]
    x = module.reshape(x, [*block, batch, *x.shape[1:]])
    order = [n, *(part for i in range(n) for part in (n + 1 + i, i)), *range(2 * n + 1, np.ndim(x))]
    cells = [d * b for d, b in zip(x.shape[n + 1 :], block, strict=False)]
    x = module.reshape(module.transpose(x, order), [batch, *cells, *rest])
    return x[(slice(None), *(slice(int(a), d - int(b)) for d, (a, b) in zip(cells, crops, strict=True)))]


def _batch_shape(block, pads, have, back):
    if have is None:
        return [None]
    if block is None or pads is None:
        return [(None,) * len(have)]
    n, out = len(block), []
    if len(have) < n + 1:
        raise ValueError(f"input of rank {len(have)} must have at least {n + 1} dimensions for block_shape {list(block)}")
    for d, b, (p, q) in zip(have[1:], block, pads, strict=False):
        if back:
            out.append(add(mul(d, b), -int(p) - int(q)))
            continue
        d = add(d, int(p) + int(q))
        if d is not None and d % b:
            raise ValueError(f"Padded dimension {d} of {shapes.show(have)} must be divisible by block_shape {list(block)}")
        out.append(None if d is None else d // b)
    cells = numel(block)
    batch = have[0]
    if back and batch is not None and batch % cells:
        raise ValueError(f"Batch {batch} of {shapes.show(have)} must be divisible by the product of block_shape {list(block)}")
    batch = None if batch is None else batch // cells if back else batch * cells
    return [(batch, *out, *have[n + 1 :])]


def _block(inputs, back):
    block, pads = inputs[1].value(), inputs[2].value()
    return _batch_shape(None if block is None else block.tolist(), pads, inputs[0].shape, back)


def _square(inputs, attrs, back):
    return _batch_shape([attrs["block_size"]] * 2, inputs[1].value(), inputs[0].shape, back)


@movement(
    "SpaceToBatchND",
    "T, Tblock_shape, Tpaddings -> T",
    {"Tblock_shape": int32, "Tpaddings": int32},
    T=ANY,
    Tblock_shape=INDEX,
    Tpaddings=INDEX,
    static=("block_shape", "paddings"),
    shape=lambda inputs, attrs: _block(inputs, False),
)
def space_to_batch_nd(input, block_shape, paddings):
    """Pads dimensions 1…n and moves the positions inside each block into the batch."""
    return _to_batch(input, block_shape.tolist(), paddings)


@movement(
    "BatchToSpaceND",
    "T, Tblock_shape, Tcrops -> T",
    {"Tblock_shape": int32, "Tcrops": int32},
    T=ANY,
    Tblock_shape=INDEX,
    Tcrops=INDEX,
    static=("block_shape", "crops"),
    shape=lambda inputs, attrs: _block(inputs, True),
)
def batch_to_space_nd(input, block_shape, crops):
    """The inverse of SpaceToBatchND: blocks of the batch become positions, then `crops` are cut off."""
    return _from_batch(input, block_shape.tolist(), crops)


@movement("SpaceToBatch", "T, Tpaddings -> T", {"Tpaddings": int32}, T=ANY, Tpaddings=INDEX, static=("paddings",),
          shape=lambda inputs, attrs: _square(inputs, attrs, False))  # fmt: skip
def space_to_batch(input, paddings, *, block_size: "int"):
    """SpaceToBatchND for square blocks of an image batch."""
    return _to_batch(input, [block_size] * 2, paddings)


@movement("BatchToSpace", "T, Tidx -> T", {"Tidx": int32}, T=ANY, Tidx=INDEX, static=("crops",),
          shape=lambda inputs, attrs: _square(inputs, attrs, True))  # fmt: skip
def batch_to_space(input, crops, *, block_size: "int"):
    """BatchToSpaceND for square blocks of an image batch."""
    return _from_batch(input, [block_size] * 2, crops)


# ---- space and depth


def _known_format(data_format):
    if data_format not in ("NHWC", "NCHW"):
        raise NotImplementedError(f"data_format {data_format} of SpaceToDepth and DepthToSpace")
    return data_format == "NCHW"


def _space_to_depth_shape(inputs, attrs):
    have, b = inputs[0].shape, attrs["block_size"]
    if have is None:
        return [(None,) * 4]
    first = _known_format(attrs["data_format"])
    n, h, w, c = (have[0], have[2], have[3], have[1]) if first else have
    for d in (h, w):
        if d is not None and d % b:
            raise ValueError(f"Dimension size must be evenly divisible by {b} but is {d}: input {shapes.show(have)}")
    h, w, c = None if h is None else h // b, None if w is None else w // b, mul(c, b * b)
    return [(n, c, h, w) if first else (n, h, w, c)]


@movement("SpaceToDepth", "T -> T", T=ANY, shape=_space_to_depth_shape)
def space_to_depth(input, *, block_size: "int", data_format="NHWC"):
    """Moves each block of block_size x block_size pixels into the channels, in raster order."""
    b, module = block_size, xp(input)
    if _known_format(data_format):
        n, c, h, w = input.shape
        x = module.reshape(input, [n, c, h // b, b, w // b, b])
        return module.reshape(module.transpose(x, (0, 3, 5, 1, 2, 4)), [n, b * b * c, h // b, w // b])
    n, h, w, c = input.shape
    x = module.reshape(input, [n, h // b, b, w // b, b, c])
    return module.reshape(module.transpose(x, (0, 1, 3, 2, 4, 5)), [n, h // b, w // b, b * b * c])


def _depth_to_space_shape(inputs, attrs):
    have, b = inputs[0].shape, attrs["block_size"]
    if have is None:
        return [(None,) * 4]
    first = _known_format(attrs["data_format"])
    n, h, w, c = (have[0], have[2], have[3], have[1]) if first else have
    if c is not None and c % (b * b):
        raise ValueError(f"Dimension size must be evenly divisible by {b * b} but is {c}: input {shapes.show(have)}")
    h, w, c = mul(h, b), mul(w, b), None if c is None else c // (b * b)
    return [(n, c, h, w) if first else (n, h, w, c)]


@movement("DepthToSpace", "T -> T", T=ANY, shape=_depth_to_space_shape)
def depth_to_space(input, *, block_size: "int", data_format="NHWC"):
    """Moves channels into blocks of block_size x block_size pixels: the inverse of SpaceToDepth."""
    b, module = block_size, xp(input)
    if _known_format(data_format):
        n, c, h, w = input.shape
        x = module.reshape(input, [n, b, b, c // (b * b), h, w])
        return module.reshape(module.transpose(x, (0, 3, 4, 1, 5, 2)), [n, c // (b * b), h * b, w * b])
    n, h, w, c = input.shape
    x = module.reshape(input, [n, h, w, b, b, c // (b * b)])
    return module.reshape(module.transpose(x, (0, 1, 3, 2, 4, 5)), [n, h * b, w * b, c // (b * b)])


# ---- patches


def _places(d, size, stride, rate, padding):
    """The number of patches along a dimension and the zeros before and after it."""
    reach = (size - 1) * rate + 1
    if padding == "VALID":
        return max((d - reach + stride) // stride, 0), 0, 0
    count = -(-d // stride)
    total = max((count - 1) * stride + reach - d, 0)
    return count, total // 2, total - total // 2


def _patches(x, sizes, strides, rates, padding):
    """Patches of the middle dimensions of `x` [batch, …, depth]: one dimension after the other, so few slices are needed."""
    n, counts = len(sizes), []
    for i, (size, stride, rate) in enumerate(zip(sizes, strides, rates, strict=True)):
        axis = 1 + 2 * i  # [batch, count0, size0, …, this dimension, …, depth]
        count, before, after = _places(x.shape[axis], size, stride, rate, padding)
        x = jnp.pad(x, [(before, after) if a == axis else (0, 0) for a in range(x.ndim)])
        cut = [
            jax.lax.slice_in_dim(x, j * rate, j * rate + max((count - 1) * stride + 1, 0), stride, axis) for j in range(size)
        ]
        x = jnp.stack(cut, axis + 1)
        counts.append(count)
    order = [0, *range(1, 2 * n, 2), *range(2, 2 * n + 1, 2), 2 * n + 1]
    return jnp.transpose(x, order).reshape([x.shape[0], *counts, numel(sizes) * x.shape[-1]])


def _patches_shape(inputs, attrs):
    have, n = inputs[0].shape, len(attrs["ksizes"]) - 2
    if have is None:
        return [(None,) * (n + 2)]
    rates, out = attrs.get("rates") or [1] * (n + 2), []
    for i in range(1, n + 1):
        place = (attrs["ksizes"][i], attrs["strides"][i], rates[i], attrs["padding"])
        out.append(None if have[i] is None else _places(have[i], *place)[0])
    return [(have[0], *out, mul(have[-1], numel(attrs["ksizes"][1:-1])))]


@op("ExtractImagePatches", "T -> patches:T", T=dtypes.REAL, shape=_patches_shape)
def extract_image_patches(images, *, ksizes: "list(int)", strides: "list(int)", rates: "list(int)", padding: "string"):
    """Patches of `images` [batch, rows, columns, depth]; each is flattened in the order row, column, depth."""
    return _patches(images, ksizes[1:3], strides[1:3], rates[1:3], padding)


@op("ExtractVolumePatches", "T -> patches:T", T=dtypes.REAL, shape=_patches_shape)
def extract_volume_patches(input, *, ksizes: "list(int)", strides: "list(int)", padding: "string"):
    """Patches of `input` [batch, planes, rows, columns, depth], each flattened."""
    return _patches(input, ksizes[1:4], strides[1:4], [1, 1, 1], padding)


# ---- bytes and numbers


def _bitcast_shape(inputs, attrs):
    have, a, b = inputs[0].shape, inputs[0].dtype.size, attrs["type"].size
    if have is None or a == b:
        return [have]
    if a > b:
        return [(*have, a // b)]
    if not have or have[-1] not in (None, b // a):
        raise ValueError(f"Cannot bitcast from {inputs[0].dtype.name} to {attrs['type'].name} due to shape {shapes.show(have)}")
    return [have[:-1]]


@movement("Bitcast", "T -> type", T=dtypes.NUMERIC | dtypes.QUANTIZED, type=dtypes.NUMERIC | dtypes.QUANTIZED, shape=_bitcast_shape,
          differentiable=False)  # fmt: skip
def bitcast(input, *, type: "type"):
    """The bytes of `input` as elements of another dtype; a last dimension appears or vanishes when the sizes differ."""
    a, b = np.dtype(input.dtype).itemsize, type.size
    if xp(input) is np:
        shape = input.shape if a == b else (*input.shape, a // b) if a > b else input.shape[:-1]
        return np.ascontiguousarray(input).view(type.np).reshape(shape)
    if np.issubdtype(input.dtype, np.complexfloating) or type in dtypes.COMPLEX:
        raise NotImplementedError("Bitcast of complex types on a device")
    return jax.lax.bitcast_convert_type(input, type.np)


@op("CheckNumerics", "T -> T", T=dtypes.FLOATING, host=True, shape=same_shape, differentiable=True)
def check_numerics(tensor, *, message: "string"):
    """`tensor`; an InvalidArgumentError that starts with `message` when it holds NaN or infinity."""
    bad = [name for name, hit in (("Inf", np.isinf(tensor).any()), ("NaN", np.isnan(tensor).any())) if hit]
    if bad:
        raise errors.InvalidArgumentError(None, None, f"{message} : Tensor had {' and '.join(bad)} values")
    return tensor


@check_numerics.vjp
def _check_numerics_grad(inputs, outputs, grads, *, message):
    return grads[0]


def _quantized(x, given, signed, bits, narrow, round_mode):
    """Rounds to the grid of `bits` bits that contains zero; clips to the range when it is `given`, as TensorFlow does."""
    dtype = x.dtype
    low, high = (jnp.min(x), jnp.max(x)) if given is None else given
    least = (-(1 << (bits - 1)) + narrow) if signed else 0
    most = (1 << (bits - 1)) - 1 if signed else (1 << bits) - 1
    small, large = jnp.asarray(least, dtype), jnp.asarray(most, dtype)
    biggest = jnp.asarray(jnp.finfo(dtype).max, dtype)
    by_low = jnp.where(small * low > 0, small / low, biggest)
    by_high = jnp.where(large * high > 0, large / high, biggest)
    scale = jnp.minimum(by_low, by_high)
    low_first = by_low < by_high
    back = jnp.where(low_first, low / small if least else jnp.zeros_like(low), high / large)
    high = jnp.where(low_first, large * back, high)
    low = jnp.where(low_first, low, small * back)
    y = (x if given is None else jnp.clip(x, low, high)) * scale
    y = jnp.round(y) if round_mode == "HALF_TO_EVEN" else jnp.floor(y + jnp.asarray(0.5, dtype))
    return y * back


@op("QuantizeAndDequantizeV2", "T, T, T -> T", T=dtypes.FLOATING, shape=same_shape)
def quantize_and_dequantize_v2(
    input,
    input_min,
    input_max,
    *,
    signed_input=True,
    num_bits=8,
    range_given=False,
    round_mode="HALF_TO_EVEN",
    narrow_range=False,
):
    """Rounds `input` to `num_bits` bits over the given or found range, and back to its own dtype."""
    given = (input_min, input_max) if range_given else None
    return _quantized(input, given, signed_input, num_bits, narrow_range, round_mode)


@quantize_and_dequantize_v2.vjp
def _quantize_v2_grad(inputs, outputs, grads, **attrs):
    return grads[0], None, None


@op("QuantizeAndDequantizeV3", "T, T, T, int32 -> T", T=dtypes.FLOATING, shape=same_shape, static=("num_bits",))
def quantize_and_dequantize_v3(
    input, input_min, input_max, num_bits, *, signed_input=True, range_given=True, narrow_range=False
):
    """As V2, with the number of bits as a tensor."""
    given = (input_min, input_max) if range_given else None
    return _quantized(input, given, signed_input, int(num_bits), narrow_range, "HALF_TO_EVEN")


@quantize_and_dequantize_v3.vjp
def _quantize_v3_grad(inputs, outputs, grads, **attrs):
    return grads[0], None, None, None
