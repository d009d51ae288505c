"""The errors of eager mode, as TensorFlow's eager calls word them: which argument has the wrong type, which shapes do not fit."""

import numpy as np

from mainstem.base import arrays, dtypes, errors, shapes, source
from mainstem.core import families
from mainstem.eager.tensor import EagerTensor
from mainstem.graph.tensor import Tensor

_C_NAMES = {"float16": "half", "float32": "float", "float64": "double"}
_PLAIN = (int, float, complex, str, bytes)
_FAULTS = (TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError)


def _c_name(dtype):
    """The name of a dtype in TensorFlow's runtime."""
    return _C_NAMES.get(dtype.base_dtype.name, dtype.base_dtype.name)


def _flat(op, args):
    for arg, value in zip(op.inputs, args):
        for v in value if arg.is_list and isinstance(value, (list, tuple)) else (value,):
            yield arg, v


def refused(op, args, attrs):
    """The error for tensors of types that `op` does not take together, or None when something else is wrong."""
    wanted = {k: dtypes.as_dtype(v) for k, v in attrs.items() if k in op.attrs and op.attrs[k].type == "type" and v is not None}
    items = [(i, arg, v, _dtype_of(v)) for i, (arg, v) in enumerate(_flat(op, args)) if arg.type_list is None]
    for i, arg, _, kind in items:
        if kind is None:
            continue
        want, have = wanted.get(arg.type) if isinstance(arg.type, str) else arg.type, _c_name(kind)
        if want is None:
            allowed = op.attrs[arg.type].allowed
            if allowed is not None and kind not in allowed:
                names = ", ".join(_c_name(t) for t in sorted(allowed, key=lambda t: t._enum))
                return invalid(op, f"Value for attr '{arg.type}' of {have} is not in the list of allowed values: {names}")
            wanted[arg.type] = kind
        elif kind is not want.base_dtype:
            expected = f"input #{i}(zero-based) was expected to be a {_c_name(want)} tensor but is a {have} tensor"
            return invalid(op, f"cannot compute {op.name} as {expected}")
    for _, arg, v, kind in items:
        want = wanted.get(arg.type) if isinstance(arg.type, str) else arg.type
        if kind is None and want is not None and isinstance(v, _PLAIN):
            try:
                arrays.as_array(v, want)
            except (TypeError, ValueError):
                return TypeError(f"Cannot convert {v!r} to EagerTensor of dtype {_c_name(want)}")
    return None


def _dtype_of(v):
    """The dtype that a value brings along, or None when it takes that of the others."""
    if isinstance(v, EagerTensor):
        return v._dtype
    return dtypes.as_dtype(v.dtype) if isinstance(v, (np.ndarray, np.generic)) and v.dtype.kind in "biufc" else None


def invalid(op, text):
    """The error for an op that is refused: what is wrong, the op and the user's line."""
    return errors.InvalidArgumentError(None, None, f"{text} [Op:{op.name}] (at {source.show(source.user_line())})")


def failed(op, inputs, e):
    """The error for an op that did not run: of TensorFlow's class, with the op, what it was given and the user's line."""
    if isinstance(e, NotImplementedError) or (isinstance(e, errors.OpError) and "[Op:" in str(e)):
        return e
    if isinstance(e, errors.OpError):
        made = type(e)(None, None, f"{e.message} [Op:{op.name}] (at {source.show(source.user_line())})")
        made.__cause__ = e.__cause__
        return made
    given = ", ".join(f"{t._dtype.name}{shapes.show(t._shape)}" for t in inputs)
    text = (str(e).strip().splitlines() or [repr(e)])[0]
    if op.name == "Cast" and inputs[0]._dtype is dtypes.string:
        return errors.UnimplementedError(
            None, None, "Cast string to another type is not supported: use tf.strings.to_number [Op:Cast]"
        )
    if isinstance(e, _FAULTS):
        text = _worded(op, inputs) or text
        return errors.InvalidArgumentError(
            None, None, f"{text} [Op:{op.name}] (inputs {given}, at {source.show(source.user_line())})"
        )
    e.add_note(f"in [Op:{op.name}] (inputs {given}, at {source.show(source.user_line())})")
    return e


def _worded(op, inputs):
    """TensorFlow's words where programs look for them, else None."""
    have = [shapes.show(t._shape).replace(" ", "") for t in inputs]
    if op.shape is families.broadcast_shape and len(have) == 2:
        return f"Incompatible shapes: {have[0]} vs. {have[1]}"
    if op.name == "MatMul" and all(len(t._shape) == 2 for t in inputs):
        return f"Matrix size-incompatible: In[0]: {have[0]}, In[1]: {have[1]}"
    if op.name == "Reshape":
        wanted = inputs[1]._array()
        if wanted.size == 0 or wanted.min() >= 0:
            return (
                f"Input to reshape is a tensor with {int(np.prod(inputs[0]._shape))} values, but the requested shape has "
                f"{int(np.prod(wanted))}"
            )
    return None


def unconvertible(value, dtype, e):
    """The error for a value that cannot be a tensor, from the one met while converting it."""
    if isinstance(value, Tensor) or isinstance(e, errors.OpError):
        return e
    if isinstance(value, _PLAIN) and dtype is not None:
        return TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {_c_name(dtype)}")
    if isinstance(value, (list, tuple)):
        if "non-rectangular" in str(e):
            return ValueError("Can't convert non-rectangular Python sequence to Tensor.")
        kinds = {type(v) for v in value}
        if len(kinds) > 1 and kinds & {str, bytes, type(None)}:
            return ValueError("Can't convert Python sequence with mixed types to Tensor.")
        return e
    plain = hasattr(value, "__array__") or isinstance(value, _PLAIN)
    if not plain and "partially known" not in str(e):
        return ValueError(f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) to a Tensor.")
    return e
