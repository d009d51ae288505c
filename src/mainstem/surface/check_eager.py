"""Assertions on concrete tensors: they raise at once, and show what differs, in TensorFlow's words."""

import numpy as np

from mainstem.base import errors

SHOWN = 3  # elements, unless the caller says otherwise


def compare(x, y, holds, symbol, message, summarize, data):
    """Raises InvalidArgumentError unless `holds(x, y)` is true everywhere; gives None."""
    a, b = x._array(), y._array()
    good = holds(a, b)
    if np.all(good):
        return
    limit = SHOWN if summarize is None else summarize if summarize >= 0 else max(a.size, b.size)
    if data is not None:
        raise errors.InvalidArgumentError(None, None, "\n".join(_pretty(d, limit) for d in data))
    lines = [message] if message else []
    lines.append(f"Condition x {symbol} y did not hold.")
    if a.shape == b.shape:
        places = np.argwhere(~good)[:limit]
        lines += [
            f"Indices of first {len(places)} different values:", str(places),
            "Corresponding x values:", str(a[~good][:limit]), "Corresponding y values:", str(b[~good][:limit]),
        ]  # fmt: skip
    for name, v in (("x", a), ("y", b)):
        lines += [f"First {min(limit, v.size)} elements of {name}:", str(v.reshape(-1)[:limit])]
    raise errors.InvalidArgumentError(None, None, "\n".join(lines))


def _pretty(item, limit):
    """One item of an assertion's data: a tensor as a list of its first elements."""
    if not hasattr(item, "_array"):
        return str(item)
    flat = item._array().reshape(-1)
    shown = [str(v) for v in flat[:limit]] + (["..."] if flat.size > limit else [])
    return str(shown)


def require(condition, data, summarize):
    """Raises InvalidArgumentError with the summarized tensors `data` unless the scalar tensor `condition` is true."""
    if bool(condition):
        return
    limit = SHOWN if summarize is None else summarize
    shown = "\n".join(_summary(d, limit) for d in data)
    raise errors.InvalidArgumentError(None, None, f"Expected '{condition!s}' to be true. Summarized data: {shown}")


def _summary(tensor, limit):
    array = tensor._array()
    if array.ndim == 0:
        return str(array[()])
    flat = array.reshape(-1)
    if 0 <= limit < flat.size:
        return ", ".join(str(v) for v in flat[:limit]) + ", ..."
    return ", ".join(str(v) for v in flat)
