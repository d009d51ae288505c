"""Geometry of images: `tf.image.resize*`, flips, rotation, crops and padding.

Images are [h, w, channels] or [batch, h, w, channels]. What is known of their size when the graph is built is checked there.
"""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.ops import array, fill, index, math, slicing
from mainstem.ops import image as ops
from mainstem.ops import image_glimpse as glimpses
from mainstem.surface import random
from mainstem.surface.array import constant_value
from mainstem.surface.framework import convert_to_tensor, name_scope


class ResizeMethod:
    """The methods of `tf.image.resize_images`, by their TensorFlow 1 numbers."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, AREA = range(4)


class ResizeMethodV2:
    """The methods of `tf.image.resize`, by their TensorFlow 2 names."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, AREA = "bilinear", "nearest", "bicubic", "area"
    LANCZOS3, LANCZOS5, GAUSSIAN, MITCHELLCUBIC = "lanczos3", "lanczos5", "gaussian", "mitchellcubic"


def image_rank(image, what="image"):
    """3 or 4. Raises ValueError for another rank; an image of unknown rank counts as 3."""
    rank = image.shape.ndims
    if rank not in (None, 3, 4):
        least = "must be at least three-dimensional." if rank < 3 else "must have either 3 or 4 dimensions."
        raise ValueError(f"'{what}' {least} Got shape {image.shape}.")
    return rank or 3


def extent(image, rank):
    """Height and width: ints where known, else int32 scalars."""
    known = shapes.as_tuple(image.shape) or (None,) * rank
    out, dynamic = [], None
    for i in (rank - 3, rank - 2):
        if known[i] is None and dynamic is None:
            dynamic = array.shape(image)
        out.append(known[i] if known[i] is not None else scalar_at(dynamic, i))
    return out


def scalar_at(vector, i):
    """Element `i` of a vector, as a scalar tensor."""
    one = np.array([1], np.int32)
    return slicing.strided_slice(vector, np.array([i], np.int32), np.array([i + 1], np.int32), one, shrink_axis_mask=1)


def _is_known(*values):
    return all(isinstance(v, (int, np.integer)) for v in values)


def _number(value):
    """A Python int where the value is known, else the int32 tensor."""
    if _is_known(value):
        return int(value)
    tensor = convert_to_tensor(value, dtypes.int32)
    known = constant_value(tensor)
    return tensor if known is None else int(known)


def _larger(x, y):
    return max(x, y) if _is_known(x, y) else math.maximum(x, y)


def _smaller(x, y):
    return min(x, y) if _is_known(x, y) else math.minimum(x, y)


def _minus(x, y):
    return x - y if _is_known(x, y) else math.sub(x, y)


def _half(x):
    return x // 2 if _is_known(x) else math.floor_div(x, 2)


def _pack(values):
    if _is_known(*values):
        return np.array(values, np.int32)
    return array.pack([convert_to_tensor(v, dtypes.int32) for v in values])


# ---- resizing

_V1 = {
    ResizeMethod.BILINEAR: ops.resize_bilinear,
    ResizeMethod.NEAREST_NEIGHBOR: ops.resize_nearest_neighbor,
    ResizeMethod.BICUBIC: ops.resize_bicubic,
    ResizeMethod.AREA: ops.resize_area,
    "bilinear": ops.resize_bilinear,
    "nearest": ops.resize_nearest_neighbor,
    "bicubic": ops.resize_bicubic,
    "area": ops.resize_area,
}


def _fitted(size, height, width):
    """The largest size inside `size` with the proportions of the image."""
    known = constant_value(size)
    if known is not None and _is_known(height, width):
        scale = min(np.float32(known[0]) / np.float32(height), np.float32(known[1]) / np.float32(width))
        return convert_to_tensor(
            np.array([round(float(scale * np.float32(d))) for d in (height, width)], np.int32), name="size"
        )
    extents = [math.cast(convert_to_tensor(d, dtypes.int32), DstT=dtypes.float32) for d in (height, width)]
    scales = [math.real_div(math.cast(scalar_at(size, i), DstT=dtypes.float32), extents[i]) for i in (0, 1)]
    scale = math.minimum(*scales)
    return array.pack([math.cast(math.round_(math.mul(scale, e)), DstT=dtypes.int32) for e in extents])


