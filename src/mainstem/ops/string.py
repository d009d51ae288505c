"""Ops on strings: joining, splitting, slicing, case, regular expressions, numbers to text and back, hashes.

All run on the host, on object arrays of bytes. A position or length counts bytes, or code points with unit "UTF8_CHAR".
"""

import functools

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.families import same_shape
from mainstem.core.registry import op
from mainstem.ops import hashing
from mainstem.ops.host import invalid

try:
    import re2  # the engine that TensorFlow uses: same syntax, linear time
except ImportError:  # no wheel for this platform: everything but regular expressions works
    re2 = None

INTEGERS = frozenset({dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64})
SPACE = b" \t\n\v\f\r"


def each(fn, array, dtype=object):
    """An array of `dtype` holding `fn` of every element of an object array."""
    array = np.asarray(array, object)
    out = np.empty(array.shape, dtype)
    target = out.reshape(-1)
    for i, v in enumerate(array.reshape(-1).tolist()):
        target[i] = fn(v)
    return out


def elementwise(name, signature="string -> string", **options):
    """Registers a host op whose output has the shape of its first input."""
    return op(name, signature, host=True, shape=same_shape, **options)


# ---- joining and splitting


def _joined_shape(inputs, attrs):
    out = ()
    for i in inputs:
        if i.shape is None:
            return [None]
        if i.shape != ():
            out = i.shape if out == () else shapes.merge(out, i.shape)
    return [out]


@op("StringJoin", "N * string -> string", host=True, shape=_joined_shape)
def string_join(inputs, *, separator=""):
    """The strings of N arrays of one shape (scalars broadcast) joined element by element."""
    arrays = np.broadcast_arrays(*(np.asarray(i, object) for i in inputs))
    out, glue = np.empty(arrays[0].shape, object), separator.encode()
    for i in np.ndindex(out.shape):
        out[i] = glue.join(a[i] for a in arrays)
    return out


def _axes(indices, rank):
    out = []
    for a in np.asarray(indices).reshape(-1).tolist():
        if not -rank <= a < rank:
            raise ValueError(f"Invalid reduction dimension {a} for input with {rank} dimensions.")
        if a % rank in out:
            raise ValueError(f"Duplicate reduction dimension {a % rank}")
        out.append(a % rank)
    return out


def _reduced(inputs, attrs):
    shape, axes = inputs[0].shape, inputs[1].value()
    if shape is None or axes is None:
        return [None]
    axes = _axes(axes, len(shape))
    if attrs["keep_dims"]:
        return [tuple(1 if i in axes else d for i, d in enumerate(shape))]
    return [tuple(d for i, d in enumerate(shape) if i not in axes)]


@op("ReduceJoin", "string, int32 -> string", host=True, shape=_reduced)
def reduce_join(inputs, reduction_indices, *, keep_dims=False, separator=""):
    """Joins strings over the axes `reduction_indices`, the first named axis running fastest."""
    inputs = np.asarray(inputs, object)
    axes = _axes(reduction_indices, inputs.ndim)
    kept = [i for i in range(inputs.ndim) if i not in axes]
    moved = inputs.transpose(kept + axes[::-1])
    shape, out = moved.shape[: len(kept)], np.empty(moved.shape[: len(kept)], object)
    for i in np.ndindex(shape):
        out[i] = separator.encode().join(moved[i].reshape(-1).tolist() if axes else [moved[i]])
    return out.reshape([1 if i in axes else d for i, d in enumerate(inputs.shape)]) if keep_dims else out


def ragged(rows):
    """Lists of strings as the (indices [n, 2], values [n], shape [2]) of a sparse tensor."""
    indices = np.array([(r, c) for r, row in enumerate(rows) for c in range(len(row))], np.int64).reshape(-1, 2)
    values = np.empty(len(indices), object)
    values[:] = [v for row in rows for v in row]
    return indices, values, np.array([len(rows), max(map(len, rows), default=0)], np.int64)


def _split_shapes(inputs, attrs):
    if inputs[0].shape is not None and len(inputs[0].shape) != 1:
        raise ValueError(f"Shape must be rank 1 but is rank {len(inputs[0].shape)}")
    return [(None, 2), (None,), (2,)]


@op("StringSplit", "string, string -> indices:int64, values:string, shape:int64", host=True, shape=_split_shapes)
def string_split(input, delimiter, *, skip_empty=True):
    """Splits each string of `input` [n] at any byte of `delimiter` (after each byte when that is empty)."""
    cuts = np.asarray(delimiter, object)[()]

    def split(text):
        if not cuts:
            return [text[i : i + 1] for i in range(len(text))]
        if not text:
            return []
        parts = text.translate(bytes(cuts[0] if b in cuts else b for b in range(256))).split(cuts[:1])
        return [p for p in parts if p] if skip_empty else parts

    return ragged([split(t) for t in np.asarray(input, object).tolist()])


