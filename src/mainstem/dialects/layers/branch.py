"""`training=` as a Python value, a constant, or a tensor known only in a run."""

from mainstem.surface import array, control_flow, framework
from mainstem.surface.framework import convert_to_tensor


def static_value(pred):
    """The bool that `pred` is known to be, else None."""
    if isinstance(pred, (bool, int)):
        return bool(pred)
    if framework.is_tensor(pred):
        value = array.constant_value(convert_to_tensor(pred))
        return None if value is None else bool(value)
    return bool(pred)


def smart_cond(pred, true_fn, false_fn, name=None):
    """`true_fn()` or `false_fn()` at once where `pred` is known, else a `cond` of both.

    Raises TypeError for a tensor that is not bool.
    """
    known = static_value(pred)
    if known is not None:
        return true_fn() if known else false_fn()
    return control_flow.cond_v1(pred, true_fn, false_fn, name=name)