def _resized(images, size, resizer, preserve_aspect_ratio, keep_equal, scope):
    with name_scope(scope, "resize", [images, size]):
        images = convert_to_tensor(images, name="images")
        if images.shape.ndims is None:
            raise ValueError("'images' contains no shape.")
        if images.shape.ndims not in (3, 4):
            raise ValueError(f"'images' must have either 3 or 4 dimensions. Got shape {images.shape}.")
        batched = images.shape.ndims == 4
        if not batched:
            images = array.expand_dims(images, 0)
        height, width = extent(images, 4)
        size = _size(size)
        if preserve_aspect_ratio:
            size = _fitted(size, height, width)
        known = constant_value(size)
        if keep_equal and known is not None and _is_known(height, width) and known.tolist() == [height, width]:
            return images if batched else array.squeeze(images, squeeze_dims=[0])
        images = resizer(images, size)
        return images if batched else array.squeeze(images, squeeze_dims=[0])


def _size(size):
    try:
        size = convert_to_tensor(size, dtypes.int32, name="size")
    except (TypeError, ValueError):
        raise ValueError("'size' must be a 1-D int32 Tensor") from None
    if not size.shape.is_compatible_with([2]):
        raise ValueError("'size' must be a 1-D Tensor of 2 elements: new_height, new_width")
    return size


def resize_images_v1(images, size, method=ResizeMethod.BILINEAR, align_corners=False, preserve_aspect_ratio=False, name=None):
    """Images at another `size` (height, width), by the coordinates of TensorFlow 1 (pixel corners, no antialiasing).

    Gives float32, except that NEAREST_NEIGHBOR keeps the dtype and images that already have the size come back unchanged.
    Raises ValueError for an unknown method or wrong ranks.
    """
    if method not in _V1:
        raise ValueError(f"Resize method is not implemented: {method!r}.")

    def resizer(images, size):
        return _V1[method](images, size, align_corners=align_corners)

    return _resized(images, size, resizer, preserve_aspect_ratio, True, name)


resize_v1 = resize_images_v1  # tf.image.resize of TensorFlow 1


def _kernel_resizer(kernel, antialias):
    def resizer(images, size):
        now = convert_to_tensor(_pack(extent(images, 4)), dtypes.int32)
        scale = math.real_div(math.cast(size, DstT=dtypes.float32), math.cast(now, DstT=dtypes.float32))
        zero = np.zeros(2, np.float32)
        return ops.scale_and_translate(images, size, scale, zero, kernel_type=kernel, antialias=antialias)

    return resizer


_KERNELS = ("lanczos3", "lanczos5", "gaussian", "mitchellcubic")


def _resizer_v2(method, antialias):
    if method in _KERNELS:
        return _kernel_resizer(method, antialias)
    if antialias and method in ("bilinear", "bicubic"):
        return _kernel_resizer({"bilinear": "triangle", "bicubic": "keyscubic"}[method], True)
    if method == "area":
        return ops.resize_area
    op = _V1[method]
    return lambda images, size: op(images, size, half_pixel_centers=True)


def resize(images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False, name=None):
    """Images at another `size` (height, width), by the coordinates of TensorFlow 2 (pixel centres).

    `antialias` widens the kernel of an image that shrinks. Gives float32, "nearest" the images' dtype.
    """
    if isinstance(method, int) and 0 <= method < 4:
        method = ("bilinear", "nearest", "bicubic", "area")[method]
    if method not in _V1 and method not in _KERNELS:
        raise ValueError(f"Resize method is not implemented: {method!r}.")
    return _resized(images, size, _resizer_v2(method, antialias), preserve_aspect_ratio, False, name)


def resize_bilinear(images, size, align_corners=False, name=None, half_pixel_centers=False):
    """Images [n, h, w, c] at another size by linear interpolation, float32."""
    return ops.resize_bilinear(images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name)


