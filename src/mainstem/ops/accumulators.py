"""Accumulators of gradients: many workers put gradients in, one takes their mean or sum when there are enough.

A gradient tells the step at which its worker read the variables; one of an earlier step than the accumulator's is left out. Taking raises
the accumulator's step by one. Ops of dense accumulators have two names: one takes handles of type `resource`, the older `ref string`.
"""

import numpy as np

from mainstem.base import dtypes
from mainstem.core.families import no_outputs, scalar_shape
from mainstem.core.registry import op
from mainstem.ops.host import invalid
from mainstem.ops.waiting import Waiting

_TYPES = dtypes.NUMERIC
_REDUCTIONS = ("MEAN", "SUM")


def _told(shape):
    return "[" + ",".join("?" if d is None else str(d) for d in shape) + "]"


class Accumulator(Waiting):
    """What is accumulated: `count` gradients of at least the step `step`, their sum in `total`."""

    kind, cancelled = "accumulator", "TakeGrad operation was cancelled"

    def __init__(self, dtype, shape, reduction):
        super().__init__()
        self.dtype, self.shape, self.mean = dtype, shape, reduction == "MEAN"
        self.step, self.count, self.total = 0, 0, None

    def apply(self, step, dtype, *gradient):
        """Adds a gradient, unless it is of an earlier step. Raises InvalidArgumentError when it does not fit."""
        if dtype is not self.dtype:
            raise invalid(f"A gradient of type {dtype.name} does not fit an accumulator of {self.dtype.name}.")
        with self.lock:
            if step < self.step:
                return
            self._check(*gradient)
            self._add(*gradient)
            self.count += 1
            self._advance()

    def _check(self, gradient):
        wanted = self.total.shape if self.count else self.shape
        fits = wanted is None or (len(wanted) == gradient.ndim and all(w in (None, d) for w, d in zip(wanted, gradient.shape)))
        if not fits:
            raise invalid(f"Shape mismatch: expected {_told(wanted)}, got {_told(gradient.shape)}")

    def _add(self, gradient):
        if self.count:
            self.total += gradient
        else:
            self.total = np.array(gradient)

    def _result(self):
        return self.total / np.asarray(self.count, self.total.dtype) if self.mean else self.total

    def take(self, required):
        """The mean or sum of what there is, once that is `required` gradients; afterwards there is nothing, at the next step."""
        if required <= 0:
            raise invalid(f"Argument num_required must be positive, but was {required}")

        def step():
            if self.count < required:
                return None
            made, self.total, self.count = self._result(), None, 0
            self.step += 1
            return [made]

        return self.attempt("take", step)

    def set_step(self, step):
        """From now on gradients of earlier steps are left out."""
        with self.lock:
            self.step = step


class SparseAccumulator(Accumulator):
    """An accumulator of rows: of each index the mean over those gradients that have it."""

    kind = "sparse_accumulator"

    def _check(self, indices, values, shape):
        if values.ndim == 0:
            raise invalid("Values cannot be 0-dimensional")
        if indices.ndim != 1:
            raise invalid(f"Input indices should be vector but received shape: {_told(indices.shape)}")
        if len(indices) != len(values):
            raise invalid(f"Expected {len(indices)} non-empty input values, got {len(values)}")
        known = self.shape or ()
        for i, (wanted, d) in enumerate(zip(known, () if shape is None else shape.tolist())):
            if wanted not in (None, d):
                raise invalid(f"Shape mismatch: expected shape dim {i} to be {wanted}, got {d}")
        rows = self.total[1].shape if self.count else known
        for i, (wanted, d) in enumerate(zip(rows[1:], values.shape[1:]), 1):
            if wanted not in (None, d):
                raise invalid(f"Shape mismatch: expected values dim {i} to be {wanted}, got {d}")
        if known and known[0] is not None:
            for i in np.flatnonzero((indices < 0) | (indices >= known[0]))[:1].tolist():
                raise invalid(
                    f"Shape mismatch: index of slice {i} exceeded limits of shape; index is {indices[i]} exceeded {known[0]}"
                )

    def _add(self, indices, values, shape):
        counts = np.ones(len(indices), np.int64)
        if not self.count:
            self.total = indices.copy(), values.copy(), counts
            return
        old, sums, times = self.total
        rows, mine, theirs = _merged(old.tolist(), indices.tolist())
        total = np.zeros((len(rows), *values.shape[1:]), values.dtype)
        both = np.zeros(len(rows), np.int64)
        for where, part, count in ((mine, sums, times), (theirs, values, counts)):
            total[where] += part
            both[where] += count
        self.total = np.array(rows, np.int64), total, both

    def _result(self):
        indices, values, counts = self.total
        if self.mean:
            values = values / counts.reshape(-1, *[1] * (values.ndim - 1)).astype(values.dtype)
        shape = [-1, *values.shape[1:]] if not self.shape else [-1 if d is None else d for d in self.shape]
        return indices, values, np.array(shape, np.int64)


