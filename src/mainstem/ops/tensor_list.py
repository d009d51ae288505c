"""Lists of tensors (`TensorList…`), what a TensorArray of a graph is made of.

A list is a `TensorList`, a pytree. The number of its elements is known when compiling, so that a list is one buffer
[size, *element shape] and a loop can carry it; until the first element says its shape it is a placeholder without a buffer, which
`lower.body` turns into zeros when a loop or branch needs one form throughout. An index outside of the list is an error where it is
known when compiling; one that is computed is held to the list. Elements never written are zeros.
"""

import jax
import jax.numpy as jnp
import numpy as np

from mainstem.base import dtypes, errors
from mainstem.core.registry import op

ELEMENTS = dtypes.DEVICE | {dtypes.string}  # strings stay NumPy arrays of objects, and their lists outside of programs


class Growing(errors.UnimplementedError):
    """A list would have to grow while its program runs; a loop of known length is unrolled then (see `ops.control`)."""

    def __init__(self, text):
        super().__init__(None, None, text)


class TensorList:
    """A list of `size` tensors of one dtype.

    Attributes:
        buffer: array [size, *element shape], or None.
        items: tuple of arrays of different shapes (None where nothing was written), or None.
        size, shape, dtype: of a list that has neither yet; a shape is a tuple, with None for unknown sizes, or None.
    """

    __slots__ = ("_dtype", "_size", "buffer", "element_shape", "items")

    def __init__(self, buffer=None, items=None, size=None, shape=None, dtype=None):
        self.buffer, self.items, self._size, self.element_shape, self._dtype = buffer, items, size, shape, dtype

    @property
    def size(self):
        """The number of elements."""
        if self.buffer is not None:
            return self.buffer.shape[0]
        return len(self.items) if self.items is not None else self._size

    @property
    def dtype(self):
        """The NumPy dtype of the elements."""
        return self.buffer.dtype if self.buffer is not None else self._dtype

    @property
    def shape(self):
        """The shape of the buffer, or of every item."""
        if self.items is not None:
            return tuple(None if i is None else i.shape for i in self.items)
        return (self._size,) if self.buffer is None else self.buffer.shape

    @property
    def is_empty(self):
        """Whether nothing was written and no element shape is known."""
        return self.buffer is None and self.items is None

    def filled(self, shape):
        """The list as one buffer of elements of `shape`."""
        if self.buffer is not None:
            return self.buffer
        if self.items is not None:
            return _xp(self).stack([_zeros(shape, self._dtype) if i is None else i for i in self.items])
        return _zeros((self._size, *shape), self._dtype)

    def dense(self, what):
        """The list as one buffer. Raises ValueError when no element shape is known or elements differ."""
        if self.is_empty:
            if self._size == 0 or (self.element_shape is not None and None not in self.element_shape):
                return self.filled(tuple(n or 0 for n in self.element_shape or ()))
            raise ValueError(
                f"{what}: nothing was written to this list and its element shape {self.element_shape} is not fully defined; "
                "give the TensorArray an element_shape"
            )
        if self.items is not None:
            known = {i.shape for i in self.items if i is not None}
            if len(known) != 1:
                raise ValueError(f"{what}: elements have different shapes {sorted(known)}")
            return self.filled(known.pop())
        return self.buffer

    def split(self):
        """The elements as a tuple, None where nothing was ever written."""
        if self.items is not None:
            return self.items
        return (None,) * self._size if self.buffer is None else tuple(self.buffer)

    def grown(self, size):
        """The list with at least `size` elements."""
        more = size - self.size
        if more <= 0:
            return self
        if self.buffer is not None:
            more = _zeros((more, *self.buffer.shape[1:]), self.dtype)
            return TensorList(_xp(self).concatenate([self.buffer, more]))
        if self.items is not None:
            return TensorList(items=self.items + (None,) * more, dtype=self._dtype)
        return TensorList(size=size, shape=self.element_shape, dtype=self._dtype)


def _xp(value):
    return np if value.dtype == object else jnp


def _zeros(shape, dtype):
    return np.full(shape, b"", object) if np.dtype(dtype).kind == "O" else jnp.zeros(shape, dtype)


def _array(value):
    return value if isinstance(value, np.ndarray) and value.dtype == object else jnp.asarray(value)


class Row:
    """Stands for a list in an iteration of a loop that reads, or writes, only this element of it."""

    def __init__(self, item=None):
        self.item = item


def _flatten(value):
    if value.buffer is not None:
        return (value.buffer,), None
    known = (value._size, value.element_shape, np.dtype(value._dtype).str)
    return ((), known) if value.items is None else (value.items, known)


