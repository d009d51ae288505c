"""Buckets: examples of like kind, e.g. sentences of like length, are batched together."""

from mainstem.base import dtypes, errors
from mainstem.surface import control_flow, framework, masking, math, reduce
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.queues import FIFOQueue, PaddingFIFOQueue
from mainstem.train import summary
from mainstem.train.queue_runner import QueueRunner, add_queue_runner


def _queue(dynamic_pad):
    return PaddingFIFOQueue if dynamic_pad else FIFOQueue


def _per_bucket(value, num_buckets, what):
    if not isinstance(value, (list, tuple)):
        return [value] * num_buckets
    if len(value) != num_buckets:
        raise ValueError(f"If {what} is a list it must have num_buckets elements")
    return list(value)


def bucket(
    tensors,
    which_bucket,
    batch_size,
    num_buckets,
    num_threads=1,
    capacity=32,
    bucket_capacities=None,
    shapes=None,
    dynamic_pad=False,
    allow_smaller_final_batch=False,
    keep_input=True,
    shared_name=None,
    name=None,
):
    """Batches examples that belong to the same bucket; gives (bucket, tensors), filled by queue runners.

    Args:
        tensors: a list or dict of tensors, one example.
        which_bucket: an int32 scalar tensor, the bucket of the example.
        batch_size: how many examples make a batch, an int or a list, one a bucket.
        num_buckets: the number of buckets.
        num_threads: how many threads enqueue.
        capacity: how many batches may wait.
        bucket_capacities: how many examples each bucket holds, an int or a list; None: `capacity`.
        shapes: the shapes of the examples; default: those of `tensors`.
        dynamic_pad: whether dimensions may be unknown; a batch is padded then.
        allow_smaller_final_batch: whether what is left at the end of the data makes a smaller batch.
        keep_input: a bool scalar tensor; False: the example is dropped.

    Raises ValueError for no buckets, no tensors, and lists that do not have an element a bucket.
    """
    sizes = _per_bucket(batch_size, num_buckets, "batch_size")
    capacities = _per_bucket(capacity if bucket_capacities is None else bucket_capacities, num_buckets, "bucket_capacities")
    names = list(tensors) if isinstance(tensors, dict) else None
    flat = [tensors[n] for n in names] if names is not None else list(tensors)
    with name_scope(name, "bucket", flat):
        flat = [convert_to_tensor(t) for t in flat]
        if not flat:
            raise ValueError("Expected at least one tensor in bucket().")
        if num_buckets < 1:
            raise ValueError("num_buckets must be >= 1")
        kinds = [t.dtype for t in flat]
        shapes = [t.get_shape() for t in flat] if shapes is None else shapes
        which = convert_to_tensor(which_bucket, dtype=dtypes.int32, name="which_bucket")
        kind = _queue(dynamic_pad)
        waiting = [
            kind(capacity=capacities[i], dtypes=kinds, shapes=shapes, shared_name=shared_name, name=f"bucket_queue_{i}")
            for i in range(num_buckets)
        ]
        same = sizes[0] if len(set(sizes)) == 1 and not allow_smaller_final_batch else None
        top = _queue(dynamic_pad)(
            capacity=capacity,
            dtypes=[dtypes.int32, *kinds],
            shapes=[[], *[_batched(s, same) for s in shapes]] if dynamic_pad or same is not None else None,
            shared_name=shared_name,
            name="top_queue",
        )
        _fill(waiting, which, flat, keep_input, num_threads)
        _forward(top, waiting, sizes, allow_smaller_final_batch)
        for queue in waiting:
            summary.scalar(f"bucket/{queue.name}/size", math.cast(queue.size(), dtypes.float32))
        filled = math.cast(top.size(), dtypes.float32) * (1.0 / capacity)
        summary.scalar(f"bucket/{top.name}/fraction_of_{capacity}_full", filled)
        index, *made = top.dequeue(name="dequeue_top")
        if same is None:
            for tensor, shape in zip(made, shapes):
                tensor.set_shape(_batched(shape, None))
        return index, dict(zip(names, made)) if names is not None else made


def _batched(shape, size):
    return [size, *(shape.as_list() if hasattr(shape, "as_list") else shape)]


