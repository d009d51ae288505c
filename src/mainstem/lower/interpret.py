"""Branches, loops and calls that cannot be compiled whole: Python decides which body runs, each body is a program of its own."""

import numpy as np

from mainstem.lower import effects
from mainstem.lower.plan import is_handle
from mainstem.ops.control import truth


class _Inside:
    """The slots of a body: its variables are the caller's, its random streams stand under the operation's name."""

    def __init__(self, slots, given, prefix):
        self.slots, self.given, self.prefix, self.lock, self.enter = slots, given, prefix, slots.lock, slots.enter

    @property
    def closed(self):
        return self.slots.closed

    def get(self, name, line=None):
        """Gives the slot that the body calls `name`."""
        if name in self.given:
            return self.given[name]
        if ":" in name and not name.startswith("state:"):  # what operations keep under names of the whole session
            return self.slots.get(name, line)
        return self.slots.get(f"state:{self.prefix}/{name.removeprefix('state:')}", line)


def call(plan, op, args, slots):
    """Runs a functional operation on concrete `args` (a Slot for each variable); gives the values of its outputs.

    `plan.program` makes programs; each body's is kept with the plan.
    """
    bodies = dict(effects.bodies_in(op.attrs))
    offset = effects.OFFSET[op.type]
    values = args[offset:]

    def run(attr):
        graph = bodies[attr]
        program = plan.interpreted.get((op, attr))
        if program is None:
            given = {t._op.name: v for t, v in zip(graph.inputs, values) if is_handle(t)}
            feeds = [t for t in graph.inputs if not is_handle(t)]
            inside = _Inside(slots, given, f"{op.name}/{attr}")
            program = plan.interpreted[op, attr] = plan.program(graph.outputs, graph.targets, feeds, inside)
        fed = [v for t, v in zip(graph.inputs, values) if not is_handle(t)]
        return program.run(fed)

    if op.type in effects.LOOPS:
        while truth(run("cond")[0]):
            after = iter(run("body"))
            values = [next(after) if not is_handle(t) else (next(after), v)[1] for t, v in zip(bodies["body"].inputs, values)]
        return [v for t, v in zip(op._outputs, values) if t not in plan.handles]
    if op.type in ("Case", "StatelessCase"):
        i = int(args[0])
        return run(f"branches{i if 0 <= i < len(bodies) else len(bodies) - 1}")
    if offset:
        return run("then_branch" if np.all(truth(args[0])) else "else_branch")
    return run("f")