def _unflatten(known, children):
    if known is None:
        return TensorList(children[0])
    size, shape, dtype = known
    return TensorList(items=tuple(children) if children else None, size=size, shape=shape, dtype=np.dtype(dtype))


jax.tree_util.register_pytree_node(TensorList, _flatten, _unflatten)


def _known_shape(element_shape):
    """The element shape that an op got as -1 (unknown) or a vector; None, or a tuple with None for unknown sizes."""
    if not isinstance(element_shape, np.ndarray) or element_shape.ndim == 0:
        return None
    return tuple(None if n < 0 else int(n) for n in element_shape)


def _made(size, element_shape, dtype):
    if size < 0:
        raise ValueError(f"A list cannot have {size} elements")
    shape = _known_shape(element_shape)
    if shape is None or None in shape:
        return TensorList(size=size, shape=shape, dtype=dtype.np)
    return TensorList(_zeros((size, *shape), dtype.np))


def _handles(inputs, attrs):
    return [()]


def _element_shape(at):
    """The element shape that input `at` says, as far as it is known while building."""

    def rule(inputs, attrs):
        known = inputs[at].value()
        return None if known is None else _known_shape(np.asarray(known))

    return rule


@op(
    "TensorListReserve", "shape_type, int32 -> handle:variant", shape_type=dtypes.INDEX, static=("element_shape", "num_elements"),
    shape=_handles,
)  # fmt: skip
def reserve(element_shape, num_elements, *, element_dtype: "type", shape_type: "type"):
    """A list of `num_elements` unwritten elements."""
    return _made(int(num_elements), element_shape, element_dtype)


@op(
    "EmptyTensorList", "shape_type, int32 -> handle:variant", shape_type=dtypes.INDEX, static=("element_shape",),
    static_if_possible=("max_num_elements",), shape=_handles,
)  # fmt: skip
def empty(element_shape, max_num_elements, *, element_dtype: "type", shape_type: "type"):
    """A list without elements."""
    return _made(0, element_shape, element_dtype)


@op("TensorListLength", "variant -> length:int32", shape=_handles)
def length(input_handle):
    """The number of elements."""
    return np.int32(input_handle.size)


def _checked(index, size, verb):
    if not 0 <= index < size:
        raise ValueError(f"Tried to {verb} index {index} but array is not resizeable and size is: {size}")


def _growth_must_know(inputs, attrs):
    return {"index": (0,)} if attrs["resize_if_index_out_of_bounds"] else {}


@op("TensorListSetItem", "variant, int32, element_dtype -> output_handle:variant", element_dtype=ELEMENTS,
    static_if_possible=("index",), must_know=_growth_must_know, shape=_handles)  # fmt: skip
def set_item(input_handle, index, item, *, element_dtype: "type", resize_if_index_out_of_bounds=False):
    """The list with `item` at `index`."""
    value, item = input_handle, _array(item)
    if isinstance(value, Row):
        return Row(item)
    known = isinstance(index, np.ndarray)
    if resize_if_index_out_of_bounds:
        if not known:
            raise Growing("TensorListSetItem: a TensorArray with dynamic_size=True grows by an index that only the run knows")
        if int(index) >= 0:
            value = value.grown(int(index) + 1)
    if known:
        _checked(int(index), value.size, "write to")
    other = value.items is not None or (value.buffer is not None and value.buffer.shape[1:] != item.shape)
    if other:
        if not known:
            raise ValueError(f"Inconsistent shapes: saw {item.shape} but expected {value.dense('write').shape[1:]}")
        items = list(value.split())
        items[int(index)] = item
        return TensorList(items=tuple(items), dtype=np.dtype(value.dtype))
    buffer = value.filled(item.shape)
    at = int(index) if known else index
    if buffer.dtype == object:
        buffer = buffer.copy()
        buffer[at] = item if item.ndim else item[()]
        return TensorList(buffer)
    return TensorList(jax.lax.dynamic_update_index_in_dim(buffer, item, at, 0))


@op("TensorListGetItem", "variant, int32, int32 -> item:element_dtype", element_dtype=ELEMENTS,
    static_if_possible=("index", "element_shape"), shape=lambda inputs, attrs: [_element_shape(2)(inputs, attrs)])  # fmt: skip
