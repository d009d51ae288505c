"""Named outputs in collections, and the small checks of `tf.contrib.layers.utils`."""

import collections

from mainstem.base import shapes
from mainstem.dialects.layers import branch
from mainstem.graph.graph import get_default_graph

NamedOutputs = collections.namedtuple("NamedOutputs", ["name", "outputs"])


def append_tensor_alias(tensor, alias):
    """Gives a tensor a further name, without its final "/"; gives the tensor."""
    alias = alias[:-1] if alias.endswith("/") else alias
    if hasattr(tensor, "aliases"):
        tensor.aliases.append(alias)
    else:
        tensor.aliases = [alias]
    return tensor


def get_tensor_aliases(tensor):
    """A tensor's names: those it was given, else its own, without ":0"."""
    if hasattr(tensor, "aliases"):
        return tensor.aliases
    return [tensor.name[:-2] if tensor.name.endswith(":0") else tensor.name]


def gather_tensors_aliases(tensors):
    """The names of all tensors in one list."""
    return [alias for tensor in tensors for alias in get_tensor_aliases(tensor)]


def collect_named_outputs(collections, alias, outputs):
    """Adds `outputs` to graph collections under a name; gives them."""
    if collections:
        append_tensor_alias(outputs, alias)
        get_default_graph().add_to_collections(collections, outputs)
    return outputs


def convert_collection_to_dict(collection, clear_collection=False):
    """The tensors of a graph collection by name, in order."""
    graph = get_default_graph()
    found = collections.OrderedDict((alias, t) for t in graph.get_collection(collection) for alias in get_tensor_aliases(t))
    if clear_collection:
        graph.clear_collection(collection)
    return found


def get_variable_collections(variables_collections, name):
    """The collections of the variable `name`: one list for all, or a dict by name."""
    if isinstance(variables_collections, dict):
        return variables_collections.get(name, None)
    return variables_collections


def _dimension(shape, index, min_rank):
    known = shapes.as_tuple(shape)
    if known is None:
        raise ValueError("rank of shape must be known but is None")
    if len(known) < min_rank:
        raise ValueError(f"rank of shape must be at least {min_rank} not: {len(known)}")
    if known[index] is None:
        raise ValueError(f"dimension {index} of shape must be known but is None: {shape}")
    return known[index]


def channel_dimension(shape, data_format, min_rank=1):
    """The number of channels: the second dimension for "NC…", else the last. Raises ValueError when it is unknown."""
    return _dimension(shape, 1 if data_format.startswith("NC") else -1, min_rank)


def last_dimension(shape, min_rank=1):
    """The last dimension as a number. Raises ValueError when it is unknown or the rank is lower."""
    return _dimension(shape, -1, min_rank)


def two_element_tuple(int_or_tuple):
    """A number twice, or a list, tuple or TensorShape of two as a tuple. Raises ValueError for others."""
    if isinstance(int_or_tuple, (list, tuple)):
        if len(int_or_tuple) != 2:
            raise ValueError(f"Must be a list with 2 elements: {int_or_tuple}")
        return int(int_or_tuple[0]), int(int_or_tuple[1])
    if isinstance(int_or_tuple, int):
        return int_or_tuple, int_or_tuple
    if isinstance(int_or_tuple, shapes.TensorShape) and len(int_or_tuple) == 2:
        return int_or_tuple[0], int_or_tuple[1]
    raise ValueError("Must be an int, a list with 2 elements or a TensorShape of length 2")


def n_positive_integers(n, value):
    """A number n times, or n numbers, as a tuple. Raises ValueError for others and for numbers below 1."""
    try:
        n = int(n)
        given = (value,) * n if isinstance(value, int) else tuple(int(v) for v in value)
    except (TypeError, ValueError):
        raise ValueError(f"Expected {n} positive integers. Got {value!r}.") from None
    if n < 1 or len(given) != n or any(v < 1 for v in given):
        raise ValueError(f"Expected {n} positive integers. Got {value!r}.")
    return given


def constant_value(value_or_tensor_or_var, dtype=None):
    """The bool that a value, constant or variable is known to be, else None. Raises ValueError for None."""
    if value_or_tensor_or_var is None:
        raise ValueError("value_or_tensor_or_var cannot be None")
    return branch.static_value(value_or_tensor_or_var)


def static_cond(pred, fn1, fn2):
    """`fn1()` or `fn2()`, by a Python bool. Raises TypeError for functions that are none."""
    if not (callable(fn1) and callable(fn2)):
        raise TypeError("static_cond: 'fn1' and 'fn2' must be callable.")
    return fn1() if pred else fn2()


def smart_cond(pred, fn1, fn2, name=None):
    """`fn1()` or `fn2()` at once where `pred` is known, else a `cond` of both. Raises TypeError for functions that are none."""
    if not (callable(fn1) and callable(fn2)):
        raise TypeError("smart_cond: 'fn1' and 'fn2' must be callable.")
    return branch.smart_cond(pred, fn1, fn2, name)
