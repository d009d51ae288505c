"""Queues: `tf.FIFOQueue`, `tf.RandomShuffleQueue`, `tf.PaddingFIFOQueue`, `tf.PriorityQueue` and what they have in common."""

import hashlib

from mainstem.base import dtypes as types
from mainstem.base import shapes as shape_rules
from mainstem.graph.tensor import Tensor
from mainstem.ops import queues as ops
from mainstem.surface import array, random
from mainstem.surface.framework import convert_to_tensor, name_scope
from mainstem.surface.index import gather_v1

_PRIORITY = types.int64


def _type_list(given):
    given = [given] if isinstance(given, types.DType) or not isinstance(given, (list, tuple)) else list(given)
    return [t if isinstance(t, types.DType) else types.as_dtype(t) for t in given]


def _shape_list(given, partial=False):
    """The shapes of components, None when none are given. Raises ValueError when some are unknown that must not be."""
    if given is None:
        return None
    if isinstance(given, shape_rules.TensorShape):
        given = [given]
    if not isinstance(given, (list, tuple)):
        raise TypeError("shapes must be a TensorShape or a list or tuple of TensorShapes.")
    if all(d is None or isinstance(d, int) for d in given):  # one shape
        given = [given]
    made = [shape_rules.as_shape(s) for s in given]
    if any(s.rank is None or not (partial or s.is_fully_defined()) for s in made):
        raise ValueError(f"All shapes must be fully defined: {made}")
    return made


def _name_list(names, given_types):
    if names is None:
        return None
    names = [names] if not isinstance(names, (list, tuple)) else list(names)
    if len(names) != len(given_types):
        raise ValueError("List of names must have the same length as the list of dtypes")
    return names