def resize_nearest_neighbor(images, size, align_corners=False, name=None, half_pixel_centers=False):
    """Images [n, h, w, c] at another size, pixels copied."""
    return ops.resize_nearest_neighbor(
        images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name
    )


def resize_bicubic(images, size, align_corners=False, name=None, half_pixel_centers=False):
    """Images [n, h, w, c] at another size by cubic convolution, float32."""
    return ops.resize_bicubic(images, size, align_corners=align_corners, half_pixel_centers=half_pixel_centers, name=name)


def resize_area(images, size, align_corners=False, name=None):
    """Images [n, h, w, c] at another size, each pixel the mean of the area it covers, float32."""
    return ops.resize_area(images, size, align_corners=align_corners, name=name)


def crop_and_resize(image, boxes, box_indices, crop_size, method="bilinear", extrapolation_value=0.0, name=None):
    """Cuts boxes [m, (y1, x1, y2, x2)], in units of the image's extent, out of images number `box_indices` [m], at `crop_size`."""
    return ops.crop_and_resize(
        image, boxes, box_indices, crop_size, method=method, extrapolation_value=extrapolation_value, name=name
    )


def crop_and_resize_v1(
    image, boxes, box_ind=None, crop_size=None, method="bilinear", extrapolation_value=0, name=None, box_indices=None
):
    """As `crop_and_resize`; `box_ind` is the old name of `box_indices`."""
    chosen = box_indices if box_indices is not None else box_ind
    return crop_and_resize(image, boxes, chosen, crop_size, method, extrapolation_value, name)


def extract_glimpse(input, size, offsets, centered=True, normalized=True, noise="uniform", name=None):
    """Windows of images [n, height, width, c] around points.

    Args:
        size: [h, w] of a window, int32.
        offsets: [n, (y, x)], float32.
        centered: whether offsets count from the middle of the image, else from the upper left corner.
        normalized: whether offsets are shares of the image (from -1 to 1 when centered), else pixels.
        noise: what lies outside of the image: "uniform", "gaussian" or "zero".

    Gives [n, h, w, c]. Windows around centered, normalized points have them in the middle, others begin there.
    """
    return glimpses.extract_glimpse_v2(
        input, size, offsets, centered=centered, normalized=normalized, uniform_noise=False, noise=noise, name=name
    )


def extract_glimpse_v1(input, size, offsets, centered=True, normalized=True, uniform_noise=True, name=None):
    """As `extract_glimpse`, but all windows begin half of their size before the point; what lies outside is uniform noise."""
    return glimpses.extract_glimpse(
        input, size, offsets, centered=centered, normalized=normalized, uniform_noise=uniform_noise, name=name
    )


# ---- cutting and padding


def crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """The part of an image that starts at the offsets and has the target size. Raises ValueError where it does not fit."""
    with name_scope(None, "crop_to_bounding_box", [image]):
        image = convert_to_tensor(image, name="image")
        rank = image_rank(image)
        height, width = extent(image, rank)
        top, left, rows, columns = (_number(v) for v in (offset_height, offset_width, target_height, target_width))
        for value, text in (
            (left, "offset_width must be >= 0."),
            (top, "offset_height must be >= 0."),
            (columns - 1 if _is_known(columns) else 0, "target_width must be > 0."),
            (rows - 1 if _is_known(rows) else 0, "target_height must be > 0."),
            (width - columns - left if _is_known(width, columns, left) else 0, "width must be >= target + offset."),
            (height - rows - top if _is_known(height, rows, top) else 0, "height must be >= target + offset."),
        ):
            if _is_known(value) and value < 0:
                raise ValueError(text)
        begin, size = [top, left, 0], [rows, columns, -1]
        if rank == 4:
            begin, size = [0, *begin], [-1, *size]
        return _sized(slicing.slice_(image, _pack(begin), _pack(size)), rows, columns, image, rank)


def _sized(made, rows, columns, image, rank):
    """`made` with what is known of its size."""
    known = shapes.as_tuple(image.shape) or (None,) * rank
    made.set_shape([*known[: rank - 3], *(v if _is_known(v) else None for v in (rows, columns)), known[-1]])
    return made


def pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """An image on a canvas of zeros of the target size, at the offsets. Raises ValueError where it does not fit."""
    with name_scope(None, "pad_to_bounding_box", [image]):
        image = convert_to_tensor(image, name="image")
        rank = image_rank(image)
        height, width = extent(image, rank)
        top, left, rows, columns = (_number(v) for v in (offset_height, offset_width, target_height, target_width))
        below, right = _minus(_minus(rows, top), height), _minus(_minus(columns, left), width)
        for value, text in (
            (top, "offset_height must be >= 0"),
            (left, "offset_width must be >= 0"),
            (right, "width must be <= target - offset"),
            (below, "height must be <= target - offset"),
        ):
            if _is_known(value) and value < 0:
                raise ValueError(text)
        pads = [0, 0] * (rank == 4) + [top, below, left, right, 0, 0]
        pads = array.reshape(_pack(pads), np.array([rank, 2], np.int32))
        return _sized(fill.pad(image, pads), rows, columns, image, rank)


def resize_image_with_crop_or_pad(image, target_height, target_width):
    """The middle of an image, cut or padded with zeros to the target size."""
    with name_scope(None, "resize_image_with_crop_or_pad", [image]):
        image = convert_to_tensor(image, name="image")
        rank = image_rank(image)
        rows, columns = _number(target_height), _number(target_width)
        for value, text in ((columns, "target_width must be > 0."), (rows, "target_height must be > 0.")):
            if _is_known(value) and value <= 0:
                raise ValueError(text)
        height, width = extent(image, rank)
        cut = [_larger(_half(_minus(have, want)), 0) for have, want in ((height, rows), (width, columns))]
        margin = [_larger(_half(_minus(want, have)), 0) for have, want in ((height, rows), (width, columns))]
        cropped = crop_to_bounding_box(image, *cut, _smaller(rows, height), _smaller(columns, width))
        return pad_to_bounding_box(cropped, *margin, rows, columns)


resize_with_crop_or_pad = resize_image_with_crop_or_pad


def _with_pad(image, target_height, target_width, resizer):
    with name_scope(None, "resize_image_with_pad", [image]):
        image = convert_to_tensor(image, name="image")
        rank = image_rank(image)
        rows, columns = _number(target_height), _number(target_width)
        for value, text in ((columns, "target_width must be > 0."), (rows, "target_height must be > 0.")):
            if _is_known(value) and value <= 0:
                raise ValueError(text)
        height, width = extent(image, rank)
        if not _is_known(rows, columns, height, width):
            raise NotImplementedError(
                "tf.image.resize_with_pad: the sizes of image and target must be known when the graph is built."
            )
        ratio = max(width / columns, height / rows)
        inner = height / ratio, width / ratio
        margin = [max(int((want - have) / 2), 0) for want, have in zip((rows, columns), inner, strict=True)]
        resized = resizer(image, np.array([int(v) for v in inner], np.int32))
        return pad_to_bounding_box(resized, *margin, rows, columns)


def resize_image_with_pad_v1(image, target_height, target_width, method=ResizeMethod.BILINEAR, align_corners=False):
    """An image shrunk or grown, its proportions kept, and padded with zeros to the target size (TensorFlow 1 coordinates)."""
    return _with_pad(
        image, target_height, target_width, lambda im, size: resize_images_v1(im, size, method, align_corners=align_corners)
    )


def resize_with_pad(image, target_height, target_width, method="bilinear", antialias=False):
    """An image shrunk or grown, its proportions kept, and padded with zeros to the target size (TensorFlow 2 coordinates)."""
    return _with_pad(image, target_height, target_width, lambda im, size: resize(im, size, method, antialias=antialias))


