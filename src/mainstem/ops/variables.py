"""Operations on variables that Python decides: counting up to a limit, a value where there is none yet."""

import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core.registry import op


def _count(value, limit):
    if value >= limit:
        raise errors.OutOfRangeError(None, None, f"Reached limit of {limit}")
    value = np.asarray(value)
    return np.asarray(value + 1, value.dtype), value


@op("CountUpTo", "ref T -> T", T=dtypes.INDEX, host=True, writes=("ref",), shape=lambda inputs, attrs: [()])
def count_up_to(ref, *, limit: "int"):
    """The variable's value, and one more in the variable; OutOfRangeError when it has reached `limit`."""
    return _count(ref, limit)


@op("ResourceCountUpTo", "resource -> T", T=dtypes.INDEX, host=True, writes=("resource",), shape=lambda inputs, attrs: [()])
def resource_count_up_to(resource, *, limit: "int", T: "type"):  # noqa: N803 - the attr's name
    """The value of the variable behind `resource`, and one more in it; OutOfRangeError at `limit`."""
    return _count(resource, limit)


def _second(inputs, attrs):
    return [inputs[1].shape]


@op("InitializedValue", "ref T, T -> T", T=dtypes.ANY, host=True, slots=True, shape=_second)
def initialized_value(ref, value):
    """The variable's value when it has one, else `value`."""
    return value if ref.value is None else ref.value


@op("InitializedResourceValue", "resource, T -> T", T=dtypes.ANY, host=True, slots=True, shape=_second)
def initialized_resource_value(resource, value):
    """The value of the variable behind `resource` when it has one, else `value`."""
    return value if resource.value is None else resource.value
