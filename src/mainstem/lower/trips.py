"""How often a loop runs, when that follows from values known while compiling: its counter is run in NumPy."""

import numpy as np

from mainstem.base import dtypes
from mainstem.core import evaluate
from mainstem.lower import prune

LIMIT = 100_000  # iterations that are worth counting one by one


def depends(cond, body):
    """The positions of the loop variables that decide how often the loop runs, or None when that takes more than arithmetic."""
    found = _slices(cond, body)
    return None if found is None else found[0]


def count(cond, body, values):
    """Gives the number of iterations of a loop from its initial values (NumPy arrays where known), or None.

    `cond` and `body` are FuncGraphs. What the condition depends on must be arithmetic with NumPy twins (`fold`).
    """
    found = _slices(cond, body)
    if found is None or not all(isinstance(values[i], (np.ndarray, np.generic)) for i in found[0]):
        return None
    wanted, changing, test, step = found
    state = {i: np.asarray(values[i]) for i in wanted}
    for n in range(LIMIT):
        if not _run(test, {cond.inputs[i]: v for i, v in state.items()}, [cond.outputs[0]])[0]:
            return n
        known = {body.inputs[i]: v for i, v in state.items()}
        state.update(zip(changing, _run(step, known, [body.outputs[i] for i in changing])))
    return None


def rows(cond, body, values, count):
    """Lists of which a loop of `count` iterations takes one element an iteration: ({position: index in every iteration} of those
    that it only reads, the same of those that it only writes, each element once)."""
    read, written, known = {}, {}, {}
    for p, t in enumerate(body.inputs):
        if t._dtype is not dtypes.variant or cond.inputs[p]._consumers or not t._consumers:
            continue
        result = body.outputs[p]
        kind, out = ("TensorListGetItem", read) if result is t else ("TensorListSetItem", written)
        if kind == "TensorListSetItem" and not (
            t._consumers == [result._op] and not result._consumers and body.outputs.count(result) == 1
        ):
            continue
        index = {o._inputs[1] if o.type == kind else None for o in t._consumers}
        at = index.pop() if len(index) == 1 else None
        if at not in body.inputs:
            continue
        c = body.inputs.index(at)
        if c not in known:
            known[c] = _course(body, c, values, count)
        if known[c] is not None and (kind == "TensorListGetItem" or len(set(known[c].tolist())) == count):
            out[p] = known[c]
    return read, written


def _course(body, c, values, count):
    """The values of loop variable `c` at the beginning of each iteration, or None."""
    found = _closed(body, {c})
    if found is None or not all(isinstance(values[i], (np.ndarray, np.generic)) for i in found[0]):
        return None
    wanted, changing, step = found
    state, out = {i: np.asarray(values[i]) for i in wanted}, []
    for _ in range(count):
        out.append(int(state[c]))
        known = {body.inputs[i]: v for i, v in state.items()}
        state.update(zip(changing, _run(step, known, [body.outputs[i] for i in changing])))
    return np.asarray(out, np.int32)


def _slices(cond, body):
    """(variables that the condition rests on, those of them that a step changes, operations of the test, of the step)."""
    test = _slice(cond, [cond.outputs[0]])
    if test is None:
        return None
    found = _closed(body, {cond.inputs.index(t) for t in test[1]})
    return None if found is None else (found[0], found[1], test[0], found[2])


def _closed(body, wanted):
    """(`wanted` variables and those on which they rest, those of them that a step changes, operations of the step), or None."""
    position = {t: i for i, t in enumerate(body.inputs)}
    while True:
        changing = [i for i in sorted(wanted) if position.get(body.outputs[i]) != i]
        step = _slice(body, [body.outputs[i] for i in changing])
        if step is None:
            return None
        more = wanted | {position[t] for t in step[1]}
        if more == wanted:
            return wanted, changing, step[0]
        wanted = more


def _slice(graph, outputs):
    """(operations that `outputs` need, inputs among them), or None when one has no NumPy twin."""
    fed = frozenset(graph.inputs)
    ops = prune.needed({t._op for t in outputs if t not in fed}, fed)
    inputs = [t for t in graph.inputs if any(t in op._inputs for op in ops) or t in outputs]
    for op in ops:
        if op.type == "Const" or op in (t._op for t in graph.inputs):
            continue
        if op.definition.fold is None or op.definition.writes or op._control_inputs:
            return None
    return [op for op in ops if op.type != "Placeholder"], inputs


def _run(ops, known, outputs):
    for op in ops:
        d = op.definition
        if op.type == "Const":
            known[op._outputs[0]] = op.attrs["value"]
            continue
        args = evaluate.group(d, [known[t] for t in op._inputs], op.attrs)
        results = evaluate.flatten(d, d.fold(*args, **evaluate.kernel_attrs(d, op.attrs)))
        for t, v in zip(op._outputs, results):
            known[t] = np.asarray(v, t._dtype.as_numpy_dtype)
    return [known[t] for t in outputs]
