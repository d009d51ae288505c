"""`TensorShape` and `Dimension`, and the arithmetic of partly known shapes on plain tuples.

Inside Mainstem a shape is a tuple of int and None, or None when even the rank is unknown; users meet `TensorShape`.
"""

import operator


def merge(a, b):
    """Gives the shape that both tuple shapes describe. Raises ValueError when they contradict each other."""
    if a is None or b is None:
        return b if a is None else a
    if len(a) != len(b):
        raise ValueError(f"Shapes {show(a)} and {show(b)} must have the same rank")
    out = []
    for x, y in zip(a, b, strict=True):
        if x is not None and y is not None and x != y:
            raise ValueError(f"Shapes {show(a)} and {show(b)} are not compatible")
        out.append(y if x is None else x)
    return tuple(out)


def agreed(a, b):
    """What two tuple shapes agree on: None for unknown rank, None where a dimension differs or is unknown."""
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y else None for x, y in zip(a, b, strict=True))


def compatible(a, b):
    """Whether two tuple shapes can describe the same array."""
    if a is None or b is None:
        return True
    return len(a) == len(b) and all(x is None or y is None or x == y for x, y in zip(a, b, strict=True))


def broadcast(a, b):
    """Gives the broadcast of two tuple shapes. Raises ValueError when they do not broadcast."""
    if a == b:
        return a
    if a is None or b is None:
        return None
    n = max(len(a), len(b))
    out = []
    for x, y in zip((1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b, strict=True):
        if x == y or y == 1:
            out.append(x)
        elif x == 1:
            out.append(y)
        elif x is None or y is None:
            out.append(y if x is None else x)
        else:
            raise ValueError(f"Dimensions must be equal, but are {x} and {y} with input shapes: {show(a)}, {show(b)}.")
    return tuple(out)


def known(shape):
    """Whether rank and every dimension of a tuple shape are known."""
    return shape is not None and None not in shape


def show(shape):
    """A tuple shape as TensorFlow prints it in messages: `[2,?]`, or `<unknown>`."""
    if shape is None:
        return "<unknown>"
    return "[" + ",".join("?" if d is None else str(d) for d in shape) + "]"


def as_tuple(value):
    """Gives the tuple shape for a TensorShape, tuple, list, int, TensorShapeProto or None.

    Raises TypeError for what cannot be a shape and ValueError for a negative dimension other than -1 (unknown).
    """
    if value is None:
        return None
    if isinstance(value, TensorShape):
        return value._dims
    if type(value) is tuple and all(type(d) is int and d >= 0 for d in value):
        return value
    if hasattr(value, "unknown_rank"):
        return None if value.unknown_rank else tuple(None if d.size < 0 else d.size for d in value.dim)
    try:
        items = iter(value)
    except TypeError:
        items = iter((value,))
    return tuple(_dimension_value(d) for d in items)


def _dimension_value(d):
    if d is None:
        return None
    if isinstance(d, Dimension):
        return d.value
    try:
        n = operator.index(d)
    except TypeError:
        n = _whole(d)
    if n < -1:
        raise ValueError(f"Dimension {n} must be >= 0")
    return None if n == -1 else n


def _whole(d):
    """A dimension that is no integer: TensorFlow 1 takes what `int` reads, `n / 2` of Python 3 for one, if nothing is lost."""
    try:
        n = None if TensorShape.v2_behavior else int(d)
    except TypeError:
        n = None
    if n is None:
        raise TypeError(f"Dimension value must be integer or None or have an __index__ method, got {d!r}")
    if not isinstance(d, str) and n != d:
        raise ValueError(f"Ambiguous dimension: {d}")
    return n


def _strict(d):
    """A dimension in a shape that the user wrote: -1 is how protos spell unknown, not a size."""
    if type(d) is not Dimension and d is not None and d == -1:
        raise ValueError(f"Dimension {d} must be >= 0. Write None for an unknown one.")
    return _dimension_value(d)


def _combine(fn):
    def method(self, other):
        try:
            other = as_dimension(other).value
        except (TypeError, ValueError):
            return NotImplemented
        return Dimension(None if self.value is None or other is None else fn(self.value, other))

    def swapped(self, other):
        try:
            return method(as_dimension(other), self)
        except (TypeError, ValueError):
            return NotImplemented

    return method, swapped


def _compare(fn):
    def method(self, other):
        other = as_dimension(other).value
        return None if self.value is None or other is None else fn(self.value, other)

    return method


class Dimension:
    """One dimension of a shape in the v1 world; its value may be None."""

    __slots__ = ("_value",)

    def __init__(self, value):
        self._value = _strict(value)

    @property
    def value(self):
        return self._value

    def is_compatible_with(self, other):
        other = as_dimension(other).value
        return self._value is None or other is None or self._value == other

    def assert_is_compatible_with(self, other):
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other):
        self.assert_is_compatible_with(other)
        return Dimension(as_dimension(other).value if self._value is None else self._value)

    def __eq__(self, other):
        try:
            other = as_dimension(other).value
        except (TypeError, ValueError):
            return NotImplemented
        return None if self._value is None or other is None else self._value == other

    def __ne__(self, other):
        same = self.__eq__(other)
        return same if same is None or same is NotImplemented else not same

    def __hash__(self):
        return hash(self._value)

    def __int__(self):
        return self._value

    def __index__(self):
        return self._value

    def __str__(self):
        return "?" if self._value is None else str(self._value)

    def __repr__(self):
        return f"Dimension({self._value})"

    __add__, __radd__ = _combine(operator.add)
    __sub__, __rsub__ = _combine(operator.sub)
    __mul__, __rmul__ = _combine(operator.mul)
    __floordiv__, __rfloordiv__ = _combine(operator.floordiv)
    __div__ = __floordiv__
    __mod__, __rmod__ = _combine(operator.mod)
    __lt__, __le__, __gt__, __ge__ = map(_compare, (operator.lt, operator.le, operator.gt, operator.ge))

    def __truediv__(self, other):
        raise TypeError(f"unsupported operand type(s) for /: 'Dimension' and {type(other).__name__!r}, please use // instead")

    def __reduce__(self):
        return Dimension, (self._value,)


