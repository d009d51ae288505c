"""`tf.contrib.image`: images turned, moved and seen from elsewhere by projective transforms of eight numbers."""

import numpy as np

from mainstem.base import dtypes
from mainstem.ops import image_warp as ops
from mainstem.surface import array, linalg, math
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.image import extent

_DTYPES = frozenset({dtypes.uint8, dtypes.int32, dtypes.int64, dtypes.float16, dtypes.float32, dtypes.float64})


def _as_batch(image, name="images"):
    """An image [h, w], [h, w, c] or [n, h, w, c] as [n, h, w, c]. Raises TypeError for another rank or dtype."""
    image = convert_to_tensor(image, name=name)
    if image.dtype.base_dtype not in _DTYPES:
        raise TypeError(f"Invalid dtype {image.dtype!r}.")
    rank = image.shape.ndims
    if rank is None:
        raise TypeError("image rank must be statically known")
    if rank not in (2, 3, 4):
        raise TypeError("Images should have rank between 2 and 4.")
    if rank == 4:
        return image, rank
    return (image[None] if rank == 3 else image[None, :, :, None]), rank


def _rows(value, rank, name, plural):
    """A vector as a matrix of one row (`rank` 1), or a scalar as a vector. Raises TypeError for other ranks."""
    value = convert_to_tensor(value, name=name, dtype=dtypes.float32)
    if value.shape.ndims is None:
        raise TypeError(f"{name} rank must be statically known")
    if value.shape.ndims not in (rank, rank + 1):
        raise TypeError(f"{plural} should have rank {rank} or {rank + 1}.")
    return value[None] if value.shape.ndims == rank else value


def transform(images, transforms, interpolation="NEAREST", output_shape=None, name=None):
    """Images under projective transforms.

    Args:
        images: [h, w], [h, w, c] or [n, h, w, c]; uint8, int32, int64 or floating.
        transforms: [8] or [n, 8]: the pixel (x, y) of the result comes from ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) of the
            image, with k = c0 x + c1 y + 1. Where that is outside, the result is 0.
        interpolation: "NEAREST" or "BILINEAR".
        output_shape: height and width of the result; the image's when None.

    Raises TypeError for another rank or dtype.
    """
    with name_scope(name, "transform"):
        batch, rank = _as_batch(images)
        if output_shape is None:
            size = extent(batch, 4)
            known = all(isinstance(s, int) for s in size)
            output_shape = np.array(size, np.int32) if known else array.shape(batch)[1:3]
        size = convert_to_tensor(output_shape, dtypes.int32, name="output_shape")
        given = _rows(transforms, 1, "transforms", "Transforms")
        made = ops.image_projective_transform_v2(batch, given, size, interpolation=interpolation.upper())
        return made if rank == 4 else made[0] if rank == 3 else made[0, :, :, 0]


def rotate(images, angles, interpolation="NEAREST", name=None):
    """Images turned around their centres by `angles` (radians, counterclockwise): one, or one for each. Raises as `transform`."""
    with name_scope(name, "rotate"):
        batch, _ = _as_batch(images)
        height, width = (math.cast(convert_to_tensor(s), dtypes.float32) for s in extent(batch, 4))
        return transform(images, angles_to_projective_transforms(angles, height, width), interpolation)


def translate(images, translations, interpolation="NEAREST", name=None):
    """Images moved by (dx, dy): one pair, or one for each. Raises as `transform`."""
    with name_scope(name, "translate"):
        return transform(images, translations_to_projective_transforms(translations), interpolation)


def angles_to_projective_transforms(angles, image_height, image_width, name=None):
    """The transforms [n, 8] that turn images around their centres. Raises TypeError for angles of another rank than 0 or 1."""
    with name_scope(name, "angles_to_projective_transforms"):
        angles = _rows(angles, 0, "angles", "Angles")
        cos, sin = math.cos(angles), math.sin(angles)
        right, down = (convert_to_tensor(s, dtypes.float32) - np.float32(1) for s in (image_width, image_height))
        x = (right - (cos * right - sin * down)) / np.float32(2)
        y = (down - (sin * right + cos * down)) / np.float32(2)
        none = array.zeros_like(angles)
        return array.stack([cos, -sin, x, sin, cos, y, none, none], axis=1)


def translations_to_projective_transforms(translations, name=None):
    """The transforms [n, 8] that move images by (dx, dy). Raises TypeError for another rank than 1 or 2."""
    with name_scope(name, "translations_to_projective_transforms"):
        moved = _rows(translations, 1, "translations", "Translations")
        none = array.zeros_like(moved[:, 0])
        one = array.ones_like(none)
        return array.stack([one, none, -moved[:, 0], none, one, -moved[:, 1], none, none], axis=1)


def flat_transforms_to_matrices(transforms):
    """Transforms [n, 8] as matrices [n, 3, 3]."""
    with name_scope("flat_transforms_to_matrices"):
        flat = array.reshape(convert_to_tensor(transforms, dtypes.float32, name="transforms"), [-1, 8])
        return array.reshape(array.concat([flat, array.ones_like(flat[:, :1])], axis=1), [-1, 3, 3])


def matrices_to_flat_transforms(transform_matrices):
    """Matrices [n, 3, 3] as transforms [n, 8], scaled so that the last entry, which is left out, is 1."""
    with name_scope("matrices_to_flat_transforms"):
        matrices = convert_to_tensor(transform_matrices, dtypes.float32, name="matrices")
        if matrices.shape.ndims not in (2, 3):
            raise ValueError(f"Matrices should be 2-D or 3-D, got: {matrices}")
        flat = array.reshape(matrices, [-1, 9])
        return (flat / flat[:, 8:9])[:, :8]


def compose_transforms(*transforms):
    """The transform [n, 8] that is several, [8] or [n, 8], one after the other."""
    assert transforms, "transforms cannot be empty"
    with name_scope("compose_transforms"):
        made = flat_transforms_to_matrices(transforms[0])
        for other in transforms[1:]:
            made = linalg.matmul(made, flat_transforms_to_matrices(other))
        return matrices_to_flat_transforms(made)
