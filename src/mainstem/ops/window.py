"""Sliding windows as convolution and pooling share them: data formats, TensorFlow's padding rules, output sizes."""

from mainstem.base import shapes


def spatial_axes(data_format):
    """The positions of the spatial dimensions in `data_format` ("NHWC", "NCHW", "NDHWC", "NCDHW").

    Raises ValueError for another format, NotImplementedError for the packed one.
    """
    if data_format in ("NHWC", "NDHWC"):
        return tuple(range(1, len(data_format) - 1))
    if data_format in ("NCHW", "NCDHW"):
        return tuple(range(2, len(data_format)))
    if data_format == "NCHW_VECT_C":
        raise NotImplementedError("data_format NCHW_VECT_C (packed int8) is not supported; use NHWC or NCHW.")
    raise ValueError(f"data_format must be NHWC, NCHW, NDHWC or NCDHW. Got {data_format!r}.")


def channel_axis(data_format):
    """The position of the channel dimension in `data_format`."""
    return 1 if data_format.startswith("NC") else len(data_format) - 1


def same_padding(size, window, stride):
    """(before, after) of TensorFlow's SAME: the odd pixel goes to the end. `window` counts the dilation."""
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def paddings(padding, sizes, windows, strides, explicit=()):
    """The list of (before, after) a dimension; `explicit` is flat, two numbers a dimension of `sizes`.

    Raises ValueError for an unknown padding.
    """
    if padding == "SAME":
        return [same_padding(d, k, s) for d, k, s in zip(sizes, windows, strides, strict=True)]
    if padding == "VALID":
        return [(0, 0)] * len(sizes)
    if padding == "EXPLICIT":
        return [(explicit[2 * i], explicit[2 * i + 1]) for i in range(len(sizes))]
    raise ValueError(f"padding must be SAME, VALID or EXPLICIT. Got {padding!r}.")


def output_size(size, window, stride, padding, pads=(0, 0)):
    """The number of window positions along a dimension of `size` (None gives None).

    Raises ValueError when the window does not fit.
    """
    if padding not in ("SAME", "VALID", "EXPLICIT"):
        raise ValueError(f"padding must be SAME, VALID or EXPLICIT. Got {padding!r}.")
    if size is None or window is None:
        return None
    if padding == "SAME":
        return -(-size // stride)
    if padding == "EXPLICIT":
        size += sum(pads)
    if size < window:
        raise ValueError(f"Negative dimension size caused by subtracting {window} from {size}")
    return (size - window) // stride + 1


def check_rank(shape, rank, what):
    """`shape` as a tuple of `rank` dimensions (all unknown when it is None). Raises ValueError for another rank."""
    if shape is None:
        return (None,) * rank
    if len(shape) != rank:
        raise ValueError(f"Shape of {what} must be rank {rank} but is rank {len(shape)}: {shapes.show(shape)}")
    return shape
