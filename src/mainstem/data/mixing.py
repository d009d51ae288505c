"""Datasets that are put together from others by rules: buckets by length, samples and choices among several, resampling by class."""

import functools

import numpy as np

from mainstem.base import dtypes, shapes
from mainstem.data import composed, structure
from mainstem.data.nodes import apply
from mainstem.graph.spec import TensorSpec
from mainstem.surface import array, framework, host, index, masking, math, random, reduce


def bucket_by_sequence_length(
    element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes=None, padding_values=None,
    pad_to_bucket_boundary=False, no_padding=False, drop_remainder=False,
):  # fmt: skip
    """For `apply`: padded batches of elements of similar length.

    Args:
        element_length_func: the length (int32) of an element.
        bucket_boundaries: the lengths at which a new bucket begins; one bucket more than these.
        bucket_batch_sizes: the size of the batches of each bucket.
        padded_shapes, padding_values: as for `padded_batch`.
        pad_to_bucket_boundary: fills up to the boundary minus 1 instead of the longest of a batch.
        no_padding: batches without filling up, of elements of one shape.
        drop_remainder: leaves batches out that are not full.

    Raises ValueError for a wrong number of batch sizes.
    """
    if len(bucket_batch_sizes) != len(bucket_boundaries) + 1:
        raise ValueError("len(bucket_batch_sizes) must equal len(bucket_boundaries) + 1")
    sizes = framework.constant_v1(bucket_batch_sizes, dtype=dtypes.int64)
    most = np.iinfo(np.int32).max

    def bucket_of(*element):
        length = element_length_func(*element)
        lows = framework.constant_v1([np.iinfo(np.int32).min, *bucket_boundaries], dtype=dtypes.int32)
        highs = framework.constant_v1([*bucket_boundaries, most], dtype=dtypes.int32)
        here = math.logical_and(math.less_equal(lows, length), math.less(length, highs))
        return reduce.reduce_min(masking.where_v1(here))

    def window_size(bucket):
        return index.gather(sizes, bucket)

    def shapes_of(given, bucket):
        if not pad_to_bucket_boundary:
            return given
        boundary = index.gather(framework.constant_v1([*bucket_boundaries, -1], dtype=dtypes.int64), bucket)
        last = framework.constant_v1(len(bucket_boundaries), dtypes.int64)
        check = host.assert_op(
            math.not_equal(bucket, last),
            ["When pad_to_bucket_boundary=True, elements must have length < max(bucket_boundaries)."],
        )
        with framework.control_dependencies([check]):
            size = boundary - np.int64(1)
        made = []
        for shape in structure.flatten(structure.map_structure(lambda s: s, given)):
            dims = shapes.TensorShape(shape).as_list()
            made.append(array.stack([size if d is None else np.int64(d) for d in dims]) if None in dims else dims)
        return structure.pack(given, made)

    def batches(bucket, grouped):
        size = window_size(bucket)
        if no_padding:
            return grouped.batch(size, drop_remainder=drop_remainder)
        given = padded_shapes
        if given is None:
            given = structure.map_structure(lambda s: s.shape, grouped.element_spec)
        return grouped.padded_batch(size, shapes_of(given, bucket), padding_values, drop_remainder)

    return lambda dataset: composed.grouped(dataset, bucket_of, batches, window_size_func=window_size)


def sample_from_datasets(datasets, weights=None, seed=None, stop_on_empty_dataset=False, rerandomize_each_iteration=None):
    """Elements of datasets in random order: each from one that `weights` (equal ones; or a dataset of weights) make probable.

    The order is another one in every iteration if `rerandomize_each_iteration`. Raises ValueError for weights that do not fit.
    """
    if not datasets:
        raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
    cls = datasets[0]._family
    if not hasattr(weights, "element_spec"):
        if weights is None:
            logits = [[1.0] * len(datasets)]
        else:
            if not hasattr(weights, "_is_eager") and len(weights) != len(datasets):
                raise ValueError(
                    f"Invalid `weights`. `weights` must have the same length as `datasets`: got {len(weights)} and {len(datasets)}."
                )
            weights = framework.convert_to_tensor(weights, name="weights")
            if weights.dtype not in (dtypes.float32, dtypes.float64):
                raise TypeError(
                    f"Invalid `weights`. `weights` type must be either `tf.float32` or `tf.float64` but is {weights.dtype!r}."
                )
            logits = array.expand_dims(math.log(weights, name="logits"), 0)
        if len(datasets) == 1:
            return datasets[0]
        pairs = random_pairs(cls, seed, rerandomize_each_iteration).map(lambda s: _chosen(logits, s))
    else:
        pairs = cls.zip(
            (weights.map(lambda *p: math.log(p, name="logits")), random_pairs(cls, seed, rerandomize_each_iteration))
        ).map(_chosen)
    return _directed(pairs, datasets, stop_on_empty_dataset)


