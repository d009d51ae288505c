"""Small operations between those that run in Python: they run there too, since the way to XLA and back costs more than they do.

A queue's pipeline works on one element at a time: takes a number from a queue, gathers a row, puts it into the next queue. An
operation stays in Python when it has a NumPy form (`fold`), when all that it takes is there already, and when nothing on the device
takes what it gives.
"""

import math

from mainstem.base import dtypes
from mainstem.lower import effects

SMALL = 1 << 15  # elements of arithmetic: about where one call of a compiled program costs no more
MOVED = 1 << 20  # of operations that only move elements


def found(ops, fed, fetched, handles, on_host):
    """Gives the set of those among `ops` (in running order) that stay in Python.

    Args:
        fed, fetched: tensors that the run is given, and gives.
        handles: tensors that stand for slots.
        on_host: {operation: whether it runs in Python anyhow}.
    """
    if not any(on_host[op] and not _given(op) for op in ops):
        return frozenset()
    able = {op for op in ops if not on_host[op] and _able(op, fed, handles)}
    consumers = _consumers(ops, fed)
    while True:
        behind, kept = set(), set()  # `behind`: operations that hang on one in Python
        for op in ops:
            taken = [t._op for t in op._inputs if t not in fed]
            if on_host[op] and not _given(op):
                behind.add(op)
            elif op in able and all(_given(o) or on_host[o] or o in kept for o in taken):
                kept.add(op)
                if any(o in behind for o in taken):
                    behind.add(op)
        for op in reversed(ops):
            if op in kept and not _stays(op, consumers, fetched, behind, kept, on_host):
                kept.discard(op)
        if kept == able:
            return kept
        able = kept


def _given(op):
    """Whether an operation is no work: what it stands for is there before the run."""
    return op.type in ("Const", "Placeholder") or bool(op.definition.owner)


def _able(op, fed, handles):
    d = op.definition
    if d.fold is None or d.state is not None or d.writes or d.stateful or effects.is_functional(op) or _given(op):
        return False
    if any(t in handles for t in (*op._inputs, *op._outputs)) or any(t in fed for t in op._outputs):
        return False
    if any(t._dtype is dtypes.variant for t in (*op._inputs, *op._outputs)):
        return False
    if op.type == "Cast" and op._inputs[0]._dtype.is_floating and op._outputs[0]._dtype.is_integer:
        return False  # what does not fit is left to XLA's rule
    moves = d.fold is d.kernel
    for t in op._outputs:
        if t._shape is None or None in t._shape:
            if not moves:
                return False
        elif math.prod(t._shape) > (MOVED if moves else SMALL):
            return False
    return True


def _consumers(ops, fed):
    consumers = {}
    for op in ops:
        for t in op._inputs:
            if t not in fed:
                consumers.setdefault(t._op, []).append(op)
    return consumers


def _stays(op, consumers, fetched, behind, kept, on_host):
    """Whether nothing on the device takes what the operation gives, and Python is where it comes from or goes to."""
    taken_by = consumers.get(op, ())
    if not all(on_host[o] or o in kept for o in taken_by):
        return False
    return op in behind or (bool(taken_by) and not any(t in fetched for t in op._outputs))
