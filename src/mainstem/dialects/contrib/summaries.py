"""`summarize_…` of `tf.contrib.layers`: summaries of single tensors and of whole collections."""

import functools
import re

from mainstem.base import dtypes
from mainstem.graph.graph import get_default_graph
from mainstem.graph.keys import GraphKeys
from mainstem.surface import math, reduce
from mainstem.train import summary


def summarize_tensor(tensor, tag=None):
    """A scalar or histogram summary of a tensor under `tag` (default: "<operation>_summary"); None for strings and bools."""
    if tensor.dtype.base_dtype in (dtypes.string, dtypes.bool):
        return None
    kind = summary.scalar if tensor.shape.ndims == 0 else summary.histogram
    return kind(tag or f"{tensor.op.name}_summary", tensor)


def summarize_activation(op):
    """A histogram of an activation, with the share of zeros (and sixes) for those of the ReLU family."""
    name = op.op.name
    if op.op.type in ("Relu", "Softplus", "Relu6"):
        summary.scalar(f"{name}/zeros", _share(math.less(op, math.cast(1e-8, op.dtype.base_dtype))))
    if op.op.type == "Relu6":
        summary.scalar(f"{name}/sixes", _share(math.greater(op, math.cast(6.0 - 1e-8, op.dtype.base_dtype))))
    return summary.histogram(f"{name}/activation", op)


def _share(condition):
    return reduce.reduce_mean(math.cast(condition, dtypes.float32))


def summarize_tensors(tensors, summarizer=summarize_tensor):
    """The summaries of a list of tensors."""
    return [summarizer(t) for t in tensors]


def summarize_collection(collection, name_filter=None, summarizer=summarize_tensor):
    """The summaries of the tensors of a graph collection whose operations' names match `name_filter`, a regular expression."""
    tensors = get_default_graph().get_collection(collection)
    return summarize_tensors([t for t in tensors if name_filter is None or re.match(name_filter, t.op.name)], summarizer)


summarize_variables = functools.partial(summarize_collection, GraphKeys.GLOBAL_VARIABLES)
summarize_weights = functools.partial(summarize_collection, GraphKeys.WEIGHTS)
summarize_biases = functools.partial(summarize_collection, GraphKeys.BIASES)


def summarize_activations(name_filter=None, summarizer=summarize_activation):
    """The summaries of the collection of activations."""
    return summarize_collection(GraphKeys.ACTIVATIONS, name_filter, summarizer)