def _split_at_space(text, maxsplit):
    if maxsplit < 0:
        return text.split()
    if maxsplit == 0:
        return [text]
    parts, rest = [], text.lstrip(SPACE)
    while rest and len(parts) < maxsplit:
        end = next((i for i, b in enumerate(rest) if b in SPACE), len(rest))
        parts.append(rest[:end])
        rest = rest[end:].lstrip(SPACE)
    return [*parts, rest] if len(parts) == maxsplit else parts  # an empty rest counts, as in TensorFlow


@op("StringSplitV2", "string, string -> indices:int64, values:string, shape:int64", host=True, shape=_split_shapes)
def string_split_v2(input, sep, *, maxsplit=-1):
    """Splits each string of `input` [n] at the whole `sep` (at white space when that is empty), at most `maxsplit` times."""
    sep = np.asarray(sep, object)[()]
    return ragged([t.split(sep, maxsplit) if sep else _split_at_space(t, maxsplit) for t in np.asarray(input, object).tolist()])


# ---- pieces, case, length


def _broadcast(inputs, attrs):
    return [shapes.broadcast(inputs[0].shape, inputs[1].shape)]


@op("Substr", "string, T, T -> string", T=dtypes.INDEX, host=True, shape=_broadcast)
def substr(input, pos, len_, *, unit="BYTE"):
    """`len` units of each string from `pos` on (from the end when negative); `pos` and `len` broadcast with `input`."""
    strings, starts, lengths = np.broadcast_arrays(np.asarray(input, object), pos, len_)
    out = np.empty(strings.shape, object)
    for i in np.ndindex(out.shape):
        whole, start, length = strings[i], int(starts[i]), int(lengths[i])
        text = whole.decode("utf-8", "surrogateescape") if unit == "UTF8_CHAR" else whole
        if not -len(text) <= start <= len(text):
            raise invalid(f"pos {start} out of range for string {whole!r} at index {i[0] if i else 0}")
        start += len(text) if start < 0 else 0
        part = text[start:] if length < 0 else text[start : start + length]
        out[i] = part.encode("utf-8", "surrogateescape") if unit == "UTF8_CHAR" else part
    return out


@elementwise("StringStrip")
def string_strip(input):
    """Strings without white space at both ends."""
    return each(lambda s: s.strip(SPACE), input)


def _cased(fn, ascii_fn, input, encoding):
    if encoding not in ("", "utf-8"):
        raise invalid(f"only utf8 or '' (no encoding) is supported, received {encoding}")
    return each((lambda s: fn(s.decode("utf-8", "replace")).encode()) if encoding else ascii_fn, input)


@elementwise("StringLower")
def string_lower(input, *, encoding=""):
    """Lower case of ASCII letters, or of all letters with encoding "utf-8"."""
    return _cased(str.lower, bytes.lower, input, encoding)


@elementwise("StringUpper")
def string_upper(input, *, encoding=""):
    """Upper case of ASCII letters, or of all letters with encoding "utf-8"."""
    return _cased(str.upper, bytes.upper, input, encoding)


@elementwise("StringLength", "string -> int32")
def string_length(input, *, unit="BYTE"):
    """The number of bytes, or of code points with unit "UTF8_CHAR", of each string."""
    if unit == "UTF8_CHAR":
        return each(lambda s: sum((b & 0xC0) != 0x80 for b in s), input, np.int32)
    return each(len, input, np.int32)


# ---- regular expressions


@functools.lru_cache(maxsize=512)
def _pattern(text):
    if re2 is None:
        raise NotImplementedError("Regular expression ops need the package google-re2: pip install google-re2")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as e:
        reason = e.args[0].decode() if e.args and isinstance(e.args[0], bytes) else str(e)
        raise invalid(f"Invalid pattern: {text.decode('utf-8', 'replace')}, error: {reason}") from None


def _expand(rewrite, match):
    out, i = b"", 0
    while i < len(rewrite):
        c = rewrite[i : i + 1]
        if c == b"\\" and i + 1 < len(rewrite):
            i += 1
            c = rewrite[i : i + 1]
            if c.isdigit():
                group = int(c)
                c = (match.group(group) or b"") if group <= match.re.groups else b""
            elif c != b"\\":
                c = b""
        out += c
        i += 1
    return out


def _replace(text, pattern, rewrite, everywhere):
    out, at = [], 0
    for m in pattern.finditer(text):
        out += [text[at : m.start()], _expand(rewrite, m)]
        at = m.end()
        if not everywhere:
            break
    return b"".join(out) + text[at:]


def _scalar(x):
    return np.asarray(x, object)[()]


@elementwise("RegexReplace", "string, string, string -> string")
def regex_replace(input, pattern, rewrite, *, replace_global=True):
    r"""Replaces matches of the RE2 `pattern` (the first one unless `replace_global`) by `rewrite`, in which \1 is group 1."""
    compiled, rewrite = _pattern(_scalar(pattern)), _scalar(rewrite)
    return each(lambda s: _replace(s, compiled, rewrite, replace_global), input)


@elementwise("StaticRegexReplace")
def static_regex_replace(input, *, pattern: "string", rewrite: "string", replace_global=True):
    """As RegexReplace, with pattern and rewrite known when the graph is built."""
    compiled = _pattern(pattern.encode())
    return each(lambda s: _replace(s, compiled, rewrite.encode(), replace_global), input)


