"""The blocks of MobileNet v2: a wider layer, a depthwise convolution, and a narrow one (Sandler et al., arXiv:1801.04381)."""

from mainstem.dialects.contrib.arg_scope import add_arg_scope
from mainstem.dialects.contrib.convolution import convolution2d, separable_convolution2d
from mainstem.dialects.nets.fixed_padding import fixed_padding
from mainstem.surface import array, framework
from mainstem.surface.framework import name_scope
from mainstem.surface.variable_scope import variable_scope


def make_divisible(value, divisor, min_value=None):
    """The multiple of `divisor` next to `value`, at least `min_value` (default: the divisor), and no less than 90% of `value`."""
    least = divisor if min_value is None else min_value
    rounded = max(least, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def expand_input_by_factor(n, divisible_by=8):
    """A function that gives `n` times the number of input channels, made divisible."""
    return lambda num_inputs, **_: make_divisible(num_inputs * n, divisible_by)


_SIX_TIMES = expand_input_by_factor(6)


def _parts(number, ways, divisible_by):
    """`number` as a sum of `ways` divisible numbers that differ as little as possible."""
    if number % divisible_by != 0:
        raise ValueError(f"split_conv: {number} channels cannot be split into {ways} parts that {divisible_by} divides.")
    ends = [-(-number * i // (ways * divisible_by)) * divisible_by for i in range(ways + 1)]
    return [after - before for before, after in zip(ends, ends[1:], strict=False)]


@add_arg_scope
def expanded_conv(
    input_tensor,
    num_outputs,
    expansion_size=_SIX_TIMES,
    stride=1,
    rate=1,
    kernel_size=(3, 3),
    residual=True,
    normalizer_fn=None,
    project_activation_fn=framework.identity,
    split_projection=1,
    split_expansion=1,
    split_divisible_by=8,
    expansion_transform=None,
    depthwise_location="expansion",
    depthwise_channel_multiplier=1,
    endpoints=None,
    use_explicit_padding=False,
    padding="SAME",
    scope=None,
):
    """Widens, convolves each channel, and narrows again; where shapes allow, the input is added.

    Args:
        input_tensor: [batch, height, width, channels].
        num_outputs: channels of the result.
        expansion_size: channels in between: a number, or a function of `num_inputs`.
        stride, rate, kernel_size: of the depthwise convolution.
        residual: whether to add the input; or a function of (input, result).
        normalizer_fn: of all three convolutions.
        project_activation_fn: of the last one.
        split_projection, split_expansion, split_divisible_by: convolve in so many parts of the channels.
        expansion_transform: a function of (widened tensor, input) before the last convolution, or None.
        depthwise_location: where the depthwise convolution stands: None, "input", "output" or "expansion".
        depthwise_channel_multiplier: results for each channel.
        endpoints: a dict that gets "expansion_output" and "depthwise_output".
        use_explicit_padding: pads by the kernel alone.
        padding, scope: of the convolutions.

    Raises TypeError for another location or for explicit padding beside another than "SAME".
    """
    if depthwise_location not in (None, "input", "output", "expansion"):
        raise TypeError(f"{depthwise_location!r} is unknown value for depthwise_location")
    if use_explicit_padding:
        if padding != "SAME":
            raise TypeError("`use_explicit_padding` should only be used with SAME padding.")
        padding = "VALID"
    with variable_scope(scope, "expanded_conv") as sc, name_scope(sc.original_name_scope):
        depth = input_tensor.shape.as_list()[3]

        def depthwise(net):
            if use_explicit_padding:
                net = fixed_padding(net, kernel_size, rate)
            return separable_convolution2d(
                net, None, kernel_size, depth_multiplier=depthwise_channel_multiplier, stride=stride, rate=rate,
                normalizer_fn=normalizer_fn, padding=padding, scope="depthwise",
            )  # fmt: skip

        def kept(net, name):
            net = framework.identity(net, name=name)
            if endpoints is not None:
                endpoints[name] = net
            return net

        inner = expansion_size(num_inputs=depth) if callable(expansion_size) else expansion_size
        entered = net = framework.identity(input_tensor, name="input")
        if depthwise_location == "input":
            net = framework.identity(depthwise(net), name="depthwise_output")
        if inner > depth:  # otherwise there is nothing to widen
            net = split_conv(
                net, inner, num_ways=split_expansion, scope="expand", divisible_by=split_divisible_by, stride=1,
                normalizer_fn=normalizer_fn,
            )  # fmt: skip
            net = kept(net, "expansion_output")
        if depthwise_location == "expansion":
            net = kept(depthwise(net), "depthwise_output")
        if expansion_transform:
            net = expansion_transform(expansion_tensor=net, input_tensor=entered)
        net = split_conv(
            net, num_outputs, num_ways=split_projection, scope="project", divisible_by=split_divisible_by, stride=1,
            normalizer_fn=normalizer_fn, activation_fn=project_activation_fn,
        )  # fmt: skip
        if depthwise_location == "output":
            net = framework.identity(depthwise(net), name="depthwise_output")
        if callable(residual):
            net = residual(input_tensor=entered, output_tensor=net)
        elif residual and stride == 1 and net.shape.as_list()[3] == depth:
            net = net + input_tensor
        return framework.identity(net, name="output")


@add_arg_scope
def split_conv(input_tensor, num_outputs, num_ways, scope, divisible_by=8, **kwargs):
    """A 1x1 convolution, or `num_ways` of them, each from its part of the input's channels to its part of the result's.

    Raises ValueError for numbers of channels that cannot be divided.
    """
    depth = input_tensor.shape.as_list()[3]
    if num_ways == 1 or min(depth // num_ways, num_outputs // num_ways) < divisible_by:
        return convolution2d(input_tensor, num_outputs, [1, 1], scope=scope, **kwargs)
    entering = array.split(input_tensor, _parts(depth, num_ways, divisible_by), axis=3, name="split_" + scope)
    leaving = _parts(num_outputs, num_ways, divisible_by)
    parts, base = [], scope
    for i, (part, size) in enumerate(zip(entering, leaving, strict=True)):
        net = convolution2d(part, size, [1, 1], scope=f"{base}_part_{i}", **kwargs)
        parts.append(framework.identity(net, name=f"{base}_{i}_output"))
    return array.concat(parts, 3, name=f"{base}_concat")