def as_dimension(value):
    """Gives `value` as a Dimension."""
    return value if isinstance(value, Dimension) else Dimension(value)


def dimension_at_index(shape, index):
    """Dimension `index` of a TensorShape as a Dimension; an unknown one where the rank is not known."""
    return Dimension(None) if shape.rank is None else shape.dims[index]


def dimension_value(dimension):
    """The int or None of a Dimension, an int or None."""
    return dimension.value if isinstance(dimension, Dimension) else dimension


class TensorShape:
    """The shape of a tensor, possibly partly known: `TensorShape([None, 3])`, `TensorShape(None)` for unknown rank.

    Indexing gives `Dimension` while `v2_behavior` is False (the v1 world) and plain int or None otherwise.
    """

    __slots__ = ("_dims",)
    v2_behavior = False
    encode = None  # the room of formats sets how a tuple shape becomes a TensorShapeProto

    def __init__(self, dims):
        self._dims = as_tuple(dims)
        if self._dims is not None and None in self._dims and isinstance(dims, (list, tuple)):
            for d in dims:
                _strict(d)

    @property
    def rank(self):
        return None if self._dims is None else len(self._dims)

    @property
    def ndims(self):
        return self.rank

    @property
    def dims(self):
        return None if self._dims is None else [Dimension(d) for d in self._dims]

    def _user(self, d):
        return d if TensorShape.v2_behavior else Dimension(d)

    def __len__(self):
        return len(self._known_rank())

    def __bool__(self):
        return self._dims is not None

    def __iter__(self):
        return (self._user(d) for d in self._known_rank())

    def _known_rank(self):
        if self._dims is None:
            raise ValueError("Cannot take the length of a shape with unknown rank: the tensor's rank is not known here.")
        return self._dims

    def __getitem__(self, key):
        if self._dims is None:
            if isinstance(key, slice):
                return unknown_shape(_length(key))
            return self._user(None)
        if isinstance(key, slice):
            return TensorShape(self._dims[key])
        return self._user(self._dims[key])

    def num_elements(self):
        """The number of elements, or None when the shape is not fully known."""
        if not known(self._dims):
            return None
        n = 1
        for d in self._dims:
            n *= d
        return n

    def merge_with(self, other):
        return TensorShape(merge(self._dims, as_tuple(other)))

    def __add__(self, other):
        return self.concatenate(other)

    def __radd__(self, other):
        return as_shape(other).concatenate(self)

    def concatenate(self, other):
        other = as_tuple(other)
        return TensorShape(None if self._dims is None or other is None else self._dims + other)

    def assert_same_rank(self, other):
        other = as_shape(other)
        if self.rank is not None and other.rank is not None and self.rank != other.rank:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank):
        if self.rank not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def with_rank(self, rank):
        try:
            return self.merge_with(unknown_shape(rank))
        except ValueError:
            raise ValueError(f"Shape {self} must have rank {rank}") from None

    def with_rank_at_least(self, rank):
        if self.rank is not None and self.rank < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank):
        if self.rank is not None and self.rank > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def is_compatible_with(self, other):
        return compatible(self._dims, as_tuple(other))

    def assert_is_compatible_with(self, other):
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {as_shape(other)} are incompatible")

    def most_specific_compatible_shape(self, other):
        other = as_tuple(other)
        if self._dims is None or other is None or len(self._dims) != len(other):
            return TensorShape(None)
        return TensorShape([x if x == y else None for x, y in zip(self._dims, other, strict=True)])

    def is_fully_defined(self):
        return known(self._dims)

    def assert_is_fully_defined(self):
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def as_list(self):
        """The dimensions as a list of int and None. Raises ValueError for unknown rank."""
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def as_proto(self):
        """The TensorShapeProto of this shape."""
        return TensorShape.encode(self._dims)

    def __str__(self):
        if self._dims is None:
            return "<unknown>"
        one = "?" if not TensorShape.v2_behavior else "None"
        shown = [one if d is None else str(d) for d in self._dims]
        return f"({shown[0]},)" if len(shown) == 1 else "(" + ", ".join(shown) + ")"

    def __repr__(self):
        if TensorShape.v2_behavior:
            return f"TensorShape({None if self._dims is None else list(self._dims)})"
        return f"TensorShape({self.dims})"

    def __eq__(self, other):
        try:
            other = as_tuple(other)
        except (TypeError, ValueError):
            return NotImplemented
        # in TensorFlow 1 two unknown dimensions are not equal, for nobody knows
        return self._dims == other and (TensorShape.v2_behavior or self._dims is None or None not in self._dims)

    def __ne__(self, other):
        same = self.__eq__(other)
        return same if same is NotImplemented else not same

    def __hash__(self):
        return hash(self._dims)

    def __reduce__(self):
        return TensorShape, (self._dims,)


def as_shape(value):
    """Gives `value` as a TensorShape."""
    return value if isinstance(value, TensorShape) else TensorShape(value)


def _length(key):
    """How many entries a slice takes of a shape whose rank is not known, where start and stop tell, else None."""
    start = 0 if key.start is None else key.start
    if key.stop is None or key.step not in (None, 1) or start < 0 or key.stop < 0:
        return None
    return max(key.stop - start, 0)


def unknown_shape(rank=None):
    """A shape of which at most the rank is known."""
    return TensorShape(None if rank is None else [None] * rank)
