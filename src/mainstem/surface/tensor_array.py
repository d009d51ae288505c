"""`TensorArray`: in eager mode a Python list, in a graph a list of tensors (`ops.tensor_list`)."""

from mainstem.base import dtypes, errors, shapes
from mainstem.core import builder
from mainstem.eager.context import executing_eagerly
from mainstem.graph import fold
from mainstem.graph.func_graph import FuncGraph
from mainstem.ops import flow as flow_ops
from mainstem.ops import math as math_ops
from mainstem.ops import tensor_list
from mainstem.surface import array, framework, host
from mainstem.surface.framework import convert_to_tensor, name_scope


class TensorArray:
    """An array of tensors of one dtype, written and read element by element; loops carry it.

    A write gives the array to go on with: in a graph the old one keeps its content. Elements never written read as zeros. In
    TensorFlow 1's graphs, writing an element of constant index twice is an error when it runs.

    Args:
        dtype: of the elements.
        size: how many elements there are; a number or a scalar int32 tensor.
        dynamic_size: whether a write beyond the end makes the array longer. In a graph only where the index is known when
            compiling, as in a loop whose number of iterations is.
        clear_after_read: in eager mode, reading an element again is an error unless this is False.
        handle, flow: go on with an array that another TensorArray has (its `flow`).
        infer_shape: all elements have the shape of the first.
        element_shape: the shape of the elements.
        tensor_array_name, colocate_with_first_write_call: accepted.

    Raises ValueError when neither or both of size and handle are given, or an element has another shape than those before.
    """

    def __init__(
        self,
        dtype,
        size=None,
        dynamic_size=None,
        clear_after_read=None,
        tensor_array_name=None,
        handle=None,
        flow=None,
        infer_shape=True,
        element_shape=None,
        colocate_with_first_write_call=True,
        name=None,
    ):
        if handle is not None and size is not None:
            raise ValueError("Cannot provide both a `handle` and `size` arguments at the same time.")
        if handle is None and flow is None and size is None:
            raise ValueError("Argument `size` must be provided if handle is not provided.")
        self._dtype, self._dynamic_size = dtypes.as_dtype(dtype).base_dtype, bool(dynamic_size)
        self._clear_after_read = clear_after_read is not False
        self._infer_shape = infer_shape or element_shape is not None
        self._known = _Known(shapes.as_tuple(element_shape))
        self._elements, self._cleared, self._written = None, set(), frozenset()
        if executing_eagerly() and flow is None and handle is None:
            self._elements, self._size, self._flow = [None] * int(size), None, None
            return
        self._size = None
        if flow is not None or handle is not None:
            self._flow = flow if flow is not None else handle
            return
        with name_scope(name, "TensorArray", [size]):
            self._size = convert_to_tensor(size, dtypes.int32, name="size")
            self._flow = tensor_list.reserve(self._shape_vector(), self._size, element_dtype=self._dtype, name="TensorArrayV3")

    # ---- what it is

    @property
    def dtype(self):
        """The dtype of the elements."""
        return self._dtype

    @property
    def flow(self):
        """The tensor that stands for the content."""
        return framework.constant_v1(0, dtypes.int32) if self._flow is None else self._flow

    @property
    def handle(self):
        """The same as `flow` in a graph; None in eager mode."""
        return self._flow

    @property
    def element_shape(self):
        """What is known of the shape of the elements, a TensorShape."""
        return shapes.TensorShape(self._known.shape)

    @property
    def dynamic_size(self):
        """Whether a write beyond the end makes the array longer."""
        return self._dynamic_size

    def _nest_parts(self):
        return [self.flow]

    def _nest_with(self, parts):
        return self if self._elements is not None else self._with(parts[0])

    def _with(self, flow, written=None):
        """The same array with other content."""
        made = TensorArray.__new__(TensorArray)
        made.__dict__.update(self.__dict__)
        made._flow = flow
        made._written = self._written if written is None else written
        return made

    def _shape_vector(self):
        """The element shape as the ops take it: -1 where it is not known."""
        shape = self._known.shape
        return framework.constant_v1(-1 if shape is None else [-1 if n is None else n for n in shape], dtypes.int32)

    def _learn(self, shape):
        """Takes what an element says of the shape of all. Raises ValueError for one of another shape."""
        if not self._infer_shape:
            return
        known = self._known.shape
        if not shapes.compatible(known, shape):
            raise ValueError(f"Inconsistent shapes: saw {shapes.TensorShape(shape)} but expected {shapes.TensorShape(known)}")
        self._known.shape = shapes.merge(known, shape)

    def _value(self, value):
        value = convert_to_tensor(value, dtype_hint=self._dtype, name="value")
        if value.dtype.base_dtype is not self._dtype:
            text = f"TensorArray dtype is {self._dtype.name} but Op is trying to write dtype {value.dtype.base_dtype.name}"
            if self._elements is not None:
                raise errors.InvalidArgumentError(None, None, text)
            raise TypeError(text)
        return value

    # ---- elements

    def identity(self):
        """The same array, after the control dependencies of the place."""
        return self if self._elements is not None else self._with(flow_ops.identity(self._flow))

    def read(self, index, name=None):
        """Element `index`. Out of range: OutOfRangeError in eager mode, InvalidArgumentError when a graph runs."""
        if self._elements is not None:
            return self._read(int(index))
        value = tensor_list.get_item(
            self._flow, index, self._shape_vector(), element_dtype=self._dtype, name=name or "TensorArrayReadV3"
        )
        return self._shaped(value, self._known.shape)

    def _shaped(self, value, shape):
        if shape is not None:
            value.set_shape(shape)
        return value

    def _read(self, i):
        if i < 0:
            raise errors.OutOfRangeError(None, None, f"Reading from negative indices (index {i}) is not allowed.")
        if i >= len(self._elements):
            raise errors.OutOfRangeError(None, None, f"Tried to read from index {i} but array size is: {len(self._elements)} ")
        value = self._elements[i]
        if i in self._cleared:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Could not read index {i} twice because it was cleared after a previous read (perhaps try setting "
                "clear_after_read = false?)",
            )
        if value is None:
            value = self._zeros()
        if self._clear_after_read:
            self._elements[i] = None
            self._cleared.add(i)
        return value

    def _zeros(self):
        shape = self._known.shape
        if shape is None or None in shape:
            raise ValueError(
                f"An element was never written, and the element shape {shapes.TensorShape(shape)} is not known: give `element_shape`."
            )
        return array.zeros(shape, self._dtype)

    def write(self, index, value, name=None):
        """The array with `value` as element `index`."""
        if self._elements is not None:
            self._put(int(index), value)
            return self
        with name_scope(name, "TensorArrayWrite", [index, value]):
            value = self._value(value)
            self._learn(value._shape)
            index = convert_to_tensor(index, dtypes.int32, name="index")
            known = fold.constant_value(index)
            checks = [] if known is None else self._once(int(known))
            with framework.control_dependencies(checks):
                flow = tensor_list.set_item(
                    self._flow,
                    index,
                    value,
                    resize_if_index_out_of_bounds=self._dynamic_size,
                    name="TensorArrayWriteV3",
                )
        return self._with(flow, self._written if known is None else self._written | {int(known)})

    def _once(self, i):
        """In TensorFlow 1's graphs, an operation that fails when element `i` was written before."""
        b = builder.current()
        if i not in self._written or (isinstance(b, FuncGraph) and not b.pruned):
            return []
        text = f"Could not write to TensorArray index {i} because it has already been written to."
        return [host.assert_op(False, [text])]

    def _put(self, i, value):
        if i < 0:
            raise errors.OutOfRangeError(None, None, f"Writing to negative indices (index {i}) is not allowed.")
        size = len(self._elements)
        if i >= size:
            if not self._dynamic_size:
                raise errors.OutOfRangeError(
                    None, None, f"Tried to write to index {i} but array is not resizeable and size is: {size} "
                )
            self._elements += [None] * (i + 1 - size)
        value = self._value(value)
        if not shapes.compatible(self._known.shape, value._shape):
            raise ValueError(
                f"Incompatible shape for value ({shapes.TensorShape(value._shape)}), expected ({shapes.TensorShape(self._known.shape)})"
            )
        if self._infer_shape:
            self._learn(value._shape)
        self._elements[i] = value
        self._cleared.discard(i)

    def size(self, name=None):
        """The number of elements, a scalar int32 tensor."""
        if self._elements is not None:
            return framework.constant_v1(len(self._elements), dtypes.int32)
        if self._size is not None and not self._dynamic_size:
            return flow_ops.identity(self._size, name=name or "TensorArraySizeV3")
        return tensor_list.length(self._flow, name=name or "TensorArraySizeV3")

    def close(self, name=None):
        """Does nothing: what is not used any more is freed."""
        if self._elements is not None:
            self._elements.clear()
            return None
        return framework.no_op(name=name)

    def grad(self, source, flow=None, name=None):
        """Raises NotImplementedError: gradients flow through the array's operations by themselves."""
        raise NotImplementedError("TensorArray.grad: use tf.gradients, which goes through the array")

    # ---- all at once

    def stack(self, name=None):
        """All elements as one tensor [size, ...]."""
        if self._elements is not None:
            return self._stacked(self._elements)
        with name_scope(name, "TensorArrayStack", [self._flow]):
            count = None if self._size is None or self._dynamic_size else fold.constant_value(self._size)
            count = -1 if count is None else int(count)
            value = tensor_list.stack(
                self._flow,
                self._shape_vector(),
                element_dtype=self._dtype,
                num_elements=count,
                name="TensorArrayGatherV3",
            )
        return self._shaped(value, None if self._known.shape is None else (None if count < 0 else count, *self._known.shape))

    def _stacked(self, elements):
        filled = [self._zeros() if e is None else e for e in elements]
        if filled:
            return array.stack(filled)
        return array.zeros([0, *(n or 0 for n in self._known.shape or ())], self._dtype)

    def gather(self, indices, name=None):
        """The elements `indices` (a vector) as one tensor."""
        if self._elements is not None:
            return self._stacked([self._read(int(i)) for i in _numbers(indices)])
        value = tensor_list.gather(
            self._flow, indices, self._shape_vector(), element_dtype=self._dtype, name=name or "TensorArrayGatherV3"
        )
        return self._shaped(value, None if self._known.shape is None else (None, *self._known.shape))

    def concat(self, name=None):
        """All elements one after the other along their first dimension."""
        if self._elements is not None:
            return array.concat([self._zeros() if e is None else e for e in self._elements], 0)
        leading = framework.constant_v1([], dtypes.int64)
        value, _ = tensor_list.concat(
            self._flow, self._shape_vector(), leading, element_dtype=self._dtype, name=name or "TensorArrayConcatV3"
        )
        shape = self._known.shape
        return self._shaped(value, None if shape is None else (None, *shape[1:]))

    def unstack(self, value, name=None):
        """The array whose elements are the rows of `value`."""
        if self._elements is not None:
            value = self._value(value)
            rows = array.unstack(value)
            if len(rows) > len(self._elements) and not self._dynamic_size:
                raise ValueError(f"Cannot unstack {len(rows)} tensors into a TensorArray of static size {len(self._elements)} ")
            if self._infer_shape:
                self._learn(value._shape[1:])
            self._elements, self._cleared = rows, set()
            return self
        with name_scope(name, "TensorArrayUnstack", [self._flow, value]):
            value = self._value(value)
            if value._shape == ():
                raise ValueError("A TensorArray is unstacked from a tensor of 1 or more dimensions. Got a scalar.")
            self._learn(None if value._shape is None else value._shape[1:])
            with name_scope("TensorArrayScatter"):
                flow = tensor_list.from_tensor(value, self._shape_vector(), name="TensorArrayScatterV3")
        return self._with(flow)

    def scatter(self, indices, value, name=None):
        """The array with the rows of `value` as elements `indices`."""
        if self._elements is not None:
            for i, row in zip(_numbers(indices), array.unstack(self._value(value)), strict=True):
                self._put(int(i), row)
            return self
        with name_scope(name, "TensorArrayScatter", [self._flow, value, indices]):
            value = self._value(value)
            self._learn(None if value._shape is None else value._shape[1:])
            flow = tensor_list.scatter_into(self._flow, value, indices, name="TensorArrayScatterV3")
        return self._with(flow)

    def split(self, value, lengths, name=None):
        """The array whose elements are pieces of `value` with these lengths along dimension 0."""
        if self._elements is not None:
            return self._split(self._value(value), _numbers(lengths))
        with name_scope(name, "TensorArraySplit", [self._flow, value, lengths]):
            value = self._value(value)
            lengths = convert_to_tensor(lengths, name="lengths")
            if lengths.dtype.base_dtype is not dtypes.int64:
                lengths = math_ops.cast(lengths, DstT=dtypes.int64)
            known = fold.constant_value(lengths)
            if known is not None and len(set(known.tolist())) == 1 and value._shape is not None:
                self._learn((int(known[0]), *value._shape[1:]))
            flow = tensor_list.split(value, self._shape_vector(), lengths, name="TensorArraySplitV3")
        return self._with(flow)

    def _split(self, value, lengths):
        lengths = [int(n) for n in lengths]
        if sum(lengths) != value._shape[0]:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Expected sum of lengths to be equal to values.shape[0], but sum of lengths is {sum(lengths)} and value's shape "
                f"is: {shapes.TensorShape(value._shape)} ",
            )
        if len(lengths) != len(self._elements) and not self._dynamic_size:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"TensorArray's size is not equal to the size of lengths ({len(self._elements)} vs. {len(lengths)}), and the "
                "TensorArray is not marked as dynamically resizeable.",
            )
        self._elements, self._cleared = array.split(value, lengths), set()
        for e in self._elements:
            self._learn(e._shape)
        return self


