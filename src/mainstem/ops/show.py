"""Arrays as TensorFlow's printing ops show them: the flat form of `Print` and `Assert`, the nested one of `PrintV2`."""

import ml_dtypes
import numpy as np

_ESCAPES = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}


def escape(value):
    """Bytes with control and non-ASCII characters written as in C source."""
    return "".join(_ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in value)


def number(value):
    """One element as text: the fewest of the two customary digit counts that keeps a float exact; booleans are 1 and 0."""
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (float, np.floating, ml_dtypes.bfloat16)):
        kind = np.float64 if isinstance(value, (float, np.float64)) else np.float32
        short, long = (15, 17) if kind is np.float64 else (6, 9)
        value = kind(value)
        text = f"{value:.{short}g}"
        return text if np.isnan(value) or kind(text) == value else f"{value:.{long}g}"
    if isinstance(value, (complex, np.complexfloating)):
        return "?"
    return str(value)


def _element(value, quote):
    if isinstance(value, bytes):
        return f'"{escape(value)}"' if quote else escape(value)
    return number(value)


def flat(array, limit):
    """The first `limit` elements (all when negative) in nested brackets without the outermost, then "..."."""
    array = np.asarray(array)
    limit = array.size if limit < 0 else min(limit, array.size)
    if array.ndim == 0:
        return _element(array[()], False)
    values, out, at = array.reshape(-1), [], 0

    def walk(dim):
        nonlocal at
        if at >= limit:
            return
        for i in range(array.shape[dim]):
            if dim == array.ndim - 1:
                if at >= limit:
                    out.append("...")
                    return
                out.append((" " if i else "") + _element(values[at], False))
                at += 1
            else:
                opened = at < limit
                out.append("[" if opened else "")
                walk(dim + 1)
                out.append("]" if opened else "")

    walk(0)
    if array.ndim > 1 and array.size > limit:
        out.append("...")
    return "".join(out)


def nested(array, ends):
    """NumPy's layout with the first and last `ends` entries of each dimension (all when negative); strings are quoted."""
    array = np.asarray(array)
    rank = array.ndim

    def walk(part, dim):
        if dim == rank:
            return _element(part if isinstance(part, bytes) else np.asarray(part, array.dtype)[()], True)
        n = len(part)
        if ends < 0 or n <= 2 * ends:
            items = [walk(p, dim + 1) for p in part]
        else:
            items = [walk(p, dim + 1) for p in part[:ends]] + ["..."] + [walk(p, dim + 1) for p in part[n - ends :]]
        gap = " " if dim == rank - 1 else "\n" * (rank - dim - 1) + " " * (dim + 1)
        return "[" + gap.join(items) + "]"

    return walk(array if rank else array[()], 0)