def _fill(waiting, which, tensors, keep_input, num_threads):
    """A queue runner that puts each example into the queue of its bucket."""

    def put():
        pairs = [
            (math.equal(which, i), lambda q=queue, i=i: framework.group(q.enqueue(tensors, name=f"enqueue_{i}")))
            for i, queue in enumerate(waiting)
        ]
        return framework.group(control_flow.case(pairs, default=lambda: framework.group(framework.no_op()), exclusive=True))

    def once():
        if keep_input is True:
            return put()
        keep = convert_to_tensor(keep_input, dtype=dtypes.bool)
        return framework.group(control_flow.cond(keep, lambda: _true_after(put()), lambda: framework.constant_v1(False)))

    closed = framework.group(*[q.close() for q in waiting])
    cancelled = framework.group(*[q.close(cancel_pending_enqueues=True) for q in waiting])
    add_queue_runner(QueueRunner(waiting[0], [once() for _ in range(num_threads)], closed, cancelled))


def _true_after(op):
    with framework.control_dependencies([op]):
        return framework.constant_v1(True)


def _forward(top, waiting, sizes, allow_smaller_final_batch):
    """Queue runners that take batches out of the buckets, one a bucket, and put them into the queue that is read."""
    moves = []
    for i, (queue, size) in enumerate(zip(waiting, sizes)):
        take = queue.dequeue_up_to if allow_smaller_final_batch else queue.dequeue_many
        made = take(size, name=f"dequeue_bucket_{i}")
        made = made if isinstance(made, list) else [made]
        moves.append(top.enqueue([framework.constant_v1(i), *made], name=f"enqueue_from_bucket_{i}"))
    ends = (errors.OutOfRangeError, errors.CancelledError)
    add_queue_runner(QueueRunner(top, moves, queue_closed_exception_types=ends))


def bucket_by_sequence_length(
    input_length,
    tensors,
    batch_size,
    bucket_boundaries,
    num_threads=1,
    capacity=32,
    bucket_capacities=None,
    shapes=None,
    dynamic_pad=False,
    allow_smaller_final_batch=False,
    keep_input=True,
    shared_name=None,
    name=None,
):
    """Batches examples of like length; gives (lengths, tensors).

    `bucket_boundaries` are increasing lengths: the first bucket is what is shorter than the first, the last what is at least as long
    as the last. The other arguments are `bucket`'s.

    Raises TypeError unless the boundaries are a list of ints, ValueError unless they increase.
    """
    names = list(tensors) if isinstance(tensors, dict) else None
    flat = [tensors[n] for n in names] if names is not None else list(tensors)
    if not isinstance(bucket_boundaries, (list, tuple)):
        raise TypeError(f"bucket_boundaries must be a list or tuple, but received: {bucket_boundaries}")
    if not bucket_boundaries:
        raise ValueError("bucket_boundaries must not be empty")
    for a, b in zip(bucket_boundaries, bucket_boundaries[1:]):
        if not isinstance(a, int) or not isinstance(b, int):
            raise TypeError(f"bucket boundaries must be integers, but saw: {a} and {b}")
        if a >= b:
            raise ValueError(f"Buckets must contain sequential increasing lengths, but saw: {a} before {b}")
    with name_scope(name, "bucket_by_sequence_length", [input_length, *flat]) as scope:
        length = convert_to_tensor(input_length, dtype=dtypes.int32, name="input_length")
        low = framework.constant_v1([-(2**31), *bucket_boundaries], dtype=dtypes.int32)
        high = framework.constant_v1([*bucket_boundaries, 2**31 - 1], dtype=dtypes.int32)
        inside = math.logical_and(math.less_equal(low, length), math.less(length, high))
        which = reduce.reduce_min_v1(masking.where_v1(inside))
        which = math.cast(which, dtypes.int32)
        _, made = bucket(
            [length, *flat],
            which,
            batch_size,
            len(bucket_boundaries) + 1,
            num_threads=num_threads,
            capacity=capacity,
            bucket_capacities=bucket_capacities,
            shapes=None if shapes is None else [[], *shapes],
            dynamic_pad=dynamic_pad,
            allow_smaller_final_batch=allow_smaller_final_batch,
            keep_input=keep_input,
            shared_name=shared_name,
            name=scope,
        )
        lengths, *made = made
        return lengths, dict(zip(names, made)) if names is not None else made
