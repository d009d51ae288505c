"""Running a host segment: Python kernels on concrete NumPy values, one operation after the other."""

import jax
import numpy as np

from mainstem.base import dtypes, errors, shapes
from mainstem.core import evaluate
from mainstem.lower import effects, interpret
from mainstem.lower.plan import is_handle


def run(plan, segment, values, slots):
    """Runs the operations of a host segment; `values` (tensor -> concrete value) gains their outputs."""
    for op in segment.ops:
        d = op.definition
        if op.type == "Placeholder" or (op._outputs and all(t in values for t in op._outputs)):
            continue
        try:
            results = _call(plan, op, d, values, slots)
        except errors.OpError as e:
            if e._op is None:
                e._op = op
                e._message += f" {op.where()}"
            raise
        except Exception as e:
            e.add_note(f"in {op.where()}")
            raise
        i = 0
        for t in op._outputs:
            if t in plan.handles:
                continue
            values.setdefault(t, _typed(results[i], t))
            i += 1


def _typed(v, t):
    if t._dtype in (dtypes.resource, dtypes.variant):
        return v
    if isinstance(v, jax.Array):
        v = np.asarray(v)
    if t._dtype is dtypes.string and not isinstance(v, np.ndarray):
        out = np.empty((), object)
        out[()] = v
        return out
    return np.asarray(v, t._dtype.base_dtype.as_numpy_dtype)


def concrete(plan, t, values, slots):
    """The concrete value of a tensor outside any program: fed, computed, constant, or the content of its slot."""
    v = values.get(t)
    if v is not None:
        return np.asarray(v) if isinstance(v, jax.Array) else v
    if t in plan.handles:
        name, owner = plan.handles[t]
        slot = slots.get(name, owner.line)
        with slots.lock:  # a step in another thread may give the array's memory away
            if slot.value is None:
                raise uninitialized(slot, owner)
            return np.array(slot.value) if isinstance(slot.value, jax.Array) else slot.value
    return t._op.attrs["value"]


def uninitialized(slot, op):
    """The error for reading a variable before it has a value."""
    where = f" Declared at {slot.line[0]}:{slot.line[1]}." if slot.line else ""
    return errors.FailedPreconditionError(
        None,
        op,
        f"Attempting to use uninitialized value {slot.name}.{where} Run `tf.global_variables_initializer()` (or restore a checkpoint) first.",
    )


def _call(plan, op, d, values, slots):
    if effects.is_functional(op):
        args = [
            slots.get(plan.handles[t][0], plan.handles[t][1].line) if is_handle(t) else concrete(plan, t, values, slots)
            for t in op._inputs
        ]
        return interpret.call(plan, op, args, slots)
    args = []
    names = [a.name for a in d.inputs for _ in range(plan._count(op, a))]
    for name, t in zip(names, op._inputs):
        if t in plan.handles and t not in values:
            slot_name, owner = plan.handles[t]
            slot = slots.get(slot_name, owner.line)
            if slot.value is None and owner.definition.host:
                slot.value = owner.definition.kernel(**evaluate.kernel_attrs(owner.definition, owner.attrs))
            if d.slots:
                args.append(slot)
            elif name in d.unread:
                args.append(None)
            else:
                args.append(concrete(plan, t, values, slots))
        else:
            args.append(concrete(plan, t, values, slots))
    lists = any(t._dtype is dtypes.variant for t in (*op._inputs, *op._outputs))
    if d.host or d.writes or lists or op.type == "PlaceholderWithDefault":
        kernel = d.kernel  # those of lists work on strings too
    elif d.fold is not None:
        kernel = d.fold
    else:
        raise errors.UnimplementedError(None, op, f"{op.type} on strings is not implemented {op.where()}")
    state = []
    if d.state is not None:
        slot = slots.get("state:" + op.name, op.line)
        if slot.value is None:
            slot.value = d.state(**evaluate.kernel_attrs(d, op.attrs))
        state = [slot.value]
    result = kernel(*state, *evaluate.group(d, args, op.attrs), **evaluate.kernel_attrs(d, op.attrs))
    results = evaluate.flatten(d, result, len(state) + len(d.writes))
    if state:
        slot.value = results.pop(0)
    for written in d.writes:
        slot_name, owner = plan.handles[op._inputs[names.index(written)]]
        slots.get(slot_name, owner.line).value = _settled(results.pop(0), owner)
    return results


def _settled(value, owner):
    """A variable's value as its slot holds it: on the device, unless it is of strings."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        shape = owner.attrs.get("shape")
        if owner.type == "Placeholder" and owner._outputs[0]._dtype is dtypes.resource:  # a handle that a body was given
            shape = (owner._outputs[0]._handle or (None, None))[1]
        if shape is not None and not shapes.compatible(value.shape, shape):
            raise errors.InvalidArgumentError(
                None,
                owner,
                f"Assign requires shapes of both tensors to match. lhs shape= {list(shape)} rhs shape= {list(value.shape)} {owner.where()}",
            )
        with jax.enable_x64(True):
            return jax.device_put(value, may_alias=True)
    return value
