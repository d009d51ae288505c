"""Convolutions: `conv1d`, `conv2d`, `conv3d`, `convolution`, transposed, depthwise, separable, atrous; `dilation2d`, `erosion2d`."""

from mainstem.base import dtypes, shapes
from mainstem.ops import array as array_ops
from mainstem.ops import conv as ops
from mainstem.ops import math as math_ops
from mainstem.surface import array, blocks
from mainstem.surface.framework import convert_to_tensor, name_scope


def one_of(new, new_name, old, old_name):
    """The argument given under its new or its deprecated name. Raises ValueError when both or none are given."""
    if new is not None and old is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'.")
    if new is None and old is None:
        raise ValueError(f"'{new_name}' must be given.")
    return new if new is not None else old


def spread(value, spatial, channel_index, name):
    """A window argument (int, or list of 1, `spatial` or spatial + 2 entries) as a list of spatial + 2 entries.

    Raises ValueError for another length.
    """
    if value is None:
        value = [1]
    elif not isinstance(value, (list, tuple)):
        value = list(value) if hasattr(value, "__iter__") else [value]
    value = [int(v) for v in value]
    if len(value) == spatial + 2:
        return value
    if len(value) not in (1, spatial):
        raise ValueError(f"{name} should be of length 1, {spatial} or {spatial + 2} but was {len(value)}")
    value = value * spatial if len(value) == 1 else value
    return [1, 1, *value] if channel_index == 1 else [1, *value, 1]


def padding_attrs(padding):
    """(padding, explicit_paddings attrs or {}) of a padding argument: a name, or a list of pairs a dimension."""
    if isinstance(padding, (list, tuple)):
        flat = []
        for pair in padding:
            if not isinstance(pair, (list, tuple)) or len(pair) != 2:
                raise ValueError(f"When padding is a list, each element must be a pair of ints. Got {pair!r}.")
            flat += [int(v) for v in pair]
        if len(flat) != 8:
            raise ValueError(f"When padding is a list, it must have 4 pairs. Got {len(padding)}.")
        return "EXPLICIT", {"explicit_paddings": flat}
    return padding, {}


def _checked(padding):
    if padding is None:
        raise TypeError("padding must be given: 'SAME', 'VALID' or a list of pairs.")
    return padding_attrs(padding)


def _channel_index(data_format):
    return 1 if data_format.startswith("NC") else len(data_format) - 1


def _dimension(shape, index):
    shape = shapes.as_tuple(shape)
    return None if shape is None else shape[index]


# ---- two dimensions


def conv2d_v1(
    input, filter=None, strides=None, padding=None, use_cudnn_on_gpu=True, data_format="NHWC", dilations=(1, 1, 1, 1),
    name=None, filters=None,
):  # fmt: skip
    """Convolves `input` [batch, height, width, in] with `filter` [h, w, in, out].

    Args:
        input: the images; [batch, in, height, width] with `data_format` "NCHW".
        filter: the kernel; `filters` is its other name.
        strides: an int or a list of 1, 2 or 4.
        padding: "SAME", "VALID", or a list of four (before, after) pairs.
        use_cudnn_on_gpu: no effect here.
        data_format: "NHWC" or "NCHW".
        dilations: as `strides`: the step between the entries of the kernel.
        name: of the node.

    Raises ValueError when shapes do not fit.
    """
    filter = one_of(filters, "filters", filter, "filter")
    data_format = data_format or "NHWC"
    channel = _channel_index(data_format)
    padding, more = _checked(padding)
    return ops.conv2d(
        input, filter, strides=spread(strides, 2, channel, "strides"), padding=padding, use_cudnn_on_gpu=use_cudnn_on_gpu,
        data_format=data_format, dilations=spread(dilations, 2, channel, "dilations"), name=name, **more,
    )  # fmt: skip


def conv2d(input, filters, strides, padding, data_format="NHWC", dilations=None, name=None):
    """Convolves `input` [batch, height, width, in] with `filters` [h, w, in, out]; see `conv2d_v1`."""
    return conv2d_v1(input, filters, strides, padding, True, data_format, dilations, name)


def conv2d_backprop_filter(
    input, filter_sizes, out_backprop, strides, padding, use_cudnn_on_gpu=True, data_format="NHWC", dilations=(1, 1, 1, 1),
    name=None,
):  # fmt: skip
    """The gradient of `conv2d` for its filter of shape `filter_sizes`."""
    padding, more = padding_attrs(padding)
    return ops.conv2d_backprop_filter(
        input, filter_sizes, out_backprop, strides=strides, padding=padding, use_cudnn_on_gpu=use_cudnn_on_gpu,
        data_format=data_format, dilations=dilations, name=name, **more,
    )  # fmt: skip


