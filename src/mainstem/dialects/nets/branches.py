"""Inception networks as text: a line a layer, or a module's name and below it, indented, a line a branch.

`Conv2d_0b_3x3:96/2v` is a convolution under that scope with 96 filters, stride 2 and padding VALID; the kernel is what the name says
(`@3x3` says otherwise), `MaxPool_…` and `AvgPool_…` have no depth, `~0.1` starts the weights with that standard deviation. Layers in
brackets take the same input, and their results are put beside each other.
"""

import functools
import re

from mainstem.dialects.contrib.convolution import convolution2d
from mainstem.dialects.contrib.layers import avg_pool2d, max_pool2d
from mainstem.surface.array import concat
from mainstem.surface.initializers import TruncatedNormal
from mainstem.surface.variable_scope import variable_scope

_LAYER = re.compile(
    r"(?P<name>\w+?(?P<kernel>\d+x\d+)?)(@(?P<other>\d+x\d+))?(:(?P<depth>\d+))?(~(?P<spread>[\d.]+))?(/(?P<stride>\d))?(?P<valid>v)?"
)


class Layer:
    """One layer of a text."""

    def __init__(self, text):
        found = _LAYER.fullmatch(text)
        if found is None:
            raise ValueError(f"Inception layer {text!r}: not of the form name@kernel:depth~spread/stride.")
        self.name, self.depth, self.spread = found["name"], int(found["depth"] or 0), float(found["spread"] or 0)
        self.kernel = [int(n) for n in (found["other"] or found["kernel"]).split("x")]
        self.stride, self.valid = int(found["stride"] or 1), found["valid"] is not None

    def __call__(self, net, how):
        where = {"stride": how.stride(self.stride), "scope": self.name, "padding": how.valid if self.valid else "SAME"}
        if not self.depth:
            pool = max_pool2d if self.name.startswith("MaxPool") else avg_pool2d
            return pool(net, self.kernel, **where, **how.more)
        if self.spread:
            where["weights_initializer"] = TruncatedNormal(0.0, self.spread)
        return convolution2d(net, how.depth(self.depth), self.kernel, **where, **how.more)


class How:
    """What a network's arguments change: depths, strides, the padding of VALID layers, the layout."""

    def __init__(self, depth=int, valid="VALID", stride=int, data_format=None):
        self.depth, self.valid, self.stride = depth, valid, stride
        self.more = {"data_format": data_format} if data_format else {}
        self.axis = 1 if data_format == "NCHW" else 3


@functools.cache
def _branch(text):
    """A branch as a list of layers, and of tuples of layers that share their input."""
    steps, fork = [], None
    for token in text.split():
        if token == "[":
            fork = []
        elif token == "]":
            steps.append(tuple(fork))
            fork = None
        else:
            (steps if fork is None else fork).append(Layer(token))
    return steps


def branch(net, text, how):
    """The layers of a line, one after another."""
    for step in _branch(text):
        net = concat([part(net, how) for part in step], how.axis) if isinstance(step, tuple) else step(net, how)
    return net


def beside(net, lines, how):
    """The branches of a module, in scopes `Branch_0`, `Branch_1` …, and their results beside each other."""
    found = []
    for i, line in enumerate(lines):
        with variable_scope(f"Branch_{i}"):
            found.append(branch(net, line, how))
    return concat(found, how.axis)


def module(net, name, lines, how):
    """A module: branches in the scope `name`."""
    with variable_scope(name):
        return beside(net, lines, how)


@functools.cache
def parsed(text):
    """A text as a list of (name of the end point, line or list of branches)."""
    found = []
    for line in text.strip().splitlines():
        if line.startswith(" "):
            found[-1][1].append(line.strip())
        else:
            first = line.split()[0]
            found.append((first, []) if re.fullmatch(r"Mixed_\w+", line) else (Layer(first).name, line))
    return found


def base(net, text, final_endpoint, how):
    """A whole text up to `final_endpoint`; gives (its tensor, all end points). Raises ValueError for an unknown one."""
    end_points = {}
    for name, what in parsed(text):
        net = branch(net, what, how) if isinstance(what, str) else module(net, name, what, how)
        end_points[name] = net
        if name == final_endpoint:
            return net, end_points
    raise ValueError(f"Unknown final endpoint {final_endpoint}")
