"""`Barrier` and `StagingArea` of `tensorflow.python.ops.data_flow_ops`."""

from mainstem.base import dtypes as types
from mainstem.base import shapes as shape_rules
from mainstem.graph.graph import get_default_graph
from mainstem.ops import barriers
from mainstem.ops import staging as ops
from mainstem.surface import array
from mainstem.surface.framework import convert_to_tensor, name_scope, no_op


class Barrier:
    """Collects the components of elements under keys; an element that has all components can be taken.

    Args:
        types: the types of the components, a list or a type.
        shapes: their shapes, fully known and without zeros, or None.
        shared_name: barriers of one session with the same shared name are one.

    Raises TypeError for shapes that are no list, ValueError for shapes that do not fit.
    """

    def __init__(self, types, shapes=None, shared_name=None, name="barrier"):  # noqa: A002
        self._types = _type_list(types)
        if shapes is not None:
            shapes = [shape_rules.as_shape(s) for s in ([shapes] if not isinstance(shapes, (list, tuple)) else shapes)]
            if any(not s.is_fully_defined() for s in shapes):
                raise ValueError(f"All shapes must be fully defined: {shapes}")
            for i, s in enumerate(shapes):
                if s.num_elements() == 0:
                    raise ValueError(f"Empty tensors are not supported, but received shape '{s}' at index {i}")
        self._shapes = [shape_rules.TensorShape(None)] * len(self._types) if shapes is None else shapes
        self._barrier_ref = barriers.barrier(
            component_types=self._types,
            shapes=[shape_rules.as_tuple(s) for s in shapes or ()],
            shared_name=shared_name or "",
            name=name,
        )
        self._name = self._barrier_ref.op.name.rpartition("/")[2]

    @property
    def barrier_ref(self):
        """The handle of the barrier, a tensor."""
        return self._barrier_ref

    @property
    def name(self):
        """The name of the operation that makes the barrier."""
        return self._barrier_ref.op.name

    def insert_many(self, component_index, keys, values, name=None):
        """An operation that adds component `component_index` of the elements `keys` [n], along the first dimension of `values`."""
        with name_scope(name, f"{self._name}_BarrierInsertMany", [keys, values]) as scope:
            return barriers.barrier_insert_many(self._barrier_ref, keys, values, component_index=component_index, name=scope)

    def take_many(self, num_elements, allow_small_batch=False, timeout=None, name=None):
        """Takes complete elements: (indices, keys, values): numbers of the keys in order of arrival, the keys, a list of batches.

        `allow_small_batch`: whether less may come from a closed barrier.
        """
        made = barriers.barrier_take_many(
            self._barrier_ref,
            num_elements,
            component_types=self._types,
            allow_small_batch=allow_small_batch,
            timeout_ms=-1 if timeout is None else timeout,
            name=name or f"{self._name}_BarrierTakeMany",
        )
        indices, keys, values = made
        count = shape_rules.TensorShape([None if allow_small_batch else array.constant_value(indices.op.inputs[1])])
        for t in (indices, keys):
            t.set_shape(count)
        for t, shape in zip(values, self._shapes):
            t.set_shape(count.concatenate(shape))
        return indices, keys, values

    def close(self, cancel_pending_enqueues=False, name=None):
        """An operation after which no new keys can come; with `cancel_pending_enqueues` incomplete elements are dropped."""
        return barriers.barrier_close(
            self._barrier_ref, cancel_pending_enqueues=cancel_pending_enqueues, name=name or f"{self._name}_BarrierClose"
        )

    def ready_size(self, name=None):
        """How many elements are complete, an int32 tensor."""
        return barriers.barrier_ready_size(self._barrier_ref, name=name or f"{self._name}_BarrierReadySize")

    def incomplete_size(self, name=None):
        """How many elements lack components, an int32 tensor."""
        return barriers.barrier_incomplete_size(self._barrier_ref, name=name or f"{self._name}_BarrierIncompleteSize")


def _type_list(given):
    given = list(given) if isinstance(given, (list, tuple)) else [given]
    return [types.as_dtype(t) for t in given]