def get_item(input_handle, index, element_shape, *, element_dtype: "type"):
    """Element `index`."""
    value = input_handle
    if isinstance(value, Row):
        return value.item
    if isinstance(index, np.ndarray):
        if not 0 <= int(index) < value.size:
            raise ValueError(f"Tried to read from index {int(index)} but array size is: {value.size}")
        if value.items is not None:
            item = value.items[int(index)]
            if item is None:
                raise ValueError(f"Could not read from TensorArray index {int(index)}: it was never written")
            return item
        buffer = _with_shape(value, element_shape, "read")
        return buffer[int(index)] if buffer.dtype != object else np.asarray(buffer[int(index)], object)
    return jax.lax.dynamic_index_in_dim(_with_shape(value, element_shape, "read"), index, 0, keepdims=False)


def _with_shape(value, element_shape, what):
    """The buffer of a list, of which the reader may know the element shape."""
    shape = _known_shape(element_shape)
    if value.is_empty and shape is not None and None not in shape:
        return value.filled(shape)
    return value.dense(what)


def _stacked_shape(inputs, attrs):
    shape, n = _element_shape(1)(inputs, attrs), attrs["num_elements"]
    return [None if shape is None else (None if n < 0 else n, *shape)]


@op("TensorListStack", "variant, int32 -> tensor:element_dtype", element_dtype=ELEMENTS, static_if_possible=("element_shape",),
    shape=_stacked_shape)  # fmt: skip
def stack(input_handle, element_shape, *, element_dtype: "type", num_elements=-1):
    """All elements as one tensor [size, *element shape]."""
    return _with_shape(input_handle, element_shape, "stack")


@op("TensorListFromTensor", "element_dtype, shape_type -> output_handle:variant", element_dtype=ELEMENTS,
    shape_type=dtypes.INDEX, static_if_possible=("element_shape",), shape=_handles)  # fmt: skip
def from_tensor(tensor, element_shape, *, element_dtype: "type", shape_type: "type"):
    """The list of the rows of `tensor`."""
    if tensor.ndim < 1:
        raise ValueError(f"A list is made from the rows of a tensor of 1 or more dimensions. Got shape {tensor.shape}")
    return TensorList(_array(tensor))


def _gathered_shape(inputs, attrs):
    shape, rows = _element_shape(2)(inputs, attrs), inputs[1].shape
    return [None if shape is None or rows is None else (*rows, *shape)]


@op("TensorListGather", "variant, int32, int32 -> values:element_dtype", element_dtype=ELEMENTS,
    static_if_possible=("indices", "element_shape"), shape=_gathered_shape)  # fmt: skip
def gather(input_handle, indices, element_shape, *, element_dtype: "type"):
    """The elements `indices` as one tensor."""
    buffer = _with_shape(input_handle, element_shape, "gather")
    if buffer.dtype == object:
        return buffer[indices]
    return jnp.take(buffer, jnp.asarray(indices), axis=0, mode="clip")


def _scattered(value, tensor, indices):
    tensor, known = _array(tensor), isinstance(indices, np.ndarray)
    if known and indices.size and (indices.min() < 0 or indices.max() >= value.size):
        raise ValueError(
            f"Tried to scatter to indices {indices.tolist()} but array is not resizeable and size is: {value.size}"
        )
    buffer = value.filled(tensor.shape[1:])
    if buffer.dtype == object:
        buffer = buffer.copy()
        buffer[indices] = tensor
        return TensorList(buffer)
    return TensorList(buffer.at[jnp.asarray(indices)].set(tensor, mode="drop"))


@op("TensorListScatterIntoExistingList", "variant, element_dtype, int32 -> output_handle:variant", element_dtype=ELEMENTS,
    static_if_possible=("indices",), shape=_handles)  # fmt: skip
def scatter_into(input_handle, tensor, indices, *, element_dtype: "type"):
    """The list with the rows of `tensor` at `indices`."""
    value = input_handle
    if value.size == 0 and isinstance(indices, np.ndarray) and indices.size:
        value = value.grown(int(indices.max()) + 1)
    return _scattered(value, tensor, indices)


@op("TensorListScatterV2", "element_dtype, int32, shape_type, int32 -> output_handle:variant", element_dtype=ELEMENTS,
    shape_type=dtypes.INDEX, static=("num_elements",), static_if_possible=("indices", "element_shape"), shape=_handles)  # fmt: skip
def scatter(tensor, indices, element_shape, num_elements, *, element_dtype: "type", shape_type: "type"):
    """A list with the rows of `tensor` at `indices`; as long as the largest index needs when `num_elements` is -1."""
    size = int(num_elements)
    if size < 0:
        if not isinstance(indices, np.ndarray):
            raise Growing("TensorListScatterV2: the size of the list hangs on indices that only the run knows")
        size = int(indices.max(initial=-1)) + 1
    return _scattered(TensorList(size=size, dtype=element_dtype.np), tensor, indices)