def conv2d_backprop_input(
    input_sizes, filter=None, out_backprop=None, strides=None, padding=None, use_cudnn_on_gpu=True, data_format="NHWC",
    dilations=(1, 1, 1, 1), name=None, filters=None,
):  # fmt: skip
    """The gradient of `conv2d` for its input of shape `input_sizes`."""
    filter = one_of(filters, "filters", filter, "filter")
    padding, more = _checked(padding)
    return ops.conv2d_backprop_input(
        input_sizes, filter, out_backprop, strides=strides, padding=padding, use_cudnn_on_gpu=use_cudnn_on_gpu,
        data_format=data_format, dilations=dilations, name=name, **more,
    )  # fmt: skip


def conv2d_transpose_v1(
    value=None, filter=None, output_shape=None, strides=None, padding="SAME", data_format="NHWC", name=None, input=None,
    filters=None, dilations=None,
):  # fmt: skip
    """The transposed convolution: the gradient of `conv2d` for an input of `output_shape`.

    Args:
        value: [batch, height, width, in]; `input` is its other name.
        filter: [h, w, out, in]; `filters` is its other name.
        output_shape: four numbers or a tensor: the result's shape, which stride > 1 leaves open.
        strides, padding, data_format, dilations: of the convolution.
        name: of the node.

    Raises ValueError when shapes do not fit.
    """
    value = one_of(input, "input", value, "value")
    filter = one_of(filters, "filters", filter, "filter")
    with name_scope(name, "conv2d_transpose", [value, filter, output_shape]) as name:
        data_format = "NHWC" if data_format is None else data_format
        channel = _channel_index(data_format)
        padding, more = padding_attrs(padding)
        if not hasattr(output_shape, "op"):
            output_shape = convert_to_tensor(output_shape, dtype=dtypes.int32, name="input_sizes")
        return ops.conv2d_backprop_input(
            _int32(output_shape), filter, value,
            strides=spread(strides, 2, channel, "strides"), padding=padding, data_format=data_format,
            dilations=spread(dilations, 2, channel, "dilations"), name=name, **more,
        )  # fmt: skip


def _int32(sizes):
    return sizes if sizes.dtype.base_dtype is dtypes.int32 else math_ops.cast(sizes, DstT=dtypes.int32)


def conv2d_transpose(input, filters, output_shape, strides, padding="SAME", data_format="NHWC", dilations=None, name=None):
    """The transposed convolution; see `conv2d_transpose_v1`."""
    return conv2d_transpose_v1(input, filters, output_shape, strides, padding, data_format, name, dilations=dilations)


# ---- one dimension, by way of two


def conv1d_v1(
    value=None, filters=None, stride=None, padding=None, use_cudnn_on_gpu=None, data_format=None, name=None, input=None,
    dilations=None,
):  # fmt: skip
    """Convolves `value` [batch, width, in] with `filters` [w, in, out]; `data_format` "NWC" or "NCW" (or "NHWC", "NCHW")."""
    value = one_of(input, "input", value, "value")
    with name_scope(name, "conv1d", [value, filters]) as name:
        flat, axis = _flat_format(data_format)
        channel = 1 if axis == 2 else 2
        expanded = array.expand_dims_v1(value, axis)
        kernel = array.expand_dims_v1(filters, 0)
        result = ops.conv2d(
            expanded, kernel, strides=_insert(spread(stride, 1, channel, "stride"), axis), padding=padding,
            use_cudnn_on_gpu=True if use_cudnn_on_gpu is None else use_cudnn_on_gpu, data_format=flat,
            dilations=_insert(spread(dilations, 1, channel, "dilations"), axis), name=name,
        )  # fmt: skip
        return array.squeeze_v1(result, [axis])


def _flat_format(data_format):
    """(the 2-D format, position of the new dimension) of a 1-D format. Raises ValueError for an unknown one."""
    if data_format in (None, "NHWC", "NWC"):
        return "NHWC", 1
    if data_format in ("NCHW", "NCW"):
        return "NCHW", 2
    raise ValueError('data_format must be "NWC" or "NCW".')


def _insert(values, axis):
    return [*values[:axis], 1, *values[axis:]]


