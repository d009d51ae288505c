"""Padding and blocks: `pad`, `space_to_batch`, `space_to_depth`, image patches, and number checks."""

import numpy as np

from mainstem.base import dtypes
from mainstem.ops import array as array_ops
from mainstem.ops import blocks, fill
from mainstem.ops import math as math_ops
from mainstem.surface import array
from mainstem.surface.framework import constant_v1, convert_to_tensor, name_scope


def pad_v1(tensor, paddings, mode="CONSTANT", name=None, constant_values=0):
    """`tensor` with paddings[i] = (before, after) entries added along dimension i: `constant_values`, or a reflection.

    `mode` is CONSTANT, REFLECT (without the border element) or SYMMETRIC (with it). Raises ValueError for any other.
    """
    kind = mode.upper()
    if kind == "CONSTANT":
        if not isinstance(constant_values, (int, float)) or constant_values != 0:
            return fill.pad_v2(tensor, paddings, constant_values, name=name)
        return fill.pad(tensor, paddings, name=name)
    if kind in ("REFLECT", "SYMMETRIC"):
        return fill.mirror_pad(tensor, paddings, mode=kind, name=name)
    raise ValueError(f"Unknown padding mode: {mode}")


def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    """`tensor` with paddings[i] = (before, after) entries added along dimension i; see `pad_v1`."""
    return pad_v1(tensor, paddings, mode, name, constant_values)


def _one_name(new, old, new_name, old_name):
    if new is not None and old is not None:
        raise ValueError(f"Cannot specify both '{new_name}' and '{old_name}'")
    return old if new is None else new


def space_to_batch_v1(input, paddings, block_size=None, name=None, block_shape=None):
    """Pads the two dimensions after the batch and moves the positions inside each block into the batch."""
    size = _one_name(block_shape, block_size, "block_shape", "block_size")
    size = [size, size] if np.ndim(size) == 0 else size
    return blocks.space_to_batch_nd(input, size, paddings, name=name)


def space_to_batch(input, block_shape, paddings, name=None):
    """Pads dimensions 1…n and moves the positions inside each block into the batch."""
    return space_to_batch_v1(input, paddings, block_shape, name)


def space_to_batch_nd(input, block_shape, paddings, name=None):
    """Pads dimensions 1…n and moves the positions inside each block into the batch."""
    return blocks.space_to_batch_nd(input, block_shape, paddings, name=name)


def batch_to_space_v1(input, crops, block_size, name=None, block_shape=None):
    """The inverse of `space_to_batch_v1`."""
    size = block_shape if block_size is None else block_size
    size = [size, size] if np.ndim(size) == 0 else size
    return blocks.batch_to_space_nd(input, size, crops, name=name)


def batch_to_space(input, block_shape, crops, name=None):
    """Blocks of the batch become positions of dimensions 1…n, then `crops` are cut off."""
    return batch_to_space_v1(input, crops, block_shape, name)


def batch_to_space_nd(input, block_shape, crops, name=None):
    """Blocks of the batch become positions of dimensions 1…n, then `crops` are cut off."""
    return blocks.batch_to_space_nd(input, block_shape, crops, name=name)