@elementwise("RegexFullMatch", "string, string -> bool")
def regex_full_match(input, pattern):
    """Whether the RE2 `pattern` matches each string as a whole."""
    compiled = _pattern(_scalar(pattern))
    return each(lambda s: compiled.fullmatch(s) is not None, input, np.bool_)


@elementwise("StaticRegexFullMatch", "string -> bool")
def static_regex_full_match(input, *, pattern: "string"):
    """As RegexFullMatch, with the pattern known when the graph is built."""
    compiled = _pattern(pattern.encode())
    return each(lambda s: compiled.fullmatch(s) is not None, input, np.bool_)


# ---- numbers


def parse_float(text):
    """A float from bytes as TensorFlow reads it (blanks around, hexadecimal, inf, nan), or None."""
    t = text.strip(SPACE).lower()
    if not t:
        return 0.0 if text else None
    body = t.lstrip(b"+-")
    try:
        if body.startswith(b"0x"):
            return float.fromhex(t.decode())
        if b"_" in t or body == b"infinity":
            return None
        return float(t)
    except (ValueError, UnicodeDecodeError):
        return None
    except OverflowError:
        return float("-inf") if t[:1] == b"-" else float("inf")


def parse_int(text, kind):
    """An integer of NumPy type `kind` from bytes (blanks around, no plus sign), or None."""
    t = text.strip(SPACE)
    if not t.removeprefix(b"-").isdigit():
        return None
    value, limits = int(t), np.iinfo(kind)
    return value if limits.min <= value <= limits.max else None


def parse_number(text, dtype):
    """A number of `dtype` from bytes, or None when it is not one."""
    value = parse_float(text) if dtype.is_floating else parse_int(text, dtype.np)
    if value is None:
        return None
    with np.errstate(over="ignore"):
        return dtype.np.type(value)


@elementwise("StringToNumber", "string -> out_type", out_type=frozenset({dtypes.float32, dtypes.float64, *dtypes.INDEX}))
def string_to_number(string_tensor, *, out_type: "type" = dtypes.float32):
    """The number that each string spells. Raises InvalidArgumentError for a string that is none."""

    def parse(text):
        value = parse_number(text, out_type)
        if value is None:
            raise invalid(f"StringToNumberOp could not correctly convert string: {text.decode('utf-8', 'replace')}")
        return value

    return each(parse, string_tensor, out_type.np)


@elementwise("AsString", "T -> string", T=INTEGERS | {dtypes.float32, dtypes.float64, dtypes.bool} | dtypes.COMPLEX)
def as_string(input, *, T: "type", precision=-1, scientific=False, shortest=False, width=-1, fill=""):  # noqa: N803
    """Each element as text: integers and booleans plainly, floats with `precision` digits (6), `width` and `fill` as in C."""
    real = T.is_floating or T.is_complex
    if len(fill) > 1:
        raise invalid(f"Fill string must be one or fewer characters. Got {fill!r}.")
    if scientific and shortest:
        raise invalid("Cannot select both scientific and shortest notation")
    if (scientific or shortest) and not real:
        raise invalid(f"scientific and shortest format not supported for datatype {T.name}")
    if precision >= 0 and not real:
        raise invalid(f"precision not supported for datatype {T.name}")
    if fill not in ("", " ", "+", "-", "0"):
        raise invalid(f"Fill argument not supported: {fill!r}")
    form = "%" + (fill if width >= 0 or fill else "") + (str(width) if width >= 0 else "")
    form += (f".{precision}" if precision >= 0 else "") + (("e" if scientific else "g" if shortest else "f") if real else "d")
    if T.is_bool:
        text = lambda v: "true" if v else "false"  # noqa: E731
    elif T.is_complex:
        text = lambda v: f"({form % v.real},{form % v.imag})"  # noqa: E731
    else:
        text = lambda v: form % v  # noqa: E731
    return each(lambda v: text(v).encode(), np.asarray(input).astype(object))


# ---- hashes


def _buckets(fn, input, count):
    if count < 1:
        raise invalid(f"num_buckets must be at least 1. Got {count}.")
    return each(lambda s: fn(s) % count, input, np.int64)


@elementwise("StringToHashBucketFast", "string -> int64")
def string_to_hash_bucket_fast(input, *, num_buckets: "int"):
    """FarmHash's 64-bit fingerprint of each string modulo `num_buckets`."""
    return _buckets(hashing.farm, input, num_buckets)


@elementwise("StringToHashBucketStrong", "string -> int64")
def string_to_hash_bucket_strong(input, *, num_buckets: "int", key: "list(int)"):
    """SipHash of each string with a secret `key` of two integers, modulo `num_buckets`."""
    if len(key) != 2:
        raise invalid(f"Key must have 2 elements. Got {len(key)}.")
    return _buckets(lambda s: hashing.sip(s, key), input, num_buckets)


@elementwise("StringToHashBucket", "string -> int64")
def string_to_hash_bucket(string_tensor, *, num_buckets: "int"):
    """The legacy hash of each string modulo `num_buckets`."""
    return _buckets(hashing.legacy, string_tensor, num_buckets)
