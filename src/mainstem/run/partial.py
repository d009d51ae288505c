"""Runs in pieces (`Session.partial_run`): every operation of a handle runs at most once."""

from mainstem.base import errors
from mainstem.lower import timed
from mainstem.lower.program import Program, scope, unfed


class Handle:
    """The state of one partial run: which fetches and feeds it was set up with, and every value computed so far."""

    def __init__(self, graph, fetches, feeds, slots):
        self.graph, self.slots = graph, slots
        self.fetchable, self.feedable = {*fetches.tensors, *fetches.operations}, set(feeds)
        self.values, self.done = {}, set()

    def run(self, fetches, feeds):
        """Feeds (tensor, array) pairs and gives the fetched arrays."""
        for t, value in feeds:
            if t not in self.feedable:
                raise errors.InvalidArgumentError(None, t.op, f"The feed {t.name} was not specified in partial_run_setup.")
            if t in self.values:
                raise errors.InvalidArgumentError(None, t.op, f"The feed {t.name} has already been fed in this partial run.")
            self.values[t] = value
        for f in (*fetches.tensors, *fetches.operations):
            if f not in self.fetchable:
                raise errors.InvalidArgumentError(None, None, f"The fetch {f.name} was not specified in partial_run_setup.")
        known = list(self.values)
        targets = [op for op in fetches.operations if op not in self.done]
        program = Program(fetches.tensors, targets, known, self.slots, frozenset(self.done))
        if program.missing:
            raise unfed(program.missing[0])
        results, values = timed.run(program, [self.values[t] for t in known], self._watch, scope)
        self.values.update((t, v) for t, v in values.items() if t.op.type != "Const")
        return results

    def _watch(self, op, start, end, outputs):
        self.done.add(op)