def conv1d(input, filters, stride, padding, data_format="NWC", dilations=None, name=None):
    """Convolves `input` [batch, width, in] with `filters` [w, in, out]; see `conv1d_v1`."""
    return conv1d_v1(input, filters, stride, padding, True, data_format, name, dilations=dilations)


def conv1d_transpose(input, filters, output_shape, strides, padding="SAME", data_format="NWC", dilations=None, name=None):
    """The transposed convolution of `input` [batch, width, in] with `filters` [w, out, in], of `output_shape` (three numbers)."""
    with name_scope(name, "conv1d_transpose", [input, filters, output_shape]) as name:
        flat, axis = _flat_format(data_format)
        channel = 1 if axis == 2 else 2
        sizes = convert_to_tensor(output_shape, dtype=None if hasattr(output_shape, "op") else dtypes.int32)
        known = array.constant_value(sizes)
        if known is not None:
            sizes = _insert([int(d) for d in known], axis)
        else:
            n, a, b = array.unstack(_int32(sizes), 3)
            sizes = array.stack(_insert([n, a, b], axis))
        result = ops.conv2d_backprop_input(
            sizes, array.expand_dims_v1(filters, 0), array.expand_dims_v1(input, axis),
            strides=_insert(spread(strides, 1, channel, "strides"), axis), padding=padding, data_format=flat,
            dilations=_insert(spread(dilations, 1, channel, "dilations"), axis), name=name,
        )  # fmt: skip
        return array.squeeze_v1(result, [axis])


# ---- three dimensions


def conv3d_v1(
    input, filter=None, strides=None, padding=None, data_format="NDHWC", dilations=(1, 1, 1, 1, 1), name=None, filters=None
):
    """Convolves `input` [batch, depth, height, width, in] with `filter` [d, h, w, in, out]."""
    filter = one_of(filters, "filters", filter, "filter")
    data_format = data_format or "NDHWC"
    channel = _channel_index(data_format)
    return ops.conv3d(
        input, filter, strides=spread(strides, 3, channel, "strides"), padding=padding, data_format=data_format,
        dilations=spread(dilations, 3, channel, "dilations"), name=name,
    )  # fmt: skip


def conv3d(input, filters, strides, padding, data_format="NDHWC", dilations=None, name=None):
    """Convolves `input` [batch, depth, height, width, in] with `filters` [d, h, w, in, out]."""
    return conv3d_v1(input, filters, strides, padding, data_format, dilations, name)


def conv3d_backprop_filter(
    input, filter_sizes, out_backprop, strides, padding, data_format="NDHWC", dilations=(1, 1, 1, 1, 1), name=None
):
    """The gradient of `conv3d` for its filter of shape `filter_sizes`."""
    return ops.conv3d_backprop_filter(
        input, filter_sizes, out_backprop, strides=strides, padding=padding, data_format=data_format, dilations=dilations,
        name=name,
    )  # fmt: skip


def conv3d_transpose_v1(
    value, filter=None, output_shape=None, strides=None, padding="SAME", data_format="NDHWC", name=None, input=None,
    filters=None, dilations=None,
):  # fmt: skip
    """The transposed convolution of `value` [batch, depth, height, width, in] with `filter` [d, h, w, out, in]."""
    value = one_of(input, "input", value, "value")
    filter = one_of(filters, "filters", filter, "filter")
    with name_scope(name, "conv3d_transpose", [value, filter, output_shape]) as name:
        data_format = "NDHWC" if data_format is None else data_format
        channel = _channel_index(data_format)
        return ops.conv3d_backprop_input(
            list(output_shape) if isinstance(output_shape, tuple) else output_shape, filter, value,
            strides=spread(strides, 3, channel, "strides"), padding=padding, data_format=data_format,
            dilations=spread(dilations, 3, channel, "dilations"), name=name,
        )  # fmt: skip


def conv3d_transpose(input, filters, output_shape, strides, padding="SAME", data_format="NDHWC", dilations=None, name=None):
    """The transposed convolution of `input` [batch, depth, height, width, in] with `filters` [d, h, w, out, in]."""
    return conv3d_transpose_v1(input, filters, output_shape, strides, padding, data_format, name, dilations=dilations)


