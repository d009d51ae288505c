"""Pooling: `max_pool`, `avg_pool` in one to three dimensions, `pool` with dilation, `max_pool_with_argmax`."""

from mainstem.base import dtypes
from mainstem.ops import pool as ops
from mainstem.surface import array
from mainstem.surface.conv import one_of, padding_attrs, spread, with_space_to_batch
from mainstem.surface.framework import convert_to_tensor, name_scope


def _window(value, spatial, data_format, name):
    return spread(value, spatial, 1 if data_format.startswith("NC") else spatial + 1, name)


def max_pool_v1(value, ksize, strides, padding, data_format="NHWC", name=None, input=None):
    """The maximum of each window of `value` [batch, height, width, channels].

    Args:
        value: a 4-D tensor; `input` is its other name.
        ksize, strides: an int or a list of 1, 2 or 4: the window's size and step.
        padding: "SAME" or "VALID".
        data_format: "NHWC" or "NCHW".
        name: of the node.
    """
    value = one_of(input, "input", value, "value")
    with name_scope(name, "MaxPool", [value]) as name:
        data_format = "NHWC" if data_format is None else data_format
        padding, more = padding_attrs(padding)
        return ops.max_pool(
            convert_to_tensor(value, name="input"), ksize=_window(ksize, 2, data_format, "ksize"),
            strides=_window(strides, 2, data_format, "strides"), padding=padding, data_format=data_format, name=name, **more,
        )  # fmt: skip


def max_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):
    """The maximum of each window of `input` [batch, height, width, channels]; see `max_pool_v1`."""
    with name_scope(name, "MaxPool2d", [input]) as name:
        return max_pool_v1(input, ksize, strides, padding, data_format, name)


def max_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """The maximum of each window of `input` [batch, width, channels]."""
    return _one_dimension(max_pool_v1, "MaxPool1d", input, ksize, strides, padding, data_format, name)


def _one_dimension(fn, scope, input, ksize, strides, padding, data_format, name):
    with name_scope(name, scope, [input]) as name:
        data_format = "NWC" if data_format is None else data_format
        if data_format not in ("NWC", "NCW"):
            raise ValueError(f'data_format must be "NWC" or "NCW". Got {data_format!r}.')
        axis, flat = (1, "NHWC") if data_format == "NWC" else (2, "NCHW")
        ksize, strides = _window(ksize, 1, data_format, "ksize"), _window(strides, 1, data_format, "strides")
        ksize, strides = ([*v[:axis], 1, *v[axis:]] for v in (ksize, strides))
        result = fn(array.expand_dims_v1(input, axis), ksize, strides, padding, flat, name)
        return array.squeeze_v1(result, [axis])


def max_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """The maximum of each window of `input` [batch, depth, height, width, channels]."""
    with name_scope(name, "MaxPool3D", [input]) as name:
        data_format = "NDHWC" if data_format is None else data_format
        return ops.max_pool3d(
            input, ksize=_window(ksize, 3, data_format, "ksize"), strides=_window(strides, 3, data_format, "strides"),
            padding=padding, data_format=data_format, name=name,
        )  # fmt: skip


def _by_rank(input, data_format, functions):
    """The pooling function of the rank of `input`, and its data format. Raises ValueError for another rank."""
    rank = convert_to_tensor(input).shape.ndims
    n = rank - 2 if rank is not None else None
    if n is None and data_format is not None:
        n = len(data_format) - 2
    if n not in (1, 2, 3):
        raise ValueError(f"Input tensor must be of rank 3, 4 or 5 but was {rank}.")
    first = data_format is not None and data_format.startswith("NC")
    letters = "DHW"[3 - n :]
    return functions[n - 1], f"NC{letters}" if first else f"N{letters}C"


def max_pool(input, ksize, strides, padding, data_format=None, name=None):
    """The maximum of each window of `input`, of rank 3, 4 or 5."""
    fn, data_format = _by_rank(input, data_format, (max_pool1d, max_pool_v1, max_pool3d))
    return fn(input, ksize, strides, padding, data_format, name)


def avg_pool_v1(value=None, ksize=None, strides=None, padding=None, data_format="NHWC", name=None, input=None):
    """The mean of each window of `value` [batch, height, width, channels]; padding does not count. See `max_pool_v1`."""
    value = one_of(input, "input", value, "value")
    with name_scope(name, "AvgPool", [value]) as name:
        data_format = "NHWC" if data_format is None else data_format
        return ops.avg_pool(
            convert_to_tensor(value, name="input"), ksize=_window(ksize, 2, data_format, "ksize"),
            strides=_window(strides, 2, data_format, "strides"), padding=padding, data_format=data_format, name=name,
        )  # fmt: skip


def avg_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):
    """The mean of each window of `input` [batch, height, width, channels]."""
    return avg_pool_v1(input, ksize, strides, padding, data_format, name)


