"""Variables cut into parts along one axis: partitioners, and the object that shows the parts as one."""

import math

from mainstem.base import dtypes, shapes
from mainstem.core import builder, registry
from mainstem.ops import flow


class PartitionInfo:
    """What an initializer of one part learns: the shape of the whole and the part's offset in it."""

    def __init__(self, full_shape, var_offset):
        if not isinstance(full_shape, (list, tuple)) or not isinstance(var_offset, (list, tuple)):
            raise TypeError("`full_shape` and `var_offset` must be sequences")
        if len(full_shape) != len(var_offset):
            raise ValueError(
                f"Expected equal length, but `var_offset` is of length {len(var_offset)} while full_shape is of length "
                f"{len(full_shape)}."
            )
        self._full_shape, self._var_offset = list(full_shape), list(var_offset)

    @property
    def full_shape(self):
        return self._full_shape

    @property
    def var_offset(self):
        return self._var_offset

    def single_offset(self, shape):
        """The offset along the one cut axis of a part of `shape`; 0 when nothing is cut."""
        axis = self.single_slice_dim(shape)
        return 0 if axis is None else self._var_offset[axis]

    def single_slice_dim(self, shape):
        """The one axis along which a part of `shape` is cut, or None. Raises ValueError when there are several."""
        if len(shape) != len(self._full_shape):
            raise ValueError(
                f"Expected equal length, but received shape={shape} of length {len(shape)} while self.full_shape="
                f"{self._full_shape} is of length {len(self._full_shape)}."
            )
        axes = [i for i, (own, full) in enumerate(zip(shape, self._full_shape, strict=True)) if own < full]
        if len(axes) > 1:
            raise ValueError(
                f"Cannot use single_slice_dim() with shape={shape} and self.full_shape={self._full_shape} since slice dim could "
                f"be either dimension {axes[1]} or {axes[0]}."
            )
        return axes[0] if axes else None


def partitions_of(partitioner, shape, dtype):
    """Gives the list of cuts per axis that `partitioner` chooses for `shape`. Raises ValueError for a malformed answer."""
    if not shapes.known(shape):
        raise ValueError(
            f"Shape of a new partitioned variable must be fully defined, but instead was {shapes.TensorShape(shape)}."
        )
    if not shape:
        raise ValueError(f"A partitioned Variable must have rank at least 1, shape: {shapes.TensorShape(shape)}")
    parts = partitioner(shape=shapes.TensorShape(shape), dtype=dtype)
    if not isinstance(parts, (list, tuple)):
        raise ValueError(f"Partitioner must return a sequence, but saw: {parts}")
    if len(parts) != len(shape):
        raise ValueError(f"Partitioner returned a partition list that does not match the Variable's rank: {parts} vs. {shape}")
    if any(p < 1 for p in parts):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {parts}")
    if sum(p > 1 for p in parts) > 1:
        raise ValueError(f"Can only slice a variable along one dimension: shape: {list(shape)}, partitioning: {list(parts)}")
    return list(parts)


def slice_axis(parts):
    """Gives (the axis that is cut, the number of parts)."""
    for axis, count in enumerate(parts):
        if count > 1:
            return axis, count
    return 0, 1


def slices(shape, count, axis):
    """Yields (offset, shape) of each part; the first parts are one longer when the axis does not divide evenly."""
    whole, shape = shape[axis], list(shape)
    if count > whole:
        raise ValueError(f"Cannot cut axis {axis} of length {whole} into {count} parts (shape {shape}).")
    short, longer = divmod(whole, count)
    offset = [0] * len(shape)
    for i in range(count):
        own = list(shape)
        own[axis] = short + (i < longer)
        yield list(offset), own
        offset[axis] += own[axis]


