"""Tells of the most common mistake with batch normalization: training on and on without the updates of its moving moments.

What is learned looks well while it trains and bad when it is evaluated. Whether a program is one to watch is decided when it is made;
one that is counts its steps until it may tell, and is the plain program afterwards.
"""

import re
import warnings
import weakref

from mainstem.base import source
from mainstem.graph.keys import GraphKeys
from mainstem.graph.tensor import Operation
from mainstem.lower import effects

STEPS = 100  # after which updates that never ran were forgotten, not left for later
_APPLIES = re.compile("(Resource)?(Sparse)?Apply[A-Z]")
_STATE = (
    "Const",
    "Placeholder",
    "PlaceholderWithDefault",
    "Variable",
    "VariableV2",
    "VarHandleOp",
    "ReadVariableOp",
    "Identity",
)
_MOMENTS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3", "Mean", "If")  # where a layer's moments come from

_graphs = weakref.WeakKeyDictionary()


class _Known:
    """What is known of a graph: the variables that some program updates, and whether the user was told."""

    def __init__(self):
        self.moved, self.told = set(), False


def _updates(graph):
    """(operation, variable) of what `GraphKeys.UPDATE_OPS` assigns; the operation may be a branch that does."""
    for item in graph.get_collection(GraphKeys.UPDATE_OPS):
        op = getattr(item, "op", item)
        if isinstance(op, Operation):
            while op.type == "Identity":
                op = op._inputs[0]._op
            yield from ((op, t._op) for t in _written(op) if t._op.definition.owner)


def _written(op):
    if effects.is_functional(op):
        return [op._inputs[i] for i in effects.of(op).writes]
    return op._inputs[:1] if op.definition.writes else []


def _computed(update, ops):
    """Whether `ops` compute what the update is made of: the moments of a layer in training mode, which something else may have been built for."""
    stack, seen = [update], set()
    while stack:
        op = stack.pop()
        if op in seen:
            continue
        seen.add(op)
        if op in ops and op.type not in _STATE:
            return True
        if op in ops or op is update or op.type not in _MOMENTS:
            stack += [t._op for t in op._inputs]
    return False


def watch(graph, program, executors):
    """The program, or one that counts its steps because it trains layers whose moments no program of the graph updates.

    `executors` is the session's table, where the program stands for good once it has been told.
    """
    updates = list(_updates(graph))
    if not updates:
        return program
    known, ops = _graphs.setdefault(graph, _Known()), set(program.plan.ops)
    known.moved.update(variable for op, variable in updates if op in ops)
    if known.told or not any(_APPLIES.match(op.type) for op in ops):
        return program
    forgotten = {v: u for u, v in updates if v not in known.moved and _computed(u, ops)}
    return _Counting(program, known, forgotten, executors) if forgotten else program


class _Counting:
    """A program that is run `STEPS` times before it tells what was forgotten, if it still is."""

    def __init__(self, program, known, forgotten, executors):
        self.program, self.known, self.forgotten, self.executors = program, known, forgotten, executors
        self.left, self.missing = STEPS, program.missing

    def __getattr__(self, name):
        return getattr(self.program, name)

    def run(self, values):
        self.left -= 1
        if self.left <= 0:
            for executor in list(self.executors.values()):
                if executor.program is self:
                    executor.program = self.program
            self._tell()
        return self.program.run(values)

    def _tell(self):
        left = {v: u for v, u in self.forgotten.items() if v not in self.known.moved}
        if self.known.told or not left:
            return
        self.known.told = True
        layers = list({v.name.rpartition("/")[0]: source.show(u.line) for v, u in left.items()}.items())
        more = f" and of {len(layers) - 1} more layers" * (len(layers) > 1)
        warnings.warn(
            f"{STEPS} training steps ran, and none of them updated the moving moments of '{layers[0][0]}' ({layers[0][1]}){more}: evaluated "
            "with the moments of their start, the model will be bad. The updates are in tf.GraphKeys.UPDATE_OPS; let the train op wait for "
            "them:\n    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):\n"
            "        train_op = optimizer.minimize(loss)",
            stacklevel=4,
        )
