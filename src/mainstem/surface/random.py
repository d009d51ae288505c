"""`tf.random`: random tensors under TensorFlow's names, with TensorFlow 1.15's ops, op names and seeds.

Every op has two seeds: the graph's (`set_random_seed`) and its own (`seed=`); `base.seeds` holds the rules. An op with neither
gives other values in every session; with the same seeds it gives TensorFlow's values, the second run going on where the first
one stopped.
"""

import numpy as np

from mainstem.base import dtypes, seeds, shapes
from mainstem.core import builder
from mainstem.core.registry import lookup
from mainstem.eager.context import executing_eagerly
from mainstem.ops import array, candidates, fill, math, slicing
from mainstem.ops import random as ops
from mainstem.ops import random_special as special
from mainstem.surface import framework


def get_seed(op_seed):
    """The two seeds of an op made now with `seed=op_seed`: ints, or (None, None) when neither graph nor op has a seed."""
    owner = builder.current()
    automatic = getattr(owner, "automatic_seed", None)
    return seeds.get_seed(owner.seed, op_seed, automatic if automatic is not None else owner._last_id)


def set_random_seed(seed):
    """Sets the graph's (in eager mode: the global) seed, which ops made later combine with their own."""
    owner = builder.current()
    if hasattr(owner, "set_seed"):
        owner.set_seed(seed)
    else:
        owner.seed = seed


set_seed = set_random_seed


def shape_tensor(shape):
    """A shape argument (ints, TensorShape, tensor, list with tensors) as an integer tensor named `shape`."""
    if isinstance(shape, shapes.TensorShape):
        shape = shape.as_list()
    dtype = dtypes.int32 if isinstance(shape, (list, tuple)) and not shape else None
    if isinstance(shape, (list, tuple)):
        shape = [shapes.dimension_value(d) for d in shape]
    return framework.convert_to_tensor(shape, dtype=dtype, name="shape")


def _is_standard(scale, offset):
    """Whether scaling is by the numbers 1 and 0 in eager mode, and can be left out."""
    return executing_eagerly() and type(scale) in (int, float) and scale == 1 and type(offset) in (int, float) and offset == 0


def _scaled(values, scale, offset, scope):
    return math.add_v1(math.mul(values, scale, name="mul"), offset, name=scope)


def random_uniform(shape, minval=0, maxval=None, dtype=dtypes.float32, seed=None, name=None):
    """Uniform values in [minval, maxval).

    Args:
        shape: of the result.
        minval: lowest value; default 0.
        maxval: upper bound, not reached; default 1 for floats, must be given for integers.
        dtype: float16, bfloat16, float32, float64, int32 or int64.
        seed: the op's seed.

    Raises ValueError for another dtype, or an integer dtype without `maxval`.
    """
    dtype = dtypes.as_dtype(dtype)
    maxval = _upper(dtype, minval, maxval)
    if dtype.is_floating and _is_standard(maxval, minval):
        seed1, seed2 = get_seed(seed)
        return ops.random_uniform(shape_tensor(shape), dtype=dtype, seed=seed1, seed2=seed2)
    with framework.name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        low = framework.convert_to_tensor(minval, dtype=dtype, name="min")
        high = framework.convert_to_tensor(maxval, dtype=dtype, name="max")
        seed1, seed2 = get_seed(seed)
        if dtype.is_integer:
            return ops.random_uniform_int(shape, low, high, seed=seed1, seed2=seed2, name=scope)
        values = ops.random_uniform(shape, dtype=dtype, seed=seed1, seed2=seed2)
        return _scaled(values, math.sub(high, low, name="sub"), low, scope)


def _upper(dtype, minval, maxval):
    if dtype not in ops.FLOAT_TYPES | ops.INTEGER_TYPES:
        raise ValueError(f"Invalid dtype {dtype}: random_uniform takes float16, bfloat16, float32, float64, int32 and int64.")
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"Must specify maxval for integer dtype {dtype}")
        return 1
    return maxval


def random_normal(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
    """Normal values of this mean and standard deviation (tensors that broadcast against `shape`)."""
    return _normal(ops.random_standard_normal, "random_normal", shape, mean, stddev, dtype, seed, name)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, seed=None, name=None):
    """Normal values, drawn again where they are more than two standard deviations from the mean."""
    return _normal(ops.truncated_normal_op, "truncated_normal", shape, mean, stddev, dtype, seed, name)


