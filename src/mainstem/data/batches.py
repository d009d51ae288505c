"""Batches, padded and sparse ones, their opposite, and windows."""

import numpy as np

from mainstem.base import errors
from mainstem.data import block, mapped
from mainstem.data.cursor import Cursor, ElementCursor, cursor, invalid, number
from mainstem.ops.dataset import Recipe, Sparse


def gathered(c, n):
    """The next `n` elements of a cursor as one block, fewer at its end; None when there is none."""
    made = c.rows(n)
    if made is None or made.count == n:
        return made
    parts, have = [made], made.count
    while have < n and (made := c.rows(n - have)) is not None:
        parts.append(made)
        have += made.count
    return block.joined(parts)


@cursor("BatchDatasetV2", "BatchDataset")
class Batch(ElementCursor):
    """`batch_size` elements at a time, stacked: rows that lie in one array are taken as they lie."""

    def setup(self, input_dataset, batch_size, drop_remainder=False):
        self.size, self.drop = number(batch_size), bool(drop_remainder)
        self.input = self.opened(input_dataset)
        self.unseen = self.input.unseen

    def one(self):
        made = gathered(self.input, self.size)
        if made is None or (self.drop and made.count < self.size):
            return None
        return block.batch(made, "batch")


@cursor("MapAndBatchDataset")
class MapAndBatch(Batch):
    """`f` of each element, in batches."""

    def setup(self, input_dataset, other_arguments, batch_size, num_parallel_calls, drop_remainder):
        shared = self.recipe.shared
        if "map" not in shared:
            given = {
                "input_dataset": input_dataset,
                "other_arguments": other_arguments,
                "num_parallel_calls": num_parallel_calls,
            }
            shared["map"] = Recipe("ParallelMapDataset", given, {"f": self.recipe.attrs["f"]})
        super().setup(shared["map"], batch_size, drop_remainder)


@cursor("PaddedBatchDatasetV2")
class PaddedBatch(ElementCursor):
    """Batches of elements that are filled up to one shape: the padded shape, or the largest of the batch where that is -1."""

    def setup(self, input_dataset, batch_size, padded_shapes, padding_values, drop_remainder):
        self.size, self.drop = number(batch_size), bool(drop_remainder)
        self.shapes = [tuple(np.asarray(s).tolist()) for s in padded_shapes]
        self.fill, self.input = [np.asarray(v) for v in padding_values], self.opened(input_dataset)
        self.unseen = self.input.unseen

    def one(self):
        made = gathered(self.input, self.size)
        if made is None or (self.drop and made.count < self.size):
            return None
        return [self._padded(c, i) for i, c in enumerate(made.columns)]

    def _padded(self, column, position):
        wanted, rank = self.shapes[position], np.ndim(column[0])
        sizes = {column.shape[1:]} if isinstance(column, np.ndarray) else {*map(np.shape, column)}
        if len(wanted) != rank or any(len(s) != rank for s in sizes):
            raise invalid(
                f"All elements in a batch must have the same rank as the padded shape for component{position}: expected rank "
                f"{len(wanted)} but got element with rank {rank}"
            )
        shape = tuple(max(s[d] for s in sizes) if size < 0 else size for d, size in enumerate(wanted))
        for own in sizes:
            if any(have > want for have, want in zip(own, shape)):
                raise errors.DataLossError(
                    None,
                    None,
                    f"Attempted to pad to a smaller size than the input element. Component {position} has shape "
                    f"{list(own)}, the padded shape is {list(shape)}.",
                )
        if isinstance(column, np.ndarray) and column.shape[1:] == shape:
            return column
        fill = self.fill[position]
        out = np.empty((len(column), *shape), fill.dtype)
        out[...] = fill
        if rank == 1 and len(column) > 1:
            lengths = np.fromiter(map(len, column), np.int64, len(column))
            out[np.arange(shape[0]) < lengths[:, None]] = np.concatenate(column)
            return out
        for i, v in enumerate(column):
            out[(i, *map(slice, np.shape(v)), ...)] = v
        return out


