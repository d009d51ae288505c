"""Functions that are called after every eager operation, and those that look for infinities and NaN."""

import contextlib
import enum
import functools

import numpy as np

from mainstem.eager.context import context
from mainstem.platform import logging


class ExecutionCallback(enum.Enum):
    """What to do when an operation gives an infinity or NaN."""

    IGNORE, PRINT, RAISE, WARN = "ignore", "print", "raise", "warn"


class InfOrNanError(Exception):
    """Tells which output of which operation has infinities or NaN, how many, and its value."""

    def __init__(self, op_type, op_name, output_index, num_outputs, value):
        self.op_type, self.op_name, self.output_index, self.num_outputs, self.value = (
            op_type,
            op_name,
            output_index,
            num_outputs,
            value,
        )
        counts = [(np.isinf(value).sum(), "inf(s)"), (np.isnan(value).sum(), "nan(s)")]
        shown = " and ".join(f"{n} {what}" for n, what in counts if n)
        super().__init__(
            f"Output {output_index + 1} of {num_outputs} of the operation {op_type} (name: {op_name!r}) has {shown} among its {value.size} "
            f"element(s). Tensor value: {value}"
        )


class _Observers:
    def __init__(self):
        self.callbacks, self.action = [], ExecutionCallback.IGNORE

    def settle(self):
        """Has the context call what there is to call; nobody costs nothing."""
        found = list(self.callbacks)
        if self.action is not ExecutionCallback.IGNORE:
            found.append(functools.partial(inf_nan_callback, action=self.action))
        context().observe(functools.partial(_tell, found) if found else None)


_observers = _Observers()


def _tell(callbacks, op, inputs, attrs, outputs, name):
    flat = tuple(part for item in attrs.items() for part in item)
    for callback in callbacks:
        callback(op.name, inputs, flat, outputs, name)


def add_execution_callback(callback):
    """Has `callback(op_type, inputs, attrs, outputs, op_name)` called after every eager operation.

    `attrs` alternates names and values. Operations inside of a tf.function are compiled together and not seen.
    """
    _observers.callbacks.append(callback)
    _observers.settle()


def clear_execution_callbacks():
    """Takes all callbacks away, and what `seterr` set."""
    _observers.callbacks, _observers.action = [], ExecutionCallback.IGNORE
    _observers.settle()


def inf_nan_callback(op_type, inputs, attrs, outputs, op_name, check_inf=True, check_nan=True, action=ExecutionCallback.RAISE):
    """A callback that looks for infinities and NaN in the outputs.

    Args:
        check_inf, check_nan: what to look for.
        action: an `ExecutionCallback` or its value: "raise" raises InfOrNanError, "warn" logs, "print" prints, "ignore" does nothing.

    Raises ValueError for another action.
    """
    action = ExecutionCallback(action)
    if action is ExecutionCallback.IGNORE:
        return
    for i, output in enumerate(outputs):
        value = output.numpy() if output.dtype.is_floating or output.dtype.is_complex else None
        if value is None or not ((check_inf and np.isinf(value).any()) or (check_nan and np.isnan(value).any())):
            continue
        error = InfOrNanError(op_type, op_name, i, len(outputs), np.asarray(value))
        if action is ExecutionCallback.RAISE:
            raise error
        if action is ExecutionCallback.WARN:
            logging.warning(str(error))
        else:
            print("Warning:", error)


def inf_callback(op_type, inputs, attrs, outputs, op_name, action=ExecutionCallback.RAISE):
    """`inf_nan_callback` for infinities."""
    inf_nan_callback(op_type, inputs, attrs, outputs, op_name, check_nan=False, action=action)


def nan_callback(op_type, inputs, attrs, outputs, op_name, action=ExecutionCallback.RAISE):
    """`inf_nan_callback` for NaN."""
    inf_nan_callback(op_type, inputs, attrs, outputs, op_name, check_inf=False, action=action)


def seterr(inf_or_nan=None):
    """Sets what happens when an eager operation gives an infinity or NaN; gives what was set before: {"inf_or_nan": …}.

    None changes nothing. Raises ValueError for what is no `ExecutionCallback` nor its value.
    """
    before = {"inf_or_nan": _observers.action}
    if inf_or_nan is not None:
        _observers.action = ExecutionCallback(inf_or_nan)
        _observers.settle()
    return before


@contextlib.contextmanager
def errstate(inf_or_nan=None):
    """A block in which `seterr(inf_or_nan)` holds."""
    before = seterr(inf_or_nan)
    try:
        yield
    finally:
        seterr(**before)
