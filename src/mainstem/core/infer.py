"""Output dtypes and shapes of an op before anything runs.

A shape rule is `rule(inputs, attrs) -> list of tuple shapes`, on `In` records; without one the kernel is evaluated abstractly
twice, with two stand-in sizes for unknown dimensions: a dimension that differs between the two is unknown.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core import evaluate

STAND_INS = (240, 360)  # rich in divisors, so that space_to_batch and strided reshapes accept them


class In:
    """What is known of one input when an op is applied: dtype and shape (a tuple or None); for a handle, those of its variable.

    The builder's subclass says what is known of the content.
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, dtype, shape):
        self.dtype, self.shape = dtype, shape

    def value(self):
        """The constant content as a NumPy array, or None when it is not known yet."""
        return None

    def partial(self):
        """The content read as a shape, a tuple with None for entries not known yet, or None."""
        v = self.value()
        return None if v is None else tuple(int(d) if d >= 0 else None for d in v.reshape(-1).tolist())

    def shape_value(self):
        """`partial()`, or as many unknown entries as the shape of this input tells, or None."""
        p = self.partial()
        if p is None and self.shape is not None and len(self.shape) == 1 and self.shape[0] is not None:
            return (None,) * self.shape[0]
        return p


def output_dtypes(op, attrs):
    """The flat list of output DTypes of `op` with these attrs (`ref` outputs give reference types)."""
    out = []
    for arg in op.outputs:
        if arg.type_list is not None:
            out += attrs[arg.type_list]
            continue
        t = attrs[arg.type] if isinstance(arg.type, str) else arg.type
        t = t._as_ref if arg.is_ref else t
        if arg.number is not None:
            out += [t] * attrs[arg.number]
        else:
            out.append(t)
    return out


def output_shapes(op, inputs, attrs):
    """The flat list of output shapes. Raises ValueError when the input shapes do not fit the op."""
    if op.shape is not None:
        return op.shape(inputs, attrs)
    count = len(output_dtypes(op, attrs))
    if count == 0:
        return []
    if op.host or op.writes or op.owner or any(i.shape is None or i.dtype.base_dtype not in dtypes.DEVICE for i in inputs):
        return [None] * count
    statics, position = [], 0
    for arg in op.inputs:
        size = attrs[arg.number] if arg.number else len(attrs[arg.type_list]) if arg.type_list else 1
        for i in range(position, position + size):
            if arg.name in op.static:
                v = inputs[i].value()
                if v is None:
                    return [None] * count
                statics.append((v.shape, v.dtype.str, v.tobytes()))
            else:
                statics.append(None)
        position += size
    key = tuple((i.dtype.base_dtype, i.shape) for i in inputs)
    return list(_probe(op, key, tuple(statics), Frozen(attrs)))


class Frozen:
    """Attrs as a hashable key; `attrs` is the dict."""

    __slots__ = ("attrs", "key")

    def __init__(self, attrs):
        self.attrs = attrs
        self.key = tuple((k, freeze(v)) for k, v in attrs.items())

    def __hash__(self):
        return hash(self.key)

    def __eq__(self, other):
        return self.key == other.key


def freeze(v):
    """A hashable stand-in for an attr value."""
    if isinstance(v, (list, tuple)):
        return tuple(map(freeze, v))
    if isinstance(v, dict):
        return tuple((k, freeze(x)) for k, x in v.items())
    if isinstance(v, np.ndarray):
        return (v.shape, v.dtype.str, v.tobytes() if v.dtype != object else tuple(v.reshape(-1).tolist()))
    return v


@functools.lru_cache(maxsize=65536)
def _probe(op, key, statics, frozen):
    partly = any(None in shape for _, shape in key)
    first = _abstract(op, key, statics, frozen.attrs, STAND_INS[0], partly)
    if not partly or first is None:
        return first if first is not None else (None,) * len(output_dtypes(op, frozen.attrs))
    second = _abstract(op, key, statics, frozen.attrs, STAND_INS[1], partly)
    if second is None:
        return (None,) * len(first)
    return tuple(
        None if len(a) != len(b) else tuple(x if x == y else None for x, y in zip(a, b, strict=True))
        for a, b in zip(first, second, strict=True)
    )


def _abstract(op, key, statics, attrs, size, partly):
    args, dynamic = [], []
    for (dtype, shape), static in zip(key, statics, strict=True):
        if static is not None:
            args.append(np.frombuffer(static[2], np.dtype(static[1])).reshape(static[0]))
        else:
            dynamic.append(len(args))
            args.append(jax.ShapeDtypeStruct([size if d is None else d for d in shape], dtype.np))

    def call(*values):
        full = list(args)
        for i, v in zip(dynamic, values, strict=True):
            full[i] = v
        state = [jnp.asarray(op.state(**evaluate.kernel_attrs(op, attrs)))] if op.state is not None else []
        return evaluate.evaluate(op, full, attrs, state)[len(state) :]

    try:
        with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
            return tuple(tuple(o.shape) for o in jax.eval_shape(call, *(args[i] for i in dynamic)))
    except (TypeError, ValueError, IndexError, ZeroDivisionError, NotImplementedError) as e:
        if partly:
            return None  # the stand-in size may be what does not fit
        shown = ", ".join(shapes.show(s) for _, s in key)
        raise ValueError(f"{_first_line(e)} for op '{op.name}' with input shapes: {shown}.") from None


def _first_line(e):
    return (str(e).strip().split("\n") or [""])[0].rstrip(".")
