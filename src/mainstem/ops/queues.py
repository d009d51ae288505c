"""Queues: ops that make one, put elements in, take them out and close it; what they do is in `queue_store.py`.

Each has two names: the `V2` one takes handles of type `resource`, the older one `ref string`.
"""

import numpy as np

from mainstem.core.families import no_outputs, scalar_shape
from mainstem.core.registry import op
from mainstem.ops import queue_store
from mainstem.ops.host import invalid


def _made(name):
    """Registers the two ops that make a queue with the attrs of the kernel, which only gives their defaults."""

    def register(kernel):
        for op_name, types, shape in ((name, "-> ref string", (2,)), (name + "V2", "-> resource", ())):
            made = op(op_name, types, owner="queue", host=True, shape=lambda inputs, attrs, s=shape: [s])(kernel)
        return made

    return register


def _both(name, left, right="", **options):
    """Registers the two ops that use a queue."""

    def register(kernel):
        for op_name, handle in ((name, "ref string"), (name + "V2", "resource")):
            made = op(op_name, f"{handle}{left} -> {right}", host=True, slots=True, **options)(kernel)
        return made

    return register


@_made("FIFOQueue")
def fifo_queue(*, component_types: "list(type)", shapes: "list(shape)" = (), capacity=-1, container="", shared_name=""):
    """A queue of tuples of tensors, first in first out; `capacity` -1 means no limit."""
    return queue_store.Queue(component_types, shapes, capacity)


@_made("PaddingFIFOQueue")
def padding_fifo_queue(*, component_types: "list(type)", shapes: "list(shape)" = (), capacity=-1, container="", shared_name=""):
    """A queue whose `shapes` may have unknown dimensions: what is taken as a batch is filled up to one size."""
    return queue_store.PaddingQueue(component_types, shapes, capacity)


@_made("PriorityQueue")
def priority_queue(*, component_types: "list(type)" = (), shapes: "list(shape)", capacity=-1, container="", shared_name=""):
    """A queue whose elements have an int64 more in front; the smallest leaves first."""
    return queue_store.PriorityQueue(component_types, shapes, capacity)


@_made("RandomShuffleQueue")
def random_shuffle_queue(
    *, component_types: "list(type)", shapes: "list(shape)" = (), capacity=-1, min_after_dequeue=0, seed=0, seed2=0, container="",
    shared_name="",
):  # fmt: skip
    """A queue that gives a random element, and keeps `min_after_dequeue` while it is open."""
    return queue_store.ShuffleQueue(component_types, shapes, capacity, min_after_dequeue, seed, seed2)


def _no_timeout(timeout_ms):
    if timeout_ms != -1:
        raise invalid("Timeout not supported yet.")


@_both("QueueEnqueue", ", *Tcomponents", shape=no_outputs, waits=True)
def queue_enqueue(handle, components, *, Tcomponents: "list(type)", timeout_ms=-1):  # noqa: N803 - the attr's name
    """Puts the element `components` into the queue; waits while it is full."""
    queue = handle.value
    _no_timeout(timeout_ms)
    if Tcomponents != queue.types:
        queue_store.check_types(queue, Tcomponents, True)
    queue.put((queue_store.element(queue, components),))


def _equal_counts(inputs, attrs):
    count = None
    for i in inputs[1:]:
        if i.shape is not None:
            if not i.shape:
                raise ValueError("Shape () must have rank at least 1")
            if count is not None and i.shape[0] not in (None, count):
                raise ValueError(f"Dimensions {count} and {i.shape[0]} are not compatible")
            count = i.shape[0] if count is None else count
    return []


@_both("QueueEnqueueMany", ", *Tcomponents", shape=_equal_counts, waits=True)
def queue_enqueue_many(handle, components, *, Tcomponents: "list(type)", timeout_ms=-1):  # noqa: N803 - the attr's name
    """Puts the elements along the first dimension of `components` into the queue; waits while it is full."""
    queue = handle.value
    _no_timeout(timeout_ms)
    if Tcomponents != queue.types:
        queue_store.check_types(queue, Tcomponents, True)
    elements = queue_store.elements(queue, components)
    if elements:
        queue.put(elements)


def _taken_shapes(inputs, attrs):
    return [None] * len(attrs["component_types"])


@_both("QueueDequeue", "", "*component_types", shape=_taken_shapes, waits=True)
def queue_dequeue(handle, *, component_types: "list(type)", timeout_ms=-1):
    """Takes one element; waits while the queue is empty and open."""
    queue = handle.value
    _no_timeout(timeout_ms)
    if component_types != queue.types:
        queue_store.check_types(queue, component_types, False)
    return queue.take(1, single=True)[0]


def _count_checked(inputs, attrs):
    n = inputs[1].value()
    if n is not None and n < 0:
        raise ValueError(f"Input 'n' must be >= 0, but is {int(n)}")
    return _taken_shapes(inputs, attrs)


def _take_many(handle, n, component_types, timeout_ms, small):
    queue, n = handle.value, int(n)
    _no_timeout(timeout_ms)
    if component_types != queue.types:
        queue_store.check_types(queue, component_types, False)
    if n < 0:
        raise invalid(f"{'DequeueUpTo' if small else 'DequeueMany'} {n} < 0")
    return queue_store.batch(queue, lambda: queue.take(n, small) if n else [])


@_both("QueueDequeueMany", ", n:int32", "*component_types", shape=_count_checked, waits=True)
def queue_dequeue_many(handle, n, *, component_types: "list(type)", timeout_ms=-1):
    """Takes `n` elements as one batch; waits until there are so many."""
    return _take_many(handle, n, component_types, timeout_ms, False)


@_both("QueueDequeueUpTo", ", n:int32", "*component_types", shape=_count_checked, waits=True)
def queue_dequeue_up_to(handle, n, *, component_types: "list(type)", timeout_ms=-1):
    """Takes `n` elements as one batch, or as many as a closed queue still has."""
    return _take_many(handle, n, component_types, timeout_ms, True)


@_both("QueueClose", "", shape=no_outputs, waits=True)
def queue_close(handle, *, cancel_pending_enqueues=False):
    """No more elements can be put; those that wait for room go on, or are cancelled."""
    handle.value.close(cancel_pending_enqueues)


@_both("QueueSize", "", "int32", shape=scalar_shape)
def queue_size(handle):
    """How many elements the queue has."""
    return np.int32(len(handle.value))


@_both("QueueIsClosed", "", "bool", shape=scalar_shape)
def queue_is_closed(handle):
    """Whether the queue is closed."""
    return np.bool_(handle.value.closed)