class StagingArea:
    """A place for elements between two runs: what one puts in, a later one takes out, in order.

    Args:
        dtypes: the types of the components, a list.
        shapes: their shapes, or None.
        names: their names, or None; elements are dicts then.
        shared_name: the area's name in the session; by default one of its own.
        capacity: how many elements it holds, 0 for no limit; who puts more waits.
        memory_limit: how many bytes it holds, 0 for no limit.

    Raises ValueError when shapes or names are not as many as types, or limits are negative.
    """

    def __init__(self, dtypes, shapes=None, names=None, shared_name=None, capacity=0, memory_limit=0):
        self._name = shared_name or get_default_graph().unique_name("StagingArea")
        self._dtypes = _type_list(dtypes)
        if shapes is not None and len(shapes) != len(self._dtypes):
            raise ValueError("StagingArea shapes must be the same length as dtypes")
        self._shapes = (
            [shape_rules.TensorShape(None)] * len(self._dtypes) if shapes is None else [shape_rules.as_shape(s) for s in shapes]
        )
        if names is not None and len(names) != len(self._dtypes):
            raise ValueError("StagingArea names must be the same length as dtypes")
        for what, value in (("capacity", capacity), ("memory_limit", memory_limit)):
            if value < 0:
                raise ValueError(f"Attr '{what}' of 'Stage' Op passed {value} less than minimum 0.")
        self._names, self._capacity, self._memory_limit = names or None, capacity, memory_limit
        with name_scope(f"{self._name}_root"):
            self._place = no_op()

    @property
    def name(self):
        """The area's name in the session."""
        return self._name

    @property
    def dtypes(self):
        """The types of the components, a list."""
        return self._dtypes

    @property
    def shapes(self):
        """The shapes of the components, a list."""
        return self._shapes

    @property
    def names(self):
        """The names of the components, a list, or None."""
        return self._names

    @property
    def capacity(self):
        """How many elements it holds, 0 for no limit."""
        return self._capacity

    @property
    def memory_limit(self):
        """How many bytes it holds, 0 for no limit."""
        return self._memory_limit

    def _attrs(self, name, what):
        return {
            "capacity": self._capacity,
            "memory_limit": self._memory_limit,
            "shared_name": self._name,
            "name": name or f"{self._name}_{what}",
        }

    def put(self, values, name=None):
        """An operation that puts an element in: a tensor, a list of tensors, or a dict in an area with names.

        Raises ValueError for types, shapes and names that are not the area's.
        """
        with name_scope(name, f"{self._name}_put", list(values.values()) if isinstance(values, dict) else [values]) as scope:
            at, values = self._components(values)
            for i, value in zip(at, values):
                if value.dtype is not self._dtypes[i]:
                    raise ValueError(f"Datatypes do not match. '{value.dtype.name}' != '{self._dtypes[i].name}'")
                value.shape.assert_is_compatible_with(self._shapes[i])
            with get_default_graph().colocate_with(self._place):
                return ops.stage(values, **self._attrs(scope, "put"))

    def _components(self, values):
        """(positions, tensors) of what is put in."""
        if isinstance(values, dict):
            if not self._names:
                raise ValueError("Staging areas must have names to enqueue a dictionary")
            if not set(values) <= set(self._names):
                raise ValueError(
                    "Keys in dictionary to put do not match names of staging area. "
                    f"Dictionary: ({sorted(values)}), Queue: ({sorted(self._names)})"
                )
            at = [i for i, n in enumerate(self._names) if n in values]
            return at, [convert_to_tensor(values[self._names[i]]) for i in at]
        if self._names:
            raise ValueError("You must enqueue a dictionary in a staging area with names")
        values = list(values) if isinstance(values, (list, tuple)) else [values]
        if len(values) != len(self._dtypes):
            raise ValueError(f"Unexpected number of inputs '{len(values)}' vs '{len(self._dtypes)}'")
        return range(len(values)), [convert_to_tensor(v) for v in values]

    def get(self, name=None):
        """Takes the first element, a list of tensors, or a dict in an area with names; the run waits for one."""
        return self._element(lambda: ops.unstage(dtypes=self._dtypes, **self._attrs(name, "get")))

    def peek(self, index, name=None):
        """The element at a position, which stays; the run waits until there is one."""
        return self._element(lambda: ops.stage_peek(index, dtypes=self._dtypes, **self._attrs(name, "peek")))

    def _element(self, make):
        with get_default_graph().colocate_with(self._place):
            made = make()
        no_op()  # TensorFlow's graph has one here
        for t, shape in zip(made, self._shapes):
            t.set_shape(shape)
        return dict(zip(self._names, made)) if self._names else list(made)

    def size(self, name=None):
        """How many elements there are, an int32 tensor."""
        return ops.stage_size(dtypes=self._dtypes, **self._attrs(name, "size"))

    def clear(self, name=None):
        """An operation that removes all elements."""
        return ops.stage_clear(dtypes=self._dtypes, **self._attrs(name, "clear"))
