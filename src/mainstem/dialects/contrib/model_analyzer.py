"""`tf.contrib.slim.model_analyzer`: sizes of variables and of operations' results, printed a line each."""

import math

from mainstem.base import shapes

_LINE = "---------"


def tensor_description(var):
    """The dtype and shape of a tensor or variable: "(float32 ?x3)". Raises ValueError for a tensor of unknown rank."""
    if shapes.as_tuple(var.get_shape()) is None:
        raise ValueError("Cannot iterate over a shape with unknown rank.")
    sizes = "x".join("?" if d is None else str(d) for d in shapes.as_tuple(var.get_shape()))
    return f"({var.dtype.name} {sizes})"


def _size(thing):
    known = shapes.as_tuple(thing.get_shape())
    return 0 if known is None or None in known else math.prod(known)


def analyze_ops(graph, print_info=False):
    """The number of entries in the results of all operations of a graph, as far as shapes are known; `print_info`: a line each."""
    if print_info:
        print(_LINE, "Operations: name -> (type shapes) [size]", _LINE, sep="\n")
    total = 0
    for o in graph.get_operations():
        size = sum(map(_size, o.outputs))
        total += size
        if print_info:
            known = [tensor_description(t) for t in o.outputs if shapes.as_tuple(t.get_shape()) is not None]
            print(o.name, "\t->", ", ".join(known), f"[{size}]")
    return total


def analyze_vars(variables, print_info=False):
    """(number of entries, number of bytes) of variables; `print_info`: a line each."""
    if print_info:
        print(_LINE, "Variables: name (type shape) [size]", _LINE, sep="\n")
    total_size = total_bytes = 0
    for v in variables:
        size, each = _size(v), v.dtype.size
        total_size, total_bytes = total_size + size, total_bytes + size * each
        if print_info:
            print(v.name, tensor_description(v), f"[{size}, bytes: {size * each}]")
    if print_info:
        print("Total size of variables:", total_size)
        print("Total bytes of variables:", total_bytes)
    return total_size, total_bytes
