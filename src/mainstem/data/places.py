"""Where an iterator stands, as bytes: JSON for what is plain, NumPy's own format for arrays. Nothing in it can run code."""

import base64
import io
import json

import numpy as np

from mainstem.data.block import Block
from mainstem.ops.dataset import Recipe, Sparse

_VERSION = 1


def dumps(state):
    """The bytes of nested dicts, lists, tuples, sets, numbers, texts, bytes, arrays and blocks. Raises TypeError for others."""
    return json.dumps({"version": _VERSION, "state": _plain(state)}).encode()


def loads(data):
    """What `dumps` was given. Raises ValueError for other bytes."""
    try:
        whole = json.loads(bytes(data))
        if whole["version"] != _VERSION:
            raise ValueError
        return _lively(whole["state"])
    except (KeyError, TypeError, ValueError):
        raise ValueError("These bytes are no saved place of an iterator.") from None


def _array(value):
    out = io.BytesIO()
    np.save(out, value, allow_pickle=False)
    return base64.b64encode(out.getvalue()).decode()


def _plain(value):
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (bytes, np.ndarray, np.generic)):
        return _of_data(value)
    if isinstance(value, dict):
        return {"dict": [[_plain(k), _plain(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple, set)):
        return {type(value).__name__: [_plain(v) for v in value]}
    if isinstance(value, Block):
        return {"block": [[_plain(c) for c in value.columns], value.count]}
    if isinstance(value, Sparse):
        return {"sparse": [_plain(v) for v in (value.indices, value.values, value.dense_shape)]}
    if isinstance(value, Recipe) and value.kind == "_Elements":
        return {"elements": _plain(value.inputs["elements"])}
    raise TypeError(f"An iterator cannot be saved while it holds {value!r}.")


def _of_data(value):
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    value = np.asarray(value) if isinstance(value, np.generic) else value
    if value.dtype == object:
        return {"strings": [list(value.shape), [_plain(v) for v in value.reshape(-1).tolist()]]}
    return {"array": _array(value)}


def _lively(value):
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    return _READERS[kind](content)


def _strings(content):
    shape, values = content
    out = np.empty(len(values), object)
    out[:] = [_lively(v) for v in values]
    return out.reshape(shape)


_READERS = {
    "bytes": base64.b64decode,
    "array": lambda c: np.load(io.BytesIO(base64.b64decode(c)), allow_pickle=False),
    "strings": _strings,
    "dict": lambda c: {_lively(k): _lively(v) for k, v in c},
    "list": lambda c: [_lively(v) for v in c],
    "tuple": lambda c: tuple(_lively(v) for v in c),
    "set": lambda c: {_lively(v) for v in c},
    "block": lambda c: Block([_lively(v) for v in c[0]], c[1]),
    "sparse": lambda c: Sparse(*(_lively(v) for v in c)),
    "elements": lambda c: Recipe("_Elements", {"elements": _lively(c)}, {}),
}