def avg_pool2d_v1(value=None, ksize=None, strides=None, padding=None, data_format="NHWC", name=None, input=None):
    """The mean of each window of `value` [batch, height, width, channels]; see `avg_pool_v1`."""
    return avg_pool_v1(value, ksize, strides, padding, data_format, name, input)


def avg_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """The mean of each window of `input` [batch, width, channels]."""
    return _one_dimension(avg_pool_v1, "AvgPool1D", input, ksize, strides, padding, data_format, name)


def avg_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """The mean of each window of `input` [batch, depth, height, width, channels]."""
    with name_scope(name, "AvgPool3D", [input]) as name:
        data_format = "NDHWC" if data_format is None else data_format
        return ops.avg_pool3d(
            input, ksize=_window(ksize, 3, data_format, "ksize"), strides=_window(strides, 3, data_format, "strides"),
            padding=padding, data_format=data_format, name=name,
        )  # fmt: skip


def avg_pool(input, ksize, strides, padding, data_format=None, name=None):
    """The mean of each window of `input`, of rank 3, 4 or 5; padding does not count."""
    fn, data_format = _by_rank(input, data_format, (avg_pool1d, avg_pool_v1, avg_pool3d))
    return fn(input, ksize, strides, padding, data_format, name)


def pool_v1(
    input, window_shape, pooling_type, padding, dilation_rate=None, strides=None, name=None, data_format=None, dilations=None
):
    """Pools `input` of rank n + 2 over windows of `window_shape` (n numbers), n in 1, 2, 3.

    Args:
        input: [batch, spatial.., channels], or channels second when `data_format` starts with "NC".
        window_shape: the size of the window, a dimension.
        pooling_type: "AVG" or "MAX".
        padding: "SAME" or "VALID".
        dilation_rate: the step inside the window; `dilations` is its other name.
        strides: the step between windows; not over 1 together with a dilation rate over 1.
        name: of the node.
        data_format: see `input`.

    Raises ValueError when an argument does not fit.
    """
    n = len(window_shape)
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        rate = dilations if dilations is not None else dilation_rate
        rate = [1] * n if rate is None else [int(r) for r in rate]
        strides = [1] * n if strides is None else [int(s) for s in strides]
        if n not in (1, 2, 3):
            raise ValueError(f"len(window_shape) must be 1, 2 or 3. Got {n}.")
        if any(s > 1 for s in strides) and any(r > 1 for r in rate):
            raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
        if padding == "SAME" and any(r > 1 for r in rate):
            raise ValueError('pooling with padding "SAME" is not implemented for dilation_rate > 1')
        table = {"MAX": (max_pool1d, max_pool_v1, max_pool3d), "AVG": (avg_pool1d, avg_pool_v1, avg_pool3d)}
        if pooling_type not in table:
            raise ValueError(f"pooling_type must be 'AVG' or 'MAX'. Got {pooling_type!r}.")
        first = data_format is not None and data_format.startswith("NC")
        letters = "DHW"[3 - n :]
        layout = f"NC{letters}" if first else f"N{letters}C"

        def one(x, _, padding):
            around = (lambda v: [1, 1, *v]) if first else (lambda v: [1, *v, 1])
            return table[pooling_type][n - 1](x, around(list(window_shape)), around(strides), padding, layout, scope)

        return with_space_to_batch(input, rate, padding, one, window_shape, data_format=layout)


def pool(input, window_shape, pooling_type, strides=None, padding="VALID", data_format=None, dilations=None, name=None):
    """Pools `input` of rank n + 2 over windows of `window_shape`; see `pool_v1`."""
    return pool_v1(input, window_shape, pooling_type, padding, dilations, strides, name, data_format)


def max_pool_with_argmax_v1(
    input, ksize, strides, padding, data_format="NHWC", Targmax=None, name=None, output_dtype=None, include_batch_in_index=False
):
    """`max_pool` and the flat index of each maximum, of type `Targmax` or `output_dtype` (int64).

    Raises ValueError for a `data_format` other than "NHWC".
    """
    if data_format != "NHWC":
        raise ValueError("Data formats other than 'NHWC' are not yet supported")
    kind = Targmax if Targmax is not None else output_dtype if output_dtype is not None else dtypes.int64
    return ops.max_pool_with_argmax(
        input, ksize=_window(ksize, 2, "NHWC", "ksize"), strides=_window(strides, 2, "NHWC", "strides"), Targmax=kind,
        padding=padding, include_batch_in_index=include_batch_in_index, name=name,
    )  # fmt: skip


def max_pool_with_argmax(
    input, ksize, strides, padding, data_format="NHWC", output_dtype=dtypes.int64, include_batch_in_index=False, name=None
):
    """`max_pool` and the flat index of each maximum; see `max_pool_with_argmax_v1`."""
    return max_pool_with_argmax_v1(
        input, ksize, strides, padding, data_format, output_dtype, name, None, include_batch_in_index
    )
