"""Crossentropies of probabilities or logits: one that an activation made is taken back to its logits, so that nothing is lost."""

from mainstem.base import dtypes
from mainstem.dialects.keras import backend
from mainstem.graph.tensor import Tensor
from mainstem.surface import array, clip, framework, loss, math, reduce


def _maker(output, kind):
    """The operation of the activation that made a tensor of a graph, None for another one and for values."""
    op = getattr(output, "op", None) if isinstance(output, Tensor) and not output._is_eager else None
    return op if op is not None and op.type == kind else None


def _clipped(output):
    small = framework.constant(backend.epsilon(), output.dtype.base_dtype)
    return clip.clip_by_value(output, small, 1 - small)


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The crossentropy of distributions along an axis.

    Args:
        target: of `output`'s shape.
        output: probabilities, which are scaled to a sum of 1; logits with `from_logits`.
    """
    made = None if from_logits else _maker(output, "Softmax")
    if made is None and not from_logits:
        scaled = output / reduce.reduce_sum_v1(output, axis, True)
        return -reduce.reduce_sum_v1(target * math.log(_clipped(scaled)), axis)
    logits = output if made is None else made.inputs[0]
    return loss.softmax_cross_entropy_with_logits_v2(labels=target, logits=logits, axis=axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The crossentropy of classes and distributions along an axis.

    Args:
        target: the classes' numbers, of `output`'s shape without the axis, or with size 1 there.
        output: probabilities; logits with `from_logits`.

    Raises ValueError for an axis that is not there.
    """
    made = None if from_logits else _maker(output, "Softmax")
    if made is not None:
        output = made.inputs[0]
    elif not from_logits:
        output = math.log(_clipped(output))
    rank = output.shape.ndims
    if rank is not None:
        axis %= rank
        if axis != rank - 1:
            output = array.transpose_v1(output, [i for i in range(rank) if i != axis] + [axis])
    elif axis != -1:
        raise ValueError(
            f"Cannot compute sparse categorical crossentropy with `axis={axis}` on an output tensor with unknown rank"
        )
    classes, sizes = math.cast(target, dtypes.int64), array.shape_v1(output)
    reshaped = rank is not None and classes.shape.ndims is not None and classes.shape.ndims != rank - 1
    if reshaped:
        classes, output = array.reshape(classes, [-1]), array.reshape(output, [-1, sizes[-1]])
    found = loss.sparse_softmax_cross_entropy_with_logits_v1(labels=classes, logits=output)
    return array.reshape(found, sizes[:-1]) if reshaped and rank >= 3 else found


def binary_crossentropy(target, output, from_logits=False):
    """The crossentropy of each entry: of probabilities, or of logits with `from_logits`."""
    made = None if from_logits else _maker(output, "Sigmoid")
    if made is None and not from_logits:
        kept, small = _clipped(output), backend.epsilon()
        return -(target * math.log(kept + small) + (1 - target) * math.log(1 - kept + small))
    logits = output if made is None else made.inputs[0]
    return loss.sigmoid_cross_entropy_with_logits_v1(labels=target, logits=logits)