def _merged(a, b):
    """Two lists of indices in one pass, equal ones at one place: (the merged list, where those of `a` went, where those of `b`)."""
    merged, of_a, of_b, i, j = [], [], [], 0, 0
    while i < len(a) or j < len(b):
        take_a = j == len(b) or (i < len(a) and a[i] <= b[j])
        take_b = i == len(a) or (j < len(b) and b[j] <= a[i])
        merged.append(a[i] if take_a else b[j])
        if take_a:
            of_a.append(len(merged) - 1)
            i += 1
        if take_b:
            of_b.append(len(merged) - 1)
            j += 1
    return merged, of_a, of_b


# ---- ops


def _made(dtype, shape, reduction_type, cls):
    if reduction_type not in _REDUCTIONS:
        raise invalid(f"Attr 'reduction_type' passed string '{reduction_type}' not in: \"MEAN\", \"SUM\"")
    return cls(dtype, shape, reduction_type)


@op("ConditionalAccumulator", "-> ref string", owner="accumulator", host=True, shape=lambda inputs, attrs: [(2,)], dtype=_TYPES)
def conditional_accumulator(*, dtype: "type", shape: "shape", container="", shared_name="", reduction_type="MEAN"):
    """An accumulator of gradients of one shape, which may be partly or quite unknown."""
    return _made(dtype, shape, reduction_type, Accumulator)


@op(
    "ResourceConditionalAccumulator",
    "-> resource",
    owner="accumulator",
    host=True,
    shape=lambda inputs, attrs: [()],
    dtype=_TYPES,
)
def resource_conditional_accumulator(*, dtype: "type", shape: "shape", container="", shared_name="", reduction_type="MEAN"):
    """An accumulator of gradients of one shape, which may be partly or quite unknown."""
    return _made(dtype, shape, reduction_type, Accumulator)


@op(
    "SparseConditionalAccumulator", "-> ref string", owner="sparse_accumulator", host=True,
    shape=lambda inputs, attrs: [(2,)], dtype=_TYPES,
)  # fmt: skip
def sparse_conditional_accumulator(*, dtype: "type", shape: "shape", container="", shared_name="", reduction_type="MEAN"):
    """An accumulator of rows of a tensor."""
    return _made(dtype, shape, reduction_type, SparseAccumulator)


def _both(name, left, right="", **options):
    """Registers the two ops that use an accumulator."""

    def register(kernel):
        for op_name, handle in ((name, "ref string"), ("Resource" + name, "resource")):
            made = op(op_name, f"{handle}{left} -> {right}", host=True, slots=True, **options)(kernel)
        return made

    return register


@_both("AccumulatorApplyGradient", ", int64, dtype", shape=no_outputs, dtype=_TYPES)
def accumulator_apply_gradient(handle, local_step, gradient, *, dtype: "type"):
    """Adds a gradient, unless it is of an earlier step than the accumulator's."""
    handle.value.apply(int(local_step), dtype, gradient)


def _average(inputs, attrs):
    return [None]


@_both("AccumulatorTakeGradient", ", int32", "average:dtype", shape=_average, waits=True, dtype=_TYPES)
def accumulator_take_gradient(handle, num_required, *, dtype: "type"):
    """The mean (or sum) of the gradients, once there are so many."""
    return handle.value.take(int(num_required))


@_both("AccumulatorNumAccumulated", "", "num_accumulated:int32", shape=scalar_shape)
def accumulator_num_accumulated(handle):
    """How many gradients there are."""
    return np.int32(handle.value.count)


@_both("AccumulatorSetGlobalStep", ", int64", shape=no_outputs)
def accumulator_set_global_step(handle, new_global_step):
    """Sets the accumulator's step."""
    handle.value.set_step(int(new_global_step))


@op(
    "SparseAccumulatorApplyGradient", "ref string, int64, int64, dtype, int64 ->", host=True, slots=True, shape=no_outputs,
    dtype=_TYPES,
)  # fmt: skip
def sparse_accumulator_apply_gradient(
    handle, local_step, gradient_indices, gradient_values, gradient_shape, *, dtype: "type", has_known_shape: "bool"
):
    """Adds rows, unless they are of an earlier step than the accumulator's."""
    shape = gradient_shape if has_known_shape else None
    handle.value.apply(int(local_step), dtype, gradient_indices, gradient_values, shape)


def _slices(inputs, attrs):
    return [None, None, None]


@op(
    "SparseAccumulatorTakeGradient", "ref string, int32 -> indices:int64, values:dtype, shape:int64", host=True, slots=True,
    shape=_slices, waits=True, dtype=_TYPES,
)  # fmt: skip
def sparse_accumulator_take_gradient(handle, num_required, *, dtype: "type"):
    """The rows of the gradients, of each index the mean (or sum), once there are so many gradients."""
    return handle.value.take(int(num_required))
