"""`slim.prefetch_queue`: a queue of whole batches, filled by threads while the model trains."""

from mainstem.base import dtypes
from mainstem.surface import math
from mainstem.surface.framework import name_scope
from mainstem.surface.queues import FIFOQueue, PaddingFIFOQueue
from mainstem.train import summary
from mainstem.train.queue_runner import QueueRunner, add_queue_runner


def prefetch_queue(tensors, capacity=8, num_threads=1, dynamic_pad=False, shared_name=None, name=None):
    """A queue that queue runners fill with `tensors`; gives it, to `dequeue` from.

    Args:
        tensors: a list of tensors, or a dict, of which the elements of the queue are then dicts.
        capacity: the greatest number of elements.
        num_threads: how many threads enqueue.
        dynamic_pad: whether dimensions may be unknown, see `PaddingFIFOQueue`.
    """
    names = sorted(tensors) if isinstance(tensors, dict) else None
    flat = [tensors[n] for n in names] if names is not None else list(tensors)
    with name_scope(name, "prefetch_queue", flat):
        kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        queue = kind(
            capacity=capacity,
            dtypes=[t.dtype for t in flat],
            shapes=[t.get_shape() for t in flat],
            names=names,
            shared_name=shared_name,
        )
        add_queue_runner(QueueRunner(queue, [queue.enqueue(tensors)] * num_threads))
        filled = math.cast(queue.size(), dtypes.float32) * (1.0 / capacity)
        summary.scalar(f"fraction_of_{capacity}_full", filled)
        return queue