def _normal(op, default_name, shape, mean, stddev, dtype, seed, name):
    if _is_standard(stddev, mean):
        seed1, seed2 = get_seed(seed)
        return op(shape_tensor(shape), dtype=dtypes.as_dtype(dtype), seed=seed1, seed2=seed2)
    with framework.name_scope(name, default_name, [shape, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        mean = framework.convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = framework.convert_to_tensor(stddev, dtype=dtype, name="stddev")
        seed1, seed2 = get_seed(seed)
        values = op(shape, dtype=dtype, seed=seed1, seed2=seed2)
        return _scaled(values, stddev, mean, scope)


def random_shuffle(value, seed=None, name=None):
    """`value` with its rows (dimension 0) in random order."""
    seed1, seed2 = get_seed(seed)
    return ops.random_shuffle(value, seed=seed1, seed2=seed2, name=name)


def random_crop(value, size, seed=None, name=None):
    """A slice of shape `size` of `value`, at a position that is uniformly random.

    Raises InvalidArgumentError when running if `value` is smaller than `size` in some dimension.
    """
    with framework.name_scope(name, "random_crop", [value, size]) as scope:
        value = framework.convert_to_tensor(value, name="value")
        size = framework.convert_to_tensor(size, dtype=dtypes.int32, name="size")
        shape = _shape(value)
        fits = math.greater_equal(shape, size)
        fits = lookup("All")(fits, framework.constant_v1(_axes(fits), dtype=dtypes.int32, name="Const"))
        with framework.name_scope("Assert"):
            data = ["Need value.shape >= size, got ", shape, size]
            framework.constant_v1(data[0], name="Const")
            check = lookup("Assert")(fits, data, summarize=1000)
        with framework.control_dependencies([check]):
            shape = framework.identity(shape, name="control_dependency")
        limit = math.add(math.sub(shape, size, name="sub"), 1, name="add")
        offset = random_uniform(_shape(limit), dtype=size.dtype, maxval=size.dtype.max, seed=seed)
        return slicing.slice_(value, math.floor_mod(offset, limit, name="mod"), size, name=scope)


def _axes(tensor):
    return list(range(len(tensor.shape)))


def _shape(tensor):
    """The shape as a constant named `Shape` where it is known, else through the op."""
    if tensor.shape.is_fully_defined():
        return framework.constant_v1(tensor.shape.as_list(), dtype=dtypes.int32, name="Shape")
    return array.shape(tensor)


def multinomial(logits, num_samples, seed=None, name=None, output_dtype=None):
    """Draws class numbers `[batch, num_samples]` from `logits` [batch, classes], unnormalised log-probabilities."""
    with framework.name_scope(name, "multinomial", [logits]):
        return _categorical(logits, num_samples, output_dtype, seed)


def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """Draws class numbers `[batch, num_samples]` (int64 by default) from `logits` [batch, classes]."""
    with framework.name_scope(name, "categorical", [logits]):
        return _categorical(logits, num_samples, dtype, seed)


def _categorical(logits, num_samples, dtype, seed):
    logits = framework.convert_to_tensor(logits, name="logits")
    seed1, seed2 = get_seed(seed)
    return special.multinomial(logits, num_samples, seed=seed1, seed2=seed2, output_dtype=dtype)


def random_gamma(shape, alpha, beta=None, dtype=dtypes.float32, seed=None, name=None):
    """Gamma values of shape `shape + broadcast(alpha, beta).shape`; `alpha` is the shape, `beta` the inverse scale."""
    with framework.name_scope(name, "random_gamma", [shape, alpha, beta]):
        shape = framework.convert_to_tensor(shape, name="shape", dtype=dtypes.int32)
        alpha = framework.convert_to_tensor(alpha, name="alpha", dtype=dtype)
        beta = framework.convert_to_tensor(beta if beta is not None else 1, name="beta", dtype=dtype)
        spread, (seed1, seed2) = _spread(alpha, beta), get_seed(seed)
        values = math.real_div(special.random_gamma(shape, spread, seed=seed1, seed2=seed2), beta, name="truediv")
        return math.maximum(np.finfo(alpha.dtype.np).tiny, values)


def _spread(alpha, beta):
    """`alpha` broadcast against `beta`."""
    zeros = (
        framework.constant_v1(0, dtype=beta.dtype, shape=beta.shape, name="zeros_like")
        if beta.shape.is_fully_defined()
        else fill.zeros_like(beta, name="zeros_like")
    )
    return math.add(alpha, zeros, name="add")


def random_poisson(shape, lam, dtype=dtypes.float32, seed=None, name=None):
    """Poisson values of shape `shape + lam.shape`; `lam` is the rate."""
    with framework.name_scope(name, "random_poisson", [lam, shape]):
        shape = framework.convert_to_tensor(shape, name="shape", dtype=dtypes.int32)
        seed1, seed2 = get_seed(seed)
        return special.random_poisson_v2(shape, lam, dtype=dtype, seed=seed1, seed2=seed2)


def random_poisson_v1(lam, shape, dtype=dtypes.float32, seed=None, name=None):
    """`random_poisson` with the rate first."""
    return random_poisson(shape, lam, dtype, seed, name)


def stateless_uniform(shape, seed, minval=0, maxval=None, dtype=dtypes.float32, name=None, alg="auto_select"):
    """Uniform values in [minval, maxval) that depend on the arguments only; `seed` holds two integers.

    An integer dtype with `minval` and `maxval` None gives its full range.
    """
    _known_algorithm(alg)
    dtype = dtypes.as_dtype(dtype)
    if dtype.is_integer and minval is None and maxval is None:
        with framework.name_scope(name, "stateless_random_uniform", [shape, seed]) as scope:
            return ops.stateless_full_int(shape_tensor(shape), seed, dtype=dtype, name=scope)
    maxval = _upper(dtype, minval, maxval)
    with framework.name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        shape = shape_tensor(shape)
        low = framework.convert_to_tensor(minval, dtype=dtype, name="min")
        high = framework.convert_to_tensor(maxval, dtype=dtype, name="max")
        if dtype.is_integer:
            return ops.stateless_uniform_int(shape, seed, low, high, name=scope)
        return _scaled(ops.stateless_uniform(shape, seed, dtype=dtype), math.sub(high, low, name="sub"), low, scope)


def _known_algorithm(alg):
    if getattr(alg, "value", alg) not in ("auto_select", "philox", 1, 3):
        raise NotImplementedError(f"Random algorithm {alg!r}: Mainstem has 'philox' only.")


def stateless_normal(shape, seed, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None, alg="auto_select"):
    """Normal values that depend on the arguments only; `seed` holds two integers."""
    _known_algorithm(alg)
    return _stateless_normal(ops.stateless_normal, "stateless_random_normal", shape, seed, mean, stddev, dtype, name)


def stateless_truncated_normal(shape, seed, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None, alg="auto_select"):
    """Normal values within two standard deviations that depend on the arguments only; `seed` holds two integers."""
    _known_algorithm(alg)
    op = ops.stateless_truncated_normal
    return _stateless_normal(op, "stateless_truncated_normal", shape, seed, mean, stddev, dtype, name)


def _stateless_normal(op, default_name, shape, seed, mean, stddev, dtype, name):
    with framework.name_scope(name, default_name, [shape, seed, mean, stddev]) as scope:
        shape = shape_tensor(shape)
        mean = framework.convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = framework.convert_to_tensor(stddev, dtype=dtype, name="stddev")
        return _scaled(op(shape, seed, dtype=dtype), stddev, mean, scope)


def stateless_categorical(logits, num_samples, seed, dtype=dtypes.int64, name=None):
    """`categorical` with values that depend on the arguments only; `seed` holds two integers."""
    with framework.name_scope(name, "stateless_categorical", [logits, seed]):
        logits = framework.convert_to_tensor(logits, name="logits")
        return special.stateless_multinomial(logits, num_samples, seed, output_dtype=dtype)


def stateless_multinomial(logits, num_samples, seed, output_dtype=dtypes.int64, name=None):
    """`stateless_categorical` under its older name."""
    with framework.name_scope(name, "stateless_multinomial", [logits, seed]):
        logits = framework.convert_to_tensor(logits, name="logits")
        return special.stateless_multinomial(logits, num_samples, seed, output_dtype=output_dtype)


def stateless_gamma(shape, seed, alpha, beta=None, dtype=dtypes.float32, name=None):
    """Gamma values of the full shape `shape`, which ends with that of `alpha` and `beta` (inverse scale) broadcast."""
    with framework.name_scope(name, "stateless_random_gamma", [shape, seed, alpha, beta]):
        shape = framework.convert_to_tensor(shape, dtype=dtypes.int32, name="shape")
        alpha = framework.convert_to_tensor(alpha, dtype=dtype, name="alpha")
        beta = framework.convert_to_tensor(beta if beta is not None else 1, dtype=dtype, name="beta")
        values = math.real_div(special.stateless_gamma(shape, seed, _spread(alpha, beta)), beta, name="truediv")
        return math.maximum(np.finfo(alpha.dtype.np).tiny, values)


def stateless_poisson(shape, seed, lam, dtype=dtypes.int32, name=None):
    """Poisson values of the full shape `shape`, which ends with that of the rate `lam`."""
    with framework.name_scope(name, "stateless_random_poisson", [shape, seed, lam]) as scope:
        shape = framework.convert_to_tensor(shape, dtype=dtypes.int32, name="shape")
        return special.stateless_poisson(shape, seed, lam, dtype=dtype, name=scope)


def split(seed, num=2, alg="auto_select"):
    """`num` new seeds `[num, 2]` for stateless ops from one `seed`, a pair of integers."""
    seed = framework.convert_to_tensor(seed)
    return stateless_uniform([num, 2], seed, minval=None, maxval=None, dtype=seed.dtype, alg=alg)


def fold_in(seed, data, alg="auto_select"):
    """A new seed from `seed`, a pair of integers, and the integer `data`."""
    data = framework.convert_to_tensor(data)
    first = stateless_uniform([], seed, minval=None, maxval=None, dtype=data.dtype, alg=alg)
    return array.pack([first, data], axis=0)


def uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Samples classes of equal probability; (classes, expected counts of `true_classes`, of the samples)."""
    seed1, seed2 = get_seed(seed)
    return candidates.uniform_candidates(
        true_classes, num_true=num_true, num_sampled=num_sampled, unique=unique, range_max=range_max, seed=seed1, seed2=seed2,
        name=name,
    )  # fmt: skip


def log_uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Samples classes by Zipf's law, for vocabularies sorted by falling frequency; results as `uniform_candidate_sampler`."""
    seed1, seed2 = get_seed(seed)
    return candidates.log_uniform_candidates(
        true_classes, num_true=num_true, num_sampled=num_sampled, unique=unique, range_max=range_max, seed=seed1, seed2=seed2,
        name=name,
    )  # fmt: skip


def learned_unigram_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Samples classes by how often they were true classes so far; results as `uniform_candidate_sampler`."""
    seed1, seed2 = get_seed(seed)
    return candidates.learned_unigram_candidates(
        true_classes, num_true=num_true, num_sampled=num_sampled, unique=unique, range_max=range_max, seed=seed1, seed2=seed2,
        name=name,
    )  # fmt: skip


def fixed_unigram_candidate_sampler(
    true_classes, num_true, num_sampled, unique, range_max, vocab_file="", distortion=1.0, num_reserved_ids=0, num_shards=1,
    shard=0, unigrams=(), seed=None, name=None,
):  # fmt: skip
    """Samples classes by given weights (`unigrams`, or the last column of `vocab_file`) to the power `distortion`."""
    seed1, seed2 = get_seed(seed)
    return candidates.fixed_unigram_candidates(
        true_classes, num_true=num_true, num_sampled=num_sampled, unique=unique, range_max=range_max, vocab_file=vocab_file,
        distortion=distortion, num_reserved_ids=num_reserved_ids, num_shards=num_shards, shard=shard, unigrams=unigrams,
        seed=seed1, seed2=seed2, name=name,
    )  # fmt: skip


def all_candidate_sampler(true_classes, num_true, num_sampled, unique, seed=None, name=None):
    """Gives all classes 0 .. num_sampled - 1, for tests; results as `uniform_candidate_sampler`."""
    seed1, seed2 = get_seed(seed)
    return candidates.all_candidates(
        true_classes, num_true=num_true, num_sampled=num_sampled, unique=unique, seed=seed1, seed2=seed2, name=name
    )


def compute_accidental_hits(true_classes, sampled_candidates, num_true, seed=None, name=None):
    """Where a sampled class is a true one: (rows int32, positions int64, the lowest float32), one entry a hit."""
    seed1, seed2 = get_seed(seed)
    return candidates.compute_accidental_hits(
        true_classes, sampled_candidates, num_true=num_true, seed=seed1, seed2=seed2, name=name
    )
