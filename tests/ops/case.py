"""Rows of the op case table: one row is one call of an op, made alike by the recorder (real TensorFlow) and by the test.

    CASES = [
        case("MatMul", a=normal(3, 4), b=normal(4, 5), grad="a b"),
        case("Sum", input=normal(2, 3), reduction_indices=[1], attrs=dict(keep_dims=True), grad="input"),
        case("Cast", x=of([1.7, -1.7]), attrs=dict(DstT="int32")),
        case("AddN", inputs=[normal(2), normal(2)], grad="inputs"),
        case("AssignAdd", ref=variable(normal(3)), value=normal(3)),
        case("Reshape", tensor=normal(6), shape=[4], raises=True),
    ]

Inputs go by the op's own argument names; a plain value is int32, float32, bool or string as TensorFlow would take it. Samplers
draw from a seed made of the op, the argument and the sampler's text, so no table of inputs is stored. The row's id ends in a
checksum of the whole row: a changed row has no recording until `tests/golden/record_ops.py` runs again.
Plain Python and NumPy, also of Python 3.7 and NumPy 1.18.
"""

import zlib

import numpy as np


class Sampler:
    """A recipe for one array: `text` describes it completely, `draw(rng)` makes it. `dtype` is TensorFlow's name."""

    def __init__(self, text, dtype, draw, kind=None):
        self.text, self.dtype, self.draw, self.kind = text, dtype, draw, kind

    def array(self, seed):
        """The array; bfloat16 as float32 values that bfloat16 holds exactly, strings as an object array of bytes."""
        value = self.draw(np.random.RandomState(zlib.crc32((seed + self.text).encode()) & 0xFFFFFFFF))
        if self.dtype == "string":
            return _bytes(value)
        if self.dtype == "bfloat16":
            bits = np.asarray(value, np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
            return np.asarray(bits, np.uint32).view(np.float32)
        return np.asarray(value).astype(self.dtype)


def _bytes(value):
    items = np.array(value, dtype=object)
    flat = [v.encode() if isinstance(v, str) else v for v in items.reshape(-1)]
    out = np.empty(len(flat), dtype=object)
    out[:] = flat
    return out.reshape(items.shape)


def _random(name, shape, dtype, fn, *extra):
    text = f"{name}{shape!r}{dtype}{extra!r}"

    def draw(rng):
        value = np.asarray(fn(rng))
        return value + 1j * np.asarray(fn(rng)) if dtype.startswith("complex") else value

    return Sampler(text, dtype, draw)


def normal(*shape, dtype="float32", scale=1.0):
    """Standard normal values times `scale`, rounded to 3 decimals."""
    return _random("normal", shape, dtype, lambda rng: np.round(rng.standard_normal(shape) * scale, 3), scale)


def uniform(*shape, low=-1.0, high=1.0, dtype="float32"):
    """Values in [low, high)."""
    return _random("uniform", shape, dtype, lambda rng: rng.uniform(low, high, shape), low, high)


def positive(*shape, dtype="float32"):
    """Values in [0.1, 3)."""
    return uniform(*shape, low=0.1, high=3.0, dtype=dtype)


def nonzero(*shape, dtype="float32"):
    """Values of both signs with a size in [0.5, 2)."""
    return _random(
        "nonzero", shape, dtype, lambda rng: rng.uniform(0.5, 2.0, shape) * np.where(rng.uniform(size=shape) < 0.5, -1.0, 1.0)
    )


def integers(*shape, low=-9, high=10, dtype="int32"):
    """Integers in [low, high)."""
    return _random("integers", shape, dtype, lambda rng: np.floor(rng.uniform(low, high, shape)), low, high)


def booleans(*shape):
    """Random truth values."""
    return _random("booleans", shape, "bool", lambda rng: rng.uniform(size=shape) < 0.5)


def distinct(*shape, dtype="float32"):
    """A random order of 0, 1, 2, ..: no two equal."""
    return _random("distinct", shape, dtype, lambda rng: rng.permutation(int(np.prod(shape))).reshape(shape))


def positive_definite(*shape, dtype="float32"):
    """Symmetric positive definite matrices in the last two dimensions, well conditioned."""

    def draw(rng):
        a = rng.uniform(-1, 1, shape)
        return np.matmul(a, np.swapaxes(a, -1, -2)) + np.eye(shape[-1]) * shape[-1]

    return _random("positive_definite", shape, dtype, draw)


def invertible(*shape, dtype="float32"):
    """Well conditioned square matrices in the last two dimensions."""
    return _random("invertible", shape, dtype, lambda rng: rng.uniform(-1, 1, shape) + np.eye(shape[-1]) * shape[-1])


def of(value, dtype=None):
    """This value (number, nested list, string, array) as it is, of `dtype` or of the one TensorFlow infers."""
    if dtype is None:
        dtype = _inferred(value)
    text = f"{value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value!r}"
    return Sampler("of" + text + dtype, dtype, lambda rng: value)


def special(dtype="float32"):
    """Zeros, halves, infinities, NaN and their like."""
    return of([0.0, -0.0, 0.5, 1.5, 2.5, -0.5, -1.5, -2.7, 1e30, -1e30, float("inf"), float("-inf"), float("nan")], dtype)


def _inferred(value):
    leaf = value
    while isinstance(leaf, (list, tuple)) and leaf:
        leaf = leaf[0]
    if isinstance(leaf, (str, bytes)):
        return "string"
    kind = np.asarray(value).dtype
    if isinstance(value, (np.ndarray, np.generic)):
        return kind.name
    return {"f": "float32", "i": "int32", "b": "bool", "c": "complex128"}[kind.kind]


def variable(sampler):
    """An input `ref T`: a variable that starts with this value. Its new value comes first among the row's outputs."""
    return _of_kind(sampler, "ref")


def handle(sampler):
    """An input `resource`: the handle of a variable that starts with this value; its new value comes first."""
    return _of_kind(sampler, "resource")


def _of_kind(sampler, kind):
    sampler = sampler if isinstance(sampler, Sampler) else of(sampler)
    return Sampler(kind + sampler.text, sampler.dtype, sampler.draw, kind)


class Case:
    """One row; see `case`."""

    def __init__(self, op, inputs, attrs, grad, raises, tol, grad_tol, gap, count, since):
        self.op, self.attrs, self.raises, self.gap, self.count, self.since = op, attrs, raises, gap, count, since
        self.tol, self.grad_tol = tol, grad_tol if grad_tol is not None else tol
        self.grad = tuple(grad.split()) if isinstance(grad, str) else tuple(grad)
        self.inputs = {k: [_sampler(x) for x in v] if _is_list_input(v) else _sampler(v) for k, v in inputs.items()}
        parts = [f"{k}={_text(v)}" for k, v in sorted(self.inputs.items())]
        parts += (
            [f"{k}={v!r}" for k, v in sorted(attrs.items())]
            + [repr(self.grad), repr(bool(raises))]
            + ([str(since)] if since else [])
        )
        self.id = "{}-{:08x}".format(op, zlib.crc32(";".join(parts).encode()) & 0xFFFFFFFF)

    def arrays(self):
        """{argument: array, or list of arrays}."""
        out = {}
        for k, v in self.inputs.items():
            if isinstance(v, list):
                out[k] = [s.array(f"{self.op}/{k}{i}") for i, s in enumerate(v)]
            else:
                out[k] = v.array(f"{self.op}/{k}")
        return out

    def cotangent(self, index, shape, is_complex):
        """The gradient that arrives at output `index` of this shape, float64 or complex128."""
        rng = np.random.RandomState(zlib.crc32(f"{self.op}/out{index}{tuple(shape)!r}".encode()) & 0xFFFFFFFF)
        value = np.round(rng.uniform(-1, 1, shape), 3)
        return value + 1j * np.round(rng.uniform(-1, 1, shape), 3) if is_complex else value


def _is_list_input(v):
    return isinstance(v, list) and (v == [] or any(isinstance(x, Sampler) for x in v))


def _sampler(v):
    return v if isinstance(v, Sampler) else of(v)


def _text(v):
    return "[{}]".format(",".join(s.text for s in v)) if isinstance(v, list) else v.text


def case(op, attrs=None, grad=(), raises=False, tol=None, grad_tol=None, gap=None, count=None, since=None, inputs=None, **more):
    """A row of the table.

    Args:
        op: the op type.
        attrs: attrs that are not at their default, in plain form (dtypes by name).
        grad: names of inputs, in one string, whose gradients are compared (None counts as a result).
        raises: the call must fail, with the class of exception (or a subclass) that TensorFlow raises.
        tol, grad_tol: relative tolerance, where the dtype's own (tests/tolerance.py) does not do, and say why beside it.
        gap: the reason why Mainstem's result differs from TensorFlow's here; the test then demands that it does differ.
        count: compare only the first so many outputs.
        since: 2 where TensorFlow 2 is the reference, because 1.15 lacks something or was mended.
        inputs, **more: the op's inputs by name: samplers or plain values, or a Python list with samplers in it for a list input;
            `inputs` may be a dict of them, else it is the op's input of that name.
    """
    if inputs is not None and not isinstance(inputs, dict):
        inputs = {"inputs": inputs}
    return Case(op, dict(inputs or {}, **more), attrs or {}, grad, raises, tol, grad_tol, gap, count, since)
