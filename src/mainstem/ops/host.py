"""Ops that talk to the world: printing, assertions, Python callbacks, whole files, the clock."""

import itertools
import os
import sys
import threading
import time
import traceback
import weakref

import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core.families import same_shape, scalar_shape
from mainstem.core.registry import op
from mainstem.formats import stores
from mainstem.ops import show

_CALLBACKS = weakref.WeakValueDictionary()
_TOKENS = itertools.count()
_CODES = (
    (StopIteration, errors.OutOfRangeError),
    ((TypeError, ValueError), errors.InvalidArgumentError),
    (MemoryError, errors.ResourceExhaustedError),
    (NotImplementedError, errors.UnimplementedError),
)


def invalid(message):
    """An `InvalidArgumentError`; the caller adds op and line."""
    return errors.InvalidArgumentError(None, None, message)


def failed(message):
    """A `FailedPreconditionError`; the caller adds op and line."""
    return errors.FailedPreconditionError(None, None, message)


# ---- printing and checking


def _write(text, stream):
    print(text, end="", file=stream, flush=True)


@op("Print", "T, *U -> T", T=dtypes.ANY, host=True, state=lambda **attrs: np.int64(0), shape=same_shape)
def print_v1(count, input, data, *, message="", first_n=-1, summarize=3):
    """Gives `input` and writes `message` and `data` to standard error, in the first `first_n` runs (in all when negative).

    Its gradient, which passes through, is in `grad.rules`.
    """
    if first_n < 0 or count < first_n:
        _write(message + "".join(f"[{show.flat(d, summarize)}]" for d in data) + "\n", sys.stderr)
    return np.int64(count + 1), input


_LOG_LEVELS = {"log(info)": "INFO", "log(warning)": "WARNING", "log(error)": "ERROR"}


@op("PrintV2", "string ->", host=True, stateful=True)
def print_v2(input, *, output_stream="stderr", end="\n"):
    """Writes the string `input` and `end` to "stderr", "stdout", "log(info)", "log(warning)", "log(error)" or "file://path"."""
    text = np.asarray(input, object)[()].decode("utf-8", "replace") + end
    if output_stream.startswith("file://"):
        with open(output_stream[len("file://") :], "a", encoding="utf-8") as f:
            f.write(text)
    elif output_stream in _LOG_LEVELS:
        _write(f"{_LOG_LEVELS[output_stream]}:tensorflow:{text}", sys.stderr)
    elif output_stream in ("stdout", "stderr"):
        _write(text, getattr(sys, output_stream))
    else:
        raise invalid(
            f"Unknown output stream: {output_stream}, expected stderr, stdout, log(info|warning|error) or file://path."
        )


def _format_shape(inputs, attrs):
    count = attrs["template"].count(attrs["placeholder"]) if attrs["placeholder"] else 0
    if count != len(inputs):
        raise ValueError(f"num placeholders in template and num inputs must match: {count} vs. {len(inputs)}")
    return [()]


@op("StringFormat", "*T -> output:string", host=True, shape=_format_shape)
def string_format(inputs, *, template="%s", placeholder="%s", summarize=3):
    """The string `template` with each `placeholder` replaced by one of `inputs`, `summarize` entries at each end of a dimension."""
    parts = template.split(placeholder) if placeholder else [template]
    shown = [show.nested(x, summarize) for x in inputs] + [""]
    return np.array("".join(p + s for p, s in zip(parts, shown, strict=True)).encode(), object)


@op("Assert", "bool, *T ->", host=True, stateful=True)
def assert_(condition, data, *, summarize=3):
    """Raises InvalidArgumentError with `data` unless the scalar `condition` holds."""
    if not np.all(condition):
        raise invalid("assertion failed: " + " ".join(f"[{show.flat(d, summarize)}]" for d in data))


# ---- Python callbacks


class Callback:
    """A Python function that a graph's PyFunc ops call by token; it lives as long as something holds this object."""

    def __init__(self, function):
        self.function, self.token = function, f"pyfunc_{next(_TOKENS)}"
        _CALLBACKS[self.token] = self


def _argument(value):
    """What the function sees: an array, or a NumPy scalar or bytes for a scalar tensor."""
    value = np.asarray(value)
    return value[()] if value.ndim == 0 else value