class QueueBase:
    """A queue of tuples of tensors; the kinds of queues inherit from it, and `from_list` gives one.

    Elements are put in by `enqueue` and `enqueue_many` and taken out by `dequeue`, `dequeue_many` and `dequeue_up_to`. These wait:
    for room in a full queue, for elements in an empty one. `close` ends that: what is taken from a closed queue without elements
    raises `tf.errors.OutOfRangeError`, what is put into one `tf.errors.CancelledError`. The elements live in the session.

    `names` gives the components names; elements are dicts then.
    """

    def __init__(self, dtypes, shapes, names, queue_ref):
        self._dtypes = dtypes
        if shapes is not None and len(shapes) != len(dtypes):
            raise ValueError("Queue shapes must have the same length as dtypes")
        self._shapes = [shape_rules.TensorShape(None)] * len(dtypes) if shapes is None else list(shapes)
        if names is not None and len(names) != len(dtypes):
            raise ValueError("Queue names must have the same length as dtypes")
        self._names, self._queue_ref = names, queue_ref
        self._eager = not isinstance(queue_ref, Tensor)
        self._name = "queue" if self._eager else queue_ref.op.name.rpartition("/")[2]

    @staticmethod
    def from_list(index, queues):
        """The queue of a list at the position that the scalar integer `index` has when the graph runs.

        Raises TypeError unless `queues` is a list of queues with the same types and names.
        """
        if not queues or not isinstance(queues, list) or not all(isinstance(q, QueueBase) for q in queues):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if not all(first._types() == q._types() for q in queues[1:]):
            raise TypeError("Queues do not have matching component dtypes.")
        if not all(first.names == q.names for q in queues[1:]):
            raise TypeError("Queues do not have matching component names.")
        common = [_common(component) for component in zip(*[q.shapes for q in queues])]
        chosen = gather_v1(array.stack([q.queue_ref for q in queues], name="packed"), index)
        return QueueBase(dtypes=first.dtypes, shapes=common, names=first.names, queue_ref=chosen)

    def _types(self):
        return [types.as_dtype(t) for t in self._dtypes]

    @property
    def queue_ref(self):
        """The handle of the queue, a tensor."""
        return self._queue_ref

    @property
    def name(self):
        """The name of the operation that makes the queue."""
        return self._name if self._eager else self._queue_ref.op.name

    @property
    def dtypes(self):
        """The types of the components, a list."""
        return self._dtypes

    @property
    def shapes(self):
        """The shapes of the components, a list of TensorShapes."""
        return self._shapes

    @property
    def names(self):
        """The names of the components, a list, or None."""
        return self._names

    # ---- putting in

    def enqueue(self, vals, name=None):
        """Puts one element in: a tensor, a list of tensors, or a dict of them in a queue with names. Gives an operation.

        Raises ValueError for shapes and names that are not the queue's.
        """
        with name_scope(name, f"{self._name}_enqueue", _tensors(vals)) as scope:
            vals = self._converted(vals)
            for value, shape in zip(vals, self._shapes):
                value.shape.assert_is_compatible_with(shape)
            return ops.queue_enqueue(self._queue_ref, vals, name=scope)

    def enqueue_many(self, vals, name=None):
        """Puts the elements along the first dimension of each component in, one after the other. Gives an operation.

        Raises ValueError for shapes and names that are not the queue's.
        """
        with name_scope(name, f"{self._name}_EnqueueMany", _tensors(vals)) as scope:
            vals = self._converted(vals)
            count = vals[0].shape.with_rank_at_least(1).dims
            count = shape_rules.Dimension(None) if count is None else count[0]
            for value, shape in zip(vals, self._shapes):
                if value.shape.with_rank_at_least(1).rank is not None:
                    count = count.merge_with(value.shape.dims[0])
                    value.shape[1:].assert_is_compatible_with(shape)
            return ops.queue_enqueue_many(self._queue_ref, vals, name=scope)

    def _converted(self, vals):
        """The components as tensors, in order."""
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(self._names, key=str) != sorted(vals, key=str):
                raise ValueError(
                    "Keys in dictionary to enqueue do not match names of Queue.  "
                    f"Dictionary: ({sorted(vals)}), Queue: ({sorted(self._names)})"
                )
            vals = [vals[n] for n in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        elif not isinstance(vals, (list, tuple)):
            vals = [vals]
        return [convert_to_tensor(v, dtype=t, name=f"component_{i}") for i, (v, t) in enumerate(zip(vals, self._dtypes))]

    # ---- taking out

    def dequeue(self, name=None):
        """Takes one element: a tensor, a list of tensors when there are several components, or a dict in a queue with names."""
        made = ops.queue_dequeue(self._queue_ref, component_types=self._types(), name=name or f"{self._name}_Dequeue")
        return self._element(made, lambda shape: shape)

    def dequeue_many(self, n, name=None):
        """Takes `n` elements as one batch; from a closed queue that has less, none. The shapes of the components must be known."""
        made = ops.queue_dequeue_many(
            self._queue_ref, n, component_types=self._types(), name=name or f"{self._name}_DequeueMany"
        )
        count = None if self._eager else array.constant_value(made[0].op.inputs[1])
        return self._element(made, lambda shape: shape_rules.TensorShape([count]).concatenate(shape))

    def dequeue_up_to(self, n, name=None):
        """Takes `n` elements as one batch, or as many as a closed queue still has."""
        made = ops.queue_dequeue_up_to(
            self._queue_ref, n, component_types=self._types(), name=name or f"{self._name}_DequeueUpTo"
        )
        return self._element(made, lambda shape: shape_rules.TensorShape([None]).concatenate(shape))

    def _element(self, made, shape_of):
        if not self._eager:
            for t, shape in zip(made, self._shapes):
                t.set_shape(shape_of(shape))
        if self._names:
            return dict(zip(self._names, made))
        return made[0] if len(made) == 1 else list(made)

    # ---- the queue itself

    def close(self, cancel_pending_enqueues=False, name=None):
        """Closes the queue: nothing more can be put in. Gives an operation.

        Enqueues that wait for room are carried out before, or get CancelledError with `cancel_pending_enqueues`.
        """
        return ops.queue_close(
            self._queue_ref, cancel_pending_enqueues=cancel_pending_enqueues, name=name or f"{self._name}_Close"
        )

    def is_closed(self, name=None):
        """Whether the queue is closed, a bool tensor."""
        return ops.queue_is_closed(self._queue_ref, name=name or f"{self._name}_Is_Closed")

    def size(self, name=None):
        """How many elements the queue has, an int32 tensor."""
        return ops.queue_size(self._queue_ref, name=name or f"{self._name}_Size")


def _tensors(vals):
    return list(vals.values()) if isinstance(vals, dict) else list(vals) if isinstance(vals, (list, tuple)) else [vals]


def _common(found):
    """The shape that all shapes of a list agree with as far as they agree with each other."""
    common = found[0]
    for other in found[1:]:
        common = common.most_specific_compatible_shape(other)
    return common


def _made(op, types_, shapes, shared_name, name, **attrs):
    """The handle of a new queue."""
    if not types_ and op is not ops.priority_queue:
        raise ValueError(f"Attr 'component_types' of '{op.name}' Op passed list of length 0 less than minimum 1.")
    return op(
        component_types=types_,
        shapes=[shape_rules.as_tuple(s) for s in shapes or ()],
        shared_name=shared_name or "",
        name=name,
        **attrs,
    )


class FIFOQueue(QueueBase):
    """A queue that gives elements in the order in which they came.

    Args:
        capacity: how many elements it holds; -1 for no limit.
        dtypes: the types of the components, a list, or a type.
        shapes: their shapes, fully known, or None when elements may have any; then only single elements can be taken.
        names: names of the components, or None.
        shared_name: queues of one session with the same shared name are one queue.
    """

    def __init__(self, capacity, dtypes, shapes=None, names=None, shared_name=None, name="fifo_queue"):
        dtypes = _type_list(dtypes)
        shapes = _shape_list(shapes)
        names = _name_list(names, dtypes)
        made = _made(ops.fifo_queue, dtypes, shapes, shared_name, name, capacity=capacity)
        super().__init__(dtypes, shapes, names, made)


class PaddingFIFOQueue(QueueBase):
    """A FIFOQueue whose `shapes` may have unknown dimensions: a batch is filled up with zeros to the size of its largest element."""

    def __init__(self, capacity, dtypes, shapes, names=None, shared_name=None, name="padding_fifo_queue"):
        dtypes = _type_list(dtypes)
        if shapes is None:
            raise ValueError("When providing partial shapes, a list of shapes must be provided.")
        shapes = _shape_list(shapes, partial=True)
        names = _name_list(names, dtypes)
        if len(dtypes) != len(shapes):
            raise ValueError(
                f"Shapes must be provided for all components, but received {len(dtypes)} dtypes and {len(shapes)} shapes."
            )
        made = _made(ops.padding_fifo_queue, dtypes, shapes, shared_name, name, capacity=capacity)
        super().__init__(dtypes, shapes, names, made)


class PriorityQueue(QueueBase):
    """A queue that gives the element with the smallest priority, an int64 scalar that is a component in front of `types`."""

    def __init__(self, capacity, types, shapes=None, names=None, shared_name=None, name="priority_queue"):  # noqa: A002
        kinds = _type_list(types)
        shapes = _shape_list(shapes)
        if shapes is None:
            raise TypeError("Expected list for 'shapes' argument to 'priority_queue_v2' Op, not None.")
        made = _made(ops.priority_queue, kinds, shapes, shared_name, name, capacity=capacity)
        kinds = [_PRIORITY, *kinds]
        super().__init__(kinds, [shape_rules.TensorShape(()), *shapes], _name_list(names, kinds), made)


class RandomShuffleQueue(QueueBase):
    """A queue that gives a random one of its elements; the order is TensorFlow's for the same seeds.

    Args:
        capacity, dtypes, shapes, names, shared_name: as of FIFOQueue.
        min_after_dequeue: how many elements stay in the queue while it is open: the more, the better the mixture.
        seed: the seed; see `tf.set_random_seed`.
    """

    def __init__(
        self, capacity, min_after_dequeue, dtypes, shapes=None, names=None, seed=None, shared_name=None,
        name="random_shuffle_queue",
    ):  # fmt: skip
        dtypes = _type_list(dtypes)
        shapes = _shape_list(shapes)
        names = _name_list(names, dtypes)
        first, second = random.get_seed(seed)
        if first is None and second is None:
            first, second = 0, 0
        elif seed is None and shared_name is not None:  # equal in all graphs that share it
            second = int(hashlib.md5(f"{first}{shared_name}".encode()).hexdigest()[:8], 16) & 0x7FFFFFFF
        made = _made(
            ops.random_shuffle_queue, dtypes, shapes, shared_name, name, capacity=capacity, min_after_dequeue=min_after_dequeue,
            seed=first, seed2=second,
        )  # fmt: skip
        super().__init__(dtypes, shapes, names, made)