class PartitionedVariable:
    """Variables that are the parts of one; as a tensor it is their concatenation.

    Args:
        name: of the whole.
        shape: of the whole.
        dtype: of all parts.
        variable_list: the parts in order, each with its save slice info.
        partitions: the number of cuts of each axis.

    Raises TypeError when arguments are of wrong types, ValueError when parts do not agree.
    """

    def __init__(self, name, shape, dtype, variable_list, partitions):
        if not isinstance(variable_list, (list, tuple)):
            raise TypeError(f"variable_list is not a list or tuple: {variable_list}")
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(f"partitions is not a list: {partitions}")
        if not all(p >= 1 for p in partitions):
            raise ValueError(f"partition values must be positive: {partitions}")
        if not variable_list:
            raise ValueError("variable_list may not be empty")
        for v in variable_list:
            if v._get_save_slice_info() is None or not v._get_save_slice_info().full_name == name:
                raise ValueError(f"Part {v.name} has no save slice info of the variable {name}.")
        self._variable_list = sorted(variable_list, key=lambda v: v._get_save_slice_info().var_offset)
        self._name, self._shape, self._dtype = name, shapes.TensorShape(shape), dtypes.as_dtype(dtype)
        self._partitions, self._as_tensor = list(partitions), None

    def __iter__(self):
        return iter(self._variable_list)

    def __len__(self):
        return len(self._variable_list)

    name = property(lambda self: self._name)
    shape = property(lambda self: self._shape)
    dtype = property(lambda self: self._dtype)
    graph = property(lambda self: self._variable_list[0].graph)

    def get_shape(self):
        """Same as `shape`."""
        return self._shape

    def _get_variable_list(self):
        return self._variable_list

    def _get_partitions(self):
        return self._partitions

    def _partition_axes(self):
        if all(p == 1 for p in self._partitions):
            return [0]
        return [i for i, p in enumerate(self._partitions) if p > 1]

    def as_tensor(self):
        """The whole as one tensor: the parts concatenated."""
        graph = builder.current()
        parts = list(self._variable_list)
        if len(parts) > 1:
            with graph.name_scope(self._name + "/ConcatPartitions/"):
                whole = registry.lookup("ConcatV2")(parts, self._partition_axes()[0], name="concat")
        else:
            whole = parts[0]
        with graph.name_scope(None):
            return flow.identity(whole, name=self._name)

    def _as_graph_tensor(self, dtype=None, name=None, as_ref=False):
        if as_ref:
            raise NotImplementedError("PartitionedVariable doesn't support being used as a reference.")
        if dtype is not None and not dtype.is_compatible_with(self._dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type '{dtype.name}' for variable of type '{self._dtype.name}'"
            )
        return self.as_tensor()

    def _each(self, method, value, **arguments):
        if isinstance(value, (list, tuple, PartitionedVariable)):
            values = list(value)
            if len(values) != len(self._variable_list):
                raise ValueError(f"{self._name} has {len(self._variable_list)} parts. Got a list of {len(values)} values.")
        else:
            cut = registry.lookup("Slice")
            infos = [v._get_save_slice_info() for v in self._variable_list]
            values = [cut(value, i.var_offset, i.var_shape) for i in infos]
        made = [getattr(v, method)(p, **arguments) for v, p in zip(self._variable_list, values, strict=True)]
        return made

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Sets all parts from the whole `value` (or a list of parts); gives the list of what each part's `assign` gives."""
        return self._each("assign", value, use_locking=use_locking, name=name, read_value=read_value)

    def assign_add(self, value, use_locking=False, name=None, read_value=True):
        """Adds the whole `value` (or a list of parts) to the parts."""
        return self._each("assign_add", value, use_locking=use_locking, name=name, read_value=read_value)

    def assign_sub(self, value, use_locking=False, name=None, read_value=True):
        """Subtracts the whole `value` (or a list of parts) from the parts."""
        return self._each("assign_sub", value, use_locking=use_locking, name=name, read_value=read_value)


def variable_axis_size_partitioner(max_shard_bytes, axis=0, bytes_per_string_element=16, max_shards=None):
    """A partitioner that cuts `axis` so that no part is larger than `max_shard_bytes`, into at most `max_shards` parts.

    Raises ValueError when a limit is less than 1.
    """
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("Both max_shard_bytes and bytes_per_string_element must be positive.")
    if max_shards is not None and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def partitioner(shape, dtype):
        shape, dtype = shapes.TensorShape(shape), dtypes.as_dtype(dtype)
        if axis >= shape.ndims:
            raise ValueError(f"Cannot partition variable along axis {axis} when shape is only {shape}")
        dims = shape.as_list()
        element = bytes_per_string_element if dtype is dtypes.string else dtype.size
        per_slice = shape.num_elements() // dims[axis] * element
        per_shard = max(1, math.floor(max_shard_bytes / per_slice))
        count = min(math.ceil(dims[axis] / per_shard), max_shards or dims[axis], dims[axis])
        return [count if i == axis else 1 for i in range(len(dims))]

    return partitioner


def min_max_variable_partitioner(max_partitions=1, axis=0, min_slice_size=256 << 10, bytes_per_string_element=16):
    """A partitioner that cuts `axis` into at most `max_partitions` parts of at least `min_slice_size` bytes each."""

    def partitioner(shape, dtype):
        shape, dtype = shapes.TensorShape(shape), dtypes.as_dtype(dtype)
        if axis >= shape.ndims:
            raise ValueError(f"Cannot partition variable along axis {axis} when shape is only {shape}")
        dims = shape.as_list()
        element = bytes_per_string_element if dtype is dtypes.string else dtype.size
        total = shape.num_elements() * element
        count = max(1, min(max_partitions, math.ceil(total / min_slice_size), dims[axis]))
        return [count if i == axis else 1 for i in range(len(dims))]

    return partitioner


def fixed_size_partitioner(num_shards, axis=0):
    """A partitioner that cuts `axis` into `num_shards` parts (fewer when it is shorter)."""

    def partitioner(shape, **unused):
        dims = shapes.TensorShape(shape).as_list()
        return [min(num_shards, dims[axis]) if i == axis else 1 for i in range(len(dims))]

    return partitioner
