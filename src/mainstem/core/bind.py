"""Binding of a call's arguments to an op: values become tensors, type variables become attrs, wrong dtypes raise TypeError."""

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.core.registry import MISSING


def _names(types):
    return ", ".join(sorted(t.name for t in types))


def _resolve(op, attrs, arg, dtype, who):
    if not isinstance(arg.type, str):
        if dtype.base_dtype is not arg.type:
            raise TypeError(
                f"Input '{arg.name}' of '{op.name}' Op has type {dtype.base_dtype.name} that does not match expected type of {arg.type.name}."
            )
        return
    base, have = dtype.base_dtype, attrs.get(arg.type)
    if have is None:
        allowed = op.attrs[arg.type].allowed
        if allowed is not None and base not in allowed:
            raise TypeError(
                f"Value passed to parameter '{arg.name}' has DataType {base.name} not in list of allowed values: {_names(allowed)} (op '{op.name}')"
            )
        attrs[arg.type], who[arg.type] = base, arg.name
    elif have is not base:
        origin = f"argument '{who[arg.type]}'" if arg.type in who else f"attr '{arg.type}'"
        raise TypeError(
            f"Input '{arg.name}' of '{op.name}' Op has type {base.name} that does not match type {have.name} of {origin}."
        )


def _one(op, attrs, arg, value, convert, who):
    wanted = attrs.get(arg.type) if isinstance(arg.type, str) else arg.type
    preferred = None
    if wanted is None:
        default = op.attrs[arg.type].default
        preferred = None if default is MISSING else default
    try:
        tensor = convert(value, dtype=wanted, as_ref=arg.is_ref, preferred_dtype=preferred, name=arg.name)
    except (TypeError, ValueError) as e:
        if wanted is None:
            raise
        try:
            have = convert(value, name=arg.name).dtype.base_dtype
        except (TypeError, ValueError):
            raise e from None
        origin = f"type {wanted.name} of argument '{who[arg.type]}'" if arg.type in who else f"expected type of {wanted.name}"
        raise TypeError(f"Input '{arg.name}' of '{op.name}' Op has type {have.name} that does not match {origin}.") from None
    if arg.is_ref and not tensor.dtype._is_ref_dtype:
        raise TypeError(f"'{op.name}' Op requires that input '{arg.name}' be a mutable tensor (e.g.: a tf.Variable)")
    _resolve(op, attrs, arg, tensor.dtype, who)
    return tensor


def _many(op, attrs, arg, values, convert, who):
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"Expected list for '{arg.name}' argument to '{op.name}' Op, not {values!r}.")
    if arg.type_list is not None:
        given = attrs.get(arg.type_list)
        if given is not None and len(given) == len(values):
            tensors = [convert(v, dtype=t, name=f"{arg.name}_{i}") for i, (v, t) in enumerate(zip(values, given, strict=True))]
        else:
            tensors = [convert(v, name=f"{arg.name}_{i}") for i, v in enumerate(values)]
        attrs[arg.type_list] = [t.dtype.base_dtype for t in tensors]
        return tensors
    attrs[arg.number] = len(values)
    wanted = attrs.get(arg.type) if isinstance(arg.type, str) else arg.type
    if wanted is None:
        wanted = next((v.dtype.base_dtype for v in values if hasattr(v, "dtype") and isinstance(v.dtype, dtypes.DType)), None)
    tensors = []
    for i, v in enumerate(values):
        try:
            t = convert(v, dtype=wanted, as_ref=arg.is_ref, name=f"{arg.name}_{i}")
        except (TypeError, ValueError) as e:
            raise _unlike(op, arg, values, wanted, convert, e) from None
        _resolve(op, attrs, arg, t.dtype, who)
        wanted = wanted or t.dtype.base_dtype
        tensors.append(t)
    return tensors


def _unlike(op, arg, values, wanted, convert, error):
    """The error for a list whose members are not of one type; `error` itself when a member cannot be converted at all."""
    try:
        have = [convert(v, name=arg.name).dtype.base_dtype for v in values]
    except (TypeError, ValueError):
        return error
    rule = "don't all match" if wanted is None or isinstance(arg.type, str) else f"do not match expected type {wanted.name}"
    return TypeError(
        f"Tensors in list passed to '{arg.name}' of '{op.name}' Op have types [{', '.join(t.name for t in have)}] that {rule}."
    )


def _float(v):
    """A float attr as a NodeDef holds it, in 32 bits: a saved and loaded graph computes the same."""
    with np.errstate(over="ignore"):
        return float(np.float32(v))


_NORMAL = {
    "type": dtypes.as_dtype,
    "shape": shapes.as_tuple,
    "list(type)": lambda v: [dtypes.as_dtype(t) for t in v],
    "list(shape)": lambda v: [shapes.as_tuple(s) for s in v],
    "list(int)": lambda v: [int(i) for i in v],
    "list(float)": lambda v: [_float(i) for i in v],
    "list(bool)": lambda v: [bool(i) for i in v],
    "list(string)": lambda v: [s.decode() if isinstance(s, bytes) else s for s in v],
    "int": int,
    "bool": bool,
    "float": _float,
    "string": lambda v: v.decode("utf-8", "surrogateescape") if isinstance(v, bytes) else v,
}


def normal(op, name, value):
    """Gives an attr's value in its plain form (str, int, DType, tuple shape, list). Raises TypeError naming op and attr."""
    fn = _NORMAL.get(op.attrs[name].type)
    if fn is None:
        return value
    try:
        return fn(value)
    except (TypeError, ValueError) as e:
        raise TypeError(f"{op.name}: attr '{name}' must be of type {op.attrs[name].type}. Got {value!r} ({e}).") from None


def bind(op, args, attrs, convert):
    """Gives (flat list of input tensors, dict of all attrs in plain form).

    `convert(value, dtype=None, as_ref=False, preferred_dtype=None, name=None)` makes a tensor of the caller's kind.
    Raises TypeError for a wrong number of arguments, an unknown attr or a dtype that the op does not take.
    """
    if len(args) != len(op.inputs):
        raise TypeError(f"{op.name} takes {len(op.inputs)} inputs ({', '.join(a.name for a in op.inputs)}). Got {len(args)}.")
    bound = {}
    for key, value in attrs.items():
        if key not in op.attrs:
            raise TypeError(f"{op.name} has no attr '{key}'. It has: {', '.join(op.attrs)}.")
        if value is not None:
            bound[key] = normal(op, key, value)
        elif op.attrs[key].type == "shape" and op.attrs[key].default is MISSING:  # any shape
            bound[key] = None
    flat, who = [], {}
    for arg, value in zip(op.inputs, args, strict=True):
        if arg.is_list:
            flat += _many(op, bound, arg, value, convert, who)
        else:
            flat.append(_one(op, bound, arg, value, convert, who))
    for key, a in op.attrs.items():
        if key not in bound:
            if a.default is MISSING:
                raise TypeError(f"{op.name}: attr '{key}' must be given.")
            bound[key] = normal(op, key, a.default) if a.default is not None else None
    return flat, bound
