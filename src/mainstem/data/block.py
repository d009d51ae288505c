"""Blocks: several elements at once, one column a component.

A column is an array with one row an element (an object array for strings), or a list where the values have different shapes or
are no arrays (sparse tensors, datasets). What moves elements moves rows of arrays: no Python runs an element.
"""

import numpy as np

from mainstem.base import errors
from mainstem.ops.dataset import Sparse


class Block:
    """`count` elements (at least one) as `columns`."""

    __slots__ = ("columns", "count")

    def __init__(self, columns, count):
        self.columns, self.count = columns, count

    def element(self, i):
        """The components of element `i`, a list."""
        return [c[i] for c in self.columns]

    def elements(self):
        """The elements, each a list of components."""
        return [[c[i] for c in self.columns] for i in range(self.count)]

    def part(self, start, stop):
        """The elements `start` .. `stop` (views)."""
        return self if start == 0 and stop >= self.count else Block([c[start:stop] for c in self.columns], stop - start)

    def take(self, rows):
        """The elements at `rows`, an integer array."""
        return Block([_taken(c, rows) for c in self.columns], len(rows))


def _taken(column, rows):
    return column[rows] if type(column) is np.ndarray else [column[i] for i in rows]


def scalar(value):
    """The object array of shape () that holds a string."""
    out = np.empty((), object)
    out[()] = value
    return out


def array(value):
    """A component as an array (bytes as a scalar of strings); what is no array comes back as it is."""
    kind = type(value)
    if kind is np.ndarray or isinstance(value, np.generic):
        return value
    return scalar(value) if kind is bytes or kind is str else value


def column_of(values):
    """The column of a list of components: an array when all have one shape."""
    first = values[0]
    kind = type(first)
    if kind is bytes:
        out = np.empty(len(values), object)
        out[:] = values
        return out
    if kind is np.ndarray:
        shape = first.shape
        if all(type(v) is np.ndarray and v.shape == shape for v in values):
            return _stacked(values, shape, first.dtype)
        return values
    return np.array(values, first.dtype) if isinstance(first, np.generic) else values


def _stacked(values, shape, dtype):
    out = np.empty((len(values), *shape), dtype)
    for i, v in enumerate(values):
        out[i, ...] = v  # `out[i] = v` would store an array of one string itself
    return out


def block_of(elements):
    """The block of a list of elements (lists of components)."""
    if len(elements) == 1:
        return single(elements[0])
    return Block([column_of(list(values)) for values in zip(*elements)] if elements[0] else [], len(elements))


def single(element):
    """The block of one element: views where its components are arrays."""
    return Block([_row(v) for v in element], 1)


def _row(value):
    kind = type(value)
    if kind is np.ndarray:
        return value[None]
    if kind is bytes:
        out = np.empty(1, object)
        out[0] = value
        return out
    return np.array([value], value.dtype) if isinstance(value, np.generic) else [value]


def joined(blocks):
    """Several blocks as one."""
    if len(blocks) == 1:
        return blocks[0]
    columns = []
    for parts in zip(*(b.columns for b in blocks)):
        first = parts[0]
        if all(type(p) is np.ndarray and p.shape[1:] == first.shape[1:] for p in parts if type(first) is np.ndarray) and (
            type(first) is np.ndarray
        ):
            columns.append(np.concatenate(parts))
        else:
            columns.append([v for p in parts for v in p])
    return Block(columns, sum(b.count for b in blocks))


def batch(block, what):
    """The components of the one element that a block is as a batch. Raises InvalidArgumentError when shapes differ."""
    return [_batched(c, i, what) for i, c in enumerate(block.columns)]


def _batched(column, position, what):
    if type(column) is np.ndarray:
        return column
    first = column[0]
    if isinstance(first, Sparse):
        return stack_sparse(column)
    shapes = [np.shape(v) for v in column]
    if isinstance(first, (np.ndarray, np.generic, bytes)):
        other = next((s for s in shapes if s != shapes[0]), None)
        if other is not None:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Cannot batch tensors with different shapes in component {position}. First element had shape {_shown(shapes[0])} "
                f"and element {shapes.index(other)} had shape {_shown(other)}.",
            )
        return column_of(column)
    out = np.empty(len(column), object)
    out[:] = column
    return out


def _shown(shape):
    return "[" + ",".join(map(str, shape)) + "]"


def stack_sparse(values):
    """Sparse tensors of one rank as one with a first dimension more; it is as large as the largest of them."""
    rank = max(len(v.dense_shape) for v in values)
    indices = [np.concatenate([np.full((len(v.values), 1), i, np.int64), v.indices], 1) for i, v in enumerate(values)]
    largest = np.max([v.dense_shape for v in values], axis=0) if rank else np.zeros(0, np.int64)
    shape = np.concatenate([[len(values)], largest]).astype(np.int64)
    return Sparse(np.concatenate(indices), np.concatenate([v.values for v in values]), shape)


def unstack_sparse(value):
    """The rows of a sparse tensor along its first dimension."""
    rows = []
    for i in range(int(value.dense_shape[0])):
        here = value.indices[:, 0] == i
        rows.append(Sparse(value.indices[here, 1:], value.values[here], value.dense_shape[1:]))
    return rows
