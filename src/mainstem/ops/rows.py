"""A function of rows, of all rows at once."""

import jax
import numpy as np

from mainstem.core.registry import op


def _row_shapes(inputs, attrs):
    count = next((i.shape[0] for i in inputs[: attrs["mapped"]] if i.shape), None)
    return [None if t._shape is None else (count, *t._shape) for t in attrs["f"].outputs]


@op("_VectorizedCall", "*Tin -> *Tout", shape=_row_shapes)
def vectorized_call(args, *, f: "func", mapped: "int"):
    """`f(*rows, *others)` for each row of the first `mapped` args, stacked; what hangs on no row is computed once."""
    rows, others = args[:mapped], args[mapped:]
    return list(jax.vmap(lambda *row: [_array(v) for v in f(*row, *others)])(*rows))


def _array(v):
    return jax.numpy.asarray(v) if isinstance(v, (np.ndarray, np.generic)) else v
