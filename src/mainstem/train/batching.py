"""Batches: queues that gather single examples, or parts of batches, into batches: `tf.train.batch` and its seven siblings."""

from mainstem.base import dtypes
from mainstem.graph.sparse_tensor import SparseTensor
from mainstem.surface import control_flow, framework, index, math
from mainstem.surface.framework import name_scope
from mainstem.surface.queues import FIFOQueue, PaddingFIFOQueue, RandomShuffleQueue
from mainstem.train import batching_sparse, summary
from mainstem.train.input import refuse_eager
from mainstem.train.queue_runner import QueueRunner, add_queue_runner


def batch(
    tensors, batch_size, num_threads=1, capacity=32, enqueue_many=False, shapes=None, dynamic_pad=False,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """Gathers examples into batches, by a queue and a QueueRunner that is added to the collection `QUEUE_RUNNERS`.

    Args:
        tensors: a list or dict of tensors: one example, or several along the first dimension when `enqueue_many`.
        batch_size: how many examples a batch has.
        num_threads: how many threads compute examples; with more than one their order is not certain.
        capacity: how many examples the queue holds.
        shapes: the shapes of the examples' tensors, when these do not tell.
        dynamic_pad: whether to allow unknown dimensions, filled up with zeros to the largest example of a batch.
        allow_smaller_final_batch: whether the rest that is no whole batch is given too.
        shared_name: shares the queue under this name.

    Returns tensors in the structure of `tensors`, with a first dimension more (or other, when `enqueue_many`); reading them at the end
    of the data raises OutOfRangeError. Raises ValueError for shapes that are not known, RuntimeError in eager mode.
    """
    return _batch(
        tensors, True, batch_size, num_threads, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch, shared_name,
        name,
    )  # fmt: skip


def maybe_batch(
    tensors, keep_input, batch_size, num_threads=1, capacity=32, enqueue_many=False, shapes=None, dynamic_pad=False,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """`batch` of those examples for which `keep_input` holds: a bool tensor, or one an example when `enqueue_many`."""
    return _batch(
        tensors, keep_input, batch_size, num_threads, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch,
        shared_name, name,
    )  # fmt: skip


def batch_join(
    tensors_list, batch_size, capacity=32, enqueue_many=False, shapes=None, dynamic_pad=False, allow_smaller_final_batch=False,
    shared_name=None, name=None,
):  # fmt: skip
    """`batch` of examples from several sources, a thread each: `tensors_list` is a list of what `batch` takes."""
    return _batch_join(
        tensors_list,
        True,
        batch_size,
        capacity,
        enqueue_many,
        shapes,
        dynamic_pad,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


def maybe_batch_join(
    tensors_list, keep_input, batch_size, capacity=32, enqueue_many=False, shapes=None, dynamic_pad=False,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """`batch_join` of those examples for which `keep_input` holds."""
    return _batch_join(
        tensors_list, keep_input, batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch, shared_name,
        name,
    )  # fmt: skip


def shuffle_batch(
    tensors, batch_size, capacity, min_after_dequeue, num_threads=1, seed=None, enqueue_many=False, shapes=None,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """`batch` of examples in random order, chosen among at least `min_after_dequeue` + 1.

    Raises ValueError unless `capacity` is larger than `min_after_dequeue`.
    """
    return _shuffle_batch(
        tensors, batch_size, capacity, min_after_dequeue, True, num_threads, seed, enqueue_many, shapes, allow_smaller_final_batch,
        shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch(
    tensors, batch_size, capacity, min_after_dequeue, keep_input, num_threads=1, seed=None, enqueue_many=False, shapes=None,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """`shuffle_batch` of those examples for which `keep_input` holds."""
    return _shuffle_batch(
        tensors, batch_size, capacity, min_after_dequeue, keep_input, num_threads, seed, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def shuffle_batch_join(
    tensors_list, batch_size, capacity, min_after_dequeue, seed=None, enqueue_many=False, shapes=None,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """`shuffle_batch` of examples from several sources, a thread each."""
    return _shuffle_batch_join(
        tensors_list, batch_size, capacity, min_after_dequeue, True, seed, enqueue_many, shapes, allow_smaller_final_batch,
        shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch_join(
    tensors_list, batch_size, capacity, min_after_dequeue, keep_input, seed=None, enqueue_many=False, shapes=None,
    allow_smaller_final_batch=False, shared_name=None, name=None,
):  # fmt: skip
    """`shuffle_batch_join` of those examples for which `keep_input` holds."""
    return _shuffle_batch_join(
        tensors_list, batch_size, capacity, min_after_dequeue, keep_input, seed, enqueue_many, shapes, allow_smaller_final_batch,
        shared_name, name,
    )  # fmt: skip


# ---- the two forms of each


def _batch(tensors, keep, size, threads, capacity, many, shapes_, pad, smaller, shared_name, name):
    refuse_eager()
    examples = _Examples([tensors], many)
    with name_scope(name, "batch", [*examples.lists[0], keep]) as scope:
        examples.prepare(keep)
        queue = examples.fifo(capacity, shapes_, pad, shared_name)
        _feed(queue, examples.lists * threads, examples.keep, many)
        return examples.taken(queue, size, smaller, scope, capacity, None)


def _batch_join(tensors_list, keep, size, capacity, many, shapes_, pad, smaller, shared_name, name):
    refuse_eager()
    examples = _Examples(tensors_list, many)
    with name_scope(name, "batch_join", [*(t for ts in examples.lists for t in ts), keep]) as scope:
        examples.prepare(keep)
        queue = examples.fifo(capacity, shapes_, pad, shared_name)
        _feed(queue, examples.lists, examples.keep, many)
        return examples.taken(queue, size, smaller, scope, capacity, None)


def _shuffle_batch(tensors, size, capacity, least, keep, threads, seed, many, shapes_, smaller, shared_name, name):
    refuse_eager()
    examples = _Examples([tensors], many)
    with name_scope(name, "shuffle_batch", [*examples.lists[0], keep]) as scope:
        _check_capacity(capacity, least)
        examples.prepare(keep)
        queue = examples.shuffled(capacity, least, seed, shapes_, shared_name)
        _feed(queue, examples.lists * threads, examples.keep, many)
        return examples.taken(queue, size, smaller, scope, capacity, least)


def _shuffle_batch_join(tensors_list, size, capacity, least, keep, seed, many, shapes_, smaller, shared_name, name):
    refuse_eager()
    examples = _Examples(tensors_list, many)
    with name_scope(name, "shuffle_batch_join", [*(t for ts in examples.lists for t in ts), keep]) as scope:
        _check_capacity(capacity, least)
        examples.prepare(keep)
        queue = examples.shuffled(capacity, least, seed, shapes_, shared_name)
        _feed(queue, examples.lists, examples.keep, many)
        return examples.taken(queue, size, smaller, scope, capacity, least)


def _check_capacity(capacity, least):
    if capacity <= least:
        raise ValueError(f"capacity {capacity} must be bigger than min_after_dequeue {least}.")


class _Examples:
    """The tensors of examples from one or more sources, in one order."""

    def __init__(self, sources, many):
        if not sources:
            raise ValueError("Expected at least one set of tensors")
        self.many, self.structure = many, sources[0]
        self.lists = [_listed(s) for s in sources]
        self.keep = None

    def prepare(self, keep):
        """Converts the tensors and `keep`; call inside the scope."""
        self.lists = [[t if isinstance(t, SparseTensor) else framework.convert_to_tensor(t) for t in ts] for ts in self.lists]
        if not self.lists[0]:
            raise ValueError("Expected at least one tensor in batch().")
        self.keep = _checked_keep(framework.convert_to_tensor(keep), self.many)
        self.lists, self.kept = batching_sparse.stored(self.lists, self.keep, self.many)

    def _types(self):
        columns = list(zip(*self.lists))
        for column in columns:
            for t in column[1:]:
                if t.dtype.base_dtype is not column[0].dtype.base_dtype:
                    kinds = " vs. ".join(x.dtype.base_dtype.name for x in column)
                    raise TypeError(f"Expected types to be consistent: {kinds}.")
        return [column[0].dtype.base_dtype for column in columns]

    def _shapes(self, given):
        if given is not None:
            return given
        out = []
        for column in zip(*self.lists):
            for t in column:
                if t.shape.rank is None:
                    raise ValueError(f"Cannot infer Tensor's rank: {t}")
            found = [t.shape.with_rank_at_least(1)[1:] if self.many else t.shape for t in column]
            merged = found[0]
            for s in found[1:]:
                merged = merged.merge_with(s)
            out.append(merged)
        return out

    def fifo(self, capacity, given, pad, shared_name):
        kind = PaddingFIFOQueue if pad else FIFOQueue
        return kind(capacity=capacity, dtypes=self._types(), shapes=self._shapes(given), shared_name=shared_name)

    def shuffled(self, capacity, least, seed, given, shared_name):
        return RandomShuffleQueue(
            capacity=capacity, min_after_dequeue=least, seed=seed, dtypes=self._types(), shapes=self._shapes(given),
            shared_name=shared_name,
        )  # fmt: skip

    def taken(self, queue, size, smaller, scope, capacity, least):
        """The batch, in the structure of the example; before it, the summary of how full the queue is."""
        if least is None:
            summary.scalar(f"fraction_of_{capacity}_full", math.cast(queue.size(), dtypes.float32) * (1.0 / capacity))
        else:
            over = math.cast(math.maximum(0, queue.size() - least), dtypes.float32)
            summary.scalar(f"fraction_over_{least}_of_{capacity - least}_full", over * (1.0 / (capacity - least)))
        made = queue.dequeue_up_to(size, name=scope) if smaller else queue.dequeue_many(size, name=scope)
        made = batching_sparse.restored(made if isinstance(made, list) else [made], self.kept)
        if isinstance(self.structure, dict):
            return dict(zip(sorted(self.structure), made))
        return made[0] if len(made) == 1 else made


def _listed(tensors):
    return [tensors[k] for k in sorted(tensors)] if isinstance(tensors, dict) else list(tensors)


def _checked_keep(keep, many):
    rank = keep.shape.ndims
    if rank is None:
        raise ValueError("`keep_input` dimensions must be known at graph construction.")
    if not many and rank == 1:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    if rank > 1:
        raise ValueError("`keep_input` must be 0 or 1 dimensions.")
    return keep


def _feed(queue, lists, keep, many):
    """Adds a QueueRunner with one enqueue operation for each list of tensors; equal lists share one."""
    put, made = (queue.enqueue_many if many else queue.enqueue), {}
    for tensors in lists:
        if id(tensors) in made:
            continue
        if keep.shape.ndims == 1:
            chosen = math.cast(keep, dtypes.int32)
            made[id(tensors)] = put([index.dynamic_partition(t, chosen, num_partitions=2)[1] for t in tensors])
        else:
            made[id(tensors)] = control_flow.smart_cond(keep, lambda ts=tensors: put(ts), framework.no_op)
    add_queue_runner(QueueRunner(queue, [made[id(tensors)] for tensors in lists]))