def random_pairs(cls, seed, rerandomize_each_iteration=None):
    """A dataset of pairs of seeds without end."""
    return cls.random(seed, rerandomize_each_iteration).batch(2)


def _chosen(logits, seed):
    made = random.stateless_multinomial(logits, 1, seed=seed)
    return array.squeeze(made, axis=[0, 1])


def choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset=False):
    """Elements of datasets in the order of the numbers in `choice_dataset` (int64 scalars). Raises TypeError for other numbers."""
    if not datasets:
        raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
    if not isinstance(choice_dataset.element_spec, TensorSpec) or choice_dataset.element_spec != TensorSpec((), dtypes.int64):
        raise TypeError("Elements of `choice_dataset` must be scalar `tf.int64` tensors.")
    return _directed(choice_dataset, datasets, stop_on_empty_dataset)


def _directed(choices, datasets, stop):
    spec = functools.reduce(structure.joined, [d.element_spec for d in datasets])
    given = [choices._variant_tensor, [d._variant_tensor for d in datasets]]
    return datasets[0]._of(apply("DirectedInterleaveDataset", given, spec, stop_on_empty_dataset=stop), spec)


def rejection_resample(class_func, target_dist, initial_dist=None, seed=None):
    """For `apply`: pairs (class, element), of which some are left out so that classes come as `target_dist` says.

    Args:
        class_func: the class (int32) of an element.
        target_dist, initial_dist: the distribution of classes wanted, and given; estimated while running when None.
    """

    def transformed(dataset):
        target = framework.convert_to_tensor(target_dist, name="target_dist")
        classes = dataset.map(lambda *e: math.cast(class_func(*e), dtypes.int32))
        if initial_dist is not None:
            initial = framework.convert_to_tensor(initial_dist, name="initial_dist")
            known_initial = dataset._family.from_tensors(initial).repeat()
        else:
            known_initial = _estimated(target, classes)
        mixing = known_initial.map(lambda given: _acceptance(given, target))
        filtered = _accepted(dataset, mixing.map(lambda accept, _: accept), classes, seed).prefetch(3)
        weights = mixing.map(lambda _, plain: [[plain, 1.0 - plain]])
        return sample_from_datasets([dataset._family.zip((classes, dataset)), filtered], weights, seed)

    return transformed


def _acceptance(initial, target):
    """For each class the chance to be taken, and the chance that an element is not filtered at all."""
    small = np.finfo(initial.dtype.as_numpy_dtype).tiny
    ratio = target / (initial + small)
    return math.minimum(ratio / reduce.reduce_max(ratio), 1), reduce.reduce_min(ratio)


def _accepted(dataset, acceptance, classes, seed):
    """Pairs (class, element) of which each is left in with the chance of its class."""
    zipped = dataset._family.zip((acceptance, dataset._family.zip((classes, dataset))))
    chances = zipped.map(lambda accept, pair: (pair[0], index.gather(accept, pair[0]), pair[1]))
    kept = chances.filter(lambda _, chance, __: random.random_uniform([], seed=seed) < chance)
    return kept.map(lambda cls_, _, element: (cls_, element))


def _estimated(target, classes):
    count = target.shape[0]
    first = (array.zeros([count], dtypes.int64), array.fill([count], np.float32(1.0 / int(count))))

    def step(state, cls_):
        counts = state[0] + math.cast(array.one_hot(cls_, int(count)), dtypes.int64)
        return (counts, _distribution(counts)), _distribution(counts)

    return composed.scanned(classes.repeat(), first, step)


def _distribution(counts):
    smoothed = math.cast(counts, dtypes.float32) + np.float32(1e-3)
    return smoothed / reduce.reduce_sum(smoothed)
