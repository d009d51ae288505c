"""Which operations a run needs, and in which order they run."""

import heapq

from mainstem.base import errors


def needed(targets, fed):
    """Gives the operations that `targets` (operations) need, in running order, cutting at tensors in `fed`.

    Order: by dependency, then by creation; so what is made of a variable before the step that changes it sees the value before. A
    ref variable that is fetched itself gives its value after the run, as its memory does in TensorFlow.
    Raises InvalidArgumentError for a cycle, naming an operation on it.
    """
    seen, stack = set(targets), list(targets)
    ordered = True
    while stack:
        op = stack.pop()
        for t in op._inputs:
            if t not in fed:
                before = t._op
                ordered = ordered and before._id < op._id
                if before not in seen:
                    seen.add(before)
                    stack.append(before)
        for before in op._control_inputs:
            ordered = ordered and before._id < op._id
            if before not in seen:
                seen.add(before)
                stack.append(before)
    ops = sorted(seen, key=lambda o: o._id)
    return ops if ordered else _topological(ops, fed)


def _topological(ops, fed):
    """Order for graphs with edges to later-made operations (imported or changed graphs)."""
    members, waiting, after = set(ops), {}, {}
    for op in ops:
        before = {t._op for t in op._inputs if t not in fed and t._op in members} | (set(op._control_inputs) & members)
        waiting[op] = len(before)
        for b in before:
            after.setdefault(b, []).append(op)
    ready = [(op._id, i) for i, op in enumerate(ops) if waiting[op] == 0]
    position = {op: i for i, op in enumerate(ops)}
    heapq.heapify(ready)
    out = []
    while ready:
        op = ops[heapq.heappop(ready)[1]]
        out.append(op)
        for a in after.get(op, ()):
            waiting[a] -= 1
            if waiting[a] == 0:
                heapq.heappush(ready, (a._id, position[a]))
    if len(out) < len(ops):
        stuck = next(o for o in ops if waiting[o] > 0)
        raise errors.InvalidArgumentError(None, stuck, f"The graph has a cycle through {stuck.where()}.")
    return out