def required_space_to_batch_paddings(input_shape, block_shape, base_paddings=None, name=None):
    """Paddings that make `input_shape` divisible by `block_shape`, and the crops that undo the surplus; both [n, 2].

    Raises ValueError when `block_shape` is not a vector of known length.
    """
    with name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        input_shape = convert_to_tensor(input_shape, dtype=dtypes.int32, name="input_shape")
        block_shape = convert_to_tensor(block_shape, dtype=dtypes.int32, name="block_shape")
        if block_shape.shape.ndims != 1 or not block_shape.shape.is_fully_defined():
            raise ValueError(f"block_shape must be a vector of known length. Got shape {block_shape.shape}.")
        n = block_shape.shape.num_elements()
        if n == 0:
            return array.zeros([0, 2], dtypes.int32), array.zeros([0, 2], dtypes.int32)
        if base_paddings is None:
            base_paddings = array.zeros([n, 2], dtypes.int32)
        base_paddings = convert_to_tensor(base_paddings, dtype=dtypes.int32, name="base_paddings")
        have, block, base = (array.constant_value(t) for t in (input_shape, block_shape, base_paddings))
        if have is not None and block is not None and base is not None:
            extra = -(have + base.sum(1)) % block
            both = (np.stack([base[:, 0], base[:, 1] + extra], 1), np.stack([0 * extra, extra], 1))
            named = zip(both, ("paddings", "crops"), strict=True)
            return tuple(constant_v1(v.astype(np.int32), dtypes.int32, name=k) for v, k in named)
        start, end = array_ops.unpack(base_paddings, num=2, axis=1)
        whole = math_ops.add(math_ops.add(input_shape, start), end)
        extra = math_ops.floor_mod(math_ops.sub(block_shape, math_ops.floor_mod(whole, block_shape)), block_shape)
        paddings = array_ops.pack([start, math_ops.add(end, extra)], axis=1, name="paddings")
        crops = array_ops.pack([array.zeros([n], dtypes.int32), extra], axis=1, name="crops")
        return paddings, crops


def space_to_depth_v1(input, block_size, name=None, data_format="NHWC"):
    """Blocks of block_size x block_size pixels moved into the channels, in raster order."""
    return blocks.space_to_depth(input, block_size=block_size, data_format=data_format, name=name)


def space_to_depth(input, block_size, data_format="NHWC", name=None):
    """Blocks of block_size x block_size pixels moved into the channels, in raster order."""
    return space_to_depth_v1(input, block_size, name, data_format)


def depth_to_space_v1(input, block_size, name=None, data_format="NHWC"):
    """Channels moved into blocks of block_size x block_size pixels."""
    return blocks.depth_to_space(input, block_size=block_size, data_format=data_format, name=name)


def depth_to_space(input, block_size, data_format="NHWC", name=None):
    """Channels moved into blocks of block_size x block_size pixels."""
    return depth_to_space_v1(input, block_size, name, data_format)


def extract_image_patches_v1(images, ksizes=None, strides=None, rates=None, padding=None, name=None, sizes=None):
    """Patches of `images` [batch, rows, columns, depth] flattened into the last dimension (order: row, column, depth)."""
    ksizes = _one_name(sizes, ksizes, "sizes", "ksizes")
    return blocks.extract_image_patches(images, ksizes=ksizes, strides=strides, rates=rates, padding=padding, name=name)


def extract_patches(images, sizes, strides, rates, padding, name=None):
    """Patches of `images` [batch, rows, columns, depth] flattened into the last dimension (order: row, column, depth)."""
    return blocks.extract_image_patches(images, ksizes=sizes, strides=strides, rates=rates, padding=padding, name=name)


def extract_volume_patches(input, ksizes, strides, padding, name=None):
    """Patches of `input` [batch, planes, rows, columns, depth] flattened into the last dimension."""
    return blocks.extract_volume_patches(input, ksizes=ksizes, strides=strides, padding=padding, name=name)


def check_numerics(tensor, message, name=None):
    """`tensor`; a run raises InvalidArgumentError with `message` when it holds NaN or infinity."""
    return blocks.check_numerics(tensor, message=message, name=name)


def quantize_and_dequantize(
    input,
    input_min,
    input_max,
    signed_input=True,
    num_bits=8,
    range_given=False,
    round_mode="HALF_TO_EVEN",
    name=None,
    narrow_range=False,
    axis=None,
):
    """`input` rounded to `num_bits` bits over the given or found range, and back."""
    if axis not in (None, -1):
        raise NotImplementedError("quantize_and_dequantize: axis")
    return blocks.quantize_and_dequantize_v2(
        input,
        input_min,
        input_max,
        signed_input=signed_input,
        num_bits=num_bits,
        range_given=range_given,
        round_mode=round_mode,
        narrow_range=narrow_range,
        name=name,
    )
