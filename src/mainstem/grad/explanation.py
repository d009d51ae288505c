"""Why a gradient is None: what a tape knows of the way from a source to a target."""

from mainstem.base import source as lines
from mainstem.grad import registry as functions
from mainstem.grad.graph_tape import GraphRecorder, is_variable, own_tensor
from mainstem.grad.kinds import TRAINABLE


def explain(recorder, target, source):
    """A sentence about the connection between `target` and `source` on a tape."""
    if isinstance(recorder, GraphRecorder):
        return _in_graph(recorder, target, source)
    own = own_tensor(source) if is_variable(source) else source
    end = recorder.number(own_tensor(target) if is_variable(target) else target)
    start = recorder.watched.get(id(own))
    if start is None:
        return _unwatched(recorder, source, own)
    if end is None:
        return (
            "The target is not on the tape: it was computed before the tape started, after it stopped, outside of TensorFlow "
            "(through .numpy(), say), or from nothing that is watched."
        )
    if end in _reached(recorder, {start}, ()):
        return "The target depends on the source, and every op on the way has a gradient."
    beyond = _reached(recorder, {start}, recorder.breaks)
    if end not in beyond:
        return _elsewhere(recorder, start)
    needed = _needed(recorder, end)
    before = _reached(recorder, {start}, ())
    for op, why, line, ins, outs in recorder.breaks:
        if any(n in before for n in ins) and any(n in needed for n in outs):
            return f"{op.name} at {lines.show(line)} broke the connection: {why}."
    raise AssertionError("a broken way has a first break")


def _in_graph(recorder, target, source):
    start = recorder.inner(own_tensor(source) if is_variable(source) else source)
    end = recorder.inner(own_tensor(target) if is_variable(target) else target)
    if source.dtype.base_dtype not in TRAINABLE:
        return _unwatched(recorder, source, start)
    if start is None or end is None:
        return f"The {'source' if start is None else 'target'} is not used in the graph in which the tape recorded."
    ops = recorder.graph._list
    passing = [op for op in ops if recorder._saw(op) and _why_not(op) is None]
    if start not in _grown(passing, recorder._roots([source])):
        return _unwatched(recorder, source, start)
    before = _grown(passing, {start})
    if end in before:
        return "The target depends on the source, and every op on the way has a gradient."
    if end not in _grown(ops, {start}):
        return "The target does not depend on the source."
    needed = {end}
    for op in reversed(ops):
        if any(t in needed for t in op._outputs):
            needed.update(op._inputs)
    for op in ops:
        if any(t in before for t in op._inputs) and any(t in needed for t in op._outputs):
            why = _why_not(op)
            if why is not None:
                return f"{op.type} '{op.name}' at {lines.show(op.line)} broke the connection: {why}."
            if not recorder._saw(op):
                return f"{op.type} '{op.name}' at {lines.show(op.line)} was made while the tape did not record."
    raise AssertionError("a broken way has a first break")


def _why_not(op):
    """Why no gradient flows through an operation, or None."""
    registered, fn = functions.find(op)
    if registered and fn is None:
        return "its gradient is none by definition"
    if not registered and not op.definition.differentiable:
        return "the op has no gradient"
    if op._outputs and not any(t._dtype.base_dtype in TRAINABLE for t in op._outputs):
        return f"its result is {op._outputs[0]._dtype.base_dtype.name}, which has no gradient"
    return None


def _grown(ops, start):
    """`start` and all that `ops` make of it."""
    reached = set(start)
    for op in ops:
        if any(t in reached for t in op._inputs):
            reached.update(op._outputs)
    return reached


def _unwatched(recorder, source, own):
    kind = source.dtype.base_dtype
    if kind not in TRAINABLE:
        return f"The source is of dtype {kind.name}, which has no gradient: only floating and complex types do."
    if not is_variable(source):
        if id(own) in getattr(recorder, "leaves", ()):
            return "The source was used but is not watched: call tape.watch(source) before the first op that takes it."
        return "The source is not watched and no op on the tape took it: call tape.watch(source) before computing with it."
    if not source.trainable:
        return f"The variable {source.name!r} is not trainable, so that it is not watched by itself: call tape.watch(variable)."
    if not recorder.automatic:
        return f"The tape was made with watch_accessed_variables=False: call tape.watch on {source.name!r} first."
    return f"The variable {source.name!r} was not read while the tape recorded."


def _elsewhere(recorder, start):
    used = any(start in ins for _, ins, _ in recorder.steps) or any(start in ins for _, _, _, ins, _ in recorder.breaks)
    if not used:
        return "The source is watched, but no op took it while the tape recorded: it was used before, after, or not at all."
    return "Ops took the source while the tape recorded, but none of them leads to the target."


def _links(recorder, breaks):
    steps = [(ins, [n if n >= 0 else ~n for n in outs]) for _, ins, outs in recorder.steps]
    if breaks:
        steps += [(ins, outs) for _, _, _, ins, outs in breaks] + recorder.beyond
    return sorted(steps, key=lambda step: min(step[1], default=0))  # numbers grow with time


def _reached(recorder, start, breaks):
    reached = set(start)
    for ins, outs in _links(recorder, breaks):
        if any(type(n) is int and n in reached for n in ins):
            reached.update(outs)
    return reached


def _needed(recorder, end):
    needed = {end}
    for ins, outs in reversed(_links(recorder, recorder.breaks)):
        if any(n in needed for n in outs):
            needed.update(n for n in ins if type(n) is int)
    return needed