def conv_transpose(input, filters, output_shape, strides, padding="SAME", data_format=None, dilations=None, name=None):
    """The transposed convolution of one, two or three dimensions, as `output_shape` has three, four or five numbers."""
    with name_scope(name, "conv_transpose", [input, filters, output_shape]) as name:
        if hasattr(output_shape, "op"):
            n = output_shape.shape.as_list()[0] - 2
        else:
            n = len(output_shape) - 2
        if not 1 <= n <= 3:
            raise ValueError(f"output_shape must be of length 3, 4 or 5 but was {n + 2}.")
        fn, usual = ((conv1d_transpose, "NWC"), (conv2d_transpose, "NHWC"), (conv3d_transpose, "NDHWC"))[n - 1]
        return fn(input, filters, output_shape, strides, padding, data_format or usual, dilations, name)


# ---- any number of dimensions


def convolution_v1(
    input, filter, padding, strides=None, dilation_rate=None, name=None, data_format=None, filters=None, dilations=None
):
    """Convolves `input` of rank n + 2 with `filter` [spatial.., in, out], n in 1, 2, 3.

    `data_format` starts with "NC" when channels come second. Raises ValueError for another rank, or when both strides and
    dilation rates are over 1.
    """
    dilation_rate = dilations if dilations is not None else dilation_rate
    filter = filters if filters is not None else filter
    with name_scope(name, "convolution", [input, filter]) as name:
        input = convert_to_tensor(input, name="input")
        filter = convert_to_tensor(filter, dtype=input.dtype, name="filter")
        rank = filter.shape.ndims if filter.shape.ndims is not None else input.shape.ndims
        if rank is None:
            raise ValueError("rank of input or filter must be known")
        n = rank - 2
        if not 1 <= n <= 3:
            raise ValueError(f"num_spatial_dims must be 1, 2, or 3. Got {n}.")
        strides, dilation_rate = _per_dimension(strides, n, "strides"), _per_dimension(dilation_rate, n, "dilation_rate")
        if any(s > 1 for s in strides) and any(d > 1 for d in dilation_rate):
            raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
        first = data_format is not None and data_format.startswith("NC")
        if n == 1:
            return conv1d_v1(input, filter, strides, padding, True, "NCW" if first else "NWC", name, dilations=dilation_rate)
        if n == 2:
            return conv2d_v1(input, filter, strides, padding, True, "NCHW" if first else "NHWC", dilation_rate, name)
        return conv3d_v1(input, filter, strides, padding, "NCDHW" if first else "NDHWC", dilation_rate, name)


def _per_dimension(value, n, what):
    value = [1] * n if value is None else [int(v) for v in value] if isinstance(value, (list, tuple)) else [int(value)] * n
    if len(value) == 1:
        value = value * n
    if len(value) != n:
        raise ValueError(f"{what} must have {n} entries. Got {value}.")
    if any(v < 1 for v in value):
        raise ValueError(f"all values of {what} must be positive. Got {value}.")
    return value


def convolution(input, filters, strides=None, padding="VALID", data_format=None, dilations=None, name=None):
    """Convolves `input` of rank n + 2 with `filters` [spatial.., in, out]; see `convolution_v1`."""
    return convolution_v1(input, filters, padding, strides, dilations, name, data_format)


def atrous_conv2d(value, filters, rate, padding, name=None):
    """`conv2d` with holes: `rate` pixels between the entries of `filters` [h, w, in, out]."""
    return convolution_v1(value, filters, padding, None, [rate, rate], name)


def atrous_conv2d_transpose(value, filters, output_shape, rate, padding, name=None):
    """The transpose of `atrous_conv2d`: `filters` is [h, w, out, in], the result of `output_shape`."""
    with name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]) as name:
        if rate < 1:
            raise ValueError(f"rate {rate} cannot be less than one")
        return conv2d_transpose_v1(value, filters, output_shape, 1, padding, name=name, dilations=rate)


