"""The two seeds of a dataset op as tensors."""

import numpy as np

from mainstem.base import dtypes
from mainstem.eager.context import executing_eagerly
from mainstem.ops import math as math_ops
from mainstem.surface import framework, masking, random


def pair(seed):
    """The seeds (int64 scalars) of an op with the argument `seed`, a number, a tensor or None."""
    if not hasattr(seed, "_is_eager"):
        first, second = random.get_seed(seed)
        first, second = (0 if first is None else first), (0 if second is None else second)
        if executing_eagerly():
            return [framework.constant(v, dtypes.int64) for v in (first, second)]
        one = framework.convert_to_tensor(first, dtype=dtypes.int64, name="seed")
    else:
        first, _ = random.get_seed(0)
        one, second = (
            framework.convert_to_tensor(first, dtype=dtypes.int64, name="seed"),
            math_ops.cast(seed, DstT=dtypes.int64),
        )
    with framework.name_scope("seed2") as scope:  # TensorFlow's nodes, number for number: graph seeds count operations
        two = second if hasattr(second, "_is_eager") else framework.constant_v1(second, dtypes.int64)
        both = math_ops.logical_and(math_ops.equal(one, np.int64(0)), math_ops.equal(two, np.int64(0)))
        return [one, masking.where_v1(both, framework.constant_v1(2**31 - 1, dtypes.int64), two, name=scope)]
