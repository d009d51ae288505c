"""What a tape remembers of eager mode: the ops that led from watched tensors onwards, as a structure of numbers.

Every tensor that a record mentions has a number: its place in `tensors`. A record is `(Kind, inputs, outputs)`: inputs are
numbers, static inputs stand there as values (`kinds.static_value`); outputs are numbers, `~number` for dtypes without gradient.
So the list of records is a key: equal keys are the same computation on other values, and share one `play.Plan`.
"""

import weakref

from mainstem.base import dtypes, source
from mainstem.eager.tensor import wrap
from mainstem.grad import kinds
from mainstem.grad.kinds import TRAINABLE

_RESOURCE = dtypes.resource
CALL = "call"  # stands for the Kind of a record that brings its own gradient


class Recorder:
    """The records of one tape."""

    def __init__(self, automatic):
        self.automatic = automatic  # whether trainable variables are watched as they are read
        self.clear()

    def clear(self):
        """Forgets everything."""
        self.watched, self.leaves, self.tensors = {}, {}, []
        self.steps, self.pulls, self.handles, self.variables = [], {}, [], []
        self._slots, self._kept = {}, []
        self.breaks, self.beyond, self.tainted = [], [], {}  # what lets no gradient through, and what came of it

    def release(self, explain):
        """Lets go of values, once they are not needed any more; with `explain` what connected them stays, to be asked about."""
        variables = self.variables
        if not explain:
            self.clear()
        self.tensors, self.pulls, self.variables = [], {}, variables

    # ---- what is watched

    def watch(self, tensor):
        """Follows a tensor or a handle from here on."""
        if id(tensor) not in self.watched:
            self.watched[id(tensor)] = self._number(tensor)
            if tensor._dtype is dtypes.resource:
                self._slots[id(tensor._value)] = self.watched[id(tensor)]
                self.handles.append((self.watched[id(tensor)], tensor._handle))

    def watch_variable(self, variable):
        """Follows a variable from here on."""
        if not any(v is variable for v in self.variables):
            self.variables.append(variable)
        self.watch(variable.handle)

    def _access(self, handle):
        """Whether the variable behind a handle is watched; a trainable one is, from its first use."""
        slot = handle._value
        number = self._slots.get(id(slot))
        if number is None:
            variable = slot.variable() if self.automatic and slot.variable is not None else None
            if variable is None or not variable.trainable:
                return False
            self.watch_variable(variable)
            number = self._slots[id(slot)]
        if id(handle) not in self.watched:  # another handle of the same variable
            self.watched[id(handle)] = number
            self._kept.append(handle)  # so that its id stays its own
        return True

    def _number(self, tensor):
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    # ---- what happens

    def record(self, op, attrs, inputs, outputs):
        """Remembers an op application on flat lists of tensors when it has a watched input."""
        watched, ins, hit = self.watched, [], False
        for t in inputs:
            n = watched.get(id(t))
            if n is not None:
                hit = True
            elif t._dtype is _RESOURCE and self._access(t):
                n, hit = watched[id(t)], True
            ins.append(n)
        if not hit:
            if self.tainted:
                self._after_break(inputs, outputs)
            return
        kind = kinds.of(op, attrs)
        if kind.plain:
            for i, n in enumerate(ins):
                if n is None:
                    ins[i] = self._leaf(inputs[i])
        elif kind.why_not is not None and not kind.missing:
            self._broken(kind, inputs, outputs)
            return
        else:
            ins = [self._input(kind, i, t) for i, t in enumerate(inputs)]
        n = len(self.tensors)
        if len(outputs) == 1 and outputs[0]._dtype in TRAINABLE:
            self.tensors.append(outputs[0])
            watched[id(outputs[0])] = n
            self.steps.append((kind, tuple(ins), (n,)))
        elif outputs and not any(t._dtype in TRAINABLE for t in outputs):
            why = f"its result is {outputs[0]._dtype.name}, which has no gradient"
            self.breaks.append((op, why, source.user_line(), tuple(ins), self._taint(outputs)))
        else:
            self.steps.append((kind, tuple(ins), self._outputs(outputs)))

    def _input(self, kind, i, t):
        """What stands for input `i` in a record: a number, or the value of a static input."""
        if i in kind.static:
            return kinds.static_value(t)
        n = self.watched.get(id(t))
        if n is None:
            n = self._leaf(t)
        return self._snapshot(t) if kind.snapshot and t._dtype is _RESOURCE else n

    def _outputs(self, outputs):
        out = []
        for t in outputs:
            n = self._number(t)
            (self.watched if t._dtype in TRAINABLE else self.leaves)[id(t)] = n
            out.append(n if t._dtype in TRAINABLE else ~n)
        return tuple(out)

    def _leaf(self, t):
        if t._dtype is dtypes.resource and self._access(t):
            return self.watched[id(t)]
        n = self.leaves.get(id(t))
        if n is not None:
            return n
        n = self._tainted(t) if self.tainted else None
        if n is None:
            n = self._number(t)
        self.leaves[id(t)], self.tensors[n] = n, t
        if t._dtype is dtypes.resource:
            self.handles.append((n, t._handle))
        return n

    def _snapshot(self, handle):
        """The content of a variable as it is now, for a gradient that needs it later."""
        handle._value.shared = True
        value = wrap(handle._value.value)
        n = self._number(value)
        self.steps.append((kinds.READ, (self.watched.get(id(handle), self.leaves.get(id(handle))),), (n,)))
        return n

    # ---- what lets no gradient through

    def _broken(self, kind, inputs, outputs):
        """Notes an op that lets no gradient through, for whoever asks why a gradient is None."""
        ins = tuple(n for n in map(self.number, inputs) if n is not None)
        self.breaks.append((kind.op, kind.why_not, source.user_line(), ins, self._taint(outputs)))

    def _after_break(self, inputs, outputs):
        ins = tuple(n for n in map(self.number, inputs) if n is not None)
        if ins:
            self.beyond.append((ins, self._taint(outputs)))

    def _taint(self, outputs):
        """Numbers for tensors that are not kept for it: they hang on the source, though no gradient reaches it."""
        out = []
        for t in outputs:
            out.append(self._number(None))
            self.tainted[id(t)] = (out[-1], weakref.ref(t))
        return tuple(out)

    def _tainted(self, t):
        n, alive = self.tainted.get(id(t), (None, None))
        return n if n is not None and alive() is t else None

    def number(self, t):
        """The number of a tensor, None when no record or note mentions it."""
        n = self.watched.get(id(t), self.leaves.get(id(t)))
        return self._tainted(t) if n is None else n

    def record_call(self, inputs, outputs, pull, tensors=False):
        """Remembers a computation that brings its own gradient.

        Args:
            inputs, outputs: flat lists of tensors; the outputs are new ones.
            pull: takes one gradient or None an output, gives one gradient or None an input: jax arrays.
            tensors: whether `pull` takes and gives tensors (or IndexedSlices) instead and is made of ops, so that outer tapes
                can follow it.
        """
        hit = False
        for t in inputs:
            hit = id(t) in self.watched or (t._dtype is dtypes.resource and self._access(t)) or hit
        if not hit:
            return
        ins = tuple(self.watched[id(t)] if id(t) in self.watched else self._leaf(t) for t in inputs)
        self.pulls[len(self.steps)] = pull if tensors else _on_arrays(pull)
        self.steps.append((CALL, ins, self._outputs(outputs)))


def _on_arrays(pull):
    """A pull of arrays as one of tensors."""

    def on_tensors(grads):
        result = pull([None if g is None else kinds.dense(g)._value for g in grads])
        return [None if g is None else wrap(g) for g in result]

    return on_tensors