def _result(value):
    """What a function returned, as an array; text becomes UTF-8 bytes."""
    array = np.asarray(value, order="C")
    if array.dtype.kind in "SU" or (array.dtype.kind == "O" and array.size):
        out = np.empty(array.shape, object)
        for i, v in enumerate(np.asarray(value, object).reshape(-1).tolist()):
            if not isinstance(v, (str, bytes)):
                raise errors.InternalError(None, None, f"Unsupported object type {type(v).__name__}")
            out.reshape(-1)[i] = v.encode() if isinstance(v, str) else v
        return out
    return array


def _call(input, token, Tout):  # noqa: N803 - the attr's name
    callback = _CALLBACKS.get(token)
    if callback is None:
        raise invalid(
            f"callback {token} is not found: a graph with Python functions runs only in the process that made it, "
            "while that graph is alive."
        )
    try:
        made = callback.function(*(_argument(x) for x in input))
    except errors.OpError:
        raise
    except Exception as e:
        kind = next((to for of, to in _CODES if isinstance(e, of)), errors.UnknownError)
        raise kind(None, None, f"{type(e).__name__}: {e}\n{traceback.format_exc()}") from e
    values = list(made) if isinstance(made, (list, tuple)) else [] if made is None else [made]
    if len(values) != len(Tout):
        raise invalid(f"{token} returns {len(values)} values, but expects to see {len(Tout)} values.")
    return [_checked(_result(v), t, i, token) for i, (v, t) in enumerate(zip(values, Tout, strict=True))]


def _checked(array, dtype, index, token):
    if array.dtype != dtype.np:
        have = dtypes.as_dtype(array.dtype).name
        raise invalid(f"{index}-th value returned by {token} is {have}, but expects {dtype.name}")
    return array


def _unknown(inputs, attrs):
    return [None] * len(attrs["Tout"])


@op("PyFunc", "*Tin -> output:*Tout", host=True, stateful=True, shape=_unknown)
def py_func(input, *, token: "string", Tin: "list(type)", Tout: "list(type)"):  # noqa: N803
    """The values that the Python function `token` gives for `input`."""
    return _call(input, token, Tout)


@op("PyFuncStateless", "*Tin -> output:*Tout", host=True, shape=_unknown)
def py_func_stateless(input, *, token: "string", Tin: "list(type)", Tout: "list(type)"):  # noqa: N803
    """As PyFunc, for a function whose result depends on `input` alone."""
    return _call(input, token, Tout)


# ---- files and time


def _path(value):
    return os.fsdecode(np.asarray(value, object)[()])


def file_error(path, e):
    """The error of `tf.errors` for an OSError at a path."""
    if isinstance(e, FileNotFoundError):
        return errors.NotFoundError(None, None, f"{path}; No such file or directory")
    if isinstance(e, PermissionError):
        return errors.PermissionDeniedError(None, None, f"{path}; Permission denied")
    if isinstance(e, IsADirectoryError):
        return errors.FailedPreconditionError(None, None, f"{path}; Is a directory")
    return errors.UnknownError(None, None, f"{path}; {e.strerror}")


@op("ReadFile", "string -> string", host=True, stateful=True, shape=scalar_shape)
def read_file(filename):
    """The whole content of the file `filename`."""
    path = _path(filename)
    try:
        with stores.opened(path) as f:
            return np.array(f.read(), object)
    except OSError as e:
        raise file_error(path, e) from None


@op("WriteFile", "string, string ->", host=True, stateful=True)
def write_file(filename, contents):
    """Writes `contents` to the file `filename`; makes missing directories, and the file appears whole or not at all."""
    path = _path(filename)
    if stores.is_remote(path):
        stores.write(path, np.asarray(contents, object)[()])
        return
    part = f"{path}.part-{os.getpid()}-{threading.get_ident()}"
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(part, "wb") as f:
            f.write(np.asarray(contents, object)[()])
        os.replace(part, path)
    except OSError as e:
        raise file_error(path, e) from None


@op("MatchingFiles", "string -> string", host=True, stateful=True, shape=lambda inputs, attrs: [(None,)])
def matching_files(pattern):
    """The sorted names [n] of files that match the shell pattern, or any of the patterns, `pattern`."""
    patterns = [os.fsdecode(p) for p in np.asarray(pattern, object).reshape(-1)]
    return np.array(sorted({os.fsencode(f) for p in patterns for f in stores.glob(p)}), object)


@op("Timestamp", "-> float64", host=True, stateful=True, shape=scalar_shape)
def timestamp():
    """Seconds since 1970."""
    return np.float64(time.time())
