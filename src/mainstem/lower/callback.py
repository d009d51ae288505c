"""Host operations inside compiled bodies: Python is called back from the running program, in program order."""

import logging

import jax
import numpy as np
from jax.experimental import io_callback

from mainstem.base import dtypes
from mainstem.core import evaluate

_failures = []
# JAX logs the traceback of a failing callback; the same error is raised where the program was called
logging.getLogger("jax._src.callback").addFilter(lambda record: not _failures)


class Text:
    """A string that only the running program can make: the operation and its arguments, among them other `Text`s."""

    def __init__(self, op, args):
        self.op, self.args = op, args


def call(op, args):
    """Gives the values of a host operation's outputs: traced arrays, or `Text` for strings."""
    if op._outputs and all(t._dtype is dtypes.string for t in op._outputs):
        return [Text(op, args) for _ in op._outputs]
    leaves = []
    tree = _flatten(args, leaves)
    results = [jax.ShapeDtypeStruct(t._shape, t._dtype.np) for t in op._outputs]

    def run(*values):
        try:
            made = _run(op, _rebuild(tree, values))
            return [np.asarray(v, t._dtype.np) for v, t in zip(made, op._outputs, strict=True)]
        except Exception as e:
            _failures.append(_told(op, e))
            raise  # stops the program, whose own error says less

    # no tangents: Python code has no gradient
    made = io_callback(run, results, *[jax.lax.stop_gradient(v) for v in leaves], ordered=True)
    return _passed(op, args, made)


def _passed(op, args, made):
    """What prints or checks a tensor and gives it back keeps its gradient."""
    if op.type in ("Print", "CheckNumerics") and op._outputs:
        return [args[0]]
    return made


def raise_failures():
    """Waits for callbacks under way and raises the first error that one met."""
    jax.effects_barrier()
    if _failures:
        first = _failures[0]
        _failures.clear()
        raise first


def _told(op, e):
    if hasattr(e, "_op") and e._op is None:
        e._op, e._message = op, f"{e._message} {op.where()}"
    return e


def _run(op, args):
    d = op.definition
    kernel = d.kernel if d.host else d.fold
    attrs, state = evaluate.kernel_attrs(d, op.attrs), []
    if d.state is not None:  # how often it was called: Python's to keep, the compiled program never sees it
        state = [op.__dict__.get("_called", d.state(**attrs))]
    results = evaluate.flatten(d, kernel(*state, *evaluate.group(d, args, op.attrs), **attrs), len(state))
    if state:
        op._called = results.pop(0)
    return results


def _flatten(args, leaves):
    tree = []
    for a in args:
        if isinstance(a, Text):
            tree.append((a, _flatten(a.args, leaves)))
        elif isinstance(a, np.ndarray):
            tree.append((None, a))
        else:
            tree.append((None, len(leaves)))
            leaves.append(a)
    return tree


def _rebuild(tree, values):
    out = []
    for text, part in tree:
        if text is not None:
            out.append(_run(text.op, _rebuild(part, values))[0])
        elif isinstance(part, np.ndarray):
            out.append(part)
        else:
            out.append(np.asarray(values[part]))
    return out
