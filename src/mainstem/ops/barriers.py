"""Barriers: components of elements come one by one under a key; an element can be taken when it has all of them."""

import threading

import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core import resource
from mainstem.core.families import no_outputs, scalar_shape
from mainstem.core.registry import op
from mainstem.ops import queue_store
from mainstem.ops.host import invalid

_FIRST = -(1 << 63)  # the number of the first keys
_MISSING = object()


class _Ready(queue_store.PriorityQueue):
    """The elements that have all components, in the order in which their keys came."""

    def insufficient(self, wanted, size, single):
        return _insufficient(self.name, wanted, size)


def _insufficient(name, wanted, size):
    text = f"Barrier '{name}' is closed and has insufficient elements (requested {wanted}, total size {size})."
    return errors.OutOfRangeError(None, None, text)


class Barrier(resource.Resource):
    """Elements by key as far as they have come, and the queue of those that are complete."""

    kind = "barrier"

    def __init__(self, types, shapes):
        self.types, self.lock, self.closed, self.cancelled = types, threading.Lock(), False, False
        self.parts, self.number = {}, _FIRST  # key -> [number, component, …]
        # a barrier that was told no shapes takes scalars
        self.queue = _Ready([dtypes.string, *types], [(), *(shapes or [()] * len(types))], -1)

    def adopt(self, op_type, op_name, attrs):
        super().adopt(op_type, op_name, attrs)
        self.queue.name = self.name

    def shut(self):
        self.queue.shut()

    def insert(self, index, keys, values):
        """Adds a component of the elements of some keys. Raises CancelledError when that is no longer possible."""
        if keys.ndim != 1:
            raise invalid(f"keys must be a vector, but got shape {list(keys.shape)}")
        if values.ndim < 1 or len(values) < len(keys):  # TensorFlow reads behind the end
            raise invalid(f"Expected as many values as keys ({len(keys)}), but got values of shape {list(values.shape)}")
        values = values.copy()
        with self.lock:
            if self.cancelled or (self.closed and not self.parts and len(keys)):
                raise self._is_closed(
                    f".  Pending enqueues cancelled: {int(self.cancelled)}.  Number of new insertions: {len(keys)}"
                )
            if not len(keys):
                return
            before, complete = self.number, []
            try:
                for key, value in zip(keys.tolist(), values):
                    self._insert(key, index, np.asarray(value, values.dtype), before, complete)
            finally:
                if complete:
                    self.queue.put(complete)
                if self.closed and not self.parts:
                    self.queue.close()

    def _insert(self, key, index, value, number, complete):
        parts = self.parts.get(key)
        if parts is None:
            if self.closed:
                raise self._is_closed(
                    f", but attempted to insert a brand new key: {key.decode()}.  Pending enqueues cancelled: "
                    f"{int(self.cancelled)}.  Insertion index: {index}"
                )
            parts = self.parts[key] = [number] + [_MISSING] * len(self.types)
            self.number = number + 1
        elif parts[1 + index] is not _MISSING:
            raise invalid(f"Key {key.decode()} already has a value for component {index} in barrier {self.name}")
        parts[1 + index] = value
        if not any(p is _MISSING for p in parts[1:]):
            del self.parts[key]
            text = np.empty((), object)
            text[()] = key
            complete.append(queue_store.element(self.queue, [np.asarray(parts[0], np.int64), text, *parts[1:]]))

    def _is_closed(self, more):
        text = f"Barrier {self.name} is closed{more}.  Number of incomplete keys: {len(self.parts)}."
        return errors.CancelledError(None, None, text)

    def take(self, count, small):
        """Takes `count` elements, waiting for them; from a closed barrier as many as are complete when `small`."""
        with self.lock:
            if self.closed:
                total = len(self.queue) + len(self.parts)
                count = min(count, len(self.queue)) if small else count
                if total < max(count, 1):
                    raise _insufficient(self.name, count, total)
        return self.queue.take(count, small) if count else []

    def close(self, cancel):
        """No more keys can come, with `cancel` no more components either. Raises CancelledError when it is closed already."""
        with self.lock:
            if self.cancelled or (self.closed and not cancel):
                raise errors.CancelledError(None, None, f"Barrier '{self.name}' is already closed.")
            first, self.closed, self.cancelled = not self.queue.closed, True, cancel
            if cancel:
                self.parts.clear()
            if first and not self.parts:
                self.queue.close()


@op("Barrier", "-> ref string", owner="barrier", host=True, shape=lambda inputs, attrs: [(2,)])
def barrier(*, component_types: "list(type)", shapes: "list(shape)" = (), capacity=-1, container="", shared_name=""):
    """A barrier for elements of these components. It has no `capacity`: a queue before it limits what comes in."""
    if capacity != -1:
        raise invalid("Barrier only accepts capacity=-1. Put a queue before it to limit how much it holds.")
    return Barrier(component_types, shapes)


@op("BarrierInsertMany", "ref string, string, T ->", host=True, slots=True, shape=no_outputs, T=dtypes.ANY)
def barrier_insert_many(handle, keys, values, *, component_index: "int", T: "type"):  # noqa: N803 - the attr's name
    """Adds component `component_index` of the elements called `keys`."""
    barrier_ = handle.value
    if not 0 <= component_index < len(barrier_.types):
        raise invalid(f"The component ID is out of range {component_index} > num_components (= {len(barrier_.types)})")
    if T is not barrier_.types[component_index]:
        raise invalid(f"Component {component_index} is of type {barrier_.types[component_index].name}, not {T.name}.")
    barrier_.insert(component_index, keys, values)


def _taken(inputs, attrs):
    n = inputs[1].value()
    if n is not None and n < 0:
        raise ValueError(f"Dimension {int(n)} must be >= 0")
    return [(None,), (None,), *[None] * len(attrs["component_types"])]


@op(
    "BarrierTakeMany", "ref string, int32 -> indices:int64, keys:string, values:*component_types", host=True, slots=True,
    shape=_taken, waits=True,
)  # fmt: skip
def barrier_take_many(
    handle, num_elements, *, component_types: "list(type)", allow_small_batch=False, wait_for_incomplete=False, timeout_ms=-1
):
    """Takes complete elements: (the numbers of their keys in order of arrival, the keys, a batch of each component)."""
    barrier_ = handle.value
    if timeout_ms != -1:
        raise invalid("Timeout not supported yet.")
    if component_types != barrier_.types:
        raise invalid(
            f"The barrier's components are {[t.name for t in barrier_.types]}, not {[t.name for t in component_types]}."
        )
    small = allow_small_batch
    if small and wait_for_incomplete:
        taken = lambda: barrier_.queue.take(int(num_elements), True)  # noqa: E731
    else:
        taken = lambda: barrier_.take(int(num_elements), small)  # noqa: E731
    indices, keys, *values = queue_store.batch(barrier_.queue, taken)
    return indices, keys, values


@op("BarrierClose", "ref string ->", host=True, slots=True, shape=no_outputs)
def barrier_close(handle, *, cancel_pending_enqueues=False):
    """No more new keys can come; the incomplete ones may still be completed, or are dropped."""
    handle.value.close(cancel_pending_enqueues)


@op("BarrierReadySize", "ref string -> size:int32", host=True, slots=True, shape=scalar_shape)
def barrier_ready_size(handle):
    """How many elements are complete."""
    return np.int32(len(handle.value.queue))


@op("BarrierIncompleteSize", "ref string -> size:int32", host=True, slots=True, shape=scalar_shape)
def barrier_incomplete_size(handle):
    """How many elements lack components."""
    return np.int32(len(handle.value.parts))