def _joined_shape(inputs, attrs):
    shape = _element_shape(1)(inputs, attrs)
    return [None if shape is None else (None, *shape[1:]), (None,)]


@op("TensorListConcatV2", "variant, shape_type, int64 -> tensor:element_dtype, lengths:int64", element_dtype=ELEMENTS,
    shape_type=dtypes.INDEX, static_if_possible=("element_shape", "leading_dims"), shape=_joined_shape)  # fmt: skip
def concat(input_handle, element_shape, leading_dims, *, element_dtype: "type", shape_type: "type"):
    """All elements one after the other along their first dimension, and the length of each."""
    value = input_handle
    if value.items is None:
        buffer = _with_shape(value, element_shape, "concat")
        if buffer.ndim < 2:
            raise ValueError("Concat saw a scalar shape at index 0 but requires at least vectors")
        lengths = jnp.full(buffer.shape[:1], buffer.shape[1], jnp.int64)
        return _xp(buffer).reshape(buffer, (buffer.shape[0] * buffer.shape[1], *buffer.shape[2:])), lengths
    parts = [i for i in value.items if i is not None]
    return _xp(value).concatenate(parts), np.asarray([p.shape[0] for p in parts], np.int64)


@op("TensorListSplit", "element_dtype, shape_type, int64 -> output_handle:variant", element_dtype=ELEMENTS,
    shape_type=dtypes.INDEX, static=("lengths",), static_if_possible=("element_shape",), shape=_handles)  # fmt: skip
def split(tensor, element_shape, lengths, *, element_dtype: "type", shape_type: "type"):
    """The list of pieces of `tensor` with these lengths along dimension 0."""
    sizes, tensor = [int(n) for n in lengths], _array(tensor)
    if sum(sizes) != tensor.shape[0]:
        raise ValueError(
            f"Expected sum of lengths to be equal to values.shape[0], but sum of lengths is {sum(sizes)} and value's shape is: "
            f"{list(tensor.shape)}"
        )
    if len(set(sizes)) == 1:
        return TensorList(_xp(tensor).reshape(tensor, (len(sizes), sizes[0], *tensor.shape[1:])))
    ends = np.cumsum([0, *sizes])
    return TensorList(items=tuple(tensor[a:b] for a, b in zip(ends, ends[1:])), dtype=np.dtype(tensor.dtype))


@op("TensorListPushBack", "variant, element_dtype -> output_handle:variant", element_dtype=ELEMENTS, shape=_handles)
def push_back(input_handle, tensor, *, element_dtype: "type"):
    """The list with one more element at the end."""
    return set_item.kernel(
        input_handle, np.asarray(input_handle.size), tensor, element_dtype=element_dtype, resize_if_index_out_of_bounds=True
    )


@op("TensorListPopBack", "variant, int32 -> output_handle:variant, tensor:element_dtype", element_dtype=ELEMENTS,
    static_if_possible=("element_shape",), shape=lambda inputs, attrs: [(), _element_shape(1)(inputs, attrs)])  # fmt: skip
def pop_back(input_handle, element_shape, *, element_dtype: "type"):
    """The list without its last element, and that element."""
    value = input_handle
    if value.size == 0:
        raise ValueError("Trying to pop from an empty list")
    if value.items is not None:
        return TensorList(items=value.items[:-1], dtype=value._dtype), value.items[-1]
    buffer = _with_shape(value, element_shape, "pop")
    return TensorList(buffer[:-1]), buffer[-1]


@op("TensorListResize", "variant, int32 -> output_handle:variant", static=("size",), shape=_handles)
def resize(input_handle, size):
    """The list cut or grown to `size` elements."""
    value, n = input_handle, int(size)
    if n >= value.size:
        return value.grown(n)
    if value.buffer is not None:
        return TensorList(value.buffer[:n])
    if value.items is not None:
        return TensorList(items=value.items[:n], dtype=value._dtype)
    return TensorList(size=n, shape=value.element_shape, dtype=value._dtype)


@op(
    "TensorListElementShape", "variant -> element_shape:shape_type", shape_type=dtypes.INDEX, shape=lambda inputs, attrs: [None]
)
def element_shape(input_handle, *, shape_type: "type"):
    """The shape of the elements; -1 when it is not known."""
    value = input_handle
    shape = value.buffer.shape[1:] if value.buffer is not None else value.element_shape
    if shape is None:
        return np.asarray(-1, shape_type.np)
    return np.asarray([-1 if n is None else n for n in shape], shape_type.np)