def with_space_to_batch(input, dilation_rate, padding, op, filter_shape=None, spatial_dims=None, data_format=None):
    """`op(input, num_spatial_dims, padding)` with holes, for an op that has none: on the batch of every rate-th pixel.

    Args:
        input: a tensor of rank over max(spatial_dims).
        dilation_rate: a list of rates, one a spatial dimension, known when building.
        padding: "VALID" or "SAME" of the dilated op.
        op: a function of (input, number of spatial dimensions, padding "VALID").
        filter_shape: the spatial filter shape; needed for "SAME".
        spatial_dims: positive, increasing; default 1, 2, ..
        data_format: starts with "NC" when channels come second.

    Raises ValueError when an argument does not fit.
    """
    input = convert_to_tensor(input, name="input")
    rate = convert_to_tensor(dilation_rate, dtype=dtypes.int32, name="dilation_rate")  # a node in TensorFlow's graphs too
    rate = [int(r) for r in array.constant_value(rate)]
    n, offset = len(rate), 2 if data_format is not None and data_format.startswith("NC") else 1
    dims = sorted(spatial_dims) if spatial_dims is not None else [offset + i for i in range(n)]
    if len(dims) != n or dims[0] < 1:
        raise ValueError(f"spatial_dims must be {n} positive indices. Got {list(dims)}.")
    if all(r == 1 for r in rate):
        return op(input, n, padding)
    if padding == "SAME":
        if filter_shape is None:
            raise ValueError("filter_shape must be specified for SAME padding")
        sizes = array.constant_value(filter_shape) if hasattr(filter_shape, "op") else filter_shape
        extra = [(int(k) - 1) * (r - 1) + int(k) - 1 for k, r in zip(sizes, rate, strict=False)]
        base = [[e // 2, e - e // 2] for e in extra]
    elif padding == "VALID":
        base = [[0, 0]] * n
    else:
        raise ValueError(f"Invalid padding method {padding!r}")
    shape = shapes.as_tuple(input.shape)
    if shape is not None and all(shape[d] is not None for d in dims):
        sizes = [shape[d] for d in dims]
    else:
        sizes = array.stack([array.shape(input)[d] for d in dims])
    paddings, crops = blocks.required_space_to_batch_paddings(sizes, rate, base)
    rate, paddings, crops = _fill_dimensions(rate, paddings, crops, dims)
    divided = blocks.space_to_batch_nd(input, rate, paddings)
    return blocks.batch_to_space_nd(op(divided, n, "VALID"), rate, crops)


def _fill_dimensions(rate, paddings, crops, dims):
    """Rates, paddings and crops for all dimensions from 1 to the last of `dims`."""
    if dims == list(range(1, dims[-1] + 1)):
        return rate, paddings, crops
    place = {d: i for i, d in enumerate(dims)}
    zero = array.zeros([2], dtypes.int32)
    rows = range(1, dims[-1] + 1)
    full = [rate[place[d]] if d in place else 1 for d in rows]
    return full, *(array.stack([p[place[d]] if d in place else zero for d in rows]) for p in (paddings, crops))


# ---- depthwise and separable


def depthwise_conv2d_v1(input, filter, strides, padding, rate=None, name=None, data_format=None, dilations=None):
    """Convolves each channel of `input` with its own filters.

    Args:
        input: [batch, height, width, in].
        filter: [h, w, in, multiplier].
        strides: a list of four.
        padding: "SAME" or "VALID".
        rate: two dilation rates; `dilations` is its other name. If one is over 1, all strides must be 1.
        name: of the node.
        data_format: "NHWC" or "NCHW".

    Gives [batch, height', width', in * multiplier].
    """
    rate = dilations if dilations is not None else rate
    with name_scope(name, "depthwise", [input, filter]) as name:
        input = convert_to_tensor(input, name="tensor_in")
        filter = convert_to_tensor(filter, name="filter_in")
        data_format = data_format or "NHWC"
        rate = _two_rates(rate)
        return _depthwise(input, filter, strides, padding, rate, data_format, name)


def _two_rates(rate):
    return [1, 1] if rate is None else [rate, rate] if isinstance(rate, int) else list(rate)


def _depthwise(input, filter, strides, padding, rate, data_format, name):
    rates = spread(rate, 2, _channel_index(data_format), "rate")
    (
        array.shape(filter),
        convert_to_tensor(list(rate), dtype=dtypes.int32, name="dilation_rate"),
    )  # nodes in TensorFlow's graphs too
    padding, more = padding_attrs(padding)
    return ops.depthwise_conv2d_native(
        input, filter, strides=strides, padding=padding, data_format=data_format, dilations=rates, name=name, **more
    )


def depthwise_conv2d(input, filter, strides, padding, data_format=None, dilations=None, name=None):
    """Convolves each channel of `input` with its own filters; see `depthwise_conv2d_v1`."""
    return depthwise_conv2d_v1(input, filter, strides, padding, dilations, name, data_format)


def depthwise_conv2d_native(input, filter, strides, padding, data_format="NHWC", dilations=(1, 1, 1, 1), name=None):
    """Convolves each channel of `input` [batch, height, width, in] with its own filters [h, w, in, multiplier]."""
    return ops.depthwise_conv2d_native(
        input, filter, strides=strides, padding=padding, data_format=data_format, dilations=dilations, name=name
    )


def depthwise_conv2d_backprop_input(
    input_sizes, filter, out_backprop, strides, padding, data_format="NHWC", dilations=(1, 1, 1, 1), name=None
):
    """The gradient of `depthwise_conv2d` for its input of shape `input_sizes`."""
    padding, more = padding_attrs(padding)
    return ops.depthwise_conv2d_native_backprop_input(
        input_sizes, filter, out_backprop, strides=strides, padding=padding, data_format=data_format, dilations=dilations,
        name=name, **more,
    )  # fmt: skip


def depthwise_conv2d_backprop_filter(
    input, filter_sizes, out_backprop, strides, padding, data_format="NHWC", dilations=(1, 1, 1, 1), name=None
):
    """The gradient of `depthwise_conv2d` for its filter of shape `filter_sizes`."""
    padding, more = padding_attrs(padding)
    return ops.depthwise_conv2d_native_backprop_filter(
        input, filter_sizes, out_backprop, strides=strides, padding=padding, data_format=data_format, dilations=dilations,
        name=name, **more,
    )  # fmt: skip


def separable_conv2d_v1(
    input, depthwise_filter, pointwise_filter, strides, padding, rate=None, name=None, data_format=None, dilations=None
):
    """`depthwise_conv2d` followed by a 1 x 1 convolution with `pointwise_filter` [1, 1, in * multiplier, out].

    Raises ValueError when the pointwise filter is not 1 x 1 or its depth does not fit.
    """
    rate = dilations if dilations is not None else rate
    with name_scope(name, "separable_conv2d", [input, depthwise_filter, pointwise_filter]) as name:
        input = convert_to_tensor(input, name="tensor_in")
        depthwise_filter = convert_to_tensor(depthwise_filter, name="depthwise_filter")
        pointwise_filter = convert_to_tensor(pointwise_filter, name="pointwise_filter")
        for i in (0, 1):
            if _dimension(pointwise_filter.shape, i) not in (None, 1):
                raise ValueError(f"pointwise_filter must be 1 x 1. Got {pointwise_filter.shape}.")
        data_format = data_format or "NHWC"
        depthwise = _depthwise(input, depthwise_filter, strides, padding, _two_rates(rate), data_format, "depthwise")
        return ops.conv2d(
            depthwise, pointwise_filter, strides=[1, 1, 1, 1], padding="VALID", data_format=data_format, name=name
        )


def separable_conv2d(input, depthwise_filter, pointwise_filter, strides, padding, data_format=None, dilations=None, name=None):
    """`depthwise_conv2d` followed by a 1 x 1 convolution; see `separable_conv2d_v1`."""
    return separable_conv2d_v1(input, depthwise_filter, pointwise_filter, strides, padding, dilations, name, data_format)


# ---- grey-scale morphology


def dilation2d_v1(input, filter=None, strides=None, rates=None, padding=None, name=None, filters=None, dilations=None):
    """Grey-scale dilation of `input` [batch, height, width, depth] by `filter` [h, w, depth]: the maximum of the sums."""
    filter = one_of(filters, "filters", filter, "filter")
    rates = one_of(dilations, "dilations", rates, "rates")
    return ops.dilation2d(input, filter, strides=strides, rates=rates, padding=padding, name=name)


def dilation2d(input, filters, strides, padding, data_format, dilations, name=None):
    """Grey-scale dilation; see `dilation2d_v1`. Raises ValueError unless `data_format` is "NHWC"."""
    _only_nhwc(data_format)
    return dilation2d_v1(input, filters, strides, dilations, padding, name)


def erosion2d_v1(value, kernel, strides, rates, padding, name=None):
    """Grey-scale erosion of `value` [batch, height, width, depth] by `kernel` [h, w, depth]: the minimum of the differences."""
    with name_scope(name, "erosion2d", [value, kernel]) as name:
        negative = math_ops.neg(value)
        mirrored = array_ops.reverse_v2(convert_to_tensor(kernel), [0, 1])
        dilated = ops.dilation2d(negative, mirrored, strides=strides, rates=rates, padding=padding, name=name)
        return math_ops.neg(dilated)


def erosion2d(value, filters, strides, padding, data_format, dilations, name=None):
    """Grey-scale erosion; see `erosion2d_v1`. Raises ValueError unless `data_format` is "NHWC"."""
    _only_nhwc(data_format)
    return erosion2d_v1(value, filters, strides, dilations, padding, name)


def _only_nhwc(data_format):
    if data_format != "NHWC":
        raise ValueError(f"Data formats other than NHWC are not yet supported. Got {data_format!r}.")