def central_crop(image, central_fraction):
    """The middle of an image, `central_fraction` of each side. Raises ValueError for a fraction outside (0, 1]."""
    with name_scope(None, "central_crop", [image]):
        image = convert_to_tensor(image, name="image")
        if not 0 < central_fraction <= 1:
            raise ValueError("central_fraction must be within (0, 1]")
        if central_fraction == 1.0:
            return image
        rank = image_rank(image)
        starts, sizes = [], []
        for d in extent(image, rank):
            if _is_known(d):
                start = int((d - d * central_fraction) / 2)
            else:
                d64 = math.cast(d, DstT=dtypes.float64)
                gone = math.sub(d64, math.mul(d64, np.float64(central_fraction)))
                start = math.cast(math.real_div(gone, np.float64(2)), DstT=dtypes.int32)
            starts.append(start)
            sizes.append(_minus(d, start * 2 if _is_known(start) else math.mul(start, 2)))
        begin, size = [*starts, 0], [*sizes, -1]
        if rank == 4:
            begin, size = [0, *begin], [-1, *size]
        return slicing.slice_(image, _pack(begin), _pack(size))


# ---- mirrors and turns


def _flip(image, axis, scope):
    with name_scope(None, scope, [image]):
        image = convert_to_tensor(image, name="image")
        rank = image_rank(image)
        return array.reverse_v2(image, np.array([axis + rank - 3], np.int32))


def flip_left_right(image):
    """The mirror image with left and right exchanged."""
    return _flip(image, 1, "flip_left_right")


def flip_up_down(image):
    """The mirror image with top and bottom exchanged."""
    return _flip(image, 0, "flip_up_down")


def random_flip(image, axis, draw, scope):
    """Mirrors axis 0 (rows) or 1 where `draw(shape)`, uniform in [0, 1), says so: below 1/2, for a batch from 1/2 on."""
    with name_scope(None, scope, [image]):
        image = convert_to_tensor(image, name="image")
        rank = image_rank(image)
        turned = np.array([axis + rank - 3], np.int32)
        if rank == 3:
            mirrored = math.less(draw([]), 0.5)
            return index.select(mirrored, array.reverse_v2(image, turned), image)
        batch = shapes.as_tuple(image.shape)[0]
        batch = scalar_at(array.shape(image), 0) if batch is None else batch
        flips = math.round_(array.reshape(draw([batch]), _pack([batch, 1, 1, 1])))
        flips = math.cast(flips, DstT=image.dtype.base_dtype)
        kept = math.sub(fill.ones_like(flips), flips)
        return math.add(math.mul(flips, array.reverse_v2(image, turned)), math.mul(kept, image))


def random_flip_left_right(image, seed=None):
    """The image or its mirror image (left and right), each with probability 1/2; each image of a batch by itself."""
    return random_flip(image, 1, lambda shape: random.random_uniform(shape, 0, 1.0, seed=seed), "random_flip_left_right")


def random_flip_up_down(image, seed=None):
    """The image or its mirror image (top and bottom), each with probability 1/2; each image of a batch by itself."""
    return random_flip(image, 0, lambda shape: random.random_uniform(shape, 0, 1.0, seed=seed), "random_flip_up_down")


def transpose_image(image, name=None):
    """The image with rows and columns exchanged."""
    with name_scope(name, "transpose", [image]):
        image = convert_to_tensor(image, name="image")
        perm = [1, 0, 2] if image_rank(image) == 3 else [0, 2, 1, 3]
        return array.transpose(image, np.array(perm, np.int32))


def rot90(image, k=1, name=None):
    """The image turned counter-clockwise by `k` quarters; `k` must be known when the graph is built."""
    with name_scope(name, "rot90", [image, k]):
        image = convert_to_tensor(image, name="image")
        k = _number(k)
        if not _is_known(k):
            raise NotImplementedError("tf.image.rot90: 'k' must be known when the graph is built.")
        rank = image_rank(image)
        rows, columns = (np.array([i + rank - 3], np.int32) for i in (0, 1))
        perm = np.array([1, 0, 2] if rank == 3 else [0, 2, 1, 3], np.int32)
        k %= 4
        if k == 1:
            return array.transpose(array.reverse_v2(image, columns), perm)
        if k == 2:
            return array.reverse_v2(image, np.concatenate([rows, columns]))
        if k == 3:
            return array.reverse_v2(array.transpose(image, perm), columns)
        return image