class _Known:
    """What is known of the element shape, shared by an array and those that follow from it."""

    def __init__(self, shape):
        self.shape = shape


def _numbers(value):
    return fold.constant_value(convert_to_tensor(value)).reshape(-1)


class TensorArraySpec:
    """Says what a TensorArray is like: dtype, element shape, whether it grows."""

    def __init__(self, element_shape=None, dtype=dtypes.float32, dynamic_size=False, infer_shape=True):
        self.element_shape, self.dtype = shapes.TensorShape(element_shape), dtypes.as_dtype(dtype)
        self.dynamic_size, self.infer_shape = dynamic_size, infer_shape

    @property
    def value_type(self):
        """The class of what has this spec."""
        return TensorArray

    @classmethod
    def from_value(cls, value):
        """The spec of a TensorArray. Raises TypeError for anything else."""
        if not isinstance(value, TensorArray):
            raise TypeError(f"Expected value to be a TensorArray, but got: `{type(value)}`.")
        return cls(value.element_shape, value.dtype, value.dynamic_size, value._infer_shape)

    def _key(self):
        return self.element_shape.as_list() if self.element_shape.ndims is not None else None, self.dtype, self.dynamic_size

    def is_compatible_with(self, other):
        """Whether a TensorArray, or another spec, fits this one."""
        if not isinstance(other, TensorArraySpec):
            other = TensorArraySpec.from_value(other)
        return (
            self.dtype == other.dtype
            and self.dynamic_size == other.dynamic_size
            and self.element_shape.is_compatible_with(other.element_shape)
        )

    def most_specific_compatible_type(self, other):
        """The spec that both fit. Raises ValueError when there is none."""
        if not self.is_compatible_with(other):
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        shape = shapes.agreed(shapes.as_tuple(self.element_shape), shapes.as_tuple(other.element_shape))
        return TensorArraySpec(shape, self.dtype, self.dynamic_size, self.infer_shape and other.infer_shape)

    def __eq__(self, other):
        return isinstance(other, TensorArraySpec) and self._key() == other._key() and self.infer_shape == other.infer_shape

    def __hash__(self):
        return hash((str(self.element_shape), self.dtype, self.dynamic_size))

    def __repr__(self):
        return f"TensorArraySpec({self.element_shape!r}, {self.dtype!r}, {self.dynamic_size}, {self.infer_shape})"
