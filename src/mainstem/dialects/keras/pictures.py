"""`tf.keras.preprocessing.image`: image files as arrays, and single images turned, shifted, sheared, zoomed and lit otherwise."""

import importlib
import io
import pathlib

import numpy as np

from mainstem.dialects.keras import backend

MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_SAMPLING = {
    "nearest": "NEAREST",
    "bilinear": "BILINEAR",
    "bicubic": "BICUBIC",
    "hamming": "HAMMING",
    "box": "BOX",
    "lanczos": "LANCZOS",
}


def load_img(path, grayscale=False, color_mode="rgb", target_size=None, interpolation="nearest"):
    """The image of a file, as Pillow has it.

    Args:
        path: of the file.
        grayscale: the older way to say `color_mode="grayscale"`.
        color_mode: "grayscale", "rgb" or "rgba".
        target_size: (height, width), or None for that of the file.
        interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".

    Raises ValueError for other words.
    """
    color_mode = "grayscale" if grayscale else color_mode
    images = importlib.import_module("PIL.Image")
    with open(path, "rb") as f:
        image = images.open(io.BytesIO(f.read()))
    if color_mode not in MODES:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    deep = color_mode == "grayscale" and image.mode in ("I;16", "I")  # 16 bits stay
    if image.mode != MODES[color_mode] and not deep:
        image = image.convert(MODES[color_mode])
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    if interpolation not in _SAMPLING:
        known = ", ".join(_SAMPLING)
        raise ValueError(f"Invalid interpolation method {interpolation} specified. Supported methods are {known}")
    return image.resize((target_size[1], target_size[0]), getattr(images.Resampling, _SAMPLING[interpolation]))


def _format(data_format):
    data_format = backend.image_data_format() if data_format is None else data_format
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(f"Unknown data_format: {data_format}")
    return data_format


def img_to_array(img, data_format=None, dtype=None):
    """An image of Pillow as an array [h, w, channels] or [channels, h, w]. Raises ValueError for other shapes and formats."""
    data_format, x = _format(data_format), np.asarray(img, dtype=dtype or backend.floatx())
    if x.ndim not in (2, 3):
        raise ValueError(f"Unsupported image shape: {x.shape}")
    x = x.reshape((*x.shape, 1)) if x.ndim == 2 else x
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array of one image as one of Pillow; with `scale` its smallest and largest entries become 0 and 255.

    Raises ValueError for other ranks and numbers of channels.
    """
    images, data_format = importlib.import_module("PIL.Image"), _format(data_format)
    x = np.asarray(x, dtype=dtype or backend.floatx())
    if x.ndim != 3:
        raise ValueError(f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}")
    x = x.transpose(1, 2, 0) if data_format == "channels_first" else x
    if scale:
        x = x - np.min(x)
        largest = np.max(x)
        x = (x / largest if largest != 0 else x) * 255
    channels = x.shape[2]
    if channels in (3, 4):
        return images.fromarray(x.astype("uint8"), MODES["rgba" if channels == 4 else "rgb"])
    if channels != 1:
        raise ValueError(f"Unsupported channel number: {channels}")
    x = x[:, :, 0]
    return images.fromarray(x.astype("int32"), "I") if np.max(x) > 255 else images.fromarray(x.astype("uint8"), "L")


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Writes an array of one image to a file; see `array_to_img`."""
    image = array_to_img(x, data_format=data_format, scale=scale)
    named = (file_format or pathlib.Path(str(path)).suffix.lstrip(".")).lower()
    if image.mode == "RGBA" and named in ("jpg", "jpeg"):
        image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)


def apply_affine_transform(
    x,
    theta=0,
    tx=0,
    ty=0,
    shear=0,
    zx=1,
    zy=1,
    row_axis=0,
    col_axis=1,
    channel_axis=2,
    fill_mode="nearest",
    cval=0.0,
    order=1,
):
    """An image turned by `theta` degrees, shifted by `tx` rows and `ty` columns, sheared by `shear` degrees and zoomed.

    Args:
        zx, zy: how many pixels become one, along rows and columns.
        row_axis, col_axis, channel_axis: of `x`.
        fill_mode, cval, order: as of `scipy.ndimage.affine_transform`.
    """
    matrix = np.eye(3)
    if theta:
        c, s = np.cos(np.deg2rad(theta)), np.sin(np.deg2rad(theta))
        matrix = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    if tx or ty:
        matrix = matrix @ np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear:
        c, s = np.cos(np.deg2rad(shear)), np.sin(np.deg2rad(shear))
        matrix = matrix @ np.array([[1, -s, 0], [0, c, 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        matrix = matrix @ np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    if np.array_equal(matrix, np.eye(3)):
        return x
    middle = [float(x.shape[row_axis]) / 2 + 0.5, float(x.shape[col_axis]) / 2 + 0.5]
    to, back = np.eye(3), np.eye(3)
    to[:2, 2], back[:2, 2] = middle, [-m for m in middle]
    matrix = to @ matrix @ back
    turn = importlib.import_module("scipy.ndimage").affine_transform
    planes = np.moveaxis(x, channel_axis, 0)
    made = [turn(p, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval) for p in planes]
    return np.moveaxis(np.stack(made), 0, channel_axis)


def apply_channel_shift(x, intensity, channel_axis=0):
    """An image with `intensity` added to every entry, within what the image's entries were."""
    return np.clip(x + intensity, np.min(x), np.max(x))


def apply_brightness_shift(x, brightness):
    """An image `brightness` times as bright."""
    image = array_to_img(x)
    return img_to_array(importlib.import_module("PIL.ImageEnhance").Brightness(image).enhance(brightness))


def random_rotation(x, rg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1):
    """An image turned by at most `rg` degrees."""
    theta = np.random.uniform(-rg, rg)
    axes = {"row_axis": row_axis, "col_axis": col_axis, "channel_axis": channel_axis}
    return apply_affine_transform(x, theta=theta, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order)


def random_shift(x, wrg, hrg, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1):
    """An image shifted by at most these shares of its width and height."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    axes = {"row_axis": row_axis, "col_axis": col_axis, "channel_axis": channel_axis}
    return apply_affine_transform(x, tx=tx, ty=ty, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order)


def random_shear(x, intensity, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1):
    """An image sheared by at most `intensity` degrees."""
    shear = np.random.uniform(-intensity, intensity)
    axes = {"row_axis": row_axis, "col_axis": col_axis, "channel_axis": channel_axis}
    return apply_affine_transform(x, shear=shear, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order)


def random_zoom(x, zoom_range, row_axis=1, col_axis=2, channel_axis=0, fill_mode="nearest", cval=0.0, interpolation_order=1):
    """An image zoomed by factors in a range. Raises ValueError for a range that is no pair."""
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}")
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(zoom_range[0], zoom_range[1], 2)
    axes = {"row_axis": row_axis, "col_axis": col_axis, "channel_axis": channel_axis}
    return apply_affine_transform(x, zx=zx, zy=zy, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order)


def random_channel_shift(x, intensity_range, channel_axis=0):
    """`apply_channel_shift` by at most `intensity_range`."""
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range), channel_axis=channel_axis)


def random_brightness(x, brightness_range):
    """`apply_brightness_shift` by a factor in a range. Raises ValueError for a range that is no pair."""
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
    return apply_brightness_shift(x, np.random.uniform(*brightness_range))