@cursor("DenseToSparseBatchDataset")
class SparseBatch(ElementCursor):
    """Batches as sparse tensors, for elements of different shapes within `row_shape`."""

    def setup(self, input_dataset, batch_size, row_shape):
        self.size, self.row, self.input = number(batch_size), np.asarray(row_shape), self.opened(input_dataset)

    def one(self):
        made = gathered(self.input, self.size)
        if made is None:
            return None
        values = [np.asarray(v) for v in made.columns[0]]
        row = np.where(self.row < 0, np.max([v.shape for v in values], axis=0, initial=0), self.row)
        for v in values:
            if v.ndim != len(row):
                raise invalid(
                    f"Input element had shape ({list(v.shape)}) that is incompatible with the row shape ({self.row.tolist()})."
                )
            if any(a > b for a, b in zip(v.shape, row)):
                raise invalid(f"Dimension of input element exceeded row shape: {list(v.shape)} and {row.tolist()}.")
        return [block.stack_sparse([_all_entries(v, row) for v in values])]


def _all_entries(value, row):
    indices = np.stack(np.unravel_index(np.arange(value.size), value.shape), 1) if value.ndim else np.zeros((1, 0))
    return Sparse(indices.astype(np.int64).reshape(value.size, value.ndim), value.reshape(-1), np.asarray(row, np.int64))


@cursor("UnbatchDataset")
class Unbatch(Cursor):
    """The rows of each element."""

    PLACE = ("columns", "at", "count")

    def setup(self, input_dataset):
        self.input, self.columns, self.at, self.count = self.opened(input_dataset), [], 0, 0

    @property
    def unseen(self):
        return self.input.unseen

    def rows(self, n):
        while self.at >= self.count:
            element = self.input.one()
            if element is None:
                return None
            if any(np.ndim(v) == 0 for v in element if not isinstance(v, Sparse)):
                raise invalid("Input element must have a non-scalar value in each component.")
            self.columns = [block.unstack_sparse(v) if isinstance(v, Sparse) else np.asarray(v) for v in element]
            counts = {len(c) for c in self.columns}
            if len(counts) > 1:
                raise invalid("Input element must have the same batch size in each component.")
            self.at, self.count = 0, counts.pop()
        start = self.at
        self.at = stop = min(start + n, self.count)
        return block.Block([c[start:stop] for c in self.columns], stop - start)


@cursor("WindowDataset")
class Window(ElementCursor):
    """Windows over the elements: for each component the dataset of its values."""

    PLACE = ("buffer", "pass_over", "ended")

    def setup(self, input_dataset, size, shift, stride, drop_remainder):
        self.size, self.shift, self.stride = number(size), number(shift), number(stride)
        self.drop, self.input = bool(drop_remainder), self.opened(input_dataset)
        self.buffer, self.pass_over, self.ended = [], 0, False

    def one(self):
        made = self._window()
        return None if made is None else [mapped.elements([[v] for v in values]) for values in zip(*made)]

    def _window(self):
        """The elements of the next window, or None."""
        target = (self.size - 1) * self.stride + 1
        while self.pass_over and not self.ended:  # the shift went beyond the buffer
            self.ended = self.input.one() is None
            self.pass_over -= 1
        while len(self.buffer) < target and not self.ended:
            element = self.input.one()
            self.ended = element is None
            if element is not None:
                self.buffer.append(element)
        if not self.buffer or (self.drop and len(self.buffer) < target):
            return None
        made = self.buffer[: target : self.stride]
        self.pass_over = max(0, self.shift - len(self.buffer))
        self.buffer = self.buffer[self.shift :]
        return made


@cursor("SlidingWindowDataset")
class SlidingWindow(Window):
    """Windows as batches."""

    def setup(self, input_dataset, window_size, window_shift, window_stride):
        super().setup(input_dataset, window_size, window_shift, window_stride, self.recipe.attrs["drop_remainder"])

    def one(self):
        made = self._window()
        return None if made is None else block.batch(block.block_of(made), "window")


@cursor("AssertCardinalityDataset")
class AssertCardinality(Cursor):
    """The elements, of which there must be `cardinality`."""

    PLACE = ("at",)

    def setup(self, input_dataset, cardinality):
        self.count, self.at, self.input = number(cardinality), 0, self.opened(input_dataset)

    def rows(self, n):
        made = self.input.rows(n)
        self.at += 0 if made is None else made.count
        if made is None and self.at < self.count:
            raise _unmet(self.count, f"contained only {_elements(self.at)}")
        if self.count >= 0 and self.at > self.count:
            raise _unmet(self.count, f"contained at least {_elements(self.at)}")
        if made is None and self.count == -1:
            raise _unmet(self.count, f"contained only {_elements(self.at)}")
        return made


def _elements(n):
    return "an infinite number of elements" if n == -1 else "1 element" if n == 1 else f"{n} elements"


def _unmet(expected, found):
    return errors.FailedPreconditionError(
        None, None, f"Input dataset was expected to contain {_elements(expected)} but {found}."
    )
