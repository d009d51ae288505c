"""What all streaming metrics share: their local variables, their collections, and shapes that differ by a last 1."""

from mainstem.base import shapes
from mainstem.dialects.losses.weights import fit_rank, remove_squeezable_dimensions
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.ops import math as math_ops
from mainstem.run import behavior
from mainstem.surface import array, math, variables
from mainstem.surface.framework import convert_to_tensor, identity

_HOME = [GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES]


def graph_only(name):
    """Raises RuntimeError in eager mode: these metrics are operations of a graph."""
    if behavior.executing_eagerly():
        raise RuntimeError(f"tf.metrics.{name} is not supported when eager execution is enabled.")


def metric_variable(shape, dtype, validate_shape=True, name=None):
    """A variable of zeros that does not train, in `GraphKeys.LOCAL_VARIABLES` and `GraphKeys.METRIC_VARIABLES`."""
    return variables.Variable(
        lambda: array.zeros(shape, dtype), trainable=False, collections=_HOME, validate_shape=validate_shape, name=name
    )


def add_to(collections, tensor):
    """Adds a tensor or operation to the graph's collections of these names, where there are some."""
    if collections:
        get_default_graph().add_to_collections(collections, tensor)


def published(value, update, metrics_collections, updates_collections):
    """The pair (value, update), after each was added to its collections."""
    add_to(metrics_collections, value)
    add_to(updates_collections, update)
    return value, update


def aligned(predictions, labels, weights):
    """Predictions, labels and weights as tensors of one rank, where a last dimension of size 1 is what differs.

    Labels and weights may be None; weights may be a scalar. Raises ValueError for predictions and labels of different shapes.
    """
    predictions = convert_to_tensor(predictions)
    if labels is not None:
        labels, predictions = remove_squeezable_dimensions(labels, predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
    return predictions, labels, None if weights is None else fit_rank(weights, predictions)


def flat(tensor):
    """A tensor of rank 2 and more in one row."""
    known = shapes.as_tuple(tensor.shape)
    return array.reshape(tensor, [-1]) if known is None or len(known) > 1 else tensor


def ratio(total, count, name):
    """total / count, 0 where there is no count."""
    return math.div_no_nan(total, math_ops.maximum(count, 0), name=name)


def aggregate_variable(v, metrics_collections):
    """What a metric's variable holds, after it was added to the collections."""
    value = identity(v)
    add_to(metrics_collections, value)
    return value
