"""Operations that a program applies to tensors of Keras itself: each becomes a layer, so that the network holds it."""

from mainstem.base import nest
from mainstem.dialects.keras import replay
from mainstem.dialects.keras.layer import Layer
from mainstem.dialects.keras.node import HISTORY, Node, history


class TensorFlowOpLayer(Layer):
    """A layer that applies one operation again; what it takes besides tensors of the network, it computes anew too."""

    def __init__(self, op, name, trainable=True, dtype=None):
        super().__init__(name="tf_op_layer_" + name, trainable=trainable, dtype=dtype)
        self._operation, self.built = op, True

    def call(self, inputs):
        """The operation's outputs for other tensors in the places of those that came from the network."""
        own = [t for t in self._operation.inputs if history(t) is not None]
        given = {id(t): new for t, new in zip(own, nest.flatten(inputs), strict=True)}
        rest = [t for t in self._operation.inputs if id(t) not in given]
        given.update((id(t), new) for t, new in zip(rest, replay.replay(rest, {}), strict=True))
        made = replay.apply(self._operation, [given[id(t)] for t in self._operation.inputs])
        return made[0] if len(made) == 1 else made

    def get_config(self):
        """Raises NotImplementedError: the operation has no plain form here."""
        raise NotImplementedError(
            f"{self.name}: a network with operations that no layer holds has no config. Put `tf.{self._operation.type}` into a "
            "`Lambda` layer or a layer of your own."
        )


def give_history(tensors):
    """Makes nodes for tensors that operations computed from tensors of Keras; the others stay without a history."""
    for tensor in nest.flatten(tensors):
        if history(tensor) is None and _from_network(tensor):
            _make(tensor.op)


def _from_network(tensor):
    """Whether a tensor is computed from one with a history; of tensors that are not, it is remembered."""
    todo, seen = [tensor], []
    while todo:
        t = todo.pop()
        if history(t) is not None:
            for s in seen:
                s._keras_plain = False
            return True
        if not getattr(t, "_keras_plain", False):
            t._keras_plain = True
            seen.append(t)
            todo += t.op.inputs
    return False


def _make(op):
    todo = [op]
    while todo:
        op = todo[-1]
        sources = [t for t in op.inputs if history(t) is not None or _from_network(t)]
        missing = [t.op for t in sources if history(t) is None]
        if missing:
            todo += missing
            continue
        todo.pop()
        if any(history(t) is not None for t in op.outputs):
            continue
        layer, outputs = TensorFlowOpLayer(op, op.name), list(op.outputs)
        Node(layer, sources[0] if len(sources) == 1 else sources, outputs[0] if len(outputs) == 1 else outputs)


HISTORY.append(give_history)
